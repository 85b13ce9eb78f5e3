/* The metadata tables made, or given what tables of a former version lack. */
#include "ledger/ledger_internal.h"

#include "base/clock.h"

/* Gold tables of runs before there were owners belong to the dataset that made them. */
static const char owners_sql[] =
    "INSERT INTO @gold_tables SELECT split_part(gold, '.', 1), substr(gold, strpos(gold, '.') + 1), dataset_name, "
    "lake, false, started_at FROM (SELECT summary -> 'gold' ->> 'table' AS gold, summary -> 'silver' ->> 'path' AS "
    "lake, dataset_name, started_at, row_number() OVER (PARTITION BY summary -> 'gold' ->> 'table' ORDER BY "
    "started_at) AS nth FROM @pipeline_executions WHERE status = 'completed' AND rows_gold IS NOT NULL) AS made "
    "WHERE nth = 1 AND strpos(gold, '.') > 0 AND lake IS NOT NULL AND NOT EXISTS (SELECT 1 FROM @gold_tables);\n";

/* Others may be reading a table that is to be changed, or be making the same change: they are not kept waiting by one
 * that waits. */
static bool migrate(struct warehouse *warehouse, const char *sql, struct error *err)
{
  enum { TRIES = 60, PAUSE_MS = 300 };
  for (int i = 1; !warehouse_execute(warehouse, sql, err); i++) {
    if (i == TRIES || !warehouse_may_pass(warehouse))
      return add_context(err, "while preparing the metadata tables");
    clock_sleep_ms(PAUSE_MS);
  }
  return true;
}

/* A role that owns the schema need not be one that may create another. */
static bool has_schema(struct warehouse *warehouse, bool *ret_has, struct error *err)
{
  uint64_t count = 0;
  *ret_has = false;
  if (!warehouse->driver->loads_elsewhere)
    return true;
  TRY(warehouse_query_count(warehouse, "SELECT count(*) FROM pg_namespace WHERE nspname = 'metadata'", &count, err));
  *ret_has = count > 0;
  return true;
}

static bool create(struct warehouse *warehouse, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  SCOPED(text_buffer_done) struct text_buffer schema = { 0 };
  bool is_there = false;
  TRY(has_schema(warehouse, &is_there, err));
  text_buffer_printf(&sql, "%s%s", warehouse->driver->limit_locks, warehouse->driver->lock_definitions);
  if (!is_there)
    text_buffer_printf(&sql, "CREATE SCHEMA IF NOT EXISTS %smetadata;\n", warehouse->prefix);
  ledger_add(&schema, warehouse, "@");
  for (size_t i = 0; i < N_LEDGER_TABLES; i++)
    ledger_print_create(schema.data, &ledger_tables[i], LEDGER_PLAIN, &sql);
  ledger_print_additions(schema.data, &sql);
  ledger_add(&sql, warehouse, owners_sql);
  return migrate(warehouse, sql.data, err);
}

bool ledger_prepare(struct warehouse *warehouse, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct ledger_look look;
  TRY(ledger_look_at_tables(&scratch, warehouse, &look, err));
  if (ledger_is_current(&look))
    return ledger_check_look(&look, err);
  /* IF NOT EXISTS asks for the privilege to create even where there is nothing to do */
  return create(warehouse, err) && ledger_check_tables(warehouse, err);
}
