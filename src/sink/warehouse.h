/** The database that holds the gold tables and the metadata: one DuckDB file, attached to the engine's instance as
 * `warehouse`. Gold and metadata of a run are one transaction of it. Used by one thread. */
#ifndef CRISOL_SINK_WAREHOUSE_H
#define CRISOL_SINK_WAREHOUSE_H

#include "engine/duckdb/database.h"

struct warehouse {
  struct database *database;
  const char *path;
  bool is_in_transaction;
};

/** Attaches the file, which is created with its directory where it is missing (not where `read_only`). ERROR_LOCKED
 * where another crisol holds it. */
MUST_CHECK bool warehouse_open(struct database *database, const char *path, bool read_only,
                               struct warehouse *ret_warehouse, struct error *err);
/** Lets go of the file, so that others may open it; accepts one that was never opened. */
void warehouse_close(struct warehouse *warehouse);

MUST_CHECK bool warehouse_begin(struct warehouse *warehouse, struct error *err);
MUST_CHECK bool warehouse_commit(struct warehouse *warehouse, struct error *err);
/** Without a transaction it does nothing. */
void warehouse_rollback(struct warehouse *warehouse);

#endif
