#include "engine/rows/local.h"

#include "duckdb/copy_binary.h"

bool local_keep_rows(struct engine *engine, const char *name, const char *query, uint64_t *ret_count, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  return database_query_count(
      engine->database, arena_printf(&scratch, "CREATE OR REPLACE TEMP TABLE %s AS\n%s", name, query), ret_count, err);
}

bool local_drop_rows(struct engine *engine, const char *name, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  return database_execute(engine->database, arena_printf(&scratch, "DROP TABLE %s", name), err);
}

bool local_connect_copy(struct engine *engine, struct error *err)
{
  return engine->copy_database != NULL ||
         database_connect(engine->database, engine->instant_us, &engine->copy_database, err);
}

bool local_copy_binary(struct engine *engine, const char *sql, const struct copy_stream *stream, uint64_t *ret_rows,
                       struct error *err)
{
  struct database *database = engine->copy_database != NULL ? engine->copy_database : engine->database;
  return database_copy_binary(database, sql, stream, ret_rows, err);
}

void local_interrupt_copy(struct engine *engine)
{
  if (engine->copy_database != NULL)
    database_interrupt(engine->copy_database);
}
