#include "cli/load.h"

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
    .overrides = cli->overrides,
    .n_overrides = cli->n_overrides,
    .takes_all_files = cli->all,
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
    if (!config_is_dataset(cli->arena, cli->arguments[i]))
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
