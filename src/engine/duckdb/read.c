/* The stage: all records are read, and what the scan itself tells of them is counted. */
#include "engine/duckdb/engine_internal.h"

#include "duckdb/database_internal.h"
#include "duckdb/functions/locale.h"
#include "duckdb/functions/schema.h"

#include <inttypes.h>
#include <stdlib.h>

/* "[REGEX_LIMIT] regular expression "^(a+)+$" backtracks too much on "aaaa!"": the rule that holds the expression is
 * named, and the class, which is for eval, is cut off. */
static void blame_rule(const struct plan *plan, struct error *err)
{
  static const char class[] = "[REGEX_LIMIT] ", before[] = "regular expression \"";
  if (strncmp(err->message, class, strlen(class)) != 0)
    return;
  memmove(err->message, err->message + strlen(class), strlen(err->message + strlen(class)) + 1);
  add_hint(err, "Rewrite the expression so that nested repetitions cannot match the same text in many ways.");
  const char *pattern = strstr(err->message, before);
  const char *end = pattern == NULL ? NULL : strstr(pattern, "\" backtracks");
  if (end == NULL)
    return;
  pattern += strlen(before);
  for (size_t i = 0; i < plan->n_made; i++) {
    const struct config_column *made = plan->columns[plan->made[i]].made;
    if (memmem(made->expr.text.data, made->expr.text.length, pattern, (size_t)(end - pattern)) != NULL) {
      add_context(err, "in column \"%s\"", made->name.value);
      return;
    }
  }
  for (size_t i = 0; i < plan->n_rules; i++) {
    struct text text = plan->rules[i].config->expr.text;
    if (memmem(text.data, text.length, pattern, (size_t)(end - pattern)) != NULL) {
      add_context(err, "in rule \"%s\"", plan->rules[i].config->name.value);
      return;
    }
  }
}

static bool reads_parquet(const struct plan *plan)
{
  for (size_t i = 0; i < plan->n_sources; i++)
    if (plan->sources[i].parquet != NULL)
      return true;
  return false;
}

/* A Parquet file says between which values its own lie, and some do not tell the truth: DuckDB would take a rule for
 * true without a look at the values. */
static bool print_and_execute(struct duckdb_engine *engine, const struct scan *scan, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct error ignored;
  bool distrusts = reads_parquet(scan->plan);
  if (distrusts)
    TRY(database_execute(engine->base.database, "SET disabled_optimizers = 'statistics_propagation'", err));
  scan->print(scan, &sql);
  bool is_done = database_execute(engine->base.database, sql.data, err);
  if (distrusts && !database_execute(engine->base.database, "RESET disabled_optimizers", is_done ? err : &ignored))
    return false;
  return is_done;
}

bool error_is_about_space(const struct error *err)
{
  static const char *const words[] = { "failed to pin", "failed to allocate", "failed to offload",
                                       "could not allocate" };
  for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
    if (strstr(err->message, words[i]) != NULL)
      return true;
  return false;
}

/* One value that DuckDB does not take in a Parquet file ends its scan; looked for, it is a malformed record. What ends
 * the scan after that is looked for too; each round makes a copy more, or names the file. */
static bool try_scan(struct duckdb_engine *engine, const struct scan *scan, struct error *err)
{
  for (;;) {
    if (print_and_execute(engine, scan, err))
      return true;
    struct error reason;
    bool is_repaired = false;
    bool is_stopped = engine->stopped != NULL || sources_error(engine->sources) != NULL;
    if (error_is_about_space(err))
      return add_hint(err,
                      "Raise duckdb.memory_limit in env.yml, or lower duckdb.threads; an input may be far larger than "
                      "its file.");
    if (is_stopped || err->kind == ERROR_INTERRUPTED || err->kind == ERROR_TERMINATED)
      return false;
    if (!sources_repair(engine->arena, engine->sources, &is_repaired, &reason)) {
      *err = reason;
      return false;
    }
    if (!is_repaired)
      return false;
  }
}

static bool register_checks(struct duckdb_engine *engine, const struct plan *plan, struct error *err)
{
  struct schema_column *checked = arena_array(engine->arena, plan->n_columns + 1, sizeof(*checked));
  size_t count = 0;
  for (size_t i = 0; i < plan->n_columns; i++) {
    const struct plan_column *column = &plan->columns[i];
    if (column->property != NULL)
      checked[count++] = (struct schema_column){ i, column->property, column->type, column->checks_raw };
  }
  for (size_t i = 0; i < plan->n_columns; i++)
    if (plan->columns[i].is_localized)
      TRY(locale_function_register(engine->base.database->connection, i, plan->columns[i].cast->written_in,
                                   plan->columns[i].cast->number, plan->columns[i].cast->format_hint.value, err));
  return schema_functions_register(engine->arena, engine->base.database->connection, plan->dataset->timezone, checked,
                                   count, &engine->stopped, err);
}

