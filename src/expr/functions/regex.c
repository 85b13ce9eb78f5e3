/* Regular expressions of java.util.regex. */
#include "expr/functions/functions.h"

static bool resolve_regexp_replace(struct call *call)
{
  if (call->n_args < 4 || expr_is_constant(call->args[3]))
    return true;
  return call_fail(call, "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", "the position must be a constant");
}

static const struct function rows[] = {
  { .name = "regexp_count",
    .min_args = 2,
    .max_args = 2,
    .args = "string",
    .returns = "int",
    .duckdb = "spark_regexp_count($1, $2)",
    .doc = "How often the pattern is found." },
  { .name = "regexp_extract",
    .min_args = 2,
    .max_args = 3,
    .args = "string string int",
    .returns = "string",
    .duckdb = "spark_regexp_extract($1, $2, ${3:1})",
    .doc = "What a group of the first match holds; empty where there is none." },
  { .name = "regexp_extract_all",
    .min_args = 2,
    .max_args = 3,
    .args = "string string int",
    .returns = "array<string>",
    .duckdb = "spark_regexp_extract_all($1, $2, ${3:1})",
    .doc = "What a group holds in every match." },
  { .name = "regexp_replace",
    .min_args = 3,
    .max_args = 4,
    .args = "string string string int",
    .returns = "string",
    .resolve = resolve_regexp_replace,
    .duckdb = "spark_regexp_replace($1, $2, $3, ${4:1})",
    .doc = "The text with every match replaced; $1 is a group." },
  { .name = "regexp_substr",
    .min_args = 2,
    .max_args = 2,
    .args = "string",
    .returns = "string",
    .duckdb = "spark_regexp_substr($1, $2)",
    .doc = "The first match; null where there is none." },
  { .name = "regexp_instr",
    .min_args = 2,
    .max_args = 3,
    .args = "string string int",
    .returns = "int",
    .duckdb = "spark_regexp_instr($1, $2)",
    .doc = "At which character the first match begins; 0 where there is none." },
  { .name = "split",
    .min_args = 2,
    .max_args = 3,
    .args = "string string int",
    .returns = "array<string>",
    .duckdb = "spark_split($1, $2, ${3:-1})",
    .doc = "The parts between the matches." },
};

FUNCTION_FAMILY(regex_family, "regular expressions", rows);
