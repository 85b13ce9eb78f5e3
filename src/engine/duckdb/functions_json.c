/* Functions of JSON text. */
#include "engine/duckdb/functions_internal.h"

#include "value/datetime_pattern.h"
#include "value/json.h"

#include <stdlib.h>

/* from_json: JSON into a value of a type, as Spark's JacksonParser converts ones that fit and makes null of others. */

static bool write_value(struct udf_call *call, duckdb_vector vector, const struct type *type, size_t row,
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

static bool is_quoted(enum json_token token)
{
  return token == JSON_STRING;
}

/* Text of a value for a string: a string unescaped, anything else as it stands, compact. */
static bool write_text(struct udf_call *call, duckdb_vector vector, size_t row, struct json_reader *reader,
                       enum json_token token)
{
  text_buffer_clear(&call->buffer);
  if (is_quoted(token)) {
    if (!reader->has_escapes)
      text_buffer_add_text(&call->buffer, reader->raw);
    else
      json_unescape(reader->raw, &call->buffer);
  } else {
    size_t start = reader->start;
    if (!json_skip(reader, token))
      return false;
    struct text value = { reader->input.data + start, reader->at - start };
    if (token != JSON_OBJECT_START && token != JSON_ARRAY_START)
      text_buffer_add_text(&call->buffer, value);
    else if (!json_compact(value, JSON_STRICT, &call->buffer))
      return false;
  }
  struct text text = text_buffer_text(&call->buffer);
  duckdb_vector_assign_string_element_len(vector, row, text.data, text.length);
  return true;
}

static bool is_integer_text(struct text text)
{
  for (size_t i = 0; i < text.length; i++)
    if (text.data[i] == '.' || (text.data[i] | 32) == 'e')
      return false;
  return true;
}

#define STORE(c_type, value) ((c_type *)data)[row] = (c_type)(value)

static bool write_number(duckdb_vector vector, const struct type *type, size_t row, struct text text)
{
  void *data = duckdb_vector_get_data(vector);
  int64_t integer;
  double real;
  int128 unscaled;
  switch (type->id) {
  case TYPE_TINYINT:
    return is_integer_text(text) && text_to_bigint(text, &integer) && integer >= INT8_MIN && integer <= INT8_MAX &&
           (STORE(int8_t, integer), true);
  case TYPE_SMALLINT:
    return is_integer_text(text) && text_to_bigint(text, &integer) && integer >= INT16_MIN && integer <= INT16_MAX &&
           (STORE(int16_t, integer), true);
  case TYPE_INT:
    return is_integer_text(text) && text_to_bigint(text, &integer) && integer >= INT32_MIN && integer <= INT32_MAX &&
           (STORE(int32_t, integer), true);
  case TYPE_BIGINT:
    return is_integer_text(text) && text_to_bigint(text, &integer) && (STORE(int64_t, integer), true);
  case TYPE_FLOAT:
    return text_to_double(text, &real) && (STORE(float, real), true);
  case TYPE_DOUBLE:
    return text_to_double(text, &real) && (STORE(double, real), true);
  case TYPE_DECIMAL: {
    struct vector target = { .type = type, .handle = vector, .data = data, .is_result = true };
    if (!text_to_decimal(text, type->precision, type->scale, &unscaled))
      return false;
    vector_set_decimal(&target, row, unscaled);
    return true;
  }
  default:
    return false;
  }
}

static bool write_temporal(struct udf_call *call, duckdb_vector vector, const struct type *type, size_t row,
                           struct text text)
{
  void *data = duckdb_vector_get_data(vector);
  if (type->id == TYPE_DATE)
    return text_to_date(text, &((int32_t *)data)[row]);
  if (type->id == TYPE_TIMESTAMP)
    return text_to_timestamp(text, call->zone, &((int64_t *)data)[row]);
  return text_to_timestamp_ntz(text, &((int64_t *)data)[row]);
}

static bool write_scalar(struct udf_call *call, duckdb_vector vector, const struct type *type, size_t row,
                         struct json_reader *reader, enum json_token token)
{
  void *data = duckdb_vector_get_data(vector);
  switch (type->id) {
  case TYPE_STRING:
    return write_text(call, vector, row, reader, token);
  case TYPE_BOOLEAN:
    return (token == JSON_TRUE || token == JSON_FALSE) && (STORE(bool, token == JSON_TRUE), true);
  case TYPE_DATE:
  case TYPE_TIMESTAMP:
  case TYPE_TIMESTAMP_NTZ:
    return is_quoted(token) && write_temporal(call, vector, type, row, reader->raw);
  default:
    return token == JSON_NUMBER && write_number(vector, type, row, reader->raw);
  }
}

static size_t find_field(const struct type *type, struct text name)
{
  for (size_t i = 0; i < type->n_fields; i++)
    if (text_equal(text_from(type->fields[i].name), name))
      return i;
  return SIZE_MAX;
}

/* A field that does not fit is null by itself; its neighbours are read on. */
static bool write_struct(struct udf_call *call, duckdb_vector vector, const struct type *type, size_t row,
                         struct json_reader *reader)
{
  SCOPED(text_buffer_done) struct text_buffer name = { 0 };
  for (size_t i = 0; i < type->n_fields; i++)
    set_null(duckdb_struct_vector_get_child(vector, i), type->fields[i].type, row);
  for (;;) {
    enum json_token token = json_next(reader);
    if (token == JSON_OBJECT_END)
      return true;
    if (token != JSON_NAME)
      return false;
    text_buffer_clear(&name);
    if (reader->has_escapes)
      json_unescape(reader->raw, &name);
    else
      text_buffer_add_text(&name, reader->raw);
    size_t field = find_field(type, text_buffer_text(&name));
    token = json_next(reader);
    if (field == SIZE_MAX) {
      if (!json_skip(reader, token))
        return false;
      continue;
    }
    if (!write_value(call, duckdb_struct_vector_get_child(vector, field), type->fields[field].type, row, reader, token))
      return false;
  }
}

static size_t add_element(duckdb_vector vector)
{
  size_t size = duckdb_list_vector_get_size(vector);
  duckdb_list_vector_reserve(vector, size + 1);
  duckdb_list_vector_set_size(vector, size + 1);
  return size;
}

static bool write_array(struct udf_call *call, duckdb_vector vector, const struct type *type, size_t row,
                        struct json_reader *reader)
{
  size_t start = duckdb_list_vector_get_size(vector);
  size_t count = 0;
  for (enum json_token token = json_next(reader); token != JSON_ARRAY_END; token = json_next(reader), count++) {
    if (token == JSON_INVALID || token == JSON_END)
      return false;
    size_t element = add_element(vector);
    if (!write_value(call, duckdb_list_vector_get_child(vector), type->element, element, reader, token))
      return false;
  }
  ((duckdb_list_entry *)duckdb_vector_get_data(vector))[row] = (duckdb_list_entry){ .offset = start, .length = count };
  return true;
}

static bool write_map(struct udf_call *call, duckdb_vector vector, const struct type *type, size_t row,
                      struct json_reader *reader)
{
  size_t start = duckdb_list_vector_get_size(vector);
  size_t count = 0;
  for (enum json_token token = json_next(reader); token != JSON_OBJECT_END; token = json_next(reader)) {
    if (token != JSON_NAME)
      return false;
    text_buffer_clear(&call->buffer);
    if (reader->has_escapes)
      json_unescape(reader->raw, &call->buffer);
    else
      text_buffer_add_text(&call->buffer, reader->raw);
    size_t entry = start;
    struct text name = text_buffer_text(&call->buffer);
    struct vector keys = { 0 };
    duckdb_vector entries = duckdb_list_vector_get_child(vector);
    keys.data = duckdb_vector_get_data(duckdb_struct_vector_get_child(entries, 0));
    while (entry < start + count && !text_equal(vector_text(&keys, entry), name)) /* the last of equal keys counts */
      entry++;
    if (entry == start + count) {
      entry = add_element(vector);
      entries = duckdb_list_vector_get_child(vector);
      duckdb_vector_assign_string_element_len(duckdb_struct_vector_get_child(entries, 0), entry, name.data,
                                              name.length);
      count++;
    }
    token = json_next(reader);
    if (!write_value(call, duckdb_struct_vector_get_child(entries, 1), type->element, entry, reader, token))
      return false;
  }
  ((duckdb_list_entry *)duckdb_vector_get_data(vector))[row] = (duckdb_list_entry){ .offset = start, .length = count };
  return true;
}

/* Writes one value whose first token was read. False only where the JSON itself is broken; a value that the type does
 * not take is null. */
static bool write_value(struct udf_call *call, duckdb_vector vector, const struct type *type, size_t row,
                        struct json_reader *reader, enum json_token token)
{
  struct json_reader before = *reader;
  if (token == JSON_INVALID || token == JSON_END)
    return false;
  set_valid(vector, row);
  bool is_written = false;
  if (type->id == TYPE_STRUCT && token == JSON_OBJECT_START)
    return write_struct(call, vector, type, row, reader);
  if (type->id == TYPE_MAP && token == JSON_OBJECT_START)
    return write_map(call, vector, type, row, reader);
  if (type->id == TYPE_ARRAY && token == JSON_ARRAY_START)
    return write_array(call, vector, type, row, reader);
  if (token != JSON_NULL && type->id != TYPE_STRUCT && type->id != TYPE_MAP && type->id != TYPE_ARRAY)
    is_written = write_scalar(call, vector, type, row, reader, token);
  if (is_written)
    return true;
  set_null(vector, type, row);
  *reader = before;
  return json_skip(reader, token);
}

static bool is_blank(struct text text)
{
  return text_trim(text).length == 0;
}

/* Text that is no JSON is a row of nulls under a struct, as in PERMISSIVE mode, and null under other types. */
static bool from_json(struct udf_call *call, size_t row)
{
  struct json_reader reader;
  struct text text = arg_text(call, 0, row);
  const struct type *type = call->result.type;
  duckdb_vector vector = call->result.handle;
  if (is_blank(text)) {
    set_null(vector, type, row);
    return false;
  }
  json_start(&reader, text, JSON_STRICT, false);
  enum json_token token = json_next(&reader);
  bool is_read =
      token != JSON_NULL && write_value(call, vector, type, row, &reader, token) && json_next(&reader) == JSON_END;
  if (is_read)
    return true;
  set_null(vector, type, row);
  if (type->id != TYPE_STRUCT || token == JSON_NULL)
    return false;
  set_valid(vector, row);
  return true;
}

/* get_json_object: a path of names, indexes and wildcards. */

enum step_kind { STEP_NAME, STEP_INDEX, STEP_ALL };

struct step {
  enum step_kind kind;
  struct text name;
  size_t index;
};

enum { MAX_STEPS = 32 };

/* "$", ".name", "['name']", "[0]", "[*]", ".*"; false for anything else. */
static bool read_path(struct text path, struct step *steps, size_t *ret_count)
{
  size_t count = 0;
  size_t i = 1;
  if (path.length == 0 || path.data[0] != '$')
    return false;
  while (i < path.length) {
    if (count == MAX_STEPS)
      return false;
    struct step *step = &steps[count++];
    if (path.data[i] == '.') {
      size_t start = ++i;
      while (i < path.length && path.data[i] != '.' && path.data[i] != '[')
        i++;
      *step = (struct step){ .kind = STEP_NAME, .name = { path.data + start, i - start } };
      if (i == start)
        return false;
      if (text_equal(step->name, TEXT("*")))
        step->kind = STEP_ALL;
      continue;
    }
    if (path.data[i] != '[')
      return false;
    const char *end = memchr(path.data + i, ']', path.length - i);
    if (end == NULL)
      return false;
    struct text inside = { path.data + i + 1, (size_t)(end - path.data) - i - 1 };
    i = (size_t)(end - path.data) + 1;
    if (text_equal(inside, TEXT("*"))) {
      *step = (struct step){ .kind = STEP_ALL };
    } else if (inside.length >= 2 && inside.data[0] == '\'' && inside.data[inside.length - 1] == '\'') {
      *step = (struct step){ .kind = STEP_NAME, .name = { inside.data + 1, inside.length - 2 } };
    } else {
      int64_t index;
      if (!text_to_integer_exact(inside, &index) || index < 0)
        return false;
      *step = (struct step){ .kind = STEP_INDEX, .index = (size_t)index };
    }
  }
  *ret_count = count;
  return true;
}

/* What a path finds: values one after another in a buffer, as JSON. */
struct found {
  struct text_buffer *out;
  size_t count;
  bool is_string; /* of the last */
};

static bool add_found(struct json_reader *reader, enum json_token token, struct found *found)
{
  size_t start = reader->start;
  found->is_string = token == JSON_STRING;
  if (!json_skip(reader, token))
    return false;
  if (found->count++ > 0)
    text_buffer_add_char(found->out, ',');
  return json_compact((struct text){ reader->input.data + start, reader->at - start }, JSON_STRICT, found->out);
}

static bool walk(struct json_reader *reader, enum json_token token, const struct step *steps, size_t n_steps,
                 struct found *found)
{
  if (token == JSON_INVALID || token == JSON_END)
    return false;
  if (n_steps == 0)
    return token == JSON_NULL || add_found(reader, token, found);
  if (token == JSON_OBJECT_START && steps[0].kind == STEP_NAME) {
    bool is_done = false; /* the first of equal keys counts */
    for (token = json_next(reader); token == JSON_NAME; token = json_next(reader)) {
      bool is_it = !is_done && text_equal(reader->raw, steps[0].name);
      is_done = is_done || is_it;
      token = json_next(reader);
      if (!(is_it ? walk(reader, token, steps + 1, n_steps - 1, found) : json_skip(reader, token)))
        return false;
    }
    return token == JSON_OBJECT_END;
  }
  if (token == JSON_ARRAY_START && steps[0].kind != STEP_NAME) {
    size_t index = 0;
    for (token = json_next(reader); token != JSON_ARRAY_END; token = json_next(reader), index++) {
      bool is_it = steps[0].kind == STEP_ALL || steps[0].index == index;
      if (!(is_it ? walk(reader, token, steps + 1, n_steps - 1, found) : json_skip(reader, token)))
        return false;
    }
    return true;
  }
  return json_skip(reader, token);
}

static bool has_wildcard(const struct step *steps, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (steps[i].kind == STEP_ALL)
      return true;
  return false;
}

static bool get_json_object(struct udf_call *call, size_t row)
{
  struct step steps[MAX_STEPS];
  size_t n_steps;
  struct json_reader reader;
  struct found found = { .out = &call->buffer };
  text_buffer_clear(&call->buffer);
  if (!read_path(arg_text(call, 1, row), steps, &n_steps))
    return false;
  json_start(&reader, arg_text(call, 0, row), JSON_STRICT, false);
  if (!walk(&reader, json_next(&reader), steps, n_steps, &found) || json_next(&reader) != JSON_END || found.count == 0)
    return false;
  struct text value = text_buffer_text(&call->buffer);
  bool is_list = has_wildcard(steps, n_steps) && found.count > 1;
  if (!is_list && found.is_string) { /* a string by itself is given without its quotes */
    SCOPED(text_buffer_done) struct text_buffer plain = { 0 };
    json_unescape((struct text){ value.data + 1, value.length - 2 }, &plain);
    return return_text(call, row, text_buffer_text(&plain));
  }
  if (!is_list)
    return return_text(call, row, value);
  SCOPED(text_buffer_done) struct text_buffer list = { 0 };
  text_buffer_printf(&list, "[%.*s]", TEXT_ARGS(value));
  return return_text(call, row, text_buffer_text(&list));
}

static bool json_array_length(struct udf_call *call, size_t row)
{
  struct json_reader reader;
  int32_t count = 0;
  json_start(&reader, arg_text(call, 0, row), JSON_STRICT, false);
  if (json_next(&reader) != JSON_ARRAY_START)
    return false;
  for (enum json_token token = json_next(&reader); token != JSON_ARRAY_END; token = json_next(&reader), count++)
    if (token == JSON_END || token == JSON_INVALID || !json_skip(&reader, token))
      return false;
  return json_next(&reader) == JSON_END && return_int(call, row, count);
}

static bool json_object_keys(struct udf_call *call, size_t row)
{
  struct json_reader reader;
  json_start(&reader, arg_text(call, 0, row), JSON_STRICT, false);
  if (json_next(&reader) != JSON_OBJECT_START)
    return false;
  list_begin(call);
  for (enum json_token token = json_next(&reader); token != JSON_OBJECT_END; token = json_next(&reader)) {
    if (token != JSON_NAME)
      return false;
    text_buffer_clear(&call->buffer);
    json_unescape(reader.raw, &call->buffer);
    list_add_text(call, text_buffer_text(&call->buffer));
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

static void add_quoted(struct text_buffer *out, struct text text)
{
  text_buffer_add_char(out, '"');
  for (size_t i = 0; i < text.length; i++) {
    unsigned char c = (unsigned char)text.data[i];
    static const char *const short_forms[] = {
      ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n", ['\f'] = "\\f", ['\r'] = "\\r"
    };
    if (c == '"' || c == '\\')
      text_buffer_printf(out, "\\%c", c);
    else if (c < 0x20 && c < ARRAY_LENGTH(short_forms) && short_forms[c] != NULL)
      text_buffer_add_string(out, short_forms[c]);
    else if (c < 0x20)
      text_buffer_printf(out, "\\u%04X", c);
    else
      text_buffer_add_char(out, (char)c);
  }
  text_buffer_add_char(out, '"');
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
    add_quoted(out, text_from(vector->type->fields[i].name));
    text_buffer_add_char(out, ':');
    add_json(call, &vector->children[i], row, out);
  }
  text_buffer_add_char(out, '}');
}

static void add_sequence(const struct udf_call *call, const struct vector *vector, size_t row, struct text_buffer *out)
{
  bool is_map = vector->type->id == TYPE_MAP;
  duckdb_list_entry list = vector_list(vector, row);
  text_buffer_add_char(out, is_map ? '{' : '[');
  for (size_t i = 0; i < list.length; i++) {
    if (i > 0)
      text_buffer_add_char(out, ',');
    if (is_map) {
      SCOPED(text_buffer_done) struct text_buffer key = { 0 };
      vector_add_text(call, &vector->children[0], list.offset + i, &key);
      add_quoted(out, text_buffer_text(&key));
      text_buffer_add_char(out, ':');
    }
    add_json(call, &vector->children[is_map ? 1 : 0], list.offset + i, out);
  }
  text_buffer_add_char(out, is_map ? '}' : ']');
}

/* Timestamps as Spark writes them in JSON: 2024-01-15T10:00:00.000-05:00. */
static void add_timestamp(const struct udf_call *call, int64_t instant, struct text_buffer *out)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct datetime_pattern *pattern = NULL;
  struct error err;
  if (!datetime_pattern_compile(&scratch, TEXT("yyyy-MM-dd'T'HH:mm:ss.SSSXXX"), PATTERN_FORMAT, NOWHERE, false,
                                &pattern, &err))
    BUG("a fixed pattern does not compile");
  text_buffer_add_char(out, '"');
  datetime_pattern_format(pattern, instant, call->zone, out);
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
  case TYPE_MAP:
    add_sequence(call, vector, row, out);
    return;
  case TYPE_TIMESTAMP:
    add_timestamp(call, ((const int64_t *)vector->data)[row], out);
    return;
  default: {
    SCOPED(text_buffer_done) struct text_buffer text = { 0 };
    vector_add_text(call, vector, row, &text);
    bool is_word =
        text.length > 0 && strchr("NI-", text.data[0]) != NULL && text_ends_with(text_buffer_text(&text), TEXT("y"));
    if (needs_quotes(vector->type) || is_word || text_equal(text_buffer_text(&text), TEXT("NaN")))
      add_quoted(out, text_buffer_text(&text));
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
  { .name = "spark_get_json_object", .signature = "string string > string", .each = get_json_object },
  { .name = "spark_from_json", .each = from_json },
  { .name = "spark_to_json", .each = to_json },
};

UDF_FAMILY(json_udfs, rows);
