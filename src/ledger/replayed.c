/* metadata.replayed_rows: which rows of the quarantine are settled, and why the others still fail. The files of the
 * quarantine stay as they are. */
#include "ledger/ledger_internal.h"

#include <inttypes.h>

bool ledger_find_replayed(struct arena *arena, struct warehouse *warehouse, const char *dataset,
                          struct table *ret_table, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  uint64_t is_there = 0;
  *ret_table = (struct table){ 0 };
  TRY(warehouse_query_count(warehouse,
                            "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'metadata' AND "
                            "table_name = 'replayed_rows'",
                            &is_there, err));
  if (is_there == 0)
    return true;
  ledger_add(
      &sql, warehouse,
      "SELECT quarantined_by, source_file, CAST(source_offset AS VARCHAR), CAST(element AS VARCHAR), outcome, "
      "CAST(reasons AS VARCHAR) FROM (SELECT r.*, row_number() OVER (PARTITION BY quarantined_by, source_file, "
      "source_offset, element ORDER BY e.started_at DESC, e.execution_id DESC) AS place FROM @replayed_rows AS r "
      "JOIN @pipeline_executions AS e ON e.execution_id = r.execution_id WHERE e.status = 'completed' AND "
      "r.dataset_name = ");
  ledger_add_string(&sql, dataset);
  text_buffer_add_string(&sql, ") AS latest WHERE place = 1");
  return warehouse_query(arena, warehouse, sql.data, ret_table, err);
}

static void add_row(const struct plan *plan, const struct run *run, const struct ledger_replayed *row,
                    struct text_buffer *sql)
{
  const char *const texts[] = { run->id, plan->dataset->id.value, row->quarantined_by, row->source_file };
  text_buffer_add_char(sql, '(');
  for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
    ledger_add_string(sql, texts[i]);
    text_buffer_add_string(sql, ", ");
  }
  text_buffer_printf(sql, "%" PRId64 ", %s, ", row->source_offset, row->element == NULL ? "NULL" : row->element);
  ledger_add_string(sql, row->outcome);
  text_buffer_add_string(sql, ", ");
  ledger_add_string(sql, row->reasons);
  text_buffer_add_char(sql, ')');
}

bool ledger_add_replayed(struct warehouse *warehouse, const struct plan *plan, const struct run *run,
                         const struct ledger_replayed *rows, size_t count, struct error *err)
{
  enum { ROWS_AT_ONCE = 1000 };
  for (size_t first = 0; first < count; first += ROWS_AT_ONCE) {
    SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
    ledger_add(&sql, warehouse,
               "INSERT INTO @replayed_rows (execution_id, dataset_name, quarantined_by, source_file, source_offset, "
               "element, outcome, reasons) VALUES ");
    for (size_t i = first; i < count && i < first + ROWS_AT_ONCE; i++) {
      text_buffer_add_string(&sql, i == first ? "" : ", ");
      add_row(plan, run, &rows[i], &sql);
    }
    TRY(ledger_write(warehouse, sql.data, err));
  }
  return true;
}
