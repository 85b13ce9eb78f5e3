/* A gold table in PostgreSQL as it stands, by the server's catalogs. What a newer server has more is asked by way of
 * to_jsonb(), which an older one answers with null. */
#include "warehouse/gold_postgresql.h"

/* Adds "WITH gold AS (...)": the relation of the gold table's name. */
static void add_relation(const struct plan *plan, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "WITH gold AS (SELECT c.oid, c.relkind, c.relhassubclass FROM pg_class AS c JOIN "
                              "pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = ");
  sql_add_string(sql, text_from(plan->dataset->gold.schema));
  text_buffer_add_string(sql, " AND c.relname = ");
  sql_add_string(sql, text_from(plan->dataset->gold.table));
  text_buffer_add_string(sql, ") ");
}

bool postgresql_query_table(struct arena *arena, struct warehouse *warehouse, const struct plan *plan,
                            const char *select, struct table *ret_table, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  add_relation(plan, &sql);
  text_buffer_add_string(&sql, select);
  return warehouse_query(arena, warehouse, sql.data, ret_table, err);
}

static bool is_true(const char *cell)
{
  return cell != NULL && cell[0] == 't';
}

/* A domain is what stands below it, and all that the domains on the way demand. */
static const char columns_sql[] =
    "SELECT a.attname, format_type(a.atttypid, a.atttypmod), base.type, a.attnotnull OR base.is_required, "
    "a.atthasdef OR base.has_default, a.attidentity <> '', a.attidentity = 'a', a.attgenerated <> '', "
    "col_description(a.attrelid, a.attnum), (SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef AS d WHERE "
    "d.adrelid = a.attrelid AND d.adnum = a.attnum) "
    "FROM gold JOIN pg_attribute AS a ON a.attrelid = gold.oid AND a.attnum > 0 AND NOT a.attisdropped "
    "CROSS JOIN LATERAL (WITH RECURSIVE step(type, modifier, depth, is_required, has_default) AS ("
    "SELECT a.atttypid, a.atttypmod, 0, false, false UNION ALL "
    "SELECT t.typbasetype, t.typtypmod, depth + 1, step.is_required OR t.typnotnull, has_default OR t.typdefault IS "
    "NOT "
    "NULL FROM step JOIN pg_type AS t ON t.oid = step.type AND t.typtype = 'd') "
    "SELECT format_type(type, modifier) AS type, is_required, has_default FROM step ORDER BY depth DESC LIMIT 1) AS "
    "base "
    "ORDER BY a.attnum";

static bool read_columns(struct arena *arena, struct warehouse *warehouse, const struct plan *plan,
                         struct gold_table *table, struct error *err)
{
  struct table found;
  TRY(postgresql_query_table(arena, warehouse, plan, columns_sql, &found, err));
  table->columns = arena_array(arena, found.n_rows + 1, sizeof(*table->columns));
  table->n_columns = found.n_rows;
  for (size_t row = 0; row < found.n_rows; row++) {
    char **cells = &found.cells[row * found.n_columns];
    table->columns[row] = (struct gold_table_column){ .name = cells[0],
                                                      .type = cells[1],
                                                      .base = cells[2],
                                                      .is_required = is_true(cells[3]),
                                                      .has_default = is_true(cells[4]),
                                                      .is_identity = is_true(cells[5]),
                                                      .is_always_identity = is_true(cells[6]),
                                                      .is_generated = is_true(cells[7]),
                                                      .comment = cells[8],
                                                      .expression = cells[9] };
  }
  return true;
}

/* One row a part of each key, in their order: the column it is, or for a key with an expression or a condition its SQL.
 * Keys of single partitions are the server's alone to hold. */
