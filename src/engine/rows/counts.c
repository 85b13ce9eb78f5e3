#include "engine/rows/counts.h"

#include <inttypes.h>
#include <stdlib.h>

uint64_t cell_number(const struct table *table, size_t row, size_t column)
{
  const char *cell = table->cells[row * table->n_columns + column];
  return cell == NULL ? 0 : strtoull(cell, NULL, 10);
}

/* Two aggregates a cast over its bits; over all parsed records. Without FILTER: see counts_print_fates. */
void counts_print_casts(const struct stage_layout *layout, struct text_buffer *sql)
{
  bool explodes = layout->plan->explode.is_set;
  const char *once = explodes ? " AND coalesce(element, 0) = 0" : ""; /* of the rows of one record */
  text_buffer_printf(sql, "SELECT count(*), count(*) FILTER (WHERE reason <> 0)");
  if (explodes)
    text_buffer_printf(sql, ",\n  count(*) FILTER (WHERE element > 0), count(*) FILTER (WHERE fate = %d)",
                       FATE_NOTHING_EXPLODED);
  for (size_t n = 0; n < layout->n_casts; n++)
    text_buffer_printf(sql, ",\n  sum(CASE WHEN reason = 0%s THEN (c%zu >> %zu) & 1 END), sum(%s(c%zu >> %zu) & 1%s)",
                       once, n / CASTS_PER_WORD, 2 * (n % CASTS_PER_WORD),
                       explodes ? "CASE WHEN coalesce(element, 0) = 0 THEN " : "", n / CASTS_PER_WORD,
                       2 * (n % CASTS_PER_WORD) + 1, explodes ? " END" : "");
}

void counts_take_casts(const struct stage_layout *layout, const struct table *table, struct run *run)
{
  run->rows.malformed = cell_number(table, 0, 1);
  bool explodes = layout->plan->explode.is_set;
  size_t first = explodes ? 4 : 2;
  run->rows.exploded = explodes ? cell_number(table, 0, 2) : 0;
  run->nothing_exploded = explodes ? cell_number(table, 0, 3) : 0;
  run->parsed = cell_number(table, 0, 0) - run->rows.malformed - run->rows.exploded;
  for (size_t n = 0; n < layout->n_casts; n++)
    run->casts[layout->casts[n]] = (struct run_cast_result){ .nulled = cell_number(table, 0, first + 2 * n),
                                                             .by_iso = cell_number(table, 0, first + 1 + 2 * n) };
}

enum { COLUMN_PASSED, COLUMN_QUARANTINED, COLUMN_DROPPED, COLUMN_JUDGED, COLUMN_WARNED, COLUMN_FIRST_RULE };

/* FILTER only where there are few: for each, DuckDB keeps a filtered copy of what all of the aggregates read, which
 * grows with the square of their number. */
void counts_print_fates(const struct stage_layout *layout, struct text_buffer *sql)
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

size_t counts_take_fates(const struct stage_layout *layout, const struct table *table, struct run *run)
{
  const struct plan *plan = layout->plan;
  run->rows.passed = cell_number(table, 0, COLUMN_PASSED);
  run->rows.quarantined = cell_number(table, 0, COLUMN_QUARANTINED);
  run->rows.dropped = cell_number(table, 0, COLUMN_DROPPED) + run->nothing_exploded;
  run->rows.warned = cell_number(table, 0, COLUMN_WARNED);
  for (size_t i = 0; i < plan->n_rules; i++)
    run->rules[i] = (struct run_rule_result){ .failed = cell_number(table, 0, COLUMN_FIRST_RULE + i),
                                              .total = cell_number(table, 0, COLUMN_JUDGED) };
  size_t next = COLUMN_FIRST_RULE + plan->n_rules;
  size_t capacity = run->n_violations;
  for (size_t i = 0; i < plan->n_columns; i++) {
    if (!stage_counts_keys(&plan->columns[i]))
      continue;
    uint64_t unknown = cell_number(table, 0, next++);
    if (unknown > 0)
      add_violation(run, &capacity, plan->columns[i].name, "unknown keys", unknown);
  }
  return next;
}

void counts_take_violations(const struct stage_layout *layout, const struct table *table, struct run *run)
{
  size_t capacity = run->n_violations;
  for (size_t row = 0; row < table->n_rows; row++) {
    size_t column = layout->checked[cell_number(table, row, 0) - 1];
    uint64_t keywords = cell_number(table, row, 1);
    for (size_t bit = 0; bit < n_schema_keywords; bit++)
      if ((keywords >> bit & 1) != 0)
        add_violation(run, &capacity, layout->plan->columns[column].name, schema_keywords[bit].name,
                      cell_number(table, row, 2));
  }
}

void counts_print_conditions(const struct plan *plan, struct text_buffer *sql)
{
  SCOPED(text_buffer_done) struct text_buffer passed = { 0 };
  text_buffer_add_string(&passed, "TRUE");
  text_buffer_add_string(sql, "SELECT count(*)");
  for (size_t i = 0; i < plan->n_conditions; i++) {
    text_buffer_printf(sql, ", count(CASE WHEN %s AND b%zu THEN 1 END)", passed.data,
                       i); /* no FILTER: see counts_print_fates */
    if (!plan->conditions[i].config->is_warning)
      text_buffer_printf(&passed, " AND b%zu", i);
  }
}

void counts_take_conditions(const struct plan *plan, const struct table *table, struct run *run)
{
  run->condition_rows = arena_array(run->arena, plan->n_conditions + 1, sizeof(uint64_t));
  run->condition_removed = arena_array(run->arena, plan->n_conditions + 1, sizeof(uint64_t));
  run->rows.gold = run->rows.passed;
  for (size_t i = 0; i < plan->n_conditions; i++) {
    uint64_t passed = cell_number(table, 0, 1 + i);
    run->condition_removed[i] = run->rows.gold - passed;
    if (!plan->conditions[i].config->is_warning)
      run->rows.gold = passed;
    run->condition_rows[i] = run->rows.gold;
  }
}

void counts_alert_null_keys(struct run *run, uint64_t count)
{
  if (count > 0)
    run_alert(run, "null_key",
              "%" PRIu64 " rows were removed as duplicates whose key holds a null: null keys count as equal", count);
}
