/* Keys of a gold table in PostgreSQL: which rows of a run it would refuse. Their keys are sent once, into a temporary
 * table of the column's own types and collations, so that two are equal where the table finds them so; each that is
 * found to meet another is taken out of it. The transaction is rolled back at the end. */
#include "warehouse/gold_postgresql.h"

#include <stdlib.h>

struct keys {
  struct warehouse *warehouse;
  struct engine *engine;
  const struct plan *plan;
  const struct run *run;
  struct postgresql_columns columns;
  struct arena arena;
};

static void keys_done(struct keys *keys)
{
  arena_done(&keys->arena);
}

/* Whether values of the type are equal to the server exactly where they are to the engine. */
static bool is_plain_type(const char *type)
{
  static const char *const plain[] = { "boolean", "smallint", "integer",           "bigint", "real", "double precision",
                                       "numeric", "text",     "character varying", "bytea",  "date", "timestamp" };
  for (size_t i = 0; i < ARRAY_LENGTH(plain); i++)
    if (strncmp(type, plain[i], strlen(plain[i])) == 0)
      return true;
  return false;
}

static bool has_odd_collation(const struct keys *keys, bool *ret_has, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 }, name = { 0 };
  uint64_t count = 0;
  postgresql_add_table(keys->plan, &name);
  text_buffer_add_string(&sql,
                         "SELECT count(*) FROM pg_attribute AS a JOIN pg_collation AS c ON c.oid = a.attcollation "
                         "WHERE to_jsonb(c) ->> 'collisdeterministic' = 'false' AND a.attrelid = CAST(");
  sql_add_string(&sql, text_buffer_text(&name));
  text_buffer_add_string(&sql, " AS regclass)");
  TRY(warehouse_query_count(keys->warehouse, sql.data, &count, err));
  *ret_has = count > 0;
  return true;
}

/* Whether the server is to be asked: for rows that stand, or for an equality of its own. */
static bool needs_server(const struct keys *keys, bool *ret_needs, struct error *err)
{
  const struct plan *plan = keys->plan;
  *ret_needs = false;
  if (!keys->columns.is.is_there)
    return true;
  for (size_t i = 0; i < plan->n_gold_keys; i++) {
    *ret_needs = *ret_needs || plan->gold_keys[i].parts != NULL || gold_meets_standing(plan, &plan->gold_keys[i]);
    for (size_t c = 0; c < plan->gold_keys[i].n_columns; c++)
      *ret_needs = *ret_needs || !is_plain_type(postgresql_type_in_table(
                                     plan, &keys->columns, plan->gold_columns[plan->gold_keys[i].columns[c]].name));
  }
  return *ret_needs || has_odd_collation(keys, ret_needs, err);
}

/* Columns k<i>: as the table has them where their values are sent in the same form, else as they are wanted. */
static bool send_candidates(struct keys *keys, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer create = { 0 }, query = { 0 };
  const struct plan *plan = keys->plan;
  enum copy_type *types = arena_array(&keys->arena, plan->n_gold_columns + 2, sizeof(*types));
  size_t n_types = 2;
  uint64_t n_rows = 0;
  types[0] = types[1] = COPY_BIGINT;
  text_buffer_add_string(&create,
                         "CREATE TEMPORARY TABLE crisol_candidates ON COMMIT DROP AS SELECT CAST(NULL AS bigint) "
                         "AS file, CAST(NULL AS bigint) AS position");
  for (size_t i = 0; i < plan->n_gold_columns; i++) {
    const char *wanted = keys->columns.wanted[i], *name = plan->gold_columns[i].name;
    if (!plan_is_gold_key(plan, i))
      continue;
    int index = postgresql_find_column(&keys->columns, name);
    bool is_same = index != NO_COLUMN && (strcmp(wanted, "text") == 0 ||
                                          strcmp(wanted, postgresql_existing_type(&keys->columns, index)) == 0);
    text_buffer_add_string(&create, is_same ? ", " : ", CAST(NULL AS ");
    if (is_same)
      sql_add_name(&create, name);
    text_buffer_printf(&create, "%s%s AS k%zu", is_same ? "" : wanted, is_same ? "" : ")", i);
    types[n_types++] = postgresql_copy_type(wanted);
  }
  text_buffer_add_string(&create, " FROM ");
  postgresql_add_table(plan, &create);
  text_buffer_add_string(&create, " WHERE false");
  engine_print_key_query(keys->engine, plan, keys->run, &query);
  TRY(warehouse_execute(keys->warehouse, create.data, err));
  TRY(postgresql_copy_rows(keys->warehouse, keys->engine, query.data, "pg_temp.crisol_candidates", types, n_types,
                           &n_rows, err));
  TRY(warehouse_execute(keys->warehouse, "SET LOCAL default_statistics_target = 10; ANALYZE pg_temp.crisol_candidates",
                        err));
  return warehouse_execute(keys->warehouse, postgresql_hash_settings, err);
}

