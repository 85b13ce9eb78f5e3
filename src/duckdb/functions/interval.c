/* Arithmetic on dates, timestamps and intervals. Year-month intervals keep their months, day-time ones their
 * microseconds. */
#include "duckdb/functions/internal.h"

#include <math.h>

static const int64_t day_us = INT64_C(86400000000);

static const duckdb_interval *arg_interval(const struct udf_call *call, size_t index, size_t row)
{
  return &ARG(call, index, row, duckdb_interval);
}

static bool return_interval(struct udf_call *call, size_t row, int32_t months, int64_t micros)
{
  RESULT(call, row, duckdb_interval) = (duckdb_interval){ .months = months, .micros = micros };
  return true;
}

static bool return_date(struct udf_call *call, size_t row, int64_t days)
{
  return return_int(call, row, (int32_t)days); /* wraps around, as in Java */
}

static bool date_add(struct udf_call *call, size_t row)
{
  return return_date(call, row, (int64_t)arg_int(call, 0, row) + arg_int(call, 1, row));
}

static bool date_sub(struct udf_call *call, size_t row)
{
  return return_date(call, row, (int64_t)arg_int(call, 0, row) - arg_int(call, 1, row));
}

/* What is past the range is an error with ANSI off, too; try_add() and the like are TRY of these. */
static bool fail_overflow(struct udf_call *call)
{
  return udf_fail(call, "ARITHMETIC_OVERFLOW", "the result of a sum of dates, times or intervals is out of range");
}

static bool return_sum(struct udf_call *call, size_t row, int128 micros)
{
  return micros == (int64_t)micros ? return_bigint(call, row, (int64_t)micros) : fail_overflow(call);
}

static bool date_add_interval(struct udf_call *call, size_t row)
{
  const duckdb_interval *interval = arg_interval(call, 1, row);
  int64_t days = days_plus_months(arg_int(call, 0, row), interval->months) + floor_divide(interval->micros, day_us);
  return days == (int32_t)days ? return_date(call, row, days) : fail_overflow(call);
}

/* The wall clock at an instant, which may lie before or after all that 64 bits hold. */
static int128 to_local(const struct timezone *zone, int64_t instant)
{
  return (int128)instant + (zone == NULL ? 0 : (int128)timezone_offset_at(zone, instant) * 1000000);
}

static int128 to_instant(const struct timezone *zone, int128 local)
{
  if (zone == NULL)
    return local;
  if (local == (int64_t)local)
    return timezone_to_utc(zone, (int64_t)local);
  int64_t end = local < 0 ? INT64_MIN : INT64_MAX;
  return local - (to_local(zone, end) - end);
}

int128 instant_plus(const struct timezone *zone, int64_t instant, int64_t months, int64_t days, int128 micros)
{
  if (months == 0 && days == 0)
    return instant + micros;
  int128 local = to_local(zone, instant);
  int64_t day = (int64_t)(local / day_us) - (local % day_us < 0);
  int128 of_day = local - (int128)day * day_us;
  int64_t moved = months == 0 ? day : days_plus_months(day, months);
  return to_instant(zone, ((int128)moved + days) * day_us + of_day) + micros;
}

static bool add_to(struct udf_call *call, size_t row, const struct timezone *zone)
{
  const duckdb_interval *interval = arg_interval(call, 1, row);
  return return_sum(call, row,
                    instant_plus(zone, arg_bigint(call, 0, row), interval->months, interval->micros / day_us,
                                 interval->micros % day_us));
}

static bool timestamp_add_interval(struct udf_call *call, size_t row)
{
  return add_to(call, row, call->zone);
}

static bool ntz_add_interval(struct udf_call *call, size_t row)
{
  return add_to(call, row, NULL);
}

/* Calendar intervals: months, days and microseconds, each by itself; sums of them wrap around. */

static bool add_calendar_to(struct udf_call *call, size_t row, const struct timezone *zone)
{
  const duckdb_interval *interval = arg_interval(call, 1, row);
  return return_sum(call, row,
                    instant_plus(zone, arg_bigint(call, 0, row), interval->months, interval->days, interval->micros));
}

static bool timestamp_add_calendar(struct udf_call *call, size_t row)
{
  return add_calendar_to(call, row, call->zone);
}

