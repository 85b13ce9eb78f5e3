/* Gold in a DuckDB file: SQL that the engine itself runs. */
#include "warehouse/gold_internal.h"

#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>

void gold_add_table_name(const struct plan *plan, struct text_buffer *out)
{
  text_buffer_add_string(out, "warehouse.");
  sql_add_name(out, plan->dataset->gold.schema);
  text_buffer_add_char(out, '.');
  sql_add_name(out, plan->dataset->gold.table);
}

static void add_type(const struct plan_gold_column *column, struct text_buffer *out)
{
  if (column->json_column != NO_COLUMN)
    text_buffer_add_string(out, "JSON");
  else if (column->fits_int && column->type->id == TYPE_BIGINT)
    text_buffer_add_string(out, "INTEGER");
  else
    type_print_duckdb(column->type, out);
}

void gold_add_definitions(const struct plan *plan, struct text_buffer *out)
{
  for (size_t i = 0; i < plan->n_gold_columns; i++) {
    text_buffer_add_string(out, i == 0 ? "(" : ", ");
    sql_add_name(out, plan->gold_columns[i].name);
    text_buffer_add_char(out, ' ');
    add_type(&plan->gold_columns[i], out);
    if (plan->gold_columns[i].is_required)
      text_buffer_add_string(out, " NOT NULL");
  }
  text_buffer_add_char(out, ')');
}

/* the table that is there */

struct definition {
  const char **names;
  const char **texts; /* of the types, as DuckDB writes them */
  const struct type **types;
  size_t count;
};

struct existing {
  struct definition is, wanted;
  bool is_free; /* no row of the table stays: its columns may become whatever is wanted */
};

static bool read_types(struct arena *arena, struct warehouse *warehouse, const char *table,
                       struct definition *definition, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_printf(&sql, "SELECT * FROM %s", table);
  return database_describe(arena, warehouse->database, sql.data, &definition->names, &definition->types,
                           &definition->count, err);
}

static bool read_standing(struct arena *arena, struct warehouse *warehouse, const struct plan *plan,
                          const struct gold_table *table, struct definition *ret_definition, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer name = { 0 };
  *ret_definition = (struct definition){ 0 };
  if (table->n_columns == 0)
    return true;
  gold_add_table_name(plan, &name);
  TRY(read_types(arena, warehouse, name.data, ret_definition, err));
  ret_definition->texts = arena_array(arena, table->n_columns, sizeof(*ret_definition->texts));
  for (size_t i = 0; i < table->n_columns; i++)
    ret_definition->texts[i] = table->columns[i].type;
  return true;
}

/* DuckDB writes a type in its own way: the wanted table is made for a moment, so that types can be compared. */
static bool read_wanted(struct arena *arena, struct warehouse *warehouse, const struct plan *plan,
                        struct definition *ret_definition, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table described;
  text_buffer_add_string(&sql, "CREATE OR REPLACE TEMP TABLE crisol_wanted ");
  gold_add_definitions(plan, &sql);
  TRY(database_execute(warehouse->database, sql.data, err));
  TRY(read_types(arena, warehouse, "temp.main.crisol_wanted", ret_definition, err));
  TRY(database_query(arena, warehouse->database, "SELECT column_type FROM (DESCRIBE temp.main.crisol_wanted)",
                     &described, err));
  ret_definition->texts = arena_array(arena, described.n_rows + 1, sizeof(*ret_definition->texts));
  for (size_t row = 0; row < described.n_rows; row++)
    ret_definition->texts[row] = described.cells[row];
  return true;
}

static bool read_columns(struct arena *arena, struct warehouse *warehouse, const struct plan *plan,
                         const struct gold_table *table, struct existing *ret_existing, struct error *err)
{
  bool holds_rows = false;
  TRY(read_standing(arena, warehouse, plan, table, &ret_existing->is, err));
  TRY(read_wanted(arena, warehouse, plan, &ret_existing->wanted, err));
  if (!plan->dataset->is_remade)
    TRY(gold_holds_rows(warehouse, plan, table, &holds_rows, err));
  ret_existing->is_free = !holds_rows;
  return true;
}

