/** What a run reports at its end: as one JSON object (the contract of `run --json`), and as a table for people. */
#ifndef CRISOL_CLI_SUMMARY_H
#define CRISOL_CLI_SUMMARY_H

#include "plan/run.h"

/** The object without a final newline. `error` is NULL where the run completed. `plan` may be half built where it
 * failed: then it is NULL and only `dataset` is known. */
struct summary {
  const struct config *config;
  const struct plan *plan; /* NULL: it was not built */
  const struct run *run;
  const char *environment;
  const char *error; /* NULL: completed */
  uint64_t peak_rss_bytes;
};

void summary_print_json(const struct summary *summary, struct text_buffer *out);
/** For a terminal of `width` columns. */
void summary_print_table(const struct summary *summary, size_t width, bool color, struct text_buffer *out);

/** The most memory that this process has held. */
uint64_t peak_rss_bytes(void);
/** Adds "1,234,567" and "41.2 MiB". */
void add_count(struct text_buffer *out, uint64_t count);
void add_bytes(struct text_buffer *out, uint64_t bytes);
/** Adds `text` cut to `width` characters, padded to it. */
void add_cell(struct text_buffer *out, const char *text, size_t width);

#endif
