/* JSON. */
#include "expr/functions.h"

/* from_json(text, schema): the schema is a constant in DDL. */
static bool resolve_from_json(struct call *call)
{
  struct text schema;
  struct error err;
  TRY(call_expect(call, 0, "string"));
  if (call->n_args == 3)
    return call_fail(call, NULL, "options of \"from_json\" are not supported yet by crisol");
  if (!call_literal_text(call, 1, &schema))
    return call_fail(call, "INVALID_SCHEMA.NON_STRING_LITERAL", "the schema must be a constant text such as 'a INT'");
  if (!type_parse_schema(call->resolver->arena, schema, NOWHERE, &call->type, &err))
    return call_fail(call, "PARSE_SYNTAX_ERROR", "%s", err.message);
  enum type_id id = call->type->id;
  if (id == TYPE_STRUCT || id == TYPE_MAP || id == TYPE_ARRAY)
    return true;
  return call_fail(call, "DATATYPE_MISMATCH.INVALID_JSON_SCHEMA",
                   "the schema must be a struct, a map or an array, this one is %s",
                   type_name(call->resolver->arena, call->type));
}

static bool resolve_to_json(struct call *call)
{
  if (call->n_args == 2)
    return call_fail(call, NULL, "options of \"to_json\" are not supported yet by crisol");
  return call_expect(call, 0, "struct|map|array");
}

static const struct function rows[] = {
  { .name = "from_json",
    .min_args = 2,
    .max_args = 3,
    .resolve = resolve_from_json,
    .duckdb = "spark_from_json__string__$T($1)",
    .doc = "A struct, map or array from JSON text; null where it is none." },
  { .name = "to_json",
    .min_args = 1,
    .max_args = 2,
    .returns = "string",
    .resolve = resolve_to_json,
    .duckdb = "spark_to_json__$T1__string($1)",
    .doc = "JSON text of a struct, map or array." },
  { .name = "get_json_object",
    .min_args = 2,
    .max_args = 2,
    .args = "string",
    .returns = "string",
    .duckdb = "spark_get_json_object($1, $2)",
    .doc = "What a path such as $.a[0].b finds in JSON text." },
  { .name = "json_array_length",
    .min_args = 1,
    .max_args = 1,
    .args = "string",
    .returns = "int",
    .duckdb = "spark_json_array_length($1)",
    .doc = "How many elements the outermost array has; null where there is none." },
  { .name = "json_object_keys",
    .min_args = 1,
    .max_args = 1,
    .args = "string",
    .returns = "array<string>",
    .duckdb = "spark_json_object_keys($1)",
    .doc = "The keys of the outermost object; null where there is none." },
};

FUNCTION_FAMILY(json_family, "JSON", rows);
