/* Rows that a case expects against those that were found: in any order, in the columns that it names. */
#include "pipeline/cases_internal.h"

#include "base/log.h"
#include "schema/number.h"
#include "value/json.h"

#include <inttypes.h>

enum { SHOWN_ROWS = 20, SHOWN_BYTES = 1000 };

struct expected_cell {
  const struct node *node; /* NULL: the row does not name the column */
  const char *text;        /* in the column's own form; NULL: null */
};

struct comparison {
  struct trial *trial;
  const struct case_count *expected;
  struct found found;
  struct expected_cell *cells; /* [row * n_columns + column] */
  size_t *match_of_expected;   /* found row of each, NO_NAME: none */
  size_t *match_of_found;
  bool *is_visited; /* by found row, while a match is sought */
};

static const struct expected_cell *cell_of(const struct comparison *it, size_t row, size_t column)
{
  return &it->cells[row * it->found.n_columns + column];
}

static const char *found_cell(const struct comparison *it, size_t row, size_t column)
{
  return it->found.table.cells[row * it->found.n_columns + column];
}

/* JSON */

static bool scalar_equals(const struct node *node, enum json_token token, const struct json_reader *reader)
{
  struct text value = { node->value, node->length };
  struct decimal a, b;
  SCOPED(text_buffer_done) struct text_buffer plain = { 0 };
  if (token == JSON_NULL)
    return node_is_null(node);
  if (node_is_null(node))
    return false;
  if (token == JSON_NUMBER)
    return decimal_read(value, &a) && decimal_read(reader->raw, &b) && decimal_compare(&a, &b) == 0;
  if (token != JSON_STRING)
    return text_equal(value, token == JSON_TRUE ? TEXT("true") : TEXT("false"));
  json_unescape(reader->raw, &plain);
  return text_equal(value, text_buffer_text(&plain));
}

static bool json_equals(const struct node *node, struct json_reader *reader, enum json_token token);

static const struct node *entry_of(const struct node *node, struct text raw_name)
{
  SCOPED(text_buffer_done) struct text_buffer name = { 0 };
  json_unescape(raw_name, &name);
  return name.data == NULL ? NULL : node_find(node, name.data);
}

/* The keys that the case names; others may be there. */
static bool object_equals(const struct node *node, struct json_reader *reader)
{
  size_t n_met = 0, n_null = 0;
  bool is_equal = true;
  for (size_t i = 0; i < node->n_entries; i++)
    n_null += node_is_null(node->entries[i].value);
  while (json_next(reader) == JSON_NAME) {
    const struct node *value = entry_of(node, reader->raw);
    enum json_token first = json_next(reader);
    if (value != NULL) {
      n_met += !node_is_null(value);
      is_equal = json_equals(value, reader, first) && is_equal;
    } else if (!json_skip(reader, first)) {
      return false;
    }
  }
  return is_equal && n_met + n_null == node->n_entries;
}

static bool array_equals(const struct node *node, struct json_reader *reader)
{
  size_t count = 0;
  bool is_equal = true;
  for (enum json_token token; (token = json_next(reader)) != JSON_ARRAY_END; count++) {
    if (token == JSON_END || token == JSON_INVALID)
      return false;
    if (count >= node->n_items) {
      is_equal = json_skip(reader, token) && false;
      continue;
    }
    is_equal = json_equals(node->items[count], reader, token) && is_equal;
  }
  return is_equal && count == node->n_items;
}

/* Reads the value to its end, whatever it is. */
static bool json_equals(const struct node *node, struct json_reader *reader, enum json_token token)
{
  if (token == JSON_OBJECT_START && node->kind == NODE_MAPPING)
    return object_equals(node, reader);
  if (token == JSON_ARRAY_START && node->kind == NODE_SEQUENCE)
    return array_equals(node, reader);
  if (token == JSON_OBJECT_START || token == JSON_ARRAY_START)
    return json_skip(reader, token) && false;
  return node->kind == NODE_SCALAR && scalar_equals(node, token, reader);
}

static bool json_text_equals(const struct node *node, const char *found)
{
  struct json_reader reader;
  SCOPED(text_buffer_done) struct text_buffer a = { 0 }, b = { 0 };
  if (found == NULL)
    return node_is_null(node);
  json_start(&reader, text_from(found), JSON_STRICT, false);
  if (json_equals(node, &reader, json_next(&reader)))
    return true;
  return node->kind == NODE_SCALAR && json_compact(text_from(node->value), JSON_STRICT, &a) &&
         json_compact(text_from(found), JSON_STRICT, &b) && text_equal(text_buffer_text(&a), text_buffer_text(&b));
}

