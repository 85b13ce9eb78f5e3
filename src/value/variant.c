#include "value/variant.h"

#include "value/json_copy.h"
#include "value/type.h"

#include "value/cast.h"

#include <stdlib.h>

enum { MAX_DEPTH = 500 };

static struct variant *new_variant(struct arena *arena, enum variant_kind kind)
{
  struct variant *variant = arena_alloc(arena, sizeof(*variant));
  *variant = (struct variant){ .kind = kind };
  return variant;
}

/* numbers */

static struct variant *new_number(struct arena *arena, enum variant_kind kind, const struct text_buffer *text)
{
  struct variant *variant = new_variant(arena, kind);
  variant->text = (struct text){ text_copy(arena, text_buffer_text(text)), text->length };
  return variant;
}

static struct variant *new_double(struct arena *arena, struct text raw)
{
  SCOPED(text_buffer_done) struct text_buffer text = { 0 };
  double value = 0;
  text_to_double(raw, &value);
  double_add_text(value, &text);
  bool is_marked = memchr(text.data, 'E', text.length) != NULL || memchr(text.data, 'y', text.length) != NULL;
  text_buffer_add_string(&text, is_marked ? "" : "E0");
  return new_number(arena, VARIANT_DOUBLE, &text);
}

/* Without final zeros behind the point, and with one digit there. */
static struct variant *new_decimal(struct arena *arena, struct text raw)
{
  SCOPED(text_buffer_done) struct text_buffer text = { 0 };
  const char *point = memchr(raw.data, '.', raw.length);
  while (raw.data + raw.length > point + 2 && raw.data[raw.length - 1] == '0')
    raw.length--;
  bool is_zero = true;
  for (size_t i = 0; i < raw.length && is_zero; i++)
    is_zero = strchr("-0.", raw.data[i]) != NULL;
  text_buffer_add_text(&text, is_zero ? TEXT("0.0") : raw);
  return new_number(arena, VARIANT_DECIMAL, &text);
}

struct variant *variant_number(struct arena *arena, struct text raw)
{
  SCOPED(text_buffer_done) struct text_buffer text = { 0 };
  size_t n_digits = 0, n_behind = 0;
  bool has_point = false;
  int64_t integer;
  for (size_t i = 0; i < raw.length; i++) {
    char c = raw.data[i];
    bool is_digit = char_is_digit(c);
    if (!is_digit && c != '.' && !(c == '-' && i == 0))
      return new_double(arena, raw);
    has_point = has_point || c == '.';
    n_digits += is_digit && (n_digits > 0 || c != '0');
    n_behind += is_digit && has_point;
  }
  if (n_digits > 38 || n_behind > 38)
    return new_double(arena, raw);
  if (has_point)
    return new_decimal(arena, raw);
  if (!text_to_bigint(raw, &integer)) {
    text_buffer_add_text(&text, raw);
    return new_number(arena, VARIANT_DECIMAL, &text);
  }
  text_buffer_printf(&text, "%lld", (long long)integer);
  return new_number(arena, VARIANT_INTEGER, &text);
}

/* reading */

struct reading {
  struct arena *arena;
  struct json_reader json;
  size_t depth;
};

static struct variant *read_value(struct reading *reading, enum json_token token);

static struct text plain_text(struct reading *reading)
{
  SCOPED(text_buffer_done) struct text_buffer text = { 0 };
  json_unescape(reading->json.raw, &text);
  return (struct text){ text_copy(reading->arena, text_buffer_text(&text)), text.length };
}

static struct variant *read_array(struct reading *reading)
{
  struct variant *array = new_variant(reading->arena, VARIANT_ARRAY);
  for (enum json_token token = json_next(&reading->json); token != JSON_ARRAY_END; token = json_next(&reading->json)) {
    struct variant *item = read_value(reading, token);
    if (item == NULL)
      return NULL;
    variant_put(reading->arena, array, array->n_items, item);
  }
  return array;
}

static int compare_names(const void *a, const void *b)
{
  const struct variant *const *left = a, *const *right = b;
  return text_compare((*left)->name, (*right)->name);
}

static struct variant *read_object(struct reading *reading)
{
  struct variant *object = new_variant(reading->arena, VARIANT_OBJECT);
  for (enum json_token token = json_next(&reading->json); token != JSON_OBJECT_END; token = json_next(&reading->json)) {
    if (token != JSON_NAME)
      return NULL;
    struct text name = plain_text(reading);
    struct variant *item = read_value(reading, json_next(&reading->json));
    if (item == NULL)
      return NULL;
    item->name = name;
    variant_put(reading->arena, object, object->n_items, item);
  }
  if (object->n_items > 1)
    qsort(object->items, object->n_items, sizeof(struct variant *), compare_names);
  for (size_t i = 1; i < object->n_items; i++)
    if (text_equal(object->items[i - 1]->name, object->items[i]->name))
      return NULL;
  return object;
}

