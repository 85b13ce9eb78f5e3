/* A plan from the configuration and the columns that the sources have. */
#include "plan/plan_internal.h"

#include "base/file.h"

int scope_find(const struct expr_scope *scope, const char *name)
{
  for (size_t i = 0; i < scope->n_columns; i++)
    if (strcmp(scope->columns[i].name, name) == 0)
      return (int)i;
  for (size_t i = 0; i < scope->n_columns; i++)
    if (text_equal_nocase(text_from(scope->columns[i].name), text_from(name)))
      return (int)i;
  return NO_COLUMN;
}

const size_t *plan_rule_columns(struct arena *arena, const struct plan *plan, size_t rule, size_t *ret_count)
{
  size_t *columns = arena_array(arena, plan->n_named + 1, sizeof(*columns));
  *ret_count = 0;
  for (size_t i = 0; i < plan->n_named; i++)
    if (expr_uses_column(plan->rules[rule].expr, i))
      columns[(*ret_count)++] = i;
  return columns;
}

int plan_rule_column(const struct plan *plan, size_t rule)
{
  for (size_t i = 0; i < plan->n_named; i++)
    if (expr_uses_column(plan->rules[rule].expr, i))
      return (int)i;
  return NO_COLUMN;
}

int plan_find_column(const struct plan *plan, const char *name)
{
  size_t number = name_set_find(&plan->column_names, text_from(name));
  return number == NO_NAME ? NO_COLUMN : (int)number;
}

struct drift_columns plan_read_columns(struct arena *arena, const struct plan *plan)
{
  struct drift_columns columns = { 0 };
  const char **names = arena_array(arena, plan->n_columns + 1, sizeof(*names));
  const char **types = arena_array(arena, plan->n_columns + 1, sizeof(*types));
  for (size_t i = 0; i < plan->n_columns; i++)
    if (!plan->columns[i].is_missing && !plan->columns[i].is_element && !plan->columns[i].is_document &&
        plan->columns[i].made == NULL) {
      names[columns.count] = plan->columns[i].name;
      types[columns.count++] = type_ddl(arena, plan->columns[i].type);
    }
  columns.names = names;
  columns.types = types;
  return columns;
}

char *spark_name(struct arena *arena, const char *name)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  spark_add_name(&out, name);
  return arena_copy(arena, out.data, out.length);
}

char *spark_string(struct arena *arena, const char *value)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  spark_add_string(&out, text_from(value));
  return arena_copy(arena, out.data, out.length);
}

const struct expr *plan_compile(struct plan_builder *builder, const struct expr_scope *scope, struct place place,
                                const char *text)
{
  struct error err;
  struct expr *expr = NULL;
  struct expr_text input = { .text = text_from(text), .place = place };
  if (expr_compile(builder->arena, input, scope, &expr, NULL, &err))
    return expr;
  problem_add(builder->problems, &err, false);
  return NULL;
}

bool plan_names_nothing(const struct plan *plan)
{
  bool may_be_empty = false;
  for (size_t i = 0; i < plan->n_sources; i++) {
    if (!plan->sources[i].is_blank || plan->sources[i].n_files == 0)
      return false;
    may_be_empty = may_be_empty || plan->sources[i].config->allow_empty;
  }
  return may_be_empty;
}

void plan_hint_header(const struct plan_builder *builder, struct error *err)
{
  for (size_t i = 0; i < builder->plan->n_sources; i++) {
    const struct plan_source *source = &builder->plan->sources[i];
    bool is_csv = source->config->format == SOURCE_CSV;
    if (source->is_blank && source->n_files > 0)
      add_hint(err, "The input is empty and has no header: its columns are those that renames, casts, defaults, the "
                    "key, the partitions and the schema name. Name this one there, or deliver the header.");
    else if (is_csv && !source->config->options.header && source->config->columns.count == 0)
      add_hint(err, "The columns are _c0, _c1, ... since options.header is not set: write options: { header: true } "
                    "where the first line names them, else source.columns: [..].");
    else if (source->looks_headless)
      add_hint(err, "The first line, which is read as the header, looks like a record: if the files have no header, "
                    "write options: { header: false } and name the columns in source.columns: [..].");
    else if (is_csv && source->n_columns > 0 && strchr("{[", source->columns[0].name[0]) != NULL)
      add_hint(err, "The first line, which is read as the header, begins like JSON: is input_format: json meant?");
    else
      continue;
    return;
  }
}

