/* The columns of a plan: what the sources have, after their renames, with the cast, default and schema property of
 * each. */
#include "plan/plan_internal.h"

#include <inttypes.h>

static const char *renamed(struct plan_builder *builder, const struct config_rename *renames, size_t n_renames,
                           const char *name, bool *ret_used)
{
  (void)builder;
  for (size_t i = 0; i < n_renames; i++)
    if (strcmp(renames[i].from.value, name) == 0) {
      ret_used[i] = true;
      return renames[i].to.value;
    }
  return name;
}

static void report_unused(struct plan_builder *builder, const struct plan_source *source,
                          const struct config_rename *renames, size_t n_renames, const bool *used)
{
  for (size_t i = 0; i < n_renames; i++) {
    if (used[i])
      continue;
    const char **names = arena_array(builder->arena, source->n_columns + 1, sizeof(char *));
    for (size_t c = 0; c < source->n_columns; c++)
      names[c] = source->columns[c].name;
    struct problem *problem = problem_at(builder->problems, renames[i].from.place,
                                         "the source has no column \"%s\" to rename", renames[i].from.value);
    add_hint_of_names(&problem->error, "column", text_from(renames[i].from.value), names, source->n_columns);
    plan_hint_header(builder, &problem->error);
  }
}

/* What crisol itself adds to silver, to the quarantine or to the rows between. */
static const char *const technical_columns[] = {
  "_run_id",     "_ingestion_ts", "_failed_rules", "_source_file",   "_source_line", "_source_offset",   "_raw_record",
  "_raw_length", "_raw_form",     "_raw_cut",      "_source_header", "_element",     "crisol_partition",
};

bool plan_is_technical_name(const char *name)
{
  for (size_t i = 0; i < ARRAY_LENGTH(technical_columns); i++)
    if (text_equal_nocase(text_from(name), text_from(technical_columns[i])))
      return true;
  return false;
}

static void report_technical(struct plan_builder *builder, const struct plan_source *source)
{
  for (size_t c = 0; c < source->n_columns; c++)
    if (!source->columns[c].is_left_out && plan_is_technical_name(source->names[c])) {
      struct problem *problem =
          problem_at(builder->problems, source->config->place,
                     "the source's column \"%s\" has the name of one that crisol adds", source->names[c]);
      add_hint(&problem->error, "Rename it under standardization.rename.");
    }
}

/* The rename that gives one of the two columns its name; the source where there is none. */
static struct place place_of_name(const struct plan_builder *builder, const struct plan_source *source, size_t first,
                                  size_t second)
{
  const struct dataset *dataset = builder->plan->dataset;
  for (size_t i = 0; i < dataset->n_rename; i++) {
    const struct config_rename *rename = &dataset->rename[i];
    if (strcmp(rename->from.value, source->columns[first].name) == 0 ||
        strcmp(rename->from.value, source->columns[second].name) == 0)
      return rename->to.place;
  }
  return source->config->place;
}

/* No expression can name it, and PostgreSQL has no such column. */
static void report_nameless(struct plan_builder *builder, const struct plan_source *source, size_t column)
{
  struct problem *problem =
      problem_at(builder->problems, source->config->place, "column %zu of the source has no name", column + 1);
  add_hint(&problem->error, "Name it under standardization.rename: { from: \"\", to: name }.");
}

static void report_repeated(struct plan_builder *builder, const struct plan_source *source, size_t first, size_t second)
{
  struct problem *problem = problem_at(builder->problems, place_of_name(builder, source, second, first),
                                       "two columns of the source are named \"%s\"", source->names[second]);
  add_hint(&problem->error, "They are read as \"%s\" and \"%s\"; rename one of them.", source->columns[first].name,
           source->columns[second].name);
}

/* A member's own rename comes first, then the dataset's. The dataset's applies to the members that have the column:
 * with one source a missing one is an error, with several it is one when no member has it. */
