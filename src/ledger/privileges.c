/* What a run needs of PostgreSQL: queries that answer a row for each thing that is missing, as what is to be granted or
 * run. They look at the catalogs, so that a role which may not use the tables can ask. */
#include "ledger/ledger_internal.h"

/* named(name): the tables. needed(name, need, place): what must be allowed on each, in order. added(name, column_name,
 * type): what tables of a former layout lack. */
static const char metadata_sql[] =
    "SELECT 'CREATE ON DATABASE ' || quote_ident(current_database()) WHERE to_regnamespace('metadata') IS NULL AND NOT "
    "has_database_privilege(current_database(), 'CREATE') UNION ALL "
    "SELECT string_agg(need, ', ') || ' ON SCHEMA metadata' FROM unnest(ARRAY['USAGE', 'CREATE']) AS need WHERE NOT "
    "coalesce(has_schema_privilege(to_regnamespace('metadata'), need), true) AND (need = 'USAGE' OR EXISTS (SELECT "
    "FROM named WHERE NOT EXISTS (SELECT FROM pg_class WHERE relname = name AND relnamespace = "
    "to_regnamespace('metadata')))) HAVING count(*) > 0 UNION ALL "
    "SELECT string_agg(need, ', ' ORDER BY place) || format(' ON metadata.%I', name) FROM needed JOIN pg_class AS c ON "
    "c.relname = "
    "name AND c.relnamespace = to_regnamespace('metadata') WHERE NOT has_table_privilege(c.oid, need) GROUP BY name";
static const char columns_sql[] =
    "SELECT format('ALTER TABLE metadata.%I ADD COLUMN %I %s', name, column_name, type) FROM added JOIN pg_class AS c "
    "ON c.relname = name AND c.relnamespace = to_regnamespace('metadata') WHERE NOT pg_has_role(c.relowner, 'USAGE') "
    "AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = column_name AND NOT attisdropped)";
static const char gold_sql[] =
    "SELECT 'CREATE ON DATABASE ' || quote_ident(current_database()) WHERE to_regnamespace('gold') IS NULL AND NOT "
    "has_database_privilege(current_database(), 'CREATE') UNION ALL "
    "SELECT string_agg(need, ', ') || ' ON SCHEMA gold' FROM unnest(ARRAY['USAGE', 'CREATE']) AS need WHERE NOT "
    "coalesce(has_schema_privilege(to_regnamespace('gold'), need), true) HAVING count(*) > 0";
static const char temporary_sql[] = "SELECT 'TEMPORARY ON DATABASE ' || quote_ident(current_database()) WHERE NOT "
                                    "has_database_privilege(current_database(), 'TEMPORARY')";

static const struct {
  const char *what, *sql, *remedy;
  bool is_statement; /* the query answers what is to be run, not what is to be granted */
} questions[] = {
  { "the metadata tables can be read and written, or be created", metadata_sql,
    "run scripts/init_database.sql as the owner of the database", false },
  { "the metadata tables have the columns of this version, or can be given them", columns_sql,
    "run scripts/init_database.sql as the owner of the tables", true },
  { "tables can be created in schema gold, or the schema be created", gold_sql, NULL, false },
  { "temporary tables can be created", temporary_sql, NULL, false },
};

static void add_names(struct text_buffer *sql)
{
  text_buffer_add_string(sql, "WITH named(name) AS (VALUES ");
  for (size_t i = 0; i < N_LEDGER_TABLES; i++)
    text_buffer_printf(sql, "%s('%s')", i == 0 ? "" : ", ", ledger_tables[i].name);
  text_buffer_add_char(sql, ')');
}

static void add_needs(struct text_buffer *sql)
{
  text_buffer_add_string(sql, ", needed(name, need, place) AS (SELECT name, need, place FROM (VALUES ");
  for (size_t i = 0; i < N_LEDGER_TABLES; i++) {
    text_buffer_printf(sql, "%s('%s', '", i == 0 ? "" : ", ", ledger_tables[i].name);
    ledger_print_privileges(ledger_tables[i].privileges, sql);
    text_buffer_add_string(sql, "')");
  }
  text_buffer_add_string(sql,
                         ") AS tables(name, needs), unnest(string_to_array(needs, ', ')) WITH ORDINALITY AS each(need, "
                         "place))");
}

static void add_additions(struct text_buffer *sql)
{
  const char *comma = "";
  text_buffer_add_string(sql, ", added(name, column_name, type) AS (VALUES ");
  for (size_t i = 0; i < N_LEDGER_TABLES; i++)
    for (size_t k = 0; k < ledger_tables[i].n_columns; k++) {
      const struct ledger_column *column = &ledger_tables[i].columns[k];
      if (column->since == LEDGER_FIRST_LAYOUT)
        continue;
      text_buffer_printf(sql, "%s('%s', '%s', '%s')", comma, ledger_tables[i].name, column->name, column->type->name);
      comma = ", ";
    }
  text_buffer_add_string(sql, ") ");
}

bool ledger_find_needs(struct arena *arena, struct warehouse *warehouse, struct ledger_need **ret_needs,
                       size_t *ret_count, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer common = { 0 };
  struct table role, missing;
  struct ledger_need *needs = arena_array(arena, ARRAY_LENGTH(questions), sizeof(*needs));
  add_names(&common);
  add_needs(&common);
  add_additions(&common);
  TRY(warehouse_query(arena, warehouse, "SELECT quote_ident(current_user)", &role, err));
  for (size_t i = 0; i < ARRAY_LENGTH(questions); i++) {
    const char *sql = arena_printf(arena, "%s%s", common.data, questions[i].sql);
    TRY(warehouse_query(arena, warehouse, sql, &missing, err));
    const char **statements = arena_array(arena, missing.n_rows + 1, sizeof(*statements));
    for (size_t row = 0; row < missing.n_rows; row++)
      statements[row] = questions[i].is_statement
                            ? missing.cells[row]
                            : arena_printf(arena, "GRANT %s TO %s", missing.cells[row], role.cells[0]);
    needs[i] = (struct ledger_need){ questions[i].what, statements, missing.n_rows, questions[i].remedy };
  }
  *ret_needs = needs;
  *ret_count = ARRAY_LENGTH(questions);
  return true;
}
