#include "support.h"

#include "base/file.h"
#include "base/workspace.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char directory[] = "/tmp/crisol-workspace-XXXXXX";

static int set_up(void **state)
{
  (void)state;
  return mkdtemp(directory) == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
  struct error err;
  (void)state;
  return path_remove(directory, &err) ? 0 : -1;
}

/* A process that makes a workspace with something in it and is killed. */
static void make_and_die(const char *path)
{
  pid_t child = fork();
  if (child == 0) {
    struct error err;
    struct workspace *workspace = NULL;
    if (!workspace_new(path, &workspace, &err))
      _exit(1);
    FILE *file = fopen(path_join(&(struct arena){ 0 }, path, "rows"), "we");
    if (file == NULL || fputs("rows", file) < 0)
      _exit(1);
    kill(getpid(), SIGKILL);
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFSIGNALED(status));
}

static void names_of_two_processes_of_one_number_differ(void **state)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  (void)state;
  const char *first = name_unique(&arena, "spill-"), *second = name_unique(&arena, "spill-");
  assert_int_equal(strlen(first), strlen("spill-") + 16);
  assert_string_not_equal(first, second);
}

static void what_a_dead_process_left_is_removed_and_what_a_live_one_has_is_not(void **state)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  struct error err;
  struct workspace *live = NULL, *own = NULL;
  (void)state;
  const char *dead = path_join(&arena, directory, "spill-dead"), *other = path_join(&arena, directory, "other-dead");
  const char *alive = path_join(&arena, directory, "spill-alive"), *mine = path_join(&arena, directory, "spill-mine");
  const char *unknown = path_join(&arena, directory, "spill-unknown"); /* nothing tells whose it is */
  make_and_die(dead);
  make_and_die(other);
  assert_int_equal(mkdir(unknown, 0777), 0);
  assert_true(workspace_new(alive, &live, &err));
  assert_false(file_exists(dead));
  make_and_die(dead);
  assert_true(workspace_new(mine, &own, &err));
  assert_false(file_exists(dead));
  assert_true(file_exists(alive));
  assert_true(file_exists(other));
  assert_true(file_exists(unknown));
  workspace_remove(&own);
  assert_null(own);
  assert_false(file_exists(mine));
  workspace_remove(&live);
}

static void a_link_in_the_place_of_one_is_not_followed(void **state)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  struct error err;
  struct workspace *own = NULL;
  (void)state;
  const char *precious = path_join(&arena, directory, "precious");
  make_and_die(precious);
  assert_int_equal(symlink(precious, path_join(&arena, directory, "spill-link")), 0);
  assert_true(workspace_new(path_join(&arena, directory, "spill-mine"), &own, &err));
  assert_true(file_exists(path_join(&arena, precious, "rows")));
  workspace_remove(&own);
}

static void a_place_that_cannot_be_made_is_an_error_of_the_environment(void **state)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  struct error err;
  struct workspace *own = NULL;
  (void)state;
  const char *file = path_join(&arena, directory, "file");
  assert_true(file_write(file, TEXT("x"), &err));
  assert_false(workspace_new(path_join(&arena, file, "spill-mine"), &own, &err));
  assert_int_equal(err.kind, ERROR_ENVIRONMENT);
  workspace_remove(&own);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(names_of_two_processes_of_one_number_differ),
    cmocka_unit_test(what_a_dead_process_left_is_removed_and_what_a_live_one_has_is_not),
    cmocka_unit_test(a_link_in_the_place_of_one_is_not_followed),
    cmocka_unit_test(a_place_that_cannot_be_made_is_an_error_of_the_environment),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
