/* The footer is a FileMetaData of Thrift's compact protocol (apache/parquet-format, parquet.thrift), before its length
 * and the letters PAR1. Of it num_rows is read, and that of each row group; the rest is skipped. */
#include "lake/parquet_footer.h"

#include "base/thrift.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TAIL = 8, DEPTH_MOST = 32 };

/* The fields that are read: of FileMetaData, and of its row groups. */
enum { FILE_NUM_ROWS = 3, FILE_ROW_GROUPS = 4, GROUP_NUM_ROWS = 3 };

/* All of these are false where the bytes end before, or mean nothing. */
struct thrift {
  const unsigned char *at, *end;
};

static bool read_varint(struct thrift *thrift, uint64_t *ret_value)
{
  *ret_value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (thrift->at == thrift->end)
      return false;
    unsigned char byte = *thrift->at++;
    *ret_value |= (uint64_t)(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0)
      return true;
  }
  return false;
}

static bool skip_bytes(struct thrift *thrift, uint64_t count)
{
  if (count > (uint64_t)(thrift->end - thrift->at))
    return false;
  thrift->at += count;
  return true;
}

/* A struct's next field: its number counts on from the one before, or stands apart. */
static bool read_field(struct thrift *thrift, int64_t *number, enum thrift_type *ret_type)
{
  uint64_t apart = 0;
  if (thrift->at == thrift->end)
    return false;
  unsigned char header = *thrift->at++;
  *ret_type = header & 0x0F;
  if (*ret_type == THRIFT_STOP)
    return true;
  if (header >> 4 != 0) {
    *number += header >> 4;
    return true;
  }
  if (!read_varint(thrift, &apart) || apart > UINT16_MAX)
    return false;
  *number = (int64_t)(apart >> 1) ^ -(int64_t)(apart & 1);
  return true;
}

static bool read_list(struct thrift *thrift, uint64_t *ret_count, enum thrift_type *ret_type)
{
  if (thrift->at == thrift->end)
    return false;
  unsigned char header = *thrift->at++;
  *ret_type = header & 0x0F;
  *ret_count = header >> 4;
  return header >> 4 != 0x0F || read_varint(thrift, ret_count);
}

static bool skip(struct thrift *thrift, enum thrift_type type, bool is_element, int depth);

static bool skip_all(struct thrift *thrift, uint64_t count, enum thrift_type type, int depth)
{
  for (uint64_t i = 0; i < count; i++)
    if (!skip(thrift, type, true, depth))
      return false;
  return true;
}

static bool skip_map(struct thrift *thrift, int depth)
{
  uint64_t count = 0;
  if (!read_varint(thrift, &count) || count == 0 || thrift->at == thrift->end)
    return count == 0;
  unsigned char types = *thrift->at++;
  for (uint64_t i = 0; i < count; i++)
    if (!skip(thrift, types >> 4, true, depth) || !skip(thrift, types & 0x0F, true, depth))
      return false;
  return true;
}

/* A boolean is its field's type, and a byte as an element. */
static bool skip(struct thrift *thrift, enum thrift_type type, bool is_element, int depth)
{
  uint64_t count = 0;
  enum thrift_type inner = THRIFT_STOP;
  int64_t number = 0;
  if (depth == DEPTH_MOST)
    return false;
  switch (type) {
  case THRIFT_TRUE:
  case THRIFT_FALSE:
    return !is_element || skip_bytes(thrift, 1);
  case THRIFT_BYTE:
    return skip_bytes(thrift, 1);
  case THRIFT_I16:
  case THRIFT_I32:
  case THRIFT_I64:
    return read_varint(thrift, &count);
  case THRIFT_DOUBLE:
    return skip_bytes(thrift, 8);
  case THRIFT_BINARY:
    return read_varint(thrift, &count) && skip_bytes(thrift, count);
  case THRIFT_LIST:
  case THRIFT_SET:
    return read_list(thrift, &count, &inner) && skip_all(thrift, count, inner, depth + 1);
  case THRIFT_MAP:
    return skip_map(thrift, depth + 1);
  case THRIFT_STRUCT:
    while (read_field(thrift, &number, &inner))
      if (inner == THRIFT_STOP)
        return true;
      else if (!skip(thrift, inner, false, depth + 1))
        return false;
    return false;
  case THRIFT_STOP:
    break;
  }
  return false;
}

