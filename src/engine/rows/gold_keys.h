/** Rows that cannot stay in gold because of their keys, as the temporary table `gold_conflicts` (file, position) of the
 * caller's database: found before the accounts, so that they are quarantined. These are functions of a driver's row. */
#ifndef CRISOL_ENGINE_ROWS_GOLD_KEYS_H
#define CRISOL_ENGINE_ROWS_GOLD_KEYS_H

#include "engine/engine.h"

/** See engine_find_double_keys. */
MUST_CHECK bool gold_keys_find_doubles(struct engine *engine, const struct plan *plan, const struct run *run,
                                       const struct plan_gold_key *key, struct error *err);
/** See engine_note_conflicts. */
MUST_CHECK bool gold_keys_note(struct engine *engine, const struct table *places, struct error *err);

#endif
