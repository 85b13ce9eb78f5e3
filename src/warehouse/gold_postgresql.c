/* A gold table in PostgreSQL: what its columns are, as the plan wants them and as they are; its creation and migration.
 * gold_postgresql_load.c fills it. */
#include "warehouse/gold_postgresql.h"
#include "warehouse/postgresql.h"

#include "base/log.h"

#include <stdio.h>

enum { NAME_MOST = 63 /* bytes; PostgreSQL cuts longer ones without a word */ };

/* types */

/* Columns by the names that PostgreSQL's format_type() gives. */
static const struct {
  const char *name;
  enum copy_type copy;
} types[] = {
  { "boolean", COPY_BOOLEAN },
  { "smallint", COPY_SMALLINT },
  { "integer", COPY_INTEGER },
  { "bigint", COPY_BIGINT },
  { "real", COPY_REAL },
  { "double precision", COPY_DOUBLE },
  { "numeric", COPY_NUMERIC },
  { "text", COPY_TEXT },
  { "bytea", COPY_BYTEA },
  { "date", COPY_DATE },
  { "timestamp with time zone", COPY_TIMESTAMPTZ },
  { "timestamp without time zone", COPY_TIMESTAMP },
  { "jsonb", COPY_JSONB },
};

static bool is_numeric(const char *name)
{
  return strncmp(name, "numeric", strlen("numeric")) == 0;
}

/* Whether crisol gives a column such a type; any other one, as an enumeration, is a person's, and stays. */
static bool is_own_type(const char *name)
{
  for (size_t i = 0; i < ARRAY_LENGTH(types); i++)
    if (strcmp(types[i].name, is_numeric(name) ? "numeric" : name) == 0)
      return true;
  return false;
}

/* "numeric(18,2)" is copied as numeric. */
enum copy_type postgresql_copy_type(const char *name)
{
  for (size_t i = 0; i < ARRAY_LENGTH(types); i++)
    if (strcmp(types[i].name, is_numeric(name) ? "numeric" : name) == 0)
      return types[i].copy;
  BUG("a gold column of no type");
}

/* What the plan's column is in PostgreSQL; NULL where it has nothing for the type. */
const char *postgresql_type_name(struct arena *arena, const struct plan_gold_column *column)
{
  if (column->json_column != NO_COLUMN)
    return "jsonb";
  switch (column->type->id) {
  case TYPE_BOOLEAN:
    return "boolean";
  case TYPE_TINYINT:
  case TYPE_SMALLINT:
    return "smallint";
  case TYPE_INT:
    return "integer";
  case TYPE_BIGINT:
    return column->fits_int ? "integer" : "bigint";
  case TYPE_FLOAT:
    return "real";
  case TYPE_DOUBLE:
    return "double precision";
  case TYPE_DECIMAL:
    return column->keeps_digits ? "numeric"
                                : arena_printf(arena, "numeric(%d,%d)", column->type->precision, column->type->scale);
  case TYPE_VOID:
  case TYPE_STRING:
    return "text";
  case TYPE_BINARY:
    return "bytea";
  case TYPE_DATE:
    return "date";
  case TYPE_TIMESTAMP:
    return "timestamp with time zone";
  case TYPE_TIMESTAMP_NTZ:
    return "timestamp without time zone";
  case TYPE_ARRAY:
  case TYPE_MAP:
  case TYPE_STRUCT:
    return "jsonb";
  default:
    return NULL;
  }
}

/* How many digits an exact number has before and behind the point: any that a value may need, or, `of_all`, those that
 * every value may have (99999 is no smallint). Unlimited ones are 1000 digits each. */
