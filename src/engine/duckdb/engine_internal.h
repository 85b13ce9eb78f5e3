/* What the files of the embedded engine share. */
#ifndef CRISOL_ENGINE_DUCKDB_ENGINE_INTERNAL_H
#define CRISOL_ENGINE_DUCKDB_ENGINE_INTERNAL_H

#include "duckdb/database.h"
#include "engine/duckdb/sources.h"
#include "engine/duckdb/stage.h"
#include "engine/rows/counts.h"
#include "engine/engine.h"

struct duckdb_engine {
  struct engine base;
  struct arena *arena;
  struct sources *sources;
  const struct schema_property *stopped; /* by a limit in the check of a value; NULL: none */
};

/* A statement that reads the sources, which is printed anew where a broken file is read by a copy of it. */
struct scan {
  const struct plan *plan;
  void (*print)(const struct scan *scan, struct text_buffer *sql);
  const struct stage_layout *layout; /* of the stage */
  const char *name;                  /* of a table of records */
  uint64_t limit;                    /* of its rows; 0: none */
};
/* Runs it; a failure of the readers is told as they tell it. */
MUST_CHECK bool duckdb_engine_scan(struct duckdb_engine *engine, const struct scan *scan, struct error *err);

/* An engine that this driver has opened. */
static inline struct duckdb_engine *duckdb_engine_of(struct engine *engine)
{
  return (struct duckdb_engine *)(void *)engine;
}

static inline const struct duckdb_engine *duckdb_engine_of_const(const struct engine *engine)
{
  return (const struct duckdb_engine *)(const void *)engine;
}

/* The functions of the driver's row: see engine/engine.h. */
void duckdb_engine_print_sql(struct arena *arena, const struct plan *plan, struct text_buffer *out);
MUST_CHECK bool duckdb_engine_stage(struct engine *engine, const struct plan *plan, struct run *run, struct error *err);
MUST_CHECK bool duckdb_engine_name_outcome(struct engine *engine, const struct plan *plan, const struct run *run,
                                           unsigned outcomes, struct error *err);
MUST_CHECK bool duckdb_engine_deduplicate(struct engine *engine, const struct plan *plan, struct run *run,
                                          struct error *err);
MUST_CHECK bool duckdb_engine_account(struct engine *engine, const struct plan *plan, struct run *run,
                                      struct error *err);
MUST_CHECK bool duckdb_engine_sample(struct engine *engine, struct arena *arena, const struct plan *plan,
                                     enum sample_kind kind, size_t index, struct sample_row *ret_rows,
                                     size_t *ret_count, struct error *err);
MUST_CHECK bool duckdb_engine_count_passing(struct engine *engine, const struct expr *expr, uint64_t *ret_passed,
                                            uint64_t *ret_total, struct error *err);
MUST_CHECK bool duckdb_engine_keep_records(struct engine *base, const struct plan *plan, const char *name,
                                           uint64_t limit, struct error *err);
MUST_CHECK bool duckdb_engine_summarize(struct engine *base, struct arena *arena, const struct plan *plan,
                                        uint64_t limit, struct record_summary *ret_summary, struct error *err);
MUST_CHECK bool duckdb_engine_find_partitions(struct engine *engine, const struct plan *plan, struct run *run,
                                              struct error *err);
MUST_CHECK bool duckdb_engine_find_inputs(struct engine *engine, const struct plan *plan,
                                          void (*add)(size_t partition, size_t file, void *context), void *context,
                                          struct error *err);
MUST_CHECK bool duckdb_engine_write_silver(struct engine *engine, const struct plan *plan, struct run *run,
                                           const char *directory, const char *file_name, struct error *err);
MUST_CHECK bool duckdb_engine_write_quarantine(struct engine *engine, const struct plan *plan, const struct run *run,
                                               const char *path, uint64_t *ret_rows, struct error *err);
MUST_CHECK bool duckdb_engine_write_rejects(struct engine *engine, const struct plan *plan, const struct run *run,
                                            const char *path, uint64_t *ret_count, struct error *err);
MUST_CHECK bool duckdb_engine_count_conditions(struct engine *engine, const struct plan *plan, struct run *run,
                                               struct error *err);
void duckdb_engine_print_gold_query(const struct plan *plan, const struct run *run, struct text_buffer *sql);
MUST_CHECK bool duckdb_engine_load_gold(struct engine *engine, const struct plan *plan, const struct run *run,
                                        const struct gold_target *target, uint64_t *ret_rows, struct error *err);
void duckdb_engine_print_placed_gold_query(const struct plan *plan, const struct run *run, struct text_buffer *sql);
void duckdb_engine_print_key_query(const struct plan *plan, const struct run *run, struct text_buffer *sql);
MUST_CHECK bool duckdb_engine_quarantine_noted(struct engine *engine, const char *column, const char *why,
                                               uint64_t *ret_count, struct error *err);
MUST_CHECK bool duckdb_engine_keep_taken(struct engine *engine, const struct plan *plan, struct run *run,
                                         const char *name, struct error *err);
