#include "support.h"

#include "lake/lock.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *lock_path(struct arena *arena)
{
  return arena_printf(arena, "/tmp/crisol-lock-%ld", (long)getpid());
}

static void lock_take__refuses_a_second_holder_and_names_the_first(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  struct lock *first = NULL;
  struct lock *second = NULL;
  struct error err;
  const char *dead = NULL;
  const char *path = lock_path(&arena);
  assert_true(lock_take(&arena, NULL, path, "run one, process 1\n", "id", &dead, &first, &err));
  assert_false(lock_take(&arena, NULL, path, "run two\n", "id", &dead, &second, &err));
  assert_int_equal(err.kind, ERROR_LOCKED);
  assert_string_equal(err.message, "another run holds the dataset: run one, process 1");
  lock_release(&first);
  assert_true(lock_take(&arena, NULL, path, "run two\n", "id", &dead, &second, &err));
  lock_release(&second);
  lock_release(&second);
  unlink(path);
  arena_done(&arena);
}

static void lock_take__takes_over_from_a_holder_that_died(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  struct lock *lock = NULL;
  struct error err;
  const char *dead = NULL;
  const char *path = lock_path(&arena);
  pid_t child = fork();
  if (child == 0) {
    _exit(lock_take(&arena, NULL, path, "child\n", "id", &dead, &lock, &err) ? 0 : 1);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  assert_true(lock_take(&arena, NULL, path, "parent\n", "id", &dead, &lock, &err));
  lock_release(&lock);
  unlink(path);
  arena_done(&arena);
}

static void lock_take__says_why_a_lock_cannot_be_opened(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  struct lock *lock = NULL;
  struct error err;
  const char *dead = NULL;
  assert_false(lock_take(&arena, NULL, "/tmp/crisol-no-such-directory/lock", "run\n", "id", &dead, &lock, &err));
  assert_int_equal(err.kind, ERROR_ENVIRONMENT);
  assert_contains(err.message, "No such file or directory");
  arena_done(&arena);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(lock_take__refuses_a_second_holder_and_names_the_first),
    cmocka_unit_test(lock_take__takes_over_from_a_holder_that_died),
    cmocka_unit_test(lock_take__says_why_a_lock_cannot_be_opened),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
