/* The functions over columns of many rows, with nulls among them, and what they make of input that no constant shows.
 */
#include "support.h"

#undef fail_msg /* cmocka's calls its fail(), which support.h gives up for ours */
#define fail_msg(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

#include "duckdb/database.h"
#include "duckdb/eval.h"
#include "duckdb/functions/functions.h"

#include <stdio.h>
#include <stdlib.h>

static duckdb_database database;
static duckdb_connection connection;

static int setup(void **state)
{
  (void)state;
  struct error err;
  assert_int_equal(duckdb_open(NULL, &database), DuckDBSuccess);
  assert_int_equal(duckdb_connect(database, &connection), DuckDBSuccess);
  assert_true(functions_register(connection, "America/Bogota", &err));
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  duckdb_disconnect(&connection);
  duckdb_close(&database);
  return 0;
}

/* The first value of a query as text, "NULL" or the message of its error. */
static char *ask(struct arena *arena, const char *sql)
{
  struct error err;
  duckdb_result result;
  if (!functions_ensure(connection, sql, &err))
    return arena_copy(arena, err.message, strlen(err.message));
  char *answer;
  if (duckdb_query(connection, sql, &result) != DuckDBSuccess) {
    const char *message = duckdb_result_error(&result);
    answer = arena_copy(arena, message, strlen(message));
  } else {
    char *value = duckdb_value_varchar(&result, 0, 0);
    answer = arena_copy(arena, value == NULL ? "NULL" : value, value == NULL ? 4 : strlen(value));
    duckdb_free(value);
  }
  duckdb_destroy_result(&result);
  return answer;
}

static void assert_answer(const char *sql, const char *expected)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  char *answer = ask(&arena, sql);
  if (strcmp(answer, expected) != 0)
    fail_msg("%s\n  expected %s\n  answered %s", sql, expected, answer);
}

static void functions__run_over_many_rows_with_nulls(void **state)
{
  (void)state;
  assert_answer(
      "SELECT sum(spark_cast__string__int(CASE WHEN i % 3 = 0 THEN NULL ELSE i || '.9' END)) FROM range(100000) "
      "t(i)",
      "3333266667");
  assert_answer("SELECT count(*) FROM range(10000) t(i) WHERE spark_rlike('PAY-' || i, '^PAY-[0-9]{3}$')", "900");
  assert_answer("SELECT sum(len(spark_array_distinct__array_string__array_string(['a', i::VARCHAR, NULL, 'a']))) FROM "
                "range(5000) t(i)",
                "15000");
  assert_answer("SELECT count(spark_decimal_add__decimal_18_2__decimal_18_2__decimal_19_2(i::DECIMAL(18,2), "
                "CASE WHEN i % 2 = 0 THEN 1.5::DECIMAL(18,2) END)) FROM range(5000) t(i)",
                "2500");
  assert_answer("SELECT sum(spark_add_int(i::INTEGER, 1)) FROM range(5000) t(i)", "12502500");
  assert_answer(
      "SELECT max(spark_cast__array_array_int__array_array_string([[i::INTEGER], NULL, []]))::VARCHAR FROM range(3000) "
      "t(i)",
      "[[999], NULL, []]");
  assert_answer(
      "SELECT max(len(spark_map_concat__map_string_int__map_string_int__map_string_int(MAP {'a': i::INTEGER}, "
      "MAP {'b': 2})::VARCHAR)) FROM range(3000) t(i)",
      "13");
}

/* What an expression of Spark SQL is over columns `a`, an array of ints, and `b`: the values of all rows as one text.
 */
static char *ask_over_rows(struct arena *arena, const char *expression, const char *rows)
{
  struct error err;
  const char *class;
  struct expr *expr;
  const struct expr_column columns[] = { { .name = "a", .type = type_array(arena, type_simple(TYPE_INT)) },
                                         { .name = "b", .type = type_simple(TYPE_INT) } };
  const struct expr_scope scope = { .columns = columns, .n_columns = 2, .timezone = "UTC" };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  assert_true(expr_compile(arena, (struct expr_text){ .text = text_from(expression) }, &scope, &expr, &class, &err));
  text_buffer_add_string(&sql, "SELECT CAST(list(x) AS VARCHAR) FROM (SELECT ");
  expr_print_duckdb(expr, &sql);
  text_buffer_printf(&sql, " AS x FROM (VALUES %s) t(a, b))", rows);
  return ask(arena, sql.data);
}

