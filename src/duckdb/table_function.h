/** A text reader as a DuckDB table function, so that raw files are read in the engine's own scan, by its threads.
 * Columns: c0 to cN-1 VARCHAR, one for each of the reader's columns; k0 to kN-1 UTINYINT (enum reader_kind); then where
 * and how each record was found: _file UINTEGER (index into the reader's paths), _line UBIGINT, _offset UBIGINT,
 * _reason UTINYINT (enum reader_reason, 0 where the record is good), and of malformed or selected records _raw VARCHAR,
 * _raw_length UBIGINT and _form UTINYINT (enum raw_form). Only the columns that a query uses are parsed and copied. A
 * scan starts the reader over; two at a time are refused. */
#ifndef CRISOL_DUCKDB_TABLE_FUNCTION_H
#define CRISOL_DUCKDB_TABLE_FUNCTION_H

#include "duckdb/database.h"
#include "reader/reader.h"

struct table_function;

/** Registers a table function without parameters under a name of its own ("crisol_source_0"). `reader` must outlive the
 * queries. The function lives as long as the database. */
MUST_CHECK bool table_function_register(struct database *database, const char *name, struct reader *reader,
                                        struct table_function **ret_function, struct error *err);

/** Why the last scan failed, as the reader said it (DuckDB keeps only the message); NULL where it did not. */
const struct error *table_function_error(const struct table_function *function);

#endif
