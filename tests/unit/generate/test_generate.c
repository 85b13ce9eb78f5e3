#include "support.h"

#include "base/file.h"
#include "generate/generate.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#undef fail_msg /* cmocka's calls its fail(), which support.h gives up for ours */
#define fail_msg(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

static const int64_t now_us = INT64_C(1764547200000000); /* 2025-12-01 00:00 UTC */
static const char now_text[] = "2025-12-01 00:00:00";

static struct arena arena;
static char directory[] = "/tmp/crisol-generate-XXXXXX";

static int setup(void **state)
{
  (void)state;
  return mkdtemp(directory) == NULL ? -1 : 0;
}

static int teardown(void **state)
{
  (void)state;
  struct error err;
  arena_done(&arena);
  return path_remove(directory, &err) ? 0 : -1;
}

static const char *inside(const char *name)
{
  return path_join(&arena, directory, name);
}

static struct generate_report generate(struct generate_options options)
{
  struct generate_report report = { 0 };
  struct error err;
  options.now_us = now_us;
  if (!generate_run(&options, &report, &err))
    fail_msg("%s", err.message);
  return report;
}

static struct text read_batch(const char *path, const char *format, unsigned number)
{
  char name[64];
  struct text text;
  struct error err;
  snprintf(name, sizeof(name), format[0] == 'p' ? "payments_batch_%03u.csv" : "events_batch_%03u.json", number);
  if (!file_read(&arena, path_join(&arena, path, name), 1 << 28, ERROR_ENVIRONMENT, &text, &err))
    fail_msg("%s", err.message);
  return text;
}

/* Cuts off the next line, without its end. */
static bool next_line(struct text *rest, struct text *ret_line)
{
  const char *end = rest->length == 0 ? NULL : memchr(rest->data, '\n', rest->length);
  if (end == NULL)
    return false;
  *ret_line = (struct text){ rest->data, (size_t)(end - rest->data) };
  *rest = (struct text){ end + 1, rest->length - ret_line->length - 1 };
  return true;
}

/* -- the same bytes ---------------------------------------------------------------------------------------------------
 */

static void check_same(const char *kind)
{
  const char *one = inside(arena_printf(&arena, "%s-1", kind)), *two = inside(arena_printf(&arena, "%s-4", kind));
  struct generate_options options = { .kind = kind,
                                      .directory = one,
                                      .rows = 5003,
                                      .files = 7,
                                      .seed = 42,
                                      .error_rate = -1,
                                      .duplicate_rate = 0.1,
                                      .threads = 1 };
  struct generate_report report = generate(options);
  assert_int_equal(report.rows, 5003);
  assert_int_equal(report.files, 7);
  options.directory = two;
  options.threads = 4;
  generate(options);
  uint64_t bytes = 0;
  for (unsigned i = 1; i <= 7; i++) {
    struct text a = read_batch(one, kind, i), b = read_batch(two, kind, i);
    assert_true(text_equal(a, b));
    bytes += a.length;
  }
  assert_int_equal(report.bytes, bytes);
  options.seed = 43;
  generate(options);
  assert_false(text_equal(read_batch(one, kind, 1), read_batch(two, kind, 1)));
}

static void generate_run__makes_the_same_bytes_with_any_number_of_threads(void **state)
{
  (void)state;
  check_same("payments");
  check_same("events");
}

/* -- what was planted is what is there --------------------------------------------------------------------------------
 */

enum { N_FIELDS = 10, N_ROWS = 20000 };
enum { ID, CUSTOMER, AMOUNT, CURRENCY, DATE, UPDATED, METHOD, STATUS, MERCHANT, REFERENCE };

static void split_row(struct text line, char *fields[N_FIELDS])
{
  char *rest = arena_copy(&arena, line.data, line.length - 1);
  assert_int_equal(line.data[line.length - 1], '\r');
  for (size_t i = 0; i < N_FIELDS; i++) {
    fields[i] = strsep(&rest, ",");
    assert_non_null(fields[i]);
  }
  assert_null(rest);
}

static uint64_t count_repeated(char **keys, size_t count)
{
  uint64_t n_repeated = 0;
  qsort(keys, count, sizeof(*keys), compare_strings);
  for (size_t i = 1; i < count; i++)
    n_repeated += strcmp(keys[i - 1], keys[i]) == 0 ? 1 : 0;
  return n_repeated;
}

