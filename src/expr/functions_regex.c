/* Regular expressions of java.util.regex. */
#include "expr/functions.h"

static const struct function rows[] = {
  { .name = "regexp_count",
    .min_args = 2,
    .max_args = 2,
    .args = "string",
    .returns = "int",
    .duckdb = "spark_regexp_count($1, $2)",
    .doc = "How often the pattern is found." },
};

FUNCTION_FAMILY(regex_family, "regular expressions", rows);
