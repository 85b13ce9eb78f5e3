/** An object as a stream of bytes, read ahead by a few threads: by the time a piece is asked for it is mostly there.
 * All requests ask for the object that was there at the start (by its etag). A stream belongs to one thread at a time.
 */
#ifndef CRISOL_STORE_S3_STREAM_H
#define CRISOL_STORE_S3_STREAM_H

#include "store/s3.h"

struct s3_stream;

/** Opens an object with a first request, which fills `*ret_object`. ERROR_ENVIRONMENT where it is not there.
 * `location` must live as long as the stream. */
MUST_CHECK bool s3_stream_open(struct s3 *s3, struct s3_location location, struct s3_stream **ret_stream,
                               struct s3_object *ret_object, struct error *err);
/** Reads from a position; fewer than `capacity` bytes only at the object's end. Positions may only grow from call to
 * call. *ret_same is false where the object is another one by now. */
MUST_CHECK bool s3_stream_read(struct s3_stream *stream, uint64_t position, void *data, size_t capacity,
                               size_t *ret_length, bool *ret_same, struct error *err);
/** Waits for what is under way; accepts a pointer to NULL. */
void s3_stream_close(struct s3_stream **stream);

#endif
