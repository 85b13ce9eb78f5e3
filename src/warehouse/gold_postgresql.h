/* What the files that write gold in PostgreSQL share. */
#ifndef CRISOL_WAREHOUSE_GOLD_POSTGRESQL_H
#define CRISOL_WAREHOUSE_GOLD_POSTGRESQL_H

#include "warehouse/gold_internal.h"

/* The table that is there, and the types that the plan wants. */
struct postgresql_columns {
  struct gold_table is;
  const char **wanted; /* types, by gold column */
  bool is_free;        /* no row of the table stays: its columns may become whatever is wanted */
};

/** Reads how the table's columns stand, and what types the plan wants of them. */
MUST_CHECK bool postgresql_read_columns(struct arena *arena, struct warehouse *warehouse, const struct plan *plan,
                                        struct postgresql_columns *ret_columns, struct error *err);
/* Index of a column of the table that is there, or NO_COLUMN; quoted names are case-sensitive. */
int postgresql_find_column(const struct postgresql_columns *columns, const char *name);
/* Its type, as format_type() names it. */
const char *postgresql_existing_type(const struct postgresql_columns *columns, int index);

/* What the plan's column is in PostgreSQL; NULL where it has nothing for the type. */
const char *postgresql_type_name(struct arena *arena, const struct plan_gold_column *column);
/* How a column of a type that postgresql_type_name answers is copied. */
enum copy_type postgresql_copy_type(const char *name);

/* The type that a column of gold has in the table once it is migrated. */
const char *postgresql_type_in_table(const struct plan *plan, const struct postgresql_columns *columns,
                                     const char *name);

/* "gold"."payments" */
void postgresql_add_table(const struct plan *plan, struct text_buffer *sql);
/* ("id" text NOT NULL, ...) */
void postgresql_add_definitions(const struct plan *plan, const struct postgresql_columns *columns, bool has_constraints,
                                struct text_buffer *sql);
/* Whether column i of the plan is there and has to be widened, or, where no row stays, changed. */
bool postgresql_is_retyped(const struct plan *plan, const struct postgresql_columns *columns, size_t i);
/* ERROR_CONFIG where something of the table, or its name, stands in the way of what this run does to it. */
MUST_CHECK bool postgresql_check_table(struct warehouse *warehouse, const struct plan *plan,
                                       const struct postgresql_columns *columns, struct error *err);
/* Tries on an empty copy what is to become of the columns: ERROR_CONFIG with the server's reason where a default, a
 * constraint or an index does not go with it. */
MUST_CHECK bool postgresql_try_changes(struct warehouse *warehouse, const struct plan *plan,
                                       const struct postgresql_columns *columns, struct error *err);
/** Fails where the table, which is locked and counted as empty before, has rows meanwhile. */
MUST_CHECK bool postgresql_check_empty(struct warehouse *warehouse, const struct plan *plan,
                                       const struct postgresql_columns *columns, struct error *err);
/* The statements that make the table what the plan wants: none where it is. The second one says so in the log. */
void postgresql_add_alterations(const struct plan *plan, const struct postgresql_columns *columns,
                                struct text_buffer *sql);
/** The same, and each alteration is logged. */
void postgresql_add_migration(const struct plan *plan, const struct postgresql_columns *columns,
                              struct text_buffer *sql);
/* A column that may be null now, or that the plan lacks, must not stay NOT NULL. */
void postgresql_add_relaxations(const struct plan *plan, const struct postgresql_columns *columns,
                                struct text_buffer *sql);

/* "gold"."payments" AS old, without the tables that inherit from it: what is deleted from, or counted. */
void postgresql_add_old(const struct plan *plan, const struct postgresql_columns *columns, struct text_buffer *sql);
/* Where the table has triggers: that no row is left of those that were deleted (`rest`: the relations that they are
 * joined with, WHERE and condition; NULL: all), and that all rows of `staged` stand in the table. ERROR_CONFIG where
 * not. */
