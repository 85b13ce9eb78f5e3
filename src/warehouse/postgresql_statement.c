/* Statements and COPY, without a call that waits: see postgresql_internal.h. */
#include "warehouse/postgresql_internal.h"

#include "base/clock.h"

#include <poll.h>
#include <stdlib.h>

enum {
  TICK_MS = 50,         /* how often it is asked whether to go on */
  STOPPED_MS = 400,     /* for the server's answer to a cancellation, where the program is to end */
  CANCELLED_MS = 10000, /* the same where only this statement is to end */
};

/* One statement under way. */
struct waiting {
  bool is_asked; /* to cancel, for `reason` */
  int64_t until_ms;
  struct error reason;
};

/* Why the statement is not to be waited for any more; false where it is. */
static bool find_reason(struct postgresql *postgresql, struct waiting *waiting, long *ret_grace_ms)
{
  if (postgresql->goes_on != NULL && !postgresql->goes_on(&waiting->reason)) {
    *ret_grace_ms = STOPPED_MS;
    return true;
  }
  if (!atomic_load(&postgresql->is_cancelled))
    return false;
  fail(&waiting->reason, ERROR_INTERRUPTED, NOWHERE, "the statement was given up");
  *ret_grace_ms = CANCELLED_MS;
  return true;
}

static bool check_waiting(struct warehouse *warehouse, struct waiting *waiting, struct error *err)
{
  struct postgresql *postgresql = postgresql_of(warehouse);
  int64_t now = clock_ms();
  long grace = 0;
  if (find_reason(postgresql, waiting, &grace) && (!waiting->is_asked || now + grace < waiting->until_ms)) {
    if (!waiting->is_asked)
      postgresql_ask_to_cancel(postgresql);
    waiting->is_asked = true;
    waiting->until_ms = now + grace;
  }
  if (!waiting->is_asked && postgresql->until_ms != 0 && now > postgresql->until_ms)
    fail(&waiting->reason, ERROR_ENVIRONMENT, NOWHERE, "PostgreSQL at %s gives no answer", warehouse->name);
  else if (!waiting->is_asked || now <= waiting->until_ms)
    return true;
  *err = waiting->reason;
  postgresql->is_transient = false;
  postgresql_give_up(postgresql);
  return false;
}

/* Waits until the socket is ready for one of `events`, or a moment. False: the connection was given up. */
static bool wait_for(struct warehouse *warehouse, short events, struct waiting *waiting, struct error *err)
{
  struct pollfd ready = { .fd = PQsocket(postgresql_of(warehouse)->connection), .events = events };
  if (ready.fd >= 0 && poll(&ready, 1, TICK_MS) > 0)
    return true;
  return check_waiting(warehouse, waiting, err);
}

/* Sends what libpq holds back. The server's own words are taken meanwhile: it may wait for that. */
static bool flush(struct warehouse *warehouse, struct waiting *waiting, struct error *err)
{
  PGconn *connection = postgresql_of(warehouse)->connection;
  for (;;) {
    int left = PQflush(connection);
    if (left == 0)
      return true;
    if (left < 0)
      return postgresql_fail(warehouse, PQerrorMessage(connection), NULL, err);
    TRY(wait_for(warehouse, POLLIN | POLLOUT, waiting, err));
    if (PQconsumeInput(connection) == 0)
      return postgresql_fail(warehouse, PQerrorMessage(connection), NULL, err);
  }
}

/* *ret_result is NULL after the last one; a connection that breaks is a result of its own. */
static bool next_result(struct warehouse *warehouse, struct waiting *waiting, PGresult **ret_result, struct error *err)
{
  PGconn *connection = postgresql_of(warehouse)->connection;
  while (PQisBusy(connection) == 1) {
    TRY(wait_for(warehouse, POLLIN, waiting, err));
    if (PQconsumeInput(connection) == 0)
      break;
  }
  *ret_result = PQgetResult(connection);
  return true;
}

