/* crisol test: the cases of *_test.yml, for people, for programs and for continuous integration. */
#include "pipeline/cases.h"

#include "base/file.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/visible.h"
#include "cli/load.h"

#include <stdlib.h>
#include <unistd.h>

static const char *const statuses[] = { [CASE_HOLDS] = "holds", [CASE_FAILS] = "fails", [CASE_BROKEN] = "error" };

/* for people */

static void print_case(const struct case_file_result *file, const struct case_result *result, bool is_verbose,
                       struct text_buffer *out)
{
  if (result->status == CASE_HOLDS) {
    if (is_verbose)
      text_buffer_printf(out, "%s:%zu:%zu: holds: %s\n", file->path, result->line, result->column,
                         result->test->name.value);
    return;
  }
  text_buffer_printf(out, "%s:%zu:%zu: %s: %s\n", file->path, result->line, result->column, statuses[result->status],
                     result->test->name.value);
  text_buffer_add_string(out, result->report);
  if (result->error != NULL)
    error_print(result->error, "error", wants_color(STDOUT_FILENO), out);
}

static void print_summary(const struct cases_result *result, struct text_buffer *out)
{
  size_t count = result->n_hold + result->n_fail + result->n_broken;
  text_buffer_printf(out, "%zu case%s: %zu hold%s", count, count == 1 ? "" : "s", result->n_hold,
                     result->n_hold == 1 ? "s" : "");
  if (result->n_fail > 0)
    text_buffer_printf(out, ", %zu fail%s", result->n_fail, result->n_fail == 1 ? "s" : "");
  if (result->n_broken > 0)
    text_buffer_printf(out, ", %zu could not be tried", result->n_broken);
  text_buffer_printf(out, " (%.2f s)\n", result->seconds);
}

static void print_text(const struct cases_result *result, bool is_verbose, struct text_buffer *out)
{
  for (size_t f = 0; f < result->n_files; f++)
    for (size_t i = 0; i < result->files[f].n_cases; i++)
      print_case(&result->files[f], &result->files[f].cases[i], is_verbose, out);
  print_summary(result, out);
}

/* for programs */

static void print_json_case(const struct case_file_result *file, const struct case_result *result,
                            struct text_buffer *out)
{
  text_buffer_add_string(out, "{\"file\": ");
  json_add_string(out, text_from(file->path));
  text_buffer_printf(out, ", \"line\": %zu, \"dataset\": ", result->line);
  json_add_string_or_null(out, file->dataset);
  text_buffer_add_string(out, ", \"name\": ");
  json_add_string(out, text_from(result->test->name.value));
  text_buffer_printf(out, ", \"status\": \"%s\", \"seconds\": %.6f, \"report\": ", statuses[result->status],
                     result->seconds);
  json_add_string_or_null(out, result->report[0] == '\0' ? NULL : result->report);
  text_buffer_add_string(out, ", \"error\": ");
  json_add_string_or_null(out, result->error == NULL ? NULL : result->error->message);
  text_buffer_add_char(out, '}');
}

static void print_json_broken_file(const struct case_file_result *file, struct text_buffer *out)
{
  text_buffer_add_string(out, "{\"file\": ");
  json_add_string(out, text_from(file->path));
  text_buffer_printf(out,
                     ", \"line\": %zu, \"dataset\": null, \"name\": null, \"status\": \"error\", \"seconds\": 0, "
                     "\"report\": null, \"error\": ",
                     file->error->line);
  json_add_string_or_null(out, file->error->message);
  text_buffer_add_char(out, '}');
}

