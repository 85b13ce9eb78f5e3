#include "engine/rows/gold_fit.h"

#include "duckdb/functions/gold.h"

bool gold_has_limits(const struct plan_gold_column *column)
{
  const struct plan_gold_limits *limits = &column->limits;
  return limits->refuses_null || limits->refuses_nul || limits->is_json || limits->is_time;
}

/* PostgreSQL's time begins with the Julian calendar, 4714-11-24 BC; timestamps end where the engine's do. */
static void print_time_bounds(const struct plan_gold_column *column, const char *value, struct text_buffer *out)
{
  static const char beginning[] = "-210866803200000000";
  text_buffer_printf(out, "NOT isfinite(%s) OR %s < ", value, value);
  if (column->type->id == TYPE_DATE)
    text_buffer_printf(out, "CAST('4714-11-24 (BC)' AS DATE) OR %s > CAST('5874897-12-31' AS DATE)", value);
  else
    text_buffer_printf(out, "%s(%s)", column->type->id == TYPE_TIMESTAMP ? "make_timestamptz" : "make_timestamp",
                       beginning);
}

struct unfit {
  struct text_buffer any, list;
  struct arena arena;
};

static void unfit_done(struct unfit *unfit)
{
  text_buffer_done(&unfit->any);
  text_buffer_done(&unfit->list);
  arena_done(&unfit->arena);
}

/* A reason, with the condition under which a row has it. */
static void add_reason(struct unfit *unfit, const struct plan_gold_column *column, const char *why,
                       const char *condition)
{
  text_buffer_printf(&unfit->any, "%scoalesce(%s, FALSE)", unfit->any.length == 0 ? "" : "\n      OR ", condition);
  text_buffer_printf(&unfit->list, "%s\n      CASE WHEN %s THEN ", unfit->list.length == 0 ? "" : ",", condition);
  sql_add_string(&unfit->list, text_from(arena_printf(&unfit->arena, "gold:%s:%s", column->name, why)));
  text_buffer_add_string(&unfit->list, " END");
}

static void add_json_reasons(struct unfit *unfit, const struct plan *plan, const struct plan_gold_column *column,
                             const char *value)
{
  static const struct {
    enum gold_fault fault;
    const char *why;
  } faults[] = { { GOLD_FAULT_NUL, "nul" }, { GOLD_FAULT_JSON, "json" }, { GOLD_FAULT_ENCODING, "encoding" } };
  SCOPED(text_buffer_done) struct text_buffer call = { 0 };
  text_buffer_printf(&call, "crisol_json_fault(%s, ", value);
  sql_add_string(&call, text_from(plan->gold_encoding));
  text_buffer_add_char(&call, ')');
  text_buffer_printf(&unfit->any, "%scoalesce(%s <> 0, FALSE)", unfit->any.length == 0 ? "" : "\n      OR ", call.data);
  text_buffer_printf(&unfit->list, "%s\n      CASE %s", unfit->list.length == 0 ? "" : ",", call.data);
  for (size_t i = 0; i < ARRAY_LENGTH(faults); i++) {
    text_buffer_printf(&unfit->list, " WHEN %d THEN ", faults[i].fault);
    sql_add_string(&unfit->list, text_from(arena_printf(&unfit->arena, "gold:%s:%s", column->name, faults[i].why)));
  }
  text_buffer_add_string(&unfit->list, " END");
}

static void add_reasons(struct unfit *unfit, const struct plan *plan, const struct plan_gold_column *column,
                        gold_value_printer *print_value)
{
  const struct plan_gold_limits *limits = &column->limits;
  SCOPED(text_buffer_done) struct text_buffer value = { 0 }, condition = { 0 };
  print_value(column, (size_t)(column - plan->gold_columns), &value);
  if (limits->refuses_null)
    add_reason(unfit, column, "null", arena_printf(&unfit->arena, "(%s) IS NULL", value.data));
  if (limits->is_json) {
    add_json_reasons(unfit, plan, column, value.data);
    return;
  }
  if (limits->refuses_nul)
    add_reason(unfit, column, "nul", arena_printf(&unfit->arena, "contains(%s, chr(0))", value.data));
  bool is_limited = plan->gold_encoding[0] != '\0' && strcmp(plan->gold_encoding, "UTF8") != 0 &&
                    strcmp(plan->gold_encoding, "SQL_ASCII") != 0;
  if (limits->refuses_nul && is_limited)
    add_reason(unfit, column, "encoding",
               arena_printf(&unfit->arena, "NOT crisol_fits_encoding(%s, '%s')", value.data, plan->gold_encoding));
  if (limits->is_time) {
    print_time_bounds(column, value.data, &condition);
    add_reason(unfit, column, "range", condition.data);
  }
}

void gold_print_unfit(const struct plan *plan, gold_value_printer *print_value, struct text_buffer *out)
{
  SCOPED(unfit_done) struct unfit unfit = { .any = { 0 } };
  for (size_t i = 0; i < plan->n_gold_columns; i++)
    if (gold_has_limits(&plan->gold_columns[i]))
      add_reasons(&unfit, plan, &plan->gold_columns[i], print_value);
  if (unfit.any.length == 0)
    text_buffer_add_string(out, "CAST(NULL AS VARCHAR[])");
  else
    text_buffer_printf(out, "CASE WHEN %s THEN list_filter([%s], lambda reason: reason IS NOT NULL) END",
                       unfit.any.data, unfit.list.data);
}
