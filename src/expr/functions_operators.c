/* Arithmetic, bits, comparisons and logic. How operands get a common type is Spark's TypeCoercion with ANSI off; how a
 * result is printed keeps DuckDB's own operators wherever they cannot raise an error and mean the same. */
#include "expr/functions.h"

#include "value/regex.h"

static const char diff_types[] = "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES";
static const char wrong_type[] = "DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE";

static enum type_id type_of(const struct call *call, size_t index)
{
  return call->args[index]->type->id;
}

static const char *name_of(const struct call *call, size_t index)
{
  return type_name(call->resolver->arena, call->args[index]->type);
}

static bool fail_operands(struct call *call, const char *error_class)
{
  return call_fail(call, error_class, "\"%s\" cannot take %s and %s", call->function->name, name_of(call, 0),
                   name_of(call, 1));
}

/* Logic. */

static bool resolve_logic(struct call *call)
{
  for (size_t i = 0; i < 2; i++)
    if (type_of(call, i) == TYPE_VOID)
      call_cast(call, i, type_simple(TYPE_BOOLEAN));
  if (!type_equal(call->args[0]->type, call->args[1]->type))
    return fail_operands(call, diff_types);
  if (type_of(call, 0) != TYPE_BOOLEAN)
    return fail_operands(call, wrong_type);
  return true;
}

/* Comparisons. */

/* Whether the two are a boolean and a number, which only equalities compare: true is 1. */
static bool is_boolean_equality(const struct call *call, size_t boolean)
{
  bool is_equality = call->function->name[0] == '=' || strcmp(call->function->name, "<>") == 0 ||
                     strcmp(call->function->name, "<=>") == 0;
  return is_equality && type_of(call, boolean) == TYPE_BOOLEAN && type_is_numeric(call->args[1 - boolean]->type);
}

static const struct type *comparison_type(struct call *call)
{
  struct arena *arena = call->resolver->arena;
  const struct type *types[2] = { call->args[0]->type, call->args[1]->type };
  for (size_t i = 0; i < 2; i++)
    if (is_boolean_equality(call, i))
      return types[1 - i];
  for (size_t i = 0; i < 2; i++)
    if (type_is_integral(types[i]) && types[1 - i]->id == TYPE_DECIMAL)
      types[i] = type_decimal_of(arena, call->args[i]);
  return type_for_comparison(arena, types[0], types[1]);
}

static bool resolve_comparison(struct call *call)
{
  const struct type *type = comparison_type(call);
  if (type == NULL)
    return fail_operands(call, diff_types);
  if (!type_is_orderable(type))
    return fail_operands(call, "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE");
  call_cast(call, 0, type);
  call_cast(call, 1, type);
  call->type = type_simple(TYPE_BOOLEAN);
  return true;
}

static bool is_nested(const struct type *type)
{
  return type->id == TYPE_ARRAY || type->id == TYPE_STRUCT;
}

/* DuckDB puts nulls within arrays and structs last, Spark first; for equality there is no difference. */
static void print_comparison(const struct expr *call, struct text_buffer *out)
{
  const char *name = call->function->name;
  bool is_ordering = (name[0] == '<' || name[0] == '>') && strcmp(name, "<>") != 0;
  if (is_ordering && is_nested(call->args[0]->type)) {
    print_template(call, "(spark_compare__$T1__$T2__int($1, $2) ", out);
    text_buffer_printf(out, "%s 0)", name);
    return;
  }
  text_buffer_add_char(out, '(');
  print_expr(call->args[0], out);
  text_buffer_printf(out, " %s ", name);
  print_expr(call->args[1], out);
  text_buffer_add_char(out, ')');
}

/* Two comparisons, each coerced by itself: the arguments become value, low, value, high. */
static bool resolve_between(struct call *call)
{
  static const char *const operators[] = { ">=", "<=" };
  const struct expr **args = arena_array(call->resolver->arena, 4, sizeof *args);
  for (size_t i = 0; i < 2; i++) {
    args[2 * i] = call->args[0];
    args[2 * i + 1] = call->args[i + 1];
    struct call comparison = *call;
    comparison.function = function_find(text_from(operators[i]));
    comparison.args = args + 2 * i;
    comparison.n_args = 2;
    TRY(resolve_comparison(&comparison));
  }
  call->args = args;
  call->n_args = 4;
  return true;
}

