/* What a case expects against what was found: counts, fates, reasons, a refusal. */
#include "pipeline/cases_internal.h"

#include "base/log.h"

#include <inttypes.h>
#include <stdlib.h>

void cases_add_place(struct place place, struct text_buffer *report)
{
  size_t line = 0, column = 0;
  if (place.source == NULL)
    return;
  place_position(place, &line, &column);
  text_buffer_printf(report, "%s:%zu:%zu ", place.source->name, line, column);
}

/* counts */

static uint64_t count_of(const struct run *run, enum case_outcome outcome)
{
  switch (outcome) {
  case CASE_SILVER:
    return run->rows.passed;
  case CASE_QUARANTINE:
    return run->rows.quarantined;
  case CASE_GOLD:
    return run->rows.gold;
  case CASE_DUPLICATES:
    return run->rows.duplicates;
  case CASE_DROPPED:
    return run->rows.dropped;
  case CASE_MALFORMED:
    return run->rows.malformed;
  case CASE_WARNED:
    return run->rows.warned;
  case CASE_READ:
    return run->rows.read;
  case N_CASE_OUTCOMES:
    break;
  }
  BUG("count_of: unknown outcome");
}

static const char *rows_word(uint64_t count)
{
  return count == 1 ? "" : "s";
}

static void compare_count(const struct trial *trial, enum case_outcome outcome, struct text_buffer *report)
{
  const struct case_count *expected = &trial->test->expected.counts[outcome];
  uint64_t found = count_of(&trial->run, outcome);
  if (!expected->is_set || expected->rows != NULL || expected->value == found)
    return;
  text_buffer_add_string(report, "  ");
  cases_add_place(expected->place, report);
  text_buffer_printf(report, "%s: expected %" PRIu64 " row%s, found %" PRIu64 "\n", case_outcome_names[outcome],
                     expected->value, rows_word(expected->value), found);
}

/* fates */

static enum case_fate fate_of(unsigned long long fate)
{
  switch (fate) {
  case FATE_PASSED:
    return FATED_SILVER;
  case FATE_MALFORMED:
    return FATED_MALFORMED;
  case FATE_DROPPED:
  case FATE_NOTHING_EXPLODED:
    return FATED_DROPPED;
  default:
    return FATED_QUARANTINE;
  }
}

enum { ID, FILE_NUMBER, POSITION, FATE, N_FATE_COLUMNS };

static const char *fate_cell(const struct table *table, size_t row, size_t column)
{
  return table->cells[row * N_FATE_COLUMNS + column];
}

