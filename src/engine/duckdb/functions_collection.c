/* Arrays and maps of any element type. Elements are compared as Spark compares them; nulls equal each other where it
 * says so. Arrays in rules are short, so that they are searched from the start. */
#include "engine/duckdb/functions_internal.h"

#include <stdlib.h>

/* The elements of an array argument, or the entries of a map. */
struct elements {
  const struct vector *vector; /* of the elements; of a map: its keys */
  const struct vector *values; /* of a map */
  size_t start, count;
};

static struct elements elements_of(const struct udf_call *call, size_t index, size_t row)
{
  const struct vector *list = &call->args[index];
  duckdb_list_entry entry = vector_list(list, row);
  return (struct elements){
    .vector = &list->children[0], .values = &list->children[1], .start = entry.offset, .count = entry.length
  };
}

static bool element_is_null(struct elements list, size_t i)
{
  return vector_is_null(list.vector, list.start + i);
}

static bool are_equal(struct elements a, size_t i, struct elements b, size_t j)
{
  return vector_compare(a.vector, a.start + i, b.vector, b.start + j) == 0;
}

/* The first element equal to the value; the count where there is none. */
static size_t find_value(struct elements list, const struct vector *value, size_t row)
{
  size_t i = 0;
  while (i < list.count && vector_compare(list.vector, list.start + i, value, row) != 0)
    i++;
  return i;
}

/* Whether element `j` of `b` is among the first `count` of `a`; nulls are equal. */
static bool has_element(struct elements a, size_t count, struct elements b, size_t j)
{
  for (size_t i = 0; i < count; i++)
    if (are_equal(a, i, b, j))
      return true;
  return false;
}

static bool has_null(struct elements list)
{
  for (size_t i = 0; i < list.count; i++)
    if (element_is_null(list, i))
      return true;
  return false;
}

static void add_element(struct udf_call *call, struct elements list, size_t i)
{
  list_add_copy(call, list.vector, list.start + i);
}

/* Looking. */

static bool compare(struct udf_call *call, size_t row)
{
  return return_int(call, row, vector_compare(&call->args[0], row, &call->args[1], row));
}

static bool array_contains(struct udf_call *call, size_t row)
{
  struct elements list = elements_of(call, 0, row);
  bool is_found = find_value(list, &call->args[1], row) < list.count;
  return (is_found || !has_null(list)) && return_boolean(call, row, is_found);
}

static bool array_position(struct udf_call *call, size_t row)
{
  struct elements list = elements_of(call, 0, row);
  size_t found = find_value(list, &call->args[1], row);
  return return_bigint(call, row, found < list.count ? (int64_t)found + 1 : 0);
}

static bool return_copy(struct udf_call *call, size_t row, const struct vector *from, size_t from_row)
{
  if (vector_is_null(from, from_row))
    return false;
  vector_copy(call, &call->result, row, from, from_row);
  return true;
}

static bool array_item(struct udf_call *call, size_t row)
{
  struct elements list = elements_of(call, 0, row);
  int32_t index = arg_int(call, 1, row);
  return index >= 0 && (size_t)index < list.count && return_copy(call, row, list.vector, list.start + (size_t)index);
}

static bool element_at(struct udf_call *call, size_t row)
{
  struct elements list = elements_of(call, 0, row);
  int64_t index = arg_int(call, 1, row);
  if (index == 0)
    return udf_fail(call, "INVALID_INDEX_OF_ZERO", "element_at counts from 1 or from -1, not from 0");
  index = index > 0 ? index - 1 : (int64_t)list.count + index;
  return index >= 0 && (size_t)index < list.count && return_copy(call, row, list.vector, list.start + (size_t)index);
}

static bool map_value(struct udf_call *call, size_t row)
{
  struct elements map = elements_of(call, 0, row);
  size_t found = find_value(map, &call->args[1], row);
  return found < map.count && return_copy(call, row, map.values, map.start + found);
}

static bool map_contains_key(struct udf_call *call, size_t row)
{
  struct elements map = elements_of(call, 0, row);
  return return_boolean(call, row, find_value(map, &call->args[1], row) < map.count);
}

/* The least or greatest element that is not null. */
static bool extreme(struct udf_call *call, size_t row, int sign)
{
  struct elements list = elements_of(call, 0, row);
  size_t best = list.count;
  for (size_t i = 0; i < list.count; i++) {
    if (element_is_null(list, i))
      continue;
    if (best == list.count || sign * vector_compare(list.vector, list.start + i, list.vector, list.start + best) < 0)
      best = i;
  }
  return best < list.count && return_copy(call, row, list.vector, list.start + best);
}

