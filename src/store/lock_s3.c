/* A lock in an object store: an object that only one can create (a conditional put), whose holder writes it anew every
 * few seconds. A holder that has not done so for a minute, by the server's clock, is dead; so is one whose process is
 * seen to be gone from this machine. Then the object is taken over, by a put on the condition that nobody else did.
 *
 *   run 20261125T180000Z-1a2b3c4d of dataset "payments", process 42 on host      for people
 *   <machine's boot> <namespace of processes> <process> <its start>              to see whether it lives
 *   20261125T180000Z-1a2b3c4d                                                    the run
 *   7                                                                            how often it was written */
#include "base/file.h"
#include "base/log.h"
#include "store/lock_internal.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { BEAT_SECONDS = 15, DEAD_SECONDS = 60, SIZE_MOST = 4096 };

struct lease {
  struct arena arena;
  struct s3 *s3;
  struct s3_location location;
  const char *holder, *identity, *run_id;
  pthread_t thread;
  pthread_mutex_t lock; /* for what follows */
  pthread_cond_t ended;
  bool has_ended, is_lost;
  unsigned long beats;
  char etag[S3_ETAG_SIZE];
};

/* who holds it */

/* The time at which a process was started, in the system's ticks; a number may be given again to another process. */
static unsigned long long start_of(long process)
{
  char path[64], line[1024];
  snprintf(path, sizeof(path), "/proc/%ld/stat", process);
  FILE *file = fopen(path, "re");
  if (file == NULL)
    return 0;
  size_t length = fread(line, 1, sizeof(line) - 1, file);
  fclose(file);
  line[length] = '\0';
  const char *at = strrchr(line, ')'); /* the name before it may hold anything */
  for (int field = 2; at != NULL && field < 22; field++)
    at = strchr(at + 1, ' ');
  return at == NULL ? 0 : strtoull(at, NULL, 10);
}

/* Processes can be seen by each other where both agree: the machine since its last start, and the namespace. */
static const char *machine_of(struct arena *arena)
{
  struct text boot = TEXT("unknown");
  struct error ignored;
  char namespace[64] = "";
  if (!file_read(arena, "/proc/sys/kernel/random/boot_id", 256, ERROR_ENVIRONMENT, &boot, &ignored))
    boot = TEXT("unknown");
  ssize_t length = readlink("/proc/self/ns/pid", namespace, sizeof(namespace) - 1);
  namespace[length > 0 ? length : 0] = '\0';
  boot = text_trim(boot);
  return arena_printf(arena, "%.*s %s", TEXT_ARGS(boot), namespace[0] == '\0' ? "unknown" : namespace);
}

static const char *identity_new(struct arena *arena)
{
  long process = (long)getpid();
  return arena_printf(arena, "%s %ld %llu", machine_of(arena), process, start_of(process));
}

static bool is_gone(struct arena *arena, const char *identity)
{
  const char *machine = machine_of(arena);
  size_t length = strlen(machine);
  if (strncmp(identity, machine, length) != 0 || identity[length] != ' ' || strstr(machine, "unknown") != NULL)
    return false;
  char *end = NULL;
  long process = strtol(identity + length, &end, 10);
  unsigned long long started = strtoull(end, NULL, 10);
  return process > 0 && ((kill((pid_t)process, 0) != 0 && errno == ESRCH) || start_of(process) != started);
}

/* Line `number` of a lock's content, from 0. */
static const char *line_of(struct arena *arena, struct text content, int number)
{
  const char *at = content.data, *end = content.data + content.length;
  for (; number > 0 && at < end; number--) {
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    at = newline == NULL ? end : newline + 1;
  }
  const char *newline = memchr(at, '\n', (size_t)(end - at));
  return arena_copy(arena, at, (size_t)((newline == NULL ? end : newline) - at));
}

/* writing it */

/* A put may have been done though its answer was lost: the next try then meets its own lock. */
static bool is_ours_already(struct lease *lease, bool *ret_is_ours, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct text content;
  struct s3_object object;
  bool is_there = false;
  TRY(s3_get(&scratch, lease->s3, lease->location, SIZE_MOST, &content, &object, &is_there, err));
  *ret_is_ours = is_there && strcmp(line_of(&scratch, content, 1), lease->identity) == 0 &&
                 strcmp(line_of(&scratch, content, 2), lease->run_id) == 0;
  if (*ret_is_ours)
    memcpy(lease->etag, object.etag, sizeof(lease->etag));
  return true;
}

/* Writes the lock where it is what `if_etag` says ("*": not there). */
static bool write_lease(struct lease *lease, const char *if_etag, bool *ret_is_ours, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer content = { 0 };
  text_buffer_printf(&content, "%s\n%s\n%s\n%lu\n", lease->holder, lease->identity, lease->run_id, ++lease->beats);
  TRY(s3_put(lease->s3, lease->location, text_buffer_text(&content), if_etag, lease->etag, ret_is_ours, err));
  return *ret_is_ours || is_ours_already(lease, ret_is_ours, err);
}

