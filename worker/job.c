#include "worker/job.h"

#include "schema/document.h"
#include "value/cast.h"
#include "worker/zones.h"

#include <stdlib.h>

struct reading {
  struct arena *arena;
  struct job *job;
  const struct schema *schema;
  struct error *err;
};

static bool refuse(const struct reading *reading, const char *what)
{
  return fail(reading->err, ERROR_DEFECT, NOWHERE, "the job of the worker has no sound \"%s\"", what);
}

/* Members: absent ones are NULL, false and -1. */

static const struct document_value *member(const struct document_value *object, const char *name)
{
  const struct document_value *value = document_find(object, text_from(name));
  return value == NULL || value->kind == JSON_NULL ? NULL : value;
}

static const char *string_of(const struct reading *reading, const struct document_value *object, const char *name)
{
  const struct document_value *value = member(object, name);
  return value == NULL || value->kind != JSON_STRING ? NULL : text_copy(reading->arena, value->text);
}

static bool bool_of(const struct document_value *object, const char *name)
{
  const struct document_value *value = member(object, name);
  return value != NULL && value->kind == JSON_TRUE;
}

static int int_of(const struct document_value *object, const char *name)
{
  const struct document_value *value = member(object, name);
  int64_t number;
  bool is_number = value != NULL && value->kind == JSON_NUMBER && text_to_integer_exact(value->text, &number);
  return is_number && number >= 0 && number <= INT32_MAX ? (int)number : -1;
}

static unsigned char character_of(const struct reading *reading, const struct document_value *object, const char *name)
{
  const char *string = string_of(reading, object, name);
  return string == NULL ? 0 : (unsigned char)string[0];
}

/* parts */

static void read_document_keys(const struct reading *reading, const struct document_value *options)
{
  const struct document_value *keys = member(options, "document_keys");
  if (keys == NULL || keys->kind != JSON_ARRAY_START)
    return;
  const char **names = arena_array(reading->arena, keys->n_items + 1, sizeof(*names));
  for (size_t i = 0; i < keys->n_items; i++)
    names[i] = text_copy(reading->arena, keys->items[i].text);
  reading->job->reader.document_keys = names;
  reading->job->reader.n_document_keys = keys->n_items;
}

static bool read_options(struct reading *reading, const struct document_value *root)
{
  const struct document_value *options = member(root, "options");
  const char *format = string_of(reading, root, "format");
  const char *separator = options == NULL ? NULL : string_of(reading, options, "separator");
  if (format == NULL || separator == NULL || strlen(separator) >= sizeof(reading->job->reader.separator))
    return refuse(reading, "options");
  reading->job->reader = (struct reader_options){
    .format = strcmp(format, "csv") == 0 ? READER_CSV : READER_JSON,
    .header = bool_of(options, "header"),
    .multi_line = bool_of(options, "multi_line"),
    .quote = character_of(reading, options, "quote"),
    .escape = character_of(reading, options, "escape"),
    .comment = character_of(reading, options, "comment"),
    .null_value = string_of(reading, options, "null_value"),
    .empty_value = string_of(reading, options, "empty_value"),
    .trim_leading = bool_of(options, "trim_leading"),
    .trim_trailing = bool_of(options, "trim_trailing"),
    .encoding = string_of(reading, options, "encoding"),
    .records = string_of(reading, options, "records"),
    .document = bool_of(options, "document"),
    .gives_raw = bool_of(options, "gives_raw"),
    .allow_comments = bool_of(options, "allow_comments"),
    .allow_unquoted_names = bool_of(options, "allow_unquoted_names"),
    .allow_single_quotes = bool_of(options, "allow_single_quotes"),
  };
  memcpy(reading->job->reader.separator, separator, strlen(separator));
  read_document_keys(reading, options);
  return true;
}

static bool read_zone(struct reading *reading, const struct document_value *root)
{
  const char *name = string_of(reading, root, "timezone"), *zones = string_of(reading, root, "zones");
  if (!zones_take(reading->arena, text_from(zones)))
    return refuse(reading, "zones");
  reading->job->zone = name == NULL ? NULL : timezone_find(text_from(name));
  return reading->job->zone != NULL || refuse(reading, "timezone");
}

static bool read_schema(struct reading *reading, const struct document_value *root)
{
  const struct document_value *text = member(root, "schema");
  const char *name = string_of(reading, root, "schema_name");
  if (text == NULL)
    return true;
  struct problem_list problems = { .arena = reading->arena };
  struct schema *schema = NULL;
  if (!schema_compile(reading->arena, name == NULL ? "schema" : name, text->text, &problems, &schema))
    return refuse(reading, "schema");
  reading->schema = schema;
  return true;
}

static bool read_fields(struct reading *reading, const struct document_value *root)
{
  const struct document_value *fields = member(root, "fields");
  struct job *job = reading->job;
  if (fields == NULL || fields->kind != JSON_ARRAY_START)
    return refuse(reading, "fields");
  job->n_fields = fields->n_items;
  job->fields = arena_array(reading->arena, job->n_fields + 1, sizeof(*job->fields));
  for (size_t i = 0; i < job->n_fields; i++)
    job->fields[i] = text_copy(reading->arena, fields->items[i].text);
  job->reader.columns = job->fields;
  job->reader.n_columns = job->n_fields;
  if (bool_of(member(root, "options"), "by_position")) {
    job->reader.names = job->fields;
    job->reader.n_names = job->n_fields;
  }
  return true;
}

