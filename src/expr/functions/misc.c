/* What belongs to no other family: types, errors, casts as functions. */
#include "expr/functions/functions.h"

/* typeof(x) is known when the expression is compiled; the argument becomes the name. */
static void print_typeof(const struct expr *call, struct text_buffer *out)
{
  SCOPED(text_buffer_done) struct text_buffer name = { 0 };
  type_print(call->args[0]->type, &name);
  sql_add_string(out, text_buffer_text(&name));
}

static bool resolve_conversion(struct call *call)
{
  if (cast_exists(call->args[0]->type, call->type))
    return true;
  struct arena *arena = call->resolver->arena;
  if (cast_is_unsupported(call->args[0]->type, call->type))
    return call_fail(call, NULL, "casting %s to %s is not supported yet by crisol",
                     type_name(arena, call->args[0]->type), type_name(arena, call->type));
  return call_fail(call, "DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION", "cannot cast %s to %s",
                   type_name(arena, call->args[0]->type), type_name(arena, call->type));
}

static void print_conversion(const struct expr *call, struct text_buffer *out)
{
  struct expr cast = *call;
  cast.kind = EXPR_CAST;
  cast_print(&cast, out);
}

#define CONVERSION(type)                                                                                               \
  {                                                                                                                    \
    .name = (type), .min_args = 1, .max_args = 1, .returns = (type), .resolve = resolve_conversion,                    \
    .print = print_conversion, .doc = "The value cast to " type "."                                                    \
  }

static const struct function rows[] = {
  CONVERSION("boolean"),
  CONVERSION("tinyint"),
  CONVERSION("smallint"),
  CONVERSION("int"),
  CONVERSION("bigint"),
  CONVERSION("float"),
  CONVERSION("double"),
  CONVERSION("decimal"),
  CONVERSION("string"),
  CONVERSION("binary"),
  CONVERSION("date"),
  CONVERSION("timestamp"),
  { .name = "typeof",
    .min_args = 1,
    .max_args = 1,
    .args = "any",
    .returns = "string",
    .print = print_typeof,
    .doc = "The name of the value's type." },
  { .name = "uuid",
    .min_args = 0,
    .max_args = 0,
    .flags = FUNCTION_VARIES,
    .returns = "string",
    .duckdb = "CAST(uuid() AS VARCHAR)",
    .doc = "A random UUID." },
  { .name = "assert_true",
    .min_args = 1,
    .max_args = 2,
    .args = "boolean string",
    .returns = "void",
    .duckdb = "spark_assert_true($1, ${2:'the assertion does not hold'})",
    .doc = "Null where true; otherwise an error." },
  { .name = "raise_error",
    .min_args = 1,
    .max_args = 1,
    .args = "string",
    .returns = "void",
    .duckdb = "spark_raise_error($1)",
    .doc = "Fails with the message." },
  { .name = "current_timezone",
    .min_args = 0,
    .max_args = 0,
    .returns = "string",
    .duckdb = "spark_session_timezone()",
    .doc = "The session's time zone." },
  { .name = "current_catalog",
    .min_args = 0,
    .max_args = 0,
    .returns = "string",
    .duckdb = "'spark_catalog'",
    .doc = "The catalog that a session of Spark begins with." },
  { .name = "current_database",
    .aliases = "current_schema",
    .min_args = 0,
    .max_args = 0,
    .returns = "string",
    .duckdb = "'default'",
    .doc = "The database that a session of Spark begins with." },
  { .name = "current_path",
    .min_args = 0,
    .max_args = 0,
    .returns = "string",
    .duckdb = "'system.builtin,system.session,spark_catalog.default'",
    .doc = "Where a session of Spark looks for names at its beginning." },
  { .name = "current_user",
    .aliases = "user session_user",
    .min_args = 0,
    .max_args = 0,
    .flags = FUNCTION_VARIES | FUNCTION_NO_PARENTHESES,
    .returns = "string",
    .duckdb = "spark_current_user()",
    .doc = "The user that the program runs as; on a cluster, the session's." },
  { .name = "version",
    .min_args = 0,
    .max_args = 0,
    .returns = "string",
    .duckdb = "'4.3.0 98bc0212c94705434471627068f41e374ccab143'",
    .doc = "The version of Spark whose answers these are, and its revision." },
};

FUNCTION_FAMILY(misc_family, "other", rows);
