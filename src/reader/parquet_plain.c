#include "reader/parquet_plain.h"

#include "base/file.h"
#include "base/thrift.h"
#include "store/s3_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void add_varint(struct text_buffer *out, uint64_t value)
{
  for (; value > 0x7F; value >>= 7)
    text_buffer_add_char(out, (char)((value & 0x7F) | 0x80));
  text_buffer_add_char(out, (char)value);
}

static void add_field(struct text_buffer *out, int last_id, const struct thrift_field *field, const unsigned char *data)
{
  int delta = field->id - last_id;
  if (delta > 0 && delta < 16) {
    text_buffer_add_char(out, (char)((delta << 4) | (int)field->type));
  } else {
    text_buffer_add_char(out, (char)field->type);
    add_varint(out, field->id < 0 ? ((uint64_t)(-(int64_t)field->id) << 1) - 1 : (uint64_t)field->id << 1);
  }
  text_buffer_add(out, data + field->start, field->end - field->start);
}

/* the schema (parquet.thrift: FileMetaData, SchemaElement, LogicalType) */

enum { FILE_SCHEMA = 2, ELEMENT_CONVERTED_TYPE = 6, ELEMENT_LOGICAL_TYPE = 10, ELEMENT_FIELDS_MAX = 32 };
enum { ELEMENT_REPETITION = 3, REPEATED = 2 };
enum { CONVERTED_MAP = 1, CONVERTED_MAP_KEY_VALUE = 2 };
enum {
  CONVERTED_UTF8 = 0,
  CONVERTED_ENUM = 4,
  CONVERTED_TIMESTAMP_MILLIS = 9,
  CONVERTED_JSON = 19,
  CONVERTED_BSON = 20
};
enum { LOGICAL_STRING = 1, LOGICAL_ENUM = 4, LOGICAL_TIMESTAMP = 8, LOGICAL_JSON = 12, LOGICAL_BSON = 13 };
enum { TIMESTAMP_UNIT = 2, UNIT_MICROS = 2 };

static int64_t number_of(const struct thrift *in, const struct thrift_field *field)
{
  int64_t number = 0;
  return thrift_number(in, field, &number) ? number : -1;
}

static bool is_plain_converted(const struct thrift *in, const struct thrift_field *field, enum plain_scope scope)
{
  int64_t type = number_of(in, field);
  if (scope == PLAIN_BSON)
    return type == CONVERTED_BSON;
  return type == CONVERTED_UTF8 || type == CONVERTED_ENUM || type == CONVERTED_JSON || type == CONVERTED_BSON ||
         type == CONVERTED_TIMESTAMP_MILLIS;
}

static bool is_micros(struct thrift timestamp)
{
  struct thrift_field field = { .type = THRIFT_TRUE };
  while (thrift_next_field(&timestamp, field.id, &field) && field.type != THRIFT_STOP) {
    struct thrift unit = thrift_within(&timestamp, &field);
    struct thrift_field member;
    if (field.id == TIMESTAMP_UNIT && field.type == THRIFT_STRUCT && thrift_next_field(&unit, 0, &member))
      return member.id == UNIT_MICROS;
  }
  return false;
}

static bool is_plain_logical(const struct thrift *in, const struct thrift_field *field, enum plain_scope scope)
{
  struct thrift value = thrift_within(in, field);
  struct thrift_field member;
  if (field->type != THRIFT_STRUCT || !thrift_next_field(&value, 0, &member) || member.type != THRIFT_STRUCT)
    return false;
  if (scope == PLAIN_BSON)
    return member.id == LOGICAL_BSON;
  if (member.id == LOGICAL_TIMESTAMP)
    return !is_micros(thrift_within(in, &member));
  return member.id == LOGICAL_STRING || member.id == LOGICAL_ENUM || member.id == LOGICAL_JSON ||
         member.id == LOGICAL_BSON;
}