static void print_json(const struct cases_result *result, struct text_buffer *out)
{
  const char *separator = "";
  text_buffer_printf(out,
                     "{\"cases\": %zu, \"hold\": %zu, \"fail\": %zu, \"errors\": %zu, \"seconds\": %.6f, "
                     "\"results\": [",
                     result->n_hold + result->n_fail + result->n_broken, result->n_hold, result->n_fail,
                     result->n_broken, result->seconds);
  for (size_t f = 0; f < result->n_files; f++) {
    const struct case_file_result *file = &result->files[f];
    if (file->error != NULL) {
      text_buffer_add_string(out, separator);
      separator = ",\n ";
      print_json_broken_file(file, out);
    }
    for (size_t i = 0; i < file->n_cases; i++) {
      text_buffer_add_string(out, separator);
      separator = ",\n ";
      print_json_case(file, &file->cases[i], out);
    }
  }
  text_buffer_add_string(out, "]}\n");
}

/* JUnit XML */

/* Control characters, which XML does not hold, are made visible first. */
static void add_xml(struct text_buffer *out, const char *text)
{
  SCOPED(text_buffer_done) struct text_buffer visible = { 0 };
  text_add_visible_lines(&visible, text_from(text), false);
  for (size_t i = 0; i < visible.length; i++) {
    char c = visible.data[i];
    switch (c) {
    case '&':
      text_buffer_add_string(out, "&amp;");
      break;
    case '<':
      text_buffer_add_string(out, "&lt;");
      break;
    case '>':
      text_buffer_add_string(out, "&gt;");
      break;
    case '"':
      text_buffer_add_string(out, "&quot;");
      break;
    default:
      text_buffer_add_char(out, c);
    }
  }
}

static void add_attribute(struct text_buffer *out, const char *name, const char *value)
{
  text_buffer_printf(out, " %s=\"", name);
  add_xml(out, value);
  text_buffer_add_char(out, '"');
}

static void print_xml_error(const struct error *error, struct text_buffer *out)
{
  SCOPED(text_buffer_done) struct text_buffer text = { 0 };
  text_buffer_add_string(out, "      <error");
  add_attribute(out, "type", error_kind_name(error->kind));
  add_attribute(out, "message", error->message);
  text_buffer_add_char(out, '>');
  error_print(error, "error", false, &text);
  add_xml(out, text.data);
  text_buffer_add_string(out, "</error>\n");
}

static void print_xml_failure(const struct case_result *result, struct text_buffer *out)
{
  SCOPED(text_buffer_done) struct text_buffer first = { 0 };
  const char *line = result->report + strspn(result->report, " ");
  text_buffer_add(&first, line, strcspn(line, "\n"));
  text_buffer_add_string(out, "      <failure type=\"difference\"");
  add_attribute(out, "message", first.data);
  text_buffer_add_char(out, '>');
  add_xml(out, result->report);
  text_buffer_add_string(out, "</failure>\n");
}

static void print_xml_case(const struct case_file_result *file, const struct case_result *result,
                           struct text_buffer *out)
{
  text_buffer_add_string(out, "    <testcase");
  add_attribute(out, "classname", file->dataset);
  add_attribute(out, "name", result->test->name.value);
  add_attribute(out, "file", file->path);
  text_buffer_printf(out, " line=\"%zu\" time=\"%.6f\"", result->line, result->seconds);
  if (result->status == CASE_HOLDS) {
    text_buffer_add_string(out, "/>\n");
    return;
  }
  text_buffer_add_string(out, ">\n");
  if (result->status == CASE_FAILS)
    print_xml_failure(result, out);
  else
    print_xml_error(result->error, out);
  text_buffer_add_string(out, "    </testcase>\n");
}

static void print_xml_file(const struct case_file_result *file, struct text_buffer *out)
{
  size_t n_fail = 0, n_broken = file->error != NULL;
  double seconds = 0;
  for (size_t i = 0; i < file->n_cases; i++) {
    n_fail += file->cases[i].status == CASE_FAILS;
    n_broken += file->cases[i].status == CASE_BROKEN;
    seconds += file->cases[i].seconds;
  }
  text_buffer_add_string(out, "  <testsuite");
  add_attribute(out, "name", file->path);
  text_buffer_printf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"0\" time=\"%.6f\">\n",
                     file->n_cases + (file->error != NULL), n_fail, n_broken, seconds);
  if (file->error != NULL) {
    text_buffer_add_string(out, "    <testcase");
    add_attribute(out, "classname", file->path);
    text_buffer_add_string(out, " name=\"the file is read\" time=\"0\">\n");
    print_xml_error(file->error, out);
    text_buffer_add_string(out, "    </testcase>\n");
  }
  for (size_t i = 0; i < file->n_cases; i++)
    print_xml_case(file, &file->cases[i], out);
  text_buffer_add_string(out, "  </testsuite>\n");
}

