/** A thread beside a run: it draws the progress bar and hears SIGINT and SIGTERM, which it turns into an interruption
 * of the engine. One at a time. */
#ifndef CRISOL_CLI_WATCH_H
#define CRISOL_CLI_WATCH_H

#include "engine/duckdb/engine.h"
#include "sink/warehouse.h"

/** Blocks the two signals in this thread and those that it starts later; to be called before the engine is opened. */
void watch_block_signals(void);

/** Starts the thread; `shows_progress` draws a bar on stderr. */
MUST_CHECK bool watch_start(bool shows_progress, struct error *err);
/** The time by the monotonic clock. */
double watch_seconds(void);

/** What is interrupted from now on; NULL: nothing. */
void watch_engine(struct engine *engine);
/** The same of a database server's running statement. */
void watch_warehouse(struct warehouse *warehouse);
/** Cancels what the warehouse runs now, if it is watched: not while its connection is made anew. From any thread. */
void watch_cancel_warehouse(void);
/** Names what the run does now, for the bar; a static text. */
void watch_stage(const char *stage);
/** From here on the run is ended, not interrupted: it publishes. */
void watch_hold(void);
/** Fails with ERROR_INTERRUPTED or ERROR_TERMINATED where a signal has come. */
MUST_CHECK bool watch_check(struct error *err);
/** Whether a request to a server may go on or be tried again: not once a signal has come, unless the run is being
 * published; what cleans up after a run that a signal has ended gets a second more. */
MUST_CHECK bool watch_allows(struct error *err);
/** From here on a failed run cleans up. */
void watch_clean_up(void);
/** Turns an error that an interruption caused into the one that says so. */
void watch_explain(struct error *err);
/** Ends the thread and clears the bar; without a start it does nothing. */
void watch_stop(void);

#endif