MUST_CHECK bool duckdb_engine_settle_standing(struct engine *engine, const struct plan *plan, struct run *run,
                                              struct s3 *s3, const char *const *paths, size_t n_paths,
                                              struct error *err);
MUST_CHECK bool duckdb_engine_find_displaced(struct engine *engine, struct arena *arena, const struct plan *plan,
                                             const char ***ret_paths, size_t *ret_count, uint64_t *ret_rows,
                                             struct error *err);
MUST_CHECK bool duckdb_engine_write_undisplaced(struct engine *engine, const struct plan *plan, const struct run *run,
                                                const char *from, const char *to, struct error *err);
MUST_CHECK bool duckdb_engine_find_fates(struct engine *engine, const struct plan *plan, const char *name,
                                         struct error *err);
MUST_CHECK bool duckdb_engine_number_partitions(struct engine *engine, const struct plan *plan, struct error *err);

/* The statement that finds the rows to remove, as the table `losers`. */
void deduplicate_print_sql(const struct plan *plan, struct text_buffer *sql);
/* The statement that numbers the partitions of the passed rows, as the table `partitions`. */
void partitions_print_sql(const struct plan *plan, struct text_buffer *sql);
/* Adds the list of a row's reasons, as _failed_rules. */
void quarantine_print_reasons(const struct stage_layout *layout, struct text_buffer *sql);
/* The query of the rows that did not pass, with their reasons, but those of the fate `left_out`. Of sources that are
 * not open (NULL) no header is known. */
void quarantine_print_query(const struct stage_layout *layout, const struct sources *sources, const struct run *run,
                            enum row_fate left_out, struct text_buffer *sql);

/* read.c: whether the engine has no room left, within its limit of memory or on disk. */
bool error_is_about_space(const struct error *err);

/* raw_records.c: whether there are files of records that have bytes of their own. */
bool plan_has_text_source(const struct plan *plan);
/* Reads the records of the rows of that query again, into the table `raw_records`. ERROR_ENVIRONMENT where a file is no
 * longer what it was. */
MUST_CHECK bool raw_records_fetch(struct duckdb_engine *engine, const struct plan *plan, enum row_fate left_out,
                                  struct error *err);
/* Adds the columns of the quarantine that tell the record itself, and the FROM. */
void raw_records_print(struct arena *arena, const struct sources *sources, const struct plan *plan,
                       struct text_buffer *sql);

/* The technical columns, the same in every row of a run, under these names. */
void technical_print(const struct run *run, const char *id_name, const char *instant_name, struct text_buffer *sql);
/* "(FORMAT parquet, ...", without the closing parenthesis. DuckDB's dictionaries take 0.0 and -0.0 for one value and
 * keep the first: where there is a -0.0, none are made. */
void parquet_print_options(const struct run *run, const char *compression, struct text_buffer *sql);
/* The statements that write silver: below a directory, by partition; or to one file. */
void silver_print_partitioned(const struct plan *plan, const struct run *run, const char *directory,
                              struct text_buffer *sql);
void silver_print_plain(const struct plan *plan, const struct run *run, const char *path, struct text_buffer *sql);
/* The statements for more partitions than are written at once: the passed rows as the table `sorted_rows`, by the
 * number of their partition; and of them those from one number to before another, by partition or to one file. */
void silver_print_sorting(const struct plan *plan, struct text_buffer *sql);
void silver_print_sorted(const struct plan *plan, const struct run *run, size_t from, size_t to, const char *path,
                         bool by_partition, struct text_buffer *sql);
/* The query of the passed rows, with the number of their partition: out of the table `sorted_rows`, or as they lie. */
void silver_print_numbered(const struct plan *plan, const struct run *run, bool is_sorted, struct text_buffer *sql);

/* write_files.c: writes all partitions below a directory by parquet/'s writer; `ret_is_written` is false where that has
 * not all of the types, or not the compression. */
MUST_CHECK bool silver_files_write(struct duckdb_engine *engine, const struct plan *plan, struct run *run,
                                   const char *directory, const char *file_name, bool *ret_is_written,
                                   struct error *err);
/* What DuckDB may hold, and its threads. */
MUST_CHECK bool engine_limits(struct duckdb_engine *engine, uint64_t *ret_memory_bytes, uint64_t *ret_threads,
                              struct error *err);

/* How many partitions are written at once by COPY. */
struct silver_batches {
  size_t size;
  bool is_sorted; /* there are several: they are written out of the table `sorted_rows` */
};
MUST_CHECK bool silver_batches_begin(struct duckdb_engine *engine, const struct plan *plan, const struct run *run,
                                     struct silver_batches *ret_batches, struct error *err);
/* Writes the partitions from one number to before another as <directory>/crisol_partition=<number>/data_0.parquet. */
MUST_CHECK bool silver_batch_write(struct duckdb_engine *engine, const struct plan *plan, const struct run *run,
                                   const struct silver_batches *batches, size_t from, size_t to, const char *directory,
                                   struct error *err);
MUST_CHECK bool silver_batches_end(struct duckdb_engine *engine, const struct silver_batches *batches,
                                   struct error *err);

#endif
