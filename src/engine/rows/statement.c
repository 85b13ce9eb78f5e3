#include "engine/rows/statement.h"

void statement_add(const char *title, struct text_buffer *sql, struct text_buffer *out)
{
  text_buffer_printf(out, "%s-- %s\n", out->length == 0 ? "" : "\n", title);
  text_buffer_add_text(out, text_buffer_text(sql));
  text_buffer_add_string(out, ";\n");
  text_buffer_clear(sql);
}
