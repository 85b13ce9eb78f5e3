/** A gold table as it stands in its database, whoever made or altered it: what a run looks at before it loads. */
#ifndef CRISOL_WAREHOUSE_GOLD_TABLE_H
#define CRISOL_WAREHOUSE_GOLD_TABLE_H

#include "warehouse/warehouse.h"

struct gold_table_column {
  const char *name;
  const char *type; /* as the database names it */
  const char *base; /* the same, but of a domain what it is made of */
  bool is_required; /* no null is taken: NOT NULL, a primary key, a domain that says so */
  bool
      stays_required; /* and it stays so: a person's NOT NULL or key. What crisol itself once required may be relaxed */
  bool has_default;
  bool is_identity;
  bool is_always_identity; /* GENERATED ALWAYS AS IDENTITY: an INSERT needs OVERRIDING SYSTEM VALUE */
  bool is_generated;       /* from other columns: it takes no value */
  const char *expression;  /* of a generated column, else its default; NULL: none */
  const char *comment;     /* NULL: none */
  int wanted;              /* the plan's gold column of that name, or NO_COLUMN: a person's own */
};

enum gold_key_kind { GOLD_PRIMARY_KEY, GOLD_UNIQUE, GOLD_UNIQUE_INDEX, GOLD_EXCLUSION };

/** What lets no two rows be alike in some columns. */
struct gold_table_key {
  enum gold_key_kind kind;
  const char *name;
  const char **columns; /* in their order; of a key on expressions or with a condition all that those speak of */
  size_t n_columns;
  bool is_plain;        /* on columns, of all rows: no expression, no condition, every column compared by its value */
  bool nulls_are_equal; /* two nulls count as alike */
  const char **parts;   /* of a key that is not plain, as the database writes them; NULL: it has not said */
  size_t n_parts;
  const char *condition; /* NULL: none */
  bool is_deferrable;    /* cannot be named by ON CONFLICT */
};

/** Lives as long as the arena that it was read into. */
struct gold_table {
  bool is_there;
  struct gold_table_column *columns;
  size_t n_columns;
  struct gold_table_key *keys;
  size_t n_keys;
  bool has_rules;        /* the server rewrites statements on it: COPY would pass them by */
  bool has_row_triggers; /* a trigger may drop or change each row that is inserted, updated or deleted */
  const char *triggers;  /* names of all that act when rows are written; NULL: none */
  bool bounds_sizes;     /* an index is on columns of any length, or such a column keeps its values in the row */
  bool has_children;     /* tables that inherit from it, and are not its partitions: statements say ONLY */
};

struct plan;

/** Looks at the plan's gold table; `ret_table->is_there` is false where there is none. */
MUST_CHECK bool gold_read_table(struct arena *arena, struct warehouse *warehouse, const struct plan *plan,
                                struct gold_table *ret_table, struct error *err);
/** Whether this column, named as the table names it, is one of the key's. */
bool gold_key_has(const struct gold_table_key *key, const char *column);
/** Whether the SQL of an expression may speak of the column: false only where it does not. */
bool gold_speaks_of(const char *sql, const char *column);
/** Whether the key is on just the columns of the upsert's key, in any order. */
bool gold_key_is_upsert(const struct gold_table_key *key, const struct plan *plan);

#endif
