/* pipeline_record: a file with one case, whose rows are samples of the source. The rows are tried once, and what
 * becomes of them is what the case expects. */
#include "pipeline/cases_internal.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "pipeline/load.h"
#include "pipeline/show.h"
#include "value/cast.h"
#include "value/json.h"
#include "value/timezone.h"

#include <inttypes.h>

enum { SAMPLE_OF_SOURCE = 5, SAMPLE_OF_REASON = 3, MOST_REJECTS = 1000, MOST_REJECTS_TAKEN = 30 };

/* Where a rejected row is, with why. */
struct reject {
  const char *run, *reasons, *file, *offset;
};

struct recording {
  struct arena *arena;
  const struct pipeline_options *options;
  struct config *config;
  struct reject rejects[MOST_REJECTS];
  size_t n_rejects;
  bool is_parquet;
  const struct show_column *columns; /* of the source */
  size_t n_columns;
  const char **rows; /* as YAML */
  size_t n_rows, rows_capacity;
  struct name_set places; /* of those that were taken */
  uint64_t *numbers;      /* by column: stand for private numbers, and tell private keys apart */
  bool has_private;
  const char *types; /* of Parquet's columns, as YAML */
};

/* YAML */

/* The text in quotes; "${" would be a variable. */
static void add_quoted(struct text text, struct text_buffer *out)
{
  SCOPED(text_buffer_done) struct text_buffer quoted = { 0 };
  json_add_string(&quoted, text);
  for (size_t i = 0; i < quoted.length; i++) {
    if (quoted.data[i] == '$' && i + 1 < quoted.length && quoted.data[i + 1] == '{')
      text_buffer_add_char(out, '$');
    text_buffer_add_char(out, quoted.data[i]);
  }
}

static bool is_plain_name(const char *name)
{
  size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
  bool is_word = strcmp(name, "null") == 0 || strcmp(name, "true") == 0 || strcmp(name, "false") == 0;
  return length > 0 && name[length] == '\0' && (name[0] < '0' || name[0] > '9') && !is_word;
}

static void add_name(const char *name, struct text_buffer *out)
{
  if (is_plain_name(name))
    text_buffer_add_string(out, name);
  else
    add_quoted(text_from(name), out);
}

/* A JSON value is YAML on one line as it stands, but for variables. */
static bool add_json_value(struct text json, struct text_buffer *out)
{
  SCOPED(text_buffer_done) struct text_buffer compact = { 0 };
  if (!json_compact(json, JSON_STRICT, &compact))
    return false;
  for (size_t i = 0; i < compact.length; i++) {
    if (compact.data[i] == '$' && i + 1 < compact.length && compact.data[i + 1] == '{')
      text_buffer_add_char(out, '$');
    text_buffer_add_char(out, compact.data[i]);
  }
  return true;
}

/* columns */

static const char *silver_name(const struct recording *it, const char *name)
{
  return cases_silver_name(it->config->dataset, &it->config->dataset->sources[0], name);
}

static bool is_key(const struct dataset *dataset, const char *name)
{
  for (size_t i = 0; i < dataset->dedupe_key.count; i++)
    if (text_equal_nocase(text_from(dataset->dedupe_key.items[i].value), text_from(name)))
      return true;
  return false;
}

/* What stands for a private value: of its type, so that a cast takes it, and another one in each row of a key. */
static void add_private(struct recording *it, size_t column, struct text_buffer *out)
{
  const char *name = silver_name(it, it->columns[column].name);
  const struct type *type = dataset_declared_type(it->config->dataset, name);
  uint64_t number = ++it->numbers[column];
  it->has_private = true;
  if (type != NULL && type_is_numeric(type))
    text_buffer_printf(
        out, it->is_parquet || it->config->dataset->sources[0].format != SOURCE_CSV ? "%" PRIu64 : "\"%" PRIu64 "\"",
        number);
  else if (type != NULL && type->id != TYPE_STRING)
    text_buffer_add_string(out, "null");
  else if (is_key(it->config->dataset, name) && number > 1)
    text_buffer_printf(out, "\"" PRIVATE_MASK "%" PRIu64 "\"", number);
  else
    text_buffer_add_string(out, "\"" PRIVATE_MASK "\"");
}

