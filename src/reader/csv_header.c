/* The dialect as given, and what the headers say: which field of a file is which column. */
#include "reader/csv.h"

#include "base/parallel.h"
#include "reader/csv_guess.h"

enum { HEADER_BLOCK_SIZE = 64 * 1024 };

static bool fail_dialect(struct error *err, const char *what)
{
  return fail(err, ERROR_CONFIG, NOWHERE, "CSV options contradict each other: %s", what);
}

bool csv_dialect_from(struct reader *reader, struct error *err)
{
  const struct reader_options *options = &reader->options;
  struct csv_dialect *dialect = &reader->dialect;
  *dialect = (struct csv_dialect){ .quote = (char)options->quote,
                                   .escape = (char)(options->escape != 0 ? options->escape : options->quote),
                                   .comment = (char)options->comment,
                                   .has_quote = options->quote != 0,
                                   .has_comment = options->comment != 0,
                                   .multi_line = options->multi_line,
                                   .trim_leading = options->trim_leading,
                                   .trim_trailing = options->trim_trailing,
                                   .null_value = text_from(options->null_value),
                                   .empty_value = text_from(options->empty_value) };
  memcpy(dialect->separator, options->separator, sizeof(dialect->separator));
  dialect->separator_length = strnlen(options->separator, sizeof(options->separator));
  dialect->has_null_value = dialect->null_value.length > 0;
  if (dialect->empty_value.data == NULL)
    dialect->empty_value = TEXT("");
  if (dialect->separator_length == 0)
    return fail_dialect(err, "the separator is empty");
  for (size_t i = 0; i < dialect->separator_length; i++) {
    char c = dialect->separator[i];
    if (c == '\n' || c == '\r')
      return fail_dialect(err, "the separator holds a line end");
    if (dialect->has_quote && (c == dialect->quote || c == dialect->escape))
      return fail_dialect(err, "the separator holds the quote or the escape");
  }
  return true;
}

/* Takes blocks until one has a record; none at the end of the file. */
static bool take_first(struct reader *reader, struct reader_file *file, struct block *block, struct error *err)
{
  bool more = true;
  file->block_size = reader->block_size < HEADER_BLOCK_SIZE ? reader->block_size : HEADER_BLOCK_SIZE;
  TRY(source_start(reader, file, err));
  do
    TRY(source_take(reader, file, block, &more, err));
  while (block->n_records == 0 && more);
  return true;
}

/* `record` is the first one. */
static bool fail_header(const struct reader_file *file, enum reader_reason reason, struct text record,
                        struct error *err)
{
  fail(err, ERROR_DATA, NOWHERE, "the header of \"%s\" cannot be read: %s", file->path, reader_reason_name(reason));
  if (reason == READER_INVALID_TEXT)
    return add_hint(err, "It is no UTF-8. Latin-1, which spreadsheets write, is options: { encoding: windows-1252 }.");
  record = text_trim(record);
  if (record.length > 0 && strchr("{[", record.data[0]) != NULL)
    return add_hint(err, "It begins like JSON: is it (input_format: json)?");
  return false;
}

/* The names in a file's header, read before the columns of all files are put together. */
struct header {
  struct arena arena;
  struct text *names; /* [field]; NULL: the file has no record. Blank ones have no bytes. */
  struct text record; /* as it stands in the file */
};

/* The first record's fields. */
static bool parse_first(const struct reader *reader, struct reader_file *file, struct block *block,
                        struct header *header, struct error *err)
{
  struct arena *arena = &header->arena;
  struct record record = block->records[0];
  char *data = block->data + record.start;
  size_t length = record.end - record.start, count = 0;
  struct row_writer writer = { .dialect = &reader->dialect };
  bool has_escapes = false;
  if (!text_is_utf8((struct text){ data, length }))
    return fail_header(file, READER_INVALID_TEXT, TEXT(""), err);
  enum reader_reason reason = csv_fields(&writer, data, length, 0, &count, &has_escapes);
  if (reason != READER_OK)
    return fail_header(file, reason, (struct text){ data, length }, err);
  header->record = (struct text){ arena_copy(arena, data, length), length };
  struct text *values = arena_array(arena, count, sizeof(*values));
  unsigned char *kinds = arena_array(arena, count, sizeof(*kinds));
  struct text **texts = arena_array(arena, count, sizeof(*texts));
  unsigned char **kinds_by_field = arena_array(arena, count, sizeof(*kinds_by_field));
  size_t *slots = arena_array(arena, count, sizeof(*slots));
  for (size_t i = 0; i < count; i++) {
    texts[i] = &values[i];
    kinds_by_field[i] = &kinds[i];
    slots[i] = i;
  }
  writer = (struct row_writer){
    .dialect = &reader->dialect, .text = texts, .kind = kinds_by_field, .slots = slots, .n_fields = count
  };
  reason = csv_parse(&writer, data, length, 0);
  if (reason != READER_OK)
    return fail_header(file, reason, (struct text){ data, length }, err);
  for (size_t i = 0; i < count; i++)
    if (kinds[i] == KIND_NULL || text_trim(values[i]).length == 0)
      values[i] = (struct text){ 0 };
    else /* the block is used again */
      values[i].data = arena_copy(arena, values[i].data, values[i].length);
  file->n_fields = count;
  header->names = values;
  return true;
}

