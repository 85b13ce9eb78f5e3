/** Rows as a table for a terminal: columns as wide as their cells, cut where there is no room, numbers to the right. */
#ifndef CRISOL_CLI_GRID_H
#define CRISOL_CLI_GRID_H

#include "base/text.h"

struct grid_column {
  const char *name;
  bool is_number;
};

struct grid;

/** A table of `width` columns of a terminal (0: as wide as it wants), whose lines are added to `out`. Lives in the
 * arena, as the columns must. */
struct grid *grid_new(struct arena *arena, const struct grid_column *columns, size_t n_columns, size_t width,
                      bool color, struct text_buffer *out);
/** Adds a row; a cell without data (NULL) is a null. The first rows are held back: they say how wide the columns are.
 */
void grid_add(struct grid *grid, const struct text *cells);
/** Adds what is held back, and says which columns had no room. A grid without rows adds nothing. */
void grid_finish(struct grid *grid);

#endif
