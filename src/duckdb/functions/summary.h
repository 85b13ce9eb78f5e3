/** The aggregate crisol_summary__<i>(text): what the values of a numbered column are (summary/summary.h). */
#ifndef CRISOL_DUCKDB_FUNCTIONS_SUMMARY_H
#define CRISOL_DUCKDB_FUNCTIONS_SUMMARY_H

#include "summary/summary.h"

#include "base/error.h"

#include <duckdb.h>

/** Registers it. A statement that ends well leaves the summary in `*slot`, in the place of one that is there, and
 * answers true; the caller frees it. `slot` must outlive the connection's database. */
MUST_CHECK bool summary_function_register(duckdb_connection connection, size_t column, struct summary **slot,
                                          struct error *err);

#endif
