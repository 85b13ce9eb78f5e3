/* A PostgreSQL database, by libpq. What the configuration leaves out is libpq's to find: PG* variables, .pgpass, a
 * service file. A password is never part of a message. */
#include "sink/gold_internal.h"
#include "sink/postgresql.h"

#include "base/log.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct postgresql {
  PGconn *connection;
  PGcancel *cancel;
  bool (*goes_on)(struct error *err);
  int timeout;              /* s, for a connection; 0: none */
  bool is_transient;        /* the last error may pass by itself */
  atomic_bool is_cancelled; /* by us: what the server then says is an interruption */
};

static struct postgresql *of(struct warehouse *warehouse)
{
  return warehouse->connection;
}

/* errors */

/* What another try may mend: connections, serialization, deadlocks, a server that restarts or has no room. */
static const char *const transient_states[] = { "08", "40001", "40P01", "53300", "57P" };

static bool is_transient(const PGconn *connection, const char *state)
{
  if (PQstatus(connection) != CONNECTION_OK)
    return true;
  for (size_t i = 0; state != NULL && i < ARRAY_LENGTH(transient_states); i++)
    if (strncmp(state, transient_states[i], strlen(transient_states[i])) == 0)
      return true;
  return false;
}

/* The first class that the SQLSTATE begins with decides; the table is that of PostgreSQL's documentation, appendix A.
 */
static const struct {
  const char *state;
  enum error_kind kind;
  const char *hint;
} states[] = {
  { "42501", ERROR_ENVIRONMENT, "`crisol db check` lists the privileges that a run needs." },
  { "28", ERROR_ENVIRONMENT, "Look at user, password_env and the server's pg_hba.conf." },
  { "3D000", ERROR_ENVIRONMENT, "Create the database, or correct `database` in database.yml." },
  { "57014", ERROR_ENVIRONMENT, NULL }, /* cancelled, by a signal or by statement_timeout */
  { "22", ERROR_DATA, NULL },
  { "23", ERROR_DATA, NULL },
  { "42", ERROR_DEFECT, NULL },
};

/* libpq's message: "ERROR:  relation ..." in several lines; the first ones say it. */
static void add_message(const char *message, struct text_buffer *out)
{
  struct text text = text_trim(text_from(message));
  static const char severity[] = "ERROR:  ";
  if (text.length > strlen(severity) && strncmp(text.data, severity, strlen(severity)) == 0)
    text = (struct text){ text.data + strlen(severity), text.length - strlen(severity) };
  for (size_t i = 0; i < text.length; i++)
    if (text.data[i] == '\n')
      text_buffer_add_string(out, "; ");
    else if (text.data[i] != '\t')
      text_buffer_add_char(out, text.data[i]);
}

static bool fail_postgresql(struct warehouse *warehouse, const char *message, const char *state, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer text = { 0 };
  add_message(message, &text);
  enum error_kind kind = ERROR_ENVIRONMENT;
  const char *hint = NULL;
  for (size_t i = 0; state != NULL && i < ARRAY_LENGTH(states); i++)
    if (strncmp(state, states[i].state, strlen(states[i].state)) == 0) {
      kind = states[i].kind;
      hint = states[i].hint;
      break;
    }
  of(warehouse)->is_transient = is_transient(of(warehouse)->connection, state);
  if (atomic_load(&of(warehouse)->is_cancelled))
    kind = ERROR_INTERRUPTED;
  fail(err, kind, NOWHERE, "PostgreSQL at %s: %s%s%s%s", warehouse->name, text.data == NULL ? "no answer" : text.data,
       state == NULL ? "" : " (", state == NULL ? "" : state, state == NULL ? "" : ")");
  return hint == NULL ? false : add_hint(err, "%s", hint);
}

static bool fail_result(struct warehouse *warehouse, const PGresult *result, struct error *err)
{
  const char *state = result == NULL ? NULL : PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char *message = result == NULL ? "" : PQresultErrorMessage(result);
  return fail_postgresql(warehouse, message[0] == '\0' ? PQerrorMessage(of(warehouse)->connection) : message, state,
                         err);
}

static void log_notice(void *context, const char *message)
{
  (void)context;
  struct text text = text_trim(text_from(message));
  log_debug("postgresql", "%.*s", TEXT_ARGS(text));
}

/* statements */

static bool execute(struct warehouse *warehouse, const char *sql, struct error *err)
{
  PGresult *result = PQexec(of(warehouse)->connection, sql);
  ExecStatusType status = PQresultStatus(result);
  bool is_done = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
  if (!is_done)
    fail_result(warehouse, result, err);
  PQclear(result);
  return is_done;
}