/* DuckDB's list_reduce mixes up the rows of what a lambda reads from outside once lists differ in length. */
static void aggregate__reads_columns_of_its_own_row(void **state)
{
  (void)state;
  SCOPED(arena_done) struct arena arena = { 0 };
  static const char rows[] = "([1, 2, 3], 10), (NULL, 20), ([]::INTEGER[], 30), ([5], 40), ([1, 2], 50)";
  static const char *const cases[][2] = {
    { "aggregate(a, 0, (x, y) -> b)", "[10, NULL, 0, 40, 50]" },
    { "aggregate(a, 0, (x, y) -> x + y * b, z -> z + b)", "[70, NULL, 30, 240, 200]" },
    { "transform(a, q -> aggregate(a, 0, (x, y) -> x + y * q + b))", "[[36, 42, 48], NULL, [], [65], [103, 106]]" },
    { "aggregate(a, 0, (x, y) -> x + aggregate(a, b, (u, v) -> u + v + y + x + b))", "[1047, NULL, 0, 90, 622]" },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
    assert_string_equal(ask_over_rows(&arena, cases[i][0], rows), cases[i][1]);
}

static void functions__propagate_null(void **state)
{
  (void)state;
  static const char *const calls[] = {
    "spark_rlike(t, 'a')",      "spark_rlike('a', t)",        "spark_upper(t)",
    "spark_substring(t, 1, 2)", "spark_cast__string__int(t)", "spark_locate(t, 'a', 1)",
    "spark_lpad(t, 3, 'x')",    "spark_conv(t, 10, 16)",      "spark_levenshtein(t, 'a', 5)",
    "spark_base64(encode(t))",  "spark_sha2(encode(t), 256)",
  };
  for (size_t i = 0; i < ARRAY_LENGTH(calls); i++) {
    char sql[256];
    snprintf(sql, sizeof sql, "SELECT %s FROM (SELECT CASE WHEN i > 5 THEN 'a' END AS t FROM range(3) r(i))", calls[i]);
    assert_answer(sql, "NULL");
  }
}

static void functions_ensure__registers_each_family_once_and_again(void **state)
{
  (void)state;
  for (int i = 0; i < 3; i++)
    assert_answer("SELECT spark_cast__int__decimal_9_4(7), spark_cast__int__decimal_9_4(8)", "7.0000");
  assert_answer("SELECT spark_cast__struct_2_61_int_622063_string__string({'a': 1, 'b c': 'x'})", "{1, x}");
}

static void functions_ensure__leaves_unknown_names_to_duckdb(void **state)
{
  (void)state;
  static const char *const names[] = {
    "spark_nothing__int",
    "spark_cast__nothing__int",
    "spark_cast__decimal_39_2__int",
    "spark_cast__int_",
    "spark_cast__array__int",
    "spark_cast__map_int__int",
    "spark_cast__struct_2_61__int",
    "spark_cast__span_0_5__int",
    "spark_cast__decimal__int",
  };
  for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
    SCOPED(arena_done) struct arena arena = { 0 };
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT %s(1)", names[i]);
    assert_contains(ask(&arena, sql), "does not exist");
  }
  assert_answer("SELECT 'spark_nothing__int'", "spark_nothing__int");
}

static void functions_ensure__wants_functions_register(void **state)
{
  (void)state;
  duckdb_database other;
  duckdb_connection other_connection;
  struct error err;
  assert_int_equal(duckdb_open(NULL, &other), DuckDBSuccess);
  assert_int_equal(duckdb_connect(other, &other_connection), DuckDBSuccess);
  assert_false(functions_ensure(other_connection, "SELECT spark_cast__int__string(1)", &err));
  assert_string_equal(err.message, "functions_register was not called for this database");
  assert_true(functions_ensure(other_connection, "SELECT 1", &err));
  assert_false(functions_register(other_connection, "Mars/Olympus", &err));
  assert_string_equal(err.message, "unknown time zone \"Mars/Olympus\"");
  duckdb_disconnect(&other_connection);
  duckdb_close(&other);
}

static void functions__know_the_session_s_zone(void **state)
{
  (void)state;
  assert_answer("SELECT spark_session_timezone()", "America/Bogota");
  assert_answer("SELECT spark_cast__timestamp__string(TIMESTAMPTZ '2024-01-15 05:00:00+00')", "2024-01-15 00:00:00");
}

/* More patterns than are kept compiled: each is compiled for its rows. */
static void rlike__takes_patterns_from_a_column(void **state)
{
  (void)state;
  assert_answer("SELECT count(*) FROM range(3000) t(i) WHERE spark_rlike('x' || i, '^x' || i || '$')", "3000");
  SCOPED(arena_done) struct arena arena = { 0 };
  assert_contains(ask(&arena, "SELECT spark_rlike('a', p) FROM (VALUES ('a'), ('[')) t(p)"),
                  "INVALID_PARAMETER_VALUE.PATTERN");
}

static void functions__never_make_text_that_is_no_utf8(void **state)
{
  (void)state;
  assert_answer("SELECT spark_cast__binary__string('\\x61\\xC2\\x62'::BLOB)", "a\xEF\xBF\xBD"
                                                                              "b");
  assert_answer("SELECT spark_make_valid_utf8('\\xF0\\x9F\\x98\\xE2\\x82'::BLOB)", "\xEF\xBF\xBD\xEF\xBF\xBD");
  assert_answer("SELECT spark_cast__array_binary__string(['\\xFF'::BLOB])", "[\xEF\xBF\xBD]");
}

