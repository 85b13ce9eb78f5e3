#include "base/fault.h"

#ifdef CRISOL_FAULTS
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

void fault_point(void)
{
  static atomic_long passed;
  const char *fault = getenv("CRISOL_FAULT");
  char *what = NULL;
  if (fault != NULL && atomic_fetch_add(&passed, 1) + 1 == strtol(fault, &what, 10))
    raise(strcmp(what, ":stop") == 0 ? SIGSTOP : SIGKILL);
}

int fault_seconds(int seconds)
{
  const char *haste = getenv("CRISOL_HASTE");
  long divisor = haste == NULL ? 1 : strtol(haste, NULL, 10);
  long shortened = divisor <= 1 ? seconds : seconds / divisor;
  return shortened < 1 && seconds > 0 ? 1 : (int)shortened;
}
#else
typedef int fault_points_are_not_built; /* ISO C wants one declaration */
#endif
