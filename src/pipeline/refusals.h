/** What the counts of a run say: which data is refused, and what people are told. The engine counts and shows rows;
 * that they are too many is no engine's to say. */
#ifndef CRISOL_PIPELINE_REFUSALS_H
#define CRISOL_PIPELINE_REFUSALS_H

#include "engine/engine.h"

/** Refuses, once all is read (engine_stage), with ERROR_DATA: an input without a record, malformed records under
 * FAILFAST, values that a cast with on_error: fail could not cast. The hint shows the first of them. */
MUST_CHECK bool refuse_reading(struct engine *engine, const struct plan *plan, const struct run *run,
                               struct error *err);

/** Refuses, once all is counted (engine_account), with ERROR_DATA: rows that fail a rule with on_fail: fail, limits
 * that are passed (max_failed, max_rejected). Adds the alerts of rules, casts and schema to the run. ERROR_DEFECT where
 * the books do not balance. */
MUST_CHECK bool refuse_accounts(struct engine *engine, const struct plan *plan, struct run *run, struct error *err);

#endif
