/* from_json: JSON into a value of a type, as Spark's JacksonParser does in PERMISSIVE mode: a field of a struct that
 * its type does not take is null and its neighbours are read on; an element of an array or map that does not fit makes
 * the whole of it unfit; JSON that is broken makes nothing at all. */
#include "duckdb/functions/json.h"

#include <math.h>

enum outcome {
  READ,
  UNFIT,  /* the value is not one of the type; where the reader stands does not matter */
  BROKEN, /* the JSON itself is */
};

static enum outcome write_value(struct udf_call *call, duckdb_vector vector, const struct type *type, size_t row,
                                struct json_reader *reader, enum json_token token);

static void set_null(duckdb_vector vector, const struct type *type, size_t row)
{
  duckdb_vector_ensure_validity_writable(vector);
  duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector), row);
  if (type->id == TYPE_STRUCT) /* DuckDB looks at the fields by themselves, too */
    for (size_t i = 0; i < type->n_fields; i++)
      set_null(duckdb_struct_vector_get_child(vector, i), type->fields[i].type, row);
  else if (type->id == TYPE_ARRAY || type->id == TYPE_MAP)
    ((duckdb_list_entry *)duckdb_vector_get_data(vector))[row] = (duckdb_list_entry){ 0, 0 };
}

static void set_valid(duckdb_vector vector, size_t row)
{
  uint64_t *validity = duckdb_vector_get_validity(vector);
  if (validity != NULL)
    duckdb_validity_set_row_valid(validity, row);
}

/* Text of a value for a string: a string plain, anything else as JSON. */
static enum outcome write_text(struct udf_call *call, duckdb_vector vector, size_t row, struct json_reader *reader,
                               enum json_token token)
{
  text_buffer_clear(&call->buffer);
  if (token == JSON_STRING)
    json_add_plain(reader, &call->buffer);
  else if (!json_copy(reader, token, &call->buffer))
    return BROKEN;
  struct text text = text_buffer_text(&call->buffer);
  duckdb_vector_assign_string_element_len(vector, row, text.data, text.length);
  return READ;
}

static bool is_integer_text(struct text text)
{
  for (size_t i = 0; i < text.length; i++)
    if (text.data[i] == '.' || (text.data[i] | 32) == 'e')
      return false;
  return true;
}

#define STORE(c_type, value) ((c_type *)data)[row] = (c_type)(value)

/* BigDecimal's text, in which Spark lets commas stand between digits. */
static bool write_decimal(duckdb_vector vector, const struct type *type, size_t row, struct text text)
{
  char digits[128];
  size_t length = 0;
  int128 unscaled;
  struct vector target = { .type = type, .handle = vector, .data = duckdb_vector_get_data(vector), .is_result = true };
  for (size_t i = 0; i < text.length; i++) {
    if ((unsigned char)text.data[i] <= ' ' || length == sizeof(digits))
      return false;
    if (text.data[i] != ',')
      digits[length++] = text.data[i];
  }
  if (!text_to_decimal((struct text){ digits, length }, type->precision, type->scale, &unscaled))
    return false;
  vector_set_decimal(&target, row, unscaled);
  return true;
}

static bool write_number(duckdb_vector vector, const struct type *type, size_t row, struct text text)
{
  void *data = duckdb_vector_get_data(vector);
  int64_t integer;
  double real;
  switch (type->id) {
  case TYPE_TINYINT: /* Jackson takes bytes without a sign, too */
    return is_integer_text(text) && text_to_bigint(text, &integer) && integer >= INT8_MIN && integer <= UINT8_MAX &&
           (STORE(int8_t, integer), true);
  case TYPE_SMALLINT:
    return is_integer_text(text) && text_to_bigint(text, &integer) && integer >= INT16_MIN && integer <= INT16_MAX &&
           (STORE(int16_t, integer), true);
  case TYPE_INT:
    return is_integer_text(text) && text_to_bigint(text, &integer) && integer >= INT32_MIN && integer <= INT32_MAX &&
           (STORE(int32_t, integer), true);
  case TYPE_BIGINT:
    return is_integer_text(text) && text_to_bigint(text, &integer) && (STORE(int64_t, integer), true);
  case TYPE_TIMESTAMP: /* seconds */
    return is_integer_text(text) && text_to_bigint(text, &integer) &&
           !__builtin_mul_overflow(integer, 1000000, &((int64_t *)data)[row]);
  case TYPE_FLOAT:
    return text_to_double(text, &real) && (STORE(float, real), true);
  case TYPE_DOUBLE:
    return text_to_double(text, &real) && (STORE(double, real), true);
  case TYPE_DECIMAL:
    return write_decimal(vector, type, row, text);
  default:
    return false;
  }
}

