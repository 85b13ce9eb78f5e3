/* Integers that wrap around as Java's do, bits, and numbers in other bases. */
#include "duckdb/functions/internal.h"

#include <math.h>

/* Integer arithmetic for each width. Sums are made without a sign, where wrapping around is defined; what is narrower
 * than an int is computed as one. */
#define INTEGER_FUNCTIONS(name, c_type, unsigned_type)                                                                 \
  static bool add_##name(struct udf_call *call, size_t row)                                                            \
  {                                                                                                                    \
    RESULT(call, row, c_type) =                                                                                        \
        (c_type)(unsigned_type)((unsigned_type)ARG(call, 0, row, c_type) + (unsigned_type)ARG(call, 1, row, c_type));  \
    return true;                                                                                                       \
  }                                                                                                                    \
  static bool subtract_##name(struct udf_call *call, size_t row)                                                       \
  {                                                                                                                    \
    RESULT(call, row, c_type) =                                                                                        \
        (c_type)(unsigned_type)((unsigned_type)ARG(call, 0, row, c_type) - (unsigned_type)ARG(call, 1, row, c_type));  \
    return true;                                                                                                       \
  }                                                                                                                    \
  static bool multiply_##name(struct udf_call *call, size_t row)                                                       \
  {                                                                                                                    \
    RESULT(call, row, c_type) = (c_type)((uint64_t)ARG(call, 0, row, c_type) * (uint64_t)ARG(call, 1, row, c_type));   \
    return true;                                                                                                       \
  }                                                                                                                    \
  static bool try_add_##name(struct udf_call *call, size_t row)                                                        \
  {                                                                                                                    \
    return !__builtin_add_overflow(ARG(call, 0, row, c_type), ARG(call, 1, row, c_type), &RESULT(call, row, c_type));  \
  }                                                                                                                    \
  static bool try_subtract_##name(struct udf_call *call, size_t row)                                                   \
  {                                                                                                                    \
    return !__builtin_sub_overflow(ARG(call, 0, row, c_type), ARG(call, 1, row, c_type), &RESULT(call, row, c_type));  \
  }                                                                                                                    \
  static bool try_multiply_##name(struct udf_call *call, size_t row)                                                   \
  {                                                                                                                    \
    return !__builtin_mul_overflow(ARG(call, 0, row, c_type), ARG(call, 1, row, c_type), &RESULT(call, row, c_type));  \
  }                                                                                                                    \
  static bool remainder_##name(struct udf_call *call, size_t row)                                                      \
  {                                                                                                                    \
    c_type divisor = ARG(call, 1, row, c_type);                                                                        \
    if (divisor == 0)                                                                                                  \
      return false;                                                                                                    \
    RESULT(call, row, c_type) = (c_type)(divisor == -1 ? 0 : ARG(call, 0, row, c_type) % divisor);                     \
    return true;                                                                                                       \
  }                                                                                                                    \
  static bool pmod_##name(struct udf_call *call, size_t row)                                                           \
  {                                                                                                                    \
    c_type divisor = ARG(call, 1, row, c_type);                                                                        \
    if (divisor == 0)                                                                                                  \
      return false;                                                                                                    \
    int128 rest = divisor == -1 ? 0 : ARG(call, 0, row, c_type) % divisor;                                             \
    RESULT(call, row, c_type) = (c_type)(rest < 0 ? (rest + divisor) % divisor : rest);                                \
    return true;                                                                                                       \
  }                                                                                                                    \
  static bool negate_##name(struct udf_call *call, size_t row)                                                         \
  {                                                                                                                    \
    RESULT(call, row, c_type) = (c_type)(unsigned_type)(0 - (unsigned_type)ARG(call, 0, row, c_type));                 \
    return true;                                                                                                       \
  }                                                                                                                    \
  static bool abs_##name(struct udf_call *call, size_t row)                                                            \
  {                                                                                                                    \
    return ARG(call, 0, row, c_type) < 0 ? negate_##name(call, row)                                                    \
                                         : (RESULT(call, row, c_type) = ARG(call, 0, row, c_type), true);              \
  }                                                                                                                    \
  static bool round_##name(struct udf_call *call, size_t row)                                                          \
  {                                                                                                                    \
    RESULT(call, row, c_type) = (c_type)round_integer(ARG(call, 0, row, c_type), arg_int(call, 1, row), false);        \
    return true;                                                                                                       \
  }                                                                                                                    \
  static bool bround_##name(struct udf_call *call, size_t row)                                                         \
  {                                                                                                                    \
    RESULT(call, row, c_type) = (c_type)round_integer(ARG(call, 0, row, c_type), arg_int(call, 1, row), true);         \
    return true;                                                                                                       \
  }                                                                                                                    \
  static bool bit_get_##name(struct udf_call *call, size_t row)                                                        \
  {                                                                                                                    \
    return bit_get(call, row, (int64_t)ARG(call, 0, row, c_type), 8 * (int)sizeof(c_type));                            \
  }

