/* pipeline_test: finds the files of cases, and tries each case in a transaction that is rolled back. */
#include "pipeline/cases_internal.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/workspace.h"
#include "config/catalog.h"
#include "pipeline/interruption.h"
#include "pipeline/job.h"
#include "pipeline/load.h"
#include "pipeline/refusals.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

struct testing {
  struct arena *arena;
  const struct cases_options *options;
  struct cases_result *result;
  const char *place; /* a directory of this test's own */
  const char **paths;
  size_t n_paths, paths_capacity;
  struct database *database; /* shared by all cases of one time zone */
  const char *timezone;
  int64_t instant_us; /* that the database answers */
  int64_t now_us;     /* of cases that do not say */
  size_t n_tried;
};

/* files */

static void add_path(struct testing *testing, const char *path)
{
  testing->paths =
      arena_grow(testing->arena, testing->paths, testing->n_paths, &testing->paths_capacity, sizeof(*testing->paths));
  testing->paths[testing->n_paths++] = path;
}

static bool walk(struct testing *testing, const char *folder, size_t depth, struct error *err)
{
  enum { DEEPEST = 64 };
  DIR *directory = opendir(folder);
  bool is_done = true;
  if (directory == NULL)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not list directory \"%s\": %s", folder, strerror(errno));
  if (depth == DEEPEST)
    is_done = fail(err, ERROR_ENVIRONMENT, NOWHERE, "folders over %d deep: \"%s\"", DEEPEST, folder);
  for (struct dirent *entry; is_done && (entry = readdir(directory)) != NULL;) {
    if (entry->d_name[0] == '.')
      continue;
    const char *path = strcmp(folder, ".") == 0 ? text_copy(testing->arena, text_from(entry->d_name))
                                                : path_join(testing->arena, folder, entry->d_name);
    if (entry->d_type != DT_LNK && path_is_directory(path))
      is_done = walk(testing, path, depth + 1, err);
    else if (case_file_has_name(path))
      add_path(testing, path);
  }
  closedir(directory);
  return is_done;
}

static bool find_files(struct testing *testing, struct error *err)
{
  for (size_t i = 0; i < testing->options->n_paths; i++) {
    const char *path = testing->options->paths[i];
    size_t before = testing->n_paths;
    if (!path_is_directory(path)) {
      if (!case_file_has_name(path) && config_kind_of(testing->arena, path) == CONFIG_DATASET) {
        fail(err, ERROR_CONFIG, NOWHERE, "\"%s\" is a dataset, a file of cases was expected", path);
        return add_hint(err, "Its cases are in a file that ends in _test.yml; `crisol test --record` writes one.");
      }
      add_path(testing, path);
      continue;
    }
    TRY(walk(testing, path, 0, err));
    if (testing->n_paths > before)
      qsort(testing->paths + before, testing->n_paths - before, sizeof(*testing->paths), compare_strings);
  }
  struct name_set names = { 0 };
  size_t count = testing->n_paths;
  testing->n_paths = 0;
  for (size_t i = 0; i < count; i++) /* a file and its folder may both be named */
    if (name_set_add(testing->arena, &names, text_from(testing->paths[i])) == testing->n_paths)
      testing->paths[testing->n_paths++] = testing->paths[i];
  return true;
}

/* a case */

static bool is_read(const struct plan_source *source, const struct plan_file *file, void *context)
{
  const struct trial *trial = context;
  (void)file;
  return !trial->is_model[source->config - trial->dataset.sources];
}

static bool make_plan(struct trial *trial, struct error *err)
{
  const struct pipeline_observer nobody = { 0 };
  struct problem_list problems = { .arena = trial->arena };
  bool is_built = false;
  TRY(plan_inputs(trial->arena, &trial->config, &trial->plan, err));
  plan_keep_files(trial->arena, &trial->plan, is_read, trial);
  if (trial->plan.n_files == 0)
    return fail(err, ERROR_CONFIG, trial->test->place, "the case gives nothing to any source");
  TRY(load_sources(trial->arena, trial->engine, &problems, &trial->plan, &is_built, err));
  return report_problems(&nobody, &problems, err) && is_built;
}

/* Rows are looked at where the case names some: each query costs the engine milliseconds. */
static unsigned outcomes_of(const struct case_expected *expected)
{
  return (expected->fates_place.value != NULL ? OUTCOME_OF_FATES : 0u) |
         (expected->counts[CASE_SILVER].rows != NULL ? OUTCOME_OF_SILVER : 0u) |
         (expected->counts[CASE_QUARANTINE].rows != NULL ? OUTCOME_OF_QUARANTINE : 0u) |
         (expected->counts[CASE_GOLD].rows != NULL ? OUTCOME_OF_GOLD : 0u);
}

