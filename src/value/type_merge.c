/* One type for values of two, where types are learnt from values. */
#include "value/type.h"

#include <string.h>

static const struct type *merge_structs(struct arena *arena, const struct type *a, const struct type *b,
                                        const struct type *otherwise)
{
  struct type_field *fields = arena_array(arena, a->n_fields + b->n_fields + 1, sizeof(*fields));
  size_t count = 0;
  for (size_t i = 0, k = 0; i < a->n_fields || k < b->n_fields; count++) {
    int order = i == a->n_fields ? 1 : k == b->n_fields ? -1 : strcmp(a->fields[i].name, b->fields[k].name);
    fields[count] = order <= 0 ? a->fields[i] : b->fields[k];
    if (order == 0)
      fields[count].type = type_merge(arena, a->fields[i].type, b->fields[k].type, otherwise);
    i += order <= 0;
    k += order >= 0;
  }
  return type_struct(arena, fields, count);
}

/* Of double, bigint and decimal; a decimal of more than 38 digits becomes a double. */
static const struct type *merge_numbers(struct arena *arena, const struct type *a, const struct type *b)
{
  static const struct type bigint = { .id = TYPE_DECIMAL, .precision = 20 };
  if (a->id == TYPE_DOUBLE || b->id == TYPE_DOUBLE)
    return type_simple(TYPE_DOUBLE);
  const struct type *left = a->id == TYPE_BIGINT ? &bigint : a;
  const struct type *right = b->id == TYPE_BIGINT ? &bigint : b;
  int scale = left->scale > right->scale ? left->scale : right->scale;
  int left_whole = left->precision - left->scale, right_whole = right->precision - right->scale;
  int precision = scale + (left_whole > right_whole ? left_whole : right_whole);
  return precision > 38 ? type_simple(TYPE_DOUBLE) : type_decimal(arena, precision, scale);
}

const struct type *type_merge(struct arena *arena, const struct type *a, const struct type *b,
                              const struct type *otherwise)
{
  if (b->id == TYPE_VOID || type_equal(a, b))
    return a;
  if (a->id == TYPE_VOID)
    return b;
  if (type_is_numeric(a) && type_is_numeric(b))
    return merge_numbers(arena, a, b);
  if (a->id == TYPE_ARRAY && b->id == TYPE_ARRAY)
    return type_array(arena, type_merge(arena, a->element, b->element, otherwise));
  if (a->id == TYPE_STRUCT && b->id == TYPE_STRUCT)
    return merge_structs(arena, a, b, otherwise);
  return otherwise;
}
