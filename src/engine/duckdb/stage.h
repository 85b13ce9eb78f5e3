/** The stage: one scan of the inputs that renames, casts, fills defaults, evaluates every rule and checks the schema.
 * It fills the temporary table `rows`, one row a record; docs/architecture.md lists its columns. */
#ifndef CRISOL_ENGINE_DUCKDB_STAGE_H
#define CRISOL_ENGINE_DUCKDB_STAGE_H

#include "engine/rows/layout.h"

/** Adds the statement that creates `rows`. Source i is read from table function crisol_source_<i> or read_parquet. */
void stage_print_sql(const struct stage_layout *layout, struct text_buffer *out);

/** Adds the query of all records that the plan's sources have: r<i> and k<i> by the plan's columns, and their places.
 */
void stage_print_sources(const struct plan *plan, struct text_buffer *out);

/** Adds `sql`, a value of `type`, as text: as Spark casts it to a string, nested values as JSON. */
void spark_text_print(const struct type *type, const char *sql, const char *timezone, struct text_buffer *out);

/** Adds whether `sql`, a value of `type`, is the same value when that text is cast back to the type: a local time that
 * comes twice is not, the second time. True for types whose text is no value of theirs. */
void spark_text_print_is_faithful(const struct type *type, const char *sql, const char *timezone,
                                  struct text_buffer *out);

#endif
