/* A DuckDB file as a warehouse: opened, let go of and taken again, and what a transaction of it leaves. */
#include "scene.h"

/* Beside the scene's, as two runs have. */
static struct database *second_engine;

static int open_engines(void **state)
{
  struct error err;
  return scene_open_engine(state) ||
         !database_open(&(struct database_settings){ .timezone = "UTC", .threads = 1 }, &second_engine, &err);
}

static int close_engines(void **state)
{
  database_close(&second_engine);
  return scene_close_engine(state);
}

static uint64_t count_rows(struct warehouse *warehouse)
{
  struct error err;
  uint64_t count = 0;
  assert_done(warehouse_query_count(warehouse, "SELECT count(*) FROM warehouse.t", &count, &err));
  return count;
}

static void warehouse_open_duckdb__makes_the_file_and_its_directory(void **state)
{
  struct scene *scene = *state;
  assert_true(file_exists(scene->path));
  assert_string_equal(scene->warehouse.prefix, "warehouse.");
}

static void warehouse_open_duckdb__read_only_makes_nothing(void **state)
{
  struct scene *scene = *state;
  struct error err;
  struct warehouse other = { 0 };
  const char *path = path_join(&scene->arena, scene->root, "b.duckdb");
  assert_false(warehouse_open_duckdb(second_engine, path, true, NULL, &other, &err));
  assert_int_equal(err.kind, ERROR_ENVIRONMENT);
  assert_false(file_exists(path));
  warehouse_close(&other); /* was never opened */
}

static void warehouse_rollback__leaves_what_was_there_before(void **state)
{
  struct scene *scene = *state;
  struct error err;
  run_sql(scene, "CREATE TABLE warehouse.t AS SELECT 1 AS n");
  assert_done(warehouse_begin(&scene->warehouse, &err));
  assert_true(scene->warehouse.is_in_transaction);
  run_sql(scene, "INSERT INTO warehouse.t VALUES (2)");
  assert_int_equal(count_rows(&scene->warehouse), 2);
  warehouse_rollback(&scene->warehouse);
  assert_false(scene->warehouse.is_in_transaction);
  assert_int_equal(count_rows(&scene->warehouse), 1);
  warehouse_rollback(&scene->warehouse); /* without a transaction it does nothing */
}

static void warehouse_commit__is_seen_by_the_next_who_opens_the_file(void **state)
{
  struct scene *scene = *state;
  struct error err;
  struct warehouse other = { 0 };
  assert_done(warehouse_begin(&scene->warehouse, &err));
  run_sql(scene, "CREATE TABLE warehouse.t AS SELECT 1 AS n");
  assert_int_equal(warehouse_commit(&scene->warehouse, &err), COMMIT_DONE);
  assert_false(scene->warehouse.is_in_transaction);
  warehouse_close(&scene->warehouse);
  assert_done(warehouse_open_duckdb(second_engine, scene->path, true, NULL, &other, &err));
  assert_int_equal(count_rows(&other), 1);
  warehouse_close(&other);
}

static void warehouse_close__takes_an_open_transaction_back(void **state)
{
  struct scene *scene = *state;
  struct error err;
  run_sql(scene, "CREATE TABLE warehouse.t AS SELECT 1 AS n");
  assert_done(warehouse_begin(&scene->warehouse, &err));
  run_sql(scene, "DELETE FROM warehouse.t");
  warehouse_close(&scene->warehouse);
  assert_null(scene->warehouse.driver);
  assert_done(warehouse_open_duckdb(scene_engine, scene->path, false, NULL, &scene->warehouse, &err));
  assert_int_equal(count_rows(&scene->warehouse), 1);
}

static void warehouse_release__lets_another_one_write(void **state)
{
  struct scene *scene = *state;
  struct error err;
  struct warehouse other = { 0 };
  run_sql(scene, "CREATE TABLE warehouse.t AS SELECT 1 AS n");
  warehouse_release(&scene->warehouse);
  assert_done(warehouse_open_duckdb(second_engine, scene->path, false, NULL, &other, &err));
  assert_done(warehouse_execute(&other, "INSERT INTO warehouse.t VALUES (2)", &err));
  warehouse_close(&other);
  assert_done(warehouse_begin(&scene->warehouse, &err)); /* takes it again */
  assert_int_equal(count_rows(&scene->warehouse), 2);
  warehouse_rollback(&scene->warehouse);
}

static void warehouse_execute__has_a_released_file_for_itself_alone(void **state)
{
  struct scene *scene = *state;
  struct error err;
  struct warehouse other = { 0 };
  warehouse_release(&scene->warehouse);
  run_sql(scene, "CREATE TABLE warehouse.t AS SELECT 1 AS n");
  assert_done(warehouse_open_duckdb(second_engine, scene->path, false, NULL, &other, &err));
  assert_int_equal(count_rows(&other), 1);
  warehouse_close(&other);
}

static void warehouse_take__refuses_a_file_that_was_removed_or_replaced(void **state)
{
  struct scene *scene = *state;
  struct error err;
  warehouse_release(&scene->warehouse);
  assert_int_equal(unlink(scene->path), 0);
  assert_false(warehouse_take(&scene->warehouse, &err));
  assert_int_equal(err.kind, ERROR_ENVIRONMENT);
  assert_contains(err.message, "was removed or replaced while the run went on");
  assert_false(file_exists(scene->path)); /* nor is it made anew */
}

static void warehouse_query_count__is_0_where_there_is_no_number(void **state)
{
  struct scene *scene = *state;
  struct error err;
  uint64_t count = 7;
  assert_done(warehouse_query_count(&scene->warehouse, "SELECT NULL", &count, &err));
  assert_int_equal(count, 0);
  assert_done(warehouse_query_count(&scene->warehouse, "SELECT 18446744073709551615", &count, &err));
  assert_true(count == UINT64_MAX);
}

static void warehouse_may_pass__is_false_of_a_file(void **state)
{
  struct scene *scene = *state;
  struct error err;
  assert_false(warehouse_execute(&scene->warehouse, "SELECT * FROM warehouse.nothing", &err));
  assert_false(warehouse_may_pass(&scene->warehouse));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    CASE(warehouse_open_duckdb__makes_the_file_and_its_directory),
    CASE(warehouse_open_duckdb__read_only_makes_nothing),
    CASE(warehouse_rollback__leaves_what_was_there_before),
    CASE(warehouse_commit__is_seen_by_the_next_who_opens_the_file),
    CASE(warehouse_close__takes_an_open_transaction_back),
    CASE(warehouse_release__lets_another_one_write),
    CASE(warehouse_execute__has_a_released_file_for_itself_alone),
    CASE(warehouse_take__refuses_a_file_that_was_removed_or_replaced),
    CASE(warehouse_query_count__is_0_where_there_is_no_number),
    CASE(warehouse_may_pass__is_false_of_a_file),
  };
  return cmocka_run_group_tests(tests, open_engines, close_engines);
}
