/* Numbers by a format. Formats have been checked by expr; here they are read again, part by part. */
#include "duckdb/functions/format.h"
#include "duckdb/functions/internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Number formats: [S|MI][$] digits [(.|D) digits] [S|MI|PR]. */
struct number_format {
  char sign_before, sign_after; /* 'S', 'M', 'P' or 0 */
  bool has_dollar;
  char whole[80]; /* its digits and separators: 0, 9 and "," */
  size_t n_digits;
  int scale;
};

static char read_sign(struct text format, size_t *at)
{
  char sign = *at < format.length ? format_upper(format.data[*at]) : 0;
  if (sign != 'S' && sign != 'M' && sign != 'P')
    return 0;
  *at += sign == 'S' ? 1 : 2;
  return sign;
}

static struct number_format read_format(struct text format)
{
  struct number_format result = { 0 };
  size_t at = 0;
  result.sign_before = read_sign(format, &at);
  result.has_dollar = at < format.length && format.data[at] == '$';
  at += result.has_dollar;
  for (size_t n = 0; at < format.length && strchr("09,Gg", format.data[at]) != NULL && n < 79; at++) {
    result.whole[n++] = format_upper(format.data[at]) == 'G' ? ',' : format.data[at];
    result.n_digits += format.data[at] == '0' || format.data[at] == '9';
  }
  if (at < format.length && (format.data[at] == '.' || format_upper(format.data[at]) == 'D'))
    for (at++; at < format.length && (format.data[at] == '0' || format.data[at] == '9'); at++)
      result.scale++;
  result.sign_after = read_sign(format, &at);
  return result;
}

/* The digits before the point, blanks for leading zeros unless the format begins with 0. */
static void add_whole(struct text_buffer *out, const struct number_format *format, const char *digits, bool is_too_long)
{
  bool shows_zeros = format->whole[0] == '0';
  size_t index = 0;
  for (const char *c = format->whole; *c != 0; c++) {
    if (*c == ',') {
      text_buffer_add_char(out, shows_zeros && !is_too_long ? ',' : ' ');
      continue;
    }
    bool is_last = index + 1 == format->n_digits;
    char digit = digits[index++];
    shows_zeros |= digit != '0' || (is_last && format->scale > 0);
    text_buffer_add_char(out, is_too_long ? '#' : shows_zeros ? digit : ' ');
  }
}

/* A sign or "<" goes next to the digits, past the blanks before them. */
static void add_sign_before(struct text_buffer *out, char sign, size_t at)
{
  text_buffer_add_char(out, 0);
  memmove(out->data + at + 1, out->data + at, out->length - at - 1);
  while (out->data[at + 1] == ' ' && at + 1 < out->length) {
    out->data[at] = ' ';
    at++;
  }
  out->data[at] = sign;
}

static bool to_char(struct udf_call *call, size_t row)
{
  struct number_format format = read_format(arg_text(call, 1, row));
  int128 value = vector_decimal(&call->args[0], row);
  int own_scale = call->args[0].type->scale;
  bool is_negative = value < 0;
  for (; own_scale > format.scale && value % 10 == 0; own_scale--)
    value /= 10; /* final zeros need no room */
  SCOPED(text_buffer_done) struct text_buffer plain = { 0 };
  decimal_add_plain(is_negative ? -value : value, own_scale, &plain);
  size_t point = own_scale > 0 ? plain.length - (size_t)own_scale - 1 : plain.length;
  size_t skipped = point == 1 && plain.data[0] == '0' ? 1 : 0;
  size_t n_whole = point - skipped;
  bool is_too_long = n_whole > format.n_digits || own_scale > format.scale;
  char digits[128];
  memset(digits, '0', sizeof digits);
  if (!is_too_long)
    memcpy(digits + format.n_digits - n_whole, plain.data + skipped, n_whole);
  text_buffer_clear(&call->buffer);
  if (format.has_dollar)
    text_buffer_add_char(&call->buffer, '$');
  add_whole(&call->buffer, &format, digits, is_too_long);
  if (format.scale > 0)
    text_buffer_add_char(&call->buffer, '.');
  for (int i = 0; i < format.scale; i++)
    text_buffer_add_char(&call->buffer, is_too_long ? '#' : i < own_scale ? plain.data[point + 1 + (size_t)i] : '0');
  if (format.sign_before == 'S' || format.sign_before == 'M')
    add_sign_before(&call->buffer, is_negative ? '-' : format.sign_before == 'S' ? '+' : ' ', 0);
  if (format.sign_after == 'S' || format.sign_after == 'M')
    text_buffer_add_char(&call->buffer, is_negative ? '-' : format.sign_after == 'S' ? '+' : ' ');
  if (format.sign_after == 'P') {
    if (is_negative)
      add_sign_before(&call->buffer, '<', 0);
    text_buffer_add_string(&call->buffer, is_negative ? ">" : "  ");
  }
  return return_buffer(call, row);
}

/* Text that is read by a format: blanks count for nothing. */
struct input {
  char data[128];
  size_t length, at;
};

