/* A thread's way through the files: takes a block, then parses it without a lock, a batch at a time. */
#include "reader/json_record.h"
#include "reader/reader_internal.h"

#include <stdlib.h>

struct reader_cursor {
  struct reader *reader;
  bool *wanted;  /* [column] */
  size_t *slots; /* [field of the block's file]: its column, NO_COLUMN where not wanted */
  size_t slots_capacity;
  size_t file; /* the file that blocks are taken from; n_files at first */
  struct block block;
  size_t next;      /* record of the block */
  bool is_valid;    /* the whole block is text */
  size_t offset_at; /* a place in the block, and its offset in the file */
  uint64_t offset;
  struct reader_batch batch;
  struct arena lasting; /* as long as the cursor */
  struct arena scratch; /* as long as the batch */
  struct json_scratch json;
};

static void allocate_batch(struct reader_cursor *cursor)
{
  struct reader_batch *batch = &cursor->batch;
  struct arena *arena = &cursor->lasting;
  size_t n_columns = cursor->reader->columns.count;
  batch->text = arena_array(arena, n_columns, sizeof(*batch->text));
  batch->kind = arena_array(arena, n_columns, sizeof(*batch->kind));
  for (size_t i = 0; i < n_columns; i++)
    if (cursor->wanted[i]) {
      batch->text[i] = arena_array(arena, READER_BATCH, sizeof(**batch->text));
      batch->kind[i] = arena_array(arena, READER_BATCH, sizeof(**batch->kind));
    }
  batch->file = arena_array(arena, READER_BATCH, sizeof(*batch->file));
  batch->line = arena_array(arena, READER_BATCH, sizeof(*batch->line));
  batch->offset = arena_array(arena, READER_BATCH, sizeof(*batch->offset));
  batch->reason = arena_array(arena, READER_BATCH, sizeof(*batch->reason));
  batch->raw = arena_array(arena, READER_BATCH, sizeof(*batch->raw));
  batch->raw_length = arena_array(arena, READER_BATCH, sizeof(*batch->raw_length));
  batch->form = arena_array(arena, READER_BATCH, sizeof(*batch->form));
}

bool reader_cursor_open(struct reader *reader, const bool *wanted, struct reader_cursor **ret_cursor, struct error *err)
{
  (void)err; /* nothing fails yet; a format to come may have to open something */
  struct reader_cursor *cursor = checked_malloc(sizeof(*cursor));
  *cursor = (struct reader_cursor){ .reader = reader, .file = reader->n_files };
  cursor->wanted = arena_array(&cursor->lasting, reader->columns.count, sizeof(*cursor->wanted));
  if (reader->columns.count > 0)
    memcpy(cursor->wanted, wanted, reader->columns.count * sizeof(*wanted));
  cursor->block.wanted_tokens = reader->is_selective ? JSON_INDEX_NOTHING : JSON_INDEX_TOKENS;
  allocate_batch(cursor);
  *ret_cursor = cursor;
  return true;
}

void reader_cursor_close(struct reader_cursor **cursor)
{
  struct reader_cursor *closed = *cursor;
  if (closed == NULL)
    return;
  block_done(&closed->block);
  json_scratch_done(&closed->json);
  arena_done(&closed->scratch);
  arena_done(&closed->lasting);
  free(closed);
  *cursor = NULL;
}

/* Which column each field of the block's file is written to; columns that the file lacks are missing in all its rows.
 */
static void set_slots(struct reader_cursor *cursor)
{
  const struct reader_file *file = &cursor->reader->files[cursor->block.file];
  if (file->n_fields > cursor->slots_capacity) {
    cursor->slots_capacity = file->n_fields;
    cursor->slots = arena_array(&cursor->lasting, file->n_fields, sizeof(*cursor->slots));
  }
  for (size_t i = 0; i < file->n_fields; i++)
    cursor->slots[i] = cursor->wanted[file->columns[i]] ? file->columns[i] : NO_COLUMN;
}

