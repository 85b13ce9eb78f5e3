/* Rows that are too large for a table of PostgreSQL, or for an index on it, and those on which an expression of a
 * generated column or an index fails. How large a row is there, and what an expression makes of it, the server alone
 * knows: so those rows that it may refuse are tried on an empty copy of the table, with its indexes, in a transaction
 * that is rolled back: all at once, since most often none is, then by halves until each that is refused is found. */
#include "warehouse/gold_postgresql.h"
#include "warehouse/postgresql.h"
#include "duckdb/copy_binary.h"

#include "base/log.h"

#include <inttypes.h>
#include <stdlib.h>

/* Bytes from which on the columns of an index, or a row without what can be moved out of it, are looked at: a key of a
 * B-tree has at most 2,704 bytes, a row 8,160. What an expression makes of a value may be longer. */
enum { LARGE_KEY = 2000, LARGE_FOR_EXPRESSION = 300, LARGE_ROW = 6500, INLINE_MOST = 24 };

/* Why a row is refused: by the server's SQLSTATE (a class, or whole). */
enum fault { FAULT_SIZE, FAULT_EXPRESSION };
static const struct {
  const char *why, *message;
} faults[] = {
  [FAULT_SIZE] = { "size", "too large for the table or an index on" },
  [FAULT_EXPRESSION] = { "expression", "refused by an expression of the table or an index over" },
};
static const struct {
  const char *state;
  enum fault fault;
} refusals[] = {
  { "54", FAULT_SIZE },       { "22", FAULT_EXPRESSION },    { "P0", FAULT_EXPRESSION },
  { "21", FAULT_EXPRESSION }, { "23514", FAULT_EXPRESSION }, { "23502", FAULT_EXPRESSION },
};

struct size_index {
  const char *definition; /* of an index, from its method on; NULL: columns whose values stay in the row */
  bool has_expression;
  bool may_fail; /* an expression does not take every value */
  bool *columns; /* by gold column: those that may be long */
  size_t first;  /* gold column that a failure is put down to */
};

struct sizes {
  struct warehouse *warehouse;
  struct engine *engine;
  const struct plan *plan;
  const struct run *run;
  struct postgresql_columns columns;
  struct size_index *indexes;
  size_t n_indexes;
  enum copy_type *copy_types;
  const char *into;
  struct text_buffer *refused; /* numbers of the rows that are refused, by fault and gold column: "3, 8" */
  struct arena arena;
};

static void sizes_done(struct sizes *sizes)
{
  for (size_t i = 0; sizes->refused != NULL && i < ARRAY_LENGTH(faults) * sizes->plan->n_gold_columns; i++)
    text_buffer_done(&sizes->refused[i]);
  arena_done(&sizes->arena);
}

static bool is_wide(const struct plan *plan)
{
  return plan->n_gold_columns >= GOLD_WIDE_COLUMNS;
}

static bool is_long_type(const struct plan_gold_column *column)
{
  enum type_id id = column->type->id;
  return column->json_column != NO_COLUMN || id == TYPE_STRING || id == TYPE_BINARY || id == TYPE_ARRAY ||
         id == TYPE_MAP || id == TYPE_STRUCT;
}

/* indexes, and what they are on */

/* One row an index and column, those of single partitions with the partition's bounds as a condition; then generated
 * columns, of which a type with bounds may take less than the expression makes (its last cast is not shown); at last,
 * without a definition too, columns that a person keeps from being moved out. */
