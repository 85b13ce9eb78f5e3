/** The directories of a run's partitions, out of their values. */
#ifndef CRISOL_ENGINE_ROWS_PARTITION_NAMES_H
#define CRISOL_ENGINE_ROWS_PARTITION_NAMES_H

#include "duckdb/database.h"
#include "plan/run.h"

/** Fills run->partition_directories and the rows of run->silver_files, in the order of the table: a row a partition, of
 * its rows, and then of each partition column three cells: its value as the hexadecimal bytes of its text, which may
 * hold a NUL, null for a null; "true" where the text stands for no other value; a timestamp in UTC, for people.
 * ERROR_DATA where two partitions would have one name, or a value has none. */
MUST_CHECK bool partitions_name(const struct plan *plan, struct run *run, const struct table *table, struct error *err);

/** Warns of rows whose partition value is an empty text: they go to the null partition. */
void partitions_warn_of_empty(const struct plan_partition *partition, uint64_t count);

#endif
