/* Gives every node its meaning: names become columns or variables, calls find their row, operands get common types. */
#include "expr/functions/functions.h"

#include <stdarg.h>
#include <stdio.h>

bool(resolver_fail)(struct resolver *resolver, struct place place, const char *error_class, const char *format, ...)
{
  char message[1024];
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  resolver->error_class = error_class;
  return fail(resolver->err, ERROR_CONFIG, place, "%s", message);
}

struct expr *expr_new(struct arena *arena, enum expr_kind kind, const struct type *type, struct place place)
{
  struct expr *expr = arena_alloc(arena, sizeof *expr);
  *expr = (struct expr){ .kind = kind, .type = type, .place = place };
  return expr;
}

static const struct expr *new_cast(struct arena *arena, enum expr_kind kind, const struct expr *operand,
                                   const struct type *type, struct place place)
{
  struct expr *cast = expr_new(arena, kind, type, place);
  cast->args = arena_array(arena, 1, sizeof *cast->args);
  cast->args[0] = operand;
  cast->n_args = 1;
  cast->is_constant = operand->is_constant;
  return cast;
}

static bool decimal_fits(int128 value, int precision)
{
  int128 limit = 1;
  for (int i = 0; i < precision; i++)
    limit *= 10;
  return value > -limit && value < limit;
}

/* Literals whose cast is the same number in another type; false where it has to be computed. */
static bool literal_coerce(const struct literal *from, const struct type *type, struct literal *ret_literal)
{
  struct literal literal = { .type = type, .is_null = from->is_null };
  if (from->is_null) {
    *ret_literal = literal;
    return true;
  }
  if (!type_is_integral(from->type))
    return false;
  if (type_is_integral(type) && type->id >= from->type->id) {
    literal.integer = from->integer;
  } else if (type->id == TYPE_DOUBLE && from->integer > -(INT64_C(1) << 53) && from->integer < INT64_C(1) << 53) {
    literal.floating = (double)from->integer;
  } else if (type->id == TYPE_DECIMAL && decimal_fits(from->integer, type->precision - type->scale)) {
    literal.decimal = from->integer;
    for (int i = 0; i < type->scale; i++)
      literal.decimal *= 10;
  } else {
    return false;
  }
  *ret_literal = literal;
  return true;
}

const struct expr *expr_coerce(struct arena *arena, const struct expr *expr, const struct type *type)
{
  if (type_equal(expr->type, type))
    return expr;
  struct literal literal;
  if (expr->kind != EXPR_LITERAL || !literal_coerce(&expr->literal, type, &literal))
    return new_cast(arena, EXPR_CAST, expr, type, expr->place);
  struct expr *copy = expr_new(arena, EXPR_LITERAL, type, expr->place);
  copy->literal = literal;
  copy->is_constant = true;
  return copy;
}

static bool resolve_literal(struct resolver *resolver, const struct node *node, const struct expr **ret_expr)
{
  struct expr *expr = expr_new(resolver->arena, EXPR_LITERAL, node->literal.type, node->place);
  expr->literal = node->literal;
  expr->is_constant = true;
  *ret_expr = expr;
  return true;
}

static bool find_variable(struct resolver *resolver, const struct node *node, const struct expr **ret_expr)
{
  for (size_t i = resolver->n_variables; i-- > 0;) {
    const struct variable *variable = &resolver->variables[i];
    if (!text_equal_nocase(variable->name, node->name))
      continue;
    struct expr *expr = expr_new(resolver->arena, EXPR_VARIABLE, variable->type, node->place);
    expr->name = variable->sql;
    expr->is_constant = true; /* what it stands for decides */
    *ret_expr = expr;
    return true;
  }
  return false;
}

static bool fail_unknown_column(struct resolver *resolver, const struct node *node)
{
  const struct expr_scope *scope = resolver->scope;
  const char **names = arena_array(resolver->arena, scope->n_columns, sizeof *names);
  size_t n_names = 0;
  for (size_t i = 0; i < scope->n_columns; i++)
    if (scope->columns[i].name[0] != '\0') /* "" is none, see expr_scope */
      names[n_names++] = scope->columns[i].name;
  resolver_fail(resolver, node->place,
                n_names == 0 ? "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION" : "UNRESOLVED_COLUMN.WITH_SUGGESTION",
                "unrecognized column \"%.*s\"", TEXT_ARGS(node->name));
  return add_hint_of_names(resolver->err, "column", node->name, names, n_names);
}

