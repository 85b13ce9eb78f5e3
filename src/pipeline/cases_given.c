/* What a case gives: rows, a text or files in the place of the dataset's sources. */
#include "pipeline/cases_internal.h"

#include "base/file.h"
#include "base/log.h"
#include "schema/number.h"
#include "value/json_copy.h"

/* columns */

static void add_row_names(struct arena *arena, struct name_set *names, const struct node *row)
{
  for (size_t i = 0; row != NULL && i < row->n_entries; i++)
    name_set_add(arena, names, text_from(row->entries[i].key->value));
}

static bool is_of_source(const struct case_records *records, const struct source_config *source)
{
  return records->source.value == NULL || (source->name != NULL && strcmp(records->source.value, source->name) == 0);
}

static bool is_renamed(const struct source_config *source, const char *name)
{
  for (size_t i = 0; i < source->n_rename; i++)
    if (strcmp(source->rename[i].to.value, name) == 0)
      return true;
  return false;
}

static void add_renamed(struct arena *arena, struct name_set *names, const struct dataset *dataset,
                        const struct source_config *source)
{
  for (size_t i = 0; i < source->columns.count; i++)
    name_set_add(arena, names, text_from(source->columns.items[i].value));
  for (size_t i = 0; i < source->n_rename; i++)
    name_set_add(arena, names, text_from(source->rename[i].from.value));
  for (size_t i = 0; dataset->n_sources == 1 && i < dataset->n_rename; i++)
    if (!is_renamed(source, dataset->rename[i].from.value))
      name_set_add(arena, names, text_from(dataset->rename[i].from.value));
}

struct name_set *cases_known_columns(struct arena *arena, const struct case_file *file, const struct dataset *dataset)
{
  struct name_set *known = arena_array(arena, dataset->n_sources + 1, sizeof(*known));
  for (size_t s = 0; s < dataset->n_sources; s++) {
    const struct source_config *source = &dataset->sources[s];
    for (size_t c = 0; c < file->n_cases; c++) {
      const struct test_case *test = &file->cases[c];
      for (size_t g = 0; g < test->n_given; g++) {
        const struct node *rows = is_of_source(&test->given[g], source) ? test->given[g].rows : NULL;
        for (size_t i = 0; rows != NULL && i < rows->n_items; i++)
          add_row_names(arena, &known[s], rows->items[i]);
        if (rows != NULL)
          add_row_names(arena, &known[s], test->row);
      }
    }
    if (known[s].count > 0)
      add_renamed(arena, &known[s], dataset, source);
  }
  return known;
}

/* What the row has in a column: its own, or what stands for what it leaves out; NULL: nothing. */
static const struct node *value_of(const struct trial *trial, const struct node *row, const char *name)
{
  const struct node *own = node_find(row, name);
  return own != NULL || trial->test->row == NULL ? own : node_find(trial->test->row, name);
}

/* JSON */

static bool is_json_number(struct text text)
{
  struct decimal number;
  size_t first = text.length > 0 && text.data[0] == '-';
  bool begins = first < text.length && text.data[first] >= '0' && text.data[first] <= '9';
  bool is_padded =
      begins && text.data[first] == '0' && first + 1 < text.length && strchr(".eE", text.data[first + 1]) == NULL;
  return begins && !is_padded && text.data[text.length - 1] != '.' && strstr(text.data, ".e") == NULL &&
         strstr(text.data, ".E") == NULL && decimal_read(text, &number);
}

static void add_json_scalar(const struct node *scalar, bool is_key, struct text_buffer *out)
{
  struct text value = { scalar->value, scalar->length };
  bool is_bare = !is_key && scalar->is_plain &&
                 (text_equal(value, TEXT("true")) || text_equal(value, TEXT("false")) || is_json_number(value));
  if (!is_key && node_is_null(scalar))
    text_buffer_add_string(out, "null");
  else if (is_bare)
    text_buffer_add_text(out, value);
  else
    json_add_quoted(out, value);
}

static void add_json(const struct node *node, struct text_buffer *out)
{
  node_print(node, add_json_scalar, out);
}

