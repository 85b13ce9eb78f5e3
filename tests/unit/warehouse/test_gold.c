/* Gold tables in a DuckDB file: made from a plan, migrated, looked at after people have touched them. */
#include "scene.h"

#include "warehouse/gold_internal.h"

struct gold_scene {
  struct scene scene;
  struct database_config database;
  struct config config;
  struct dataset dataset;
  struct config_text key[1];
  struct plan_gold_column columns[3];
  struct plan plan;
};

/* Gold of id VARCHAR NOT NULL and n INTEGER. */
static void make_plan(struct gold_scene *gold)
{
  gold->database = (struct database_config){ .driver = DATABASE_DUCKDB };
  gold->dataset =
      (struct dataset){ .id = { .value = "sales" }, .gold = { .enabled = true, .schema = "gold", .table = "sales" } };
  gold->config = (struct config){ .dataset = &gold->dataset, .database = &gold->database };
  gold->key[0] = (struct config_text){ .value = "ID" };
  gold->columns[0] = (struct plan_gold_column){
    .name = "id", .type = type_simple(TYPE_STRING), .is_required = true, .json_column = NO_COLUMN
  };
  gold->columns[1] = (struct plan_gold_column){ .name = "n", .type = type_simple(TYPE_INT), .json_column = NO_COLUMN };
  gold->columns[2] =
      (struct plan_gold_column){ .name = "more", .type = type_simple(TYPE_DATE), .json_column = NO_COLUMN };
  gold->plan = (struct plan){
    .config = &gold->config, .dataset = &gold->dataset, .gold_columns = gold->columns, .n_gold_columns = 2
  };
}

static int set_up(void **state)
{
  int failed = scene_begin(state, sizeof(struct gold_scene));
  make_plan(*state);
  return failed;
}

#define GOLD_CASE(test) cmocka_unit_test_setup_teardown(test, set_up, scene_tear_down)

static struct gold_table look(struct gold_scene *gold)
{
  struct error err;
  struct gold_table table;
  assert_done(gold_read_table(&gold->scene.arena, &gold->scene.warehouse, &gold->plan, &table, &err));
  return table;
}

static bool check(struct gold_scene *gold, struct drift *drift, struct error *err)
{
  struct gold_table table = look(gold);
  return gold_check(&gold->scene.warehouse, &gold->plan, &table, drift, err);
}

static void prepare(struct gold_scene *gold)
{
  struct error err;
  assert_done(warehouse_begin(&gold->scene.warehouse, &err));
  struct gold_table table = look(gold);
  assert_done(gold_prepare(&gold->scene.warehouse, &gold->plan, &table, &err));
  assert_int_equal(warehouse_commit(&gold->scene.warehouse, &err), COMMIT_DONE);
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
  struct gold_scene *gold = *state;
  assert_false(look(gold).is_there);
  prepare(gold);
  struct gold_table table = look(gold);
  assert_true(table.is_there);
  assert_int_equal(table.n_columns, 2);
  expect_column(&table, 0, "id", "VARCHAR", 0);
  expect_column(&table, 1, "n", "INTEGER", 1);
  assert_true(table.columns[0].is_required);
  assert_false(table.columns[1].is_required);
}

static void gold_prepare__adds_columns_and_widens_types(void **state)
{
  struct gold_scene *gold = *state;
  prepare(gold);
  run_sql(&gold->scene, "INSERT INTO warehouse.gold.sales VALUES ('a', 7)");
  gold->columns[1].type = type_simple(TYPE_BIGINT);
  gold->plan.n_gold_columns = 3;
  prepare(gold);
  struct gold_table table = look(gold);
  expect_column(&table, 1, "n", "BIGINT", 1);
  expect_column(&table, 2, "more", "DATE", 2);
  bool has_rows = false;
  struct error err;
  assert_done(gold_holds_rows(&gold->scene.warehouse, &gold->plan, &table, &has_rows, &err));
  assert_true(has_rows);
}

static void gold_prepare__takes_a_table_of_wider_columns_and_another_case(void **state)
{
  struct gold_scene *gold = *state;
  run_sql(&gold->scene, "CREATE SCHEMA warehouse.gold; CREATE TABLE warehouse.gold.SALES (ID VARCHAR, n BIGINT)");
  prepare(gold);
  struct gold_table table = look(gold);
  expect_column(&table, 0, "ID", "VARCHAR", 0);
  expect_column(&table, 1, "n", "BIGINT", 1);
}

