#include "reader/reader_internal.h"

#include "value/json.h"

#include <stdlib.h>

const char *reader_reason_name(enum reader_reason reason)
{
  static const char *const names[] = {
    [READER_OK] = "ok",
    [READER_TOO_FEW_FIELDS] = "too_few_fields",
    [READER_TOO_MANY_FIELDS] = "too_many_fields",
    [READER_UNCLOSED_QUOTE] = "unclosed_quote",
    [READER_TEXT_AFTER_QUOTE] = "text_after_quote",
    [READER_INVALID_TEXT] = "invalid_text",
    [READER_INVALID_JSON] = "invalid_json",
    [READER_NOT_AN_OBJECT] = "not_an_object",
    [READER_TOO_DEEP] = "too_deep",
    [READER_NO_RECORDS] = "no_records",
    [READER_MAP_KEY] = "map_key",
    [READER_OUT_OF_RANGE] = "out_of_range",
  };
  return names[reason];
}

void reader_give_columns(struct reader *reader)
{
  for (size_t i = 0; i < reader->n_files; i++) {
    struct reader_file *file = &reader->files[i];
    file->n_fields = reader->columns.count;
    file->columns = arena_array(&reader->arena, file->n_fields, sizeof(*file->columns));
    for (size_t field = 0; field < file->n_fields; field++)
      file->columns[field] = field;
  }
}

void reader_take_columns(struct reader *reader)
{
  const struct reader_options *options = &reader->options;
  for (size_t c = 0; c < options->n_columns; c++)
    name_set_add(&reader->arena, &reader->columns, text_from(options->columns[c]));
  reader_give_columns(reader);
}

/* The options live as long as the reader. */
static struct reader_options copy_options(struct arena *arena, const struct reader_options *options)
{
  struct reader_options copy = *options;
  if (options->null_value != NULL)
    copy.null_value = text_copy(arena, text_from(options->null_value));
  if (options->empty_value != NULL)
    copy.empty_value = text_copy(arena, text_from(options->empty_value));
  if (options->encoding != NULL)
    copy.encoding = text_copy(arena, text_from(options->encoding));
  if (options->records != NULL)
    copy.records = text_copy(arena, text_from(options->records));
  return copy;
}

static unsigned json_flags_from(const struct reader_options *options)
{
  return (options->allow_comments ? (unsigned)JSON_ALLOW_COMMENTS : 0u) |
         (options->allow_unquoted_names ? (unsigned)JSON_ALLOW_UNQUOTED_NAMES : 0u) |
         (options->allow_single_quotes ? (unsigned)JSON_ALLOW_SINGLE_QUOTES : 0u);
}

/* The keys and the layout of JSON, which somebody else has found. */
static bool take_known(struct reader *reader)
{
  reader_take_columns(reader);
  if (reader->options.document)
    reader->document_column = name_set_find(&reader->columns, TEXT(READER_DOCUMENT));
  for (size_t i = 0; i < reader->n_files; i++)
    reader->files[i].layout = reader->options.layout;
  return true;
}

static bool prepare(struct reader *reader, size_t n_threads, struct error *err)
{
  TRY(encoding_find(reader->options.encoding, &reader->encoding, err));
  reader->json_flags = json_flags_from(&reader->options);
  if (reader->options.records != NULL)
    TRY(json_steps_parse(&reader->arena, text_from(reader->options.records), NOWHERE, &reader->steps, err));
  if (reader->options.format == READER_JSON)
    return reader->options.columns != NULL && !reader->options.kept && reader->options.layout != LAYOUT_UNKNOWN
               ? take_known(reader)
               : json_read_keys(reader, n_threads, err);
  TRY(csv_dialect_from(reader, err));
  return csv_read_headers(reader, err);
}

