/* The DuckDB handles, for the files of engine/duckdb only. */
#ifndef CRISOL_ENGINE_DUCKDB_DATABASE_INTERNAL_H
#define CRISOL_ENGINE_DUCKDB_DATABASE_INTERNAL_H

#include "engine/duckdb/database.h"
#include "value/type.h"

#include <duckdb.h>

struct database {
  duckdb_database handle;
  duckdb_connection connection;
};

/* A DuckDB logical type as Spark sees it: unsigned integers widen, what Spark lacks is a string. */
const struct type *type_from_duckdb(struct arena *arena, duckdb_logical_type logical);

#endif
