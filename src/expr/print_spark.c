/* Prints an expression as canonical Spark SQL, from the tree as it was written: Spark coerces by itself. */
#include "expr/functions/functions.h"

static void print_node(const struct node *node, struct text_buffer *out);

static void print_list(const struct node *node, size_t first, struct text_buffer *out)
{
  for (size_t i = first; i < node->n_children; i++) {
    if (i > first)
      text_buffer_add_string(out, ", ");
    print_node(node->children[i], out);
    if (node->names != NULL && node->names[i].length > 0) {
      SCOPED(arena_done) struct arena arena = { 0 };
      text_buffer_add_string(out, " AS ");
      spark_add_name(out, text_copy(&arena, node->names[i]));
    }
  }
}

static void print_when(const struct node *node, struct text_buffer *out)
{
  text_buffer_add_string(out, "CASE");
  for (size_t i = 0; i + 1 < node->n_children; i += 2) {
    text_buffer_add_string(out, " WHEN ");
    print_node(node->children[i], out);
    text_buffer_add_string(out, " THEN ");
    print_node(node->children[i + 1], out);
  }
  if (node->n_children % 2 == 1) {
    text_buffer_add_string(out, " ELSE ");
    print_node(node->children[node->n_children - 1], out);
  }
  text_buffer_add_string(out, " END");
}

static void print_in(const struct node *node, struct text_buffer *out)
{
  text_buffer_add_char(out, '(');
  print_node(node->children[0], out);
  text_buffer_add_string(out, " IN (");
  print_list(node, 1, out);
  text_buffer_add_string(out, "))");
}

static void print_between(const struct node *node, struct text_buffer *out)
{
  text_buffer_add_char(out, '(');
  print_node(node->children[0], out);
  text_buffer_add_string(out, " BETWEEN ");
  print_node(node->children[1], out);
  text_buffer_add_string(out, " AND ");
  print_node(node->children[2], out);
  text_buffer_add_char(out, ')');
}

static void print_like(const struct node *node, struct text_buffer *out)
{
  text_buffer_add_char(out, '(');
  print_node(node->children[0], out);
  text_buffer_printf(out, " %.*s ", TEXT_ARGS(node->name));
  print_node(node->children[1], out);
  if (node->n_children == 3) {
    text_buffer_add_string(out, " ESCAPE ");
    print_node(node->children[2], out);
  }
  text_buffer_add_char(out, ')');
}

/* A unit is a bare word there. */
static void print_unit_call(const struct node *node, struct text_buffer *out)
{
  text_buffer_printf(out, "%.*s(%.*s, ", TEXT_ARGS(node->name), TEXT_ARGS(node->children[0]->literal.text));
  print_list(node, 1, out);
  text_buffer_add_char(out, ')');
}

/* Calls that are no calls in Spark's own writing: what stands before, between and after the arguments, or a function.
 */
static const struct form {
  const char *name;
  const char *before, *after;
  void (*print)(const struct node *node, struct text_buffer *out);
} forms[] = {
  { .name = "when", .print = print_when },
  { .name = "in", .print = print_in },
  { .name = "between", .print = print_between },
  { .name = "like", .print = print_like },
  { .name = "ilike", .print = print_like },
  { .name = "rlike", .print = print_like },
  { .name = "timestampadd", .print = print_unit_call },
  { .name = "timestampdiff", .print = print_unit_call },
  { .name = "not", .before = "(NOT ", .after = ")" },
  { .name = "negative", .before = "(- ", .after = ")" },
  { .name = "positive", .before = "(+ ", .after = ")" },
  { .name = "~", .before = "(~ ", .after = ")" },
  { .name = "isnull", .before = "(", .after = " IS NULL)" },
  { .name = "isnotnull", .before = "(", .after = " IS NOT NULL)" },
  { .name = "is true", .before = "(", .after = " IS TRUE)" },
  { .name = "is false", .before = "(", .after = " IS FALSE)" },
  { .name = "is unknown", .before = "(", .after = " IS UNKNOWN)" },
};

