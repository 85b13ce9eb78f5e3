/** Options of functions, as from_csv(text, schema, map('sep', ';')) has them. */
#ifndef CRISOL_EXPR_FUNCTIONS_OPTIONS_H
#define CRISOL_EXPR_FUNCTIONS_OPTIONS_H

#include "expr/functions/functions.h"

struct option {
  const char *name, *usual, *alias;
};

/** Reads the options in argument `index`, a map of constant texts, where there is one: a value for each of `options`,
 * which lives as long as the expression. Fails for one that is none of them. */
MUST_CHECK bool options_read(struct call *call, size_t index, const struct option *options, size_t n_options,
                             struct text *ret_values);
/** A constant text as an argument; the text is copied. */
const struct expr *options_literal(struct call *call, struct text text);

#endif
