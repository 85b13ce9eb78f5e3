/* The record of a run: that it began, how it ended, what it read, wrote and found. */
#include "ledger/ledger_internal.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/process.h"

#include <inttypes.h>
#include <time.h>

bool ledger_start(struct warehouse *warehouse, const struct plan *plan, const struct run *run, const char *lock,
                  struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  ledger_add(&sql, warehouse,
             "INSERT INTO @pipeline_executions (execution_id, dataset_name, pipeline_type, status, started_at, engine, "
             "config_hash, lock, process, silver_mode) VALUES (");
  ledger_add_string(&sql, run->id);
  text_buffer_add_string(&sql, ", ");
  ledger_add_string(&sql, plan->dataset->id.value);
  text_buffer_printf(&sql, ", '%s', 'started', ", run->is_replay ? "replay" : "dataset");
  ledger_add_instant(&sql, run->instant_us);
  text_buffer_add_string(&sql, ", ");
  ledger_add_string(&sql, run->engine);
  text_buffer_add_string(&sql, ", ");
  ledger_add_string(&sql, plan->config->config_hash);
  text_buffer_add_string(&sql, ", ");
  ledger_add_string(&sql, lock);
  text_buffer_add_string(&sql, ", ");
  ledger_add_string(&sql, process_identity(&scratch));
  text_buffer_add_string(&sql, ", ");
  ledger_add_string(&sql,
                    plan->dataset->is_remade ? "full_refresh" : plan_silver_mode_name(plan->dataset->silver.mode));
  text_buffer_add_char(&sql, ')');
  return ledger_write(warehouse, sql.data, err);
}

static void add_stage_seconds(const struct run *run, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "'{");
  for (size_t i = 0; i < N_RUN_STAGES; i++)
    text_buffer_printf(sql, "%s\"%s\": %.3f", i == 0 ? "" : ", ", run_stage_names[i], run->seconds[i]);
  text_buffer_add_string(sql, "}'");
}

/* The counts are left null where a run failed before they were known. */
static bool finish(struct warehouse *warehouse, const struct run *run, const char *status, const char *message,
                   const char *summary_json, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  ledger_add(&sql, warehouse, "UPDATE @pipeline_executions SET status = ");
  ledger_add_string(&sql, status);
  text_buffer_add_string(&sql, ", finished_at = ");
  ledger_add_instant(&sql, clock_now_us());
  text_buffer_printf(&sql,
                     ", rows_read = %" PRIu64 ", rows_exploded = %" PRIu64 ", rows_malformed = %" PRIu64
                     ", rows_duplicates = %" PRIu64 ", rows_passed = %" PRIu64 ", rows_quarantined = %" PRIu64
                     ", rows_dropped = %" PRIu64 ", rows_warned = %" PRIu64 ", rows_silver = %" PRIu64,
                     run->rows.read, run->rows.exploded, run->rows.malformed, run->rows.duplicates, run->rows.passed,
                     run->rows.quarantined, run->rows.dropped, run->rows.warned, run->rows.silver);
  if (run->condition_rows != NULL) /* counted for gold; a dataset without one has no rows there, rather than none */
    text_buffer_printf(&sql, ", rows_gold = %" PRIu64, run->rows.gold);
  text_buffer_add_string(&sql, ", stage_seconds = ");
  add_stage_seconds(run, &sql);
  text_buffer_add_string(&sql, ", error_message = ");
  ledger_add_told(&sql, warehouse, message, TOLD_TEXT);
  text_buffer_add_string(&sql, ", summary = ");
  ledger_add_told(&sql, warehouse, summary_json, TOLD_JSON);
  text_buffer_add_string(&sql, " WHERE status = 'started' AND execution_id = ");
  ledger_add_string(&sql, run->id);
  return ledger_write(warehouse, sql.data, err);
}

/* Another run that took this one for dead has recorded that: it must not be completed after all. */
static bool check_not_buried(struct warehouse *warehouse, const struct run *run, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  uint64_t count = 0;
  ledger_add(&sql, warehouse,
             "SELECT count(*) FROM @pipeline_executions WHERE status = 'completed' AND execution_id = ");
  ledger_add_string(&sql, run->id);
  TRY(warehouse_query_count(warehouse, sql.data, &count, err));
  return count == 1 ||
         fail(err, ERROR_LOCKED, NOWHERE,
              "another run has taken this one for dead: run %s is no longer recorded as started", run->id);
}