static bool resolve_call(struct resolver *resolver, const struct node *node, const struct expr **ret_expr);

bool call_schema_text(const struct call *call, size_t index, struct text *ret_value)
{
  const struct expr *expr = call->args[index];
  if (expr->kind != EXPR_CALL || strncmp(expr->function->name, "schema_of_", strlen("schema_of_")) != 0)
    return call_literal_text(call, index, ret_value);
  *ret_value = expr->args[0]->literal.text; /* their answers are literals already */
  return true;
}

static struct expr *new_column(struct resolver *resolver, const struct expr_column *column, struct place place)
{
  struct expr *expr = expr_new(resolver->arena, EXPR_COLUMN, column->type, place);
  expr->column = column;
  expr->index = SIZE_MAX;
  if (column->reading != NULL && !column->reading->is_read)
    *column->reading = (struct expr_reading){ .is_read = true, .place = place };
  return expr;
}

static bool resolve_name(struct resolver *resolver, const struct node *node, const struct expr **ret_expr)
{
  if (find_variable(resolver, node, ret_expr))
    return true;
  const struct expr_scope *scope = resolver->scope;
  const struct expr_column *found = NULL;
  for (size_t i = 0; i < scope->n_columns; i++) {
    if (scope->columns[i].name[0] == '\0' || !text_equal_nocase(text_from(scope->columns[i].name), node->name))
      continue;
    if (found != NULL)
      return resolver_fail(resolver, node->place, "AMBIGUOUS_REFERENCE", "column \"%.*s\" may be \"%s\" or \"%s\"",
                           TEXT_ARGS(node->name), found->name, scope->columns[i].name);
    found = &scope->columns[i];
  }
  if (found == NULL && scope->metadata != NULL && text_equal_nocase(node->name, text_from(scope->metadata->name))) {
    *ret_expr = new_column(resolver, scope->metadata, node->place);
    return true;
  }
  if (found == NULL) {
    const struct function *function = node->is_quoted ? NULL : function_find(node->name);
    if (function != NULL && (function->flags & FUNCTION_NO_PARENTHESES) != 0)
      return resolve_call(resolver, node, ret_expr);
    return fail_unknown_column(resolver, node);
  }
  struct expr *expr = expr_new(resolver->arena, EXPR_COLUMN, found->type, node->place);
  expr->column = found;
  expr->index = (size_t)(found - scope->columns);
  *ret_expr = expr;
  return true;
}

static const char *name_of(struct resolver *resolver, const struct type *type)
{
  return type_name(resolver->arena, type);
}

static bool fail_unknown_field(struct resolver *resolver, const struct node *node, const struct type *type)
{
  const char **names = arena_array(resolver->arena, type->n_fields, sizeof *names);
  for (size_t i = 0; i < type->n_fields; i++)
    names[i] = type->fields[i].name;
  resolver_fail(resolver, node->place, "FIELD_NOT_FOUND", "unrecognized field \"%.*s\" of %s", TEXT_ARGS(node->name),
                name_of(resolver, type));
  return add_hint_of_names(resolver->err, "field", node->name, names, type->n_fields);
}

/* base.name, where the base is a struct or an array of structs */
static bool resolve_field(struct resolver *resolver, const struct node *node, const struct expr *base,
                          const struct type *type, const struct expr **ret_expr)
{
  size_t found = type->n_fields;
  for (size_t i = 0; i < type->n_fields; i++) {
    if (!text_equal_nocase(text_from(type->fields[i].name), node->name))
      continue;
    if (found < type->n_fields)
      return resolver_fail(resolver, node->place, "AMBIGUOUS_REFERENCE_TO_FIELDS",
                           "field \"%.*s\" may be one of several of %s", TEXT_ARGS(node->name),
                           name_of(resolver, type));
    found = i;
  }
  if (found == type->n_fields)
    return fail_unknown_field(resolver, node, type);
  const struct type *field = type->fields[found].type;
  bool is_array = base->type->id == TYPE_ARRAY;
  struct expr *expr =
      expr_new(resolver->arena, EXPR_FIELD, is_array ? type_array(resolver->arena, field) : field, node->place);
  expr->args = arena_array(resolver->arena, 1, sizeof *expr->args);
  expr->args[0] = base;
  expr->n_args = 1;
  expr->index = found;
  expr->is_constant = base->is_constant;
  *ret_expr = expr;
  return true;
}

