/* crisol runs: what happened, from the metadata of the warehouse and of the state's own file. */
#include "base/file.h"
#include "base/log.h"
#include "cli/ledgers.h"
#include "cli/summary.h"
#include "ledger/ledger.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

static void add_cell_or_dash(struct text_buffer *out, const char *cell, size_t width)
{
  add_cell(out, cell == NULL ? "-" : cell, width);
  text_buffer_add_char(out, ' ');
}

/* A blank goes before it: lines do not end in one. */
static void add_number(struct text_buffer *out, const char *cell, size_t width)
{
  SCOPED(text_buffer_done) struct text_buffer number = { 0 };
  if (cell == NULL)
    text_buffer_add_char(&number, '-');
  else
    add_count(&number, strtoull(cell, NULL, 10));
  text_buffer_add_char(out, ' ');
  for (size_t length = number.length; length < width; length++)
    text_buffer_add_char(out, ' ');
  text_buffer_add_string(out, number.data);
}

enum {
  COLUMN_ID,
  COLUMN_DATASET,
  COLUMN_STATUS,
  COLUMN_STARTED,
  COLUMN_SECONDS,
  COLUMN_READ,
  COLUMN_SILVER,
  COLUMN_GOLD,
  COLUMN_ERROR,
  COLUMN_MALFORMED, /* from here on of one run only */
  COLUMN_DUPLICATES,
  COLUMN_QUARANTINED,
  COLUMN_DROPPED,
  COLUMN_PASSED,
  COLUMN_WARNED,
};
enum { ID_WIDTH = 25, DATASET_WIDTH = 22, STATUS_WIDTH = 9, STARTED_WIDTH = 19, NUMBER_WIDTH = 11 };

static void print_list(const struct table *table, struct text_buffer *out)
{
  add_cell_or_dash(out, "run", ID_WIDTH);
  add_cell_or_dash(out, "dataset", DATASET_WIDTH);
  add_cell_or_dash(out, "status", STATUS_WIDTH);
  text_buffer_printf(out, "%7s %*s %*s %*s\n", "seconds", NUMBER_WIDTH, "read", NUMBER_WIDTH, "silver", NUMBER_WIDTH,
                     "gold");
  for (size_t row = 0; row < table->n_rows; row++) {
    char **cells = &table->cells[row * table->n_columns];
    add_cell_or_dash(out, cells[COLUMN_ID], ID_WIDTH);
    add_cell_or_dash(out, cells[COLUMN_DATASET], DATASET_WIDTH);
    add_cell_or_dash(out, cells[COLUMN_STATUS], STATUS_WIDTH);
    text_buffer_printf(out, "%7s", cells[COLUMN_SECONDS] == NULL ? "-" : cells[COLUMN_SECONDS]);
    add_number(out, cells[COLUMN_READ], NUMBER_WIDTH);
    add_number(out, cells[COLUMN_SILVER], NUMBER_WIDTH);
    add_number(out, cells[COLUMN_GOLD], NUMBER_WIDTH);
    text_buffer_add_char(out, '\n');
  }
}

static void print_list_json(const struct table *table, struct text_buffer *out)
{
  static const char *const names[] = { "run_id", "dataset", "status", "started_at", "seconds",
                                       "read",   "silver",  "gold",   "error" };
  for (size_t row = 0; row < table->n_rows; row++) {
    text_buffer_add_char(out, '{');
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
      const char *cell = table->cells[row * table->n_columns + i];
      bool is_number = i >= COLUMN_SECONDS && i <= COLUMN_GOLD;
      text_buffer_printf(out, "%s\"%s\": ", i == 0 ? "" : ", ", names[i]);
      if (cell == NULL || is_number)
        text_buffer_add_string(out, cell == NULL ? "null" : cell);
      else
        json_add_string(out, text_from(cell));
    }
    text_buffer_add_string(out, "}\n");
  }
}

static void print_drift(const struct table *drift, struct text_buffer *out)
{
  enum { SCOPE, CHANGE, COLUMN, OLD_TYPE, NEW_TYPE, PATH, FILES };
  if (drift->n_rows > 0)
    text_buffer_add_string(out, "\ndrift\n");
  for (size_t row = 0; row < drift->n_rows; row++) {
    char **cells = &drift->cells[row * drift->n_columns];
    text_buffer_add_string(out, "  ");
    add_cell_or_dash(out, cells[SCOPE], 10);
    add_cell_or_dash(out, cells[CHANGE], 10);
    text_buffer_add_string(out, cells[COLUMN]);
    if (cells[OLD_TYPE] != NULL)
      text_buffer_printf(out, "  from %s to %s", cells[OLD_TYPE], cells[NEW_TYPE]);
    if (cells[PATH] != NULL)
      text_buffer_printf(out, "  in %s file%s, the first is %s", cells[FILES],
                         strcmp(cells[FILES], "1") == 0 ? "" : "s", cells[PATH]);
    text_buffer_add_char(out, '\n');
  }
}

