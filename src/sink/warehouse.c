#include "sink/warehouse.h"

#include "base/file.h"
#include "base/log.h"

bool warehouse_open(struct database *database, const char *path, bool read_only, struct warehouse *ret_warehouse,
                    struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  if (!read_only)
    TRY(directory_create(path_directory(&scratch, path), err));
  TRY(database_attach(database, path, "warehouse", read_only, err));
  *ret_warehouse = (struct warehouse){ .database = database, .path = path };
  return true;
}

void warehouse_close(struct warehouse *warehouse)
{
  struct error ignored;
  if (warehouse->database == NULL)
    return;
  warehouse_rollback(warehouse);
  if (!database_execute(warehouse->database, "DETACH warehouse", &ignored))
    log_debug("gold", "%s", ignored.message);
  warehouse->database = NULL;
}

bool warehouse_begin(struct warehouse *warehouse, struct error *err)
{
  TRY(database_execute(warehouse->database, "BEGIN", err));
  warehouse->is_in_transaction = true;
  return true;
}

bool warehouse_commit(struct warehouse *warehouse, struct error *err)
{
  warehouse->is_in_transaction = false;
  if (database_execute(warehouse->database, "COMMIT", err))
    return true;
  err->kind = err->kind == ERROR_INTERRUPTED ? err->kind : ERROR_ENVIRONMENT;
  return add_context(err, "while committing to DuckDB file \"%s\"", warehouse->path);
}

void warehouse_rollback(struct warehouse *warehouse)
{
  struct error ignored;
  if (!warehouse->is_in_transaction)
    return;
  warehouse->is_in_transaction = false;
  if (!database_execute(warehouse->database, "ROLLBACK", &ignored))
    log_debug("gold", "%s", ignored.message);
}
