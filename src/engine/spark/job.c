#include "engine/spark/job.h"

#include "base/file.h"
#include "engine/rows/layout.h"
#include "engine/rows/text_source.h"
#include "engine/spark/zones.h"
#include "value/locale.h"

#include <inttypes.h>

static bool keeps_raw(const struct plan_column *column)
{
  return column->changes || column->keeps_json;
}

/* JSON. A member is followed by a comma; the last one of an object is cut off by close_object. */

static void add_string(struct text text, struct text_buffer *out)
{
  text_buffer_add_char(out, '"');
  for (size_t i = 0; i < text.length; i++) {
    unsigned char c = (unsigned char)text.data[i];
    if (c == '"' || c == '\\')
      text_buffer_printf(out, "\\%c", c);
    else if (c < 0x20)
      text_buffer_printf(out, "\\u%04x", c);
    else
      text_buffer_add_char(out, (char)c);
  }
  text_buffer_add_char(out, '"');
}

static void add_text(const char *name, struct text value, struct text_buffer *out)
{
  if (value.data == NULL)
    return;
  text_buffer_printf(out, "\"%s\": ", name);
  add_string(value, out);
  text_buffer_add_string(out, ", ");
}

static void add_flag(const char *name, bool value, struct text_buffer *out)
{
  if (value)
    text_buffer_printf(out, "\"%s\": true, ", name);
}

static void add_type(const char *name, const struct type *type, struct text_buffer *out)
{
  SCOPED(text_buffer_done) struct text_buffer ddl = { 0 };
  type_print_ddl(type, &ddl);
  add_text(name, text_buffer_text(&ddl), out);
}

static void close_with(const char *end, struct text_buffer *out)
{
  if (out->length >= 2 && memcmp(out->data + out->length - 2, ", ", 2) == 0)
    out->length -= 2;
  text_buffer_add_string(out, end);
}

/* parts */

static void add_character(const char *name, unsigned char character, struct text_buffer *out)
{
  const char text[] = { (char)character };
  if (character != 0)
    add_text(name, (struct text){ text, 1 }, out);
}

static void print_document_keys(const struct reader_options *options, struct text_buffer *out)
{
  add_text("records", text_from(options->records), out);
  add_flag("document", options->document, out);
  if (!options->document || options->document_keys == NULL)
    return;
  text_buffer_add_string(out, "\"document_keys\": [");
  for (size_t i = 0; i < options->n_document_keys; i++) {
    add_string(text_from(options->document_keys[i]), out);
    text_buffer_add_string(out, ", ");
  }
  close_with("], ", out);
}

static void print_options(const struct dataset *dataset, const struct source_config *config, struct text_buffer *out)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct reader_options options = reader_options_from(config);
  text_source_set_document(&scratch, dataset, &options);
  text_buffer_printf(out, "\"format\": \"%s\",\n\"options\": {", options.format == READER_CSV ? "csv" : "json");
  add_flag("header", options.header, out);
  add_flag("by_position", config->columns.count > 0, out);
  add_flag("multi_line", options.multi_line, out);
  add_text("separator", text_from(options.separator), out);
  add_character("quote", options.quote, out);
  add_character("escape", options.escape, out);
  add_character("comment", options.comment, out);
  add_text("null_value", text_from(options.null_value), out);
  add_text("empty_value", text_from(options.empty_value), out);
  add_flag("trim_leading", options.trim_leading, out);
  add_flag("trim_trailing", options.trim_trailing, out);
  add_text("encoding", text_from(options.encoding), out);
  print_document_keys(&options, out);
  add_flag("gives_raw", true, out); /* a rule may reject any record */
  add_flag("allow_comments", options.allow_comments, out);
  add_flag("allow_unquoted_names", options.allow_unquoted_names, out);
  add_flag("allow_single_quotes", options.allow_single_quotes, out);
  close_with("},\n", out);
}

