/* The records of the rows that are replayed, as files in the run's own place that stand for the sources' files. */
#include "pipeline/replay_internal.h"

#include "base/file.h"
#include "reader/kept.h"
#include "value/json.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>

/* The records of a file that a run has quarantined. */
struct kept_file {
  const char *run, *path, *header;
  size_t source;
};

/* sources */

static bool matches(struct arena *arena, const struct config *config, const struct source_config *source,
                    const char *path)
{
  size_t n_names = 0;
  for (size_t i = 0; i < source->paths.count; i++) {
    const char *pattern = config_find_pattern(arena, config, source->paths.items[i], &n_names);
    const char *absolute = path_is_remote(pattern) ? pattern : path_absolute(arena, pattern);
    if (fnmatch(absolute, path, 0) == 0 ||
        text_starts_with(text_from(path), text_from(arena_printf(arena, "%s/", absolute))))
      return true;
  }
  return false;
}

/* Whose file it is: of several sources the first whose path it matches. */
static bool find_source(struct arena *arena, const struct config *config, const char *path, size_t *ret_source)
{
  const struct dataset *dataset = config->dataset;
  *ret_source = 0;
  if (dataset->n_sources == 1)
    return true;
  const char *absolute = path_is_remote(path) ? path : path_absolute(arena, path);
  for (size_t i = 0; i < dataset->n_sources; i++)
    if (matches(arena, config, &dataset->sources[i], absolute)) {
      *ret_source = i;
      return true;
    }
  return false;
}

/* Of CSV with a header the names of the fields must be known; what lay around a record within a document is not. */
static bool is_readable(struct arena *arena, const struct dataset *dataset, const struct source_config *source,
                        const char *header)
{
  const char *const *keys = NULL;
  size_t n_keys = 0;
  if (source->options.records.value != NULL && dataset_uses_document(arena, dataset, &keys, &n_keys))
    return false;
  return source->format != SOURCE_PARQUET &&
         (source->format != SOURCE_CSV || !source->options.header || header != NULL);
}

static int compare_files(const void *a, const void *b)
{
  const struct kept_file *first = a, *second = b;
  if (first->source != second->source)
    return first->source < second->source ? -1 : 1;
  int order = strcmp(first->path, second->path);
  return order != 0 ? order : strcmp(first->run, second->run);
}

static bool is_of_mended(const struct job *job)
{
  return job->options->replay->file != NULL;
}

/* The files that have records which can be read, numbered as the plan will have them. */
static bool list_files(struct job *job, struct kept_file **ret_files, size_t *ret_count, struct error *err)
{
  struct table table, numbered = { .n_columns = 3 };
  TRY(database_query(job->arena, job->database,
                     arena_printf(job->arena,
                                  "SELECT run, source_file, %s FROM crisol_open AS o JOIN %s AS q ON q._run_id = o.run "
                                  "AND q._source_file = o.source_file AND CAST(q._source_offset AS VARCHAR) = "
                                  "o.source_offset WHERE is_whole%s GROUP BY run, source_file",
                                  job->replay->has_bytes ? "max(_source_header)" : "NULL", job->replay->relation,
                                  is_of_mended(job) ? " OR is_changed" : ""),
                     &table, err));
  struct kept_file *files = arena_array(job->arena, table.n_rows + 1, sizeof(*files));
  size_t count = 0;
  for (size_t row = 0; row < table.n_rows; row++) {
    char **cells = &table.cells[row * table.n_columns];
    struct kept_file file = { .run = cells[0], .path = cells[1], .header = cells[2] };
    if (find_source(job->arena, job->config, file.path, &file.source) &&
        is_readable(job->arena, job->config->dataset, &job->config->dataset->sources[file.source], file.header))
      files[count++] = file;
  }
  qsort(files, count, sizeof(*files), compare_files);
  numbered.cells = arena_array(job->arena, count * 3 + 1, sizeof(char *));
  for (size_t i = 0; i < count; i++) {
    char **cells = &numbered.cells[numbered.n_rows++ * 3];
    cells[0] = arena_copy(job->arena, files[i].run, strlen(files[i].run));
    cells[1] = arena_copy(job->arena, files[i].path, strlen(files[i].path));
    cells[2] = arena_printf(job->arena, "%zu", i);
  }
  *ret_files = files;
  *ret_count = count;
  return replay_make_table(job, "crisol_files", "run VARCHAR, source_file VARCHAR, number VARCHAR", &numbered, err);
}

static bool count_taken(struct job *job, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  uint64_t n_taken = 0;
  text_buffer_printf(&sql,
                     "CREATE OR REPLACE TEMP TABLE crisol_taken AS SELECT CAST(number AS UINTEGER) AS file, "
                     "CAST(source_offset AS UBIGINT) AS position, run, source_file, element, source_offset, reasons "
                     "FROM crisol_open JOIN crisol_files USING (run, source_file) WHERE is_whole%s",
                     is_of_mended(job) ? " OR is_changed" : "");
  TRY(database_execute(job->database, sql.data, err));
  TRY(database_query_count(job->database, "SELECT count(*) FROM crisol_taken", &n_taken, err));
  job->replay->counts.without_bytes = job->replay->counts.open - job->replay->counts.superseded - n_taken;
  return true;
}

