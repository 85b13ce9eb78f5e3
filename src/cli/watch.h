/** A thread beside a command that may wait: it hears SIGINT, SIGTERM and SIGHUP, and draws a run's progress bar. A
 * signal is a flag, which whatever waits looks at, and an interruption of the engine's and the database's statements.
 * Where that does not end the program in time, or a second signal comes, it ends at once. One at a time. */
#ifndef CRISOL_CLI_WATCH_H
#define CRISOL_CLI_WATCH_H

#include "engine/duckdb/engine.h"
#include "warehouse/warehouse.h"

/** Blocks the signals in this thread and those that it starts later; to be called before any other thread is started.
 */
void watch_block_signals(void);

/** Starts the thread. */
MUST_CHECK bool watch_start(struct error *err);
/** What is watched is a run; `shows_progress` draws a bar on stderr. */
void watch_run(bool shows_progress);
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
/** From here on the run ends what it has begun, it publishes or cleans up: a signal leaves it a second. */
void watch_hold(void);
/** Fails with ERROR_INTERRUPTED or ERROR_TERMINATED where a signal has come. */
MUST_CHECK bool watch_check(struct error *err);
/** Whether a request to a server may go on or be tried again: not once a signal has come, but for the second that what
 * publishes or cleans up has (watch_hold). */
MUST_CHECK bool watch_allows(struct error *err);
/** What an interruption means from now on, for its message: ": nothing was published". The text must stay. */
void watch_says(const char *consequence);
/** Turns an error that an interruption caused into the one that says so. */
void watch_explain(struct error *err);
/** Ends the thread and clears the bar; without a start it does nothing. */
void watch_stop(void);

#endif
