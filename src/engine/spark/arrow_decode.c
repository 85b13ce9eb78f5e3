/* Arrow's stream of record batches to cells of text. The metadata are FlatBuffers: a table has, at a signed offset
 * before it, a list of where its fields are; what is not a number is an offset to it. */
#include "engine/spark/arrow.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Of Arrow's Schema.fbs and Message.fbs. */
enum { HEADER_SCHEMA = 1, HEADER_RECORD_BATCH = 3 };
enum {
  TYPE_NULL = 1,
  TYPE_INT = 2,
  TYPE_FLOAT = 3,
  TYPE_BINARY = 4,
  TYPE_UTF8 = 5,
  TYPE_BOOL = 6,
  TYPE_DECIMAL = 7,
  TYPE_DATE = 8,
  TYPE_TIMESTAMP = 10,
  TYPE_LARGE_BINARY = 19,
  TYPE_LARGE_UTF8 = 20,
};
enum { UNIT_DAY = 0, UNIT_MICROSECOND = 2, PRECISION_SINGLE = 1, PRECISION_DOUBLE = 2 };
enum { COLUMNS_MOST = 4096, ROWS_MOST = 100000000, BYTES_OF_DECIMAL = 16 };

struct column {
  const char *name;
  int type;
  int64_t detail; /* width of an integer, precision of a float, scale of a decimal, unit of a date or timestamp */
  int64_t width;  /* bits of a decimal */
  bool is_nested;
  /* in the batch that is read */
  struct text validity, offsets, data;
  uint64_t length;
};

struct decoding {
  struct text bytes; /* of the metadata that are read */
  bool is_broken;
  struct arrow_rows *rows;
  struct column *columns;
  size_t n_columns;
  bool has_schema;
};

/* numbers */

static uint64_t number(struct text bytes, size_t at, size_t size)
{
  uint64_t value = 0;
  for (size_t i = size; i > 0; i--)
    value = value << 8 | (unsigned char)bytes.data[at + i - 1];
  return value;
}

/* Zero and is_broken where it does not lie in the bytes. */
static uint64_t read_number(struct decoding *decoding, size_t at, size_t size)
{
  if (at > decoding->bytes.length || decoding->bytes.length - at < size) {
    decoding->is_broken = true;
    return 0;
  }
  return number(decoding->bytes, at, size);
}

/* FlatBuffers */

/* Where a table's field is; 0 where the table has none. */
static size_t field_at(struct decoding *decoding, size_t table, size_t index)
{
  int64_t back = (int32_t)(uint32_t)read_number(decoding, table, 4);
  int64_t list = (int64_t)table - back;
  if (decoding->is_broken || list < 0 || (uint64_t)list > decoding->bytes.length) {
    decoding->is_broken = true;
    return 0;
  }
  size_t size = (size_t)read_number(decoding, (size_t)list, 2);
  if (4 + 2 * index + 2 > size)
    return 0;
  size_t offset = (size_t)read_number(decoding, (size_t)list + 4 + 2 * index, 2);
  return offset == 0 ? 0 : table + offset;
}

static uint64_t field_number(struct decoding *decoding, size_t table, size_t index, size_t size, uint64_t if_absent)
{
  size_t at = field_at(decoding, table, index);
  return at == 0 ? if_absent : read_number(decoding, at, size);
}

/* What a field's offset leads to; 0 where there is none. */
static size_t field_target(struct decoding *decoding, size_t table, size_t index)
{
  size_t at = field_at(decoding, table, index);
  if (at == 0)
    return 0;
  size_t target = at + (size_t)read_number(decoding, at, 4);
  if (target > decoding->bytes.length)
    decoding->is_broken = true;
  return decoding->is_broken ? 0 : target;
}

/* A vector's first element and how many there are, each of `size` bytes. */
static size_t field_vector(struct decoding *decoding, size_t table, size_t index, size_t size, size_t *ret_count)
{
  size_t target = field_target(decoding, table, index);
  *ret_count = target == 0 ? 0 : (size_t)read_number(decoding, target, 4);
  if (target != 0 && (decoding->is_broken || (decoding->bytes.length - target - 4) / size < *ret_count)) {
    decoding->is_broken = true;
    *ret_count = 0;
  }
  return target + 4;
}

/* the schema */

