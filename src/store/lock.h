/** The lock of a dataset: it lies with the lake, so that a run from another folder sees it, and the system releases it
 * when its holder dies. */
#ifndef CRISOL_STORE_LOCK_H
#define CRISOL_STORE_LOCK_H

#include "base/error.h"

struct lock;

/** Takes the lock file at `path`, whose directory must exist. `holder` is written into it, for the one who meets it.
 * ERROR_LOCKED, with what the holder wrote, where another process has it. */
MUST_CHECK bool lock_take(struct arena *arena, const char *path, const char *holder, struct lock **ret_lock,
                          struct error *err);
/** Accepts a pointer to NULL. The file stays: removing it would let two runs lock two files of one name. */
void lock_release(struct lock **lock);

#endif
