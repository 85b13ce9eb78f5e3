/* A lock in an object store: an object that only one can create (a conditional put), whose holder writes it anew every
 * few seconds. A holder that has not done so for a minute, by the server's clock, is dead; so is one whose process is
 * seen to be gone from this machine. Then the object is taken over, by a put on the condition that nobody else did.
 *
 * A holder may be stopped at any moment and wake up when its lock is another one's. No look at the lock right before a
 * step would do, since it may be stopped between the look and the step. So a step that changes what others see carries
 * a fence: a time after its last beat, by the server's own clock, past which the server refuses it. That is over before
 * the holder can be taken for dead.
 *
 *   run 20261125T180000Z-1a2b3c4d of dataset "payments", process 42 on host      for people
 *   <machine's boot> <namespace of processes> <process> <its start>              to see whether it lives
 *   20261125T180000Z-1a2b3c4d                                                    the run
 *   7                                                                            how often it was written */
#include "base/clock.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/log.h"
#include "base/process.h"
#include "lake/lock_internal.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

enum {
  BEAT_SECONDS = 15,
  FRESH_SECONDS = 10, /* so long a beat is proof enough for the next step */
  VALID_SECONDS = 40, /* so long a request may be on its way after one: others wait longer */
  DEAD_SECONDS = 60,
  SIZE_MOST = 4096,
};

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
  int64_t proven_s;       /* when it was last known to be ours, by the server's clock */
  int64_t proven_local_s; /* the same by this machine's */
};

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

/* The answer came after the object was written: the time between is taken off. A server without a clock has ours. */
static void note_proof(struct lease *lease, const struct s3_object *object, int64_t sent_s)
{
  int64_t seen_s = object->seen_us > 0 ? object->seen_us / 1000000 : clock_now_us() / 1000000;
  memcpy(lease->etag, object->etag, sizeof(lease->etag));
  lease->proven_s = seen_s - (clock_seconds_since_boot() - sent_s);
  lease->proven_local_s = sent_s;
}

/* A put may have been done though its answer was lost: the next try then meets its own lock. */
static bool is_ours_already(struct lease *lease, bool *ret_is_ours, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct text content;
  struct s3_object object;
  bool is_there = false;
  int64_t sent_s = clock_seconds_since_boot();
  TRY(s3_get(&scratch, lease->s3, lease->location, SIZE_MOST, &content, &object, &is_there, err));
  *ret_is_ours = is_there && strcmp(line_of(&scratch, content, 1), lease->identity) == 0 &&
                 strcmp(line_of(&scratch, content, 2), lease->run_id) == 0;
  if (*ret_is_ours) {
    int64_t age_s = object.seen_us > 0 ? (object.seen_us - object.modified_us) / 1000000 + 1 : DEAD_SECONDS;
    note_proof(lease, &object, sent_s);
    lease->proven_s -= age_s;
    lease->proven_local_s -= age_s;
  }
  return true;
}

/* Writes the lock where it is what `if_etag` says ("*": not there). */
static bool write_lease(struct lease *lease, const char *if_etag, bool *ret_is_ours, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer content = { 0 };
  struct s3_object object;
  int64_t sent_s = clock_seconds_since_boot();
  text_buffer_printf(&content, "%s\n%s\n%s\n%lu\n", lease->holder, lease->identity, lease->run_id, ++lease->beats);
  TRY(s3_put(lease->s3, lease->location, text_buffer_text(&content), if_etag, &object, ret_is_ours, err));
  if (*ret_is_ours)
    note_proof(lease, &object, sent_s);
  return *ret_is_ours || is_ours_already(lease, ret_is_ours, err);
}

/* With the lock held. */
static void beat(struct lease *lease)
{
  struct error err;
  bool is_ours = false;
  char etag[S3_ETAG_SIZE];
  memcpy(etag, lease->etag, sizeof(etag));
  if (write_lease(lease, etag, &is_ours, &err))
    lease->is_lost = !is_ours;
  else
    log_debug("silver", "could not renew the dataset's lock: %s", err.message);
}

static void *keep_alive(void *pointer)
{
  struct lease *lease = pointer;
  pthread_mutex_lock(&lease->lock);
  while (!lease->has_ended && !lease->is_lost) {
    struct timespec until = clock_in_ms(fault_seconds(BEAT_SECONDS) * INT64_C(1000));
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
  pthread_mutex_init(&lease->lock, NULL);
  clock_init_condition(&lease->ended);
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
  bool is_dead =
      process_is_gone(line_of(arena, content, 1)) || (object.seen_us > 0 && silent_s > fault_seconds(DEAD_SECONDS));
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
  lease->identity = process_identity(&lease->arena);
  if (!try_to_take(arena, lease, ret_dead_run, err) || !start_beating(lease, err)) {
    arena_done(&lease->arena);
    free(lease);
    return false;
  }
  *ret_lease = lease;
  return true;
}

/* With the lock held. */
static bool check_proof(const struct lease *lease, struct error *err)
{
  if (lease->is_lost)
    return fail(err, ERROR_LOCKED, NOWHERE,
                "this run was silent for so long that another one has taken the dataset's lock over");
  int64_t age_s = clock_seconds_since_boot() - lease->proven_local_s;
  return age_s < fault_seconds(VALID_SECONDS) ||
         fail(err, ERROR_ENVIRONMENT, NOWHERE,
              "the dataset's lock \"s3://%s/%s\" could not be renewed for %lld s: another run may have it",
              lease->location.bucket, lease->location.key, (long long)age_s);
}

bool lease_check(struct lease *lease, struct error *err)
{
  pthread_mutex_lock(&lease->lock);
  if (!lease->is_lost)
    beat(lease);
  bool is_held = check_proof(lease, err);
  pthread_mutex_unlock(&lease->lock);
  return is_held;
}

bool lease_fence(struct lease *lease, struct s3_fence *ret_fence, struct error *err)
{
  pthread_mutex_lock(&lease->lock);
  if (!lease->is_lost && clock_seconds_since_boot() - lease->proven_local_s >= fault_seconds(FRESH_SECONDS))
    beat(lease);
  bool is_held = check_proof(lease, err);
  *ret_fence = (struct s3_fence){ .from_s = lease->proven_s, .valid_s = fault_seconds(VALID_SECONDS) };
  pthread_mutex_unlock(&lease->lock);
  return is_held;
}

bool lease_is_over(struct lease *lease)
{
  struct error ignored;
  pthread_mutex_lock(&lease->lock);
  bool is_over = !check_proof(lease, &ignored);
  pthread_mutex_unlock(&lease->lock);
  return is_over;
}

/* Only what this run wrote last is deleted. */
static void delete_lease(struct lease *lease)
{
  struct error err;
  struct s3_fence fence;
  bool is_other = false;
  if (!lease_fence(lease, &fence, &err))
    log_debug("silver", "the dataset's lock is not released: %s", err.message);
  else if (!s3_delete_same(lease->s3, lease->location, lease->etag, &fence, &is_other, &err))
    log_warning("silver", "could not release the dataset's lock: %s", err.message);
}

void lease_release(struct lease **lease)
{
  struct lease *released = *lease;
  pthread_mutex_lock(&released->lock);
  released->has_ended = true;
  pthread_cond_signal(&released->ended);
  pthread_mutex_unlock(&released->lock);
  pthread_join(released->thread, NULL);
  delete_lease(released);
  pthread_cond_destroy(&released->ended);
  pthread_mutex_destroy(&released->lock);
  arena_done(&released->arena);
  free(released);
  *lease = NULL;
}
