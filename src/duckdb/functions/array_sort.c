/* array_sort with a comparator, which DuckDB has asked of every two elements: the answers are sorted by as Java sorts,
 * so that one that contradicts itself has Spark's answer up to 31 elements. */
#include "duckdb/functions/elements.h"

#include <stdlib.h>

enum {
  MAX_COMPARED = 3000, /* elements: the answers are the square of them */
  MIN_MERGED = 32,     /* java.util.TimSort: shorter arrays are sorted by insertion */
};

struct comparison {
  struct udf_call *call;
  const struct vector *answers; /* a row for each element: what the comparator says of it and each */
  duckdb_list_entry rows;
};

/* Whether element `a` belongs before `b`; false, with the call's error set, where the comparator says nothing. */
static bool is_before(const struct comparison *comparison, uint32_t a, uint32_t b)
{
  const struct vector *cells = &comparison->answers->children[0];
  duckdb_list_entry row = vector_list(comparison->answers, comparison->rows.offset + a);
  if (vector_is_null(cells, row.offset + b))
    return udf_fail(comparison->call, "COMPARATOR_RETURNS_NULL", "the comparator of array_sort returns null");
  return ((const int32_t *)cells->data)[row.offset + b] < 0;
}

/* How many elements at the start are in order, or in the opposite one, which is turned. */
static size_t count_run(const struct comparison *comparison, uint32_t *places, size_t count)
{
  size_t end = 2;
  if (count < 2)
    return count;
  bool is_descending = is_before(comparison, places[1], places[0]);
  while (end < count && is_before(comparison, places[end], places[end - 1]) == is_descending)
    end++;
  for (size_t i = 0; is_descending && i < end / 2; i++) {
    uint32_t other = places[i];
    places[i] = places[end - 1 - i];
    places[end - 1 - i] = other;
  }
  return end;
}

static void sort_by_insertion(const struct comparison *comparison, uint32_t *places, size_t count)
{
  for (size_t next = count_run(comparison, places, count); next < count; next++) {
    uint32_t pivot = places[next];
    size_t left = 0;
    size_t right = next;
    while (left < right) {
      size_t middle = (left + right) / 2;
      if (is_before(comparison, pivot, places[middle]))
        right = middle;
      else
        left = middle + 1;
    }
    memmove(places + left + 1, places + left, (next - left) * sizeof(*places));
    places[left] = pivot;
  }
}

static void sort_by_merging(const struct comparison *comparison, uint32_t *places, uint32_t *scratch, size_t count)
{
  if (count < MIN_MERGED) {
    sort_by_insertion(comparison, places, count);
    return;
  }
  size_t half = count / 2;
  sort_by_merging(comparison, places, scratch, half);
  sort_by_merging(comparison, places + half, scratch, count - half);
  memcpy(scratch, places, half * sizeof(*places));
  for (size_t i = 0, k = half, to = 0; i < half; to++)
    places[to] = k < count && is_before(comparison, places[k], scratch[i]) ? places[k++] : scratch[i++];
}

static bool array_sort_by(struct udf_call *call, size_t row)
{
  duckdb_list_entry list = vector_list(&call->args[0], row);
  if (list.length > MAX_COMPARED)
    return udf_fail(call, "COLLECTION_SIZE_LIMIT_EXCEEDED.FUNCTION",
                    "array_sort with a comparator takes at most %d elements, this array has %llu", MAX_COMPARED,
                    (unsigned long long)list.length);
  if (vector_is_null(&call->args[1], row))
    return false;
  const struct comparison comparison = { .call = call,
                                         .answers = &call->args[1].children[0],
                                         .rows = vector_list(&call->args[1], row) };
  uint32_t *places = checked_malloc((2 * list.length + 1) * sizeof(*places));
  for (uint32_t i = 0; i < list.length; i++)
    places[i] = i;
  sort_by_merging(&comparison, places, places + list.length, list.length);
  bool is_made = call->error[0] == 0;
  list_begin(call);
  for (size_t i = 0; i < list.length && is_made; i++)
    is_made = list_add_copy(call, &call->args[0].children[0], list.offset + places[i]);
  free(places);
  return is_made && list_end(call, row);
}

/* An array longer than that is not asked about. */
static bool array_sort_asks(struct udf_call *call, size_t row)
{
  return return_boolean(call, row, vector_list(&call->args[0], row).length <= MAX_COMPARED);
}

static bool array_sort_by_or_null(struct udf_call *call, size_t row)
{
  return !arg_is_null(call, 0, row) && array_sort_by(call, row);
}

static const struct udf rows[] = {
  { .name = "spark_array_sort_by", .flags = UDF_NULLS, .each = array_sort_by_or_null },
  { .name = "spark_array_sort_asks", .each = array_sort_asks },
};

UDF_FAMILY(array_sort_udfs, rows);
