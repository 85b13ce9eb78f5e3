#include "value/json_type.h"

#include "value/json_value.h"

#include <stdlib.h>

/* Where a type is not known yet it is void. */

static const struct type *merge(struct arena *arena, const struct type *a, const struct type *b)
{
  return type_merge(arena, a, b, type_simple(TYPE_STRING));
}

static const struct type *number_type(struct arena *arena, struct text raw)
{
  bool is_whole = !json_is_non_number(raw);
  for (size_t i = 0; i < raw.length && is_whole; i++)
    is_whole = char_is_digit(raw.data[i]) || (i == 0 && raw.data[i] == '-');
  int64_t value;
  if (!is_whole)
    return type_simple(TYPE_DOUBLE);
  if (text_to_bigint(raw, &value))
    return type_simple(TYPE_BIGINT);
  size_t digits = raw.length - (raw.data[0] == '-' ? 1 : 0);
  return digits <= 38 ? type_decimal(arena, (int)digits, 0) : type_simple(TYPE_DOUBLE);
}

struct inference {
  struct arena *arena;
  struct json_reader reader;
  size_t depth;
};

enum { MAX_DEPTH = 60 }; /* of types: type_parse reads no deeper ones */

static const struct type *infer(struct inference *inference, enum json_token token);

/* NULL, here and below, where the text is no JSON. */
static const struct type *infer_array(struct inference *inference)
{
  const struct type *element = type_simple(TYPE_VOID);
  for (enum json_token token = json_next(&inference->reader); token != JSON_ARRAY_END;
       token = json_next(&inference->reader)) {
    const struct type *type = infer(inference, token);
    if (type == NULL)
      return NULL;
    element = merge(inference->arena, element, type);
  }
  return type_array(inference->arena, element);
}

static int compare_names(const void *a, const void *b)
{
  const struct type_field *left = a, *right = b;
  return strcmp(left->name, right->name);
}

static const struct type *infer_struct(struct inference *inference)
{
  struct type_field *fields = NULL;
  size_t count = 0, capacity = 0;
  for (enum json_token token = json_next(&inference->reader); token != JSON_OBJECT_END;
       token = json_next(&inference->reader)) {
    SCOPED(text_buffer_done) struct text_buffer name = { 0 };
    if (token != JSON_NAME)
      return NULL;
    json_unescape(inference->reader.raw, &name);
    const struct type *type = infer(inference, json_next(&inference->reader));
    if (type == NULL)
      return NULL;
    fields = arena_grow(inference->arena, fields, count, &capacity, sizeof(*fields));
    fields[count++] = (struct type_field){ text_copy(inference->arena, text_buffer_text(&name)), type };
  }
  if (count > 1)
    qsort(fields, count, sizeof(*fields), compare_names);
  return type_struct(inference->arena, fields, count);
}

static const struct type *infer(struct inference *inference, enum json_token token)
{
  const struct type *type = NULL;
  if (++inference->depth > MAX_DEPTH)
    return NULL;
  switch (token) {
  case JSON_OBJECT_START:
    type = infer_struct(inference);
    break;
  case JSON_ARRAY_START:
    type = infer_array(inference);
    break;
  case JSON_STRING:
    type = type_simple(inference->reader.raw.length == 0 ? TYPE_VOID : TYPE_STRING);
    break;
  case JSON_NUMBER:
    type = number_type(inference->arena, inference->reader.raw);
    break;
  case JSON_TRUE:
  case JSON_FALSE:
    type = type_simple(TYPE_BOOLEAN);
    break;
  case JSON_NULL:
    type = type_simple(TYPE_VOID);
    break;
  default:
    return NULL;
  }
  inference->depth--;
  return type;
}

/* What is not known is text; a field without a name, or whose struct has no fields, is left out. NULL for such a
 * struct.
 */
static const struct type *settle(struct arena *arena, const struct type *type)
{
  if (type->id == TYPE_VOID)
    return type_simple(TYPE_STRING);
  if (type->id == TYPE_ARRAY) {
    const struct type *element = settle(arena, type->element);
    return element == NULL ? NULL : type_array(arena, element);
  }
  if (type->id != TYPE_STRUCT)
    return type;
  struct type_field *fields = arena_array(arena, type->n_fields + 1, sizeof(*fields));
  size_t count = 0;
  for (size_t i = 0; i < type->n_fields; i++) {
    const struct type *field = settle(arena, type->fields[i].type);
    if (field != NULL && type->fields[i].name[0] != '\0')
      fields[count++] = (struct type_field){ type->fields[i].name, field };
  }
  return count == 0 ? NULL : type_struct(arena, fields, count);
}

bool json_infer_type(struct arena *arena, struct text text, const struct type **ret_type)
{
  struct inference inference = { .arena = arena };
  bool is_blank = true;
  for (size_t i = 0; i < text.length && is_blank; i++)
    is_blank = (unsigned char)text.data[i] <= ' ';
  json_start(&inference.reader, text, SPARK_JSON | JSON_ALLOW_NON_NUMBERS, false);
  const struct type *type = is_blank ? type_simple(TYPE_VOID) : infer(&inference, json_next(&inference.reader));
  if (type == NULL)
    return false;
  const struct type *settled = settle(arena, type);
  const struct type *empty = type_struct(arena, NULL, 0);
  *ret_type = settled != NULL ? settled : type->id == TYPE_ARRAY ? type_array(arena, empty) : empty;
  return true;
}
