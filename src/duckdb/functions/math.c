/* The functions of doubles that DuckDB lacks or answers with an error. */
#include "duckdb/functions/internal.h"
#include "value/strict_math.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Rounding of doubles goes by their shortest decimal digits, so that 1.005 becomes 1.01, and -0.0 becomes 0.0: the
 * digits and where the point is among them (0.digits times 10^point). */
struct digits {
  char digits[32];
  int count;
  int point;
};

static struct digits read_digits(struct text text)
{
  struct digits number = { 0 };
  bool after_point = false;
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    if (c == 'E') {
      number.point += (int)strtol(text.data + i + 1, NULL, 10);
      break;
    }
    if (c == '.') {
      after_point = true;
    } else if (c >= '0' && c <= '9' && number.count < 31) {
      bool is_leading_zero = number.count == 0 && c == '0';
      if (!is_leading_zero)
        number.digits[number.count++] = c;
      if (!after_point && !is_leading_zero)
        number.point++;
      else if (after_point && is_leading_zero)
        number.point--;
    }
  }
  return number;
}

/* Whether the digits from `kept` on round what stands before them up. */
static bool rounds_up(const struct digits *number, int kept, bool to_even)
{
  char next = number->digits[kept];
  bool is_half = next == '5' && number->count == kept + 1;
  bool is_odd = kept > 0 && (number->digits[kept - 1] - '0') % 2 == 1;
  return next > '5' || (next == '5' && (!is_half || !to_even || is_odd));
}

/* Writes the rounded number as text that strtod reads; false where nothing has to be rounded. */
static bool round_text(struct text text, int32_t scale, bool to_even, char out[64])
{
  struct digits number = read_digits(text);
  int64_t kept = (int64_t)number.point + scale;
  if (kept >= number.count)
    return false;
  if (kept < 0) {
    snprintf(out, 64, "0");
    return true;
  }
  uint64_t value = 0;
  for (int i = 0; i < (int)kept; i++)
    value = value * 10 + (uint64_t)(number.digits[i] - '0');
  value += rounds_up(&number, (int)kept, to_even);
  bool is_negative = text.data[0] == '-' && value > 0;
  snprintf(out, 64, "%s%llue%d", is_negative ? "-" : "", (unsigned long long)value, -scale);
  return true;
}

static bool round_of_double(struct udf_call *call, size_t row, bool to_even)
{
  char rounded[64];
  double value = arg_double(call, 0, row);
  text_buffer_clear(&call->buffer);
  if (isfinite(value)) {
    double_add_text(value, &call->buffer);
    if (round_text(text_buffer_text(&call->buffer), arg_int(call, 1, row), to_even, rounded))
      value = strtod(rounded, NULL);
  }
  return return_double(call, row, value + 0.0);
}

/* Of a float it is the digits as a double that count: 4.35 is 4.349999904632568. */
static bool round_of_float(struct udf_call *call, size_t row, bool to_even)
{
  char rounded[64];
  float value = ARG(call, 0, row, float);
  text_buffer_clear(&call->buffer);
  if (isfinite(value)) {
    double_add_text((double)value, &call->buffer);
    if (round_text(text_buffer_text(&call->buffer), arg_int(call, 1, row), to_even, rounded))
      value = strtof(rounded, NULL);
  }
  RESULT(call, row, float) = value + 0.0F;
  return true;
}

static bool round_double(struct udf_call *call, size_t row)
{
  return round_of_double(call, row, false);
}

static bool bround_double(struct udf_call *call, size_t row)
{
  return round_of_double(call, row, true);
}

static bool round_float(struct udf_call *call, size_t row)
{
  return round_of_float(call, row, false);
}

static bool bround_float(struct udf_call *call, size_t row)
{
  return round_of_float(call, row, true);
}

/* As Java's (long): the nearest bigint towards zero, 0 for NaN. */
static int64_t to_whole(double value)
{
  if (isnan(value))
    return 0;
  return value >= 9223372036854775808.0 ? INT64_MAX : value <= -9223372036854775808.0 ? INT64_MIN : (int64_t)value;
}

static bool ceil_double(struct udf_call *call, size_t row)
{
  return return_bigint(call, row, to_whole(ceil(arg_double(call, 0, row))));
}

static bool floor_double(struct udf_call *call, size_t row)
{
  return return_bigint(call, row, to_whole(floor(arg_double(call, 0, row))));
}