static bool array_min(struct udf_call *call, size_t row)
{
  return extreme(call, row, 1);
}

static bool array_max(struct udf_call *call, size_t row)
{
  return extreme(call, row, -1);
}

static bool exists(struct udf_call *call, size_t row)
{
  struct elements list = elements_of(call, 0, row);
  for (size_t i = 0; i < list.count; i++)
    if (!element_is_null(list, i) && ((const bool *)list.vector->data)[list.start + i])
      return return_boolean(call, row, true);
  return !has_null(list) && return_boolean(call, row, false);
}

static bool forall(struct udf_call *call, size_t row)
{
  struct elements list = elements_of(call, 0, row);
  for (size_t i = 0; i < list.count; i++)
    if (!element_is_null(list, i) && !((const bool *)list.vector->data)[list.start + i])
      return return_boolean(call, row, false);
  return !has_null(list) && return_boolean(call, row, true);
}

/* Sets. */

static bool array_distinct(struct udf_call *call, size_t row)
{
  struct elements list = elements_of(call, 0, row);
  list_begin(call);
  for (size_t i = 0; i < list.count; i++)
    if (!has_element(list, i, list, i))
      add_element(call, list, i);
  return list_end(call, row);
}

static bool array_union(struct udf_call *call, size_t row)
{
  struct elements a = elements_of(call, 0, row);
  struct elements b = elements_of(call, 1, row);
  list_begin(call);
  for (size_t i = 0; i < a.count; i++)
    if (!has_element(a, i, a, i))
      add_element(call, a, i);
  for (size_t i = 0; i < b.count; i++)
    if (!has_element(a, a.count, b, i) && !has_element(b, i, b, i))
      add_element(call, b, i);
  return list_end(call, row);
}

/* The elements of the first that are, or are not, in the second. */
static bool filter_by(struct udf_call *call, size_t row, bool wanted)
{
  struct elements a = elements_of(call, 0, row);
  struct elements b = elements_of(call, 1, row);
  list_begin(call);
  for (size_t i = 0; i < a.count; i++)
    if (has_element(b, b.count, a, i) == wanted && !has_element(a, i, a, i))
      add_element(call, a, i);
  return list_end(call, row);
}

static bool array_intersect(struct udf_call *call, size_t row)
{
  return filter_by(call, row, true);
}

static bool array_except(struct udf_call *call, size_t row)
{
  return filter_by(call, row, false);
}

static bool arrays_overlap(struct udf_call *call, size_t row)
{
  struct elements a = elements_of(call, 0, row);
  struct elements b = elements_of(call, 1, row);
  for (size_t i = 0; i < a.count; i++)
    if (!element_is_null(a, i) && has_element(b, b.count, a, i))
      return return_boolean(call, row, true);
  bool is_unknown = a.count > 0 && b.count > 0 && (has_null(a) || has_null(b));
  return !is_unknown && return_boolean(call, row, false);
}

/* Changing. */

static bool array_remove(struct udf_call *call, size_t row)
{
  struct elements list = elements_of(call, 0, row);
  list_begin(call);
  for (size_t i = 0; i < list.count; i++)
    if (element_is_null(list, i) || vector_compare(list.vector, list.start + i, &call->args[1], row) != 0)
      add_element(call, list, i);
  return list_end(call, row);
}

static bool array_compact(struct udf_call *call, size_t row)
{
  struct elements list = elements_of(call, 0, row);
  list_begin(call);
  for (size_t i = 0; i < list.count; i++)
    if (!element_is_null(list, i))
      add_element(call, list, i);
  return list_end(call, row);
}

static void add_all(struct udf_call *call, struct elements list, size_t first, size_t end)
{
  for (size_t i = first; i < end; i++)
    add_element(call, list, i);
}

static bool array_append(struct udf_call *call, size_t row)
{
  if (arg_is_null(call, 0, row))
    return false;
  struct elements list = elements_of(call, 0, row);
  list_begin(call);
  add_all(call, list, 0, list.count);
  list_add_copy(call, &call->args[1], row);
  return list_end(call, row);
}

static bool array_prepend(struct udf_call *call, size_t row)
{
  if (arg_is_null(call, 0, row))
    return false;
  struct elements list = elements_of(call, 0, row);
  list_begin(call);
  list_add_copy(call, &call->args[1], row);
  add_all(call, list, 0, list.count);
  return list_end(call, row);
}

/* The most elements that a function makes: past it Spark's job would run out of memory. */
enum { MAX_ELEMENTS = 10 * 1000 * 1000 };

