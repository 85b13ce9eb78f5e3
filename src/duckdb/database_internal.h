/* The DuckDB handles, for the files of the two folders named duckdb only. */
#ifndef CRISOL_DUCKDB_DATABASE_INTERNAL_H
#define CRISOL_DUCKDB_DATABASE_INTERNAL_H

#include "base/workspace.h"
#include "duckdb/database.h"
#include "value/type.h"

#include <duckdb.h>

struct database {
  duckdb_database handle;
  duckdb_connection connection;
  bool is_second; /* the handle is another one's */
  bool has_s3;    /* the extension is loaded and has the credentials */
  const char *temp_directory;
  struct workspace *workspace; /* that directory; NULL: nothing is held yet that may spill */
};

/* Prepares one statement, which the caller destroys, on failure too. */
bool database_prepare(struct database *database, const char *sql, duckdb_prepared_statement *ret_statement,
                      struct error *err);
/* Runs one query whose chunks are fetched as they come. The result is the caller's to destroy. */
bool database_stream(struct database *database, const char *sql, duckdb_result *ret_result, struct error *err);
/* Turns DuckDB's message into an error of the right kind; returns false. */
bool database_fail(struct error *err, const char *message, const char *sql);

/* A DuckDB logical type as Spark sees it: unsigned integers widen, what Spark lacks is a string. */
const struct type *type_from_duckdb(struct arena *arena, duckdb_logical_type logical);

#endif
