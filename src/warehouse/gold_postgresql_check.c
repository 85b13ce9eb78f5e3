/* What cannot work with the table that is there, found by the server's catalogs before anything is read: each row of
 * obstacles[] answers with what the table has, and with the statement that would help. */
#include "warehouse/gold_postgresql.h"

enum condition {
  ALWAYS = 1,
  REPLACES = 2, /* rows are deleted or updated */
  RETYPES = 4,  /* a column's type is widened */
  EXTENDS = 8,  /* a column is added */
  DELETES = 16, /* rows that others may refer to are deleted, rather than updated in their place */
};

/* Each SELECT is of the relations
 *   gold   the row of pg_class, with `quoted`, its name; none where the name is free
 *   own    the plan's columns: name, is_retyped
 * and answers what the gold table ("gold table "x" ...") is or has, and a hint; no row, or a null, is no obstacle. */
static const struct {
  int when; /* any of these */
  const char *sql;
} obstacles[] = {
  { ALWAYS,
    "SELECT 'is no table but a' || CASE WHEN kind ~ '^[aeiou]' THEN 'n ' ELSE ' ' END || kind, "
    "format('Choose another output.gold.table, or give the name free: ALTER %s %s RENAME TO %I.', CASE kind WHEN "
    "'composite type' THEN 'TYPE' ELSE upper(kind) END, quoted, relname || '_old') FROM (SELECT *, CASE relkind WHEN "
    "'v' "
    "THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign table' WHEN 'c' "
    "THEN "
    "'composite type' ELSE 'index' END AS kind FROM gold WHERE relkind NOT IN ('r', 'p')) AS gold" },
  { ALWAYS,
    "SELECT 'has the rule ' || string_agg(quote_ident(rulename), ', ') || ', which rewrites what is written to it', "
    "'Rows are copied in, which no rule sees. Remove it, or make it a trigger: ' || string_agg(format('DROP RULE %I ON "
    "%s', rulename, quoted), '; ') || '.' FROM gold JOIN pg_rewrite ON ev_class = gold.oid AND ev_type IN ('2', '3', "
    "'4') "
    "AND ev_enabled IN ('O', 'A') WHERE relkind IN ('r', 'p')" },
  { ALWAYS,
    "SELECT format('has row security, which holds for role \"%s\": rows may be hidden or refused by %s', current_user, "
    "coalesce((SELECT 'policy ' || string_agg(quote_ident(polname), ', ') FROM pg_policy WHERE polrelid = gold.oid), "
    "'its having no policy')), format('Let the role see all rows: ALTER ROLE %I BYPASSRLS; where it owns the table: "
    "ALTER "
    "TABLE %s NO FORCE ROW LEVEL SECURITY.', current_user, quoted) FROM gold WHERE relkind IN ('r', 'p') AND "
    "row_security_active(oid)" },
  { ALWAYS,
    "SELECT format('lies in schema \"%s\", which role \"%s\" may not use', nspname, current_user), format('GRANT USAGE "
    "ON "
    "SCHEMA %I TO %I.', nspname, current_user) FROM gold WHERE NOT has_schema_privilege(relnamespace, 'USAGE')" },
  { ALWAYS,
    "SELECT format('takes no rows from role \"%s\": it lacks INSERT', current_user), format('GRANT INSERT ON %s TO "
    "%I.', "
    "quoted, current_user) FROM gold WHERE relkind IN ('r', 'p') AND EXISTS (SELECT FROM own JOIN pg_attribute AS a ON "
    "a.attrelid = gold.oid AND a.attname = own.name AND NOT a.attisdropped AND NOT has_column_privilege(gold.oid, "
    "a.attnum, "
    "'INSERT'))" },
  { REPLACES,
    "SELECT format('gives no row free to role \"%s\": it lacks %s', current_user, string_agg(need, ', ')), "
    "format('GRANT %s "
    "ON %s TO %I.', string_agg(need, ', '), quoted, current_user) FROM gold CROSS JOIN unnest(ARRAY['SELECT', "
    "'DELETE']) "
    "AS need WHERE relkind IN ('r', 'p') AND NOT has_table_privilege(gold.oid, need) AND (need <> 'SELECT' OR EXISTS "
    "(SELECT FROM own JOIN pg_attribute AS a ON a.attrelid = gold.oid AND a.attname = own.name AND NOT a.attisdropped "
    "AND "
    "NOT has_column_privilege(gold.oid, a.attnum, 'SELECT'))) GROUP BY quoted" },
  { DELETES, "SELECT 'is referred to by ' || string_agg(format('foreign key %I of table %s', conname, "
             "conrelid::regclass), ', ') || "
             "', which would delete or change the rows there when those of gold are replaced', 'Choose gold.mode: "
             "append, or let it "
             "wait for the new rows: ' || string_agg(format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %I %s "
             "DEFERRABLE', "
             "conrelid::regclass, conname, conname, regexp_replace(pg_get_constraintdef(c.oid), ' ON DELETE .*$', "
             "'')), '; ') || '.' "
             "FROM gold JOIN pg_constraint AS c ON c.confrelid = gold.oid AND c.contype = 'f' AND c.confdeltype IN "
             "('c', 'n', 'd') "
             "AND c.conrelid <> gold.oid" },
  { REPLACES,
    "SELECT 'is in publication ' || string_agg(quote_ident(p.pubname), ', ') || ' without a replica identity: its rows "
    "cannot be deleted', format('ALTER TABLE %s REPLICA IDENTITY FULL, or give it a primary key.', quoted) FROM gold "
    "JOIN "
    "pg_publication_tables AS t ON t.schemaname = gold.nspname AND t.tablename = gold.relname JOIN pg_publication AS p "
    "ON "
    "p.pubname = t.pubname AND (p.pubdelete OR p.pubupdate) WHERE relkind = 'r' AND (relreplident = 'n' OR "
    "(relreplident = "
    "'d' AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = gold.oid AND indisprimary AND indimmediate)) OR "
    "(relreplident = 'i' AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = gold.oid AND indisreplident))) GROUP BY "
    "quoted" },
  { RETYPES | EXTENDS, "SELECT format('was made of type %s, so that its columns cannot change', reloftype::regtype), "
                       "format('ALTER TABLE %s "
                       "NOT OF.', quoted) FROM gold WHERE reloftype <> 0" },
  { EXTENDS,
    "SELECT format('is a partition of %s, and takes its columns from there', inhparent::regclass), format('Load the "
    "partitioned table, or change it: ALTER TABLE %s ADD COLUMN.', inhparent::regclass) FROM gold JOIN pg_inherits ON "
    "inhrelid = gold.oid WHERE relispartition" },
  { RETYPES,
    "SELECT format('inherits column %s from %s, where alone its type can be changed', string_agg(quote_ident(name), ', "
    "'), "
    "min(inhparent::regclass::text)), format('ALTER TABLE %s ALTER COLUMN %s TYPE the wanted type.', "
    "min(inhparent::regclass::text), min(quote_ident(name))) FROM gold JOIN pg_inherits ON inhrelid = gold.oid JOIN "
    "own ON "
    "is_retyped JOIN pg_attribute AS a ON a.attrelid = gold.oid AND a.attname = own.name AND a.attinhcount > 0 HAVING "
    "count(*) > 0" },
  { RETYPES,
    "SELECT 'is partitioned by column ' || string_agg(quote_ident(name), ', ') || ', whose type cannot be changed', "
    "'Make the partitioned table anew with the wanted type.' FROM gold JOIN pg_partitioned_table AS p ON p.partrelid = "
    "gold.oid JOIN own ON is_retyped JOIN pg_attribute AS a ON a.attrelid = gold.oid AND a.attname = own.name AND "
    "a.attnum "
    "= ANY (p.partattrs)" },
  { RETYPES,
    "SELECT 'has to widen column ' || string_agg(DISTINCT quote_ident(column_name), ', ') || ', on which depends ' || "
    "string_agg(DISTINCT object, ', '), 'Drop what depends on it, run again, and make it anew: ' || "
    "string_agg(DISTINCT "
    "'DROP ' || statement, '; ') || '.' FROM (SELECT own.name AS column_name, coalesce(view.kind || ' ' || view.name, "
    "pg_describe_object(d.classid, d.objid, 0)) AS object, coalesce(upper(view.kind) || ' ' || view.name, "
    "pg_describe_object(d.classid, d.objid, 0)) AS statement FROM gold JOIN own ON is_retyped JOIN pg_attribute AS a "
    "ON "
    "a.attrelid = gold.oid AND a.attname = own.name JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND "
    "d.refobjid = gold.oid AND d.refobjsubid = a.attnum LEFT JOIN LATERAL (SELECT CASE v.relkind WHEN 'm' THEN "
    "'materialized view' ELSE 'view' END AS kind, v.oid::regclass::text AS name FROM pg_rewrite AS r JOIN pg_class AS "
    "v ON "
    "v.oid = r.ev_class AND v.relkind IN ('v', 'm') WHERE d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid) AS "
    "view "
    "ON true LEFT JOIN pg_attrdef AS e ON d.classid = 'pg_attrdef'::regclass AND e.oid = d.objid WHERE d.classid IN "
    "('pg_rewrite'::regclass, 'pg_policy'::regclass, 'pg_trigger'::regclass, 'pg_proc'::regclass, "
    "'pg_publication_rel'::regclass) OR e.adnum <> a.attnum) AS dependents" },
  { EXTENDS,
    "SELECT format('would have %s columns, those that were dropped counted, where PostgreSQL takes 1600', "
    "count(a.attnum) "
    "+ (SELECT count(*) FROM own WHERE NOT EXISTS (SELECT FROM pg_attribute AS o WHERE o.attrelid = gold.oid AND "
    "o.attname "
    "= own.name))), 'Leave some out (output.gold.exclude_columns), or make the table anew.' FROM gold JOIN "
    "pg_attribute AS "
    "a ON a.attrelid = gold.oid AND a.attnum > 0 GROUP BY gold.oid HAVING count(a.attnum) + (SELECT count(*) FROM own "
    "WHERE "
    "NOT EXISTS (SELECT FROM pg_attribute AS o WHERE o.attrelid = gold.oid AND o.attname = own.name)) > 1600" },
};

