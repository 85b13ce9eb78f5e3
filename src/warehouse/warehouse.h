/** The database that holds the gold tables and the metadata: a DuckDB file, attached to the engine's instance as
 * `warehouse`, or a PostgreSQL database. Gold and metadata of a run are one transaction of it. Used by one thread. */
#ifndef CRISOL_WAREHOUSE_WAREHOUSE_H
#define CRISOL_WAREHOUSE_WAREHOUSE_H

#include "config/dataset.h"
#include "duckdb/database.h"
#include "engine/engine.h"

struct warehouse;
struct gold_table;
struct plan;
struct run;

/** What became of a COMMIT. */
enum commit_outcome {
  COMMIT_DONE,
  COMMIT_REFUSED,  /* the transaction is rolled back */
  COMMIT_IN_DOUBT, /* it was sent, and no answer came: the ledger knows, once it can be asked */
};

/** One row a kind of database. */
struct warehouse_driver {
  const char *name;
  /* Statement that keeps other runs from making schemas and tables until the transaction ends: IF NOT EXISTS alone
   * fails where two begin at once. Empty: there are no others. */
  const char *lock_definitions;
  /* Statement after which, until the transaction ends, what waits for a lock fails soon. Empty: nothing waits. */
  const char *limit_locks;
  bool folds_case;      /* names that differ in case are one */
  bool loads_elsewhere; /* gold is another process's work, for which the engine only sends rows */
  bool (*execute)(struct warehouse *warehouse, const char *sql, struct error *err);
  bool (*query)(struct arena *arena, struct warehouse *warehouse, const char *sql, struct table *ret_table,
                struct error *err);
  void (*close)(struct warehouse *warehouse);
  bool (*take)(struct warehouse *warehouse, struct error *err); /* and release: see warehouse_release; NULL: nothing */
  void (*release)(struct warehouse *warehouse);
  void (*cancel)(struct warehouse *warehouse); /* the running statement; thread-safe; NULL: the engine's interruption */
  enum commit_outcome (*commit)(struct warehouse *warehouse, struct error *err);
  /* Each may be NULL, where the database has nothing of the kind. */
  bool (*may_pass)(const struct warehouse *warehouse);
  void (*resume)(struct warehouse *warehouse); /* takes a cancellation back */
  void (*limit)(struct warehouse *warehouse, int64_t until_ms);
  void (*end_session)(struct warehouse *warehouse, const char *run_id);
  bool (*read_table)(struct arena *arena, struct warehouse *warehouse, const struct plan *plan,
                     struct gold_table *ret_table, struct error *err);
  bool (*check_gold)(struct warehouse *warehouse, const struct plan *plan, const struct gold_table *table,
                     struct drift *drift, struct error *err);
  bool (*lock_gold)(struct warehouse *warehouse, const struct plan *plan, struct error *err); /* NULL: others wait */
  bool (*prepare_gold)(struct warehouse *warehouse, const struct plan *plan, const struct gold_table *table,
                       struct error *err);
  bool (*settle_keys)(struct warehouse *warehouse, struct engine *engine, const struct plan *plan,
                      const struct run *run, struct error *err);
  bool (*load_gold)(struct warehouse *warehouse, struct engine *engine, const struct plan *plan, const struct run *run,
                    struct error *err);
};

struct warehouse {
  const struct warehouse_driver *driver; /* NULL: not open */
  const char *name;                      /* for messages: the path, or host/database */
  const char *prefix;                    /* what stands before the name of a schema in SQL: "warehouse." or "" */
  struct database *database;             /* the engine's instance that a DuckDB file is attached to */
  void *connection;                      /* to PostgreSQL; of a DuckDB file what warehouse_duckdb.c knows of it */
  const char *encoding;                  /* that a server keeps its texts in; NULL: it holds every character */
  bool is_in_transaction;
  bool hides_values; /* what a server says of a row in detail is left out of messages: columns of it are private */
  struct table
      required; /* columns that the dataset's schema has once required: their NOT NULL in gold is crisol's own */
};

/** Attaches the file, which is created with its directory where it is missing (not where `read_only`). Where another
 * process holds it that is waited for, up to a minute, as long as `goes_on` (NULL: always) is true; then ERROR_LOCKED
 * where that is a crisol, else ERROR_ENVIRONMENT. */
MUST_CHECK bool warehouse_open_duckdb(struct database *database, const char *path, bool read_only,
                                      bool (*goes_on)(struct error *err), struct warehouse *ret_warehouse,
                                      struct error *err);
/** Connects as the configuration says; what it leaves out is libpq's to find (PG* variables, .pgpass). `session` is
 * what the server's own views call it. While it waits, for the connection as for any statement, `goes_on` is asked many
 * times a second; where it is false, with an error, so is the answer. NULL: it waits. */
MUST_CHECK bool warehouse_open_postgresql(struct arena *arena, const struct database_config *config,
                                          const char *session, bool (*goes_on)(struct error *err),
                                          struct warehouse *ret_warehouse, struct error *err);
/** Lets go of the database, so that others may have it; accepts one that was never opened. */
void warehouse_close(struct warehouse *warehouse);

/** Lets other processes have a DuckDB file until the next transaction begins, which waits for it as the opening does;
 * a statement before that takes it for itself. What was learnt before must be asked again in the transaction: others
 * may have changed it. A file that is another one by then is ERROR_ENVIRONMENT. A server is used by many anyway. */
void warehouse_release(struct warehouse *warehouse);
/** Takes a released one again; makes the connection to a server anew where it was lost. */
MUST_CHECK bool warehouse_take(struct warehouse *warehouse, struct error *err);

/** Runs one statement or several. */
MUST_CHECK bool warehouse_execute(struct warehouse *warehouse, const char *sql, struct error *err);
/** Runs one statement and returns its rows as text. */
MUST_CHECK bool warehouse_query(struct arena *arena, struct warehouse *warehouse, const char *sql,
                                struct table *ret_table, struct error *err);
/** The same for a result of one unsigned number. */
MUST_CHECK bool warehouse_query_count(struct warehouse *warehouse, const char *sql, uint64_t *ret_count,
                                      struct error *err);

/** After a failure: whether it may pass by itself (a lost connection, a deadlock, a server that restarts), so that
 * another try of the transaction is worth it. */
bool warehouse_may_pass(const struct warehouse *warehouse);
/** From here on nothing of it is waited for longer than that; 0: without end. */
void warehouse_limit(struct warehouse *warehouse, int64_t milliseconds);
/** Ends in the server the session of a run of this role that is dead, whose end the server may not have seen: its
 * transaction would go on to hold what it has locked. */
void warehouse_end_session(struct warehouse *warehouse, const char *run_id);

/** Begins the transaction that gold and the ledger share; takes a released database again. */
MUST_CHECK bool warehouse_begin(struct warehouse *warehouse, struct error *err);
/** Writes `err` unless it is done. */
MUST_CHECK enum commit_outcome warehouse_commit(struct warehouse *warehouse, struct error *err);
/** Without a transaction it does nothing. */
void warehouse_rollback(struct warehouse *warehouse);

#endif
