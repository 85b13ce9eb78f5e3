/* Prints the SQL of a Parquet column: its value as Spark has it, why a value is none, and what people see of one that
 * is none. */
#include "duckdb/parquet_columns_internal.h"

#include "duckdb/database_internal.h"
#include "expr/expr.h"

/* Adds `pattern` with the value for each '@'. */
static void print_pattern(const char *pattern, const char *value, struct text_buffer *out)
{
  for (const char *p = pattern; *p != '\0'; p++) {
    if (*p == '@')
      text_buffer_add_string(out, value);
    else
      text_buffer_add_char(out, *p);
  }
}

/* The SQL of a part of `value`: a field, or what a lambda's parameter has. */
static const char *field_sql(struct arena *arena, const char *value, const char *name)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_printf(&sql, "struct_extract(%s, ", value);
  sql_add_string(&sql, text_from(name));
  text_buffer_add_char(&sql, ')');
  return arena_copy(arena, sql.data, sql.length);
}

static void print_value(struct arena *scratch, const struct parquet_part *part, const char *value, int depth,
                        struct text_buffer *out)
{
  const char *item = arena_printf(scratch, "e%d", depth);
  if (!part->converts) {
    text_buffer_add_string(out, value);
    return;
  }
  switch (part->kind) {
  case PART_VALUE:
    print_pattern(part->conversion, value, out);
    return;
  case PART_LIST:
    text_buffer_printf(out, "list_transform(%s, lambda %s: ", value, item);
    print_value(scratch, &part->parts[0], item, depth + 1, out);
    text_buffer_add_char(out, ')');
    return;
  case PART_MAP:
    text_buffer_printf(out, "map_from_entries(list_transform(map_entries(%s), lambda %s: struct_pack(key := ", value,
                       item);
    print_value(scratch, &part->parts[0], field_sql(scratch, item, "key"), depth + 1, out);
    text_buffer_add_string(out, ", value := ");
    print_value(scratch, &part->parts[1], field_sql(scratch, item, "value"), depth + 1, out);
    text_buffer_add_string(out, ")))");
    return;
  case PART_STRUCT:
    if (part->is_unwrapped) {
      text_buffer_add_string(out, "struct_pack(");
      sql_add_name(out, part->parts[0].name);
      text_buffer_add_string(out, " := ");
      print_value(scratch, &part->parts[0], value, depth + 1, out);
      text_buffer_add_char(out, ')');
      return;
    }
    text_buffer_printf(out, "CASE WHEN %s IS NOT NULL THEN struct_pack(", value);
    for (size_t i = 0; i < part->n_parts; i++) {
      text_buffer_add_string(out, i == 0 ? "" : ", ");
      sql_add_name(out, part->parts[i].name);
      text_buffer_add_string(out, " := ");
      print_value(scratch, &part->parts[i], field_sql(scratch, value, part->parts[i].name), depth + 1, out);
    }
    text_buffer_add_string(out, ") END");
  }
}

static void print_fault(struct arena *scratch, const struct parquet_part *part, const char *value, int depth,
                        struct text_buffer *out);

/* The first reason that an element of the list has. */
static void print_list_fault(struct arena *scratch, const struct parquet_part *parts, size_t n_parts,
                             const char *const *values, const char *list, const char *item, int depth,
                             struct text_buffer *out)
{
  text_buffer_printf(out, "coalesce(list_max(list_transform(%s, lambda %s: greatest(0", list, item);
  for (size_t i = 0; i < n_parts; i++) {
    if (!parts[i].is_checked)
      continue;
    text_buffer_add_string(out, ", ");
    print_fault(scratch, &parts[i], values[i], depth + 1, out);
  }
  text_buffer_add_string(out, "))), 0)");
}

static void print_fault(struct arena *scratch, const struct parquet_part *part, const char *value, int depth,
                        struct text_buffer *out)
{
  const char *item = arena_printf(scratch, "e%d", depth);
  switch (part->kind) {
  case PART_VALUE:
    text_buffer_add_string(out, "CASE WHEN ");
    print_pattern(part->fault, value, out);
    text_buffer_printf(out, " THEN %d ELSE 0 END", (int)part->reason);
    return;
  case PART_LIST:
    print_list_fault(scratch, part->parts, 1, &item, value, item, depth, out);
    return;
  case PART_MAP: {
    const char *values[] = { field_sql(scratch, item, "key"), field_sql(scratch, item, "value") };
    text_buffer_printf(out, "CASE WHEN len(list_distinct(map_keys(%s))) <> len(map_keys(%s)) THEN %d", value, value,
                       READER_MAP_KEY);
    text_buffer_add_string(out, " ELSE ");
    if (part->parts[0].is_checked || part->parts[1].is_checked)
      print_list_fault(scratch, part->parts, 2, values, arena_printf(scratch, "map_entries(%s)", value), item, depth,
                       out);
    else
      text_buffer_add_char(out, '0');
    text_buffer_add_string(out, " END");
    return;
  }
  case PART_STRUCT:
    text_buffer_add_string(out, "greatest(0");
    for (size_t i = 0; i < part->n_parts; i++) {
      if (!part->parts[i].is_checked)
        continue;
      text_buffer_add_string(out, ", ");
      const char *field = part->is_unwrapped ? value : field_sql(scratch, value, part->parts[i].name);
      print_fault(scratch, &part->parts[i], field, depth + 1, out);
    }
    text_buffer_add_char(out, ')');
  }
}

void parquet_print_value(const struct parquet_column *column, const char *sql, struct text_buffer *out)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  print_value(&scratch, column->part, sql, 0, out);
}

bool parquet_print_fault(const struct parquet_column *column, const char *sql, struct text_buffer *out)
{
  if (!column->part->is_checked)
    return false;
  SCOPED(arena_done) struct arena scratch = { 0 };
  print_fault(&scratch, column->part, sql, 0, out);
  return true;
}

void parquet_print_raw(const struct parquet_column *column, const char *sql, struct text_buffer *out)
{
  bool is_value = column->part->kind == PART_VALUE;
  if (is_value && column->part->reason == READER_INVALID_TEXT)
    text_buffer_printf(out, "concat('\"', CAST(%s AS VARCHAR), '\"')", sql);
  else if (column->part->shows_us)
    text_buffer_printf(out, "coalesce(TRY(CAST(epoch_us(%s) AS VARCHAR)), CAST(%s AS VARCHAR))", sql, sql);
  else /* DuckDB does not print every time that it holds */
    text_buffer_printf(out, "coalesce(TRY(CAST(%s AS VARCHAR)), 'not shown')", sql);
}
