/* What the files of the embedded engine share. */
#ifndef CRISOL_ENGINE_DUCKDB_ENGINE_INTERNAL_H
#define CRISOL_ENGINE_DUCKDB_ENGINE_INTERNAL_H

#include "base/workspace.h"
#include "engine/duckdb/engine.h"
#include "engine/duckdb/sources.h"
#include "engine/duckdb/stage.h"

struct engine {
  struct arena *arena;
  struct database *database;
  struct database *copy_database; /* another connection, or NULL */
  int64_t instant_us;
  struct sources *sources;
  const char *temp_directory;            /* where it spills */
  struct workspace *workspace;           /* that directory; NULL: nothing is staged yet */
  const struct schema_property *stopped; /* by a limit in the check of a value; NULL: none */
};

/* "(w0 & 4) <> 0" for one rule. */
void rule_bit_print(size_t rule, struct text_buffer *out);
/* Parses a cell that holds an unsigned number; NULL is 0. */
uint64_t cell_number(const struct table *table, size_t row, size_t column);

/* Adds a hint that names up to three rows: "12x" (payments.csv, line 17). `value` is SQL for what is shown of a row,
 * `where` a condition on `rows`. */
void hint_first_rows(struct engine *engine, const struct plan *plan, const char *value, const char *where,
                     struct error *err);
/* The statement that finds the rows to remove, as the table `losers`. */
void deduplicate_print_sql(const struct plan *plan, struct text_buffer *sql);
/* The statement that numbers the partitions of the passed rows, as the table `partitions`. */
void partitions_print_sql(const struct plan *plan, struct text_buffer *sql);
/* The query of the rows that did not pass, with their reasons, but those of the fate `left_out`. */
void quarantine_print_query(const struct stage_layout *layout, const struct run *run, enum row_fate left_out,
                            struct text_buffer *sql);

/* The technical columns, the same in every row of a run, under these names. */
void technical_print(const struct run *run, const char *id_name, const char *instant_name, struct text_buffer *sql);
/* The statements that write silver: below a directory, by partition; or to one file. */
void silver_print_partitioned(const struct plan *plan, const struct run *run, const char *directory,
                              struct text_buffer *sql);
void silver_print_plain(const struct plan *plan, const struct run *run, const char *path, struct text_buffer *sql);
/* The statements for more partitions than are written at once: the passed rows as the table `sorted_rows`, by the
 * number of their partition; and of them those from one number to before another, by partition or to one file. */
void silver_print_sorting(const struct plan *plan, struct text_buffer *sql);
void silver_print_sorted(const struct plan *plan, const struct run *run, size_t from, size_t to, const char *path,
                         bool by_partition, struct text_buffer *sql);
/* How many partitions are written at once. */
struct silver_batches {
  size_t size;
  bool is_sorted; /* there are several: they are written out of the table `sorted_rows` */
};
MUST_CHECK bool silver_batches_begin(struct engine *engine, const struct plan *plan, const struct run *run,
                                     struct silver_batches *ret_batches, struct error *err);
/* Writes the partitions from one number to before another as <directory>/crisol_partition=<number>/data_0.parquet. */
MUST_CHECK bool silver_batch_write(struct engine *engine, const struct plan *plan, const struct run *run,
                                   const struct silver_batches *batches, size_t from, size_t to, const char *directory,
                                   struct error *err);
MUST_CHECK bool silver_batches_end(struct engine *engine, const struct silver_batches *batches, struct error *err);

#endif
