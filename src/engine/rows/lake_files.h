/** What stands in a lake before a run, by the caller's database: the footers are read there whatever engine runs. These
 * are functions of a driver's row. */
#ifndef CRISOL_ENGINE_ROWS_LAKE_FILES_H
#define CRISOL_ENGINE_ROWS_LAKE_FILES_H

#include "engine/engine.h"

/** See engine_read_lake_columns. */
MUST_CHECK bool lake_files_read_columns(struct engine *engine, struct arena *arena, struct s3 *s3,
                                        const char *const *paths, size_t n_paths, const char ***ret_names,
                                        const struct type ***ret_types, size_t *ret_count, struct error *err);
/** See engine_count_lake_rows. */
MUST_CHECK bool lake_files_count_rows(struct engine *engine, struct s3 *s3, const char *const *paths, size_t n_paths,
                                      uint64_t *ret_rows, struct error *err);

#endif
