/** Encodings of text files: turned into UTF-8 as they are read, in a way that leads back to the file's own bytes.
 * What is no text in the encoding becomes bytes that are no UTF-8 either, so that one check finds both, and each
 * sequence of the decoded bytes, good or bad, tells how many bytes of the file it came from. The decoders are crisol's
 * own: iconv stops at the first bad byte and does not say where a good one came from. No I/O; safe from all threads. */
#ifndef CRISOL_READER_ENCODING_H
#define CRISOL_READER_ENCODING_H

#include "base/error.h"

enum encoding {
  ENCODING_UTF8,
  ENCODING_UTF16,
  ENCODING_UTF16LE,
  ENCODING_UTF16BE,
  ENCODING_LATIN1,
  ENCODING_WINDOWS_1252
};

/** Finds an encoding by one of its names, without case; NULL is UTF-8. Fails with ERROR_CONFIG and lists those known.
 */
MUST_CHECK bool encoding_find(const char *name, enum encoding *ret_encoding, struct error *err);

/** Looks for a byte order mark at the start of a file, of which `length` bytes (four or the whole file) are at hand.
 * Returns the mark's length; ENCODING_UTF16 becomes what the mark says, big-endian without one, as in Java. */
size_t encoding_byte_order(enum encoding *encoding, const unsigned char *data, size_t length);

/** Decodes as much of `from` as fits into `to`; `at_end`: nothing follows `from`. Writes how much was taken and made.
 * Not for ENCODING_UTF8 and ENCODING_UTF16, whose bytes need no decoding or a byte order first. */
void encoding_decode(enum encoding encoding, const unsigned char *from, size_t from_length, bool at_end, char *to,
                     size_t to_length, size_t *ret_taken, size_t *ret_made);
enum { ENCODING_LARGEST = 4 }; /* bytes that one character may need in `to` */

/** Bytes of the file that the decoded text came from. */
uint64_t encoding_length(enum encoding encoding, const char *data, size_t length);

/** The bytes of the file behind the first sequence of `text`, which is no UTF-8; at most four. Writes the sequence's
 * length in `text`. */
size_t encoding_original(enum encoding encoding, struct text text, unsigned char ret_bytes[4], size_t *ret_length);

#endif