static bool take_from(struct reader_cursor *cursor, struct reader_file *file, struct error *err)
{
  if (cursor->reader->is_selective && file->n_selected == 0)
    file->is_finished = true; /* it need not be opened */
  if (file->is_finished)
    return true;
  if (file->input == NULL)
    TRY(source_start(cursor->reader, file, err));
  bool more = true;
  TRY(source_take(cursor->reader, file, &cursor->block, &more, err));
  if (!more) {
    file->is_finished = true;
    source_stop(file);
  }
  return true;
}

/* Chooses a file for a cursor that has none with bytes left: first one that nobody reads yet, then any unfinished. */
static size_t choose_file(struct reader_cursor *cursor)
{
  struct reader *reader = cursor->reader;
  if (atomic_load(&reader->next_file) < reader->n_files) {
    size_t fresh = atomic_fetch_add(&reader->next_file, 1);
    if (fresh < reader->n_files)
      return fresh;
  }
  for (size_t i = 1; i <= reader->n_files; i++) {
    size_t file = (cursor->file + i) % reader->n_files;
    pthread_mutex_lock(&reader->files[file].lock);
    bool is_finished = reader->files[file].is_finished;
    pthread_mutex_unlock(&reader->files[file].lock);
    if (!is_finished)
      return file;
  }
  return reader->n_files;
}

/* Takes the next block that has records; none at the end of all files. */
static bool next_block(struct reader_cursor *cursor, struct error *err)
{
  struct reader *reader = cursor->reader;
  struct block *block = &cursor->block;
  block->n_records = 0;
  cursor->next = 0;
  for (;;) {
    if (cursor->file == reader->n_files || reader->n_files == 0) {
      cursor->file = choose_file(cursor);
      if (cursor->file >= reader->n_files)
        return true;
    }
    struct reader_file *file = &reader->files[cursor->file];
    pthread_mutex_lock(&file->lock);
    bool taken = take_from(cursor, file, err);
    bool is_finished = file->is_finished;
    pthread_mutex_unlock(&file->lock);
    if (!taken)
      return false;
    if (is_finished)
      cursor->file = reader->n_files;
    if (block->n_records > 0)
      break;
  }
  set_slots(cursor);
  cursor->is_valid = text_is_utf8((struct text){ block->data, block->length });
  cursor->offset_at = 0;
  cursor->offset = block->offset;
  return true;
}

static void set_raw(struct reader_cursor *cursor, size_t row, struct text bytes)
{
  struct reader_batch *batch = &cursor->batch;
  batch->raw[row] = raw_text(&cursor->scratch, cursor->block.encoding, bytes, &batch->form[row]);
  batch->raw_length[row] = encoding_length(cursor->block.encoding, bytes.data, bytes.length);
}

static void set_malformed(struct reader_cursor *cursor, size_t row, enum reader_reason reason, struct text bytes)
{
  struct reader_batch *batch = &cursor->batch;
  for (size_t i = 0; i < cursor->reader->columns.count; i++)
    if (cursor->wanted[i]) {
      batch->text[i][row] = (struct text){ 0 };
      batch->kind[i][row] = KIND_NULL;
    }
  batch->reason[row] = (unsigned char)reason;
  set_raw(cursor, row, bytes);
}

static void set_document(struct reader_cursor *cursor, size_t row, struct text around)
{
  size_t column = cursor->reader->document_column;
  if (column == NO_COLUMN || !cursor->wanted[column])
    return;
  cursor->batch.text[column][row] = around;
  cursor->batch.kind[column][row] = KIND_OBJECT;
}

static enum reader_reason parse(struct reader_cursor *cursor, const struct row_writer *writer, size_t row)
{
  const struct block *block = &cursor->block;
  const struct record *record = &block->records[cursor->next];
  char *data = block->data + record->start;
  size_t length = record->end - record->start;
  if (!cursor->is_valid && !text_is_utf8((struct text){ data, length }))
    return READER_INVALID_TEXT;
  return cursor->reader->options.format == READER_CSV ? csv_parse(writer, data, length, row)
                                                      : json_parse(writer, block, record, row);
}

