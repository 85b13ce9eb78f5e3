/** The stage of a text source, as far as it is about one column at a time: conversion, the fallback of a hint, the
 * checks of values as read, what they make null, defaults, the checks of typed values; level by level what
 * engine/duckdb/stage.c has as SQL. The columns that a batch has are listed in engine/spark/job.h. */
#ifndef CRISOL_WORKER_STAGE_H
#define CRISOL_WORKER_STAGE_H

#include "worker/job.h"

struct stage;

/** Makes a stage for a file, which is number `file` of the plan. The reader's columns are found among the job's fields
 * by their names; one that is not there is ERROR_ENVIRONMENT. `job` must outlive it. */
MUST_CHECK bool stage_new(const struct job *job, const struct reader *reader, uint32_t file, struct stage **ret_stage,
                          struct error *err);
/** Accepts a pointer to NULL. */
void stage_free(struct stage **stage);

/** Adds a batch of the records from number `from` on as the host reads it: all, or, of many columns, `*ret_count` of
 * them. ERROR_DATA where a pattern of the schema took too long. */
MUST_CHECK bool stage_add_rows(struct stage *stage, const struct reader_batch *batch, size_t from, size_t *ret_count,
                               struct text_buffer *out, struct error *err);
/** Of the records so far, how many were malformed for each reason. */
const uint64_t *stage_malformed(const struct stage *stage);

#endif
