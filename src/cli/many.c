/* crisol run of several datasets: each in a process of its own, which is crisol again, so that nothing of one is left
 * in another, and one that dies takes none along. What a dataset says stays together: with one at a time the process
 * writes where this one does, with more each is read to its end first. Its summary is read from what it prints as JSON.
 *
 * An interruption is handed on, once, and everything ends when the last process has. They are in a process group each:
 * Ctrl-C of a terminal, which goes to a group, would reach them twice, and a second one ends a run at once. */
#include "base/clock.h"
#include "base/log.h"
#include "cli/datasets.h"
#include "cli/grid.h"
#include "pipeline/interruption.h"
#include "value/json.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STREAM_OUT, STREAM_ERR, N_STREAMS };
enum member_state { MEMBER_WAITS, MEMBER_RUNS, MEMBER_ENDED, MEMBER_SKIPPED };

/* A dataset of the command. */
struct member {
  const struct catalog_entry *entry;
  enum member_state state;
  pid_t process;
  int streams[N_STREAMS]; /* -1: closed, or the terminal's */
  struct text_buffer texts[N_STREAMS];
  int exit_code;
  const char *note; /* why it was skipped, or what ended it */
};

struct many {
  struct cli *cli;
  struct member *members; /* in their order */
  size_t count, n_running, n_jobs;
  size_t *member_of;         /* by entry of the catalog; SIZE_MAX: not chosen */
  const bool *uses_variable; /* by member, see struct datasets */
  bool is_interrupted;
};

/* a process */

struct words {
  struct arena *arena;
  char **items;
  size_t count, capacity;
};

static void add_word(struct words *words, const char *word)
{
  words->items = arena_grow(words->arena, words->items, words->count, &words->capacity, sizeof(char *));
  words->items[words->count++] = arena_copy(words->arena, word, strlen(word));
}

static void add_option(struct words *words, const char *option, const char *value)
{
  if (value != NULL)
    add_word(words, arena_printf(words->arena, "--%s=%s", option, value));
}

static void add_flag(struct words *words, const char *option, bool is_given)
{
  if (is_given)
    add_word(words, arena_printf(words->arena, "--%s", option));
}

/* "crisol run --json ... --with upstream.yml -- dataset.yml" */
static char **command_line(const struct many *many, const struct member *member, struct arena *arena)
{
  const struct cli *cli = many->cli;
  struct words words = { .arena = arena };
  size_t number = (size_t)(member - many->members);
  add_word(&words, "crisol");
  add_word(&words, "run");
  add_word(&words, "--json");
  add_option(&words, "env", cli->env);
  add_option(&words, "db", cli->database);
  add_option(&words, "environment", cli->environment);
  add_option(&words, "engine", cli->engine);
  add_option(&words, "samples", cli->samples);
  add_option(&words, "log-format", cli->log_format);
  add_flag(&words, "all", cli->all);
  add_flag(&words, "full-refresh", cli->full_refresh);
  add_flag(&words, "yes", cli->full_refresh); /* it was asked once for all */
  add_flag(&words, "fail-on-alert", cli->fail_on_alert);
  add_flag(&words, "quiet", cli->quiet);
  add_flag(&words, "verbose", cli->verbose);
  for (size_t i = 0; i < cli->overrides.count; i++)
    add_option(&words, "set", cli->overrides.items[i]);
  for (size_t i = 0; i < cli->variables.count; i++)
    if (many->uses_variable[number * cli->variables.count + i])
      add_option(&words, "var", cli->variables.items[i]);
  for (size_t i = 0; i < member->entry->n_references; i++)
    add_option(&words, "with", member->entry->references[i].path);
  add_word(&words, "--");
  add_word(&words, member->entry->path);
  words.items = arena_grow(arena, words.items, words.count, &words.capacity, sizeof(char *));
  words.items[words.count] = NULL;
  return words.items;
}

/* In the new process, which has one thread. */
static void become_crisol(char **arguments, int out, int error)
{
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM); /* whatever ends this command ends what it has started */
  if (dup2(out, STDOUT_FILENO) < 0 || (error >= 0 && dup2(error, STDERR_FILENO) < 0))
    _exit(error_exit_code(ERROR_ENVIRONMENT));
  execv("/proc/self/exe", arguments);
  _exit(error_exit_code(ERROR_ENVIRONMENT));
}

static void close_stream(int *stream)
{
  if (*stream >= 0)
    close(*stream);
  *stream = -1;
}

