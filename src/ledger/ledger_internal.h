/* What the files of the ledger share. */
#ifndef CRISOL_LEDGER_LEDGER_INTERNAL_H
#define CRISOL_LEDGER_LEDGER_INTERNAL_H

#include "ledger/ledger.h"
#include "ledger/tables.h"

/* Adds SQL of this folder, in which @ stands for the schema: "warehouse.metadata." of a DuckDB file, "metadata." else.
 */
void ledger_add(struct text_buffer *sql, const struct warehouse *warehouse, const char *text);
/* Adds a text as a literal, NULL as NULL. */
void ledger_add_string(struct text_buffer *sql, const char *value);
/* Adds an instant as both databases read it, to the microsecond, from the year 1 to 9999. */
void ledger_add_instant(struct text_buffer *sql, int64_t instant_us);
/* Adds a text that is only told, not compared, as a string, or NULL: where the server lacks one of its characters,
 * those that are no ASCII as \uXXXX. */
enum told_form { TOLD_TEXT, TOLD_JSON };
void ledger_add_told(struct text_buffer *sql, struct warehouse *warehouse, const char *text, enum told_form form);
/* Writes to the metadata tables. What a constraint or trigger of a person's refuses there is no fault of the data:
 * ERROR_ENVIRONMENT. */
bool ledger_write(struct warehouse *warehouse, const char *sql, struct error *err);

/* How the metadata tables stand, one row a column: the table, its kind, the column, its type, whether it takes null,
 * its default, the length of its longest text. */
struct ledger_look {
  struct warehouse *warehouse;
  struct table found;
};
bool ledger_look_at_tables(struct arena *arena, struct warehouse *warehouse, struct ledger_look *ret_look,
                           struct error *err);
/* Whether no table is missing, or of a former version. */
bool ledger_is_current(const struct ledger_look *look);
/* Does what ledger.h says of ledger_check_tables. */
bool ledger_check_look(const struct ledger_look *look, struct error *err);

#endif
