#include "cli/load.h"

#include "base/file.h"
#include "cli/watch.h"

#include <time.h>
#include <unistd.h>

bool load_environment(struct cli *cli, struct environment *ret_env, struct error *err)
{
  struct problem_list problems = { .arena = cli->arena };
  bool is_loaded = config_load_environment(cli->arena, cli->env, &problems, ret_env);
  TRY(report_problems(&problems, err));
  if (!is_loaded)
    BUG("an environment was refused without a problem");
  return true;
}

int64_t now_us(void)
{
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* The option wins over the seed's position. */
static const char *given(const struct cli *cli, const char *option, size_t position)
{
  if (option != NULL || cli->command->most_arguments != 4)
    return option;
  return cli->n_arguments > position ? cli->arguments[position] : NULL;
}

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
static bool open_s3(struct cli *cli, struct config *config, struct problem_list *problems)
{
  struct error err;
  if (cli->s3 == NULL && needs_s3(cli->arena, config)) {
    struct s3_settings settings = config->env.s3;
    settings.go_on = watch_allows;
    bool is_open = s3_settings_complete(cli->arena, &settings, &err);
    if (!config->env.has_path_style)
      settings.path_style = settings.endpoint != NULL;
    if (!is_open || !s3_open(&settings, &cli->s3, &err)) {
      problem_add(problems, &err, false);
      return false;
    }
  }
  config->s3 = cli->s3;
  return true;
}

/* Files are told apart by what they hold: `crisol run a.yml b.yml` does not take b, a dataset, for env.yml. */
static bool check_positions(struct cli *cli, struct problem_list *problems)
{
  static const char *const meant[] = { "the dataset", "env.yml", "database.yml" };
  for (size_t i = 1; cli->command->most_arguments == 4 && i < cli->n_arguments && i < ARRAY_LENGTH(meant); i++) {
    if (!config_is_dataset(cli->arena, cli->arguments[i]))
      continue;
    struct problem *problem = problem_at(problems, NOWHERE, "\"%s\" is a dataset, and stands where %s is expected",
                                         cli->arguments[i], meant[i]);
    add_hint(&problem->error, "crisol %s takes one dataset: call it once for each.", cli->command->name);
    return false;
  }
  return true;
}

bool load_config(struct cli *cli, const char *path, struct problem_list *problems, struct config **ret_config)
{
  TRY(check_positions(cli, problems));
  struct config_options loaded = {
    .dataset_path = path,
    .env_path = given(cli, cli->env, 1),
    .database_path = given(cli, cli->database, 2),
    .environment = given(cli, cli->environment, 3),
    .overrides = cli->overrides,
    .n_overrides = cli->n_overrides,
  };
  return config_load(cli->arena, &loaded, problems, ret_config) && open_s3(cli, *ret_config, problems);
}

bool report_problems(struct problem_list *problems, struct error *err)
{
  const struct error *first = problems_print(problems, STDERR_FILENO);
  if (first == NULL)
    return true;
  *err = (struct error){ .kind = first->kind };
  return false;
}

bool load_check_supported(struct cli *cli, const struct config *config, struct error *err)
{
  const char *engine = cli->engine != NULL ? cli->engine : config->env.engine;
  if (engine != NULL && strcmp(engine, "duckdb") != 0) {
    fail(err, ERROR_CONFIG, NOWHERE, "engine \"%s\" is not supported yet", engine);
    return add_hint(err, "Use engine: duckdb.");
  }
  return true;
}

bool load_engine(struct arena *arena, const struct config *config, int64_t instant_us, struct engine **ret_engine,
                 struct error *err)
{
  struct engine_options opened = { .env = &config->env,
                                   .timezone = config->dataset->timezone,
                                   .instant_us = instant_us };
  TRY(engine_open(arena, &opened, ret_engine, err));
  watch_engine(*ret_engine);
  return true;
}

void close_engine(struct engine **engine)
{
  watch_engine(NULL);
  engine_close(engine);
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
