/* format_string(): printf as Java has it. The format has been checked by expr. */
#include "duckdb/functions/internal.h"
#include "duckdb/functions/format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct directive {
  bool left, plus, blank, zero, comma, parentheses;
  int width, precision; /* -1: none */
  char letter;
};

/* A number of any length: what is past the longest text is refused when it is written. */
static int read_count(struct text format, size_t *at)
{
  int count = 0;
  for (; *at < format.length && format.data[*at] >= '0' && format.data[*at] <= '9'; ++*at)
    count = count > MAX_TEXT ? count : count * 10 + (format.data[*at] - '0');
  return count;
}

static size_t read_directive(struct text format, size_t at, size_t *next_argument, size_t *ret_argument,
                             struct directive *ret_directive)
{
  struct directive directive = { .width = -1, .precision = -1 };
  size_t end = at;
  while (end < format.length && format.data[end] >= '0' && format.data[end] <= '9')
    end++;
  bool is_indexed = end < format.length && end > at && format.data[end] == '$';
  size_t index = is_indexed ? (size_t)strtol(format.data + at, NULL, 10) : 0;
  at = is_indexed ? end + 1 : at;
  for (; at < format.length && strchr("-+ 0,(", format.data[at]) != NULL; at++) {
    directive.left |= format.data[at] == '-';
    directive.plus |= format.data[at] == '+';
    directive.blank |= format.data[at] == ' ';
    directive.zero |= format.data[at] == '0';
    directive.comma |= format.data[at] == ',';
    directive.parentheses |= format.data[at] == '(';
  }
  if (at < format.length && format.data[at] >= '0' && format.data[at] <= '9')
    directive.width = read_count(format, &at);
  if (at < format.length && format.data[at] == '.') {
    at++;
    directive.precision = read_count(format, &at);
  }
  directive.letter = at < format.length ? format.data[at] : '%';
  bool takes_argument = directive.letter != '%' && directive.letter != 'n';
  *ret_argument = !takes_argument ? 0 : is_indexed ? index : ++*next_argument;
  *ret_directive = directive;
  return at + 1;
}

static void add_padded(struct text_buffer *out, const struct directive *directive, struct text text)
{
  size_t length = text_count_characters(text);
  size_t missing = directive->width > 0 && (size_t)directive->width > length ? (size_t)directive->width - length : 0;
  for (size_t i = 0; i < missing && !directive->left; i++)
    text_buffer_add_char(out, ' ');
  text_buffer_add_text(out, text);
  for (size_t i = 0; i < missing && directive->left; i++)
    text_buffer_add_char(out, ' ');
}

/* Digits with their sign, zeros, separators and width. `fraction` begins with the point. */
static void add_number(struct text_buffer *out, const struct directive *directive, bool is_negative, struct text whole,
                       struct text fraction)
{
  SCOPED(text_buffer_done) struct text_buffer number = { 0 };
  SCOPED(text_buffer_done) struct text_buffer digits = { 0 };
  if (directive->comma)
    format_add_grouped(&digits, whole.data, whole.length);
  else
    text_buffer_add_text(&digits, whole);
  text_buffer_add_text(&digits, fraction);
  const char *sign = is_negative        ? (directive->parentheses ? "(" : "-")
                     : directive->plus  ? "+"
                     : directive->blank ? " "
                                        : "";
  size_t closing = is_negative && directive->parentheses;
  text_buffer_add_string(&number, sign);
  size_t length = number.length + digits.length + closing;
  for (; directive->zero && directive->width > 0 && length < (size_t)directive->width; length++)
    text_buffer_add_char(&number, '0');
  text_buffer_add_text(&number, text_buffer_text(&digits));
  if (closing)
    text_buffer_add_char(&number, ')');
  add_padded(out, directive, text_buffer_text(&number));
}

static void add_integer(struct text_buffer *out, const struct directive *directive, const struct vector *vector,
                        size_t row)
{
  int64_t value = vector_integer(vector, row);
  char digits[32];
  if (directive->letter == 'd') {
    uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)size);
    add_number(out, directive, value < 0, text_from(digits), TEXT(""));
    return;
  }
  uint64_t bits = vector->type->id == TYPE_BIGINT     ? UINT64_MAX
                  : vector->type->id == TYPE_INT      ? UINT32_MAX
                  : vector->type->id == TYPE_SMALLINT ? UINT16_MAX
                                                      : UINT8_MAX;
  const char *format = directive->letter == 'o' ? "%llo" : directive->letter == 'x' ? "%llx" : "%llX";
  struct directive plain = *directive;
  plain.plus = plain.blank = plain.comma = false;
  snprintf(digits, sizeof digits, format, (unsigned long long)((uint64_t)value & bits));
  add_number(out, &plain, false, text_from(digits), TEXT(""));
}

