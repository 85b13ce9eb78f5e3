/* The metadata tables: those of a fresh file are the ones of tables.h, and those of a former layout become so. */
#include "ledger_scene.h"

static const char columns_sql[] =
    "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns WHERE table_catalog = "
    "'warehouse' AND table_schema = 'metadata' AND table_name = '%s' ORDER BY ordinal_position";

static void expect_column(char *const *cells, const struct ledger_column *column)
{
  assert_string_equal(cells[1], column->name);
  assert_string_equal(cells[2], column->type->name);
  assert_string_equal(cells[3], column->is_required ? "NO" : "YES");
}

static struct table columns_of(struct scene *scene, const char *table)
{
  return ask(scene, arena_printf(&scene->arena, columns_sql, table));
}

static void ledger_prepare__makes_the_tables_of_the_list(void **state)
{
  struct scene *scene = *state;
  prepare(scene);
  for (size_t i = 0; i < N_LEDGER_TABLES; i++) {
    struct table found = columns_of(scene, ledger_tables[i].name);
    assert_int_equal(found.n_rows, ledger_tables[i].n_columns);
    for (size_t k = 0; k < found.n_rows; k++)
      expect_column(&found.cells[k * found.n_columns], &ledger_tables[i].columns[k]);
  }
}

static void ledger_prepare__twice_changes_nothing(void **state)
{
  struct scene *scene = *state;
  prepare(scene);
  run_sql(scene, "INSERT INTO warehouse.metadata.dataset_versions VALUES ('a', 'v', '{}', now())");
  prepare(scene);
  assert_string_equal(ask(scene, "SELECT count(*) FROM warehouse.metadata.dataset_versions").cells[0], "1");
}

/* Every column that came later is taken away, the rows of the tables stay. */
static void ledger_prepare__gives_tables_of_the_first_layout_what_they_lack(void **state)
{
  struct scene *scene = *state;
  prepare(scene);
  run_sql(scene, "INSERT INTO warehouse.metadata.run_files (execution_id, direction, path, rows, bytes) VALUES ('r', "
                 "'input', '/a', 1, 2)");
  for (size_t i = 0; i < N_LEDGER_TABLES; i++)
    for (size_t k = 0; k < ledger_tables[i].n_columns; k++)
      if (ledger_tables[i].columns[k].since > LEDGER_FIRST_LAYOUT)
        run_sql(scene, arena_printf(&scene->arena, "ALTER TABLE warehouse.metadata.%s DROP COLUMN %s",
                                    ledger_tables[i].name, ledger_tables[i].columns[k].name));
  prepare(scene);
  for (size_t i = 0; i < N_LEDGER_TABLES; i++) {
    struct table found = columns_of(scene, ledger_tables[i].name);
    assert_int_equal(found.n_rows, ledger_tables[i].n_columns);
  }
  assert_string_equal(ask(scene, "SELECT path FROM warehouse.metadata.run_files WHERE inputs IS NULL").cells[0], "/a");
}

static void ledger_prepare__makes_each_table_that_is_missing(void **state)
{
  struct scene *scene = *state;
  for (size_t i = 0; i < N_LEDGER_TABLES; i++) {
    prepare(scene);
    run_sql(scene, arena_printf(&scene->arena, "DROP TABLE warehouse.metadata.%s", ledger_tables[i].name));
    prepare(scene);
    assert_int_equal(columns_of(scene, ledger_tables[i].name).n_rows, ledger_tables[i].n_columns);
  }
}

static void ledger_prepare__gives_gold_tables_of_former_runs_to_the_first_that_loaded_them(void **state)
{
  struct scene *scene = *state;
  prepare(scene);
  run_sql(
      scene,
      "DROP TABLE warehouse.metadata.gold_tables; INSERT INTO warehouse.metadata.pipeline_executions (execution_id, "
      "dataset_name, pipeline_type, status, started_at, engine, config_hash, rows_gold, summary) SELECT 'r' || i, "
      "name, 'dataset', 'completed', TIMESTAMPTZ '2026-01-01 00:00:00+00' + i * INTERVAL 1 DAY, 'duckdb', '', 3, "
      "'{\"gold\": {\"table\": \"gold.sales\"}, \"silver\": {\"path\": \"/lake\"}}' FROM (VALUES (1, 'first'), (2, "
      "'second')) AS runs(i, name)");
  prepare(scene);
  struct table owners =
      ask(scene, "SELECT schema_name, table_name, dataset_name, silver_path FROM warehouse.metadata.gold_tables");
  assert_int_equal(owners.n_rows, 1);
  assert_string_equal(owners.cells[0], "gold");
  assert_string_equal(owners.cells[1], "sales");
  assert_string_equal(owners.cells[2], "first");
  assert_string_equal(owners.cells[3], "/lake");
}

