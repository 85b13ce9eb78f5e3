/* The books: what became of the rows, by fate, rule and keyword. */
#include "engine/duckdb/engine_internal.h"

#include <inttypes.h>

enum { COLUMN_PASSED, COLUMN_QUARANTINED, COLUMN_DROPPED, COLUMN_JUDGED, COLUMN_WARNED, COLUMN_FIRST_RULE };

static bool is_floating(const struct plan_column *column)
{
  return column->type->id == TYPE_FLOAT || column->type->id == TYPE_DOUBLE;
}

/* Whether any of the columns holds -0.0; NULL where there is none of such a type. */
static void print_negative_zero(const struct plan *plan, struct text_buffer *sql)
{
  bool is_any = false;
  for (size_t i = 0; i < plan->n_columns; i++) {
    if (!is_floating(&plan->columns[i]))
      continue;
    text_buffer_printf(sql, "%sv%zu = 0 AND signbit(v%zu)", is_any ? ", " : ",\n  bool_or(greatest(FALSE, ", i, i);
    is_any = true;
  }
  text_buffer_add_string(sql, is_any ? "))" : ",\n  NULL");
}

/* FILTER only where there are few: for each, DuckDB keeps a filtered copy of what all of the aggregates read, which
 * grows with the square of their number. */
static void print_account(const struct stage_layout *layout, struct text_buffer *sql)
{
  text_buffer_printf(sql,
                     "SELECT count(*) FILTER (WHERE fate = %d),\n  count(*) FILTER (WHERE fate IN (%d, %d, %d, %d)),\n"
                     "  count(*) FILTER (WHERE fate = %d),\n  count(*) FILTER (WHERE fate NOT IN (%d, %d)),\n"
                     "  count(*) FILTER (WHERE fate = %d AND (",
                     FATE_PASSED, FATE_CAST_QUARANTINED, FATE_QUARANTINED, FATE_SCHEMA_QUARANTINED,
                     FATE_GOLD_QUARANTINED, FATE_DROPPED, FATE_MALFORMED, FATE_CAST_QUARANTINED, FATE_PASSED);
  stage_print_rule_mask(layout, (const enum on_fail[]){ ON_FAIL_WARN }, 1, sql);
  text_buffer_add_string(sql, "))");
  for (size_t i = 0; i < layout->plan->n_rules; i++)
    text_buffer_printf(sql, ",\n  sum(CASE WHEN fate NOT IN (%d, %d) THEN (w%zu >> %zu) & 1 END)", FATE_MALFORMED,
                       FATE_CAST_QUARANTINED, i / RULES_PER_WORD, i % RULES_PER_WORD);
  for (size_t i = 0; i < layout->plan->n_columns; i++)
    if (stage_counts_keys(&layout->plan->columns[i]))
      text_buffer_printf(sql, ",\n  sum(CASE WHEN fate IN (%d, %d) THEN u%zu END)", FATE_PASSED,
                         FATE_SCHEMA_QUARANTINED, i);
  print_negative_zero(layout->plan, sql);
  text_buffer_add_string(sql, "\nFROM rows");
}

static void add_violation(struct run *run, size_t *capacity, const char *column, const char *keyword, uint64_t failed)
{
  for (size_t i = 0; i < run->n_violations; i++)
    if (run->violations[i].column == column && strcmp(run->violations[i].keyword, keyword) == 0) {
      run->violations[i].failed += failed;
      return;
    }
  run->violations = arena_grow(run->arena, run->violations, run->n_violations, capacity, sizeof(*run->violations));
  run->violations[run->n_violations++] =
      (struct run_violation){ .column = column, .keyword = keyword, .failed = failed };
}

/* Few sets of keywords occur, however many rows there are: they are counted as sets and taken apart here. */
static bool count_violations(struct duckdb_engine *engine, const struct stage_layout *layout, struct run *run,
                             size_t *capacity, struct error *err)
{
  if (layout->n_checked == 0)
    return true;
  SCOPED(arena_done) struct arena scratch = { 0 };
  char *sql = arena_printf(&scratch,
                           "SELECT place, keywords, count(*) FROM (SELECT unnest(schema) AS keywords, "
                           "generate_subscripts(schema, 1) AS place FROM rows WHERE schema IS NOT NULL AND fate IN "
                           "(%d, %d)) WHERE keywords <> 0 GROUP BY ALL ORDER BY ALL",
                           FATE_PASSED, FATE_SCHEMA_QUARANTINED);
  struct table table;
  TRY(database_query(&scratch, engine->database, sql, &table, err));
  for (size_t row = 0; row < table.n_rows; row++) {
    size_t column = layout->checked[cell_number(&table, row, 0) - 1];
    uint64_t keywords = cell_number(&table, row, 1);
    for (size_t bit = 0; bit < n_schema_keywords; bit++)
      if ((keywords >> bit & 1) != 0)
        add_violation(run, capacity, layout->plan->columns[column].name, schema_keywords[bit].name,
                      cell_number(&table, row, 2));
  }
  return true;
}

static bool count_rows(struct duckdb_engine *engine, const struct stage_layout *layout, struct run *run,
                       struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  const struct plan *plan = layout->plan;
  print_account(layout, &sql);
  struct table table;
  TRY(database_query(&scratch, engine->database, sql.data, &table, err));
  run->rows.passed = cell_number(&table, 0, COLUMN_PASSED);
  run->rows.quarantined = cell_number(&table, 0, COLUMN_QUARANTINED);
  run->rows.dropped = cell_number(&table, 0, COLUMN_DROPPED);
  run->rows.warned = cell_number(&table, 0, COLUMN_WARNED);
  for (size_t i = 0; i < plan->n_rules; i++)
    run->rules[i] = (struct run_rule_result){ .failed = cell_number(&table, 0, COLUMN_FIRST_RULE + i),
                                              .total = cell_number(&table, 0, COLUMN_JUDGED) };
  size_t capacity = 0;
  TRY(count_violations(engine, layout, run, &capacity, err));
  size_t next = COLUMN_FIRST_RULE + plan->n_rules;
  for (size_t i = 0; i < plan->n_columns; i++) {
    if (!stage_counts_keys(&plan->columns[i]))
      continue;
    uint64_t unknown = cell_number(&table, 0, next++);
    if (unknown > 0)
      add_violation(run, &capacity, plan->columns[i].name, "unknown keys", unknown);
  }
  const char *negative_zero = table.cells[next];
  run->has_negative_zero = negative_zero != NULL && strcmp(negative_zero, "true") == 0;
  return true;
}

bool duckdb_engine_account(struct engine *base, const struct plan *plan, struct run *run, struct error *err)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  struct stage_layout layout;
  stage_layout_init(engine->arena, plan, &layout);
  return count_rows(engine, &layout, run, err);
}

bool duckdb_engine_count_passing(struct engine *base, const struct expr *expr, uint64_t *ret_passed,
                                 uint64_t *ret_total, struct error *err)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(&sql, "SELECT count(*), count(*) FILTER (WHERE (");
  expr_print_duckdb(expr, &sql);
  text_buffer_printf(&sql, ") IS %s) FROM rows WHERE fate NOT IN (%d, %d)",
                     expr_type(expr)->id == TYPE_BOOLEAN ? "TRUE" : "NOT NULL", FATE_MALFORMED, FATE_CAST_QUARANTINED);
  struct table table;
  TRY(database_query(&scratch, engine->database, sql.data, &table, err));
  *ret_total = cell_number(&table, 0, 0);
  *ret_passed = cell_number(&table, 0, 1);
  return true;
}
