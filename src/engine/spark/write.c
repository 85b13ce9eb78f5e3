/* Silver and quarantine: written by Spark below the run's place, by the numbers of their partitions, and moved from
 * there to the names that crisol gives them. */
#include "engine/spark/engine_internal.h"

#include "base/file.h"
#include "engine/rows/partition_names.h"

#include <stdio.h>

/* partitions */

static bool warn_of_empty_text(struct spark_engine *engine, const struct plan *plan, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const struct expr_scope scope = spark_scope(&scratch, plan);
  for (size_t i = 0; i < plan->n_partitions; i++) {
    if (!partition_may_be_empty(&plan->partitions[i]))
      continue;
    SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
    text_buffer_printf(&sql, "SELECT count(*) FROM rows WHERE fate = %d AND ", FATE_PASSED);
    spark_print(engine, &scope, plan->partitions[i].expr, &sql);
    text_buffer_add_string(&sql, " = ''");
    uint64_t count = 0;
    TRY(spark_query_count(engine->session, sql.data, &count, err));
    partitions_warn_of_empty(&plan->partitions[i], count);
  }
  return true;
}

/* What partitions_name asks for. */
static void print_values(const struct plan *plan, struct text_buffer *sql)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  text_buffer_add_string(sql, "SELECT n_rows");
  for (size_t i = 0; i < plan->n_partitions; i++) {
    const struct type *type = expr_type(plan->partitions[i].expr);
    bool is_text = type->id == TYPE_STRING || type->id == TYPE_BINARY || type->id == TYPE_VOID;
    text_buffer_printf(sql, type->id == TYPE_BINARY ? ", hex(p%zu)" : ", hex(CAST(p%zu AS STRING))", i);
    if (is_text)
      text_buffer_add_string(sql, ", TRUE");
    else
      text_buffer_printf(sql, ", p%zu <=> CAST(CAST(p%zu AS STRING) AS %s)", i, i, type_ddl(&scratch, type));
    if (type->id != TYPE_TIMESTAMP) {
      text_buffer_add_string(sql, ", CAST(NULL AS STRING)");
      continue;
    }
    text_buffer_printf(sql, ", CAST(to_utc_timestamp(p%zu, ", i);
    spark_add_string(sql, text_from(plan->dataset->timezone));
    text_buffer_add_string(sql, ") AS STRING)");
  }
  text_buffer_add_string(sql, " FROM partitions ORDER BY id");
}

bool spark_engine_number_partitions(struct engine *base, const struct plan *plan, struct error *err)
{
  struct spark_engine *engine = spark_engine_of(base);
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  const char **paths = NULL;
  size_t count = 0;
  spark_print_partitions(plan, &sql);
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
  TRY(warn_of_empty_text(engine, plan, err) && spark_engine_number_partitions(base, plan, err));
  print_values(plan, &sql);
  return spark_query(engine->session, run->arena, sql.data, &table, err) && partitions_name(plan, run, &table, err);
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
  spark_print_silver(plan, run, &sql);
  TRY(spark_write_query(engine, sql.data, parts, plan->dataset->silver.compression,
                        is_partitioned ? "crisol_partition" : NULL, err));
  if (is_partitioned) {
    TRY(move_partitions(run, parts, directory, file_name, err));
  } else {
    TRY(move_only_part(parts, path_join(run->arena, directory, file_name), err));
    run->n_silver_files = 1;
    run->silver_files = arena_array(run->arena, 1, sizeof(*run->silver_files));
    run->silver_files[0] = (struct run_file){ .path = file_name, .rows = run->rows.passed };
  }
  for (size_t i = 0; i < run->n_silver_files; i++)
    run->silver_files[i].bytes = file_size(path_join(run->arena, directory, run->silver_files[i].path));
  return path_remove(parts, err);
}

/* quarantine */

static bool write_rows(struct spark_engine *engine, const struct plan *plan, const struct run *run,
                       enum row_fate left_out, const char *path, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  const char *directory = path_join(&scratch, engine->place, "quarantine");
  spark_print_quarantine(plan, run, left_out, &sql);
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

bool spark_engine_write_quarantine(struct engine *base, const struct plan *plan, const struct run *run,
                                   const char *path, uint64_t *ret_rows, struct error *err)
{
  struct spark_engine *engine = spark_engine_of(base);
  return count_rejected(engine, FATE_DROPPED, ret_rows, err) && write_rows(engine, plan, run, FATE_DROPPED, path, err);
}

bool spark_engine_write_rejects(struct engine *base, const struct plan *plan, const struct run *run, const char *path,
                                uint64_t *ret_count, struct error *err)
{
  struct spark_engine *engine = spark_engine_of(base);
  *ret_count = 0;
  if (engine->session == NULL || !engine->is_staged || spark_last_failure(engine->session)->is_lost)
    return true;
  TRY(count_rejected(engine, FATE_PASSED, ret_count, err));
  return *ret_count == 0 || write_rows(engine, plan, run, FATE_PASSED, path, err);
}
