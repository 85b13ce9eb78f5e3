#include "support.h"

#include "warehouse/sqlstate.h"

/* One state of each class of appendix A at least, and some of none. */
static const char *const known[] = {
  "00000", "01000", "02000", "03000", "08000", "08006", "08P01", "09000", "0A000", "0B000", "0F000", "0L000", "0LP01",
  "0P000", "0Z000", "20000", "21000", "22000", "22003", "22P02", "23000", "23502", "23503", "23505", "23514", "23P01",
  "24000", "25000", "25006", "25P02", "25P03", "25P04", "26000", "27000", "28000", "28P01", "2B000", "2BP01", "2D000",
  "2F000", "2F005", "34000", "38000", "39000", "39P01", "3B000", "3D000", "3F000", "40000", "40001", "40002", "40P01",
  "42000", "42501", "42601", "42703", "42804", "42883", "42P01", "42P07", "44000", "53000", "53100", "53200", "53300",
  "54000", "54001", "54011", "55000", "55006", "55P03", "57000", "57014", "57P01", "57P03", "57P04", "57P05", "58000",
  "58030", "72000", "F0000", "HV000", "HV00N", "P0000", "P0001", "P0004", "XX000", "XX001", "XX002",
};
static const char *const unknown[] = { "45000", "ZZ999", "99999", "A0001" };

static void every_class_has_a_kind_and_a_hint(void **state)
{
  (void)state;
  for (size_t i = 0; i < ARRAY_LENGTH(known); i++) {
    const struct sqlstate *found = sqlstate_find(known[i]);
    assert_true(found->prefix[0] != '\0');
    assert_true(found->kind == ERROR_CONFIG || found->kind == ERROR_DATA || found->kind == ERROR_ENVIRONMENT);
    assert_true(strlen(found->hint) > 0 &&
                found->hint[strlen(found->hint) - 1] == (strchr(found->hint, '?') ? '?' : '.'));
  }
  for (size_t i = 0; i < ARRAY_LENGTH(unknown); i++) {
    const struct sqlstate *found = sqlstate_find(unknown[i]);
    assert_string_equal(found->prefix, "");
    assert_int_equal(found->kind, ERROR_ENVIRONMENT);
    assert_false(found->is_transient);
  }
}

static void a_state_stands_before_its_class(void **state)
{
  (void)state;
  static const struct {
    const char *state;
    enum error_kind kind;
    bool is_transient;
  } cases[] = {
    { "42501", ERROR_ENVIRONMENT, false }, { "42804", ERROR_CONFIG, false },      { "40001", ERROR_ENVIRONMENT, true },
    { "40002", ERROR_DATA, false },        { "57014", ERROR_ENVIRONMENT, false }, { "57P01", ERROR_ENVIRONMENT, true },
    { "57P04", ERROR_ENVIRONMENT, false }, { "53300", ERROR_ENVIRONMENT, true },  { "53100", ERROR_ENVIRONMENT, false },
    { "25P03", ERROR_ENVIRONMENT, false }, { "P0001", ERROR_DATA, false },        { "P0002", ERROR_CONFIG, false },
    { "08006", ERROR_ENVIRONMENT, true },  { "08P01", ERROR_ENVIRONMENT, false }, { "23505", ERROR_DATA, false },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
    assert_int_equal(sqlstate_find(cases[i].state)->kind, cases[i].kind);
    assert_int_equal(sqlstate_find(cases[i].state)->is_transient, cases[i].is_transient);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_class_has_a_kind_and_a_hint),
    cmocka_unit_test(a_state_stands_before_its_class),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
