/* A few rows as Arrow's stream of one batch. FlatBuffers are written front to back: a table, then what its offsets lead
 * to, and the offsets are filled in when that is known. */
#include "engine/spark/arrow.h"

#include <errno.h>
#include <stdlib.h>

enum { VERSION_5 = 4, HEADER_SCHEMA = 1, HEADER_RECORD_BATCH = 3, TYPE_INT = 2, TYPE_UTF8 = 5, FIELDS_MOST = 8 };

static void add_number(struct text_buffer *out, uint64_t value, size_t size)
{
  for (size_t i = 0; i < size; i++)
    text_buffer_add_char(out, (char)(value >> 8 * i & 0xff));
}

static void set_number(struct text_buffer *out, size_t at, uint64_t value, size_t size)
{
  for (size_t i = 0; i < size; i++)
    out->data[at + i] = (char)(value >> 8 * i & 0xff);
}

/* Zeros until `length + ahead` is a multiple of `to`. */
static void align(struct text_buffer *out, size_t ahead, size_t to)
{
  while ((out->length + ahead) % to != 0)
    text_buffer_add_char(out, '\0');
}

/* Fills an offset: from where it stands to the end of what was written. */
static void point_here(struct text_buffer *out, size_t at)
{
  set_number(out, at, out->length - at, 4);
}

/* Begins a table whose fields, by their numbers, have these sizes (0: absent) and are zero. Returns where it is;
 * *ret_at has where each field is. */
static size_t add_table(struct text_buffer *out, const size_t *sizes, size_t count, size_t ret_at[FIELDS_MOST])
{
  size_t offsets[FIELDS_MOST] = { 0 }, end = 4;
  for (size_t i = 0; i < count; i++)
    if (sizes[i] > 0) {
      end = (end + sizes[i] - 1) / sizes[i] * sizes[i];
      offsets[i] = end;
      end += sizes[i];
    }
  align(out, 4 + 2 * count, 8);
  add_number(out, 4 + 2 * count, 2);
  add_number(out, end, 2);
  for (size_t i = 0; i < count; i++)
    add_number(out, offsets[i], 2);
  size_t table = out->length;
  add_number(out, 4 + 2 * count, 4);
  for (size_t i = 4; i < end; i++)
    text_buffer_add_char(out, '\0');
  for (size_t i = 0; i < count; i++)
    ret_at[i] = table + offsets[i];
  return table;
}

/* The root of each message: its kind and its body's length; returns where the offset of its header is. */
static size_t add_message(struct text_buffer *out, uint64_t kind, uint64_t body)
{
  size_t at[FIELDS_MOST];
  add_number(out, 0, 4);
  set_number(out, 0, add_table(out, (const size_t[]){ 2, 1, 4, 8 }, 4, at), 4);
  set_number(out, at[0], VERSION_5, 2);
  set_number(out, at[1], kind, 1);
  set_number(out, at[3], body, 8);
  return at[2];
}

/* Returns where the field's table is. */
static size_t add_field(struct text_buffer *out, const struct spark_column *column)
{
  enum { NAME, NULLABLE, KIND, TYPE, DICTIONARY, CHILDREN, N_FIELDS };
  size_t at[FIELDS_MOST], type_at[FIELDS_MOST];
  size_t field = add_table(out, (const size_t[]){ 4, 1, 1, 4, 0, 4 }, N_FIELDS, at);
  set_number(out, at[NULLABLE], 1, 1);
  set_number(out, at[KIND], column->type == SPARK_BIGINT ? TYPE_INT : TYPE_UTF8, 1);
  align(out, 0, 4);
  point_here(out, at[NAME]);
  add_number(out, strlen(column->name), 4);
  text_buffer_add(out, column->name, strlen(column->name) + 1);
  align(out, 0, 4);
  point_here(out, at[CHILDREN]); /* none */
  add_number(out, 0, 4);
  size_t table = column->type == SPARK_BIGINT ? add_table(out, (const size_t[]){ 4, 1 }, 2, type_at)
                                              : add_table(out, NULL, 0, type_at);
  set_number(out, at[TYPE], table - at[TYPE], 4);
  if (column->type == SPARK_BIGINT) {
    set_number(out, type_at[0], 64, 4);
    set_number(out, type_at[1], 1, 1); /* signed */
  }
  return field;
}

/* A message: its metadata, padded to eight bytes, and its body. */
static void add_framed(struct text_buffer *out, struct text_buffer *metadata, struct text body)
{
  align(metadata, 0, 8);
  add_number(out, UINT32_MAX, 4);
  add_number(out, metadata->length, 4);
  text_buffer_add_text(out, text_buffer_text(metadata));
  text_buffer_add_text(out, body);
}

