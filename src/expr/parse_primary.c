/* What operators join: literals, names, calls with Spark's special syntax, CASE, casts, lambdas, and what follows them.
 */
#include "expr/parse_internal.h"

static bool is_name(const struct token *token)
{
  return token->kind == TOKEN_WORD || token->kind == TOKEN_QUOTED_WORD;
}

struct node_list {
  const struct node **items;
  size_t count;
  size_t capacity;
};

static void list_add(struct parser *p, struct node_list *list, const struct node *node)
{
  list->items = arena_grow(p->arena, list->items, list->count, &list->capacity, sizeof *list->items);
  list->items[list->count++] = node;
}

static bool add_list_call(struct parser *p, struct text name, const struct node_list *list, size_t first,
                          const struct node **ret_node)
{
  struct node node = { .kind = NODE_CALL, .name = name, .children = list->items, .n_children = list->count };
  return parser_add_node(p, node, first, ret_node);
}

static bool add_string(struct parser *p, struct text text, size_t first, const struct node **ret_node)
{
  struct node node = { .kind = NODE_LITERAL, .literal = { .type = type_simple(TYPE_STRING), .text = text } };
  return parser_add_node(p, node, first, ret_node);
}

/* The text from token `first` up to token `end` as a type; types are a language of their own, read by type_parse. */
static bool read_type(struct parser *p, size_t first, size_t end, const struct type **ret_type)
{
  if (end == first)
    return parser_fail_syntax(p, "a type");
  const struct token *last = &p->tokens[end - 1];
  size_t start = p->tokens[first].start;
  struct text text = { .data = p->text.text.data + start, .length = last->start + last->length - start };
  p->at = end;
  struct place place = parser_place_from(p, first);
  struct text word = p->tokens[first].text;
  if (text_equal_nocase(word, TEXT("time")))
    return parser_fail(p, place, "UNSUPPORTED_TIME_TYPE", "the type TIME is not supported");
  if (text_equal_nocase(word, TEXT("variant")))
    return parser_fail(p, place, NULL, "the type VARIANT of Spark is not supported yet by crisol");
  p->error_class = "UNSUPPORTED_DATATYPE";
  return type_parse(p->arena, text, place, ret_type, p->err);
}

/* A type within CAST: everything up to the ")" that closes it. */
static bool parse_enclosed_type(struct parser *p, const struct type **ret_type)
{
  size_t depth = 0;
  size_t end = p->at;
  for (; p->tokens[end].kind != TOKEN_END; end++) {
    bool is_symbol = p->tokens[end].kind == TOKEN_SYMBOL;
    if (is_symbol && text_equal(p->tokens[end].text, TEXT("(")))
      depth++;
    if (is_symbol && text_equal(p->tokens[end].text, TEXT(")")) && depth-- == 0)
      break;
  }
  return read_type(p, p->at, end, ret_type);
}

static int bracket_change(const struct token *token)
{
  static const struct {
    const char *symbol;
    int change;
  } brackets[] = { { "(", 1 }, { "<", 1 }, { ")", -1 }, { ">", -1 }, { ">>", -2 }, { ">>>", -3 } };
  for (size_t i = 0; i < ARRAY_LENGTH(brackets); i++)
    if (token->kind == TOKEN_SYMBOL && text_equal(token->text, text_from(brackets[i].symbol)))
      return brackets[i].change;
  return 0;
}

/* A type after "::": a word and, where brackets follow at once, everything up to the last one's end. */
static bool parse_bare_type(struct parser *p, const struct type **ret_type)
{
  size_t first = p->at;
  if (parser_peek(p, 0)->kind != TOKEN_WORD)
    return parser_fail_syntax(p, "a type");
  size_t end = first + 1;
  int depth = bracket_change(&p->tokens[end]);
  while (depth > 0 && p->tokens[end].kind != TOKEN_END)
    depth += bracket_change(&p->tokens[++end]);
  if (end > first + 1 && p->tokens[end].kind != TOKEN_END)
    end++;
  return read_type(p, first, end, ret_type);
}

