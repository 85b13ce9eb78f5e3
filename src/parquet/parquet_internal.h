/* What the files of the writer share: layout.c (columns to leaves), append.c (rows to levels and values), column.c (a
 * page, a chunk), dictionary.c, bounds.c, levels.c (RLE and bit packing), snappy.c, compress.c, thrift_writer.c,
 * file.c (row groups, the footer), page_index.c. */
#ifndef CRISOL_PARQUET_PARQUET_INTERNAL_H
#define CRISOL_PARQUET_PARQUET_INTERNAL_H

#include "parquet/parquet.h"

/* The numbers of parquet.thrift. */
enum physical_type {
  PHYSICAL_BOOLEAN,
  PHYSICAL_INT32,
  PHYSICAL_INT64,
  PHYSICAL_FLOAT = 4,
  PHYSICAL_DOUBLE,
  PHYSICAL_BYTES,
  PHYSICAL_FIXED
};
enum encoding { ENCODING_PLAIN = 0, ENCODING_RLE = 3, ENCODING_RLE_DICTIONARY = 8 };
enum page_type { PAGE_DATA = 0, PAGE_DICTIONARY = 2 };

/* A column of values, with the levels that tell of nulls and lists. */
struct leaf {
  const struct parquet_type *type;
  enum physical_type physical;
  size_t width; /* of a value as it is written, 1 for BOOLEAN until its page is; 0: its length and its bytes */
  unsigned max_definition, max_repetition;
  const char *const *path;
  size_t path_length;
};

/* A column, or what is within one. */
struct node {
  const struct parquet_type *type;
  const struct node *children; /* [type->n_children] */
  unsigned definition;         /* the level of a value that is there; of a list or a map that has elements: one more */
  unsigned repetition;         /* the level of a list's or map's further elements */
  size_t first_leaf, n_leaves; /* below it; of a leaf its own */
};

struct parquet_layout {
  const struct node *columns;
  size_t n_columns;
  struct leaf *leaves;
  size_t n_leaves, capacity;
  size_t n_elements;
  struct text schema; /* so many SchemaElements, one behind the other */
};

/* Thrift's compact protocol, written: fields of one struct after another, `last_id` that of the one before. */
struct thrift_writer {
  struct text_buffer *out;
  int last_id;
};
void thrift_write_number(struct thrift_writer *writer, int id, int64_t value);    /* an i64 */
void thrift_write_number_32(struct thrift_writer *writer, int id, int64_t value); /* an i32, which it must fit */
void thrift_write_byte(struct thrift_writer *writer, int id, int8_t value);
void thrift_write_short(struct thrift_writer *writer, int id, int16_t value);
void thrift_write_bool(struct thrift_writer *writer, int id, bool value);
void thrift_write_bytes(struct thrift_writer *writer, int id, const void *data, size_t length);
/* A struct within: its own writer, ended by thrift_end. */
struct thrift_writer thrift_begin(struct thrift_writer *writer, int id);
void thrift_end(struct thrift_writer *writer);
/* A list of structs, binaries, i32s, i64s or booleans (enum thrift_type); its elements follow. */
void thrift_write_list(struct thrift_writer *writer, int id, int element_type, size_t count);
/* An element of a list: a struct begins with a new writer; the others are: */
void thrift_element_number(struct text_buffer *out, int64_t value);
void thrift_element_bytes(struct text_buffer *out, const void *data, size_t length);

/* levels.c: the hybrid of runs and packed bits. */
void hybrid_encode(const uint32_t *values, size_t count, unsigned bit_width, struct text_buffer *out);
/* Levels, with their length before them; `all` where every one has that value, -1 else. */
void levels_encode(const uint8_t *levels, size_t count, unsigned most, int all, struct text_buffer *out);
/* How many bits the numbers up to `most` need. */
unsigned bit_width_of(size_t most);

/* snappy.c, compress.c: adds the bytes, compressed. */
void snappy_compress(const void *data, size_t length, struct text_buffer *out);
MUST_CHECK bool compress_add(enum parquet_codec codec, const void *data, size_t length, struct text_buffer *out,
                             struct error *err);

