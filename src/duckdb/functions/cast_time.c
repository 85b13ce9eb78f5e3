/* Casts from dates, timestamps and intervals, and to intervals. */
#include "duckdb/functions/cast.h"

static const int64_t day_us = INT64_C(86400000000);

bool always_null(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  (void)call;
  (void)in;
  (void)row;
  (void)out;
  (void)out_row;
  return false;
}

bool date_to_timestamp(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  int64_t local;
  if (__builtin_mul_overflow((int64_t)IN(int32_t), day_us, &local))
    return !cast_is_try(call) && udf_fail(call, "ARITHMETIC_OVERFLOW", "a date is out of the range of timestamps");
  OUT(int64_t) = out->type->id == TYPE_TIMESTAMP ? timezone_to_utc(call->zone, local) : local;
  return true;
}

bool timestamp_to_date(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  int64_t value = IN(int64_t);
  int64_t local = in->type->id == TYPE_TIMESTAMP ? timezone_to_local(call->zone, value) : value;
  OUT(int32_t) = (int32_t)floor_divide(local, day_us);
  return true;
}

bool timestamp_to_ntz(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  OUT(int64_t) = timezone_to_local(call->zone, IN(int64_t));
  return true;
}

bool ntz_to_timestamp(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  OUT(int64_t) = timezone_to_utc(call->zone, IN(int64_t));
  return true;
}

bool timestamp_to_integer(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                          size_t out_row)
{
  (void)call;
  int64_t seconds = floor_divide(IN(int64_t), 1000000);
  return cast_fits(out->type, seconds) && cast_write_integer(out, out_row, seconds);
}

bool timestamp_to_floating(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                           size_t out_row)
{
  (void)call;
  return cast_write_floating(out, out_row, (double)IN(int64_t) / 1e6);
}

bool timestamp_to_decimal(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                          size_t out_row)
{
  (void)call;
  int128 unscaled;
  if (!decimal_rescale(IN(int64_t), 6, out->type->precision, out->type->scale, &unscaled))
    return false;
  vector_set_decimal(out, out_row, unscaled);
  return true;
}

bool timestamp_to_boolean(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                          size_t out_row)
{
  (void)call;
  OUT(bool) = IN(int64_t) != 0;
  return true;
}

/* Cuts an interval to the last unit of its new type. */
bool interval_to_interval(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                          size_t out_row)
{
  static const int64_t unit_us[] = {
    [UNIT_DAY] = INT64_C(86400000000),
    [UNIT_HOUR] = INT64_C(3600000000),
    [UNIT_MINUTE] = 60000000,
    [UNIT_SECOND] = 1,
  };
  (void)call;
  duckdb_interval value = IN(duckdb_interval);
  enum interval_unit unit = out->type->last_unit;
  if (unit == UNIT_YEAR)
    value.months -= value.months % 12;
  else if (unit > UNIT_MONTH)
    value.micros -= value.micros % unit_us[unit];
  OUT(duckdb_interval) = value;
  return true;
}

static int64_t unit_us(enum interval_unit unit)
{
  static const int64_t micros[] = {
    [UNIT_DAY] = INT64_C(86400000000),
    [UNIT_HOUR] = INT64_C(3600000000),
    [UNIT_MINUTE] = 60000000,
    [UNIT_SECOND] = 1000000,
  };
  return micros[unit];
}

/* An interval as a number of its last unit. */
bool interval_to_integer(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  const duckdb_interval *interval = &IN(duckdb_interval);
  enum interval_unit unit = in->type->last_unit;
  int64_t value = unit == UNIT_YEAR    ? interval->months / 12
                  : unit == UNIT_MONTH ? interval->months
                                       : interval->micros / unit_us(unit);
  if (!cast_fits(out->type, value))
    return !cast_is_try(call) &&
           udf_fail(call, "CAST_OVERFLOW", "an interval of %lld is out of the range of its cast", (long long)value);
  return cast_write_integer(out, out_row, value);
}

bool interval_to_decimal(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  const duckdb_interval *interval = &IN(duckdb_interval);
  enum interval_unit unit = in->type->last_unit;
  int128 unscaled = unit == UNIT_YEAR ? interval->months / 12 : interval->months;
  int scale = 0;
  if (unit > UNIT_MONTH) {
    unscaled = unit == UNIT_SECOND ? interval->micros : interval->micros / unit_us(unit);
    scale = unit == UNIT_SECOND ? 6 : 0;
  }
  if (!decimal_rescale(unscaled, scale, out->type->precision, out->type->scale, &unscaled))
    return !cast_is_try(call) && udf_fail(call, "NUMERIC_VALUE_OUT_OF_RANGE.WITHOUT_SUGGESTION",
                                          "an interval is out of the range of its cast");
  vector_set_decimal(out, out_row, unscaled);
  return true;
}

/* A number of the interval's last unit, with a fraction in `scale` digits. */
static bool write_interval(struct udf_call *call, struct vector *out, size_t out_row, int128 number, int scale)
{
  enum interval_unit unit = out->type->last_unit;
  bool is_month = unit <= UNIT_MONTH;
  int128 factor = unit == UNIT_YEAR ? 12 : unit == UNIT_MONTH ? 1 : unit_us(unit);
  int128 amount;
  bool fits_all = !__builtin_mul_overflow(number, factor, &amount) && decimal_rescale(amount, scale, 38, 0, &amount) &&
                  (is_month ? amount == (int32_t)amount : amount == (int64_t)amount);
  if (!fits_all)
    return !cast_is_try(call) && udf_fail(call, "CAST_OVERFLOW", "a number is out of the range of an interval");
  OUT(duckdb_interval) =
      (duckdb_interval){ .months = is_month ? (int32_t)amount : 0, .micros = is_month ? 0 : (int64_t)amount };
  return true;
}

bool integer_to_interval(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  return write_interval(call, out, out_row, cast_read_integer(in, row), 0);
}

bool decimal_to_interval(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  return write_interval(call, out, out_row, vector_decimal(in, row), in->type->scale);
}
