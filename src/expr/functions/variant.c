/* Variants: values of JSON that keep their own types. No file holds one: they live within an expression. */
#include "expr/functions/functions.h"

static struct arena *arena_of(const struct call *call)
{
  return call->resolver->arena;
}

/* NULL is one. */
static bool expect_variant(struct call *call, size_t index)
{
  enum type_id id = call->args[index]->type->id;
  if (id != TYPE_VARIANT && id != TYPE_VOID)
    return call_fail_type(call, index, "variant");
  call_cast(call, index, type_simple(TYPE_VARIANT));
  return true;
}

static bool resolve_parse(struct call *call)
{
  call->type = type_simple(TYPE_VARIANT);
  return call_expect_text(call, 0);
}

static bool resolve_look(struct call *call)
{
  return expect_variant(call, 0);
}

/* variant_get(variant, path [, type]) */
static bool resolve_get(struct call *call)
{
  struct text name;
  struct error err;
  TRY(expect_variant(call, 0) && call_expect_text(call, 1));
  call->type = type_simple(TYPE_VARIANT);
  if (call->n_args == 2)
    return true;
  if (!call_literal_text(call, 2, &name))
    return call_fail(call, "INVALID_SCHEMA.NON_STRING_LITERAL", "the type must be a constant text such as 'int'");
  if (text_equal_nocase(name, TEXT("variant")))
    return true;
  if (!type_parse(arena_of(call), name, NOWHERE, &call->type, &err))
    return call_fail(call, "UNSUPPORTED_DATATYPE", "%s", err.message);
  if (type_is_nested(call->type) || call->type->id > TYPE_TIMESTAMP_NTZ || call->type->id == TYPE_VOID)
    return call_fail(call, NULL, "variants as %s are not supported yet by crisol",
                     type_name(arena_of(call), call->type));
  return true;
}

/* Whether values of the type become variants here. */
static bool becomes_variant(const struct type *type)
{
  if (type->id == TYPE_STRUCT) {
    for (size_t i = 0; i < type->n_fields; i++)
      if (!becomes_variant(type->fields[i].type))
        return false;
    return true;
  }
  if (type->id == TYPE_ARRAY || type->id == TYPE_MAP)
    return (type->id == TYPE_ARRAY || type->key->id == TYPE_STRING) && becomes_variant(type->element);
  return (type->id >= TYPE_BOOLEAN && type->id <= TYPE_STRING && type->id != TYPE_FLOAT) || type->id == TYPE_VARIANT;
}

static bool check_becomes(struct call *call, size_t index)
{
  const struct type *type = call->args[index]->type;
  bool is_map = type->id == TYPE_MAP && type->key->id != TYPE_STRING;
  return becomes_variant(type) ||
         call_fail(call, is_map ? "DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION" : NULL,
                   is_map ? "cannot cast %s to variant" : "variants of %s are not supported yet by crisol",
                   type_name(arena_of(call), type));
}

static bool has_void(const struct type *type)
{
  if (type->id == TYPE_ARRAY || type->id == TYPE_MAP)
    return has_void(type->element);
  for (size_t i = 0; type->id == TYPE_STRUCT && i < type->n_fields; i++)
    if (has_void(type->fields[i].type))
      return true;
  return type->id == TYPE_VOID;
}

static bool resolve_object(struct call *call)
{
  const struct type *type = call->args[0]->type;
  call->type = type_simple(TYPE_VARIANT);
  if (!type_is_nested(type) || has_void(type))
    return call_fail(call, "DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION",
                     "cannot cast %s to a variant of an object or array", type_name(arena_of(call), type));
  return check_becomes(call, 0);
}

/* (variant, path, value [, boolean]) */
static bool resolve_change(struct call *call)
{
  TRY(expect_variant(call, 0) && call_expect_text(call, 1));
  call->type = type_simple(TYPE_VARIANT);
  if (call->n_args == 4)
    TRY(call_expect(call, 3, "boolean"));
  if (call->args[2]->type->id == TYPE_VOID)
    return expect_variant(call, 2);
  return check_becomes(call, 2);
}