static bool read_type(struct reading *reading, const struct document_value *object, const char *name,
                      const struct type **ret_type)
{
  const char *text = string_of(reading, object, name);
  return text != NULL && type_parse(reading->arena, text_from(text), NOWHERE, ret_type, reading->err);
}

static enum conversion conversion_of(const struct reading *reading, const struct document_value *object)
{
  static const char *const names[] = { [CONVERT_CAST] = "cast",
                                       [CONVERT_PATTERN] = "pattern",
                                       [CONVERT_INTEGER] = "integer",
                                       [CONVERT_TIMESTAMP] = "timestamp",
                                       [CONVERT_JSON] = "json" };
  const char *name = string_of(reading, object, "conversion");
  for (size_t i = CONVERT_CAST; name != NULL && i < ARRAY_LENGTH(names); i++)
    if (strcmp(name, names[i]) == 0)
      return (enum conversion)i;
  return CONVERT_NOTHING;
}

/* The type's own way of being written: a number by its pattern, a date by that of the conversion. */
static bool read_localized(struct reading *reading, const struct document_value *object, struct job_column *column)
{
  const char *name = string_of(reading, object, "locale"), *pattern = string_of(reading, object, "number_pattern");
  bool is_date = column->conversion == CONVERT_PATTERN;
  struct localized *localized = arena_alloc(reading->arena, sizeof(*localized));
  *localized = (struct localized){ .locale = name == NULL ? NULL : locale_find(text_from(name)) };
  column->localized = localized;
  if (localized->locale == NULL && (is_date || name != NULL || pattern == NULL))
    return refuse(reading, "locale");
  localized->pattern = text_from(is_date ? string_of(reading, object, "pattern") : "");
  const struct text number_pattern = pattern == NULL ? (struct text){ 0 } : text_from(pattern);
  return is_date || number_format_compile(reading->arena, localized->locale, number_pattern, NOWHERE,
                                          &localized->number, reading->err);
}

static bool read_column(struct reading *reading, const struct document_value *object, struct job_column *column)
{
  const char *pattern = string_of(reading, object, "pattern");
  int property = int_of(object, "property");
  *column = (struct job_column){
    .name = string_of(reading, object, "name"),
    .field = int_of(object, "field"),
    .conversion = conversion_of(reading, object),
    .has_iso_fallback = bool_of(object, "has_iso_fallback"),
    .is_parsed = bool_of(object, "is_parsed"),
    .default_text = string_of(reading, object, "default"),
    .checks_raw = bool_of(object, "checks_raw"),
    .counts_keys = bool_of(object, "counts_keys"),
    .keeps_raw = bool_of(object, "keeps_raw"),
    .has_cast = bool_of(object, "has_cast"),
    .cast = -1,
  };
  if (column->name == NULL || column->field >= (int)reading->job->n_fields ||
      !read_type(reading, object, "type", &column->type) || !read_type(reading, object, "raw_type", &column->raw_type))
    return refuse(reading, "columns");
  if (column->has_cast && bool_of(object, "is_converted"))
    column->cast = (int)reading->job->n_casts++;
  if (property >= 0 && (reading->schema == NULL || (size_t)property >= reading->schema->n_properties))
    return refuse(reading, "property");
  if (property >= 0)
    column->property = &reading->schema->properties[property];
  if (column->conversion == CONVERT_PATTERN && pattern == NULL)
    return refuse(reading, "pattern");
  if (bool_of(object, "is_localized"))
    TRY(read_localized(reading, object, column));
  if (column->conversion != CONVERT_PATTERN)
    return true;
  return datetime_pattern_compile(reading->arena, text_from(pattern), PATTERN_PARSE, NOWHERE, false, &column->pattern,
                                  reading->err);
}

static bool read_columns(struct reading *reading, const struct document_value *root)
{
  const struct document_value *columns = member(root, "columns");
  struct job *job = reading->job;
  if (columns == NULL || columns->kind != JSON_ARRAY_START)
    return refuse(reading, "columns");
  job->n_columns = columns->n_items;
  job->columns = arena_array(reading->arena, job->n_columns + 1, sizeof(*job->columns));
  for (size_t i = 0; i < job->n_columns; i++)
    TRY(read_column(reading, &columns->items[i], &job->columns[i]));
  return true;
}

bool job_read(struct arena *arena, struct text text, struct job *ret_job, struct error *err)
{
  struct source *source = arena_alloc(arena, sizeof(*source));
  struct problem_list problems = { .arena = arena };
  struct document_value root = { 0 };
  *source = (struct source){ .name = "job", .text = text };
  *ret_job = (struct job){ 0 };
  struct reading reading = { .arena = arena, .job = ret_job, .err = err };
  if (!document_read(arena, source, &problems, &root) || int_of(&root, "version") != 1)
    return refuse(&reading, "version");
  return read_options(&reading, &root) && read_zone(&reading, &root) && read_schema(&reading, &root) &&
         read_fields(&reading, &root) && read_columns(&reading, &root);
}
