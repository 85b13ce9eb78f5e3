/* Regular expressions against java.util.regex and V8, and what the two have no answer for: limits, threads, bad input.
 */
#include "support.h"

#include "value/regex.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_GROUPS_OF_CASE = 20 };

static struct regex *compiled(const char *pattern, enum regex_dialect dialect)
{
  struct error err;
  struct regex *regex = NULL;
  if (!regex_compile(text_from(pattern), dialect, NOWHERE, &regex, &err))
    fail_msg("%s", err.message);
  return regex;
}

static void add_unescaped(struct text_buffer *out, const char *text)
{
  static const char letters[] = "nrtb", meant[] = "\n\r\t\b";
  for (; *text != '\0'; text++) {
    if (*text != '\\') {
      text_buffer_add_char(out, *text);
      continue;
    }
    text++;
    const char *letter = strchr(letters, *text);
    if (*text == 'u' || *text == 'U') {
      char digits[9] = { 0 };
      size_t length = *text == 'u' ? 4 : 8;
      memcpy(digits, text + 1, length);
      text_buffer_add_utf8(out, (uint32_t)strtoul(digits, NULL, 16));
      text += length;
    } else {
      text_buffer_add_char(out, letter != NULL ? meant[letter - letters] : *text);
    }
  }
}

/* "0-3 1-2 -1", "no", "bad" */
static void add_answer(struct text_buffer *out, struct text pattern, enum regex_dialect dialect, struct text text)
{
  struct error err;
  SCOPED(regex_free) struct regex *regex = NULL;
  struct regex_span groups[MAX_GROUPS_OF_CASE];
  if (!regex_compile(pattern, dialect, NOWHERE, &regex, &err)) {
    assert_int_equal(err.kind, ERROR_CONFIG);
    text_buffer_add_string(out, "bad");
    return;
  }
  size_t count = regex_group_count(regex) + 1;
  assert_true(count <= MAX_GROUPS_OF_CASE);
  enum regex_result result = regex_find_groups(regex, text, 0, groups, count);
  assert_int_equal(regex_find(regex, text), result);
  if (result != REGEX_MATCH) {
    text_buffer_add_string(out, result == REGEX_LIMIT ? "limit" : "no");
    return;
  }
  for (size_t i = 0; i < count; i++) {
    text_buffer_add_string(out, i == 0 ? "" : " ");
    if (groups[i].start < 0)
      text_buffer_add_string(out, "-1");
    else
      text_buffer_printf(out, "%td-%td", groups[i].start, groups[i].end);
  }
}

static bool check_line(char *line)
{
  char *fields[4];
  for (size_t i = 0; i < 4; i++)
    fields[i] = strsep(&line, "\t");
  assert_non_null(fields[3]);
  SCOPED(text_buffer_done) struct text_buffer text = { 0 };
  SCOPED(text_buffer_done) struct text_buffer answer = { 0 };
  add_unescaped(&text, fields[2]);
  add_answer(&answer, text_from(fields[1]), strcmp(fields[0], "java") == 0 ? REGEX_JAVA : REGEX_ECMA,
             text_buffer_text(&text));
  const char *expected = strcmp(fields[3], "refused") == 0 ? "bad" : fields[3];
  if (text_equal(text_buffer_text(&answer), text_from(expected)))
    return true;
  print_error("%s %s on \"%s\": expected %s, found %.*s\n", fields[0], fields[1], fields[2], fields[3],
              TEXT_ARGS(text_buffer_text(&answer)));
  return false;
}

static void regexes__are_those_of_their_dialect(void **state)
{
  (void)state;
  char line[1024];
  size_t n_wrong = 0;
  size_t n_cases = 0;
  FILE *file = fopen("tests/cases/value/regex.tsv", "r");
  assert_non_null(file);
  while (fgets(line, sizeof(line), file) != NULL) {
    line[strcspn(line, "\n")] = 0;
    if (line[0] == '#')
      continue;
    n_cases++;
    n_wrong += !check_line(line);
  }
  fclose(file);
  assert_int_equal(n_wrong, 0);
  assert_true(n_cases >= 190);
}