static void add_not_finite(struct text_buffer *out, const struct directive *directive, double value)
{
  struct directive plain = *directive;
  plain.zero = false;
  add_padded(out, &plain,
             text_from(isnan(value) ? "NaN"
                       : value > 0  ? directive->plus ? "+Infinity" : "Infinity"
                                    : "-Infinity"));
}

/* %f rounds the shortest digits half up. */
static void add_floating(struct text_buffer *out, const struct directive *directive, double value)
{
  int places = directive->precision < 0 ? 6 : directive->precision;
  if (!isfinite(value)) {
    add_not_finite(out, directive, value);
    return;
  }
  SCOPED(text_buffer_done) struct text_buffer digits = { 0 };
  int128 unscaled;
  if (double_to_decimal(fabs(value), 38, places > 20 ? 20 : places, &unscaled)) {
    decimal_add_plain(unscaled, places > 20 ? 20 : places, &digits);
    for (int i = 20; i < places; i++)
      text_buffer_add_char(&digits, '0');
  } else {
    text_buffer_printf(&digits, "%.*f", places, fabs(value));
  }
  struct text text = text_buffer_text(&digits);
  const char *point = memchr(text.data, '.', text.length);
  size_t whole = point == NULL ? text.length : (size_t)(point - text.data);
  add_number(out, directive, signbit(value) != 0, (struct text){ text.data, whole },
             (struct text){ text.data + whole, text.length - whole });
}

/* Half up on the digits that Java prints, so that they come out as its BigDecimal's do: d.ddd of `n_digits` digits. */
static int round_digits(double value, int n_digits, char *ret_digits)
{
  SCOPED(text_buffer_done) struct text_buffer text = { 0 };
  double_add_text(value, &text);
  int exponent = 0;
  int count = 0;
  bool after_point = false;
  char digits[32] = { 0 };
  for (size_t i = 0; i < text.length && text.data[i] != 'E'; i++) {
    bool is_leading = count == 0 && text.data[i] == '0';
    if (text.data[i] == '.')
      after_point = true;
    else if (!is_leading && count < 31)
      digits[count++] = text.data[i];
    if (text.data[i] != '.' && (is_leading ? after_point : !after_point))
      exponent += is_leading ? -1 : 1;
  }
  const char *mark = memchr(text.data, 'E', text.length);
  exponent += (mark == NULL ? 0 : (int)strtol(mark + 1, NULL, 10)) - 1;
  memset(ret_digits, '0', (size_t)n_digits);
  memcpy(ret_digits, digits, (size_t)(count < n_digits ? count : n_digits));
  if (count <= n_digits || digits[n_digits] < '5')
    return exponent;
  int i = n_digits - 1;
  for (; i >= 0 && ret_digits[i] == '9'; i--)
    ret_digits[i] = '0';
  if (i >= 0) {
    ret_digits[i]++;
    return exponent;
  }
  ret_digits[0] = '1';
  return exponent + 1;
}

enum { MOST_DIGITS = 64 };

/* %e: one digit before the point, an exponent of two digits or more. */
static void add_scientific(struct text_buffer *out, const struct directive *directive, double value)
{
  if (!isfinite(value)) {
    add_not_finite(out, directive, value);
    return;
  }
  int places = directive->precision < 0 ? 6 : directive->precision;
  int n_digits = (places < MOST_DIGITS ? places : MOST_DIGITS - 1) + 1;
  char digits[MOST_DIGITS];
  memset(digits, '0', sizeof digits);
  int exponent = value == 0 ? 0 : round_digits(fabs(value), n_digits, digits);
  SCOPED(text_buffer_done) struct text_buffer rest = { 0 };
  if (places > 0)
    text_buffer_add_char(&rest, '.');
  text_buffer_add(&rest, digits + 1, (size_t)n_digits - 1);
  for (int i = n_digits - 1; i < places; i++)
    text_buffer_add_char(&rest, '0');
  text_buffer_printf(&rest, "%c%c%02d", directive->letter == 'E' || directive->letter == 'G' ? 'E' : 'e',
                     exponent < 0 ? '-' : '+', abs(exponent));
  add_number(out, directive, signbit(value) != 0, (struct text){ digits, 1 }, text_buffer_text(&rest));
}

/* %g: as %f from 0.0001 to below 10^precision, as %e elsewhere; zeros at the end stay. */
static void add_general(struct text_buffer *out, const struct directive *directive, double value)
{
  struct directive form = *directive;
  form.precision = directive->precision < 0 ? 6 : directive->precision == 0 ? 1 : directive->precision;
  if (!isfinite(value)) {
    add_not_finite(out, directive, value);
    return;
  }
  char digits[MOST_DIGITS];
  int n_digits = form.precision < MOST_DIGITS ? form.precision : MOST_DIGITS;
  int exponent = value == 0 ? 0 : round_digits(fabs(value), n_digits, digits);
  form.precision -= 1;
  if (exponent >= -4 && exponent <= form.precision) {
    form.precision -= exponent;
    add_floating(out, &form, value);
  } else {
    add_scientific(out, &form, value);
  }
}

