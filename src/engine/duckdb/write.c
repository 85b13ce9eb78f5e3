/* Writes what was staged: silver and quarantine as Parquet, the rows for gold as a query. */
#include "engine/duckdb/engine_internal.h"

#include "base/file.h"
#include "base/log.h"
#include "engine/duckdb/hive.h"
#include "reader/reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* The technical columns, the same in every row of a run. */
static void print_technical(const struct run *run, const char *id_name, const char *instant_name,
                            struct text_buffer *sql)
{
  sql_add_string(sql, text_from(run->id));
  text_buffer_printf(sql, " AS %s, make_timestamptz(%" PRId64 ") AS %s", id_name, run->instant_us, instant_name);
}

/* -- silver -----------------------------------------------------------------------------------------------------------
 */

static bool is_partition_column(const struct plan *plan, size_t column)
{
  for (size_t i = 0; i < plan->n_partitions; i++)
    if (plan->partitions[i].column == (int)column)
      return true;
  return false;
}

/* A partition's own column lives in the directory's name, as in Spark. */
static void print_silver_columns(const struct plan *plan, const struct run *run, struct text_buffer *sql)
{
  for (size_t i = 0; i < plan->n_columns; i++) {
    if (is_partition_column(plan, i))
      continue;
    text_buffer_printf(sql, "v%zu AS ", i);
    sql_add_name(sql, plan->columns[i].name);
    text_buffer_add_string(sql, ", ");
  }
  print_technical(run, "_run_id", "_ingestion_ts", sql);
}

static void print_parquet_options(const struct plan *plan, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "(FORMAT parquet, COMPRESSION ");
  sql_add_string(sql, text_from(plan->dataset->silver.compression));
}

static bool warn_of_empty_text(struct engine *engine, const struct plan *plan, struct error *err)
{
  for (size_t i = 0; i < plan->n_partitions; i++) {
    if (expr_type(plan->partitions[i].expr)->id != TYPE_STRING)
      continue;
    SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
    text_buffer_printf(&sql, "SELECT count(*) FROM rows WHERE fate = %d AND ", FATE_PASSED);
    expr_print_duckdb(plan->partitions[i].expr, &sql);
    text_buffer_add_string(&sql, " = ''");
    uint64_t count = 0;
    TRY(database_query_count(engine->database, sql.data, &count, err));
    if (count > 0)
      log_warning("silver", "%" PRIu64 " rows with an empty \"%s\" go to its null partition, as in Spark", count,
                  plan->partitions[i].name);
  }
  return true;
}

void partitions_print_sql(const struct plan *plan, struct text_buffer *sql)
{
  text_buffer_add_string(sql,
                         "CREATE OR REPLACE TEMP TABLE partitions AS\nSELECT row_number() OVER () - 1 AS id, * FROM "
                         "(SELECT ");
  for (size_t i = 0; i < plan->n_partitions; i++)
    text_buffer_printf(sql, "p%zu, ", i);
  text_buffer_printf(sql, "count(*) AS n_rows FROM rows WHERE fate = %d GROUP BY ALL ORDER BY ALL)", FATE_PASSED);
}

/* "year=2024/month=01" of every partition, in the order of their ids, into run->partition_directories. */
static bool name_partitions(struct engine *engine, const struct plan *plan, struct run *run, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(&sql, "SELECT n_rows");
  for (size_t i = 0; i < plan->n_partitions; i++) {
    char name[32];
    snprintf(name, sizeof(name), "p%zu", i);
    text_buffer_add_string(&sql, ", ");
    spark_text_print(expr_type(plan->partitions[i].expr), name, plan->dataset->timezone, &sql);
  }
  text_buffer_add_string(&sql, " FROM partitions ORDER BY id");
  struct table table;
  TRY(database_query(run->arena, engine->database, sql.data, &table, err));
  run->n_partitions = run->n_silver_files = table.n_rows;
  run->partition_directories = arena_array(run->arena, table.n_rows + 1, sizeof(char *));
  run->silver_files = arena_array(run->arena, table.n_rows + 1, sizeof(*run->silver_files));
  for (size_t row = 0; row < table.n_rows; row++) {
    SCOPED(text_buffer_done) struct text_buffer path = { 0 };
    for (size_t i = 0; i < plan->n_partitions; i++) {
      if (i > 0)
        text_buffer_add_char(&path, '/');
      const char *value = table.cells[row * table.n_columns + 1 + i];
      TRY(hive_add_directory(&path, &plan->partitions[i], value, err));
    }
    run->partition_directories[row] = arena_copy(run->arena, path.data, path.length);
    run->silver_files[row].rows = cell_number(&table, row, 0);
  }
  return true;
}

