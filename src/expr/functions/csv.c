/* CSV in a text. */
#include "expr/functions/functions.h"
#include "expr/functions/options.h"

#include "value/csv_line.h"

#include <strings.h>

static struct arena *arena_of(const struct call *call)
{
  return call->resolver->arena;
}

/* What the functions in C take behind their value, in this order. */
static const struct option options[] = {
  { "sep", ",", "delimiter" },
  { "nullValue", "", NULL },
  { "dateFormat", "", NULL },
  { "timestampFormat", "", NULL },
};
enum { SEPARATOR, N_OPTIONS = ARRAY_LENGTH(options) };

/* The call gets its value and an argument for each option. */
static bool resolve_options(struct call *call, size_t index)
{
  const struct expr **args = arena_array(arena_of(call), 1 + N_OPTIONS, sizeof(*args));
  struct text values[N_OPTIONS];
  TRY(options_read(call, index, options, N_OPTIONS, values));
  if (values[SEPARATOR].length == 0)
    return call_fail(call, "INVALID_DELIMITER_VALUE.EMPTY_STRING", "the separator must not be empty");
  args[0] = call->args[0];
  for (size_t i = 0; i < N_OPTIONS; i++)
    args[1 + i] = options_literal(call, values[i]);
  call->args = args;
  call->n_args = 1 + N_OPTIONS;
  return true;
}

static bool check_read_type(struct call *call, const struct type *type)
{
  for (size_t i = 0; i < type->n_fields; i++) {
    const struct type *field = type->fields[i].type;
    if (type_is_nested(field))
      return call_fail(call, "UNSUPPORTED_DATATYPE", "values of type %s cannot be read from CSV",
                       type_name(arena_of(call), field));
    if (field->id >= TYPE_INTERVAL_YEAR_MONTH || field->id == TYPE_VOID)
      return call_fail(call, NULL, "values of type %s in CSV are not supported yet by crisol",
                       type_name(arena_of(call), field));
    for (size_t j = 0; j < i; j++)
      if (strcasecmp(type->fields[i].name, type->fields[j].name) == 0)
        return call_fail(call, NULL, "fields whose names differ by case only are not supported yet by crisol");
  }
  return type->n_fields > 0 || call_fail(call, "PARSE_EMPTY_STATEMENT", "the schema has no fields");
}

static bool resolve_from_csv(struct call *call)
{
  struct text schema;
  struct error err;
  TRY(call_expect_text(call, 0));
  if (!call_schema_text(call, 1, &schema))
    return call_fail(call, "INVALID_SCHEMA.NON_STRING_LITERAL", "the schema must be a constant text such as 'a INT'");
  if (!type_parse_schema(arena_of(call), schema, NOWHERE, &call->type, &err))
    return call_fail(call, schema.length == 0 ? "PARSE_EMPTY_STATEMENT" : "PARSE_SYNTAX_ERROR", "%s", err.message);
  if (call->type->id != TYPE_STRUCT)
    return call_fail(call, "INVALID_SCHEMA.NON_STRUCT_TYPE", "the schema must be a struct, this one is %s",
                     type_name(arena_of(call), call->type));
  TRY(check_read_type(call, call->type));
  return resolve_options(call, 2);
}

static bool resolve_to_csv(struct call *call)
{
  const struct type *type = call->args[0]->type;
  if (type->id == TYPE_VOID)
    call_cast(call, 0, type_struct(arena_of(call), NULL, 0));
  else if (type->id != TYPE_STRUCT)
    return call_fail(call, "DATATYPE_MISMATCH.UNSUPPORTED_INPUT_TYPE", "only structs become CSV, this is %s",
                     type_name(arena_of(call), type));
  return resolve_options(call, 1);
}

static void print_to_csv(const struct expr *call, struct text_buffer *out)
{
  bool has_fields = call->args[0]->type->n_fields > 0;
  print_template(
      call, has_fields ? "spark_to_csv__$T1__string__string__string__string__string($1, $2, $3, $4, $5)" : "NULL", out);
}

/* The answer is known here. */
static bool resolve_schema_of_csv(struct call *call)
{
  struct text text;
  TRY(call_expect_sample(call, &text));
  if (text.length == 0)
    return call_fail(call, "INTERNAL_ERROR", "an empty text has no fields");
  TRY(resolve_options(call, 1));
  SCOPED(text_buffer_done) struct text_buffer answer = { 0 };
  type_print_sql(csv_line_type(arena_of(call), text, call->args[1 + SEPARATOR]->literal.text), &answer);
  call->args[0] = options_literal(call, text_buffer_text(&answer));
  return true;
}

static const struct function rows[] = {
  { .name = "from_csv",
    .min_args = 2,
    .max_args = 3,
    .resolve = resolve_from_csv,
    .duckdb = "spark_from_csv__string__string__string__string__string__$T($1, $2, $3, $4, $5)",
    .doc = "A struct from a line of CSV; what a field's type does not take is null." },
  { .name = "to_csv",
    .min_args = 1,
    .max_args = 2,
    .returns = "string",
    .resolve = resolve_to_csv,
    .print = print_to_csv,
    .doc = "A struct as a line of CSV." },
  { .name = "schema_of_csv",
    .min_args = 1,
    .max_args = 2,
    .returns = "string",
    .resolve = resolve_schema_of_csv,
    .duckdb = "$1",
    .doc = "The type that a line of CSV looks like, as from_csv() takes it." },
};

FUNCTION_FAMILY(csv_family, "CSV", rows);
