#include "worker/stage.h"

#include "base/names.h"
#include "worker/convert.h"
#include "worker/judge.h"
#include "worker/protocol.h"

#include <stdlib.h>

/* A column of the plan while batches go through. */
struct stage_column {
  const struct job_column *job;
  int source; /* column of the reader; NO_FIELD: every row lacks it */
  convert_one *convert;
  struct column values;
  struct column default_value; /* one row; no rows: there is none */
  uint64_t *violations;        /* [row]; NULL: nothing is judged */
  int64_t *unknown_keys;       /* [row]; NULL: none are counted */
};

struct stage {
  const struct job *job;
  uint32_t file;
  struct arena arena, batch; /* as long as the stage, and as the batch */
  struct converter converter;
  struct text_buffer scratch;
  struct stage_column *columns;
  int64_t **casts; /* [word][row] */
  size_t n_cast_words;
  unsigned char *nulls; /* [row]: scratch */
  size_t most_rows;     /* at once */
  uint64_t type_bit;
  bool stopped;
  uint64_t malformed[N_READER_REASONS];
};

/* making */

/* Of a table of ten thousand columns the host would get hundreds of megabytes at once. */
enum { CELLS_AT_ONCE = READER_BATCH * 256 };

/* By field of the job: the reader's column of that name, or NO_FIELD. A column that the plan does not know would be
 * dropped in silence. */
static bool find_sources(struct stage *stage, const struct reader *reader, int **ret_sources, struct error *err)
{
  const struct job *job = stage->job;
  struct name_set names = { 0 };
  int *sources = arena_array(&stage->arena, job->n_fields + 1, sizeof(*sources));
  for (size_t i = 0; i < job->n_fields; i++) {
    name_set_add(&stage->arena, &names, text_from(job->fields[i]));
    sources[i] = NO_FIELD;
  }
  for (size_t c = 0; c < reader_column_count(reader); c++) {
    size_t field = name_set_find(&names, text_from(reader_column_name(reader, c)));
    if (field == NO_NAME)
      return fail(err, ERROR_ENVIRONMENT, NOWHERE,
                  "the file has a column \"%s\", which no file of the source had when the run began",
                  reader_column_name(reader, c));
    sources[field] = (int)c;
  }
  *ret_sources = sources;
  return true;
}

static bool set_default(struct stage *stage, struct stage_column *column, struct error *err)
{
  const struct job_column *job = column->job;
  if (job->default_text == NULL)
    return true;
  column_init(&column->default_value, job->type, &stage->arena, &stage->arena);
  column_start(&column->default_value, 1);
  return convert_cast(&stage->converter, job, text_from(job->default_text), &column->default_value, 0) ||
         fail(err, ERROR_DEFECT, NOWHERE, "default \"%s\" of column \"%s\" is no value of its type", job->default_text,
              job->name);
}

static bool start_column(struct stage *stage, size_t i, const int *sources, struct error *err)
{
  struct stage_column *column = &stage->columns[i];
  const struct job_column *job = column->job = &stage->job->columns[i];
  column->source = job->field == NO_FIELD ? NO_FIELD : sources[job->field];
  column->convert = convert_find(job);
  column_init(&column->values, job->type, &stage->arena, &stage->batch);
  if (job->property != NULL)
    column->violations = arena_array(&stage->arena, stage->most_rows, sizeof(*column->violations));
  if (job->counts_keys)
    column->unknown_keys = arena_array(&stage->arena, stage->most_rows, sizeof(*column->unknown_keys));
  return set_default(stage, column, err);
}

