/* A lock on a local disk: flock on a file that stays. The system releases it when its holder dies, so no one has to be
 * taken for dead. The file may be removed or replaced by a person while it is held: whoever takes it looks again
 * whether the path is still the file that it has locked, and the holder does so before each step (lock_check). */
#include "base/clock.h"
#include "base/file.h"
#include "base/workspace.h"
#include "lake/lock_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* A local lock holds two lines: who has it, or had it last, and the lock's own number, which stays as long as the file.
 */
struct content {
  char holder[256], number[32];
};

static struct content read_content(int descriptor)
{
  struct content content = { .holder = "" };
  char text[512];
  ssize_t length = pread(descriptor, text, sizeof(text) - 1, 0);
  text[length > 0 ? length : 0] = '\0';
  size_t first = strcspn(text, "\n");
  snprintf(content.holder, sizeof(content.holder), "%.*s", (int)first, text);
  if (text[first] == '\n')
    snprintf(content.number, sizeof(content.number), "%.*s", (int)strcspn(text + first + 1, "\n"), text + first + 1);
  return content;
}

static bool fail_held(int descriptor, const char *path, struct error *err)
{
  struct content content = read_content(descriptor);
  fail(err, ERROR_LOCKED, NOWHERE, "another run holds the dataset: %s",
       content.holder[0] == '\0' ? "unknown" : content.holder);
  return add_hint(err, "Wait until it has ended. The lock is \"%s\".", path);
}

/* The name must still be the file that is locked: it may have been removed before it was. */
static bool is_same_file(int descriptor, const char *path)
{
  struct stat opened, named;
  return fstat(descriptor, &opened) == 0 && stat(path, &named) == 0 && opened.st_ino == named.st_ino &&
         opened.st_dev == named.st_dev;
}

static bool write_content(struct arena *arena, int descriptor, const char *path, const char *holder, const char *number,
                          struct error *err)
{
  const char *text = arena_printf(arena, "%.*s\n%s\n", (int)strcspn(holder, "\n"), holder, number);
  size_t length = strlen(text);
  return (ftruncate(descriptor, 0) == 0 && pwrite(descriptor, text, length, 0) == (ssize_t)length) ||
         fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not write lock \"%s\": %s", path, strerror(errno));
}

/* Who only asks whether it is free has it for a moment. */
static bool lock_descriptor(int descriptor)
{
  enum { TRIES = 5, PAUSE_MS = 10 };
  bool is_locked = flock(descriptor, LOCK_EX | LOCK_NB) == 0;
  for (int i = 1; i < TRIES && !is_locked && errno == EWOULDBLOCK; i++) {
    clock_sleep_ms(PAUSE_MS);
    is_locked = flock(descriptor, LOCK_EX | LOCK_NB) == 0;
  }
  return is_locked;
}

static bool lock_file(struct arena *arena, struct lock *lock, const char *holder, struct error *err)
{
  const char *path = lock->path;
  int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor < 0)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not open lock \"%s\": %s", path, strerror(errno));
  bool is_locked = lock_descriptor(descriptor);
  if (!is_locked && errno == EWOULDBLOCK)
    fail_held(descriptor, path, err);
  else if (!is_locked)
    fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not lock \"%s\": %s", path, strerror(errno));
  else if (!is_same_file(descriptor, path))
    is_locked = fail(err, ERROR_LOCKED, NOWHERE, "the lock \"%s\" is removed while it is taken", path);
  struct content content = read_content(descriptor);
  const char *number = content.number[0] != '\0' ? content.number : name_unique(arena, "");
  if (!is_locked || !write_content(arena, descriptor, path, holder, number, err)) {
    close(descriptor);
    return false;
  }
  lock->descriptor = descriptor;
  lock->name = arena_printf(arena, "%s %s", path, number);
  return true;
}

bool lock_take(struct arena *arena, struct s3 *s3, const char *path, const char *holder, const char *run_id,
               const char **ret_dead_run, struct lock **ret_lock, struct error *err)
{
  struct lock *lock = arena_alloc(arena, sizeof(*lock));
  *lock = (struct lock){ .path = arena_copy(arena, path, strlen(path)), .descriptor = -1 };
  *ret_dead_run = NULL;
  if (path_is_remote(path)) {
    bool is_https = false;
    lock->name = arena_printf(arena, "%s %s", path, s3_get_host(s3, &is_https));
    TRY(lease_take(arena, s3, path, holder, run_id, ret_dead_run, &lock->lease, err));
  } else {
    TRY(lock_file(arena, lock, holder, err));
  }
  *ret_lock = lock;
  return true;
}

/* Taking it once more tells whether the system still has it: of a file of another machine it may have been lost. */
static bool check_file(const struct lock *lock, struct error *err)
{
  if (!is_same_file(lock->descriptor, lock->path)) {
    fail(err, ERROR_LOCKED, NOWHERE, "the lock of this run was removed: another run may have taken the dataset");
    return add_hint(err, "The lock is \"%s\": it stays when a run ends, and is free then.", lock->path);
  }
  return flock(lock->descriptor, LOCK_EX | LOCK_NB) == 0 ||
         fail(err, ERROR_LOCKED, NOWHERE, "the lock \"%s\" of this run is lost: %s", lock->path, strerror(errno));
}

bool lock_check(struct lock *lock, struct error *err)
{
  if (lock == NULL)
    return true;
  return lock->lease == NULL ? check_file(lock, err) : lease_check(lock->lease, err);
}

bool lock_fence(struct lock *lock, struct s3_fence *ret_fence, struct error *err)
{
  *ret_fence = (struct s3_fence){ .valid_s = 0 };
  return lock == NULL || lock->lease == NULL ? lock_check(lock, err) : lease_fence(lock->lease, ret_fence, err);
}

bool lock_is_over(struct lock *lock)
{
  struct error ignored;
  if (lock == NULL)
    return false;
  return lock->lease == NULL ? !check_file(lock, &ignored) : lease_is_over(lock->lease);
}

const char *lock_name(const struct lock *lock)
{
  return lock->name;
}

bool lock_is_free(const char *name)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const char *end = strrchr(name, ' ');
  if (end == NULL || path_is_remote(name))
    return false;
  int descriptor =
      open(arena_copy(&scratch, name, (size_t)(end - name)), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0)
    return false;
  bool is_free = strcmp(read_content(descriptor).number, end + 1) == 0 && flock(descriptor, LOCK_SH | LOCK_NB) == 0;
  close(descriptor);
  return is_free;
}

void lock_release(struct lock **lock)
{
  if (*lock == NULL)
    return;
  if ((*lock)->lease != NULL)
    lease_release(&(*lock)->lease);
  else
    close((*lock)->descriptor);
  *lock = NULL;
}
