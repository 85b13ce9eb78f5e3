/** What the stage of any engine leaves: the table `rows`, one row a record, whose columns docs/architecture.md lists;
 * where each cast's, rule's and check's bits are in it; and the conditions over those bits, in SQL that DuckDB and
 * Spark read alike. */
#ifndef CRISOL_ENGINE_ROWS_LAYOUT_H
#define CRISOL_ENGINE_ROWS_LAYOUT_H

#include "plan/run.h"

enum { CASTS_PER_WORD = 31, RULES_PER_WORD = 62 };

/** Where each column's and rule's bits are. */
struct stage_layout {
  const struct plan *plan;
  size_t *casts; /* plan columns with bits in the cast words: those that are read, then those that are made */
  size_t n_casts, n_read_casts;
  size_t n_cast_words, n_rule_words;
  size_t n_read_cast_words;
  size_t *checked; /* plan columns with an element in `schema`, in order */
  size_t n_checked;
};

/** Finds the places of the plan's bits; the arrays are in `arena`. */
void stage_layout_init(struct arena *arena, const struct plan *plan, struct stage_layout *ret_layout);

/** Whether a source has the column, or would: it is neither made nor the element of an exploded list. */
bool stage_is_read(const struct plan_column *column);
/** Whether the column is a struct of the schema, whose unknown keys are counted. */
bool stage_counts_keys(const struct plan_column *column);

/** The place of a column in `casts`; n_casts where it has none. */
size_t stage_find_cast(const struct stage_layout *layout, size_t column);

/** Whether casts of made columns have bits in this word: it is printed again once those are there. */
bool stage_adds_made_bits(const struct stage_layout *layout, size_t word);
/** Adds "CAST(c0 | CASE ... END AS BIGINT) AS c0" with the bits of made columns, in SQL of both engines. */
void stage_print_made_word(const struct stage_layout *layout, size_t word, struct text_buffer *out);

/** Whether the scan gives the column's kind k<i> too (enum reader_kind), which the schema's checks alone look at. Every
 * column of a statement costs DuckDB time for planning, whether it is used or not. */
bool stage_needs_kind(const struct plan_column *column);

/** Whether rows are looked at for values that gold does not take: `rows` has a column `unfit` then, reasons of the
 * quarantine, null where there is none. */
bool stage_has_unfit(const struct plan *plan);

/** Whether a row that has passed may have to leave later, and so to be told as it was read. */
bool stage_leaves_later(const struct plan *plan);

/** Adds what the quarantine holds of a column that keeps its name: the value as it was read, of a made column, which
 * nobody has read, the value before its cast; null where the record is malformed. */
void stage_print_as_read(const struct plan *plan, size_t column, struct text_buffer *out);

/** Adds "(w0 & 4) <> 0": whether a row fails the rule. */
void stage_print_rule_bit(size_t rule, struct text_buffer *out);

/** Adds "(c0 & 5) <> 0 OR ..." over the nulled bits of the casts with this treatment; FALSE where there is none. */
void stage_print_cast_mask(const struct stage_layout *layout, enum on_error on_error, struct text_buffer *out);

/** The same over the rules with these treatments; FALSE where there is none. */
void stage_print_rule_mask(const struct stage_layout *layout, const enum on_fail *treatments, size_t n_treatments,
                           struct text_buffer *out);

/** Adds s<i> | s<j> | ... of `count` checked columns from number `first` on, at least one. */
void stage_print_any_check(const struct stage_layout *layout, size_t first, size_t count, struct text_buffer *out);

/** Adds the position of a row that explode makes of the record at `position`, by its number among the elements: one
 * that no other row has, and in the order of both. An element takes a byte of its record at least, but in Parquet,
 * where positions are numbers of rows. */
void stage_print_placed(const struct plan *plan, const char *position, const char *element, struct text_buffer *out);
/** Adds the position of the record that a row of `rows` was made of. `division`: the engine's operator of integers. */
void stage_print_origin(const struct plan *plan, const char *division, struct text_buffer *out);

/** Adds the CASE that gives the number of a row's fate (enum row_fate), from `reason`, the words, `schema`, `unfit`. */
void stage_print_fate(const struct stage_layout *layout, struct text_buffer *out);

#endif