static bool query(struct arena *arena, struct warehouse *warehouse, const char *sql, struct table *ret_table,
                  struct error *err)
{
  PGresult *result = PQexec(of(warehouse)->connection, sql);
  if (PQresultStatus(result) != PGRES_TUPLES_OK) {
    fail_result(warehouse, result, err);
    PQclear(result);
    return false;
  }
  struct table table = { .n_rows = (size_t)PQntuples(result), .n_columns = (size_t)PQnfields(result) };
  table.cells = arena_array(arena, size_multiply(table.n_rows, table.n_columns) + 1, sizeof(char *));
  for (int row = 0; row < PQntuples(result); row++)
    for (int column = 0; column < PQnfields(result); column++)
      if (PQgetisnull(result, row, column) == 0)
        table.cells[(size_t)row * table.n_columns + (size_t)column] =
            arena_copy(arena, PQgetvalue(result, row, column), (size_t)PQgetlength(result, row, column));
  PQclear(result);
  *ret_table = table;
  return true;
}

bool postgresql_copy_begin(struct warehouse *warehouse, const char *sql, struct error *err)
{
  PGresult *result = PQexec(of(warehouse)->connection, sql);
  bool is_started = PQresultStatus(result) == PGRES_COPY_IN;
  if (!is_started)
    fail_result(warehouse, result, err);
  PQclear(result);
  return is_started;
}

bool postgresql_copy_write(void *context, const char *data, size_t length, struct error *err)
{
  struct warehouse *warehouse = context;
  enum { PIECE = 1 << 20 };
  for (size_t at = 0; at < length; at += PIECE) {
    size_t size = length - at < PIECE ? length - at : PIECE;
    if (PQputCopyData(of(warehouse)->connection, data + at, (int)size) != 1)
      return fail_postgresql(warehouse, PQerrorMessage(of(warehouse)->connection), NULL, err);
  }
  return true;
}

bool postgresql_copy_end(struct warehouse *warehouse, bool is_done, uint64_t *ret_rows, struct error *err)
{
  PGconn *connection = of(warehouse)->connection;
  *ret_rows = 0;
  bool is_sent = PQputCopyEnd(connection, is_done ? NULL : "the run was given up") == 1;
  PGresult *result = PQgetResult(connection);
  bool is_taken = is_sent && PQresultStatus(result) == PGRES_COMMAND_OK;
  if (is_taken)
    *ret_rows = strtoull(PQcmdTuples(result), NULL, 10);
  else if (is_done)
    fail_result(warehouse, result, err);
  PQclear(result);
  while ((result = PQgetResult(connection)) != NULL)
    PQclear(result);
  return is_taken;
}

/* the connection */

static void close_connection(struct warehouse *warehouse)
{
  struct postgresql *postgresql = of(warehouse);
  PQfreeCancel(postgresql->cancel);
  PQfinish(postgresql->connection);
  free(postgresql);
}

void postgresql_cancel(struct warehouse *warehouse)
{
  char message[256];
  if (warehouse->connection != NULL)
    atomic_store(&of(warehouse)->is_cancelled, true);
  if (warehouse->connection != NULL && PQcancel(of(warehouse)->cancel, message, sizeof(message)) != 1)
    log_debug("postgresql", "could not cancel: %s", message);
}

/* UTF-8 whatever PGCLIENTENCODING says; a session in UTC, whose texts do not depend on the server's settings. */
static const char session[] = "SET TIME ZONE 'UTC'; SET DateStyle = 'ISO'; SET IntervalStyle = 'postgres'; "
                              "SET client_min_messages = warning; SET standard_conforming_strings = on";

/* Polls a connection that was begun until it stands or has failed. */
static bool wait_for(struct postgresql *postgresql, PostgresPollingStatusType (*step)(PGconn *), struct error *err)
{
  enum { TICK = 100 /* ms */ };
  PostgresPollingStatusType status = PGRES_POLLING_WRITING;
  long waited = 0;
  while (status == PGRES_POLLING_READING || status == PGRES_POLLING_WRITING) {
    struct pollfd ready = { .fd = PQsocket(postgresql->connection),
                            .events = status == PGRES_POLLING_READING ? POLLIN : POLLOUT };
    if (ready.fd < 0)
      break; /* it has failed already */
    int n_ready = poll(&ready, 1, TICK);
    if (postgresql->goes_on != NULL)
      TRY(postgresql->goes_on(err));
    waited += n_ready == 0 ? TICK : 0;
    if (postgresql->timeout > 0 && waited > 1000L * postgresql->timeout)
      return fail(err, ERROR_ENVIRONMENT, NOWHERE, "PostgreSQL at %s gave no answer within %d s",
                  PQhost(postgresql->connection), postgresql->timeout);
    if (n_ready != 0)
      status = step(postgresql->connection);
  }
  return true;
}

