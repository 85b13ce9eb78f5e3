/** The typed tree. resolve.c builds it from the parser's nodes; after that it never changes. */
#ifndef CRISOL_EXPR_EXPR_INTERNAL_H
#define CRISOL_EXPR_EXPR_INTERNAL_H

#include "expr/parse.h"

struct function;

enum expr_kind {
  EXPR_LITERAL,
  EXPR_COLUMN,
  EXPR_VARIABLE, /* of a lambda */
  EXPR_CALL,
  EXPR_CAST,
  EXPR_TRY_CAST,
  EXPR_FIELD,  /* args[0].fields[index] */
  EXPR_LAMBDA, /* args[0] is the body; `name` is what DuckDB calls its parameters, "x1, y2" */
};

struct expr {
  enum expr_kind kind;
  const struct type *type;
  struct place place;
  const struct node *node; /* as it was written; NULL for what coercion added */
  struct literal literal;
  const struct expr_column *column;
  size_t index;     /* of a column in the scope, of a field in its struct */
  const char *name; /* of a variable or a lambda, as DuckDB sees it */
  const struct function *function;
  const struct expr **args;
  size_t n_args;
  bool is_constant;
};

/** A name that a lambda binds while its body is resolved. */
struct variable {
  struct text name;
  const struct type *type;
  const char *sql; /* how DuckDB refers to it */
};

/** What resolving an expression needs. */
struct resolver {
  struct arena *arena;
  const struct expr_scope *scope;
  struct variable *variables; /* innermost last */
  size_t n_variables;
  size_t capacity;
  size_t n_lambdas; /* makes the variables' names unique */
  const char *error_class;
  struct error *err;
};

/** Fails at a place with Spark's class of the error (NULL for what crisol does not support). */
bool resolver_fail(struct resolver *resolver, struct place place, const char *error_class, const char *format, ...)
    PRINTF_LIKE(4, 5);
#define resolver_fail(...) is_false(resolver_fail(__VA_ARGS__)) /* as fail() */

/* Making expressions. */
struct expr *expr_new(struct arena *arena, enum expr_kind kind, const struct type *type, struct place place);
/** The expression itself where it has the type already, a literal of that type where that is the same thing (int to
 * decimal, NULL to anything), a cast otherwise. Only for casts that exist: see cast_exists. */
const struct expr *expr_coerce(struct arena *arena, const struct expr *expr, const struct type *type);

/* cast.c */
/** Whether Spark, ANSI off, can cast the one type to the other. */
bool cast_exists(const struct type *from, const struct type *to);

/** Whether the cast exists with ANSI on, too, as try_cast() wants. */
bool cast_exists_strictly(const struct type *from, const struct type *to);
/** Whether Spark names a function instead of a cast that does not exist: between dates and numbers. */
bool cast_has_function(const struct type *from, const struct type *to);
/** Whether Spark has the cast and crisol does not: from text to intervals. */
bool cast_is_unsupported(const struct type *from, const struct type *to);

/* coercion.c: the types that Spark finds (TypeCoercion.scala); NULL where there is none. */
const struct type *type_tightest(struct arena *arena, const struct type *a, const struct type *b);
/** With decimals widened, and text where one is text (`with_text`). */
const struct type *type_wider(struct arena *arena, const struct type *a, const struct type *b, bool with_text);
const struct type *type_wider_all(struct arena *arena, const struct expr *const *args, size_t n_args, bool with_text);
/** For a comparison of the two; NULL where only equal types can be compared. */
const struct type *type_for_comparison(struct arena *arena, const struct type *a, const struct type *b);
/** What an argument of type `from` becomes where a function takes one of `expected` ("string|binary", "numeric", "int",
 * "array", "any", ...); NULL where Spark does not convert it. */
const struct type *type_for_argument(struct arena *arena, const struct type *from, struct text expected);
/** The decimal that holds every value of an integral type (decimal(10,0) for int); of a literal: as many digits as it
 * has. */
const struct type *type_decimal_of(struct arena *arena, const struct expr *expr);
const struct type *type_decimal_of_type(struct arena *arena, const struct type *type);
/** DecimalType.bounded and adjustPrecisionScale. */
const struct type *type_decimal_bounded(struct arena *arena, int precision, int scale);
const struct type *type_decimal_adjusted(struct arena *arena, int precision, int scale);
/** Whether values of the type can be ordered and compared (not maps). */
bool type_is_orderable(const struct type *type);

/* resolve.c */
/** Whether every function that is called is one, whatever its arguments are. */
MUST_CHECK bool resolve_function_names(struct resolver *resolver, const struct node *node);
MUST_CHECK bool resolve_node(struct resolver *resolver, const struct node *node, const struct expr **ret_expr);

/* print.c */
/** Adds the type's code in a function's name: "decimal_18_2", "array_int". Read back by duckdb/functions. */
void type_print_code(const struct type *type, struct text_buffer *out);

#endif
