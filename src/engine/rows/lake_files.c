/* What stands in a lake before a run: the columns and rows of its Parquet files. */
#include "engine/rows/lake_files.h"

#include "engine/rows/counts.h"

#include <stdlib.h>

bool lake_files_read_columns(struct engine *engine, struct arena *arena, struct s3 *s3, const char *const *paths,
                             size_t n_paths, const char ***ret_names, const struct type ***ret_types, size_t *ret_count,
                             struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  if (s3 != NULL)
    TRY(database_use_s3(engine->database, s3, err));
  text_buffer_add_string(&sql, "SELECT * FROM read_parquet(");
  sql_add_files(&sql, paths, n_paths);
  text_buffer_add_string(&sql, ", union_by_name = true, hive_partitioning = false)");
  return database_describe(arena, engine->database, sql.data, ret_names, ret_types, ret_count, err);
}

struct counted {
  const char *path;
  size_t index;
};

static int compare_counted(const void *a, const void *b)
{
  return strcmp(((const struct counted *)a)->path, ((const struct counted *)b)->path);
}

bool lake_files_count_rows(struct engine *engine, struct s3 *s3, const char *const *paths, size_t n_paths,
                           uint64_t *ret_rows, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct counted *counted = arena_array(&scratch, n_paths + 1, sizeof(*counted));
  struct table table;
  if (n_paths == 0)
    return true;
  if (s3 != NULL)
    TRY(database_use_s3(engine->database, s3, err));
  text_buffer_add_string(&sql, "SELECT file_name, num_rows FROM parquet_file_metadata(");
  sql_add_files(&sql, paths, n_paths);
  text_buffer_add_char(&sql, ')');
  TRY(database_query(&scratch, engine->database, sql.data, &table, err));
  for (size_t i = 0; i < n_paths; i++) {
    counted[i] = (struct counted){ paths[i], i };
    ret_rows[i] = 0;
  }
  qsort(counted, n_paths, sizeof(*counted), compare_counted);
  for (size_t row = 0; row < table.n_rows; row++) {
    const struct counted wanted = { .path = table.cells[row * 2] };
    const struct counted *found = bsearch(&wanted, counted, n_paths, sizeof(*counted), compare_counted);
    if (found != NULL)
      ret_rows[found->index] = cell_number(&table, row, 1);
  }
  return true;
}
