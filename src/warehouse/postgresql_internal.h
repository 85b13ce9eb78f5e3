/* What the files that speak to PostgreSQL share: postgresql_connection.c (how it comes and goes),
 * postgresql_statement.c (what is asked of it), postgresql_errors.c (what it answers where it cannot),
 * warehouse_postgresql.c (the driver).
 *
 * No call of libpq that waits is made by the thread that uses a connection: it polls, and asks meanwhile whether it may
 * go on. Where it may not, the server is asked to cancel; where the server does not answer that in time, the connection
 * is given up, and the server, once it notices, rolls back. What cannot be polled (a name that is looked up, PQcancel)
 * is left to a thread of its own. */
#ifndef CRISOL_WAREHOUSE_POSTGRESQL_INTERNAL_H
#define CRISOL_WAREHOUSE_POSTGRESQL_INTERNAL_H

#include "warehouse/postgresql.h"

#include <libpq-fe.h>
#include <stdatomic.h>

enum { STATE_SIZE = 6, PARAMETERS_MAX = 20 };

/* As PQconnectStartParams takes them, ended by NULL; the texts live as long as the warehouse. */
struct parameters {
  const char *keywords[PARAMETERS_MAX], *values[PARAMETERS_MAX];
  size_t count;
};

struct postgresql {
  struct arena *arena;
  PGconn *connection; /* NULL: given up, or not made */
  struct parameters parameters;
  bool (*goes_on)(struct error *err);
  int timeout;              /* s, for a connection; 0: none */
  int64_t until_ms;         /* by clock_ms: no statement is waited for past it; 0: without end */
  bool is_transient;        /* the last error may pass by itself */
  char state[STATE_SIZE];   /* the last error's SQLSTATE; empty: none */
  atomic_bool is_cancelled; /* by us: what the server then says is an interruption */
  int backend;              /* the server's process, and when it began: another may bear its number later */
  char began[64];
};

static inline struct postgresql *postgresql_of(struct warehouse *warehouse)
{
  return warehouse->connection;
}

/* postgresql_connection.c */

/* Makes the connection, and readies the session. ERROR_ENVIRONMENT where there is no answer in time. */
MUST_CHECK bool postgresql_connect(struct warehouse *warehouse, struct error *err);
/* Makes it anew, in the place of one that is lost; what the server still has of the old one is ended. */
MUST_CHECK bool postgresql_reconnect(struct warehouse *warehouse, struct error *err);
/* See warehouse_end_session. */
void postgresql_end_session(struct warehouse *warehouse, const char *run_id);
/* Closes it at once, whatever is under way. */
void postgresql_give_up(struct postgresql *postgresql);
/* Asks the server, from a thread of its own, to cancel what it runs. */
void postgresql_ask_to_cancel(const struct postgresql *postgresql);

/* postgresql_statement.c */

bool postgresql_execute(struct warehouse *warehouse, const char *sql, struct error *err);
bool postgresql_query(struct arena *arena, struct warehouse *warehouse, const char *sql, struct table *ret_table,
                      struct error *err);
enum commit_outcome postgresql_commit(struct warehouse *warehouse, struct error *err);

/* postgresql_locks.c */

/* See gold_lock. */
bool postgresql_lock_gold(struct warehouse *warehouse, const struct plan *plan, struct error *err);
/* What gold_load does, whose locks are waited for no longer than lock_timeout. */
bool postgresql_load_gold_in_time(struct warehouse *warehouse, struct engine *engine, const struct plan *plan,
                                  const struct run *run, struct error *err);

/* postgresql_errors.c */

/* What failed, by the server's message and its SQLSTATE (NULL: unknown, the message of a connection may hold it). */
bool postgresql_fail(struct warehouse *warehouse, const char *message, const char *state, struct error *err);
bool postgresql_fail_result(struct warehouse *warehouse, const PGresult *result, struct error *err);

#endif
