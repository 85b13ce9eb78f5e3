/* Sine and cosine as the processor's library in Java's virtual machine has them on x86-64: Spark takes these from
 * Math.sin and Math.cos, which are no part of StrictMath there. The angle is reduced to r = x - n pi/32, with n pi/32
 * in three parts; then sin(n pi/32 + r) comes from a table of sines and cosines, two short polynomials, and sums whose
 * rounding errors are carried along. The answer is within 0.51 units of the last place, which is not always the nearest
 * double: the C library's differs in one of three hundred. */
#include "value/strict_math.h"

#include <math.h>
#include <stddef.h>

/* Of the angle n pi/32: its sine in two parts, and its cosine as the nearest power of two and the rest. */
struct wave_point {
  double cosine_power, cosine_rest;
  double sine, sine_rest;
};

static const struct wave_point points[64] = {
  { 0x1.0000000000000p+0, 0x0.0p+0, 0x0.0p+0, 0x0.0p+0 },
  { 0x1.0000000000000p+0, -0x1.3b92e176d6d31p-8, 0x1.917a6bc29b42cp-4, -0x1.e2718d26ed688p-60 },
  { 0x1.0000000000000p+0, -0x1.3ad06011469fbp-6, 0x1.8f8b83c69a60bp-3, -0x1.26d19b9ff8d82p-57 },
  { 0x1.0000000000000p+0, -0x1.60bea939d225ap-5, 0x1.294062ed59f06p-2, -0x1.5d28da2c4612dp-56 },
  { 0x1.0000000000000p+0, -0x1.37ca1866b95cfp-4, 0x1.87de2a6aea963p-2, -0x1.72cedd3d5a610p-57 },
  { 0x1.0000000000000p+0, -0x1.e3a6873fa1279p-4, 0x1.e2b5d3806f63bp-2, 0x1.e0d891d3c6841p-58 },
  { 0x1.0000000000000p+0, -0x1.592675bc57974p-3, 0x1.1c73b39ae68c8p-1, 0x1.b25dd267f6600p-55 },
  { 0x1.0000000000000p+0, -0x1.d0dfe53aba2fdp-3, 0x1.44cf325091dd6p-1, 0x1.8076a2cfdc6b3p-57 },
  { 0x1.0000000000000p-1, 0x1.a827999fcef32p-3, 0x1.6a09e667f3bcdp-1, -0x1.bdd3413b26456p-55 },
  { 0x1.0000000000000p-1, 0x1.133cc94247758p-3, 0x1.8bc806b151741p-1, -0x1.2c5e12ed1336dp-55 },
  { 0x1.0000000000000p-1, 0x1.c73b39ae68c87p-5, 0x1.a9b66290ea1a3p-1, 0x1.9f630e8b6dac8p-60 },
  { 0x1.0000000000000p-1, -0x1.d4a2c7f909c4ep-6, 0x1.c38b2f180bdb1p-1, -0x1.6e0b1757c8d07p-56 },
  { 0x1.0000000000000p-1, -0x1.e087565455a75p-4, 0x1.d906bcf328d46p-1, 0x1.457e610231ac2p-56 },
  { 0x1.0000000000000p-2, 0x1.4a03176acf82dp-5, 0x1.e9f4156c62ddap-1, 0x1.760b1e2e3f81ep-55 },
  { 0x1.0000000000000p-2, -0x1.c1d1f0e5967d5p-5, 0x1.f6297cff75cb0p-1, 0x1.562172a361fd3p-56 },
  { 0x1.0000000000000p-3, -0x1.ba1650f592f50p-6, 0x1.fd88da3d12526p-1, -0x1.87df6378811c7p-55 },
  { 0x0.0p+0, 0x0.0p+0, 0x1.0000000000000p+0, 0x0.0p+0 },
  { -0x1.0000000000000p-3, 0x1.ba1650f592f50p-6, 0x1.fd88da3d12526p-1, -0x1.87df6378811c7p-55 },
  { -0x1.0000000000000p-2, 0x1.c1d1f0e5967d5p-5, 0x1.f6297cff75cb0p-1, 0x1.562172a361fd3p-56 },
  { -0x1.0000000000000p-2, -0x1.4a03176acf82dp-5, 0x1.e9f4156c62ddap-1, 0x1.760b1e2e3f81ep-55 },
  { -0x1.0000000000000p-1, 0x1.e087565455a75p-4, 0x1.d906bcf328d46p-1, 0x1.457e610231ac2p-56 },
  { -0x1.0000000000000p-1, 0x1.d4a2c7f909c4ep-6, 0x1.c38b2f180bdb1p-1, -0x1.6e0b1757c8d07p-56 },
  { -0x1.0000000000000p-1, -0x1.c73b39ae68c87p-5, 0x1.a9b66290ea1a3p-1, 0x1.9f630e8b6dac8p-60 },
  { -0x1.0000000000000p-1, -0x1.133cc94247758p-3, 0x1.8bc806b151741p-1, -0x1.2c5e12ed1336dp-55 },
  { -0x1.0000000000000p-1, -0x1.a827999fcef32p-3, 0x1.6a09e667f3bcdp-1, -0x1.bdd3413b26456p-55 },
  { -0x1.0000000000000p+0, 0x1.d0dfe53aba2fdp-3, 0x1.44cf325091dd6p-1, 0x1.8076a2cfdc6b3p-57 },
  { -0x1.0000000000000p+0, 0x1.592675bc57974p-3, 0x1.1c73b39ae68c8p-1, 0x1.b25dd267f6600p-55 },
  { -0x1.0000000000000p+0, 0x1.e3a6873fa1279p-4, 0x1.e2b5d3806f63bp-2, 0x1.e0d891d3c6841p-58 },
  { -0x1.0000000000000p+0, 0x1.37ca1866b95cfp-4, 0x1.87de2a6aea963p-2, -0x1.72cedd3d5a610p-57 },
  { -0x1.0000000000000p+0, 0x1.60bea939d225ap-5, 0x1.294062ed59f06p-2, -0x1.5d28da2c4612dp-56 },
  { -0x1.0000000000000p+0, 0x1.3ad06011469fbp-6, 0x1.8f8b83c69a60bp-3, -0x1.26d19b9ff8d82p-57 },
  { -0x1.0000000000000p+0, 0x1.3b92e176d6d31p-8, 0x1.917a6bc29b42cp-4, -0x1.e2718d26ed688p-60 },
  { -0x1.0000000000000p+0, 0x0.0p+0, 0x0.0p+0, 0x0.0p+0 },
  { -0x1.0000000000000p+0, 0x1.3b92e176d6d31p-8, -0x1.917a6bc29b42cp-4, 0x1.e2718d26ed688p-60 },
  { -0x1.0000000000000p+0, 0x1.3ad06011469fbp-6, -0x1.8f8b83c69a60bp-3, 0x1.26d19b9ff8d82p-57 },
  { -0x1.0000000000000p+0, 0x1.60bea939d225ap-5, -0x1.294062ed59f06p-2, 0x1.5d28da2c4612dp-56 },
  { -0x1.0000000000000p+0, 0x1.37ca1866b95cfp-4, -0x1.87de2a6aea963p-2, 0x1.72cedd3d5a610p-57 },
  { -0x1.0000000000000p+0, 0x1.e3a6873fa1279p-4, -0x1.e2b5d3806f63bp-2, -0x1.e0d891d3c6841p-58 },
  { -0x1.0000000000000p+0, 0x1.592675bc57974p-3, -0x1.1c73b39ae68c8p-1, -0x1.b25dd267f6600p-55 },
  { -0x1.0000000000000p+0, 0x1.d0dfe53aba2fdp-3, -0x1.44cf325091dd6p-1, -0x1.8076a2cfdc6b3p-57 },
  { -0x1.0000000000000p-1, -0x1.a827999fcef32p-3, -0x1.6a09e667f3bcdp-1, 0x1.bdd3413b26456p-55 },
  { -0x1.0000000000000p-1, -0x1.133cc94247758p-3, -0x1.8bc806b151741p-1, 0x1.2c5e12ed1336dp-55 },
  { -0x1.0000000000000p-1, -0x1.c73b39ae68c87p-5, -0x1.a9b66290ea1a3p-1, -0x1.9f630e8b6dac8p-60 },
  { -0x1.0000000000000p-1, 0x1.d4a2c7f909c4ep-6, -0x1.c38b2f180bdb1p-1, 0x1.6e0b1757c8d07p-56 },
  { -0x1.0000000000000p-1, 0x1.e087565455a75p-4, -0x1.d906bcf328d46p-1, -0x1.457e610231ac2p-56 },
  { -0x1.0000000000000p-2, -0x1.4a03176acf82dp-5, -0x1.e9f4156c62ddap-1, -0x1.760b1e2e3f81ep-55 },
  { -0x1.0000000000000p-2, 0x1.c1d1f0e5967d5p-5, -0x1.f6297cff75cb0p-1, -0x1.562172a361fd3p-56 },
  { -0x1.0000000000000p-3, 0x1.ba1650f592f50p-6, -0x1.fd88da3d12526p-1, 0x1.87df6378811c7p-55 },
  { 0x0.0p+0, 0x0.0p+0, -0x1.0000000000000p+0, 0x0.0p+0 },
  { 0x1.0000000000000p-3, -0x1.ba1650f592f50p-6, -0x1.fd88da3d12526p-1, 0x1.87df6378811c7p-55 },
  { 0x1.0000000000000p-2, -0x1.c1d1f0e5967d5p-5, -0x1.f6297cff75cb0p-1, -0x1.562172a361fd3p-56 },
  { 0x1.0000000000000p-2, 0x1.4a03176acf82dp-5, -0x1.e9f4156c62ddap-1, -0x1.760b1e2e3f81ep-55 },
  { 0x1.0000000000000p-1, -0x1.e087565455a75p-4, -0x1.d906bcf328d46p-1, -0x1.457e610231ac2p-56 },
  { 0x1.0000000000000p-1, -0x1.d4a2c7f909c4ep-6, -0x1.c38b2f180bdb1p-1, 0x1.6e0b1757c8d07p-56 },
  { 0x1.0000000000000p-1, 0x1.c73b39ae68c87p-5, -0x1.a9b66290ea1a3p-1, -0x1.9f630e8b6dac8p-60 },
  { 0x1.0000000000000p-1, 0x1.133cc94247758p-3, -0x1.8bc806b151741p-1, 0x1.2c5e12ed1336dp-55 },
  { 0x1.0000000000000p-1, 0x1.a827999fcef32p-3, -0x1.6a09e667f3bcdp-1, 0x1.bdd3413b26456p-55 },
  { 0x1.0000000000000p+0, -0x1.d0dfe53aba2fdp-3, -0x1.44cf325091dd6p-1, -0x1.8076a2cfdc6b3p-57 },
  { 0x1.0000000000000p+0, -0x1.592675bc57974p-3, -0x1.1c73b39ae68c8p-1, -0x1.b25dd267f6600p-55 },
  { 0x1.0000000000000p+0, -0x1.e3a6873fa1279p-4, -0x1.e2b5d3806f63bp-2, -0x1.e0d891d3c6841p-58 },
  { 0x1.0000000000000p+0, -0x1.37ca1866b95cfp-4, -0x1.87de2a6aea963p-2, 0x1.72cedd3d5a610p-57 },
  { 0x1.0000000000000p+0, -0x1.60bea939d225ap-5, -0x1.294062ed59f06p-2, 0x1.5d28da2c4612dp-56 },
  { 0x1.0000000000000p+0, -0x1.3ad06011469fbp-6, -0x1.8f8b83c69a60bp-3, 0x1.26d19b9ff8d82p-57 },
  { 0x1.0000000000000p+0, -0x1.3b92e176d6d31p-8, -0x1.917a6bc29b42cp-4, 0x1.e2718d26ed688p-60 },
};

