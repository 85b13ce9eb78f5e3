/* Gold: its rows, and the partitions that they are of, into a table that is attached here or out as a stream. */
#include "duckdb/copy_binary.h"
#include "engine/duckdb/engine_internal.h"

bool duckdb_engine_copy(struct duckdb_engine *engine, const char *sql, const struct copy_stream *stream,
                        uint64_t *ret_rows, struct error *err)
{
  struct database *database = engine->copy_database != NULL ? engine->copy_database : engine->database;
  return database_copy_binary(database, sql, stream->types, stream->n_types, stream->write, stream->context, ret_rows,
                              err);
}

static bool is_wanted(const struct gold_target *target, size_t column)
{
  return target->wanted == NULL || target->wanted[column];
}

static bool copy_gold(struct duckdb_engine *engine, const struct plan *plan, const struct run *run,
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
  return duckdb_engine_copy(engine, sql.data, &target->stream, ret_rows, err);
}

bool duckdb_engine_load_gold(struct engine *base, const struct plan *plan, const struct run *run,
                             const struct gold_target *target, uint64_t *ret_rows, struct error *err)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  if (target->table == NULL)
    return copy_gold(engine, plan, run, target, ret_rows, err);
  if (target->is_new)
    text_buffer_printf(&sql, "CREATE OR REPLACE TEMP TABLE %s AS\n", target->table);
  else
    text_buffer_printf(&sql, "INSERT INTO %s ", target->table);
  for (size_t i = 0; i < plan->n_gold_columns && !target->is_new; i++) {
    text_buffer_add_string(&sql, i == 0 ? "(" : ", ");
    sql_add_name(&sql, plan->gold_columns[i].name);
  }
  text_buffer_add_string(&sql, target->is_new ? "" : ")\n");
  duckdb_engine_print_gold_query(plan, run, &sql);
  return database_query_count(engine->database, sql.data, ret_rows, err);
}

bool duckdb_engine_send_partitions(struct engine *base, const struct plan *plan, const struct copy_stream *stream,
                                   uint64_t *ret_rows, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  for (size_t i = 0; i < plan->n_partitions; i++)
    text_buffer_printf(&sql, "%sp%zu", i == 0 ? "SELECT " : ", ", i);
  text_buffer_add_string(&sql, " FROM partitions");
  return duckdb_engine_copy(duckdb_engine_of(base), sql.data, stream, ret_rows, err);
}