bool stage_new(const struct job *job, const struct reader *reader, uint32_t file, struct stage **ret_stage,
               struct error *err)
{
  SCOPED(stage_free) struct stage *stage = checked_malloc(sizeof(*stage));
  *stage = (struct stage){ .job = job, .file = file, .type_bit = judge_bit("type") };
  int *sources = NULL;
  TRY(find_sources(stage, reader, &sources, err));
  stage->converter.zone = job->zone;
  stage->most_rows = job->n_columns <= CELLS_AT_ONCE / READER_BATCH ? READER_BATCH : CELLS_AT_ONCE / job->n_columns + 1;
  stage->columns = arena_array(&stage->arena, job->n_columns + 1, sizeof(*stage->columns));
  for (size_t i = 0; i < job->n_columns; i++)
    TRY(start_column(stage, i, sources, err));
  stage->n_cast_words = (job->n_casts + CASTS_PER_WORD - 1) / CASTS_PER_WORD;
  stage->casts = arena_array(&stage->arena, stage->n_cast_words + 1, sizeof(*stage->casts));
  for (size_t word = 0; word < stage->n_cast_words; word++)
    stage->casts[word] = arena_array(&stage->arena, stage->most_rows, sizeof(**stage->casts));
  stage->nulls = arena_alloc(&stage->arena, stage->most_rows);
  *ret_stage = stage;
  stage = NULL;
  return true;
}

void stage_free(struct stage **stage)
{
  struct stage *freed = *stage;
  if (freed == NULL)
    return;
  for (size_t i = 0; freed->columns != NULL && i < freed->job->n_columns; i++) {
    column_done(&freed->columns[i].values);
    column_done(&freed->columns[i].default_value);
  }
  text_buffer_done(&freed->converter.buffer);
  text_buffer_done(&freed->scratch);
  arena_done(&freed->batch);
  arena_done(&freed->arena);
  free(freed);
  *stage = NULL;
}

const uint64_t *stage_malformed(const struct stage *stage)
{
  return stage->malformed;
}

/* levels */

/* Records of a batch that go out together. */
struct rows {
  const struct reader_batch *batch;
  size_t from, count;
};

/* Where the texts and kinds of a column are. */
struct cells {
  const struct text *texts; /* NULL: the file has no such column */
  const unsigned char *kinds;
  const unsigned char *reasons; /* of the records; NULL: no file of the source has the column */
  unsigned csv;                 /* KIND_CSV, or 0 */
};

static struct cells cells_of(const struct stage *stage, const struct stage_column *column, const struct rows *rows)
{
  struct cells cells = { 0 };
  if (column->job->field != NO_FIELD) {
    cells.reasons = rows->batch->reason + rows->from;
    cells.csv = stage->job->reader.format == READER_CSV ? KIND_CSV : 0;
  }
  if (column->source != NO_FIELD) {
    cells.texts = rows->batch->text[column->source] + rows->from;
    cells.kinds = rows->batch->kind[column->source] + rows->from;
  }
  return cells;
}

static bool is_null_cell(struct cells cells, size_t row)
{
  return cells.texts == NULL || cells.kinds[row] <= KIND_NULL;
}

/* A malformed record has a null for each column of the source, as where its files are read together. */
static unsigned kind_of(struct cells cells, size_t row)
{
  if (cells.texts != NULL)
    return cells.kinds[row] | cells.csv;
  bool is_malformed = cells.reasons != NULL && cells.reasons[row] != READER_OK;
  return (is_malformed ? KIND_NULL : KIND_MISSING) | cells.csv;
}

static void note_cast(struct stage *stage, const struct job_column *job, size_t row, bool is_nulled)
{
  size_t bit = 2 * ((size_t)job->cast % CASTS_PER_WORD) + (is_nulled ? 0 : 1);
  stage->casts[job->cast / CASTS_PER_WORD][row] |= INT64_C(1) << bit;
}

/* The hint's own answer, then ISO-8601's; all of a JSON value, then its sound parts. */
static bool convert_cell(struct stage *stage, struct stage_column *column, struct text text, size_t row)
{
  const struct job_column *job = column->job;
  if (convert_text(&stage->converter, column->convert, job, text, &column->values, row))
    return true;
  if (job->is_parsed) {
    note_cast(stage, job, row, true);
    return column->convert(&stage->converter, job, text, &column->values, row);
  }
  bool is_iso = job->has_iso_fallback && convert_iso(&stage->converter, job, text, &column->values, row);
  if (job->cast >= 0)
    note_cast(stage, job, row, !is_iso);
  return is_iso;
}