static int find_column(const struct definition *definition, const char *name)
{
  for (size_t i = 0; i < definition->count; i++)
    if (text_equal_nocase(text_from(definition->names[i]), text_from(name)))
      return (int)i;
  return NO_COLUMN;
}

/* migration */

static void add_alter(const struct plan *plan, struct text_buffer *out)
{
  text_buffer_add_string(out, "ALTER TABLE ");
  gold_add_table_name(plan, out);
}

/* Whether the table's column takes the wanted column's values as it is. */
static bool holds(const struct existing *existing, int index, size_t wanted)
{
  return strcmp(existing->is.texts[index], existing->wanted.texts[wanted]) == 0 ||
         type_is_widening(existing->wanted.types[wanted], existing->is.types[index]);
}

/* An enumeration is a person's, and stays. */
static bool is_free(const struct existing *existing, int index)
{
  return existing->is_free && strncmp(existing->is.texts[index], "ENUM(", strlen("ENUM(")) != 0;
}

/* What is made anew gets the very type; else the table's stays where it holds the values. */
static bool is_retyped(const struct plan *plan, const struct existing *existing, int index, size_t wanted)
{
  bool is_same = strcmp(existing->is.texts[index], existing->wanted.texts[wanted]) == 0;
  return plan->dataset->is_remade && is_free(existing, index) ? !is_same : !holds(existing, index, wanted);
}

static bool check_types(const struct plan *plan, const struct existing *existing, struct error *err)
{
  for (size_t i = 0; i < existing->wanted.count; i++) {
    const char *name = existing->wanted.names[i];
    int index = find_column(&existing->is, name);
    if (index == NO_COLUMN || is_free(existing, index) || holds(existing, index, i) ||
        type_is_widening(existing->is.types[index], existing->wanted.types[i]))
      continue;
    return gold_refuse_type(plan, name, existing->is.texts[index], existing->wanted.texts[i], err);
  }
  return true;
}

/* In the place of values that go, one of the new type that a NOT NULL lets stand until then. */
static const char *placeholder(const struct type *type)
{
  switch (type->id) {
  case TYPE_STRING:
  case TYPE_BINARY:
    return "''";
  case TYPE_BOOLEAN:
    return "false";
  case TYPE_DATE:
  case TYPE_TIMESTAMP:
  case TYPE_TIMESTAMP_NTZ:
    return "'1970-01-01'";
  default:
    return type_is_nested(type) ? "NULL" : "0";
  }
}

/* One statement for a wanted column: none, ADD, or ALTER ... TYPE. */
static bool migrate_column(struct warehouse *warehouse, const struct plan *plan, const struct existing *existing,
                           size_t wanted, struct error *err)
{
  const char *wanted_name = existing->wanted.names[wanted], *wanted_type = existing->wanted.texts[wanted];
  int index = find_column(&existing->is, wanted_name);
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  add_alter(plan, &sql);
  if (index == NO_COLUMN) { /* rows that are there have none of it: it cannot be NOT NULL */
    text_buffer_add_string(&sql, " ADD COLUMN ");
    sql_add_name(&sql, wanted_name);
    text_buffer_printf(&sql, " %s", wanted_type);
    log_info("gold", "adding column \"%s\" %s to table \"%s\"", wanted_name, wanted_type, plan->dataset->gold.table);
    return database_execute(warehouse->database, sql.data, err);
  }
  if (!is_retyped(plan, existing, index, wanted))
    return true;
  const char *name = existing->is.names[index];
  text_buffer_add_string(&sql, " ALTER ");
  sql_add_name(&sql, name);
  text_buffer_printf(&sql, " TYPE %s", wanted_type);
  if (is_free(existing, index))
    text_buffer_printf(&sql, " USING CAST(%s AS %s)",
                       strcmp(wanted_type, "JSON") == 0 ? "'null'" : placeholder(existing->wanted.types[wanted]),
                       wanted_type);
  log_info("gold", "%s column \"%s\" of table \"%s\" from %s to %s", existing->is_free ? "changing" : "widening", name,
           plan->dataset->gold.table, existing->is.texts[index], wanted_type);
  return database_execute(warehouse->database, sql.data, err);
}

