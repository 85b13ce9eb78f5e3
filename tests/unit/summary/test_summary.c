/* Summaries: what is counted, what is estimated, and that parts of a column tell what the whole does. */
#include "summary/summary.h"

#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Value i of a column of some kind. */
static struct text value_of(int kind, uint64_t i, char buffer[64])
{
  static const char *const formats[] = { "%llu", "K%llu", "%llu.50", "v%llu", "2024-01-%02llu" };
  unsigned long long number = kind == 3 ? i % 7 : kind == 4 ? i % 28 + 1 : kind == 1 ? i / 2 : i;
  int length = snprintf(buffer, 64, formats[kind], number);
  return (struct text){ buffer, (size_t)length };
}

static void fill(struct summary *summary, int kind, uint64_t from, uint64_t to)
{
  char buffer[64];
  for (uint64_t i = from; i < to; i++)
    summary_add(summary, value_of(kind, i, buffer));
}

static void few_values__are_counted(void **state)
{
  (void)state;
  SCOPED(arena_done) struct arena arena = { 0 };
  SCOPED(summary_free) struct summary *summary = summary_new();
  struct summary_facts facts;
  fill(summary, 3, 0, 70001);
  summary_tell(&arena, summary, &facts);
  assert_int_equal(facts.count, 70001);
  assert_int_equal(facts.distinct, 7);
  assert_true(facts.is_exact && facts.is_top_exact && facts.uniqueness == VALUES_REPEAT);
  assert_int_equal(facts.n_top, 7);
  assert_int_equal(facts.top[0].count, 10001);
  assert_string_equal(facts.top[0].text.data, "v0");
  assert_string_equal(facts.least.data, "v0");
  assert_string_equal(facts.greatest.data, "v6");
  assert_int_equal(facts.n_shapes, 1);
  assert_string_equal(facts.shapes[0].text.data, "a9");
}

static void many_values__are_estimated_and_unique_ones_known(void **state)
{
  (void)state;
  static const struct {
    int kind;
    uint64_t rows, distinct;
    enum uniqueness uniqueness;
  } columns[] = { { 0, 200000, 200000, VALUES_UNIQUE }, { 1, 200000, 100000, VALUES_REPEAT } };
  for (size_t i = 0; i < ARRAY_LENGTH(columns); i++) {
    SCOPED(arena_done) struct arena arena = { 0 };
    SCOPED(summary_free) struct summary *summary = summary_new();
    struct summary_facts facts;
    fill(summary, columns[i].kind, 0, columns[i].rows);
    summary_tell(&arena, summary, &facts);
    assert_int_equal(facts.uniqueness, columns[i].uniqueness);
    assert_int_equal(facts.is_exact, columns[i].uniqueness == VALUES_UNIQUE);
    assert_true(fabs((double)facts.distinct / (double)columns[i].distinct - 1) < 0.05);
    assert_false(facts.is_top_exact);
    assert_int_equal(facts.n_top, 0); /* none comes often */
  }
}

/* One value of a hundred, spread over a column of others that never come twice. */
static void what_comes_often__is_found_among_many(void **state)
{
  (void)state;
  SCOPED(arena_done) struct arena arena = { 0 };
  SCOPED(summary_free) struct summary *summary = summary_new();
  struct summary_facts facts;
  char buffer[64];
  for (uint64_t i = 0; i < 300000; i++)
    summary_add(summary, i % 20 == 0 ? TEXT("often") : value_of(0, i, buffer));
  summary_tell(&arena, summary, &facts);
  assert_int_equal(facts.n_top, 1);
  assert_string_equal(facts.top[0].text.data, "often");
  assert_true(facts.top[0].count > 12000 && facts.top[0].count < 18000);
}

static void parts__tell_what_the_whole_does(void **state)
{
  (void)state;
  for (int kind = 0; kind < 5; kind++)
    for (uint64_t rows = 100; rows <= 60000; rows *= 24) {
      SCOPED(arena_done) struct arena arena = { 0 };
      SCOPED(summary_free) struct summary *whole = summary_new();
      SCOPED(summary_free) struct summary *first = summary_new();
      SCOPED(summary_free) struct summary *second = summary_new();
      struct summary_facts expected, found;
      fill(whole, kind, 0, rows);
      fill(first, kind, 0, rows / 3);
      fill(second, kind, rows / 3, rows);
      summary_merge(first, second);
      summary_tell(&arena, whole, &expected);
      summary_tell(&arena, first, &found);
      assert_int_equal(found.count, expected.count);
      assert_int_equal(found.is_exact, expected.is_exact);
      assert_int_equal(found.uniqueness, expected.uniqueness);
      assert_true(fabs((double)found.distinct / (double)expected.distinct - 1) < 0.001);
      assert_string_equal(found.least.data, expected.least.data);
      assert_string_equal(found.greatest.data, expected.greatest.data);
      assert_int_equal(found.numbers.count, expected.numbers.count);
      assert_int_equal(found.numbers.marks, expected.numbers.marks);
      assert_int_equal(found.iso.count, expected.iso.count);
      assert_int_equal(found.n_shapes, expected.n_shapes);
      for (size_t i = 0; i < found.n_shapes; i++)
        assert_int_equal(found.shapes[i].count, expected.shapes[i].count);
      if (expected.numbers.count > 0)
        assert_true(fabs(found.numbers.quantiles[1] / expected.numbers.quantiles[1] - 1) < 0.1);
    }
}

static void quantiles__are_those_of_the_values(void **state)
{
  (void)state;
  SCOPED(arena_done) struct arena arena = { 0 };
  SCOPED(summary_free) struct summary *summary = summary_new();
  struct summary_facts facts;
  fill(summary, 0, 1, 1002);
  summary_tell(&arena, summary, &facts);
  assert_true(facts.numbers.quantiles[0] == 251 && facts.numbers.quantiles[1] == 501 &&
              facts.numbers.quantiles[2] == 751 && facts.numbers.quantiles[3] == 991);
}

/* Bytes of every kind, and texts too long and too many of shape. */
static void hostile_values__are_counted_like_others(void **state)
{
  (void)state;
  SCOPED(arena_done) struct arena arena = { 0 };
  SCOPED(summary_free) struct summary *summary = summary_new();
  SCOPED(summary_free) struct summary *other = summary_new();
  struct summary_facts facts;
  srand(7);
  for (int i = 0; i < 30000; i++) {
    char bytes[120];
    size_t length = (size_t)rand() % sizeof(bytes);
    for (size_t k = 0; k < length; k++)
      bytes[k] = "0123456789.,-+:/ '()%$eEaZ[]{}\"\xC3\xA9\xE2\x88\x92"[rand() % 36];
    summary_add(i % 2 == 0 ? summary : other, (struct text){ bytes, length });
  }
  summary_merge(summary, other);
  summary_tell(&arena, summary, &facts);
  assert_int_equal(facts.count, 30000);
  assert_false(facts.has_all_shapes);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(few_values__are_counted),
    cmocka_unit_test(many_values__are_estimated_and_unique_ones_known),
    cmocka_unit_test(what_comes_often__is_found_among_many),
    cmocka_unit_test(parts__tell_what_the_whole_does),
    cmocka_unit_test(quantiles__are_those_of_the_values),
    cmocka_unit_test(hostile_values__are_counted_like_others),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
