/* from_csv and to_csv. */
#include "duckdb/functions/pattern.h"

#include "value/csv_line.h"

/* The arguments behind the value. */
enum { SEPARATOR = 1, NULL_VALUE, DATE_FORMAT, TIMESTAMP_FORMAT };

static const char corrupt_record[] = "_corrupt_record";

#define SET(c_type, value) (((c_type *)field->data)[row] = (c_type)(value))

static bool read_integer(struct vector *field, size_t row, struct text text)
{
  int64_t value;
  if (!csv_parse_integer(text, &value))
    return false;
  switch (field->type->id) {
  case TYPE_TINYINT:
    SET(int8_t, value);
    return value == (int8_t)value;
  case TYPE_SMALLINT:
    SET(int16_t, value);
    return value == (int16_t)value;
  case TYPE_INT:
    SET(int32_t, value);
    return value == (int32_t)value;
  default:
    SET(int64_t, value);
    return true;
  }
}

static bool read_boolean(struct vector *field, size_t row, struct text text)
{
  bool is_true = text_equal_nocase(text, TEXT("true"));
  SET(bool, is_true);
  return is_true || text_equal_nocase(text, TEXT("false"));
}

static bool read_number(struct vector *field, size_t row, struct text text)
{
  double value;
  if (!csv_parse_double(text, &value))
    return false;
  if (field->type->id == TYPE_FLOAT)
    return text_to_float(text, &((float *)field->data)[row]);
  SET(double, value);
  return true;
}

/* Commas are left out, blanks are no part of a number. */
static bool read_decimal(struct udf_call *call, struct vector *field, size_t row, struct text text)
{
  SCOPED(text_buffer_done) struct text_buffer digits = { 0 };
  int128 unscaled;
  for (size_t i = 0; i < text.length; i++) {
    if ((unsigned char)text.data[i] <= ' ')
      return false;
    if (text.data[i] != ',')
      text_buffer_add_char(&digits, text.data[i]);
  }
  (void)call;
  if (!text_to_decimal(text_buffer_text(&digits), field->type->precision, field->type->scale, &unscaled))
    return false;
  vector_set_decimal(field, row, unscaled);
  return true;
}

/* A wall clock has no zone: a text with one gives two zones the same instant. */
static bool read_wall_clock(struct text text, int64_t *ret_local)
{
  int64_t here, there;
  return text_to_timestamp(text, timezone_find(TEXT("UTC")), &here) &&
         text_to_timestamp(text, timezone_find(TEXT("+01:00")), &there) && here != there &&
         text_to_timestamp_ntz(text, ret_local);
}

static bool read_time(struct udf_call *call, struct vector *field, size_t row, size_t chunk_row, struct text text)
{
  int64_t instant;
  bool is_date = field->type->id == TYPE_DATE;
  struct text format = arg_text(call, is_date ? DATE_FORMAT : TIMESTAMP_FORMAT, chunk_row);
  if (format.length > 0) {
    const struct datetime_pattern *pattern = pattern_for_parsing(call, format);
    bool is_local = field->type->id != TYPE_TIMESTAMP;
    if (pattern == NULL || !(is_local ? datetime_pattern_parse_local(pattern, text, &instant)
                                      : datetime_pattern_parse(pattern, text, call->zone, &instant)))
      return false;
    if (is_date)
      SET(int32_t, (instant - (((instant % INT64_C(86400000000)) + INT64_C(86400000000)) % INT64_C(86400000000))) /
                       INT64_C(86400000000));
    else
      SET(int64_t, instant);
    return true;
  }
  if (is_date)
    return text_to_date(text, &((int32_t *)field->data)[row]);
  if (field->type->id == TYPE_TIMESTAMP_NTZ)
    return read_wall_clock(text, &((int64_t *)field->data)[row]);
  return text_to_timestamp(text, call->zone, &((int64_t *)field->data)[row]);
}

/* False where the field's type does not take the text. */
static bool read_field(struct udf_call *call, struct vector *field, size_t row, struct text text)
{
  switch (field->type->id) {
  case TYPE_BOOLEAN:
    return read_boolean(field, row, text);
  case TYPE_TINYINT:
  case TYPE_SMALLINT:
  case TYPE_INT:
  case TYPE_BIGINT:
    return read_integer(field, row, text);
  case TYPE_FLOAT:
  case TYPE_DOUBLE:
    return read_number(field, row, text);
  case TYPE_DECIMAL:
    return read_decimal(call, field, row, text);
  case TYPE_DATE:
  case TYPE_TIMESTAMP:
  case TYPE_TIMESTAMP_NTZ:
    return read_time(call, field, row, row, text);
  default:
    vector_set_text(field, row, text);
    return true;
  }
}

static bool from_csv(struct udf_call *call, size_t row)
{
  struct csv_line line = csv_line_start(arg_text(call, 0, row), arg_text(call, SEPARATOR, row));
  struct text null_value = arg_text(call, NULL_VALUE, row);
  const struct type *type = call->result.type;
  struct vector *corrupt = NULL;
  bool is_sound = true;
  bool is_empty = line.text.length == 0;
  struct text text;
  for (size_t i = 0; i < type->n_fields; i++) {
    struct vector *field = &call->result.children[i];
    if (strcmp(type->fields[i].name, corrupt_record) == 0 && field->type->id == TYPE_STRING) {
      corrupt = field;
      continue;
    }
    bool is_there = csv_line_next(&line, &call->buffer, &text);
    bool is_null = !is_there || text_equal(text, null_value) || text.length == 0;
    if (is_there && !is_null && !read_field(call, field, row, text))
      is_null = true, is_sound = false;
    is_sound = is_sound && is_there;
    if (is_null)
      vector_set_null(field, row);
  }
  is_sound = is_sound && !csv_line_next(&line, &call->buffer, &text);
  if (corrupt != NULL && (is_sound || is_empty))
    vector_set_null(corrupt, row);
  else if (corrupt != NULL)
    vector_set_text(corrupt, row, arg_text(call, 0, row));
  return call->error[0] == 0;
}

