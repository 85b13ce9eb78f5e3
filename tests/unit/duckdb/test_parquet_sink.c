/* Tables of any types, made at random, written by the sink and read back by DuckDB: the same rows of the same types as
 * DuckDB's own COPY of them has. */
#include "support.h"

#include "base/file.h"
#include "base/workspace.h"
#include "duckdb/parquet_sink.h"

#include <inttypes.h>
#include <stdlib.h>

static struct arena arena;
static struct database *database;
static const char *place;

/* r: a number of its own for each row and column, of few or of many values */
static const char *const columns[] = {
  "r % 2 = 0",
  "CAST(r % 256 - 128 AS TINYINT)",
  "CAST(r % 65536 - 32768 AS SMALLINT)",
  "CAST(r % 4294967296 - 2147483648 AS INTEGER)",
  "CAST(r % 9223372036854775807 AS BIGINT) * CASE WHEN r % 2 = 0 THEN 1 ELSE -1 END",
  "CASE r % 9 WHEN 0 THEN CAST('NaN' AS FLOAT) WHEN 1 THEN CAST('-0.0' AS FLOAT) WHEN 2 THEN CAST('inf' AS FLOAT) "
  "WHEN 3 THEN CAST(0 AS FLOAT) ELSE CAST(r AS FLOAT) / 7 END",
  "CASE r % 9 WHEN 0 THEN CAST('-0.0' AS DOUBLE) WHEN 1 THEN CAST(0 AS DOUBLE) ELSE CAST(r AS DOUBLE) / 7 - 3 END",
  "CAST(CAST(r % 1999 AS DECIMAL(10,0)) / 100 - 9.99 AS DECIMAL(4,2))",
  "CAST(r % 1999999999 - 999999999 AS DECIMAL(9,0))",
  "CAST(CAST(r % 100000000000000 AS DECIMAL(18,0)) - 50000000000000 AS DECIMAL(18,0))",
  "CAST(CAST(r AS DECIMAL(38,0)) * 10000000000000000 - 99999999999999999999999999999999999 AS DECIMAL(38,0))",
  "CAST(r AS VARCHAR)",
  "repeat(chr(CAST(97 + r % 26 AS INTEGER)), CAST(r % 90 AS INTEGER)) || CASE WHEN r % 3 = 0 THEN 'ñandú€😀' ELSE '' "
  "END",
  "CASE WHEN r % 3 = 0 THEN '' ELSE 'status ' || r % 5 END",
  "CAST(repeat(CASE WHEN r % 2 = 0 THEN '\\x00\\xFF' ELSE 'z' END, CAST(r % 70 AS INTEGER)) AS BLOB)",
  "CAST('1970-01-01' AS DATE) + CAST(r % 5000000 - 2000000 AS INTEGER)",
  "make_timestamptz(CAST(r * 1000003 % 253402300800000000 AS BIGINT) - 62135596800000000)",
  "make_timestamp(CAST(r * 1000003 % 253402300800000000 AS BIGINT) - 62135596800000000)",
  "CASE WHEN r % 5 = 0 THEN [] ELSE [CAST(r % 7 AS INTEGER), NULL, CAST(r % 1000003 AS INTEGER)][1:CAST(r % 4 AS "
  "INTEGER)] END",
  "CASE WHEN r % 4 = 0 THEN map() ELSE map(['a', 'k' || r % 11, 'c'], ['x' || r, NULL, '']) END",
  "{'a': CASE WHEN r % 3 = 0 THEN NULL ELSE CAST(r % 10 AS INTEGER) END, 'b': {'c': 'v' || r % 17, 'd': r % 2 = 0}}",
  "CASE WHEN r % 6 = 0 THEN [NULL, {'t': NULL, 'l': [[NULL], [], NULL]}] ELSE [{'t': 't' || r % 3, 'l': [[CAST(r % 5 "
  "AS BIGINT), 2], [3]]}] END",
  "map([{'k': CAST(r % 100 AS INTEGER)}], [[map([CAST('1970-01-01' AS DATE) + CAST(r % 3 AS INTEGER)], [CAST(r AS "
  "DOUBLE)])]])",
};

static void run(const char *sql)
{
  struct error err;
  if (!database_execute(database, sql, &err))
    fail_msg("%s\n%s", err.message, sql);
}

static uint64_t count(const char *sql)
{
  struct error err;
  uint64_t answer = 0;
  if (!database_query_count(database, sql, &answer, &err))
    fail_msg("%s\n%s", err.message, sql);
  return answer;
}

