/* Numbers: rounding, powers, trigonometry, bases. */
#include "expr/functions/functions.h"

static int maximum(int a, int b)
{
  return a > b ? a : b;
}

/* The decimal that rounding to `scale` digits gives: rounding up may need one more digit before the point. */
static const struct type *rounded_decimal(struct arena *arena, const struct type *type, int64_t scale)
{
  int integer_digits = type->precision - type->scale + 1;
  if (scale < 0)
    return type_decimal_bounded(arena, maximum(integer_digits, scale < -38 ? 39 : (int)-scale + 1), 0);
  int new_scale = scale < type->scale ? (int)scale : type->scale;
  return type_decimal_bounded(arena, integer_digits + new_scale, new_scale);
}

/* The number of digits is a constant, 0 where it is absent. */
static bool read_scale(struct call *call, int64_t *ret_scale)
{
  *ret_scale = 0;
  if (call->n_args == 1)
    return true;
  TRY(call_expect(call, 1, "int"));
  return call_is_null(call, 1) || call_literal_int(call, 1, ret_scale) ||
         call_fail(call, "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", "the number of digits of \"%s\" must be a constant",
                   call->function->name);
}

static bool resolve_round(struct call *call)
{
  int64_t scale;
  TRY(call_expect(call, 0, "numeric"));
  TRY(read_scale(call, &scale));
  const struct type *type = call->args[0]->type;
  call->type = type->id == TYPE_DECIMAL ? rounded_decimal(call->resolver->arena, type, scale) : type;
  return true;
}

static void print_round(const struct expr *call, struct text_buffer *out)
{
  bool is_decimal = call->args[0]->type->id == TYPE_DECIMAL;
  text_buffer_printf(out, is_decimal ? "spark_decimal_%s__" : "spark_%s_", call->function->name);
  print_template(call, is_decimal ? "$T1__int__$T($1, ${2:0})" : "$T($1, ${2:0})", out);
}

/* ceil and floor of one argument go to bigint; of two, everything is a decimal, and the digits are an int as it is. */
static bool resolve_ceil(struct call *call)
{
  int64_t scale;
  if (call->n_args == 2 && (call->args[1]->type->id != TYPE_INT || call_is_null(call, 1)))
    return call_fail(call, "NON_FOLDABLE_ARGUMENT", "the number of digits of \"%s\" must be a constant int",
                     call->function->name);
  TRY(call_expect(call, 0, call->n_args == 1 ? "double|decimal|bigint" : "decimal"));
  TRY(read_scale(call, &scale));
  const struct type *type = call->args[0]->type;
  call->type = type_simple(TYPE_BIGINT);
  if (type->id == TYPE_DECIMAL && call->n_args == 1 && type->scale == 0)
    call->type = type;
  else if (type->id == TYPE_DECIMAL && call->n_args == 1)
    call->type = type_decimal_bounded(call->resolver->arena, type->precision - type->scale + 1, 0);
  else if (type->id == TYPE_DECIMAL)
    call->type = rounded_decimal(call->resolver->arena, type, scale);
  return true;
}

static void print_ceil(const struct expr *call, struct text_buffer *out)
{
  enum type_id id = call->args[0]->type->id;
  if (id == TYPE_BIGINT) {
    print_expr(call->args[0], out);
    return;
  }
  text_buffer_printf(out, id == TYPE_DECIMAL ? "spark_decimal_%s__" : "spark_%s(", call->function->name);
  print_template(call, id == TYPE_DECIMAL ? "$T1__int__$T($1, ${2:0})" : "$1)", out);
}

/* log(x) is the natural logarithm, log(base, x) another. */
static void print_log(const struct expr *call, struct text_buffer *out)
{
  print_template(call, call->n_args == 1 ? "spark_ln($1)" : "spark_log($1, $2)", out);
}

/* DuckDB's hex of a negative number has fewer digits. */
static void print_hex(const struct expr *call, struct text_buffer *out)
{
  print_template(call, call->args[0]->type->id == TYPE_BIGINT ? "spark_hex($1)" : "hex($1)", out);
}

static void print_signum(const struct expr *call, struct text_buffer *out)
{
  bool is_number = call->args[0]->type->id == TYPE_DOUBLE;
  print_template(call, is_number ? "spark_signum($1)" : "spark_interval_signum($1)", out);
}

#define OF_DOUBLE(function_name, text)                                                                                 \
  {                                                                                                                    \
    .name = (function_name), .min_args = 1, .max_args = 1, .args = "double", .returns = "double",                      \
    .duckdb = "spark_" function_name "($1)", .doc = (text)                                                             \
  }
#define ROUNDING(function_name, resolve_function, print_function, text)                                                \
  {                                                                                                                    \
    .name = (function_name), .min_args = 1, .max_args = 2, .resolve = (resolve_function), .print = (print_function),   \
    .doc = (text)                                                                                                      \
  }

