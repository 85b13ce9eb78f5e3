/* The stages on a cluster: what Spark is told, and the counts that it answers. */
#include "engine/spark/engine_internal.h"

#include "base/file.h"
#include "base/log.h"
#include "engine/rows/sample.h"
#include "engine/spark/job.h"
#include "store/files.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* the place that both see */

bool spark_list_parts(struct arena *arena, const char *directory, const char ***ret_paths, size_t *ret_count,
                      struct error *err)
{
  const char **names = NULL;
  size_t count = 0;
  TRY(store_list(arena, NULL, directory, &names, &count, err));
  const char **paths = arena_array(arena, count + 1, sizeof(*paths));
  *ret_count = 0;
  for (size_t i = 0; i < count; i++)
    if (names[i][0] != '_' && names[i][0] != '.')
      paths[(*ret_count)++] = path_join(arena, directory, names[i]);
  qsort(paths, *ret_count, sizeof(*paths), compare_strings);
  *ret_paths = paths;
  return true;
}

const char *spark_path(struct arena *arena, const char *path)
{
  if (path_is_remote(path))
    return arena_printf(arena, "s3a://%s", path + strlen("s3://"));
  return arena_printf(arena, "file://%s", path_absolute(arena, path));
}

/* A cluster that does not see the place writes somewhere else, and says that all is well. */
static bool check_is_shared(const struct spark_engine *engine, const char *directory, struct error *err)
{
  if (file_exists(directory))
    return true;
  SCOPED(arena_done) struct arena scratch = { 0 };
  fail(err, ERROR_ENVIRONMENT, NOWHERE, "Spark at %s has written \"%s\", but it is not there",
       spark_remote_name(&scratch, &engine->remote), directory);
  return add_hint(err, "The cluster's machines and this one must see the lake under the same path: a shared disk.");
}

/* By which Spark's own pages know it; one that fails, too. */
static void note_operation(const struct spark_engine *engine, const char *directory)
{
  const char *name = strrchr(directory, '/');
  if (engine->run != NULL)
    engine->run->cluster = arena_printf(engine->arena, "%s, %s %s", engine->run->cluster,
                                        name == NULL ? directory : name + 1, spark_last_operation(engine->session));
}

bool spark_write_query(struct spark_engine *engine, const char *sql, const char *directory, const char *compression,
                       const char *partition_by, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const char *options[] = { "compression", compression };
  const struct spark_write write = {
    .sql = sql,
    .format = "parquet",
    .path = spark_path(&scratch, directory),
    .mode = "error",
    .options = options,
    .n_options = 1,
    .partition_by = &partition_by,
    .n_partition_by = partition_by == NULL ? 0 : 1,
  };
  bool is_written = spark_write(engine->session, &write, err);
  note_operation(engine, directory);
  return is_written && check_is_shared(engine, directory, err);
}

const char *const spark_exact_paths[] = { "globPaths", "false" };

bool spark_view_directory(struct spark_engine *engine, const char *name, const char *directory, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const char *path = spark_path(&scratch, directory);
  const struct spark_read read = {
    .format = "parquet", .options = spark_exact_paths, .n_options = 1, .paths = &path, .n_paths = 1
  };
  return spark_create_view(engine->session, name, &read, err);
}

bool spark_keep(struct spark_engine *engine, const char *name, const char *sql, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const char *directory = path_join(&scratch, engine->place, name);
  TRY(path_remove(directory, err));
  TRY(spark_write_query(engine, sql, directory, "snappy", NULL, err));
  return spark_view_directory(engine, name, directory, err);
}

bool spark_define_rows(struct spark_engine *engine, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(&sql, "CREATE OR REPLACE TEMPORARY VIEW rows AS\n");
  spark_print_rows(engine, &sql);
  return spark_execute(engine->session, sql.data, err);
}

/* the session */

/* What a statement means must not depend on how the cluster is set up, nor on spark.config: set after both. */
static const struct {
  const char *key, *value;
} settings[] = {
  { "spark.sql.ansi.enabled", "false" },
  { "spark.sql.caseSensitive", "false" },
  { "spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS" },
  { "spark.sql.parquet.datetimeRebaseModeInWrite", "CORRECTED" },
  { "spark.sql.parquet.datetimeRebaseModeInRead", "CORRECTED" },
  { "spark.sql.parquet.writeLegacyFormat", "false" },
  { "spark.sql.parquet.inferTimestampNTZ.enabled", "true" },
  { "spark.sql.legacy.timeParserPolicy", "CORRECTED" },
  { "spark.sql.legacy.castComplexTypesToString.enabled", "false" },
  { "spark.sql.timestampType", "TIMESTAMP_LTZ" },
  { "spark.sql.files.maxRecordsPerFile", "0" },
  { "spark.sql.files.ignoreCorruptFiles", "false" },
  { "spark.sql.files.ignoreMissingFiles", "false" },
  { "spark.sql.sources.partitionOverwriteMode", "STATIC" },
  { "spark.sql.sources.partitionColumnTypeInference.enabled", "true" },
};

