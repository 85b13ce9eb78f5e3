/* A replay is a run with three differences: its records come out of the quarantine (replay_rows.c, replay_records.c),
 * what passes is added whatever the output's mode, each key settled against the rows that stand, and the ledger notes,
 * in the transaction that completes it, which rows of the quarantine are settled. All else, the lock, the publication,
 * its journal and its recovery, is a run's. The quarantine's files stay as they are: a row is open until the ledger
 * says otherwise, and no two replays have the dataset's lock at once, so that no row is taken twice. */
#include "pipeline/replay_internal.h"

#include "base/log.h"
#include "pipeline/load.h"

#include <inttypes.h>
#include <stdlib.h>

bool replay_is_trial(const struct job *job)
{
  return job->replay != NULL && job->replay->counts.is_trial;
}

const struct replay_counts *replay_counts(const struct job *job)
{
  return job->replay == NULL ? NULL : &job->replay->counts;
}

static bool is_listed(const struct config_list *list, const char *name)
{
  for (size_t i = 0; i < list->count; i++)
    if (text_equal_nocase(text_from(list->items[i].value), text_from(name)))
      return true;
  return false;
}

static bool gold_has_key(const struct dataset *dataset)
{
  for (size_t i = 0; i < dataset->dedupe_key.count; i++)
    if (is_listed(&dataset->gold.exclude_columns, dataset->dedupe_key.items[i].value))
      return false;
  return dataset->dedupe_key.count > 0;
}

/* Limits are shares of what a run reads: of rows that have failed before they tell nothing. */
static void add_only(struct dataset *dataset)
{
  dataset->silver.mode = SILVER_APPEND;
  dataset->max_rejected.is_set = false;
  for (size_t i = 0; i < dataset->n_rules; i++)
    dataset->rules[i].max_failed.is_set = false;
  if (!dataset->gold.enabled || dataset->gold.mode == GOLD_UPSERT)
    return;
  dataset->gold.mode = gold_has_key(dataset) ? GOLD_UPSERT : GOLD_APPEND;
  if (dataset->gold.mode == GOLD_UPSERT)
    dataset->gold.key = dataset->dedupe_key;
}

bool replay_begin(struct job *job, const struct engine_driver *driver, struct error *err)
{
  if (!engine_can_replay(driver)) {
    fail(err, ERROR_CONFIG, NOWHERE, "engine \"%s\" does not replay quarantined rows", driver->name);
    return add_hint(err, "Say --engine duckdb: silver is the same.");
  }
  job->run.is_replay = true;
  job->replay = arena_alloc(job->arena, sizeof(*job->replay));
  const struct dataset *dataset = job->config->dataset;
  bool gold_gathers = dataset->gold.enabled && (dataset->gold.mode == GOLD_APPEND || dataset->gold.mode == GOLD_UPSERT);
  *job->replay = (struct replay){ .counts.is_trial = job->options->replay->is_trial,
                                  .mode = dataset->silver.mode,
                                  .gathers = gold_gathers };
  return true;
}

bool replay_make_table(struct job *job, const char *name, const char *columns, const struct table *rows,
                       struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_printf(&sql, "CREATE OR REPLACE TEMP TABLE %s (%s)", name, columns);
  TRY(database_execute(job->database, sql.data, err));
  return rows->n_rows == 0 || database_append(job->database, name, rows, err);
}

void replay_note_rows(struct job *job, const struct table *rows)
{
  struct replay *replay = job->replay;
  for (size_t row = 0; row < rows->n_rows; row++) {
    char **cells = &rows->cells[row * rows->n_columns];
    replay->rows = arena_grow(job->arena, replay->rows, replay->n_rows, &replay->rows_capacity, sizeof(*replay->rows));
    replay->rows[replay->n_rows++] = (struct ledger_replayed){ .quarantined_by = cells[0],
                                                               .source_file = cells[1],
                                                               .source_offset = strtoll(cells[2], NULL, 10),
                                                               .element = cells[3],
                                                               .outcome = cells[4],
                                                               .reasons = cells[5] };
  }
}

/* Nothing is to be read: the outputs are planned all the same, for the record. */
static bool plan_nothing(struct job *job, struct problem_list *problems)
{
  job->is_planned = plan_outputs(job->arena, job->config, &job->plan, problems);
  return true;
}

