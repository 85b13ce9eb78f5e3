/* pipeline_run: from the files to the commit.
 *
 * A run makes one thing in three places: silver and quarantine where the lake lies, gold and the ledger in a database.
 * One place decides: the ledger's row of the run, which says "completed" in the very transaction that loads gold. What
 * the lake does before that can be taken back, or, in an object store, is not done yet but can be done by anyone later.
 *
 *   state       the lake                                     the database                what a death leaves
 *   started     the lock; nothing of the run                 the row "started"           a row that says what is not so
 *   staged      files in hidden places                       gold loaded, not committed  those; the server rolls back
 *   journaled   the steps of the publication, on the disk    the same                    the same, and a journal
 *   published   local: renamed, old ones aside; S3: nothing  the same                    renames to take back
 *   sent        the same                                     COMMIT is under way         nobody knows, until asked
 *   committed   local: done; S3: copies and deletes follow   "completed"                 steps to do
 *   finished    journal and hidden places removed            "completed"                 nothing
 *
 * Whoever comes next, a run of the dataset or `crisol recover`, holds the dataset's lock, so that the dead one is gone
 * or cannot go on (lake/lock.h). It asks the ledger, which answers for good (ledger_settle: a row that is not
 * "completed" is made "failed", behind whatever the server still has open), and does what the journal says, forward or
 * back. It may die on the way and be followed by another one: each step can be asked for again. Beside one dataset's
 * runs, of which there is one at a time, others may write the same gold table, one at a time, and the same ledger: the
 * database's locks keep them apart (warehouse/postgresql_locks.c; of a DuckDB file, duckdb/attach.c).
 * tests/e2e/test_crash.py kills at every fault_point(), tests/e2e/test_doubt.py loses every answer. */
#include "base/clock.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/log.h"
#include "base/process.h"
#include "pipeline/incremental.h"
#include "pipeline/job.h"
#include "pipeline/load.h"
#include "pipeline/recovery.h"
#include "pipeline/refusals.h"
#include "pipeline/replay.h"
#include "pipeline/samples.h"
#include "pipeline/summary.h"
#include "pipeline/verdict.h"
#include "pipeline/interruption.h"
#include "ledger/ledger.h"
#include "warehouse/gold.h"
#include "warehouse/gold_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

/* "20261125T063801Z-1a2b3c4d": sorts by time, and two runs of one second differ. */
static const char *run_id_new(struct arena *arena, int64_t instant_us)
{
  uint32_t noise = 0;
  time_t seconds = (time_t)(instant_us / 1000000);
  struct tm utc;
  char stamp[32];
  if (getrandom(&noise, sizeof(noise), 0) != (ssize_t)sizeof(noise))
    noise = (uint32_t)getpid() ^ (uint32_t)instant_us;
  gmtime_r(&seconds, &utc);
  strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &utc);
  return arena_printf(arena, "%s-%08" PRIx32, stamp, noise);
}

/* before anything is read */

/* Takes the dataset's lock, opens the database, ends what dead runs have left. */
bool open_outputs(struct job *job, struct error *err)
{
  job->is_open = true;
  TRY(lake_open(job->arena, &job->plan, &job->run, &job->lake, err));
  job->run.staging = job->lake.staging;
  TRY(open_warehouse(job->arena, &job->plan, job->run.id, job->database, &job->warehouse, err));
  interruption_warehouse(&job->warehouse);
  TRY(ledger_check_names(job->arena, &job->warehouse, &job->plan, err));
  TRY(ledger_prepare(&job->warehouse, err));
  return recover_dead_runs(job->arena, &job->lake, &job->warehouse, job->run.id, err);
}

/* Data that is refused for its files alone is refused in the ledger, too. */
static bool refuse_files(struct job *job, const struct error *reason)
{
  struct error err;
  if (reason->kind != ERROR_DATA)
    return false;
  job->is_started = ledger_start(&job->warehouse, &job->plan, &job->run, lock_name(job->lake.lock), &err);
  if (!job->is_started)
    log_warning("metadata", "could not record the failure: %s", err.message);
  return false;
}

