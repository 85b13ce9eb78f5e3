/** Values that the gold table, as it stands in its database, does not take: each is a reason of the quarantine. */
#ifndef CRISOL_ENGINE_ROWS_GOLD_FIT_H
#define CRISOL_ENGINE_ROWS_GOLD_FIT_H

#include "engine/rows/gold_load.h"

/** Whether there are values that a column of gold does not take. */
bool gold_has_limits(const struct plan_gold_column *column);

/** Adds an expression of DuckDB's SQL: the reasons why gold does not take a row, as VARCHAR[]; null where it does.
 * Values are as they are sent: JSON as its text. */
void gold_print_unfit(const struct plan *plan, gold_value_printer *print_value, struct text_buffer *out);

#endif
