/* What the files that write gold share. */
#ifndef CRISOL_WAREHOUSE_GOLD_INTERNAL_H
#define CRISOL_WAREHOUSE_GOLD_INTERNAL_H

#include "warehouse/gold.h"
#include "warehouse/gold_table.h"

/* From so many columns on a row may be too large for a page of PostgreSQL, even with all moved out of it that can be.
 */
enum { GOLD_WIDE_COLUMNS = 250 };

/* Each does for its kind of database what gold.h says of gold_check, gold_prepare and gold_load. */
bool duckdb_check_gold(struct warehouse *warehouse, const struct plan *plan, const struct gold_table *table,
                       struct drift *drift, struct error *err);
bool duckdb_read_table(struct arena *arena, struct warehouse *warehouse, const struct plan *plan,
                       struct gold_table *ret_table, struct error *err);
/* ERROR_CONFIG where something of the table, or its name, stands in the way of what this run does to it; the same of a
 * change of one column. */
bool duckdb_check_table(struct warehouse *warehouse, const struct plan *plan, const struct gold_table *table,
                        struct error *err);
bool duckdb_check_change(struct warehouse *warehouse, const struct plan *plan, const char *column, struct error *err);
/* ERROR_CONFIG, with its name, where a foreign key of another table refers to rows of this one. */
bool duckdb_refuse_referrer(struct warehouse *warehouse, const struct plan *plan, struct error *err);
/* Lets the insertion of an upsert update such rows in their places, where that can be done. */
bool duckdb_update_in_place(struct warehouse *warehouse, const struct plan *plan, struct text_buffer *insert,
                            bool *ret_is_updated, struct error *err);
bool duckdb_prepare_gold(struct warehouse *warehouse, const struct plan *plan, const struct gold_table *table,
                         struct error *err);
bool duckdb_settle_keys(struct warehouse *warehouse, struct engine *engine, const struct plan *plan,
                        const struct run *run, struct error *err);
bool duckdb_load_gold(struct warehouse *warehouse, struct engine *engine, const struct plan *plan,
                      const struct run *run, struct error *err);
bool postgresql_read_table(struct arena *arena, struct warehouse *warehouse, const struct plan *plan,
                           struct gold_table *ret_table, struct error *err);
bool postgresql_check_gold(struct warehouse *warehouse, const struct plan *plan, const struct gold_table *table,
                           struct drift *drift, struct error *err);
bool postgresql_prepare_gold(struct warehouse *warehouse, const struct plan *plan, const struct gold_table *table,
                             struct error *err);
bool postgresql_settle_keys(struct warehouse *warehouse, struct engine *engine, const struct plan *plan,
                            const struct run *run, struct error *err);
bool postgresql_load_gold(struct warehouse *warehouse, struct engine *engine, const struct plan *plan,
                          const struct run *run, struct error *err);

/* Adds "(SELECT ...)" of the rowids in the DuckDB file's table that are of the partitions of this run. */
void duckdb_add_touched(const struct plan *plan, struct text_buffer *sql);

/* Adds how the dataset makes a column that the table has as `from` (NULL: it lacks it). `kind` is that of its
 * type: DRIFT_NARROWED where the table's holds the values. A column that only the table has is DRIFT_MISSING. Columns
 * are added at the end of a table, and found by their names: their order is no drift. */
void gold_compare_column(struct drift *drift, const char *name, const char *from, const char *to, enum drift_kind kind);
void gold_note_missing(struct drift *drift, const char *name);

/* Whether gold has a column of this name. */
bool gold_has_column(const struct plan *plan, const char *name);
/* Gold's column of this very name, or NULL. */
const struct plan_gold_column *gold_find_column(const struct plan *plan, const char *name);

/* What of the table a run replaces, by output.gold.mode. */
enum gold_replacement { REPLACES_NOTHING, REPLACES_ALL, REPLACES_PARTITIONS, REPLACES_KEYS };
enum gold_replacement gold_replacement(const struct plan *plan);

/* Name of column i of the upsert's key, as gold has it; whether a column is of the key; "a", "b". */
const char *gold_key_name(const struct plan *plan, size_t i);
bool gold_is_key(const struct plan *plan, const char *name);
void gold_add_key(const struct plan *plan, struct text_buffer *sql);

/* Whether a NOT NULL of this column may be crisol's own: its dataset has once required it. */
bool gold_was_required(const struct warehouse *warehouse, const char *column);
/* ERROR_CONFIG where a column of the table takes no value that the run has, or wants one that it has not. */
bool gold_check_columns(const struct plan *plan, const struct gold_table *table, struct error *err);
/* ERROR_CONFIG with the DDL that a person would have to run; `from` and `to` are the database's own names of types. */
bool gold_refuse_type(const struct plan *plan, const char *name, const char *from, const char *to, struct error *err);
/* Quarantines the rows whose key, one of columns, an earlier row has, by the engine's equality; adds how many to
 * `count`. */
bool gold_settle_doubles(struct engine *engine, const struct plan *plan, const struct run *run, uint64_t *count,
                         struct error *err);
/* Whether rows that stay in the table may meet rows of the run in a key. */
bool gold_meets_standing(const struct plan *plan, const struct plan_gold_key *key);
/* ERROR_DEFECT where another number of rows was inserted than was counted. */
bool gold_check_inserted(const struct run *run, uint64_t inserted, struct error *err);

#endif
