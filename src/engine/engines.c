/* The table of engines, and the way from each function of engine.h to the engine that does it. */
#include "engine/engine.h"

#include "summary/summary.h"

#include "engine/duckdb/driver.h"
#include "engine/spark/driver.h"

const struct engine_driver *const engines[] = { &duckdb_engine, &spark_engine };
const size_t n_engines = ARRAY_LENGTH(engines);

bool engine_find(const char *name, const struct engine_driver **ret_driver, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer known = { 0 };
  for (size_t i = 0; i < n_engines; i++) {
    if (name == NULL || strcmp(engines[i]->name, name) == 0) {
      *ret_driver = engines[i];
      return true;
    }
    text_buffer_printf(&known, "%s%s", i == 0 ? "" : " or ", engines[i]->name);
  }
  fail(err, ERROR_CONFIG, NOWHERE, "there is no engine \"%s\"", name);
  return add_hint(err, "Use engine: %s.", known.data);
}

bool engine_open(const struct engine_driver *driver, struct arena *arena, const struct engine_options *options,
                 struct engine **ret_engine, struct error *err)
{
  return driver->open(arena, options, ret_engine, err);
}

void engine_close(struct engine **engine)
{
  if (*engine != NULL)
    (*engine)->driver->close(*engine);
  *engine = NULL;
}

bool engine_open_sources(struct engine *engine, struct plan *plan, struct error *err)
{
  return engine->driver->open_sources(engine, plan, err);
}

const struct drift *engine_drift(const struct engine *engine)
{
  return engine->driver->drift(engine);
}

void engine_check(const struct engine *engine, const struct plan *plan, struct problem_list *problems)
{
  engine->driver->check(engine, plan, problems);
}

void engine_print_sql(const struct engine *engine, struct arena *arena, const struct plan *plan,
                      struct text_buffer *out)
{
  engine->driver->print_sql(arena, plan, out);
}

bool engine_keep_records(struct engine *engine, const struct plan *plan, const char *name, uint64_t limit,
                         struct error *err)
{
  return engine->driver->keep_records(engine, plan, name, limit, err);
}

bool engine_summarize(struct engine *engine, struct arena *arena, const struct plan *plan, uint64_t limit,
                      struct record_summary *ret_summary, struct error *err)
{
  *ret_summary = (struct record_summary){ 0 };
  return engine->driver->summarize(engine, arena, plan, limit, ret_summary, err);
}

void record_summary_done(struct record_summary *summary)
{
  for (size_t i = 0; i < summary->n_columns; i++)
    summary_free(&summary->summaries[i]);
  *summary = (struct record_summary){ 0 };
}

bool engine_adds_to_records(const char *column)
{
  static const char *const added[] = { "_source_file", "_source_line", "_source_offset", "_malformed", "_raw_record" };
  for (size_t i = 0; i < ARRAY_LENGTH(added); i++)
    if (strcmp(column, added[i]) == 0)
      return true;
  return false;
}

bool engine_stage(struct engine *engine, const struct plan *plan, struct run *run, struct error *err)
{
  return engine->driver->stage(engine, plan, run, err);
}

bool engine_name_outcome(struct engine *engine, const struct plan *plan, const struct run *run, unsigned outcomes,
                         struct error *err)
{
  return engine->driver->name_outcome(engine, plan, run, outcomes, err);
}

bool engine_deduplicate(struct engine *engine, const struct plan *plan, struct run *run, struct error *err)
{
  return engine->driver->deduplicate(engine, plan, run, err);
}

bool engine_account(struct engine *engine, const struct plan *plan, struct run *run, struct error *err)
{
  return engine->driver->account(engine, plan, run, err);
}

/* A record may hold any of its columns. */
static bool is_private_sample(const struct plan *plan, enum sample_kind kind, size_t index)
{
  int column = kind == SAMPLE_RULE ? plan_rule_column(plan, index) : (int)index;
  if (kind == SAMPLE_MALFORMED)
    return plan->dataset->private_columns.count > 0;
  return column != NO_COLUMN && dataset_hides(plan->dataset, plan->columns[column].name);
}

