/* Functions of JSON text. */
#include "engine/duckdb/functions_internal.h"
#include "value/json.h"

static bool json_array_length(struct udf_call *call, size_t row)
{
  struct json_reader reader;
  int32_t count = 0;
  json_start(&reader, arg_text(call, 0, row), JSON_STRICT, false);
  if (json_next(&reader) != JSON_ARRAY_START)
    return false;
  for (enum json_token token = json_next(&reader); token != JSON_ARRAY_END; token = json_next(&reader), count++)
    if (token == JSON_END || token == JSON_INVALID || !json_skip(&reader, token))
      return false;
  return json_next(&reader) == JSON_END && return_int(call, row, count);
}

static const struct udf rows[] = {
  { .name = "spark_json_array_length", .signature = "string > int", .each = json_array_length },
};

UDF_FAMILY(json_udfs, rows);