static bool read_exact(const char *name, bool of_all, int *ret_whole, int *ret_fraction)
{
  int precision, scale;
  *ret_fraction = 0;
  if (strcmp(name, "numeric") == 0) {
    *ret_whole = *ret_fraction = 1000;
    return true;
  }
  /* NOLINTNEXTLINE(cert-err34-c): PostgreSQL wrote the digits, and their count is checked */
  if (sscanf(name, "numeric(%d,%d)", &precision, &scale) == 2) {
    *ret_whole = precision - scale;
    *ret_fraction = scale;
    return true;
  }
  static const struct {
    const char *name;
    int digits; /* of the greatest value */
  } integers[] = { { "smallint", 5 }, { "integer", 10 }, { "bigint", 19 } };
  for (size_t i = 0; i < ARRAY_LENGTH(integers); i++)
    if (strcmp(name, integers[i].name) == 0) {
      *ret_whole = integers[i].digits - of_all;
      return true;
    }
  return false;
}

/* Whether every value of type `from` is one of `to`. A char(n) is none: it pads, and text keeps what it drops. */
static bool fits(const char *from, const char *to)
{
  if (strcmp(from, to) == 0 || (strcmp(from, "text") == 0 && strcmp(to, "character varying") == 0))
    return true;
  int from_whole, from_fraction, to_whole, to_fraction;
  bool is_exact = read_exact(from, false, &from_whole, &from_fraction);
  if (is_exact && read_exact(to, true, &to_whole, &to_fraction))
    return from_whole <= to_whole && from_fraction <= to_fraction;
  if (strcmp(to, "double precision") == 0)
    return strcmp(from, "real") == 0 || (is_exact && from_whole + from_fraction <= 10 && from_fraction == 0);
  return strcmp(to, "text") == 0 && strncmp(from, "character varying", strlen("character varying")) == 0;
}

/* the table that is there */

static bool check_name(struct place place, const char *what, const char *name, struct error *err)
{
  if (strlen(name) <= NAME_MOST)
    return true;
  return fail(err, ERROR_CONFIG, place, "the name of %s \"%s\" is %zu bytes long, PostgreSQL takes %d", what, name,
              strlen(name), NAME_MOST);
}

/* Columns that every table has; a quoted name of theirs is refused, too. */
static const char *const system_columns[] = { "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid" };

static bool check_system_column(struct place place, const char *name, struct error *err)
{
  for (size_t i = 0; i < ARRAY_LENGTH(system_columns); i++) {
    if (strcmp(name, system_columns[i]) != 0)
      continue;
    fail(err, ERROR_CONFIG, place,
         "gold column \"%s\" has the name of a system column, which PostgreSQL gives to no other", name);
    return add_hint(err, "Rename it under standardization.rename, or leave it out of gold (exclude_columns).");
  }
  return true;
}

static bool check_names(const struct plan *plan, struct error *err)
{
  enum { COLUMNS_MOST = 1600 };
  struct place place = plan->dataset->gold.place;
  if (plan->n_gold_columns > COLUMNS_MOST) {
    fail(err, ERROR_CONFIG, place, "gold table \"%s\" would have %zu columns, PostgreSQL takes %d",
         plan->dataset->gold.table, plan->n_gold_columns, COLUMNS_MOST);
    return add_hint(err, "Leave some out (output.gold.exclude_columns).");
  }
  TRY(check_name(place, "schema", plan->dataset->gold.schema, err));
  TRY(check_name(place, "table", plan->dataset->gold.table, err));
  for (size_t i = 0; i < plan->n_gold_columns; i++)
    TRY(check_name(place, "column", plan->gold_columns[i].name, err) &&
        check_system_column(place, plan->gold_columns[i].name, err));
  return true;
}

static bool find_wanted(struct arena *arena, const struct plan *plan, struct postgresql_columns *columns,
                        struct error *err)
{
  columns->wanted = arena_array(arena, plan->n_gold_columns + 1, sizeof(char *));
  for (size_t i = 0; i < plan->n_gold_columns; i++) {
    const struct plan_gold_column *column = &plan->gold_columns[i];
    columns->wanted[i] = postgresql_type_name(arena, column);
    if (columns->wanted[i] != NULL)
      continue;
    fail(err, ERROR_CONFIG, plan->dataset->gold.place, "gold column \"%s\" is %s, which PostgreSQL has no type for",
         column->name, type_name(arena, column->type));
    return add_hint(err, "Exclude the column, or cast it to a type such as string.");
  }
  return true;
}

