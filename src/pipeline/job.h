/* A run while it goes: what run.c, outputs.c and verdict.c share. */
#ifndef CRISOL_PIPELINE_JOB_H
#define CRISOL_PIPELINE_JOB_H

#include "lake/lake.h"
#include "pipeline/pipeline.h"
#include "warehouse/warehouse.h"

#include <stdatomic.h>

/* All that a run holds. */
struct job {
  struct arena *arena; /* lives longer than the run: the caller's */
  const struct pipeline_options *options;
  struct s3 *s3; /* NULL: nothing lies in an object store */
  struct config *config;
  struct plan plan;
  bool is_planned;
  bool is_open; /* the lake and the warehouse */
  struct run run;
  struct database *database; /* the engine's, to which a DuckDB file is attached */
  struct engine *engine;
  struct warehouse warehouse;
  bool is_started;   /* the ledger has a row of it */
  bool is_committed; /* the ledger has it as completed */
  bool is_in_doubt;  /* nobody knows yet whether it has */
  struct lake lake;
  struct replay *replay;              /* NULL: a run */
  const struct rule_samples *samples; /* NULL: none are asked for, or there are no counts yet */
  uint64_t usual_rows;                /* records read by earlier runs; 0: too few to tell */
  double started;
  atomic_int failed_side; /* enum side: the first of two threads that failed; the other one gives up */
};

enum side { SIDE_NONE, SIDE_LAKE, SIDE_GOLD };

/* Runs a stage: the observer is told, its time is kept, and an interruption ends the run. */
MUST_CHECK bool job_stage(struct job *job, enum run_stage stage, bool (*work)(struct job *job, struct error *err),
                          struct error *err);

/* run.c: where alerts are refused, ERROR_DATA where there is one. */
MUST_CHECK bool refuse_alerts(const struct job *job, struct error *err);

/* run.c: masks what an error that is about a row quotes of it, where the dataset has private columns. */
void hide_private_values(const struct dataset *dataset, struct error *err);

/* run.c: takes the dataset's lock, opens the database, ends what dead runs have left. */
MUST_CHECK bool open_outputs(struct job *job, struct error *err);

/* outputs.c: silver and quarantine are staged and gold is loaded in the transaction that stays open for the ledger; at
 * the same time where gold is another process's work. */
MUST_CHECK bool write_outputs(struct job *job, struct error *err);

#endif
