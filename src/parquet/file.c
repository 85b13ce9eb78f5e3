/* A file: row groups, each written whole, and the footer. */
#include "parquet/parquet_internal.h"

#include "base/thrift.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* The fields of FileMetaData, RowGroup, ColumnChunk, ColumnMetaData, Statistics and PageEncodingStats. */
enum { FILE_VERSION = 1, FILE_SCHEMA, FILE_ROWS, FILE_GROUPS, FILE_CREATED_BY = 6, FILE_ORDERS };
enum { GROUP_COLUMNS = 1, GROUP_BYTES, GROUP_ROWS, GROUP_OFFSET = 5, GROUP_COMPRESSED, GROUP_ORDINAL };
enum {
  CHUNK_OFFSET = 2,
  CHUNK_METADATA,
  CHUNK_OFFSET_INDEX,
  CHUNK_OFFSET_INDEX_LENGTH,
  CHUNK_COLUMN_INDEX,
  CHUNK_COLUMN_INDEX_LENGTH
};
enum {
  COLUMN_TYPE = 1,
  COLUMN_ENCODINGS,
  COLUMN_PATH,
  COLUMN_CODEC,
  COLUMN_VALUES,
  COLUMN_UNCOMPRESSED,
  COLUMN_COMPRESSED,
  COLUMN_DATA_PAGE = 9,
  COLUMN_DICTIONARY_PAGE = 11,
  COLUMN_STATISTICS,
  COLUMN_ENCODING_STATS
};
enum { STATISTICS_NULLS = 3, STATISTICS_MAX = 5, STATISTICS_MIN, STATISTICS_MAX_IS_EXACT, STATISTICS_MIN_IS_EXACT };
enum { STATS_PAGE = 1, STATS_ENCODING, STATS_COUNT };
enum { ORDER_BY_TYPE = 1 };

static const char magic[] = "PAR1";
enum { MAGIC = 4 };

struct parquet_file {
  const struct parquet_layout *layout;
  enum parquet_codec codec;
  const char *path;
  bool is_begun;             /* on the disk */
  uint64_t size;             /* written */
  uint64_t n_rows;           /* in the groups that are written */
  uint64_t n_pending_rows;   /* in the one that is filled */
  struct text_buffer groups; /* the RowGroups of those that are written */
  size_t n_groups;
  struct column *columns; /* [layout->n_leaves] */
};

/* Where the parts of a chunk are in the file. */
struct chunk {
  uint64_t dictionary_page, data_page; /* dictionary_page: 0 where there is none */
  uint64_t compressed, uncompressed;
  uint64_t offset_index, column_index; /* 0: none */
  size_t offset_index_length, column_index_length;
};

struct parquet_file *parquet_file_new(const struct parquet_layout *layout, enum parquet_codec codec, const char *path)
{
  struct parquet_file *file = checked_malloc(sizeof(*file));
  *file = (struct parquet_file){ .layout = layout, .codec = codec, .path = path };
  size_t size = size_multiply(layout->n_leaves, sizeof(*file->columns));
  file->columns = checked_malloc(size_add(size, 1));
  memset(file->columns, 0, size);
  return file;
}

void parquet_file_free(struct parquet_file **file)
{
  if (*file == NULL)
    return;
  for (size_t i = 0; i < (*file)->layout->n_leaves; i++)
    column_done(&(*file)->columns[i]);
  text_buffer_done(&(*file)->groups);
  free((*file)->columns);
  free(*file);
  *file = NULL;
}

/* the disk */

static bool write_all(int descriptor, struct text bytes)
{
  while (bytes.length > 0) {
    ssize_t count = write(descriptor, bytes.data, bytes.length);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return false;
    bytes = (struct text){ bytes.data + count, bytes.length - (size_t)count };
  }
  return true;
}

/* Between its groups the file is closed: there may be more of them than may be open. */
static bool write_out(struct parquet_file *file, struct text bytes, struct error *err)
{
  int flags = file->is_begun ? O_WRONLY | O_APPEND | O_CLOEXEC : O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
  int descriptor = open(file->path, flags, 0666);
  file->is_begun = file->is_begun || descriptor >= 0;
  bool is_written = descriptor >= 0 && write_all(descriptor, bytes);
  int reason = errno;
  if (descriptor >= 0 && close(descriptor) != 0 && is_written) {
    is_written = false;
    reason = errno;
  }
  file->size += bytes.length;
  return is_written ||
         fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not write \"%s\": %s", file->path, strerror(reason));
}

