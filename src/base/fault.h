/** Points at which a test kills the process, to see what the next run makes of what is left. A build with CRISOL_FAULTS
 * dies by SIGKILL at the n-th point that it passes where the environment has CRISOL_FAULT=n; any other build has none.
 */
#ifndef CRISOL_BASE_FAULT_H
#define CRISOL_BASE_FAULT_H

#ifdef CRISOL_FAULTS
void fault_point(void);
#else
#define fault_point() ((void)0)
#endif

#endif
