/* Gold: its rows, and the partitions that they are of, into a table that is attached here or out as a stream. */
#include "duckdb/copy_binary.h"
#include "engine/duckdb/engine_internal.h"
#include "engine/rows/gold_keys.h"
#include "engine/rows/gold_load.h"

bool duckdb_engine_copy_binary(struct engine *base, const char *sql, const struct copy_stream *stream,
                               uint64_t *ret_rows, struct error *err)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  struct database *database = engine->copy_database != NULL ? engine->copy_database : engine->database;
  return database_copy_binary(database, sql, stream, ret_rows, err);
}

bool duckdb_engine_load_gold(struct engine *base, const struct plan *plan, const struct run *run,
                             const struct gold_target *target, uint64_t *ret_rows, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer query = { 0 }, sql = { 0 };
  duckdb_engine_print_gold_query(plan, run, &query);
  gold_print_load(plan, target, query.data, &sql);
  if (target->table == NULL)
    return duckdb_engine_copy_binary(base, sql.data, &target->stream, ret_rows, err);
  return database_query_count(duckdb_engine_of(base)->database, sql.data, ret_rows, err);
}

bool duckdb_engine_send_partitions(struct engine *base, const struct plan *plan, const struct copy_stream *stream,
                                   uint64_t *ret_rows, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  gold_print_partitions(plan, &sql);
  return duckdb_engine_copy_binary(base, sql.data, stream, ret_rows, err);
}

bool duckdb_engine_find_double_keys(struct engine *base, const struct plan *plan, const struct run *run,
                                    const struct plan_gold_key *key, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer query = { 0 };
  duckdb_engine_print_key_query(plan, run, &query);
  return gold_keys_find_doubles(duckdb_engine_of(base)->database, query.data, key, err);
}

bool duckdb_engine_note_conflicts(struct engine *base, const struct table *places, struct error *err)
{
  return gold_keys_note(duckdb_engine_of(base)->database, places, err);
}
