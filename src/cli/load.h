/** From the command line to what the pipeline loads; shared by the commands that need it. */
#ifndef CRISOL_CLI_LOAD_H
#define CRISOL_CLI_LOAD_H

#include "cli/command.h"
#include "pipeline/ledgers.h"

/** What the options, and the positions that the users' own scripts know, say of a run of the dataset at `path`.
 * Problems are printed on stderr. */
struct pipeline_options cli_options(const struct cli *cli, const char *path);

/** Where `runs` and `lineage` look: with -d at that dataset's metadata. */
struct ledgers cli_ledgers(struct cli *cli);

/** The same of the dataset that the command was given. ERROR_CONFIG where another dataset stands in the place of
 * env.yml or database.yml: files are told apart by what they hold. */
MUST_CHECK bool cli_options_of_run(struct cli *cli, struct pipeline_options *ret_options, struct error *err);

/** Prints the problems on stderr; where one is an error, err takes its kind and no message. */
MUST_CHECK bool cli_report(const struct problem_list *problems, struct error *err);

/** Loads env.yml alone, and prints its problems on stderr; false where one is an error. */
MUST_CHECK bool cli_load_environment(struct cli *cli, struct environment *ret_env, struct error *err);

/** ERROR_CONFIG where --var sets what neither the command's dataset nor, without one, env.yml and database.yml ask for.
 */
MUST_CHECK bool cli_check_variables(struct cli *cli, struct error *err);

/** The same of the files that have been read by now. */
MUST_CHECK bool cli_fail_unused(const struct cli *cli, struct error *err);

/** Loads what the options name, as a run does, for what it asks for alone. False where it has errors. */
bool cli_try_to_load(struct cli *cli, const struct pipeline_options *run);

#endif