/* The ledger is asked under the lock: two runs must not take the same files. */
static bool find_new_files(struct job *job, struct problem_list *problems, struct error *err)
{
  struct arena *arena = job->arena;
  bool is_sound = plan_outputs(arena, job->config, &job->plan, problems);
  TRY(report_problems(&job->options->observer, problems, err) && is_sound);
  TRY(open_outputs(job, err));
  TRY(plan_inputs(arena, job->config, &job->plan, err));
  if (!leave_out_taken_files(arena, &job->warehouse, &job->plan, err))
    return refuse_files(job, err);
  if (job->plan.n_files == 0) /* nothing is opened, and so no more is planned than where the outputs lie */
    job->is_planned = plan_outputs(arena, job->config, &job->plan, problems);
  warehouse_release(&job->warehouse);
  return true;
}

static bool prepare(struct job *job, struct error *err)
{
  struct problem_list problems = { .arena = job->arena };
  struct config *config = NULL;
  const struct engine_driver *driver = NULL;
  TRY(load_sound_config(job->arena, job->options, &job->s3, &config, err));
  job->config = config; /* what was refused may be there in part: it says nothing of a run */
  job->run.engine = job->options->engine != NULL ? job->options->engine : config->env.engine;
  TRY(load_find_engine(job->options->engine, job->config, &driver, err));
  job->run.engine = driver->name;
  if (job->options->replay != NULL)
    TRY(replay_begin(job, driver, err));
  job->run.instant_us = clock_now_us();
  job->run.id = run_id_new(job->arena, job->run.instant_us);
  TRY(load_engine(job->arena, job->config, driver, job->run.instant_us, &job->database, &job->engine, err));
  log_info("source", "dataset \"%s\", run %s", job->config->dataset->id.value, job->run.id);
  if (job->replay != NULL)
    TRY(replay_find_rows(job, &problems, err));
  else if (is_incremental(job->config->dataset) && !job->options->takes_all_files && !job->options->full_refresh)
    TRY(find_new_files(job, &problems, err));
  else
    TRY(plan_inputs(job->arena, job->config, &job->plan, err) && note_contents(job->arena, &job->plan, err));
  if (job->plan.n_files == 0)
    return true;
  TRY(load_sources(job->arena, job->engine, &problems, &job->plan, &job->is_planned, err));
  if (job->is_planned)
    engine_check(job->engine, &job->plan, &problems);
  TRY(report_problems(&job->options->observer, &problems, err));
  log_info("source", "%zu file%s, %zu columns", job->plan.n_files, job->plan.n_files == 1 ? "" : "s",
           job->plan.n_columns - job->plan.n_made);
  return true;
}

static bool check_gold_table(struct job *job, struct drift *drift, struct error *err)
{
  struct gold_table table;
  TRY(ledger_recall_required(job->arena, &job->warehouse, &job->plan, err));
  TRY(gold_read_table(job->arena, &job->warehouse, &job->plan, &table, err));
  TRY(ledger_check_gold_owner(&job->warehouse, &job->plan, table.is_there, err));
  TRY(gold_check(&job->warehouse, &job->plan, &table, drift, err));
  return gold_find_limits(job->arena, &job->warehouse, &table, &job->plan, err);
}

/* How the columns have changed: between the files, since the last run, for the gold table. */
static bool compare_columns(struct job *job, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct drift *drift = &job->run.drift;
  struct drift_columns last;
  *drift = *engine_drift(job->engine);
  size_t first = drift->count;
  TRY(ledger_last_columns(&scratch, &job->warehouse, &job->plan, &last, err));
  struct drift_columns now = plan_read_columns(&scratch, &job->plan);
  if (last.count > 0 && !job->plan.is_nameless)
    drift_compare(drift, DRIFT_RUN, &last, &now, NULL, 0);
  if (job->plan.dataset->gold.enabled)
    TRY(check_gold_table(job, drift, err));
  for (size_t i = first; i < drift->count; i++) {
    SCOPED(text_buffer_done) struct text_buffer line = { 0 };
    drift_print(&drift->changes[i], &line);
    log_info("source", "%s: %s", drift->changes[i].scope == DRIFT_RUN ? "since the last run" : "gold table", line.data);
  }
  return true;
}

