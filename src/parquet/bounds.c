/* The least and the greatest value, as the format wants them in statistics: numbers as they are written, zeros with the
 * sign that holds both, no bounds where there is a NaN (whose place in the order readers do not agree on), and of a
 * long text its start: as it is for the least one, raised for the greatest. */
#include "parquet/parquet_internal.h"

#include <endian.h>
#include <math.h>

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

enum { LENGTH = 4 };

static void set_exact(struct bounds *bounds, const void *min, const void *max, size_t width)
{
  *bounds = (struct bounds){ .is_set = true, .is_min_exact = true, .is_max_exact = true };
  bounds->min_length = bounds->max_length = (uint8_t)width;
  memcpy(bounds->min, min, width);
  memcpy(bounds->max, max, width);
}

#define DEFINE_BOUNDS(name, c_type)                                                                                    \
  static void name(const char *values, size_t length, struct bounds *bounds)                                           \
  {                                                                                                                    \
    c_type min, max, value;                                                                                            \
    memcpy(&min, values, sizeof(min));                                                                                 \
    max = min;                                                                                                         \
    for (size_t at = sizeof(value); at < length; at += sizeof(value)) {                                                \
      memcpy(&value, values + at, sizeof(value));                                                                      \
      min = value < min ? value : min;                                                                                 \
      max = value > max ? value : max;                                                                                 \
    }                                                                                                                  \
    set_exact(bounds, &min, &max, sizeof(value));                                                                      \
  }
DEFINE_BOUNDS(bounds_of_bytes, uint8_t)
DEFINE_BOUNDS(bounds_of_int32, int32_t)
DEFINE_BOUNDS(bounds_of_int64, int64_t)

#define DEFINE_REAL_BOUNDS(name, c_type)                                                                               \
  static void name(const char *values, size_t length, struct bounds *bounds)                                           \
  {                                                                                                                    \
    c_type min = (c_type)INFINITY, max = (c_type)-INFINITY, value;                                                     \
    for (size_t at = 0; at < length; at += sizeof(value)) {                                                            \
      memcpy(&value, values + at, sizeof(value));                                                                      \
      if (isnan(value)) {                                                                                              \
        bounds->is_lost = true;                                                                                        \
        return;                                                                                                        \
      }                                                                                                                \
      min = value < min ? value : min;                                                                                 \
      max = value > max ? value : max;                                                                                 \
    }                                                                                                                  \
    min = min == 0 ? (c_type)-0.0 : min;                                                                               \
    max = max == 0 ? (c_type)0.0 : max;                                                                                \
    set_exact(bounds, &min, &max, sizeof(value));                                                                      \
  }
DEFINE_REAL_BOUNDS(bounds_of_float, float)
DEFINE_REAL_BOUNDS(bounds_of_double, double)

/* Decimals of 16 bytes, the most significant one first. */
static int128 read_fixed(const unsigned char *from)
{
  uint64_t high, low;
  memcpy(&high, from, sizeof(high));
  memcpy(&low, from + sizeof(high), sizeof(low));
  return (int128)((uint128)be64toh(high) << 64 | be64toh(low));
}

static void bounds_of_fixed(const char *values, size_t length, size_t width, struct bounds *bounds)
{
  const char *min = values, *max = values;
  int128 least = read_fixed((const unsigned char *)values), greatest = least;
  for (size_t at = width; at < length; at += width) {
    int128 value = read_fixed((const unsigned char *)values + at);
    if (value < least) {
      least = value;
      min = values + at;
    } else if (value > greatest) {
      greatest = value;
      max = values + at;
    }
  }
  set_exact(bounds, min, max, width);
}

/* texts */

/* Its first eight bytes as a number that orders as they do. */
static inline uint64_t prefix_of(const char *data, size_t length)
{
  uint64_t word = 0;
  memcpy(&word, data, length < sizeof(word) ? length : sizeof(word));
  return be64toh(word);
}

struct text_bound {
  struct text text;
  uint64_t prefix;
};

static inline int compare_bound(struct text text, uint64_t prefix, const struct text_bound *bound)
{
  if (prefix != bound->prefix)
    return prefix < bound->prefix ? -1 : 1;
  return text_compare(text, bound->text);
}

/* Of a text that is cut no character is torn. */
static void set_min(struct bounds *bounds, struct text text, bool is_text)
{
  struct text cut = text;
  if (text.length > BOUND_BYTES)
    cut = is_text ? text_cut(text, BOUND_BYTES) : (struct text){ text.data, BOUND_BYTES };
  bounds->is_min_exact = cut.length == text.length;
  bounds->min_length = (uint8_t)cut.length;
  if (cut.length > 0)
    memcpy(bounds->min, cut.data, cut.length);
}

/* The last byte that can be raised is, and what follows it goes: in a text only one of ASCII, so that it stays a text.
 */