MUST_CHECK bool postgresql_check_deleted(struct warehouse *warehouse, const struct plan *plan,
                                         const struct postgresql_columns *columns, const char *rest, struct error *err);
/** Whether an expression, as the server prints it, may fail on a value that its columns take: true where that is not
 * known. */
bool postgresql_may_fail(const char *expression);
/** The same of the rows that were inserted or copied. */
MUST_CHECK bool postgresql_check_written(struct warehouse *warehouse, const struct plan *plan,
                                         const struct postgresql_columns *columns, const char *staged,
                                         struct error *err);
/* Runs an INSERT of the rows of `staged`; the same of the rows that it writes. */
MUST_CHECK bool postgresql_insert_watched(struct warehouse *warehouse, const struct plan *plan,
                                          const struct postgresql_columns *columns, const char *staged,
                                          const char *insert, uint64_t *ret_rows, struct error *err);
/* Runs a SELECT over the relation `gold` (oid, relkind, relhassubclass): pg_class's row of the table, or none. */
MUST_CHECK bool postgresql_query_table(struct arena *arena, struct warehouse *warehouse, const struct plan *plan,
                                       const char *select, struct table *ret_table, struct error *err);
/* Quarantines rows that are too large for the table or an index on it, as far as that can be found before loading. */
MUST_CHECK bool postgresql_settle_sizes(struct warehouse *warehouse, struct engine *engine, const struct plan *plan,
                                        const struct run *run, struct error *err);
/* Copies the rows of a query of the engine into a table ("name" or "name (columns)"). */
MUST_CHECK bool postgresql_copy_rows(struct warehouse *warehouse, struct engine *engine, const char *query,
                                     const char *into, const enum copy_type *copy_types, size_t n_types,
                                     uint64_t *ret_rows, struct error *err);
/** Copies the run's partitions into a table with the columns p0, p1, ..., which are named in `into`. */
MUST_CHECK bool postgresql_copy_partitions(struct warehouse *warehouse, struct engine *engine, const struct plan *plan,
                                           const char *into, const enum copy_type *copy_types, struct error *err);
/* Delete what the `n_rows` rows of `staged`, a temporary table that is analyzed, replace by the key of the upsert; the
 * second one only what has a null in its key, which no unique index finds again. */
MUST_CHECK bool postgresql_delete_keys(struct warehouse *warehouse, const struct plan *plan,
                                       const struct postgresql_columns *columns, const char *staged, uint64_t n_rows,
                                       struct error *err);
/** Deletes the rows whose key is staged and has a null, which no equality finds. */
MUST_CHECK bool postgresql_delete_null_keys(struct warehouse *warehouse, const struct plan *plan,
                                            const struct postgresql_columns *columns, const char *staged,
                                            struct error *err);
/* The type in which values of a column are compared: its own, without a length, which would cut. */
void postgresql_add_compared_type(const char *type, struct text_buffer *sql);
/** Adds old."name", or an array of it in the compared type: those of a table that is yet to be migrated may still have
 * another, and arrays are equal only where their types are. */
void postgresql_add_old_value(const char *name, const char *type, bool is_array, struct text_buffer *sql);
/* For the rest of the transaction: joins by hash tables, and memory for them. */
extern const char postgresql_hash_settings[];
/* The engine's table `partitions` as pg_temp.crisol_partitions; the condition that a row called old is of none of them.
 */
MUST_CHECK bool postgresql_send_partitions(struct warehouse *warehouse, struct engine *engine, const struct plan *plan,
                                           struct error *err);
/** Adds the condition that tells the rows which are not of these partitions. */
void postgresql_add_untouched(const struct plan *plan, const struct postgresql_columns *columns,
                              struct text_buffer *sql);
/* Deletes the rows of the partitions that this run has rows for. */
MUST_CHECK bool postgresql_delete_partitions(struct warehouse *warehouse, struct engine *engine,
                                             const struct plan *plan, const struct postgresql_columns *columns,
                                             struct error *err);

#endif