static bool warn_of_repetition(struct job *job, struct error *err)
{
  const struct dataset *dataset = job->plan.dataset;
  bool adds_to_gold =
      dataset->gold.enabled && (dataset->gold.mode == GOLD_APPEND ||
                                (dataset->gold.mode == GOLD_FOLLOW && dataset->silver.mode == SILVER_APPEND));
  if (dataset->is_remade || (dataset->silver.mode != SILVER_APPEND && !adds_to_gold))
    return true;
  const char *earlier = NULL;
  TRY(ledger_find_same_input(job->arena, &job->warehouse, &job->plan, &earlier, err));
  if (earlier != NULL)
    log_warning("source", "run %s has taken the same files already: mode append adds their rows again", earlier);
  return true;
}

/* All that the database is asked before there is something to write: while sources are read, others may have it. */
static bool start(struct job *job, struct error *err)
{
  TRY(job->is_open
          ? warehouse_take(&job->warehouse, err) && ledger_check_names(job->arena, &job->warehouse, &job->plan, err)
          : open_outputs(job, err));
  fault_point();
  if (!replay_is_trial(job)) {
    TRY(ledger_start(&job->warehouse, &job->plan, &job->run, lock_name(job->lake.lock), err));
    job->is_started = true;
  }
  fault_point();
  TRY(lake_check_columns(&job->lake, job->engine, &job->run, err));
  TRY(compare_columns(job, err));
  if (job->replay == NULL)
    TRY(warn_of_repetition(job, err) && ledger_usual_rows(&job->warehouse, &job->plan, &job->usual_rows, err));
  warehouse_release(&job->warehouse);
  return true;
}

/* the stages */

static void log_counts(const char *stage, const char *what, uint64_t count)
{
  SCOPED(text_buffer_done) struct text_buffer number = { 0 };
  text_buffer_add_count(&number, count);
  log_info(stage, "%s: %s", what, number.data);
}

static bool read_rows(struct job *job, struct error *err)
{
  TRY(engine_stage(job->engine, &job->plan, &job->run, err));
  TRY(refuse_reading(job->engine, &job->plan, &job->run, err));
  log_counts("source", "records read", job->run.rows.read);
  if (job->run.rows.malformed > 0)
    log_counts("source", "malformed records", job->run.rows.malformed);
  return true;
}

static bool deduplicate(struct job *job, struct error *err)
{
  TRY(engine_deduplicate(job->engine, &job->plan, &job->run, err));
  if (job->plan.n_dedupe_key > 0)
    log_info("standardization", "Removed duplicates: %" PRIu64 " -> %" PRIu64 " rows", job->run.parsed,
             job->run.parsed - job->run.rows.duplicates);
  return true;
}

/* What the gold table's keys do not let in leaves before the books are made. */
static bool settle_keys(struct job *job, struct error *err)
{
  if (job->plan.n_gold_keys == 0 && !job->plan.gold_bounds_sizes)
    return true;
  TRY(warehouse_take(&job->warehouse, err));
  TRY(gold_settle_keys(&job->warehouse, job->engine, &job->plan, &job->run, err));
  warehouse_release(&job->warehouse);
  return true;
}

static void alert_row_count(struct job *job)
{
  uint64_t usual = job->usual_rows, read = job->run.rows.read;
  if (usual > 0 && (read * 2 < usual || read > usual * 2))
    run_alert(&job->run, "row_count", "%" PRIu64 " records were read, the last five runs read %" PRIu64 " (median)",
              read, usual);
}

