/* The rows for gold, as a query that the warehouse runs, and what the business rules take away. */
#include "engine/duckdb/engine_internal.h"
#include "engine/rows/gold_load.h"

static void print_gold_rows(const struct run *run, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "(SELECT *, ");
  technical_print(run, "run_id", "ingestion_ts", sql);
  text_buffer_printf(sql, " FROM rows WHERE fate = %d)", FATE_PASSED);
}

static void print_gold_value(const struct plan_gold_column *column, size_t index, struct text_buffer *sql)
{
  (void)index;
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
  gold_print_query(plan, before, print_gold_value, sql);
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
  gold_print_keys(plan, print_gold_value, sql);
  print_from(plan, run, sql);
}

bool duckdb_engine_load_gold(struct engine *engine, const struct plan *plan, const struct run *run,
                             const struct gold_target *target, uint64_t *ret_rows, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer query = { 0 };
  duckdb_engine_print_gold_query(plan, run, &query);
  return gold_load_query(engine, plan, target, query.data, ret_rows, err);
}

/* Each condition is evaluated once a row, b<i>. */
static void print_condition_counts(const struct plan *plan, const struct run *run, struct text_buffer *sql)
{
  counts_print_conditions(plan, sql);
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
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table table = { 0 };
  if (plan->n_conditions > 0)
    print_condition_counts(plan, run, &sql);
  TRY(plan->n_conditions == 0 || database_query(&scratch, engine->base.database, sql.data, &table, err));
  counts_take_conditions(plan, &table, run);
  return true;
}

bool duckdb_engine_quarantine_noted(struct engine *base, const char *column, const char *why, uint64_t *ret_count,
                                    struct error *err)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  TRY(database_query_count(engine->base.database, "SELECT count(*) FROM gold_conflicts", ret_count, err));
  if (*ret_count == 0)
    return true;
  text_buffer_printf(&sql, "UPDATE rows SET fate = %d, unfit = [", FATE_GOLD_QUARANTINED);
  sql_add_string(&sql, text_from(arena_printf(&scratch, "gold:%s:%s", column, why)));
  text_buffer_add_string(&sql,
                         "] FROM gold_conflicts AS met WHERE rows.file = met.file AND rows.position = met.position");
  return database_execute(engine->base.database, sql.data, err);
}

bool duckdb_engine_number_partitions(struct engine *base, const struct plan *plan, struct error *err)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  partitions_print_sql(plan, &sql);
  return database_execute(engine->base.database, sql.data, err);
}
