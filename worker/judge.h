/** What the JSON Schema says of values, as the embedded engine's functions crisol_check and crisol_check_raw
 * (duckdb/functions/schema.c). */
#ifndef CRISOL_WORKER_JUDGE_H
#define CRISOL_WORKER_JUDGE_H

#include "worker/column.h"
#include "worker/job.h"

/** Set in a kind beside the reader's: the text is a cell of CSV. */
enum { KIND_CSV = 8 };

/** The violated keywords, as bits. `ret_stopped` is set where a pattern passed its limit. */
uint64_t judge_null(const struct job_column *column, unsigned kind);
/** The same of a text as it was read. */
uint64_t judge_raw(const struct job_column *column, struct text text, unsigned kind, bool *ret_stopped);
/** The same of a value of the column's own type. `scratch` is for its text. */
uint64_t judge_value(const struct job_column *column, const struct column *values, size_t row,
                     struct text_buffer *scratch, bool *ret_stopped);
/** The bit of a keyword. */
uint64_t judge_bit(const char *keyword);

#endif
