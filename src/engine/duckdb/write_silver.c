/* Silver as Parquet, one file a partition, under the names that Hive gives directories. */
#include "engine/duckdb/engine_internal.h"

#include "base/file.h"
#include "engine/rows/partition_names.h"

#include <stdio.h>

/* In the lake's type, where that is a wider one. */
static void print_silver_value(const struct run *run, size_t column, struct text_buffer *sql)
{
  const struct type *type = run->silver_types == NULL ? NULL : run->silver_types[column];
  text_buffer_printf(sql, type == NULL ? "v%zu" : "CAST(v%zu AS ", column);
  if (type != NULL)
    type_print_duckdb(type, sql);
  text_buffer_add_string(sql, type == NULL ? " AS " : ") AS ");
}

/* A partition's own column lives in the directory's name, as in Spark. */
static void print_silver_columns(const struct plan *plan, const struct run *run, struct text_buffer *sql)
{
  for (size_t i = 0; i < plan->n_columns; i++) {
    if (!plan_is_stored(plan, i))
      continue;
    print_silver_value(run, i, sql);
    bool has_name = run->silver_names != NULL && run->silver_names[i] != NULL;
    sql_add_name(sql, has_name ? run->silver_names[i] : plan->columns[i].name);
    text_buffer_add_string(sql, ", ");
  }
  technical_print(run, "_run_id", "_ingestion_ts", sql);
}

void parquet_print_options(const struct run *run, const char *compression, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "(FORMAT parquet, COMPRESSION ");
  sql_add_string(sql, text_from(compression));
  if (run->has_negative_zero)
    text_buffer_add_string(sql, ", DICTIONARY_SIZE_LIMIT 0");
}

static bool warn_of_empty_text(struct duckdb_engine *engine, const struct plan *plan, struct error *err)
{
  for (size_t i = 0; i < plan->n_partitions; i++) {
    if (!partition_may_be_empty(&plan->partitions[i]))
      continue;
    SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
    text_buffer_printf(&sql, "SELECT count(*) FROM rows WHERE fate = %d AND ", FATE_PASSED);
    expr_print_duckdb(plan->partitions[i].expr, &sql);
    text_buffer_add_string(&sql, " = ''");
    uint64_t count = 0;
    TRY(database_query_count(engine->base.database, sql.data, &count, err));
    partitions_warn_of_empty(&plan->partitions[i], count);
  }
  return true;
}

void partitions_print_sql(const struct plan *plan, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "CREATE OR REPLACE TABLE partitions AS\nSELECT row_number() OVER () - 1 AS id, * FROM "
                              "(SELECT ");
  for (size_t i = 0; i < plan->n_partitions; i++)
    text_buffer_printf(sql, "p%zu, ", i);
  text_buffer_printf(sql, "count(*) AS n_rows FROM rows WHERE fate = %d GROUP BY ALL ORDER BY ALL)", FATE_PASSED);
}

/* What partitions_name asks for. */
static bool query_values(struct duckdb_engine *engine, const struct plan *plan, struct run *run,
                         struct table *ret_table, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(&sql, "SELECT n_rows");
  for (size_t i = 0; i < plan->n_partitions; i++) {
    const struct type *type = expr_type(plan->partitions[i].expr);
    char name[32];
    snprintf(name, sizeof(name), "p%zu", i);
    text_buffer_add_string(&sql, ", hex(");
    if (type->id == TYPE_BINARY)
      text_buffer_add_string(&sql, name);
    else
      spark_text_print(type, name, plan->dataset->timezone, &sql);
    text_buffer_add_string(&sql, "), ");
    spark_text_print_is_faithful(type, name, plan->dataset->timezone, &sql);
    if (type->id == TYPE_TIMESTAMP)
      text_buffer_printf(&sql, ", CAST(make_timestamp(epoch_us(%s)) AS VARCHAR)", name);
    else
      text_buffer_add_string(&sql, ", NULL");
  }
  text_buffer_add_string(&sql, " FROM partitions ORDER BY id");
  return database_query(run->arena, engine->base.database, sql.data, ret_table, err);
}

static bool name_partitions(struct duckdb_engine *engine, const struct plan *plan, struct run *run, struct error *err)
{
  struct table table;
  return query_values(engine, plan, run, &table, err) && partitions_name(plan, run, &table, err);
}

/* "FROM rows JOIN partitions ON ...", the passed rows with the number of their partition. */
static void print_numbered_rows(const struct plan *plan, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "\n  FROM rows JOIN partitions ON ");
  for (size_t i = 0; i < plan->n_partitions; i++)
    text_buffer_printf(sql, "%srows.p%zu IS NOT DISTINCT FROM partitions.p%zu", i == 0 ? "" : " AND ", i, i);
  text_buffer_printf(sql, "\n  WHERE fate = %d", FATE_PASSED);
}

/* "TO '...' (FORMAT parquet ...)" */
static void print_target(const struct plan *plan, const struct run *run, const char *path, bool by_partition,
                         struct text_buffer *sql)
{
  text_buffer_add_string(sql, ")\nTO ");
  sql_add_string(sql, text_from(path));
  text_buffer_add_char(sql, ' ');
  parquet_print_options(run, plan->dataset->silver.compression, sql);
  text_buffer_add_string(sql, by_partition ? ", PARTITION_BY (crisol_partition))" : ")");
}

