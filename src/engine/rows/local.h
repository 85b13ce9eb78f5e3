/** What a driver's row does in the caller's database, in the same way whatever engine has made the rows. */
#ifndef CRISOL_ENGINE_ROWS_LOCAL_H
#define CRISOL_ENGINE_ROWS_LOCAL_H

#include "engine/engine.h"

/** See engine_keep_rows. */
MUST_CHECK bool local_keep_rows(struct engine *engine, const char *name, const char *query, uint64_t *ret_count,
                                struct error *err);
/** See engine_drop_rows. */
MUST_CHECK bool local_drop_rows(struct engine *engine, const char *name, struct error *err);
/** See engine_connect_copy; database_close(&engine->copy_database) is the driver's. */
MUST_CHECK bool local_connect_copy(struct engine *engine, struct error *err);
/** See engine_copy_binary. */
MUST_CHECK bool local_copy_binary(struct engine *engine, const char *sql, const struct copy_stream *stream,
                                  uint64_t *ret_rows, struct error *err);
/** See engine_interrupt_copy. */
void local_interrupt_copy(struct engine *engine);

#endif
