/* Dates and timestamps of Parquet files: INT96, which DuckDB takes for local times, and those
 * of files that were written by the calendar of Spark before 3.0: Julian before 1582-10-15, and
 * zones without their local mean time before 1900. What was meant is a wall clock, which is kept. */
#include "duckdb/functions/internal.h"

#include "value/timezone.h"

enum { GREGORIAN_START = -141427 /* 1582-10-15 */ };
static const int64_t day_us = INT64_C(86400000000);
static const int64_t start_of_1900_us = INT64_C(-2208988800000000);

/* Days since 1970 of the year, month and day that the Julian calendar gives to a day. February 29 of a year that is no
 * leap year by now is March 1. */
static int64_t from_julian(int64_t days)
{
  if (days >= GREGORIAN_START)
    return days;
  int64_t since_march = days + 719470; /* from 0000-03-01 of the Julian calendar */
  int64_t cycle = floor_divide(since_march, 1461);
  int64_t day_of_cycle = since_march - cycle * 1461;
  int64_t year_of_cycle = (day_of_cycle - day_of_cycle / 1460) / 365;
  int64_t day_of_year = day_of_cycle - year_of_cycle * 365;
  int64_t shifted_month = (5 * day_of_year + 2) / 153;
  int day = (int)(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  int month = (int)(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  int64_t year = cycle * 4 + year_of_cycle + (month <= 2);
  return days_from_civil(year, month, 1) + day - 1;
}

static bool julian_date(struct udf_call *call, size_t row)
{
  return return_int(call, row, (int32_t)from_julian(arg_int(call, 0, row)));
}

/* False where the day that is meant lies past all. */
static bool local_from_julian(int64_t local_us, int64_t *ret_us)
{
  int64_t day = floor_divide(local_us, day_us);
  int64_t start;
  return !__builtin_mul_overflow(from_julian(day), day_us, &start) &&
         !__builtin_add_overflow(start, local_us - day * day_us, ret_us);
}

/* Before 1900 Java's old calendar has the standard offset that the zone has today. */
static int64_t standard_offset_us(const struct timezone *zone)
{
  static const int64_t january_us = INT64_C(1705276800000000), july_us = INT64_C(1721001600000000); /* 2024 */
  int32_t winter = timezone_offset_at(zone, january_us), summer = timezone_offset_at(zone, july_us);
  return (int64_t)(winter < summer ? winter : summer) * 1000000;
}

static bool julian_timestamp(struct udf_call *call, size_t row)
{
  int64_t instant = arg_bigint(call, 0, row);
  const struct timezone *zone = timezone_find(arg_text(call, 1, row));
  if (instant >= start_of_1900_us)
    return return_bigint(call, row, instant);
  if (zone == NULL)
    return udf_fail(call, "ZONE", "time zone \"%.*s\" of a Parquet file is not known",
                    TEXT_ARGS(arg_text(call, 1, row)));
  int64_t offset_us = standard_offset_us(zone);
  int64_t local;
  return !__builtin_add_overflow(instant, offset_us, &local) && local_from_julian(local, &local) &&
         return_bigint(call, row, timezone_to_utc(zone, local));
}

/* A cast of DuckDB's goes by the session's zone, and stops at what is past its range. */
static bool as_instant(struct udf_call *call, size_t row)
{
  return return_bigint(call, row, arg_bigint(call, 0, row));
}

static const struct udf rows[] = {
  { .name = "spark_julian_date", .signature = "date > date", .each = julian_date },
  { .name = "spark_julian_timestamp", .signature = "timestamp string > timestamp", .each = julian_timestamp },
  { .name = "spark_as_instant", .signature = "ntz > timestamp", .each = as_instant },
};

UDF_FAMILY(calendar_udfs, rows);