/* Counts what a payment's fields show, in the order of the report. */
static void count_payment(char *fields[N_FIELDS], uint64_t counts[GENERATE_MAX_KINDS])
{
  bool is_future = strcmp(fields[DATE], now_text) >= 0;
  const bool shown[GENERATE_MAX_KINDS] = {
    strncmp(fields[ID], "INVALID-", 8) == 0,
    strncmp(fields[CUSTOMER], "INVALID-", 8) == 0,
    fields[AMOUNT][0] == '-',
    strcmp(fields[CURRENCY], "INVALID") == 0,
    is_future,
    strlen(fields[MERCHANT]) > 6,
  };
  int n_shown = 0;
  for (size_t i = 0; i < GENERATE_MAX_KINDS; i++) {
    counts[i] += shown[i] ? 1 : 0;
    n_shown += shown[i] ? 1 : 0;
  }
  assert_true(n_shown <= 1);
  assert_true(strcmp(fields[UPDATED], now_text) <= 0);
  assert_true(is_future || strcmp(fields[DATE], fields[UPDATED]) <= 0);
  assert_true(strcmp(fields[DATE], "2023-11-30") > 0 && strcmp(fields[DATE], "2026-12-02") < 0);
  assert_true(fields[REFERENCE][0] == '\0' || strlen(fields[REFERENCE]) == 16);
  double amount = strtod(fields[AMOUNT], NULL);
  assert_true(amount <= 100000 && amount >= -100000 && (amount >= 1 || amount <= -1));
}

static void generate_run__reports_the_payments_it_made(void **state)
{
  (void)state;
  const char *path = inside("payments");
  struct generate_report report = generate((struct generate_options){
      .kind = "payments", .directory = path, .rows = N_ROWS, .files = 2, .error_rate = 0.3, .duplicate_rate = 0.2 });
  uint64_t counts[GENERATE_MAX_KINDS] = { 0 };
  char **keys = arena_array(&arena, N_ROWS, sizeof(char *));
  size_t n_rows = 0;
  for (unsigned i = 1; i <= 2; i++) {
    struct text rest = read_batch(path, "p", i), line;
    assert_true(next_line(&rest, &line));
    assert_true(text_starts_with(line, TEXT("Payment ID,Customer ID,Payment Amount,Payment Currency,Payment Date,")));
    while (next_line(&rest, &line)) {
      char *fields[N_FIELDS];
      split_row(line, fields);
      count_payment(fields, counts);
      keys[n_rows++] = arena_printf(&arena, "%s %s", fields[ID], fields[CUSTOMER]);
    }
  }
  assert_int_equal(n_rows, N_ROWS);
  assert_int_equal(report.n_errors, GENERATE_MAX_KINDS);
  for (size_t i = 0; i < report.n_errors; i++) {
    assert_int_equal(report.errors[i].count, counts[i]);
    assert_in_range(counts[i], 600, 1000); /* of 16000 rows, 0.3 / 6: 800 */
  }
  assert_int_equal(report.duplicates, count_repeated(keys, n_rows));
  assert_in_range(report.duplicates, 3700, 4300);
}

static bool has(struct text line, const char *part)
{
  return memmem(line.data, line.length, part, strlen(part)) != NULL;
}

static void generate_run__reports_the_events_it_made(void **state)
{
  (void)state;
  const char *path = inside("events");
  struct generate_report report = generate((struct generate_options){
      .kind = "events", .directory = path, .rows = N_ROWS, .files = 1, .error_rate = 0.3, .duplicate_rate = 0.2 });
  static const char *const marks[] = { "\"id\": \"INVALID-", "\"user_id\": \"INV-", "\"event_type\": \"SPAM\"",
                                       "\"session_duration\": -" };
  uint64_t counts[GENERATE_MAX_KINDS] = { 0 };
  char **keys = arena_array(&arena, N_ROWS, sizeof(char *));
  size_t n_rows = 0;
  struct text rest = read_batch(path, "e", 1), line;
  assert_true(text_is_utf8(rest));
  while (next_line(&rest, &line)) {
    for (size_t i = 0; i < ARRAY_LENGTH(marks); i++)
      counts[i] += has(line, marks[i]) ? 1 : 0;
    const char *views = memmem(line.data, line.length, "\"page_views\": ", 14);
    counts[4] += strtol(views + 14, NULL, 10) > 1000 ? 1 : 0;
    keys[n_rows++] = arena_copy(&arena, line.data, line.length);
  }
  assert_int_equal(n_rows, N_ROWS);
  assert_int_equal(report.n_errors, 5);
  for (size_t i = 0; i < report.n_errors; i++)
    assert_int_equal(report.errors[i].count, counts[i]);
  assert_int_equal(report.duplicates, count_repeated(keys, n_rows));
}

