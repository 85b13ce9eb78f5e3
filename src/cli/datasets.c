#include "cli/datasets.h"

#include "base/file.h"
#include "config/variables.h"

enum { FOLDER = CONFIG_OTHER + 1 };

/* The arguments with what each of them is: an enum config_kind, or FOLDER. */
struct arguments {
  struct cli *cli;
  int *kinds;
  bool has_positions; /* the command knows the seed's form: DATASET [ENV [DATABASE [ENVIRONMENT]]] */
};

static size_t count_kind(const struct arguments *arguments, int kind)
{
  size_t count = 0;
  for (size_t i = 0; i < arguments->cli->n_arguments; i++)
    count += arguments->kinds[i] == kind;
  return count;
}

static bool is_clear(int kind)
{
  return kind == FOLDER || kind == CONFIG_DATASET || kind == CONFIG_ENVIRONMENT || kind == CONFIG_DATABASE ||
         kind == CONFIG_BELONGING;
}

/* One dataset, and behind it what the seed's form has there, as far as it can be told. */
static bool is_seed_form(const struct arguments *arguments)
{
  size_t n_datasets = count_kind(arguments, CONFIG_DATASET);
  return arguments->has_positions && arguments->cli->n_arguments <= 4 && count_kind(arguments, FOLDER) == 0 &&
         (n_datasets == 0 ? !is_clear(arguments->kinds[0]) : n_datasets == 1);
}

static bool fail_doubt(const char *argument, const char *what, const char *hint, struct error *err)
{
  fail(err, ERROR_CONFIG, NOWHERE, "\"%s\" %s", argument, what);
  return add_hint(err, "%s", hint);
}

/* An option wins over a file among the arguments; two of these are a doubt. */
static bool take_setting(const char **option, const char **taken, const char *argument, const char *what,
                         struct error *err)
{
  if (*taken != NULL) {
    fail(err, ERROR_CONFIG, NOWHERE, "both \"%s\" and \"%s\" are %s", *taken, argument, what);
    return add_hint(err, "Leave one of them out.");
  }
  *taken = argument;
  if (*option == NULL)
    *option = argument;
  return true;
}

struct taken {
  const char *env, *database, *environment;
};

/* What cannot be told by what it holds is what the seed's form has in its place. */
static int kind_by_position(const struct arguments *arguments, size_t i)
{
  static const int kinds[] = { CONFIG_DATASET, CONFIG_ENVIRONMENT, CONFIG_DATABASE };
  if (is_clear(arguments->kinds[i]) || i >= ARRAY_LENGTH(kinds))
    return arguments->kinds[i];
  bool is_taken = count_kind(arguments, kinds[i]) > 0;
  return is_taken ? arguments->kinds[i] : kinds[i];
}

static bool fail_unclear(const char *argument, int kind, struct error *err)
{
  if (kind == CONFIG_ABSENT)
    return fail_doubt(argument, "is no file and no folder", "A dataset's file, or a folder of them, was expected.",
                      err);
  if (kind == CONFIG_EMPTY)
    return fail_doubt(argument, "is empty: it cannot be told what it is", "Name it by --env or --db, or leave it out.",
                      err);
  return fail_doubt(argument, "is no dataset, no env.yml and no database.yml",
                    "A dataset has id and output. Name settings by --env and --db.", err);
}

static bool add_dataset(struct datasets *datasets, const char *path, int kind, struct problem_list *problems)
{
  return kind == FOLDER ? catalog_add_folder(&datasets->catalog, path, problems)
                        : catalog_add_file(&datasets->catalog, path, problems);
}

/* False with a message in err; problems of files are in the list. */
static bool take_argument(const struct arguments *arguments, size_t i, bool is_seed, struct taken *taken,
                          struct datasets *datasets, struct problem_list *problems, struct error *err)
{
  struct cli *cli = arguments->cli;
  const char *argument = cli->arguments[i];
  int kind = is_seed ? kind_by_position(arguments, i) : arguments->kinds[i];
  if (is_seed && i == 3 && !is_clear(kind))
    return take_setting(&cli->environment, &taken->environment, argument, "names of an environment", err);
  if (kind == FOLDER && i == 3 && taken->database != NULL && arguments->has_positions)
    return fail_doubt(argument, "is a folder, and stands where the environment is expected",
                      "Say --environment, or name the folder with a slash at its end.", err);
  switch (kind) {
  case CONFIG_ENVIRONMENT:
    return take_setting(&cli->env, &taken->env, argument, "env.yml", err);
  case CONFIG_DATABASE:
    return take_setting(&cli->database, &taken->database, argument, "database.yml", err);
  case CONFIG_BELONGING: /* a dataset names it, or a test does: as in a folder it is passed over */
    return true;
  case FOLDER:
  case CONFIG_DATASET:
    return add_dataset(datasets, argument, kind, problems) || true; /* the problem is in the list */
  default:
    break;
  }
  if (!arguments->has_positions) /* what is wrong with it is a matter of the check */
    return add_dataset(datasets, argument, CONFIG_DATASET, problems) || true;
  return fail_unclear(argument, kind, err);
}

