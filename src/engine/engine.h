/** What runs a plan, stage by stage, and leaves the rows where lake and warehouse take them from. Which engine that is,
 * those above do not know: an engine is a row of functions, `struct engine_driver`, and engines.c has the table of
 * them.
 *
 * The order of the calls is that of the functions below. Used by one thread; engine_progress and the interruptions may
 * be called from any, and engine_copy_binary by another one after engine_connect_copy. All functions that fail say why
 * in `err`; an interruption is ERROR_INTERRUPTED. */
#ifndef CRISOL_ENGINE_ENGINE_H
#define CRISOL_ENGINE_ENGINE_H

#include "plan/run.h"
#include "value/copy_type.h"

struct database;
struct engine_driver;
struct table;

/** What each engine's own state begins with. */
struct engine {
  const struct engine_driver *driver;
  struct database *database;      /* the caller's: gold, the ledger and the lake's footers are read and written in it */
  struct database *copy_database; /* another connection to it, once engine_connect_copy was called; NULL before */
  int64_t instant_us;             /* what current_timestamp() answers, in microseconds since 1970 */
};

struct engine_options {
  /* The caller's instance of DuckDB, which outlives the engine: gold of a DuckDB file is attached to it, and so is the
   * ledger. The embedded engine runs in it. */
  struct database *database;
  int64_t instant_us; /* what current_timestamp() answers, in microseconds since 1970 */
  const struct environment *env;
  /* Asked while a server is waited for: false ends that with this error. NULL: never. */
  bool (*go_on)(struct error *err);
};

/** The engine of a name as env.engine and --engine have it; NULL: the embedded one. ERROR_CONFIG where there is none,
 * with the names that there are. */
MUST_CHECK bool engine_find(const char *name, const struct engine_driver **ret_driver, struct error *err);

/** Opens an engine, which lives in `arena`. Reads and writes nothing yet. */
MUST_CHECK bool engine_open(const struct engine_driver *driver, struct arena *arena,
                            const struct engine_options *options, struct engine **ret_engine, struct error *err);
/** Accepts a pointer to NULL. */
void engine_close(struct engine **engine);

/** Opens the plan's sources and fills their columns; the plan is built after that. */
MUST_CHECK bool engine_open_sources(struct engine *engine, struct plan *plan, struct error *err);
/** How the columns of the files differ, once the sources are open; the engine's. */
const struct drift *engine_drift(const struct engine *engine);

/** Adds a problem for each thing of the built plan that the engine cannot do. Asks no server. */
void engine_check(const struct engine *engine, const struct plan *plan, struct problem_list *problems);

/** Adds the SQL that a run of the built plan executes, for people. */
void engine_print_sql(const struct engine *engine, struct arena *arena, const struct plan *plan,
                      struct text_buffer *out);

/** Reads the records of the opened sources, as they are before anything is done with them, into a temporary table of
 * that name in the caller's DuckDB: the columns of the files, then _source_file, _source_line, _source_offset, and of a
 * malformed record why it is none (_malformed) and its text (_raw_record). At most `limit` of them; 0: all. For people
 * who look at them, through the embedded engine; another one may refuse it. */
MUST_CHECK bool engine_keep_records(struct engine *engine, const struct plan *plan, const char *name, uint64_t limit,
                                    struct error *err);
/** Whether a column of that table is none of the files. */
bool engine_adds_to_records(const char *column);

/** What the columns of the records hold: see engine_summarize. */
struct record_summary {
  const char **names; /* of the files' columns, united by name */
  const struct type **types;
  struct summary **summaries; /* of their texts, nested values as JSON; NULL where all are null */
  size_t n_columns;
  uint64_t n_records; /* that are not malformed */
  uint64_t n_malformed;
  uint64_t n_invalid;         /* of these, no text in the encoding */
  const char *malformed_file; /* where the first one is; NULL: there is none */
  uint64_t malformed_line;    /* 0: the format has none */
  const char *malformed_reason;
};
struct summary;
/** Reads the records of the opened sources once and sums up each column; keeps none. At most `limit` of them; 0: all.
 * Through the embedded engine; another one may refuse it. record_summary_done frees what it has found, and is to be
 * called where this has failed, too. */
MUST_CHECK bool engine_summarize(struct engine *engine, struct arena *arena, const struct plan *plan, uint64_t limit,
                                 struct record_summary *ret_summary, struct error *err);
void record_summary_done(struct record_summary *summary);