static void mask_values(struct arena *arena, const struct plan *plan, size_t rule, struct sample_row *row)
{
  size_t count = 0;
  const size_t *columns = plan_rule_columns(arena, plan, rule, &count);
  const char **masked = arena_array(arena, count + 1, sizeof(*masked));
  for (size_t i = 0; i < count; i++)
    masked[i] = row->values[i] != NULL && dataset_hides(plan->dataset, plan->columns[columns[i]].name) ? PRIVATE_MASK
                                                                                                       : row->values[i];
  row->values = masked;
}

bool engine_sample(struct engine *engine, struct arena *arena, const struct plan *plan, enum sample_kind kind,
                   size_t index, struct sample_row *ret_rows, size_t *ret_count, struct error *err)
{
  size_t most = *ret_count;
  TRY(engine->driver->sample(engine, arena, plan, kind, index, ret_rows, ret_count, err));
  *ret_count = *ret_count < most ? *ret_count : most;
  for (size_t i = 0; i < *ret_count; i++) {
    if (ret_rows[i].value != NULL && is_private_sample(plan, kind, index))
      ret_rows[i].value = PRIVATE_MASK;
    if (kind == SAMPLE_RULE && ret_rows[i].values != NULL)
      mask_values(arena, plan, index, &ret_rows[i]);
  }
  return true;
}

bool engine_count_passing(struct engine *engine, const struct expr *expr, uint64_t *ret_passed, uint64_t *ret_total,
                          struct error *err)
{
  return engine->driver->count_passing(engine, expr, ret_passed, ret_total, err);
}

bool engine_find_partitions(struct engine *engine, const struct plan *plan, struct run *run, struct error *err)
{
  return engine->driver->find_partitions(engine, plan, run, err);
}

bool engine_find_inputs(struct engine *engine, const struct plan *plan,
                        void (*add)(size_t partition, size_t file, void *context), void *context, struct error *err)
{
  return engine->driver->find_inputs(engine, plan, add, context, err);
}

bool engine_write_silver(struct engine *engine, const struct plan *plan, struct run *run, const char *directory,
                         const char *file_name, struct error *err)
{
  return engine->driver->write_silver(engine, plan, run, directory, file_name, err);
}

bool engine_write_quarantine(struct engine *engine, const struct plan *plan, const struct run *run, const char *path,
                             uint64_t *ret_rows, struct error *err)
{
  return engine->driver->write_quarantine(engine, plan, run, path, ret_rows, err);
}

bool engine_write_rejects(struct engine *engine, const struct plan *plan, const struct run *run, const char *path,
                          uint64_t *ret_count, struct error *err)
{
  return engine->driver->write_rejects(engine, plan, run, path, ret_count, err);
}

bool engine_read_lake_columns(struct engine *engine, struct arena *arena, struct s3 *s3, const char *const *paths,
                              size_t n_paths, const char ***ret_names, const struct type ***ret_types,
                              size_t *ret_count, struct error *err)
{
  return engine->driver->read_lake_columns(engine, arena, s3, paths, n_paths, ret_names, ret_types, ret_count, err);
}

bool engine_count_lake_rows(struct engine *engine, struct s3 *s3, const char *const *paths, size_t n_paths,
                            uint64_t *ret_rows, struct error *err)
{
  return engine->driver->count_lake_rows(engine, s3, paths, n_paths, ret_rows, err);
}

bool engine_count_conditions(struct engine *engine, const struct plan *plan, struct run *run, struct error *err)
{
  return engine->driver->count_conditions(engine, plan, run, err);
}

bool engine_load_gold(struct engine *engine, const struct plan *plan, const struct run *run,
                      const struct gold_target *target, uint64_t *ret_rows, struct error *err)
{
  return engine->driver->load_gold(engine, plan, run, target, ret_rows, err);
}

bool engine_send_partitions(struct engine *engine, const struct plan *plan, const struct copy_stream *stream,
                            uint64_t *ret_rows, struct error *err)
{
  return engine->driver->send_partitions(engine, plan, stream, ret_rows, err);
}

