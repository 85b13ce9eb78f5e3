/* The metadata tables as DDL, as the script for the owner of a database, and as documentation. */
#include "ledger/tables.h"

void ledger_print_privileges(unsigned privileges, struct text_buffer *out)
{
  static const struct {
    unsigned privilege;
    const char *name;
  } names[] = {
    { LEDGER_SELECT, "SELECT" },
    { LEDGER_INSERT, "INSERT" },
    { LEDGER_UPDATE, "UPDATE" },
    { LEDGER_DELETE, "DELETE" },
  };
  const char *comma = "";
  for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
    if ((privileges & names[i].privilege) == 0)
      continue;
    text_buffer_printf(out, "%s%s", comma, names[i].name);
    comma = ", ";
  }
}

void ledger_print_create(const char *schema, const struct ledger_table *table, enum ledger_comments comments,
                         struct text_buffer *out)
{
  text_buffer_printf(out, "CREATE TABLE IF NOT EXISTS %s%s (\n", schema, table->name);
  for (size_t i = 0; i < table->n_columns; i++) {
    const struct ledger_column *column = &table->columns[i];
    text_buffer_printf(out, "  %s %s%s%s", column->name, column->type->name, column->is_required ? " NOT NULL" : "",
                       i + 1 < table->n_columns ? "," : "");
    if (comments == LEDGER_COMMENTED)
      text_buffer_printf(out, " -- %s", column->doc);
    text_buffer_add_char(out, '\n');
  }
  text_buffer_add_string(out, ");\n");
}

void ledger_print_additions(const char *schema, struct text_buffer *out)
{
  for (size_t i = 0; i < N_LEDGER_TABLES; i++)
    for (size_t k = 0; k < ledger_tables[i].n_columns; k++) {
      const struct ledger_column *column = &ledger_tables[i].columns[k];
      if (column->since > LEDGER_FIRST_LAYOUT)
        text_buffer_printf(out, "ALTER TABLE %s%s ADD COLUMN IF NOT EXISTS %s %s;\n", schema, ledger_tables[i].name,
                           column->name, column->type->name);
    }
}

void ledger_print_script(struct text_buffer *out)
{
  static const char schema[] = "metadata.";
  text_buffer_add_string(
      out, "-- What a database owner runs once, so that a role without further rights can run pipelines:\n"
           "--   psql -d warehouse -v role=crisol -f scripts/init_database.sql\n"
           "-- Printed from the code, src/ledger/tables.c: `make golden` writes it.\n"
           "\\set ON_ERROR_STOP on\n\n"
           "CREATE SCHEMA IF NOT EXISTS metadata;\nCREATE SCHEMA IF NOT EXISTS gold;\n");
  for (size_t i = 0; i < N_LEDGER_TABLES; i++) {
    text_buffer_printf(out, "\n-- %s\n", ledger_tables[i].doc);
    ledger_print_create(schema, &ledger_tables[i], LEDGER_COMMENTED, out);
  }
  text_buffer_add_string(out, "\n-- What tables of a former version lack.\n");
  ledger_print_additions(schema, out);
  text_buffer_add_string(out, "\nGRANT USAGE ON SCHEMA metadata TO :\"role\";\n");
  for (size_t i = 0; i < N_LEDGER_TABLES; i++) {
    text_buffer_add_string(out, "GRANT ");
    ledger_print_privileges(ledger_tables[i].privileges, out);
    text_buffer_printf(out, " ON %s%s TO :\"role\";\n", schema, ledger_tables[i].name);
  }
  text_buffer_add_string(out, "GRANT USAGE, CREATE ON SCHEMA gold TO :\"role\";\n");
}

/* "<MD5>" is no tag of HTML. */
static void print_cell(const char *text, struct text_buffer *out)
{
  text_buffer_add_char(out, ' ');
  for (const char *p = text; *p != '\0'; p++) {
    if (*p == '<' || *p == '|')
      text_buffer_add_char(out, '\\');
    text_buffer_add_char(out, *p);
  }
  text_buffer_add_string(out, " |");
}

void ledger_print_docs(struct text_buffer *out)
{
  for (size_t i = 0; i < N_LEDGER_TABLES; i++) {
    const struct ledger_table *table = &ledger_tables[i];
    text_buffer_printf(out, "## metadata.%s\n\nHas %s. A role needs ", table->name, table->doc);
    ledger_print_privileges(table->privileges, out);
    text_buffer_add_string(out, ".\n\n| column | type | null | since layout | what it is |\n|---|---|---|---|---|\n");
    for (size_t k = 0; k < table->n_columns; k++) {
      const struct ledger_column *column = &table->columns[k];
      text_buffer_printf(out, "| `%s` | %s | %s | %d |", column->name, column->type->name,
                         column->is_required ? "no" : "yes", column->since);
      print_cell(column->doc, out);
      text_buffer_add_char(out, '\n');
    }
    text_buffer_add_char(out, '\n');
  }
}
