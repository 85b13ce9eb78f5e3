/* Where certain bytes stand in the next 64, as a mask: one bit a byte, the lowest first. The caller sees to it that 64
 * bytes may be read (struct block has that much room behind its bytes) and drops the bits past its end.
 *
 * Which instructions do it is settled where this is compiled: AVX2, SSE2, or eight bytes at a time on any processor
 * (SCAN_PORTABLE asks for that). All functions are static, so that files compiled for different processors may each
 * include this (json_index_scan.h). */
#ifndef CRISOL_READER_SCAN_H
#define CRISOL_READER_SCAN_H

#include "base/macros.h"

#include <string.h>
#if defined(__AVX2__) && !defined(SCAN_PORTABLE)
#include <immintrin.h>
#elif defined(__SSE2__) && !defined(SCAN_PORTABLE)
#include <emmintrin.h>
#endif

enum { SCAN_WIDTH = 64 };

#if defined(__AVX2__) && !defined(SCAN_PORTABLE)
struct scan_chunk {
  __m256i low, high;
};

static inline struct scan_chunk scan_load(const char *data)
{
  return (struct scan_chunk){ _mm256_loadu_si256((const __m256i *)(const void *)data),
                              _mm256_loadu_si256((const __m256i *)(const void *)(data + 32)) };
}

static inline uint64_t scan_gather(__m256i low, __m256i high)
{
  return (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32 | (uint32_t)_mm256_movemask_epi8(low);
}

static inline uint64_t scan_equal(struct scan_chunk chunk, char sought)
{
  __m256i pattern = _mm256_set1_epi8(sought);
  return scan_gather(_mm256_cmpeq_epi8(chunk.low, pattern), _mm256_cmpeq_epi8(chunk.high, pattern));
}

/* Bytes below 0x20. */
static inline uint64_t scan_control(struct scan_chunk chunk)
{
  __m256i last = _mm256_set1_epi8(0x1F);
  return scan_gather(_mm256_cmpeq_epi8(_mm256_max_epu8(chunk.low, last), last),
                     _mm256_cmpeq_epi8(_mm256_max_epu8(chunk.high, last), last));
}

/* Whether a byte of the chunk is no ASCII. */
static inline bool scan_has_high(struct scan_chunk chunk)
{
  return _mm256_movemask_epi8(_mm256_or_si256(chunk.low, chunk.high)) != 0;
}

/* The chunk with the bit 0x20 set in each byte, which makes [ and ] of { and }. */
static inline struct scan_chunk scan_fold(struct scan_chunk chunk)
{
  __m256i bit = _mm256_set1_epi8(0x20);
  return (struct scan_chunk){ _mm256_or_si256(chunk.low, bit), _mm256_or_si256(chunk.high, bit) };
}
#elif defined(__SSE2__) && !defined(SCAN_PORTABLE)
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

/* Bytes below 0x20. */
static inline uint64_t scan_control(struct scan_chunk chunk)
{
  __m128i last = _mm_set1_epi8(0x1F);
  uint64_t mask = 0;
  for (int i = 3; i >= 0; i--)
    mask = mask << 16 | (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_max_epu8(chunk.part[i], last), last));
  return mask;
}

/* Whether a byte of the chunk is no ASCII. */
static inline bool scan_has_high(struct scan_chunk chunk)
{
  return _mm_movemask_epi8(
             _mm_or_si128(_mm_or_si128(chunk.part[0], chunk.part[1]), _mm_or_si128(chunk.part[2], chunk.part[3]))) != 0;
}

/* The chunk with the bit 0x20 set in each byte, which makes [ and ] of { and }. */
static inline struct scan_chunk scan_fold(struct scan_chunk chunk)
{
  for (int i = 0; i < 4; i++)
    chunk.part[i] = _mm_or_si128(chunk.part[i], _mm_set1_epi8(0x20));
  return chunk;
}
#else
struct scan_chunk {
  uint64_t words[SCAN_WIDTH / 8]; /* the lowest byte first, on any processor */
};

static inline struct scan_chunk scan_load(const char *data)
{
  struct scan_chunk chunk = { 0 };
  for (unsigned i = 0; i < SCAN_WIDTH; i++)
    chunk.words[i / 8] |= (uint64_t)(unsigned char)data[i] << (8 * (i % 8));
  return chunk;
}

/* The high bit of each byte that is zero. */
static inline uint64_t scan_zero_bytes(uint64_t word)
{
  const uint64_t low = UINT64_C(0x7F7F7F7F7F7F7F7F);
  return ~(((word & low) + low) | word | low);
}

/* A word's high bits of bytes, gathered by a product, as eight bits of the mask. */
static inline uint64_t scan_gather(uint64_t high_bits, unsigned word)
{
  return ((high_bits >> 7) * UINT64_C(0x0102040810204080) >> 56) << (8 * word);
}

static inline uint64_t scan_equal(struct scan_chunk chunk, char sought)
{
  uint64_t pattern = UINT64_C(0x0101010101010101) * (unsigned char)sought;
  uint64_t mask = 0;
  for (unsigned i = 0; i < SCAN_WIDTH / 8; i++)
    mask |= scan_gather(scan_zero_bytes(chunk.words[i] ^ pattern), i);
  return mask;
}

/* Bytes below 0x20. */
static inline uint64_t scan_control(struct scan_chunk chunk)
{
  uint64_t mask = 0;
  for (unsigned i = 0; i < SCAN_WIDTH / 8; i++)
    mask |= scan_gather(scan_zero_bytes(chunk.words[i] & UINT64_C(0xE0E0E0E0E0E0E0E0)), i);
  return mask;
}

/* Whether a byte of the chunk is no ASCII. */
static inline bool scan_has_high(struct scan_chunk chunk)
{
  uint64_t all = 0;
  for (unsigned i = 0; i < SCAN_WIDTH / 8; i++)
    all |= chunk.words[i];
  return (all & UINT64_C(0x8080808080808080)) != 0;
}

/* The chunk with the bit 0x20 set in each byte, which makes [ and ] of { and }. */
static inline struct scan_chunk scan_fold(struct scan_chunk chunk)
{
  for (unsigned i = 0; i < SCAN_WIDTH / 8; i++)
    chunk.words[i] |= UINT64_C(0x2020202020202020);
  return chunk;
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