/* Strings that are numbers: words only, but for decimals. */
static bool write_quoted_number(duckdb_vector vector, const struct type *type, size_t row, struct text text)
{
  static const struct {
    const char *word;
    double value;
  } words[] = { { "NaN", NAN },
                { "INF", INFINITY },
                { "+INF", INFINITY },
                { "Infinity", INFINITY },
                { "+Infinity", INFINITY },
                { "-INF", -INFINITY },
                { "-Infinity", -INFINITY } };
  void *data = duckdb_vector_get_data(vector);
  if (type->id == TYPE_DECIMAL)
    return write_decimal(vector, type, row, text);
  for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
    if (text_equal(text, text_from(words[i].word))) {
      if (type->id == TYPE_FLOAT)
        STORE(float, words[i].value);
      else if (type->id == TYPE_DOUBLE)
        STORE(double, words[i].value);
      return type->id == TYPE_FLOAT || type->id == TYPE_DOUBLE;
    }
  return false;
}

/* A wall clock whose text names a zone is none. */
static bool write_wall_clock(struct text text, int64_t *ret_local_us)
{
  int64_t in_utc, in_other;
  return text_to_timestamp(text, timezone_find(TEXT("UTC")), &in_utc) &&
         text_to_timestamp(text, timezone_find(TEXT("+01:00")), &in_other) && in_utc != in_other &&
         text_to_timestamp_ntz(text, ret_local_us);
}

/* The form of Spark 1.5: days since 1970. Those before 1582 it counts by another calendar. */
static bool write_day_number(struct text text, int32_t *ret_days)
{
  enum { FIRST_GREGORIAN_DAY = -141427 };
  int64_t days;
  if (text_trim(text).length != text.length || !text_to_integer_exact(text, &days) || days < FIRST_GREGORIAN_DAY ||
      days > INT32_MAX)
    return false;
  *ret_days = (int32_t)days;
  return true;
}

static bool write_temporal(struct udf_call *call, duckdb_vector vector, const struct type *type, size_t row,
                           struct text text)
{
  void *data = duckdb_vector_get_data(vector);
  if (type->id == TYPE_DATE)
    return text_to_date(text, &((int32_t *)data)[row]) || write_day_number(text, &((int32_t *)data)[row]);
  if (type->id == TYPE_TIMESTAMP)
    return text_to_timestamp(text, call->zone, &((int64_t *)data)[row]);
  return write_wall_clock(text, &((int64_t *)data)[row]);
}

static enum outcome write_scalar(struct udf_call *call, duckdb_vector vector, const struct type *type, size_t row,
                                 struct json_reader *reader, enum json_token token)
{
  void *data = duckdb_vector_get_data(vector);
  bool fits = false;
  if (type->id == TYPE_STRING)
    return write_text(call, vector, row, reader, token);
  if (type->id == TYPE_BOOLEAN) {
    STORE(bool, token == JSON_TRUE);
    return token == JSON_TRUE || token == JSON_FALSE ? READ : UNFIT;
  }
  if (token == JSON_NUMBER)
    return write_number(vector, type, row, reader->raw) ? READ : UNFIT;
  if (token != JSON_STRING)
    return UNFIT;
  text_buffer_clear(&call->buffer);
  json_add_plain(reader, &call->buffer);
  if (type_is_numeric(type))
    fits = write_quoted_number(vector, type, row, text_buffer_text(&call->buffer));
  else
    fits = write_temporal(call, vector, type, row, text_buffer_text(&call->buffer));
  return fits ? READ : UNFIT;
}

static size_t find_field(const struct type *type, struct text name)
{
  for (size_t i = 0; i < type->n_fields; i++)
    if (text_equal(text_from(type->fields[i].name), name))
      return i;
  return SIZE_MAX;
}

/* Writes a field whose value's first token was just read. */
static enum outcome write_field(struct udf_call *call, duckdb_vector vector, const struct type *type, size_t row,
                                struct json_reader *reader, enum json_token token)
{
  struct json_reader before = *reader;
  enum outcome outcome = write_value(call, vector, type, row, reader, token);
  if (outcome != UNFIT)
    return outcome;
  set_null(vector, type, row);
  *reader = before;
  return json_skip(reader, token) ? READ : BROKEN;
}

static enum outcome write_struct(struct udf_call *call, duckdb_vector vector, const struct type *type, size_t row,
                                 struct json_reader *reader)
{
  SCOPED(text_buffer_done) struct text_buffer name = { 0 };
  for (size_t i = 0; i < type->n_fields; i++)
    set_null(duckdb_struct_vector_get_child(vector, i), type->fields[i].type, row);
  for (;;) {
    enum json_token token = json_next(reader);
    if (token == JSON_OBJECT_END)
      return READ;
    if (token != JSON_NAME)
      return BROKEN;
    text_buffer_clear(&name);
    json_add_plain(reader, &name);
    size_t field = find_field(type, text_buffer_text(&name));
    token = json_next(reader);
    if (field != SIZE_MAX) {
      enum outcome outcome = write_field(call, duckdb_struct_vector_get_child(vector, field), type->fields[field].type,
                                         row, reader, token);
      if (outcome != READ)
        return outcome;
    } else if (!json_skip(reader, token)) {
      return BROKEN;
    }
  }
}

