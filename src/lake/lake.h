/** Silver and quarantine. On a local disk a run writes under a staging place beside the lake, then publishes by renames
 * that can be taken back until the staging place is removed. For an object store it writes on the local disk and
 * uploads to hidden keys; what is there appears, once the database has committed, by copies that the server makes.
 *
 *   <parent>/.<lake>.crisol/<dataset>/lock              one run a dataset
 *   <parent>/.<lake>.crisol/<dataset>/<run id>/         local: what it writes; after publishing, what it replaced
 *   <parent>/.<lake>.crisol/<dataset>/<run id>/journal  the steps of its publication (lake/publication.h)
 *   <parent>/.<lake>.crisol/<dataset>/<run id>/uploads  object store: the keys that it uploads to
 *   <parent>/.<lake>.crisol/<dataset>/<run id>/<path>   object store: what is uploaded */
#ifndef CRISOL_LAKE_LAKE_H
#define CRISOL_LAKE_LAKE_H

#include "engine/engine.h"
#include "lake/lock.h"
#include "lake/publication.h"

/** A file on its way to an object store. */
struct staged_object {
  const char *path;   /* of the local file */
  const char *staged; /* "s3://bucket/key" in the run's place */
  const char *target; /* "s3://bucket/key" where readers look */
  uint64_t bytes;
  char etag[S3_ETAG_SIZE]; /* of the staged object, once it is there */
};

struct lake {
  const struct plan *plan;
  const struct run *run;
  struct arena *arena;
  const char *place;            /* <parent>/.<lake>.crisol/<dataset> */
  const char *staging;          /* the run's own local directory: beside a local lake, else with the engine's files */
  const char *quarantine_place; /* the same beside the quarantine */
  const char *quarantine_staging;
  const char *bucket;               /* of a lake in an object store, NULL else */
  size_t prefix_length;             /* of its keys, with the slash behind it */
  struct staged_object *objects;    /* silver in an object store, one a file */
  struct staged_object *quarantine; /* the same of the quarantine; NULL: it is local, or there is none */
  const char *staged_quarantine;    /* NULL: no row is quarantined */
  struct staged_object *rewritten;  /* files of the lake without rows that a replay displaced; local ones, too */
  size_t n_rewritten;
  struct lock *lock;
  struct publication *publication;
  bool is_stuck;        /* what was published could not be taken back: the next run tries, so its journal stays */
  bool is_synced;       /* what was written is on the disk */
  bool is_finished;     /* all of it is where readers see it */
  const char *dead_run; /* whose lock was taken over; NULL: none */
  const char **dead;    /* ids of runs that died while they published: recovered before this run writes */
  size_t n_dead, dead_capacity;
};

/** Takes the dataset's lock. */
MUST_CHECK bool lake_open(struct arena *arena, const struct plan *plan, const struct run *run, struct lake *ret_lake,
                          struct error *err);
/** Finds what runs that died have left. What died before it published is removed; what died while it published is in
 * `dead` for lake_recover. To be called once the ledger has those runs as failed (`dead_run` among them): one that only
 * sleeps cannot begin to publish after that. */
MUST_CHECK bool lake_find_left_overs(struct lake *lake, struct error *err);
/** Ends what a run of `dead` began: its publication is taken back, or, where its database says that it was committed,
 * stays. Then nothing of the run is left in the staging places. May be asked again after another death. */
MUST_CHECK bool lake_recover(struct lake *lake, const char *run_id, bool is_committed, struct error *err);

/** Removes the staging places of the run and releases the lock; accepts a zeroed one. */
void lake_close(struct lake *lake);

/** Compares the columns of the lake that is there with the plan's, as merge_schema asks. ERROR_CONFIG where they do not
 * go together, with both types named. A column that the lake has in a wider type, or in another case, is written so:
 * run->silver_types, run->silver_names. */
MUST_CHECK bool lake_check_columns(const struct lake *lake, struct engine *engine, struct run *run, struct error *err);

/** The Parquet files below the place of a lake, or of a quarantine, that readers see, by path: none where there is no
 * such place yet. `s3` is the client of a place in an object store. */
MUST_CHECK bool lake_find_files(struct arena *arena, struct s3 *s3, const char *path, const char *const **ret_paths,
                                size_t *ret_count, struct error *err);

/** A Parquet file of the lake that a run would replace. */
struct standing_file {
  const char *path; /* absolute, or "s3://bucket/key" */
  size_t partition; /* which of the run's partitions it stands in; 0 where all of the lake is asked for */
  uint64_t rows;    /* by lake_count_standing */
};

/** Lists the files that stand in the partitions of the run, or, where `takes_all`, in all of the lake. */
MUST_CHECK bool lake_list_standing(struct arena *arena, const struct lake *lake, bool takes_all,
                                   struct standing_file **ret_files, size_t *ret_count, struct error *err);
/** Counts their rows, by their footers; sorts them by path. Fails where one is no Parquet file. */
MUST_CHECK bool lake_count_standing(const struct lake *lake, struct engine *engine, struct standing_file *files,
                                    size_t count, struct error *err);

/** Writes silver and quarantine to the staging places. Nothing that a reader sees changes. */
MUST_CHECK bool lake_write_silver(struct lake *lake, struct engine *engine, struct run *run, struct error *err);
/** The same of files of the lake that keep only some of their rows (engine_write_undisplaced), before silver: each
 * takes the place of the one at its path. Fills run->rewritten_files. */
MUST_CHECK bool lake_rewrite_files(struct lake *lake, struct engine *engine, struct run *run, const char *const *paths,
                                   size_t count, struct error *err);
/** The same of the quarantined rows; writes no file where there is none. */
MUST_CHECK bool lake_write_quarantine(struct lake *lake, struct engine *engine, struct run *run, struct error *err);

/** Makes what was written last over a loss of power. lake_publish does it where this has not: to begin early saves it
 * the waiting. */
MUST_CHECK bool lake_sync(struct lake *lake, struct error *err);

/** Puts what was written to a local disk where readers see it, once a journal of all steps is in the lake's place. On
 * failure what was done is taken back. */
MUST_CHECK bool lake_publish(struct lake *lake, struct error *err);
/** Takes the publication back, where the warehouse could not commit. */
MUST_CHECK bool lake_undo(struct lake *lake, struct error *err);
/** Leaves all as it is for a recovery, where nobody knows whether the warehouse has committed. */
void lake_leave(struct lake *lake);
/** Lets appear what was uploaded to an object store, once the warehouse has committed. After a failure the journal
 * stays, and the next run, or `crisol recover`, finishes. */
MUST_CHECK bool lake_finish(struct lake *lake, struct error *err);

#endif
