/* Casts between all types, as Spark does them with ANSI off (spark_cast) and as try_cast does (spark_try_cast). */
#include "engine/duckdb/functions_internal.h"

#include <math.h>

/* Casts one value; false where the result is null. */
typedef bool cast_one(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row);

#define IN(c_type) (((const c_type *)in->data)[row])
#define OUT(c_type) (((c_type *)out->data)[out_row])

static cast_one *find_cast(const struct type *from, const struct type *to, bool is_try);
static bool cast_value(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row);

static bool is_try(const struct udf_call *call)
{
  return strcmp(call->function->name, "spark_try_cast") == 0;
}

/* Numbers of any width. */

static int64_t read_integer(const struct vector *in, size_t row)
{
  switch (in->type->id) {
  case TYPE_TINYINT:
    return IN(int8_t);
  case TYPE_SMALLINT:
    return IN(int16_t);
  case TYPE_INT:
    return IN(int32_t);
  default:
    return IN(int64_t);
  }
}

/* Keeps the low bits, as Java's narrowing does. */
static bool write_integer(struct vector *out, size_t out_row, int64_t value)
{
  switch (out->type->id) {
  case TYPE_TINYINT:
    OUT(int8_t) = (int8_t)value;
    return true;
  case TYPE_SMALLINT:
    OUT(int16_t) = (int16_t)value;
    return true;
  case TYPE_INT:
    OUT(int32_t) = (int32_t)value;
    return true;
  default:
    OUT(int64_t) = value;
    return true;
  }
}

static bool fits(const struct type *type, int128 value)
{
  static const int bits[] = { [TYPE_TINYINT] = 7, [TYPE_SMALLINT] = 15, [TYPE_INT] = 31, [TYPE_BIGINT] = 63 };
  int128 limit = (int128)1 << bits[type->id];
  return value >= -limit && value < limit;
}

static double read_floating(const struct vector *in, size_t row)
{
  return in->type->id == TYPE_FLOAT ? (double)IN(float) : IN(double);
}

static bool write_floating(struct vector *out, size_t out_row, double value)
{
  if (out->type->id == TYPE_FLOAT)
    OUT(float) = (float)value;
  else
    OUT(double) = value;
  return true;
}

static int128 power_of_ten(int exponent)
{
  int128 power = 1;
  while (exponent-- > 0)
    power *= 10;
  return power;
}

/* From text. */

static bool text_to_boolean_cast(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                 size_t out_row)
{
  (void)call;
  return text_to_boolean(vector_text(in, row), &OUT(bool));
}

static bool text_to_tinyint_cast(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                 size_t out_row)
{
  (void)call;
  return text_to_tinyint(vector_text(in, row), &OUT(int8_t));
}

static bool text_to_smallint_cast(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                  size_t out_row)
{
  (void)call;
  return text_to_smallint(vector_text(in, row), &OUT(int16_t));
}

static bool text_to_int_cast(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                             size_t out_row)
{
  (void)call;
  return text_to_int(vector_text(in, row), &OUT(int32_t));
}

static bool text_to_bigint_cast(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                size_t out_row)
{
  (void)call;
  return text_to_bigint(vector_text(in, row), &OUT(int64_t));
}

static bool text_to_integer_exactly(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                    size_t out_row)
{
  (void)call;
  int64_t value;
  return text_to_integer_exact(vector_text(in, row), &value) && fits(out->type, value) &&
         write_integer(out, out_row, value);
}

static bool text_to_float_cast(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                               size_t out_row)
{
  (void)call;
  return text_to_float(vector_text(in, row), &OUT(float));
}

static bool text_to_double_cast(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                size_t out_row)
{
  (void)call;
  return text_to_double(vector_text(in, row), &OUT(double));
}

static bool text_to_decimal_cast(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                 size_t out_row)
{
  (void)call;
  int128 unscaled;
  if (!text_to_decimal(vector_text(in, row), out->type->precision, out->type->scale, &unscaled))
    return false;
  vector_set_decimal(out, out_row, unscaled);
  return true;
}

