/* Loading gold in PostgreSQL: the rows come as COPY BINARY from the engine. Where the table is as the plan wants it
 * they go straight into it; where it has to be migrated, or keys are replaced, into a temporary table first, so that
 * what locks the table out for its readers (ALTER TABLE) is short. Deleting and inserting lock no reader out. */
#include "sink/gold_postgresql.h"
#include "sink/postgresql.h"

#include "value/timezone.h"

#include <inttypes.h>

/* what a run replaces */

/* A time zone as PostgreSQL's AT TIME ZONE takes it. Offsets are intervals: as names it reads them the POSIX way round.
 */
static void add_zone(const char *name, struct text_buffer *sql)
{
  if (strpbrk(name, "+-") != NULL && strchr(name, '/') == NULL) {
    text_buffer_printf(sql, "INTERVAL '%" PRId32 " seconds'", timezone_offset_at(timezone_find(text_from(name)), 0));
    return;
  }
  sql_add_string(sql, text_from(name));
}

/* Partition i of a row of gold, called old. */
static void add_old_partition(const struct plan *plan, size_t i, struct text_buffer *sql)
{
  const struct plan_partition *partition = &plan->partitions[i];
  SCOPED(text_buffer_done) struct text_buffer value = { 0 };
  if (partition->column != NO_COLUMN || gold_has_column(plan, partition->name)) {
    text_buffer_add_string(sql, "old.");
    sql_add_name(sql, partition->name);
    return;
  }
  const char *from = plan->dataset->silver.partition_from.value;
  const struct plan_gold_column *column = gold_find_column(plan, from);
  if (column != NULL && column->type->id == TYPE_TIMESTAMP) {
    text_buffer_add_string(&value, "(old.");
    sql_add_name(&value, from);
    text_buffer_add_string(&value, " AT TIME ZONE ");
    add_zone(plan->dataset->timezone, &value);
    text_buffer_add_char(&value, ')');
  } else {
    text_buffer_add_string(&value, "old.");
    sql_add_name(&value, from);
  }
  if (strcmp(partition->name, "date") == 0)
    text_buffer_printf(sql, "CAST(%s AS date)", value.data);
  else if (strcmp(partition->name, "year") == 0) /* 1 BC is -1 here, and 0 in Spark */
    text_buffer_printf(sql,
                       "CAST(extract(year FROM %s) + CASE WHEN extract(year FROM %s) < 0 THEN 1 ELSE 0 END AS "
                       "integer)",
                       value.data, value.data);
  else
    text_buffer_printf(sql, "CAST(extract(%s FROM %s) AS integer)", partition->name, value.data);
}

static bool copy_rows(struct warehouse *warehouse, struct engine *engine, const char *query, const char *into,
                      const enum copy_type *copy_types, size_t n_types, uint64_t *ret_rows, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  uint64_t n_read = 0;
  text_buffer_printf(&sql, "COPY %s FROM STDIN (FORMAT binary)", into);
  TRY(postgresql_copy_begin(warehouse, sql.data, err));
  struct error copy_error;
  bool is_done = engine_copy_binary(engine, query, copy_types, n_types, postgresql_copy_write, warehouse, &n_read, err);
  bool is_taken = postgresql_copy_end(warehouse, is_done, ret_rows, is_done ? err : &copy_error);
  return is_done && is_taken;
}

