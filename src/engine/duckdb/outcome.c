/* What has become of the staged rows, under names: for those who look at them without anything being written. */
#include "engine/duckdb/engine_internal.h"

static void print_view(const char *name, struct text_buffer *sql)
{
  text_buffer_printf(sql, "CREATE OR REPLACE TEMP VIEW %s AS\n", name);
}

static bool is_in_silver(const struct plan *plan, int column)
{
  return column != NO_COLUMN && (size_t)column < plan->n_named && !plan->columns[column].is_dropped;
}

/* Partitions, too, which a lake has in the names of its directories. */
static void print_silver(const struct plan *plan, const struct run *run, struct text_buffer *sql)
{
  print_view(OUTCOME_SILVER, sql);
  text_buffer_add_string(sql, "SELECT ");
  for (size_t i = 0; i < plan->n_columns; i++) {
    if (!is_in_silver(plan, (int)i))
      continue;
    text_buffer_printf(sql, "v%zu AS ", i);
    sql_add_name(sql, plan->columns[i].name);
    text_buffer_add_string(sql, ", ");
  }
  for (size_t i = 0; i < plan->n_partitions; i++) {
    if (is_in_silver(plan, plan->partitions[i].column))
      continue;
    text_buffer_printf(sql, "p%zu AS ", i);
    sql_add_name(sql, plan->partitions[i].name);
    text_buffer_add_string(sql, ", ");
  }
  technical_print(run, "_run_id", "_ingestion_ts", sql);
  text_buffer_printf(sql, " FROM rows WHERE fate = %d ORDER BY file, position;\n", FATE_PASSED);
}

static bool print_quarantine(struct duckdb_engine *engine, const struct plan *plan, const struct run *run,
                             struct text_buffer *sql, struct error *err)
{
  struct stage_layout layout;
  stage_layout_init(engine->arena, plan, &layout);
  TRY(raw_records_fetch(engine, plan, FATE_DROPPED, err));
  print_view(OUTCOME_QUARANTINE, sql);
  quarantine_print_query(&layout, engine->sources, run, FATE_DROPPED, sql);
  text_buffer_add_string(sql, " ORDER BY file, position;\n");
  return true;
}

bool duckdb_engine_name_outcome(struct engine *base, const struct plan *plan, const struct run *run, unsigned outcomes,
                                struct error *err)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  if ((outcomes & OUTCOME_OF_FATES) != 0) {
    print_view(OUTCOME_FATES, &sql);
    text_buffer_add_string(&sql, "SELECT rowid AS id, file, ");
    stage_print_origin(plan, "//", &sql);
    text_buffer_add_string(&sql, " AS position, fate FROM rows ORDER BY rows.file, rows.position, id;\n");
  }
  if ((outcomes & OUTCOME_OF_SILVER) != 0)
    print_silver(plan, run, &sql);
  if ((outcomes & OUTCOME_OF_QUARANTINE) != 0)
    TRY(print_quarantine(engine, plan, run, &sql, err));
  if ((outcomes & OUTCOME_OF_GOLD) != 0 && plan->n_gold_columns > 0) {
    print_view(OUTCOME_GOLD, &sql);
    duckdb_engine_print_gold_query(plan, run, &sql);
  }
  return sql.length == 0 || database_execute(engine->base.database, sql.data, err);
}
