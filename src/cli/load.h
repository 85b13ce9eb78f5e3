/** From the command line to a configuration and a plan; shared by the commands that need them. */
#ifndef CRISOL_CLI_LOAD_H
#define CRISOL_CLI_LOAD_H

#include "cli/command.h"
#include "engine/duckdb/engine.h"

/** Loads the dataset at `path` with what the options and the seed's positional form name. Problems are added to the
 * list; false where one is an error. */
MUST_CHECK bool load_config(struct cli *cli, const char *path, struct problem_list *problems,
                            struct config **ret_config);

/** The problems are printed to stderr; where one is an error, err takes its kind and no message. */
MUST_CHECK bool report_problems(struct problem_list *problems, struct error *err);

/** Refuses what is not built: the Spark engine, PostgreSQL. ERROR_CONFIG. */
MUST_CHECK bool load_check_supported(struct cli *cli, const struct config *config, struct error *err);

/** Finds the input, opens it with the engine and builds the plan. An input that cannot be read fails with its own
 * error; what is wrong in the configuration is added to the list, and *ret_built is false. */
MUST_CHECK bool load_sources(struct arena *arena, struct engine *engine, struct problem_list *problems,
                             struct plan *plan, bool *ret_built, struct error *err);
MUST_CHECK bool load_plan(struct arena *arena, const struct config *config, struct engine *engine,
                          struct problem_list *problems, struct plan *ret_plan, bool *ret_built, struct error *err);

/** Opens the engine as env.yml sets it. */
MUST_CHECK bool load_engine(struct arena *arena, const struct config *config, int64_t instant_us,
                            struct engine **ret_engine, struct error *err);
/** Closes it; accepts a pointer to NULL. */
void close_engine(struct engine **engine);

/** Microseconds since 1970. */
int64_t now_us(void);

/** Loads env.yml alone, and prints its problems on stderr; false where one is an error. */
MUST_CHECK bool load_environment(struct cli *cli, struct environment *ret_env, struct error *err);

#endif
