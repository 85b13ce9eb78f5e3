/** Threads that nobody waits for: a call that cannot be interrupted (a name that is looked up, a connection that is
 * made) is left to one, so that the program can end while it still waits. Once one may be under way the program ends by
 * _exit(), without the handlers that would take from under it what it uses. */
#ifndef CRISOL_BASE_BACKGROUND_H
#define CRISOL_BASE_BACKGROUND_H

#include "base/macros.h"

/** Starts a detached thread, whose context it then owns. False where the system has none to give. */
MUST_CHECK bool background_start(void (*work)(void *context), void *context);
/** How many have not ended. */
size_t background_count(void);

#endif