/* Runs SQL of one statement or several to the result of the last, or to the first that failed; or to the beginning of a
 * COPY. The result is the caller's to clear. */
static bool run(struct warehouse *warehouse, const char *sql, PGresult **ret_result, struct error *err)
{
  struct postgresql *postgresql = postgresql_of(warehouse);
  struct waiting waiting = { .is_asked = false };
  PGresult *last = NULL, *result = NULL;
  *ret_result = NULL;
  postgresql->is_transient = false;
  postgresql->state[0] = '\0';
  if (postgresql->connection == NULL)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "PostgreSQL at %s: the connection was given up", warehouse->name);
  if (PQsendQuery(postgresql->connection, sql) == 0)
    return postgresql_fail(warehouse, PQerrorMessage(postgresql->connection), NULL, err);
  bool goes_on = flush(warehouse, &waiting, err);
  while (goes_on && (goes_on = next_result(warehouse, &waiting, &result, err)) && result != NULL) {
    PQclear(last);
    last = result;
    if (PQresultStatus(last) == PGRES_COPY_IN || PQresultStatus(last) == PGRES_COPY_OUT)
      break;
  }
  if (!goes_on) {
    PQclear(last);
    return false;
  }
  *ret_result = last;
  return true;
}

/* A refusal is the server's word that it rolled back. It is none where it ended the session, or says itself that it
 * does not know; nor is a connection that broke: it may have done so behind the commit. */
static bool is_refusal(const PGconn *connection, const PGresult *result)
{
  static const char *const unknown[] = { "08", "40003" };
  const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  if (PQstatus(connection) != CONNECTION_OK || severity == NULL || strcmp(severity, "ERROR") != 0 || state == NULL)
    return false;
  for (size_t i = 0; i < ARRAY_LENGTH(unknown); i++)
    if (strncmp(state, unknown[i], strlen(unknown[i])) == 0)
      return false;
  return true;
}

static void clear(PGresult **result)
{
  PQclear(*result);
}

bool postgresql_execute(struct warehouse *warehouse, const char *sql, struct error *err)
{
  SCOPED(clear) PGresult *result = NULL;
  TRY(run(warehouse, sql, &result, err));
  ExecStatusType status = PQresultStatus(result);
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY ||
         postgresql_fail_result(warehouse, result, err);
}

bool postgresql_execute_count(struct warehouse *warehouse, const char *sql, uint64_t *ret_rows, struct error *err)
{
  SCOPED(clear) PGresult *result = NULL;
  TRY(run(warehouse, sql, &result, err));
  if (PQresultStatus(result) != PGRES_COMMAND_OK)
    return postgresql_fail_result(warehouse, result, err);
  *ret_rows = strtoull(PQcmdTuples(result), NULL, 10);
  return true;
}

enum commit_outcome postgresql_commit(struct warehouse *warehouse, struct error *err)
{
  SCOPED(clear) PGresult *result = NULL;
  const PGconn *connection = postgresql_of(warehouse)->connection;
  if (PQstatus(connection) != CONNECTION_OK) { /* nothing can be sent */
    fail(err, ERROR_ENVIRONMENT, NOWHERE, "PostgreSQL at %s: the connection was lost", warehouse->name);
    return COMMIT_REFUSED;
  }
  if (!run(warehouse, "COMMIT", &result, err))
    return COMMIT_IN_DOUBT;
  if (PQresultStatus(result) != PGRES_COMMAND_OK) {
    postgresql_fail_result(warehouse, result, err);
    return is_refusal(connection, result) ? COMMIT_REFUSED : COMMIT_IN_DOUBT;
  }
  if (strcmp(PQcmdStatus(result), "COMMIT") == 0)
    return COMMIT_DONE;
  fail(err, ERROR_ENVIRONMENT, NOWHERE, "PostgreSQL at %s rolled the transaction back", warehouse->name);
  return COMMIT_REFUSED;
}

