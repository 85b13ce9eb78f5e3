#include "base/file.h"
#include "store/lock_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

static bool fail_held(int descriptor, const char *path, struct error *err)
{
  char holder[256];
  ssize_t length = pread(descriptor, holder, sizeof(holder) - 1, 0);
  holder[length > 0 ? length : 0] = '\0';
  holder[strcspn(holder, "\n")] = '\0';
  fail(err, ERROR_LOCKED, NOWHERE, "another run holds the dataset: %s", holder[0] == '\0' ? "unknown" : holder);
  return add_hint(err, "Wait until it has ended. The lock is \"%s\".", path);
}

static bool lock_file(const char *path, const char *holder, int *ret_descriptor, struct error *err)
{
  int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor < 0)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not open lock \"%s\": %s", path, strerror(errno));
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      fail_held(descriptor, path, err);
    else
      fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not lock \"%s\": %s", path, strerror(errno));
    close(descriptor);
    return false;
  }
  size_t length = strlen(holder);
  if (ftruncate(descriptor, 0) != 0 || pwrite(descriptor, holder, length, 0) != (ssize_t)length) {
    fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not write lock \"%s\": %s", path, strerror(errno));
    close(descriptor);
    return false;
  }
  *ret_descriptor = descriptor;
  return true;
}

bool lock_take(struct arena *arena, struct s3 *s3, const char *path, const char *holder, const char *run_id,
               const char **ret_dead_run, struct lock **ret_lock, struct error *err)
{
  struct lock *lock = arena_alloc(arena, sizeof(*lock));
  lock->descriptor = -1;
  *ret_dead_run = NULL;
  TRY(path_is_remote(path) ? lease_take(arena, s3, path, holder, run_id, ret_dead_run, &lock->lease, err)
                           : lock_file(path, holder, &lock->descriptor, err));
  *ret_lock = lock;
  return true;
}

bool lock_check(struct lock *lock, struct error *err)
{
  return lock->lease == NULL || lease_check(lock->lease, err);
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
