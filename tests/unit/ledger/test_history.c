/* What is recorded of runs is found again: by the run itself, by the next one, by people. */
#include "ledger_scene.h"

#include "base/process.h"

/* A dataset of two input files, one rule, two columns and a gold table. */
static struct config config = { .config_hash = "0123456789abcdef" };
static struct config_rule config_rule = { .name = { .value = "positive" }, .on_fail = ON_FAIL_QUARANTINE };
static struct plan_rule rule = { .config = &config_rule };
static struct schema schema = { .canonical = (char[]){ "{\"required\":[\"id\"]}" } };
static struct dataset dataset = { .id = { .value = "sales" },
                                  .schema = &schema,
                                  .gold = { .enabled = true, .schema = "gold", .table = "sales" } };
static struct plan_file files[] = {
  { .path = "/in/a.csv", .bytes = 10, .modified_us = 1700000000000001, .changed_us = 1700000000000002, .md5 = "aa" },
  { .path = "s3://raw/b.csv", .bytes = 20, .modified_us = -1, .etag = "e-1" },
};
static struct plan_column columns[] = { { .name = "id" }, { .name = "n" } };
static struct plan plan = { .config = &config,
                            .dataset = &dataset,
                            .silver_path = "/lake/sales",
                            .rules = &rule,
                            .n_rules = 1,
                            .files = files,
                            .n_files = ARRAY_LENGTH(files),
                            .columns = columns,
                            .n_columns = ARRAY_LENGTH(columns) };
static const uint64_t input_records[] = { 3, 4 };
static struct run_rule_result results[] = { { .failed = 1, .total = 7 } };
static uint64_t condition_rows[] = { 5 };
static struct run_file silver_files[] = {
  { .path = "year=2026/part.parquet", .rows = 6, .bytes = 30, .md5 = "bb", .inputs = "0-1" }
};

static const char summary[] = "{\"silver\": {\"path\": \"/lake/sales\"}, \"gold\": {\"table\": \"gold.sales\"}, "
                              "\"quarantine\": {\"path\": null}}";

/* Runs begin a day after another. */
static struct run run_of(struct scene *scene, int day)
{
  const int64_t first_us = INT64_C(1767225600000000), day_us = INT64_C(86400000000); /* 2026-01-01 */
  columns[0].type = type_simple(TYPE_STRING);
  columns[1].type = type_simple(TYPE_BIGINT);
  return (struct run){ .arena = &scene->arena,
                       .id = arena_printf(&scene->arena, "run_%02d", day),
                       .instant_us = first_us + day * day_us + 5,
                       .rows = { .read = 7, .passed = 6, .quarantined = 1, .silver = 6, .gold = 5 },
                       .parsed = 7,
                       .engine = "duckdb",
                       .input_records = input_records,
                       .rules = results,
                       .silver_files = silver_files,
                       .n_silver_files = 1,
                       .quarantine_file = "/quarantine/q.parquet",
                       .quarantine_bytes = 40,
                       .condition_rows = condition_rows };
}

static struct run start(struct scene *scene, int day)
{
  struct error err;
  struct run run = run_of(scene, day);
  assert_done(ledger_start(&scene->warehouse, &plan, &run, "lock of sales", &err));
  return run;
}

/* Within the warehouse's transaction, as a run does. */
static void record(struct scene *scene, const struct run *run)
{
  struct error err;
  assert_done(warehouse_begin(&scene->warehouse, &err));
  assert_done(ledger_complete(&scene->warehouse, &plan, run, summary, &err));
  assert_int_equal(warehouse_commit(&scene->warehouse, &err), COMMIT_DONE);
}

static struct run complete(struct scene *scene, int day)
{
  struct run run = start(scene, day);
  record(scene, &run);
  return run;
}

static void expect_status(struct scene *scene, const char *run_id, const char *expected)
{
  struct error err;
  const char *status = "?";
  assert_done(ledger_status(&scene->arena, &scene->warehouse, run_id, &status, &err));
  if (expected == NULL)
    assert_null(status);
  else
    assert_string_equal(status, expected);
}