static void convert_column(struct stage *stage, struct stage_column *column, struct cells cells, size_t count)
{
  struct column *values = &column->values;
  column_start(values, count);
  for (size_t row = 0; row < count; row++)
    if (is_null_cell(cells, row) || (column->convert != NULL && !convert_cell(stage, column, cells.texts[row], row)))
      column_set_null(values, row);
    else if (column->convert == NULL)
      COLUMN(values, struct text)[row] = cells.texts[row];
}

/* A value that was not there is judged after its default. */
static void judge_raw_cells(struct stage *stage, struct stage_column *column, struct cells cells, size_t count)
{
  const struct job_column *job = column->job;
  bool has_default = column->default_value.count > 0;
  for (size_t row = 0; row < count; row++) {
    unsigned kind = kind_of(cells, row);
    if (!is_null_cell(cells, row))
      column->violations[row] = judge_raw(job, cells.texts[row], kind, &stage->stopped);
    else if (has_default)
      column->violations[row] = judge_value(job, &column->default_value, 0, &stage->scratch, &stage->stopped);
    else
      column->violations[row] = judge_null(job, kind);
    if (column->unknown_keys != NULL)
      column->unknown_keys[row] =
          is_null_cell(cells, row) ? 0 : (int64_t)schema_count_unknown_keys(job->property->node, cells.texts[row]);
  }
}

/* What violates `type` is null in silver; a struct, array or map is not nulled whole for a part that is wrong. */
static void null_by_type(const struct stage *stage, struct stage_column *column, size_t count)
{
  if (column->convert == NULL || type_is_nested(column->job->type))
    return;
  for (size_t row = 0; row < count; row++)
    if ((column->violations[row] & stage->type_bit) != 0)
      column_set_null(&column->values, row);
}

static void copy_default(struct stage_column *column, size_t row)
{
  struct column *values = &column->values;
  values->nulls[row] = 0;
  memcpy((char *)values->slots + row * values->width, column->default_value.slots, values->width);
}

/* What a cast makes null gets the default, too; what the schema makes null was there. */
static void fill_defaults(struct stage_column *column, struct cells cells, size_t count)
{
  bool is_cast = column->job->has_cast;
  if (column->default_value.count == 0)
    return;
  for (size_t row = 0; row < count; row++)
    if (is_cast ? column->values.nulls[row] != 0 : is_null_cell(cells, row))
      copy_default(column, row);
}

static void judge_values(struct stage *stage, struct stage_column *column, struct cells cells, size_t count)
{
  for (size_t row = 0; row < count; row++)
    column->violations[row] = column->values.nulls[row] != 0
                                  ? judge_null(column->job, kind_of(cells, row))
                                  : judge_value(column->job, &column->values, row, &stage->scratch, &stage->stopped);
}

static bool compute_column(struct stage *stage, struct stage_column *column, struct cells cells, size_t count,
                           struct error *err)
{
  convert_column(stage, column, cells, count);
  if (column->job->checks_raw) {
    judge_raw_cells(stage, column, cells, count);
    null_by_type(stage, column, count);
  }
  fill_defaults(column, cells, count);
  if (column->violations != NULL && !column->job->checks_raw)
    judge_values(stage, column, cells, count);
  if (!stage->stopped)
    return true;
  fail(err, ERROR_DATA, NOWHERE, "column \"%s\": checking a value against the schema takes too long",
       column->job->property->name);
  return add_hint(err, "Rewrite its pattern so that nested repetitions cannot match the same text in many ways.");
}

/* writing */

static bool write_numbers(enum type_id type, const unsigned char *nulls, const void *slots, size_t count,
                          struct text_buffer *out, struct error *err)
{
  return column_write_values(type_simple(type), nulls, slots, count, out, err);
}