static const char *renamed_by(const struct config_rename *renames, size_t count, const char *name)
{
  for (size_t i = 0; i < count; i++)
    if (strcmp(renames[i].from.value, name) == 0)
      return renames[i].to.value;
  return name;
}

const char *cases_silver_name(const struct dataset *dataset, const struct source_config *source, const char *name)
{
  return renamed_by(dataset->rename, dataset->n_rename, renamed_by(source->rename, source->n_rename, name));
}

/* A column that other cases have, and no row of this one, is null in the first: so it is known. What the schema names
 * is known without that, and need not take a null. */
static bool is_named(const struct trial *trial, size_t index, const struct node *rows, const char *name)
{
  const struct dataset *dataset = &trial->dataset;
  const struct source_config *source = &dataset->sources[index];
  for (size_t i = 0; i < rows->n_items; i++)
    if (value_of(trial, rows->items[i], name) != NULL)
      return true;
  name = cases_silver_name(dataset, source, name);
  return dataset->schema != NULL && schema_find(dataset->schema, name) != NULL;
}

static void print_json_rows(const struct trial *trial, size_t index, const struct node *rows, struct text_buffer *out)
{
  const struct name_set *names = &trial->known[index];
  for (size_t i = 0; i < rows->n_items; i++) {
    const char *separator = "{";
    for (size_t n = 0; n < names->count; n++) {
      const char *name = text_copy(trial->arena, names->names[n]);
      const struct node *value = value_of(trial, rows->items[i], name);
      if (value == NULL && (i > 0 || is_named(trial, index, rows, name)))
        continue;
      text_buffer_add_string(out, separator);
      json_add_quoted(out, names->names[n]);
      text_buffer_add_string(out, ": ");
      if (value == NULL)
        text_buffer_add_string(out, "null");
      else
        add_json(value, out);
      separator = ", ";
    }
    text_buffer_add_string(out, separator[0] == '{' ? "{}\n" : "}\n");
  }
}

/* CSV, in a dialect of its own */

#define NULL_MARK "\\N"

static void add_csv_text(struct text text, struct text_buffer *out)
{
  text_buffer_add_char(out, '"');
  for (size_t i = 0; i < text.length; i++) {
    if (text.data[i] == '"')
      text_buffer_add_char(out, '"');
    text_buffer_add_char(out, text.data[i]);
  }
  text_buffer_add_char(out, '"');
}

static void add_csv_value(const struct node *value, const char *null_text, struct text_buffer *out)
{
  if (value == NULL || node_is_null(value)) {
    text_buffer_add_string(out, null_text);
    return;
  }
  if (value->kind == NODE_SCALAR) {
    add_csv_text((struct text){ value->value, value->length }, out);
    return;
  }
  SCOPED(text_buffer_done) struct text_buffer json = { 0 };
  add_json(value, &json);
  add_csv_text(text_buffer_text(&json), out);
}

static void print_csv_rows(const struct trial *trial, const struct node *rows, const struct name_set *names,
                           const char *null_text, struct text_buffer *out)
{
  for (size_t n = 0; n < names->count; n++) {
    text_buffer_add_string(out, n == 0 ? "" : ",");
    add_csv_text(names->names[n], out);
  }
  text_buffer_add_char(out, '\n');
  for (size_t i = 0; rows != NULL && i < rows->n_items; i++) {
    for (size_t n = 0; n < names->count; n++) {
      text_buffer_add_string(out, n == 0 ? "" : ",");
      add_csv_value(value_of(trial, rows->items[i], text_copy(trial->arena, names->names[n])), null_text, out);
    }
    text_buffer_add_char(out, '\n');
  }
}

/* The rows are the values: what the source says of how bytes become values does not concern them. */
static void set_own_dialect(struct source_config *source)
{
  struct source_options *options = &source->options;
  source->columns.count = 0;
  options->header = true;
  options->separator.value = options->quote.value = options->escape.value = options->comment.value = NULL;
  options->encoding.value = NULL;
  if (options->null_value.value == NULL)
    options->null_value.value = NULL_MARK;
}

