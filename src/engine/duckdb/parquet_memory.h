/* What a small Parquet file may make of memory: DuckDB holds up to 2,048 values of every column at once for each
 * thread, beyond its memory limit, and a value that stands once in a dictionary of some bytes may have megabytes. */
#ifndef CRISOL_ENGINE_DUCKDB_PARQUET_MEMORY_H
#define CRISOL_ENGINE_DUCKDB_PARQUET_MEMORY_H

#include "duckdb/database.h"
#include "plan/plan.h"

/* Looks at the metadata of the source's files, and at the values of those columns alone that are far larger than what
 * stores them. ERROR_ENVIRONMENT, with file and column named, where what is held at once would pass the memory limit.
 */
MUST_CHECK bool parquet_check_memory(struct database *database, const struct plan_source *source, struct error *err);

#endif
