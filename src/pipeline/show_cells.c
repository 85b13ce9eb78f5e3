/* What a cell shows of a value: an expression of Spark SQL for each kind of type and form. */
#include "pipeline/show_internal.h"

#include <ctype.h>

/* `c` is the column. Silver keeps instants in UTC: with their offset they say so to whoever reads them. */
static const char *cell_expression(const struct type *type, enum show_form form)
{
  bool is_table = form == SHOW_TABLE;
  if (type->id == TYPE_STRING)
    return "c";
  if (type->id == TYPE_BINARY)
    return is_table ? "concat(\"X'\", hex(c), \"'\")" : "base64(c)";
  if (!is_table && type_is_nested(type))
    return "to_json(c)";
  if (!is_table && type->id == TYPE_TIMESTAMP)
    return "concat(replace(CAST(c AS STRING), ' ', 'T'), date_format(c, 'XXX'))";
  if (!is_table && type->id == TYPE_TIMESTAMP_NTZ)
    return "replace(CAST(c AS STRING), ' ', 'T')";
  return "CAST(c AS STRING)";
}

bool show_add_cell(const struct show *show, const struct shown_column *column, struct text_buffer *sql,
                   struct error *err)
{
  const struct type *type = column->shown.type;
  const struct expr_column scope_column = { .name = "c", .type = type, .sql = column->sql };
  const struct expr_scope scope = { .columns = &scope_column,
                                    .n_columns = 1,
                                    .timezone = show->config->dataset->timezone };
  struct expr *expr = NULL;
  if (column->is_private) {
    text_buffer_printf(sql, "CASE WHEN %s IS NOT NULL THEN '" PRIVATE_MASK "' END", column->sql);
    return true;
  }
  if (show->asked->form == SHOW_PARQUET) {
    text_buffer_add_string(sql, column->sql);
    return true;
  }
  const struct expr_text text = { .text = text_from(cell_expression(type, show->asked->form)), .place = NOWHERE };
  TRY(expr_compile(show->arena, text, &scope, &expr, NULL, err));
  expr_print_duckdb(expr, sql);
  return true;
}

/* NaN and the infinities are no numbers of JSON. */
static bool is_number(struct text cell)
{
  size_t at = cell.length > 0 && cell.data[0] == '-';
  return at < cell.length && isdigit((unsigned char)cell.data[at]) != 0;
}

bool show_is_bare(const struct show_column *column, struct text cell)
{
  const struct type *type = column->type;
  if (type_is_numeric(type))
    return is_number(cell);
  return column->is_json || type->id == TYPE_BOOLEAN || type_is_nested(type);
}
