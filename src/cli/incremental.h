/** source.incremental: the files that a completed run of the dataset has taken as they are now are left out. */
#ifndef CRISOL_CLI_INCREMENTAL_H
#define CRISOL_CLI_INCREMENTAL_H

#include "ledger/ledger.h"

bool is_incremental(const struct dataset *dataset);

/** Leaves the plan the files that are new, or changed since they were taken, which is said. The dataset's lock is held,
 * so that no other run takes the same. */
MUST_CHECK bool leave_out_taken_files(struct arena *arena, struct warehouse *warehouse, struct plan *plan,
                                      struct error *err);

#endif
