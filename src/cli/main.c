/* Starts a command and turns its end into an exit code. */
#include "base/background.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/visible.h"
#include "cli/load.h"
#include "cli/watch.h"
#include "config/variables.h"
#include "pipeline/interruption.h"
#include "store/s3.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

size_t terminal_width(int descriptor)
{
  struct winsize size;
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

bool wants_color(int descriptor)
{
  const char *no_color = getenv("NO_COLOR");
  const char *terminal = getenv("TERM");
  return isatty(descriptor) && (no_color == NULL || no_color[0] == '\0') &&
         (terminal == NULL || strcmp(terminal, "dumb") != 0);
}

static void write_all(int descriptor, struct text text)
{
  while (text.length > 0) {
    ssize_t written = write(descriptor, text.data, text.length);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0 && errno == EPIPE)
      _exit(0);
    if (written < 0) {
      if (descriptor != STDERR_FILENO)
        dprintf(STDERR_FILENO, "error: could not write to standard output: %s\n", strerror(errno));
      _exit(3);
    }
    text.data += written;
    text.length -= (size_t)written;
  }
}

/* The last net for both streams: whatever was added to a text without a thought does no harm on a terminal. */
static void write_visible(int descriptor, struct text text)
{
  SCOPED(text_buffer_done) struct text_buffer shown = { 0 };
  text_add_visible_lines(&shown, text, wants_color(descriptor));
  secret_hide_in(&shown, 0);
  write_all(descriptor, text_buffer_text(&shown));
}

void print_out(struct text text)
{
  write_visible(STDOUT_FILENO, text);
}

void print_data(struct text text)
{
  if (isatty(STDOUT_FILENO))
    print_out(text);
  else
    write_all(STDOUT_FILENO, text);
}

/* What the command line and the environment hold. */
static void keep_secrets(int n_arguments, char **arguments)
{
  static const char *const variables[] = { "PGPASSWORD", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
                                           "SPARK_CONNECT_AUTHENTICATE_TOKEN" };
  for (size_t i = 0; i < ARRAY_LENGTH(variables); i++)
    secret_add(text_from(getenv(variables[i])));
  secret_add_of_address(text_from(getenv("SPARK_REMOTE")));
  for (int i = 0; i < n_arguments; i++)
    secret_add_of_connection(text_from(arguments[i]));
}

const struct error *problems_print(const struct problem_list *problems, int descriptor)
{
  const struct error *first = NULL;
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  for (size_t i = 0; i < problems->count; i++) {
    const struct problem *problem = problems->items[i];
    error_print(&problem->error, problem->is_warning ? "warning" : "error", wants_color(descriptor), &out);
    if (first == NULL && !problem->is_warning)
      first = &problem->error;
  }
  write_visible(descriptor, text_buffer_text(&out));
  return first;
}

static void print_error(const struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  if (log_get_options().format == LOG_JSON) {
    log_line(LOG_ERROR, "crisol", "%s%s%s", err->message, err->hint[0] == '\0' ? "" : ". ", err->hint);
    return;
  }
  error_print(err, "error", wants_color(STDERR_FILENO), &out);
  if (err->kind == ERROR_DEFECT)
    text_buffer_add_string(&out, "This is a defect of crisol. Please report it with the dataset file.\n");
  write_visible(STDERR_FILENO, text_buffer_text(&out));
}

static void set_up_log(const struct cli *cli)
{
  bool is_json = cli->log_format != NULL && strcmp(cli->log_format, "json") == 0;
  log_setup((struct log_options){ .least = cli->quiet     ? LOG_WARNING
                                           : cli->verbose ? LOG_DEBUG
                                                          : LOG_INFO,
                                  .format = is_json ? LOG_JSON : LOG_TEXT,
                                  .color = !is_json && wants_color(STDERR_FILENO) });
}

/* A command that may wait hears signals; the others are ended by them. */
static bool run_command(struct cli *cli, int *ret_exit, struct error *err)
{
  if (!cli->command->waits)
    return cli->command->run(cli, ret_exit, err);
  watch_block_signals();
  bool is_done = watch_start(err) && cli->command->run(cli, ret_exit, err);
  if (!is_done)
    interruption_explain(err);
  watch_stop();
  return is_done;
}

/* Before any file is read. */
static bool set_variables(struct cli *cli, struct error *err)
{
  for (size_t i = 0; i < cli->variables.count; i++)
    TRY(variable_set(cli->arena, cli->variables.items[i], err));
  return cli->command->variables == OF_COMMAND || cli_check_variables(cli, err);
}

static int run(struct cli *cli, int n_arguments, char **arguments)
{
  struct error err = { 0 };
  int exit_code = 0;
  bool is_done = cli_parse(n_arguments, arguments, cli, &err);
  if (is_done && cli->help) {
    SCOPED(text_buffer_done) struct text_buffer out = { 0 };
    help_print_command(cli->command, &out);
    print_out(text_buffer_text(&out));
    return 0;
  }
  if (is_done) {
    set_up_log(cli);
    is_done = set_variables(cli, &err) && run_command(cli, &exit_code, &err);
  }
  if (is_done)
    return exit_code;
  if (err.message[0] != '\0') /* problems that were printed one by one leave none */
    print_error(&err);
  return error_exit_code(err.kind);
}

int main(int argc, char **argv)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  struct cli cli = { .arena = &arena };
  signal(SIGPIPE, SIG_IGN); /* write() says so instead, of a closed pipe as of a file over its limit */
  signal(SIGXFSZ, SIG_IGN);
  keep_secrets(argc, argv);
  int exit_code = run(&cli, argc > 0 ? argc - 1 : 0, argv + 1);
  if (background_count() > 0) /* they use what the end of a program takes down */
    _exit(exit_code);
  s3_close(&cli.s3);
  return exit_code;
}