static bool ntz_add_calendar(struct udf_call *call, size_t row)
{
  return add_calendar_to(call, row, NULL);
}

/* By way of the midnight in the session's zone. */
static bool date_add_calendar(struct udf_call *call, size_t row)
{
  const duckdb_interval *interval = arg_interval(call, 1, row);
  int128 midnight = to_instant(call->zone, (int128)arg_int(call, 0, row) * day_us);
  if (midnight != (int64_t)midnight)
    return fail_overflow(call);
  int128 moved = instant_plus(call->zone, (int64_t)midnight, interval->months, interval->days, interval->micros);
  if (moved != (int64_t)moved)
    return fail_overflow(call);
  int128 local = to_local(call->zone, (int64_t)moved);
  return return_date(call, row, (int64_t)(local / day_us) - (local % day_us < 0));
}

static bool return_calendar(struct udf_call *call, size_t row, int64_t months, int64_t days, uint64_t micros)
{
  RESULT(call, row, duckdb_interval) = (duckdb_interval){ (int32_t)months, (int32_t)days, (int64_t)micros };
  return true;
}

static bool calendar_add(struct udf_call *call, size_t row)
{
  const duckdb_interval *a = arg_interval(call, 0, row);
  const duckdb_interval *b = arg_interval(call, 1, row);
  return return_calendar(call, row, (int64_t)a->months + b->months, (int64_t)a->days + b->days,
                         (uint64_t)a->micros + (uint64_t)b->micros);
}

static bool calendar_negate(struct udf_call *call, size_t row)
{
  const duckdb_interval *interval = arg_interval(call, 0, row);
  return return_calendar(call, row, -(int64_t)interval->months, -(int64_t)interval->days,
                         0 - (uint64_t)interval->micros);
}

/* As Java's (int) and Math.round: the nearest that there is, 0 for NaN. */
static int64_t nearest_within(double value, int64_t most)
{
  if (isnan(value))
    return 0;
  return value >= (double)most ? most : value <= -(double)most ? -most - 1 : (int64_t)value;
}

/* The fraction of a month is lost, that of a day becomes microseconds. */
static bool return_parts(struct udf_call *call, size_t row, double months, double days, double micros)
{
  int64_t whole_days = nearest_within(days, INT32_MAX);
  double all = round(micros + (days - (double)whole_days) * (double)day_us);
  return return_calendar(call, row, nearest_within(months, INT32_MAX), whole_days,
                         (uint64_t)nearest_within(all, INT64_MAX));
}

static bool calendar_multiply(struct udf_call *call, size_t row)
{
  const duckdb_interval *interval = arg_interval(call, 0, row);
  double factor = arg_double(call, 1, row);
  return return_parts(call, row, interval->months * factor, interval->days * factor, (double)interval->micros * factor);
}

static bool calendar_divide(struct udf_call *call, size_t row)
{
  const duckdb_interval *interval = arg_interval(call, 0, row);
  double by = arg_double(call, 1, row);
  return by != 0 && return_parts(call, row, interval->months / by, interval->days / by, (double)interval->micros / by);
}

static bool return_difference(struct udf_call *call, size_t row, int128 micros)
{
  return micros == (int64_t)micros ? return_interval(call, row, 0, (int64_t)micros) : fail_overflow(call);
}

static bool date_difference(struct udf_call *call, size_t row)
{
  return return_difference(call, row, ((int128)arg_int(call, 0, row) - arg_int(call, 1, row)) * day_us);
}

/* Between wall clocks in the session's zone, so that a day is a day where clocks change. */
static bool timestamp_difference(struct udf_call *call, size_t row)
{
  int128 a = to_local(call->zone, arg_bigint(call, 0, row));
  return return_difference(call, row, a - to_local(call->zone, arg_bigint(call, 1, row)));
}

static bool ntz_difference(struct udf_call *call, size_t row)
{
  return return_difference(call, row, (int128)arg_bigint(call, 0, row) - arg_bigint(call, 1, row));
}

static bool fail_interval(struct udf_call *call)
{
  return udf_fail(call, "INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION", "the interval is out of range");
}

