/** An interruption of what goes on in this process, whoever asks for it: a signal that the command has heard, a
 * scheduler, a binding's Ctrl-C. It is a flag, which whatever waits looks at many times a second, and an end of the
 * statements that the engine and the database run now.
 *
 * A run that publishes or cleans up is not stopped in the middle: from interruption_hold on it has a second, after
 * which its requests to servers fail, too; what it leaves then is settled by the next run. */
#ifndef CRISOL_PIPELINE_INTERRUPTION_H
#define CRISOL_PIPELINE_INTERRUPTION_H

#include "engine/engine.h"
#include "warehouse/warehouse.h"

/* What is asked once an interruption has come is asked by the clock; sanitizers make the program several times slower.
 */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { INTERRUPTION_SLOWNESS = 10 };
#else
enum { INTERRUPTION_SLOWNESS = 1 };
#endif

/** Asks for the end: `kind` is ERROR_INTERRUPTED or ERROR_TERMINATED. Only the first one counts; false for others. From
 * any thread. */
bool interruption_request(enum error_kind kind);
/** Stops the statements that run now, unless the run is held. A statement may begin between the look at the flag and
 * this: to be called again and again, many times a second, until the run has ended. From any thread. */
void interruption_repeat(void);
/** The kind that was asked for; false where none was. */
bool interruption_is_requested(enum error_kind *ret_kind);

/** What is interrupted from now on; NULL: nothing. */
void interruption_engine(struct engine *engine);
/** The same of a database server's running statement. */
void interruption_warehouse(struct warehouse *warehouse);
/** Cancels what the warehouse runs now, if it is watched: not while its connection is made anew. From any thread. */
void interruption_cancel_warehouse(void);

/** A run, or what is like one, begins: nothing is held, and an interruption means `consequence`. One that was asked for
 * before still counts. */
void interruption_begin(const char *consequence);
/** From here on the run ends what it has begun. */
void interruption_hold(void);
/** Fails with the kind that was asked for. */
MUST_CHECK bool interruption_check(struct error *err);
/** Whether a request to a server may go on or be tried again: not once an interruption was asked for, but for the
 * second that what is held has. */
MUST_CHECK bool interruption_allows(struct error *err);
/** What an interruption means from now on, for its message: ": nothing was published". The text must stay. */
void interruption_says(const char *consequence);
/** Turns an error that an interruption caused into the one that says so. */
void interruption_explain(struct error *err);

#endif
