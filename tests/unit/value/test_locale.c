/* Numbers of a locale and by a pattern: what is read, what is none, and which patterns are refused. */
#include "value/locale.h"

#include "support.h"

static void locale_find__knows_languages_and_their_countries(void **state)
{
  (void)state;
  static const char *const known[] = { "es", "es_CO", "es-co", "ES_419", "pt_PT", "de_CH", "en_XZ", "it_SM" };
  static const char *const unknown[] = { "",   "e",     "esp",    "es_",  "es_X",   "es_XX",
                                         "nl", "es.CO", "en_123", "en_1", "es_CO_x" };
  for (size_t i = 0; i < ARRAY_LENGTH(known); i++)
    assert_non_null(locale_find(text_from(known[i])));
  for (size_t i = 0; i < ARRAY_LENGTH(unknown); i++)
    assert_null(locale_find(text_from(unknown[i])));
  assert_ptr_equal(locale_find(TEXT("es_AR")), locale_find(TEXT("es")));
  assert_ptr_not_equal(locale_find(TEXT("es_MX")), locale_find(TEXT("es")));
}

static void number_format_read__takes_groups_of_three_only(void **state)
{
  (void)state;
  static const struct {
    const char *locale, *pattern, *text, *answer; /* NULL: no number */
  } cases[] = {
    { "es", NULL, "1.234.567,5", "1234567.5" },
    { "es", NULL, "-0,05", "-0.05" },
    { "es", NULL, "5,", "5." },
    { "es", NULL, "1.23", NULL },
    { "es", NULL, "1234.567", NULL },
    { "es", NULL, "1.234.56", NULL },
    { "es", NULL, ".234", NULL },
    { "es", NULL, "1.234,567.8", NULL },
    { "es", NULL, "--1", NULL },
    { "es", NULL, "+-1", NULL },
    { "fr", NULL,
      "1 234\xC2\xA0"
      "567",
      NULL },
    { "fr", NULL,
      "1\xC2\xA0"
      "234",
      "1234" },
    { NULL, "#.##0,00", "1.234,56", "1234.56" },
    { NULL, "#,##0.###", "1,234", "1234" },
    { "es", "0,0%", "5%", ".05" },
    { "es", "0,0%", "-12,5%", "-.125" },
    { "es", "0,0%", "1250%", "12.50" },
    { "es", "#.##0;(#.##0)", "(1.234)", "-1234" },
    { "es", "#.##0;(#.##0)", "-1.234", NULL },
    { "es", "''0", "'7", "7" },
  };
  SCOPED(arena_done) struct arena arena = { 0 };
  for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
    const struct number_format *format = NULL;
    struct error err;
    struct text pattern = cases[i].pattern == NULL ? (struct text){ 0 } : text_from(cases[i].pattern);
    const struct locale *locale = cases[i].locale == NULL ? NULL : locale_find(text_from(cases[i].locale));
    assert_true(number_format_compile(&arena, locale, pattern, NOWHERE, &format, &err));
    char out[NUMBER_TEXT_MOST];
    size_t length = 0;
    bool is_number = number_format_read(format, text_from(cases[i].text), out, &length);
    if (is_number != (cases[i].answer != NULL))
      fail_msg("%s", cases[i].text);
    if (is_number && !text_equal((struct text){ out, length }, text_from(cases[i].answer)))
      fail_msg("%s is %.*s", cases[i].text, (int)length, out);
  }
}

static void number_format_read__takes_no_text_that_does_not_end(void **state)
{
  (void)state;
  SCOPED(arena_done) struct arena arena = { 0 };
  const struct number_format *format = NULL;
  struct error err;
  char digits[2 * NUMBER_TEXT_MOST], out[NUMBER_TEXT_MOST];
  size_t length = 0;
  memset(digits, '1', sizeof(digits));
  assert_true(number_format_compile(&arena, locale_find(TEXT("es")), TEXT("0%"), NOWHERE, &format, &err));
  for (size_t n = 0; n < sizeof(digits); n++) {
    digits[n] = '%';
    number_format_read(format, (struct text){ digits, n + 1 }, out, &length);
    assert_true(length <= NUMBER_TEXT_MOST);
    digits[n] = '1';
  }
}

static void locale_read_months__stays_within_its_room(void **state)
{
  (void)state;
  char out[8];
  size_t length = 0;
  const struct locale *locale = locale_find(TEXT("es"));
  assert_true(locale_read_months(locale, TEXT("d MMM y"), TEXT("1 ene."), out, sizeof(out), &length));
  assert_int_equal(length, 5);
  assert_memory_equal(out, "1 Jan", 5);
  assert_false(locale_read_months(locale, TEXT("d MMM y"), TEXT("1 ene 2024"), out, sizeof(out), &length));
  assert_false(locale_read_months(locale, TEXT("d MMM y"), TEXT("1 jan"), out, sizeof(out), &length));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(locale_find__knows_languages_and_their_countries),
    cmocka_unit_test(number_format_read__takes_groups_of_three_only),
    cmocka_unit_test(number_format_read__takes_no_text_that_does_not_end),
    cmocka_unit_test(locale_read_months__stays_within_its_room),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
