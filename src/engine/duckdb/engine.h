/** The embedded engine: runs a plan on DuckDB, stage by stage, and leaves the rows where sinks take them from. The
 * order of the calls is that of the functions below. Used by one thread; engine_progress and the interruptions may be
 * called from any, and engine_copy_binary by another one after engine_connect_copy. */
#ifndef CRISOL_ENGINE_DUCKDB_ENGINE_H
#define CRISOL_ENGINE_DUCKDB_ENGINE_H

#include "duckdb/database.h"
#include "plan/run.h"

struct engine;

struct engine_options {
  const struct environment *env;
  const char *timezone;
  int64_t instant_us; /* what current_timestamp() answers */
};

/** Starts DuckDB in memory. Where it spills is removed by engine_close. */
MUST_CHECK bool engine_open(struct arena *arena, const struct engine_options *options, struct engine **ret_engine,
                            struct error *err);
/** Accepts a pointer to NULL. */
void engine_close(struct engine **engine);

/** Opens the plan's sources and fills their columns; the plan is built after that. */
MUST_CHECK bool engine_open_sources(struct engine *engine, struct plan *plan, struct error *err);
/** How the columns of the files differ, once the sources are open. */
const struct drift *engine_drift(const struct engine *engine);

/** Adds the SQL that a run of the built plan executes, for people. */
void engine_print_sql(struct arena *arena, const struct plan *plan, struct text_buffer *out);

/** Reads everything: fills the table `rows` (see stage.h), the counts of casts and of malformed records. A cast with
 * on_error: fail or a record under FAILFAST is ERROR_DATA and names the first bad values. */
MUST_CHECK bool engine_stage(struct engine *engine, const struct plan *plan, struct run *run, struct error *err);

/** Removes all but one row a key; fills rows.duplicates. */
MUST_CHECK bool engine_deduplicate(struct engine *engine, const struct plan *plan, struct run *run, struct error *err);

/** Counts the rows by fate, rule and keyword. Refuses the data (ERROR_DATA) for a `fail` rule and passed limits. */
MUST_CHECK bool engine_account(struct engine *engine, const struct plan *plan, struct run *run, struct error *err);

/** Finds the partitions of the rows that passed: fills the table `partitions` and run->partition_directories. */
MUST_CHECK bool engine_find_partitions(struct engine *engine, const struct plan *plan, struct run *run,
                                       struct error *err);

/** Tells which inputs the rows of each partition come from: calls `add` once a partition and file of the plan, in
 * order. */
MUST_CHECK bool engine_find_inputs(struct engine *engine, const struct plan *plan,
                                   void (*add)(size_t partition, size_t file, void *context), void *context,
                                   struct error *err);

/** Writes the rows that passed as Parquet below `directory` (absolute, empty, its parent on the lake's file system):
 * one file a partition, `<hive directory>/<file_name>`. Fills run->silver_files (paths relative to the lake), with the
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

/** Adds the query of the rows for gold, in the columns of the plan's gold table, business rules applied. */
void engine_print_gold_query(const struct plan *plan, const struct run *run, struct text_buffer *sql);

/** The same with file and position before them, as crisol_file and crisol_position. */
void engine_print_placed_gold_query(const struct plan *plan, const struct run *run, struct text_buffer *sql);

/** Adds the query of the same rows' keys: file and position, by which a row is known, and k<i> for each gold column i
 * that one of the plan's gold keys has; JSON as text. */
void engine_print_key_query(const struct plan *plan, const struct run *run, struct text_buffer *sql);
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

/** Counts the rows after each business rule, in order; fills run->condition_rows, condition_removed, rows.gold. */
MUST_CHECK bool engine_count_conditions(struct engine *engine, const struct plan *plan, struct run *run,
                                        struct error *err);

/** Some values of a column in rows that failed a rule, for an alert: "'a', 'b', 'c'". */
MUST_CHECK bool engine_sample(struct engine *engine, struct arena *arena, const struct plan *plan, size_t rule,
                              const char **ret_sample, struct error *err);

/** Counts the staged rows on which an expression over silver columns is true (has a value, where it is no boolean), of
 * those that were parsed and did not leave by a cast. */
MUST_CHECK bool engine_count_passing(struct engine *engine, const struct expr *expr, uint64_t *ret_passed,
                                     uint64_t *ret_total, struct error *err);

/** Gives engine_copy_binary a connection of its own. */
MUST_CHECK bool engine_connect_copy(struct engine *engine, struct error *err);

/** The database, for the sinks that write a DuckDB file and for the ledger. */
struct database *engine_database(struct engine *engine);

/** How many bytes of text are read so far, of how many. */
void engine_progress(const struct engine *engine, uint64_t *ret_done, uint64_t *ret_total);
void engine_interrupt(struct engine *engine);
/** What engine_copy_binary does on its own connection. */
void engine_interrupt_copy(struct engine *engine);

#endif