static struct variant *read_value(struct reading *reading, enum json_token token)
{
  struct variant *variant = NULL;
  if (++reading->depth > MAX_DEPTH)
    return NULL;
  if (token == JSON_OBJECT_START)
    variant = read_object(reading);
  else if (token == JSON_ARRAY_START)
    variant = read_array(reading);
  else if (token == JSON_NUMBER)
    variant = variant_number(reading->arena, reading->json.raw);
  else if (token == JSON_STRING || token == JSON_TRUE || token == JSON_FALSE || token == JSON_NULL)
    variant = new_variant(reading->arena, token == JSON_STRING ? VARIANT_STRING
                                          : token == JSON_NULL ? VARIANT_NULL
                                                               : VARIANT_BOOLEAN);
  if (variant != NULL && variant->kind == VARIANT_STRING)
    variant->text = plain_text(reading);
  if (variant != NULL)
    variant->boolean = token == JSON_TRUE;
  reading->depth--;
  return variant;
}

struct variant *variant_read(struct arena *arena, struct text text, enum variant_source source)
{
  struct reading reading = { .arena = arena };
  json_start(&reading.json, text, source == VARIANT_OF_TEXT ? JSON_ALLOW_NON_NUMBERS : JSON_STRICT, true);
  return read_value(&reading, json_next(&reading.json));
}

/* writing */

static void add(const struct variant *variant, bool is_json, struct text_buffer *out)
{
  struct text text = variant->text;
  switch (variant->kind) {
  case VARIANT_NULL:
    text_buffer_add_string(out, "null");
    return;
  case VARIANT_BOOLEAN:
    text_buffer_add_string(out, variant->boolean ? "true" : "false");
    return;
  case VARIANT_INTEGER:
  case VARIANT_DECIMAL:
  case VARIANT_DOUBLE:
    if (is_json && variant->kind != VARIANT_INTEGER &&
        text_ends_with(text, variant->kind == VARIANT_DOUBLE ? TEXT("E0") : TEXT(".0")))
      text.length -= 2;
    text_buffer_add_text(out, text);
    return;
  case VARIANT_STRING:
    json_add_quoted(out, text);
    return;
  case VARIANT_ARRAY:
  case VARIANT_OBJECT:
    text_buffer_add_char(out, variant->kind == VARIANT_ARRAY ? '[' : '{');
    for (size_t i = 0; i < variant->n_items; i++) {
      text_buffer_add_string(out, i == 0 ? "" : ",");
      if (variant->kind == VARIANT_OBJECT) {
        json_add_quoted(out, variant->items[i]->name);
        text_buffer_add_char(out, ':');
      }
      add(variant->items[i], is_json, out);
    }
    text_buffer_add_char(out, variant->kind == VARIANT_ARRAY ? ']' : '}');
    return;
  }
}

void variant_add_text(const struct variant *variant, struct text_buffer *out)
{
  add(variant, false, out);
}

void variant_add_json(const struct variant *variant, struct text_buffer *out)
{
  add(variant, true, out);
}

/* schema: a type whose void is null, and whose binary stands for "variant" */

static const struct type *merge_types(struct arena *arena, const struct type *a, const struct type *b)
{
  return type_merge(arena, a, b, type_simple(TYPE_BINARY));
}

static const struct type *decimal_type(struct arena *arena, struct text text)
{
  size_t n_digits = 0, n_behind = 0;
  bool has_point = false;
  for (size_t i = 0; i < text.length; i++) {
    has_point = has_point || text.data[i] == '.';
    n_digits += char_is_digit(text.data[i]) && (n_digits > 0 || text.data[i] != '0');
    n_behind += char_is_digit(text.data[i]) && has_point;
  }
  if (text_ends_with(text, TEXT(".0"))) {
    n_digits -= n_digits > 0;
    n_behind = 0;
  }
  size_t precision = n_digits > n_behind ? n_digits : n_behind;
  return type_decimal(arena, precision == 0 ? 1 : (int)precision, (int)n_behind);
}

static const struct type *schema_type(struct arena *arena, const struct variant *variant)
{
  static const enum type_id ids[] = { [VARIANT_NULL] = TYPE_VOID,
                                      [VARIANT_BOOLEAN] = TYPE_BOOLEAN,
                                      [VARIANT_INTEGER] = TYPE_BIGINT,
                                      [VARIANT_DOUBLE] = TYPE_DOUBLE,
                                      [VARIANT_STRING] = TYPE_STRING };
  if (variant->kind == VARIANT_DECIMAL)
    return decimal_type(arena, variant->text);
  if (variant->kind == VARIANT_ARRAY) {
    const struct type *element = type_simple(TYPE_VOID);
    for (size_t i = 0; i < variant->n_items; i++)
      element = merge_types(arena, element, schema_type(arena, variant->items[i]));
    return type_array(arena, element);
  }
  if (variant->kind != VARIANT_OBJECT)
    return type_simple(ids[variant->kind]);
  struct type_field *fields = arena_array(arena, variant->n_items + 1, sizeof(*fields));
  for (size_t i = 0; i < variant->n_items; i++)
    fields[i] = (struct type_field){ text_copy(arena, variant->items[i]->name), schema_type(arena, variant->items[i]) };
  return type_struct(arena, fields, variant->n_items);
}