static bool fail_size(struct udf_call *call)
{
  return udf_fail(call, "COLLECTION_SIZE_LIMIT_EXCEEDED.FUNCTION", "%s would make an array of more than %d elements",
                  call->function->name, MAX_ELEMENTS);
}

static void add_nulls(struct udf_call *call, int64_t count)
{
  for (int64_t i = 0; i < count; i++)
    list_add_null(call);
}

/* A place past either end fills the gap with nulls; -1 is the end. */
static bool array_insert(struct udf_call *call, size_t row)
{
  if (arg_is_null(call, 0, row) || arg_is_null(call, 1, row))
    return false;
  struct elements list = elements_of(call, 0, row);
  int64_t place = arg_int(call, 1, row);
  int64_t count = (int64_t)list.count;
  if (place == 0)
    return udf_fail(call, "INVALID_INDEX_OF_ZERO", "array_insert counts from 1 or from -1, not from 0");
  if (place > MAX_ELEMENTS || place < -MAX_ELEMENTS)
    return fail_size(call);
  list_begin(call);
  int64_t before = place > 0 ? place - 1 : count + place + 1;
  size_t kept = before < 0 ? 0 : before < count ? (size_t)before : list.count;
  if (before < 0) {
    list_add_copy(call, &call->args[2], row);
    add_nulls(call, -before);
    add_all(call, list, 0, list.count);
    return list_end(call, row);
  }
  add_all(call, list, 0, kept);
  add_nulls(call, before - (int64_t)kept);
  list_add_copy(call, &call->args[2], row);
  add_all(call, list, kept, list.count);
  return list_end(call, row);
}

static bool array_repeat(struct udf_call *call, size_t row)
{
  if (arg_is_null(call, 1, row))
    return false;
  int32_t count = arg_int(call, 1, row);
  if (count > MAX_ELEMENTS)
    return fail_size(call);
  list_begin(call);
  for (int32_t i = 0; i < count; i++)
    list_add_copy(call, &call->args[0], row);
  return list_end(call, row);
}

static bool slice(struct udf_call *call, size_t row)
{
  struct elements list = elements_of(call, 0, row);
  int64_t start = arg_int(call, 1, row);
  int64_t length = arg_int(call, 2, row);
  if (start == 0)
    return udf_fail(call, "INVALID_PARAMETER_VALUE.START", "slice counts from 1 or from -1, not from 0");
  if (length < 0)
    return udf_fail(call, "INVALID_PARAMETER_VALUE.LENGTH", "slice cannot take %lld elements", (long long)length);
  start = start > 0 ? start - 1 : (int64_t)list.count + start;
  list_begin(call);
  for (int64_t i = start; start >= 0 && i < start + length && i < (int64_t)list.count; i++)
    add_element(call, list, (size_t)i);
  return list_end(call, row);
}

static bool flatten(struct udf_call *call, size_t row)
{
  struct elements outer = elements_of(call, 0, row);
  if (has_null(outer))
    return false;
  list_begin(call);
  for (size_t i = 0; i < outer.count; i++) {
    duckdb_list_entry inner = vector_list(outer.vector, outer.start + i);
    for (size_t j = 0; j < inner.length; j++)
      list_add_copy(call, &outer.vector->children[0], inner.offset + j);
  }
  return list_end(call, row);
}

static bool arrays_zip(struct udf_call *call, size_t row)
{
  size_t longest = 0;
  for (size_t i = 0; i < call->n_args; i++) {
    size_t count = elements_of(call, i, row).count;
    longest = count > longest ? count : longest;
  }
  list_begin(call);
  for (size_t i = 0; i < longest; i++) {
    size_t at;
    struct vector *zipped = list_add(call, &at);
    for (size_t field = 0; field < call->n_args; field++) {
      struct elements list = elements_of(call, field, row);
      if (i < list.count)
        vector_copy(call, &zipped->children[field], at, list.vector, list.start + i);
      else
        vector_set_null(&zipped->children[field], at);
    }
  }
  return list_end(call, row);
}

static bool array_join(struct udf_call *call, size_t row)
{
  struct elements list = elements_of(call, 0, row);
  bool is_first = true;
  text_buffer_clear(&call->buffer);
  for (size_t i = 0; i < list.count; i++) {
    bool is_null = element_is_null(list, i);
    if (is_null && call->n_args == 2)
      continue;
    if (!is_first)
      text_buffer_add_text(&call->buffer, arg_text(call, 1, row));
    text_buffer_add_text(&call->buffer, is_null ? arg_text(call, 2, row) : vector_text(list.vector, list.start + i));
    is_first = false;
  }
  return return_buffer(call, row);
}

