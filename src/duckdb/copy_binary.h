/** Rows of a query in PostgreSQL's binary COPY format, as a stream of bytes: what is sent on to the server as it
 * comes, whatever the number of rows. */
#ifndef CRISOL_DUCKDB_COPY_BINARY_H
#define CRISOL_DUCKDB_COPY_BINARY_H

#include "duckdb/database.h"
#include "value/copy_type.h"

/** Runs `sql` and hands all of its rows to the stream, header and trailer included. */
MUST_CHECK bool database_copy_binary(struct database *database, const char *sql, const struct copy_stream *stream,
                                     uint64_t *ret_rows, struct error *err);

/** Adds a column of a query as it is sent: nested values, JSON and what is only null as text. */
void copy_add_sent(const char *name, const struct type *type, bool is_json, struct text_buffer *sql);

#endif