static void rename_columns(struct plan_builder *builder, struct plan_source *source, bool *used)
{
  struct plan *plan = builder->plan;
  const struct dataset *dataset = plan->dataset;
  bool *own_used = arena_array(builder->arena, source->config->n_rename + 1, sizeof(bool));
  source->names = arena_array(builder->arena, source->n_columns + 1, sizeof(char *));
  source->column_of = arena_array(builder->arena, source->n_columns + 1, sizeof(size_t));
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct name_set names = { .ignores_case = true };
  size_t *first = arena_array(&scratch, source->n_columns + 1, sizeof(*first)); /* [name]: the column that has it */
  for (size_t c = 0; c < source->n_columns; c++) {
    const char *name = source->columns[c].name;
    source->names[c] = name;
    if (source->columns[c].is_left_out)
      continue;
    name = renamed(builder, source->config->rename, source->config->n_rename, name, own_used);
    source->names[c] = renamed(builder, dataset->rename, dataset->n_rename, name, used);
    if (source->names[c][0] == '\0')
      report_nameless(builder, source, c);
    size_t n_names = names.count;
    size_t number = name_set_add(&scratch, &names, text_from(source->names[c]));
    if (number == n_names)
      first[number] = c;
    else
      report_repeated(builder, source, first[number], c);
  }
  if (!source->is_blank || !source->config->allow_empty)
    report_unused(builder, source, source->config->rename, source->config->n_rename, own_used);
  report_technical(builder, source);
}

struct plan_column *plan_find_or_add_column(struct plan_builder *builder, const char *name, size_t *capacity)
{
  struct plan *plan = builder->plan;
  size_t number = name_set_add(builder->arena, &plan->column_names, text_from(name));
  if (number < plan->n_columns)
    return &plan->columns[number];
  plan->columns = arena_grow(builder->arena, plan->columns, plan->n_columns, capacity, sizeof(*plan->columns));
  struct plan_column *column = &plan->columns[plan->n_columns++];
  *column = (struct plan_column){ .name = name, .replaces = NO_COLUMN, .origin = number };
  return column;
}

/* A column that no source has, for who uses its name: what a rename that finds no column would have made (that is told
 * once), or a name of the dataset where the input is empty and names none. */
static void stand_in(struct plan_builder *builder, const char *name, size_t *capacity)
{
  if (made_find(builder->plan->dataset, name) != NULL)
    return;
  struct plan_column *column = plan_find_or_add_column(builder, name, capacity);
  if (column->raw_type != NULL)
    return;
  column->raw_type = column->type = type_simple(TYPE_STRING);
  column->is_missing = true;
}

/* An input without a record and without a header has the columns that the dataset speaks of, the schema's apart. */
static void stand_in_for_all(struct plan_builder *builder, size_t *capacity)
{
  const struct plan *plan = builder->plan;
  const struct dataset *dataset = plan->dataset;
  for (size_t i = 0; i < plan->n_sources; i++)
    for (size_t r = 0; r < plan->sources[i].config->n_rename; r++)
      stand_in(builder, plan->sources[i].config->rename[r].to.value, capacity);
  for (size_t i = 0; i < dataset->n_casts; i++)
    stand_in(builder, dataset->casts[i].column.value, capacity);
  if (dataset->explode.column.value != NULL)
    stand_in(builder, dataset->explode.column.value, capacity);
  for (size_t i = 0; i < dataset->n_defaults; i++)
    stand_in(builder, dataset->defaults[i].column.value, capacity);
  for (size_t i = 0; i < dataset->dedupe_key.count; i++)
    stand_in(builder, dataset->dedupe_key.items[i].value, capacity);
  for (size_t i = 0; i < dataset->n_dedupe_order; i++)
    stand_in(builder, dataset->dedupe_order[i].column.value, capacity);
  if (dataset->silver.partition_from.value != NULL)
    stand_in(builder, dataset->silver.partition_from.value, capacity);
  for (size_t i = 0; i < dataset->silver.partition_by.count; i++)
    if (dataset->silver.partition_from.value == NULL ||
        plan_derived_partition(dataset->silver.partition_by.items[i].value) == NULL)
      stand_in(builder, dataset->silver.partition_by.items[i].value, capacity);
}

