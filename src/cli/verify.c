/* crisol verify: the dataset on both engines, compared. */
#include "pipeline/verify.h"

#include "cli/load.h"

#include <inttypes.h>

static void print_differences(const struct verify_result *result, struct text_buffer *out)
{
  text_buffer_printf(out, "%zu difference%s between engine duckdb and engine spark:\n", result->n_differences,
                     result->n_differences == 1 ? "" : "s");
  for (size_t i = 0; i < result->n_differences; i++) {
    const struct verify_difference *difference = &result->differences[i];
    text_buffer_printf(out, "  %s\n    duckdb: %s\n    spark:  %s\n", difference->what, difference->first,
                       difference->second);
  }
}

static void print_agreement(const struct verify_result *result, struct text_buffer *out)
{
  text_buffer_add_string(out, "Both engines give the same: ");
  if (result->first->error != NULL) {
    text_buffer_printf(out, "the data is refused (%s)\n", result->first->error);
    return;
  }
  text_buffer_add_count(out, result->silver);
  text_buffer_add_string(out, " rows of silver, ");
  text_buffer_add_count(out, result->quarantine);
  text_buffer_add_string(out, " of the quarantine");
  if (result->has_gold) {
    text_buffer_add_string(out, ", ");
    text_buffer_add_count(out, result->gold);
    text_buffer_add_string(out, " of gold");
  }
  text_buffer_printf(out, "; duckdb %.1f s, spark %.1f s\n", result->first->run->total_seconds,
                     result->second->run->total_seconds);
}

bool command_verify(struct cli *cli, int *ret_exit, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  struct pipeline_options run;
  struct verify_result result;
  TRY(cli_options_of_run(cli, &run, err));
  TRY(pipeline_verify(cli->arena, &run, &result, err));
  if (result.n_differences > 0) {
    print_differences(&result, &out);
    *ret_exit = 1;
  } else {
    print_agreement(&result, &out);
  }
  print_out(text_buffer_text(&out));
  return true;
}