/* The kind of a JSON value is what the schema says it should be: the text alone does not tell "1" from 1. */
static void add_value(const struct recording *it, const struct show_column *column, struct text cell,
                      struct text_buffer *out)
{
  const struct dataset *dataset = it->config->dataset;
  const struct type *type = dataset_declared_type(dataset, silver_name(it, column->name));
  bool is_json = it->is_parquet ? type_is_nested(column->type) : dataset->sources[0].format != SOURCE_CSV;
  bool is_text = type != NULL && (type->id == TYPE_STRING || type->id == TYPE_DATE || type->id == TYPE_TIMESTAMP);
  bool is_nested = cell.length > 0 && strchr("{[", cell.data[0]) != NULL;
  if (is_json && !is_text && (is_nested || type != NULL) && add_json_value(cell, out))
    return;
  add_quoted(cell, out);
}

/* rows */

static bool begin_rows(const struct show_column *columns, size_t count, void *context, struct error *err)
{
  struct recording *it = context;
  (void)err;
  if (it->columns != NULL)
    return true;
  struct show_column *own = arena_array(it->arena, count + 1, sizeof(*own));
  SCOPED(text_buffer_done) struct text_buffer types = { 0 };
  for (size_t i = 0; i < count; i++) {
    own[i] = columns[i];
    own[i].name = text_copy(it->arena, text_from(columns[i].name));
    if (engine_adds_to_records(own[i].name))
      continue;
    text_buffer_add_string(&types, types.length == 0 ? "" : ", ");
    add_name(own[i].name, &types);
    text_buffer_add_string(&types, ": ");
    add_quoted(text_from(type_ddl(it->arena, columns[i].type)), &types);
  }
  it->columns = own;
  it->n_columns = count;
  it->numbers = arena_array(it->arena, count + 1, sizeof(*it->numbers));
  it->types = text_copy(it->arena, text_buffer_text(&types));
  return true;
}

/* The first records may be among those of the quarantine. */
static bool is_taken_already(struct recording *it, const struct text *cells)
{
  SCOPED(text_buffer_done) struct text_buffer place = { 0 };
  size_t before = it->places.count;
  for (size_t i = 0; i < it->n_columns; i++)
    if (strcmp(it->columns[i].name, "_source_file") == 0 || strcmp(it->columns[i].name, "_source_offset") == 0) {
      text_buffer_add_text(&place, cells[i]);
      text_buffer_add_char(&place, ':');
    }
  name_set_add(it->arena, &it->places, text_buffer_text(&place));
  return it->places.count == before;
}

static bool take_row(const struct text *cells, void *context, struct error *err)
{
  struct recording *it = context;
  SCOPED(text_buffer_done) struct text_buffer row = { 0 };
  (void)err;
  for (size_t i = 0; i < it->n_columns; i++)
    if (strcmp(it->columns[i].name, "_malformed") == 0 && cells[i].data != NULL)
      return true; /* it has no values */
  if (is_taken_already(it, cells))
    return true;
  text_buffer_add_char(&row, '{');
  for (size_t i = 0; i < it->n_columns; i++) {
    const struct show_column *column = &it->columns[i];
    bool is_json = it->config->dataset->sources[0].format != SOURCE_CSV && !it->is_parquet;
    if (engine_adds_to_records(column->name) || (is_json && cells[i].data == NULL))
      continue;
    text_buffer_add_string(&row, row.length == 1 ? " " : ", ");
    add_name(column->name, &row);
    text_buffer_add_string(&row, ": ");
    if (cells[i].data == NULL)
      text_buffer_add_string(&row, "null");
    else if (dataset_is_private_source(it->config->dataset, column->name) ||
             dataset_hides(it->config->dataset, column->name))
      add_private(it, i, &row);
    else
      add_value(it, column, cells[i], &row);
  }
  text_buffer_add_string(&row, " }");
  it->rows = arena_grow(it->arena, it->rows, it->n_rows, &it->rows_capacity, sizeof(*it->rows));
  it->rows[it->n_rows++] = text_copy(it->arena, text_buffer_text(&row));
  return true;
}

static bool begin_rejects(const struct show_column *columns, size_t count, void *context, struct error *err)
{
  (void)columns, (void)count, (void)context, (void)err;
  return true;
}

static bool take_reject(const struct text *cells, void *context, struct error *err)
{
  struct recording *it = context;
  (void)err;
  for (size_t i = 0; i < 4; i++)
    if (cells[i].data == NULL)
      return true;
  struct reject *reject = &it->rejects[it->n_rejects++];
  reject->run = text_copy(it->arena, cells[0]);
  reject->reasons = text_copy(it->arena, cells[1]);
  reject->file = text_copy(it->arena, cells[2]);
  reject->offset = text_copy(it->arena, cells[3]);
  return true;
}

