/* Loading gold in PostgreSQL: the rows come as COPY BINARY from the engine. Where the table is as the plan wants it
 * they go straight into it; where it has to be migrated, or keys are replaced, into a temporary table first, so that
 * what locks the table out for its readers (ALTER TABLE) is short. gold_postgresql_replace.c deletes what is replaced.
 */
#include "warehouse/gold_postgresql.h"
#include "warehouse/postgresql.h"

/* COPY takes what `send` sends. */
typedef bool sender(struct engine *engine, const void *what, const struct copy_stream *stream, uint64_t *ret_rows,
                    struct error *err);

static bool copy(struct warehouse *warehouse, struct engine *engine, sender *send, const void *what, const char *into,
                 const enum copy_type *copy_types, size_t n_types, uint64_t *ret_rows, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  const struct copy_stream stream = { copy_types, n_types, postgresql_copy_write, warehouse };
  struct error copy_error;
  uint64_t n_read = 0;
  text_buffer_printf(&sql, "COPY %s FROM STDIN (FORMAT binary)", into);
  TRY(postgresql_copy_begin(warehouse, sql.data, err));
  bool is_done = send(engine, what, &stream, &n_read, err);
  bool is_taken = postgresql_copy_end(warehouse, is_done, ret_rows, is_done ? err : &copy_error);
  return is_done && is_taken;
}

static bool send_query(struct engine *engine, const void *what, const struct copy_stream *stream, uint64_t *ret_rows,
                       struct error *err)
{
  return engine_copy_binary(engine, what, stream, ret_rows, err);
}

bool postgresql_copy_rows(struct warehouse *warehouse, struct engine *engine, const char *query, const char *into,
                          const enum copy_type *copy_types, size_t n_types, uint64_t *ret_rows, struct error *err)
{
  return copy(warehouse, engine, send_query, query, into, copy_types, n_types, ret_rows, err);
}

static bool send_partitions(struct engine *engine, const void *what, const struct copy_stream *stream,
                            uint64_t *ret_rows, struct error *err)
{
  return engine_send_partitions(engine, what, stream, ret_rows, err);
}

bool postgresql_copy_partitions(struct warehouse *warehouse, struct engine *engine, const struct plan *plan,
                                const char *into, const enum copy_type *copy_types, struct error *err)
{
  uint64_t n_rows = 0;
  return copy(warehouse, engine, send_partitions, plan, into, copy_types, plan->n_partitions, &n_rows, err);
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

/* Whether rows are to be updated that stand under the key of the upsert: where others refer to them, act on their
 * removal, or keep more in them than gold's columns. It takes a unique index on that very key, and longer than removing
 * and adding rows (500,000 of them with a primary key: 6.7 s against 5.3 s). */
static bool updates_in_place(struct warehouse *warehouse, const struct plan *plan, const struct gold_table *table,
                             bool *ret_updates, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 }, name = { 0 };
  bool has_index = false;
  *ret_updates = false;
  for (size_t i = 0; i < table->n_keys; i++)
    has_index = has_index || (table->keys[i].kind != GOLD_EXCLUSION && !table->keys[i].is_deferrable &&
                              gold_key_is_upsert(&table->keys[i], plan));
  if (!has_index || table->has_rules || gold_replacement(plan) != REPLACES_KEYS)
    return true;
  for (size_t i = 0; i < table->n_columns; i++)
    *ret_updates = *ret_updates || gold_find_column(plan, table->columns[i].name) == NULL;
  *ret_updates = *ret_updates || table->has_row_triggers;
  for (size_t i = 0; i < table->n_columns; i++) /* an UPDATE can give such a column its default alone */
    if (table->columns[i].is_always_identity && table->columns[i].wanted != NO_COLUMN)
      *ret_updates = false;
  if (*ret_updates)
    return true;
  uint64_t n_references = 0;
  postgresql_add_table(plan, &name);
  text_buffer_add_string(&sql, "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND confrelid = CAST(");
  sql_add_string(&sql, text_buffer_text(&name));
  text_buffer_add_string(&sql, " AS regclass)");
  TRY(warehouse_query_count(warehouse, sql.data, &n_references, err));
  *ret_updates = n_references > 0;
  return true;
}

/* ON CONFLICT ("id") DO UPDATE SET "n" = excluded."n", ...; the key itself stays, unless there is nothing else. */
static void add_update(const struct plan *plan, struct text_buffer *sql)
{
  const struct config_list *key = &plan->dataset->gold.key;
  text_buffer_add_string(sql, " ON CONFLICT (");
  gold_add_key(plan, sql);
  text_buffer_add_string(sql, ") DO UPDATE SET ");
  const char *separator = "";
  for (size_t i = 0; i < plan->n_gold_columns; i++) {
    const char *name = plan->gold_columns[i].name;
    if (gold_is_key(plan, name) && plan->n_gold_columns > key->count)
      continue;
    text_buffer_add_string(sql, separator);
    sql_add_name(sql, name);
    text_buffer_add_string(sql, " = excluded.");
    sql_add_name(sql, name);
    separator = ", ";
  }
}