static void read_column(struct decoding *decoding, size_t field, struct column *column)
{
  struct arena *arena = decoding->rows->arena;
  size_t length, n_children;
  size_t name = field_vector(decoding, field, 0, 1, &length);
  size_t type = field_target(decoding, field, 3);
  column->name = length == 0 ? "" : arena_copy(arena, decoding->bytes.data + name, length);
  column->type = (int)field_number(decoding, field, 2, 1, 0);
  field_vector(decoding, field, 5, 4, &n_children);
  column->is_nested = n_children > 0 || field_at(decoding, field, 4) != 0;
  if (type == 0)
    return;
  if (column->type == TYPE_INT)
    column->detail = (int64_t)field_number(decoding, type, 0, 4, 0);
  else if (column->type == TYPE_DATE)
    column->detail = (int64_t)field_number(decoding, type, 0, 2, 1);
  else if (column->type == TYPE_TIMESTAMP || column->type == TYPE_FLOAT)
    column->detail = (int64_t)field_number(decoding, type, 0, 2, 0);
  else if (column->type == TYPE_DECIMAL)
    column->detail = (int32_t)(uint32_t)field_number(decoding, type, 1, 4, 0);
  column->width = column->type == TYPE_DECIMAL ? (int64_t)field_number(decoding, type, 2, 4, 128) : 0;
}

static bool is_taken(const struct column *column)
{
  switch (column->type) {
  case TYPE_INT:
    return column->detail == 8 || column->detail == 16 || column->detail == 32 || column->detail == 64;
  case TYPE_FLOAT:
    return column->detail == PRECISION_SINGLE || column->detail == PRECISION_DOUBLE;
  case TYPE_DECIMAL:
    return column->width == 8 * BYTES_OF_DECIMAL && column->detail >= 0 && column->detail <= 38;
  case TYPE_DATE:
    return column->detail == UNIT_DAY;
  case TYPE_TIMESTAMP:
    return column->detail == UNIT_MICROSECOND;
  default:
    return column->type == TYPE_NULL || column->type == TYPE_BINARY || column->type == TYPE_UTF8 ||
           column->type == TYPE_BOOL || column->type == TYPE_LARGE_BINARY || column->type == TYPE_LARGE_UTF8;
  }
}

static bool fail_broken(struct error *err)
{
  return fail(err, ERROR_ENVIRONMENT, NOWHERE, "Spark's answer is no Arrow stream that can be read");
}

static bool read_schema(struct decoding *decoding, size_t schema, struct error *err)
{
  struct table *table = &decoding->rows->table;
  size_t count;
  size_t fields = field_vector(decoding, schema, 1, 4, &count);
  if (decoding->is_broken || count > COLUMNS_MOST || decoding->has_schema ||
      (table->n_columns > 0 && table->n_columns != count))
    return fail_broken(err);
  decoding->has_schema = true;
  decoding->columns = arena_array(decoding->rows->arena, count + 1, sizeof(*decoding->columns));
  decoding->n_columns = table->n_columns = count;
  for (size_t i = 0; i < count; i++) {
    struct column *column = &decoding->columns[i];
    size_t at = fields + 4 * i;
    read_column(decoding, at + (size_t)read_number(decoding, at, 4), column);
    if (decoding->is_broken)
      return fail_broken(err);
    if (column->is_nested || !is_taken(column)) {
      fail(err, ERROR_ENVIRONMENT, NOWHERE, "the result's column \"%s\" has a type that is not taken from Spark",
           column->name);
      return add_hint(err, "Cast it to STRING in the query.");
    }
  }
  return true;
}

/* cells */

/* The shortest text that is read as the same number again. */
static char *floating_text(struct arena *arena, double value, bool is_single)
{
  char text[40];
  if (isnan(value))
    return arena_copy(arena, "NaN", 3);
  if (isinf(value))
    return value > 0 ? arena_copy(arena, "Infinity", 8) : arena_copy(arena, "-Infinity", 9);
  for (int digits = is_single ? 6 : 15; digits <= 17; digits++) {
    snprintf(text, sizeof(text), "%.*g", digits, value);
    if (is_single ? strtof(text, NULL) == (float)value : strtod(text, NULL) == value)
      break;
  }
  return arena_copy(arena, text, strlen(text));
}

static char *floating_cell(struct arena *arena, const struct column *column, size_t row)
{
  if (column->detail == PRECISION_SINGLE) {
    uint32_t bits = (uint32_t)number(column->data, 4 * row, 4);
    float value;
    memcpy(&value, &bits, sizeof(value));
    return floating_text(arena, (double)value, true);
  }
  uint64_t bits = number(column->data, 8 * row, 8);
  double value;
  memcpy(&value, &bits, sizeof(value));
  return floating_text(arena, value, false);
}

