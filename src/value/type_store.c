/* Which type new values are stored in beside files that hold another one.
 *
 * Readers of a lake take the type of one of its files (DuckDB and pyarrow that of the first, Spark of any), and cast
 * the others to it. So a new file is written in the standing type where that takes every value; and the standing type
 * may be widened only where a reader that takes the narrower one fails on a value that does not fit. Beside int, a
 * decimal(18,2) of 12.34 would be read as 12, without a word: that is no widening. */
#include "value/type.h"

/* Whether the files may hold `standing` and `wider` together. */
static bool may_widen(const struct type *standing, const struct type *wider)
{
  if (type_is_integral(standing))
    return type_is_integral(wider) && wider->id > standing->id;
  if (standing->id == TYPE_DECIMAL)
    return wider->id == TYPE_DECIMAL && wider->scale == standing->scale && wider->precision > standing->precision;
  return standing->id == TYPE_FLOAT && wider->id == TYPE_DOUBLE;
}

static const struct type_field *find_field(const struct type *type, const char *name)
{
  for (size_t i = 0; i < type->n_fields; i++)
    if (text_equal_nocase(text_from(type->fields[i].name), text_from(name)))
      return &type->fields[i];
  return NULL;
}

/* In the standing fields and their order: one that the new values lack is null there, one that only they have would not
 * be read. */
static const struct type *store_struct(struct arena *arena, const struct type *standing, const struct type *written)
{
  struct type_field *fields = arena_array(arena, standing->n_fields + 1, sizeof(*fields));
  size_t n_found = 0;
  for (size_t i = 0; i < standing->n_fields; i++) {
    const struct type_field *own = find_field(written, standing->fields[i].name);
    fields[i] = standing->fields[i];
    if (own == NULL)
      continue;
    n_found++;
    fields[i].type = type_store(arena, standing->fields[i].type, own->type);
    if (fields[i].type == NULL)
      return NULL;
  }
  return n_found == written->n_fields && n_found > 0 ? type_struct(arena, fields, standing->n_fields) : NULL;
}

const struct type *type_store(struct arena *arena, const struct type *standing, const struct type *written)
{
  if (type_equal(standing, written))
    return standing;
  if (standing->id == TYPE_STRUCT && written->id == TYPE_STRUCT)
    return store_struct(arena, standing, written);
  if (standing->id == TYPE_ARRAY && written->id == TYPE_ARRAY) {
    const struct type *element = type_store(arena, standing->element, written->element);
    return element == NULL ? NULL : type_array(arena, element);
  }
  if (standing->id == TYPE_MAP && written->id == TYPE_MAP) {
    const struct type *key = type_store(arena, standing->key, written->key);
    const struct type *value = type_store(arena, standing->element, written->element);
    return key == NULL || value == NULL ? NULL : type_map(arena, key, value);
  }
  if (type_is_widening(written, standing))
    return standing;
  return may_widen(standing, written) ? written : NULL;
}
