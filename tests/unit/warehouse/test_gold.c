/* Gold tables in a DuckDB file: made from a plan, migrated, looked at after people have touched them. */
#include "support.h"

#include "base/file.h"
#include "warehouse/gold_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct database *engine;

struct scene {
  struct arena arena;
  char root[64];
  struct warehouse warehouse;
  struct database_config database;
  struct config config;
  struct dataset dataset;
  struct config_text key[1];
  struct plan_gold_column columns[3];
  struct plan plan;
};

static int open_engine(void **state)
{
  (void)state;
  struct error err;
  return !database_open(&(struct database_settings){ .timezone = "UTC", .threads = 1 }, &engine, &err);
}

static int close_engine(void **state)
{
  (void)state;
  database_close(&engine);
  return 0;
}

/* Gold of id VARCHAR NOT NULL and n INTEGER. */
static void make_plan(struct scene *scene)
{
  scene->database = (struct database_config){ .driver = DATABASE_DUCKDB };
  scene->dataset =
      (struct dataset){ .id = { .value = "sales" }, .gold = { .enabled = true, .schema = "gold", .table = "sales" } };
  scene->config = (struct config){ .dataset = &scene->dataset, .database = &scene->database };
  scene->key[0] = (struct config_text){ .value = "ID" };
  scene->columns[0] = (struct plan_gold_column){
    .name = "id", .type = type_simple(TYPE_STRING), .is_required = true, .json_column = NO_COLUMN
  };
  scene->columns[1] = (struct plan_gold_column){ .name = "n", .type = type_simple(TYPE_INT), .json_column = NO_COLUMN };
  scene->columns[2] =
      (struct plan_gold_column){ .name = "more", .type = type_simple(TYPE_DATE), .json_column = NO_COLUMN };
  scene->plan = (struct plan){
    .config = &scene->config, .dataset = &scene->dataset, .gold_columns = scene->columns, .n_gold_columns = 2
  };
}

static int set_up(void **state)
{
  struct scene *scene = calloc(1, sizeof(*scene));
  struct error err;
  assert_non_null(scene);
  *state = scene;
  make_plan(scene);
  snprintf(scene->root, sizeof(scene->root), "/tmp/crisol-gold-XXXXXX");
  return mkdtemp(scene->root) == NULL ||
         !warehouse_open_duckdb(engine, path_join(&scene->arena, scene->root, "a.duckdb"), false, NULL,
                                &scene->warehouse, &err);
}