/* cells */

static bool equals(const struct comparison *it, size_t row, size_t column, size_t found_row)
{
  const struct expected_cell *cell = cell_of(it, row, column);
  const char *found = found_cell(it, found_row, column);
  if (cell->node == NULL)
    return true;
  if (it->found.columns[column].is_json)
    return json_text_equals(cell->node, found);
  if (cell->text == NULL || found == NULL)
    return cell->text == found;
  return strcmp(cell->text, found) == 0;
}

static bool row_equals(const struct comparison *it, size_t row, size_t found_row)
{
  for (size_t c = 0; c < it->found.n_columns; c++)
    if (!equals(it, row, c, found_row))
      return false;
  return true;
}

static size_t find_column(const struct found *found, const char *name)
{
  for (size_t i = 0; i < found->n_columns; i++)
    if (strcmp(found->columns[i].name, name) == 0)
      return i;
  for (size_t i = 0; i < found->n_columns; i++)
    if (text_equal_nocase(text_from(found->columns[i].name), text_from(name)))
      return i;
  return NO_NAME;
}

static bool fail_column(const struct comparison *it, const struct node *key, struct error *err)
{
  const struct found *found = &it->found;
  const char **names = arena_array(it->trial->arena, found->n_columns + 1, sizeof(*names));
  for (size_t i = 0; i < found->n_columns; i++)
    names[i] = found->columns[i].name;
  fail(err, ERROR_CONFIG, key->place, "%s has no column \"%s\"", found->what, key->value);
  add_hint_of_names(err, "column", text_from(key->value), names, found->n_columns);
  return false;
}

static bool place_cells(struct comparison *it, struct error *err)
{
  const struct node *rows = it->expected->rows;
  it->cells = arena_array(it->trial->arena, rows->n_items * it->found.n_columns + 1, sizeof(*it->cells));
  for (size_t row = 0; row < rows->n_items; row++)
    for (size_t i = 0; i < rows->items[row]->n_entries; i++) {
      const struct node_entry *entry = &rows->items[row]->entries[i];
      size_t column = find_column(&it->found, entry->key->value);
      if (column == NO_NAME)
        return fail_column(it, entry->key, err);
      struct expected_cell *cell = &it->cells[row * it->found.n_columns + column];
      bool has_text = entry->value->kind == NODE_SCALAR && !node_is_null(entry->value);
      if (entry->value->kind != NODE_SCALAR && !it->found.columns[column].is_json)
        return fail(err, ERROR_CONFIG, entry->value->place, "column \"%s\" is %s, %s was given",
                    it->found.columns[column].name, type_name(it->trial->arena, it->found.columns[column].type),
                    node_kind_name(entry->value));
      *cell = (struct expected_cell){ .node = entry->value, .text = has_text ? entry->value->value : NULL };
    }
  return true;
}

static bool is_same_number(const struct type *type, const char *text, const char *found)
{
  struct decimal a, b;
  return (type->id == TYPE_DECIMAL || type_is_integral(type)) && decimal_read(text_from(text), &a) &&
         decimal_read(text_from(found), &b) && decimal_compare(&a, &b) == 0;
}

/* The text of a found cell that is the same value, as is plain to see; NULL: none is. */
static const char *find_same(const struct comparison *it, size_t column, const char *text)
{
  for (size_t row = 0; row < it->found.table.n_rows; row++) {
    const char *found = found_cell(it, row, column);
    if (found != NULL && (strcmp(found, text) == 0 || is_same_number(it->found.columns[column].type, text, found)))
      return found;
  }
  return NULL;
}