static struct ledger_entry find(struct scene *scene, const char *id)
{
  struct error err;
  struct ledger_entry entry = { 0 };
  bool is_found = false;
  assert_done(ledger_find(&scene->arena, &scene->warehouse, id, &entry, &is_found, &err));
  assert_true(is_found);
  return entry;
}

static void ledger_status__follows_a_run(void **state)
{
  struct scene *scene = *state;
  prepare(scene);
  expect_status(scene, "run_01", NULL);
  struct run run = start(scene, 1);
  expect_status(scene, run.id, "started");
  record(scene, &run);
  expect_status(scene, run.id, "completed");
}

static void ledger_fail__records_the_message_and_nothing_else(void **state)
{
  struct scene *scene = *state;
  struct error err;
  struct ledger_input *inputs = NULL;
  size_t count = 0;
  prepare(scene);
  struct run run = start(scene, 1);
  assert_done(ledger_fail(&scene->warehouse, &run, "it's \"bad\"", summary, &err));
  expect_status(scene, run.id, "failed");
  assert_string_equal(find(scene, run.id).execution[8], "it's \"bad\"");
  assert_done(ledger_inputs(&scene->arena, &scene->warehouse, "sales", &inputs, &count, &err));
  assert_int_equal(count, 0);
}

static void ledger_complete__is_refused_to_a_run_that_was_taken_for_dead(void **state)
{
  struct scene *scene = *state;
  struct error err;
  prepare(scene);
  struct run run = start(scene, 1);
  assert_done(ledger_bury(&scene->warehouse, run.id, "the process is gone", &err));
  assert_false(ledger_complete(&scene->warehouse, &plan, &run, summary, &err));
  assert_int_equal(err.kind, ERROR_LOCKED);
  assert_contains(err.message, run.id);
  expect_status(scene, run.id, "failed");
}

static void ledger_settle__buries_what_is_started_and_leaves_what_is_completed(void **state)
{
  struct scene *scene = *state;
  struct error err;
  const char *status = NULL;
  prepare(scene);
  struct run dead = start(scene, 1), done = complete(scene, 2);
  assert_done(ledger_settle(&scene->arena, &scene->warehouse, dead.id, "gone", &status, &err));
  assert_string_equal(status, "failed");
  assert_done(ledger_settle(&scene->arena, &scene->warehouse, done.id, "gone", &status, &err));
  assert_string_equal(status, "completed");
}

static void ledger_find__gives_all_of_a_run_by_the_start_of_its_id(void **state)
{
  struct scene *scene = *state;
  prepare(scene);
  complete(scene, 1);
  struct ledger_entry entry = find(scene, "run_0");
  assert_string_equal(entry.execution[0], "run_01");
  assert_string_equal(entry.execution[1], "sales");
  assert_string_equal(entry.execution[3], "2026-01-02 00:00:00");
  assert_string_equal(entry.execution[5], "7");
  assert_string_equal(entry.execution[7], "5");
  assert_string_equal(entry.summary_json, summary);
  assert_string_equal(entry.schema_version, "41a869012cfe7cccc4e80885e21c06d0_20260102000000");
  assert_int_equal(entry.rules.n_rows, 1);
  assert_string_equal(entry.rules.cells[0], "positive");
  assert_string_equal(entry.rules.cells[1], "quarantine");
  assert_string_equal(entry.rules.cells[2], "1");
  assert_int_equal(entry.files.n_rows, 4); /* two inputs, an output, the quarantine */
  assert_string_equal(entry.files.cells[0], "input");
  assert_string_equal(entry.files.cells[1], "/in/a.csv");
}

static void ledger_find__refuses_what_is_the_start_of_several(void **state)
{
  struct scene *scene = *state;
  struct error err;
  struct ledger_entry entry;
  bool is_found = false;
  prepare(scene);
  complete(scene, 1);
  complete(scene, 2);
  assert_false(ledger_find(&scene->arena, &scene->warehouse, "run_", &entry, &is_found, &err));
  assert_int_equal(err.kind, ERROR_CONFIG);
  assert_contains(err.message, "2 runs begin with \"run_\"");
  assert_done(ledger_find(&scene->arena, &scene->warehouse, "ran", &entry, &is_found, &err));
  assert_false(is_found);
}

