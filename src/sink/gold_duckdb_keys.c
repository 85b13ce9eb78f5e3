/* Keys of a gold table in a DuckDB file: which rows of a run it would refuse. */
#include "sink/gold_internal.h"

/* old."id" = new.k0 AND ... */
static void add_equal(const struct plan *plan, const struct plan_gold_key *key, const char *rows,
                      struct text_buffer *sql)
{
  for (size_t i = 0; i < key->n_columns; i++) {
    text_buffer_add_string(sql, i == 0 ? "old." : " AND old.");
    sql_add_name(sql, plan->gold_columns[key->columns[i]].name);
    text_buffer_printf(sql, "%s%s.k%zu", key->nulls_are_equal ? " IS NOT DISTINCT FROM " : " = ", rows,
                       key->columns[i]);
  }
}

static const struct plan_gold_key *find_upsert(const struct plan *plan)
{
  for (size_t i = 0; i < plan->n_gold_keys; i++)
    if (plan->gold_keys[i].is_upsert)
      return &plan->gold_keys[i];
  return NULL;
}

static bool find_meeting(struct warehouse *warehouse, const struct plan *plan, const struct run *run,
                         const struct plan_gold_key *key, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  const struct plan_gold_key *upsert = find_upsert(plan);
  text_buffer_add_string(&sql, "CREATE OR REPLACE TEMP TABLE gold_conflicts AS\nWITH candidates AS (\n");
  engine_print_key_query(plan, run, &sql);
  text_buffer_add_string(&sql, "\n)\nSELECT DISTINCT new.file, new.position FROM candidates AS new JOIN ");
  gold_add_table_name(plan, &sql);
  text_buffer_add_string(&sql, " AS old ON ");
  add_equal(plan, key, "new", &sql);
  if (upsert != NULL) {
    text_buffer_add_string(&sql, " WHERE NOT EXISTS (SELECT 1 FROM candidates AS mine WHERE ");
    add_equal(plan, upsert, "mine", &sql);
    text_buffer_add_char(&sql, ')');
  } else if (gold_replacement(plan) == REPLACES_PARTITIONS) {
    text_buffer_add_string(&sql, " WHERE old.rowid NOT IN ");
    duckdb_add_touched(plan, &sql);
  }
  return database_execute(warehouse->database, sql.data, err);
}

static bool settle_standing(struct warehouse *warehouse, struct engine *engine, const struct plan *plan,
                            const struct run *run, uint64_t *count, struct error *err)
{
  if (gold_replacement(plan) == REPLACES_PARTITIONS)
    TRY(engine_number_partitions(engine, plan, err));
  for (size_t i = 0; i < plan->n_gold_keys; i++) {
    uint64_t n_found = 0;
    if (!gold_meets_standing(plan, &plan->gold_keys[i]))
      continue;
    TRY(find_meeting(warehouse, plan, run, &plan->gold_keys[i], err));
    TRY(engine_quarantine_conflicts(engine, plan, &plan->gold_keys[i], &n_found, err));
    *count += n_found;
  }
  return true;
}

/* A row that leaves may take a key or a partition with it whose standing rows stay then: until nothing is found. */
bool duckdb_settle_keys(struct warehouse *warehouse, struct engine *engine, const struct plan *plan,
                        const struct run *run, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct gold_table table;
  TRY(duckdb_read_table(&scratch, warehouse, plan, &table, err));
  for (uint64_t n_found = 1; n_found > 0;) {
    n_found = 0;
    if (table.is_there)
      TRY(settle_standing(warehouse, engine, plan, run, &n_found, err));
    TRY(gold_settle_doubles(engine, plan, run, &n_found, err));
  }
  return true;
}