/* Times by stage, rules and files of one run. */
static void print_entry(const struct ledger_entry *entry, struct text_buffer *out)
{
  char **cells = entry->execution;
  text_buffer_printf(out, "run      %s\ndataset  %s\nstatus   %s\nstarted  %s UTC\nseconds  %s\n", cells[COLUMN_ID],
                     cells[COLUMN_DATASET], cells[COLUMN_STATUS], cells[COLUMN_STARTED],
                     cells[COLUMN_SECONDS] == NULL ? "-" : cells[COLUMN_SECONDS]);
  if (entry->schema_version != NULL)
    text_buffer_printf(out, "schema   %s\n", entry->schema_version);
  if (cells[COLUMN_ERROR] != NULL)
    text_buffer_printf(out, "error    %s\n", cells[COLUMN_ERROR]);
  text_buffer_add_string(out, "\n");
  static const struct {
    const char *name;
    size_t column;
  } counts[] = {
    { "read", COLUMN_READ },           { "malformed", COLUMN_MALFORMED },     { "duplicates", COLUMN_DUPLICATES },
    { "dropped", COLUMN_DROPPED },     { "quarantined", COLUMN_QUARANTINED }, { "passed", COLUMN_PASSED },
    { "with warning", COLUMN_WARNED }, { "silver", COLUMN_SILVER },           { "gold", COLUMN_GOLD },
  };
  enum { COUNT_NAME_WIDTH = 12 };
  for (size_t i = 0; i < ARRAY_LENGTH(counts); i++) {
    add_cell_or_dash(out, counts[i].name, COUNT_NAME_WIDTH);
    add_number(out, cells[counts[i].column], NUMBER_WIDTH);
    text_buffer_add_char(out, '\n');
  }
  if (entry->rules.n_rows > 0)
    text_buffer_add_string(out, "\nrules\n");
  for (size_t row = 0; row < entry->rules.n_rows; row++) {
    char **rule = &entry->rules.cells[row * entry->rules.n_columns];
    text_buffer_add_string(out, "  ");
    add_cell_or_dash(out, rule[0], 40);
    add_cell_or_dash(out, rule[1], 10);
    add_number(out, rule[2], NUMBER_WIDTH);
    text_buffer_add_string(out, " of");
    add_number(out, rule[3], 0);
    text_buffer_add_char(out, '\n');
  }
  print_drift(&entry->drift, out);
  enum { DIRECTION, PATH, ROWS, BYTES, MD5, ETAG, MODIFIED };
  if (entry->files.n_rows > 0)
    text_buffer_add_string(out, "\nfiles\n");
  for (size_t row = 0; row < entry->files.n_rows; row++) {
    char **file = &entry->files.cells[row * entry->files.n_columns];
    text_buffer_add_string(out, "  ");
    add_cell_or_dash(out, file[DIRECTION], 10);
    add_number(out, file[ROWS], NUMBER_WIDTH);
    SCOPED(text_buffer_done) struct text_buffer bytes = { 0 };
    add_bytes(&bytes, strtoull(file[BYTES], NULL, 10));
    text_buffer_printf(out, "%11s  %s", bytes.data, file[PATH]);
    if (file[MD5] != NULL)
      text_buffer_printf(out, "  md5 %s", file[MD5]);
    else if (file[ETAG] != NULL)
      text_buffer_printf(out, "  etag %s", file[ETAG]);
    else if (file[MODIFIED] != NULL)
      text_buffer_printf(out, "  of %s UTC", file[MODIFIED]);
    text_buffer_add_char(out, '\n');
  }
}

struct answer {
  struct text_buffer out;
  bool is_found;
};

static bool show_list(struct cli *cli, struct warehouse *warehouse, struct answer *answer, struct error *err)
{
  enum { SHOWN = 50 };
  struct table table;
  TRY(ledger_list(cli->arena, warehouse, SHOWN, &table, err));
  if (table.n_rows == 0)
    return true;
  answer->is_found = true;
  if (cli->json)
    print_list_json(&table, &answer->out);
  else
    print_list(&table, &answer->out);
  return true;
}

static bool show_one(struct cli *cli, struct warehouse *warehouse, struct answer *answer, struct error *err)
{
  struct ledger_entry entry;
  bool is_found = false;
  TRY(ledger_find(cli->arena, warehouse, cli->arguments[0], &entry, &is_found, err));
  if (is_found && cli->json)
    text_buffer_printf(&answer->out, "%s\n", entry.summary_json == NULL ? "null" : entry.summary_json);
  else if (is_found)
    print_entry(&entry, &answer->out);
  answer->is_found = answer->is_found || is_found;
  return true;
}

static bool show(struct cli *cli, struct warehouse *warehouse, void *context, struct error *err)
{
  return cli->n_arguments == 0 ? show_list(cli, warehouse, context, err) : show_one(cli, warehouse, context, err);
}

bool command_runs(struct cli *cli, int *ret_exit, struct error *err)
{
  (void)ret_exit;
  struct answer answer = { .is_found = false };
  bool is_done = visit_ledgers(cli, show, &answer, err);
  if (is_done)
    print_out(text_buffer_text(&answer.out));
  text_buffer_done(&answer.out);
  TRY(is_done);
  if (!answer.is_found && cli->n_arguments > 0)
    return fail(err, ERROR_CONFIG, NOWHERE, "no run \"%s\" is recorded", cli->arguments[0]);
  if (!answer.is_found)
    log_info("metadata", "no run is recorded yet");
  return true;
}
