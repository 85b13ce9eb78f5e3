/* Operators and predicates, from the loosest to the tightest, and what all rules use. */
#include "expr/parse_internal.h"

#include <stdarg.h>
#include <stdio.h>

static const char syntax_error[] = "PARSE_SYNTAX_ERROR";

const struct token *parser_peek(const struct parser *p, size_t ahead)
{
  const struct token *token = &p->tokens[p->at];
  for (size_t i = 0; i < ahead && token->kind != TOKEN_END; i++)
    token++;
  return token;
}

bool parser_is_symbol(const struct parser *p, size_t ahead, const char *symbol)
{
  const struct token *token = parser_peek(p, ahead);
  return token->kind == TOKEN_SYMBOL && text_equal(token->text, text_from(symbol));
}

bool parser_is_word(const struct parser *p, size_t ahead, const char *word)
{
  const struct token *token = parser_peek(p, ahead);
  return token->kind == TOKEN_WORD && text_equal_nocase(token->text, text_from(word));
}

bool parser_accept_symbol(struct parser *p, const char *symbol)
{
  bool is_it = parser_is_symbol(p, 0, symbol);
  p->at += is_it;
  return is_it;
}

bool parser_accept_word(struct parser *p, const char *word)
{
  bool is_it = parser_is_word(p, 0, word);
  p->at += is_it;
  return is_it;
}

bool parser_expect_symbol(struct parser *p, const char *symbol)
{
  char expected[16];
  snprintf(expected, sizeof expected, "\"%s\"", symbol);
  return parser_accept_symbol(p, symbol) || parser_fail_syntax(p, expected);
}

bool parser_expect_word(struct parser *p, const char *word)
{
  return parser_accept_word(p, word) || parser_fail_syntax(p, word);
}

struct place parser_place(const struct parser *p, const struct token *token)
{
  if (!p->text.is_verbatim)
    return p->text.place;
  struct place place = p->text.place;
  return (struct place){ .source = place.source, .start = place.start + token->start, .length = token->length };
}

struct place parser_place_from(const struct parser *p, size_t first)
{
  struct place place = parser_place(p, &p->tokens[first]);
  if (p->text.is_verbatim && p->at > first) {
    const struct token *last = &p->tokens[p->at - 1];
    place.length = last->start + last->length - p->tokens[first].start;
  }
  return place;
}

bool(parser_fail)(struct parser *p, struct place place, const char *error_class, const char *format, ...)
{
  char message[1024];
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  p->error_class = error_class;
  return fail(p->err, ERROR_CONFIG, place, "%s", message);
}

bool(parser_fail_syntax)(struct parser *p, const char *expected)
{
  const struct token *token = parser_peek(p, 0);
  if (token->kind == TOKEN_END)
    return parser_fail(p, parser_place(p, token), syntax_error, "the expression ends where %s was expected", expected);
  int length = token->length > 60 ? 60 : (int)token->length;
  return parser_fail(p, parser_place(p, token), syntax_error, "found \"%.*s\" where %s was expected", length,
                     p->text.text.data + token->start, expected);
}

bool parser_add_node(struct parser *p, struct node node, size_t first, const struct node **ret_node)
{
  for (size_t i = 0; i < node.n_children; i++)
    if (node.children[i]->depth >= node.depth)
      node.depth = node.children[i]->depth + 1;
  node.place = parser_place_from(p, first);
  const struct token *last = &p->tokens[p->at > first ? p->at - 1 : first];
  size_t start = p->tokens[first].start;
  node.written = (struct text){ p->text.text.data + start, last->start + last->length - start };
  if (node.depth > MAX_NODE_DEPTH)
    return parser_fail(p, node.place, NULL, "the expression is nested deeper than %d levels", MAX_NODE_DEPTH);
  if (++p->n_nodes > MAX_NODES)
    return parser_fail(p, node.place, NULL, "the expression has more than %d parts", MAX_NODES);
  struct node *copy = arena_alloc(p->arena, sizeof *copy);
  *copy = node;
  *ret_node = copy;
  return true;
}

bool parser_add_call(struct parser *p, const char *name, const struct node *const *children, size_t n_children,
                     size_t first, const struct node **ret_node)
{
  const struct node **copy = arena_array(p->arena, n_children, sizeof *copy);
  if (n_children > 0)
    memcpy(copy, children, n_children * sizeof *copy);
  struct node node = { .kind = NODE_CALL, .name = text_from(name), .children = copy, .n_children = n_children };
  return parser_add_node(p, node, first, ret_node);
}

