#include "engine/duckdb/parquet_memory.h"

#include "duckdb/database_internal.h"
#include "engine/duckdb/engine_internal.h"
#include "engine/duckdb/parquet_source.h"

#include <inttypes.h>

/* Values that DuckDB holds at once, and how many times larger than its bytes in the file a column of no one's malice
 * is: the values of a dictionary differ, and so do not shrink to nothing. Columns that may take a share of the memory
 * are looked at, since several add up. */
enum { VECTOR_ROWS = 2048, SUSPICIOUS_RATIO = 100, SHARE = 16 };

enum { FILE_NUMBER, COLUMN, IS_NESTED, CHUNK_BYTES, VALUES_AT_ONCE, MEMORY, N_CELLS };

/* The columns of files which, were each value as long as all of a row group's together, would fill such a share. */
static void print_suspects(const struct plan_source *source, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "WITH limits AS (SELECT CAST(parse_formatted_bytes(current_setting('memory_limit')) AS "
                              "UBIGINT) AS memory, CAST(current_setting('threads') AS BIGINT) AS threads) "
                              "SELECT list_position(");
  parquet_source_print_paths(source, sql_add_file_name, sql);
  text_buffer_printf(sql,
                     ", file_name) - 1 AS number, path_in_schema, contains(path_in_schema, ', '), "
                     "max(total_uncompressed_size), max(at_once * threads), any_value(memory) FROM (SELECT *, "
                     "least(num_values, CAST(ceil(num_values / row_group_num_rows * %d) AS BIGINT)) AS at_once "
                     "FROM parquet_metadata(",
                     VECTOR_ROWS);
  parquet_source_print_paths(source, sql_add_file, sql);
  text_buffer_printf(sql,
                     ") WHERE type = 'BYTE_ARRAY' AND row_group_num_rows > 0 AND num_values > 0 AND "
                     "total_uncompressed_size > %d * total_compressed_size), limits WHERE "
                     "CAST(total_uncompressed_size AS DOUBLE) * at_once * threads * %d > memory "
                     "GROUP BY file_name, path_in_schema ORDER BY number, path_in_schema",
                     SUSPICIOUS_RATIO, SHARE);
}

/* How long the longest value is: strings of a dictionary are looked at where they are. */
static bool find_longest(struct database *database, const char *path, const char *column, bool is_binary,
                         uint64_t *ret_bytes, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_printf(&sql, "SELECT coalesce(max(%s(", is_binary ? "octet_length" : "strlen");
  sql_add_name(&sql, column);
  text_buffer_add_string(&sql, ")), 0) FROM read_parquet([");
  sql_add_file(&sql, path);
  text_buffer_add_string(&sql, "], hive_partitioning = false)");
  return database_query_count(database, sql.data, ret_bytes, err);
}

static bool is_binary(const struct plan_source *source, const char *name)
{
  for (size_t i = 0; i < source->n_columns; i++)
    if (strcmp(source->columns[i].name, name) == 0)
      return source->columns[i].type->id == TYPE_BINARY;
  return false;
}

/* How many bytes may be held at once for the column of a file; 0 where it cannot be read, which the scan itself says.
 */
static bool find_held(struct database *database, const struct plan_source *source, const struct table *table,
                      size_t row, double *ret_bytes, struct error *err)
{
  char *const *cells = &table->cells[row * N_CELLS];
  const char *path = source->parquet->paths[cell_number(table, row, FILE_NUMBER)];
  uint64_t longest = cell_number(table, row, CHUNK_BYTES);
  bool is_nested = strcmp(cells[IS_NESTED], "true") == 0;
  if (!is_nested && !find_longest(database, path, cells[COLUMN], is_binary(source, cells[COLUMN]), &longest, err)) {
    *ret_bytes = 0;
    return err->kind != ERROR_INTERRUPTED && err->kind != ERROR_TERMINATED;
  }
  *ret_bytes = (double)longest * (double)cell_number(table, row, VALUES_AT_ONCE);
  return true;
}

bool parquet_check_memory(struct database *database, const struct plan_source *source, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table table;
  double held = 0; /* of the file's columns so far */
  print_suspects(source, &sql);
  TRY(database_query(&scratch, database, sql.data, &table, err));
  for (size_t row = 0; row < table.n_rows; row++) {
    double bytes = 0;
    uint64_t number = cell_number(&table, row, FILE_NUMBER);
    TRY(find_held(database, source, &table, row, &bytes, err));
    held = row > 0 && number == cell_number(&table, row - 1, FILE_NUMBER) ? held + bytes : bytes;
    if (held <= (double)cell_number(&table, row, MEMORY))
      continue;
    fail(err, ERROR_ENVIRONMENT, NOWHERE,
         "Parquet file \"%s\" has values in column \"%s\" that take more memory than duckdb.memory_limit: up to %.0f "
         "MiB at once, of a file of %" PRIu64 " bytes",
         source->files[number].path, table.cells[row * N_CELLS + COLUMN], held / 1048576, source->files[number].bytes);
    return add_hint(err, "Raise duckdb.memory_limit in env.yml, or lower duckdb.threads; where no such values are "
                         "expected, leave the file out of the path.");
  }
  return true;
}
