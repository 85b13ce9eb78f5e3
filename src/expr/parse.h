/** The parser: tokens to a tree of nodes that is still as the user wrote it, without types. expr_print_spark prints it;
 * resolve.c turns it into a typed tree. One function a grammar rule, with the rule above it. */
#ifndef CRISOL_EXPR_PARSE_H
#define CRISOL_EXPR_PARSE_H

#include "expr/expr.h"
#include "expr/lexer.h"
#include "value/cast.h"

/* Where what sees many rows will be allowed. */
#define AGGREGATE_HINT                                                                                                 \
  "Aggregates will be allowed in checks of a whole dataset, not in a rule of rows; over the elements of an array "     \
  "there is aggregate()."
#define WINDOW_HINT "Window functions will be allowed in checks of a whole dataset, not in a rule of rows."

enum {
  MAX_NODE_DEPTH = 400, /* DuckDB itself stops at 1000 levels, and a level of ours may print two or three of its */
  MAX_NODES = 20000,
};

/** A constant with its type. */
struct literal {
  const struct type *type;
  bool is_null;
  struct text text; /* string, binary */
  union {
    bool boolean;
    int64_t integer; /* integers, days, microseconds, months of a year-month interval */
    double floating;
    int128 decimal; /* unscaled */
  };
};

enum node_kind {
  NODE_LITERAL,
  NODE_NAME, /* a column, a lambda's variable or a function that needs no parentheses: `name` */
  NODE_CALL, /* `name` with `children`; operators too: "+", "and", "in", "when" */
  NODE_CAST, /* children[0] to `type` */
  NODE_TRY_CAST,
  NODE_DOT,       /* children[0].name */
  NODE_SUBSCRIPT, /* children[0][children[1]] */
  NODE_LAMBDA,    /* names -> children[0] */
  NODE_STAR,      /* the * of count(*) */
};

struct node {
  enum node_kind kind;
  struct place place;
  struct text written; /* the text it was read from */
  struct text name;
  bool is_quoted;          /* the name was written in backquotes */
  const struct type *type; /* casts */
  struct literal literal;
  const struct node **children;
  size_t n_children;
  const struct text *names; /* a lambda's parameters; the names that AS gives to a call's arguments, empty for none */
  size_t n_names;           /* of a lambda */
  size_t depth;
};

/** Parses the whole text. `error_class` receives Spark's class of the error. */
MUST_CHECK bool parse_expression(struct arena *arena, struct expr_text text, const struct timezone *zone,
                                 const struct node **ret_node, const char **error_class, struct error *err);

#endif
