#include "support.h"

#include "value/json.h"

#include <stdio.h>
#include <stdlib.h>

#undef fail_msg /* cmocka's calls its fail(), which support.h gives up for ours */
#define fail_msg(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

enum { ALL_FLAGS = JSON_ALLOW_COMMENTS | JSON_ALLOW_UNQUOTED_NAMES | JSON_ALLOW_SINGLE_QUOTES };

/* Tokens. */

/* Tokens as one text: { } [ ] name: "string" number true, !at expected for what is invalid. */
static void show_tokens(const char *input, unsigned flags, bool many, struct text_buffer *out)
{
  struct json_reader reader;
  json_start(&reader, text_from(input), flags, many);
  for (;;) {
    enum json_token token = json_next(&reader);
    if (token == JSON_END)
      return;
    if (out->length > 0)
      text_buffer_add_char(out, ' ');
    switch (token) {
    case JSON_OBJECT_START:
    case JSON_OBJECT_END:
    case JSON_ARRAY_START:
    case JSON_ARRAY_END:
      text_buffer_add_char(out, input[reader.start]);
      break;
    case JSON_NAME:
      text_buffer_printf(out, "%.*s%s:", TEXT_ARGS(reader.raw), reader.has_escapes ? "*" : "");
      break;
    case JSON_STRING:
      text_buffer_printf(out, "\"%.*s\"%s", TEXT_ARGS(reader.raw), reader.has_escapes ? "*" : "");
      break;
    case JSON_INVALID:
      text_buffer_printf(out, "!%zu %s", reader.at, reader.error);
      assert_int_equal(json_next(&reader), JSON_INVALID); /* and stays so */
      return;
    default:
      text_buffer_add_text(out, reader.raw);
    }
  }
}

static const struct {
  const char *input;
  unsigned flags;
  bool many;
  const char *tokens;
} token_cases[] = {
  { "{}", 0, false, "{ }" },
  { " [ ] ", 0, false, "[ ]" },
  { "{\"a\":1,\"b\":[true,false,null]}", 0, false, "{ a: 1 b: [ true false null ] }" },
  { "[[{}],{\"a\":[]}]", 0, false, "[ [ { } ] { a: [ ] } ]" },
  { "\"x\\ny\"", 0, false, "\"x\\ny\"*" },
  { "{\"\\u0061\":\"\"}", 0, false, "{ \\u0061*: \"\" }" },
  { "\"é€ and a long string over eight bytes\"", 0, false, "\"é€ and a long string over eight bytes\"" },
  { "-0", 0, false, "-0" },
  { "[-0.0,1e400,1E+5,12.50e-3,0]", 0, false, "[ -0.0 1e400 1E+5 12.50e-3 0 ]" },
  { "123456789012345678901234567890", 0, false, "123456789012345678901234567890" },
  { "", 0, false, "!0 a value" },
  { "", 0, true, "" },
  { "1 2\n\"a\"{}[]", 0, true, "1 2 \"a\" { } [ ]" },
  { "{\"a\":1}{\"a\":2}", 0, true, "{ a: 1 } { a: 2 }" },
  { "1 2", 0, false, "1 !2 nothing after the value" },
  { "{\"a\":1", 0, false, "{ a: 1 !6 ',' or '}'" },
  { "[1", 0, false, "[ 1 !2 ',' or ']'" },
  { "[", 0, false, "[ !1 a value or ']'" },
  { "{", 0, false, "{ !1 a name or '}'" },
  { "{\"a\":1,", 0, false, "{ a: 1 !7 a name" },
  { "{\"a\":", 0, false, "{ a: !5 a value" },
  { "{\"a\"", 0, false, "{ !4 ':' after a name" },
  { "{\"a\" 1}", 0, false, "{ !5 ':' after a name" },
  { "[1 2]", 0, false, "[ 1 !3 ',' or ']'" },
  { "[1}", 0, false, "[ 1 !2 ',' or ']'" },
  { "{\"a\":1]", 0, false, "{ a: 1 !6 ',' or '}'" },
  { "[1,]", 0, false, "[ 1 !3 a value" },
  { "{\"a\":1,}", 0, false, "{ a: 1 !7 a name in double quotes" },
  { "{a:1}", 0, false, "{ !1 a name in double quotes" },
  { "{'a':1}", 0, false, "{ !1 a name in double quotes" },
  { "'a'", 0, false, "!0 a value" },
  { "01", 0, false, "!0 a number as JSON writes it" },
  { "-", 0, false, "!0 a number as JSON writes it" },
  { "1.", 0, false, "!0 a number as JSON writes it" },
  { "1.5.2", 0, false, "!0 a number as JSON writes it" },
  { "1e", 0, false, "!0 a number as JSON writes it" },
  { "1e+", 0, false, "!0 a number as JSON writes it" },
  { "-x", 0, false, "!0 a number as JSON writes it" },
  { "1x", 0, false, "!0 a number as JSON writes it" },
  { ".5", 0, false, "!0 a value" },
  { "+1", 0, false, "!0 a value" },
  { "NaN", 0, false, "!0 a value" },
  { "tru", 0, false, "!0 a value" },
  { "truefalse", 0, true, "!0 a value" },
  { "\"a", 0, false, "!0 a string that ends in a quote" },
  { "\"a\\", 0, false, "!2 one of the escapes \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX" },
  { "\"a\\x\"", 0, false, "!2 one of the escapes \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX" },
  { "\"\\u12g4\"", 0, false, "!1 one of the escapes \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX" },
  { "\"\\'\"", 0, false, "!1 one of the escapes \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX" },
  { "\"a\tb\"", 0, false, "!2 no control character inside a string (\\n, \\t or \\u00XX stand for them)" },
  { "1 // one\n", 0, false, "1 !2 nothing after the value" },
  { "// c\n{/* a */\"a\"/**/:/*b*/1//d\n}/* e */", JSON_ALLOW_COMMENTS, false, "{ a: 1 }" },
  { "1 /* open", JSON_ALLOW_COMMENTS, false, "1 !2 nothing after the value" },
  { "1 /", JSON_ALLOW_COMMENTS, false, "1 !2 nothing after the value" },
  { "{a-1: 2, $b:3, é:4}", JSON_ALLOW_UNQUOTED_NAMES, false, "{ a-1: 2 $b: 3 é: 4 }" },
  { "{(:1}", JSON_ALLOW_UNQUOTED_NAMES, false, "{ !1 a name" },
  { "{'a':'it\\'s \"x\"'}", JSON_ALLOW_SINGLE_QUOTES, false, "{ a: \"it\\'s \"x\"\"* }" },
};