static bool finish_call(struct call *call, const struct expr **ret_expr);

/* base[index] as a call of the row "[]" */
static bool resolve_element(struct resolver *resolver, const struct node *node, const struct expr *base,
                            const struct expr *index, const struct expr **ret_expr)
{
  const struct expr **args = arena_array(resolver->arena, 2, sizeof *args);
  args[0] = base;
  args[1] = index;
  struct call call = { .resolver = resolver,
                       .function = function_find(TEXT("[]")),
                       .node = node,
                       .place = node->place,
                       .args = args,
                       .n_args = 2 };
  return finish_call(&call, ret_expr);
}

static bool fail_extract(struct resolver *resolver, const struct node *node, const struct expr *base)
{
  return resolver_fail(resolver, node->place, "INVALID_EXTRACT_BASE_FIELD_TYPE",
                       "a value of type %s has no fields or elements", name_of(resolver, base->type));
}

/* NULL where the child has no meaning: the error tells. */
static const struct expr *resolve_child(struct resolver *resolver, const struct node *node, size_t index)
{
  const struct expr *child = NULL;
  return resolve_node(resolver, node->children[index], &child) ? child : NULL;
}

static bool resolve_dot(struct resolver *resolver, const struct node *node, const struct expr **ret_expr)
{
  const struct expr *base = resolve_child(resolver, node, 0);
  if (base == NULL)
    return false;
  if (base->type->id == TYPE_STRUCT)
    return resolve_field(resolver, node, base, base->type, ret_expr);
  if (base->type->id == TYPE_ARRAY && base->type->element->id == TYPE_STRUCT)
    return resolve_field(resolver, node, base, base->type->element, ret_expr);
  if (base->type->id != TYPE_MAP)
    return fail_extract(resolver, node, base);
  struct expr *key = expr_new(resolver->arena, EXPR_LITERAL, type_simple(TYPE_STRING), node->place);
  key->literal = (struct literal){ .type = key->type, .text = node->name };
  key->is_constant = true;
  return resolve_element(resolver, node, base, key, ret_expr);
}

static bool resolve_subscript(struct resolver *resolver, const struct node *node, const struct expr **ret_expr)
{
  const struct expr *base = resolve_child(resolver, node, 0);
  const struct expr *index = base == NULL ? NULL : resolve_child(resolver, node, 1);
  if (index == NULL)
    return false;
  bool is_named = index->kind == EXPR_LITERAL && index->type->id == TYPE_STRING;
  const struct type *fields = base->type->id == TYPE_ARRAY ? base->type->element : base->type;
  if (is_named && fields->id == TYPE_STRUCT) {
    struct node dot = *node;
    dot.name = index->literal.text;
    return resolve_field(resolver, &dot, base, fields, ret_expr);
  }
  if (base->type->id != TYPE_ARRAY && base->type->id != TYPE_MAP)
    return fail_extract(resolver, node, base);
  return resolve_element(resolver, node, base, index, ret_expr);
}

static bool resolve_cast(struct resolver *resolver, const struct node *node, const struct expr **ret_expr)
{
  const struct expr *operand = resolve_child(resolver, node, 0);
  if (operand == NULL)
    return false;
  if (!cast_exists(operand->type, node->type) && cast_is_unsupported(operand->type, node->type))
    return resolver_fail(resolver, node->place, NULL, "casting %s to %s is not supported yet by crisol",
                         name_of(resolver, operand->type), name_of(resolver, node->type));
  bool is_try = node->kind == NODE_TRY_CAST;
  if (!cast_exists(operand->type, node->type) || (is_try && !cast_exists_strictly(operand->type, node->type)))
    return resolver_fail(resolver, node->place,
                         is_try && cast_has_function(operand->type, node->type)
                             ? "DATATYPE_MISMATCH.CAST_WITH_FUNC_SUGGESTION"
                             : "DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION",
                         "cannot cast %s to %s", name_of(resolver, operand->type), name_of(resolver, node->type));
  enum expr_kind kind = node->kind == NODE_CAST ? EXPR_CAST : EXPR_TRY_CAST;
  *ret_expr = new_cast(resolver->arena, kind, operand, node->type, node->place);
  return true;
}