static bool needs_freedom(const struct plan *plan, const struct postgresql_columns *columns)
{
  for (size_t i = 0; columns->is.is_there && i < plan->n_gold_columns; i++) {
    int index = postgresql_find_column(columns, plan->gold_columns[i].name);
    const char *is = index == NO_COLUMN ? columns->wanted[i] : columns->is.columns[index].base;
    if (!fits(columns->wanted[i], is) && !fits(is, columns->wanted[i]))
      return true;
  }
  return false;
}

/* Asked only where it matters: whether a table is empty is seen by those alone who may read it. */
static bool find_freedom(struct warehouse *warehouse, const struct plan *plan, struct postgresql_columns *columns,
                         struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct table answer;
  bool holds_rows = true;
  columns->is_free = plan->dataset->is_remade;
  if (columns->is_free || !needs_freedom(plan, columns))
    return true;
  TRY(postgresql_query_table(&scratch, warehouse, plan, "SELECT has_table_privilege(oid, 'SELECT') FROM gold", &answer,
                             err));
  if (answer.n_rows == 1 && answer.cells[0][0] == 't')
    TRY(gold_holds_rows(warehouse, plan, &columns->is, &holds_rows, err));
  columns->is_free = !holds_rows;
  return true;
}

bool postgresql_check_empty(struct warehouse *warehouse, const struct plan *plan,
                            const struct postgresql_columns *columns, struct error *err)
{
  bool holds_rows = false;
  if (!columns->is_free || plan->dataset->is_remade)
    return true;
  TRY(gold_holds_rows(warehouse, plan, &columns->is, &holds_rows, err));
  return !holds_rows || fail(err, ERROR_ENVIRONMENT, plan->dataset->gold.place,
                             "gold table \"%s\" was empty, and was filled while its columns were to be changed",
                             plan->dataset->gold.table);
}

/* The same of a table that is read already. */
static bool compare_columns(struct arena *arena, struct warehouse *warehouse, const struct plan *plan,
                            const struct gold_table *table, struct postgresql_columns *ret_columns, struct error *err)
{
  TRY(check_names(plan, err));
  TRY(find_wanted(arena, plan, ret_columns, err));
  ret_columns->is = *table;
  return find_freedom(warehouse, plan, ret_columns, err);
}

bool postgresql_read_columns(struct arena *arena, struct warehouse *warehouse, const struct plan *plan,
                             struct postgresql_columns *ret_columns, struct error *err)
{
  struct gold_table table;
  TRY(postgresql_read_table(arena, warehouse, plan, &table, err));
  return compare_columns(arena, warehouse, plan, &table, ret_columns, err);
}

/* Quoted names are case-sensitive: only the very name is the column. */
int postgresql_find_column(const struct postgresql_columns *columns, const char *name)
{
  for (size_t i = 0; i < columns->is.n_columns; i++)
    if (strcmp(columns->is.columns[i].name, name) == 0)
      return (int)i;
  return NO_COLUMN;
}

const char *postgresql_existing_type(const struct postgresql_columns *columns, int index)
{
  return columns->is.columns[index].base;
}

const char *postgresql_type_in_table(const struct plan *plan, const struct postgresql_columns *columns,
                                     const char *name)
{
  for (size_t i = 0; i < plan->n_gold_columns; i++) {
    if (strcmp(plan->gold_columns[i].name, name) != 0)
      continue;
    int index = postgresql_find_column(columns, name);
    bool stays = index != NO_COLUMN && fits(columns->wanted[i], postgresql_existing_type(columns, index));
    return stays ? postgresql_existing_type(columns, index) : columns->wanted[i];
  }
  BUG("a key or partition that gold lacks");
}

