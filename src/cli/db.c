/* crisol db: the database of database.yml made ready, or looked at. */
#include "base/file.h"
#include "base/log.h"
#include "base/visible.h"
#include "cli/load.h"
#include "pipeline/interruption.h"
#include "ledger/ledger.h"

static bool find_database(struct cli *cli, struct database_config **ret_config, struct error *err)
{
  struct problem_list problems = { .arena = cli->arena };
  bool is_loaded = config_load_database(cli->arena, cli->database, cli->environment, &problems, ret_config);
  TRY(cli_report(&problems, err));
  if (!is_loaded)
    BUG("a configuration was refused without a problem");
  if (*ret_config != NULL)
    return true;
  fail(err, ERROR_CONFIG, NOWHERE, "there is no database.yml");
  return add_hint(err, "Name it with --db, or write config/database.yml.");
}

static bool init(struct cli *cli, struct warehouse *warehouse, struct error *err)
{
  TRY(ledger_prepare(warehouse, err));
  log_info("metadata", "the metadata tables are there");
  (void)cli;
  return true;
}

/* What a run needs of PostgreSQL: a query that answers one row for each thing that is missing, with the GRANT for it.
 */
static const struct {
  const char *what, *sql, *remedy;
  bool is_statement; /* the query answers what is to be run, not what is to be granted */
} needs[] = {
  { "the metadata tables can be read and written, or be created",
    "WITH named(name) AS (SELECT unnest(ARRAY['pipeline_executions', 'dataset_versions', 'quality_results', "
    "'run_files', "
    "'run_columns', 'schema_drift', 'gold_tables'])), needed(name, need) AS (SELECT name, unnest(ARRAY['SELECT', "
    "'INSERT']) "
    "FROM named UNION ALL VALUES ('pipeline_executions', 'UPDATE'), ('gold_tables', 'UPDATE'), ('gold_tables', "
    "'DELETE')) "
    "SELECT 'CREATE ON DATABASE ' || quote_ident(current_database()) WHERE to_regnamespace('metadata') IS NULL AND NOT "
    "has_database_privilege(current_database(), 'CREATE') UNION ALL "
    "SELECT string_agg(need, ', ') || ' ON SCHEMA metadata' FROM unnest(ARRAY['USAGE', 'CREATE']) AS need WHERE NOT "
    "coalesce(has_schema_privilege(to_regnamespace('metadata'), need), true) AND (need = 'USAGE' OR EXISTS (SELECT "
    "FROM named "
    "WHERE NOT EXISTS (SELECT FROM pg_class WHERE relname = name AND relnamespace = to_regnamespace('metadata')))) "
    "HAVING "
    "count(*) > 0 UNION ALL "
    "SELECT string_agg(need, ', ') || format(' ON metadata.%I', name) FROM needed JOIN pg_class AS c ON c.relname = "
    "name AND "
    "c.relnamespace = to_regnamespace('metadata') WHERE NOT has_table_privilege(c.oid, need) GROUP BY name",
    "run scripts/init_database.sql as the owner of the database", false },
  { "the metadata tables have the columns of this version, or can be given them",
    "SELECT format('ALTER TABLE metadata.%I ADD COLUMN %I %s', name, added, type) FROM (VALUES "
    "('pipeline_executions', 'lock', 'VARCHAR'), ('pipeline_executions', 'process', 'VARCHAR'), ('run_files', 'etag', "
    "'VARCHAR'), ('run_files', 'changed_at', 'TIMESTAMP WITH TIME ZONE'), ('run_files', 'inputs', 'VARCHAR')) AS "
    "wanted(name, added, type) JOIN pg_class AS c ON c.relname = name AND c.relnamespace = to_regnamespace('metadata') "
    "WHERE NOT pg_has_role(c.relowner, 'USAGE') AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND "
    "attname = added AND NOT attisdropped)",
    "run scripts/init_database.sql as the owner of the tables", true },
  { "tables can be created in schema gold, or the schema be created",
    "SELECT 'CREATE ON DATABASE ' || quote_ident(current_database()) WHERE to_regnamespace('gold') IS NULL AND NOT "
    "has_database_privilege(current_database(), 'CREATE') UNION ALL "
    "SELECT string_agg(need, ', ') || ' ON SCHEMA gold' FROM unnest(ARRAY['USAGE', 'CREATE']) AS need WHERE NOT "
    "coalesce(has_schema_privilege(to_regnamespace('gold'), need), true) HAVING count(*) > 0",
    NULL, false },
  { "temporary tables can be created",
    "SELECT 'TEMPORARY ON DATABASE ' || quote_ident(current_database()) WHERE NOT "
    "has_database_privilege(current_database(), "
    "'TEMPORARY')",
    NULL, false },
};

