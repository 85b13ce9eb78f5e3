#include "duckdb/copy_binary.h"

#include "duckdb/database_internal.h"
#include "expr/expr.h"

#include <endian.h>
#include <inttypes.h>

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

enum { FLUSH_SIZE = 1 << 18, EPOCH_DAYS = 10957 /* from 1970 to 2000, where PostgreSQL counts from */ };
#define EPOCH_US (INT64_C(10957) * 86400 * 1000000)

static const char header[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0"; /* the literal's own NUL is the last byte */

/* One column of a chunk. */
struct copy_column {
  enum copy_type target;
  duckdb_type source; /* how the values lie in the vector: of a decimal its integer's type */
  int scale;          /* of a decimal, else 0 */
  const void *data;
  uint64_t *validity; /* NULL: all are valid */
};

struct copy {
  struct copy_column *columns;
  size_t n_columns;
  size_t row_size; /* bytes that a row takes at most, without its texts */
  struct text_buffer out;
  copy_write write;
  void *context;
};

enum { VALUE_SIZE = 48 }; /* at most, with its length: a numeric of 12 groups of digits has 36 */

/* Room for the rest of a row, and for `length` bytes of text in it. */
static void make_room(struct copy *copy, size_t length)
{
  text_buffer_reserve(&copy->out, size_add(copy->row_size, length));
}

/* There is room: asking for it value by value takes longer than all the rest. */
static inline void put(struct copy *copy, const void *data, size_t length)
{
  memcpy(copy->out.data + copy->out.length, data, length);
  copy->out.length += length;
}

static inline void put_16(struct copy *copy, uint16_t value)
{
  value = htobe16(value);
  put(copy, &value, sizeof(value));
}

static inline void put_32(struct copy *copy, uint32_t value)
{
  value = htobe32(value);
  put(copy, &value, sizeof(value));
}

static inline void put_64(struct copy *copy, uint64_t value)
{
  value = htobe64(value);
  put(copy, &value, sizeof(value));
}

static bool flush(struct copy *copy, size_t least, struct error *err)
{
  if (copy->out.length < least || copy->out.length == 0)
    return true;
  TRY(copy->write(copy->context, copy->out.data, copy->out.length, err));
  text_buffer_clear(&copy->out);
  return true;
}

/* values */

static int128 read_integer(const struct copy_column *column, size_t row)
{
  switch (column->source) {
  case DUCKDB_TYPE_TINYINT:
    return ((const int8_t *)column->data)[row];
  case DUCKDB_TYPE_SMALLINT:
    return ((const int16_t *)column->data)[row];
  case DUCKDB_TYPE_INTEGER:
    return ((const int32_t *)column->data)[row];
  case DUCKDB_TYPE_BIGINT:
    return ((const int64_t *)column->data)[row];
  case DUCKDB_TYPE_HUGEINT: {
    duckdb_hugeint value = ((const duckdb_hugeint *)column->data)[row];
    return (int128)((uint128)value.upper << 64 | value.lower);
  }
  default:
    BUG("read_integer: no integer");
  }
}

static bool put_integer(struct copy *copy, const struct copy_column *column, size_t row, int64_t least, int64_t most,
                        struct error *err)
{
  int128 value = read_integer(column, row);
  if (value < least || value > most)
    return fail(err, ERROR_DEFECT, NOWHERE, "an integer does not fit its column of %s bytes",
                most == INT16_MAX ? "2" : "4");
  if (most == INT16_MAX) {
    put_32(copy, 2);
    put_16(copy, (uint16_t)value);
  } else if (most == INT32_MAX) {
    put_32(copy, 4);
    put_32(copy, (uint32_t)value);
  } else {
    put_32(copy, 8);
    put_64(copy, (uint64_t)value);
  }
  return true;
}

/* numeric: digits to the base of 10000 around the point, the first one with the weight given */
static void put_numeric(struct copy *copy, int128 value, int scale)
{
  enum { BASE = 10000, BASE_DIGITS = 4, MOST = 12 };
  static const unsigned powers[] = { 1, 10, 100, 1000, 10000 };
  uint16_t digits[MOST];
  int count = 0;
  uint128 rest = value < 0 ? -(uint128)value : (uint128)value;
  int last = scale % BASE_DIGITS; /* decimal digits in the last group, which is filled up with zeros */
  if (last > 0 && rest > 0) {
    digits[count++] = (uint16_t)((unsigned)(rest % powers[last]) * powers[BASE_DIGITS - last]);
    rest /= powers[last];
  }
  int n_fraction = (scale + BASE_DIGITS - 1) / BASE_DIGITS;
  for (; rest > 0 && count < MOST; rest /= BASE)
    digits[count++] = (uint16_t)(rest % BASE);
  int skipped = 0;
  while (skipped < count && digits[skipped] == 0)
    skipped++;
  put_32(copy, (uint32_t)(8 + 2 * (count - skipped)));
  put_16(copy, (uint16_t)(count - skipped));
  put_16(copy, (uint16_t)(count - skipped == 0 ? 0 : count - n_fraction - 1));
  put_16(copy, value < 0 ? 0x4000 : 0);
  put_16(copy, (uint16_t)scale);
  for (int i = count - 1; i >= skipped; i--)
    put_16(copy, digits[i]);
}

static double read_double(const struct copy_column *column, size_t row)
{
  if (column->source == DUCKDB_TYPE_FLOAT)
    return (double)((const float *)column->data)[row];
  return ((const double *)column->data)[row];
}

static void put_real(struct copy *copy, const struct copy_column *column, size_t row)
{
  uint32_t bits;
  memcpy(&bits, &((const float *)column->data)[row], sizeof(bits));
  put_32(copy, 4);
  put_32(copy, bits);
}

static void put_double(struct copy *copy, const struct copy_column *column, size_t row)
{
  double value = read_double(column, row);
  uint64_t bits;
  memcpy(&bits, &value, sizeof(bits));
  put_32(copy, 8);
  put_64(copy, bits);
}

static void put_text(struct copy *copy, const struct copy_column *column, size_t row)
{
  duckdb_string_t value = ((const duckdb_string_t *)column->data)[row];
  uint32_t length = duckdb_string_t_length(value);
  const char *data = duckdb_string_t_data(&value);
  make_room(copy, length);
  if (column->target == COPY_JSONB) {
    put_32(copy, length + 1);
    put(copy, "\1", 1); /* the version of jsonb's format */
  } else {
    put_32(copy, length);
  }
  put(copy, data, length);
}

static bool put_value(struct copy *copy, const struct copy_column *column, size_t row, struct error *err)
{
  switch (column->target) {
  case COPY_BOOLEAN:
    put_32(copy, 1);
    put(copy, ((const bool *)column->data)[row] ? "\1" : "\0", 1);
    return true;
  case COPY_SMALLINT:
    return put_integer(copy, column, row, INT16_MIN, INT16_MAX, err);
  case COPY_INTEGER:
    return put_integer(copy, column, row, INT32_MIN, INT32_MAX, err);
  case COPY_BIGINT:
    return put_integer(copy, column, row, INT64_MIN, INT64_MAX, err);
  case COPY_REAL:
    put_real(copy, column, row);
    return true;
  case COPY_DOUBLE:
    put_double(copy, column, row);
    return true;
  case COPY_NUMERIC:
    put_numeric(copy, read_integer(column, row), column->scale);
    return true;
  case COPY_TEXT:
  case COPY_JSONB:
  case COPY_BYTEA:
    put_text(copy, column, row);
    return true;
  case COPY_DATE:
    put_32(copy, 4);
    put_32(copy, (uint32_t)(((const int32_t *)column->data)[row] - EPOCH_DAYS));
    return true;
  case COPY_TIMESTAMPTZ:
  case COPY_TIMESTAMP:
    put_32(copy, 8);
    put_64(copy, (uint64_t)(((const int64_t *)column->data)[row] - EPOCH_US));
    return true;
  }
  BUG("put_value: unknown type");
}

/* chunks */

static const bool *sources_of(enum copy_type target)
{
#define INTEGERS                                                                                                       \
  [DUCKDB_TYPE_TINYINT] = true, [DUCKDB_TYPE_SMALLINT] = true, [DUCKDB_TYPE_INTEGER] = true, [DUCKDB_TYPE_BIGINT] = true
  static const bool boolean[64] = { [DUCKDB_TYPE_BOOLEAN] = true };
  static const bool integers[64] = { INTEGERS };
  static const bool exact[64] = { INTEGERS, [DUCKDB_TYPE_HUGEINT] = true };
  static const bool real[64] = { [DUCKDB_TYPE_FLOAT] = true };
  static const bool floating[64] = { [DUCKDB_TYPE_FLOAT] = true, [DUCKDB_TYPE_DOUBLE] = true };
  static const bool text[64] = { [DUCKDB_TYPE_VARCHAR] = true };
  static const bool bytes[64] = { [DUCKDB_TYPE_BLOB] = true };
  static const bool date[64] = { [DUCKDB_TYPE_DATE] = true };
  static const bool instant[64] = { [DUCKDB_TYPE_TIMESTAMP_TZ] = true };
  static const bool local[64] = { [DUCKDB_TYPE_TIMESTAMP] = true };
  static const bool *const sources[] = {
    [COPY_BOOLEAN] = boolean, [COPY_SMALLINT] = integers, [COPY_INTEGER] = integers, [COPY_BIGINT] = integers,
    [COPY_REAL] = real,       [COPY_DOUBLE] = floating,   [COPY_NUMERIC] = exact,    [COPY_TEXT] = text,
    [COPY_JSONB] = text,      [COPY_BYTEA] = bytes,       [COPY_DATE] = date,        [COPY_TIMESTAMPTZ] = instant,
    [COPY_TIMESTAMP] = local,
  };
  return sources[target];
}

static bool describe(duckdb_result *result, size_t index, struct copy_column *column, struct error *err)
{
  duckdb_logical_type type = duckdb_column_logical_type(result, index);
  column->source = duckdb_get_type_id(type);
  column->scale = 0;
  if (column->source == DUCKDB_TYPE_DECIMAL) {
    column->scale = duckdb_decimal_scale(type);
    column->source = duckdb_decimal_internal_type(type);
  }
  duckdb_destroy_logical_type(&type);
  if (column->source < 64 && sources_of(column->target)[column->source])
    return true;
  return fail(err, ERROR_DEFECT, NOWHERE, "column %zu of gold cannot be copied as type %d", index + 1,
              (int)column->target);
}

static bool put_chunk(struct copy *copy, duckdb_data_chunk chunk, struct error *err)
{
  for (size_t i = 0; i < copy->n_columns; i++) {
    duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, i);
    copy->columns[i].data = duckdb_vector_get_data(vector);
    copy->columns[i].validity = duckdb_vector_get_validity(vector);
  }
  size_t n_rows = duckdb_data_chunk_get_size(chunk);
  for (size_t row = 0; row < n_rows; row++) {
    make_room(copy, 0);
    put_16(copy, (uint16_t)copy->n_columns);
    for (size_t i = 0; i < copy->n_columns; i++) {
      const struct copy_column *column = &copy->columns[i];
      if (column->validity != NULL && !duckdb_validity_row_is_valid(column->validity, row))
        put_32(copy, UINT32_MAX);
      else
        TRY(put_value(copy, column, row, err));
    }
  }
  return flush(copy, FLUSH_SIZE, err);
}