/* Sources that are united must agree on a type, and on how it is written. */
static bool is_inferred_alike(const struct plan_column *column, const struct source_column *read)
{
  if (column->inferred == NULL || read->inferred == NULL || !type_equal(column->inferred, read->inferred))
    return false;
  const char *ours = column->inferred_by == NULL ? "" : column->inferred_by;
  return strcmp(ours, read->inferred_by == NULL ? "" : read->inferred_by) == 0;
}

static void unite_source(struct plan_builder *builder, struct plan_source *source, size_t *capacity)
{
  bool is_text = source->config->format != SOURCE_PARQUET;
  for (size_t c = 0; c < source->n_columns; c++) {
    source->column_of[c] = SIZE_MAX;
    if (source->columns[c].is_left_out)
      continue;
    struct plan_column *column = plan_find_or_add_column(builder, source->names[c], capacity);
    source->column_of[c] = (size_t)(column - builder->plan->columns);
    const struct source_column *read = &source->columns[c];
    bool is_first = column->raw_type == NULL;
    column->is_document = column->is_dropped = is_first && read->is_document;
    if (is_first)
      column->raw_type = read->type;
    else if (is_text != column->is_text || !type_equal(column->raw_type, read->type))
      column->raw_type = type_simple(TYPE_STRING);
    if (is_first) {
      column->inferred = read->inferred;
      column->inferred_by = read->inferred_by;
    } else if (!is_inferred_alike(column, read)) {
      column->inferred = NULL;
    }
    column->is_text = column->is_text || is_text; /* Parquet's values are read as text beside it */
  }
}

static void hint_columns(struct plan_builder *builder, struct problem *problem, const char *wrong, size_t n_columns)
{
  const char **names = arena_array(builder->arena, n_columns + 1, sizeof(char *));
  size_t count = 0;
  for (size_t i = 0; i < n_columns; i++)
    if (!builder->plan->columns[i].is_missing)
      names[count++] = builder->plan->columns[i].name;
  add_hint_of_names(&problem->error, "column", text_from(wrong), names, count);
}

/* What files hold changes from day to day, what the dataset makes does not. */
static void report_unknown_to_schema(struct plan_builder *builder, const char *name)
{
  const struct dataset *dataset = builder->plan->dataset;
  const struct config_column *made = made_find(dataset, name);
  struct place place = made != NULL ? made->name.place : dataset->schema_ref.place;
  struct problem *problem = problem_at(builder->problems, place, "the schema does not know column \"%s\"%s", name,
                                       made != NULL ? "" : " of the source");
  if (made == NULL)
    problem->error.kind = ERROR_DATA;
  add_hint(&problem->error, "Add it to the schema's properties, set schema.mode: flexible, or name it under "
                            "standardization.drop.");
}

/* The element's column has its name before the schema's are added, and its type once the list has one. */
static void add_element_column(struct plan_builder *builder, size_t *capacity)
{
  struct plan *plan = builder->plan;
  const struct config_explode *explode = &plan->dataset->explode;
  if (explode->column.value == NULL || explode->as.value == NULL)
    return;
  made_check_name(builder, &explode->as, "explode");
  if (plan_find_column(plan, explode->as.value) != NO_COLUMN) {
    struct problem *problem = problem_at(builder->problems, explode->as.place,
                                         "explode makes column \"%s\", which is there already", explode->as.value);
    add_hint(&problem->error, "Give the element another name.");
    return;
  }
  struct plan_column *column = plan_find_or_add_column(builder, explode->as.value, capacity);
  column->raw_type = column->type = type_simple(TYPE_STRING);
  column->is_element = true;
  plan->explode.as = (size_t)(column - plan->columns);
  plan->explode.is_set = true;
}

