/* What came of a case: the rows of silver, the quarantine and gold as texts, the fates of records. */
#include "pipeline/cases_internal.h"

static const char *const relations[] = {
  [CASE_SILVER] = OUTCOME_SILVER, [CASE_QUARANTINE] = OUTCOME_QUARANTINE, [CASE_GOLD] = OUTCOME_GOLD
};

/* `c` is the column. */
static const char *text_expression(const struct type *type)
{
  if (type->id == TYPE_STRING)
    return "c";
  if (type->id == TYPE_BINARY)
    return "hex(c)";
  return type_is_nested(type) ? "to_json(c)" : "CAST(c AS STRING)";
}

static bool print_expression(const struct trial *trial, const char *spark, const struct type *type, const char *column,
                             struct text_buffer *sql, struct error *err)
{
  const struct expr_column scope_column = { .name = "c", .type = type, .sql = column };
  const struct expr_scope scope = { .columns = &scope_column,
                                    .n_columns = 1,
                                    .timezone = trial->loaded->dataset->timezone };
  struct expr *expr = NULL;
  TRY(expr_compile(trial->arena, (struct expr_text){ .text = text_from(spark), .place = NOWHERE }, &scope, &expr, NULL,
                   err));
  expr_print_duckdb(expr, sql);
  return true;
}

static bool is_gold_json(const struct plan *plan, const char *name)
{
  for (size_t i = 0; i < plan->n_gold_columns; i++)
    if (strcmp(plan->gold_columns[i].name, name) == 0)
      return plan->gold_columns[i].json_column != NO_COLUMN;
  return false;
}

static bool describe(struct trial *trial, enum case_outcome outcome, struct found *found, struct error *err)
{
  const char **names = NULL;
  const struct type **types = NULL;
  size_t count = 0;
  const char *query = arena_printf(trial->arena, "SELECT * FROM %s", relations[outcome]);
  TRY(database_describe(trial->arena, trial->database, query, &names, &types, &count, err));
  found->columns = arena_array(trial->arena, count + 1, sizeof(*found->columns));
  found->n_columns = count;
  for (size_t i = 0; i < count; i++)
    found->columns[i] = (struct found_column){
      .name = names[i],
      .type = types[i],
      .is_json = type_is_nested(types[i]) || (outcome == CASE_GOLD && is_gold_json(&trial->plan, names[i])),
      .is_private = dataset_hides(trial->loaded->dataset, names[i]),
    };
  return true;
}

bool cases_find_rows(struct trial *trial, enum case_outcome outcome, struct found *ret_found, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct found found = { .what = case_outcome_names[outcome] };
  TRY(describe(trial, outcome, &found, err));
  text_buffer_add_string(&sql, "SELECT ");
  for (size_t i = 0; i < found.n_columns; i++) {
    const struct found_column *column = &found.columns[i];
    SCOPED(text_buffer_done) struct text_buffer name = { 0 };
    text_buffer_add_string(&sql, i == 0 ? "" : ", ");
    sql_add_name(&name, column->name);
    if (column->is_json && !type_is_nested(column->type))
      text_buffer_printf(&sql, "CAST(%s AS VARCHAR)", name.data);
    else
      TRY(print_expression(trial, text_expression(column->type), column->type,
                           text_copy(trial->arena, text_buffer_text(&name)), &sql, err));
  }
  text_buffer_printf(&sql, " FROM %s", relations[outcome]);
  TRY(database_query(trial->arena, trial->database, sql.data, &found.table, err));
  *ret_found = found;
  return true;
}

bool cases_read_fates(struct trial *trial, struct table *ret_fates, struct error *err)
{
  return database_query(trial->arena, trial->database,
                        "SELECT CAST(id AS VARCHAR), CAST(file AS VARCHAR), CAST(position AS VARCHAR), "
                        "CAST(fate AS VARCHAR) FROM " OUTCOME_FATES,
                        ret_fates, err);
}

bool cases_normalize(struct trial *trial, const struct type *type, const char *const *texts, size_t count,
                     char **ret_texts, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 }, expression = { 0 };
  struct table table;
  if (count == 0)
    return true;
  text_buffer_printf(&expression, "CAST(CAST(c AS %s) AS STRING)", type_ddl(trial->arena, type));
  text_buffer_add_string(&sql, "SELECT ");
  TRY(print_expression(trial, text_copy(trial->arena, text_buffer_text(&expression)), type_simple(TYPE_STRING), "c",
                       &sql, err));
  text_buffer_add_string(&sql, " FROM (VALUES ");
  for (size_t i = 0; i < count; i++) {
    text_buffer_printf(&sql, "%s(%zu, CAST(", i == 0 ? "" : ", ", i);
    if (texts[i] == NULL)
      text_buffer_add_string(&sql, "NULL");
    else
      sql_add_string(&sql, text_from(texts[i]));
    text_buffer_add_string(&sql, " AS VARCHAR))");
  }
  text_buffer_add_string(&sql, ") AS expected(i, c) ORDER BY i");
  TRY(database_query(trial->arena, trial->database, sql.data, &table, err));
  for (size_t i = 0; i < count; i++)
    ret_texts[i] = table.cells[i];
  return true;
}
