#include "cli/summary.h"

#include <inttypes.h>
#include <stdio.h>

#define BOLD "\033[1m"
#define DIM "\033[2m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define RED "\033[31m"
#define PLAIN "\033[0m"

/* A table being printed. */
struct sheet {
  struct text_buffer *out;
  size_t width;
  bool color;
};

void add_count(struct text_buffer *out, uint64_t count)
{
  char digits[32];
  int length = snprintf(digits, sizeof(digits), "%" PRIu64, count);
  for (int i = 0; i < length; i++) {
    if (i > 0 && (length - i) % 3 == 0)
      text_buffer_add_char(out, ',');
    text_buffer_add_char(out, digits[i]);
  }
}

void add_bytes(struct text_buffer *out, uint64_t bytes)
{
  static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
  double value = (double)bytes;
  size_t unit = 0;
  while (value >= 1024 && unit + 1 < ARRAY_LENGTH(units)) {
    value /= 1024;
    unit++;
  }
  text_buffer_printf(out, unit == 0 || value >= 100 ? "%.0f %s" : "%.1f %s", value, units[unit]);
}

void add_cell(struct text_buffer *out, const char *text, size_t width)
{
  size_t shown = 0;
  bool is_long = text_count_characters(text_from(text)) > width;
  for (const char *p = text; *p != '\0' && shown < width - (is_long ? 1 : 0);) {
    text_buffer_add_char(out, *p++);
    for (; ((unsigned char)*p & 0xC0) == 0x80; p++)
      text_buffer_add_char(out, *p);
    shown++;
  }
  if (is_long) {
    text_buffer_add_string(out, "…");
    shown++;
  }
  for (; shown < width; shown++)
    text_buffer_add_char(out, ' ');
}

static void paint(const struct sheet *sheet, const char *color)
{
  if (sheet->color)
    text_buffer_add_string(sheet->out, color);
}

enum { LABEL_WIDTH = 13, COUNT_WIDTH = 14, SHARE_WIDTH = 9 };

static void add_right(struct text_buffer *out, const char *text, size_t width)
{
  size_t length = text_count_characters(text_from(text));
  for (; length < width; length++)
    text_buffer_add_char(out, ' ');
  text_buffer_add_string(out, text);
}

static void add_count_cell(const struct sheet *sheet, uint64_t count)
{
  SCOPED(text_buffer_done) struct text_buffer number = { 0 };
  add_count(&number, count);
  add_right(sheet->out, number.data, COUNT_WIDTH);
}

static void add_share(const struct sheet *sheet, uint64_t count, uint64_t total)
{
  char share[32] = "";
  double percent = total == 0 ? 0 : 100.0 * (double)count / (double)total;
  if (count > 0)
    snprintf(share, sizeof(share), percent < 0.01 ? "<0.01 %%" : percent < 10 ? "%.2f %%" : "%.1f %%", percent);
  paint(sheet, DIM);
  if (share[0] != '\0')
    add_right(sheet->out, share, SHARE_WIDTH);
  paint(sheet, PLAIN);
}

/* "  quarantined        15,012   1.47 %  path": the note is cut to the terminal. */
static void add_row(const struct sheet *sheet, const char *label, uint64_t count, uint64_t total, const char *note)
{
  const char *color = strcmp(label, "passed") == 0 || strcmp(label, "silver") == 0 || strcmp(label, "gold") == 0 ? GREEN
                      : count > 0 && strcmp(label, "read") != 0 ? YELLOW
                                                                : "";
  text_buffer_add_string(sheet->out, "  ");
  add_cell(sheet->out, label, LABEL_WIDTH);
  paint(sheet, color);
  add_count_cell(sheet, count);
  paint(sheet, PLAIN);
  add_share(sheet, strcmp(label, "read") == 0 ? 0 : count, total);
  size_t used = 2 + LABEL_WIDTH + COUNT_WIDTH + SHARE_WIDTH + 2;
  if (note != NULL && note[0] != '\0' && sheet->width > used + 8) {
    if (count == 0 || strcmp(label, "read") == 0) /* no share stands there */
      text_buffer_printf(sheet->out, "%*s", SHARE_WIDTH, "");
    text_buffer_add_string(sheet->out, "  ");
    paint(sheet, DIM);
    size_t length = text_count_characters(text_from(note));
    add_cell(sheet->out, note, length < sheet->width - used ? length : sheet->width - used);
    paint(sheet, PLAIN);
  }
  text_buffer_add_char(sheet->out, '\n');
}

