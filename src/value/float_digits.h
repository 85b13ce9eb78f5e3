/** The decimal digits of floating-point numbers as Java 17 prints them. */
#ifndef CRISOL_VALUE_FLOAT_DIGITS_H
#define CRISOL_VALUE_FLOAT_DIGITS_H

#include <stdint.h>

enum { FLOAT_DIGITS_SIZE = 24 };

/** Writes the digits of mantissa * 2^exponent, which is not 0, without trailing zeros, and where the decimal point
 * stands among them. `n_bits` is how many bits the type has below the highest one of this number, and itself. They read
 * back as the number; now and then there is one more of them than that takes, up to JDK 18. */
void float_digits(uint64_t mantissa, int exponent, int n_bits, char ret_digits[FLOAT_DIGITS_SIZE], int *ret_point);

#endif
