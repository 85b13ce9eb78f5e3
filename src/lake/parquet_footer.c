/* The footer is a FileMetaData of Thrift's compact protocol (apache/parquet-format, parquet.thrift), before its length
 * and the letters PAR1. Of it num_rows is read, and that of each row group; the rest is skipped. */
#include "lake/parquet_footer.h"

#include "base/file.h"
#include "base/thrift.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TAIL = 8 };

/* The fields that are read: of FileMetaData, and of its row groups. */
enum { FILE_NUM_ROWS = 3, FILE_ROW_GROUPS = 4, GROUP_NUM_ROWS = 3 };

static bool read_count(const struct thrift *in, const struct thrift_field *field, uint64_t *ret_count)
{
  int64_t count = 0;
  if (field->type != THRIFT_I64 || !thrift_number(in, field, &count) || count < 0)
    return false;
  *ret_count = (uint64_t)count;
  return true;
}

static bool read_row_group(struct thrift *in, uint64_t *rows)
{
  struct thrift_field field = { .type = THRIFT_TRUE };
  uint64_t count = 0;
  bool is_counted = false;
  while (thrift_next_field(in, field.id, &field)) {
    if (field.type == THRIFT_STOP)
      return is_counted;
    if (field.id != GROUP_NUM_ROWS)
      continue;
    if (!read_count(in, &field, &count))
      return false;
    *rows += count;
    is_counted = true;
  }
  return false;
}

static bool read_row_groups(struct thrift in, uint64_t *rows)
{
  uint64_t count = 0;
  enum thrift_type type = THRIFT_STOP;
  if (!thrift_read_list(&in, &type, &count) || (count > 0 && type != THRIFT_STRUCT))
    return false;
  for (uint64_t i = 0; i < count; i++)
    if (!read_row_group(&in, rows))
      return false;
  return true;
}

static bool read_file_metadata(struct thrift *in, uint64_t *ret_said, uint64_t *ret_counted)
{
  struct thrift_field field = { .type = THRIFT_TRUE };
  bool is_said = false;
  *ret_counted = 0;
  while (thrift_next_field(in, field.id, &field)) {
    if (field.type == THRIFT_STOP)
      return is_said;
    if (field.id == FILE_NUM_ROWS && !read_count(in, &field, ret_said))
      return false;
    is_said = is_said || field.id == FILE_NUM_ROWS;
    if (field.id == FILE_ROW_GROUPS && !read_row_groups(thrift_within(in, &field), ret_counted))
      return false;
  }
  return false;
}

/* the file */

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
  if (!file_read_at(file, size - TAIL, tail, TAIL) || memcmp(tail + 4, "PAR1", 4) != 0)
    return false;
  uint64_t length = tail[0] | (uint64_t)tail[1] << 8 | (uint64_t)tail[2] << 16 | (uint64_t)tail[3] << 24;
  if (length == 0 || length > size - TAIL)
    return false;
  unsigned char *footer = arena_alloc(&scratch, (size_t)length);
  struct thrift in = { footer, (size_t)length, 0 };
  if (!file_read_at(file, size - TAIL - length, footer, (size_t)length) || !read_file_metadata(&in, &said, &counted))
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
