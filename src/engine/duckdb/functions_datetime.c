/* Dates and times. */
#include "engine/duckdb/functions_internal.h"

/* An instant in microseconds since 1970 as a timestamp, whatever its year. */
static bool instant(struct udf_call *call, size_t row)
{
  return return_bigint(call, row, arg_bigint(call, 0, row));
}

static const struct udf rows[] = {
  { .name = "spark_instant", .signature = "bigint > timestamp", .each = instant },
};

UDF_FAMILY(datetime_udfs, rows);
