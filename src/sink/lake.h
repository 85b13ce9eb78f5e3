/** Silver and quarantine on a local disk: a run writes under a staging place beside the lake, then publishes by renames
 * that can be taken back until the staging place is removed.
 *
 *   <parent>/.<lake>.crisol/<dataset>/lock        one run a dataset
 *   <parent>/.<lake>.crisol/<dataset>/<run id>/   what it writes; after publishing, what it replaced */
#ifndef CRISOL_SINK_LAKE_H
#define CRISOL_SINK_LAKE_H

#include "engine/duckdb/engine.h"
#include "store/lock.h"
#include "store/publication.h"

struct lake {
  const struct plan *plan;
  const struct run *run;
  struct arena *arena;
  const char *place;            /* <parent>/.<lake>.crisol/<dataset> */
  const char *staging;          /* the run's own, beside the lake */
  const char *quarantine_place; /* the same beside the quarantine */
  const char *quarantine_staging;
  const char *staged_quarantine; /* NULL: no row is quarantined */
  struct lock *lock;
  struct publication *publication;
};

/** Takes the dataset's lock and removes what runs that died have left in its staging places. */
MUST_CHECK bool lake_open(struct arena *arena, const struct plan *plan, const struct run *run, struct lake *ret_lake,
                          struct error *err);
/** Removes the staging places of the run and releases the lock; accepts a zeroed one. */
void lake_close(struct lake *lake);

/** Compares the columns of the lake that is there with the plan's, as merge_schema asks. ERROR_CONFIG where they do not
 * go together, with both types named. */
MUST_CHECK bool lake_check_columns(const struct lake *lake, struct engine *engine, struct error *err);

/** Writes silver and quarantine to the staging places. Nothing that a reader sees changes. */
MUST_CHECK bool lake_write_silver(struct lake *lake, struct engine *engine, struct run *run, struct error *err);
MUST_CHECK bool lake_write_quarantine(struct lake *lake, struct engine *engine, struct run *run, struct error *err);

/** Puts what was written where readers see it. On failure what was done is taken back. */
MUST_CHECK bool lake_publish(struct lake *lake, struct error *err);
/** Takes the publication back, where the warehouse could not commit. */
MUST_CHECK bool lake_undo(struct lake *lake, struct error *err);

#endif
