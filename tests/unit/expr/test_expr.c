/* Expressions over columns: types, SQL for DuckDB and for Spark, errors at their places. The cases are files of
 * tests/cases/expr; without columns, expressions are tested by what they answer (engine/duckdb). */
#include "support.h"

#undef fail_msg /* cmocka's calls its fail(), which support.h gives up for ours */
#define fail_msg(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

#include "expr/functions/functions.h"

#include <stdio.h>
#include <stdlib.h>

static struct arena arena;
static struct expr_column columns[16];
static struct expr_scope scope = { .columns = columns, .timezone = "America/Bogota" };

static const char *const column_types[][2] = {
  { "amount", "decimal(18,2)" },
  { "currency", "string" },
  { "n", "int" },
  { "big", "bigint" },
  { "price", "double" },
  { "created_at", "timestamp" },
  { "day", "date" },
  { "is_open", "boolean" },
  { "tags", "array<string>" },
  { "items", "array<struct<id:int,price:double>>" },
  { "geo_location", "struct<country:string,lat:double>" },
  { "event_metadata", "map<string,string>" },
  { "two words", "string" },
  { "Case", "int" },
  { "case", "int" },
};

static int setup(void **state)
{
  (void)state;
  struct error err;
  for (size_t i = 0; i < ARRAY_LENGTH(column_types); i++) {
    columns[i].name = column_types[i][0];
    assert_true(type_parse(&arena, text_from(column_types[i][1]), NOWHERE, &columns[i].type, &err));
  }
  scope.n_columns = ARRAY_LENGTH(column_types);
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  arena_done(&arena);
  return 0;
}

static bool compile(const char *text, struct expr **ret_expr, const char **ret_class, struct error *err)
{
  struct source *source = arena_alloc(&arena, sizeof *source);
  *source = (struct source){ .name = "rule", .text = text_from(arena_copy(&arena, text, strlen(text))) };
  struct expr_text expression = { .text = source->text,
                                  .place = { .source = source, .start = 0, .length = source->text.length },
                                  .is_verbatim = true };
  return expr_compile(&arena, expression, &scope, ret_expr, ret_class, err);
}

static struct expr *compiled(const char *text)
{
  struct expr *expr;
  struct error err;
  if (!compile(text, &expr, NULL, &err))
    fail_msg("%s: %s", text, err.message);
  return expr;
}

/* Splits a line at tabs, in place; returns how many parts there are. */
static size_t split(char *line, char *parts[], size_t n_parts)
{
  size_t count = 0;
  for (char *part = line; part != NULL && count < n_parts; count++) {
    parts[count] = strsep(&part, "\t");
  }
  return count;
}

static void for_each_case(const char *path, size_t n_parts, void (*check)(char *parts[]))
{
  FILE *file = fopen(path, "r");
  char line[4096];
  char *parts[8];
  size_t count = 0;
  if (file == NULL)
    fail_msg("could not open %s", path);
  while (fgets(line, sizeof line, file) != NULL) {
    line[strcspn(line, "\n")] = 0;
    if (line[0] == 0 || line[0] == '#')
      continue;
    if (split(line, parts, n_parts) != n_parts)
      fail_msg("%s: \"%s\" has not %zu parts", path, line, n_parts);
    check(parts);
    count++;
  }
  fclose(file);
  assert_true(count > 0);
}

static void check_duckdb(char *parts[])
{
  struct expr *expr = compiled(parts[0]);
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  expr_print_duckdb(expr, &sql);
  if (strcmp(type_name(&arena, expr_type(expr)), parts[1]) != 0 || strcmp(sql.data, parts[2]) != 0)
    fail_msg("%s\nexpected %s\t%s\nfound    %s\t%s", parts[0], parts[1], parts[2], type_name(&arena, expr_type(expr)),
             sql.data);
}

static void expr_print_duckdb__keeps_spark_meaning(void **state)
{
  (void)state;
  for_each_case("tests/cases/expr/duckdb.tsv", 3, check_duckdb);
}

static void check_spark(char *parts[])
{
  SCOPED(text_buffer_done) struct text_buffer once = { 0 };
  SCOPED(text_buffer_done) struct text_buffer twice = { 0 };
  expr_print_spark(compiled(parts[0]), &once);
  assert_string_equal(once.data, parts[1]);
  expr_print_spark(compiled(once.data), &twice);
  assert_string_equal(twice.data, parts[1]);
}

