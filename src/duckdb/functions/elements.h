/** The elements of arrays and the entries of maps, compared as Spark compares them. */
#ifndef CRISOL_DUCKDB_FUNCTIONS_ELEMENTS_H
#define CRISOL_DUCKDB_FUNCTIONS_ELEMENTS_H

#include "duckdb/functions/internal.h"

/* The elements of an array argument, or the entries of a map. */
struct elements {
  const struct vector *vector; /* of the elements; of a map: its keys */
  const struct vector *values; /* of a map */
  size_t start, count;
};

static inline struct elements elements_of(const struct udf_call *call, size_t index, size_t row)
{
  const struct vector *list = &call->args[index];
  duckdb_list_entry entry = vector_list(list, row);
  return (struct elements){
    .vector = &list->children[0], .values = &list->children[1], .start = entry.offset, .count = entry.length
  };
}

static inline bool elements_is_null(struct elements list, size_t i)
{
  return vector_is_null(list.vector, list.start + i);
}

/* The first element equal to the value; the count where there is none. */
static inline size_t elements_find(struct elements list, const struct vector *value, size_t row)
{
  size_t i = 0;
  while (i < list.count && vector_compare(list.vector, list.start + i, value, row) != 0)
    i++;
  return i;
}

static inline bool elements_has_null(struct elements list)
{
  for (size_t i = 0; i < list.count; i++)
    if (elements_is_null(list, i))
      return true;
  return false;
}

static inline bool elements_add(struct udf_call *call, struct elements list, size_t i)
{
  return list_add_copy(call, list.vector, list.start + i);
}

/** Fails the call: the array would have more elements than Spark or DuckDB lets one have. */
bool elements_fail_size(struct udf_call *call);

/* The result is a copy of one value; null where that is. */
static inline bool elements_return(struct udf_call *call, size_t row, const struct vector *from, size_t from_row)
{
  if (vector_is_null(from, from_row))
    return false;
  vector_copy(call, &call->result, row, from, from_row);
  return true;
}

#endif
