/* A PostgreSQL database, by libpq. What the configuration leaves out is libpq's to find: PG* variables, .pgpass, a
 * service file. */
#include "warehouse/gold_internal.h"
#include "warehouse/postgresql_internal.h"

#include <stdlib.h>

static void close_connection(struct warehouse *warehouse)
{
  postgresql_give_up(postgresql_of(warehouse));
  free(warehouse->connection);
}

/* The thread that waits for the statement sees to it. */
static void cancel(struct warehouse *warehouse)
{
  atomic_store(&postgresql_of(warehouse)->is_cancelled, true);
}

static void resume(struct warehouse *warehouse)
{
  atomic_store(&postgresql_of(warehouse)->is_cancelled, false);
}

static void limit(struct warehouse *warehouse, int64_t until_ms)
{
  postgresql_of(warehouse)->until_ms = until_ms;
}

static bool may_pass(const struct warehouse *warehouse)
{
  const struct postgresql *postgresql = warehouse->connection;
  return postgresql->is_transient;
}

static bool take(struct warehouse *warehouse, struct error *err)
{
  return PQstatus(postgresql_of(warehouse)->connection) == CONNECTION_OK || postgresql_reconnect(warehouse, err);
}

static const struct warehouse_driver driver = {
  .name = "PostgreSQL database",
  .loads_elsewhere = true,
  .lock_definitions = "SELECT pg_advisory_xact_lock(hashtext('crisol'), hashtext('definitions'));\n",
  .limit_locks = "SET LOCAL lock_timeout = '200ms';\n",
  .execute = postgresql_execute,
  .query = postgresql_query,
  .close = close_connection,
  .cancel = cancel,
  .take = take,
  .commit = postgresql_commit,
  .may_pass = may_pass,
  .resume = resume,
  .limit = limit,
  .end_session = postgresql_end_session,
  .read_table = postgresql_read_table,
  .check_gold = postgresql_check_gold,
  .prepare_gold = postgresql_prepare_gold,
  .settle_keys = postgresql_settle_keys,
  .lock_gold = postgresql_lock_gold,
  .load_gold = postgresql_load_gold_in_time,
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

/* Where the network is cut the other side says nothing: without these it would take hours to notice. */
static void add_keepalives(struct parameters *parameters)
{
  add_parameter(parameters, "keepalives_idle", "30");
  add_parameter(parameters, "keepalives_interval", "10");
  add_parameter(parameters, "keepalives_count", "3");
}

static bool find_parameters(struct arena *arena, const struct database_config *config, const char *session,
                            struct parameters *parameters, struct error *err)
{
  const char *password = NULL;
  TRY(find_password(config, &password, err));
  add_keepalives(parameters); /* before a URI, which may say otherwise */
  add_parameter(parameters, "dbname", config->database.value);
  add_parameter(parameters, "host", config->host.value);
  add_parameter(parameters, "port", config->port == 0 ? NULL : arena_printf(arena, "%d", config->port));
  add_parameter(parameters, "user", config->user.value);
  add_parameter(parameters, "password", password);
  add_parameter(parameters, "sslmode", config->sslmode.value);
  add_parameter(parameters, "client_encoding", "UTF8");
  add_parameter(parameters, "fallback_application_name", session);
  return true;
}

/* libpq's message on a string that it cannot read repeats parts of it, which may be parts of a password. */
static bool check_connection_string(const struct config_text *value, struct error *err)
{
  const char *text = value->value;
  bool is_name = text == NULL || (strchr(text, '=') == NULL && strncmp(text, "postgres://", 11) != 0 &&
                                  strncmp(text, "postgresql://", 13) != 0);
  PQconninfoOption *options = is_name ? NULL : PQconninfoParse(text, NULL);
  PQconninfoFree(options);
  if (is_name || options != NULL)
    return true;
  struct place place = value->place;
  place.length = 1;
  fail(err, ERROR_CONFIG, place, "libpq cannot read the connection string under \"database\"");
  error_cut_excerpt(err);
  return add_hint(
      err, "Its options are those of PostgreSQL's documentation, such as postgresql://host/name?sslmode=require.");
}

bool warehouse_open_postgresql(struct arena *arena, const struct database_config *config, const char *session,
                               bool (*goes_on)(struct error *err), struct warehouse *ret_warehouse, struct error *err)
{
  struct parameters parameters = { .count = 0 };
  TRY(check_connection_string(&config->database, err) && find_parameters(arena, config, session, &parameters, err));
  struct postgresql *postgresql = checked_malloc(sizeof(*postgresql));
  *postgresql = (struct postgresql){
    .arena = arena, .parameters = parameters, .goes_on = goes_on, .timeout = config->pool.connect_timeout
  };
  *ret_warehouse = (struct warehouse){ .driver = &driver, .prefix = "", .connection = postgresql };
  if (postgresql_connect(ret_warehouse, err))
    return true;
  warehouse_close(ret_warehouse);
  return false;
}
