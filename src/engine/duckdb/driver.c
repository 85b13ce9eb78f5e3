/* The row of the embedded engine; its life, and what is not of a plan. */
#include "engine/duckdb/driver.h"

#include "duckdb/eval.h"
#include "engine/duckdb/engine_internal.h"

static bool open_engine(struct arena *arena, const struct engine_options *options, struct engine **ret_engine,
                        struct error *err)
{
  (void)err;
  struct duckdb_engine *engine = arena_alloc(arena, sizeof(*engine));
  *engine = (struct duckdb_engine){ .base = { .driver = &duckdb_engine },
                                    .arena = arena,
                                    .database = options->database,
                                    .instant_us = options->instant_us };
  *ret_engine = &engine->base;
  return true;
}

static void close_engine(struct engine *base)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  database_close(&engine->copy_database);
  sources_close(&engine->sources);
}

static bool open_sources(struct engine *base, struct plan *plan, struct error *err)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  return sources_open(engine->arena, engine->database, plan, database_temp_directory(engine->database),
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

static bool read_lake_columns(struct engine *base, struct arena *arena, struct s3 *s3, const char *const *paths,
                              size_t n_paths, const char ***ret_names, const struct type ***ret_types,
                              size_t *ret_count, struct error *err)
{
  return lake_files_read_columns(arena, duckdb_engine_of(base)->database, s3, paths, n_paths, ret_names, ret_types,
                                 ret_count, err);
}

static bool count_lake_rows(struct engine *base, struct s3 *s3, const char *const *paths, size_t n_paths,
                            uint64_t *ret_rows, struct error *err)
{
  return lake_files_count_rows(duckdb_engine_of(base)->database, s3, paths, n_paths, ret_rows, err);
}

static bool keep_rows(struct engine *base, const char *name, const char *query, uint64_t *ret_count, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct database *database = duckdb_engine_of(base)->database;
  return database_query_count(database, arena_printf(&scratch, "CREATE OR REPLACE TEMP TABLE %s AS\n%s", name, query),
                              ret_count, err);
}

static bool drop_rows(struct engine *base, const char *name, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  return database_execute(duckdb_engine_of(base)->database, arena_printf(&scratch, "DROP TABLE %s", name), err);
}

static bool connect_copy(struct engine *base, struct error *err)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  return engine->copy_database != NULL ||
         database_connect(engine->database, engine->instant_us, &engine->copy_database, err);
}

static void progress(const struct engine *base, uint64_t *ret_done, uint64_t *ret_total)
{
  const struct sources *sources = duckdb_engine_of_const(base)->sources;
  *ret_done = sources == NULL ? 0 : sources_done_bytes(sources);
  *ret_total = sources == NULL ? 0 : sources_total_bytes(sources);
}

static void interrupt(struct engine *base)
{
  database_interrupt(duckdb_engine_of(base)->database);
}

static void interrupt_copy(struct engine *base)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  if (engine->copy_database != NULL)
    database_interrupt(engine->copy_database);
}

const struct engine_driver duckdb_engine = {
  .name = "duckdb",
  .loads_beside = true,
  .open = open_engine,
  .close = close_engine,
  .open_sources = open_sources,
  .drift = drift,
  .check = check,
  .print_sql = duckdb_engine_print_sql,
  .keep_records = duckdb_engine_keep_records,
  .stage = duckdb_engine_stage,
  .deduplicate = duckdb_engine_deduplicate,
  .account = duckdb_engine_account,
  .sample = duckdb_engine_sample,
  .count_passing = duckdb_engine_count_passing,
  .find_partitions = duckdb_engine_find_partitions,
  .find_inputs = duckdb_engine_find_inputs,
  .write_silver = duckdb_engine_write_silver,
  .write_quarantine = duckdb_engine_write_quarantine,
  .write_rejects = duckdb_engine_write_rejects,
  .read_lake_columns = read_lake_columns,
  .count_lake_rows = count_lake_rows,
  .count_conditions = duckdb_engine_count_conditions,
  .load_gold = duckdb_engine_load_gold,
  .send_partitions = duckdb_engine_send_partitions,
  .print_placed_gold_query = duckdb_engine_print_placed_gold_query,
  .print_key_query = duckdb_engine_print_key_query,
  .keep_rows = keep_rows,
  .drop_rows = drop_rows,
  .find_double_keys = duckdb_engine_find_double_keys,
  .note_conflicts = duckdb_engine_note_conflicts,
  .quarantine_noted = duckdb_engine_quarantine_noted,
  .number_partitions = duckdb_engine_number_partitions,
  .connect_copy = connect_copy,
  .copy_binary = duckdb_engine_copy_binary,
  .progress = progress,
  .interrupt = interrupt,
  .interrupt_copy = interrupt_copy,
  .evaluate = duckdb_eval,
};
