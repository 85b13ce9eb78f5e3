/* The metadata tables as they stand, compared with the DDL that makes them: a person may have altered them. And what
 * they say of a gold table that was altered. */
#include "ledger/ledger.h"
#include "ledger/tables.h"

struct look {
  struct warehouse *warehouse;
  struct table found; /* table, its kind, column, type, whether it takes null, default, longest text */
};

enum { TABLE, KIND, COLUMN, TYPE, NULLABLE, DEFAULT, LONGEST, N_CELLS };

static bool equal(const char *cell, struct text text)
{
  return cell != NULL && text_equal_nocase(text_from(cell), text);
}

/* The next of `text`, which ends at a mark; moves `text` behind it. */
static struct text cut(struct text *text, const char *mark)
{
  const char *end = strstr(text->data, mark);
  size_t length = end == NULL || end > text->data + text->length ? text->length : (size_t)(end - text->data);
  struct text piece = { text->data, length };
  size_t skipped = length + (length < text->length ? strlen(mark) : 0);
  *text = (struct text){ text->data + skipped, text->length - skipped };
  return text_trim(piece);
}

/* Whether the type that stands takes and gives back what is written as the wanted one. */
static bool is_held(char *const *cells, struct text wanted)
{
  static const char *const alike[][2] = {
    { "VARCHAR", "character varying" },
    { "VARCHAR", "text" },
    { "JSON", "jsonb" },
    { "INTEGER", "bigint" },
    { "BIGINT", "numeric" },
  };
  bool is_text = text_equal(wanted, TEXT("VARCHAR"));
  if (is_text && cells[LONGEST] != NULL)
    return false;
  for (size_t i = 0; i < ARRAY_LENGTH(alike); i++)
    if (text_equal(wanted, text_from(alike[i][0])) && equal(cells[TYPE], text_from(alike[i][1])))
      return true;
  return equal(cells[TYPE], wanted);
}

static bool refuse(struct error *err, const char *message)
{
  return fail(err, ERROR_CONFIG, NOWHERE, "%s", message);
}

/* "run_id VARCHAR NOT NULL" */
static bool check_column(const struct look *look, struct text table, struct text definition, struct error *err)
{
  struct text rest = definition;
  struct text name = cut(&rest, " ");
  struct text type = cut(&rest, " NOT NULL");
  const char *prefix = look->warehouse->prefix;
  SCOPED(text_buffer_done) struct text_buffer message = { 0 };
  for (size_t row = 0; row < look->found.n_rows; row++) {
    char *const *cells = &look->found.cells[row * N_CELLS];
    if (!equal(cells[TABLE], table) || !equal(cells[COLUMN], name))
      continue;
    if (is_held(cells, type))
      return true;
    text_buffer_printf(&message, "column \"%.*s\" of metadata table \"%.*s\" is %s%s%s%s, crisol writes %.*s",
                       TEXT_ARGS(name), TEXT_ARGS(table), cells[TYPE], cells[LONGEST] == NULL ? "" : "(",
                       cells[LONGEST] == NULL ? "" : cells[LONGEST], cells[LONGEST] == NULL ? "" : ")",
                       TEXT_ARGS(type));
    refuse(err, message.data);
    return add_hint(
        err, "Give it its type back: ALTER TABLE %smetadata.%.*s ALTER COLUMN %.*s TYPE %.*s USING CAST(%.*s AS %.*s).",
        prefix, TEXT_ARGS(table), TEXT_ARGS(name), TEXT_ARGS(type), TEXT_ARGS(name), TEXT_ARGS(type));
  }
  text_buffer_printf(&message, "metadata table \"%.*s\" lacks its column \"%.*s\"", TEXT_ARGS(table), TEXT_ARGS(name));
  refuse(err, message.data);
  return add_hint(err, "Give it back: ALTER TABLE %smetadata.%.*s ADD COLUMN %.*s %.*s.", prefix, TEXT_ARGS(table),
                  TEXT_ARGS(name), TEXT_ARGS(type));
}