/* Sorting: a merge sort of places, since the order of equal elements stays and qsort takes no context. */
static void sort_places(struct elements list, size_t *places, size_t *spare, size_t count, int sign, bool nulls_last)
{
  if (count < 2)
    return;
  size_t half = count / 2;
  sort_places(list, places, spare, half, sign, nulls_last);
  sort_places(list, places + half, spare, count - half, sign, nulls_last);
  memcpy(spare, places, count * sizeof *places);
  size_t a = 0;
  size_t b = half;
  for (size_t i = 0; i < count; i++) {
    bool takes_b = a == half;
    if (a < half && b < count) {
      bool a_null = element_is_null(list, spare[a]);
      bool b_null = element_is_null(list, spare[b]);
      int order = sign * vector_compare(list.vector, list.start + spare[a], list.vector, list.start + spare[b]);
      if (nulls_last && (a_null || b_null))
        order = a_null - b_null;
      takes_b = order > 0;
    }
    places[i] = takes_b ? spare[b++] : spare[a++];
  }
}

static bool return_sorted(struct udf_call *call, size_t row, int sign, bool nulls_last)
{
  struct elements list = elements_of(call, 0, row);
  text_buffer_clear(&call->buffer);
  text_buffer_reserve(&call->buffer, size_add(size_multiply(list.count, 2 * sizeof(size_t)), 16));
  size_t *places = (size_t *)(((uintptr_t)call->buffer.data + 7) & ~(uintptr_t)7);
  for (size_t i = 0; i < list.count; i++)
    places[i] = i;
  sort_places(list, places, places + list.count, list.count, sign, nulls_last);
  list_begin(call);
  for (size_t i = 0; i < list.count; i++)
    add_element(call, list, places[i]);
  return list_end(call, row);
}

static bool array_sort(struct udf_call *call, size_t row)
{
  return return_sorted(call, row, 1, true);
}

/* Nulls come first in ascending order, last in descending. */
static bool sort_array(struct udf_call *call, size_t row)
{
  bool is_ascending = call->n_args == 1 || arg_boolean(call, 1, row);
  return return_sorted(call, row, is_ascending ? 1 : -1, !is_ascending);
}

/* Counting. */

static int64_t read_integer(const struct vector *vector, size_t row)
{
  switch (vector->type->id) {
  case TYPE_TINYINT:
    return ((const int8_t *)vector->data)[row];
  case TYPE_SMALLINT:
    return ((const int16_t *)vector->data)[row];
  case TYPE_INT:
  case TYPE_DATE:
    return ((const int32_t *)vector->data)[row];
  default:
    return ((const int64_t *)vector->data)[row];
  }
}

static void write_integer(struct vector *vector, size_t row, int64_t value)
{
  switch (vector->type->id) {
  case TYPE_TINYINT:
    ((int8_t *)vector->data)[row] = (int8_t)value;
    return;
  case TYPE_SMALLINT:
    ((int16_t *)vector->data)[row] = (int16_t)value;
    return;
  case TYPE_INT:
  case TYPE_DATE:
    ((int32_t *)vector->data)[row] = (int32_t)value;
    return;
  default:
    ((int64_t *)vector->data)[row] = value;
  }
}

/* The day some months after another, at most the last of its month. */
static int64_t months_later(int64_t days, int64_t months)
{
  int64_t year;
  int month;
  int day;
  civil_from_days(days, &year, &month, &day);
  int64_t total = year * 12 + month - 1 + months;
  int64_t later_year = total / 12 - (total % 12 < 0);
  int later_month = (int)(total - later_year * 12) + 1;
  int last = days_in_month(later_year, later_month);
  return days_from_civil(later_year, later_month, day < last ? day : last);
}

/* The n-th member: each is counted from the start, so that months keep the day where they can. */
static int128 nth(int64_t start, int64_t step, bool by_months, int64_t n)
{
  return by_months ? months_later(start, step * n) : start + (int128)step * n;
}