static void ledger_list__has_the_newest_first(void **state)
{
  struct scene *scene = *state;
  struct error err;
  struct table table;
  prepare(scene);
  for (int day = 1; day <= 3; day++)
    complete(scene, day);
  assert_done(ledger_list(&scene->arena, &scene->warehouse, NULL, 2, &table, &err));
  assert_int_equal(table.n_rows, 2);
  assert_string_equal(table.cells[0], "run_03");
  assert_string_equal(table.cells[table.n_columns], "run_02");
  assert_done(ledger_list(&scene->arena, &scene->warehouse, "other", 9, &table, &err));
  assert_int_equal(table.n_rows, 0);
}

static void ledger_inputs__are_exact_to_the_microsecond(void **state)
{
  struct scene *scene = *state;
  struct error err;
  struct ledger_input *inputs = NULL;
  size_t count = 0;
  prepare(scene);
  struct run run = complete(scene, 1);
  assert_done(ledger_inputs(&scene->arena, &scene->warehouse, "sales", &inputs, &count, &err));
  assert_int_equal(count, 2);
  size_t local = strcmp(inputs[0].path, "/in/a.csv") == 0 ? 0 : 1;
  assert_string_equal(inputs[local].run_id, run.id);
  assert_int_equal(inputs[local].bytes, 10);
  assert_int_equal(inputs[local].modified_us, files[0].modified_us);
  assert_int_equal(inputs[local].changed_us, files[0].changed_us);
  assert_int_equal(inputs[local].started_us, run.instant_us);
  assert_string_equal(inputs[local].md5, "aa");
  assert_null(inputs[local].etag);
  assert_string_equal(inputs[1 - local].path, "s3://raw/b.csv");
  assert_int_equal(inputs[1 - local].modified_us, -1);
  assert_int_equal(inputs[1 - local].changed_us, 0);
  assert_string_equal(inputs[1 - local].etag, "e-1");
}

static void ledger_outputs__are_those_of_the_latest_run_that_wrote_the_file(void **state)
{
  static const char *const paths[] = { "/lake/sales/year=2026/part.parquet", "/lake/sales/unknown.parquet" };
  struct scene *scene = *state;
  struct error err;
  struct ledger_output *outputs = NULL;
  size_t count = 0;
  prepare(scene);
  complete(scene, 1);
  complete(scene, 2);
  assert_done(ledger_outputs(&scene->arena, &scene->warehouse, paths, 2, &outputs, &count, &err));
  assert_int_equal(count, 1);
  assert_string_equal(outputs[0].run_id, "run_02");
  assert_string_equal(outputs[0].inputs, "0-1");
}

static void ledger_find_same_input__only_where_every_file_is_unchanged(void **state)
{
  struct scene *scene = *state;
  struct error err;
  const char *run_id = NULL;
  prepare(scene);
  complete(scene, 1);
  assert_done(ledger_find_same_input(&scene->arena, &scene->warehouse, &plan, &run_id, &err));
  assert_string_equal(run_id, "run_01");
  files[0].modified_us++;
  assert_done(ledger_find_same_input(&scene->arena, &scene->warehouse, &plan, &run_id, &err));
  files[0].modified_us--;
  assert_null(run_id);
  plan.n_files = 1;
  assert_done(ledger_find_same_input(&scene->arena, &scene->warehouse, &plan, &run_id, &err));
  plan.n_files = 2;
  assert_null(run_id);
}

