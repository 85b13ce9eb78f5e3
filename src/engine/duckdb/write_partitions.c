/* Silver of many partitions. Of each partition that one COPY writes, DuckDB holds an open file and, for every thread, a
 * buffer a column. What the limit of open files or the memory does not allow at once is written in batches, out of rows
 * that were sorted by partition first: a batch then reads its own rows only, and the cost grows with the rows and the
 * partitions, not with one times the other. */
#include "engine/duckdb/engine_internal.h"

#include "base/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>

enum {
  AT_MOST = 1000,           /* partitions in a batch; more at once are not written faster */
  VECTOR_BYTES = 2048 * 16, /* a buffer of DuckDB's: its rows, times the size of a text's head */
  WRITER_BYTES = 256 << 10, /* what a writer of Parquet holds beside them */
};

/* How many buffers a value of the type needs. */
static size_t count_vectors(const struct type *type)
{
  size_t count = 1;
  if (type->key != NULL)
    count += count_vectors(type->key);
  if (type->element != NULL)
    count += count_vectors(type->element);
  for (size_t i = 0; i < type->n_fields; i++)
    count += count_vectors(type->fields[i].type);
  return count;
}

static uint64_t partition_bytes(const struct plan *plan, uint64_t threads)
{
  uint64_t vectors = 3; /* the technical columns and the number of the partition */
  for (size_t i = 0; i < plan->n_columns; i++)
    vectors += count_vectors(plan->columns[i].type);
  return threads * vectors * VECTOR_BYTES + WRITER_BYTES;
}

/* Half of the files that may be open: the other half is for what reads, spills and sends. */
static uint64_t file_share(void)
{
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return AT_MOST;
  return limit.rlim_cur / 2;
}

bool engine_limits(struct duckdb_engine *engine, uint64_t *ret_memory_bytes, uint64_t *ret_threads, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct table table;
  TRY(database_query(&scratch, engine->base.database,
                     "SELECT parse_formatted_bytes(current_setting('memory_limit')), current_setting('threads')",
                     &table, err));
  *ret_memory_bytes = cell_number(&table, 0, 0);
  *ret_threads = cell_number(&table, 0, 1);
  return true;
}

/* A quarter of the memory: gold is loaded at the same time, and the rows themselves are in it. */
static bool memory_share(struct duckdb_engine *engine, const struct plan *plan, uint64_t *ret_count, struct error *err)
{
  uint64_t memory = 0, threads = 0;
  TRY(engine_limits(engine, &memory, &threads, err));
  *ret_count = memory / 4 / partition_bytes(plan, threads);
  return true;
}

static bool find_batch_size(struct duckdb_engine *engine, const struct plan *plan, size_t *ret_size, struct error *err)
{
  uint64_t by_memory = 0;
  uint64_t size = file_share();
  TRY(memory_share(engine, plan, &by_memory, err));
  size = size < by_memory ? size : by_memory;
  size = size < AT_MOST ? size : AT_MOST;
  *ret_size = size == 0 ? 1 : (size_t)size;
  return true;
}

/* One partition needs no buffers to tell it from others. */
static bool write_alone(struct duckdb_engine *engine, const struct plan *plan, const struct run *run,
                        const char *directory, size_t id, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  const char *place = path_join(&scratch, directory, arena_printf(&scratch, "crisol_partition=%zu", id));
  TRY(directory_create(place, err));
  silver_print_sorted(plan, run, id, id + 1, path_join(&scratch, place, "data_0.parquet"), false, &sql);
  return database_execute(engine->base.database, sql.data, err);
}

bool silver_batches_begin(struct duckdb_engine *engine, const struct plan *plan, const struct run *run,
                          struct silver_batches *ret_batches, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  size_t size = 0;
  TRY(find_batch_size(engine, plan, &size, err));
  *ret_batches = (struct silver_batches){ size, run->n_partitions > size };
  if (!ret_batches->is_sorted)
    return true;
  silver_print_sorting(plan, &sql);
  return database_execute(engine->base.database, sql.data, err);
}

bool silver_batch_write(struct duckdb_engine *engine, const struct plan *plan, const struct run *run,
                        const struct silver_batches *batches, size_t from, size_t to, const char *directory,
                        struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  if (!batches->is_sorted)
    silver_print_partitioned(plan, run, directory, &sql);
  else if (to - from > 1)
    silver_print_sorted(plan, run, from, to, directory, true, &sql);
  else
    return write_alone(engine, plan, run, directory, from, err);
  return database_execute(engine->base.database, sql.data, err);
}

bool silver_batches_end(struct duckdb_engine *engine, const struct silver_batches *batches, struct error *err)
{
  return !batches->is_sorted || database_execute(engine->base.database, "DROP TABLE sorted_rows", err);
}
