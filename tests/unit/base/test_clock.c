#include "support.h"

#include "base/clock.h"

#include <errno.h>

static void clock_now_us__is_the_time_of_the_system_in_microseconds(void **state)
{
  (void)state;
  time_t before = time(NULL);
  int64_t now_us = clock_now_us();
  time_t after = time(NULL);
  /* time() may be of the last tick: it can be behind by a few milliseconds. */
  assert_true(now_us / 1000000 >= before);
  assert_true(now_us / 1000000 <= after + 1);
}

static void clock_ms__and_clock_seconds__are_one_clock_that_goes_forward(void **state)
{
  (void)state;
  double first = clock_seconds();
  int64_t second_ms = clock_ms();
  clock_sleep_ms(2);
  double third = clock_seconds();
  assert_true(second_ms >= (int64_t)(first * 1000) - 1);
  assert_true((double)second_ms <= third * 1000);
  assert_true(third - first >= 0.002);
}

static void clock_seconds_since_boot__goes_as_fast_as_the_monotonic_clock(void **state)
{
  (void)state;
  int64_t before_ms = clock_ms();
  int64_t first = clock_seconds_since_boot();
  clock_sleep_ms(2);
  int64_t second = clock_seconds_since_boot();
  assert_true(first > 0 && second >= first);
  assert_true(second - first <= (clock_ms() - before_ms) / 1000 + 1);
}

static void clock_in_ms__is_later_by_that_and_a_timespec_as_it_must_be(void **state)
{
  (void)state;
  static const int64_t waits_ms[] = { 0, 1, 999, 1000, 1001, 123456 };
  for (size_t i = 0; i < ARRAY_LENGTH(waits_ms); i++) {
    int64_t before_ms = clock_ms();
    struct timespec until = clock_in_ms(waits_ms[i]);
    int64_t until_ms = (int64_t)until.tv_sec * 1000 + until.tv_nsec / 1000000;
    assert_true(until.tv_nsec >= 0 && until.tv_nsec < 1000000000);
    assert_true(until_ms >= before_ms + waits_ms[i]);
    assert_true(until_ms <= clock_ms() + waits_ms[i]);
  }
}

static void clock_init_condition__makes_one_that_waits_by_the_monotonic_clock(void **state)
{
  (void)state;
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t condition;
  clock_init_condition(&condition);
  pthread_mutex_lock(&lock);
  struct timespec until = clock_in_ms(5);
  int64_t before_ms = clock_ms();
  int result = 0;
  while (result == 0)
    result = pthread_cond_timedwait(&condition, &lock, &until);
  assert_int_equal(result, ETIMEDOUT);
  assert_true(clock_ms() >= before_ms + 4); /* by the wall clock it would be over at once */
  pthread_mutex_unlock(&lock);
  pthread_cond_destroy(&condition);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(clock_now_us__is_the_time_of_the_system_in_microseconds),
    cmocka_unit_test(clock_ms__and_clock_seconds__are_one_clock_that_goes_forward),
    cmocka_unit_test(clock_seconds_since_boot__goes_as_fast_as_the_monotonic_clock),
    cmocka_unit_test(clock_in_ms__is_later_by_that_and_a_timespec_as_it_must_be),
    cmocka_unit_test(clock_init_condition__makes_one_that_waits_by_the_monotonic_clock),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