/** Reads everything: the engine holds all rows from here on. Fills the counts of records, of casts and of malformed
 * records, and judges nothing by them; a file that is not what it promises is an error, ERROR_ENVIRONMENT. */
MUST_CHECK bool engine_stage(struct engine *engine, const struct plan *plan, struct run *run, struct error *err);

/** Removes all but one row a key, and what is counted only: the malformed records of a source under DROPMALFORMED, and
 * records whose list explode finds empty. Fills rows.duplicates. */
MUST_CHECK bool engine_deduplicate(struct engine *engine, const struct plan *plan, struct run *run, struct error *err);

/** Counts the rows by fate, rule and keyword, and judges nothing by it. */
MUST_CHECK bool engine_account(struct engine *engine, const struct plan *plan, struct run *run, struct error *err);

/* The names that engine_name_outcome gives, and what it is asked for. */
enum outcome { OUTCOME_OF_FATES = 1, OUTCOME_OF_SILVER = 2, OUTCOME_OF_QUARANTINE = 4, OUTCOME_OF_GOLD = 8 };
#define OUTCOME_FATES "crisol_fates"
#define OUTCOME_SILVER "crisol_silver"
#define OUTCOME_QUARANTINE "crisol_quarantine"
#define OUTCOME_GOLD "crisol_gold"

/** Gives names, in the caller's DuckDB, to what is made of the staged rows as they are now, so that it may be looked at
 * without being written; to be called again when rows have left. `outcomes` of enum outcome: OUTCOME_FATES (id of a
 * staged row, file, position, fate: enum row_fate), OUTCOME_SILVER with partitions, OUTCOME_QUARANTINE with malformed
 * records, OUTCOME_GOLD where the dataset has gold. Through the embedded engine; another one may refuse it. */
MUST_CHECK bool engine_name_outcome(struct engine *engine, const struct plan *plan, const struct run *run,
                                    unsigned outcomes, struct error *err);

/** Which rows a sample is of. */
enum sample_kind {
  SAMPLE_MALFORMED, /* malformed records of source `index` */
  SAMPLE_CAST,      /* rows in which plan column `index` could not be cast */
  SAMPLE_RULE,      /* rows that fail rule `index` */
};

enum { SAMPLE_ROWS = 3 };

/** A row as a message shows it. */
struct sample_row {
  const char *value; /* the record as it is; the column as it was read; the first column that the rule reads; what is
                        private is PRIVATE_MASK, from whatever engine */
  const char *const *values; /* of a rule: of each column that it reads (plan_rule_columns), masked alike; NULL: the
                                engine knows the first only */
  size_t file;               /* of the plan */
  const char *line;          /* NULL: the format has none */
  const char *position;      /* in the file, from 0 */
};

/** The first such rows by file and position; their texts are in `arena`. At most as many as `*ret_count` says before,
 * or SAMPLE_ROWS where an engine shows no more; `ret_rows` has room for the greater of both. */
MUST_CHECK bool engine_sample(struct engine *engine, struct arena *arena, const struct plan *plan,
                              enum sample_kind kind, size_t index, struct sample_row *ret_rows, size_t *ret_count,
                              struct error *err);

/** Counts the staged rows on which an expression over silver columns is true (has a value, where it is no boolean), of
 * those that were parsed and did not leave by a cast. */
MUST_CHECK bool engine_count_passing(struct engine *engine, const struct expr *expr, uint64_t *ret_passed,
                                     uint64_t *ret_total, struct error *err);

/* silver and quarantine */

/** Finds the partitions of the rows that passed: fills run->partition_directories. */
MUST_CHECK bool engine_find_partitions(struct engine *engine, const struct plan *plan, struct run *run,
                                       struct error *err);

/** Tells which inputs the rows of each partition come from: calls `add` once a partition and file of the plan, in
 * order. */
MUST_CHECK bool engine_find_inputs(struct engine *engine, const struct plan *plan,
                                   void (*add)(size_t partition, size_t file, void *context), void *context,
                                   struct error *err);

/** Writes the rows that passed as Parquet below `directory` (absolute, empty, its parent on the lake's file system):
 * one file a partition, `<hive directory>/<file_name>`; of silver without partitions there may be more, with numbers.
 * Fills run->silver_files (paths relative to the lake), with the
 * rows that each should have. */
MUST_CHECK bool engine_write_silver(struct engine *engine, const struct plan *plan, struct run *run,
                                    const char *directory, const char *file_name, struct error *err);

/** Writes the quarantined rows as one Parquet file, which should have `*ret_rows`. Not called where there is none. */
MUST_CHECK bool engine_write_quarantine(struct engine *engine, const struct plan *plan, const struct run *run,
                                        const char *path, uint64_t *ret_rows, struct error *err);
