/** How many rows a Parquet file has, read from its own footer: what was written is counted apart from who wrote it. */
#ifndef CRISOL_LAKE_PARQUET_FOOTER_H
#define CRISOL_LAKE_PARQUET_FOOTER_H

#include "base/error.h"

/** Counts the rows of all row groups, which must be as many as the file says it has. Reads the footer alone.
 * ERROR_ENVIRONMENT where the file cannot be read or is no whole Parquet file. */
MUST_CHECK bool parquet_count_rows(const char *path, uint64_t *ret_rows, struct error *err);

#endif
