/* crisol recover: what runs that died have left. */
#include "base/log.h"
#include "cli/load.h"

bool command_recover(struct cli *cli, int *ret_exit, struct error *err)
{
  (void)ret_exit;
  struct pipeline_options run = cli_options(cli, cli->arguments[0]);
  struct problem_list problems = { .arena = cli->arena };
  size_t count = 0;
  bool has_positions = cli_check_positions(cli, &problems);
  TRY(cli_report(&problems, err) && has_positions);
  TRY(pipeline_recover(cli->arena, &run, &count, err));
  if (count == 0)
    log_info("silver", "no run has died while it published");
  return true;
}
