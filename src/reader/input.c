#include "reader/input.h"

#include "reader/disguise.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { PACKED_SIZE = 256 * 1024, ENCODED_SIZE = 256 * 1024 };

enum compression { COMPRESSION_NONE, COMPRESSION_GZIP, COMPRESSION_ZSTD };

struct input {
  const char *path;
  int descriptor; /* of a file */
  const struct remote *remote;
  void *object; /* of `remote`; NULL: a file */
  struct input_identity identity;
  uint64_t position; /* of the next byte to take from the file */
  enum compression compression;
  unsigned char *packed; /* compressed bytes taken and not yet used: [packed_start, packed_end) */
  size_t packed_start, packed_end;
  z_stream gzip;
  ZSTD_DStream *zstd;
  bool in_member; /* a gzip member or zstd frame has begun and not ended */
  bool had_member;
  enum encoding encoding;
  unsigned char *encoded; /* decompressed bytes not yet decoded */
  size_t encoded_start, encoded_end;
  bool has_started, has_ended;
  uint64_t origin;
};

static struct input_identity identity_of(const struct stat *status)
{
  return (struct input_identity){ .size_bytes = (uint64_t)status->st_size,
                                  .inode = (uint64_t)status->st_ino,
                                  .changed_s = (int64_t)status->st_mtim.tv_sec,
                                  .changed_ns = (int64_t)status->st_mtim.tv_nsec };
}

static bool identity_equal(struct input_identity a, struct input_identity b)
{
  return a.size_bytes == b.size_bytes && a.inode == b.inode && a.changed_s == b.changed_s &&
         a.changed_ns == b.changed_ns;
}

static bool fail_changed(const struct input *input, struct error *err)
{
  return fail(err, ERROR_ENVIRONMENT, NOWHERE, "file \"%s\" changed while it was read", input->path);
}

static bool fail_cut_short(const struct input *input, struct error *err)
{
  return fail(err, ERROR_ENVIRONMENT, NOWHERE, "compressed file \"%s\" is cut short: it ends after %llu bytes",
              input->path, (unsigned long long)input->position);
}

static bool fail_corrupt(const struct input *input, const char *reason, struct error *err)
{
  return fail(err, ERROR_ENVIRONMENT, NOWHERE, "compressed file \"%s\" is corrupt near byte %llu: %s", input->path,
              (unsigned long long)(input->position - (input->packed_end - input->packed_start)), reason);
}

static enum compression compression_of(const char *path)
{
  size_t length = strlen(path);
  if (length >= 3 && text_equal_nocase(text_from(path + length - 3), TEXT(".gz")))
    return COMPRESSION_GZIP;
  if (length >= 4 && text_equal_nocase(text_from(path + length - 4), TEXT(".zst")))
    return COMPRESSION_ZSTD;
  return COMPRESSION_NONE;
}

static bool open_file(struct input *input, const struct input_identity *expected, struct error *err)
{
  /* without O_NONBLOCK a FIFO would wait for a writer before it could be refused */
  input->descriptor = open(input->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat status;
  if (input->descriptor < 0 || fstat(input->descriptor, &status) != 0)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not open file \"%s\": %s", input->path, strerror(errno));
  if (S_ISDIR(status.st_mode))
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "\"%s\" is a directory, expected a file", input->path);
  if (!S_ISREG(status.st_mode))
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "\"%s\" is a pipe or a device, expected a regular file", input->path);
  input->identity = identity_of(&status);
  if (expected != NULL && !identity_equal(*expected, input->identity))
    return fail_changed(input, err);
  posix_fadvise(input->descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
  return true;
}

static bool open_object(struct input *input, const struct input_identity *expected, struct error *err)
{
  TRY(input->remote->open(input->remote->context, input->path, &input->object, &input->identity, err));
  return expected == NULL || identity_equal(*expected, input->identity) || fail_changed(input, err);
}

bool input_open(const char *path, const struct remote *remote, enum encoding encoding,
                const struct input_identity *expected, struct input **ret_input, struct error *err)
{
  SCOPED(input_close) struct input *input = checked_malloc(sizeof(*input));
  *input = (struct input){ .path = path, .descriptor = -1, .remote = remote, .encoding = encoding };
  bool is_remote = remote->takes != NULL && remote->takes(path);
  TRY(is_remote ? open_object(input, expected, err) : open_file(input, expected, err));
  input->has_started = input->identity.begins_inside;
  input->compression = compression_of(path);
  if (input->compression != COMPRESSION_NONE)
    input->packed = checked_malloc(PACKED_SIZE);
  if (input->compression == COMPRESSION_GZIP && inflateInit2(&input->gzip, 15 + 16) != Z_OK)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not start to decompress \"%s\"", path);
  if (input->compression == COMPRESSION_ZSTD && (input->zstd = ZSTD_createDStream()) == NULL)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not start to decompress \"%s\"", path);
  if (encoding != ENCODING_UTF8)
    input->encoded = checked_malloc(ENCODED_SIZE);
  *ret_input = input;
  input = NULL;
  return true;
}

