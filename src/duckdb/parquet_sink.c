/* The sink is a function in the query's WHERE, which DuckDB calls with every chunk of rows, in all of its threads, and
 * whose vectors are read where they lie: fetching the rows as a result would copy each once more, in one thread. */
#include "duckdb/parquet_sink.h"

#include "duckdb/parquet_vectors.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { LEAST_PAGE = 256 /* bytes of a column that are encoded early */ };

struct sink_partition {
  pthread_mutex_t lock; /* for what follows */
  struct parquet_file *file;
  uint64_t n_left; /* rows that have not come */
  struct parquet_memory memory;
};

struct sink {
  const struct parquet_sink *settings;
  const struct parquet_layout *layout;
  const struct parquet_type *types;
  size_t n_columns;
  enum parquet_codec codec;
  struct sink_partition *partitions; /* [settings->n_files] */
  size_t least_page;                 /* of an early one */
  atomic_size_t pending, encoded;    /* of all partitions */
  atomic_flag is_compacting;
  pthread_mutex_t lock; /* for what follows */
  bool has_failed;
  struct error error;
};

/* What the registered function carries, which lives as long as the database; NULL but while the query runs. */
struct sink_slot {
  struct sink *sink;
};

/* The rows of a chunk by their partitions: those of partition touched[i] are rows[starts[i]] to rows[starts[i + 1] -
 * 1]. */
struct grouping {
  uint32_t *rows, *starts, *touched;
  size_t n_touched;
};

static void group_rows(struct arena *arena, size_t n_partitions, const int64_t *ids, size_t n_rows,
                       struct grouping *ret_grouping)
{
  uint32_t *counts = arena_array(arena, n_partitions, sizeof(*counts));
  struct grouping grouping = { .rows = arena_array(arena, n_rows, sizeof(uint32_t)),
                               .starts = arena_array(arena, n_rows + 1, sizeof(uint32_t)),
                               .touched = arena_array(arena, n_rows, sizeof(uint32_t)) };
  for (size_t i = 0; i < n_rows; i++) {
    if (ids[i] < 0 || (uint64_t)ids[i] >= n_partitions)
      BUG("group_rows: no such partition");
    if (counts[ids[i]]++ == 0)
      grouping.touched[grouping.n_touched++] = (uint32_t)ids[i];
  }
  for (size_t i = 0; i < grouping.n_touched; i++) {
    grouping.starts[i + 1] = grouping.starts[i] + counts[grouping.touched[i]];
    counts[grouping.touched[i]] = grouping.starts[i];
  }
  for (size_t i = 0; i < n_rows; i++)
    grouping.rows[counts[ids[i]]++] = (uint32_t)i;
  *ret_grouping = grouping;
}

/* a partition */

static void account_memory(struct sink *sink, struct sink_partition *partition)
{
  struct parquet_memory memory = { 0 };
  if (partition->file != NULL)
    memory = parquet_file_memory(partition->file);
  /* unsigned: what is less is added as its complement */
  atomic_fetch_add(&sink->pending, memory.pending - partition->memory.pending);
  atomic_fetch_add(&sink->encoded, memory.encoded - partition->memory.encoded);
  partition->memory = memory;
}

/* Of the partitions it is those that hold more than the average. */
static bool write_early(struct sink *sink, struct sink_partition *partition, struct error *err)
{
  size_t encoded = atomic_load(&sink->encoded);
  if (encoded < 2 * sink->settings->memory_bytes || partition->memory.encoded < encoded / sink->settings->n_files)
    return true;
  TRY(parquet_file_end_group(partition->file, err));
  account_memory(sink, partition);
  return true;
}

static bool add_rows(struct sink *sink, size_t index, const struct parquet_values *values, const uint32_t *rows,
                     size_t n_rows, struct error *err)
{
  struct sink_partition *partition = &sink->partitions[index];
  if (partition->n_left < n_rows)
    return fail(err, ERROR_DEFECT, NOWHERE, "more rows than counted came for \"%s\"",
                sink->settings->files[index].path);
  if (partition->file == NULL)
    partition->file = parquet_file_new(sink->layout, sink->codec, sink->settings->files[index].path);
  TRY(parquet_file_append(partition->file, values, rows, n_rows, err));
  partition->n_left -= n_rows;
  if (partition->n_left == 0) {
    TRY(parquet_file_finish(partition->file, err));
    parquet_file_free(&partition->file);
  }
  account_memory(sink, partition);
  return partition->file == NULL || write_early(sink, partition, err);
}

