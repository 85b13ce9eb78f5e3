/* Arrays of any element type. Nulls equal each other where Spark says so. Arrays in rules are short, so that they are
 * searched from the start. */
#include "duckdb/functions/elements.h"

/* Looking. */

static bool compare(struct udf_call *call, size_t row)
{
  return return_int(call, row, vector_compare(&call->args[0], row, &call->args[1], row));
}

static bool array_contains(struct udf_call *call, size_t row)
{
  struct elements list = elements_of(call, 0, row);
  bool is_found = elements_find(list, &call->args[1], row) < list.count;
  return (is_found || !elements_has_null(list)) && return_boolean(call, row, is_found);
}

static bool array_position(struct udf_call *call, size_t row)
{
  struct elements list = elements_of(call, 0, row);
  size_t found = elements_find(list, &call->args[1], row);
  return return_bigint(call, row, found < list.count ? (int64_t)found + 1 : 0);
}

static bool array_item(struct udf_call *call, size_t row)
{
  struct elements list = elements_of(call, 0, row);
  int32_t index = arg_int(call, 1, row);
  return index >= 0 && (size_t)index < list.count &&
         elements_return(call, row, list.vector, list.start + (size_t)index);
}

static bool element_at(struct udf_call *call, size_t row)
{
  struct elements list = elements_of(call, 0, row);
  int64_t index = arg_int(call, 1, row);
  if (index == 0)
    return udf_fail(call, "INVALID_INDEX_OF_ZERO", "element_at counts from 1 or from -1, not from 0");
  index = index > 0 ? index - 1 : (int64_t)list.count + index;
  return index >= 0 && (size_t)index < list.count &&
         elements_return(call, row, list.vector, list.start + (size_t)index);
}

/* The least or greatest element that is not null. */
static bool extreme(struct udf_call *call, size_t row, int sign)
{
  struct elements list = elements_of(call, 0, row);
  size_t best = list.count;
  for (size_t i = 0; i < list.count; i++) {
    if (elements_is_null(list, i))
      continue;
    if (best == list.count || sign * vector_compare(list.vector, list.start + i, list.vector, list.start + best) < 0)
      best = i;
  }
  return best < list.count && elements_return(call, row, list.vector, list.start + best);
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
    if (!elements_is_null(list, i) && ((const bool *)list.vector->data)[list.start + i])
      return return_boolean(call, row, true);
  return !elements_has_null(list) && return_boolean(call, row, false);
}

static bool forall(struct udf_call *call, size_t row)
{
  struct elements list = elements_of(call, 0, row);
  for (size_t i = 0; i < list.count; i++)
    if (!elements_is_null(list, i) && !((const bool *)list.vector->data)[list.start + i])
      return return_boolean(call, row, false);
  return !elements_has_null(list) && return_boolean(call, row, true);
}

/* Sets. */

/* A set of elements, of one or two lists: where each was first met. What it holds lies in the call's scratch space. */
struct element_set {
  const struct vector **vectors; /* [slot]: NULL where it is free; at most half are taken */
  size_t *rows;
  size_t n_slots; /* a power of two */
};

static struct element_set set_begin(struct udf_call *call, size_t n_elements)
{
  struct element_set set = { .n_slots = 4 };
  while (set.n_slots < 2 * n_elements)
    set.n_slots = size_multiply(set.n_slots, 2);
  size_t bytes = size_multiply(set.n_slots, sizeof(*set.vectors) + sizeof(*set.rows));
  text_buffer_clear(&call->buffer);
  text_buffer_reserve(&call->buffer, size_add(bytes, 16));
  set.vectors = (const struct vector **)(((uintptr_t)call->buffer.data + 7) & ~(uintptr_t)7);
  set.rows = (size_t *)(set.vectors + set.n_slots);
  memset(set.vectors, 0, set.n_slots * sizeof(*set.vectors));
  return set;
}

static size_t set_find(const struct element_set *set, struct elements list, size_t i)
{
  size_t row = list.start + i;
  size_t slot = (size_t)vector_hash(list.vector, row) & (set->n_slots - 1);
  while (set->vectors[slot] != NULL && vector_compare(set->vectors[slot], set->rows[slot], list.vector, row) != 0)
    slot = (slot + 1) & (set->n_slots - 1);
  return slot;
}

static bool set_has(const struct element_set *set, struct elements list, size_t i)
{
  return set->vectors[set_find(set, list, i)] != NULL;
}

/* Whether the element is new. */
static bool set_add(struct element_set *set, struct elements list, size_t i)
{
  size_t slot = set_find(set, list, i);
  if (set->vectors[slot] != NULL)
    return false;
  set->vectors[slot] = list.vector;
  set->rows[slot] = list.start + i;
  return true;
}

/* Adds an element to the result of a set function: -0.0 is 0.0 there, at any depth. */
static void settle_zero(struct vector *vector, size_t row)
{
  if (vector_is_null(vector, row))
    return;
  if (vector->type->id == TYPE_FLOAT)
    ((float *)vector->data)[row] += 0.0F;
  else if (vector->type->id == TYPE_DOUBLE)
    ((double *)vector->data)[row] += 0.0;
  for (size_t i = 0; vector->type->id == TYPE_STRUCT && i < vector->type->n_fields; i++)
    settle_zero(&vector->children[i], row);
  if (vector->type->id != TYPE_ARRAY)
    return;
  duckdb_list_entry entry = vector_list(vector, row);
  for (size_t i = 0; i < entry.length; i++)
    settle_zero(&vector->children[0], entry.offset + i);
}

