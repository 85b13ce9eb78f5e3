/* The records of the sources as they are read, before renames, casts and rules: for people who look at them. */
#include "engine/duckdb/engine_internal.h"

#include "base/names.h"
#include "duckdb/database_internal.h"
#include "duckdb/functions/summary.h"
#include "reader/reader.h"

#include <inttypes.h>

/* A plan whose columns are those of the files: as they are named there, united by name, text beside other types text.
 */
static struct plan raw_plan(struct arena *arena, const struct plan *plan)
{
  struct plan raw = *plan;
  struct name_set names = { 0 };
  size_t most = 1;
  for (size_t s = 0; s < plan->n_sources; s++)
    most += plan->sources[s].n_columns;
  raw.columns = arena_array(arena, most, sizeof(*raw.columns));
  raw.sources = arena_array(arena, plan->n_sources + 1, sizeof(*raw.sources));
  for (size_t s = 0; s < plan->n_sources; s++) {
    struct plan_source *source = &raw.sources[s];
    *source = plan->sources[s];
    source->column_of = arena_array(arena, source->n_columns + 1, sizeof(*source->column_of));
    for (size_t c = 0; c < source->n_columns; c++) {
      source->column_of[c] = SIZE_MAX;
      if (source->columns[c].is_left_out)
        continue;
      size_t at = source->column_of[c] = name_set_add(arena, &names, text_from(source->columns[c].name));
      const struct type *type = source->columns[c].type;
      bool is_text = source->config->format != SOURCE_PARQUET;
      struct plan_column *column = &raw.columns[at];
      if (column->name == NULL)
        *column = (struct plan_column){ .name = source->columns[c].name, .raw_type = type, .is_text = is_text };
      column->is_text = column->is_text || is_text || !type_equal(column->raw_type, type);
      if (column->is_text)
        column->raw_type = type_simple(TYPE_STRING);
    }
  }
  raw.n_columns = names.count;
  return raw;
}

static bool has_column(const struct plan *raw, const char *name)
{
  for (size_t i = 0; i < raw->n_columns; i++)
    if (text_equal_nocase(text_from(raw->columns[i].name), text_from(name)))
      return true;
  return false;
}

static void print_reason(struct text_buffer *sql)
{
  text_buffer_add_string(sql, "CASE reason");
  for (int reason = READER_OK + 1; reason < N_READER_REASONS; reason++)
    text_buffer_printf(sql, " WHEN %d THEN '%s'", reason, reader_reason_name((enum reader_reason)reason));
  text_buffer_add_string(sql, " END");
}

/* Where each record is, and why it is none; not where the files have columns of these names. */
static void print_places(const struct plan *raw, struct text_buffer *sql)
{
  SCOPED(text_buffer_done) struct text_buffer file = { 0 }, reason = { 0 };
  sources_print_paths(raw->files, raw->n_files, &file);
  text_buffer_add_string(&file, "[file + 1]");
  print_reason(&reason);
  const struct {
    const char *name;
    const char *value;
  } places[] = {
    { "_source_file", file.data },
    { "_source_line", "CAST(line AS BIGINT)" },
    { "_source_offset", "CAST(position AS BIGINT)" },
    { "_malformed", reason.data },
    { "_raw_record", "raw" },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(places); i++)
    if (!has_column(raw, places[i].name))
      text_buffer_printf(sql, ", %s AS %s", places[i].value, places[i].name);
}

static void print_records(const struct scan *scan, struct text_buffer *sql)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct plan raw = raw_plan(&scratch, scan->plan);
  SCOPED(text_buffer_done) struct text_buffer places = { 0 };
  print_places(&raw, &places);
  text_buffer_printf(sql, "CREATE OR REPLACE TEMPORARY TABLE %s AS\nSELECT ", scan->name);
  for (size_t i = 0; i < raw.n_columns; i++) {
    text_buffer_printf(sql, "%sr%zu AS ", i == 0 ? "" : ", ", i);
    sql_add_name(sql, raw.columns[i].name);
  }
  text_buffer_add_string(sql, raw.n_columns == 0 && places.length > 2 ? places.data + 2 : places.data);
  text_buffer_add_string(sql, "\nFROM (\n");
  stage_print_sources(&raw, sql);
  text_buffer_add_char(sql, ')');
  if (scan->limit > 0)
    text_buffer_printf(sql, " LIMIT %" PRIu64, scan->limit);
}

