/* How a connection to PostgreSQL comes and goes, without a call that waits: see postgresql_internal.h. */
#include "warehouse/postgresql_internal.h"

#include "base/background.h"
#include "base/clock.h"
#include "base/log.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { TICK_MS = 50 };

static void log_notice(void *context, const char *message)
{
  (void)context;
  struct text text = text_trim(text_from(message));
  log_debug("postgresql", "%.*s", TEXT_ARGS(text));
}

/* What the server is asked to do may be done elsewhere, in its own time: libpq's PQcancel connects, and waits. */
static void cancel(void *context)
{
  PGcancel *request = context;
  char message[256];
  if (PQcancel(request, message, sizeof(message)) != 1)
    log_debug("postgresql", "could not cancel: %s", message);
  PQfreeCancel(request);
}

void postgresql_ask_to_cancel(const struct postgresql *postgresql)
{
  PGcancel *request = PQgetCancel(postgresql->connection);
  if (request != NULL && !background_start(cancel, request))
    PQfreeCancel(request);
}

/* PQfinish says good-bye; where something is under way it is not heard, and might be waited for. */
void postgresql_give_up(struct postgresql *postgresql)
{
  bool is_idle = PQtransactionStatus(postgresql->connection) == PQTRANS_IDLE;
  if (postgresql->connection != NULL && PQsocket(postgresql->connection) >= 0 && !is_idle)
    shutdown(PQsocket(postgresql->connection), SHUT_RDWR);
  PQfinish(postgresql->connection);
  postgresql->connection = NULL;
}

/* A connection being made, by a thread of its own: names are looked up within libpq's calls. It belongs to both threads
 * until one lets go; the other one releases it. */
struct connecting {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  struct parameters parameters; /* texts of its own */
  PGconn *connection;           /* once it is done */
  bool is_done, is_abandoned;
};

static void free_connecting(struct connecting *connecting)
{
  PQfinish(connecting->connection);
  for (size_t i = 0; i < connecting->parameters.count; i++)
    free((void *)(uintptr_t)connecting->parameters.values[i]);
  pthread_cond_destroy(&connecting->changed);
  pthread_mutex_destroy(&connecting->lock);
  free(connecting);
}

static struct connecting *new_connecting(const struct parameters *parameters)
{
  struct connecting *connecting = checked_malloc(sizeof(*connecting));
  *connecting = (struct connecting){ .parameters = *parameters };
  for (size_t i = 0; i < parameters->count; i++) {
    size_t size = strlen(parameters->values[i]) + 1;
    connecting->parameters.values[i] = memcpy(checked_malloc(size), parameters->values[i], size);
  }
  pthread_mutex_init(&connecting->lock, NULL);
  clock_init_condition(&connecting->changed);
  return connecting;
}

static bool is_abandoned(struct connecting *connecting)
{
  pthread_mutex_lock(&connecting->lock);
  bool is_abandoned = connecting->is_abandoned;
  pthread_mutex_unlock(&connecting->lock);
  return is_abandoned;
}

/* In the words of its answer the server then gives the SQLSTATE, too: there is no other way to learn it. */
static PGconn *start_connection(const struct parameters *parameters)
{
  PGconn *connection = PQconnectStartParams(parameters->keywords, parameters->values, 1);
  if (connection == NULL)
    BUG("libpq has no memory");
  PQsetNoticeProcessor(connection, log_notice, NULL);
  PQsetErrorVerbosity(connection, PQERRORS_VERBOSE);
  return connection;
}

static void make_connection(void *context)
{
  struct connecting *connecting = context;
  PGconn *connection = start_connection(&connecting->parameters);
  PostgresPollingStatusType status = PGRES_POLLING_WRITING;
  while (PQstatus(connection) != CONNECTION_BAD && !is_abandoned(connecting) &&
         (status == PGRES_POLLING_READING || status == PGRES_POLLING_WRITING)) {
    struct pollfd ready = { .fd = PQsocket(connection), .events = status == PGRES_POLLING_READING ? POLLIN : POLLOUT };
    if (poll(&ready, 1, TICK_MS) != 0)
      status = PQconnectPoll(connection);
  }
  pthread_mutex_lock(&connecting->lock);
  connecting->connection = connection;
  connecting->is_done = true;
  bool is_ours = connecting->is_abandoned;
  pthread_cond_signal(&connecting->changed);
  pthread_mutex_unlock(&connecting->lock);
  if (is_ours)
    free_connecting(connecting);
}