static bool start_member(struct many *many, struct member *member, struct error *err)
{
  int out[2] = { -1, -1 }, error[2] = { -1, -1 };
  char **arguments = command_line(many, member, many->cli->arena);
  bool keeps_errors = many->n_jobs > 1;
  bool has_pipes = pipe2(out, O_CLOEXEC) == 0 && (!keeps_errors || pipe2(error, O_CLOEXEC) == 0);
  pid_t process = has_pipes ? fork() : -1;
  if (process == 0)
    become_crisol(arguments, out[1], error[1]);
  int reason = errno;
  close_stream(&out[1]);
  close_stream(&error[1]);
  if (process < 0) {
    close_stream(&out[0]);
    close_stream(&error[0]);
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not start a process: %s", strerror(reason));
  }
  member->process = process;
  member->state = MEMBER_RUNS;
  member->streams[STREAM_OUT] = out[0];
  member->streams[STREAM_ERR] = error[0];
  many->n_running++;
  return true;
}

/* The words of an exit code where there are no other. */
static const char *exit_words(int exit_code)
{
  switch (exit_code) {
  case 1:
    return "the data was refused";
  case 2:
    return "wrong config or command line";
  case 3:
    return "the environment failed";
  case 4:
    return "another run holds the dataset";
  case 130:
  case 143:
    return "interrupted";
  default:
    return "a defect of crisol";
  }
}

/* What one reads */

/* The value at the name of an object, as written; false: there is none. Behind it the reader is in the object's rest.
 */
static bool find_member(struct json_reader *reader, const char *name)
{
  if (json_next(reader) != JSON_OBJECT_START)
    return false;
  for (enum json_token token; (token = json_next(reader)) == JSON_NAME;) {
    if (text_equal(reader->raw, text_from(name)))
      return true;
    if (!json_skip(reader, json_next(reader)))
      return false;
  }
  return false;
}

/* "rows", "read": a text or a number of the summary; "-" where there is none. */
static char *summary_value(struct arena *arena, const struct member *member, const char *outer, const char *inner)
{
  struct json_reader reader;
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  json_start(&reader, text_trim(text_buffer_text(&member->texts[STREAM_OUT])), JSON_STRICT, false);
  bool is_found = find_member(&reader, outer) && (inner == NULL || find_member(&reader, inner));
  enum json_token token = is_found ? json_next(&reader) : JSON_NULL;
  if (token == JSON_NUMBER)
    return text_copy(arena, reader.raw);
  if (token != JSON_STRING)
    return NULL;
  json_unescape(reader.raw, &out);
  return text_copy(arena, text_buffer_text(&out));
}

/* the end of one */

static void print_whole(const struct many *many, struct member *member)
{
  if (member->texts[STREAM_ERR].length > 0) {
    struct text text = text_buffer_text(&member->texts[STREAM_ERR]); /* the process has made it visible */
    while (text.length > 0) {
      ssize_t written = write(STDERR_FILENO, text.data, text.length);
      if (written < 0 && errno != EINTR)
        break;
      text.data += written > 0 ? written : 0;
      text.length -= written > 0 ? (size_t)written : 0;
    }
  }
  if (!many->cli->json)
    return;
  if (member->texts[STREAM_OUT].length > 0) {
    print_out(text_buffer_text(&member->texts[STREAM_OUT]));
    return;
  }
  SCOPED(text_buffer_done) struct text_buffer line = { 0 };
  text_buffer_add_string(&line, "{\"dataset\": ");
  json_add_string(&line, text_from(member->entry->id.value));
  text_buffer_printf(&line,
                     ", \"status\": \"%s\", \"error\": ", member->state == MEMBER_SKIPPED ? "skipped" : "failed");
  json_add_string(&line, text_from(member->note));
  text_buffer_add_string(&line, "}\n");
  print_out(text_buffer_text(&line));
}

static size_t count_done(const struct many *many)
{
  size_t count = 0;
  for (size_t i = 0; i < many->count; i++)
    count += many->members[i].state == MEMBER_ENDED || many->members[i].state == MEMBER_SKIPPED;
  return count;
}

static void skip(struct many *many, struct member *member, const char *note)
{
  member->state = MEMBER_SKIPPED;
  member->note = note;
  log_warning("datasets", "%s: skipped, %s", member->entry->id.value, note);
  print_whole(many, member);
}

/* Those that read one which failed or was skipped; the order has them behind it. */
static void skip_readers(struct many *many)
{
  for (size_t i = 0; i < many->count; i++) {
    struct member *member = &many->members[i];
    for (size_t r = 0; member->state == MEMBER_WAITS && r < member->entry->n_references; r++) {
      size_t read = many->member_of[member->entry->references[r].entry];
      if (read == SIZE_MAX)
        continue;
      const struct member *other = &many->members[read];
      if (other->state == MEMBER_SKIPPED || (other->state == MEMBER_ENDED && other->exit_code != 0))
        skip(many, member, arena_printf(many->cli->arena, "it reads %s", other->entry->id.value));
    }
  }
}

