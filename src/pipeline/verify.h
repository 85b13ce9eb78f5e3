/** The same dataset on two engines, each into places of its own that are removed at the end, compared: what one runs
 * before a dataset moves to a cluster. */
#ifndef CRISOL_PIPELINE_VERIFY_H
#define CRISOL_PIPELINE_VERIFY_H

#include "pipeline/pipeline.h"

/** Something in which the two differ. */
struct verify_difference {
  const char *what;  /* "rows.quarantined", "silver: type of amount", "gold: rows" */
  const char *first; /* what the embedded engine gives; of rows, how many and some of them */
  const char *second;
  uint64_t size; /* 0: of counts and columns; else how many rows */
};

struct verify_result {
  const struct summary *first, *second; /* of the embedded engine and of Spark; NULL where a run did not come so far */
  uint64_t silver, quarantine, gold;    /* rows that are in both */
  bool has_gold;
  struct verify_difference *differences; /* the smallest first */
  size_t n_differences, capacity;
};

/** Runs the dataset with engine duckdb and with engine spark: reads all of its files, writes below a hidden directory
 * beside silver (beside the state where silver is in an object store), gold into a DuckDB file there. Nothing of the
 * dataset's own is touched. False where a run or the comparison itself failed; that the two refuse the data with the
 * same counts is no failure. */
MUST_CHECK bool pipeline_verify(struct arena *arena, const struct pipeline_options *options,
                                struct verify_result *ret_result, struct error *err);

#endif
