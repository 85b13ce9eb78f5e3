/* Prints an expression as canonical Spark SQL, from the tree as it was written: Spark coerces by itself. For people the
 * names stay; for a query they become what the query calls its columns, and the time is the run's. */
#include "expr/functions/functions.h"

#include <inttypes.h>

/* The parameters of the lambdas around a node, innermost first. */
struct bound {
  const struct node *lambda;
  const struct bound *outer;
};

struct printer {
  struct text_buffer *out;
  const struct spark_query *query; /* NULL: for people */
  const struct bound *bound;
};

void spark_add_string(struct text_buffer *out, struct text text)
{
  text_buffer_add_char(out, '\'');
  for (size_t i = 0; i < text.length; i++) {
    if (text.data[i] == '\'' || text.data[i] == '\\')
      text_buffer_add_char(out, '\\');
    text_buffer_add_char(out, text.data[i]);
  }
  text_buffer_add_char(out, '\'');
}

static void print_node(const struct printer *printer, const struct node *node);

static void print_quoted(struct text name, struct text_buffer *out)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  spark_add_name(out, text_copy(&arena, name));
}

/* A struct's field has the name of the column that it is made of, whatever the query calls that. */
static bool names_field(const struct printer *printer, const struct node *call, const struct node *argument)
{
  return printer->query != NULL && text_equal_nocase(call->name, TEXT("struct")) &&
         (argument->kind == NODE_NAME || argument->kind == NODE_DOT);
}

static void print_list(const struct printer *printer, const struct node *node, size_t first)
{
  struct text_buffer *out = printer->out;
  for (size_t i = first; i < node->n_children; i++) {
    const struct node *child = node->children[i];
    bool has_name = node->names != NULL && node->names[i].length > 0;
    if (i > first)
      text_buffer_add_string(out, ", ");
    print_node(printer, child);
    if (!has_name && !names_field(printer, node, child))
      continue;
    text_buffer_add_string(out, " AS ");
    print_quoted(has_name ? node->names[i] : child->name, out);
  }
}

static void print_when(const struct printer *printer, const struct node *node)
{
  struct text_buffer *out = printer->out;
  text_buffer_add_string(out, "CASE");
  for (size_t i = 0; i + 1 < node->n_children; i += 2) {
    text_buffer_add_string(out, " WHEN ");
    print_node(printer, node->children[i]);
    text_buffer_add_string(out, " THEN ");
    print_node(printer, node->children[i + 1]);
  }
  if (node->n_children % 2 == 1) {
    text_buffer_add_string(out, " ELSE ");
    print_node(printer, node->children[node->n_children - 1]);
  }
  text_buffer_add_string(out, " END");
}

static void print_in(const struct printer *printer, const struct node *node)
{
  struct text_buffer *out = printer->out;
  text_buffer_add_char(out, '(');
  print_node(printer, node->children[0]);
  text_buffer_add_string(out, " IN (");
  print_list(printer, node, 1);
  text_buffer_add_string(out, "))");
}

static void print_between(const struct printer *printer, const struct node *node)
{
  struct text_buffer *out = printer->out;
  text_buffer_add_char(out, '(');
  print_node(printer, node->children[0]);
  text_buffer_add_string(out, " BETWEEN ");
  print_node(printer, node->children[1]);
  text_buffer_add_string(out, " AND ");
  print_node(printer, node->children[2]);
  text_buffer_add_char(out, ')');
}

static void print_like(const struct printer *printer, const struct node *node)
{
  struct text_buffer *out = printer->out;
  text_buffer_add_char(out, '(');
  print_node(printer, node->children[0]);
  text_buffer_printf(out, " %.*s ", TEXT_ARGS(node->name));
  print_node(printer, node->children[1]);
  if (node->n_children == 3) {
    text_buffer_add_string(out, " ESCAPE ");
    print_node(printer, node->children[2]);
  }
  text_buffer_add_char(out, ')');
}

