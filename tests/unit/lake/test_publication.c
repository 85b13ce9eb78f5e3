#include "support.h"

#include "base/file.h"
#include "lake/publication.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A directory with "staged/<name>" and "target/<name>" files that hold "new" and "old". */
struct places {
  struct arena arena;
  char root[64];
};

static int set_up(void **state)
{
  struct places *places = calloc(1, sizeof(*places));
  snprintf(places->root, sizeof(places->root), "/tmp/crisol-publication-XXXXXX");
  *state = places;
  return places == NULL || mkdtemp(places->root) == NULL;
}

static int tear_down(void **state)
{
  struct places *places = *state;
  struct error err;
  bool is_removed = path_remove(places->root, &err);
  arena_done(&places->arena);
  free(places);
  return is_removed ? 0 : 1;
}

static const char *path_of(struct places *places, const char *name)
{
  return path_join(&places->arena, places->root, name);
}

static void write_text(struct places *places, const char *name, const char *text)
{
  struct error err;
  const char *path = path_of(places, name);
  assert_true(directory_create(path_directory(&places->arena, path), &err));
  assert_true(file_write(path, text_from(text), &err));
}

static void expect_text(struct places *places, const char *name, const char *expected)
{
  struct text text;
  struct error err;
  assert_true(file_read(&places->arena, path_of(places, name), 1000, ERROR_ENVIRONMENT, &text, &err));
  assert_string_equal(text_copy(&places->arena, text), expected);
}

static void run(struct places *places, struct publication *publication)
{
  struct error err;
  assert_true(publication_run(publication, path_of(places, "journal"), &err));
}

static void publication_replace__exchanges_directories(void **state)
{
  struct places *places = *state;
  struct error err;
  write_text(places, "staged/file", "new");
  write_text(places, "lake/file", "old");
  struct publication *publication = publication_new(&places->arena, NULL, NULL, "run");
  assert_true(publication_replace(publication, path_of(places, "staged"), path_of(places, "lake"), &err));
  run(places, publication);
  expect_text(places, "lake/file", "new");
  expect_text(places, "staged/file", "old");
}

static void publication_replace__creates_what_is_missing(void **state)
{
  struct places *places = *state;
  struct error err;
  write_text(places, "staged/file", "new");
  struct publication *publication = publication_new(&places->arena, NULL, NULL, "run");
  assert_true(publication_replace(publication, path_of(places, "staged"), path_of(places, "a/b/lake"), &err));
  run(places, publication);
  expect_text(places, "a/b/lake/file", "new");
}

static void publication_add__refuses_what_is_there(void **state)
{
  struct places *places = *state;
  struct error err;
  write_text(places, "staged", "new");
  write_text(places, "lake/file", "old");
  struct publication *publication = publication_new(&places->arena, NULL, NULL, "run");
  assert_false(publication_add(publication, path_of(places, "staged"), path_of(places, "lake/file"), &err));
  assert_contains(err.message, "is there already");
  expect_text(places, "lake/file", "old");
}

static void publication_undo__takes_every_step_back(void **state)
{
  struct places *places = *state;
  struct error err;
  write_text(places, "staged/one/file", "new");
  write_text(places, "staged/two/file", "new");
  write_text(places, "lake/one/file", "old");
  struct publication *publication = publication_new(&places->arena, NULL, NULL, "run");
  assert_true(publication_replace(publication, path_of(places, "staged/one"), path_of(places, "lake/one"), &err));
  assert_true(publication_add(publication, path_of(places, "staged/two"), path_of(places, "lake/a/b/two"), &err));
  run(places, publication);
  assert_true(publication_undo(publication, &err));
  expect_text(places, "lake/one/file", "old");
  expect_text(places, "staged/one/file", "new");
  expect_text(places, "staged/two/file", "new");
  assert_false(file_exists(path_of(places, "lake/a")));
}

static void publication_undo__keeps_a_parent_that_others_use(void **state)
{
  struct places *places = *state;
  struct error err;
  write_text(places, "staged/file", "new");
  struct publication *publication = publication_new(&places->arena, NULL, NULL, "run");
  assert_true(publication_add(publication, path_of(places, "staged/file"), path_of(places, "lake/file"), &err));
  run(places, publication);
  write_text(places, "lake/other", "theirs");
  assert_true(publication_undo(publication, &err));
  expect_text(places, "lake/other", "theirs");
  assert_false(file_exists(path_of(places, "lake/file")));
}

static void publication_undo__goes_on_after_a_step_that_fails(void **state)
{
  struct places *places = *state;
  struct error err;
  write_text(places, "staged/one", "new");
  write_text(places, "staged/two", "new");
  struct publication *publication = publication_new(&places->arena, NULL, NULL, "run");
  assert_true(publication_add(publication, path_of(places, "staged/one"), path_of(places, "lake/one"), &err));
  assert_true(publication_add(publication, path_of(places, "staged/two"), path_of(places, "lake/two"), &err));
  run(places, publication);
  assert_int_equal(unlink(path_of(places, "lake/two")), 0);
  assert_false(publication_undo(publication, &err));
  expect_text(places, "staged/one", "new");
}

#define PUBLICATION_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static void publication_load__undoes_what_a_journal_tells_as_often_as_asked(void **state)
{
  struct places *places = *state;
  struct error err;
  struct publication *publication = publication_new(&places->arena, NULL, NULL, "run");
  write_text(places, "staged/a b\n1/file", "new");
  write_text(places, "lake/a b\n1/file", "old");
  write_text(places, "staged/two", "new");
  assert_true(publication_replace(publication, path_of(places, "staged/a b\n1"), path_of(places, "lake/a b\n1"), &err));
  assert_true(publication_add(publication, path_of(places, "staged/two"), path_of(places, "lake/c/two"), &err));
  run(places, publication);
  expect_text(places, "lake/a b\n1/file", "new");
  for (int i = 0; i < 2; i++) {
    struct publication *loaded = NULL;
    assert_true(publication_load(&places->arena, NULL, NULL, "run", path_of(places, "journal"), &loaded, &err));
    assert_true(publication_undo(loaded, &err));
    expect_text(places, "lake/a b\n1/file", "old");
    expect_text(places, "staged/two", "new");
    assert_false(file_exists(path_of(places, "lake/c")));
  }
}

static void publication_load__refuses_what_is_no_journal(void **state)
{
  static const char *const texts[] = { "",
                                       "end",
                                       "x 1 1 a 1 b\nend\n",
                                       "m 1 5 a 1 b\nend\n",
                                       "m 1 1 a 1 b\n",
                                       "m 1 99999999999999999999999 a 1 b\nend\n",
                                       "m",
                                       "m 1 1 a 1 bend\n" };
  struct places *places = *state;
  struct error err;
  struct publication *loaded = NULL;
  for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
    write_text(places, "journal", texts[i]);
    assert_false(publication_load(&places->arena, NULL, NULL, "run", path_of(places, "journal"), &loaded, &err));
    assert_contains(err.message, "is no journal");
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    PUBLICATION_TEST(publication_replace__exchanges_directories),
    PUBLICATION_TEST(publication_replace__creates_what_is_missing),
    PUBLICATION_TEST(publication_add__refuses_what_is_there),
    PUBLICATION_TEST(publication_undo__takes_every_step_back),
    PUBLICATION_TEST(publication_undo__keeps_a_parent_that_others_use),
    PUBLICATION_TEST(publication_undo__goes_on_after_a_step_that_fails),
    PUBLICATION_TEST(publication_load__undoes_what_a_journal_tells_as_often_as_asked),
    PUBLICATION_TEST(publication_load__refuses_what_is_no_journal),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
