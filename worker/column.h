/** A column of a batch: values by row, and how they are written for the host.
 *
 * In a batch a column is
 *
 *   u8 nulls            0: there are none; 1: a bitmap follows; 2: all are null, and nothing follows
 *   bitmap              (rows + 7) / 8 bytes, bit r % 8 of byte r / 8 set where row r has a value
 *   the values, by type:
 *     boolean, tinyint  one byte each; smallint two; int, float, date four; bigint, double and timestamp
 *                       (microseconds) eight
 *     decimal           the unscaled value: eight bytes up to 18 digits, sixteen beyond
 *     string, binary    u32 ends of the rows, with a 0 before them, and the bytes
 *     array, map        u32 starts, u32 lengths, u32 number of elements, and these as one column (array) or
 *                       two (map)
 *     struct            its fields, a column each, of as many rows
 *
 * Nothing is aligned. What a null has for a value says nothing. */
#ifndef CRISOL_WORKER_COLUMN_H
#define CRISOL_WORKER_COLUMN_H

#include "value/json_value.h"

struct column {
  const struct type *type;
  size_t width;         /* bytes of a slot */
  size_t count;         /* rows */
  size_t capacity;      /* rows that there is room for */
  unsigned char *nulls; /* [row]: not 0 where it is null */
  void *slots;          /* [row]: values; struct text; struct list_slot; a struct has none */
  struct column *children;
  size_t n_children;
  struct arena *arena; /* where texts within nested values are kept; lives as long as the batch */
};

/** Which elements a row has. */
struct list_slot {
  uint32_t start, length;
};

/** `arena` keeps the column's parts, `batch` what its values need until the next batch. */
void column_init(struct column *column, const struct type *type, struct arena *arena, struct arena *batch);
/** Frees its slots. */
void column_done(struct column *column);
/** Starts a batch of so many rows, all of which have a value of nothing yet. */
void column_start(struct column *column, size_t count);
static inline void column_set_null(struct column *column, size_t row)
{
  column->nulls[row] = 1;
}
/** The value at a row, to be read or written. */
#define COLUMN(column, c_type) ((c_type *)(column)->slots)
/** The unscaled value of a decimal, of any precision. */
void column_set_decimal(struct column *column, size_t row, int128 unscaled);
/** The same, to be read. */
int128 column_decimal(const struct column *column, size_t row);

/** Adds the column as the host reads it. Fails where its texts take more than 2 GiB. */
MUST_CHECK bool column_write(const struct column *column, struct text_buffer *out, struct error *err);
/** The same of values that lie elsewhere: `nulls` (NULL: none is null) and `slots` of `type`, as above. */
MUST_CHECK bool column_write_values(const struct type *type, const unsigned char *nulls, const void *slots,
                                    size_t count, struct text_buffer *out, struct error *err);

/** For json_read_value: a column is a struct column. */
extern const struct json_columns worker_columns;

#endif
