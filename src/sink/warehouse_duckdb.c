/* A DuckDB file, attached to the engine's instance. */
#include "sink/gold_internal.h"

#include "base/file.h"
#include "base/log.h"

static bool execute(struct warehouse *warehouse, const char *sql, struct error *err)
{
  return database_execute(warehouse->database, sql, err);
}

static bool query(struct arena *arena, struct warehouse *warehouse, const char *sql, struct table *ret_table,
                  struct error *err)
{
  return database_query(arena, warehouse->database, sql, ret_table, err);
}

static void close_file(struct warehouse *warehouse)
{
  struct error ignored;
  if (!database_execute(warehouse->database, "DETACH warehouse", &ignored))
    log_debug("gold", "%s", ignored.message);
}

static const struct warehouse_driver driver = {
  .name = "DuckDB file",
  .lock_definitions = "",
  .execute = execute,
  .query = query,
  .close = close_file,
  .read_table = duckdb_read_table,
  .check_gold = duckdb_check_gold,
  .prepare_gold = duckdb_prepare_gold,
  .load_gold = duckdb_load_gold,
};

bool warehouse_open_duckdb(struct database *database, const char *path, bool read_only, struct warehouse *ret_warehouse,
                           struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  if (!read_only)
    TRY(directory_create(path_directory(&scratch, path), err));
  TRY(database_attach(database, path, "warehouse", read_only, err));
  *ret_warehouse = (struct warehouse){ .driver = &driver, .name = path, .prefix = "warehouse.", .database = database };
  return true;
}
