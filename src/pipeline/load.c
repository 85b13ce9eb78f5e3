#include "pipeline/load.h"

#include "base/background.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/workspace.h"
#include "pipeline/interruption.h"
#include "store/s3.h"

/* Whether one of the dataset's paths is in an object store, after mounts. */
static bool needs_s3(struct arena *arena, const struct config *config)
{
  const struct dataset *dataset = config->dataset;
  bool needs =
      path_is_remote(config_resolve(arena, &config->env, dataset->silver.path)) ||
      (dataset->quarantine.value != NULL && path_is_remote(config_resolve(arena, &config->env, dataset->quarantine)));
  for (size_t s = 0; s < dataset->n_sources; s++)
    for (size_t i = 0; i < dataset->sources[s].paths.count; i++)
      needs = needs || path_is_remote(config_resolve(arena, &config->env, dataset->sources[s].paths.items[i]));
  return needs;
}

/* Several datasets of one command share the client: env.yml is the same. */
static bool open_s3(struct arena *arena, struct s3 **s3, struct config *config, struct problem_list *problems)
{
  struct error err;
  if (*s3 == NULL && needs_s3(arena, config)) {
    struct s3_settings settings = config->env.s3;
    settings.go_on = interruption_allows;
    bool is_open = s3_settings_complete(arena, &settings, &err);
    if (!config->env.has_path_style)
      settings.path_style = settings.endpoint != NULL;
    if (!is_open || !s3_open(&settings, s3, &err)) {
      problem_add(problems, &err, false);
      return false;
    }
  }
  config->s3 = *s3;
  return true;
}

void load_move_outputs(struct arena *arena, const char *place, struct config *config)
{
  struct dataset *dataset = config->dataset;
  dataset->silver.path.value = path_join(arena, place, "silver");
  dataset->quarantine.value = path_join(arena, place, "quarantine");
  config->env.state = path_join(arena, place, "state");
  if (config->database == NULL)
    return;
  config->database->driver = DATABASE_DUCKDB;
  config->database->path.value = path_join(arena, place, "gold.duckdb");
}

/* Rows of other datasets would go with its own. */
static bool remake(struct dataset *dataset, struct problem_list *problems)
{
  dataset->is_remade = true;
  dataset->silver.usual_mode = dataset->silver.mode;
  dataset->silver.mode = SILVER_OVERWRITE;
  if (!dataset->gold.enabled || !dataset->gold.shared)
    return true;
  struct problem *problem =
      problem_at(problems, dataset->gold.place,
                 "gold table \"%s\" is shared: --full-refresh would remove the rows of others", dataset->gold.table);
  add_hint(&problem->error, "Delete this dataset's rows there yourself, or give it a table of its own.");
  return false;
}

bool load_config(struct arena *arena, const struct pipeline_options *options, struct s3 **s3,
                 struct problem_list *problems, struct config **ret_config)
{
  struct config_options loaded = {
    .dataset_path = options->dataset,
    .dataset_text = options->dataset_text,
    .env_path = options->env,
    .database_path = options->database,
    .environment = options->environment,
    .overrides = options->overrides,
    .n_overrides = options->n_overrides,
    .catalog = options->catalog,
  };
  TRY(config_load(arena, &loaded, problems, ret_config));
  if (options->full_refresh)
    TRY(remake((*ret_config)->dataset, problems));
  if (options->place != NULL)
    load_move_outputs(arena, options->place, *ret_config);
  return open_s3(arena, s3, *ret_config, problems);
}

/* Once a thread is left behind that still waits for a server (base/background.h), its client must stay. */
void close_s3(struct s3 **s3)
{
  if (background_count() == 0)
    s3_close(s3);
}

static const struct error *first_error(const struct problem_list *problems)
{
  for (size_t i = 0; i < problems->count; i++)
    if (!problems->items[i]->is_warning)
      return &problems->items[i]->error;
  return NULL;
}

