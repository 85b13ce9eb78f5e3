/* Roots, hyperbolic functions and angles as StrictMath has them. */
#include "value/strict_math_internal.h"

#include <math.h>

static const double pi = 3.1415926535897931160e+00;
static const double pi_low = 1.2246467991473531772e-16;
static const double half_pi_high = 1.57079632679489655800e+00;
static const double half_pi_low = 6.12323399573676603587e-17;
static const double ln2 = 6.93147180559945286227e-01;
static const double quarter_pi = 7.85398163397448278999e-01;
/* Above 2 |log 2^1024|, halves of the exponential's argument are needed. */
static const double overflow_threshold = 7.10475860073943863426e+02;

double strict_cbrt(double x)
{
  int32_t magnitude = high_half(x) & 0x7fffffff;
  if (!isfinite(x) || x == 0)
    return x;
  double ax = fabs(x);
  double t;
  if (magnitude < 0x00100000)
    t = with_high_half(0, high_half(0x1p54 * ax) / 3 + 696219795);
  else
    t = with_high_half(0, magnitude / 3 + 715094163);
  double r = t * t / ax;
  double s = 5.42857142857142815906e-01 + r * t;
  t *= 3.57142857142857150787e-01 +
       1.60714285714285720630e+00 / (s + 1.41428571428571436819e+00 + -7.05306122448979611050e-01 / s);
  t = with_high_half(0, high_half(t) + 1);
  s = t * t;
  r = ax / s;
  r = (r - t) / (t + t + r);
  t = t + t * r;
  return x < 0 ? -t : t;
}

/* For a >= b > 0, neither so large nor so small that a square leaves the range. */
static double scaled_hypot(double a, double b)
{
  double difference = a - b;
  if (difference > b) {
    double high = without_low_half(a);
    double low = a - high;
    return sqrt(high * high - (b * (-b) - low * (a + high)));
  }
  double doubled = a + a;
  double b_high = without_low_half(b);
  double b_low = b - b_high;
  double high = add_exponent(without_low_half(a), 1);
  double low = doubled - high;
  return sqrt(high * b_high - (difference * (-difference) - (high * b_low + low * b)));
}

double strict_hypot(double x, double y)
{
  double a = fabs(x);
  double b = fabs(y);
  if (isinf(a) || isinf(b))
    return INFINITY;
  if (isnan(a) || isnan(b))
    return NAN;
  if (b > a) {
    double larger = b;
    b = a;
    a = larger;
  }
  int k = 0;
  if (high_half(a) - high_half(b) > 0x3c00000)
    return a + b;
  if (high_half(a) > 0x5f300000) {
    a = add_exponent(a, -600);
    b = add_exponent(b, -600);
    k = 600;
  }
  if (high_half(b) < 0x20b00000) {
    if (b == 0)
      return a;
    int up = high_half(b) <= 0x000fffff ? 1022 : 600;
    a = ldexp(a, up);
    b = ldexp(b, up);
    k -= up;
  }
  return ldexp(scaled_hypot(a, b), k);
}

double strict_sinh(double x)
{
  int32_t magnitude = high_half(x) & 0x7fffffff;
  double ax = fabs(x);
  double half = x < 0 ? -0.5 : 0.5;
  if (!isfinite(x) || magnitude < 0x3e300000)
    return x;
  if (magnitude < 0x40360000) {
    double t = strict_expm1(ax);
    return magnitude < 0x3ff00000 ? half * (2.0 * t - t * t / (t + 1.0)) : half * (t + t / (t + 1.0));
  }
  if (magnitude < 0x40862e42)
    return half * strict_exp(ax);
  if (ax > overflow_threshold)
    return x * INFINITY;
  double w = strict_exp(0.5 * ax);
  return half * w * w;
}

