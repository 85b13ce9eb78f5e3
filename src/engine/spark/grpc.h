/** gRPC's forms, apart from any transport: messages in frames (one byte of flags, four of length, big-endian), status
 * texts that are percent-encoded, and binary headers in Base64. No I/O. */
#ifndef CRISOL_ENGINE_SPARK_GRPC_H
#define CRISOL_ENGINE_SPARK_GRPC_H

#include "base/text.h"

enum {
  GRPC_FRAME_HEADER = 5,                  /* bytes before each message */
  GRPC_MESSAGE_MOST = 1024 * 1024 * 1024, /* bytes of a message that is taken */
};

/** The status codes of gRPC that are told apart here. */
enum grpc_status {
  GRPC_OK = 0,
  GRPC_CANCELLED = 1,
  GRPC_UNKNOWN = 2,
  GRPC_DEADLINE_EXCEEDED = 4,
  GRPC_NOT_FOUND = 5,
  GRPC_PERMISSION_DENIED = 7,
  GRPC_RESOURCE_EXHAUSTED = 8,
  GRPC_UNIMPLEMENTED = 12,
  GRPC_INTERNAL = 13,
  GRPC_UNAVAILABLE = 14,
  GRPC_UNAUTHENTICATED = 16,
};

/** "UNAVAILABLE" and so on; "status 99" is named "an unknown status". */
const char *grpc_status_name(int status);
/** The status that an answer of HTTP stands for which is none of gRPC: of a proxy on the way. */
int grpc_status_of_http(long status);

/** Adds the header of a frame whose message, of `length` bytes, is added next. */
void grpc_add_frame_header(struct text_buffer *out, size_t length);

/** Bytes of a stream of which no whole message was made yet. Zeroed: none. */
struct grpc_frames {
  struct text_buffer pending;
};
/** Takes the next bytes of a stream, however they are cut, and hands each message that is whole to `take`, which
 * returns whether to go on. False with *ret_fault where the bytes are no frames, and with NULL there where `take` has
 * stopped. */
MUST_CHECK bool grpc_frames_take(struct grpc_frames *frames, const void *data, size_t length,
                                 bool (*take)(struct text message, void *context), void *context,
                                 const char **ret_fault);
/** Frees what it holds; it is then ready for another stream. */
void grpc_frames_done(struct grpc_frames *frames);

/** Adds a text with each %XX as its byte; a per cent sign that begins none stays. */
void grpc_decode_percent(struct text encoded, struct text_buffer *out);
/** Adds the bytes of Base64, with or without its padding; false where it is none. */
MUST_CHECK bool grpc_decode_base64(struct text encoded, struct text_buffer *out);

#endif