static bool recover(struct warehouse *warehouse)
{
  struct error err;
  struct postgresql *postgresql = of(warehouse);
  if (!postgresql->is_transient || atomic_load(&postgresql->is_cancelled))
    return false;
  if (PQstatus(postgresql->connection) == CONNECTION_OK)
    return true;
  if (PQresetStart(postgresql->connection) == 0 || !wait_for(postgresql, PQresetPoll, &err))
    return false;
  PQfreeCancel(postgresql->cancel);
  postgresql->cancel = PQgetCancel(postgresql->connection);
  return PQstatus(postgresql->connection) == CONNECTION_OK && execute(warehouse, session, &err);
}

static const struct warehouse_driver driver = {
  .name = "PostgreSQL database",
  .loads_elsewhere = true,
  .lock_definitions = "SELECT pg_advisory_xact_lock(hashtext('crisol'), hashtext('definitions'));\n",
  .execute = execute,
  .query = query,
  .close = close_connection,
  .cancel = postgresql_cancel,
  .recover = recover,
  .read_table = postgresql_read_table,
  .check_gold = postgresql_check_gold,
  .prepare_gold = postgresql_prepare_gold,
  .load_gold = postgresql_load_gold,
};

struct parameters {
  const char *keywords[16], *values[16];
  size_t count;
};

static void add_parameter(struct parameters *parameters, const char *keyword, const char *value)
{
  if (value == NULL)
    return;
  parameters->keywords[parameters->count] = keyword;
  parameters->values[parameters->count++] = value;
}

static bool find_password(const struct database_config *config, const char **ret_password, struct error *err)
{
  *ret_password = config->password.value;
  if (config->password_env.value == NULL)
    return true;
  *ret_password = getenv(config->password_env.value);
  if (*ret_password != NULL)
    return true;
  return fail(err, ERROR_CONFIG, config->password_env.place, "environment variable \"%s\" is not set",
              config->password_env.value);
}

/* "db.example.com/warehouse": a URI may hold a password, so that its parts are asked of libpq once it is connected. */
static const char *name_of(struct arena *arena, const PGconn *connection, const struct database_config *config)
{
  const char *host = PQhost(connection);
  const char *database = PQdb(connection);
  if (host == NULL || host[0] == '\0')
    host = config->host.value == NULL ? "the local socket" : config->host.value;
  return arena_printf(arena, "%s/%s", host, database == NULL ? "" : database);
}

bool warehouse_open_postgresql(struct arena *arena, const struct database_config *config,
                               bool (*goes_on)(struct error *err), struct warehouse *ret_warehouse, struct error *err)
{
  struct parameters parameters = { .count = 0 };
  const char *password = NULL;
  TRY(find_password(config, &password, err));
  add_parameter(&parameters, "dbname", config->database.value);
  add_parameter(&parameters, "host", config->host.value);
  add_parameter(&parameters, "port", config->port == 0 ? NULL : arena_printf(arena, "%d", config->port));
  add_parameter(&parameters, "user", config->user.value);
  add_parameter(&parameters, "password", password);
  add_parameter(&parameters, "sslmode", config->sslmode.value);
  add_parameter(&parameters, "client_encoding", "UTF8");
  add_parameter(&parameters, "fallback_application_name", "crisol");
  struct postgresql *postgresql = checked_malloc(sizeof(*postgresql));
  *postgresql = (struct postgresql){ .connection = PQconnectStartParams(parameters.keywords, parameters.values, 1),
                                     .goes_on = goes_on,
                                     .timeout = config->pool.connect_timeout };
  if (postgresql->connection == NULL)
    BUG("libpq has no memory");
  PQsetNoticeProcessor(postgresql->connection, log_notice, NULL);
  *ret_warehouse = (struct warehouse){ .driver = &driver, .prefix = "", .connection = postgresql };
  bool is_answered = wait_for(postgresql, PQconnectPoll, err);
  ret_warehouse->name = name_of(arena, postgresql->connection, config);
  postgresql->cancel = PQgetCancel(postgresql->connection);
  if (is_answered && PQstatus(postgresql->connection) == CONNECTION_OK && execute(ret_warehouse, session, err))
    return true;
  if (is_answered && PQstatus(postgresql->connection) != CONNECTION_OK)
    fail_postgresql(ret_warehouse, PQerrorMessage(postgresql->connection), NULL, err);
  warehouse_close(ret_warehouse);
  return false;
}