/* cast: "(" any "AS" type ")" */
static bool parse_cast(struct parser *p, size_t first, const struct node **ret_node)
{
  struct node node = { .kind = parser_is_word(p, 0, "CAST") ? NODE_CAST : NODE_TRY_CAST, .n_children = 1 };
  p->at++;
  node.children = arena_array(p->arena, 1, sizeof *node.children);
  TRY(parser_expect_symbol(p, "("));
  TRY(parse_any(p, &node.children[0]));
  TRY(parser_expect_word(p, "AS"));
  TRY(parse_enclosed_type(p, &node.type));
  TRY(parser_expect_symbol(p, ")"));
  return parser_add_node(p, node, first, ret_node);
}

/* case: "CASE" [ any ] { "WHEN" any "THEN" any } [ "ELSE" any ] "END"; with an operand, each WHEN is an equality */
static bool parse_case(struct parser *p, size_t first, const struct node **ret_node)
{
  struct node_list list = { 0 };
  const struct node *operand = NULL;
  p->at++;
  if (!parser_is_word(p, 0, "WHEN"))
    TRY(parse_any(p, &operand));
  do {
    const struct node *condition;
    const struct node *value;
    TRY(parser_expect_word(p, "WHEN"));
    size_t when = p->at;
    TRY(parse_any(p, &condition));
    if (operand != NULL)
      TRY(parser_add_call(p, "=", (const struct node *const[]){ operand, condition }, 2, when, &condition));
    TRY(parser_expect_word(p, "THEN"));
    TRY(parse_any(p, &value));
    list_add(p, &list, condition);
    list_add(p, &list, value);
  } while (parser_is_word(p, 0, "WHEN"));
  if (parser_accept_word(p, "ELSE")) {
    const struct node *otherwise;
    TRY(parse_any(p, &otherwise));
    list_add(p, &list, otherwise);
  }
  TRY(parser_expect_word(p, "END"));
  return add_list_call(p, TEXT("when"), &list, first, ret_node);
}

/* substring: "(" any ( "FROM" | "," ) any [ ( "FOR" | "," ) any ] ")" */
static bool parse_substring(struct parser *p, size_t first, const struct node **ret_node)
{
  struct node_list list = { 0 };
  const struct node *item;
  struct text name = parser_peek(p, 0)->text;
  p->at += 2;
  TRY(parse_any(p, &item));
  list_add(p, &list, item);
  if (!parser_accept_word(p, "FROM"))
    TRY(parser_expect_symbol(p, ","));
  TRY(parse_any(p, &item));
  list_add(p, &list, item);
  if (parser_accept_word(p, "FOR") || parser_accept_symbol(p, ",")) {
    TRY(parse_any(p, &item));
    list_add(p, &list, item);
  }
  TRY(parser_expect_symbol(p, ")"));
  return add_list_call(p, name, &list, first, ret_node);
}

/* trim: "(" [ "BOTH" | "LEADING" | "TRAILING" ] [ any ] "FROM" any ")" | "(" [ any "," ] any ")"; the calls that it
 * becomes take the characters first, as Spark's ltrim() and rtrim() do */
static bool parse_trim(struct parser *p, size_t first, const struct node **ret_node)
{
  static const char *const sides[][2] = { { "BOTH", "trim" }, { "LEADING", "ltrim" }, { "TRAILING", "rtrim" } };
  struct node_list list = { 0 };
  const struct node *item = NULL;
  const char *name = NULL;
  p->at += 2;
  for (size_t i = 0; i < ARRAY_LENGTH(sides) && name == NULL; i++)
    if (!parser_is_symbol(p, 1, ")") && !parser_is_symbol(p, 1, ",") && parser_accept_word(p, sides[i][0]))
      name = sides[i][1];
  if (!parser_is_word(p, 0, "FROM")) {
    TRY(parse_any(p, &item));
    list_add(p, &list, item);
  }
  bool has_more = parser_accept_word(p, "FROM") || (name == NULL && parser_accept_symbol(p, ","));
  if (!has_more && name != NULL)
    return parser_fail_syntax(p, "FROM");
  if (has_more) {
    TRY(parse_any(p, &item));
    list_add(p, &list, item);
  }
  TRY(parser_expect_symbol(p, ")"));
  return add_list_call(p, name == NULL ? TEXT("trim") : text_from(name), &list, first, ret_node);
}

