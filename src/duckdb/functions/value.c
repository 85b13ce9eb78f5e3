/* Values of any type in DuckDB's vectors: opened, copied, compared, printed. */
#include "duckdb/functions/elements.h"

#include "value/variant.h"

#include <math.h>
#include <stdio.h>

static const size_t value_sizes[] = {
  [TYPE_VOID] = 4,
  [TYPE_BOOLEAN] = 1,
  [TYPE_TINYINT] = 1,
  [TYPE_SMALLINT] = 2,
  [TYPE_INT] = 4,
  [TYPE_BIGINT] = 8,
  [TYPE_FLOAT] = 4,
  [TYPE_DOUBLE] = 8,
  [TYPE_DATE] = 4,
  [TYPE_TIMESTAMP] = 8,
  [TYPE_TIMESTAMP_NTZ] = 8,
  [TYPE_INTERVAL_YEAR_MONTH] = sizeof(duckdb_interval),
  [TYPE_INTERVAL] = sizeof(duckdb_interval),
  [TYPE_INTERVAL_DAY_TIME] = sizeof(duckdb_interval),
};

static size_t decimal_size(int precision)
{
  return precision <= 4 ? 2 : precision <= 9 ? 4 : precision <= 18 ? 8 : 16;
}

static void open_children(struct arena *arena, struct vector *vector)
{
  const struct type *type = vector->type;
  if (type->id == TYPE_STRUCT) {
    vector->children = arena_array(arena, type->n_fields, sizeof *vector->children);
    for (size_t i = 0; i < type->n_fields; i++)
      vector_open(arena, type->fields[i].type, duckdb_struct_vector_get_child(vector->handle, i), vector->is_result,
                  &vector->children[i]);
    return;
  }
  duckdb_vector child = duckdb_list_vector_get_child(vector->handle);
  vector->children = arena_array(arena, 2, sizeof *vector->children);
  if (type->id == TYPE_ARRAY) {
    vector_open(arena, type->element, child, vector->is_result, &vector->children[0]);
    return;
  }
  /* A map is a list of structs of a key and a value. */
  vector_open(arena, type->key, duckdb_struct_vector_get_child(child, 0), vector->is_result, &vector->children[0]);
  vector_open(arena, type->element, duckdb_struct_vector_get_child(child, 1), vector->is_result, &vector->children[1]);
}

void vector_open(struct arena *arena, const struct type *type, duckdb_vector handle, bool is_result,
                 struct vector *ret_vector)
{
  *ret_vector = (struct vector){
    .type = type,
    .handle = handle,
    .data = type->id == TYPE_STRUCT ? NULL : duckdb_vector_get_data(handle),
    .validity = duckdb_vector_get_validity(handle),
    .is_result = is_result,
  };
  if (type->id >= TYPE_ARRAY)
    open_children(arena, ret_vector);
}

void vector_set_null(struct vector *vector, size_t row)
{
  if (vector->validity == NULL) {
    duckdb_vector_ensure_validity_writable(vector->handle);
    vector->validity = duckdb_vector_get_validity(vector->handle);
  }
  vector->validity[row / 64] &= ~(UINT64_C(1) << (row % 64));
  /* DuckDB wants the fields of a null struct to be null, too. */
  for (size_t i = 0; vector->type->id == TYPE_STRUCT && i < vector->type->n_fields; i++)
    vector_set_null(&vector->children[i], row);
  if (vector->type->id == TYPE_ARRAY || vector->type->id == TYPE_MAP)
    ((duckdb_list_entry *)vector->data)[row] = (duckdb_list_entry){ 0 };
}

void vector_set_text(struct vector *vector, size_t row, struct text text)
{
  duckdb_vector_assign_string_element_len(vector->handle, row, text.data == NULL ? "" : text.data, text.length);
}

void vector_set_decimal(struct vector *vector, size_t row, int128 unscaled)
{
  switch (decimal_size(vector->type->precision)) {
  case 2:
    ((int16_t *)vector->data)[row] = (int16_t)unscaled;
    return;
  case 4:
    ((int32_t *)vector->data)[row] = (int32_t)unscaled;
    return;
  case 8:
    ((int64_t *)vector->data)[row] = (int64_t)unscaled;
    return;
  default:
    ((int128 *)vector->data)[row] = unscaled;
  }
}

bool return_text(struct udf_call *call, size_t row, struct text text)
{
  vector_set_text(&call->result, row, text);
  return true;
}

