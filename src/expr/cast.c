/* Which casts exist, and how a cast is printed: as DuckDB's own where that provably has Spark's meaning, otherwise as
 * the function spark_cast__<from>__<to> of duckdb/functions. */
#include "expr/functions/functions.h"

static bool is_interval(const struct type *type)
{
  return type->id == TYPE_INTERVAL_YEAR_MONTH || type->id == TYPE_INTERVAL_DAY_TIME;
}

static bool fields_castable(const struct type *from, const struct type *to)
{
  if (from->n_fields != to->n_fields)
    return false;
  for (size_t i = 0; i < from->n_fields; i++)
    if (!cast_exists(from->fields[i].type, to->fields[i].type))
      return false;
  return true;
}

/* From atomic types: a bit for each type that can be reached. */
#define BIT(id) (1u << (id))
#define INTEGRALS (BIT(TYPE_TINYINT) | BIT(TYPE_SMALLINT) | BIT(TYPE_INT) | BIT(TYPE_BIGINT))
#define NUMBERS (INTEGRALS | BIT(TYPE_FLOAT) | BIT(TYPE_DOUBLE) | BIT(TYPE_DECIMAL))
#define TEXTS BIT(TYPE_STRING)
#define INTERVALS (BIT(TYPE_INTERVAL_YEAR_MONTH) | BIT(TYPE_INTERVAL_DAY_TIME))
#define DATETIMES (BIT(TYPE_DATE) | BIT(TYPE_TIMESTAMP) | BIT(TYPE_TIMESTAMP_NTZ))
static const unsigned reachable[] = {
  [TYPE_BOOLEAN] = TEXTS | NUMBERS | BIT(TYPE_TIMESTAMP),
  [TYPE_TINYINT] = TEXTS | NUMBERS | BIT(TYPE_BOOLEAN) | BIT(TYPE_TIMESTAMP) | BIT(TYPE_BINARY) | INTERVALS,
  [TYPE_SMALLINT] = TEXTS | NUMBERS | BIT(TYPE_BOOLEAN) | BIT(TYPE_TIMESTAMP) | BIT(TYPE_BINARY) | INTERVALS,
  [TYPE_INT] = TEXTS | NUMBERS | BIT(TYPE_BOOLEAN) | BIT(TYPE_TIMESTAMP) | BIT(TYPE_BINARY) | INTERVALS,
  [TYPE_BIGINT] = TEXTS | NUMBERS | BIT(TYPE_BOOLEAN) | BIT(TYPE_TIMESTAMP) | BIT(TYPE_BINARY) | INTERVALS,
  [TYPE_FLOAT] = TEXTS | NUMBERS | BIT(TYPE_BOOLEAN) | BIT(TYPE_TIMESTAMP),
  [TYPE_DOUBLE] = TEXTS | NUMBERS | BIT(TYPE_BOOLEAN) | BIT(TYPE_TIMESTAMP),
  [TYPE_DECIMAL] = TEXTS | NUMBERS | BIT(TYPE_BOOLEAN) | BIT(TYPE_TIMESTAMP) | INTERVALS,
  [TYPE_STRING] = TEXTS | NUMBERS | BIT(TYPE_BOOLEAN) | BIT(TYPE_BINARY) | DATETIMES,
  [TYPE_BINARY] = TEXTS | BIT(TYPE_BINARY),
  [TYPE_DATE] = TEXTS | NUMBERS | BIT(TYPE_BOOLEAN) | DATETIMES,
  [TYPE_TIMESTAMP] = TEXTS | NUMBERS | BIT(TYPE_BOOLEAN) | DATETIMES,
  [TYPE_TIMESTAMP_NTZ] = TEXTS | DATETIMES,
  [TYPE_INTERVAL_YEAR_MONTH] = TEXTS | INTEGRALS | BIT(TYPE_DECIMAL) | BIT(TYPE_INTERVAL_YEAR_MONTH),
  [TYPE_INTERVAL_DAY_TIME] = TEXTS | INTEGRALS | BIT(TYPE_DECIMAL) | BIT(TYPE_INTERVAL_DAY_TIME),
  [TYPE_INTERVAL] = TEXTS,
  [TYPE_VARIANT] = TEXTS | NUMBERS | BIT(TYPE_BOOLEAN) | BIT(TYPE_BINARY) | DATETIMES,
  [TYPE_ARRAY] = TEXTS,
  [TYPE_MAP] = TEXTS,
  [TYPE_STRUCT] = TEXTS,
};

/* Whether a cast may make null of a value that is none (Cast.forceNullable), which a map's key cannot be. */
static bool may_be_null(const struct type *from, const struct type *to)
{
  if (from->id == TYPE_STRING)
    return to->id != TYPE_STRING && to->id != TYPE_BINARY;
  if (to->id == TYPE_DECIMAL)
    return !(type_is_integral(from) || from->id == TYPE_DECIMAL || from->id == TYPE_BOOLEAN);
  return (from->id == TYPE_DATE && type_is_numeric(to)) || (from->id == TYPE_TIMESTAMP && type_is_integral(to)) ||
         ((from->id == TYPE_FLOAT || from->id == TYPE_DOUBLE) && to->id == TYPE_TIMESTAMP);
}