static bool is_defined(struct text columns, const char *name)
{
  while (columns.length > 0) {
    struct text definition = cut(&columns, ",");
    if (equal(name, cut(&definition, " ")))
      return true;
  }
  return false;
}

/* A view, or a column of a person's that wants a value. */
static bool check_rows(const struct look *look, struct text table, struct text columns, struct error *err)
{
  const char *prefix = look->warehouse->prefix;
  for (size_t row = 0; row < look->found.n_rows; row++) {
    char *const *cells = &look->found.cells[row * N_CELLS];
    if (!equal(cells[TABLE], table))
      continue;
    if (!equal(cells[KIND], TEXT("BASE TABLE"))) {
      fail(err, ERROR_CONFIG, NOWHERE, "\"metadata.%.*s\" is no table but a %s", TEXT_ARGS(table), cells[KIND]);
      return add_hint(err, "Give the name free: ALTER %s %smetadata.%.*s RENAME TO %.*s_old.", cells[KIND], prefix,
                      TEXT_ARGS(table), TEXT_ARGS(table));
    }
    if (!equal(cells[NULLABLE], TEXT("NO")) || cells[DEFAULT] != NULL || is_defined(columns, cells[COLUMN]))
      continue;
    fail(err, ERROR_CONFIG, NOWHERE,
         "column \"%s\" of metadata table \"%.*s\" is NOT NULL without a default, and is none of crisol's",
         cells[COLUMN], TEXT_ARGS(table));
    return add_hint(err, "Let it be null: ALTER TABLE %smetadata.%.*s ALTER COLUMN %s DROP NOT NULL.", prefix,
                    TEXT_ARGS(table), cells[COLUMN]);
  }
  return true;
}

/* "CREATE TABLE IF NOT EXISTS @name (column, column, ...);" after another. */
static bool check_definitions(const struct look *look, struct text ddl, struct error *err)
{
  for (cut(&ddl, "@"); ddl.length > 0; cut(&ddl, "@")) {
    struct text table = cut(&ddl, " ("), columns = cut(&ddl, ");"), rest = columns;
    TRY(check_rows(look, table, columns, err));
    while (rest.length > 0)
      TRY(check_column(look, table, cut(&rest, ","), err));
  }
  return true;
}

/* The catalogs themselves: PostgreSQL's information_schema takes ten times as long, and hides what the role may not
 * use. */
static const char server_sql[] =
    "SELECT c.relname, CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN "
    "TABLE' "
    "ELSE 'BASE TABLE' END, a.attname, format_type(a.atttypid, NULL), CASE WHEN a.attnotnull THEN 'NO' ELSE 'YES' END, "
    "CASE "
    "WHEN a.atthasdef OR a.attidentity <> '' THEN 'default' END, CASE WHEN a.atttypmod > 4 AND a.atttypid = "
    "'varchar'::regtype THEN a.atttypmod - 4 END FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND "
    "a.attnum "
    "> 0 AND NOT a.attisdropped WHERE c.relnamespace = to_regnamespace('metadata') AND c.relkind IN ('r', 'p', 'v', "
    "'m', 'f')";
static const char file_sql[] =
    "SELECT c.table_name, t.table_type, c.column_name, c.data_type, c.is_nullable, c.column_default, NULL FROM "
    "information_schema.columns AS c JOIN information_schema.tables AS t ON t.table_catalog = c.table_catalog AND "
    "t.table_schema = c.table_schema AND t.table_name = c.table_name WHERE c.table_schema = 'metadata' AND "
    "c.table_catalog = "
    "'warehouse'";

bool ledger_check_tables(struct warehouse *warehouse, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct look look = { .warehouse = warehouse };
  TRY(warehouse_query(&scratch, warehouse, warehouse->prefix[0] == '\0' ? server_sql : file_sql, &look.found, err));
  return check_definitions(&look, TEXT(LEDGER_TABLES), err);
}
