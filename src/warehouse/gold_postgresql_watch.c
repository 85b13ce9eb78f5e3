/* What the server did, compared with what was meant, where a table has triggers: they may keep rows that are deleted,
 * drop or change rows that are written, at once or when the statement ends. Without one nothing can: rules and row
 * security were refused. */
#include "warehouse/gold_postgresql.h"

#include <inttypes.h>
#include <stdlib.h>

void postgresql_add_old(const struct plan *plan, const struct postgresql_columns *columns, struct text_buffer *sql)
{
  text_buffer_add_string(sql, columns->is.has_children ? "ONLY " : "");
  postgresql_add_table(plan, sql);
  text_buffer_add_string(sql, " AS old");
}

static const char lost[] = "of the run would not stand in it as they are";

static bool refuse(const struct plan *plan, const struct gold_table *table, uint64_t count, const char *what,
                   struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer name = { 0 };
  postgresql_add_table(plan, &name);
  fail(err, ERROR_CONFIG, plan->dataset->gold.place, "gold table \"%s\" has the trigger %s: %" PRIu64 " row%s %s",
       plan->dataset->gold.table, table->triggers, count, count == 1 ? "" : "s", what);
  return add_hint(err, "What a run writes must stand as it is: ALTER TABLE %s DISABLE TRIGGER the one that does it.",
                  name.data);
}

bool postgresql_check_deleted(struct warehouse *warehouse, const struct plan *plan,
                              const struct postgresql_columns *columns, const char *rest, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  uint64_t count = 0;
  if (columns->is.triggers == NULL)
    return true;
  text_buffer_add_string(&sql, "SELECT count(*) FROM ");
  postgresql_add_old(plan, columns, &sql);
  if (rest != NULL)
    text_buffer_printf(&sql, ", %s", rest);
  TRY(warehouse_query_count(warehouse, sql.data, &count, err));
  return count == 0 || refuse(plan, &columns->is, count, "stayed when they were to be replaced", err);
}

static void add_names(const struct plan *plan, struct text_buffer *sql)
{
  for (size_t i = 0; i < plan->n_gold_columns; i++) {
    text_buffer_add_string(sql, i == 0 ? "" : ", ");
    sql_add_name(sql, plan->gold_columns[i].name);
  }
}

/* What the statement returns has been through the triggers before each row. */
bool postgresql_insert_watched(struct warehouse *warehouse, const struct plan *plan,
                               const struct postgresql_columns *columns, const char *staged, const char *insert,
                               uint64_t *ret_rows, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table counts;
  text_buffer_printf(&sql, "WITH written AS (%s RETURNING ", insert);
  add_names(plan, &sql);
  text_buffer_add_string(&sql, ") SELECT (SELECT count(*) FROM written), (SELECT count(*) FROM (SELECT ");
  add_names(plan, &sql);
  text_buffer_printf(&sql, " FROM %s EXCEPT ALL SELECT * FROM written) AS lost)", staged);
  TRY(warehouse_query(&scratch, warehouse, sql.data, &counts, err));
  uint64_t n_lost = strtoull(counts.cells[1], NULL, 10);
  *ret_rows = strtoull(counts.cells[0], NULL, 10);
  return n_lost == 0 || refuse(plan, &columns->is, n_lost, lost, err);
}

bool postgresql_check_written(struct warehouse *warehouse, const struct plan *plan,
                              const struct postgresql_columns *columns, const char *staged, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  uint64_t count = 0;
  if (columns->is.triggers == NULL)
    return true;
  text_buffer_add_string(&sql, "SELECT count(*) FROM (SELECT ");
  add_names(plan, &sql);
  text_buffer_printf(&sql, " FROM %s EXCEPT ALL SELECT ", staged);
  add_names(plan, &sql);
  text_buffer_add_string(&sql, " FROM ");
  postgresql_add_old(plan, columns, &sql);
  text_buffer_add_string(&sql, ") AS lost");
  TRY(warehouse_query_count(warehouse, sql.data, &count, err));
  return count == 0 || refuse(plan, &columns->is, count, lost, err);
}