static void add_heading(const struct sheet *sheet, const char *heading, const char *middle)
{
  size_t name_width = sheet->width > 110 ? 70 : sheet->width - 2 - 14 - COUNT_WIDTH - SHARE_WIDTH;
  text_buffer_add_string(sheet->out, "\n  ");
  paint(sheet, BOLD);
  add_cell(sheet->out, heading, name_width);
  add_cell(sheet->out, middle, 14);
  add_right(sheet->out, "rows", COUNT_WIDTH);
  paint(sheet, PLAIN);
  text_buffer_add_char(sheet->out, '\n');
}

static void add_finding(const struct sheet *sheet, const char *name, const char *middle, uint64_t count, uint64_t total,
                        bool is_good)
{
  size_t name_width = sheet->width > 110 ? 70 : sheet->width - 2 - 14 - COUNT_WIDTH - SHARE_WIDTH;
  text_buffer_add_string(sheet->out, "  ");
  add_cell(sheet->out, name, name_width);
  paint(sheet, DIM);
  add_cell(sheet->out, middle, 14);
  paint(sheet, PLAIN);
  paint(sheet, count == 0 ? DIM : is_good ? "" : YELLOW);
  add_count_cell(sheet, count);
  paint(sheet, PLAIN);
  add_share(sheet, count, total);
  text_buffer_add_char(sheet->out, '\n');
}

/* parts */

static void add_title(const struct sheet *sheet, const struct summary *summary)
{
  paint(sheet, BOLD);
  text_buffer_printf(sheet->out, "\n%s", summary->config->dataset->id.value);
  paint(sheet, PLAIN);
  paint(sheet, summary->error == NULL ? GREEN : RED);
  text_buffer_printf(sheet->out, "  %s", summary->error == NULL ? "completed" : "failed");
  paint(sheet, PLAIN);
  text_buffer_printf(sheet->out, " in %.1f s", summary->run->total_seconds);
  paint(sheet, DIM);
  text_buffer_printf(sheet->out, "  run %s", summary->run->id);
  paint(sheet, PLAIN);
  text_buffer_add_string(sheet->out, "\n\n");
}

static void add_rows(const struct sheet *sheet, const struct summary *summary)
{
  const struct run *run = summary->run;
  const struct plan *plan = summary->plan;
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer note = { 0 };
  uint64_t total = run->rows.read;
  text_buffer_printf(&note, "%zu file%s", plan->n_files, plan->n_files == 1 ? "" : "s");
  add_row(sheet, "read", total, total, note.data);
  if (run->rows.malformed > 0)
    add_row(sheet, "malformed", run->rows.malformed, total, run->quarantine_file != NULL ? "in the quarantine" : "");
  if (plan->n_dedupe_key > 0)
    add_row(sheet, "duplicates", run->rows.duplicates, total, "");
  add_row(sheet, "quarantined", run->rows.quarantined, total, run->quarantine_file);
  add_row(sheet, "dropped", run->rows.dropped, total, "");
  text_buffer_clear(&note);
  if (run->rows.warned > 0) {
    add_count(&note, run->rows.warned);
    text_buffer_add_string(&note, " with a warning");
  }
  add_row(sheet, "passed", run->rows.passed, total, note.data);
  text_buffer_clear(&note);
  uint64_t bytes = 0;
  for (size_t i = 0; i < run->n_silver_files; i++)
    bytes += run->silver_files[i].bytes;
  text_buffer_printf(&note, "%zu file%s, ", run->n_silver_files, run->n_silver_files == 1 ? "" : "s");
  add_bytes(&note, bytes);
  text_buffer_printf(&note, ": %s", plan->silver_path);
  add_row(sheet, "silver", run->rows.silver, total, note.data);
  if (!plan->dataset->gold.enabled)
    return;
  text_buffer_clear(&note);
  text_buffer_printf(&note, "%s.%s: %s", plan->dataset->gold.schema, plan->dataset->gold.table, plan->database_path);
  add_row(sheet, "gold", run->rows.gold, total, note.data);
}

static void add_rules(const struct sheet *sheet, const struct summary *summary)
{
  const struct plan *plan = summary->plan;
  if (plan->n_rules == 0)
    return;
  add_heading(sheet, "rule", "on fail");
  for (size_t i = 0; i < plan->n_rules; i++)
    add_finding(sheet, plan->rules[i].config->name.value, on_fail_names[plan->rules[i].config->on_fail],
                summary->run->rules[i].failed, summary->run->rules[i].total, false);
}

