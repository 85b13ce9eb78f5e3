/** The scalar functions in C that give DuckDB Spark's meaning where its own differs. expr_print_duckdb writes calls of
 * them; all are named spark_<name>. Fixed ones are registered at once; a family, whose name ends in type codes
 * (spark_cast__string__decimal_18_2: parameters, then the result, joined by "__"), is registered for those types when a
 * statement first needs it. */
#ifndef CRISOL_DUCKDB_FUNCTIONS_FUNCTIONS_H
#define CRISOL_DUCKDB_FUNCTIONS_FUNCTIONS_H

#include "base/error.h"

#include <duckdb.h>

/** Registers the fixed functions in the connection's database, for all its connections. `timezone` is the session's
 * zone, as timezone_find takes it; it must be called once a database. */
MUST_CHECK bool functions_register(duckdb_connection connection, const char *timezone, struct error *err);

/** Registers what `sql` names of families. To be called before the statement is prepared, and not while another thread
 * registers functions in the same database. */
MUST_CHECK bool functions_ensure(duckdb_connection connection, const char *sql, struct error *err);

#endif
