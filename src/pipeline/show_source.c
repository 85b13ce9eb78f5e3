/* The source's records, as a run reads them: the columns by the names that the files have, text as text. */
#include "pipeline/show_internal.h"

#define RECORDS "crisol_records"

/* What is made of malformed records, and the places, a table shows only where it is asked for. */
static void arrange(struct show *show)
{
  for (size_t i = 0; i < show->n_columns; i++) {
    const char *name = show->columns[i].shown.name;
    show->columns[i].is_aside =
        strcmp(name, "_source_file") == 0 || strcmp(name, "_source_line") == 0 || strcmp(name, "_source_offset") == 0;
  }
}

bool show_open_source(struct show *show, struct error *err)
{
  const struct show_options *asked = show->asked;
  struct plan *plan = arena_alloc(show->arena, sizeof(*plan));
  bool reads_all = asked->where != NULL || asked->limit == 0;
  show->place = arena_printf(show->arena, "the source of \"%s\"", show->config->dataset->id.value);
  if (asked->run != NULL)
    return fail(err, ERROR_CONFIG, NOWHERE, "--run chooses rows that a run has made, the source has none");
  TRY(plan_inputs(show->arena, show->config, plan, err));
  TRY(engine_open_sources(show->engine, plan, err));
  if (!reads_all)
    TRY(database_execute(show->database, "SET threads = 1", err)); /* several would bring rows from anywhere */
  TRY(engine_keep_records(show->engine, plan, RECORDS, reads_all ? 0 : asked->limit + 1, err));
  show->relation = RECORDS;
  TRY(show_describe(show, err));
  const struct shown_column *file = show_find(show, "_source_file"), *offset = show_find(show, "_source_offset");
  if (reads_all && file != NULL && offset != NULL)
    show->relation = arena_printf(show->arena, "(SELECT * FROM " RECORDS " ORDER BY %s, %s)", file->sql, offset->sql);
  arrange(show);
  return true;
}