static void add_schema_columns(struct plan_builder *builder, size_t *capacity)
{
  struct plan *plan = builder->plan;
  const struct dataset *dataset = plan->dataset;
  const struct schema *schema = dataset->schema;
  if (schema == NULL)
    return;
  size_t n_read = plan->n_columns;
  for (size_t i = 0; i < n_read; i++) {
    struct plan_column *column = &plan->columns[i];
    column->shape = schema_find(schema, column->name);
    if (column->is_dropped)
      continue;
    column->property = column->shape;
    if (column->property == NULL && !schema->allows_additional && dataset->schema_mode == SCHEMA_STRICT)
      report_unknown_to_schema(builder, column->name);
  }
  for (size_t i = 0; i < schema->n_properties; i++) {
    const struct schema_property *property = &schema->properties[i];
    const struct config_text *dropped = dropped_find(dataset, property->name);
    if (dropped != NULL && property->is_required && dataset->schema_mode == SCHEMA_STRICT) {
      struct problem *problem = problem_at(builder->problems, dropped->place,
                                           "column \"%s\" is dropped, but the schema requires it", dropped->value);
      add_hint(&problem->error, "Take it out of the schema's required, or out of standardization.drop.");
    }
    if (plan_find_column(plan, property->name) != NO_COLUMN)
      continue;
    if (dropped == NULL && property->is_required && dataset->schema_mode == SCHEMA_STRICT && !plan->is_nameless) {
      struct problem *problem = problem_at(builder->problems, property->place,
                                           "no source has column \"%s\", which the schema requires", property->name);
      problem->error.kind = ERROR_DATA;
      hint_columns(builder, problem, property->name, n_read);
    }
    struct plan_column *column = plan_find_or_add_column(builder, property->name, capacity);
    column->is_dropped = dropped != NULL;
    column->property = column->is_dropped ? NULL : property;
    column->raw_type = column->type = property->type;
    column->is_missing = true;
  }
}

int plan_find_source_column(const struct plan_source *source, size_t column)
{
  for (size_t c = 0; c < source->n_columns; c++)
    if (source->column_of[c] == column)
      return (int)c;
  return NO_COLUMN;
}

static struct expr_scope new_scope(const struct plan *plan, const struct expr_column *columns, size_t n_columns)
{
  const struct plan_places *places = plan->places;
  return (struct expr_scope){ .columns = columns,
                              .n_columns = n_columns,
                              .timezone = plan->dataset->timezone,
                              .row_number = places == NULL ? NULL : &places->row_number,
                              .metadata = places == NULL ? NULL : &places->metadata };
}

struct expr_scope plan_scope(struct arena *arena, const struct plan *plan, size_t extra)
{
  struct expr_column *columns = arena_array(arena, plan->n_named + extra + 1, sizeof(*columns));
  for (size_t i = 0; i < plan->n_named; i++)
    columns[i] = (struct expr_column){ .name = plan->columns[i].name,
                                       .type = plan->columns[i].type,
                                       .sql = arena_printf(arena, "v%zu", i) };
  return new_scope(plan, columns, plan->n_named);
}

struct expr_scope plan_scope_of_read(struct arena *arena, const struct plan *plan, char prefix)
{
  struct expr_column *columns = arena_array(arena, plan->n_columns + 1, sizeof(*columns));
  for (size_t i = 0; i < plan->n_columns; i++)
    columns[i] = (struct expr_column){ .type = prefix == 'r' ? plan->columns[i].raw_type : plan->columns[i].type,
                                       .sql = arena_printf(arena, "%c%zu", prefix, i) };
  plan_begin_made(plan, columns);
  return new_scope(plan, columns, plan->n_columns);
}

/* Casts and defaults come before standardization.columns: of its columns only what is read under their names has them.
 */
static struct plan_column *find_read_column(struct plan_builder *builder, struct config_text name, const char *what)
{
  const struct plan *plan = builder->plan;
  int index = plan_find_column(plan, name.value);
  if (index == NO_COLUMN) {
    plan_unknown_column(builder, name, what, &builder->raw);
    return NULL;
  }
  struct plan_column *column = &plan->columns[plan->columns[index].origin];
  if (column->made == NULL)
    return column;
  struct problem *problem =
      problem_at(builder->problems, name.place,
                 "column \"%s\" in %s is made by standardization.columns, which comes after it", name.value, what);
  add_hint(&problem->error,
           strcmp(what, "cast") == 0 ? "Give it a type there: { name: %s, expr: ..., type: ... }."
                                     : "Write the value for nulls into its expression: coalesce(..., %s).",
           strcmp(what, "cast") == 0 ? name.value : "value");
  return NULL;
}

