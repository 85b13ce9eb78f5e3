/* Sources of Parquet files: Spark reads them itself, by its own rules for types, which are crisol's too; a cast is
 * Spark's. Each file's rows are counted by its footer, which crisol reads apart from Spark. */
#include "engine/spark/engine_internal.h"

#include "base/file.h"
#include "engine/rows/lake_files.h"

#include <inttypes.h>
#include <stdio.h>

/* columns */

static bool create_view(struct spark_engine *engine, const struct plan_source *source, size_t index, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct opened_files files = opened_files_of(source);
  const char **paths = arena_array(&scratch, files.count + 1, sizeof(*paths));
  static const char *const expressions[] = { "*", "_metadata.file_path AS crisol_path",
                                             "_metadata.row_index AS crisol_row" };
  const char *options[] = { "mergeSchema", "true", spark_exact_paths[0], spark_exact_paths[1] };
  char name[32];
  snprintf(name, sizeof(name), "parquet_%zu", index);
  for (size_t i = 0; i < files.count; i++)
    paths[i] = spark_path(&scratch, files.items[i].path);
  const struct spark_read read = {
    .format = "parquet",
    .options = options,
    .n_options = 2,
    .paths = paths,
    .n_paths = files.count,
    .expressions = expressions,
    .n_expressions = ARRAY_LENGTH(expressions),
  };
  return spark_create_view(engine->session, name, &read, err);
}

bool spark_open_parquet(struct spark_engine *engine, struct plan_source *source, size_t index, struct error *err)
{
  const char **names = NULL, **types = NULL;
  size_t count = 0;
  TRY(create_view(engine, source, index, err));
  TRY(spark_schema(engine->session, engine->arena,
                   arena_printf(engine->arena, "SELECT * EXCEPT (crisol_path, crisol_row) FROM parquet_%zu", index),
                   &names, &types, &count, err));
  source->columns = arena_array(engine->arena, count + source->n_partition_names + 1, sizeof(*source->columns));
  source->n_columns = count;
  for (size_t i = 0; i < count; i++) {
    const struct type *type = NULL;
    if (!type_parse(engine->arena, text_from(types[i]), source->config->place, &type, err))
      return add_context(err, "in column \"%s\" of the Parquet files", names[i]);
    source->columns[i] = (struct source_column){ .name = names[i], .type = type };
  }
  plan_add_folder_columns(source);
  return true;
}

void spark_check_parquet(const struct plan *plan, struct problem_list *problems)
{
  bool reads_parquet = false;
  for (size_t i = 0; i < plan->n_sources; i++)
    reads_parquet = reads_parquet || plan->sources[i].config->format == SOURCE_PARQUET;
  for (size_t i = 0; reads_parquet && i < plan->n_columns; i++) {
    const struct plan_column *column = &plan->columns[i];
    struct problem *problem = NULL;
    if (!stage_is_read(column))
      continue;
    if (column->property != NULL && !column->is_missing)
      problem = problem_at(problems, plan->dataset->schema_ref.place,
                           "column \"%s\" of Parquet files cannot be checked by a JSON Schema with engine: spark",
                           column->name);
    else if (column->is_localized || column->has_iso_fallback || column->is_parsed)
      problem = problem_at(problems, column->cast->place,
                           "column \"%s\" of Parquet files cannot be cast %s with engine: spark", column->name,
                           column->is_parsed      ? "from JSON"
                           : column->is_localized ? "by a locale or a pattern of numbers"
                                                  : "by a format_hint");
    if (problem != NULL)
      add_hint(&problem->error, "Write it as rules, or use engine: duckdb for this dataset.");
  }
}

/* the stage */

/* The number of the row's file among the plan's, from the URI that Spark gives back: of a local one "file:/a%20b", or
 * with more slashes. */
static void print_file(const struct plan_source *source, struct text_buffer *sql)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  text_buffer_add_string(sql, "CAST(array_position(array(");
  for (size_t i = 0; i < source->n_files; i++) {
    text_buffer_add_string(sql, i == 0 ? "" : ", ");
    const char *path = source->files[i].path;
    spark_add_string(sql, text_from(path_is_remote(path) ? spark_path(&scratch, path) : path_absolute(&scratch, path)));
  }
  text_buffer_printf(sql,
                     "), regexp_replace(url_decode(replace(crisol_path, '+', '%%2B')), '^file:/+', '/')) - 1 + %" PRIu32
                     " AS INT)",
                     source->first_file);
}

static void print_folder_value(const struct plan_source *source, size_t partition, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "array(");
  for (size_t i = 0; i < source->n_files; i++) {
    struct text value = source->files[i].partition_values[partition];
    text_buffer_add_string(sql, i == 0 ? "" : ", ");
    if (value.data == NULL)
      text_buffer_add_string(sql, "CAST(NULL AS STRING)");
    else
      spark_add_string(sql, value);
  }
  text_buffer_printf(sql, ")[file - %" PRIu32 "]", source->first_file);
}