/* Past this the three parts of pi/32 are not exact enough. */
static const double largest = 90112.0;

/* The sine of x + turn * pi/32. */
static double wave(double x, unsigned turn)
{
  static const double inverse = 0x1.45f306dc9c883p+3; /* 32/pi */
  static const double part_1 = 0x1.921fb544p-4;
  static const double part_2 = 0x1.0b4611a6p-38;
  static const double part_3 = 0x1.3198a2e037073p-73;
  double n = nearbyint(inverse * x);
  const struct wave_point *point = &points[((unsigned)(int)n + turn) % 64];
  double first = x - n * part_1;
  double r = first - n * part_2;
  double lost = n * part_3 - ((first - r) - n * part_2); /* what r is too large by */
  double square = r * r;
  double fourth = square * square;
  double cosine = point->cosine_power + point->cosine_rest;
  double sines = (-1.0 / 6 + 1.0 / 120 * square) + fourth * (-1.0 / 5040 + 1.0 / 362880 * square);
  double cosines = (-1.0 / 2 + 1.0 / 24 * square) + fourth * (-1.0 / 720 + 1.0 / 40320 * square);
  double polynomials = sines * (cosine * r * square) + cosines * (point->sine * square);
  double correction = lost * (point->sine * r - cosine) + point->sine_rest;
  double by_power = point->cosine_power * r;
  double sum = point->sine + by_power;
  double by_rest = point->cosine_rest * r;
  double high = sum + by_rest;
  double low = ((point->sine - sum) + by_power) + ((sum - high) + by_rest);
  return high + ((polynomials + correction) + low);
}

double java_sin(double x)
{
  if (!(fabs(x) < largest))
    return sin(x);
  return fabs(x) < 0x1p-26 ? x : wave(x, 0);
}

double java_cos(double x)
{
  if (!(fabs(x) < largest))
    return cos(x);
  return fabs(x) < 0x1p-27 ? 1.0 : wave(x, 16);
}
