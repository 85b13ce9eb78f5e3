/** The statements that send the rows for gold, whatever engine has made them: in the SQL of the caller's database. */
#ifndef CRISOL_ENGINE_ROWS_GOLD_LOAD_H
#define CRISOL_ENGINE_ROWS_GOLD_LOAD_H

#include "engine/engine.h"

/** Adds the statement that fills the target's table with the rows of a query; where there is no table, the query whose
 * rows the stream takes. */
void gold_print_load(const struct plan *plan, const struct gold_target *target, const char *query,
                     struct text_buffer *sql);
/** Adds the query of the run's partitions, p0, p1, ... */
void gold_print_partitions(const struct plan *plan, struct text_buffer *sql);

#endif