static bool write_junit(const struct cases_result *result, const char *path, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  text_buffer_printf(&out,
                     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"crisol\" tests=\"%zu\" "
                     "failures=\"%zu\" errors=\"%zu\" time=\"%.6f\">\n",
                     result->n_hold + result->n_fail + result->n_broken, result->n_fail, result->n_broken,
                     result->seconds);
  for (size_t f = 0; f < result->n_files; f++)
    if (result->files[f].n_cases > 0 || result->files[f].error != NULL)
      print_xml_file(&result->files[f], &out);
  text_buffer_add_string(&out, "</testsuites>\n");
  secret_hide_in(&out, 0);
  return file_write(path, text_buffer_text(&out), err);
}

/* the command */

/* What single runs say of their data is what cases are about. */
static void be_quiet(enum log_level level, const char *stage, const char *message, void *context)
{
  (void)level, (void)stage, (void)message, (void)context;
}

static bool fail_nothing(const struct cli *cli, const struct cases_result *result, struct error *err)
{
  if (cli->only_case != NULL && result->n_files > 0) {
    fail(err, ERROR_DATA, NOWHERE, "no case is named \"%s\"", cli->only_case);
    return add_hint(err, "`crisol test --verbose` lists them.");
  }
  fail(err, ERROR_DATA, NOWHERE, "there is no case: no file *_test.yml was found");
  return add_hint(err, "`crisol help test` shows what one holds.");
}

static bool record(struct cli *cli, struct error *err)
{
  struct pipeline_options run = cli_options(cli, cli->record);
  const char *path = NULL;
  size_t n_rows = 0;
  run.observer.log = be_quiet;
  if (cli->n_arguments > 0)
    return fail(err, ERROR_CONFIG, NOWHERE, "--record writes a case, and tries none: \"%s\" is one too many",
                cli->arguments[0]);
  TRY(pipeline_record(cli->arena, &run, cli->output, &path, &n_rows, err));
  log_info("test", "%s: a case of %zu row%s; `crisol test %s` tries it", path, n_rows, n_rows == 1 ? "" : "s", path);
  return true;
}

bool command_test(struct cli *cli, int *ret_exit, struct error *err)
{
  static const char *here[] = { "." };
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  struct pipeline_options run = cli_options(cli, NULL);
  struct cases_result result;
  if (cli->record != NULL)
    return record(cli, err);
  if (cli->output != NULL)
    return fail(err, ERROR_CONFIG, NOWHERE, "--output is where --record writes");
  run.observer.log = be_quiet;
  const struct cases_options asked = { .run = &run,
                                       .paths = cli->n_arguments == 0 ? here : cli->arguments,
                                       .n_paths = cli->n_arguments == 0 ? 1 : cli->n_arguments,
                                       .only = cli->only_case };
  TRY(pipeline_test(cli->arena, &asked, &result, err));
  TRY(cli_fail_unused(cli, err));
  if (cli->junit != NULL)
    TRY(write_junit(&result, cli->junit, err));
  if (result.n_hold + result.n_fail + result.n_broken == 0)
    return fail_nothing(cli, &result, err);
  if (cli->json)
    print_json(&result, &out);
  else if (!cli->quiet || result.worst != ERROR_NONE)
    print_text(&result, cli->verbose, &out);
  print_out(text_buffer_text(&out));
  *ret_exit = result.worst == ERROR_NONE ? 0 : error_exit_code(result.worst);
  return true;
}
