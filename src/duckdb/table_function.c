#include "duckdb/table_function.h"

#include "duckdb/database_internal.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct table_function {
  struct reader *reader;
  atomic_bool is_scanned; /* a scan is under way */
  pthread_mutex_t lock;   /* for what follows */
  bool has_failed;
  struct error error;
};

/* What an output column shows. The order is that of the function's columns; the first two stand for many. */
enum shown {
  SHOWN_TEXT,
  SHOWN_KIND,
  SHOWN_FILE,
  SHOWN_LINE,
  SHOWN_OFFSET,
  SHOWN_REASON,
  SHOWN_RAW,
  SHOWN_RAW_LENGTH,
  SHOWN_FORM
};

static const struct {
  const char *name;
  duckdb_type type;
} place_columns[] = {
  { "_file", DUCKDB_TYPE_UINTEGER },   { "_line", DUCKDB_TYPE_UBIGINT }, { "_offset", DUCKDB_TYPE_UBIGINT },
  { "_reason", DUCKDB_TYPE_UTINYINT }, { "_raw", DUCKDB_TYPE_VARCHAR },  { "_raw_length", DUCKDB_TYPE_UBIGINT },
  { "_form", DUCKDB_TYPE_UTINYINT },
};

struct projected {
  enum shown shown;
  size_t column; /* of the reader */
};

/* A scan, shared by its threads. */
struct scan {
  struct table_function *function;
  size_t n_projected;
  struct projected *projected;
  bool *wanted; /* [reader's column] */
};

/* A thread's part of a scan. */
struct scan_thread {
  struct reader_cursor *cursor;
  struct text_buffer strings;
};

static void function_free(void *pointer)
{
  struct table_function *function = pointer;
  pthread_mutex_destroy(&function->lock);
  free(function);
}

static void scan_free(void *pointer)
{
  struct scan *scan = pointer;
  atomic_store(&scan->function->is_scanned, false);
  free(scan->projected);
  free(scan->wanted);
  free(scan);
}

static void scan_thread_free(void *pointer)
{
  struct scan_thread *thread = pointer;
  reader_cursor_close(&thread->cursor);
  text_buffer_done(&thread->strings);
  free(thread);
}

static void keep_error(struct table_function *function, const struct error *error)
{
  pthread_mutex_lock(&function->lock);
  if (!function->has_failed)
    function->error = *error;
  function->has_failed = true;
  pthread_mutex_unlock(&function->lock);
}

const struct error *table_function_error(const struct table_function *function)
{
  return function->has_failed ? &function->error : NULL;
}

static void add_column(duckdb_bind_info info, const char *name, duckdb_type type)
{
  duckdb_logical_type logical = duckdb_create_logical_type(type);
  duckdb_bind_add_result_column(info, name, logical);
  duckdb_destroy_logical_type(&logical);
}

static void bind(duckdb_bind_info info)
{
  const struct table_function *function = duckdb_bind_get_extra_info(info);
  size_t n_columns = reader_column_count(function->reader);
  char name[32];
  for (size_t i = 0; i < n_columns; i++) {
    snprintf(name, sizeof(name), "c%zu", i);
    add_column(info, name, DUCKDB_TYPE_VARCHAR);
  }
  for (size_t i = 0; i < n_columns; i++) {
    snprintf(name, sizeof(name), "k%zu", i);
    add_column(info, name, DUCKDB_TYPE_UTINYINT);
  }
  for (size_t i = 0; i < ARRAY_LENGTH(place_columns); i++)
    add_column(info, place_columns[i].name, place_columns[i].type);
  enum { USUAL_RECORD_SIZE = 100 };
  duckdb_bind_set_cardinality(info, reader_total_bytes(function->reader) / USUAL_RECORD_SIZE + 1, false);
}

static struct projected projected_from(size_t index, size_t n_columns)
{
  if (index < n_columns)
    return (struct projected){ SHOWN_TEXT, index };
  if (index < 2 * n_columns)
    return (struct projected){ SHOWN_KIND, index - n_columns };
  return (struct projected){ (enum shown)(SHOWN_FILE + (index - 2 * n_columns)), 0 };
}

