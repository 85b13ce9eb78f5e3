#include "pipeline/interruption.h"

#include "base/clock.h"
#include "pipeline/pipeline.h"

#include <pthread.h>
#include <stdatomic.h>

enum { CLEAN_UP_MS = 900 * INTERRUPTION_SLOWNESS /* what publishes or cleans up goes on */ };

static struct {
  atomic_bool is_requested;
  atomic_int kind;           /* enum error_kind, once it is requested */
  atomic_llong requested_ms; /* when */
  atomic_bool is_held;
  _Atomic(const char *) consequence; /* what it means, for its message */
  pthread_mutex_t lock;              /* for what follows */
  struct engine *engine;
  struct warehouse *warehouse;
} interruption = { .lock = PTHREAD_MUTEX_INITIALIZER, .consequence = "" };

bool interruption_request(enum error_kind kind)
{
  if (atomic_load(&interruption.is_requested))
    return false;
  atomic_store(&interruption.kind, (int)kind);
  atomic_store(&interruption.requested_ms, clock_ms());
  atomic_store(&interruption.is_requested, true);
  return true;
}

bool interruption_is_requested(enum error_kind *ret_kind)
{
  *ret_kind = (enum error_kind)atomic_load(&interruption.kind);
  return atomic_load(&interruption.is_requested);
}

static void cancel_warehouse(void)
{
  struct warehouse *warehouse = interruption.warehouse;
  if (warehouse != NULL && warehouse->driver != NULL && warehouse->driver->cancel != NULL)
    warehouse->driver->cancel(warehouse);
}

void interruption_repeat(void)
{
  if (!atomic_load(&interruption.is_requested) || atomic_load(&interruption.is_held))
    return;
  pthread_mutex_lock(&interruption.lock);
  if (interruption.engine != NULL) {
    engine_interrupt(interruption.engine);
    engine_interrupt_copy(interruption.engine);
  }
  cancel_warehouse();
  pthread_mutex_unlock(&interruption.lock);
}

void interruption_cancel_warehouse(void)
{
  pthread_mutex_lock(&interruption.lock);
  cancel_warehouse();
  pthread_mutex_unlock(&interruption.lock);
}

void interruption_warehouse(struct warehouse *warehouse)
{
  pthread_mutex_lock(&interruption.lock);
  interruption.warehouse = warehouse;
  pthread_mutex_unlock(&interruption.lock);
}

void interruption_engine(struct engine *engine)
{
  pthread_mutex_lock(&interruption.lock);
  interruption.engine = engine;
  pthread_mutex_unlock(&interruption.lock);
}

bool pipeline_progress(struct run_progress *ret_progress)
{
  *ret_progress = (struct run_progress){ 0 };
  pthread_mutex_lock(&interruption.lock);
  bool is_running = interruption.engine != NULL;
  if (is_running)
    engine_progress(interruption.engine, ret_progress);
  pthread_mutex_unlock(&interruption.lock);
  return is_running;
}

void interruption_begin(const char *consequence)
{
  atomic_store(&interruption.is_held, false);
  interruption_says(consequence);
}

void interruption_hold(void)
{
  atomic_store(&interruption.is_held, true);
}

bool interruption_check(struct error *err)
{
  enum error_kind kind;
  if (!interruption_is_requested(&kind))
    return true;
  return fail(err, kind, NOWHERE, "interrupted%s", atomic_load(&interruption.consequence));
}

void interruption_says(const char *consequence)
{
  atomic_store(&interruption.consequence, consequence);
}

bool interruption_allows(struct error *err)
{
  if (!atomic_load(&interruption.is_requested) ||
      (atomic_load(&interruption.is_held) && clock_ms() < atomic_load(&interruption.requested_ms) + CLEAN_UP_MS))
    return true;
  return interruption_check(err);
}

void interruption_explain(struct error *err)
{
  bool is_explained = strncmp(err->message, "interrupted", strlen("interrupted")) == 0;
  if (err->kind == ERROR_INTERRUPTED && !is_explained && !interruption_check(err))
    return;
}
