/** Splits Spark SQL text into tokens. Words keep their spelling: which of them are keywords depends on where they
 * stand, since Spark (ANSI off) lets almost every keyword name a column. */
#ifndef CRISOL_EXPR_LEXER_H
#define CRISOL_EXPR_LEXER_H

#include "base/error.h"

enum token_kind {
  TOKEN_END,
  TOKEN_WORD,        /* amount, CASE, _c0; also 0x1F and 1_000, which Spark takes for names */
  TOKEN_QUOTED_WORD, /* `a b` */
  TOKEN_STRING,      /* 'a', "a", r'a' */
  TOKEN_INTEGER,     /* 12, 12L, 12S, 12Y */
  TOKEN_DECIMAL,     /* 1.5, .5, 1.5BD */
  TOKEN_FLOATING,    /* 1e3, 1.5D, 1.5F */
  TOKEN_SYMBOL,
};

struct token {
  enum token_kind kind;
  size_t start; /* where it stands in the text */
  size_t length;
  struct text text; /* of a word, string or symbol: its value; of a number: its digits without the suffix */
  char suffix[3];   /* of a number, upper case: "", "L", "S", "Y", "D", "F", "BD" */
};

struct token_list {
  const struct token *items; /* ends with a TOKEN_END */
  size_t count;
};

/** `place` is where the text stands, used as expr_text does. Fails on a character that begins no token and on a string,
 * a quoted name or a comment that does not end. */
MUST_CHECK bool lexer_run(struct arena *arena, struct text text, struct place place, bool is_verbatim,
                          struct token_list *ret_tokens, struct error *err);

#endif