static const char indexes_sql[] =
    "SELECT CAST(i.indexrelid AS bigint), replace(pg_get_indexdef(i.indexrelid), coalesce(' WHERE ' || "
    "pg_get_expr(i.indpred, i.indrelid), ''), '') || coalesce(' WHERE ' || nullif(concat_ws(' AND ', "
    "pg_get_expr(i.indpred, i.indrelid), CASE WHEN i.indrelid <> gold.oid THEN "
    "pg_get_partition_constraintdef(i.indrelid) END), ''), ''), i.indexprs IS NOT NULL OR am.amname <> 'btree', "
    "a.attname, concat_ws(' ', pg_get_expr(i.indexprs, i.indrelid), pg_get_expr(i.indpred, i.indrelid)) FROM gold JOIN "
    "pg_index AS i ON i.indrelid = gold.oid OR i.indrelid IN (SELECT relid FROM pg_partition_tree(gold.oid)) JOIN "
    "pg_class AS x ON x.oid = i.indexrelid AND NOT x.relispartition JOIN pg_am AS am ON am.oid = x.relam AND "
    "(am.amname "
    "<> 'hash' OR i.indexprs IS NOT NULL OR i.indpred IS NOT NULL) JOIN pg_attribute AS a ON a.attrelid = i.indrelid "
    "AND a.attnum > 0 AND (a.attnum = ANY (i.indkey) OR EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = "
    "'pg_class'::regclass AND d.objid = i.indexrelid AND d.refclassid = 'pg_class'::regclass AND d.refobjid = "
    "i.indrelid AND d.refobjsubid = a.attnum)) UNION ALL SELECT -a.attnum, NULL, true, a.attname, CASE "
    "WHEN format_type(a.atttypid, a.atttypmod) IN ('text', 'character varying', 'boolean') THEN pg_get_expr(d.adbin, "
    "d.adrelid) ELSE '/' END FROM gold JOIN pg_attribute AS a ON a.attrelid = gold.oid AND a.attgenerated <> "
    "'' "
    "AND NOT a.attisdropped JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum "
    "UNION ALL SELECT CAST(x.oid AS bigint), NULL, false, a.attname, '' FROM gold AS x JOIN pg_attribute AS a ON "
    "a.attrelid = x.oid AND a.attnum > 0 AND a.attlen < 0 AND a.attstorage = 'p' ORDER BY 2 NULLS LAST, 1";

static void note_column(const struct sizes *sizes, const char *name, struct size_index *index)
{
  const struct plan *plan = sizes->plan;
  int place = postgresql_find_column(&sizes->columns, name);
  const struct gold_table_column *column = place == NO_COLUMN ? NULL : &sizes->columns.is.columns[place];
  for (size_t i = 0; column != NULL && i < plan->n_gold_columns; i++) {
    bool is_it = strcmp(plan->gold_columns[i].name, name) == 0;
    bool makes_it = column->is_generated && gold_speaks_of(column->expression, plan->gold_columns[i].name);
    bool is_only_made = index->definition == NULL && column->is_generated; /* it makes the row no larger */
    index->has_expression = index->has_expression || (makes_it && !is_it);
    if ((is_it || makes_it) && i < index->first)
      index->first = i;
    index->columns[i] =
        index->columns[i] || ((is_it || makes_it) && !is_only_made && is_long_type(&plan->gold_columns[i]));
  }
}

static bool read_indexes(struct sizes *sizes, struct error *err)
{
  enum { OID, DEFINITION, HAS_EXPRESSION, COLUMN, EXPRESSIONS, N_CELLS };
  struct arena *arena = &sizes->arena;
  struct table found;
  const char *last = NULL;
  TRY(postgresql_query_table(arena, sizes->warehouse, sizes->plan, indexes_sql, &found, err));
  sizes->indexes = arena_array(arena, found.n_rows + 1, sizeof(*sizes->indexes));
  for (size_t row = 0; row < found.n_rows; row++) {
    char **cells = &found.cells[row * N_CELLS];
    if (last == NULL || strcmp(last, cells[OID]) != 0) {
      const char *method = cells[DEFINITION] == NULL ? NULL : strstr(cells[DEFINITION], " USING ");
      bool *columns = arena_array(arena, sizes->plan->n_gold_columns, sizeof(*columns));
      memset(columns, 0, sizes->plan->n_gold_columns * sizeof(*columns));
      sizes->indexes[sizes->n_indexes++] = (struct size_index){ .definition = method,
                                                                .has_expression = cells[HAS_EXPRESSION][0] == 't',
                                                                .may_fail = postgresql_may_fail(cells[EXPRESSIONS]),
                                                                .columns = columns,
                                                                .first = SIZE_MAX };
    }
    last = cells[OID];
    note_column(sizes, cells[COLUMN], &sizes->indexes[sizes->n_indexes - 1]);
  }
  return true;
}

/* rows that may be too large */