bool refuse_alerts(const struct job *job, struct error *err)
{
  if (!job->options->refuses_alerts || job->run.n_alerts == 0)
    return true;
  fail(err, ERROR_DATA, NOWHERE, "%s", job->run.alerts[0].message);
  return add_hint(err, "The data is refused since --fail-on-alert is given.");
}

static bool account(struct job *job, struct error *err)
{
  const struct run *run = &job->run;
  TRY(engine_account(job->engine, &job->plan, &job->run, err));
  TRY(refuse_accounts(job->engine, &job->plan, &job->run, err));
  if (job->options->samples > 0)
    job->samples = take_samples(job->arena, job->engine, &job->plan, run, job->options->samples);
  for (size_t i = 0; i < job->plan.n_rules; i++)
    log_debug("quality", "Applied rule '%s' (%s): %" PRIu64 " of %" PRIu64 " rows fail",
              job->plan.rules[i].config->name.value, on_fail_names[job->plan.rules[i].config->on_fail],
              run->rules[i].failed, run->rules[i].total);
  log_info("quality", "%" PRIu64 " rows passed, %" PRIu64 " quarantined, %" PRIu64 " dropped", run->rows.passed,
           run->rows.quarantined, run->rows.dropped);
  alert_row_count(job);
  return refuse_alerts(job, err);
}

/* the commit */

static void summarize(const struct job *job, const char *message, struct summary *ret_summary)
{
  *ret_summary = (struct summary){
    .config = job->config,
    .plan = job->is_planned ? &job->plan : NULL,
    .run = &job->run,
    .environment = job->config->database != NULL ? job->config->database->environment : NULL,
    .replay = replay_counts(job),
    .error = message,
    .peak_rss_bytes = process_peak_bytes(),
  };
}

/* The run is decided: what cannot appear now will, by the next run. */
static bool finish_lake(struct job *job, struct error *err)
{
  interruption_says(arena_printf(job->arena, ": run %s is committed in the database", job->run.id));
  fault_point();
  if (lake_finish(&job->lake, err))
    return true;
  struct error interruption;
  if (interruption_check(&interruption))
    err->kind = ERROR_ENVIRONMENT;
  return add_hint(err,
                  "Run %s is committed in the database. `crisol recover`, or the next run, publishes the rest of its "
                  "silver.",
                  job->run.id);
}

/* Completes the ledger's row, in the transaction that is open. */
static bool record_completion(struct job *job, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer json = { 0 };
  struct summary summary;
  job->run.total_seconds = clock_seconds() - job->started;
  summarize(job, NULL, &summary);
  summary_print_json(&summary, &json);
  TRY(ledger_complete(&job->warehouse, &job->plan, &job->run, json.data, err));
  return job->replay == NULL || replay_record(job, err);
}

/* The server took COMMIT and its answer did not come: it is asked for a while what it has made of it. A transaction
 * that it still has open cannot commit behind the answer. */
static enum commit_outcome ask_ledger(struct job *job, struct error *err)
{
  enum { PATIENCE = 30 /* s */ };
  struct error doubt = *err;
  const char *status = NULL;
  if (!settle_run(job->arena, &job->warehouse, job->run.id, err->message, fault_seconds(PATIENCE) * INT64_C(1000),
                  &status, err) ||
      status == NULL)
    return COMMIT_IN_DOUBT;
  if (strcmp(status, "completed") == 0)
    return COMMIT_DONE;
  *err = doubt;
  return COMMIT_REFUSED;
}

/* What failed is no longer what counts: nobody knows, yet. */
static bool explain_doubt(struct job *job, struct error *err)
{
  const struct error reason = *err;
  const char *id = job->run.id;
  interruption_says(arena_printf(job->arena, ": it is undecided whether run %s is published", id));
  if (interruption_check(err))
    fail(err, ERROR_ENVIRONMENT, NOWHERE,
         "it is undecided whether run %s is published: the database was sent COMMIT and did not confirm it: %s", id,
         reason.message);
  return add_hint(err, "The next run of the dataset, or `crisol recover`, asks the ledger, and finishes or undoes it.");
}

