/* Functions of regular expressions beside RLIKE. */
#include "engine/duckdb/functions_match.h"

static bool regexp_count(struct udf_call *call, size_t row)
{
  struct text text = arg_text(call, 0, row);
  struct text pattern = arg_text(call, 1, row);
  const struct regex *regex = match_regex(call, pattern);
  int32_t count = 0;
  if (regex == NULL)
    return false;
  for (size_t at = 0; at <= text.length; count++) {
    struct regex_span span;
    enum regex_result result = regex_find_groups(regex, text, at, &span, 1);
    if (result == REGEX_LIMIT)
      return match_fail_limit(call, pattern, text);
    if (result == REGEX_NO_MATCH)
      break;
    at = (size_t)span.end + (span.end == span.start);
  }
  return return_int(call, row, count);
}

static const struct udf rows[] = {
  { .name = "spark_regexp_count", .signature = "string string > int", .each = regexp_count },
};

UDF_FAMILY(regex_udfs, rows);
