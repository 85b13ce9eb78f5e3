/* What JSON values have in common: the type that holds all of them as they are. */
#include "summary/summary_internal.h"

#include "base/names.h"
#include "value/json.h"

#include <math.h>
#include <stdlib.h>

/* What was seen at a place. */
enum {
  SAW_TEXT = 1,
  SAW_WHOLE = 2,
  SAW_NUMBER = 4,
  SAW_LONG_NUMBER = 8,
  SAW_BOOLEAN = 16,
  SAW_OBJECT = 32,
  SAW_ARRAY = 64,
  SAW_OTHER = 128
};
enum { DEEPEST = 20, FIELDS_MOST = 500 };

struct json_shape {
  unsigned seen;
  struct json_shape *element; /* of arrays; NULL: none was seen */
  struct name_set names;      /* of objects */
  struct json_shape **fields; /* by the names' numbers */
  size_t capacity;
};

struct json_shape *json_shape_new(struct arena *arena)
{
  return arena_alloc(arena, sizeof(struct json_shape));
}

/* The field of a name. NULL: there are too many. */
static struct json_shape *field_of(struct arena *arena, struct json_shape *shape, struct text name)
{
  size_t before = shape->names.count;
  if (before >= FIELDS_MOST && name_set_find(&shape->names, name) == NO_NAME)
    return NULL;
  size_t at = name_set_add(arena, &shape->names, name);
  if (at == before) {
    shape->fields = arena_grow(arena, shape->fields, before, &shape->capacity, sizeof(*shape->fields));
    shape->fields[at] = json_shape_new(arena);
  }
  return shape->fields[at];
}

/* Digits that a double keeps, and a plain form in which it is written again. */
static unsigned look_at_number(struct text number)
{
  size_t n_digits = 0;
  bool is_whole = true;
  for (size_t i = 0; i < number.length; i++) {
    n_digits += char_is_digit(number.data[i]);
    is_whole = is_whole && (char_is_digit(number.data[i]) || number.data[i] == '-');
  }
  if (is_whole)
    return n_digits < 19 ? SAW_WHOLE | (n_digits > 15 ? SAW_LONG_NUMBER : 0U) : SAW_OTHER;
  char text[64];
  if (n_digits > 15 || number.length >= sizeof(text))
    return SAW_OTHER;
  memcpy(text, number.data, number.length);
  text[number.length] = '\0';
  return isfinite(strtod(text, NULL)) ? SAW_NUMBER : SAW_OTHER; /* 1e400 is none */
}

/* Notes the value whose first token was read; false: it is no JSON, or too deep. */
static bool note_value(struct arena *arena, struct json_shape *shape, struct json_reader *reader, enum json_token token,
                       int depth)
{
  SCOPED(text_buffer_done) struct text_buffer name = { 0 };
  if (depth > DEEPEST)
    return false;
  switch (token) {
  case JSON_STRING:
    shape->seen |= SAW_TEXT;
    return true;
  case JSON_NUMBER:
    shape->seen |= look_at_number(reader->raw);
    return true;
  case JSON_TRUE:
  case JSON_FALSE:
    shape->seen |= SAW_BOOLEAN;
    return true;
  case JSON_NULL:
    return true;
  case JSON_ARRAY_START:
    shape->seen |= SAW_ARRAY;
    if (shape->element == NULL)
      shape->element = json_shape_new(arena);
    while ((token = json_next(reader)) != JSON_ARRAY_END)
      TRY(note_value(arena, shape->element, reader, token, depth + 1));
    return true;
  case JSON_OBJECT_START:
    shape->seen |= SAW_OBJECT;
    while ((token = json_next(reader)) == JSON_NAME) {
      text_buffer_clear(&name);
      TRY(json_unescape(reader->raw, &name));
      struct json_shape *field = field_of(arena, shape, text_buffer_text(&name));
      TRY(field != NULL && note_value(arena, field, reader, json_next(reader), depth + 1));
    }
    return token == JSON_OBJECT_END;
  default:
    return false;
  }
}

void json_shape_note(struct arena *arena, struct json_shape *shape, struct text value)
{
  struct json_reader reader;
  if ((shape->seen & SAW_OTHER) != 0)
    return;
  json_start(&reader, value, JSON_STRICT, false);
  if (!note_value(arena, shape, &reader, json_next(&reader), 0))
    shape->seen |= SAW_OTHER;
}

void json_shape_merge(struct arena *arena, struct json_shape *into, const struct json_shape *from)
{
  into->seen |= from->seen;
  if (from->element != NULL) {
    if (into->element == NULL)
      into->element = json_shape_new(arena);
    json_shape_merge(arena, into->element, from->element);
  }
  for (size_t i = 0; i < from->names.count; i++) {
    struct json_shape *field = field_of(arena, into, from->names.names[i]);
    if (field == NULL)
      into->seen |= SAW_OTHER;
    else
      json_shape_merge(arena, field, from->fields[i]);
  }
}

static const struct type *object_type(struct arena *arena, const struct json_shape *shape)
{
  struct type_field *fields = arena_array(arena, shape->names.count + 1, sizeof(*fields));
  struct name_set names = { .ignores_case = true };
  for (size_t i = 0; i < shape->names.count; i++) {
    fields[i] =
        (struct type_field){ text_copy(arena, shape->names.names[i]), json_shape_type(arena, shape->fields[i]) };
    bool is_alike = name_set_find(&names, shape->names.names[i]) != NO_NAME;
    if (fields[i].type == NULL || is_alike || shape->names.names[i].length == 0)
      return NULL;
    name_set_add(arena, &names, shape->names.names[i]);
  }
  return shape->names.count == 0 ? type_simple(TYPE_STRING) : type_struct(arena, fields, shape->names.count);
}

const struct type *json_shape_type(struct arena *arena, const struct json_shape *shape)
{
  const struct type *element = NULL;
  switch (shape->seen) {
  case SAW_WHOLE:
  case SAW_WHOLE | SAW_LONG_NUMBER:
    return type_simple(TYPE_BIGINT);
  case SAW_NUMBER:
  case SAW_NUMBER | SAW_WHOLE:
    return type_simple(TYPE_DOUBLE);
  case SAW_BOOLEAN:
    return type_simple(TYPE_BOOLEAN);
  case SAW_ARRAY:
    element = json_shape_type(arena, shape->element);
    return element == NULL ? NULL : type_array(arena, element);
  case SAW_OBJECT:
    return object_type(arena, shape);
  default:
    return (shape->seen & SAW_OTHER) != 0 ? NULL : type_simple(TYPE_STRING);
  }
}