/* The partitions that this run has rows for, as a temporary table: p0, p1, ... */
static bool send_partitions(struct warehouse *warehouse, struct engine *engine, const struct plan *plan,
                            struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer query = { 0 }, create_sql = { 0 };
  enum copy_type *copy_types = arena_array(&scratch, plan->n_partitions + 1, sizeof(*copy_types));
  text_buffer_add_string(&query, "SELECT ");
  text_buffer_add_string(&create_sql, "CREATE TEMPORARY TABLE crisol_partitions (");
  for (size_t i = 0; i < plan->n_partitions; i++) {
    struct plan_gold_column column = { .type = expr_type(plan->partitions[i].expr), .json_column = NO_COLUMN };
    const char *type = postgresql_type_name(&scratch, &column);
    if (type == NULL)
      return fail(err, ERROR_CONFIG, plan->dataset->gold.place, "PostgreSQL has no type for partition \"%s\"",
                  plan->partitions[i].name);
    copy_types[i] = postgresql_copy_type(type);
    text_buffer_printf(&query, "%sp%zu", i == 0 ? "" : ", ", i);
    text_buffer_printf(&create_sql, "%sp%zu %s", i == 0 ? "" : ", ", i, type);
  }
  text_buffer_add_string(&query, " FROM partitions");
  text_buffer_add_string(&create_sql, ") ON COMMIT DROP");
  uint64_t n_rows = 0;
  TRY(warehouse_execute(warehouse, create_sql.data, err));
  return copy_rows(warehouse, engine, query.data, "pg_temp.crisol_partitions", copy_types, plan->n_partitions, &n_rows,
                   err);
}

static bool delete_partitions(struct warehouse *warehouse, struct engine *engine, const struct plan *plan,
                              struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  TRY(send_partitions(warehouse, engine, plan, err));
  text_buffer_add_string(&sql, "DELETE FROM ");
  postgresql_add_table(plan, &sql);
  text_buffer_add_string(&sql, " AS old USING pg_temp.crisol_partitions AS touched WHERE ");
  for (size_t i = 0; i < plan->n_partitions; i++) {
    bool may_be_empty = partition_may_be_empty(&plan->partitions[i]);
    text_buffer_add_string(&sql, i == 0 ? "" : " AND ");
    text_buffer_add_string(&sql, may_be_empty ? "nullif(" : "");
    add_old_partition(plan, i, &sql);
    text_buffer_printf(&sql, "%s IS NOT DISTINCT FROM touched.p%zu", may_be_empty ? ", '')" : "", i);
  }
  return warehouse_execute(warehouse, sql.data, err);
}

static bool delete_keys(struct warehouse *warehouse, const struct plan *plan, struct error *err)
{
  const struct config_list *key = &plan->dataset->gold.key;
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  uint64_t count = 0;
  text_buffer_add_string(&sql, "SELECT count(*) FROM (SELECT 1 FROM pg_temp.crisol_rows GROUP BY ");
  gold_add_names(key, &sql);
  text_buffer_add_string(&sql, " HAVING count(*) > 1) AS doubled");
  TRY(warehouse_query_count(warehouse, sql.data, &count, err));
  TRY(gold_refuse_double_keys(plan, count, err));
  text_buffer_clear(&sql);
  text_buffer_add_string(&sql, "DELETE FROM ");
  postgresql_add_table(plan, &sql);
  text_buffer_add_string(&sql, " AS old USING pg_temp.crisol_rows AS new WHERE ");
  for (size_t i = 0; i < key->count; i++) {
    text_buffer_add_string(&sql, i == 0 ? "old." : " AND old.");
    sql_add_name(&sql, key->items[i].value);
    text_buffer_add_string(&sql, " IS NOT DISTINCT FROM new.");
    sql_add_name(&sql, key->items[i].value);
  }
  return warehouse_execute(warehouse, sql.data, err);
}

static bool remove_replaced(struct warehouse *warehouse, struct engine *engine, const struct plan *plan,
                            struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  switch (gold_replacement(plan)) {
  case REPLACES_NOTHING:
    return true;
  case REPLACES_KEYS:
    return delete_keys(warehouse, plan, err);
  case REPLACES_ALL:
    text_buffer_add_string(&sql, "DELETE FROM ");
    postgresql_add_table(plan, &sql);
    return warehouse_execute(warehouse, sql.data, err);
  case REPLACES_PARTITIONS:
    return delete_partitions(warehouse, engine, plan, err);
  }
  BUG("gold replaces what is unknown");
}

/* loading */

