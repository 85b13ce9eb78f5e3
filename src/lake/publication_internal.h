/* What the files of a publication share: publication.c (its plan, its journal, steps on a local disk), publication_s3.c
 * (steps in an object store). */
#ifndef CRISOL_LAKE_PUBLICATION_INTERNAL_H
#define CRISOL_LAKE_PUBLICATION_INTERNAL_H

#include "base/names.h"
#include "lake/publication.h"

enum step_kind {
  STEP_MAKE_PARENT = 'p', /* a directory that was not there */
  STEP_MOVE = 'm',        /* staged -> target, where nothing was */
  STEP_REPLACE = 'r', /* staged <-> target; where the file system cannot exchange: target -> staged.replaced first */
  STEP_COPY = 'c',    /* the object `staged` is copied to `target`, by the server; both "s3://bucket/key" */
  STEP_DELETE = 'd',  /* the object `target` goes */
};

struct step {
  enum step_kind kind;
  const char *staged, *target;
  uint64_t inode; /* of what is staged: whether the step was taken is seen from where it is; the bytes of an object */
  /* What the target was when the step was planned, and nothing else may be replaced or deleted: its inode, an object's
   * ETag; "" where nothing was there. NULL: not known, in a journal of a former version. */
  const char *replaced;
};

static inline bool step_is_remote(const struct step *step)
{
  return step->kind == STEP_COPY || step->kind == STEP_DELETE;
}

struct publication {
  struct arena *arena;
  struct s3 *s3;
  struct lock *lock; /* NULL: none */
  const char *mark;  /* of its objects */
  struct step *steps;
  size_t n_steps, capacity;
  struct name_set parents; /* directories that are there, or planned */
};

void publication_plan(struct publication *publication, enum step_kind kind, const char *staged, const char *target,
                      uint64_t inode, const char *replaced);

#endif
