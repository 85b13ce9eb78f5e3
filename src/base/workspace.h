/** A directory that one process has for itself, such as the one that the engine spills into. Its name is not made of
 * the process's number, which two containers may share; a lock by flock on a file in it tells whether its process
 * lives, so that what a dead one has left is removed by whoever comes next. */
#ifndef CRISOL_BASE_WORKSPACE_H
#define CRISOL_BASE_WORKSPACE_H

#include "base/error.h"

struct workspace;

/** "<name><16 hex digits>": a name that no other process has. */
char *name_unique(struct arena *arena, const char *name);

/** Makes the directory, and those above it; what dead processes have left beside it, under a name that begins like this
 * one's up to its last "-", is removed first. */
MUST_CHECK bool workspace_new(const char *path, struct workspace **ret_workspace, struct error *err);
/** Removes it with all that it holds; accepts a pointer to NULL. */
void workspace_remove(struct workspace **workspace);

#endif
