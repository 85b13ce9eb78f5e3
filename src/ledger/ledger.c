#include "ledger/ledger_internal.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/process.h"
#include "ledger/tables.h"
#include "lake/lock.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

static void add_string(struct text_buffer *sql, const char *value)
{
  if (value == NULL)
    text_buffer_add_string(sql, "NULL");
  else
    sql_add_string(sql, text_from(value));
}

void ledger_add(struct text_buffer *sql, const struct warehouse *warehouse, const char *text)
{
  for (const char *p = text; *p != '\0'; p++)
    if (*p == '@')
      text_buffer_printf(sql, "%smetadata.", warehouse->prefix);
    else
      text_buffer_add_char(sql, *p);
}

void ledger_add_instant(struct text_buffer *sql, int64_t instant_us)
{
  int64_t fraction = instant_us % 1000000;
  fraction += fraction < 0 ? 1000000 : 0; /* a time before 1970 has its fraction after its second, too */
  time_t seconds = (time_t)((instant_us - fraction) / 1000000);
  struct tm utc;
  gmtime_r(&seconds, &utc);
  text_buffer_printf(sql, "CAST('%04d-%02d-%02d %02d:%02d:%02d.%06" PRId64 "+00' AS TIMESTAMP WITH TIME ZONE)",
                     utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, fraction);
}

/* Others may be reading a table that is to be changed, or be making the same change: they are not kept waiting by one
 * that waits. */
static bool migrate(struct warehouse *warehouse, const char *sql, struct error *err)
{
  enum { TRIES = 60, PAUSE_MS = 300 };
  for (int i = 1; !warehouse_execute(warehouse, sql, err); i++) {
    if (i == TRIES || !warehouse_may_pass(warehouse))
      return add_context(err, "while preparing the metadata tables");
    clock_sleep_ms(PAUSE_MS);
  }
  return true;
}

/* A role that owns the schema need not be one that may create another. */
static bool has_schema(struct warehouse *warehouse, bool *ret_has, struct error *err)
{
  uint64_t count = 0;
  *ret_has = false;
  if (!warehouse->driver->loads_elsewhere)
    return true;
  TRY(warehouse_query_count(warehouse, "SELECT count(*) FROM pg_namespace WHERE nspname = 'metadata'", &count, err));
  *ret_has = count > 0;
  return true;
}

bool ledger_prepare(struct warehouse *warehouse, struct error *err)
{
  enum { TABLES = 7 }; /* each by a column that it has had since its last change */
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  uint64_t count = 0;
  TRY(warehouse_query_count(
      warehouse,
      "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'metadata' AND "
      "(table_name, column_name) IN "
      "(('pipeline_executions', 'process'), ('dataset_versions', 'dataset_name'), "
      "('quality_results', 'rule_name'), "
      "('run_files', 'inputs'), ('run_columns', 'type'), ('schema_drift', 'files'), ('gold_tables', 'since'))",
      &count, err));
  if (count == TABLES) /* IF NOT EXISTS asks for the privilege to create even where there is nothing to do */
    return ledger_check_tables(warehouse, err);
  bool is_there = false;
  TRY(has_schema(warehouse, &is_there, err));
  text_buffer_printf(&sql, "%s%s", warehouse->driver->limit_locks, warehouse->driver->lock_definitions);
  if (!is_there)
    text_buffer_printf(&sql, "CREATE SCHEMA IF NOT EXISTS %smetadata;\n", warehouse->prefix);
  ledger_add(&sql, warehouse, LEDGER_TABLES);
  ledger_add(&sql, warehouse,
             "ALTER TABLE @pipeline_executions ADD COLUMN IF NOT EXISTS lock VARCHAR;\n"
             "ALTER TABLE @pipeline_executions ADD COLUMN IF NOT EXISTS process VARCHAR;\n"
             "ALTER TABLE @run_files ADD COLUMN IF NOT EXISTS etag VARCHAR;\n"
             "ALTER TABLE @run_files ADD COLUMN IF NOT EXISTS changed_at TIMESTAMP WITH TIME ZONE;\n"
             "ALTER TABLE @run_files ADD COLUMN IF NOT EXISTS inputs VARCHAR;\n");
  ledger_add(&sql, warehouse, LEDGER_GOLD_OWNERS);
  return migrate(warehouse, sql.data, err) && ledger_check_tables(warehouse, err);
}

