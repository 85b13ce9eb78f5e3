/* The journal and the steps on a local disk.
 *
 *   planned    publication_replace, _add, ... have noted what is where: inodes, ETags
 *   journaled  the whole list is on stable storage, ended by "end": it is written under another name first, so that one
 *              which is there is whole; anything else is no journal, and is refused by its name
 *   taken      step after step is done; a step tells by inodes whether it was: what was staged is at the target, what
 *              was replaced at the staged name, so no second record of progress is needed, which a crash could tear
 *   decided    the database has committed, or has not: then the steps are taken back, the last one first
 *
 * A death between two steps leaves some taken and some not, and each of them tells itself; a death within one leaves it
 * done or undone, as a rename is, but where the disk cannot exchange two names: then the old one may be aside alone,
 * and is put back, or followed by the new one. The staging place, and with it what was replaced, is removed last. */
#include "base/fault.h"
#include "base/file.h"
#include "store/files.h"
#include "lake/publication_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct publication *publication_new(struct arena *arena, struct s3 *s3, struct lock *lock, const char *run_id)
{
  struct publication *publication = arena_alloc(arena, sizeof(*publication));
  *publication = (struct publication){ .arena = arena, .s3 = s3, .lock = lock, .mark = run_id };
  return publication;
}

/* 0: nothing is there */
static uint64_t inode_of(const char *path)
{
  struct stat status;
  return lstat(path, &status) == 0 ? (uint64_t)status.st_ino : 0;
}

/* Whether what is at the path, if anything, is what the step may replace. */
static bool is_replaced(const struct step *step, const char *path)
{
  uint64_t inode = inode_of(path);
  if (step->replaced == NULL)
    return inode != 0;
  return inode == strtoull(step->replaced, NULL, 10);
}

void publication_plan(struct publication *publication, enum step_kind kind, const char *staged, const char *target,
                      uint64_t inode, const char *replaced)
{
  struct arena *arena = publication->arena;
  publication->steps =
      arena_grow(arena, publication->steps, publication->n_steps, &publication->capacity, sizeof(struct step));
  publication->steps[publication->n_steps++] =
      (struct step){ .kind = kind,
                     .staged = arena_copy(arena, staged, strlen(staged)),
                     .target = arena_copy(arena, target, strlen(target)),
                     .inode = inode,
                     .replaced = arena_copy(arena, replaced, strlen(replaced)) };
}

/* Plans the missing parents one by one, so that an undo leaves no empty directory behind. */
static void plan_parents(struct publication *publication, const char *path)
{
  const char *parent = path_directory(publication->arena, path);
  size_t n_known = publication->parents.count;
  name_set_add(publication->arena, &publication->parents, text_from(parent));
  if (publication->parents.count == n_known || file_exists(parent))
    return;
  plan_parents(publication, parent);
  publication_plan(publication, STEP_MAKE_PARENT, "", parent, 0, "");
}

bool publication_add(struct publication *publication, const char *staged, const char *target, struct error *err)
{
  if (file_exists(target))
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "\"%s\" is there already", target);
  plan_parents(publication, target);
  publication_plan(publication, STEP_MOVE, staged, target, inode_of(staged), "");
  return true;
}

bool publication_replace(struct publication *publication, const char *staged, const char *target, struct error *err)
{
  if (!file_exists(target))
    return publication_add(publication, staged, target, err);
  publication_plan(publication, STEP_REPLACE, staged, target, inode_of(staged),
                   arena_printf(publication->arena, "%" PRIu64, inode_of(target)));
  return true;
}

/* the journal: its version, then a step a line, "<kind> <inode> <length> <staged> <length> <target> <length>
 * <replaced>", closed by the line "end". The former version has no first line, and no `replaced`. */

static const char journal_version[] = "version 2\n";

static bool write_journal(const struct publication *publication, const char *path, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  text_buffer_add_string(&out, journal_version);
  for (size_t i = 0; i < publication->n_steps; i++) {
    const struct step *step = &publication->steps[i];
    text_buffer_printf(&out, "%c %" PRIu64 " %zu %s %zu %s %zu %s\n", (char)step->kind, step->inode,
                       strlen(step->staged), step->staged, strlen(step->target), step->target, strlen(step->replaced),
                       step->replaced);
  }
  text_buffer_add_string(&out, "end\n");
  return store_write(publication->s3, path, text_buffer_text(&out), err);
}