bool duckdb_engine_scan(struct duckdb_engine *engine, const struct scan *scan, struct error *err)
{
  TRY(sources_check_memory(engine->sources, err));
  if (try_scan(engine, scan, err))
    return sources_check_unchanged(engine->sources, err);
  struct error changed;
  if (engine->stopped != NULL || err->kind == ERROR_INTERRUPTED)
    return false;
  const struct error *reason = sources_error(engine->sources);
  if (!sources_check_unchanged(engine->sources, &changed))
    *err = changed; /* and so the engine's own error is no wonder */
  else if (reason != NULL)
    *err = *reason;
  return false;
}

static void print_stage(const struct scan *scan, struct text_buffer *sql)
{
  stage_print_sql(scan->layout, sql);
}

static bool read_all(struct duckdb_engine *engine, const struct stage_layout *layout, struct error *err)
{
  const struct scan scan = { .plan = layout->plan, .print = print_stage, .layout = layout };
  TRY(register_checks(engine, layout->plan, err));
  if (duckdb_engine_scan(engine, &scan, err))
    return true;
  if (engine->stopped != NULL) {
    struct error reason = *err;
    fail(err, ERROR_DATA, engine->stopped->place, "column \"%s\": %s", engine->stopped->name, reason.message);
    return add_hint(err, "Rewrite its pattern so that nested repetitions cannot match the same text in many ways.");
  }
  if (sources_error(engine->sources) == NULL)
    blame_rule(layout->plan, err);
  return false;
}

static bool count_casts(struct duckdb_engine *engine, const struct stage_layout *layout, struct run *run,
                        struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table table;
  counts_print_casts(layout, &sql);
  text_buffer_add_string(&sql, "\nFROM rows");
  TRY(database_query(&scratch, engine->base.database, sql.data, &table, err));
  counts_take_casts(layout, &table, run);
  return true;
}

static bool count_malformed(struct duckdb_engine *engine, const struct plan *plan, struct run *run, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct table table;
  uint64_t *by_file = arena_array(engine->arena, plan->n_files + 1, sizeof(*by_file));
  memset(by_file, 0, (plan->n_files + 1) * sizeof(*by_file));
  run->malformed_records = by_file;
  if (run->rows.malformed == 0)
    return true;
  TRY(database_query(&scratch, engine->base.database, "SELECT file, count(*) FROM rows WHERE reason <> 0 GROUP BY file",
                     &table, err));
  for (size_t row = 0; row < table.n_rows; row++)
    by_file[cell_number(&table, row, 0)] = cell_number(&table, row, 1);
  return true;
}

/* A Parquet file whose footer promises other rows than its pages give is a damaged one. */
static bool refuse_false_footers(struct duckdb_engine *engine, const struct plan *plan, const uint64_t *by_file,
                                 struct error *err)
{
  bool is_any = false;
  for (size_t i = 0; i < plan->n_sources; i++)
    is_any = is_any || plan->sources[i].parquet != NULL;
  if (!is_any)
    return true;
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct table table;
  uint64_t *found = arena_array(&scratch, plan->n_files + 1, sizeof(*found));
  TRY(database_query(&scratch, engine->base.database,
                     plan->explode.is_set
                         ? "SELECT file, count(*) FROM rows WHERE coalesce(element, 0) = 0 GROUP BY file"
                         : "SELECT file, count(*) FROM rows GROUP BY file",
                     &table, err));
  for (size_t row = 0; row < table.n_rows; row++)
    found[cell_number(&table, row, 0)] = cell_number(&table, row, 1);
  for (size_t i = 0; i < plan->n_sources; i++) {
    const struct plan_source *source = &plan->sources[i];
    for (size_t file = source->first_file; source->parquet != NULL && file < source->first_file + source->n_files;
         file++)
      if (by_file[file] != found[file]) {
        fail(err, ERROR_ENVIRONMENT, NOWHERE,
             "the footer of Parquet file \"%s\" promises %" PRIu64 " rows, but %" PRIu64 " were read",
             plan->files[file].path, by_file[file], found[file]);
        return add_hint(err, "The file is damaged: write it anew, or leave it out of the path.");
      }
  }
  return true;
}

bool duckdb_engine_stage(struct engine *base, const struct plan *plan, struct run *run, struct error *err)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  struct stage_layout layout;
  stage_layout_init(engine->arena, plan, &layout);
  TRY(database_make_temp_directory(engine->base.database, err));
  run->casts = arena_array(engine->arena, plan->n_columns + 1, sizeof(*run->casts));
  run->rules = arena_array(engine->arena, plan->n_rules + 1, sizeof(*run->rules));
  TRY(read_all(engine, &layout, err));
  uint64_t *by_file = arena_array(engine->arena, plan->n_files + 1, sizeof(*by_file));
  TRY(sources_count(engine->sources, by_file, &run->rows.read, err));
  run->input_records = by_file;
  TRY(count_casts(engine, &layout, run, err));
  TRY(count_malformed(engine, plan, run, err));
  return refuse_false_footers(engine, plan, by_file, err);
}