static bool add_rules(struct warehouse *warehouse, const struct plan *plan, const struct run *run, struct error *err)
{
  if (plan->n_rules == 0)
    return true;
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  ledger_add(&sql, warehouse, "INSERT INTO @quality_results (execution_id, rule_name, on_fail, failed, total) VALUES ");
  for (size_t i = 0; i < plan->n_rules; i++) {
    text_buffer_add_string(&sql, i == 0 ? "(" : ", (");
    ledger_add_string(&sql, run->id);
    text_buffer_add_string(&sql, ", ");
    ledger_add_string(&sql, plan->rules[i].config->name.value);
    text_buffer_printf(&sql, ", '%s', %" PRIu64 ", %" PRIu64 ")", on_fail_names[plan->rules[i].config->on_fail],
                       run->rules[i].failed, run->rules[i].total);
  }
  return ledger_write(warehouse, sql.data, err);
}

/* A row of run_files; what is NULL is not known. */
struct file_row {
  const char *direction, *path;
  uint64_t rows, bytes;
  const int64_t *modified_us, *changed_us;
  const char *md5, *etag, *inputs;
};

static void add_file(struct text_buffer *sql, const struct warehouse *warehouse, const struct run *run,
                     const struct file_row *file)
{
  const int64_t *const instants[] = { file->modified_us, file->changed_us };
  const char *const texts[] = { file->md5, file->etag, file->inputs };
  ledger_add(sql, warehouse,
             sql->length == 0
                 ? "INSERT INTO @run_files (execution_id, direction, path, rows, bytes, modified_at, changed_at, "
                   "md5, etag, inputs) VALUES ("
                 : ", (");
  ledger_add_string(sql, run->id);
  text_buffer_printf(sql, ", '%s', ", file->direction);
  ledger_add_string(sql, file->path);
  text_buffer_printf(sql, ", %" PRIu64 ", %" PRIu64, file->rows, file->bytes);
  for (size_t i = 0; i < ARRAY_LENGTH(instants); i++) {
    text_buffer_add_string(sql, ", ");
    if (instants[i] == NULL)
      text_buffer_add_string(sql, "NULL");
    else
      ledger_add_instant(sql, *instants[i]);
  }
  for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
    text_buffer_add_string(sql, ", ");
    ledger_add_string(sql, texts[i]);
  }
  text_buffer_add_char(sql, ')');
}

static bool add_files(struct warehouse *warehouse, const struct plan *plan, const struct run *run, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  for (size_t i = 0; i < plan->n_files; i++) {
    const struct plan_file *file = &plan->files[i];
    add_file(&sql, warehouse, run,
             &(struct file_row){ .direction = "input",
                                 .path = path_absolute(&scratch, file->path),
                                 .rows = run->input_records[i],
                                 .bytes = file->bytes,
                                 .modified_us = &file->modified_us,
                                 .changed_us = file->changed_us == 0 ? NULL : &file->changed_us,
                                 .md5 = file->md5,
                                 .etag = file->etag });
  }
  for (size_t i = 0; i < run->n_silver_files; i++) {
    const struct run_file *file = &run->silver_files[i];
    add_file(&sql, warehouse, run,
             &(struct file_row){ .direction = "output",
                                 .path = path_join(&scratch, plan->silver_path, file->path),
                                 .rows = file->rows,
                                 .bytes = file->bytes,
                                 .md5 = file->md5,
                                 .inputs = file->inputs });
  }
  for (size_t i = 0; i < run->n_rewritten_files; i++) {
    const struct run_file *file = &run->rewritten_files[i];
    add_file(
        &sql, warehouse, run,
        &(struct file_row){
            .direction = "rewritten", .path = file->path, .rows = file->rows, .bytes = file->bytes, .md5 = file->md5 });
  }
  if (run->quarantine_file != NULL)
    add_file(&sql, warehouse, run,
             &(struct file_row){ .direction = "quarantine",
                                 .path = run->quarantine_file,
                                 .rows = run->rows.quarantined + run->rows.malformed,
                                 .bytes = run->quarantine_bytes,
                                 .md5 = run->quarantine_md5 });
  return sql.length == 0 || ledger_write(warehouse, sql.data, err);
}

static bool add_columns(struct warehouse *warehouse, const struct plan *plan, const struct run *run, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct drift_columns columns = plan_read_columns(&scratch, plan);
  for (size_t i = 0; i < columns.count; i++) {
    ledger_add(&sql, warehouse,
               i == 0 ? "INSERT INTO @run_columns (execution_id, position, column_name, type) VALUES (" : ", (");
    ledger_add_string(&sql, run->id);
    text_buffer_printf(&sql, ", %zu, ", i + 1);
    ledger_add_string(&sql, columns.names[i]);
    text_buffer_add_string(&sql, ", ");
    ledger_add_string(&sql, columns.types[i]);
    text_buffer_add_char(&sql, ')');
  }
  return sql.length == 0 || ledger_write(warehouse, sql.data, err);
}

