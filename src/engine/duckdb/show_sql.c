/* The statements of a run, for `crisol plan --sql`; and what they share. */
#include "engine/duckdb/engine_internal.h"
#include "engine/rows/statement.h"

#include <inttypes.h>

void technical_print(const struct run *run, const char *id_name, const char *instant_name, struct text_buffer *sql)
{
  sql_add_string(sql, text_from(run->id));
  text_buffer_printf(sql, " AS %s, make_timestamptz(%" PRId64 ") AS %s", id_name, run->instant_us, instant_name);
}

void duckdb_engine_print_sql(struct arena *arena, const struct plan *plan, struct text_buffer *out)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct run run = { .id = "<run id>" };
  struct stage_layout layout;
  stage_layout_init(arena, plan, &layout);
  stage_print_sql(&layout, &sql);
  statement_add("read, standardize, judge", &sql, out);
  if (plan->n_dedupe_key > 0) {
    deduplicate_print_sql(plan, &sql);
    statement_add("deduplicate", &sql, out);
    text_buffer_add_string(&sql, "DELETE FROM rows WHERE rowid IN (SELECT loser FROM losers)");
    statement_add("remove the duplicates", &sql, out);
  }
  if (plan->n_partitions > 0) {
    partitions_print_sql(plan, &sql);
    statement_add("partitions", &sql, out);
    silver_print_partitioned(plan, &run, "<staging>/silver", &sql);
  } else {
    silver_print_plain(plan, &run, "<staging>/silver/part-<run id>.parquet", &sql);
  }
  statement_add("silver", &sql, out);
  quarantine_print_query(&layout, NULL, &run, FATE_DROPPED, &sql);
  statement_add("quarantine", &sql, out);
  if (!plan->dataset->gold.enabled)
    return;
  duckdb_engine_print_gold_query(plan, &run, &sql);
  statement_add("gold", &sql, out);
}
