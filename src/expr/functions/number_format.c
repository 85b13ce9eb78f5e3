/* Numbers as text by a format, and text as numbers. */
#include "expr/functions/functions.h"

#include <stdlib.h>

/* format_number(number, digits) or format_number(number, '#,###.##') */
static bool resolve_format_number(struct call *call)
{
  struct text pattern;
  TRY(call_expect(call, 0, "=numeric"));
  TRY(call_expect(call, 1, "=int|=string"));
  if (call->args[1]->type->id != TYPE_STRING)
    return true;
  if (!call_literal_text(call, 1, &pattern))
    return call_fail(call, NULL, "the pattern of format_number() must be a text written in the expression");
  for (size_t i = 0; i < pattern.length; i++)
    if (strchr("#0,.", pattern.data[i]) == NULL)
      return call_fail(call, NULL, "pattern \"%.*s\" of format_number() is not supported; one such as #,##0.00 is",
                       TEXT_ARGS(pattern));
  return true;
}

static bool is_letter_for(char letter, const struct type *type)
{
  switch (letter) {
  case 'd':
  case 'x':
  case 'X':
  case 'o':
  case 'c':
    return type_is_integral(type) || type->id == TYPE_VOID;
  case 'e':
  case 'E':
  case 'f':
  case 'g':
  case 'G':
    return type->id == TYPE_FLOAT || type->id == TYPE_DOUBLE || type->id == TYPE_VOID;
  case 's':
  case 'S':
  case 'b':
    return type->id < TYPE_BINARY || type->id == TYPE_DATE || type->id == TYPE_TIMESTAMP ||
           type->id == TYPE_TIMESTAMP_NTZ;
  default:
    return false;
  }
}

/* One directive, "%[index$][flags][width][.precision]letter", that begins at `at`; checks its argument's type. */
static bool check_directive(struct call *call, struct text format, size_t *at, size_t *next_argument)
{
  size_t start = *at + 1;
  size_t end = start;
  while (end < format.length && strchr("0123456789.$-+ ,(", format.data[end]) != NULL)
    end++;
  char letter = end < format.length ? format.data[end] : 0;
  *at = end;
  if (letter == '%' || letter == 'n')
    return end == start || call_fail(call, NULL, "directive \"%%%.*s\" is not supported yet by crisol",
                                     (int)(end + 1 - start), format.data + start);
  const char *dollar = memchr(format.data + start, '$', end - start);
  size_t index = dollar == NULL ? ++*next_argument : (size_t)strtol(format.data + start, NULL, 10);
  if (index == 0 || index >= call->n_args)
    return call_fail(call, NULL, "directive \"%%%.*s\" of the format has no argument", (int)(end + 1 - start),
                     format.data + start);
  if (!is_letter_for(letter, call->args[index]->type))
    return call_fail(call, NULL, "directive \"%%%.*s\" cannot write a value of type %s here", (int)(end + 1 - start),
                     format.data + start, type_name(call->resolver->arena, call->args[index]->type));
  return true;
}

/* printf formats: the directives must fit the arguments' types, or Java would refuse them row by row. */
static bool resolve_format_string(struct call *call)
{
  struct text format;
  size_t next_argument = 0;
  TRY(call_expect(call, 0, "string"));
  if (!call_literal_text(call, 0, &format))
    return call_fail(call, NULL, "the format of \"%s\" must be a text written in the expression", call->function->name);
  for (size_t i = 0; i < format.length; i++)
    if (format.data[i] == '%')
      TRY(check_directive(call, format, &i, &next_argument));
  return true;
}

/* The parts of a number format: [S|MI][$] digits [(.|D) digits] [S|MI|PR]. What Spark knows beyond that is refused. */
static bool read_number_format(struct call *call, int *ret_precision, int *ret_scale)
{
  struct text format;
  if (!call_literal_text(call, 1, &format))
    return call_fail(call, NULL, "the format of \"%s\" must be a text written in the expression", call->function->name);
  char pattern[80] = "";
  for (size_t i = 0; i < format.length && i < sizeof pattern - 1; i++)
    pattern[i] = format.data[i] >= 'a' && format.data[i] <= 'z' ? (char)(format.data[i] - 'a' + 'A') : format.data[i];
  const char *at = pattern;
  at += *at == 'S' ? 1 : strncmp(at, "MI", 2) == 0 ? 2 : 0;
  at += *at == '$';
  size_t whole = strspn(at, "09,G");
  int before = 0;
  bool has_late_zero = false;
  for (size_t i = 0; i < whole; i++) {
    before += at[i] == '0' || at[i] == '9';
    has_late_zero |= at[i] == '0' && at[0] != '0';
  }
  const char *point = at + whole;
  size_t after = *point == '.' || *point == 'D' ? strspn(point + 1, "09") : 0;
  const char *end = point + after + (after > 0);
  end += *end == 'S' ? 1 : strncmp(end, "MI", 2) == 0 || strncmp(end, "PR", 2) == 0 ? 2 : 0;
  if (*end != 0 || format.length >= sizeof pattern || before + (int)after == 0 || has_late_zero)
    return call_fail(call, format.length == 0 ? "INVALID_FORMAT.EMPTY" : NULL,
                     "number format \"%.*s\" is not supported; one such as S$9,999.99 is", TEXT_ARGS(format));
  if (before + (int)after > 38)
    return call_fail(call, NULL, "number format \"%.*s\" has more than 38 digits", TEXT_ARGS(format));
  *ret_precision = before + (int)after;
  *ret_scale = (int)after;
  return true;
}

