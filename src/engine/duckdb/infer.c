#include "engine/duckdb/infer.h"

/* The candidates in Spark's order, each with what tells a value that is one. `$` is the column. */
static const struct {
  enum type_id type;
  const char *test;
} candidates[] = {
  { TYPE_INT, "regexp_full_match($, '[+-]?[0-9]{1,10}') AND TRY_CAST($ AS INTEGER) IS NOT NULL" },
  { TYPE_BIGINT, "regexp_full_match($, '[+-]?[0-9]{1,19}') AND TRY_CAST($ AS BIGINT) IS NOT NULL" },
  { TYPE_DOUBLE, "spark_cast__string__double($) IS NOT NULL AND NOT regexp_matches($, '[dDfF]$')" },
  { TYPE_DATE, "regexp_full_match($, '[0-9]{4}-[0-9]{2}-[0-9]{2}') AND spark_cast__string__date($) IS NOT NULL" },
  { TYPE_TIMESTAMP,
    "regexp_full_match($, '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ].*') AND spark_cast__string__timestamp($) IS NOT "
    "NULL" },
  { TYPE_BOOLEAN, "lower($) IN ('true', 'false')" },
};

static void add_test(const char *test, size_t column, struct text_buffer *sql)
{
  for (const char *p = test; *p != '\0'; p++)
    if (*p == '$' && p[1] != '\'')
      text_buffer_printf(sql, "c%zu", column);
    else
      text_buffer_add_char(sql, *p);
}

bool infer_types(struct arena *arena, struct database *database, struct plan_source *source, size_t index,
                 struct error *err)
{
  if (source->n_columns == 0)
    return true;
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(&sql, "SELECT ");
  for (size_t i = 0; i < source->n_columns; i++) {
    text_buffer_printf(&sql, "%scount(c%zu)", i == 0 ? "" : ", ", i);
    for (size_t c = 0; c < ARRAY_LENGTH(candidates); c++) {
      text_buffer_printf(&sql, ",\n  count(*) FILTER (WHERE c%zu IS NULL OR (", i);
      add_test(candidates[c].test, i, &sql);
      text_buffer_printf(&sql, ")) = count(*)");
    }
  }
  text_buffer_printf(&sql, "\nFROM crisol_source_%zu() WHERE _reason = 0", index);
  struct table table;
  TRY(database_query(arena, database, sql.data, &table, err));
  for (size_t i = 0; i < source->n_columns; i++) {
    char **cells = &table.cells[i * (ARRAY_LENGTH(candidates) + 1)];
    source->columns[i].inferred = type_simple(TYPE_STRING);
    if (strcmp(cells[0], "0") == 0)
      continue;
    for (size_t c = 0; c < ARRAY_LENGTH(candidates); c++)
      if (strcmp(cells[c + 1], "true") == 0) {
        source->columns[i].inferred = type_simple(candidates[c].type);
        break;
      }
  }
  return true;
}