static void wait_a_tick(struct connecting *connecting)
{
  struct timespec until = clock_in_ms(TICK_MS);
  pthread_cond_timedwait(&connecting->changed, &connecting->lock, &until);
}

static const char *value_of(const PQconninfoOption *options, const char *keyword)
{
  for (; options != NULL && options->keyword != NULL; options++)
    if (strcmp(options->keyword, keyword) == 0)
      return options->val;
  return NULL;
}

/* "db.example.com/warehouse", of what the connection is made with: a URI may hold a password. libpq knows the rest once
 * the connection was begun; until then it is what is asked for. */
static const char *name_of(struct arena *arena, const PGconn *connection, const struct parameters *parameters)
{
  const char *database = NULL, *host = NULL;
  for (size_t i = 0; i < parameters->count; i++) {
    database = strcmp(parameters->keywords[i], "dbname") == 0 ? parameters->values[i] : database;
    host = strcmp(parameters->keywords[i], "host") == 0 ? parameters->values[i] : host;
  }
  PQconninfoOption *parsed = database == NULL ? NULL : PQconninfoParse(database, NULL);
  if (parsed != NULL) {
    host = host == NULL ? value_of(parsed, "host") : host;
    database = value_of(parsed, "dbname");
  } else if (database != NULL && strpbrk(database, ":=") != NULL) {
    database = NULL; /* a URI that libpq cannot read either */
  }
  const char *real_host = PQhost(connection), *real_database = PQdb(connection);
  host = real_host != NULL && real_host[0] != '\0' ? real_host : host;
  database = real_database != NULL ? real_database : database;
  const char *name =
      arena_printf(arena, "%s/%s", host == NULL ? "the local socket" : host, database == NULL ? "" : database);
  PQconninfoFree(parsed);
  return name;
}

static bool may_wait(struct warehouse *warehouse, int64_t started_ms, struct error *err)
{
  const struct postgresql *postgresql = postgresql_of(warehouse);
  if (postgresql->goes_on != NULL)
    TRY(postgresql->goes_on(err));
  int64_t now = clock_ms();
  if (postgresql->timeout > 0 && now - started_ms > postgresql->timeout * INT64_C(1000))
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "PostgreSQL at %s gave no answer within %d s", warehouse->name,
                postgresql->timeout);
  if (postgresql->until_ms != 0 && now > postgresql->until_ms)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "PostgreSQL at %s gives no answer", warehouse->name);
  return true;
}

/* Leaves the connection in the warehouse, as it is. */
static bool await_connection(struct warehouse *warehouse, struct error *err)
{
  struct postgresql *postgresql = postgresql_of(warehouse);
  struct connecting *connecting = new_connecting(&postgresql->parameters);
  int64_t started_ms = clock_ms();
  bool goes_on = true;
  postgresql->is_transient = true; /* no answer */
  if (!background_start(make_connection, connecting)) {
    free_connecting(connecting);
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not start a thread");
  }
  pthread_mutex_lock(&connecting->lock);
  while (goes_on && !connecting->is_done) {
    wait_a_tick(connecting);
    goes_on = connecting->is_done || may_wait(warehouse, started_ms, err);
  }
  bool is_done = connecting->is_done;
  connecting->is_abandoned = !is_done;
  if (is_done) {
    postgresql->connection = connecting->connection;
    connecting->connection = NULL;
  }
  pthread_mutex_unlock(&connecting->lock);
  if (is_done)
    free_connecting(connecting);
  return goes_on;
}