static bool text_to_date_cast(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                              size_t out_row)
{
  (void)call;
  return text_to_date(vector_text(in, row), &OUT(int32_t));
}

static bool text_to_timestamp_cast(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                   size_t out_row)
{
  return text_to_timestamp(vector_text(in, row), call->zone, &OUT(int64_t));
}

static bool text_to_ntz_cast(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                             size_t out_row)
{
  (void)call;
  return text_to_timestamp_ntz(vector_text(in, row), &OUT(int64_t));
}

static bool copy_bytes(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  (void)call;
  vector_set_text(out, out_row, vector_text(in, row));
  return true;
}

/* To text. */

static bool to_text(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  text_buffer_clear(&call->buffer);
  vector_add_text(call, in, row, &call->buffer);
  struct text text = text_buffer_text(&call->buffer);
  if (text_is_utf8(text)) {
    vector_set_text(out, out_row, text);
    return true;
  }
  struct udf_call copy = *call; /* bytes that are no text become U+FFFD */
  copy.result = *out;
  return return_bytes_as_text(&copy, out_row, text);
}

/* From integers and booleans. */

static bool integer_to_integer(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                               size_t out_row)
{
  (void)call;
  return write_integer(out, out_row, read_integer(in, row));
}

static bool integer_to_integer_exactly(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                       size_t out_row)
{
  (void)call;
  int64_t value = read_integer(in, row);
  return fits(out->type, value) && write_integer(out, out_row, value);
}

