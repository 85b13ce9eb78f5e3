/** source.incremental: the files that a completed run of the dataset has taken are left out. */
#ifndef CRISOL_PIPELINE_INCREMENTAL_H
#define CRISOL_PIPELINE_INCREMENTAL_H

#include "ledger/ledger.h"

/** Whether one of the dataset's sources leaves out files that were taken. */
bool is_incremental(const struct dataset *dataset);

/** Leaves the plan the files that are new. A file that was taken with other bytes is what on_changed says: ERROR_DATA,
 * taken again with a warning, or left out with one. The dataset's lock is held, so that no other run takes the same. */
MUST_CHECK bool leave_out_taken_files(struct arena *arena, struct warehouse *warehouse, struct plan *plan,
                                      struct error *err);

/** Notes the MD5 of the files that are to be read, which the ledger keeps for later runs to compare with. */
MUST_CHECK bool note_contents(struct arena *arena, struct plan *plan, struct error *err);

#endif
