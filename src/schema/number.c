#include "schema/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

__extension__ typedef unsigned __int128 unsigned_wide;

enum { SMALL_DIGITS = 18, UNSCALED_TEXT_SIZE = 96, DOUBLE_TEXT_SIZE = 32 };

/* Exponents past it are as good as infinite; sums of two still fit. */
static const int64_t exponent_limit = INT64_C(1) << 60;

/* Decimal text. */

/* Moves past the digits; returns how many there are. */
static size_t pass_digits(const char **at, const char *end)
{
  const char *start = *at;
  while (*at < end && char_is_digit(**at))
    (*at)++;
  return (size_t)(*at - start);
}

static bool read_exponent(const char **at, const char *end, int64_t *ret_exponent)
{
  *ret_exponent = 0;
  if (*at == end || (**at != 'e' && **at != 'E'))
    return true;
  (*at)++;
  bool is_negative = *at < end && **at == '-';
  if (*at < end && (**at == '-' || **at == '+'))
    (*at)++;
  const char *digits = *at;
  if (pass_digits(at, end) == 0)
    return false;
  int64_t exponent = 0;
  for (; digits < *at; digits++)
    exponent = exponent >= exponent_limit / 10 ? exponent_limit / 10 : exponent * 10 + (*digits - '0');
  *ret_exponent = is_negative ? -exponent : exponent;
  return true;
}

/* Leaves out zeros at both ends of the digits from `first` to `last` (excluded), of which `n_fraction` are behind the
 * point. */
static void set_digits(struct decimal *decimal, const char *first, const char *last, size_t n_digits, size_t n_fraction)
{
  decimal->exponent -= (int64_t)n_fraction;
  for (; first < last && (*first == '0' || *first == '.'); first++)
    n_digits -= *first == '0' ? 1 : 0;
  for (; first < last && (last[-1] == '0' || last[-1] == '.'); last--)
    if (last[-1] == '0') {
      n_digits--;
      decimal->exponent++;
    }
  decimal->digits = first;
  decimal->n_digits = n_digits;
  if (n_digits == 0) {
    decimal->is_negative = false;
    decimal->exponent = 0;
  }
}

bool decimal_read(struct text text, struct decimal *ret_decimal)
{
  const char *at = text.data, *end = text.data + text.length;
  *ret_decimal = (struct decimal){ .is_negative = at < end && *at == '-' };
  if (at < end && (*at == '-' || *at == '+'))
    at++;
  const char *first = at;
  size_t n_whole = pass_digits(&at, end), n_fraction = 0;
  if (at < end && *at == '.') {
    at++;
    n_fraction = pass_digits(&at, end);
  }
  const char *last = at;
  if (n_whole + n_fraction == 0 || !read_exponent(&at, end, &ret_decimal->exponent) || at != end)
    return false;
  set_digits(ret_decimal, first, last, n_whole + n_fraction, n_fraction);
  return true;
}

/* The digit at `*at`, which is moved to the next one. */
static char next_digit(const char **at)
{
  if (**at == '.')
    (*at)++;
  return *(*at)++;
}

static int compare_magnitudes(const struct decimal *a, const struct decimal *b)
{
  int64_t height_a = (int64_t)a->n_digits + a->exponent, height_b = (int64_t)b->n_digits + b->exponent;
  if (height_a != height_b)
    return height_a < height_b ? -1 : 1;
  const char *at_a = a->digits, *at_b = b->digits;
  size_t shorter = a->n_digits < b->n_digits ? a->n_digits : b->n_digits;
  for (size_t i = 0; i < shorter; i++) {
    char digit_a = next_digit(&at_a), digit_b = next_digit(&at_b);
    if (digit_a != digit_b)
      return digit_a < digit_b ? -1 : 1;
  }
  return a->n_digits == b->n_digits ? 0 : a->n_digits < b->n_digits ? -1 : 1;
}

static int sign_of(const struct decimal *decimal)
{
  return decimal->n_digits == 0 ? 0 : decimal->is_negative ? -1 : 1;
}

int decimal_compare(const struct decimal *a, const struct decimal *b)
{
  int sign_a = sign_of(a), sign_b = sign_of(b);
  if (sign_a != sign_b || sign_a == 0)
    return sign_a < sign_b ? -1 : sign_a > sign_b;
  return sign_a * compare_magnitudes(a, b);
}

void decimal_add_normal(const struct decimal *decimal, struct text_buffer *out)
{
  if (decimal->n_digits == 0) {
    text_buffer_add_char(out, '0');
    return;
  }
  if (decimal->is_negative)
    text_buffer_add_char(out, '-');
  const char *at = decimal->digits;
  for (size_t i = 0; i < decimal->n_digits; i++)
    text_buffer_add_char(out, next_digit(&at));
  text_buffer_printf(out, "e%lld", (long long)decimal->exponent);
}