static const struct form *find_form(const struct node *node)
{
  for (size_t i = 0; i < ARRAY_LENGTH(forms); i++)
    if (text_equal(node->name, text_from(forms[i].name)))
      return &forms[i];
  return NULL;
}

static bool is_operator(const struct node *node)
{
  static const char *const symbols[] = { "and", "or", "=", "<>",  "<",  "<=", ">", ">=", "<=>", "+",  "-",
                                         "*",   "/",  "%", "div", "||", "&",  "|", "^",  "<<",  ">>", ">>>" };
  for (size_t i = 0; i < ARRAY_LENGTH(symbols); i++)
    if (node->n_children == 2 && text_equal(node->name, text_from(symbols[i])))
      return true;
  return false;
}

static void print_operator(const struct node *node, struct text_buffer *out)
{
  text_buffer_add_char(out, '(');
  print_node(node->children[0], out);
  text_buffer_add_char(out, ' ');
  for (size_t i = 0; i < node->name.length; i++) {
    char c = node->name.data[i];
    text_buffer_add_char(out, c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
  }
  text_buffer_add_char(out, ' ');
  print_node(node->children[1], out);
  text_buffer_add_char(out, ')');
}

static void print_call(const struct node *node, struct text_buffer *out)
{
  const struct form *form = find_form(node);
  if (form != NULL && form->print != NULL) {
    form->print(node, out);
  } else if (form != NULL) {
    text_buffer_add_string(out, form->before);
    print_list(node, 0, out);
    text_buffer_add_string(out, form->after);
  } else if (is_operator(node)) {
    print_operator(node, out);
  } else {
    text_buffer_printf(out, "%.*s(", TEXT_ARGS(node->name));
    print_list(node, 0, out);
    text_buffer_add_char(out, ')');
  }
}

static void print_cast(const struct node *node, const char *name, struct text_buffer *out)
{
  text_buffer_printf(out, "%s(", name);
  print_node(node->children[0], out);
  text_buffer_add_string(out, " AS ");
  type_print_ddl(node->type, out);
  text_buffer_add_char(out, ')');
}

static void print_lambda(const struct node *node, struct text_buffer *out)
{
  text_buffer_add_char(out, '(');
  for (size_t i = 0; i < node->n_names; i++)
    text_buffer_printf(out, "%s%.*s", i == 0 ? "" : ", ", TEXT_ARGS(node->names[i]));
  text_buffer_add_string(out, ") -> ");
  print_node(node->children[0], out);
}

static void print_quoted(struct text name, struct text_buffer *out)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  spark_add_name(out, text_copy(&arena, name));
}

static void print_node(const struct node *node, struct text_buffer *out)
{
  switch (node->kind) {
  case NODE_LITERAL:
    text_buffer_add_text(out, node->written);
    return;
  case NODE_NAME:
    if (node->is_quoted)
      print_quoted(node->name, out);
    else
      text_buffer_add_text(out, node->name);
    return;
  case NODE_CALL:
    print_call(node, out);
    return;
  case NODE_CAST:
    print_cast(node, "CAST", out);
    return;
  case NODE_TRY_CAST:
    print_cast(node, "TRY_CAST", out);
    return;
  case NODE_DOT:
    print_node(node->children[0], out);
    text_buffer_add_char(out, '.');
    print_quoted(node->name, out);
    return;
  case NODE_SUBSCRIPT:
    print_node(node->children[0], out);
    text_buffer_add_char(out, '[');
    print_node(node->children[1], out);
    text_buffer_add_char(out, ']');
    return;
  case NODE_LAMBDA:
    print_lambda(node, out);
    return;
  case NODE_STAR:
    text_buffer_add_char(out, '*');
    return;
  }
}

void expr_print_spark(const struct expr *expr, struct text_buffer *out)
{
  print_node(expr->node, out);
}