/* A domain is a person's: it is not replaced by a wider type. */
static bool check_types(const struct plan *plan, const struct postgresql_columns *columns, struct error *err)
{
  for (size_t i = 0; columns->is.is_there && i < plan->n_gold_columns; i++) {
    int index = postgresql_find_column(columns, plan->gold_columns[i].name);
    if (index == NO_COLUMN)
      continue;
    const struct gold_table_column *column = &columns->is.columns[index];
    bool is_domain = strcmp(column->type, column->base) != 0;
    bool may_change =
        !is_domain && ((columns->is_free && is_own_type(column->base)) || fits(column->base, columns->wanted[i]));
    if (!fits(columns->wanted[i], column->base) && !may_change)
      return gold_refuse_type(plan, column->name, column->type, columns->wanted[i], err);
  }
  return true;
}

/* What stands in the way of loading, before anything is loaded. */
static bool check_table(struct warehouse *warehouse, const struct plan *plan, const struct postgresql_columns *columns,
                        struct error *err)
{
  TRY(postgresql_check_table(warehouse, plan, columns, err));
  return gold_check_columns(plan, &columns->is, err) && check_types(plan, columns, err);
}

/* creation and migration */

void postgresql_add_table(const struct plan *plan, struct text_buffer *sql)
{
  sql_add_name(sql, plan->dataset->gold.schema);
  text_buffer_add_char(sql, '.');
  sql_add_name(sql, plan->dataset->gold.table);
}

void postgresql_add_definitions(const struct plan *plan, const struct postgresql_columns *columns, bool has_constraints,
                                struct text_buffer *sql)
{
  for (size_t i = 0; i < plan->n_gold_columns; i++) {
    text_buffer_add_string(sql, i == 0 ? "(" : ", ");
    sql_add_name(sql, plan->gold_columns[i].name);
    text_buffer_printf(sql, " %s", columns->wanted[i]);
    if (has_constraints && plan->gold_columns[i].is_required)
      text_buffer_add_string(sql, " NOT NULL");
  }
  text_buffer_add_char(sql, ')');
}

static void add_comment(const struct plan *plan, const struct plan_gold_column *column, struct text_buffer *sql)
{
  if (column->description == NULL)
    return;
  text_buffer_add_string(sql, ";\nCOMMENT ON COLUMN ");
  postgresql_add_table(plan, sql);
  text_buffer_add_char(sql, '.');
  sql_add_name(sql, column->name);
  text_buffer_add_string(sql, " IS ");
  sql_add_string(sql, text_from(column->description));
}

static bool has_schema(struct warehouse *warehouse, const char *schema, bool *ret_found, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  uint64_t count = 0;
  text_buffer_add_string(&sql, "SELECT count(*) FROM pg_namespace WHERE nspname = ");
  sql_add_string(&sql, text_from(schema));
  TRY(warehouse_query_count(warehouse, sql.data, &count, err));
  *ret_found = count > 0;
  return true;
}

/* CREATE SCHEMA IF NOT EXISTS asks for the privilege even where there is nothing to do. */
static bool create_schema(struct warehouse *warehouse, const struct plan *plan, struct error *err)
{
  const char *schema = plan->dataset->gold.schema;
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  bool is_there = false;
  TRY(has_schema(warehouse, schema, &is_there, err));
  if (is_there)
    return true;
  TRY(postgresql_lock_definitions(warehouse, plan, err));
  TRY(has_schema(warehouse, schema, &is_there, err)); /* another run may have made it meanwhile */
  if (is_there)
    return true;
  text_buffer_add_string(&sql, "CREATE SCHEMA ");
  sql_add_name(&sql, schema);
  return warehouse_execute(warehouse, sql.data, err);
}

static bool create(struct warehouse *warehouse, const struct plan *plan, const struct postgresql_columns *columns,
                   struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  TRY(create_schema(warehouse, plan, err));
  text_buffer_add_string(&sql, "CREATE TABLE ");
  postgresql_add_table(plan, &sql);
  text_buffer_add_char(&sql, ' ');
  postgresql_add_definitions(plan, columns, true, &sql);
  for (size_t i = 0; i < plan->n_gold_columns; i++)
    add_comment(plan, &plan->gold_columns[i], &sql);
  TRY(warehouse_execute(warehouse, sql.data, err));
  log_info("gold", "created table \"%s\".\"%s\" with %zu columns", plan->dataset->gold.schema,
           plan->dataset->gold.table, plan->n_gold_columns);
  return true;
}

