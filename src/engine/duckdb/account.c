/* The books: what became of the rows, by fate, rule and keyword; and the refusals that follow from them. */
#include "engine/duckdb/engine_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void hint_first_rows(struct duckdb_engine *engine, const struct plan *plan, const char *value, const char *where,
                     struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  char *sql = arena_printf(&scratch,
                           "SELECT CAST(%s AS VARCHAR), file, line, position FROM rows WHERE %s "
                           "ORDER BY file, position LIMIT 3",
                           value, where);
  struct table table;
  struct error ignored;
  if (!database_query(&scratch, engine->database, sql, &table, &ignored))
    return;
  SCOPED(text_buffer_done) struct text_buffer list = { 0 };
  for (size_t row = 0; row < table.n_rows; row++) {
    char **cells = &table.cells[row * table.n_columns];
    const char *file = plan->files[strtoull(cells[1], NULL, 10)].path;
    struct text shown = text_from(cells[0] == NULL ? "null" : cells[0]);
    enum { SHOWN = 60 };
    shown.length = shown.length > SHOWN ? SHOWN : shown.length;
    text_buffer_printf(&list, "%s\"%.*s\" (%s, %s %s)", row == 0 ? "" : ", ", TEXT_ARGS(shown), file,
                       cells[2] != NULL ? "line" : "row", cells[2] != NULL ? cells[2] : cells[3]);
  }
  if (table.n_rows > 0)
    add_hint(err, "The first: %s.", list.data);
}

/* counting */

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

/* refusals and alerts */

/* A column that the rule reads: what is shown of a failing row. */
static int first_column_of(const struct plan *plan, size_t rule)
{
  for (size_t i = 0; i < plan->n_columns; i++)
    if (expr_uses_column(plan->rules[rule].expr, i))
      return (int)i;
  return NO_COLUMN;
}

static bool refuse_rule(struct duckdb_engine *engine, const struct plan *plan, const struct run *run, size_t index,
                        struct error *err)
{
  const struct config_rule *rule = plan->rules[index].config;
  SCOPED(text_buffer_done) struct text_buffer where = { 0 };
  char value[32] = "NULL";
  int column = first_column_of(plan, index);
  if (column != NO_COLUMN)
    snprintf(value, sizeof(value), "v%d", column);
  rule_bit_print(index, &where);
  text_buffer_printf(&where, " AND fate = %d", FATE_RULE_REFUSED);
  fail(err, ERROR_DATA, rule->expr.place, "%" PRIu64 " of %" PRIu64 " rows fail rule \"%s\", which refuses the data",
       run->rules[index].failed, run->rules[index].total, rule->name.value);
  hint_first_rows(engine, plan, value, where.data, err);
  return false;
}

/* Whether `count` of `total` is past a limit. */
static bool is_past(const struct config_limit *limit, uint64_t count, uint64_t total)
{
  if (!limit->is_set || count == 0)
    return false;
  return limit->is_percentage ? (double)count * 100.0 > limit->value * (double)total : (double)count > limit->value;
}

static const char *limit_text(struct arena *arena, const struct config_limit *limit)
{
  return arena_printf(arena, "%.10g%s", limit->value, limit->is_percentage ? " %" : "");
}

static bool refuse_by_limits(const struct plan *plan, const struct run *run, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  for (size_t i = 0; i < plan->n_rules; i++) {
    const struct config_rule *rule = plan->rules[i].config;
    if (is_past(&rule->max_failed, run->rules[i].failed, run->rules[i].total))
      return fail(err, ERROR_DATA, rule->max_failed.place,
                  "%" PRIu64 " of %" PRIu64 " rows fail rule \"%s\", its max_failed is %s", run->rules[i].failed,
                  run->rules[i].total, rule->name.value, limit_text(&scratch, &rule->max_failed));
  }
  const struct config_limit *limit = &plan->dataset->max_rejected;
  uint64_t rejected = run->rows.malformed + run->rows.quarantined + run->rows.dropped;
  if (is_past(limit, rejected, run->rows.read))
    return fail(err, ERROR_DATA, limit->place, "%" PRIu64 " of %" PRIu64 " records are rejected, max_rejected is %s",
                rejected, run->rows.read, limit_text(&scratch, limit));
  return true;
}

