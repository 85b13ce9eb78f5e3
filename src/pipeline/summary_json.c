#include "pipeline/summary.h"

#include "base/log.h"

#include <inttypes.h>

/* Adds ", \"name\": "; the comma is left out after an opening bracket. */
static void key(struct text_buffer *out, const char *name)
{
  char last = out->data[out->length - 1];
  if (last != '{' && last != '[')
    text_buffer_add_string(out, ", ");
  json_add_string(out, text_from(name));
  text_buffer_add_string(out, ": ");
}

static void string(struct text_buffer *out, const char *name, const char *value)
{
  key(out, name);
  json_add_string_or_null(out, value);
}

static void number(struct text_buffer *out, const char *name, uint64_t value)
{
  key(out, name);
  text_buffer_printf(out, "%" PRIu64, value);
}

static void begin_object(struct text_buffer *out)
{
  text_buffer_add_string(out, out->data[out->length - 1] == '}' ? ", {" : "{");
}

static void add_rows(const struct summary *summary, struct text_buffer *out)
{
  const struct run *run = summary->run;
  key(out, "rows");
  text_buffer_add_char(out, '{');
  number(out, "read", run->rows.read);
  number(out, "exploded", run->rows.exploded);
  number(out, "malformed", run->rows.malformed);
  number(out, "duplicates", run->rows.duplicates);
  number(out, "passed", run->rows.passed);
  number(out, "quarantined", run->rows.quarantined);
  number(out, "dropped", run->rows.dropped);
  number(out, "warned", run->rows.warned);
  number(out, "silver", run->rows.silver);
  number(out, "gold", run->rows.gold);
  if (summary->replay != NULL)
    number(out, "displaced", summary->replay->displaced);
  text_buffer_add_char(out, '}');
}

static void add_replay(const struct summary *summary, struct text_buffer *out)
{
  const struct replay_counts *replay = summary->replay;
  if (replay == NULL)
    return;
  key(out, "replay");
  text_buffer_add_char(out, '{');
  key(out, "dry_run");
  text_buffer_add_string(out, replay->is_trial ? "true" : "false");
  number(out, "open", replay->open);
  number(out, "without_bytes", replay->without_bytes);
  number(out, "superseded", replay->superseded);
  number(out, "still_open", summary->run->rows.malformed + summary->run->rows.quarantined + replay->without_bytes);
  text_buffer_add_char(out, '}');
}

static void add_sample(const struct plan *plan, const struct rule_samples *samples, const struct sample_row *row,
                       struct text_buffer *out)
{
  begin_object(out);
  key(out, "values");
  text_buffer_add_char(out, '{');
  for (size_t i = 0; i < samples->n_columns && (i == 0 || row->values != NULL); i++)
    string(out, plan->columns[samples->columns[i]].name, row->values == NULL ? row->value : row->values[i]);
  text_buffer_add_char(out, '}');
  string(out, "file", plan->files[row->file].path);
  key(out, "line");
  text_buffer_add_string(out, row->line == NULL ? "null" : row->line);
  key(out, "position");
  text_buffer_add_string(out, row->position);
  text_buffer_add_char(out, '}');
}

static void add_samples(const struct plan *plan, const struct rule_samples *samples, struct text_buffer *out)
{
  key(out, "samples");
  text_buffer_add_char(out, '[');
  for (size_t i = 0; i < samples->count; i++)
    add_sample(plan, samples, &samples->rows[i], out);
  text_buffer_add_char(out, ']');
}

static void add_rules(const struct summary *summary, struct text_buffer *out)
{
  const struct plan *plan = summary->plan;
  key(out, "rules");
  text_buffer_add_char(out, '[');
  for (size_t i = 0; plan != NULL && summary->run->rules != NULL && i < plan->n_rules; i++) {
    begin_object(out);
    string(out, "name", plan->rules[i].config->name.value);
    string(out, "on_fail", on_fail_names[plan->rules[i].config->on_fail]);
    number(out, "failed", summary->run->rules[i].failed);
    if (summary->samples != NULL)
      add_samples(plan, &summary->samples[i], out);
    text_buffer_add_char(out, '}');
  }
  text_buffer_add_char(out, ']');
}

static void add_schema(const struct summary *summary, struct text_buffer *out)
{
  const struct dataset *dataset = summary->config->dataset;
  key(out, "schema");
  text_buffer_add_char(out, '{');
  string(out, "mode", dataset->schema == NULL ? NULL : dataset->schema_mode == SCHEMA_STRICT ? "strict" : "flexible");
  key(out, "violations");
  text_buffer_add_char(out, '[');
  for (size_t i = 0; i < summary->run->n_violations; i++) {
    begin_object(out);
    string(out, "column", summary->run->violations[i].column);
    string(out, "keyword", summary->run->violations[i].keyword);
    number(out, "failed", summary->run->violations[i].failed);
    text_buffer_add_char(out, '}');
  }
  text_buffer_add_string(out, "]}");
}