/* Parquet */

static const struct type *guess_type(const struct node *value)
{
  if (value->kind != NODE_SCALAR)
    return NULL;
  struct text text = { value->value, value->length };
  if (!value->is_plain)
    return type_simple(TYPE_STRING);
  if (text_equal(text, TEXT("true")) || text_equal(text, TEXT("false")))
    return type_simple(TYPE_BOOLEAN);
  if (!is_json_number(text))
    return type_simple(TYPE_STRING);
  return type_simple(strpbrk(value->value, ".eE") == NULL ? TYPE_BIGINT : TYPE_DOUBLE);
}

static bool find_type(const struct trial *trial, const struct case_records *records, const char *name,
                      const struct type **ret_type, struct error *err)
{
  *ret_type = NULL;
  for (size_t i = 0; i < records->n_types; i++)
    if (strcmp(records->types[i].column.value, name) == 0) {
      *ret_type = records->types[i].type;
      return true;
    }
  for (size_t i = 0; i < records->rows->n_items; i++) {
    const struct node *value = value_of(trial, records->rows->items[i], name);
    if (value == NULL || node_is_null(value))
      continue;
    const struct type *type = guess_type(value);
    if (type == NULL) {
      fail(err, ERROR_CONFIG, value->place, "the type of column \"%s\" is not known: the source is Parquet", name);
      return add_hint(err, "Give it under types, such as types: {%s: \"array<string>\"}.", name);
    }
    if (*ret_type == NULL || type->id == TYPE_STRING || (*ret_type)->id == TYPE_BIGINT)
      *ret_type = type;
  }
  if (*ret_type == NULL)
    *ret_type = type_simple(TYPE_STRING);
  return true;
}

static bool print_parquet_value(const struct trial *trial, const struct type *type, const struct node *value,
                                struct text_buffer *sql, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer text = { 0 }, literal = { 0 };
  struct expr *expr = NULL;
  if (value == NULL || node_is_null(value)) {
    text_buffer_add_string(sql, "CAST(NULL AS ");
    type_print_duckdb(type, sql);
    text_buffer_add_char(sql, ')');
    return true;
  }
  if (value->kind == NODE_SCALAR)
    text_buffer_add(&text, value->value, value->length);
  else
    add_json(value, &text);
  sql_add_string(&literal, text_buffer_text(&text));
  const struct expr_column column = { .name = "c", .type = type_simple(TYPE_STRING), .sql = literal.data };
  const struct expr_scope scope = { .columns = &column, .n_columns = 1, .timezone = trial->loaded->dataset->timezone };
  SCOPED(text_buffer_done) struct text_buffer spark = { 0 };
  if (type_is_nested(type)) {
    text_buffer_add_string(&spark, "from_json(c, ");
    spark_add_string(&spark, text_from(type_ddl(trial->arena, type)));
    text_buffer_add_char(&spark, ')');
  } else {
    text_buffer_printf(&spark, "CAST(c AS %s)", type_ddl(trial->arena, type));
  }
  const char *sql_text = text_copy(trial->arena, text_buffer_text(&spark));
  TRY(expr_compile(trial->arena, (struct expr_text){ .text = text_from(sql_text), .place = value->place }, &scope,
                   &expr, NULL, err));
  expr_print_duckdb(expr, sql);
  return true;
}

