#include "cli/grid.h"

#include "base/visible.h"

#define BOLD "\033[1m"
#define DIM "\033[2m"
#define PLAIN "\033[0m"

enum {
  ROWS_HELD = 1000, /* they decide on the widths */
  GAP = 2,
  LEAST_WIDTH = 6,       /* that a column is cut to before the last ones are left out */
  MOST_WIDTH = 60,       /* of a cell on a terminal, where others want room */
  MOST_FREE_WIDTH = 200, /* of any cell */
};

struct grid {
  struct arena *arena;
  const struct grid_column *columns;
  size_t n_columns, n_shown;
  size_t *widths;
  size_t width; /* 0: any */
  bool color, is_laid_out;
  struct text **held; /* rows of visible cells */
  size_t n_held;
  struct text_buffer *out;
};

struct grid *grid_new(struct arena *arena, const struct grid_column *columns, size_t n_columns, size_t width,
                      bool color, struct text_buffer *out)
{
  struct grid *grid = arena_alloc(arena, sizeof(*grid));
  *grid = (struct grid){ .arena = arena,
                         .columns = columns,
                         .n_columns = n_columns,
                         .n_shown = n_columns,
                         .widths = arena_array(arena, n_columns + 1, sizeof(size_t)),
                         .width = width,
                         .color = color,
                         .held = arena_array(arena, ROWS_HELD, sizeof(struct text *)),
                         .out = out };
  return grid;
}

/* Of a long text no more than what may be shown is made visible. */
static struct text visible_cell(struct grid *grid, struct text cell)
{
  enum { MOST_BYTES = 4 * (MOST_FREE_WIDTH + 1) };
  SCOPED(text_buffer_done) struct text_buffer shown = { 0 };
  if (cell.data == NULL)
    return cell;
  text_add_visible(&shown, text_cut(cell, MOST_BYTES));
  return text_from(text_copy(grid->arena, text_buffer_text(&shown)));
}

static size_t columns_of(struct text cell)
{
  return cell.data == NULL ? 1 : text_columns(cell);
}

static size_t least(size_t a, size_t b)
{
  return a < b ? a : b;
}

static size_t greatest(size_t a, size_t b)
{
  return a > b ? a : b;
}

/* What the first `n_columns` take where none is wider than `most`. */
static size_t sum_widths(const struct grid *grid, size_t n_columns, size_t most)
{
  size_t sum = n_columns == 0 ? 0 : (n_columns - 1) * GAP;
  for (size_t i = 0; i < n_columns; i++)
    sum += least(grid->widths[i], most);
  return sum;
}

/* The widest columns are cut first; where that is not enough the last ones are left out. */
static void fit(struct grid *grid)
{
  size_t most = grid->width == 0 ? MOST_FREE_WIDTH : MOST_WIDTH;
  if (grid->width > 0 && sum_widths(grid, grid->n_columns, MOST_FREE_WIDTH) <= grid->width)
    most = MOST_FREE_WIDTH;
  while (grid->width > 0 && most > LEAST_WIDTH && sum_widths(grid, grid->n_columns, most) > grid->width)
    most--;
  while (grid->width > 0 && grid->n_shown > 1 && sum_widths(grid, grid->n_shown, most) > grid->width)
    grid->n_shown--;
  while (grid->width > 0 && most < MOST_WIDTH && sum_widths(grid, grid->n_shown, most + 1) <= grid->width)
    most++;
  for (size_t i = 0; i < grid->n_columns; i++)
    grid->widths[i] = least(grid->widths[i], most);
  if (grid->width > 0 && grid->n_shown == 1)
    grid->widths[0] = least(grid->widths[0], grid->width);
}

static void paint(struct grid *grid, const char *color)
{
  if (grid->color)
    text_buffer_add_string(grid->out, color);
}

static void add_blanks(struct grid *grid, size_t count)
{
  for (; count > 0; count--)
    text_buffer_add_char(grid->out, ' ');
}