static bool resolve_to_number(struct call *call)
{
  int precision;
  int scale;
  TRY(call_expect(call, 0, "string"));
  TRY(call_expect(call, 1, "string"));
  TRY(read_number_format(call, &precision, &scale));
  call->type = type_decimal(call->resolver->arena, precision, scale);
  return true;
}

/* to_char(number, format), to_char(bytes, 'hex'), to_char(date, pattern) */
/* The format of bytes is one of three words, and a constant. */
static bool check_binary_format(struct call *call)
{
  static const char *const formats[] = { "base64", "hex", "utf-8" };
  struct text format;
  if (!call->args[1]->is_constant || call_is_null(call, 1))
    return call_fail(call, "NON_FOLDABLE_ARGUMENT", "the format of \"%s\" must be a constant text",
                     call->function->name);
  if (!call_literal_text(call, 1, &format))
    return true;
  for (size_t i = 0; i < ARRAY_LENGTH(formats); i++)
    if (text_equal_nocase(format, text_from(formats[i])))
      return true;
  return call_fail(call, "INVALID_PARAMETER_VALUE.BINARY_FORMAT", "\"%.*s\" is none of base64, hex, utf-8",
                   TEXT_ARGS(format));
}

static bool resolve_to_char(struct call *call)
{
  int precision;
  int scale;
  call->type = type_simple(TYPE_STRING);
  TRY(call_expect(call, 1, "string"));
  enum type_id id = call->args[0]->type->id;
  if (id == TYPE_BINARY)
    return check_binary_format(call);
  if (id == TYPE_DATE || id == TYPE_TIMESTAMP)
    return true;
  if (id == TYPE_TIMESTAMP_NTZ)
    return call_fail(call, NULL, "\"%s\" of timestamp_ntz is not supported yet by crisol", call->function->name);
  TRY(call_expect(call, 0, "decimal"));
  return read_number_format(call, &precision, &scale);
}

static void print_to_char(const struct expr *call, struct text_buffer *out)
{
  enum type_id id = call->args[0]->type->id;
  if (id == TYPE_BINARY)
    print_template(call, "spark_to_char_binary($1, $2)", out);
  else if (id == TYPE_DECIMAL)
    print_template(call, "spark_to_char__$T1__string__string($1, $2)", out);
  else
    print_template(
        call, id == TYPE_DATE ? "spark_date_format(spark_cast__date__timestamp($1), $2)" : "spark_date_format($1, $2)",
        out);
}

static const struct function rows[] = {
  { .name = "format_number",
    .min_args = 2,
    .max_args = 2,
    .returns = "string",
    .resolve = resolve_format_number,
    .duckdb = "spark_format_number__$T1__$T2__string($1, $2)",
    .doc = "A number with separators and a number of digits." },
  { .name = "format_string",
    .aliases = "printf",
    .min_args = 1,
    .max_args = ANY_NUMBER,
    .returns = "string",
    .resolve = resolve_format_string,
    .duckdb = "spark_format_string__$T*__string($*)",
    .doc = "Values put into a format." },
  { .name = "to_number",
    .min_args = 2,
    .max_args = 2,
    .resolve = resolve_to_number,
    .duckdb = "spark_to_number__string__string__$T($1, $2)",
    .doc = "A text read by a number format; null where it does not fit." },
  { .name = "try_to_number",
    .min_args = 2,
    .max_args = 2,
    .resolve = resolve_to_number,
    .duckdb = "spark_try_to_number__string__string__$T($1, $2)",
    .doc = "A text read by a number format; null where it does not fit." },
  { .name = "to_char",
    .aliases = "to_varchar",
    .min_args = 2,
    .max_args = 2,
    .resolve = resolve_to_char,
    .print = print_to_char,
    .doc = "A number, bytes or a date written by a format." },
};

FUNCTION_FAMILY(number_format_family, "number formats", rows);
