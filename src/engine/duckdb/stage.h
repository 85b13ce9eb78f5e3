/** The stage: one scan of the inputs that renames, casts, fills defaults, evaluates every rule and checks the schema.
 * It fills the temporary table `rows`, one row a record; docs/architecture.md lists its columns. */
#ifndef CRISOL_ENGINE_DUCKDB_STAGE_H
#define CRISOL_ENGINE_DUCKDB_STAGE_H

#include "plan/run.h"

enum { CASTS_PER_WORD = 31, RULES_PER_WORD = 62 };

/** Where each column's and rule's bits are. */
struct stage_layout {
  const struct plan *plan;
  size_t *casts; /* plan columns with bits in the cast words, in order */
  size_t n_casts;
  size_t n_cast_words, n_rule_words;
  size_t *checked; /* plan columns with an element in `schema`, in order */
  size_t n_checked;
};

/** Whether rows are looked at for values that gold does not take; the level of the stage that does it, as a column
 * `unfit`: reasons of the quarantine, null where there is none; and what it asks for that the levels before lack. */
bool stage_has_unfit(const struct plan *plan);
void stage_print_unfit(const struct plan *plan, struct text_buffer *out);
void stage_print_derived(const struct plan *plan, struct text_buffer *out);

void stage_layout_init(struct arena *arena, const struct plan *plan, struct stage_layout *ret_layout);

/** Whether the column is a struct of the schema, whose unknown keys are counted. */
bool stage_counts_keys(const struct plan_column *column);

/** Whether the scan gives the column's kind k<i> too (enum reader_kind), which the schema's checks alone look at. Every
 * column of a statement costs DuckDB time for planning, whether it is used or not. */
bool stage_needs_kind(const struct plan_column *column);

/** Adds the statement that creates `rows`. Source i is read from table function crisol_source_<i> or read_parquet. */
void stage_print_sql(const struct stage_layout *layout, struct text_buffer *out);

/** Adds `sql`, a value of `type`, as text: as Spark casts it to a string, nested values as JSON. */
void spark_text_print(const struct type *type, const char *sql, const char *timezone, struct text_buffer *out);

/** Adds whether `sql`, a value of `type`, is the same value when that text is cast back to the type: a local time that
 * comes twice is not, the second time. True for types whose text is no value of theirs. */
void spark_text_print_is_faithful(const struct type *type, const char *sql, const char *timezone,
                                  struct text_buffer *out);

/** Adds "(c0 & 5) <> 0 OR ..." over the nulled bits of the casts with this treatment; FALSE where there is none. */
void stage_print_cast_mask(const struct stage_layout *layout, enum on_error on_error, struct text_buffer *out);

/** The same over the rules with these treatments; FALSE where there is none. */
void stage_print_rule_mask(const struct stage_layout *layout, const enum on_fail *treatments, size_t n_treatments,
                           struct text_buffer *out);

#endif