bool postgresql_is_retyped(const struct plan *plan, const struct postgresql_columns *columns, size_t i)
{
  int index = postgresql_find_column(columns, plan->gold_columns[i].name);
  if (index == NO_COLUMN)
    return false;
  const struct gold_table_column *column = &columns->is.columns[index];
  bool is_domain = strcmp(column->type, column->base) != 0;
  return plan->dataset->is_remade && !is_domain && is_own_type(column->base)
             ? strcmp(columns->wanted[i], column->base) != 0
             : !fits(columns->wanted[i], column->base);
}

void postgresql_add_alterations(const struct plan *plan, const struct postgresql_columns *columns,
                                struct text_buffer *sql)
{
  for (size_t i = 0; i < plan->n_gold_columns; i++) {
    const struct plan_gold_column *column = &plan->gold_columns[i];
    bool is_new = postgresql_find_column(columns, column->name) == NO_COLUMN;
    if (!is_new && !postgresql_is_retyped(plan, columns, i))
      continue;
    text_buffer_add_string(sql, sql->length == 0 ? "ALTER TABLE " : ";\nALTER TABLE ");
    postgresql_add_table(plan, sql);
    text_buffer_add_string(sql, is_new ? " ADD COLUMN " : " ALTER COLUMN ");
    sql_add_name(sql, column->name);
    text_buffer_printf(sql, is_new ? " %s" : " TYPE %s", columns->wanted[i]);
    if (!is_new && columns->is_free)
      text_buffer_printf(sql, " USING CAST(NULL AS %s)", columns->wanted[i]);
    if (is_new)
      add_comment(plan, column, sql);
  }
}

void postgresql_add_migration(const struct plan *plan, const struct postgresql_columns *columns,
                              struct text_buffer *sql)
{
  const char *table = plan->dataset->gold.table;
  postgresql_add_alterations(plan, columns, sql);
  for (size_t i = 0; i < plan->n_gold_columns; i++) {
    const char *name = plan->gold_columns[i].name;
    int index = postgresql_find_column(columns, name);
    if (index == NO_COLUMN)
      log_info("gold", "adding column \"%s\" %s to table \"%s\"", name, columns->wanted[i], table);
    else if (postgresql_is_retyped(plan, columns, i))
      log_info("gold", "%s column \"%s\" of table \"%s\" from %s to %s", columns->is_free ? "changing" : "widening",
               name, table, postgresql_existing_type(columns, index), columns->wanted[i]);
  }
}

/* A column that may be null now, or that the plan lacks, must not stay NOT NULL. */
void postgresql_add_relaxations(const struct plan *plan, const struct postgresql_columns *columns,
                                struct text_buffer *sql)
{
  for (size_t i = 0; i < columns->is.n_columns; i++) {
    const char *name = columns->is.columns[i].name;
    if (!columns->is.columns[i].is_required || columns->is.columns[i].stays_required)
      continue;
    text_buffer_add_string(sql, sql->length == 0 ? "ALTER TABLE " : ";\nALTER TABLE ");
    postgresql_add_table(plan, sql);
    text_buffer_add_string(sql, " ALTER COLUMN ");
    sql_add_name(sql, name);
    text_buffer_add_string(sql, " DROP NOT NULL");
    log_info("gold", "column \"%s\" of table \"%s\" may be null from now on", name, plan->dataset->gold.table);
  }
}

