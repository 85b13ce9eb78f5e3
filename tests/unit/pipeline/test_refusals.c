/* What is refused by counts alone, with an engine that runs nothing: it shows the rows that it is told to. */
#include "support.h"

#include "pipeline/refusals.h"

#include <string.h>

static struct sample_row shown[SAMPLE_ROWS];
static size_t n_shown, shown_index, n_asked;
static enum sample_kind shown_kind;

static bool show(struct engine *engine, struct arena *scratch, const struct plan *plan, enum sample_kind kind,
                 size_t index, struct sample_row *ret_rows, size_t *ret_count, struct error *err)
{
  (void)engine, (void)scratch, (void)plan, (void)err;
  n_asked++;
  *ret_count = kind == shown_kind && index == shown_index ? n_shown : 0;
  memcpy(ret_rows, shown, n_shown * sizeof(*shown));
  return true;
}

static bool show_nothing(struct engine *engine, struct arena *scratch, const struct plan *plan, enum sample_kind kind,
                         size_t index, struct sample_row *ret_rows, size_t *ret_count, struct error *err)
{
  (void)engine, (void)scratch, (void)plan, (void)kind, (void)index, (void)ret_rows, (void)ret_count;
  return fail(err, ERROR_ENVIRONMENT, NOWHERE, "lost");
}

/* Two files of one source, one column, one rule. */
static struct arena arena;
static const struct engine_driver canned = { .name = "canned", .sample = show };
static const struct engine_driver lost = { .name = "lost", .sample = show_nothing };
static struct engine engine;
static struct source_config source_config;
static struct plan_file files[] = { { .path = "a.csv" }, { .path = "b.csv" } };
static struct plan_source source;
static struct config_cast cast;
static struct plan_column column;
static struct config_rule rule_config;
static struct plan_rule rule;
static struct dataset dataset;
static struct plan plan;
static struct run run;
static uint64_t malformed[2];
static struct run_cast_result casts[1];
static struct run_rule_result rules[1];
static struct error err;

static int begin(void **state)
{
  (void)state;
  engine = (struct engine){ .driver = &canned };
  n_shown = n_asked = shown_index = 0;
  source_config = (struct source_config){ .format = SOURCE_CSV };
  source = (struct plan_source){ .config = &source_config, .files = files, .n_files = 2 };
  cast = (struct config_cast){ .on_error = ON_ERROR_NULL };
  column = (struct plan_column){ .name = "amount", .type = type_simple(TYPE_INT), .cast = &cast };
  struct expr_text text = { .text = text_from("amount > 0") };
  struct source *place = arena_alloc(&arena, sizeof(*place));
  *place = (struct source){ .name = "rules.yml", .text = text.text };
  text.place = (struct place){ .source = place, .length = text.text.length };
  rule_config = (struct config_rule){ .name = { .value = "positive" }, .expr = text };
  rule = (struct plan_rule){ .config = &rule_config };
  dataset = (struct dataset){ .schema_mode = SCHEMA_STRICT, .timezone = "UTC" };
  plan = (struct plan){ .dataset = &dataset,
                        .sources = &source,
                        .n_sources = 1,
                        .files = files,
                        .n_files = 2,
                        .columns = &column,
                        .n_columns = 1,
                        .n_named = 1,
                        .rules = &rule,
                        .n_rules = 1 };
  if (!plan_compile_rule(&arena, &plan, text, &rule.expr, &err))
    fail_msg("%s", err.message);
  memset(malformed, 0, sizeof(malformed));
  memset(casts, 0, sizeof(casts));
  memset(rules, 0, sizeof(rules));
  run = (struct run){ .arena = &arena, .malformed_records = malformed, .casts = casts, .rules = rules, .parsed = 10 };
  run.rows.read = run.rows.passed = 10;
  return 0;
}

static void show_rows(enum sample_kind kind, const char *value, const char *line)
{
  shown_kind = kind;
  n_shown = 1;
  shown[0] = (struct sample_row){ .value = value, .file = 1, .line = line, .position = "7" };
}

static void refuse_reading__lets_sound_data_pass_without_asking_for_rows(void **state)
{
  (void)state;
  source_config.options.mode = READ_FAILFAST;
  cast.on_error = ON_ERROR_FAIL;
  assert_true(refuse_reading(&engine, &plan, &run, &err));
  assert_int_equal(n_asked, 0);
}

static void refuse_reading__refuses_an_input_without_a_record_unless_that_is_meant(void **state)
{
  (void)state;
  run.rows.read = 0;
  assert_false(refuse_reading(&engine, &plan, &run, &err));
  assert_int_equal(err.kind, ERROR_DATA);
  assert_contains(err.message, "the input holds no record: 2 files, the first is \"a.csv\"");
  source_config.allow_empty = true;
  assert_true(refuse_reading(&engine, &plan, &run, &err));
}

static void refuse_reading__counts_malformed_records_of_all_files_under_failfast(void **state)
{
  (void)state;
  malformed[0] = 1, malformed[1] = 2;
  run.rows.malformed = 3, run.parsed = 7;
  assert_true(refuse_reading(&engine, &plan, &run, &err));
  source_config.options.mode = READ_DROPMALFORMED;
  assert_true(refuse_reading(&engine, &plan, &run, &err));
  source_config.options.mode = READ_FAILFAST;
  show_rows(SAMPLE_MALFORMED, "1,2,3", "8");
  assert_false(refuse_reading(&engine, &plan, &run, &err));
  assert_int_equal(err.kind, ERROR_DATA);
  assert_string_equal(err.message, "3 of 10 records are malformed, and mode is FAILFAST");
  assert_string_equal(err.hint, "The first: \"1,2,3\" (b.csv, line 8).");
}