/* Texts that no cell has as they are written are read as the column's type: 10.5 is 10.50 in decimal(18,2). */
static bool normalize_column(struct comparison *it, size_t column, struct error *err)
{
  const struct found_column *of = &it->found.columns[column];
  size_t n_rows = it->expected->rows->n_items, count = 0;
  if (of->is_json || of->type->id == TYPE_STRING || of->type->id == TYPE_BINARY)
    return true;
  const char **texts = arena_array(it->trial->arena, n_rows + 1, sizeof(*texts));
  char **normal = arena_array(it->trial->arena, n_rows + 1, sizeof(*normal));
  size_t *rows = arena_array(it->trial->arena, n_rows + 1, sizeof(*rows));
  for (size_t row = 0; row < n_rows; row++) {
    struct expected_cell *cell = &it->cells[row * it->found.n_columns + column];
    const char *same = cell->text == NULL ? NULL : find_same(it, column, cell->text);
    if (same != NULL)
      cell->text = same;
    if (cell->text == NULL || same != NULL)
      continue;
    rows[count] = row;
    texts[count++] = cell->text;
  }
  TRY(cases_normalize(it->trial, of->type, texts, count, normal, err));
  for (size_t i = 0; i < count; i++) {
    struct expected_cell *cell = &it->cells[rows[i] * it->found.n_columns + column];
    if (normal[i] == NULL)
      return fail(err, ERROR_CONFIG, cell->node->place, "\"%s\" is no value of column \"%s\", which is %s", texts[i],
                  of->name, type_name(it->trial->arena, of->type));
    cell->text = normal[i];
  }
  return true;
}

/* matches */

static bool take_match(struct comparison *it, size_t row, size_t found)
{
  it->match_of_found[found] = row;
  it->match_of_expected[row] = found;
  return true;
}

/* Gives the expected row a found one, and another one to the row that had it before, if need be. */
static bool find_match(struct comparison *it, size_t row)
{
  for (size_t found = 0; found < it->found.table.n_rows; found++)
    if (it->match_of_found[found] == NO_NAME && row_equals(it, row, found))
      return take_match(it, row, found);
  for (size_t found = 0; found < it->found.table.n_rows; found++) {
    if (it->is_visited[found] || !row_equals(it, row, found))
      continue;
    it->is_visited[found] = true;
    if (find_match(it, it->match_of_found[found]))
      return take_match(it, row, found);
  }
  return false;
}

static size_t match_rows(struct comparison *it)
{
  size_t n_expected = it->expected->rows->n_items, n_found = it->found.table.n_rows, n_matched = 0;
  it->match_of_expected = arena_array(it->trial->arena, n_expected + 1, sizeof(size_t));
  it->match_of_found = arena_array(it->trial->arena, n_found + 1, sizeof(size_t));
  it->is_visited = arena_array(it->trial->arena, n_found + 1, sizeof(bool));
  for (size_t i = 0; i < n_expected; i++)
    it->match_of_expected[i] = NO_NAME;
  for (size_t i = 0; i < n_found; i++)
    it->match_of_found[i] = NO_NAME;
  for (size_t row = 0; row < n_expected; row++) {
    memset(it->is_visited, 0, n_found * sizeof(bool));
    n_matched += find_match(it, row);
  }
  return n_matched;
}

/* the report */

static void add_value(const struct found_column *column, const char *text, struct text_buffer *out)
{
  if (text == NULL) {
    text_buffer_add_string(out, "null");
  } else if (column->is_private) {
    text_buffer_add_string(out, PRIVATE_MASK);
  } else if (column->is_json || column->type->id != TYPE_STRING) {
    text_buffer_add_string(out, text);
  } else {
    const struct node node = { .kind = NODE_SCALAR, .value = text, .length = strlen(text) };
    node_add_flow(&node, out);
  }
}

static void add_expected_value(const struct comparison *it, size_t row, size_t column, struct text_buffer *out)
{
  const struct expected_cell *cell = cell_of(it, row, column);
  if (it->found.columns[column].is_private && !node_is_null(cell->node))
    text_buffer_add_string(out, PRIVATE_MASK);
  else
    node_add_flow(cell->node, out);
}

static void end_row(struct text_buffer *row, struct text_buffer *report)
{
  struct text cut = text_cut(text_buffer_text(row), SHOWN_BYTES);
  text_buffer_add_text(report, cut);
  text_buffer_add_string(report, cut.length < row->length ? " ..." : "");
}

static void add_expected_row(const struct comparison *it, size_t row, struct text_buffer *report)
{
  SCOPED(text_buffer_done) struct text_buffer line = { 0 };
  text_buffer_add_char(&line, '{');
  for (size_t c = 0; c < it->found.n_columns; c++) {
    if (cell_of(it, row, c)->node == NULL)
      continue;
    text_buffer_printf(&line, "%s%s: ", line.length == 1 ? "" : ", ", it->found.columns[c].name);
    add_expected_value(it, row, c, &line);
  }
  text_buffer_add_char(&line, '}');
  text_buffer_add_string(report, "    - ");
  end_row(&line, report);
  text_buffer_add_string(report, "  at ");
  cases_add_place(it->expected->rows->items[row]->place, report);
  text_buffer_add_char(report, '\n');
}