struct input_identity input_identity(const struct input *input)
{
  return input->identity;
}

enum encoding input_encoding(const struct input *input)
{
  return input->encoding;
}

bool input_is_compressed(const struct input *input)
{
  return input->compression != COMPRESSION_NONE;
}

uint64_t input_origin(const struct input *input)
{
  return input->origin;
}

uint64_t input_taken(const struct input *input)
{
  return input->position;
}

void input_close(struct input **input)
{
  struct input *closed = *input;
  if (closed == NULL)
    return;
  if (closed->descriptor >= 0)
    close(closed->descriptor);
  if (closed->object != NULL)
    closed->remote->close(&closed->object);
  if (closed->compression == COMPRESSION_GZIP)
    inflateEnd(&closed->gzip);
  ZSTD_freeDStream(closed->zstd);
  free(closed->packed);
  free(closed->encoded);
  free(closed);
  *input = NULL;
}

static bool check_unchanged(const struct input *input, struct error *err)
{
  struct stat status;
  if (fstat(input->descriptor, &status) != 0 || !identity_equal(identity_of(&status), input->identity))
    return fail_changed(input, err);
  return true;
}

static bool take_from_object(struct input *input, void *data, size_t capacity, size_t *ret_length, struct error *err)
{
  bool is_same = true;
  TRY(input->remote->read(input->object, input->position, data, capacity, ret_length, &is_same, err));
  input->position += *ret_length;
  return is_same || fail_changed(input, err);
}

/* The file's first bytes, as they are on the disk: a name that does not say what they are is told. */
static bool check_start(const struct input *input, const void *data, size_t length, struct error *err)
{
  return input->compression != COMPRESSION_NONE || disguise_check(input->path, data, length, input->encoding, err);
}

/* Bytes as they are in the file; fewer than asked for only at its end. */
static bool take_bytes(struct input *input, void *data, size_t capacity, size_t *ret_length, struct error *err)
{
  size_t length = 0;
  bool is_start = input->position == 0 && !input->identity.begins_inside;
  if (input->object != NULL)
    return take_from_object(input, data, capacity, ret_length, err) &&
           (!is_start || check_start(input, data, *ret_length, err));
  while (length < capacity && input->position < input->identity.size_bytes) {
    ssize_t count = pread(input->descriptor, (char *)data + length, capacity - length, (off_t)input->position);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not read file \"%s\": %s", input->path, strerror(errno));
    if (count == 0)
      return fail_changed(input, err);
    length += (size_t)count;
    input->position += (uint64_t)count;
  }
  if (length < capacity)
    TRY(check_unchanged(input, err));
  if (is_start)
    TRY(check_start(input, data, length, err));
  *ret_length = length;
  return true;
}

static bool fill_packed(struct input *input, struct error *err)
{
  if (input->packed_start < input->packed_end)
    return true;
  input->packed_start = 0;
  return take_bytes(input, input->packed, PACKED_SIZE, &input->packed_end, err);
}

/* Between two members: zeros are padding, as gzip takes them; anything else but a member is not ours to drop. */
static bool begin_member(struct input *input, bool *ret_begun, struct error *err)
{
  *ret_begun = false;
  for (;;) {
    TRY(fill_packed(input, err));
    if (input->packed_start == input->packed_end)
      return input->had_member ? true : fail_cut_short(input, err);
    if (!input->had_member || input->packed[input->packed_start] != 0)
      break;
    input->packed_start++;
  }
  if (input->compression == COMPRESSION_GZIP)
    inflateReset(&input->gzip);
  input->in_member = input->had_member = true;
  *ret_begun = true;
  return true;
}

static bool inflate_some(struct input *input, char *data, size_t capacity, size_t *ret_length, struct error *err)
{
  z_stream *stream = &input->gzip;
  size_t room = capacity < UINT32_MAX ? capacity : UINT32_MAX;
  stream->next_in = input->packed + input->packed_start;
  stream->avail_in = (uInt)(input->packed_end - input->packed_start);
  stream->next_out = (Bytef *)data;
  stream->avail_out = (uInt)room;
  int result = inflate(stream, Z_NO_FLUSH);
  input->packed_start = input->packed_end - stream->avail_in;
  *ret_length = room - stream->avail_out;
  if (result == Z_STREAM_END)
    input->in_member = false;
  else if (result != Z_OK && result != Z_BUF_ERROR)
    return fail_corrupt(input, stream->msg == NULL ? "it is no gzip stream" : stream->msg, err);
  return true;
}

