/* What crisol says to expressions, many in one process: answer table | answer ask ZONE.
 *
 * `table` prints the rows of the function table, the fields of which part by tabs: family, name, aliases, least and
 * most arguments, flags, arguments, result. `ask` reads requests, a line each, whose fields part by tabs (within a
 * field a backslash, a tab, a newline and a null byte are written \\, \t, \n, \0), and answers each with a line: column
 * NAME EXPR...   a column of the rows that expressions are asked over, by its values; answered "ok" type EXPR "T" and
 * the type, or "E", Spark's class and the message ask EXPR              the same for what does not compile; else "V",
 * the type and a value for each row (for one, where no column is read), as Spark casts them to a string: "=text", "N"
 * for null, "!CLASS" where the row is refused; "D" and a message for what should never be
 */
#include "duckdb/eval.h"
#include "duckdb/functions/internal.h"
#include "expr/functions/functions.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_COLUMNS = 64 };

struct session {
  duckdb_database database;
  duckdb_connection connection;
  struct arena arena;
  struct expr_column columns[MAX_COLUMNS];
  struct expr_scope scope;
  size_t n_rows;
};

static void text_buffer_truncate(struct text_buffer *buffer, size_t length)
{
  if (length < buffer->length) {
    buffer->length = length;
    buffer->data[length] = 0;
  }
}

static void print_table(void)
{
  for (size_t i = 0; i < n_function_families; i++) {
    for (size_t j = 0; j < function_families[i]->n_rows; j++) {
      const struct function *row = &function_families[i]->rows[j];
      printf("%s\t%s\t%s\t%d\t%d\t%d\t%s\t%s\n", function_families[i]->name, row->name,
             row->aliases == NULL ? "" : row->aliases, row->min_args, row->max_args, row->flags,
             row->args == NULL ? "" : row->args, row->returns == NULL ? "" : row->returns);
    }
  }
}

/* Undoes what eval_add_escaped does, in place. */
static struct text unescape(char *text)
{
  char *to = text;
  for (const char *from = text; *from != 0; from++) {
    if (*from != '\\' || from[1] == 0) {
      *to++ = *from;
      continue;
    }
    from++;
    *to++ = *from == 't' ? '\t' : *from == 'n' ? '\n' : *from == '0' ? '\0' : *from;
  }
  *to = 0;
  return (struct text){ text, (size_t)(to - text) };
}

/* The class in "... [CLASS] message", "?" where there is none. */
static void add_class(struct text_buffer *out, const char *message)
{
  const char *start = strchr(message, '[');
  size_t length = start == NULL ? 0 : strspn(start + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.");
  if (length > 0 && start[1 + length] == ']')
    text_buffer_printf(out, "!%.*s", (int)length, start + 1);
  else
    text_buffer_add_string(out, "?");
}

/* Adds a field for each value of a result's one column, which is text. */
static void add_values(duckdb_result *result, struct text_buffer *out)
{
  for (duckdb_data_chunk chunk = duckdb_fetch_chunk(*result); chunk != NULL; chunk = duckdb_fetch_chunk(*result)) {
    struct vector vector = { .handle = duckdb_data_chunk_get_vector(chunk, 0) };
    vector.data = duckdb_vector_get_data(vector.handle);
    vector.validity = duckdb_vector_get_validity(vector.handle);
    for (size_t row = 0; row < duckdb_data_chunk_get_size(chunk); row++) {
      text_buffer_add_char(out, '\t');
      if (vector_is_null(&vector, row)) {
        text_buffer_add_char(out, 'N');
        continue;
      }
      text_buffer_add_char(out, '=');
      eval_add_escaped(out, vector_text(&vector, row));
    }
    duckdb_destroy_data_chunk(&chunk);
  }
}

/* Runs it; where it fails the output has "\t!CLASS", or a defect's message. */
static bool run(struct session *session, const char *sql, struct text_buffer *out, bool *ret_is_defect)
{
  duckdb_result result;
  struct error err;
  if (!functions_ensure(session->connection, sql, &err)) {
    *ret_is_defect = true;
    text_buffer_printf(out, "\t%s", err.message);
    return false;
  }
  bool is_done = duckdb_query(session->connection, sql, &result) == DuckDBSuccess;
  if (is_done) {
    add_values(&result, out);
  } else {
    const char *message = duckdb_result_error(&result);
    text_buffer_add_char(out, '\t');
    size_t before = out->length;
    add_class(out, message);
    if (out->data[before] == '?') {
      *ret_is_defect = true;
      eval_add_escaped(out, text_from(message));
    }
  }
  duckdb_destroy_result(&result);
  return is_done;
}

static bool uses_columns(const struct session *session, const struct expr *expr)
{
  for (size_t i = 0; i < session->scope.n_columns; i++)
    if (expr_uses_column(expr, i))
      return true;
  return false;
}

/* All rows at once, and one by one where one of them is refused. */
static void add_answer(struct session *session, const struct expr *expr, const struct expr *shown,
                       struct text_buffer *out)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  bool is_defect = false;
  bool has_rows = uses_columns(session, expr);
  text_buffer_add_string(&sql, "SELECT CAST(");
  expr_print_duckdb(shown, &sql);
  text_buffer_add_string(&sql, " AS VARCHAR)");
  if (has_rows)
    text_buffer_add_string(&sql, " FROM conformance ORDER BY row_number");
  text_buffer_add_string(out, "V\t");
  type_print(expr_type(expr), out);
  size_t start = out->length;
  if (run(session, sql.data, out, &is_defect))
    return;
  if (has_rows && !is_defect) {
    sql.length -= strlen(" ORDER BY row_number");
    size_t length = sql.length;
    text_buffer_truncate(out, start);
    for (size_t row = 0; row < session->n_rows && !is_defect; row++) {
      text_buffer_truncate(&sql, length);
      text_buffer_printf(&sql, " WHERE row_number = %zu", row);
      (void)run(session, sql.data, out, &is_defect);
    }
  }
  if (is_defect)
    out->data[0] = 'D';
}

