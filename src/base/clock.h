/** The clock that only goes forward: for waits and limits. */
#ifndef CRISOL_BASE_CLOCK_H
#define CRISOL_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/** Milliseconds since some instant before the program began. Async-signal-safe. */
static inline int64_t clock_ms(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static inline void clock_sleep_ms(long milliseconds)
{
  nanosleep(&(struct timespec){ .tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000 }, 0);
}

#endif
