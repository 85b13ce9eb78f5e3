/* The method of G. L. Steele and J. L. White with the stopping rules of Java up to JDK 18: the number is b / s, digits
 * come off it until what is left is within m / s, half of the distance to the neighbours, of a whole digit. */
#include "value/float_digits.h"

#include "base/macros.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

__extension__ typedef unsigned __int128 uint128;

/* 2^1130 times 10 and a carry. */
enum { N_LIMBS = 48 };

static int larger(int a, int b)
{
  return a > b ? a : b;
}

struct big {
  uint32_t limbs[N_LIMBS]; /* lowest first */
  int n_limbs;
};

static void big_multiply(struct big *number, uint32_t factor)
{
  uint64_t carry = 0;
  for (int i = 0; i < number->n_limbs; i++) {
    carry += (uint64_t)number->limbs[i] * factor;
    number->limbs[i] = (uint32_t)carry;
    carry >>= 32;
  }
  if (carry > 0 && number->n_limbs < N_LIMBS)
    number->limbs[number->n_limbs++] = (uint32_t)carry;
}

/* value * 5^fives * 2^twos */
static struct big big_make(uint64_t value, int fives, int twos)
{
  struct big number = { .limbs = { (uint32_t)value, (uint32_t)(value >> 32) }, .n_limbs = 2 };
  for (; fives >= 13; fives -= 13)
    big_multiply(&number, 1220703125);
  for (; fives > 0; fives--)
    big_multiply(&number, 5);
  for (; twos >= 31; twos -= 31)
    big_multiply(&number, UINT32_C(1) << 31);
  big_multiply(&number, UINT32_C(1) << twos);
  return number;
}

static int big_compare(const struct big *a, const struct big *b)
{
  for (int i = larger(a->n_limbs, b->n_limbs); i-- > 0;) {
    uint32_t limb_a = i < a->n_limbs ? a->limbs[i] : 0;
    uint32_t limb_b = i < b->n_limbs ? b->limbs[i] : 0;
    if (limb_a != limb_b)
      return limb_a < limb_b ? -1 : 1;
  }
  return 0;
}

static struct big big_add(const struct big *a, const struct big *b)
{
  struct big sum = { .n_limbs = larger(a->n_limbs, b->n_limbs) };
  uint64_t carry = 0;
  for (int i = 0; i < sum.n_limbs; i++) {
    carry += (uint64_t)(i < a->n_limbs ? a->limbs[i] : 0) + (i < b->n_limbs ? b->limbs[i] : 0);
    sum.limbs[i] = (uint32_t)carry;
    carry >>= 32;
  }
  if (carry > 0 && sum.n_limbs < N_LIMBS)
    sum.limbs[sum.n_limbs++] = (uint32_t)carry;
  return sum;
}

/* For a >= b. */
static void big_subtract(struct big *a, const struct big *b)
{
  int64_t borrow = 0;
  for (int i = 0; i < a->n_limbs; i++) {
    borrow += (int64_t)a->limbs[i] - (i < b->n_limbs ? b->limbs[i] : 0);
    a->limbs[i] = (uint32_t)borrow;
    borrow >>= 32;
  }
}

/* Takes the next digit off: the whole part of b / s; the rest becomes b. */
static int big_digit(struct big *b, const struct big *s)
{
  int digit = 0;
  while (big_compare(b, s) >= 0) {
    big_subtract(b, s);
    digit++;
  }
  big_multiply(b, 10);
  return digit;
}

/* The number as b = value * 5^b5 * 2^b2 over s = 5^s5 * 2^s2, with m = 5^b5 * 2^m2. */
struct fraction {
  uint64_t value;
  int b2, b5, s2, s5, m2;
};

struct output {
  char *digits;
  int count;
  int point; /* one less than where the point stands */
  bool is_low, is_high;
  int beyond_half; /* where both: how what is left compares to one half */
};

/* Adds a digit; past the first one a number with an exponent gets another in any case. */
static void add_digit(struct output *output, int digit, bool is_first)
{
  if (is_first && digit == 0 && !output->is_high)
    output->point--;
  else
    output->digits[output->count++] = (char)('0' + digit);
  if (is_first && (output->point < -3 || output->point >= 8))
    output->is_low = output->is_high = false;
}

static const uint64_t fives[] = { 1,
                                  5,
                                  25,
                                  125,
                                  625,
                                  3125,
                                  15625,
                                  78125,
                                  390625,
                                  1953125,
                                  9765625,
                                  48828125,
                                  244140625,
                                  1220703125,
                                  6103515625,
                                  30517578125,
                                  152587890625,
                                  762939453125,
                                  3814697265625,
                                  19073486328125,
                                  95367431640625,
                                  476837158203125,
                                  2384185791015625,
                                  11920928955078125,
                                  59604644775390625,
                                  298023223876953125,
                                  1490116119384765625 };