static void init(duckdb_init_info info)
{
  struct table_function *function = duckdb_init_get_extra_info(info);
  if (atomic_exchange(&function->is_scanned, true)) {
    duckdb_init_set_error(info, "a source is read twice at the same time");
    return;
  }
  size_t n_columns = reader_column_count(function->reader);
  size_t n_all = 2 * n_columns + ARRAY_LENGTH(place_columns);
  struct scan *scan = checked_malloc(sizeof(*scan));
  *scan = (struct scan){ .function = function, .n_projected = duckdb_init_get_column_count(info) };
  scan->projected = checked_malloc(size_multiply(scan->n_projected, sizeof(*scan->projected)));
  scan->wanted = checked_malloc(n_columns);
  memset(scan->wanted, false, n_columns);
  size_t n_known = 0;
  for (size_t i = 0; i < scan->n_projected; i++) {
    size_t index = duckdb_init_get_column_index(info, i);
    if (index >= n_all) /* count(*): a column that is not ours and that nobody looks at */
      break;
    struct projected projected = projected_from(index, n_columns);
    scan->projected[n_known++] = projected;
    if (projected.shown <= SHOWN_KIND)
      scan->wanted[projected.column] = true;
  }
  scan->n_projected = n_known;
  function->has_failed = false;
  reader_rewind(function->reader);
  duckdb_init_set_init_data(info, scan, scan_free);
  duckdb_init_set_max_threads(info, 256); /* more than any machine here has: as many as DuckDB has */
}

static void init_thread(duckdb_init_info info)
{
  struct scan_thread *thread = checked_malloc(sizeof(*thread));
  *thread = (struct scan_thread){ 0 };
  duckdb_init_set_init_data(info, thread, scan_thread_free);
}

/* Strings of up to 12 bytes lie within DuckDB's string itself. The longer ones of a vector are put into its heap by one
 * call, as if they were one string, and then found there one by one: a call each would cost as much as parsing them. */
static void fill_strings(duckdb_vector vector, const struct text *texts, size_t count, struct text_buffer *strings)
{
  duckdb_string_t *out = duckdb_vector_get_data(vector);
  enum { INLINED = sizeof(out->value.inlined.inlined) };
  size_t first = count;
  text_buffer_clear(strings);
  for (size_t i = 0; i < count; i++) {
    struct text text = texts[i];
    if (text.length <= INLINED) {
      out[i] = (duckdb_string_t){ 0 };
      out[i].value.inlined.length = (uint32_t)text.length;
      if (text.length > 0)
        memcpy(out[i].value.inlined.inlined, text.data, text.length);
      continue;
    }
    first = first == count ? i : first;
    text_buffer_add_text(strings, text);
  }
  if (first == count)
    return;
  duckdb_vector_assign_string_element_len(vector, first, strings->data, strings->length);
  char *heap = out[first].value.pointer.ptr;
  for (size_t i = first; i < count; i++) {
    size_t length = texts[i].length;
    if (length <= INLINED)
      continue;
    out[i].value.pointer.length = (uint32_t)length;
    memcpy(out[i].value.pointer.prefix, heap, sizeof(out[i].value.pointer.prefix));
    out[i].value.pointer.ptr = heap;
    heap += length;
  }
}

static void fill_nulls(duckdb_vector vector, const unsigned char *kinds, size_t count)
{
  uint64_t *validity = NULL;
  for (size_t i = 0; i < count; i++) {
    if (kinds[i] > KIND_NULL)
      continue;
    if (validity == NULL) {
      duckdb_vector_ensure_validity_writable(vector);
      validity = duckdb_vector_get_validity(vector);
    }
    duckdb_validity_set_row_invalid(validity, i);
  }
}