bool duckdb_engine_sample(struct engine *base, struct arena *arena, const struct plan *plan, size_t rule,
                          const char **ret_sample, struct error *err)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  *ret_sample = NULL;
  int column = first_column_of(plan, rule);
  if (column == NO_COLUMN)
    return true;
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  SCOPED(text_buffer_done) struct text_buffer list = { 0 };
  text_buffer_printf(&sql, "SELECT left(CAST(v%d AS VARCHAR), 60) FROM (SELECT v%d FROM rows WHERE ", column, column);
  rule_bit_print(rule, &sql);
  text_buffer_printf(&sql, " AND fate <> %d LIMIT 3)", FATE_MALFORMED);
  struct table table;
  TRY(database_query(arena, engine->database, sql.data, &table, err));
  text_buffer_printf(&list, "%s", plan->columns[column].name);
  for (size_t row = 0; row < table.n_rows; row++)
    text_buffer_printf(&list, table.cells[row] == NULL ? "%s null%s" : "%s '%s'", row == 0 ? " is" : ",",
                       table.cells[row] == NULL ? "" : table.cells[row]);
  *ret_sample = arena_copy(arena, list.data, list.length);
  return true;
}

static bool alert_rules(struct duckdb_engine *engine, const struct plan *plan, struct run *run, struct error *err)
{
  for (size_t i = 0; i < plan->n_rules; i++) {
    if (run->rules[i].failed == 0 || run->rules[i].failed < run->rules[i].total)
      continue;
    const char *sample = NULL;
    TRY(duckdb_engine_sample(&engine->base, run->arena, plan, i, &sample, err));
    const struct config_rule *rule = plan->rules[i].config;
    run_alert(run, "rule_fails_everywhere", "rule \"%s\" fails on all %" PRIu64 " rows: %.*s%s%s", rule->name.value,
              run->rules[i].total, TEXT_ARGS(rule->expr.text), sample == NULL ? "" : "; ",
              sample == NULL ? "" : sample);
  }
  return true;
}

static void alert_columns(const struct plan *plan, struct run *run)
{
  for (size_t i = 0; i < plan->n_columns; i++)
    if (run->casts[i].nulled * 2 > run->parsed)
      run_alert(run, "cast_nulls_most",
                "the cast of \"%s\" made %" PRIu64 " of %" PRIu64 " values null: is the %s right?",
                plan->columns[i].name, run->casts[i].nulled, run->parsed,
                plan->columns[i].cast->format_hint.value != NULL ? "format_hint" : "type");
  if (plan->dataset->schema_mode != SCHEMA_FLEXIBLE)
    return;
  for (size_t i = 0; i < run->n_violations; i++)
    if (strcmp(run->violations[i].keyword, "type") == 0)
      run_alert(run, "schema_type",
                "%" PRIu64 " values of \"%s\" are not of the schema's type (null where silver's column "
                "cannot hold them)",
                run->violations[i].failed, run->violations[i].column);
}

/* The format is wrong rather than every record: the first one is shown. */
static bool alert_malformed(struct duckdb_engine *engine, const struct plan *plan, struct run *run, struct error *err)
{
  enum { SHOWN = 40 };
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct table table;
  TRY(database_query(&scratch, engine->database,
                     "SELECT file, line, coalesce(raw, '') FROM rows ORDER BY file, position LIMIT 1", &table, err));
  if (table.n_rows == 0) /* mode DROPMALFORMED has taken them away */
    return true;
  size_t file = (size_t)cell_number(&table, 0, 0), source = 0;
  while (source + 1 < plan->n_sources && plan->sources[source + 1].first_file <= file)
    source++;
  struct text raw = text_trim(text_from(table.cells[2]));
  bool is_json = plan->sources[source].config->format != SOURCE_CSV;
  bool looks_like_json = raw.length > 0 && strchr("{[", raw.data[0]) != NULL;
  const char *guess = is_json && !looks_like_json   ? ": is it CSV (input_format: csv)?"
                      : !is_json && looks_like_json ? ": is it JSON (input_format: json)?"
                                                    : "";
  struct text shown = text_cut(raw, SHOWN);
  run_alert(run, "malformed_everywhere",
            "all %" PRIu64 " records are malformed, the first is \"%.*s%s\" (%s, line %s)%s", run->rows.read,
            TEXT_ARGS(shown), shown.length < raw.length ? "..." : "", plan->files[file].path, table.cells[1], guess);
  return true;
}

bool duckdb_engine_account(struct engine *base, const struct plan *plan, struct run *run, struct error *err)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  struct stage_layout layout;
  stage_layout_init(engine->arena, plan, &layout);
  TRY(count_rows(engine, &layout, run, err));
  for (size_t i = 0; i < plan->n_rules; i++)
    if (plan->rules[i].config->on_fail == ON_FAIL_FAIL && run->rules[i].failed > 0)
      return refuse_rule(engine, plan, run, i, err);
  TRY(alert_rules(engine, plan, run, err));
  alert_columns(plan, run);
  TRY(refuse_by_limits(plan, run, err));
  if (run->rows.malformed == run->rows.read && run->rows.read > 0)
    return alert_malformed(engine, plan, run, err) && run_balance(run, err);
  if (run->rows.passed == 0 && run->rows.read > 0)
    run_alert(run, "no_row_passed", "not one of %" PRIu64 " records passed", run->rows.read);
  return run_balance(run, err);
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