/* What a person has done to a table, how the error begins, and what its hint would have run. */
static const struct {
  const char *touch, *message, *hint;
} touches[] = {
  { "ALTER TABLE warehouse.metadata.run_files DROP COLUMN bytes",
    "metadata table \"run_files\" lacks its column \"bytes\"",
    "ALTER TABLE warehouse.metadata.run_files ADD COLUMN bytes BIGINT." },
  { "ALTER TABLE warehouse.metadata.quality_results ALTER failed TYPE VARCHAR",
    "column \"failed\" of metadata table \"quality_results\" is VARCHAR, crisol writes BIGINT",
    "ALTER COLUMN failed TYPE BIGINT USING CAST(failed AS BIGINT)." },
  { "DROP TABLE warehouse.metadata.schema_drift; CREATE VIEW warehouse.metadata.schema_drift AS SELECT 1 AS files",
    "\"metadata.schema_drift\" is no table but a VIEW", "ALTER VIEW warehouse.metadata.schema_drift RENAME TO" },
  { "ALTER TABLE warehouse.metadata.run_columns ADD COLUMN mine INTEGER; ALTER TABLE warehouse.metadata.run_columns "
    "ALTER mine SET NOT NULL",
    "column \"mine\" of metadata table \"run_columns\" is NOT NULL without a default",
    "ALTER COLUMN mine DROP NOT NULL" },
};

static void ledger_check_tables__refuses_what_a_person_has_made_of_them(void **state)
{
  struct scene *scene = *state;
  struct error err;
  for (size_t i = 0; i < ARRAY_LENGTH(touches); i++) {
    run_sql(scene, "DROP SCHEMA IF EXISTS warehouse.metadata CASCADE");
    prepare(scene);
    run_sql(scene, touches[i].touch);
    assert_false(ledger_check_tables(&scene->warehouse, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_contains(err.message, touches[i].message);
    assert_contains(err.hint, touches[i].hint);
  }
}

static void ledger_check_tables__takes_what_holds_the_same_and_a_person_s_own_columns(void **state)
{
  struct scene *scene = *state;
  struct error err;
  prepare(scene);
  run_sql(scene, "ALTER TABLE warehouse.metadata.run_columns ALTER position TYPE BIGINT; ALTER TABLE "
                 "warehouse.metadata.run_files ADD COLUMN note VARCHAR; ALTER TABLE warehouse.metadata.run_files ADD "
                 "COLUMN seven INTEGER DEFAULT 7");
  assert_done(ledger_check_tables(&scene->warehouse, &err));
}

static void ledger_is_there__once_it_was_prepared(void **state)
{
  struct scene *scene = *state;
  struct error err;
  bool is_there = true;
  uint64_t n_others = 0;
  assert_done(ledger_is_there(&scene->warehouse, &is_there, &err));
  assert_false(is_there);
  prepare(scene);
  run_sql(scene, "CREATE SCHEMA warehouse.gold; CREATE TABLE warehouse.gold.sales (id INTEGER)");
  assert_done(ledger_is_there(&scene->warehouse, &is_there, &err));
  assert_true(is_there);
  assert_done(ledger_count_other_tables(&scene->warehouse, &n_others, &err));
  assert_int_equal(n_others, 1);
}

static bool is_lower_case(const char *name)
{
  return name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

static void ledger_tables__are_documented_and_can_be_widened(void **state)
{
  (void)state;
  int newest = LEDGER_FIRST_LAYOUT;
  for (size_t i = 0; i < N_LEDGER_TABLES; i++) {
    const struct ledger_table *table = &ledger_tables[i];
    assert_true(is_lower_case(table->name));
    assert_true(table->doc[0] != '\0');
    assert_true((table->privileges & LEDGER_SELECT) != 0 && (table->privileges & LEDGER_INSERT) != 0);
    for (size_t k = 0; k < table->n_columns; k++) {
      const struct ledger_column *column = &table->columns[k];
      assert_true(is_lower_case(column->name)); /* never quoted in the DDL */
      assert_true(column->doc[0] != '\0');
      assert_false(column->is_required && column->since > LEDGER_FIRST_LAYOUT); /* rows that stand lack it */
      newest = column->since > newest ? column->since : newest;
    }
  }
  assert_int_equal(newest, LEDGER_LAYOUT);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    CASE(ledger_prepare__makes_the_tables_of_the_list),
    CASE(ledger_prepare__twice_changes_nothing),
    CASE(ledger_prepare__gives_tables_of_the_first_layout_what_they_lack),
    CASE(ledger_prepare__makes_each_table_that_is_missing),
    CASE(ledger_prepare__gives_gold_tables_of_former_runs_to_the_first_that_loaded_them),
    CASE(ledger_check_tables__refuses_what_a_person_has_made_of_them),
    CASE(ledger_check_tables__takes_what_holds_the_same_and_a_person_s_own_columns),
    CASE(ledger_is_there__once_it_was_prepared),
    cmocka_unit_test(ledger_tables__are_documented_and_can_be_widened),
  };
  return cmocka_run_group_tests(tests, scene_open_engine, scene_close_engine);
}
