/** The gold table of a run, inside the warehouse's transaction: created or migrated, then loaded as output.gold.mode
 * says. Readers see nothing of it before the transaction is committed. */
#ifndef CRISOL_WAREHOUSE_GOLD_H
#define CRISOL_WAREHOUSE_GOLD_H

#include "engine/engine.h"
#include "plan/run.h"
#include "warehouse/gold_table.h"

/** Refuses, before anything is read, what gold_prepare would refuse of the table as gold_read_table has read it, and
 * adds to `drift` how the columns differ from those of one that is there. Changes nothing. */
MUST_CHECK bool gold_check(struct warehouse *warehouse, const struct plan *plan, const struct gold_table *table,
                           struct drift *drift, struct error *err);

/** Whether a run that brings no row would take away rows of the table all the same, or leave the old ones where they
 * are no longer true: not under append and upsert. */
bool gold_replaces(const struct plan *plan);
/** Whether the table, as gold_read_table has read it, is there and holds a row. */
MUST_CHECK bool gold_holds_rows(struct warehouse *warehouse, const struct plan *plan, const struct gold_table *table,
                                bool *ret_holds, struct error *err);

/** Waits, within the transaction, until no other run writes the table. ERROR_LOCKED where that takes too long. */
MUST_CHECK bool gold_lock(struct warehouse *warehouse, const struct plan *plan, struct error *err);

/** Notes in the plan what the table, as gold_read_table has read it, and its database do not take: limits of columns,
 * and keys. What is noted lives as long as `arena` and the table's. To be called before the rows are read. */
MUST_CHECK bool gold_find_limits(struct arena *arena, struct warehouse *warehouse, const struct gold_table *table,
                                 struct plan *plan, struct error *err);

/** Quarantines, of the rows that have passed so far, those that are too large for the table or an index on it, and
 * those that its keys do not let in: of two with one key the later one, and what meets a row that stands and is not
 * replaced. Needs the engine's `rows`; changes nothing in the database. To be called before rows are counted and
 * written. */
MUST_CHECK bool gold_settle_keys(struct warehouse *warehouse, struct engine *engine, const struct plan *plan,
                                 const struct run *run, struct error *err);

/** Creates the table from the plan, or migrates the one that is there, as gold_read_table has read it in this
 * transaction: new columns are added, safe widenings applied. Anything else is refused with ERROR_CONFIG and the DDL
 * that a person would have to run. */
MUST_CHECK bool gold_prepare(struct warehouse *warehouse, const struct plan *plan, const struct gold_table *table,
                             struct error *err);

/** Removes what the mode replaces and inserts the rows. Needs the engine's tables `rows` and, for `follow` over
 * partitions, `partitions`; run->rows.gold is what must have been inserted. */
MUST_CHECK bool gold_load(struct warehouse *warehouse, struct engine *engine, const struct plan *plan,
                          const struct run *run, struct error *err);

/** Adds "warehouse"."gold"."payments". */
void gold_add_table_name(const struct plan *plan, struct text_buffer *out);

/** Adds the column definitions of the table, for `plan` and the migration: ("id" VARCHAR NOT NULL, ...). */
void gold_add_definitions(const struct plan *plan, struct text_buffer *out);

#endif