static int compare_ids(const void *a, const void *b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What became of the staged row. One that is no longer there was removed for what it was staged as, or by
 * deduplication. */
static enum case_fate find_fate(const struct table *read, size_t row, char *const (*after)[2], size_t n_after)
{
  const char *id = fate_cell(read, row, ID);
  char *const *found = n_after == 0 ? NULL : bsearch(&id, after, n_after, sizeof(*after), compare_ids);
  if (found != NULL)
    return fate_of(strtoull(found[1], NULL, 10));
  unsigned long long staged = strtoull(fate_cell(read, row, FATE), NULL, 10);
  return staged == FATE_MALFORMED || staged == FATE_NOTHING_EXPLODED ? fate_of(staged) : FATED_DUPLICATE;
}

static void add_fates(const int *fates, size_t count, struct text_buffer *out)
{
  text_buffer_add_string(out, count == 1 ? "" : "[");
  for (size_t i = 0; i < count; i++)
    text_buffer_printf(out, "%s%s", i == 0 ? "" : ", ", case_fate_names[fates[i]]);
  text_buffer_add_string(out, count == 1 ? "" : "]");
}

static void compare_fates_of(const struct case_row_fates *expected, size_t record, const int *found, size_t n_found,
                             struct text_buffer *report)
{
  bool is_same = expected->count == n_found;
  for (size_t i = 0; is_same && i < n_found; i++)
    is_same = expected->fates[i] == found[i];
  if (is_same)
    return;
  text_buffer_add_string(report, "  ");
  cases_add_place(expected->place, report);
  text_buffer_printf(report, "fates: record %zu: expected ", record + 1);
  add_fates(expected->fates, expected->count, report);
  text_buffer_add_string(report, ", found ");
  add_fates(found, n_found, report);
  text_buffer_add_char(report, '\n');
}

static size_t end_of_record(const struct table *read, size_t first)
{
  size_t end = first + 1;
  while (end < read->n_rows && strcmp(fate_cell(read, end, FILE_NUMBER), fate_cell(read, first, FILE_NUMBER)) == 0 &&
         strcmp(fate_cell(read, end, POSITION), fate_cell(read, first, POSITION)) == 0)
    end++;
  return end;
}

static bool compare_fates(struct trial *trial, struct text_buffer *report, struct error *err)
{
  const struct case_expected *expected = &trial->test->expected;
  const struct table *read = &trial->read;
  struct table table;
  size_t record = 0;
  if (expected->fates_place.value == NULL)
    return true;
  TRY(cases_read_fates(trial, &table, err));
  char *(*after)[2] = arena_array(trial->arena, table.n_rows + 1, sizeof(*after));
  for (size_t i = 0; i < table.n_rows; i++) {
    after[i][0] = table.cells[i * N_FATE_COLUMNS + ID];
    after[i][1] = table.cells[i * N_FATE_COLUMNS + FATE];
  }
  qsort(after, table.n_rows, sizeof(*after), compare_ids);
  int *fates = arena_array(trial->arena, read->n_rows + 1, sizeof(*fates));
  for (size_t row = 0; row < read->n_rows; row++)
    fates[row] = (int)find_fate(read, row, (char *const(*)[2])after, table.n_rows);
  for (size_t row = 0; row < read->n_rows; record++) {
    size_t end = end_of_record(read, row);
    if (record < expected->n_fates)
      compare_fates_of(&expected->fates[record], record, fates + row, end - row, report);
    row = end;
  }
  if (record == expected->n_fates)
    return true;
  text_buffer_add_string(report, "  ");
  cases_add_place(expected->fates_place.place, report);
  text_buffer_printf(report, "fates: expected those of %zu record%s, %zu were read\n", expected->n_fates,
                     rows_word(expected->n_fates), record);
  return true;
}

/* reasons */

struct reason {
  const char *name;
  uint64_t count;
};

static void add_reason(struct reason *reasons, size_t *count, const char *name, uint64_t failed)
{
  reasons[(*count)++] = (struct reason){ name, failed };
}

/* All reasons that rows have failed by: rules, casts of the quarantine, and keywords of the schema. */
static struct reason *find_reasons(const struct trial *trial, size_t *ret_count)
{
  const struct plan *plan = &trial->plan;
  const struct run *run = &trial->run;
  struct arena *arena = trial->arena;
  size_t count = 0;
  struct reason *reasons =
      arena_array(arena, plan->n_rules + plan->n_columns + run->n_violations + 1, sizeof(*reasons));
  for (size_t i = 0; i < plan->n_rules; i++)
    if (run->rules[i].failed > 0)
      add_reason(reasons, &count, plan->rules[i].config->name.value, run->rules[i].failed);
  for (size_t i = 0; i < plan->n_columns; i++) {
    const struct plan_column *column = &plan->columns[i];
    if (column->cast != NULL && column->cast->on_error == ON_ERROR_QUARANTINE && run->casts[i].nulled > 0)
      add_reason(reasons, &count, arena_printf(arena, "cast:%s:%s", column->name, type_name(arena, column->type)),
                 run->casts[i].nulled);
  }
  for (size_t i = 0; i < run->n_violations; i++)
    add_reason(reasons, &count,
               arena_printf(arena, "schema:%s:%s", run->violations[i].column, run->violations[i].keyword),
               run->violations[i].failed);
  *ret_count = count;
  return reasons;
}

void cases_add_reasons(const struct trial *trial, struct text_buffer *out)
{
  size_t count = 0;
  const struct reason *reasons = find_reasons(trial, &count);
  for (size_t i = 0; i < count; i++) {
    text_buffer_add_string(out, i == 0 ? " " : ", ");
    json_add_string(out, text_from(reasons[i].name));
    text_buffer_printf(out, ": %" PRIu64, reasons[i].count);
  }
  text_buffer_add_string(out, count == 0 ? "" : " ");
}

/* A name that no reason could have is a mistake of the case's. */
static bool check_reason(const struct trial *trial, const struct case_rule *rule, struct error *err)
{
  const struct plan *plan = &trial->plan;
  const char **names = arena_array(trial->arena, plan->n_rules + 1, sizeof(*names));
  if (strchr(rule->name.value, ':') != NULL)
    return true;
  for (size_t i = 0; i < plan->n_rules; i++) {
    names[i] = plan->rules[i].config->name.value;
    if (strcmp(names[i], rule->name.value) == 0)
      return true;
  }
  fail(err, ERROR_CONFIG, rule->name.place, "the dataset has no rule \"%s\"", rule->name.value);
  add_hint_of_names(err, "rule", text_from(rule->name.value), names, plan->n_rules);
  return false;
}

static void compare_reason(const struct case_rule *rule, const struct reason *found, struct text_buffer *report)
{
  uint64_t count = found == NULL ? 0 : found->count;
  if (rule->has_count ? rule->count == count : count > 0)
    return;
  text_buffer_add_string(report, "  ");
  cases_add_place(rule->name.place, report);
  if (rule->has_count)
    text_buffer_printf(report, "rules: %s: expected %" PRIu64 " row%s, found %" PRIu64 "\n", rule->name.value,
                       rule->count, rows_word(rule->count), count);
  else
    text_buffer_printf(report, "rules: %s: expected to fail, no row fails it\n", rule->name.value);
}

static bool compare_rules(struct trial *trial, struct text_buffer *report, struct error *err)
{
  const struct case_expected *expected = &trial->test->expected;
  size_t count = 0;
  if (!expected->names_rules)
    return true;
  struct reason *reasons = find_reasons(trial, &count);
  bool *is_expected = arena_array(trial->arena, count + 1, sizeof(*is_expected));
  for (size_t i = 0; i < expected->n_rules; i++) {
    size_t found = 0;
    while (found < count && strcmp(reasons[found].name, expected->rules[i].name.value) != 0)
      found++;
    if (found == count)
      TRY(check_reason(trial, &expected->rules[i], err));
    else
      is_expected[found] = true;
    compare_reason(&expected->rules[i], found == count ? NULL : &reasons[found], report);
  }
  for (size_t i = 0; i < count; i++) {
    if (is_expected[i])
      continue;
    text_buffer_add_string(report, "  ");
    cases_add_place(expected->rules_place, report);
    text_buffer_printf(report, "rules: %s: not expected, %" PRIu64 " row%s\n", reasons[i].name, reasons[i].count,
                       reasons[i].count == 1 ? " fails it" : "s fail it");
  }
  return true;
}

/* a refusal */

static void compare_refusal(const struct trial *trial, struct text_buffer *report)
{
  const struct case_expected *expected = &trial->test->expected;
  const struct config_text *part = &expected->refusal;
  if (trial->is_refused && expected->is_refused &&
      (part->value == NULL || strstr(trial->refusal.message, part->value) != NULL))
    return;
  text_buffer_add_string(report, "  ");
  cases_add_place(part->value != NULL ? part->place : trial->test->place, report);
  if (!trial->is_refused)
    text_buffer_add_string(report, "refused: expected, the data was taken\n");
  else if (!expected->is_refused)
    text_buffer_printf(report, "refused: not expected: %s\n", trial->refusal.message);
  else
    text_buffer_printf(report, "refused: expected \"%s\", found: %s\n", part->value, trial->refusal.message);
}

bool cases_compare(struct trial *trial, struct text_buffer *report, struct error *err)
{
  const struct case_expected *expected = &trial->test->expected;
  if (trial->is_refused != expected->is_refused || trial->is_refused)
    compare_refusal(trial, report);
  if (trial->is_refused)
    return true;
  for (int i = 0; i < N_CASE_OUTCOMES; i++)
    compare_count(trial, (enum case_outcome)i, report);
  TRY(compare_fates(trial, report, err));
  TRY(compare_rules(trial, report, err));
  for (int i = CASE_SILVER; i <= CASE_GOLD; i++)
    if (expected->counts[i].rows != NULL)
      TRY(cases_compare_rows(trial, (enum case_outcome)i, report, err));
  return true;
}
