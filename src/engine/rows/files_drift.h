/* How the columns of a source's files differ from those of its first file. Differences are logged. */
#ifndef CRISOL_ENGINE_ROWS_FILES_DRIFT_H
#define CRISOL_ENGINE_ROWS_FILES_DRIFT_H

#include "plan/drift.h"
#include "plan/plan.h"
#include "reader/reader.h"

/* CSV: new, missing and reordered columns. JSON: new and missing keys; their order means nothing. */
void text_drift(struct drift *drift, const struct plan_source *source, const struct reader *reader);

/* Warns of what the changes from number `first` on mean for the source's rows, and tells the harmless ones. */
void drift_log(const struct drift *drift, size_t first, const struct plan_source *source);

#endif
