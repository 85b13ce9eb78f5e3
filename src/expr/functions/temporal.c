/* Arithmetic on dates, timestamps and intervals: a table of what an operator makes of two types. */
#include "expr/functions/operators.h"

/* What an operator makes of two types. */
struct temporal {
  const char *name;
  const char *left, *right; /* as in a function's row */
  const char *cast_left, *cast_right;
  const char *returns; /* NULL: the common type of two intervals */
  const char *print;
};

#define NEGATED "spark_calendar_negate($2)"
#define MULTIPLY_DECIMAL "spark_interval_multiply_decimal__interval__$T2__interval($1, $2)"
#define MULTIPLY_BY_DECIMAL "spark_interval_multiply_decimal__interval__$T1__interval($2, $1)"
#define DIVIDE_DECIMAL "spark_interval_divide_decimal__interval__$T2__interval($1, $2)"

static const struct temporal temporals[] = {
  { "+", "date", "int|smallint|tinyint", "date", "int", "date", "spark_date_add($1, $2)" },
  { "+", "int|smallint|tinyint", "date", "int", "date", "date", "spark_date_add($2, $1)" },
  { "-", "date", "int|smallint|tinyint", "date", "int", "date", "spark_date_sub($1, $2)" },
  { "+", "date", "interval day", "date", NULL, "date", "spark_date_add_interval($1, $2)" },
  { "+", "interval day", "date", NULL, "date", "date", "spark_date_add_interval($2, $1)" },
  { "-", "date", "interval day", "date", NULL, "date", "spark_date_add_interval($1, spark_interval_negate($2))" },
  { "+", "date", "year_month", "date", NULL, "date", "spark_date_add_interval($1, $2)" },
  { "+", "year_month", "date", NULL, "date", "date", "spark_date_add_interval($2, $1)" },
  { "-", "date", "year_month", "date", NULL, "date", "spark_date_add_interval($1, spark_interval_negate($2))" },
  { "+", "timestamp_ntz", "year_month|day_time", NULL, NULL, "timestamp_ntz", "spark_ntz_add_interval($1, $2)" },
  { "+", "year_month|day_time", "timestamp_ntz", NULL, NULL, "timestamp_ntz", "spark_ntz_add_interval($2, $1)" },
  { "-", "timestamp_ntz", "year_month|day_time", NULL, NULL, "timestamp_ntz",
    "spark_ntz_add_interval($1, spark_interval_negate($2))" },
  { "+", "timestamp|date", "year_month|day_time", "timestamp", NULL, "timestamp",
    "spark_timestamp_add_interval($1, $2)" },
  { "+", "year_month|day_time", "timestamp|date", NULL, "timestamp", "timestamp",
    "spark_timestamp_add_interval($2, $1)" },
  { "-", "timestamp|date", "year_month|day_time", "timestamp", NULL, "timestamp",
    "spark_timestamp_add_interval($1, spark_interval_negate($2))" },
  { "+", "string", "day_time", "timestamp", NULL, "string",
    "spark_cast__timestamp__string(spark_timestamp_add_interval($1, $2))" },
  { "-", "string", "day_time", "timestamp", NULL, "string",
    "spark_cast__timestamp__string(spark_timestamp_add_interval($1, spark_interval_negate($2)))" },
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
  { "+", "year_month", "year_month", NULL, NULL, NULL, "spark_interval_add($1, $2)" },
  { "-", "year_month", "year_month", NULL, NULL, NULL, "spark_interval_subtract($1, $2)" },
  { "+", "day_time", "day_time", NULL, NULL, NULL, "spark_interval_add($1, $2)" },
  { "-", "day_time", "day_time", NULL, NULL, NULL, "spark_interval_subtract($1, $2)" },
  { "*", "year_month", "integral|double|float", NULL, NULL, "interval year to month",
    "spark_interval_multiply_$T2($1, $2)" },
  { "*", "integral|double|float", "year_month", NULL, NULL, "interval year to month",
    "spark_interval_multiply_$T1($2, $1)" },
  { "*", "day_time", "integral|double|float", NULL, NULL, "interval day to second",
    "spark_interval_multiply_$T2($1, $2)" },
  { "*", "integral|double|float", "day_time", NULL, NULL, "interval day to second",
    "spark_interval_multiply_$T1($2, $1)" },
  { "/", "year_month", "integral|double|float", NULL, NULL, "interval year to month",
    "spark_interval_divide_$T2($1, $2)" },
  { "/", "day_time", "integral|double|float", NULL, NULL, "interval day to second",
    "spark_interval_divide_$T2($1, $2)" },
  { "*", "year_month", "decimal", NULL, NULL, "interval year to month", MULTIPLY_DECIMAL },
  { "*", "day_time", "decimal", NULL, NULL, "interval day to second", MULTIPLY_DECIMAL },
  { "*", "decimal", "year_month", NULL, NULL, "interval year to month", MULTIPLY_BY_DECIMAL },
  { "*", "decimal", "day_time", NULL, NULL, "interval day to second", MULTIPLY_BY_DECIMAL },
  { "/", "year_month", "decimal", NULL, NULL, "interval year to month", DIVIDE_DECIMAL },
  { "/", "day_time", "decimal", NULL, NULL, "interval day to second", DIVIDE_DECIMAL },
  { "+", "timestamp", "calendar", NULL, NULL, "timestamp", "spark_timestamp_add_calendar($1, $2)" },
  { "+", "calendar", "timestamp", NULL, NULL, "timestamp", "spark_timestamp_add_calendar($2, $1)" },
  { "-", "timestamp", "calendar", NULL, NULL, "timestamp", "spark_timestamp_add_calendar($1, " NEGATED ")" },
  { "+", "timestamp_ntz", "calendar", NULL, NULL, "timestamp_ntz", "spark_ntz_add_calendar($1, $2)" },
  { "+", "calendar", "timestamp_ntz", NULL, NULL, "timestamp_ntz", "spark_ntz_add_calendar($2, $1)" },
  { "-", "timestamp_ntz", "calendar", NULL, NULL, "timestamp_ntz", "spark_ntz_add_calendar($1, " NEGATED ")" },
  { "+", "date", "calendar", NULL, NULL, "date", "spark_date_add_calendar($1, $2)" },
  { "+", "calendar", "date", NULL, NULL, "date", "spark_date_add_calendar($2, $1)" },
  { "-", "date", "calendar", NULL, NULL, "date", "spark_date_add_calendar($1, " NEGATED ")" },
  { "+", "string", "calendar", "timestamp", NULL, "string",
    "spark_cast__timestamp__string(spark_timestamp_add_calendar($1, $2))" },
  { "-", "string", "calendar", "timestamp", NULL, "string",
    "spark_cast__timestamp__string(spark_timestamp_add_calendar($1, " NEGATED "))" },
  { "+", "calendar", "string", NULL, "timestamp", "string",
    "spark_cast__timestamp__string(spark_timestamp_add_calendar($2, $1))" },
  { "+", "calendar", "calendar", NULL, NULL, "interval", "spark_calendar_add($1, $2)" },
  { "-", "calendar", "calendar", NULL, NULL, "interval", "spark_calendar_add($1, " NEGATED ")" },
  { "*", "calendar", "numeric", NULL, "double", "interval", "spark_calendar_multiply($1, $2)" },
  { "*", "numeric", "calendar", "double", NULL, "interval", "spark_calendar_multiply($2, $1)" },
  { "/", "calendar", "numeric", NULL, "double", "interval", "spark_calendar_divide($1, $2)" },
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
  if (strcmp(words, "calendar") == 0)
    return type->id == TYPE_INTERVAL;
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
    return fail_operands(call, WRONG_TYPE);
  if (!is_function)
    return fail_operands(call, type_equal(call->args[0]->type, call->args[1]->type) ? WRONG_TYPE : DIFFERENT_TYPES);
  return call_fail_type(call, type_of(call, 0) == TYPE_STRING ? 0 : 1, "interval");
}