/* metadata */

static void add_statistics(struct thrift_writer *metadata, const struct column *column, const struct leaf *leaf)
{
  struct bounds bounds = { 0 };
  uint64_t n_nulls = 0;
  for (size_t i = 0; i < column->n_pages; i++) {
    bounds_merge(leaf, &bounds, &column->pages[i].bounds);
    n_nulls += column->pages[i].n_nulls;
  }
  struct thrift_writer statistics = thrift_begin(metadata, COLUMN_STATISTICS);
  thrift_write_number(&statistics, STATISTICS_NULLS, (int64_t)n_nulls);
  if (bounds.is_set && !bounds.is_lost) {
    thrift_write_bytes(&statistics, STATISTICS_MAX, bounds.max, bounds.max_length);
    thrift_write_bytes(&statistics, STATISTICS_MIN, bounds.min, bounds.min_length);
    thrift_write_bool(&statistics, STATISTICS_MAX_IS_EXACT, bounds.is_max_exact);
    thrift_write_bool(&statistics, STATISTICS_MIN_IS_EXACT, bounds.is_min_exact);
  }
  thrift_end(&statistics);
}

static void add_encoding_stats(struct text_buffer *out, enum page_type page, enum encoding encoding, size_t count)
{
  struct thrift_writer stats = { .out = out };
  thrift_write_number_32(&stats, STATS_PAGE, page);
  thrift_write_number_32(&stats, STATS_ENCODING, encoding);
  thrift_write_number_32(&stats, STATS_COUNT, (int64_t)count);
  thrift_end(&stats);
}

/* Readers that look for a value in the dictionary alone want to know that no page goes without it. */
static void add_encodings_of_pages(struct thrift_writer *metadata, const struct column *column)
{
  size_t n_numbers = column->n_dictionary_pages, n_plain = column->n_pages - n_numbers;
  struct text_buffer *out = metadata->out;
  thrift_write_list(metadata, COLUMN_ENCODING_STATS, THRIFT_STRUCT,
                    (n_numbers > 0 ? 2U : 0U) + (n_plain > 0 ? 1U : 0U));
  if (n_numbers > 0) {
    add_encoding_stats(out, PAGE_DICTIONARY, ENCODING_PLAIN, 1);
    add_encoding_stats(out, PAGE_DATA, ENCODING_RLE_DICTIONARY, n_numbers);
  }
  if (n_plain > 0)
    add_encoding_stats(out, PAGE_DATA, ENCODING_PLAIN, n_plain);
}

static void add_metadata(struct thrift_writer *in_chunk, const struct parquet_file *file, size_t index,
                         const struct chunk *chunk)
{
  const struct leaf *leaf = &file->layout->leaves[index];
  const struct column *column = &file->columns[index];
  bool has_dictionary = column->n_dictionary_pages > 0;
  struct thrift_writer metadata = thrift_begin(in_chunk, CHUNK_METADATA);
  thrift_write_number_32(&metadata, COLUMN_TYPE, leaf->physical);
  thrift_write_list(&metadata, COLUMN_ENCODINGS, THRIFT_I32, has_dictionary ? 3 : 2);
  thrift_element_number(metadata.out, ENCODING_PLAIN);
  thrift_element_number(metadata.out, ENCODING_RLE);
  if (has_dictionary)
    thrift_element_number(metadata.out, ENCODING_RLE_DICTIONARY);
  thrift_write_list(&metadata, COLUMN_PATH, THRIFT_BINARY, leaf->path_length);
  for (size_t i = 0; i < leaf->path_length; i++)
    thrift_element_bytes(metadata.out, leaf->path[i], strlen(leaf->path[i]));
  thrift_write_number_32(&metadata, COLUMN_CODEC, file->codec);
  thrift_write_number(&metadata, COLUMN_VALUES, (int64_t)column->total_values);
  thrift_write_number(&metadata, COLUMN_UNCOMPRESSED, (int64_t)chunk->uncompressed);
  thrift_write_number(&metadata, COLUMN_COMPRESSED, (int64_t)chunk->compressed);
  thrift_write_number(&metadata, COLUMN_DATA_PAGE, (int64_t)chunk->data_page);
  if (has_dictionary)
    thrift_write_number(&metadata, COLUMN_DICTIONARY_PAGE, (int64_t)chunk->dictionary_page);
  add_statistics(&metadata, column, leaf);
  add_encodings_of_pages(&metadata, column);
  thrift_end(&metadata);
}

