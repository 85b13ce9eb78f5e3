/** Small files that crisol keeps for itself beside an output, local or in an object store, by their path: a name of a
 * local directory, or "s3://bucket/key" with the client `s3`. Errors are ERROR_ENVIRONMENT. */
#ifndef CRISOL_STORE_FILES_H
#define CRISOL_STORE_FILES_H

#include "store/s3.h"

/** Writes a file whole and to stable storage; its directory must exist where it is local. */
MUST_CHECK bool store_write(struct s3 *s3, const char *path, struct text content, struct error *err);
/** Reads a file of at most 256 MiB; *ret_found is false where it is not there. */
MUST_CHECK bool store_read(struct arena *arena, struct s3 *s3, const char *path, struct text *ret_text, bool *ret_found,
                           struct error *err);
/** The names of what is in a directory, but hidden files; none where it is not there. */
MUST_CHECK bool store_list(struct arena *arena, struct s3 *s3, const char *directory, const char ***ret_names,
                           size_t *ret_count, struct error *err);
/** Removes a file or a directory with all that it holds; one that is not there is fine. */
MUST_CHECK bool store_remove(struct s3 *s3, const char *path, struct error *err);

#endif