/* Of such files every name that is looked for would be missing. */
static bool refuse_empty_files(struct plan_builder *builder)
{
  const struct plan *plan = builder->plan;
  for (size_t i = 0; i < plan->n_sources; i++)
    if (plan->sources[i].config->allow_empty || !plan->sources[i].is_blank || plan->sources[i].n_files == 0)
      return true;
  if (plan->n_sources == 0)
    return true;
  struct problem *problem = problem_at(builder->problems, plan->sources[0].config->place,
                                       "the input is empty: %zu file%s, the first is \"%s\"", plan->n_files,
                                       plan->n_files == 1 ? "" : "s", plan->files[0].path);
  problem->error.kind = ERROR_DATA;
  add_hint(&problem->error, "Set allow_empty: true if an empty input is meant.");
  return false;
}

const struct expr *plan_compile_user(struct plan_builder *builder, const struct expr_scope *scope,
                                     struct expr_text text, const char *what, const char *name)
{
  struct error err;
  struct expr *expr = NULL;
  if (expr_compile(builder->arena, text, scope, &expr, NULL, &err))
    return expr;
  if (text_starts_with(text_from(err.message), TEXT("unrecognized column")))
    plan_hint_header(builder, &err);
  if (name != NULL)
    add_context(&err, "in %s \"%s\"", what, name);
  problem_add(builder->problems, &err, false);
  return NULL;
}

const struct expr *plan_cast(struct plan_builder *builder, const struct expr *expr, const struct type *type,
                             struct place place)
{
  if (expr == NULL || type_equal(expr_type(expr), type))
    return expr;
  struct error err;
  const struct expr *cast = NULL;
  if (expr_cast(builder->arena, expr, type, place, &cast, &err))
    return cast;
  problem_add(builder->problems, &err, false);
  return NULL;
}

void plan_unknown_column(struct plan_builder *builder, struct config_text column, const char *what,
                         const struct expr_scope *scope)
{
  const char **names = arena_array(builder->arena, scope->n_columns + 1, sizeof(char *));
  size_t count = 0;
  for (size_t i = 0; i < scope->n_columns; i++)
    if (scope->columns[i].name[0] != '\0')
      names[count++] = scope->columns[i].name;
  struct problem *problem =
      problem_at(builder->problems, column.place, "unrecognized column \"%s\" in %s", column.value, what);
  add_hint_of_names(&problem->error, "column", text_from(column.value), names, count);
  plan_hint_header(builder, &problem->error);
}

bool plan_compile_rule(struct arena *arena, const struct plan *plan, struct expr_text text,
                       const struct expr **ret_expr, struct error *err)
{
  struct expr_scope scope = plan_scope(arena, plan, 0);
  struct expr *expr = NULL;
  TRY(expr_compile(arena, text, &scope, &expr, NULL, err));
  *ret_expr = expr;
  return true;
}

static void build_deduplication(struct plan_builder *builder)
{
  struct plan *plan = builder->plan;
  const struct dataset *dataset = plan->dataset;
  plan->dedupe_key = arena_array(builder->arena, dataset->dedupe_key.count + 1, sizeof(size_t));
  for (size_t i = 0; i < dataset->dedupe_key.count; i++) {
    int index = plan_find_column(plan, dataset->dedupe_key.items[i].value);
    if (index == NO_COLUMN)
      plan_unknown_column(builder, dataset->dedupe_key.items[i], "deduplicate.key", &builder->silver);
    else
      plan->dedupe_key[plan->n_dedupe_key++] = (size_t)index;
  }
  plan->dedupe_order = arena_array(builder->arena, dataset->n_dedupe_order + 1, sizeof(*plan->dedupe_order));
  for (size_t i = 0; i < dataset->n_dedupe_order; i++) {
    const struct config_order *order = &dataset->dedupe_order[i];
    int index = plan_find_column(plan, order->column.value);
    if (index == NO_COLUMN)
      plan_unknown_column(builder, order->column, "deduplicate.order_by", &builder->silver);
    else
      plan->dedupe_order[plan->n_dedupe_order++] = (struct plan_order){ .column = (size_t)index,
                                                                        .descending = order->descending,
                                                                        .nulls_first = order->nulls_first };
  }
}

static bool uses_a_column(const struct plan *plan, const struct expr *expr)
{
  for (size_t i = 0; i < plan->n_named; i++)
    if (expr_uses_column(expr, i))
      return true;
  return false;
}

