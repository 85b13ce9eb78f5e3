/** Spark SQL expressions (ANSI off): parsed, resolved against columns, typed as Spark types them, and printed for an
 * engine. A rule, a business condition, an added column and `crisol eval` are all compiled here. Pure functions; an
 * expression lives as long as its arena and is immutable after expr_compile. */
#ifndef CRISOL_EXPR_EXPR_H
#define CRISOL_EXPR_EXPR_H

#include "value/type.h"

struct expr;

/** Where an expression was written. Where `is_verbatim`, byte i of `text` is byte place.start + i of the place's
 * source, so that a caret can point at a token; otherwise errors point at the whole place. */
struct expr_text {
  struct text text;
  struct place place;
  bool is_verbatim;
};

/** Whether an expression reads a column, and where the first one does. */
struct expr_reading {
  bool is_read;
  struct place place;
};

struct expr_column {
  const char *name;
  const struct type *type;
  const char *sql;              /* how an engine refers to it; NULL: the quoted name */
  struct expr_reading *reading; /* of a column that no name stands for: receives who reads it; NULL: nobody asks */
};

/** What an expression may refer to. Column names are matched without case, as Spark does; two columns that differ in
 * case only are ambiguous, and one named "" is not there. */
struct expr_scope {
  const struct expr_column *columns;
  size_t n_columns;
  const char *timezone; /* the session's zone, e.g. "America/Bogota" */
  /* What no name in `columns` stands for, NULL where there is none: the number of the row among all that are read, from
   * 0, and _metadata, a struct of what is known of its file. */
  const struct expr_column *row_number;
  const struct expr_column *metadata;
};

/** Lexes and parses, and knows the functions by their names: all that can be said where no columns are known. Fails
 * with ERROR_CONFIG and a place under the token. */
MUST_CHECK bool expr_check_syntax(struct arena *arena, struct expr_text text, struct error *err);

/** Lexes, parses, resolves, coerces and folds nothing: the tree means what Spark 4.3 with spark.sql.ansi.enabled=false
 * means. Fails with ERROR_CONFIG and a place under the token: syntax, unknown column or function (with the nearest
 * name), wrong number or types of arguments, a function of Spark that is not supported. `error_class`, where not NULL,
 * receives Spark's error class ("UNRESOLVED_COLUMN.WITHOUT_SUGGESTION", "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", ...)
 * or NULL. */
MUST_CHECK bool expr_compile(struct arena *arena, struct expr_text text, const struct expr_scope *scope,
                             struct expr **ret_expr, const char **error_class, struct error *err);

/** The type of its values. Lives as long as the expression. */
const struct type *expr_type(const struct expr *expr);

/** Whether the expression reads the column at this index of its scope. */
bool expr_uses_column(const struct expr *expr, size_t column_index);

/** Whether the text alone decides the value: no column, no current_timestamp(), no uuid(). */
bool expr_is_constant(const struct expr *expr);

/** What the text of a boolean expression alone settles, whatever the columns hold: that it is true for no row ("x > 10
 * AND x < 5", "x = NULL"), for every one, or wherever a column is not null ("x <> 'A' OR x <> 'B'"). Found for
 * comparisons of a column with constants, IN, BETWEEN, IS NULL, joined by AND, OR and NOT. `ret_column` is the name of
 * the column that it was found for. */
enum expr_always { ALWAYS_NOTHING, ALWAYS_UNTRUE, ALWAYS_TRUE, ALWAYS_TRUE_OR_NULL };
enum expr_always expr_find_always(const struct expr *expr, const char **ret_column);
/** Whether a comparison other than <=> has NULL itself for an operand. */
bool expr_compares_with_null(const struct expr *expr);

/** Wraps the expression in a cast to `type`, with Spark's rules (NULL where a value cannot be cast). Fails where Spark
 * has no such cast. */
MUST_CHECK bool expr_cast(struct arena *arena, const struct expr *expr, const struct type *type, struct place place,
                          const struct expr **ret_expr, struct error *err);

/** Adds DuckDB SQL with Spark's meaning. Functions named spark_... are those that duckdb/functions registers. */
void expr_print_duckdb(const struct expr *expr, struct text_buffer *out);

/** Adds canonical Spark SQL. */
void expr_print_spark(const struct expr *expr, struct text_buffer *out);

/** A query of Spark's that an expression becomes part of. */
struct spark_query {
  const struct expr_scope *scope; /* that the expression was compiled over, with `sql` in each column */
  int64_t instant_us;             /* what current_timestamp() answers, in microseconds since 1970 */
};
/** Adds Spark SQL over the query's own columns: no name of the user's can meet one of the query's. */
void expr_print_spark_query(const struct expr *expr, const struct spark_query *query, struct text_buffer *out);

/** Adds `name` quoted for DuckDB ("a ""b""") or for Spark (`a ``b```). */
void sql_add_name(struct text_buffer *out, const char *name);
/** Adds a name as Spark SQL quotes it, where it must: `first-name`. */
void spark_add_name(struct text_buffer *out, const char *name);
/** Adds `text` as a DuckDB string literal. */
void sql_add_string(struct text_buffer *out, struct text text);
/** Adds `text` as a string literal of Spark SQL. */
void spark_add_string(struct text_buffer *out, struct text text);

#endif