static bool insert_staged(struct warehouse *warehouse, const struct plan *plan,
                          const struct postgresql_columns *columns, bool updates, uint64_t *ret_rows, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(&sql, "INSERT INTO ");
  postgresql_add_table(plan, &sql);
  text_buffer_add_char(&sql, ' ');
  plan_add_gold_columns(plan, &sql);
  text_buffer_add_string(&sql, " OVERRIDING SYSTEM VALUE SELECT * FROM pg_temp.crisol_rows"); /* as COPY does */
  if (updates)
    add_update(plan, &sql);
  if (columns->is.triggers != NULL)
    return postgresql_insert_watched(warehouse, plan, columns, "pg_temp.crisol_rows", sql.data, ret_rows, err);
  return postgresql_execute_count(warehouse, sql.data, ret_rows, err);
}

static bool delete_all(struct warehouse *warehouse, const struct plan *plan, const struct postgresql_columns *columns,
                       struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(&sql, "DELETE FROM ");
  postgresql_add_old(plan, columns, &sql);
  return warehouse_execute(warehouse, sql.data, err) && postgresql_check_deleted(warehouse, plan, columns, NULL, err);
}

/* Which gold columns go into a temporary table, and how. */
struct staging {
  const struct plan *plan;
  const struct run *run;
  const char *name;       /* of the table, with its schema */
  struct text_buffer sql; /* that creates it */
  bool *wanted;           /* by gold column */
  enum copy_type *copy_types;
  size_t n_columns;
};

static void staging_done(struct staging *staging)
{
  text_buffer_done(&staging->sql);
}

/* The rows, or of them only the keys. */
static void prepare_staging(struct arena *arena, const struct plan *plan, const struct run *run,
                            const struct postgresql_columns *columns, bool keys_only, struct staging *ret_staging)
{
  struct staging staging = { plan, run, .name = keys_only ? "pg_temp.crisol_keys" : "pg_temp.crisol_rows" };
  staging.copy_types = arena_array(arena, plan->n_gold_columns + 1, sizeof(*staging.copy_types));
  staging.wanted = arena_array(arena, plan->n_gold_columns + 1, sizeof(*staging.wanted));
  text_buffer_printf(&staging.sql, "CREATE TEMPORARY TABLE %s (", staging.name + strlen("pg_temp."));
  for (size_t i = 0; i < plan->n_gold_columns; i++) {
    const char *name = plan->gold_columns[i].name;
    staging.wanted[i] = !keys_only || gold_is_key(plan, name);
    if (!staging.wanted[i])
      continue;
    text_buffer_add_string(&staging.sql, staging.n_columns == 0 ? "" : ", ");
    sql_add_name(&staging.sql, name);
    text_buffer_printf(&staging.sql, " %s", columns->wanted[i]);
    staging.copy_types[staging.n_columns++] = postgresql_copy_type(columns->wanted[i]);
  }
  text_buffer_add_string(&staging.sql, ") ON COMMIT DROP");
  *ret_staging = staging;
}

static bool send_gold(struct engine *engine, const void *what, const struct copy_stream *stream, uint64_t *ret_rows,
                      struct error *err)
{
  const struct staging *staging = what;
  const struct gold_target target = { .wanted = staging->wanted, .stream = *stream };
  return engine_load_gold(engine, staging->plan, staging->run, &target, ret_rows, err);
}

static bool copy_staging(struct warehouse *warehouse, struct engine *engine, const struct staging *staging,
                         const char *into, uint64_t *ret_rows, struct error *err)
{
  return copy(warehouse, engine, send_gold, staging, into, staging->copy_types, staging->n_columns, ret_rows, err);
}

static bool stage(struct warehouse *warehouse, struct engine *engine, const struct staging *staging, uint64_t *ret_rows,
                  struct error *err)
{
  TRY(warehouse_execute(warehouse, staging->sql.data, err));
  return copy_staging(warehouse, engine, staging, staging->name, ret_rows, err);
}

/* What the staged keys meet goes, or, where the insertion updates, only what it cannot meet. */
static bool remove_keys(struct warehouse *warehouse, const struct plan *plan, const struct postgresql_columns *columns,
                        const char *staged, uint64_t n_rows, bool updates, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_printf(&sql, "SET LOCAL default_statistics_target = 10; ANALYZE %s (", staged);
  gold_add_key(plan, &sql);
  text_buffer_add_char(&sql, ')');
  TRY(warehouse_execute(warehouse, sql.data, err));
  return updates ? postgresql_delete_null_keys(warehouse, plan, columns, staged, err)
                 : postgresql_delete_keys(warehouse, plan, columns, staged, n_rows, err);
}

