/** What `run` does before it writes, and `recover` alone: the database is opened, and what runs that died while they
 * published have left is finished or undone. */
#ifndef CRISOL_PIPELINE_RECOVERY_H
#define CRISOL_PIPELINE_RECOVERY_H

#include "ledger/ledger.h"
#include "lake/lake.h"

/** Opens the gold database, or, without gold, the state's own file. */
MUST_CHECK bool open_warehouse(struct arena *arena, const struct plan *plan, const char *run_id,
                               struct database *database, struct warehouse *ret_warehouse, struct error *err);

/** Asks the ledger whether a run is committed, and sees to it that it is not where it has not been (ledger_settle):
 * again and again, for up to `patience_ms`, where the database does not answer or still has the run's transaction open.
 * `message` is recorded where the run has failed. */
MUST_CHECK bool settle_run(struct arena *arena, struct warehouse *warehouse, const char *run_id, const char *message,
                           int64_t patience_ms, const char **ret_status, struct error *err);

/** Finishes or undoes, one by one, what dead runs of the dataset have left, and records them as failed; `by` is the run
 * that does so. The lake is open, and the ledger's tables are there. ERROR_ENVIRONMENT where the database does not know
 * such a run. */
MUST_CHECK bool recover_dead_runs(struct arena *arena, struct lake *lake, struct warehouse *warehouse, const char *by,
                                  struct error *err);

/** The same for who only looks: a DuckDB file is opened read-only, and none is made; *ret_warehouse stays as it is
 * where there is none. */
MUST_CHECK bool open_warehouse_to_look(struct arena *arena, const struct plan *plan, struct database *database,
                                       struct warehouse *ret_warehouse, struct error *err);

#endif