/* Rounds to tens, hundreds ... where `digits` is negative; half up, or half to even. */
static int128 round_integer(int64_t value, int32_t digits, bool to_even)
{
  if (digits >= 0)
    return value;
  if (digits < -19)
    return 0;
  int128 unit = 1;
  for (int32_t i = digits; i < 0; i++)
    unit *= 10;
  int128 size = value < 0 ? -(int128)value : value;
  int128 quotient = size / unit;
  int128 twice_rest = size % unit * 2;
  if (twice_rest > unit || (twice_rest == unit && (!to_even || quotient % 2 == 1)))
    quotient++;
  return value < 0 ? -quotient * unit : quotient * unit;
}

static bool bit_get(struct udf_call *call, size_t row, int64_t value, int n_bits)
{
  int32_t position = arg_int(call, 1, row);
  if (position < 0 || position >= n_bits)
    return udf_fail(call, "INVALID_PARAMETER_VALUE.BIT_POSITION_RANGE", "bit %d is not within 0 to %d", position,
                    n_bits - 1);
  RESULT(call, row, int8_t) = (int8_t)((uint64_t)value >> position & 1);
  return true;
}

INTEGER_FUNCTIONS(tinyint, int8_t, uint8_t)
INTEGER_FUNCTIONS(smallint, int16_t, uint16_t)
INTEGER_FUNCTIONS(int, int32_t, uint32_t)
INTEGER_FUNCTIONS(bigint, int64_t, uint64_t)

static bool quotient_bigint(struct udf_call *call, size_t row)
{
  int64_t divisor = arg_bigint(call, 1, row);
  if (divisor == 0)
    return false;
  return divisor == -1 ? negate_bigint(call, row) : return_bigint(call, row, arg_bigint(call, 0, row) / divisor);
}

static bool pmod_double(struct udf_call *call, size_t row)
{
  double divisor = arg_double(call, 1, row);
  double rest = fmod(arg_double(call, 0, row), divisor);
  return divisor != 0 && return_double(call, row, rest < 0 ? fmod(rest + divisor, divisor) : rest);
}

static bool pmod_float(struct udf_call *call, size_t row)
{
  float divisor = ARG(call, 1, row, float);
  float rest = fmodf(ARG(call, 0, row, float), divisor);
  RESULT(call, row, float) = rest < 0 ? fmodf(rest + divisor, divisor) : rest;
  return divisor != 0;
}

/* Shifts take the low bits of the distance, as Java's do. */
static bool shift_left_int(struct udf_call *call, size_t row)
{
  return return_int(call, row, (int32_t)((uint32_t)arg_int(call, 0, row) << (arg_int(call, 1, row) & 31)));
}

static bool shift_left_bigint(struct udf_call *call, size_t row)
{
  return return_bigint(call, row, (int64_t)((uint64_t)arg_bigint(call, 0, row) << (arg_int(call, 1, row) & 63)));
}

static bool shift_right_int(struct udf_call *call, size_t row)
{
  return return_int(call, row, arg_int(call, 0, row) >> (arg_int(call, 1, row) & 31));
}

