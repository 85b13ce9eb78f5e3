#include "cli/load.h"

#include "config/catalog.h"
#include "config/variables.h"

#include <unistd.h>

/* The option wins over the seed's position. */
static const char *given(const struct cli *cli, const char *option, size_t position)
{
  if (option != NULL || cli->command->most_arguments != 4)
    return option;
  return cli->n_arguments > position ? cli->arguments[position] : NULL;
}

static void print_problems(const struct problem_list *problems, void *context)
{
  (void)context;
  problems_print(problems, STDERR_FILENO);
}

static const struct pipeline_observer printer = { .report = print_problems };

struct pipeline_options cli_options(const struct cli *cli, const char *path)
{
  return (struct pipeline_options){
    .dataset = path,
    .env = given(cli, cli->env, 1),
    .database = given(cli, cli->database, 2),
    .environment = given(cli, cli->environment, 3),
    .engine = cli->engine,
    .overrides = cli->overrides.items,
    .n_overrides = cli->overrides.count,
    .takes_all_files = cli->all,
    .full_refresh = cli->full_refresh,
    .refuses_alerts = cli->fail_on_alert,
    .observer = printer,
  };
}

struct ledgers cli_ledgers(struct cli *cli)
{
  return (struct ledgers){ .arena = cli->arena, .options = cli_options(cli, cli->dataset), .s3 = &cli->s3 };
}

/* Files are told apart by what they hold: `crisol run a.yml b.yml` does not take b, a dataset, for env.yml. */
static bool check_positions(struct cli *cli, struct problem_list *problems)
{
  static const char *const meant[] = { "the dataset", "env.yml", "database.yml" };
  for (size_t i = 1; cli->command->most_arguments == 4 && i < cli->n_arguments && i < ARRAY_LENGTH(meant); i++) {
    if (config_kind_of(cli->arena, cli->arguments[i]) != CONFIG_DATASET)
      continue;
    struct problem *problem = problem_at(problems, NOWHERE, "\"%s\" is a dataset, and stands where %s is expected",
                                         cli->arguments[i], meant[i]);
    add_hint(&problem->error, "crisol %s takes one dataset: call it once for each.", cli->command->name);
    return false;
  }
  return true;
}

bool cli_options_of_run(struct cli *cli, struct pipeline_options *ret_options, struct error *err)
{
  struct problem_list problems = { .arena = cli->arena };
  *ret_options = cli_options(cli, cli->arguments[0]);
  bool has_positions = check_positions(cli, &problems);
  return cli_report(&problems, err) && has_positions;
}

bool cli_report(const struct problem_list *problems, struct error *err)
{
  return report_problems(&printer, problems, err);
}

bool cli_load_environment(struct cli *cli, struct environment *ret_env, struct error *err)
{
  struct problem_list problems = { .arena = cli->arena };
  bool is_loaded = config_load_environment(cli->arena, cli->env, &problems, ret_env);
  TRY(cli_report(&problems, err));
  if (!is_loaded)
    BUG("an environment was refused without a problem");
  return true;
}

bool cli_try_to_load(struct cli *cli, const struct pipeline_options *run)
{
  struct problem_list ignored = { .arena = cli->arena };
  struct config *config = NULL;
  const struct config_options loaded = {
    .dataset_path = run->dataset,
    .env_path = run->env,
    .database_path = run->database,
    .environment = run->environment,
    .overrides = run->overrides,
    .n_overrides = run->n_overrides,
    .catalog = run->catalog,
  };
  return config_load(cli->arena, &loaded, &ignored, &config);
}

static bool try_to_load_settings(struct cli *cli)
{
  struct problem_list ignored = { .arena = cli->arena };
  struct environment env;
  struct database_config *database = NULL;
  return config_load_environment(cli->arena, cli->env, &ignored, &env) &&
         config_load_database(cli->arena, cli->database, cli->environment, &ignored, &database);
}

bool cli_fail_unused(const struct cli *cli, struct error *err)
{
  for (size_t i = 0; i < cli->variables.count; i++)
    if (!variable_is_used(cli->variables.items[i]))
      return variable_fail_unused(cli->variables.items[i], err);
  return true;
}

bool cli_check_variables(struct cli *cli, struct error *err)
{
  const char *path = cli->command->variables == OF_ARGUMENT ? cli->arguments[0] : cli->dataset;
  if (cli->variables.count == 0)
    return true;
  const struct pipeline_options run = cli_options(cli, path);
  bool is_sound = path != NULL ? cli_try_to_load(cli, &run) : try_to_load_settings(cli);
  return !is_sound || cli_fail_unused(cli, err);
}
