/** What number formats and printf share. */
#ifndef CRISOL_DUCKDB_FUNCTIONS_FORMAT_H
#define CRISOL_DUCKDB_FUNCTIONS_FORMAT_H

#include "base/text.h"

/** Adds digits with a comma before every third from the end. */
void format_add_grouped(struct text_buffer *out, const char *digits, size_t count);

static inline char format_upper(char c)
{
  return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

#endif
