#include "base/clock.h"

enum { NS_PER_MS = 1000000, NS_PER_SECOND = 1000000000 };

static struct timespec read_clock(clockid_t id)
{
  struct timespec now;
  clock_gettime(id, &now);
  return now;
}

int64_t clock_now_us(void)
{
  struct timespec now = read_clock(CLOCK_REALTIME);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_ms(void)
{
  struct timespec now = read_clock(CLOCK_MONOTONIC);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / NS_PER_MS;
}

double clock_seconds(void)
{
  struct timespec now = read_clock(CLOCK_MONOTONIC);
  return (double)now.tv_sec + (double)now.tv_nsec / NS_PER_SECOND;
}

void clock_init_condition(pthread_cond_t *condition)
{
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(condition, &attributes);
  pthread_condattr_destroy(&attributes);
}

struct timespec clock_in_ms(int64_t milliseconds)
{
  struct timespec until = read_clock(CLOCK_MONOTONIC);
  int64_t nanoseconds = until.tv_nsec + milliseconds % 1000 * NS_PER_MS;
  until.tv_sec += (time_t)(milliseconds / 1000 + nanoseconds / NS_PER_SECOND);
  until.tv_nsec = (long)(nanoseconds % NS_PER_SECOND);
  return until;
}

int64_t clock_seconds_since_boot(void)
{
  return (int64_t)read_clock(CLOCK_BOOTTIME).tv_sec;
}

void clock_sleep_ms(long milliseconds)
{
  nanosleep(&(struct timespec){ .tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * NS_PER_MS }, NULL);
}