/* columns */

/* What the source calls a column of the quarantine. */
static const char *source_name(const struct dataset *dataset, const struct source_config *source, const char *name)
{
  for (size_t i = dataset->n_rename; i > 0; i--)
    if (strcmp(dataset->rename[i - 1].to.value, name) == 0) {
      name = dataset->rename[i - 1].from.value;
      break;
    }
  for (size_t i = source->n_rename; i > 0; i--)
    if (strcmp(source->rename[i - 1].to.value, name) == 0)
      return source->rename[i - 1].from.value;
  return name;
}

/* Whether the dataset makes a column of this name itself. */
static bool is_made(const struct dataset *dataset, const char *name)
{
  bool is_found = dataset->explode.as.value != NULL && strcmp(dataset->explode.as.value, name) == 0;
  for (size_t i = 0; i < dataset->n_columns; i++)
    is_found = is_found || strcmp(dataset->columns[i].name.value, name) == 0;
  return is_found;
}

static void name_columns(const struct job *job, const char *const **ret_columns, size_t *ret_counts)
{
  const struct dataset *dataset = job->config->dataset;
  const struct replay *replay = job->replay;
  for (size_t s = 0; s < dataset->n_sources; s++) {
    const char **names = arena_array(job->arena, replay->n_columns + 1, sizeof(*names));
    ret_columns[s] = names;
    ret_counts[s] = 0;
    for (size_t i = 0; i < replay->n_columns; i++)
      if (replay->is_text[i] && !is_made(dataset, replay->columns[i]))
        names[ret_counts[s]++] = source_name(dataset, &dataset->sources[s], replay->columns[i]);
  }
}

/* writing */

struct keeping {
  struct job *job;
  const struct kept_file *files;
  const char *directory;
  struct kept_writer *writer;
  size_t file; /* that the writer is of */
  struct kept_field *fields;
};

static const char *path_of(const struct keeping *keeping, size_t file)
{
  return path_join(keeping->job->arena, keeping->directory, arena_printf(keeping->job->arena, "%zu.records", file));
}

static bool open_file(struct keeping *keeping, size_t number, struct error *err)
{
  const struct kept_file *file = &keeping->files[number];
  const struct source_config *source = &keeping->job->config->dataset->sources[file->source];
  bool has_header = source->format == SOURCE_CSV && source->options.header;
  if (keeping->writer != NULL)
    TRY(kept_close(&keeping->writer, err));
  keeping->file = number;
  return kept_open(path_of(keeping, number), has_header ? text_from(file->header) : (struct text){ 0 },
                   source->options.encoding.value, &keeping->writer, err);
}

/* Cells of a row; from the last on the value of each data column, and what JSON had it as. */
enum { CELL_FILE, CELL_OFFSET, CELL_LINE, CELL_FORM, CELL_RAW, CELL_IS_CHANGED, CELL_FIELDS };

/* Whether a mended value of JSON is a text: as the schema has the column, else as it was. */
static bool is_text(const struct dataset *dataset, const char *column, struct text was)
{
  const struct schema_property *property = dataset->schema == NULL ? NULL : schema_find(dataset->schema, column);
  bool is_changed = text_starts_with(was, TEXT("~"));
  return is_changed && property != NULL ? property->type->id == TYPE_STRING : text_ends_with(was, TEXT("VARCHAR"));
}

/* What is no text is what its text is as JSON. */
static enum reader_kind kind_of_json(const struct dataset *dataset, const char *column, struct text value,
                                     struct text was)
{
  static const struct {
    const char *first;
    enum reader_kind kind;
  } kinds[] = { { "{", KIND_OBJECT }, { "[", KIND_ARRAY }, { "tf", KIND_BOOLEAN }, { "-0123456789", KIND_NUMBER } };
  SCOPED(text_buffer_done) struct text_buffer compact = { 0 };
  if (value.data == NULL)
    return was.length == 0 ? KIND_MISSING : KIND_NULL;
  if (is_text(dataset, column, was) || !json_compact(value, JSON_STRICT, &compact))
    return KIND_STRING;
  for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
    if (strchr(kinds[i].first, compact.data[0]) != NULL)
      return kinds[i].kind;
  return KIND_STRING;
}

static void take_fields(struct keeping *keeping, const struct text *cells, struct kept_record *record)
{
  const struct job *job = keeping->job;
  const struct dataset *dataset = job->config->dataset;
  const struct source_config *source = &dataset->sources[keeping->files[keeping->file].source];
  for (size_t i = 0; i < job->replay->n_columns; i++) {
    struct text value = cells[CELL_FIELDS + 2 * i];
    enum reader_kind kind = value.data == NULL ? KIND_NULL : KIND_STRING;
    if (source->format != SOURCE_CSV)
      kind = kind_of_json(dataset, job->replay->columns[i], value, cells[CELL_FIELDS + 2 * i + 1]);
    keeping->fields[i] = (struct kept_field){ source_name(dataset, source, job->replay->columns[i]), kind, value };
  }
  record->fields = keeping->fields;
  record->n_fields = job->replay->n_columns;
}

