#include "cli/watch.h"

#include "base/clock.h"
#include "base/log.h"
#include "cli/command.h"
#include "pipeline/interruption.h"
#include "pipeline/pipeline.h"

#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <unistd.h>

enum { END_MS = 1700 * INTERRUPTION_SLOWNESS /* after a signal, whatever the program waits for, it ends */ };

static struct {
  pthread_t thread;
  bool is_running;
  int signals, wake; /* descriptors: the signals that came, and that the thread is to end */
  atomic_bool is_stopping;
  pthread_mutex_t lock; /* for what follows */
  bool shows_progress;
  const char *stage;
  double stage_started;
  bool is_drawn;
} watch = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* A terminal that is closed ends the program as SIGTERM does, unless nohup asked it to stay. */
static sigset_t watched_signals(void)
{
  sigset_t set;
  struct sigaction hangup;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
    sigaddset(&set, SIGHUP);
  return set;
}

static enum error_kind kind_of(int number)
{
  return number == SIGINT ? ERROR_INTERRUPTED : ERROR_TERMINATED;
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

/* "  412 MB/s  0:03 left" of a reading, "  12 of 40 tasks" of a cluster. */
static void add_measure(const struct run_progress *progress, double elapsed, struct text_buffer *out)
{
  enum { MOST_SECONDS = 999 * 60 };
  double rate = (double)progress->done / elapsed;
  if (progress->is_of_tasks) {
    text_buffer_printf(out, "  %" PRIu64 " of %" PRIu64 " tasks", progress->done, progress->total);
  } else if (progress->done > 0) {
    int left = (int)fmin(ceil((double)(progress->total - progress->done) / rate), MOST_SECONDS);
    text_buffer_printf(out, "  %.0f MB/s  %d:%02d left", rate / 1e6, left / 60, left % 60);
  }
}

/* "read        ████████····  67 %  412 MB/s  0:03 left", or "silver  0:02" where there is no measure. */
static void draw_bar(void)
{
  struct run_progress progress;
  enum { BESIDE = 48, MOST = 60 };
  double elapsed = clock_seconds() - watch.stage_started;
  SCOPED(text_buffer_done) struct text_buffer line = { 0 };
  if (elapsed < 0.2 || !pipeline_progress(&progress))
    return;
  bool is_measured = progress.is_of_tasks || strcmp(watch.stage, run_stage_names[STAGE_READ]) == 0;
  size_t width = terminal_width(STDERR_FILENO);
  text_buffer_printf(&line, "\r\033[K%-12s", watch.stage);
  if (is_measured && progress.total > 0 && width > BESIDE + 10) {
    double share = fmin(1, (double)progress.done / (double)progress.total);
    size_t cells = width - BESIDE < MOST ? width - BESIDE : MOST;
    add_bar(&line, share, cells);
    text_buffer_printf(&line, " %3.0f %%", floor(share * 100)); /* 100 % only where all is read */
    add_measure(&progress, elapsed, &line);
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

/* Nothing that the program waits for, in any thread, may keep it from ending: not a disk, not a library, not a terminal
 * that takes no more. As after a kill the next run settles what is left. */
static void end_at_once(int number)
{
  (void)number;
  static const char message[] =
      "error: interrupted while it waited for what does not end; what it has left is settled by "
      "the next run, or `crisol recover`\n";
  struct pollfd out = { .fd = STDERR_FILENO, .events = POLLOUT };
  if (poll(&out, 1, 0) == 1 && (out.revents & POLLOUT) != 0 && write(STDERR_FILENO, message, sizeof(message) - 1) < 0)
    _exit(error_exit_code(ERROR_ENVIRONMENT));
  enum error_kind kind;
  interruption_is_requested(&kind);
  _exit(error_exit_code(kind));
}

static void set_limit(void)
{
  struct sigaction action = { .sa_handler = end_at_once };
  const struct itimerval limit = { .it_value = { .tv_sec = END_MS / 1000, .tv_usec = END_MS % 1000 * 1000 } };
  sigemptyset(&action.sa_mask);
  sigaction(SIGALRM, &action, NULL);
  setitimer(ITIMER_REAL, &limit, NULL);
}

static void hear(int number)
{
  if (!interruption_request(kind_of(number)))
    _exit(error_exit_code(kind_of(number))); /* asked twice: as after a kill the next run settles what is left */
  set_limit();
  log_info("crisol", "stopping");
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
    interruption_repeat();
    pthread_mutex_lock(&watch.lock);
    if (watch.shows_progress)
      draw_bar();
    pthread_mutex_unlock(&watch.lock);
  }
  return NULL;
}

bool watch_start(struct error *err)
{
  watch.stage = "starting";
  watch.stage_started = clock_seconds();
  log_set_around(before_log, after_log);
  sigset_t set = watched_signals();
  watch.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  watch.wake = eventfd(0, EFD_CLOEXEC);
  watch.is_running =
      watch.signals >= 0 && watch.wake >= 0 && pthread_create(&watch.thread, NULL, watch_thread, NULL) == 0;
  return watch.is_running || fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not start a thread");
}

void watch_progress(bool is_shown)
{
  pthread_mutex_lock(&watch.lock);
  watch.shows_progress = is_shown;
  watch.stage_started = clock_seconds();
  if (!is_shown)
    clear_bar();
  pthread_mutex_unlock(&watch.lock);
}

void watch_stage(const char *stage)
{
  pthread_mutex_lock(&watch.lock);
  watch.stage = stage;
  watch.stage_started = clock_seconds();
  clear_bar();
  pthread_mutex_unlock(&watch.lock);
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
