/* Where certain bytes stand in the next 64, as a mask: one bit a byte, the lowest first. The caller sees to it that 64
 * bytes may be read (struct block has that much room behind its bytes) and drops the bits past its end. */
#ifndef CRISOL_READER_SCAN_H
#define CRISOL_READER_SCAN_H

#include "base/macros.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { SCAN_WIDTH = 64 };

/* Eight bytes at a time, on any processor: the high bit of each byte that equals the one sought, gathered by a product.
 */
static inline uint64_t scan_equal_portable(const char *data, char sought)
{
  const uint64_t low = UINT64_C(0x7F7F7F7F7F7F7F7F);
  uint64_t pattern = UINT64_C(0x0101010101010101) * (unsigned char)sought;
  uint64_t mask = 0;
  for (unsigned i = 0; i < SCAN_WIDTH / 8; i++) {
    uint64_t word = 0;
    for (unsigned byte = 0; byte < 8; byte++)
      word |= (uint64_t)(unsigned char)data[8 * i + byte] << (8 * byte);
    word ^= pattern;
    uint64_t zero = ~(((word & low) + low) | word | low);
    mask |= ((zero >> 7) * UINT64_C(0x0102040810204080) >> 56) << (8 * i);
  }
  return mask;
}

#ifdef __SSE2__
struct scan_chunk {
  __m128i part[4];
};

static inline struct scan_chunk scan_load(const char *data)
{
  struct scan_chunk chunk;
  for (int i = 0; i < 4; i++)
    chunk.part[i] = _mm_loadu_si128((const __m128i *)(const void *)(data + 16 * i));
  return chunk;
}

static inline uint64_t scan_equal(struct scan_chunk chunk, char sought)
{
  __m128i pattern = _mm_set1_epi8(sought);
  uint64_t mask = 0;
  for (int i = 3; i >= 0; i--)
    mask = mask << 16 | (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(chunk.part[i], pattern));
  return mask;
}
#else
struct scan_chunk {
  const char *data;
};

static inline struct scan_chunk scan_load(const char *data)
{
  return (struct scan_chunk){ data };
}

static inline uint64_t scan_equal(struct scan_chunk chunk, char sought)
{
  return scan_equal_portable(chunk.data, sought);
}
#endif

/* The bits of bytes [0, count) of a chunk. */
static inline uint64_t scan_below(size_t count)
{
  return count >= SCAN_WIDTH ? ~UINT64_C(0) : (UINT64_C(1) << count) - 1;
}

/* First place in [from, to) of any of three bytes (the same one may be given twice); `to` where there is none. */
static inline size_t scan_find(const char *data, size_t from, size_t to, char a, char b, char c)
{
  for (; from < to; from += SCAN_WIDTH) {
    struct scan_chunk chunk = scan_load(data + from);
    uint64_t mask = scan_equal(chunk, a) | scan_equal(chunk, b) | scan_equal(chunk, c);
    if (mask != 0) {
      size_t at = from + (size_t)__builtin_ctzll(mask);
      return at < to ? at : to;
    }
  }
  return to;
}

#endif
