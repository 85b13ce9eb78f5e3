/* crisol check: every problem of the files of a dataset, each at its place. */
#include "base/clock.h"
#include "base/log.h"
#include "cli/load.h"
#include "pipeline/interruption.h"

#include <unistd.h>

/* What cannot be read now leaves the columns unchecked; that is said, and is no error of the configuration. */
static void note_unreachable(struct arena *arena, const struct dataset *dataset, const struct error *reason,
                             struct problem_list *problems)
{
  struct error note = *reason;
  add_hint(&note, "Column names were not checked, since the source could not be read.");
  problem_add(problems, &note, true);
  plan_check_syntax(arena, dataset, problems);
}

static bool check_columns(struct cli *cli, const struct config *config, struct problem_list *problems,
                          struct error *err)
{
  const struct engine_driver *driver = NULL;
  struct database *database = NULL;
  struct engine *engine = NULL;
  struct plan plan;
  bool is_built = false;
  struct error reason = { 0 };
  if (!load_find_engine(cli->engine, config, &driver, &reason)) {
    problem_add(problems, &reason, false);
    return true;
  }
  bool are_places_sound = plan_outputs(cli->arena, config, &plan, problems);
  TRY(load_engine(cli->arena, config, driver, clock_now_us(), &database, &engine, err));
  (void)are_places_sound; /* what is wrong with them is in the list */
  if (!load_plan(cli->arena, config, engine, problems, &plan, &is_built, &reason)) {
    if (reason.kind == ERROR_ENVIRONMENT)
      note_unreachable(cli->arena, config->dataset, &reason, problems);
    else
      problem_add(problems, &reason, false);
  }
  close_engine(&database, &engine);
  return true;
}

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
  for (size_t i = 0; i < cli->n_arguments; i++) {
    struct config *config = NULL;
    struct problem_list own = { .arena = cli->arena };
    bool is_sound = cli_load(cli, cli->arguments[i], &own, &config);
    for (size_t p = 0; p < own.count; p++)
      problem_add(&problems, &own.items[p]->error, own.items[p]->is_warning);
    problems.n_hidden += own.n_hidden;
    if (is_sound || (config != NULL && config_mend(cli->arena, config, &own)))
      TRY(check_columns(cli, config, &problems, err));
    else if (config != NULL)
      plan_check_syntax(cli->arena, config->dataset, &problems);
  }
  TRY(interruption_check(err)); /* an input that was not waited for is no problem of the files */
  if (cli->json)
    print_json(&problems);
  else
    problems_print(&problems, STDOUT_FILENO);
  size_t n_errors = 0;
  for (size_t i = 0; i < problems.count; i++)
    n_errors += !problems.items[i]->is_warning;
  if (problems.n_hidden > 0)
    log_warning("check", "%zu more problems are not shown", problems.n_hidden);
  log_info("check", "%zu error%s, %zu warning%s", n_errors, n_errors == 1 ? "" : "s", problems.count - n_errors,
           problems.count - n_errors == 1 ? "" : "s");
  *ret_exit = n_errors == 0 ? 0 : error_exit_code(ERROR_CONFIG);
  return true;
}