static bool add_member(struct udf_call *call, struct elements list, size_t i)
{
  TRY(elements_add(call, list, i));
  settle_zero(call->result.children, call->list_size - 1);
  return true;
}

static bool array_distinct(struct udf_call *call, size_t row)
{
  struct elements list = elements_of(call, 0, row);
  struct element_set set = set_begin(call, list.count);
  list_begin(call);
  for (size_t i = 0; i < list.count; i++)
    if (set_add(&set, list, i))
      TRY(add_member(call, list, i));
  return list_end(call, row);
}

static bool array_union(struct udf_call *call, size_t row)
{
  struct elements lists[2] = { elements_of(call, 0, row), elements_of(call, 1, row) };
  struct element_set set = set_begin(call, size_add(lists[0].count, lists[1].count));
  list_begin(call);
  for (size_t n = 0; n < 2; n++)
    for (size_t i = 0; i < lists[n].count; i++)
      if (set_add(&set, lists[n], i))
        TRY(add_member(call, lists[n], i));
  return list_end(call, row);
}

/* The elements of the first that are in the second. What was met is told from what is there by being of the first. */
static bool array_intersect(struct udf_call *call, size_t row)
{
  struct elements a = elements_of(call, 0, row);
  struct elements b = elements_of(call, 1, row);
  struct element_set set = set_begin(call, b.count);
  for (size_t i = 0; i < b.count; i++)
    set_add(&set, b, i);
  list_begin(call);
  for (size_t i = 0; i < a.count; i++) {
    size_t slot = set_find(&set, a, i);
    if (set.vectors[slot] != b.vector)
      continue;
    set.vectors[slot] = a.vector;
    set.rows[slot] = a.start + i;
    TRY(add_member(call, a, i));
  }
  return list_end(call, row);
}

/* Those that are not. */
static bool array_except(struct udf_call *call, size_t row)
{
  struct elements a = elements_of(call, 0, row);
  struct elements b = elements_of(call, 1, row);
  struct element_set set = set_begin(call, size_add(a.count, b.count));
  for (size_t i = 0; i < b.count; i++)
    set_add(&set, b, i);
  list_begin(call);
  for (size_t i = 0; i < a.count; i++)
    if (set_add(&set, a, i))
      TRY(add_member(call, a, i));
  return list_end(call, row);
}

static bool arrays_overlap(struct udf_call *call, size_t row)
{
  struct elements a = elements_of(call, 0, row);
  struct elements b = elements_of(call, 1, row);
  struct element_set set = set_begin(call, b.count);
  for (size_t i = 0; i < b.count; i++)
    set_add(&set, b, i);
  for (size_t i = 0; i < a.count; i++)
    if (!elements_is_null(a, i) && set_has(&set, a, i))
      return return_boolean(call, row, true);
  bool is_unknown = a.count > 0 && b.count > 0 && (elements_has_null(a) || elements_has_null(b));
  return !is_unknown && return_boolean(call, row, false);
}

/* Changing. */

static bool array_remove(struct udf_call *call, size_t row)
{
  struct elements list = elements_of(call, 0, row);
  list_begin(call);
  for (size_t i = 0; i < list.count; i++)
    if (elements_is_null(list, i) || vector_compare(list.vector, list.start + i, &call->args[1], row) != 0)
      elements_add(call, list, i);
  return list_end(call, row);
}

static bool array_compact(struct udf_call *call, size_t row)
{
  struct elements list = elements_of(call, 0, row);
  list_begin(call);
  for (size_t i = 0; i < list.count; i++)
    if (!elements_is_null(list, i))
      elements_add(call, list, i);
  return list_end(call, row);
}

static void add_all(struct udf_call *call, struct elements list, size_t first, size_t end)
{
  for (size_t i = first; i < end; i++)
    elements_add(call, list, i);
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
    return elements_fail_size(call);
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
    return elements_fail_size(call);
  list_begin(call);
  for (int32_t i = 0; i < count; i++)
    TRY(list_add_copy(call, &call->args[0], row));
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
    elements_add(call, list, (size_t)i);
  return list_end(call, row);
}

static bool flatten(struct udf_call *call, size_t row)
{
  struct elements outer = elements_of(call, 0, row);
  if (elements_has_null(outer))
    return false;
  for (size_t i = 0, count = 0; i < outer.count; i++) {
    count += vector_list(outer.vector, outer.start + i).length;
    if (count > MAX_ELEMENTS)
      return elements_fail_size(call);
  }
  list_begin(call);
  for (size_t i = 0; i < outer.count; i++) {
    duckdb_list_entry inner = vector_list(outer.vector, outer.start + i);
    for (size_t j = 0; j < inner.length; j++)
      TRY(list_add_copy(call, &outer.vector->children[0], inner.offset + j));
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
    bool is_null = elements_is_null(list, i);
    if (is_null && call->n_args == 2)
      continue;
    if (!is_first)
      text_buffer_add_text(&call->buffer, arg_text(call, 1, row));
    text_buffer_add_text(&call->buffer, is_null ? arg_text(call, 2, row) : vector_text(list.vector, list.start + i));
    is_first = false;
    TRY(udf_check_size(call, call->buffer.length));
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
      bool a_null = elements_is_null(list, spare[a]);
      bool b_null = elements_is_null(list, spare[b]);
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
    elements_add(call, list, places[i]);
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

static const struct udf rows[] = {
  { .name = "spark_compare", .each = compare },
  { .name = "spark_array_contains", .each = array_contains },
  { .name = "spark_array_position", .each = array_position },
  { .name = "spark_array_item", .each = array_item },
  { .name = "spark_element_at", .each = element_at },
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

};

UDF_FAMILY(collection_udfs, rows);