static const char *fixed_value(const struct plan *plan, const char *key)
{
  if (strcmp(key, "spark.sql.session.timeZone") == 0)
    return plan->dataset->timezone;
  for (size_t i = 0; i < ARRAY_LENGTH(settings); i++)
    if (strcmp(key, settings[i].key) == 0)
      return settings[i].value;
  return NULL;
}

/* On a cluster the number of a row depends on how its files are split. */
static void check_row_numbers(const struct plan *plan, struct problem_list *problems)
{
  if (plan->places == NULL || !plan->places->row_number_reading.is_read)
    return;
  struct problem *problem =
      problem_at(problems, plan->places->row_number_reading.place,
                 "monotonically_increasing_id() and numbers by chance with a seed are not the same for the same rows "
                 "with engine: spark");
  add_hint(&problem->error, "Use engine: duckdb for this dataset, or hash columns: pmod(xxhash64(id), 100) < 10.");
}

void spark_check_config(const struct plan *plan, struct problem_list *problems)
{
  check_row_numbers(plan, problems);
  const struct environment *env = &plan->config->env;
  for (size_t i = 0; i < env->spark.n_config; i++) {
    const struct spark_entry *entry = &env->spark.config[i];
    const char *fixed = fixed_value(plan, entry->key);
    if (fixed == NULL || strcasecmp(fixed, entry->value.value) == 0)
      continue;
    struct problem *problem = problem_at(problems, entry->value.place,
                                         "spark.config sets %s to \"%s\", which has to be \"%s\" for this dataset",
                                         entry->key, entry->value.value, fixed);
    add_hint(&problem->error, "Leave it out: what a statement means is the same on both engines.");
  }
}

static bool send_jar(struct spark_engine *engine, struct error *err)
{
  struct text jar = spark_jar();
  if (jar.length > 0)
    return spark_add_artifact(engine->session, "jars/crisol.jar", jar.data, jar.length, err);
  fail(err, ERROR_CONFIG, NOWHERE, "this crisol was built without a JDK, and so without what Spark's executors need");
  return add_hint(err, "Install a JDK of Java 17 or later and build crisol again, or use engine: duckdb.");
}

bool spark_engine_connect(struct spark_engine *engine, struct error *err)
{
  const struct plan *plan = engine->plan;
  struct spark_session *session = NULL;
  if (engine->session != NULL)
    return true;
  TRY(spark_session_open(engine->arena, &engine->remote, &session, err));
  pthread_mutex_lock(&engine->session_lock);
  engine->session = session;
  pthread_mutex_unlock(&engine->session_lock);
  log_info("source", "Spark %s at %s, application %s, session %s", spark_session_version(session),
           spark_remote_name(engine->arena, &engine->remote), spark_session_application(session),
           spark_session_id(session));
  for (size_t i = 0; i < plan->config->env.spark.n_config; i++)
    TRY(spark_set(session, plan->config->env.spark.config[i].key, plan->config->env.spark.config[i].value.value, err));
  for (size_t i = 0; i < ARRAY_LENGTH(settings); i++)
    TRY(spark_set(session, settings[i].key, settings[i].value, err));
  TRY(spark_set(session, "spark.sql.session.timeZone", plan->dataset->timezone, err));
  return send_jar(engine, err);
}

/* sources */

bool spark_engine_open_sources(struct engine *base, struct plan *plan, struct error *err)
{
  struct spark_engine *engine = spark_engine_of(base);
  engine->plan = plan;
  engine->readers = arena_array(engine->arena, plan->n_sources + 1, sizeof(struct reader *));
  for (size_t i = 0; i < plan->n_sources; i++) {
    struct plan_source *source = &plan->sources[i];
    struct table_function *function = NULL;
    if (source->config->format == SOURCE_PARQUET) {
      TRY(spark_engine_connect(engine, err) && spark_open_parquet(engine, source, i, err));
      continue;
    }
    engine->drift.is_welcome = plan->dataset->silver.merge_schema;
    TRY(text_source_open(engine->arena, engine->base.database, plan, source, i, &engine->drift, &engine->readers[i],
                         &function, err));
  }
  return true;
}

static bool create_source_view(struct spark_engine *engine, size_t index, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer job = { 0 }, schema = { 0 }, files = { 0 };
  char name[32];
  snprintf(name, sizeof(name), "source_%zu", index);
  TRY(reader_find_marks(engine->readers[index], err));
  spark_job_print(engine->plan, index, &job);
  spark_job_schema(engine->plan, index, &schema);
  spark_job_print_files(engine->plan, index, engine->readers[index], &files);
  const char *options[] = { "job", job.data, "schema", schema.data, "files", files.data };
  const struct spark_read read = { .format = "crisol.spark.Source", .options = options, .n_options = 3 };
  return spark_create_view(engine->session, name, &read, err);
}

