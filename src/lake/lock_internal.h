/* The two kinds of locks behind lock.h. */
#ifndef CRISOL_LAKE_LOCK_INTERNAL_H
#define CRISOL_LAKE_LOCK_INTERNAL_H

#include "lake/lock.h"

struct lease;

struct lock {
  const char *path, *name;
  int descriptor;      /* of a local file */
  struct lease *lease; /* of an object; NULL: the lock is local */
};

/* An object that a thread writes again and again, as long as its holder lives. */
MUST_CHECK bool lease_take(struct arena *arena, struct s3 *s3, const char *path, const char *holder, const char *run_id,
                           const char **ret_dead_run, struct lease **ret_lease, struct error *err);
MUST_CHECK bool lease_check(struct lease *lease, struct error *err);
MUST_CHECK bool lease_fence(struct lease *lease, struct s3_fence *ret_fence, struct error *err);
/* Whether it is lost or not known to be held; nothing is asked. */
bool lease_is_over(struct lease *lease);
void lease_release(struct lease **lease);

#endif
