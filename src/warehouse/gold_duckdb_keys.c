/* Keys of a gold table in a DuckDB file: which rows of a run it would refuse. */
#include "warehouse/gold_internal.h"

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

struct keys {
  struct warehouse *warehouse;
  struct engine *engine;
  const struct plan *plan;
  const struct run *run;
  struct gold_table table;
  struct arena arena;
};

static void keys_done(struct keys *keys)
{
  arena_done(&keys->arena);
}

/* The candidates as rows of the table, as far as the key's parts speak of them: crisol_file, crisol_position, ... */
static void add_as_in_table(const struct keys *keys, const struct plan_gold_key *key, struct text_buffer *sql)
{
  text_buffer_add_string(sql,
                         ", told AS (SELECT file AS crisol_file, position AS crisol_position, FALSE AS crisol_broken");
  for (size_t i = 0; i < keys->table.n_columns; i++) {
    const struct gold_table_column *column = &keys->table.columns[i];
    for (size_t c = 0; c < key->n_columns; c++) {
      if (column->wanted == NO_COLUMN || (size_t)column->wanted != key->columns[c])
        continue;
      text_buffer_printf(sql, ", CAST(k%zu AS %s) AS ", key->columns[c], column->type);
      sql_add_name(sql, column->name);
    }
  }
  text_buffer_add_string(sql, " FROM candidates)");
}

/* An expression that fails on a value is null as a whole; on its own level, since DuckDB takes what is said twice out
 * of TRY. */
static void add_tried(const char *expression, struct text_buffer *sql)
{
  text_buffer_printf(sql, "TRY({'v': %s})", expression == NULL ? "NULL" : expression);
}

/* What the table fills, one relation after another: each may speak of those before it. The name of the last one. */
static const char *add_filled(struct keys *keys, const struct plan_gold_key *key, struct text_buffer *sql)
{
  const char *from = "told";
  for (size_t i = 0; i < key->n_filled; i++) {
    const struct plan_gold_filled *filled = &key->filled[i];
    text_buffer_printf(sql, ", tried%zu AS MATERIALIZED (SELECT *, ", i);
    add_tried(filled->expression, sql);
    text_buffer_printf(sql,
                       " AS crisol_made FROM %s), filled%zu AS (SELECT * EXCLUDE (crisol_made, crisol_broken), "
                       "crisol_broken OR crisol_made IS NULL AS crisol_broken, CAST(crisol_made.v AS %s) AS ",
                       from, i, filled->type);
    sql_add_name(sql, filled->name);
    text_buffer_printf(sql, " FROM tried%zu)", i);
    from = arena_printf(&keys->arena, "filled%zu", i);
  }
  return from;
}

/* "CREATE ... AS WITH candidates AS (...)", and for a key of parts "made": file, position, part0, part1, ..., is_broken
 * where the table could not compute one. */
static void add_candidates(struct keys *keys, const struct plan_gold_key *key, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "CREATE OR REPLACE TEMP TABLE gold_conflicts AS\nWITH candidates AS (\n");
  engine_print_key_query(keys->engine, keys->plan, keys->run, sql);
  text_buffer_add_string(sql, "\n)");
  if (key->parts == NULL)
    return;
  add_as_in_table(keys, key, sql);
  const char *from = add_filled(keys, key, sql);
  text_buffer_add_string(sql, ", tried AS MATERIALIZED (SELECT crisol_file, crisol_position, crisol_broken");
  for (size_t i = 0; i < key->n_parts; i++) {
    text_buffer_add_string(sql, ", ");
    add_tried(key->parts[i], sql);
    text_buffer_printf(sql, " AS made%zu", i);
  }
  text_buffer_printf(sql, " FROM %s), made AS (SELECT crisol_file AS file, crisol_position AS position", from);
  for (size_t i = 0; i < key->n_parts; i++)
    text_buffer_printf(sql, ", made%zu.v AS part%zu", i, i);
  text_buffer_add_string(sql, ", crisol_broken");
  for (size_t i = 0; i < key->n_parts; i++)
    text_buffer_printf(sql, " OR made%zu IS NULL", i);
  text_buffer_add_string(sql, " AS is_broken FROM tried)");
}

