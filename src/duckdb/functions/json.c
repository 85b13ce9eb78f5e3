/* Functions of JSON text. */
#include "duckdb/functions/json.h"

#include "value/datetime_pattern.h"

#include <stdlib.h>

static bool json_array_length(struct udf_call *call, size_t row)
{
  struct json_reader reader;
  int32_t count = 0;
  json_start(&reader, arg_text(call, 0, row), SPARK_JSON, false);
  if (json_next(&reader) != JSON_ARRAY_START)
    return false;
  for (enum json_token token = json_next(&reader); token != JSON_ARRAY_END; token = json_next(&reader), count++)
    if (token == JSON_END || token == JSON_INVALID || !json_skip(&reader, token))
      return false;
  return return_int(call, row, count); /* what stands behind it is not looked at */
}

static bool json_object_keys(struct udf_call *call, size_t row)
{
  struct json_reader reader;
  json_start(&reader, arg_text(call, 0, row), SPARK_JSON, false);
  if (json_next(&reader) != JSON_OBJECT_START)
    return false;
  list_begin(call);
  for (enum json_token token = json_next(&reader); token != JSON_OBJECT_END; token = json_next(&reader)) {
    if (token != JSON_NAME)
      return false;
    text_buffer_clear(&call->buffer);
    json_add_plain(&reader, &call->buffer);
    TRY(list_add_text(call, text_buffer_text(&call->buffer)));
    if (!json_skip(&reader, json_next(&reader)))
      return false;
  }
  return list_end(call, row);
}

/* to_json: fields that are null are left out, elements are not. */

static bool needs_quotes(const struct type *type)
{
  return !type_is_numeric(type) && type->id != TYPE_BOOLEAN;
}

static void add_json(const struct udf_call *call, const struct vector *vector, size_t row, struct text_buffer *out);

static void add_struct(const struct udf_call *call, const struct vector *vector, size_t row, struct text_buffer *out)
{
  bool is_first = true;
  text_buffer_add_char(out, '{');
  for (size_t i = 0; i < vector->type->n_fields; i++) {
    if (vector_is_null(&vector->children[i], row))
      continue;
    if (!is_first)
      text_buffer_add_char(out, ',');
    is_first = false;
    json_add_quoted(out, text_from(vector->type->fields[i].name));
    text_buffer_add_char(out, ':');
    add_json(call, &vector->children[i], row, out);
  }
  text_buffer_add_char(out, '}');
}

static void add_array(const struct udf_call *call, const struct vector *vector, size_t row, struct text_buffer *out)
{
  duckdb_list_entry list = vector_list(vector, row);
  text_buffer_add_char(out, '[');
  for (size_t i = 0; i < list.length; i++) {
    if (i > 0)
      text_buffer_add_char(out, ',');
    add_json(call, &vector->children[0], list.offset + i, out);
  }
  text_buffer_add_char(out, ']');
}

static void add_map(const struct udf_call *call, const struct vector *vector, size_t row, struct text_buffer *out)
{
  SCOPED(text_buffer_done) struct text_buffer key = { 0 };
  duckdb_list_entry list = vector_list(vector, row);
  text_buffer_add_char(out, '{');
  for (size_t i = 0; i < list.length; i++) {
    if (i > 0)
      text_buffer_add_char(out, ',');
    text_buffer_clear(&key);
    vector_add_text(call, &vector->children[0], list.offset + i, &key);
    json_add_quoted(out, text_buffer_text(&key));
    text_buffer_add_char(out, ':');
    add_json(call, &vector->children[1], list.offset + i, out);
  }
  text_buffer_add_char(out, '}');
}

/* Timestamps as Spark writes them in JSON: 2024-01-15T10:00:00.000-05:00, wall clocks without the zone. */
static void add_timestamp(const struct udf_call *call, int64_t instant, bool has_zone, struct text_buffer *out)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct datetime_pattern *pattern = NULL;
  struct error err;
  struct text form = has_zone ? TEXT("yyyy-MM-dd'T'HH:mm:ss.SSSXXXXX") : TEXT("yyyy-MM-dd'T'HH:mm:ss.SSS");
  if (!datetime_pattern_compile(&scratch, form, PATTERN_FORMAT, NOWHERE, false, &pattern, &err))
    BUG("a fixed pattern does not compile");
  text_buffer_add_char(out, '"');
  datetime_pattern_format(pattern, instant, has_zone ? call->zone : timezone_find(TEXT("UTC")), out);
  text_buffer_add_char(out, '"');
}

static void add_json(const struct udf_call *call, const struct vector *vector, size_t row, struct text_buffer *out)
{
  if (vector_is_null(vector, row)) {
    text_buffer_add_string(out, "null");
    return;
  }
  switch (vector->type->id) {
  case TYPE_STRUCT:
    add_struct(call, vector, row, out);
    return;
  case TYPE_ARRAY:
    add_array(call, vector, row, out);
    return;
  case TYPE_MAP:
    add_map(call, vector, row, out);
    return;
  case TYPE_TIMESTAMP:
  case TYPE_TIMESTAMP_NTZ:
    add_timestamp(call, ((const int64_t *)vector->data)[row], vector->type->id == TYPE_TIMESTAMP, out);
    return;
  default: {
    SCOPED(text_buffer_done) struct text_buffer text = { 0 };
    vector_add_text(call, vector, row, &text);
    bool is_word =
        text.length > 0 && strchr("NI-", text.data[0]) != NULL && text_ends_with(text_buffer_text(&text), TEXT("y"));
    if (needs_quotes(vector->type) || is_word || text_equal(text_buffer_text(&text), TEXT("NaN")))
      json_add_quoted(out, text_buffer_text(&text));
    else
      text_buffer_add_text(out, text_buffer_text(&text));
  }
  }
}

static bool to_json(struct udf_call *call, size_t row)
{
  text_buffer_clear(&call->buffer);
  add_json(call, &call->args[0], row, &call->buffer);
  return return_buffer(call, row);
}

static const struct udf rows[] = {
  { .name = "spark_json_array_length", .signature = "string > int", .each = json_array_length },
  { .name = "spark_json_object_keys", .signature = "string > array_string", .each = json_object_keys },
  { .name = "spark_get_json_object", .signature = "string string > string", .each = json_get_object },
  { .name = "spark_from_json", .each = json_from_text },
  { .name = "spark_from_whole_json", .each = json_from_whole_text }, /* of casts: see engine/duckdb/stage.c */
  { .name = "spark_to_json", .each = to_json },
};

UDF_FAMILY(json_udfs, rows);
