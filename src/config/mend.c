/* A configuration with errors, made whole enough for its columns and expressions to be looked at: `check` finds the
 * mistakes of all layers in one round. What is broken is left out or stood in for; nothing is ever run with it. */
#include "config/tables.h"

#include "base/file.h"

/* Moves the items that are whole to the front and returns how many they are. */
#define KEEP_WHOLE(items, count, is_whole)                                                                             \
  do {                                                                                                                 \
    size_t kept_ = 0;                                                                                                  \
    for (size_t i_ = 0; i_ < (count); i_++)                                                                            \
      if (is_whole(&(items)[i_]))                                                                                      \
        (items)[kept_++] = (items)[i_];                                                                                \
    (count) = kept_;                                                                                                   \
  } while (0)

static bool is_whole_rename(const struct config_rename *rename)
{
  return rename->from.value != NULL && rename->to.value != NULL;
}

static bool is_whole_cast(const struct config_cast *cast)
{
  return cast->column.value != NULL && cast->type != NULL;
}

static bool is_whole_default(const struct config_default *value)
{
  return value->column.value != NULL && value->value.value != NULL;
}

static bool is_whole_made(const struct config_column *column)
{
  return column->name.value != NULL && column->expr.text.data != NULL;
}

static bool is_whole_order(const struct config_order *order)
{
  return order->column.value != NULL;
}

static bool is_whole_rule(const struct config_rule *rule)
{
  return rule->name.value != NULL && rule->expr.text.data != NULL;
}

static bool is_whole_condition(const struct config_condition *condition)
{
  return condition->condition.text.data != NULL;
}

static bool is_whole_column(const struct config_add_column *column)
{
  return column->name.value != NULL && (column->value.value != NULL || column->expr.text.data != NULL) &&
         (column->type.value == NULL || column->parsed_type != NULL || strcmp(column->type.value, "decimal") == 0);
}

static bool has_problem_with(const struct problem_list *problems, const char *text)
{
  for (size_t i = 0; i < problems->count; i++)
    if (!problems->items[i]->is_warning && strstr(problems->items[i]->error.message, text) != NULL)
      return true;
  return false;
}

/* The client of the object store is not there where the configuration was refused. */
static bool is_local(struct arena *arena, const struct config *config)
{
  const struct dataset *dataset = config->dataset;
  bool is_remote =
      path_is_remote(config_resolve(arena, &config->env, dataset->silver.path)) ||
      (dataset->quarantine.value != NULL && path_is_remote(config_resolve(arena, &config->env, dataset->quarantine)));
  for (size_t s = 0; s < dataset->n_sources; s++)
    for (size_t i = 0; i < dataset->sources[s].paths.count; i++)
      is_remote = is_remote || path_is_remote(config_resolve(arena, &config->env, dataset->sources[s].paths.items[i]));
  return !is_remote || config->s3 != NULL;
}

/* Without its files, or with another format, every name that is looked for would be missing. */
static bool has_sound_sources(const struct dataset *dataset, const struct problem_list *problems)
{
  for (size_t i = 0; i < dataset->n_sources; i++) {
    if (dataset->sources[i].paths.count == 0 || dataset->sources[i].place.source == NULL)
      return false;
    for (size_t p = 0; p < dataset->sources[i].paths.count; p++)
      if (dataset->sources[i].paths.items[p].value == NULL)
        return false;
  }
  static const char *const shapes[] = { "input_format", "header is ",  "sep is ",     "quote is ",
                                        "escape is ",   "comment is ", "encoding is " };
  for (size_t i = 0; i < ARRAY_LENGTH(shapes); i++)
    if (has_problem_with(problems, shapes[i]))
      return false;
  for (size_t i = 0; i < dataset->n_sources; i++) /* the header may be what was meant */
    if (dataset->sources[i].format == SOURCE_CSV && !dataset->sources[i].options.header &&
        has_problem_with(problems, "source.options"))
      return false;
  return dataset->n_sources > 0;
}

bool config_mend(struct arena *arena, struct config *config, const struct problem_list *problems)
{
  struct dataset *dataset = config->dataset;
  if (dataset->path == NULL || dataset->id.value == NULL || dataset->silver.path.value == NULL ||
      !has_sound_sources(dataset, problems) || !is_local(arena, config))
    return false;
  size_t n_rename = dataset->n_rename;
  KEEP_WHOLE(dataset->rename, dataset->n_rename, is_whole_rename);
  if (dataset->n_rename < n_rename) /* names that rules use would be missing */
    return false;
  KEEP_WHOLE(dataset->casts, dataset->n_casts, is_whole_cast);
  KEEP_WHOLE(dataset->defaults, dataset->n_defaults, is_whole_default);
  size_t n_columns = dataset->n_columns;
  KEEP_WHOLE(dataset->columns, dataset->n_columns, is_whole_made);
  if (dataset->n_columns < n_columns) /* the same */
    return false;
  KEEP_WHOLE(dataset->dedupe_order, dataset->n_dedupe_order, is_whole_order);
  KEEP_WHOLE(dataset->rules, dataset->n_rules, is_whole_rule);
  KEEP_WHOLE(dataset->gold.business_rules, dataset->gold.n_business_rules, is_whole_condition);
  KEEP_WHOLE(dataset->gold.add_columns, dataset->gold.n_add_columns, is_whole_column);
  if (has_problem_with(problems, "mode is ") || has_problem_with(problems, "lacks the key \"mode\""))
    dataset->silver.mode = SILVER_APPEND; /* of all it asks for least */
  bool has_database = config->database != NULL &&
                      (config->database->driver == DATABASE_POSTGRESQL || config->database->path.value != NULL);
  if (dataset->gold.enabled && !has_database) {
    config->database = arena_alloc(arena, sizeof(*config->database));
    *config->database = (struct database_config){ .environment = "default", .driver = DATABASE_POSTGRESQL };
  }
  return true;
}
