/** Rows of a dataset, as they are in its source, its silver, its quarantine or its gold table: what `crisol show`
 * prints. Reads only, needs no right to write, and may be called beside a run: no database is held while the rows are
 * handed on. */
#ifndef CRISOL_PIPELINE_SHOW_H
#define CRISOL_PIPELINE_SHOW_H

#include "pipeline/pipeline.h"

enum show_what { SHOW_SILVER, SHOW_SOURCE, SHOW_QUARANTINE, SHOW_GOLD };

enum show_form {
  SHOW_TABLE,   /* cells for people: Spark's texts; a quarantine by its reasons and places */
  SHOW_CSV,     /* instants as ISO-8601, nested values as JSON, binary ones in base64 */
  SHOW_JSON,    /* the same cells; show_is_bare tells which of them stand in JSON without quotes */
  SHOW_PARQUET, /* no cells: a file of the columns' own types */
};

struct show_options {
  enum show_what what;
  enum show_form form;
  const char *run;     /* id, or what it begins with; NULL: of all runs */
  const char *rule;    /* of the quarantine: rows that have this reason; NULL: all */
  const char *where;   /* Spark SQL over the columns; NULL: all rows */
  const char *columns; /* "a,b": only these, in this order; NULL: all */
  uint64_t limit;      /* 0: all rows */
  const char *path;    /* of the Parquet file, which is written whole */
};

struct show_column {
  const char *name;
  const struct type *type;
  bool is_json; /* a text that holds JSON */
};

/** Whether the cell, of this column, is JSON as it stands: a number, a boolean, a nested value. */
bool show_is_bare(const struct show_column *column, struct text cell);

/** Takes the rows. A null cell has no data (NULL). */
struct show_receiver {
  bool (*begin)(const struct show_column *columns, size_t count, void *context, struct error *err);
  bool (*row)(const struct text *cells, void *context, struct error *err);
  void *context;
};

struct show_result {
  uint64_t n_rows;
  bool has_more;     /* than the limit */
  const char *place; /* where they were read: "silver \"/lake/orders\"" */
};

/** Shows rows of the dataset of the options to the receiver. ERROR_CONFIG where what is asked for is not there: a
 * column, a run, a rule, silver or a gold table that no run has made yet. */
MUST_CHECK bool pipeline_show(struct arena *arena, const struct pipeline_options *options,
                              const struct show_options *show, const struct show_receiver *receiver,
                              struct show_result *ret_result, struct error *err);

#endif