bool postgresql_query(struct arena *arena, struct warehouse *warehouse, const char *sql, struct table *ret_table,
                      struct error *err)
{
  SCOPED(clear) PGresult *result = NULL;
  TRY(run(warehouse, sql, &result, err));
  if (PQresultStatus(result) != PGRES_TUPLES_OK)
    return postgresql_fail_result(warehouse, result, err);
  struct table table = { .n_rows = (size_t)PQntuples(result), .n_columns = (size_t)PQnfields(result) };
  table.cells = arena_array(arena, size_multiply(table.n_rows, table.n_columns) + 1, sizeof(char *));
  for (int row = 0; row < PQntuples(result); row++)
    for (int column = 0; column < PQnfields(result); column++)
      if (PQgetisnull(result, row, column) == 0)
        table.cells[(size_t)row * table.n_columns + (size_t)column] =
            arena_copy(arena, PQgetvalue(result, row, column), (size_t)PQgetlength(result, row, column));
  *ret_table = table;
  return true;
}

bool postgresql_copy_begin(struct warehouse *warehouse, const char *sql, struct error *err)
{
  SCOPED(clear) PGresult *result = NULL;
  TRY(run(warehouse, sql, &result, err));
  return PQresultStatus(result) == PGRES_COPY_IN || postgresql_fail_result(warehouse, result, err);
}

/* Puts one piece, or the end, into libpq's buffer, for which there may have to be room first. */
static bool put(struct warehouse *warehouse, int (*attempt)(PGconn *connection, const struct text *piece),
                const struct text *piece, struct waiting *waiting, struct error *err)
{
  PGconn *connection = postgresql_of(warehouse)->connection;
  int taken;
  while ((taken = attempt(connection, piece)) == 0) {
    TRY(wait_for(warehouse, POLLIN | POLLOUT, waiting, err));
    if (PQconsumeInput(connection) == 0)
      break;
  }
  return taken == 1 || postgresql_fail(warehouse, PQerrorMessage(connection), NULL, err);
}

static int put_data(PGconn *connection, const struct text *piece)
{
  return PQputCopyData(connection, piece->data, (int)piece->length);
}

static int put_end(PGconn *connection, const struct text *reason)
{
  return PQputCopyEnd(connection, reason->data);
}

bool postgresql_copy_write(void *context, const char *data, size_t length, struct error *err)
{
  struct warehouse *warehouse = context;
  struct waiting waiting = { .is_asked = false };
  enum { PIECE = 1 << 20 };
  for (size_t at = 0; at < length; at += PIECE) {
    struct text piece = { data + at, length - at < PIECE ? length - at : PIECE };
    TRY(put(warehouse, put_data, &piece, &waiting, err) && flush(warehouse, &waiting, err));
  }
  return true;
}

bool postgresql_copy_end(struct warehouse *warehouse, bool is_done, uint64_t *ret_rows, struct error *err)
{
  struct waiting waiting = { .is_asked = false };
  struct text reason = { is_done ? NULL : "the run was given up", 0 };
  PGresult *result = NULL;
  *ret_rows = 0;
  if (postgresql_of(warehouse)->connection == NULL) /* what failed has been said */
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "PostgreSQL at %s: the connection was given up", warehouse->name);
  TRY(put(warehouse, put_end, &reason, &waiting, err) && flush(warehouse, &waiting, err) &&
      next_result(warehouse, &waiting, &result, err));
  bool is_taken = PQresultStatus(result) == PGRES_COMMAND_OK;
  if (is_taken)
    *ret_rows = strtoull(PQcmdTuples(result), NULL, 10);
  else
    postgresql_fail_result(warehouse, result, err);
  struct error late;
  while (result != NULL) {
    PQclear(result);
    TRY(next_result(warehouse, &waiting, &result, is_taken ? err : &late));
  }
  return is_taken;
}
