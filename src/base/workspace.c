#include "base/workspace.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static const char lock_name[] = "lock";

struct workspace {
  struct arena arena;
  const char *path;
  int lock; /* -1: the file system has no such locks; then nobody removes what is left */
};

char *name_unique(struct arena *arena, const char *name)
{
  static atomic_uint n_names; /* two within a microsecond differ, too */
  uint64_t number = 0;
  if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
    number = ((uint64_t)clock_now_us() * 1000 + atomic_fetch_add(&n_names, 1)) ^ ((uint64_t)getpid() << 48);
  return arena_printf(arena, "%s%016" PRIx64, name, number);
}

/* The removed directory's lock is held to the end: another process may be removing it, too. */
static void remove_if_dead(const char *path)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct error err;
  int lock = open(path_join(&scratch, path, lock_name), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (lock < 0)
    return;
  if (flock(lock, LOCK_EX | LOCK_NB) == 0) {
    log_debug("crisol", "removing \"%s\", left by a process that is gone", path);
    if (!path_remove(path, &err))
      log_debug("crisol", "%s", err.message);
  }
  close(lock);
}

static void remove_dead_ones(const char *path)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const char *parent = path_directory(&scratch, path);
  const char *name = strrchr(path, '/') == NULL ? path : strrchr(path, '/') + 1;
  const char *end = strrchr(name, '-');
  DIR *directory = end == NULL ? NULL : opendir(parent);
  if (directory == NULL)
    return;
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
    if (strncmp(entry->d_name, name, (size_t)(end + 1 - name)) == 0)
      remove_if_dead(path_join(&scratch, parent, entry->d_name));
  closedir(directory);
}

/* -1 with *ret_is_lost where another process has removed the directory before it was locked. */
static int lock_directory(const char *path, bool *ret_is_lost)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct stat opened, named;
  const char *file = path_join(&scratch, path, lock_name);
  int lock = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  bool is_locked = lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0;
  bool is_there = is_locked && fstat(lock, &opened) == 0 && stat(file, &named) == 0 && opened.st_ino == named.st_ino;
  *ret_is_lost = is_locked ? !is_there : (lock >= 0 ? errno == EWOULDBLOCK : errno == ENOENT);
  if (lock >= 0 && !is_there) {
    close(lock);
    lock = -1;
  }
  return lock;
}

bool workspace_new(const char *path, struct workspace **ret_workspace, struct error *err)
{
  enum { TRIES = 10 };
  bool is_lost = true;
  int lock = -1;
  remove_dead_ones(path);
  for (int i = 0; is_lost && i < TRIES; i++) {
    TRY(directory_create(path, err));
    lock = lock_directory(path, &is_lost);
  }
  if (is_lost)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not keep directory \"%s\": it is removed again and again",
                path);
  struct workspace *workspace = checked_malloc(sizeof(*workspace));
  *workspace = (struct workspace){ .lock = lock };
  workspace->path = arena_copy(&workspace->arena, path, strlen(path));
  *ret_workspace = workspace;
  return true;
}

void workspace_remove(struct workspace **workspace)
{
  struct workspace *removed = *workspace;
  struct error err; /* what cannot be removed is no reason to fail a run that is done */
  if (removed == NULL)
    return;
  if (!path_remove(removed->path, &err))
    log_debug("crisol", "%s", err.message);
  if (removed->lock >= 0)
    close(removed->lock);
  arena_done(&removed->arena);
  free(removed);
  *workspace = NULL;
}