static void add_type(const struct type *type, struct text_buffer *out)
{
  if (type->id == TYPE_BINARY) {
    text_buffer_add_string(out, "VARIANT");
  } else if (type->id == TYPE_ARRAY) {
    text_buffer_add_string(out, "ARRAY<");
    add_type(type->element, out);
    text_buffer_add_char(out, '>');
  } else if (type->id == TYPE_STRUCT) {
    text_buffer_add_string(out, "OBJECT<");
    for (size_t i = 0; i < type->n_fields; i++) {
      text_buffer_add_string(out, i == 0 ? "" : ", ");
      type_add_sql_name(type->fields[i].name, out);
      text_buffer_add_string(out, ": ");
      add_type(type->fields[i].type, out);
    }
    text_buffer_add_char(out, '>');
  } else {
    type_print_sql(type, out);
  }
}

void variant_add_schema(const struct variant *variant, struct text_buffer *out)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  add_type(schema_type(&arena, variant), out);
}

/* paths */

/* "[1]", "['a']" or "[\"a\"]" at `*at`, which is moved past it. */
static bool read_bracket(struct text path, size_t *at, struct variant_step *ret_step)
{
  size_t start = *at + 1;
  char quote = start < path.length ? path.data[start] : 0;
  bool is_name = quote == '\'' || quote == '"';
  size_t end = start + is_name;
  size_t index = 0;
  while (end < path.length && (is_name ? path.data[end] != quote : char_is_digit(path.data[end]))) {
    index = index * 10 + (size_t)(path.data[end] - '0') * !is_name;
    if (index > INT32_MAX && !is_name)
      return false;
    end++;
  }
  if (end + is_name >= path.length || path.data[end + is_name] != ']' || (!is_name && end == start))
    return false;
  *ret_step = (struct variant_step){ .index = index };
  if (is_name)
    ret_step->name = (struct text){ path.data + start + 1, end - start - 1 };
  *at = end + is_name + 1;
  return true;
}

bool variant_read_path(struct arena *arena, struct text path, struct variant_step **ret_steps, size_t *ret_count)
{
  struct variant_step *steps = NULL;
  size_t count = 0, capacity = 0;
  if (path.length == 0 || path.data[0] != '$')
    return false;
  for (size_t at = 1; at < path.length; count++) {
    steps = arena_grow(arena, steps, count, &capacity, sizeof(*steps));
    if (path.data[at] == '[') {
      TRY(read_bracket(path, &at, &steps[count]));
      continue;
    }
    size_t end = at + 1;
    while (end < path.length && path.data[end] != '.' && path.data[end] != '[')
      end++;
    if (path.data[at] != '.' || end == at + 1)
      return false;
    steps[count] = (struct variant_step){ .name = { path.data + at + 1, end - at - 1 } };
    at = end;
  }
  *ret_steps = steps;
  *ret_count = count;
  return true;
}

struct variant *variant_member(const struct variant *variant, struct text name)
{
  for (size_t i = 0; variant->kind == VARIANT_OBJECT && i < variant->n_items; i++)
    if (text_equal(variant->items[i]->name, name))
      return variant->items[i];
  return NULL;
}

struct variant *variant_find(struct variant *variant, const struct variant_step *steps, size_t count)
{
  for (size_t i = 0; i < count && variant != NULL; i++) {
    if (steps[i].name.data != NULL)
      variant = variant_member(variant, steps[i].name);
    else
      variant =
          variant->kind == VARIANT_ARRAY && steps[i].index < variant->n_items ? variant->items[steps[i].index] : NULL;
  }
  return variant;
}

/* changes */

void variant_put(struct arena *arena, struct variant *variant, size_t at, struct variant *item)
{
  variant->items = arena_grow(arena, variant->items, variant->n_items, &variant->capacity, sizeof(struct variant *));
  memmove(variant->items + at + 1, variant->items + at, (variant->n_items - at) * sizeof(struct variant *));
  variant->items[at] = item;
  variant->n_items++;
}

void variant_put_member(struct arena *arena, struct variant *variant, struct text name, struct variant *item)
{
  size_t at = 0;
  item->name = name;
  while (at < variant->n_items && text_compare(variant->items[at]->name, name) < 0)
    at++;
  variant_put(arena, variant, at, item);
}

void variant_strip_nulls(struct variant *variant, bool in_arrays)
{
  size_t kept = 0;
  bool strips = variant->kind == VARIANT_OBJECT || in_arrays;
  for (size_t i = 0; i < variant->n_items; i++) {
    if (strips && variant->items[i]->kind == VARIANT_NULL)
      continue;
    variant_strip_nulls(variant->items[i], in_arrays);
    variant->items[kept++] = variant->items[i];
  }
  variant->n_items = kept;
}