/* A process that a signal ended has no exit code of its own: one that was killed may be tried again. */
static int exit_code_of(struct many *many, struct member *member, int status)
{
  if (WIFEXITED(status))
    return WEXITSTATUS(status);
  int signal = WTERMSIG(status);
  member->note = arena_printf(many->cli->arena, "its process was ended by signal %d", signal);
  log_line(LOG_ERROR, "datasets", "%s: %s", member->entry->id.value, member->note);
  return signal == SIGKILL || signal == SIGTERM ? error_exit_code(ERROR_ENVIRONMENT) : error_exit_code(ERROR_DEFECT);
}

static void end_member(struct many *many, struct member *member)
{
  int status = 0;
  pid_t ended = 0;
  while ((ended = waitpid(member->process, &status, 0)) < 0 && errno == EINTR)
    continue;
  many->n_running--;
  member->state = MEMBER_ENDED;
  member->exit_code = ended < 0 ? error_exit_code(ERROR_DEFECT) : exit_code_of(many, member, status);
  if (member->exit_code != 0 && member->note == NULL)
    member->note = exit_words(member->exit_code);
  print_whole(many, member);
  log_info("datasets", "%s: %s (%zu of %zu)", member->entry->id.value,
           member->exit_code == 0 ? "completed" : member->note, count_done(many), many->count);
  skip_readers(many);
}

/* all of them */

static bool is_ready(const struct many *many, const struct member *member)
{
  for (size_t r = 0; r < member->entry->n_references; r++) {
    size_t read = many->member_of[member->entry->references[r].entry];
    if (read != SIZE_MAX && many->members[read].state != MEMBER_ENDED)
      return false;
  }
  return member->state == MEMBER_WAITS;
}

static bool start_ready(struct many *many, struct error *err)
{
  for (size_t i = 0; i < many->count && many->n_running < many->n_jobs; i++)
    if (is_ready(many, &many->members[i]))
      TRY(start_member(many, &many->members[i], err));
  return true;
}

/* Reads what there is; the last stream that ends ends the process, but for its exit. */
static void read_stream(struct many *many, struct member *member, int stream)
{
  char bytes[16384];
  ssize_t length = read(member->streams[stream], bytes, sizeof(bytes));
  if (length > 0) {
    text_buffer_add(&member->texts[stream], bytes, (size_t)length);
    return;
  }
  if (length < 0 && (errno == EINTR || errno == EAGAIN))
    return;
  close_stream(&member->streams[stream]);
  if (member->streams[STREAM_OUT] < 0 && member->streams[STREAM_ERR] < 0)
    end_member(many, member);
}

static void hand_on_interruption(struct many *many)
{
  enum error_kind kind;
  if (many->is_interrupted || !interruption_is_requested(&kind))
    return;
  many->is_interrupted = true;
  for (size_t i = 0; i < many->count; i++)
    if (many->members[i].state == MEMBER_RUNS)
      kill(many->members[i].process, kind == ERROR_INTERRUPTED ? SIGINT : SIGTERM);
  for (size_t i = 0; i < many->count; i++)
    if (many->members[i].state == MEMBER_WAITS)
      skip(many, &many->members[i], "interrupted");
}

static void wait_for_output(struct many *many)
{
  enum { TICK_MS = 20 };
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct pollfd *waited = arena_array(&scratch, many->n_running * N_STREAMS + 1, sizeof(*waited));
  struct member **members = arena_array(&scratch, many->n_running * N_STREAMS + 1, sizeof(*members));
  nfds_t count = 0;
  for (size_t i = 0; i < many->count; i++)
    for (int s = 0; many->members[i].state == MEMBER_RUNS && s < N_STREAMS; s++)
      if (many->members[i].streams[s] >= 0) {
        members[count] = &many->members[i];
        waited[count++] = (struct pollfd){ .fd = many->members[i].streams[s], .events = POLLIN };
      }
  if (poll(waited, count, TICK_MS) <= 0)
    return;
  for (nfds_t i = 0; i < count; i++)
    if (waited[i].revents != 0)
      read_stream(many, members[i], members[i]->streams[STREAM_OUT] == waited[i].fd ? STREAM_OUT : STREAM_ERR);
}

static bool run_all(struct many *many, struct error *err)
{
  bool is_started = start_ready(many, err);
  while (many->n_running > 0) {
    wait_for_output(many);
    hand_on_interruption(many);
    if (is_started && !many->is_interrupted)
      is_started = start_ready(many, err);
  }
  return is_started;
}

/* the table */