static void refuse_cast_of_element(struct plan_builder *builder, const struct config_cast *cast)
{
  struct problem *problem = problem_at(builder->problems, cast->column.place,
                                       "a cast of \"%s\", which explode makes after the casts", cast->column.value);
  add_hint(&problem->error, "Cast the list \"%s\": its elements have the type of array<...>.",
           builder->plan->dataset->explode.column.value);
}

static void report_no_list(struct plan_builder *builder, const struct plan_column *list)
{
  const struct config_text column = builder->plan->dataset->explode.column;
  const char *type = type_name(builder->arena, list->type);
  struct problem *problem =
      problem_at(builder->problems, column.place, "explode takes a list, but column \"%s\" is %s", column.value, type);
  if (list->type->id == TYPE_STRING)
    add_hint(&problem->error,
             "Give it a type: casts: [{ column: %s, to: \"array<struct<sku:string,qty:int>>\" }], or array<string> for "
             "elements as they are written.",
             column.value);
  else if (list->type->id == TYPE_MAP)
    add_hint(&problem->error, "A map cannot be exploded: cast it to array<...> where it is a list in the files.");
}

/* Gives the element its type. */
static void build_explode(struct plan_builder *builder)
{
  struct plan *plan = builder->plan;
  struct plan_explode *explode = &plan->explode;
  const struct config_explode *config = &plan->dataset->explode;
  if (!explode->is_set)
    return;
  explode->is_set = false; /* until it is sound */
  const struct plan_column *list = find_read_column(builder, config->column, "explode");
  while (!plan->columns[explode->as].is_element) /* what standardization.columns has replaced lies elsewhere */
    explode->as = (explode->as + 1) % plan->n_columns;
  if (list == NULL)
    return;
  explode->column = (size_t)(list - plan->columns);
  explode->is_set = list->type->id == TYPE_ARRAY;
  if (explode->is_set)
    plan->columns[explode->as].raw_type = list->type->element;
  else if (!plan->is_nameless || !list->is_missing) /* of no record at all it may be anything */
    report_no_list(builder, list);
}

static void attach_casts(struct plan_builder *builder)
{
  const struct plan *plan = builder->plan;
  for (size_t i = 0; i < plan->dataset->n_casts; i++) {
    const struct config_cast *cast = &plan->dataset->casts[i];
    struct plan_column *column = find_read_column(builder, cast->column, "cast");
    if (column != NULL && column->is_element)
      refuse_cast_of_element(builder, cast);
    else if (column != NULL)
      column->cast = cast;
  }
  for (size_t i = 0; i < plan->dataset->n_defaults; i++) {
    const struct config_default *value = &plan->dataset->defaults[i];
    struct plan_column *column = find_read_column(builder, value->column, "default");
    if (column != NULL)
      column->default_config = value;
  }
}

static bool is_datetime(const struct type *type)
{
  return type->id == TYPE_TIMESTAMP || type->id == TYPE_DATE || type->id == TYPE_TIMESTAMP_NTZ;
}

/* Over what the locale's function makes of the text, under the column's own name. */
static const struct expr *convert_localized(struct plan_builder *builder, struct plan_column *column, const char *call)
{
  size_t index = (size_t)(column - builder->plan->columns);
  struct expr_column *text = arena_alloc(builder->arena, sizeof(*text));
  *text = (struct expr_column){ .name = column->name,
                                .type = type_simple(TYPE_STRING),
                                .sql = arena_printf(builder->arena, "crisol_localized__%zu(r%zu)", index, index) };
  const struct expr_scope scope = { .columns = text, .n_columns = 1, .timezone = builder->raw.timezone };
  return plan_compile(builder, &scope, column->cast->place, call);
}

