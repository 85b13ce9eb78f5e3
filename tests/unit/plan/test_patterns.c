#include "support.h"

#include "plan/plan_internal.h"

static struct arena arena;

static void pattern_takes__leaves_out_what_is_no_data_unless_the_pattern_says_it(void **state)
{
  (void)state;
  static const struct {
    const char *pattern, *path;
    bool takes;
  } cases[] = {
    { "in/*.csv", "in/a.csv", true },         { "in/*", "in/_SUCCESS", false },
    { "in/*", "in/.part.crc", false },        { "in/_*", "in/_a.csv", true },
    { "in/*/*.csv", "in/_tmp/a.csv", false }, { "in/_tmp/*.csv", "in/_tmp/a.csv", true },
    { "in//*.csv", "in/a.csv", true },        { "in/*", "in/a_b.csv", true },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
    if (pattern_takes(cases[i].pattern, cases[i].path) != cases[i].takes)
      fail_msg("\"%s\" and \"%s\"", cases[i].pattern, cases[i].path);
}

static void pattern_folder__is_what_stands_before_the_first_special_character(void **state)
{
  (void)state;
  static const char *const cases[][2] = {
    { "/nowhere/in/*.csv", "/nowhere/in" },     { "/nowhere/in/2024-*/x.csv", "/nowhere/in" },
    { "/nowhere/a[1].csv", "/nowhere" },        { "/nowhere/{a,b}/x.csv", "/nowhere" },
    { "/nowhere/in/plain.csv", "/nowhere/in" },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
    assert_string_equal(pattern_folder(&arena, cases[i][0], 0), cases[i][1]);
}

static void pattern_choices__writes_out_the_braces_one_within_another(void **state)
{
  (void)state;
  size_t count = 0;
  const char **choices = pattern_choices(&arena, "in/{a,b{1,2},}.csv", &count);
  assert_int_equal(count, 3);
  assert_string_equal(choices[0], "in/a.csv");
  assert_string_equal(choices[1], "in/b{1,2}.csv");
  assert_string_equal(choices[2], "in/.csv");
  pattern_choices(&arena, "in/{a.csv", &count);
  assert_int_equal(count, 0);
}

static int tear_down(void **state)
{
  (void)state;
  arena_done(&arena);
  return 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(pattern_takes__leaves_out_what_is_no_data_unless_the_pattern_says_it),
    cmocka_unit_test(pattern_folder__is_what_stands_before_the_first_special_character),
    cmocka_unit_test(pattern_choices__writes_out_the_braces_one_within_another),
  };
  return cmocka_run_group_tests(tests, NULL, tear_down);
}
