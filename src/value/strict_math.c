/* Exponentials, logarithms and powers as StrictMath has them; strict_angles.c has the rest. The thresholds are upper
 * halves of doubles, which order as their absolute values do. */
#include "value/strict_math_internal.h"

#include <math.h>

static const double ln2_high = 6.93147180369123816490e-01;
static const double ln2_low = 1.90821492927058770002e-10;
static const double inverse_ln2 = 1.44269504088896338700e+00;

/* x = k ln 2 + (high - low), where high - low is at most half of ln 2. */
struct reduced {
  int k;
  double high, low;
};

static struct reduced reduce(double x, int32_t magnitude)
{
  if (magnitude <= 0x3fd62e42)
    return (struct reduced){ .high = x };
  int k = x < 0 ? -1 : 1;
  if (magnitude >= 0x3ff0a2b2)
    k = (int)(inverse_ln2 * x + (x < 0 ? -0.5 : 0.5));
  return (struct reduced){ .k = k, .high = x - k * ln2_high, .low = k * ln2_low };
}

/* A rational approximation's even part, which exp and pow share. */
static double exp_remainder(double x)
{
  static const double terms[] = { 1.66666666666666019037e-01, -2.77777777770155933842e-03, 6.61375632143793436117e-05,
                                  -1.65339022054652515390e-06, 4.13813679705723846039e-08 };
  double square = x * x;
  return x - square * polynomial(terms, ARRAY_LENGTH(terms), square);
}

double strict_exp(double x)
{
  int32_t magnitude = high_half(x) & 0x7fffffff;
  if (isnan(x))
    return x;
  if (x > 7.09782712893383973096e+02)
    return INFINITY;
  if (x < -7.45133219101941108420e+02)
    return 0;
  if (magnitude < 0x3e300000)
    return 1.0 + x;
  struct reduced reduced = reduce(x, magnitude);
  double r = reduced.high - reduced.low;
  double c = exp_remainder(r);
  if (reduced.k == 0)
    return 1.0 - ((r * c) / (c - 2.0) - r);
  return ldexp(1.0 - ((reduced.low - (r * c) / (2.0 - c)) - reduced.high), reduced.k);
}

/* (1 + r)(1 + ...) times 2^k, less 1, for the k where both terms count. */
static double scaled_less_one(double r, double e, int k)
{
  if (k == -1)
    return 0.5 * (r - e) - 0.5;
  if (k == 1)
    return r < -0.25 ? -2.0 * (e - (r + 0.5)) : 1.0 + 2.0 * (r - e);
  if (k <= -2 || k > 56)
    return add_exponent(1.0 - (e - r), k) - 1.0;
  if (k < 20)
    return add_exponent((1.0 - ldexp(1.0, -k)) - (e - r), k);
  return add_exponent((r - (e + ldexp(1.0, -k))) + 1.0, k);
}

double strict_expm1(double x)
{
  static const double terms[] = { 1.0,
                                  -3.33333333333331316428e-02,
                                  1.58730158725481460165e-03,
                                  -7.93650757867487942473e-05,
                                  4.00821782732936239552e-06,
                                  -2.01099218183624371326e-07 };
  int32_t magnitude = high_half(x) & 0x7fffffff;
  if (isnan(x))
    return x;
  if (x > 7.09782712893383973096e+02)
    return INFINITY;
  if (magnitude >= 0x4043687a && x < 0)
    return -1.0;
  if (magnitude < 0x3c900000)
    return x;
  struct reduced reduced = reduce(x, magnitude);
  double r = reduced.high - reduced.low;
  double lost = (reduced.high - r) - reduced.low;
  double half = 0.5 * r;
  double product = r * half;
  double r1 = polynomial(terms, ARRAY_LENGTH(terms), product);
  double t = 3.0 - r1 * half;
  double e = product * ((r1 - t) / (6.0 - r * t));
  if (reduced.k == 0)
    return r - (r * e - product);
  e = (r * (e - lost) - lost) - product;
  return scaled_less_one(r, e, reduced.k);
}

static const double log_terms[] = { 6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01,
                                    2.222219843214978396e-01, 1.818357216161805012e-01, 1.531383769920937332e-01,
                                    1.479819860511658591e-01 };

/* Brings a positive number to 2^k times what lies between 1 and 2. */
static int split_exponent(double *x, int32_t *ret_fraction)
{
  int k = 0;
  if (high_half(*x) < 0x00100000) {
    k = -54;
    *x *= 0x1p54;
  }
  int32_t high = high_half(*x);
  *ret_fraction = high & 0x000fffff;
  return k + (high >> 20) - 1023;
}

/* The logarithm of 2^k (1 + f), f as small as 2^-20. */
static double log_near_one(double f, int k)
{
  if (f == 0)
    return k == 0 ? 0 : k * ln2_high + k * ln2_low;
  double r = f * f * (0.5 - 0.33333333333333333 * f);
  return k == 0 ? f - r : k * ln2_high - ((r - k * ln2_low) - f);
}