static bool holds_instants(const struct type *type)
{
  switch (type->id) {
  case TYPE_TIMESTAMP:
  case TYPE_DATE: /* by a pattern that has a zone */
    return true;
  case TYPE_ARRAY:
    return holds_instants(type->element);
  case TYPE_MAP:
    return holds_instants(type->key) || holds_instants(type->element);
  case TYPE_STRUCT:
    for (size_t i = 0; i < type->n_fields; i++)
      if (holds_instants(type->fields[i].type))
        return true;
    return false;
  default:
    return false;
  }
}

/* A text may name any zone, whatever the dataset's is. */
static bool needs_zones(const struct plan *plan)
{
  for (size_t i = 0; i < plan->n_columns; i++)
    if (stage_is_read(&plan->columns[i]) && holds_instants(plan->columns[i].type))
      return true;
  return false;
}

static void print_zones(const struct plan *plan, struct text_buffer *out)
{
  add_text("timezone", text_from(plan->dataset->timezone), out);
  text_buffer_add_string(out, "\"zones\": \"");
  spark_zones_print(out);
  text_buffer_add_string(out, "\",\n");
}

static void print_schema(const struct schema *schema, struct text_buffer *out)
{
  if (schema == NULL)
    return;
  add_text("schema", schema->source.text, out);
  add_text("schema_name", text_from(schema->source.name), out);
}

static void print_fields(const struct plan_source *source, struct text_buffer *out)
{
  text_buffer_add_string(out, "\"fields\": [");
  for (size_t c = 0; c < source->n_columns; c++) {
    add_string(text_from(source->columns[c].name), out);
    text_buffer_add_string(out, ", ");
  }
  close_with("],\n", out);
}

/* The marks and names that the text of a column has. */
static void print_localized(const struct config_cast *cast, struct text_buffer *out)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const char *hint = cast->format_hint.value;
  add_flag("is_localized", true, out);
  if (cast->written_in != NULL)
    add_text("locale", text_from(locale_name(&scratch, cast->written_in)), out);
  if (cast->number != NULL && hint != NULL)
    add_text("number_pattern", text_from(hint), out);
}

/* How plan/columns.c converts the text of a column. */
static void print_conversion(const struct plan_column *column, struct text_buffer *out)
{
  const char *hint = column->cast == NULL ? NULL : column->cast->format_hint.value;
  bool is_of_schema = column->cast == NULL && column->shape != NULL;
  const char *conversion = "cast";
  if (column->converted == NULL)
    return;
  add_flag("is_converted", true, out);
  add_flag("has_iso_fallback", column->has_iso_fallback, out);
  if (column->raw_type->id != TYPE_STRING) /* no text source has it */
    return;
  add_flag("is_parsed", column->is_parsed, out);
  if (column->is_localized)
    print_localized(column->cast, out);
  bool is_date = hint != NULL && column->cast->number == NULL;
  if (is_date || (column->cast == NULL && !is_of_schema && column->inferred_by != NULL)) {
    conversion = "pattern";
    add_text("pattern", text_from(is_date ? hint : column->inferred_by), out);
  } else if (type_is_nested(column->type)) {
    conversion = "json";
  } else if (column->cast == NULL && column->type->id == TYPE_BIGINT) {
    conversion = "integer";
  } else if (is_of_schema && column->type->id == TYPE_TIMESTAMP) {
    conversion = "timestamp";
  }
  add_text("conversion", text_from(conversion), out);
}

/* `field` is the source's column, NO_COLUMN where it has none. */
static void print_column(const struct plan *plan, const struct plan_column *column, int field, struct text_buffer *out)
{
  text_buffer_add_char(out, '{');
  add_text("name", text_from(column->name), out);
  add_type("type", column->type, out);
  add_type("raw_type", column->raw_type, out);
  if (field != NO_COLUMN)
    text_buffer_printf(out, "\"field\": %d, ", field);
  print_conversion(column, out);
  add_flag("has_cast", column->cast != NULL, out);
  if (column->default_value != NULL)
    add_text("default", text_from(column->default_config->value.value), out);
  if (column->property != NULL)
    text_buffer_printf(out, "\"property\": %td, ", column->property - plan->dataset->schema->properties);
  add_flag("checks_raw", column->checks_raw, out);
  add_flag("counts_keys", stage_counts_keys(column), out);
  add_flag("keeps_raw", keeps_raw(column), out);
  close_with("}", out);
}