static bool keep_row(const struct text *cells, void *context, struct error *err)
{
  struct keeping *keeping = context;
  size_t file = (size_t)strtoull(cells[CELL_FILE].data, NULL, 10);
  if (keeping->writer == NULL || keeping->file != file)
    TRY(open_file(keeping, file, err));
  struct kept_record record = { .offset = strtoull(cells[CELL_OFFSET].data, NULL, 10),
                                .line = cells[CELL_LINE].data == NULL ? 0 : strtoull(cells[CELL_LINE].data, NULL, 10),
                                .raw = cells[CELL_RAW],
                                .form = text_equal(cells[CELL_FORM], TEXT("escaped")) ? RAW_ESCAPED : RAW_TEXT };
  if (text_equal(cells[CELL_IS_CHANGED], TEXT("true")))
    take_fields(keeping, cells, &record);
  return kept_add(keeping->writer, &record, err);
}

static bool write_records(struct keeping *keeping, struct error *err)
{
  struct job *job = keeping->job;
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  bool has_bytes = job->replay->has_bytes, is_mended = is_of_mended(job);
  text_buffer_printf(&sql,
                     "SELECT DISTINCT ON (t.file, t.position) CAST(t.file AS VARCHAR), CAST(t.position AS VARCHAR), "
                     "CAST(q._source_line AS VARCHAR), %s, %s, %s",
                     is_mended   ? "coalesce(o.mended_form, o.form)"
                     : has_bytes ? "_raw_form"
                                 : "NULL",
                     is_mended ? "coalesce(o.mended_record, _raw_record)" : "_raw_record",
                     is_mended ? "CAST(o.has_fields AS VARCHAR)" : "'false'");
  if (is_mended)
    replay_print_fields(job, &sql);
  text_buffer_printf(&sql,
                     " FROM crisol_taken AS t JOIN %s AS q ON q._run_id = t.run AND q._source_file = t.source_file AND "
                     "CAST(q._source_offset AS UBIGINT) = t.position",
                     job->replay->relation);
  if (is_mended) {
    text_buffer_add_string(&sql, " JOIN crisol_open AS o ON " SAME_ROW("o", "t"));
    text_buffer_add_string(&sql, " JOIN crisol_mended AS m ON " SAME_ROW("m", "t"));
  }
  text_buffer_add_string(&sql, " ORDER BY t.file, t.position");
  TRY(database_visit(job->database, sql.data, keep_row, keeping, err));
  return keeping->writer == NULL || kept_close(&keeping->writer, err);
}

/* Columns of Parquet files are known by one of them. */
static bool find_models(struct job *job, struct error *err)
{
  struct plan found = { 0 };
  for (size_t i = 0; i < job->plan.n_sources; i++) {
    if (job->plan.sources[i].config->format != SOURCE_PARQUET)
      continue;
    if (found.sources == NULL)
      TRY(plan_inputs(job->arena, job->config, &found, err));
    const struct plan_source *source = &found.sources[i];
    job->plan.sources[i].model = source->n_files == 0 ? NULL : &source->files[source->n_files - 1];
  }
  return true;
}

static void take_files(struct job *job, const struct keeping *keeping, size_t count)
{
  struct arena *arena = job->arena;
  const struct config *config = job->config;
  size_t n_sources = config->dataset->n_sources;
  struct plan_file *files = arena_array(arena, count + 1, sizeof(*files));
  size_t *counts = arena_array(arena, n_sources + 1, sizeof(*counts));
  size_t *n_columns = arena_array(arena, n_sources + 1, sizeof(*n_columns));
  const char *const **columns = arena_array(arena, n_sources + 1, sizeof(*columns));
  for (size_t i = 0; i < n_sources; i++)
    counts[i] = 0;
  for (size_t i = 0; i < count; i++) {
    const char *kept = path_of(keeping, i);
    files[i] = (struct plan_file){ .path = keeping->files[i].path, .kept = kept, .bytes = file_size(kept) };
    counts[keeping->files[i].source]++;
  }
  name_columns(job, columns, n_columns);
  plan_take_kept(arena, config, &(struct plan_kept_files){ files, counts, columns, n_columns }, &job->plan);
}

bool replay_keep_records(struct job *job, struct error *err)
{
  struct kept_file *files = NULL;
  size_t count = 0;
  TRY(list_files(job, &files, &count, err) && count_taken(job, err));
  struct keeping keeping = { .job = job,
                             .files = files,
                             .directory = path_join(job->arena, job->lake.staging, "records"),
                             .fields = arena_array(job->arena, job->replay->n_columns + 1, sizeof(struct kept_field)) };
  job->plan.n_files = 0;
  if (count == 0)
    return true;
  TRY(directory_create(keeping.directory, err));
  bool is_written = write_records(&keeping, err);
  kept_free(&keeping.writer);
  TRY(is_written);
  take_files(job, &keeping, count);
  return find_models(job, err);
}
