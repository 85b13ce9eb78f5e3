#include "worker/protocol.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { TEXT_SIZE_MAX = 1 << 30 };

static bool fail_gone(struct error *err)
{
  return fail(err, ERROR_TERMINATED, NOWHERE, "whoever started this worker is gone");
}

static bool read_exactly(int descriptor, void *data, size_t length, struct error *err)
{
  for (size_t at = 0; at < length;) {
    ssize_t count = read(descriptor, (char *)data + at, length - at);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return fail_gone(err);
    at += (size_t)count;
  }
  return true;
}

static bool write_exactly(int descriptor, const void *data, size_t length, struct error *err)
{
  for (size_t at = 0; at < length;) {
    ssize_t count = write(descriptor, (const char *)data + at, length - at);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return fail_gone(err);
    at += (size_t)count;
  }
  return true;
}

static void put_number(unsigned char *bytes, size_t size, uint64_t value)
{
  for (size_t i = 0; i < size; i++)
    bytes[i] = (unsigned char)(value >> (8 * i));
}

static bool read_u32(int descriptor, uint32_t *ret_value, struct error *err)
{
  unsigned char bytes[4];
  TRY(read_exactly(descriptor, bytes, sizeof(bytes), err));
  *ret_value = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
  return true;
}

void add_u32(struct text_buffer *out, uint32_t value)
{
  unsigned char bytes[4];
  put_number(bytes, sizeof(bytes), value);
  text_buffer_add(out, bytes, sizeof(bytes));
}

void add_u64(struct text_buffer *out, uint64_t value)
{
  unsigned char bytes[8];
  put_number(bytes, sizeof(bytes), value);
  text_buffer_add(out, bytes, sizeof(bytes));
}

bool host_read_text(struct host *host, struct arena *arena, struct text *ret_text, struct error *err)
{
  uint32_t length = 0;
  TRY(read_u32(host->input, &length, err));
  if (length > TEXT_SIZE_MAX)
    return fail(err, ERROR_DEFECT, NOWHERE, "the host sent a text of %u bytes", length);
  char *data = arena_alloc(arena, (size_t)length + 1);
  TRY(read_exactly(host->input, data, length, err));
  *ret_text = (struct text){ data, length };
  return true;
}

bool host_send(struct host *host, enum message_kind kind, struct text message, struct error *err)
{
  unsigned char head[5] = { (unsigned char)kind };
  if (message.length > INT32_MAX - 64) /* what an array of Java holds */
    return fail(err, ERROR_DATA, NOWHERE, "a batch of records takes %zu bytes, but Spark takes 2 GiB at most",
                message.length);
  put_number(head + 1, 4, message.length);
  return write_exactly(host->output, head, sizeof(head), err) &&
         write_exactly(host->output, message.data, message.length, err);
}

/* The file, as the reader sees it. */

struct stream {
  struct host *host;
  uint32_t number;
};

static bool takes_any(const char *path)
{
  (void)path;
  return true;
}

static bool stream_open(void *context, const char *path, void **ret_object, struct input_identity *ret_identity,
                        struct error *err)
{
  (void)path;
  (void)err;
  struct host *host = context;
  struct stream *stream = checked_malloc(sizeof(*stream));
  *stream = (struct stream){ host, host->n_streams++ };
  *ret_object = stream;
  *ret_identity =
      (struct input_identity){ .size_bytes = host->end - host->start, .inode = 1, .begins_inside = host->start > 0 };
  return true;
}

static bool ask(const struct stream *stream, uint64_t position, uint32_t wanted, struct error *err)
{
  unsigned char message[16];
  put_number(message, 4, stream->number);
  put_number(message + 4, 8, position);
  put_number(message + 12, 4, wanted);
  return host_send(stream->host, MESSAGE_READ, (struct text){ (const char *)message, sizeof(message) }, err);
}

static bool stream_read(void *object, uint64_t position, void *data, size_t capacity, size_t *ret_length,
                        bool *ret_same, struct error *err)
{
  const struct stream *stream = object;
  enum { PIECE_SIZE = 1 << 20 };
  size_t length = 0;
  uint64_t from = stream->host->start + position;
  size_t left = stream->host->end - from < capacity ? (size_t)(stream->host->end - from) : capacity;
  while (length < left) {
    uint32_t wanted = left - length < PIECE_SIZE ? (uint32_t)(left - length) : PIECE_SIZE;
    uint32_t count = 0;
    TRY(ask(stream, from + length, wanted, err) && read_u32(stream->host->input, &count, err));
    if (count > wanted)
      return fail(err, ERROR_DEFECT, NOWHERE, "the host answered %u bytes where %u were asked for", count, wanted);
    TRY(read_exactly(stream->host->input, (char *)data + length, count, err));
    length += count;
    if (count < wanted)
      break;
  }
  *ret_length = length;
  *ret_same = length == left;
  return true;
}

static void stream_close(void **object)
{
  struct stream *stream = *object;
  struct error ignored;
  unsigned char message[4];
  if (stream == NULL)
    return;
  put_number(message, 4, stream->number);
  bool is_told =
      host_send(stream->host, MESSAGE_CLOSE, (struct text){ (const char *)message, sizeof(message) }, &ignored);
  (void)is_told; /* a host that is gone needs no telling */
  free(stream);
  *object = NULL;
}

struct remote host_remote(struct host *host)
{
  return (struct remote){
    .context = host, .takes = takes_any, .open = stream_open, .read = stream_read, .close = stream_close
  };
}
