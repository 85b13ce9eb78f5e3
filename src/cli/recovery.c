/* crisol recover, and the same at the beginning of every run. */
#include "cli/recovery.h"

#include "base/fault.h"
#include "base/file.h"
#include "base/log.h"
#include "cli/load.h"
#include "cli/watch.h"

bool open_warehouse(struct arena *arena, const struct plan *plan, struct database *database,
                    struct warehouse *ret_warehouse, struct error *err)
{
  const struct config *config = plan->config;
  if (plan->dataset->gold.enabled && config->database->driver == DATABASE_POSTGRESQL)
    return warehouse_open_postgresql(arena, config->database, watch_allows, ret_warehouse, err);
  const char *path = plan->dataset->gold.enabled
                         ? plan->database_path
                         : path_absolute(arena, path_join(arena, config->env.state, "ledger.duckdb"));
  return warehouse_open_duckdb(database, path, false, watch_allows, ret_warehouse, err);
}

static bool recover_one(struct arena *arena, struct lake *lake, struct warehouse *warehouse, const char *run_id,
                        const char *by, struct error *err)
{
  const char *status = NULL;
  TRY(ledger_bury(warehouse, run_id, arena_printf(arena, "the process died; taken back by %s", by), err));
  TRY(ledger_status(arena, warehouse, run_id, &status, err));
  fault_point();
  if (status != NULL)
    return lake_recover(lake, run_id, strcmp(status, "completed") == 0, err);
  fail(err, ERROR_ENVIRONMENT, NOWHERE,
       "run %s died while it published, and %s \"%s\" does not know whether it was committed", run_id,
       warehouse->driver->name, warehouse->name);
  return add_hint(err, "Use the database that it had; or remove \"%s/%s\" to leave the lake as it is now.", lake->place,
                  run_id);
}

bool recover_dead_runs(struct arena *arena, struct lake *lake, struct warehouse *warehouse, const char *by,
                       struct error *err)
{
  if (lake->dead_run != NULL) /* it may only sleep: it must not commit when it wakes */
    TRY(ledger_bury(warehouse, lake->dead_run, arena_printf(arena, "the process died; its lock was taken by %s", by),
                    err));
  for (size_t i = 0; i < lake->n_dead; i++)
    TRY(recover_one(arena, lake, warehouse, lake->dead[i], by, err));
  return true;
}

static bool recover(struct cli *cli, const struct plan *plan, struct database *database, struct error *err)
{
  const struct run self = { .id = "recover" };
  struct lake lake = { 0 };
  struct warehouse warehouse = { 0 };
  bool is_done = lake_open(cli->arena, plan, &self, &lake, err) &&
                 open_warehouse(cli->arena, plan, database, &warehouse, err) && ledger_prepare(&warehouse, err) &&
                 recover_dead_runs(cli->arena, &lake, &warehouse, "crisol recover", err);
  size_t count = lake.n_dead;
  warehouse_close(&warehouse);
  lake_close(&lake);
  if (is_done && count == 0)
    log_info("silver", "no run has died while it published");
  return is_done;
}

bool command_recover(struct cli *cli, int *ret_exit, struct error *err)
{
  (void)ret_exit;
  struct problem_list problems = { .arena = cli->arena };
  struct config *config = NULL;
  struct plan plan;
  struct database *database = NULL;
  bool is_loaded =
      load_config(cli, cli->arguments[0], &problems, &config) && plan_outputs(cli->arena, config, &plan, &problems);
  TRY(report_problems(&problems, err));
  if (!is_loaded)
    BUG("a configuration was refused without a problem");
  TRY(database_open(&(struct database_settings){ .timezone = "UTC", .threads = 1 }, &database, err));
  bool is_done = recover(cli, &plan, database, err);
  database_close(&database);
  return is_done;
}
