/* The columns that standardization.columns makes of others, and those that standardization.drop ends.
 *
 * One that makes a name anew takes the place of the column that had it, as Spark's withColumn does; what it replaces is
 * moved behind the columns that keep their names, where it has still its value as read (for the quarantine), its cast
 * and its default. So a name, its number in plan->column_names and its place in silver are one. */
#include "plan/plan_internal.h"

const struct config_column *made_find(const struct dataset *dataset, const char *name)
{
  for (size_t i = 0; i < dataset->n_columns; i++)
    if (text_equal_nocase(text_from(dataset->columns[i].name.value), text_from(name)))
      return &dataset->columns[i];
  return NULL;
}

const struct config_text *dropped_find(const struct dataset *dataset, const char *name)
{
  for (size_t i = 0; i < dataset->drop.count; i++)
    if (text_equal_nocase(text_from(dataset->drop.items[i].value), text_from(name)))
      return &dataset->drop.items[i];
  return NULL;
}

void made_check_name(struct plan_builder *builder, const struct config_text *name, const char *maker)
{
  if (name->value[0] == '\0')
    problem_at(builder->problems, name->place, "a column of %s has no name", maker);
  else if (plan_is_technical_name(name->value))
    problem_at(builder->problems, name->place, "column \"%s\" has the name of one that crisol adds", name->value);
}

void made_add_names(struct plan_builder *builder, size_t *capacity)
{
  struct plan *plan = builder->plan;
  const struct dataset *dataset = plan->dataset;
  for (size_t i = 0; i < dataset->n_columns; i++) {
    const struct config_text *name = &dataset->columns[i].name;
    made_check_name(builder, name, "standardization.columns");
    struct plan_column *column = plan_find_or_add_column(builder, name->value, capacity);
    if (column->raw_type == NULL && column->made == NULL)
      column->made = &dataset->columns[i];
  }
  for (size_t i = 0; i < dataset->drop.count; i++) {
    int index = plan_find_column(plan, dataset->drop.items[i].value);
    if (index != NO_COLUMN)
      plan->columns[index].is_dropped = true;
  }
}

/* Moves a column to the end; its place is free then. What reads its name sees the schema no more. */
static size_t move_behind(struct plan_builder *builder, size_t index, size_t *capacity)
{
  struct plan *plan = builder->plan;
  plan->columns = arena_grow(builder->arena, plan->columns, plan->n_columns, capacity, sizeof(*plan->columns));
  struct plan_column *moved = &plan->columns[plan->n_columns];
  *moved = plan->columns[index];
  moved->property = moved->shape = NULL;
  if (moved->made == NULL)
    moved->origin = plan->n_columns;
  return plan->n_columns++;
}

void made_replace(struct plan_builder *builder, size_t *capacity)
{
  struct plan *plan = builder->plan;
  const struct dataset *dataset = plan->dataset;
  plan->n_named = plan->n_columns;
  plan->n_made = dataset->n_columns;
  plan->made = arena_array(builder->arena, plan->n_made + 1, sizeof(*plan->made));
  for (size_t i = 0; i < plan->n_made; i++) {
    const struct config_column *config = &dataset->columns[i];
    size_t index = (size_t)plan_find_column(plan, config->name.value);
    plan->made[i] = index;
    if (plan->columns[index].made == config) /* the first of a new name */
      continue;
    const struct plan_column before = plan->columns[index];
    size_t moved = move_behind(builder, index, capacity);
    for (size_t m = 0; before.made != NULL && m < i; m++)
      if (plan->made[m] == index)
        plan->made[m] = moved;
    plan->columns[index] = (struct plan_column){
      .name = before.name,
      .made = config,
      .property = before.property,
      .shape = before.shape,
      .is_dropped = before.is_dropped,
      .replaces = (int)moved,
      .origin = before.made == NULL ? moved : before.origin,
    };
  }
  size_t *places = arena_array(builder->arena, plan->n_columns + 1, sizeof(*places)); /* where what is read is now */
  for (size_t i = 0; i < plan->n_columns; i++)
    places[i] = plan->columns[i].origin;
  for (size_t s = 0; s < plan->n_sources; s++)
    for (size_t c = 0; c < plan->sources[s].n_columns; c++)
      if (!plan->sources[s].columns[c].is_left_out)
        plan->sources[s].column_of[c] = places[plan->sources[s].column_of[c]];
}

