/** Moves what was staged to where readers see it. Local disk: each step is one rename or one exchange of two names, so
 * that a reader sees the old or the new, never a part, and can be taken back: what was replaced lies under the staged
 * name until the staging place is removed. Object store: what is staged is an object under a hidden key, and appears by
 * a copy that the server makes, which cannot be taken back.
 *
 * All steps are planned first (publication_replace, _add, _copy, _delete). publication_run writes them to a journal
 * and takes the local ones; then the database commits; then publication_finish takes those in the object store. When
 * the process dies, publication_load reads the journal: publication_undo takes back what was done where the database
 * has not committed, and publication_finish does the rest where it has, each as often as it is asked to. Used by one
 * thread.
 *
 * No step touches what is not its own. Before each one the lock is checked, since the process may have been stopped for
 * any time; what is replaced, taken back or deleted must still be what it was when the steps were planned, by its inode
 * or its ETag; and a request that changes the store carries a fence (lock_fence). */
#ifndef CRISOL_LAKE_PUBLICATION_H
#define CRISOL_LAKE_PUBLICATION_H

#include "lake/lock.h"

struct publication;

/** It lives in the arena. `s3` may be NULL where nothing is in an object store; `lock` is the one that the caller
 * holds, NULL for none; objects that the run staged bear its id as their mark. */
struct publication *publication_new(struct arena *arena, struct s3 *s3, struct lock *lock, const char *run_id);

/** Plans to put the staged file or directory in the target's place; what is there, if anything, takes the staged name.
 * The target's parents are created. */
MUST_CHECK bool publication_replace(struct publication *publication, const char *staged, const char *target,
                                    struct error *err);

/** Plans to put a staged file or directory where nothing is yet. */
MUST_CHECK bool publication_add(struct publication *publication, const char *staged, const char *target,
                                struct error *err);

/** Plans to copy a staged object of so many bytes to its target, both "s3://bucket/key", which has this ETag now; "":
 * nothing is there. */
void publication_copy(struct publication *publication, const char *staged, const char *target, uint64_t bytes,
                      const char *etag);

/** Plans to delete an object, "s3://bucket/key", that has this ETag now, after all copies are made. */
void publication_delete(struct publication *publication, const char *path, const char *etag);

/** Writes the journal to stable storage, then takes the local steps. On failure some may be done: undo them. */
MUST_CHECK bool publication_run(struct publication *publication, const char *journal, struct error *err);

/** Takes the steps in the object store. After a failure it may be asked again. An object to delete that is another one
 * by now stays; one to replace that is another one is ERROR_ENVIRONMENT. */
MUST_CHECK bool publication_finish(struct publication *publication, struct error *err);

/** Takes all local steps back that were done, the last one first. Goes on after a step that fails and reports the first
 * failure. */
MUST_CHECK bool publication_undo(struct publication *publication, struct error *err);

/** Reads the journal of a run that died, this version's or the one's before it. */
MUST_CHECK bool publication_load(struct arena *arena, struct s3 *s3, struct lock *lock, const char *run_id,
                                 const char *journal, struct publication **ret_publication, struct error *err);

#endif
