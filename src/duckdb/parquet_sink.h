/** Rows of a query into Parquet files, one a partition, by parquet/'s writer. DuckDB's threads hand their rows over as
 * they scan them, in no order; a partition's file is written when the last of its rows has come. What is held is
 * bounded: past `memory_bytes` rows are encoded before a page of them is full, past twice as much row groups are
 * written before they are. */
#ifndef CRISOL_DUCKDB_PARQUET_SINK_H
#define CRISOL_DUCKDB_PARQUET_SINK_H

#include "duckdb/database.h"

/** A partition's file, which is not there yet; its directory is. */
struct sink_file {
  const char *path;
  uint64_t rows; /* as many as the query has of the partition, at least one */
};

struct parquet_sink {
  const char *compression; /* as the dataset file names it */
  const struct sink_file *files;
  size_t n_files;
  uint64_t memory_bytes;
};

/** Whether the query's columns, but the last, have types that this writer knows, and the compression is one of its;
 * `ret_leaves` is how many columns of values they are. */
MUST_CHECK bool parquet_sink_knows(struct database *database, const char *sql, const char *compression, bool *ret_knows,
                                   size_t *ret_leaves, struct error *err);
/** Runs the query, whose last column is the number of the row's file, a BIGINT, and writes all files. */
MUST_CHECK bool parquet_sink_write(struct database *database, const char *sql, const struct parquet_sink *sink,
                                   struct error *err);

#endif
