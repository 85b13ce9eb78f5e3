/* CASE, IF, COALESCE and the like. DuckDB's own forms mean the same once the branches have Spark's common type. */
#include "expr/functions/functions.h"

/* Conditions and values by turns, perhaps a last value: values get a common type. */
static bool resolve_when(struct call *call)
{
  struct arena *arena = call->resolver->arena;
  const struct expr **values = arena_array(arena, call->n_args, sizeof *values);
  size_t count = 0;
  for (size_t i = 0; i < call->n_args; i++) {
    bool is_condition = i % 2 == 0 && i + 1 < call->n_args;
    bool is_null = call->args[i]->type->id == TYPE_VOID && strcmp(call->function->name, "if") == 0;
    if (is_condition && is_null)
      call_cast(call, i, type_simple(TYPE_BOOLEAN));
    else if (is_condition && call->args[i]->type->id != TYPE_BOOLEAN) /* of CASE, not even NULL becomes one */
      return call_fail_type(call, i, "boolean");
    if (!is_condition)
      values[count++] = call->args[i];
  }
  call->type = type_wider_all(arena, values, count, true);
  if (call->type == NULL)
    return call_fail(call, "DATATYPE_MISMATCH.DATA_DIFF_TYPES", "the branches of the condition have no common type");
  for (size_t i = 0; i < call->n_args; i++)
    if (i % 2 == 1 || i + 1 == call->n_args)
      call_cast(call, i, call->type);
  return true;
}

static void print_when(const struct expr *call, struct text_buffer *out)
{
  text_buffer_add_string(out, "CASE");
  for (size_t i = 0; i < call->n_args; i++) {
    bool is_last = i + 1 == call->n_args && i % 2 == 0;
    text_buffer_add_string(out, is_last ? " ELSE " : i % 2 == 0 ? " WHEN " : " THEN ");
    print_expr(call->args[i], out);
  }
  text_buffer_add_string(out, " END");
}

static bool resolve_coalesce(struct call *call)
{
  return call_widen(call, 0, true, &call->type);
}

/* The second and third argument share a type. */
static bool resolve_nvl2(struct call *call)
{
  return call_widen(call, 1, true, &call->type);
}

/* The value is compared with Spark's rules for "=", but keeps its type in the result: arguments become value, compared
 * value, compared other. */
static bool resolve_nullif(struct call *call)
{
  const struct expr **args = arena_array(call->resolver->arena, 3, sizeof *args);
  args[0] = call->args[0];
  args[1] = call->args[0];
  args[2] = call->args[1];
  struct call comparison = *call;
  comparison.function = function_find(TEXT("="));
  comparison.args = args + 1;
  comparison.n_args = 2;
  TRY(comparison.function->resolve(&comparison));
  call->args = args;
  call->n_args = 3;
  call->type = args[0]->type;
  return true;
}

static const struct expr *new_zero(struct call *call)
{
  struct expr *zero = expr_new(call->resolver->arena, EXPR_LITERAL, type_simple(TYPE_INT), call->place);
  zero->literal = (struct literal){ .type = zero->type };
  zero->is_constant = true;
  return zero;
}

static bool add_zero(struct call *call)
{
  const struct expr **args = arena_array(call->resolver->arena, 2, sizeof *args);
  args[0] = call->args[0];
  args[1] = new_zero(call);
  call->args = args;
  call->n_args = 2;
  return true;
}

static bool resolve_nullifzero(struct call *call)
{
  TRY(add_zero(call));
  return resolve_nullif(call);
}

static bool resolve_zeroifnull(struct call *call)
{
  TRY(add_zero(call));
  return resolve_coalesce(call);
}

/* Nulls are skipped, as by DuckDB. Within arrays and structs the two order nulls otherwise. */
static bool resolve_extreme(struct call *call)
{
  TRY(call_widen(call, 0, false, &call->type));
  if (!type_is_orderable(call->type))
    return call_fail(call, "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE", "values of type %s have no order",
                     type_name(call->resolver->arena, call->type));
  if (call->type->id == TYPE_ARRAY || call->type->id == TYPE_STRUCT)
    return call_fail(call, NULL, "\"%s\" of arrays or structs is not supported yet by crisol", call->function->name);
  return true;
}