/* The same for the name that is free, of `wanted`: schema, relname. */
static const char *const obstacles_of_creation[] = {
  "SELECT format('cannot be created: %s \"%s\" has that name', CASE typtype WHEN 'd' THEN 'domain' ELSE 'type' END, "
  "typname), "
  "format('Choose another output.gold.table, or give the name free: ALTER TYPE %I.%I RENAME TO %I.', nspname, typname, "
  "typname || '_old') FROM wanted JOIN pg_namespace AS n ON n.nspname = schema JOIN pg_type AS t ON t.typnamespace = "
  "n.oid "
  "AND t.typname = relname AND t.typtype <> 'b'",
  "SELECT format('cannot be created: role \"%s\" lacks %s on schema \"%s\"', current_user, string_agg(need, ', '), "
  "nspname), "
  "format('GRANT %s ON SCHEMA %I TO %I.', string_agg(need, ', '), nspname, current_user) FROM wanted JOIN pg_namespace "
  "AS n "
  "ON n.nspname = schema CROSS JOIN unnest(ARRAY['USAGE', 'CREATE']) AS need WHERE NOT has_schema_privilege(n.oid, "
  "need) "
  "GROUP BY nspname",
  "SELECT format('cannot be created: there is no schema \"%s\", and role \"%s\" lacks CREATE on database \"%s\"', "
  "schema, "
  "current_user, current_database()), format('Let its owner run: CREATE SCHEMA %I AUTHORIZATION %I.', schema, "
  "current_user) "
  "FROM wanted WHERE NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = schema) AND NOT "
  "has_database_privilege(current_database(), 'CREATE')",
};