double strict_log(double x)
{
  int32_t fraction;
  if (!(x > 0) || isinf(x))
    return x == 0 ? -INFINITY : x > 0 || isnan(x) ? x : NAN;
  int k = split_exponent(&x, &fraction);
  int32_t carry = (fraction + 0x95f64) & 0x100000;
  k += carry >> 20;
  double f = with_high_half(x, fraction | (carry ^ 0x3ff00000)) - 1.0;
  if ((0x000fffff & (2 + fraction)) < 3)
    return log_near_one(f, k);
  double s = f / (2.0 + f);
  double z = s * s;
  double w = z * z;
  const double *c = log_terms;
  double even = w * (c[1] + w * (c[3] + w * c[5]));
  double odd = z * (c[0] + w * (c[2] + w * (c[4] + w * c[6])));
  double r = odd + even;
  if (((fraction - 0x6147a) | (0x6b851 - fraction)) > 0) {
    double half = 0.5 * f * f;
    return k == 0 ? f - (half - s * (half + r)) : k * ln2_high - ((half - (s * (half + r) + k * ln2_low)) - f);
  }
  return k == 0 ? f - s * (f - r) : k * ln2_high - ((s * (f - r) - k * ln2_low) - f);
}

double strict_log10(double x)
{
  int32_t fraction;
  if (!(x > 0) || isinf(x))
    return strict_log(x);
  int k = split_exponent(&x, &fraction);
  int is_negative = k < 0;
  double y = k + is_negative;
  double mantissa = with_high_half(x, fraction | ((0x3ff - is_negative) << 20));
  double z = y * 3.69423907715893078616e-13 + 4.34294481903251816668e-01 * strict_log(mantissa);
  return z + y * 3.01029995663611771306e-01;
}

/* 1 + x as 2^k (1 + f), and what adding 1 has lost; `half` is the upper half of its mantissa, or 1. */
struct one_more {
  int k;
  int32_t half;
  double f, lost;
};

static struct one_more add_one(double x, int32_t high)
{
  if (high < 0x3fda827a && (high > 0 || high <= (int32_t)0xbfd2bec3))
    return (struct one_more){ .half = 1, .f = x };
  struct one_more sum = { 0 };
  double u = high < 0x43400000 ? 1.0 + x : x;
  sum.k = (high_half(u) >> 20) - 1023;
  if (high < 0x43400000)
    sum.lost = (sum.k > 0 ? 1.0 - (u - x) : x - (u - 1.0)) / u;
  sum.half = high_half(u) & 0x000fffff;
  if (sum.half < 0x6a09e) {
    sum.f = with_high_half(u, sum.half | 0x3ff00000) - 1.0;
    return sum;
  }
  sum.k++;
  sum.f = with_high_half(u, sum.half | 0x3fe00000) - 1.0;
  sum.half = (0x00100000 - sum.half) >> 2;
  return sum;
}

double strict_log1p(double x)
{
  int32_t high = high_half(x);
  int32_t magnitude = high & 0x7fffffff;
  if (isnan(x) || x <= -1)
    return x == -1 ? -INFINITY : NAN;
  if (isinf(x))
    return x;
  if (magnitude < 0x3e200000)
    return magnitude < 0x3c900000 ? x : x - x * x * 0.5;
  struct one_more sum = add_one(x, high);
  double f = sum.f;
  double half = 0.5 * f * f;
  double low = sum.k * ln2_low + sum.lost;
  if (sum.half == 0) {
    if (f == 0)
      return sum.k == 0 ? 0 : sum.k * ln2_high + low;
    double r = half * (1.0 - 0.66666666666666666 * f);
    return sum.k == 0 ? f - r : sum.k * ln2_high - ((r - low) - f);
  }
  double s = f / (2.0 + f);
  double z = s * s;
  double r = z * polynomial(log_terms, ARRAY_LENGTH(log_terms), z);
  if (sum.k == 0)
    return f - (half - s * (half + r));
  return sum.k * ln2_high - ((half - (s * (half + r) + low)) - f);
}

/* A number in two parts, the first of which has its lower half empty. */
struct pair {
  double high, low;
};

/* log2 of a number next to 1, for exponents so large that nothing else stays finite. */
static struct pair log2_near_one(double x)
{
  double t = x - 1.0;
  double w = (t * t) * (0.5 - t * (0.3333333333333333333333 - t * 0.25));
  double u = 1.44269502162933349609e+00 * t;
  double v = t * 1.92596299112661746887e-08 - w * inverse_ln2;
  double high = without_low_half(u + v);
  return (struct pair){ high, v - (high - u) };
}

