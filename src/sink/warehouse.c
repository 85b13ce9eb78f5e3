/* What a warehouse of any kind does. */
#include "sink/warehouse.h"

#include "base/log.h"

#include <stdlib.h>

bool warehouse_execute(struct warehouse *warehouse, const char *sql, struct error *err)
{
  return warehouse->driver->execute(warehouse, sql, err);
}

bool warehouse_query(struct arena *arena, struct warehouse *warehouse, const char *sql, struct table *ret_table,
                     struct error *err)
{
  return warehouse->driver->query(arena, warehouse, sql, ret_table, err);
}

bool warehouse_query_count(struct warehouse *warehouse, const char *sql, uint64_t *ret_count, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct table table;
  TRY(warehouse_query(&scratch, warehouse, sql, &table, err));
  bool has_answer = table.n_rows == 1 && table.n_columns == 1 && table.cells[0] != NULL;
  *ret_count = has_answer ? strtoull(table.cells[0], NULL, 10) : 0;
  return true;
}

void warehouse_release(struct warehouse *warehouse)
{
  if (warehouse->driver->release != NULL)
    warehouse->driver->release(warehouse);
}

bool warehouse_take(struct warehouse *warehouse, struct error *err)
{
  return warehouse->driver->take == NULL || warehouse->driver->take(warehouse, err);
}

bool warehouse_begin(struct warehouse *warehouse, struct error *err)
{
  TRY(warehouse_take(warehouse, err));
  TRY(warehouse_execute(warehouse, "BEGIN", err));
  warehouse->is_in_transaction = true;
  return true;
}

bool warehouse_commit(struct warehouse *warehouse, struct error *err)
{
  warehouse->is_in_transaction = false;
  if (warehouse_execute(warehouse, "COMMIT", err))
    return true;
  err->kind = err->kind == ERROR_INTERRUPTED ? err->kind : ERROR_ENVIRONMENT;
  return add_context(err, "while committing to %s \"%s\"", warehouse->driver->name, warehouse->name);
}

void warehouse_rollback(struct warehouse *warehouse)
{
  struct error ignored;
  if (!warehouse->is_in_transaction)
    return;
  warehouse->is_in_transaction = false;
  if (!warehouse_execute(warehouse, "ROLLBACK", &ignored))
    log_debug("gold", "%s", ignored.message);
}

bool warehouse_recover(struct warehouse *warehouse)
{
  warehouse_rollback(warehouse);
  return warehouse->driver->recover != NULL && warehouse->driver->recover(warehouse);
}

void warehouse_close(struct warehouse *warehouse)
{
  if (warehouse->driver == NULL)
    return;
  warehouse_rollback(warehouse);
  warehouse->driver->close(warehouse);
  *warehouse = (struct warehouse){ 0 };
}
