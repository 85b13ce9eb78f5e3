/** Rows that cannot stay in gold because of their keys, as the temporary table `gold_conflicts` (file, position) of the
 * caller's database: found before the accounts, so that they are quarantined. */
#ifndef CRISOL_ENGINE_ROWS_GOLD_KEYS_H
#define CRISOL_ENGINE_ROWS_GOLD_KEYS_H

#include "duckdb/database.h"
#include "plan/plan.h"

/** Fills the table with the rows whose key an earlier one has, out of the query that engine_print_key_query adds. */
MUST_CHECK bool gold_keys_find_doubles(struct database *database, const char *key_query,
                                       const struct plan_gold_key *key, struct error *err);
/** Fills it with the places given, as text: file, position. */
MUST_CHECK bool gold_keys_note(struct database *database, const struct table *places, struct error *err);

#endif
