/* Maps of any types. */
#include "duckdb/functions/elements.h"

static bool map_value(struct udf_call *call, size_t row)
{
  struct elements map = elements_of(call, 0, row);
  size_t found = elements_find(map, &call->args[1], row);
  return found < map.count && elements_return(call, row, map.values, map.start + found);
}

static bool map_contains_key(struct udf_call *call, size_t row)
{
  struct elements map = elements_of(call, 0, row);
  return return_boolean(call, row, elements_find(map, &call->args[1], row) < map.count);
}

/* The key -0.0 is 0.0 where entries are put one by one. */
static void normalize_key(struct vector *keys, size_t row)
{
  if (keys->type->id == TYPE_DOUBLE)
    ((double *)keys->data)[row] += 0.0;
  else if (keys->type->id == TYPE_FLOAT)
    ((float *)keys->data)[row] += 0.0F;
}

/* Adds an entry; a null or repeated key fails, as in Spark. */
static bool add_entry(struct udf_call *call, const struct vector *keys, size_t key_row, const struct vector *values,
                      size_t value_row)
{
  if (vector_is_null(keys, key_row))
    return udf_fail(call, "NULL_MAP_KEY", "a map cannot have a null key");
  for (size_t i = call->list_start; i < call->list_size; i++)
    if (vector_compare(&call->result.children[0], i, keys, key_row) == 0)
      return udf_fail(call, "DUPLICATED_MAP_KEY", "a map cannot have a key twice");
  size_t at;
  struct vector *entry = list_add(call, &at);
  vector_copy(call, &entry[0], at, keys, key_row);
  vector_copy(call, &entry[1], at, values, value_row);
  return true;
}

static bool put_entry(struct udf_call *call, const struct vector *keys, size_t key_row, const struct vector *values,
                      size_t value_row)
{
  TRY(add_entry(call, keys, key_row, values, value_row));
  normalize_key(&call->result.children[0], call->list_size - 1);
  return true;
}

typedef bool add_one(struct udf_call *call, const struct vector *keys, size_t key_row, const struct vector *values,
                     size_t value_row);

static bool from_arrays(struct udf_call *call, size_t row, add_one *add)
{
  struct elements keys = elements_of(call, 0, row);
  struct elements values = elements_of(call, 1, row);
  if (keys.count != values.count)
    return udf_fail(call, "_LEGACY_ERROR_TEMP_2128", "a map cannot have %zu keys and %zu values", keys.count,
                    values.count);
  list_begin(call);
  for (size_t i = 0; i < keys.count; i++)
    if (!add(call, keys.vector, keys.start + i, values.vector, values.start + i))
      return false;
  return list_end(call, row);
}

static bool map_from_arrays(struct udf_call *call, size_t row)
{
  return from_arrays(call, row, add_entry);
}

/* map(key, value, ...) */
static bool map_of_pairs(struct udf_call *call, size_t row)
{
  return from_arrays(call, row, put_entry);
}

static bool from_entries(struct udf_call *call, size_t row, add_one *add)
{
  struct elements list = elements_of(call, 0, row);
  if (elements_has_null(list))
    return false;
  list_begin(call);
  for (size_t i = 0; i < list.count; i++)
    if (!add(call, &list.vector->children[0], list.start + i, &list.vector->children[1], list.start + i))
      return false;
  return list_end(call, row);
}

static bool map_from_entries(struct udf_call *call, size_t row)
{
  return from_entries(call, row, put_entry);
}

/* What a lambda has made of a map's entries. */
static bool map_of_entries(struct udf_call *call, size_t row)
{
  return from_entries(call, row, add_entry);
}

static bool map_concat(struct udf_call *call, size_t row)
{
  list_begin(call);
  for (size_t arg = 0; arg < call->n_args; arg++) {
    struct elements map = elements_of(call, arg, row);
    for (size_t i = 0; i < map.count; i++)
      if (!put_entry(call, map.vector, map.start + i, map.values, map.start + i))
        return false;
  }
  return list_end(call, row);
}

/* The keys of either map, with both values. */
static bool map_zip(struct udf_call *call, size_t row)
{
  struct elements maps[2] = { elements_of(call, 0, row), elements_of(call, 1, row) };
  list_begin(call);
  for (size_t which = 0; which < 2; which++) {
    struct elements other = maps[1 - which];
    for (size_t i = 0; i < maps[which].count; i++) {
      size_t partner = elements_find(other, maps[which].vector, maps[which].start + i);
      size_t at;
      if (which == 1 && partner < other.count)
        continue; /* came with the first map */
      struct vector *zipped = list_add(call, &at);
      vector_copy(call, &zipped->children[0], at, maps[which].vector, maps[which].start + i);
      vector_copy(call, &zipped->children[1 + which], at, maps[which].values, maps[which].start + i);
      if (partner < other.count)
        vector_copy(call, &zipped->children[2 - which], at, other.values, other.start + partner);
      else
        vector_set_null(&zipped->children[2 - which], at);
    }
  }
  return list_end(call, row);
}

static const struct udf rows[] = {
  { .name = "spark_map_value", .each = map_value },
  { .name = "spark_map_contains_key", .each = map_contains_key },
  { .name = "spark_map_from_arrays", .each = map_from_arrays },
  { .name = "spark_map_of_pairs", .each = map_of_pairs },
  { .name = "spark_map_from_entries", .each = map_from_entries },
  { .name = "spark_map_of_entries", .each = map_of_entries },
  { .name = "spark_map_zip", .each = map_zip },
  { .name = "spark_map_concat", .each = map_concat },
};

UDF_FAMILY(map_udfs, rows);
