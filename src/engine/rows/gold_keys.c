#include "engine/rows/gold_keys.h"

#include "duckdb/database.h"

static void print_key(const struct plan_gold_key *key, const char *separator, const char *after,
                      struct text_buffer *sql)
{
  for (size_t i = 0; i < key->n_columns; i++)
    text_buffer_printf(sql, "%sk%zu%s", i == 0 ? "" : separator, key->columns[i], after);
}

/* Few keys are repeated, if any: they are found by a hash, and only their rows are ranked. The first one stays. */
static void print_doubles(const char *key_query, const struct plan_gold_key *key, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "CREATE OR REPLACE TEMP TABLE gold_conflicts AS\nWITH candidates AS (\n");
  text_buffer_add_string(sql, key_query);
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

bool gold_keys_find_doubles(struct engine *engine, const struct plan *plan, const struct run *run,
                            const struct plan_gold_key *key, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer query = { 0 }, sql = { 0 };
  engine->driver->print_key_query(plan, run, &query);
  print_doubles(query.data, key, &sql);
  return database_execute(engine->database, sql.data, err);
}

bool gold_keys_note(struct engine *engine, const struct table *places, struct error *err)
{
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
