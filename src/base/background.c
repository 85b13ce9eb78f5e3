#include "base/background.h"

#include "base/text.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct background {
  void (*work)(void *context);
  void *context;
};

static atomic_size_t n_running;

static void *run(void *pointer)
{
  struct background task = *(struct background *)pointer;
  free(pointer);
  task.work(task.context);
  atomic_fetch_sub(&n_running, 1);
  return NULL;
}

bool background_start(void (*work)(void *context), void *context)
{
  pthread_t thread;
  pthread_attr_t attributes;
  struct background *task = checked_malloc(sizeof(*task));
  *task = (struct background){ work, context };
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  atomic_fetch_add(&n_running, 1);
  bool is_started = pthread_create(&thread, &attributes, run, task) == 0;
  pthread_attr_destroy(&attributes);
  if (!is_started) {
    atomic_fetch_sub(&n_running, 1);
    free(task);
  }
  return is_started;
}

size_t background_count(void)
{
  return atomic_load(&n_running);
}