/* to_csv */

static void add_value(struct udf_call *call, const struct vector *vector, size_t at, size_t row,
                      struct text_buffer *out);

/* What stands before an element: nothing before the first, and no blank before one that is null. */
static void add_separator(bool is_first, bool is_null, struct text_buffer *out)
{
  text_buffer_add_string(out, is_first ? "" : is_null ? "," : ", ");
}

static void add_binary(struct text bytes, struct text_buffer *out)
{
  for (size_t i = 0; i < bytes.length; i++)
    text_buffer_printf(out, "%s%02X", i == 0 ? "[" : " ", (unsigned)(unsigned char)bytes.data[i]);
  text_buffer_add_string(out, bytes.length == 0 ? "[]" : "]");
}

static void add_list(struct udf_call *call, const struct vector *vector, size_t at, size_t row, struct text_buffer *out)
{
  bool is_map = vector->type->id == TYPE_MAP;
  duckdb_list_entry list = vector_list(vector, at);
  text_buffer_add_char(out, is_map ? '{' : '[');
  for (size_t i = 0; i < list.length; i++) {
    bool is_null = vector_is_null(&vector->children[0], list.offset + i);
    add_separator(i == 0, is_null, out);
    add_value(call, &vector->children[0], list.offset + i, row, out);
    if (!is_map)
      continue;
    text_buffer_add_string(out, " ->");
    if (vector_is_null(&vector->children[1], list.offset + i))
      continue;
    text_buffer_add_char(out, ' ');
    add_value(call, &vector->children[1], list.offset + i, row, out);
  }
  text_buffer_add_char(out, is_map ? '}' : ']');
}

static void add_struct(struct udf_call *call, const struct vector *vector, size_t at, size_t row,
                       struct text_buffer *out)
{
  text_buffer_add_char(out, '{');
  for (size_t i = 0; i < vector->type->n_fields; i++) {
    add_separator(i == 0, vector_is_null(&vector->children[i], at), out);
    add_value(call, &vector->children[i], at, row, out);
  }
  text_buffer_add_char(out, '}');
}

static void add_time(struct udf_call *call, const struct vector *vector, size_t at, size_t row, struct text_buffer *out)
{
  bool is_date = vector->type->id == TYPE_DATE;
  bool is_local = vector->type->id != TYPE_TIMESTAMP;
  struct text format = arg_text(call, is_date ? DATE_FORMAT : TIMESTAMP_FORMAT, row);
  if (format.length == 0 && is_date) {
    vector_add_text(call, vector, at, out);
    return;
  }
  if (format.length == 0)
    format = is_local ? TEXT("yyyy-MM-dd'T'HH:mm:ss.SSS") : TEXT("yyyy-MM-dd'T'HH:mm:ss.SSSXXXXX");
  const struct datetime_pattern *pattern = pattern_for_formatting(call, format);
  int64_t instant = vector_integer(vector, at) * (is_date ? INT64_C(86400000000) : 1);
  if (pattern != NULL)
    datetime_pattern_format(pattern, instant, is_local ? timezone_find(TEXT("UTC")) : call->zone, out);
}

/* Nothing for a null. */
static void add_value(struct udf_call *call, const struct vector *vector, size_t at, size_t row,
                      struct text_buffer *out)
{
  if (vector_is_null(vector, at))
    return;
  switch (vector->type->id) {
  case TYPE_BINARY:
    add_binary(vector_text(vector, at), out);
    return;
  case TYPE_ARRAY:
  case TYPE_MAP:
    add_list(call, vector, at, row, out);
    return;
  case TYPE_STRUCT:
    add_struct(call, vector, at, row, out);
    return;
  case TYPE_DATE:
  case TYPE_TIMESTAMP:
  case TYPE_TIMESTAMP_NTZ:
    add_time(call, vector, at, row, out);
    return;
  default:
    vector_add_text(call, vector, at, out);
  }
}

static bool to_csv(struct udf_call *call, size_t row)
{
  SCOPED(text_buffer_done) struct text_buffer value = { 0 };
  const struct vector *fields = call->args[0].children;
  size_t n_fields = call->args[0].type->n_fields;
  struct text null_value = arg_text(call, NULL_VALUE, row);
  if (n_fields == 1 && vector_is_null(&fields[0], row) && null_value.length == 0)
    return false;
  text_buffer_clear(&call->buffer);
  for (size_t i = 0; i < n_fields; i++) {
    text_buffer_add_text(&call->buffer, i == 0 ? TEXT("") : arg_text(call, SEPARATOR, row));
    text_buffer_clear(&value);
    bool is_null = vector_is_null(&fields[i], row);
    if (is_null && null_value.length == 0)
      continue;
    if (is_null)
      text_buffer_add_text(&value, null_value);
    else
      add_value(call, &fields[i], row, row, &value);
    csv_line_add(text_buffer_text(&value), arg_text(call, SEPARATOR, row), i == 0, &call->buffer);
  }
  return call->error[0] == 0 && return_buffer(call, row);
}

static const struct udf rows[] = {
  { .name = "spark_from_csv", .each = from_csv },
  { .name = "spark_to_csv", .each = to_csv },
};

UDF_FAMILY(csv_udfs, rows);
