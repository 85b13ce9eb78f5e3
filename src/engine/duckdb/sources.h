/** The inputs of a plan, opened: text files by crisol's own readers, each a table function crisol_source_<i>; Parquet
 * by DuckDB. */
#ifndef CRISOL_ENGINE_DUCKDB_SOURCES_H
#define CRISOL_ENGINE_DUCKDB_SOURCES_H

#include "duckdb/database.h"
#include "engine/rows/text_source.h"
#include "plan/plan.h"

struct sources;

/** Opens every source of the plan and fills its columns. How its files differ is logged, and kept for sources_drift.
 * Copies of Parquet files that cannot be read as they are go to `temp_directory`, which is the caller's to remove.
 * `plan` and `arena` must outlive the sources, and the sources the database's queries. */
MUST_CHECK bool sources_open(struct arena *arena, struct database *database, struct plan *plan,
                             const char *temp_directory, struct sources **ret_sources, struct error *err);
/** Accepts a pointer to NULL. */
void sources_close(struct sources **sources);

/** How the columns of the files differ from those of the first file of their source. */
const struct drift *sources_drift(const struct sources *sources);

/** Why a scan failed, as the reader said it; NULL where none did. */
const struct error *sources_error(const struct sources *sources);

/** To be called when a scan has failed: finds the Parquet file that is broken, which is the error (ERROR_ENVIRONMENT).
 * Where it is single values that stop DuckDB, *ret_repaired is true: scanned again, they are malformed records. */
MUST_CHECK bool sources_repair(struct arena *arena, struct sources *sources, bool *ret_repaired, struct error *err);

/** To be called before a scan: refuses what would take more memory than there is (parquet_memory.h). */
MUST_CHECK bool sources_check_memory(struct sources *sources, struct error *err);

/** Adds the paths of files as a list of SQL. */
void sources_print_paths(const struct plan_file *files, size_t count, struct text_buffer *sql);

/** ERROR_ENVIRONMENT where a file is no longer what it was when its run began. To be called when all is read. */
MUST_CHECK bool sources_check_unchanged(const struct sources *sources, struct error *err);

/** The records that were split off the files, by file of the plan (Parquet: as its footers say), and their sum. */
MUST_CHECK bool sources_count(struct sources *sources, uint64_t *ret_by_file, uint64_t *ret_total, struct error *err);

/** From the next scan of text source number `index` on only these of its records are given, as their bytes; NULL: all
 * again. See reader_select. */
void sources_select(struct sources *sources, size_t index, const struct reader_selection *selection);
/** The header of a CSV file, by its number in source number `index`; no data (NULL) where it has none. */
struct text sources_header(const struct sources *sources, size_t index, size_t file);

/** Bytes to read and read so far; for a progress bar, from any thread. */
uint64_t sources_total_bytes(const struct sources *sources);
/** Of these, how many were read. */
uint64_t sources_done_bytes(const struct sources *sources);

#endif
