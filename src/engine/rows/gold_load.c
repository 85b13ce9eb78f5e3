#include "engine/rows/gold_load.h"

#include "duckdb/copy_binary.h"
#include "engine/rows/local.h"

static void print_copied(const struct plan *plan, const struct gold_target *target, const char *query,
                         struct text_buffer *sql)
{
  const char *separator = "SELECT ";
  for (size_t i = 0; i < plan->n_gold_columns; i++) {
    const struct plan_gold_column *column = &plan->gold_columns[i];
    if (target->wanted != NULL && !target->wanted[i])
      continue;
    text_buffer_add_string(sql, separator);
    copy_add_sent(column->name, column->type, column->json_column != NO_COLUMN, sql);
    separator = ", ";
  }
  text_buffer_printf(sql, " FROM (%s)", query);
}

static void print_load(const struct plan *plan, const struct gold_target *target, const char *query,
                       struct text_buffer *sql)
{
  if (target->table == NULL) {
    print_copied(plan, target, query, sql);
    return;
  }
  if (target->is_new) {
    text_buffer_printf(sql, "CREATE OR REPLACE TEMP TABLE %s AS\n", target->table);
  } else {
    text_buffer_printf(sql, "INSERT INTO %s ", target->table);
    plan_add_gold_columns(plan, sql);
    text_buffer_add_char(sql, '\n');
  }
  text_buffer_add_string(sql, query);
}

bool gold_load_query(struct engine *engine, const struct plan *plan, const struct gold_target *target,
                     const char *query, uint64_t *ret_rows, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  print_load(plan, target, query, &sql);
  if (target->table == NULL)
    return local_copy_binary(engine, sql.data, &target->stream, ret_rows, err);
  return database_query_count(engine->database, sql.data, ret_rows, err);
}

bool gold_send_partitions(struct engine *engine, const struct plan *plan, const struct copy_stream *stream,
                          uint64_t *ret_rows, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  for (size_t i = 0; i < plan->n_partitions; i++)
    text_buffer_printf(&sql, "%sp%zu", i == 0 ? "SELECT " : ", ", i);
  text_buffer_add_string(&sql, " FROM partitions");
  return local_copy_binary(engine, sql.data, stream, ret_rows, err);
}

void gold_print_query(const struct plan *plan, const char *before, gold_value_printer *print_value,
                      struct text_buffer *sql)
{
  text_buffer_printf(sql, "SELECT %s", before);
  for (size_t i = 0; i < plan->n_gold_columns; i++) {
    text_buffer_add_string(sql, i > 0 ? ",\n  " : "");
    print_value(&plan->gold_columns[i], i, sql);
    text_buffer_add_string(sql, " AS ");
    sql_add_name(sql, plan->gold_columns[i].name);
  }
}

void gold_print_keys(const struct plan *plan, gold_value_printer *print_value, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "SELECT CAST(file AS BIGINT) AS file, CAST(position AS BIGINT) AS position");
  for (size_t i = 0; i < plan->n_gold_columns; i++) {
    const struct plan_gold_column *column = &plan->gold_columns[i];
    bool is_text = column->limits.is_json || column->type->id == TYPE_VOID;
    bool is_nested = is_text && column->json_column == NO_COLUMN && column->type->id != TYPE_VOID;
    if (!plan_is_gold_key(plan, i))
      continue;
    text_buffer_add_string(sql, is_nested ? ",\n  CAST(to_json(" : is_text ? ",\n  CAST(" : ",\n  ");
    print_value(column, i, sql);
    text_buffer_printf(sql, "%s AS k%zu", is_nested ? ") AS VARCHAR)" : is_text ? " AS VARCHAR)" : "", i);
  }
}
