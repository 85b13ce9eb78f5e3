/** Moves what was staged to where readers see it, in steps that can be taken back. Local disk: each step is one rename
 * or one exchange of two names, so that a reader sees the old or the new, never a part. What was replaced lies under
 * the staged name until the staging place is removed.
 *
 * The steps are planned first (publication_replace, publication_add) and taken together by publication_run, which
 * writes them to a journal before: when the process dies, publication_load reads it, and publication_undo takes back
 * what was done, as often as it is asked to. Used by one thread. */
#ifndef CRISOL_STORE_PUBLICATION_H
#define CRISOL_STORE_PUBLICATION_H

#include "base/error.h"

struct publication;

/** It lives in the arena. */
struct publication *publication_new(struct arena *arena);

/** Plans to put the staged file or directory in the target's place; what is there, if anything, takes the staged name.
 * The target's parents are created. */
MUST_CHECK bool publication_replace(struct publication *publication, const char *staged, const char *target,
                                    struct error *err);

/** Plans to put a staged file or directory where nothing is yet. */
MUST_CHECK bool publication_add(struct publication *publication, const char *staged, const char *target,
                                struct error *err);

/** Writes the journal to stable storage, then takes the steps. On failure some may be done: undo them. */
MUST_CHECK bool publication_run(struct publication *publication, const char *journal, struct error *err);

/** Takes all steps back that were done, the last one first. Goes on after a step that fails and reports the first
 * failure. */
MUST_CHECK bool publication_undo(struct publication *publication, struct error *err);

/** Reads the journal of a process that died. */
MUST_CHECK bool publication_load(struct arena *arena, const char *journal, struct publication **ret_publication,
                                 struct error *err);

#endif
