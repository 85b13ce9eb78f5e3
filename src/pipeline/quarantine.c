#include "pipeline/quarantine.h"

#include "expr/expr.h"

bool quarantine_find_runs(struct arena *arena, struct database *database, const char *relation, struct table *ret_runs,
                          struct error *err)
{
  const char *sql =
      arena_printf(arena, "SELECT DISTINCT _run_id FROM %s WHERE _run_id IS NOT NULL ORDER BY 1", relation);
  return database_query(arena, database, sql, ret_runs, err);
}

const char *quarantine_without_runs(struct arena *arena, const char *relation, const struct table *runs)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  if (runs->n_rows == 0)
    return relation;
  text_buffer_printf(&sql, "(SELECT * FROM %s WHERE _run_id NOT IN (", relation);
  for (size_t row = 0; row < runs->n_rows; row++) {
    text_buffer_add_string(&sql, row == 0 ? "" : ", ");
    sql_add_string(&sql, text_from(runs->cells[row]));
  }
  text_buffer_add_string(&sql, "))");
  return text_copy(arena, text_buffer_text(&sql));
}