void silver_print_partitioned(const struct plan *plan, const struct run *run, const char *directory,
                              struct text_buffer *sql)
{
  text_buffer_add_string(sql, "COPY (SELECT ");
  print_silver_columns(plan, run, sql);
  text_buffer_add_string(sql, ", id AS crisol_partition");
  print_numbered_rows(plan, sql);
  print_target(plan, run, directory, true, sql);
}

void silver_print_sorting(const struct plan *plan, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "CREATE OR REPLACE TABLE sorted_rows AS\nSELECT ");
  for (size_t i = 0; i < plan->n_columns; i++)
    if (plan_is_stored(plan, i))
      text_buffer_printf(sql, "v%zu, ", i);
  text_buffer_add_string(sql, "id");
  print_numbered_rows(plan, sql);
  text_buffer_add_string(sql, "\n  ORDER BY id");
}

void silver_print_sorted(const struct plan *plan, const struct run *run, size_t from, size_t to, const char *path,
                         bool by_partition, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "COPY (SELECT ");
  print_silver_columns(plan, run, sql);
  text_buffer_printf(sql, "%s\n  FROM sorted_rows WHERE id >= %zu AND id < %zu",
                     by_partition ? ", id AS crisol_partition" : "", from, to);
  print_target(plan, run, path, by_partition, sql);
}

void silver_print_numbered(const struct plan *plan, const struct run *run, bool is_sorted, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "SELECT ");
  print_silver_columns(plan, run, sql);
  text_buffer_add_string(sql, ", id");
  if (is_sorted)
    text_buffer_add_string(sql, " FROM sorted_rows");
  else
    print_numbered_rows(plan, sql);
}

void silver_print_plain(const struct plan *plan, const struct run *run, const char *path, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "COPY (SELECT ");
  print_silver_columns(plan, run, sql);
  text_buffer_printf(sql, " FROM rows WHERE fate = %d", FATE_PASSED);
  print_target(plan, run, path, false, sql);
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
  return path_rename_new(from, path_join(arena, target, file_name), err);
}

bool duckdb_engine_find_partitions(struct engine *base, const struct plan *plan, struct run *run, struct error *err)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  if (plan->n_partitions == 0)
    return true;
  TRY(warn_of_empty_text(engine, plan, err));
  partitions_print_sql(plan, &sql);
  TRY(database_execute(engine->base.database, sql.data, err));
  return name_partitions(engine, plan, run, err);
}

bool duckdb_engine_find_inputs(struct engine *base, const struct plan *plan,
                               void (*add)(size_t partition, size_t file, void *context), void *context,
                               struct error *err)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table table;
  text_buffer_add_string(&sql, "SELECT id, file");
  print_numbered_rows(plan, &sql);
  text_buffer_add_string(&sql, " GROUP BY ALL ORDER BY ALL");
  TRY(database_query(&scratch, engine->base.database, sql.data, &table, err));
  for (size_t row = 0; row < table.n_rows; row++)
    add((size_t)cell_number(&table, row, 0), (size_t)cell_number(&table, row, 1), context);
  return true;
}

/* A directory a batch, since DuckDB looks at all that is there before it writes. */
static bool write_batch(struct duckdb_engine *engine, const struct plan *plan, struct run *run,
                        const struct silver_batches *batches, size_t from, const char *directory, const char *file_name,
                        struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const char *parts = path_join(&scratch, directory, ".parts");
  size_t left = run->n_partitions - from;
  size_t to = from + (left < batches->size ? left : batches->size);
  TRY(silver_batch_write(engine, plan, run, batches, from, to, parts, err));
  for (size_t i = from; i < to; i++) {
    TRY(move_partition(&scratch, parts, i, directory, run->partition_directories[i], file_name, err));
    run->silver_files[i].path = path_join(run->arena, run->partition_directories[i], file_name);
  }
  return path_remove(parts, err);
}

static bool write_partitioned(struct duckdb_engine *engine, const struct plan *plan, struct run *run,
                              const char *directory, const char *file_name, struct error *err)
{
  struct silver_batches batches;
  bool is_written = false;
  if (run->n_partitions == 0)
    return true;
  TRY(silver_files_write(engine, plan, run, directory, file_name, &is_written, err));
  if (is_written)
    return true;
  TRY(silver_batches_begin(engine, plan, run, &batches, err));
  for (size_t from = 0; from < run->n_partitions; from += batches.size)
    TRY(write_batch(engine, plan, run, &batches, from, directory, file_name, err));
  return silver_batches_end(engine, &batches, err);
}

bool duckdb_engine_write_silver(struct engine *base, const struct plan *plan, struct run *run, const char *directory,
                                const char *file_name, struct error *err)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  TRY(directory_create(directory, err));
  if (plan->n_partitions > 0) {
    TRY(write_partitioned(engine, plan, run, directory, file_name, err));
  } else {
    SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
    silver_print_plain(plan, run, path_join(run->arena, directory, file_name), &sql);
    TRY(database_execute(engine->base.database, sql.data, err));
    run->n_silver_files = 1;
    run->silver_files = arena_array(run->arena, 1, sizeof(*run->silver_files));
    run->silver_files[0] = (struct run_file){ .path = file_name, .rows = run->rows.passed };
  }
  for (size_t i = 0; i < run->n_silver_files; i++)
    run->silver_files[i].bytes = file_size(path_join(run->arena, directory, run->silver_files[i].path));
  return true;
}
