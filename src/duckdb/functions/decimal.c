/* Arithmetic on decimals: exact in 256 bits, then rounded half up to the result's scale; null where it does not fit. */
#include "duckdb/functions/internal.h"

/* An unsigned number of 256 bits. */
struct wide {
  uint128 high, low;
};

static uint128 magnitude(int128 value)
{
  return value < 0 ? 0 - (uint128)value : (uint128)value;
}

static struct wide wide_multiply(uint128 a, uint128 b)
{
  if ((a | b) <= UINT64_MAX)
    return (struct wide){ .low = a * b };
  uint128 mask = ~UINT64_C(0);
  uint128 a_low = a & mask;
  uint128 a_high = a >> 64;
  uint128 b_low = b & mask;
  uint128 b_high = b >> 64;
  uint128 low = a_low * b_low;
  uint128 middle = a_high * b_low + (low >> 64);
  uint128 cross = a_low * b_high + (middle & mask);
  return (struct wide){ .high = a_high * b_high + (middle >> 64) + (cross >> 64), .low = (cross << 64) | (low & mask) };
}

/* The product with a number of 128 bits; false where it has more than 256. */
static bool wide_scale(struct wide *value, uint128 factor)
{
  struct wide low = wide_multiply(value->low, factor);
  struct wide high = wide_multiply(value->high, factor);
  value->low = low.low;
  return high.high == 0 && !__builtin_add_overflow(low.high, high.low, &value->high);
}

static uint128 power_of_ten(int exponent)
{
  static const uint64_t powers[] = {
    UINT64_C(1),
    UINT64_C(10),
    UINT64_C(100),
    UINT64_C(1000),
    UINT64_C(10000),
    UINT64_C(100000),
    UINT64_C(1000000),
    UINT64_C(10000000),
    UINT64_C(100000000),
    UINT64_C(1000000000),
    UINT64_C(10000000000),
    UINT64_C(100000000000),
    UINT64_C(1000000000000),
    UINT64_C(10000000000000),
    UINT64_C(100000000000000),
    UINT64_C(1000000000000000),
    UINT64_C(10000000000000000),
    UINT64_C(100000000000000000),
    UINT64_C(1000000000000000000),
    UINT64_C(10000000000000000000),
  };
  return exponent < 20 ? powers[exponent] : (uint128)powers[19] * powers[exponent - 19];
}

/* Multiplies by 10^exponent, exponent up to 76. */
static bool wide_scale_ten(struct wide *value, int exponent)
{
  if (value->high == 0 && value->low <= UINT64_MAX && exponent < 20) {
    value->low *= power_of_ten(exponent);
    return true;
  }
  int first = exponent > 38 ? 38 : exponent;
  return wide_scale(value, power_of_ten(first)) &&
         (exponent == first || wide_scale(value, power_of_ten(exponent - first)));
}

static bool wide_less(struct wide a, struct wide b)
{
  return a.high < b.high || (a.high == b.high && a.low < b.low);
}

static struct wide wide_subtract(struct wide a, struct wide b)
{
  return (struct wide){ .high = a.high - b.high - (a.low < b.low), .low = a.low - b.low };
}

/* Long division, bit by bit; most values fit 128 bits and take the first branch. */
static struct wide wide_divide(struct wide a, struct wide b, struct wide *ret_remainder)
{
  if (a.high == 0 && b.high == 0) {
    *ret_remainder = (struct wide){ .low = a.low % b.low };
    return (struct wide){ .low = a.low / b.low };
  }
  struct wide quotient = { 0 };
  struct wide rest = { 0 };
  for (int bit = 255; bit >= 0; bit--) {
    uint128 next = bit >= 128 ? a.high >> (bit - 128) & 1 : a.low >> bit & 1;
    rest = (struct wide){ .high = (rest.high << 1) | (rest.low >> 127), .low = (rest.low << 1) | next };
    if (wide_less(rest, b))
      continue;
    rest = wide_subtract(rest, b);
    if (bit >= 128)
      quotient.high |= (uint128)1 << (bit - 128);
    else
      quotient.low |= (uint128)1 << bit;
  }
  *ret_remainder = rest;
  return quotient;
}

enum rounding { ROUND_DOWN, ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_CEILING, ROUND_FLOOR };

/* Whether what was cut off a magnitude makes it one more. */
static bool rounds_up(struct wide rest, struct wide divisor, bool is_odd, bool is_negative, enum rounding rounding)
{
  bool has_rest = rest.high != 0 || rest.low != 0;
  struct wide other_half = wide_subtract(divisor, rest);
  bool above_half = wide_less(other_half, rest);
  bool at_half = !above_half && !wide_less(rest, other_half);
  switch (rounding) {
  case ROUND_HALF_UP:
    return above_half || at_half;
  case ROUND_HALF_EVEN:
    return above_half || (at_half && is_odd);
  case ROUND_CEILING:
    return has_rest && !is_negative;
  case ROUND_FLOOR:
    return has_rest && is_negative;
  default:
    return false;
  }
}