bool return_buffer(struct udf_call *call, size_t row)
{
  return return_text(call, row, text_buffer_text(&call->buffer));
}

bool return_decimal(struct udf_call *call, size_t row, int128 unscaled)
{
  vector_set_decimal(&call->result, row, unscaled);
  return true;
}

/* How many bytes of well-formed UTF-8 begin at `data`; 0 where none does. */
static size_t valid_length(const char *data, size_t length)
{
  for (size_t n = 1; n <= 4 && n <= length; n++)
    if (text_is_utf8((struct text){ data, n }))
      return n;
  return 0;
}

/* How many bytes Java's decoder replaces by one U+FFFD: the longest start of a well-formed character, or of a
 * surrogate. */
static size_t malformed_length(const char *data, size_t length)
{
  unsigned char first = (unsigned char)data[0];
  size_t expected = first >= 0xF0 && first <= 0xF4  ? 4
                    : first >= 0xE0 && first < 0xF0 ? 3
                    : first >= 0xC2 && first < 0xE0 ? 2
                                                    : 1;
  size_t n = 1;
  while (n < expected && n < length && ((unsigned char)data[n] & 0xC0) == 0x80) {
    unsigned char second = (unsigned char)data[1];
    bool is_outside =
        (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
    if (is_outside)
      break;
    n++;
  }
  return n;
}

bool return_bytes_as_text(struct udf_call *call, size_t row, struct text bytes)
{
  if (text_is_utf8(bytes))
    return return_text(call, row, bytes);
  SCOPED(text_buffer_done) struct text_buffer text = { 0 };
  for (size_t at = 0; at < bytes.length;) {
    size_t valid = valid_length(bytes.data + at, bytes.length - at);
    if (valid > 0)
      text_buffer_add(&text, bytes.data + at, valid);
    else
      text_buffer_add_string(&text, "\xEF\xBF\xBD");
    at += valid > 0 ? valid : malformed_length(bytes.data + at, bytes.length - at);
  }
  return return_text(call, row, text_buffer_text(&text));
}

/* Copies. */

static void set_valid(struct vector *vector, size_t row)
{
  if (vector->validity != NULL)
    vector->validity[row / 64] |= UINT64_C(1) << (row % 64);
}

/* Copies the elements of a nested array or map to the end of the child of `to`. */
static void copy_list(struct udf_call *call, struct vector *to, size_t to_row, const struct vector *from,
                      size_t from_row)
{
  duckdb_list_entry entry = vector_list(from, from_row);
  size_t start = duckdb_list_vector_get_size(to->handle);
  duckdb_list_vector_reserve(to->handle, start + entry.length);
  duckdb_list_vector_set_size(to->handle, start + entry.length);
  open_children(&call->arena, to);
  size_t n_children = to->type->id == TYPE_MAP ? 2 : 1;
  for (size_t i = 0; i < entry.length; i++)
    for (size_t child = 0; child < n_children; child++)
      vector_copy(call, &to->children[child], start + i, &from->children[child], entry.offset + i);
  ((duckdb_list_entry *)to->data)[to_row] = (duckdb_list_entry){ .offset = start, .length = entry.length };
}

void vector_copy(struct udf_call *call, struct vector *to, size_t to_row, const struct vector *from, size_t from_row)
{
  if (vector_is_null(from, from_row)) {
    vector_set_null(to, to_row);
    return;
  }
  set_valid(to, to_row);
  switch (to->type->id) {
  case TYPE_STRING:
  case TYPE_BINARY:
  case TYPE_VARIANT:
    vector_set_text(to, to_row, vector_text(from, from_row));
    return;
  case TYPE_ARRAY:
  case TYPE_MAP:
    copy_list(call, to, to_row, from, from_row);
    return;
  case TYPE_STRUCT:
    for (size_t i = 0; i < to->type->n_fields; i++)
      vector_copy(call, &to->children[i], to_row, &from->children[i], from_row);
    return;
  default: {
    size_t size = to->type->id == TYPE_DECIMAL ? decimal_size(to->type->precision) : value_sizes[to->type->id];
    memcpy((char *)to->data + to_row * size, (const char *)from->data + from_row * size, size);
  }
  }
}

/* Results that are arrays. */

void list_begin(struct udf_call *call)
{
  call->list_start = call->list_size;
  call->list_bytes = 0;
}

bool elements_fail_size(struct udf_call *call)
{
  return udf_fail(call, "COLLECTION_SIZE_LIMIT_EXCEEDED.FUNCTION",
                  "%s would make an array of more than %d elements, or %d bytes", udf_shown_name(call), MAX_ELEMENTS,
                  MAX_TEXT);
}

/* The bytes of a value beside its place in its vector. */
static size_t bytes_of(const struct vector *vector, size_t row)
{
  size_t bytes = 0;
  if (vector_is_null(vector, row))
    return 0;
  switch (vector->type->id) {
  case TYPE_STRING:
  case TYPE_BINARY:
  case TYPE_VARIANT:
    return vector_text(vector, row).length;
  case TYPE_STRUCT:
    for (size_t i = 0; i < vector->type->n_fields; i++)
      bytes += bytes_of(&vector->children[i], row);
    return bytes;
  case TYPE_ARRAY:
  case TYPE_MAP: {
    duckdb_list_entry entry = vector_list(vector, row);
    size_t n_children = vector->type->id == TYPE_MAP ? 2 : 1;
    for (size_t i = 0; i < n_children; i++)
      for (size_t k = 0; k < entry.length; k++)
        bytes += sizeof(duckdb_string_t) + bytes_of(&vector->children[i], entry.offset + k);
    return bytes;
  }
  default:
    return 0;
  }
}

struct vector *list_add(struct udf_call *call, size_t *ret_row)
{
  if (call->list_size == call->list_capacity) {
    call->list_capacity = call->list_capacity == 0 ? 4096 : call->list_capacity * 2;
    duckdb_list_vector_reserve(call->result.handle, call->list_capacity);
    open_children(&call->arena, &call->result);
  }
  *ret_row = call->list_size++;
  return call->result.children;
}

/* Whether the list takes one element more, of so many bytes beside its place. */
static bool list_takes(struct udf_call *call, size_t bytes)
{
  if (call->error[0] != 0)
    return false;
  call->list_bytes += bytes;
  return (call->list_size - call->list_start < MAX_ELEMENTS && call->list_bytes <= MAX_TEXT) ||
         elements_fail_size(call);
}

bool list_add_text(struct udf_call *call, struct text text)
{
  size_t row;
  TRY(list_takes(call, text.length));
  struct vector *elements = list_add(call, &row);
  vector_set_text(elements, row, text);
  return true;
}

bool list_add_copy(struct udf_call *call, const struct vector *from, size_t from_row)
{
  size_t row;
  TRY(list_takes(call, bytes_of(from, from_row)));
  struct vector *elements = list_add(call, &row);
  vector_copy(call, elements, row, from, from_row);
  return true;
}

void list_add_null(struct udf_call *call)
{
  size_t row;
  struct vector *elements = list_add(call, &row);
  vector_set_null(elements, row);
}

bool list_end(struct udf_call *call, size_t row)
{
  RESULT(call, row, duckdb_list_entry) =
      (duckdb_list_entry){ .offset = call->list_start, .length = call->list_size - call->list_start };
  return true;
}

/* Comparison. */

static int compare_integers(int128 a, int128 b)
{
  return (a > b) - (a < b);
}

static int compare_doubles(double a, double b)
{
  if (isnan(a) || isnan(b))
    return isnan(a) - isnan(b) > 0 ? 1 : isnan(a) == isnan(b) ? 0 : -1;
  return (a > b) - (a < b);
}

static int compare_lists(const struct vector *a, size_t row_a, const struct vector *b, size_t row_b)
{
  duckdb_list_entry list_a = vector_list(a, row_a);
  duckdb_list_entry list_b = vector_list(b, row_b);
  for (size_t i = 0; i < list_a.length && i < list_b.length; i++) {
    int order = vector_compare(&a->children[0], list_a.offset + i, &b->children[0], list_b.offset + i);
    if (order != 0)
      return order;
  }
  return compare_integers((int128)list_a.length, (int128)list_b.length);
}

static int compare_structs(const struct vector *a, size_t row_a, const struct vector *b, size_t row_b)
{
  for (size_t i = 0; i < a->type->n_fields; i++) {
    int order = vector_compare(&a->children[i], row_a, &b->children[i], row_b);
    if (order != 0)
      return order;
  }
  return 0;
}

static int128 interval_amount(const struct vector *vector, size_t row)
{
  const duckdb_interval *interval = &((const duckdb_interval *)vector->data)[row];
  return interval->micros + ((int128)interval->months * 30 + interval->days) * INT64_C(86400000000);
}

#define COMPARE(c_type) compare_integers(((const c_type *)a->data)[row_a], ((const c_type *)b->data)[row_b])

int vector_compare(const struct vector *a, size_t row_a, const struct vector *b, size_t row_b)
{
  bool a_null = vector_is_null(a, row_a);
  bool b_null = vector_is_null(b, row_b);
  if (a_null || b_null)
    return b_null - a_null;
  switch (a->type->id) {
  case TYPE_VOID:
    return 0;
  case TYPE_BOOLEAN:
    return COMPARE(bool);
  case TYPE_TINYINT:
    return COMPARE(int8_t);
  case TYPE_SMALLINT:
    return COMPARE(int16_t);
  case TYPE_INT:
  case TYPE_DATE:
    return COMPARE(int32_t);
  case TYPE_BIGINT:
  case TYPE_TIMESTAMP:
  case TYPE_TIMESTAMP_NTZ:
    return COMPARE(int64_t);
  case TYPE_FLOAT:
    return compare_doubles(((const float *)a->data)[row_a], ((const float *)b->data)[row_b]);
  case TYPE_DOUBLE:
    return compare_doubles(((const double *)a->data)[row_a], ((const double *)b->data)[row_b]);
  case TYPE_DECIMAL:
    return compare_integers(vector_decimal(a, row_a), vector_decimal(b, row_b));
  case TYPE_STRING:
  case TYPE_BINARY:
  case TYPE_VARIANT:
    return text_compare(vector_text(a, row_a), vector_text(b, row_b));
  case TYPE_INTERVAL_YEAR_MONTH:
  case TYPE_INTERVAL_DAY_TIME:
  case TYPE_INTERVAL:
    return compare_integers(interval_amount(a, row_a), interval_amount(b, row_b));
  case TYPE_STRUCT:
    return compare_structs(a, row_a, b, row_b);
  default:
    return compare_lists(a, row_a, b, row_b);
  }
}

static uint64_t mix_hash(uint64_t hash, uint64_t value)
{
  hash = (hash ^ value) * UINT64_C(0x9E3779B97F4A7C15);
  return hash ^ hash >> 29;
}

static uint64_t hash_double(double value)
{
  uint64_t bits = 0;
  value = value == 0 ? 0 : isnan(value) ? (double)NAN : value; /* -0.0 equals 0.0 */
  memcpy(&bits, &value, sizeof(bits));
  return bits;
}

static uint64_t hash_text(struct text text)
{
  uint64_t hash = text.length;
  for (size_t i = 0; i < text.length; i++)
    hash = (hash ^ (unsigned char)text.data[i]) * UINT64_C(0x100000001B3);
  return hash;
}

static uint64_t hash_parts(const struct vector *vector, size_t row)
{
  uint64_t hash = 0;
  if (vector->type->id == TYPE_STRUCT) {
    for (size_t i = 0; i < vector->type->n_fields; i++)
      hash = mix_hash(hash, vector_hash(&vector->children[i], row));
    return hash;
  }
  duckdb_list_entry entry = vector_list(vector, row);
  for (size_t i = 0; i < entry.length; i++)
    hash = mix_hash(hash, vector_hash(&vector->children[0], entry.offset + i));
  return hash;
}

uint64_t vector_hash(const struct vector *vector, size_t row)
{
  if (vector_is_null(vector, row))
    return 1;
  switch (vector->type->id) {
  case TYPE_VOID:
    return 0;
  case TYPE_FLOAT:
    return mix_hash(0, hash_double(((const float *)vector->data)[row]));
  case TYPE_DOUBLE:
    return mix_hash(0, hash_double(((const double *)vector->data)[row]));
  case TYPE_DECIMAL: {
    int128 value = vector_decimal(vector, row);
    return mix_hash((uint64_t)(value >> 64), (uint64_t)value);
  }
  case TYPE_STRING:
  case TYPE_BINARY:
  case TYPE_VARIANT:
    return mix_hash(0, hash_text(vector_text(vector, row)));
  case TYPE_INTERVAL_YEAR_MONTH:
  case TYPE_INTERVAL_DAY_TIME:
  case TYPE_INTERVAL: {
    int128 amount = interval_amount(vector, row);
    return mix_hash((uint64_t)(amount >> 64), (uint64_t)amount);
  }
  case TYPE_STRUCT:
  case TYPE_ARRAY:
  case TYPE_MAP:
    return hash_parts(vector, row);
  default: {
    uint64_t bits = 0;
    memcpy(&bits, (const char *)vector->data + row * value_sizes[vector->type->id], value_sizes[vector->type->id]);
    return mix_hash(0, bits);
  }
  }
}

/* Text. */

static void add_sequence(const struct udf_call *call, const struct vector *vector, size_t row, struct text_buffer *out)
{
  bool is_map = vector->type->id == TYPE_MAP;
  duckdb_list_entry list = vector_list(vector, row);
  text_buffer_add_char(out, is_map ? '{' : '[');
  for (size_t i = 0; i < list.length; i++) {
    if (i > 0)
      text_buffer_add_string(out, ", ");
    vector_add_text(call, &vector->children[0], list.offset + i, out);
    if (!is_map)
      continue;
    text_buffer_add_string(out, " -> ");
    vector_add_text(call, &vector->children[1], list.offset + i, out);
  }
  text_buffer_add_char(out, is_map ? '}' : ']');
}

static void add_struct(const struct udf_call *call, const struct vector *vector, size_t row, struct text_buffer *out)
{
  text_buffer_add_char(out, '{');
  for (size_t i = 0; i < vector->type->n_fields; i++) {
    if (i > 0)
      text_buffer_add_string(out, ", ");
    vector_add_text(call, &vector->children[i], row, out);
  }
  text_buffer_add_char(out, '}');
}

static const char *const unit_words[] = {
  [UNIT_YEAR] = "YEAR", [UNIT_MONTH] = "MONTH",   [UNIT_DAY] = "DAY",
  [UNIT_HOUR] = "HOUR", [UNIT_MINUTE] = "MINUTE", [UNIT_SECOND] = "SECOND",
};

static void add_units(const struct type *type, struct text_buffer *out)
{
  text_buffer_printf(out, "' %s", unit_words[type->first_unit]);
  if (type->last_unit != type->first_unit)
    text_buffer_printf(out, " TO %s", unit_words[type->last_unit]);
}

static void add_months(const struct type *type, int64_t months, struct text_buffer *out)
{
  uint64_t amount = months < 0 ? 0 - (uint64_t)months : (uint64_t)months;
  text_buffer_printf(out, "INTERVAL '%s", months < 0 ? "-" : "");
  if (type->first_unit == UNIT_MONTH)
    text_buffer_printf(out, "%llu", (unsigned long long)amount);
  else
    text_buffer_printf(out, "%llu", (unsigned long long)(amount / 12));
  if (type->first_unit != type->last_unit)
    text_buffer_printf(out, "-%llu", (unsigned long long)(amount % 12));
  add_units(type, out);
}

/* Seconds with two digits and a fraction without final zeros. */
static void add_seconds(uint64_t micros, struct text_buffer *out)
{
  text_buffer_printf(out, "%02llu", (unsigned long long)(micros / 1000000));
  if (micros % 1000000 == 0)
    return;
  char fraction[16];
  snprintf(fraction, sizeof fraction, ".%06u", (unsigned)(micros % 1000000));
  size_t length = strlen(fraction);
  while (fraction[length - 1] == '0')
    length--;
  text_buffer_add(out, fraction, length);
}

static void add_day_time(const struct type *type, int64_t signed_micros, struct text_buffer *out)
{
  static const uint64_t unit_micros[] = {
    [UNIT_DAY] = UINT64_C(86400000000),
    [UNIT_HOUR] = UINT64_C(3600000000),
    [UNIT_MINUTE] = 60000000,
    [UNIT_SECOND] = 1,
  };
  static const char separators[] = { [UNIT_HOUR] = ' ', [UNIT_MINUTE] = ':', [UNIT_SECOND] = ':' };
  uint64_t micros = signed_micros < 0 ? 0 - (uint64_t)signed_micros : (uint64_t)signed_micros;
  text_buffer_printf(out, "INTERVAL '%s", signed_micros < 0 ? "-" : "");
  for (enum interval_unit unit = type->first_unit; unit <= type->last_unit && unit <= UNIT_SECOND; unit++) {
    if (unit != type->first_unit)
      text_buffer_add_char(out, separators[unit]);
    if (unit == UNIT_SECOND)
      add_seconds(micros, out);
    else
      text_buffer_printf(out, unit == UNIT_DAY ? "%llu" : "%02llu", (unsigned long long)(micros / unit_micros[unit]));
    micros %= unit_micros[unit];
  }
  add_units(type, out);
}

/* "1 years 2 months 3 days 4 hours 5 minutes 6.5 seconds", as CalendarInterval.toString; units of 0 are left out. */
static void add_calendar(const duckdb_interval *interval, struct text_buffer *out)
{
  int64_t seconds = interval->micros % 60000000;
  const struct {
    int64_t amount;
    const char *name;
  } parts[] = {
    { interval->months / 12, "years" },
    { interval->months % 12, "months" },
    { interval->days, "days" },
    { interval->micros / INT64_C(3600000000), "hours" },
    { interval->micros % INT64_C(3600000000) / 60000000, "minutes" },
  };
  size_t start = out->length;
  for (size_t i = 0; i < ARRAY_LENGTH(parts); i++)
    if (parts[i].amount != 0)
      text_buffer_printf(out, "%s%lld %s", out->length > start ? " " : "", (long long)parts[i].amount, parts[i].name);
  if (seconds != 0) {
    SCOPED(text_buffer_done) struct text_buffer digits = { 0 };
    decimal_add_plain(seconds, 6, &digits);
    while (digits.data[digits.length - 1] == '0')
      digits.length--;
    digits.length -= digits.data[digits.length - 1] == '.';
    text_buffer_printf(out, "%s%.*s seconds", out->length > start ? " " : "", (int)digits.length, digits.data);
  }
  if (out->length == start)
    text_buffer_add_string(out, "0 seconds");
}

static void add_variant(struct text text, struct text_buffer *out)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  const struct variant *variant = variant_read(&arena, text, VARIANT_OF_TEXT);
  if (variant == NULL)
    BUG("the text of a variant cannot be read");
  variant_add_json(variant, out);
}

