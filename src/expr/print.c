/* Prints the typed tree as DuckDB SQL, and the tree as it was written as canonical Spark SQL. */
#include "expr/functions/functions.h"

#include <math.h>
#include <stdio.h>

void sql_add_name(struct text_buffer *out, const char *name)
{
  text_buffer_add_quoted(out, name, '"');
}

void spark_add_name(struct text_buffer *out, const char *name)
{
  text_buffer_add_quoted(out, name, '`');
}

void sql_add_string(struct text_buffer *out, struct text text)
{
  /* DuckDB ends a statement at a NUL byte, so one is written as chr(0). */
  bool has_nul = text.length > 0 && memchr(text.data, 0, text.length) != NULL;
  text_buffer_add_string(out, has_nul ? "('" : "'");
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    if (c == '\'')
      text_buffer_add_string(out, "''");
    else if (c == 0)
      text_buffer_add_string(out, "' || chr(0) || '");
    else
      text_buffer_add_char(out, c);
  }
  text_buffer_add_string(out, has_nul ? "')" : "'");
}

static void add_code_name(const char *name, struct text_buffer *out)
{
  for (const char *c = name; *c != 0; c++)
    text_buffer_printf(out, "%02x", (unsigned)(unsigned char)*c);
  if (name[0] == 0)
    text_buffer_add_char(out, 'x');
}

void type_print_code(const struct type *type, struct text_buffer *out)
{
  switch (type->id) {
  case TYPE_DECIMAL:
    text_buffer_printf(out, "decimal_%d_%d", type->precision, type->scale);
    return;
  case TYPE_TIMESTAMP_NTZ:
    text_buffer_add_string(out, "ntz");
    return;
  case TYPE_INTERVAL_YEAR_MONTH:
  case TYPE_INTERVAL_DAY_TIME:
    text_buffer_printf(out, "span_%d_%d", type->first_unit, type->last_unit);
    return;
  case TYPE_ARRAY:
    text_buffer_add_string(out, "array_");
    type_print_code(type->element, out);
    return;
  case TYPE_MAP:
    text_buffer_add_string(out, "map_");
    type_print_code(type->key, out);
    text_buffer_add_char(out, '_');
    type_print_code(type->element, out);
    return;
  case TYPE_STRUCT:
    text_buffer_printf(out, "struct_%zu", type->n_fields);
    for (size_t i = 0; i < type->n_fields; i++) {
      text_buffer_add_char(out, '_');
      add_code_name(type->fields[i].name, out);
      text_buffer_add_char(out, '_');
      type_print_code(type->fields[i].type, out);
    }
    return;
  default:
    type_print(type, out);
  }
}

static void add_cast(struct text_buffer *out, const struct type *type, const char *value)
{
  text_buffer_printf(out, "CAST(%s AS ", value);
  type_print_duckdb(type, out);
  text_buffer_add_char(out, ')');
}

static void add_double(const struct literal *literal, struct text_buffer *out)
{
  char value[64];
  if (isnan(literal->floating))
    snprintf(value, sizeof value, "'NaN'");
  else if (isinf(literal->floating))
    snprintf(value, sizeof value, "'%sInfinity'", literal->floating < 0 ? "-" : "");
  else
    snprintf(value, sizeof value, "'%.17g'", literal->floating);
  add_cast(out, literal->type, value);
}

static void add_decimal(const struct literal *literal, struct text_buffer *out)
{
  SCOPED(text_buffer_done) struct text_buffer digits = { 0 };
  text_buffer_add_char(&digits, '\'');
  decimal_add_plain(literal->decimal, literal->type->scale, &digits);
  text_buffer_add_char(&digits, '\'');
  add_cast(out, literal->type, digits.data);
}

static void add_binary(struct text text, struct text_buffer *out)
{
  text_buffer_add_string(out, "CAST('");
  for (size_t i = 0; i < text.length; i++)
    text_buffer_printf(out, "\\x%02X", (unsigned)(unsigned char)text.data[i]);
  text_buffer_add_string(out, "' AS BLOB)");
}