static void json_next__gives_tokens_or_says_what_was_expected(void **state)
{
  (void)state;
  for (size_t i = 0; i < ARRAY_LENGTH(token_cases); i++) {
    SCOPED(text_buffer_done) struct text_buffer shown = { 0 };
    text_buffer_add_string(&shown, "");
    show_tokens(token_cases[i].input, token_cases[i].flags, token_cases[i].many, &shown);
    if (strcmp(shown.data, token_cases[i].tokens) != 0)
      fail_msg("%s\n  expected %s\n  found    %s", token_cases[i].input, token_cases[i].tokens, shown.data);
  }
}

static void json_next__limits_depth(void **state)
{
  (void)state;
  SCOPED(text_buffer_done) struct text_buffer deep = { 0 };
  for (size_t i = 0; i < 10000; i++)
    text_buffer_add_string(&deep, i % 2 == 0 ? "[" : "{\"a\":");
  struct json_reader reader;
  json_start(&reader, text_buffer_text(&deep), JSON_STRICT, false);
  assert_false(json_skip(&reader, json_next(&reader)));
  assert_string_equal(reader.error, "no more than 1000 levels of nesting");
  SCOPED(text_buffer_done) struct text_buffer compact = { 0 };
  assert_false(json_compact(text_buffer_text(&deep), JSON_STRICT, &compact));
}

static void json_skip__passes_whole_values(void **state)
{
  (void)state;
  struct json_reader reader;
  json_start(&reader, TEXT("{\"a\":{\"b\":[1,{}]},\"c\":2}"), JSON_STRICT, false);
  assert_int_equal(json_next(&reader), JSON_OBJECT_START);
  assert_true(json_skip(&reader, json_next(&reader))); /* a name: its value */
  assert_int_equal(json_next(&reader), JSON_NAME);
  assert_true(json_skip(&reader, json_next(&reader)));
  assert_false(json_skip(&reader, json_next(&reader))); /* } is no value */
  assert_int_equal(json_next(&reader), JSON_END);
  assert_false(json_skip(&reader, JSON_END));
}

/* Unescaping. */

