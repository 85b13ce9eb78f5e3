/** What a run reports at its end, and its form as one JSON object: the contract of `run --json`, and what the ledger
 * keeps. */
#ifndef CRISOL_PIPELINE_SUMMARY_H
#define CRISOL_PIPELINE_SUMMARY_H

#include "plan/run.h"

struct summary {
  const struct config *config;
  const struct plan *plan; /* NULL: it was not built, and only the dataset is known */
  const struct run *run;   /* the counts: run->rows.read, .passed, .silver, ... */
  const char *environment; /* the part of database.yml; NULL: there is none */
  const char *error;       /* NULL: completed */
  uint64_t peak_rss_bytes;
};

/** Adds the object, without a newline at its end. */
void summary_print_json(const struct summary *summary, struct text_buffer *out);

#endif
