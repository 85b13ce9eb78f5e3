/* Vectors: arrays of floats. */
#include "expr/functions/functions.h"

static bool expect_vector(struct call *call, size_t index)
{
  const struct type *type = call->args[index]->type;
  return (type->id == TYPE_ARRAY && type->element->id == TYPE_FLOAT) || call_fail_type(call, index, "array<float>");
}

static bool resolve_pair(struct call *call)
{
  return expect_vector(call, 0) && expect_vector(call, 1);
}

static bool resolve_normed(struct call *call)
{
  TRY(expect_vector(call, 0));
  if (call->n_args == 1 || call->args[1]->type->id == TYPE_FLOAT || call->args[1]->type->id == TYPE_VOID)
    return call->n_args == 1 || call_expect(call, 1, "float");
  return call_fail_type(call, 1, "float");
}

static const struct function rows[] = {
  { .name = "vector_inner_product",
    .min_args = 2,
    .max_args = 2,
    .resolve = resolve_pair,
    .returns = "float",
    .duckdb = "spark_vector_inner_product($1, $2)",
    .doc = "The inner product of two vectors of one length." },
  { .name = "vector_cosine_similarity",
    .min_args = 2,
    .max_args = 2,
    .resolve = resolve_pair,
    .returns = "float",
    .duckdb = "spark_vector_cosine_similarity($1, $2)",
    .doc = "The cosine of the angle between two vectors; null where one has no length." },
  { .name = "vector_l2_distance",
    .min_args = 2,
    .max_args = 2,
    .resolve = resolve_pair,
    .returns = "float",
    .duckdb = "spark_vector_l2_distance($1, $2)",
    .doc = "The Euclidean distance of two vectors." },
  { .name = "vector_norm",
    .min_args = 1,
    .max_args = 2,
    .resolve = resolve_normed,
    .returns = "float",
    .duckdb = "spark_vector_norm($1, ${2:CAST(2 AS FLOAT)})",
    .doc = "A vector's norm of degree 1, 2 or float('inf')." },
  { .name = "vector_normalize",
    .min_args = 1,
    .max_args = 2,
    .resolve = resolve_normed,
    .returns = "array<float>",
    .duckdb = "spark_vector_normalize($1, ${2:CAST(2 AS FLOAT)})",
    .doc = "The vector divided by its norm of degree 1, 2 or float('inf'); null where that is 0." },
};

FUNCTION_FAMILY(vector_family, "vectors", rows);