static void ledger_usual_rows__is_the_median_of_the_last_five(void **state)
{
  static const uint64_t read[] = { 9000, 10, 50, 20, 40, 0, 30 };
  struct scene *scene = *state;
  struct error err;
  uint64_t rows = 1;
  prepare(scene);
  for (size_t i = 0; i < ARRAY_LENGTH(read); i++) {
    assert_done(ledger_usual_rows(&scene->warehouse, &plan, &rows, &err));
    assert_int_equal(rows, i < 5 ? 0 : 40); /* of 9000, 10, 50, 20, 40 */
    struct run run = start(scene, (int)i);
    run.rows.read = read[i];
    record(scene, &run);
  }
  assert_done(ledger_usual_rows(&scene->warehouse, &plan, &rows, &err));
  assert_int_equal(rows, 30); /* of 10, 50, 20, 40, 30: one that read nothing does not count */
}

static void ledger_last_columns__are_those_of_the_last_completed_run(void **state)
{
  struct scene *scene = *state;
  struct error err;
  struct drift_columns found;
  prepare(scene);
  complete(scene, 1);
  start(scene, 2);
  assert_done(ledger_last_columns(&scene->arena, &scene->warehouse, &plan, &found, &err));
  assert_int_equal(found.count, 2);
  assert_string_equal(found.names[0], "id");
  assert_string_equal(found.types[0], "string");
  assert_string_equal(found.names[1], "n");
  assert_string_equal(found.types[1], "bigint");
}

static void ledger_complete__keeps_a_version_of_the_schema_once(void **state)
{
  struct scene *scene = *state;
  prepare(scene);
  complete(scene, 1);
  complete(scene, 2);
  assert_string_equal(ask(scene, "SELECT count(*) FROM warehouse.metadata.dataset_versions").cells[0], "1");
  char *first = schema.canonical;
  schema.canonical = (char[]){ "{}" };
  complete(scene, 3);
  schema.canonical = first;
  assert_string_equal(ask(scene, "SELECT count(*) FROM warehouse.metadata.dataset_versions").cells[0], "2");
}

static void ledger_recall_required__knows_the_columns_of_every_version(void **state)
{
  struct scene *scene = *state;
  struct error err;
  prepare(scene);
  complete(scene, 1);
  assert_done(ledger_recall_required(&scene->arena, &scene->warehouse, &plan, &err));
  assert_int_equal(scene->warehouse.required.n_rows, 1);
  assert_string_equal(scene->warehouse.required.cells[0], "id");
}

static struct ledger_lineage lineage_of(struct scene *scene, const char *path, const char *table, size_t expected)
{
  struct error err;
  struct ledger_lineage *runs = NULL;
  size_t count = 0;
  assert_done(ledger_find_lineage(&scene->arena, &scene->warehouse, path, table, 9, &runs, &count, &err));
  assert_int_equal(count, expected);
  return expected == 0 ? (struct ledger_lineage){ 0 } : runs[0];
}

static void ledger_find_lineage__by_a_file_a_folder_and_a_table(void **state)
{
  struct scene *scene = *state;
  prepare(scene);
  complete(scene, 1);
  complete(scene, 2);
  assert_string_equal(lineage_of(scene, "/in/a.csv", "/in/a.csv", 2).run_id, "run_02");
  assert_int_equal(lineage_of(scene, "/lake", "/lake", 2).files.n_rows, 4);
  lineage_of(scene, "/lak", "/lak", 0); /* a folder is not what its name begins with */
  struct ledger_lineage run = lineage_of(scene, "/here/gold.sales", "gold.sales", 2);
  assert_string_equal(run.gold_table, "gold.sales");
  assert_string_equal(run.gold_rows, "5");
}

/* Another process of this number, started before this one. */
static const char *gone_process(struct scene *scene)
{
  char *identity = process_identity(&scene->arena);
  size_t last = strlen(identity) - 1;
  identity[last] = identity[last] == '1' ? '2' : '1';
  return identity;
}

static size_t count_gone(struct scene *scene, const char *own_lock)
{
  struct error err;
  const char **ids = NULL;
  size_t count = 0;
  assert_done(ledger_find_gone(&scene->arena, &scene->warehouse, "sales", own_lock, &ids, &count, &err));
  return count;
}

