#include "pipeline/refusals.h"

#include <inttypes.h>

/* Rows that could not be shown are no reason for another message. */
static void hint_first_rows(struct engine *engine, const struct plan *plan, enum sample_kind kind, size_t index,
                            struct error *err)
{
  enum { SHOWN = 60 };
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer list = { 0 };
  struct sample_row rows[SAMPLE_ROWS];
  struct error ignored;
  size_t count = SAMPLE_ROWS;
  if (!engine_sample(engine, &scratch, plan, kind, index, rows, &count, &ignored))
    return;
  for (size_t i = 0; i < count; i++) {
    struct text shown = text_cut(text_from(rows[i].value == NULL ? "null" : rows[i].value), SHOWN);
    text_buffer_printf(&list, "%s\"%.*s\" (%s, %s %s)", i == 0 ? "" : ", ", TEXT_ARGS(shown),
                       plan->files[rows[i].file].path, rows[i].line != NULL ? "line" : "row",
                       rows[i].line != NULL ? rows[i].line : rows[i].position);
  }
  if (count > 0)
    add_hint(err, "The first: %s.", list.data);
}

/* once all is read */

static bool refuse_empty(const struct plan *plan, const struct run *run, struct error *err)
{
  if (run->rows.read > 0)
    return true;
  for (size_t i = 0; i < plan->n_sources; i++)
    if (plan->sources[i].config->allow_empty)
      return true;
  fail(err, ERROR_DATA, plan->sources[0].config->place, "the input holds no record: %zu file%s, the first is \"%s\"",
       plan->n_files, plan->n_files == 1 ? "" : "s", plan->files[0].path);
  return add_hint(err, "Set allow_empty: true if an empty input is meant.");
}

static bool refuse_malformed(struct engine *engine, const struct plan *plan, const struct run *run, struct error *err)
{
  for (size_t i = 0; i < plan->n_sources; i++) {
    const struct plan_source *source = &plan->sources[i];
    uint64_t count = 0;
    for (size_t file = source->first_file; file < source->first_file + source->n_files; file++)
      count += run->malformed_records[file];
    if (source->config->options.mode != READ_FAILFAST || count == 0)
      continue;
    fail(err, ERROR_DATA, source->config->place,
         "%" PRIu64 " of %" PRIu64 " records are malformed, and mode is FAILFAST", count,
         run->rows.malformed + run->parsed);
    hint_first_rows(engine, plan, SAMPLE_MALFORMED, i, err);
    return false;
  }
  return true;
}

static bool refuse_casts(struct engine *engine, const struct plan *plan, const struct run *run, struct error *err)
{
  for (size_t i = 0; i < plan->n_columns; i++) {
    const struct plan_column *column = &plan->columns[i];
    if (column->cast == NULL || column->cast->on_error != ON_ERROR_FAIL || run->casts[i].nulled == 0)
      continue;
    SCOPED(arena_done) struct arena scratch = { 0 };
    fail(err, ERROR_DATA, column->cast->place,
         "%" PRIu64 " of %" PRIu64 " values of column \"%s\" cannot be cast to %s", run->casts[i].nulled, run->parsed,
         column->name, type_name(&scratch, column->type));
    hint_first_rows(engine, plan, SAMPLE_CAST, i, err);
    return false;
  }
  return true;
}

bool refuse_reading(struct engine *engine, const struct plan *plan, const struct run *run, struct error *err)
{
  return refuse_empty(plan, run, err) && refuse_malformed(engine, plan, run, err) &&
         refuse_casts(engine, plan, run, err);
}

/* once all is counted */

static bool refuse_rules(struct engine *engine, const struct plan *plan, const struct run *run, struct error *err)
{
  for (size_t i = 0; i < plan->n_rules; i++) {
    const struct config_rule *rule = plan->rules[i].config;
    if (rule->on_fail != ON_FAIL_FAIL || run->rules[i].failed == 0)
      continue;
    fail(err, ERROR_DATA, rule->expr.place, "%" PRIu64 " of %" PRIu64 " rows fail rule \"%s\", which refuses the data",
         run->rules[i].failed, run->rules[i].total, rule->name.value);
    hint_first_rows(engine, plan, SAMPLE_RULE, i, err);
    return false;
  }
  return true;
}

/* Whether `count` of `total` is past a limit. */
static bool is_past(const struct config_limit *limit, uint64_t count, uint64_t total)
{
  if (!limit->is_set || count == 0)
    return false;
  return limit->is_percentage ? (double)count * 100.0 > limit->value * (double)total : (double)count > limit->value;
}

static const char *limit_text(struct arena *arena, const struct config_limit *limit)
{
  return arena_printf(arena, "%.10g%s", limit->value, limit->is_percentage ? " %" : "");
}

static bool refuse_by_limits(const struct plan *plan, const struct run *run, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  for (size_t i = 0; i < plan->n_rules; i++) {
    const struct config_rule *rule = plan->rules[i].config;
    if (is_past(&rule->max_failed, run->rules[i].failed, run->rules[i].total))
      return fail(err, ERROR_DATA, rule->max_failed.place,
                  "%" PRIu64 " of %" PRIu64 " rows fail rule \"%s\", its max_failed is %s", run->rules[i].failed,
                  run->rules[i].total, rule->name.value, limit_text(&scratch, &rule->max_failed));
  }
  const struct config_limit *limit = &plan->dataset->max_rejected;
  uint64_t rejected = run->rows.malformed + run->rows.quarantined + run->rows.dropped;
  uint64_t rows = run->rows.read + run->rows.exploded;
  if (is_past(limit, rejected, rows))
    return fail(err, ERROR_DATA, limit->place, "%" PRIu64 " of %" PRIu64 " records are rejected, max_rejected is %s",
                rejected, rows, limit_text(&scratch, limit));
  return true;
}