/* The gold query, with nested values as JSON text. */
static void add_query(const struct plan *plan, const struct run *run, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "SELECT ");
  for (size_t i = 0; i < plan->n_gold_columns; i++) {
    const struct plan_gold_column *column = &plan->gold_columns[i];
    enum type_id id = column->type->id;
    bool is_nested = column->json_column == NO_COLUMN && (id == TYPE_ARRAY || id == TYPE_MAP || id == TYPE_STRUCT);
    const char *form = is_nested ? "CAST(to_json(" : column->json_column != NO_COLUMN || id == TYPE_VOID ? "CAST(" : "";
    text_buffer_printf(sql, "%s%s", i == 0 ? "" : ", ", form);
    sql_add_name(sql, column->name);
    text_buffer_add_string(sql, is_nested ? ") AS VARCHAR)" : form[0] != '\0' ? " AS VARCHAR)" : "");
  }
  text_buffer_add_string(sql, " FROM (");
  engine_print_gold_query(plan, run, sql);
  text_buffer_add_char(sql, ')');
}

static void add_column_list(const struct plan *plan, struct text_buffer *sql)
{
  for (size_t i = 0; i < plan->n_gold_columns; i++) {
    text_buffer_add_string(sql, i == 0 ? "(" : ", ");
    sql_add_name(sql, plan->gold_columns[i].name);
  }
  text_buffer_add_char(sql, ')');
}

/* Whether the table's columns have the very types that the plan wants. */
static bool is_as_wanted(const struct plan *plan, const struct postgresql_columns *columns)
{
  for (size_t i = 0; i < plan->n_gold_columns; i++) {
    int index = postgresql_find_column(columns, plan->gold_columns[i].name);
    if (index == NO_COLUMN || strcmp(columns->wanted[i], postgresql_existing_type(columns, index)) != 0)
      return false;
  }
  return true;
}

static bool insert_staged(struct warehouse *warehouse, const struct plan *plan, uint64_t *ret_rows, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(&sql, "INSERT INTO ");
  postgresql_add_table(plan, &sql);
  text_buffer_add_char(&sql, ' ');
  add_column_list(plan, &sql);
  text_buffer_add_string(&sql, " SELECT * FROM pg_temp.crisol_rows");
  TRY(warehouse_execute(warehouse, sql.data, err));
  return warehouse_query_count(warehouse, "SELECT count(*) FROM pg_temp.crisol_rows", ret_rows, err);
}

bool postgresql_load_gold(struct warehouse *warehouse, struct engine *engine, const struct plan *plan,
                          const struct run *run, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer query = { 0 }, target = { 0 }, ddl = { 0 };
  struct postgresql_columns columns = { 0 };
  uint64_t n_rows = 0;
  TRY(postgresql_read_columns(&scratch, warehouse, plan, &columns, err));
  enum copy_type *copy_types = arena_array(&scratch, plan->n_gold_columns + 1, sizeof(*copy_types));
  for (size_t i = 0; i < plan->n_gold_columns; i++)
    copy_types[i] = postgresql_copy_type(columns.wanted[i]);
  add_query(plan, run, &query);
  postgresql_add_relaxations(plan, &columns, &ddl);
  if (is_as_wanted(plan, &columns) && ddl.length == 0 && gold_replacement(plan) != REPLACES_KEYS) {
    TRY(remove_replaced(warehouse, engine, plan, err));
    postgresql_add_table(plan, &target);
    text_buffer_add_char(&target, ' ');
    add_column_list(plan, &target);
    TRY(copy_rows(warehouse, engine, query.data, target.data, copy_types, plan->n_gold_columns, &n_rows, err));
    return gold_check_inserted(run, n_rows, err);
  }
  text_buffer_add_string(&target, "CREATE TEMPORARY TABLE crisol_rows ");
  postgresql_add_definitions(plan, &columns, false, &target);
  text_buffer_add_string(&target, " ON COMMIT DROP");
  TRY(warehouse_execute(warehouse, target.data, err));
  TRY(copy_rows(warehouse, engine, query.data, "pg_temp.crisol_rows", copy_types, plan->n_gold_columns, &n_rows, err));
  postgresql_add_migration(plan, &columns, &ddl);
  TRY(ddl.length == 0 || warehouse_execute(warehouse, ddl.data, err));
  TRY(remove_replaced(warehouse, engine, plan, err));
  TRY(insert_staged(warehouse, plan, &n_rows, err));
  return gold_check_inserted(run, n_rows, err);
}
