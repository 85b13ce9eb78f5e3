/* Random token soup: whatever is written, expr_compile answers with a tree or an error. The seed is fixed, so that
 * every run is the same. */
#include "support.h"

#include "expr/expr.h"

#include <stdio.h>

enum { N_EXPRESSIONS = 20000, MAX_TOKENS = 24 };

static const char *const words[] = {
  "a",
  "b",
  "s",
  "m",
  "l",
  "1",
  "0",
  "-5",
  "2.5",
  "1e3",
  "1.5BD",
  "9L",
  "3Y",
  "'x'",
  "\"y\"",
  "r'\\d'",
  "'%a_'",
  "NULL",
  "TRUE",
  "false",
  "(",
  ")",
  "(",
  ")",
  "(",
  ")",
  ",",
  ",",
  ",",
  ".",
  "[",
  "]",
  "+",
  "-",
  "*",
  "/",
  "%",
  "DIV",
  "||",
  "=",
  "==",
  "<=>",
  "<>",
  "<",
  ">=",
  "AND",
  "OR",
  "NOT",
  "!",
  "~",
  "&",
  "|",
  "^",
  "<<",
  ">>>",
  "IS",
  "IN",
  "LIKE",
  "ILIKE",
  "RLIKE",
  "BETWEEN",
  "ANY",
  "ALL",
  "ESCAPE",
  "DISTINCT",
  "FROM",
  "CASE",
  "WHEN",
  "THEN",
  "ELSE",
  "END",
  "CAST",
  "TRY_CAST",
  "AS",
  "int",
  "decimal(5,2)",
  "array<int>",
  "::",
  "->",
  "x",
  "(x, y) ->",
  "x -> x",
  "INTERVAL",
  "DAY",
  "TO",
  "SECOND",
  "YEAR",
  "MONTH",
  "DATE",
  "TIMESTAMP",
  "'2024-01-15'",
  "'1 2:3:4'",
  "X",
  "'1F'",
  "EXTRACT",
  "TRIM",
  "BOTH",
  "SUBSTRING",
  "FOR",
  "OVERLAY",
  "PLACING",
  "POSITION",
  "abs",
  "coalesce",
  "concat",
  "filter",
  "transform",
  "aggregate",
  "map",
  "array",
  "struct",
  "named_struct",
  "element_at",
  "if",
  "round",
  "length",
  "upper",
  "greatest",
  "nullif",
  "hash",
  "sequence",
  "typeof",
  "format_string",
  "'%d %s'",
  "to_char",
  "'999'",
  "decode",
  "datediff",
  "`a`",
  "``",
  "--c\n",
  "/* */",
  "COLLATE",
  "UTF8_LCASE",
  "*",
  "\xC3\xA9",
  "@",
  "'",
  "\"",
  "`",
};

static uint64_t random_state = 20240115;

static size_t random_below(size_t limit)
{
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return (size_t)(random_state % limit);
}

static void add_soup(struct text_buffer *out)
{
  size_t count = 1 + random_below(MAX_TOKENS);
  for (size_t i = 0; i < count; i++) {
    text_buffer_add_string(out, words[random_below(ARRAY_LENGTH(words))]);
    if (random_below(8) != 0)
      text_buffer_add_char(out, ' ');
  }
}

static void expr_compile__survives_token_soup(void **state)
{
  (void)state;
  struct arena arena = { 0 };
  struct expr_column columns[] = {
    { .name = "a", .type = type_simple(TYPE_INT) },
    { .name = "b", .type = type_decimal(&arena, 18, 2) },
    { .name = "s", .type = type_simple(TYPE_STRING) },
    { .name = "l", .type = type_array(&arena, type_simple(TYPE_STRING)) },
    { .name = "m", .type = type_map(&arena, type_simple(TYPE_STRING), type_simple(TYPE_INT)) },
  };
  const struct expr_scope scope = { .columns = columns, .n_columns = ARRAY_LENGTH(columns), .timezone = "UTC" };
  size_t n_valid = 0;
  for (size_t i = 0; i < N_EXPRESSIONS; i++) {
    SCOPED(arena_done) struct arena own = { 0 };
    SCOPED(text_buffer_done) struct text_buffer soup = { 0 };
    add_soup(&soup);
    struct source source = { .name = "soup", .text = text_buffer_text(&soup) };
    struct expr_text text = { .text = source.text, .place = { &source, 0, soup.length }, .is_verbatim = true };
    struct expr *expr;
    struct error err = { 0 };
    if (!expr_compile(&own, text, &scope, &expr, NULL, &err)) {
      assert_true(err.message[0] != 0);
      continue;
    }
    n_valid++;
    SCOPED(text_buffer_done) struct text_buffer printed = { 0 };
    expr_print_duckdb(expr, &printed);
    expr_print_spark(expr, &printed);
  }
  printf("%zu of %d random expressions are valid\n", n_valid, N_EXPRESSIONS);
  assert_true(n_valid > 0);
  arena_done(&arena);
}

static void expr_compile__survives_random_bytes(void **state)
{
  (void)state;
  const struct expr_scope scope = { .timezone = "UTC" };
  for (size_t i = 0; i < N_EXPRESSIONS; i++) {
    SCOPED(arena_done) struct arena own = { 0 };
    char bytes[64];
    size_t length = random_below(sizeof bytes);
    for (size_t j = 0; j < length; j++)
      bytes[j] = (char)random_below(256);
    struct expr_text text = { .text = { bytes, length } };
    struct expr *expr;
    struct error err = { 0 };
    assert_true(expr_compile(&own, text, &scope, &expr, NULL, &err) || err.message[0] != 0);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(expr_compile__survives_token_soup),
    cmocka_unit_test(expr_compile__survives_random_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