static void warn_of_constant_rule(struct plan_builder *builder, const struct config_rule *rule, const struct expr *expr)
{
  if (uses_a_column(builder->plan, expr))
    return;
  struct problem *problem =
      problem_warn_at(builder->problems, rule->expr.place,
                      "rule \"%s\" looks at no column: its answer is the same for every row", rule->name.value);
  add_hint(&problem->error, "A name in single quotes is a text; a column stands without quotes or in backquotes.");
}

void plan_report_settled(struct plan_builder *builder, struct place place, const char *what, const struct expr *expr,
                         bool refuses_untrue)
{
  const char *column = NULL;
  enum expr_always always = expr_find_always(expr, &column);
  if (always == ALWAYS_NOTHING)
    return;
  const char *message = always == ALWAYS_TRUE_OR_NULL
                            ? arena_printf(builder->arena, "%s is true wherever \"%s\" is not null", what, column)
                            : arena_printf(builder->arena, "%s is true for %s row, whatever \"%s\" is", what,
                                           always == ALWAYS_TRUE ? "every" : "no", column);
  bool is_refused = refuses_untrue && always == ALWAYS_UNTRUE;
  struct problem *problem = (is_refused ? problem_at : problem_warn_at)(builder->problems, place, "%s", message);
  if (expr_compares_with_null(expr))
    add_hint(&problem->error, "A comparison with NULL is never true; IS NULL and IS NOT NULL ask for it.");
  else
    add_hint(&problem->error, always == ALWAYS_UNTRUE ? "Is OR meant where AND stands, or are two bounds exchanged?"
                                                      : "Is AND meant where OR stands?");
}

static void build_rules(struct plan_builder *builder)
{
  struct plan *plan = builder->plan;
  plan->n_rules = plan->dataset->n_rules;
  plan->rules = arena_array(builder->arena, plan->n_rules + 1, sizeof(*plan->rules));
  for (size_t i = 0; i < plan->n_rules; i++) {
    const struct config_rule *config = &plan->dataset->rules[i];
    const struct expr *expr = plan_compile_user(builder, &builder->silver, config->expr, "rule", config->name.value);
    plan->rules[i] = (struct plan_rule){ .config = config, .expr = expr };
    if (expr != NULL && expr_type(expr)->id != TYPE_BOOLEAN && expr_type(expr)->id != TYPE_VOID)
      problem_at(builder->problems, config->expr.place, "rule \"%s\" must be a boolean, this one is %s",
                 config->name.value, type_name(builder->arena, expr_type(expr)));
    if (expr == NULL)
      continue;
    warn_of_constant_rule(builder, config, expr);
    plan_report_settled(builder, config->expr.place, arena_printf(builder->arena, "rule \"%s\"", config->name.value),
                        expr, config->on_fail != ON_FAIL_WARN && !config->null_passes);
  }
}

static const struct {
  const char *name;
  const char *expression; /* of the column in partition_from */
} derived_partitions[] = {
  { "year", "year(%s)" }, { "month", "month(%s)" },       { "day", "dayofmonth(%s)" },
  { "hour", "hour(%s)" }, { "date", "CAST(%s AS DATE)" },
};

const char *plan_derived_partition(const char *name)
{
  for (size_t i = 0; i < ARRAY_LENGTH(derived_partitions); i++)
    if (strcmp(derived_partitions[i].name, name) == 0)
      return derived_partitions[i].expression;
  return NULL;
}

static char *replace_argument(struct arena *arena, const char *expression, const char *argument)
{
  const char *at = strstr(expression, "%s");
  return arena_printf(arena, "%.*s%s%s", (int)(at - expression), expression, argument, at + 2);
}

/* Spark would cast it for each part, and so does this; but nobody may mean it. */
static void warn_of_text_dates(struct plan_builder *builder, const struct plan_column *column)
{
  enum type_id type = column->type->id;
  if (type == TYPE_DATE || type == TYPE_TIMESTAMP || type == TYPE_TIMESTAMP_NTZ)
    return;
  struct problem *problem =
      problem_warn_at(builder->problems, builder->plan->dataset->silver.partition_from.place,
                      "partition_from column \"%s\" is %s: a value that is no date goes to the partition of nulls",
                      column->name, type_name(builder->arena, column->type));
  add_hint(&problem->error, "Cast it to timestamp or date under standardization.casts.");
}