bool ledger_start(struct warehouse *warehouse, const struct plan *plan, const struct run *run, const char *lock,
                  struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  ledger_add(&sql, warehouse,
             "INSERT INTO @pipeline_executions (execution_id, dataset_name, pipeline_type, status, started_at, engine, "
             "config_hash, lock, process) VALUES (");
  add_string(&sql, run->id);
  text_buffer_add_string(&sql, ", ");
  add_string(&sql, plan->dataset->id.value);
  text_buffer_add_string(&sql, ", 'dataset', 'started', ");
  ledger_add_instant(&sql, run->instant_us);
  text_buffer_add_string(&sql, ", 'duckdb', ");
  add_string(&sql, plan->config->config_hash);
  text_buffer_add_string(&sql, ", ");
  add_string(&sql, lock);
  text_buffer_add_string(&sql, ", ");
  add_string(&sql, process_identity(&scratch));
  text_buffer_add_char(&sql, ')');
  return ledger_write(warehouse, sql.data, err);
}

static int64_t now_us(void)
{
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
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
  add_string(&sql, status);
  text_buffer_add_string(&sql, ", finished_at = ");
  ledger_add_instant(&sql, now_us());
  text_buffer_printf(&sql,
                     ", rows_read = %" PRIu64 ", rows_malformed = %" PRIu64 ", rows_duplicates = %" PRIu64
                     ", rows_passed = %" PRIu64 ", rows_quarantined = %" PRIu64 ", rows_dropped = %" PRIu64
                     ", rows_warned = %" PRIu64 ", rows_silver = %" PRIu64,
                     run->rows.read, run->rows.malformed, run->rows.duplicates, run->rows.passed, run->rows.quarantined,
                     run->rows.dropped, run->rows.warned, run->rows.silver);
  if (run->condition_rows != NULL) /* counted for gold; a dataset without one has no rows there, rather than none */
    text_buffer_printf(&sql, ", rows_gold = %" PRIu64, run->rows.gold);
  text_buffer_add_string(&sql, ", stage_seconds = ");
  add_stage_seconds(run, &sql);
  text_buffer_add_string(&sql, ", error_message = ");
  ledger_add_told(&sql, warehouse, message, TOLD_TEXT);
  text_buffer_add_string(&sql, ", summary = ");
  ledger_add_told(&sql, warehouse, summary_json, TOLD_JSON);
  text_buffer_add_string(&sql, " WHERE status = 'started' AND execution_id = ");
  add_string(&sql, run->id);
  return ledger_write(warehouse, sql.data, err);
}

