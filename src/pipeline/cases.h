/** Cases: rows that are given to a dataset, and what is expected to become of them. Each case is a run in memory and in
 * a directory of its own: nothing is read or written of the dataset but its configuration; no state, no ledger, no
 * database and no network. All cases share one instance of the embedded engine; each leaves nothing in it. */
#ifndef CRISOL_PIPELINE_CASES_H
#define CRISOL_PIPELINE_CASES_H

#include "config/cases.h"
#include "pipeline/pipeline.h"

enum case_status {
  CASE_HOLDS,
  CASE_FAILS,  /* something else was found than expected: `report` says what */
  CASE_BROKEN, /* it could not be tried: `error` says why */
};

struct case_result {
  const struct test_case *test;
  enum case_status status;
  size_t line, column; /* of the case in its file */
  const char *report;  /* lines, each with its end */
  struct error *error;
  double seconds;
};

struct case_file_result {
  const char *path;
  const char *dataset; /* its id; NULL: not known */
  struct error *error; /* none of its cases could be tried; NULL: they were */
  struct case_result *cases;
  size_t n_cases;
};

struct cases_result {
  struct case_file_result *files;
  size_t n_files;
  size_t n_hold, n_fail, n_broken; /* cases; a file that could not be read is one that is broken */
  double seconds;
  enum error_kind worst; /* ERROR_DATA where cases fail, more where some are broken; ERROR_NONE where all hold */
};

struct cases_options {
  const struct pipeline_options *run; /* env.yml, overrides and the observer; the dataset is the file's */
  const char **paths;                 /* files of cases, and directories that are searched for *_test.yml */
  size_t n_paths;
  const char *only; /* the case of this name; NULL: all */
};

/** Tries the cases. False where none could be looked for: a path that is not there, an interruption. What is wrong in a
 * file or a case is a part of the result, and told the observer where it is a problem of the configuration. */
MUST_CHECK bool pipeline_test(struct arena *arena, const struct cases_options *options, struct cases_result *ret_result,
                              struct error *err);

/** Writes a file with one case (NULL: <dataset>_test.yml beside the dataset's file), which holds as it stands: records
 * of the source, those among them that the last run has quarantined, private values masked, and what becomes of them.
 * Never over a file. */
MUST_CHECK bool pipeline_record(struct arena *arena, const struct pipeline_options *options, const char *path,
                                const char **ret_path, size_t *ret_rows, struct error *err);

#endif
