/** Values that the gold table, as it stands in its database, does not take: each is a reason of the quarantine. */
#ifndef CRISOL_ENGINE_ROWS_GOLD_FIT_H
#define CRISOL_ENGINE_ROWS_GOLD_FIT_H

#include "plan/plan.h"

/** Whether there are values that a column of gold does not take. */
bool gold_has_limits(const struct plan_gold_column *column);

/** Adds the value of a column of gold, the plan's number `index`, in DuckDB's SQL and as it is sent: JSON as its text.
 */
typedef void gold_value_printer(const struct plan_gold_column *column, size_t index, struct text_buffer *out);

/** Adds an expression of DuckDB's SQL: the reasons why gold does not take a row, as VARCHAR[]; null where it does. */
void gold_print_unfit(const struct plan *plan, gold_value_printer *print_value, struct text_buffer *out);

#endif