bool temporal_applies(const struct type *type)
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

/* Integers multiply and divide intervals as bigint, decimals as they are, other numbers as double. */
static void cast_factor(struct call *call, size_t index)
{
  const struct type *type = call->args[index]->type;
  if (type_is_numeric(type) && type->id != TYPE_DECIMAL)
    call_cast(call, index, type_simple(type_is_integral(type) ? TYPE_BIGINT : TYPE_DOUBLE));
}

/* A NULL or a text beside a date or an interval: a factor, what is added to a date, or one of the same kind. */
static void cast_null(struct call *call, size_t index, char symbol)
{
  const struct type *other = call->args[1 - index]->type;
  bool is_null = type_of(call, index) == TYPE_VOID;
  bool is_division = symbol == '/';
  bool is_factor = (symbol == '*' || (is_division && index == 1)) && temporal_applies(other) &&
                   other->id >= TYPE_INTERVAL_YEAR_MONTH;
  if (is_factor && (is_null || type_of(call, index) == TYPE_STRING))
    call_cast(call, index, type_simple(TYPE_DOUBLE));
  else if (is_null && symbol == '+' && other->id <= TYPE_TIMESTAMP_NTZ)
    call_cast(call, index, type_simple(TYPE_INTERVAL_DAY_TIME));
  else if (is_null && symbol != '*' && symbol != '%' && !is_division)
    call_cast(call, index, other);
}

bool temporal_resolve(struct call *call)
{
  struct arena *arena = call->resolver->arena;
  const char *name = plain_name(call->function->name);
  for (size_t i = 0; i < 2; i++)
    cast_null(call, i, name[0]);
  const struct temporal *row = find_temporal(arena, name, call->args[0], call->args[1]);
  if (row == NULL)
    return fail_temporal(call, name);
  if (row->cast_left != NULL)
    call_cast(call, 0, parse_type(call, row->cast_left));
  if (row->cast_right != NULL)
    call_cast(call, 1, parse_type(call, row->cast_right));
  if (row->cast_left == NULL && row->cast_right == NULL && (name[0] == '*' || name[0] == '/')) {
    cast_factor(call, 0);
    cast_factor(call, 1);
  }
  call->type = row->returns == NULL ? type_tightest(arena, call->args[0]->type, call->args[1]->type)
                                    : parse_type(call, row->returns);
  return true;
}

/* The printed form depends on the types before their casts, of which the printed operands are the casts. */
static const struct temporal *find_printed(const struct expr *call)
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

void temporal_print(const struct expr *call, struct text_buffer *out)
{
  bool is_try = strncmp(call->function->name, "try_", 4) == 0; /* null for whatever fails, as Spark's TryEval */
  text_buffer_add_string(out, is_try ? "TRY(" : "");
  print_template(call, find_printed(call)->print, out);
  text_buffer_add_string(out, is_try ? ")" : "");
}
