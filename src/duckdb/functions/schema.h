/** The checks of JSON Schema as functions of the stage, for numbered columns:
 *   crisol_check__<i>(value, kind)      a typed value of column i -> the set of violated keywords, UBIGINT
 *   crisol_check_raw__<i>(text, kind)   a value as read from a text file -> the same
 *   crisol_unknown_keys__<i>(text)      the number of keys of an object that the schema does not name
 *   crisol_iso_timestamp(text), crisol_iso_date(text)   the fallback of a format hint
 * `kind` is the reader's (enum reader_kind), with KIND_CSV added for a cell of CSV; KIND_PARQUET_NULL and
 * KIND_PARQUET_VALUE for Parquet. */
#ifndef CRISOL_DUCKDB_FUNCTIONS_SCHEMA_H
#define CRISOL_DUCKDB_FUNCTIONS_SCHEMA_H

#include "schema/schema.h"

#include <duckdb.h>

enum { KIND_CSV = 8, KIND_PARQUET_NULL = 9, KIND_PARQUET_VALUE = 10 };

/** A column that the schema judges. */
struct schema_column {
  size_t number; /* <i> in the names above */
  const struct schema_property *property;
  const struct type *type; /* of the typed value */
  bool is_raw;             /* the value as read is judged, too */
};

/** What is registered refers to the properties and to `arena`, which must outlive the connection's database.
 * `ret_stopped` is set to the property whose check of a value passed the limit of schema_check, which ends the
 * statement with an error that says so. */
MUST_CHECK bool schema_functions_register(struct arena *arena, duckdb_connection connection, const char *timezone,
                                          const struct schema_column *columns, size_t n_columns,
                                          const struct schema_property **ret_stopped, struct error *err);

#endif
