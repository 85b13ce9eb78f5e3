/** Gold's rows on their way, whatever engine has made them: queries in the SQL of the caller's database, and their
 * sending. */
#ifndef CRISOL_ENGINE_ROWS_GOLD_LOAD_H
#define CRISOL_ENGINE_ROWS_GOLD_LOAD_H

#include "engine/engine.h"

/** Adds the value of a column of gold, the plan's number `index`, in DuckDB's SQL. */
typedef void gold_value_printer(const struct plan_gold_column *column, size_t index, struct text_buffer *out);

/** Adds "SELECT <before><value> AS <column>, ...", without its FROM. */
void gold_print_query(const struct plan *plan, const char *before, gold_value_printer *print_value,
                      struct text_buffer *sql);
/** Adds what engine_print_key_query does, without its FROM. */
void gold_print_keys(const struct plan *plan, gold_value_printer *print_value, struct text_buffer *sql);

/** Fills the target's table with the rows of a query; where there is no table, the stream takes them. */
MUST_CHECK bool gold_load_query(struct engine *engine, const struct plan *plan, const struct gold_target *target,
                                const char *query, uint64_t *ret_rows, struct error *err);
/** See engine_send_partitions: a function of a driver's row. */
MUST_CHECK bool gold_send_partitions(struct engine *engine, const struct plan *plan, const struct copy_stream *stream,
                                     uint64_t *ret_rows, struct error *err);

#endif