/* A record with the place that it had. */
static void fill_kept(struct reader_cursor *cursor, const struct row_writer *writer, size_t row)
{
  struct reader_batch *batch = &cursor->batch;
  struct record record = cursor->block.records[cursor->next];
  struct kept_frame frame = kept_frame_at(&cursor->block, record.start);
  struct text bytes = { cursor->block.data + record.start, record.end - record.start };
  batch->file[row] = (uint32_t)cursor->block.file;
  batch->line[row] = frame.line;
  batch->offset[row] = frame.offset;
  batch->reason[row] = READER_OK;
  if (frame.form == KEPT_FIELDS) {
    kept_fill_fields(writer, bytes, row);
    return;
  }
  enum reader_reason reason = parse(cursor, writer, row);
  if (reason != READER_OK)
    set_malformed(cursor, row, reason, bytes);
}

static void fill_row(struct reader_cursor *cursor, const struct row_writer *writer, size_t row)
{
  struct reader_batch *batch = &cursor->batch;
  const struct block *block = &cursor->block;
  struct record record = block->records[cursor->next];
  struct text bytes = { block->data + record.start, record.end - record.start };
  cursor->offset += encoding_length(block->encoding, block->data + cursor->offset_at, record.start - cursor->offset_at);
  batch->file[row] = (uint32_t)block->file;
  batch->line[row] = block->line + record.line;
  batch->offset[row] = cursor->offset;
  cursor->offset +=
      encoding_length(block->encoding, bytes.data, bytes.length); /* before unescaping changes the bytes */
  cursor->offset_at = record.end;
  batch->reason[row] = READER_OK;
  if (cursor->reader->is_selective) {
    set_raw(cursor, row, bytes);
    return;
  }
  if (cursor->reader->options.gives_raw) /* parsing unescapes in place */
    set_raw(cursor, row, (struct text){ arena_copy(&cursor->scratch, bytes.data, bytes.length), bytes.length });
  enum reader_reason reason =
      record.reason == READER_OK ? parse(cursor, writer, row) : (enum reader_reason)record.reason;
  if (reason != READER_OK)
    set_malformed(cursor, row, reason, bytes);
  else if (record.around > 0)
    set_document(cursor, row, block->around[record.around - 1]);
}

/* In a file that lacks a column it is missing in every row; a JSON record need not have any of them. */
static void fill_missing(struct reader_cursor *cursor, size_t n_rows)
{
  struct reader_batch *batch = &cursor->batch;
  const struct reader_file *file = &cursor->reader->files[cursor->block.file];
  bool is_json = cursor->reader->options.format == READER_JSON;
  for (size_t i = 0; i < cursor->reader->columns.count; i++)
    if (cursor->wanted[i] && (is_json || file->lacks[i])) {
      memset(batch->text[i], 0, n_rows * sizeof(**batch->text));
      memset(batch->kind[i], KIND_MISSING, n_rows);
    }
}

bool reader_cursor_next(struct reader_cursor *cursor, const struct reader_batch **ret_batch, struct error *err)
{
  struct reader_batch *batch = &cursor->batch;
  batch->count = 0;
  *ret_batch = batch;
  arena_done(&cursor->scratch);
  if (cursor->next == cursor->block.n_records)
    TRY(next_block(cursor, err));
  size_t left = cursor->block.n_records - cursor->next;
  size_t n_rows = left < READER_BATCH ? left : READER_BATCH;
  if (n_rows == 0)
    return true;
  batch->is_raw = cursor->reader->is_selective;
  fill_missing(cursor, n_rows);
  struct row_writer writer = { .dialect = &cursor->reader->dialect,
                               .reader = cursor->reader,
                               .json = &cursor->json,
                               .text = batch->text,
                               .kind = batch->kind,
                               .n_columns = cursor->reader->columns.count,
                               .slots = cursor->slots,
                               .n_fields = cursor->reader->files[cursor->block.file].n_fields,
                               .arena = &cursor->scratch };
  bool is_kept = cursor->reader->options.kept;
  for (; batch->count < n_rows; batch->count++, cursor->next++)
    (is_kept ? fill_kept : fill_row)(cursor, &writer, batch->count);
  return true;
}
