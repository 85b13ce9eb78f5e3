/* The plan as people read it: what is read, done and written, in the order in which it happens. */
#include "plan/plan.h"

#include "base/visible.h"
#include "plan/run.h"

static const char *const format_names[] = {
  [SOURCE_CSV] = "csv", [SOURCE_JSON] = "json", [SOURCE_JSONL] = "jsonl", [SOURCE_PARQUET] = "parquet"
};
static const char *const on_error_names[] = {
  [ON_ERROR_FAIL] = "fail", [ON_ERROR_NULL] = "null", [ON_ERROR_SKIP] = "skip", [ON_ERROR_QUARANTINE] = "quarantine"
};
static const char *const silver_mode_names[] = {
  [SILVER_OVERWRITE_DYNAMIC] = "overwrite_dynamic", [SILVER_APPEND] = "append", [SILVER_OVERWRITE] = "overwrite"
};
static const char *const gold_mode_names[] = {
  [GOLD_FOLLOW] = "follow", [GOLD_APPEND] = "append", [GOLD_OVERWRITE] = "overwrite", [GOLD_UPSERT] = "upsert"
};

const char *plan_silver_mode_name(enum silver_mode mode)
{
  return silver_mode_names[mode];
}

/* The width of the longest of the plan's column names, at most 40. */
static size_t name_width(const struct plan *plan)
{
  enum { LEAST = 12, MOST = 40 };
  size_t width = LEAST;
  for (size_t i = 0; i < plan->n_columns; i++) {
    SCOPED(arena_done) struct arena scratch = { 0 };
    size_t columns = text_columns(text_from(text_visible(&scratch, plan->columns[i].name)));
    width = columns > width ? columns : width;
  }
  return width > MOST ? MOST : width;
}

/* A name, and blanks up to a column. */
static void add_padded(struct text_buffer *out, const char *name, size_t width)
{
  size_t start = out->length;
  text_add_visible(out, text_from(name));
  size_t columns = text_columns((struct text){ out->data + start, out->length - start });
  for (; columns < width; columns++)
    text_buffer_add_char(out, ' ');
}

/* What does not compile is shown as it is written. */
static void print_expression(const struct expr *expr, struct text written, struct text_buffer *out)
{
  SCOPED(text_buffer_done) struct text_buffer text = { 0 };
  if (expr != NULL)
    expr_print_spark(expr, &text);
  else
    text_buffer_printf(&text, "%.*s  (wrong, see above)", TEXT_ARGS(written));
  text_add_visible(out, text_buffer_text(&text));
}

static void print_sources(const struct plan *plan, struct text_buffer *out)
{
  for (size_t i = 0; i < plan->n_sources; i++) {
    SCOPED(arena_done) struct arena scratch = { 0 };
    const struct plan_source *source = &plan->sources[i];
    text_buffer_printf(out, "source%s%s  %s, %zu file%s, %zu columns\n", source->config->name == NULL ? "" : " ",
                       source->config->name == NULL ? "" : text_visible(&scratch, source->config->name),
                       format_names[source->config->format], source->n_files, source->n_files == 1 ? "" : "s",
                       source->n_columns);
    enum { SHOWN = 3 };
    for (size_t f = 0; f < source->n_files && f < SHOWN; f++)
      text_buffer_printf(out, "  %s\n", text_visible(&scratch, source->files[f].path));
    if (source->n_files > SHOWN)
      text_buffer_printf(out, "  ... and %zu more\n", source->n_files - SHOWN);
  }
}

/* The name that the first source which has the column gives it. */
static const char *name_in_source(const struct plan *plan, size_t column)
{
  for (size_t i = 0; i < plan->n_sources; i++)
    for (size_t c = 0; c < plan->sources[i].n_columns; c++)
      if (plan->sources[i].column_of[c] == column)
        return plan->sources[i].columns[c].name;
  return NULL;
}

/* As it is written: for the cast, the dataset or its source. */
static const char *locale_of(const struct plan *plan, const struct config_cast *cast)
{
  const struct dataset *dataset = plan->dataset;
  if (cast->locale.value != NULL)
    return cast->locale.value;
  return dataset->locale.value != NULL ? dataset->locale.value : dataset->sources[0].options.locale.value;
}

static void print_column(const struct plan *plan, size_t index, size_t width, struct text_buffer *out)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const struct plan_column *column = &plan->columns[index];
  const char *read_as = name_in_source(plan, index);
  text_buffer_add_string(out, "  ");
  add_padded(out, column->name, width);
  text_buffer_printf(out, " %s", text_visible(&scratch, type_name(&scratch, column->type)));
  if (column->made != NULL) {
    text_buffer_add_string(out, ", made: ");
    print_expression(column->value, column->made->expr.text, out);
  } else if (column->is_missing)
    text_buffer_add_string(out, ", in no source: null");
  else if (read_as != NULL && strcmp(read_as, column->name) != 0)
    text_buffer_printf(out, ", read as \"%s\"", text_visible(&scratch, read_as));
  if (column->cast != NULL) {
    text_buffer_add_string(out, ", cast");
    if (column->cast->format_hint.value != NULL)
      text_buffer_printf(out, " by '%s'", text_visible(&scratch, column->cast->format_hint.value));
    if (column->is_localized && column->cast->written_in != NULL)
      text_buffer_printf(out, " in %s", text_visible(&scratch, locale_of(plan, column->cast)));
    text_buffer_printf(out, " or %s", on_error_names[column->cast->on_error]);
  }
  if (column->default_config != NULL)
    text_buffer_printf(out, ", default '%s'", text_visible(&scratch, column->default_config->value.value));
  if (column->property != NULL)
    text_buffer_printf(out, ", in the schema%s", column->property->is_required ? " (required)" : "");
  if (index >= plan->n_named)
    text_buffer_add_string(out, ", replaced below");
  if (column->is_dropped)
    text_buffer_add_string(out, ", dropped after the rules");
  text_buffer_add_char(out, '\n');
}

