/** What `run` does before it writes, and `recover` alone: the database is opened, and what runs that died while they
 * published have left is finished or undone. */
#ifndef CRISOL_CLI_RECOVERY_H
#define CRISOL_CLI_RECOVERY_H

#include "ledger/ledger.h"
#include "sink/lake.h"

/** Opens the gold database, or, without gold, the state's own file. */
MUST_CHECK bool open_warehouse(struct arena *arena, const struct plan *plan, struct database *database,
                               struct warehouse *ret_warehouse, struct error *err);

/** Finishes or undoes, one by one, the runs that lake_open found; `by` is the run that does so. The ledger's tables are
 * there. ERROR_ENVIRONMENT where the database does not know such a run. */
MUST_CHECK bool recover_dead_runs(struct arena *arena, struct lake *lake, struct warehouse *warehouse, const char *by,
                                  struct error *err);

#endif
