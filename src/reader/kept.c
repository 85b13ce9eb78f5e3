/* The file: records one after another, each behind a struct frame; the first may be a header. */
#include "reader/kept.h"

#include "base/file.h"
#include "reader/reader_internal.h"

#include <errno.h>
#include <stdlib.h>

struct kept_writer {
  FILE *file;
  char *path;
  enum encoding encoding;
  struct text_buffer bytes; /* of the record at hand */
};

static bool fail_writing(const struct kept_writer *writer, struct error *err)
{
  return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not write \"%s\": %s", writer->path, strerror(errno));
}

void kept_free(struct kept_writer **writer)
{
  struct kept_writer *freed = *writer;
  if (freed == NULL)
    return;
  if (freed->file != NULL)
    fclose(freed->file);
  text_buffer_done(&freed->bytes);
  free(freed->path);
  free(freed);
  *writer = NULL;
}

static bool write_frame(struct kept_writer *writer, struct kept_frame frame, struct text bytes, struct error *err)
{
  if (bytes.length > RECORD_SIZE_MAX)
    return fail(err, ERROR_DATA, NOWHERE, "a record is longer than 1 GiB");
  frame.length = (uint32_t)bytes.length;
  bool is_written = fwrite(&frame, sizeof(frame), 1, writer->file) == 1 &&
                    (bytes.length == 0 || fwrite(bytes.data, 1, bytes.length, writer->file) == bytes.length);
  return is_written || fail_writing(writer, err);
}

static bool begin(struct kept_writer *writer, struct text header, const char *encoding, struct error *err)
{
  TRY(encoding_find(encoding, &writer->encoding, err));
  writer->file = fopen(writer->path, "wbe");
  if (writer->file == NULL)
    return fail_writing(writer, err);
  return header.data == NULL || write_frame(writer, (struct kept_frame){ .form = KEPT_BYTES }, header, err);
}

bool kept_open(const char *path, struct text header, const char *encoding, struct kept_writer **ret_writer,
               struct error *err)
{
  struct kept_writer *writer = checked_malloc(sizeof(*writer));
  *writer = (struct kept_writer){ .path = checked_malloc(strlen(path) + 1) };
  memcpy(writer->path, path, strlen(path) + 1);
  *ret_writer = writer;
  if (begin(writer, header, encoding, err))
    return true;
  kept_free(ret_writer);
  return false;
}

/* A byte that was no text: by itself, or what it is in an encoding of one byte a character. */
static void add_byte(struct kept_writer *writer, unsigned char byte)
{
  char decoded[16];
  size_t taken = 0, made = 0;
  if (writer->encoding != ENCODING_LATIN1 && writer->encoding != ENCODING_WINDOWS_1252) {
    text_buffer_add_char(&writer->bytes, (char)byte);
    return;
  }
  encoding_decode(writer->encoding, &byte, 1, true, decoded, sizeof(decoded), &taken, &made);
  text_buffer_add(&writer->bytes, decoded, made);
}

/* What was text stays it; the bytes are read in today's encoding, which may be another one than they were no text in.
 */
static void unescape(struct kept_writer *writer, struct text raw)
{
  for (size_t i = 0; i < raw.length; i++) {
    bool is_escape = raw.data[i] == '\\' && i + 1 < raw.length;
    bool is_byte = is_escape && raw.data[i + 1] == 'x' && i + 3 < raw.length && hex_digit(raw.data[i + 2]) >= 0 &&
                   hex_digit(raw.data[i + 3]) >= 0;
    if (is_byte) {
      add_byte(writer, (unsigned char)(hex_digit(raw.data[i + 2]) * 16 + hex_digit(raw.data[i + 3])));
      i += 3;
      continue;
    }
    text_buffer_add_char(&writer->bytes, raw.data[i]);
    i += is_escape && raw.data[i + 1] == '\\' ? 1 : 0;
  }
}

/* Each field: its kind, the length of its name and of its text, both. */
static void add_fields(struct kept_writer *writer, const struct kept_record *record)
{
  for (size_t i = 0; i < record->n_fields; i++) {
    const struct kept_field *field = &record->fields[i];
    const uint32_t sizes[] = { (uint32_t)field->kind, (uint32_t)strlen(field->name), (uint32_t)field->text.length };
    text_buffer_add(&writer->bytes, (const char *)sizes, sizeof(sizes));
    text_buffer_add_string(&writer->bytes, field->name);
    text_buffer_add_text(&writer->bytes, field->text);
  }
}

bool kept_add(struct kept_writer *writer, const struct kept_record *record, struct error *err)
{
  struct kept_frame frame = { .offset = record->offset, .line = record->line, .form = KEPT_BYTES };
  text_buffer_clear(&writer->bytes);
  if (record->fields != NULL) {
    frame.form = KEPT_FIELDS;
    add_fields(writer, record);
  } else if ((record->form & RAW_ESCAPED) != 0) {
    unescape(writer, record->raw);
  } else {
    return write_frame(writer, frame, record->raw, err);
  }
  return write_frame(writer, frame, text_buffer_text(&writer->bytes), err);
}

bool kept_close(struct kept_writer **writer, struct error *err)
{
  FILE *file = (*writer)->file;
  (*writer)->file = NULL;
  bool is_closed = fclose(file) == 0 || fail_writing(*writer, err);
  kept_free(writer);
  return is_closed;
}

/* reading */

struct kept_frame kept_frame_at(const struct block *block, size_t record_start)
{
  struct kept_frame frame;
  memcpy(&frame, block->data + record_start - sizeof(frame), sizeof(frame));
  return frame;
}

void kept_split(struct reader_file *file, struct block *block, struct split *split)
{
  size_t at = 0;
  block->n_records = 0;
  while (block->length - at >= sizeof(struct kept_frame)) {
    struct kept_frame frame = kept_frame_at(block, at + sizeof(frame));
    size_t start = at + sizeof(frame);
    if (block->length - start < frame.length) {
      split->needed = at == 0 ? (uint64_t)start + frame.length : 0;
      break;
    }
    if (file->skips_header)
      file->skips_header = false;
    else
      block_add_record(block, start, start + frame.length, 0);
    at = start + frame.length;
  }
  split->consumed = at;
}

void kept_fill_fields(const struct row_writer *writer, struct text bytes, size_t row)
{
  for (size_t i = 0; i < writer->n_columns; i++)
    if (writer->text[i] != NULL) {
      writer->text[i][row] = (struct text){ 0 };
      writer->kind[i][row] = KIND_MISSING;
    }
  while (bytes.length > 0) {
    uint32_t sizes[3];
    memcpy(sizes, bytes.data, sizeof(sizes));
    struct text name = { bytes.data + sizeof(sizes), sizes[1] }, value = { name.data + sizes[1], sizes[2] };
    size_t column = name_set_find(&writer->reader->columns, name);
    if (column != NO_NAME && writer->text[column] != NULL) {
      writer->text[column][row] = value;
      writer->kind[column][row] = (unsigned char)sizes[0];
    }
    size_t length = sizeof(sizes) + name.length + value.length;
    bytes = (struct text){ bytes.data + length, bytes.length - length };
  }
}
