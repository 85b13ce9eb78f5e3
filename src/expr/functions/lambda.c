/* Functions that take a lambda, printed with DuckDB's own lambdas. */
#include "expr/functions/functions.h"

static struct arena *arena_of(const struct call *call)
{
  return call->resolver->arena;
}

static bool expect_array(struct call *call, size_t index)
{
  if (call->args[index]->type->id == TYPE_ARRAY)
    return true;
  return call_fail_type(call, index, "array");
}

static bool expect_map(struct call *call)
{
  return call->args[0]->type->id == TYPE_MAP || call_fail_type(call, 0, "map");
}

/* Types a lambda over the elements of argument 0: (element) or (element, index from 0). */
static bool lambda_over_elements(struct call *call, const struct type **ret_type)
{
  TRY(expect_array(call, 0));
  const char *element = call_new_name(call, "x");
  const char *index = call_new_name(call, "i");
  const struct variable parameters[] = {
    { .type = call->args[0]->type->element, .sql = element },
    { .type = type_simple(TYPE_INT), .sql = arena_printf(arena_of(call), "CAST(%s - 1 AS INTEGER)", index) },
  };
  bool takes_index = call->node->children[1]->kind == NODE_LAMBDA && call->node->children[1]->n_names == 2;
  const char *names = takes_index ? arena_printf(arena_of(call), "%s, %s", element, index) : element;
  return call_lambda(call, 1, parameters, takes_index ? 2 : 1, names, ret_type);
}

/* The body of a lambda must be boolean; NULL is. */
static bool expect_condition(struct call *call, size_t index, const struct type *type)
{
  if (type->id != TYPE_BOOLEAN && type->id != TYPE_VOID)
    return call_fail_type(call, index, "a condition");
  const struct expr *lambda = call->args[index];
  struct expr *copy = arena_alloc(arena_of(call), sizeof *copy);
  *copy = *lambda;
  copy->args = arena_array(arena_of(call), 1, sizeof *copy->args);
  copy->args[0] = expr_coerce(arena_of(call), lambda->args[0], type_simple(TYPE_BOOLEAN));
  copy->type = type_simple(TYPE_BOOLEAN);
  call->args[index] = copy;
  return true;
}

static bool resolve_transform(struct call *call)
{
  const struct type *element;
  TRY(lambda_over_elements(call, &element));
  call->type = type_array(arena_of(call), element);
  return true;
}

static bool resolve_filter(struct call *call)
{
  const struct type *type;
  TRY(lambda_over_elements(call, &type));
  call->type = call->args[0]->type;
  return expect_condition(call, 1, type);
}

static bool resolve_exists(struct call *call)
{
  const struct type *type;
  TRY(lambda_over_elements(call, &type));
  call->type = type_simple(TYPE_BOOLEAN);
  return expect_condition(call, 1, type);
}

/* What the body of aggregate()'s lambda reads from outside becomes a field of each element: DuckDB 1.5's list_reduce
 * hands a lambda columns of other rows once rows have lists of different lengths. */
struct capture {
  struct call *call;
  const char *element;         /* the lambda's parameter in DuckDB */
  const struct expr **outside; /* what is read */
  size_t count, capacity;
};

/* Whether it is a column, or a variable of a lambda around the call. */
static bool is_outside(const struct call *call, const struct expr *expr)
{
  if (expr->kind == EXPR_COLUMN)
    return true;
  for (size_t i = 0; expr->kind == EXPR_VARIABLE && i < call->resolver->n_variables; i++)
    if (expr->name == call->resolver->variables[i].sql)
      return true;
  return false;
}

static const struct expr *capture_one(struct capture *capture, const struct expr *expr)
{
  size_t index = 0;
  while (index < capture->count &&
         (capture->outside[index]->column != expr->column || capture->outside[index]->name != expr->name))
    index++;
  if (index == capture->count) {
    capture->outside = arena_grow(arena_of(capture->call), capture->outside, capture->count, &capture->capacity,
                                  sizeof(*capture->outside));
    capture->outside[capture->count++] = expr;
  }
  struct expr *field = expr_new(arena_of(capture->call), EXPR_VARIABLE, expr->type, expr->place);
  field->name = arena_printf(arena_of(capture->call), "struct_extract(%s, 'c%zu')", capture->element, index);
  return field;
}