static bool compact(struct sink *sink, struct error *err)
{
  bool is_done = true;
  for (size_t i = 0; i < sink->settings->n_files && is_done; i++) {
    struct sink_partition *partition = &sink->partitions[i];
    pthread_mutex_lock(&partition->lock);
    if (partition->file != NULL) {
      is_done = parquet_file_compact(partition->file, sink->least_page, err);
      account_memory(sink, partition);
    }
    pthread_mutex_unlock(&partition->lock);
  }
  return is_done;
}

static bool add_chunk(struct sink *sink, duckdb_data_chunk chunk, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct grouping grouping;
  size_t n_rows = duckdb_data_chunk_get_size(chunk);
  struct parquet_values *values = arena_array(&scratch, sink->n_columns + 1, sizeof(*values));
  for (size_t i = 0; i < sink->n_columns; i++)
    parquet_values_open(&scratch, &sink->types[i], duckdb_data_chunk_get_vector(chunk, i), n_rows, &values[i]);
  const int64_t *ids = duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, sink->n_columns));
  group_rows(&scratch, sink->settings->n_files, ids, n_rows, &grouping);
  for (size_t i = 0; i < grouping.n_touched; i++) {
    size_t index = grouping.touched[i];
    pthread_mutex_lock(&sink->partitions[index].lock);
    bool is_added = add_rows(sink, index, values, grouping.rows + grouping.starts[i],
                             grouping.starts[i + 1] - grouping.starts[i], err);
    pthread_mutex_unlock(&sink->partitions[index].lock);
    TRY(is_added);
  }
  if (atomic_load(&sink->pending) < sink->settings->memory_bytes || atomic_flag_test_and_set(&sink->is_compacting))
    return true;
  bool is_compact = compact(sink, err);
  atomic_flag_clear(&sink->is_compacting);
  return is_compact;
}

/* the function */

static void note_failure(struct sink *sink, const struct error *error)
{
  pthread_mutex_lock(&sink->lock);
  if (!sink->has_failed)
    sink->error = *error;
  sink->has_failed = true;
  pthread_mutex_unlock(&sink->lock);
}

static void take_chunk(duckdb_function_info info, duckdb_data_chunk chunk, duckdb_vector output)
{
  const struct sink_slot *slot = duckdb_scalar_function_get_extra_info(info);
  struct error error = { 0 };
  memset(duckdb_vector_get_data(output), 0, duckdb_data_chunk_get_size(chunk) * sizeof(bool));
  if (slot->sink == NULL) { /* somebody else's query */
    duckdb_scalar_function_set_error(info, "nothing is written");
  } else if (!add_chunk(slot->sink, chunk, &error)) {
    note_failure(slot->sink, &error);
    duckdb_scalar_function_set_error(info, error.message);
  }
}

static bool register_function(struct database *database, const char *name, struct sink_slot *slot, struct error *err)
{
  duckdb_scalar_function function = duckdb_create_scalar_function();
  duckdb_logical_type any = duckdb_create_logical_type(DUCKDB_TYPE_ANY);
  duckdb_logical_type boolean = duckdb_create_logical_type(DUCKDB_TYPE_BOOLEAN);
  duckdb_scalar_function_set_name(function, name);
  duckdb_scalar_function_set_varargs(function, any);
  duckdb_scalar_function_set_return_type(function, boolean);
  duckdb_scalar_function_set_special_handling(function);
  duckdb_scalar_function_set_volatile(function);
  duckdb_scalar_function_set_extra_info(function, slot, free);
  duckdb_scalar_function_set_function(function, take_chunk);
  bool is_registered = duckdb_register_scalar_function(database->connection, function) == DuckDBSuccess;
  duckdb_destroy_logical_type(&any);
  duckdb_destroy_logical_type(&boolean);
  duckdb_destroy_scalar_function(&function);
  return is_registered || fail(err, ERROR_DEFECT, NOWHERE, "DuckDB did not take the function %s", name);
}

/* the statement */

static bool describe(struct arena *arena, struct database *database, const char *sql, struct parquet_type **ret_types,
                     size_t *ret_count, bool *ret_knows, struct error *err)
{
  duckdb_prepared_statement statement = NULL;
  bool is_prepared = database_prepare(database, sql, &statement, err);
  size_t count = is_prepared ? duckdb_prepared_statement_column_count(statement) : 0;
  struct parquet_type *types = arena_array(arena, count + 1, sizeof(*types));
  bool knows = count > 1;
  for (size_t i = 0; i + 1 < count && knows; i++) {
    duckdb_logical_type logical = duckdb_prepared_statement_column_logical_type(statement, i);
    const char *name = duckdb_prepared_statement_column_name(statement, i);
    knows = parquet_type_of(arena, logical, text_copy(arena, text_from(name)), &types[i]);
    duckdb_free((void *)(uintptr_t)name);
    duckdb_destroy_logical_type(&logical);
  }
  duckdb_destroy_prepare(&statement);
  *ret_types = types;
  *ret_count = count > 0 ? count - 1 : 0;
  *ret_knows = knows;
  return is_prepared;
}