static bool check_server(struct cli *cli, struct warehouse *warehouse, struct error *err)
{
  struct table table;
  size_t n_missing = 0;
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  TRY(warehouse_query(cli->arena, warehouse,
                      "SELECT current_setting('server_version'), current_user, quote_ident(current_user)", &table,
                      err));
  const char *role = table.cells[2];
  text_buffer_printf(&out, "PostgreSQL %s at %s, as role \"%s\"\n", text_visible(cli->arena, table.cells[0]),
                     text_visible(cli->arena, warehouse->name), text_visible(cli->arena, table.cells[1]));
  for (size_t i = 0; i < ARRAY_LENGTH(needs); i++) {
    TRY(warehouse_query(cli->arena, warehouse, needs[i].sql, &table, err));
    n_missing += table.n_rows > 0;
    text_buffer_printf(&out, "  %-7s  %s\n", table.n_rows == 0 ? "ok" : "missing", needs[i].what);
    for (size_t row = 0; row < table.n_rows; row++)
      text_buffer_printf(&out, "           to do: %s%s%s%s\n", needs[i].is_statement ? "" : "GRANT ",
                         text_visible(cli->arena, table.cells[row]), needs[i].is_statement ? "" : " TO ",
                         needs[i].is_statement ? "" : text_visible(cli->arena, role));
    if (table.n_rows > 0 && needs[i].remedy != NULL)
      text_buffer_printf(&out, "           or all at once: %s\n", needs[i].remedy);
  }
  print_out(text_buffer_text(&out));
  return n_missing == 0 ||
         fail(err, ERROR_ENVIRONMENT, NOWHERE, "%zu of %zu needs of a run are not met", n_missing, ARRAY_LENGTH(needs));
}

static bool check_file(struct cli *cli, struct warehouse *warehouse, struct error *err)
{
  struct table table;
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  TRY(warehouse_query(cli->arena, warehouse,
                      "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'warehouse' AND schema_name <> "
                      "'metadata'",
                      &table, err));
  text_buffer_printf(&out, "DuckDB file \"%s\", %s tables beside the metadata\n",
                     text_visible(cli->arena, warehouse->name), table.cells[0]);
  print_out(text_buffer_text(&out));
  return true;
}

static bool work_on_file(struct cli *cli, const struct database_config *config, bool is_init, struct error *err)
{
  struct database *database = NULL;
  struct warehouse warehouse = { 0 };
  const char *path = path_absolute(cli->arena, config->path.value);
  if (!is_init && !file_exists(path))
    return fail(err, ERROR_ENVIRONMENT, config->path.place, "there is no DuckDB file \"%s\" yet", path);
  TRY(database_open(&(struct database_settings){ .timezone = "UTC", .threads = 1 }, &database, err));
  bool is_done = warehouse_open_duckdb(database, path, !is_init, NULL, &warehouse, err) &&
                 (is_init ? init(cli, &warehouse, err) : check_file(cli, &warehouse, err));
  warehouse_close(&warehouse);
  database_close(&database);
  return is_done;
}

bool command_db(struct cli *cli, int *ret_exit, struct error *err)
{
  (void)ret_exit;
  struct database_config *config = NULL;
  struct warehouse warehouse = { 0 };
  bool is_init = strcmp(cli->arguments[0], "init") == 0;
  if (!is_init && strcmp(cli->arguments[0], "check") != 0)
    return fail(err, ERROR_CONFIG, NOWHERE, "crisol db takes init or check, not \"%s\"", cli->arguments[0]);
  TRY(find_database(cli, &config, err));
  if (config->driver == DATABASE_DUCKDB)
    return work_on_file(cli, config, is_init, err);
  TRY(warehouse_open_postgresql(cli->arena, config, "crisol", interruption_allows, &warehouse, err));
  bool is_done = is_init ? init(cli, &warehouse, err) : check_server(cli, &warehouse, err);
  warehouse_close(&warehouse);
  return is_done;
}
