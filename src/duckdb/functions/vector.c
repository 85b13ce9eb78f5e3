/* Vectors: arrays of floats, whose sums Spark keeps in doubles, eight elements at a time. */
#include "duckdb/functions/internal.h"

#include <math.h>

enum { STEP = 8 };

/* The elements of a vector; false where one is null. */
static bool vector_floats(const struct udf_call *call, size_t index, size_t row, const float **ret_floats,
                          size_t *ret_length)
{
  const struct vector *elements = &call->args[index].children[0];
  duckdb_list_entry list = vector_list(&call->args[index], row);
  for (size_t i = 0; i < list.length; i++)
    if (vector_is_null(elements, list.offset + i))
      return false;
  *ret_floats = list.length == 0 ? NULL : (const float *)elements->data + list.offset;
  *ret_length = list.length;
  return true;
}

enum term { TERM_PRODUCT, TERM_DIFFERENCE, TERM_SQUARE, TERM_SIZE };

static double term_of(enum term term, double a, double b)
{
  switch (term) {
  case TERM_PRODUCT:
    return a * b;
  case TERM_DIFFERENCE:
    return (a - b) * (a - b);
  case TERM_SQUARE:
    return a * a;
  case TERM_SIZE:
    return fabs(a);
  }
  BUG("a term of no kind");
}

/* The order of the additions is Spark's: its last digit depends on it. */
static double sum_terms(enum term term, const float *a, const float *b, size_t length)
{
  double sum = 0;
  size_t at = 0;
  for (; at + STEP <= length; at += STEP) {
    double step = term_of(term, a[at], b[at]);
    for (size_t i = 1; i < STEP; i++)
      step += term_of(term, a[at + i], b[at + i]);
    sum += step;
  }
  for (; at < length; at++)
    sum += term_of(term, a[at], b[at]);
  return sum;
}

/* Two vectors of one length; false where they are not, or where an element is null. */
static bool read_pair(struct udf_call *call, size_t row, const float **ret_a, const float **ret_b, size_t *ret_length)
{
  size_t length_a = vector_list(&call->args[0], row).length;
  size_t length_b = vector_list(&call->args[1], row).length;
  if (length_a != length_b)
    return udf_fail(call, "VECTOR_DIMENSION_MISMATCH", "the vectors of %s must have one length, these have %zu and %zu",
                    udf_shown_name(call), length_a, length_b);
  return vector_floats(call, 0, row, ret_a, ret_length) && vector_floats(call, 1, row, ret_b, ret_length);
}

static bool return_float(struct udf_call *call, size_t row, double value)
{
  RESULT(call, row, float) = (float)value;
  return true;
}

static bool inner_product(struct udf_call *call, size_t row)
{
  const float *a = NULL, *b = NULL;
  size_t length = 0;
  return read_pair(call, row, &a, &b, &length) && return_float(call, row, sum_terms(TERM_PRODUCT, a, b, length));
}

static bool l2_distance(struct udf_call *call, size_t row)
{
  const float *a = NULL, *b = NULL;
  size_t length = 0;
  return read_pair(call, row, &a, &b, &length) &&
         return_float(call, row, sqrt(sum_terms(TERM_DIFFERENCE, a, b, length)));
}

static bool cosine_similarity(struct udf_call *call, size_t row)
{
  const float *a = NULL, *b = NULL;
  size_t length = 0;
  TRY(read_pair(call, row, &a, &b, &length));
  double norms = sqrt(sum_terms(TERM_SQUARE, a, a, length) * sum_terms(TERM_SQUARE, b, b, length));
  return norms != 0 && return_float(call, row, sum_terms(TERM_PRODUCT, a, b, length) / norms);
}

static double greatest_size(const float *floats, size_t length)
{
  double greatest = 0;
  for (size_t i = 0; i < length; i++) {
    double size = fabs((double)floats[i]);
    if (isnan(size))
      return size;
    greatest = size > greatest ? size : greatest;
  }
  return greatest;
}

/* False where an element is null, or the degree none. */
static bool read_norm(struct udf_call *call, size_t row, const float **ret_floats, size_t *ret_length, double *ret_norm)
{
  float degree = ARG(call, 1, row, float);
  bool is_infinite = isinf(degree) && degree > 0;
  if (degree != 1 && degree != 2 && !is_infinite)
    return udf_fail(call, "INVALID_VECTOR_NORM_DEGREE", "the degree of %s must be 1.0, 2.0 or float('inf'), this is %g",
                    udf_shown_name(call), (double)degree);
  TRY(vector_floats(call, 0, row, ret_floats, ret_length));
  if (is_infinite)
    *ret_norm = greatest_size(*ret_floats, *ret_length);
  else if (degree == 1)
    *ret_norm = sum_terms(TERM_SIZE, *ret_floats, *ret_floats, *ret_length);
  else
    *ret_norm = sqrt(sum_terms(TERM_SQUARE, *ret_floats, *ret_floats, *ret_length));
  return true;
}

static bool norm(struct udf_call *call, size_t row)
{
  const float *floats;
  size_t length;
  double value;
  return read_norm(call, row, &floats, &length, &value) && return_float(call, row, value);
}

static bool normalize(struct udf_call *call, size_t row)
{
  const float *floats;
  size_t length;
  double value;
  TRY(read_norm(call, row, &floats, &length, &value));
  if (length > 0 && value == 0)
    return false;
  list_begin(call);
  for (size_t i = 0; i < length; i++) {
    size_t at;
    struct vector *elements = list_add(call, &at);
    ((float *)elements->data)[at] = (float)(floats[i] / value);
  }
  return list_end(call, row);
}

static const struct udf rows[] = {
  { .name = "spark_vector_inner_product", .signature = "array_float array_float > float", .each = inner_product },
  { .name = "spark_vector_l2_distance", .signature = "array_float array_float > float", .each = l2_distance },
  { .name = "spark_vector_cosine_similarity",
    .signature = "array_float array_float > float",
    .each = cosine_similarity },
  { .name = "spark_vector_norm", .signature = "array_float float > float", .each = norm },
  { .name = "spark_vector_normalize", .signature = "array_float float > array_float", .each = normalize },
};

UDF_FAMILY(vector_udfs, rows);