static bool put_result(struct copy *copy, duckdb_result *result, uint64_t *ret_rows, struct error *err)
{
  bool is_done = true;
  for (size_t i = 0; i < copy->n_columns; i++)
    TRY(describe(result, i, &copy->columns[i], err));
  make_room(copy, sizeof(header));
  put(copy, header, sizeof(header));
  for (;;) {
    duckdb_data_chunk chunk = duckdb_fetch_chunk(*result);
    if (chunk == NULL)
      break;
    *ret_rows += duckdb_data_chunk_get_size(chunk);
    is_done = put_chunk(copy, chunk, err);
    duckdb_destroy_data_chunk(&chunk);
    TRY(is_done);
  }
  const char *reason = duckdb_result_error(result);
  if (reason != NULL)
    return database_fail(err, reason, "COPY");
  make_room(copy, 0);
  put_16(copy, UINT16_MAX);
  return flush(copy, 0, err);
}

bool database_copy_binary(struct database *database, const char *sql, const struct copy_stream *stream,
                          uint64_t *ret_rows, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct copy copy = { .columns = arena_array(&scratch, stream->n_types + 1, sizeof(struct copy_column)),
                       .n_columns = stream->n_types,
                       .row_size = size_add(2, size_multiply(stream->n_types, VALUE_SIZE)),
                       .write = stream->write,
                       .context = stream->context };
  for (size_t i = 0; i < stream->n_types; i++)
    copy.columns[i].target = stream->types[i];
  duckdb_result result = { 0 };
  *ret_rows = 0;
  TRY(database_stream(database, sql, &result, err));
  bool is_done = put_result(&copy, &result, ret_rows, err);
  text_buffer_done(&copy.out);
  duckdb_destroy_result(&result);
  return is_done;
}

void copy_add_sent(const char *name, const struct type *type, bool is_json, struct text_buffer *sql)
{
  bool is_nested = !is_json && (type->id == TYPE_ARRAY || type->id == TYPE_MAP || type->id == TYPE_STRUCT);
  bool is_text = !is_nested && (is_json || type->id == TYPE_VOID);
  text_buffer_add_string(sql, is_nested ? "CAST(to_json(" : is_text ? "CAST(" : "");
  sql_add_name(sql, name);
  text_buffer_add_string(sql, is_nested ? ") AS VARCHAR)" : is_text ? " AS VARCHAR)" : "");
}
