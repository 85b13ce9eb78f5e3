/** Whose rows a quarantine has: several datasets may have one. Its rows are those of a relation of DuckDB's, a table or
 * a query in parentheses, with the column _run_id. */
#ifndef CRISOL_PIPELINE_QUARANTINE_H
#define CRISOL_PIPELINE_QUARANTINE_H

#include "duckdb/database.h"

/** The ids of the runs that have rows there: one column. */
MUST_CHECK bool quarantine_find_runs(struct arena *arena, struct database *database, const char *relation,
                                     struct table *ret_runs, struct error *err);
/** The relation without the rows of these runs. */
const char *quarantine_without_runs(struct arena *arena, const char *relation, const struct table *runs);

#endif