/* Aggregates, windows and generators: where what they are for is said instead. */
static bool fail_class(struct resolver *resolver, const struct node *node, const char *class)
{
  static const struct {
    const char *class, *hint;
  } hints[] = {
    { "aggregate", AGGREGATE_HINT },
    { "window", WINDOW_HINT },
    { "generator",
      "Generators, which make several rows of one, will be allowed where records are taken apart, not in a "
      "rule of rows; for elements there are transform(), filter() and exists()." },
  };
  resolver_fail(resolver, node->place, NULL,
                "%s function \"%.*s\" cannot be used here: an expression sees one row at a time", class,
                TEXT_ARGS(node->name));
  for (size_t i = 0; i < ARRAY_LENGTH(hints); i++)
    if (strcmp(hints[i].class, class) == 0)
      add_hint(resolver->err, "%s", hints[i].hint);
  return false;
}

static bool fail_unknown_function(struct resolver *resolver, const struct node *node)
{
  const char *class = function_unsupported(node->name);
  if (class != NULL && strcmp(class, "scalar") == 0) {
    const char *reason = function_reason(node->name);
    resolver_fail(resolver, node->place, NULL, "function \"%.*s\" of Spark is not supported yet by crisol",
                  TEXT_ARGS(node->name));
    if (reason != NULL)
      add_hint(resolver->err, "%s", reason);
    return false;
  }
  if (class != NULL)
    return fail_class(resolver, node, class);
  const char *nearest = function_nearest(resolver->arena, node->name);
  resolver_fail(resolver, node->place, "UNRESOLVED_ROUTINE", "unrecognized function \"%.*s\"", TEXT_ARGS(node->name));
  if (nearest != NULL)
    add_hint(resolver->err, "The nearest function is \"%s\".", nearest);
  return false;
}

bool resolve_function_names(struct resolver *resolver, const struct node *node)
{
  if (node->kind == NODE_CALL && function_find(node->name) == NULL)
    return fail_unknown_function(resolver, node);
  for (size_t i = 0; i < node->n_children; i++)
    TRY(resolve_function_names(resolver, node->children[i]));
  return true;
}

static bool check_count(const struct call *call)
{
  const struct function *function = call->function;
  if (call->n_args >= function->min_args && (call->n_args <= function->max_args || function->max_args == ANY_NUMBER))
    return true;
  char expected[48];
  if (function->max_args == ANY_NUMBER)
    snprintf(expected, sizeof expected, "at least %d", function->min_args);
  else if (function->min_args == function->max_args)
    snprintf(expected, sizeof expected, "%d", function->min_args);
  else
    snprintf(expected, sizeof expected, "%d to %d", function->min_args, function->max_args);
  return resolver_fail(call->resolver, call->place, "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
                       "function \"%s\" takes %s argument%s, not %zu", function->name, expected,
                       strcmp(expected, "1") == 0 ? "" : "s", call->n_args);
}

/* The word of the row's `args` for an argument; the last one holds for all further ones. */
static struct text word_for(const char *words, size_t index)
{
  for (;;) {
    size_t length = strcspn(words, " ");
    if (index == 0 || words[length] == 0)
      return (struct text){ words, length };
    words += length + 1;
    index--;
  }
}

static bool cast_args(struct call *call)
{
  char expected[64];
  for (size_t i = 0; i < call->n_args; i++) {
    struct text word = word_for(call->function->args, i);
    if (text_equal(word, TEXT("lambda")))
      continue; /* typed by `resolve` */
    if (call->args[i] == NULL)
      return resolver_fail(call->resolver, call->node->children[i]->place, "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
                           "\"%s\" takes no lambda here", call->function->name);
    snprintf(expected, sizeof expected, "%.*s", TEXT_ARGS(word));
    TRY(call_expect(call, i, expected));
  }
  return true;
}

