/* What a binding does: a dataset is run through pipeline.h alone, and its counts are looked at. */
#include "support.h"

#include "base/file.h"
#include "base/log.h"
#include "pipeline/interruption.h"
#include "pipeline/pipeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char directory[] = "/tmp/crisol-pipeline-XXXXXX";
static struct arena arena;
static size_t n_reports;

/* What the observer was told. */
static struct {
  size_t n_stages, n_lines;
} told;

static const char *write_text(const char *name, const char *content)
{
  const char *path = path_join(&arena, directory, name);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_true(fputs(content, file) >= 0 && fclose(file) == 0);
  return path;
}

static void count_stage(const char *stage, void *context)
{
  assert_non_null(stage);
  assert_ptr_equal(context, &told);
  told.n_stages++;
}

static void count_line(enum log_level level, const char *stage, const char *message, void *context)
{
  assert_ptr_equal(context, &told);
  told.n_lines += level == LOG_INFO && strcmp(stage, "source") == 0 && strcmp(message, "records read: 3") == 0;
}

static void count_report(const struct problem_list *problems, void *context)
{
  (void)context;
  n_reports += problems->count;
}

static const char dataset_text[] = "id: demo\n"
                                   "source: { input_format: csv, path: a.csv, options: { header: true } }\n"
                                   "standardization: { casts: [{ column: x, to: int }] }\n"
                                   "quality: { rules: [{ name: positive, expr: x > 0, on_fail: quarantine }] }\n"
                                   "output: { silver: { path: lake, mode: overwrite } }\n";

static void pipeline__runs_a_dataset_and_tells_its_counts(void **state)
{
  (void)state;
  write_text("a.csv", "id,x\n1,5\n2,-1\n3,7\n");
  const struct summary *summary = NULL;
  struct error err = { 0 };
  const struct pipeline_options options = { .dataset = write_text("demo.yml", dataset_text),
                                            .observer = {
                                                .begin_stage = count_stage, .log = count_line, .context = &told } };
  if (!pipeline_run(&arena, &options, &summary, &err))
    fail_msg("%s", err.message);
  assert_non_null(summary);
  assert_null(summary->error);
  assert_int_equal(summary->run->rows.read, 3);
  assert_int_equal(summary->run->rows.silver, 2);
  assert_int_equal(summary->run->rows.quarantined, 1);
  assert_true(told.n_stages >= 5);
  assert_int_equal(told.n_lines, 1);
}

static void pipeline__says_what_is_wrong_in_the_error_or_to_the_observer(void **state)
{
  (void)state;
  const struct summary *summary = NULL;
  struct error err = { 0 };
  struct pipeline_options options = { .dataset = write_text("wrong.yml", "id: demo\nsauce: {}\n") };
  assert_false(pipeline_run(&arena, &options, &summary, &err));
  assert_int_equal(err.kind, ERROR_CONFIG);
  assert_non_null(strstr(err.message, "sauce"));
  assert_null(summary);
  options.observer.report = count_report;
  assert_false(pipeline_run(&arena, &options, &summary, &err));
  assert_int_equal(err.kind, ERROR_CONFIG);
  assert_string_equal(err.message, "");
  assert_true(n_reports >= 2);
}

static void pipeline__finds_no_dead_run_where_none_has_died(void **state)
{
  (void)state;
  struct error err = { 0 };
  size_t count = 1;
  const struct pipeline_options options = { .dataset = write_text("demo.yml", dataset_text) };
  if (!pipeline_recover(&arena, &options, &count, &err))
    fail_msg("%s", err.message);
  assert_int_equal(count, 0);
}

/* In a stage: whether a request to a server would still be let go on once an interruption was asked for. */
static void interrupt(const char *stage, void *context)
{
  struct error err;
  if (strcmp(stage, run_stage_names[STAGE_READ]) == 0 && interruption_request(ERROR_INTERRUPTED))
    *(bool *)context = interruption_allows(&err);
}

/* The last test: what was asked for stays asked for. */
static void pipeline__after_a_run_that_published_is_interrupted_at_once(void **state)
{
  (void)state;
  bool is_allowed = true;
  struct error err = { 0 };
  const struct summary *summary = NULL;
  const struct pipeline_options options = { .dataset = write_text("demo.yml", dataset_text),
                                            .observer = { .begin_stage = interrupt, .context = &is_allowed } };
  assert_false(pipeline_run(&arena, &options, &summary, &err));
  assert_int_equal(err.kind, ERROR_INTERRUPTED);
  assert_false(is_allowed);
  assert_int_equal(summary->run->rows.silver, 0);
}

static int set_up(void **state)
{
  (void)state;
  log_setup((struct log_options){ .least = LOG_INFO });
  return mkdtemp(directory) == NULL || chdir(directory) != 0; /* the state is kept there */
}

static int tear_down(void **state)
{
  (void)state;
  struct error err;
  bool is_removed = path_remove(directory, &err);
  arena_done(&arena);
  return !is_removed;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(pipeline__runs_a_dataset_and_tells_its_counts),
    cmocka_unit_test(pipeline__says_what_is_wrong_in_the_error_or_to_the_observer),
    cmocka_unit_test(pipeline__finds_no_dead_run_where_none_has_died),
    cmocka_unit_test(pipeline__after_a_run_that_published_is_interrupted_at_once),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
