/* What Spark 4.3 answered, expression by expression, against what we answer. A case that is refused (by name, as not
 * supported) counts as refused; one that is answered otherwise than by Spark fails the test. */
#include "support.h"

#include "duckdb/eval.h"

#include <stdio.h>
#include <stdlib.h>

struct count {
  size_t n_cases, n_right, n_refused, n_wrong;
};

/* One line: expression, tab, "type: value" or "ERROR CLASS"; "ERROR" alone where any refusal will do, since Spark's
 * class is an exception of Java's. */
static void check_case(struct evaluator *evaluator, const char *expression, const char *expected, struct count *count)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  struct expr_text text = { .text = text_from(expression) };
  struct error err;
  const char *class;
  char *line = NULL;
  bool is_answered = evaluator_eval(&arena, evaluator, text, &line, &class, &err);
  bool is_refused = !is_answered && class == NULL && err.kind == ERROR_CONFIG;
  if (!is_answered && class != NULL)
    line = arena_printf(&arena, "ERROR %s", class);
  count->n_cases++;
  bool is_any_error = strcmp(expected, "ERROR") == 0 && class != NULL && !is_answered;
  if (is_any_error || (line != NULL && strcmp(line, expected) == 0)) {
    count->n_right++;
  } else if (is_refused) {
    count->n_refused++;
    printf("refused: %s: %s\n", expression, err.message);
  } else {
    count->n_wrong++;
    print_error("%s\n  expected %s\n  answered %s\n", expression, expected, line == NULL ? err.message : line);
  }
}

static struct count check_file(const char *path)
{
  struct count count = { 0 };
  struct error err;
  SCOPED(evaluator_close) struct evaluator *evaluator = NULL;
  assert_true(evaluator_open("America/Bogota", &evaluator, &err));
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  char *line = NULL;
  size_t capacity = 0;
  while (getline(&line, &capacity, file) > 0) {
    line[strcspn(line, "\n")] = 0;
    char *tab = strchr(line, '\t');
    if (line[0] == '#' || tab == NULL)
      continue;
    *tab = 0;
    check_case(evaluator, line, tab + 1, &count);
  }
  free(line);
  fclose(file);
  printf("%s: %zu of %zu as Spark, %zu refused, %zu wrong\n", path, count.n_right, count.n_cases, count.n_refused,
         count.n_wrong);
  return count;
}

static void semantics__are_spark_s(void **state)
{
  (void)state;
  struct count count = check_file("tests/cases/expr/semantics.tsv");
  assert_int_equal(count.n_wrong, 0);
  assert_true(count.n_right >= 507);
}

/* Every case of these files is answered. */
static void documented_examples__are_answered(void **state)
{
  (void)state;
  struct count count = check_file("tests/cases/expr/examples.tsv");
  assert_int_equal(count.n_right, count.n_cases);
}

static void edges__are_answered(void **state)
{
  (void)state;
  struct count count = check_file("tests/cases/expr/edges.tsv");
  assert_int_equal(count.n_right, count.n_cases);
}

static void json__is_read_and_written_as_by_spark(void **state)
{
  (void)state;
  struct count count = check_file("tests/cases/expr/json.tsv");
  assert_int_equal(count.n_right, count.n_cases);
}

static void dates_and_times__are_answered(void **state)
{
  (void)state;
  struct count count = check_file("tests/cases/expr/temporal.tsv");
  assert_int_equal(count.n_right, count.n_cases);
}

static void regular_expressions__are_answered(void **state)
{
  (void)state;
  struct count count = check_file("tests/cases/expr/regexp.tsv");
  assert_int_equal(count.n_right, count.n_cases);
}

static void values_of_all_types__are_answered(void **state)
{
  (void)state;
  struct count count = check_file("tests/cases/expr/types.tsv");
  assert_int_equal(count.n_right, count.n_cases);
}

static void what_differed_once__is_answered(void **state)
{
  (void)state;
  struct count count = check_file("tests/cases/expr/found.tsv");
  assert_int_equal(count.n_right, count.n_cases);
}

static void further_functions__are_answered(void **state)
{
  (void)state;
  struct count count = check_file("tests/cases/expr/further.tsv");
  assert_int_equal(count.n_right, count.n_cases);
}

/* A sample of what `make conformance` asks (docs/conformance.md); lines that differ are comments of the file. */
static void random_expressions__are_answered(void **state)
{
  (void)state;
  struct count count = check_file("tests/cases/expr/random.tsv");
  assert_int_equal(count.n_right, count.n_cases);
  assert_true(count.n_cases >= 2900);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(semantics__are_spark_s),
    cmocka_unit_test(documented_examples__are_answered),
    cmocka_unit_test(edges__are_answered),
    cmocka_unit_test(json__is_read_and_written_as_by_spark),
    cmocka_unit_test(dates_and_times__are_answered),
    cmocka_unit_test(regular_expressions__are_answered),
    cmocka_unit_test(values_of_all_types__are_answered),
    cmocka_unit_test(what_differed_once__is_answered),
    cmocka_unit_test(random_expressions__are_answered),
    cmocka_unit_test(further_functions__are_answered),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
