/** Apache Arrow's stream format, as far as Spark Connect's small results need it: flat columns, not
 * compressed, in the byte order that all of Spark's machines have. No I/O. */
#ifndef CRISOL_ENGINE_SPARK_ARROW_H
#define CRISOL_ENGINE_SPARK_ARROW_H

#include "duckdb/database.h" /* struct table */

/** Rows that come in several batches. Zeroed but for the arena: none yet. */
struct arrow_rows {
  struct arena *arena; /* of the cells */
  struct table table;
  size_t capacity; /* in rows */
};

/** Adds the rows of one stream, which has a schema and then its batches, as spark_query of session.h describes the
 * cells. Nothing that the bytes may hold breaks more than their own meaning: each offset is checked. ERROR_ENVIRONMENT
 * where they are no such stream, or a column, which is named, has a type that is not taken. */
MUST_CHECK bool arrow_decode(struct text stream, struct arrow_rows *rows, struct error *err);

#endif
