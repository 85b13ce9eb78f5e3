/** The clocks. What is recorded or compared with a server's time is the wall clock, which a person or a time server may
 * set; what is waited for or measured is the monotonic one, which only goes forward. All are thread-safe. */
#ifndef CRISOL_BASE_CLOCK_H
#define CRISOL_BASE_CLOCK_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

/** The wall clock: microseconds since 1970-01-01 00:00 UTC. */
int64_t clock_now_us(void);

/** The monotonic clock: milliseconds since some instant before the program began. Async-signal-safe. */
int64_t clock_ms(void);
/** The same in seconds, to the nanosecond. */
double clock_seconds(void);
/** Makes a condition that pthread_cond_timedwait waits for by the monotonic clock, until what clock_in_ms says. */
void clock_init_condition(pthread_cond_t *condition);
/** The instant in so many milliseconds, for a condition of clock_init_condition. */
struct timespec clock_in_ms(int64_t milliseconds);

/** Whole seconds since the machine was started, those that it slept too: what another machine sees go by while this one
 * is suspended, as the age of a lock. */
int64_t clock_seconds_since_boot(void);

/** Sleeps at least so long unless a signal comes. */
void clock_sleep_ms(long milliseconds);

#endif