static bool compile(struct session *session, struct arena *arena, struct text text, struct expr **ret_expr,
                    struct text_buffer *out)
{
  struct error err;
  const char *class = NULL;
  if (expr_compile(arena, (struct expr_text){ .text = text }, &session->scope, ret_expr, &class, &err))
    return true;
  text_buffer_printf(out, "E\t%s\t", class == NULL ? "-" : class);
  eval_add_escaped(out, text_from(err.message));
  return false;
}

static void answer(struct session *session, struct text text, char request, struct text_buffer *out)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  struct expr *expr;
  const struct expr *shown;
  struct error err;
  if (!compile(session, &arena, text, &expr, out))
    return;
  if (request == 't') {
    text_buffer_add_string(out, "T\t");
    type_print(expr_type(expr), out);
  } else if (request == 's') {
    text_buffer_add_string(out, "Q\t");
    expr_print_duckdb(expr, out);
  } else if (!expr_cast(&arena, expr, type_simple(TYPE_STRING), NOWHERE, &shown, &err)) {
    text_buffer_printf(out, "E\t-\t%s", err.message);
  } else {
    add_answer(session, expr, shown, out);
  }
}

static void execute(struct session *session, const char *sql)
{
  duckdb_result result;
  struct error err;
  if (!functions_ensure(session->connection, sql, &err) ||
      duckdb_query(session->connection, sql, &result) != DuckDBSuccess) {
    fprintf(stderr, "%s\n", sql);
    exit(1);
  }
  duckdb_destroy_result(&result);
}

/* A column by its values, which are constants of one type. */
static void add_column(struct session *session, char *fields)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  struct expr_column *column = &session->columns[session->scope.n_columns];
  const char *name = strsep(&fields, "\t");
  if (session->scope.n_columns == MAX_COLUMNS)
    exit(1);
  column->name = arena_copy(&session->arena, name, strlen(name));
  text_buffer_printf(&sql, "ALTER TABLE conformance ADD COLUMN \"%s\" ", name);
  for (size_t row = 0; fields != NULL; row++) {
    struct expr *expr;
    if (!compile(session, &session->arena, unescape(strsep(&fields, "\t")), &expr, &out)) {
      fprintf(stderr, "%s\n", out.data);
      exit(1);
    }
    if (row == 0) {
      column->type = expr_type(expr);
      type_print_duckdb(column->type, &sql);
      execute(session, sql.data);
    }
    if (row >= session->n_rows) {
      text_buffer_truncate(&sql, 0);
      text_buffer_printf(&sql, "INSERT INTO conformance (row_number) VALUES (%zu)", session->n_rows++);
      execute(session, sql.data);
    }
    text_buffer_truncate(&sql, 0);
    text_buffer_printf(&sql, "UPDATE conformance SET \"%s\" = ", name);
    expr_print_duckdb(expr, &sql);
    text_buffer_printf(&sql, " WHERE row_number = %zu", row);
    execute(session, sql.data);
  }
  session->scope.n_columns++;
}

static void session_open(struct session *session, const char *zone)
{
  struct error err;
  duckdb_config config = NULL;
  duckdb_create_config(&config);
  duckdb_set_config(config, "threads", "1");
  session->scope = (struct expr_scope){ .columns = session->columns, .timezone = zone };
  if (duckdb_open_ext(NULL, &session->database, config, NULL) != DuckDBSuccess ||
      duckdb_connect(session->database, &session->connection) != DuckDBSuccess) {
    fputs("no database\n", stderr);
    exit(1);
  }
  duckdb_destroy_config(&config);
  if (!functions_register(session->connection, zone, &err)) {
    fprintf(stderr, "%s\n", err.message);
    exit(1);
  }
  execute(session, "CREATE TABLE conformance (row_number INTEGER)");
}

static void serve(struct session *session)
{
  char *line = NULL;
  size_t capacity = 0;
  ssize_t length;
  while ((length = getline(&line, &capacity, stdin)) > 0) {
    SCOPED(text_buffer_done) struct text_buffer out = { 0 };
    line[length - 1] = 0;
    char *fields = line;
    const char *request = strsep(&fields, "\t");
    if (strcmp(request, "column") == 0) {
      add_column(session, fields);
      text_buffer_add_string(&out, "ok");
    } else {
      answer(session, unescape(fields), request[0], &out);
    }
    text_buffer_add_char(&out, '\n');
    fwrite(out.data, 1, out.length, stdout);
    fflush(stdout);
  }
  free(line);
}

int main(int argc, char **argv)
{
  if (argc == 2 && strcmp(argv[1], "table") == 0) {
    print_table();
    return 0;
  }
  if (argc != 3 || strcmp(argv[1], "ask") != 0) {
    fputs("answer table | answer ask ZONE\n", stderr);
    return 2;
  }
  struct session session = { 0 };
  session_open(&session, argv[2]);
  serve(&session);
  duckdb_disconnect(&session.connection);
  duckdb_close(&session.database);
  arena_done(&session.arena);
  return 0;
}
