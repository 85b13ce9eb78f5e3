/* What is the same for every database of gold tables. */
#include "warehouse/gold_internal.h"

#include <inttypes.h>

bool gold_read_table(struct arena *arena, struct warehouse *warehouse, const struct plan *plan,
                     struct gold_table *ret_table, struct error *err)
{
  return warehouse->driver->read_table(arena, warehouse, plan, ret_table, err);
}

bool gold_key_has(const struct gold_table_key *key, const char *column)
{
  for (size_t i = 0; i < key->n_columns; i++)
    if (strcmp(key->columns[i], column) == 0)
      return true;
  return false;
}

static bool is_name_byte(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (c & 0x80) != 0;
}

/* As a word of its own, or in quotes, where those within the name are doubled. */
bool gold_speaks_of(const char *sql, const char *column)
{
  SCOPED(text_buffer_done) struct text_buffer quoted = { 0 };
  size_t length = strlen(column);
  sql_add_name(&quoted, column);
  for (const char *at = sql; at != NULL && length > 0 && (at = strcasestr(at, column)) != NULL; at++)
    if ((at == sql || !is_name_byte(at[-1]) || !is_name_byte(at[0])) &&
        !(is_name_byte(at[length - 1]) && is_name_byte(at[length])))
      return true;
  return sql != NULL && strcasestr(sql, quoted.data) != NULL;
}

bool gold_key_is_upsert(const struct gold_table_key *key, const struct plan *plan)
{
  size_t n_found = 0;
  for (size_t i = 0; i < key->n_columns; i++)
    n_found += gold_is_key(plan, key->columns[i]);
  return key->is_plain && n_found == key->n_columns && n_found == plan->dataset->gold.key.count;
}

bool gold_check(struct warehouse *warehouse, const struct plan *plan, const struct gold_table *table,
                struct drift *drift, struct error *err)
{
  return warehouse->driver->check_gold(warehouse, plan, table, drift, err);
}

bool gold_lock(struct warehouse *warehouse, const struct plan *plan, struct error *err)
{
  return warehouse->driver->lock_gold == NULL || warehouse->driver->lock_gold(warehouse, plan, err);
}

bool gold_prepare(struct warehouse *warehouse, const struct plan *plan, const struct gold_table *table,
                  struct error *err)
{
  return warehouse->driver->prepare_gold(warehouse, plan, table, err);
}

bool gold_settle_keys(struct warehouse *warehouse, struct engine *engine, const struct plan *plan,
                      const struct run *run, struct error *err)
{
  if (plan->n_gold_keys == 0 && !plan->gold_bounds_sizes)
    return true;
  return warehouse->driver->settle_keys(warehouse, engine, plan, run, err) ||
         add_context(err, "while looking for rows that gold table \"%s\" does not let in", plan->dataset->gold.table);
}

bool gold_settle_doubles(struct engine *engine, const struct plan *plan, const struct run *run, uint64_t *count,
                         struct error *err)
{
  for (size_t i = 0; i < plan->n_gold_keys; i++) {
    uint64_t n_found = 0;
    if (plan->gold_keys[i].parts != NULL)
      continue;
    TRY(engine_find_double_keys(engine, plan, run, &plan->gold_keys[i], err));
    TRY(engine_quarantine_conflicts(engine, plan, &plan->gold_keys[i], &n_found, err));
    *count += n_found;
  }
  return true;
}

bool gold_meets_standing(const struct plan *plan, const struct plan_gold_key *key)
{
  return !key->is_upsert && gold_replacement(plan) != REPLACES_ALL;
}

bool gold_load(struct warehouse *warehouse, struct engine *engine, const struct plan *plan, const struct run *run,
               struct error *err)
{
  return warehouse->driver->load_gold(warehouse, engine, plan, run, err);
}

void gold_compare_column(struct drift *drift, const char *name, const char *from, const char *to, enum drift_kind kind)
{
  struct drift_change change = { .scope = DRIFT_GOLD, .kind = DRIFT_NEW, .column = name };
  if (from != NULL) {
    change.kind = kind;
    change.from = from;
    change.to = to;
  }
  if (from == NULL || strcmp(from, to) != 0)
    drift_add(drift, &change);
}

void gold_note_missing(struct drift *drift, const char *name)
{
  drift_add(drift, &(struct drift_change){ .scope = DRIFT_GOLD, .kind = DRIFT_MISSING, .column = name });
}

bool gold_has_column(const struct plan *plan, const char *name)
{
  for (size_t i = 0; i < plan->n_gold_columns; i++)
    if (text_equal_nocase(text_from(plan->gold_columns[i].name), text_from(name)))
      return true;
  return false;
}

const struct plan_gold_column *gold_find_column(const struct plan *plan, const char *name)
{
  for (size_t i = 0; i < plan->n_gold_columns; i++)
    if (strcmp(plan->gold_columns[i].name, name) == 0)
      return &plan->gold_columns[i];
  return NULL;
}

/* `follow` does what silver's mode does; a dynamic overwrite without partitions is of everything. */
enum gold_replacement gold_replacement(const struct plan *plan)
{
  const struct dataset *dataset = plan->dataset;
  if (dataset->is_remade)
    return REPLACES_ALL;
  switch (dataset->gold.mode) {
  case GOLD_UPSERT:
    return REPLACES_KEYS;
  case GOLD_OVERWRITE:
    return REPLACES_ALL;
  case GOLD_APPEND:
    return REPLACES_NOTHING;
  case GOLD_FOLLOW:
    break;
  }
  if (dataset->silver.mode == SILVER_APPEND)
    return REPLACES_NOTHING;
  bool is_partitioned = dataset->silver.mode == SILVER_OVERWRITE_DYNAMIC && plan->n_partitions > 0;
  return is_partitioned ? REPLACES_PARTITIONS : REPLACES_ALL;
}

