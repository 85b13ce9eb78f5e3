/** The order of files in which ties are broken. */
#ifndef CRISOL_ENGINE_ROWS_FILE_RANKS_H
#define CRISOL_ENGINE_ROWS_FILE_RANKS_H

#include "plan/plan.h"

/** Adds the rank of each file of the plan by the bytes of its path, "2, 0, 1"; nothing where its number is its rank. */
void file_ranks_print(const struct plan *plan, struct text_buffer *sql);

#endif
