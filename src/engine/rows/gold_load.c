#include "engine/rows/gold_load.h"

#include "duckdb/copy_binary.h"

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

void gold_print_load(const struct plan *plan, const struct gold_target *target, const char *query,
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

void gold_print_partitions(const struct plan *plan, struct text_buffer *sql)
{
  for (size_t i = 0; i < plan->n_partitions; i++)
    text_buffer_printf(sql, "%sp%zu", i == 0 ? "SELECT " : ", ", i);
  text_buffer_add_string(sql, " FROM partitions");
}
