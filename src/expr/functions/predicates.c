/* Logic, comparisons, patterns: what is true, false or null. DuckDB's own operators are kept wherever they cannot raise
 * an error and mean the same. */
#include "expr/functions/operators.h"

#include "value/regex.h"

/* Logic. */

static bool resolve_logic(struct call *call)
{
  for (size_t i = 0; i < 2; i++)
    if (type_of(call, i) == TYPE_VOID)
      call_cast(call, i, type_simple(TYPE_BOOLEAN));
  if (!type_equal(call->args[0]->type, call->args[1]->type))
    return fail_operands(call, DIFFERENT_TYPES);
  if (type_of(call, 0) != TYPE_BOOLEAN)
    return fail_operands(call, WRONG_TYPE);
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
    return fail_operands(call, DIFFERENT_TYPES);
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

/* x IS TRUE is x <=> true: a text becomes a boolean, and true becomes 1 beside a number. */
static bool resolve_is(struct call *call)
{
  if (type_is_numeric(call->args[0]->type))
    return true;
  if (type_of(call, 0) == TYPE_STRING)
    call_cast(call, 0, type_simple(TYPE_BOOLEAN));
  return call_expect(call, 0, "boolean");
}

static void print_is(const struct expr *call, struct text_buffer *out)
{
  bool is_true = strcmp(call->function->name, "is true") == 0;
  if (type_is_numeric(call->args[0]->type))
    print_template(call, is_true ? "($1 IS NOT DISTINCT FROM 1)" : "($1 IS NOT DISTINCT FROM 0)", out);
  else
    print_template(call, is_true ? "($1 IS NOT DISTINCT FROM TRUE)" : "($1 IS NOT DISTINCT FROM FALSE)", out);
}

static bool resolve_in(struct call *call)
{
  const struct type *type;
  TRY(call_widen(call, 0, true, &type));
  if (!type_is_orderable(type))
    return call_fail(call, "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE", "IN cannot compare values of type %s",
                     type_name(call->resolver->arena, call->args[0]->type));
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

/* There is one, for NULL too. */
static bool resolve_collation(struct call *call)
{
  return call_expect_text(call, 0);
}

#define COMPARISON(symbol, text)                                                                                       \
  {                                                                                                                    \
    .name = (symbol), .min_args = 2, .max_args = 2, .flags = FUNCTION_INFIX, .resolve = resolve_comparison,            \
    .print = print_comparison, .doc = (text)                                                                           \
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
  { .name = "collation",
    .min_args = 1,
    .max_args = 1,
    .returns = "string",
    .resolve = resolve_collation,
    .duckdb = "'SYSTEM.BUILTIN.UTF8_BINARY'",
    .doc = "The name of a text's collation." },
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
    .returns = "boolean",
    .resolve = resolve_is,
    .print = print_is,
    .doc = "True where the argument is true, false where it is null." },
  { .name = "is false",
    .min_args = 1,
    .max_args = 1,
    .returns = "boolean",
    .resolve = resolve_is,
    .print = print_is,
    .doc = "True where the argument is false." },
  { .name = "is unknown",
    .min_args = 1,
    .max_args = 1,
    .args = "boolean",
    .returns = "boolean",
    .duckdb = "($1 IS NULL)",
    .doc = "True where the argument is null." },
};

FUNCTION_FAMILY(predicate_family, "predicates", rows);