/* DuckDB folds ASCII letters only. */
static void gold_prepare__takes_another_letter_beyond_ascii_for_another_table(void **state)
{
  struct gold_scene *gold = *state;
  run_sql(&gold->scene, "CREATE SCHEMA warehouse.gold; CREATE TABLE warehouse.gold.\"VENTÁS\" (mine INTEGER)");
  gold->dataset.gold.table = "ventás";
  assert_false(look(gold).is_there);
  prepare(gold);
  struct gold_table table = look(gold);
  expect_column(&table, 0, "id", "VARCHAR", 0);
  gold->dataset.gold.table = "VENTáS";
  assert_true(look(gold).is_there);
  prepare(gold);
}

static void gold_check__refuses_a_type_that_not_every_value_fits(void **state)
{
  struct gold_scene *gold = *state;
  struct error err;
  struct drift drift = { .arena = &gold->scene.arena };
  run_sql(&gold->scene, "CREATE SCHEMA warehouse.gold; CREATE TABLE warehouse.gold.sales (id VARCHAR, n DATE)");
  assert_true(check(gold, &drift, &err)); /* no row has a value to lose */
  run_sql(&gold->scene, "INSERT INTO warehouse.gold.sales VALUES ('a', DATE '2024-01-01')");
  assert_false(check(gold, &drift, &err));
  assert_int_equal(err.kind, ERROR_CONFIG);
  assert_contains(err.message, "gold column \"n\" of table \"sales\" is DATE, the dataset makes it INTEGER");
  assert_contains(err.hint, "ALTER TABLE \"gold\".\"sales\" ALTER \"n\" TYPE INTEGER");
}

static void gold_check__tells_how_the_columns_differ(void **state)
{
  struct gold_scene *gold = *state;
  struct error err;
  struct drift drift = { .arena = &gold->scene.arena };
  prepare(gold);
  assert_done(check(gold, &drift, &err));
  assert_int_equal(drift.count, 0);
  run_sql(&gold->scene, "ALTER TABLE warehouse.gold.sales ADD COLUMN own INTEGER");
  gold->columns[1].type = type_simple(TYPE_BIGINT);
  gold->plan.n_gold_columns = 3;
  assert_done(check(gold, &drift, &err));
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
  struct gold_scene *gold = *state;
  run_sql(&gold->scene,
          "CREATE SCHEMA warehouse.gold; CREATE TABLE warehouse.gold.sales (id VARCHAR PRIMARY KEY, n INTEGER, own "
          "INTEGER DEFAULT 7, twice INTEGER GENERATED ALWAYS AS (n * 2), UNIQUE (n, own)); CREATE UNIQUE INDEX "
          "folded ON warehouse.gold.sales (lower(id))");
  struct gold_table table = look(gold);
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
  struct gold_scene *gold = *state;
  const char *columns[] = { "id", "n" };
  struct gold_table_key key = { .columns = columns, .n_columns = 1, .is_plain = true };
  gold->dataset.gold.key = (struct config_list){ .items = gold->key, .count = 1 };
  assert_true(gold_key_is_upsert(&key, &gold->plan));
  key.n_columns = 2;
  assert_false(gold_key_is_upsert(&key, &gold->plan));
  key = (struct gold_table_key){ .columns = columns, .n_columns = 1, .is_plain = false };
  assert_false(gold_key_is_upsert(&key, &gold->plan));
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
  struct gold_scene *gold = *state;
  for (size_t i = 0; i < ARRAY_LENGTH(modes); i++) {
    enum gold_replacement wanted = modes[i].replacement;
    gold->dataset.gold.mode = modes[i].gold;
    gold->dataset.silver.mode = modes[i].silver;
    gold->plan.n_partitions = modes[i].n_partitions;
    assert_int_equal(gold_replacement(&gold->plan), wanted);
    assert_int_equal(gold_replaces(&gold->plan), wanted == REPLACES_ALL || wanted == REPLACES_PARTITIONS);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    GOLD_CASE(gold_prepare__makes_the_table_of_the_plan),
    GOLD_CASE(gold_prepare__adds_columns_and_widens_types),
    GOLD_CASE(gold_prepare__takes_a_table_of_wider_columns_and_another_case),
    GOLD_CASE(gold_prepare__takes_another_letter_beyond_ascii_for_another_table),
    GOLD_CASE(gold_check__refuses_a_type_that_not_every_value_fits),
    GOLD_CASE(gold_check__tells_how_the_columns_differ),
    GOLD_CASE(gold_read_table__knows_keys_defaults_and_generated_columns),
    GOLD_CASE(gold_key_is_upsert__by_the_same_columns_in_any_case_of_the_config),
    cmocka_unit_test(gold_speaks_of__whole_names_only),
    GOLD_CASE(gold_replacement__does_what_the_modes_say),
  };
  return cmocka_run_group_tests(tests, scene_open_engine, scene_close_engine);
}
