/* What a warehouse of any kind does. */
#include "warehouse/warehouse.h"

#include "base/clock.h"
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

enum commit_outcome warehouse_commit(struct warehouse *warehouse, struct error *err)
{
  warehouse->is_in_transaction = false;
  enum commit_outcome outcome = warehouse->driver->commit(warehouse, err);
  if (outcome == COMMIT_DONE)
    return outcome;
  bool is_interrupted = err->kind == ERROR_INTERRUPTED || err->kind == ERROR_TERMINATED;
  bool is_data = err->kind == ERROR_DATA && outcome == COMMIT_REFUSED; /* a deferred constraint */
  err->kind = is_interrupted || is_data ? err->kind : ERROR_ENVIRONMENT;
  add_context(err, "while committing to %s \"%s\"", warehouse->driver->name, warehouse->name);
  return outcome;
}

void warehouse_rollback(struct warehouse *warehouse)
{
  struct error ignored;
  if (warehouse->driver != NULL && warehouse->driver->resume != NULL)
    warehouse->driver->resume(warehouse);
  if (!warehouse->is_in_transaction)
    return;
  warehouse->is_in_transaction = false;
  if (!warehouse_execute(warehouse, "ROLLBACK", &ignored))
    log_debug("gold", "%s", ignored.message);
}

bool warehouse_may_pass(const struct warehouse *warehouse)
{
  return warehouse->driver->may_pass != NULL && warehouse->driver->may_pass(warehouse);
}

void warehouse_limit(struct warehouse *warehouse, int64_t milliseconds)
{
  if (warehouse->driver != NULL && warehouse->driver->limit != NULL)
    warehouse->driver->limit(warehouse, milliseconds == 0 ? 0 : clock_ms() + milliseconds);
}

void warehouse_end_session(struct warehouse *warehouse, const char *run_id)
{
  if (warehouse->driver->end_session != NULL)
    warehouse->driver->end_session(warehouse, run_id);
}

void warehouse_close(struct warehouse *warehouse)
{
  if (warehouse->driver == NULL)
    return;
  warehouse_rollback(warehouse);
  warehouse->driver->close(warehouse);
  *warehouse = (struct warehouse){ 0 };
}
