/* The table of engines: found by name, and no row has a hole. */
#include "support.h"

#include "engine/engine.h"

#include <string.h>

static void engine_find__finds_each_engine_of_the_table_by_its_name(void **state)
{
  (void)state;
  assert_true(n_engines > 0);
  for (size_t i = 0; i < n_engines; i++) {
    const struct engine_driver *found = NULL;
    struct error err;
    assert_true(engine_find(engines[i]->name, &found, &err));
    assert_ptr_equal(found, engines[i]);
  }
}

static void engine_find__without_a_name_is_the_embedded_engine(void **state)
{
  (void)state;
  const struct engine_driver *found = NULL;
  struct error err;
  assert_true(engine_find(NULL, &found, &err));
  assert_string_equal(found->name, "duckdb");
}

static void engine_find__refuses_an_unknown_name_with_the_known_ones(void **state)
{
  (void)state;
  static const char *const unknown[] = { "sparks", "", "DuckDB", "duckdb " };
  for (size_t i = 0; i < ARRAY_LENGTH(unknown); i++) {
    const struct engine_driver *found = NULL;
    struct error err;
    assert_false(engine_find(unknown[i], &found, &err));
    assert_null(found);
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_contains(err.message, unknown[i]);
    assert_contains(err.message, "there is no engine");
    for (size_t known = 0; known < n_engines; known++)
      assert_contains(err.hint, engines[known]->name);
  }
}

/* What the configuration lets people write: no engine that nobody can ask for. */
static void engines__are_among_the_names_of_the_configuration(void **state)
{
  (void)state;
  for (size_t i = 0; i < n_engines; i++) {
    size_t at = 0;
    while (engine_names[at] != NULL && strcmp(engine_names[at], engines[i]->name) != 0)
      at++;
    assert_non_null(engine_names[at]);
  }
}

static void engines__have_names_of_their_own(void **state)
{
  (void)state;
  for (size_t i = 0; i < n_engines; i++)
    for (size_t k = 0; k < i; k++)
      assert_string_not_equal(engines[i]->name, engines[k]->name);
}

/* From the first function to the last one a driver holds nothing but pointers to functions. */
static void engines__fill_every_slot(void **state)
{
  (void)state;
  typedef void (*slot)(void);
  enum { FIRST = offsetof(struct engine_driver, open), END = offsetof(struct engine_driver, evaluate) + sizeof(slot) };
  _Static_assert(END == sizeof(struct engine_driver), "evaluate is the last slot");
  for (size_t i = 0; i < n_engines; i++)
    for (size_t at = FIRST; at < END; at += sizeof(slot)) {
      slot function = NULL;
      memcpy(&function, (const char *)engines[i] + at, sizeof(function));
      if (function == NULL)
        fail_msg("engine \"%s\" lacks slot %zu", engines[i]->name, (at - FIRST) / sizeof(slot));
    }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(engine_find__finds_each_engine_of_the_table_by_its_name),
    cmocka_unit_test(engine_find__without_a_name_is_the_embedded_engine),
    cmocka_unit_test(engine_find__refuses_an_unknown_name_with_the_known_ones),
    cmocka_unit_test(engines__are_among_the_names_of_the_configuration),
    cmocka_unit_test(engines__have_names_of_their_own),
    cmocka_unit_test(engines__fill_every_slot),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