static void regex_find__gives_up_on_too_much_backtracking(void **state)
{
  (void)state;
  SCOPED(regex_free) struct regex *regex = compiled("^(a+)+$", REGEX_JAVA);
  SCOPED(text_buffer_done) struct text_buffer text = { 0 };
  for (int i = 0; i < 5000; i++)
    text_buffer_add_char(&text, 'a');
  assert_int_equal(regex_find(regex, text_buffer_text(&text)), REGEX_MATCH);
  text_buffer_add_char(&text, 'b');
  assert_int_equal(regex_find(regex, text_buffer_text(&text)), REGEX_LIMIT);
  assert_int_equal(regex_find(regex, TEXT("aaa")), REGEX_MATCH); /* and is of use again */
}

static void regex_find_groups__goes_on_from_a_place(void **state)
{
  (void)state;
  SCOPED(regex_free) struct regex *regex = compiled("(?<word>[a-z]+)(?<digit>\\d)?", REGEX_JAVA);
  struct text text = TEXT("ab1 \xC3\xA9 cd");
  struct regex_span groups[4];
  assert_int_equal(regex_find_groups(regex, text, 1, groups, 4), REGEX_MATCH);
  assert_int_equal(groups[0].start, 1);
  assert_int_equal(groups[2].start, 2);
  assert_int_equal(groups[3].start, -1); /* there is none */
  assert_int_equal(regex_find_groups(regex, text, 3, groups, 3), REGEX_MATCH);
  assert_int_equal(groups[1].start, 7);
  assert_int_equal(groups[2].end, -1);
  assert_int_equal(regex_find_groups(regex, text, text.length, groups, 1), REGEX_NO_MATCH);
  assert_int_equal(regex_group_named(regex, TEXT("digit")), 2);
  assert_int_equal(regex_group_named(regex, TEXT("none")), -1);
  assert_int_equal(
      regex_group_named(regex, TEXT("a name that is longer than any name of a group may be, by far, at all")), -1);
}

static void regex_compile__says_where_and_why(void **state)
{
  (void)state;
  static const struct {
    const char *pattern;
    enum regex_dialect dialect;
    const char *message;
  } cases[] = {
    { "a(b", REGEX_JAVA,
      "regular expression \"a(b\" does not compile: an opening parenthesis without a closing one at position 4" },
    { "ab)", REGEX_JAVA,
      "regular expression \"ab)\" does not compile: a closing parenthesis without an opening one at position 3" },
    { "a\\q", REGEX_JAVA,
      "regular expression \"a\\q\" does not compile: an escape of a letter that means nothing at position 2" },
    { "[ab", REGEX_ECMA,
      "regular expression \"[ab\" does not compile: a class without its closing bracket at position 1" },
    { "(?i)a", REGEX_ECMA,
      "regular expression \"(?i)a\" does not compile: a kind of group that is not supported at position 1" },
    { "x{a}", REGEX_JAVA,
      "regular expression \"x{a}\" does not compile: a brace that opens no repetition at position 2" },
    { "a\xFF", REGEX_JAVA, "regular expression \"a\\xff\" does not compile: it is not UTF-8 at position 1" },
    { "\\b{g}", REGEX_JAVA, "regular expression \"\\b{g}\" does not compile: \\b of a kind in braces at position 3" },
    { "(?i)[\\x41-Z]", REGEX_JAVA,
      "regular expression \"(?i)[\\x41-Z]\" does not compile: a range under (?i) that does not begin with a plain "
      "character at position 10" },
    { "(?i)[A-\\x5A]", REGEX_JAVA,
      "regular expression \"(?i)[A-\\x5A]\" does not compile: a range under (?i) that does not end in a plain "
      "character "
      "at position 6" },
    { "(?i)\\p{Lu}", REGEX_JAVA,
      "regular expression \"(?i)\\p{Lu}\" does not compile: a property of one case under (?i) at position 7" },
    { "(?x)[a b]", REGEX_JAVA,
      "regular expression \"(?x)[a b]\" does not compile: a blank or comment within a class under (?x) at position 7" },
    { "(?x)a # (", REGEX_JAVA,
      "regular expression \"(?x)a # (\" does not compile: a comment under (?x) at position 7" },
    { "(?i)(a)\\1", REGEX_JAVA,
      "regular expression \"(?i)(a)\\1\" does not compile: a back-reference under (?i) at position 8" },
    { "[a&&[b]c]", REGEX_JAVA,
      "regular expression \"[a&&[b]c]\" does not compile: a character behind a class that follows && at position 8" },
    { "\\uD800", REGEX_JAVA,
      "regular expression \"\\uD800\" does not compile: half of a surrogate pair, which is no character at position "
      "3" },
    { "\\p{L", REGEX_JAVA,
      "regular expression \"\\p{L\" does not compile: a property without its closing brace at position 3" },
    { "\\p", REGEX_JAVA, "regular expression \"\\p\" does not compile: a property without a name at position 3" },
    { "\\k1", REGEX_JAVA, "regular expression \"\\k1\" does not compile: \\k without a name at position 3" },
    { "[\\S]", REGEX_ECMA, "regular expression \"[\\S]\" does not compile: \\S within a class at position 4" },
    { "\\x{}", REGEX_JAVA, "regular expression \"\\x{}\" does not compile: braces without a code point at position 3" },
    { "\\09", REGEX_JAVA, "regular expression \"\\09\" does not compile: \\0 without an octal digit at position 3" },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
    struct error err;
    SCOPED(regex_free) struct regex *regex = NULL;
    assert_false(regex_compile(text_from(cases[i].pattern), cases[i].dialect, NOWHERE, &regex, &err));
    assert_string_equal(err.message, cases[i].message);
    assert_null(regex);
  }
}

