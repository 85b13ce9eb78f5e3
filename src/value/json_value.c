#include "value/json_value.h"

#include "value/json_copy.h"

#include <math.h>

struct reading {
  const struct json_columns *columns;
  const struct timezone *zone;
  struct text_buffer *buffer; /* scratch */
  enum json_care care;
};

enum outcome {
  READ,
  UNFIT,  /* the value is not one of the type; where the reader stands does not matter */
  BROKEN, /* the JSON itself is */
};

static enum outcome write_value(struct reading *reading, void *column, const struct type *type, size_t row,
                                struct json_reader *reader, enum json_token token);

static void set_null(struct reading *reading, void *column, const struct type *type, size_t row)
{
  reading->columns->set_null(column, type, row);
}

static void set_valid(struct reading *reading, void *column, size_t row)
{
  reading->columns->set_valid(column, row);
}

static void *child_of(struct reading *reading, void *column, const struct type *type, size_t index)
{
  return reading->columns->child(column, type, index);
}

/* The text of the name or string that was just read; in `buffer` where it has escapes. */
static struct text plain_text(const struct json_reader *reader, struct text_buffer *buffer)
{
  if (!reader->has_escapes)
    return reader->raw;
  text_buffer_clear(buffer);
  json_add_plain(reader, buffer);
  return text_buffer_text(buffer);
}

/* Text of a value for a string: a string plain, anything else as JSON. */
static enum outcome write_text(struct reading *reading, void *column, size_t row, struct json_reader *reader,
                               enum json_token token)
{
  struct text text;
  if (token == JSON_STRING) {
    text = plain_text(reader, reading->buffer);
  } else {
    text_buffer_clear(reading->buffer);
    if (!json_copy(reader, token, true, reading->buffer))
      return BROKEN;
    text = text_buffer_text(reading->buffer);
  }
  reading->columns->set_text(column, row, text);
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
static bool write_decimal(struct reading *reading, void *column, const struct type *type, size_t row, struct text text)
{
  char digits[128];
  size_t length = 0;
  int128 unscaled;
  for (size_t i = 0; i < text.length; i++) {
    if ((unsigned char)text.data[i] <= ' ' || length == sizeof(digits))
      return false;
    if (text.data[i] != ',')
      digits[length++] = text.data[i];
  }
  if (!text_to_decimal((struct text){ digits, length }, type->precision, type->scale, &unscaled))
    return false;
  reading->columns->set_decimal(column, type, row, unscaled);
  return true;
}

static bool write_number(struct reading *reading, void *column, const struct type *type, size_t row, struct text text)
{
  void *data = reading->columns->slots(column);
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
    return write_decimal(reading, column, type, row, text);
  default:
    return false;
  }
}