static void expr_print_spark__is_canonical(void **state)
{
  (void)state;
  for_each_case("tests/cases/expr/spark.tsv", 2, check_spark);
}

static void check_error(char *parts[])
{
  struct expr *expr;
  struct error err;
  const char *class;
  if (compile(parts[0], &expr, &class, &err))
    fail_msg("%s compiled", parts[0]);
  const char *found = class == NULL ? "-" : class;
  if (strcmp(found, parts[1]) != 0 || err.column != (size_t)atoi(parts[2]) || strcmp(err.message, parts[3]) != 0 ||
      strcmp(err.hint[0] == 0 ? "-" : err.hint, parts[4]) != 0)
    fail_msg("%s\nexpected %s\t%s\t%s\t%s\nfound    %s\t%zu\t%s\t%s", parts[0], parts[1], parts[2], parts[3], parts[4],
             found, err.column, err.message, err.hint);
  assert_int_equal(err.kind, ERROR_CONFIG);
}

static void expr_compile__names_the_error_and_its_place(void **state)
{
  (void)state;
  for_each_case("tests/cases/expr/errors.tsv", 5, check_error);
}

static void expr_compile__points_at_the_whole_place_of_a_text_that_is_not_verbatim(void **state)
{
  (void)state;
  struct source source = { .name = "payments.yml", .text = TEXT("expr: amout > 0") };
  struct expr_text text = { .text = TEXT("amout > 0"), .place = { &source, 6, 9 }, .is_verbatim = false };
  struct expr *expr;
  struct error err;
  assert_false(expr_compile(&arena, text, &scope, &expr, NULL, &err));
  assert_error(err, "unrecognized column \"amout\"", 1, 7);
  assert_int_equal(err.width, 9);
  assert_string_equal(err.hint, "The nearest column is \"amount\".");
}

static void expr_uses_column__looks_at_every_part(void **state)
{
  (void)state;
  struct expr *expr = compiled("CASE WHEN n > 1 THEN upper(currency) ELSE cast(amount AS string) END");
  assert_true(expr_uses_column(expr, 0));
  assert_true(expr_uses_column(expr, 1));
  assert_true(expr_uses_column(expr, 2));
  assert_false(expr_uses_column(expr, 3));
}

static void expr_is_constant__is_false_for_what_varies(void **state)
{
  (void)state;
  assert_true(expr_is_constant(compiled("1 + length('a')")));
  assert_true(expr_is_constant(compiled("transform(array(1), x -> x + 1)")));
  assert_false(expr_is_constant(compiled("n + 1")));
  assert_false(expr_is_constant(compiled("current_timestamp()")));
  assert_false(expr_is_constant(compiled("concat(uuid(), 'a')")));
}

static void expr_cast__wraps_and_refuses(void **state)
{
  (void)state;
  const struct expr *cast;
  struct error err;
  assert_true(expr_cast(&arena, compiled("n"), type_simple(TYPE_INT), NOWHERE, &cast, &err));
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  expr_print_duckdb(cast, &sql);
  assert_string_equal(sql.data, "\"n\"");
  assert_true(expr_cast(&arena, compiled("currency"), type_decimal(&arena, 18, 2), NOWHERE, &cast, &err));
  text_buffer_clear(&sql);
  expr_print_duckdb(cast, &sql);
  assert_string_equal(sql.data, "spark_cast__string__decimal_18_2(\"currency\")");
  text_buffer_clear(&sql);
  expr_print_spark(cast, &sql);
  assert_string_equal(sql.data, "CAST(currency AS decimal(18,2))");
  assert_false(expr_cast(&arena, compiled("n"), type_simple(TYPE_DATE), NOWHERE, &cast, &err));
  assert_string_equal(err.message, "cannot cast int to date");
}

static void expr_compile__uses_the_sql_of_a_column(void **state)
{
  (void)state;
  const struct expr_column column = { .name = "amount", .type = type_simple(TYPE_INT), .sql = "s.c3" };
  const struct expr_scope one = { .columns = &column, .n_columns = 1, .timezone = "UTC" };
  struct expr_text text = { .text = TEXT("AMOUNT > 5") };
  struct expr *expr;
  struct error err;
  assert_true(expr_compile(&arena, text, &one, &expr, NULL, &err));
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  expr_print_duckdb(expr, &sql);
  assert_string_equal(sql.data, "(s.c3 > 5)");
}

