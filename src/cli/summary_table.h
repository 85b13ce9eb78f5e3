/** A run's summary as a table for people, and the cells that other tables are made of. */
#ifndef CRISOL_CLI_SUMMARY_TABLE_H
#define CRISOL_CLI_SUMMARY_TABLE_H

#include "pipeline/summary.h"

/** Adds it for a terminal of `width` columns. */
void summary_print_table(const struct summary *summary, size_t width, bool color, struct text_buffer *out);

/** Adds `text` cut to `width` characters, padded to it. */
void add_cell(struct text_buffer *out, const char *text, size_t width);

#endif
