/* The metadata tables as they stand, compared with what they are made as: a person may have altered them. */
#include "ledger/ledger_internal.h"

enum { TABLE, KIND, COLUMN, TYPE, NULLABLE, DEFAULT, LONGEST, N_CELLS };

/* What the database calls it, or NULL, against our own name. */
static bool equal(const char *name, const char *found)
{
  return name != NULL && found != NULL && text_equal_nocase(text_from(name), text_from(found));
}

/* Whether the type that stands takes and gives back what is written as the wanted one. A text of limited length does
 * not. */
static bool is_held(char *const *cells, const struct ledger_type *wanted)
{
  if (cells[LONGEST] != NULL)
    return false;
  for (size_t i = 0; i < ARRAY_LENGTH(wanted->alike); i++)
    if (equal(wanted->alike[i], cells[TYPE]))
      return true;
  return equal(wanted->name, cells[TYPE]);
}

static bool refuse_type(const struct ledger_look *look, const struct ledger_table *table,
                        const struct ledger_column *column, char *const *cells, struct error *err)
{
  const char *type = column->type->name;
  const char *longest = cells[LONGEST];
  fail(err, ERROR_CONFIG, NOWHERE, "column \"%s\" of metadata table \"%s\" is %s%s%s%s, crisol writes %s", column->name,
       table->name, cells[TYPE], longest == NULL ? "" : "(", longest == NULL ? "" : longest, longest == NULL ? "" : ")",
       type);
  return add_hint(err, "Give it its type back: ALTER TABLE %smetadata.%s ALTER COLUMN %s TYPE %s USING CAST(%s AS %s).",
                  look->warehouse->prefix, table->name, column->name, type, column->name, type);
}

static bool check_column(const struct ledger_look *look, const struct ledger_table *table,
                         const struct ledger_column *column, struct error *err)
{
  for (size_t row = 0; row < look->found.n_rows; row++) {
    char *const *cells = &look->found.cells[row * N_CELLS];
    if (equal(table->name, cells[TABLE]) && equal(column->name, cells[COLUMN]))
      return is_held(cells, column->type) || refuse_type(look, table, column, cells, err);
  }
  fail(err, ERROR_CONFIG, NOWHERE, "metadata table \"%s\" lacks its column \"%s\"", table->name, column->name);
  return add_hint(err, "Give it back: ALTER TABLE %smetadata.%s ADD COLUMN %s %s.", look->warehouse->prefix,
                  table->name, column->name, column->type->name);
}

static bool is_defined(const struct ledger_table *table, const char *name)
{
  for (size_t i = 0; i < table->n_columns; i++)
    if (equal(table->columns[i].name, name))
      return true;
  return false;
}

/* A view, or a column of a person's that wants a value. */
static bool check_rows(const struct ledger_look *look, const struct ledger_table *table, struct error *err)
{
  const char *prefix = look->warehouse->prefix;
  for (size_t row = 0; row < look->found.n_rows; row++) {
    char *const *cells = &look->found.cells[row * N_CELLS];
    if (!equal(table->name, cells[TABLE]))
      continue;
    if (!equal("BASE TABLE", cells[KIND])) {
      fail(err, ERROR_CONFIG, NOWHERE, "\"metadata.%s\" is no table but a %s", table->name, cells[KIND]);
      return add_hint(err, "Give the name free: ALTER %s %smetadata.%s RENAME TO %s_old.", cells[KIND], prefix,
                      table->name, table->name);
    }
    if (!equal("NO", cells[NULLABLE]) || cells[DEFAULT] != NULL || is_defined(table, cells[COLUMN]))
      continue;
    fail(err, ERROR_CONFIG, NOWHERE,
         "column \"%s\" of metadata table \"%s\" is NOT NULL without a default, and is none of crisol's", cells[COLUMN],
         table->name);
    return add_hint(err, "Let it be null: ALTER TABLE %smetadata.%s ALTER COLUMN %s DROP NOT NULL.", prefix,
                    table->name, cells[COLUMN]);
  }
  return true;
}

static bool check_table(const struct ledger_look *look, const struct ledger_table *table, struct error *err)
{
  TRY(check_rows(look, table, err));
  for (size_t i = 0; i < table->n_columns; i++)
    TRY(check_column(look, table, &table->columns[i], err));
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
    "SELECT table_name, CASE WHEN table_name IN (SELECT view_name FROM duckdb_views() WHERE database_name = "
    "'warehouse' AND schema_name = 'metadata') THEN 'VIEW' ELSE 'BASE TABLE' END, column_name, data_type, CASE WHEN "
    "is_nullable THEN 'YES' ELSE 'NO' END, column_default, NULL FROM duckdb_columns() WHERE database_name = "
    "'warehouse' AND schema_name = 'metadata'";

bool ledger_look_at_tables(struct arena *arena, struct warehouse *warehouse, struct ledger_look *ret_look,
                           struct error *err)
{
  *ret_look = (struct ledger_look){ .warehouse = warehouse };
  return warehouse_query(arena, warehouse, warehouse->driver->loads_elsewhere ? server_sql : file_sql, &ret_look->found,
                         err);
}

/* Each table by the column that came last. */
bool ledger_is_current(const struct ledger_look *look)
{
  size_t n_current = 0;
  for (size_t row = 0; row < look->found.n_rows; row++)
    for (size_t i = 0; i < N_LEDGER_TABLES; i++)
      n_current += equal(ledger_tables[i].name, look->found.cells[row * N_CELLS + TABLE]) &&
                   equal(ledger_latest_column(&ledger_tables[i])->name, look->found.cells[row * N_CELLS + COLUMN]);
  return n_current == N_LEDGER_TABLES;
}

bool ledger_check_look(const struct ledger_look *look, struct error *err)
{
  for (size_t i = 0; i < N_LEDGER_TABLES; i++)
    TRY(check_table(look, &ledger_tables[i], err));
  return true;
}

bool ledger_check_tables(struct warehouse *warehouse, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct ledger_look look;
  return ledger_look_at_tables(&scratch, warehouse, &look, err) && ledger_check_look(&look, err);
}
