/* Dates and times. */
#include "expr/functions.h"

static const struct function rows[] = {
  { .name = "current_timestamp",
    .aliases = "now",
    .min_args = 0,
    .max_args = 0,
    .flags = FUNCTION_VARIES | FUNCTION_NO_PARENTHESES,
    .returns = "timestamp",
    .duckdb = "current_timestamp",
    .doc = "When the run began." },
};

FUNCTION_FAMILY(datetime_family, "dates and times", rows);