static bool shift_right_bigint(struct udf_call *call, size_t row)
{
  return return_bigint(call, row, arg_bigint(call, 0, row) >> (arg_int(call, 1, row) & 63));
}

static bool shift_right_unsigned_int(struct udf_call *call, size_t row)
{
  return return_int(call, row, (int32_t)((uint32_t)arg_int(call, 0, row) >> (arg_int(call, 1, row) & 31)));
}

static bool shift_right_unsigned_bigint(struct udf_call *call, size_t row)
{
  return return_bigint(call, row, (int64_t)((uint64_t)arg_bigint(call, 0, row) >> (arg_int(call, 1, row) & 63)));
}

static bool bit_count(struct udf_call *call, size_t row)
{
  return return_int(call, row, __builtin_popcountll((uint64_t)arg_bigint(call, 0, row)));
}

/* Bitmaps of 32768 bits: numbers from 1 fill the first, those from 0 down count by themselves. */
enum { BITMAP_BITS = 32768 };

static bool bitmap_bit_position(struct udf_call *call, size_t row)
{
  int64_t value = arg_bigint(call, 0, row);
  return return_bigint(call, row,
                       value > 0 ? (value - 1) % BITMAP_BITS : (int64_t)((0 - (uint64_t)value) % BITMAP_BITS));
}

static bool bitmap_bucket_number(struct udf_call *call, size_t row)
{
  int64_t value = arg_bigint(call, 0, row);
  return return_bigint(call, row, value > 0 ? 1 + (value - 1) / BITMAP_BITS : value / BITMAP_BITS);
}

static bool bitmap_count(struct udf_call *call, size_t row)
{
  struct text bytes = arg_text(call, 0, row);
  int64_t count = 0;
  for (size_t i = 0; i < bytes.length; i++)
    count += __builtin_popcount((unsigned char)bytes.data[i]);
  return return_bigint(call, row, count);
}

/* Numbers in other bases. */

static bool return_digits(struct udf_call *call, size_t row, uint64_t value, unsigned base)
{
  char digits[64];
  size_t at = sizeof digits;
  do {
    digits[--at] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[value % base];
    value /= base;
  } while (value > 0);
  return return_text(call, row, (struct text){ digits + at, sizeof digits - at });
}

static bool bin(struct udf_call *call, size_t row)
{
  return return_digits(call, row, (uint64_t)arg_bigint(call, 0, row), 2);
}

static bool hex(struct udf_call *call, size_t row)
{
  return return_digits(call, row, (uint64_t)arg_bigint(call, 0, row), 16);
}

static int digit_value(char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'Z' ? c - 'A' + 10 : 99;
}

static bool unhex(struct udf_call *call, size_t row)
{
  struct text text = arg_text(call, 0, row);
  text_buffer_clear(&call->buffer);
  unsigned pending = 0;
  for (size_t i = 0; i < text.length; i++) {
    int digit = digit_value(text.data[i]);
    if (digit > 15)
      return false;
    pending = pending * 16 + (unsigned)digit;
    if ((text.length - i) % 2 == 1) { /* an odd first digit is a byte of its own */
      text_buffer_add_char(&call->buffer, (char)pending);
      pending = 0;
    }
  }
  return return_buffer(call, row);
}

/* The digits as a number without a sign; what does not fit is the greatest. Stops at the first other character. */
static uint64_t read_base(struct text text, unsigned base)
{
  uint64_t value = 0;
  for (size_t i = 0; i < text.length; i++) {
    unsigned digit = (unsigned)digit_value(text.data[i]);
    if (digit >= base)
      break;
    if (__builtin_mul_overflow(value, (uint64_t)base, &value) || __builtin_add_overflow(value, (uint64_t)digit, &value))
      return UINT64_MAX;
  }
  return value;
}

