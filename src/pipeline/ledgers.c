#include "pipeline/ledgers.h"

#include "base/file.h"
#include "pipeline/interruption.h"

/* Where metadata may be: the database of database.yml, or of the dataset, and the state's own file. */
struct places {
  const struct database_config *server; /* NULL: none */
  const char *files[2];
  size_t n_files;
};

static void note(struct ledgers *ledgers, const char *place, bool is_there)
{
  ledgers->visited = arena_printf(ledgers->arena, "%s%s%s%s", ledgers->visited == NULL ? "" : ledgers->visited,
                                  ledgers->visited == NULL ? "" : ", ", place, is_there ? "" : " (not there yet)");
}

static void add_file(struct ledgers *ledgers, struct places *places, const char *path)
{
  path = path_absolute(ledgers->arena, path);
  note(ledgers, path, file_exists(path));
  if (file_exists(path))
    places->files[places->n_files++] = path;
}

/* The dataset's own files say where its gold and its state are. */
static bool find_configuration(struct ledgers *ledgers, const struct environment **ret_env,
                               const struct database_config **ret_database, struct error *err)
{
  struct problem_list problems = { .arena = ledgers->arena };
  struct environment *env = arena_alloc(ledgers->arena, sizeof(*env));
  struct database_config *database = NULL;
  struct config *config = NULL;
  const struct pipeline_options *options = &ledgers->options;
  bool is_loaded = options->dataset != NULL ? load_config(ledgers->arena, options, ledgers->s3, &problems, &config)
                                            : config_load_environment(ledgers->arena, options->env, &problems, env) &&
                                                  config_load_database(ledgers->arena, options->database,
                                                                       options->environment, &problems, &database);
  TRY(report_problems(&options->observer, &problems, err));
  if (!is_loaded)
    BUG("a configuration was refused without a problem");
  *ret_env = config != NULL ? &config->env : env;
  *ret_database = config != NULL ? config->database : database;
  if (config != NULL)
    ledgers->dataset_id = config->dataset->id.value;
  return true;
}

static bool find_places(struct ledgers *ledgers, struct places *ret_places, struct error *err)
{
  const struct environment *env = NULL;
  const struct database_config *database = NULL;
  TRY(find_configuration(ledgers, &env, &database, err));
  *ret_places = (struct places){ .server = NULL };
  if (database != NULL && database->driver == DATABASE_POSTGRESQL)
    ret_places->server = database;
  else if (database != NULL)
    add_file(ledgers, ret_places, database->path.value);
  add_file(ledgers, ret_places, path_join(ledgers->arena, env->state, "ledger.duckdb"));
  return true;
}

/* Closes the warehouse, too. */
static bool visit_one(struct ledgers *ledgers, struct warehouse *warehouse, ledger_visit visit, void *context,
                      struct error *err)
{
  bool is_there = false;
  bool is_done = ledger_is_there(warehouse, &is_there, err);
  if (is_done && is_there)
    is_done = visit(ledgers, warehouse, context, err);
  warehouse_close(warehouse);
  return is_done;
}

bool visit_ledgers(struct ledgers *ledgers, ledger_visit visit, void *context, struct error *err)
{
  struct places places;
  struct warehouse warehouse = { 0 };
  struct database *database = NULL;
  TRY(find_places(ledgers, &places, err));
  if (places.server != NULL) {
    TRY(warehouse_open_postgresql(ledgers->arena, places.server, "crisol", interruption_allows, &warehouse, err));
    note(ledgers, arena_printf(ledgers->arena, "PostgreSQL %s", warehouse.name), true);
    TRY(visit_one(ledgers, &warehouse, visit, context, err));
  }
  TRY(database_open(&(struct database_settings){ .timezone = "UTC", .threads = 1 }, &database, err));
  bool is_done = true;
  for (size_t i = 0; is_done && i < places.n_files; i++)
    is_done = warehouse_open_duckdb(database, places.files[i], true, NULL, &warehouse, err) &&
              visit_one(ledgers, &warehouse, visit, context, err);
  database_close(&database);
  return is_done;
}
