/* The hybrid of runs and packed bits, in which levels and the numbers of a dictionary are written: what repeats eight
 * times or more at the start of a group is a run, other groups of eight are packed. */
#include "parquet/parquet_internal.h"

#include <stdlib.h>

enum { GROUP = 8 };

unsigned bit_width_of(size_t most)
{
  return most == 0 ? 0 : 64 - (unsigned)__builtin_clzll(most);
}

static void add_varint(struct text_buffer *out, uint64_t value)
{
  for (; value >= 0x80; value >>= 7)
    out->data[out->length++] = (char)(unsigned char)(value | 0x80);
  out->data[out->length++] = (char)(unsigned char)value;
}

static void add_run(uint32_t value, size_t count, unsigned bit_width, struct text_buffer *out)
{
  text_buffer_reserve(out, 16);
  add_varint(out, (uint64_t)count << 1);
  for (unsigned bits = 0; bits < bit_width; bits += 8, value >>= 8)
    out->data[out->length++] = (char)(unsigned char)value;
}

/* Groups of eight, the last one filled up with zeros. */
static void add_packed(const uint32_t *values, size_t count, unsigned bit_width, struct text_buffer *out)
{
  size_t n_groups = (count + GROUP - 1) / GROUP;
  text_buffer_reserve(out, n_groups * bit_width + 16);
  add_varint(out, (uint64_t)n_groups << 1 | 1);
  uint64_t pending = 0;
  unsigned n_pending = 0;
  for (size_t i = 0; i < n_groups * GROUP; i++) {
    pending |= (uint64_t)(i < count ? values[i] : 0) << n_pending;
    for (n_pending += bit_width; n_pending >= 8; n_pending -= 8, pending >>= 8)
      out->data[out->length++] = (char)(unsigned char)pending;
  }
}

static size_t run_length(const uint32_t *values, size_t count)
{
  size_t length = 1;
  while (length < count && values[length] == values[0])
    length++;
  return length;
}

static bool is_group_of_one(const uint32_t *values)
{
  for (size_t i = 1; i < GROUP; i++)
    if (values[i] != values[0])
      return false;
  return true;
}

void hybrid_encode(const uint32_t *values, size_t count, unsigned bit_width, struct text_buffer *out)
{
  for (size_t at = 0; at < count;) {
    size_t end = at;
    while (end < count && !(count - end >= GROUP && is_group_of_one(values + end)))
      end = count - end > GROUP ? end + GROUP : count;
    if (end > at)
      add_packed(values + at, end - at, bit_width, out);
    at = end;
    if (at < count) {
      size_t length = run_length(values + at, count - at);
      add_run(values[at], length, bit_width, out);
      at += length;
    }
  }
}

void levels_encode(const uint8_t *levels, size_t count, unsigned most, int all, struct text_buffer *out)
{
  enum { LENGTH = 4 };
  size_t start = out->length;
  unsigned bit_width = bit_width_of(most);
  text_buffer_add(out, "\0\0\0\0", LENGTH);
  if (all >= 0) {
    add_run((uint32_t)all, count, bit_width, out);
  } else {
    uint32_t *wide = checked_malloc(size_multiply(count, sizeof(*wide)));
    for (size_t i = 0; i < count; i++)
      wide[i] = levels[i];
    hybrid_encode(wide, count, bit_width, out);
    free(wide);
  }
  uint32_t length = (uint32_t)(out->length - start - LENGTH);
  memcpy(out->data + start, &length, LENGTH); /* the machine's order of bytes is the format's: layout.c asserts it */
}
