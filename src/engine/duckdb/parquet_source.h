/* A source of Parquet files, opened: groups of files whose columns are read alike, each by one scan. Files of one
 * source may have the same column in types that DuckDB would not unite as Spark does: INT96 beside a timestamp, uint64
 * beside int64. */
#ifndef CRISOL_ENGINE_DUCKDB_PARQUET_SOURCE_H
#define CRISOL_ENGINE_DUCKDB_PARQUET_SOURCE_H

#include "duckdb/parquet_columns.h"
#include "plan/plan.h"

struct parquet_group {
  size_t *files; /* of the source, in their order */
  size_t n_files, files_capacity;
  bool is_united;                 /* its files do not have the same columns */
  struct parquet_column *columns; /* in DuckDB's order */
  size_t *places;                 /* of each among the source's columns */
  size_t n_columns, columns_capacity;
};

struct parquet_reading {
  const char **paths; /* by file: where it is read */
  struct parquet_group *groups;
  size_t n_groups;
};

/* Opens the source: fills its columns and `parquet`, and adds to `drift` how its files differ, which is logged.
 * `copies` (by file) has the copies without annotations that are read in the place of files, or NULL. A file that needs
 * one and has none sets *ret_needs_copy to its number, else it is NO_COLUMN.
 * ERROR_CONFIG, with both types named, where no type holds what two files have of a column. */
MUST_CHECK bool parquet_source_open(struct arena *arena, struct database *database, struct plan_source *source,
                                    const char *const *copies, struct drift *drift, int *ret_needs_copy,
                                    struct error *err);

/* Adds the list of the files where the source's are read: sql_add_file, or sql_add_file_name. */
void parquet_source_print_paths(const struct plan_source *source,
                                void (*add)(struct text_buffer *sql, const char *path), struct text_buffer *sql);

/* Beside a copy: the file that has its schema with the annotations. */
char *parquet_schema_path(struct arena *arena, const char *copy);

/* Adds the SELECT of the source for the stage: r<i> for each column of the plan, k<i> for those whose kind is needed
 * (stage_needs_kind), and the place of each row. */
void parquet_source_print(const struct plan *plan, const struct plan_source *source, struct text_buffer *out);

#endif
