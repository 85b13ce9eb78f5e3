/* What cannot work with the table that is there, by the engine's catalog, before anything is read. DuckDB changes no
 * column of a table that an index is on, and none that a constraint or a generated column speaks of. */
#include "warehouse/gold_internal.h"

static bool refuse(const struct plan *plan, struct error *err, const char *what)
{
  return fail(err, ERROR_CONFIG, plan->dataset->gold.place, "gold table \"%s\" %s", plan->dataset->gold.table, what);
}

/* Of the gold table's name, in a catalog function whose column of names is `column`. */
static void add_where(const struct plan *plan, const char *column, struct text_buffer *sql)
{
  text_buffer_add_string(sql, " WHERE database_name = 'warehouse' AND ");
  sql_add_same_name(sql, "schema_name", plan->dataset->gold.schema);
  text_buffer_add_string(sql, " AND ");
  sql_add_same_name(sql, column, plan->dataset->gold.table);
}

static bool check_kind(struct warehouse *warehouse, const struct plan *plan, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 }, name = { 0 };
  uint64_t count = 0;
  text_buffer_add_string(&sql, "SELECT count(*) FROM duckdb_views()");
  add_where(plan, "view_name", &sql);
  TRY(database_query_count(warehouse->database, sql.data, &count, err));
  if (count == 0)
    return true;
  sql_add_name(&name, plan->dataset->gold.schema);
  text_buffer_add_char(&name, '.');
  sql_add_name(&name, plan->dataset->gold.table);
  refuse(plan, err, "is no table but a view");
  return add_hint(err, "Choose another output.gold.table, or give the name free: ALTER VIEW %s RENAME TO %s_old.",
                  name.data, plan->dataset->gold.table);
}

/* Rows of partitions are found by rowid, which a column of that name would hide. */
static bool check_rowid(const struct plan *plan, const struct gold_table *table, struct error *err)
{
  bool is_hidden = gold_has_column(plan, "rowid");
  for (size_t i = 0; i < table->n_columns; i++)
    is_hidden = is_hidden || text_equal_nocase(text_from(table->columns[i].name), TEXT("rowid"));
  if (!is_hidden || gold_replacement(plan) != REPLACES_PARTITIONS)
    return true;
  refuse(plan, err, "has a column \"rowid\", which hides DuckDB's own: the rows of a partition cannot be found");
  return add_hint(err, "Rename it under standardization.rename, or leave it out of gold (exclude_columns).");
}

/* What is on the table, or on one of its columns, and keeps that from being changed: in words, and the statement that
 * takes it away. */
static bool find_obstacle(struct arena *arena, struct warehouse *warehouse, const struct plan *plan, const char *column,
                          struct table *ret_found, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(
      &sql, "SELECT 'index \"' || index_name || '\"', 'DROP INDEX ' || schema_name || '.\"' || index_name || '\"' "
            "FROM duckdb_indexes()");
  add_where(plan, "table_name", &sql);
  text_buffer_add_string(&sql,
                         " UNION ALL SELECT 'constraint ' || constraint_text, 'make the table anew without it' FROM "
                         "duckdb_constraints()");
  add_where(plan, "table_name", &sql);
  text_buffer_add_string(&sql, " AND constraint_type <> 'NOT NULL' AND list_contains(constraint_column_names, ");
  sql_add_string(&sql, text_from(column));
  text_buffer_add_string(
      &sql, ") UNION ALL SELECT 'generated column \"' || column_name || '\"', 'ALTER TABLE ' || schema_name || "
            "'.\"' || table_name || '\" DROP COLUMN \"' || column_name || '\"' FROM duckdb_columns()");
  add_where(plan, "table_name", &sql);
  text_buffer_add_string(&sql, " AND column_default IS NOT NULL AND EXISTS (SELECT 1 FROM duckdb_tables()");
  add_where(plan, "table_name", &sql);
  text_buffer_add_string(&sql, " AND contains(sql, 'GENERATED ALWAYS AS')) AND contains(column_default, ");
  sql_add_string(&sql, text_from(column));
  text_buffer_add_string(&sql, ") LIMIT 1");
  return database_query(arena, warehouse->database, sql.data, ret_found, err);
}

bool duckdb_check_change(struct warehouse *warehouse, const struct plan *plan, const char *column, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct table found;
  TRY(find_obstacle(&scratch, warehouse, plan, column, &found, err));
  if (found.n_rows == 0)
    return true;
  fail(err, ERROR_CONFIG, plan->dataset->gold.place,
       "column \"%s\" of gold table \"%s\" has to be changed, which its %s keeps DuckDB from", column,
       plan->dataset->gold.table, found.cells[0]);
  return add_hint(err, "Take it away, run again, and put it back: %s.", found.cells[1]);
}

bool duckdb_check_table(struct warehouse *warehouse, const struct plan *plan, const struct gold_table *table,
                        struct error *err)
{
  TRY(check_kind(warehouse, plan, err) && check_rowid(plan, table, err) && gold_check_columns(plan, table, err));
  for (size_t i = 0; i < table->n_columns; i++)
    if (table->columns[i].is_required && !table->columns[i].stays_required)
      TRY(duckdb_check_change(warehouse, plan, table->columns[i].name, err));
  if (table->is_there && gold_replacement(plan) == REPLACES_ALL)
    return duckdb_refuse_referrer(warehouse, plan, err);
  return true;
}
