/* The steps of a publication in an object store. They are taken once the database has committed, and cannot be taken
 * back; each can be asked for again as long as the staged objects are there.
 *
 *   staged      objects under hidden keys, with the run's mark; readers see the old ones
 *   journaled   the journal is an object beside them: any machine can go on from it
 *   committed   from here on it goes forward only: copies of staged objects to their keys, then deletes of what is
 *               replaced, each only while the object is what the journal says (its ETag) and the lock is held
 *   finished    staged objects and journal deleted
 *
 * A death before the commit leaves hidden objects, which the next run deletes. A death after it leaves the lake partly
 * old, partition by partition, and the next run copies what is not yet a copy. A holder that was only stopped, whose
 * lock was taken over meanwhile, is refused by its fences (lock_s3.c).
 *
 * A multipart upload that waits for its completion would save the copy, but a completion whose client dies may leave
 * neither the object nor the parts: seen with MinIO. */
#include "base/fault.h"
#include "base/log.h"
#include "base/parallel.h"
#include "lake/publication_internal.h"

void publication_copy(struct publication *publication, const char *staged, const char *target, uint64_t bytes,
                      const char *etag)
{
  publication_plan(publication, STEP_COPY, staged, target, bytes, etag);
}

void publication_delete(struct publication *publication, const char *path, const char *etag)
{
  publication_plan(publication, STEP_DELETE, "", path, 0, etag);
}

struct round {
  struct publication *publication;
  enum step_kind kind;
};

/* A step that is asked for again after a lost answer must know its own work: by its mark, since the ETag is another one
 * where the server encrypts or copies by parts. */
static bool is_own_copy(const struct publication *publication, const struct step *step, const struct s3_object *found)
{
  return found->size == step->inode && strcmp(found->mark, publication->mark) == 0;
}

/* What the target was may be gone by now: then nothing is replaced. */
static bool check_target(const struct publication *publication, const struct step *step, struct s3_location target,
                         struct error *err)
{
  struct s3_object object;
  bool is_there = false;
  if (step->replaced == NULL)
    return true;
  TRY(s3_head(publication->s3, target, &object, &is_there, err));
  if (!is_there || strcmp(object.etag, step->replaced) == 0 || is_own_copy(publication, step, &object))
    return true;
  fail(err, ERROR_ENVIRONMENT, NOWHERE, "\"%s\" was changed by another program while it was to be replaced",
       step->target);
  return add_hint(err, "Move that object away, then ask again.");
}

static bool delete_object(struct s3 *s3, const struct step *step, struct s3_location target,
                          const struct s3_fence *fence, struct error *err)
{
  bool is_other = false;
  if (step->replaced == NULL)
    return s3_delete(s3, target, err);
  TRY(s3_delete_same(s3, target, step->replaced, fence, &is_other, err));
  if (is_other)
    log_warning("silver", "\"%s\" is another object than the one that was to be replaced: it stays", step->target);
  return true;
}

static bool take_step(const struct round *round, const struct step *step, const struct s3_fence *fence,
                      struct error *err)
{
  struct s3 *s3 = round->publication->s3;
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct s3_location target = s3_location_of(&scratch, step->target);
  if (round->kind == STEP_DELETE)
    return delete_object(s3, step, target, fence, err);
  struct s3_transfer copy = { .from = s3_location_of(&scratch, step->staged),
                              .size = step->inode,
                              .to = target,
                              .fence = fence,
                              .mark = round->publication->mark };
  return check_target(round->publication, step, target, err) && s3_transfer(s3, &copy, 1, err);
}

/* A request that comes too late for its fence is refused: where the lock is still ours it is made again. */
static bool finish_step(size_t index, void *context, struct error *err)
{
  enum { TRIES = 3 };
  const struct round *round = context;
  const struct step *step = &round->publication->steps[index];
  struct lock *lock = round->publication->lock;
  if (step->kind != round->kind)
    return true;
  for (int n_tries = 1;; n_tries++) {
    struct s3_fence fence;
    TRY(lock_fence(lock, &fence, err));
    if (take_step(round, step, fence.valid_s > 0 ? &fence : NULL, err))
      break;
    if (n_tries == TRIES || !lock_is_over(lock))
      return false;
  }
  fault_point();
  return true;
}

/* First what is new appears, in the place of what it replaces; then the rest of the old goes. */
bool publication_finish(struct publication *publication, struct error *err)
{
  struct round round = { publication, STEP_COPY };
  TRY(parallel_for(publication->n_steps, S3_THREADS, finish_step, &round, err));
  round.kind = STEP_DELETE;
  return parallel_for(publication->n_steps, S3_THREADS, finish_step, &round, err);
}
