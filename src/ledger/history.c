/* What the metadata tables are asked: what past runs read and wrote, how they ended, and what a new one compares itself
 * with. */
#include "ledger/ledger_internal.h"

#include "base/file.h"
#include "base/process.h"
#include "lake/lock.h"

#include <inttypes.h>
#include <stdlib.h>

bool ledger_is_there(struct warehouse *warehouse, bool *ret_is_there, struct error *err)
{
  uint64_t n_tables = 0;
  TRY(warehouse_query_count(warehouse,
                            "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'metadata' AND "
                            "table_name = 'pipeline_executions'",
                            &n_tables, err));
  *ret_is_there = n_tables > 0;
  return true;
}

bool ledger_count_other_tables(struct warehouse *warehouse, uint64_t *ret_count, struct error *err)
{
  return warehouse_query_count(
      warehouse, "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'warehouse' AND schema_name <> 'metadata'",
      ret_count, err);
}

/* how a run ended */

bool ledger_status(struct arena *arena, struct warehouse *warehouse, const char *run_id, const char **ret_status,
                   struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table table;
  ledger_add(&sql, warehouse, "SELECT status FROM @pipeline_executions WHERE execution_id = ");
  ledger_add_string(&sql, run_id);
  TRY(warehouse_query(arena, warehouse, sql.data, &table, err));
  *ret_status = table.n_rows == 0 ? NULL : table.cells[0];
  return true;
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
  ledger_add_string(&sql, dataset);
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

/* what a run compares itself with */

bool ledger_recall_required(struct arena *arena, struct warehouse *warehouse, const struct plan *plan,
                            struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  bool is_server = warehouse->prefix[0] == '\0';
  text_buffer_add_string(&sql, is_server
                                   ? "SELECT DISTINCT json_array_elements_text(CAST(schema AS json) -> 'required')"
                                   : "SELECT DISTINCT unnest(from_json(schema -> 'required', '[\"VARCHAR\"]'))");
  text_buffer_printf(&sql, " FROM %smetadata.dataset_versions WHERE dataset_name = ", warehouse->prefix);
  sql_add_string(&sql, text_from(plan->dataset->id.value));
  return warehouse_query(arena, warehouse, sql.data, &warehouse->required, err);
}

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
      " FROM (SELECT rows_read FROM @pipeline_executions WHERE status = 'completed' AND pipeline_type = 'dataset' AND "
      "rows_read > 0 AND dataset_name = ");
  ledger_add_string(&sql, plan->dataset->id.value);
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
    ledger_add_string(&sql, path_absolute(&scratch, plan->files[i].path));
    text_buffer_printf(&sql, ", %" PRIu64 ", ", plan->files[i].bytes);
    ledger_add_instant(&sql, plan->files[i].modified_us);
    text_buffer_add_char(&sql, ')');
  }
  ledger_add(
      &sql, warehouse,
      ") SELECT execution_id FROM @pipeline_executions AS e WHERE status = 'completed' AND pipeline_type = 'dataset' "
      "AND dataset_name = ");
  ledger_add_string(&sql, plan->dataset->id.value);
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
  ledger_add(
      &sql, warehouse,
      "SELECT path, e.execution_id, bytes, " MICROSECONDS_OF("modified_at") ", " MICROSECONDS_OF(
          "changed_at") ", " MICROSECONDS_OF("started_at") ", md5, etag, pipeline_type FROM @run_files AS f JOIN "
                                                           "@pipeline_executions AS e ON e.execution_id = "
                                                           "f.execution_id WHERE direction = "
                                                           "'input' AND "
                                                           "status = 'completed' AND dataset_name = ");
  ledger_add_string(&sql, dataset);
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
                                         .etag = cells[7],
                                         .is_of_replay = strcmp(cells[8], "replay") == 0 };
  }
  *ret_inputs = inputs;
  *ret_count = table.n_rows;
  return true;
}

bool ledger_find_writers(struct arena *arena, struct warehouse *warehouse, const char *dataset, struct table *ret_table,
                         struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  ledger_add(&sql, warehouse,
             "SELECT execution_id, silver_mode, lpad(CAST(" MICROSECONDS_OF(
                 "started_at") " AS VARCHAR), 20, '0') FROM @pipeline_executions WHERE status = 'completed' AND "
                               "pipeline_type = 'dataset' AND dataset_name = ");
  ledger_add_string(&sql, dataset);
  return warehouse_query(arena, warehouse, sql.data, ret_table, err);
}

bool ledger_find_others(struct arena *arena, struct warehouse *warehouse, const char *dataset, const char *const *ids,
                        size_t count, struct table *ret_table, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  *ret_table = (struct table){ 0 };
  if (count == 0)
    return true;
  ledger_add(&sql, warehouse, "SELECT execution_id FROM @pipeline_executions WHERE dataset_name <> ");
  ledger_add_string(&sql, dataset);
  for (size_t i = 0; i < count; i++) {
    text_buffer_add_string(&sql, i == 0 ? " AND execution_id IN (" : ", ");
    ledger_add_string(&sql, ids[i]);
  }
  text_buffer_add_char(&sql, ')');
  return warehouse_query(arena, warehouse, sql.data, ret_table, err);
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
    ledger_add_string(&sql, paths[i]);
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
      "AND pipeline_type = 'dataset' "
      "AND dataset_name = ");
  ledger_add_string(&sql, plan->dataset->id.value);
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

/* past runs for people */

#define LIST_COLUMNS                                                                                                   \
  "execution_id, dataset_name, status, CAST(date_trunc('second', started_at AT TIME ZONE 'UTC') AS VARCHAR), "         \
  "CAST(CAST(extract(epoch FROM finished_at - started_at) AS DECIMAL(18,1)) AS VARCHAR), CAST(rows_read AS VARCHAR), " \
  "CAST(rows_silver AS VARCHAR), CAST(rows_gold AS VARCHAR), error_message, CAST(rows_quarantined AS VARCHAR), "       \
  "pipeline_type"

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
    ledger_add_string(&sql, dataset);
  }
  text_buffer_printf(&sql, " ORDER BY started_at DESC, execution_id DESC LIMIT %zu", limit);
  return warehouse_query(arena, warehouse, sql.data, ret_table, err) && show_gone(arena, warehouse, ret_table, err);
}

static bool query_of(struct arena *arena, struct warehouse *warehouse, const char *select, const char *id,
                     const char *rest, struct table *ret_table, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  ledger_add(&sql, warehouse, select);
  ledger_add_string(&sql, id);
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
  ledger_add_string(&sql, table);
  ledger_add(&sql, warehouse,
             " OR EXISTS (SELECT 1 FROM @run_files AS f WHERE f.execution_id = e.execution_id AND (path = ");
  ledger_add_string(&sql, path);
  text_buffer_add_string(&sql, " OR starts_with(path, ");
  ledger_add_string(&sql, folder.data);
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
