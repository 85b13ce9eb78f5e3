/* The bytes of the records that are quarantined, fetched from their places once it is known which they are: rows that
 * pass pay nothing for them. */
#include "engine/duckdb/engine_internal.h"

#include <inttypes.h>
#include <stdlib.h>

bool plan_has_text_source(const struct plan *plan)
{
  for (size_t i = 0; i < plan->n_sources; i++)
    if (plan->sources[i].config->format != SOURCE_PARQUET)
      return true;
  return false;
}

/* The offsets of a plan's records, by file. */
struct places {
  size_t n_files;
  uint64_t **offsets; /* [file] */
  size_t *counts, *capacities;
};

static void places_done(struct places *places)
{
  for (size_t i = 0; i < places->n_files; i++)
    free(places->offsets[i]);
}

static bool add_place(const struct text *cells, void *context, struct error *err)
{
  struct places *places = context;
  (void)err;
  size_t file = (size_t)strtoull(cells[0].data, NULL, 10), count = places->counts[file];
  if (count == places->capacities[file]) {
    places->capacities[file] = count == 0 ? 64 : size_multiply(count, 2);
    places->offsets[file] =
        checked_realloc(places->offsets[file], size_multiply(places->capacities[file], sizeof(uint64_t)));
  }
  places->offsets[file][places->counts[file]++] = strtoull(cells[1].data, NULL, 10);
  return true;
}

/* A record of which several rows were made is wanted once. */
static bool find_places(struct duckdb_engine *engine, const struct plan *plan, enum row_fate left_out,
                        struct places *places, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 }, origin = { 0 };
  stage_print_origin(plan, "//", &origin);
  text_buffer_printf(
      &sql,
      "SELECT CAST(file AS VARCHAR), CAST(position AS VARCHAR) FROM (SELECT DISTINCT file, %s AS position "
      "FROM rows WHERE fate NOT IN (%d, %d)) AS places ORDER BY places.file, places.position",
      origin.data, FATE_PASSED, left_out);
  return database_visit(engine->base.database, sql.data, add_place, places, err);
}

static bool fetch_of_source(struct duckdb_engine *engine, const struct plan_source *source, size_t index,
                            const struct places *places, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  size_t n_wanted = 0;
  for (size_t i = 0; i < source->n_files; i++)
    n_wanted += places->counts[source->first_file + i];
  if (n_wanted == 0)
    return true;
  const struct reader_selection selection = { (const uint64_t *const *)places->offsets + source->first_file,
                                              places->counts + source->first_file };
  sources_select(engine->sources, index, &selection);
  text_buffer_printf(&sql,
                     "INSERT INTO raw_records SELECT CAST(_file + %" PRIu32
                     " AS UINTEGER), _offset, _raw, _raw_length, _form FROM crisol_source_%zu()",
                     source->first_file, index);
  bool is_done = database_execute(engine->base.database, sql.data, err);
  sources_select(engine->sources, index, NULL);
  const struct error *reason = sources_error(engine->sources);
  if (!is_done && reason != NULL && err->kind != ERROR_INTERRUPTED && err->kind != ERROR_TERMINATED)
    *err = *reason;
  return is_done || add_context(err, "while reading the quarantined records again");
}

bool raw_records_fetch(struct duckdb_engine *engine, const struct plan *plan, enum row_fate left_out, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  if (!plan_has_text_source(plan))
    return true;
  SCOPED(places_done)
  struct places places = {
    .n_files = plan->n_files,
    .offsets = arena_array(&scratch, plan->n_files + 1, sizeof(uint64_t *)),
    .counts = arena_array(&scratch, plan->n_files + 1, sizeof(size_t)),
    .capacities = arena_array(&scratch, plan->n_files + 1, sizeof(size_t)),
  };
  TRY(database_execute(engine->base.database,
                       "CREATE OR REPLACE TEMP TABLE raw_records (record_file UINTEGER, record_position UBIGINT, "
                       "record VARCHAR, record_length UBIGINT, record_form UTINYINT)",
                       err));
  TRY(find_places(engine, plan, left_out, &places, err));
  for (size_t i = 0; i < plan->n_sources; i++)
    if (plan->sources[i].config->format != SOURCE_PARQUET)
      TRY(fetch_of_source(engine, &plan->sources[i], i, &places, err));
  return true;
}

static const char *header_of(struct arena *arena, const struct sources *sources, const struct plan_source *source,
                             size_t index, size_t file)
{
  struct text header = { 0 };
  if (sources != NULL && source->config->format == SOURCE_CSV)
    header = sources_header(sources, index, file);
  return header.data == NULL ? NULL : text_copy(arena, header);
}

/* Files of one header, which is usual, have it as a literal. */
static void print_headers(struct arena *arena, const struct sources *sources, const struct plan *plan,
                          struct text_buffer *sql)
{
  const char **headers = arena_array(arena, plan->n_files + 1, sizeof(*headers));
  bool is_one = true;
  for (size_t i = 0; i < plan->n_sources; i++)
    for (size_t file = 0; file < plan->sources[i].n_files; file++) {
      size_t number = plan->sources[i].first_file + file;
      headers[number] = header_of(arena, sources, &plan->sources[i], i, file);
      const char *first = headers[0], *own = headers[number];
      is_one = is_one && (own == NULL ? first == NULL : first != NULL && strcmp(own, first) == 0);
    }
  size_t count = is_one && plan->n_files > 0 ? 1 : plan->n_files;
  text_buffer_add_string(sql, is_one ? "CAST(" : "CAST([");
  for (size_t i = 0; i < count; i++) {
    text_buffer_add_string(sql, i == 0 ? "" : ", ");
    if (headers[i] == NULL)
      text_buffer_add_string(sql, "NULL");
    else
      sql_add_string(sql, text_from(headers[i]));
  }
  text_buffer_add_string(sql, count == 0 ? "NULL" : "");
  text_buffer_add_string(sql, is_one ? " AS VARCHAR)" : "][file + 1] AS VARCHAR)");
}

void raw_records_print(struct arena *arena, const struct sources *sources, const struct plan *plan,
                       struct text_buffer *sql)
{
  if (!plan_has_text_source(plan)) {
    text_buffer_add_string(sql, "raw AS _raw_record, CAST(raw_length AS BIGINT) AS _raw_length\nFROM rows");
    return;
  }
  text_buffer_printf(sql,
                     "coalesce(record, raw) AS _raw_record, CAST(coalesce(record_length, raw_length) AS BIGINT) AS "
                     "_raw_length,\n  CASE WHEN record IS NULL THEN NULL WHEN record_form & %d = 0 THEN 'text' ELSE "
                     "'escaped' END AS _raw_form, record_form & %d <> 0 AS _raw_cut,\n  ",
                     RAW_ESCAPED, RAW_CUT);
  print_headers(arena, sources, plan, sql);
  text_buffer_add_string(sql, " AS _source_header\nFROM rows LEFT JOIN raw_records ON file = record_file AND ");
  stage_print_origin(plan, "//", sql);
  text_buffer_add_string(sql, " = record_position");
}