/* Powers and remainders. */

/* 10^n, n from 0 to 38. */
static wide power_of_ten(int n)
{
  static const int64_t small[] = { 1,
                                   10,
                                   100,
                                   1000,
                                   10000,
                                   100000,
                                   1000000,
                                   10000000,
                                   100000000,
                                   1000000000,
                                   10000000000,
                                   100000000000,
                                   1000000000000,
                                   10000000000000,
                                   100000000000000,
                                   1000000000000000,
                                   10000000000000000,
                                   100000000000000000,
                                   1000000000000000000 };
  wide power = 1;
  for (; n > SMALL_DIGITS; n -= SMALL_DIGITS)
    power *= small[SMALL_DIGITS];
  return power * small[n];
}

/* The digits as an integer; there are at most 38. */
static unsigned_wide digits_value(const struct decimal *decimal)
{
  unsigned_wide value = 0;
  const char *at = decimal->digits;
  for (size_t i = 0; i < decimal->n_digits; i++)
    value = value * 10 + (unsigned)(next_digit(&at) - '0');
  return value;
}

/* a * b modulo m, which is below 10^37, by doubling. */
static unsigned_wide multiply_modulo(unsigned_wide a, unsigned_wide b, unsigned_wide m)
{
  unsigned_wide product = 0;
  for (; b > 0; b >>= 1) {
    if ((b & 1) != 0)
      product = (product + a) % m;
    a = (a + a) % m;
  }
  return product;
}

static unsigned_wide power_of_ten_modulo(int64_t n, unsigned_wide m)
{
  unsigned_wide power = 1 % m, base = 10 % m;
  for (; n > 0; n >>= 1) {
    if ((n & 1) != 0)
      power = multiply_modulo(power, base, m);
    base = multiply_modulo(base, base, m);
  }
  return power;
}

/* Numbers. */

/* Digits with at most one point among them, 18 or fewer: the common case, in one pass. */
static bool read_small(struct text text, struct number *ret_number)
{
  const char *at = text.data, *end = at + text.length, *point = NULL;
  bool is_negative = at < end && *at == '-';
  at += is_negative ? 1 : 0;
  if (end - at > SMALL_DIGITS + 1 || at == end)
    return false;
  int64_t value = 0;
  size_t n_digits = 0;
  for (; at < end; at++) {
    if (*at == '.' && point == NULL) {
      point = at;
      continue;
    }
    if (!char_is_digit(*at) || n_digits == SMALL_DIGITS)
      return false;
    value = value * 10 + (*at - '0');
    n_digits++;
  }
  if (n_digits == 0)
    return false;
  ret_number->form = NUMBER_UNSCALED;
  ret_number->unscaled = is_negative ? -value : value;
  ret_number->scale = point == NULL ? 0 : (int)(end - point) - 1;
  return true;
}

bool number_read(struct text text, struct number *ret_number)
{
  if (read_small(text, ret_number))
    return true;
  ret_number->form = NUMBER_DECIMAL;
  return decimal_read(text, &ret_number->decimal);
}

/* The shortest text that reads as `real`. */
static struct text shortest_text(double real, char buffer[DOUBLE_TEXT_SIZE])
{
  int length = 0;
  for (int precision = 14; precision <= 16; precision++) {
    length = snprintf(buffer, DOUBLE_TEXT_SIZE, "%.*e", precision, real);
    if (strtod(buffer, NULL) == real) /* equal in all bits but for -0 */
      break;
  }
  return (struct text){ buffer, (size_t)length };
}

static struct text unscaled_text(wide unscaled, int scale, char buffer[UNSCALED_TEXT_SIZE])
{
  bool is_negative = unscaled < 0;
  unsigned_wide rest = is_negative ? -(unsigned_wide)unscaled : (unsigned_wide)unscaled;
  char digits[48];
  size_t n_digits = 0;
  do {
    digits[n_digits++] = (char)('0' + (int)(rest % 10));
    rest /= 10;
  } while (rest > 0);
  size_t length = 0;
  if (is_negative)
    buffer[length++] = '-';
  while (n_digits > 0)
    buffer[length++] = digits[--n_digits];
  length += (size_t)snprintf(buffer + length, UNSCALED_TEXT_SIZE - length, "e%d", -scale);
  return (struct text){ buffer, length };
}

/* The number as decimal text; `buffer` keeps it where it was none. */
static struct decimal as_decimal(const struct number *number, char buffer[UNSCALED_TEXT_SIZE])
{
  struct decimal decimal = number->decimal;
  if (number->form == NUMBER_DOUBLE)
    decimal_read(shortest_text(number->real, buffer), &decimal);
  else if (number->form == NUMBER_UNSCALED)
    decimal_read(unscaled_text(number->unscaled, number->scale, buffer), &decimal);
  return decimal;
}

