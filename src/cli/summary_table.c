#include "cli/summary_table.h"

#include "base/file.h"
#include "base/visible.h"

#include <inttypes.h>
#include <stdio.h>

#define BOLD "\033[1m"
#define DIM "\033[2m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define RED "\033[31m"
#define PLAIN "\033[0m"

/* A table being printed. Its numbers stand in one grid: label, count, share, and a note that takes the rest. */
struct sheet {
  struct text_buffer *out;
  size_t width;
  bool color;
};

void add_cell(struct text_buffer *out, const char *text, size_t width)
{
  SCOPED(text_buffer_done) struct text_buffer shown = { 0 };
  text_add_visible(&shown, text_from(text));
  struct text cell = text_buffer_text(&shown);
  bool is_long = text_columns(cell) > width;
  if (is_long)
    cell.length = text_fitting(cell, width - 1);
  text_buffer_add_text(out, cell);
  if (is_long)
    text_buffer_add_string(out, "…");
  for (size_t columns = text_columns(cell) + is_long; columns < width; columns++)
    text_buffer_add_char(out, ' ');
}

static void paint(const struct sheet *sheet, const char *color)
{
  if (sheet->color)
    text_buffer_add_string(sheet->out, color);
}

enum { INDENT = 2, LABEL_WIDTH = 12, COUNT_WIDTH = 13, SHARE_WIDTH = 10 };
enum { NOTE_AT = INDENT + LABEL_WIDTH + COUNT_WIDTH + SHARE_WIDTH + 2, PLACE_AT = INDENT + LABEL_WIDTH };

static void add_blanks(struct text_buffer *out, size_t count)
{
  for (; count > 0; count--)
    text_buffer_add_char(out, ' ');
}

static void add_right(struct text_buffer *out, const char *text, size_t width)
{
  size_t length = text_count_characters(text_from(text));
  add_blanks(out, length < width ? width - length : 0);
  text_buffer_add_string(out, text);
}

/* In at most `width` columns: of paths and names both ends tell more than the middle. */
static void add_shortened(struct text_buffer *out, const char *text, size_t width)
{
  SCOPED(text_buffer_done) struct text_buffer buffer = { 0 };
  text_add_visible(&buffer, text_from(text));
  struct text shown = text_buffer_text(&buffer);
  size_t columns = text_columns(shown);
  if (columns <= width) {
    text_buffer_add_text(out, shown);
    return;
  }
  size_t head = (width - 1) / 2;
  size_t tail = text_fitting(shown, columns - (width - 1 - head));
  text_buffer_add(out, shown.data, text_fitting(shown, head));
  text_buffer_add_string(out, "…");
  text_buffer_add(out, shown.data + tail, shown.length - tail);
}

static void add_share(const struct sheet *sheet, uint64_t count, uint64_t total)
{
  char share[32];
  double percent = 100.0 * (double)count / (double)total;
  snprintf(share, sizeof(share), percent < 0.01 ? "<0.01 %%" : "%.2f %%", percent);
  paint(sheet, DIM);
  add_right(sheet->out, share, SHARE_WIDTH);
  paint(sheet, PLAIN);
}

/* "  quarantine          857    0.86 %  customer_id_format"; there is no share where `total` is 0. */
static void add_row(const struct sheet *sheet, const char *label, const char *color, uint64_t count, uint64_t total,
                    const char *note)
{
  SCOPED(text_buffer_done) struct text_buffer number = { 0 };
  bool has_note = note != NULL && note[0] != '\0';
  bool has_share = count > 0 && total > 0;
  text_buffer_add_count(&number, count);
  add_blanks(sheet->out, INDENT);
  add_cell(sheet->out, label, LABEL_WIDTH);
  paint(sheet, count == 0 ? DIM : color);
  add_right(sheet->out, number.data, COUNT_WIDTH);
  paint(sheet, PLAIN);
  if (has_share)
    add_share(sheet, count, total);
  if (has_note) {
    add_blanks(sheet->out, has_share ? 2 : SHARE_WIDTH + 2);
    add_shortened(sheet->out, note, sheet->width - NOTE_AT);
  }
  text_buffer_add_char(sheet->out, '\n');
}

static void add_heading(const struct sheet *sheet, const char *heading, const char *count)
{
  text_buffer_add_char(sheet->out, '\n');
  add_blanks(sheet->out, INDENT);
  paint(sheet, BOLD);
  text_buffer_add_string(sheet->out, heading);
  paint(sheet, PLAIN);
  if (count != NULL) {
    paint(sheet, DIM);
    add_right(sheet->out, count, LABEL_WIDTH + COUNT_WIDTH - strlen(heading));
    paint(sheet, PLAIN);
  }
  text_buffer_add_char(sheet->out, '\n');
}