/* A column of that name is there, and so is what it would be made from: which of them is meant? A DATE called date is
 * what would be made of it. */
static void refuse_two_origins(struct plan_builder *builder, struct config_text name, const struct plan_column *column)
{
  const char *from = builder->plan->dataset->silver.partition_from.value;
  bool is_same = strcmp(name.value, "date") == 0 && text_equal_nocase(text_from(column->name), text_from(from)) &&
                 column->type->id == TYPE_DATE;
  if (is_same)
    return;
  struct problem *problem = problem_at(
      builder->problems, name.place,
      "partition \"%s\" is a column of the source, and partition_from: %s says to make it", name.value, from);
  add_hint(&problem->error, "Rename the column under standardization.rename, or leave partition_from out.");
}

/* What Spark takes as a partition, under a name that readers of the lake see. */
static void check_partition(struct plan_builder *builder, struct config_text name, const struct expr *expr)
{
  const struct type *type = expr_type(expr);
  if (type_is_nested(type) || type->id == TYPE_INTERVAL) {
    struct problem *problem = problem_at(builder->problems, name.place, "partition column \"%s\" is %s", name.value,
                                         type_name(builder->arena, type));
    add_hint(&problem->error, "A partition is a number, a text, a boolean, a date or a timestamp.");
  }
  if (name.value[0] == '.')
    problem_at(builder->problems, name.place,
               "partition \"%s\" would be a hidden directory, which readers of the lake pass over", name.value);
}

/* With partition_from the parts of its date are names too: [mnth] is nearest to month. */
static void unknown_partition(struct plan_builder *builder, struct config_text name)
{
  const struct expr_scope *scope = &builder->silver;
  const char **names = arena_array(builder->arena, scope->n_columns + ARRAY_LENGTH(derived_partitions), sizeof(char *));
  size_t count = 0;
  for (size_t i = 0; i < ARRAY_LENGTH(derived_partitions); i++)
    names[count++] = derived_partitions[i].name;
  bool is_derived = plan_derived_partition(name.value) != NULL;
  if (builder->plan->dataset->silver.partition_from.value == NULL && !is_derived)
    count = 0;
  for (size_t i = 0; i < scope->n_columns; i++)
    names[count++] = scope->columns[i].name;
  struct problem *problem =
      problem_at(builder->problems, name.place, "unrecognized column \"%s\" in partition_by", name.value);
  if (is_derived)
    add_hint(&problem->error, "Say which date it is the %s of: partition_from: <column>.", name.value);
  else
    add_hint_of_names(&problem->error, count > scope->n_columns ? "name" : "column", text_from(name.value), names,
                      count);
  plan_hint_header(builder, &problem->error);
}

/* Names are equal without case, as in Spark: readers would take both for one column. */
static bool is_repeated(struct plan_builder *builder, struct config_text name)
{
  const struct plan *plan = builder->plan;
  for (size_t i = 0; i < plan->n_partitions; i++)
    if (text_equal_nocase(text_from(plan->partitions[i].name), text_from(name.value))) {
      problem_at(builder->problems, name.place, "partition \"%s\" is there twice, as \"%s\" too", name.value,
                 plan->partitions[i].name);
      return true;
    }
  return false;
}

static void build_partitions(struct plan_builder *builder)
{
  struct plan *plan = builder->plan;
  const struct dataset *dataset = plan->dataset;
  const struct config_list *names = &dataset->silver.partition_by;
  const char *from = dataset->silver.partition_from.value;
  if (from != NULL && plan_find_column(plan, from) == NO_COLUMN) {
    plan_unknown_column(builder, dataset->silver.partition_from, "partition_from", &builder->silver);
    return;
  }
  if (from != NULL)
    warn_of_text_dates(builder, &plan->columns[plan_find_column(plan, from)]);
  plan->partitions = arena_array(builder->arena, names->count + 1, sizeof(*plan->partitions));
  for (size_t i = 0; i < names->count; i++) {
    int column = plan_find_column(plan, names->items[i].value);
    const char *name = column != NO_COLUMN ? plan->columns[column].name : names->items[i].value;
    if (is_repeated(builder, names->items[i]))
      continue;
    const char *derived = plan_derived_partition(names->items[i].value);
    if (column == NO_COLUMN && (derived == NULL || from == NULL)) {
      unknown_partition(builder, names->items[i]);
      continue;
    }
    const char *text = column != NO_COLUMN
                           ? spark_name(builder->arena, name)
                           : replace_argument(builder->arena, derived, spark_name(builder->arena, from));
    if (column != NO_COLUMN && derived != NULL && from != NULL)
      refuse_two_origins(builder, names->items[i], &plan->columns[column]);
    const struct expr *expr = plan_compile(builder, &builder->silver, names->items[i].place, text);
    if (expr != NULL)
      check_partition(builder, names->items[i], expr);
    plan->partitions[plan->n_partitions++] = (struct plan_partition){ .name = name, .column = column, .expr = expr };
  }
}

