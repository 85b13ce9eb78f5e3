/** What happened: the metadata tables beside the gold tables, in the same database. tables.h says what they are; runs
 * are recorded by ledger.c, and found again by history.c. Their names stand in this folder and nowhere else. */
#ifndef CRISOL_LEDGER_LEDGER_H
#define CRISOL_LEDGER_LEDGER_H

#include "plan/run.h"
#include "warehouse/warehouse.h"

/** Whether runs are recorded in this database, or once were; needs no more than to connect. */
MUST_CHECK bool ledger_is_there(struct warehouse *warehouse, bool *ret_is_there, struct error *err);

/** The tables of a DuckDB file that are none of the ledger's. */
MUST_CHECK bool ledger_count_other_tables(struct warehouse *warehouse, uint64_t *ret_count, struct error *err);

/** Something that a run needs of PostgreSQL, and the statements, without a semicolon, that an owner would run where it
 * is missing; none where it is not. */
struct ledger_need {
  const char *what;
  const char *const *statements;
  size_t n_statements;
  const char *remedy; /* what does all of it at once; NULL: nothing */
};
/** Asks a server for all of them, by its catalogs, so that a role without privileges may. */
MUST_CHECK bool ledger_find_needs(struct arena *arena, struct warehouse *warehouse, struct ledger_need **ret_needs,
                                  size_t *ret_count, struct error *err);

/** ERROR_CONFIG where a table that stands has not the columns that crisol writes, or wants others; names the statement
 * that helps. */
MUST_CHECK bool ledger_check_tables(struct warehouse *warehouse, struct error *err);

/** ERROR_CONFIG where a server keeps its texts in an encoding that lacks a character of a name that is recorded there,
 * or that gold has: names the name. Of a plan that is not whole yet what it has. */
MUST_CHECK bool ledger_check_names(struct arena *arena, struct warehouse *warehouse, const struct plan *plan,
                                   struct error *err);

/** Creates the tables that are missing, and looks at those that stand. */
MUST_CHECK bool ledger_prepare(struct warehouse *warehouse, struct error *err);

/** Records that a run has started, at once, outside of the run's transaction, with its process and its lock's name. */
MUST_CHECK bool ledger_start(struct warehouse *warehouse, const struct plan *plan, const struct run *run,
                             const char *lock, struct error *err);

/** Refuses a gold table that another dataset owns (ERROR_CONFIG, with what to do), before anything is read; warns of
 * one that has no owner, or that was written from another lake. `is_there`: there is such a table. */
MUST_CHECK bool ledger_check_gold_owner(struct warehouse *warehouse, const struct plan *plan, bool is_there,
                                        struct error *err);
/** The same without a warning, within the transaction that loads the table and holds its lock; then the dataset is
 * recorded as its owner, or as one of several. */
MUST_CHECK bool ledger_claim_gold(struct warehouse *warehouse, const struct plan *plan, const struct run *run,
                                  bool is_there, struct error *err);

/** Records a completed run, its rules, files and the schema's version, within the warehouse's transaction.
 * `summary_json` is what `run --json` prints. ERROR_LOCKED where another run has buried this one (ledger_bury). */
MUST_CHECK bool ledger_complete(struct warehouse *warehouse, const struct plan *plan, const struct run *run,
                                const char *summary_json, struct error *err);

/** What is recorded of a run: "started", "completed", "failed"; NULL where this database does not know it. */
MUST_CHECK bool ledger_status(struct arena *arena, struct warehouse *warehouse, const char *run_id,
                              const char **ret_status, struct error *err);

/** Records that a run which still counts as started died, unless its transaction is committed after all. Where that one
 * is still open in the server, this waits for its end. */
MUST_CHECK bool ledger_bury(struct warehouse *warehouse, const char *run_id, const char *message, struct error *err);

/** Settles whether a run is committed: buries it unless it is, in a transaction of its own, then tells its status for
 * good: a COMMIT that still was under way has happened by then, or cannot any more. Fails soon where the run's own
 * transaction is still open. */
MUST_CHECK bool ledger_settle(struct arena *arena, struct warehouse *warehouse, const char *run_id, const char *message,
                              const char **ret_status, struct error *err);

/** The runs of a dataset that count as started but are known to be gone: their process, on this machine, or whoever had
 * their lock. `own_lock` is the name of the one that the caller holds (lock_name): whose it was is gone. A run whose
 * end cannot be told, as one on another machine with a lake of its own, is none of them. */
MUST_CHECK bool ledger_find_gone(struct arena *arena, struct warehouse *warehouse, const char *dataset,
                                 const char *own_lock, const char ***ret_ids, size_t *ret_count, struct error *err);

/** Records that a run failed. */
MUST_CHECK bool ledger_fail(struct warehouse *warehouse, const struct run *run, const char *message,
                            const char *summary_json, struct error *err);

/** The median of the records read by the dataset's last five completed runs that read any (an incremental run without a
 * new file reads none); 0 where there are fewer than five. */
MUST_CHECK bool ledger_usual_rows(struct warehouse *warehouse, const struct plan *plan, uint64_t *ret_rows,
                                  struct error *err);

/** The latest completed run that read just these input files, unchanged since; NULL where there is none. */
MUST_CHECK bool ledger_find_same_input(struct arena *arena, struct warehouse *warehouse, const struct plan *plan,
                                       const char **ret_run_id, struct error *err);

/** An input file as a completed run has taken it. */
struct ledger_input {
  const char *path; /* absolute */
  const char *run_id;
  uint64_t bytes;
  int64_t modified_us, changed_us; /* 0: unknown */
  int64_t started_us;              /* of the run */
  const char *md5, *etag;          /* NULL: unknown */
  bool is_of_replay;               /* rows of it were read out of the quarantine, and the file was not */
};

