/** Points at which a test kills or stops the process, to see what the next run makes of what is left. A build with
 * CRISOL_FAULTS dies by SIGKILL at the n-th point that it passes where the environment has CRISOL_FAULT=n, and stops by
 * SIGSTOP where it has CRISOL_FAULT=n:stop; with CRISOL_HASTE=n it waits for others an n-th of the time. Any other
 * build has no such points.
 */
#ifndef CRISOL_BASE_FAULT_H
#define CRISOL_BASE_FAULT_H

#ifdef CRISOL_FAULTS
/** One such point. */
void fault_point(void);
/** A time to wait, which a test may shorten. */
int fault_seconds(int seconds);
#else
#define fault_point() ((void)0)
#define fault_seconds(seconds) (seconds)
#endif

#endif