/* the stage */

/* What a worker says of its file is the file's fault, and no secret of Spark's. */
static bool blame_worker(const struct spark_engine *engine, struct error *err)
{
  static const char mark[] = "crisol: ";
  const struct spark_failure *failure = spark_last_failure(engine->session);
  const char *said = strstr(failure->root_message, mark);
  if (said == NULL)
    said = strstr(err->message, mark);
  if (said != NULL && err->kind == ERROR_ENVIRONMENT && !failure->is_lost) {
    char message[sizeof(failure->root_message)];
    snprintf(message, sizeof(message), "%s", said + strlen(mark));
    fail(err, ERROR_ENVIRONMENT, NOWHERE, "%s", message);
  }
  return false;
}

static bool make_place(struct spark_engine *engine, const struct run *run, struct error *err)
{
  const char *parent = run->staging;
  if (parent == NULL) {
    TRY(database_make_temp_directory(engine->base.database, err));
    parent = database_temp_directory(engine->base.database);
  }
  engine->place = path_join(engine->arena, parent, "spark");
  return directory_create(engine->place, err);
}

static bool read_all(struct spark_engine *engine, const struct plan *plan, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  for (size_t i = 0; i < plan->n_sources; i++)
    if (plan->sources[i].n_files > 0 && plan->sources[i].config->format != SOURCE_PARQUET)
      TRY(create_source_view(engine, i, err));
  spark_print_stage(engine, plan, &sql);
  return spark_keep(engine, "staged", sql.data, err) || blame_worker(engine, err);
}

/* By file: how many records there are, and how many of them are malformed; with a row of all files for the casts. */
static bool count_records(struct spark_engine *engine, const struct plan *plan, struct run *run, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct stage_layout layout;
  struct table table, whole;
  uint64_t *records = arena_array(engine->arena, plan->n_files + 1, sizeof(*records));
  uint64_t *malformed = arena_array(engine->arena, plan->n_files + 1, sizeof(*malformed));
  stage_layout_init(&scratch, plan, &layout);
  counts_print_casts(&layout, &sql);
  text_buffer_printf(&sql, ",\n  file, %s FROM staged GROUP BY GROUPING SETS ((), (file))",
                     plan->explode.is_set ? "count_if(coalesce(element, 0) = 0)" : "count(*)");
  TRY(spark_query(engine->session, &scratch, sql.data, &table, err));
  for (size_t row = 0; row < table.n_rows; row++) {
    size_t column = table.n_columns - 2;
    if (table.cells[row * table.n_columns + column] == NULL) {
      whole = (struct table){ .cells = table.cells + row * table.n_columns, .n_rows = 1, .n_columns = table.n_columns };
      counts_take_casts(&layout, &whole, run);
      continue;
    }
    uint64_t file = cell_number(&table, row, column);
    if (file >= plan->n_files)
      return fail(err, ERROR_DEFECT, NOWHERE, "Spark has rows of a file that it was not given");
    records[file] = cell_number(&table, row, column + 1);
    malformed[file] = cell_number(&table, row, 1);
    run->rows.read += records[file];
  }
  run->input_records = records;
  run->malformed_records = malformed;
  return true;
}

bool spark_engine_stage(struct engine *base, const struct plan *plan, struct run *run, struct error *err)
{
  struct spark_engine *engine = spark_engine_of(base);
  engine->plan = plan;
  run->casts = arena_array(engine->arena, plan->n_columns + 1, sizeof(*run->casts));
  run->rules = arena_array(engine->arena, plan->n_rules + 1, sizeof(*run->rules));
  TRY(spark_engine_connect(engine, err) && make_place(engine, run, err));
  run->cluster = arena_printf(engine->arena, "Spark %s at %s, application %s, session %s",
                              spark_session_version(engine->session), spark_remote_name(engine->arena, &engine->remote),
                              spark_session_application(engine->session), spark_session_id(engine->session));
  engine->run = run;
  TRY(read_all(engine, plan, err));
  engine->is_staged = true;
  TRY(count_records(engine, plan, run, err));
  for (size_t i = 0; i < plan->n_sources; i++)
    if (plan->sources[i].config->format == SOURCE_PARQUET && plan->sources[i].n_files > 0)
      TRY(spark_count_parquet(engine, &plan->sources[i], run->input_records, err));
  return spark_define_rows(engine, err);
}

/* deduplication */