static void ledger_find_gone__by_the_lock_or_by_the_process(void **state)
{
  struct scene *scene = *state;
  prepare(scene);
  complete(scene, 1);
  start(scene, 2);
  assert_int_equal(count_gone(scene, "another lock"), 0);
  assert_int_equal(count_gone(scene, "lock of sales"), 1);
  run_sql(scene,
          arena_printf(&scene->arena,
                       "UPDATE warehouse.metadata.pipeline_executions SET process = '%s' WHERE status = 'started'",
                       gone_process(scene)));
  assert_int_equal(count_gone(scene, "another lock"), 1);
  assert_string_equal(find(scene, "run_02").execution[2], "failed"); /* so people see it */
  expect_status(scene, "run_02", "started");                         /* and nothing is recorded by that */
}

static bool claim(struct scene *scene, const char *id, bool is_shared, bool is_there, struct error *err)
{
  struct run run = run_of(scene, 1);
  dataset.id.value = id;
  dataset.gold.shared = is_shared;
  bool is_done = ledger_check_gold_owner(&scene->warehouse, &plan, is_there, err) &&
                 ledger_claim_gold(&scene->warehouse, &plan, &run, is_there, err);
  dataset.id.value = "sales";
  dataset.gold.shared = false;
  return is_done;
}

static void ledger_claim_gold__keeps_other_datasets_out(void **state)
{
  struct scene *scene = *state;
  struct error err;
  prepare(scene);
  assert_done(claim(scene, "sales", false, false, &err));
  assert_done(claim(scene, "sales", false, true, &err));
  assert_false(claim(scene, "returns", false, true, &err));
  assert_int_equal(err.kind, ERROR_CONFIG);
  assert_contains(err.message, "belongs to dataset \"sales\"");
  assert_false(claim(scene, "returns", true, true, &err));
  assert_contains(err.message, "does not share it");
  assert_done(claim(scene, "sales", true, true, &err));
  assert_done(claim(scene, "returns", true, true, &err));
  assert_string_equal(ask(scene, "SELECT count(*) FROM warehouse.metadata.gold_tables").cells[0], "2");
  dataset.gold.table = "SALÉS";
  assert_done(claim(scene, "accented", false, true, &err));
  dataset.gold.table = "salés"; /* another table: DuckDB folds ASCII letters only */
  assert_done(claim(scene, "third", false, true, &err));
  dataset.gold.table = "salÉs";
  assert_false(claim(scene, "third", false, true, &err));
  dataset.gold.table = "sales";
  assert_done(claim(scene, "third", false, false, &err)); /* the table was dropped: it belongs to nobody */
  struct table owners =
      ask(scene, "SELECT dataset_name FROM warehouse.metadata.gold_tables WHERE table_name = 'sales'");
  assert_int_equal(owners.n_rows, 1);
  assert_string_equal(owners.cells[0], "third");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    CASE(ledger_status__follows_a_run),
    CASE(ledger_fail__records_the_message_and_nothing_else),
    CASE(ledger_complete__is_refused_to_a_run_that_was_taken_for_dead),
    CASE(ledger_settle__buries_what_is_started_and_leaves_what_is_completed),
    CASE(ledger_find__gives_all_of_a_run_by_the_start_of_its_id),
    CASE(ledger_find__refuses_what_is_the_start_of_several),
    CASE(ledger_list__has_the_newest_first),
    CASE(ledger_inputs__are_exact_to_the_microsecond),
    CASE(ledger_outputs__are_those_of_the_latest_run_that_wrote_the_file),
    CASE(ledger_find_same_input__only_where_every_file_is_unchanged),
    CASE(ledger_usual_rows__is_the_median_of_the_last_five),
    CASE(ledger_last_columns__are_those_of_the_last_completed_run),
    CASE(ledger_complete__keeps_a_version_of_the_schema_once),
    CASE(ledger_recall_required__knows_the_columns_of_every_version),
    CASE(ledger_find_lineage__by_a_file_a_folder_and_a_table),
    CASE(ledger_find_gone__by_the_lock_or_by_the_process),
    CASE(ledger_claim_gold__keeps_other_datasets_out),
  };
  return cmocka_run_group_tests(tests, scene_open_engine, scene_close_engine);
}