/* Divides a number of four words, the lowest first, by ten; returns the rest. */
static uint32_t divide_by_ten(uint32_t words[4])
{
  uint64_t rest = 0;
  for (size_t i = 4; i > 0; i--) {
    uint64_t part = rest << 32 | words[i - 1];
    words[i - 1] = (uint32_t)(part / 10);
    rest = part % 10;
  }
  return (uint32_t)rest;
}

/* A two's complement of 128 bits with so many digits behind its point. */
static char *decimal_cell(struct arena *arena, const struct column *column, size_t row)
{
  char text[64];
  size_t at = sizeof(text);
  uint32_t words[4];
  uint64_t carry = 1;
  for (size_t i = 0; i < 4; i++)
    words[i] = (uint32_t)number(column->data, BYTES_OF_DECIMAL * row + 4 * i, 4);
  bool is_negative = words[3] >> 31 != 0;
  for (size_t i = 0; is_negative && i < 4; i++) {
    carry += (uint32_t)~words[i];
    words[i] = (uint32_t)carry;
    carry >>= 32;
  }
  text[--at] = '\0';
  for (int64_t digit = 0; digit <= column->detail || (words[0] | words[1] | words[2] | words[3]) != 0; digit++) {
    if (digit == column->detail && column->detail > 0)
      text[--at] = '.';
    text[--at] = (char)('0' + divide_by_ten(words));
  }
  if (is_negative)
    text[--at] = '-';
  return arena_copy(arena, text + at, sizeof(text) - 1 - at);
}

static bool is_large(const struct column *column)
{
  return column->type == TYPE_LARGE_BINARY || column->type == TYPE_LARGE_UTF8;
}

static bool text_cell(struct arena *arena, const struct column *column, size_t row, char **ret_cell)
{
  size_t width = is_large(column) ? 8 : 4;
  uint64_t start = number(column->offsets, width * row, width);
  uint64_t end = number(column->offsets, width * (row + 1), width);
  if (start > end || end > column->data.length)
    return false;
  *ret_cell = arena_copy(arena, column->data.data + start, (size_t)(end - start));
  return true;
}

static bool bit(struct text bits, size_t index)
{
  return ((unsigned char)bits.data[index / 8] >> index % 8 & 1) != 0;
}

static char *integer_cell(struct arena *arena, const struct column *column, size_t row)
{
  size_t width = column->type == TYPE_INT ? (size_t)column->detail / 8 : column->type == TYPE_DATE ? 4 : 8;
  uint64_t value = number(column->data, width * row, width);
  uint64_t sign = UINT64_C(1) << (8 * width - 1);
  return arena_printf(arena, "%" PRId64, (int64_t)((value ^ sign) - sign));
}

static bool read_cell(struct arena *arena, const struct column *column, size_t row, char **ret_cell)
{
  *ret_cell = NULL;
  if (column->type == TYPE_NULL || (column->validity.length > 0 && !bit(column->validity, row)))
    return true;
  switch (column->type) {
  case TYPE_BOOL:
    *ret_cell = bit(column->data, row) ? arena_copy(arena, "true", 4) : arena_copy(arena, "false", 5);
    return true;
  case TYPE_FLOAT:
    *ret_cell = floating_cell(arena, column, row);
    return true;
  case TYPE_DECIMAL:
    *ret_cell = decimal_cell(arena, column, row);
    return true;
  case TYPE_INT:
  case TYPE_DATE:
  case TYPE_TIMESTAMP:
    *ret_cell = integer_cell(arena, column, row);
    return true;
  default:
    return text_cell(arena, column, row, ret_cell);
  }
}

/* batches */

/* Bytes that a column's values of fixed width take. */
static uint64_t bytes_of_values(const struct column *column, uint64_t n_rows)
{
  if (column->type == TYPE_BOOL)
    return n_rows / 8 + (n_rows % 8 != 0);
  if (column->type == TYPE_DECIMAL)
    return n_rows * BYTES_OF_DECIMAL;
  if (column->type == TYPE_INT)
    return n_rows * (uint64_t)column->detail / 8;
  return n_rows *
         (column->type == TYPE_DATE || (column->type == TYPE_FLOAT && column->detail == PRECISION_SINGLE) ? 4 : 8);
}

/* The next of the batch's buffers, which begin at `buffers` in the metadata and lie in `body`. */
static struct text next_buffer(struct decoding *decoding, size_t buffers, size_t count, size_t *next, struct text body)
{
  struct text buffer = { 0 };
  if (*next == count) {
    decoding->is_broken = true;
    return buffer;
  }
  uint64_t offset = read_number(decoding, buffers + 16 * *next, 8);
  uint64_t length = read_number(decoding, buffers + 16 * *next + 8, 8);
  ++*next;
  if (offset > body.length || length > body.length - offset)
    decoding->is_broken = true;
  else
    buffer = (struct text){ body.data + offset, (size_t)length };
  return buffer;
}

