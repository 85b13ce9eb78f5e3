/** Exact numbers: JSON's decimal text compared, divided and normalized without ever becoming a double. No allocation.
 */
#ifndef CRISOL_SCHEMA_NUMBER_H
#define CRISOL_SCHEMA_NUMBER_H

#include "base/text.h"

__extension__ typedef __int128 wide;

/** A decimal number as written. Its value is its digits, read as an integer, times ten to the `exponent`; the digits
 * neither start nor end with a zero, and there are none for 0. They may have a point among them. */
struct decimal {
  bool is_negative;
  const char *digits;
  size_t n_digits;
  int64_t exponent;
};

/** Reads [+-]digits[.digits][(e|E)[+-]digits], of which the whole or the fractional digits may be missing: JSON's
 * numbers, and what Spark reads as a number of a text. `decimal` points into `text`. False where the text is anything
 * else. */
bool decimal_read(struct text text, struct decimal *ret_decimal);
/** Less than, equal to or greater than 0, by value: 1.0 equals 1e0. */
int decimal_compare(const struct decimal *a, const struct decimal *b);
/** Adds the one text that all numbers of this value share: "0", "-15e-1", "1e2". */
void decimal_add_normal(const struct decimal *decimal, struct text_buffer *out);

/** A number to be judged, in the cheapest form it comes in. */
enum number_form {
  NUMBER_UNSCALED, /* unscaled / 10^scale, scale 0 to 38 */
  NUMBER_DOUBLE,   /* finite; stands for the shortest decimal text that reads as it */
  NUMBER_DECIMAL,
};

struct number {
  enum number_form form;
  int scale;
  wide unscaled;
  double real;
  struct decimal decimal;
};

/** Reads what decimal_read reads. */
bool number_read(struct text text, struct number *ret_number);
/** Whether it has no fraction: 1.0 and 1e2 have none. */
bool number_is_integral(const struct number *number);
/** Whether it is integral and within 64 bits. */
bool number_fits_bigint(const struct number *number);
/** Whether the number is within the range of a double. */
bool number_fits_double(const struct number *number);

/** A number of the schema (a bound, a divisor, a constant), made ready to be compared with many. */
struct bound {
  struct decimal decimal;
  bool is_small; /* `unscaled` and `scale` hold it */
  int scale;
  wide unscaled;
  double real;
  int real_order; /* how the shortest text of `real` compares with the number: -1, 0, 1 */
};

/** `text` must stay; it is a number as JSON writes it. */
struct bound bound_from(struct text text);
/** -1, 0, 1: the number is less than, equal to, greater than the bound. */
int number_compare(const struct number *number, const struct bound *bound);

enum { DIVISOR_MAX_DIGITS = 36 };
/** Whether the number is an integer times the divisor, which is above 0 and has at most DIVISOR_MAX_DIGITS digits. */
bool number_is_multiple(const struct number *number, const struct bound *divisor);

#endif