/* overlay: "(" any "PLACING" any "FROM" any [ "FOR" any ] ")", or with commas */
static bool parse_overlay(struct parser *p, size_t first, const struct node **ret_node)
{
  static const char *const words[] = { "PLACING", "FROM", "FOR" };
  struct node_list list = { 0 };
  const struct node *item;
  p->at += 2;
  TRY(parse_any(p, &item));
  list_add(p, &list, item);
  for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
    if (!parser_accept_word(p, words[i]) && !parser_accept_symbol(p, ","))
      break;
    TRY(parse_any(p, &item));
    list_add(p, &list, item);
  }
  TRY(parser_expect_symbol(p, ")"));
  return add_list_call(p, TEXT("overlay"), &list, first, ret_node);
}

/* position: "(" value "IN" any ")" | "(" any "," any [ "," any ] ")" */
static bool parse_position(struct parser *p, size_t first, const struct node **ret_node)
{
  struct node_list list = { 0 };
  const struct node *item;
  p->at += 2;
  TRY(parse_value(p, &item));
  list_add(p, &list, item);
  bool is_in = parser_accept_word(p, "IN");
  if (!is_in)
    TRY(parser_expect_symbol(p, ","));
  TRY(parse_any(p, &item));
  list_add(p, &list, item);
  if (!is_in && parser_accept_symbol(p, ",")) {
    TRY(parse_any(p, &item));
    list_add(p, &list, item);
  }
  TRY(parser_expect_symbol(p, ")"));
  return add_list_call(p, TEXT("position"), &list, first, ret_node);
}

/* extract: "(" word "FROM" any ")" */
static bool parse_extract(struct parser *p, size_t first, const struct node **ret_node)
{
  struct node_list list = { 0 };
  const struct node *item;
  p->at += 2;
  if (!is_name(parser_peek(p, 0)) && parser_peek(p, 0)->kind != TOKEN_STRING)
    return parser_fail_syntax(p, "a field such as YEAR");
  size_t field = p->at++;
  TRY(add_string(p, p->tokens[field].text, field, &item));
  list_add(p, &list, item);
  TRY(parser_expect_word(p, "FROM"));
  TRY(parse_any(p, &item));
  list_add(p, &list, item);
  TRY(parser_expect_symbol(p, ")"));
  return add_list_call(p, TEXT("date_part"), &list, first, ret_node);
}

/* unit_call: "(" unit "," any "," any ")", where the unit is a word that becomes a string */
static bool parse_unit_call(struct parser *p, const char *name, size_t first, const struct node **ret_node)
{
  struct node_list list = { 0 };
  const struct node *item;
  p->at += 2;
  size_t unit = p->at++;
  if (p->tokens[unit].kind == TOKEN_STRING)
    return parser_fail(p, parser_place(p, &p->tokens[unit]), "INVALID_PARAMETER_VALUE.DATETIME_UNIT",
                       "the unit is written without quotes, such as DAY");
  TRY(add_string(p, p->tokens[unit].text, unit, &item));
  list_add(p, &list, item);
  for (int i = 0; i < 2; i++) {
    TRY(parser_expect_symbol(p, ","));
    TRY(parse_any(p, &item));
    list_add(p, &list, item);
  }
  TRY(parser_expect_symbol(p, ")"));
  return add_list_call(p, text_from(name), &list, first, ret_node);
}

/* Adds the name that AS gives to the argument just read; the names are as many as the arguments. */
static bool parse_alias(struct parser *p, struct text **names, size_t *capacity, size_t index)
{
  struct text name = { 0 };
  if (parser_accept_word(p, "AS")) {
    if (!is_name(parser_peek(p, 0)))
      return parser_fail_syntax(p, "a name");
    name = parser_peek(p, 0)->text;
    p->at++;
  }
  *names = arena_grow(p->arena, *names, index, capacity, sizeof **names);
  (*names)[index] = name;
  return true;
}

/* call: name "(" [ any [ "AS" name ] { "," any [ "AS" name ] } ] ")" */
/* What only aggregates and windows have: DISTINCT before the arguments, and OVER, FILTER, WITHIN GROUP or what is done
 * with nulls behind the call. Said as such, and not as a fault of syntax. */