static bool set_result(struct call *call)
{
  const char *returns = call->function->returns;
  if (returns[0] == '$') {
    call->type = call->args[returns[1] - '1']->type;
    return true;
  }
  return type_parse(call->resolver->arena, text_from(returns), call->place, &call->type, call->resolver->err);
}

static bool is_constant(const struct call *call)
{
  for (size_t i = 0; i < call->n_args; i++)
    if (!call->args[i]->is_constant)
      return false;
  return (call->function->flags & FUNCTION_VARIES) == 0;
}

static bool finish_call(struct call *call, const struct expr **ret_expr)
{
  TRY(check_count(call));
  if (call->function->args != NULL)
    TRY(cast_args(call));
  if (call->function->returns != NULL)
    TRY(set_result(call));
  if (call->function->resolve != NULL)
    TRY(call->function->resolve(call));
  struct expr *expr = expr_new(call->resolver->arena, EXPR_CALL, call->type, call->place);
  expr->function = call->function;
  expr->args = call->args;
  expr->n_args = call->n_args;
  expr->is_constant = is_constant(call);
  *ret_expr = expr;
  return true;
}

static bool is_without_case(const struct node *node)
{
  return node->kind == NODE_CALL && text_equal(node->name, TEXT("collate")) && node->n_children == 2 &&
         text_equal_nocase(node->children[1]->literal.text, TEXT("UTF8_LCASE"));
}

/* a COLLATE UTF8_LCASE = b compares lower(a) with lower(b); elsewhere that collation is refused. */
static const struct node *lower_operands(struct resolver *resolver, const struct node *node)
{
  static const char *const comparisons[] = { "=", "<>", "<", "<=", ">", ">=", "<=>" };
  bool is_comparison = false;
  for (size_t i = 0; i < ARRAY_LENGTH(comparisons); i++)
    is_comparison |= node->n_children == 2 && text_equal(node->name, text_from(comparisons[i]));
  if (!is_comparison || (!is_without_case(node->children[0]) && !is_without_case(node->children[1])))
    return node;
  struct node *copy = arena_alloc(resolver->arena, sizeof *copy);
  *copy = *node;
  copy->children = arena_array(resolver->arena, 2, sizeof *copy->children);
  for (size_t i = 0; i < 2; i++) {
    struct node *lower = arena_alloc(resolver->arena, sizeof *lower);
    *lower =
        (struct node){ .kind = NODE_CALL, .place = node->children[i]->place, .name = TEXT("lower"), .n_children = 1 };
    lower->children = arena_array(resolver->arena, 1, sizeof *lower->children);
    lower->children[0] = is_without_case(node->children[i]) ? node->children[i]->children[0] : node->children[i];
    copy->children[i] = lower;
  }
  return copy;
}

static bool resolve_call(struct resolver *resolver, const struct node *node, const struct expr **ret_expr)
{
  const struct function *function = function_find(node->name);
  if (function == NULL)
    return fail_unknown_function(resolver, node);
  node = lower_operands(resolver, node);
  const struct expr **args = arena_array(resolver->arena, node->n_children, sizeof *args);
  bool takes_lambdas = function->args != NULL && strstr(function->args, "lambda") != NULL;
  for (size_t i = 0; i < node->n_children; i++)
    if (!takes_lambdas || node->children[i]->kind != NODE_LAMBDA)
      TRY(resolve_node(resolver, node->children[i], &args[i]));
  struct call call = { .resolver = resolver,
                       .function = function,
                       .node = node,
                       .place = node->place,
                       .args = args,
                       .n_args = node->n_children };
  return finish_call(&call, ret_expr);
}

