/* Gold's rows. They are taken into a table of the show's own, and the database is let go of before one is handed on: a
 * reader that waits, such as a pager, keeps no run from its file or table. */
#include "pipeline/interruption.h"
#include "pipeline/show_internal.h"

#include "base/file.h"
#include "warehouse/warehouse.h"

#include <inttypes.h>
#include <stdlib.h>

#define TAKEN "crisol_shown"

static const char *table_name(const struct show *show)
{
  const struct dataset *dataset = show->config->dataset;
  return arena_printf(show->arena, "%s.%s", dataset->gold.schema, dataset->gold.table);
}

static bool fail_missing_table(const struct show *show, struct error *err)
{
  return show_fail_missing(
      show, arena_printf(show->arena, "gold table \"%s\" in %s", table_name(show), show->plan.database_label), err);
}

/* a DuckDB file */

static bool ask_columns(struct show *show, struct warehouse *warehouse, struct table *ret_columns, struct error *err)
{
  const struct dataset *dataset = show->config->dataset;
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(&sql, "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() WHERE "
                               "database_name = 'warehouse' AND ");
  sql_add_same_name(&sql, "schema_name", dataset->gold.schema);
  text_buffer_add_string(&sql, " AND ");
  sql_add_same_name(&sql, "table_name", dataset->gold.table);
  text_buffer_add_string(&sql, " ORDER BY column_index");
  return warehouse_query(show->arena, warehouse, sql.data, ret_columns, err);
}

enum { CELL_SCHEMA, CELL_TABLE, CELL_COLUMN, CELL_TYPE, N_CELLS };

static void mark_json(struct show *show, const struct table *columns)
{
  for (size_t row = 0; row < columns->n_rows; row++) {
    char *const *cells = &columns->cells[row * N_CELLS];
    for (size_t i = 0; i < show->n_columns; i++)
      if (strcmp(show->columns[i].shown.name, cells[CELL_COLUMN]) == 0)
        show->columns[i].shown.is_json =
            strncmp(cells[CELL_TYPE], "json", 4) == 0 || strcmp(cells[CELL_TYPE], "JSON") == 0;
  }
}

static bool describe_file(struct show *show, struct error *err)
{
  struct table columns;
  SCOPED(text_buffer_done) struct text_buffer name = { 0 };
  TRY(ask_columns(show, &show->warehouse, &columns, err));
  if (columns.n_rows == 0)
    return fail_missing_table(show, err);
  text_buffer_add_string(&name, show->warehouse.prefix);
  sql_add_name(&name, columns.cells[CELL_SCHEMA]);
  text_buffer_add_char(&name, '.');
  sql_add_name(&name, columns.cells[CELL_TABLE]);
  show->relation = text_copy(show->arena, text_buffer_text(&name));
  TRY(show_describe(show, err));
  mark_json(show, &columns);
  return true;
}

static bool open_file(struct show *show, struct error *err)
{
  const char *path = show->plan.database_path;
  if (!file_exists(path))
    return fail_missing_table(show, err);
  return warehouse_open_duckdb(show->database, path, true, interruption_allows, &show->warehouse, err) &&
         describe_file(show, err);
}

static void add_chosen(const struct show *show, const char *condition, struct text_buffer *sql)
{
  if (condition != NULL)
    text_buffer_printf(sql, " WHERE %s", condition);
  if (show->asked->limit > 0)
    text_buffer_printf(sql, " LIMIT %" PRIu64, show->asked->limit + 1);
}

bool show_take(struct show *show, const char *condition, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  if (show->warehouse.driver == NULL)
    return true;
  text_buffer_printf(&sql, "CREATE OR REPLACE TEMPORARY TABLE " TAKEN " AS SELECT * FROM %s", show->relation);
  add_chosen(show, condition, &sql);
  TRY(database_execute(show->database, sql.data, err));
  warehouse_close(&show->warehouse);
  show->relation = TAKEN;
  show->is_taken = true;
  return true;
}

/* PostgreSQL */