static double atanh_spark(double x)
{
  return 0.5 * (strict_log1p(x) - strict_log1p(-x));
}

static double signum(double x)
{
  return isnan(x) || x == 0 ? x : x < 0 ? -1.0 : 1.0;
}

static double cotangent(double x)
{
  return 1 / tan(x);
}

static double secant(double x)
{
  return 1 / java_cos(x);
}

static double cosecant(double x)
{
  return 1 / java_sin(x);
}

static double to_degrees(double x)
{
  return x * (180.0 / M_PI);
}

static double to_radians(double x)
{
  return x * (M_PI / 180.0);
}

#define OF_DOUBLE(name, expression)                                                                                    \
  static bool name##_udf(struct udf_call *call, size_t row)                                                            \
  {                                                                                                                    \
    double x = arg_double(call, 0, row);                                                                               \
    return return_double(call, row, (expression));                                                                     \
  }
#define OF_POSITIVE(name, low, expression)                                                                             \
  static bool name##_udf(struct udf_call *call, size_t row)                                                            \
  {                                                                                                                    \
    double x = arg_double(call, 0, row);                                                                               \
    return !(x <= (low)) && return_double(call, row, (expression));                                                    \
  }

OF_DOUBLE(rint, rint(x))
OF_DOUBLE(sqrt, sqrt(x))
OF_DOUBLE(cbrt, strict_cbrt(x))
OF_DOUBLE(exp, strict_exp(x))
OF_DOUBLE(expm1, strict_expm1(x))
/* NULL where the argument is outside a logarithm's range. */
OF_POSITIVE(ln, 0, strict_log(x))
OF_POSITIVE(log10, 0, strict_log10(x))
OF_POSITIVE(log2, 0, strict_log(x) / strict_log(2.0))
OF_POSITIVE(log1p, -1, strict_log1p(x))
OF_DOUBLE(sin, java_sin(x))
OF_DOUBLE(cos, java_cos(x))
OF_DOUBLE(tan, tan(x))
OF_DOUBLE(cot, cotangent(x))
OF_DOUBLE(sec, secant(x))
OF_DOUBLE(csc, cosecant(x))
OF_DOUBLE(asin, strict_asin(x))
OF_DOUBLE(acos, strict_acos(x))
OF_DOUBLE(atan, strict_atan(x))
OF_DOUBLE(sinh, strict_sinh(x))
OF_DOUBLE(cosh, strict_cosh(x))
OF_DOUBLE(tanh, strict_tanh(x))
OF_DOUBLE(asinh, strict_asinh(x))
OF_DOUBLE(acosh, strict_acosh(x))
OF_DOUBLE(atanh, atanh_spark(x))
OF_DOUBLE(degrees, to_degrees(x))
OF_DOUBLE(radians, to_radians(x))
OF_DOUBLE(signum, signum(x))

static bool log_of_base(struct udf_call *call, size_t row)
{
  double base = arg_double(call, 0, row);
  double x = arg_double(call, 1, row);
  return !(base <= 0 || x <= 0) && return_double(call, row, strict_log(x) / strict_log(base));
}

static bool atan2_udf(struct udf_call *call, size_t row)
{
  /* Spark adds 0.0 to both, so that -0.0 counts as 0.0. */
  return return_double(call, row, strict_atan2(arg_double(call, 0, row) + 0.0, arg_double(call, 1, row) + 0.0));
}

static bool hypot_udf(struct udf_call *call, size_t row)
{
  return return_double(call, row, strict_hypot(arg_double(call, 0, row), arg_double(call, 1, row)));
}

static bool power(struct udf_call *call, size_t row)
{
  return return_double(call, row, strict_pow(arg_double(call, 0, row), arg_double(call, 1, row)));
}

/* The greater (sign 1) or lesser (-1) of two, NaN being the greatest; the first where they are equal, the other where
 * one is null. */
static bool extreme(struct udf_call *call, size_t row, int sign)
{
  bool has_first = !arg_is_null(call, 0, row);
  bool has_second = !arg_is_null(call, 1, row);
  if (!has_first && !has_second)
    return false;
  bool takes_second = !has_first || (has_second && sign * vector_compare(&call->args[1], row, &call->args[0], row) > 0);
  vector_copy(call, &call->result, row, &call->args[takes_second], row);
  return true;
}