static bool remove_replaced(struct warehouse *warehouse, struct engine *engine, const struct plan *plan,
                            const struct postgresql_columns *columns, struct error *err)
{
  switch (gold_replacement(plan)) {
  case REPLACES_NOTHING:
  case REPLACES_KEYS: /* has been done */
    return true;
  case REPLACES_ALL:
    return delete_all(warehouse, plan, columns, err);
  case REPLACES_PARTITIONS:
    return postgresql_delete_partitions(warehouse, engine, plan, columns, err);
  }
  BUG("gold replaces what is unknown");
}

/* What a person let be checked later is checked once the new rows are there, and before anything is committed. */
static const char wait_for_rows[] = "SET CONSTRAINTS ALL DEFERRED";
static const char check_constraints[] = "SET CONSTRAINTS ALL IMMEDIATE";

/* The table is as it is wanted: rows go straight into it. */
static bool load_directly(struct warehouse *warehouse, struct engine *engine, const struct plan *plan,
                          const struct run *run, const struct postgresql_columns *columns, uint64_t *ret_rows,
                          struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer target = { 0 };
  SCOPED(staging_done) struct staging keys = { 0 }, rows = { 0 };
  if (gold_replacement(plan) == REPLACES_KEYS) {
    uint64_t n_keys = 0;
    prepare_staging(&scratch, plan, run, columns, true, &keys);
    TRY(stage(warehouse, engine, &keys, &n_keys, err));
    TRY(remove_keys(warehouse, plan, columns, keys.name, n_keys, false, err));
  }
  TRY(remove_replaced(warehouse, engine, plan, columns, err));
  prepare_staging(&scratch, plan, run, columns, false, &rows);
  postgresql_add_table(plan, &target);
  text_buffer_add_char(&target, ' ');
  plan_add_gold_columns(plan, &target);
  TRY(copy_staging(warehouse, engine, &rows, target.data, ret_rows, err));
  return warehouse_execute(warehouse, check_constraints, err);
}

/* Rows wait in a temporary table until the table is migrated, or for an insertion that updates. */
static bool load_staged(struct warehouse *warehouse, struct engine *engine, const struct plan *plan,
                        const struct run *run, const struct postgresql_columns *columns, const char *ddl, bool updates,
                        uint64_t *ret_rows, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(staging_done) struct staging rows = { 0 };
  uint64_t n_rows = 0;
  prepare_staging(&scratch, plan, run, columns, false, &rows);
  TRY(stage(warehouse, engine, &rows, &n_rows, err));
  bool is_emptied = plan->dataset->is_remade; /* then columns take any type */
  if (ddl != NULL)
    TRY(postgresql_lock_exclusively(warehouse, plan, err) && postgresql_check_empty(warehouse, plan, columns, err));
  if (is_emptied)
    TRY(remove_replaced(warehouse, engine, plan, columns, err));
  if (ddl != NULL)
    TRY(warehouse_execute(warehouse, ddl, err));
  if (gold_replacement(plan) == REPLACES_KEYS)
    TRY(remove_keys(warehouse, plan, columns, rows.name, n_rows, updates, err));
  if (!is_emptied)
    TRY(remove_replaced(warehouse, engine, plan, columns, err));
  TRY(insert_staged(warehouse, plan, columns, updates, ret_rows, err));
  TRY(warehouse_execute(warehouse, check_constraints, err));
  return postgresql_check_written(warehouse, plan, columns, rows.name, err);
}

bool postgresql_load_gold(struct warehouse *warehouse, struct engine *engine, const struct plan *plan,
                          const struct run *run, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer ddl = { 0 };
  struct postgresql_columns columns = { 0 };
  bool updates = false;
  uint64_t n_rows = 0;
  TRY(postgresql_read_columns(&scratch, warehouse, plan, &columns, err));
  TRY(updates_in_place(warehouse, plan, &columns.is, &updates, err));
  postgresql_add_relaxations(plan, &columns, &ddl);
  postgresql_add_migration(plan, &columns, &ddl);
  TRY(warehouse_execute(warehouse, wait_for_rows, err));
  if (is_as_wanted(plan, &columns) && ddl.length == 0 && !updates && columns.is.triggers == NULL)
    TRY(load_directly(warehouse, engine, plan, run, &columns, &n_rows, err));
  else
    TRY(load_staged(warehouse, engine, plan, run, &columns, ddl.data, updates, &n_rows, err));
  return columns.is.triggers != NULL || gold_check_inserted(run, n_rows, err); /* there, each row was looked for */
}