static bool add_binary(struct parser *p, const char *name, const struct node *left, const struct node *right,
                       size_t first, const struct node **ret_node)
{
  return parser_add_call(p, name, (const struct node *const[]){ left, right }, 2, first, ret_node);
}

static bool add_not(struct parser *p, size_t first, const struct node **node)
{
  return parser_add_call(p, "not", node, 1, first, node);
}

/* One level of binary operators that associate to the left. */
struct operators {
  const char *const *spellings; /* pairs: as written, name of the function; ends with NULL */
  bool (*parse_operand)(struct parser *p, const struct node **ret_node);
};

static const char *accept_operator(struct parser *p, const struct operators *operators)
{
  for (const char *const *pair = operators->spellings; *pair != NULL; pair += 2)
    if (parser_accept_symbol(p, pair[0]) || parser_accept_word(p, pair[0]))
      return pair[1];
  return NULL;
}

/* operand { operator operand } */
static bool parse_binary(struct parser *p, const struct operators *operators, const struct node **ret_node)
{
  size_t first = p->at;
  TRY(operators->parse_operand(p, ret_node));
  for (;;) {
    const char *name = accept_operator(p, operators);
    if (name == NULL)
      return true;
    const struct node *right;
    TRY(operators->parse_operand(p, &right));
    TRY(add_binary(p, name, *ret_node, right, first, ret_node));
  }
}

/* unary: ( "-" | "+" | "~" ) unary | number | postfix */
static bool parse_unary(struct parser *p, const struct node **ret_node)
{
  static const char *const signs[][2] = { { "-", "negative" }, { "+", "positive" }, { "~", "~" } };
  size_t first = p->at;
  for (size_t i = 0; i < ARRAY_LENGTH(signs); i++) {
    if (!parser_accept_symbol(p, signs[i][0]))
      continue;
    enum token_kind kind = parser_peek(p, 0)->kind;
    if (i == 0 && (kind == TOKEN_INTEGER || kind == TOKEN_DECIMAL || kind == TOKEN_FLOATING)) {
      p->at = first; /* a sign belongs to the number: -9223372036854775808 is a bigint */
      break;
    }
    if (++p->depth > MAX_NODE_DEPTH)
      return parser_fail(p, parser_place_from(p, first), NULL, "the expression is nested deeper than %d levels",
                         MAX_NODE_DEPTH);
    TRY(parse_unary(p, ret_node));
    p->depth--;
    return parser_add_call(p, signs[i][1], ret_node, 1, first, ret_node);
  }
  return parse_postfix(p, ret_node);
}

/* product: unary { ( "*" | "/" | "%" | "DIV" ) unary } */
static bool parse_product(struct parser *p, const struct node **ret_node)
{
  static const char *const names[] = { "*", "*", "/", "/", "%", "%", "DIV", "div", NULL };
  return parse_binary(p, &(struct operators){ names, parse_unary }, ret_node);
}

/* sum: product { ( "+" | "-" | "||" ) product } */
static bool parse_sum(struct parser *p, const struct node **ret_node)
{
  static const char *const names[] = { "+", "+", "-", "-", "||", "||", NULL };
  return parse_binary(p, &(struct operators){ names, parse_product }, ret_node);
}

/* shift: sum { ( "<<" | ">>" | ">>>" ) sum } */
static bool parse_shift(struct parser *p, const struct node **ret_node)
{
  static const char *const names[] = { "<<", "<<", ">>", ">>", ">>>", ">>>", NULL };
  return parse_binary(p, &(struct operators){ names, parse_sum }, ret_node);
}

/* bit_and: shift { "&" shift } */
static bool parse_bit_and(struct parser *p, const struct node **ret_node)
{
  static const char *const names[] = { "&", "&", NULL };
  return parse_binary(p, &(struct operators){ names, parse_shift }, ret_node);
}

/* bit_xor: bit_and { "^" bit_and } */
static bool parse_bit_xor(struct parser *p, const struct node **ret_node)
{
  static const char *const names[] = { "^", "^", NULL };
  return parse_binary(p, &(struct operators){ names, parse_bit_and }, ret_node);
}

/* bit_or: bit_xor { "|" bit_xor } */
static bool parse_bit_or(struct parser *p, const struct node **ret_node)
{
  static const char *const names[] = { "|", "|", NULL };
  return parse_binary(p, &(struct operators){ names, parse_bit_xor }, ret_node);
}

