#include "duckdb/eval.h"

#include "duckdb/functions/internal.h"

#include <stdlib.h>

struct evaluator {
  duckdb_database database;
  duckdb_connection connection;
  const char *timezone; /* the caller's */
};

void evaluator_close(struct evaluator **evaluator)
{
  if (*evaluator == NULL)
    return;
  duckdb_disconnect(&(*evaluator)->connection);
  duckdb_close(&(*evaluator)->database);
  free(*evaluator);
  *evaluator = NULL;
}

static bool open_database(struct evaluator *evaluator, struct error *err)
{
  duckdb_config config = NULL;
  duckdb_create_config(&config);
  duckdb_set_config(config, "threads", "1");
  char *message = NULL;
  duckdb_state state = duckdb_open_ext(NULL, &evaluator->database, config, &message);
  duckdb_destroy_config(&config);
  if (state == DuckDBSuccess)
    state = duckdb_connect(evaluator->database, &evaluator->connection);
  if (state != DuckDBSuccess)
    fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not open an in-memory database: %s",
         message == NULL ? "out of memory" : message);
  duckdb_free(message);
  return state == DuckDBSuccess;
}

bool evaluator_open(const char *timezone, struct evaluator **ret_evaluator, struct error *err)
{
  struct evaluator *evaluator = checked_malloc(sizeof *evaluator);
  *evaluator = (struct evaluator){ .timezone = timezone };
  if (!open_database(evaluator, err) || !functions_register(evaluator->connection, timezone, err)) {
    evaluator_close(&evaluator);
    return false;
  }
  *ret_evaluator = evaluator;
  return true;
}

/* The class that a function of ours puts before its message: "... Error: [CLASS] message". */
static const char *find_class(struct arena *arena, const char *message)
{
  const char *start = strchr(message, '[');
  const char *end = start == NULL ? NULL : strchr(start, ']');
  if (end == NULL)
    return NULL;
  for (const char *c = start + 1; c < end; c++)
    if (!(*c >= 'A' && *c <= 'Z') && !(*c >= '0' && *c <= '9') && *c != '_' && *c != '.')
      return NULL;
  return arena_copy(arena, start + 1, (size_t)(end - start) - 1);
}

void eval_add_escaped(struct text_buffer *out, struct text text)
{
  static const char *const escapes[] = { [0] = "\\0", ['\\'] = "\\\\", ['\t'] = "\\t", ['\n'] = "\\n" };
  for (size_t i = 0; i < text.length; i++) {
    unsigned char c = (unsigned char)text.data[i];
    if (c < ARRAY_LENGTH(escapes) && escapes[c] != NULL)
      text_buffer_add_string(out, escapes[c]);
    else
      text_buffer_add_char(out, text.data[i]);
  }
}

/* Reads the one value of a result, which is text. */
static bool read_value(duckdb_result *result, struct text_buffer *out)
{
  duckdb_data_chunk chunk = duckdb_fetch_chunk(*result);
  if (chunk == NULL)
    return false;
  struct vector vector = { .handle = duckdb_data_chunk_get_vector(chunk, 0) };
  vector.data = duckdb_vector_get_data(vector.handle);
  vector.validity = duckdb_vector_get_validity(vector.handle);
  if (vector_is_null(&vector, 0))
    text_buffer_add_string(out, "NULL");
  else
    eval_add_escaped(out, vector_text(&vector, 0));
  duckdb_destroy_data_chunk(&chunk);
  return true;
}

static bool run(struct arena *arena, struct evaluator *evaluator, const char *sql, struct text_buffer *out,
                const char **ret_class, struct error *err)
{
  duckdb_result result;
  TRY(functions_ensure(evaluator->connection, sql, err));
  bool is_done = duckdb_query(evaluator->connection, sql, &result) == DuckDBSuccess;
  if (!is_done) {
    const char *message = duckdb_result_error(&result);
    *ret_class = find_class(arena, message);
    bool is_ours = *ret_class != NULL;
    fail(err, is_ours ? ERROR_DATA : ERROR_DEFECT, NOWHERE, "%s", is_ours ? strchr(message, '[') : message);
  } else if (!read_value(&result, out)) {
    is_done = fail(err, ERROR_DEFECT, NOWHERE, "the expression has no value");
  }
  duckdb_destroy_result(&result);
  return is_done;
}

bool evaluator_eval(struct arena *arena, struct evaluator *evaluator, struct expr_text text, char **ret_line,
                    const char **ret_error_class, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  SCOPED(text_buffer_done) struct text_buffer line = { 0 };
  const struct expr_scope scope = { .timezone = evaluator->timezone };
  struct expr *expr;
  const struct expr *shown;
  *ret_error_class = NULL;
  TRY(expr_compile(arena, text, &scope, &expr, ret_error_class, err));
  TRY(expr_cast(arena, expr, type_simple(TYPE_STRING), text.place, &shown, err));
  text_buffer_add_string(&sql, "SELECT CAST(");
  expr_print_duckdb(shown, &sql);
  text_buffer_add_string(&sql, " AS VARCHAR)");
  type_print(expr_type(expr), &line);
  text_buffer_add_string(&line, ": ");
  TRY(run(arena, evaluator, sql.data, &line, ret_error_class, err));
  *ret_line = text_copy(arena, text_buffer_text(&line));
  return true;
}

bool duckdb_eval(struct arena *arena, struct expr_text text, const char *timezone, char **ret_line,
                 const char **ret_error_class, struct error *err)
{
  SCOPED(evaluator_close) struct evaluator *evaluator = NULL;
  *ret_error_class = NULL;
  return evaluator_open(timezone, &evaluator, err) &&
         evaluator_eval(arena, evaluator, text, ret_line, ret_error_class, err);
}
