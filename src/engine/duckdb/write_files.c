/* Silver of several partitions by parquet/'s writer: the rows are scanned once, and each partition's file is written
 * whole when its last row has come. What a partition holds until then grows with the columns: where there are too many
 * partitions for all to be filled at once, the rows are sorted by partition first, so that few are. */
#include "engine/duckdb/engine_internal.h"

#include "base/file.h"
#include "duckdb/parquet_sink.h"

enum {
  SHARE = 8,               /* of the memory limit is for rows that are not encoded yet */
  MEMORY_MOST = 128 << 20, /* more is not faster */
  COLUMN_BYTES = 2048,     /* a column of a partition that is filled holds at least about as much */
};

static bool name_files(struct arena *arena, struct run *run, const char *directory, const char *file_name,
                       struct sink_file *files, struct error *err)
{
  for (size_t i = 0; i < run->n_partitions; i++) {
    const char *place = path_join(arena, directory, run->partition_directories[i]);
    TRY(directory_create(place, err));
    files[i] = (struct sink_file){ path_join(arena, place, file_name), run->silver_files[i].rows };
    run->silver_files[i].path = path_join(run->arena, run->partition_directories[i], file_name);
  }
  return true;
}

static bool sort_rows(struct duckdb_engine *engine, const struct plan *plan, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  silver_print_sorting(plan, &sql);
  return database_execute(engine->base.database, sql.data, err);
}

static bool write_files(struct duckdb_engine *engine, const struct plan *plan, struct run *run, size_t n_leaves,
                        const struct parquet_sink *sink, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  uint64_t least = (uint64_t)n_leaves * COLUMN_BYTES;
  bool is_sorted = run->n_partitions > sink->memory_bytes / least;
  if (is_sorted)
    TRY(sort_rows(engine, plan, err));
  silver_print_numbered(plan, run, is_sorted, &sql);
  TRY(parquet_sink_write(engine->base.database, sql.data, sink, err));
  return !is_sorted || database_execute(engine->base.database, "DROP TABLE sorted_rows", err);
}

bool silver_files_write(struct duckdb_engine *engine, const struct plan *plan, struct run *run, const char *directory,
                        const char *file_name, bool *ret_is_written, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  uint64_t memory = 0, threads = 0;
  size_t n_leaves = 0;
  struct sink_file *files = arena_array(&scratch, run->n_partitions, sizeof(*files));
  silver_print_numbered(plan, run, false, &sql);
  TRY(parquet_sink_knows(engine->base.database, sql.data, plan->dataset->silver.compression, ret_is_written, &n_leaves,
                         err));
  if (!*ret_is_written)
    return true;
  TRY(engine_limits(engine, &memory, &threads, err));
  TRY(name_files(&scratch, run, directory, file_name, files, err));
  memory = memory / SHARE < MEMORY_MOST ? memory / SHARE : MEMORY_MOST;
  struct parquet_sink sink = { .compression = plan->dataset->silver.compression,
                               .files = files,
                               .n_files = run->n_partitions,
                               .memory_bytes = memory };
  return write_files(engine, plan, run, n_leaves, &sink, err);
}
