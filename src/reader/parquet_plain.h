/* A copy of a Parquet file whose schema has lost the annotations of texts, of JSON and BSON, and of timestamps in
 * milliseconds and nanoseconds: DuckDB then reads the bytes and numbers as they are, where it would stop the whole scan
 * at one value, or cut it. Pages are copied as they are; only the footer is written anew. */
#ifndef CRISOL_READER_PARQUET_PLAIN_H
#define CRISOL_READER_PARQUET_PLAIN_H

#include "store/s3.h"

/* Copies the file or object at `path` to `target`, a local path. `schema_target` gets a file of the footer alone, with
 * all annotations but BSON, which DuckDB does not even describe. ERROR_ENVIRONMENT where it is no Parquet file. */
MUST_CHECK bool parquet_plain_copy(struct s3 *s3, const char *path, const char *target, const char *schema_target,
                                   struct error *err);

enum plain_scope { PLAIN_BSON, PLAIN_ALL };
/* Adds a footer (Thrift's compact protocol) without the annotations of the scope; false where the bytes are none. */
MUST_CHECK bool parquet_plain_footer(struct text footer, enum plain_scope scope, struct text_buffer *out);

#endif