/* Bytes of column c<i> of gold_large, as it is sent. */
static void add_length(const struct plan *plan, size_t i, struct text_buffer *sql)
{
  const struct plan_gold_column *column = &plan->gold_columns[i];
  bool is_bytes = column->json_column == NO_COLUMN && column->type->id == TYPE_BINARY;
  text_buffer_printf(sql, "coalesce(%s(c%zu), 0)", is_bytes ? "octet_length" : "strlen", i);
}

static void add_large_key(const struct sizes *sizes, const struct size_index *index, struct text_buffer *sql)
{
  const char *separator = sql->length == 0 ? "(" : " OR (";
  bool has_any = false;
  for (size_t i = 0; i < sizes->plan->n_gold_columns; i++) {
    if (!index->columns[i])
      continue;
    text_buffer_add_string(sql, has_any ? " + " : separator);
    add_length(sizes->plan, i, sql);
    has_any = true;
  }
  if (has_any)
    text_buffer_printf(sql, ") > %d", index->has_expression ? LARGE_FOR_EXPRESSION : LARGE_KEY);
}

/* What is left in a row when all that can be moved out of it is. As a list: the engine nests a sum once a term. */
static void add_large_row(const struct plan *plan, struct text_buffer *sql)
{
  for (size_t i = 0; i < plan->n_gold_columns; i++) {
    text_buffer_add_string(sql, i > 0 ? ", " : sql->length == 0 ? "list_sum([" : " OR list_sum([");
    text_buffer_printf(sql, "CASE WHEN c%zu IS NULL THEN 0 ELSE ", i);
    if (is_long_type(&plan->gold_columns[i])) {
      text_buffer_printf(sql, "least(%d, 4 + ", INLINE_MOST);
      add_length(plan, i, sql);
      text_buffer_add_string(sql, ") END");
    } else {
      text_buffer_printf(sql, "%d END", plan->gold_columns[i].type->id == TYPE_DECIMAL ? INLINE_MOST : 8);
    }
  }
  text_buffer_printf(sql, "]) > %d", LARGE_ROW);
}

/* The engine's table gold_large: number, file, position, c0, c1, ... as they are sent. */
static bool keep_large(struct sizes *sizes, uint64_t *ret_count, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 }, condition = { 0 };
  const struct plan *plan = sizes->plan;
  *ret_count = 0;
  bool may_fail = false;
  for (size_t i = 0; i < sizes->n_indexes; i++)
    may_fail = may_fail || sizes->indexes[i].may_fail;
  for (size_t i = 0; !may_fail && i < sizes->n_indexes; i++)
    add_large_key(sizes, &sizes->indexes[i], &condition);
  if (!may_fail && is_wide(plan))
    add_large_row(plan, &condition);
  if (may_fail)
    text_buffer_add_string(&condition, "true");
  if (condition.length == 0)
    return true;
  text_buffer_add_string(&sql,
                         "SELECT row_number() OVER (ORDER BY file, "
                         "position) - 1 AS number, * FROM (\nSELECT crisol_file AS file, crisol_position AS position");
  for (size_t i = 0; i < plan->n_gold_columns; i++) {
    text_buffer_add_string(&sql, ", ");
    copy_add_sent(plan->gold_columns[i].name, plan->gold_columns[i].type,
                  plan->gold_columns[i].json_column != NO_COLUMN, &sql);
    text_buffer_printf(&sql, " AS c%zu", i);
  }
  text_buffer_add_string(&sql, " FROM (\n");
  engine_print_placed_gold_query(sizes->engine, plan, sizes->run, &sql);
  text_buffer_printf(&sql, "\n)) WHERE %s", condition.data);
  return engine_keep_rows(sizes->engine, "gold_large", sql.data, ret_count, err);
}

/* the copy of the table */