/* What gold's expressions see beside silver's columns. */
static void extend_gold_scope(struct plan_builder *builder)
{
  struct plan *plan = builder->plan;
  struct expr_column *columns = (struct expr_column *)(uintptr_t)builder->gold.columns;
  size_t n = plan->n_named;
  for (size_t i = 0; i < plan->n_partitions; i++)
    if (plan->partitions[i].column == NO_COLUMN && plan->partitions[i].expr != NULL)
      columns[n++] = (struct expr_column){ .name = plan->partitions[i].name,
                                           .type = expr_type(plan->partitions[i].expr),
                                           .sql = arena_printf(builder->arena, "p%zu", i) };
  columns[n++] = (struct expr_column){ .name = "_run_id", .type = type_simple(TYPE_STRING), .sql = "run_id" };
  columns[n++] =
      (struct expr_column){ .name = "_ingestion_ts", .type = type_simple(TYPE_TIMESTAMP), .sql = "ingestion_ts" };
  builder->gold.n_columns = n;
}

static const char *resolve(struct plan_builder *builder, struct config_text path)
{
  return path_absolute(builder->arena, config_resolve(builder->arena, &builder->plan->config->env, path));
}

/* A URI may hold a password: it is not shown. */
static const char *server_label(struct arena *arena, const struct database_config *config)
{
  const char *database = config->database.value;
  if (database != NULL && strpbrk(database, ":=") != NULL)
    return "PostgreSQL";
  return arena_printf(arena, "PostgreSQL %s/%s", config->host.value == NULL ? "" : config->host.value,
                      database == NULL ? "" : database);
}

/* The quarantine's usual place: an id must not lead out of it. */
static const char *usual_quarantine(struct arena *arena, const char *state, const char *id)
{
  SCOPED(text_buffer_done) struct text_buffer name = { 0 };
  for (const char *p = id; *p != '\0'; p++) {
    bool begins = p == id || p[-1] == '/';
    if (begins && (*p == '.' || *p == '/'))
      text_buffer_printf(&name, "%%%02X", (unsigned char)*p);
    else
      text_buffer_add_char(&name, *p);
  }
  return path_absolute(arena, path_join(arena, path_join(arena, state, "quarantine"), text_buffer_text(&name).data));
}

static void build_outputs(struct plan_builder *builder)
{
  struct plan *plan = builder->plan;
  const struct dataset *dataset = plan->dataset;
  if (!plan_check_written_outputs(plan->config, builder->problems))
    return;
  plan->silver_path = resolve(builder, dataset->silver.path);
  if (dataset->quarantine.value != NULL) {
    plan->quarantine_path = resolve(builder, dataset->quarantine);
  } else {
    plan->quarantine_path = usual_quarantine(builder->arena, plan->config->env.state, dataset->id.value);
  }
  if (dataset->gold.enabled && plan->config->database->driver == DATABASE_DUCKDB)
    plan->database_path = plan->database_label = path_absolute(builder->arena, plan->config->database->path.value);
  else if (dataset->gold.enabled)
    plan->database_label = server_label(builder->arena, plan->config->database);
  plan_check_outputs(builder->arena, plan, builder->problems);
}

bool plan_outputs(struct arena *arena, const struct config *config, struct plan *ret_plan,
                  struct problem_list *problems)
{
  size_t errors_before = problem_count_errors(problems);
  *ret_plan = (struct plan){ .config = config, .dataset = config->dataset };
  struct plan_builder builder = { .arena = arena, .plan = ret_plan, .problems = problems };
  build_outputs(&builder);
  return problem_count_errors(problems) == errors_before;
}

