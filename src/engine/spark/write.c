/* Silver and quarantine: written by Spark below the run's place, by the numbers of their partitions, and moved from
 * there to the names that crisol gives them. */
#include "engine/spark/engine_internal.h"

#include "base/file.h"
#include "engine/rows/lake_files.h"
#include "engine/rows/partition_names.h"

#include <stdio.h>
#include <stdlib.h>

/* partitions */

/* Of the table `partitions`, which is crisol's own. */
static bool warn_of_empty_text(struct spark_engine *engine, const struct plan *plan, struct error *err)
{
  for (size_t i = 0; i < plan->n_partitions; i++) {
    if (!partition_may_be_empty(&plan->partitions[i]))
      continue;
    SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
    text_buffer_printf(&sql, "SELECT CAST(coalesce(sum(empty%zu), 0) AS BIGINT) FROM partitions", i);
    uint64_t count = 0;
    TRY(database_query_count(engine->base.database, sql.data, &count, err));
    partitions_warn_of_empty(&plan->partitions[i], count);
  }
  return true;
}

bool spark_engine_number_partitions(struct engine *base, const struct plan *plan, struct error *err)
{
  struct spark_engine *engine = spark_engine_of(base);
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  const char **paths = NULL;
  size_t count = 0;
  spark_print_partitions(engine, plan, &sql);
  TRY(spark_keep(engine, "partitions", sql.data, err));
  TRY(spark_list_parts(&scratch, path_join(&scratch, engine->place, "partitions"), &paths, &count, err));
  text_buffer_clear(&sql);
  text_buffer_add_string(&sql, "CREATE OR REPLACE TABLE partitions AS FROM read_parquet(");
  sql_add_files(&sql, paths, count);
  text_buffer_add_char(&sql, ')');
  return database_execute(engine->base.database, sql.data, err);
}

bool spark_engine_find_partitions(struct engine *base, const struct plan *plan, struct run *run, struct error *err)
{
  struct spark_engine *engine = spark_engine_of(base);
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table table;
  if (plan->n_partitions == 0)
    return true;
  TRY(spark_engine_number_partitions(base, plan, err) && warn_of_empty_text(engine, plan, err));
  text_buffer_add_string(&sql, "SELECT n_rows");
  for (size_t i = 0; i < plan->n_partitions; i++)
    text_buffer_printf(&sql, ", text%zu, faithful%zu, utc%zu", i, i, i);
  text_buffer_add_string(&sql, " FROM partitions ORDER BY id");
  return database_query(run->arena, engine->base.database, sql.data, &table, err) &&
         partitions_name(plan, run, &table, err);
}

bool spark_engine_find_inputs(struct engine *base, const struct plan *plan,
                              void (*add)(size_t partition, size_t file, void *context), void *context,
                              struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table table;
  text_buffer_add_string(&sql, "SELECT id, file FROM rows JOIN partitions ON ");
  for (size_t i = 0; i < plan->n_partitions; i++)
    text_buffer_printf(&sql, "%srows.p%zu <=> partitions.p%zu", i == 0 ? "" : " AND ", i, i);
  text_buffer_printf(&sql, " WHERE fate = %d GROUP BY ALL ORDER BY ALL", FATE_PASSED);
  TRY(spark_query(spark_engine_of(base)->session, &scratch, sql.data, &table, err));
  for (size_t row = 0; row < table.n_rows; row++)
    add((size_t)cell_number(&table, row, 0), (size_t)cell_number(&table, row, 1), context);
  return true;
}

/* files */

/* The one file that Spark has written into a directory is moved to its own name. */
static bool move_only_part(const char *directory, const char *target, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const char **paths = NULL;
  size_t count = 0;
  TRY(spark_list_parts(&scratch, directory, &paths, &count, err));
  if (count != 1)
    return fail(err, ERROR_DEFECT, NOWHERE, "Spark has written %zu files to \"%s\" where one was asked for", count,
                directory);
  return path_rename_new(paths[0], target, err);
}

static bool move_partitions(struct run *run, const char *parts, const char *directory, const char *file_name,
                            struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  for (size_t i = 0; i < run->n_partitions; i++) {
    const char *target = path_join(&scratch, directory, run->partition_directories[i]);
    const char *part = path_join(&scratch, parts, arena_printf(&scratch, "crisol_partition=%zu", i));
    TRY(directory_create(target, err));
    TRY(move_only_part(part, path_join(&scratch, target, file_name), err));
    run->silver_files[i].path = path_join(run->arena, run->partition_directories[i], file_name);
  }
  return true;
}

/* "134217728b", "128MB", "64k": a size as Spark writes it. */
static uint64_t read_size(const char *text)
{
  static const char units[] = "bkmgt";
  char *end = NULL;
  uint64_t size = strtoull(text, &end, 10);
  const char *unit = *end == '\0' ? NULL : strchr(units, *end | 0x20);
  return unit == NULL ? size : size << (10 * (unit - units));
}

