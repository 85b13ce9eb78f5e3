/** Evaluates constant expressions of Spark SQL, as `crisol eval` does: compiled by expr, run by DuckDB, shown as Spark
 * casts them to a string. */
#ifndef CRISOL_DUCKDB_EVAL_H
#define CRISOL_DUCKDB_EVAL_H

#include "expr/expr.h"

/** Sets *ret_line to "type: value" (in the arena), with backslash, tab and newline written \\, \t and \n and null as
 * NULL. Fails with the error's class as Spark names it in *ret_error_class, NULL where Spark would have answered or has
 * no such class: ERROR_CONFIG where the expression does not compile, ERROR_DATA where evaluating it fails. */
MUST_CHECK bool duckdb_eval(struct arena *arena, struct expr_text text, const char *timezone, char **ret_line,
                            const char **ret_error_class, struct error *err);

/** Adds a text as it stands in such a line. */
void eval_add_escaped(struct text_buffer *out, struct text text);

/** The same for many expressions: an in-memory database that stays open. */
struct evaluator;
/** Opens it; `timezone` is the session's, as timezone_find takes it. */
MUST_CHECK bool evaluator_open(const char *timezone, struct evaluator **ret_evaluator, struct error *err);
/** As duckdb_eval. The line and the class live in the arena. */
MUST_CHECK bool evaluator_eval(struct arena *arena, struct evaluator *evaluator, struct expr_text text, char **ret_line,
                               const char **ret_error_class, struct error *err);
/** Accepts a pointer to NULL. */
void evaluator_close(struct evaluator **evaluator);

#endif
