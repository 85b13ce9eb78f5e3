/* Gold: its rows, and the partitions that they are of, into a table that is attached here or out as a stream. */
#include "duckdb/copy_binary.h"
#include "engine/duckdb/engine_internal.h"

bool duckdb_engine_copy_binary(struct engine *base, const char *sql, const struct copy_stream *stream,
                               uint64_t *ret_rows, struct error *err)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  struct database *database = engine->copy_database != NULL ? engine->copy_database : engine->database;
  return database_copy_binary(database, sql, stream, ret_rows, err);
}

static bool is_wanted(const struct gold_target *target, size_t column)
{
  return target->wanted == NULL || target->wanted[column];
}

static bool copy_gold(struct engine *engine, const struct plan *plan, const struct run *run,
                      const struct gold_target *target, uint64_t *ret_rows, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  const char *separator = "SELECT ";
  for (size_t i = 0; i < plan->n_gold_columns; i++) {
    const struct plan_gold_column *column = &plan->gold_columns[i];
    if (!is_wanted(target, i))
      continue;
    text_buffer_add_string(&sql, separator);
    copy_add_sent(column->name, column->type, column->json_column != NO_COLUMN, &sql);
    separator = ", ";
  }
  text_buffer_add_string(&sql, " FROM (");
  duckdb_engine_print_gold_query(plan, run, &sql);
  text_buffer_add_char(&sql, ')');
  return duckdb_engine_copy_binary(engine, sql.data, &target->stream, ret_rows, err);
}

bool duckdb_engine_load_gold(struct engine *base, const struct plan *plan, const struct run *run,
                             const struct gold_target *target, uint64_t *ret_rows, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  if (target->table == NULL)
    return copy_gold(base, plan, run, target, ret_rows, err);
  if (target->is_new) {
    text_buffer_printf(&sql, "CREATE OR REPLACE TEMP TABLE %s AS\n", target->table);
  } else {
    text_buffer_printf(&sql, "INSERT INTO %s ", target->table);
    plan_add_gold_columns(plan, &sql);
    text_buffer_add_char(&sql, '\n');
  }
  duckdb_engine_print_gold_query(plan, run, &sql);
  return database_query_count(duckdb_engine_of(base)->database, sql.data, ret_rows, err);
}

bool duckdb_engine_send_partitions(struct engine *base, const struct plan *plan, const struct copy_stream *stream,
                                   uint64_t *ret_rows, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  for (size_t i = 0; i < plan->n_partitions; i++)
    text_buffer_printf(&sql, "%sp%zu", i == 0 ? "SELECT " : ", ", i);
  text_buffer_add_string(&sql, " FROM partitions");
  return duckdb_engine_copy_binary(base, sql.data, stream, ret_rows, err);
}