bool cast_exists(const struct type *from, const struct type *to)
{
  if (type_equal(from, to) || from->id == TYPE_VOID)
    return true;
  if (to->id == TYPE_VOID)
    return false;
  if ((reachable[from->id] & BIT(to->id)) != 0)
    return true;
  if (from->id != to->id)
    return false;
  switch (from->id) {
  case TYPE_ARRAY:
    return cast_exists(from->element, to->element);
  case TYPE_MAP:
    return cast_exists(from->key, to->key) && !may_be_null(from->key, to->key) &&
           cast_exists(from->element, to->element);
  case TYPE_STRUCT:
    return fields_castable(from, to);
  default:
    return is_interval(from);
  }
}

bool cast_has_function(const struct type *from, const struct type *to)
{
  return (from->id == TYPE_DATE && type_is_numeric(to)) || (type_is_numeric(from) && to->id == TYPE_DATE);
}

bool cast_exists_strictly(const struct type *from, const struct type *to)
{
  bool is_lost = (from->id == TYPE_BOOLEAN && to->id == TYPE_TIMESTAMP) ||
                 (type_is_integral(from) && to->id == TYPE_BINARY) ||
                 ((from->id == TYPE_DATE || from->id == TYPE_TIMESTAMP) && to->id == TYPE_BOOLEAN);
  return !is_lost && !cast_has_function(from, to);
}

bool cast_is_unsupported(const struct type *from, const struct type *to)
{
  return from->id == TYPE_STRING && (is_interval(to) || to->id == TYPE_INTERVAL);
}

/* Whether every value of `from` is one of `to`, so that DuckDB's cast cannot fail and cannot round. */
static bool is_native(const struct type *from, const struct type *to)
{
  static const int digits[] = { [TYPE_TINYINT] = 3, [TYPE_SMALLINT] = 5, [TYPE_INT] = 10, [TYPE_BIGINT] = 19 };
  if (from->id == TYPE_BOOLEAN)
    return type_is_integral(to) || to->id == TYPE_STRING;
  if (type_is_integral(from) && to->id == TYPE_DECIMAL)
    return to->precision - to->scale >= digits[from->id];
  if (type_is_integral(from))
    return to->id == TYPE_STRING || to->id == TYPE_DOUBLE || to->id == TYPE_BOOLEAN ||
           (type_is_integral(to) && to->id >= from->id);
  if (from->id == TYPE_DECIMAL && to->id == TYPE_DECIMAL)
    return to->scale >= from->scale && to->precision - to->scale >= from->precision - from->scale;
  if (from->id == TYPE_DECIMAL && to->id == TYPE_DOUBLE)
    return from->precision <= 15; /* both operands of the one division are exact doubles */
  return from->id == TYPE_FLOAT && to->id == TYPE_DOUBLE;
}

/* What is of type void is an INTEGER in DuckDB, which has no cast from that to every type; from text it has. */
static void print_null(const struct expr *operand, const struct type *type, struct text_buffer *out)
{
  text_buffer_add_string(out, "CAST(");
  if (operand->kind == EXPR_LITERAL) {
    text_buffer_add_string(out, "NULL");
  } else {
    text_buffer_add_string(out, "CAST(");
    print_expr(operand, out);
    text_buffer_add_string(out, " AS VARCHAR)");
  }
  text_buffer_add_string(out, " AS ");
  type_print_duckdb(type, out);
  text_buffer_add_char(out, ')');
}

void cast_print(const struct expr *expr, struct text_buffer *out)
{
  const struct expr *operand = expr->args[0];
  if (type_equal(operand->type, expr->type)) {
    print_expr(operand, out);
    return;
  }
  if (operand->type->id == TYPE_VOID) {
    print_null(operand, expr->type, out);
    return;
  }
  if (is_native(operand->type, expr->type)) {
    text_buffer_add_string(out, "CAST(");
    print_expr(operand, out);
    text_buffer_add_string(out, " AS ");
    type_print_duckdb(expr->type, out);
    text_buffer_add_char(out, ')');
    return;
  }
  if (operand->type->id == TYPE_VARIANT) {
    text_buffer_add_string(out, expr->kind == EXPR_TRY_CAST ? "spark_try_variant_get__" : "spark_variant_get__");
    text_buffer_add_string(out, "variant__string__");
    type_print_code(expr->type, out);
    text_buffer_add_char(out, '(');
    print_expr(operand, out);
    text_buffer_add_string(out, ", '$')");
    return;
  }
  text_buffer_add_string(out, expr->kind == EXPR_TRY_CAST ? "spark_try_cast__" : "spark_cast__");
  type_print_code(operand->type, out);
  text_buffer_add_string(out, "__");
  type_print_code(expr->type, out);
  text_buffer_add_char(out, '(');
  print_expr(operand, out);
  text_buffer_add_char(out, ')');
}
