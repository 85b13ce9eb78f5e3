/** The database that holds the gold tables and the metadata: a DuckDB file, attached to the engine's instance as
 * `warehouse`, or a PostgreSQL database. Gold and metadata of a run are one transaction of it. Used by one thread. */
#ifndef CRISOL_SINK_WAREHOUSE_H
#define CRISOL_SINK_WAREHOUSE_H

#include "config/dataset.h"
#include "engine/duckdb/engine.h"

struct warehouse;
struct gold_table;
struct plan;
struct run;

/** One row a kind of database. */
struct warehouse_driver {
  const char *name;
  /* Statement that keeps other runs from making schemas and tables until the transaction ends: IF NOT EXISTS alone
   * fails where two begin at once. Empty: there are no others. */
  const char *lock_definitions;
  bool loads_elsewhere; /* gold is another process's work, for which the engine only sends rows */
  bool (*execute)(struct warehouse *warehouse, const char *sql, struct error *err);
  bool (*query)(struct arena *arena, struct warehouse *warehouse, const char *sql, struct table *ret_table,
                struct error *err);
  void (*close)(struct warehouse *warehouse);
  bool (*take)(struct warehouse *warehouse, struct error *err); /* and release: see warehouse_release; NULL: nothing */
  void (*release)(struct warehouse *warehouse);
  void (*cancel)(struct warehouse *warehouse); /* the running statement; thread-safe; NULL: the engine's interruption */
  /* Whether the last error may pass by itself; then ready for another try. NULL: never. */
  bool (*recover)(struct warehouse *warehouse);
  bool (*read_table)(struct arena *arena, struct warehouse *warehouse, const struct plan *plan,
                     struct gold_table *ret_table, struct error *err);
  bool (*check_gold)(struct warehouse *warehouse, const struct plan *plan, struct drift *drift, struct error *err);
  bool (*prepare_gold)(struct warehouse *warehouse, const struct plan *plan, struct error *err);
  bool (*load_gold)(struct warehouse *warehouse, struct engine *engine, const struct plan *plan, const struct run *run,
                    struct error *err);
};

struct warehouse {
  const struct warehouse_driver *driver; /* NULL: not open */
  const char *name;                      /* for messages: the path, or host/database */
  const char *prefix;                    /* what stands before the name of a schema in SQL: "warehouse." or "" */
  struct database *database;             /* the engine's instance that a DuckDB file is attached to */
  void *connection;                      /* to PostgreSQL; of a DuckDB file what warehouse_duckdb.c knows of it */
  bool is_in_transaction;
  struct table required; /* columns that the dataset's schema has once required: their NOT NULL in gold is crisol's own */
};

/** Attaches the file, which is created with its directory where it is missing (not where `read_only`). Where another
 * process holds it that is waited for, up to a minute, as long as `goes_on` (NULL: always) is true; then ERROR_LOCKED
 * where that is a crisol, else ERROR_ENVIRONMENT. */
MUST_CHECK bool warehouse_open_duckdb(struct database *database, const char *path, bool read_only,
                                      bool (*goes_on)(struct error *err), struct warehouse *ret_warehouse,
                                      struct error *err);
/** Connects as the configuration says; what it leaves out is libpq's to find (PG* variables, .pgpass). While it waits,
 * `goes_on` is asked ten times a second; where it is false, with an error, so is the answer. NULL: it waits. */
MUST_CHECK bool warehouse_open_postgresql(struct arena *arena, const struct database_config *config,
                                          bool (*goes_on)(struct error *err), struct warehouse *ret_warehouse,
                                          struct error *err);
/** Lets go of the database, so that others may have it; accepts one that was never opened. */
void warehouse_close(struct warehouse *warehouse);

/** Lets other processes have a DuckDB file until the next transaction begins, which waits for it as the opening does;
 * a statement before that takes it for itself. What was learnt before must be asked again in the transaction: others
 * may have changed it. A file that is another one by then is ERROR_ENVIRONMENT. A server is used by many anyway. */
void warehouse_release(struct warehouse *warehouse);
/** Takes a released one again. */
MUST_CHECK bool warehouse_take(struct warehouse *warehouse, struct error *err);

/** Runs one statement or several. */
MUST_CHECK bool warehouse_execute(struct warehouse *warehouse, const char *sql, struct error *err);
/** Runs one statement and returns its rows as text. */
MUST_CHECK bool warehouse_query(struct arena *arena, struct warehouse *warehouse, const char *sql,
                                struct table *ret_table, struct error *err);
/** The same for a result of one unsigned number. */
MUST_CHECK bool warehouse_query_count(struct warehouse *warehouse, const char *sql, uint64_t *ret_count,
                                      struct error *err);

/** After a failure: whether another try of the transaction is worth it (a lost connection, a deadlock, a server that
 * restarts). If so the transaction is rolled back and the connection is up again. */
MUST_CHECK bool warehouse_recover(struct warehouse *warehouse);

MUST_CHECK bool warehouse_begin(struct warehouse *warehouse, struct error *err);
MUST_CHECK bool warehouse_commit(struct warehouse *warehouse, struct error *err);
/** Without a transaction it does nothing. */
void warehouse_rollback(struct warehouse *warehouse);

#endif
