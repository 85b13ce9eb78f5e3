/** What the parser's files share: its state, looking at tokens, making nodes. */
#ifndef CRISOL_EXPR_PARSE_INTERNAL_H
#define CRISOL_EXPR_PARSE_INTERNAL_H

#include "expr/parse.h"

struct parser {
  struct arena *arena;
  struct expr_text text;
  const struct token *tokens;
  size_t at;
  size_t depth; /* of the rules being read */
  size_t n_nodes;
  const struct timezone *zone;
  const char *error_class;
  struct error *err;
};

/** The token `ahead` places after the current one. */
const struct token *parser_peek(const struct parser *p, size_t ahead);
bool parser_is_symbol(const struct parser *p, size_t ahead, const char *symbol);
bool parser_is_word(const struct parser *p, size_t ahead, const char *word);
bool parser_accept_symbol(struct parser *p, const char *symbol);
bool parser_accept_word(struct parser *p, const char *word);
MUST_CHECK bool parser_expect_symbol(struct parser *p, const char *symbol);
MUST_CHECK bool parser_expect_word(struct parser *p, const char *word);

/** Where the tokens from index `first` up to the last one read stand. */
struct place parser_place_from(const struct parser *p, size_t first);
struct place parser_place(const struct parser *p, const struct token *token);
/** Sets the error's class and returns false after fail(). */
bool parser_fail(struct parser *p, struct place place, const char *error_class, const char *format, ...)
    PRINTF_LIKE(4, 5);
#define parser_fail(...) is_false(parser_fail(__VA_ARGS__)) /* as fail() */
/** The current token cannot stand here; `expected` says what could. */
bool parser_fail_syntax(struct parser *p, const char *expected);
#define parser_fail_syntax(...) is_false(parser_fail_syntax(__VA_ARGS__))

MUST_CHECK bool parser_add_node(struct parser *p, struct node node, size_t first, const struct node **ret_node);
MUST_CHECK bool parser_add_call(struct parser *p, const char *name, const struct node *const *children,
                                size_t n_children, size_t first, const struct node **ret_node);

/* parse.c */
MUST_CHECK bool parse_any(struct parser *p, const struct node **ret_node);
MUST_CHECK bool parse_value(struct parser *p, const struct node **ret_node);
/* parse_primary.c */
MUST_CHECK bool parse_postfix(struct parser *p, const struct node **ret_node);
/* parse_literal.c */
MUST_CHECK bool parse_number(struct parser *p, bool is_negative, size_t first, const struct node **ret_node);
/** Whether a typed literal (DATE '...', X'...', INTERVAL ...) begins here. */
bool parser_at_typed_literal(const struct parser *p);
MUST_CHECK bool parse_typed_literal(struct parser *p, const struct node **ret_node);
/* parse_interval.c */
bool parser_at_interval(const struct parser *p);
MUST_CHECK bool parse_interval(struct parser *p, const struct node **ret_node);

#endif
