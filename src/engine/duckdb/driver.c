/* The row of the embedded engine; its life, and what is not of a plan. */
#include "engine/duckdb/driver.h"

#include "duckdb/eval.h"
#include "engine/duckdb/engine_internal.h"
#include "engine/rows/gold_keys.h"
#include "engine/rows/gold_load.h"
#include "engine/rows/lake_files.h"
#include "engine/rows/local.h"

static bool open_engine(struct arena *arena, const struct engine_options *options, struct engine **ret_engine,
                        struct error *err)
{
  (void)err;
  struct duckdb_engine *engine = arena_alloc(arena, sizeof(*engine));
  *engine = (struct duckdb_engine){
    .base = { .driver = &duckdb_engine, .database = options->database, .instant_us = options->instant_us },
    .arena = arena
  };
  *ret_engine = &engine->base;
  return true;
}

static void close_engine(struct engine *base)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  database_close(&engine->base.copy_database);
  sources_close(&engine->sources);
}

static bool open_sources(struct engine *base, struct plan *plan, struct error *err)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  return sources_open(engine->arena, engine->base.database, plan, database_temp_directory(engine->base.database),
                      &engine->sources, err);
}

static const struct drift *drift(const struct engine *base)
{
  return sources_drift(duckdb_engine_of_const(base)->sources);
}

/* It can do all that a plan may hold. */
static void check(const struct engine *base, const struct plan *plan, struct problem_list *problems)
{
  (void)base, (void)plan, (void)problems;
}

static void progress(const struct engine *base, struct run_progress *ret_progress)
{
  const struct sources *sources = duckdb_engine_of_const(base)->sources;
  *ret_progress = (struct run_progress){ .done = sources == NULL ? 0 : sources_done_bytes(sources),
                                         .total = sources == NULL ? 0 : sources_total_bytes(sources) };
}

static void interrupt(struct engine *base)
{
  database_interrupt(base->database);
}

static const struct engine_replay replay = {
  .keep_taken = duckdb_engine_keep_taken,
  .settle_standing = duckdb_engine_settle_standing,
  .find_displaced = duckdb_engine_find_displaced,
  .write_undisplaced = duckdb_engine_write_undisplaced,
  .find_fates = duckdb_engine_find_fates,
};

const struct engine_driver duckdb_engine = {
  .name = "duckdb",
  .replay = &replay,
  .loads_beside = true,
  .open = open_engine,
  .close = close_engine,
  .open_sources = open_sources,
  .drift = drift,
  .check = check,
  .print_sql = duckdb_engine_print_sql,
  .keep_records = duckdb_engine_keep_records,
  .summarize = duckdb_engine_summarize,
  .stage = duckdb_engine_stage,
  .name_outcome = duckdb_engine_name_outcome,
  .deduplicate = duckdb_engine_deduplicate,
  .account = duckdb_engine_account,
  .sample = duckdb_engine_sample,
  .count_passing = duckdb_engine_count_passing,
  .find_partitions = duckdb_engine_find_partitions,
  .find_inputs = duckdb_engine_find_inputs,
  .write_silver = duckdb_engine_write_silver,
  .write_quarantine = duckdb_engine_write_quarantine,
  .write_rejects = duckdb_engine_write_rejects,
  .read_lake_columns = lake_files_read_columns,
  .count_lake_rows = lake_files_count_rows,
  .count_conditions = duckdb_engine_count_conditions,
  .load_gold = duckdb_engine_load_gold,
  .send_partitions = gold_send_partitions,
  .print_placed_gold_query = duckdb_engine_print_placed_gold_query,
  .print_key_query = duckdb_engine_print_key_query,
  .keep_rows = local_keep_rows,
  .drop_rows = local_drop_rows,
  .find_double_keys = gold_keys_find_doubles,
  .note_conflicts = gold_keys_note,
  .quarantine_noted = duckdb_engine_quarantine_noted,
  .number_partitions = duckdb_engine_number_partitions,
  .connect_copy = local_connect_copy,
  .copy_binary = local_copy_binary,
  .progress = progress,
  .interrupt = interrupt,
  .interrupt_copy = local_interrupt_copy,
  .evaluate = duckdb_eval,
};