/* Whether a partition's value may be one that no directory can be named by. */
static bool may_be_unnamed(const struct plan *plan)
{
  for (size_t i = 0; i < plan->n_partitions; i++) {
    enum type_id id = expr_type(plan->partitions[i].expr)->id;
    if (id == TYPE_STRING || id == TYPE_BINARY || id == TYPE_TIMESTAMP)
      return true;
  }
  return false;
}

/* What a run does of it, up to where it would write. Data that is refused is an answer. */
static bool judge(struct trial *trial, struct error *err)
{
  unsigned outcomes =
      trial->recorded != NULL ? OUTCOME_OF_SILVER | OUTCOME_OF_QUARANTINE : outcomes_of(&trial->test->expected);
  bool needs_fates = (outcomes & OUTCOME_OF_FATES) != 0;
  TRY(engine_stage(trial->engine, &trial->plan, &trial->run, err));
  if (needs_fates)
    TRY(engine_name_outcome(trial->engine, &trial->plan, &trial->run, OUTCOME_OF_FATES, err) &&
        cases_read_fates(trial, &trial->read, err));
  TRY(refuse_reading(trial->engine, &trial->plan, &trial->run, err));
  TRY(engine_deduplicate(trial->engine, &trial->plan, &trial->run, err));
  TRY(engine_account(trial->engine, &trial->plan, &trial->run, err));
  TRY(refuse_accounts(trial->engine, &trial->plan, &trial->run, err));
  if (may_be_unnamed(&trial->plan))
    TRY(engine_find_partitions(trial->engine, &trial->plan, &trial->run, err));
  TRY(!trial->dataset.gold.enabled || engine_count_conditions(trial->engine, &trial->plan, &trial->run, err));
  return engine_name_outcome(trial->engine, &trial->plan, &trial->run, outcomes & ~(unsigned)OUTCOME_OF_FATES, err);
}

static bool try_case(struct trial *trial, struct text_buffer *report, struct error *err)
{
  TRY(cases_give(trial, err));
  if (!make_plan(trial, &trial->refusal) || !judge(trial, &trial->refusal)) {
    if (trial->refusal.kind != ERROR_DATA) {
      *err = trial->refusal;
      return false;
    }
    hide_private_values(&trial->dataset, &trial->refusal);
    trial->is_refused = true;
  }
  return trial->recorded != NULL ? cases_record(trial, trial->recorded, err) : cases_compare(trial, report, err);
}

/* The instance keeps nothing of a case: its tables, views and functions are those of a transaction. */
static bool try_in_transaction(struct trial *trial, struct text_buffer *report, struct error *err)
{
  const struct engine_driver *driver = NULL;
  const struct engine_options options = { .database = trial->database,
                                          .instant_us = trial->run.instant_us,
                                          .env = &trial->loaded->env,
                                          .go_on = interruption_allows };
  TRY(engine_find(NULL, &driver, err));
  TRY(database_execute(trial->database, "BEGIN TRANSACTION", err));
  bool is_done = engine_open(driver, trial->arena, &options, &trial->engine, err);
  if (is_done) {
    interruption_engine(trial->engine);
    is_done = try_case(trial, report, err);
    interruption_engine(NULL);
  }
  struct error ignored;
  bool is_ended = database_execute(trial->database, "ROLLBACK", is_done ? err : &ignored);
  engine_close(&trial->engine); /* the readers, which functions of the transaction know */
  return is_done && is_ended;
}

static bool open_database(struct testing *testing, const struct config *config, struct error *err)
{
  const char *zone = config->dataset->timezone;
  const struct database_settings settings = {
    .timezone = zone,
    .threads = 1,
    .temp_directory = path_join(testing->arena, testing->place, name_unique(testing->arena, "spill-")),
  };
  if (testing->database != NULL && strcmp(zone, testing->timezone) == 0)
    return true;
  database_close(&testing->database);
  testing->timezone = zone;
  testing->instant_us = 0;
  TRY(database_open(&settings, &testing->database, err));
  /* Of a few rows nothing takes longer than planning: with it 100 cases take 3.0 s, without 2.4 (2 cores, debug). */
  return database_execute(testing->database, "PRAGMA disable_optimizer", err);
}

