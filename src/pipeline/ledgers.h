/** The databases that may hold metadata: those of a dataset, else that of database.yml and the state's own file. */
#ifndef CRISOL_PIPELINE_LEDGERS_H
#define CRISOL_PIPELINE_LEDGERS_H

#include "ledger/ledger.h"
#include "pipeline/load.h"

struct ledgers {
  struct arena *arena;
  struct pipeline_options options; /* without a dataset: the project's own */
  struct s3 **s3;                  /* as in load_config */
  const char *dataset_id;          /* of the dataset, once its file was read; NULL: all datasets are meant */
  const char *visited; /* where was looked: "PostgreSQL db.example.com/warehouse, ledger.duckdb (not there yet)" */
};

/** Opens each that is there and has the metadata tables, read-only where it is a file, and calls `visit` with it. */
typedef bool (*ledger_visit)(const struct ledgers *ledgers, struct warehouse *warehouse, void *context,
                             struct error *err);
MUST_CHECK bool visit_ledgers(struct ledgers *ledgers, ledger_visit visit, void *context, struct error *err);

#endif
