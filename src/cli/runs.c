/* crisol runs: what happened, from the metadata of the warehouse and of the state's own file. */
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/visible.h"
#include "cli/datasets.h"
#include "cli/summary_table.h"
#include "value/json.h"
#include "ledger/ledger.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>
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
    text_buffer_add_count(&number, strtoull(cell, NULL, 10));
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
  COLUMN_QUARANTINED,
  COLUMN_TYPE,
  COLUMN_MALFORMED, /* from here on of one run only */
  COLUMN_DUPLICATES,
  COLUMN_DROPPED,
  COLUMN_PASSED,
  COLUMN_WARNED,
  COLUMN_SILVER_PATH,
  COLUMN_QUARANTINE_PATH,
  COLUMN_GOLD_TABLE,
};
enum { ID_WIDTH = 25, STATUS_WIDTH = 9, WHEN_WIDTH = 8, NUMBER_WIDTH = 11 };

/* A narrow terminal, of 80 columns, has shortened counts, and silver's, which is what passed, is left out. */
static const struct {
  const char *name;
  int narrow_width; /* 0: left out */
  size_t column;
} listed_counts[] = {
  { "read", 5, COLUMN_READ },
  { "silver", 0, COLUMN_SILVER },
  { "quarantined", 11, COLUMN_QUARANTINED },
  { "gold", 5, COLUMN_GOLD },
};

/* "5s ago", "3h ago": of a start such as "2026-11-28 19:08:28", in UTC. */
static const char *time_ago(struct arena *arena, const char *started, int64_t now_s)
{
  static const struct {
    int64_t seconds;
    const char *unit;
  } units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "m" }, { 1, "s" } };
  struct tm utc = { 0 };
  if (started == NULL || strptime(started, "%Y-%m-%d %H:%M:%S", &utc) == NULL)
    return "-";
  int64_t ago = now_s - (int64_t)timegm(&utc);
  if (ago < 1)
    return "now";
  if (ago >= 1000 * units[0].seconds)
    return text_copy(arena, (struct text){ started, strlen("2026-11-") - 1 });
  size_t i = 0;
  while (ago < units[i].seconds)
    i++;
  return arena_printf(arena, "%" PRId64 "%s ago", ago / units[i].seconds, units[i].unit);
}

/* "958,083" where it has room, else "958k" or "1.5M". */
static const char *short_count(struct arena *arena, const char *cell)
{
  static const char *const units[] = { "", "k", "M", "G", "T" };
  if (cell == NULL)
    return "-";
  double value = strtod(cell, NULL);
  size_t unit = 0;
  while (value >= 1000 && unit + 1 < ARRAY_LENGTH(units)) {
    value /= 1000;
    unit++;
  }
  return arena_printf(arena, unit > 0 && value < 99.95 ? "%.1f%s" : "%.0f%s", value, units[unit]);
}

/* The columns behind the status; `cells` is NULL for their names. */
static void add_counts(struct arena *arena, char **cells, bool is_wide, struct text_buffer *out)
{
  for (size_t i = 0; i < ARRAY_LENGTH(listed_counts); i++) {
    int width = is_wide ? NUMBER_WIDTH : listed_counts[i].narrow_width;
    if (width == 0)
      continue;
    if (cells != NULL && is_wide)
      add_number(out, cells[listed_counts[i].column], NUMBER_WIDTH);
    else
      text_buffer_printf(out, " %*s", width,
                         cells == NULL ? listed_counts[i].name : short_count(arena, cells[listed_counts[i].column]));
  }
}

/* "orders", of a replay "replay orders". */
static const char *name_of(struct arena *arena, char **cells)
{
  if (strcmp(cells[COLUMN_TYPE], "dataset") == 0)
    return cells[COLUMN_DATASET];
  return arena_printf(arena, "%s %s", cells[COLUMN_TYPE], cells[COLUMN_DATASET]);
}

static void print_list_line(struct arena *arena, char **cells, size_t width, bool is_wide, struct text_buffer *out)
{
  SCOPED(text_buffer_done) struct text_buffer counts = { 0 };
  add_counts(arena, cells, is_wide, &counts);
  size_t fixed = ID_WIDTH + 1 + WHEN_WIDTH + 1 + 1 + STATUS_WIDTH + counts.length;
  add_cell_or_dash(out, cells == NULL ? "run" : cells[COLUMN_ID], ID_WIDTH);
  add_cell_or_dash(out, cells == NULL ? "when" : time_ago(arena, cells[COLUMN_STARTED], clock_now_us() / 1000000),
                   WHEN_WIDTH);
  add_cell_or_dash(out, cells == NULL ? "dataset" : name_of(arena, cells), width - fixed);
  add_cell(out, cells == NULL ? "status" : cells[COLUMN_STATUS], STATUS_WIDTH);
  text_buffer_add_text(out, text_buffer_text(&counts));
  text_buffer_add_char(out, '\n');
}