static bool try_alone(struct testing *testing, struct trial *trial, struct text_buffer *report, struct error *err)
{
  struct error ignored;
  TRY(interruption_check(err));
  TRY(open_database(testing, trial->loaded, err));
  if (testing->instant_us != trial->run.instant_us)
    TRY(database_set_instant(testing->database, trial->run.instant_us, err));
  testing->instant_us = trial->run.instant_us;
  TRY(directory_create(trial->place, err));
  trial->database = testing->database;
  bool is_done = try_in_transaction(trial, report, err);
  return path_remove(trial->place, is_done ? err : &ignored) && is_done;
}

static void run_case(struct testing *testing, const struct case_file *file, const struct config *config,
                     struct name_set *known, struct text_buffer *recorded, struct case_result *result)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  SCOPED(text_buffer_done) struct text_buffer report = { 0 };
  struct error err = { 0 };
  double started = clock_seconds();
  int64_t now_us = result->test->now_us != 0 ? result->test->now_us : testing->now_us;
  struct trial trial = {
    .arena = &arena,
    .file = file,
    .test = result->test,
    .loaded = config,
    .known = known,
    .place = path_join(&arena, testing->place, arena_printf(&arena, "%zu", ++testing->n_tried)),
    .run = { .arena = &arena, .id = "test", .instant_us = now_us, .engine = "duckdb" },
    .recorded = recorded,
  };
  place_position(result->test->place, &result->line, &result->column);
  bool is_done = try_alone(testing, &trial, &report, &err);
  result->seconds = clock_seconds() - started;
  result->status = !is_done ? CASE_BROKEN : report.length > 0 ? CASE_FAILS : CASE_HOLDS;
  result->report = text_copy(testing->arena, text_buffer_text(&report));
  if (is_done)
    return;
  hide_private_values(config->dataset, &err);
  result->error = arena_alloc(testing->arena, sizeof(err));
  *result->error = err;
}

/* a file */

static bool load_dataset(struct testing *testing, const struct case_file *file, struct problem_list *problems,
                         struct config **ret_config)
{
  const struct pipeline_options *run = testing->options->run;
  const struct config_options options = {
    .dataset_path = file->dataset_path,
    .env_path = run->env,
    .overrides = run->overrides,
    .n_overrides = run->n_overrides,
    .leaves_database = true,
  };
  if (!file_exists(file->dataset_path)) {
    problem_at(problems, file->dataset.place, "the dataset \"%s\" is not there", file->dataset_path);
    return false;
  }
  TRY(config_load(testing->arena, &options, problems, ret_config));
  load_move_outputs(testing->arena, path_join(testing->arena, testing->place, "out"), *ret_config);
  (*ret_config)->env.duckdb.threads = 1; /* a case is small */
  (*ret_config)->env.duckdb.temp_directory = NULL;
  return true;
}

static bool is_chosen(const struct testing *testing, const struct test_case *test)
{
  return testing->options->only == NULL || strcmp(testing->options->only, test->name.value) == 0;
}

/* Whether its cases can be tried; what is wrong is told, and the first of it is the file's error. */
static bool open_file(struct testing *testing, const char *path, struct case_file_result *result,
                      struct case_file **ret_file, struct config **ret_config)
{
  struct problem_list problems = { .arena = testing->arena };
  struct error err = { 0 };
  bool is_sound = case_file_load(testing->arena, path, &problems, ret_file);
  is_sound = is_sound && load_dataset(testing, *ret_file, &problems, ret_config);
  if (report_problems(&testing->options->run->observer, &problems, &err) && is_sound)
    return true;
  const struct pipeline_observer nobody = { 0 };
  result->error = arena_alloc(testing->arena, sizeof(err));
  *result->error = err;
  if (report_problems(&nobody, &problems, &err))
    BUG("a file of cases was refused without a problem");
  *result->error = err;
  return false;
}

/* In the order in which they matter to whoever sees one exit code for all. */
static void note_worst(struct cases_result *all, enum error_kind kind)
{
  static const enum error_kind order[] = { ERROR_TERMINATED, ERROR_INTERRUPTED, ERROR_DEFECT, ERROR_CONFIG,
                                           ERROR_DATA,       ERROR_ENVIRONMENT, ERROR_LOCKED };
  for (size_t i = 0; i < ARRAY_LENGTH(order); i++)
    if (order[i] == all->worst || order[i] == kind) {
      all->worst = order[i];
      return;
    }
}