static bool write_raw(struct stage *stage, const struct stage_column *column, struct cells cells, size_t count,
                      struct text_buffer *out, struct error *err)
{
  for (size_t row = 0; row < count; row++)
    stage->nulls[row] = is_null_cell(cells, row);
  return column_write_values(column->job->raw_type, stage->nulls, cells.texts, count, out, err);
}

static bool write_columns(struct stage *stage, const struct rows *rows, struct text_buffer *out, struct error *err)
{
  const struct job *job = stage->job;
  size_t count = rows->count;
  for (size_t i = 0; i < job->n_columns; i++)
    TRY(column_write(&stage->columns[i].values, out, err));
  for (size_t i = 0; i < job->n_columns; i++)
    if (job->columns[i].keeps_raw)
      TRY(write_raw(stage, &stage->columns[i], cells_of(stage, &stage->columns[i], rows), count, out, err));
  for (size_t i = 0; i < job->n_columns; i++)
    if (stage->columns[i].violations != NULL)
      TRY(write_numbers(TYPE_BIGINT, NULL, stage->columns[i].violations, count, out, err));
  for (size_t i = 0; i < job->n_columns; i++)
    if (stage->columns[i].unknown_keys != NULL)
      TRY(write_numbers(TYPE_BIGINT, NULL, stage->columns[i].unknown_keys, count, out, err));
  for (size_t word = 0; word < stage->n_cast_words; word++)
    TRY(write_numbers(TYPE_BIGINT, NULL, stage->casts[word], count, out, err));
  return true;
}

/* File, position, line, reason; raw, raw_length and form, of malformed records or of all. */
static bool write_place(struct stage *stage, const struct rows *rows, struct text_buffer *out, struct error *err)
{
  const struct reader_batch *batch = rows->batch;
  size_t from = rows->from, count = rows->count;
  int32_t *numbers = arena_array(&stage->batch, count, sizeof(*numbers));
  for (size_t row = 0; row < count; row++)
    numbers[row] = (int32_t)(stage->file + batch->file[from + row]);
  TRY(write_numbers(TYPE_INT, NULL, numbers, count, out, err));
  TRY(write_numbers(TYPE_BIGINT, NULL, batch->offset + from, count, out, err));
  TRY(write_numbers(TYPE_BIGINT, NULL, batch->line + from, count, out, err));
  for (size_t row = 0; row < count; row++) {
    enum reader_reason reason = batch->reason[from + row];
    numbers[row] = (int32_t)reason;
    stage->nulls[row] = reason == READER_OK && !stage->job->reader.gives_raw;
    if (reason != READER_OK)
      stage->malformed[reason]++;
  }
  TRY(write_numbers(TYPE_INT, NULL, numbers, count, out, err));
  TRY(write_numbers(TYPE_STRING, stage->nulls, batch->raw + from, count, out, err));
  TRY(write_numbers(TYPE_BIGINT, stage->nulls, batch->raw_length + from, count, out, err));
  for (size_t row = 0; row < count; row++)
    numbers[row] = batch->form[from + row];
  return write_numbers(TYPE_INT, stage->nulls, numbers, count, out, err);
}

bool stage_add_rows(struct stage *stage, const struct reader_batch *batch, size_t from, size_t *ret_count,
                    struct text_buffer *out, struct error *err)
{
  size_t left = batch->count - from;
  struct rows rows = { batch, from, left < stage->most_rows ? left : stage->most_rows };
  arena_done(&stage->batch);
  for (size_t word = 0; word < stage->n_cast_words; word++)
    memset(stage->casts[word], 0, rows.count * sizeof(**stage->casts));
  for (size_t i = 0; i < stage->job->n_columns; i++) {
    struct stage_column *column = &stage->columns[i];
    TRY(compute_column(stage, column, cells_of(stage, column, &rows), rows.count, err));
  }
  add_u32(out, (uint32_t)rows.count);
  *ret_count = rows.count;
  return write_columns(stage, &rows, out, err) && write_place(stage, &rows, out, err);
}