/* As the table will be; a column whose type changes, or is wider than what is sent, takes what is sent. */
static void add_trial(const struct sizes *sizes, struct text_buffer *sql)
{
  const struct plan *plan = sizes->plan;
  text_buffer_add_string(sql, "CREATE TEMPORARY TABLE crisol_trial ");
  if (!sizes->columns.is.is_there) {
    postgresql_add_definitions(plan, &sizes->columns, false, sql);
    text_buffer_add_string(sql, " ON COMMIT DROP");
    return;
  }
  text_buffer_add_string(sql, "(LIKE ");
  postgresql_add_table(plan, sql);
  text_buffer_add_string(sql, " INCLUDING ALL EXCLUDING CONSTRAINTS EXCLUDING INDEXES) ON COMMIT DROP");
  for (size_t i = 0; i < plan->n_gold_columns; i++) {
    const char *name = plan->gold_columns[i].name, *wanted = sizes->columns.wanted[i];
    int index = postgresql_find_column(&sizes->columns, name);
    if (index != NO_COLUMN && strcmp(postgresql_existing_type(&sizes->columns, index), wanted) == 0)
      continue;
    text_buffer_add_string(sql, ";\nALTER TABLE pg_temp.crisol_trial ");
    text_buffer_add_string(sql, index == NO_COLUMN ? "ADD " : "ALTER ");
    sql_add_name(sql, name);
    if (index != NO_COLUMN) {
      text_buffer_add_string(sql, " DROP DEFAULT, ALTER ");
      sql_add_name(sql, name);
    }
    text_buffer_printf(sql, index == NO_COLUMN ? " %s" : " TYPE %s USING NULL", wanted);
  }
  /* Not unique: keys are another question. Found again in the server's message by a name of ours. */
  for (size_t i = 0; i < sizes->n_indexes; i++)
    if (sizes->indexes[i].definition != NULL)
      text_buffer_printf(sql, ";\nCREATE INDEX crisol_trial_%zu_ ON pg_temp.crisol_trial%s", i,
                         sizes->indexes[i].definition);
}

static void prepare_copy(struct sizes *sizes)
{
  SCOPED(text_buffer_done) struct text_buffer into = { 0 };
  const struct plan *plan = sizes->plan;
  sizes->copy_types = arena_array(&sizes->arena, plan->n_gold_columns + 1, sizeof(*sizes->copy_types));
  size_t n_lists = ARRAY_LENGTH(faults) * plan->n_gold_columns;
  sizes->refused = arena_array(&sizes->arena, n_lists, sizeof(*sizes->refused));
  memset(sizes->refused, 0, n_lists * sizeof(*sizes->refused));
  text_buffer_add_string(&into, "pg_temp.crisol_trial ");
  plan_add_gold_columns(plan, &into);
  for (size_t i = 0; i < plan->n_gold_columns; i++)
    sizes->copy_types[i] = postgresql_copy_type(sizes->columns.wanted[i]);
  sizes->into = text_copy(&sizes->arena, text_buffer_text(&into));
}

/* the trial */

/* The column that a refusal is put down to: the first one of its index, of the row itself the first one; of an
 * expression, which the server does not name, the first one of the first that may fail. */
static size_t find_culprit(const struct sizes *sizes, enum fault fault, const char *message)
{
  const char *at = strstr(message, "crisol_trial_");
  size_t index = at == NULL ? SIZE_MAX : strtoull(at + strlen("crisol_trial_"), NULL, 10);
  for (size_t i = 0; fault == FAULT_EXPRESSION && i < sizes->n_indexes; i++)
    if (sizes->indexes[i].may_fail && sizes->indexes[i].first < sizes->plan->n_gold_columns)
      return sizes->indexes[i].first;
  for (size_t i = 0; index < sizes->n_indexes && i < sizes->plan->n_gold_columns; i++)
    if (sizes->indexes[index].columns[i])
      return i;
  for (size_t i = 0; i < sizes->plan->n_gold_columns; i++)
    if (is_long_type(&sizes->plan->gold_columns[i]))
      return i;
  return 0;
}

static void note_refusal(struct sizes *sizes, uint64_t row, enum fault fault, const char *message)
{
  size_t column = find_culprit(sizes, fault, message);
  struct text_buffer *refused = &sizes->refused[(size_t)fault * sizes->plan->n_gold_columns + column];
  text_buffer_printf(refused, "%s%" PRIu64, refused->length == 0 ? "" : ", ", row);
}

static bool send(struct sizes *sizes, uint64_t from, uint64_t to, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer query = { 0 };
  uint64_t n_rows = 0;
  text_buffer_add_string(&query, "SELECT ");
  for (size_t i = 0; i < sizes->plan->n_gold_columns; i++)
    text_buffer_printf(&query, "%sc%zu", i == 0 ? "" : ", ", i);
  text_buffer_printf(&query, " FROM gold_large WHERE number >= %" PRIu64 " AND number < %" PRIu64, from, to);
  return postgresql_copy_rows(sizes->warehouse, sizes->engine, query.data, sizes->into, sizes->copy_types,
                              sizes->plan->n_gold_columns, &n_rows, err);
}

