/* pipeline_recover, and the same at the beginning of every run. */
#include "pipeline/recovery.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/log.h"
#include "pipeline/load.h"
#include "pipeline/interruption.h"

bool open_warehouse(struct arena *arena, const struct plan *plan, const char *run_id, struct database *database,
                    struct warehouse *ret_warehouse, struct error *err)
{
  const struct config *config = plan->config;
  const char *session = arena_printf(arena, "crisol %s", run_id);
  if (plan->dataset->gold.enabled && config->database->driver == DATABASE_POSTGRESQL) {
    TRY(warehouse_open_postgresql(arena, config->database, session, interruption_allows, ret_warehouse, err));
    ret_warehouse->hides_values = plan->dataset->private_columns.count > 0;
    return true;
  }
  const char *path = plan->dataset->gold.enabled
                         ? plan->database_path
                         : path_absolute(arena, path_join(arena, config->env.state, "ledger.duckdb"));
  return warehouse_open_duckdb(database, path, false, interruption_allows, ret_warehouse, err);
}

bool open_warehouse_to_look(struct arena *arena, const struct plan *plan, struct database *database,
                            struct warehouse *ret_warehouse, struct error *err)
{
  const struct config *config = plan->config;
  if (plan->dataset->gold.enabled && config->database->driver == DATABASE_POSTGRESQL)
    return open_warehouse(arena, plan, "look", database, ret_warehouse, err);
  const char *path = plan->dataset->gold.enabled
                         ? plan->database_path
                         : path_absolute(arena, path_join(arena, config->env.state, "ledger.duckdb"));
  return !file_exists(path) || warehouse_open_duckdb(database, path, true, interruption_allows, ret_warehouse, err);
}

/* Waits before the next try, twice as long each time. False where there is none any more. */
static bool wait_for_try(int64_t until_ms, long *wait_ms)
{
  enum { STEP_MS = 50, LONGEST_MS = 4000 };
  struct error interruption;
  for (long left = *wait_ms; left > 0; left -= STEP_MS) {
    if (clock_ms() > until_ms || !interruption_allows(&interruption))
      return false;
    clock_sleep_ms(STEP_MS);
  }
  *wait_ms = *wait_ms * 2 < LONGEST_MS ? *wait_ms * 2 : LONGEST_MS;
  return true;
}

bool settle_run(struct arena *arena, struct warehouse *warehouse, const char *run_id, const char *message,
                int64_t patience_ms, const char **ret_status, struct error *err)
{
  const int64_t until_ms = clock_ms() + patience_ms;
  long wait_ms = 100;
  bool is_told = false;
  while (!ledger_settle(arena, warehouse, run_id, message, ret_status, err)) {
    if (!warehouse_may_pass(warehouse))
      return false;
    if (!is_told)
      log_warning("metadata", "%s; asking the ledger until it tells what became of run %s", err->message, run_id);
    is_told = true;
    TRY(wait_for_try(until_ms, &wait_ms));
  }
  return true;
}

/* Records a run that is gone as failed, unless it is committed; a session that it has left open in a server is ended.
 */
static bool bury(struct arena *arena, struct warehouse *warehouse, const char *run_id, const char *message,
                 const char **ret_status, struct error *err)
{
  enum { PATIENCE = 30 /* s */ };
  warehouse_end_session(warehouse, run_id);
  if (settle_run(arena, warehouse, run_id, message, fault_seconds(PATIENCE) * INT64_C(1000), ret_status, err))
    return true;
  add_context(err, "while asking whether run %s, which died, is committed", run_id);
  return add_hint(err, "It stays undecided; nothing of it was undone. Try again once the database answers.");
}

static bool bury_gone(struct arena *arena, struct lake *lake, struct warehouse *warehouse, const char *by,
                      struct error *err)
{
  const char **ids = NULL, *status = NULL;
  size_t count = 0;
  if (lake->dead_run != NULL)
    TRY(bury(arena, warehouse, lake->dead_run, arena_printf(arena, "the process died; its lock was taken by %s", by),
             &status, err));
  TRY(ledger_find_gone(arena, warehouse, lake->plan->dataset->id.value, lock_name(lake->lock), &ids, &count, err));
  for (size_t i = 0; i < count; i++) {
    TRY(bury(arena, warehouse, ids[i], arena_printf(arena, "the process died; found by %s", by), &status, err));
    if (status != NULL && strcmp(status, "failed") == 0)
      log_info("metadata", "run %s did not come to its end: recorded as failed", ids[i]);
  }
  return true;
}

static bool recover_one(struct arena *arena, struct lake *lake, struct warehouse *warehouse, const char *run_id,
                        const char *by, struct error *err)
{
  const char *status = NULL;
  TRY(bury(arena, warehouse, run_id, arena_printf(arena, "the process died; taken back by %s", by), &status, err));
  fault_point();
  if (status != NULL)
    return lake_recover(lake, run_id, strcmp(status, "completed") == 0, err);
  fail(err, ERROR_ENVIRONMENT, NOWHERE,
       "run %s died while it published, and %s \"%s\" does not know whether it was committed", run_id,
       warehouse->driver->name, warehouse->name);
  return add_hint(err, "Use the database that it had; or remove \"%s/%s\" to leave the lake as it is now.", lake->place,
                  run_id);
}

/* In this order: a run that only sleeps cannot begin to publish once it is recorded as failed, and so what it has left
 * is all that it will leave. */
bool recover_dead_runs(struct arena *arena, struct lake *lake, struct warehouse *warehouse, const char *by,
                       struct error *err)
{
  TRY(bury_gone(arena, lake, warehouse, by, err));
  TRY(lake_find_left_overs(lake, err));
  for (size_t i = 0; i < lake->n_dead; i++)
    TRY(recover_one(arena, lake, warehouse, lake->dead[i], by, err));
  return true;
}

static bool recover(struct arena *arena, const struct plan *plan, struct database *database, size_t *ret_count,
                    struct error *err)
{
  const struct run self = { .id = "recover" };
  struct lake lake = { 0 };
  struct warehouse warehouse = { 0 };
  bool is_done = lake_open(arena, plan, &self, &lake, err) &&
                 open_warehouse(arena, plan, self.id, database, &warehouse, err) && ledger_prepare(&warehouse, err) &&
                 recover_dead_runs(arena, &lake, &warehouse, "crisol recover", err);
  *ret_count = lake.n_dead;
  warehouse_close(&warehouse);
  lake_close(&lake);
  return is_done;
}

static bool load_and_recover(struct arena *arena, const struct pipeline_options *options, struct s3 **s3,
                             size_t *ret_count, struct error *err)
{
  struct problem_list problems = { .arena = arena };
  struct config *config = NULL;
  struct plan plan;
  struct database *database = NULL;
  bool is_loaded = load_config(arena, options, s3, &problems, &config) && plan_outputs(arena, config, &plan, &problems);
  TRY(report_problems(&options->observer, &problems, err));
  if (!is_loaded)
    BUG("a configuration was refused without a problem");
  TRY(database_open(&(struct database_settings){ .timezone = "UTC", .threads = 1 }, &database, err));
  bool is_done = recover(arena, &plan, database, ret_count, err);
  database_close(&database);
  return is_done;
}

bool pipeline_recover(struct arena *arena, const struct pipeline_options *options, size_t *ret_count, struct error *err)
{
  struct s3 *s3 = NULL;
  log_set_receiver(options->observer.log, options->observer.context);
  bool is_done = load_and_recover(arena, options, &s3, ret_count, err);
  close_s3(&s3);
  log_set_receiver(NULL, NULL);
  return is_done;
}