static bool read_count(struct thrift *thrift, uint64_t *ret_count)
{
  uint64_t zigzag = 0;
  if (!read_varint(thrift, &zigzag) || (zigzag & 1) != 0) /* negative */
    return false;
  *ret_count = zigzag >> 1;
  return true;
}

static bool read_row_group(struct thrift *thrift, uint64_t *rows)
{
  int64_t number = 0;
  enum thrift_type type = THRIFT_STOP;
  bool is_counted = false;
  while (read_field(thrift, &number, &type)) {
    uint64_t count = 0;
    if (type == THRIFT_STOP)
      return is_counted;
    bool is_count = number == GROUP_NUM_ROWS && type == THRIFT_I64;
    if (is_count ? !read_count(thrift, &count) : !skip(thrift, type, false, 0))
      return false;
    *rows += count;
    is_counted = is_counted || is_count;
  }
  return false;
}

static bool read_row_groups(struct thrift *thrift, uint64_t *rows)
{
  uint64_t count = 0;
  enum thrift_type type = THRIFT_STOP;
  if (!read_list(thrift, &count, &type) || (count > 0 && type != THRIFT_STRUCT))
    return false;
  for (uint64_t i = 0; i < count; i++)
    if (!read_row_group(thrift, rows))
      return false;
  return true;
}

static bool read_file_metadata(struct thrift *thrift, uint64_t *ret_said, uint64_t *ret_counted)
{
  int64_t number = 0;
  enum thrift_type type = THRIFT_STOP;
  bool is_said = false;
  *ret_counted = 0;
  while (read_field(thrift, &number, &type)) {
    if (type == THRIFT_STOP)
      return is_said;
    if (number == FILE_NUM_ROWS && type == THRIFT_I64) {
      if (!read_count(thrift, ret_said))
        return false;
      is_said = true;
    } else if (number == FILE_ROW_GROUPS && type == THRIFT_LIST) {
      if (!read_row_groups(thrift, ret_counted))
        return false;
    } else if (!skip(thrift, type, false, 0)) {
      return false;
    }
  }
  return false;
}

/* the file */

static bool read_at(int file, uint64_t offset, void *data, size_t length)
{
  for (size_t done = 0; done < length;) {
    ssize_t count = pread(file, (char *)data + done, length - done, (off_t)(offset + done));
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return false;
    done += (size_t)count;
  }
  return true;
}

static bool count_rows(int file, uint64_t *ret_rows)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct stat status;
  unsigned char tail[TAIL];
  uint64_t said = 0, counted = 0;
  errno = 0;
  if (fstat(file, &status) != 0 || status.st_size < TAIL)
    return false;
  uint64_t size = (uint64_t)status.st_size;
  if (!read_at(file, size - TAIL, tail, TAIL) || memcmp(tail + 4, "PAR1", 4) != 0)
    return false;
  uint64_t length = tail[0] | (uint64_t)tail[1] << 8 | (uint64_t)tail[2] << 16 | (uint64_t)tail[3] << 24;
  if (length == 0 || length > size - TAIL)
    return false;
  unsigned char *footer = arena_alloc(&scratch, (size_t)length);
  struct thrift thrift = { footer, footer + length };
  if (!read_at(file, size - TAIL - length, footer, (size_t)length) || !read_file_metadata(&thrift, &said, &counted))
    return false;
  *ret_rows = counted;
  return said == counted;
}

bool parquet_count_rows(const char *path, uint64_t *ret_rows, struct error *err)
{
  int file = open(path, O_RDONLY | O_CLOEXEC);
  bool is_counted = file >= 0 && count_rows(file, ret_rows);
  int reason = errno;
  if (file >= 0)
    close(file);
  return is_counted || fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not count the rows of \"%s\": %s", path,
                            reason != 0 ? strerror(reason) : "it is no whole Parquet file");
}
