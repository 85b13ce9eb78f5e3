#include "support.h"

#include "base/text.h"

static void text_is_utf8__refuses_surrogates_and_overlong_forms(void **state)
{
  (void)state;
  assert_true(text_is_utf8(TEXT("a\xC3\xB1 \xE6\x97\xA5 \xF0\x9F\x98\x80 tail that is long")));
  assert_false(text_is_utf8(TEXT("\xED\xA0\x80")));
  assert_false(text_is_utf8(TEXT("\xC0\xAF")));
  assert_false(text_is_utf8(TEXT("\xF4\x90\x80\x80")));
  assert_false(text_is_utf8(TEXT("eight by\xFFtes")));
  assert_false(text_is_utf8(TEXT("cut \xE6\x97")));
}

static void text_nearest__finds_a_misspelling(void **state)
{
  (void)state;
  const char *const names[] = { "amount", "currency", "payment_date" };
  assert_string_equal(text_nearest(TEXT("amout"), names, 3), "amount");
  assert_string_equal(text_nearest(TEXT("curency"), names, 3), "currency");
  assert_string_equal(text_nearest(TEXT("Payment_Date"), names, 3), "payment_date");
  assert_null(text_nearest(TEXT("zzz"), names, 3));
}

static void text_buffer__grows_and_keeps_a_final_nul(void **state)
{
  (void)state;
  SCOPED(text_buffer_done) struct text_buffer buffer = { 0 };
  for (int i = 0; i < 1000; i++)
    text_buffer_printf(&buffer, "%d,", i);
  assert_int_equal(buffer.length, strlen(buffer.data));
  text_buffer_clear(&buffer);
  text_buffer_add_utf8(&buffer, 0x1F600);
  assert_string_equal(buffer.data, "\xF0\x9F\x98\x80");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(text_is_utf8__refuses_surrogates_and_overlong_forms),
    cmocka_unit_test(text_nearest__finds_a_misspelling),
    cmocka_unit_test(text_buffer__grows_and_keeps_a_final_nul),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