/** The same of a run whose data is refused: also what was dropped, and what a rule or cast has refused. Writes no file
 * where there is none, or nothing was read. */
MUST_CHECK bool engine_write_rejects(struct engine *engine, const struct plan *plan, const struct run *run,
                                     const char *path, uint64_t *ret_count, struct error *err);

/** Names and types (in the arena) of the columns of a lake's Parquet files: absolute paths, or "s3://bucket/key" that
 * `s3` (NULL: none) opens. A column that only some have is among them. ERROR_ENVIRONMENT where one cannot be read. */
MUST_CHECK bool engine_read_lake_columns(struct engine *engine, struct arena *arena, struct s3 *s3,
                                         const char *const *paths, size_t n_paths, const char ***ret_names,
                                         const struct type ***ret_types, size_t *ret_count, struct error *err);
/** Counts the rows of such files, by their footers, into `ret_rows`, one a path. */
MUST_CHECK bool engine_count_lake_rows(struct engine *engine, struct s3 *s3, const char *const *paths, size_t n_paths,
                                       uint64_t *ret_rows, struct error *err);

/* gold */

/** Counts the rows after each business rule, in order; fills run->condition_rows, condition_removed, rows.gold. */
MUST_CHECK bool engine_count_conditions(struct engine *engine, const struct plan *plan, struct run *run,
                                        struct error *err);

/** Where the rows for gold go. */
struct gold_target {
  const char *table; /* attached to the caller's database, as SQL names it; NULL: the stream takes them */
  bool is_new; /* the table is made, a temporary one, in the place of one that is there; else it has the columns */
  const bool *wanted; /* by gold column: which ones the stream takes; NULL: all */
  struct copy_stream stream;
};

/** Sends the rows for gold, in the columns of the plan's gold table, business rules applied. To a stream nested values
 * and JSON go as text, and it may be asked for beside the writing of silver (engine_loads_beside). */
MUST_CHECK bool engine_load_gold(struct engine *engine, const struct plan *plan, const struct run *run,
                                 const struct gold_target *target, uint64_t *ret_rows, struct error *err);
/** Sends the run's partitions, as p0, p1, ... */
MUST_CHECK bool engine_send_partitions(struct engine *engine, const struct plan *plan, const struct copy_stream *stream,
                                       uint64_t *ret_rows, struct error *err);

/** Adds the query of the rows for gold with file and position before them, as crisol_file and crisol_position: for
 * those of them that are looked at one by one. It is a part of queries of the warehouse's own, which are in DuckDB's
 * SQL. */
void engine_print_placed_gold_query(const struct engine *engine, const struct plan *plan, const struct run *run,
                                    struct text_buffer *sql);
/** Adds the query of the same rows' keys: file and position, by which a row is known, and k<i> for each gold column i
 * that one of the plan's gold keys has; JSON as text. */
void engine_print_key_query(const struct engine *engine, const struct plan *plan, const struct run *run,
                            struct text_buffer *sql);

/** Keeps the rows of a query as the engine's temporary table of that name, in the place of one that is there. */
MUST_CHECK bool engine_keep_rows(struct engine *engine, const char *name, const char *query, uint64_t *ret_count,
                                 struct error *err);
/** Forgets them. */
MUST_CHECK bool engine_drop_rows(struct engine *engine, const char *name, struct error *err);

/** Fill the temporary table `gold_conflicts` (file, position): with the rows for gold whose key an earlier one has;
 * with the places given, as text. */
MUST_CHECK bool engine_find_double_keys(struct engine *engine, const struct plan *plan, const struct run *run,
                                        const struct plan_gold_key *key, struct error *err);
MUST_CHECK bool engine_note_conflicts(struct engine *engine, const struct table *places, struct error *err);
/** Quarantines what `gold_conflicts` holds as gold:<column>:<why>. */
MUST_CHECK bool engine_quarantine_noted(struct engine *engine, const char *column, const char *why, uint64_t *ret_count,
                                        struct error *err);
/** Quarantines what `gold_conflicts` holds as gold:<first column of the key>:key. */
MUST_CHECK bool engine_quarantine_conflicts(struct engine *engine, const struct plan *plan,
                                            const struct plan_gold_key *key, uint64_t *ret_count, struct error *err);
/** Fills the table `partitions` from the rows that have passed so far. */
MUST_CHECK bool engine_number_partitions(struct engine *engine, const struct plan *plan, struct error *err);

