/** What a run may replace: the verdict on what it would publish, once all is counted and before anything is written. */
#ifndef CRISOL_PIPELINE_VERDICT_H
#define CRISOL_PIPELINE_VERDICT_H

#include "pipeline/job.h"

/** Refuses (ERROR_DATA) what would leave nothing of a filled lake or gold table, unless output.allow_empty, and an
 * incremental run that would replace rows of files which it does not read. Alerts where a partition would keep less
 * than half of its rows. The database is asked only where one of these is near. */
MUST_CHECK bool judge_replacement(struct job *job, struct error *err);

/** Keeps the rejects of a run whose data is refused under <state>/refused/<run id>, where people find them: nothing of
 * it is in the quarantine. Adds the place to the error's hint, and to the run. */
void keep_rejects(struct job *job, struct error *err);

#endif