static void add_array(const struct plan *plan, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "ARRAY[");
  for (size_t i = 0; i < plan->n_gold_columns; i++) {
    text_buffer_add_string(sql, i == 0 ? "" : ", ");
    sql_add_string(sql, text_from(plan->gold_columns[i].name));
  }
  text_buffer_add_string(sql, "]::text[]");
}

static void add_relations(const struct plan *plan, const struct postgresql_columns *columns, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "WITH wanted AS (SELECT CAST(");
  sql_add_string(sql, text_from(plan->dataset->gold.schema));
  text_buffer_add_string(sql, " AS text) AS schema, CAST(");
  sql_add_string(sql, text_from(plan->dataset->gold.table));
  text_buffer_add_string(sql,
                         " AS text) AS relname), gold AS (SELECT c.*, n.nspname, format('%I.%I', n.nspname, c.relname) "
                         "AS quoted FROM wanted JOIN pg_namespace AS n ON n.nspname = schema JOIN pg_class AS c ON "
                         "c.relnamespace = n.oid AND c.relname = wanted.relname), own AS (SELECT * FROM unnest(");
  add_array(plan, sql);
  text_buffer_add_string(sql, ", ARRAY[");
  for (size_t i = 0; i < plan->n_gold_columns; i++)
    text_buffer_printf(sql, "%s%s", i == 0 ? "" : ", ", postgresql_is_retyped(plan, columns, i) ? "true" : "false");
  text_buffer_add_string(sql, "]::boolean[]) AS own(name, is_retyped)) ");
}

