/** A connection to PostgreSQL by libpq, as the warehouse and its gold tables use it. */
#ifndef CRISOL_WAREHOUSE_POSTGRESQL_H
#define CRISOL_WAREHOUSE_POSTGRESQL_H

#include "warehouse/warehouse.h"

struct postgresql;

/** Runs one statement and answers how many rows the server says it inserted, updated or deleted. */
MUST_CHECK bool postgresql_execute_count(struct warehouse *warehouse, const char *sql, uint64_t *ret_rows,
                                         struct error *err);

/** Whether the last failure is the server's own, with a SQLSTATE that begins with this. */
bool postgresql_has_failed_with(struct warehouse *warehouse, const char *prefix);

/** Starts COPY ... FROM STDIN (FORMAT binary); then postgresql_copy_write any number of times, then _end. */
MUST_CHECK bool postgresql_copy_begin(struct warehouse *warehouse, const char *sql, struct error *err);
/** Of the form of copy_write; `context` is the warehouse. */
bool postgresql_copy_write(void *context, const char *data, size_t length, struct error *err);
/** Ends the copy and counts its rows; where `is_done` is false the server forgets what it was sent. */
MUST_CHECK bool postgresql_copy_end(struct warehouse *warehouse, bool is_done, uint64_t *ret_rows, struct error *err);

/** Takes the lock that changing the gold table needs, in the transaction that is open, without making readers wait
 * behind it. ERROR_ENVIRONMENT, with who holds the table, where that is not possible within lock_timeout. */
MUST_CHECK bool postgresql_lock_exclusively(struct warehouse *warehouse, const struct plan *plan, struct error *err);
/** Waits, for no longer than lock_timeout, until no other run makes schemas; others wait until the transaction ends. */
MUST_CHECK bool postgresql_lock_definitions(struct warehouse *warehouse, const struct plan *plan, struct error *err);

#endif