/* log2 of any positive number, by log((1 + s) / (1 - s)) around 1 or 1.5. */
static struct pair log2_of(double x)
{
  static const double terms[] = { 5.99999999999994648725e-01, 4.28571428578550184252e-01, 3.33333329818377432918e-01,
                                  2.72728123808534006489e-01, 2.30660745775561754067e-01, 2.06975017800338417784e-01 };
  int n = 0;
  if (high_half(x) < 0x00100000) {
    x *= 0x1p53;
    n = -53;
  }
  int32_t fraction = high_half(x) & 0x000fffff;
  n += (high_half(x) >> 20) - 0x3ff;
  int32_t high = fraction | 0x3ff00000;
  int k = fraction > 0x3988e && fraction < 0xbb67a;
  if (fraction >= 0xbb67a) {
    n++;
    high -= 0x00100000;
  }
  x = with_high_half(x, high);
  double base = k == 0 ? 1.0 : 1.5;
  double base_high = k == 0 ? 0.0 : 5.84962487220764160156e-01;
  double base_low = k == 0 ? 0.0 : 1.35003920212974897128e-08;
  double u = x - base;
  double v = 1.0 / (x + base);
  double s = u * v;
  double s_high = without_low_half(s);
  double t_high = with_high_half(0, ((high >> 1) | 0x20000000) + 0x00080000 + (k << 18));
  double t_low = x - (t_high - base);
  double s_low = v * ((u - s_high * t_high) - s_high * t_low);
  double s2 = s * s;
  double r = s2 * s2 * polynomial(terms, ARRAY_LENGTH(terms), s2);
  r += s_low * (s_high + s);
  s2 = s_high * s_high;
  t_high = without_low_half(3.0 + s2 + r);
  t_low = r - ((t_high - 3.0) - s2);
  u = s_high * t_high;
  v = s_low * t_high + t_low * s;
  double p_high = without_low_half(u + v);
  double p_low = v - (p_high - u);
  double z_high = 9.61796700954437255859e-01 * p_high;
  double z_low = -7.02846165095275826516e-09 * p_high + p_low * 9.61796693925975554329e-01 + base_low;
  double t = n;
  double t1 = without_low_half(((z_high + z_low) + base_high) + t);
  return (struct pair){ t1, z_low - (((t1 - t) - base_high) - z_high) };
}

/* 2 to the power of a sum whose parts are `p`, rounded to z. */
static double exp2_of(struct pair p, double z)
{
  int32_t j = high_half(z);
  int n = 0;
  if ((j & 0x7fffffff) > 0x3fe00000) {
    int k = ((j & 0x7fffffff) >> 20) - 0x3ff;
    int32_t rounded = j + (0x00100000 >> (k + 1));
    k = ((rounded & 0x7fffffff) >> 20) - 0x3ff;
    p.high -= with_high_half(0, rounded & ~(0x000fffff >> k));
    n = ((rounded & 0x000fffff) | 0x00100000) >> (20 - k);
    n = j < 0 ? -n : n;
  }
  double t = without_low_half(p.low + p.high);
  double u = t * 6.93147182464599609375e-01;
  double v = (p.low - (t - p.high)) * 6.93147180559945286227e-01 + t * -1.90465429995776804525e-09;
  double sum = u + v;
  double w = v - (sum - u);
  double t1 = exp_remainder(sum);
  double r = (sum * t1) / (t1 - 2.0) - (w + sum * w);
  return ldexp(1.0 - (r - sum), n);
}

/* x to the power of y for finite, positive x and finite y; what overflows is infinite. */
static double positive_pow(double x, double y)
{
  int32_t magnitude = high_half(y) & 0x7fffffff;
  bool grows = (x > 1) == (y > 0);
  if (magnitude > 0x41e00000 && (high_half(x) < 0x3fefffff || high_half(x) > 0x3ff00000 || magnitude > 0x43f00000))
    return grows ? INFINITY : 0;
  struct pair log2 = magnitude > 0x41e00000 ? log2_near_one(x) : log2_of(x);
  double y_high = without_low_half(y);
  struct pair p = { .low = (y - y_high) * log2.high + y * log2.low, .high = y_high * log2.high };
  double z = p.low + p.high;
  if (z > 1024 || (z == 1024 && p.low + 8.0085662595372944372e-17 > z - p.high))
    return INFINITY;
  if (z < -1075 || (z == -1075 && p.low <= z - p.high))
    return 0;
  return exp2_of(p, z);
}

static bool is_odd(double y)
{
  return fabs(y) < 0x1p53 && fmod(y, 2) != 0;
}

double strict_pow(double x, double y)
{
  double ax = fabs(x);
  if (y == 0)
    return 1.0;
  if (isnan(x) || isnan(y))
    return NAN;
  if (isinf(y))
    return ax == 1 ? NAN : (ax > 1) == (y > 0) ? INFINITY : 0;
  if (fabs(y) == 1)
    return y > 0 ? x : 1.0 / x;
  if (y == 2)
    return x * x;
  if (y == 0.5 && x >= 0)
    return sqrt(x + 0.0);
  bool is_whole = y == trunc(y);
  bool is_negative = signbit(x) && is_whole && is_odd(y);
  double power;
  if (ax == 0 || isinf(ax) || ax == 1) {
    power = y < 0 ? 1 / ax : ax;
    if (x == -1 && !is_whole)
      return NAN;
  } else if (x < 0 && !is_whole) {
    return NAN;
  } else {
    power = positive_pow(ax, y);
  }
  return is_negative ? -power : power;
}