double strict_cosh(double x)
{
  int32_t magnitude = high_half(x) & 0x7fffffff;
  double ax = fabs(x);
  if (!isfinite(x))
    return x * x;
  if (magnitude < 0x3fd62e43) {
    double t = strict_expm1(ax);
    double w = 1.0 + t;
    return magnitude < 0x3c800000 ? w : 1.0 + (t * t) / (w + w);
  }
  if (magnitude < 0x40360000) {
    double t = strict_exp(ax);
    return 0.5 * t + 0.5 / t;
  }
  if (magnitude < 0x40862e42)
    return 0.5 * strict_exp(ax);
  if (ax > overflow_threshold)
    return INFINITY;
  double w = strict_exp(0.5 * ax);
  return 0.5 * w * w;
}

double strict_tanh(double x)
{
  int32_t magnitude = high_half(x) & 0x7fffffff;
  double ax = fabs(x);
  double z = 1.0;
  if (isnan(x))
    return x;
  if (magnitude < 0x3c800000)
    return x * (1.0 + x);
  if (magnitude < 0x3ff00000) {
    double t = strict_expm1(-2.0 * ax);
    z = -t / (t + 2.0);
  } else if (magnitude < 0x40360000) {
    z = 1.0 - 2.0 / (strict_expm1(2.0 * ax) + 2.0);
  }
  return x < 0 ? -z : z;
}

/* (asin(x) - x) / x for the square of x. */
static double arc_ratio(double square)
{
  static const double over[] = { 1.66666666666666657415e-01,  -3.25565818622400915405e-01, 2.01212532134862925881e-01,
                                 -4.00555345006794114027e-02, 7.91534994289814532176e-04,  3.47933107596021167570e-05 };
  static const double under[] = { 1.0, -2.40339491173441421878e+00, 2.02094576023350569471e+00,
                                  -6.88283971605453293030e-01, 7.70381505559019352791e-02 };
  return square * polynomial(over, ARRAY_LENGTH(over), square) / polynomial(under, ARRAY_LENGTH(under), square);
}

double strict_asin(double x)
{
  int32_t magnitude = high_half(x) & 0x7fffffff;
  double ax = fabs(x);
  if (!(ax <= 1))
    return NAN;
  if (ax == 1)
    return x * half_pi_high + x * half_pi_low;
  if (magnitude < 0x3e400000)
    return x;
  if (magnitude < 0x3fe00000)
    return x + x * arc_ratio(x * x);
  double t = (1.0 - ax) * 0.5;
  double s = sqrt(t);
  double ratio = arc_ratio(t);
  double angle;
  if (magnitude >= 0x3fef3333) {
    angle = half_pi_high - (2.0 * (s + s * ratio) - half_pi_low);
  } else {
    double high = without_low_half(s);
    double c = (t - high * high) / (s + high);
    double p = 2.0 * s * ratio - (half_pi_low - 2.0 * c);
    angle = quarter_pi - (p - (quarter_pi - 2.0 * high));
  }
  return x < 0 ? -angle : angle;
}

double strict_acos(double x)
{
  int32_t magnitude = high_half(x) & 0x7fffffff;
  if (!(fabs(x) <= 1))
    return NAN;
  if (fabs(x) == 1)
    return x > 0 ? 0 : pi + 2.0 * half_pi_low;
  if (magnitude <= 0x3c600000)
    return half_pi_high + half_pi_low;
  if (magnitude < 0x3fe00000)
    return half_pi_high - (x - (half_pi_low - x * arc_ratio(x * x)));
  double z = (1.0 - fabs(x)) * 0.5;
  double s = sqrt(z);
  if (x < 0)
    return pi - 2.0 * (s + (arc_ratio(z) * s - half_pi_low));
  double high = without_low_half(s);
  double c = (z - high * high) / (s + high);
  return 2.0 * (high + (arc_ratio(z) * s + c));
}