static bool write_parquet(const struct trial *trial, const struct case_records *records, const struct name_set *names,
                          const char *path, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  const struct node *rows = records->rows;
  const struct type **types = arena_array(trial->arena, names->count + 1, sizeof(*types));
  const char **columns = arena_array(trial->arena, names->count + 1, sizeof(*columns));
  for (size_t n = 0; n < names->count; n++) {
    columns[n] = text_copy(trial->arena, names->names[n]);
    TRY(find_type(trial, records, columns[n], &types[n], err));
  }
  text_buffer_add_string(&sql, "COPY (");
  for (size_t i = 0; i == 0 || i < rows->n_items; i++) {
    text_buffer_add_string(&sql, i == 0 ? "SELECT " : "\nUNION ALL SELECT ");
    for (size_t n = 0; n < names->count; n++) {
      const struct node *value = i < rows->n_items ? value_of(trial, rows->items[i], columns[n]) : NULL;
      text_buffer_add_string(&sql, n == 0 ? "" : ", ");
      TRY(print_parquet_value(trial, types[n], value, &sql, err));
      text_buffer_add_string(&sql, " AS ");
      sql_add_name(&sql, columns[n]);
    }
    if (rows->n_items == 0)
      text_buffer_add_string(&sql, " WHERE FALSE");
  }
  text_buffer_add_string(&sql, ") TO ");
  sql_add_string(&sql, text_from(path));
  text_buffer_add_string(&sql, " (FORMAT parquet)");
  return database_execute(trial->database, sql.data, err);
}

/* a source */

static void set_path(struct trial *trial, struct source_config *source, const char *path, struct place place)
{
  source->paths.items = arena_array(trial->arena, 1, sizeof(*source->paths.items));
  source->paths.items[0] = (struct config_text){ .value = path, .place = place };
  source->paths.count = 1;
}

static const char *path_of(const struct trial *trial, size_t index, const struct source_config *source)
{
  static const char *const endings[] = { "csv", "json", "jsonl", "parquet" };
  const char *name = source->name != NULL ? arena_printf(trial->arena, "given_%zu", index) : "given";
  return path_join(trial->arena, trial->place, arena_printf(trial->arena, "%s.%s", name, endings[source->format]));
}

static bool give_rows(struct trial *trial, size_t index, const struct case_records *records, struct error *err)
{
  struct source_config *source = &trial->dataset.sources[index];
  const struct name_set *names = &trial->known[index];
  const char *path = path_of(trial, index, source);
  SCOPED(text_buffer_done) struct text_buffer content = { 0 };
  set_path(trial, source, path, records->place);
  source->options.records.value = NULL; /* each row is a record */
  if (names->count == 0 && records->rows->n_items > 0)
    return fail(err, ERROR_CONFIG, records->place, "no row that is given names a column");
  if (source->format == SOURCE_PARQUET && names->count > 0)
    return write_parquet(trial, records, names, path, err);
  if (source->format == SOURCE_CSV) {
    set_own_dialect(source);
    if (names->count > 0)
      print_csv_rows(trial, records->rows, names, source->options.null_value.value, &content);
  } else {
    print_json_rows(trial, index, records->rows, &content);
  }
  return file_create(path, text_buffer_text(&content), err);
}

static bool give_text(struct trial *trial, size_t index, const struct case_records *records, struct error *err)
{
  struct source_config *source = &trial->dataset.sources[index];
  if (source->format == SOURCE_PARQUET)
    return fail(err, ERROR_CONFIG, records->text.place, "the source is Parquet, which is no text: give rows or a file");
  const char *path = path_of(trial, index, source);
  source->options.encoding.value = NULL;
  set_path(trial, source, path, records->text.place);
  return file_create(path, text_from(records->text.value), err);
}

static bool give_files(struct trial *trial, size_t index, const struct case_records *records, struct error *err)
{
  struct source_config *source = &trial->dataset.sources[index];
  const char *directory = path_absolute(trial->arena, path_directory(trial->arena, trial->file->path));
  source->paths.items = arena_array(trial->arena, records->files.count, sizeof(*source->paths.items));
  source->paths.count = records->files.count;
  for (size_t i = 0; i < records->files.count; i++) {
    const struct config_text *file = &records->files.items[i];
    if (strstr(file->value, "://") != NULL) {
      fail(err, ERROR_CONFIG, file->place, "\"%s\" is in an object store: a case reads local files only", file->value);
      return add_hint(err, "Copy it beside the cases, or give rows.");
    }
    source->paths.items[i] =
        (struct config_text){ .value = path_join(trial->arena, directory, file->value), .place = file->place };
  }
  return true;
}