static void print_between(const struct expr *call, struct text_buffer *out)
{
  bool is_plain = call->args[0] == call->args[2] && !is_nested(call->args[0]->type);
  if (is_plain) {
    print_template(call, "($1 BETWEEN $2 AND $4)", out);
    return;
  }
  struct expr half = *call;
  half.n_args = 2;
  text_buffer_add_char(out, '(');
  half.function = function_find(TEXT(">="));
  print_comparison(&half, out);
  text_buffer_add_string(out, " AND ");
  half.function = function_find(TEXT("<="));
  half.args = call->args + 2;
  print_comparison(&half, out);
  text_buffer_add_char(out, ')');
}

static bool resolve_in(struct call *call)
{
  const struct type *type;
  TRY(call_widen(call, 0, true, &type));
  if (!type_is_orderable(type))
    return call_fail(call, "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE", "IN cannot compare values of type %s",
                     name_of(call, 0));
  return true;
}

static void print_in(const struct expr *call, struct text_buffer *out)
{
  text_buffer_add_char(out, '(');
  print_expr(call->args[0], out);
  text_buffer_add_string(out, " IN (");
  print_args(call, 1, ", ", out);
  text_buffer_add_string(out, "))");
}

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
    return fail_operands(call, diff_types);
  bool is_accepted = type_is_numeric(common) && !(row->decimal_type == quotient_type && is_floating(common->id));
  if (!is_accepted)
    return fail_operands(call, type_equal(a, b) ? wrong_type : diff_types);
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

/* Dates, timestamps and intervals: what an operator makes of two types. `swap` takes the operands the other way round.
 */
struct temporal {
  const char *name;
  const char *left, *right; /* as in a function's row */
  const char *cast_left, *cast_right;
  const char *returns; /* NULL: the common type of two intervals */
  const char *print;
};

static const struct temporal temporals[] = {
  { "+", "date", "int|smallint|tinyint", "date", "int", "date", "spark_date_add($1, $2)" },
  { "+", "int|smallint|tinyint", "date", "int", "date", "date", "spark_date_add($2, $1)" },
  { "-", "date", "int|smallint|tinyint", "date", "int", "date", "spark_date_sub($1, $2)" },
  { "+", "date", "interval day", "date", NULL, "date", "spark_date_add_interval($1, $2)" },
  { "+", "interval day", "date", NULL, "date", "date", "spark_date_add_interval($2, $1)" },
  { "-", "date", "interval day", "date", NULL, "date", "spark_date_add_interval($1, -$2)" },
  { "+", "date", "year_month", "date", NULL, "date", "spark_date_add_interval($1, $2)" },
  { "+", "year_month", "date", NULL, "date", "date", "spark_date_add_interval($2, $1)" },
  { "-", "date", "year_month", "date", NULL, "date", "spark_date_add_interval($1, -$2)" },
  { "+", "timestamp_ntz", "year_month|day_time", NULL, NULL, "timestamp_ntz", "spark_ntz_add_interval($1, $2)" },
  { "+", "year_month|day_time", "timestamp_ntz", NULL, NULL, "timestamp_ntz", "spark_ntz_add_interval($2, $1)" },
  { "-", "timestamp_ntz", "year_month|day_time", NULL, NULL, "timestamp_ntz", "spark_ntz_add_interval($1, -$2)" },
  { "+", "timestamp|date", "year_month|day_time", "timestamp", NULL, "timestamp",
    "spark_timestamp_add_interval($1, $2)" },
  { "+", "year_month|day_time", "timestamp|date", NULL, "timestamp", "timestamp",
    "spark_timestamp_add_interval($2, $1)" },
  { "-", "timestamp|date", "year_month|day_time", "timestamp", NULL, "timestamp",
    "spark_timestamp_add_interval($1, -$2)" },
  { "+", "string", "day_time", "timestamp", NULL, "string",
    "spark_cast__timestamp__string(spark_timestamp_add_interval($1, $2))" },
  { "-", "string", "day_time", "timestamp", NULL, "string",
    "spark_cast__timestamp__string(spark_timestamp_add_interval($1, -$2))" },
  { "+", "day_time", "string", NULL, "timestamp", "string",
    "spark_cast__timestamp__string(spark_timestamp_add_interval($2, $1))" },
  { "-", "timestamp_ntz", "timestamp", "timestamp", NULL, "interval day to second",
    "spark_timestamp_difference($1, $2)" },
  { "-", "timestamp", "timestamp_ntz", NULL, "timestamp", "interval day to second",
    "spark_timestamp_difference($1, $2)" },
  { "-", "date", "date", NULL, NULL, "interval day", "spark_date_difference($1, $2)" },
  { "-", "string", "date", "date", NULL, "interval day", "spark_date_difference($1, $2)" },
  { "-", "timestamp_ntz", "timestamp_ntz|date", NULL, "timestamp_ntz", "interval day to second",
    "spark_ntz_difference($1, $2)" },
  { "-", "date", "timestamp_ntz", "timestamp_ntz", NULL, "interval day to second", "spark_ntz_difference($1, $2)" },
  { "-", "timestamp|date", "timestamp|date", "timestamp", "timestamp", "interval day to second",
    "spark_timestamp_difference($1, $2)" },
  { "+", "year_month", "year_month", NULL, NULL, NULL, "($1 + $2)" },
  { "-", "year_month", "year_month", NULL, NULL, NULL, "($1 - $2)" },
  { "+", "day_time", "day_time", NULL, NULL, NULL, "($1 + $2)" },
  { "-", "day_time", "day_time", NULL, NULL, NULL, "($1 - $2)" },
  { "*", "year_month", "numeric", NULL, NULL, "interval year to month", "spark_interval_multiply_$T2($1, $2)" },
  { "*", "numeric", "year_month", NULL, NULL, "interval year to month", "spark_interval_multiply_$T1($2, $1)" },
  { "*", "day_time", "numeric", NULL, NULL, "interval day to second", "spark_interval_multiply_$T2($1, $2)" },
  { "*", "numeric", "day_time", NULL, NULL, "interval day to second", "spark_interval_multiply_$T1($2, $1)" },
  { "/", "year_month", "numeric", NULL, NULL, "interval year to month", "spark_interval_divide_$T2($1, $2)" },
  { "/", "day_time", "numeric", NULL, NULL, "interval day to second", "spark_interval_divide_$T2($1, $2)" },
  { "div", "year_month", "year_month", NULL, NULL, "bigint", "spark_interval_quotient($1, $2)" },
  { "div", "day_time", "day_time", NULL, NULL, "bigint", "spark_interval_quotient($1, $2)" },
};

