#include "store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

struct lock {
  int descriptor;
};

static bool fail_held(int descriptor, const char *path, struct error *err)
{
  char holder[256];
  ssize_t length = pread(descriptor, holder, sizeof(holder) - 1, 0);
  holder[length > 0 ? length : 0] = '\0';
  holder[strcspn(holder, "\n")] = '\0';
  fail(err, ERROR_LOCKED, NOWHERE, "another run holds the dataset: %s", holder[0] == '\0' ? "unknown" : holder);
  return add_hint(err, "Wait until it has ended. The lock is \"%s\".", path);
}

bool lock_take(struct arena *arena, const char *path, const char *holder, struct lock **ret_lock, struct error *err)
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
  struct lock *lock = arena_alloc(arena, sizeof(*lock));
  lock->descriptor = descriptor;
  *ret_lock = lock;
  return true;
}

void lock_release(struct lock **lock)
{
  if (*lock == NULL)
    return;
  close((*lock)->descriptor);
  *lock = NULL;
}