bool report_problems(const struct pipeline_observer *observer, const struct problem_list *problems, struct error *err)
{
  const struct error *first = first_error(problems);
  if (observer->report != NULL && problems->count > 0)
    observer->report(problems, observer->context);
  if (first == NULL)
    return true;
  *err = observer->report != NULL ? (struct error){ .kind = first->kind } : *first;
  return false;
}

bool load_find_engine(const char *name, const struct config *config, const struct engine_driver **ret_driver,
                      struct error *err)
{
  return engine_find(name != NULL ? name : config->env.engine, ret_driver, err);
}

/* Made when there are rows to hold: `check` and `plan` write nothing. */
static const char *temp_directory_new(struct arena *arena, const struct environment *env)
{
  const char *parent = env->duckdb.temp_directory != NULL ? env->duckdb.temp_directory : env->state;
  return path_join(arena, path_absolute(arena, parent), name_unique(arena, "spill-"));
}

bool load_engine(struct arena *arena, const struct config *config, const struct engine_driver *driver,
                 int64_t instant_us, struct database **ret_database, struct engine **ret_engine, struct error *err)
{
  const struct database_settings settings = {
    .memory_limit = config->env.duckdb.memory_limit,
    .threads = config->env.duckdb.threads,
    .temp_directory = temp_directory_new(arena, &config->env),
    .timezone = config->dataset->timezone,
    .instant_us = instant_us,
  };
  TRY(database_open(&settings, ret_database, err));
  const struct engine_options options = {
    .database = *ret_database, .instant_us = instant_us, .env = &config->env, .go_on = interruption_allows
  };
  if (!engine_open(driver, arena, &options, ret_engine, err)) {
    database_close(ret_database);
    return false;
  }
  interruption_engine(*ret_engine);
  return true;
}

void close_engine(struct database **database, struct engine **engine)
{
  interruption_engine(NULL);
  engine_close(engine);
  database_close(database);
}

bool load_sound_config(struct arena *arena, const struct pipeline_options *options, struct s3 **s3,
                       struct config **ret_config, struct error *err)
{
  struct problem_list problems = { .arena = arena };
  bool is_loaded = load_config(arena, options, s3, &problems, ret_config);
  TRY(report_problems(&options->observer, &problems, err));
  if (!is_loaded)
    BUG("a configuration was refused without a problem");
  return true;
}

bool open_dataset(struct arena *arena, const struct pipeline_options *options, struct s3 **s3,
                  struct opened *ret_opened, struct error *err)
{
  const struct engine_driver *driver = NULL;
  struct config *config = NULL;
  *ret_opened = (struct opened){ .config = NULL };
  TRY(load_sound_config(arena, options, s3, &config, err));
  TRY(load_find_engine(options->engine, config, &driver, err));
  ret_opened->config = config;
  return load_engine(arena, config, driver, clock_now_us(), &ret_opened->database, &ret_opened->engine, err);
}

void close_dataset(struct opened *opened)
{
  close_engine(&opened->database, &opened->engine);
}

bool load_sources(struct arena *arena, struct engine *engine, struct problem_list *problems, struct plan *plan,
                  bool *ret_built, struct error *err)
{
  *ret_built = false;
  if (!engine_open_sources(engine, plan, err)) {
    if (err->kind != ERROR_CONFIG)
      return false;
    problem_add(problems, err, false);
    return true;
  }
  size_t before = problem_count_errors(problems);
  if (!plan_build(arena, plan, problems))
    return true;
  *ret_built = problem_count_errors(problems) == before;
  return true;
}

bool load_plan(struct arena *arena, const struct config *config, struct engine *engine, struct problem_list *problems,
               struct plan *ret_plan, bool *ret_built, struct error *err)
{
  *ret_built = false;
  TRY(plan_inputs(arena, config, ret_plan, err));
  return load_sources(arena, engine, problems, ret_plan, ret_built, err);
}