/* What replaces all that was there, as the dataset file has it; NULL: nothing does. */
static const char *total_overwrite(const struct plan *plan)
{
  const struct dataset *dataset = plan->dataset;
  enum silver_mode mode = dataset->is_remade ? dataset->silver.usual_mode : dataset->silver.mode;
  if (mode == SILVER_OVERWRITE)
    return "silver.mode: overwrite";
  if (mode == SILVER_OVERWRITE_DYNAMIC && plan->n_partitions == 0)
    return "silver.mode: overwrite_dynamic without partitions";
  return dataset->gold.enabled && dataset->gold.mode == GOLD_OVERWRITE ? "gold.mode: overwrite" : NULL;
}

/* The rows of the files before would be gone. */
static void refuse_incremental_overwrite(struct plan_builder *builder)
{
  const struct dataset *dataset = builder->plan->dataset;
  const char *overwrite = total_overwrite(builder->plan);
  for (size_t i = 0; i < dataset->n_sources; i++) {
    if (!dataset->sources[i].incremental || overwrite == NULL)
      continue;
    struct problem *problem = problem_at(builder->problems, dataset->sources[i].place,
                                         "incremental: true with %s leaves only the latest files' rows", overwrite);
    add_hint(&problem->error, "Choose append, or overwrite_dynamic with partitions that no two files share.");
  }
}

static bool is_added_to_gold(const struct dataset *dataset, const char *name)
{
  for (size_t i = 0; i < dataset->gold.n_add_columns; i++)
    if (text_equal_nocase(text_from(dataset->gold.add_columns[i].name.value), text_from(name)))
      return true;
  return false;
}

/* A name that no column has would leave values to be seen. */
static void check_private(struct plan_builder *builder)
{
  const struct plan *plan = builder->plan;
  const struct config_list *names = &plan->dataset->private_columns;
  for (size_t i = 0; i < names->count; i++) {
    if (plan_find_column(plan, names->items[i].value) == NO_COLUMN &&
        !is_added_to_gold(plan->dataset, names->items[i].value))
      plan_unknown_column(builder, names->items[i], "private", &builder->silver);
    for (size_t p = 0; p < plan->n_partitions; p++)
      if (text_equal_nocase(text_from(plan->partitions[p].name), text_from(names->items[i].value)))
        problem_warn_at(builder->problems, names->items[i].place,
                        "private column \"%s\" is in partition_by: its values are names of folders",
                        plan->partitions[p].name);
  }
}

bool plan_build(struct arena *arena, struct plan *plan, struct problem_list *problems)
{
  size_t errors_before = problem_count_errors(problems);
  struct plan_builder builder = { .arena = arena, .plan = plan, .problems = problems };
  if (!refuse_empty_files(&builder))
    return false;
  plan_add_places(arena, plan);
  plan_build_columns(&builder);
  build_deduplication(&builder);
  build_rules(&builder);
  build_partitions(&builder);
  plan_check_partition_scheme(&builder);
  check_private(&builder);
  extend_gold_scope(&builder);
  plan_build_gold(&builder);
  made_check_dropped(&builder);
  size_t errors_in_outputs = problem_count_errors(problems);
  build_outputs(&builder);
  if (problem_count_errors(problems) == errors_in_outputs)
    plan_check_inputs(arena, plan, problems);
  refuse_incremental_overwrite(&builder);
  return problem_count_errors(problems) == errors_before;
}

static void check_syntax(struct arena *arena, struct expr_text text, const char *what, const char *name,
                         struct problem_list *problems)
{
  struct error err;
  if (text.text.data == NULL || expr_check_syntax(arena, text, &err))
    return;
  if (name != NULL)
    add_context(&err, "in %s \"%s\"", what, name);
  problem_add(problems, &err, false);
}

void plan_check_syntax(struct arena *arena, const struct dataset *dataset, struct problem_list *problems)
{
  for (size_t i = 0; i < dataset->n_columns; i++)
    check_syntax(arena, dataset->columns[i].expr, "column", dataset->columns[i].name.value, problems);
  for (size_t i = 0; i < dataset->n_rules; i++)
    check_syntax(arena, dataset->rules[i].expr, "rule", dataset->rules[i].name.value, problems);
  for (size_t i = 0; i < dataset->gold.n_add_columns; i++)
    check_syntax(arena, dataset->gold.add_columns[i].expr, "added column", dataset->gold.add_columns[i].name.value,
                 problems);
  for (size_t i = 0; i < dataset->gold.n_business_rules; i++)
    check_syntax(arena, dataset->gold.business_rules[i].condition, "condition", NULL, problems);
}
