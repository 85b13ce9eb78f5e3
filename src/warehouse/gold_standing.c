/* What stands in a gold table before a run. */
#include "warehouse/gold_internal.h"

bool gold_replaces(const struct plan *plan)
{
  enum gold_replacement replacement = gold_replacement(plan);
  return replacement == REPLACES_ALL || replacement == REPLACES_PARTITIONS;
}

bool gold_holds_rows(struct warehouse *warehouse, const struct plan *plan, const struct gold_table *table,
                     bool *ret_holds, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  uint64_t count = 0;
  *ret_holds = false;
  if (!table->is_there)
    return true;
  text_buffer_printf(&sql, "SELECT count(*) FROM (SELECT 1 FROM %s", warehouse->prefix);
  sql_add_name(&sql, plan->dataset->gold.schema);
  text_buffer_add_char(&sql, '.');
  sql_add_name(&sql, plan->dataset->gold.table);
  text_buffer_add_string(&sql, " LIMIT 1) AS one");
  TRY(warehouse_query_count(warehouse, sql.data, &count, err));
  *ret_holds = count > 0;
  return true;
}
