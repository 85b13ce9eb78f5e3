#include "base/secret.h"

#include "support.h"

static void assert_hidden(const char *text, const char *expected)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  char *copy = arena_copy(&arena, text, strlen(text));
  secret_hide(copy);
  assert_string_equal(copy, expected);
}

static void hide__every_spelling(void **state)
{
  (void)state;
  secret_add(TEXT("p@ss'w/rd\"1"));
  assert_hidden("is p@ss'w/rd\"1.", "is ***.");
  assert_hidden("is p%40ss%27w%2Frd%221.", "is ***.");
  assert_hidden("is p%40ss%27w%2frd%221.", "is ***.");
  assert_hidden("PASSWORD 'p@ss''w/rd\"1'", "PASSWORD '***'");
  assert_hidden("{\"x\": \"p@ss'w/rd\\\"1\"}", "{\"x\": \"***\"}");
  secret_add(TEXT("per%20cent"));
  assert_hidden("per%20cent and per cent", "*** and ***");
}

static void hide__the_longest_first(void **state)
{
  (void)state;
  secret_add(TEXT("abcdefgh"));
  secret_add(TEXT("abcdefghijkl"));
  assert_hidden("abcdefghijkl abcdefgh", "*** ***");
}

static void hide__short_ones_as_words_only(void **state)
{
  (void)state;
  secret_add(TEXT("a"));
  secret_add(TEXT("rows1"));
  secret_add(TEXT("postgres"));
  assert_hidden("a table of rows1 and rows12 in postgres", "a table of *** and rows12 in postgres");
}

static void hide__not_what_is_a_name(void **state)
{
  (void)state;
  secret_add(TEXT("analytics"));
  assert_hidden("database analytics", "database ***");
  secret_except(TEXT("analytics"));
  assert_hidden("database analytics", "database analytics");
}

static void hide__what_stands_where_secrets_stand(void **state)
{
  (void)state;
  assert_hidden("at postgresql://u:x@h/d", "at postgresql://u:*@h/d");
  assert_hidden("at http://u:pw@ab@h/d, s3://b/a:c@d", "at http://u:***@h/d, s3://b/a:c@d");
  assert_hidden("host=h password=secret1 user=u", "host=h password=*** user=u");
  assert_hidden("password='a b' x", "password=*** x");
  assert_hidden("/k?X-Amz-Signature=0123abc&x=1", "/k?X-Amz-Signature=***&x=1");
  assert_hidden("{\"a\": \"password=x\\\"\"}", "{\"a\": \"password=*\\\"\"}");
}

static void connection__passwords_however_misspelt(void **state)
{
  (void)state;
  static const struct {
    const char *connection, *message, *expected;
  } cases[] = {
    { "postgressql://u:firstpw1@h/d", "database \"u:firstpw1@h/d\"", "database \"u:***@h/d\"" },
    { "postgresql://u:secondpw/rest1234@h/d", "name \"rest1234@h/d\"", "name \"***@h/d\"" },
    { "host=h password=third pw345678 user=u", "after \"pw345678\"", "after \"***\"" },
    { "host=h password='fourth pw' user=u", "x fourth pw", "x ***" },
    { "postgresql://h/d?user=u&password=fifthpw1&x", "fifthpw1", "***" },
    { "u:sixthpw12@h", "sixthpw12", "***" },
    { "sc://h/;token=seventh%3Bpw;x=1", "seventh;pw, seventh%3Bpw, x=1", "***, ***, x=1" },
    { "sc://h/;user_id=u;Token=eighthpw", "u eighthpw", "u ***" },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
    secret_add_of_connection(text_from(cases[i].connection));
    assert_hidden(cases[i].message, cases[i].expected);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(hide__every_spelling),
    cmocka_unit_test(hide__the_longest_first),
    cmocka_unit_test(hide__short_ones_as_words_only),
    cmocka_unit_test(hide__not_what_is_a_name),
    cmocka_unit_test(hide__what_stands_where_secrets_stand),
    cmocka_unit_test(connection__passwords_however_misspelt),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
