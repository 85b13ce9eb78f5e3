/* crisol recover: what runs that died have left. */
#include "base/log.h"
#include "cli/load.h"

bool command_recover(struct cli *cli, int *ret_exit, struct error *err)
{
  (void)ret_exit;
  struct pipeline_options run;
  size_t count = 0;
  TRY(cli_options_of_run(cli, &run, err));
  TRY(pipeline_recover(cli->arena, &run, &count, err));
  if (count == 0)
    log_info("silver", "no run has died while it published");
  return true;
}
