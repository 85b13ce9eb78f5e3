/** What a run reports at its end, and its form as one JSON object: the contract of `run --json`, and what the ledger
 * keeps. */
#ifndef CRISOL_PIPELINE_SUMMARY_H
#define CRISOL_PIPELINE_SUMMARY_H

#include "engine/engine.h"
#include "plan/run.h"

/** Rows that fail a rule, as samples. */
struct rule_samples {
  struct sample_row *rows;
  size_t count;
  const size_t *columns; /* of the plan, that the rule reads; those that a row has values of */
  size_t n_columns;
};

/** What a replay counts beside the rows. */
struct replay_counts {
  bool is_trial;
  uint64_t open;          /* rows of the quarantine that were not settled, of those that were asked for */
  uint64_t without_bytes; /* of these, rows without their record, or with a part of it: they stay open */
  uint64_t superseded;    /* whose file a later run has read again: they are settled without being read */
  uint64_t displaced;     /* rows of silver that lost against a replayed one */
};

struct summary {
  const struct config *config;
  const struct plan *plan; /* NULL: it was not built, and only the dataset is known */
  const struct run *run;   /* the counts: run->rows.read, .passed, .silver, ... */
  const char *environment; /* the part of database.yml; NULL: there is none */
  const char *error;       /* NULL: completed */
  uint64_t peak_rss_bytes;
  const struct replay_counts *replay; /* NULL: of a run */
  const struct rule_samples *samples; /* by rule of the plan; NULL: none were asked for */
};

/** Adds the object, without a newline at its end. Samples are a part of it where there are any: of what the ledger
 * keeps there are none. */
void summary_print_json(const struct summary *summary, struct text_buffer *out);

/** Adds "amount '-3', currency null": the values that a rule has seen in a row. */
void summary_add_values(const struct plan *plan, const struct rule_samples *samples, const struct sample_row *row,
                        struct text_buffer *out);
/** Adds "a.csv:12", without the folder; of a row that passed with a warning "a.csv, byte 340"; "a.parquet, row 3". */
void summary_add_place(const struct plan *plan, const struct sample_row *row, struct text_buffer *out);

#endif