static void count(struct cases_result *all, const struct case_result *result)
{
  all->n_hold += result->status == CASE_HOLDS;
  all->n_fail += result->status == CASE_FAILS;
  all->n_broken += result->status == CASE_BROKEN;
  if (result->status != CASE_HOLDS)
    note_worst(all, result->status == CASE_FAILS ? ERROR_DATA : result->error->kind);
}

static void run_file(struct testing *testing, const char *path, struct case_file_result *result)
{
  struct case_file *file = NULL;
  struct config *config = NULL;
  *result = (struct case_file_result){ .path = path };
  if (!open_file(testing, path, result, &file, &config)) {
    testing->result->n_broken++;
    note_worst(testing->result, result->error->kind);
    return;
  }
  struct name_set *known = cases_known_columns(testing->arena, file, config->dataset);
  result->dataset = config->dataset->id.value;
  result->cases = arena_array(testing->arena, file->n_cases + 1, sizeof(*result->cases));
  for (size_t i = 0; i < file->n_cases; i++) {
    if (!is_chosen(testing, &file->cases[i]))
      continue;
    struct case_result *one = &result->cases[result->n_cases++];
    one->test = &file->cases[i];
    run_case(testing, file, config, known, NULL, one);
    count(testing->result, one);
  }
}

static const char *choose_place(struct arena *arena)
{
  return path_join(arena, path_absolute(arena, temporary_directory()), name_unique(arena, "crisol-test-"));
}

/* The case of the file, as far as it is written; its expectations are not there yet, so that some stand in. */
static bool try_for_record(struct testing *testing, const char *path, struct text_buffer *out, struct error *err)
{
  const struct pipeline_observer nobody = { 0 };
  struct problem_list problems = { .arena = testing->arena };
  struct case_file *file = NULL;
  struct config *config = NULL;
  const char *draft = path_join(testing->arena, testing->place, "draft_test.yml");
  size_t length = out->length;
  text_buffer_add_string(out, "      read: 0\n");
  TRY(file_write(draft, text_buffer_text(out), err));
  out->length = length;
  out->data[length] = '\0';
  bool is_sound = case_file_load(testing->arena, draft, &problems, &file);
  TRY(report_problems(&nobody, &problems, err) && is_sound);
  file->path = path;
  file->dataset_path = testing->options->run->dataset;
  is_sound = load_dataset(testing, file, &problems, &config);
  TRY(report_problems(&nobody, &problems, err) && is_sound);
  struct case_result result = { .test = &file->cases[0] };
  struct name_set *known = cases_known_columns(testing->arena, file, config->dataset);
  run_case(testing, file, config, known, out, &result);
  if (result.status != CASE_BROKEN)
    return true;
  *err = *result.error;
  return false;
}

bool cases_try_for_record(struct arena *arena, const struct pipeline_options *options, const char *path,
                          struct text_buffer *out, struct error *err)
{
  const struct cases_options asked = { .run = options };
  struct cases_result result = { 0 };
  struct testing testing = { .arena = arena, .options = &asked, .result = &result, .place = choose_place(arena) };
  struct workspace *workspace = NULL;
  log_set_receiver(options->observer.log, options->observer.context);
  bool is_done = workspace_new(testing.place, &workspace, err) && try_for_record(&testing, path, out, err);
  database_close(&testing.database);
  workspace_remove(&workspace);
  log_set_receiver(NULL, NULL);
  return is_done;
}

static bool run_all(struct testing *testing, struct error *err)
{
  struct cases_result *result = testing->result;
  TRY(find_files(testing, err));
  result->files = arena_array(testing->arena, testing->n_paths + 1, sizeof(*result->files));
  for (size_t i = 0; i < testing->n_paths; i++) {
    TRY(interruption_check(err));
    run_file(testing, testing->paths[i], &result->files[result->n_files++]);
  }
  return interruption_check(err);
}

bool pipeline_test(struct arena *arena, const struct cases_options *options, struct cases_result *ret_result,
                   struct error *err)
{
  struct testing testing = {
    .arena = arena, .options = options, .result = ret_result, .place = choose_place(arena), .now_us = clock_now_us()
  };
  struct workspace *workspace = NULL;
  double started = clock_seconds();
  *ret_result = (struct cases_result){ 0 };
  interruption_begin("");
  log_set_receiver(options->run->observer.log, options->run->observer.context);
  bool is_done = workspace_new(testing.place, &workspace, err) && run_all(&testing, err);
  database_close(&testing.database);
  workspace_remove(&workspace);
  log_set_receiver(NULL, NULL);
  ret_result->seconds = clock_seconds() - started;
  return is_done;
}