/* A column that may be null now, or that the plan lacks, must not stay NOT NULL. */
static bool relax_column(struct warehouse *warehouse, const struct plan *plan, const struct gold_table_column *column,
                         struct error *err)
{
  if (!column->is_required || column->stays_required)
    return true;
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  add_alter(plan, &sql);
  text_buffer_add_string(&sql, " ALTER ");
  sql_add_name(&sql, column->name);
  text_buffer_add_string(&sql, " DROP NOT NULL");
  log_info("gold", "column \"%s\" of table \"%s\" may be null from now on", column->name, plan->dataset->gold.table);
  return database_execute(warehouse->database, sql.data, err);
}

static bool migrate(struct warehouse *warehouse, const struct plan *plan, const struct existing *existing,
                    const struct gold_table *table, struct error *err)
{
  for (size_t i = 0; i < existing->wanted.count; i++)
    TRY(migrate_column(warehouse, plan, existing, i, err));
  for (size_t i = 0; i < table->n_columns; i++)
    TRY(relax_column(warehouse, plan, &table->columns[i], err));
  return true;
}

static bool create(struct warehouse *warehouse, const struct plan *plan, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(&sql, "CREATE SCHEMA IF NOT EXISTS warehouse.");
  sql_add_name(&sql, plan->dataset->gold.schema);
  text_buffer_add_string(&sql, ";\nCREATE TABLE ");
  gold_add_table_name(plan, &sql);
  text_buffer_add_char(&sql, ' ');
  gold_add_definitions(plan, &sql);
  for (size_t i = 0; i < plan->n_gold_columns; i++) {
    if (plan->gold_columns[i].description == NULL)
      continue;
    text_buffer_add_string(&sql, ";\nCOMMENT ON COLUMN ");
    gold_add_table_name(plan, &sql);
    text_buffer_add_char(&sql, '.');
    sql_add_name(&sql, plan->gold_columns[i].name);
    text_buffer_add_string(&sql, " IS ");
    sql_add_string(&sql, text_from(plan->gold_columns[i].description));
  }
  TRY(database_execute(warehouse->database, sql.data, err));
  log_info("gold", "created table \"%s\".\"%s\" with %zu columns", plan->dataset->gold.schema,
           plan->dataset->gold.table, plan->n_gold_columns);
  return true;
}

static void add_drift(struct drift *drift, const struct existing *existing)
{
  const struct definition *is = &existing->is, *wanted = &existing->wanted;
  for (size_t i = 0; i < wanted->count && is->count > 0; i++) {
    int index = find_column(is, wanted->names[i]);
    bool is_there = index != NO_COLUMN;
    gold_compare_column(drift, wanted->names[i], is_there ? is->texts[index] : NULL, wanted->texts[i],
                        !is_there || holds(existing, index, i)                 ? DRIFT_NARROWED
                        : type_is_widening(is->types[index], wanted->types[i]) ? DRIFT_WIDENED
                                                                               : DRIFT_CHANGED);
  }
  for (size_t i = 0; i < is->count; i++)
    if (find_column(wanted, is->names[i]) == NO_COLUMN)
      gold_note_missing(drift, is->names[i]);
}

/* What stands in the way of loading, before anything is loaded. */
static bool check_table(struct warehouse *warehouse, const struct plan *plan, const struct existing *existing,
                        const struct gold_table *table, struct error *err)
{
  TRY(duckdb_check_table(warehouse, plan, table, err));
  TRY(check_types(plan, existing, err));
  for (size_t i = 0; i < existing->wanted.count; i++) {
    int index = find_column(&existing->is, existing->wanted.names[i]);
    if (index != NO_COLUMN && is_retyped(plan, existing, index, i))
      TRY(duckdb_check_change(warehouse, plan, existing->is.names[index], err));
  }
  return true;
}

bool duckdb_check_gold(struct warehouse *warehouse, const struct plan *plan, const struct gold_table *table,
                       struct drift *drift, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct existing existing;
  TRY(read_columns(&scratch, warehouse, plan, table, &existing, err));
  TRY(check_table(warehouse, plan, &existing, table, err));
  add_drift(drift, &existing);
  return true;
}