static bool read_number(struct text *rest, uint64_t *ret_number)
{
  size_t length = 0;
  *ret_number = 0;
  while (length < rest->length && rest->data[length] >= '0' && rest->data[length] <= '9')
    *ret_number = *ret_number * 10 + (uint64_t)(rest->data[length++] - '0');
  if (length == 0 || length > 20 || length == rest->length || rest->data[length] != ' ')
    return false;
  *rest = (struct text){ rest->data + length + 1, rest->length - length - 1 };
  return true;
}

static bool read_path(struct arena *arena, struct text *rest, char end, const char **ret_path)
{
  uint64_t length;
  TRY(read_number(rest, &length));
  if (length >= rest->length || rest->data[length] != end)
    return false;
  *ret_path = arena_copy(arena, rest->data, (size_t)length);
  *rest = (struct text){ rest->data + length + 1, rest->length - (size_t)length - 1 };
  return true;
}

static bool read_step(struct publication *publication, struct text *rest, bool is_former)
{
  struct step step = { .kind = (enum step_kind)rest->data[0] };
  if (rest->data[0] == '\0' || strchr("pmrcd", rest->data[0]) == NULL || rest->length < 2 || rest->data[1] != ' ')
    return false;
  *rest = (struct text){ rest->data + 2, rest->length - 2 };
  TRY(read_number(rest, &step.inode) && read_path(publication->arena, rest, ' ', &step.staged) &&
      read_path(publication->arena, rest, is_former ? '\n' : ' ', &step.target));
  if (!is_former)
    TRY(read_path(publication->arena, rest, '\n', &step.replaced));
  publication->steps = arena_grow(publication->arena, publication->steps, publication->n_steps, &publication->capacity,
                                  sizeof(struct step));
  publication->steps[publication->n_steps++] = step;
  return true;
}

bool publication_load(struct arena *arena, struct s3 *s3, struct lock *lock, const char *run_id, const char *journal,
                      struct publication **ret_publication, struct error *err)
{
  struct text rest = { 0 }, version = text_from(journal_version);
  struct publication *publication = publication_new(arena, s3, lock, run_id);
  bool is_whole = false;
  TRY(store_read(arena, s3, journal, &rest, &is_whole, err));
  bool is_former = !text_starts_with(rest, version);
  if (is_former && text_starts_with(rest, TEXT("version "))) {
    fail(err, ERROR_ENVIRONMENT, NOWHERE, "\"%s\" was written by a later version of crisol", journal);
    return add_hint(err, "Use that version to recover what it has left.");
  }
  if (!is_former)
    rest = (struct text){ rest.data + version.length, rest.length - version.length };
  while (is_whole && rest.length > 0 && !text_equal(rest, TEXT("end\n")))
    is_whole = read_step(publication, &rest, is_former);
  if (!is_whole || rest.length == 0)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "\"%s\" is no journal of a publication", journal);
  *ret_publication = publication;
  return true;
}

/* taking steps */

static const char *aside_of(struct arena *arena, const struct step *step)
{
  return arena_printf(arena, "%s.replaced", step->staged);
}

static bool fail_changed(const struct step *step, struct error *err)
{
  fail(err, ERROR_ENVIRONMENT, NOWHERE, "\"%s\" was changed by another program while this run went on", step->target);
  return add_hint(err, "Run the dataset again, and let nothing else write there meanwhile.");
}

/* What another program has put there between the look and the exchange is put back. */
static bool replace(struct arena *arena, const struct step *step, struct error *err)
{
  bool is_supported = false;
  if (!is_replaced(step, step->target) || inode_of(step->staged) != step->inode)
    return fail_changed(step, err);
  TRY(path_exchange(step->staged, step->target, &is_supported, err));
  if (is_supported && is_replaced(step, step->staged))
    return true;
  if (is_supported)
    return path_exchange(step->staged, step->target, &is_supported, err) && fail_changed(step, err);
  TRY(path_rename_new(step->target, aside_of(arena, step), err));
  fault_point();
  return path_rename_new(step->staged, step->target, err);
}