static int bits_of_fives(int power)
{
  return power < (int)ARRAY_LENGTH(fives) ? 64 - __builtin_clzll(fives[power]) : power * 3;
}

static void digits_by_words(const struct fraction *f, struct output *output)
{
  uint128 b = (uint128)(f->value * fives[f->b5]) << f->b2;
  uint128 s = (uint128)fives[f->s5] << f->s2;
  uint128 m = (uint128)fives[f->b5] << f->m2;
  uint128 tens = s * 10;
  for (bool is_first = true; is_first || (!output->is_low && !output->is_high); is_first = false) {
    int digit = (int)(b / s);
    b = 10 * (b % s);
    m *= 10;
    output->is_low = b < m;
    output->is_high = b + m > tens;
    add_digit(output, digit, is_first);
  }
  output->beyond_half = b * 2 < tens ? -1 : b * 2 > tens;
}

static void digits_by_bigs(const struct fraction *f, struct output *output)
{
  struct big b = big_make(f->value, f->b5, f->b2);
  struct big s = big_make(1, f->s5, f->s2);
  struct big m = big_make(1, f->b5, f->m2);
  struct big tens = s;
  big_multiply(&tens, 10);
  for (bool is_first = true; is_first || (!output->is_low && !output->is_high); is_first = false) {
    int digit = big_digit(&b, &s);
    big_multiply(&m, 10);
    struct big sum = big_add(&b, &m);
    output->is_low = big_compare(&b, &m) < 0;
    output->is_high = big_compare(&tens, &sum) <= 0;
    add_digit(output, digit, is_first);
  }
  big_multiply(&b, 2);
  output->beyond_half = big_compare(&b, &tens);
}

static void round_up(struct output *output)
{
  int i = output->count - 1;
  while (i > 0 && output->digits[i] == '9')
    output->digits[i--] = '0';
  if (output->digits[i] != '9') {
    output->digits[i]++;
    return;
  }
  output->digits[i] = '1';
  output->point++;
}

/* The power of ten of the first digit, or one more, for 1.fraction * 2^exponent. */
static int estimate_power(double significand, int exponent)
{
  return (int)floor((significand - 1.5) * 0.289529654 + 0.176091259 + exponent * 0.301029995663981);
}

static struct fraction make_fraction(uint64_t value, int exponent, int n_value_bits, int n_bits, int power)
{
  int n_tiny_bits = larger(0, n_value_bits - exponent - 1);
  struct fraction f = { .value = value, .b5 = larger(0, -power), .s5 = larger(0, power) };
  f.b2 = f.b5 + n_tiny_bits + exponent;
  f.s2 = f.s5 + n_tiny_bits;
  f.m2 = f.b2 - n_bits;
  f.b2 -= n_value_bits - 1;
  int common = f.b2 < f.s2 ? f.b2 : f.s2;
  f.b2 -= common;
  f.s2 -= common;
  f.m2 -= common;
  if (n_value_bits == 1) /* the neighbour below a power of two is nearer */
    f.m2--;
  if (f.m2 < 0) {
    f.b2 -= f.m2;
    f.s2 -= f.m2;
    f.m2 = 0;
  }
  return f;
}

void float_digits(uint64_t mantissa, int exponent, int n_bits, char ret_digits[FLOAT_DIGITS_SIZE], int *ret_point)
{
  int shift = __builtin_ctzll(mantissa);
  uint64_t value = mantissa >> shift;
  int n_value_bits = 64 - __builtin_clzll(value);
  int power_of_two = exponent + shift + n_value_bits - 1;
  int power = estimate_power(ldexp((double)value, 1 - n_value_bits), power_of_two);
  struct fraction f = make_fraction(value, power_of_two, n_value_bits, n_bits, power);
  struct output output = { .digits = ret_digits, .point = power };
  int b_bits = n_value_bits + f.b2 + bits_of_fives(f.b5);
  int tens_bits = f.s2 + 1 + bits_of_fives(f.s5 + 1);
  if (b_bits < 64 && tens_bits < 64)
    digits_by_words(&f, &output);
  else
    digits_by_bigs(&f, &output);
  bool is_odd = (output.digits[output.count - 1] & 1) != 0;
  if (output.is_high && (!output.is_low || output.beyond_half > 0 || (output.beyond_half == 0 && is_odd)))
    round_up(&output);
  while (output.count > 1 && output.digits[output.count - 1] == '0')
    output.count--;
  output.digits[output.count] = '\0';
  *ret_point = output.point + 1;
}