static bool refuse_rows_of_many(struct parser *p, struct text name, size_t first)
{
  bool is_over = parser_is_word(p, 0, "OVER") && (parser_is_symbol(p, 1, "(") || is_name(parser_peek(p, 1)));
  bool is_aggregate =
      (parser_is_word(p, 0, "FILTER") && parser_is_symbol(p, 1, "(")) ||
      (parser_is_word(p, 0, "WITHIN") && parser_is_word(p, 1, "GROUP")) ||
      ((parser_is_word(p, 0, "IGNORE") || parser_is_word(p, 0, "RESPECT")) && parser_is_word(p, 1, "NULLS"));
  if (!is_over && !is_aggregate)
    return true;
  p->at++;
  parser_fail(p, parser_place_from(p, first), NULL,
              "%s \"%.*s\" cannot be used here: an expression sees one row at a time",
              is_over ? "a window of" : "aggregate function", TEXT_ARGS(name));
  return add_hint(p->err, is_over ? WINDOW_HINT : AGGREGATE_HINT);
}

static bool refuse_distinct(struct parser *p, struct text name, size_t first)
{
  static const char *const operators[] = { "IS", "IN", "LIKE", "ILIKE", "RLIKE", "BETWEEN", "AND", "OR", "DIV" };
  enum token_kind next = parser_peek(p, 1)->kind;
  bool is_distinct = parser_is_word(p, 0, "DISTINCT") && next != TOKEN_SYMBOL && next != TOKEN_END;
  for (size_t i = 0; i < ARRAY_LENGTH(operators); i++) /* of a column that is called so */
    is_distinct = is_distinct && !parser_is_word(p, 1, operators[i]);
  if (!is_distinct)
    return true;
  p->at++;
  parser_fail(p, parser_place_from(p, first), NULL,
              "aggregate function \"%.*s\" cannot be used here: an expression sees one row at a time", TEXT_ARGS(name));
  return add_hint(p->err, AGGREGATE_HINT);
}

static bool parse_plain_call(struct parser *p, struct text name, size_t first, const struct node **ret_node)
{
  struct node_list list = { 0 };
  struct text *names = NULL;
  size_t capacity = 0;
  TRY(parser_expect_symbol(p, "("));
  TRY(refuse_distinct(p, name, first));
  while (!parser_is_symbol(p, 0, ")")) {
    const struct node *item;
    if (list.count > 0)
      TRY(parser_expect_symbol(p, ","));
    if (parser_is_symbol(p, 0, "*") && parser_is_symbol(p, 1, ")")) {
      p->at++;
      TRY(parser_add_node(p, (struct node){ .kind = NODE_STAR }, p->at - 1, &item));
    } else {
      TRY(parse_any(p, &item));
    }
    TRY(parse_alias(p, &names, &capacity, list.count));
    list_add(p, &list, item);
  }
  TRY(parser_expect_symbol(p, ")"));
  TRY(refuse_rows_of_many(p, name, first));
  struct node node = {
    .kind = NODE_CALL, .name = name, .children = list.items, .n_children = list.count, .names = names
  };
  return parser_add_node(p, node, first, ret_node);
}

/* Calls whose arguments have a syntax of their own. The word is followed by "(". */
static const struct special_call {
  const char *word;
  bool (*parse)(struct parser *p, size_t first, const struct node **ret_node);
} special_calls[] = {
  { "CAST", parse_cast },        { "TRY_CAST", parse_cast },   { "SUBSTRING", parse_substring },
  { "SUBSTR", parse_substring }, { "OVERLAY", parse_overlay }, { "POSITION", parse_position },
  { "EXTRACT", parse_extract },  { "TRIM", parse_trim },
};

/* Calls that take a unit as a bare word first, and the name of the function that does. */
static const char *const unit_calls[][2] = {
  { "DATEADD", "timestampadd" },   { "DATE_ADD", "timestampadd" },   { "TIMESTAMPADD", "timestampadd" },
  { "DATEDIFF", "timestampdiff" }, { "DATE_DIFF", "timestampdiff" }, { "TIMESTAMPDIFF", "timestampdiff" },
};