static const struct function rows[] = {
  ROUNDING("round", resolve_round, print_round, "Rounded half up, to a number of digits."),
  ROUNDING("bround", resolve_round, print_round, "Rounded half to even, to a number of digits."),
  { .name = "ceil",
    .aliases = "ceiling",
    .min_args = 1,
    .max_args = 2,
    .resolve = resolve_ceil,
    .print = print_ceil,
    .doc = "The least whole number not below." },
  ROUNDING("floor", resolve_ceil, print_ceil, "The greatest whole number not above."),
  OF_DOUBLE("rint", "The nearest whole number, half to even, as a double."),
  OF_DOUBLE("sqrt", "Square root."),
  OF_DOUBLE("cbrt", "Cube root."),
  OF_DOUBLE("exp", "e to the power of the number."),
  OF_DOUBLE("expm1", "e to the power of the number, less 1."),
  OF_DOUBLE("ln", "Natural logarithm; null for 0 and below."),
  { .name = "log",
    .min_args = 1,
    .max_args = 2,
    .args = "double",
    .returns = "double",
    .print = print_log,
    .doc = "Logarithm to a base, natural without one." },
  OF_DOUBLE("log10", "Logarithm to base 10."),
  OF_DOUBLE("log2", "Logarithm to base 2."),
  OF_DOUBLE("log1p", "Natural logarithm of the number and 1."),
  OF_DOUBLE("sin", "Sine."),
  OF_DOUBLE("cos", "Cosine."),
  OF_DOUBLE("tan", "Tangent."),
  OF_DOUBLE("cot", "Cotangent."),
  OF_DOUBLE("sec", "Secant."),
  OF_DOUBLE("csc", "Cosecant."),
  OF_DOUBLE("asin", "Arc sine."),
  OF_DOUBLE("acos", "Arc cosine."),
  OF_DOUBLE("atan", "Arc tangent."),
  OF_DOUBLE("sinh", "Hyperbolic sine."),
  OF_DOUBLE("cosh", "Hyperbolic cosine."),
  OF_DOUBLE("tanh", "Hyperbolic tangent."),
  OF_DOUBLE("asinh", "Inverse hyperbolic sine."),
  OF_DOUBLE("acosh", "Inverse hyperbolic cosine."),
  OF_DOUBLE("atanh", "Inverse hyperbolic tangent."),
  OF_DOUBLE("degrees", "Radians as degrees."),
  OF_DOUBLE("radians", "Degrees as radians."),
  { .name = "signum",
    .aliases = "sign",
    .min_args = 1,
    .max_args = 1,
    .args = "double|year_month|day_time",
    .returns = "double",
    .print = print_signum,
    .doc = "-1.0, 0.0 or 1.0." },
  { .name = "atan2",
    .min_args = 2,
    .max_args = 2,
    .args = "double",
    .returns = "double",
    .duckdb = "spark_atan2($1, $2)",
    .doc = "The angle of a point." },
  { .name = "hypot",
    .min_args = 2,
    .max_args = 2,
    .args = "double",
    .returns = "double",
    .duckdb = "spark_hypot($1, $2)",
    .doc = "The length of a point's vector." },
  { .name = "power",
    .aliases = "pow",
    .min_args = 2,
    .max_args = 2,
    .args = "double",
    .returns = "double",
    .duckdb = "spark_power($1, $2)",
    .doc = "The first number to the power of the second." },
  { .name = "e",
    .min_args = 0,
    .max_args = 0,
    .returns = "double",
    .duckdb = "CAST('2.718281828459045' AS DOUBLE)",
    .doc = "Euler's number." },
  { .name = "pi",
    .min_args = 0,
    .max_args = 0,
    .returns = "double",
    .duckdb = "CAST('3.141592653589793' AS DOUBLE)",
    .doc = "Pi." },
  { .name = "factorial",
    .min_args = 1,
    .max_args = 1,
    .args = "int",
    .returns = "bigint",
    .duckdb = "spark_factorial($1)",
    .doc = "The factorial of 0 to 20; null for others." },
  { .name = "width_bucket",
    .min_args = 4,
    .max_args = 4,
    .args = "double double double bigint",
    .returns = "bigint",
    .duckdb = "spark_width_bucket($*)",
    .doc = "The number of the bucket that the value falls into." },
  { .name = "bin",
    .min_args = 1,
    .max_args = 1,
    .args = "bigint",
    .returns = "string",
    .duckdb = "spark_bin($1)",
    .doc = "The number in binary digits." },
  { .name = "conv",
    .min_args = 3,
    .max_args = 3,
    .args = "string int int",
    .returns = "string",
    .duckdb = "spark_conv($*)",
    .doc = "A number's text from one base to another." },
  { .name = "hex",
    .min_args = 1,
    .max_args = 1,
    .args = "bigint|binary|string",
    .returns = "string",
    .print = print_hex,
    .doc = "The number or bytes in hexadecimal digits." },
  { .name = "unhex",
    .min_args = 1,
    .max_args = 1,
    .args = "string",
    .returns = "binary",
    .duckdb = "spark_unhex($1)",
    .doc = "The bytes of hexadecimal digits; null where they are none." },
  { .name = "bit_count",
    .min_args = 1,
    .max_args = 1,
    .args = "integral|boolean",
    .returns = "int",
    .duckdb = "spark_bit_count(CAST($1 AS BIGINT))",
    .doc = "How many bits are set." },
  { .name = "bitmap_bit_position",
    .min_args = 1,
    .max_args = 1,
    .args = "bigint",
    .returns = "bigint",
    .duckdb = "spark_bitmap_bit_position($1)",
    .doc = "The place of a number's bit in its bitmap." },
  { .name = "bitmap_bucket_number",
    .min_args = 1,
    .max_args = 1,
    .args = "bigint",
    .returns = "bigint",
    .duckdb = "spark_bitmap_bucket_number($1)",
    .doc = "The number of the bitmap that a number's bit is in." },
  { .name = "bitmap_count",
    .min_args = 1,
    .max_args = 1,
    .args = "=binary",
    .returns = "bigint",
    .duckdb = "spark_bitmap_count($1)",
    .doc = "How many bits of a bitmap are set." },
  { .name = "bit_get",
    .aliases = "getbit",
    .min_args = 2,
    .max_args = 2,
    .args = "integral int",
    .returns = "tinyint",
    .duckdb = "spark_bit_get_$T1($1, $2)",
    .doc = "One bit of a number, counted from the lowest." },
};

FUNCTION_FAMILY(math_family, "numbers", rows);
