#include "base/visible.h"

#include "support.h"

static void assert_visible(const char *text, const char *expected)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  text_add_visible(&out, text_from(text));
  assert_string_equal(text_buffer_text(&out).data, expected);
}

static void visible__shows_what_a_terminal_obeys(void **state)
{
  (void)state;
  assert_visible("plain ñ 漢 😀", "plain ñ 漢 😀");
  assert_visible("", "");
  assert_visible("\x1b[31m\a\b\x7f", "\\x1b[31m\\x07\\x08\\x7f");
  assert_visible("a\nb\rc\td", "a\\nb\\rc\\td");
  assert_visible("\xC2\x80\xC2\x9B\xC2\x9F\xC2\xA0", "\\u0080\\u009b\\u009f\xC2\xA0");
  assert_visible("\xE2\x80\xAE\xE2\x81\xA6\xD8\x9C\xE2\x80\x8F\xE2\x80\x8B", "\\u202e\\u2066\\u061c\\u200f\\u200b");
  assert_visible("\xF3\xA0\x81\x81", "\\U000e0041");
}

static void visible__shows_bytes_that_are_no_text(void **state)
{
  (void)state;
  assert_visible("a\xffz", "a\\xffz");
  assert_visible("\x9b\xC0\xAF", "\\x9b\\xc0\\xaf");
  assert_visible("\xE2\x80", "\\xe2\\x80");
  assert_visible("\xED\xA0\x80", "\\xed\\xa0\\x80"); /* a surrogate */
}

static void visible__lets_colors_pass_where_asked(void **state)
{
  (void)state;
  static const struct {
    const char *text, *plain, *colored;
  } cases[] = {
    { "\x1b[1;31mx\x1b[0m\n", "\\x1b[1;31mx\\x1b[0m\n", "\x1b[1;31mx\x1b[0m\n" },
    { "\x1b[2J", "\\x1b[2J", "\\x1b[2J" },
    { "\x1b]0;t\a", "\\x1b]0;t\\x07", "\\x1b]0;t\\x07" },
    { "\x1b[", "\\x1b[", "\\x1b[" },
    { "\x1b", "\\x1b", "\\x1b" },
    { "a\tb\r\n", "a\tb\\r\n", "a\tb\\r\n" },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
    for (int keeps_colors = 0; keeps_colors < 2; keeps_colors++) {
      SCOPED(text_buffer_done) struct text_buffer out = { 0 };
      text_add_visible_lines(&out, text_from(cases[i].text), keeps_colors != 0);
      assert_string_equal(out.data, keeps_colors != 0 ? cases[i].colored : cases[i].plain);
    }
}

static void columns__count_what_is_wide_and_what_combines(void **state)
{
  (void)state;
  assert_int_equal(text_columns(TEXT("abc")), 3);
  assert_int_equal(text_columns(TEXT("漢字")), 4);
  assert_int_equal(text_columns(TEXT("e\xCC\x81")), 1);
  assert_int_equal(text_columns(TEXT("😀")), 2);
  assert_int_equal(text_columns(TEXT("\xff")), 1);
  assert_int_equal(text_fitting(TEXT("漢字"), 3), strlen("漢"));
  assert_int_equal(text_fitting(TEXT("abc"), 9), 3);
  assert_int_equal(text_fitting(TEXT("ae\xCC\x81z"), 2), 4);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(visible__shows_what_a_terminal_obeys),
    cmocka_unit_test(visible__shows_bytes_that_are_no_text),
    cmocka_unit_test(visible__lets_colors_pass_where_asked),
    cmocka_unit_test(columns__count_what_is_wide_and_what_combines),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
