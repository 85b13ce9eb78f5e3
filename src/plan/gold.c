/* The gold table of a plan: its columns, their types and what fills them, and the business rules. */
#include "plan/plan_internal.h"

/* The names that gold may exclude: silver's columns, partition columns and the technical ones. */
static bool is_excluded(const struct dataset *dataset, const char *name)
{
  for (size_t i = 0; i < dataset->gold.exclude_columns.count; i++)
    if (text_equal_nocase(text_from(dataset->gold.exclude_columns.items[i].value), text_from(name)))
      return true;
  return false;
}

static bool fits_int(const struct schema_property *property)
{
  return property->is_integer && property->has_minimum && property->has_maximum && property->minimum >= INT32_MIN &&
         property->maximum <= INT32_MAX;
}

static void describe_column(const struct plan *plan, struct plan_gold_column *gold, int index)
{
  struct plan_column *column = &plan->columns[index];
  if (column->property == NULL)
    return;
  /* Under `flexible` a row that breaks the schema is loaded all the same. */
  bool is_guaranteed = plan->dataset->schema_mode == SCHEMA_STRICT;
  gold->description = column->property->description;
  gold->is_required = is_guaranteed && column->property->is_required && !column->property->is_nullable;
  gold->fits_int = is_guaranteed && fits_int(column->property);
  if (column->property->is_json && column->is_text) {
    gold->json_column = index;
    gold->expr = NULL;
    column->keeps_json = true;
  }
}

/* What is known without a look at the table. */
static void set_limits(struct plan *plan, struct plan_gold_column *gold)
{
  enum type_id id = gold->type->id;
  bool is_nested = id == TYPE_ARRAY || id == TYPE_MAP || id == TYPE_STRUCT;
  bool is_postgresql = plan->config->database->driver == DATABASE_POSTGRESQL;
  gold->limits.refuses_nul = is_postgresql && (is_nested || id == TYPE_STRING);
  gold->limits.is_json = gold->json_column != NO_COLUMN || (is_nested && is_postgresql);
  gold->limits.is_time = is_postgresql && (id == TYPE_DATE || id == TYPE_TIMESTAMP || id == TYPE_TIMESTAMP_NTZ);
}

static struct plan_gold_column *add_column(struct plan *plan, const char *name, const struct type *type,
                                           const struct expr *expr)
{
  struct plan_gold_column *gold = &plan->gold_columns[plan->n_gold_columns++];
  *gold = (struct plan_gold_column){
    .name = name, .type = type, .expr = expr, .json_column = NO_COLUMN, .column = NO_COLUMN
  };
  return gold;
}

static void report_double(struct plan_builder *builder, struct config_text name)
{
  const struct plan *plan = builder->plan;
  for (size_t i = 0; i < plan->n_gold_columns; i++)
    if (text_equal_nocase(text_from(plan->gold_columns[i].name), text_from(name.value)))
      problem_at(builder->problems, name.place, "gold already has a column \"%s\"", plan->gold_columns[i].name);
}

static int count_scale(const char *value)
{
  const char *point = strchr(value, '.');
  return point == NULL ? 0 : (int)strspn(point + 1, "0123456789");
}

static void refuse_dropped(struct plan_builder *builder, const struct config_add_column *config,
                           const struct expr *expr)
{
  const struct plan *plan = builder->plan;
  for (size_t i = 0; i < plan->n_named; i++)
    if (plan->columns[i].is_dropped && expr_uses_column(expr, i)) {
      struct problem *problem =
          problem_at(builder->problems, config->expr.place,
                     "added column \"%s\" reads \"%s\", which standardization.drop ends before gold",
                     config->name.value, plan->columns[i].name);
      add_hint(&problem->error,
               "Make it under standardization.columns, or leave \"%s\" out of drop and name it under "
               "gold.exclude_columns.",
               plan->columns[i].name);
    }
}

static void add_configured_column(struct plan_builder *builder, const struct config_add_column *config)
{
  struct arena *arena = builder->arena;
  report_double(builder, config->name);
  const struct type *type = config->parsed_type;
  const struct expr *expr = NULL;
  if (config->value.value == NULL) {
    expr = plan_compile_user(builder, &builder->gold, config->expr, "added column", config->name.value);
  } else {
    /* Two functions are meant as such; any other value is a literal. */
    struct text value = text_trim(text_from(config->value.value));
    bool is_call = text_equal_nocase(value, TEXT("current_timestamp()")) || text_equal_nocase(value, TEXT("uuid()"));
    const char *text = is_call ? text_copy(arena, value) : spark_string(arena, config->value.value);
    expr = plan_compile(builder, &builder->gold, config->value.place, text);
    if (!is_call && type != NULL && !literal_fits(value, type, builder->gold.timezone))
      problem_at(builder->problems, config->value.place, "value \"%s\" of added column \"%s\" is no %s",
                 config->value.value, config->name.value, type_name(arena, type));
    if (type == NULL && config->type.value != NULL) /* a bare decimal keeps the digits as written */
      type = type_decimal(arena, 18, count_scale(config->value.value));
  }
  bool keeps_digits = config->parsed_type == NULL && config->type.value != NULL && config->value.value != NULL;
  if (expr == NULL || plan_refuse_variant(builder, expr_type(expr), config->expr.place, config->name.value))
    return;
  if (type == NULL)
    type = expr_type(expr)->id == TYPE_VOID ? type_simple(TYPE_STRING) : expr_type(expr);
  refuse_dropped(builder, config, expr);
  struct place place = config->type.value != NULL ? config->type.place : config->name.place;
  struct plan_gold_column *gold =
      add_column(builder->plan, config->name.value, type, plan_cast(builder, expr, type, place));
  gold->keeps_digits = keeps_digits;
  if (config->value.value == NULL)
    set_limits(builder->plan, gold);
}