static bool take_step(struct arena *arena, const struct step *step, struct error *err)
{
  switch (step->kind) {
  case STEP_MAKE_PARENT:
    return directory_create(step->target, err);
  case STEP_MOVE:
    if (file_exists(step->target))
      return fail(err, ERROR_ENVIRONMENT, NOWHERE, "\"%s\" is there already", step->target);
    if (inode_of(step->staged) != step->inode)
      return fail_changed(step, err);
    return path_rename_new(step->staged, step->target, err);
  case STEP_REPLACE:
    return replace(arena, step, err);
  case STEP_COPY:
  case STEP_DELETE:
    BUG("take_step: a step in an object store");
  }
  BUG("take_step: unknown step");
}

/* The directories in which names have changed, each once. */
static bool sync_parents(const struct publication *publication, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct name_set parents = { 0 };
  for (size_t i = 0; i < publication->n_steps; i++) {
    const struct step *step = &publication->steps[i];
    if (!step_is_remote(step))
      name_set_add(&scratch, &parents, text_from(path_directory(&scratch, step->target)));
  }
  for (size_t i = 0; i < parents.count; i++)
    TRY(directory_sync(parents.names[i].data, err));
  return true;
}

bool publication_run(struct publication *publication, const char *journal, struct error *err)
{
  TRY(write_journal(publication, journal, err));
  fault_point();
  for (size_t i = 0; i < publication->n_steps; i++) {
    if (step_is_remote(&publication->steps[i])) /* publication_finish */
      continue;
    TRY(lock_check(publication->lock, err));
    TRY(take_step(publication->arena, &publication->steps[i], err));
    fault_point();
  }
  return sync_parents(publication, err);
}

/* taking them back: what is where tells whether a step was taken */

static bool fail_lost(const struct step *step, struct error *err)
{
  return fail(err, ERROR_ENVIRONMENT, NOWHERE, "what was published as \"%s\" is neither there nor at \"%s\"",
              step->target, step->staged);
}

static bool undo_move(const struct step *step, struct error *err)
{
  if (inode_of(step->target) == step->inode)
    return path_rename_new(step->target, step->staged, err);
  return inode_of(step->staged) == step->inode || fail_lost(step, err);
}

/* Taken back is what the step had replaced, and nothing else. */
static bool undo_replace(struct arena *arena, const struct step *step, struct error *err)
{
  const char *aside = aside_of(arena, step);
  bool is_taken = inode_of(step->target) == step->inode;
  bool is_supported = false;
  if (!is_taken && inode_of(step->staged) != step->inode)
    return fail_lost(step, err);
  if (!file_exists(aside)) {
    if (is_taken && !is_replaced(step, step->staged))
      return fail(err, ERROR_ENVIRONMENT, NOWHERE, "what \"%s\" has replaced is not at \"%s\"", step->target,
                  step->staged);
    return !is_taken || path_exchange(step->staged, step->target, &is_supported, err);
  }
  if (!is_replaced(step, aside))
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "what \"%s\" has replaced is not at \"%s\"", step->target, aside);
  if (is_taken)
    TRY(path_rename_new(step->target, step->staged, err));
  return path_rename_new(aside, step->target, err);
}

static bool undo_step(struct arena *arena, const struct step *step, struct error *err)
{
  switch (step->kind) {
  case STEP_MAKE_PARENT: /* stays where another run has put something in it */
    if (rmdir(step->target) == 0 || errno == ENOTEMPTY || errno == EEXIST || errno == ENOENT)
      return true;
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not remove \"%s\": %s", step->target, strerror(errno));
  case STEP_MOVE:
    return undo_move(step, err);
  case STEP_REPLACE:
    return undo_replace(arena, step, err);
  case STEP_COPY:
  case STEP_DELETE:
    BUG("undo_step: a step in an object store");
  }
  BUG("undo_step: unknown step");
}

bool publication_undo(struct publication *publication, struct error *err)
{
  bool is_undone = true;
  for (size_t i = publication->n_steps; i > 0; i--) {
    struct error first;
    if (step_is_remote(&publication->steps[i - 1]))
      continue;
    if (!lock_check(publication->lock, &first)) { /* what is there now is another run's to settle */
      if (is_undone)
        *err = first;
      return false;
    }
    if (!undo_step(publication->arena, &publication->steps[i - 1], &first) && is_undone) {
      *err = first;
      is_undone = false;
    }
    fault_point();
  }
  return is_undone;
}
