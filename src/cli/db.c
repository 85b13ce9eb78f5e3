/* crisol db: the database of database.yml made ready, or looked at. */
#include "base/file.h"
#include "base/log.h"
#include "base/visible.h"
#include "cli/load.h"
#include "pipeline/interruption.h"
#include "ledger/ledger.h"

#include <inttypes.h>

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

static bool check_server(struct cli *cli, struct warehouse *warehouse, struct error *err)
{
  struct table table;
  struct ledger_need *needs = NULL;
  size_t n_needs = 0, n_missing = 0;
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  TRY(warehouse_query(cli->arena, warehouse, "SELECT current_setting('server_version'), current_user", &table, err));
  TRY(ledger_find_needs(cli->arena, warehouse, &needs, &n_needs, err));
  text_buffer_printf(&out, "PostgreSQL %s at %s, as role \"%s\"\n", text_visible(cli->arena, table.cells[0]),
                     text_visible(cli->arena, warehouse->name), text_visible(cli->arena, table.cells[1]));
  for (size_t i = 0; i < n_needs; i++) {
    bool is_met = needs[i].n_statements == 0;
    n_missing += !is_met;
    text_buffer_printf(&out, "  %-7s  %s\n", is_met ? "ok" : "missing", needs[i].what);
    for (size_t k = 0; k < needs[i].n_statements; k++)
      text_buffer_printf(&out, "           to do: %s\n", text_visible(cli->arena, needs[i].statements[k]));
    if (!is_met && needs[i].remedy != NULL)
      text_buffer_printf(&out, "           or all at once: %s\n", needs[i].remedy);
  }
  print_out(text_buffer_text(&out));
  return n_missing == 0 ||
         fail(err, ERROR_ENVIRONMENT, NOWHERE, "%zu of %zu needs of a run are not met", n_missing, n_needs);
}

static bool check_file(struct cli *cli, struct warehouse *warehouse, struct error *err)
{
  uint64_t n_tables = 0;
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  TRY(ledger_count_other_tables(warehouse, &n_tables, err));
  text_buffer_printf(&out, "DuckDB file \"%s\", %" PRIu64 " tables beside the metadata\n",
                     text_visible(cli->arena, warehouse->name), n_tables);
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