/* What the last run has quarantined, if there was one and it is still there. */
static bool find_rejects(struct recording *it, struct error *err)
{
  const struct show_options asked = { .what = SHOW_QUARANTINE,
                                      .form = SHOW_CSV,
                                      .columns = "_run_id,_failed_rules,_source_file,_source_offset",
                                      .limit = MOST_REJECTS };
  const struct show_receiver receiver = { begin_rejects, take_reject, it };
  struct show_result result;
  it->n_rejects = 0;
  if (pipeline_show(it->arena, it->options, &asked, &receiver, &result, err))
    return true;
  if (err->kind != ERROR_CONFIG)
    return false;
  it->n_rejects = 0;
  return true;
}

static size_t count_like(const struct recording *it, const bool *is_taken, size_t last)
{
  size_t count = 0;
  for (size_t i = 0; i < last; i++)
    count += is_taken[i] && strcmp(it->rejects[i].reasons, it->rejects[last].reasons) == 0;
  return count;
}

/* A condition on the source's records: the first few of each reason. Empty: none. */
static void print_places(const struct recording *it, struct text_buffer *where)
{
  bool is_taken[MOST_REJECTS] = { false };
  size_t n_taken = 0;
  for (size_t i = 0; i < it->n_rejects && n_taken < MOST_REJECTS_TAKEN; i++) {
    const struct reject *reject = &it->rejects[i];
    if (strcmp(reject->run, it->rejects[0].run) != 0 || count_like(it, is_taken, i) == SAMPLE_OF_REASON ||
        strstr(reject->reasons, "malformed:") != NULL)
      continue;
    is_taken[i] = true;
    n_taken++;
    text_buffer_add_string(where, where->length == 0 ? "(_source_file = " : " OR (_source_file = ");
    spark_add_string(where, text_from(reject->file));
    text_buffer_printf(where, " AND _source_offset = %s)", reject->offset);
  }
}

static bool show_source(struct recording *it, const char *where, uint64_t limit, struct error *err)
{
  const struct show_options asked = { .what = SHOW_SOURCE, .form = SHOW_CSV, .where = where, .limit = limit };
  const struct show_receiver receiver = { begin_rows, take_row, it };
  struct show_result result;
  return pipeline_show(it->arena, it->options, &asked, &receiver, &result, err);
}

static bool take_rows(struct recording *it, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer where = { 0 };
  TRY(find_rejects(it, err));
  print_places(it, &where);
  TRY(show_source(it, NULL, where.length > 0 ? SAMPLE_OF_SOURCE : 2 * SAMPLE_OF_SOURCE, err));
  if (where.length > 0)
    TRY(show_source(it, where.data, 0, err));
  return it->n_rows > 0 ||
         fail(err, ERROR_DATA, NOWHERE, "the source of \"%s\" has no record to take", it->config->dataset->id.value);
}

/* the file */

static const char *dataset_from(struct arena *arena, const char *dataset, const char *path)
{
  const char *directory = path_absolute(arena, path_directory(arena, path));
  const char *absolute = path_absolute(arena, dataset), *slash = strrchr(absolute, '/');
  bool is_beside = strcmp(path_directory(arena, absolute), directory) == 0;
  return is_beside ? slash + 1 : absolute;
}

static void print_case(const struct recording *it, const char *dataset, int64_t now_us, struct text_buffer *out)
{
  SCOPED(text_buffer_done) struct text_buffer now = { 0 };
  timestamp_add_text(now_us, timezone_find(TEXT("UTC")), &now);
  char *blank = now.data == NULL ? NULL : strchr(now.data, ' ');
  if (blank != NULL)
    *blank = 'T';
  text_buffer_add_string(out, "# Rows of the source");
  text_buffer_add_string(out, it->n_rejects > 0 ? ", those of the last run's quarantine among them,\n" : ",\n");
  text_buffer_add_string(out, "# and what became of them when this file was written.\n");
  if (it->has_private)
    text_buffer_add_string(out,
                           "# Private values are masked: write some of your own where it matters what they are.\n");
  text_buffer_add_string(out, "dataset: ");
  add_quoted(text_from(dataset), out);
  text_buffer_printf(out, "\nnow: %sZ\ncases:\n  - name: recorded rows\n    given:\n", now.data);
  if (it->is_parquet)
    text_buffer_printf(out, "      types: { %s }\n", it->types);
  text_buffer_add_string(out, "      rows:\n");
  for (size_t i = 0; i < it->n_rows; i++)
    text_buffer_printf(out, "        - %s\n", it->rows[i]);
  text_buffer_add_string(out, "    expect:\n");
}

/* what becomes of the rows */