static bool commit(struct job *job, struct error *err)
{
  enum commit_outcome outcome = warehouse_commit(&job->warehouse, err);
  if (outcome == COMMIT_IN_DOUBT)
    outcome = ask_ledger(job, err);
  job->is_committed = outcome == COMMIT_DONE;
  job->is_in_doubt = outcome == COMMIT_IN_DOUBT;
  if (job->is_committed)
    warehouse_release(&job->warehouse); /* what is published now may take its time */
  return job->is_committed || (job->is_in_doubt && explain_doubt(job, err));
}

/* Silver on a local disk first: a rename can be taken back when the database refuses to commit; the reverse cannot.
 * Silver in an object store last: there nothing can be taken back, but anything can be finished later. While it is not
 * known whether the database has committed, both stay as they are, with their journal. */
static bool publish(struct job *job, struct error *err)
{
  TRY(interruption_check(err));
  interruption_hold();
  TRY(record_completion(job, err));
  fault_point();
  TRY(lake_publish(&job->lake, err));
  fault_point();
  if (commit(job, err))
    return finish_lake(job, err);
  if (job->is_in_doubt) {
    lake_leave(&job->lake);
    return false;
  }
  struct error undo_error;
  if (!lake_undo(&job->lake, &undo_error))
    log_warning("silver", "could not take back the publication: %s", undo_error.message);
  return false;
}

/* The most usual end of a scheduled run: a completed run like others, of no file and no row. */
static bool end_without_files(struct job *job, struct error *err)
{
  log_info("source",
           job->replay == NULL ? "there is no new file: nothing to do" : "there is no quarantined row to read again");
  if (replay_is_trial(job))
    return true;
  TRY(warehouse_take(&job->warehouse, err));
  TRY(ledger_start(&job->warehouse, &job->plan, &job->run, lock_name(job->lake.lock), err));
  job->is_started = true;
  TRY(warehouse_begin(&job->warehouse, err));
  TRY(interruption_check(err));
  interruption_hold();
  return record_completion(job, err) && commit(job, err);
}

static bool execute(struct job *job, struct error *err)
{
  TRY(prepare(job, err));
  if (job->plan.n_files == 0)
    return end_without_files(job, err);
  TRY(start(job, err));
  TRY(job_stage(job, STAGE_READ, read_rows, err));
  if (job->replay != NULL)
    TRY(job_stage(job, STAGE_DEDUPLICATE, replay_leave_others, err));
  TRY(job_stage(job, STAGE_DEDUPLICATE, deduplicate, err));
  if (job->replay != NULL)
    TRY(job_stage(job, STAGE_DEDUPLICATE, replay_settle_standing, err));
  TRY(job_stage(job, STAGE_DEDUPLICATE, settle_keys, err));
  TRY(job_stage(job, STAGE_ACCOUNT, account, err));
  if (job->replay != NULL)
    TRY(job_stage(job, STAGE_ACCOUNT, replay_settle, err));
  if (replay_is_trial(job))
    return true;
  TRY(write_outputs(job, err));
  TRY(job_stage(job, STAGE_COMMIT, publish, err));
  log_info("metadata", "Pipeline execution completed: %s", job->run.id);
  return true;
}

/* the end */

static void record_failure(struct job *job, const struct error *failure)
{
  struct error err;
  SCOPED(text_buffer_done) struct text_buffer json = { 0 };
  struct summary summary;
  enum { PATIENCE_MS = 10000 };
  if (job->is_committed || job->is_in_doubt)
    return;
  warehouse_limit(&job->warehouse, PATIENCE_MS);
  warehouse_rollback(&job->warehouse);
  if (!job->is_started)
    return;
  job->run.rows.silver = job->run.rows.gold = 0;
  summarize(job, failure->message, &summary);
  summary_print_json(&summary, &json);
  if (!warehouse_take(&job->warehouse, &err) ||
      !ledger_fail(&job->warehouse, &job->run, failure->message, json.data, &err))
    log_warning("metadata", "could not record the failure: %s", err.message);
}

