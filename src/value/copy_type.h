/** What a column of PostgreSQL's binary COPY format is: what is sent for gold. The format is that of PostgreSQL's
 * documentation of COPY, "Binary Format". */
#ifndef CRISOL_VALUE_COPY_TYPE_H
#define CRISOL_VALUE_COPY_TYPE_H

#include "base/error.h"

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

/** Takes the next bytes of a stream; false with an error ends it. */
typedef bool (*copy_write)(void *context, const char *data, size_t length, struct error *err);

/** A stream in that format, header and trailer included: what each column of a row is, and who takes it. */
struct copy_stream {
  const enum copy_type *types;
  size_t n_types;
  copy_write write;
  void *context;
};

#endif
