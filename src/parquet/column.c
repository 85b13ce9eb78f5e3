/* The chunk of a column: values as they come, plain, and their levels; then pages, each encoded and compressed. */
#include "parquet/parquet_internal.h"

#include "base/thrift.h"

#include <stdlib.h>

/* The fields of PageHeader, DataPageHeader and DictionaryPageHeader. */
enum { HEADER_TYPE = 1, HEADER_UNCOMPRESSED = 2, HEADER_COMPRESSED = 3, HEADER_DATA = 5, HEADER_DICTIONARY = 7 };
enum { DATA_VALUES = 1, DATA_ENCODING = 2, DATA_DEFINITIONS = 3, DATA_REPETITIONS = 4 };
enum { DICTIONARY_VALUES = 1, DICTIONARY_ENCODING = 2 };

#define PAGE_LIMIT (UINT64_C(1) << 30) /* a page's size is an i32, and a codec may add to it */

void column_reserve_levels(struct column *column, const struct leaf *leaf, size_t count)
{
  size_t needed = size_add(column->n_levels, count);
  if (needed <= column->levels_capacity)
    return;
  size_t capacity = column->levels_capacity < 16 ? 16 : size_multiply(column->levels_capacity, 2);
  column->levels_capacity = capacity < needed ? needed : capacity;
  column->definitions = checked_realloc(column->definitions, column->levels_capacity);
  if (leaf->max_repetition > 0)
    column->repetitions = checked_realloc(column->repetitions, column->levels_capacity);
}

void column_done(struct column *column)
{
  free(column->definitions);
  free(column->repetitions);
  free(column->pages);
  text_buffer_done(&column->values);
  text_buffer_done(&column->data);
  if (column->dictionary != NULL)
    dictionary_done(column->dictionary);
  free(column->dictionary);
  *column = (struct column){ 0 };
}

/* the body */

static void add_booleans(const struct column *column, struct text_buffer *out)
{
  size_t n_bytes = (column->n_values + 7) / 8;
  text_buffer_reserve(out, n_bytes);
  memset(out->data + out->length, 0, n_bytes);
  for (size_t i = 0; i < column->n_values; i++)
    out->data[out->length + i / 8] |= (char)(column->values.data[i] << i % 8);
  out->length += n_bytes;
}

static void add_plain(const struct column *column, const struct leaf *leaf, struct text_buffer *out)
{
  if (leaf->physical == PHYSICAL_BOOLEAN)
    add_booleans(column, out);
  else
    text_buffer_add(out, column->values.data, column->values.length);
}

static void give_up_dictionary(struct column *column)
{
  column->mode = CHUNK_PLAIN;
  if (column->n_dictionary_pages > 0)
    return; /* it is of the pages before */
  dictionary_done(column->dictionary);
  free(column->dictionary);
  column->dictionary = NULL;
}

/* The first page decides whether the chunk has a dictionary, a later one that it is no longer worth it. */
static bool add_numbers(struct column *column, const struct leaf *leaf, struct text_buffer *out)
{
  if (column->mode == CHUNK_PLAIN || leaf->physical == PHYSICAL_BOOLEAN || column->n_values == 0)
    return false;
  if (column->dictionary == NULL) {
    column->dictionary = checked_malloc(sizeof(*column->dictionary));
    *column->dictionary = (struct dictionary){ 0 };
  }
  uint32_t *numbers = checked_malloc(size_multiply(column->n_values, sizeof(*numbers)));
  bool is_taken = dictionary_take(column->dictionary, leaf, column->values.data, column->values.length,
                                  column->n_values, numbers) == DICTIONARY_TAKEN;
  if (is_taken) {
    unsigned bit_width = bit_width_of(column->dictionary->count - 1);
    text_buffer_add_char(out, (char)bit_width);
    hybrid_encode(numbers, column->n_values, bit_width, out);
    column->mode = CHUNK_DICTIONARY;
    column->n_dictionary_pages++;
  } else {
    give_up_dictionary(column);
  }
  free(numbers);
  return is_taken;
}

static int level_of_all(const struct column *column, const uint8_t *levels, unsigned most)
{
  if (levels == column->definitions && column->n_values == column->n_levels)
    return (int)most;
  for (size_t i = 1; i < column->n_levels; i++)
    if (levels[i] != levels[0])
      return -1;
  return levels[0];
}

static void add_levels(const struct column *column, const struct leaf *leaf, struct text_buffer *out)
{
  if (leaf->max_repetition > 0)
    levels_encode(column->repetitions, column->n_levels, leaf->max_repetition,
                  level_of_all(column, column->repetitions, leaf->max_repetition), out);
  if (leaf->max_definition > 0)
    levels_encode(column->definitions, column->n_levels, leaf->max_definition,
                  level_of_all(column, column->definitions, leaf->max_definition), out);
}