/* parts */

static void add_title(const struct sheet *sheet, const struct summary *summary)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const char *name = summary->config->dataset->id.value;
  const char *outcome = summary->error == NULL ? "completed" : "failed";
  const char *time = arena_printf(&scratch, " in %.1f s", summary->run->total_seconds);
  const char *run = arena_printf(&scratch, "run %s", summary->run->id);
  size_t used =
      text_columns(text_from(text_visible(&scratch, name))) + strlen(outcome) + strlen(time) + strlen(run) + 4;
  text_buffer_add_char(sheet->out, '\n');
  paint(sheet, BOLD);
  add_shortened(sheet->out, name, sheet->width - strlen(outcome) - strlen(time) - 2);
  paint(sheet, PLAIN);
  add_blanks(sheet->out, 2);
  paint(sheet, summary->error == NULL ? GREEN : RED);
  text_buffer_add_string(sheet->out, outcome);
  paint(sheet, PLAIN);
  text_buffer_add_string(sheet->out, time);
  if (used > sheet->width)
    text_buffer_add_char(sheet->out, '\n');
  add_blanks(sheet->out, 2);
  paint(sheet, DIM);
  text_buffer_add_string(sheet->out, run);
  paint(sheet, PLAIN);
  text_buffer_add_string(sheet->out, "\n\n");
}

static void add_rows(const struct sheet *sheet, const struct summary *summary)
{
  const struct run *run = summary->run;
  const struct plan *plan = summary->plan;
  SCOPED(text_buffer_done) struct text_buffer note = { 0 };
  uint64_t total = run->rows.read + run->rows.exploded;
  text_buffer_printf(&note, "%zu file%s", plan->n_files, plan->n_files == 1 ? "" : "s");
  add_row(sheet, "read", BOLD, run->rows.read, 0, note.data);
  if (plan->explode.is_set) {
    text_buffer_clear(&note);
    text_buffer_printf(&note, "more, a row an element of %s", plan->columns[plan->explode.column].name);
    add_row(sheet, "exploded", BOLD, run->rows.exploded, 0, note.data);
  }
  if (run->rows.malformed > 0)
    add_row(sheet, "malformed", YELLOW, run->rows.malformed, total, run->quarantine_file ? "in the quarantine" : "");
  if (plan->n_dedupe_key > 0)
    add_row(sheet, "duplicates", YELLOW, run->rows.duplicates, total, "");
  add_row(sheet, "quarantined", YELLOW, run->rows.quarantined, total, "");
  text_buffer_clear(&note);
  if (run->nothing_exploded > 0) {
    text_buffer_add_count(&note, run->nothing_exploded);
    text_buffer_add_string(&note, " by explode:empty");
  }
  add_row(sheet, "dropped", YELLOW, run->rows.dropped, total, text_buffer_text(&note).data);
  text_buffer_clear(&note);
  if (run->rows.warned > 0) {
    text_buffer_add_count(&note, run->rows.warned);
    text_buffer_add_string(&note, " with a warning");
  }
  add_row(sheet, "passed", GREEN, run->rows.passed, total, note.data);
  text_buffer_clear(&note);
  uint64_t bytes = 0;
  for (size_t i = 0; i < run->n_silver_files; i++)
    bytes += run->silver_files[i].bytes;
  text_buffer_printf(&note, "%zu file%s, ", run->n_silver_files, run->n_silver_files == 1 ? "" : "s");
  text_buffer_add_bytes(&note, bytes);
  add_row(sheet, "silver", GREEN, run->rows.silver, total, note.data);
  if (!plan->dataset->gold.enabled)
    return;
  text_buffer_clear(&note);
  text_buffer_printf(&note, "table %s.%s", plan->dataset->gold.schema, plan->dataset->gold.table);
  add_row(sheet, "gold", GREEN, run->rows.gold, total, note.data);
}

/* "amount '-3'  in/a.csv:12", below the name of the rule. */
static void add_samples(const struct sheet *sheet, const struct plan *plan, const struct rule_samples *samples)
{
  for (size_t i = 0; i < samples->count; i++) {
    SCOPED(text_buffer_done) struct text_buffer line = { 0 };
    summary_add_values(plan, samples, &samples->rows[i], &line);
    text_buffer_add_string(&line, line.length == 0 ? "" : "  ");
    summary_add_place(plan, &samples->rows[i], &line);
    add_blanks(sheet->out, PLACE_AT);
    paint(sheet, DIM);
    add_shortened(sheet->out, line.data, sheet->width - PLACE_AT);
    paint(sheet, PLAIN);
    text_buffer_add_char(sheet->out, '\n');
  }
}