void plan_begin_made(const struct plan *plan, struct expr_column *columns)
{
  for (size_t i = 0; i < plan->n_columns; i++)
    columns[i].name = plan->columns[i].made == NULL ? plan->columns[i].name : "";
}

void plan_add_made(const struct plan *plan, size_t made, struct expr_column *columns)
{
  const struct plan_column *column = &plan->columns[plan->made[made]];
  if (column->replaces != NO_COLUMN)
    columns[column->replaces].name = "";
  columns[plan->made[made]].name = column->name;
}

/* One that is made later is not there yet. */
static void hint_order(const struct plan_builder *builder, size_t made, struct error *err)
{
  const struct dataset *dataset = builder->plan->dataset;
  for (size_t i = made; i < dataset->n_columns; i++) {
    SCOPED(arena_done) struct arena scratch = { 0 };
    const char *name = dataset->columns[i].name.value;
    if (text_equal_nocase(text_from(err->message),
                          text_from(arena_printf(&scratch, "unrecognized column \"%s\"", name))))
      add_hint(err,
               i == made ? "Column \"%s\" is made by this expression, and no source has one of that name."
                         : "Column \"%s\" is made further down: each sees those before it.",
               name);
  }
}

static bool is_interval(const struct type *type)
{
  return type->id == TYPE_INTERVAL || type->id == TYPE_INTERVAL_YEAR_MONTH || type->id == TYPE_INTERVAL_DAY_TIME;
}

static bool holds_variant(const struct type *type)
{
  for (size_t i = 0; type->id == TYPE_STRUCT && i < type->n_fields; i++)
    if (holds_variant(type->fields[i].type))
      return true;
  bool has_element = type->id == TYPE_ARRAY || type->id == TYPE_MAP;
  return type->id == TYPE_VARIANT || (has_element && holds_variant(type->element));
}

bool plan_refuse_variant(struct plan_builder *builder, const struct type *type, struct place place, const char *name)
{
  if (!holds_variant(type))
    return false;
  struct problem *problem =
      problem_at(builder->problems, place, "column \"%s\" is a variant, which no file holds", name);
  add_hint(&problem->error, "Take a value out of it, variant_get(v, '$.a', 'int'), or make JSON of it: to_json(v).");
  return true;
}

static const struct expr *compile(struct plan_builder *builder, const struct expr_scope *scope, size_t made)
{
  const struct config_column *config = &builder->plan->dataset->columns[made];
  struct error err;
  struct expr *expr = NULL;
  const struct expr *value = NULL;
  if (expr_compile(builder->arena, config->expr, scope, &expr, NULL, &err)) {
    if (is_interval(expr_type(expr))) {
      struct problem *problem = problem_at(builder->problems, config->expr.place,
                                           "column \"%s\" is an interval, which no file holds", config->name.value);
      add_hint(&problem->error, "Add it to a date or a timestamp, or make a number of it.");
      return NULL;
    }
    if (plan_refuse_variant(builder, expr_type(expr), config->expr.place, config->name.value))
      return NULL;
    if (expr_type(expr)->id != TYPE_VOID)
      return expr;
    if (expr_cast(builder->arena, expr, type_simple(TYPE_STRING), config->expr.place, &value, &err))
      return value;
  } else if (text_starts_with(text_from(err.message), TEXT("unrecognized column"))) {
    hint_order(builder, made, &err);
    plan_hint_header(builder, &err);
  }
  add_context(&err, "in column \"%s\"", config->name.value);
  problem_add(builder->problems, &err, false);
  return NULL;
}

