#include "duckdb/database_internal.h"

#include "duckdb/functions/functions.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* What DuckDB's message begins with decides whose fault it is. */
static const struct {
  const char *prefix;
  enum error_kind kind;
} message_kinds[] = {
  { "IO Error: ", ERROR_ENVIRONMENT },
  { "Out of Memory Error: ", ERROR_ENVIRONMENT },
  { "HTTP Error: ", ERROR_ENVIRONMENT },
  { "INTERRUPT Error: ", ERROR_INTERRUPTED },
  { "Invalid Input Error: ", ERROR_DATA },
  { "TransactionContext Error: ", ERROR_ENVIRONMENT },
  { "Constraint Error: ", ERROR_DATA },
  { "Permission Error: ", ERROR_ENVIRONMENT },
  { "Serialization Error: ", ERROR_ENVIRONMENT },
  { "Conversion Error: ", ERROR_DATA },
};

/* DuckDB shows the statement below its words ("LINE 1: ..."), its own settings, and for its own defects the stack. */
static int length_of_words(const char *message)
{
  static const char *const ends[] = { "\n\nPossible solutions:", "\n\nLINE ", "\nLINE ", "\n\nStack Trace",
                                      "\nStack Trace" };
  size_t length = strlen(message);
  for (size_t i = 0; i < ARRAY_LENGTH(ends); i++) {
    const char *end = strstr(message, ends[i]);
    if (end != NULL && (size_t)(end - message) < length)
      length = (size_t)(end - message);
  }
  return length > 4000 ? 4000 : (int)length;
}

/* On one line, without the advice that follows behind an empty one: it speaks of statements that a user cannot give. */
static const char *first_paragraph(struct arena *arena, const char *message)
{
  const char *end = strstr(message, "\n\n");
  struct text text = { message, (size_t)length_of_words(message) };
  if (end != NULL && (size_t)(end - message) < text.length)
    text.length = (size_t)(end - message);
  char *line = text_copy(arena, text_trim(text));
  for (char *p = line; *p != '\0'; p++)
    if (*p == '\n')
      *p = ' ';
  return line;
}

bool database_fail(struct error *err, const char *message, const char *sql)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  message = message == NULL ? "unknown reason" : first_paragraph(&scratch, message);
  for (size_t i = 0; i < ARRAY_LENGTH(message_kinds); i++) {
    size_t length = strlen(message_kinds[i].prefix);
    if (strncmp(message, message_kinds[i].prefix, length) == 0)
      return fail(err, message_kinds[i].kind, NOWHERE, "%.*s", length_of_words(message + length), message + length);
  }
  /* What a damaged Parquet file makes of its own metadata, DuckDB gives as it comes. */
  static const char invalid[] = "Invalid Error: ";
  if (strncmp(message, invalid, strlen(invalid)) == 0 && strstr(sql, "parquet") != NULL)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "%.*s", length_of_words(message) - (int)strlen(invalid),
                message + strlen(invalid));
  fail(err, ERROR_DEFECT, NOWHERE, "the embedded engine refused a statement: %.*s", length_of_words(message), message);
  return add_context(err, "in: %.900s", sql);
}

static void destroy_config(duckdb_config *config)
{
  if (*config != NULL)
    duckdb_destroy_config(config);
}

static bool set_option(duckdb_config config, const char *name, const char *value, struct error *err)
{
  if (duckdb_set_config(config, name, value) == DuckDBSuccess)
    return true;
  return fail(err, ERROR_CONFIG, NOWHERE, "duckdb.%s: DuckDB does not accept \"%s\"", name, value);
}

static bool configure(const struct database_settings *settings, duckdb_config config, struct error *err)
{
  TRY(set_option(config, "preserve_insertion_order", "false", err));
  TRY(set_option(config, "partitioned_write_max_open_files", "100000", err)); /* one file a partition */
  TRY(set_option(config, "autoinstall_known_extensions", "false", err));
  /* A local file is read once: keeping its bytes as well takes 0.5 MB for a Parquet file of 50 columns and ten rows. */
  TRY(set_option(config, "enable_external_file_cache", "false", err));
  if (settings->memory_limit != NULL)
    TRY(set_option(config, "memory_limit", settings->memory_limit, err));
  TRY(set_option(config, "temp_directory", settings->temp_directory == NULL ? "" : settings->temp_directory, err));
  if (settings->threads > 0) {
    char threads[16];
    snprintf(threads, sizeof(threads), "%d", settings->threads);
    TRY(set_option(config, "threads", threads, err));
  }
  return true;
}