struct variant {
  uint64_t n_rows, n_partitions, n_values; /* n_values: of a column */
  unsigned nulls;                          /* of a hundred */
  const char *compression;
  uint64_t memory_bytes;
  unsigned first_column, n_columns; /* n_columns: 0 for all */
};

static void make_table(const struct variant *variant)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  size_t n_columns = variant->n_columns == 0 ? ARRAY_LENGTH(columns) : variant->n_columns;
  text_buffer_add_string(&sql, "CREATE OR REPLACE TABLE made AS SELECT ");
  for (size_t i = variant->first_column; i < variant->first_column + n_columns; i++)
    text_buffer_printf(&sql,
                       "(SELECT CASE WHEN hash(i, %zu, 'null') %% 100 < %u THEN NULL ELSE %s END FROM (SELECT "
                       "CAST(hash(hash(i, %zu) %% %" PRIu64 ") // 16 AS HUGEINT) AS r)) AS \"Column %zu\", ",
                       i, variant->nulls, columns[i], i, variant->n_values, i);
  text_buffer_printf(&sql, "CAST(hash(i) %% %" PRIu64 " AS BIGINT) AS id FROM range(%" PRIu64 ") t(i)",
                     variant->n_partitions, variant->n_rows);
  run(sql.data);
}

static struct sink_file *files_of(const char *directory, size_t *ret_count)
{
  struct error err;
  struct table table;
  if (!database_query(&arena, database, "SELECT count(*) FROM made GROUP BY id ORDER BY id", &table, &err))
    fail_msg("%s", err.message);
  struct sink_file *files = arena_array(&arena, table.n_rows, sizeof(*files));
  for (size_t i = 0; i < table.n_rows; i++) {
    files[i].path = path_join(&arena, directory, arena_printf(&arena, "%zu.parquet", i));
    files[i].rows = strtoull(table.cells[i], NULL, 10);
  }
  *ret_count = table.n_rows;
  return files;
}

/* Returns the directory of the files. */
static const char *check(const struct variant *variant)
{
  struct error err;
  size_t n_files = 0, n_leaves = 0;
  bool knows = false;
  const char *directory = name_unique(&arena, path_join(&arena, place, "v-"));
  assert_done(directory_create(directory, &err));
  make_table(variant);
  /* partitions that no row has would have no file */
  run("UPDATE made SET id = dense FROM (SELECT id AS sparse, dense_rank() OVER (ORDER BY id) - 1 AS dense FROM made "
      "GROUP BY id) WHERE id = sparse");
  struct sink_file *files = files_of(directory, &n_files);
  const struct parquet_sink sink = { variant->compression, files, n_files, variant->memory_bytes };
  assert_done(parquet_sink_knows(database, "SELECT * FROM made", variant->compression, &knows, &n_leaves, &err));
  assert_true(knows);
  assert_done(parquet_sink_write(database, "SELECT * FROM made", &sink, &err));
  run(arena_printf(&arena, "COPY (SELECT * EXCLUDE (id) FROM made) TO '%s/own' (FORMAT parquet)", directory));
  run(arena_printf(&arena,
                   "CREATE OR REPLACE TABLE found AS SELECT * EXCLUDE (filename), CAST(regexp_extract(filename, "
                   "'(\\d+).parquet', 1) AS BIGINT) AS id FROM read_parquet('%s/*.parquet', filename = true)",
                   directory));
  run(arena_printf(&arena, "CREATE OR REPLACE VIEW own AS FROM read_parquet('%s/own')", directory));
  assert_int_equal(count("SELECT count(*) FROM found"), variant->n_rows);
  assert_int_equal(count("SELECT count(*) FROM (SELECT CAST(t AS VARCHAR) FROM made t EXCEPT ALL SELECT CAST(t AS "
                         "VARCHAR) FROM found t)"),
                   0);
  assert_int_equal(count("SELECT count(*) FROM (SELECT column_name, column_type FROM (DESCRIBE own) EXCEPT ALL SELECT "
                         "column_name, column_type FROM (DESCRIBE found))"),
                   0);
  return directory;
}

