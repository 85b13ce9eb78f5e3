/* Frames, status texts and binary headers of gRPC. */
#include "engine/spark/grpc.h"

const char *grpc_status_name(int status)
{
  static const char *const names[] = {
    "OK",        "CANCELLED",       "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS",  "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",    "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED",
  };
  return status >= 0 && (size_t)status < ARRAY_LENGTH(names) ? names[status] : "an unknown status";
}

int grpc_status_of_http(long status)
{
  static const struct {
    long http;
    int status;
  } rows[] = {
    { 400, GRPC_INTERNAL },      { 401, GRPC_UNAUTHENTICATED }, { 403, GRPC_PERMISSION_DENIED },
    { 404, GRPC_UNIMPLEMENTED }, { 429, GRPC_UNAVAILABLE },     { 502, GRPC_UNAVAILABLE },
    { 503, GRPC_UNAVAILABLE },   { 504, GRPC_UNAVAILABLE },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
    if (rows[i].http == status)
      return rows[i].status;
  return GRPC_UNKNOWN;
}

void grpc_add_frame_header(struct text_buffer *out, size_t length)
{
  char header[GRPC_FRAME_HEADER] = { 0, (char)(length >> 24 & 0xff), (char)(length >> 16 & 0xff),
                                     (char)(length >> 8 & 0xff), (char)(length & 0xff) };
  if (length > UINT32_MAX)
    BUG("a message of 4 GiB");
  text_buffer_add(out, header, sizeof(header));
}

static size_t length_of_frame(const char *header)
{
  const unsigned char *bytes = (const unsigned char *)header;
  return (size_t)bytes[1] << 24 | (size_t)bytes[2] << 16 | (size_t)bytes[3] << 8 | (size_t)bytes[4];
}

bool grpc_frames_take(struct grpc_frames *frames, const void *data, size_t length,
                      bool (*take)(struct text message, void *context), void *context, const char **ret_fault)
{
  struct text_buffer *pending = &frames->pending;
  size_t done = 0;
  bool goes_on = true;
  *ret_fault = NULL;
  text_buffer_add(pending, data, length);
  while (goes_on && *ret_fault == NULL && pending->length - done >= GRPC_FRAME_HEADER) {
    const char *frame = pending->data + done;
    size_t size = length_of_frame(frame);
    if (frame[0] != 0)
      *ret_fault = "it compresses its messages, which was not asked for";
    else if (size > GRPC_MESSAGE_MOST)
      *ret_fault = "it announces a message of more than 1 GiB";
    if (*ret_fault != NULL || pending->length - done - GRPC_FRAME_HEADER < size)
      break;
    goes_on = take((struct text){ frame + GRPC_FRAME_HEADER, size }, context);
    done += GRPC_FRAME_HEADER + size;
  }
  if (done > 0) {
    memmove(pending->data, pending->data + done, pending->length - done);
    pending->length -= done;
  }
  return goes_on && *ret_fault == NULL;
}

void grpc_frames_done(struct grpc_frames *frames)
{
  text_buffer_done(&frames->pending);
}

void grpc_decode_percent(struct text encoded, struct text_buffer *out)
{
  for (size_t i = 0; i < encoded.length; i++) {
    bool is_escape = encoded.data[i] == '%' && encoded.length - i > 2 && hex_digit(encoded.data[i + 1]) >= 0 &&
                     hex_digit(encoded.data[i + 2]) >= 0;
    if (is_escape) {
      text_buffer_add_char(out, (char)(hex_digit(encoded.data[i + 1]) * 16 + hex_digit(encoded.data[i + 2])));
      i += 2;
    } else {
      text_buffer_add_char(out, encoded.data[i]);
    }
  }
}

static int base64_digit(char c)
{
  return c >= 'A' && c <= 'Z'   ? c - 'A'
         : c >= 'a' && c <= 'z' ? c - 'a' + 26
         : c >= '0' && c <= '9' ? c - '0' + 52
         : c == '+' || c == '-' ? 62
         : c == '/' || c == '_' ? 63
                                : -1;
}

bool grpc_decode_base64(struct text encoded, struct text_buffer *out)
{
  uint32_t bits = 0;
  int n_bits = 0;
  while (encoded.length > 0 && encoded.data[encoded.length - 1] == '=')
    encoded.length--;
  for (size_t i = 0; i < encoded.length; i++) {
    int digit = base64_digit(encoded.data[i]);
    if (digit < 0)
      return false;
    bits = bits << 6 | (uint32_t)digit;
    n_bits += 6;
    if (n_bits >= 8) {
      n_bits -= 8;
      text_buffer_add_char(out, (char)(bits >> n_bits & 0xff));
    }
  }
  return encoded.length % 4 != 1;
}