/* What a server's type is here; `reads` makes it of the server's text. Any other one is text. */
static const struct {
  const char *server; /* as format_type() has it, without what stands in parentheses */
  const char *reads;  /* %s is the column */
} server_types[] = {
  { "boolean", "CAST(%s AS BOOLEAN)" },
  { "smallint", "CAST(%s AS SMALLINT)" },
  { "integer", "CAST(%s AS INTEGER)" },
  { "bigint", "CAST(%s AS BIGINT)" },
  { "real", "CAST(%s AS FLOAT)" },
  { "double precision", "CAST(%s AS DOUBLE)" },
  { "date", "CAST(%s AS DATE)" },
  { "timestamp with time zone", "CAST(%s AS TIMESTAMPTZ)" },
  { "timestamp without time zone", "CAST(%s AS TIMESTAMP)" },
  { "bytea", "unhex(substr(%s, 3))" },
};

static bool ask_server_columns(struct show *show, struct warehouse *warehouse, struct table *ret_columns,
                               struct error *err)
{
  const struct dataset *dataset = show->config->dataset;
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(&sql, "SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, NULL) FROM "
                               "pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN "
                               "pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE a.attnum > 0 AND NOT "
                               "a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname = ");
  sql_add_string(&sql, text_from(dataset->gold.schema));
  text_buffer_add_string(&sql, " AND c.relname = ");
  sql_add_string(&sql, text_from(dataset->gold.table));
  text_buffer_add_string(&sql, " ORDER BY a.attnum");
  return warehouse_query(show->arena, warehouse, sql.data, ret_columns, err);
}

/* A table of texts, then rows by the thousand: no result is in memory whole. */
static bool fetch_rows(struct show *show, struct warehouse *warehouse, const struct table *columns, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(&sql, "CREATE OR REPLACE TEMPORARY TABLE " TAKEN "_texts (");
  for (size_t i = 0; i < columns->n_rows; i++) {
    text_buffer_add_string(&sql, i == 0 ? "" : ", ");
    sql_add_name(&sql, columns->cells[i * N_CELLS + CELL_COLUMN]);
    text_buffer_add_string(&sql, " VARCHAR");
  }
  text_buffer_add_char(&sql, ')');
  TRY(database_execute(show->database, sql.data, err));
  text_buffer_clear(&sql);
  text_buffer_add_string(&sql, "BEGIN TRANSACTION READ ONLY; DECLARE crisol_rows NO SCROLL CURSOR FOR SELECT * FROM ");
  sql_add_name(&sql, columns->cells[CELL_SCHEMA]);
  text_buffer_add_char(&sql, '.');
  sql_add_name(&sql, columns->cells[CELL_TABLE]);
  if (show->asked->where == NULL && show->asked->run == NULL)
    add_chosen(show, NULL, &sql);
  TRY(warehouse_execute(warehouse, sql.data, err));
  for (struct table rows = { .n_rows = 1 }; rows.n_rows > 0;) {
    SCOPED(arena_done) struct arena scratch = { 0 };
    TRY(warehouse_query(&scratch, warehouse, "FETCH 5000 FROM crisol_rows", &rows, err));
    if (rows.n_rows > 0)
      TRY(database_append(show->database, TAKEN "_texts", &rows, err));
  }
  return warehouse_execute(warehouse, "ROLLBACK", err);
}

/* Digits as they are: of all its rows the column takes the longest fraction. Texts where one is no number, or has more
 * digits than a decimal. */
static bool add_numeric(struct show *show, const char *column, struct text_buffer *sql, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer query = { 0 };
  struct table table;
  text_buffer_printf(&query,
                     "SELECT coalesce(max(length(split_part(%s, '.', 2))), 0), "
                     "coalesce(max(length(ltrim(split_part(%s, '.', 1), '-'))), 0), "
                     "count(*) FILTER (NOT regexp_full_match(%s, '-?[0-9]+([.][0-9]+)?')) FROM " TAKEN "_texts",
                     column, column, column);
  TRY(database_query(show->arena, show->database, query.data, &table, err));
  uint64_t scale = strtoull(table.cells[0], NULL, 10), whole = strtoull(table.cells[1], NULL, 10);
  if (strcmp(table.cells[2], "0") != 0 || scale + whole > 38)
    text_buffer_add_string(sql, column);
  else
    text_buffer_printf(sql, "CAST(%s AS DECIMAL(38, %" PRIu64 "))", column, scale);
  return true;
}

