/** What ${NAME} stands for in the files of a configuration: a value of the command line (--var), else of the
 * environment. The process's, as its environment is; to be set before files are read, from one thread. */
#ifndef CRISOL_CONFIG_VARIABLES_H
#define CRISOL_CONFIG_VARIABLES_H

#include "base/error.h"

/** Sets one from "NAME=VALUE"; the last of several with one name counts. A name that speaks of a password or a token
 * makes the value a secret. ERROR_CONFIG where it is no assignment. `arena` is to live as long as the process. */
MUST_CHECK bool variable_set(struct arena *arena, const char *assignment, struct error *err);

/** Its value; NULL where it is not set. That it was asked for is kept. */
const char *variable_find(const char *name);

/** Fails with ERROR_CONFIG: no file asks for what "NAME=VALUE" sets, so that a misspelt name would leave a default in
 * its place. Names the nearest that was asked for. */
bool variable_fail_unused(const char *assignment, struct error *err);
/** Whether "NAME=VALUE", which was set, has been asked for since. */
bool variable_is_used(const char *assignment);
/** Forgets what was asked for. */
void variables_forget(void);

#endif