static void print_change(const struct expr *call, struct text_buffer *out)
{
  bool is_set = strstr(call->function->name, "set") != NULL;
  text_buffer_printf(out, "spark_%s(", call->function->name);
  print_template(
      call, call->args[2]->type->id == TYPE_VARIANT ? "$1, $2, $3" : "$1, $2, spark_to_variant__$T3__variant($3)", out);
  print_template(call, is_set ? ", ${4:TRUE})" : ")", out);
}

static bool resolve_delete(struct call *call)
{
  call->type = type_simple(TYPE_VARIANT);
  return expect_variant(call, 0) && call_expect_text(call, 1);
}

static bool resolve_strip(struct call *call)
{
  call->type = type_simple(TYPE_VARIANT);
  return expect_variant(call, 0) && (call->n_args == 1 || call_expect(call, 1, "boolean"));
}

#define CHANGE(function_name, n_max, text)                                                                             \
  {                                                                                                                    \
    .name = (function_name), .min_args = 3, .max_args = (n_max), .resolve = resolve_change, .print = print_change,     \
    .doc = (text)                                                                                                      \
  }

static const struct function rows[] = {
  { .name = "parse_json",
    .min_args = 1,
    .max_args = 1,
    .resolve = resolve_parse,
    .duckdb = "spark_parse_json($1)",
    .doc = "JSON text as a variant, which lives within an expression; an error where it is none." },
  { .name = "try_parse_json",
    .min_args = 1,
    .max_args = 1,
    .resolve = resolve_parse,
    .duckdb = "spark_try_parse_json($1)",
    .doc = "JSON text as a variant; null where it is none." },
  { .name = "variant_get",
    .min_args = 2,
    .max_args = 3,
    .resolve = resolve_get,
    .duckdb = "spark_variant_get__variant__string__$T($1, $2)",
    .doc = "What a path such as $.a[0].b finds in a variant, as a type; an error where it has no such value." },
  { .name = "try_variant_get",
    .min_args = 2,
    .max_args = 3,
    .resolve = resolve_get,
    .duckdb = "spark_try_variant_get__variant__string__$T($1, $2)",
    .doc = "What a path finds in a variant, as a type; null where it has no such value." },
  { .name = "is_variant_null",
    .min_args = 1,
    .max_args = 1,
    .returns = "boolean",
    .resolve = resolve_look,
    .duckdb = "spark_is_variant_null($1)",
    .doc = "Whether a variant is JSON's null." },
  { .name = "is_valid_variant",
    .min_args = 1,
    .max_args = 1,
    .returns = "boolean",
    .resolve = resolve_look,
    .duckdb = "(CASE WHEN $1 IS NOT NULL THEN TRUE END)",
    .doc = "Whether a variant's bytes are sound: true for each." },
  { .name = "schema_of_variant",
    .min_args = 1,
    .max_args = 1,
    .returns = "string",
    .resolve = resolve_look,
    .duckdb = "spark_schema_of_variant($1)",
    .doc = "The type that a variant has." },
  { .name = "to_variant_object",
    .min_args = 1,
    .max_args = 1,
    .resolve = resolve_object,
    .duckdb = "spark_to_variant__$T1__variant($1)",
    .doc = "A struct, map or array as a variant." },
  CHANGE("variant_insert", 3, "The variant with a value put in at a path, where there is none yet."),
  CHANGE("try_variant_insert", 3, "The variant with a value put in at a path; null where that cannot be."),
  CHANGE("variant_set", 4, "The variant with another value at a path; made there, unless the last argument is false."),
  CHANGE("try_variant_set", 4, "The variant with another value at a path; null where that cannot be."),
  CHANGE("variant_array_append", 3, "The variant with an element more in the array at a path."),
  CHANGE("try_variant_array_append", 3, "The variant with an element more in an array; null where that cannot be."),
  { .name = "variant_delete",
    .min_args = 2,
    .max_args = 2,
    .resolve = resolve_delete,
    .duckdb = "spark_variant_delete($1, $2)",
    .doc = "The variant without what is at a path." },
  { .name = "variant_strip_nulls",
    .min_args = 1,
    .max_args = 2,
    .resolve = resolve_strip,
    .duckdb = "spark_variant_strip_nulls($1, ${2:TRUE})",
    .doc = "The variant without the nulls in objects and, unless the second argument is false, in arrays." },
};

FUNCTION_FAMILY(variant_family, "variants", rows);
