/** A run of a dataset without a terminal: what `crisol run` calls, and what a binding or a scheduler would.
 *
 *   struct arena arena = { 0 };
 *   struct error err;
 *   const struct summary *summary = NULL;
 *   const struct pipeline_options options = { .dataset = "orders.yml" };
 *   bool is_done = pipeline_run(&arena, &options, &summary, &err);
 *
 * Everything that is returned lives in the arena, which the caller clears with arena_done(). What is written where, and
 * what a run that fails leaves, is the contract of the dataset's file: silver, quarantine, gold and metadata are those
 * of before the run, or those of after it.
 *
 * One run a process at a time: an interruption (pipeline/interruption.h) and the log (base/log.h) are the process's.
 * SIGPIPE is to be ignored, as libpq and libcurl write to sockets. */
#ifndef CRISOL_PIPELINE_PIPELINE_H
#define CRISOL_PIPELINE_PIPELINE_H

#include "base/log.h"
#include "pipeline/summary.h"

/** What a caller may be told while a run goes; each may be NULL. The texts live no longer than the call, the names of
 * stages always. */
struct pipeline_observer {
  /* A stage begins (run_stage_names). From two threads where silver is written beside gold. */
  void (*begin_stage)(const char *stage, void *context);
  /* A line of the log, as the command writes it on stderr; from any thread, one at a time. NULL: it is written there.
   */
  log_receiver log;
  /* What was found in the files of the configuration, warnings among it. NULL: the first error is the run's error, and
   * warnings are lost. */
  void (*report)(const struct problem_list *problems, void *context);
  void *context;
};

/** What of the quarantine is replayed. */
struct replay_options {
  const char *run;  /* id, or what it begins with; NULL: of all runs */
  const char *rule; /* rows that have this reason; NULL: all */
  const char *file; /* CSV of mended rows, and only these; NULL: the rows' own bytes */
  bool is_trial;    /* nothing is written: what would happen is counted */
};

/** What is run. Paths are relative to the current directory; NULL: found beside the dataset, as the command finds it.
 */
struct pipeline_options {
  const char *dataset;      /* the dataset's file */
  const char *dataset_text; /* what that file holds, in its place; NULL: it is read */
  const char *env;          /* env.yml */
  const char *database;     /* database.yml */
  const char *environment;  /* the part of database.yml; NULL: `default` */
  const char *engine;       /* "duckdb"; NULL: what env.yml says */
  const char **overrides;   /* "source.path=other.csv", one after another */
  size_t n_overrides;
  struct catalog *catalog; /* where datasets that sources name are looked for; NULL: beside the dataset */
  const char *place;    /* a directory in which silver, quarantine, a DuckDB file with gold, and the state lie, in the
                           place of all that is configured: for a trial; NULL: none */
  bool takes_all_files; /* under source.incremental those too that an earlier run has taken */
  bool full_refresh;    /* all files are taken, and silver and gold made anew in one commit */
  size_t samples;       /* how many rows of each failing rule the summary has; 0: none */
  const struct replay_options *replay; /* quarantined rows are read in the place of the sources; NULL: a run */
  bool refuses_alerts;                 /* an alert refuses the data, as a rule with on_fail: fail does */
  struct pipeline_observer observer;
};

/** Runs the dataset: reads, standardizes, judges, writes silver, quarantine and gold, and records it in the ledger.
 * True where it is committed and all of it is where readers look. False with the reason, whose kind is the exit code of
 * the command (error_exit_code); nothing was published then, unless the message says so.
 *
 * `*ret_summary` is what `run --json` prints: of a failed run too, as far as it came; NULL where the configuration
 * could not be read. Where the problems were reported to the observer the error has a kind and no message. */
MUST_CHECK bool pipeline_run(struct arena *arena, const struct pipeline_options *options,
                             const struct summary **ret_summary, struct error *err);

/** Finishes or undoes what runs of the dataset that died have left, and records them as failed. Its sources need not be
 * there. `*ret_count`: how many had begun to publish. */
MUST_CHECK bool pipeline_recover(struct arena *arena, const struct pipeline_options *options, size_t *ret_count,
                                 struct error *err);

/** What pipeline_clean keeps, and what it has removed, or would remove. */
struct clean_options {
  int64_t keep_us; /* runs of so long a time are kept; 0: `keep_runs` of them */
  uint64_t keep_runs;
  bool is_trial; /* nothing is removed, and the dataset's lock not taken */
};
struct clean_result {
  uint64_t n_runs;  /* that are old */
  uint64_t n_files; /* of their quarantine and rejects */
  uint64_t n_rows;  /* of the metadata tables */
};
/** Removes the quarantine, the rejects and the metadata of the dataset's old runs, and what dead runs have left, but
 * for what later runs ask for (ledger/clean.c). One that is killed has removed a part, and may be asked again. */
MUST_CHECK bool pipeline_clean(struct arena *arena, const struct pipeline_options *options,
                               const struct clean_options *cleaning, struct clean_result *ret_result,
                               struct error *err);

/** Adds to the list all that is wrong in the files of some datasets, the options of which are `count` in a row, each
 * problem at its place: every layer is looked at, as far as the ones below let it. Reads the sources' columns, writes
 * nothing. False where that itself failed. */
MUST_CHECK bool pipeline_check(struct arena *arena, const struct pipeline_options *options, size_t count,
                               struct problem_list *problems, struct error *err);

/** How far the engine is; from any thread. False where none works. */
bool pipeline_progress(struct run_progress *ret_progress);

#endif
