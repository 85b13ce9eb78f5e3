/* Which rows of the quarantine are open, and which of them are asked for. */
#include "pipeline/replay_internal.h"

#include "base/file.h"
#include "pipeline/quarantine.h"
#include "reader/reader.h"

#include <inttypes.h>
#include <stdlib.h>

static const char *const technical[] = {
  "_failed_rules", "_run_id",     "_ingestion_ts", "_source_file", "_source_line",   "_source_offset",
  "_raw_record",   "_raw_length", "_raw_form",     "_raw_cut",     "_source_header", "_element",
};

bool replay_is_technical(const char *name)
{
  for (size_t i = 0; i < ARRAY_LENGTH(technical); i++)
    if (strcmp(technical[i], name) == 0)
      return true;
  return false;
}

static bool describe(struct job *job, struct error *err)
{
  struct replay *replay = job->replay;
  const char **names = NULL;
  const struct type **types = NULL;
  size_t count = 0;
  TRY(database_describe(job->arena, job->database, arena_printf(job->arena, "SELECT * FROM %s", replay->relation),
                        &names, &types, &count, err));
  replay->columns = arena_array(job->arena, count + 1, sizeof(*replay->columns));
  replay->is_text = arena_array(job->arena, count + 1, sizeof(*replay->is_text));
  for (size_t i = 0; i < count; i++) {
    replay->has_element = replay->has_element || strcmp(names[i], "_element") == 0;
    replay->has_bytes = replay->has_bytes || strcmp(names[i], "_raw_form") == 0;
    if (replay_is_technical(names[i]))
      continue;
    replay->is_text[replay->n_columns] = types[i]->id == TYPE_STRING;
    replay->columns[replay->n_columns++] = names[i];
  }
  return true;
}

static bool find_files(struct job *job, bool *ret_any, struct error *err)
{
  const char *const *paths = NULL;
  size_t count = 0;
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  bool is_remote = path_is_remote(job->plan.quarantine_path);
  TRY(lake_find_files(job->arena, job->config->s3, job->plan.quarantine_path, &paths, &count, err));
  *ret_any = count > 0;
  if (!*ret_any)
    return true;
  TRY(!is_remote || database_use_s3(job->database, job->config->s3, err));
  text_buffer_add_string(&sql, "read_parquet(");
  sql_add_files(&sql, paths, count);
  text_buffer_add_string(&sql, ", union_by_name = true, hive_partitioning = false)");
  job->replay->relation = text_copy(job->arena, text_buffer_text(&sql));
  return true;
}

/* Several datasets may have one quarantine: rows of a run that is known to be another's are none of ours. */
static bool leave_out_others(struct job *job, struct error *err)
{
  struct table runs, others;
  TRY(quarantine_find_runs(job->arena, job->database, job->replay->relation, &runs, err));
  TRY(ledger_find_others(job->arena, &job->warehouse, job->config->dataset->id.value, (const char *const *)runs.cells,
                         runs.n_rows, &others, err));
  job->replay->relation = quarantine_without_runs(job->arena, job->replay->relation, &others);
  return true;
}

static bool fail_unknown(struct job *job, const char *message, const char *name, const struct table *table,
                         struct error *err)
{
  const struct dataset *dataset = job->config->dataset;
  const char **known = arena_array(job->arena, dataset->n_rules + table->n_rows + 1, sizeof(*known));
  size_t n_known = 0;
  for (size_t row = 0; row < table->n_rows; row++)
    if (table->cells[row] != NULL)
      known[n_known++] = table->cells[row];
  fail(err, ERROR_CONFIG, NOWHERE, "%s \"%s\"", message, name);
  return add_hint_of_names(err, "name", text_from(name), known, n_known);
}

/* An id, or what it begins with. */
static bool choose_run(struct job *job, const char **ret_run, struct error *err)
{
  const char *start = job->options->replay->run;
  struct table table;
  *ret_run = NULL;
  if (start == NULL)
    return true;
  TRY(database_query(job->arena, job->database,
                     arena_printf(job->arena, "SELECT DISTINCT _run_id FROM %s ORDER BY 1", job->replay->relation),
                     &table, err));
  for (size_t row = 0; row < table.n_rows; row++) {
    const char *id = table.cells[row];
    if (id == NULL || !text_starts_with(text_from(id), text_from(start)))
      continue;
    if (*ret_run != NULL)
      return fail(err, ERROR_CONFIG, NOWHERE, "several runs begin with \"%s\"", start);
    *ret_run = id;
  }
  if (*ret_run != NULL)
    return true;
  return fail_unknown(
      job,
      arena_printf(job->arena, "the quarantine of dataset \"%s\" has no rows of a run", job->config->dataset->id.value),
      start, &table, err);
}

