/* The outputs of a run: silver, quarantine and gold, one after another, or the lake beside gold. */
#include "pipeline/job.h"

#include "base/clock.h"
#include "base/log.h"
#include "pipeline/verdict.h"
#include "pipeline/interruption.h"
#include "pipeline/replay.h"
#include "ledger/ledger.h"
#include "warehouse/gold.h"
#include "warehouse/gold_table.h"

#include <inttypes.h>
#include <pthread.h>
#include <unistd.h>

bool job_stage(struct job *job, enum run_stage stage, bool (*work)(struct job *job, struct error *err),
               struct error *err)
{
  double started = clock_seconds();
  TRY(interruption_check(err));
  if (job->options->observer.begin_stage != NULL)
    job->options->observer.begin_stage(run_stage_names[stage], job->options->observer.context);
  bool is_done = work(job, err);
  job->run.seconds[stage] += clock_seconds() - started;
  return is_done;
}

static bool write_silver(struct job *job, struct error *err)
{
  if (job->replay != NULL && job->run.rows.passed == 0) { /* nothing is added */
    job->run.n_silver_files = job->run.n_partitions = 0;
    return true;
  }
  if (job->replay != NULL)
    TRY(replay_rewrite(job, err));
  TRY(lake_write_silver(&job->lake, job->engine, &job->run, err));
  log_info("silver", "staged %" PRIu64 " rows in %zu file%s", job->run.rows.silver, job->run.n_silver_files,
           job->run.n_silver_files == 1 ? "" : "s");
  return true;
}

static bool write_quarantine(struct job *job, struct error *err)
{
  if (job->replay != NULL) /* what fails again stays where it is */
    return true;
  return lake_write_quarantine(&job->lake, job->engine, &job->run, err);
}

static void log_gold(const struct job *job)
{
  const struct dataset *dataset = job->plan.dataset;
  uint64_t before = job->run.rows.passed;
  for (size_t i = 0; i < job->plan.n_conditions; i++) {
    struct text condition = job->plan.conditions[i].config->condition.text;
    log_debug("quality", "Applied business rule '%.*s': %" PRIu64 " -> %" PRIu64 " rows", TEXT_ARGS(condition), before,
              job->run.condition_rows[i]);
    before = job->run.condition_rows[i];
  }
  if (dataset->gold.exclude_columns.count == 0)
    return;
  SCOPED(text_buffer_done) struct text_buffer names = { 0 };
  for (size_t i = 0; i < dataset->gold.exclude_columns.count; i++)
    text_buffer_printf(&names, "%s'%s'", i == 0 ? "" : ", ", dataset->gold.exclude_columns.items[i].value);
  log_info("gold", "Excluded columns: [%s]", names.data);
}

static bool has_failed(struct job *job)
{
  return atomic_load(&job->failed_side) != SIDE_NONE;
}

/* Others may have taken, made or dropped the table meanwhile. */
static bool claim_gold(struct job *job, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct gold_table table;
  TRY(gold_read_table(&scratch, &job->warehouse, &job->plan, &table, err));
  TRY(ledger_claim_gold(&job->warehouse, &job->plan, &job->run, table.is_there, err));
  return gold_prepare(&job->warehouse, &job->plan, &table, err);
}

static bool try_gold(struct job *job, struct error *err)
{
  TRY(warehouse_take(&job->warehouse, err));
  TRY(ledger_prepare(&job->warehouse, err)); /* others may have had the database meanwhile */
  TRY(warehouse_begin(&job->warehouse, err));
  if (!job->plan.dataset->gold.enabled)
    return true;
  TRY(gold_lock(&job->warehouse, &job->plan, err) && claim_gold(job, err));
  if (!gold_load(&job->warehouse, job->engine, &job->plan, &job->run, err))
    return add_context(err, "while loading gold table \"%s\"", job->plan.dataset->gold.table);
  return true;
}

/* Waits before try 2, 3, ...: a quarter of a second, then twice as long each time, and some more by chance, so that two
 * runs do not meet again. False where another try is no use. */
static bool wait_for_try(struct job *job, int n_tries, const struct error *reason)
{
  enum { MOST_DOUBLINGS = 6, STEP = 50 /* ms */ };
  struct error interruption;
  int retries = job->config->database == NULL ? 0 : job->config->database->retries;
  if (n_tries > retries || has_failed(job) || !warehouse_may_pass(&job->warehouse) ||
      !interruption_check(&interruption))
    return false;
  int doublings = n_tries - 1 < MOST_DOUBLINGS ? n_tries - 1 : MOST_DOUBLINGS;
  long milliseconds = (250L << doublings) + getpid() % 100;
  log_warning("gold", "%s; trying again in %.1f s", reason->message, (double)milliseconds / 1000);
  warehouse_rollback(&job->warehouse);
  for (; milliseconds > 0; milliseconds -= STEP) { /* a signal ends the wait, and so does the other side */
    TRY(interruption_check(&interruption) && !has_failed(job));
    clock_sleep_ms(STEP);
  }
  return true;
}