/* dividend / divisor, rounded, as a decimal of the result's precision. */
static bool divide_and_round(struct wide dividend, struct wide divisor, bool is_negative, int precision,
                             enum rounding rounding, int128 *ret_value)
{
  struct wide rest;
  struct wide quotient = wide_divide(dividend, divisor, &rest);
  if (quotient.high != 0 || quotient.low >= power_of_ten(38))
    return false;
  quotient.low += rounds_up(rest, divisor, quotient.low & 1, is_negative, rounding);
  if (quotient.low >= power_of_ten(precision))
    return false;
  *ret_value = is_negative ? -(int128)quotient.low : (int128)quotient.low;
  return true;
}

/* Brings a value of one scale to the result's. */
static bool finish(struct udf_call *call, size_t row, struct wide value, int scale, bool is_negative,
                   enum rounding rounding)
{
  const struct type *type = call->result.type;
  struct wide divisor = { .low = 1 };
  int128 result;
  bool fits =
      scale > type->scale ? wide_scale_ten(&divisor, scale - type->scale) : wide_scale_ten(&value, type->scale - scale);
  if (!fits || !divide_and_round(value, divisor, is_negative, type->precision, rounding, &result))
    return false;
  return return_decimal(call, row, result);
}

static int scale_of(const struct udf_call *call, size_t index)
{
  return call->args[index].type->scale;
}

/* The argument at the greater of both scales. */
static bool common_scale(const struct udf_call *call, size_t index, size_t row, struct wide *ret_value,
                         bool *ret_negative)
{
  int128 value = vector_decimal(&call->args[index], row);
  int extra = scale_of(call, 1 - index) - scale_of(call, index);
  *ret_negative = value < 0;
  *ret_value = (struct wide){ .low = magnitude(value) };
  return extra <= 0 || wide_scale_ten(ret_value, extra);
}

static int greater_scale(const struct udf_call *call)
{
  return scale_of(call, 0) > scale_of(call, 1) ? scale_of(call, 0) : scale_of(call, 1);
}

static bool add_or_subtract(struct udf_call *call, size_t row, bool is_subtraction)
{
  struct wide a;
  struct wide b;
  bool a_negative;
  bool b_negative;
  if (!common_scale(call, 0, row, &a, &a_negative) || !common_scale(call, 1, row, &b, &b_negative))
    return false;
  b_negative ^= is_subtraction;
  if (a_negative == b_negative) {
    struct wide sum = { .high = a.high + b.high, .low = a.low + b.low };
    sum.high += sum.low < a.low;
    return finish(call, row, sum, greater_scale(call), a_negative, ROUND_HALF_UP);
  }
  bool a_is_less = wide_less(a, b);
  struct wide difference = a_is_less ? wide_subtract(b, a) : wide_subtract(a, b);
  return finish(call, row, difference, greater_scale(call), a_is_less ? b_negative : a_negative, ROUND_HALF_UP);
}

static bool add(struct udf_call *call, size_t row)
{
  return add_or_subtract(call, row, false);
}

static bool subtract(struct udf_call *call, size_t row)
{
  return add_or_subtract(call, row, true);
}

static bool multiply(struct udf_call *call, size_t row)
{
  int128 a = vector_decimal(&call->args[0], row);
  int128 b = vector_decimal(&call->args[1], row);
  return finish(call, row, wide_multiply(magnitude(a), magnitude(b)), scale_of(call, 0) + scale_of(call, 1),
                (a < 0) != (b < 0), ROUND_HALF_UP);
}

static bool divide(struct udf_call *call, size_t row)
{
  int128 a = vector_decimal(&call->args[0], row);
  int128 b = vector_decimal(&call->args[1], row);
  const struct type *type = call->result.type;
  if (b == 0)
    return false;
  struct wide dividend = { .low = magnitude(a) };
  struct wide divisor = { .low = magnitude(b) };
  int exponent = type->scale - scale_of(call, 0) + scale_of(call, 1);
  int128 result;
  bool fits = exponent >= 0 ? wide_scale_ten(&dividend, exponent) : wide_scale_ten(&divisor, -exponent);
  if (!fits || !divide_and_round(dividend, divisor, (a < 0) != (b < 0), type->precision, ROUND_HALF_UP, &result))
    return false;
  return return_decimal(call, row, result);
}

/* The two arguments of a division that leaves a remainder, at one scale; the divisor is not zero. */
struct division {
  struct wide dividend, divisor;
  bool is_dividend_negative, is_divisor_negative;
};

static bool read_division(struct udf_call *call, size_t row, struct division *division)
{
  return common_scale(call, 0, row, &division->dividend, &division->is_dividend_negative) &&
         common_scale(call, 1, row, &division->divisor, &division->is_divisor_negative) &&
         (division->divisor.high != 0 || division->divisor.low != 0);
}

/* DIV: the whole quotient, whose low 64 bits count. */
static bool quotient(struct udf_call *call, size_t row)
{
  struct division division;
  struct wide rest;
  TRY(read_division(call, row, &division));
  uint64_t low = (uint64_t)wide_divide(division.dividend, division.divisor, &rest).low;
  bool is_negative = division.is_dividend_negative != division.is_divisor_negative;
  return return_bigint(call, row, (int64_t)(is_negative ? 0 - low : low));
}

