/* The rows for gold, as a query that the warehouse runs, and what the business rules take away. */
#include "engine/duckdb/engine_internal.h"

static void print_gold_rows(const struct run *run, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "(SELECT *, ");
  technical_print(run, "run_id", "ingestion_ts", sql);
  text_buffer_printf(sql, " FROM rows WHERE fate = %d)", FATE_PASSED);
}

static void print_gold_value(const struct plan_gold_column *column, struct text_buffer *sql)
{
  if (column->json_column != NO_COLUMN)
    text_buffer_printf(sql, "TRY_CAST(j%d AS JSON)", column->json_column);
  else
    expr_print_duckdb(column->expr, sql);
}

static void print_from(const struct plan *plan, const struct run *run, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "\nFROM ");
  print_gold_rows(run, sql);
  bool is_first = true;
  for (size_t i = 0; i < plan->n_conditions; i++) {
    if (plan->conditions[i].config->is_warning)
      continue;
    text_buffer_add_string(sql, is_first ? "\nWHERE (" : "\n  AND (");
    expr_print_duckdb(plan->conditions[i].expr, sql);
    text_buffer_add_string(sql, ") IS TRUE");
    is_first = false;
  }
}

static void print_gold_query(const struct plan *plan, const struct run *run, const char *before,
                             struct text_buffer *sql)
{
  text_buffer_printf(sql, "SELECT %s", before);
  for (size_t i = 0; i < plan->n_gold_columns; i++) {
    text_buffer_add_string(sql, i > 0 ? ",\n  " : "");
    print_gold_value(&plan->gold_columns[i], sql);
    text_buffer_add_string(sql, " AS ");
    sql_add_name(sql, plan->gold_columns[i].name);
  }
  print_from(plan, run, sql);
}

void duckdb_engine_print_gold_query(const struct plan *plan, const struct run *run, struct text_buffer *sql)
{
  print_gold_query(plan, run, "", sql);
}

void duckdb_engine_print_placed_gold_query(const struct plan *plan, const struct run *run, struct text_buffer *sql)
{
  print_gold_query(plan, run, "file AS crisol_file, position AS crisol_position,\n  ", sql);
}

void duckdb_engine_print_key_query(const struct plan *plan, const struct run *run, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "SELECT CAST(file AS BIGINT) AS file, CAST(position AS BIGINT) AS position");
  for (size_t i = 0; i < plan->n_gold_columns; i++) {
    const struct plan_gold_column *column = &plan->gold_columns[i];
    bool is_text = column->limits.is_json || column->type->id == TYPE_VOID;
    bool is_nested = is_text && column->json_column == NO_COLUMN && column->type->id != TYPE_VOID;
    if (!plan_is_gold_key(plan, i))
      continue;
    text_buffer_add_string(sql, is_nested ? ",\n  CAST(to_json(" : is_text ? ",\n  CAST(" : ",\n  ");
    print_gold_value(column, sql);
    text_buffer_printf(sql, "%s AS k%zu", is_nested ? ") AS VARCHAR)" : is_text ? " AS VARCHAR)" : "", i);
  }
  print_from(plan, run, sql);
}

/* Each condition is evaluated once a row, b<i>; a filter's count is of the rows that pass it and all filters before. */
static void print_condition_counts(const struct plan *plan, const struct run *run, struct text_buffer *sql)
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
  text_buffer_add_string(sql, "\nFROM (SELECT 0");
  for (size_t i = 0; i < plan->n_conditions; i++) {
    text_buffer_add_string(sql, ",\n  (");
    expr_print_duckdb(plan->conditions[i].expr, sql);
    text_buffer_printf(sql, ") IS TRUE AS b%zu", i);
  }
  text_buffer_add_string(sql, "\n  FROM ");
  print_gold_rows(run, sql);
  text_buffer_add_char(sql, ')');
}

bool duckdb_engine_count_conditions(struct engine *base, const struct plan *plan, struct run *run, struct error *err)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  run->condition_rows = arena_array(run->arena, plan->n_conditions + 1, sizeof(uint64_t));
  run->condition_removed = arena_array(run->arena, plan->n_conditions + 1, sizeof(uint64_t));
  run->rows.gold = run->rows.passed;
  if (plan->n_conditions == 0)
    return true;
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  print_condition_counts(plan, run, &sql);
  struct table table;
  TRY(database_query(&scratch, engine->database, sql.data, &table, err));
  for (size_t i = 0; i < plan->n_conditions; i++) {
    uint64_t passed = cell_number(&table, 0, 1 + i);
    run->condition_removed[i] = run->rows.gold - passed;
    if (!plan->conditions[i].config->is_warning)
      run->rows.gold = passed;
    run->condition_rows[i] = run->rows.gold;
  }
  return true;
}
