/** The books of a run out of the table `rows`: the queries, which DuckDB and Spark read alike, and what their answers
 * mean. */
#ifndef CRISOL_ENGINE_ROWS_COUNTS_H
#define CRISOL_ENGINE_ROWS_COUNTS_H

#include "duckdb/database.h"
#include "engine/rows/layout.h"

/** Parses a cell that holds an unsigned number; NULL is 0. */
uint64_t cell_number(const struct table *table, size_t row, size_t column);

/** Adds the query, but for its FROM, that counts all records, the malformed ones, and of each cast the values it made
 * null and those that it read as ISO-8601. */
void counts_print_casts(const struct stage_layout *layout, struct text_buffer *sql);
/** Fills the counts of the run by its answer. */
void counts_take_casts(const struct stage_layout *layout, const struct table *table, struct run *run);

/** Alerts of the duplicates whose key holds a null, where there are some. */
void counts_alert_null_keys(struct run *run, uint64_t count);

/** Adds the query, but for its FROM, that counts the rows by fate, by rule, and the unknown keys. */
void counts_print_fates(const struct stage_layout *layout, struct text_buffer *sql);
/** Fills the counts of the run by its answer; returns the number of its columns. */
size_t counts_take_fates(const struct stage_layout *layout, const struct table *table, struct run *run);

/** Fills run->violations out of rows (place in `schema` from 1, keywords as bits, how many rows have them so). */
void counts_take_violations(const struct stage_layout *layout, const struct table *table, struct run *run);

/** Adds the query, but for its FROM, that counts the rows that have passed, and those that meet each business rule and
 * all the filters before it, where b<i> says whether a row meets rule i. */
void counts_print_conditions(const struct plan *plan, struct text_buffer *sql);
/** Fills the counts of gold by its answer, which is not looked at where there is no business rule. */
void counts_take_conditions(const struct plan *plan, const struct table *table, struct run *run);

#endif
