#include "engine/duckdb/sources.h"

#include "base/file.h"
#include "base/log.h"
#include "duckdb/database_internal.h"
#include "engine/duckdb/parquet_faults.h"
#include "engine/duckdb/parquet_memory.h"
#include "engine/duckdb/parquet_source.h"
#include "engine/rows/files_drift.h"
#include "engine/rows/text_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct opened {
  struct reader *reader; /* NULL: Parquet */
  struct table_function *function;
  const char **copies; /* Parquet: by file, the copy that is read in its place, or NULL */
};

struct sources {
  struct database *database;
  const struct plan *plan;
  const char *temp_directory;
  struct opened *items;
  struct drift drift;
};

/* text files */

static bool open_text(struct arena *arena, struct sources *sources, struct plan_source *source, size_t index,
                      struct error *err)
{
  struct opened *opened = &sources->items[index];
  return text_source_open(arena, sources->database, sources->plan, source, index, &sources->drift, &opened->reader,
                          &opened->function, err);
}

/* Parquet */

void sources_print_paths(const struct plan_file *files, size_t count, struct text_buffer *sql)
{
  text_buffer_add_char(sql, '[');
  for (size_t i = 0; i < count; i++) {
    text_buffer_add_string(sql, i == 0 ? "" : ", ");
    sql_add_string(sql, text_from(files[i].path));
  }
  text_buffer_add_char(sql, ']');
}

static bool check_name(const struct plan_source *source, const struct plan_file *file, struct error *err)
{
  if (path_is_readable_by_name(file->path))
    return true;
  fail(err, ERROR_ENVIRONMENT, source->config->paths.items[0].place,
       "Parquet file \"%s\" has a backslash and one of * ? [ in its name, which DuckDB cannot read", file->path);
  return add_hint(err, "Rename the file, or leave it out of the pattern.");
}

static bool prepare_objects(struct sources *sources, const struct plan_source *source, struct error *err)
{
  struct opened_files files = opened_files_of(source);
  for (size_t i = 0; i < files.count; i++) {
    TRY(check_name(source, &files.items[i], err));
    if (!path_is_remote(files.items[i].path))
      continue;
    TRY(database_use_s3(sources->database, sources->plan->config->s3, err));
  }
  return true;
}

/* Opens the source with the copies that it has so far, and makes those that it turns out to need. */
static bool open_with_copies(struct arena *arena, struct sources *sources, struct plan_source *source,
                             const char **copies, struct drift *drift, struct error *err)
{
  for (;;) {
    int needs_copy = NO_COLUMN;
    TRY(parquet_source_open(arena, sources->database, source, copies, drift, &needs_copy, err));
    if (needs_copy == NO_COLUMN)
      return true;
    TRY(parquet_copy_file(arena, sources->plan, source, (size_t)needs_copy, sources->temp_directory, copies, err));
  }
}

/* Where DuckDB refuses the files as a whole, the one is found that it does not read; some it reads without their
 * annotations. */
static bool open_parquet(struct arena *arena, struct sources *sources, struct plan_source *source, size_t index,
                         struct error *err)
{
  TRY(prepare_objects(sources, source, err));
  struct opened_files files = opened_files_of(source);
  const char **copies = sources->items[index].copies = arena_array(arena, source->n_files + 2, sizeof(*copies));
  if (!open_with_copies(arena, sources, source, copies, &sources->drift, err)) {
    if (err->kind == ERROR_CONFIG || err->kind == ERROR_INTERRUPTED)
      return false;
    struct error reason;
    bool is_copied = false;
    if (!parquet_faults_find(arena, sources->database, sources->plan, source, LOOK_AT_SCHEMA, sources->temp_directory,
                             copies, &is_copied, &reason)) {
      *err = reason;
      return false;
    }
    err->kind = ERROR_ENVIRONMENT;
    if (!is_copied)
      return add_context(err, "while reading the columns of %zu Parquet file%s, the first is \"%s\"", files.count,
                         files.count == 1 ? "" : "s", files.items[0].path);
    TRY(open_with_copies(arena, sources, source, copies, &sources->drift, err));
  }
  plan_add_folder_columns(source);
  return true;
}

static bool repair_source(struct arena *arena, struct sources *sources, struct plan_source *source, const char **copies,
                          bool *ret_repaired, struct error *err)
{
  bool is_copied = false;
  size_t n_columns = source->n_columns;
  TRY(parquet_faults_find(arena, sources->database, sources->plan, source, LOOK_AT_VALUES, sources->temp_directory,
                          copies, &is_copied, err));
  if (!is_copied)
    return true;
  TRY(open_with_copies(arena, sources, source, copies, NULL, err));
  plan_add_folder_columns(source);
  if (source->n_columns != n_columns)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "the columns of the files changed while they were read");
  *ret_repaired = true;
  return true;
}