static const struct expr *capture_all(struct capture *capture, const struct expr *expr)
{
  if (is_outside(capture->call, expr))
    return capture_one(capture, expr);
  const struct expr **args = arena_array(arena_of(capture->call), expr->n_args, sizeof *args);
  bool is_changed = false;
  for (size_t i = 0; i < expr->n_args; i++) {
    args[i] = capture_all(capture, expr->args[i]);
    is_changed = is_changed || args[i] != expr->args[i];
  }
  if (!is_changed)
    return expr;
  struct expr *copy = arena_alloc(arena_of(capture->call), sizeof *copy);
  *copy = *expr;
  copy->args = args;
  return copy;
}

/* Appends what the merging lambda reads from outside to the call's arguments. */
static void capture_outside(struct call *call, const char *element)
{
  struct capture capture = { .call = call, .element = element };
  call->args[2] = capture_all(&capture, call->args[2]);
  const struct expr **args = arena_array(arena_of(call), call->n_args + capture.count, sizeof *args);
  for (size_t i = 0; i < call->n_args; i++)
    args[i] = call->args[i];
  for (size_t i = 0; i < capture.count; i++)
    args[call->n_args + i] = capture.outside[i];
  call->args = args;
  call->n_args += capture.count;
}

/* aggregate(array, start, merge [, finish]). DuckDB wants the elements and what is accumulated to be of one type, so
 * both are put into a struct, of which one field is null. */
static bool resolve_aggregate(struct call *call)
{
  TRY(expect_array(call, 0));
  const struct type *accumulated = call->args[1]->type;
  const struct type *merged;
  const char *a = call_new_name(call, "a");
  const char *x = call_new_name(call, "x");
  const struct variable parameters[] = {
    { .type = accumulated, .sql = arena_printf(arena_of(call), "struct_extract(%s, 'acc')", a) },
    { .type = call->args[0]->type->element, .sql = arena_printf(arena_of(call), "struct_extract(%s, 'item')", x) },
  };
  TRY(call_lambda(call, 2, parameters, 2, arena_printf(arena_of(call), "%s, %s", a, x), &merged));
  if (merged->id != TYPE_VOID && !type_equal(merged, accumulated))
    return call_fail_type(call, 2, type_name(arena_of(call), accumulated));
  call->type = accumulated;
  if (call->n_args == 4) {
    const char *result = call_new_name(call, "x");
    const struct variable finished = { .type = accumulated, .sql = result };
    TRY(call_lambda(call, 3, &finished, 1, result, &call->type));
  }
  capture_outside(call, x);
  return true;
}

static void print_null(const struct type *type, struct text_buffer *out)
{
  text_buffer_add_string(out, "CAST(NULL AS ");
  type_print_duckdb(type, out);
  text_buffer_add_char(out, ')');
}

static bool has_finish(const struct expr *call)
{
  return call->n_args > 3 && call->args[3]->kind == EXPR_LAMBDA;
}

/* The fields of what the lambda reads from outside: its values, or nulls. */
static void print_captured(const struct expr *call, bool with_values, struct text_buffer *out)
{
  size_t first = has_finish(call) ? 4 : 3;
  for (size_t i = first; i < call->n_args; i++) {
    text_buffer_printf(out, ", c%zu := ", i - first);
    if (with_values)
      print_expr(call->args[i], out);
    else
      print_null(call->args[i]->type, out);
  }
}

