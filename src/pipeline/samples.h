/** Rows that fail a rule, for the summary of a run. */
#ifndef CRISOL_PIPELINE_SAMPLES_H
#define CRISOL_PIPELINE_SAMPLES_H

#include "pipeline/summary.h"

/** Takes up to `most` rows of each rule that rows fail, by rule; after they were counted. What cannot be had is left
 * out. */
const struct rule_samples *take_samples(struct arena *arena, struct engine *engine, const struct plan *plan,
                                        const struct run *run, size_t most);

#endif
