#include "cli/ledgers.h"

#include "base/file.h"
#include "pipeline/interruption.h"

/* Where metadata may be: the database of database.yml, or of the dataset, and the state's own file. */
struct places {
  const struct database_config *server; /* NULL: none */
  const char *files[2];
  size_t n_files;
};

static void note(struct cli *cli, const char *place, bool is_there)
{
  cli->visited = arena_printf(cli->arena, "%s%s%s%s", cli->visited == NULL ? "" : cli->visited,
                              cli->visited == NULL ? "" : ", ", place, is_there ? "" : " (not there yet)");
}

static void add_file(struct cli *cli, struct places *places, const char *path)
{
  path = path_absolute(cli->arena, path);
  note(cli, path, file_exists(path));
  if (file_exists(path))
    places->files[places->n_files++] = path;
}

/* The dataset's own files say where its gold and its state are. */
static bool find_configuration(struct cli *cli, const struct environment **ret_env,
                               const struct database_config **ret_database, struct error *err)
{
  struct problem_list problems = { .arena = cli->arena };
  struct environment *env = arena_alloc(cli->arena, sizeof(*env));
  struct database_config *database = NULL;
  struct config *config = NULL;
  bool is_loaded = cli->dataset != NULL
                       ? cli_load(cli, cli->dataset, &problems, &config)
                       : config_load_environment(cli->arena, cli->env, &problems, env) &&
                             config_load_database(cli->arena, cli->database, cli->environment, &problems, &database);
  TRY(cli_report(&problems, err));
  if (!is_loaded)
    BUG("a configuration was refused without a problem");
  *ret_env = config != NULL ? &config->env : env;
  *ret_database = config != NULL ? config->database : database;
  if (config != NULL)
    cli->dataset_id = config->dataset->id.value;
  return true;
}

static bool find_places(struct cli *cli, struct places *ret_places, struct error *err)
{
  const struct environment *env = NULL;
  const struct database_config *database = NULL;
  TRY(find_configuration(cli, &env, &database, err));
  *ret_places = (struct places){ .server = NULL };
  if (database != NULL && database->driver == DATABASE_POSTGRESQL)
    ret_places->server = database;
  else if (database != NULL)
    add_file(cli, ret_places, database->path.value);
  add_file(cli, ret_places, path_join(cli->arena, env->state, "ledger.duckdb"));
  return true;
}

const char *ledgers_visited(const struct cli *cli)
{
  return cli->visited;
}

/* Closes the warehouse, too. */
static bool visit_one(struct cli *cli, struct warehouse *warehouse, ledger_visit visit, void *context,
                      struct error *err)
{
  bool is_there = false;
  bool is_done = ledger_is_there(warehouse, &is_there, err);
  if (is_done && is_there)
    is_done = visit(cli, warehouse, context, err);
  warehouse_close(warehouse);
  return is_done;
}

bool visit_ledgers(struct cli *cli, ledger_visit visit, void *context, struct error *err)
{
  struct places places;
  struct warehouse warehouse = { 0 };
  struct database *database = NULL;
  TRY(find_places(cli, &places, err));
  if (places.server != NULL) {
    TRY(warehouse_open_postgresql(cli->arena, places.server, "crisol", interruption_allows, &warehouse, err));
    note(cli, arena_printf(cli->arena, "PostgreSQL %s", warehouse.name), true);
    TRY(visit_one(cli, &warehouse, visit, context, err));
  }
  TRY(database_open(&(struct database_settings){ .timezone = "UTC", .threads = 1 }, &database, err));
  bool is_done = true;
  for (size_t i = 0; is_done && i < places.n_files; i++)
    is_done = warehouse_open_duckdb(database, places.files[i], true, NULL, &warehouse, err) &&
              visit_one(cli, &warehouse, visit, context, err);
  database_close(&database);
  return is_done;
}
