/* What is wrong with a source of Parquet files, found when a statement over all of them has failed: which file, and
 * whether it is the file that is broken or single values. */
#ifndef CRISOL_ENGINE_DUCKDB_PARQUET_FAULTS_H
#define CRISOL_ENGINE_DUCKDB_PARQUET_FAULTS_H

#include "duckdb/database.h"
#include "plan/plan.h"

enum parquet_look { LOOK_AT_SCHEMA, LOOK_AT_VALUES };

/* Looks at the files one by one. Files that DuckDB reads only without annotations (parquet_plain.h) get a copy below
 * `directory`, and their place in copies[] is filled; *ret_copied says whether any was. False with ERROR_ENVIRONMENT,
 * the file named, where one is broken. */
MUST_CHECK bool parquet_faults_find(struct arena *arena, struct database *database, const struct plan *plan,
                                    const struct plan_source *source, enum parquet_look look, const char *directory,
                                    const char **copies, bool *ret_copied, struct error *err);

/* The copy of one file, the `number`-th of the source. */
MUST_CHECK bool parquet_copy_file(struct arena *arena, const struct plan *plan, const struct plan_source *source,
                                  size_t number, const char *directory, const char **copies, struct error *err);

/* Fails with ERROR_ENVIRONMENT: the file cannot be read, for that reason, and what to do. Returns false. */
bool parquet_fail_file(const char *path, const struct error *reason, struct error *err);

#endif