/* current_timestamp() of a whole run; the SQL of expressions asks for this variable. */
bool database_set_instant(struct database *database, int64_t instant_us, struct error *err)
{
  char sql[128];
  if (instant_us == 0)
    return true;
  snprintf(sql, sizeof(sql), "SET VARIABLE crisol_instant = make_timestamptz(%lld)", (long long)instant_us);
  return database_execute(database, sql, err);
}

bool database_open(const struct database_settings *settings, struct database **ret_database, struct error *err)
{
  SCOPED(destroy_config) duckdb_config config = NULL;
  if (duckdb_create_config(&config) != DuckDBSuccess)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not configure the embedded engine");
  TRY(configure(settings, config, err));
  struct database *database = checked_malloc(sizeof(*database));
  *database = (struct database){ .temp_directory = settings->temp_directory };
  char *message = NULL;
  bool opened = duckdb_open_ext(NULL, &database->handle, config, &message) == DuckDBSuccess;
  if (!opened)
    database_fail(err, message, "open");
  duckdb_free(message);
  if (opened && duckdb_connect(database->handle, &database->connection) != DuckDBSuccess)
    opened = fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not connect to the embedded engine");
  opened = opened && functions_register(database->connection, settings->timezone, err) &&
           database_set_instant(database, settings->instant_us, err);
  if (!opened) {
    database_close(&database);
    return false;
  }
  *ret_database = database;
  return true;
}

bool database_connect(struct database *database, int64_t instant_us, struct database **ret_database, struct error *err)
{
  struct database *second = checked_malloc(sizeof(*second));
  *second = (struct database){ .handle = database->handle, .is_second = true };
  bool is_open = duckdb_connect(second->handle, &second->connection) == DuckDBSuccess
                     ? database_set_instant(second, instant_us, err)
                     : fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not connect to the embedded engine");
  if (!is_open) {
    database_close(&second);
    return false;
  }
  *ret_database = second;
  return true;
}

void database_close(struct database **database)
{
  if (*database == NULL)
    return;
  duckdb_disconnect(&(*database)->connection);
  if (!(*database)->is_second)
    duckdb_close(&(*database)->handle);
  workspace_remove(&(*database)->workspace); /* DuckDB removes its files in it, not itself */
  free(*database);
  *database = NULL;
}

const char *database_temp_directory(const struct database *database)
{
  return database->temp_directory;
}

bool database_make_temp_directory(struct database *database, struct error *err)
{
  if (database->workspace != NULL) /* of an instance that serves several plans */
    return true;
  return workspace_new(database->temp_directory, &database->workspace, err);
}

/* duckdb_query spins while the last tasks of a statement are other threads': on a machine of few processors that takes
 * a processor from them, and from a PostgreSQL that waits for its rows. Here the thread sleeps. */
static bool execute_tasks(duckdb_pending_result pending)
{
  const struct timespec pause = { .tv_nsec = 50 * 1000 };
  for (;;) {
    duckdb_pending_state state = duckdb_pending_execute_task(pending);
    if (state == DUCKDB_PENDING_ERROR || duckdb_pending_execution_is_finished(state))
      return state != DUCKDB_PENDING_ERROR;
    if (state == DUCKDB_PENDING_NO_TASKS_AVAILABLE)
      nanosleep(&pause, NULL);
  }
}

static bool run_prepared(duckdb_prepared_statement statement, const char *sql, duckdb_result *ret_result,
                         struct error *err)
{
  duckdb_pending_result pending = NULL;
  bool is_done = duckdb_pending_prepared(statement, &pending) == DuckDBSuccess && execute_tasks(pending);
  if (!is_done)
    database_fail(err, duckdb_pending_error(pending), sql);
  else if (duckdb_execute_pending(pending, ret_result) != DuckDBSuccess)
    is_done = database_fail(err, duckdb_result_error(ret_result), sql);
  duckdb_destroy_pending(&pending);
  return is_done;
}

/* Each statement is prepared when those before it have run: it may need what they make. */
static bool run_extracted(struct database *database, duckdb_extracted_statements statements, idx_t count,
                          const char *sql, duckdb_result *ret_result, struct error *err)
{
  for (idx_t i = 0; i < count; i++) {
    duckdb_prepared_statement statement = NULL;
    duckdb_destroy_result(ret_result); /* the last one's is the caller's */
    bool is_done = duckdb_prepare_extracted_statement(database->connection, statements, i, &statement) == DuckDBSuccess
                       ? run_prepared(statement, sql, ret_result, err)
                       : database_fail(err, duckdb_prepare_error(statement), sql);
    duckdb_destroy_prepare(&statement);
    TRY(is_done);
  }
  return true;
}