static void add_found(const struct found_column *column, const char *cell, struct text_buffer *out)
{
  if (cell == NULL)
    text_buffer_add_string(out, "null");
  else if (!column->is_json || !add_json_value(text_from(cell), out))
    add_quoted(text_from(cell), out);
}

static bool is_recorded(const char *name)
{
  return name[0] != '_' || strcmp(name, "_failed_rules") == 0;
}

static bool record_rows(struct trial *trial, enum case_outcome outcome, struct text_buffer *out, struct error *err)
{
  struct found found;
  TRY(cases_find_rows(trial, outcome, &found, err));
  text_buffer_printf(out, "      %s:%s\n", found.what, found.table.n_rows == 0 ? " []" : "");
  for (size_t row = 0; row < found.table.n_rows; row++) {
    const char *separator = "        - { ";
    for (size_t c = 0; c < found.n_columns; c++) {
      if (!is_recorded(found.columns[c].name))
        continue;
      text_buffer_add_string(out, separator);
      add_name(found.columns[c].name, out);
      text_buffer_add_string(out, ": ");
      add_found(&found.columns[c], found.table.cells[row * found.n_columns + c], out);
      separator = ", ";
    }
    text_buffer_add_string(out, separator[0] == ',' ? " }\n" : "        - {}\n");
  }
  return true;
}

bool cases_record(struct trial *trial, struct text_buffer *out, struct error *err)
{
  const struct run *run = &trial->run;
  if (trial->is_refused) {
    text_buffer_add_string(out, "      refused: true\n");
    return true;
  }
  TRY(record_rows(trial, CASE_SILVER, out, err));
  TRY(record_rows(trial, CASE_QUARANTINE, out, err));
  text_buffer_printf(out, "      duplicates: %" PRIu64 "\n      dropped: %" PRIu64 "\n      malformed: %" PRIu64 "\n",
                     run->rows.duplicates, run->rows.dropped, run->rows.malformed);
  if (trial->plan.n_gold_columns > 0)
    text_buffer_printf(out, "      gold: %" PRIu64 "\n", run->rows.gold);
  text_buffer_add_string(out, "      rules: {");
  cases_add_reasons(trial, out);
  text_buffer_add_string(out, "}\n");
  return true;
}

/* all */

static const char *default_path(struct arena *arena, const char *dataset)
{
  const char *dot = strrchr(dataset, '.'), *slash = strrchr(dataset, '/');
  size_t length = dot != NULL && (slash == NULL || dot > slash) ? (size_t)(dot - dataset) : strlen(dataset);
  return arena_printf(arena, "%.*s_test.yml", (int)length, dataset);
}

static bool check_path(const char *path, struct error *err)
{
  if (!case_file_has_name(path)) {
    fail(err, ERROR_CONFIG, NOWHERE, "the file of cases \"%s\" would not be found", path);
    return add_hint(err, "Its name must end in _test.yml.");
  }
  if (!file_exists(path))
    return true;
  fail(err, ERROR_CONFIG, NOWHERE, "\"%s\" is there already, and is not written over", path);
  return add_hint(err, "Name another one with -o.");
}

static bool open_recording(struct recording *it, struct error *err)
{
  struct s3 *s3 = NULL;
  bool is_loaded = load_sound_config(it->arena, it->options, &s3, &it->config, err);
  close_s3(&s3);
  TRY(is_loaded);
  const struct source_config *source = &it->config->dataset->sources[0];
  it->is_parquet = source->format == SOURCE_PARQUET || source->upstream != NULL;
  if (it->config->dataset->n_sources == 1)
    return true;
  fail(err, ERROR_CONFIG, source->place, "cases are recorded of datasets with one source, this one has %zu",
       it->config->dataset->n_sources);
  return add_hint(err, "Write the rows of each under given: {sources: {...}}.");
}

bool pipeline_record(struct arena *arena, const struct pipeline_options *options, const char *path,
                     const char **ret_path, size_t *ret_rows, struct error *err)
{
  struct recording *it = arena_alloc(arena, sizeof(*it));
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  int64_t now_us = clock_now_us() / 1000000 * 1000000;
  *it = (struct recording){ .arena = arena, .options = options };
  path = path != NULL ? path : default_path(arena, options->dataset);
  TRY(check_path(path, err));
  TRY(open_recording(it, err));
  TRY(take_rows(it, err));
  print_case(it, dataset_from(arena, options->dataset, path), now_us, &out);
  TRY(cases_try_for_record(arena, options, path, &out, err));
  TRY(file_create(path, text_buffer_text(&out), err));
  *ret_path = path;
  *ret_rows = it->n_rows;
  return true;
}