void spark_job_print(const struct plan *plan, size_t source, struct text_buffer *out)
{
  const struct plan_source *printed = &plan->sources[source];
  SCOPED(arena_done) struct arena scratch = { 0 };
  int *fields = arena_array(&scratch, plan->n_columns + 1, sizeof(*fields));
  for (size_t i = 0; i < plan->n_columns; i++)
    fields[i] = NO_COLUMN;
  for (size_t c = 0; c < printed->n_columns; c++)
    fields[printed->column_of[c]] = (int)c;
  text_buffer_add_string(out, "{\"version\": 1, ");
  print_options(plan->dataset, printed->config, out);
  if (needs_zones(plan))
    print_zones(plan, out);
  else
    add_text("timezone", TEXT("UTC"), out);
  print_schema(plan->dataset->schema, out);
  print_fields(printed, out);
  text_buffer_add_string(out, "\"columns\": [");
  bool is_first = true;
  for (size_t i = 0; i < plan->n_columns; i++) {
    if (!stage_is_read(&plan->columns[i]))
      continue;
    text_buffer_add_string(out, is_first ? "\n" : ",\n");
    is_first = false;
    print_column(plan, &plan->columns[i], fields[i], out);
  }
  text_buffer_add_string(out, "]}\n");
}

void spark_job_schema(const struct plan *plan, size_t source, struct text_buffer *out)
{
  (void)source; /* all give the same columns */
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct stage_layout layout;
  stage_layout_init(&scratch, plan, &layout);
  for (size_t i = 0; i < plan->n_columns; i++) {
    if (!stage_is_read(&plan->columns[i]))
      continue;
    text_buffer_printf(out, "v%zu ", i);
    type_print_ddl(plan->columns[i].type, out);
    text_buffer_add_string(out, ", ");
  }
  for (size_t i = 0; i < plan->n_columns; i++)
    if (stage_is_read(&plan->columns[i]) && keeps_raw(&plan->columns[i])) {
      text_buffer_printf(out, "r%zu ", i);
      type_print_ddl(plan->columns[i].raw_type, out);
      text_buffer_add_string(out, ", ");
    }
  for (size_t i = 0; i < plan->n_columns; i++)
    if (stage_is_read(&plan->columns[i]) && plan->columns[i].property != NULL)
      text_buffer_printf(out, "s%zu bigint, ", i);
  for (size_t i = 0; i < plan->n_columns; i++)
    if (stage_counts_keys(&plan->columns[i]))
      text_buffer_printf(out, "u%zu bigint, ", i);
  for (size_t word = 0; word < layout.n_read_cast_words; word++)
    text_buffer_printf(out, "c%zu bigint, ", word);
  text_buffer_add_string(out,
                         "file int, position bigint, line bigint, reason int, raw string, raw_length bigint, form int");
}

/* A path's line ends would end the line that it stands on. */
static void add_path(const char *path, struct text_buffer *out)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  static const char s3[] = "s3://";
  bool is_object = path_is_remote(path);
  text_buffer_add_string(out, is_object ? "s3a://" : "file://");
  for (const char *p = is_object ? path + strlen(s3) : path_absolute(&scratch, path); *p != '\0'; p++)
    if (*p == '%' || *p == '\n' || *p == '\r')
      text_buffer_printf(out, "%%%02X", (unsigned char)*p);
    else
      text_buffer_add_char(out, *p);
}