static bool fail_repeated(const struct reader_file *file, const struct text *names, struct text name, size_t first,
                          size_t second, struct error *err)
{
  fail(err, ERROR_CONFIG, NOWHERE, "column \"%.*s\" stands twice in the header of \"%s\": at %zu and at %zu",
       TEXT_ARGS(name), file->path, first, second);
  if (csv_looks_headless(names, file->n_fields))
    return add_hint(err, "It looks like a record: if the files have no header, write options: { header: false } and "
                         "name the columns by their position in source.columns: [..].");
  return add_hint(err, "Name the columns by their position, in the place of the header: source.columns: [..].");
}

/* A file may have fewer columns than are named, as files that have grown do: it lacks the last ones. */
static bool take_names(struct reader *reader, struct reader_file *file, struct error *err)
{
  size_t n_names = reader->options.n_names;
  if (file->n_fields > n_names) {
    fail(err, ERROR_CONFIG, NOWHERE, "source.columns names %zu column%s, but the header of \"%s\" has %zu", n_names,
         n_names == 1 ? "" : "s", file->path, file->n_fields);
    return add_hint(err, "Name every column, in the order in which the files have them.");
  }
  file->columns = arena_array(&reader->arena, file->n_fields, sizeof(*file->columns));
  for (size_t i = 0; i < file->n_fields; i++)
    file->columns[i] = i;
  return true;
}

static bool add_header(struct reader *reader, struct reader_file *file, const struct header *header, struct error *err)
{
  const struct text *names = header->names;
  size_t seen_capacity = reader->columns.count + file->n_fields;
  SCOPED(arena_done) struct arena scratch = { 0 };
  size_t *seen = arena_array(&scratch, seen_capacity + 1, sizeof(*seen)); /* [column]: field that has it, from 1 */
  file->header.data = text_copy(&reader->arena, header->record);
  file->header.length = header->record.length;
  if (reader->options.names != NULL)
    return take_names(reader, file, err);
  file->columns = arena_array(&reader->arena, file->n_fields, sizeof(*file->columns));
  for (size_t i = 0; i < file->n_fields; i++) {
    struct text name = names[i];
    if (name.length == 0) /* as Spark names it */
      name = text_from(arena_printf(&scratch, "_c%zu", i));
    if (memchr(name.data, 0, name.length) != NULL)
      return fail(err, ERROR_DATA, NOWHERE, "the header of \"%s\" cannot be read: name %zu holds a NUL byte",
                  file->path, i + 1);
    size_t column = name_set_add(&reader->arena, &reader->columns, name);
    if (seen[column] != 0)
      return fail_repeated(file, names, name, seen[column], i + 1, err);
    seen[column] = i + 1;
    file->columns[i] = column;
  }
  return true;
}

struct header_reading {
  struct reader *reader;
  struct header *headers; /* [file] */
};

static bool read_header(size_t index, void *context, struct error *err)
{
  const struct header_reading *reading = context;
  struct reader_file *file = &reading->reader->files[index];
  SCOPED(block_done) struct block block = { 0 };
  bool is_read = take_first(reading->reader, file, &block, err);
  source_stop(file);
  return is_read && (block.n_records == 0 || parse_first(reading->reader, file, &block, &reading->headers[index], err));
}