static void expr_compile__refuses_an_unknown_zone(void **state)
{
  (void)state;
  const struct expr_scope nowhere = { .timezone = "Mars/Olympus" };
  struct expr_text text = { .text = TEXT("1") };
  struct expr *expr;
  struct error err;
  assert_false(expr_compile(&arena, text, &nowhere, &expr, NULL, &err));
  assert_string_equal(err.message, "unknown time zone \"Mars/Olympus\"");
}

static void repeat(struct text_buffer *out, const char *text, size_t count)
{
  for (size_t i = 0; i < count; i++)
    text_buffer_add_string(out, text);
}

static void expr_compile__limits_depth_and_size(void **state)
{
  (void)state;
  static const struct {
    const char *start, *repeated, *end;
    size_t count;
  } cases[] = {
    { "", "(", "1", 100000 },         { "", "- - ", "n", 100000 },      { "1", " + 1", "", 100000 },
    { "", "NOT ", "true", 100000 },   { "", "abs(", "1", 100000 },      { "tags", "[0]", "", 100000 },
    { "1 IN (1", ", 1", ")", 50000 }, { "", "CASE WHEN ", "", 100000 }, { "", "x -> ", "", 100000 },
    { "1::", "array<", "", 100000 },  { "", "'a' ", "", 100000 },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
    SCOPED(arena_done) struct arena own = { 0 };
    SCOPED(text_buffer_done) struct text_buffer text = { 0 };
    struct expr *expr;
    struct error err;
    text_buffer_add_string(&text, cases[i].start);
    repeat(&text, cases[i].repeated, cases[i].count);
    text_buffer_add_string(&text, cases[i].end);
    struct expr_text expression = { .text = text_buffer_text(&text) };
    bool is_valid = expr_compile(&own, expression, &scope, &expr, NULL, &err);
    assert_int_equal(is_valid, cases[i].repeated[0] == '\'');
  }
}

/* Expressions of a few hundred operators, which people do write, compile. */
static void expr_compile__takes_long_rules(void **state)
{
  (void)state;
  SCOPED(text_buffer_done) struct text_buffer text = { 0 };
  text_buffer_add_string(&text, "n = 0");
  repeat(&text, " OR n = 1", 300);
  assert_non_null(compiled(text.data));
}

/* Every row says what it does and how it is printed; no name stands twice. */
static void function_families__are_complete(void **state)
{
  (void)state;
  for (size_t i = 0; i < n_function_families; i++) {
    for (size_t j = 0; j < function_families[i]->n_rows; j++) {
      const struct function *row = &function_families[i]->rows[j];
      if (row->doc == NULL || (row->duckdb == NULL && row->print == NULL) ||
          (row->returns == NULL && row->resolve == NULL) || row->min_args > row->max_args)
        fail_msg("function \"%s\" is not complete", row->name);
      assert_ptr_equal(function_find(text_from(row->name)), row);
    }
  }
}