static bool conv(struct udf_call *call, size_t row)
{
  struct text text = arg_text(call, 0, row);
  int32_t from = arg_int(call, 1, row);
  int32_t to = arg_int(call, 2, row);
  unsigned to_base = (unsigned)(to < 0 ? 0 - (unsigned)to : (unsigned)to);
  while (text.length > 0 && text.data[0] == ' ')
    text = (struct text){ text.data + 1, text.length - 1 };
  while (text.length > 0 && text.data[text.length - 1] == ' ')
    text.length--;
  if (from < 2 || from > 36 || to_base < 2 || to_base > 36 || text.length == 0)
    return false;
  bool is_negative = text.data[0] == '-';
  if (is_negative)
    text = (struct text){ text.data + 1, text.length - 1 };
  uint64_t value = read_base(text, (unsigned)from);
  if (is_negative && to > 0)
    value = (int64_t)value < 0 ? UINT64_MAX : 0 - value;
  bool shows_sign = to < 0 && (is_negative || (int64_t)value < 0);
  if (to < 0 && (int64_t)value < 0)
    value = 0 - value;
  if (!shows_sign)
    return return_digits(call, row, value, to_base);
  char digits[66];
  size_t at = sizeof digits;
  do {
    digits[--at] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[value % to_base];
    value /= to_base;
  } while (value > 0);
  digits[--at] = '-';
  return return_text(call, row, (struct text){ digits + at, sizeof digits - at });
}

#define BINARY_ROW(word, type)                                                                                         \
  {                                                                                                                    \
    .name = "spark_" #word "_" #type, .signature = #type " " #type " > " #type, .each = word##_##type                  \
  }
#define INTEGER_ROWS(type)                                                                                             \
  BINARY_ROW(add, type), BINARY_ROW(subtract, type), BINARY_ROW(multiply, type), BINARY_ROW(try_add, type),            \
      BINARY_ROW(try_subtract, type), BINARY_ROW(try_multiply, type), BINARY_ROW(remainder, type),                     \
      BINARY_ROW(pmod, type),                                                                                          \
      { .name = "spark_negate_" #type, .signature = #type " > " #type, .each = negate_##type },                        \
      { .name = "spark_abs_" #type, .signature = #type " > " #type, .each = abs_##type },                              \
      { .name = "spark_round_" #type, .signature = #type " int > " #type, .each = round_##type },                      \
      { .name = "spark_bround_" #type, .signature = #type " int > " #type, .each = bround_##type },                    \
  {                                                                                                                    \
    .name = "spark_bit_get_" #type, .signature = #type " int > tinyint", .each = bit_get_##type                        \
  }
#define SHIFT_ROW(word, type)                                                                                          \
  {                                                                                                                    \
    .name = "spark_" #word "_" #type, .signature = #type " int > " #type, .each = word##_##type                        \
  }

static const struct udf rows[] = {
  INTEGER_ROWS(tinyint),
  INTEGER_ROWS(smallint),
  INTEGER_ROWS(int),
  INTEGER_ROWS(bigint),
  BINARY_ROW(quotient, bigint),
  BINARY_ROW(pmod, double),
  BINARY_ROW(pmod, float),
  SHIFT_ROW(shift_left, int),
  SHIFT_ROW(shift_left, bigint),
  SHIFT_ROW(shift_right, int),
  SHIFT_ROW(shift_right, bigint),
  SHIFT_ROW(shift_right_unsigned, int),
  SHIFT_ROW(shift_right_unsigned, bigint),
  { .name = "spark_bitmap_bit_position", .signature = "bigint > bigint", .each = bitmap_bit_position },
  { .name = "spark_bitmap_bucket_number", .signature = "bigint > bigint", .each = bitmap_bucket_number },
  { .name = "spark_bitmap_count", .signature = "binary > bigint", .each = bitmap_count },
  { .name = "spark_bit_count", .signature = "bigint > int", .each = bit_count },
  { .name = "spark_bin", .signature = "bigint > string", .each = bin },
  { .name = "spark_hex", .signature = "bigint > string", .each = hex },
  { .name = "spark_unhex", .signature = "string > binary", .each = unhex },
  { .name = "spark_conv", .signature = "string int int > string", .each = conv },
};

UDF_FAMILY(integer_udfs, rows);
