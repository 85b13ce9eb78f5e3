#include "base/fault.h"

#ifdef CRISOL_FAULTS
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

void fault_point(void)
{
  static atomic_long passed;
  const char *fatal = getenv("CRISOL_FAULT");
  if (fatal != NULL && atomic_fetch_add(&passed, 1) + 1 == strtol(fatal, NULL, 10))
    raise(SIGKILL);
}
#else
typedef int fault_points_are_not_built; /* ISO C wants one declaration */
#endif