/* A unit is a bare word there. */
static void print_unit_call(const struct printer *printer, const struct node *node)
{
  struct text_buffer *out = printer->out;
  text_buffer_printf(out, "%.*s(%.*s, ", TEXT_ARGS(node->name), TEXT_ARGS(node->children[0]->literal.text));
  print_list(printer, node, 1);
  text_buffer_add_char(out, ')');
}

/* Calls that are no calls in Spark's own writing: what stands before, between and after the arguments, or a function.
 */
static const struct form {
  const char *name;
  const char *before, *after;
  void (*print)(const struct printer *printer, const struct node *node);
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

static void print_operator(const struct printer *printer, const struct node *node)
{
  struct text_buffer *out = printer->out;
  text_buffer_add_char(out, '(');
  print_node(printer, node->children[0]);
  text_buffer_add_char(out, ' ');
  for (size_t i = 0; i < node->name.length; i++) {
    char c = node->name.data[i];
    text_buffer_add_char(out, c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
  }
  text_buffer_add_char(out, ' ');
  print_node(printer, node->children[1]);
  text_buffer_add_char(out, ')');
}

/* The time of a query is the run's, and not when the server happens to begin with it. */
static bool print_instant(const struct printer *printer, const struct node *node)
{
  static const struct {
    const char *name, *type;
  } calls[] = {
    { "current_timestamp", NULL },         { "now", NULL }, { "current_date", "DATE" }, { "curdate", "DATE" },
    { "localtimestamp", "TIMESTAMP_NTZ" },
  };
  bool is_call = node->kind == NODE_CALL && node->n_children == 0;
  if (printer->query == NULL || node->is_quoted || (!is_call && node->kind != NODE_NAME))
    return false;
  for (size_t i = 0; i < ARRAY_LENGTH(calls); i++) {
    if (!text_equal_nocase(node->name, text_from(calls[i].name)))
      continue;
    text_buffer_printf(printer->out, calls[i].type == NULL ? "" : "CAST(");
    text_buffer_printf(printer->out, "timestamp_micros(%" PRId64 ")", printer->query->instant_us);
    if (calls[i].type != NULL)
      text_buffer_printf(printer->out, " AS %s)", calls[i].type);
    return true;
  }
  return false;
}

/* What is known of a row's file stands in a column of the query. */
static bool print_file_fact(const struct printer *printer, const struct node *node)
{
  static const struct {
    const char *name, *before, *after;
  } calls[] = {
    { "input_file_name", "regexp_replace(", ".file_path, '^file:/', 'file:///')" },
    { "input_file_block_start", "", ".file_block_start" },
    { "input_file_block_length", "", ".file_block_length" },
  };
  const struct expr_column *metadata = printer->query == NULL ? NULL : printer->query->scope->metadata;
  for (size_t i = 0; metadata != NULL && i < ARRAY_LENGTH(calls); i++) {
    if (!text_equal_nocase(node->name, text_from(calls[i].name)))
      continue;
    text_buffer_printf(printer->out, "%s%s%s", calls[i].before, metadata->sql, calls[i].after);
    return true;
  }
  return false;
}

static void print_call(const struct printer *printer, const struct node *node)
{
  struct text_buffer *out = printer->out;
  const struct form *form = find_form(node);
  if (print_instant(printer, node) || print_file_fact(printer, node))
    return;
  if (form != NULL && form->print != NULL) {
    form->print(printer, node);
  } else if (form != NULL) {
    text_buffer_add_string(out, form->before);
    print_list(printer, node, 0);
    text_buffer_add_string(out, form->after);
  } else if (is_operator(node)) {
    print_operator(printer, node);
  } else {
    text_buffer_printf(out, "%.*s(", TEXT_ARGS(node->name));
    print_list(printer, node, 0);
    text_buffer_add_char(out, ')');
  }
}

static void print_cast(const struct printer *printer, const struct node *node, const char *name)
{
  struct text_buffer *out = printer->out;
  text_buffer_printf(out, "%s(", name);
  print_node(printer, node->children[0]);
  text_buffer_add_string(out, " AS ");
  type_print_ddl(node->type, out);
  text_buffer_add_char(out, ')');
}

static void print_lambda(const struct printer *printer, const struct node *node)
{
  struct text_buffer *out = printer->out;
  const struct bound bound = { .lambda = node, .outer = printer->bound };
  const struct printer inner = { .out = out, .query = printer->query, .bound = &bound };
  bool is_list = node->n_names > 1; /* a single parameter in parentheses is a syntax error in Spark */
  text_buffer_add_string(out, is_list ? "(" : "");
  for (size_t i = 0; i < node->n_names; i++)
    text_buffer_printf(out, "%s%.*s", i == 0 ? "" : ", ", TEXT_ARGS(node->names[i]));
  text_buffer_add_string(out, is_list ? ") -> " : " -> ");
  print_node(&inner, node->children[0]);
}

static bool is_bound(const struct printer *printer, struct text name)
{
  for (const struct bound *bound = printer->bound; bound != NULL; bound = bound->outer)
    for (size_t i = 0; i < bound->lambda->n_names; i++)
      if (text_equal_nocase(bound->lambda->names[i], name))
        return true;
  return false;
}

static const char *find_column(const struct printer *printer, struct text name)
{
  const struct expr_scope *scope = printer->query->scope;
  for (size_t i = 0; i < scope->n_columns; i++)
    if (text_equal_nocase(text_from(scope->columns[i].name), name))
      return scope->columns[i].sql;
  if (scope->metadata != NULL && text_equal_nocase(name, text_from(scope->metadata->name)))
    return scope->metadata->sql;
  return NULL;
}

static void print_name(const struct printer *printer, const struct node *node)
{
  const char *column =
      printer->query == NULL || is_bound(printer, node->name) ? NULL : find_column(printer, node->name);
  if (column != NULL)
    text_buffer_add_string(printer->out, column);
  else if (print_instant(printer, node))
    return;
  else if (node->is_quoted)
    print_quoted(node->name, printer->out);
  else
    text_buffer_add_text(printer->out, node->name);
}

static void print_node(const struct printer *printer, const struct node *node)
{
  struct text_buffer *out = printer->out;
  switch (node->kind) {
  case NODE_LITERAL:
    text_buffer_add_text(out, node->written);
    return;
  case NODE_NAME:
    print_name(printer, node);
    return;
  case NODE_CALL:
    print_call(printer, node);
    return;
  case NODE_CAST:
    print_cast(printer, node, "CAST");
    return;
  case NODE_TRY_CAST:
    print_cast(printer, node, "TRY_CAST");
    return;
  case NODE_DOT:
    print_node(printer, node->children[0]);
    text_buffer_add_char(out, '.');
    print_quoted(node->name, out);
    return;
  case NODE_SUBSCRIPT:
    print_node(printer, node->children[0]);
    text_buffer_add_char(out, '[');
    print_node(printer, node->children[1]);
    text_buffer_add_char(out, ']');
    return;
  case NODE_LAMBDA:
    print_lambda(printer, node);
    return;
  case NODE_STAR:
    text_buffer_add_char(out, '*');
    return;
  }
}

/* What coercion has added stands around what was written. */
static void print_typed(const struct printer *printer, const struct expr *expr)
{
  struct text_buffer *out = printer->out;
  if (expr->node != NULL) {
    print_node(printer, expr->node);
    return;
  }
  if (expr->kind != EXPR_CAST && expr->kind != EXPR_TRY_CAST)
    BUG("an expression without a text cannot be printed");
  text_buffer_add_string(out, expr->kind == EXPR_CAST ? "CAST(" : "TRY_CAST(");
  print_typed(printer, expr->args[0]);
  text_buffer_add_string(out, " AS ");
  type_print_ddl(expr->type, out);
  text_buffer_add_char(out, ')');
}

void expr_print_spark(const struct expr *expr, struct text_buffer *out)
{
  print_typed(&(struct printer){ .out = out }, expr);
}

void expr_print_spark_query(const struct expr *expr, const struct spark_query *query, struct text_buffer *out)
{
  print_typed(&(struct printer){ .out = out, .query = query }, expr);
}