/* try_add and the like take the rows of their plain operator. */
static const char *plain_name(const char *name)
{
  static const char *const plain[][2] = {
    { "try_add", "+" },
    { "try_subtract", "-" },
    { "try_multiply", "*" },
    { "try_divide", "/" },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(plain); i++)
    if (strcmp(plain[i][0], name) == 0)
      return plain[i][1];
  return name;
}

static bool is_one_of(struct arena *arena, const struct type *type, const char *words)
{
  if (type->id == TYPE_VOID)
    return false;
  if (strcmp(words, "interval day") == 0)
    return type->id == TYPE_INTERVAL_DAY_TIME && type->last_unit == UNIT_DAY;
  bool is_text = type->id == TYPE_STRING;
  const struct type *found = type_for_argument(arena, type, text_from(words));
  return found != NULL && type_equal(found, type) && (!is_text || strcmp(words, "string") == 0);
}

static const struct temporal *find_temporal(struct arena *arena, const char *name, const struct expr *left,
                                            const struct expr *right)
{
  for (size_t i = 0; i < ARRAY_LENGTH(temporals); i++) {
    const struct temporal *row = &temporals[i];
    if (strcmp(row->name, name) == 0 && is_one_of(arena, left->type, row->left) &&
        is_one_of(arena, right->type, row->right))
      return row;
  }
  return NULL;
}

/* Spark takes "+" and "-" of dates and of texts beside dates and intervals for functions, whose arguments are wrong;
 * other operators just cannot take the two types. */
static bool fail_temporal(struct call *call, const char *name)
{
  bool has_date = type_of(call, 0) == TYPE_DATE || type_of(call, 1) == TYPE_DATE;
  bool is_function = name[0] == '+' || name[0] == '-';
  for (size_t i = 0; i < 2 && !has_date; i++)
    is_function &=
        type_of(call, i) >= TYPE_STRING && type_of(call, i) <= TYPE_INTERVAL && type_of(call, i) != TYPE_BINARY;
  if (type_equal(call->args[0]->type, call->args[1]->type) && !has_date)
    return fail_operands(call, wrong_type);
  if (!is_function)
    return fail_operands(call, type_equal(call->args[0]->type, call->args[1]->type) ? wrong_type : diff_types);
  return call_fail_type(call, type_of(call, 0) == TYPE_STRING ? 0 : 1, "another type");
}

static bool is_temporal(const struct type *type)
{
  return type->id >= TYPE_DATE && type->id <= TYPE_INTERVAL;
}

