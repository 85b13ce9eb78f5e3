/* crisol run and crisol replay: the pipeline, its bar and its summary. */
#include "base/log.h"
#include "cli/datasets.h"
#include "cli/summary_table.h"
#include "cli/watch.h"
#include "pipeline/interruption.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

static void begin_stage(const char *stage, void *context)
{
  (void)context;
  watch_stage(stage);
}

static void print_summary(const struct cli *cli, const struct summary *summary)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  if (cli->json) {
    summary_print_json(summary, &out);
    text_buffer_add_char(&out, '\n');
  } else if (summary->error == NULL && !cli->quiet) {
    summary_print_table(summary, terminal_width(STDOUT_FILENO), wants_color(STDOUT_FILENO), &out);
  }
  print_out(text_buffer_text(&out));
}

/* JSON has them where they are asked for: its usual keys are a contract. */
static bool read_samples(const struct cli *cli, size_t *ret_samples, struct error *err)
{
  enum { USUAL = 3, MOST = 1000 };
  char *end = NULL;
  *ret_samples = cli->json || cli->quiet ? 0 : USUAL;
  if (cli->samples == NULL)
    return true;
  unsigned long samples = strtoul(cli->samples, &end, 10);
  *ret_samples = samples;
  if (cli->samples[0] >= '0' && cli->samples[0] <= '9' && *end == '\0' && samples <= MOST)
    return true;
  return fail(err, ERROR_CONFIG, NOWHERE, "--samples is \"%s\", a number of rows from 0 to %d was expected",
              cli->samples, MOST);
}

/* Reads an answer, unless a signal comes first. */
static bool read_answer(char *answer, size_t size, struct error *err)
{
  struct pollfd waited = { .fd = STDIN_FILENO, .events = POLLIN };
  enum { TICK_MS = 100 };
  while (poll(&waited, 1, TICK_MS) <= 0)
    TRY(interruption_check(err));
  ssize_t length = read(STDIN_FILENO, answer, size - 1);
  answer[length > 0 ? length : 0] = '\0';
  return true;
}

/* Rows whose files are gone do not come back. */
static bool confirm(const struct cli *cli, const struct datasets *datasets, struct error *err)
{
  char answer[16] = "";
  if (!cli->full_refresh || cli->yes)
    return true;
  if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
    fail(err, ERROR_CONFIG, NOWHERE, "--full-refresh makes silver and gold anew, and there is no terminal to ask on");
    return add_hint(err, "Say --yes, too. Rows whose files are gone do not come back.");
  }
  SCOPED(text_buffer_done) struct text_buffer question = { 0 };
  for (size_t i = 0; i < datasets->count; i++)
    text_buffer_printf(&question, "%s%s", i == 0 ? "" : ", ", datasets->catalog.entries[datasets->order[i]].path);
  log_warning("crisol", "silver and gold of %s are made anew; rows whose files are gone do not come back. Go on? [y/N]",
              question.data);
  TRY(read_answer(answer, sizeof(answer), err));
  return answer[0] == 'y' || answer[0] == 'Y' ||
         fail(err, ERROR_CONFIG, NOWHERE, "--full-refresh was not confirmed: nothing was done");
}

static bool run(struct cli *cli, const struct replay_options *replay, int *ret_exit, struct error *err)
{
  struct datasets datasets;
  const struct summary *summary = NULL;
  TRY(datasets_find(cli, &datasets, err) && confirm(cli, &datasets, err));
  if (!datasets.is_one && replay == NULL)
    return datasets_run(cli, &datasets, ret_exit, err);
  if (!datasets.is_one)
    return fail(err, ERROR_CONFIG, NOWHERE, "rows of one dataset are replayed at a time");
  struct pipeline_options dataset = datasets_options(cli, &datasets, datasets.order[0]);
  dataset.replay = replay;
  TRY(read_samples(cli, &dataset.samples, err));
  dataset.observer.begin_stage = begin_stage;
  watch_progress(isatty(STDERR_FILENO) && !cli->quiet && log_get_options().format == LOG_TEXT);
  bool is_done = pipeline_run(cli->arena, &dataset, &summary, err);
  watch_progress(false);
  if (summary != NULL && (is_done || err->message[0] != '\0'))
    print_summary(cli, summary);
  return is_done;
}

bool command_run(struct cli *cli, int *ret_exit, struct error *err)
{
  return run(cli, NULL, ret_exit, err);
}

bool command_replay(struct cli *cli, int *ret_exit, struct error *err)
{
  const struct replay_options replay = {
    .run = cli->run, .rule = cli->rule, .file = cli->file, .is_trial = cli->dry_run
  };
  return run(cli, &replay, ret_exit, err);
}
