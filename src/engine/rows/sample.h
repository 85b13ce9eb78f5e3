/** Rows that messages and summaries show, asked of the staged rows in either dialect. */
#ifndef CRISOL_ENGINE_ROWS_SAMPLE_H
#define CRISOL_ENGINE_ROWS_SAMPLE_H

#include "duckdb/database.h"
#include "engine/engine.h"

/** What differs between the engines. */
struct sample_dialect {
  const char *division;  /* of integers: "//" */
  const char *text_type; /* that CAST makes texts of: "VARCHAR" */
  /* Adds `sql`, a value of the type, as Spark writes it as a text. */
  void (*print_text)(const struct type *type, const char *sql, const char *timezone, struct text_buffer *out);
};

/** Adds the query of at most `most` rows. */
void sample_print_query(struct arena *arena, const struct plan *plan, enum sample_kind kind, size_t index, size_t most,
                        const struct sample_dialect *dialect, struct text_buffer *sql);

/** Takes its answer, whose texts stay where they are. */
void sample_take_rows(const struct table *table, enum sample_kind kind, struct sample_row *ret_rows, size_t *ret_count);

#endif
