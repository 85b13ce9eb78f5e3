/* The life of a lake on a local disk, with an engine that only pretends: what readers see before, between and after the
 * steps, and what a run that ends in any of them leaves. */
#include "support.h"

#include "base/file.h"
#include "lake/lake_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { N_COLUMNS = 2, N_FILES = 2 };

/* The lake of the dataset "sales", in partitions k=1 and k=2 unless a test has it otherwise. */
struct scene {
  struct engine engine;
  struct arena arena;
  char root[64];
  struct config config;
  struct dataset dataset;
  struct source_config source_config;
  struct plan_source source;
  struct plan_column columns[N_COLUMNS];
  struct plan_partition partitions[1];
  struct plan plan;
  uint64_t written[N_FILES]; /* rows that the engine writes into each file */
  const char *standing_names[3];
  const struct type *standing_types[3];
  size_t n_standing; /* columns that the engine finds in the lake */
};

/* Parquet of up to 63 rows as its footer has it. */
static void write_parquet(const char *path, uint64_t rows)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  struct error err;
  const char said = (char)(rows * 2); /* zigzag */
  text_buffer_add_string(&out, "PAR1");
  text_buffer_add(&out, "\x15\x02\x19\x1C\x48\x01r\x00\x16", 9); /* version, schema, num_rows */
  text_buffer_add(&out, &said, 1);
  text_buffer_add(&out, "\x19\x1C\x19\x1C\x16\x02\x1C\x25\x02\x00\x00\x16\x00\x16", 14); /* one row group */
  text_buffer_add(&out, &said, 1);
  text_buffer_add(&out, "\x00\x00", 2);
  const char size = (char)(out.length - 4);
  text_buffer_add(&out, &size, 1);
  text_buffer_add(&out, "\0\0\0PAR1", 7);
  assert_done(file_write(path, text_buffer_text(&out), &err));
}

static bool write_silver(struct engine *engine, const struct plan *plan, struct run *run, const char *directory,
                         const char *file_name, struct error *err)
{
  const struct scene *scene = (const struct scene *)engine;
  run->n_silver_files = plan->n_partitions == 0 ? 1 : run->n_partitions;
  run->silver_files = arena_array(run->arena, run->n_silver_files, sizeof(*run->silver_files));
  for (size_t i = 0; i < run->n_silver_files; i++) {
    const char *name =
        plan->n_partitions == 0 ? file_name : path_join(run->arena, run->partition_directories[i], file_name);
    const char *path = path_join(run->arena, directory, name);
    TRY(directory_create(path_directory(run->arena, path), err));
    write_parquet(path, scene->written[i]);
    run->silver_files[i] = (struct run_file){ .path = name, .rows = i + 3, .bytes = file_size(path) };
  }
  return true;
}

static bool write_quarantine(struct engine *engine, const struct plan *plan, const struct run *run, const char *path,
                             uint64_t *ret_rows, struct error *err)
{
  (void)engine;
  (void)plan;
  (void)err;
  write_parquet(path, run->rows.quarantined);
  *ret_rows = run->rows.quarantined;
  return true;
}

static bool read_lake_columns(struct engine *engine, struct arena *arena, struct s3 *s3, const char *const *paths,
                              size_t n_paths, const char ***ret_names, const struct type ***ret_types,
                              size_t *ret_count, struct error *err)
{
  struct scene *scene = (struct scene *)engine;
  (void)arena;
  (void)s3;
  (void)paths;
  (void)err;
  assert_int_equal(n_paths, 1);
  *ret_names = scene->standing_names;
  *ret_types = scene->standing_types;
  *ret_count = scene->n_standing;
  return true;
}

static bool count_lake_rows(struct engine *engine, struct s3 *s3, const char *const *paths, size_t n_paths,
                            uint64_t *ret_rows, struct error *err)
{
  (void)engine;
  (void)s3;
  (void)err;
  for (size_t i = 0; i < n_paths; i++)
    ret_rows[i] = file_size(paths[i]);
  return true;
}

static const struct engine_driver driver = { .name = "pretender",
                                             .write_silver = write_silver,
                                             .write_quarantine = write_quarantine,
                                             .read_lake_columns = read_lake_columns,
                                             .count_lake_rows = count_lake_rows };

static const char *path_of(struct scene *scene, const char *name)
{
  return path_join(&scene->arena, scene->root, name);
}