static void print_aggregate(const struct expr *call, struct text_buffer *out)
{
  const struct type *accumulated = call->args[1]->type;
  const struct type *element = call->args[0]->type->element;
  print_template(call, has_finish(call) ? "list_extract(list_transform([" : "", out);
  print_template(call, "struct_extract(list_reduce(list_transform($1, lambda spark_item: struct_pack(acc := ", out);
  print_null(accumulated, out);
  text_buffer_add_string(out, ", item := spark_item");
  print_captured(call, true, out);
  text_buffer_printf(out, ")), lambda %s: struct_pack(acc := ", call->args[2]->name);
  print_expr(call->args[2]->args[0], out);
  text_buffer_add_string(out, ", item := ");
  print_null(element, out);
  print_captured(call, false, out);
  print_template(call, "), struct_pack(acc := $2, item := ", out);
  print_null(element, out);
  print_captured(call, false, out);
  text_buffer_add_string(out, ")), 'acc')");
  print_template(call, has_finish(call) ? "], $4), 1)" : "", out);
}

/* zip_with(a, b, (x, y) -> ...): the shorter array is filled up with nulls */
static bool resolve_zip_with(struct call *call)
{
  TRY(expect_array(call, 0));
  TRY(expect_array(call, 1));
  const struct type *element;
  const char *pair = call_new_name(call, "x");
  const struct variable parameters[] = {
    { .type = call->args[0]->type->element, .sql = arena_printf(arena_of(call), "struct_extract(%s, '0')", pair) },
    { .type = call->args[1]->type->element, .sql = arena_printf(arena_of(call), "struct_extract(%s, '1')", pair) },
  };
  TRY(call_lambda(call, 2, parameters, 2, pair, &element));
  call->type = type_array(arena_of(call), element);
  return true;
}

static void print_zip_with(const struct expr *call, struct text_buffer *out)
{
  text_buffer_add_string(out, "list_transform(spark_arrays_zip__");
  print_template(call, "$T1__$T2__array_struct_2_30_", out);
  type_print_code(call->args[0]->type->element, out);
  text_buffer_add_string(out, "_31_");
  type_print_code(call->args[1]->type->element, out);
  print_template(call, "($1, $2), $3)", out);
}

/* Types a lambda over the entries of a map: (key, value). */
static bool lambda_over_entries(struct call *call, const struct type **ret_type)
{
  TRY(expect_map(call));
  const char *entry = call_new_name(call, "e");
  const struct variable parameters[] = {
    { .type = call->args[0]->type->key, .sql = arena_printf(arena_of(call), "struct_extract(%s, 'key')", entry) },
    { .type = call->args[0]->type->element, .sql = arena_printf(arena_of(call), "struct_extract(%s, 'value')", entry) },
  };
  return call_lambda(call, 1, parameters, 2, entry, ret_type);
}

static bool resolve_map_filter(struct call *call)
{
  const struct type *type;
  TRY(lambda_over_entries(call, &type));
  call->type = call->args[0]->type;
  return expect_condition(call, 1, type);
}

static bool resolve_transform_values(struct call *call)
{
  const struct type *type;
  TRY(lambda_over_entries(call, &type));
  call->type = type_map(arena_of(call), call->args[0]->type->key, type);
  return true;
}

static bool resolve_transform_keys(struct call *call)
{
  const struct type *type;
  TRY(lambda_over_entries(call, &type));
  if (type->id == TYPE_MAP)
    return call_fail(call, "DATATYPE_MISMATCH.INVALID_MAP_KEY_TYPE", "a map cannot be the key of a map");
  call->type = type_map(arena_of(call), type, call->args[0]->type->element);
  return true;
}

/* spark_map_of_entries__array_struct_2_<key>_..._<value>_...__map_...( */
static void print_from_entries(const struct expr *call, struct text_buffer *out)
{
  text_buffer_add_string(out, "spark_map_of_entries__array_struct_2_6b6579_");
  type_print_code(call->type->key, out);
  text_buffer_add_string(out, "_76616c7565_");
  type_print_code(call->type->element, out);
  print_template(call, "__$T(", out);
}

