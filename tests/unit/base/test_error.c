#include "support.h"

static void error_print__shows_line_caret_and_hint(void **state)
{
  (void)state;
  struct source source = { .name = "payments.yml", .text = TEXT("rules:\n  - expr: \"a\xC3\xB1o > 0\"\n") };
  struct error err;
  struct place place = { .source = &source, .start = 18, .length = 4 };
  assert_false(fail(&err, ERROR_CONFIG, place, "unrecognized column \"%s\"", "a\xC3\xB1o"));
  add_hint(&err, "The nearest column is \"%s\".", "anio");
  add_context(&err, "while checking rule \"%s\"", "r1");
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  error_print(&err, "error", false, &out);
  assert_string_equal(out.data, "payments.yml:2:12: error: unrecognized column \"a\xC3\xB1o\"\n"
                                "    2 |   - expr: \"a\xC3\xB1o > 0\"\n"
                                "      |            ^^^\n"
                                "hint: The nearest column is \"anio\".\n"
                                "  while checking rule \"r1\"\n");
}

static void error_print__cuts_a_long_line_around_the_place(void **state)
{
  (void)state;
  char line[1001];
  memset(line, 'x', 1000);
  line[1000] = '\0';
  line[500] = '!';
  struct source source = { .name = "wide.yml", .text = text_from(line) };
  struct error err;
  fail(&err, ERROR_CONFIG, (struct place){ &source, 500, 1 }, "unexpected character");
  assert_int_equal(err.column, 501);
  assert_true(strlen(err.excerpt) <= 100);
  assert_int_equal(err.excerpt[err.caret], '!');
}

static void fail__never_cuts_a_character_in_two(void **state)
{
  (void)state;
  char value[5000];
  for (size_t i = 0; i + 1 < sizeof(value); i += 2)
    memcpy(value + i, "\xC3\xB1", 2);
  value[sizeof(value) - 2] = '\0';
  struct error err;
  fail(&err, ERROR_DATA, NOWHERE, "bad value %s", value);
  assert_true(text_is_utf8(text_from(err.message)));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(error_print__shows_line_caret_and_hint),
    cmocka_unit_test(error_print__cuts_a_long_line_around_the_place),
    cmocka_unit_test(fail__never_cuts_a_character_in_two),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
