/* What a replay asks of the staged rows: which of them meet rows that stand in the lake under the same key, and what
 * became of each. */
#include "engine/duckdb/engine_internal.h"

#include "base/file.h"

#include <inttypes.h>

/* The names that the lake has for the columns; in another case where it was written so. */
static const char *lake_name(const struct plan *plan, const struct run *run, size_t column)
{
  const char *own = run->silver_names == NULL ? NULL : run->silver_names[column];
  return own == NULL ? plan->columns[column].name : own;
}

/* A column of the lake in the type of the rows. What partitions are named by is text. */
static void print_standing_value(const struct plan *plan, const struct run *run, size_t column, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "TRY_CAST(");
  sql_add_name(sql, lake_name(plan, run, column));
  text_buffer_add_string(sql, " AS ");
  type_print_duckdb(plan->columns[column].type, sql);
  text_buffer_add_char(sql, ')');
}

static void print_files(const char *const *paths, size_t count, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "read_parquet(");
  sql_add_files(sql, paths, count);
  text_buffer_add_string(sql, ", union_by_name = true, hive_partitioning = true, hive_types_autocast = false, "
                              "filename = crisol_path, file_row_number = true)");
}

static bool has_column(const char **names, size_t count, const char *name)
{
  for (size_t i = 0; i < count; i++)
    if (text_equal_nocase(text_from(names[i]), text_from(name)))
      return true;
  return false;
}

/* A key that no file has yet meets nothing. */
static bool knows_key(struct duckdb_engine *engine, const struct plan *plan, const struct run *run, const char *files,
                      bool *ret_knows, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const char **names = NULL;
  const struct type **types = NULL;
  size_t count = 0;
  TRY(database_describe(&scratch, engine->base.database, arena_printf(&scratch, "SELECT * FROM %s", files), &names,
                        &types, &count, err));
  *ret_knows = true;
  for (size_t i = 0; i < plan->n_dedupe_key; i++)
    if (plan->columns[plan->dedupe_key[i]].is_dropped)
      return fail(err, ERROR_CONFIG, NOWHERE,
                  "standardization.drop takes \"%s\", the key of deduplicate, out of silver: what stands there cannot "
                  "be "
                  "told from what is replayed",
                  plan->columns[plan->dedupe_key[i]].name) ||
             add_hint(err, "Keep the key in silver.");
  for (size_t i = 0; i < plan->n_dedupe_key; i++)
    *ret_knows = *ret_knows && has_column(names, count, lake_name(plan, run, plan->dedupe_key[i]));
  for (size_t i = 0; *ret_knows && i < plan->n_dedupe_order; i++) {
    const char *name = lake_name(plan, run, plan->dedupe_order[i].column);
    if (!has_column(names, count, name)) {
      fail(err, ERROR_CONFIG, NOWHERE,
           "silver has no column \"%s\", by which deduplicate.order_by settles rows with a key that stands there",
           name);
      return add_hint(err, "Keep it in silver, or order by a column that is there.");
    }
  }
  return true;
}

/* "s0 IS NOT DISTINCT FROM v3 AND ...": null keys are equal, as in Spark. */
static void print_same_key(const struct plan *plan, struct text_buffer *sql)
{
  for (size_t i = 0; i < plan->n_dedupe_key; i++)
    text_buffer_printf(sql, "%ss%zu IS NOT DISTINCT FROM v%zu", i == 0 ? "" : " AND ", i, plan->dedupe_key[i]);
}

