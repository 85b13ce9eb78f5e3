/** The metadata tables: what each is called, which columns it has, and what a role must be allowed on it. All else that
 * names them for the databases is made from here: the statements that create and widen them (prepare.c), what is
 * expected of those that stand (look.c), what `crisol db check` looks for (privileges.c), scripts/init_database.sql and
 * the tables of docs/metadata.md (print.c). */
#ifndef CRISOL_LEDGER_TABLES_H
#define CRISOL_LEDGER_TABLES_H

#include "base/macros.h"
#include "base/text.h"

#include <stdbool.h>

/** A type by its name in the DDL, which both databases take. */
struct ledger_type {
  const char *name;
  const char *alike[2]; /* what a database may call a type that takes and gives back the same values; NULL: no more */
};

struct ledger_column {
  const char *name;
  const struct ledger_type *type;
  bool is_required; /* NOT NULL */
  int since;        /* the layout that brought it; those that came after the first may be null */
  const char *doc;
};

/** What crisol does with rows of a table, and a role must be granted. */
enum ledger_privilege {
  LEDGER_SELECT = 1,
  LEDGER_INSERT = 2,
  LEDGER_UPDATE = 4,
  LEDGER_DELETE = 8,
};

struct ledger_table {
  const char *name;
  const char *doc;
  unsigned privileges; /* of enum ledger_privilege */
  const struct ledger_column *columns;
  size_t n_columns;
};

/** The layout in which tables are made anew: a column with a higher number would be of a later version. */
enum { LEDGER_FIRST_LAYOUT = 1, LEDGER_LAYOUT = 6 };
enum { N_LEDGER_TABLES = 8 };
extern const struct ledger_table ledger_tables[N_LEDGER_TABLES];

/** The column by which a table of this layout is known: the last that came to it, or the first of one that has never
 * changed. */
const struct ledger_column *ledger_latest_column(const struct ledger_table *table);

/** Adds "SELECT, INSERT" of the privileges. */
void ledger_print_privileges(unsigned privileges, struct text_buffer *out);

/** Adds the statement that creates a table where it is missing, on lines of its own; `schema` is what stands before its
 * name, as "metadata.". With comments, each column has what it is for beside it. */
enum ledger_comments { LEDGER_PLAIN, LEDGER_COMMENTED };
void ledger_print_create(const char *schema, const struct ledger_table *table, enum ledger_comments comments,
                         struct text_buffer *out);

/** Adds a statement a column that tables of a former layout lack. */
void ledger_print_additions(const char *schema, struct text_buffer *out);

/** Adds scripts/init_database.sql, whole. */
void ledger_print_script(struct text_buffer *out);

/** Adds the tables as Markdown, for docs/metadata.md. */
void ledger_print_docs(struct text_buffer *out);

#endif