/* A source of several that is given nothing: its columns stay, where they are known. */
static bool give_nothing(struct trial *trial, size_t index, struct error *err)
{
  static struct node empty = { .kind = NODE_MAPPING };
  struct node *items[] = { &empty };
  const struct node rows = { .kind = NODE_SEQUENCE, .items = items, .n_items = 1 };
  const struct case_records records = { .rows = &rows };
  trial->is_model[index] = true;
  return trial->known[index].count == 0 || give_rows(trial, index, &records, err);
}

static bool fail_source(const struct trial *trial, const struct case_records *records, struct error *err)
{
  const struct dataset *dataset = trial->loaded->dataset;
  const char **names = arena_array(trial->arena, dataset->n_sources + 1, sizeof(*names));
  size_t count = 0;
  for (size_t i = 0; i < dataset->n_sources; i++)
    if (dataset->sources[i].name != NULL)
      names[count++] = dataset->sources[i].name;
  if (records->source.value == NULL) {
    fail(err, ERROR_CONFIG, records->place, "the dataset has %zu sources: given must say which of them has the rows",
         dataset->n_sources);
    return add_hint(err, "Such as given: {sources: {%s: [...]}}.", count > 0 ? names[0] : "name");
  }
  fail(err, ERROR_CONFIG, records->source.place, "the dataset has no source \"%s\"", records->source.value);
  if (count == 0)
    return add_hint(err, "It has one, without a name: given is a list of its rows.");
  add_hint_of_names(err, "source", text_from(records->source.value), names, count);
  return false;
}

static bool check_sources(const struct trial *trial, struct error *err)
{
  const struct dataset *dataset = trial->loaded->dataset;
  for (size_t g = 0; g < trial->test->n_given; g++) {
    const struct case_records *records = &trial->test->given[g];
    bool is_known = records->source.value == NULL && dataset->n_sources == 1;
    for (size_t i = 0; i < dataset->n_sources; i++)
      is_known = is_known || (records->source.value != NULL && is_of_source(records, &dataset->sources[i]));
    if (!is_known)
      return fail_source(trial, records, err);
  }
  return true;
}

static bool give_source(struct trial *trial, size_t index, struct error *err)
{
  struct source_config *source = &trial->dataset.sources[index];
  source->incremental = false;
  if (source->upstream != NULL) /* the silver of another dataset */
    source->format = SOURCE_PARQUET;
  source->dataset.value = NULL;
  source->upstream = NULL;
  for (size_t g = 0; g < trial->test->n_given; g++) {
    const struct case_records *records = &trial->test->given[g];
    if (!is_of_source(records, source))
      continue;
    return records->rows != NULL         ? give_rows(trial, index, records, err)
           : records->text.value != NULL ? give_text(trial, index, records, err)
                                         : give_files(trial, index, records, err);
  }
  return give_nothing(trial, index, err);
}

/* Sources that are given nothing, and of which nothing is known, are as if the dataset had none such. */
static void leave_out_unknown(struct trial *trial)
{
  size_t count = 0;
  for (size_t i = 0; i < trial->dataset.n_sources; i++) {
    if (trial->is_model[i] && trial->known[i].count == 0)
      continue;
    trial->is_model[count] = trial->is_model[i];
    trial->dataset.sources[count++] = trial->dataset.sources[i];
  }
  trial->dataset.n_sources = count;
}

bool cases_give(struct trial *trial, struct error *err)
{
  const struct dataset *dataset = trial->loaded->dataset;
  TRY(check_sources(trial, err));
  trial->config = *trial->loaded;
  trial->dataset = *dataset;
  trial->config.dataset = &trial->dataset;
  trial->dataset.sources = arena_array(trial->arena, dataset->n_sources + 1, sizeof(*trial->dataset.sources));
  trial->is_model = arena_array(trial->arena, dataset->n_sources + 1, sizeof(*trial->is_model));
  for (size_t i = 0; i < dataset->n_sources; i++) {
    trial->dataset.sources[i] = dataset->sources[i];
    TRY(give_source(trial, i, err));
  }
  leave_out_unknown(trial);
  return trial->dataset.n_sources > 0 ||
         fail(err, ERROR_CONFIG, trial->test->place, "the case gives nothing to any source");
}
