/* pipeline_clean: what old runs have left is removed in an order in which a death loses nothing: files first, by what
 * the ledger says of their runs, then the ledger's rows, in one transaction. The dataset's lock is held. */
#include "base/clock.h"
#include "base/fault.h"
#include "base/file.h"
#include "ledger/ledger.h"
#include "pipeline/incremental.h"
#include "pipeline/interruption.h"
#include "pipeline/load.h"
#include "pipeline/recovery.h"
#include "store/files.h"

struct clean {
  struct arena *arena;
  const struct clean_options *options;
  const struct plan *plan;
  struct lake *lake; /* NULL: nothing is removed */
  struct warehouse warehouse;
  const char **ids; /* of old runs */
  struct clean_result result;
};

static const char *refused_directory(const struct clean *clean)
{
  return path_join(clean->arena, path_absolute(clean->arena, clean->plan->config->env.state), "refused");
}

/* A directory with Parquet files; those that are hidden are what a death has left of it. */
static bool remove_directory(struct clean *clean, const char *path, struct error *err)
{
  struct s3 *s3 = path_is_remote(path) ? clean->plan->config->s3 : NULL;
  const char *const *files = NULL;
  size_t count = 0;
  TRY(interruption_check(err));
  TRY(lake_find_files(clean->arena, s3, path, &files, &count, err));
  clean->result.n_files += count;
  if (clean->options->is_trial)
    return true;
  TRY(lock_check(clean->lake->lock, err));
  fault_point();
  return store_remove(s3, path, err);
}

/* Runs whose folders of the quarantine are there; of an object store's a listing is one request, not one a run. */
static bool list_quarantine(struct clean *clean, const char ***ret_names, size_t *ret_count, struct error *err)
{
  const char *place = clean->plan->quarantine_path;
  *ret_count = 0;
  return place == NULL || store_list(clean->arena, clean->plan->config->s3, place, ret_names, ret_count, err);
}

static bool remove_files(struct clean *clean, struct error *err)
{
  struct arena *arena = clean->arena;
  struct name_set folders = { .ignores_case = false };
  const char **names = NULL;
  size_t n_names = 0;
  TRY(list_quarantine(clean, &names, &n_names, err));
  for (size_t i = 0; i < n_names; i++)
    name_set_add(arena, &folders, text_from(names[i]));
  for (size_t i = 0; i < clean->result.n_runs; i++) {
    const char *id = clean->ids[i];
    const char *folder = arena_printf(arena, "run_id=%s", id);
    const char *rejects = path_join(arena, refused_directory(clean), id);
    const char *hidden = path_join(arena, refused_directory(clean), arena_printf(arena, ".%s", id));
    if (n_names > 0 && name_set_find(&folders, text_from(folder)) != NO_NAME)
      TRY(remove_directory(clean, path_join(arena, clean->plan->quarantine_path, folder), err));
    if (file_exists(rejects))
      TRY(remove_directory(clean, rejects, err));
    if (file_exists(hidden))
      TRY(remove_directory(clean, hidden, err));
  }
  return true;
}

static bool remove_rows(struct clean *clean, struct error *err)
{
  const struct dataset *dataset = clean->plan->dataset;
  const struct ledger_cleaning asked = {
    .dataset = dataset->id.value,
    .ids = clean->ids,
    .n_ids = clean->result.n_runs,
    .keeps_writers = is_incremental(dataset) && dataset->silver.mode == SILVER_OVERWRITE_DYNAMIC,
    .is_trial = clean->options->is_trial,
  };
  if (clean->options->is_trial)
    return ledger_clean(&clean->warehouse, &asked, &clean->result.n_rows, err);
  TRY(interruption_check(err) && warehouse_begin(&clean->warehouse, err));
  TRY(ledger_clean(&clean->warehouse, &asked, &clean->result.n_rows, err));
  fault_point();
  return warehouse_commit(&clean->warehouse, err) == COMMIT_DONE;
}

static bool clean_old_runs(struct clean *clean, struct error *err)
{
  const struct clean_options *options = clean->options;
  struct ledger_keep keep = { .n_runs = options->keep_runs };
  size_t count = 0;
  if (options->keep_us > 0)
    keep.before_us = clock_now_us() - options->keep_us;
  TRY(ledger_find_old(clean->arena, &clean->warehouse, clean->plan->dataset->id.value, &keep, &clean->ids, &count,
                      err));
  clean->result.n_runs = count;
  return remove_files(clean, err) && remove_rows(clean, err);
}

/* Without a lock, and without making what is missing. */
static bool look(struct clean *clean, struct database *database, struct error *err)
{
  bool is_there = false;
  TRY(open_warehouse_to_look(clean->arena, clean->plan, database, &clean->warehouse, err));
  if (clean->warehouse.driver == NULL)
    return true;
  TRY(ledger_is_there(&clean->warehouse, &is_there, err));
  return !is_there || clean_old_runs(clean, err);
}

static bool clean_locked(struct clean *clean, struct database *database, struct error *err)
{
  const struct run self = { .id = "clean" };
  struct lake lake = { 0 };
  clean->lake = &lake;
  bool is_done = lake_open(clean->arena, clean->plan, &self, &lake, err) &&
                 open_warehouse(clean->arena, clean->plan, self.id, database, &clean->warehouse, err) &&
                 ledger_prepare(&clean->warehouse, err) &&
                 recover_dead_runs(clean->arena, &lake, &clean->warehouse, "crisol clean", err) &&
                 clean_old_runs(clean, err);
  warehouse_rollback(&clean->warehouse);
  lake_close(&lake);
  return is_done;
}

static bool load_and_clean(struct clean *clean, const struct pipeline_options *options, struct s3 **s3,
                           struct error *err)
{
  struct problem_list problems = { .arena = clean->arena };
  struct config *config = NULL;
  struct plan plan;
  struct database *database = NULL;
  bool is_loaded = load_config(clean->arena, options, s3, &problems, &config) &&
                   plan_outputs(clean->arena, config, &plan, &problems);
  TRY(report_problems(&options->observer, &problems, err));
  if (!is_loaded)
    BUG("a configuration was refused without a problem");
  clean->plan = &plan;
  TRY(database_open(&(struct database_settings){ .timezone = "UTC", .threads = 1 }, &database, err));
  bool is_done = clean->options->is_trial ? look(clean, database, err) : clean_locked(clean, database, err);
  warehouse_close(&clean->warehouse);
  database_close(&database);
  return is_done;
}

bool pipeline_clean(struct arena *arena, const struct pipeline_options *options, const struct clean_options *cleaning,
                    struct clean_result *ret_result, struct error *err)
{
  struct s3 *s3 = NULL;
  struct clean clean = { .arena = arena, .options = cleaning };
  log_set_receiver(options->observer.log, options->observer.context);
  bool is_done = load_and_clean(&clean, options, &s3, err);
  close_s3(&s3);
  log_set_receiver(NULL, NULL);
  *ret_result = clean.result;
  return is_done;
}
