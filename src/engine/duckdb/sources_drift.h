/* How the columns of a source's files differ from those of its first file. Differences are logged. */
#ifndef CRISOL_ENGINE_DUCKDB_SOURCES_DRIFT_H
#define CRISOL_ENGINE_DUCKDB_SOURCES_DRIFT_H

#include "engine/duckdb/database.h"
#include "plan/drift.h"
#include "plan/plan.h"
#include "reader/reader.h"

/* CSV: new, missing and reordered columns. JSON: new and missing keys; their order means nothing. */
void text_drift(struct drift *drift, const struct plan_source *source, const struct reader *reader);

/* Parquet: types too. ERROR_CONFIG, with both types named, where the source's columns, into which the files are united,
 * would not hold every value of a file. */
MUST_CHECK bool parquet_drift(struct database *database, const struct plan_source *source, struct drift *drift,
                              struct error *err);

#endif