static void print_partitioned_copy(const struct plan *plan, const struct run *run, const char *directory,
                                   struct text_buffer *sql)
{
  text_buffer_add_string(sql, "COPY (SELECT ");
  print_silver_columns(plan, run, sql);
  text_buffer_add_string(sql, ", id AS crisol_partition\n  FROM rows JOIN partitions ON ");
  for (size_t i = 0; i < plan->n_partitions; i++)
    text_buffer_printf(sql, "%srows.p%zu IS NOT DISTINCT FROM partitions.p%zu", i == 0 ? "" : " AND ", i, i);
  text_buffer_printf(sql, "\n  WHERE fate = %d)\nTO ", FATE_PASSED);
  sql_add_string(sql, text_from(directory));
  text_buffer_add_char(sql, ' ');
  print_parquet_options(plan, sql);
  text_buffer_add_string(sql, ", PARTITION_BY (crisol_partition))");
}

static void print_plain_copy(const struct plan *plan, const struct run *run, const char *path, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "COPY (SELECT ");
  print_silver_columns(plan, run, sql);
  text_buffer_printf(sql, " FROM rows WHERE fate = %d)\nTO ", FATE_PASSED);
  sql_add_string(sql, text_from(path));
  text_buffer_add_char(sql, ' ');
  print_parquet_options(plan, sql);
  text_buffer_add_char(sql, ')');
}

/* DuckDB names directories by the partition's number and files data_0.parquet; they get their own names here. */
static bool move_partition(struct arena *arena, const char *parts, size_t id, const char *directory,
                           const char *hive_directory, const char *file_name, struct error *err)
{
  const char *from = path_join(arena, parts, arena_printf(arena, "crisol_partition=%zu/data_0.parquet", id));
  const char *more = path_join(arena, parts, arena_printf(arena, "crisol_partition=%zu/data_1.parquet", id));
  if (file_exists(more))
    return fail(err, ERROR_DEFECT, NOWHERE, "a partition was written as several files: \"%s\"", more);
  const char *target = path_join(arena, directory, hive_directory);
  TRY(directory_create(target, err));
  return path_rename(from, path_join(arena, target, file_name), err);
}

static bool write_partitioned(struct engine *engine, const struct plan *plan, struct run *run, const char *directory,
                              const char *file_name, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  TRY(warn_of_empty_text(engine, plan, err));
  partitions_print_sql(plan, &sql);
  TRY(database_execute(engine->database, sql.data, err));
  TRY(name_partitions(engine, plan, run, err));
  if (run->n_partitions == 0)
    return true;
  const char *parts = path_join(run->arena, directory, ".parts");
  text_buffer_clear(&sql);
  print_partitioned_copy(plan, run, parts, &sql);
  TRY(database_execute(engine->database, sql.data, err));
  for (size_t i = 0; i < run->n_partitions; i++) {
    TRY(move_partition(run->arena, parts, i, directory, run->partition_directories[i], file_name, err));
    run->silver_files[i].path = path_join(run->arena, run->partition_directories[i], file_name);
  }
  return path_remove(parts, err);
}

bool engine_write_silver(struct engine *engine, const struct plan *plan, struct run *run, const char *directory,
                         const char *file_name, struct error *err)
{
  TRY(directory_create(directory, err));
  if (plan->n_partitions > 0) {
    TRY(write_partitioned(engine, plan, run, directory, file_name, err));
  } else {
    SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
    print_plain_copy(plan, run, path_join(run->arena, directory, file_name), &sql);
    TRY(database_execute(engine->database, sql.data, err));
    run->n_silver_files = 1;
    run->silver_files = arena_array(run->arena, 1, sizeof(*run->silver_files));
    run->silver_files[0] = (struct run_file){ .path = file_name, .rows = run->rows.passed };
  }
  for (size_t i = 0; i < run->n_silver_files; i++) {
    run->silver_files[i].bytes = file_size(path_join(run->arena, directory, run->silver_files[i].path));
    run->rows.silver += run->silver_files[i].rows;
  }
  return true;
}

/* -- quarantine -------------------------------------------------------------------------------------------------------
 */

