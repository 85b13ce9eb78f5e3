/** Which datasets a command is about: one file, several, or those of folders, told apart from env.yml and database.yml
 * by what they hold. */
#ifndef CRISOL_CLI_DATASETS_H
#define CRISOL_CLI_DATASETS_H

#include "cli/load.h"
#include "config/catalog.h"

struct datasets {
  struct catalog catalog;
  size_t *order; /* indexes of entries: those that were chosen, each behind what it reads */
  size_t count;
  const bool *uses_variable; /* [i * number of --var + v], i in order: the files of the dataset ask for it */
  bool is_one;               /* one file was given, and no selector: the command is about it as it always was */
};

/** Takes the arguments, and --select, --exclude and --with. env.yml, database.yml and the environment that stand among
 * the arguments are noted in `cli` as if their options had been given. Problems are printed on stderr; err has the kind
 * and no message then. ERROR_CONFIG for what cannot be told apart. */
MUST_CHECK bool datasets_find(struct cli *cli, struct datasets *ret_datasets, struct error *err);
/** The same, with the problems added to a list, in which a broken dataset is one problem among others. */
MUST_CHECK bool datasets_collect(struct cli *cli, struct problem_list *problems, struct datasets *ret_datasets,
                                 struct error *err);

/** What a run of one of them is. */
struct pipeline_options datasets_options(const struct cli *cli, struct datasets *datasets, size_t entry);

/** Finds which variables the chosen datasets ask for; ERROR_CONFIG where --var sets what none of them does.
 * datasets_find has done so. */
MUST_CHECK bool datasets_check_variables(struct cli *cli, struct datasets *datasets, struct error *err);

/** crisol run of several: each in a process of its own. `*ret_exit` is the first of 130, 143, 5, 2, 1, 3 and 4 that one
 * of them ended with. */
MUST_CHECK bool datasets_run(struct cli *cli, struct datasets *datasets, int *ret_exit, struct error *err);

#endif