static bool copy_element(struct thrift *in, enum plain_scope scope, struct text_buffer *out)
{
  static const unsigned char map[] = { CONVERTED_MAP << 1 };
  static const struct thrift_field map_field = { ELEMENT_CONVERTED_TYPE, THRIFT_I32, 0, sizeof(map) };
  int read_id = 0, written_id = 0;
  int64_t repetition = -1;
  struct thrift_field field;
  for (int i = 0; i < ELEMENT_FIELDS_MAX; i++) {
    if (!thrift_next_field(in, read_id, &field))
      return false;
    if (field.type == THRIFT_STOP) {
      text_buffer_add_char(out, 0);
      return true;
    }
    read_id = field.id;
    bool is_dropped = (field.id == ELEMENT_CONVERTED_TYPE && is_plain_converted(in, &field, scope)) ||
                      (field.id == ELEMENT_LOGICAL_TYPE && is_plain_logical(in, &field, scope));
    if (is_dropped)
      continue;
    if (field.id == ELEMENT_REPETITION)
      repetition = number_of(in, &field);
    bool is_old_map = field.id == ELEMENT_CONVERTED_TYPE && repetition != REPEATED &&
                      number_of(in, &field) == CONVERTED_MAP_KEY_VALUE; /* the oldest writers' name of a map itself */
    add_field(out, written_id, is_old_map ? &map_field : &field, is_old_map ? map : in->data);
    written_id = field.id;
  }
  return false;
}

static bool copy_schema(const struct thrift *in, const struct thrift_field *schema, enum plain_scope scope,
                        struct text_buffer *out)
{
  struct thrift list = thrift_within(in, schema);
  enum thrift_type type = THRIFT_STOP;
  uint64_t count = 0;
  if (!thrift_read_list(&list, &type, &count) || type != THRIFT_STRUCT)
    return false;
  text_buffer_add(out, in->data + schema->start, list.at - schema->start);
  for (; count > 0; count--)
    if (!copy_element(&list, scope, out))
      return false;
  return true;
}

bool parquet_plain_footer(struct text footer, enum plain_scope scope, struct text_buffer *out)
{
  struct thrift in = { (const unsigned char *)footer.data, footer.length, 0 };
  struct thrift_field field = { .type = THRIFT_TRUE };
  int last_id = 0;
  for (;;) {
    if (!thrift_next_field(&in, last_id, &field))
      return false;
    if (field.type == THRIFT_STOP) {
      text_buffer_add_char(out, 0);
      return true;
    }
    struct thrift_field head = { field.id, field.type, field.start, field.start };
    bool is_schema = field.id == FILE_SCHEMA && field.type == THRIFT_LIST;
    add_field(out, last_id, is_schema ? &head : &field, in.data);
    if (is_schema && !copy_schema(&in, &field, scope, out))
      return false;
    last_id = field.id;
  }
}

/* the file */

enum { TAIL_SIZE = 8, COPY_SIZE = 1 << 20 }; /* the footer's length and "PAR1" */

static void close_descriptor(int *descriptor)
{
  if (*descriptor >= 0)
    close(*descriptor);
}

static bool fail_write(struct error *err, const char *target)
{
  return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not write \"%s\": %s", target, strerror(errno));
}

static bool write_all(int descriptor, const char *data, size_t length, const char *target, struct error *err)
{
  while (length > 0) {
    ssize_t written = write(descriptor, data, length);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return fail_write(err, target);
    data += written;
    length -= (size_t)written;
  }
  return true;
}

static bool copy_local(const char *path, int to, const char *target, struct error *err)
{
  SCOPED(close_descriptor) int from = open(path, O_RDONLY | O_CLOEXEC);
  if (from < 0)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not open \"%s\": %s", path, strerror(errno));
  SCOPED(arena_done) struct arena scratch = { 0 };
  char *buffer = arena_alloc(&scratch, COPY_SIZE);
  for (;;) {
    ssize_t length = read(from, buffer, COPY_SIZE);
    if (length < 0 && errno == EINTR)
      continue;
    if (length < 0)
      return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not read \"%s\": %s", path, strerror(errno));
    if (length == 0)
      return true;
    TRY(write_all(to, buffer, (size_t)length, target, err));
  }
}