static void refuse_reading__refuses_values_that_must_be_cast(void **state)
{
  (void)state;
  casts[0].nulled = 2;
  assert_true(refuse_reading(&engine, &plan, &run, &err));
  cast.on_error = ON_ERROR_FAIL;
  show_rows(SAMPLE_CAST, "12x", NULL);
  assert_false(refuse_reading(&engine, &plan, &run, &err));
  assert_string_equal(err.message, "2 of 10 values of column \"amount\" cannot be cast to int");
  assert_string_equal(err.hint, "The first: \"12x\" (b.csv, row 7).");
}

static void refuse_reading__says_so_without_rows_where_none_can_be_shown(void **state)
{
  (void)state;
  engine.driver = &lost;
  casts[0].nulled = 2;
  cast.on_error = ON_ERROR_FAIL;
  assert_false(refuse_reading(&engine, &plan, &run, &err));
  assert_int_equal(err.kind, ERROR_DATA);
  assert_contains(err.message, "cannot be cast");
  assert_string_equal(err.hint, "");
}

static void refuse_accounts__refuses_for_a_rule_at_its_place(void **state)
{
  (void)state;
  rules[0] = (struct run_rule_result){ .failed = 1, .total = 10 };
  run.rows.passed = 9, run.rows.quarantined = 1;
  assert_true(refuse_accounts(&engine, &plan, &run, &err));
  rule_config.on_fail = ON_FAIL_FAIL;
  show_rows(SAMPLE_RULE, NULL, "3");
  assert_false(refuse_accounts(&engine, &plan, &run, &err));
  assert_int_equal(err.kind, ERROR_DATA);
  assert_error(err, "1 of 10 rows fail rule \"positive\", which refuses the data", 1, 1);
  assert_string_equal(err.hint, "The first: \"null\" (b.csv, line 3).");
}

static void refuse_accounts__takes_a_limit_as_a_number_or_a_share(void **state)
{
  (void)state;
  rules[0] = (struct run_rule_result){ .failed = 2, .total = 10 };
  run.rows.passed = 8, run.rows.quarantined = 2;
  rule_config.max_failed = (struct config_limit){ .is_set = true, .value = 2 };
  assert_true(refuse_accounts(&engine, &plan, &run, &err));
  rule_config.max_failed = (struct config_limit){ .is_set = true, .is_percentage = true, .value = 19.9 };
  assert_false(refuse_accounts(&engine, &plan, &run, &err));
  assert_string_equal(err.message, "2 of 10 rows fail rule \"positive\", its max_failed is 19.9 %");
  rule_config.max_failed = (struct config_limit){ .is_set = false };
  dataset.max_rejected = (struct config_limit){ .is_set = true, .value = 1 };
  assert_false(refuse_accounts(&engine, &plan, &run, &err));
  assert_string_equal(err.message, "2 of 10 records are rejected, max_rejected is 1");
}

static void refuse_accounts__tells_of_a_rule_that_fails_everywhere(void **state)
{
  (void)state;
  rules[0] = (struct run_rule_result){ .failed = 10, .total = 10 };
  run.rows.passed = 0, run.rows.quarantined = 10;
  show_rows(SAMPLE_RULE, "-1", "3");
  assert_true(refuse_accounts(&engine, &plan, &run, &err));
  assert_int_equal(run.n_alerts, 2);
  assert_string_equal(run.alerts[0].kind, "rule_fails_everywhere");
  assert_string_equal(run.alerts[0].message, "rule \"positive\" fails on all 10 rows: amount > 0; amount is '-1'");
  assert_string_equal(run.alerts[1].kind, "no_row_passed");
}

static void refuse_accounts__shows_the_first_record_where_all_are_malformed(void **state)
{
  (void)state;
  run.rows.malformed = 10, run.rows.passed = 0, run.parsed = 0;
  show_rows(SAMPLE_MALFORMED, " {\"a\": 1}", "1");
  assert_true(refuse_accounts(&engine, &plan, &run, &err));
  assert_int_equal(run.n_alerts, 1);
  assert_contains(run.alerts[0].message, "the first is \"{\"a\": 1}\" (b.csv, line 1): is it JSON");
}

static void refuse_accounts__finds_books_that_do_not_balance(void **state)
{
  (void)state;
  run.rows.passed = 9;
  assert_false(refuse_accounts(&engine, &plan, &run, &err));
  assert_int_equal(err.kind, ERROR_DEFECT);
}

static int end(void **state)
{
  (void)state;
  arena_done(&arena);
  return 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(refuse_reading__lets_sound_data_pass_without_asking_for_rows, begin),
    cmocka_unit_test_setup(refuse_reading__refuses_an_input_without_a_record_unless_that_is_meant, begin),
    cmocka_unit_test_setup(refuse_reading__counts_malformed_records_of_all_files_under_failfast, begin),
    cmocka_unit_test_setup(refuse_reading__refuses_values_that_must_be_cast, begin),
    cmocka_unit_test_setup(refuse_reading__says_so_without_rows_where_none_can_be_shown, begin),
    cmocka_unit_test_setup(refuse_accounts__refuses_for_a_rule_at_its_place, begin),
    cmocka_unit_test_setup(refuse_accounts__takes_a_limit_as_a_number_or_a_share, begin),
    cmocka_unit_test_setup(refuse_accounts__tells_of_a_rule_that_fails_everywhere, begin),
    cmocka_unit_test_setup(refuse_accounts__shows_the_first_record_where_all_are_malformed, begin),
    cmocka_unit_test_setup(refuse_accounts__finds_books_that_do_not_balance, begin),
  };
  return cmocka_run_group_tests(tests, NULL, end);
}