/** Whether engine_copy_binary may be called while silver is written. */
bool engine_loads_beside(const struct engine *engine);
/** Gives engine_copy_binary a connection of its own. */
MUST_CHECK bool engine_connect_copy(struct engine *engine, struct error *err);
/** Runs a query and hands its rows to the stream. */
MUST_CHECK bool engine_copy_binary(struct engine *engine, const char *sql, const struct copy_stream *stream,
                                   uint64_t *ret_rows, struct error *err);

/* a replay: what follows engine_can_replay is asked only where that is true */

/** Whether quarantined rows can be replayed. */
bool engine_can_replay(const struct engine_driver *driver);
/** Of the rows that explode has made of a record, leaves those that a table of the caller's DuckDB has (file, position,
 * element as text), and counts anew. To be called first, once the rows are staged. */
MUST_CHECK bool engine_keep_taken(struct engine *engine, const struct plan *plan, struct run *run, const char *name,
                                  struct error *err);
/** Compares the rows that pass with those of the lake's files that have the same key of deduplicate: a row that loses
 * by order_by, or ties, goes, and is counted in rows.duplicates. `s3` opens paths in an object store. */
MUST_CHECK bool engine_settle_standing(struct engine *engine, const struct plan *plan, struct run *run, struct s3 *s3,
                                       const char *const *paths, size_t n_paths, struct error *err);
/** Notes which rows of those files have lost against rows that pass by now: how many, and in which files (by path, in
 * `arena`). None where engine_settle_standing was not called. */
MUST_CHECK bool engine_find_displaced(struct engine *engine, struct arena *arena, const struct plan *plan,
                                      const char ***ret_paths, size_t *ret_count, uint64_t *ret_rows,
                                      struct error *err);
/** Writes one of those files anew, without these rows. */
MUST_CHECK bool engine_write_undisplaced(struct engine *engine, const struct plan *plan, const struct run *run,
                                         const char *from, const char *to, struct error *err);
/** Makes a temporary table of that name in the caller's DuckDB: of each row that is left file, position of the
 * record, element (text; null: none), fate (enum
 * row_fate) and, of one that is not passed, its reasons (_failed_rules). */
MUST_CHECK bool engine_find_fates(struct engine *engine, const struct plan *plan, const char *name, struct error *err);

/* at any time */

/** How far the reading is, or, of a cluster, the statement that runs now. */
void engine_progress(const struct engine *engine, struct run_progress *ret_progress);
/** Ends what the engine does now, if anything. */
void engine_interrupt(struct engine *engine);
/** The same of what engine_copy_binary does on its own connection. */
void engine_interrupt_copy(struct engine *engine);

/** Evaluates a constant expression of Spark SQL, without a plan: *ret_line is "type: value" in the arena, with
 * backslash, tab and newline written \\, \t and \n and null as NULL. Fails with the error's class as Spark names it in
 * *ret_error_class (NULL: it has none): ERROR_CONFIG where the expression does not compile, ERROR_DATA where evaluating
 * it fails. */
MUST_CHECK bool engine_evaluate(const struct engine_driver *driver, struct arena *arena, struct expr_text text,
                                const char *timezone, char **ret_line, const char **ret_error_class, struct error *err);

/** What an engine that can replay has beside. */
struct engine_replay {
  bool (*keep_taken)(struct engine *engine, const struct plan *plan, struct run *run, const char *name,
                     struct error *err);
  bool (*settle_standing)(struct engine *engine, const struct plan *plan, struct run *run, struct s3 *s3,
                          const char *const *paths, size_t n_paths, struct error *err);
  bool (*find_displaced)(struct engine *engine, struct arena *arena, const struct plan *plan, const char ***ret_paths,
                         size_t *ret_count, uint64_t *ret_rows, struct error *err);
  bool (*write_undisplaced)(struct engine *engine, const struct plan *plan, const struct run *run, const char *from,
                            const char *to, struct error *err);
  bool (*find_fates)(struct engine *engine, const struct plan *plan, const char *name, struct error *err);
};