static const char keys_sql[] =
    "SELECT key.relname, CASE WHEN i.indisprimary THEN 'p' WHEN i.indisexclusion THEN 'x' WHEN EXISTS (SELECT FROM "
    "pg_constraint WHERE conindid = i.indexrelid AND contype = 'u') THEN 'u' ELSE 'i' END, "
    "i.indpred IS NULL AND i.indexprs IS NULL AND NOT i.indisexclusion, to_jsonb(i) ->> 'indnullsnotdistinct' = "
    "'true', "
    "NOT i.indimmediate, a.attname, pg_get_indexdef(i.indexrelid, place + 1, false), "
    "pg_get_expr(i.indpred, i.indrelid) "
    "FROM gold JOIN pg_index AS i ON i.indrelid = gold.oid AND (i.indisunique OR i.indisexclusion) AND i.indisready "
    "JOIN pg_class AS key ON key.oid = i.indexrelid CROSS JOIN LATERAL generate_series(0, i.indnkeyatts - 1) AS place "
    "LEFT JOIN pg_attribute AS a ON a.attrelid = gold.oid AND a.attnum = i.indkey[place] AND a.attnum > 0 "
    "ORDER BY NOT i.indisprimary, key.relname, place";

/* The columns that the parts and the condition of a key speak of, those first that are parts by themselves. */
static const char key_columns_sql[] =
    "SELECT key.relname, a.attname FROM gold JOIN pg_index AS i ON i.indrelid = gold.oid AND i.indisunique AND "
    "i.indisready AND (i.indpred IS NOT NULL OR i.indexprs IS NOT NULL) JOIN pg_class AS key ON key.oid = "
    "i.indexrelid JOIN pg_attribute AS a ON a.attrelid = gold.oid AND a.attnum > 0 AND (a.attnum = ANY (i.indkey) OR "
    "EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid AND "
    "d.refclassid = 'pg_class'::regclass AND d.refobjid = gold.oid AND d.refobjsubid = a.attnum)) "
    "ORDER BY key.relname, array_position(i.indkey::smallint[], a.attnum), a.attnum";

static enum gold_key_kind key_kind(char letter)
{
  return letter == 'p'   ? GOLD_PRIMARY_KEY
         : letter == 'u' ? GOLD_UNIQUE
         : letter == 'x' ? GOLD_EXCLUSION
                         : GOLD_UNIQUE_INDEX;
}

static bool read_key_columns(struct arena *arena, struct warehouse *warehouse, const struct plan *plan,
                             struct gold_table *table, struct error *err)
{
  struct table found;
  TRY(postgresql_query_table(arena, warehouse, plan, key_columns_sql, &found, err));
  for (size_t i = 0; i < table->n_keys; i++) {
    struct gold_table_key *key = &table->keys[i];
    if (key->parts == NULL)
      continue;
    key->columns = arena_array(arena, found.n_rows + 1, sizeof(char *));
    for (size_t row = 0; row < found.n_rows; row++)
      if (strcmp(found.cells[row * 2], key->name) == 0)
        key->columns[key->n_columns++] = found.cells[row * 2 + 1];
  }
  return true;
}

static bool read_keys(struct arena *arena, struct warehouse *warehouse, const struct plan *plan,
                      struct gold_table *table, struct error *err)
{
  struct table found;
  TRY(postgresql_query_table(arena, warehouse, plan, keys_sql, &found, err));
  table->keys = arena_array(arena, found.n_rows + 1, sizeof(*table->keys));
  struct gold_table_key *key = NULL;
  for (size_t row = 0; row < found.n_rows; row++) {
    char **cells = &found.cells[row * found.n_columns];
    if (key == NULL || strcmp(key->name, cells[0]) != 0) {
      key = &table->keys[table->n_keys++];
      *key = (struct gold_table_key){ .kind = key_kind(cells[1][0]),
                                      .name = cells[0],
                                      .columns = arena_array(arena, found.n_rows, sizeof(char *)),
                                      .is_plain = is_true(cells[2]),
                                      .nulls_are_equal = is_true(cells[3]),
                                      .is_deferrable = is_true(cells[4]),
                                      .condition = cells[7] };
      if (!key->is_plain && key->kind != GOLD_EXCLUSION)
        key->parts = arena_array(arena, found.n_rows, sizeof(char *));
    }
    if (key->parts != NULL)
      key->parts[key->n_parts++] = cells[6];
    else if (cells[5] != NULL)
      key->columns[key->n_columns++] = cells[5];
  }
  return read_key_columns(arena, warehouse, plan, table, err);
}