/* Whether silver without partitions is so large that Spark's own tasks write a file each. */
static bool find_is_large(struct spark_engine *engine, bool *ret_is_large, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const char **paths = NULL, *limit = NULL;
  size_t count = 0;
  uint64_t bytes = 0;
  TRY(spark_list_parts(&scratch, path_join(&scratch, engine->place, "staged"), &paths, &count, err));
  TRY(spark_get(engine->session, &scratch, "spark.sql.files.maxPartitionBytes", &limit, err));
  for (size_t i = 0; i < count; i++)
    bytes += file_size(paths[i]);
  *ret_is_large = limit != NULL && bytes > read_size(limit);
  return true;
}

/* "part-<run>.parquet", "part-<run>-1.parquet", ... */
static const char *numbered(struct arena *arena, const char *file_name, size_t number)
{
  size_t stem = strlen(file_name) - strlen(".parquet");
  return number == 0 ? file_name : arena_printf(arena, "%.*s-%zu.parquet", (int)stem, file_name, number);
}

/* What Spark has written, less the files without a row, of which one stays where all are such. */
static bool move_parts(struct spark_engine *engine, struct run *run, const char *parts, const char *directory,
                       const char *file_name, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const char **paths = NULL;
  size_t count = 0;
  TRY(spark_list_parts(&scratch, parts, &paths, &count, err));
  uint64_t *rows = arena_array(&scratch, count + 1, sizeof(*rows));
  TRY(lake_files_count_rows(&engine->base, NULL, paths, count, rows, err));
  run->silver_files = arena_array(run->arena, count + 1, sizeof(*run->silver_files));
  for (size_t i = 0; i < count; i++) {
    if (rows[i] == 0 && (i + 1 < count || run->n_silver_files > 0))
      continue;
    const char *name = numbered(run->arena, file_name, run->n_silver_files);
    TRY(path_rename_new(paths[i], path_join(&scratch, directory, name), err));
    run->silver_files[run->n_silver_files++] = (struct run_file){ .path = name, .rows = rows[i] };
  }
  return run->n_silver_files > 0 ||
         fail(err, ERROR_DEFECT, NOWHERE, "Spark has written no file to \"%s\", where silver was asked for", parts);
}

bool spark_engine_write_silver(struct engine *base, const struct plan *plan, struct run *run, const char *directory,
                               const char *file_name, struct error *err)
{
  struct spark_engine *engine = spark_engine_of(base);
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  const char *parts = path_join(&scratch, engine->place, "silver");
  bool is_partitioned = plan->n_partitions > 0;
  TRY(directory_create(directory, err));
  if (is_partitioned && run->n_partitions == 0)
    return true;
  bool is_large = false;
  TRY(is_partitioned || find_is_large(engine, &is_large, err));
  spark_print_silver(plan, run, is_large, &sql);
  TRY(spark_write_query(engine, sql.data, parts, plan->dataset->silver.compression,
                        is_partitioned ? "crisol_partition" : NULL, err));
  if (is_partitioned) {
    TRY(move_partitions(run, parts, directory, file_name, err));
  } else {
    run->n_silver_files = 0;
    TRY(move_parts(engine, run, parts, directory, file_name, err));
  }
  for (size_t i = 0; i < run->n_silver_files; i++)
    run->silver_files[i].bytes = file_size(path_join(run->arena, directory, run->silver_files[i].path));
  return path_remove(parts, err);
}

/* quarantine */

static bool write_rows(struct spark_engine *engine, const struct run *run, enum row_fate left_out, const char *path,
                       struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  const char *directory = path_join(&scratch, engine->place, "quarantine");
  spark_print_quarantine(engine, run, left_out, &sql);
  TRY(path_remove(directory, err));
  TRY(spark_write_query(engine, sql.data, directory, "snappy", NULL, err));
  return move_only_part(directory, path, err);
}

static bool count_rejected(struct spark_engine *engine, enum row_fate left_out, uint64_t *ret_rows, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const char *sql =
      arena_printf(&scratch, "SELECT count(*) FROM rows WHERE fate NOT IN (%d, %d)", FATE_PASSED, left_out);
  return spark_query_count(engine->session, sql, ret_rows, err);
}

/* Malformed records but those that are counted only. */
static uint64_t kept_malformed(const struct plan *plan, const struct run *run)
{
  uint64_t count = 0;
  for (size_t i = 0; i < plan->n_sources; i++)
    for (size_t file = 0; file < plan->sources[i].n_files; file++)
      if (plan->sources[i].config->options.mode != READ_DROPMALFORMED)
        count += run->malformed_records[plan->sources[i].first_file + file];
  return count;
}

bool spark_engine_write_quarantine(struct engine *base, const struct plan *plan, const struct run *run,
                                   const char *path, uint64_t *ret_rows, struct error *err)
{
  struct spark_engine *engine = spark_engine_of(base);
  *ret_rows = run->rows.quarantined + kept_malformed(plan, run);
  return write_rows(engine, run, FATE_DROPPED, path, err);
}

bool spark_engine_write_rejects(struct engine *base, const struct plan *plan, const struct run *run, const char *path,
                                uint64_t *ret_count, struct error *err)
{
  struct spark_engine *engine = spark_engine_of(base);
  (void)plan;
  *ret_count = 0;
  if (engine->session == NULL || !engine->is_staged || spark_last_failure(engine->session)->is_lost)
    return true;
  TRY(count_rejected(engine, FATE_PASSED, ret_count, err));
  return *ret_count == 0 || write_rows(engine, run, FATE_PASSED, path, err);
}
