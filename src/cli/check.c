/* crisol check: every problem of the files of a dataset, each at its place. */
#include "base/log.h"
#include "cli/datasets.h"
#include "pipeline/interruption.h"

#include <unistd.h>

static void print_json(const struct problem_list *problems)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  text_buffer_add_char(&out, '[');
  for (size_t i = 0; i < problems->count; i++) {
    const struct error *error = &problems->items[i]->error;
    text_buffer_printf(&out, "%s{\"severity\": \"%s\", \"file\": ", i == 0 ? "" : ",\n ",
                       problems->items[i]->is_warning ? "warning" : "error");
    json_add_string(&out, text_from(error->file));
    text_buffer_printf(&out, ", \"line\": %zu, \"column\": %zu, \"message\": ", error->line, error->column);
    json_add_string(&out, text_from(error->message));
    text_buffer_add_string(&out, ", \"hint\": ");
    json_add_string(&out, text_from(error->hint));
    text_buffer_add_char(&out, '}');
  }
  text_buffer_add_string(&out, "]\n");
  print_out(text_buffer_text(&out));
}

bool command_check(struct cli *cli, int *ret_exit, struct error *err)
{
  struct problem_list problems = { .arena = cli->arena };
  struct datasets datasets;
  TRY(datasets_collect(cli, &problems, &datasets, err));
  struct pipeline_options *checked = arena_array(cli->arena, datasets.catalog.count + 1, sizeof(*checked));
  size_t count = 0;
  for (size_t i = 0; i < datasets.catalog.count; i++) /* in the order given: those of a circle have no other */
    if (datasets.catalog.entries[i].is_chosen)
      checked[count++] = datasets_options(cli, &datasets, i);
  TRY(datasets_check_variables(cli, &datasets, err));
  TRY(pipeline_check(cli->arena, checked, count, &problems, err));
  TRY(interruption_check(err)); /* an input that was not waited for is no problem of the files */
  if (cli->json)
    print_json(&problems);
  else
    problems_print(&problems, STDOUT_FILENO);
  size_t n_errors = problem_count_errors(&problems);
  if (problems.n_hidden > 0)
    log_warning("check", "%zu more problems are not shown", problems.n_hidden);
  log_info("check", "%zu error%s, %zu warning%s", n_errors, n_errors == 1 ? "" : "s", problems.count - n_errors,
           problems.count - n_errors == 1 ? "" : "s");
  *ret_exit = n_errors == 0 ? 0 : error_exit_code(ERROR_CONFIG);
  return true;
}