bool duckdb_prepare_gold(struct warehouse *warehouse, const struct plan *plan, const struct gold_table *table,
                         struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct existing existing;
  TRY(read_columns(&scratch, warehouse, plan, table, &existing, err));
  TRY(check_table(warehouse, plan, &existing, table, err));
  return table->is_there ? migrate(warehouse, plan, &existing, table, err) : create(warehouse, plan, err);
}

/* loading */

/* The rows of the partitions that this run touched: gold's columns take silver's names, so that the partition's own
 * expression finds them; where gold keeps the partition column itself, that is compared. */
void duckdb_add_touched(const struct plan *plan, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "(SELECT gold_row FROM (SELECT rowid AS gold_row");
  for (size_t i = 0; i < plan->n_columns; i++) {
    if (!gold_has_column(plan, plan->columns[i].name))
      continue;
    text_buffer_add_string(sql, ", ");
    sql_add_name(sql, plan->columns[i].name);
    text_buffer_printf(sql, " AS v%zu", i);
  }
  for (size_t i = 0; i < plan->n_partitions; i++)
    if (plan->partitions[i].column == NO_COLUMN && gold_has_column(plan, plan->partitions[i].name)) {
      text_buffer_add_string(sql, ", ");
      sql_add_name(sql, plan->partitions[i].name);
      text_buffer_printf(sql, " AS g%zu", i);
    }
  text_buffer_add_string(sql, " FROM ");
  gold_add_table_name(plan, sql);
  text_buffer_add_string(sql, ") AS old JOIN partitions ON ");
  for (size_t i = 0; i < plan->n_partitions; i++) {
    const struct plan_partition *partition = &plan->partitions[i];
    bool is_kept = partition->column == NO_COLUMN && gold_has_column(plan, partition->name);
    bool may_be_empty = partition_may_be_empty(partition);
    text_buffer_add_string(sql, i == 0 ? "" : " AND ");
    text_buffer_add_string(sql, may_be_empty ? "nullif(" : "");
    if (is_kept)
      text_buffer_printf(sql, "g%zu", i);
    else
      expr_print_duckdb(partition->expr, sql);
    text_buffer_printf(sql, "%s IS NOT DISTINCT FROM partitions.p%zu", may_be_empty ? ", '')" : "", i);
  }
  text_buffer_add_char(sql, ')');
}

/* What DuckDB keeps from being deleted, or changed, is said with the name of who refers to it. */
static bool explain_referrer(struct warehouse *warehouse, const struct plan *plan, struct error *err)
{
  const struct error reason = *err;
  if (reason.kind != ERROR_DATA || strstr(reason.message, "is still referenced by a foreign key") == NULL)
    return false;
  warehouse_rollback(warehouse);
  if (duckdb_refuse_referrer(warehouse, plan, err))
    *err = reason;
  return false;
}

static bool delete_rows(struct warehouse *warehouse, const struct plan *plan, const char *sql, struct error *err)
{
  return database_execute(warehouse->database, sql, err) || explain_referrer(warehouse, plan, err);
}

/* Where `only_nulls`, those with a null in their key, which no key of the table finds. */
static bool delete_upserted(struct warehouse *warehouse, const struct plan *plan, bool only_nulls, struct error *err)
{
  const struct config_list *key = &plan->dataset->gold.key;
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(&sql, "DELETE FROM ");
  gold_add_table_name(plan, &sql);
  text_buffer_add_string(&sql, " AS old USING gold_rows AS new WHERE ");
  for (size_t i = 0; i < key->count; i++) {
    text_buffer_add_string(&sql, i == 0 ? "old." : " AND old.");
    sql_add_name(&sql, gold_key_name(plan, i));
    text_buffer_add_string(&sql, " IS NOT DISTINCT FROM new.");
    sql_add_name(&sql, gold_key_name(plan, i));
  }
  for (size_t i = 0; only_nulls && i < key->count; i++) {
    text_buffer_add_string(&sql, i == 0 ? " AND (new." : " OR new.");
    sql_add_name(&sql, gold_key_name(plan, i));
    text_buffer_add_string(&sql, i + 1 < key->count ? " IS NULL" : " IS NULL)");
  }
  return delete_rows(warehouse, plan, sql.data, err);
}

