/** What stands in a lake before a run, by the embedded database: the footers are read here whatever engine runs. */
#ifndef CRISOL_ENGINE_ROWS_LAKE_FILES_H
#define CRISOL_ENGINE_ROWS_LAKE_FILES_H

#include "duckdb/database.h"

/** As engine_read_lake_columns. */
MUST_CHECK bool lake_files_read_columns(struct arena *arena, struct database *database, struct s3 *s3,
                                        const char *const *paths, size_t n_paths, const char ***ret_names,
                                        const struct type ***ret_types, size_t *ret_count, struct error *err);
/** As engine_count_lake_rows. */
MUST_CHECK bool lake_files_count_rows(struct database *database, struct s3 *s3, const char *const *paths,
                                      size_t n_paths, uint64_t *ret_rows, struct error *err);

#endif