static const struct expr *convert_by_hint(struct plan_builder *builder, struct plan_column *column, const char *name)
{
  const char *function = column->type->id == TYPE_DATE ? "to_date" : "to_timestamp";
  column->has_iso_fallback = column->type->id != TYPE_TIMESTAMP_NTZ;
  const char *call = arena_printf(builder->arena, "%s(%s, %s)", function, name,
                                  spark_string(builder->arena, column->cast->format_hint.value));
  column->is_localized = column->cast->written_in != NULL;
  if (column->is_localized)
    return convert_localized(builder, column, call);
  return plan_compile(builder, &builder->raw, column->cast->format_hint.place, call);
}

/* Of text to the type that the schema or inferSchema found. An integer of the schema may be written 5.0 or 1e2; what
 * does not fit a BIGINT is null, not wrapped. */
static const char *schema_conversion(struct plan_builder *builder, const struct plan_column *column, const char *name)
{
  struct arena *arena = builder->arena;
  if (column->shape == NULL && column->inferred_by != NULL)
    return arena_printf(arena, "%s(%s, %s)", column->type->id == TYPE_DATE ? "to_date" : "to_timestamp", name,
                        spark_string(arena, column->inferred_by));
  switch (column->type->id) {
  case TYPE_BIGINT:
    return arena_printf(arena, "try_cast(CAST(%s AS DECIMAL(38,0)) AS BIGINT)", name);
  case TYPE_TIMESTAMP: /* RFC 3339 allows 2024-01-31t10:00:00z, which Spark's cast does not read */
    if (column->shape != NULL)
      return arena_printf(arena, "coalesce(CAST(%s AS timestamp), CAST(upper(%s) AS timestamp))", name, name);
    return arena_printf(arena, "CAST(%s AS timestamp)", name);
  case TYPE_STRUCT:
  case TYPE_ARRAY:
  case TYPE_MAP:
    return arena_printf(arena, "from_json(%s, %s)", name, spark_string(arena, type_ddl(arena, column->type)));
  default:
    return arena_printf(arena, "CAST(%s AS %s)", name, type_ddl(arena, column->type));
  }
}

/* A nested type that is typed in place, of JSON. What the files hold as a nested value of another type is refused:
 * parts of it could be lost where nobody counts them. */
static bool convert_json(struct plan_builder *builder, struct plan_column *column, const char *name)
{
  const struct config_cast *cast = column->cast;
  if (column->raw_type->id == TYPE_STRING) {
    const char *call = arena_printf(builder->arena, "from_json(%s, %s)", name,
                                    spark_string(builder->arena, type_ddl(builder->arena, column->type)));
    column->converted = plan_compile(builder, &builder->raw, cast->place, call);
    column->is_parsed = true;
    return true;
  }
  struct problem *problem =
      problem_at(builder->problems, cast->place, "column \"%s\" is %s, which a cast cannot make %s", column->name,
                 type_name(builder->arena, column->raw_type), type_name(builder->arena, column->type));
  add_hint(&problem->error,
           "Nested types are made of JSON texts. Make a column of this one under "
           "standardization.columns: transform(%s, x -> ...).",
           column->name);
  return true;
}