/* old."id" = new.k0 AND ..., as arrays where nulls are equal */
static void add_equal(const struct keys *keys, const struct plan_gold_key *key, const char *rows,
                      struct text_buffer *sql)
{
  bool is_array = key->nulls_are_equal;
  for (size_t i = 0; i < key->n_columns; i++) {
    const char *name = keys->plan->gold_columns[key->columns[i]].name;
    const char *type = postgresql_type_in_table(keys->plan, &keys->columns, name);
    text_buffer_add_string(sql, i == 0 ? "" : " AND ");
    postgresql_add_old_value(name, type, is_array, sql);
    text_buffer_printf(sql, " = %sCAST(%s.k%zu AS ", is_array ? "ARRAY[" : "", rows, key->columns[i]);
    postgresql_add_compared_type(type, sql);
    text_buffer_add_string(sql, is_array ? ")]" : ")");
  }
}

/* The candidates that a key of parts holds for, as a relation: crisol_file, crisol_position, part0, ... */
static void add_made(const struct keys *keys, const struct plan_gold_key *key, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "(SELECT crisol_file, crisol_position");
  for (size_t i = 0; i < key->n_parts; i++)
    text_buffer_printf(sql, ", %s AS part%zu", key->parts[i], i);
  text_buffer_add_string(sql, " FROM (SELECT *");
  for (size_t i = 0; i < key->n_filled; i++) {
    const struct plan_gold_filled *filled = &key->filled[i];
    text_buffer_printf(sql, ", CAST(%s AS ", filled->expression == NULL ? "NULL" : filled->expression);
    postgresql_add_compared_type(filled->type, sql);
    text_buffer_add_string(sql, ") AS ");
    sql_add_name(sql, filled->name);
  }
  text_buffer_add_string(sql, " FROM (SELECT file AS crisol_file, position AS crisol_position");
  for (size_t i = 0; i < key->n_columns; i++) {
    const char *name = keys->plan->gold_columns[key->columns[i]].name;
    text_buffer_printf(sql, ", CAST(k%zu AS ", key->columns[i]);
    postgresql_add_compared_type(postgresql_type_in_table(keys->plan, &keys->columns, name), sql);
    text_buffer_add_string(sql, ") AS ");
    sql_add_name(sql, name);
  }
  text_buffer_printf(sql, " FROM pg_temp.crisol_candidates) AS read) AS candidate WHERE %s)",
                     key->condition == NULL ? "true" : key->condition);
}

/* "<made> AS made, <the rows that stand under the key> AS old WHERE <both are alike>" */
static void add_equal_parts(const struct keys *keys, const struct plan_gold_key *key, struct text_buffer *sql)
{
  add_made(keys, key, sql);
  text_buffer_add_string(sql, " AS made, (SELECT *");
  for (size_t i = 0; i < key->n_parts; i++)
    text_buffer_printf(sql, ", %s AS crisol_part%zu", key->parts[i], i);
  text_buffer_add_string(sql, " FROM ");
  postgresql_add_table(keys->plan, sql);
  text_buffer_printf(sql, " WHERE %s) AS old WHERE new.file = made.crisol_file AND new.position = made.crisol_position",
                     key->condition == NULL ? "true" : key->condition);
  for (size_t i = 0; i < key->n_parts; i++)
    text_buffer_printf(sql,
                       key->nulls_are_equal ? " AND ARRAY[old.crisol_part%zu] = ARRAY[made.part%zu]"
                                            : " AND old.crisol_part%zu = made.part%zu",
                       i, i);
}

/* Runs a DELETE of candidates that answers their places. */
static bool take(struct keys *keys, const char *sql, const struct plan_gold_key *key, uint64_t *count,
                 struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct table places;
  uint64_t n_found = 0;
  TRY(warehouse_query(&scratch, keys->warehouse, sql, &places, err));
  if (places.n_rows == 0)
    return true;
  TRY(engine_note_conflicts(keys->engine, &places, err));
  TRY(engine_quarantine_conflicts(keys->engine, keys->plan, key, &n_found, err));
  *count += n_found;
  return true;
}

