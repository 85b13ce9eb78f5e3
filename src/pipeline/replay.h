/* A replay: a run whose input is the quarantine. What it adds to the steps of run.c. */
#ifndef CRISOL_PIPELINE_REPLAY_H
#define CRISOL_PIPELINE_REPLAY_H

#include "pipeline/job.h"

/* Refuses an engine that cannot replay; else turns the dataset's modes into those that add: to silver, to gold by its
 * key or by that of deduplicate. */
MUST_CHECK bool replay_begin(struct job *job, const struct engine_driver *driver, struct error *err);
/* Takes the lock, and finds the open rows that are asked for. Fills the plan's files with their records: none where
 * there is nothing to read. */
MUST_CHECK bool replay_find_rows(struct job *job, struct problem_list *problems, struct error *err);
/* Once they are read: what else their records were exploded to goes. */
MUST_CHECK bool replay_leave_others(struct job *job, struct error *err);
/* Once they are deduplicated among themselves: those that lose against a row of silver with their key go. */
MUST_CHECK bool replay_settle_standing(struct job *job, struct error *err);
/* Once it is known which rows pass: finds the rows of silver that lose against them, and what is to be recorded. */
MUST_CHECK bool replay_settle(struct job *job, struct error *err);
/* Stages the files of silver without the rows that lose. */
MUST_CHECK bool replay_rewrite(struct job *job, struct error *err);
/* Records which rows are settled, in the transaction that completes the run. */
MUST_CHECK bool replay_record(struct job *job, struct error *err);

/* Whether nothing is to be written. */
bool replay_is_trial(const struct job *job);
/* NULL: the job is a run. */
const struct replay_counts *replay_counts(const struct job *job);

#endif
