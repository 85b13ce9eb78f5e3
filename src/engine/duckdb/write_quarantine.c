/* The quarantined rows as Parquet: as they were read, with the reasons and the place of each. */
#include "engine/duckdb/engine_internal.h"

#include "reader/reader.h"

#include <inttypes.h>

static void print_malformed_reason(struct text_buffer *sql)
{
  text_buffer_add_string(sql, "['malformed:' || CASE reason");
  for (int reason = READER_OK + 1; reason < N_READER_REASONS; reason++)
    text_buffer_printf(sql, " WHEN %d THEN '%s'", reason, reader_reason_name((enum reader_reason)reason));
  text_buffer_add_string(sql, " END]");
}

static void print_cast_reasons(const struct stage_layout *layout, enum on_error on_error, struct text_buffer *sql)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  text_buffer_add_string(sql, "list_filter([NULL");
  for (size_t n = 0; n < layout->n_casts; n++) {
    const struct plan_column *column = &layout->plan->columns[layout->casts[n]];
    if (column->cast->on_error != on_error)
      continue;
    text_buffer_printf(sql, ",\n    CASE WHEN (c%zu >> %zu) & 1 = 1 THEN ", n / CASTS_PER_WORD,
                       2 * (n % CASTS_PER_WORD));
    sql_add_string(sql,
                   text_from(arena_printf(&scratch, "cast:%s:%s", column->name, type_name(&scratch, column->type))));
    text_buffer_add_string(sql, " END");
  }
  text_buffer_add_string(sql, "], lambda reason: reason IS NOT NULL)");
}

/* Every failing rule in file order, then what breaks the schema where that is why the row is here. */
static void print_rule_reasons(const struct stage_layout *layout, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "list_filter([NULL");
  for (size_t i = 0; i < layout->plan->n_rules; i++) {
    text_buffer_add_string(sql, ",\n    CASE WHEN ");
    stage_print_rule_bit(i, sql);
    text_buffer_add_string(sql, " THEN ");
    sql_add_string(sql, text_from(layout->plan->rules[i].config->name.value));
    text_buffer_add_string(sql, " END");
  }
  text_buffer_add_string(sql, "], lambda reason: reason IS NOT NULL)");
}

static void print_schema_reasons(const struct stage_layout *layout, struct text_buffer *sql)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  text_buffer_add_string(sql, "list_filter([NULL");
  for (size_t n = 0; n < layout->n_checked; n++)
    for (size_t bit = 0; bit < n_schema_keywords; bit++) {
      text_buffer_printf(sql, ",\n    CASE WHEN schema[%zu] & %" PRIu64 " <> 0 THEN ", n + 1, UINT64_C(1) << bit);
      sql_add_string(sql,
                     text_from(arena_printf(&scratch, "schema:%s:%s", layout->plan->columns[layout->checked[n]].name,
                                            schema_keywords[bit].name)));
      text_buffer_add_string(sql, " END");
    }
  text_buffer_add_string(sql, "], lambda reason: reason IS NOT NULL)");
}

static void print_reasons(const struct stage_layout *layout, enum row_fate left_out, struct text_buffer *sql)
{
  text_buffer_printf(sql, "CASE fate WHEN %d THEN ", FATE_MALFORMED);
  print_malformed_reason(sql);
  text_buffer_printf(sql, "\n  WHEN %d THEN ", FATE_CAST_QUARANTINED);
  print_cast_reasons(layout, ON_ERROR_QUARANTINE, sql);
  if (left_out != FATE_DROPPED) { /* of a refused run */
    text_buffer_printf(sql, "\n  WHEN %d THEN ", FATE_CAST_REFUSED);
    print_cast_reasons(layout, ON_ERROR_FAIL, sql);
  }
  text_buffer_printf(sql, "\n  WHEN %d THEN list_concat(", FATE_SCHEMA_QUARANTINED);
  print_rule_reasons(layout, sql);
  text_buffer_add_string(sql, ", ");
  print_schema_reasons(layout, sql);
  text_buffer_add_string(sql, ")");
  if (stage_has_unfit(layout->plan)) {
    text_buffer_printf(sql, "\n  WHEN %d THEN list_concat(", FATE_GOLD_QUARANTINED);
    print_rule_reasons(layout, sql);
    text_buffer_add_string(sql, ", unfit)");
  }
  text_buffer_add_string(sql, "\n  ELSE ");
  print_rule_reasons(layout, sql);
  text_buffer_add_string(sql, " END AS _failed_rules");
}

