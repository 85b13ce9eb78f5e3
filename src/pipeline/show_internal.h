/* What show.c, show_places.c and show_cells.c share. */
#ifndef CRISOL_PIPELINE_SHOW_INTERNAL_H
#define CRISOL_PIPELINE_SHOW_INTERNAL_H

#include "lake/lake.h"
#include "pipeline/load.h"
#include "pipeline/show.h"
#include "warehouse/warehouse.h"

/* A column that may be shown, of which struct show_column is what the receiver sees. */
struct shown_column {
  struct show_column shown;
  const char *sql; /* its value in the relation, of its type */
  bool is_private; /* its values are not shown */
  bool is_aside;   /* not in a table, unless it is asked for */
  bool is_made;    /* of others, for a table: nobody can name it */
};

struct show {
  struct arena *arena;
  const struct pipeline_options *options;
  const struct show_options *asked;
  struct config *config;
  struct plan plan; /* its places only */
  struct database *database;
  struct engine *engine;
  const char *place;          /* for messages */
  const char *relation;       /* behind FROM */
  struct warehouse warehouse; /* a DuckDB file, until its rows are taken */
  bool is_empty;              /* there are no rows, and no columns are known */
  bool is_taken;              /* the relation holds the chosen rows only */
  struct shown_column *columns;
  size_t n_columns;
};

/* show_places.c: finds what is to be shown, and fills relation, columns and place. ERROR_CONFIG where it is not there.
 */
MUST_CHECK bool show_open(struct show *show, struct error *err);
MUST_CHECK bool show_find_files(struct show *show, const char *path, const char *const **ret_paths, size_t *ret_count,
                                struct error *err);
/* Adds the FROM of Parquet files. */
void show_add_files(const char *const *paths, size_t count, bool has_partitions, struct text_buffer *sql);
/* Fails, of what no run has made yet. */
bool show_fail_missing(const struct show *show, const char *what, struct error *err);
/* A place without a file: it is empty where a run is known to have been here. */
MUST_CHECK bool show_settle_nothing(struct show *show, struct error *err);

/* Makes columns of those of the relation. */
MUST_CHECK bool show_describe(struct show *show, struct error *err);
/* The column of that name, in any case; NULL: there is none. */
const struct shown_column *show_find(const struct show *show, const char *name);
/* Fails with the nearest of some names: "<message> \"amout\"". Returns false. */
bool show_fail_unknown(const char *message, const char *name, const char *const *known, size_t n_known,
                       struct error *err);

/* show_runs.c: the id that `asked->run` means, of those that the place has rows of, or of a run that is recorded. */
MUST_CHECK bool show_find_run(const struct show *show, const char *const *ids, size_t n_ids, const char **ret_id,
                              struct error *err);

/* show_source.c, show_quarantine.c, show_gold.c */
MUST_CHECK bool show_open_source(struct show *show, struct error *err);
MUST_CHECK bool show_open_quarantine(struct show *show, struct error *err);
MUST_CHECK bool show_open_gold(struct show *show, struct error *err);
/* Adds the condition that a row of the quarantine has the reason `asked->rule`, which somebody must know. */
MUST_CHECK bool show_add_reason(const struct show *show, struct text_buffer *sql, struct error *err);
/* Takes the rows of a DuckDB file on which `condition` (NULL: any) is true into a table of the show's own, and lets go
 * of the file. Elsewhere it does nothing. */
MUST_CHECK bool show_take(struct show *show, const char *condition, struct error *err);

/* show_cells.c: adds the SQL of the column's cell. */
MUST_CHECK bool show_add_cell(const struct show *show, const struct shown_column *column, struct text_buffer *sql,
                              struct error *err);

#endif