bool resolve_node(struct resolver *resolver, const struct node *node, const struct expr **ret_expr)
{
  switch (node->kind) {
  case NODE_LITERAL:
    return resolve_literal(resolver, node, ret_expr);
  case NODE_NAME:
    return resolve_name(resolver, node, ret_expr);
  case NODE_CALL:
    return resolve_call(resolver, node, ret_expr);
  case NODE_CAST:
  case NODE_TRY_CAST:
    return resolve_cast(resolver, node, ret_expr);
  case NODE_DOT:
    return resolve_dot(resolver, node, ret_expr);
  case NODE_SUBSCRIPT:
    return resolve_subscript(resolver, node, ret_expr);
  case NODE_LAMBDA:
    return resolver_fail(resolver, node->place, NULL, "a lambda can only be an argument of a function such as filter");
  case NODE_STAR:
    return resolver_fail(resolver, node->place, NULL, "* is no value of one row");
  }
  BUG("a node of no kind");
}

bool call_fail_type(struct call *call, size_t index, const char *expected)
{
  struct resolver *resolver = call->resolver;
  SCOPED(text_buffer_done) struct text_buffer words = { 0 };
  for (const char *c = expected; *c != 0; c++)
    text_buffer_add_string(&words, *c == '|' ? " or " : (char[]){ *c, 0 });
  return resolver_fail(resolver, call->args[index]->place, "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
                       "\"%s\" takes %s as its argument %zu, not %s", call->function->name, words.data, index + 1,
                       name_of(resolver, call->args[index]->type));
}

bool call_fail(struct call *call, const char *error_class, const char *format, ...)
{
  char message[1024];
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  return resolver_fail(call->resolver, call->place, error_class, "%s", message);
}

bool call_expect_text(struct call *call, size_t index)
{
  enum type_id id = call->args[index]->type->id;
  if (id != TYPE_STRING && id != TYPE_VOID)
    return call_fail_type(call, index, "string");
  call_cast(call, index, type_simple(TYPE_STRING));
  return true;
}

bool call_expect(struct call *call, size_t index, const char *expected)
{
  const struct type *type = type_for_argument(call->resolver->arena, call->args[index]->type, text_from(expected));
  if (type == NULL)
    return call_fail_type(call, index, expected);
  call_cast(call, index, type);
  return true;
}

void call_cast(struct call *call, size_t index, const struct type *type)
{
  call->args[index] = expr_coerce(call->resolver->arena, call->args[index], type);
}

bool call_widen(struct call *call, size_t first, bool with_text, const struct type **ret_type)
{
  struct resolver *resolver = call->resolver;
  const struct type *type = type_wider_all(resolver->arena, call->args + first, call->n_args - first, with_text);
  if (type == NULL)
    return call_fail(call, "DATATYPE_MISMATCH.DATA_DIFF_TYPES", "the arguments of \"%s\" have no common type",
                     call->function->name);
  for (size_t i = first; i < call->n_args; i++)
    call_cast(call, i, type);
  *ret_type = type;
  return true;
}

static const struct expr *without_casts(const struct expr *expr)
{
  while (expr->kind == EXPR_CAST)
    expr = expr->args[0];
  return expr;
}

bool call_is_null(const struct call *call, size_t index)
{
  const struct expr *expr = without_casts(call->args[index]);
  return expr->kind == EXPR_LITERAL && expr->literal.is_null;
}

bool call_literal_int(const struct call *call, size_t index, int64_t *ret_value)
{
  const struct expr *expr = without_casts(call->args[index]);
  if (expr->kind == EXPR_CALL && strcmp(expr->function->name, "negative") == 0) {
    expr = without_casts(expr->args[0]);
    if (expr->kind != EXPR_LITERAL || expr->literal.is_null || !type_is_integral(expr->type))
      return false;
    *ret_value = -expr->literal.integer;
    return true;
  }
  if (expr->kind != EXPR_LITERAL || expr->literal.is_null)
    return false;
  int32_t number;
  if (expr->type->id == TYPE_STRING && text_to_int(expr->literal.text, &number)) {
    *ret_value = number;
    return true;
  }
  if (expr->type->id == TYPE_DECIMAL) {
    int128 whole = expr->literal.decimal;
    for (int i = 0; i < expr->type->scale; i++)
      whole /= 10;
    *ret_value = (int64_t)whole;
    return whole == (int32_t)whole;
  }
  *ret_value = expr->literal.integer;
  return type_is_integral(expr->type);
}

