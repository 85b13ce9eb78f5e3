/** Files that are not the text that their name or the configuration says: compressed or archived bytes without the
 * suffix that would have them decompressed, workbooks, Parquet, UTF-16 read as UTF-8. They are told by the bytes that
 * their formats begin with. */
#ifndef CRISOL_READER_DISGUISE_H
#define CRISOL_READER_DISGUISE_H

#include "base/error.h"
#include "reader/encoding.h"

/** Looks at the first bytes of a file, as they are on the disk. False with ERROR_DATA, the file, what its bytes are and
 * what to do, where they are no text in the encoding. */
MUST_CHECK bool disguise_check(const char *path, const unsigned char *bytes, size_t length, enum encoding encoding,
                               struct error *err);

#endif