/* The rows of the lake whose key one of the passed rows has. */
static void print_standing(const struct plan *plan, const struct run *run, const char *files, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "CREATE OR REPLACE TEMP TABLE standing AS SELECT * FROM (SELECT ");
  for (size_t i = 0; i < plan->n_dedupe_key; i++) {
    print_standing_value(plan, run, plan->dedupe_key[i], sql);
    text_buffer_printf(sql, " AS s%zu, ", i);
  }
  for (size_t i = 0; i < plan->n_dedupe_order; i++) {
    print_standing_value(plan, run, plan->dedupe_order[i].column, sql);
    text_buffer_printf(sql, " AS o%zu, ", i);
  }
  text_buffer_printf(sql,
                     "crisol_path AS path, file_row_number AS number FROM %s) WHERE EXISTS (SELECT 1 FROM rows WHERE "
                     "fate = %d AND ",
                     files, FATE_PASSED);
  print_same_key(plan, sql);
  text_buffer_add_char(sql, ')');
}

/* A row that stands wins a tie: it was there first. */
static void print_losers(const struct plan *plan, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "CREATE OR REPLACE TEMP TABLE losers AS SELECT loser FROM (SELECT loser, row_number() "
                              "OVER (PARTITION BY ");
  for (size_t i = 0; i < plan->n_dedupe_key; i++)
    text_buffer_printf(sql, "%ss%zu", i == 0 ? "" : ", ", i);
  text_buffer_add_string(sql, " ORDER BY ");
  for (size_t i = 0; i < plan->n_dedupe_order; i++)
    text_buffer_printf(sql, "o%zu %s NULLS %s, ", i, plan->dedupe_order[i].descending ? "DESC" : "ASC",
                       plan->dedupe_order[i].nulls_first ? "FIRST" : "LAST");
  text_buffer_add_string(sql, "loser IS NOT NULL) AS place FROM (SELECT * EXCLUDE (path, number), NULL AS loser FROM "
                              "standing UNION ALL SELECT ");
  for (size_t i = 0; i < plan->n_dedupe_key; i++)
    text_buffer_printf(sql, "v%zu, ", plan->dedupe_key[i]);
  for (size_t i = 0; i < plan->n_dedupe_order; i++)
    text_buffer_printf(sql, "v%zu, ", plan->dedupe_order[i].column);
  text_buffer_printf(sql, "rowid FROM rows WHERE fate = %d AND EXISTS (SELECT 1 FROM standing WHERE ", FATE_PASSED);
  print_same_key(plan, sql);
  text_buffer_add_string(sql, "))) WHERE place > 1 AND loser IS NOT NULL");
}

bool duckdb_engine_settle_standing(struct engine *base, const struct plan *plan, struct run *run, struct s3 *s3,
                                   const char *const *paths, size_t n_paths, struct error *err)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 }, files = { 0 };
  uint64_t n_losers = 0;
  bool knows_it = false;
  TRY(s3 == NULL || database_use_s3(engine->base.database, s3, err));
  print_files(paths, n_paths, &files);
  TRY(knows_key(engine, plan, run, files.data, &knows_it, err));
  if (!knows_it)
    return true;
  print_standing(plan, run, files.data, &sql);
  TRY(database_execute(engine->base.database, sql.data, err));
  text_buffer_clear(&sql);
  print_losers(plan, &sql);
  TRY(database_execute(engine->base.database, sql.data, err));
  TRY(database_query_count(engine->base.database, "SELECT count(*) FROM losers", &n_losers, err));
  run->rows.duplicates += n_losers;
  return database_execute(engine->base.database, "DELETE FROM rows WHERE rowid IN (SELECT loser FROM losers)", err);
}

bool duckdb_engine_find_displaced(struct engine *base, struct arena *arena, const struct plan *plan,
                                  const char ***ret_paths, size_t *ret_count, uint64_t *ret_rows, struct error *err)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table table;
  uint64_t n_tables = 0;
  *ret_count = *ret_rows = 0;
  TRY(database_query_count(engine->base.database, "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'standing'",
                           &n_tables, err));
  if (n_tables == 0)
    return true;
  text_buffer_printf(&sql,
                     "CREATE OR REPLACE TEMP TABLE displaced AS SELECT path, number FROM standing WHERE EXISTS (SELECT "
                     "1 FROM rows WHERE fate = %d AND ",
                     FATE_PASSED);
  print_same_key(plan, &sql);
  text_buffer_add_char(&sql, ')');
  TRY(database_execute(engine->base.database, sql.data, err));
  TRY(database_query(arena, engine->base.database, "SELECT path, count(*) FROM displaced GROUP BY path ORDER BY path",
                     &table, err));
  *ret_paths = arena_array(arena, table.n_rows + 1, sizeof(**ret_paths));
  for (size_t row = 0; row < table.n_rows; row++) {
    (*ret_paths)[row] = table.cells[row * table.n_columns];
    *ret_rows += cell_number(&table, row, 1);
  }
  *ret_count = table.n_rows;
  return true;
}

