/* JSON. */
#include "expr/functions/options.h"

#include "value/json_type.h"

#include <strings.h>

static bool is_plain(const struct type *type)
{
  return type_is_numeric(type) || type->id == TYPE_STRING || type->id == TYPE_BOOLEAN;
}

static bool refuse_type(struct call *call, const char *what)
{
  return call_fail(call, NULL, "%s in JSON are not supported yet by crisol", what);
}

/* What from_json gives otherwise than from here: by Spark's own error, or refused. */
static bool check_read_type(struct call *call, const struct type *type)
{
  switch (type->id) {
  case TYPE_MAP:
    if (type->key->id != TYPE_STRING)
      return call_fail(call, "DATATYPE_MISMATCH.INVALID_JSON_MAP_KEY_TYPE",
                       "a map made of JSON must have keys of text");
    return check_read_type(call, type->element);
  case TYPE_ARRAY:
    return check_read_type(call, type->element);
  case TYPE_STRUCT:
    if (type->n_fields == 0)
      return refuse_type(call, "structs without fields");
    for (size_t i = 0; i < type->n_fields; i++) {
      if (strcmp(type->fields[i].name, "_corrupt_record") == 0)
        return refuse_type(call, "columns \"_corrupt_record\"");
      for (size_t j = 0; j < i; j++)
        if (strcasecmp(type->fields[i].name, type->fields[j].name) == 0)
          return refuse_type(call, "fields whose names differ by case only");
      TRY(check_read_type(call, type->fields[i].type));
    }
    return true;
  case TYPE_DATE:
  case TYPE_TIMESTAMP:
  case TYPE_TIMESTAMP_NTZ:
    return true;
  default:
    return is_plain(type) || refuse_type(call, "values of this type");
  }
}

/* What to_json writes otherwise than we do is refused. */
static bool check_written_type(struct call *call, const struct type *type)
{
  if (type->id == TYPE_BINARY)
    return refuse_type(call, "binary values");
  if (type->id == TYPE_VARIANT)
    return refuse_type(call, "variants within other values");
  if (type->id == TYPE_MAP && !is_plain(type->key))
    return refuse_type(call, "keys that are no text, number or boolean");
  if (type->id == TYPE_MAP || type->id == TYPE_ARRAY)
    return check_written_type(call, type->element);
  for (size_t i = 0; type->id == TYPE_STRUCT && i < type->n_fields; i++)
    TRY(check_written_type(call, type->fields[i].type));
  return true;
}

/* JSON is text; nothing else is cast to it. */
static bool expect_text(struct call *call, size_t index)
{
  enum type_id id = call->args[index]->type->id;
  return id == TYPE_STRING || id == TYPE_VOID ? call_expect(call, index, "string")
                                              : call_fail_type(call, index, "string");
}

static bool resolve_text_only(struct call *call)
{
  for (size_t i = 0; i < call->n_args; i++)
    TRY(expect_text(call, i));
  return true;
}

/* from_json(text, schema): the schema is a constant in DDL. */
static bool resolve_from_json(struct call *call)
{
  struct text schema;
  struct error err;
  TRY(expect_text(call, 0));
  if (call->n_args == 3)
    return call_fail(call, NULL, "options of \"from_json\" are not supported yet by crisol");
  bool is_literal = call_schema_text(call, 1, &schema);
  if (!is_literal && !call_is_null(call, 1) && expr_is_constant(call->args[1]))
    return call_fail(call, NULL, "a schema that is worked out is not supported yet by crisol");
  if (!is_literal)
    return call_fail(call, "INVALID_SCHEMA.NON_STRING_LITERAL", "the schema must be a constant text such as 'a INT'");
  if (!type_parse_schema(call->resolver->arena, schema, NOWHERE, &call->type, &err))
    return call_fail(call, "PARSE_SYNTAX_ERROR", "%s", err.message);
  enum type_id id = call->type->id;
  if (id == TYPE_STRUCT || id == TYPE_MAP || id == TYPE_ARRAY)
    return check_read_type(call, call->type);
  return call_fail(call, "DATATYPE_MISMATCH.INVALID_JSON_SCHEMA",
                   "the schema must be a struct, a map or an array, this one is %s",
                   type_name(call->resolver->arena, call->type));
}

static bool resolve_to_json(struct call *call)
{
  if (call->n_args == 2)
    return call_fail(call, NULL, "options of \"to_json\" are not supported yet by crisol");
  enum type_id id = call->args[0]->type->id;
  if (id == TYPE_VARIANT)
    return true;
  if (id != TYPE_STRUCT && id != TYPE_MAP && id != TYPE_ARRAY)
    return call_fail(call, "DATATYPE_MISMATCH.INVALID_JSON_SCHEMA", "only structs, maps and arrays become JSON");
  return check_written_type(call, call->args[0]->type);
}

/* The answer is known here. */
static bool resolve_schema_of_json(struct call *call)
{
  struct text text;
  const struct type *type;
  TRY(call_expect_sample(call, &text));
  TRY(options_read(call, 1, NULL, 0, NULL));
  if (!json_infer_type(call->resolver->arena, text, &type))
    return call_fail(call, "INVALID_JSON", "the text is no JSON");
  SCOPED(text_buffer_done) struct text_buffer answer = { 0 };
  type_print_sql(type, &answer);
  call->args[0] = options_literal(call, text_buffer_text(&answer));
  return true;
}

static void print_to_json(const struct expr *call, struct text_buffer *out)
{
  bool is_variant = call->args[0]->type->id == TYPE_VARIANT;
  print_template(call, is_variant ? "spark_variant_to_json($1)" : "spark_to_json__$T1__string($1)", out);
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
    .print = print_to_json,
    .doc = "JSON text of a struct, map or array." },
  { .name = "schema_of_json",
    .min_args = 1,
    .max_args = 2,
    .resolve = resolve_schema_of_json,
    .returns = "string",
    .duckdb = "$1",
    .doc = "The type that JSON text looks like, as from_json() takes it." },
  { .name = "get_json_object",
    .min_args = 2,
    .max_args = 2,
    .resolve = resolve_text_only,
    .returns = "string",
    .duckdb = "spark_get_json_object($1, $2)",
    .doc = "What a path such as $.a[0].b finds in JSON text." },
  { .name = "json_array_length",
    .min_args = 1,
    .max_args = 1,
    .resolve = resolve_text_only,
    .returns = "int",
    .duckdb = "spark_json_array_length($1)",
    .doc = "How many elements the outermost array has; null where there is none." },
  { .name = "json_object_keys",
    .min_args = 1,
    .max_args = 1,
    .resolve = resolve_text_only,
    .returns = "array<string>",
    .duckdb = "spark_json_object_keys($1)",
    .doc = "The keys of the outermost object; null where there is none." },
};

FUNCTION_FAMILY(json_family, "JSON", rows);
