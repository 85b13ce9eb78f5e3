/** Text into a value of a column, as the embedded engine's statement has it (plan/columns.c, duckdb/functions/cast.c),
 * by the same functions of value/. */
#ifndef CRISOL_WORKER_CONVERT_H
#define CRISOL_WORKER_CONVERT_H

#include "worker/column.h"
#include "worker/job.h"

/** What conversions share. */
struct converter {
  const struct timezone *zone;
  struct text_buffer buffer; /* scratch */
};

/** Converts one text; false where it is null, and the row may then hold anything. */
typedef bool convert_one(struct converter *converter, const struct job_column *column, struct text text,
                         struct column *out, size_t row);

/** The function for a column's conversion. NULL: the text is the value. */
convert_one *convert_find(const struct job_column *column);
/** The same, of text as a locale writes it, and of JSON that must fit in all its parts. */
bool convert_text(struct converter *converter, convert_one *convert, const struct job_column *column, struct text text,
                  struct column *out, size_t row);
/** What a format hint's fallback makes of a text: a date or a timestamp by ISO-8601. */
convert_one convert_iso;
/** A text as Spark casts it to the column's type: what a default is written as. */
convert_one convert_cast;

#endif