static void make_plan(struct scene *scene)
{
  scene->engine = (struct engine){ .driver = &driver };
  scene->dataset = (struct dataset){ .id = { .value = "sales" },
                                     .silver = { .mode = SILVER_OVERWRITE_DYNAMIC, .merge_schema = true } };
  scene->config = (struct config){ .dataset = &scene->dataset, .env = { .state = scene->root, .duckdb.threads = 2 } };
  scene->source = (struct plan_source){ .config = &scene->source_config };
  scene->columns[0] = (struct plan_column){ .name = "id", .type = type_simple(TYPE_STRING) };
  scene->columns[1] = (struct plan_column){ .name = "n", .type = type_simple(TYPE_INT) };
  scene->partitions[0] = (struct plan_partition){ .name = "k", .column = NO_COLUMN };
  scene->plan = (struct plan){ .config = &scene->config,
                               .dataset = &scene->dataset,
                               .sources = &scene->source,
                               .n_sources = 1,
                               .columns = scene->columns,
                               .n_columns = N_COLUMNS,
                               .n_named = N_COLUMNS,
                               .column_names = { .ignores_case = true },
                               .partitions = scene->partitions,
                               .n_partitions = 1,
                               .silver_path = path_of(scene, "lake/sales"),
                               .quarantine_path = path_of(scene, "bad/sales") };
  for (size_t i = 0; i < N_COLUMNS; i++)
    name_set_add(&scene->arena, &scene->plan.column_names, text_from(scene->columns[i].name));
  scene->written[0] = 3;
  scene->written[1] = 4;
}

static int set_up(void **state)
{
  struct scene *scene = calloc(1, sizeof(*scene));
  assert_non_null(scene);
  *state = scene;
  snprintf(scene->root, sizeof(scene->root), "/tmp/crisol-lake-XXXXXX");
  if (mkdtemp(scene->root) == NULL)
    return 1;
  make_plan(scene);
  return 0;
}

