/* Arrays, maps and structs. Most are families of C functions, which compare elements as Spark does. */
#include "expr/functions/functions.h"

static struct arena *arena_of(const struct call *call)
{
  return call->resolver->arena;
}

static const struct type *type_at(const struct call *call, size_t index)
{
  return call->args[index]->type;
}

static const char *name_of(struct call *call, const struct type *type)
{
  return type_name(arena_of(call), type);
}

static bool check_order(struct call *call, const struct type *type)
{
  return type_is_orderable(type) || call_fail(call, "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
                                              "values of type %s cannot be compared", name_of(call, type));
}

/* Making. */

static bool resolve_array(struct call *call)
{
  const struct type *element;
  TRY(call_widen(call, 0, true, &element));
  call->type = type_array(arena_of(call), element);
  return true;
}

static void print_array(const struct expr *call, struct text_buffer *out)
{
  print_template(call, "CAST([$*] AS $D)", out);
}

/* The keys, or the values, of map(k, v, k, v) as the arguments of one call. */
static bool widen_every_second(struct call *call, size_t first, const struct type **ret_type)
{
  const struct expr **items = arena_array(arena_of(call), call->n_args, sizeof *items);
  size_t count = 0;
  for (size_t i = first; i < call->n_args; i += 2)
    items[count++] = call->args[i];
  *ret_type = type_wider_all(arena_of(call), items, count, true);
  if (*ret_type == NULL)
    return call_fail(call,
                     first == 0 ? "DATATYPE_MISMATCH.CREATE_MAP_KEY_DIFF_TYPES"
                                : "DATATYPE_MISMATCH.CREATE_MAP_VALUE_DIFF_TYPES",
                     "the %s of map() have no common type", first == 0 ? "keys" : "values");
  for (size_t i = first; i < call->n_args; i += 2)
    call_cast(call, i, *ret_type);
  return true;
}