static void build_conversion(struct plan_builder *builder, struct plan_column *column)
{
  const char *name = spark_name(builder->arena, column->name);
  struct place place = column->cast != NULL ? column->cast->place : NOWHERE;
  if (column->cast != NULL) {
    column->type = column->cast->type;
    if (type_equal(column->type, column->raw_type))
      return;
    if (column->cast->format_hint.value != NULL && is_datetime(column->type) && column->raw_type->id == TYPE_STRING) {
      column->converted = convert_by_hint(builder, column, name);
      return;
    }
    if (type_is_nested(column->type) && convert_json(builder, column, name))
      return;
    column->is_localized = column->cast->number != NULL && column->raw_type->id == TYPE_STRING;
    if (column->is_localized) {
      const char *call = arena_printf(builder->arena, "CAST(%s AS %s)", name, type_ddl(builder->arena, column->type));
      column->converted = convert_localized(builder, column, call);
      return;
    }
    const struct expr *raw = plan_compile(builder, &builder->raw, place, name);
    struct error err;
    if (raw == NULL || expr_cast(builder->arena, raw, column->type, place, &column->converted, &err))
      return;
    problem_add(builder->problems, &err, column->cast->on_error == ON_ERROR_SKIP);
    if (column->cast->on_error == ON_ERROR_SKIP) { /* the cast is left out */
      column->type = column->raw_type;
      column->cast = NULL;
    }
    return;
  }
  column->type = column->raw_type;
  if (!column->is_text && column->inferred == NULL)
    return;
  if (column->shape != NULL)
    column->type = column->shape->type;
  else if (column->inferred != NULL)
    column->type = column->inferred;
  if (!type_equal(column->type, column->raw_type))
    column->converted = plan_compile(builder, &builder->raw, place, schema_conversion(builder, column, name));
}

/* The greatest whole number of a type; INT64_MAX where it holds all that a bound of the schema can be. */
static int64_t greatest_whole(const struct type *type)
{
  int64_t power = 1;
  switch (type->id) {
  case TYPE_TINYINT:
    return INT8_MAX;
  case TYPE_SMALLINT:
    return INT16_MAX;
  case TYPE_INT:
    return INT32_MAX;
  case TYPE_DECIMAL:
    if (type->precision - type->scale > 18)
      return INT64_MAX;
    for (int digits = type->precision - type->scale; digits > 0; digits--)
      power *= 10;
    return power - 1;
  default:
    return INT64_MAX;
  }
}

/* A cast to a type that does not hold what the schema allows makes nulls of sound values. */
static void check_bounds(struct plan_builder *builder, const struct plan_column *column)
{
  const struct schema_property *property = column->property;
  if (column->cast == NULL || property == NULL)
    return;
  int64_t greatest = greatest_whole(column->type);
  int64_t least = column->type->id == TYPE_DECIMAL ? -greatest : -greatest - 1;
  const char *type = type_name(builder->arena, column->type);
  if (greatest == INT64_MAX)
    return;
  bool is_hopeless =
      (property->has_minimum && property->minimum > greatest) || (property->has_maximum && property->maximum < least);
  if (is_hopeless) {
    problem_at(builder->problems, column->cast->place,
               "column \"%s\" is cast to %s, which holds no value that the schema allows", column->name, type);
    return;
  }
  bool is_over = property->has_maximum && property->maximum > greatest;
  bool is_under = property->has_minimum && property->minimum < least;
  if (!is_over && !is_under)
    return;
  struct problem *problem = problem_warn_at(
      builder->problems, column->cast->place,
      "column \"%s\" is cast to %s, which ends at %" PRId64 ", but the schema allows %s %" PRId64, column->name, type,
      is_over ? greatest : least, is_over ? "up to" : "down to", is_over ? property->maximum : property->minimum);
  add_hint(&problem->error, "Cast it to a wider type, or narrow the schema: what lies beyond counts as not castable.");
}

/* A column of which every value would violate the schema. */
static void check_exclusion(struct plan_builder *builder, const struct plan_column *column)
{
  bool is_judged_as_read = column->is_text && column->cast == NULL; /* any JSON, whatever the column holds of it */
  const char *keyword = column->property == NULL || column->is_missing || is_judged_as_read
                            ? NULL
                            : schema_find_exclusion(column->property, column->type);
  if (keyword == NULL)
    return;
  const char *type = type_name(builder->arena, column->type);
  struct place place = column->cast != NULL   ? column->cast->place
                       : column->made != NULL ? column->made->expr.place
                                              : column->property->place;
  struct problem *problem = problem_at(builder->problems, place,
                                       "column \"%s\" is %s%s, and no value of that type passes the schema's \"%s\"",
                                       column->name, column->cast != NULL ? "cast to " : "", type, keyword);
  add_hint(&problem->error, "Change the %s, or the schema of \"%s\" in \"%s\".",
           column->cast != NULL   ? "cast"
           : column->made != NULL ? "expression"
                                  : "source",
           column->property->name, column->property->place.source->name);
}

