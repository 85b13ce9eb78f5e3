/** Schema drift: how columns differ between the files of a source, from the dataset's last run, and from the gold
 * table. It is reported by the summary and kept in the metadata; what cannot go together is refused where it is found.
 */
#ifndef CRISOL_PLAN_DRIFT_H
#define CRISOL_PLAN_DRIFT_H

#include "value/type.h"

enum drift_kind {
  DRIFT_NEW,       /* was not there before */
  DRIFT_MISSING,   /* was there before: null now */
  DRIFT_REORDERED, /* the columns that both have stand in another order; `column` is the first out of place */
  DRIFT_WIDENED,   /* every value of the old type is one of the new type */
  DRIFT_NARROWED,  /* every value of the new type is one of the old type */
  DRIFT_CHANGED,   /* neither: possible where nothing of the old type stays, as in mode overwrite */
  N_DRIFT_KINDS
};
extern const char *const drift_kind_names[N_DRIFT_KINDS];

/** What the columns are compared with. */
enum drift_scope {
  DRIFT_FILES, /* a file with the first file of its source */
  DRIFT_RUN,   /* the sources with those of the dataset's last completed run */
  DRIFT_GOLD,  /* the gold table's new columns with those that it has */
  N_DRIFT_SCOPES
};
extern const char *const drift_scope_names[N_DRIFT_SCOPES];

struct drift_change {
  enum drift_scope scope;
  enum drift_kind kind;
  const char *column;
  const char *from, *to; /* types; NULL where the column is on one side only, or has no type of its own */
  const char *file;      /* DRIFT_FILES: the first one that differs so; else NULL */
  size_t n_files;        /* how many differ so; 0 where no files are compared */
};

/** All strings live in the arena. */
struct drift {
  struct arena *arena;
  bool is_welcome; /* the dataset takes columns as they come: how files differ is no warning */
  struct drift_change *changes;
  size_t count, capacity;
};

/** Adds a change; its strings are copied. */
void drift_add(struct drift *drift, const struct drift_change *change);

/** Columns in their order. */
struct drift_columns {
  const char *const *names;
  const char *const *types; /* as Spark writes them */
  size_t count;
};

/** Adds what differs between two sets of columns. Names are compared as Spark does, without case. `file` is NULL, or
 * the first of the `n_files` files that have `now`; files that differ alike are one change. */
void drift_compare(struct drift *drift, enum drift_scope scope, const struct drift_columns *before,
                   const struct drift_columns *now, const char *file, size_t n_files);

/** Adds what a person reads of a change: "column "note" is new" or "column "amount" is widened from int to bigint". */
void drift_print(const struct drift_change *change, struct text_buffer *out);

#endif