/* An upsert updates the rows that others refer to, where the table has its key. */
static bool updates_in_place(const struct plan *plan, const struct gold_table *table)
{
  bool has_key = false, has_identity = false;
  for (size_t i = 0; i < table->n_keys; i++)
    has_key = has_key || (!table->keys[i].is_deferrable && gold_key_is_upsert(&table->keys[i], plan));
  for (size_t i = 0; i < table->n_columns; i++)
    has_identity = has_identity || (table->columns[i].is_always_identity && table->columns[i].wanted != NO_COLUMN);
  return gold_replacement(plan) == REPLACES_KEYS && has_key && !has_identity;
}

/* What this run does to the table. */
static int conditions_of(const struct plan *plan, const struct postgresql_columns *columns)
{
  int when = ALWAYS;
  if (gold_replacement(plan) != REPLACES_NOTHING)
    when |= REPLACES | (updates_in_place(plan, &columns->is) ? 0 : DELETES);
  for (size_t i = 0; i < plan->n_gold_columns; i++) {
    if (postgresql_find_column(columns, plan->gold_columns[i].name) == NO_COLUMN)
      when |= EXTENDS;
    else if (postgresql_is_retyped(plan, columns, i))
      when |= RETYPES;
  }
  return when;
}

static void add_obstacle(const char *select, size_t number, struct text_buffer *sql)
{
  text_buffer_printf(sql, "%sSELECT %zu AS number, * FROM (%s) AS obstacle(what, hint) WHERE what IS NOT NULL",
                     number == 0 ? "" : " UNION ALL ", number, select);
}

/* A migration is its owner's alone to do. */
static bool check_owner(struct warehouse *warehouse, const struct plan *plan, const struct postgresql_columns *columns,
                        struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 }, ddl = { 0 };
  struct table found;
  postgresql_add_alterations(plan, columns, &ddl);
  if (ddl.length == 0)
    return true;
  add_relations(plan, columns, &sql);
  text_buffer_add_string(
      &sql, "SELECT pg_get_userbyid(relowner), current_user FROM gold WHERE NOT pg_has_role(relowner, 'USAGE')");
  TRY(warehouse_query(&scratch, warehouse, sql.data, &found, err));
  if (found.n_rows == 0)
    return true;
  fail(err, ERROR_CONFIG, plan->dataset->gold.place,
       "gold table \"%s\" is owned by role \"%s\": role \"%s\" cannot change its columns", plan->dataset->gold.table,
       found.cells[0], found.cells[1]);
  return add_hint(err, "Let its owner run: %s", ddl.data);
}

bool postgresql_check_table(struct warehouse *warehouse, const struct plan *plan,
                            const struct postgresql_columns *columns, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table found;
  int when = columns->is.is_there ? conditions_of(plan, columns) : ALWAYS;
  size_t number = 0;
  add_relations(plan, columns, &sql);
  text_buffer_add_string(&sql, "SELECT what, hint FROM (");
  for (size_t i = 0; i < ARRAY_LENGTH(obstacles); i++)
    if ((obstacles[i].when & when) != 0)
      add_obstacle(obstacles[i].sql, number++, &sql);
  for (size_t i = 0; !columns->is.is_there && i < ARRAY_LENGTH(obstacles_of_creation); i++)
    add_obstacle(obstacles_of_creation[i], number++, &sql);
  text_buffer_add_string(&sql, ") AS found ORDER BY number LIMIT 1");
  TRY(warehouse_query(&scratch, warehouse, sql.data, &found, err));
  if (found.n_rows == 0)
    return !columns->is.is_there || check_owner(warehouse, plan, columns, err);
  fail(err, ERROR_CONFIG, plan->dataset->gold.place, "gold table \"%s\" %s", plan->dataset->gold.table, found.cells[0]);
  return found.cells[1] == NULL ? false : add_hint(err, "%s", found.cells[1]);
}
