#include "store/publication.h"

#include "base/file.h"

#include <errno.h>
#include <unistd.h>

/* How a step was taken, which decides how it is taken back. */
enum step_kind {
  STEP_MOVED,       /* staged -> target, where nothing was */
  STEP_EXCHANGED,   /* staged <-> target */
  STEP_SET_ASIDE,   /* target -> staged.replaced, where the file system cannot exchange */
  STEP_MADE_PARENT, /* a directory that was not there */
};

struct step {
  enum step_kind kind;
  const char *staged, *target;
};

struct publication {
  struct arena *arena;
  struct step *steps;
  size_t n_steps, capacity;
};

struct publication *publication_new(struct arena *arena)
{
  struct publication *publication = arena_alloc(arena, sizeof(*publication));
  publication->arena = arena;
  return publication;
}

static void record(struct publication *publication, enum step_kind kind, const char *staged, const char *target)
{
  struct arena *arena = publication->arena;
  publication->steps =
      arena_grow(arena, publication->steps, publication->n_steps, &publication->capacity, sizeof(struct step));
  publication->steps[publication->n_steps++] =
      (struct step){ .kind = kind, .staged = staged, .target = arena_copy(arena, target, strlen(target)) };
}

/* Creates the missing parents one by one, so that an undo leaves no empty directory behind. */
static bool make_parents(struct publication *publication, const char *path, struct error *err)
{
  const char *parent = path_directory(publication->arena, path);
  if (file_exists(parent))
    return true;
  TRY(make_parents(publication, parent, err));
  TRY(directory_create(parent, err));
  record(publication, STEP_MADE_PARENT, NULL, parent);
  return true;
}

static bool move(struct publication *publication, const char *from, const char *to, enum step_kind kind,
                 struct error *err)
{
  struct arena *arena = publication->arena;
  TRY(path_rename(from, to, err));
  bool is_aside = kind == STEP_SET_ASIDE;
  const char *staged = is_aside ? to : from;
  record(publication, kind, arena_copy(arena, staged, strlen(staged)), is_aside ? from : to);
  return true;
}

bool publication_add(struct publication *publication, const char *staged, const char *target, struct error *err)
{
  TRY(make_parents(publication, target, err));
  if (file_exists(target))
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "\"%s\" is there already", target);
  TRY(move(publication, staged, target, STEP_MOVED, err));
  return directory_sync(path_directory(publication->arena, target), err);
}

bool publication_replace(struct publication *publication, const char *staged, const char *target, struct error *err)
{
  struct arena *arena = publication->arena;
  if (!file_exists(target))
    return publication_add(publication, staged, target, err);
  bool is_supported = false;
  TRY(path_exchange(staged, target, &is_supported, err));
  if (is_supported) {
    record(publication, STEP_EXCHANGED, arena_copy(arena, staged, strlen(staged)), target);
    return directory_sync(path_directory(arena, target), err);
  }
  TRY(move(publication, target, arena_printf(arena, "%s.replaced", staged), STEP_SET_ASIDE, err));
  TRY(move(publication, staged, target, STEP_MOVED, err));
  return directory_sync(path_directory(arena, target), err);
}

static bool undo_step(const struct step *step, struct error *err)
{
  bool is_supported = false;
  switch (step->kind) {
  case STEP_MOVED:
    return path_rename(step->target, step->staged, err);
  case STEP_EXCHANGED:
    return path_exchange(step->staged, step->target, &is_supported, err);
  case STEP_SET_ASIDE:
    return path_rename(step->staged, step->target, err);
  case STEP_MADE_PARENT: /* stays where another run has put something in it */
    if (rmdir(step->target) == 0 || errno == ENOTEMPTY || errno == EEXIST)
      return true;
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not remove \"%s\": %s", step->target, strerror(errno));
  }
  BUG("undo_step: unknown step");
}

bool publication_undo(struct publication *publication, struct error *err)
{
  bool is_undone = true;
  while (publication->n_steps > 0) {
    struct error first;
    if (!undo_step(&publication->steps[--publication->n_steps], &first) && is_undone) {
      *err = first;
      is_undone = false;
    }
  }
  return is_undone;
}
