/** Regular expressions for functions in C: compiled once a pattern, shared by all threads. */
#ifndef CRISOL_DUCKDB_FUNCTIONS_MATCH_H
#define CRISOL_DUCKDB_FUNCTIONS_MATCH_H

#include "duckdb/functions/internal.h"
#include "value/regex.h"

/** The compiled pattern of java.util.regex; NULL with the call's error set where it does not compile. */
const struct regex *match_regex(struct udf_call *call, struct text pattern);

/** Fails for a text on which the pattern backtracked too much, naming both. */
bool match_fail_limit(struct udf_call *call, struct text pattern, struct text text);

#endif