static bool accept(struct input *input, char c)
{
  bool is_it = input->at < input->length && input->data[input->at] == c;
  input->at += is_it;
  return is_it;
}

/* Digits in groups, as many as the format has at most, counted from the last group; all of them where it begins with 0.
 */
static bool read_whole(struct input *input, const struct number_format *format, int128 *value)
{
  size_t start = input->at;
  while (input->at < input->length && strchr("0123456789,", input->data[input->at]) != NULL)
    input->at++;
  const char *pattern = format->whole + strlen(format->whole);
  size_t n_digits = 0;
  for (size_t i = input->at; i-- > start;) {
    char c = input->data[i];
    if (pattern == format->whole || (*--pattern == ',') != (c == ','))
      return false;
    n_digits += c != ',';
  }
  for (size_t i = start; i < input->at; i++)
    if (input->data[i] != ',')
      *value = *value * 10 + (input->data[i] - '0');
  return format->whole[0] != '0' || n_digits == format->n_digits;
}

static bool read_fraction(struct input *input, const struct number_format *format, int128 *value)
{
  int n_digits = 0;
  if (format->scale > 0 && accept(input, '.'))
    while (input->at < input->length && input->data[input->at] >= '0' && input->data[input->at] <= '9') {
      if (++n_digits > format->scale)
        return false;
      *value = *value * 10 + (input->data[input->at++] - '0');
    }
  for (; n_digits < format->scale; n_digits++)
    *value *= 10;
  return true;
}

static bool read_signed(struct input *input, char sign, bool *is_negative)
{
  if (sign == 0)
    return true;
  if (accept(input, '-'))
    *is_negative = true;
  else if (sign == 'S')
    accept(input, '+');
  return true;
}

static bool parse_number(struct text text, const struct number_format *format, int128 *ret_value)
{
  struct input input = { 0 };
  bool is_negative = false;
  int128 value = 0;
  for (size_t i = 0; i < text.length; i++) {
    bool is_space = text.data[i] == ' ' || (text.data[i] >= '\t' && text.data[i] <= '\r');
    if (is_space)
      continue;
    if (input.length == sizeof input.data - 1)
      return false;
    input.data[input.length++] = text.data[i];
  }
  read_signed(&input, format->sign_before, &is_negative);
  bool is_wrapped = format->sign_after == 'P' && accept(&input, '<');
  if (format->has_dollar && !accept(&input, '$'))
    return false;
  size_t start = input.at;
  if (!read_whole(&input, format, &value) || !read_fraction(&input, format, &value) || input.at == start)
    return false;
  if (is_wrapped && !accept(&input, '>'))
    return false;
  if (format->sign_after != 'P')
    read_signed(&input, format->sign_after, &is_negative);
  *ret_value = is_negative || is_wrapped ? -value : value;
  return input.at == input.length;
}

static bool try_to_number(struct udf_call *call, size_t row)
{
  struct number_format format = read_format(arg_text(call, 1, row));
  int128 value;
  return parse_number(arg_text(call, 0, row), &format, &value) && return_decimal(call, row, value);
}

static bool to_number(struct udf_call *call, size_t row)
{
  return try_to_number(call, row) || udf_fail(call, "INVALID_FORMAT.MISMATCH_INPUT", "\"%.*s\" does not fit \"%.*s\"",
                                              TEXT_ARGS(arg_text(call, 0, row)), TEXT_ARGS(arg_text(call, 1, row)));
}

/* format_number(). */

void format_add_grouped(struct text_buffer *out, const char *digits, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    if (i > 0 && (count - i) % 3 == 0)
      text_buffer_add_char(out, ',');
    text_buffer_add_char(out, digits[i]);
  }
}

/* Of a double that has no places, from 1e17 on: Java shows its shortest digits and then zeros. */
static bool shortest_digits(double value, int scale, char *out, size_t size)
{
  SCOPED(text_buffer_done) struct text_buffer text = { 0 };
  double_add_text(value, &text);
  const char *exponent = strchr(text.data, 'E');
  int point = 1 + (int)strtol(exponent + 1, NULL, 10);
  size_t length = 0;
  for (const char *c = text.data; c < exponent && length + 1 < size; c++)
    if (*c != '.' && !(*c == '0' && c + 1 == exponent && c[-1] == '.'))
      out[length++] = *c;
  for (int digits = (int)length - (value < 0); digits < point && length + 1 < size; digits++)
    out[length++] = '0';
  out[length] = 0;
  if (scale > 0)
    out[length++] = '.';
  if (length + (size_t)scale >= size)
    return false;
  memset(out + length, '0', (size_t)scale);
  out[length + (size_t)scale] = 0;
  return true;
}

/* The exact decimal digits of a number with `scale` places, half to even, as Java's DecimalFormat: from the exact
 * binary value of a double, the digits of a decimal. */