bool duckdb_engine_keep_records(struct engine *base, const struct plan *plan, const char *name, uint64_t limit,
                                struct error *err)
{
  const struct scan scan = { .plan = plan, .print = print_records, .name = name, .limit = limit };
  return duckdb_engine_scan(duckdb_engine_of(base), &scan, err);
}

/* sums of the columns */

static void print_summary(const struct scan *scan, struct text_buffer *sql)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct plan raw = raw_plan(&scratch, scan->plan);
  /* the first malformed record by file and line; a summary takes the texts of columns, and nested values as JSON */
  text_buffer_printf(sql,
                     "CREATE OR REPLACE TEMPORARY TABLE %s AS\nSELECT count(*) FILTER (reason = 0) AS good, "
                     "count(*) FILTER (reason <> 0) AS malformed, min([CAST(file AS BIGINT), CAST(line AS BIGINT), "
                     "CAST(reason AS BIGINT)]) FILTER (reason <> 0) AS place, count(*) FILTER (reason = %d) AS invalid",
                     scan->name, READER_INVALID_TEXT);
  for (size_t i = 0; i < raw.n_columns; i++) {
    text_buffer_printf(sql, ", crisol_summary__%zu(", i);
    const char *value = arena_printf(&scratch, "r%zu", i);
    if (raw.columns[i].raw_type->id == TYPE_STRING)
      text_buffer_add_string(sql, value);
    else
      spark_text_print(raw.columns[i].raw_type, value, scan->plan->dataset->timezone, sql);
    text_buffer_printf(sql, ") AS s%zu", i);
  }
  text_buffer_add_string(sql, "\nFROM (SELECT * FROM (\n");
  stage_print_sources(&raw, sql);
  text_buffer_add_char(sql, ')');
  if (scan->limit > 0)
    text_buffer_printf(sql, " LIMIT %" PRIu64, scan->limit);
  text_buffer_add_char(sql, ')');
}

static bool read_counts(struct duckdb_engine *engine, struct arena *arena, const struct plan *plan, const char *name,
                        struct record_summary *ret_summary, struct error *err)
{
  struct table table;
  const char *sql =
      arena_printf(arena,
                   "SELECT CAST(good AS VARCHAR), CAST(malformed AS VARCHAR), CAST(place[1] AS "
                   "VARCHAR), CAST(place[2] AS VARCHAR), CAST(place[3] AS VARCHAR), CAST(invalid AS VARCHAR) FROM %s",
                   name);
  TRY(database_query(arena, engine->base.database, sql, &table, err));
  ret_summary->n_records = cell_number(&table, 0, 0);
  ret_summary->n_malformed = cell_number(&table, 0, 1);
  ret_summary->n_invalid = cell_number(&table, 0, 5);
  if (ret_summary->n_malformed == 0)
    return true;
  ret_summary->malformed_file = plan->files[cell_number(&table, 0, 2)].path;
  ret_summary->malformed_line = table.cells[3] == NULL ? 0 : cell_number(&table, 0, 3);
  ret_summary->malformed_reason = reader_reason_name((enum reader_reason)cell_number(&table, 0, 4));
  return true;
}

bool duckdb_engine_summarize(struct engine *base, struct arena *arena, const struct plan *plan, uint64_t limit,
                             struct record_summary *ret_summary, struct error *err)
{
  static const char name[] = "crisol_summaries";
  struct duckdb_engine *engine = duckdb_engine_of(base);
  struct plan raw = raw_plan(arena, plan);
  ret_summary->names = arena_array(arena, raw.n_columns + 1, sizeof(*ret_summary->names));
  ret_summary->types = arena_array(arena, raw.n_columns + 1, sizeof(*ret_summary->types));
  ret_summary->summaries = arena_array(arena, raw.n_columns + 1, sizeof(*ret_summary->summaries));
  ret_summary->n_columns = raw.n_columns;
  for (size_t i = 0; i < raw.n_columns; i++) {
    ret_summary->names[i] = raw.columns[i].name;
    ret_summary->types[i] = raw.columns[i].raw_type;
    TRY(summary_function_register(base->database->connection, i, &ret_summary->summaries[i], err));
  }
  const struct scan scan = { .plan = plan, .print = print_summary, .name = name, .limit = limit };
  TRY(duckdb_engine_scan(engine, &scan, err));
  return read_counts(engine, arena, plan, name, ret_summary, err);
}