static const struct type *parse_type(struct call *call, const char *text)
{
  const struct type *type;
  if (!type_parse(call->resolver->arena, text_from(text), call->place, &type, call->resolver->err))
    BUG("a row of the temporal operators names no type");
  return type;
}

/* Integers multiply and divide intervals as bigint, other numbers as double. */
static void cast_factor(struct call *call, size_t index)
{
  const struct type *type = call->args[index]->type;
  if (type_is_numeric(type))
    call_cast(call, index, type_simple(type_is_integral(type) ? TYPE_BIGINT : TYPE_DOUBLE));
}

/* A NULL or a text beside a date or an interval: a factor, what is added to a date, or one of the same kind. */
static void cast_null(struct call *call, size_t index, char operator)
{
  const struct type *other = call->args[1 - index]->type;
  bool is_null = type_of(call, index) == TYPE_VOID;
  bool is_factor =
      (operator== '*' ||(operator== '/' && index == 1)) && is_temporal(other) && other->id >= TYPE_INTERVAL_YEAR_MONTH;
  if (is_factor && (is_null || type_of(call, index) == TYPE_STRING))
    call_cast(call, index, type_simple(TYPE_DOUBLE));
  else if (is_null && operator== '+' && other->id <= TYPE_TIMESTAMP_NTZ)
    call_cast(call, index, type_simple(TYPE_INTERVAL_DAY_TIME));
  else if (is_null && operator!= '*' && operator!= '/' && operator!= '%')
    call_cast(call, index, other);
}

static bool resolve_temporal(struct call *call)
{
  struct arena *arena = call->resolver->arena;
  const char *name = plain_name(call->function->name);
  for (size_t i = 0; i < 2; i++)
    cast_null(call, i, name[0]);
  const struct temporal *row = find_temporal(arena, name, call->args[0], call->args[1]);
  bool has_calendar = type_of(call, 0) == TYPE_INTERVAL || type_of(call, 1) == TYPE_INTERVAL;
  if (row == NULL && has_calendar)
    return call_fail(call, NULL, "calendar intervals of make_interval are not supported by \"%s\"", name);
  if (row == NULL)
    return fail_temporal(call, name);
  if (row->cast_left != NULL)
    call_cast(call, 0, parse_type(call, row->cast_left));
  if (row->cast_right != NULL)
    call_cast(call, 1, parse_type(call, row->cast_right));
  if (name[0] == '*' || name[0] == '/') {
    cast_factor(call, 0);
    cast_factor(call, 1);
  }
  call->type = row->returns == NULL ? type_tightest(arena, call->args[0]->type, call->args[1]->type)
                                    : parse_type(call, row->returns);
  return true;
}

static bool resolve_number(struct call *call)
{
  bool has_temporal = is_temporal(call->args[0]->type) || is_temporal(call->args[1]->type);
  return has_temporal ? resolve_temporal(call) : resolve_arithmetic(call);
}

/* The printed form depends on the types before their casts, of which the printed operands are the casts. */
static const struct temporal *printed_temporal(const struct expr *call)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  const char *name = plain_name(call->function->name);
  bool is_text = call->type->id == TYPE_STRING;
  for (size_t i = 0; i < ARRAY_LENGTH(temporals); i++) {
    const struct temporal *row = &temporals[i];
    const char *left = row->cast_left == NULL ? row->left : row->cast_left;
    const char *right = row->cast_right == NULL ? row->right : row->cast_right;
    if (strcmp(row->name, name) == 0 && is_one_of(&arena, call->args[0]->type, left) &&
        is_one_of(&arena, call->args[1]->type, right) &&
        is_text == (row->returns != NULL && strcmp(row->returns, "string") == 0))
      return row;
  }
  BUG("an operator on dates or intervals without a row");
}

static void print_number(const struct expr *call, struct text_buffer *out)
{
  if (is_temporal(call->args[0]->type) || is_temporal(call->args[1]->type))
    print_template(call, printed_temporal(call)->print, out);
  else
    print_arithmetic(call, out);
}

/* Signs. */

static bool resolve_sign(struct call *call)
{
  if (type_of(call, 0) == TYPE_INTERVAL)
    return call_fail(call, NULL, "calendar intervals of make_interval are not supported by \"%s\"",
                     call->function->name);
  TRY(call_expect(call, 0, "numeric|year_month|day_time"));
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
  print_integer_or(call, "negate", is_long ? "spark_decimal_negate__$T1__$T($1)" : "(-$1)", out);
}