/* map_zip_with(a, b, (key, x, y) -> ...): the entries of both, a value null where its map lacks the key */
static bool resolve_map_zip_with(struct call *call)
{
  for (size_t i = 0; i < 2; i++)
    if (call->args[i]->type->id != TYPE_MAP)
      return call_fail_type(call, i, "map");
  const struct type *a = call->args[0]->type;
  const struct type *b = call->args[1]->type;
  const struct type *key = type_wider(arena_of(call), a->key, b->key, true);
  if (key == NULL || !type_is_orderable(key))
    return call_fail(call, "DATATYPE_MISMATCH.MAP_ZIP_WITH_DIFF_TYPES", "the keys of the two maps have no common type");
  call_cast(call, 0, type_map(arena_of(call), key, a->element));
  call_cast(call, 1, type_map(arena_of(call), key, b->element));
  const struct type *value;
  const char *entry = call_new_name(call, "e");
  const struct variable parameters[] = {
    { .type = key, .sql = arena_printf(arena_of(call), "struct_extract(%s, '0')", entry) },
    { .type = a->element, .sql = arena_printf(arena_of(call), "struct_extract(%s, '1')", entry) },
    { .type = b->element, .sql = arena_printf(arena_of(call), "struct_extract(%s, '2')", entry) },
  };
  TRY(call_lambda(call, 2, parameters, 3, entry, &value));
  call->type = type_map(arena_of(call), key, value);
  return true;
}

static void print_map_zip_with(const struct expr *call, struct text_buffer *out)
{
  const struct expr *lambda = call->args[2];
  print_from_entries(call, out);
  print_template(call, "list_transform(spark_map_zip__$T1__$T2__array_struct_3_30_", out);
  type_print_code(call->type->key, out);
  text_buffer_add_string(out, "_31_");
  type_print_code(call->args[0]->type->element, out);
  text_buffer_add_string(out, "_32_");
  type_print_code(call->args[1]->type->element, out);
  print_template(call, "($1, $2), lambda ", out);
  text_buffer_printf(out, "%s: struct_pack(\"key\" := struct_extract(%s, '0'), \"value\" := ", lambda->name,
                     lambda->name);
  print_expr(lambda->args[0], out);
  text_buffer_add_string(out, ")))");
}

static void print_map_filter(const struct expr *call, struct text_buffer *out)
{
  print_from_entries(call, out);
  print_template(call, "list_filter(map_entries($1), $2))", out);
}

static void print_transform_entries(const struct expr *call, struct text_buffer *out)
{
  const struct expr *lambda = call->args[1];
  bool of_values = strcmp(call->function->name, "transform_values") == 0;
  print_from_entries(call, out);
  print_template(call, "list_transform(map_entries($1), lambda ", out);
  text_buffer_printf(out, "%s: struct_pack(\"key\" := ", lambda->name);
  if (of_values)
    text_buffer_printf(out, "struct_extract(%s, 'key'), \"value\" := ", lambda->name);
  print_expr(lambda->args[0], out);
  if (!of_values)
    text_buffer_printf(out, ", \"value\" := struct_extract(%s, 'value')", lambda->name);
  text_buffer_add_string(out, ")))");
}

/* array_sort(array [, (a, b) -> a number below, above or at 0]) */
static bool resolve_array_sort(struct call *call)
{
  TRY(expect_array(call, 0));
  call->type = call->args[0]->type;
  const struct type *element = call->type->element;
  if (call->n_args == 1)
    return type_is_orderable(element) ||
           call_fail(call, "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE", "values of type %s cannot be compared",
                     type_name(arena_of(call), element));
  const struct type *answer;
  const char *a = call_new_name(call, "a");
  const char *b = call_new_name(call, "b");
  const struct variable parameters[] = { { .type = element, .sql = a }, { .type = element, .sql = b } };
  const struct node *lambda = call->node->children[1];
  if (lambda->kind == NODE_LAMBDA && lambda->n_names < 2)
    return call_fail(call, "INVALID_LAMBDA_FUNCTION_CALL.NUM_ARGS_MISMATCH",
                     "the lambda of \"array_sort\" takes two elements");
  TRY(call_lambda(call, 1, parameters, 2, arena_printf(arena_of(call), "%s, %s", a, b), &answer));
  if (answer->id != TYPE_INT)
    return call_fail(call, "DATATYPE_MISMATCH.UNEXPECTED_RETURN_TYPE",
                     "the lambda of \"array_sort\" must give an int, not %s", type_name(arena_of(call), answer));
  return true;
}