static void add_rules(const struct sheet *sheet, const struct summary *summary)
{
  const struct plan *plan = summary->plan;
  if (plan->n_rules > 0)
    add_heading(sheet, "rules", "rows failed");
  for (size_t i = 0; i < plan->n_rules; i++) {
    add_row(sheet, on_fail_names[plan->rules[i].config->on_fail], YELLOW, summary->run->rules[i].failed,
            summary->run->rules[i].total, plan->rules[i].config->name.value);
    if (summary->samples != NULL)
      add_samples(sheet, plan, &summary->samples[i]);
  }
}

static void add_violations(const struct sheet *sheet, const struct summary *summary)
{
  const struct run *run = summary->run;
  SCOPED(arena_done) struct arena scratch = { 0 };
  const char *label = summary->plan->dataset->schema_mode == SCHEMA_STRICT ? "quarantine" : "warn";
  if (run->n_violations > 0)
    add_heading(sheet, "schema", "rows failed");
  for (size_t i = 0; i < run->n_violations; i++)
    add_row(sheet, label, YELLOW, run->violations[i].failed, run->parsed - run->rows.duplicates,
            arena_printf(&scratch, "%s: %s", run->violations[i].column, run->violations[i].keyword));
}

static void add_casts(const struct sheet *sheet, const struct summary *summary)
{
  const struct plan *plan = summary->plan;
  const struct run *run = summary->run;
  SCOPED(arena_done) struct arena scratch = { 0 };
  bool has_heading = false;
  for (size_t i = 0; i < plan->n_columns; i++) {
    if (run->casts[i].nulled == 0 && run->casts[i].by_iso == 0)
      continue;
    if (!has_heading)
      add_heading(sheet, "casts", "values");
    has_heading = true;
    const char *name =
        arena_printf(&scratch, "%s to %s", plan->columns[i].name, type_name(&scratch, plan->columns[i].type));
    if (run->casts[i].nulled > 0)
      add_row(sheet, "null", YELLOW, run->casts[i].nulled, run->parsed, name);
    if (run->casts[i].by_iso > 0)
      add_row(sheet, "by ISO-8601", "", run->casts[i].by_iso, run->parsed, name);
  }
}

/* What is written on several lines is shown on one. */
static char *on_one_line(struct arena *arena, struct text text)
{
  char *line = text_copy(arena, text);
  size_t length = 0;
  bool is_torn = false; /* the blanks behind a line's end are its indentation */
  for (size_t i = 0; i < text.length; i++) {
    bool ends_line = text.data[i] == '\n' || text.data[i] == '\r' || text.data[i] == '\t';
    bool is_blank = ends_line || text.data[i] == ' ';
    if (!is_blank || !is_torn)
      line[length++] = is_blank ? ' ' : text.data[i];
    is_torn = is_blank && (is_torn || ends_line);
  }
  line[length] = '\0';
  return line;
}

static void add_conditions(const struct sheet *sheet, const struct summary *summary)
{
  const struct plan *plan = summary->plan;
  SCOPED(arena_done) struct arena scratch = { 0 };
  if (plan->n_conditions > 0)
    add_heading(sheet, "gold filters", "rows failed");
  for (size_t i = 0; i < plan->n_conditions; i++)
    add_row(sheet, plan->conditions[i].config->is_warning ? "warn" : "filter", "", summary->run->condition_removed[i],
            summary->run->rows.passed, on_one_line(&scratch, plan->conditions[i].config->condition.text));
}

/* Sentences are wrapped, not cut. */
static void add_wrapped(const struct sheet *sheet, const char *text, size_t indent)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  size_t at = indent;
  for (const char *word = text_visible(&scratch, text); *word != '\0';) {
    size_t length = strcspn(word, " ");
    size_t shown = text_columns((struct text){ word, length });
    if (at > indent && at + 1 + shown > sheet->width) {
      text_buffer_add_char(sheet->out, '\n');
      add_blanks(sheet->out, indent);
      at = indent;
    } else if (at > indent) {
      text_buffer_add_char(sheet->out, ' ');
      at++;
    }
    text_buffer_add(sheet->out, word, length);
    at += shown;
    word += length + (word[length] == ' ');
  }
  text_buffer_add_char(sheet->out, '\n');
}

