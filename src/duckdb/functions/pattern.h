/** Patterns of dates and times for functions in C: compiled once a pattern, shared by all threads. */
#ifndef CRISOL_DUCKDB_FUNCTIONS_PATTERN_H
#define CRISOL_DUCKDB_FUNCTIONS_PATTERN_H

#include "duckdb/functions/internal.h"
#include "value/datetime_pattern.h"

/** The compiled pattern; NULL with the call's error set where it is none. */
const struct datetime_pattern *pattern_for_parsing(struct udf_call *call, struct text source);
/** The same, to write by. */
const struct datetime_pattern *pattern_for_formatting(struct udf_call *call, struct text source);

#endif
