/* Rows that cannot stay in gold because of their keys: found before the accounts, so that they are quarantined. */
#include "engine/duckdb/engine_internal.h"

static void print_key(const struct plan_gold_key *key, const char *separator, const char *after,
                      struct text_buffer *sql)
{
  for (size_t i = 0; i < key->n_columns; i++)
    text_buffer_printf(sql, "%sk%zu%s", i == 0 ? "" : separator, key->columns[i], after);
}

/* Few keys are repeated, if any: they are found by a hash, and only their rows are ranked. The first one stays. */
static void print_doubles(const struct plan *plan, const struct run *run, const struct plan_gold_key *key,
                          struct text_buffer *sql)
{
  text_buffer_add_string(sql, "CREATE OR REPLACE TEMP TABLE gold_conflicts AS\nWITH candidates AS (\n");
  duckdb_engine_print_key_query(plan, run, sql);
  text_buffer_add_string(sql, "\n), kept AS (\n  SELECT * FROM candidates");
  if (!key->nulls_are_equal) {
    text_buffer_add_string(sql, " WHERE ");
    print_key(key, " AND ", " IS NOT NULL", sql);
  }
  text_buffer_add_string(sql, "\n), repeated AS (\n  SELECT hash(");
  print_key(key, ", ", "", sql);
  text_buffer_add_string(sql, ") AS key_hash FROM kept GROUP BY ALL HAVING count(*) > 1\n)\nSELECT file, position FROM "
                              "(SELECT file, position, row_number() OVER (PARTITION BY ");
  print_key(key, ", ", "", sql);
  text_buffer_add_string(sql, " ORDER BY file, position) AS place\n  FROM kept WHERE hash(");
  print_key(key, ", ", "", sql);
  text_buffer_add_string(sql, ") IN (FROM repeated)) WHERE place > 1");
}

bool duckdb_engine_find_double_keys(struct engine *base, const struct plan *plan, const struct run *run,
                                    const struct plan_gold_key *key, struct error *err)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  print_doubles(plan, run, key, &sql);
  return database_execute(engine->database, sql.data, err);
}

bool duckdb_engine_note_conflicts(struct engine *base, const struct table *places, struct error *err)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  enum { BATCH = 2000 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  TRY(database_execute(engine->database, "CREATE OR REPLACE TEMP TABLE gold_conflicts (file BIGINT, position BIGINT)",
                       err));
  for (size_t row = 0; row < places->n_rows; row++) {
    const char *file = places->cells[row * places->n_columns], *position = places->cells[row * places->n_columns + 1];
    text_buffer_printf(&sql, "%s(%s, %s)", sql.length == 0 ? "INSERT INTO gold_conflicts VALUES " : ", ", file,
                       position);
    if ((row + 1) % BATCH != 0 && row + 1 < places->n_rows)
      continue;
    TRY(database_execute(engine->database, sql.data, err));
    text_buffer_clear(&sql);
  }
  return true;
}

bool duckdb_engine_quarantine_noted(struct engine *base, const char *column, const char *why, uint64_t *ret_count,
                                    struct error *err)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  TRY(database_query_count(engine->database, "SELECT count(*) FROM gold_conflicts", ret_count, err));
  if (*ret_count == 0)
    return true;
  text_buffer_printf(&sql, "UPDATE rows SET fate = %d, unfit = [", FATE_GOLD_QUARANTINED);
  sql_add_string(&sql, text_from(arena_printf(&scratch, "gold:%s:%s", column, why)));
  text_buffer_add_string(&sql,
                         "] FROM gold_conflicts AS met WHERE rows.file = met.file AND rows.position = met.position");
  return database_execute(engine->database, sql.data, err);
}

bool duckdb_engine_number_partitions(struct engine *base, const struct plan *plan, struct error *err)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  partitions_print_sql(plan, &sql);
  return database_execute(engine->database, sql.data, err);
}
