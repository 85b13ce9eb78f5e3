/** Rows of a query in PostgreSQL's binary COPY format, as a stream of bytes: what a sink sends on to the server as it
 * comes, whatever the number of rows. The format is that of PostgreSQL's documentation of COPY, "Binary Format". */
#ifndef CRISOL_ENGINE_DUCKDB_COPY_BINARY_H
#define CRISOL_ENGINE_DUCKDB_COPY_BINARY_H

#include "engine/duckdb/engine.h"

/** What a column of the target is; the query's column must be of a type that it can be written from. */
enum copy_type {
  COPY_BOOLEAN,     /* from boolean */
  COPY_SMALLINT,    /* from integers; a value that does not fit is ERROR_DEFECT */
  COPY_INTEGER,     /* likewise */
  COPY_BIGINT,      /* likewise */
  COPY_REAL,        /* from float */
  COPY_DOUBLE,      /* from float, double */
  COPY_NUMERIC,     /* from integers, decimal */
  COPY_TEXT,        /* from text */
  COPY_JSONB,       /* from text that is JSON */
  COPY_BYTEA,       /* from binary */
  COPY_DATE,        /* from date */
  COPY_TIMESTAMPTZ, /* from timestamp */
  COPY_TIMESTAMP,   /* from timestamp without time zone */
};

/** Takes the next bytes; false with an error ends the copy. */
typedef bool (*copy_write)(void *context, const char *data, size_t length, struct error *err);

/** Runs `sql` and hands all of the stream to `write`, header and trailer included. */
MUST_CHECK bool engine_copy_binary(struct engine *engine, const char *sql, const enum copy_type *types, size_t n_types,
                                   copy_write write, void *context, uint64_t *ret_rows, struct error *err);

#endif
