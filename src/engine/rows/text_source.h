/** A source of CSV or JSON files, opened by crisol's own reader: its columns, how its files differ, what types they
 * suggest. Also a table function of the database, crisol_source_<index>. */
#ifndef CRISOL_ENGINE_ROWS_TEXT_SOURCE_H
#define CRISOL_ENGINE_ROWS_TEXT_SOURCE_H

#include "duckdb/database.h"
#include "duckdb/table_function.h"
#include "plan/plan.h"
#include "reader/reader.h"

/** The files that are opened: those that are read, or the model. */
struct opened_files {
  const struct plan_file *items;
  size_t count;
};
/** The files of the source that were opened, in the plan's order. */
struct opened_files opened_files_of(const struct plan_source *source);

/** The reader's options as the dataset file has them; their texts are the configuration's. */
struct reader_options reader_options_from(const struct source_config *config);

/** Where the records lie within documents: says what of these the dataset's expressions look at. */
void text_source_set_document(struct arena *arena, const struct dataset *dataset, struct reader_options *options);

/** Opens source number `index` of the plan: fills its columns, adds to `drift` how its files differ. The reader is the
 * caller's to close, after the database's last query; it is there after a failure too, where it was opened. */
MUST_CHECK bool text_source_open(struct arena *arena, struct database *database, const struct plan *plan,
                                 struct plan_source *source, size_t index, struct drift *drift,
                                 struct reader **ret_reader, struct table_function **ret_function, struct error *err);

#endif
