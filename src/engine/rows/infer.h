/** Types of CSV columns from all of their text, for `inferSchema: true`. */
#ifndef CRISOL_ENGINE_ROWS_INFER_H
#define CRISOL_ENGINE_ROWS_INFER_H

#include "duckdb/database.h"
#include "plan/plan.h"

/** Sets `inferred` of each column of a text source that table function crisol_source_<index> reads: the first of int,
 * bigint, double, date, timestamp, boolean that takes every value, else string; string where there is no value. Every
 * row is looked at, whatever samplingRatio says, so that a type does not depend on luck. */
MUST_CHECK bool infer_types(struct arena *arena, struct database *database, struct plan_source *source, size_t index,
                            struct error *err);

#endif