#define AT(c_type) (((const c_type *)vector->data)[row])

void vector_add_text(const struct udf_call *call, const struct vector *vector, size_t row, struct text_buffer *out)
{
  if (vector_is_null(vector, row)) {
    text_buffer_add_string(out, "null");
    return;
  }
  switch (vector->type->id) {
  case TYPE_VOID:
    text_buffer_add_string(out, "null");
    return;
  case TYPE_BOOLEAN:
    text_buffer_add_string(out, AT(bool) ? "true" : "false");
    return;
  case TYPE_TINYINT:
    text_buffer_printf(out, "%d", AT(int8_t));
    return;
  case TYPE_SMALLINT:
    text_buffer_printf(out, "%d", AT(int16_t));
    return;
  case TYPE_INT:
    text_buffer_printf(out, "%d", AT(int32_t));
    return;
  case TYPE_BIGINT:
    text_buffer_printf(out, "%lld", (long long)AT(int64_t));
    return;
  case TYPE_FLOAT:
    float_add_text(AT(float), out);
    return;
  case TYPE_DOUBLE:
    double_add_text(AT(double), out);
    return;
  case TYPE_DECIMAL:
    (call->writes_plainly ? decimal_add_plain : decimal_add_text)(vector_decimal(vector, row), vector->type->scale,
                                                                  out);
    return;
  case TYPE_STRING:
  case TYPE_BINARY:
    text_buffer_add_text(out, vector_text(vector, row));
    return;
  case TYPE_VARIANT:
    add_variant(vector_text(vector, row), out);
    return;
  case TYPE_DATE:
    date_add_text(AT(int32_t), out);
    return;
  case TYPE_TIMESTAMP:
    timestamp_add_text(AT(int64_t), call->zone, out);
    return;
  case TYPE_TIMESTAMP_NTZ:
    timestamp_add_text(AT(int64_t), timezone_find(TEXT("UTC")), out);
    return;
  case TYPE_INTERVAL_YEAR_MONTH:
    add_months(vector->type, AT(duckdb_interval).months, out);
    return;
  case TYPE_INTERVAL_DAY_TIME:
    add_day_time(vector->type, AT(duckdb_interval).micros, out);
    return;
  case TYPE_INTERVAL:
    add_calendar(&AT(duckdb_interval), out);
    return;
  case TYPE_STRUCT:
    add_struct(call, vector, row, out);
    return;
  default:
    add_sequence(call, vector, row, out);
  }
}
