/* crisol schema: the JSON Schema of the dataset file. */
#include "cli/command.h"
#include "config/dataset.h"

bool command_schema(struct cli *cli, int *ret_exit, struct error *err)
{
  (void)cli, (void)ret_exit, (void)err;
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  config_print_json_schema(&out);
  print_out(text_buffer_text(&out));
  return true;
}