/* As a cast of what is read, see build_conversion: where Spark has none, `skip` leaves it out. */
static void build_cast(struct plan_builder *builder, struct plan_column *column, size_t index)
{
  const struct config_cast *cast = &column->made->cast;
  const struct expr_column raw = { .name = "value",
                                   .type = column->raw_type,
                                   .sql = arena_printf(builder->arena, "r%zu", index) };
  struct expr_column *columns = arena_alloc(builder->arena, sizeof(raw));
  *columns = raw;
  const struct expr_scope scope = { .columns = columns, .n_columns = 1, .timezone = builder->raw.timezone };
  struct error err;
  column->type = column->raw_type;
  if (cast->type == NULL)
    return;
  const struct expr *value = plan_compile(builder, &scope, cast->place, "value");
  bool is_known =
      type_equal(cast->type, column->raw_type) ||
      (value != NULL && expr_cast(builder->arena, value, cast->type, cast->place, &column->converted, &err));
  if (is_known) {
    column->type = cast->type;
    column->cast = cast;
    column->changes = column->converted != NULL;
    return;
  }
  add_context(&err, "in column \"%s\"", column->name);
  problem_add(builder->problems, &err, cast->on_error == ON_ERROR_SKIP);
}

static size_t level_above(const struct plan *plan, const struct expr *expr)
{
  size_t level = 1;
  for (size_t i = 0; i < plan->n_made; i++) {
    const struct plan_column *column = &plan->columns[plan->made[i]];
    size_t next = column->level + (column->converted != NULL ? 2 : 1);
    if (column->level > 0 && next > level && expr_uses_column(expr, plan->made[i]))
      level = next;
  }
  return level;
}

void made_build(struct plan_builder *builder)
{
  struct plan *plan = builder->plan;
  struct expr_scope scope = plan_scope_of_read(builder->arena, plan, 'v');
  struct expr_column *columns = (struct expr_column *)(uintptr_t)scope.columns;
  for (size_t i = 0; i < plan->n_made; i++) {
    size_t index = plan->made[i];
    struct plan_column *column = &plan->columns[index];
    column->value = compile(builder, &scope, i);
    column->level = column->value == NULL ? 0 : level_above(plan, column->value);
    column->raw_type = column->value == NULL ? type_simple(TYPE_STRING) : expr_type(column->value);
    build_cast(builder, column, index);
    columns[index].type = column->type;
    plan_add_made(plan, i, columns);
  }
}

/* Where gold's keys name what it lacks: its expressions are looked at where they are compiled. */
static void refuse_in_list(struct plan_builder *builder, const struct config_list *names, const char *what)
{
  for (size_t i = 0; i < names->count; i++) {
    const struct config_text *dropped = dropped_find(builder->plan->dataset, names->items[i].value);
    if (dropped == NULL)
      continue;
    struct problem *problem = problem_at(builder->problems, names->items[i].place,
                                         "column \"%s\" in %s is dropped before gold", names->items[i].value, what);
    add_hint(&problem->error, "Leave it out of %s, or out of standardization.drop.", what);
  }
}

void made_check_dropped(struct plan_builder *builder)
{
  const struct plan *plan = builder->plan;
  const struct dataset *dataset = plan->dataset;
  for (size_t i = 0; i < dataset->drop.count; i++)
    if (plan_find_column(plan, dataset->drop.items[i].value) == NO_COLUMN)
      plan_unknown_column(builder, dataset->drop.items[i], "standardization.drop", &builder->silver);
  if (!dataset->gold.enabled)
    return;
  refuse_in_list(builder, &dataset->gold.key, "gold.key");
  refuse_in_list(builder, &dataset->gold.exclude_columns, "gold.exclude_columns");
}
