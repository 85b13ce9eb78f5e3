/** Elementary functions of doubles with the very digits of Java's StrictMath, which Spark takes them from: the
 * algorithms of the freely distributable mathematical library (K. C. Ng, 1993) in the order of operations that it lays
 * down. The C library's are nearer to the true value in about one of twenty answers, and so differ in the last digit.
 */
#ifndef CRISOL_VALUE_STRICT_MATH_H
#define CRISOL_VALUE_STRICT_MATH_H

/** e to the power of x. */
double strict_exp(double x);
/** e to the power of x, less 1. */
double strict_expm1(double x);
/** Natural logarithm: -infinity of 0, NaN below. */
double strict_log(double x);
/** Logarithm to base 10. */
double strict_log10(double x);
/** Natural logarithm of 1 + x. */
double strict_log1p(double x);
/** x to the power of y; NaN where an infinite y meets 1 or -1, as in Java and other than in C. */
double strict_pow(double x, double y);
/** Cube root. */
double strict_cbrt(double x);
/** The length of the hypotenuse; infinite where either is, even beside NaN. */
double strict_hypot(double x, double y);
/** Hyperbolic sine. */
double strict_sinh(double x);
/** Hyperbolic cosine. */
double strict_cosh(double x);
/** Hyperbolic tangent. */
double strict_tanh(double x);
/** Inverse hyperbolic sine: StrictMath has none, Spark computes it by the same library's algorithm. */
double strict_asinh(double x);
/** Inverse hyperbolic cosine, likewise; NaN below 1. */
double strict_acosh(double x);
/** Arc sine; NaN outside -1 to 1. */
double strict_asin(double x);
/** Arc cosine; NaN outside -1 to 1. */
double strict_acos(double x);
/** Arc tangent. */
double strict_atan(double x);
/** The angle of the point (x, y). */
double strict_atan2(double y, double x);

/** Sine with the digits of Java's Math.sin, which on x86-64 is not StrictMath's. */
double java_sin(double x);
/** Cosine, likewise. */
double java_cos(double x);

#endif
