/* The steps of a publication in an object store. They are taken once the database has committed, and cannot be taken
 * back; each can be asked for again as long as the staged objects are there. A multipart upload that waits for its
 * completion would save the copy, but a completion whose client dies may leave neither the object nor the parts: seen
 * with MinIO. */
#include "base/fault.h"
#include "base/parallel.h"
#include "store/publication_internal.h"

void publication_copy(struct publication *publication, const char *staged, const char *target, uint64_t bytes)
{
  publication_plan(publication, STEP_COPY, staged, target, bytes);
}

void publication_delete(struct publication *publication, const char *path)
{
  publication_plan(publication, STEP_DELETE, "", path, 0);
}

struct round {
  struct publication *publication;
  enum step_kind kind;
};

static bool finish_step(size_t index, void *context, struct error *err)
{
  const struct round *round = context;
  const struct step *step = &round->publication->steps[index];
  struct s3 *s3 = round->publication->s3;
  SCOPED(arena_done) struct arena scratch = { 0 };
  if (step->kind != round->kind)
    return true;
  struct s3_location target = s3_location_of(&scratch, step->target);
  if (round->kind == STEP_DELETE) {
    TRY(s3_delete(s3, target, err));
  } else {
    struct s3_transfer copy = { .from = s3_location_of(&scratch, step->staged), .size = step->inode, .to = target };
    TRY(s3_transfer(s3, &copy, 1, err));
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
