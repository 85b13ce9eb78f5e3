/** A process by more than its number, which another machine or container may have at the same time, and the system
 * gives again. Two processes can see each other where both agree on the machine since its last start and on the
 * namespace. */
#ifndef CRISOL_BASE_PROCESS_H
#define CRISOL_BASE_PROCESS_H

#include "base/error.h"

/** This process: "<machine's boot> <namespace of processes> <process> <its start>". */
char *process_identity(struct arena *arena);
/** Whether the process can be seen to be gone; false where it lives, and where it cannot be seen from here. */
bool process_is_gone(const char *identity);

/** The most memory that this process has held, in bytes. */
uint64_t process_peak_bytes(void);

#endif