static void print_list(struct arena *arena, const struct table *table, struct text_buffer *out)
{
  enum { LEAST = 80, WIDE = 110, MOST = 140 };
  size_t width = terminal_width(STDOUT_FILENO);
  width = width < LEAST ? LEAST : width > MOST ? MOST : width;
  print_list_line(arena, NULL, width, width >= WIDE, out);
  for (size_t row = 0; row < table->n_rows; row++)
    print_list_line(arena, &table->cells[row * table->n_columns], width, width >= WIDE, out);
}

static void print_list_json(const struct table *table, struct text_buffer *out)
{
  static const char *const names[] = { "run_id", "dataset", "status", "started_at",  "seconds", "read",
                                       "silver", "gold",    "error",  "quarantined", "type" };
  for (size_t row = 0; row < table->n_rows; row++) {
    text_buffer_add_char(out, '{');
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
      const char *cell = table->cells[row * table->n_columns + i];
      bool is_number = (i >= COLUMN_SECONDS && i <= COLUMN_GOLD) || i == COLUMN_QUARANTINED;
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
  SCOPED(arena_done) struct arena scratch = { 0 };
  if (drift->n_rows > 0)
    text_buffer_add_string(out, "\ndrift\n");
  for (size_t row = 0; row < drift->n_rows; row++) {
    char **cells = &drift->cells[row * drift->n_columns];
    text_buffer_add_string(out, "  ");
    add_cell_or_dash(out, cells[SCOPE], 10);
    add_cell_or_dash(out, cells[CHANGE], 10);
    text_add_visible(out, text_from(cells[COLUMN]));
    if (cells[OLD_TYPE] != NULL)
      text_buffer_printf(out, "  from %s to %s", text_visible(&scratch, cells[OLD_TYPE]),
                         text_visible(&scratch, cells[NEW_TYPE]));
    if (cells[PATH] != NULL)
      text_buffer_printf(out, "  in %s file%s, the first is %s", cells[FILES],
                         strcmp(cells[FILES], "1") == 0 ? "" : "s", text_visible(&scratch, cells[PATH]));
    text_buffer_add_char(out, '\n');
  }
}

/* Times by stage, rules and files of one run. */
/* The text of a member of the summary's object itself; false where it has none. */
static bool find_summary_text(const char *summary, const char *name, struct text_buffer *out)
{
  struct json_reader reader;
  json_start(&reader, text_from(summary), JSON_STRICT, false);
  if (json_next(&reader) != JSON_OBJECT_START)
    return false;
  for (enum json_token token = json_next(&reader); token == JSON_NAME; token = json_next(&reader)) {
    bool is_it = text_equal(reader.raw, text_from(name));
    token = json_next(&reader);
    if (is_it && token == JSON_STRING)
      return json_unescape(reader.raw, out);
    if (!json_skip(&reader, token))
      return false;
  }
  return false;
}

static void print_cluster(const struct ledger_entry *entry, struct arena *scratch, struct text_buffer *out)
{
  SCOPED(text_buffer_done) struct text_buffer cluster = { 0 };
  if (entry->summary_json != NULL && find_summary_text(entry->summary_json, "cluster", &cluster))
    text_buffer_printf(out, "engine      %s\n", text_visible(scratch, cluster.data));
}

static void print_entry(const struct ledger_entry *entry, bool is_whole, struct text_buffer *out)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  char **cells = entry->execution;
  text_buffer_printf(out, "run         %s\ndataset     %s\nstatus      %s\nstarted     %s UTC\nseconds     %s\n",
                     cells[COLUMN_ID], text_visible(&scratch, name_of(&scratch, cells)), cells[COLUMN_STATUS],
                     cells[COLUMN_STARTED], cells[COLUMN_SECONDS] == NULL ? "-" : cells[COLUMN_SECONDS]);
  print_cluster(entry, &scratch, out);
  if (entry->schema_version != NULL)
    text_buffer_printf(out, "schema      %s\n", entry->schema_version);
  static const struct {
    const char *name;
    size_t column;
  } places[] = { { "silver", COLUMN_SILVER_PATH },
                 { "quarantine", COLUMN_QUARANTINE_PATH },
                 { "gold", COLUMN_GOLD_TABLE },
                 { "error", COLUMN_ERROR } };
  for (size_t i = 0; i < ARRAY_LENGTH(places); i++)
    if (cells[places[i].column] != NULL)
      text_buffer_printf(out, "%-11s %s\n", places[i].name, text_visible(&scratch, cells[places[i].column]));
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
  enum { DIRECTION, PATH, ROWS, BYTES, MD5, ETAG, MODIFIED, FILES_SHOWN = 20 };
  if (entry->files.n_rows > 0)
    text_buffer_add_string(out, "\nfiles\n");
  size_t n_shown = is_whole || entry->files.n_rows <= FILES_SHOWN ? entry->files.n_rows : FILES_SHOWN;
  for (size_t row = 0; row < n_shown; row++) {
    char **file = &entry->files.cells[row * entry->files.n_columns];
    text_buffer_add_string(out, "  ");
    add_cell_or_dash(out, file[DIRECTION], 10);
    add_number(out, file[ROWS], NUMBER_WIDTH);
    SCOPED(text_buffer_done) struct text_buffer bytes = { 0 };
    text_buffer_add_bytes(&bytes, strtoull(file[BYTES], NULL, 10));
    text_buffer_printf(out, "%11s  %s", bytes.data, text_visible(&scratch, file[PATH]));
    if (file[MD5] != NULL)
      text_buffer_printf(out, "  md5 %s", file[MD5]);
    else if (file[ETAG] != NULL)
      text_buffer_printf(out, "  etag %s", text_visible(&scratch, file[ETAG]));
    else if (file[MODIFIED] != NULL)
      text_buffer_printf(out, "  of %s UTC", file[MODIFIED]);
    text_buffer_add_char(out, '\n');
  }
  if (n_shown < entry->files.n_rows)
    text_buffer_printf(out, "  and %zu more: crisol runs %s --verbose\n", entry->files.n_rows - n_shown,
                       cells[COLUMN_ID]);
}

