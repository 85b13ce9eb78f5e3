/* Where a database spills: made when it is asked for, gone when the database is. */
#include "support.h"

#include "base/file.h"
#include "base/workspace.h"
#include "duckdb/database.h"

#include <stdio.h>
#include <unistd.h>

static struct arena arena;

static const char *new_path(void)
{
  return name_unique(&arena, "/tmp/crisol-spills-");
}

static struct database *open_at(const char *path)
{
  struct database *database = NULL;
  struct error err;
  const struct database_settings settings = {
    .memory_limit = "40MB", .threads = 1, .temp_directory = path, .timezone = "UTC"
  };
  if (!database_open(&settings, &database, &err))
    fail_msg("%s", err.message);
  assert_string_equal(database_temp_directory(database), path);
  return database;
}

static void database__that_only_looks_writes_nothing(void **state)
{
  (void)state;
  const char *path = new_path();
  uint64_t count = 0;
  struct error err;
  struct database *database = open_at(path);
  assert_true(database_query_count(database, "SELECT count(*) FROM range(1000)", &count, &err));
  assert_false(path_is_directory(path));
  database_close(&database);
  assert_null(database);
  assert_false(path_is_directory(path));
}

static void database__removes_what_it_has_spilled_when_it_is_closed(void **state)
{
  (void)state;
  const char *path = new_path();
  uint64_t count = 0;
  struct error err;
  struct database *database = open_at(path);
  assert_true(database_make_temp_directory(database, &err));
  assert_true(path_is_directory(path));
  if (!database_execute(database,
                        "CREATE TEMP TABLE wide AS SELECT i, md5(CAST(i AS VARCHAR)) AS text FROM range(2000000) t(i)",
                        &err) ||
      !database_query_count(database, "SELECT count(*) FROM duckdb_temporary_files()", &count, &err))
    fail_msg("%s", err.message);
  assert_true(count > 0);
  database_close(&database);
  assert_false(path_is_directory(path));
}

static void database__is_closed_once_with_its_second_connection(void **state)
{
  (void)state;
  const char *path = new_path();
  struct error err;
  struct database *database = open_at(path), *second = NULL;
  assert_true(database_make_temp_directory(database, &err));
  assert_true(database_connect(database, 0, &second, &err));
  database_close(&second);
  assert_true(path_is_directory(path));
  database_close(&database);
  assert_false(path_is_directory(path));
}

static int end(void **state)
{
  (void)state;
  arena_done(&arena);
  return 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(database__that_only_looks_writes_nothing),
    cmocka_unit_test(database__removes_what_it_has_spilled_when_it_is_closed),
    cmocka_unit_test(database__is_closed_once_with_its_second_connection),
  };
  return cmocka_run_group_tests(tests, NULL, end);
}