bool number_is_integral(const struct number *number)
{
  switch (number->form) {
  case NUMBER_UNSCALED:
    return number->scale == 0 || number->unscaled % power_of_ten(number->scale) == 0;
  case NUMBER_DOUBLE:
    return trunc(number->real) == number->real;
  default:
    return number->decimal.n_digits == 0 || number->decimal.exponent >= 0;
  }
}

static bool is_between(const struct number *number, struct text least, struct text most)
{
  char buffer[UNSCALED_TEXT_SIZE];
  struct decimal decimal = as_decimal(number, buffer), low, high;
  decimal_read(least, &low);
  decimal_read(most, &high);
  return decimal_compare(&low, &decimal) <= 0 && decimal_compare(&decimal, &high) <= 0;
}

bool number_fits_bigint(const struct number *number)
{
  if (number->form == NUMBER_UNSCALED && number->unscaled >= INT64_MIN && number->unscaled <= INT64_MAX)
    return true;
  return is_between(number, TEXT("-9223372036854775808"), TEXT("9223372036854775807"));
}

bool number_fits_double(const struct number *number)
{
  return number->form != NUMBER_DECIMAL ||
         is_between(number, TEXT("-1.7976931348623157e308"), TEXT("1.7976931348623157e308"));
}

/* Bounds. */

struct bound bound_from(struct text text)
{
  struct bound bound = { 0 };
  decimal_read(text, &bound.decimal);
  const struct decimal *decimal = &bound.decimal;
  int64_t n_whole = (int64_t)decimal->n_digits + (decimal->exponent > 0 ? decimal->exponent : 0);
  if (n_whole <= SMALL_DIGITS && decimal->exponent >= -SMALL_DIGITS) {
    bound.is_small = true;
    bound.scale = decimal->exponent < 0 ? (int)-decimal->exponent : 0;
    bound.unscaled = (wide)digits_value(decimal) * power_of_ten(decimal->exponent > 0 ? (int)decimal->exponent : 0);
    bound.unscaled = decimal->is_negative ? -bound.unscaled : bound.unscaled;
  }
  SCOPED(text_buffer_done) struct text_buffer copy = { 0 };
  text_buffer_add_text(&copy, text);
  bound.real = strtod(copy.data, NULL);
  if (!isfinite(bound.real)) { /* no double is beyond it */
    bound.real_order = bound.real < 0 ? -1 : 1;
    return bound;
  }
  char buffer[DOUBLE_TEXT_SIZE];
  struct decimal shortest;
  decimal_read(shortest_text(bound.real, buffer), &shortest);
  bound.real_order = decimal_compare(&shortest, decimal);
  return bound;
}

/* Brings both to one scale; false where that does not fit. */
static bool to_common_scale(const struct number *number, const struct bound *bound, wide *ret_number, wide *ret_bound)
{
  *ret_number = number->unscaled;
  *ret_bound = bound->unscaled;
  int difference = number->scale - bound->scale;
  if (difference == 0)
    return true;
  return difference > 0 ? !__builtin_mul_overflow(bound->unscaled, power_of_ten(difference), ret_bound)
                        : !__builtin_mul_overflow(number->unscaled, power_of_ten(-difference), ret_number);
}

int number_compare(const struct number *number, const struct bound *bound)
{
  if (number->form == NUMBER_DOUBLE) /* two doubles apart are apart as texts, too: each text rounds to its own double */
    return number->real < bound->real ? -1 : number->real > bound->real ? 1 : bound->real_order;
  wide a, b;
  if (number->form == NUMBER_UNSCALED && bound->is_small && to_common_scale(number, bound, &a, &b))
    return a < b ? -1 : a > b;
  char buffer[UNSCALED_TEXT_SIZE];
  struct decimal decimal = as_decimal(number, buffer);
  return decimal_compare(&decimal, &bound->decimal);
}

bool number_is_multiple(const struct number *number, const struct bound *divisor)
{
  wide a, b;
  if (number->form == NUMBER_UNSCALED && divisor->is_small && to_common_scale(number, divisor, &a, &b))
    return a % b == 0;
  char buffer[UNSCALED_TEXT_SIZE];
  struct decimal decimal = as_decimal(number, buffer);
  if (decimal.n_digits == 0)
    return true;
  int64_t shift = decimal.exponent - divisor->decimal.exponent;
  if (shift < 0) /* its last digit, which is no zero, stands behind the divisor's */
    return false;
  unsigned_wide m = digits_value(&divisor->decimal), remainder = 0;
  if (m == 0)
    BUG("multipleOf is greater than zero");
  const char *at = decimal.digits;
  for (size_t i = 0; i < decimal.n_digits; i++)
    remainder = (remainder * 10 + (unsigned)(next_digit(&at) - '0')) % m;
  return multiply_modulo(remainder, power_of_ten_modulo(shift, m), m) == 0;
}
