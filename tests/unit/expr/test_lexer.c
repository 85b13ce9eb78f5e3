#include "support.h"

#undef fail_msg /* cmocka's calls its fail(), which support.h gives up for ours */
#define fail_msg(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

#include "expr/lexer.h"

static struct arena arena;

static int teardown(void **state)
{
  (void)state;
  arena_done(&arena);
  return 0;
}

static struct token_list run(const char *text)
{
  struct token_list tokens;
  struct error err;
  if (!lexer_run(&arena, text_from(text), NOWHERE, false, &tokens, &err))
    fail_msg("%s: %s", text, err.message);
  return tokens;
}

static const struct {
  const char *written;
  enum token_kind kind;
  const char *text;
  const char *suffix;
} tokens[] = {
  { "amount", TOKEN_WORD, "amount", "" },
  { "_c0", TOKEN_WORD, "_c0", "" },
  { "0x1F", TOKEN_WORD, "0x1F", "" },
  { "1_000", TOKEN_WORD, "1_000", "" },
  { "a\xC3\xB1o", TOKEN_WORD, "a\xC3\xB1o", "" },
  { "`a b`", TOKEN_QUOTED_WORD, "a b", "" },
  { "`a``b`", TOKEN_QUOTED_WORD, "a`b", "" },
  { "'a'", TOKEN_STRING, "a", "" },
  { "\"it's\"", TOKEN_STRING, "it's", "" },
  { "'it''s'", TOKEN_STRING, "it's", "" },
  { "'a\\nb\\tc\\r\\b\\Z'", TOKEN_STRING, "a\nb\tc\r\b\x1A", "" },
  { "'\\\\d\\.\\d'", TOKEN_STRING, "\\d.d", "" },
  { "'\\%\\_'", TOKEN_STRING, "\\%\\_", "" },
  { "'\\u00e9\\U0001F600'", TOKEN_STRING, "\xC3\xA9\xF0\x9F\x98\x80", "" },
  { "'\\uD800\\uZZZZ'", TOKEN_STRING, "uD800uZZZZ", "" },
  { "'\\100\\377'", TOKEN_STRING, "@377", "" },
  { "r'a\\nb'", TOKEN_STRING, "a\\nb", "" },
  { "R\"a\\\"", TOKEN_STRING, "a\\", "" },
  { "12", TOKEN_INTEGER, "12", "" },
  { "12L", TOKEN_INTEGER, "12", "L" },
  { "12s", TOKEN_INTEGER, "12", "S" },
  { "12Y", TOKEN_INTEGER, "12", "Y" },
  { "1.5", TOKEN_DECIMAL, "1.5", "" },
  { ".5", TOKEN_DECIMAL, ".5", "" },
  { "1.", TOKEN_DECIMAL, "1.", "" },
  { "12BD", TOKEN_DECIMAL, "12", "BD" },
  { "1e3", TOKEN_FLOATING, "1e3", "" },
  { "1.5E-3", TOKEN_FLOATING, "1.5E-3", "" },
  { "1D", TOKEN_FLOATING, "1", "D" },
  { "1.5f", TOKEN_FLOATING, "1.5", "F" },
  { "<=>", TOKEN_SYMBOL, "<=>", "" },
  { ">>>", TOKEN_SYMBOL, ">>>", "" },
  { "->", TOKEN_SYMBOL, "->", "" },
};

static void lexer_run__reads_every_kind_of_token(void **state)
{
  (void)state;
  for (size_t i = 0; i < ARRAY_LENGTH(tokens); i++) {
    struct token_list list = run(tokens[i].written);
    if (list.count != 2)
      fail_msg("%s is %zu tokens", tokens[i].written, list.count - 1);
    assert_int_equal(list.items[0].kind, tokens[i].kind);
    assert_string_equal(text_copy(&arena, list.items[0].text), tokens[i].text);
    assert_string_equal(list.items[0].suffix, tokens[i].suffix);
    assert_int_equal(list.items[0].length, strlen(tokens[i].written));
    assert_int_equal(list.items[1].kind, TOKEN_END);
  }
}

static void lexer_run__passes_over_blanks_and_comments(void **state)
{
  (void)state;
  struct token_list list = run(" a -- one\n + /* two /* nested */ */ b\t");
  assert_int_equal(list.count, 4);
  assert_int_equal(list.items[2].start, 36);
}

static const struct {
  const char *written;
  const char *message;
  size_t column;
} refusals[] = {
  { "a = 'b", "the string is not closed", 5 },
  { "a = \"b\\\"", "the string is not closed", 5 },
  { "`a", "the quoted name is not closed by `", 1 },
  { "a /* b", "the comment is not closed by */", 3 },
  { "a @ b", "a character like this cannot stand here", 3 },
};

static void lexer_run__points_at_what_it_cannot_read(void **state)
{
  (void)state;
  for (size_t i = 0; i < ARRAY_LENGTH(refusals); i++) {
    struct source source = { .name = "rule", .text = text_from(refusals[i].written) };
    struct place place = { &source, 0, source.text.length };
    struct token_list list;
    struct error err;
    assert_false(lexer_run(&arena, source.text, place, true, &list, &err));
    assert_error(err, refusals[i].message, 1, refusals[i].column);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(lexer_run__reads_every_kind_of_token),
    cmocka_unit_test(lexer_run__passes_over_blanks_and_comments),
    cmocka_unit_test(lexer_run__points_at_what_it_cannot_read),
  };
  return cmocka_run_group_tests(tests, NULL, teardown);
}
