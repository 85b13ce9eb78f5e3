/* The row of the engine of Spark; its life, and what is not of a plan. */
#include "engine/spark/driver.h"

#include "engine/rows/gold_keys.h"
#include "engine/rows/gold_load.h"
#include "engine/rows/lake_files.h"
#include "engine/rows/local.h"
#include "engine/rows/statement.h"
#include "engine/spark/engine_internal.h"
#include "engine/spark/job.h"

static bool open_engine(struct arena *arena, const struct engine_options *options, struct engine **ret_engine,
                        struct error *err)
{
  struct spark_engine *engine = arena_alloc(arena, sizeof(*engine));
  *engine = (struct spark_engine){
    .base = { .driver = &spark_engine, .database = options->database, .instant_us = options->instant_us },
    .arena = arena,
    .drift = { .arena = arena }
  };
  const struct spark_settings settings = { .remote = options->env->spark.remote.value,
                                           .token = options->env->spark.token.value,
                                           .place = options->env->spark.remote.place };
  TRY(spark_remote_find(arena, &settings, &engine->remote, err));
  engine->remote.go_on = options->go_on;
  pthread_mutex_init(&engine->session_lock, NULL);
  *ret_engine = &engine->base;
  return true;
}

static void close_engine(struct engine *base)
{
  struct spark_engine *engine = spark_engine_of(base);
  database_close(&engine->base.copy_database);
  pthread_mutex_lock(&engine->session_lock);
  struct spark_session *session = engine->session;
  engine->session = NULL;
  pthread_mutex_unlock(&engine->session_lock);
  spark_session_close(&session);
  for (size_t i = 0; engine->readers != NULL && i < engine->plan->n_sources; i++)
    reader_close(&engine->readers[i]);
  pthread_mutex_destroy(&engine->session_lock);
}

static const struct drift *drift(const struct engine *base)
{
  return &spark_engine_of_const(base)->drift;
}

static void check(const struct engine *base, const struct plan *plan, struct problem_list *problems)
{
  (void)base;
  spark_job_check(plan, problems);
  spark_check_parquet(plan, problems);
  spark_check_config(plan, problems);
}

static void print_sql(struct arena *arena, const struct plan *plan, struct text_buffer *out)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  const struct run run = { .id = "<run id>" };
  const struct spark_engine engine = { .arena = arena, .plan = plan, .has_losers = plan->n_dedupe_key > 0 };
  spark_print_stage(&engine, plan, &sql);
  statement_add("read, standardize, judge: source_0, ... are crisol's own readers on the executors", &sql, out);
  if (plan->n_dedupe_key > 0) {
    spark_print_losers(plan, &sql);
    statement_add("deduplicate", &sql, out);
  }
  spark_print_rows(&engine, &sql);
  statement_add("the rows that are left", &sql, out);
  if (plan->n_partitions > 0) {
    spark_print_partitions(&engine, plan, &sql);
    statement_add("partitions", &sql, out);
  }
  spark_print_silver(plan, &run, false, &sql);
  statement_add("silver", &sql, out);
  spark_print_quarantine(&engine, &run, FATE_DROPPED, &sql);
  statement_add("quarantine", &sql, out);
  if (!plan->dataset->gold.enabled)
    return;
  spark_print_gold(&engine, plan, &run, &sql);
  statement_add("gold", &sql, out);
}

static bool refuse_to_look(struct error *err)
{
  fail(err, ERROR_CONFIG, NOWHERE, "records are looked at with engine: duckdb only");
  return add_hint(err, "Leave --engine out: the records are the same.");
}

static bool keep_records(struct engine *base, const struct plan *plan, const char *name, uint64_t limit,
                         struct error *err)
{
  (void)base, (void)plan, (void)name, (void)limit;
  return refuse_to_look(err);
}

static bool summarize(struct engine *base, struct arena *arena, const struct plan *plan, uint64_t limit,
                      struct record_summary *ret_summary, struct error *err)
{
  (void)base, (void)arena, (void)plan, (void)limit, (void)ret_summary;
  return refuse_to_look(err);
}

static bool name_outcome(struct engine *base, const struct plan *plan, const struct run *run, unsigned outcomes,
                         struct error *err)
{
  (void)base, (void)plan, (void)run, (void)outcomes;
  return fail(err, ERROR_CONFIG, NOWHERE, "cases are tried with engine: duckdb only");
}

static void progress(const struct engine *base, struct run_progress *ret_progress)
{
  struct spark_engine *engine = spark_engine_of((struct engine *)(uintptr_t)base);
  *ret_progress = (struct run_progress){ .is_of_tasks = true };
  pthread_mutex_lock(&engine->session_lock);
  if (engine->session != NULL)
    spark_progress(engine->session, &ret_progress->done, &ret_progress->total);
  pthread_mutex_unlock(&engine->session_lock);
}

static void interrupt(struct engine *base)
{
  struct spark_engine *engine = spark_engine_of(base);
  pthread_mutex_lock(&engine->session_lock);
  if (engine->session != NULL)
    spark_session_interrupt(engine->session);
  pthread_mutex_unlock(&engine->session_lock);
  database_interrupt(engine->base.database);
}

/* A constant is the same on both engines, and the embedded one answers in milliseconds. */
static bool evaluate(struct arena *arena, struct expr_text text, const char *zone, char **ret_line,
                     const char **ret_error_class, struct error *err)
{
  (void)arena, (void)text, (void)zone, (void)ret_line;
  *ret_error_class = NULL;
  fail(err, ERROR_CONFIG, NOWHERE, "eval answers with engine: duckdb only");
  return add_hint(err, "Leave --engine out: both engines give Spark's answer.");
}

const struct engine_driver spark_engine = {
  .name = "spark",
  .loads_beside = false,
  .open = open_engine,
  .close = close_engine,
  .open_sources = spark_engine_open_sources,
  .drift = drift,
  .check = check,
  .print_sql = print_sql,
  .keep_records = keep_records,
  .summarize = summarize,
  .stage = spark_engine_stage,
  .name_outcome = name_outcome,
  .deduplicate = spark_engine_deduplicate,
  .account = spark_engine_account,
  .sample = spark_engine_sample,
  .count_passing = spark_engine_count_passing,
  .find_partitions = spark_engine_find_partitions,
  .find_inputs = spark_engine_find_inputs,
  .write_silver = spark_engine_write_silver,
  .write_quarantine = spark_engine_write_quarantine,
  .write_rejects = spark_engine_write_rejects,
  .read_lake_columns = lake_files_read_columns,
  .count_lake_rows = lake_files_count_rows,
  .count_conditions = spark_engine_count_conditions,
  .load_gold = spark_engine_load_gold,
  .send_partitions = gold_send_partitions,
  .print_placed_gold_query = spark_engine_print_placed_gold_query,
  .print_key_query = spark_engine_print_key_query,
  .keep_rows = local_keep_rows,
  .drop_rows = local_drop_rows,
  .find_double_keys = gold_keys_find_doubles,
  .note_conflicts = gold_keys_note,
  .quarantine_noted = spark_engine_quarantine_noted,
  .number_partitions = spark_engine_number_partitions,
  .connect_copy = local_connect_copy,
  .copy_binary = local_copy_binary,
  .progress = progress,
  .interrupt = interrupt,
  .interrupt_copy = local_interrupt_copy,
  .evaluate = evaluate,
};