static bool unzstd_some(struct input *input, char *data, size_t capacity, size_t *ret_length, struct error *err)
{
  ZSTD_inBuffer from = { .src = input->packed, .size = input->packed_end, .pos = input->packed_start };
  ZSTD_outBuffer to = { .dst = data, .size = capacity, .pos = 0 };
  size_t result = ZSTD_decompressStream(input->zstd, &to, &from);
  input->packed_start = from.pos;
  *ret_length = to.pos;
  if (ZSTD_isError(result))
    return fail_corrupt(input, ZSTD_getErrorName(result), err);
  if (result == 0)
    input->in_member = false;
  return true;
}

static bool decompress(struct input *input, char *data, size_t capacity, size_t *ret_length, struct error *err)
{
  size_t length = 0;
  while (length < capacity) {
    if (!input->in_member) {
      bool has_begun = false;
      TRY(begin_member(input, &has_begun, err));
      if (!has_begun)
        break;
    }
    TRY(fill_packed(input, err));
    bool is_at_end = input->packed_start == input->packed_end;
    size_t count = 0;
    bool done = input->compression == COMPRESSION_GZIP
                    ? inflate_some(input, data + length, capacity - length, &count, err)
                    : unzstd_some(input, data + length, capacity - length, &count, err);
    if (!done)
      return false;
    if (is_at_end && count == 0 && input->in_member)
      return fail_cut_short(input, err);
    length += count;
  }
  *ret_length = length;
  return true;
}

static bool take_unpacked(struct input *input, void *data, size_t capacity, size_t *ret_length, struct error *err)
{
  return input->compression == COMPRESSION_NONE ? take_bytes(input, data, capacity, ret_length, err)
                                                : decompress(input, data, capacity, ret_length, err);
}

static bool fill_encoded(struct input *input, struct error *err)
{
  size_t left = input->encoded_end - input->encoded_start;
  if (left >= ENCODING_LARGEST || input->has_ended)
    return true;
  if (left > 0)
    memmove(input->encoded, input->encoded + input->encoded_start, left);
  size_t count = 0;
  TRY(take_unpacked(input, input->encoded + left, ENCODED_SIZE - left, &count, err));
  input->has_ended = count < ENCODED_SIZE - left;
  input->encoded_start = 0;
  input->encoded_end = left + count;
  if (!input->has_started) {
    input->has_started = true;
    input->origin = input->encoded_start = encoding_byte_order(&input->encoding, input->encoded, input->encoded_end);
  }
  return true;
}

static bool read_encoded(struct input *input, char *data, size_t capacity, size_t *ret_length, struct error *err)
{
  size_t length = 0;
  while (capacity - length >= ENCODING_LARGEST) {
    TRY(fill_encoded(input, err));
    size_t left = input->encoded_end - input->encoded_start;
    if (left == 0)
      break;
    size_t taken = 0, made = 0;
    encoding_decode(input->encoding, input->encoded + input->encoded_start, left, input->has_ended, data + length,
                    capacity - length, &taken, &made);
    input->encoded_start += taken;
    length += made;
  }
  *ret_length = length;
  return true;
}

void input_is_inside(struct input *input)
{
  input->has_started = true;
}

bool input_read(struct input *input, char *data, size_t capacity, size_t *ret_length, struct error *err)
{
  if (input->encoding != ENCODING_UTF8)
    return read_encoded(input, data, capacity, ret_length, err);
  size_t length = 0;
  TRY(take_unpacked(input, data, capacity, &length, err));
  if (!input->has_started) {
    input->has_started = true;
    input->origin = encoding_byte_order(&input->encoding, (const unsigned char *)data, length);
    if (input->origin > 0) {
      size_t more = 0;
      bool is_full = length == capacity;
      length -= input->origin;
      memmove(data, data + input->origin, length);
      if (is_full)
        TRY(take_unpacked(input, data + length, capacity - length, &more, err));
      length += more;
    }
  }
  *ret_length = length;
  return true;
}

uint64_t input_jump(struct input *input, uint64_t count)
{
  bool is_plain = input->encoding == ENCODING_UTF8 && input->compression == COMPRESSION_NONE;
  if (!is_plain || !input->has_started || count > input->identity.size_bytes - input->position)
    return 0;
  input->position += count;
  return count;
}
