/* The least and the greatest value, as statistics have them. */
#include "support.h"

#include "parquet/parquet_internal.h"

#include <math.h>

static const struct parquet_type text_type = { .kind = PARQUET_STRING }, binary_type = { .kind = PARQUET_BINARY },
                                 double_type = { .kind = PARQUET_DOUBLE }, int_type = { .kind = PARQUET_INT64 };
static const struct leaf text_leaf = { .type = &text_type, .physical = PHYSICAL_BYTES },
                         binary_leaf = { .type = &binary_type, .physical = PHYSICAL_BYTES },
                         double_leaf = { .type = &double_type, .physical = PHYSICAL_DOUBLE, .width = 8 },
                         int_leaf = { .type = &int_type, .physical = PHYSICAL_INT64, .width = 8 },
                         fixed_leaf = { .type = &int_type, .physical = PHYSICAL_FIXED, .width = 16 };

static struct bounds bounds_of_text(const struct leaf *leaf, const char *const *texts, size_t count)
{
  SCOPED(text_buffer_done) struct text_buffer values = { 0 };
  struct bounds bounds;
  for (size_t i = 0; i < count; i++) {
    uint32_t length = (uint32_t)strlen(texts[i]);
    text_buffer_add(&values, &length, sizeof(length));
    text_buffer_add(&values, texts[i], length);
  }
  bounds_of(leaf, values.data, values.length, &bounds);
  return bounds;
}

#define X10 "xxxxxxxxxx"
#define X60 X10 X10 X10 X10 X10 X10

static void bounds_of__cuts_long_texts_to_what_still_bounds_them(void **state)
{
  (void)state;
  static const struct {
    const struct leaf *leaf;
    const char *texts[3];
    const char *min, *max; /* max: NULL where there are no bounds */
    bool is_min_exact, is_max_exact;
  } cases[] = {
    { &text_leaf, { "b", "a", "ab" }, "a", "b", true, true },
    { &text_leaf, { "", "a", "\xC3\xA9" }, "", "\xC3\xA9", true, true },
    { &text_leaf, { "abcdefgh", "abcdefghi", "abcdefgg" }, "abcdefgg", "abcdefghi", true, true },
    { &text_leaf, { X60 "1234", "a", "b" }, "a", X60 "1234", true, true },
    { &text_leaf, { X60 "12345", "a", "b" }, "a", X60 "1235", true, false },
    { &text_leaf, { X60 "12345", "y", "z" }, X60 "1234", "z", false, true },
    { &text_leaf, { X60 "\xC3\xA9\xC3\xA9\xC3\xA9", "a", "b" }, "a", X10 X10 X10 X10 X10 "xxxxxxxxxy", true, false },
    { &text_leaf, { X60 "123\xC3\xA9", "y", "z" }, X60 "123", "z", false, true },
    { &text_leaf, { X60 "12\x7F\x7F\x7F", "a", "b" }, "a", X60 "13", true, false },
    { &binary_leaf, { X60 "12\xFF\xFF\xFF", "a", "b" }, "a", X60 "13", true, false },
    { &binary_leaf, { X60 "123\xFE\xFF", "a", "b" }, "a", X60 "123\xFF", true, false },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
    struct bounds bounds = bounds_of_text(cases[i].leaf, cases[i].texts, 3);
    assert_true(bounds.is_set);
    assert_int_equal(bounds.min_length, strlen(cases[i].min));
    assert_memory_equal(bounds.min, cases[i].min, bounds.min_length);
    assert_int_equal(bounds.max_length, strlen(cases[i].max));
    assert_memory_equal(bounds.max, cases[i].max, bounds.max_length);
    assert_int_equal(bounds.is_min_exact, cases[i].is_min_exact);
    assert_int_equal(bounds.is_max_exact, cases[i].is_max_exact);
  }
}

static void bounds_of__has_none_where_no_text_is_greater_than_what_was_cut(void **state)
{
  (void)state;
  char high[66];
  memset(high, 0xFF, 65);
  high[65] = '\0';
  const char *texts[] = { "a", high };
  struct bounds bounds = bounds_of_text(&binary_leaf, texts, 2);
  assert_false(bounds.is_set);
  assert_true(bounds.is_lost);
}

static void bounds_of__knows_the_zeros_and_gives_up_at_a_nan(void **state)
{
  (void)state;
  const double zeros[] = { 0.0, 0.0 }, negative[] = { -0.0, -1.0 }, with_nan[] = { 1.0, (double)NAN, 2.0 };
  struct bounds bounds;
  double value;
  bounds_of(&double_leaf, (const char *)zeros, sizeof(zeros), &bounds);
  memcpy(&value, bounds.min, sizeof(value));
  assert_true(value == 0 && signbit(value));
  memcpy(&value, bounds.max, sizeof(value));
  assert_true(value == 0 && !signbit(value));
  bounds_of(&double_leaf, (const char *)negative, sizeof(negative), &bounds);
  memcpy(&value, bounds.max, sizeof(value));
  assert_true(value == 0 && !signbit(value));
  bounds_of(&double_leaf, (const char *)with_nan, sizeof(with_nan), &bounds);
  assert_false(bounds.is_set);
  assert_true(bounds.is_lost);
  bounds_of(&double_leaf, NULL, 0, &bounds);
  assert_false(bounds.is_set || bounds.is_lost);
}

static void bounds_merge__holds_all_pages(void **state)
{
  (void)state;
  const int64_t pages[][2] = { { 5, 7 }, { INT64_MIN, 6 }, { -1, INT64_MAX } };
  struct bounds all = { 0 }, page;
  int64_t value;
  bounds_of(&int_leaf, NULL, 0, &page); /* of nulls alone */
  bounds_merge(&int_leaf, &all, &page);
  for (size_t i = 0; i < ARRAY_LENGTH(pages); i++) {
    bounds_of(&int_leaf, (const char *)pages[i], sizeof(pages[i]), &page);
    bounds_merge(&int_leaf, &all, &page);
  }
  memcpy(&value, all.min, sizeof(value));
  assert_true(value == INT64_MIN);
  memcpy(&value, all.max, sizeof(value));
  assert_true(value == INT64_MAX);
  const char *const texts[] = { "m" }, *const others[] = { "z", "a" };
  struct bounds left = bounds_of_text(&text_leaf, texts, 1), right = bounds_of_text(&text_leaf, others, 2);
  bounds_merge(&text_leaf, &left, &right);
  assert_memory_equal(left.min, "a", 1);
  assert_memory_equal(left.max, "z", 1);
}

static void bounds_of__orders_long_decimals_by_their_sign(void **state)
{
  (void)state;
  unsigned char values[3][16] = { { 0 } };
  struct bounds bounds;
  values[0][15] = 5;
  memset(values[1], 0xFF, 16); /* -1 */
  values[2][0] = 0x7F;
  bounds_of(&fixed_leaf, (const char *)values, sizeof(values), &bounds);
  assert_memory_equal(bounds.min, values[1], 16);
  assert_memory_equal(bounds.max, values[2], 16);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(bounds_of__cuts_long_texts_to_what_still_bounds_them),
    cmocka_unit_test(bounds_of__has_none_where_no_text_is_greater_than_what_was_cut),
    cmocka_unit_test(bounds_of__knows_the_zeros_and_gives_up_at_a_nan),
    cmocka_unit_test(bounds_merge__holds_all_pages),
    cmocka_unit_test(bounds_of__orders_long_decimals_by_their_sign),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