static void print_malformed_reason(struct text_buffer *sql)
{
  text_buffer_add_string(sql, "['malformed:' || CASE reason");
  for (int reason = READER_OK + 1; reason <= READER_TOO_DEEP; reason++)
    text_buffer_printf(sql, " WHEN %d THEN '%s'", reason, reader_reason_name((enum reader_reason)reason));
  text_buffer_add_string(sql, " END]");
}

static void print_cast_reasons(const struct stage_layout *layout, struct text_buffer *sql)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  text_buffer_add_string(sql, "list_filter([NULL");
  for (size_t n = 0; n < layout->n_casts; n++) {
    const struct plan_column *column = &layout->plan->columns[layout->casts[n]];
    if (column->cast->on_error != ON_ERROR_QUARANTINE)
      continue;
    text_buffer_printf(sql, ",\n    CASE WHEN (c%zu >> %zu) & 1 = 1 THEN ", n / CASTS_PER_WORD,
                       2 * (n % CASTS_PER_WORD));
    sql_add_string(sql,
                   text_from(arena_printf(&scratch, "cast:%s:%s", column->name, type_name(&scratch, column->type))));
    text_buffer_add_string(sql, " END");
  }
  text_buffer_add_string(sql, "], lambda reason: reason IS NOT NULL)");
}

/* Every failing rule in file order, then what breaks the schema where that is why the row is here. */
static void print_rule_reasons(const struct stage_layout *layout, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "list_filter([NULL");
  for (size_t i = 0; i < layout->plan->n_rules; i++) {
    text_buffer_add_string(sql, ",\n    CASE WHEN ");
    rule_bit_print(i, sql);
    text_buffer_add_string(sql, " THEN ");
    sql_add_string(sql, text_from(layout->plan->rules[i].config->name.value));
    text_buffer_add_string(sql, " END");
  }
  text_buffer_add_string(sql, "], lambda reason: reason IS NOT NULL)");
}

static void print_schema_reasons(const struct stage_layout *layout, struct text_buffer *sql)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  text_buffer_add_string(sql, "list_filter([NULL");
  for (size_t n = 0; n < layout->n_checked; n++)
    for (size_t bit = 0; bit < n_schema_keywords; bit++) {
      text_buffer_printf(sql, ",\n    CASE WHEN schema[%zu] & %" PRIu64 " <> 0 THEN ", n + 1, UINT64_C(1) << bit);
      sql_add_string(sql,
                     text_from(arena_printf(&scratch, "schema:%s:%s", layout->plan->columns[layout->checked[n]].name,
                                            schema_keywords[bit].name)));
      text_buffer_add_string(sql, " END");
    }
  text_buffer_add_string(sql, "], lambda reason: reason IS NOT NULL)");
}

static void print_reasons(const struct stage_layout *layout, struct text_buffer *sql)
{
  text_buffer_printf(sql, "CASE fate WHEN %d THEN ", FATE_MALFORMED);
  print_malformed_reason(sql);
  text_buffer_printf(sql, "\n  WHEN %d THEN ", FATE_CAST_QUARANTINED);
  print_cast_reasons(layout, sql);
  text_buffer_printf(sql, "\n  WHEN %d THEN list_concat(", FATE_SCHEMA_QUARANTINED);
  print_rule_reasons(layout, sql);
  text_buffer_add_string(sql, ", ");
  print_schema_reasons(layout, sql);
  text_buffer_add_string(sql, ")\n  ELSE ");
  print_rule_reasons(layout, sql);
  text_buffer_add_string(sql, " END AS _failed_rules");
}

void quarantine_print_query(const struct stage_layout *layout, const struct run *run, struct text_buffer *sql)
{
  const struct plan *plan = layout->plan;
  text_buffer_add_string(sql, "SELECT ");
  for (size_t i = 0; i < plan->n_columns; i++) {
    if (plan->columns[i].is_missing)
      continue;
    text_buffer_printf(sql, "%c%zu AS ", plan->columns[i].changes ? 'q' : 'v', i);
    sql_add_name(sql, plan->columns[i].name);
    text_buffer_add_string(sql, ", ");
  }
  print_reasons(layout, sql);
  text_buffer_add_string(sql, ",\n  ");
  print_technical(run, "_run_id", "_ingestion_ts", sql);
  text_buffer_add_string(sql, ",\n  [");
  for (size_t i = 0; i < plan->n_files; i++) {
    if (i > 0)
      text_buffer_add_string(sql, ", ");
    sql_add_string(sql, text_from(plan->files[i]));
  }
  text_buffer_printf(sql,
                     "][file + 1] AS _source_file, CAST(line AS BIGINT) AS _source_line,\n"
                     "  CAST(position AS BIGINT) AS _source_offset, raw AS _raw_record, "
                     "CAST(raw_length AS BIGINT) AS _raw_length\n"
                     "FROM rows WHERE fate NOT IN (%d, %d)",
                     FATE_PASSED, FATE_DROPPED);
}