static bool integer_to_floating(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                size_t out_row)
{
  (void)call;
  if (out->type->id == TYPE_FLOAT)
    OUT(float) = (float)read_integer(in, row); /* by way of a double it would be rounded twice */
  else
    OUT(double) = (double)read_integer(in, row);
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

static bool integer_to_decimal(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                               size_t out_row)
{
  (void)call;
  return write_whole_decimal(out, out_row, read_integer(in, row));
}

static bool integer_to_boolean(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                               size_t out_row)
{
  (void)call;
  OUT(bool) = read_integer(in, row) != 0;
  return true;
}

/* Seconds since 1970; what is out of range is the last instant, as TimeUnit.toMicros has it. */
static bool integer_to_timestamp(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                 size_t out_row)
{
  (void)call;
  int64_t seconds = read_integer(in, row);
  if (__builtin_mul_overflow(seconds, INT64_C(1000000), &OUT(int64_t)))
    OUT(int64_t) = seconds < 0 ? INT64_MIN : INT64_MAX;
  return true;
}

static bool integer_to_binary(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                              size_t out_row)
{
  (void)call;
  size_t size = in->type->id == TYPE_TINYINT ? 1 : in->type->id == TYPE_SMALLINT ? 2 : in->type->id == TYPE_INT ? 4 : 8;
  uint64_t value = (uint64_t)read_integer(in, row);
  char bytes[8];
  for (size_t i = 0; i < size; i++)
    bytes[i] = (char)(value >> 8 * (size - 1 - i) & 0xFF);
  vector_set_text(out, out_row, (struct text){ bytes, size });
  return true;
}

static bool boolean_to_integer(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                               size_t out_row)
{
  (void)call;
  return write_integer(out, out_row, IN(bool));
}

static bool boolean_to_floating(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                size_t out_row)
{
  (void)call;
  return write_floating(out, out_row, IN(bool));
}

static bool boolean_to_decimal(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                               size_t out_row)
{
  (void)call;
  return write_whole_decimal(out, out_row, IN(bool));
}

static bool boolean_to_timestamp(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
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

static bool floating_to_integer(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                size_t out_row)
{
  (void)call;
  bool is_long = out->type->id == TYPE_BIGINT;
  double value = read_floating(in, row);
  return write_integer(out, out_row, saturate(value, is_long ? INT64_MIN : INT32_MIN, is_long ? INT64_MAX : INT32_MAX));
}

static bool floating_to_integer_exactly(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                        size_t out_row)
{
  (void)call;
  double value = read_floating(in, row);
  if (isnan(value) || fabs(value) >= 1e19)
    return false;
  return fits(out->type, (int128)value) && write_integer(out, out_row, (int64_t)(int128)value);
}

static bool floating_to_floating(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                 size_t out_row)
{
  (void)call;
  return write_floating(out, out_row, read_floating(in, row));
}

static bool floating_to_decimal(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                size_t out_row)
{
  (void)call;
  int128 unscaled;
  if (!double_to_decimal(read_floating(in, row), out->type->precision, out->type->scale, &unscaled))
    return false;
  vector_set_decimal(out, out_row, unscaled);
  return true;
}

static bool floating_to_boolean(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                size_t out_row)
{
  (void)call;
  OUT(bool) = read_floating(in, row) != 0;
  return true;
}

static bool floating_to_timestamp(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                  size_t out_row)
{
  (void)call;
  double value = read_floating(in, row);
  if (isnan(value) || isinf(value))
    return false;
  OUT(int64_t) = saturate(value * 1e6, INT64_MIN, INT64_MAX);
  return true;
}

/* From decimals. */

static int128 whole_part(const struct vector *in, size_t row)
{
  return vector_decimal(in, row) / power_of_ten(in->type->scale);
}

static bool decimal_to_integer(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                               size_t out_row)
{
  (void)call;
  return write_integer(out, out_row, (int64_t)whole_part(in, row));
}

static bool decimal_to_integer_exactly(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                       size_t out_row)
{
  (void)call;
  int128 value = whole_part(in, row);
  return fits(out->type, value) && write_integer(out, out_row, (int64_t)value);
}

static bool decimal_to_floating(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                size_t out_row)
{
  int128 unscaled = vector_decimal(in, row);
  bool is_exact = unscaled > -((int128)1 << 53) && unscaled < (int128)1 << 53 && in->type->scale <= 22;
  if (is_exact && out->type->id == TYPE_DOUBLE) {
    OUT(double) = (double)unscaled / (double)power_of_ten(in->type->scale);
    return true;
  }
  text_buffer_clear(&call->buffer);
  decimal_add_plain(unscaled, in->type->scale, &call->buffer);
  if (out->type->id == TYPE_FLOAT)
    return text_to_float(text_buffer_text(&call->buffer), &OUT(float));
  return text_to_double(text_buffer_text(&call->buffer), &OUT(double));
}

static bool decimal_to_decimal(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                               size_t out_row)
{
  (void)call;
  int128 unscaled;
  if (!decimal_rescale(vector_decimal(in, row), in->type->scale, out->type->precision, out->type->scale, &unscaled))
    return false;
  vector_set_decimal(out, out_row, unscaled);
  return true;
}

static bool decimal_to_boolean(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                               size_t out_row)
{
  (void)call;
  OUT(bool) = vector_decimal(in, row) != 0;
  return true;
}

/* Seconds with a fraction, cut to microseconds; beyond 64 bits the low ones, as BigDecimal.longValue. */
static bool decimal_to_timestamp(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                 size_t out_row)
{
  (void)call;
  int scale = in->type->scale;
  int128 value = vector_decimal(in, row);
  if (scale >= 6)
    value /= power_of_ten(scale - 6);
  else
    value = (int128)((uint128)value * (uint128)power_of_ten(6 - scale));
  OUT(int64_t) = (int64_t)value;
  return true;
}

/* From dates and timestamps. */

static const int64_t day_us = INT64_C(86400000000);

static int64_t floor_divide(int64_t a, int64_t b)
{
  return a / b - (a % b < 0);
}

static bool always_null(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  (void)call;
  (void)in;
  (void)row;
  (void)out;
  (void)out_row;
  return false;
}

static bool date_to_timestamp(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                              size_t out_row)
{
  int64_t local;
  if (__builtin_mul_overflow((int64_t)IN(int32_t), day_us, &local))
    return false;
  OUT(int64_t) = out->type->id == TYPE_TIMESTAMP ? timezone_to_utc(call->zone, local) : local;
  return true;
}

static bool timestamp_to_date(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                              size_t out_row)
{
  int64_t value = IN(int64_t);
  int64_t local = in->type->id == TYPE_TIMESTAMP ? timezone_to_local(call->zone, value) : value;
  OUT(int32_t) = (int32_t)floor_divide(local, day_us);
  return true;
}

static bool timestamp_to_ntz(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                             size_t out_row)
{
  OUT(int64_t) = timezone_to_local(call->zone, IN(int64_t));
  return true;
}

static bool ntz_to_timestamp(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                             size_t out_row)
{
  OUT(int64_t) = timezone_to_utc(call->zone, IN(int64_t));
  return true;
}

static bool timestamp_to_integer(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                 size_t out_row)
{
  (void)call;
  int64_t seconds = floor_divide(IN(int64_t), 1000000);
  return fits(out->type, seconds) && write_integer(out, out_row, seconds);
}

static bool timestamp_to_floating(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                  size_t out_row)
{
  (void)call;
  return write_floating(out, out_row, (double)IN(int64_t) / 1e6);
}

static bool timestamp_to_decimal(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                 size_t out_row)
{
  (void)call;
  int128 unscaled;
  if (!double_to_decimal((double)IN(int64_t) / 1e6, out->type->precision, out->type->scale, &unscaled))
    return false;
  vector_set_decimal(out, out_row, unscaled);
  return true;
}

static bool timestamp_to_boolean(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                 size_t out_row)
{
  (void)call;
  OUT(bool) = IN(int64_t) != 0;
  return true;
}

/* Cuts an interval to the last unit of its new type. */
static bool interval_to_interval(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
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
static bool interval_to_integer(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                size_t out_row)
{
  const duckdb_interval *interval = &IN(duckdb_interval);
  enum interval_unit unit = in->type->last_unit;
  int64_t value = unit == UNIT_YEAR    ? interval->months / 12
                  : unit == UNIT_MONTH ? interval->months
                                       : interval->micros / unit_us(unit);
  if (!fits(out->type, value))
    return !is_try(call) &&
           udf_fail(call, "CAST_OVERFLOW", "an interval of %lld is out of the range of its cast", (long long)value);
  return write_integer(out, out_row, value);
}

static bool interval_to_decimal(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                size_t out_row)
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
    return !is_try(call) && udf_fail(call, "NUMERIC_VALUE_OUT_OF_RANGE.WITHOUT_SUGGESTION",
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
    return !is_try(call) && udf_fail(call, "CAST_OVERFLOW", "a number is out of the range of an interval");
  OUT(duckdb_interval) =
      (duckdb_interval){ .months = is_month ? (int32_t)amount : 0, .micros = is_month ? 0 : (int64_t)amount };
  return true;
}

static bool integer_to_interval(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                size_t out_row)
{
  return write_interval(call, out, out_row, read_integer(in, row), 0);
}

static bool decimal_to_interval(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                                size_t out_row)
{
  return write_interval(call, out, out_row, vector_decimal(in, row), in->type->scale);
}

/* Arrays, maps and structs: part by part. */

static bool list_to_list(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  duckdb_list_entry list = vector_list(in, row);
  size_t n_children = out->type->id == TYPE_MAP ? 2 : 1;
  size_t start = duckdb_list_vector_get_size(out->handle);
  duckdb_list_vector_reserve(out->handle, start + list.length);
  duckdb_list_vector_set_size(out->handle, start + list.length);
  struct vector opened;
  vector_open(&call->arena, out->type, out->handle, true, &opened);
  for (size_t i = 0; i < list.length; i++) {
    for (size_t child = 0; child < n_children; child++) {
      bool is_value = cast_value(call, &in->children[child], list.offset + i, &opened.children[child], start + i);
      if (!is_value && out->type->id == TYPE_MAP && child == 0)
        return false; /* a map has no null keys */
      if (!is_value)
        vector_set_null(&opened.children[child], start + i);
    }
  }
  ((duckdb_list_entry *)opened.data)[out_row] = (duckdb_list_entry){ .offset = start, .length = list.length };
  *out = opened;
  return true;
}

static bool struct_to_struct(struct udf_call *call, const struct vector *in, size_t row, struct vector *out,
                             size_t out_row)
{
  for (size_t i = 0; i < out->type->n_fields; i++)
    if (!cast_value(call, &in->children[i], row, &out->children[i], out_row))
      vector_set_null(&out->children[i], out_row);
  return true;
}

/* Which cast is for which types: the first row that fits. Sets of types are written as bits. */
#define BIT(id) (1u << (id))
#define INTEGERS (BIT(TYPE_TINYINT) | BIT(TYPE_SMALLINT) | BIT(TYPE_INT) | BIT(TYPE_BIGINT))
#define FLOATINGS (BIT(TYPE_FLOAT) | BIT(TYPE_DOUBLE))
#define DECIMALS BIT(TYPE_DECIMAL)
#define TEXTS BIT(TYPE_STRING)
#define INSTANTS (BIT(TYPE_TIMESTAMP) | BIT(TYPE_TIMESTAMP_NTZ))
#define INTERVALS (BIT(TYPE_INTERVAL_YEAR_MONTH) | BIT(TYPE_INTERVAL_DAY_TIME))

static const struct cast_row {
  unsigned from, to;
  cast_one *cast, *try_cast; /* try_cast: NULL where it is the same */
} cast_rows[] = {
  { TEXTS, BIT(TYPE_BOOLEAN), text_to_boolean_cast, NULL },
  { TEXTS, BIT(TYPE_TINYINT), text_to_tinyint_cast, text_to_integer_exactly },
  { TEXTS, BIT(TYPE_SMALLINT), text_to_smallint_cast, text_to_integer_exactly },
  { TEXTS, BIT(TYPE_INT), text_to_int_cast, text_to_integer_exactly },
  { TEXTS, BIT(TYPE_BIGINT), text_to_bigint_cast, text_to_integer_exactly },
  { TEXTS, BIT(TYPE_FLOAT), text_to_float_cast, NULL },
  { TEXTS, BIT(TYPE_DOUBLE), text_to_double_cast, NULL },
  { TEXTS, DECIMALS, text_to_decimal_cast, NULL },
  { TEXTS, BIT(TYPE_DATE), text_to_date_cast, NULL },
  { TEXTS, BIT(TYPE_TIMESTAMP), text_to_timestamp_cast, NULL },
  { TEXTS, BIT(TYPE_TIMESTAMP_NTZ), text_to_ntz_cast, NULL },
  { TEXTS | BIT(TYPE_BINARY), BIT(TYPE_BINARY), copy_bytes, NULL },
  { ~0u, TEXTS, to_text, NULL },
  { INTEGERS, INTEGERS, integer_to_integer, integer_to_integer_exactly },
  { INTEGERS, FLOATINGS, integer_to_floating, NULL },
  { INTEGERS, DECIMALS, integer_to_decimal, NULL },
  { INTEGERS, BIT(TYPE_BOOLEAN), integer_to_boolean, NULL },
  { INTEGERS, BIT(TYPE_TIMESTAMP), integer_to_timestamp, NULL },
  { INTEGERS, BIT(TYPE_BINARY), integer_to_binary, NULL },
  { BIT(TYPE_BOOLEAN), INTEGERS, boolean_to_integer, NULL },
  { BIT(TYPE_BOOLEAN), FLOATINGS, boolean_to_floating, NULL },
  { BIT(TYPE_BOOLEAN), DECIMALS, boolean_to_decimal, NULL },
  { BIT(TYPE_BOOLEAN), BIT(TYPE_TIMESTAMP), boolean_to_timestamp, NULL },
  { FLOATINGS, INTEGERS, floating_to_integer, floating_to_integer_exactly },
  { FLOATINGS, FLOATINGS, floating_to_floating, NULL },
  { FLOATINGS, DECIMALS, floating_to_decimal, NULL },
  { FLOATINGS, BIT(TYPE_BOOLEAN), floating_to_boolean, NULL },
  { FLOATINGS, BIT(TYPE_TIMESTAMP), floating_to_timestamp, NULL },
  { DECIMALS, INTEGERS, decimal_to_integer, decimal_to_integer_exactly },
  { DECIMALS, FLOATINGS, decimal_to_floating, NULL },
  { DECIMALS, DECIMALS, decimal_to_decimal, NULL },
  { DECIMALS, BIT(TYPE_BOOLEAN), decimal_to_boolean, NULL },
  { DECIMALS, BIT(TYPE_TIMESTAMP), decimal_to_timestamp, NULL },
  { BIT(TYPE_DATE), INSTANTS, date_to_timestamp, NULL },
  { INSTANTS, BIT(TYPE_DATE), timestamp_to_date, NULL },
  { BIT(TYPE_TIMESTAMP), BIT(TYPE_TIMESTAMP_NTZ), timestamp_to_ntz, NULL },
  { BIT(TYPE_TIMESTAMP_NTZ), BIT(TYPE_TIMESTAMP), ntz_to_timestamp, NULL },
  { BIT(TYPE_TIMESTAMP), INTEGERS, timestamp_to_integer, NULL },
  { BIT(TYPE_TIMESTAMP), FLOATINGS, timestamp_to_floating, NULL },
  { BIT(TYPE_TIMESTAMP), DECIMALS, timestamp_to_decimal, NULL },
  { BIT(TYPE_TIMESTAMP), BIT(TYPE_BOOLEAN), timestamp_to_boolean, NULL },
  { INTERVALS, INTERVALS, interval_to_interval, NULL },
  { INTERVALS, INTEGERS, interval_to_integer, NULL },
  { INTERVALS, DECIMALS, interval_to_decimal, NULL },
  { INTEGERS, INTERVALS, integer_to_interval, NULL },
  { DECIMALS, INTERVALS, decimal_to_interval, NULL },
  { BIT(TYPE_ARRAY), BIT(TYPE_ARRAY), list_to_list, NULL },
  { BIT(TYPE_MAP), BIT(TYPE_MAP), list_to_list, NULL },
  { BIT(TYPE_STRUCT), BIT(TYPE_STRUCT), struct_to_struct, NULL },
};

static bool copy_value(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  vector_copy(call, out, out_row, in, row);
  return true;
}

static cast_one *find_cast(const struct type *from, const struct type *to, bool is_trying)
{
  if (type_equal(from, to))
    return copy_value;
  for (size_t i = 0; i < ARRAY_LENGTH(cast_rows); i++) {
    const struct cast_row *row = &cast_rows[i];
    if ((row->from & BIT(from->id)) != 0 && (row->to & BIT(to->id)) != 0)
      return is_trying && row->try_cast != NULL ? row->try_cast : row->cast;
  }
  return always_null; /* a date as a number, NULL as anything */
}

static bool cast_value(struct udf_call *call, const struct vector *in, size_t row, struct vector *out, size_t out_row)
{
  return !vector_is_null(in, row) && find_cast(in->type, out->type, is_try(call))(call, in, row, out, out_row);
}

static void cast_chunk(struct udf_call *call)
{
  const struct vector *in = &call->args[0];
  struct vector *out = &call->result;
  cast_one *cast = find_cast(in->type, out->type, is_try(call));
  for (size_t row = 0; row < call->n_rows; row++)
    if (vector_is_null(in, row) || !cast(call, in, row, out, row))
      vector_set_null(out, row);
}

static const struct udf rows[] = {
  { .name = "spark_cast", .all = cast_chunk },
  { .name = "spark_try_cast", .all = cast_chunk },
};

UDF_FAMILY(cast_udfs, rows);