/* bounds.c: the least and the greatest of values. */
enum { BOUND_BYTES = 64 }; /* of a longer text the start is kept */
struct bounds {
  bool is_set, is_lost; /* lost: by a NaN */
  bool is_min_exact, is_max_exact;
  uint8_t min_length, max_length;
  unsigned char min[BOUND_BYTES], max[BOUND_BYTES];
};
/* Of the plain values of a leaf. */
void bounds_of(const struct leaf *leaf, const char *values, size_t length, struct bounds *ret_bounds);
void bounds_merge(const struct leaf *leaf, struct bounds *into, const struct bounds *from);
/* Orders two bounds as the leaf's values are. */
int bound_compare(const struct leaf *leaf, const unsigned char *a, size_t a_length, const unsigned char *b,
                  size_t b_length);

/* dictionary.c: distinct values, by their bytes, in the order of their first appearance. */
struct dictionary {
  struct text_buffer bytes; /* as its page holds them */
  size_t count;
  uint32_t *slots; /* open addressing: a number plus one, 0 where free */
  size_t n_slots;  /* a power of two */
  uint32_t *hashes, *starts;
  size_t capacity;
};
enum dictionary_answer { DICTIONARY_TAKEN, DICTIONARY_NOT_WORTH_IT };
/* Looks up the plain values of a page, `ret_numbers` one each; gives up where they repeat too little, or
 * where one is -0.0. */
enum dictionary_answer dictionary_take(struct dictionary *dictionary, const struct leaf *leaf, const char *values,
                                       size_t length, size_t count, uint32_t *ret_numbers);
void dictionary_done(struct dictionary *dictionary);

/* column.c: the chunk of a column within a row group. */
struct page {
  uint64_t start; /* within the chunk's data pages */
  uint32_t size;  /* compressed, with its header */
  uint64_t first_row;
  uint64_t n_nulls;
  struct bounds bounds;
};
enum chunk_mode { CHUNK_UNDECIDED, CHUNK_DICTIONARY, CHUNK_PLAIN };
struct column {
  uint8_t *definitions, *repetitions; /* of the page that is filled */
  size_t n_levels, levels_capacity;
  struct text_buffer values;
  size_t n_values;         /* not null */
  struct text_buffer data; /* the pages that are done */
  struct page *pages;
  size_t n_pages, pages_capacity;
  struct dictionary *dictionary;
  enum chunk_mode mode;
  size_t n_dictionary_pages;
  uint64_t first_row; /* of the page that is filled */
  uint64_t total_values, uncompressed_bytes;
};
enum { PAGE_BYTES = 1 << 20, PAGE_LEVELS = 1 << 20 };
/* Room for more levels. */
void column_reserve_levels(struct column *column, const struct leaf *leaf, size_t count);
/* Whether a page is full. */
static inline bool column_is_full(const struct column *column)
{
  return column->values.length >= PAGE_BYTES || column->n_levels >= PAGE_LEVELS;
}
/* Encodes what it holds as a page; `row` is the number of the row that follows, within the group. */
MUST_CHECK bool column_end_page(struct column *column, const struct leaf *leaf, enum parquet_codec codec, uint64_t row,
                                struct error *err);
/* The dictionary's page, compressed, with its header. */
MUST_CHECK bool column_add_dictionary_page(struct column *column, enum parquet_codec codec, struct text_buffer *out,
                                           uint64_t *ret_uncompressed, struct error *err);
/* Frees what it holds; it is then empty and may be used again. */
void column_done(struct column *column);

/* append.c */
MUST_CHECK bool append_rows(const struct parquet_layout *layout, struct column *columns, enum parquet_codec codec,
                            uint64_t first_row, const struct parquet_values *values, const uint32_t *rows,
                            size_t n_rows, struct error *err);

/* page_index.c: adds the index of a chunk's pages; its offset index where `start` is that of the first data page. */
void page_index_add_offsets(const struct column *column, uint64_t start, struct text_buffer *out);
/* False where a page has no bounds: there is no such index then. */
bool page_index_add_bounds(const struct column *column, const struct leaf *leaf, struct text_buffer *out);

#endif