/* the header */

static void add_data_header(struct thrift_writer *header, const struct column *column, enum encoding encoding)
{
  struct thrift_writer data = thrift_begin(header, HEADER_DATA);
  thrift_write_number_32(&data, DATA_VALUES, (int64_t)column->n_levels);
  thrift_write_number_32(&data, DATA_ENCODING, encoding);
  thrift_write_number_32(&data, DATA_DEFINITIONS, ENCODING_RLE);
  thrift_write_number_32(&data, DATA_REPETITIONS, ENCODING_RLE);
  thrift_end(&data);
}

/* Of a page of this many bytes; its own header, of a type, follows. */
static struct thrift_writer begin_header(enum page_type type, size_t uncompressed, size_t compressed,
                                         struct text_buffer *out)
{
  struct thrift_writer header = { .out = out };
  thrift_write_number_32(&header, HEADER_TYPE, type);
  thrift_write_number_32(&header, HEADER_UNCOMPRESSED, (int64_t)uncompressed);
  thrift_write_number_32(&header, HEADER_COMPRESSED, (int64_t)compressed);
  return header;
}

static struct page *add_page(struct column *column)
{
  if (column->n_pages == column->pages_capacity) {
    column->pages_capacity = column->pages_capacity == 0 ? 1 : size_multiply(column->pages_capacity, 2);
    column->pages = checked_realloc(column->pages, size_multiply(column->pages_capacity, sizeof(*column->pages)));
  }
  return &column->pages[column->n_pages++];
}

static void note_page(struct column *column, const struct leaf *leaf, uint64_t row, size_t start, size_t header_size,
                      size_t uncompressed)
{
  struct page *page = add_page(column);
  *page = (struct page){ .start = start,
                         .size = (uint32_t)(column->data.length - start),
                         .first_row = column->first_row,
                         .n_nulls = column->n_levels - column->n_values };
  bounds_of(leaf, column->values.data, column->values.length, &page->bounds);
  column->uncompressed_bytes += header_size + uncompressed;
  column->total_values += column->n_levels;
  column->first_row = row;
  column->n_levels = column->n_values = 0;
  text_buffer_done(&column->values); /* the memory is another column's now */
}

static bool add_data_page(struct column *column, const struct leaf *leaf, enum parquet_codec codec, uint64_t row,
                          struct text_buffer *body, struct text_buffer *compressed, struct error *err)
{
  add_levels(column, leaf, body);
  bool has_numbers = add_numbers(column, leaf, body);
  if (!has_numbers)
    add_plain(column, leaf, body);
  TRY(compress_add(codec, body->data, body->length, compressed, err));
  size_t start = column->data.length;
  struct thrift_writer header = begin_header(PAGE_DATA, body->length, compressed->length, &column->data);
  add_data_header(&header, column, has_numbers ? ENCODING_RLE_DICTIONARY : ENCODING_PLAIN);
  thrift_end(&header);
  size_t header_size = column->data.length - start;
  text_buffer_add(&column->data, compressed->data, compressed->length);
  note_page(column, leaf, row, start, header_size, body->length);
  return true;
}

bool column_end_page(struct column *column, const struct leaf *leaf, enum parquet_codec codec, uint64_t row,
                     struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer body = { 0 }, compressed = { 0 };
  if (column->n_levels == 0)
    return true;
  if (column->values.length > PAGE_LIMIT || column->n_levels > PAGE_LIMIT)
    return fail(err, ERROR_DATA, NOWHERE, "a row has %zu bytes in column \"%s\", Parquet's pages take 1 GiB",
                column->values.length, leaf->path[0]);
  return add_data_page(column, leaf, codec, row, &body, &compressed, err);
}

bool column_add_dictionary_page(struct column *column, enum parquet_codec codec, struct text_buffer *out,
                                uint64_t *ret_uncompressed, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer compressed = { 0 };
  const struct dictionary *dictionary = column->dictionary;
  size_t start = out->length;
  TRY(compress_add(codec, dictionary->bytes.data, dictionary->bytes.length, &compressed, err));
  struct thrift_writer header = begin_header(PAGE_DICTIONARY, dictionary->bytes.length, compressed.length, out);
  struct thrift_writer own = thrift_begin(&header, HEADER_DICTIONARY);
  thrift_write_number_32(&own, DICTIONARY_VALUES, (int64_t)dictionary->count);
  thrift_write_number_32(&own, DICTIONARY_ENCODING, ENCODING_PLAIN);
  thrift_end(&own);
  thrift_end(&header);
  *ret_uncompressed = out->length - start + dictionary->bytes.length;
  text_buffer_add(out, compressed.data, compressed.length);
  return true;
}