/** Fills warehouse->required, which lives as long as the arena, from all versions of the dataset's schema. */
MUST_CHECK bool ledger_recall_required(struct arena *arena, struct warehouse *warehouse, const struct plan *plan,
                                       struct error *err);

/** All input files of the dataset's completed runs, oldest run first. */
MUST_CHECK bool ledger_inputs(struct arena *arena, struct warehouse *warehouse, const char *dataset,
                              struct ledger_input **ret_inputs, size_t *ret_count, struct error *err);

/** An output file as the latest completed run has written it. */
struct ledger_output {
  const char *path;
  const char *run_id;
  const char *inputs; /* numbers of the run's inputs, by path, that its rows come from: "0,2-5"; NULL: unknown */
};

/** What is known of these files; those that no completed run has written are left out. */
MUST_CHECK bool ledger_outputs(struct arena *arena, struct warehouse *warehouse, const char *const *paths, size_t count,
                               struct ledger_output **ret_outputs, size_t *ret_count, struct error *err);

/** What became of a quarantined row, by the last replay that has recorded it. */
struct ledger_replayed {
  const char *quarantined_by, *source_file;
  int64_t source_offset;
  const char *element; /* as text; NULL: none */
  const char *outcome; /* "passed", "duplicate", "dropped", "superseded": it is settled; "open" */
  const char *reasons; /* JSON, of an open one; NULL else */
};

/** All rows of the dataset's quarantine that replays have recorded: quarantined_by, source_file, source_offset,
 * element, outcome, reasons, as text. None in a ledger of a former version. */
MUST_CHECK bool ledger_find_replayed(struct arena *arena, struct warehouse *warehouse, const char *dataset,
                                     struct table *ret_table, struct error *err);
/** How each completed run of the dataset has written silver, replays left out: execution_id, silver_mode (NULL: a
 * former version's), started_at in microseconds with leading zeros, as text. */
MUST_CHECK bool ledger_find_writers(struct arena *arena, struct warehouse *warehouse, const char *dataset,
                                    struct table *ret_table, struct error *err);
/** Which of these runs are known to be another dataset's: one column, their ids. */
MUST_CHECK bool ledger_find_others(struct arena *arena, struct warehouse *warehouse, const char *dataset,
                                   const char *const *ids, size_t count, struct table *ret_table, struct error *err);
/** Records rows within the transaction. */
MUST_CHECK bool ledger_add_replayed(struct warehouse *warehouse, const struct plan *plan, const struct run *run,
                                    const struct ledger_replayed *rows, size_t count, struct error *err);

/** Past runs, of one dataset or of all (NULL), newest first; one that counts as started but is known to be gone is
 * shown as failed: execution_id, dataset, status, started_at, seconds, read, silver, gold, error, quarantined,
 * pipeline_type (as text). */
MUST_CHECK bool ledger_list(struct arena *arena, struct warehouse *warehouse, const char *dataset, size_t limit,
                            struct table *ret_table, struct error *err);

/** The columns of the sources, with their types in silver, as the dataset's last completed run that opened any
 * had them; none where there was no such run. */
MUST_CHECK bool ledger_last_columns(struct arena *arena, struct warehouse *warehouse, const struct plan *plan,
                                    struct drift_columns *ret_columns, struct error *err);

/** One run: the row of ledger_list, the summary as JSON and its files (direction, path, rows, bytes). *ret_found is
 * false where the id is unknown; an id may be cut short to what is unique. */
struct ledger_entry {
  char **execution; /* the columns of ledger_list, then malformed, duplicates, dropped, passed, warned, and where
                       silver, quarantine and gold are */
  const char *summary_json;
  const char *schema_version; /* at that time; NULL: the dataset had no schema */
  struct table rules;         /* name, on_fail, failed, total */
  struct table drift;         /* compared_with, change, column_name, old_type, new_type, path, files */
  struct table files;         /* direction, path, rows, bytes, md5, etag, modified_at */
};
MUST_CHECK bool ledger_find(struct arena *arena, struct warehouse *warehouse, const char *id,
                            struct ledger_entry *ret_entry, bool *ret_found, struct error *err);

/** A completed run with its files (direction, path, rows, bytes, md5) and its gold table, NULL where it had none. */
struct ledger_lineage {
  const char *run_id, *dataset, *started_at;
  struct table files;
  const char *gold_table, *gold_rows;
};

/** The completed runs, newest first, that took or made the file at an absolute path or one below it, or loaded the gold
 * table of a name. */
MUST_CHECK bool ledger_find_lineage(struct arena *arena, struct warehouse *warehouse, const char *path,
                                    const char *table, size_t limit, struct ledger_lineage **ret_runs,
                                    size_t *ret_count, struct error *err);

/** Which runs are kept whole: those since an instant, or so many of the latest. */
struct ledger_keep {
  int64_t before_us; /* older ones are old; 0: by number */
  uint64_t n_runs;
};
/** The dataset's runs that have ended and are older, oldest first; replays are none of them. */
MUST_CHECK bool ledger_find_old(struct arena *arena, struct warehouse *warehouse, const char *dataset,
                                const struct ledger_keep *keep, const char ***ret_ids, size_t *ret_count,
                                struct error *err);

struct ledger_cleaning {
  const char *dataset;
  const char *const *ids; /* of old runs */
  size_t n_ids;
  bool keeps_writers; /* runs that wrote a file last keep their files: which inputs these came from is asked for */
  bool is_trial;      /* rows are only counted */
};
/** Removes the rows of old runs, within the warehouse's transaction, but for what later runs ask for (clean.c). */
MUST_CHECK bool ledger_clean(struct warehouse *warehouse, const struct ledger_cleaning *asked, uint64_t *ret_rows,
                             struct error *err);

#endif