void quarantine_print_reasons(const struct stage_layout *layout, struct text_buffer *sql)
{
  print_reasons(layout, FATE_DROPPED, sql);
}

void quarantine_print_query(const struct stage_layout *layout, const struct sources *sources, const struct run *run,
                            enum row_fate left_out, struct text_buffer *sql)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const struct plan *plan = layout->plan;
  text_buffer_add_string(sql, "SELECT ");
  for (size_t i = 0; i < plan->n_named; i++) {
    if (plan->columns[i].is_missing)
      continue;
    stage_print_as_read(plan, i, sql);
    text_buffer_add_string(sql, " AS ");
    sql_add_name(sql, plan->columns[i].name);
    text_buffer_add_string(sql, ", ");
  }
  print_reasons(layout, left_out, sql);
  text_buffer_add_string(sql, ",\n  ");
  technical_print(run, "_run_id", "_ingestion_ts", sql);
  text_buffer_add_string(sql, ",\n  ");
  sources_print_paths(plan->files, plan->n_files, sql);
  text_buffer_add_string(sql, "[file + 1] AS _source_file, CAST(line AS BIGINT) AS _source_line,\n  CAST(");
  stage_print_origin(plan, "//", sql);
  text_buffer_printf(sql, " AS BIGINT) AS _source_offset, %s",
                     plan->explode.is_set ? "CAST(element AS INTEGER) AS _element, " : "");
  raw_records_print(&scratch, sources, plan, sql);
  text_buffer_printf(sql, "\nWHERE fate NOT IN (%d, %d)", FATE_PASSED, left_out);
}

static bool count_quarantined(struct duckdb_engine *engine, uint64_t *ret_rows, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_printf(&sql, "SELECT count(*) FROM rows WHERE fate NOT IN (%d, %d)", FATE_PASSED, FATE_DROPPED);
  return database_query_count(engine->base.database, sql.data, ret_rows, err);
}

static bool write_rows(struct duckdb_engine *engine, const struct plan *plan, const struct run *run,
                       enum row_fate left_out, const char *path, struct error *err)
{
  struct stage_layout layout;
  stage_layout_init(engine->arena, plan, &layout);
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  TRY(raw_records_fetch(engine, plan, left_out, err));
  text_buffer_add_string(&sql, "COPY (");
  quarantine_print_query(&layout, engine->sources, run, left_out, &sql);
  text_buffer_add_string(&sql, ")\nTO ");
  sql_add_string(&sql, text_from(path));
  text_buffer_add_char(&sql, ' ');
  parquet_print_options(run, "snappy", &sql);
  text_buffer_add_char(&sql, ')');
  return database_execute(engine->base.database, sql.data, err);
}

bool duckdb_engine_write_quarantine(struct engine *base, const struct plan *plan, const struct run *run,
                                    const char *path, uint64_t *ret_rows, struct error *err)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  return count_quarantined(engine, ret_rows, err) && write_rows(engine, plan, run, FATE_DROPPED, path, err);
}

bool duckdb_engine_write_rejects(struct engine *base, const struct plan *plan, const struct run *run, const char *path,
                                 uint64_t *ret_count, struct error *err)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  uint64_t n_tables = 0;
  *ret_count = 0;
  TRY(database_query_count(engine->base.database,
                           "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'rows' AND "
                           "database_name = 'memory'",
                           &n_tables, err));
  if (n_tables == 0)
    return true;
  TRY(database_query_count(engine->base.database, "SELECT count(*) FROM rows WHERE fate <> 0", ret_count, err));
  return *ret_count == 0 || write_rows(engine, plan, run, FATE_PASSED, path, err);
}