bool call_literal_text(const struct call *call, size_t index, struct text *ret_value)
{
  const struct expr *expr = without_casts(call->args[index]);
  if (expr->kind != EXPR_LITERAL || expr->literal.is_null || expr->type->id != TYPE_STRING)
    return false;
  *ret_value = expr->literal.text;
  return true;
}

bool call_expect_sample(struct call *call, struct text *ret_text)
{
  if (call_is_null(call, 0))
    return call_fail(call, "DATATYPE_MISMATCH.UNEXPECTED_NULL", "the text must not be null");
  if (call->args[0]->type->id != TYPE_STRING)
    return call_fail_type(call, 0, "string");
  if (!call_literal_text(call, 0, ret_text) && expr_is_constant(call->args[0]))
    return call_fail(call, NULL, "a text that is worked out is not supported yet by crisol");
  if (!call_literal_text(call, 0, ret_text))
    return call_fail(call, "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", "the text must be a constant");
  return true;
}

const struct expr *call_row_number(struct call *call)
{
  struct resolver *resolver = call->resolver;
  if (resolver->scope->row_number != NULL)
    return new_column(resolver, resolver->scope->row_number, call->place);
  struct expr *only = expr_new(resolver->arena, EXPR_LITERAL, type_simple(TYPE_BIGINT), call->place);
  only->literal = (struct literal){ .type = only->type };
  only->is_constant = true;
  return only;
}

const struct expr *call_metadata(struct call *call, const char *field)
{
  struct resolver *resolver = call->resolver;
  if (resolver->scope->metadata == NULL)
    return NULL;
  const struct expr *base = new_column(resolver, resolver->scope->metadata, call->place);
  for (size_t i = 0; i < base->type->n_fields; i++) {
    if (strcmp(base->type->fields[i].name, field) != 0)
      continue;
    struct expr *expr = expr_new(resolver->arena, EXPR_FIELD, base->type->fields[i].type, call->place);
    expr->args = arena_array(resolver->arena, 1, sizeof *expr->args);
    expr->args[0] = base;
    expr->n_args = 1;
    expr->index = i;
    return expr;
  }
  BUG("_metadata has no such field");
}

const char *call_new_name(struct call *call, const char *stem)
{
  return arena_printf(call->resolver->arena, "%s%zu", stem, ++call->resolver->n_lambdas);
}

bool call_lambda(struct call *call, size_t index, const struct variable *parameters, size_t n_parameters,
                 const char *duckdb_parameters, const struct type **ret_type)
{
  struct resolver *resolver = call->resolver;
  const struct node *node = call->node->children[index];
  if (node->kind != NODE_LAMBDA)
    return resolver_fail(resolver, node->place, "UNEXPECTED_INPUT_TYPE",
                         "\"%s\" takes a lambda such as x -> x > 0 here", call->function->name);
  if (node->n_names > n_parameters)
    return resolver_fail(resolver, node->place, "INVALID_LAMBDA_FUNCTION_CALL.NUM_ARGS_MISMATCH",
                         "the lambda has %zu parameters; \"%s\" gives it %zu", node->n_names, call->function->name,
                         n_parameters);
  size_t n_outer = resolver->n_variables;
  for (size_t i = 0; i < node->n_names; i++) {
    resolver->variables = arena_grow(resolver->arena, resolver->variables, resolver->n_variables, &resolver->capacity,
                                     sizeof *resolver->variables);
    struct variable variable = parameters[i];
    variable.name = node->names[i];
    resolver->variables[resolver->n_variables++] = variable;
  }
  const struct expr *body = resolve_child(resolver, node, 0);
  if (body == NULL)
    return false;
  resolver->n_variables = n_outer;
  struct expr *lambda = expr_new(resolver->arena, EXPR_LAMBDA, body->type, node->place);
  lambda->name = duckdb_parameters;
  lambda->args = arena_array(resolver->arena, 1, sizeof *lambda->args);
  lambda->args[0] = body;
  lambda->n_args = 1;
  lambda->is_constant = body->is_constant;
  call->args[index] = lambda;
  *ret_type = body->type;
  return true;
}