/* An angle whose tangent is known, in two parts, and how to get there. */
static const struct {
  double high, low;
} known_angles[] = { { 4.63647609000806093515e-01, 2.26987774529616870924e-17 },
                     { 7.85398163397448278999e-01, 3.06161699786838301793e-17 },
                     { 9.82793723247329054082e-01, 1.39033110312309984516e-17 },
                     { 1.57079632679489655800e+00, 6.12323399573676603587e-17 } };

static int near_angle(int32_t magnitude, double *x)
{
  if (magnitude < 0x3fe60000) {
    *x = (2.0 * *x - 1.0) / (2.0 + *x);
    return 0;
  }
  if (magnitude < 0x3ff30000) {
    *x = (*x - 1.0) / (*x + 1.0);
    return 1;
  }
  if (magnitude < 0x40038000) {
    *x = (*x - 1.5) / (1.0 + 1.5 * *x);
    return 2;
  }
  *x = -1.0 / *x;
  return 3;
}

double strict_atan(double x)
{
  static const double odd[] = { 3.33333333333329318027e-01, 1.42857142725034663711e-01, 9.09088713343650656196e-02,
                                6.66107313738753120669e-02, 4.97687799461593236017e-02, 1.62858201153657823623e-02 };
  static const double even[] = { -1.99999999998764832476e-01, -1.11111104054623557880e-01, -7.69187620504482999495e-02,
                                 -5.83357013379057348645e-02, -3.65315727442169155270e-02 };
  int32_t magnitude = high_half(x) & 0x7fffffff;
  if (isnan(x) || magnitude < 0x3e200000)
    return x;
  if (magnitude >= 0x44100000)
    return copysign(half_pi_high + half_pi_low, x);
  double t = magnitude < 0x3fdc0000 ? x : fabs(x);
  int id = magnitude < 0x3fdc0000 ? -1 : near_angle(magnitude, &t);
  double z = t * t;
  double w = z * z;
  double sum = z * polynomial(odd, ARRAY_LENGTH(odd), w) + w * polynomial(even, ARRAY_LENGTH(even), w);
  if (id < 0)
    return t - t * sum;
  double angle = known_angles[id].high - ((t * sum - known_angles[id].low) - t);
  return x < 0 ? -angle : angle;
}

/* Where one of the two is 0 or infinite, atan2 is the same everywhere. */
double strict_atan2(double y, double x)
{
  if (isnan(x) || isnan(y))
    return NAN;
  if (x == 0 || y == 0 || isinf(x) || isinf(y))
    return atan2(y, x);
  if (x == 1)
    return strict_atan(y);
  int k = ((high_half(y) & 0x7fffffff) - (high_half(x) & 0x7fffffff)) >> 20;
  double angle = k > 60 ? half_pi_high + 0.5 * pi_low : x < 0 && k < -60 ? 0 : strict_atan(fabs(y / x));
  if (x < 0)
    angle = pi - (angle - pi_low);
  return y < 0 ? -angle : angle;
}

double strict_asinh(double x)
{
  int32_t magnitude = high_half(x) & 0x7fffffff;
  double ax = fabs(x);
  double w;
  if (!isfinite(x) || magnitude < 0x3e300000)
    return x;
  if (magnitude > 0x41b00000)
    w = strict_log(ax) + ln2;
  else if (magnitude > 0x40000000)
    w = strict_log(2.0 * ax + 1.0 / (sqrt(x * x + 1.0) + ax));
  else
    w = strict_log1p(ax + x * x / (1.0 + sqrt(1.0 + x * x)));
  return x < 0 ? -w : w;
}

double strict_acosh(double x)
{
  int32_t high = high_half(x);
  if (!(x >= 1))
    return NAN;
  if (high >= 0x41b00000)
    return isinf(x) ? x : strict_log(x) + ln2;
  if (high > 0x40000000)
    return strict_log(2.0 * x - 1.0 / (x + sqrt(x * x - 1.0)));
  double t = x - 1.0;
  return strict_log1p(t + sqrt(2.0 * t + t * t));
}