/* Raw text and length are there for malformed records, and for those that were selected. */
static void fill_of_malformed(duckdb_vector vector, const struct reader_batch *batch)
{
  uint64_t *validity = NULL;
  for (size_t i = 0; i < batch->count; i++) {
    if (batch->is_raw || batch->reason[i] != READER_OK)
      continue;
    batch->raw[i] = (struct text){ 0 };
    batch->raw_length[i] = 0;
    batch->form[i] = RAW_TEXT;
    if (validity == NULL) {
      duckdb_vector_ensure_validity_writable(vector);
      validity = duckdb_vector_get_validity(vector);
    }
    duckdb_validity_set_row_invalid(validity, i);
  }
}

static void fill_vector(duckdb_vector vector, struct projected projected, const struct reader_batch *batch,
                        struct text_buffer *strings)
{
  void *data = duckdb_vector_get_data(vector);
  switch (projected.shown) {
  case SHOWN_TEXT:
    fill_strings(vector, batch->text[projected.column], batch->count, strings);
    fill_nulls(vector, batch->kind[projected.column], batch->count);
    break;
  case SHOWN_KIND:
    memcpy(data, batch->kind[projected.column], batch->count);
    break;
  case SHOWN_FILE:
    memcpy(data, batch->file, batch->count * sizeof(*batch->file));
    break;
  case SHOWN_LINE:
    memcpy(data, batch->line, batch->count * sizeof(*batch->line));
    break;
  case SHOWN_OFFSET:
    memcpy(data, batch->offset, batch->count * sizeof(*batch->offset));
    break;
  case SHOWN_REASON:
    memcpy(data, batch->reason, batch->count);
    break;
  case SHOWN_RAW:
    fill_of_malformed(vector, batch);
    fill_strings(vector, batch->raw, batch->count, strings);
    break;
  case SHOWN_RAW_LENGTH:
    fill_of_malformed(vector, batch);
    memcpy(data, batch->raw_length, batch->count * sizeof(*batch->raw_length));
    break;
  case SHOWN_FORM:
    fill_of_malformed(vector, batch);
    memcpy(data, batch->form, batch->count);
    break;
  }
}

/* Fills one chunk; an empty one ends the thread's part. */
static void scan_chunk(duckdb_function_info info, duckdb_data_chunk output)
{
  struct scan *scan = duckdb_function_get_init_data(info);
  struct scan_thread *thread = duckdb_function_get_local_init_data(info);
  const struct reader_batch *batch = NULL;
  struct error error = { 0 };
  bool is_read =
      thread->cursor != NULL || reader_cursor_open(scan->function->reader, scan->wanted, &thread->cursor, &error);
  if (!is_read || !reader_cursor_next(thread->cursor, &batch, &error)) {
    keep_error(scan->function, &error);
    duckdb_function_set_error(info, error.message);
    return;
  }
  for (size_t i = 0; i < scan->n_projected; i++)
    fill_vector(duckdb_data_chunk_get_vector(output, i), scan->projected[i], batch, &thread->strings);
  duckdb_data_chunk_set_size(output, batch->count);
}

bool table_function_register(struct database *database, const char *name, struct reader *reader,
                             struct table_function **ret_function, struct error *err)
{
  struct table_function *function = checked_malloc(sizeof(*function));
  *function = (struct table_function){ .reader = reader };
  pthread_mutex_init(&function->lock, NULL);
  duckdb_table_function handle = duckdb_create_table_function();
  duckdb_table_function_set_name(handle, name);
  duckdb_table_function_set_extra_info(handle, function, function_free);
  duckdb_table_function_set_bind(handle, bind);
  duckdb_table_function_set_init(handle, init);
  duckdb_table_function_set_local_init(handle, init_thread);
  duckdb_table_function_set_function(handle, scan_chunk);
  duckdb_table_function_supports_projection_pushdown(handle, true);
  bool is_registered = duckdb_register_table_function(database->connection, handle) == DuckDBSuccess;
  duckdb_destroy_table_function(&handle);
  if (!is_registered)
    return fail(err, ERROR_DEFECT, NOWHERE, "could not register table function \"%s\"", name);
  *ret_function = function;
  return true;
}
