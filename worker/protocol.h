/** What the worker and its host, the data source in the JVM, say to each other. Numbers are little-endian.
 *
 * The host writes to the worker's standard input, first
 *
 *   u32 length, bytes    the job: JSON (worker/job.h)
 *   u32 length, bytes    the file: "FILE LAYOUT START END LINE PATH", which are its number in the plan; "lines",
 *                        "texts", "array", or "-" where that is not known; the bytes to read; the lines before
 *                        them; its path
 *
 * and then answers. The worker writes messages to its standard output, each u8 kind, u32 length, bytes:
 *
 *   'R'  u32 stream, u64 position, u32 count: the bytes of the file from there on are wanted, none behind END.
 *        The answer is u32 length and so many bytes, fewer than asked for only at the file's end. A stream's
 *        positions only grow; a new number is a new stream.
 *   'C'  u32 stream: no more is wanted of it. There is no answer.
 *   'B'  a batch: u32 rows, then the columns one after another (worker/column.h)
 *   'T'  the end: u64 records that were split off the file, and one u64 a reason of malformed ones
 *   'E'  the last words: an error as text, "<kind>: <message>", with "\nhint: <hint>" where there is one
 *
 * Since the worker asks for what it reads, one thread serves it. Behind 'T' and 'E' there is nothing. A host that goes
 * away ends the worker: it reads the end of its input, or cannot write. */
#ifndef CRISOL_WORKER_PROTOCOL_H
#define CRISOL_WORKER_PROTOCOL_H

#include "reader/remote.h"

enum message_kind {
  MESSAGE_READ = 'R',
  MESSAGE_CLOSE = 'C',
  MESSAGE_BATCH = 'B',
  MESSAGE_END = 'T',
  MESSAGE_ERROR = 'E',
};

/** The other end. */
struct host {
  int input, output;   /* descriptors */
  uint64_t start, end; /* of the part of the one file that is read */
  uint32_t n_streams;
};

/** Reads a length and so many bytes. */
MUST_CHECK bool host_read_text(struct host *host, struct arena *arena, struct text *ret_text, struct error *err);
/** Writes a message; fails where the host is gone, or the message is too long for one. */
MUST_CHECK bool host_send(struct host *host, enum message_kind kind, struct text message, struct error *err);
/** The host's file, or the part of it, for the reader; any path is it. The host must outlive it. */
struct remote host_remote(struct host *host);

/** Adds a number, the lowest byte first. */
void add_u32(struct text_buffer *out, uint32_t value);
/** The same of 64 bits. */
void add_u64(struct text_buffer *out, uint64_t value);

#endif