static void check_exclusions(struct plan_builder *builder)
{
  const struct dataset *dataset = builder->plan->dataset;
  for (size_t i = 0; i < dataset->gold.exclude_columns.count; i++)
    if (scope_find(&builder->gold, dataset->gold.exclude_columns.items[i].value) == NO_COLUMN)
      plan_unknown_column(builder, dataset->gold.exclude_columns.items[i], "exclude", &builder->gold);
}

static bool has_gold_column(const struct plan *plan, const char *name)
{
  for (size_t i = 0; i < plan->n_gold_columns; i++)
    if (text_equal_nocase(text_from(plan->gold_columns[i].name), text_from(name)))
      return true;
  return false;
}

/* `follow` replaces the rows of the partitions that a run touched: gold must be able to tell them. */
static void check_follow(struct plan_builder *builder)
{
  const struct plan *plan = builder->plan;
  const struct dataset *dataset = plan->dataset;
  if (dataset->gold.mode != GOLD_FOLLOW || dataset->silver.mode != SILVER_OVERWRITE_DYNAMIC)
    return;
  for (size_t i = 0; i < plan->n_partitions; i++) {
    const struct plan_partition *partition = &plan->partitions[i];
    const char *needed = partition->column != NO_COLUMN ? partition->name : dataset->silver.partition_from.value;
    if (needed == NULL || has_gold_column(plan, needed) || has_gold_column(plan, partition->name))
      continue;
    struct problem *problem = problem_at(builder->problems, dataset->gold.place,
                                         "gold.mode: follow needs column \"%s\" in gold, to find the rows of partition "
                                         "column \"%s\"",
                                         needed, partition->name);
    add_hint(&problem->error, "Keep it in gold, or choose gold.mode: append, overwrite or upsert.");
  }
}

static void check_key(struct plan_builder *builder)
{
  const struct plan *plan = builder->plan;
  const struct config_list *key = &plan->dataset->gold.key;
  for (size_t i = 0; i < key->count; i++)
    if (!has_gold_column(plan, key->items[i].value) && dropped_find(plan->dataset, key->items[i].value) == NULL)
      plan_unknown_column(builder, key->items[i], "key", &builder->gold);
}

void plan_build_gold(struct plan_builder *builder)
{
  struct plan *plan = builder->plan;
  const struct dataset *dataset = plan->dataset;
  if (!dataset->gold.enabled)
    return;
  check_exclusions(builder);
  plan->gold_encoding = plan->config->database->driver == DATABASE_POSTGRESQL ? "UTF8" : "";
  plan->gold_columns = arena_array(builder->arena, builder->gold.n_columns + dataset->gold.n_add_columns + 1,
                                   sizeof(*plan->gold_columns));
  for (size_t i = 0; i < builder->gold.n_columns; i++) {
    const struct expr_column *column = &builder->gold.columns[i];
    bool is_dropped = i < plan->n_named && plan->columns[i].is_dropped;
    if (is_dropped || is_excluded(dataset, column->name))
      continue;
    const struct expr *expr =
        plan_compile(builder, &builder->gold, dataset->gold.place, spark_name(builder->arena, column->name));
    struct plan_gold_column *gold = add_column(plan, column->name, column->type, expr);
    if (i >= plan->n_named)
      continue;
    gold->column = (int)i;
    describe_column(plan, gold, (int)i);
    set_limits(plan, gold);
  }
  for (size_t i = 0; i < dataset->gold.n_add_columns; i++)
    add_configured_column(builder, &dataset->gold.add_columns[i]);
  plan->n_conditions = dataset->gold.n_business_rules;
  plan->conditions = arena_array(builder->arena, plan->n_conditions + 1, sizeof(*plan->conditions));
  for (size_t i = 0; i < plan->n_conditions; i++) {
    const struct config_condition *config = &dataset->gold.business_rules[i];
    plan->conditions[i] = (struct plan_condition){
      .config = config,
      .expr = plan_compile_user(builder, &builder->gold, config->condition, "business rule", NULL),
    };
    if (plan->conditions[i].expr == NULL)
      continue;
    if (expr_type(plan->conditions[i].expr)->id != TYPE_BOOLEAN)
      problem_at(builder->problems, config->condition.place, "a business rule must be a boolean, this one is %s",
                 type_name(builder->arena, expr_type(plan->conditions[i].expr)));
    plan_report_settled(builder, config->condition.place, "a business rule", plan->conditions[i].expr,
                        !config->is_warning);
  }
  check_follow(builder);
  check_key(builder);
}

bool plan_is_gold_key(const struct plan *plan, size_t gold_column)
{
  for (size_t i = 0; i < plan->n_gold_keys; i++)
    for (size_t c = 0; c < plan->gold_keys[i].n_columns; c++)
      if (plan->gold_keys[i].columns[c] == gold_column)
        return true;
  return false;
}

void plan_add_gold_columns(const struct plan *plan, struct text_buffer *sql)
{
  for (size_t i = 0; i < plan->n_gold_columns; i++) {
    text_buffer_add_string(sql, i == 0 ? "(" : ", ");
    sql_add_name(sql, plan->gold_columns[i].name);
  }
  text_buffer_add_char(sql, ')');
}