bool parquet_sink_knows(struct database *database, const char *sql, const char *compression, bool *ret_knows,
                        size_t *ret_leaves, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  enum parquet_codec codec;
  const struct parquet_layout *layout = NULL;
  struct parquet_type *types;
  size_t count;
  *ret_leaves = 0;
  TRY(describe(&scratch, database, sql, &types, &count, ret_knows, err));
  *ret_knows =
      *ret_knows && parquet_codec_find(compression, &codec) && parquet_layout_new(&scratch, types, count, &layout);
  if (*ret_knows)
    *ret_leaves = parquet_layout_leaves(layout);
  return true;
}

/* "SELECT count(*) FROM (<sql>) AS silver_rows(c0, ...) WHERE <name>(c0, ...)" */
static void print_call(const char *name, const char *sql, size_t n_columns, struct text_buffer *out)
{
  text_buffer_printf(out, "SELECT count(*) FROM (%s) AS written(", sql);
  for (size_t i = 0; i < n_columns; i++)
    text_buffer_printf(out, "%sc%zu", i == 0 ? "" : ", ", i);
  text_buffer_printf(out, ")\nWHERE %s(", name);
  for (size_t i = 0; i < n_columns; i++)
    text_buffer_printf(out, "%sc%zu", i == 0 ? "" : ", ", i);
  text_buffer_add_char(out, ')');
}

static bool run_query(struct database *database, const char *sql, struct sink *sink, struct error *err)
{
  static atomic_uint n_sinks; /* a name is registered once, and stays */
  SCOPED(text_buffer_done) struct text_buffer call = { 0 };
  char name[64];
  snprintf(name, sizeof(name), "crisol_write_parquet_%u", atomic_fetch_add(&n_sinks, 1));
  struct sink_slot *slot = checked_malloc(sizeof(*slot));
  *slot = (struct sink_slot){ .sink = sink };
  TRY(register_function(database, name, slot, err));
  print_call(name, sql, sink->n_columns + 1, &call);
  bool is_done = database_execute(database, call.data, err);
  slot->sink = NULL;
  if (!is_done && sink->has_failed && err->kind != ERROR_INTERRUPTED && err->kind != ERROR_TERMINATED)
    *err = sink->error;
  return is_done;
}

static bool check_complete(const struct sink *sink, struct error *err)
{
  for (size_t i = 0; i < sink->settings->n_files; i++)
    if (sink->partitions[i].n_left > 0)
      return fail(err, ERROR_DEFECT, NOWHERE, "%" PRIu64 " rows of \"%s\" were not written", sink->partitions[i].n_left,
                  sink->settings->files[i].path);
  return true;
}

static void begin_partitions(struct arena *arena, struct sink *sink)
{
  size_t n_files = sink->settings->n_files;
  uint64_t n_columns = (uint64_t)n_files * parquet_layout_leaves(sink->layout);
  uint64_t share = sink->settings->memory_bytes / 2 / (n_columns == 0 ? 1 : n_columns);
  sink->least_page = share < LEAST_PAGE ? LEAST_PAGE : (size_t)share;
  sink->partitions = arena_array(arena, n_files + 1, sizeof(*sink->partitions));
  for (size_t i = 0; i < n_files; i++) {
    pthread_mutex_init(&sink->partitions[i].lock, NULL);
    sink->partitions[i].n_left = sink->settings->files[i].rows;
  }
}

static void end_partitions(struct sink *sink)
{
  for (size_t i = 0; i < sink->settings->n_files; i++) {
    parquet_file_free(&sink->partitions[i].file);
    pthread_mutex_destroy(&sink->partitions[i].lock);
  }
  pthread_mutex_destroy(&sink->lock);
}

bool parquet_sink_write(struct database *database, const char *sql, const struct parquet_sink *settings,
                        struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct sink sink = { .settings = settings, .is_compacting = ATOMIC_FLAG_INIT, .lock = PTHREAD_MUTEX_INITIALIZER };
  struct parquet_type *types;
  bool knows = false;
  TRY(describe(&scratch, database, sql, &types, &sink.n_columns, &knows, err));
  if (!knows || !parquet_codec_find(settings->compression, &sink.codec) ||
      !parquet_layout_new(&scratch, types, sink.n_columns, &sink.layout))
    BUG("parquet_sink_write: parquet_sink_knows said no");
  sink.types = types;
  begin_partitions(&scratch, &sink);
  bool is_done = run_query(database, sql, &sink, err) && check_complete(&sink, err);
  end_partitions(&sink);
  return is_done;
}
