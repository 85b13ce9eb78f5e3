/* Numbers and booleans from text, and decimals from what is near to them. */
#include "value/cast.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum { MAX_DIGITS = 38 };

static bool is_blank(char c)
{
  return (unsigned char)c <= 0x20;
}

static struct text trim(struct text text)
{
  return text_trim_by(text, is_blank);
}

static bool is_blank_or_control(char c)
{
  return is_blank(c) || c == 0x7F;
}

/* Spark's trimAll: what is a blank or an ISO control character of one byte. */
static struct text trim_all(struct text text)
{
  return text_trim_by(text, is_blank_or_control);
}

bool text_to_boolean(struct text text, bool *ret_value)
{
  static const char *const words[] = { "t", "true", "y", "yes", "1", "f", "false", "n", "no", "0" };
  text = trim_all(text);
  for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
    if (text_equal_nocase(text, text_from(words[i]))) {
      *ret_value = i < ARRAY_LENGTH(words) / 2;
      return true;
    }
  return false;
}

/* Integers: sign, digits, and where `cuts_fraction` a point and digits that are cut. Kept negative, so that the lowest
 * value needs no case of its own. */
static bool read_integer(struct text text, bool cuts_fraction, int64_t *ret_value)
{
  text = trim_all(text);
  size_t i = 0;
  bool is_negative = text.length > 0 && text.data[0] == '-';
  if (text.length > 0 && (text.data[0] == '-' || text.data[0] == '+'))
    i++;
  if (i == text.length)
    return false;
  int64_t value = 0;
  for (; i < text.length && text.data[i] != '.'; i++) {
    if (!char_is_digit(text.data[i]) || __builtin_mul_overflow(value, 10, &value) ||
        __builtin_sub_overflow(value, text.data[i] - '0', &value))
      return false;
  }
  if (i < text.length && !cuts_fraction)
    return false;
  for (i++; i < text.length; i++)
    if (!char_is_digit(text.data[i]))
      return false;
  if (!is_negative && value == INT64_MIN)
    return false;
  *ret_value = is_negative ? value : -value;
  return true;
}

bool text_to_bigint(struct text text, int64_t *ret_value)
{
  return read_integer(text, true, ret_value);
}

bool text_to_integer_exact(struct text text, int64_t *ret_value)
{
  return read_integer(text, false, ret_value);
}

static bool read_in_range(struct text text, int64_t least, int64_t most, int64_t *ret_value)
{
  return read_integer(text, true, ret_value) && *ret_value >= least && *ret_value <= most;
}

bool text_to_int(struct text text, int32_t *ret_value)
{
  int64_t value;
  if (!read_in_range(text, INT32_MIN, INT32_MAX, &value))
    return false;
  *ret_value = (int32_t)value;
  return true;
}

bool text_to_smallint(struct text text, int16_t *ret_value)
{
  int64_t value;
  if (!read_in_range(text, INT16_MIN, INT16_MAX, &value))
    return false;
  *ret_value = (int16_t)value;
  return true;
}

bool text_to_tinyint(struct text text, int8_t *ret_value)
{
  int64_t value;
  if (!read_in_range(text, INT8_MIN, INT8_MAX, &value))
    return false;
  *ret_value = (int8_t)value;
  return true;
}

/* Floating point: the grammar of Java's Double.valueOf, then the words that Spark adds. */

struct number {
  bool is_negative;
  bool is_hexadecimal;
  uint64_t mantissa; /* of its first 19 digits */
  long exponent;     /* of ten, of the mantissa */
  bool is_cut;       /* there were more digits */
  struct text body;  /* without the suffix */
};

static const long max_exponent = 100000000000; /* what is larger is as good as about this one */

static bool read_exponent(struct text text, size_t *at, long *ret_exponent)
{
  size_t i = *at + 1;
  bool is_negative = i < text.length && text.data[i] == '-';
  long value = 0;
  if (i < text.length && (text.data[i] == '-' || text.data[i] == '+'))
    i++;
  if (i == text.length || !char_is_digit(text.data[i]))
    return false;
  for (; i < text.length && char_is_digit(text.data[i]); i++)
    if (value < max_exponent)
      value = value * 10 + (text.data[i] - '0');
  *ret_exponent = is_negative ? -value : value;
  *at = i;
  return true;
}

/* Whether a digit stands at *at, or behind the number's only point there, which is passed over. */
static inline bool next_digit(struct text text, size_t *at, bool *has_point)
{
  if (*at < text.length && text.data[*at] == '.' && !*has_point) {
    *has_point = true;
    ++*at;
  }
  return *at < text.length && char_is_digit(text.data[*at]);
}

