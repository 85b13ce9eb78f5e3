/* Rows as texts, out of a statement as they come, and into a table. */
#include "duckdb/database_internal.h"

#include "duckdb/functions/internal.h"

/* Calls `visit` with each row of a chunk. */
static bool visit_chunk(duckdb_data_chunk chunk, struct text *cells, size_t n_cells, row_visit visit, void *context,
                        struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct vector *vectors = arena_array(&scratch, n_cells + 1, sizeof(*vectors));
  for (size_t i = 0; i < n_cells; i++) {
    duckdb_vector handle = duckdb_data_chunk_get_vector(chunk, i);
    vectors[i] = (struct vector){ .handle = handle,
                                  .data = duckdb_vector_get_data(handle),
                                  .validity = duckdb_vector_get_validity(handle) };
  }
  size_t n_rows = duckdb_data_chunk_get_size(chunk);
  for (size_t row = 0; row < n_rows; row++) {
    for (size_t i = 0; i < n_cells; i++)
      cells[i] = vector_is_null(&vectors[i], row) ? (struct text){ 0 } : vector_text(&vectors[i], row);
    TRY(visit(cells, context, err));
  }
  return true;
}

bool database_visit(struct database *database, const char *sql, row_visit visit, void *context, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(duckdb_destroy_result) duckdb_result result = { 0 };
  TRY(database_stream(database, sql, &result, err));
  size_t n_cells = duckdb_column_count(&result);
  struct text *cells = arena_array(&scratch, n_cells + 1, sizeof(*cells));
  for (size_t i = 0; i < n_cells; i++)
    if (duckdb_column_type(&result, i) != DUCKDB_TYPE_VARCHAR)
      BUG("database_visit: a column is no text");
  for (;;) {
    duckdb_data_chunk chunk = duckdb_fetch_chunk(result);
    if (chunk == NULL)
      break;
    bool is_visited = visit_chunk(chunk, cells, n_cells, visit, context, err);
    duckdb_destroy_data_chunk(&chunk);
    TRY(is_visited);
  }
  const char *message = duckdb_result_error(&result);
  return message == NULL || message[0] == '\0' || database_fail(err, message, sql);
}

static bool append_row(duckdb_appender appender, char *const *cells, size_t n_cells)
{
  bool is_added = true;
  for (size_t i = 0; is_added && i < n_cells; i++)
    is_added =
        (cells[i] == NULL ? duckdb_append_null(appender) : duckdb_append_varchar(appender, cells[i])) == DuckDBSuccess;
  return is_added && duckdb_appender_end_row(appender) == DuckDBSuccess;
}

bool database_append(struct database *database, const char *name, const struct table *rows, struct error *err)
{
  duckdb_appender appender = NULL;
  bool is_added = duckdb_appender_create(database->connection, NULL, name, &appender) == DuckDBSuccess;
  for (size_t row = 0; is_added && row < rows->n_rows; row++)
    is_added = append_row(appender, &rows->cells[row * rows->n_columns], rows->n_columns);
  is_added = is_added && duckdb_appender_close(appender) == DuckDBSuccess;
  if (!is_added)
    database_fail(err, duckdb_appender_error(appender), "an appender");
  duckdb_appender_destroy(&appender);
  return is_added;
}
