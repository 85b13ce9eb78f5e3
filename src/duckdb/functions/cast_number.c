/* Casts from integers, booleans, floating point and decimals. */
#include "duckdb/functions/cast.h"

#include <math.h>

/* From integers and booleans. */

bool integer_to_integer(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  (void)call;
  return cast_write_integer(out, out_row, cast_read_integer(in, row));
}

bool integer_to_integer_exactly(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                size_t out_row)
{
  (void)call;
  int64_t value = cast_read_integer(in, row);
  return cast_fits(out->type, value) && cast_write_integer(out, out_row, value);
}

bool integer_to_floating(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  (void)call;
  if (out->type->id == TYPE_FLOAT)
    OUT(float) = (float)cast_read_integer(in, row); /* by way of a double it would be rounded twice */
  else
    OUT(double) = (double)cast_read_integer(in, row);
  return true;
}

static bool write_whole_decimal(struct vector *out, size_t out_row, int128 value)
{
  int128 unscaled;
  if (!decimal_rescale(value, 0, out->type->precision, out->type->scale, &unscaled))
    return false;
  vector_set_decimal(out, out_row, unscaled);
  return true;
}

bool integer_to_decimal(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  (void)call;
  return write_whole_decimal(out, out_row, cast_read_integer(in, row));
}

bool integer_to_boolean(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  (void)call;
  OUT(bool) = cast_read_integer(in, row) != 0;
  return true;
}

/* Seconds since 1970; what is out of range is the last instant, as TimeUnit.toMicros has it. */
bool integer_to_timestamp(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                          size_t out_row)
{
  (void)call;
  int64_t seconds = cast_read_integer(in, row);
  if (__builtin_mul_overflow(seconds, INT64_C(1000000), &OUT(int64_t)))
    OUT(int64_t) = seconds < 0 ? INT64_MIN : INT64_MAX;
  return true;
}

bool integer_to_binary(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  (void)call;
  size_t size = in->type->id == TYPE_TINYINT ? 1 : in->type->id == TYPE_SMALLINT ? 2 : in->type->id == TYPE_INT ? 4 : 8;
  uint64_t value = (uint64_t)cast_read_integer(in, row);
  char bytes[8];
  for (size_t i = 0; i < size; i++)
    bytes[i] = (char)(value >> 8 * (size - 1 - i) & 0xFF);
  vector_set_text(out, out_row, (struct text){ bytes, size });
  return true;
}

bool boolean_to_integer(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  (void)call;
  return cast_write_integer(out, out_row, IN(bool));
}

bool boolean_to_floating(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  (void)call;
  return cast_write_floating(out, out_row, IN(bool));
}

bool boolean_to_decimal(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  (void)call;
  return write_whole_decimal(out, out_row, IN(bool));
}

bool boolean_to_timestamp(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                          size_t out_row)
{
  (void)call;
  OUT(int64_t) = IN(bool); /* a microsecond after 1970 */
  return true;
}

/* From floating point. */

/* Java's (long) of a double: NaN is 0, what is out of range is the nearest bound. */
static int64_t saturate(double value, int64_t low, int64_t high)
{
  if (isnan(value))
    return 0;
  if (value <= (double)low)
    return low;
  return value >= (double)high ? high : (int64_t)value;
}

bool floating_to_integer(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  (void)call;
  bool is_long = out->type->id == TYPE_BIGINT;
  double value = cast_read_floating(in, row);
  return cast_write_integer(out, out_row,
                            saturate(value, is_long ? INT64_MIN : INT32_MIN, is_long ? INT64_MAX : INT32_MAX));
}

bool floating_to_integer_exactly(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                 size_t out_row)
{
  (void)call;
  double value = cast_read_floating(in, row);
  if (isnan(value) || fabs(value) >= 1e19)
    return false;
  return cast_fits(out->type, (int128)value) && cast_write_integer(out, out_row, (int64_t)(int128)value);
}

bool floating_to_floating(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                          size_t out_row)
{
  (void)call;
  return cast_write_floating(out, out_row, cast_read_floating(in, row));
}

bool floating_to_decimal(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  (void)call;
  int128 unscaled;
  if (!double_to_decimal(cast_read_floating(in, row), out->type->precision, out->type->scale, &unscaled))
    return false;
  vector_set_decimal(out, out_row, unscaled);
  return true;
}

bool floating_to_boolean(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  (void)call;
  OUT(bool) = cast_read_floating(in, row) != 0;
  return true;
}

bool floating_to_timestamp(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                           size_t out_row)
{
  double value = cast_read_floating(in, row);
  bool is_out = value * 1e6 >= 0x1p63 || value * 1e6 < -0x1p63;
  if (isnan(value) || isinf(value) || (is_out && cast_is_try(call)))
    return false;
  OUT(int64_t) = saturate(value * 1e6, INT64_MIN, INT64_MAX);
  return true;
}

/* From decimals. */

static int128 whole_part(const struct vector *in, size_t row)
{
  return vector_decimal(in, row) / cast_power_of_ten(in->type->scale);
}

bool decimal_to_integer(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  (void)call;
  return cast_write_integer(out, out_row, (int64_t)whole_part(in, row));
}

bool decimal_to_integer_exactly(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                size_t out_row)
{
  (void)call;
  int128 value = whole_part(in, row);
  return cast_fits(out->type, value) && cast_write_integer(out, out_row, (int64_t)value);
}

bool decimal_to_floating(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  int128 unscaled = vector_decimal(in, row);
  bool is_exact = unscaled > -((int128)1 << 53) && unscaled < (int128)1 << 53 && in->type->scale <= 22;
  if (is_exact && out->type->id == TYPE_DOUBLE) {
    OUT(double) = (double)unscaled / (double)cast_power_of_ten(in->type->scale);
    return true;
  }
  text_buffer_clear(&call->buffer);
  decimal_add_plain(unscaled, in->type->scale, &call->buffer);
  if (out->type->id == TYPE_FLOAT)
    return text_to_float(text_buffer_text(&call->buffer), &OUT(float));
  return text_to_double(text_buffer_text(&call->buffer), &OUT(double));
}

bool decimal_to_decimal(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  (void)call;
  int128 unscaled;
  if (!decimal_rescale(vector_decimal(in, row), in->type->scale, out->type->precision, out->type->scale, &unscaled))
    return false;
  vector_set_decimal(out, out_row, unscaled);
  return true;
}

bool decimal_to_boolean(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  (void)call;
  OUT(bool) = vector_decimal(in, row) != 0;
  return true;
}

/* Seconds with a fraction, cut to microseconds; beyond 64 bits the low ones, as BigDecimal.longValue. */
bool decimal_to_timestamp(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                          size_t out_row)
{
  (void)call;
  int scale = in->type->scale;
  int128 value = vector_decimal(in, row);
  if (scale >= 6)
    value /= cast_power_of_ten(scale - 6);
  else
    value = (int128)((uint128)value * (uint128)cast_power_of_ten(6 - scale));
  OUT(int64_t) = (int64_t)value;
  return true;
}