/* Dates before the year 1 and the infinities, as a server writes them: such a column is shown as text. */
static bool has_strange_dates(struct show *show, const char *column, bool *ret_has, struct error *err)
{
  uint64_t count = 0;
  TRY(database_query_count(show->database,
                           arena_printf(show->arena,
                                        "SELECT count(*) FROM " TAKEN "_texts WHERE %s LIKE '%%BC' OR %s LIKE "
                                        "'%%infinity'",
                                        column, column),
                           &count, err));
  *ret_has = count > 0;
  return true;
}

static bool add_typed(struct show *show, const char *name, const char *type, struct text_buffer *sql, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer quoted = { 0 };
  const char *reads = NULL;
  sql_add_name(&quoted, name);
  for (size_t i = 0; i < ARRAY_LENGTH(server_types); i++)
    if (strcmp(server_types[i].server, type) == 0)
      reads = server_types[i].reads;
  bool is_strange = false;
  if (strcmp(type, "date") == 0 || strncmp(type, "timestamp", strlen("timestamp")) == 0)
    TRY(has_strange_dates(show, quoted.data, &is_strange, err));
  if (is_strange)
    reads = NULL;
  if (strcmp(type, "numeric") == 0) {
    TRY(add_numeric(show, quoted.data, sql, err));
  } else if (reads == NULL) {
    text_buffer_add_text(sql, text_buffer_text(&quoted));
  } else {
    const char *column = strstr(reads, "%s");
    text_buffer_add(sql, reads, (size_t)(column - reads));
    text_buffer_add_text(sql, text_buffer_text(&quoted));
    text_buffer_add_string(sql, column + 2);
  }
  text_buffer_add_string(sql, " AS ");
  text_buffer_add_text(sql, text_buffer_text(&quoted));
  return true;
}

static bool type_rows(struct show *show, const struct table *columns, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(&sql, "(SELECT ");
  for (size_t i = 0; i < columns->n_rows; i++) {
    char *const *cells = &columns->cells[i * N_CELLS];
    text_buffer_add_string(&sql, i == 0 ? "" : ", ");
    TRY(add_typed(show, cells[CELL_COLUMN], cells[CELL_TYPE], &sql, err));
  }
  text_buffer_add_string(&sql, " FROM " TAKEN "_texts)");
  show->relation = text_copy(show->arena, text_buffer_text(&sql));
  TRY(show_describe(show, err));
  mark_json(show, columns);
  return true;
}

static bool open_server(struct show *show, struct error *err)
{
  struct warehouse warehouse = { 0 };
  struct table columns = { 0 };
  TRY(warehouse_open_postgresql(show->arena, show->config->database, "crisol", interruption_allows, &warehouse, err));
  interruption_warehouse(&warehouse);
  bool is_done = ask_server_columns(show, &warehouse, &columns, err) &&
                 (columns.n_rows > 0 ? fetch_rows(show, &warehouse, &columns, err) : fail_missing_table(show, err));
  interruption_warehouse(NULL);
  warehouse_close(&warehouse);
  return is_done && type_rows(show, &columns, err);
}

/* Many rows may not fit in memory; where nothing can be written they have to. */
static void prepare_to_spill(struct show *show)
{
  struct error reason;
  if (show->asked->limit == 0 && !database_make_temp_directory(show->database, &reason))
    log_debug("show", "%s", reason.message);
}

bool show_open_gold(struct show *show, struct error *err)
{
  const struct dataset *dataset = show->config->dataset;
  if (!dataset->gold.enabled)
    return fail(err, ERROR_CONFIG, dataset->gold.place, "dataset \"%s\" has no gold: output.gold.enabled is not true",
                dataset->id.value);
  show->place = arena_printf(show->arena, "gold table \"%s\" in %s", table_name(show), show->plan.database_label);
  prepare_to_spill(show);
  return show->plan.database_path != NULL ? open_file(show, err) : open_server(show, err);
}