bool postgresql_try_changes(struct warehouse *warehouse, const struct plan *plan,
                            const struct postgresql_columns *columns, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(&sql, "CREATE TEMPORARY TABLE crisol_trial (LIKE ");
  postgresql_add_table(plan, &sql);
  text_buffer_add_string(&sql, " INCLUDING ALL) ON COMMIT DROP");
  size_t length = sql.length;
  for (size_t i = 0; columns->is_free && i < plan->n_gold_columns; i++) {
    if (!postgresql_is_retyped(plan, columns, i))
      continue;
    text_buffer_add_string(&sql, ";\nALTER TABLE pg_temp.crisol_trial ALTER COLUMN ");
    sql_add_name(&sql, plan->gold_columns[i].name);
    text_buffer_printf(&sql, " TYPE %s USING CAST(NULL AS %s)", columns->wanted[i], columns->wanted[i]);
  }
  if (sql.length == length)
    return true;
  TRY(warehouse_begin(warehouse, err));
  bool is_possible = warehouse_execute(warehouse, sql.data, err);
  bool may_pass = !is_possible && warehouse_may_pass(warehouse);
  warehouse_rollback(warehouse);
  if (is_possible || may_pass || err->kind == ERROR_INTERRUPTED || err->kind == ERROR_TERMINATED)
    return is_possible;
  const struct error reason = *err;
  fail(err, ERROR_CONFIG, plan->dataset->gold.place, "gold table \"%s\" cannot get the types of the dataset: %s",
       plan->dataset->gold.table, reason.message);
  return add_hint(err, "Take away what stands in the way, run again, and put it back.");
}

/* PostgreSQL takes the parts of a date from dates and timestamps only, where Spark would cast a text first. */
static bool check_partitions(const struct plan *plan, struct error *err)
{
  const char *from = plan->dataset->silver.partition_from.value;
  const struct plan_gold_column *column = from == NULL ? NULL : gold_find_column(plan, from);
  if (gold_replacement(plan) != REPLACES_PARTITIONS || column == NULL)
    return true;
  enum type_id id = column->type->id;
  if (id == TYPE_DATE || id == TYPE_TIMESTAMP || id == TYPE_TIMESTAMP_NTZ)
    return true;
  SCOPED(arena_done) struct arena scratch = { 0 };
  fail(err, ERROR_CONFIG, plan->dataset->silver.partition_from.place,
       "partition_from column \"%s\" is %s: PostgreSQL cannot find the rows of its partitions", from,
       type_name(&scratch, column->type));
  return add_hint(err, "Cast it to timestamp or date under standardization.casts.");
}

static void add_drift(const struct plan *plan, const struct postgresql_columns *columns, struct drift *drift)
{
  for (size_t i = 0; i < plan->n_gold_columns && columns->is.is_there; i++) {
    int index = postgresql_find_column(columns, plan->gold_columns[i].name);
    const char *from = index == NO_COLUMN ? NULL : postgresql_existing_type(columns, index);
    gold_compare_column(drift, plan->gold_columns[i].name, from, columns->wanted[i],
                        from == NULL || fits(columns->wanted[i], from) ? DRIFT_NARROWED
                        : fits(from, columns->wanted[i])               ? DRIFT_WIDENED
                                                                       : DRIFT_CHANGED);
  }
  for (size_t i = 0; i < columns->is.n_columns; i++)
    if (gold_find_column(plan, columns->is.columns[i].name) == NULL)
      gold_note_missing(drift, columns->is.columns[i].name);
}

bool postgresql_check_gold(struct warehouse *warehouse, const struct plan *plan, const struct gold_table *table,
                           struct drift *drift, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct postgresql_columns columns = { 0 };
  TRY(check_partitions(plan, err));
  TRY(compare_columns(&scratch, warehouse, plan, table, &columns, err));
  TRY(check_table(warehouse, plan, &columns, err) && postgresql_try_changes(warehouse, plan, &columns, err));
  add_drift(plan, &columns, drift);
  return true;
}

bool postgresql_prepare_gold(struct warehouse *warehouse, const struct plan *plan, const struct gold_table *table,
                             struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct postgresql_columns columns = { 0 };
  TRY(compare_columns(&scratch, warehouse, plan, table, &columns, err));
  TRY(check_table(warehouse, plan, &columns, err));
  return columns.is.is_there ||
         create(warehouse, plan, &columns, err); /* migrated when the rows are there: postgresql_load_gold */
}