/* "new JOIN the table AS old ON <both are alike>" */
static void add_met(const struct keys *keys, const struct plan_gold_key *key, struct text_buffer *sql)
{
  if (key->parts == NULL) {
    text_buffer_add_string(sql, "candidates AS new JOIN ");
    gold_add_table_name(keys->plan, sql);
    text_buffer_add_string(sql, " AS old ON ");
    add_equal(keys->plan, key, "new", sql);
    return;
  }
  text_buffer_add_string(sql, "made AS new JOIN (SELECT *, rowid");
  for (size_t i = 0; i < key->n_parts; i++)
    text_buffer_printf(sql, ", %s AS crisol_part%zu", key->parts[i], i);
  text_buffer_add_string(sql, " FROM ");
  gold_add_table_name(keys->plan, sql);
  text_buffer_add_string(sql, ") AS old ON ");
  for (size_t i = 0; i < key->n_parts; i++)
    text_buffer_printf(sql, "%sold.crisol_part%zu = new.part%zu", i == 0 ? "" : " AND ", i, i);
}

static bool find_meeting(struct keys *keys, const struct plan_gold_key *key, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  const struct plan_gold_key *upsert = find_upsert(keys->plan);
  add_candidates(keys, key, &sql);
  text_buffer_add_string(&sql, "\nSELECT DISTINCT new.file, new.position FROM ");
  add_met(keys, key, &sql);
  if (upsert != NULL) {
    text_buffer_add_string(&sql, " WHERE NOT EXISTS (SELECT 1 FROM candidates AS mine WHERE ");
    add_equal(keys->plan, upsert, "mine", &sql);
    text_buffer_add_char(&sql, ')');
  } else if (gold_replacement(keys->plan) == REPLACES_PARTITIONS) {
    text_buffer_add_string(&sql, " WHERE old.rowid NOT IN ");
    duckdb_add_touched(keys->plan, &sql);
  }
  return database_execute(keys->warehouse->database, sql.data, err);
}

static bool settle_standing(struct keys *keys, uint64_t *count, struct error *err)
{
  const struct plan *plan = keys->plan;
  if (gold_replacement(plan) == REPLACES_PARTITIONS)
    TRY(engine_number_partitions(keys->engine, plan, err));
  for (size_t i = 0; i < plan->n_gold_keys; i++) {
    uint64_t n_found = 0;
    if (!gold_meets_standing(plan, &plan->gold_keys[i]))
      continue;
    TRY(find_meeting(keys, &plan->gold_keys[i], err));
    TRY(engine_quarantine_conflicts(keys->engine, plan, &plan->gold_keys[i], &n_found, err));
    *count += n_found;
  }
  return true;
}

/* Rows whose parts an earlier row has; where one is null the index lets the row in, where one cannot be computed it
 * does not. */
static bool find_double_parts(struct keys *keys, const struct plan_gold_key *key, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  add_candidates(keys, key, &sql);
  text_buffer_add_string(&sql, "\nSELECT file, position FROM (SELECT *, row_number() OVER (PARTITION BY ");
  for (size_t i = 0; i < key->n_parts; i++)
    text_buffer_printf(&sql, "part%zu, ", i);
  text_buffer_add_string(&sql, "is_broken ORDER BY file, position) AS place FROM made) WHERE is_broken OR (place > 1");
  for (size_t i = 0; i < key->n_parts; i++)
    text_buffer_printf(&sql, " AND part%zu IS NOT NULL", i);
  text_buffer_add_char(&sql, ')');
  return database_execute(keys->warehouse->database, sql.data, err);
}

static bool settle_doubles(struct keys *keys, uint64_t *count, struct error *err)
{
  const struct plan *plan = keys->plan;
  for (size_t i = 0; i < plan->n_gold_keys; i++) {
    uint64_t n_found = 0;
    if (plan->gold_keys[i].parts == NULL)
      continue;
    TRY(find_double_parts(keys, &plan->gold_keys[i], err));
    TRY(engine_quarantine_conflicts(keys->engine, plan, &plan->gold_keys[i], &n_found, err));
    *count += n_found;
  }
  return gold_settle_doubles(keys->engine, plan, keys->run, count, err);
}

/* A row that leaves may take a key or a partition with it whose standing rows stay then: until nothing is found. */
bool duckdb_settle_keys(struct warehouse *warehouse, struct engine *engine, const struct plan *plan,
                        const struct run *run, struct error *err)
{
  SCOPED(keys_done) struct keys keys = { .warehouse = warehouse, .engine = engine, .plan = plan, .run = run };
  TRY(duckdb_read_table(&keys.arena, warehouse, plan, &keys.table, err));
  for (uint64_t n_found = 1; n_found > 0;) {
    n_found = 0;
    if (keys.table.is_there)
      TRY(settle_standing(&keys, &n_found, err));
    TRY(settle_doubles(&keys, &n_found, err));
  }
  return true;
}
