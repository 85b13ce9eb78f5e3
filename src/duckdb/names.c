/* Names of the catalog, which DuckDB compares without the case of ASCII letters. */
#include "duckdb/database.h"
#include "expr/expr.h"

/* lower() folds the letters of all scripts: it is right where the name has none but ASCII's, and good to read. */
void sql_add_same_name(struct text_buffer *sql, const char *column, const char *name)
{
  SCOPED(text_buffer_done) struct text_buffer folded = { 0 };
  bool is_ascii = true;
  for (const char *p = name; *p != '\0'; p++) {
    is_ascii = is_ascii && (*p & 0x80) == 0;
    text_buffer_add_char(&folded, *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p);
  }
  text_buffer_printf(
      sql, is_ascii ? "lower(%s) = " : "translate(%s, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') = ",
      column);
  sql_add_string(sql, text_buffer_text(&folded));
}