static const struct {
  const char *raw;
  const char *text;
  bool is_whole;
} escapes[] = {
  { "", "", true },
  { "plain", "plain", true },
  { "\\b\\f\\n\\r\\t\\\"\\\\\\/", "\b\f\n\r\t\"\\/", true },
  { "a\\u0041\\u00e9\\u20AC", "aAé€", true },
  { "\\ud83d\\ude00!", "😀!", true },
  { "\\ud83dx", "\xEF\xBF\xBDx", false },
  { "\\ude00\\ud83d", "\xEF\xBF\xBD\xEF\xBF\xBD", false },
  { "\\ud83d\\u0041",
    "\xEF\xBF\xBD"
    "A",
    false },
  { "it\\'s", "it's", true },
};

static void json_unescape__reads_every_escape(void **state)
{
  (void)state;
  for (size_t i = 0; i < ARRAY_LENGTH(escapes); i++) {
    SCOPED(text_buffer_done) struct text_buffer out = { 0 };
    text_buffer_add_string(&out, "<");
    assert_int_equal(json_unescape(text_from(escapes[i].raw), &out), escapes[i].is_whole);
    assert_string_equal(out.data + 1, escapes[i].text);
  }
}

static void json_unescape__keeps_nul(void **state)
{
  (void)state;
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  assert_true(json_unescape(TEXT("a\\u0000b"), &out));
  assert_int_equal(out.length, 3);
  assert_memory_equal(out.data, "a\0b", 3);
}

static void json_unescape__survives_broken_escapes(void **state)
{
  (void)state;
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  json_unescape(TEXT("\\u12"), &out);
  json_unescape(TEXT("x\\"), &out);
  assert_string_equal(out.data, "\xEF\xBF\xBD"
                                "12x");
}

/* Compact. */

static const struct {
  const char *input;
  const char *compact; /* NULL: invalid */
} compact_cases[] = {
  { " 1 ", "1" },
  { "{ \"a\" : [ 1 , -0.0 , 1e400, true , null ] }", "{\"a\":[1,-0.0,1e400,true,null]}" },
  { "{}", "{}" },
  { "[ { } , [ ] ]", "[{},[]]" },
  { "{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}" },
  { "{\"a\":1,\"b\":2,\"\\u0061\":[3]}", "{\"\\u0061\":[3],\"b\":2}" },
  { "{\"A\":1,\"a\":2}", "{\"A\":1,\"a\":2}" },
  { "{\"o\":{\"x\":1,\"x\":2},\"o\":{\"x\":3,\"y\":4,\"x\":5}}", "{\"o\":{\"x\":5,\"y\":4}}" },
  { "{\"\":1,\"\":2}", "{\"\":2}" },
  { "{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,\"j\":1,\"k\":1,\"l\":1,\"m\":1,\"a\":2}",
    "{\"a\":2,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,\"j\":1,\"k\":1,\"l\":1,\"m\":1}" },
  { "{\"n\":1,\"m\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,\"j\":1,\"k\":1,\"l\":1,\"a\":2}",
    "{\"n\":1,\"m\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,\"j\":1,\"k\":1,\"l\":1,\"a\":2}" },
  { "/* x */ {a: 1, 'b' : 'it\\'s \"q\" \\n', c: \"d'\\\"\"} // end",
    "{\"a\":1,\"b\":\"it's \\\"q\\\" \\n\",\"c\":\"d'\\\"\"}" },
  { "", NULL },
  { "{\"a\":1}x", NULL },
  { "{\"a\"}", NULL },
  { "[1,}", NULL },
  { "[1", NULL },
  { "]", NULL },
};

static void json_compact__writes_standard_json(void **state)
{
  (void)state;
  for (size_t i = 0; i < ARRAY_LENGTH(compact_cases); i++) {
    SCOPED(text_buffer_done) struct text_buffer out = { 0 };
    text_buffer_add_string(&out, "<");
    bool is_valid = json_compact(text_from(compact_cases[i].input), ALL_FLAGS, &out);
    const char *expected = compact_cases[i].compact;
    if (is_valid != (expected != NULL) || strcmp(out.data + 1, expected == NULL ? "" : expected) != 0)
      fail_msg("%s\n  expected %s\n  found    %s", compact_cases[i].input, expected, out.data + 1);
  }
}

static uint64_t random_state = 1;

static unsigned random_below(unsigned n)
{
  random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407;
  return (unsigned)(random_state >> 33) % n;
}