static bool scale_interval(struct udf_call *call, size_t row, int128 months, int128 micros)
{
  if (months != (int32_t)months || micros != (int64_t)micros)
    return fail_interval(call);
  return return_interval(call, row, (int32_t)months, (int64_t)micros);
}

static bool add(struct udf_call *call, size_t row)
{
  const duckdb_interval *a = arg_interval(call, 0, row);
  const duckdb_interval *b = arg_interval(call, 1, row);
  return scale_interval(call, row, (int128)a->months + b->months, (int128)a->micros + b->micros);
}

static bool subtract(struct udf_call *call, size_t row)
{
  const duckdb_interval *a = arg_interval(call, 0, row);
  const duckdb_interval *b = arg_interval(call, 1, row);
  return scale_interval(call, row, (int128)a->months - b->months, (int128)a->micros - b->micros);
}

static bool negate(struct udf_call *call, size_t row)
{
  const duckdb_interval *interval = arg_interval(call, 0, row);
  return scale_interval(call, row, -(int128)interval->months, -(int128)interval->micros);
}

static bool multiply_bigint(struct udf_call *call, size_t row)
{
  const duckdb_interval *interval = arg_interval(call, 0, row);
  int64_t factor = arg_bigint(call, 1, row);
  return scale_interval(call, row, (int128)interval->months * factor, (int128)interval->micros * factor);
}

static int128 divide_half_up(int128 a, int128 b)
{
  bool is_negative = (a < 0) != (b < 0);
  int128 dividend = a < 0 ? -a : a;
  int128 divisor = b < 0 ? -b : b;
  int128 quotient = (2 * dividend + divisor) / (2 * divisor);
  return is_negative ? -quotient : quotient;
}

/* Unlike a number's, an interval's division by zero is an error with ANSI off, too. */
static bool fail_zero(struct udf_call *call)
{
  return udf_fail(call, "INTERVAL_DIVIDED_BY_ZERO", "an interval is divided by zero; try_divide() makes null of that");
}

static bool divide_bigint(struct udf_call *call, size_t row)
{
  const duckdb_interval *interval = arg_interval(call, 0, row);
  int64_t divisor = arg_bigint(call, 1, row);
  return divisor == 0 ? fail_zero(call)
                      : scale_interval(call, row, divide_half_up(interval->months, divisor),
                                       divide_half_up(interval->micros, divisor));
}

static int128 power_of_ten(int exponent)
{
  int128 power = 1;
  while (exponent-- > 0)
    power *= 10;
  return power;
}

/* amount * factor / 10^scale, half up; false where that passes 128 bits. Of factors with more digits than 128 bits have
 * room for beside the amount the last ones do not count, which is past the 39 digits that Spark computes with. */
static bool times_decimal(int64_t amount, int128 factor, int scale, int128 *ret_product)
{
  int128 power = power_of_ten(scale);
  int128 rest = factor % power;
  int128 whole;
  int128 part;
  if (__builtin_mul_overflow((int128)amount, factor / power, &whole))
    return false;
  while (__builtin_mul_overflow(2 * (int128)amount, rest, &part)) {
    rest /= 10;
    power /= 10;
  }
  *ret_product = whole + divide_half_up(part, 2 * power);
  return true;
}

static bool multiply_decimal(struct udf_call *call, size_t row)
{
  const duckdb_interval *interval = arg_interval(call, 0, row);
  int128 factor = vector_decimal(&call->args[1], row);
  int scale = call->types[1]->scale;
  int128 months;
  int128 micros;
  if (!times_decimal(interval->months, factor, scale, &months) ||
      !times_decimal(interval->micros, factor, scale, &micros))
    return fail_interval(call);
  return scale_interval(call, row, months, micros);
}

/* amount * 10^scale / divisor, half up, digit by digit; what passes 64 bits is more than any interval. */
static int128 by_decimal(int64_t amount, int128 divisor, int scale)
{
  bool is_negative = (amount < 0) != (divisor < 0);
  int128 rest = amount < 0 ? -(int128)amount : amount;
  int128 by = divisor < 0 ? -divisor : divisor;
  for (; by > power_of_ten(37); by /= 10)
    scale--; /* a remainder has room for one more digit */
  for (; scale < 0; scale++)
    rest /= 10;
  int128 quotient = rest / by;
  rest %= by;
  for (; scale > 0 && quotient < power_of_ten(20); scale--) {
    rest *= 10;
    quotient = quotient * 10 + rest / by;
    rest %= by;
  }
  quotient += 2 * rest >= by;
  return is_negative ? -quotient : quotient;
}