bool replay_find_rows(struct job *job, struct problem_list *problems, struct error *err)
{
  bool has_quarantine = false;
  add_only(job->config->dataset);
  bool is_sound = plan_outputs(job->arena, job->config, &job->plan, problems);
  TRY(report_problems(&job->options->observer, problems, err) && is_sound);
  TRY(open_outputs(job, err));
  TRY(replay_choose_rows(job, &has_quarantine, err));
  if (!has_quarantine) {
    warehouse_release(&job->warehouse);
    return plan_nothing(job, problems);
  }
  if (job->options->replay->file != NULL)
    TRY(replay_take_mended(job, err));
  TRY(database_query_count(job->database, "SELECT count(*) FROM crisol_open", &job->replay->counts.open, err));
  TRY(replay_leave_out_superseded(job, err));
  warehouse_release(&job->warehouse);
  TRY(replay_keep_records(job, err));
  const struct replay_counts *counts = &job->replay->counts;
  log_info("source", "%" PRIu64 " open rows in the quarantine", counts->open);
  if (counts->without_bytes > 0)
    log_warning("source", "%" PRIu64 " of them have no record to read again, or a part of it: they stay open",
                counts->without_bytes);
  if (counts->superseded > 0)
    log_info("source", "%" PRIu64 " of them are of files that a later run has read again: they are settled",
             counts->superseded);
  return job->plan.n_files > 0 || plan_nothing(job, problems);
}

bool replay_leave_others(struct job *job, struct error *err)
{
  return engine_keep_taken(job->engine, &job->plan, &job->run, "crisol_taken", err);
}

/* the rows that stand */

bool replay_settle_standing(struct job *job, struct error *err)
{
  struct standing_file *files = NULL;
  size_t count = 0;
  if (job->plan.n_dedupe_key == 0)
    return true;
  TRY(lake_list_standing(job->arena, &job->lake, true, &files, &count, err));
  if (count == 0)
    return true;
  const char **paths = arena_array(job->arena, count, sizeof(*paths));
  for (size_t i = 0; i < count; i++)
    paths[i] = files[i].path;
  return engine_settle_standing(job->engine, &job->plan, &job->run, job->lake.bucket != NULL ? job->config->s3 : NULL,
                                paths, count, err);
}

static bool refuse_unkeyed_gold(const struct job *job, struct error *err)
{
  const struct dataset *dataset = job->plan.dataset;
  if (job->replay->counts.displaced == 0 || !dataset->gold.enabled || dataset->gold.mode == GOLD_UPSERT)
    return true;
  fail(err, ERROR_CONFIG, dataset->gold.place,
       "%" PRIu64 " rows that stand lose against replayed ones, and gold table \"%s\".\"%s\" lacks the key of "
       "deduplicate, to find them by",
       job->replay->counts.displaced, dataset->gold.schema, dataset->gold.table);
  return add_hint(err, "Keep the key in gold, or run all files again.");
}

/* what became of the rows */

static const char outcomes_sql[] =
    "SELECT t.run, t.source_file, CAST(t.position AS VARCHAR), CAST(t.element AS VARCHAR), CASE WHEN f.fate IS NULL "
    "THEN '%s' WHEN f.fate = %d THEN 'passed' WHEN f.fate = %d THEN 'dropped' ELSE 'open' END AS outcome, CASE WHEN "
    "outcome = 'open' THEN CAST(to_json(f._failed_rules) AS VARCHAR) END FROM crisol_taken AS t LEFT JOIN crisol_fates "
    "AS f ON f.file = t.file AND f.position = t.position AND (f.element IS NULL OR f.element = t.element) WHERE "
    "outcome <> 'open' OR f._failed_rules IS DISTINCT FROM "
    "t.reasons";

bool replay_settle(struct job *job, struct error *err)
{
  struct replay *replay = job->replay;
  struct table table;
  TRY(engine_find_displaced(job->engine, job->arena, &job->plan, &replay->displaced, &replay->n_displaced,
                            &replay->counts.displaced, err));
  TRY(refuse_unkeyed_gold(job, err));
  TRY(engine_find_fates(job->engine, &job->plan, "crisol_fates", err));
  const char *gone = job->plan.n_dedupe_key > 0 ? "duplicate" : "dropped"; /* malformed, under DROPMALFORMED */
  const char *sql = arena_printf(job->arena, outcomes_sql, gone, FATE_PASSED, FATE_DROPPED);
  TRY(database_query(job->arena, job->database, sql, &table, err));
  replay_note_rows(job, &table);
  return true;
}

bool replay_rewrite(struct job *job, struct error *err)
{
  const struct replay *replay = job->replay;
  return replay->n_displaced == 0 ||
         lake_rewrite_files(&job->lake, job->engine, &job->run, replay->displaced, replay->n_displaced, err);
}

bool replay_record(struct job *job, struct error *err)
{
  return ledger_add_replayed(&job->warehouse, &job->plan, &job->run, job->replay->rows, job->replay->n_rows, err);
}