/* What is refused for another reason is found elsewhere, or when the table is loaded. */
static bool try_rows(struct sizes *sizes, uint64_t from, uint64_t to, struct error *err)
{
  TRY(warehouse_execute(sizes->warehouse, "SAVEPOINT crisol_trial", err));
  bool is_taken = send(sizes, from, to, err);
  bool is_interrupted = !is_taken && (err->kind == ERROR_INTERRUPTED || err->kind == ERROR_TERMINATED);
  bool is_refused = !is_taken && !is_interrupted && postgresql_has_failed_with(sizes->warehouse, "");
  size_t refusal = 0;
  while (is_refused && refusal < ARRAY_LENGTH(refusals) &&
         !postgresql_has_failed_with(sizes->warehouse, refusals[refusal].state))
    refusal++;
  if (!is_taken && !is_refused)
    return false; /* the server did not say so: interrupted, or lost */
  const struct error reason = *err;
  TRY(warehouse_execute(sizes->warehouse, "ROLLBACK TO SAVEPOINT crisol_trial; RELEASE SAVEPOINT crisol_trial", err));
  if (is_taken)
    return true;
  if (to - from > 1) {
    uint64_t middle = from + (to - from) / 2;
    return try_rows(sizes, from, middle, err) && try_rows(sizes, middle, to, err);
  }
  log_debug("gold", "%s", reason.message);
  if (refusal < ARRAY_LENGTH(refusals))
    note_refusal(sizes, from, refusals[refusal].fault, reason.message);
  return true;
}

static bool quarantine(struct sizes *sizes, struct error *err)
{
  size_t n_columns = sizes->plan->n_gold_columns;
  for (size_t i = 0; i < ARRAY_LENGTH(faults) * n_columns; i++) {
    SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
    const char *column = sizes->plan->gold_columns[i % n_columns].name;
    uint64_t count = 0;
    if (sizes->refused[i].length == 0)
      continue;
    text_buffer_printf(&sql, "SELECT file, position FROM gold_large WHERE number IN (%s)", sizes->refused[i].data);
    TRY(engine_keep_rows(sizes->engine, "gold_conflicts", sql.data, &count, err));
    TRY(engine_quarantine_noted(sizes->engine, column, faults[i / n_columns].why, &count, err));
    log_info("gold", "%" PRIu64 " row%s %s \"%s\"", count, count == 1 ? " is" : "s are", faults[i / n_columns].message,
             column);
  }
  return true;
}

/* A copy that cannot be made (a privilege, an index of another's method) leaves the question to the loading, whose
 * error then names the index. */
static bool try_large(struct sizes *sizes, uint64_t count, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  prepare_copy(sizes);
  add_trial(sizes, &sql);
  TRY(warehouse_begin(sizes->warehouse, err));
  bool is_made = warehouse_execute(sizes->warehouse, sql.data, err);
  bool is_tried = is_made && try_rows(sizes, 0, count, err);
  bool is_no_matter = !is_made && postgresql_has_failed_with(sizes->warehouse, "");
  warehouse_rollback(sizes->warehouse);
  if (is_no_matter)
    log_debug("gold", "%s", err->message);
  return is_tried || is_no_matter;
}

bool postgresql_settle_sizes(struct warehouse *warehouse, struct engine *engine, const struct plan *plan,
                             const struct run *run, struct error *err)
{
  SCOPED(sizes_done) struct sizes sizes = { .warehouse = warehouse, .engine = engine, .plan = plan, .run = run };
  uint64_t count = 0;
  TRY(postgresql_read_columns(&sizes.arena, warehouse, plan, &sizes.columns, err));
  TRY(read_indexes(&sizes, err));
  TRY(keep_large(&sizes, &count, err));
  if (count == 0)
    return true;
  log_debug("gold", "%" PRIu64 " row%s may be refused by the table: trying them", count, count == 1 ? "" : "s");
  return try_large(&sizes, count, err) && quarantine(&sizes, err) && engine_drop_rows(engine, "gold_large", err);
}
