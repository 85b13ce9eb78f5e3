/* crisol plan: what a run would read, do and write. */
#include "base/clock.h"
#include "cli/load.h"

bool command_plan(struct cli *cli, int *ret_exit, struct error *err)
{
  (void)ret_exit;
  struct problem_list problems = { .arena = cli->arena };
  struct config *config = NULL;
  const struct engine_driver *driver = NULL;
  struct database *database = NULL;
  struct engine *engine = NULL;
  struct plan plan;
  bool is_built = false;
  bool is_loaded = cli_load(cli, cli->arguments[0], &problems, &config);
  TRY(cli_report(&problems, err));
  if (!is_loaded)
    BUG("a configuration was refused without a problem");
  TRY(load_find_engine(cli->engine, config, &driver, err));
  TRY(load_engine(cli->arena, config, driver, clock_now_us(), &database, &engine, err));
  problems = (struct problem_list){ .arena = cli->arena };
  bool is_read = load_plan(cli->arena, config, engine, &problems, &plan, &is_built, err);
  bool is_done = is_read && cli_report(&problems, err);
  /* while a rule is wrong the rest is shown; statements are not, since they would lack it */
  if (is_done || (is_read && plan.n_columns > 0 && plan.silver_path != NULL && !cli->sql)) {
    SCOPED(text_buffer_done) struct text_buffer out = { 0 };
    if (cli->sql)
      engine_print_sql(engine, cli->arena, &plan, &out);
    else
      plan_print(&plan, &out);
    print_out(text_buffer_text(&out));
  }
  close_engine(&database, &engine);
  return is_done;
}
