#include "engine/rows/infer.h"

/* The candidates in Spark's order, each with what tells a value that is one. `$` is the column, `%` the option's
 * pattern, where the option is given. */
static const struct candidate {
  enum type_id type;
  const char *test;
  const char *pattern_test;
  size_t pattern; /* of a config_text in struct source_options */
} candidates[] = {
  { .type = TYPE_INT, .test = "regexp_full_match($, '[+-]?[0-9]{1,10}') AND TRY_CAST($ AS INTEGER) IS NOT NULL" },
  { .type = TYPE_BIGINT, .test = "regexp_full_match($, '[+-]?[0-9]{1,19}') AND TRY_CAST($ AS BIGINT) IS NOT NULL" },
  { .type = TYPE_DOUBLE, .test = "spark_cast__string__double($) IS NOT NULL AND NOT regexp_matches($, '[dDfF]$')" },
  { .type = TYPE_DATE,
    .test = "regexp_full_match($, '[0-9]{4}-[0-9]{2}-[0-9]{2}') AND spark_cast__string__date($) IS NOT NULL",
    .pattern_test = "spark_to_timestamp($, %) IS NOT NULL",
    .pattern = offsetof(struct source_options, date_format) },
  { .type = TYPE_TIMESTAMP,
    .test = "regexp_full_match($, '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ].*') AND spark_cast__string__timestamp($) IS NOT NULL",
    .pattern_test = "spark_to_timestamp($, %) IS NOT NULL",
    .pattern = offsetof(struct source_options, timestamp_format) },
  { .type = TYPE_BOOLEAN, .test = "lower($) IN ('true', 'false')" },
};

/* NULL: the option is not given, or the type has none. */
static const char *pattern_of(const struct plan_source *source, const struct candidate *candidate)
{
  if (candidate->pattern_test == NULL)
    return NULL;
  return ((const struct config_text *)(const void *)((const char *)&source->config->options + candidate->pattern))
      ->value;
}

static void add_test(const struct plan_source *source, const struct candidate *candidate, size_t column,
                     struct text_buffer *sql)
{
  const char *pattern = pattern_of(source, candidate);
  for (const char *p = pattern != NULL ? candidate->pattern_test : candidate->test; *p != '\0'; p++)
    if (*p == '$' && p[1] != '\'')
      text_buffer_printf(sql, "c%zu", column);
    else if (*p == '%')
      sql_add_string(sql, text_from(pattern));
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
      text_buffer_printf(&sql, ",\n  count(CASE WHEN c%zu IS NULL OR (", i); /* no FILTER: see counts_print_fates */
      add_test(source, &candidates[c], i, &sql);
      text_buffer_printf(&sql, ") THEN 1 END) = count(*)");
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
        source->columns[i].inferred_by = pattern_of(source, &candidates[c]);
        break;
      }
  }
  return true;
}