/* Beside text, or files of another type, a value is read as its text. */
static void print_raw(const struct plan *plan, const struct plan_source *source, size_t index, struct text_buffer *sql)
{
  const struct plan_column *column = &plan->columns[index];
  int c = plan_find_source_column(source, index);
  if (c == NO_COLUMN) {
    text_buffer_add_string(sql, "CAST(NULL AS ");
    type_print_ddl(column->raw_type, sql);
    text_buffer_add_char(sql, ')');
  } else if (source->columns[c].partition != 0) {
    print_folder_value(source, source->columns[c].partition - 1, sql);
  } else {
    bool is_same = type_equal(source->columns[c].type, column->raw_type);
    bool is_nested = type_is_nested(source->columns[c].type);
    text_buffer_add_string(sql, is_same ? "" : is_nested ? "to_json(" : "CAST(");
    spark_add_name(sql, source->columns[c].name);
    text_buffer_add_string(sql, is_same ? "" : is_nested ? ")" : " AS STRING)");
  }
  text_buffer_printf(sql, " AS r%zu, ", index);
}

static void print_value(const struct spark_engine *engine, const struct expr_scope *scope, size_t index,
                        struct text_buffer *sql)
{
  const struct plan_column *column = &engine->plan->columns[index];
  text_buffer_add_string(sql, column->default_value == NULL ? "" : "coalesce(");
  text_buffer_printf(sql, column->converted != NULL ? "x%zu" : "r%zu", index);
  if (column->default_value != NULL) {
    text_buffer_add_string(sql, ", ");
    spark_print(engine, scope, column->default_value, sql);
    text_buffer_add_char(sql, ')');
  }
  text_buffer_printf(sql, " AS v%zu, ", index);
}

static void print_cast_word(const struct stage_layout *layout, size_t word, struct text_buffer *sql)
{
  size_t first = word * CASTS_PER_WORD;
  for (size_t n = first; n < layout->n_read_casts && n < first + CASTS_PER_WORD; n++)
    text_buffer_printf(sql, "%sCASE WHEN x%zu IS NULL AND r%zu IS NOT NULL THEN %" PRIu64 "L ELSE 0L END",
                       n == first ? "" : " | ", layout->casts[n], layout->casts[n], UINT64_C(1) << (2 * (n - first)));
  text_buffer_printf(sql, " AS c%zu, ", word);
}

/* The same columns as the worker gives of a text: see spark_print_source_columns. */
void spark_print_parquet_source(const struct spark_engine *engine, const struct stage_layout *layout, size_t index,
                                struct text_buffer *sql)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const struct plan *plan = layout->plan;
  const struct plan_source *source = &plan->sources[index];
  struct expr_column *columns = arena_array(&scratch, plan->n_columns + 1, sizeof(*columns));
  for (size_t i = 0; i < plan->n_columns; i++)
    columns[i] = (struct expr_column){ .sql = arena_printf(&scratch, "r%zu", i) };
  plan_begin_made(plan, columns);
  const struct expr_scope scope = { .columns = columns, .n_columns = plan->n_columns };
  spark_print_source_columns(layout, sql);
  text_buffer_add_string(sql, " FROM (\n    SELECT *, ");
  for (size_t i = 0; i < plan->n_columns; i++)
    if (stage_is_read(&plan->columns[i]))
      print_value(engine, &scope, i, sql);
  for (size_t word = 0; word < layout->n_read_cast_words; word++)
    print_cast_word(layout, word, sql);
  text_buffer_add_string(sql, "CAST(NULL AS BIGINT) AS line, 0 AS reason, CAST(NULL AS STRING) AS raw, "
                              "CAST(NULL AS BIGINT) AS raw_length, CAST(NULL AS INT) AS form FROM (\n    SELECT *");
  for (size_t i = 0; i < plan->n_columns; i++) {
    if (!stage_is_read(&plan->columns[i]) || plan->columns[i].converted == NULL)
      continue;
    text_buffer_add_string(sql, ", ");
    spark_print(engine, &scope, plan->columns[i].converted, sql);
    text_buffer_printf(sql, " AS x%zu", i);
  }
  text_buffer_add_string(sql, " FROM (\n    SELECT ");
  for (size_t i = 0; i < plan->n_columns; i++)
    if (stage_is_read(&plan->columns[i]))
      print_raw(plan, source, i, sql);
  text_buffer_add_string(sql, "file, position FROM (\n    SELECT *, ");
  print_file(source, sql);
  text_buffer_printf(sql, " AS file, crisol_row AS position FROM parquet_%zu))))", index);
}

/* By the footers: what Spark has read is compared with them. */
bool spark_count_parquet(struct spark_engine *engine, const struct plan_source *source, const uint64_t *read_by_file,
                         struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const char **paths = arena_array(&scratch, source->n_files + 1, sizeof(*paths));
  uint64_t *rows = arena_array(&scratch, source->n_files + 1, sizeof(*rows));
  bool is_remote = false;
  for (size_t i = 0; i < source->n_files; i++) {
    paths[i] = source->files[i].path;
    is_remote = is_remote || path_is_remote(paths[i]);
  }
  TRY(lake_files_count_rows(&engine->base, is_remote ? engine->plan->config->s3 : NULL, paths, source->n_files, rows,
                            err));
  for (size_t i = 0; i < source->n_files; i++)
    if (rows[i] != read_by_file[source->first_file + i])
      return fail(err, ERROR_ENVIRONMENT, NOWHERE,
                  "the footer of Parquet file \"%s\" promises %" PRIu64 " rows, but Spark has read %" PRIu64, paths[i],
                  rows[i], read_by_file[source->first_file + i]);
  return true;
}