/* With the lock held. */
static void beat(struct lease *lease)
{
  struct error err;
  bool is_ours = false;
  char etag[S3_ETAG_SIZE];
  memcpy(etag, lease->etag, sizeof(etag));
  if (!write_lease(lease, etag, &is_ours, &err)) {
    memcpy(lease->etag, etag, sizeof(etag));
    log_debug("silver", "could not renew the dataset's lock: %s", err.message);
    return;
  }
  lease->is_lost = !is_ours;
}

static void *keep_alive(void *pointer)
{
  struct lease *lease = pointer;
  pthread_mutex_lock(&lease->lock);
  while (!lease->has_ended && !lease->is_lost) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += BEAT_SECONDS;
    int result = 0;
    while (!lease->has_ended && result != ETIMEDOUT)
      result = pthread_cond_timedwait(&lease->ended, &lease->lock, &until);
    if (!lease->has_ended)
      beat(lease);
  }
  pthread_mutex_unlock(&lease->lock);
  return NULL;
}

static bool start_beating(struct lease *lease, struct error *err)
{
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_mutex_init(&lease->lock, NULL);
  pthread_cond_init(&lease->ended, &attributes);
  pthread_condattr_destroy(&attributes);
  if (pthread_create(&lease->thread, NULL, keep_alive, lease) == 0)
    return true;
  pthread_cond_destroy(&lease->ended);
  pthread_mutex_destroy(&lease->lock);
  return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not start a thread to hold the dataset's lock");
}

/* taking it */

static bool fail_held(struct arena *arena, struct text content, struct s3_location location, struct error *err)
{
  fail(err, ERROR_LOCKED, NOWHERE, "another run holds the dataset: %s", line_of(arena, content, 0));
  return add_hint(err, "Wait until it has ended. The lock is \"s3://%s/%s\".", location.bucket, location.key);
}

/* One look at the lock of another run: *ret_is_ours where it was taken over, false with ERROR_LOCKED where it lives. */
static bool take_over(struct arena *arena, struct lease *lease, const char **ret_dead_run, bool *ret_is_ours,
                      struct error *err)
{
  struct text content;
  struct s3_object object;
  bool is_there = false;
  TRY(s3_get(arena, lease->s3, lease->location, SIZE_MOST, &content, &object, &is_there, err));
  if (!is_there) /* it was released meanwhile */
    return write_lease(lease, "*", ret_is_ours, err);
  int64_t silent_s = (object.seen_us - object.modified_us) / 1000000;
  bool is_dead = is_gone(arena, line_of(arena, content, 1)) || (object.seen_us > 0 && silent_s > DEAD_SECONDS);
  if (!is_dead)
    return fail_held(arena, content, lease->location, err);
  TRY(write_lease(lease, object.etag, ret_is_ours, err));
  if (*ret_is_ours) {
    *ret_dead_run = line_of(arena, content, 2);
    log_info("silver", "the dataset's lock was taken over from a dead one: %s", line_of(arena, content, 0));
  }
  return true;
}

static bool try_to_take(struct arena *arena, struct lease *lease, const char **ret_dead_run, struct error *err)
{
  enum { TRIES = 10 };
  bool is_ours = false;
  TRY(write_lease(lease, "*", &is_ours, err));
  for (int i = 0; !is_ours && i < TRIES; i++)
    TRY(take_over(arena, lease, ret_dead_run, &is_ours, err));
  return is_ours || fail(err, ERROR_LOCKED, NOWHERE, "other runs fight for the dataset's lock \"s3://%s/%s\"",
                         lease->location.bucket, lease->location.key);
}

bool lease_take(struct arena *arena, struct s3 *s3, const char *path, const char *holder, const char *run_id,
                const char **ret_dead_run, struct lease **ret_lease, struct error *err)
{
  struct lease *lease = checked_malloc(sizeof(*lease));
  *lease = (struct lease){ .s3 = s3 };
  lease->location = s3_location_of(&lease->arena, arena_copy(&lease->arena, path, strlen(path)));
  lease->holder = arena_copy(&lease->arena, holder, strcspn(holder, "\n"));
  lease->run_id = arena_copy(&lease->arena, run_id, strlen(run_id));
  lease->identity = identity_new(&lease->arena);
  if (!try_to_take(arena, lease, ret_dead_run, err) || !start_beating(lease, err)) {
    arena_done(&lease->arena);
    free(lease);
    return false;
  }
  *ret_lease = lease;
  return true;
}

bool lease_check(struct lease *lease, struct error *err)
{
  pthread_mutex_lock(&lease->lock);
  if (!lease->is_lost)
    beat(lease);
  bool is_lost = lease->is_lost;
  pthread_mutex_unlock(&lease->lock);
  return !is_lost || fail(err, ERROR_LOCKED, NOWHERE,
                          "this run was silent for so long that another one has taken the dataset's lock over");
}

void lease_release(struct lease **lease)
{
  struct lease *released = *lease;
  struct error err;
  pthread_mutex_lock(&released->lock);
  released->has_ended = true;
  pthread_cond_signal(&released->ended);
  pthread_mutex_unlock(&released->lock);
  pthread_join(released->thread, NULL);
  if (!released->is_lost && !s3_delete(released->s3, released->location, &err))
    log_warning("silver", "could not release the dataset's lock: %s", err.message);
  pthread_cond_destroy(&released->ended);
  pthread_mutex_destroy(&released->lock);
  arena_done(&released->arena);
  free(released);
  *lease = NULL;
}
