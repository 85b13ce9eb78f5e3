/** Moves what was staged to where readers see it, in steps that can be taken back. Local disk: each step is one rename
 * or one exchange of two names, so that a reader sees the old or the new, never a part. What was replaced lies under
 * the staged name until the staging place is removed. Used by one thread. */
#ifndef CRISOL_STORE_PUBLICATION_H
#define CRISOL_STORE_PUBLICATION_H

#include "base/error.h"

struct publication;

/** It lives in the arena. */
struct publication *publication_new(struct arena *arena);

/** Puts the staged file or directory in the target's place; what was there, if anything, takes the staged name. The
 * target's parents are created. */
MUST_CHECK bool publication_replace(struct publication *publication, const char *staged, const char *target,
                                    struct error *err);

/** Puts a staged file or directory where nothing is yet. */
MUST_CHECK bool publication_add(struct publication *publication, const char *staged, const char *target,
                                struct error *err);

/** Takes all steps back, the last one first. Goes on after a step that fails and reports the first failure. */
MUST_CHECK bool publication_undo(struct publication *publication, struct error *err);

#endif