static void add_schema(struct text_buffer *out, const struct spark_column *columns, size_t count)
{
  SCOPED(text_buffer_done) struct text_buffer metadata = { 0 };
  size_t at[FIELDS_MOST];
  size_t header = add_message(&metadata, HEADER_SCHEMA, 0);
  size_t table = add_table(&metadata, (const size_t[]){ 2, 4 }, 2, at);
  set_number(&metadata, header, table - header, 4);
  align(&metadata, 0, 4);
  point_here(&metadata, at[1]);
  add_number(&metadata, count, 4);
  size_t fields = metadata.length;
  for (size_t i = 0; i < count; i++)
    add_number(&metadata, 0, 4);
  for (size_t i = 0; i < count; i++) {
    size_t field = add_field(&metadata, &columns[i]);
    set_number(&metadata, fields + 4 * i, field - (fields + 4 * i), 4);
  }
  add_framed(out, &metadata, (struct text){ 0 });
}

/* the body */

struct batch {
  struct text_buffer body, buffers, nodes; /* these two: pairs of 64-bit numbers */
};

/* Notes the bytes from `start` to the end of the body as the next buffer. */
static void end_buffer(struct batch *batch, size_t start)
{
  add_number(&batch->buffers, start, 8);
  add_number(&batch->buffers, batch->body.length - start, 8);
  align(&batch->body, 0, 8);
}

static uint64_t integer_of(const char *digits)
{
  char *end = NULL;
  errno = 0;
  long long value = strtoll(digits, &end, 10);
  if (errno != 0 || end == digits || *end != '\0')
    BUG("a cell that is no BIGINT");
  return (uint64_t)value;
}

static void add_validity(struct batch *batch, const struct table *rows, size_t column)
{
  size_t start = batch->body.length;
  uint64_t n_nulls = 0;
  for (size_t row = 0; row < rows->n_rows; row += 8) {
    unsigned bits = 0;
    for (size_t i = row; i < rows->n_rows && i < row + 8; i++)
      if (rows->cells[i * rows->n_columns + column] != NULL)
        bits |= 1U << (i - row);
      else
        n_nulls++;
    add_number(&batch->body, bits, 1);
  }
  end_buffer(batch, start);
  add_number(&batch->nodes, rows->n_rows, 8);
  add_number(&batch->nodes, n_nulls, 8);
}

static void add_integers(struct batch *batch, const struct table *rows, size_t column)
{
  size_t start = batch->body.length;
  for (size_t row = 0; row < rows->n_rows; row++) {
    const char *cell = rows->cells[row * rows->n_columns + column];
    add_number(&batch->body, cell == NULL ? 0 : integer_of(cell), 8);
  }
  end_buffer(batch, start);
}

static void add_texts(struct batch *batch, const struct table *rows, size_t column)
{
  size_t start = batch->body.length;
  uint64_t end = 0;
  add_number(&batch->body, 0, 4);
  for (size_t row = 0; row < rows->n_rows; row++) {
    const char *cell = rows->cells[row * rows->n_columns + column];
    end += cell == NULL ? 0 : strlen(cell);
    if (end > INT32_MAX)
      BUG("a local view of 2 GiB");
    add_number(&batch->body, end, 4);
  }
  end_buffer(batch, start);
  start = batch->body.length;
  for (size_t row = 0; row < rows->n_rows; row++)
    if (rows->cells[row * rows->n_columns + column] != NULL)
      text_buffer_add_string(&batch->body, rows->cells[row * rows->n_columns + column]);
  end_buffer(batch, start);
}

/* A vector of pairs of 64-bit numbers, which are aligned behind its length. */
static void add_pairs(struct text_buffer *metadata, size_t field, const struct text_buffer *pairs)
{
  align(metadata, 4, 8);
  point_here(metadata, field);
  add_number(metadata, pairs->length / 16, 4);
  text_buffer_add_text(metadata, text_buffer_text(pairs));
}

static void add_batch(struct text_buffer *out, const struct spark_column *columns, const struct table *rows)
{
  SCOPED(text_buffer_done) struct text_buffer metadata = { 0 };
  struct batch batch = { 0 };
  size_t at[FIELDS_MOST];
  for (size_t i = 0; i < rows->n_columns; i++) {
    add_validity(&batch, rows, i);
    if (columns[i].type == SPARK_BIGINT)
      add_integers(&batch, rows, i);
    else
      add_texts(&batch, rows, i);
  }
  size_t header = add_message(&metadata, HEADER_RECORD_BATCH, batch.body.length);
  size_t table = add_table(&metadata, (const size_t[]){ 8, 4, 4 }, 3, at);
  set_number(&metadata, header, table - header, 4);
  set_number(&metadata, at[0], rows->n_rows, 8);
  add_pairs(&metadata, at[1], &batch.nodes);
  add_pairs(&metadata, at[2], &batch.buffers);
  add_framed(out, &metadata, text_buffer_text(&batch.body));
  text_buffer_done(&batch.body);
  text_buffer_done(&batch.buffers);
  text_buffer_done(&batch.nodes);
}

void arrow_encode(const struct spark_column *columns, const struct table *rows, struct text_buffer *out)
{
  add_schema(out, columns, rows->n_columns);
  add_batch(out, columns, rows);
  add_number(out, UINT32_MAX, 4);
  add_number(out, 0, 4);
}