static bool take_buffers(struct decoding *decoding, size_t batch, uint64_t n_rows, struct text body)
{
  size_t n_buffers, n_nodes, next = 0;
  size_t buffers = field_vector(decoding, batch, 2, 16, &n_buffers);
  size_t nodes = field_vector(decoding, batch, 1, 16, &n_nodes);
  for (size_t i = 0; i < decoding->n_columns && i < n_nodes && !decoding->is_broken; i++) {
    struct column *column = &decoding->columns[i];
    bool has_text = column->type == TYPE_BINARY || column->type == TYPE_UTF8 || is_large(column);
    column->length = read_number(decoding, nodes + 16 * i, 8);
    if (column->type == TYPE_NULL)
      continue;
    column->validity = next_buffer(decoding, buffers, n_buffers, &next, body);
    column->offsets = has_text ? next_buffer(decoding, buffers, n_buffers, &next, body) : (struct text){ 0 };
    column->data = next_buffer(decoding, buffers, n_buffers, &next, body);
    uint64_t needed = has_text ? (is_large(column) ? 8 : 4) * (n_rows + 1) : bytes_of_values(column, n_rows);
    decoding->is_broken = decoding->is_broken || column->length != n_rows ||
                          (has_text ? column->offsets : column->data).length < (n_rows == 0 ? 0 : needed) ||
                          (column->validity.length > 0 && column->validity.length < n_rows / 8 + (n_rows % 8 != 0));
  }
  return !decoding->is_broken && n_nodes == decoding->n_columns;
}

static void make_room(struct arrow_rows *rows, size_t more)
{
  struct table *table = &rows->table;
  size_t needed = size_add(table->n_rows, more);
  if (needed <= rows->capacity)
    return;
  size_t capacity = needed < 2 * rows->capacity ? 2 * rows->capacity : needed;
  char **cells = arena_array(rows->arena, size_multiply(capacity, table->n_columns), sizeof(*cells));
  if (table->n_rows > 0)
    memcpy(cells, table->cells, table->n_rows * table->n_columns * sizeof(*cells));
  table->cells = cells;
  rows->capacity = capacity;
}

static bool read_batch(struct decoding *decoding, size_t batch, struct text body, struct error *err)
{
  struct table *table = &decoding->rows->table;
  uint64_t n_rows = field_number(decoding, batch, 0, 8, 0);
  if (field_at(decoding, batch, 3) != 0)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE,
                "Spark's answer has compressed Arrow batches, plain ones were expected");
  /* of columns that take no bytes (NULL) any number of rows may be announced */
  if (!decoding->has_schema || n_rows > ROWS_MOST || !take_buffers(decoding, batch, n_rows, body))
    return fail_broken(err);
  make_room(decoding->rows, (size_t)n_rows);
  for (size_t row = 0; row < n_rows; row++)
    for (size_t i = 0; i < table->n_columns; i++)
      if (!read_cell(decoding->rows->arena, &decoding->columns[i], row,
                     &table->cells[(table->n_rows + row) * table->n_columns + i]))
        return fail_broken(err);
  table->n_rows += (size_t)n_rows;
  return true;
}

/* Each message: four bytes of ones, the length of its metadata, these, and a body whose length they have. */
bool arrow_decode(struct text stream, struct arrow_rows *rows, struct error *err)
{
  struct decoding decoding = { .rows = rows };
  size_t at = 0;
  while (stream.length - at >= 8) {
    uint64_t size = number(stream, at + 4, 4);
    if (number(stream, at, 4) != UINT32_MAX || size > stream.length - at - 8)
      return fail_broken(err);
    if (size == 0)
      break; /* the end of the stream */
    decoding.bytes = (struct text){ stream.data + at + 8, (size_t)size };
    at += 8 + (size_t)size;
    size_t message = (size_t)read_number(&decoding, 0, 4);
    uint64_t kind = field_number(&decoding, message, 1, 1, 0);
    size_t header = field_target(&decoding, message, 2);
    uint64_t body = field_number(&decoding, message, 3, 8, 0);
    if (decoding.is_broken || body > stream.length - at || header == 0)
      return fail_broken(err);
    if (kind == HEADER_SCHEMA)
      TRY(read_schema(&decoding, header, err));
    else if (kind == HEADER_RECORD_BATCH)
      TRY(read_batch(&decoding, header, (struct text){ stream.data + at, (size_t)body }, err));
    else
      return fail_broken(err);
    at += (size_t)body;
  }
  return decoding.has_schema || fail_broken(err);
}
