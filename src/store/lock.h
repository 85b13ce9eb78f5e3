/** The lock of a dataset: it lies with the lake, so that a run from another folder sees it. That of a local lake is
 * released by the system when its holder dies; that of a lake in an object store is taken over from a holder that is
 * dead (see lock_s3.c). */
#ifndef CRISOL_STORE_LOCK_H
#define CRISOL_STORE_LOCK_H

#include "store/s3.h"

struct lock;

/** Takes the lock at `path`, whose directory must exist where it is local; `s3` is for one that is not. `holder`, a
 * line, is written into it for the one who meets it. ERROR_LOCKED, with what the holder wrote, where another process
 * has it. *ret_dead_run is the run that it was taken over from, else NULL; it lives in the arena. */
MUST_CHECK bool lock_take(struct arena *arena, struct s3 *s3, const char *path, const char *holder, const char *run_id,
                          const char **ret_dead_run, struct lock **ret_lock, struct error *err);
/** Fails with ERROR_LOCKED where another run has taken the lock over: to be asked before anything is published. */
MUST_CHECK bool lock_check(struct lock *lock, struct error *err);
/** Accepts a pointer to NULL. A local file stays: removing it would let two runs lock two files of one name. */
void lock_release(struct lock **lock);

#endif