/* Of two floating-point numbers that are equal, 0.0 and -0.0, the first counts. */
static void print_extreme(const struct expr *call, struct text_buffer *out)
{
  enum type_id id = call->type->id;
  if (id != TYPE_FLOAT && id != TYPE_DOUBLE) {
    print_template(call, strcmp(call->function->name, "least") == 0 ? "least($*)" : "greatest($*)", out);
    return;
  }
  for (size_t i = 1; i < call->n_args; i++)
    text_buffer_printf(out, "spark_%s_%s(", call->function->name, id == TYPE_FLOAT ? "float" : "double");
  for (size_t i = 0; i < call->n_args; i++) {
    text_buffer_add_string(out, i > 0 ? ", " : "");
    print_expr(call->args[i], out);
    text_buffer_add_string(out, i > 0 ? ")" : "");
  }
}

static bool resolve_nanvl(struct call *call)
{
  return call_widen(call, 0, false, &call->type);
}

static const struct function rows[] = {
  { .name = "when",
    .min_args = 2,
    .max_args = ANY_NUMBER,
    .resolve = resolve_when,
    .print = print_when,
    .doc = "CASE: the value after the first condition that is true." },
  { .name = "if",
    .min_args = 3,
    .max_args = 3,
    .resolve = resolve_when,
    .print = print_when,
    .doc = "The second argument where the first is true, otherwise the third." },
  { .name = "coalesce",
    .min_args = 1,
    .max_args = ANY_NUMBER,
    .resolve = resolve_coalesce,
    .duckdb = "coalesce($*)",
    .doc = "The first argument that is not null." },
  { .name = "nvl",
    .aliases = "ifnull",
    .min_args = 2,
    .max_args = 2,
    .resolve = resolve_coalesce,
    .duckdb = "coalesce($*)",
    .doc = "The first argument, or the second where it is null." },
  { .name = "nvl2",
    .min_args = 3,
    .max_args = 3,
    .resolve = resolve_nvl2,
    .duckdb = "CASE WHEN $1 IS NOT NULL THEN $2 ELSE $3 END",
    .doc = "The second argument where the first is not null, otherwise the third." },
  { .name = "nullif",
    .min_args = 2,
    .max_args = 2,
    .resolve = resolve_nullif,
    .duckdb = "CASE WHEN $2 = $3 THEN NULL ELSE $1 END",
    .doc = "Null where the two are equal, otherwise the first." },
  { .name = "nullifzero",
    .min_args = 1,
    .max_args = 1,
    .resolve = resolve_nullifzero,
    .duckdb = "CASE WHEN $2 = $3 THEN NULL ELSE $1 END",
    .doc = "Null where the number is 0." },
  { .name = "zeroifnull",
    .min_args = 1,
    .max_args = 1,
    .resolve = resolve_zeroifnull,
    .duckdb = "coalesce($*)",
    .doc = "0 where the number is null." },
  { .name = "nanvl",
    .min_args = 2,
    .max_args = 2,
    .args = "double|float",
    .resolve = resolve_nanvl,
    .duckdb = "CASE WHEN isnan($1) THEN $2 ELSE $1 END",
    .doc = "The second number where the first is NaN." },
  { .name = "isnan",
    .min_args = 1,
    .max_args = 1,
    .args = "double|float",
    .returns = "boolean",
    .duckdb = "coalesce(isnan($1), FALSE)",
    .doc = "Whether the number is NaN; false for null." },
  { .name = "greatest",
    .min_args = 2,
    .max_args = ANY_NUMBER,
    .resolve = resolve_extreme,
    .print = print_extreme,
    .doc = "The greatest argument, nulls left out." },
  { .name = "least",
    .min_args = 2,
    .max_args = ANY_NUMBER,
    .resolve = resolve_extreme,
    .print = print_extreme,
    .doc = "The least argument, nulls left out." },
};

FUNCTION_FAMILY(conditional_family, "conditions", rows);