static void generate_run__plants_nothing_where_the_rates_are_zero(void **state)
{
  (void)state;
  struct generate_report report =
      generate((struct generate_options){ .kind = "payments", .directory = inside("clean"), .rows = 3000 });
  assert_int_equal(report.files, 1);
  assert_int_equal(report.duplicates, 0);
  for (size_t i = 0; i < report.n_errors; i++)
    assert_int_equal(report.errors[i].count, 0);
}

/* A million rows: under a sanitizer they take a minute, on the way that the other tests take. */
static void generate_run__takes_the_seeds_numbers(void **state)
{
  (void)state;
#ifdef __SANITIZE_ADDRESS__
  skip();
#endif
  struct generate_report report =
      generate((struct generate_options){ .kind = "payments", .directory = inside("seed"), .error_rate = -1 });
  assert_int_equal(report.rows, 1000000);
  assert_int_equal(report.files, 20);
  uint64_t n_errors = 0;
  for (size_t i = 0; i < report.n_errors; i++)
    n_errors += report.errors[i].count;
  assert_in_range(n_errors, 49000, 51000);
}

/* -- refusals ---------------------------------------------------------------------------------------------------------
 */

static void assert_refused(struct generate_options options, enum error_kind kind, const char *message)
{
  struct generate_report report;
  struct error err;
  options.now_us = options.now_us == 0 ? now_us : options.now_us;
  options.kind = options.kind == NULL ? "payments" : options.kind;
  options.directory = options.directory == NULL ? inside("refused") : options.directory;
  assert_false(generate_run(&options, &report, &err));
  assert_int_equal(err.kind, kind);
  assert_contains(err.message, message);
}

static void generate_run__refuses_wrong_options(void **state)
{
  (void)state;
  assert_refused((struct generate_options){ .kind = "payment" }, ERROR_CONFIG, "unknown kind of data \"payment\"");
  assert_refused((struct generate_options){ .kind = "x" }, ERROR_CONFIG, "expected payments or events");
  assert_refused((struct generate_options){ .error_rate = 1.5 }, ERROR_CONFIG, "the rate of errors");
  assert_refused((struct generate_options){ .duplicate_rate = -0.1 }, ERROR_CONFIG, "the rate of duplicates");
  assert_refused((struct generate_options){ .rows = 3, .files = 4 }, ERROR_CONFIG, "cannot make 4 files of 3 rows");
  assert_refused((struct generate_options){ .now_us = INT64_MAX }, ERROR_CONFIG, "the years 6 to 9995");
  SCOPED(text_buffer_done) struct text_buffer path = { 0 };
  for (size_t i = 0; i < 5000; i++)
    text_buffer_add_char(&path, 'a');
  assert_refused((struct generate_options){ .directory = path.data }, ERROR_CONFIG, "too long");
}

static void generate_run__refuses_to_leave_older_files_beside_its_own(void **state)
{
  (void)state;
  const char *path = inside("older");
  generate((struct generate_options){ .kind = "payments", .directory = path, .rows = 10, .files = 3 });
  assert_refused((struct generate_options){ .directory = path, .rows = 10, .files = 2 }, ERROR_CONFIG,
                 "payments_batch_003.csv\" already");
  generate((struct generate_options){ .kind = "payments", .directory = path, .rows = 10, .files = 4 });
}

static void generate_run__says_which_file_it_could_not_write(void **state)
{
  (void)state;
  const char *path = inside("blocked");
  assert_int_equal(mkdir(path, 0777), 0);
  assert_int_equal(mkdir(path_join(&arena, path, "payments_batch_002.csv"), 0777), 0);
  assert_refused((struct generate_options){ .directory = path, .rows = 10, .files = 2 }, ERROR_ENVIRONMENT,
                 "payments_batch_002.csv");
  assert_int_equal(close(open(inside("file"), O_CREAT | O_WRONLY, 0666)), 0);
  assert_refused((struct generate_options){ .directory = inside("file/x") }, ERROR_ENVIRONMENT, "file/x");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(generate_run__makes_the_same_bytes_with_any_number_of_threads),
    cmocka_unit_test(generate_run__reports_the_payments_it_made),
    cmocka_unit_test(generate_run__reports_the_events_it_made),
    cmocka_unit_test(generate_run__plants_nothing_where_the_rates_are_zero),
    cmocka_unit_test(generate_run__takes_the_seeds_numbers),
    cmocka_unit_test(generate_run__refuses_wrong_options),
    cmocka_unit_test(generate_run__refuses_to_leave_older_files_beside_its_own),
    cmocka_unit_test(generate_run__says_which_file_it_could_not_write),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