/* A line for each part of a file that may be read by itself: the last one is not less than the others. */
static void add_parts(const struct plan_file *file, size_t number, const char *layout, const struct reader_mark *marks,
                      size_t n_marks, struct text_buffer *out)
{
  struct reader_mark start = { 0 };
  size_t n_parts = n_marks > 0 ? n_marks : 1;
  for (size_t i = 0; i < n_parts; i++) {
    struct reader_mark end = i + 1 < n_parts ? marks[i] : (struct reader_mark){ .offset = file->bytes };
    text_buffer_printf(out, "%zu %" PRIu64 " %" PRId64 " %s %" PRIu64 " %" PRIu64 " %" PRIu64 " ", number, file->bytes,
                       file->modified_us, layout, start.offset, end.offset, start.line);
    add_path(file->path, out);
    text_buffer_add_char(out, '\n');
    start = end;
  }
}

void spark_job_print_files(const struct plan *plan, size_t source, const struct reader *reader, struct text_buffer *out)
{
  static const char *const layouts[] = {
    [LAYOUT_UNKNOWN] = "-", [LAYOUT_LINES] = "lines", [LAYOUT_TEXTS] = "texts", [LAYOUT_ARRAY] = "array"
  };
  const struct plan_source *printed = &plan->sources[source];
  for (size_t i = 0; i < printed->n_files; i++) {
    const struct plan_file *file = &printed->files[i];
    enum reader_layout layout = reader == NULL ? LAYOUT_UNKNOWN : reader_file_layout(reader, i);
    size_t n_marks = 0;
    const struct reader_mark *marks = reader == NULL ? NULL : reader_file_marks(reader, i, &n_marks);
    add_parts(file, printed->first_file + i, layouts[layout], marks, n_marks, out);
  }
}

/* Hadoop's Path makes one of two slashes, and goes up and down by dots; statements hold UTF-8. NULL: it can be told. */
static const char *find_unnamable(const char *path)
{
  const char *rest = path;
  if (!text_is_utf8(text_from(path)))
    return "is not valid UTF-8";
  if (!path_is_remote(path))
    return NULL;
  rest += strlen("s3://");
  while ((rest = strchr(rest, '/')) != NULL) {
    size_t length = strcspn(++rest, "/");
    bool is_dots = (length == 1 || length == 2) && strspn(rest, ".") >= length;
    if (length == 0 || is_dots)
      return "has an empty name, \".\" or \"..\" in its key";
  }
  return NULL;
}

/* The schema's checks are the worker's, which judges what it has read, before Spark makes columns of it. */
static void check_made(const struct plan *plan, struct problem_list *problems)
{
  for (size_t i = 0; i < plan->n_columns; i++) {
    const struct plan_column *column = &plan->columns[i];
    if (column->property == NULL || (column->made == NULL && !column->is_element && !column->is_parsed))
      continue;
    struct place place = column->made != NULL ? column->made->name.place
                         : column->is_parsed  ? column->cast->place
                                              : plan->dataset->explode.as.place;
    struct problem *problem = problem_at(
        problems, place, "column \"%s\" %s cannot be checked by a JSON Schema with engine: spark", column->name,
        column->made != NULL ? "of standardization.columns"
        : column->is_parsed  ? "of a cast of JSON"
                             : "of standardization.explode");
    add_hint(&problem->error, "Write it as rules and leave the column out of the schema, or use engine: duckdb.");
  }
}

void spark_job_check(const struct plan *plan, struct problem_list *problems)
{
  check_made(plan, problems);
  for (size_t i = 0; i < plan->n_sources; i++) {
    const struct plan_source *source = &plan->sources[i];
    for (size_t file = 0; source->config->format != SOURCE_PARQUET && file < source->n_files; file++) {
      const char *reason = find_unnamable(source->files[file].path);
      if (reason != NULL)
        problem_at(problems, source->config->place, "Spark cannot read \"%s\": its path %s", source->files[file].path,
                   reason);
    }
  }
}
