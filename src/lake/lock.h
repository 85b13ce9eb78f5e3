/** The lock of a dataset: it lies with the lake, so that a run from another folder sees it. That of a local lake is
 * released by the system when its holder dies; that of a lake in an object store is taken over from a holder that is
 * dead (see lock_s3.c). */
#ifndef CRISOL_LAKE_LOCK_H
#define CRISOL_LAKE_LOCK_H

#include "store/s3.h"

struct lock;

/** Takes the lock at `path`, whose directory must exist where it is local; `s3` is for one that is not. `holder`, a
 * line, is written into it for the one who meets it. ERROR_LOCKED, with what the holder wrote, where another process
 * has it. *ret_dead_run is the run that it was taken over from, else NULL; it lives in the arena. */
MUST_CHECK bool lock_take(struct arena *arena, struct s3 *s3, const char *path, const char *holder, const char *run_id,
                          const char **ret_dead_run, struct lock **ret_lock, struct error *err);
/** Fails where the lock is not held any more: ERROR_LOCKED where another run has taken it over, or where the local file
 * was removed or replaced, so that another run may have locked a new one. To be asked before each step that changes
 * what others see. NULL is no lock, and held. */
MUST_CHECK bool lock_check(struct lock *lock, struct error *err);
/** The same before a request to the store, which is to carry the fence; ret_fence->valid_s is 0 where there is none:
 * the lock is local. Asks the store only where the last proof is some seconds old. Thread-safe. */
MUST_CHECK bool lock_fence(struct lock *lock, struct s3_fence *ret_fence, struct error *err);
/** Whether the lock is known to be lost, or a fence that it gave may have ended: what failed then failed for that. */
bool lock_is_over(struct lock *lock);
/** A name of the lock that no other one has: its path and, where it is local, a number that the file keeps, since two
 * machines may have the same path; where it is an object, the store's host. */
const char *lock_name(const struct lock *lock);
/** Whether nobody has the lock of this name; false where that cannot be seen from here. */
bool lock_is_free(const char *name);
/** Accepts a pointer to NULL. A local file stays: removing it would let two runs lock two files of one name. */
void lock_release(struct lock **lock);

#endif