static void functions__limit_what_they_make(void **state)
{
  (void)state;
  static const char *const calls[] = {
    "spark_repeat('abc', 2147483647)",
    "spark_lpad('a', 2147483647, 'x')",
    "spark_array_repeat__int__int__array_int(1, 2147483647)",
    "spark_sequence__bigint__bigint__array_bigint(0, 9223372036854775807)",
    "spark_array_insert__array_int__int__int__array_int([1], 2147483647, 1)",
  };
  for (size_t i = 0; i < ARRAY_LENGTH(calls); i++) {
    SCOPED(arena_done) struct arena arena = { 0 };
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT %s", calls[i]);
    assert_contains(ask(&arena, sql), "COLLECTION_SIZE_LIMIT_EXCEEDED");
  }
}

/* current_timestamp() is the run's in every statement; as expr writes it. */
static void current_timestamp__is_one_instant_a_run(void **state)
{
  (void)state;
  SCOPED(arena_done) struct arena arena = { 0 };
  struct database *opened = NULL;
  struct error err;
  struct database_settings settings = { .timezone = "America/Bogota", .instant_us = 1705322096789012 };
  const char *sql = "SELECT spark_unix_micros(coalesce(getvariable('crisol_instant'), current_timestamp))";
  assert_true(database_open(&settings, &opened, &err));
  for (int i = 0; i < 2; i++) {
    struct table table;
    assert_true(database_query(&arena, opened, sql, &table, &err));
    assert_string_equal(table.cells[0], "1705322096789012");
  }
  database_close(&opened);
}

/* Rows that fit, rows that do not and rows of null beside one another, over more than one vector. */
static void from_json__keeps_rows_apart(void **state)
{
  (void)state;
  assert_answer(
      "SELECT count(v) || ' ' || count(v.a) || ' ' || sum(len(v.a)) || ' ' || sum(v.a[1]) || ' ' || "
      "count(v.b) || ' ' || max(v.b) FROM (SELECT "
      "spark_from_json__string__struct_2_61_array_int_62_string(CASE i % 5 WHEN 0 THEN NULL "
      "WHEN 1 THEN '{\"a\":[' || i || ',2],\"b\":\"x' || i || '\"}' WHEN 2 THEN '{\"a\":[1,\"x\"],\"b\":1.50}' "
      "WHEN 3 THEN '{\"a\":[1,' ELSE '{\"a\":[]}' END) v FROM range(10000) t(i))",
      "8000 4000 4000 9997000 4000 x9996");
}

static void duckdb_eval__answers_and_fails(void **state)
{
  (void)state;
  SCOPED(arena_done) struct arena arena = { 0 };
  char *line;
  const char *class;
  struct error err;
  assert_true(duckdb_eval(&arena, (struct expr_text){ .text = TEXT("concat('a\\n', 1)") }, "UTC", &line, &class, &err));
  assert_string_equal(line, "string: a\\n1");
  assert_false(
      duckdb_eval(&arena, (struct expr_text){ .text = TEXT("map('a', 1, 'a', 2)") }, "UTC", &line, &class, &err));
  assert_string_equal(class, "DUPLICATED_MAP_KEY");
  assert_string_equal(err.message, "[DUPLICATED_MAP_KEY] a map cannot have a key twice");
  assert_int_equal(err.kind, ERROR_DATA);
  assert_false(duckdb_eval(&arena, (struct expr_text){ .text = TEXT("1 +") }, "UTC", &line, &class, &err));
  assert_string_equal(class, "PARSE_SYNTAX_ERROR");
  assert_false(duckdb_eval(&arena, (struct expr_text){ .text = TEXT("1") }, "Mars/Olympus", &line, &class, &err));
  assert_null(class);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(functions__run_over_many_rows_with_nulls),
    cmocka_unit_test(functions__propagate_null),
    cmocka_unit_test(aggregate__reads_columns_of_its_own_row),
    cmocka_unit_test(functions_ensure__registers_each_family_once_and_again),
    cmocka_unit_test(functions_ensure__leaves_unknown_names_to_duckdb),
    cmocka_unit_test(functions_ensure__wants_functions_register),
    cmocka_unit_test(functions__know_the_session_s_zone),
    cmocka_unit_test(rlike__takes_patterns_from_a_column),
    cmocka_unit_test(current_timestamp__is_one_instant_a_run),
    cmocka_unit_test(from_json__keeps_rows_apart),
    cmocka_unit_test(functions__never_make_text_that_is_no_utf8),
    cmocka_unit_test(functions__limit_what_they_make),
    cmocka_unit_test(duckdb_eval__answers_and_fails),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
