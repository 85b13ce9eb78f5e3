#include "base/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void name_set__numbers_names_in_order_of_first_appearance(void **state)
{
  (void)state;
  SCOPED(arena_done) struct arena arena = { 0 };
  struct name_set set = { 0 };
  for (size_t i = 0; i < 1000; i++)
    assert_int_equal(name_set_add(&arena, &set, text_from(arena_printf(&arena, "c%zu", i))), i);
  assert_int_equal(name_set_add(&arena, &set, TEXT("c7")), 7);
  assert_int_equal(name_set_find(&set, TEXT("c999")), 999);
  assert_int_equal(name_set_find(&set, TEXT("C7")), NO_NAME);
  assert_int_equal(set.count, 1000);
}

static void name_set__takes_names_for_one_whatever_their_case(void **state)
{
  (void)state;
  SCOPED(arena_done) struct arena arena = { 0 };
  struct name_set set = { .ignores_case = true };
  assert_int_equal(name_set_find(&set, TEXT("Id")), NO_NAME);
  assert_int_equal(name_set_add(&arena, &set, TEXT("Id")), 0);
  assert_int_equal(name_set_add(&arena, &set, TEXT("Zahl\xC3\x84")), 1);
  assert_int_equal(name_set_add(&arena, &set, TEXT("iD")), 0);
  assert_int_equal(name_set_find(&set, TEXT("ID")), 0);
  assert_int_equal(name_set_find(&set, TEXT("zahl\xC3\x84")), 1);
  assert_int_equal(name_set_find(&set, TEXT("zahl\xC3\xA4")), NO_NAME); /* letters of ASCII alone */
  assert_int_equal(name_set_find(&set, TEXT("i")), NO_NAME);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(name_set__numbers_names_in_order_of_first_appearance),
    cmocka_unit_test(name_set__takes_names_for_one_whatever_their_case),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