static void print_absolute(const struct expr *call, struct text_buffer *out)
{
  bool is_interval = is_temporal(call->args[0]->type);
  print_integer_or(call, "abs", is_interval ? "spark_interval_abs($1)" : "abs($1)", out);
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
    return fail_operands(call, common != NULL && type_equal(call->args[0]->type, call->args[1]->type) ? wrong_type
                                                                                                      : diff_types);
  call_cast(call, 0, common);
  call_cast(call, 1, common);
  call->type = common;
  return true;
}

/* Concatenation, also as the function concat(). */

static bool resolve_concat(struct call *call)
{
  bool has_array = false;
  bool all_binary = call->n_args > 0;
  for (size_t i = 0; i < call->n_args; i++) {
    has_array |= type_of(call, i) == TYPE_ARRAY;
    all_binary &= type_of(call, i) == TYPE_BINARY;
  }
  call->type = type_simple(all_binary ? TYPE_BINARY : TYPE_STRING);
  if (has_array)
    return call_widen(call, 0, true, &call->type);
  for (size_t i = 0; i < call->n_args; i++)
    TRY(call_expect(call, i, all_binary ? "binary" : "string"));
  return true;
}

/* DuckDB's || is null where an operand is, as Spark's concat. */
static void print_concat(const struct expr *call, struct text_buffer *out)
{
  if (call->n_args == 0) {
    text_buffer_add_string(out, "''");
    return;
  }
  text_buffer_add_char(out, '(');
  print_args(call, 0, " || ", out);
  text_buffer_add_char(out, ')');
}

/* LIKE and RLIKE. */

static bool check_pattern(struct call *call)
{
  struct text pattern;
  struct resolver *resolver = call->resolver;
  if (!call_literal_text(call, 1, &pattern))
    return true;
  struct regex *regex = NULL;
  if (regex_compile(pattern, REGEX_JAVA, call->args[1]->place, &regex, resolver->err)) {
    regex_free(&regex);
    return true;
  }
  resolver->error_class = "INVALID_PARAMETER_VALUE.PATTERN";
  return false;
}

/* The escape character, and what it may stand before: itself, % and _. */
static bool resolve_like(struct call *call)
{
  struct text pattern;
  struct text escape = TEXT("\\");
  if (call->n_args == 3 && (!call_literal_text(call, 2, &escape) || text_count_characters(escape) != 1))
    return call_fail(call, "INVALID_ESCAPE_CHAR", "ESCAPE takes one character");
  if (escape.length > 1)
    return call_fail(call, NULL, "an ESCAPE character outside ASCII is not supported");
  if (!call_literal_text(call, 1, &pattern))
    return true;
  for (size_t i = 0; i < pattern.length; i++) {
    if (pattern.data[i] != escape.data[0])
      continue;
    if (++i == pattern.length)
      return call_fail(call, "INVALID_FORMAT.ESC_AT_THE_END", "the pattern ends with its escape character");
    if (pattern.data[i] != '_' && pattern.data[i] != '%' && pattern.data[i] != escape.data[0])
      return call_fail(call, "INVALID_FORMAT.ESC_IN_THE_MIDDLE",
                       "the pattern's escape character stands before \"%c\", where only _, %% or itself may follow",
                       pattern.data[i]);
  }
  return true;
}

/* DuckDB's own LIKE where the pattern is a constant, which resolve_like has checked. */
static void print_like(const struct expr *call, struct text_buffer *out)
{
  bool is_native = call->args[1]->kind == EXPR_LITERAL && !call->args[1]->literal.is_null;
  print_template(call, is_native ? "($1 LIKE $2 ESCAPE ${3:'\\'})" : "spark_like($1, $2, ${3:'\\'})", out);
}

static bool resolve_collate(struct call *call)
{
  struct text name;
  if (!call_literal_text(call, 1, &name) || !text_equal_nocase(name, TEXT("UTF8_BINARY")))
    return call_fail(call, NULL, "collations other than UTF8_BINARY are not supported yet by crisol");
  call->type = type_simple(TYPE_STRING);
  return true;
}