static void add_blanks(struct text_buffer *out)
{
  static const char *const blanks[] = { "", "", " ", "\n\t", "/* c */", "// x\n", "\r" };
  text_buffer_add_string(out, blanks[random_below(ARRAY_LENGTH(blanks))]);
}

static void add_random_string(struct text_buffer *out, bool is_name)
{
  static const char *const parts[] = { "a", "b", "é", "\\n", "\\u0061", "\\\\", "\\ud83d", "//", "{", "x", "\\\"" };
  unsigned kind = random_below(is_name ? 3 : 2);
  if (kind == 2) {
    text_buffer_add_string(out, random_below(2) == 0 ? "a" : "$b");
    return;
  }
  text_buffer_add_char(out, kind == 0 ? '"' : '\'');
  for (unsigned i = random_below(4); i > 0; i--)
    text_buffer_add_string(out, kind == 1 && random_below(4) == 0 ? "\"" : parts[random_below(ARRAY_LENGTH(parts))]);
  text_buffer_add_char(out, kind == 0 ? '"' : '\'');
}

static void add_random_value(struct text_buffer *out, unsigned depth)
{
  static const char *const scalars[] = { "1", "-0.50", "true", "false", "null", "1e9" };
  add_blanks(out);
  unsigned kind = random_below(depth == 0 ? 2 : 4);
  if (kind == 0)
    text_buffer_add_string(out, scalars[random_below(ARRAY_LENGTH(scalars))]);
  if (kind == 1)
    add_random_string(out, false);
  if (kind >= 2) {
    text_buffer_add_char(out, kind == 2 ? '[' : '{');
    add_blanks(out);
    unsigned count = random_below(20);
    for (unsigned i = 0; i < count; i++) {
      text_buffer_add_string(out, i == 0 ? "" : ",");
      add_blanks(out);
      if (kind == 3) {
        add_random_string(out, true);
        add_blanks(out);
        text_buffer_add_char(out, ':');
      }
      add_random_value(out, depth - 1);
    }
    text_buffer_add_char(out, kind == 2 ? ']' : '}');
  }
  add_blanks(out);
}

static void json_compact__is_standard_and_idempotent(void **state)
{
  (void)state;
  for (unsigned i = 0; i < 3000; i++) {
    SCOPED(text_buffer_done) struct text_buffer input = { 0 }, once = { 0 }, twice = { 0 };
    add_random_value(&input, 3);
    if (!json_compact(text_buffer_text(&input), ALL_FLAGS, &once))
      fail_msg("refused: %s", input.data);
    if (!json_compact(text_buffer_text(&once), JSON_STRICT, &twice) ||
        !text_equal(text_buffer_text(&once), text_buffer_text(&twice)))
      fail_msg("%s\n  became %s\n  and then %s", input.data, once.data, twice.data);
  }
}

/* Every prefix and every change of one byte is read without harm; what is accepted is accepted when made compact. */
static void json_compact__survives_damage(void **state)
{
  (void)state;
  static const char bytes[] = "{}[]\",:'\\/*ut0-e \n";
  for (unsigned i = 0; i < 200; i++) {
    SCOPED(text_buffer_done) struct text_buffer input = { 0 };
    add_random_value(&input, 2);
    for (size_t n = 0; n < input.length; n++) {
      SCOPED(text_buffer_done) struct text_buffer once = { 0 }, twice = { 0 };
      char *copy = malloc(n + 1); /* of its own, so that reads past its end are seen */
      assert_non_null(copy);
      memcpy(copy, input.data, n + 1);
      copy[random_below((unsigned)n + 1)] = bytes[random_below(sizeof(bytes) - 1)];
      if (json_compact((struct text){ copy, n + 1 }, ALL_FLAGS, &once))
        assert_true(json_compact(text_buffer_text(&once), JSON_STRICT, &twice));
      free(copy);
    }
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(json_next__gives_tokens_or_says_what_was_expected),
    cmocka_unit_test(json_next__limits_depth),
    cmocka_unit_test(json_skip__passes_whole_values),
    cmocka_unit_test(json_unescape__reads_every_escape),
    cmocka_unit_test(json_unescape__keeps_nul),
    cmocka_unit_test(json_unescape__survives_broken_escapes),
    cmocka_unit_test(json_compact__writes_standard_json),
    cmocka_unit_test(json_compact__is_standard_and_idempotent),
    cmocka_unit_test(json_compact__survives_damage),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
