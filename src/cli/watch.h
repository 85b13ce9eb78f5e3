/** A thread beside a command that may wait: it hears SIGINT, SIGTERM and SIGHUP, asks for the interruption
 * (pipeline/interruption.h), and draws a run's progress bar. Where an interruption does not end the program in time, or
 * a second signal comes, it ends at once. One at a time. */
#ifndef CRISOL_CLI_WATCH_H
#define CRISOL_CLI_WATCH_H

#include "base/error.h"

/** Blocks the signals in this thread and those that it starts later; to be called before any other thread is started.
 */
void watch_block_signals(void);

/** Starts the thread. */
MUST_CHECK bool watch_start(struct error *err);
/** Whether a bar is drawn on stderr. */
void watch_progress(bool is_shown);
/** Names what the run does now, for the bar; a static text. */
void watch_stage(const char *stage);
/** Ends the thread and clears the bar; without a start it does nothing. */
void watch_stop(void);

#endif