static bool take_meeting(struct keys *keys, const struct plan_gold_key *key, uint64_t *count, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  const struct plan *plan = keys->plan;
  if (!gold_meets_standing(plan, key))
    return true;
  text_buffer_add_string(&sql, "DELETE FROM pg_temp.crisol_candidates AS new USING ");
  if (key->parts != NULL) {
    add_equal_parts(keys, key, &sql);
  } else {
    postgresql_add_table(plan, &sql);
    text_buffer_add_string(&sql, " AS old WHERE ");
    add_equal(keys, key, "new", &sql);
  }
  if (gold_replacement(plan) == REPLACES_KEYS) {
    text_buffer_add_string(&sql, " AND NOT EXISTS (SELECT FROM pg_temp.crisol_candidates AS mine WHERE ");
    add_equal(keys, &plan->gold_keys[0], "mine", &sql); /* the upsert's stands first */
    text_buffer_add_char(&sql, ')');
  } else if (gold_replacement(plan) == REPLACES_PARTITIONS) {
    text_buffer_add_string(&sql, " AND ");
    postgresql_add_untouched(plan, &keys->columns, &sql);
  }
  text_buffer_add_string(&sql, " RETURNING new.file, new.position");
  return take(keys, sql.data, key, count, err);
}

static bool take_doubles_of_parts(struct keys *keys, const struct plan_gold_key *key, uint64_t *count,
                                  struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(&sql, "DELETE FROM pg_temp.crisol_candidates AS new USING (SELECT crisol_file, "
                               "crisol_position, row_number() OVER (PARTITION BY ");
  for (size_t i = 0; i < key->n_parts; i++)
    text_buffer_printf(&sql, "%spart%zu", i == 0 ? "" : ", ", i);
  text_buffer_add_string(&sql, " ORDER BY crisol_file, crisol_position) AS place FROM ");
  add_made(keys, key, &sql);
  text_buffer_add_string(&sql, " AS made");
  for (size_t i = 0; !key->nulls_are_equal && i < key->n_parts; i++)
    text_buffer_printf(&sql, "%spart%zu IS NOT NULL", i == 0 ? " WHERE " : " AND ", i);
  text_buffer_add_string(&sql, ") AS ranked WHERE ranked.place > 1 AND new.file = ranked.crisol_file AND new.position "
                               "= ranked.crisol_position RETURNING new.file, new.position");
  return take(keys, sql.data, key, count, err);
}

static bool take_doubles(struct keys *keys, const struct plan_gold_key *key, uint64_t *count, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(&sql,
                         "DELETE FROM pg_temp.crisol_candidates AS new USING (SELECT file, position, row_number() "
                         "OVER (PARTITION BY ");
  for (size_t i = 0; i < key->n_columns; i++)
    text_buffer_printf(&sql, "%sk%zu", i == 0 ? "" : ", ", key->columns[i]);
  text_buffer_add_string(&sql, " ORDER BY file, position) AS place FROM pg_temp.crisol_candidates");
  for (size_t i = 0; !key->nulls_are_equal && i < key->n_columns; i++)
    text_buffer_printf(&sql, "%sk%zu IS NOT NULL", i == 0 ? " WHERE " : " AND ", key->columns[i]);
  text_buffer_add_string(&sql, ") AS ranked WHERE ranked.place > 1 AND new.file = ranked.file AND new.position = "
                               "ranked.position RETURNING new.file, new.position");
  return take(keys, sql.data, key, count, err);
}

/* A row that leaves may take a key or a partition with it whose standing rows stay then: until nothing is found. */
static bool settle(struct keys *keys, struct error *err)
{
  TRY(send_candidates(keys, err));
  for (uint64_t n_found = 1; n_found > 0;) {
    n_found = 0;
    if (gold_replacement(keys->plan) == REPLACES_PARTITIONS)
      TRY(engine_number_partitions(keys->engine, keys->plan, err) &&
          postgresql_send_partitions(keys->warehouse, keys->engine, keys->plan, err));
    for (size_t i = 0; i < keys->plan->n_gold_keys; i++)
      TRY(take_meeting(keys, &keys->plan->gold_keys[i], &n_found, err) &&
          (keys->plan->gold_keys[i].parts == NULL ? take_doubles : take_doubles_of_parts)(
              keys, &keys->plan->gold_keys[i], &n_found, err));
  }
  return true;
}

bool postgresql_settle_keys(struct warehouse *warehouse, struct engine *engine, const struct plan *plan,
                            const struct run *run, struct error *err)
{
  SCOPED(keys_done) struct keys keys = { .warehouse = warehouse, .engine = engine, .plan = plan, .run = run };
  bool is_asked = false;
  uint64_t n_found = 0;
  TRY(!plan->gold_bounds_sizes || postgresql_settle_sizes(warehouse, engine, plan, run, err));
  if (plan->n_gold_keys == 0)
    return true;
  TRY(postgresql_read_columns(&keys.arena, warehouse, plan, &keys.columns, err));
  TRY(needs_server(&keys, &is_asked, err));
  if (!is_asked)
    return gold_settle_doubles(engine, plan, run, &n_found, err);
  TRY(warehouse_begin(warehouse, err));
  bool is_settled = settle(&keys, err);
  warehouse_rollback(warehouse);
  return is_settled;
}