static bool check_rule(struct job *job, struct error *err)
{
  const struct dataset *dataset = job->config->dataset;
  const char *rule = job->options->replay->rule;
  struct table table;
  for (size_t i = 0; rule != NULL && i < dataset->n_rules; i++)
    if (strcmp(dataset->rules[i].name.value, rule) == 0)
      return true;
  if (rule == NULL)
    return true;
  TRY(database_query(job->arena, job->database, "SELECT DISTINCT unnest(reasons) FROM crisol_open ORDER BY 1", &table,
                     err));
  for (size_t row = 0; row < table.n_rows; row++)
    if (table.cells[row] != NULL && strcmp(table.cells[row], rule) == 0)
      return true;
  return fail_unknown(job, arena_printf(job->arena, "neither \"%s\" nor its open rows have a rule", dataset->id.value),
                      rule, &table, err);
}

/* What the ledger says of a row stands over what its file says. Settled rows are left in for the lines of a file of
 * mended rows to be told from those that were never there. */
static void print_open(const struct replay *replay, const char *run, struct text_buffer *sql)
{
  text_buffer_printf(sql,
                     "CREATE OR REPLACE TEMP TABLE crisol_open AS SELECT q.*, coalesce(r.outcome, 'open') AS outcome, "
                     "coalesce(from_json(r.reasons, '[\"VARCHAR\"]'), failed) AS reasons FROM (SELECT _run_id AS run, "
                     "_source_file AS source_file, CAST(_source_offset AS VARCHAR) AS source_offset, %s AS element, "
                     "CAST(_failed_rules AS VARCHAR[]) AS failed, %s AS form, %s AS is_whole, _source_line AS line "
                     "FROM %s",
                     replay->has_element ? "CAST(_element AS VARCHAR)" : "CAST(NULL AS VARCHAR)",
                     replay->has_bytes ? "_raw_form" : "CAST(NULL AS VARCHAR)",
                     replay->has_bytes ? "_raw_form IS NOT NULL AND _raw_cut IS NOT TRUE" : "FALSE", replay->relation);
  if (run != NULL) {
    text_buffer_add_string(sql, " WHERE _run_id = ");
    sql_add_string(sql, text_from(run));
  }
  text_buffer_add_string(sql, ") AS q LEFT JOIN crisol_replayed AS r ON " SAME_ROW("r", "q"));
}

/* A document in which no records were found is none itself; a record that was broken may be exploded to elements of
 * which some pass and others do not. */
static bool leave_documents(struct job *job, struct error *err)
{
  const char *sql =
      arena_printf(job->arena, "UPDATE crisol_open SET is_whole = FALSE WHERE list_contains(failed, 'malformed:%s')",
                   reader_reason_name(READER_NO_RECORDS));
  TRY(database_execute(job->database, sql, err));
  return job->config->dataset->explode.column.value == NULL || /* which elements of it stand already cannot be told */
         database_execute(job->database, "UPDATE crisol_open SET is_whole = FALSE WHERE element IS NULL", err);
}

bool replay_choose_rows(struct job *job, bool *ret_any, struct error *err)
{
  struct table replayed;
  const char *run = NULL;
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  TRY(find_files(job, ret_any, err));
  if (!*ret_any)
    return true;
  TRY(leave_out_others(job, err) && describe(job, err) && choose_run(job, &run, err));
  TRY(ledger_find_replayed(job->arena, &job->warehouse, job->config->dataset->id.value, &replayed, err));
  TRY(replay_make_table(job, "crisol_replayed",
                        "run VARCHAR, source_file VARCHAR, source_offset VARCHAR, element VARCHAR, outcome VARCHAR, "
                        "reasons VARCHAR",
                        &replayed, err));
  print_open(job->replay, run, &sql);
  TRY(database_execute(job->database, sql.data, err) && check_rule(job, err) && leave_documents(job, err));
  if (job->options->replay->file != NULL)
    return true;
  text_buffer_clear(&sql);
  text_buffer_add_string(&sql, "DELETE FROM crisol_open WHERE outcome <> 'open'");
  if (job->options->replay->rule != NULL) {
    text_buffer_add_string(&sql, " OR NOT list_contains(reasons, ");
    sql_add_string(&sql, text_from(job->options->replay->rule));
    text_buffer_add_char(&sql, ')');
  }
  return database_execute(job->database, sql.data, err);
}

/* rows that a later run has read again */

/* What a file held when a run took it. */
static const char *content_of(struct arena *arena, const struct ledger_input *input)
{
  if (input->md5 != NULL || input->etag != NULL)
    return input->md5 != NULL ? input->md5 : input->etag;
  return arena_printf(arena, "%" PRIu64 " bytes of %" PRId64, input->bytes, input->modified_us);
}

