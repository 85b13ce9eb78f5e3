/* crisol clean: what old runs have left. */
#include "base/log.h"
#include "cli/load.h"

#include <inttypes.h>
#include <stdlib.h>

/* "30d", "6w" or "10". */
static bool read_keep(const struct cli *cli, struct clean_options *ret_options, struct error *err)
{
  enum { DIGITS_MOST = 6 };
  static const struct {
    const char *unit;
    int64_t seconds;
  } units[] = { { "", 0 }, { "d", INT64_C(86400) }, { "w", INT64_C(604800) } };
  char *end = NULL;
  if (cli->keep == NULL) {
    fail(err, ERROR_CONFIG, NOWHERE, "crisol clean needs --keep: what is to stay");
    return add_hint(err, "Such as --keep 30d for the runs of 30 days, or --keep 10 for the last ten.");
  }
  size_t digits = strspn(cli->keep, "0123456789");
  uint64_t number = strtoull(cli->keep, &end, 10);
  for (size_t i = 0; digits > 0 && digits <= DIGITS_MOST && i < ARRAY_LENGTH(units); i++) {
    if (strcmp(end, units[i].unit) != 0 || (units[i].seconds > 0 && (number == 0 || number > 36500)))
      continue;
    ret_options->keep_us = (int64_t)number * units[i].seconds * 1000000;
    ret_options->keep_runs = number;
    return true;
  }
  fail(err, ERROR_CONFIG, NOWHERE,
       "--keep is \"%s\", days such as 30d, weeks such as 6w or a number of runs was expected", cli->keep);
  return false;
}

static const char *plural(uint64_t count)
{
  return count == 1 ? "" : "s";
}

bool command_clean(struct cli *cli, int *ret_exit, struct error *err)
{
  (void)ret_exit;
  struct clean_options cleaning = { .is_trial = cli->dry_run };
  struct clean_result result;
  const struct pipeline_options run = cli_options(cli, cli->arguments[0]);
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  TRY(read_keep(cli, &cleaning, err));
  TRY(pipeline_clean(cli->arena, &run, &cleaning, &result, err));
  text_buffer_printf(
      &out, "%" PRIu64 " old run%s: %s %" PRIu64 " file%s of quarantine and rejects, %" PRIu64 " row%s of metadata\n",
      result.n_runs, plural(result.n_runs), cli->dry_run ? "would remove" : "removed", result.n_files,
      plural(result.n_files), result.n_rows, plural(result.n_rows));
  if (!cli->quiet)
    print_out(text_buffer_text(&out));
  return true;
}
