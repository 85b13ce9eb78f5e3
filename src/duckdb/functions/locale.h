/** Text as a locale has it, as the text that Spark's casts read: crisol_localized__<i>(text) of a numbered column. */
#ifndef CRISOL_DUCKDB_FUNCTIONS_LOCALE_H
#define CRISOL_DUCKDB_FUNCTIONS_LOCALE_H

#include "value/locale.h"

#include <duckdb.h>

/** Registers it: for numbers with `number`, else for the names of months in dates of `pattern`. A text that is no
 * number is null. All must outlive the connection's database. */
MUST_CHECK bool locale_function_register(duckdb_connection connection, size_t column, const struct locale *locale,
                                         const struct number_format *number, const char *pattern, struct error *err);

#endif