static void finish(struct job *job)
{
  lake_close(&job->lake);
  interruption_warehouse(NULL);
  warehouse_close(&job->warehouse);
  close_engine(&job->database, &job->engine);
  close_s3(&job->s3);
}

/* Puts the mask in the place of what lies between. */
static void mask_between(char *start, char *end)
{
  static const char mask[] = PRIVATE_MASK;
  size_t room = (size_t)(end - start), length = room < sizeof(mask) - 1 ? room : sizeof(mask) - 1;
  memmove(start + length, end, strlen(end) + 1);
  for (size_t i = 0; i < length; i++)
    start[i] = mask[i];
}

/* "partition column "mail" holds ...": of what a folder cannot be named by only the column is told. */
static void hide_folder(const struct dataset *dataset, const char *start, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const char *column = text_copy(&scratch, (struct text){ start, strcspn(start, "\"") });
  if (dataset_hides(dataset, column))
    fail(err, ERROR_DATA, NOWHERE, "a value of private partition column \"%s\" cannot be the name of a folder", column);
}

/* What a function ("[CANNOT_DECODE_URL] "%zz" cannot be decoded") or a constraint of a DuckDB file (key "email:
 * ana@example.com") says of a row has its values between quotes; raise_error() says what it was told to. */
void hide_private_values(const struct dataset *dataset, struct error *err)
{
  static const char raised[] = "[USER_RAISED_EXCEPTION] ";
  char *first = strchr(err->message, '"'), *last = strrchr(err->message, '"');
  bool is_of_row = err->message[0] == '[' || strstr(err->message, " backtracks too much on \"") != NULL ||
                   strstr(err->message, "key \"") != NULL;
  if (err->kind != ERROR_DATA || dataset->private_columns.count == 0)
    return;
  if (strstr(err->message, "partition column \"") != NULL)
    hide_folder(dataset, first + 1, err);
  else if (strncmp(err->message, raised, strlen(raised)) == 0)
    mask_between(err->message + strlen(raised), strchr(err->message, '\0'));
  else if (is_of_row && last > first)
    mask_between(first + 1, last);
}

static bool run_to_its_end(struct job *job, struct error *err)
{
  bool is_done = execute(job, err);
  job->run.total_seconds = clock_seconds() - job->started;
  fault_point();
  if (!is_done) {
    interruption_explain(err);
    if (job->config != NULL)
      hide_private_values(job->config->dataset, err);
    if (err->kind == ERROR_DATA) /* the rejects are the engine's to write, whose transaction may have failed */
      warehouse_rollback(&job->warehouse);
    if (job->replay == NULL) /* else they are where they were, in the quarantine */
      keep_rejects(job, err);
    interruption_hold(); /* what follows must not be interrupted: it undoes */
    record_failure(job, err);
  }
  finish(job);
  job->run.total_seconds = clock_seconds() - job->started;
  return is_done;
}

bool pipeline_run(struct arena *arena, const struct pipeline_options *options, const struct summary **ret_summary,
                  struct error *err)
{
  struct job *job = arena_alloc(arena, sizeof(*job)); /* the summary points to it */
  *job = (struct job){ .arena = arena, .options = options, .run = { .arena = arena }, .started = clock_seconds() };
  *ret_summary = NULL;
  interruption_begin(": nothing was published");
  log_set_receiver(options->observer.log, options->observer.context);
  bool is_done = run_to_its_end(job, err);
  log_set_receiver(NULL, NULL);
  if (job->config == NULL)
    return is_done;
  struct summary *summary = arena_alloc(arena, sizeof(*summary));
  summarize(job, is_done ? NULL : arena_copy(arena, err->message, strlen(err->message)), summary);
  summary->samples = job->samples;
  *ret_summary = summary;
  return is_done;
}