/* What acts when rows are written: rules, triggers (of a partition, too), and who inherits. */
#define TRIGGERS                                                                                                       \
  "FROM gold JOIN pg_trigger AS t ON t.tgrelid = gold.oid OR t.tgrelid IN (SELECT relid FROM "                         \
  "pg_partition_tree(gold.oid)) WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')"
static const char actors_sql[] =
    "SELECT EXISTS (SELECT FROM gold JOIN pg_rewrite AS r ON r.ev_class = gold.oid WHERE r.ev_type <> '1' AND "
    "r.ev_enabled IN ('O', 'A')), EXISTS (SELECT " TRIGGERS " AND t.tgtype & 3 = 3), "
    "EXISTS (SELECT FROM gold WHERE relkind <> 'p' AND relhassubclass), "
    "(SELECT string_agg(DISTINCT quote_ident(t.tgname), ', ') " TRIGGERS
    "), EXISTS (SELECT FROM gold JOIN pg_attribute "
    "AS a ON a.attrelid = gold.oid AND a.attnum > 0 AND a.attlen < 0 AND a.atttypid <> 'numeric'::regtype WHERE "
    "a.attstorage = 'p' OR EXISTS (SELECT FROM pg_index AS i JOIN pg_class AS x ON x.oid = i.indexrelid JOIN pg_am AS "
    "am "
    "ON am.oid = x.relam AND am.amname <> 'hash' WHERE i.indrelid = gold.oid AND (a.attnum = ANY (i.indkey) OR "
    "i.indexprs IS NOT NULL))) OR EXISTS (SELECT FROM gold JOIN pg_attribute AS a ON a.attrelid = gold.oid AND "
    "a.attgenerated <> '') OR EXISTS (SELECT FROM gold JOIN pg_index AS i ON i.indrelid = gold.oid OR i.indrelid IN "
    "(SELECT relid FROM pg_partition_tree(gold.oid)) JOIN pg_class AS x ON x.oid = i.indexrelid AND NOT "
    "x.relispartition WHERE i.indrelid <> gold.oid OR i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)";

static bool read_actors(struct arena *arena, struct warehouse *warehouse, const struct plan *plan,
                        struct gold_table *table, struct error *err)
{
  struct table found;
  TRY(postgresql_query_table(arena, warehouse, plan, actors_sql, &found, err));
  table->has_rules = is_true(found.cells[0]);
  table->has_row_triggers = is_true(found.cells[1]);
  table->has_children = is_true(found.cells[2]);
  table->triggers = found.cells[3];
  table->bounds_sizes = is_true(found.cells[4]);
  return true;
}

/* What the keys and types of a person demand stays; crisol's own NOT NULL only while the dataset says so. */
static void note_requirements(const struct warehouse *warehouse, const struct plan *plan, struct gold_table *table)
{
  for (size_t i = 0; i < table->n_columns; i++) {
    struct gold_table_column *column = &table->columns[i];
    bool stays =
        column->is_identity || strcmp(column->type, column->base) != 0 || !gold_was_required(warehouse, column->name);
    const struct plan_gold_column *wanted = gold_find_column(plan, column->name);
    column->wanted = wanted == NULL ? NO_COLUMN : (int)(wanted - plan->gold_columns);
    stays = stays || (wanted != NULL && wanted->is_required);
    for (size_t k = 0; k < table->n_keys; k++)
      stays = stays || (table->keys[k].kind == GOLD_PRIMARY_KEY && gold_key_has(&table->keys[k], column->name));
    column->stays_required = column->is_required && stays;
  }
}

bool postgresql_read_table(struct arena *arena, struct warehouse *warehouse, const struct plan *plan,
                           struct gold_table *ret_table, struct error *err)
{
  struct gold_table table = { 0 };
  struct table found;
  TRY(postgresql_query_table(arena, warehouse, plan, "SELECT relkind FROM gold WHERE relkind IN ('r', 'p')", &found,
                             err));
  table.is_there = found.n_rows > 0;
  if (table.is_there)
    TRY(read_columns(arena, warehouse, plan, &table, err) && read_keys(arena, warehouse, plan, &table, err) &&
        read_actors(arena, warehouse, plan, &table, err));
  note_requirements(warehouse, plan, &table);
  *ret_table = table;
  return true;
}