/* value: bit_or { ( "=" | "==" | "<=>" | "<>" | "!=" | "<" | "<=" | ">" | ">=" ) bit_or } */
bool parse_value(struct parser *p, const struct node **ret_node)
{
  static const char *const names[] = { "=",  "=",  "==", "=", "<=>", "<=>", "<>", "<>", "!=", "<>",
                                       "<=", "<=", "<",  "<", ">=",  ">=",  ">",  ">",  NULL };
  return parse_binary(p, &(struct operators){ names, parse_bit_or }, ret_node);
}

/* list: "(" [ any { "," any } ] ")", with `head` before its items */
static bool parse_list(struct parser *p, const struct node *head, const struct node ***ret_items, size_t *ret_count)
{
  size_t capacity = 4;
  size_t count = 1;
  const struct node **items = arena_array(p->arena, capacity, sizeof *items);
  items[0] = head;
  TRY(parser_expect_symbol(p, "("));
  while (!parser_is_symbol(p, 0, ")")) {
    if (count > 1 && !parser_accept_symbol(p, ","))
      return parser_fail_syntax(p, "\",\" or \")\"");
    items = arena_grow(p->arena, items, count, &capacity, sizeof *items);
    TRY(parse_any(p, &items[count]));
    count++;
  }
  TRY(parser_expect_symbol(p, ")"));
  *ret_items = items;
  *ret_count = count;
  return true;
}

/* in: "(" any { "," any } ")" */
static bool parse_in(struct parser *p, size_t first, const struct node **node)
{
  const struct node **items;
  size_t count;
  if (parser_is_symbol(p, 0, "(") && parser_is_word(p, 1, "SELECT"))
    return parser_fail(p, parser_place(p, parser_peek(p, 1)), NULL, "a query within an expression is not supported");
  TRY(parse_list(p, *node, &items, &count));
  if (count == 1)
    return parser_fail(p, parser_place_from(p, first), "INVALID_SQL_SYNTAX.EMPTY_IN_PREDICATE",
                       "IN needs at least one value");
  return parser_add_call(p, "in", items, count, first, node);
}

/* between: value "AND" value; the same as two comparisons, each of which Spark coerces by itself */
static bool parse_between(struct parser *p, size_t first, const struct node **node)
{
  const struct node *low;
  const struct node *high;
  TRY(parse_value(p, &low));
  TRY(parser_expect_word(p, "AND"));
  TRY(parse_value(p, &high));
  return parser_add_call(p, "between", (const struct node *const[]){ *node, low, high }, 3, first, node);
}

/* LIKE with a list: each pattern by itself, joined by OR or AND */
static bool parse_like_list(struct parser *p, const char *name, bool is_any, bool is_not, size_t first,
                            const struct node **node)
{
  const struct node **items;
  size_t count;
  TRY(parse_list(p, *node, &items, &count));
  if (count == 1)
    return parser_fail_syntax(p, "a pattern");
  const struct node *joined = NULL;
  for (size_t i = 1; i < count; i++) {
    const struct node *one;
    TRY(add_binary(p, name, items[0], items[i], first, &one));
    if (is_not)
      TRY(add_not(p, first, &one));
    if (joined != NULL)
      TRY(add_binary(p, is_any ? "or" : "and", joined, one, first, &one));
    joined = one;
  }
  *node = joined;
  return true;
}

/* like: ( "ANY" | "SOME" | "ALL" ) list | value [ "ESCAPE" string ] */
static bool parse_like(struct parser *p, const char *name, bool is_not, size_t first, const struct node **node)
{
  bool is_any = parser_is_word(p, 0, "ANY") || parser_is_word(p, 0, "SOME");
  if ((is_any || parser_is_word(p, 0, "ALL")) && parser_is_symbol(p, 1, "(")) {
    p->at++;
    return parse_like_list(p, name, is_any, is_not, first, node);
  }
  const struct node *operands[3] = { *node };
  size_t count = 2;
  TRY(parse_value(p, &operands[1]));
  if (parser_accept_word(p, "ESCAPE")) {
    if (parser_peek(p, 0)->kind != TOKEN_STRING)
      return parser_fail_syntax(p, "a string");
    TRY(parse_postfix(p, &operands[count++]));
  }
  TRY(parser_add_call(p, name, operands, count, first, node));
  return !is_not || add_not(p, first, node);
}

