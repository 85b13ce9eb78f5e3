/* Gold: Spark writes its rows as Parquet, and crisol's own database reads them from there: into the transaction that
 * the ledger's rows are part of, with the connection and the password that crisol has. */
#include "engine/spark/engine_internal.h"

#include "base/file.h"
#include "engine/rows/gold_fit.h"
#include "engine/rows/gold_load.h"

#include <inttypes.h>

/* the rows */

bool spark_stage_gold(struct spark_engine *engine, const struct plan *plan, const struct run *run, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  const char **paths = NULL;
  size_t count = 0;
  if (engine->has_gold)
    return true;
  spark_print_gold(engine, plan, run, &sql);
  const char *directory = path_join(&scratch, engine->place, "gold");
  TRY(spark_write_query(engine, sql.data, directory, "snappy", NULL, err));
  TRY(spark_list_parts(&scratch, directory, &paths, &count, err));
  text_buffer_clear(&sql);
  text_buffer_add_string(&sql, "CREATE TABLE spark_unfit (file BIGINT, position BIGINT);\n"
                               "CREATE VIEW spark_gold AS SELECT * FROM read_parquet(");
  sql_add_files(&sql, paths, count);
  text_buffer_add_char(&sql, ')');
  TRY(database_execute(engine->base.database, sql.data, err));
  engine->has_gold = true;
  return true;
}

static void print_sent(struct text_buffer *sql)
{
  text_buffer_add_string(sql, "(SELECT * FROM spark_gold ANTI JOIN spark_unfit USING (file, position))");
}

static void print_gold_value(const struct plan_gold_column *column, size_t index, struct text_buffer *sql)
{
  text_buffer_printf(sql, column->json_column != NO_COLUMN ? "TRY_CAST(g%zu AS JSON)" : "g%zu", index);
}

static void print_from(const struct plan *plan, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "\nFROM ");
  print_sent(sql);
  bool is_first = true;
  for (size_t i = 0; i < plan->n_conditions; i++) {
    if (plan->conditions[i].config->is_warning)
      continue;
    text_buffer_printf(sql, "%sb%zu", is_first ? "\nWHERE " : " AND ", i);
    is_first = false;
  }
}

static void print_gold_query(const struct plan *plan, const char *before, struct text_buffer *sql)
{
  gold_print_query(plan, before, print_gold_value, sql);
  print_from(plan, sql);
}

void spark_engine_print_placed_gold_query(const struct plan *plan, const struct run *run, struct text_buffer *sql)
{
  (void)run;
  print_gold_query(plan, "file AS crisol_file, position AS crisol_position,\n  ", sql);
}

void spark_engine_print_key_query(const struct plan *plan, const struct run *run, struct text_buffer *sql)
{
  (void)run;
  gold_print_keys(plan, print_gold_value, sql);
  print_from(plan, sql);
}

/* what gold does not take */

/* Rows leave: Spark is told by a file beside its own, and what is sent leaves them out. `reasons` is SQL over `met`. */
static bool let_leave(struct spark_engine *engine, const char *reasons, const char *met, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  const char *directory = path_join(&scratch, engine->place, "unfit");
  TRY(directory_create(directory, err));
  text_buffer_printf(&sql,
                     "COPY (SELECT CAST(file AS INTEGER) AS file, CAST(position AS BIGINT) AS position, %s AS unfit "
                     "FROM %s) TO ",
                     reasons, met);
  sql_add_string(&sql,
                 text_from(path_join(&scratch, directory, arena_printf(&scratch, "%zu.parquet", engine->n_unfit))));
  text_buffer_printf(&sql, " (FORMAT parquet);\nINSERT INTO spark_unfit SELECT file, position FROM %s", met);
  TRY(database_execute(engine->base.database, sql.data, err));
  engine->n_unfit++;
  TRY(spark_view_directory(engine, "unfit_files", directory, err));
  TRY(spark_execute(engine->session,
                    "CREATE OR REPLACE TEMPORARY VIEW unfit_rows AS SELECT file, position, first(unfit) AS unfit FROM "
                    "unfit_files GROUP BY file, position",
                    err));
  return spark_define_rows(engine, err);
}

static void print_fit_value(const struct plan_gold_column *column, size_t index, struct text_buffer *out)
{
  bool is_typed_json = column->limits.is_json && column->json_column == NO_COLUMN;
  text_buffer_printf(out, is_typed_json ? "CAST(to_json(g%zu) AS VARCHAR)" : "g%zu", index);
}

bool spark_find_unfit(struct spark_engine *engine, const struct plan *plan, const struct run *run, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  uint64_t count = 0;
  TRY(spark_stage_gold(engine, plan, run, err));
  text_buffer_add_string(&sql, "CREATE OR REPLACE TEMP TABLE spark_found AS SELECT * FROM (SELECT file, position, ");
  gold_print_unfit(plan, print_fit_value, &sql);
  text_buffer_add_string(&sql, " AS unfit FROM spark_gold) WHERE unfit IS NOT NULL");
  TRY(database_query_count(engine->base.database, sql.data, &count, err));
  return count == 0 || let_leave(engine, "unfit", "spark_found", err);
}

bool spark_engine_quarantine_noted(struct engine *base, const char *column, const char *why, uint64_t *ret_count,
                                   struct error *err)
{
  struct spark_engine *engine = spark_engine_of(base);
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer reason = { 0 };
  TRY(database_query_count(engine->base.database, "SELECT count(*) FROM gold_conflicts", ret_count, err));
  if (*ret_count == 0)
    return true;
  text_buffer_add_char(&reason, '[');
  sql_add_string(&reason, text_from(arena_printf(&scratch, "gold:%s:%s", column, why)));
  text_buffer_add_char(&reason, ']');
  return let_leave(engine, reason.data, "gold_conflicts", err);
}

/* the load */

bool spark_engine_count_conditions(struct engine *base, const struct plan *plan, struct run *run, struct error *err)
{
  struct spark_engine *engine = spark_engine_of(base);
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table table;
  TRY(spark_stage_gold(engine, plan, run, err));
  counts_print_conditions(plan, &sql);
  text_buffer_add_string(&sql, "\nFROM ");
  print_sent(&sql);
  TRY(database_query(&scratch, engine->base.database, sql.data, &table, err));
  if (cell_number(&table, 0, 0) != run->rows.passed)
    return fail(err, ERROR_DEFECT, NOWHERE, "Spark has written %" PRIu64 " rows for gold, but %" PRIu64 " passed",
                cell_number(&table, 0, 0), run->rows.passed);
  counts_take_conditions(plan, &table, run);
  return true;
}

bool spark_engine_load_gold(struct engine *base, const struct plan *plan, const struct run *run,
                            const struct gold_target *target, uint64_t *ret_rows, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer query = { 0 };
  TRY(spark_stage_gold(spark_engine_of(base), plan, run, err));
  print_gold_query(plan, "", &query);
  return gold_load_query(base, plan, target, query.data, ret_rows, err);
}