static bool is_named(const struct comparison *it, size_t column)
{
  for (size_t row = 0; row < it->expected->rows->n_items; row++)
    if (cell_of(it, row, column)->node != NULL)
      return true;
  return it->expected->rows->n_items == 0 && it->found.columns[column].name[0] != '_';
}

static void add_found_row(const struct comparison *it, size_t row, struct text_buffer *report)
{
  SCOPED(text_buffer_done) struct text_buffer line = { 0 };
  text_buffer_add_char(&line, '{');
  for (size_t c = 0; c < it->found.n_columns; c++) {
    if (!is_named(it, c))
      continue;
    text_buffer_printf(&line, "%s%s: ", line.length == 1 ? "" : ", ", it->found.columns[c].name);
    add_value(&it->found.columns[c], found_cell(it, row, c), &line);
  }
  text_buffer_add_char(&line, '}');
  text_buffer_add_string(report, "    + ");
  end_row(&line, report);
  text_buffer_add_char(report, '\n');
}

/* The found row without a match that is the most like an expected one; NO_NAME: none has a value of it. */
static size_t find_nearest(const struct comparison *it, size_t row)
{
  size_t nearest = NO_NAME, best = 0;
  for (size_t found = 0; found < it->found.table.n_rows; found++) {
    size_t n_equal = 0;
    for (size_t c = 0; it->match_of_found[found] == NO_NAME && c < it->found.n_columns; c++)
      n_equal += cell_of(it, row, c)->node != NULL && equals(it, row, c, found);
    if (n_equal > best) {
      best = n_equal;
      nearest = found;
    }
  }
  return nearest;
}

static void add_differences(const struct comparison *it, size_t row, size_t found, struct text_buffer *report)
{
  for (size_t c = 0; c < it->found.n_columns; c++) {
    if (equals(it, row, c, found))
      continue;
    text_buffer_printf(report, "        %s: expected ", it->found.columns[c].name);
    add_expected_value(it, row, c, report);
    text_buffer_add_string(report, ", found ");
    add_value(&it->found.columns[c], found_cell(it, found, c), report);
    text_buffer_add_char(report, '\n');
  }
}

static void report_rows(struct comparison *it, struct text_buffer *report)
{
  size_t n_expected = it->expected->rows->n_items, n_shown = 0, n_more = 0;
  text_buffer_add_string(report, "  ");
  cases_add_place(it->expected->place, report);
  text_buffer_printf(report, "%s: expected %zu row%s, found %zu\n", it->found.what, n_expected,
                     n_expected == 1 ? "" : "s", it->found.table.n_rows);
  for (size_t row = 0; row < n_expected; row++) {
    if (it->match_of_expected[row] != NO_NAME)
      continue;
    size_t found = find_nearest(it, row);
    if (found != NO_NAME)
      it->match_of_found[found] = row;
    n_more += n_shown == SHOWN_ROWS;
    if (n_shown == SHOWN_ROWS)
      continue;
    n_shown++;
    add_expected_row(it, row, report);
    if (found == NO_NAME)
      continue;
    add_found_row(it, found, report);
    add_differences(it, row, found, report);
  }
  for (size_t found = 0; found < it->found.table.n_rows; found++) {
    bool is_extra = it->match_of_found[found] == NO_NAME;
    if (is_extra && n_shown < SHOWN_ROWS)
      add_found_row(it, found, report);
    n_more += is_extra && n_shown == SHOWN_ROWS;
    n_shown += is_extra && n_shown < SHOWN_ROWS;
  }
  if (n_more > 0)
    text_buffer_printf(report, "    and %zu more\n", n_more);
}

static bool has_all(const struct comparison *it, size_t n_matched)
{
  return n_matched == it->expected->rows->n_items && n_matched == it->found.table.n_rows;
}

bool cases_compare_rows(struct trial *trial, enum case_outcome outcome, struct text_buffer *report, struct error *err)
{
  struct comparison it = { .trial = trial, .expected = &trial->test->expected.counts[outcome] };
  if (outcome == CASE_GOLD && trial->plan.n_gold_columns == 0)
    return fail(err, ERROR_CONFIG, it.expected->place, "gold is expected of a dataset without gold");
  TRY(cases_find_rows(trial, outcome, &it.found, err));
  TRY(place_cells(&it, err));
  for (size_t c = 0; c < it.found.n_columns; c++)
    TRY(normalize_column(&it, c, err));
  if (!has_all(&it, match_rows(&it)))
    report_rows(&it, report);
  return true;
}