static bool sequence(struct udf_call *call, size_t row)
{
  int64_t start = read_integer(&call->args[0], row);
  int64_t stop = read_integer(&call->args[1], row);
  int64_t step = start <= stop ? 1 : -1;
  bool by_interval = call->n_args == 3 && call->args[2].type->id >= TYPE_INTERVAL_YEAR_MONTH;
  bool by_months = by_interval && call->args[2].type->id == TYPE_INTERVAL_YEAR_MONTH;
  if (by_interval) {
    const duckdb_interval *interval = &ARG(call, 2, row, duckdb_interval);
    step = by_months ? interval->months : interval->micros / INT64_C(86400000000);
  } else if (call->n_args == 3) {
    step = read_integer(&call->args[2], row);
  }
  bool is_endless = (step == 0 && start != stop) || (step > 0 && start > stop) || (step < 0 && start < stop);
  if (is_endless)
    return udf_fail(call, "INVALID_SEQUENCE", "a sequence from %lld to %lld cannot step by %lld", (long long)start,
                    (long long)stop, (long long)step);
  list_begin(call);
  int128 value = start;
  for (int64_t n = 1; step >= 0 ? value <= stop : value >= stop; n++) {
    size_t at;
    struct vector *elements = list_add(call, &at);
    write_integer(elements, at, (int64_t)value);
    if (n > MAX_ELEMENTS)
      return fail_size(call);
    if (step == 0)
      break;
    value = nth(start, step, by_months, n);
  }
  return list_end(call, row);
}

/* Maps. */

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

static bool map_from_arrays(struct udf_call *call, size_t row)
{
  struct elements keys = elements_of(call, 0, row);
  struct elements values = elements_of(call, 1, row);
  if (keys.count != values.count)
    return udf_fail(call, "_LEGACY_ERROR_TEMP_2128", "a map cannot have %zu keys and %zu values", keys.count,
                    values.count);
  list_begin(call);
  for (size_t i = 0; i < keys.count; i++)
    if (!add_entry(call, keys.vector, keys.start + i, values.vector, values.start + i))
      return false;
  return list_end(call, row);
}

static bool map_from_entries(struct udf_call *call, size_t row)
{
  struct elements list = elements_of(call, 0, row);
  if (has_null(list))
    return false;
  list_begin(call);
  for (size_t i = 0; i < list.count; i++)
    if (!add_entry(call, &list.vector->children[0], list.start + i, &list.vector->children[1], list.start + i))
      return false;
  return list_end(call, row);
}

static bool map_concat(struct udf_call *call, size_t row)
{
  list_begin(call);
  for (size_t arg = 0; arg < call->n_args; arg++) {
    struct elements map = elements_of(call, arg, row);
    for (size_t i = 0; i < map.count; i++)
      if (!add_entry(call, map.vector, map.start + i, map.values, map.start + i))
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
      size_t partner = find_value(other, maps[which].vector, maps[which].start + i);
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
  { .name = "spark_compare", .each = compare },
  { .name = "spark_array_contains", .each = array_contains },
  { .name = "spark_array_position", .each = array_position },
  { .name = "spark_array_item", .each = array_item },
  { .name = "spark_element_at", .each = element_at },
  { .name = "spark_map_value", .each = map_value },
  { .name = "spark_map_contains_key", .each = map_contains_key },
  { .name = "spark_array_min", .each = array_min },
  { .name = "spark_array_max", .each = array_max },
  { .name = "spark_exists", .signature = "array_boolean > boolean", .each = exists },
  { .name = "spark_forall", .signature = "array_boolean > boolean", .each = forall },
  { .name = "spark_array_distinct", .each = array_distinct },
  { .name = "spark_array_union", .each = array_union },
  { .name = "spark_array_intersect", .each = array_intersect },
  { .name = "spark_array_except", .each = array_except },
  { .name = "spark_arrays_overlap", .each = arrays_overlap },
  { .name = "spark_array_remove", .each = array_remove },
  { .name = "spark_array_compact", .each = array_compact },
  { .name = "spark_array_append", .flags = UDF_NULLS, .each = array_append },
  { .name = "spark_array_prepend", .flags = UDF_NULLS, .each = array_prepend },
  { .name = "spark_array_insert", .flags = UDF_NULLS, .each = array_insert },
  { .name = "spark_array_repeat", .flags = UDF_NULLS, .each = array_repeat },
  { .name = "spark_slice", .each = slice },
  { .name = "spark_flatten", .each = flatten },
  { .name = "spark_arrays_zip", .each = arrays_zip },
  { .name = "spark_array_join", .each = array_join },
  { .name = "spark_array_sort", .each = array_sort },
  { .name = "spark_sort_array", .each = sort_array },
  { .name = "spark_sequence", .each = sequence },
  { .name = "spark_map_from_arrays", .each = map_from_arrays },
  { .name = "spark_map_from_entries", .each = map_from_entries },
  { .name = "spark_map_zip", .each = map_zip },
  { .name = "spark_map_concat", .each = map_concat },
};

UDF_FAMILY(collection_udfs, rows);