bool sources_repair(struct arena *arena, struct sources *sources, bool *ret_repaired, struct error *err)
{
  *ret_repaired = false;
  for (size_t i = 0; i < sources->plan->n_sources; i++)
    if (sources->items[i].copies != NULL)
      TRY(repair_source(arena, sources, &sources->plan->sources[i], sources->items[i].copies, ret_repaired, err));
  return true;
}

/* A column must have a value, or a null, for each row of its group; more where it lies in a list. DuckDB takes as many
 * as the group promises, and leaves the others in the page. */
static bool check_row_groups(struct sources *sources, const struct plan_source *source, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table table;
  text_buffer_add_string(&sql, "SELECT list_position(");
  parquet_source_print_paths(source, sql_add_file_name, &sql);
  text_buffer_add_string(&sql, ", file_name) - 1, row_group_num_rows, num_values FROM parquet_metadata(");
  parquet_source_print_paths(source, sql_add_file, &sql);
  text_buffer_add_string(&sql, ") WHERE num_values < row_group_num_rows OR (num_values <> row_group_num_rows AND NOT "
                               "contains(path_in_schema, ', ') AND path_in_schema NOT IN (''");
  for (size_t i = 0; i < source->n_columns; i++)
    if (source->columns[i].type->id == TYPE_ARRAY) {
      text_buffer_add_string(&sql, ", ");
      sql_add_string(&sql, text_from(source->columns[i].name));
    }
  text_buffer_add_string(&sql, ")) LIMIT 1");
  TRY(database_query(&scratch, sources->database, sql.data, &table, err));
  if (table.n_rows == 0 || table.cells[0] == NULL)
    return true;
  fail(err, ERROR_ENVIRONMENT, NOWHERE,
       "the footer of Parquet file \"%s\" promises %s rows, but a column has %s values",
       source->files[strtoull(table.cells[0], NULL, 10)].path, table.cells[1], table.cells[2]);
  return add_hint(err, "The file is damaged: write it anew, or leave it out of the path.");
}

static bool count_parquet(struct sources *sources, const struct plan_source *source, uint64_t *ret_by_file,
                          struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  TRY(check_row_groups(sources, source, err));
  text_buffer_add_string(&sql, "SELECT list_position(");
  parquet_source_print_paths(source, sql_add_file_name, &sql);
  text_buffer_add_string(&sql, ", file_name) - 1, num_rows FROM parquet_file_metadata(");
  parquet_source_print_paths(source, sql_add_file, &sql);
  text_buffer_add_char(&sql, ')');
  struct table table;
  TRY(database_query(&scratch, sources->database, sql.data, &table, err));
  for (size_t row = 0; row < table.n_rows; row++)
    if (table.cells[row * 2] == NULL)
      return fail(err, ERROR_DEFECT, NOWHERE, "the embedded engine read a file that it was not given");
  for (size_t row = 0; row < table.n_rows; row++)
    ret_by_file[source->first_file + strtoull(table.cells[row * 2], NULL, 10)] =
        strtoull(table.cells[row * 2 + 1], NULL, 10);
  return true;
}

/* Names the first file whose metadata cannot be read, as the reason why those of all could not. Returns false. */
static bool blame_file(struct sources *sources, const struct plan_source *source, struct error *err)
{
  static const char *const queries[] = { "SELECT count(num_values) FROM parquet_metadata([",
                                         "SELECT count(num_rows) FROM parquet_file_metadata([" };
  if (err->kind == ERROR_INTERRUPTED || err->kind == ERROR_TERMINATED)
    return false;
  err->kind = ERROR_ENVIRONMENT;
  for (size_t i = 0; i < source->n_files; i++) {
    if (strstr(err->message, source->files[i].path) != NULL)
      return false;
    for (size_t n = 0; n < ARRAY_LENGTH(queries); n++) {
      SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
      struct error reason;
      text_buffer_add_string(&sql, queries[n]);
      sql_add_file(&sql, source->parquet->paths[i]);
      text_buffer_add_string(&sql, "])");
      if (!database_execute(sources->database, sql.data, &reason))
        return parquet_fail_file(source->files[i].path, &reason, err);
    }
  }
  return false;
}

bool sources_check_memory(struct sources *sources, struct error *err)
{
  for (size_t i = 0; i < sources->plan->n_sources; i++) {
    const struct plan_source *source = &sources->plan->sources[i];
    if (source->parquet != NULL && source->n_files > 0)
      TRY(parquet_check_memory(sources->database, source, err) || blame_file(sources, source, err));
  }
  return true;
}