static void print_standardization(const struct plan *plan, struct text_buffer *out)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  text_buffer_printf(out, "\nstandardize  in time zone %s\n", plan->dataset->timezone);
  size_t width = name_width(plan);
  for (size_t i = 0; i < plan->n_columns; i++)
    if (plan->columns[i].made == NULL)
      print_column(plan, i, width, out);
  if (plan->explode.is_set)
    text_buffer_printf(out, "explode  one row an element of %s, as %s; %s\n",
                       text_visible(&scratch, plan->columns[plan->explode.column].name),
                       text_visible(&scratch, plan->columns[plan->explode.as].name),
                       plan->dataset->explode.keep_empty ? "an empty list keeps its row"
                                                         : "an empty list drops its row");
  for (size_t i = 0; i < plan->n_made; i++)
    print_column(plan, plan->made[i], width, out);
  if (plan->n_dedupe_key == 0)
    return;
  text_buffer_add_string(out, "deduplicate  one row a key: ");
  for (size_t i = 0; i < plan->n_dedupe_key; i++)
    text_buffer_printf(out, "%s%s", i == 0 ? "" : ", ",
                       text_visible(&scratch, plan->columns[plan->dedupe_key[i]].name));
  text_buffer_add_string(out, "; the first by ");
  for (size_t i = 0; i < plan->n_dedupe_order; i++)
    text_buffer_printf(
        out, "%s %s nulls %s, ", text_visible(&scratch, plan->columns[plan->dedupe_order[i].column].name),
        plan->dedupe_order[i].descending ? "desc" : "asc", plan->dedupe_order[i].nulls_first ? "first" : "last");
  text_buffer_add_string(out, "file, position\n");
}

static void print_quality(const struct plan *plan, struct text_buffer *out)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const struct dataset *dataset = plan->dataset;
  if (plan->n_rules > 0)
    text_buffer_printf(out, "\nquality  %zu rule%s\n", plan->n_rules, plan->n_rules == 1 ? "" : "s");
  for (size_t i = 0; i < plan->n_rules; i++) {
    text_buffer_printf(out, "  %-10s %s: ", on_fail_names[plan->rules[i].config->on_fail],
                       text_visible(&scratch, plan->rules[i].config->name.value));
    print_expression(plan->rules[i].expr, plan->rules[i].config->expr.text, out);
    text_buffer_add_char(out, '\n');
  }
  if (dataset->schema != NULL)
    text_buffer_printf(out, "\nschema  %s, %s, %zu properties\n", text_visible(&scratch, dataset->schema_ref.value),
                       dataset->schema_mode == SCHEMA_STRICT ? "strict" : "flexible", dataset->schema->n_properties);
}

static void print_outputs(const struct plan *plan, struct text_buffer *out)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const struct dataset *dataset = plan->dataset;
  text_buffer_printf(out, "\nquarantine  %s/run_id=<run id>\nsilver  %s, %s, %s",
                     text_visible(&scratch, plan->quarantine_path), text_visible(&scratch, plan->silver_path),
                     silver_mode_names[dataset->silver.mode], dataset->silver.compression);
  if (plan->n_partitions > 0)
    text_buffer_add_string(out, ", partitioned by ");
  for (size_t i = 0; i < plan->n_partitions; i++)
    text_buffer_printf(out, "%s%s", i == 0 ? "" : ", ", text_visible(&scratch, plan->partitions[i].name));
  if (dataset->silver.partition_from.value != NULL)
    text_buffer_printf(out, " from %s", text_visible(&scratch, dataset->silver.partition_from.value));
  text_buffer_add_char(out, '\n');
}

static void print_gold(const struct plan *plan, struct text_buffer *out)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const struct dataset *dataset = plan->dataset;
  if (!dataset->gold.enabled)
    return;
  text_buffer_printf(out, "gold  %s.%s, %s, in %s\n", text_visible(&scratch, dataset->gold.schema),
                     text_visible(&scratch, dataset->gold.table), gold_mode_names[dataset->gold.mode],
                     text_visible(&scratch, plan->database_label));
  size_t width = name_width(plan);
  for (size_t i = 0; i < plan->n_gold_columns; i++) {
    const struct plan_gold_column *column = &plan->gold_columns[i];
    text_buffer_add_string(out, "  ");
    add_padded(out, column->name, width);
    text_buffer_printf(out, " %s%s\n",
                       column->json_column != NO_COLUMN ? "json"
                                                        : text_visible(&scratch, type_name(&scratch, column->type)),
                       column->is_required ? " not null" : "");
  }
  for (size_t i = 0; i < plan->n_conditions; i++) {
    text_buffer_printf(out, "  %s ", plan->conditions[i].config->is_warning ? "warn unless" : "keep where");
    print_expression(plan->conditions[i].expr, plan->conditions[i].config->condition.text, out);
    text_buffer_add_char(out, '\n');
  }
}

void plan_print(const struct plan *plan, struct text_buffer *out)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  text_buffer_printf(out, "dataset  %s\n\n", text_visible(&scratch, plan->dataset->id.value));
  print_sources(plan, out);
  print_standardization(plan, out);
  print_quality(plan, out);
  print_outputs(plan, out);
  print_gold(plan, out);
}
