/* Arithmetic and bits. How operands get a common type is Spark's TypeCoercion with ANSI off. */
#include "expr/functions/operators.h"

/* Arithmetic. */

static const struct type *add_type(struct arena *arena, const struct type *a, const struct type *b)
{
  int scale = a->scale > b->scale ? a->scale : b->scale;
  int range_a = a->precision - a->scale;
  int range_b = b->precision - b->scale;
  return type_decimal_adjusted(arena, (range_a > range_b ? range_a : range_b) + scale + 1, scale);
}

static const struct type *multiply_type(struct arena *arena, const struct type *a, const struct type *b)
{
  return type_decimal_adjusted(arena, a->precision + b->precision + 1, a->scale + b->scale);
}

static const struct type *divide_type(struct arena *arena, const struct type *a, const struct type *b)
{
  int range = a->precision - a->scale + b->scale;
  int scale = a->scale + b->precision + 1;
  scale = scale < 6 ? 6 : scale;
  return type_decimal_adjusted(arena, range + scale, scale);
}

static const struct type *remainder_type(struct arena *arena, const struct type *a, const struct type *b)
{
  int scale = a->scale > b->scale ? a->scale : b->scale;
  int range_a = a->precision - a->scale;
  int range_b = b->precision - b->scale;
  return type_decimal_adjusted(arena, (range_a < range_b ? range_a : range_b) + scale, scale);
}

static const struct type *quotient_type(struct arena *arena, const struct type *a, const struct type *b)
{
  (void)arena;
  (void)a;
  (void)b;
  return type_simple(TYPE_BIGINT);
}

/* An arithmetic operator: its decimal result, and how it is printed for each kind of number. */
struct arithmetic {
  const char *name;
  const struct type *(*decimal_type)(struct arena *arena, const struct type *a, const struct type *b);
  const char *word;     /* of the functions spark_<word>_int, spark_decimal_<word> */
  const char *floating; /* template for float and double */
};

static const struct arithmetic arithmetics[] = {
  { "+", add_type, "add", "($1 + $2)" },
  { "-", add_type, "subtract", "($1 - $2)" },
  { "*", multiply_type, "multiply", "($1 * $2)" },
  { "/", divide_type, "divide", "($1 / nullif($2, 0))" },
  { "%", remainder_type, "remainder", "($1 % nullif($2, 0))" },
  { "div", quotient_type, "quotient", NULL },
  { "pmod", remainder_type, "pmod", "spark_pmod_$T(CAST($1 AS $D), CAST($2 AS $D))" },
  { "try_add", add_type, "try_add", "($1 + $2)" },
  { "try_subtract", add_type, "try_subtract", "($1 - $2)" },
  { "try_multiply", multiply_type, "try_multiply", "($1 * $2)" },
  { "try_mod", remainder_type, "remainder", "($1 % nullif($2, 0))" },
  { "try_divide", divide_type, "divide", "($1 / nullif($2, 0))" },
};

static const struct arithmetic *arithmetic_of(const struct function *function)
{
  for (size_t i = 0; i < ARRAY_LENGTH(arithmetics); i++)
    if (strcmp(arithmetics[i].name, function->name) == 0)
      return &arithmetics[i];
  BUG("an arithmetic operator without a row");
}

static bool is_floating(enum type_id id)
{
  return id == TYPE_FLOAT || id == TYPE_DOUBLE;
}

/* Text becomes a double; a decimal beside a float or double too; integers beside decimals become decimals. */
static void promote_operands(struct call *call)
{
  struct arena *arena = call->resolver->arena;
  for (size_t i = 0; i < 2; i++)
    if (type_of(call, i) == TYPE_STRING)
      call_cast(call, i, type_simple(TYPE_DOUBLE));
  for (size_t i = 0; i < 2; i++) {
    if (type_of(call, i) == TYPE_DECIMAL && is_floating(type_of(call, 1 - i)))
      call_cast(call, i, type_simple(TYPE_DOUBLE));
    if (type_of(call, i) == TYPE_DECIMAL && type_is_integral(call->args[1 - i]->type))
      call_cast(call, 1 - i, type_decimal_of(arena, call->args[1 - i]));
  }
}