#define COMPARISON(symbol, text)                                                                                       \
  {                                                                                                                    \
    .name = (symbol), .min_args = 2, .max_args = 2, .flags = FUNCTION_INFIX, .resolve = resolve_comparison,            \
    .print = print_comparison, .doc = (text)                                                                           \
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
  { .name = "and",
    .min_args = 2,
    .max_args = 2,
    .flags = FUNCTION_INFIX,
    .returns = "boolean",
    .resolve = resolve_logic,
    .duckdb = "($1 AND $2)",
    .doc = "True where both are." },
  { .name = "or",
    .min_args = 2,
    .max_args = 2,
    .flags = FUNCTION_INFIX,
    .returns = "boolean",
    .resolve = resolve_logic,
    .duckdb = "($1 OR $2)",
    .doc = "True where either is." },
  { .name = "not",
    .aliases = "!",
    .min_args = 1,
    .max_args = 1,
    .args = "boolean",
    .returns = "boolean",
    .duckdb = "(NOT $1)",
    .doc = "True where the argument is false." },
  COMPARISON("=", "Equal; null where either is null."),
  COMPARISON("<>", "Not equal."),
  COMPARISON("<", "Less."),
  COMPARISON("<=", "Less or equal."),
  COMPARISON(">", "Greater."),
  COMPARISON(">=", "Greater or equal."),
  { .name = "<=>",
    .aliases = "equal_null",
    .min_args = 2,
    .max_args = 2,
    .flags = FUNCTION_INFIX,
    .resolve = resolve_comparison,
    .duckdb = "($1 IS NOT DISTINCT FROM $2)",
    .doc = "Equal, where null equals null." },
  { .name = "between",
    .min_args = 3,
    .max_args = 3,
    .returns = "boolean",
    .resolve = resolve_between,
    .print = print_between,
    .doc = "Within two bounds, both included." },
  { .name = "in",
    .min_args = 2,
    .max_args = ANY_NUMBER,
    .returns = "boolean",
    .resolve = resolve_in,
    .print = print_in,
    .doc = "Equal to one of the values." },
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
  { .name = "||",
    .min_args = 2,
    .max_args = 2,
    .flags = FUNCTION_INFIX,
    .resolve = resolve_concat,
    .print = print_concat,
    .doc = "Texts, binaries or arrays joined." },
  { .name = "concat",
    .min_args = 0,
    .max_args = ANY_NUMBER,
    .resolve = resolve_concat,
    .print = print_concat,
    .doc = "Texts, binaries or arrays joined; null where one is null." },
  { .name = "like",
    .min_args = 2,
    .max_args = 3,
    .args = "string",
    .returns = "boolean",
    .resolve = resolve_like,
    .print = print_like,
    .doc = "Matches a pattern of % (anything) and _ (one character)." },
  { .name = "ilike",
    .min_args = 2,
    .max_args = 3,
    .args = "string",
    .returns = "boolean",
    .resolve = resolve_like,
    .duckdb = "spark_like(spark_lower($1), spark_lower($2), ${3:'\\'})",
    .doc = "LIKE without case." },
  { .name = "rlike",
    .aliases = "regexp regexp_like",
    .min_args = 2,
    .max_args = 2,
    .args = "string",
    .returns = "boolean",
    .resolve = check_pattern,
    .duckdb = "spark_rlike($1, $2)",
    .doc = "Whether a regular expression of java.util.regex is found in the text." },
  { .name = "collate",
    .min_args = 2,
    .max_args = 2,
    .args = "string",
    .resolve = resolve_collate,
    .duckdb = "$1",
    .doc = "The text with a collation; UTF8_BINARY alone." },
  { .name = "isnull",
    .min_args = 1,
    .max_args = 1,
    .args = "any",
    .returns = "boolean",
    .duckdb = "($1 IS NULL)",
    .doc = "Whether the value is null." },
  { .name = "isnotnull",
    .min_args = 1,
    .max_args = 1,
    .args = "any",
    .returns = "boolean",
    .duckdb = "($1 IS NOT NULL)",
    .doc = "Whether the value is not null." },
  { .name = "is true",
    .min_args = 1,
    .max_args = 1,
    .args = "boolean",
    .returns = "boolean",
    .duckdb = "($1 IS NOT DISTINCT FROM TRUE)",
    .doc = "True where the argument is true, false where it is null." },
  { .name = "is false",
    .min_args = 1,
    .max_args = 1,
    .args = "boolean",
    .returns = "boolean",
    .duckdb = "($1 IS NOT DISTINCT FROM FALSE)",
    .doc = "True where the argument is false." },
  { .name = "is unknown",
    .min_args = 1,
    .max_args = 1,
    .args = "boolean",
    .returns = "boolean",
    .duckdb = "($1 IS NULL)",
    .doc = "True where the argument is null." },
};

FUNCTION_FAMILY(operator_family, "operators", rows);