static bool ends_with_slash(const char *path)
{
  return text_ends_with(text_from(path), TEXT("/"));
}

static bool take_arguments(struct cli *cli, struct datasets *datasets, struct problem_list *problems, struct error *err)
{
  struct arguments arguments = { .cli = cli, .has_positions = strcmp(cli->command->name, "check") != 0 };
  struct taken taken = { 0 };
  arguments.kinds = arena_array(cli->arena, cli->n_arguments + 1, sizeof(*arguments.kinds));
  for (size_t i = 0; i < cli->n_arguments; i++)
    arguments.kinds[i] = path_is_directory(cli->arguments[i]) || ends_with_slash(cli->arguments[i])
                             ? FOLDER
                             : (int)config_kind_of(cli->arena, cli->arguments[i]);
  if (count_kind(&arguments, CONFIG_DATASET) + count_kind(&arguments, FOLDER) == 0 && is_clear(arguments.kinds[0]))
    arguments.kinds[0] = CONFIG_DATASET; /* what it lacks is told where it is loaded */
  bool is_seed = is_seed_form(&arguments);
  for (size_t i = 0; i < cli->n_arguments; i++)
    TRY(take_argument(&arguments, i, is_seed, &taken, datasets, problems, err));
  bool has_selectors = cli->selected.count + cli->excluded.count > 0;
  datasets->is_one = datasets->catalog.count == 1 && count_kind(&arguments, FOLDER) == 0 && !has_selectors;
  if (datasets->catalog.count == 0 && problem_count_errors(problems) == 0)
    return fail_doubt(cli->arguments[0], "holds no dataset", "A dataset is a .yml or .yaml file with id and output.",
                      err);
  return true;
}

static struct config_list list_of(struct cli *cli, const struct cli_list *list)
{
  struct config_list texts = { .items = arena_array(cli->arena, list->count + 1, sizeof(struct config_text)) };
  for (size_t i = 0; i < list->count; i++)
    texts.items[texts.count++] = (struct config_text){ .value = list->items[i] };
  return texts;
}

bool datasets_collect(struct cli *cli, struct problem_list *problems, struct datasets *ret_datasets, struct error *err)
{
  struct datasets *datasets = ret_datasets;
  *datasets = (struct datasets){
    .catalog = { .arena = cli->arena, .overrides = cli->overrides.items, .n_overrides = cli->overrides.count }
  };
  const struct config_list selected = list_of(cli, &cli->selected), excluded = list_of(cli, &cli->excluded);
  TRY(take_arguments(cli, datasets, problems, err));
  for (size_t i = 0; i < cli->only_read.count; i++) {
    size_t before = datasets->catalog.count;
    bool is_sound = catalog_add_file(&datasets->catalog, cli->only_read.items[i], problems);
    if (is_sound && datasets->catalog.count > before)
      datasets->catalog.entries[before].is_only_read = true;
  }
  bool is_linked = catalog_link(&datasets->catalog, problems);
  TRY(catalog_choose(&datasets->catalog, &selected, &excluded, err));
  if (is_linked)
    datasets->order = catalog_order(&datasets->catalog, &datasets->count);
  return true;
}

bool datasets_find(struct cli *cli, struct datasets *ret_datasets, struct error *err)
{
  struct problem_list problems = { .arena = cli->arena };
  bool is_found = datasets_collect(cli, &problems, ret_datasets, err);
  if (!is_found && problems.count > 0) {
    struct error first;
    if (!cli_report(&problems, &first)) /* what is wrong with a file comes first */
      return is_found;
  }
  return is_found && cli_report(&problems, err) && datasets_check_variables(cli, ret_datasets, err);
}

struct pipeline_options datasets_options(const struct cli *cli, struct datasets *datasets, size_t entry)
{
  struct pipeline_options run = cli_options(cli, datasets->catalog.entries[entry].path);
  run.catalog = &datasets->catalog;
  return run;
}

/* Variables */

bool datasets_check_variables(struct cli *cli, struct datasets *datasets, struct error *err)
{
  size_t n_variables = cli->variables.count;
  bool is_sound = true; /* what cannot be read may ask for anything */
  bool *used = arena_array(cli->arena, datasets->count * n_variables + 1, sizeof(*used));
  bool *used_by_one = arena_array(cli->arena, n_variables + 1, sizeof(*used_by_one));
  for (size_t i = 0; n_variables > 0 && i < datasets->count; i++) {
    variables_forget();
    const struct pipeline_options run = datasets_options(cli, datasets, datasets->order[i]);
    is_sound = cli_try_to_load(cli, &run) && is_sound;
    for (size_t v = 0; v < n_variables; v++) {
      used[i * n_variables + v] = variable_is_used(cli->variables.items[v]);
      used_by_one[v] = used_by_one[v] || used[i * n_variables + v];
    }
  }
  datasets->uses_variable = used;
  for (size_t v = 0; is_sound && v < n_variables; v++)
    if (!used_by_one[v])
      return variable_fail_unused(cli->variables.items[v], err);
  return true;
}
