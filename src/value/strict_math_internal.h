/** Halves of doubles, for strict_math.c and strict_angles.c. */
#ifndef CRISOL_VALUE_STRICT_MATH_INTERNAL_H
#define CRISOL_VALUE_STRICT_MATH_INTERNAL_H

#include "base/macros.h"
#include "value/strict_math.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A double beside its bits, as C17 6.5.2.3 lets a union be read. */
union double_bits {
  double value;
  uint64_t bits;
};

/** The sign, the exponent and the upper 20 bits of the fraction. */
static inline int32_t high_half(double x)
{
  union double_bits it = { .value = x };
  return (int32_t)(uint32_t)(it.bits >> 32);
}

static inline double with_high_half(double x, int32_t high)
{
  union double_bits it = { .value = x };
  it.bits = (it.bits & 0xffffffffu) | (uint64_t)(uint32_t)high << 32;
  return it.value;
}

static inline double without_low_half(double x)
{
  return with_high_half(0, high_half(x));
}

/** Times 2^k by the bits of the exponent alone. */
static inline double add_exponent(double x, int k)
{
  return with_high_half(x, (int32_t)((uint32_t)high_half(x) + ((uint32_t)k << 20)));
}

/** terms[0] + x (terms[1] + x (...)). */
static inline double polynomial(const double *terms, size_t n_terms, double x)
{
  double sum = terms[n_terms - 1];
  for (size_t i = n_terms - 1; i-- > 0;)
    sum = terms[i] + x * sum;
  return sum;
}

#endif
