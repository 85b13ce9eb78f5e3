/** The databases that may hold metadata: with -d those of that dataset, else that of database.yml and the state's own
 * file. */
#ifndef CRISOL_CLI_LEDGERS_H
#define CRISOL_CLI_LEDGERS_H

#include "cli/load.h"
#include "ledger/ledger.h"

/** Opens each that is there and has the metadata tables, read-only where it is a file, and calls `visit` with it. */
typedef bool (*ledger_visit)(struct cli *cli, struct warehouse *warehouse, void *context, struct error *err);
MUST_CHECK bool visit_ledgers(struct cli *cli, ledger_visit visit, void *context, struct error *err);

/** Where visit_ledgers has looked, for a message: "PostgreSQL db.example.com/warehouse, .crisol/ledger.duckdb (not
 * there yet)". NULL before it has looked. */
const char *ledgers_visited(const struct cli *cli);

#endif
