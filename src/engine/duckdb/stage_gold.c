/* The stage's look at what goes to gold: values that its table does not take, each a reason of the quarantine. */
#include "engine/duckdb/stage.h"

#include "duckdb/functions/gold.h"

static bool has_limits(const struct plan_gold_column *column)
{
  const struct plan_gold_limits *limits = &column->limits;
  return limits->refuses_null || limits->refuses_nul || limits->is_json || limits->is_time;
}

bool stage_has_unfit(const struct plan *plan)
{
  if (plan->n_gold_keys > 0 || plan->gold_bounds_sizes)
    return true;
  for (size_t i = 0; i < plan->n_gold_columns; i++)
    if (has_limits(&plan->gold_columns[i]))
      return true;
  return false;
}

/* An added column may be made from partitions and from what is the same in all rows. */
void stage_print_derived(const struct plan *plan, struct text_buffer *out)
{
  bool is_needed = false;
  for (size_t i = 0; i < plan->n_gold_columns; i++)
    is_needed = is_needed || (plan->gold_columns[i].column == NO_COLUMN && has_limits(&plan->gold_columns[i]));
  if (!is_needed)
    return;
  for (size_t i = 0; i < plan->n_partitions; i++) {
    text_buffer_add_string(out, ",\n    ");
    expr_print_duckdb(plan->partitions[i].expr, out);
    text_buffer_printf(out, " AS p%zu", i);
  }
  text_buffer_add_string(out, ",\n    '' AS run_id, make_timestamptz(0) AS ingestion_ts");
}

/* The value, as it is sent: JSON as its text. */
static void print_value(const struct plan_gold_column *column, struct text_buffer *out)
{
  bool is_typed_json = column->limits.is_json && column->json_column == NO_COLUMN;
  if (column->json_column != NO_COLUMN) {
    text_buffer_printf(out, "r%d", column->json_column);
    return;
  }
  text_buffer_add_string(out, is_typed_json ? "CAST(to_json(" : "");
  expr_print_duckdb(column->expr, out);
  text_buffer_add_string(out, is_typed_json ? ") AS VARCHAR)" : "");
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

static void add_reasons(struct unfit *unfit, const struct plan *plan, const struct plan_gold_column *column)
{
  const struct plan_gold_limits *limits = &column->limits;
  SCOPED(text_buffer_done) struct text_buffer value = { 0 }, condition = { 0 };
  print_value(column, &value);
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

void stage_print_unfit(const struct plan *plan, struct text_buffer *out)
{
  SCOPED(unfit_done) struct unfit unfit = { .any = { 0 } };
  for (size_t i = 0; i < plan->n_gold_columns; i++)
    if (has_limits(&plan->gold_columns[i]))
      add_reasons(&unfit, plan, &plan->gold_columns[i]);
  if (unfit.any.length == 0)
    text_buffer_add_string(out, ",\n    CAST(NULL AS VARCHAR[]) AS unfit");
  else
    text_buffer_printf(out,
                       ",\n    CASE WHEN %s THEN list_filter([%s], lambda reason: reason IS NOT NULL) END AS unfit",
                       unfit.any.data, unfit.list.data);
}