/* A wall clock of years 1 to 9999 is written out; DuckDB's text of others differs. */
static void add_datetime(const struct literal *literal, struct text_buffer *out)
{
  static const struct {
    const char *word, *suffix, *other;
  } forms[] = {
    [TYPE_DATE] = { "DATE", "", "(DATE '1970-01-01' + CAST(%lld AS INTEGER))" },
    [TYPE_TIMESTAMP] = { "TIMESTAMPTZ", "+00", "spark_instant(CAST(%lld AS BIGINT))" },
    [TYPE_TIMESTAMP_NTZ] = { "TIMESTAMP", "", "spark_wall_clock(CAST(%lld AS BIGINT))" },
  };
  enum type_id id = literal->type->id;
  int64_t day_us = INT64_C(86400000000);
  int64_t micros = id == TYPE_DATE ? 0 : ((literal->integer % day_us) + day_us) % day_us;
  int64_t days = id == TYPE_DATE ? literal->integer : (literal->integer - micros) / day_us;
  int64_t year;
  int month;
  int day;
  civil_from_days(days, &year, &month, &day);
  if (year < 1 || year > 9999) {
    const char *place = strstr(forms[id].other, "%lld");
    text_buffer_add(out, forms[id].other, (size_t)(place - forms[id].other));
    text_buffer_printf(out, "%lld%s", (long long)literal->integer, place + 4);
    return;
  }
  text_buffer_printf(out, "%s '%04d-%02d-%02d", forms[id].word, (int)year, month, day);
  if (id != TYPE_DATE)
    text_buffer_printf(out, " %02d:%02d:%02d", (int)(micros / INT64_C(3600000000)), (int)(micros / 60000000 % 60),
                       (int)(micros / 1000000 % 60));
  if (micros % 1000000 != 0)
    text_buffer_printf(out, ".%06d", (int)(micros % 1000000));
  text_buffer_printf(out, "%s'", forms[id].suffix);
}

static void print_literal(const struct literal *literal, struct text_buffer *out)
{
  char number[64];
  if (literal->is_null) {
    add_cast(out, literal->type, "NULL");
    return;
  }
  switch (literal->type->id) {
  case TYPE_BOOLEAN:
    text_buffer_add_string(out, literal->boolean ? "TRUE" : "FALSE");
    return;
  case TYPE_INT:
    if (literal->integer == INT32_MIN) /* DuckDB would take it for the negative of a bigint */
      add_cast(out, literal->type, "-2147483648");
    else
      text_buffer_printf(out, literal->integer < 0 ? "(%lld)" : "%lld", (long long)literal->integer);
    return;
  case TYPE_TINYINT:
  case TYPE_SMALLINT:
  case TYPE_BIGINT:
    snprintf(number, sizeof number, "%lld", (long long)literal->integer);
    add_cast(out, literal->type, number);
    return;
  case TYPE_FLOAT:
  case TYPE_DOUBLE:
    add_double(literal, out);
    return;
  case TYPE_DECIMAL:
    add_decimal(literal, out);
    return;
  case TYPE_STRING:
    sql_add_string(out, literal->text);
    return;
  case TYPE_BINARY:
    add_binary(literal->text, out);
    return;
  case TYPE_DATE:
  case TYPE_TIMESTAMP:
  case TYPE_TIMESTAMP_NTZ:
    add_datetime(literal, out);
    return;
  case TYPE_INTERVAL_YEAR_MONTH:
    text_buffer_printf(out, "to_months(%lld)", (long long)literal->integer);
    return;
  case TYPE_INTERVAL_DAY_TIME:
    text_buffer_printf(out, "to_microseconds(CAST(%lld AS BIGINT))", (long long)literal->integer);
    return;
  default:
    BUG("a literal of this type cannot be written");
  }
}