static bool exact_digits(const struct udf_call *call, size_t row, int scale, char *out, size_t size)
{
  const struct vector *number = &call->args[0];
  if (number->type->id == TYPE_DOUBLE || number->type->id == TYPE_FLOAT) {
    double value = number->type->id == TYPE_FLOAT ? (double)ARG(call, 0, row, float) : arg_double(call, 0, row);
    return fabs(value) >= 1e17 ? shortest_digits(value, scale, out, size)
                               : snprintf(out, size, "%.*f", scale, value) < (int)size;
  }
  bool is_decimal = number->type->id == TYPE_DECIMAL;
  int own_scale = is_decimal ? number->type->scale : 0;
  int128 value = is_decimal                          ? vector_decimal(number, row)
                 : number->type->id == TYPE_BIGINT   ? arg_bigint(call, 0, row)
                 : number->type->id == TYPE_INT      ? arg_int(call, 0, row)
                 : number->type->id == TYPE_SMALLINT ? ARG(call, 0, row, int16_t)
                                                     : ARG(call, 0, row, int8_t);
  bool is_negative = value < 0;
  int128 size_of = is_negative ? -value : value;
  int128 unit = 1;
  for (int i = scale; i < own_scale; i++)
    unit *= 10;
  int128 quotient = size_of / unit;
  int128 twice = size_of % unit * 2;
  quotient += twice > unit || (twice == unit && quotient % 2 == 1);
  SCOPED(text_buffer_done) struct text_buffer digits = { 0 };
  decimal_add_plain(quotient, scale < own_scale ? scale : own_scale, &digits);
  int missing = scale - own_scale;
  int length =
      snprintf(out, size, "%s%s%s", is_negative ? "-" : "", digits.data, missing > 0 && own_scale == 0 ? "." : "");
  if (missing <= 0)
    return length < (int)size;
  if ((size_t)length + (size_t)missing >= size)
    return false;
  memset(out + length, '0', (size_t)missing);
  out[length + missing] = 0;
  return true;
}

static bool is_special(struct udf_call *call, size_t row, const char **ret_text)
{
  enum type_id id = call->args[0].type->id;
  double value = id == TYPE_DOUBLE ? arg_double(call, 0, row) : id == TYPE_FLOAT ? (double)ARG(call, 0, row, float) : 0;
  *ret_text = isnan(value) ? "NaN" : value > 0 ? "\u221E" : "-\u221E";
  return !isfinite(value);
}

/* How a '#,###.##' pattern groups and how many places it wants. */
struct pattern {
  bool groups;
  int min_places, max_places, min_whole;
};

static struct pattern read_pattern(struct text text)
{
  struct pattern pattern = { 0 };
  bool after_point = false;
  if (text.length == 0)
    pattern = (struct pattern){ .groups = true, .min_whole = 1 };
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    pattern.groups |= c == ',';
    after_point |= c == '.';
    pattern.max_places += after_point && (c == '#' || c == '0');
    pattern.min_places += after_point && c == '0';
    pattern.min_whole += !after_point && c == '0';
  }
  return pattern;
}

static bool write_number(struct udf_call *call, size_t row, struct pattern pattern)
{
  char digits[512];
  const char *special;
  text_buffer_clear(&call->buffer);
  if (is_special(call, row, &special))
    return return_text(call, row, text_from(special));
  if (!exact_digits(call, row, pattern.max_places, digits, sizeof digits))
    return false;
  const char *whole = digits[0] == '-' ? digits + 1 : digits;
  const char *point = strchr(whole, '.');
  size_t n_whole = point == NULL ? strlen(whole) : (size_t)(point - whole);
  size_t n_places = point == NULL ? 0 : strlen(point + 1);
  while (point != NULL && n_places > (size_t)pattern.min_places && point[n_places] == '0')
    n_places--;
  if (digits[0] == '-')
    text_buffer_add_char(&call->buffer, '-');
  char padded[sizeof digits];
  size_t n_zeros = (size_t)pattern.min_whole > n_whole ? (size_t)pattern.min_whole - n_whole : 0;
  if (n_zeros + n_whole > sizeof padded)
    return false;
  memset(padded, '0', n_zeros);
  memcpy(padded + n_zeros, whole, n_whole); /* NOLINT(bugprone-not-null-terminated-result): its length is known */
  if (pattern.groups)
    format_add_grouped(&call->buffer, padded, n_zeros + n_whole);
  else
    text_buffer_add(&call->buffer, padded, n_zeros + n_whole);
  if (n_places > 0)
    text_buffer_add(&call->buffer, point, n_places + 1);
  return return_buffer(call, row);
}

static bool format_number(struct udf_call *call, size_t row)
{
  if (call->args[1].type->id == TYPE_STRING)
    return write_number(call, row, read_pattern(arg_text(call, 1, row)));
  int32_t places = arg_int(call, 1, row);
  if (places < 0 || places > 100)
    return false;
  return write_number(call, row,
                      (struct pattern){ .groups = true, .min_places = places, .max_places = places, .min_whole = 1 });
}

static const struct udf rows[] = {
  { .name = "spark_to_char", .each = to_char },
  { .name = "spark_to_number", .each = to_number },
  { .name = "spark_try_to_number", .each = try_to_number },
  { .name = "spark_format_number", .each = format_number },

};

UDF_FAMILY(format_udfs, rows);