/* alerts */

static struct text first_characters(struct text text)
{
  enum { SHOWN = 60 };
  size_t count = 0, length = 0;
  for (; length < text.length; length++) {
    count += ((unsigned char)text.data[length] & 0xC0) != 0x80;
    if (count > SHOWN)
      break;
  }
  return (struct text){ text.data, length };
}

/* Some values of a column in rows that failed a rule: "amount is '-1', '0', null". Empty: the rule reads no column. */
static bool print_sample(struct engine *engine, const struct plan *plan, size_t rule, struct text_buffer *out,
                         struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct sample_row rows[SAMPLE_ROWS];
  size_t count = SAMPLE_ROWS;
  int column = plan_rule_column(plan, rule);
  if (column == NO_COLUMN)
    return true;
  TRY(engine_sample(engine, &scratch, plan, SAMPLE_RULE, rule, rows, &count, err));
  text_buffer_printf(out, "; %s", plan->columns[column].name);
  for (size_t i = 0; i < count; i++) {
    struct text shown = rows[i].value == NULL ? TEXT("null") : first_characters(text_from(rows[i].value));
    const char *quote = rows[i].value == NULL ? "" : "'";
    text_buffer_printf(out, "%s %s%.*s%s", i == 0 ? " is" : ",", quote, TEXT_ARGS(shown), quote);
  }
  return true;
}

static bool alert_rule(struct engine *engine, const struct plan *plan, struct run *run, size_t index, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sample = { 0 };
  const struct config_rule *rule = plan->rules[index].config;
  TRY(print_sample(engine, plan, index, &sample, err));
  run_alert(run, "rule_fails_everywhere", "rule \"%s\" fails on all %" PRIu64 " rows: %.*s%s", rule->name.value,
            run->rules[index].total, TEXT_ARGS(rule->expr.text), sample.length == 0 ? "" : sample.data);
  return true;
}

static bool alert_rules(struct engine *engine, const struct plan *plan, struct run *run, struct error *err)
{
  for (size_t i = 0; i < plan->n_rules; i++)
    if (run->rules[i].failed > 0 && run->rules[i].failed >= run->rules[i].total)
      TRY(alert_rule(engine, plan, run, i, err));
  return true;
}

static void alert_columns(const struct plan *plan, struct run *run)
{
  for (size_t i = 0; i < plan->n_columns; i++)
    if (run->casts[i].nulled * 2 > run->parsed)
      run_alert(run, "cast_nulls_most",
                "the cast of \"%s\" made %" PRIu64 " of %" PRIu64 " values null: is the %s right?",
                plan->columns[i].name, run->casts[i].nulled, run->parsed,
                plan->columns[i].cast->format_hint.value != NULL ? "format_hint" : "type");
  if (plan->dataset->schema_mode != SCHEMA_FLEXIBLE)
    return;
  for (size_t i = 0; i < run->n_violations; i++)
    if (strcmp(run->violations[i].keyword, "type") == 0)
      run_alert(run, "schema_type",
                "%" PRIu64 " values of \"%s\" are not of the schema's type (null where silver's column "
                "cannot hold them)",
                run->violations[i].failed, run->violations[i].column);
}

/* The format is wrong rather than every record: the first one is shown. Under DROPMALFORMED none is left. */
static bool alert_malformed(struct engine *engine, const struct plan *plan, struct run *run, struct error *err)
{
  enum { SHOWN = 40 };
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct sample_row rows[SAMPLE_ROWS];
  size_t count = 0, source = 0;
  for (; source < plan->n_sources; source++) {
    count = SAMPLE_ROWS;
    TRY(engine_sample(engine, &scratch, plan, SAMPLE_MALFORMED, source, rows, &count, err));
    if (count > 0)
      break;
  }
  if (count == 0)
    return true;
  struct text raw = text_trim(text_from(rows[0].value == NULL ? "" : rows[0].value));
  bool is_json = plan->sources[source].config->format != SOURCE_CSV;
  bool looks_like_json = raw.length > 0 && strchr("{[", raw.data[0]) != NULL;
  const char *guess = is_json && !looks_like_json   ? ": is it CSV (input_format: csv)?"
                      : !is_json && looks_like_json ? ": is it JSON (input_format: json)?"
                                                    : "";
  struct text shown = text_cut(raw, SHOWN);
  run_alert(run, "malformed_everywhere", "all %" PRIu64 " records are malformed, the first is \"%.*s%s\" (%s, %s %s)%s",
            run->rows.read, TEXT_ARGS(shown), shown.length < raw.length ? "..." : "", plan->files[rows[0].file].path,
            rows[0].line != NULL ? "line" : "row", rows[0].line != NULL ? rows[0].line : rows[0].position, guess);
  return true;
}

bool refuse_accounts(struct engine *engine, const struct plan *plan, struct run *run, struct error *err)
{
  TRY(refuse_rules(engine, plan, run, err));
  TRY(alert_rules(engine, plan, run, err));
  alert_columns(plan, run);
  TRY(refuse_by_limits(plan, run, err));
  if (run->rows.malformed == run->rows.read && run->rows.read > 0)
    return alert_malformed(engine, plan, run, err) && run_balance(run, err);
  if (run->rows.passed == 0 && run->rows.read > 0)
    run_alert(run, "no_row_passed", "not one of %" PRIu64 " records passed", run->rows.read);
  return run_balance(run, err);
}