static void add_casts(const struct summary *summary, struct text_buffer *out)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const struct plan *plan = summary->plan;
  key(out, "casts");
  text_buffer_add_char(out, '[');
  for (size_t i = 0; plan != NULL && summary->run->casts != NULL && i < plan->n_columns; i++) {
    if (plan->columns[i].cast == NULL)
      continue;
    begin_object(out);
    string(out, "column", plan->columns[i].name);
    string(out, "to", type_name(&scratch, plan->columns[i].type));
    number(out, "nulled", summary->run->casts[i].nulled);
    number(out, "by_iso", summary->run->casts[i].by_iso);
    text_buffer_add_char(out, '}');
  }
  text_buffer_add_char(out, ']');
}

static void add_outputs(const struct summary *summary, struct text_buffer *out)
{
  const struct plan *plan = summary->plan;
  const struct run *run = summary->run;
  uint64_t bytes = 0;
  for (size_t i = 0; i < run->n_silver_files; i++)
    bytes += run->silver_files[i].bytes;
  key(out, "silver");
  text_buffer_add_char(out, '{');
  string(out, "path", plan == NULL ? NULL : plan->silver_path);
  number(out, "files", run->n_silver_files);
  number(out, "partitions", run->n_partitions);
  number(out, "bytes", bytes);
  text_buffer_add_char(out, '}');
  key(out, "quarantine");
  text_buffer_add_char(out, '{');
  bool is_refused = run->refused_directory != NULL; /* nothing of it is in the quarantine */
  string(out, "path", is_refused ? run->refused_directory : plan == NULL ? NULL : plan->quarantine_path);
  number(out, "files", is_refused || run->quarantine_file != NULL ? 1 : 0);
  text_buffer_add_char(out, '}');
}

static void add_gold(const struct summary *summary, struct text_buffer *out)
{
  const struct dataset *dataset = summary->config->dataset;
  const struct plan *plan = summary->plan;
  SCOPED(arena_done) struct arena scratch = { 0 };
  key(out, "gold");
  if (!dataset->gold.enabled) {
    text_buffer_add_string(out, "null");
    return;
  }
  text_buffer_add_char(out, '{');
  string(out, "table", arena_printf(&scratch, "%s.%s", dataset->gold.schema, dataset->gold.table));
  number(out, "rows", summary->run->rows.gold);
  key(out, "filtered");
  text_buffer_add_char(out, '[');
  for (size_t i = 0; plan != NULL && summary->run->condition_removed != NULL && i < plan->n_conditions; i++) {
    begin_object(out);
    key(out, "condition");
    json_add_string(out, plan->conditions[i].config->condition.text);
    number(out, plan->conditions[i].config->is_warning ? "warned" : "removed", summary->run->condition_removed[i]);
    text_buffer_add_char(out, '}');
  }
  text_buffer_add_string(out, "]}");
}

static void add_drift(const struct drift *drift, struct text_buffer *out)
{
  key(out, "drift");
  text_buffer_add_char(out, '[');
  for (size_t i = 0; i < drift->count; i++) {
    const struct drift_change *change = &drift->changes[i];
    begin_object(out);
    string(out, "compared_with", drift_scope_names[change->scope]);
    string(out, "change", drift_kind_names[change->kind]);
    string(out, "column", change->column);
    string(out, "old_type", change->from);
    string(out, "new_type", change->to);
    string(out, "file", change->file);
    number(out, "files", change->n_files);
    text_buffer_add_char(out, '}');
  }
  text_buffer_add_char(out, ']');
}

void summary_print_json(const struct summary *summary, struct text_buffer *out)
{
  const struct run *run = summary->run;
  text_buffer_add_char(out, '{');
  string(out, "run_id", run->id);
  string(out, "dataset", summary->config->dataset->id.value);
  string(out, "environment", summary->environment);
  string(out, "engine", run->engine);
  if (run->cluster != NULL)
    string(out, "cluster", run->cluster);
  string(out, "status", summary->error == NULL ? "completed" : "failed");
  add_rows(summary, out);
  add_replay(summary, out);
  add_rules(summary, out);
  add_schema(summary, out);
  add_casts(summary, out);
  add_drift(&run->drift, out);
  add_outputs(summary, out);
  add_gold(summary, out);
  key(out, "alerts");
  text_buffer_add_char(out, '[');
  for (size_t i = 0; i < run->n_alerts; i++) {
    begin_object(out);
    string(out, "kind", run->alerts[i].kind);
    string(out, "message", run->alerts[i].message);
    text_buffer_add_char(out, '}');
  }
  text_buffer_add_char(out, ']');
  key(out, "seconds");
  text_buffer_printf(out, "{\"total\": %.3f", run->total_seconds);
  for (size_t i = 0; i < N_RUN_STAGES; i++)
    text_buffer_printf(out, ", \"%s\": %.3f", run_stage_names[i], run->seconds[i]);
  text_buffer_add_char(out, '}');
  number(out, "peak_rss_bytes", summary->peak_rss_bytes);
  string(out, "error", summary->error);
  text_buffer_add_char(out, '}');
}