bool duckdb_engine_write_undisplaced(struct engine *base, const struct plan *plan, const struct run *run,
                                     const char *from, const char *to, struct error *err)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(&sql, "COPY (SELECT * EXCLUDE (file_row_number) FROM read_parquet(");
  sql_add_file(&sql, from);
  text_buffer_add_string(&sql, ", hive_partitioning = false, file_row_number = true) WHERE file_row_number NOT IN "
                               "(SELECT number FROM displaced WHERE path = ");
  sql_add_string(&sql, text_from(from));
  text_buffer_add_string(&sql, ")) TO ");
  sql_add_string(&sql, text_from(to));
  text_buffer_add_char(&sql, ' ');
  struct run faithful = *run;
  faithful.has_negative_zero = true; /* nobody has looked whether the file holds one */
  parquet_print_options(&faithful, plan->dataset->silver.compression, &sql);
  text_buffer_add_char(&sql, ')');
  return database_execute(engine->base.database, sql.data, err);
}

bool duckdb_engine_keep_taken(struct engine *base, const struct plan *plan, struct run *run, const char *name,
                              struct error *err)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 }, origin = { 0 };
  uint64_t n_rows = 0, n_records = 0;
  if (!plan->explode.is_set)
    return true;
  stage_print_origin(plan, "//", &origin);
  text_buffer_printf(
      &sql,
      "CREATE OR REPLACE TEMP TABLE others AS SELECT rowid AS other FROM (SELECT rowid, file, %s AS origin, "
      "CAST(element AS VARCHAR) AS element, fate FROM rows) AS r WHERE r.fate = %d OR NOT EXISTS (SELECT 1 FROM %s "
      "AS t WHERE t.file = r.file AND t.position = r.origin AND (r.element IS NULL OR r.element = t.element)); "
      "DELETE FROM rows WHERE rowid IN (SELECT other FROM others)",
      origin.data, FATE_NOTHING_EXPLODED, name);
  TRY(database_execute(engine->base.database, sql.data, err));
  text_buffer_clear(&sql);
  text_buffer_printf(&sql, "SELECT count(DISTINCT (file, %s)) FROM rows", origin.data);
  TRY(database_query_count(engine->base.database, sql.data, &n_records, err));
  TRY(database_query_count(engine->base.database, "SELECT count(*) FROM rows", &n_rows, err));
  run->nothing_exploded = run->rows.read - n_records; /* their element is gone */
  run->rows.exploded = n_rows - n_records;
  run->parsed = n_rows - run->rows.malformed;
  return true;
}

bool duckdb_engine_find_fates(struct engine *base, const struct plan *plan, const char *name, struct error *err)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  struct stage_layout layout;
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  stage_layout_init(engine->arena, plan, &layout);
  text_buffer_printf(&sql, "CREATE OR REPLACE TEMP TABLE %s AS SELECT file, ", name);
  stage_print_origin(plan, "//", &sql);
  text_buffer_printf(&sql, " AS position, %s AS element, fate, ",
                     plan->explode.is_set ? "CAST(element AS VARCHAR)" : "CAST(NULL AS VARCHAR)");
  quarantine_print_reasons(&layout, &sql);
  text_buffer_printf(&sql, " FROM rows");
  return database_execute(engine->base.database, sql.data, err);
}
