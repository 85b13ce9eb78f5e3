/* What the files of the engine of Spark share.
 *
 * The cluster and crisol see one place, the run's staging place beside the lake: what Spark writes there crisol reads,
 * and the reverse. Below it are directories of Parquet:
 *
 *   spark/staged      the stage's rows, one a record, as engine/rows/layout.h has them; never changed
 *   spark/losers      (file, position) of the rows that lost to another one of their key
 *   spark/unfit/<n>   (file, position, unfit) of the rows that gold does not take, written by crisol
 *   spark/partitions  a row a partition, with its number
 *   spark/gold        the rows for gold, (file, position, g<i> by gold column, b<i> by business rule)
 *
 * Of the session's views `staged` is the first of them, and `rows` what is left of it: less the losers, and with the
 * fate of the unfit. A view is defined anew when one of its parts is there. */
#ifndef CRISOL_ENGINE_SPARK_ENGINE_INTERNAL_H
#define CRISOL_ENGINE_SPARK_ENGINE_INTERNAL_H

#include "engine/engine.h"
#include "engine/rows/counts.h"
#include "engine/rows/layout.h"
#include "engine/rows/text_source.h"
#include "engine/spark/session.h"

#include <pthread.h>

struct spark_engine {
  struct engine base;
  struct arena *arena;
  const struct plan *plan;
  struct reader **readers; /* by source */
  struct drift drift;
  struct spark_remote remote;
  pthread_mutex_t session_lock;  /* of the pointer: others interrupt and ask for progress */
  struct spark_session *session; /* NULL: not yet */
  struct run *run;               /* what is run, since it was staged: it is told the ids of what writes; NULL before */
  const char *place;             /* <staging>/spark; NULL: not yet */
  bool is_staged, has_losers, has_gold;
  size_t n_unfit; /* files below spark/unfit */
};

/* An engine that this driver has opened. */
static inline struct spark_engine *spark_engine_of(struct engine *engine)
{
  return (struct spark_engine *)(void *)engine;
}

static inline const struct spark_engine *spark_engine_of_const(const struct engine *engine)
{
  return (const struct spark_engine *)(const void *)engine;
}

/* stage_sql.c: statements in Spark SQL. */

/* The columns that an expression of the plan may name: those of silver, and, as gold and partitions see them, the
 * partition values p<i> and the technical ones. The scope's arrays are in `arena`. */
struct expr_scope spark_scope(struct arena *arena, const struct plan *plan);
/* Adds an expression of the plan over them. */
void spark_print(const struct spark_engine *engine, const struct expr_scope *scope, const struct expr *expr,
                 struct text_buffer *sql);
/* The query of the stage: over the views source_0, source_1, ... */
void spark_print_stage(const struct spark_engine *engine, const struct plan *plan, struct text_buffer *sql);
/* "SELECT v0, r0, ...": the columns that each source gives to the stage, as engine/spark/job.h has them. */
void spark_print_source_columns(const struct stage_layout *layout, struct text_buffer *sql);
/* The query of how many keys may be repeated, by their hashes. */
void spark_print_repeated(const struct plan *plan, struct text_buffer *sql);
/* The query of (file, position) of the rows that lose to another of their key. */
void spark_print_losers(const struct plan *plan, struct text_buffer *sql);
/* The query of the view `rows` over what is there. */
void spark_print_rows(const struct spark_engine *engine, struct text_buffer *sql);
/* The query of the partitions of the passed rows: id, p<i>, n_rows, empty<i> (of them, how many have an empty text),
 * and what partitions_name asks for: text<i>, faithful<i>, utc<i>. */
void spark_print_partitions(const struct spark_engine *engine, const struct plan *plan, struct text_buffer *sql);
/* The query of silver's columns, with crisol_partition behind them where there are partitions; without these one task
 * writes all, unless it is large. */
void spark_print_silver(const struct plan *plan, const struct run *run, bool is_large, struct text_buffer *sql);
/* The query of the rows that did not pass, with their reasons, but those of the fate `left_out`. */
void spark_print_quarantine(const struct spark_engine *engine, const struct run *run, enum row_fate left_out,
                            struct text_buffer *sql);
/* The query of the rows for gold: file, position, g<i>, b<i>. */
void spark_print_gold(const struct spark_engine *engine, const struct plan *plan, const struct run *run,
                      struct text_buffer *sql);

/* parquet.c */

/* Opens a source of Parquet files: the view parquet_<index>, and the source's columns. */
MUST_CHECK bool spark_open_parquet(struct spark_engine *engine, struct plan_source *source, size_t index,
                                   struct error *err);
/* Adds a problem for what cannot be done with them here. */
void spark_check_parquet(const struct plan *plan, struct problem_list *problems);
/** Names each entry of spark.config that would change what a statement means. */
void spark_check_config(const struct plan *plan, struct problem_list *problems);
/* Adds the query of source `index`, the columns of spark_print_source_columns. */
void spark_print_parquet_source(const struct spark_engine *engine, const struct stage_layout *layout, size_t index,
                                struct text_buffer *sql);
