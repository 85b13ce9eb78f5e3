/** What an executor is told of a text source (CSV, JSON): its job. The data source crisol.spark.Source, which lies in
 * the jar that crisol sends, hands it to crisol's own worker, one process a file, and gives back columns.
 *
 * A relation is read by format("crisol.spark.Source") with these options, all of them text:
 *
 *   job      what spark_job_print prints: JSON, the same for all files of the source
 *   schema   what spark_job_schema prints: the columns, as Spark's DDL
 *   files    what spark_job_print_files prints: the files to read, or parts of them, a line and a partition each
 *
 * As a relation of Connect: Read { data_source { format, options } }, which may be made a view. (CREATE VIEW ... USING
 * takes no source of this kind.)
 *
 * The columns, in this order; i is the number of a plan column, w of a word:
 *
 *   v<i>        of the plan column's type: the value in silver, after cast, fallback, default and raw checks
 *   r<i>        of its raw type (text): the value as read; only where the column `changes` or `keeps_json`
 *   s<i>        bigint: the keywords of the JSON Schema that are violated, as bits; only where there is a property
 *   u<i>        bigint: keys that the schema does not name; only where stage_counts_keys (engine/rows/layout.h)
 *   c<w>        bigint: bits of the casts, as in engine/rows/layout.h: column casts[n] has bit
 *               2 * (n % CASTS_PER_WORD) of word n / CASTS_PER_WORD set where a value became null, and the
 *               next bit where only ISO-8601 read it
 *   file        int: index of the file among all files of the plan
 *   position    bigint: where the record starts in the decompressed file, in bytes
 *   line        bigint: the line on which it starts, from 1
 *   reason      int: enum reader_reason; 0: it is sound. Of a malformed one every r<i> is null
 *   raw         string: the record's text, as it stands in its file
 *   raw_length  bigint: its length in bytes
 *   form        int: enum raw_form, of raw
 *
 * No column is left out for a source that lacks it: it is null there (or the default). All sources of a plan give the
 * same columns with the same types, so that they can be united. A task fails where its file is not read to the end: the
 * worker's count of records has to be the count of rows that were handed on.
 *
 * Errors: the exception's message has a line "crisol <kind>: <message>", kind as error_kind_name has it, and may have a
 * line "hint: <hint>" behind it. Of "data" and "environment" no retry makes another one, but where a worker was killed
 * ("crisol environment: the worker that read ..."). */
#ifndef CRISOL_ENGINE_SPARK_JOB_H
#define CRISOL_ENGINE_SPARK_JOB_H

#include "plan/plan.h"

struct reader;

/** The jar with the data source and the worker, as it is in the program; no bytes where crisol was built without a
 * JDK. Static. */
struct text spark_jar(void);

/** Adds the job of a source that is text. The executors need no zone data: the zones of this machine are in it, where a
 * column may need them. */
void spark_job_print(const struct plan *plan, size_t source, struct text_buffer *out);

/** Adds its columns as Spark's DDL: "v0 int, r0 string, ..., raw string, raw_length bigint, form int". */
void spark_job_schema(const struct plan *plan, size_t source, struct text_buffer *out);

/** Adds its files, "<file> <bytes> <modified_us> <layout> <start> <end> <line> <path>" each: the bytes from start to
 * end, behind so many lines, which are a part where a large file of JSON lines may be read in parts. Local paths become
 * file:///..., and s3:// becomes s3a://. `reader` (NULL: none) is one that has read the JSON files' keys: how a file is
 * laid out is then known, else each worker reads its file twice to find that out. */
void spark_job_print_files(const struct plan *plan, size_t source, const struct reader *reader,
                           struct text_buffer *out);

/** Adds a problem for what the executors cannot do with the plan's text sources. */
void spark_job_check(const struct plan *plan, struct problem_list *problems);

#endif