static void parquet_sink_write__writes_what_duckdb_reads_back(void **state)
{
  (void)state;
  static const struct variant variants[] = {
    { 1, 1, 10, 0, "snappy", 1 << 20, 0, 0 },
    { 3, 1, 10, 100, "snappy", 1 << 20, 0, 0 },
    { 2500, 1, 100000, 10, "snappy", 1 << 24, 0, 0 },
    { 1500, 40, 7, 30, "zstd", 1 << 24, 0, 0 },
    { 3000, 100, 60, 0, "uncompressed", 1 << 17, 0, 0 },
    { 2000, 3, 1, 50, "gzip", 1 << 16, 0, 0 },
    { 6000, 2, 900, 5, "snappy", 1 << 14, 0, 0 },
    /* a dictionary that is given up, pages that are full, lists over pages */
    { 140000, 2, 90000, 20, "snappy", 1 << 26, 11, 2 },
    { 125000, 1, 70000, 0, "snappy", 1 << 26, 18, 1 },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(variants); i++)
    check(&variants[i]);
}

static void parquet_sink_write__makes_row_groups_of_a_hundred_thousand_rows(void **state)
{
  (void)state;
  const struct variant variant = { 250000, 1, 50, 20, "snappy", 1 << 26, 3, 1 };
  const char *directory = check(&variant);
  assert_int_equal(count(arena_printf(&arena,
                                      "SELECT count(*) FROM parquet_metadata('%s/0.parquet') WHERE row_group_num_rows "
                                      "= CASE row_group_id WHEN 2 THEN 250000 - 2 * 122880 ELSE 122880 END",
                                      directory)),
                   3);
}

static void parquet_sink_write__tells_of_a_file_that_is_there_and_of_rows_beyond_count(void **state)
{
  (void)state;
  struct error err;
  const char *path = path_join(&arena, place, "there.parquet");
  struct sink_file file = { path, 3 };
  const struct parquet_sink sink = { "snappy", &file, 1, 1 << 20 };
  assert_done(file_create(path, TEXT("mine"), &err));
  assert_false(parquet_sink_write(database, "SELECT i, CAST(0 AS BIGINT) FROM range(3) t(i)", &sink, &err));
  assert_int_equal(err.kind, ERROR_ENVIRONMENT);
  assert_string_equal(err.message, arena_printf(&arena, "could not write \"%s\": File exists", path));
  file.path = path_join(&arena, place, "short.parquet");
  assert_false(parquet_sink_write(database, "SELECT i, CAST(0 AS BIGINT) FROM range(2) t(i)", &sink, &err));
  assert_int_equal(err.kind, ERROR_DEFECT);
  assert_contains(err.message, "1 rows of");
}

static void parquet_sink_knows__leaves_other_types_and_codecs_to_duckdb(void **state)
{
  (void)state;
  static const char *const unknown[] = { "CAST('[1]' AS JSON)", "CAST(1 AS HUGEINT)", "CAST('12:00' AS TIME)",
                                         "INTERVAL 1 DAY", "[CAST(1 AS UTINYINT)]" };
  struct error err;
  bool knows = true;
  size_t n_leaves = 0;
  for (size_t i = 0; i < ARRAY_LENGTH(unknown); i++) {
    const char *sql = arena_printf(&arena, "SELECT 1 AS a, %s AS b, CAST(0 AS BIGINT)", unknown[i]);
    assert_done(parquet_sink_knows(database, sql, "snappy", &knows, &n_leaves, &err));
    assert_false(knows);
  }
  assert_done(
      parquet_sink_knows(database, "SELECT {'a': 1, 'b': [2]}, CAST(0 AS BIGINT)", "gzip", &knows, &n_leaves, &err));
  assert_true(knows);
  assert_int_equal(n_leaves, 2);
  assert_done(parquet_sink_knows(database, "SELECT 1, CAST(0 AS BIGINT)", "brotli", &knows, &n_leaves, &err));
  assert_false(knows);
}

static int set_up(void **state)
{
  (void)state;
  struct error err;
  const struct database_settings settings = { .memory_limit = "1GB", .threads = 2, .timezone = "UTC" };
  place = name_unique(&arena, "/tmp/crisol-sink-");
  return database_open(&settings, &database, &err) && directory_create(place, &err) ? 0 : -1;
}

static int tear_down(void **state)
{
  (void)state;
  struct error err;
  database_close(&database);
  bool is_removed = path_remove(place, &err);
  arena_done(&arena);
  return is_removed ? 0 : -1;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(parquet_sink_write__writes_what_duckdb_reads_back),
    cmocka_unit_test(parquet_sink_write__makes_row_groups_of_a_hundred_thousand_rows),
    cmocka_unit_test(parquet_sink_write__tells_of_a_file_that_is_there_and_of_rows_beyond_count),
    cmocka_unit_test(parquet_sink_knows__leaves_other_types_and_codecs_to_duckdb),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