static size_t add_element(duckdb_vector vector)
{
  size_t size = duckdb_list_vector_get_size(vector);
  duckdb_list_vector_reserve(vector, size + 1);
  duckdb_list_vector_set_size(vector, size + 1);
  return size;
}

static void set_list(duckdb_vector vector, size_t row, size_t start, size_t count)
{
  ((duckdb_list_entry *)duckdb_vector_get_data(vector))[row] = (duckdb_list_entry){ .offset = start, .length = count };
}

/* The elements of this list follow one another, since only those of lists within it are added meanwhile. */
static enum outcome write_array(struct udf_call *call, duckdb_vector vector, const struct type *type, size_t row,
                                struct json_reader *reader)
{
  size_t start = duckdb_list_vector_get_size(vector);
  size_t count = 0;
  for (enum json_token token = json_next(reader); token != JSON_ARRAY_END; token = json_next(reader), count++) {
    size_t element = add_element(vector);
    enum outcome outcome =
        write_value(call, duckdb_list_vector_get_child(vector), type->element, element, reader, token);
    if (outcome != READ)
      return outcome;
  }
  set_list(vector, row, start, count);
  return READ;
}

/* Equal keys are all kept, as by Spark. */
static enum outcome write_map(struct udf_call *call, duckdb_vector vector, const struct type *type, size_t row,
                              struct json_reader *reader)
{
  size_t start = duckdb_list_vector_get_size(vector);
  size_t count = 0;
  for (enum json_token token = json_next(reader); token != JSON_OBJECT_END; token = json_next(reader), count++) {
    if (token != JSON_NAME)
      return BROKEN;
    size_t entry = add_element(vector);
    duckdb_vector entries = duckdb_list_vector_get_child(vector);
    text_buffer_clear(&call->buffer);
    json_add_plain(reader, &call->buffer);
    struct text name = text_buffer_text(&call->buffer);
    duckdb_vector_assign_string_element_len(duckdb_struct_vector_get_child(entries, 0), entry, name.data, name.length);
    token = json_next(reader);
    enum outcome outcome =
        write_value(call, duckdb_struct_vector_get_child(entries, 1), type->element, entry, reader, token);
    if (outcome != READ)
      return outcome;
  }
  set_list(vector, row, start, count);
  return READ;
}

/* Writes one value whose first token was just read. */
static enum outcome write_value(struct udf_call *call, duckdb_vector vector, const struct type *type, size_t row,
                                struct json_reader *reader, enum json_token token)
{
  if (token == JSON_INVALID || token == JSON_END)
    return BROKEN;
  if (token == JSON_NULL) {
    set_null(vector, type, row);
    return READ;
  }
  set_valid(vector, row);
  switch (type->id) {
  case TYPE_STRUCT:
    return token == JSON_OBJECT_START ? write_struct(call, vector, type, row, reader) : UNFIT;
  case TYPE_MAP:
    return token == JSON_OBJECT_START ? write_map(call, vector, type, row, reader) : UNFIT;
  case TYPE_ARRAY:
    return token == JSON_ARRAY_START ? write_array(call, vector, type, row, reader) : UNFIT;
  default:
    return write_scalar(call, vector, type, row, reader, token);
  }
}

/* An object where an array of structs is asked for is an array of one. */
static enum outcome write_single(struct udf_call *call, duckdb_vector vector, const struct type *type, size_t row,
                                 struct json_reader *reader)
{
  size_t element = add_element(vector);
  duckdb_vector child = duckdb_list_vector_get_child(vector);
  set_valid(vector, row);
  set_valid(child, element);
  enum outcome outcome = write_struct(call, child, type->element, element, reader);
  set_list(vector, row, element, 1);
  return outcome;
}

/* Text that does not give the type is a row of nulls under a struct and null under other types; blank text is null.
 * What stands behind the value is not looked at. */
bool json_from_text(struct udf_call *call, size_t row)
{
  struct json_reader reader;
  struct text text = arg_text(call, 0, row);
  const struct type *type = call->result.type;
  duckdb_vector vector = call->result.handle;
  enum outcome outcome = UNFIT;
  json_start(&reader, text, SPARK_JSON, false);
  enum json_token token = json_next(&reader);
  if (type->id == TYPE_ARRAY && type->element->id == TYPE_STRUCT && token == JSON_OBJECT_START)
    outcome = write_single(call, vector, type, row, &reader);
  else if (token != JSON_NULL)
    outcome = write_value(call, vector, type, row, &reader, token);
  if (outcome == READ)
    return true;
  set_null(vector, type, row);
  if (type->id != TYPE_STRUCT || text_trim(text).length == 0)
    return false;
  set_valid(vector, row);
  return true;
}