static bool remainder_or_pmod(struct udf_call *call, size_t row, bool is_positive)
{
  struct division division;
  struct wide rest;
  TRY(read_division(call, row, &division));
  wide_divide(division.dividend, division.divisor, &rest);
  bool is_negative = division.is_dividend_negative;
  /* pmod adds the divisor to a negative remainder and takes the remainder of that: (r + n) % n. */
  bool has_rest = rest.high != 0 || rest.low != 0;
  if (is_positive && is_negative && has_rest && !division.is_divisor_negative) {
    rest = wide_subtract(division.divisor, rest);
    is_negative = false;
  }
  return finish(call, row, rest, greater_scale(call), is_negative, ROUND_HALF_UP);
}

static bool remainder_of(struct udf_call *call, size_t row)
{
  return remainder_or_pmod(call, row, false);
}

static bool pmod(struct udf_call *call, size_t row)
{
  return remainder_or_pmod(call, row, true);
}

/* Rounds to a number of digits after the point, before it where negative. */
static bool round_to(struct udf_call *call, size_t row, enum rounding rounding)
{
  int128 value = vector_decimal(&call->args[0], row);
  int32_t digits = arg_int(call, 1, row);
  int scale = scale_of(call, 0);
  if (digits >= scale)
    return finish(call, row, (struct wide){ .low = magnitude(value) }, scale, value < 0, ROUND_DOWN);
  int dropped = digits < -38 ? scale + 38 : scale - digits;
  struct wide divisor = { .low = 1 };
  int128 rounded;
  if (!wide_scale_ten(&divisor, dropped) ||
      !divide_and_round((struct wide){ .low = magnitude(value) }, divisor, value < 0, 38, rounding, &rounded))
    return false;
  struct wide result = { .low = magnitude(rounded) };
  return wide_scale_ten(&result, digits < 0 ? -(scale - dropped) : 0) &&
         finish(call, row, result, digits < 0 ? 0 : digits, value < 0, ROUND_HALF_UP);
}

static bool round_half_up(struct udf_call *call, size_t row)
{
  return round_to(call, row, ROUND_HALF_UP);
}

static bool round_half_even(struct udf_call *call, size_t row)
{
  return round_to(call, row, ROUND_HALF_EVEN);
}

static bool fail_range(struct udf_call *call)
{
  return udf_fail(call, "NUMERIC_VALUE_OUT_OF_RANGE.WITHOUT_SUGGESTION", "a number is out of the range of %s",
                  type_name(&call->arena, call->result.type));
}

/* Other than round(), these refuse what is out of range. */
static bool round_up(struct udf_call *call, size_t row)
{
  return round_to(call, row, ROUND_CEILING) || fail_range(call);
}

static bool round_down(struct udf_call *call, size_t row)
{
  return round_to(call, row, ROUND_FLOOR) || fail_range(call);
}

/* Scala's BigDecimal negates within 34 digits, half to even; the scale stays. */
static bool negate(struct udf_call *call, size_t row)
{
  int128 value = vector_decimal(&call->args[0], row);
  int excess = 0;
  while (magnitude(value) / power_of_ten(excess) >= power_of_ten(34))
    excess++;
  struct wide divisor = { .low = power_of_ten(excess) };
  int128 rounded;
  if (!divide_and_round((struct wide){ .low = magnitude(value) }, divisor, value > 0, 38, ROUND_HALF_EVEN, &rounded))
    return false;
  rounded *= (int128)power_of_ten(excess);
  if (magnitude(rounded) >= power_of_ten(call->result.type->precision))
    return fail_range(call);
  return return_decimal(call, row, rounded);
}

static bool absolute(struct udf_call *call, size_t row)
{
  int128 value = vector_decimal(&call->args[0], row);
  return value < 0 ? negate(call, row) : return_decimal(call, row, value);
}

static const struct udf rows[] = {
  { .name = "spark_decimal_add", .each = add },
  { .name = "spark_decimal_try_add", .each = add },
  { .name = "spark_decimal_subtract", .each = subtract },
  { .name = "spark_decimal_try_subtract", .each = subtract },
  { .name = "spark_decimal_multiply", .each = multiply },
  { .name = "spark_decimal_try_multiply", .each = multiply },
  { .name = "spark_decimal_divide", .each = divide },
  { .name = "spark_decimal_quotient", .each = quotient },
  { .name = "spark_decimal_remainder", .each = remainder_of },
  { .name = "spark_decimal_pmod", .each = pmod },
  { .name = "spark_decimal_negate", .each = negate },
  { .name = "spark_decimal_abs", .each = absolute },
  { .name = "spark_decimal_round", .each = round_half_up },
  { .name = "spark_decimal_bround", .each = round_half_even },
  { .name = "spark_decimal_ceil", .each = round_up },
  { .name = "spark_decimal_floor", .each = round_down },
};

UDF_FAMILY(decimal_udfs, rows);
