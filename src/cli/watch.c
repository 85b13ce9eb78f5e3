#include "cli/watch.h"

#include "base/log.h"

#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

static struct {
  pthread_t thread;
  bool is_running;
  int signals, wake; /* descriptors: the signals that came, and that the thread is to end */
  bool shows_progress;
  atomic_bool is_stopping;
  atomic_int signal; /* the first that came */
  atomic_bool is_held;
  atomic_long clean_up_until_s; /* by the monotonic clock; 0: there is nothing to clean up */
  pthread_mutex_t lock;         /* for what follows */
  struct engine *engine;
  struct warehouse *warehouse;
  const char *stage;
  double stage_started;
  bool is_drawn;
} watch = { .lock = PTHREAD_MUTEX_INITIALIZER };

double watch_seconds(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static sigset_t watched_signals(void)
{
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

void watch_block_signals(void)
{
  sigset_t set = watched_signals();
  pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* the bar */

static void clear_bar(void)
{
  if (watch.is_drawn && write(STDERR_FILENO, "\r\033[K", 4) < 0)
    return;
  watch.is_drawn = false;
}

static size_t terminal_width(void)
{
  struct winsize size;
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

static void add_bar(struct text_buffer *out, double share, size_t cells)
{
  static const char *const eighths[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
  size_t filled = (size_t)(share * (double)cells * 8);
  size_t i = 0;
  for (; i < filled / 8 && i < cells; i++)
    text_buffer_add_string(out, "█");
  if (i < cells && filled % 8 != 0) {
    text_buffer_add_string(out, eighths[filled % 8]);
    i++;
  }
  for (; i < cells; i++)
    text_buffer_add_string(out, "·");
}

/* "read        ████████····  67 %  412 MB/s  0:03 left", or "silver  0:02" where there is no measure. */
static void draw_bar(void)
{
  uint64_t done = 0;
  uint64_t total = 0;
  enum { BESIDE = 48, MOST = 60, MOST_SECONDS = 999 * 60 };
  double elapsed = watch_seconds() - watch.stage_started;
  SCOPED(text_buffer_done) struct text_buffer line = { 0 };
  if (watch.engine == NULL || elapsed < 0.2)
    return;
  bool is_read = strcmp(watch.stage, run_stage_names[STAGE_READ]) == 0;
  if (is_read)
    engine_progress(watch.engine, &done, &total);
  size_t width = terminal_width();
  text_buffer_printf(&line, "\r\033[K%-12s", watch.stage);
  if (is_read && total > 0 && width > BESIDE + 10) {
    double share = fmin(1, (double)done / (double)total);
    size_t cells = width - BESIDE < MOST ? width - BESIDE : MOST;
    double rate = (double)done / elapsed;
    add_bar(&line, share, cells);
    text_buffer_printf(&line, " %3.0f %%", floor(share * 100)); /* 100 % only where all is read */
    if (done > 0) {
      int left = (int)fmin(ceil((1 - share) * (double)total / rate), MOST_SECONDS);
      text_buffer_printf(&line, "  %.0f MB/s  %d:%02d left", rate / 1e6, left / 60, left % 60);
    }
  } else {
    text_buffer_printf(&line, "%d:%02d", (int)elapsed / 60, (int)elapsed % 60);
  }
  watch.is_drawn = write(STDERR_FILENO, line.data, line.length) > 0;
}

static void before_log(void)
{
  pthread_mutex_lock(&watch.lock);
  clear_bar();
}

static void after_log(void)
{
  pthread_mutex_unlock(&watch.lock);
}

/* the thread */

static void hear(int number)
{
  int none = 0;
  bool is_first = atomic_compare_exchange_strong(&watch.signal, &none, number);
  if (is_first)
    log_info("crisol", "stopping");
  else if (!atomic_load(&watch.is_held))
    _exit(128 + number); /* asked twice: what is staged is removed by the next run */
}

static void cancel_warehouse(void)
{
  if (watch.warehouse != NULL && watch.warehouse->driver != NULL && watch.warehouse->driver->cancel != NULL)
    watch.warehouse->driver->cancel(watch.warehouse);
}

static void interrupt(void)
{
  if (watch.engine != NULL) {
    engine_interrupt(watch.engine);
    engine_interrupt_copy(watch.engine);
  }
  cancel_warehouse();
}

void watch_cancel_warehouse(void)
{
  pthread_mutex_lock(&watch.lock);
  cancel_warehouse();
  pthread_mutex_unlock(&watch.lock);
}

/* Waits for a signal, for the end or for the next tick; 0: no signal came. */
static int wait_for_signal(void)
{
  enum { TICK_MS = 100 };
  struct pollfd waited[] = { { .fd = watch.signals, .events = POLLIN }, { .fd = watch.wake, .events = POLLIN } };
  struct signalfd_siginfo signal;
  if (poll(waited, ARRAY_LENGTH(waited), TICK_MS) <= 0 || (waited[0].revents & POLLIN) == 0)
    return 0;
  return read(watch.signals, &signal, sizeof(signal)) == (ssize_t)sizeof(signal) ? (int)signal.ssi_signo : 0;
}

static void *watch_thread(void *unused)
{
  (void)unused;
  while (!atomic_load(&watch.is_stopping)) {
    int number = wait_for_signal();
    if (number > 0)
      hear(number);
    pthread_mutex_lock(&watch.lock);
    /* An interruption stops the statement that runs now, if any: it is repeated until the run has seen it. */
    if (atomic_load(&watch.signal) != 0 && !atomic_load(&watch.is_held))
      interrupt();
    if (watch.shows_progress)
      draw_bar();
    pthread_mutex_unlock(&watch.lock);
  }
  return NULL;
}

bool watch_start(bool shows_progress, struct error *err)
{
  watch.shows_progress = shows_progress;
  watch.stage = "starting";
  watch.stage_started = watch_seconds();
  log_set_around(before_log, after_log);
  sigset_t set = watched_signals();
  watch.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  watch.wake = eventfd(0, EFD_CLOEXEC);
  watch.is_running =
      watch.signals >= 0 && watch.wake >= 0 && pthread_create(&watch.thread, NULL, watch_thread, NULL) == 0;
  return watch.is_running || fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not start a thread");
}

void watch_warehouse(struct warehouse *warehouse)
{
  pthread_mutex_lock(&watch.lock);
  watch.warehouse = warehouse;
  pthread_mutex_unlock(&watch.lock);
}

void watch_engine(struct engine *engine)
{
  pthread_mutex_lock(&watch.lock);
  watch.engine = engine;
  if (engine == NULL)
    clear_bar();
  pthread_mutex_unlock(&watch.lock);
}

void watch_stage(const char *stage)
{
  pthread_mutex_lock(&watch.lock);
  watch.stage = stage;
  watch.stage_started = watch_seconds();
  clear_bar();
  pthread_mutex_unlock(&watch.lock);
}

void watch_hold(void)
{
  atomic_store(&watch.is_held, true);
}

bool watch_check(struct error *err)
{
  int number = atomic_load(&watch.signal);
  if (number == 0)
    return true;
  return fail(err, number == SIGTERM ? ERROR_TERMINATED : ERROR_INTERRUPTED, NOWHERE,
              "interrupted: nothing was published");
}

void watch_clean_up(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  watch_hold();
  atomic_store(&watch.clean_up_until_s, (long)now.tv_sec + 2); /* the second that has begun and one more */
}

bool watch_allows(struct error *err)
{
  struct timespec now;
  long until_s = atomic_load(&watch.clean_up_until_s);
  if (!atomic_load(&watch.is_held))
    return watch_check(err);
  clock_gettime(CLOCK_MONOTONIC, &now);
  return until_s == 0 || (long)now.tv_sec < until_s || watch_check(err);
}

void watch_explain(struct error *err)
{
  if (atomic_load(&watch.signal) != 0 && err->kind == ERROR_INTERRUPTED && !watch_check(err))
    return;
}

void watch_stop(void)
{
  if (!watch.is_running)
    return;
  const uint64_t one = 1;
  atomic_store(&watch.is_stopping, true);
  if (write(watch.wake, &one, sizeof(one)) < 0)
    log_debug("crisol", "the watching thread ends with its next tick");
  pthread_join(watch.thread, NULL);
  close(watch.signals);
  close(watch.wake);
  watch.is_running = false;
  pthread_mutex_lock(&watch.lock);
  clear_bar();
  pthread_mutex_unlock(&watch.lock);
  log_set_around(NULL, NULL);
}
