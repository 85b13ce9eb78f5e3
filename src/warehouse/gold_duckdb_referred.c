/* A gold table in a DuckDB file whose rows others refer to by foreign keys. DuckDB has no DEFERRABLE: such a row cannot
 * be deleted and inserted anew in one transaction. An upsert updates it in its place, where the table has the key. */
#include "warehouse/gold_internal.h"

/* Whose foreign key refers to the table and holds a row: schema, table, the constraint. DuckDB has no DEFERRABLE. */
static bool find_referrer(struct arena *arena, struct warehouse *warehouse, const struct plan *plan,
                          struct table *ret_found, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table keys;
  text_buffer_add_string(
      &sql,
      "SELECT schema_name, table_name, CASE WHEN constraint_text = '' THEN 'FOREIGN KEY (' || "
      "array_to_string(constraint_column_names, ', ') || ')' ELSE constraint_text END, list_aggregate(list_transform("
      "constraint_column_names, lambda c: '\"' || replace(c, '\"', '\"\"') || '\" IS NOT "
      "NULL'), 'string_agg', ' AND ') FROM duckdb_constraints() WHERE database_name = "
      "'warehouse' AND constraint_type = 'FOREIGN KEY' AND ");
  sql_add_same_name(&sql, "referenced_table", plan->dataset->gold.table);
  text_buffer_add_string(&sql, " ORDER BY ALL");
  TRY(database_query(arena, warehouse->database, sql.data, &keys, err));
  *ret_found = (struct table){ .n_columns = keys.n_columns };
  for (size_t row = 0; row < keys.n_rows; row++) {
    char **cells = &keys.cells[row * keys.n_columns];
    uint64_t count = 0;
    text_buffer_clear(&sql);
    text_buffer_add_string(&sql, "SELECT count(*) FROM (SELECT 1 FROM warehouse.");
    sql_add_name(&sql, cells[0]);
    text_buffer_add_char(&sql, '.');
    sql_add_name(&sql, cells[1]);
    text_buffer_printf(&sql, " WHERE %s LIMIT 1)", cells[3]);
    TRY(database_query_count(warehouse->database, sql.data, &count, err));
    if (count == 0)
      continue;
    *ret_found = (struct table){ .n_rows = 1, .n_columns = keys.n_columns, .cells = cells };
    return true;
  }
  return true;
}

static void add_table(const char *schema, const char *table, struct text_buffer *sql)
{
  sql_add_name(sql, schema);
  text_buffer_add_char(sql, '.');
  sql_add_name(sql, table);
}

bool duckdb_refuse_referrer(struct warehouse *warehouse, const struct plan *plan, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer name = { 0 }, anew = { 0 }, base = { 0 };
  struct table found;
  TRY(find_referrer(&scratch, warehouse, plan, &found, err));
  if (found.n_rows == 0)
    return true;
  char **cells = found.cells;
  add_table(cells[0], cells[1], &name);
  add_table(cells[0], arena_printf(&scratch, "%s_new", cells[1]), &anew);
  sql_add_name(&base, cells[1]);
  fail(err, ERROR_CONFIG, plan->dataset->gold.place,
       "rows of gold table \"%s\" are referred to by table %s (%s): DuckDB does not let them be replaced",
       plan->dataset->gold.table, name.data, cells[2]);
  return add_hint(err,
                  "Choose gold.mode: upsert by the column that is referred to, or append; or make that table anew "
                  "without its foreign key: CREATE TABLE %s AS FROM %s; DROP TABLE %s; ALTER TABLE %s RENAME TO %s.",
                  anew.data, name.data, name.data, anew.data, base.data);
}

/* ON CONFLICT ("id") DO UPDATE SET "n" = excluded."n", ...; false where nothing is left to set */
static bool add_update(const struct plan *plan, struct text_buffer *sql)
{
  bool is_first = true;
  text_buffer_add_string(sql, " ON CONFLICT (");
  gold_add_key(plan, sql);
  text_buffer_add_string(sql, ") DO UPDATE SET ");
  for (size_t i = 0; i < plan->n_gold_columns; i++) {
    const char *name = plan->gold_columns[i].name;
    if (gold_is_key(plan, name))
      continue;
    text_buffer_add_string(sql, is_first ? "" : ", ");
    sql_add_name(sql, name);
    text_buffer_add_string(sql, " = excluded.");
    sql_add_name(sql, name);
    is_first = false;
  }
  return !is_first;
}

/* DuckDB updates no column that another index is on: the binder says so, and runs nothing. */
static bool can_run(struct warehouse *warehouse, const char *insert, const char *update)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct error ignored;
  text_buffer_printf(&sql, "EXPLAIN %s%s", insert, update);
  return database_execute(warehouse->database, sql.data, &ignored);
}

bool duckdb_update_in_place(struct warehouse *warehouse, const struct plan *plan, struct text_buffer *insert,
                            bool *ret_is_updated, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer update = { 0 };
  struct table found;
  struct gold_table table;
  bool has_key = false;
  *ret_is_updated = false;
  if (gold_replacement(plan) != REPLACES_KEYS)
    return true;
  TRY(find_referrer(&scratch, warehouse, plan, &found, err));
  if (found.n_rows == 0)
    return true;
  TRY(duckdb_read_table(&scratch, warehouse, plan, &table, err));
  for (size_t i = 0; i < table.n_keys; i++)
    has_key = has_key || gold_key_is_upsert(&table.keys[i], plan);
  if (!has_key || !add_update(plan, &update) || !can_run(warehouse, insert->data, update.data))
    return true;
  text_buffer_add_string(insert, update.data);
  *ret_is_updated = true;
  return true;
}