bool engine_write_quarantine(struct engine *engine, const struct plan *plan, const struct run *run, const char *path,
                             struct error *err)
{
  struct stage_layout layout;
  stage_layout_init(engine->arena, plan, &layout);
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(&sql, "COPY (");
  quarantine_print_query(&layout, run, &sql);
  text_buffer_add_string(&sql, ")\nTO ");
  sql_add_string(&sql, text_from(path));
  text_buffer_add_string(&sql, " (FORMAT parquet, COMPRESSION snappy)");
  return database_execute(engine->database, sql.data, err);
}

/* -- gold -------------------------------------------------------------------------------------------------------------
 */

static void print_gold_rows(const struct run *run, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "(SELECT *, ");
  print_technical(run, "run_id", "ingestion_ts", sql);
  text_buffer_printf(sql, " FROM rows WHERE fate = %d)", FATE_PASSED);
}

void engine_print_gold_query(const struct plan *plan, const struct run *run, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "SELECT ");
  for (size_t i = 0; i < plan->n_gold_columns; i++) {
    const struct plan_gold_column *column = &plan->gold_columns[i];
    if (i > 0)
      text_buffer_add_string(sql, ",\n  ");
    if (column->json_column != NO_COLUMN)
      text_buffer_printf(sql, "TRY_CAST(j%d AS JSON)", column->json_column);
    else
      expr_print_duckdb(column->expr, sql);
    text_buffer_add_string(sql, " AS ");
    sql_add_name(sql, column->name);
  }
  text_buffer_add_string(sql, "\nFROM ");
  print_gold_rows(run, sql);
  bool is_first = true;
  for (size_t i = 0; i < plan->n_conditions; i++) {
    if (plan->conditions[i].config->is_warning)
      continue;
    text_buffer_add_string(sql, is_first ? "\nWHERE (" : "\n  AND (");
    expr_print_duckdb(plan->conditions[i].expr, sql);
    text_buffer_add_string(sql, ") IS TRUE");
    is_first = false;
  }
}

/* Each condition is evaluated once a row, b<i>; a filter's count is of the rows that pass it and all filters before. */
static void print_condition_counts(const struct plan *plan, const struct run *run, struct text_buffer *sql)
{
  SCOPED(text_buffer_done) struct text_buffer passed = { 0 };
  text_buffer_add_string(&passed, "TRUE");
  text_buffer_add_string(sql, "SELECT count(*)");
  for (size_t i = 0; i < plan->n_conditions; i++) {
    text_buffer_printf(sql, ", count(*) FILTER (WHERE %s AND b%zu)", passed.data, i);
    if (!plan->conditions[i].config->is_warning)
      text_buffer_printf(&passed, " AND b%zu", i);
  }
  text_buffer_add_string(sql, "\nFROM (SELECT 0");
  for (size_t i = 0; i < plan->n_conditions; i++) {
    text_buffer_add_string(sql, ",\n  (");
    expr_print_duckdb(plan->conditions[i].expr, sql);
    text_buffer_printf(sql, ") IS TRUE AS b%zu", i);
  }
  text_buffer_add_string(sql, "\n  FROM ");
  print_gold_rows(run, sql);
  text_buffer_add_char(sql, ')');
}

bool engine_count_conditions(struct engine *engine, const struct plan *plan, struct run *run, struct error *err)
{
  run->condition_rows = arena_array(run->arena, plan->n_conditions + 1, sizeof(uint64_t));
  run->condition_removed = arena_array(run->arena, plan->n_conditions + 1, sizeof(uint64_t));
  run->rows.gold = run->rows.passed;
  if (plan->n_conditions == 0)
    return true;
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  print_condition_counts(plan, run, &sql);
  struct table table;
  TRY(database_query(&scratch, engine->database, sql.data, &table, err));
  for (size_t i = 0; i < plan->n_conditions; i++) {
    uint64_t passed = cell_number(&table, 0, 1 + i);
    run->condition_removed[i] = run->rows.gold - passed;
    if (!plan->conditions[i].config->is_warning)
      run->rows.gold = passed;
    run->condition_rows[i] = run->rows.gold;
  }
  return true;
}
