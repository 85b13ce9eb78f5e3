/* The rows of old runs are removed from the metadata tables, but for what later runs ask for:
 *
 *   the latest completed run, whole: its columns are those that the next one is compared with
 *   the last record of each input that a completed run took, and that run's own row: incremental asks for them
 *   the runs that wrote an output last, with all of their files, where incremental replaces partitions: it asks which
 *   inputs a partition's rows came from
 *   runs that have not ended, and runs that are none of the dataset's pipeline, as replays
 *
 * The tables of gold's owners, of schema versions and of replayed rows are not touched. */
#include "ledger/ledger_internal.h"

#include <inttypes.h>

bool ledger_find_old(struct arena *arena, struct warehouse *warehouse, const char *dataset,
                     const struct ledger_keep *keep, const char ***ret_ids, size_t *ret_count, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table table;
  ledger_add(&sql, warehouse,
             "SELECT execution_id FROM @pipeline_executions WHERE status <> 'started' AND pipeline_type = 'dataset' "
             "AND dataset_name = ");
  ledger_add_string(&sql, dataset);
  if (keep->before_us != 0) {
    text_buffer_add_string(&sql, " AND started_at < ");
    ledger_add_instant(&sql, keep->before_us);
  } else {
    ledger_add(&sql, warehouse,
               " AND execution_id NOT IN (SELECT execution_id FROM @pipeline_executions WHERE dataset_name = ");
    ledger_add_string(&sql, dataset);
    text_buffer_printf(&sql, " ORDER BY started_at DESC, execution_id DESC LIMIT %" PRIu64 ")", keep->n_runs);
  }
  text_buffer_add_string(&sql, " ORDER BY started_at, execution_id");
  TRY(warehouse_query(arena, warehouse, sql.data, &table, err));
  *ret_ids = arena_array(arena, table.n_rows + 1, sizeof(char *));
  *ret_count = table.n_rows;
  for (size_t row = 0; row < table.n_rows; row++)
    (*ret_ids)[row] = table.cells[row];
  return true;
}

/* What is cleaned. */
struct cleaning {
  struct warehouse *warehouse;
  const char *dataset;
  const char *const *ids;
  size_t n_ids;
  bool keeps_writers;
};

/* " WHERE execution_id IN (...)", but for the latest completed run that has columns. */
static void add_old(const struct cleaning *cleaning, struct text_buffer *sql)
{
  text_buffer_add_string(sql, " WHERE execution_id IN (");
  for (size_t i = 0; i < cleaning->n_ids; i++) {
    text_buffer_add_string(sql, i == 0 ? "" : ", ");
    ledger_add_string(sql, cleaning->ids[i]);
  }
  ledger_add(
      sql, cleaning->warehouse,
      ") AND execution_id NOT IN (SELECT execution_id FROM (SELECT e.execution_id FROM @pipeline_executions AS e "
      "WHERE status = 'completed' AND EXISTS (SELECT 1 FROM @run_columns AS c WHERE c.execution_id = "
      "e.execution_id) AND dataset_name = ");
  ledger_add_string(sql, cleaning->dataset);
  text_buffer_add_string(sql, " ORDER BY started_at DESC, execution_id DESC LIMIT 1) AS latest)");
}

/* "(SELECT execution_id[, path] FROM ...)": by whom each file of a direction was recorded last. */
static void add_last(const struct cleaning *cleaning, const char *columns, const char *direction,
                     struct text_buffer *sql)
{
  text_buffer_printf(sql,
                     "(SELECT %s FROM (SELECT f.execution_id AS run, f.path AS file, row_number() OVER (PARTITION BY "
                     "f.path ORDER BY e.started_at DESC, e.execution_id DESC) AS place FROM ",
                     columns);
  ledger_add(sql, cleaning->warehouse,
             "@run_files AS f JOIN @pipeline_executions AS e ON e.execution_id = f.execution_id WHERE e.status = "
             "'completed' AND e.dataset_name = ");
  ledger_add_string(sql, cleaning->dataset);
  text_buffer_printf(sql, " AND f.direction = '%s') AS taken WHERE place = 1)", direction);
}

/* Of run_files: rows that nobody asks for. */
static void add_old_files(const struct cleaning *cleaning, struct text_buffer *sql)
{
  add_old(cleaning, sql);
  text_buffer_add_string(sql, " AND NOT (direction = 'input' AND (execution_id, path) IN ");
  add_last(cleaning, "run, file", "input", sql);
  text_buffer_add_char(sql, ')');
  if (!cleaning->keeps_writers)
    return;
  text_buffer_add_string(sql, " AND execution_id NOT IN ");
  add_last(cleaning, "run", "output", sql);
}

/* Of pipeline_executions: runs none of whose files is kept. */
static void add_old_runs(const struct cleaning *cleaning, struct text_buffer *sql)
{
  add_old(cleaning, sql);
  ledger_add(sql, cleaning->warehouse, " AND execution_id NOT IN (SELECT execution_id FROM @run_files WHERE NOT (true");
  SCOPED(text_buffer_done) struct text_buffer files = { 0 };
  add_old_files(cleaning, &files);
  text_buffer_printf(sql, " AND %s))", files.data + strlen(" WHERE "));
}

/* In this order: what is kept of files is asked while their runs are there. */
static const struct {
  const char *table;
  void (*add_condition)(const struct cleaning *cleaning, struct text_buffer *sql);
} cleaned[] = {
  { "@quality_results", add_old }, { "@schema_drift", add_old }, { "@pipeline_executions", add_old_runs },
  { "@run_files", add_old_files }, { "@run_columns", add_old }, /* last: they tell the latest run */
};

bool ledger_clean(struct warehouse *warehouse, const struct ledger_cleaning *asked, uint64_t *ret_rows,
                  struct error *err)
{
  const struct cleaning cleaning = { warehouse, asked->dataset, asked->ids, asked->n_ids, asked->keeps_writers };
  *ret_rows = 0;
  for (size_t i = 0; asked->n_ids > 0 && i < ARRAY_LENGTH(cleaned); i++) {
    SCOPED(text_buffer_done) struct text_buffer sql = { 0 }, condition = { 0 };
    uint64_t count = 0;
    cleaned[i].add_condition(&cleaning, &condition);
    text_buffer_add_string(&sql, "SELECT count(*) FROM ");
    ledger_add(&sql, warehouse, cleaned[i].table);
    text_buffer_add_string(&sql, condition.data);
    TRY(warehouse_query_count(warehouse, sql.data, &count, err));
    *ret_rows += count;
    if (asked->is_trial || count == 0)
      continue;
    text_buffer_clear(&sql);
    text_buffer_add_string(&sql, "DELETE FROM ");
    ledger_add(&sql, warehouse, cleaned[i].table);
    text_buffer_add_string(&sql, condition.data);
    TRY(ledger_write(warehouse, sql.data, err));
  }
  return true;
}
