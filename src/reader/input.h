/** A file or an object as a stream of decompressed, decoded bytes, without its byte order mark. ".gz" (all members) and
 * ".zst" (all frames) are decompressed by their name. Of files only regular ones are read, by pread and never by mmap:
 * a file that is cut while it is read must not end the program. An input belongs to one thread at a time. Errors are
 * ERROR_ENVIRONMENT and name the file. */
#ifndef CRISOL_READER_INPUT_H
#define CRISOL_READER_INPUT_H

#include "reader/encoding.h"
#include "reader/remote.h"

struct input;

/** Opens a file, or what `remote` takes for one of its own; `path` and `remote` are kept. With `expected` (not NULL) it
 * must still be what it was. */
MUST_CHECK bool input_open(const char *path, const struct remote *remote, enum encoding encoding,
                           const struct input_identity *expected, struct input **ret_input, struct error *err);
/** Says that what is read is the inside of a file: nothing at its beginning is a byte order mark. */
void input_is_inside(struct input *input);
/** Which file this is, so that it is known when it is opened again. */
struct input_identity input_identity(const struct input *input);

/** Fills `data`, of at least 16 bytes, as far as the file goes; `*ret_length` is less than `capacity` - 3 only at the
 * end. At the end of the file a check that it has not changed is made. */
MUST_CHECK bool input_read(struct input *input, char *data, size_t capacity, size_t *ret_length, struct error *err);

/** Moves over the next `count` decoded bytes without reading them, where the file allows that; returns how many it
 * moved over, `count` or none. */
uint64_t input_jump(struct input *input, uint64_t count);

/** Known after the first read: the file's encoding with its byte order, and the length of the byte order mark. */
enum encoding input_encoding(const struct input *input);
/** Whether it is decompressed: places in it are none in the file. */
bool input_is_compressed(const struct input *input);
/** The length of the byte order mark, in bytes: where the text begins. */
uint64_t input_origin(const struct input *input);
/** Bytes taken from the disk so far. */
uint64_t input_taken(const struct input *input);

/** Accepts a pointer to NULL. */
void input_close(struct input **input);

#endif
