/* describe_job DATASET DIRECTORY [DISTANCE]: writes what the executors of Spark are told of each text source of a
 * dataset (job.<i>, schema.<i>, files.<i>), and the rows of the embedded engine's stage (rows.parquet), so that a test
 * may compare what a worker gives with them. With a distance in bytes, files of JSON lines are in parts of about that
 * size. Dates and timestamps are numbers there: Python has no year 10000. */
#include "base/file.h"
#include "duckdb/database.h"
#include "engine/rows/layout.h"
#include "engine/rows/text_source.h"
#include "engine/spark/job.h"
#include "pipeline/load.h"

#include <stdio.h>
#include <stdlib.h>

static struct arena arena;

static int report(const struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  error_print(err, "error", false, &out);
  fputs(out.data, stderr);
  return error_exit_code(err->kind);
}

static bool write_text(const char *directory, const char *name, size_t number, const struct text_buffer *text,
                       struct error *err)
{
  const char *path = arena_printf(&arena, "%s/%s.%zu", directory, name, number);
  return file_write(path, text_buffer_text(text), err);
}

/* Opens a source once more, with marks at the distance. */
static bool open_reader(const struct plan *plan, size_t source, uint64_t distance, struct reader **ret_reader,
                        struct error *err)
{
  struct opened_files files = opened_files_of(&plan->sources[source]);
  struct reader_options options = reader_options_from(plan->sources[source].config);
  const char **paths = arena_array(&arena, files.count + 1, sizeof(*paths));
  for (size_t i = 0; i < files.count; i++)
    paths[i] = files.items[i].path;
  options.mark_distance = distance;
  return reader_open(paths, files.count, &options, 1, ret_reader, err) && reader_find_marks(*ret_reader, err);
}

static bool write_source(const struct plan *plan, size_t source, uint64_t distance, const char *directory,
                         struct error *err)
{
  SCOPED(reader_close) struct reader *reader = NULL;
  if (distance > 0 && !open_reader(plan, source, distance, &reader, err))
    return false;
  SCOPED(text_buffer_done) struct text_buffer job = { 0 }, schema = { 0 }, files = { 0 };
  spark_job_print(plan, source, &job);
  spark_job_schema(plan, source, &schema);
  spark_job_print_files(plan, source, reader, &files);
  return write_text(directory, "job", source, &job, err) && write_text(directory, "schema", source, &schema, err) &&
         write_text(directory, "files", source, &files, err);
}

/* s<i> of each checked column beside the rest of `rows`. */
static bool write_rows(struct database *database, const struct plan *plan, const char *directory, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct stage_layout layout;
  stage_layout_init(&arena, plan, &layout);
  text_buffer_add_string(&sql, "COPY (SELECT * EXCLUDE (schema)");
  for (size_t n = 0; n < layout.n_checked; n++)
    text_buffer_printf(&sql, ", coalesce(schema[%zu], 0) AS s%zu", n + 1, layout.checked[n]);
  text_buffer_printf(&sql, " FROM rows) TO '%s/rows.parquet'", directory);
  return database_execute(database, sql.data, err);
}

static bool describe(struct opened *opened, const char *directory, uint64_t distance, struct error *err)
{
  struct problem_list problems = { .arena = &arena };
  const struct pipeline_observer nobody = { 0 };
  static struct plan plan; /* the engine looks at it until it is closed */
  bool is_built = false;
  if (!load_plan(&arena, opened->config, opened->engine, &problems, &plan, &is_built, err))
    return false;
  if (!report_problems(&nobody, &problems, err))
    return false;
  struct run run = { 0 };
  for (size_t i = 0; i < plan.n_sources; i++)
    if (!write_source(&plan, i, distance, directory, err))
      return false;
  return engine_stage(opened->engine, &plan, &run, err) && write_rows(opened->database, &plan, directory, err);
}

int main(int argc, char **argv)
{
  struct error err = { 0 };
  struct opened opened = { 0 };
  struct s3 *s3 = NULL;
  if (argc < 3 || argc > 4) {
    fputs("usage: describe_job DATASET DIRECTORY [DISTANCE]\n", stderr);
    return EXIT_FAILURE;
  }
  const struct pipeline_options options = { .dataset = argv[1] };
  uint64_t distance = argc == 4 ? strtoull(argv[3], NULL, 10) : 0;
  bool is_done = open_dataset(&arena, &options, &s3, &opened, &err) && describe(&opened, argv[2], distance, &err);
  int code = is_done ? 0 : report(&err);
  close_dataset(&opened);
  close_s3(&s3);
  arena_done(&arena);
  return code;
}