static bool read_hexadecimal(struct text text, size_t at, struct number *number)
{
  bool has_digit = false;
  bool has_point = false;
  long exponent;
  for (; at < text.length; at++) {
    char c = text.data[at];
    char low = (char)(c | 32);
    if (c == '.' && !has_point)
      has_point = true;
    else if (char_is_digit(c) || (low >= 'a' && low <= 'f'))
      has_digit = true;
    else
      break;
  }
  if (!has_digit || at == text.length || (text.data[at] | 32) != 'p' || !read_exponent(text, &at, &exponent))
    return false;
  number->is_hexadecimal = true;
  number->body.length = at;
  return at == text.length || (at + 1 == text.length && strchr("fFdD", text.data[at]) != NULL);
}

static bool read_number(struct text text, struct number *ret_number)
{
  struct number number = { .body = text };
  size_t i = 0;
  size_t n_digits = 0;
  size_t n_kept = 0;
  bool has_point = false;
  if (text.length > 0 && (text.data[0] == '-' || text.data[0] == '+'))
    number.is_negative = text.data[i++] == '-';
  if (i + 1 < text.length && text.data[i] == '0' && (text.data[i + 1] | 32) == 'x') {
    bool is_read = read_hexadecimal(text, i + 2, &number);
    *ret_number = number;
    return is_read;
  }
  for (; next_digit(text, &i, &has_point); i++) {
    n_digits++;
    if (n_kept < 19) {
      number.mantissa = number.mantissa * 10 + (uint64_t)(text.data[i] - '0');
      n_kept += number.mantissa > 0;
      number.exponent -= has_point;
    } else {
      number.is_cut = true;
      number.exponent += !has_point;
    }
  }
  if (n_digits == 0)
    return false;
  if (i < text.length && (text.data[i] | 32) == 'e') {
    long exponent;
    if (!read_exponent(text, &i, &exponent))
      return false;
    number.exponent += exponent;
  }
  number.body.length = i;
  *ret_number = number;
  return i == text.length || (i + 1 == text.length && strchr("fFdD", text.data[i]) != NULL);
}

static bool read_special(struct text text, double *ret_value)
{
  static const struct {
    const char *word;
    double value;
  } words[] = { { "inf", INFINITY },
                { "+inf", INFINITY },
                { "infinity", INFINITY },
                { "+infinity", INFINITY },
                { "-inf", -INFINITY },
                { "-infinity", -INFINITY },
                { "nan", NAN } };
  for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
    if (text_equal_nocase(text, text_from(words[i].word))) {
      *ret_value = words[i].value;
      return true;
    }
  return false;
}

/* The C library's own conversion, which rounds correctly; to float where `is_float`, so that it rounds once. */
static double convert(struct text body, bool is_float)
{
  char fixed[128];
  char *copy = body.length < sizeof(fixed) ? fixed : checked_malloc(body.length + 1);
  memcpy(copy, body.data, body.length);
  copy[body.length] = '\0';
  double value = is_float ? (double)strtof(copy, NULL) : strtod(copy, NULL);
  if (copy != fixed)
    free(copy);
  return value;
}

bool text_to_double(struct text text, double *ret_value)
{
  static const double powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                   1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
  struct number number;
  text = trim(text);
  if (!read_number(text, &number))
    return read_special(text, ret_value);
  /* Both factors are exact, so that one operation rounds once. */
  if (!number.is_hexadecimal && !number.is_cut && number.mantissa <= UINT64_C(1) << 53 && labs(number.exponent) <= 22) {
    double value = (double)number.mantissa;
    value = number.exponent < 0 ? value / powers[-number.exponent] : value * powers[number.exponent];
    *ret_value = number.is_negative ? -value : value;
    return true;
  }
  *ret_value = convert(number.body, false);
  return true;
}

bool text_to_float(struct text text, float *ret_value)
{
  struct number number;
  double special;
  text = trim(text);
  if (!read_number(text, &number)) {
    if (!read_special(text, &special))
      return false;
    *ret_value = (float)special;
    return true;
  }
  *ret_value = (float)convert(number.body, true);
  return true;
}

/* Decimals */

static int128 power_of_ten(int exponent)
{
  int128 power = 1;
  for (int i = 0; i < exponent; i++)
    power *= 10;
  return power;
}

/* Digits of other scripts as ASCII ones: Java's BigDecimal takes them. False where there are none, or other characters.
 */