static void print_field(const struct expr *expr, struct text_buffer *out)
{
  const struct expr *base = expr->args[0];
  bool is_array = base->type->id == TYPE_ARRAY;
  const struct type *type = is_array ? base->type->element : base->type;
  text_buffer_add_string(out, is_array ? "list_transform(" : "struct_extract(");
  print_expr(base, out);
  text_buffer_add_string(out, is_array ? ", lambda each: struct_extract(each, " : ", ");
  sql_add_string(out, text_from(type->fields[expr->index].name));
  text_buffer_add_string(out, is_array ? "))" : ")");
}

void print_expr(const struct expr *expr, struct text_buffer *out)
{
  switch (expr->kind) {
  case EXPR_LITERAL:
    print_literal(&expr->literal, out);
    return;
  case EXPR_COLUMN:
    if (expr->column->sql != NULL)
      text_buffer_add_string(out, expr->column->sql);
    else
      sql_add_name(out, expr->column->name);
    return;
  case EXPR_VARIABLE:
    text_buffer_add_string(out, expr->name);
    return;
  case EXPR_CALL:
    if (expr->function->print != NULL)
      expr->function->print(expr, out);
    else
      print_template(expr, expr->function->duckdb, out);
    return;
  case EXPR_CAST:
  case EXPR_TRY_CAST:
    cast_print(expr, out);
    return;
  case EXPR_FIELD:
    print_field(expr, out);
    return;
  case EXPR_LAMBDA:
    text_buffer_printf(out, "lambda %s: ", expr->name);
    print_expr(expr->args[0], out);
    return;
  }
}

void expr_print_duckdb(const struct expr *expr, struct text_buffer *out)
{
  print_expr(expr, out);
}

void print_args(const struct expr *call, size_t first, const char *separator, struct text_buffer *out)
{
  for (size_t i = first; i < call->n_args; i++) {
    if (i > first)
      text_buffer_add_string(out, separator);
    print_expr(call->args[i], out);
  }
}

static void print_arg_codes(const struct expr *call, struct text_buffer *out)
{
  for (size_t i = 0; i < call->n_args; i++) {
    if (i > 0)
      text_buffer_add_string(out, "__");
    type_print_code(call->args[i]->type, out);
  }
}

static void print_arg_or(const struct expr *call, size_t index, struct text otherwise, struct text_buffer *out)
{
  if (index < call->n_args)
    print_expr(call->args[index], out);
  else
    text_buffer_add_text(out, otherwise);
}

/* What stands after a "$" of a template; returns the number of characters read. */
static size_t print_parameter(const struct expr *call, const char *at, struct text_buffer *out)
{
  if (*at >= '1' && *at <= '9') {
    print_arg_or(call, (size_t)(*at - '1'), TEXT(""), out);
    return 1;
  }
  switch (*at) {
  case '*':
    print_args(call, 0, ", ", out);
    return 1;
  case 'D':
    type_print_duckdb(call->type, out);
    return 1;
  case 'T':
    if (at[1] == '*')
      print_arg_codes(call, out);
    else if (at[1] >= '1' && at[1] <= '9')
      type_print_code(call->args[at[1] - '1']->type, out);
    else
      type_print_code(call->type, out);
    return at[1] == '*' || (at[1] >= '1' && at[1] <= '9') ? 2 : 1;
  case '{': {
    const char *end = strchr(at, '}');
    struct text otherwise = { at + 3, (size_t)(end - at) - 3 };
    print_arg_or(call, (size_t)(at[1] - '1'), otherwise, out);
    return (size_t)(end - at) + 1;
  }
  case '$':
    text_buffer_add_char(out, '$');
    return 1;
  default:
    BUG("a template has an unknown parameter");
  }
}

void print_template(const struct expr *call, const char *template, struct text_buffer *out)
{
  for (const char *c = template; *c != 0; c++) {
    if (*c == '$')
      c += print_parameter(call, c + 1, out);
    else
      text_buffer_add_char(out, *c);
  }
}
