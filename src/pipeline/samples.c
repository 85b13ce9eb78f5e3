/* Rows that fail a rule, for the summary of a run. */
#include "pipeline/samples.h"

#include "base/log.h"

#include <stdlib.h>

const struct rule_samples *take_samples(struct arena *arena, struct engine *engine, const struct plan *plan,
                                        const struct run *run, size_t most)
{
  struct rule_samples *samples = arena_array(arena, plan->n_rules + 1, sizeof(*samples));
  struct error reason;
  for (size_t i = 0; i < plan->n_rules; i++) {
    struct rule_samples *taken = &samples[i];
    if (run->rules[i].failed == 0)
      continue;
    taken->columns = plan_rule_columns(arena, plan, i, &taken->n_columns);
    taken->rows = arena_array(arena, most > SAMPLE_ROWS ? most : SAMPLE_ROWS, sizeof(*taken->rows));
    taken->count = most;
    if (engine_sample(engine, arena, plan, SAMPLE_RULE, i, taken->rows, &taken->count, &reason))
      continue;
    log_debug("quality", "no sample of rule \"%s\": %s", plan->rules[i].config->name.value, reason.message);
    taken->count = 0;
  }
  return samples;
}

void summary_add_values(const struct plan *plan, const struct rule_samples *samples, const struct sample_row *row,
                        struct text_buffer *out)
{
  for (size_t i = 0; i < samples->n_columns && (i == 0 || row->values != NULL); i++) {
    const char *value = row->values == NULL ? row->value : row->values[i];
    text_buffer_printf(out, "%s%s ", i == 0 ? "" : ", ", plan->columns[samples->columns[i]].name);
    if (value == NULL)
      text_buffer_add_string(out, "null");
    else
      text_buffer_printf(out, "'%.*s'", TEXT_ARGS(text_cut(text_from(value), 200)));
  }
}

static bool is_parquet(const struct plan *plan, size_t file)
{
  for (size_t i = 0; i < plan->n_sources; i++)
    if (file - plan->sources[i].first_file < plan->sources[i].n_files)
      return plan->sources[i].config->format == SOURCE_PARQUET;
  return false;
}

void summary_add_place(const struct plan *plan, const struct sample_row *row, struct text_buffer *out)
{
  const char *path = plan->files[row->file].path, *slash = strrchr(path, '/');
  path = slash == NULL ? path : slash + 1;
  if (row->line != NULL)
    text_buffer_printf(out, "%s:%s", path, row->line);
  else if (is_parquet(plan, row->file))
    text_buffer_printf(out, "%s, row %llu", path, strtoull(row->position, NULL, 10) + 1);
  else /* of a row that passed the line is not kept */
    text_buffer_printf(out, "%s, byte %s", path, row->position);
}