static bool count_gold(struct job *job, struct error *err)
{
  if (!job->plan.dataset->gold.enabled)
    return true;
  TRY(engine_count_conditions(job->engine, &job->plan, &job->run, err));
  log_gold(job);
  return true;
}

/* Opens the transaction in which the ledger's rows follow; committed in publish(). */
static bool load_gold(struct job *job, struct error *err)
{
  for (int n_tries = 1; !try_gold(job, err); n_tries++)
    TRY(wait_for_try(job, n_tries, err));
  if (job->plan.dataset->gold.enabled)
    log_info("gold", "loaded %" PRIu64 " rows into \"%s\".\"%s\"", job->run.rows.gold, job->plan.dataset->gold.schema,
             job->plan.dataset->gold.table);
  return true;
}

/* silver and quarantine beside gold */

/* The lake's thread. The side that fails first stops the other one. */
struct lake_side {
  struct job *job;
  pthread_t thread;
  struct error error;
  atomic_bool is_over, is_gold_over;
};

static void note_failure(struct job *job, enum side side)
{
  int none = SIDE_NONE;
  atomic_compare_exchange_strong(&job->failed_side, &none, side);
}

static bool sync_lake(struct job *job, struct error *err)
{
  return lake_sync(&job->lake, err);
}

static const struct {
  enum run_stage stage;
  bool (*work)(struct job *job, struct error *err);
} lake_stages[] = {
  { STAGE_SILVER, write_silver },
  { STAGE_QUARANTINE, write_quarantine },
  { STAGE_COMMIT, sync_lake }, /* while gold is loaded there is time for it */
};

/* An interruption stops the statement that runs now, if any: it is repeated until the other side is over. */
static void interrupt_until(const atomic_bool *is_over, void (*interrupt)(struct job *job), struct job *job)
{
  enum { TICK_MS = 20 };
  while (!atomic_load(is_over)) {
    interrupt(job);
    clock_sleep_ms(TICK_MS);
  }
}

static void interrupt_gold(struct job *job)
{
  engine_interrupt_copy(job->engine);
  interruption_cancel_warehouse();
}

static void interrupt_lake(struct job *job)
{
  engine_interrupt(job->engine);
}

static void *run_lake_side(void *pointer)
{
  struct lake_side *side = pointer;
  struct job *job = side->job;
  for (size_t i = 0; i < ARRAY_LENGTH(lake_stages) && !has_failed(job); i++)
    if (!job_stage(job, lake_stages[i].stage, lake_stages[i].work, &side->error))
      note_failure(job, SIDE_LAKE);
  atomic_store(&side->is_over, true);
  if (has_failed(job))
    interrupt_until(&side->is_gold_over, interrupt_gold, job);
  return NULL;
}

static bool write_beside_gold(struct job *job, struct error *err)
{
  struct lake_side side = { .job = job };
  TRY(engine_connect_copy(job->engine, err));
  if (pthread_create(&side.thread, NULL, run_lake_side, &side) != 0)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not start a thread");
  if (!job_stage(job, STAGE_GOLD, load_gold, err))
    note_failure(job, SIDE_GOLD);
  atomic_store(&side.is_gold_over, true);
  if (has_failed(job))
    interrupt_until(&side.is_over, interrupt_lake, job);
  pthread_join(side.thread, NULL);
  if (atomic_load(&job->failed_side) == SIDE_LAKE)
    *err = side.error;
  return !has_failed(job);
}

/* The business rules are counted and the partitions found first: both sides ask for them. */
static bool prepare_outputs(struct job *job, struct error *err)
{
  return engine_find_partitions(job->engine, &job->plan, &job->run, err);
}

bool write_outputs(struct job *job, struct error *err)
{
  TRY(job_stage(job, STAGE_SILVER, prepare_outputs, err));
  TRY(job_stage(job, STAGE_GOLD, count_gold, err));
  TRY(job_stage(job, STAGE_ACCOUNT, judge_replacement, err));
  if (job->plan.dataset->gold.enabled && job->warehouse.driver->loads_elsewhere && engine_loads_beside(job->engine))
    return write_beside_gold(job, err);
  TRY(job_stage(job, STAGE_SILVER, write_silver, err));
  TRY(job_stage(job, STAGE_QUARANTINE, write_quarantine, err));
  return job_stage(job, STAGE_GOLD, load_gold, err);
}
