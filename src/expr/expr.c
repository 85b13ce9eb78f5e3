/* The module's front: compiles, casts, asks. */
#include "expr/expr.h"

#include "expr/functions/functions.h"

static bool compile(struct arena *arena, struct expr_text text, const struct expr_scope *scope, struct expr **ret_expr,
                    const char **ret_class, struct error *err)
{
  struct resolver resolver = { .arena = arena, .scope = scope, .err = err };
  const struct node *node;
  const struct expr *expr;
  const struct timezone *zone = timezone_find(text_from(scope->timezone));
  if (zone == NULL)
    return fail(err, ERROR_CONFIG, text.place, "unknown time zone \"%s\"", scope->timezone);
  TRY(parse_expression(arena, text, zone, &node, ret_class, err));
  if (!resolve_node(&resolver, node, &expr)) {
    *ret_class = resolver.error_class;
    return false;
  }
  struct expr *copy = arena_alloc(arena, sizeof *copy);
  *copy = *expr;
  copy->node = node;
  *ret_expr = copy;
  return true;
}

bool expr_check_syntax(struct arena *arena, struct expr_text text, struct error *err)
{
  const struct node *node;
  const char *error_class;
  struct resolver resolver = { .arena = arena, .err = err };
  return parse_expression(arena, text, timezone_find(TEXT("UTC")), &node, &error_class, err) &&
         resolve_function_names(&resolver, node);
}

bool expr_compile(struct arena *arena, struct expr_text text, const struct expr_scope *scope, struct expr **ret_expr,
                  const char **error_class, struct error *err)
{
  const char *class = NULL;
  bool is_valid = compile(arena, text, scope, ret_expr, &class, err);
  if (error_class != NULL)
    *error_class = is_valid ? NULL : class;
  return is_valid;
}

const struct type *expr_type(const struct expr *expr)
{
  return expr->type;
}

bool expr_uses_column(const struct expr *expr, size_t column_index)
{
  if (expr->kind == EXPR_COLUMN)
    return expr->index == column_index;
  for (size_t i = 0; i < expr->n_args; i++)
    if (expr_uses_column(expr->args[i], column_index))
      return true;
  return false;
}

bool expr_is_constant(const struct expr *expr)
{
  return expr->is_constant;
}

bool expr_cast(struct arena *arena, const struct expr *expr, const struct type *type, struct place place,
               const struct expr **ret_expr, struct error *err)
{
  if (!cast_exists(expr->type, type))
    return fail(err, ERROR_CONFIG, place, "cannot cast %s to %s", type_name(arena, expr->type), type_name(arena, type));
  const struct expr *cast = expr_coerce(arena, expr, type);
  if (cast == expr) {
    *ret_expr = expr;
    return true;
  }
  struct node *node = arena_alloc(arena, sizeof *node);
  *node = (struct node){ .kind = NODE_CAST, .place = place, .type = type, .n_children = 1 };
  node->children = arena_array(arena, 1, sizeof *node->children);
  node->children[0] = expr->node;
  struct expr *copy = arena_alloc(arena, sizeof *copy);
  *copy = *cast;
  copy->node = node;
  *ret_expr = copy;
  return true;
}