/* Whether the call whose "(" is the token after the next has exactly three arguments: date_add(d, 1) names no unit. */
static bool has_three_arguments(const struct parser *p)
{
  size_t depth = 0;
  size_t commas = 0;
  for (const struct token *token = &p->tokens[p->at + 1]; token->kind != TOKEN_END; token++) {
    if (token->kind != TOKEN_SYMBOL)
      continue;
    bool opens = text_equal(token->text, TEXT("(")) || text_equal(token->text, TEXT("["));
    bool closes = text_equal(token->text, TEXT(")")) || text_equal(token->text, TEXT("]"));
    depth += opens;
    if (closes && --depth == 0)
      break;
    commas += depth == 1 && text_equal(token->text, TEXT(","));
  }
  return commas == 2;
}

static const char *unit_call_name(const struct parser *p)
{
  bool has_unit = parser_peek(p, 2)->kind == TOKEN_WORD || parser_peek(p, 2)->kind == TOKEN_STRING;
  if (!has_unit || !parser_is_symbol(p, 3, ",") || !has_three_arguments(p))
    return NULL;
  for (size_t i = 0; i < ARRAY_LENGTH(unit_calls); i++)
    if (parser_is_word(p, 0, unit_calls[i][0]))
      return unit_calls[i][1];
  return NULL;
}

static bool parse_call(struct parser *p, size_t first, const struct node **ret_node)
{
  const struct token *token = parser_peek(p, 0);
  for (size_t i = 0; i < ARRAY_LENGTH(special_calls); i++)
    if (parser_is_word(p, 0, special_calls[i].word))
      return special_calls[i].parse(p, first, ret_node);
  const char *unit_name = unit_call_name(p);
  if (unit_name != NULL)
    return parse_unit_call(p, unit_name, first, ret_node);
  p->at++;
  return parse_plain_call(p, token->text, first, ret_node);
}

/* lambda: name "->" any | "(" name { "," name } ")" "->" any */
static bool at_lambda(const struct parser *p)
{
  if (is_name(parser_peek(p, 0)) && parser_is_symbol(p, 1, "->"))
    return true;
  size_t ahead = 0;
  if (!parser_is_symbol(p, 0, "("))
    return false;
  do {
    if (!is_name(parser_peek(p, ahead + 1)))
      return false;
    ahead += 2;
  } while (parser_is_symbol(p, ahead, ","));
  return parser_is_symbol(p, ahead, ")") && parser_is_symbol(p, ahead + 1, "->");
}

static bool parse_lambda(struct parser *p, size_t first, const struct node **ret_node)
{
  struct text *names = NULL;
  size_t count = 0;
  size_t capacity = 0;
  while (!parser_accept_symbol(p, "->")) {
    if (is_name(parser_peek(p, 0))) {
      names = arena_grow(p->arena, names, count, &capacity, sizeof *names);
      names[count++] = parser_peek(p, 0)->text;
    }
    p->at++;
  }
  struct node node = { .kind = NODE_LAMBDA, .names = names, .n_names = count, .n_children = 1 };
  node.children = arena_array(p->arena, 1, sizeof *node.children);
  TRY(parse_any(p, &node.children[0]));
  return parser_add_node(p, node, first, ret_node);
}

/* parenthesized: "(" any ")" | "(" any "," any { "," any } ")", a struct */
static bool parse_parenthesized(struct parser *p, size_t first, const struct node **ret_node)
{
  if (!parser_is_symbol(p, 1, ")")) {
    size_t start = p->at++;
    TRY(parse_any(p, ret_node));
    if (parser_accept_symbol(p, ")"))
      return true;
    p->at = start;
  }
  return parse_plain_call(p, TEXT("struct"), first, ret_node);
}

static bool parse_constant_word(struct parser *p, size_t first, bool *ret_found, const struct node **ret_node)
{
  static const struct {
    const char *word;
    enum type_id type;
    bool is_null, boolean;
  } constants[] = {
    { .word = "NULL", .type = TYPE_VOID, .is_null = true },
    { .word = "TRUE", .type = TYPE_BOOLEAN, .boolean = true },
    { .word = "FALSE", .type = TYPE_BOOLEAN },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(constants); i++) {
    if (!parser_accept_word(p, constants[i].word))
      continue;
    struct node node = { .kind = NODE_LITERAL, .literal = { .type = type_simple(constants[i].type) } };
    node.literal.is_null = constants[i].is_null;
    node.literal.boolean = constants[i].boolean;
    *ret_found = true;
    return parser_add_node(p, node, first, ret_node);
  }
  *ret_found = false;
  return true;
}

