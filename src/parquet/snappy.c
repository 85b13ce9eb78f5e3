/* Snappy's format (google/snappy, format_description.txt): the length, then literals and copies of what came at most 64
 * KiB before. Matches of four bytes are looked up in a table of the last places of their hashes, a fragment at a time;
 * where none is found the steps widen, so that what does not compress passes quickly. */
#include "parquet/parquet_internal.h"

enum {
  FRAGMENT = 1 << 16,
  TABLE_BITS_LEAST = 8,
  TABLE_BITS_MOST = 14,
  MARGIN = 15, /* bytes at the end of a fragment in which no match begins, so that words may be loaded */
};

static inline uint32_t load_32(const unsigned char *at)
{
  uint32_t value;
  memcpy(&value, at, sizeof(value));
  return value;
}

static inline uint64_t load_64(const unsigned char *at)
{
  uint64_t value;
  memcpy(&value, at, sizeof(value));
  return value;
}

static unsigned char *put_literal(unsigned char *out, const unsigned char *from, size_t length)
{
  size_t n = length - 1;
  if (n < 60) {
    *out++ = (unsigned char)(n << 2);
  } else if (n < 256) {
    *out++ = 60 << 2;
    *out++ = (unsigned char)n;
  } else { /* a fragment has no longer ones */
    *out++ = 61 << 2;
    *out++ = (unsigned char)n;
    *out++ = (unsigned char)(n >> 8);
  }
  memcpy(out, from, length);
  return out + length;
}

static unsigned char *put_copy_part(unsigned char *out, size_t offset, size_t length)
{
  if (length < 12 && length >= 4 && offset < 2048) {
    *out++ = (unsigned char)(1 | (length - 4) << 2 | offset >> 8 << 5);
    *out++ = (unsigned char)offset;
    return out;
  }
  *out++ = (unsigned char)(2 | (length - 1) << 2);
  *out++ = (unsigned char)offset;
  *out++ = (unsigned char)(offset >> 8);
  return out;
}

/* What is left behind a part has four bytes at least, where a short copy would do. */
static unsigned char *put_copy(unsigned char *out, size_t offset, size_t length)
{
  for (; length >= 68; length -= 64)
    out = put_copy_part(out, offset, 64);
  if (length > 64) {
    out = put_copy_part(out, offset, 60);
    length -= 60;
  }
  return put_copy_part(out, offset, length);
}

static size_t match_length(const unsigned char *a, const unsigned char *b, const unsigned char *b_end)
{
  const unsigned char *start = b;
  while (b_end - b >= 8) {
    uint64_t difference = load_64(a) ^ load_64(b);
    if (difference != 0)
      return (size_t)(b - start) + (size_t)__builtin_ctzll(difference) / 8;
    a += 8;
    b += 8;
  }
  while (b < b_end && *a == *b) {
    a++;
    b++;
  }
  return (size_t)(b - start);
}

static inline uint32_t hash(uint32_t value, unsigned bits)
{
  return value * 0x9E3779B1U >> (32 - bits);
}

static unsigned char *compress_fragment(const unsigned char *in, size_t length, uint16_t *table, unsigned bits,
                                        unsigned char *out)
{
  const unsigned char *end = in + length, *at = in, *literal = in;
  memset(table, 0, sizeof(*table) << bits);
  if (length > MARGIN) {
    const unsigned char *last = end - MARGIN;
    for (uint32_t misses = 32; at < last;) {
      uint32_t word = load_32(at), slot = hash(word, bits);
      const unsigned char *candidate = in + table[slot];
      table[slot] = (uint16_t)(at - in);
      if (candidate >= at || load_32(candidate) != word) {
        at += misses++ >> 5;
        continue;
      }
      if (at > literal)
        out = put_literal(out, literal, (size_t)(at - literal));
      size_t matched = 4 + match_length(candidate + 4, at + 4, end);
      out = put_copy(out, (size_t)(at - candidate), matched);
      at += matched;
      literal = at;
      misses = 32;
      if (at < last)
        table[hash(load_32(at - 1), bits)] = (uint16_t)(at - 1 - in);
    }
  }
  return end > literal ? put_literal(out, literal, (size_t)(end - literal)) : out;
}

void snappy_compress(const void *data, size_t length, struct text_buffer *out)
{
  uint16_t table[1 << TABLE_BITS_MOST];
  const unsigned char *in = data;
  unsigned bits = TABLE_BITS_LEAST;
  while (bits < TABLE_BITS_MOST && ((size_t)1 << bits) < length)
    bits++;
  /* A literal of n bytes takes at most n + 3, and is at least four bytes before a copy that takes no more than it. */
  text_buffer_reserve(out, size_add(size_add(length, length / 4), 64));
  unsigned char *to = (unsigned char *)out->data + out->length;
  size_t rest = length;
  for (; rest >= 0x80; rest >>= 7)
    *to++ = (unsigned char)(rest | 0x80);
  *to++ = (unsigned char)rest;
  for (size_t at = 0; at < length; at += FRAGMENT) {
    size_t count = length - at < FRAGMENT ? length - at : FRAGMENT;
    to = compress_fragment(in + at, count, table, bits, to);
  }
  out->length = (size_t)(to - (unsigned char *)out->data);
}