static bool raise(unsigned char *data, size_t *length, bool is_text)
{
  for (; *length > 0; (*length)--) {
    unsigned char *last = &data[*length - 1];
    if (is_text ? *last < 0x7F : *last < 0xFF) {
      (*last)++;
      return true;
    }
  }
  return false;
}

static bool set_max(struct bounds *bounds, struct text text, bool is_text)
{
  size_t length = text.length;
  bounds->is_max_exact = length <= BOUND_BYTES;
  if (length > BOUND_BYTES)
    length = is_text ? text_cut(text, BOUND_BYTES).length : BOUND_BYTES;
  if (length > 0)
    memcpy(bounds->max, text.data, length);
  if (!bounds->is_max_exact && !raise(bounds->max, &length, is_text))
    return false;
  bounds->max_length = (uint8_t)length;
  return true;
}

static void bounds_of_texts(const char *values, size_t length, bool is_text, struct bounds *bounds)
{
  struct text_bound min = { 0 }, max = { 0 };
  for (size_t at = 0; at < length;) {
    uint32_t size = 0;
    memcpy(&size, values + at, LENGTH);
    struct text text = { values + at + LENGTH, size };
    uint64_t prefix = prefix_of(text.data, size);
    if (at == 0 || compare_bound(text, prefix, &min) < 0)
      min = (struct text_bound){ text, prefix };
    if (at == 0 || compare_bound(text, prefix, &max) > 0)
      max = (struct text_bound){ text, prefix };
    at += LENGTH + size;
  }
  set_min(bounds, min.text, is_text);
  bounds->is_set = set_max(bounds, max.text, is_text);
  bounds->is_lost = !bounds->is_set;
}

void bounds_of(const struct leaf *leaf, const char *values, size_t length, struct bounds *ret_bounds)
{
  *ret_bounds = (struct bounds){ 0 };
  if (length == 0)
    return;
  switch (leaf->physical) {
  case PHYSICAL_BOOLEAN:
    bounds_of_bytes(values, length, ret_bounds);
    return;
  case PHYSICAL_INT32:
    bounds_of_int32(values, length, ret_bounds);
    return;
  case PHYSICAL_INT64:
    bounds_of_int64(values, length, ret_bounds);
    return;
  case PHYSICAL_FLOAT:
    bounds_of_float(values, length, ret_bounds);
    return;
  case PHYSICAL_DOUBLE:
    bounds_of_double(values, length, ret_bounds);
    return;
  case PHYSICAL_BYTES:
    bounds_of_texts(values, length, leaf->type->kind == PARQUET_STRING, ret_bounds);
    return;
  case PHYSICAL_FIXED:
    bounds_of_fixed(values, length, leaf->width, ret_bounds);
    return;
  }
  BUG("bounds_of: unknown type");
}

#define COMPARE_AS(c_type)                                                                                             \
  do {                                                                                                                 \
    c_type x, y;                                                                                                       \
    memcpy(&x, a, sizeof(x));                                                                                          \
    memcpy(&y, b, sizeof(y));                                                                                          \
    return x < y ? -1 : x > y;                                                                                         \
  } while (0)

int bound_compare(const struct leaf *leaf, const unsigned char *a, size_t a_length, const unsigned char *b,
                  size_t b_length)
{
  switch (leaf->physical) {
  case PHYSICAL_BOOLEAN:
    return (int)*a - (int)*b;
  case PHYSICAL_INT32:
    COMPARE_AS(int32_t);
  case PHYSICAL_INT64:
    COMPARE_AS(int64_t);
  case PHYSICAL_FLOAT:
    COMPARE_AS(float);
  case PHYSICAL_DOUBLE:
    COMPARE_AS(double);
  case PHYSICAL_BYTES:
    return text_compare((struct text){ (const char *)a, a_length }, (struct text){ (const char *)b, b_length });
  case PHYSICAL_FIXED: {
    int128 x = read_fixed(a), y = read_fixed(b);
    return x < y ? -1 : x > y;
  }
  }
  BUG("bound_compare: unknown type");
}

void bounds_merge(const struct leaf *leaf, struct bounds *into, const struct bounds *from)
{
  into->is_lost = into->is_lost || from->is_lost;
  if (!from->is_set)
    return;
  if (!into->is_set) {
    bool is_lost = into->is_lost;
    *into = *from;
    into->is_lost = is_lost;
    return;
  }
  int least = bound_compare(leaf, from->min, from->min_length, into->min, into->min_length);
  if (least < 0 || (least == 0 && from->is_min_exact)) {
    memcpy(into->min, from->min, from->min_length);
    into->min_length = from->min_length;
    into->is_min_exact = from->is_min_exact;
  }
  int greatest = bound_compare(leaf, from->max, from->max_length, into->max, into->max_length);
  if (greatest > 0 || (greatest == 0 && from->is_max_exact)) {
    memcpy(into->max, from->max, from->max_length);
    into->max_length = from->max_length;
    into->is_max_exact = from->is_max_exact;
  }
}