static int tear_down(void **state)
{
  struct scene *scene = *state;
  struct error err;
  warehouse_close(&scene->warehouse);
  bool is_removed = path_remove(scene->root, &err);
  arena_done(&scene->arena);
  free(scene);
  return is_removed ? 0 : 1;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static void run_sql(struct scene *scene, const char *sql)
{
  struct error err;
  assert_done(warehouse_execute(&scene->warehouse, sql, &err));
}

static void prepare(struct scene *scene)
{
  struct error err;
  assert_done(warehouse_begin(&scene->warehouse, &err));
  assert_done(gold_prepare(&scene->warehouse, &scene->plan, &err));
  assert_int_equal(warehouse_commit(&scene->warehouse, &err), COMMIT_DONE);
}

static struct gold_table look(struct scene *scene)
{
  struct error err;
  struct gold_table table;
  assert_done(gold_read_table(&scene->arena, &scene->warehouse, &scene->plan, &table, &err));
  return table;
}

static void expect_column(const struct gold_table *table, size_t index, const char *name, const char *type, int wanted)
{
  assert_true(index < table->n_columns);
  assert_string_equal(table->columns[index].name, name);
  assert_string_equal(table->columns[index].type, type);
  assert_int_equal(table->columns[index].wanted, wanted);
}

static void gold_prepare__makes_the_table_of_the_plan(void **state)
{
  struct scene *scene = *state;
  assert_false(look(scene).is_there);
  prepare(scene);
  struct gold_table table = look(scene);
  assert_true(table.is_there);
  assert_int_equal(table.n_columns, 2);
  expect_column(&table, 0, "id", "VARCHAR", 0);
  expect_column(&table, 1, "n", "INTEGER", 1);
  assert_true(table.columns[0].is_required);
  assert_false(table.columns[1].is_required);
}

static void gold_prepare__adds_columns_and_widens_types(void **state)
{
  struct scene *scene = *state;
  prepare(scene);
  run_sql(scene, "INSERT INTO warehouse.gold.sales VALUES ('a', 7)");
  scene->columns[1].type = type_simple(TYPE_BIGINT);
  scene->plan.n_gold_columns = 3;
  prepare(scene);
  struct gold_table table = look(scene);
  expect_column(&table, 1, "n", "BIGINT", 1);
  expect_column(&table, 2, "more", "DATE", 2);
  bool has_rows = false;
  struct error err;
  assert_done(gold_holds_rows(&scene->warehouse, &scene->plan, &has_rows, &err));
  assert_true(has_rows);
}

static void gold_prepare__takes_a_table_of_wider_columns_and_another_case(void **state)
{
  struct scene *scene = *state;
  run_sql(scene, "CREATE SCHEMA warehouse.gold; CREATE TABLE warehouse.gold.SALES (ID VARCHAR, n BIGINT)");
  prepare(scene);
  struct gold_table table = look(scene);
  expect_column(&table, 0, "ID", "VARCHAR", 0);
  expect_column(&table, 1, "n", "BIGINT", 1);
}

/* DuckDB folds ASCII letters only. */
static void gold_prepare__takes_another_letter_beyond_ascii_for_another_table(void **state)
{
  struct scene *scene = *state;
  run_sql(scene, "CREATE SCHEMA warehouse.gold; CREATE TABLE warehouse.gold.\"VENTÁS\" (mine INTEGER)");
  scene->dataset.gold.table = "ventás";
  assert_false(look(scene).is_there);
  prepare(scene);
  struct gold_table table = look(scene);
  expect_column(&table, 0, "id", "VARCHAR", 0);
  scene->dataset.gold.table = "VENTáS";
  assert_true(look(scene).is_there);
  prepare(scene);
}

static void gold_check__refuses_a_type_that_not_every_value_fits(void **state)
{
  struct scene *scene = *state;
  struct error err;
  struct drift drift = { .arena = &scene->arena };
  run_sql(scene, "CREATE SCHEMA warehouse.gold; CREATE TABLE warehouse.gold.sales (id VARCHAR, n DATE)");
  assert_false(gold_check(&scene->warehouse, &scene->plan, &drift, &err));
  assert_int_equal(err.kind, ERROR_CONFIG);
  assert_contains(err.message, "gold column \"n\" of table \"sales\" is DATE, the dataset makes it INTEGER");
  assert_contains(err.hint, "ALTER TABLE \"gold\".\"sales\" ALTER \"n\" TYPE INTEGER");
}

static void gold_check__tells_how_the_columns_differ(void **state)
{
  struct scene *scene = *state;
  struct error err;
  struct drift drift = { .arena = &scene->arena };
  prepare(scene);
  assert_done(gold_check(&scene->warehouse, &scene->plan, &drift, &err));
  assert_int_equal(drift.count, 0);
  run_sql(scene, "ALTER TABLE warehouse.gold.sales ADD COLUMN own INTEGER");
  scene->columns[1].type = type_simple(TYPE_BIGINT);
  scene->plan.n_gold_columns = 3;
  assert_done(gold_check(&scene->warehouse, &scene->plan, &drift, &err));
  assert_int_equal(drift.count, 3);
  size_t of_kind[N_DRIFT_KINDS] = { 0 };
  for (size_t i = 0; i < drift.count; i++)
    of_kind[drift.changes[i].kind]++;
  assert_int_equal(of_kind[DRIFT_WIDENED], 1);
  assert_int_equal(of_kind[DRIFT_NEW], 1);
  assert_int_equal(of_kind[DRIFT_MISSING], 1);
}

static void gold_read_table__knows_keys_defaults_and_generated_columns(void **state)
{
  struct scene *scene = *state;
  run_sql(scene,
          "CREATE SCHEMA warehouse.gold; CREATE TABLE warehouse.gold.sales (id VARCHAR PRIMARY KEY, n INTEGER, own "
          "INTEGER DEFAULT 7, twice INTEGER GENERATED ALWAYS AS (n * 2), UNIQUE (n, own)); CREATE UNIQUE INDEX "
          "folded ON warehouse.gold.sales (lower(id))");
  struct gold_table table = look(scene);
  assert_int_equal(table.n_columns, 4);
  assert_true(table.columns[0].stays_required);
  assert_true(table.columns[2].has_default);
  assert_int_equal(table.columns[2].wanted, NO_COLUMN);
  assert_true(table.columns[3].is_generated);
  assert_int_equal(table.n_keys, 3);
  for (size_t i = 0; i < table.n_keys; i++) {
    const struct gold_table_key *key = &table.keys[i];
    assert_int_equal(key->n_columns, key->kind == GOLD_UNIQUE ? 2 : 1);
    assert_true(key->is_plain == (key->kind != GOLD_UNIQUE_INDEX));
    assert_true(gold_key_has(key, "id") == (key->kind != GOLD_UNIQUE));
  }
}

static void gold_key_is_upsert__by_the_same_columns_in_any_case_of_the_config(void **state)
{
  struct scene *scene = *state;
  const char *columns[] = { "id", "n" };
  struct gold_table_key key = { .columns = columns, .n_columns = 1, .is_plain = true };
  scene->dataset.gold.key = (struct config_list){ .items = scene->key, .count = 1 };
  assert_true(gold_key_is_upsert(&key, &scene->plan));
  key.n_columns = 2;
  assert_false(gold_key_is_upsert(&key, &scene->plan));
  key = (struct gold_table_key){ .columns = columns, .n_columns = 1, .is_plain = false };
  assert_false(gold_key_is_upsert(&key, &scene->plan));
}

static void gold_speaks_of__whole_names_only(void **state)
{
  (void)state;
  assert_true(gold_speaks_of("lower(id) || 'x'", "id"));
  assert_true(gold_speaks_of("ID + 1", "id"));
  assert_true(gold_speaks_of("\"two words\" > 1", "two words"));
  assert_true(gold_speaks_of("\"a \"\"b\"\"\"", "a \"b\""));
  assert_false(gold_speaks_of("paid + void", "id"));
  assert_false(gold_speaks_of("id_2", "id"));
  assert_false(gold_speaks_of(NULL, "id"));
}

static void gold_replacement__does_what_the_modes_say(void **state)
{
  static const struct {
    enum gold_mode gold;
    enum silver_mode silver;
    size_t n_partitions;
    enum gold_replacement replacement;
  } modes[] = {
    { GOLD_FOLLOW, SILVER_APPEND, 1, REPLACES_NOTHING },
    { GOLD_FOLLOW, SILVER_OVERWRITE, 1, REPLACES_ALL },
    { GOLD_FOLLOW, SILVER_OVERWRITE_DYNAMIC, 1, REPLACES_PARTITIONS },
    { GOLD_FOLLOW, SILVER_OVERWRITE_DYNAMIC, 0, REPLACES_ALL },
    { GOLD_APPEND, SILVER_OVERWRITE, 1, REPLACES_NOTHING },
    { GOLD_OVERWRITE, SILVER_APPEND, 1, REPLACES_ALL },
    { GOLD_UPSERT, SILVER_OVERWRITE, 1, REPLACES_KEYS },
  };
  struct scene *scene = *state;
  for (size_t i = 0; i < ARRAY_LENGTH(modes); i++) {
    enum gold_replacement wanted = modes[i].replacement;
    scene->dataset.gold.mode = modes[i].gold;
    scene->dataset.silver.mode = modes[i].silver;
    scene->plan.n_partitions = modes[i].n_partitions;
    assert_int_equal(gold_replacement(&scene->plan), wanted);
    assert_int_equal(gold_replaces(&scene->plan), wanted == REPLACES_ALL || wanted == REPLACES_PARTITIONS);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    CASE(gold_prepare__makes_the_table_of_the_plan),
    CASE(gold_prepare__adds_columns_and_widens_types),
    CASE(gold_prepare__takes_a_table_of_wider_columns_and_another_case),
    CASE(gold_prepare__takes_another_letter_beyond_ascii_for_another_table),
    CASE(gold_check__refuses_a_type_that_not_every_value_fits),
    CASE(gold_check__tells_how_the_columns_differ),
    CASE(gold_read_table__knows_keys_defaults_and_generated_columns),
    CASE(gold_key_is_upsert__by_the_same_columns_in_any_case_of_the_config),
    cmocka_unit_test(gold_speaks_of__whole_names_only),
    CASE(gold_replacement__does_what_the_modes_say),
  };
  return cmocka_run_group_tests(tests, open_engine, close_engine);
}