void reader_rewind(struct reader *reader)
{
  atomic_store(&reader->next_file, 0);
  for (size_t i = 0; i < reader->n_files; i++) {
    struct reader_file *file = &reader->files[i];
    source_stop(file);
    file->block_size = reader->block_size;
    file->skips_header = reader->options.format == READER_CSV && reader->options.header;
    file->is_finished = file->looks_for_layout = false;
    file->next_selected = 0;
    atomic_store(&file->n_records, 0);
    atomic_store(&file->taken, 0);
  }
}

void reader_select(struct reader *reader, const struct reader_selection *selection)
{
  reader->is_selective = selection != NULL;
  for (size_t i = 0; i < reader->n_files; i++) {
    reader->files[i].selected = selection == NULL ? NULL : selection->offsets[i];
    reader->files[i].n_selected = selection == NULL ? 0 : selection->counts[i];
  }
}

bool reader_open_sized(const char *const *paths, size_t n_paths, const struct reader_options *options, size_t n_threads,
                       size_t block_size, struct reader **ret_reader, struct error *err)
{
  SCOPED(reader_close) struct reader *reader = checked_malloc(sizeof(*reader));
  *reader = (struct reader){ .n_files = n_paths, .block_size = block_size, .document_column = NO_COLUMN };
  reader->options = copy_options(&reader->arena, options);
  reader->files = arena_array(&reader->arena, n_paths, sizeof(*reader->files));
  for (size_t i = 0; i < n_paths; i++) {
    reader->files[i].path = text_copy(&reader->arena, text_from(paths[i]));
    pthread_mutex_init(&reader->files[i].lock, NULL);
  }
  TRY(prepare(reader, n_threads, err));
  reader_rewind(reader);
  *ret_reader = reader;
  reader = NULL;
  return true;
}

bool reader_open(const char *const *paths, size_t n_paths, const struct reader_options *options, size_t n_threads,
                 struct reader **ret_reader, struct error *err)
{
  return reader_open_sized(paths, n_paths, options, n_threads, BLOCK_SIZE, ret_reader, err);
}

void reader_close(struct reader **reader)
{
  struct reader *closed = *reader;
  if (closed == NULL)
    return;
  for (size_t i = 0; i < closed->n_files; i++) {
    source_stop(&closed->files[i]);
    pthread_mutex_destroy(&closed->files[i].lock);
  }
  arena_done(&closed->arena);
  free(closed);
  *reader = NULL;
}

size_t reader_column_count(const struct reader *reader)
{
  return reader->columns.count;
}

bool reader_is_blank(const struct reader *reader)
{
  for (size_t i = 0; i < reader->n_files; i++)
    if (reader->files[i].has_records)
      return false;
  return reader->columns.count ==
         (reader->document_column == NO_COLUMN ? 0 : 1); /* the first record of a CSV file gives it columns */
}

const struct type *reader_document_type(const struct reader *reader)
{
  return reader->document_type;
}

const char *reader_column_name(const struct reader *reader, size_t column)
{
  return reader->columns.names[column].data;
}

const size_t *reader_file_columns(const struct reader *reader, size_t file, size_t *ret_count)
{
  *ret_count = reader->files[file].n_fields;
  return reader->files[file].columns;
}

struct text reader_file_header(const struct reader *reader, size_t file)
{
  return reader->files[file].header;
}

enum reader_layout reader_file_layout(const struct reader *reader, size_t file)
{
  return reader->files[file].layout;
}

const struct reader_mark *reader_file_marks(const struct reader *reader, size_t file, size_t *ret_count)
{
  *ret_count = reader->files[file].n_marks;
  return reader->files[file].marks;
}

uint64_t reader_total_bytes(const struct reader *reader)
{
  uint64_t total = 0;
  for (size_t i = 0; i < reader->n_files; i++)
    total += reader->files[i].identity.size_bytes;
  return total;
}

uint64_t reader_done_bytes(const struct reader *reader)
{
  uint64_t done = 0;
  for (size_t i = 0; i < reader->n_files; i++)
    done += atomic_load(&reader->files[i].taken);
  return done;
}

uint64_t reader_records(const struct reader *reader, size_t file)
{
  return atomic_load(&reader->files[file].n_records);
}
