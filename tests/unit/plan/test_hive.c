#include "support.h"

#include "plan/hive.h"

/* `value` NULL: a null. `column` 0: a column of its own; NO_COLUMN: derived from a date. */
static const struct {
  const char *name;
  int column;
  const char *value;
  const char *expected;
} cases[] = {
  { "year", NO_COLUMN, "2024", "year=2024" },
  { "year", NO_COLUMN, "7", "year=0007" },
  { "month", NO_COLUMN, "1", "month=01" },
  { "day", NO_COLUMN, "31", "day=31" },
  { "hour", NO_COLUMN, "0", "hour=00" },
  { "date", NO_COLUMN, "2024-01-05", "date=2024-01-05" },
  { "month", 0, "1", "month=1" }, /* a column's own value is not padded */
  { "code", 0, "007", "code=007" },
  { "code", 0, "-0", "code=-0" },
  { "code", 0, NULL, "code=__HIVE_DEFAULT_PARTITION__" },
  { "code", 0, "NULL", "code=%4EULL" },
  { "code", 0, "null", "code=%6Eull" }, /* DuckDB takes it for null in any case */
  { "code", 0, "nUlL", "code=%6EUlL" },
  { "code", 0, "nulls", "code=nulls" },
  { "code", 0, "a/b", "code=a%2Fb" },
  { "code", 0, "a=b", "code=a%3Db" },
  { "code", 0, "50%", "code=50%25" },
  { "code", 0, "é", "code=é" },
  { "code", 0, "a b", "code=a b" },
  { "code", 0, "..", "code=.." },
  { "code", 0, "\n\x7f", "code=%0A%7F" },
  { "a/b", 0, "x", "a%2Fb=x" },
};

static void hive_add_directory__escapes_as_hive_does(void **state)
{
  (void)state;
  for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
    struct text_buffer out = { 0 };
    struct error err;
    struct plan_partition partition = { .name = cases[i].name, .column = cases[i].column };
    struct text value = text_from(cases[i].value);
    assert_true(hive_add_directory(&out, &partition, cases[i].value == NULL ? NULL : &value, &err));
    assert_string_equal(out.data, cases[i].expected);
    text_buffer_done(&out);
  }
}

static void hive_add_directory__refuses_the_word_for_null(void **state)
{
  (void)state;
  struct text_buffer out = { 0 };
  struct error err;
  struct plan_partition partition = { .name = "code" };
  assert_false(hive_add_directory(&out, &partition, &TEXT("__HIVE_DEFAULT_PARTITION__"), &err));
  assert_int_equal(err.kind, ERROR_DATA);
  assert_contains(err.message, "which stands for null");
  text_buffer_done(&out);
}

static void hive_add_directory__refuses_names_over_255_bytes(void **state)
{
  (void)state;
  struct text_buffer out = { 0 };
  struct error err;
  struct plan_partition partition = { .name = "code" };
  char value[252];
  memset(value, 'x', sizeof(value) - 1);
  value[sizeof(value) - 1] = '\0';
  assert_false(hive_add_directory(&out, &partition, &(struct text){ value, 251 }, &err)); /* code= and 251 are 256 */
  assert_contains(err.message, "too long for a directory's name");
  text_buffer_clear(&out);
  assert_true(hive_add_directory(&out, &partition, &(struct text){ value, 250 }, &err));
  text_buffer_done(&out);
}

static void hive_add_directory__keeps_a_nul_and_refuses_what_is_no_text(void **state)
{
  (void)state;
  struct text_buffer out = { 0 };
  struct error err;
  struct plan_partition partition = { .name = "code" };
  assert_true(hive_add_directory(&out, &partition, &(struct text){ "a\0b", 3 }, &err));
  assert_string_equal(out.data, "code=a%00b");
  assert_false(hive_add_directory(&out, &partition, &(struct text){ "\xff\0", 2 }, &err));
  assert_int_equal(err.kind, ERROR_DATA);
  assert_contains(err.message, "X'FF00'");
  text_buffer_done(&out);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(hive_add_directory__escapes_as_hive_does),
    cmocka_unit_test(hive_add_directory__refuses_the_word_for_null),
    cmocka_unit_test(hive_add_directory__refuses_names_over_255_bytes),
    cmocka_unit_test(hive_add_directory__keeps_a_nul_and_refuses_what_is_no_text),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