static bool divide_decimal(struct udf_call *call, size_t row)
{
  const duckdb_interval *interval = arg_interval(call, 0, row);
  int128 divisor = vector_decimal(&call->args[1], row);
  int scale = call->types[1]->scale;
  return divisor == 0 ? fail_zero(call)
                      : scale_interval(call, row, by_decimal(interval->months, divisor, scale),
                                       by_decimal(interval->micros, divisor, scale));
}

static bool scale_by_double(struct udf_call *call, size_t row, double months, double micros)
{
  if (isnan(months) || isnan(micros) || fabs(months) > 3e9 || fabs(micros) > 1e19)
    return fail_interval(call);
  return scale_interval(call, row, (int128)round(months), (int128)round(micros));
}

static bool multiply_double(struct udf_call *call, size_t row)
{
  const duckdb_interval *interval = arg_interval(call, 0, row);
  double factor = arg_double(call, 1, row);
  return scale_by_double(call, row, interval->months * factor, (double)interval->micros * factor);
}

static bool divide_double(struct udf_call *call, size_t row)
{
  const duckdb_interval *interval = arg_interval(call, 0, row);
  double divisor = arg_double(call, 1, row);
  return divisor == 0 ? fail_zero(call)
                      : scale_by_double(call, row, interval->months / divisor, (double)interval->micros / divisor);
}

static bool quotient(struct udf_call *call, size_t row)
{
  const duckdb_interval *a = arg_interval(call, 0, row);
  const duckdb_interval *b = arg_interval(call, 1, row);
  int64_t dividend = a->months + a->micros;
  int64_t divisor = b->months + b->micros;
  return divisor != 0 && !(divisor == -1 && dividend == INT64_MIN) && return_bigint(call, row, dividend / divisor);
}

static bool absolute(struct udf_call *call, size_t row)
{
  const duckdb_interval *interval = arg_interval(call, 0, row);
  if (interval->months == INT32_MIN || interval->micros == INT64_MIN)
    return fail_interval(call);
  return return_interval(call, row, interval->months < 0 ? -interval->months : interval->months,
                         interval->micros < 0 ? -interval->micros : interval->micros);
}

static bool signum(struct udf_call *call, size_t row)
{
  const duckdb_interval *interval = arg_interval(call, 0, row);
  int64_t amount = interval->months != 0 ? interval->months : interval->micros;
  return return_double(call, row, (amount > 0) - (amount < 0));
}

/* Intervals from their parts. */

static bool make_ym_interval(struct udf_call *call, size_t row)
{
  int64_t months = (int64_t)arg_int(call, 0, row) * 12 + arg_int(call, 1, row);
  return months == (int32_t)months ? return_interval(call, row, (int32_t)months, 0) : fail_interval(call);
}

/* Hours, minutes and seconds (a decimal with six digits) from argument `first` on, and days before them. */
static bool add_parts(const struct udf_call *call, size_t row, int64_t days, size_t first, int64_t *ret_micros)
{
  int128 micros = days * (int128)day_us + (int128)arg_int(call, first, row) * INT64_C(3600000000) +
                  (int128)arg_int(call, first + 1, row) * 60000000 + vector_decimal(&call->args[first + 2], row);
  *ret_micros = (int64_t)micros;
  return micros == (int64_t)micros;
}

static bool make_dt_interval(struct udf_call *call, size_t row)
{
  int64_t micros;
  return add_parts(call, row, arg_int(call, 0, row), 1, &micros) ? return_interval(call, row, 0, micros)
                                                                 : fail_interval(call);
}

static bool make_interval(struct udf_call *call, size_t row)
{
  int64_t micros;
  int64_t months = (int64_t)arg_int(call, 0, row) * 12 + arg_int(call, 1, row);
  int64_t weeks = (int64_t)arg_int(call, 2, row) * 7;
  int64_t days = weeks + arg_int(call, 3, row);
  int64_t years = (int64_t)arg_int(call, 0, row) * 12; /* each product must fit, whatever is added to it */
  if (years != (int32_t)years || weeks != (int32_t)weeks || months != (int32_t)months || days != (int32_t)days ||
      !add_parts(call, row, 0, 4, &micros))
    return false;
  RESULT(call, row, duckdb_interval) =
      (duckdb_interval){ .months = (int32_t)months, .days = (int32_t)days, .micros = micros };
  return true;
}