/* Whatever the bytes are, there is an answer: a regex or an error. */
static void regex_compile__takes_any_bytes(void **state)
{
  (void)state;
  static const char pieces[] = "()[]{}|^$.*+?\\&-,:=!<>#aAbBdDkpQEuxzZ019PLi \0\n\xC3\xA9";
  unsigned seed = 7;
  for (int i = 0; i < 20000; i++) {
    char pattern[24];
    size_t length = 0;
    for (; length < sizeof(pattern); length++) {
      seed = seed * 1103515245U + 12345U;
      if ((seed >> 16) % 16 == 0)
        break;
      pattern[length] = pieces[(seed >> 8) % (sizeof(pieces) - 1)];
    }
    struct error err;
    SCOPED(regex_free) struct regex *regex = NULL;
    if (regex_compile((struct text){ pattern, length }, i % 2 == 0 ? REGEX_JAVA : REGEX_ECMA, NOWHERE, &regex, &err))
      (void)regex_find(regex, TEXT("aAb 01\n\xC3\xA9"));
  }
}

static void regex_compile__limits_nesting(void **state)
{
  (void)state;
  static const char *const openings[] = { "(", "[a[", "(?:" };
  for (size_t i = 0; i < ARRAY_LENGTH(openings); i++) {
    struct error err;
    SCOPED(regex_free) struct regex *regex = NULL;
    SCOPED(text_buffer_done) struct text_buffer pattern = { 0 };
    for (int j = 0; j < 100000; j++)
      text_buffer_add_string(&pattern, openings[i]);
    assert_false(regex_compile(text_buffer_text(&pattern), REGEX_JAVA, NOWHERE, &regex, &err));
    assert_contains(err.message, "nested too deeply");
  }
}

static void *match_many(void *pointer)
{
  const struct regex *regex = pointer;
  size_t *n_matches = checked_malloc(sizeof(*n_matches));
  *n_matches = 0;
  for (int i = 0; i < 2000; i++) {
    char text[32];
    snprintf(text, sizeof(text), "row %d is here", i);
    *n_matches += regex_find(regex, text_from(text)) == REGEX_MATCH;
  }
  return n_matches;
}

static void regex_find__is_for_many_threads(void **state)
{
  (void)state;
  SCOPED(regex_free) struct regex *regex = compiled("\\b(\\d)\\d*0\\b", REGEX_JAVA);
  pthread_t threads[4];
  for (size_t i = 0; i < ARRAY_LENGTH(threads); i++)
    assert_int_equal(pthread_create(&threads[i], NULL, match_many, regex), 0);
  for (size_t i = 0; i < ARRAY_LENGTH(threads); i++) {
    void *n_matches;
    assert_int_equal(pthread_join(threads[i], &n_matches), 0);
    assert_int_equal(*(size_t *)n_matches, 199); /* 10, 20, ... 1990 */
    free(n_matches);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(regexes__are_those_of_their_dialect),
    cmocka_unit_test(regex_find__gives_up_on_too_much_backtracking),
    cmocka_unit_test(regex_find_groups__goes_on_from_a_place),
    cmocka_unit_test(regex_compile__says_where_and_why),
    cmocka_unit_test(regex_compile__takes_any_bytes),
    cmocka_unit_test(regex_compile__limits_nesting),
    cmocka_unit_test(regex_find__is_for_many_threads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
