/* Numbers and dates as Java and Spark write them. */
#include "value/cast.h"
#include "value/float_digits.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { US = 1000000, DAY_SECONDS = 86400 };

/* Lays digits out as Double.toString does: plainly between 1E-3 and 1E7, else with an exponent. `point` is where the
 * decimal point stands among the digits. */
static void add_floating(bool is_negative, const char *digits, int point, struct text_buffer *out)
{
  int length = (int)strlen(digits);
  if (is_negative)
    text_buffer_add_char(out, '-');
  if (point > -3 && point <= 7) {
    if (point <= 0) {
      text_buffer_add_string(out, "0.");
      for (int i = point; i < 0; i++)
        text_buffer_add_char(out, '0');
      text_buffer_add_string(out, digits);
      return;
    }
    for (int i = 0; i < point; i++) /* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): digits ends in a NUL */
      text_buffer_add_char(out, i < length ? digits[i] : '0');
    text_buffer_printf(out, ".%s", point < length ? digits + point : "0");
    return;
  }
  text_buffer_printf(out, "%c.%sE%d", digits[0], length > 1 ? digits + 1 : "0", point - 1);
}

static bool add_special(double value, struct text_buffer *out)
{
  if (isnan(value))
    text_buffer_add_string(out, "NaN");
  else if (isinf(value))
    text_buffer_add_string(out, value < 0 ? "-Infinity" : "Infinity");
  else if (value == 0)
    text_buffer_add_string(out, signbit(value) ? "-0.0" : "0.0");
  else
    return false;
  return true;
}

/* Whole numbers that a long holds: up to JDK 18 Java writes the digits that the type tells apart, which is one more at
 * times than the shortest has. `n_bits` are those of the mantissa. */
static bool add_whole(double value, int n_bits, struct text_buffer *out)
{
  char digits[24];
  double magnitude = fabs(value);
  if (magnitude != trunc(magnitude) || magnitude >= 0x1p63)
    return false;
  int64_t whole = (int64_t)magnitude;
  int excess = ilogb(magnitude) - n_bits - 1;
  int64_t unit = 1;
  for (int64_t limit = excess > 1 ? INT64_C(1) << excess : 0; unit * 10 <= limit; unit *= 10)
    ;
  whole = whole / unit + (unit > 1 && whole % unit >= unit / 2);
  snprintf(digits, sizeof(digits), "%" PRId64, whole);
  int length = (int)strlen(digits);
  int point = length + (int)lround(log10((double)unit));
  while (length > 1 && digits[length - 1] == '0')
    digits[--length] = '\0';
  add_floating(value < 0, digits, point, out);
  return true;
}

/* Any other number; the type has `n_bits` of mantissa, its least exponent is `least`. */
static void add_fraction(double value, int n_bits, int least, struct text_buffer *out)
{
  char digits[FLOAT_DIGITS_SIZE];
  int point;
  int exponent;
  double fraction = frexp(fabs(value), &exponent);
  uint64_t mantissa = (uint64_t)ldexp(fraction, n_bits);
  int n_lost = exponent < least ? least - exponent : 0; /* what a number below the normal ones lacks */
  float_digits(mantissa, exponent - n_bits, n_bits - n_lost, digits, &point);
  add_floating(value < 0, digits, point, out);
}

void double_add_text(double value, struct text_buffer *out)
{
  if (!add_special(value, out) && !add_whole(value, DBL_MANT_DIG, out))
    add_fraction(value, DBL_MANT_DIG, DBL_MIN_EXP, out);
}

void float_add_text(float value, struct text_buffer *out)
{
  if (!add_special((double)value, out) && !add_whole((double)value, FLT_MANT_DIG, out))
    add_fraction((double)value, FLT_MANT_DIG, FLT_MIN_EXP, out);
}

/* The digits of the absolute value; returns their number. */
static size_t decimal_digits(int128 unscaled, char *ret_digits)
{
  char reversed[48];
  size_t length = 0;
  __extension__ unsigned __int128 value = unscaled < 0 ? -(unsigned __int128)unscaled : (unsigned __int128)unscaled;
  do {
    reversed[length++] = (char)('0' + (int)(value % 10));
    value /= 10;
  } while (value > 0);
  for (size_t i = 0; i < length; i++)
    ret_digits[i] = reversed[length - 1 - i];
  ret_digits[length] = '\0';
  return length;
}

void decimal_add_plain(int128 unscaled, int scale, struct text_buffer *out)
{
  char digits[48];
  size_t length = decimal_digits(unscaled, digits);
  size_t n_fraction = (size_t)scale;
  if (unscaled < 0)
    text_buffer_add_char(out, '-');
  if (length <= n_fraction) {
    text_buffer_add_string(out, "0.");
    for (size_t i = length; i < n_fraction; i++)
      text_buffer_add_char(out, '0');
    text_buffer_add_string(out, digits);
    return;
  }
  text_buffer_add(out, digits, length - n_fraction);
  if (n_fraction > 0)
    text_buffer_printf(out, ".%s", digits + (length - n_fraction));
}

void decimal_add_text(int128 unscaled, int scale, struct text_buffer *out)
{
  char digits[48];
  size_t length = decimal_digits(unscaled, digits);
  int exponent = (int)length - 1 - scale;
  if (exponent >= -6) {
    decimal_add_plain(unscaled, scale, out);
    return;
  }
  text_buffer_printf(out, "%s%c%s%sE%d", unscaled < 0 ? "-" : "", digits[0], length > 1 ? "." : "", digits + 1,
                     exponent);
}

static void add_two(struct text_buffer *out, int value)
{
  char digits[2] = { (char)('0' + value / 10), (char)('0' + value % 10) };
  text_buffer_add(out, digits, 2);
}

static void add_date(int64_t days, struct text_buffer *out)
{
  int64_t year;
  int month, day;
  civil_from_days(days, &year, &month, &day);
  if (year >= 0 && year <= 9999) {
    add_two(out, (int)(year / 100));
    add_two(out, (int)(year % 100));
  } else {
    text_buffer_printf(out, "%c%04" PRId64, year < 0 ? '-' : '+', year < 0 ? -year : year);
  }
  text_buffer_add_char(out, '-');
  add_two(out, month);
  text_buffer_add_char(out, '-');
  add_two(out, day);
}

void date_add_text(int32_t days, struct text_buffer *out)
{
  add_date(days, out);
}

void timestamp_add_text(int64_t instant_us, const struct timezone *zone, struct text_buffer *out)
{
  /* In seconds, so that the offset does not leave the range at its ends. */
  int64_t fraction = instant_us % US + (instant_us % US < 0 ? US : 0);
  int64_t seconds = instant_us / US - (instant_us % US < 0) + timezone_offset_at(zone, instant_us);
  int64_t days = seconds / DAY_SECONDS - (seconds % DAY_SECONDS < 0);
  int of_day = (int)(seconds - days * DAY_SECONDS);
  add_date(days, out);
  text_buffer_add_char(out, ' ');
  add_two(out, of_day / 3600);
  text_buffer_add_char(out, ':');
  add_two(out, of_day / 60 % 60);
  text_buffer_add_char(out, ':');
  add_two(out, of_day % 60);
  if (fraction == 0)
    return;
  char digits[16];
  snprintf(digits, sizeof(digits), ".%06" PRId64, fraction);
  size_t length = strlen(digits);
  while (digits[length - 1] == '0')
    length--;
  text_buffer_add(out, digits, length);
}
