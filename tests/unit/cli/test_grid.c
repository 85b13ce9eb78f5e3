/* Rows as a table: widths, numbers, nulls, what has no room. */
#include "support.h"

#include "cli/grid.h"

#include <stdio.h>

/* Prints rows of `n_columns` cells; a NULL is a null. */
static char *print(struct arena *arena, const struct grid_column *columns, size_t n_columns, size_t width, bool color,
                   const char *const *cells, size_t n_rows)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  struct text row[16];
  struct grid *grid = grid_new(arena, columns, n_columns, width, color, &out);
  for (size_t r = 0; r < n_rows; r++) {
    for (size_t i = 0; i < n_columns; i++)
      row[i] = text_from(cells[r * n_columns + i]);
    grid_add(grid, row);
  }
  grid_finish(grid);
  return text_copy(arena, text_buffer_text(&out));
}

static const struct grid_column people[] = { { "name", false }, { "amount", true } };

static void grid__sets_numbers_to_the_right_and_marks_nulls(void **state)
{
  (void)state;
  SCOPED(arena_done) struct arena arena = { 0 };
  const char *cells[] = { "Ana", "10.50", NULL, "-3", "", NULL };
  assert_string_equal(print(&arena, people, 2, 80, false, cells, 3), "name  amount\n"
                                                                     "----  ------\n"
                                                                     "Ana    10.50\n"
                                                                     "∅         -3\n"
                                                                     "           ∅\n");
}

static void grid__without_rows_prints_nothing(void **state)
{
  (void)state;
  SCOPED(arena_done) struct arena arena = { 0 };
  assert_string_equal(print(&arena, people, 2, 80, false, NULL, 0), "");
}

static void grid__makes_control_characters_visible_on_one_line(void **state)
{
  (void)state;
  SCOPED(arena_done) struct arena arena = { 0 };
  const char *cells[] = { "a\x1b[31m\nb", "1", "\xe2\x80\xae", "2" };
  const char *printed = print(&arena, people, 2, 80, false, cells, 2);
  assert_null(strchr(printed, 0x1b));
  assert_contains(printed, "a\\x1b[31m\\nb");
  assert_contains(printed, "\\u202e");
}

static void grid__cuts_the_widest_column_first(void **state)
{
  (void)state;
  SCOPED(arena_done) struct arena arena = { 0 };
  const char *cells[] = { "a very long name that has no room", "12.34" };
  assert_string_equal(print(&arena, people, 2, 20, false, cells, 1), "name          amount\n"
                                                                     "------------  ------\n"
                                                                     "a very long…   12.34\n");
}

static void grid__leaves_out_the_last_columns_and_names_them(void **state)
{
  (void)state;
  SCOPED(arena_done) struct arena arena = { 0 };
  const struct grid_column columns[] = { { "first", false }, { "second", false }, { "third", false } };
  const char *cells[] = { "aaaaaaaaaa", "bbbbbbbbbb", "cccccccccc" };
  assert_string_equal(print(&arena, columns, 3, 15, false, cells, 1),
                      "first   second\n"
                      "------  ------\n"
                      "aaaaa…  bbbbb…\n"
                      "and 1 more column: third (--columns shows them)\n");
}

static void grid__has_no_line_wider_than_the_terminal(void **state)
{
  (void)state;
  const struct grid_column columns[] = { { "a", false }, { "b", true }, { "c", false }, { "d", false } };
  const char *cells[] = { "日本語日本語日本語", "1", "short", "x", "é", "1234567890123456", "y", "some more words" };
  for (size_t width = 8; width < 90; width++) {
    SCOPED(arena_done) struct arena arena = { 0 };
    const char *printed = print(&arena, columns, 4, width, false, cells, 2);
    for (const char *line = printed; *line != '\0' && strncmp(line, "and ", 4) != 0; line = strchr(line, '\n') + 1) {
      size_t length = strcspn(line, "\n"), shown = 0;
      for (size_t i = 0; i < length; i++) /* two columns a wide character, of three bytes */
        shown += ((unsigned char)line[i] & 0xC0) != 0x80 ? ((unsigned char)line[i] >= 0xE3 ? 2u : 1u) : 0u;
      if (shown > width)
        fail_msg("%zu columns of %zu: %.*s", shown, width, (int)length, line);
    }
  }
}

static void grid__paints_heads_and_nulls_where_colors_are_wanted(void **state)
{
  (void)state;
  SCOPED(arena_done) struct arena arena = { 0 };
  const char *cells[] = { NULL, "1" };
  const char *printed = print(&arena, people, 2, 80, true, cells, 1);
  assert_contains(printed, "\033[1mname\033[0m");
  assert_contains(printed, "\033[2m∅\033[0m");
}

static void grid__lets_rows_go_once_a_thousand_are_held(void **state)
{
  (void)state;
  SCOPED(arena_done) struct arena arena = { 0 };
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  struct grid *grid = grid_new(&arena, people, 2, 80, false, &out);
  const struct text row[] = { TEXT("Ana"), TEXT("1") }, later[] = { TEXT("Bartolomé"), TEXT("1234567890") };
  for (int i = 0; i < 1000; i++)
    grid_add(grid, row);
  assert_int_equal(out.length, 0);
  grid_add(grid, later);
  assert_contains(out.data, "Bar…  12345…\n");
  grid_finish(grid);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(grid__sets_numbers_to_the_right_and_marks_nulls),
    cmocka_unit_test(grid__without_rows_prints_nothing),
    cmocka_unit_test(grid__makes_control_characters_visible_on_one_line),
    cmocka_unit_test(grid__cuts_the_widest_column_first),
    cmocka_unit_test(grid__leaves_out_the_last_columns_and_names_them),
    cmocka_unit_test(grid__has_no_line_wider_than_the_terminal),
    cmocka_unit_test(grid__paints_heads_and_nulls_where_colors_are_wanted),
    cmocka_unit_test(grid__lets_rows_go_once_a_thousand_are_held),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
