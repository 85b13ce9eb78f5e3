/* JSON. */
#include "expr/functions.h"

static const struct function rows[] = {
  { .name = "json_array_length",
    .min_args = 1,
    .max_args = 1,
    .args = "string",
    .returns = "int",
    .duckdb = "spark_json_array_length($1)",
    .doc = "How many elements the outermost array has; null where there is none." },
};

FUNCTION_FAMILY(json_family, "JSON", rows);