/* all */

bool sources_open(struct arena *arena, struct database *database, struct plan *plan, const char *temp_directory,
                  struct sources **ret_sources, struct error *err)
{
  struct sources *sources = arena_alloc(arena, sizeof(*sources));
  *sources = (struct sources){ .database = database,
                               .plan = plan,
                               .temp_directory = temp_directory,
                               .drift = { .arena = arena, .is_welcome = plan->dataset->silver.merge_schema } };
  sources->items = arena_array(arena, plan->n_sources + 1, sizeof(*sources->items));
  bool is_open = true;
  for (size_t i = 0; is_open && i < plan->n_sources; i++) {
    struct plan_source *source = &plan->sources[i];
    is_open = source->config->format == SOURCE_PARQUET ? open_parquet(arena, sources, source, i, err)
                                                       : open_text(arena, sources, source, i, err);
  }
  if (!is_open) {
    sources_close(&sources);
    return false;
  }
  *ret_sources = sources;
  return true;
}

const struct drift *sources_drift(const struct sources *sources)
{
  return &sources->drift;
}

void sources_close(struct sources **sources)
{
  if (*sources == NULL)
    return;
  for (size_t i = 0; i < (*sources)->plan->n_sources; i++)
    reader_close(&(*sources)->items[i].reader);
  *sources = NULL;
}

const struct error *sources_error(const struct sources *sources)
{
  for (size_t i = 0; i < sources->plan->n_sources; i++)
    if (sources->items[i].function != NULL && table_function_error(sources->items[i].function) != NULL)
      return table_function_error(sources->items[i].function);
  return NULL;
}

/* The text readers look themselves, and httpfs compares ETags. */
static bool check_parquet_unchanged(const struct plan_source *source, struct error *err)
{
  for (size_t i = 0; i < source->n_files; i++) {
    const struct plan_file *file = &source->files[i];
    struct stat status;
    if (path_is_remote(file->path))
      continue;
    if (stat(file->path, &status) != 0)
      return fail(err, ERROR_ENVIRONMENT, NOWHERE, "file \"%s\" went away while it was read", file->path);
    int64_t modified_us = file_time_us(status.st_mtim);
    if ((uint64_t)status.st_size != file->bytes || modified_us != file->modified_us)
      return fail(err, ERROR_ENVIRONMENT, NOWHERE, "file \"%s\" changed while it was read", file->path);
  }
  return true;
}

bool sources_check_unchanged(const struct sources *sources, struct error *err)
{
  for (size_t i = 0; i < sources->plan->n_sources; i++)
    if (sources->items[i].reader == NULL)
      TRY(check_parquet_unchanged(&sources->plan->sources[i], err));
  return true;
}

bool sources_count(struct sources *sources, uint64_t *ret_by_file, uint64_t *ret_total, struct error *err)
{
  const struct plan *plan = sources->plan;
  uint64_t total = 0;
  for (size_t i = 0; i < plan->n_sources; i++) {
    const struct plan_source *source = &plan->sources[i];
    if (source->n_files == 0)
      continue;
    if (sources->items[i].reader == NULL)
      TRY(count_parquet(sources, source, ret_by_file, err) || blame_file(sources, source, err));
    else
      for (size_t file = 0; file < source->n_files; file++)
        ret_by_file[source->first_file + file] = reader_records(sources->items[i].reader, file);
  }
  for (size_t file = 0; file < plan->n_files; file++)
    total += ret_by_file[file];
  *ret_total = total;
  return true;
}

void sources_select(struct sources *sources, size_t index, const struct reader_selection *selection)
{
  reader_select(sources->items[index].reader, selection);
}

struct text sources_header(const struct sources *sources, size_t index, size_t file)
{
  return reader_file_header(sources->items[index].reader, file);
}

uint64_t sources_total_bytes(const struct sources *sources)
{
  uint64_t total = 0;
  for (size_t i = 0; i < sources->plan->n_sources; i++)
    if (sources->items[i].reader != NULL && sources->plan->sources[i].n_files > 0)
      total += reader_total_bytes(sources->items[i].reader);
  return total;
}

uint64_t sources_done_bytes(const struct sources *sources)
{
  uint64_t done = 0;
  for (size_t i = 0; i < sources->plan->n_sources; i++)
    if (sources->items[i].reader != NULL && sources->plan->sources[i].n_files > 0)
      done += reader_done_bytes(sources->items[i].reader);
  return done;
}