/* "-" where nothing is settled, else no | all | all but null, and the column that settles it. */
static void find_always__sees_what_the_text_settles(void **state)
{
  (void)state;
  static const struct {
    const char *expression, *expected;
  } cases[] = {
    /* what people mean */
    { "n > 5", "-" },
    { "n IS NOT NULL", "-" },
    { "NOT (n IS NULL)", "-" },
    { "n > 5 AND n < 10", "-" },
    { "n < 5 OR n > 10", "-" },
    { "big > 5 AND big < 7", "-" },
    { "n > 2147483646", "-" },
    { "amount > 5.00 AND amount < 5.02", "-" },
    { "price > 5 AND price < 6", "-" },
    { "n IN ('1', 'x')", "-" },
    { "currency = 'A' OR currency = 'B'", "-" },
    { "currency <> 'A' AND currency <> 'B'", "-" },
    { "currency NOT IN ('A', 'B')", "-" },
    { "n BETWEEN 1 AND 1", "-" },
    { "n >= 1 AND n <= 1", "-" },
    { "n <> n", "-" },
    { "n > big", "-" },
    { "n + 1 > 5 AND n + 1 < 3", "-" },
    { "currency IS NULL OR currency <> ''", "-" },
    { "n > 5 OR big < 3", "-" },
    { "is_open OR NOT is_open", "-" },
    { "currency LIKE '%'", "-" },
    /* never */
    { "n > 10 AND n < 5", "no n" },
    { "n > 5 AND n < 6", "no n" }, /* a whole number */
    { "n > 2147483647", "no n" },
    { "n < -2147483648", "no n" },
    { "n = 1.5", "no n" },
    { "n = 'x'", "no n" },
    { "amount > 5.00 AND amount < 5.01", "no amount" },
    { "amount = 1.005", "no amount" },
    { "n > 5 AND n < 5", "no n" },
    { "n >= 5 AND n < 5", "no n" },
    { "5 < n AND 5 > n", "no n" },
    { "n = 1 AND n = 2", "no n" },
    { "n = 1 AND n <> 1", "no n" },
    { "n BETWEEN 10 AND 1", "no n" },
    { "n IN (1, 2) AND n > 2", "no n" },
    { "currency = 'A' AND currency = 'B'", "no currency" },
    { "currency IN ('A') AND currency NOT IN ('A', 'B')", "no currency" },
    { "n = NULL", "no n" },
    { "n <> NULL", "no n" },
    { "NOT (n = NULL)", "no n" },
    { "currency NOT IN ('A', NULL)", "no currency" },
    { "n IS NULL AND n > 5", "no n" },
    { "n IS NULL AND n IS NOT NULL", "no n" },
    { "big > 3 AND (n > 10 AND n < 5)", "no n" },
    { "n > 10 AND big > 3 AND n < 5", "no n" },
    { "amount > 10.5 AND amount <= 10.50", "no amount" },
    { "price > 1e3 AND price < 999", "no price" },
    { "currency > 5 AND currency < 3", "no currency" },
    { "n > 0 AND false", "no n" },
    /* wherever there is a value */
    { "currency <> 'A' OR currency <> 'B'", "all but null currency" },
    { "NOT (currency = 'A' AND currency = 'B')", "all but null currency" },
    { "n > 3 OR n < 5", "all but null n" },
    { "n > 3 OR n <= 3", "all but null n" },
    { "n NOT IN (1) OR n NOT IN (2)", "all but null n" },
    { "amount >= 0 OR amount < 0", "all but null amount" },
    { "day <= DATE'2024-01-02' OR day > DATE'2024-01-02'", "all but null day" },
    /* all */
    { "n IS NULL OR n IS NOT NULL", "all n" },
    { "n IS NULL OR n > 3 OR n < 5", "all n" },
    { "n > 3 OR true", "all n" },
  };
  static const char *const answers[] = {
    [ALWAYS_UNTRUE] = "no", [ALWAYS_TRUE] = "all", [ALWAYS_TRUE_OR_NULL] = "all but null"
  };
  for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
    const char *column = NULL;
    enum expr_always always = expr_find_always(compiled(cases[i].expression), &column);
    const char *found = always == ALWAYS_NOTHING ? "-" : arena_printf(&arena, "%s %s", answers[always], column);
    if (strcmp(found, cases[i].expected) != 0)
      fail_msg("%s: found %s, expected %s", cases[i].expression, found, cases[i].expected);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(find_always__sees_what_the_text_settles),
    cmocka_unit_test(expr_print_duckdb__keeps_spark_meaning),
    cmocka_unit_test(expr_print_spark__is_canonical),
    cmocka_unit_test(expr_compile__names_the_error_and_its_place),
    cmocka_unit_test(expr_compile__points_at_the_whole_place_of_a_text_that_is_not_verbatim),
    cmocka_unit_test(expr_uses_column__looks_at_every_part),
    cmocka_unit_test(expr_is_constant__is_false_for_what_varies),
    cmocka_unit_test(expr_cast__wraps_and_refuses),
    cmocka_unit_test(expr_compile__uses_the_sql_of_a_column),
    cmocka_unit_test(expr_compile__refuses_an_unknown_zone),
    cmocka_unit_test(expr_compile__limits_depth_and_size),
    cmocka_unit_test(expr_compile__takes_long_rules),
    cmocka_unit_test(function_families__are_complete),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