static void build_default(struct plan_builder *builder, struct plan_column *column)
{
  if (column->default_config == NULL)
    return;
  struct config_text value = column->default_config->value;
  if (!literal_fits(text_from(value.value), column->type, builder->raw.timezone))
    problem_at(builder->problems, value.place, "default \"%s\" of column \"%s\" is no %s", value.value, column->name,
               type_name(builder->arena, column->type));
  const char *call = arena_printf(builder->arena, "CAST(%s AS %s)", spark_string(builder->arena, value.value),
                                  type_ddl(builder->arena, column->type));
  column->default_value =
      plan_compile(builder, &(struct expr_scope){ .timezone = builder->raw.timezone }, value.place, call);
}

static void build_column(struct plan_builder *builder, struct plan_column *column)
{
  build_conversion(builder, column);
  check_bounds(builder, column);
  check_exclusion(builder, column);
  build_default(builder, column);
  column->checks_raw = column->property != NULL && column->is_text && column->cast == NULL;
  column->changes = column->converted != NULL || column->default_value != NULL;
}

/* DuckDB plans a statement in time that grows with the square of its columns: 10,000 take some seconds, 100,000 did
 * not end in minutes. */
enum { COLUMNS_MAX = 32768 };

static void check_count(struct plan_builder *builder, const struct plan_source *source)
{
  if (source->n_columns <= COLUMNS_MAX)
    return;
  struct problem *problem =
      problem_at(builder->problems, source->config->place, "the source has %zu columns, but at most %d are supported",
                 source->n_columns, COLUMNS_MAX);
  add_hint(&problem->error,
           "Where JSON's keys are data, read them as one value: put them under a key of their own, with a "
           "schema that calls it an object. Else part the columns among several files.");
}

void plan_build_columns(struct plan_builder *builder)
{
  struct plan *plan = builder->plan;
  const struct dataset *dataset = plan->dataset;
  size_t capacity = 0;
  plan->column_names = (struct name_set){ .ignores_case = true };
  bool *used = arena_array(builder->arena, dataset->n_rename + 1, sizeof(bool));
  for (size_t i = 0; i < plan->n_sources; i++) {
    check_count(builder, &plan->sources[i]);
    rename_columns(builder, &plan->sources[i], used);
  }
  plan->is_nameless = plan_names_nothing(plan);
  if (plan->n_sources > 0 && !plan->is_nameless)
    report_unused(builder, &plan->sources[0], dataset->rename, dataset->n_rename, used);
  for (size_t i = 0; i < plan->n_sources; i++)
    unite_source(builder, &plan->sources[i], &capacity);
  for (size_t i = 0; i < dataset->n_rename; i++)
    if (!used[i])
      stand_in(builder, dataset->rename[i].to.value, &capacity);
  if (plan->is_nameless)
    stand_in_for_all(builder, &capacity);
  add_element_column(builder, &capacity);
  made_add_names(builder, &capacity);
  add_schema_columns(builder, &capacity);
  made_replace(builder, &capacity);
  builder->raw = plan_scope_of_read(builder->arena, plan, 'r');
  attach_casts(builder);
  for (size_t i = 0; i < plan->n_columns; i++)
    if (plan->columns[i].made == NULL && !plan->columns[i].is_element)
      build_column(builder, &plan->columns[i]);
  build_explode(builder);
  for (size_t i = 0; i < plan->n_columns; i++)
    if (plan->columns[i].is_element)
      build_column(builder, &plan->columns[i]);
  made_build(builder);
  for (size_t i = 0; i < plan->n_made; i++) {
    check_bounds(builder, &plan->columns[plan->made[i]]);
    check_exclusion(builder, &plan->columns[plan->made[i]]);
  }
  builder->silver = plan_scope(builder->arena, plan, 0);
  builder->gold = plan_scope(builder->arena, plan, dataset->silver.partition_by.count + 2);
}