/* "/" is of doubles unless both are decimals; DIV of bigints. */
static void widen_operands(struct call *call, const struct arithmetic *row)
{
  bool is_division = row->decimal_type == divide_type;
  bool is_quotient = row->decimal_type == quotient_type;
  bool both_void = type_of(call, 0) == TYPE_VOID && type_of(call, 1) == TYPE_VOID;
  bool is_null_by_decimal = is_division && type_of(call, 0) == TYPE_VOID && type_of(call, 1) == TYPE_DECIMAL;
  for (size_t i = 0; i < 2; i++) {
    if (both_void || is_null_by_decimal)
      call_cast(call, i, type_simple(is_quotient ? TYPE_BIGINT : TYPE_DOUBLE));
    const struct type *type = call->args[i]->type;
    if (is_division && type->id != TYPE_DECIMAL && (type_is_numeric(type) || type->id == TYPE_VOID) &&
        type_of(call, 1 - i) != TYPE_DECIMAL)
      call_cast(call, i, type_simple(TYPE_DOUBLE));
    if (is_quotient && type_is_integral(type))
      call_cast(call, i, type_simple(TYPE_BIGINT));
  }
}

static bool resolve_arithmetic(struct call *call)
{
  struct arena *arena = call->resolver->arena;
  const struct arithmetic *row = arithmetic_of(call->function);
  promote_operands(call);
  widen_operands(call, row);
  const struct type *a = call->args[0]->type;
  const struct type *b = call->args[1]->type;
  if (a->id == TYPE_DECIMAL && b->id == TYPE_DECIMAL) {
    call->type = row->decimal_type(arena, a, b);
    return true;
  }
  const struct type *common = type_tightest(arena, a, b);
  if (common == NULL)
    return fail_operands(call, DIFFERENT_TYPES);
  bool is_accepted = type_is_numeric(common) && !(row->decimal_type == quotient_type && is_floating(common->id));
  if (!is_accepted)
    return fail_operands(call, type_equal(a, b) ? WRONG_TYPE : DIFFERENT_TYPES);
  call_cast(call, 0, common);
  call_cast(call, 1, common);
  bool is_decimal = common->id == TYPE_DECIMAL; /* beside NULL */
  call->type = is_decimal ? row->decimal_type(arena, common, common) : common;
  if (row->decimal_type == quotient_type)
    call->type = type_simple(TYPE_BIGINT);
  return true;
}

static void print_arithmetic(const struct expr *call, struct text_buffer *out)
{
  const struct arithmetic *row = arithmetic_of(call->function);
  enum type_id id = call->args[0]->type->id;
  if (is_floating(id)) {
    print_template(call, row->floating, out);
  } else if (id == TYPE_DECIMAL) {
    text_buffer_printf(out, "spark_decimal_%s__", row->word);
    print_template(call, "$T1__$T2__$T($1, $2)", out);
  } else {
    text_buffer_printf(out, "spark_%s_", row->word);
    print_template(call, "$T1($1, $2)", out);
  }
}

static bool resolve_number(struct call *call)
{
  bool has_temporal = temporal_applies(call->args[0]->type) || temporal_applies(call->args[1]->type);
  return has_temporal ? temporal_resolve(call) : resolve_arithmetic(call);
}

static void print_number(const struct expr *call, struct text_buffer *out)
{
  if (temporal_applies(call->args[0]->type) || temporal_applies(call->args[1]->type))
    temporal_print(call, out);
  else
    print_arithmetic(call, out);
}

/* Signs. */

static bool resolve_sign(struct call *call)
{
  bool is_calendar = type_of(call, 0) == TYPE_INTERVAL && strcmp(call->function->name, "abs") != 0;
  TRY(is_calendar || call_expect(call, 0, "numeric|year_month|day_time"));
  call->type = call->args[0]->type;
  return true;
}

static void print_integer_or(const struct expr *call, const char *word, const char *otherwise, struct text_buffer *out)
{
  if (!type_is_integral(call->args[0]->type)) {
    print_template(call, otherwise, out);
    return;
  }
  text_buffer_printf(out, "spark_%s_", word);
  print_template(call, "$T1($1)", out);
}

static void print_negative(const struct expr *call, struct text_buffer *out)
{
  /* Spark's BigDecimal rounds a negated number to 34 digits. */
  bool is_long = call->type->id == TYPE_DECIMAL && call->type->precision > 34;
  const char *otherwise = call->args[0]->type->id == TYPE_INTERVAL ? "spark_calendar_negate($1)"
                          : temporal_applies(call->args[0]->type)  ? "spark_interval_negate($1)"
                                                                   : "(-$1)";
  print_integer_or(call, "negate", is_long ? "spark_decimal_negate__$T1__$T($1)" : otherwise, out);
}

static void print_absolute(const struct expr *call, struct text_buffer *out)
{
  bool is_interval = temporal_applies(call->args[0]->type);
  bool is_long = call->type->id == TYPE_DECIMAL && call->type->precision > 34;
  const char *otherwise = is_interval ? "spark_interval_abs($1)" : "abs($1)";
  print_integer_or(call, "abs", is_long ? "spark_decimal_abs__$T1__$T($1)" : otherwise, out);
}