static void add_drift(const struct sheet *sheet, const struct summary *summary)
{
  enum { SHOWN = 12 };
  static const char *const labels[N_DRIFT_SCOPES] = {
    [DRIFT_FILES] = "files", [DRIFT_RUN] = "last run", [DRIFT_GOLD] = "gold table"
  };
  const struct drift *drift = &summary->run->drift;
  if (drift->count > 0)
    add_heading(sheet, "drift", NULL);
  for (size_t i = 0; i < drift->count && i < SHOWN; i++) {
    const struct drift_change *change = &drift->changes[i];
    SCOPED(text_buffer_done) struct text_buffer line = { 0 };
    drift_print(change, &line);
    if (change->file != NULL)
      text_buffer_printf(&line, " in %zu file%s, the first is %s", change->n_files, change->n_files == 1 ? "" : "s",
                         strrchr(change->file, '/') == NULL ? change->file : strrchr(change->file, '/') + 1);
    add_blanks(sheet->out, INDENT);
    add_cell(sheet->out, labels[change->scope], LABEL_WIDTH);
    add_wrapped(sheet, line.data, PLACE_AT);
  }
  if (drift->count > SHOWN)
    text_buffer_printf(sheet->out, "  and %zu more: crisol runs %s\n", drift->count - SHOWN, summary->run->id);
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

/* As a person in this directory would type it. */
static void add_place(const struct sheet *sheet, const char *label, const char *path)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct text here = text_from(path_join(&scratch, path_absolute(&scratch, "."), ""));
  add_blanks(sheet->out, INDENT);
  add_cell(sheet->out, label, LABEL_WIDTH);
  if (text_starts_with(text_from(path), here) && path[here.length] != '\0')
    path += here.length;
  add_shortened(sheet->out, path, sheet->width - PLACE_AT);
  text_buffer_add_char(sheet->out, '\n');
}

static void add_places(const struct sheet *sheet, const struct summary *summary)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const struct plan *plan = summary->plan;
  text_buffer_add_char(sheet->out, '\n');
  add_place(sheet, "silver", plan->silver_path);
  if (summary->run->quarantine_file != NULL)
    add_place(sheet, "quarantine", path_directory(&scratch, summary->run->quarantine_file));
  if (plan->dataset->gold.enabled)
    add_place(sheet, "gold", plan->database_label);
}

/* "read 0.11, silver 0.08": a name is not torn from its figure. */
static void add_seconds(const struct sheet *sheet, const struct run *run)
{
  size_t at = 0;
  for (size_t i = 0; i < N_RUN_STAGES; i++) {
    char item[64];
    if (run->seconds[i] < 0.005)
      continue;
    int length = snprintf(item, sizeof(item), "%s %.2f", run_stage_names[i], run->seconds[i]);
    if (at == 0) {
      add_blanks(sheet->out, INDENT);
      add_cell(sheet->out, "seconds", LABEL_WIDTH);
      at = PLACE_AT;
    } else if (at + 3 + (size_t)length > sheet->width) { /* ", " before it, "," after it */
      text_buffer_add_string(sheet->out, ",\n");
      add_blanks(sheet->out, PLACE_AT);
      at = PLACE_AT;
    } else {
      text_buffer_add_string(sheet->out, ", ");
      at += 2;
    }
    text_buffer_add_string(sheet->out, item);
    at += (size_t)length;
  }
  if (at > 0)
    text_buffer_add_char(sheet->out, '\n');
}

static void add_costs(const struct sheet *sheet, const struct summary *summary)
{
  add_seconds(sheet, summary->run);
  add_blanks(sheet->out, INDENT);
  add_cell(sheet->out, "memory", LABEL_WIDTH);
  text_buffer_add_bytes(sheet->out, summary->peak_rss_bytes);
  text_buffer_add_string(sheet->out, " at the peak\n");
}

void summary_print_table(const struct summary *summary, size_t width, bool color, struct text_buffer *out)
{
  enum { LEAST_WIDTH = 60 };
  struct sheet sheet = { .out = out, .width = width < LEAST_WIDTH ? LEAST_WIDTH : width, .color = color };
  add_title(&sheet, summary);
  add_rows(&sheet, summary);
  add_rules(&sheet, summary);
  add_violations(&sheet, summary);
  add_casts(&sheet, summary);
  add_conditions(&sheet, summary);
  add_drift(&sheet, summary);
  add_alerts(&sheet, summary);
  add_places(&sheet, summary);
  add_costs(&sheet, summary);
}