static void add_findings(const struct sheet *sheet, const struct summary *summary)
{
  const struct plan *plan = summary->plan;
  const struct run *run = summary->run;
  SCOPED(arena_done) struct arena scratch = { 0 };
  if (run->n_violations > 0) {
    add_heading(sheet, "schema", plan->dataset->schema_mode == SCHEMA_STRICT ? "strict" : "flexible");
    for (size_t i = 0; i < run->n_violations; i++)
      add_finding(sheet, run->violations[i].column, run->violations[i].keyword, run->violations[i].failed,
                  run->rows.passed, false);
  }
  bool has_heading = false;
  for (size_t i = 0; i < plan->n_columns; i++) {
    if (run->casts[i].nulled == 0 && run->casts[i].by_iso == 0)
      continue;
    if (!has_heading)
      add_heading(sheet, "cast", "became");
    has_heading = true;
    const char *name =
        arena_printf(&scratch, "%s to %s", plan->columns[i].name, type_name(&scratch, plan->columns[i].type));
    if (run->casts[i].nulled > 0)
      add_finding(sheet, name, "null", run->casts[i].nulled, run->parsed, false);
    if (run->casts[i].by_iso > 0)
      add_finding(sheet, name, "by ISO-8601", run->casts[i].by_iso, run->parsed, true);
  }
  if (plan->n_conditions > 0)
    add_heading(sheet, "business rule", "");
  for (size_t i = 0; i < plan->n_conditions; i++) {
    struct text condition = plan->conditions[i].config->condition.text;
    add_finding(sheet, arena_copy(&scratch, condition.data, condition.length),
                plan->conditions[i].config->is_warning ? "warned" : "filtered", run->condition_removed[i],
                run->rows.passed, true);
  }
}

/* Alerts are sentences: they are wrapped, not cut. */
static void add_wrapped(const struct sheet *sheet, const char *text, size_t indent)
{
  size_t at = indent;
  for (const char *word = text; *word != '\0';) {
    size_t length = strcspn(word, " ");
    size_t shown = text_count_characters((struct text){ word, length });
    if (at + shown > sheet->width && at > indent) {
      text_buffer_printf(sheet->out, "\n%*s", (int)indent, "");
      at = indent;
    }
    text_buffer_add(sheet->out, word, length);
    at += shown;
    word += length;
    if (*word == ' ') {
      text_buffer_add_char(sheet->out, ' ');
      word++;
      at++;
    }
  }
  text_buffer_add_char(sheet->out, '\n');
}

static void add_alerts(const struct sheet *sheet, const struct summary *summary)
{
  const struct run *run = summary->run;
  if (run->n_alerts > 0)
    text_buffer_add_char(sheet->out, '\n');
  for (size_t i = 0; i < run->n_alerts; i++) {
    paint(sheet, YELLOW);
    text_buffer_add_string(sheet->out, "  ! ");
    paint(sheet, PLAIN);
    add_wrapped(sheet, run->alerts[i].message, 4);
  }
}

static void add_times(const struct sheet *sheet, const struct summary *summary)
{
  const struct run *run = summary->run;
  text_buffer_add_string(sheet->out, "\n  ");
  paint(sheet, DIM);
  bool is_first = true;
  for (size_t i = 0; i < N_RUN_STAGES; i++) {
    if (run->seconds[i] < 0.005)
      continue;
    text_buffer_printf(sheet->out, "%s%s %.2f", is_first ? "" : ", ", run_stage_names[i], run->seconds[i]);
    is_first = false;
  }
  text_buffer_add_string(sheet->out, is_first ? "" : " s; ");
  text_buffer_add_string(sheet->out, "peak memory ");
  add_bytes(sheet->out, summary->peak_rss_bytes);
  paint(sheet, PLAIN);
  text_buffer_add_char(sheet->out, '\n');
}

void summary_print_table(const struct summary *summary, size_t width, bool color, struct text_buffer *out)
{
  enum { LEAST_WIDTH = 60 };
  struct sheet sheet = { .out = out, .width = width < LEAST_WIDTH ? LEAST_WIDTH : width, .color = color };
  add_title(&sheet, summary);
  add_rows(&sheet, summary);
  add_rules(&sheet, summary);
  add_findings(&sheet, summary);
  add_alerts(&sheet, summary);
  add_times(&sheet, summary);
}