/* An index that stands in the file is only read once something is to be inserted; what is deleted before that stays in
 * it until the transaction ends, and a row with the same key would be refused. */
static bool wake_indexes(struct warehouse *warehouse, const struct plan *plan, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  if (plan->n_gold_columns == 0)
    return true;
  text_buffer_add_string(&sql, "INSERT INTO ");
  gold_add_table_name(plan, &sql);
  text_buffer_add_string(&sql, " (");
  sql_add_name(&sql, plan->gold_columns[0].name);
  text_buffer_add_string(&sql, ") SELECT NULL WHERE false");
  return database_execute(warehouse->database, sql.data, err);
}

static bool remove_replaced(struct warehouse *warehouse, const struct plan *plan, bool is_updated, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  TRY(wake_indexes(warehouse, plan, err));
  switch (gold_replacement(plan)) {
  case REPLACES_NOTHING:
    return true;
  case REPLACES_KEYS:
    return delete_upserted(warehouse, plan, is_updated, err);
  case REPLACES_ALL:
    text_buffer_add_string(&sql, "DELETE FROM ");
    gold_add_table_name(plan, &sql);
    return delete_rows(warehouse, plan, sql.data, err);
  case REPLACES_PARTITIONS:
    text_buffer_add_string(&sql, "DELETE FROM ");
    gold_add_table_name(plan, &sql);
    text_buffer_add_string(&sql, " WHERE rowid IN ");
    duckdb_add_touched(plan, &sql);
    return delete_rows(warehouse, plan, sql.data, err);
  }
  BUG("gold replaces what is unknown");
}

/* An upsert looks at its rows three times, and uuid() must answer the same each time: they are kept first. */
static bool keep_rows(struct engine *engine, const struct plan *plan, const struct run *run, struct error *err)
{
  const struct gold_target kept = { .table = "gold_rows", .is_new = true };
  uint64_t n_rows = 0;
  return plan->dataset->gold.mode != GOLD_UPSERT || engine_load_gold(engine, plan, run, &kept, &n_rows, err);
}

static void add_insert_of_kept(const struct plan *plan, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "INSERT INTO ");
  gold_add_table_name(plan, sql);
  text_buffer_add_char(sql, ' ');
  plan_add_gold_columns(plan, sql);
  text_buffer_add_string(sql, "\nSELECT * FROM gold_rows");
}

static bool insert(struct warehouse *warehouse, struct engine *engine, const struct plan *plan, const struct run *run,
                   const char *insert_of_kept, uint64_t *ret_inserted, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer table = { 0 };
  if (plan->dataset->gold.mode == GOLD_UPSERT)
    return database_query_count(warehouse->database, insert_of_kept, ret_inserted, err);
  gold_add_table_name(plan, &table);
  const struct gold_target target = { .table = table.data };
  return engine_load_gold(engine, plan, run, &target, ret_inserted, err);
}

static bool explain_refusal(struct warehouse *warehouse, const struct plan *plan, struct error *err)
{
  explain_referrer(warehouse, plan, err);
  if (err->kind != ERROR_DATA)
    return false;
  return add_hint(err, "A row breaks a constraint or an index of the table: write its condition as a rule in "
                       "quality.rules, so that such rows are quarantined, or load what it refers to first.");
}

bool duckdb_load_gold(struct warehouse *warehouse, struct engine *engine, const struct plan *plan,
                      const struct run *run, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  bool is_updated = false;
  TRY(keep_rows(engine, plan, run, err));
  add_insert_of_kept(plan, &sql);
  TRY(duckdb_update_in_place(warehouse, plan, &sql, &is_updated, err));
  TRY(remove_replaced(warehouse, plan, is_updated, err));
  uint64_t inserted = 0;
  /* In order, an insert fills its row groups; half-full ones would be written again by the checkpoint at the end. */
  TRY(database_execute(warehouse->database, "SET preserve_insertion_order = true", err));
  if (!insert(warehouse, engine, plan, run, sql.data, &inserted, err))
    return explain_refusal(warehouse, plan, err);
  TRY(database_execute(warehouse->database, "SET preserve_insertion_order = false", err));
  return gold_check_inserted(run, inserted, err);
}