/** One row an engine. Each function does what the one of its name above says; none may be NULL. */
struct engine_driver {
  const char *name;
  const struct engine_replay *replay; /* NULL: it cannot replay */
  bool loads_beside;                  /* gold is sent on a connection of its own, while silver is written */
  bool (*open)(struct arena *arena, const struct engine_options *options, struct engine **ret_engine,
               struct error *err);
  void (*close)(struct engine *engine);
  bool (*open_sources)(struct engine *engine, struct plan *plan, struct error *err);
  const struct drift *(*drift)(const struct engine *engine);
  void (*check)(const struct engine *engine, const struct plan *plan, struct problem_list *problems);
  void (*print_sql)(struct arena *arena, const struct plan *plan, struct text_buffer *out);
  bool (*keep_records)(struct engine *engine, const struct plan *plan, const char *name, uint64_t limit,
                       struct error *err);
  bool (*summarize)(struct engine *engine, struct arena *arena, const struct plan *plan, uint64_t limit,
                    struct record_summary *ret_summary, struct error *err);
  bool (*stage)(struct engine *engine, const struct plan *plan, struct run *run, struct error *err);
  bool (*name_outcome)(struct engine *engine, const struct plan *plan, const struct run *run, unsigned outcomes,
                       struct error *err);
  bool (*deduplicate)(struct engine *engine, const struct plan *plan, struct run *run, struct error *err);
  bool (*account)(struct engine *engine, const struct plan *plan, struct run *run, struct error *err);
  bool (*sample)(struct engine *engine, struct arena *arena, const struct plan *plan, enum sample_kind kind,
                 size_t index, struct sample_row *ret_rows, size_t *ret_count, struct error *err);
  bool (*count_passing)(struct engine *engine, const struct expr *expr, uint64_t *ret_passed, uint64_t *ret_total,
                        struct error *err);
  bool (*find_partitions)(struct engine *engine, const struct plan *plan, struct run *run, struct error *err);
  bool (*find_inputs)(struct engine *engine, const struct plan *plan,
                      void (*add)(size_t partition, size_t file, void *context), void *context, struct error *err);
  bool (*write_silver)(struct engine *engine, const struct plan *plan, struct run *run, const char *directory,
                       const char *file_name, struct error *err);
  bool (*write_quarantine)(struct engine *engine, const struct plan *plan, const struct run *run, const char *path,
                           uint64_t *ret_rows, struct error *err);
  bool (*write_rejects)(struct engine *engine, const struct plan *plan, const struct run *run, const char *path,
                        uint64_t *ret_count, struct error *err);
  bool (*read_lake_columns)(struct engine *engine, struct arena *arena, struct s3 *s3, const char *const *paths,
                            size_t n_paths, const char ***ret_names, const struct type ***ret_types, size_t *ret_count,
                            struct error *err);
  bool (*count_lake_rows)(struct engine *engine, struct s3 *s3, const char *const *paths, size_t n_paths,
                          uint64_t *ret_rows, struct error *err);
  bool (*count_conditions)(struct engine *engine, const struct plan *plan, struct run *run, struct error *err);
  bool (*load_gold)(struct engine *engine, const struct plan *plan, const struct run *run,
                    const struct gold_target *target, uint64_t *ret_rows, struct error *err);
  bool (*send_partitions)(struct engine *engine, const struct plan *plan, const struct copy_stream *stream,
                          uint64_t *ret_rows, struct error *err);
  void (*print_placed_gold_query)(const struct plan *plan, const struct run *run, struct text_buffer *sql);
  void (*print_key_query)(const struct plan *plan, const struct run *run, struct text_buffer *sql);
  bool (*keep_rows)(struct engine *engine, const char *name, const char *query, uint64_t *ret_count, struct error *err);
  bool (*drop_rows)(struct engine *engine, const char *name, struct error *err);
  bool (*find_double_keys)(struct engine *engine, const struct plan *plan, const struct run *run,
                           const struct plan_gold_key *key, struct error *err);
  bool (*note_conflicts)(struct engine *engine, const struct table *places, struct error *err);
  bool (*quarantine_noted)(struct engine *engine, const char *column, const char *why, uint64_t *ret_count,
                           struct error *err);
  bool (*number_partitions)(struct engine *engine, const struct plan *plan, struct error *err);
  bool (*connect_copy)(struct engine *engine, struct error *err);
  bool (*copy_binary)(struct engine *engine, const char *sql, const struct copy_stream *stream, uint64_t *ret_rows,
                      struct error *err);
  void (*progress)(const struct engine *engine, struct run_progress *ret_progress);
  void (*interrupt)(struct engine *engine);
  void (*interrupt_copy)(struct engine *engine);
  bool (*evaluate)(struct arena *arena, struct expr_text text, const char *timezone, char **ret_line,
                   const char **ret_error_class, struct error *err);
};

/** The table of engines, the embedded one first; `n_engines` rows. */
extern const struct engine_driver *const engines[];
extern const size_t n_engines;

#endif
