#include "cli/ledgers.h"

#include "base/file.h"
#include "cli/watch.h"

/* Where metadata may be: the database of database.yml, and the state's own file. */
struct places {
  const struct database_config *server; /* NULL: none */
  const char *files[2];
  size_t n_files;
};

static bool find_places(struct cli *cli, struct places *ret_places, struct error *err)
{
  struct problem_list problems = { .arena = cli->arena };
  struct environment env;
  struct database_config *database = NULL;
  bool is_loaded = config_load_environment(cli->arena, cli->env, &problems, &env) &&
                   config_load_database(cli->arena, cli->database, cli->environment, &problems, &database);
  TRY(report_problems(&problems, err));
  if (!is_loaded)
    BUG("a configuration was refused without a problem");
  *ret_places = (struct places){ .server = NULL };
  if (database != NULL && database->driver == DATABASE_POSTGRESQL)
    ret_places->server = database;
  else if (database != NULL && file_exists(database->path.value))
    ret_places->files[ret_places->n_files++] = path_absolute(cli->arena, database->path.value);
  const char *own = path_join(cli->arena, env.state, "ledger.duckdb");
  if (file_exists(own))
    ret_places->files[ret_places->n_files++] = path_absolute(cli->arena, own);
  return true;
}

/* Closes the warehouse, too. */
static bool visit_one(struct cli *cli, struct warehouse *warehouse, ledger_visit visit, void *context,
                      struct error *err)
{
  uint64_t n_tables = 0;
  bool is_done = warehouse_query_count(warehouse,
                                       "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'metadata' "
                                       "AND table_name = 'pipeline_executions'",
                                       &n_tables, err);
  if (is_done && n_tables > 0)
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
  if (places.server != NULL)
    TRY(warehouse_open_postgresql(cli->arena, places.server, watch_allows, &warehouse, err) &&
        visit_one(cli, &warehouse, visit, context, err));
  TRY(database_open(&(struct database_settings){ .timezone = "UTC", .threads = 1 }, &database, err));
  bool is_done = true;
  for (size_t i = 0; is_done && i < places.n_files; i++)
    is_done = warehouse_open_duckdb(database, places.files[i], true, NULL, &warehouse, err) &&
              visit_one(cli, &warehouse, visit, context, err);
  database_close(&database);
  return is_done;
}
