/** The function table: every operator and function of Spark SQL that crisol knows is one row. To add a function, add a
 * row to the array of its family (<family>.c) and, where DuckDB has no equal of it, a row and a C function to
 * duckdb/functions/<family>.c.
 *
 *   { .name = "levenshtein", .min_args = 2, .max_args = 3, .args = "string string int", .returns = "int",
 *     .duckdb = "spark_levenshtein($*)", .doc = "How many edits lead from one text to the other." },
 *
 * A row says what Spark says of a function: what its arguments are cast to, what it returns. What words cannot say is a
 * C function: `resolve` (types) or `print` (SQL). Templates of `duckdb`:
 *   $1 ... $9    an argument         $*    all arguments, with commas        ${3:0}  argument 3, or 0 where it is
 * absent $T1 ... $T9  an argument's type code; $T*: those of all, joined by "__"; $T: the result's (see
 * functions_ensure) $D           DuckDB's name of the result's type
 *   $$           a dollar
 * Names that begin with spark_ are functions that duckdb/functions registers. A name that ends in type codes, such as
 * spark_hash__string__int, is one of a family: registered for those types (parameters, then the result) on first use.
 */
#ifndef CRISOL_EXPR_FUNCTIONS_FUNCTIONS_H
#define CRISOL_EXPR_FUNCTIONS_FUNCTIONS_H

#include "expr/expr_internal.h"

enum { ANY_NUMBER = 255 };

enum function_flags {
  FUNCTION_PLAIN = 0,
  FUNCTION_VARIES = 1,         /* the answer differs from call to call or run to run: current_timestamp(), uuid() */
  FUNCTION_INFIX = 2,          /* canonical Spark SQL writes it between its arguments */
  FUNCTION_NO_PARENTHESES = 4, /* may be called by its name alone: current_date */
};

/** A call while it is being typed. `args` may be replaced (by casts of themselves); `type` is the result. */
struct call {
  struct resolver *resolver;
  const struct function *function;
  const struct node *node;
  struct place place;
  const struct expr **args;
  size_t n_args;
  const struct type *type;
};

struct function {
  const char *name;    /* lower case; operators by their symbol */
  const char *aliases; /* further names, separated by blanks */
  unsigned char min_args, max_args;
  unsigned char flags; /* enum function_flags */
  /* What the arguments are cast to, a word each, alternatives by "|"; the last word holds for all further ones. NULL:
   * left to `resolve`. Words are type names and: any, numeric, integral, decimal, array, map, struct, interval. Lambdas
   * are "lambda". */
  const char *args;
  /* The result: a type as type_parse reads it, or "$1": the type of an argument. NULL: set by `resolve`. */
  const char *returns;
  bool (*resolve)(struct call *call);                              /* after `args` and `returns`; may refine both */
  const char *duckdb;                                              /* template */
  void (*print)(const struct expr *call, struct text_buffer *out); /* instead of a template */
  const char *doc;
};

/** Rows of one family. */
struct function_family {
  const char *name;
  const struct function *rows;
  size_t n_rows;
};
extern const struct function_family arithmetic_family, predicate_family, conditional_family, math_family, string_family,
    collection_family, lambda_family, hash_family, misc_family, datetime_family, regex_family, json_family,
    number_format_family, random_family, vector_family, csv_family, xml_family, variant_family;
/** All families, for documentation and tests. */
extern const struct function_family *const function_families[];
extern const size_t n_function_families;
#define FUNCTION_FAMILY(variable, title, table)                                                                        \
  const struct function_family variable = { .name = (title), .rows = (table), .n_rows = ARRAY_LENGTH(table) }

/** What Spark 4.3 calls its functions, by class ("scalar", "aggregate", "window", "generator"); names part by blanks.
 */
struct spark_names {
  const char *class;
  const char *names;
};
extern const struct spark_names spark_names[];
extern const size_t n_spark_names;

/** Why crisol lacks some of them: patterns of names, a star at the end for any ending. */
struct spark_reason {
  const char *reason;
  const char *names;
};
extern const struct spark_reason spark_reasons[];
extern const size_t n_spark_reasons;

/** The row of a name (without case) or NULL. */
const struct function *function_find(struct text name);
/** Spark's class of a function that crisol does not have ("scalar", "aggregate", "window", "generator"); NULL where
 * Spark does not know it either. */
const char *function_unsupported(struct text name);
/** Why crisol lacks a function that Spark has, a sentence; NULL where the function is no such. */
const char *function_reason(struct text name);
/** The nearest name, for "did you mean"; NULL where none is near. */
const char *function_nearest(struct arena *arena, struct text name);

/* For `resolve`. */
/** Casts argument `index` to the type; fails where Spark has no implicit cast for it. */
MUST_CHECK bool call_expect(struct call *call, size_t index, const char *expected);
/** Fails unless argument `index` is a text, or NULL: for functions that cast nothing to text. */
MUST_CHECK bool call_expect_text(struct call *call, size_t index);
/** Casts argument `index` to the type, which it must be castable to. */
void call_cast(struct call *call, size_t index, const struct type *type);
/** Casts the arguments from `first` on to their common type, as array(), coalesce() and the like do. */
MUST_CHECK bool call_widen(struct call *call, size_t first, bool with_text, const struct type **ret_type);
/** Fails with DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE for argument `index`. */
bool call_fail_type(struct call *call, size_t index, const char *expected);
/** Fails with a class of Spark's. */
bool call_fail(struct call *call, const char *error_class, const char *format, ...) PRINTF_LIKE(3, 4);
/** The argument as a constant of the type (a literal, perhaps under casts): false where it is none. */
bool call_is_null(const struct call *call, size_t index);
/** Of an integral type; any width. */
bool call_literal_int(const struct call *call, size_t index, int64_t *ret_value);
/** Of a string; it lives as long as the expression. */
bool call_literal_text(const struct call *call, size_t index, struct text *ret_value);
/** For functions that tell what a text looks like: the first argument, which must be a constant text. */
MUST_CHECK bool call_expect_sample(struct call *call, struct text *ret_text);
/** A schema: a literal, or schema_of_json() or schema_of_csv() of one; false where it is neither. */
bool call_schema_text(const struct call *call, size_t index, struct text *ret_value);
/** Types argument `index`, a lambda, with parameters of these types; SQL of the parameters as DuckDB sees them, or NULL
 * for parameters of DuckDB's own lambda. Sets args[index] and returns the body's type. */
MUST_CHECK bool call_lambda(struct call *call, size_t index, const struct variable *parameters, size_t n_parameters,
                            const char *duckdb_parameters, const struct type **ret_type);
/** The number of the row among all that are read, from 0: see expr_scope. */
const struct expr *call_row_number(struct call *call);
/** A field of _metadata; NULL where no row comes from a file: see expr_scope. */
const struct expr *call_metadata(struct call *call, const char *field);
/** A name no other lambda of the expression uses: "x1". */
const char *call_new_name(struct call *call, const char *stem);

/* For `print`. */
void cast_print(const struct expr *expr, struct text_buffer *out);
/** Adds the expression as DuckDB's SQL. */
void print_expr(const struct expr *expr, struct text_buffer *out);
/** Adds `template`, in which $1, $2, ... stand for the arguments. */
void print_template(const struct expr *call, const char *template, struct text_buffer *out);
/** Adds the arguments from `first` on. */
void print_args(const struct expr *call, size_t first, const char *separator, struct text_buffer *out);

#endif
