/* The steps of a publication in an object store. They are taken once the database has committed, and cannot be taken
 * back; each can be asked for again. */
#include "base/fault.h"
#include "base/file.h"
#include "base/parallel.h"
#include "store/publication_internal.h"

enum { AT_ONCE = 8 };

void publication_upload(struct publication *publication, const struct s3_upload *upload)
{
  SCOPED(text_buffer_done) struct text_buffer staged = { 0 };
  SCOPED(arena_done) struct arena scratch = { 0 };
  text_buffer_add_string(&staged, upload->id);
  for (size_t i = 0; i < upload->n_parts; i++)
    text_buffer_printf(&staged, " %s", upload->etags[i]);
  publication_plan(publication, STEP_UPLOAD, staged.data,
                   arena_printf(&scratch, "s3://%s/%s", upload->location.bucket, upload->location.key));
}

void publication_delete(struct publication *publication, const char *path)
{
  publication_plan(publication, STEP_DELETE, "", path);
}

/* "<id> <etag> <etag>"; neither holds a blank */
static struct s3_upload upload_of(struct arena *arena, const struct step *step)
{
  struct s3_upload upload = { .location = s3_location_of(arena, step->target) };
  char *text = arena_copy(arena, step->staged, strlen(step->staged));
  char *rest = NULL;
  upload.id = strtok_r(text, " ", &rest);
  upload.etags = arena_array(arena, strlen(step->staged) / 2 + 1, sizeof(*upload.etags));
  for (const char *etag; (etag = strtok_r(NULL, " ", &rest)) != NULL; upload.n_parts++) {
    size_t length = strlen(etag) < S3_ETAG_SIZE ? strlen(etag) : S3_ETAG_SIZE - 1;
    memcpy(upload.etags[upload.n_parts], etag, length);
  }
  return upload;
}

/* An upload that is not known any more was completed before where the object has this run's mark. */
static bool finish_upload(struct publication *publication, const struct step *step, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct s3_upload upload = upload_of(&scratch, step);
  bool is_known = false, is_done = false;
  TRY(s3_upload_complete(publication->s3, &upload, &is_known, err));
  if (is_known)
    return true;
  TRY(s3_has_mark(publication->s3, upload.location, publication->run_id, &is_done, err));
  if (is_done)
    return true;
  fail(err, ERROR_ENVIRONMENT, NOWHERE, "the upload of \"%s\" by run %s is not there any more", step->target,
       publication->run_id);
  return add_hint(err, "A rule of the bucket that gives up unfinished uploads after some days may have removed it.");
}

struct round {
  struct publication *publication;
  enum step_kind kind;
};

static bool finish_step(size_t index, void *context, struct error *err)
{
  const struct round *round = context;
  const struct step *step = &round->publication->steps[index];
  SCOPED(arena_done) struct arena scratch = { 0 };
  if (step->kind != round->kind)
    return true;
  TRY(round->kind == STEP_UPLOAD ? finish_upload(round->publication, step, err)
                                 : s3_delete(round->publication->s3, s3_location_of(&scratch, step->target), err));
  fault_point();
  return true;
}

/* First what is new appears, in the place of what it replaces; then the rest of the old goes. */
bool publication_finish(struct publication *publication, struct error *err)
{
  struct round round = { publication, STEP_UPLOAD };
  TRY(parallel_for(publication->n_steps, AT_ONCE, finish_step, &round, err));
  round.kind = STEP_DELETE;
  return parallel_for(publication->n_steps, AT_ONCE, finish_step, &round, err);
}

bool publication_undo_uploads(struct publication *publication, struct error *err)
{
  for (size_t i = 0; i < publication->n_steps; i++) {
    SCOPED(arena_done) struct arena scratch = { 0 };
    if (publication->steps[i].kind != STEP_UPLOAD)
      continue;
    struct s3_upload upload = upload_of(&scratch, &publication->steps[i]);
    TRY(s3_upload_abort(publication->s3, upload.location, upload.id, err));
    fault_point();
  }
  return true;
}