static void add_chunk(const struct parquet_file *file, size_t index, const struct chunk *chunk, struct text_buffer *out)
{
  struct thrift_writer own = { .out = out };
  thrift_write_number(&own, CHUNK_OFFSET, 0); /* of metadata that stand apart: these do not */
  add_metadata(&own, file, index, chunk);
  if (chunk->offset_index > 0) {
    thrift_write_number(&own, CHUNK_OFFSET_INDEX, (int64_t)chunk->offset_index);
    thrift_write_number_32(&own, CHUNK_OFFSET_INDEX_LENGTH, (int64_t)chunk->offset_index_length);
  }
  if (chunk->column_index > 0) {
    thrift_write_number(&own, CHUNK_COLUMN_INDEX, (int64_t)chunk->column_index);
    thrift_write_number_32(&own, CHUNK_COLUMN_INDEX_LENGTH, (int64_t)chunk->column_index_length);
  }
  thrift_end(&own);
}

static void note_group(struct parquet_file *file, const struct chunk *chunks)
{
  uint64_t compressed = 0, uncompressed = 0;
  struct thrift_writer group = { .out = &file->groups };
  thrift_write_list(&group, GROUP_COLUMNS, THRIFT_STRUCT, file->layout->n_leaves);
  for (size_t i = 0; i < file->layout->n_leaves; i++) {
    add_chunk(file, i, &chunks[i], &file->groups);
    compressed += chunks[i].compressed;
    uncompressed += chunks[i].uncompressed;
  }
  uint64_t start = chunks[0].dictionary_page > 0 ? chunks[0].dictionary_page : chunks[0].data_page;
  thrift_write_number(&group, GROUP_BYTES, (int64_t)uncompressed);
  thrift_write_number(&group, GROUP_ROWS, (int64_t)file->n_pending_rows);
  thrift_write_number(&group, GROUP_OFFSET, (int64_t)start);
  thrift_write_number(&group, GROUP_COMPRESSED, (int64_t)compressed);
  if (file->n_groups <= INT16_MAX)
    thrift_write_short(&group, GROUP_ORDINAL, (int16_t)file->n_groups);
  thrift_end(&group);
}

/* row groups */

static bool add_pages(struct parquet_file *file, size_t index, struct text_buffer *out, struct chunk *chunk,
                      struct error *err)
{
  struct column *column = &file->columns[index];
  TRY(column_end_page(column, &file->layout->leaves[index], file->codec, file->n_pending_rows, err));
  uint64_t start = file->size + out->length, dictionary_bytes = 0;
  if (column->n_dictionary_pages > 0) {
    chunk->dictionary_page = start;
    TRY(column_add_dictionary_page(column, file->codec, out, &dictionary_bytes, err));
  }
  chunk->data_page = file->size + out->length;
  text_buffer_add(out, column->data.data, column->data.length);
  chunk->compressed = file->size + out->length - start;
  chunk->uncompressed = column->uncompressed_bytes + dictionary_bytes;
  text_buffer_done(&column->data);
  return true;
}

static bool has_many_pages(const struct parquet_file *file)
{
  for (size_t i = 0; i < file->layout->n_leaves; i++)
    if (file->columns[i].n_pages > 1)
      return true;
  return false;
}

/* Of a group of single pages the footer says as much. Readers want the bounds of all chunks together, then the places.
 */
static void add_page_index(const struct parquet_file *file, struct text_buffer *out, struct chunk *chunks)
{
  if (!has_many_pages(file))
    return;
  for (size_t i = 0; i < file->layout->n_leaves; i++) {
    uint64_t start = file->size + out->length;
    size_t before = out->length;
    if (!page_index_add_bounds(&file->columns[i], &file->layout->leaves[i], out))
      continue;
    chunks[i].column_index = start;
    chunks[i].column_index_length = out->length - before;
  }
  for (size_t i = 0; i < file->layout->n_leaves; i++) {
    size_t before = out->length;
    chunks[i].offset_index = file->size + out->length;
    page_index_add_offsets(&file->columns[i], chunks[i].data_page, out);
    chunks[i].offset_index_length = out->length - before;
  }
}