struct answer {
  struct cli *cli;
  struct text_buffer out;
  bool is_found;
  bool is_of_datasets; /* the arguments name datasets, and no run */
};

static bool show_list(const struct ledgers *ledgers, struct warehouse *warehouse, struct answer *answer,
                      struct error *err)
{
  struct cli *cli = answer->cli;
  enum { SHOWN = 50 };
  struct table table;
  TRY(ledger_list(cli->arena, warehouse, ledgers->dataset_id, SHOWN, &table, err));
  if (table.n_rows == 0)
    return true;
  answer->is_found = true;
  if (cli->json)
    print_list_json(&table, &answer->out);
  else
    print_list(cli->arena, &table, &answer->out);
  return true;
}

static bool show_one(struct warehouse *warehouse, struct answer *answer, struct error *err)
{
  struct cli *cli = answer->cli;
  struct ledger_entry entry;
  bool is_found = false;
  TRY(ledger_find(cli->arena, warehouse, cli->arguments[0], &entry, &is_found, err));
  if (is_found && cli->json)
    text_buffer_printf(&answer->out, "%s\n", entry.summary_json == NULL ? "null" : entry.summary_json);
  else if (is_found)
    print_entry(&entry, cli->verbose, &answer->out);
  answer->is_found = answer->is_found || is_found;
  return true;
}

static bool show(const struct ledgers *ledgers, struct warehouse *warehouse, void *context, struct error *err)
{
  struct answer *answer = context;
  return answer->cli->n_arguments == 0 || answer->is_of_datasets ? show_list(ledgers, warehouse, answer, err)
                                                                 : show_one(warehouse, answer, err);
}

/* An id is no file's name; where a selector is given, the arguments are datasets. */
static bool names_datasets(const struct cli *cli)
{
  bool has_selectors = cli->selected.count + cli->excluded.count > 0;
  return cli->n_arguments > 0 && (has_selectors || cli->n_arguments > 1 || file_exists(cli->arguments[0]));
}

static bool show_datasets(struct cli *cli, struct answer *answer, struct ledgers *last, struct error *err)
{
  struct datasets datasets;
  TRY(datasets_find(cli, &datasets, err));
  for (size_t i = 0; i < datasets.count; i++) {
    *last = cli_ledgers(cli);
    last->options = datasets_options(cli, &datasets, datasets.order[i]);
    TRY(visit_ledgers(last, show, answer, err));
  }
  return true;
}

bool command_runs(struct cli *cli, int *ret_exit, struct error *err)
{
  (void)ret_exit;
  struct answer answer = { .cli = cli, .is_of_datasets = names_datasets(cli) };
  struct ledgers ledgers = cli_ledgers(cli);
  bool is_done =
      answer.is_of_datasets ? show_datasets(cli, &answer, &ledgers, err) : visit_ledgers(&ledgers, show, &answer, err);
  if (is_done)
    print_out(text_buffer_text(&answer.out));
  text_buffer_done(&answer.out);
  TRY(is_done);
  if (!answer.is_found && cli->n_arguments > 0 && !answer.is_of_datasets)
    return fail(err, ERROR_CONFIG, NOWHERE, "no run \"%s\" is recorded", cli->arguments[0]) ||
           add_hint(err, "It was looked for in %s. -d DATASET.yml looks where that dataset's metadata are.",
                    ledgers.visited);
  if (!answer.is_found)
    log_info("metadata", "no run is recorded yet in %s", ledgers.visited);
  return true;
}