/* Bits. */

static bool resolve_bits(struct call *call)
{
  promote_operands(call);
  for (size_t i = 0; i < 2; i++)
    if (type_of(call, i) == TYPE_VOID && type_of(call, 1 - i) == TYPE_VOID)
      call_cast(call, i, type_simple(TYPE_INT));
    else if (type_of(call, i) == TYPE_VOID && type_is_integral(call->args[1 - i]->type))
      call_cast(call, i, call->args[1 - i]->type);
  const struct type *common = type_tightest(call->resolver->arena, call->args[0]->type, call->args[1]->type);
  if (common == NULL || !type_is_integral(common))
    return fail_operands(
        call, common != NULL && type_equal(call->args[0]->type, call->args[1]->type) ? WRONG_TYPE : DIFFERENT_TYPES);
  call_cast(call, 0, common);
  call_cast(call, 1, common);
  call->type = common;
  return true;
}

#define ARITHMETIC(symbol, n_flags, text)                                                                              \
  {                                                                                                                    \
    .name = (symbol), .min_args = 2, .max_args = 2, .flags = (n_flags), .resolve = resolve_number,                     \
    .print = print_number, .doc = (text)                                                                               \
  }
#define BITS(symbol, sql, text)                                                                                        \
  {                                                                                                                    \
    .name = (symbol), .min_args = 2, .max_args = 2, .flags = FUNCTION_INFIX, .resolve = resolve_bits, .duckdb = (sql), \
    .doc = (text)                                                                                                      \
  }
#define SHIFT(symbol, other, sql, text)                                                                                \
  {                                                                                                                    \
    .name = (symbol), .aliases = (other), .min_args = 2, .max_args = 2, .args = "int|bigint int", .returns = "$1",     \
    .duckdb = (sql), .doc = (text)                                                                                     \
  }

static const struct function rows[] = {
  ARITHMETIC("+", FUNCTION_INFIX, "Sum; integers wrap around, decimals become null."),
  ARITHMETIC("-", FUNCTION_INFIX, "Difference."),
  ARITHMETIC("*", FUNCTION_INFIX, "Product."),
  ARITHMETIC("/", FUNCTION_INFIX, "Quotient, of doubles unless both are decimals; null for division by zero."),
  ARITHMETIC("div", FUNCTION_INFIX, "Integer quotient."),
  ARITHMETIC("try_add", FUNCTION_PLAIN, "Sum, or null where it is out of range."),
  ARITHMETIC("try_subtract", FUNCTION_PLAIN, "Difference, or null where it is out of range."),
  ARITHMETIC("try_multiply", FUNCTION_PLAIN, "Product, or null where it is out of range."),
  ARITHMETIC("try_divide", FUNCTION_PLAIN, "Quotient, or null for division by zero."),
  ARITHMETIC("pmod", FUNCTION_PLAIN, "Remainder that is never negative for a positive divisor."),
  { .name = "%",
    .aliases = "mod",
    .min_args = 2,
    .max_args = 2,
    .flags = FUNCTION_INFIX,
    .resolve = resolve_number,
    .print = print_number,
    .doc = "Remainder with the sign of the dividend." },
  ARITHMETIC("try_mod", FUNCTION_PLAIN, "Remainder, or null for division by zero."),
  { .name = "negative",
    .min_args = 1,
    .max_args = 1,
    .resolve = resolve_sign,
    .print = print_negative,
    .doc = "The number with the other sign." },
  { .name = "positive",
    .min_args = 1,
    .max_args = 1,
    .resolve = resolve_sign,
    .duckdb = "$1",
    .doc = "The number itself." },
  { .name = "abs",
    .min_args = 1,
    .max_args = 1,
    .resolve = resolve_sign,
    .print = print_absolute,
    .doc = "The number without its sign." },
  BITS("&", "($1 & $2)", "Bits set in both."),
  BITS("|", "($1 | $2)", "Bits set in either."),
  BITS("^", "xor($1, $2)", "Bits set in one of the two."),
  { .name = "~",
    .min_args = 1,
    .max_args = 1,
    .args = "integral",
    .returns = "$1",
    .duckdb = "(~$1)",
    .doc = "All bits turned." },
  SHIFT("<<", "shiftleft", "spark_shift_left_$T($1, $2)", "Bits shifted to the left."),
  SHIFT(">>", "shiftright", "spark_shift_right_$T($1, $2)", "Bits shifted to the right, keeping the sign."),
  SHIFT(">>>", "shiftrightunsigned", "spark_shift_right_unsigned_$T($1, $2)", "Bits shifted to the right."),
};

FUNCTION_FAMILY(arithmetic_family, "arithmetic", rows);