/* Adds the group that was filled to what is to be written. */
static bool end_group(struct parquet_file *file, struct text_buffer *out, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  size_t n_leaves = file->layout->n_leaves;
  struct chunk *chunks = arena_array(&scratch, n_leaves + 1, sizeof(*chunks));
  if (file->size == 0 && out->length == 0)
    text_buffer_add(out, magic, MAGIC);
  if (file->n_pending_rows == 0)
    return true;
  for (size_t i = 0; i < n_leaves; i++)
    TRY(add_pages(file, i, out, &chunks[i], err));
  add_page_index(file, out, chunks);
  note_group(file, chunks);
  for (size_t i = 0; i < n_leaves; i++)
    column_done(&file->columns[i]);
  file->n_rows += file->n_pending_rows;
  file->n_pending_rows = 0;
  file->n_groups++;
  return true;
}

bool parquet_file_append(struct parquet_file *file, const struct parquet_values *columns, const uint32_t *rows,
                         size_t n_rows, struct error *err)
{
  while (n_rows > 0) {
    uint64_t room = PARQUET_GROUP_ROWS - file->n_pending_rows;
    size_t count = n_rows < room ? n_rows : (size_t)room;
    TRY(append_rows(file->layout, file->columns, file->codec, file->n_pending_rows, columns, rows, count, err));
    file->n_pending_rows += count;
    rows += count;
    n_rows -= count;
    if (file->n_pending_rows == PARQUET_GROUP_ROWS)
      TRY(parquet_file_end_group(file, err));
  }
  return true;
}

struct parquet_memory parquet_file_memory(const struct parquet_file *file)
{
  struct parquet_memory memory = { 0 };
  for (size_t i = 0; i < file->layout->n_leaves; i++) {
    const struct column *column = &file->columns[i];
    memory.pending += column->values.capacity + column->levels_capacity;
    memory.encoded += column->data.capacity;
  }
  return memory;
}

bool parquet_file_compact(struct parquet_file *file, size_t least_bytes, struct error *err)
{
  for (size_t i = 0; i < file->layout->n_leaves; i++)
    if (file->columns[i].values.length >= least_bytes)
      TRY(column_end_page(&file->columns[i], &file->layout->leaves[i], file->codec, file->n_pending_rows, err));
  return true;
}

bool parquet_file_end_group(struct parquet_file *file, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  return end_group(file, &out, err) && write_out(file, text_buffer_text(&out), err);
}

/* the footer */

static void add_footer(const struct parquet_file *file, struct text_buffer *out)
{
  static const char created_by[] = "crisol version " CRISOL_VERSION;
  const struct parquet_layout *layout = file->layout;
  size_t start = out->length;
  struct thrift_writer footer = { .out = out };
  thrift_write_number_32(&footer, FILE_VERSION, 1);
  thrift_write_list(&footer, FILE_SCHEMA, THRIFT_STRUCT, layout->n_elements);
  text_buffer_add_text(out, layout->schema);
  thrift_write_number(&footer, FILE_ROWS, (int64_t)file->n_rows);
  thrift_write_list(&footer, FILE_GROUPS, THRIFT_STRUCT, file->n_groups);
  text_buffer_add(out, file->groups.data, file->groups.length);
  thrift_write_bytes(&footer, FILE_CREATED_BY, created_by, sizeof(created_by) - 1);
  thrift_write_list(&footer, FILE_ORDERS, THRIFT_STRUCT, layout->n_leaves);
  for (size_t i = 0; i < layout->n_leaves; i++) {
    struct thrift_writer order = { .out = out };
    struct thrift_writer by_type = thrift_begin(&order, ORDER_BY_TYPE);
    thrift_end(&by_type);
    thrift_end(&order);
  }
  thrift_end(&footer);
  uint32_t length = (uint32_t)(out->length - start);
  text_buffer_add(out, &length, sizeof(length));
  text_buffer_add(out, magic, MAGIC);
}

bool parquet_file_finish(struct parquet_file *file, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  TRY(end_group(file, &out, err));
  add_footer(file, &out);
  return write_out(file, text_buffer_text(&out), err);
}