static void add_capitals(struct text_buffer *out, size_t from)
{
  for (size_t i = from; i < out->length; i++)
    out->data[i] = format_upper(out->data[i]);
}

/* Dates and timestamps are the numbers that Spark keeps of them. */
static void add_plain(struct udf_call *call, const struct vector *vector, size_t row, struct text_buffer *out)
{
  if (vector->type->id == TYPE_DATE || vector->type->id == TYPE_TIMESTAMP || vector->type->id == TYPE_TIMESTAMP_NTZ)
    text_buffer_printf(out, "%lld", (long long)vector_integer(vector, row));
  else
    vector_add_text(call, vector, row, out);
}

static void add_text(struct udf_call *call, const struct directive *directive, const struct vector *vector, size_t row)
{
  SCOPED(text_buffer_done) struct text_buffer value = { 0 };
  if (directive->letter == 'b')
    text_buffer_add_string(&value, vector_is_null(vector, row) ||
                                           (vector->type->id == TYPE_BOOLEAN && !((const bool *)vector->data)[row])
                                       ? "false"
                                       : "true");
  else
    add_plain(call, vector, row, &value);
  struct text text = text_buffer_text(&value);
  size_t at = 0;
  for (int n = 0; directive->precision >= 0 && n < directive->precision && at < text.length; n++)
    for (at++; at < text.length && ((unsigned char)text.data[at] & 0xC0) == 0x80; at++) {
    }
  if (directive->precision >= 0)
    text.length = at;
  size_t start = call->buffer.length;
  add_padded(&call->buffer, directive, text);
  if (directive->letter == 'S')
    add_capitals(&call->buffer, start);
}

static void add_character(struct udf_call *call, const struct directive *directive, const struct vector *vector,
                          size_t row)
{
  SCOPED(text_buffer_done) struct text_buffer value = { 0 };
  int64_t code = vector_integer(vector, row);
  text_buffer_add_utf8(&value,
                       code >= 0 && code <= 0x10FFFF && !(code >= 0xD800 && code <= 0xDFFF) ? (uint32_t)code : 0xFFFD);
  add_padded(&call->buffer, directive, text_buffer_text(&value));
}

static double read_floating(const struct vector *vector, size_t row)
{
  return vector->type->id == TYPE_FLOAT ? (double)((const float *)vector->data)[row]
                                        : ((const double *)vector->data)[row];
}

static void add_directive(struct udf_call *call, const struct directive *directive, const struct vector *vector,
                          size_t row)
{
  bool is_null = vector_is_null(vector, row);
  if (is_null && directive->letter != 'b' && directive->letter != 's' && directive->letter != 'S') {
    struct directive plain = *directive;
    add_padded(&call->buffer, &plain, TEXT("null"));
    return;
  }
  switch (directive->letter) {
  case 's':
  case 'S':
  case 'b':
    add_text(call, directive, vector, row);
    return;
  case 'c':
    add_character(call, directive, vector, row);
    return;
  case 'f':
    add_floating(&call->buffer, directive, read_floating(vector, row));
    return;
  case 'e':
  case 'E':
    add_scientific(&call->buffer, directive, read_floating(vector, row));
    return;
  case 'g':
  case 'G':
    add_general(&call->buffer, directive, read_floating(vector, row));
    return;
  default:
    add_integer(&call->buffer, directive, vector, row);
  }
}

static bool format_string(struct udf_call *call, size_t row)
{
  if (arg_is_null(call, 0, row))
    return false;
  struct text format = arg_text(call, 0, row);
  size_t next_argument = 0;
  text_buffer_clear(&call->buffer);
  for (size_t at = 0; at < format.length;) {
    if (format.data[at] != '%') {
      text_buffer_add_char(&call->buffer, format.data[at++]);
      continue;
    }
    struct directive directive;
    size_t argument;
    at = read_directive(format, at + 1, &next_argument, &argument, &directive);
    if (directive.letter == '%' || directive.letter == 'n')
      text_buffer_add_char(&call->buffer, directive.letter == 'n' ? '\n' : '%');
    else if (argument > 0 && argument < call->n_args) {
      int longest = directive.width > directive.precision ? directive.width : directive.precision;
      TRY(udf_check_size(call, call->buffer.length + (longest > 0 ? (size_t)longest : 0)));
      add_directive(call, &directive, &call->args[argument], row);
    }
  }
  return return_buffer(call, row);
}

static const struct udf rows[] = {
  { .name = "spark_format_string", .flags = UDF_NULLS, .each = format_string },
};

UDF_FAMILY(printf_udfs, rows);