static bool resolve_map(struct call *call)
{
  const struct type *key;
  const struct type *value;
  if (call->n_args % 2 != 0)
    return call_fail(call, "WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "map() takes keys and values by turns");
  TRY(widen_every_second(call, 0, &key));
  TRY(widen_every_second(call, 1, &value));
  if (key->id == TYPE_MAP)
    return call_fail(call, "DATATYPE_MISMATCH.INVALID_MAP_KEY_TYPE", "a map cannot be the key of a map");
  call->type = type_map(arena_of(call), key, value);
  return true;
}

static void print_every_second(const struct expr *call, size_t first, const struct type *type, struct text_buffer *out)
{
  text_buffer_add_string(out, "CAST([");
  for (size_t i = first; i < call->n_args; i += 2) {
    if (i > first)
      text_buffer_add_string(out, ", ");
    print_expr(call->args[i], out);
  }
  text_buffer_add_string(out, "] AS ");
  type_print_duckdb(type, out);
  text_buffer_add_string(out, "[])");
}

static void print_map(const struct expr *call, struct text_buffer *out)
{
  text_buffer_add_string(out, "spark_map_of_pairs__array_");
  type_print_code(call->type->key, out);
  text_buffer_add_string(out, "__array_");
  type_print_code(call->type->element, out);
  print_template(call, "__$T(", out);
  print_every_second(call, 0, call->type->key, out);
  text_buffer_add_string(out, ", ");
  print_every_second(call, 1, call->type->element, out);
  text_buffer_add_char(out, ')');
}

/* Two names that differ in case only are two fields to Spark and one to DuckDB. */
static bool check_fields(struct call *call, const struct type_field *fields, size_t count)
{
  if (count == 0)
    return call_fail(call, NULL, "a struct without fields is not supported by crisol");
  for (size_t i = 0; i < count; i++) {
    if (fields[i].name[0] == 0)
      return call_fail(call, NULL, "a field with an empty name is not supported by crisol");
    for (size_t j = 0; j < i; j++)
      if (text_equal_nocase(text_from(fields[i].name), text_from(fields[j].name)))
        return call_fail(call, NULL, "two fields named \"%s\" are not supported by crisol", fields[i].name);
  }
  return true;
}

/* What struct() calls an argument: its alias, the name of the column or field that it is, or col1. */
static const char *field_name(struct call *call, size_t index)
{
  const struct node *node = call->node->children[index];
  if (call->node->names != NULL && call->node->names[index].length > 0)
    return text_copy(arena_of(call), call->node->names[index]);
  if ((node->kind == NODE_NAME && call->args[index]->kind != EXPR_CALL) || node->kind == NODE_DOT)
    return text_copy(arena_of(call), node->name);
  struct text key;
  const struct expr *arg = call->args[index]; /* of a map's entry: its key */
  if (arg->kind == EXPR_CALL && strcmp(arg->function->name, "[]") == 0 && arg->args[1]->kind == EXPR_LITERAL &&
      arg->args[1]->type->id == TYPE_STRING && !arg->args[1]->literal.is_null) {
    key = arg->args[1]->literal.text;
    return text_copy(arena_of(call), key);
  }
  return arena_printf(arena_of(call), "col%zu", index + 1);
}

static bool resolve_struct(struct call *call)
{
  struct type_field *fields = arena_array(arena_of(call), call->n_args, sizeof *fields);
  for (size_t i = 0; i < call->n_args; i++)
    fields[i] = (struct type_field){ .name = field_name(call, i), .type = type_at(call, i) };
  call->type = type_struct(arena_of(call), fields, call->n_args);
  return check_fields(call, fields, call->n_args);
}

/* named_struct(name, value, ...): the arguments become the values alone. */
static bool resolve_named_struct(struct call *call)
{
  if (call->n_args % 2 != 0)
    return call_fail(call, "WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "named_struct() takes names and values by turns");
  size_t count = call->n_args / 2;
  struct type_field *fields = arena_array(arena_of(call), count, sizeof *fields);
  const struct expr **values = arena_array(arena_of(call), count, sizeof *values);
  for (size_t i = 0; i < count; i++) {
    struct text name;
    if (!call_literal_text(call, 2 * i, &name))
      return call_fail(call, "DATATYPE_MISMATCH.CREATE_NAMED_STRUCT_WITHOUT_FOLDABLE_STRING",
                       "the names of named_struct() must be written as texts");
    values[i] = call->args[2 * i + 1];
    fields[i] = (struct type_field){ .name = text_copy(arena_of(call), name), .type = values[i]->type };
  }
  call->args = values;
  call->n_args = count;
  call->type = type_struct(arena_of(call), fields, count);
  return check_fields(call, fields, count);
}

static void print_struct(const struct expr *call, struct text_buffer *out)
{
  text_buffer_add_string(out, "struct_pack(");
  for (size_t i = 0; i < call->n_args; i++) {
    if (i > 0)
      text_buffer_add_string(out, ", ");
    sql_add_name(out, call->type->fields[i].name);
    text_buffer_add_string(out, " := ");
    print_expr(call->args[i], out);
  }
  text_buffer_add_char(out, ')');
}

/* Reading. */

static void print_size(const struct expr *call, struct text_buffer *out)
{
  bool is_map = call->args[0]->type->id == TYPE_MAP;
  print_template(
      call, is_map ? "coalesce(CAST(cardinality($1) AS INTEGER), -1)" : "coalesce(CAST(len($1) AS INTEGER), -1)", out);
}

/* Casts the key to the map's key type; `with_text` as base[key], without as element_at(base, key). */
static bool resolve_key(struct call *call, bool is_implicit)
{
  const struct type *map = type_at(call, 0);
  TRY(check_order(call, map->key));
  const struct type *key = type_tightest(arena_of(call), map->key, type_at(call, 1));
  if (is_implicit)
    return call_expect(call, 1, name_of(call, map->key));
  if (key != NULL && !type_equal(key, map->key)) {
    map = type_map(arena_of(call), key, map->element);
    call_cast(call, 0, map);
  }
  if (key == NULL)
    return call_fail(call, "DATATYPE_MISMATCH.MAP_FUNCTION_DIFF_TYPES", "\"%s\" cannot look for %s in %s",
                     call->function->name, name_of(call, type_at(call, 1)), name_of(call, map));
  call_cast(call, 1, map->key);
  return true;
}

/* base[index]: from 0 in an array, a key in a map */
static bool resolve_item(struct call *call)
{
  if (type_at(call, 0)->id == TYPE_MAP) {
    call->type = type_at(call, 0)->element;
    return resolve_key(call, true);
  }
  call->type = type_at(call, 0)->element;
  if (type_at(call, 1)->id == TYPE_STRING)
    return call_fail_type(call, 1, "integral");
  TRY(call_expect(call, 1, "integral"));
  call_cast(call, 1, type_simple(TYPE_INT));
  return true;
}

static bool resolve_get(struct call *call)
{
  TRY(call_expect(call, 0, "array"));
  TRY(call_expect(call, 1, "int"));
  call->type = type_at(call, 0)->element;
  return true;
}

static bool resolve_element_at(struct call *call)
{
  if (type_at(call, 0)->id == TYPE_VOID)
    return call_fail_type(call, 0, "array|map");
  TRY(call_expect(call, 0, "array|map"));
  call->type = type_at(call, 0)->element;
  if (type_at(call, 0)->id == TYPE_MAP)
    return resolve_key(call, false);
  enum type_id index = type_at(call, 1)->id;
  if (index != TYPE_INT && index != TYPE_SMALLINT && index != TYPE_TINYINT && index != TYPE_VOID)
    return call_fail_type(call, 1, "int");
  call_cast(call, 1, type_simple(TYPE_INT));
  return true;
}

static void print_item(const struct expr *call, struct text_buffer *out)
{
  bool is_map = call->args[0]->type->id == TYPE_MAP;
  bool from_one = strcmp(call->function->name, "element_at") == 0;
  text_buffer_add_string(out, is_map ? "spark_map_value__" : from_one ? "spark_element_at__" : "spark_array_item__");
  print_template(call, "$T1__$T2__$T($1, $2)", out);
}

/* An array and a value that is compared with its elements or joins them. */
static bool resolve_with_element(struct call *call, size_t value)
{
  const struct type *array = type_at(call, 0);
  bool is_removal = strcmp(call->function->name, "array_remove") == 0;
  if (array->id == TYPE_VOID || (array->id != TYPE_ARRAY && !is_removal))
    return call_fail_type(call, 0, "array");
  /* Decimals that would have to be widened are refused, as by Spark, which does widen them to look for one. */
  bool widens_decimals = strcmp(call->function->name, "array_contains") == 0;
  const struct type *element = NULL;
  if (array->id == TYPE_ARRAY && widens_decimals)
    element = type_wider(arena_of(call), array->element, type_at(call, value), false);
  else if (array->id == TYPE_ARRAY)
    element = type_tightest(arena_of(call), array->element, type_at(call, value));
  if (element == NULL)
    return call_fail(call, "DATATYPE_MISMATCH.ARRAY_FUNCTION_DIFF_TYPES", "\"%s\" cannot take %s and %s",
                     call->function->name, name_of(call, array), name_of(call, type_at(call, value)));
  call_cast(call, 0, type_array(arena_of(call), element));
  call_cast(call, value, element);
  return true;
}

static bool resolve_find(struct call *call)
{
  for (size_t i = 0; i < 2; i++)
    if (type_at(call, i)->id == TYPE_VOID)
      return call_fail(call, "DATATYPE_MISMATCH.NULL_TYPE", "\"%s\" cannot take a NULL without a type",
                       call->function->name);
  TRY(resolve_with_element(call, 1));
  return check_order(call, type_at(call, 1));
}

static bool resolve_position(struct call *call)
{
  if (type_at(call, 0)->id == TYPE_VOID)
    return call_fail(call, "DATATYPE_MISMATCH.NULL_TYPE", "\"%s\" cannot take a NULL without a type",
                     call->function->name);
  TRY(resolve_with_element(call, 1));
  return check_order(call, type_at(call, 1));
}

static bool resolve_remove(struct call *call)
{
  TRY(resolve_position(call));
  call->type = type_at(call, 0);
  return true;
}

static bool resolve_append(struct call *call)
{
  TRY(resolve_with_element(call, 1));
  call->type = type_at(call, 0);
  return true;
}

static bool resolve_insert(struct call *call)
{
  TRY(resolve_with_element(call, 2));
  TRY(call_expect(call, 1, "int"));
  call->type = type_at(call, 0);
  return true;
}

static bool resolve_two_arrays(struct call *call)
{
  const struct type *type = type_tightest(arena_of(call), type_at(call, 0), type_at(call, 1));
  if (type == NULL && type_at(call, 0)->id == TYPE_ARRAY && type_at(call, 1)->id == TYPE_ARRAY) {
    const struct type *element = type_tightest(arena_of(call), type_at(call, 0)->element, type_at(call, 1)->element);
    type = element == NULL ? NULL : type_array(arena_of(call), element);
  }
  if (type == NULL || type->id != TYPE_ARRAY)
    return call_fail(call, "DATATYPE_MISMATCH.BINARY_ARRAY_DIFF_TYPES", "\"%s\" cannot take %s and %s",
                     call->function->name, name_of(call, type_at(call, 0)), name_of(call, type_at(call, 1)));
  call_cast(call, 0, type);
  call_cast(call, 1, type);
  if (call->type == NULL)
    call->type = type;
  return check_order(call, type->element);
}

static bool resolve_ordered(struct call *call)
{
  if (call->n_args == 2 && !call->args[1]->is_constant)
    return call_fail(call, "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", "the order of \"%s\" must be a constant",
                     call->function->name);
  return check_order(call, type_at(call, 0)->element);
}

static bool resolve_extreme(struct call *call)
{
  call->type = type_at(call, 0)->element;
  return check_order(call, call->type);
}

static bool resolve_flatten(struct call *call)
{
  if (type_at(call, 0)->element->id != TYPE_ARRAY)
    return call_fail_type(call, 0, "array<array>");
  call->type = type_at(call, 0)->element;
  return true;
}

static bool resolve_repeat(struct call *call)
{
  TRY(call_expect(call, 1, "=int"));
  call->type = type_array(arena_of(call), type_at(call, 0));
  return true;
}

/* The fields of arrays_zip() are called as its arguments, if they are columns, or by number. */
static bool resolve_zip(struct call *call)
{
  struct type_field *fields = arena_array(arena_of(call), call->n_args, sizeof *fields);
  for (size_t i = 0; i < call->n_args; i++) {
    const struct node *node = call->node->children[i];
    bool is_named = (node->kind == NODE_NAME && call->args[i]->kind != EXPR_CALL) || node->kind == NODE_DOT;
    fields[i].name = is_named ? text_copy(arena_of(call), node->name) : arena_printf(arena_of(call), "%zu", i);
    fields[i].type = type_at(call, i)->element;
  }
  call->type = type_array(arena_of(call), type_struct(arena_of(call), fields, call->n_args));
  return check_fields(call, fields, call->n_args);
}

/* Nothing else becomes a text here. */
static bool resolve_texts_only(struct call *call)
{
  for (size_t i = 0; i < call->n_args; i++)
    TRY(call_expect_text(call, i));
  return true;
}

static bool is_time(const struct type *type)
{
  return type->id == TYPE_DATE || type->id == TYPE_TIMESTAMP || type->id == TYPE_TIMESTAMP_NTZ;
}

/* Of dates and times by an interval: a calendar interval moves times only. */
static bool resolve_sequence_of_times(struct call *call)
{
  const struct type *type = type_tightest(arena_of(call), type_at(call, 0), type_at(call, 1));
  enum type_id step = call->n_args == 3 ? type_at(call, 2)->id : TYPE_INTERVAL_DAY_TIME;
  if (type->id == TYPE_DATE && step == TYPE_INTERVAL)
    return call_fail(call, NULL, "sequence() of dates by a calendar interval is not supported by crisol");
  if (step < TYPE_INTERVAL_YEAR_MONTH || step > TYPE_INTERVAL)
    return call_fail(call, "DATATYPE_MISMATCH.SEQUENCE_WRONG_INPUT_TYPES", "sequence() of %s steps by an interval",
                     name_of(call, type));
  call_cast(call, 0, type);
  call_cast(call, 1, type);
  call->type = type_array(arena_of(call), type);
  return true;
}

/* sequence(start, stop [, step]) of integers, dates or times */
static bool resolve_sequence(struct call *call)
{
  if (is_time(type_at(call, 0)) && is_time(type_at(call, 1)))
    return resolve_sequence_of_times(call);
  for (size_t i = 0; i < call->n_args; i++)
    if (!type_is_integral(type_at(call, i)) && type_at(call, i)->id != TYPE_VOID)
      return call_fail(call, "DATATYPE_MISMATCH.SEQUENCE_WRONG_INPUT_TYPES", "sequence() cannot count from %s to %s",
                       name_of(call, type_at(call, 0)), name_of(call, type_at(call, 1)));
  const struct type *element;
  TRY(call_widen(call, 0, false, &element));
  call->type = type_array(arena_of(call), element);
  return true;
}

/* Maps. */

static bool resolve_map_keys(struct call *call)
{
  call->type = type_array(arena_of(call), type_at(call, 0)->key);
  return true;
}

static bool resolve_map_values(struct call *call)
{
  call->type = type_array(arena_of(call), type_at(call, 0)->element);
  return true;
}

static bool resolve_map_entries(struct call *call)
{
  struct type_field *fields = arena_array(arena_of(call), 2, sizeof *fields);
  fields[0] = (struct type_field){ .name = "key", .type = type_at(call, 0)->key };
  fields[1] = (struct type_field){ .name = "value", .type = type_at(call, 0)->element };
  call->type = type_array(arena_of(call), type_struct(arena_of(call), fields, 2));
  return true;
}

static bool resolve_map_from_arrays(struct call *call)
{
  call->type = type_map(arena_of(call), type_at(call, 0)->element, type_at(call, 1)->element);
  return check_order(call, call->type->key);
}

static bool resolve_map_from_entries(struct call *call)
{
  const struct type *entry = type_at(call, 0)->element;
  if (entry->id != TYPE_STRUCT || entry->n_fields != 2)
    return call_fail_type(call, 0, "an array of structs with two fields");
  call->type = type_map(arena_of(call), entry->fields[0].type, entry->fields[1].type);
  return check_order(call, call->type->key);
}

static bool resolve_map_concat(struct call *call)
{
  if (call->n_args == 0)
    return call_fail(call, NULL, "map_concat() without arguments is not supported yet by crisol");
  TRY(call_widen(call, 0, true, &call->type));
  if (call->type->id != TYPE_MAP)
    return call_fail(call, "DATATYPE_MISMATCH.MAP_CONCAT_DIFF_TYPES", "map_concat() takes maps");
  return check_order(call, call->type->key);
}

static bool resolve_contains_key(struct call *call)
{
  if (type_at(call, 0)->id != TYPE_MAP)
    return call_fail(call, "DATATYPE_MISMATCH.MAP_FUNCTION_DIFF_TYPES", "\"%s\" cannot look into %s",
                     call->function->name, name_of(call, type_at(call, 0)));
  return resolve_key(call, false);
}

#define FAMILY_CALL(function_name, n_min, n_max, arguments, result, resolve_function, text)                            \
  {                                                                                                                    \
    .name = (function_name), .min_args = (n_min), .max_args = (n_max), .args = (arguments), .returns = (result),       \
    .resolve = (resolve_function), .duckdb = "spark_" function_name "__$T*__$T($*)", .doc = (text)                     \
  }

static const struct function rows[] = {
  { .name = "array",
    .min_args = 0,
    .max_args = ANY_NUMBER,
    .resolve = resolve_array,
    .print = print_array,
    .doc = "An array of the arguments." },
  { .name = "map",
    .min_args = 0,
    .max_args = ANY_NUMBER,
    .resolve = resolve_map,
    .print = print_map,
    .doc = "A map of keys and values." },
  { .name = "struct",
    .min_args = 1,
    .max_args = ANY_NUMBER,
    .resolve = resolve_struct,
    .print = print_struct,
    .doc = "A struct of the arguments." },
  { .name = "named_struct",
    .min_args = 2,
    .max_args = ANY_NUMBER,
    .resolve = resolve_named_struct,
    .print = print_struct,
    .doc = "A struct of names and values." },
  { .name = "size",
    .aliases = "cardinality",
    .min_args = 1,
    .max_args = 1,
    .args = "array|map",
    .returns = "int",
    .print = print_size,
    .doc = "How many elements; -1 for null." },
  { .name = "array_size",
    .min_args = 1,
    .max_args = 1,
    .args = "array",
    .returns = "int",
    .duckdb = "CAST(len($1) AS INTEGER)",
    .doc = "How many elements; null for null." },
  { .name = "[]",
    .min_args = 2,
    .max_args = 2,
    .resolve = resolve_item,
    .print = print_item,
    .doc = "An element, counted from 0, or the value of a key; null where there is none." },
  { .name = "get",
    .min_args = 2,
    .max_args = 2,
    .resolve = resolve_get,
    .print = print_item,
    .doc = "An element, counted from 0; null where there is none." },
  { .name = "element_at",
    .aliases = "try_element_at",
    .min_args = 2,
    .max_args = 2,
    .resolve = resolve_element_at,
    .print = print_item,
    .doc = "An element, counted from 1 or from the end, or the value of a key; null where there is none." },
  FAMILY_CALL("array_contains", 2, 2, NULL, "boolean", resolve_find, "Whether the value is an element."),
  FAMILY_CALL("array_position", 2, 2, NULL, "bigint", resolve_position, "The first place of a value, from 1; or 0."),
  FAMILY_CALL("array_remove", 2, 2, NULL, NULL, resolve_remove, "The elements that are not the value."),
  FAMILY_CALL("array_append", 2, 2, NULL, NULL, resolve_append, "With the value at the end."),
  FAMILY_CALL("array_prepend", 2, 2, NULL, NULL, resolve_append, "With the value at the start."),
  FAMILY_CALL("array_insert", 3, 3, NULL, NULL, resolve_insert, "With the value at a place, from 1 or from the end."),
  FAMILY_CALL("array_distinct", 1, 1, "array", "$1", resolve_ordered, "Every element once."),
  FAMILY_CALL("array_union", 2, 2, NULL, NULL, resolve_two_arrays, "The elements of either, once."),
  FAMILY_CALL("array_intersect", 2, 2, NULL, NULL, resolve_two_arrays, "The elements of both, once."),
  FAMILY_CALL("array_except", 2, 2, NULL, NULL, resolve_two_arrays,
              "The elements of the first that the second lacks, once."),
  FAMILY_CALL("arrays_overlap", 2, 2, NULL, "boolean", resolve_two_arrays, "Whether an element is in both."),
  FAMILY_CALL("arrays_zip", 1, ANY_NUMBER, "array", NULL, resolve_zip, "Structs of the elements at the same place."),
  FAMILY_CALL("array_join", 2, 3, "array<string> =string =string", "string", NULL, "Texts joined by a separator."),
  FAMILY_CALL("sort_array", 1, 2, "array boolean", "$1", resolve_ordered,
              "In ascending order, nulls first, or the reverse."),
  FAMILY_CALL("array_min", 1, 1, "array", NULL, resolve_extreme, "The least element, nulls left out."),
  FAMILY_CALL("array_max", 1, 1, "array", NULL, resolve_extreme, "The greatest element, nulls left out."),
  FAMILY_CALL("array_compact", 1, 1, "array", "$1", NULL, "Without nulls."),
  FAMILY_CALL("array_repeat", 2, 2, NULL, NULL, resolve_repeat, "The value several times."),
  FAMILY_CALL("slice", 3, 3, "array int int", "$1", NULL, "A part, from a place counted from 1 or from the end."),
  FAMILY_CALL("flatten", 1, 1, "array", NULL, resolve_flatten, "The elements of the arrays within."),
  FAMILY_CALL("sequence", 2, 3, NULL, NULL, resolve_sequence, "The numbers or dates from one to another."),
  { .name = "map_keys",
    .min_args = 1,
    .max_args = 1,
    .args = "map",
    .resolve = resolve_map_keys,
    .duckdb = "map_keys($1)",
    .doc = "The keys." },
  { .name = "map_values",
    .min_args = 1,
    .max_args = 1,
    .args = "map",
    .resolve = resolve_map_values,
    .duckdb = "map_values($1)",
    .doc = "The values." },
  { .name = "map_entries",
    .min_args = 1,
    .max_args = 1,
    .args = "map",
    .resolve = resolve_map_entries,
    .duckdb = "map_entries($1)",
    .doc = "Structs of key and value." },
  FAMILY_CALL("map_from_arrays", 2, 2, "array", NULL, resolve_map_from_arrays,
              "A map of keys and values in two arrays."),
  FAMILY_CALL("map_from_entries", 1, 1, "array", NULL, resolve_map_from_entries, "A map of structs of key and value."),
  FAMILY_CALL("map_concat", 0, ANY_NUMBER, NULL, NULL, resolve_map_concat, "The entries of all the maps."),
  { .name = "str_to_map",
    .min_args = 1,
    .max_args = 3,
    .returns = "map<string,string>",
    .resolve = resolve_texts_only,
    .duckdb = "spark_str_to_map($1, ${2:','}, ${3:':'})",
    .doc = "A map of a text's parts; what parts pairs, and keys from values, are regular expressions." },
  FAMILY_CALL("map_contains_key", 2, 2, NULL, "boolean", resolve_contains_key, "Whether the map has the key."),
};

FUNCTION_FAMILY(collection_family, "arrays, maps and structs", rows);