static bool add_drift(struct warehouse *warehouse, const struct run *run, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  for (size_t i = 0; i < run->drift.count; i++) {
    const struct drift_change *change = &run->drift.changes[i];
    ledger_add(&sql, warehouse,
               i == 0
                   ? "INSERT INTO @schema_drift (execution_id, compared_with, change, column_name, old_type, new_type, "
                     "path, files) VALUES ("
                   : ", (");
    ledger_add_string(&sql, run->id);
    text_buffer_printf(&sql, ", '%s', '%s', ", drift_scope_names[change->scope], drift_kind_names[change->kind]);
    ledger_add_string(&sql, change->column);
    text_buffer_add_string(&sql, ", ");
    ledger_add_string(&sql, change->from);
    text_buffer_add_string(&sql, ", ");
    ledger_add_string(&sql, change->to);
    text_buffer_add_string(&sql, ", ");
    ledger_add_string(&sql, change->file == NULL ? NULL : path_absolute(&scratch, change->file));
    text_buffer_printf(&sql, ", %zu)", change->n_files);
  }
  return sql.length == 0 || ledger_write(warehouse, sql.data, err);
}

/* A new row only where the schema's MD5 differs from the latest one's. */
static bool add_version(struct warehouse *warehouse, const struct plan *plan, const struct run *run, struct error *err)
{
  const struct schema *schema = plan->dataset->schema;
  if (schema == NULL)
    return true;
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  time_t seconds = (time_t)(run->instant_us / 1000000);
  struct tm utc;
  char seen[32], md5[MD5_HEX_SIZE];
  md5_hex(text_from(schema->canonical), md5);
  gmtime_r(&seconds, &utc);
  strftime(seen, sizeof(seen), "%Y%m%d%H%M%S", &utc);
  ledger_add(&sql, warehouse, "INSERT INTO @dataset_versions (dataset_name, schema_version, schema, since) SELECT ");
  ledger_add_string(&sql, plan->dataset->id.value);
  text_buffer_printf(&sql, ", '%s_%s', ", md5, seen);
  ledger_add_told(&sql, warehouse, schema->canonical, TOLD_JSON);
  text_buffer_add_string(&sql, ", ");
  ledger_add_instant(&sql, run->instant_us);
  ledger_add(&sql, warehouse, " WHERE coalesce((SELECT schema_version FROM @dataset_versions WHERE dataset_name = ");
  ledger_add_string(&sql, plan->dataset->id.value);
  text_buffer_printf(&sql, " ORDER BY since DESC LIMIT 1), '') NOT LIKE '%s!_%%' ESCAPE '!'", md5);
  return ledger_write(warehouse, sql.data, err);
}

bool ledger_complete(struct warehouse *warehouse, const struct plan *plan, const struct run *run,
                     const char *summary_json, struct error *err)
{
  return finish(warehouse, run, "completed", NULL, summary_json, err) && check_not_buried(warehouse, run, err) &&
         add_rules(warehouse, plan, run, err) && add_files(warehouse, plan, run, err) &&
         add_columns(warehouse, plan, run, err) && add_drift(warehouse, run, err) &&
         add_version(warehouse, plan, run, err);
}

bool ledger_bury(struct warehouse *warehouse, const char *run_id, const char *message, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  ledger_add(&sql, warehouse, "UPDATE @pipeline_executions SET status = 'failed', finished_at = ");
  ledger_add_instant(&sql, clock_now_us());
  text_buffer_add_string(&sql, ", error_message = ");
  ledger_add_string(&sql, message);
  text_buffer_add_string(&sql, " WHERE status = 'started' AND execution_id = ");
  ledger_add_string(&sql, run_id);
  return ledger_write(warehouse, sql.data, err);
}

static bool bury_within(struct warehouse *warehouse, const char *run_id, const char *message, struct error *err)
{
  TRY(warehouse->driver->limit_locks[0] == '\0' || warehouse_execute(warehouse, warehouse->driver->limit_locks, err));
  return ledger_bury(warehouse, run_id, message, err);
}

bool ledger_settle(struct arena *arena, struct warehouse *warehouse, const char *run_id, const char *message,
                   const char **ret_status, struct error *err)
{
  bool is_buried = warehouse_begin(warehouse, err) && bury_within(warehouse, run_id, message, err) &&
                   warehouse_commit(warehouse, err) == COMMIT_DONE;
  warehouse_rollback(warehouse);
  if (!is_buried && warehouse->driver->limit_locks[0] != '\0')
    return false;
  return ledger_status(arena, warehouse, run_id, ret_status, err); /* a file has no other session: it tells by itself */
}

bool ledger_fail(struct warehouse *warehouse, const struct run *run, const char *message, const char *summary_json,
                 struct error *err)
{
  return finish(warehouse, run, "failed", message, summary_json, err);
}