/* A part by its number: years, months, days, hours, minutes, and microseconds of the minute. */
static bool interval_part(struct udf_call *call, size_t row)
{
  const duckdb_interval *interval = arg_interval(call, 0, row);
  const int64_t parts[] = { interval->months / 12,
                            interval->months % 12,
                            interval->days + interval->micros / day_us,
                            interval->micros / INT64_C(3600000000) % 24,
                            interval->micros / 60000000 % 60,
                            interval->micros % 60000000 };
  int32_t part = arg_int(call, 1, row);
  return part >= 0 && (size_t)part < ARRAY_LENGTH(parts) && return_bigint(call, row, parts[part]);
}

static const struct udf rows[] = {
  { .name = "spark_make_ym_interval", .signature = "int int > span_0_1", .each = make_ym_interval },
  { .name = "spark_make_dt_interval", .signature = "int int int decimal_18_6 > span_2_5", .each = make_dt_interval },
  { .name = "spark_make_interval",
    .signature = "int int int int int int decimal_18_6 > interval",
    .each = make_interval },
  { .name = "spark_interval_part", .signature = "interval int > bigint", .each = interval_part },
  { .name = "spark_date_add", .signature = "date int > date", .each = date_add },
  { .name = "spark_date_sub", .signature = "date int > date", .each = date_sub },
  { .name = "spark_date_add_interval", .signature = "date interval > date", .each = date_add_interval },
  { .name = "spark_timestamp_add_interval",
    .signature = "timestamp interval > timestamp",
    .each = timestamp_add_interval },
  { .name = "spark_ntz_add_interval", .signature = "ntz interval > ntz", .each = ntz_add_interval },
  { .name = "spark_date_difference", .signature = "date date > interval", .each = date_difference },
  { .name = "spark_timestamp_difference", .signature = "timestamp timestamp > interval", .each = timestamp_difference },
  { .name = "spark_ntz_difference", .signature = "ntz ntz > interval", .each = ntz_difference },
  { .name = "spark_timestamp_add_calendar",
    .signature = "timestamp interval > timestamp",
    .each = timestamp_add_calendar },
  { .name = "spark_ntz_add_calendar", .signature = "ntz interval > ntz", .each = ntz_add_calendar },
  { .name = "spark_date_add_calendar", .signature = "date interval > date", .each = date_add_calendar },
  { .name = "spark_calendar_add", .signature = "interval interval > interval", .each = calendar_add },
  { .name = "spark_calendar_negate", .signature = "interval > interval", .each = calendar_negate },
  { .name = "spark_calendar_multiply", .signature = "interval double > interval", .each = calendar_multiply },
  { .name = "spark_calendar_divide", .signature = "interval double > interval", .each = calendar_divide },
  { .name = "spark_interval_add", .signature = "interval interval > interval", .each = add },
  { .name = "spark_interval_subtract", .signature = "interval interval > interval", .each = subtract },
  { .name = "spark_interval_negate", .signature = "interval > interval", .each = negate },
  { .name = "spark_interval_multiply_bigint", .signature = "interval bigint > interval", .each = multiply_bigint },
  { .name = "spark_interval_multiply_double", .signature = "interval double > interval", .each = multiply_double },
  { .name = "spark_interval_multiply_decimal", .each = multiply_decimal },
  { .name = "spark_interval_divide_bigint", .signature = "interval bigint > interval", .each = divide_bigint },
  { .name = "spark_interval_divide_double", .signature = "interval double > interval", .each = divide_double },
  { .name = "spark_interval_divide_decimal", .each = divide_decimal },
  { .name = "spark_interval_quotient", .signature = "interval interval > bigint", .each = quotient },
  { .name = "spark_interval_signum", .signature = "interval > double", .each = signum },
  { .name = "spark_interval_abs", .signature = "interval > interval", .each = absolute },
};

UDF_FAMILY(interval_udfs, rows);