/* UTF-8 whatever PGCLIENTENCODING says; a session in UTC, whose texts do not depend on the server's settings. It waits
 * while files are read and written: what ends idle sessions would end each try of it. */
static const char session[] = "SET TIME ZONE 'UTC'; SET DateStyle = 'ISO'; SET IntervalStyle = 'postgres'; "
                              "SET client_min_messages = warning; SET standard_conforming_strings = on; "
                              "SET idle_in_transaction_session_timeout = 0; SELECT set_config('idle_session_timeout', "
                              "'0', false) WHERE current_setting('server_version_num')::integer >= 140000; "
                              "SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()";

static bool start_session(struct warehouse *warehouse, struct error *err)
{
  struct postgresql *postgresql = postgresql_of(warehouse);
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct table table;
  PQsetErrorVerbosity(postgresql->connection, PQERRORS_DEFAULT);
  if (PQsetnonblocking(postgresql->connection, 1) != 0)
    return postgresql_fail(warehouse, PQerrorMessage(postgresql->connection), NULL, err);
  TRY(postgresql_query(&scratch, warehouse, session, &table, err));
  bool is_known = table.n_rows == 1 && table.cells[0] != NULL;
  postgresql->backend = is_known ? PQbackendPID(postgresql->connection) : 0;
  snprintf(postgresql->began, sizeof(postgresql->began), "%s", is_known ? table.cells[0] : "");
  return true;
}

bool postgresql_connect(struct warehouse *warehouse, struct error *err)
{
  struct postgresql *postgresql = postgresql_of(warehouse);
  warehouse->name = name_of(postgresql->arena, NULL, &postgresql->parameters);
  TRY(await_connection(warehouse, err));
  warehouse->name = name_of(postgresql->arena, postgresql->connection, &postgresql->parameters);
  if (PQstatus(postgresql->connection) != CONNECTION_OK)
    return postgresql_fail(warehouse, PQerrorMessage(postgresql->connection), NULL, err);
  const char *encoding = PQparameterStatus(postgresql->connection, "server_encoding");
  bool takes_all = encoding == NULL || strcmp(encoding, "UTF8") == 0 || strcmp(encoding, "SQL_ASCII") == 0;
  warehouse->encoding = takes_all ? NULL : arena_copy(postgresql->arena, encoding, strlen(encoding));
  return start_session(warehouse, err);
}

/* The server may not have noticed yet that a connection is lost: the session's transaction would go on to hold its
 * locks against the next try. It is this role's own, which it may end without being asked. */
static bool end_session(struct warehouse *warehouse, int backend, const char *began, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct table table;
  return backend == 0 ||
         postgresql_query(&scratch, warehouse,
                          arena_printf(&scratch,
                                       "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = %d AND "
                                       "backend_start = '%s' AND usename = current_user",
                                       backend, began),
                          &table, err);
}

/* The name is that of warehouse_open_postgresql. Where the role may not, or there is none, nothing is lost. */
void postgresql_end_session(struct warehouse *warehouse, const char *run_id)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table table;
  struct error err;
  text_buffer_add_string(&sql,
                         "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user AND "
                         "pid <> pg_backend_pid() AND application_name = ");
  sql_add_string(&sql, text_from(arena_printf(&scratch, "crisol %s", run_id)));
  if (!postgresql_query(&scratch, warehouse, sql.data, &table, &err))
    log_debug("postgresql", "could not end the session of run %s: %s", run_id, err.message);
  else if (table.n_rows > 0)
    log_debug("postgresql", "ended %zu session of run %s", table.n_rows, run_id);
}

bool postgresql_reconnect(struct warehouse *warehouse, struct error *err)
{
  struct postgresql *postgresql = postgresql_of(warehouse);
  int backend = postgresql->backend;
  char began[sizeof(postgresql->began)];
  memcpy(began, postgresql->began, sizeof(began));
  postgresql_give_up(postgresql);
  return postgresql_connect(warehouse, err) && end_session(warehouse, backend, began, err);
}