void engine_print_placed_gold_query(const struct engine *engine, const struct plan *plan, const struct run *run,
                                    struct text_buffer *sql)
{
  engine->driver->print_placed_gold_query(plan, run, sql);
}

void engine_print_key_query(const struct engine *engine, const struct plan *plan, const struct run *run,
                            struct text_buffer *sql)
{
  engine->driver->print_key_query(plan, run, sql);
}

bool engine_keep_rows(struct engine *engine, const char *name, const char *query, uint64_t *ret_count,
                      struct error *err)
{
  return engine->driver->keep_rows(engine, name, query, ret_count, err);
}

bool engine_drop_rows(struct engine *engine, const char *name, struct error *err)
{
  return engine->driver->drop_rows(engine, name, err);
}

bool engine_find_double_keys(struct engine *engine, const struct plan *plan, const struct run *run,
                             const struct plan_gold_key *key, struct error *err)
{
  return engine->driver->find_double_keys(engine, plan, run, key, err);
}

bool engine_note_conflicts(struct engine *engine, const struct table *places, struct error *err)
{
  return engine->driver->note_conflicts(engine, places, err);
}

bool engine_quarantine_noted(struct engine *engine, const char *column, const char *why, uint64_t *ret_count,
                             struct error *err)
{
  return engine->driver->quarantine_noted(engine, column, why, ret_count, err);
}

bool engine_number_partitions(struct engine *engine, const struct plan *plan, struct error *err)
{
  return engine->driver->number_partitions(engine, plan, err);
}

bool engine_connect_copy(struct engine *engine, struct error *err)
{
  return engine->driver->connect_copy(engine, err);
}

bool engine_copy_binary(struct engine *engine, const char *sql, const struct copy_stream *stream, uint64_t *ret_rows,
                        struct error *err)
{
  return engine->driver->copy_binary(engine, sql, stream, ret_rows, err);
}

void engine_progress(const struct engine *engine, struct run_progress *ret_progress)
{
  engine->driver->progress(engine, ret_progress);
}

void engine_interrupt(struct engine *engine)
{
  engine->driver->interrupt(engine);
}

void engine_interrupt_copy(struct engine *engine)
{
  engine->driver->interrupt_copy(engine);
}

bool engine_quarantine_conflicts(struct engine *engine, const struct plan *plan, const struct plan_gold_key *key,
                                 uint64_t *ret_count, struct error *err)
{
  return engine_quarantine_noted(engine, plan->gold_columns[key->columns[0]].name, "key", ret_count, err);
}

bool engine_loads_beside(const struct engine *engine)
{
  return engine->driver->loads_beside;
}

bool engine_can_replay(const struct engine_driver *driver)
{
  return driver->replay != NULL;
}

bool engine_keep_taken(struct engine *engine, const struct plan *plan, struct run *run, const char *name,
                       struct error *err)
{
  return engine->driver->replay->keep_taken(engine, plan, run, name, err);
}

bool engine_settle_standing(struct engine *engine, const struct plan *plan, struct run *run, struct s3 *s3,
                            const char *const *paths, size_t n_paths, struct error *err)
{
  return engine->driver->replay->settle_standing(engine, plan, run, s3, paths, n_paths, err);
}

bool engine_find_displaced(struct engine *engine, struct arena *arena, const struct plan *plan, const char ***ret_paths,
                           size_t *ret_count, uint64_t *ret_rows, struct error *err)
{
  return engine->driver->replay->find_displaced(engine, arena, plan, ret_paths, ret_count, ret_rows, err);
}

bool engine_write_undisplaced(struct engine *engine, const struct plan *plan, const struct run *run, const char *from,
                              const char *to, struct error *err)
{
  return engine->driver->replay->write_undisplaced(engine, plan, run, from, to, err);
}

bool engine_find_fates(struct engine *engine, const struct plan *plan, const char *name, struct error *err)
{
  return engine->driver->replay->find_fates(engine, plan, name, err);
}

bool engine_evaluate(const struct engine_driver *driver, struct arena *arena, struct expr_text text,
                     const char *timezone, char **ret_line, const char **ret_error_class, struct error *err)
{
  return driver->evaluate(arena, text, timezone, ret_line, ret_error_class, err);
}