/* The name that is meant: exact first, then without case, as the plan has checked it. */
const char *gold_key_name(const struct plan *plan, size_t i)
{
  const char *name = plan->dataset->gold.key.items[i].value;
  if (gold_find_column(plan, name) != NULL)
    return name;
  for (size_t c = 0; c < plan->n_gold_columns; c++)
    if (text_equal_nocase(text_from(plan->gold_columns[c].name), text_from(name)))
      return plan->gold_columns[c].name;
  BUG("a key that gold lacks");
}

bool gold_is_key(const struct plan *plan, const char *name)
{
  for (size_t i = 0; i < plan->dataset->gold.key.count; i++)
    if (strcmp(gold_key_name(plan, i), name) == 0)
      return true;
  return false;
}

void gold_add_key(const struct plan *plan, struct text_buffer *sql)
{
  for (size_t i = 0; i < plan->dataset->gold.key.count; i++) {
    text_buffer_add_string(sql, i == 0 ? "" : ", ");
    sql_add_name(sql, gold_key_name(plan, i));
  }
}

/* ALTER TABLE "gold"."payments" ALTER "amount" */
static void add_alter_column(const struct plan *plan, const char *name, struct text_buffer *ddl)
{
  text_buffer_add_string(ddl, "ALTER TABLE ");
  sql_add_name(ddl, plan->dataset->gold.schema);
  text_buffer_add_char(ddl, '.');
  sql_add_name(ddl, plan->dataset->gold.table);
  text_buffer_add_string(ddl, " ALTER ");
  sql_add_name(ddl, name);
}

static bool refuse_column(const struct plan *plan, const char *name, const char *why, const char *remedy,
                          const char *action, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer ddl = { 0 };
  add_alter_column(plan, name, &ddl);
  fail(err, ERROR_CONFIG, plan->dataset->gold.place, "column \"%s\" of gold table \"%s\" %s", name,
       plan->dataset->gold.table, why);
  return add_hint(err, "%s: %s %s.", remedy, ddl.data, action);
}

bool gold_was_required(const struct warehouse *warehouse, const char *column)
{
  for (size_t i = 0; i < warehouse->required.n_rows; i++)
    if (text_equal_nocase(text_from(warehouse->required.cells[i]), text_from(column)))
      return true;
  return false;
}

/* A trigger may fill what has no default. */
bool gold_check_columns(const struct plan *plan, const struct gold_table *table, struct error *err)
{
  for (size_t i = 0; i < table->n_columns; i++) {
    const struct gold_table_column *column = &table->columns[i];
    bool is_filled = column->has_default || column->is_identity || column->is_generated || table->has_row_triggers;
    bool is_server = plan->config->database->driver == DATABASE_POSTGRESQL;
    if (column->wanted != NO_COLUMN && column->is_generated && !is_server) {
      fail(err, ERROR_CONFIG, plan->dataset->gold.place,
           "column \"%s\" of gold table \"%s\" is generated from others: it takes no value of the dataset",
           column->name, plan->dataset->gold.table);
      return add_hint(err, "Leave it out (output.gold.exclude_columns), or drop it, so that the run adds its own.");
    }
    if (column->wanted != NO_COLUMN && column->is_generated)
      return refuse_column(plan, column->name, "is generated from others: it takes no value of the dataset",
                           "Leave it out (output.gold.exclude_columns), or let it be a column as others",
                           "DROP EXPRESSION", err);
    if (column->wanted == NO_COLUMN && column->stays_required && !is_filled)
      return refuse_column(plan, column->name, "is NOT NULL without a default, and the dataset has no such column",
                           "Give it a default (SET DEFAULT), or let it be null", "DROP NOT NULL", err);
  }
  return true;
}

bool gold_refuse_type(const struct plan *plan, const char *name, const char *from, const char *to, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer ddl = { 0 };
  bool is_zoned =
      text_starts_with(text_from(to), TEXT("timestamp with ")) || strcmp(to, "TIMESTAMP WITH TIME ZONE") == 0;
  bool is_local =
      text_equal_nocase(text_from(from), TEXT("timestamp without time zone")) || strcmp(from, "TIMESTAMP") == 0;
  add_alter_column(plan, name, &ddl);
  text_buffer_printf(&ddl, " TYPE %s USING ", to);
  text_buffer_add_string(&ddl, is_zoned && is_local ? "" : "CAST(");
  sql_add_name(&ddl, name);
  text_buffer_printf(&ddl, is_zoned && is_local ? " AT TIME ZONE 'UTC'" : " AS %s)", to);
  fail(err, ERROR_CONFIG, plan->dataset->gold.place,
       "gold column \"%s\" of table \"%s\" is %s, the dataset makes it %s: not every value fits", name,
       plan->dataset->gold.table, from, to);
  return add_hint(err, "If that is meant, convert the table yourself: %s", ddl.data);
}

bool gold_check_inserted(const struct run *run, uint64_t inserted, struct error *err)
{
  if (inserted == run->rows.gold)
    return true;
  return fail(err, ERROR_DEFECT, NOWHERE, "%" PRIu64 " rows were counted for gold, %" PRIu64 " were inserted",
              run->rows.gold, inserted);
}