static bool copy_object(struct s3 *s3, const char *path, int to, const char *target, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(s3_stream_close) struct s3_stream *stream = NULL;
  struct s3_object object;
  TRY(s3_stream_open(s3, s3_location_of(&scratch, path), &stream, &object, err));
  char *buffer = arena_alloc(&scratch, COPY_SIZE);
  for (uint64_t position = 0;;) {
    size_t length = 0;
    bool is_same = true;
    TRY(s3_stream_read(stream, position, buffer, COPY_SIZE, &length, &is_same, err));
    if (!is_same)
      return fail(err, ERROR_ENVIRONMENT, NOWHERE, "file \"%s\" changed while it was read", path);
    TRY(write_all(to, buffer, length, target, err));
    position += length;
    if (length < COPY_SIZE)
      return true;
  }
}

static void add_tail(struct text_buffer *out)
{
  size_t length = out->length;
  for (unsigned shift = 0; shift < 32; shift += 8)
    text_buffer_add_char(out, (char)((length >> shift) & 0xFF));
  text_buffer_add_string(out, "PAR1");
}

static bool fail_unsound(const char *path, struct error *err)
{
  return fail(err, ERROR_ENVIRONMENT, NOWHERE, "\"%s\" is no sound Parquet file", path);
}

/* Reads the footer of a file, and where it starts. */
static bool read_footer(struct arena *arena, int file, const char *path, struct text *ret_footer, off_t *ret_start,
                        struct error *err)
{
  unsigned char tail[TAIL_SIZE];
  off_t size = lseek(file, 0, SEEK_END);
  if (size < 2 * TAIL_SIZE || !file_read_at(file, (uint64_t)(size - TAIL_SIZE), tail, TAIL_SIZE) ||
      memcmp(tail + 4, "PAR1", 4) != 0)
    return fail_unsound(path, err);
  uint32_t length = (uint32_t)tail[0] | (uint32_t)tail[1] << 8 | (uint32_t)tail[2] << 16 | (uint32_t)tail[3] << 24;
  off_t start = size - TAIL_SIZE - (off_t)length;
  char *footer = start < 4 ? NULL : arena_alloc(arena, (size_t)length + 1);
  if (footer == NULL || !file_read_at(file, (uint64_t)start, footer, length))
    return fail_unsound(path, err);
  *ret_footer = (struct text){ footer, length };
  *ret_start = start;
  return true;
}

bool parquet_plain_copy(struct s3 *s3, const char *path, const char *target, const char *schema_target,
                        struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer plain = { 0 }, schema = { 0 };
  SCOPED(close_descriptor) int to = open(target, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  struct text footer;
  off_t start = 0;
  if (to < 0)
    return fail_write(err, target);
  TRY(path_is_remote(path) ? copy_object(s3, path, to, target, err) : copy_local(path, to, target, err));
  TRY(read_footer(&scratch, to, path, &footer, &start, err));
  if (!parquet_plain_footer(footer, PLAIN_ALL, &plain) || !parquet_plain_footer(footer, PLAIN_BSON, &schema) ||
      plain.length > UINT32_MAX)
    return fail_unsound(path, err);
  add_tail(&plain);
  if (ftruncate(to, start) != 0 || lseek(to, start, SEEK_SET) != start)
    return fail_write(err, target);
  TRY(write_all(to, plain.data, plain.length, target, err));
  add_tail(&schema);
  SCOPED(text_buffer_done) struct text_buffer whole = { 0 };
  text_buffer_add_string(&whole, "PAR1");
  text_buffer_add_text(&whole, text_buffer_text(&schema));
  return file_write(schema_target, text_buffer_text(&whole), err);
}