/* By crisol's own database, of two columns of the few. */
static bool count_losers(struct spark_engine *engine, struct arena *arena, struct table *ret_table, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  const char **paths = NULL;
  size_t count = 0;
  TRY(spark_list_parts(arena, path_join(arena, engine->place, "losers"), &paths, &count, err));
  text_buffer_add_string(&sql, "SELECT count(*), count(*) FILTER (WHERE has_null) FROM read_parquet(");
  sql_add_files(&sql, paths, count);
  text_buffer_add_char(&sql, ')');
  return database_query(arena, engine->base.database, sql.data, ret_table, err);
}

static bool remove_losers(struct spark_engine *engine, const struct plan *plan, struct run *run, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table table;
  uint64_t n_repeated = 0;
  spark_print_repeated(plan, &sql);
  TRY(spark_query_count(engine->session, sql.data, &n_repeated, err));
  if (n_repeated == 0)
    return true;
  text_buffer_clear(&sql);
  spark_print_losers(plan, &sql);
  TRY(spark_keep(engine, "losers", sql.data, err));
  TRY(count_losers(engine, &scratch, &table, err));
  run->rows.duplicates = cell_number(&table, 0, 0);
  counts_alert_null_keys(run, cell_number(&table, 0, 1));
  engine->has_losers = run->rows.duplicates > 0;
  return spark_define_rows(engine, err);
}

bool spark_engine_deduplicate(struct engine *base, const struct plan *plan, struct run *run, struct error *err)
{
  struct spark_engine *engine = spark_engine_of(base);
  TRY(plan->n_dedupe_key == 0 || remove_losers(engine, plan, run, err));
  return !stage_has_unfit(plan) || spark_find_unfit(engine, plan, run, err);
}

/* accounts */

static bool count_violations(struct spark_engine *engine, const struct stage_layout *layout, struct run *run,
                             struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct table table;
  if (layout->n_checked == 0)
    return true;
  const char *sql = arena_printf(&scratch,
                                 "SELECT place + 1, keywords, count(*) FROM (SELECT posexplode(schema) AS (place, "
                                 "keywords) FROM rows WHERE schema IS NOT NULL AND fate IN (%d, %d)) WHERE keywords <> "
                                 "0 GROUP BY ALL ORDER BY ALL",
                                 FATE_PASSED, FATE_SCHEMA_QUARANTINED);
  TRY(spark_query(engine->session, &scratch, sql, &table, err));
  counts_take_violations(layout, &table, run);
  return true;
}

bool spark_engine_account(struct engine *base, const struct plan *plan, struct run *run, struct error *err)
{
  struct spark_engine *engine = spark_engine_of(base);
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct stage_layout layout;
  struct table table;
  stage_layout_init(&scratch, plan, &layout);
  counts_print_fates(&layout, &sql);
  text_buffer_add_string(&sql, "\nFROM rows");
  TRY(spark_query(engine->session, &scratch, sql.data, &table, err));
  TRY(count_violations(engine, &layout, run, err));
  counts_take_fates(&layout, &table, run);
  return true;
}

bool spark_engine_count_passing(struct engine *base, const struct expr *expr, uint64_t *ret_passed, uint64_t *ret_total,
                                struct error *err)
{
  struct spark_engine *engine = spark_engine_of(base);
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  const struct expr_scope scope = spark_scope(&scratch, engine->plan);
  struct table table;
  text_buffer_add_string(&sql, "SELECT count(*), count_if((");
  spark_print(engine, &scope, expr, &sql);
  text_buffer_printf(&sql, ") IS %s) FROM rows WHERE fate NOT IN (%d, %d)",
                     expr_type(expr)->id == TYPE_BOOLEAN ? "TRUE" : "NOT NULL", FATE_MALFORMED, FATE_CAST_QUARANTINED);
  TRY(spark_query(engine->session, &scratch, sql.data, &table, err));
  *ret_total = cell_number(&table, 0, 0);
  *ret_passed = cell_number(&table, 0, 1);
  return true;
}

/* samples */

static void print_text(const struct type *type, const char *sql, const char *zone, struct text_buffer *out)
{
  (void)type, (void)zone; /* the session's */
  text_buffer_printf(out, "CAST(%s AS STRING)", sql);
}

static const struct sample_dialect dialect = { .division = "DIV", .text_type = "STRING", .print_text = print_text };

bool spark_engine_sample(struct engine *base, struct arena *arena, const struct plan *plan, enum sample_kind kind,
                         size_t index, struct sample_row *ret_rows, size_t *ret_count, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table table;
  sample_print_query(arena, plan, kind, index, *ret_count, &dialect, &sql);
  TRY(spark_query(spark_engine_of(base)->session, arena, sql.data, &table, err));
  sample_take_rows(&table, kind, ret_rows, ret_count);
  return true;
}
