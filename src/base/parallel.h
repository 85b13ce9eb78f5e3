/** The same work for many items, by several threads. */
#ifndef CRISOL_BASE_PARALLEL_H
#define CRISOL_BASE_PARALLEL_H

#include "base/error.h"

/** Calls `work` for 0 to count - 1, by at most `n_threads` at once (the caller's is one of them). After a failure no
 * further item is begun; the error is that of the first item, by its number, that failed. */
MUST_CHECK bool parallel_for(size_t count, size_t n_threads,
                             bool (*work)(size_t index, void *context, struct error *err), void *context,
                             struct error *err);

#endif