static void add_cell(struct grid *grid, size_t column, struct text cell, const char *color)
{
  size_t width = grid->widths[column], taken = columns_of(cell);
  bool is_long = taken > width, is_null = cell.data == NULL;
  if (is_long) {
    cell.length = text_fitting(cell, width - 1);
    taken = text_columns(cell) + 1;
  }
  bool is_right = grid->columns[column].is_number;
  add_blanks(grid, is_right ? width - taken : 0);
  paint(grid, is_null ? DIM : color);
  text_buffer_add_text(grid->out, is_null ? TEXT("∅") : cell);
  if (is_long)
    text_buffer_add_string(grid->out, "…");
  if (is_null || color[0] != '\0')
    paint(grid, PLAIN);
  if (column + 1 < grid->n_shown)
    add_blanks(grid, (is_right ? 0 : width - taken) + GAP);
}

static void add_line(struct grid *grid, const struct text *cells, const char *color)
{
  for (size_t i = 0; i < grid->n_shown; i++)
    add_cell(grid, i, cells[i], color);
  while (grid->out->length > 0 && grid->out->data[grid->out->length - 1] == ' ')
    grid->out->length--;
  text_buffer_add_char(grid->out, '\n');
}

static void add_head(struct grid *grid)
{
  struct text *names = arena_array(grid->arena, grid->n_columns + 1, sizeof(*names));
  for (size_t i = 0; i < grid->n_columns; i++)
    names[i] = visible_cell(grid, text_from(grid->columns[i].name));
  for (size_t i = 0; i < grid->n_columns; i++)
    grid->widths[i] = greatest(grid->widths[i], greatest(columns_of(names[i]), 1));
  fit(grid);
  add_line(grid, names, BOLD);
  paint(grid, DIM);
  for (size_t i = 0; i < grid->n_shown; i++) {
    add_blanks(grid, i == 0 ? 0 : GAP);
    for (size_t dash = 0; dash < grid->widths[i]; dash++)
      text_buffer_add_char(grid->out, '-');
  }
  paint(grid, PLAIN);
  text_buffer_add_char(grid->out, '\n');
}

static void lay_out(struct grid *grid)
{
  grid->is_laid_out = true;
  for (size_t row = 0; row < grid->n_held; row++)
    for (size_t i = 0; i < grid->n_columns; i++)
      grid->widths[i] = greatest(grid->widths[i], columns_of(grid->held[row][i]));
  add_head(grid);
  for (size_t row = 0; row < grid->n_held; row++)
    add_line(grid, grid->held[row], "");
}

static void add_now(struct grid *grid, const struct text *cells)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct arena *own = grid->arena;
  struct text *shown = arena_array(&scratch, grid->n_columns + 1, sizeof(*shown));
  grid->arena = &scratch;
  for (size_t i = 0; i < grid->n_shown; i++)
    shown[i] = visible_cell(grid, cells[i]);
  add_line(grid, shown, "");
  grid->arena = own;
}

void grid_add(struct grid *grid, const struct text *cells)
{
  if (grid->n_held == ROWS_HELD && !grid->is_laid_out)
    lay_out(grid);
  if (grid->is_laid_out) {
    add_now(grid, cells);
    return;
  }
  struct text *row = arena_array(grid->arena, grid->n_columns + 1, sizeof(*row));
  for (size_t i = 0; i < grid->n_columns; i++)
    row[i] = visible_cell(grid, cells[i]);
  grid->held[grid->n_held++] = row;
}

void grid_finish(struct grid *grid)
{
  if (grid->n_held == 0)
    return;
  if (!grid->is_laid_out)
    lay_out(grid);
  if (grid->n_shown == grid->n_columns)
    return;
  size_t n_left_out = grid->n_columns - grid->n_shown;
  text_buffer_printf(grid->out, "and %zu more column%s: ", n_left_out, n_left_out == 1 ? "" : "s");
  for (size_t i = grid->n_shown; i < grid->n_columns; i++) {
    text_buffer_add_string(grid->out, i == grid->n_shown ? "" : ", ");
    text_add_visible(grid->out, text_from(grid->columns[i].name));
  }
  text_buffer_add_string(grid->out, " (--columns shows them)\n");
}