/* Another run that took this one for dead has recorded that: it must not be completed after all. */
static bool check_not_buried(struct warehouse *warehouse, const struct run *run, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  uint64_t count = 0;
  ledger_add(&sql, warehouse,
             "SELECT count(*) FROM @pipeline_executions WHERE status = 'completed' AND execution_id = ");
  add_string(&sql, run->id);
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
    add_string(&sql, run->id);
    text_buffer_add_string(&sql, ", ");
    add_string(&sql, plan->rules[i].config->name.value);
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
  add_string(sql, run->id);
  text_buffer_printf(sql, ", '%s', ", file->direction);
  add_string(sql, file->path);
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
    add_string(sql, texts[i]);
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
    add_string(&sql, run->id);
    text_buffer_printf(&sql, ", %zu, ", i + 1);
    add_string(&sql, columns.names[i]);
    text_buffer_add_string(&sql, ", ");
    add_string(&sql, columns.types[i]);
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
    add_string(&sql, run->id);
    text_buffer_printf(&sql, ", '%s', '%s', ", drift_scope_names[change->scope], drift_kind_names[change->kind]);
    add_string(&sql, change->column);
    text_buffer_add_string(&sql, ", ");
    add_string(&sql, change->from);
    text_buffer_add_string(&sql, ", ");
    add_string(&sql, change->to);
    text_buffer_add_string(&sql, ", ");
    add_string(&sql, change->file == NULL ? NULL : path_absolute(&scratch, change->file));
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
  char seen[32];
  gmtime_r(&seconds, &utc);
  strftime(seen, sizeof(seen), "%Y%m%d%H%M%S", &utc);
  ledger_add(&sql, warehouse, "INSERT INTO @dataset_versions (dataset_name, schema_version, schema, since) SELECT ");
  add_string(&sql, plan->dataset->id.value);
  text_buffer_printf(&sql, ", '%s_%s', ", schema->md5, seen);
  ledger_add_told(&sql, warehouse, schema->canonical, TOLD_JSON);
  text_buffer_add_string(&sql, ", ");
  ledger_add_instant(&sql, run->instant_us);
  ledger_add(&sql, warehouse, " WHERE coalesce((SELECT schema_version FROM @dataset_versions WHERE dataset_name = ");
  add_string(&sql, plan->dataset->id.value);
  text_buffer_printf(&sql, " ORDER BY since DESC LIMIT 1), '') NOT LIKE '%s!_%%' ESCAPE '!'", schema->md5);
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

bool ledger_status(struct arena *arena, struct warehouse *warehouse, const char *run_id, const char **ret_status,
                   struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table table;
  ledger_add(&sql, warehouse, "SELECT status FROM @pipeline_executions WHERE execution_id = ");
  add_string(&sql, run_id);
  TRY(warehouse_query(arena, warehouse, sql.data, &table, err));
  *ret_status = table.n_rows == 0 ? NULL : table.cells[0];
  return true;
}

bool ledger_bury(struct warehouse *warehouse, const char *run_id, const char *message, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  ledger_add(&sql, warehouse, "UPDATE @pipeline_executions SET status = 'failed', finished_at = ");
  ledger_add_instant(&sql, now_us());
  text_buffer_add_string(&sql, ", error_message = ");
  add_string(&sql, message);
  text_buffer_add_string(&sql, " WHERE status = 'started' AND execution_id = ");
  add_string(&sql, run_id);
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

/* Whether a run that counts as started is known to be gone: its process is seen to be, or nobody has its lock, or the
 * one who asks. Of a former version's nothing is recorded: as it had the dataset's lock, whoever has that now knows. */
static bool is_gone(const char *lock, const char *process, const char *own_lock)
{
  if (lock == NULL && process == NULL)
    return own_lock != NULL;
  return (process != NULL && process_is_gone(process)) ||
         (lock != NULL && own_lock != NULL && strcmp(lock, own_lock) == 0) || (lock != NULL && lock_is_free(lock));
}

bool ledger_find_gone(struct arena *arena, struct warehouse *warehouse, const char *dataset, const char *own_lock,
                      const char ***ret_ids, size_t *ret_count, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table table;
  ledger_add(
      &sql, warehouse,
      "SELECT execution_id, lock, process FROM @pipeline_executions WHERE status = 'started' AND dataset_name = ");
  add_string(&sql, dataset);
  TRY(warehouse_query(arena, warehouse, sql.data, &table, err));
  const char **ids = arena_array(arena, table.n_rows + 1, sizeof(*ids));
  size_t count = 0;
  for (size_t row = 0; row < table.n_rows; row++) {
    char **cells = &table.cells[row * table.n_columns];
    if (is_gone(cells[1], cells[2], own_lock))
      ids[count++] = cells[0];
  }
  *ret_ids = ids;
  *ret_count = count;
  return true;
}

bool ledger_fail(struct warehouse *warehouse, const struct run *run, const char *message, const char *summary_json,
                 struct error *err)
{
  return finish(warehouse, run, "failed", message, summary_json, err);
}

/* looking back */

bool ledger_usual_rows(struct warehouse *warehouse, const struct plan *plan, uint64_t *ret_rows, struct error *err)
{
  enum { RUNS = 5 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_printf(&sql,
                     "SELECT CASE WHEN count(*) = %d THEN CAST(percentile_cont(0.5) WITHIN GROUP (ORDER BY rows_read) "
                     "AS BIGINT) ELSE 0 END",
                     RUNS);
  ledger_add(
      &sql, warehouse,
      " FROM (SELECT rows_read FROM @pipeline_executions WHERE status = 'completed' AND rows_read > 0 AND dataset_name "
      "= ");
  add_string(&sql, plan->dataset->id.value);
  text_buffer_printf(&sql, " ORDER BY started_at DESC LIMIT %d) AS latest", RUNS);
  return warehouse_query_count(warehouse, sql.data, ret_rows, err);
}

bool ledger_find_same_input(struct arena *arena, struct warehouse *warehouse, const struct plan *plan,
                            const char **ret_run_id, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(&sql, "WITH mine(path, bytes, modified_at) AS (VALUES ");
  for (size_t i = 0; i < plan->n_files; i++) {
    text_buffer_add_string(&sql, i == 0 ? "(" : ", (");
    add_string(&sql, path_absolute(&scratch, plan->files[i].path));
    text_buffer_printf(&sql, ", %" PRIu64 ", ", plan->files[i].bytes);
    ledger_add_instant(&sql, plan->files[i].modified_us);
    text_buffer_add_char(&sql, ')');
  }
  ledger_add(&sql, warehouse,
             ") SELECT execution_id FROM @pipeline_executions AS e WHERE status = 'completed' AND dataset_name = ");
  add_string(&sql, plan->dataset->id.value);
  ledger_add(
      &sql, warehouse,
      " AND (SELECT count(*) FROM @run_files AS f WHERE f.execution_id = e.execution_id AND direction = 'input') = ");
  text_buffer_printf(&sql, "%zu", plan->n_files);
  ledger_add(
      &sql, warehouse,
      " AND (SELECT count(*) FROM @run_files AS f JOIN mine USING (path, bytes, modified_at) WHERE f.execution_id = "
      "e.execution_id AND direction = 'input') = ");
  text_buffer_printf(&sql, "%zu ORDER BY started_at DESC LIMIT 1", plan->n_files);
  struct table table;
  TRY(warehouse_query(arena, warehouse, sql.data, &table, err));
  *ret_run_id = table.n_rows == 0 ? NULL : table.cells[0];
  return true;
}

/* Exactly, as the databases hold it: an epoch is a double in DuckDB. */
#define MICROSECONDS_OF(column)                                                                                        \
  "CAST(extract(epoch FROM date_trunc('second', " column ")) AS BIGINT) * 1000000 + "                                  \
  "CAST(extract(microseconds FROM " column ") AS BIGINT) % 1000000"

bool ledger_inputs(struct arena *arena, struct warehouse *warehouse, const char *dataset,
                   struct ledger_input **ret_inputs, size_t *ret_count, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table table;
  ledger_add(&sql, warehouse,
             "SELECT path, e.execution_id, bytes, " MICROSECONDS_OF("modified_at") ", " MICROSECONDS_OF(
                 "changed_at") ", " MICROSECONDS_OF("started_at") ", md5, etag FROM @run_files AS f JOIN "
                                                                  "@pipeline_executions AS e ON e.execution_id = "
                                                                  "f.execution_id WHERE direction = "
                                                                  "'input' AND "
                                                                  "status = 'completed' AND dataset_name = ");
  add_string(&sql, dataset);
  text_buffer_add_string(&sql, " ORDER BY started_at");
  TRY(warehouse_query(arena, warehouse, sql.data, &table, err));
  struct ledger_input *inputs = arena_array(arena, table.n_rows + 1, sizeof(*inputs));
  for (size_t row = 0; row < table.n_rows; row++) {
    char **cells = &table.cells[row * table.n_columns];
    inputs[row] = (struct ledger_input){ .path = cells[0],
                                         .run_id = cells[1],
                                         .bytes = strtoull(cells[2], NULL, 10),
                                         .modified_us = cells[3] == NULL ? 0 : strtoll(cells[3], NULL, 10),
                                         .changed_us = cells[4] == NULL ? 0 : strtoll(cells[4], NULL, 10),
                                         .started_us = strtoll(cells[5], NULL, 10),
                                         .md5 = cells[6],
                                         .etag = cells[7] };
  }
  *ret_inputs = inputs;
  *ret_count = table.n_rows;
  return true;
}

bool ledger_outputs(struct arena *arena, struct warehouse *warehouse, const char *const *paths, size_t count,
                    struct ledger_output **ret_outputs, size_t *ret_count, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table table;
  *ret_count = 0;
  if (count == 0)
    return true;
  text_buffer_add_string(&sql, "WITH mine(path) AS (VALUES ");
  for (size_t i = 0; i < count; i++) {
    text_buffer_add_string(&sql, i == 0 ? "(" : ", (");
    add_string(&sql, paths[i]);
    text_buffer_add_char(&sql, ')');
  }
  ledger_add(
      &sql, warehouse,
      ") SELECT path, execution_id, inputs FROM (SELECT f.path, f.execution_id, f.inputs, row_number() OVER (PARTITION "
      "BY f.path ORDER BY e.started_at DESC, e.execution_id DESC) AS place FROM @run_files AS f JOIN mine ON mine.path "
      "= "
      "f.path JOIN @pipeline_executions AS e ON e.execution_id = f.execution_id WHERE f.direction = 'output' AND "
      "e.status = 'completed') AS written WHERE place = 1");
  TRY(warehouse_query(arena, warehouse, sql.data, &table, err));
  struct ledger_output *outputs = arena_array(arena, table.n_rows + 1, sizeof(*outputs));
  for (size_t row = 0; row < table.n_rows; row++) {
    char **cells = &table.cells[row * table.n_columns];
    outputs[row] = (struct ledger_output){ .path = cells[0], .run_id = cells[1], .inputs = cells[2] };
  }
  *ret_outputs = outputs;
  *ret_count = table.n_rows;
  return true;
}

bool ledger_last_columns(struct arena *arena, struct warehouse *warehouse, const struct plan *plan,
                         struct drift_columns *ret_columns, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table table;
  ledger_add(
      &sql, warehouse,
      "SELECT column_name, type FROM @run_columns WHERE execution_id = (SELECT execution_id FROM @pipeline_executions "
      "AS "
      "e WHERE EXISTS (SELECT 1 FROM @run_columns AS c WHERE c.execution_id = e.execution_id) AND status = 'completed' "
      "AND dataset_name = ");
  add_string(&sql, plan->dataset->id.value);
  text_buffer_add_string(&sql, " ORDER BY started_at DESC, execution_id DESC LIMIT 1) ORDER BY position");
  TRY(warehouse_query(arena, warehouse, sql.data, &table, err));
  const char **names = arena_array(arena, table.n_rows + 1, sizeof(*names));
  const char **types = arena_array(arena, table.n_rows + 1, sizeof(*types));
  for (size_t row = 0; row < table.n_rows; row++) {
    names[row] = table.cells[row * 2];
    types[row] = table.cells[row * 2 + 1];
  }
  *ret_columns = (struct drift_columns){ names, types, table.n_rows };
  return true;
}

#define LIST_COLUMNS                                                                                                   \
  "execution_id, dataset_name, status, CAST(date_trunc('second', started_at AT TIME ZONE 'UTC') AS VARCHAR), "         \
  "CAST(CAST(extract(epoch FROM finished_at - started_at) AS DECIMAL(18,1)) AS VARCHAR), CAST(rows_read AS VARCHAR), " \
  "CAST(rows_silver AS VARCHAR), CAST(rows_gold AS VARCHAR), error_message, CAST(rows_quarantined AS VARCHAR)"

/* A reader records nothing: it shows what the next run of the dataset will record. A former version's table lacks what
 * tells. */
static bool show_gone(struct arena *arena, struct warehouse *warehouse, struct table *table, struct error *err)
{
  enum { ID = 0, STATUS = 2, ERROR = 8 }; /* of LIST_COLUMNS */
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table started;
  uint64_t is_known = 0;
  TRY(warehouse_query_count(warehouse,
                            "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'metadata' AND "
                            "table_name = 'pipeline_executions' AND column_name = 'process'",
                            &is_known, err));
  if (is_known == 0)
    return true;
  ledger_add(&sql, warehouse, "SELECT execution_id, lock, process FROM @pipeline_executions WHERE status = 'started'");
  TRY(warehouse_query(arena, warehouse, sql.data, &started, err));
  for (size_t i = 0; i < started.n_rows; i++) {
    char **run = &started.cells[i * started.n_columns];
    for (size_t row = 0; row < table->n_rows; row++) {
      char **cells = &table->cells[row * table->n_columns];
      if (strcmp(cells[ID], run[0]) != 0 || strcmp(cells[STATUS], "started") != 0 || !is_gone(run[1], run[2], NULL))
        continue;
      cells[STATUS] = arena_copy(arena, "failed", strlen("failed"));
      cells[ERROR] = arena_printf(arena, "the process is gone");
    }
  }
  return true;
}

bool ledger_list(struct arena *arena, struct warehouse *warehouse, const char *dataset, size_t limit,
                 struct table *ret_table, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  ledger_add(&sql, warehouse, "SELECT " LIST_COLUMNS " FROM @pipeline_executions");
  if (dataset != NULL) {
    text_buffer_add_string(&sql, " WHERE dataset_name = ");
    add_string(&sql, dataset);
  }
  text_buffer_printf(&sql, " ORDER BY started_at DESC, execution_id DESC LIMIT %zu", limit);
  return warehouse_query(arena, warehouse, sql.data, ret_table, err) && show_gone(arena, warehouse, ret_table, err);
}

static bool query_of(struct arena *arena, struct warehouse *warehouse, const char *select, const char *id,
                     const char *rest, struct table *ret_table, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  ledger_add(&sql, warehouse, select);
  add_string(&sql, id);
  text_buffer_add_string(&sql, rest);
  return warehouse_query(arena, warehouse, sql.data, ret_table, err);
}

bool ledger_find(struct arena *arena, struct warehouse *warehouse, const char *id, struct ledger_entry *ret_entry,
                 bool *ret_found, struct error *err)
{
  struct table table;
  TRY(query_of(
      arena, warehouse,
      "SELECT " LIST_COLUMNS ", CAST(rows_malformed AS VARCHAR), CAST(rows_duplicates AS VARCHAR), "
      "CAST(rows_dropped AS VARCHAR), CAST(rows_passed AS VARCHAR), CAST(rows_warned AS VARCHAR), "
      "(summary -> 'silver' ->> 'path'), (summary -> 'quarantine' ->> 'path'), (summary -> 'gold' ->> 'table'), "
      "CAST(summary AS VARCHAR) FROM @pipeline_executions WHERE "
      "starts_with(execution_id, ",
      id, ") ORDER BY execution_id", &table, err));
  *ret_found = table.n_rows > 0;
  if (!*ret_found)
    return true;
  if (table.n_rows > 1 && strcmp(table.cells[0], id) != 0)
    return fail(err, ERROR_CONFIG, NOWHERE, "%zu runs begin with \"%s\", the first are %s and %s", table.n_rows, id,
                table.cells[0], table.cells[table.n_columns]);
  TRY(show_gone(arena, warehouse, &table, err));
  *ret_entry = (struct ledger_entry){ .execution = table.cells, .summary_json = table.cells[table.n_columns - 1] };
  const char *found = table.cells[0];
  TRY(query_of(arena, warehouse, "SELECT rule_name, on_fail, failed, total FROM @quality_results WHERE execution_id = ",
               found, "", &ret_entry->rules, err));
  TRY(query_of(arena, warehouse,
               "SELECT compared_with, change, column_name, old_type, new_type, path, files FROM @schema_drift WHERE "
               "execution_id = ",
               found, "", &ret_entry->drift, err));
  TRY(query_of(arena, warehouse,
               "SELECT v.schema_version FROM @dataset_versions AS v JOIN @pipeline_executions AS e ON e.dataset_name = "
               "v.dataset_name AND v.since <= e.started_at WHERE e.execution_id = ",
               found, " ORDER BY v.since DESC LIMIT 1", &table, err));
  ret_entry->schema_version = table.n_rows == 0 ? NULL : table.cells[0];
  return query_of(arena, warehouse,
                  "SELECT direction, path, rows, bytes, md5, etag, CAST(date_trunc('second', modified_at AT TIME ZONE "
                  "'UTC') AS VARCHAR) FROM @run_files WHERE execution_id = ",
                  found, " ORDER BY direction, path", &ret_entry->files, err);
}

static bool read_files(struct arena *arena, struct warehouse *warehouse, struct ledger_lineage *run, struct error *err)
{
  return query_of(arena, warehouse,
                  "SELECT direction, path, rows, bytes, md5 FROM @run_files WHERE execution_id = ", run->run_id,
                  " ORDER BY direction, path", &run->files, err);
}

bool ledger_find_lineage(struct arena *arena, struct warehouse *warehouse, const char *path, const char *table,
                         size_t limit, struct ledger_lineage **ret_runs, size_t *ret_count, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  SCOPED(text_buffer_done) struct text_buffer folder = { 0 };
  struct table found;
  text_buffer_add_string(&folder, path);
  if (folder.length == 0 || folder.data[folder.length - 1] != '/')
    text_buffer_add_char(&folder, '/');
  ledger_add(
      &sql, warehouse,
      "SELECT execution_id, dataset_name, CAST(date_trunc('second', started_at AT TIME ZONE 'UTC') AS VARCHAR), "
      "(summary -> 'gold' ->> 'table'), CAST(rows_gold AS VARCHAR) FROM @pipeline_executions AS e WHERE status = "
      "'completed' AND ((summary -> 'gold' ->> 'table') = ");
  add_string(&sql, table);
  ledger_add(&sql, warehouse,
             " OR EXISTS (SELECT 1 FROM @run_files AS f WHERE f.execution_id = e.execution_id AND (path = ");
  add_string(&sql, path);
  text_buffer_add_string(&sql, " OR starts_with(path, ");
  add_string(&sql, folder.data);
  text_buffer_printf(&sql, ")))) ORDER BY started_at DESC, execution_id DESC LIMIT %zu", limit);
  TRY(warehouse_query(arena, warehouse, sql.data, &found, err));
  struct ledger_lineage *runs = arena_array(arena, found.n_rows + 1, sizeof(*runs));
  for (size_t row = 0; row < found.n_rows; row++) {
    char **cells = &found.cells[row * found.n_columns];
    runs[row] = (struct ledger_lineage){ .run_id = cells[0],
                                         .dataset = cells[1],
                                         .started_at = cells[2],
                                         .gold_table = cells[3],
                                         .gold_rows = cells[4] == NULL ? "0" : cells[4] };
    TRY(read_files(arena, warehouse, &runs[row], err));
  }
  *ret_runs = runs;
  *ret_count = found.n_rows;
  return true;
}
