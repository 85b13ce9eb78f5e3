/* Rows for messages: the first ones that were malformed, not cast, or fail a rule. */
#include "engine/duckdb/engine_internal.h"
#include "engine/duckdb/stage.h"
#include "engine/rows/sample.h"

static const struct sample_dialect dialect = { .division = "//",
                                               .text_type = "VARCHAR",
                                               .print_text = spark_text_print };

bool duckdb_engine_sample(struct engine *base, struct arena *arena, const struct plan *plan, enum sample_kind kind,
                          size_t index, struct sample_row *ret_rows, size_t *ret_count, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table table;
  sample_print_query(arena, plan, kind, index, *ret_count, &dialect, &sql);
  TRY(database_query(arena, base->database, sql.data, &table, err));
  sample_take_rows(&table, kind, ret_rows, ret_count);
  return true;
}