/* Strings that are numbers: words only, but for decimals. */
static bool write_quoted_number(struct reading *reading, void *column, const struct type *type, size_t row,
                                struct text text)
{
  static const struct {
    const char *word;
    double value;
  } words[] = { { "NaN", NAN },        { "+INF", INFINITY },      { "Infinity", INFINITY }, { "+Infinity", INFINITY },
                { "-INF", -INFINITY }, { "-Infinity", -INFINITY } };
  void *data = reading->columns->slots(column);
  if (type->id == TYPE_DECIMAL)
    return write_decimal(reading, column, type, row, text);
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

static bool write_temporal(struct reading *reading, void *column, const struct type *type, size_t row, struct text text)
{
  void *data = reading->columns->slots(column);
  if (type->id == TYPE_DATE)
    return text_to_date(text, &((int32_t *)data)[row]) || write_day_number(text, &((int32_t *)data)[row]);
  if (type->id == TYPE_TIMESTAMP)
    return text_to_timestamp(text, reading->zone, &((int64_t *)data)[row]);
  return write_wall_clock(text, &((int64_t *)data)[row]);
}

static enum outcome write_scalar(struct reading *reading, void *column, const struct type *type, size_t row,
                                 struct json_reader *reader, enum json_token token)
{
  void *data = reading->columns->slots(column);
  bool fits = false;
  if (type->id == TYPE_STRING)
    return write_text(reading, column, row, reader, token);
  if (type->id == TYPE_BOOLEAN) {
    STORE(bool, token == JSON_TRUE);
    return token == JSON_TRUE || token == JSON_FALSE ? READ : UNFIT;
  }
  if (token == JSON_NUMBER && json_is_non_number(reader->raw))
    return type->id != TYPE_DECIMAL && write_quoted_number(reading, column, type, row, reader->raw) ? READ : UNFIT;
  if (token == JSON_NUMBER)
    return write_number(reading, column, type, row, reader->raw) ? READ : UNFIT;
  if (token != JSON_STRING)
    return UNFIT;
  struct text text = plain_text(reader, reading->buffer);
  if (type_is_numeric(type))
    fits = write_quoted_number(reading, column, type, row, text);
  else
    fits = write_temporal(reading, column, type, row, text);
  return fits ? READ : UNFIT;
}

/* The field of that name; SIZE_MAX: there is none. Most objects have them in the type's order: `expected` is tried
 * first. */
static size_t find_field(const struct type *type, size_t expected, struct text name)
{
  if (expected < type->n_fields && text_equal(text_from(type->fields[expected].name), name))
    return expected;
  for (size_t i = 0; i < type->n_fields; i++)
    if (text_equal(text_from(type->fields[i].name), name))
      return i;
  return SIZE_MAX;
}

/* Writes a part of a value, whose first token was just read. What could not be written is null, not half written: an
 * engine may look at parts that nothing leads to. */
static enum outcome write_part(struct reading *reading, void *column, const struct type *type, size_t row,
                               struct json_reader *reader, enum json_token token)
{
  enum outcome outcome = write_value(reading, column, type, row, reader, token);
  if (outcome != READ)
    set_null(reading, column, type, row);
  return outcome;
}

/* A field that its type does not take harms no other: what is left of it is skipped, which is nothing of a scalar. */
static enum outcome write_field(struct reading *reading, void *column, const struct type *type, size_t row,
                                struct json_reader *reader, enum json_token token)
{
  if (token != JSON_OBJECT_START && token != JSON_ARRAY_START) {
    enum outcome outcome = write_part(reading, column, type, row, reader, token);
    return outcome == UNFIT && reading->care == JSON_PARTS ? READ : outcome;
  }
  struct json_reader before = *reader;
  enum outcome outcome = write_part(reading, column, type, row, reader, token);
  if (outcome != UNFIT || reading->care == JSON_WHOLE)
    return outcome;
  *reader = before;
  return json_skip(reader, token) ? READ : BROKEN;
}

/* The fields that an object has: the first ones are noted one by one, and what is missing of them is null afterwards;
 * the others are null beforehand. */
enum { FIELDS_NOTED = 64 };

static void set_missing(struct reading *reading, void *column, const struct type *type, size_t row, uint64_t seen)
{
  for (size_t i = 0; i < type->n_fields && i < FIELDS_NOTED; i++)
    if ((seen >> i & 1) == 0)
      set_null(reading, child_of(reading, column, type, i), type->fields[i].type, row);
}

static enum outcome write_fields(struct reading *reading, void *column, const struct type *type, size_t row,
                                 struct json_reader *reader, uint64_t *seen)
{
  SCOPED(text_buffer_done) struct text_buffer name = { 0 };
  for (size_t expected = 0;; expected++) {
    enum json_token token = json_next(reader);
    if (token == JSON_OBJECT_END)
      return READ;
    if (token != JSON_NAME)
      return BROKEN;
    size_t field = find_field(type, expected, plain_text(reader, &name));
    token = json_next(reader);
    if (field == SIZE_MAX) {
      if (!json_skip(reader, token))
        return BROKEN;
      continue;
    }
    expected = field;
    *seen |= field < FIELDS_NOTED ? UINT64_C(1) << field : 0;
    enum outcome outcome =
        write_field(reading, child_of(reading, column, type, field), type->fields[field].type, row, reader, token);
    if (outcome != READ)
      return outcome;
  }
}

static enum outcome write_struct(struct reading *reading, void *column, const struct type *type, size_t row,
                                 struct json_reader *reader)
{
  uint64_t seen = 0;
  for (size_t i = FIELDS_NOTED; i < type->n_fields; i++)
    set_null(reading, child_of(reading, column, type, i), type->fields[i].type, row);
  enum outcome outcome = write_fields(reading, column, type, row, reader, &seen);
  set_missing(reading, column, type, row, seen);
  return outcome;
}

/* The elements of this list follow one another, since only those of lists within it are added meanwhile. */
static enum outcome write_array(struct reading *reading, void *column, const struct type *type, size_t row,
                                struct json_reader *reader)
{
  size_t start = reading->columns->count_elements(column);
  size_t count = 0;
  for (enum json_token token = json_next(reader); token != JSON_ARRAY_END; token = json_next(reader), count++) {
    size_t element = reading->columns->add_element(column, type);
    enum outcome outcome =
        write_part(reading, child_of(reading, column, type, 0), type->element, element, reader, token);
    if (outcome != READ)
      return outcome;
  }
  reading->columns->set_list(column, row, start, count);
  return READ;
}

/* Equal keys are all kept, as by Spark. */
static enum outcome write_map(struct reading *reading, void *column, const struct type *type, size_t row,
                              struct json_reader *reader)
{
  size_t start = reading->columns->count_elements(column);
  size_t count = 0;
  for (enum json_token token = json_next(reader); token != JSON_OBJECT_END; token = json_next(reader), count++) {
    if (token != JSON_NAME)
      return BROKEN;
    size_t entry = reading->columns->add_element(column, type);
    reading->columns->set_text(child_of(reading, column, type, 0), entry, plain_text(reader, reading->buffer));
    token = json_next(reader);
    enum outcome outcome = write_part(reading, child_of(reading, column, type, 1), type->element, entry, reader, token);
    if (outcome != READ)
      return outcome;
  }
  reading->columns->set_list(column, row, start, count);
  return READ;
}

/* Writes one value whose first token was just read. */
static enum outcome write_value(struct reading *reading, void *column, const struct type *type, size_t row,
                                struct json_reader *reader, enum json_token token)
{
  if (token == JSON_INVALID || token == JSON_END)
    return BROKEN;
  if (token == JSON_NULL) {
    set_null(reading, column, type, row);
    return READ;
  }
  set_valid(reading, column, row);
  switch (type->id) {
  case TYPE_STRUCT:
    return token == JSON_OBJECT_START ? write_struct(reading, column, type, row, reader) : UNFIT;
  case TYPE_MAP:
    return token == JSON_OBJECT_START ? write_map(reading, column, type, row, reader) : UNFIT;
  case TYPE_ARRAY:
    return token == JSON_ARRAY_START ? write_array(reading, column, type, row, reader) : UNFIT;
  default:
    return write_scalar(reading, column, type, row, reader, token);
  }
}

/* An object where an array of structs is asked for is an array of one. */
static enum outcome write_single(struct reading *reading, void *column, const struct type *type, size_t row,
                                 struct json_reader *reader)
{
  size_t element = reading->columns->add_element(column, type);
  void *child = child_of(reading, column, type, 0);
  set_valid(reading, column, row);
  set_valid(reading, child, element);
  enum outcome outcome = write_struct(reading, child, type->element, element, reader);
  reading->columns->set_list(column, row, element, 1);
  return outcome;
}

bool json_read_value(const struct json_columns *columns, void *column, const struct type *type, size_t row,
                     struct text text, const struct timezone *zone, enum json_care care, struct text_buffer *scratch)
{
  struct json_reader reader;
  struct reading now = { columns, zone, scratch, care };
  struct reading *reading = &now;
  enum outcome outcome = UNFIT;
  json_start(&reader, text, SPARK_JSON | JSON_ALLOW_NON_NUMBERS, false);
  enum json_token token = json_next(&reader);
  if (type->id == TYPE_ARRAY && type->element->id == TYPE_STRUCT && token == JSON_OBJECT_START)
    outcome = write_single(reading, column, type, row, &reader);
  else if (token != JSON_NULL)
    outcome = write_value(reading, column, type, row, &reader, token);
  if (outcome == READ)
    return true;
  set_null(reading, column, type, row);
  if (care == JSON_WHOLE || type->id != TYPE_STRUCT || text_trim(text).length == 0)
    return false;
  set_valid(reading, column, row);
  return true;
}