static bool greatest(struct udf_call *call, size_t row)
{
  return extreme(call, row, 1);
}

static bool least(struct udf_call *call, size_t row)
{
  return extreme(call, row, -1);
}

static bool factorial(struct udf_call *call, size_t row)
{
  int32_t n = arg_int(call, 0, row);
  int64_t product = 1;
  if (n < 0 || n > 20)
    return false;
  for (int32_t i = 2; i <= n; i++)
    product *= i;
  return return_bigint(call, row, product);
}

static bool width_bucket(struct udf_call *call, size_t row)
{
  double value = arg_double(call, 0, row);
  double low = arg_double(call, 1, row);
  double high = arg_double(call, 2, row);
  int64_t n_buckets = arg_bigint(call, 3, row);
  if (n_buckets <= 0 || n_buckets == INT64_MAX || isnan(value) || low == high || !isfinite(low) || !isfinite(high))
    return false;
  double lower = low < high ? low : high;
  double upper = low < high ? high : low;
  bool is_before = low < high ? value < lower : value > upper;
  bool is_behind = low < high ? value >= upper : value <= lower;
  if (is_before || is_behind)
    return return_bigint(call, row, is_before ? 0 : n_buckets + 1);
  double passed = low < high ? value - lower : upper - value;
  int64_t whole = to_whole((double)n_buckets * passed / (upper - lower));
  return return_bigint(call, row, (int64_t)((uint64_t)whole + 1)); /* wraps around, as in Java */
}

#define DOUBLE_ROW(word)                                                                                               \
  {                                                                                                                    \
    .name = "spark_" #word, .signature = "double > double", .each = word##_udf                                         \
  }
static const struct udf rows[] = {
  { .name = "spark_round_double", .signature = "double int > double", .each = round_double },
  { .name = "spark_bround_double", .signature = "double int > double", .each = bround_double },
  { .name = "spark_round_float", .signature = "float int > float", .each = round_float },
  { .name = "spark_bround_float", .signature = "float int > float", .each = bround_float },
  { .name = "spark_ceil", .signature = "double > bigint", .each = ceil_double },
  { .name = "spark_floor", .signature = "double > bigint", .each = floor_double },
  DOUBLE_ROW(rint),
  DOUBLE_ROW(sqrt),
  DOUBLE_ROW(cbrt),
  DOUBLE_ROW(exp),
  DOUBLE_ROW(expm1),
  DOUBLE_ROW(ln),
  DOUBLE_ROW(log10),
  DOUBLE_ROW(log2),
  DOUBLE_ROW(log1p),
  DOUBLE_ROW(sin),
  DOUBLE_ROW(cos),
  DOUBLE_ROW(tan),
  DOUBLE_ROW(cot),
  DOUBLE_ROW(sec),
  DOUBLE_ROW(csc),
  DOUBLE_ROW(asin),
  DOUBLE_ROW(acos),
  DOUBLE_ROW(atan),
  DOUBLE_ROW(sinh),
  DOUBLE_ROW(cosh),
  DOUBLE_ROW(tanh),
  DOUBLE_ROW(asinh),
  DOUBLE_ROW(acosh),
  DOUBLE_ROW(atanh),
  DOUBLE_ROW(degrees),
  DOUBLE_ROW(radians),
  DOUBLE_ROW(signum),
  { .name = "spark_log", .signature = "double double > double", .each = log_of_base },
  { .name = "spark_atan2", .signature = "double double > double", .each = atan2_udf },
  { .name = "spark_hypot", .signature = "double double > double", .each = hypot_udf },
  { .name = "spark_power", .signature = "double double > double", .each = power },
  { .name = "spark_greatest_float", .signature = "float float > float", .flags = UDF_NULLS, .each = greatest },
  { .name = "spark_greatest_double", .signature = "double double > double", .flags = UDF_NULLS, .each = greatest },
  { .name = "spark_least_float", .signature = "float float > float", .flags = UDF_NULLS, .each = least },
  { .name = "spark_least_double", .signature = "double double > double", .flags = UDF_NULLS, .each = least },
  { .name = "spark_factorial", .signature = "int > bigint", .each = factorial },
  { .name = "spark_width_bucket", .signature = "double double double bigint > bigint", .each = width_bucket },
};

UDF_FAMILY(math_udfs, rows);
