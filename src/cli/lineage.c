/* crisol lineage: the runs that took or made a file or a gold table, with what else went in and came out. */
#include "base/file.h"
#include "base/log.h"
#include "base/visible.h"
#include "cli/load.h"
#include "cli/summary_table.h"

#include <stdlib.h>

enum { DIRECTION, PATH, ROWS, BYTES, MD5 }; /* the columns of a run's files */

struct answer {
  struct cli *cli;
  struct text_buffer out;
  const char *path; /* the argument as the ledger would have it, if it is a file or an object */
  bool is_found;
};

static void print_file(char **cells, struct text_buffer *out)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer rows = { 0 };
  text_buffer_add_count(&rows, strtoull(cells[ROWS], NULL, 10));
  text_buffer_printf(out, "  %-11s%12s rows  %s\n", cells[DIRECTION], rows.data, text_visible(&scratch, cells[PATH]));
}

static void print_run(const struct ledger_lineage *run, struct text_buffer *out)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  text_buffer_printf(out, "%srun %s of dataset \"%s\", %s UTC\n", out->length == 0 ? "" : "\n", run->run_id,
                     text_visible(&scratch, run->dataset), run->started_at);
  for (size_t row = 0; row < run->files.n_rows; row++)
    print_file(&run->files.cells[row * run->files.n_columns], out);
  if (run->gold_table == NULL)
    return;
  SCOPED(text_buffer_done) struct text_buffer rows = { 0 };
  text_buffer_add_count(&rows, strtoull(run->gold_rows, NULL, 10));
  text_buffer_printf(out, "  %-11s%12s rows  %s\n", "gold", rows.data, text_visible(&scratch, run->gold_table));
}

static void add_member(struct text_buffer *out, const char *name, const char *value)
{
  text_buffer_printf(out, "\"%s\": ", name);
  json_add_string_or_null(out, value);
}

/* One object a run and line. */
static void print_json(const struct ledger_lineage *run, struct text_buffer *out)
{
  text_buffer_add_char(out, '{');
  add_member(out, "run_id", run->run_id);
  text_buffer_add_string(out, ", ");
  add_member(out, "dataset", run->dataset);
  text_buffer_add_string(out, ", ");
  add_member(out, "started_at", run->started_at);
  text_buffer_add_string(out, ", \"files\": [");
  for (size_t row = 0; row < run->files.n_rows; row++) {
    char **cells = &run->files.cells[row * run->files.n_columns];
    text_buffer_add_string(out, row == 0 ? "{" : ", {");
    add_member(out, "direction", cells[DIRECTION]);
    text_buffer_add_string(out, ", ");
    add_member(out, "path", cells[PATH]);
    text_buffer_printf(out, ", \"rows\": %s, \"bytes\": %s, ", cells[ROWS], cells[BYTES]);
    add_member(out, "md5", cells[MD5]);
    text_buffer_add_char(out, '}');
  }
  text_buffer_add_string(out, "], ");
  add_member(out, "gold_table", run->gold_table);
  text_buffer_printf(out, ", \"gold_rows\": %s}\n", run->gold_table == NULL ? "null" : run->gold_rows);
}

static bool show(const struct ledgers *ledgers, struct warehouse *warehouse, void *context, struct error *err)
{
  enum { SHOWN = 20 };
  (void)ledgers;
  struct answer *answer = context;
  struct cli *cli = answer->cli;
  struct ledger_lineage *runs = NULL;
  size_t count = 0;
  const char *name = cli->arguments[0];
  TRY(ledger_find_lineage(cli->arena, warehouse, answer->path, name, SHOWN, &runs, &count, err));
  for (size_t i = 0; i < count; i++)
    (cli->json ? print_json : print_run)(&runs[i], &answer->out);
  answer->is_found = answer->is_found || count > 0;
  return true;
}

/* A path of an object store that env.yml mounts is one of the mount's directory. */
static bool resolve(struct cli *cli, const char **ret_path, struct error *err)
{
  struct environment env;
  TRY(cli_load_environment(cli, &env, err));
  *ret_path =
      path_absolute(cli->arena, config_resolve(cli->arena, &env, (struct config_text){ .value = cli->arguments[0] }));
  return true;
}

bool command_lineage(struct cli *cli, int *ret_exit, struct error *err)
{
  (void)ret_exit;
  struct answer answer = { .cli = cli };
  struct ledgers ledgers = cli_ledgers(cli);
  TRY(resolve(cli, &answer.path, err));
  bool is_done = visit_ledgers(&ledgers, show, &answer, err);
  if (is_done)
    print_out(text_buffer_text(&answer.out));
  text_buffer_done(&answer.out);
  TRY(is_done);
  if (answer.is_found)
    return true;
  fail(err, ERROR_CONFIG, NOWHERE, "no completed run has taken or made \"%s\"", cli->arguments[0]);
  return add_hint(
      err,
      "Name a file or a folder of the input, the lake or the quarantine, or a table such as gold.payments. It "
      "was looked for in %s; -d DATASET.yml looks where that dataset's metadata are.",
      ledgers.visited);
}