static bool make_inputs(struct job *job, struct error *err)
{
  struct ledger_input *inputs = NULL;
  size_t count = 0;
  struct table table = { .n_columns = 4 };
  TRY(ledger_inputs(job->arena, &job->warehouse, job->config->dataset->id.value, &inputs, &count, err));
  table.cells = arena_array(job->arena, count * table.n_columns + 1, sizeof(char *));
  for (size_t i = 0; i < count; i++) {
    if (inputs[i].is_of_replay)
      continue;
    char **cells = &table.cells[table.n_rows++ * table.n_columns];
    cells[0] = arena_copy(job->arena, inputs[i].run_id, strlen(inputs[i].run_id));
    cells[1] = arena_copy(job->arena, inputs[i].path, strlen(inputs[i].path));
    cells[2] = arena_printf(job->arena, "%020" PRId64, inputs[i].started_us);
    cells[3] = text_copy(job->arena, text_from(content_of(job->arena, &inputs[i])));
  }
  return replay_make_table(job, "crisol_inputs", "run VARCHAR, path VARCHAR, started VARCHAR, content VARCHAR", &table,
                           err);
}

static bool make_pairs(struct job *job, struct error *err)
{
  struct table pairs;
  TRY(database_query(job->arena, job->database, "SELECT DISTINCT run, source_file, NULL FROM crisol_open", &pairs,
                     err));
  for (size_t row = 0; row < pairs.n_rows; row++) {
    char **cells = &pairs.cells[row * pairs.n_columns];
    const char *path = cells[1] == NULL ? NULL : path_absolute(job->arena, cells[1]);
    cells[2] = path == NULL ? NULL : text_copy(job->arena, text_from(path));
  }
  return replay_make_table(job, "crisol_pairs", "run VARCHAR, source_file VARCHAR, path VARCHAR", &pairs, err);
}

/* How each run has written silver; one of a former version, of which the ledger does not know, as the dataset does. */
static bool make_writers(struct job *job, struct error *err)
{
  struct table table;
  const char *usual = plan_silver_mode_name(job->replay->mode);
  TRY(ledger_find_writers(job->arena, &job->warehouse, job->config->dataset->id.value, &table, err));
  for (size_t row = 0; row < table.n_rows; row++) {
    char **mode = &table.cells[row * table.n_columns + 1];
    *mode = *mode == NULL ? text_copy(job->arena, text_from(usual)) : *mode;
  }
  return replay_make_table(job, "crisol_writers", "run VARCHAR, mode VARCHAR, started VARCHAR", &table, err);
}

/* The rows of a lake that is replaced as a whole are those of its last run; of one that is replaced by partitions, or
 * whose gold gathers, those of the last run that has read their file, as it was. What is appended stays. */
static void print_superseded(const struct replay *replay, struct text_buffer *sql)
{
  text_buffer_printf(
      sql,
      "CREATE OR REPLACE TEMP TABLE crisol_superseded AS SELECT p.run, p.source_file FROM crisol_pairs AS p JOIN "
      "crisol_writers AS own USING (run) WHERE own.started < (SELECT max(started) FROM crisol_writers WHERE mode IN "
      "('full_refresh', '%s')) UNION SELECT p.run, p.source_file FROM crisol_pairs AS p JOIN crisol_inputs AS own ON "
      "own.run = p.run AND own.path = p.path JOIN (SELECT path, content, max(i.started) AS latest FROM crisol_inputs "
      "AS i JOIN crisol_writers AS w USING (run) WHERE w.mode <> 'append' GROUP BY ALL) AS later ON later.path = "
      "own.path AND later.content = own.content WHERE later.latest > own.started",
      replay->gathers ? "full_refresh" : "overwrite");
}

static bool note_superseded(struct job *job, struct error *err)
{
  struct table table;
  TRY(database_query(job->arena, job->database,
                     "SELECT run, source_file, source_offset, element, 'superseded', NULL FROM crisol_open JOIN "
                     "crisol_superseded USING (run, source_file)",
                     &table, err));
  replay_note_rows(job, &table);
  job->replay->counts.superseded = table.n_rows;
  return database_execute(job->database,
                          "DELETE FROM crisol_open WHERE (run, source_file) IN (SELECT (run, source_file) FROM "
                          "crisol_superseded)",
                          err);
}

bool replay_leave_out_superseded(struct job *job, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  print_superseded(job->replay, &sql);
  return make_inputs(job, err) && make_writers(job, err) && make_pairs(job, err) &&
         database_execute(job->database, sql.data, err) && note_superseded(job, err);
}