/* is: [ "NOT" ] ( "NULL" | "TRUE" | "FALSE" | "UNKNOWN" | "DISTINCT" "FROM" value ) */
static bool parse_is(struct parser *p, size_t first, const struct node **node)
{
  bool is_not = parser_accept_word(p, "NOT");
  if (parser_accept_word(p, "NULL"))
    return parser_add_call(p, is_not ? "isnotnull" : "isnull", node, 1, first, node);
  if (parser_accept_word(p, "DISTINCT")) {
    TRY(parser_expect_word(p, "FROM"));
    const struct node *right;
    TRY(parse_value(p, &right));
    TRY(add_binary(p, "<=>", *node, right, first, node));
    return is_not || add_not(p, first, node);
  }
  static const char *const claims[][2] = { { "TRUE", "is true" },
                                           { "FALSE", "is false" },
                                           { "UNKNOWN", "is unknown" } };
  for (size_t i = 0; i < ARRAY_LENGTH(claims); i++) {
    if (!parser_accept_word(p, claims[i][0]))
      continue;
    TRY(parser_add_call(p, claims[i][1], node, 1, first, node));
    return !is_not || add_not(p, first, node);
  }
  return parser_fail_syntax(p, "NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM");
}

/* What may follow a value after an optional NOT. */
static bool parse_negatable(struct parser *p, bool is_not, size_t first, const struct node **node, bool *ret_found)
{
  *ret_found = true;
  if (parser_accept_word(p, "LIKE"))
    return parse_like(p, "like", is_not, first, node);
  if (parser_accept_word(p, "ILIKE"))
    return parse_like(p, "ilike", is_not, first, node);
  if (parser_accept_word(p, "RLIKE") || parser_accept_word(p, "REGEXP")) {
    const struct node *pattern;
    TRY(parse_value(p, &pattern));
    TRY(add_binary(p, "rlike", *node, pattern, first, node));
  } else if (parser_accept_word(p, "IN")) {
    TRY(parse_in(p, first, node));
  } else if (parser_accept_word(p, "BETWEEN")) {
    TRY(parse_between(p, first, node));
  } else {
    *ret_found = false;
    return !is_not || parser_fail_syntax(p, "LIKE, ILIKE, RLIKE, IN or BETWEEN");
  }
  return !is_not || add_not(p, first, node);
}

/* predicate: value [ "IS" is | [ "NOT" ] ( like | rlike | in | between ) ] */
static bool parse_predicate(struct parser *p, const struct node **ret_node)
{
  size_t first = p->at;
  TRY(parse_value(p, ret_node));
  if (parser_accept_word(p, "IS"))
    return parse_is(p, first, ret_node);
  bool is_not = parser_accept_word(p, "NOT");
  bool is_found;
  return parse_negatable(p, is_not, first, ret_node, &is_found);
}

/* not: { "NOT" | "!" } predicate */
static bool parse_not(struct parser *p, const struct node **ret_node)
{
  size_t first = p->at;
  size_t count = 0;
  while (parser_accept_word(p, "NOT") || parser_accept_symbol(p, "!"))
    count++;
  TRY(parse_predicate(p, ret_node));
  while (count-- > 0)
    TRY(add_not(p, first + count, ret_node));
  return true;
}

/* and: not { "AND" not } */
static bool parse_and(struct parser *p, const struct node **ret_node)
{
  static const char *const names[] = { "AND", "and", NULL };
  return parse_binary(p, &(struct operators){ names, parse_not }, ret_node);
}

/* or: and { "OR" and } */
static bool parse_or(struct parser *p, const struct node **ret_node)
{
  static const char *const names[] = { "OR", "or", NULL };
  return parse_binary(p, &(struct operators){ names, parse_and }, ret_node);
}

/* any: or; the rule that everything nested goes through, so the one that counts depth */
bool parse_any(struct parser *p, const struct node **ret_node)
{
  if (++p->depth > MAX_NODE_DEPTH)
    return parser_fail(p, parser_place(p, parser_peek(p, 0)), NULL, "the expression is nested deeper than %d levels",
                       MAX_NODE_DEPTH);
  TRY(parse_or(p, ret_node));
  p->depth--;
  return true;
}

static bool parse_whole(struct parser *p, const struct node **ret_node)
{
  struct token_list tokens;
  p->error_class = syntax_error;
  TRY(lexer_run(p->arena, p->text.text, p->text.place, p->text.is_verbatim, &tokens, p->err));
  p->tokens = tokens.items;
  TRY(parse_any(p, ret_node));
  return parser_peek(p, 0)->kind == TOKEN_END || parser_fail_syntax(p, "an operator or the end");
}

bool parse_expression(struct arena *arena, struct expr_text text, const struct timezone *zone,
                      const struct node **ret_node, const char **error_class, struct error *err)
{
  struct parser parser = { .arena = arena, .text = text, .zone = zone, .err = err };
  bool is_valid = parse_whole(&parser, ret_node);
  *error_class = is_valid ? NULL : parser.error_class;
  return is_valid;
}
