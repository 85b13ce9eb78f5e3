#include "support.h"

#include "plan/drift.h"

static struct arena arena;

struct column {
  const char *name, *type;
};

static struct drift_columns columns_of(const struct column *columns, size_t count)
{
  const char **names = arena_array(&arena, count + 1, sizeof(*names));
  const char **types = arena_array(&arena, count + 1, sizeof(*types));
  for (size_t i = 0; i < count; i++) {
    names[i] = columns[i].name;
    types[i] = columns[i].type;
  }
  return (struct drift_columns){ names, types, count };
}

/* What a person reads of all changes, one a line. */
static const char *compare(const struct column *before, size_t n_before, const struct column *now, size_t n_now)
{
  struct drift drift = { .arena = &arena };
  struct drift_columns first = columns_of(before, n_before), second = columns_of(now, n_now);
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  text_buffer_add_string(&out, "");
  drift_compare(&drift, DRIFT_RUN, &first, &second, NULL, 0);
  for (size_t i = 0; i < drift.count; i++) {
    drift_print(&drift.changes[i], &out);
    text_buffer_add_char(&out, '\n');
  }
  return text_copy(&arena, text_buffer_text(&out));
}

static const struct column before[] = { { "id", "int" }, { "amount", "int" }, { "note", "string" } };

#define COMPARE(...)                                                                                                   \
  compare(before, ARRAY_LENGTH(before), (const struct column[]){ __VA_ARGS__ },                                        \
          ARRAY_LENGTH(((const struct column[]){ __VA_ARGS__ })))

static void drift__of_the_same_columns_is_none(void **state)
{
  (void)state;
  assert_string_equal(COMPARE({ "id", "int" }, { "amount", "int" }, { "note", "string" }), "");
  assert_string_equal(COMPARE({ "ID", "int" }, { "Amount", "int" }, { "NOTE", "string" }), "");
}

static void drift__names_what_is_new_and_what_is_missing(void **state)
{
  (void)state;
  const char *changes = COMPARE({ "id", "int" }, { "amount", "int" }, { "remark", "string" });
  assert_contains(changes, "\"remark\"");
  assert_contains(changes, "\"note\"");
  assert_contains(changes, "new");
  assert_contains(changes, "missing");
}

static void drift__tells_a_wider_type_from_a_narrower_and_from_another(void **state)
{
  (void)state;
  assert_contains(COMPARE({ "id", "bigint" }, { "amount", "int" }, { "note", "string" }), "widened from int to bigint");
  assert_contains(COMPARE({ "id", "smallint" }, { "amount", "int" }, { "note", "string" }), "narrowed");
  assert_contains(COMPARE({ "id", "boolean" }, { "amount", "int" }, { "note", "string" }), "changed");
}

static void drift__sees_another_order_of_the_columns_that_both_have(void **state)
{
  (void)state;
  const char *changes = COMPARE({ "amount", "int" }, { "id", "int" }, { "note", "string" });
  assert_contains(changes, "order");
  assert_string_equal(strchr(changes, '\n'), "\n"); /* once, for the first that is out of place */
}

static int tear_down(void **state)
{
  (void)state;
  arena_done(&arena);
  return 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(drift__of_the_same_columns_is_none),
    cmocka_unit_test(drift__names_what_is_new_and_what_is_missing),
    cmocka_unit_test(drift__tells_a_wider_type_from_a_narrower_and_from_another),
    cmocka_unit_test(drift__sees_another_order_of_the_columns_that_both_have),
  };
  return cmocka_run_group_tests(tests, NULL, tear_down);
}