static bool normalize_digits(struct text text, struct text_buffer *out)
{
  static const uint32_t zeros[] = { 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66,
                                    0x0CE6, 0x0D66, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x17E0, 0x1810, 0xFF10 };
  for (size_t i = 0; i < text.length;) {
    unsigned char c = (unsigned char)text.data[i];
    if (c < 0x80) {
      text_buffer_add_char(out, (char)c);
      i++;
      continue;
    }
    size_t length = c >= 0xE0 ? 3 : 2;
    if (c >= 0xF0 || i + length > text.length)
      return false;
    uint32_t code_point = length == 3 ? c & 0x0FU : c & 0x1FU;
    for (size_t k = 1; k < length; k++)
      code_point = code_point << 6 | ((unsigned char)text.data[i + k] & 0x3FU);
    i += length;
    bool is_found = false;
    for (size_t z = 0; z < ARRAY_LENGTH(zeros) && !is_found; z++)
      if (code_point >= zeros[z] && code_point < zeros[z] + 10) {
        text_buffer_add_char(out, (char)('0' + (code_point - zeros[z])));
        is_found = true;
      }
    if (!is_found)
      return false;
  }
  return true;
}

/* The digits of a number, without leading zeros: the value is 0.DIGITS times ten to the power `point`. */
struct digits {
  bool is_negative;
  const char *data; /* from the first digit that is not zero; a point may stand among them */
  const char *end;
  long point;
  bool is_zero;
};

static bool read_digits(struct text text, struct digits *ret_digits)
{
  struct digits digits = { .is_zero = true };
  size_t i = 0;
  size_t n_digits = 0;
  bool has_point = false;
  long exponent = 0;
  if (text.length > 0 && (text.data[0] == '-' || text.data[0] == '+'))
    digits.is_negative = text.data[i++] == '-';
  for (; next_digit(text, &i, &has_point); i++) {
    n_digits++;
    if (digits.is_zero && text.data[i] != '0') {
      digits.is_zero = false;
      digits.data = text.data + i;
    }
    if (digits.is_zero)
      digits.point -= has_point;
    else
      digits.point += !has_point;
  }
  digits.end = text.data + i;
  if (n_digits == 0)
    return false;
  if (i < text.length && (text.data[i] | 32) == 'e' &&
      (!read_exponent(text, &i, &exponent) || labs(exponent) > INT32_MAX)) /* BigDecimal refuses it */
    return false;
  digits.point += exponent;
  *ret_digits = digits;
  return i == text.length;
}

static bool decimal_from_digits(const struct digits *digits, int precision, int scale, int128 *ret_unscaled)
{
  long n_kept = digits->point + scale; /* digits before the last place that is kept */
  int128 value = 0;
  *ret_unscaled = 0;
  if (digits->is_zero || n_kept < 0)
    return true;
  if (n_kept > MAX_DIGITS)
    return false;
  const char *p = digits->data;
  long i = 0;
  for (; p < digits->end && i < n_kept; p++)
    if (*p != '.') {
      value = value * 10 + (*p - '0');
      i++;
    }
  for (; i < n_kept; i++)
    value *= 10;
  while (p < digits->end && *p == '.')
    p++;
  if (p < digits->end && *p >= '5') /* half up: the digits behind the first do not matter */
    value++;
  if (value >= power_of_ten(precision))
    return false;
  *ret_unscaled = digits->is_negative ? -value : value;
  return true;
}

bool text_to_decimal(struct text text, int precision, int scale, int128 *ret_unscaled)
{
  struct digits digits;
  text = trim(text);
  if (read_digits(text, &digits))
    return decimal_from_digits(&digits, precision, scale, ret_unscaled);
  bool is_ascii = true;
  for (size_t i = 0; i < text.length && is_ascii; i++)
    is_ascii = (unsigned char)text.data[i] < 0x80;
  if (is_ascii)
    return false;
  SCOPED(text_buffer_done) struct text_buffer normal = { 0 };
  return normalize_digits(text, &normal) && read_digits(text_buffer_text(&normal), &digits) &&
         decimal_from_digits(&digits, precision, scale, ret_unscaled);
}

bool decimal_rescale(int128 unscaled, int from_scale, int precision, int to_scale, int128 *ret_unscaled)
{
  bool is_negative = unscaled < 0;
  int128 value = is_negative ? -unscaled : unscaled;
  if (to_scale < from_scale) {
    int dropped = from_scale - to_scale;
    if (dropped > MAX_DIGITS) {
      value = 0;
    } else {
      int128 divisor = power_of_ten(dropped);
      int128 rest = value % divisor;
      value = value / divisor + (rest >= divisor - rest);
    }
  }
  for (int i = from_scale; i < to_scale && value != 0; i++)
    if (__builtin_mul_overflow(value, 10, &value))
      return false;
  if (value >= power_of_ten(precision))
    return false;
  *ret_unscaled = is_negative ? -value : value;
  return true;
}

bool double_to_decimal(double value, int precision, int scale, int128 *ret_unscaled)
{
  SCOPED(text_buffer_done) struct text_buffer text = { 0 };
  if (!isfinite(value))
    return false;
  double_add_text(value, &text);
  return text_to_decimal(text_buffer_text(&text), precision, scale, ret_unscaled);
}
