#include "base/parallel.h"

#include <pthread.h>
#include <stdatomic.h>

struct job {
  size_t count;
  bool (*work)(size_t index, void *context, struct error *err);
  void *context;
  atomic_size_t next;
  pthread_mutex_t lock; /* for what follows */
  size_t failed;        /* count: none */
  struct error error;
};

static void note_failure(struct job *job, size_t index, const struct error *error)
{
  pthread_mutex_lock(&job->lock);
  if (index < job->failed) {
    job->failed = index;
    job->error = *error;
  }
  pthread_mutex_unlock(&job->lock);
  atomic_store(&job->next, job->count);
}

static void *run_items(void *pointer)
{
  struct job *job = pointer;
  for (;;) {
    struct error error = { 0 };
    size_t index = atomic_fetch_add(&job->next, 1);
    if (index >= job->count)
      return NULL;
    if (!job->work(index, job->context, &error))
      note_failure(job, index, &error);
  }
}

bool parallel_for(size_t count, size_t n_threads, bool (*work)(size_t index, void *context, struct error *err),
                  void *context, struct error *err)
{
  enum { MOST = 64 };
  pthread_t threads[MOST];
  struct job job = {
    .count = count, .work = work, .context = context, .lock = PTHREAD_MUTEX_INITIALIZER, .failed = count
  };
  size_t wanted = n_threads < count ? n_threads : count;
  size_t n_started = 0;
  wanted = wanted < MOST ? wanted : MOST;
  /* Threads that cannot be started are not needed: the caller's own works too. */
  while (n_started + 1 < wanted && pthread_create(&threads[n_started], NULL, run_items, &job) == 0)
    n_started++;
  run_items(&job);
  for (size_t i = 0; i < n_started; i++)
    pthread_join(threads[i], NULL);
  pthread_mutex_destroy(&job.lock);
  if (job.failed < count)
    *err = job.error;
  return job.failed == count;
}