static bool run_statement(struct database *database, const char *sql, duckdb_result *ret_result, struct error *err)
{
  duckdb_extracted_statements statements = NULL;
  TRY(functions_ensure(database->connection, sql, err));
  idx_t count = duckdb_extract_statements(database->connection, sql, &statements);
  bool is_done = count > 0 ? run_extracted(database, statements, count, sql, ret_result, err)
                           : database_fail(err, duckdb_extract_statements_error(statements), sql);
  duckdb_destroy_extracted(&statements);
  return is_done;
}

bool database_prepare(struct database *database, const char *sql, duckdb_prepared_statement *ret_statement,
                      struct error *err)
{
  *ret_statement = NULL;
  TRY(functions_ensure(database->connection, sql, err));
  return duckdb_prepare(database->connection, sql, ret_statement) == DuckDBSuccess ||
         database_fail(err, duckdb_prepare_error(*ret_statement), sql);
}

bool database_stream(struct database *database, const char *sql, duckdb_result *ret_result, struct error *err)
{
  duckdb_prepared_statement statement = NULL;
  bool is_running = database_prepare(database, sql, &statement, err);
  if (is_running && duckdb_execute_prepared_streaming(statement, ret_result) != DuckDBSuccess) {
    database_fail(err, duckdb_result_error(ret_result), sql);
    duckdb_destroy_result(ret_result);
    is_running = false;
  }
  duckdb_destroy_prepare(&statement);
  return is_running;
}

bool database_execute(struct database *database, const char *sql, struct error *err)
{
  SCOPED(duckdb_destroy_result) duckdb_result result = { 0 };
  return run_statement(database, sql, &result, err);
}

bool database_query(struct arena *arena, struct database *database, const char *sql, struct table *ret_table,
                    struct error *err)
{
  SCOPED(duckdb_destroy_result) duckdb_result result = { 0 };
  TRY(run_statement(database, sql, &result, err));
  struct table table = { .n_rows = duckdb_row_count(&result), .n_columns = duckdb_column_count(&result) };
  table.cells = arena_array(arena, size_multiply(table.n_rows, table.n_columns) + 1, sizeof(char *));
  for (size_t row = 0; row < table.n_rows; row++)
    for (size_t column = 0; column < table.n_columns; column++) {
      char *value = duckdb_value_varchar(&result, column, row);
      if (value != NULL)
        table.cells[row * table.n_columns + column] = arena_copy(arena, value, strlen(value));
      duckdb_free(value);
    }
  *ret_table = table;
  return true;
}

bool database_query_count(struct database *database, const char *sql, uint64_t *ret_count, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct table table;
  TRY(database_query(&scratch, database, sql, &table, err));
  if (table.n_rows != 1 || table.n_columns != 1 || table.cells[0] == NULL)
    BUG("database_query_count: not one number");
  *ret_count = strtoull(table.cells[0], NULL, 10);
  return true;
}

bool database_describe(struct arena *arena, struct database *database, const char *sql, const char ***ret_names,
                       const struct type ***ret_types, size_t *ret_count, struct error *err)
{
  duckdb_prepared_statement statement = NULL;
  TRY(functions_ensure(database->connection, sql, err));
  if (duckdb_prepare(database->connection, sql, &statement) != DuckDBSuccess) {
    database_fail(err, duckdb_prepare_error(statement), sql);
    duckdb_destroy_prepare(&statement);
    return false;
  }
  size_t count = duckdb_prepared_statement_column_count(statement);
  const char **names = arena_array(arena, count + 1, sizeof(*names));
  const struct type **types = arena_array(arena, count + 1, sizeof(*types));
  for (size_t i = 0; i < count; i++) {
    const char *name = duckdb_prepared_statement_column_name(statement, i);
    names[i] = arena_copy(arena, name, strlen(name));
    duckdb_free((void *)(uintptr_t)name);
    duckdb_logical_type logical = duckdb_prepared_statement_column_logical_type(statement, i);
    types[i] = type_from_duckdb(arena, logical);
    duckdb_destroy_logical_type(&logical);
  }
  duckdb_destroy_prepare(&statement);
  *ret_names = names;
  *ret_types = types;
  *ret_count = count;
  return true;
}

void database_interrupt(struct database *database)
{
  duckdb_interrupt(database->connection);
}
