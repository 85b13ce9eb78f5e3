/** The statements of a run as `crisol plan --sql` shows them. */
#ifndef CRISOL_ENGINE_ROWS_STATEMENT_H
#define CRISOL_ENGINE_ROWS_STATEMENT_H

#include "base/text.h"

/** Adds a statement under its title, and clears it for the next one. */
void statement_add(const char *title, struct text_buffer *sql, struct text_buffer *out);

#endif