static bool parse_word(struct parser *p, size_t first, const struct node **ret_node)
{
  bool is_found;
  TRY(parse_constant_word(p, first, &is_found, ret_node));
  if (is_found)
    return true;
  if (parser_is_word(p, 0, "CASE")) /* also before a parenthesis, which is its operand's */
    return parse_case(p, first, ret_node);
  if (parser_is_symbol(p, 1, "("))
    return parse_call(p, first, ret_node);
  const struct token *token = parser_peek(p, 0);
  p->at++;
  struct node node = { .kind = NODE_NAME, .name = token->text, .is_quoted = token->kind == TOKEN_QUOTED_WORD };
  return parser_add_node(p, node, first, ret_node);
}

/* strings: string { string }, joined */
static bool parse_strings(struct parser *p, size_t first, const struct node **ret_node)
{
  SCOPED(text_buffer_done) struct text_buffer value = { 0 };
  while (parser_peek(p, 0)->kind == TOKEN_STRING) {
    text_buffer_add_text(&value, parser_peek(p, 0)->text);
    p->at++;
  }
  struct text text = { text_copy(p->arena, text_buffer_text(&value)), value.length };
  return add_string(p, text, first, ret_node);
}

/* primary: lambda | interval | typed literal | number | strings | parenthesized | word */
static bool parse_primary(struct parser *p, const struct node **ret_node)
{
  size_t first = p->at;
  if (at_lambda(p))
    return parse_lambda(p, first, ret_node);
  if (parser_at_interval(p))
    return parse_interval(p, ret_node);
  if (parser_at_typed_literal(p))
    return parse_typed_literal(p, ret_node);
  if (parser_accept_symbol(p, "-"))
    return parse_number(p, true, first, ret_node);
  switch (parser_peek(p, 0)->kind) {
  case TOKEN_INTEGER:
  case TOKEN_DECIMAL:
  case TOKEN_FLOATING:
    return parse_number(p, false, first, ret_node);
  case TOKEN_STRING:
    return parse_strings(p, first, ret_node);
  case TOKEN_WORD:
  case TOKEN_QUOTED_WORD:
    return parse_word(p, first, ret_node);
  default:
    if (parser_is_symbol(p, 0, "("))
      return parse_parenthesized(p, first, ret_node);
    return parser_fail_syntax(p, "an expression");
  }
}

/* What stands after a value: ".field", "[index]", "::type", "COLLATE name". */
static bool parse_suffix(struct parser *p, size_t first, const struct node **node, bool *ret_found)
{
  struct node suffix = { .n_children = 1 };
  suffix.children = arena_array(p->arena, 2, sizeof *suffix.children);
  suffix.children[0] = *node;
  *ret_found = true;
  if (parser_accept_symbol(p, ".")) {
    if (!is_name(parser_peek(p, 0)))
      return parser_fail_syntax(p, "a field's name");
    suffix.kind = NODE_DOT;
    suffix.name = parser_peek(p, 0)->text;
    p->at++;
  } else if (parser_accept_symbol(p, "[")) {
    suffix.kind = NODE_SUBSCRIPT;
    suffix.n_children = 2;
    TRY(parse_any(p, &suffix.children[1]));
    TRY(parser_expect_symbol(p, "]"));
  } else if (parser_accept_symbol(p, "::")) {
    suffix.kind = NODE_CAST;
    TRY(parse_bare_type(p, &suffix.type));
  } else if (parser_is_word(p, 0, "COLLATE") && is_name(parser_peek(p, 1))) {
    p->at++;
    suffix.kind = NODE_CALL;
    suffix.name = TEXT("collate");
    suffix.n_children = 2;
    p->at++;
    TRY(add_string(p, p->tokens[p->at - 1].text, p->at - 1, &suffix.children[1]));
  } else {
    *ret_found = false;
    return true;
  }
  return parser_add_node(p, suffix, first, node);
}

/* postfix: primary { suffix } */
bool parse_postfix(struct parser *p, const struct node **ret_node)
{
  size_t first = p->at;
  bool is_found = true;
  TRY(parse_primary(p, ret_node));
  while (is_found)
    TRY(parse_suffix(p, first, ret_node, &is_found));
  return true;
}