/* Every two elements are compared where DuckDB's lambdas can see them; the answers are sorted by elsewhere. */
static void print_array_sort(const struct expr *call, struct text_buffer *out)
{
  if (call->n_args == 1) {
    print_template(call, "spark_array_sort__$T1__$T($1)", out);
    return;
  }
  const char *names = call->args[1]->name;
  int length = (int)strcspn(names, ",");
  print_template(call,
                 "list_extract(list_transform([$1], lambda whole: spark_array_sort_by__$T1__array_array_int__$T(whole, "
                 "list_transform(CASE WHEN spark_array_sort_asks__$T1__boolean(whole) THEN whole END, lambda ",
                 out);
  text_buffer_printf(out, "%.*s: list_transform(whole, lambda%s: ", length, names, names + length + 1);
  print_expr(call->args[1]->args[0], out);
  text_buffer_add_string(out, ")))), 1)");
}

static const struct function rows[] = {
  { .name = "array_sort",
    .min_args = 1,
    .max_args = 2,
    .args = "any lambda",
    .resolve = resolve_array_sort,
    .print = print_array_sort,
    .doc = "In ascending order, nulls last; or as a lambda compares two elements, of at most 3,000." },
  { .name = "transform",
    .min_args = 2,
    .max_args = 2,
    .args = "any lambda",
    .resolve = resolve_transform,
    .duckdb = "list_transform($1, $2)",
    .doc = "What a lambda makes of every element." },
  { .name = "filter",
    .min_args = 2,
    .max_args = 2,
    .args = "any lambda",
    .resolve = resolve_filter,
    .duckdb = "list_filter($1, $2)",
    .doc = "The elements for which a lambda is true." },
  { .name = "exists",
    .min_args = 2,
    .max_args = 2,
    .args = "any lambda",
    .resolve = resolve_exists,
    .duckdb = "spark_exists(list_transform($1, $2))",
    .doc = "Whether a lambda is true for an element." },
  { .name = "forall",
    .min_args = 2,
    .max_args = 2,
    .args = "any lambda",
    .resolve = resolve_exists,
    .duckdb = "spark_forall(list_transform($1, $2))",
    .doc = "Whether a lambda is true for all elements." },
  { .name = "aggregate",
    .aliases = "reduce",
    .min_args = 3,
    .max_args = 4,
    .args = "any any lambda lambda",
    .resolve = resolve_aggregate,
    .print = print_aggregate,
    .doc = "The elements merged into one value by a lambda." },
  { .name = "zip_with",
    .min_args = 3,
    .max_args = 3,
    .args = "any any lambda",
    .resolve = resolve_zip_with,
    .print = print_zip_with,
    .doc = "What a lambda makes of the elements at the same place of two arrays." },
  { .name = "map_zip_with",
    .min_args = 3,
    .max_args = 3,
    .args = "any any lambda",
    .resolve = resolve_map_zip_with,
    .print = print_map_zip_with,
    .doc = "What a lambda makes of the values of the same key in two maps." },
  { .name = "map_filter",
    .min_args = 2,
    .max_args = 2,
    .args = "any lambda",
    .resolve = resolve_map_filter,
    .print = print_map_filter,
    .doc = "The entries for which a lambda is true." },
  { .name = "transform_values",
    .min_args = 2,
    .max_args = 2,
    .args = "any lambda",
    .resolve = resolve_transform_values,
    .print = print_transform_entries,
    .doc = "The map with other values." },
  { .name = "transform_keys",
    .min_args = 2,
    .max_args = 2,
    .args = "any lambda",
    .resolve = resolve_transform_keys,
    .print = print_transform_entries,
    .doc = "The map with other keys." },
};

FUNCTION_FAMILY(lambda_family, "lambdas", rows);
