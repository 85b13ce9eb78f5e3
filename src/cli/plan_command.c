/* crisol plan: what a run would read, do and write. */
#include "cli/load.h"

bool command_plan(struct cli *cli, int *ret_exit, struct error *err)
{
  (void)ret_exit;
  struct pipeline_options run;
  struct opened opened;
  struct plan plan;
  bool is_built = false;
  struct problem_list problems = { .arena = cli->arena };
  TRY(cli_options_of_run(cli, &run, err));
  bool is_read = open_dataset(cli->arena, &run, &cli->s3, &opened, err) &&
                 load_plan(cli->arena, opened.config, opened.engine, &problems, &plan, &is_built, err);
  bool is_done = is_read && cli_report(&problems, err);
  /* while a rule is wrong the rest is shown; statements are not, since they would lack it */
  if (is_done || (is_read && plan.n_columns > 0 && plan.silver_path != NULL && !cli->sql)) {
    SCOPED(text_buffer_done) struct text_buffer out = { 0 };
    if (cli->sql)
      engine_print_sql(opened.engine, cli->arena, &plan, &out);
    else
      plan_print(&plan, &out);
    print_out(text_buffer_text(&out));
  }
  close_dataset(&opened);
  return is_done;
}
