/** Writes Parquet files out of plain column buffers; knows no engine. Many files may be written at once: one is not
 * open while rows are added to it, and holds its rows encoded and compressed as soon as a page of them is full.
 *
 * A layout (the columns, and what the footer says of them) is shared by all files of the same columns and by threads. A
 * file is used by one thread at a time. It has one row group for every PARQUET_GROUP_ROWS rows; each is written when it
 * is full, the last one by parquet_file_finish, with the footer. A file that was not finished is no Parquet file: who
 * fails removes it.
 *
 * Pages are of the first version, PLAIN or with a dictionary (RLE_DICTIONARY), which knows values by their bytes; one
 * with a -0.0 has none. Statistics follow the format's rules: no bounds where there is a NaN, zeros with the sign that
 * holds both, long texts cut and told to be so. The index of pages lies behind each row group of several pages. */
#ifndef CRISOL_PARQUET_PARQUET_H
#define CRISOL_PARQUET_PARQUET_H

#include "base/error.h"
#include "base/text.h"

enum { PARQUET_GROUP_ROWS = 122880 };

enum parquet_kind {
  PARQUET_BOOLEAN,
  PARQUET_INT8,
  PARQUET_INT16,
  PARQUET_INT32,
  PARQUET_INT64,
  PARQUET_FLOAT,
  PARQUET_DOUBLE,
  PARQUET_DECIMAL,
  PARQUET_STRING,
  PARQUET_BINARY,
  PARQUET_DATE,            /* days since 1970 */
  PARQUET_TIMESTAMP,       /* microseconds since 1970, an instant */
  PARQUET_TIMESTAMP_LOCAL, /* the same of a wall clock */
  PARQUET_LIST,            /* one child: its elements */
  PARQUET_MAP,             /* two: its keys, which are never null, and its values */
  PARQUET_STRUCT,          /* its fields */
};

/** The type of a column, or of what is within one. Every value but a map's key may be null. */
struct parquet_type {
  enum parquet_kind kind;
  const char *name;         /* of a column, and of a struct's field */
  uint8_t precision, scale; /* decimal */
  uint8_t width;            /* decimal: the bytes of a value as it is handed over: 2, 4, 8 or 16 */
  const struct parquet_type *children;
  size_t n_children;
};

/** Which values of its child are those of a list or a map. */
struct parquet_span {
  uint64_t offset, length;
};

/** The values of a column, or of what is within one. `data` is of bool, of int8_t to int64_t, of float and double, of
 * integers of `width` bytes for decimals, of struct text for STRING and BINARY, of struct parquet_span for lists and
 * maps, NULL for structs. */
struct parquet_values {
  const uint64_t *validity; /* bit i % 64 of word i / 64: value i is there; NULL: all are */
  const void *data;
  const struct parquet_values *children;
};

enum parquet_codec { PARQUET_UNCOMPRESSED = 0, PARQUET_SNAPPY = 1, PARQUET_GZIP = 2, PARQUET_ZSTD = 6 };

/** Finds a codec by its name in the dataset file; false where this writer has none of the name. */
bool parquet_codec_find(const char *name, enum parquet_codec *ret_codec);

struct parquet_layout;

/** Lays out the columns; what they point at is kept, not copied. False where they are nested deeper than the levels of
 * this writer count. */
MUST_CHECK bool parquet_layout_new(struct arena *arena, const struct parquet_type *columns, size_t n_columns,
                                   const struct parquet_layout **ret_layout);
/** How many leaves the columns have: what a file holds at least grows with them. */
size_t parquet_layout_leaves(const struct parquet_layout *layout);

struct parquet_file;

/** Begins a file, which must not be there; it is made when its first rows are written. `path` is kept. */
struct parquet_file *parquet_file_new(const struct parquet_layout *layout, enum parquet_codec codec, const char *path);
/** Adds the rows of these numbers, in this order. ERROR_ENVIRONMENT where a row group could not be written, ERROR_DATA
 * where a row has more than 1 GiB in one column. */
MUST_CHECK bool parquet_file_append(struct parquet_file *file, const struct parquet_values *columns,
                                    const uint32_t *rows, size_t n_rows, struct error *err);
/** What a file holds, in bytes. */
struct parquet_memory {
  size_t pending; /* rows that parquet_file_compact could encode */
  size_t encoded; /* pages of the group that is filled, which parquet_file_end_group would write */
};
struct parquet_memory parquet_file_memory(const struct parquet_file *file);
/** Encodes what is pending in the columns that have as many bytes of it. */
MUST_CHECK bool parquet_file_compact(struct parquet_file *file, size_t least_bytes, struct error *err);
/** Writes the group that is filled before it is full. */
MUST_CHECK bool parquet_file_end_group(struct parquet_file *file, struct error *err);
/** Writes what is left, and the footer. */
MUST_CHECK bool parquet_file_finish(struct parquet_file *file, struct error *err);
/** Frees it, finished or not; accepts a pointer to NULL. */
void parquet_file_free(struct parquet_file **file);

#endif