/* Several files at once: of objects in a store, each is a request and its answer. */
static bool read_all_headers(struct reader *reader, struct error *err)
{
  enum { FILES_AT_ONCE = 16 };
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct header_reading reading = { reader, arena_array(&scratch, reader->n_files, sizeof(*reading.headers)) };
  bool is_read = parallel_for(reader->n_files, FILES_AT_ONCE, read_header, &reading, err);
  for (size_t i = 0; i < reader->n_files; i++) {
    if (is_read && reading.headers[i].names != NULL)
      is_read = add_header(reader, &reader->files[i], &reading.headers[i], err);
    arena_done(&reading.headers[i].arena);
  }
  return is_read;
}

/* Without headers the first record of all says how many columns there are: _c0, _c1, ..., as Spark names them. */
static bool count_columns(struct reader *reader, struct block *block, struct error *err)
{
  for (size_t i = 0; i < reader->n_files && reader->columns.count == 0; i++) {
    struct reader_file *file = &reader->files[i];
    TRY(take_first(reader, file, block, err));
    source_stop(file);
    for (size_t r = 0; r < block->n_records && reader->columns.count == 0; r++) {
      struct record record = block->records[r];
      struct row_writer writer = { .dialect = &reader->dialect };
      size_t count = 0;
      bool has_escapes = false;
      enum reader_reason reason =
          csv_fields(&writer, block->data + record.start, record.end - record.start, 0, &count, &has_escapes);
      for (size_t field = 0; reason == READER_OK && field < count; field++) {
        SCOPED(arena_done) struct arena scratch = { 0 };
        name_set_add(&reader->arena, &reader->columns, text_from(arena_printf(&scratch, "_c%zu", field)));
      }
    }
  }
  reader_give_columns(reader);
  return true;
}

/* The first file with records is looked at: where none of its first ones has as many fields as there are names, all
 * would be malformed. */
static bool compare_names(struct reader *reader, struct block *block, struct error *err)
{
  size_t n_names = reader->options.n_names, n_fields = 0;
  for (size_t i = 0; i < reader->n_files && n_fields == 0; i++) {
    struct reader_file *file = &reader->files[i];
    TRY(take_first(reader, file, block, err));
    source_stop(file);
    for (size_t r = 0; r < block->n_records; r++) {
      struct record record = block->records[r];
      struct row_writer writer = { .dialect = &reader->dialect };
      size_t count = 0;
      bool has_escapes = false;
      if (csv_fields(&writer, block->data + record.start, record.end - record.start, 0, &count, &has_escapes) !=
          READER_OK)
        continue;
      if (count == n_names)
        return true;
      n_fields = n_fields == 0 ? count : n_fields;
    }
    if (n_fields > 0) {
      fail(err, ERROR_CONFIG, NOWHERE, "source.columns names %zu column%s, but the records of \"%s\" have %zu fields",
           n_names, n_names == 1 ? "" : "s", file->path, n_fields);
      return add_hint(err, "Name every column, in the order in which the files have them; look at options.sep, too.");
    }
  }
  return true;
}

/* Whoever reads a part of what was looked at before gives the columns, too. */
static bool name_columns(struct reader *reader, struct block *block, struct error *err)
{
  const struct reader_options *options = &reader->options;
  bool is_compared = options->header || options->columns != NULL;
  for (size_t i = 0; i < options->n_names; i++)
    name_set_add(&reader->arena, &reader->columns, text_from(options->names[i]));
  if (options->header)
    return read_all_headers(reader, err);
  reader_give_columns(reader);
  return is_compared || compare_names(reader, block, err);
}

/* Of kept records it is known which columns the others of their files have. */
static void add_known(struct reader *reader)
{
  for (size_t i = 0; reader->options.kept && i < reader->options.n_columns; i++)
    name_set_add(&reader->arena, &reader->columns, text_from(reader->options.columns[i]));
}

static void note_lacking(struct reader *reader)
{
  for (size_t i = 0; i < reader->n_files; i++) {
    struct reader_file *file = &reader->files[i];
    file->lacks = arena_array(&reader->arena, reader->columns.count, sizeof(*file->lacks));
    memset(file->lacks, true, reader->columns.count);
    for (size_t field = 0; field < file->n_fields; field++)
      file->lacks[file->columns[field]] = false;
  }
}

bool csv_read_headers(struct reader *reader, struct error *err)
{
  SCOPED(block_done) struct block block = { 0 };
  if (reader->options.names != NULL)
    TRY(name_columns(reader, &block, err));
  else if (!reader->options.header && reader->options.columns != NULL)
    reader_take_columns(reader);
  else
    TRY(reader->options.header ? read_all_headers(reader, err) : count_columns(reader, &block, err));
  add_known(reader);
  note_lacking(reader);
  return true;
}
