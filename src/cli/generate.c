/* crisol generate: synthetic data of the two use cases. */
#include "base/clock.h"
#include "generate/generate.h"

#include "base/log.h"
#include "cli/load.h"
#include "cli/summary_table.h"
#include "value/cast.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

static const int64_t day_us = INT64_C(86400000000);

static bool read_count(const char *option, const char *value, uint64_t most, uint64_t *ret_count, struct error *err)
{
  char *end = NULL;
  if (value == NULL)
    return true;
  errno = 0;
  unsigned long long count = strtoull(value, &end, 10);
  if (errno != 0 || end == value || *end != '\0' || value[0] == '-' || count > most)
    return fail(err, ERROR_CONFIG, NOWHERE, "--%s is \"%s\", a whole number up to %" PRIu64 " was expected", option,
                value, most);
  *ret_count = count;
  return true;
}

static bool read_rate(const char *option, const char *value, double *ret_rate, struct error *err)
{
  double rate;
  if (value == NULL)
    return true;
  if (!text_to_double(text_from(value), &rate) || !(rate >= 0 && rate <= 1))
    return fail(err, ERROR_CONFIG, NOWHERE, "--%s is \"%s\", a number from 0 to 1 was expected", option, value);
  *ret_rate = rate;
  return true;
}

/* Yesterday 00:00 UTC unless given. */
static bool read_now(const char *value, int64_t *ret_now_us, struct error *err)
{
  *ret_now_us = (clock_now_us() / day_us - 1) * day_us;
  if (value == NULL || text_to_timestamp(text_from(value), timezone_find(TEXT("UTC")), ret_now_us))
    return true;
  return fail(err, ERROR_CONFIG, NOWHERE, "--now is \"%s\", an instant such as 2026-11-24T00:00:00Z was expected",
              value);
}

static void print_report(const struct cli *cli, const struct generate_report *report, int64_t now)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  SCOPED(text_buffer_done) struct text_buffer instant = { 0 };
  timestamp_add_text(now, timezone_find(TEXT("UTC")), &instant);
  if (cli->json) {
    text_buffer_printf(&out,
                       "{\"kind\": \"%s\", \"rows\": %" PRIu64 ", \"files\": %u, \"bytes\": %" PRIu64
                       ", \"now\": \"%s\", \"duplicates\": %" PRIu64 ", \"errors\": {",
                       cli->arguments[0], report->rows, report->files, report->bytes, instant.data, report->duplicates);
    for (size_t i = 0; i < report->n_errors; i++)
      text_buffer_printf(&out, "%s\"%s\": %" PRIu64, i == 0 ? "" : ", ", report->errors[i].name,
                         report->errors[i].count);
    text_buffer_add_string(&out, "}}\n");
  } else {
    text_buffer_add_count(&out, report->rows);
    text_buffer_printf(&out, " rows in %u files, ", report->files);
    text_buffer_add_bytes(&out, report->bytes);
    text_buffer_printf(&out, ", in \"%s\"; now is %s UTC\n", cli->arguments[1], instant.data);
    for (size_t i = 0; i < report->n_errors; i++)
      text_buffer_printf(&out, "  %-22s %10" PRIu64 "\n", report->errors[i].name, report->errors[i].count);
    text_buffer_printf(&out, "  %-22s %10" PRIu64 "\n", "duplicates", report->duplicates);
  }
  print_out(text_buffer_text(&out));
}

bool command_generate(struct cli *cli, int *ret_exit, struct error *err)
{
  (void)ret_exit;
  struct generate_options wanted = { .kind = cli->arguments[0], .directory = cli->arguments[1], .error_rate = -1 };
  struct generate_report report;
  uint64_t files = 0;
  wanted.seed = 42;
  TRY(read_count("rows", cli->rows, UINT64_C(10000000000), &wanted.rows, err));
  TRY(read_count("files", cli->files, 100000, &files, err));
  TRY(read_count("seed", cli->seed, UINT64_MAX, &wanted.seed, err));
  TRY(read_rate("errors", cli->errors, &wanted.error_rate, err));
  TRY(read_rate("duplicates", cli->duplicates, &wanted.duplicate_rate, err));
  TRY(read_now(cli->now, &wanted.now_us, err));
  if (cli->files != NULL && files == 0)
    return fail(err, ERROR_CONFIG, NOWHERE, "--files is \"%s\", at least one file is written", cli->files);
  wanted.files = (unsigned)files;
  TRY(generate_run(&wanted, &report, err));
  print_report(cli, &report, wanted.now_us);
  return true;
}