static void print_table(const struct many *many, struct text_buffer *out)
{
  static const struct {
    struct grid_column column;
    const char *outer, *inner;
  } columns[] = {
    { { "dataset", false }, NULL, NULL },
    { { "status", false }, NULL, NULL },
    { { "read", true }, "rows", "read" },
    { { "silver", true }, "rows", "silver" },
    { { "quarantined", true }, "rows", "quarantined" },
    { { "gold", true }, "rows", "gold" },
    { { "seconds", true }, "seconds", "total" },
    { { "why", false }, "error", NULL },
  };
  enum { N = ARRAY_LENGTH(columns), STATUS = 1, WHY = N - 1 };
  struct arena *arena = many->cli->arena;
  struct grid_column heads[N];
  for (size_t i = 0; i < N; i++)
    heads[i] = columns[i].column;
  struct grid *grid = grid_new(arena, heads, N, terminal_width(STDOUT_FILENO), wants_color(STDOUT_FILENO), out);
  for (size_t i = 0; i < many->count; i++) {
    const struct member *member = &many->members[i];
    struct text cells[N];
    for (size_t c = 0; c < N; c++) {
      const char *value =
          columns[c].outer == NULL ? NULL : summary_value(arena, member, columns[c].outer, columns[c].inner);
      cells[c] = text_from(value == NULL ? "" : value);
    }
    cells[0] = text_from(member->entry->id.value);
    cells[STATUS] = text_from(member->state == MEMBER_SKIPPED ? "skipped"
                              : member->exit_code == 0        ? "completed"
                                                              : "failed");
    if (cells[WHY].length == 0 && member->note != NULL)
      cells[WHY] = text_from(member->note);
    grid_add(grid, cells);
  }
  grid_finish(grid);
}

/* The first of these that occurred: a retry helps least with what stands first. */
static int worst_exit(const struct many *many)
{
  static const int codes[] = { 130, 143, 5, 2, 1, 3, 4 };
  enum error_kind kind;
  if (many->is_interrupted && interruption_is_requested(&kind))
    return error_exit_code(kind);
  for (size_t c = 0; c < ARRAY_LENGTH(codes); c++)
    for (size_t i = 0; i < many->count; i++)
      if (many->members[i].exit_code == codes[c])
        return codes[c];
  for (size_t i = 0; i < many->count; i++)
    if (many->members[i].exit_code != 0)
      return error_exit_code(ERROR_DEFECT);
  return 0;
}

static bool read_jobs(const struct cli *cli, size_t *ret_jobs, struct error *err)
{
  enum { MOST = 256 };
  char *end = NULL;
  *ret_jobs = 1;
  if (cli->jobs == NULL)
    return true;
  unsigned long jobs = strtoul(cli->jobs, &end, 10);
  *ret_jobs = jobs;
  if (cli->jobs[0] >= '0' && cli->jobs[0] <= '9' && *end == '\0' && jobs >= 1 && jobs <= MOST)
    return true;
  return fail(err, ERROR_CONFIG, NOWHERE, "--jobs is \"%s\", a number from 1 to %d was expected", cli->jobs, MOST);
}

bool datasets_run(struct cli *cli, struct datasets *datasets, int *ret_exit, struct error *err)
{
  struct many many = { .cli = cli, .count = datasets->count, .uses_variable = datasets->uses_variable };
  TRY(read_jobs(cli, &many.n_jobs, err));
  many.members = arena_array(cli->arena, many.count + 1, sizeof(*many.members));
  many.member_of = arena_array(cli->arena, datasets->catalog.count + 1, sizeof(*many.member_of));
  for (size_t i = 0; i < datasets->catalog.count; i++)
    many.member_of[i] = SIZE_MAX;
  for (size_t i = 0; i < many.count; i++) {
    many.members[i] = (struct member){ .entry = &datasets->catalog.entries[datasets->order[i]], .streams = { -1, -1 } };
    many.member_of[datasets->order[i]] = i;
    for (size_t r = 0; r < many.members[i].entry->n_references; r++) {
      struct catalog_reference *reference = &many.members[i].entry->references[r];
      reference->path = datasets->catalog.entries[reference->entry].path;
    }
  }
  bool is_done = run_all(&many, err);
  for (size_t i = 0; i < many.count; i++)
    if (many.members[i].state == MEMBER_WAITS)
      skip(&many, &many.members[i], "it was not begun");
  if (!cli->json && !cli->quiet) {
    SCOPED(text_buffer_done) struct text_buffer out = { 0 };
    print_table(&many, &out);
    print_out(text_buffer_text(&out));
  }
  for (size_t i = 0; i < many.count; i++)
    for (int s = 0; s < N_STREAMS; s++)
      text_buffer_done(&many.members[i].texts[s]);
  *ret_exit = worst_exit(&many);
  return is_done;
}