static int tear_down(void **state)
{
  struct scene *scene = *state;
  struct error err;
  bool is_removed = path_remove(scene->root, &err);
  arena_done(&scene->arena);
  free(scene);
  return is_removed ? 0 : 1;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

/* A run of 7 rows, 3 in partition k=1 and 4 in k=2. */
static struct run run_of(struct scene *scene, const char *id)
{
  static const char *directories[] = { "k=1", "k=2" };
  return (struct run){ .arena = &scene->arena,
                       .id = id,
                       .rows = { .read = 7, .passed = 7 },
                       .n_partitions = N_FILES,
                       .partition_directories = directories };
}

static void put(struct scene *scene, const char *name)
{
  struct error err;
  const char *path = path_of(scene, name);
  assert_done(directory_create(path_directory(&scene->arena, path), &err));
  write_parquet(path, 1);
}

static bool has(struct scene *scene, const char *name)
{
  return file_exists(path_of(scene, name));
}

static void open_lake(struct scene *scene, const struct run *run, struct lake *ret_lake)
{
  struct error err;
  assert_done(lake_open(&scene->arena, &scene->plan, run, ret_lake, &err));
  assert_done(lake_find_left_overs(ret_lake, &err));
}

/* Up to the publication; the warehouse would commit then. */
static void publish(struct scene *scene, struct run *run, struct lake *ret_lake)
{
  struct error err;
  open_lake(scene, run, ret_lake);
  assert_done(lake_write_silver(ret_lake, &scene->engine, run, &err));
  assert_done(lake_write_quarantine(ret_lake, &scene->engine, run, &err));
  assert_done(lake_publish(ret_lake, &err));
}

static void finish(struct lake *lake)
{
  struct error err;
  assert_done(lake_finish(lake, &err));
  lake_close(lake);
}

static void lake_write_silver__changes_nothing_that_readers_see(void **state)
{
  struct scene *scene = *state;
  struct error err;
  struct lake lake = { 0 };
  struct run run = run_of(scene, "run1");
  put(scene, "lake/sales/k=1/old.parquet");
  open_lake(scene, &run, &lake);
  assert_done(lake_write_silver(&lake, &scene->engine, &run, &err));
  assert_int_equal(run.rows.silver, 7);
  assert_true(run.silver_files[0].md5[0] != '\0');
  assert_true(has(scene, "lake/sales/k=1/old.parquet"));
  assert_false(has(scene, "lake/sales/k=2"));
  lake_close(&lake);
  assert_true(has(scene, "lake/sales/k=1/old.parquet"));
  assert_false(has(scene, "lake/.sales.crisol/sales/run1"));
}

static void lake_publish__replaces_the_partitions_of_the_run(void **state)
{
  struct scene *scene = *state;
  struct lake lake = { 0 };
  struct run run = run_of(scene, "run1");
  put(scene, "lake/sales/k=1/old.parquet");
  put(scene, "lake/sales/k=9/old.parquet");
  publish(scene, &run, &lake);
  finish(&lake);
  assert_true(has(scene, "lake/sales/k=1/part-run1.parquet"));
  assert_true(has(scene, "lake/sales/k=2/part-run1.parquet"));
  assert_false(has(scene, "lake/sales/k=1/old.parquet"));
  assert_true(has(scene, "lake/sales/k=9/old.parquet"));
  assert_false(has(scene, "lake/.sales.crisol/sales/run1"));
  assert_true(has(scene, "lake/.sales.crisol/sales/lock")); /* stays: see lock.h */
}

static void lake_publish__replaces_all_under_overwrite(void **state)
{
  struct scene *scene = *state;
  struct lake lake = { 0 };
  struct run run = run_of(scene, "run1");
  scene->dataset.silver.mode = SILVER_OVERWRITE;
  put(scene, "lake/sales/k=9/old.parquet");
  publish(scene, &run, &lake);
  finish(&lake);
  assert_true(has(scene, "lake/sales/k=2/part-run1.parquet"));
  assert_false(has(scene, "lake/sales/k=9"));
}

static void lake_publish__adds_files_under_append(void **state)
{
  struct scene *scene = *state;
  struct lake lake = { 0 };
  struct run run = run_of(scene, "run1");
  scene->dataset.silver.mode = SILVER_APPEND;
  put(scene, "lake/sales/k=1/old.parquet");
  publish(scene, &run, &lake);
  finish(&lake);
  assert_true(has(scene, "lake/sales/k=1/part-run1.parquet"));
  assert_true(has(scene, "lake/sales/k=1/old.parquet"));
}

static void lake_publish__puts_the_quarantine_into_a_directory_of_the_run(void **state)
{
  struct scene *scene = *state;
  struct lake lake = { 0 };
  struct run run = run_of(scene, "run1");
  run.rows.quarantined = 2;
  put(scene, "bad/sales/run_id=run0/part-run0.parquet");
  publish(scene, &run, &lake);
  assert_string_equal(run.quarantine_file, path_of(scene, "bad/sales/run_id=run1/part-run1.parquet"));
  assert_true(run.quarantine_bytes > 0);
  finish(&lake);
  assert_true(file_exists(run.quarantine_file));
  assert_true(has(scene, "bad/sales/run_id=run0/part-run0.parquet"));
  assert_false(has(scene, "bad/.sales.crisol")); /* nothing is left of its staging place */
}

static void lake_undo__gives_back_what_was_there(void **state)
{
  struct scene *scene = *state;
  struct error err;
  struct lake lake = { 0 };
  struct run run = run_of(scene, "run1");
  put(scene, "lake/sales/k=1/old.parquet");
  publish(scene, &run, &lake);
  assert_false(has(scene, "lake/sales/k=1/old.parquet"));
  assert_done(lake_undo(&lake, &err));
  lake_close(&lake);
  assert_true(has(scene, "lake/sales/k=1/old.parquet"));
  assert_false(has(scene, "lake/sales/k=2"));
}

static void lake_write_silver__is_a_defect_where_the_books_do_not_balance(void **state)
{
  struct scene *scene = *state;
  struct error err;
  struct lake lake = { 0 };
  struct run run = run_of(scene, "run1");
  open_lake(scene, &run, &lake);
  scene->written[1] = 5; /* and the engine says 4 */
  assert_false(lake_write_silver(&lake, &scene->engine, &run, &err));
  assert_int_equal(err.kind, ERROR_DEFECT);
  assert_contains(err.message, "was written with 5 rows, not 4");
  lake_close(&lake);
  open_lake(scene, &run, &lake);
  scene->written[1] = 4;
  run.rows.passed = 8;
  assert_false(lake_write_silver(&lake, &scene->engine, &run, &err));
  assert_int_equal(err.kind, ERROR_DEFECT);
  assert_contains(err.message, "8 rows passed, silver holds 7");
  lake_close(&lake);
}

static void lake_open__lets_one_run_in_at_a_time(void **state)
{
  struct scene *scene = *state;
  struct error err;
  struct lake first = { 0 }, second = { 0 };
  struct run run = run_of(scene, "run1"), other = run_of(scene, "run2");
  open_lake(scene, &run, &first);
  assert_false(lake_open(&scene->arena, &scene->plan, &other, &second, &err));
  assert_int_equal(err.kind, ERROR_LOCKED);
  assert_contains(err.message, "run1");
  lake_close(&second); /* was never opened */
  lake_close(&first);
  open_lake(scene, &other, &second);
  lake_close(&second);
}

static void lake_find_left_overs__removes_what_died_before_it_published(void **state)
{
  struct scene *scene = *state;
  struct lake lake = { 0 };
  struct run run = run_of(scene, "run2");
  put(scene, "lake/.sales.crisol/sales/run1/silver/k=1/part-run1.parquet");
  put(scene, "lake/.sales.crisol/other/run1/silver/k=1/part-run1.parquet"); /* of another dataset */
  open_lake(scene, &run, &lake);
  assert_int_equal(lake.n_dead, 0);
  assert_false(has(scene, "lake/.sales.crisol/sales/run1"));
  assert_true(has(scene, "lake/.sales.crisol/other/run1"));
  lake_close(&lake);
}

/* A run dies after its publication: `is_committed` says what its database has of it. */
static void recover(struct scene *scene, bool is_committed)
{
  struct error err;
  struct lake dead = { 0 }, lake = { 0 };
  struct run run = run_of(scene, "run1"), next = run_of(scene, "run2");
  put(scene, "lake/sales/k=1/old.parquet");
  publish(scene, &run, &dead);
  lake_leave(&dead);
  lake_close(&dead);
  open_lake(scene, &next, &lake);
  assert_int_equal(lake.n_dead, 1);
  assert_string_equal(lake.dead[0], "run1");
  assert_done(lake_recover(&lake, "run1", is_committed, &err));
  lake_close(&lake);
  assert_true(has(scene, "lake/sales/k=1/old.parquet") == !is_committed);
  assert_true(has(scene, "lake/sales/k=1/part-run1.parquet") == is_committed);
  assert_true(has(scene, "lake/sales/k=2/part-run1.parquet") == is_committed);
  assert_false(has(scene, "lake/.sales.crisol/sales/run1"));
}

static void lake_recover__takes_back_what_was_not_committed(void **state)
{
  recover(*state, false);
}

static void lake_recover__leaves_what_was_committed(void **state)
{
  recover(*state, true);
}

/* The column n of the lake that is there, and of the run. */
static const struct {
  enum type_id standing, ran;
  bool merge_schema;
  const char *refusal; /* NULL: none */
  enum type_id written;
} merges[] = {
  { TYPE_INT, TYPE_INT, false, NULL, TYPE_INT },
  { TYPE_BIGINT, TYPE_INT, true, NULL, TYPE_BIGINT },
  { TYPE_BIGINT, TYPE_INT, false, "silver column \"n\" is bigint in the lake, this run makes it int", 0 },
  { TYPE_STRING, TYPE_INT, true, "silver column \"n\" is string in the lake, this run makes it int", 0 },
  { TYPE_DATE, TYPE_INT, true, "silver column \"n\" is date in the lake, this run makes it int", 0 },
};

static bool check_columns(struct scene *scene, struct run *run, struct error *err)
{
  const struct lake lake = { .plan = &scene->plan, .run = run, .arena = &scene->arena };
  return lake_check_columns(&lake, &scene->engine, run, err);
}

static void set_standing(struct scene *scene, size_t index, const char *name, enum type_id type)
{
  scene->standing_names[index] = name;
  scene->standing_types[index] = type_simple(type);
  scene->n_standing = index + 1;
}

static void lake_check_columns__widens_or_refuses_a_type(void **state)
{
  struct scene *scene = *state;
  struct error err;
  put(scene, "lake/sales/k=1/old.parquet");
  for (size_t i = 0; i < ARRAY_LENGTH(merges); i++) {
    struct run run = run_of(scene, "run1");
    set_standing(scene, 0, "id", TYPE_STRING);
    set_standing(scene, 1, "n", merges[i].standing);
    scene->columns[1].type = type_simple(merges[i].ran);
    scene->dataset.silver.merge_schema = merges[i].merge_schema;
    if (merges[i].refusal != NULL) {
      assert_false(check_columns(scene, &run, &err));
      assert_int_equal(err.kind, ERROR_CONFIG);
      assert_string_equal(err.message, merges[i].refusal);
      continue;
    }
    assert_done(check_columns(scene, &run, &err));
    const struct type *written = run.silver_types[1] != NULL ? run.silver_types[1] : scene->columns[1].type;
    assert_int_equal(written->id, merges[i].written);
  }
}

static void lake_check_columns__lets_columns_come_and_go_where_schemas_merge(void **state)
{
  struct scene *scene = *state;
  struct error err;
  struct run run = run_of(scene, "run1");
  put(scene, "lake/sales/k=1/old.parquet");
  set_standing(scene, 0, "ID", TYPE_STRING); /* and another case of a name stays */
  set_standing(scene, 1, "gone", TYPE_INT);
  set_standing(scene, 2, "_run_id", TYPE_STRING);
  assert_done(check_columns(scene, &run, &err));
  assert_string_equal(run.silver_names[0], "ID");
  assert_null(run.silver_names[1]);
  scene->dataset.silver.merge_schema = false;
  assert_false(check_columns(scene, &run, &err));
  assert_contains(err.message, "silver column \"n\" is not in the lake, and merge_schema is false");
  scene->standing_names[2] = "n";
  scene->standing_types[2] = type_simple(TYPE_INT);
  assert_false(check_columns(scene, &run, &err));
  assert_contains(err.message, "silver column \"gone\" of the lake is not in the source");
}

static void lake_check_columns__looks_at_no_lake_that_is_replaced_or_not_there(void **state)
{
  struct scene *scene = *state;
  struct error err;
  struct run run = run_of(scene, "run1");
  set_standing(scene, 0, "n", TYPE_DATE);
  put(scene, "lake/sales/.hidden/old.parquet");
  assert_done(check_columns(scene, &run, &err)); /* what is hidden is none of the lake's: its type would be refused */
  put(scene, "lake/sales/k=1/old.parquet");
  scene->dataset.silver.mode = SILVER_OVERWRITE;
  assert_done(check_columns(scene, &run, &err));
  assert_null(run.silver_types);
}

static void lake_list_standing__has_the_files_of_the_run_s_partitions(void **state)
{
  struct scene *scene = *state;
  struct error err;
  struct run run = run_of(scene, "run1");
  const struct lake lake = { .plan = &scene->plan, .run = &run, .arena = &scene->arena };
  struct standing_file *files = NULL;
  size_t count = 0;
  put(scene, "lake/sales/k=2/old.parquet");
  put(scene, "lake/sales/k=2/older.parquet");
  put(scene, "lake/sales/k=2/.old.parquet");
  put(scene, "lake/sales/k=2/notes.txt");
  put(scene, "lake/sales/k=9/old.parquet");
  assert_done(lake_list_standing(&scene->arena, &lake, false, &files, &count, &err));
  assert_int_equal(count, 2);
  assert_int_equal(files[0].partition, 1);
  assert_done(lake_count_standing(&lake, &scene->engine, files, count, &err));
  assert_string_equal(files[0].path, path_of(scene, "lake/sales/k=2/old.parquet"));
  assert_int_equal(files[0].rows, file_size(files[0].path));
  assert_done(lake_list_standing(&scene->arena, &lake, true, &files, &count, &err));
  assert_int_equal(count, 3);
}

static void lake_is_hidden__by_any_part_of_a_key(void **state)
{
  (void)state;
  assert_true(lake_is_hidden(".crisol/sales/lock"));
  assert_true(lake_is_hidden("k=1/.old.parquet"));
  assert_false(lake_is_hidden("k=1/old.parquet"));
  assert_false(lake_is_hidden("k=1.5/old.parquet"));
  assert_false(lake_is_hidden(""));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    CASE(lake_write_silver__changes_nothing_that_readers_see),
    CASE(lake_publish__replaces_the_partitions_of_the_run),
    CASE(lake_publish__replaces_all_under_overwrite),
    CASE(lake_publish__adds_files_under_append),
    CASE(lake_publish__puts_the_quarantine_into_a_directory_of_the_run),
    CASE(lake_undo__gives_back_what_was_there),
    CASE(lake_write_silver__is_a_defect_where_the_books_do_not_balance),
    CASE(lake_open__lets_one_run_in_at_a_time),
    CASE(lake_find_left_overs__removes_what_died_before_it_published),
    CASE(lake_recover__takes_back_what_was_not_committed),
    CASE(lake_recover__leaves_what_was_committed),
    CASE(lake_check_columns__widens_or_refuses_a_type),
    CASE(lake_check_columns__lets_columns_come_and_go_where_schemas_merge),
    CASE(lake_check_columns__looks_at_no_lake_that_is_replaced_or_not_there),
    CASE(lake_list_standing__has_the_files_of_the_run_s_partitions),
    cmocka_unit_test(lake_is_hidden__by_any_part_of_a_key),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