/* ERROR_ENVIRONMENT where a footer promises another number of rows than was read, by file of the plan. */
MUST_CHECK bool spark_count_parquet(struct spark_engine *engine, const struct plan_source *source,
                                    const uint64_t *read_by_file, struct error *err);

/* rows.c */

/* The session, opened when it is asked for first. */
MUST_CHECK bool spark_engine_connect(struct spark_engine *engine, struct error *err);
/* "file:///..." of a local path, "s3a://..." of an object: for Hadoop, which decodes nothing in them. */
const char *spark_path(struct arena *arena, const char *path);
/* The option, key and value, with which a path to be read is no pattern. */
extern const char *const spark_exact_paths[];
/* Writes a query as Parquet below the engine's place, and makes a view of its name over it. */
MUST_CHECK bool spark_keep(struct spark_engine *engine, const char *name, const char *sql, struct error *err);
/* Writes a query as Parquet into a directory, which is made. */
MUST_CHECK bool spark_write_query(struct spark_engine *engine, const char *sql, const char *directory,
                                  const char *compression, const char *partition_by, struct error *err);
/* Makes a view over the Parquet files of a directory. */
MUST_CHECK bool spark_view_directory(struct spark_engine *engine, const char *name, const char *directory,
                                     struct error *err);
/* Defines `rows` by what is there now. */
MUST_CHECK bool spark_define_rows(struct spark_engine *engine, struct error *err);
/* The Parquet files in a directory that Spark has written, sorted; none of the hidden ones. */
MUST_CHECK bool spark_list_parts(struct arena *arena, const char *directory, const char ***ret_paths, size_t *ret_count,
                                 struct error *err);

/* the driver's row: see engine/engine.h */
MUST_CHECK bool spark_engine_open_sources(struct engine *engine, struct plan *plan, struct error *err);
MUST_CHECK bool spark_engine_stage(struct engine *engine, const struct plan *plan, struct run *run, struct error *err);
MUST_CHECK bool spark_engine_deduplicate(struct engine *engine, const struct plan *plan, struct run *run,
                                         struct error *err);
MUST_CHECK bool spark_engine_account(struct engine *engine, const struct plan *plan, struct run *run,
                                     struct error *err);
MUST_CHECK bool spark_engine_sample(struct engine *engine, struct arena *arena, const struct plan *plan,
                                    enum sample_kind kind, size_t index, struct sample_row *ret_rows, size_t *ret_count,
                                    struct error *err);
MUST_CHECK bool spark_engine_count_passing(struct engine *engine, const struct expr *expr, uint64_t *ret_passed,
                                           uint64_t *ret_total, struct error *err);
MUST_CHECK bool spark_engine_find_partitions(struct engine *engine, const struct plan *plan, struct run *run,
                                             struct error *err);
MUST_CHECK bool spark_engine_find_inputs(struct engine *engine, const struct plan *plan,
                                         void (*add)(size_t partition, size_t file, void *context), void *context,
                                         struct error *err);
MUST_CHECK bool spark_engine_write_silver(struct engine *engine, const struct plan *plan, struct run *run,
                                          const char *directory, const char *file_name, struct error *err);
MUST_CHECK bool spark_engine_write_quarantine(struct engine *engine, const struct plan *plan, const struct run *run,
                                              const char *path, uint64_t *ret_rows, struct error *err);
MUST_CHECK bool spark_engine_write_rejects(struct engine *engine, const struct plan *plan, const struct run *run,
                                           const char *path, uint64_t *ret_count, struct error *err);

/* gold.c */

/* Lets Spark write the rows for gold, once, and opens them to crisol's own database: `spark_gold`, the rows as they
 * are; the table `spark_unfit` (file, position) has those that are not to be sent. */
MUST_CHECK bool spark_stage_gold(struct spark_engine *engine, const struct plan *plan, const struct run *run,
                                 struct error *err);
/* Finds the values that gold does not take, and lets their rows leave. */
MUST_CHECK bool spark_find_unfit(struct spark_engine *engine, const struct plan *plan, const struct run *run,
                                 struct error *err);
MUST_CHECK bool spark_engine_count_conditions(struct engine *engine, const struct plan *plan, struct run *run,
                                              struct error *err);
MUST_CHECK bool spark_engine_load_gold(struct engine *engine, const struct plan *plan, const struct run *run,
                                       const struct gold_target *target, uint64_t *ret_rows, struct error *err);
void spark_engine_print_placed_gold_query(const struct plan *plan, const struct run *run, struct text_buffer *sql);
void spark_engine_print_key_query(const struct plan *plan, const struct run *run, struct text_buffer *sql);
MUST_CHECK bool spark_engine_quarantine_noted(struct engine *engine, const char *column, const char *why,
                                              uint64_t *ret_count, struct error *err);
MUST_CHECK bool spark_engine_number_partitions(struct engine *engine, const struct plan *plan, struct error *err);

#endif
