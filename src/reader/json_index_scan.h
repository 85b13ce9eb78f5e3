/* The first step itself, compiled once for each kind of processor (json_index_avx2.c and its neighbours). */
#ifndef CRISOL_READER_JSON_INDEX_SCAN_H
#define CRISOL_READER_JSON_INDEX_SCAN_H

#include "reader/json_index.h"
#include "reader/scan.h"

/* What one chunk hands to the next. */
struct index_state {
  uint64_t escape;    /* one where the next chunk's first byte is escaped */
  uint64_t in_string; /* all bits where the next chunk begins within a string */
  uint64_t in_word;   /* one where the last byte belongs to a word outside strings */
  size_t depth;       /* brackets open */
};

/* A chunk's bytes by what they mean; the bits past its end mean nothing. */
struct index_masks {
  uint64_t quotes;  /* that open or close a string */
  uint64_t strings; /* from each opening quote to before its closing one */
  uint64_t opening, closing;
  uint64_t lines;
  uint64_t control, blanks, backslashes;
};

/* Bits of the bytes that a backslash escapes. An odd run of backslashes escapes what follows it: adding the run's start
 * to the run carries into the bit behind it. */
static inline uint64_t index_escaped(uint64_t backslashes, uint64_t *carry)
{
  const uint64_t even = UINT64_C(0x5555555555555555);
  backslashes &= ~*carry;
  uint64_t follows = backslashes << 1 | *carry;
  uint64_t odd_starts = backslashes & ~even & ~follows;
  uint64_t sum = 0;
  *carry = __builtin_add_overflow(odd_starts, backslashes, &sum) ? 1 : 0;
  return (even ^ sum << 1) & follows;
}

/* Bit i is the parity of the bits up to i: from each opening quote to before its closing one. */
static inline uint64_t index_prefix_xor(uint64_t bits)
{
#if defined(__PCLMUL__) && !defined(SCAN_PORTABLE)
  __m128i product = _mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)bits), _mm_set1_epi8((char)0xFF), 0);
  return (uint64_t)_mm_cvtsi128_si64(product);
#else
  for (unsigned shift = 1; shift < 64; shift *= 2)
    bits ^= bits << shift;
  return bits;
#endif
}

static inline struct index_masks index_classify(struct scan_chunk chunk, struct index_state *state)
{
  struct scan_chunk folded = scan_fold(chunk);
  struct index_masks masks = { .quotes = scan_equal(chunk, '"'), .backslashes = scan_equal(chunk, '\\') };
  if ((masks.backslashes | state->escape) != 0)
    masks.quotes &= ~index_escaped(masks.backslashes, &state->escape);
  masks.strings = index_prefix_xor(masks.quotes) ^ state->in_string;
  state->in_string = 0 - (masks.strings >> 63);
  masks.opening = scan_equal(folded, '{') & ~masks.strings;
  masks.closing = scan_equal(folded, '}') & ~masks.strings;
  masks.blanks = scan_equal(chunk, ' ');
  masks.control = scan_control(chunk);
  if (masks.control != 0) {
    masks.lines = scan_equal(chunk, '\n') | scan_equal(chunk, '\r');
    masks.blanks |= masks.lines | scan_equal(chunk, '\t');
  }
  return masks;
}

/* The tokens of a kind; those past the value's end are among them. */
static inline uint64_t index_tokens(struct scan_chunk chunk, const struct index_masks *masks, enum json_index_kind kind,
                                    struct index_state *state)
{
  if (kind == JSON_INDEX_NOTHING)
    return 0;
  uint64_t brackets = masks->opening | masks->closing;
  uint64_t colons = scan_equal(chunk, ':') & ~masks->strings;
  if (kind == JSON_INDEX_NAMES)
    return brackets | colons;
  uint64_t punctuation = brackets | colons | (scan_equal(chunk, ',') & ~masks->strings);
  uint64_t words = ~(punctuation | masks->blanks | masks->strings | masks->quotes);
  uint64_t starts = words & ~(words << 1 | state->in_word);
  state->in_word = words >> 63;
  return punctuation | masks->quotes | starts;
}

/* The bit of the bracket that closes the value, 0 where it is not in the chunk. */
static inline uint64_t index_close(const struct index_masks *masks, uint64_t valid, struct index_state *state)
{
  for (uint64_t brackets = (masks->opening | masks->closing) & valid; brackets != 0; brackets &= brackets - 1) {
    uint64_t bracket = brackets & (0 - brackets);
    if ((masks->opening & bracket) != 0)
      state->depth++;
    else if (--state->depth == 0)
      return bracket;
  }
  return 0;
}

/* Notes the places of the bits. They are written four at a time, since how many there are is what a processor guesses
 * worst; what is written too much is overwritten by the next. */
static inline void index_note(struct json_places *places, size_t from, uint64_t bits)
{
  uint32_t *at = places->at + places->count;
  places->count += (size_t)__builtin_popcountll(bits);
  while (bits != 0)
    for (int i = 0; i < 4; i++) {
      *at++ = (uint32_t)from + (uint32_t)__builtin_ctzll(bits | UINT64_C(1) << 63);
      bits &= bits - 1;
    }
}

static inline struct json_extent index_value(const char *data, size_t start, size_t length, enum json_index_kind kind,
                                             bool is_line_bound, struct json_places *places)
{
  struct index_state state = { 0 };
  struct json_extent extent = { .verdict = JSON_MORE };
  for (size_t from = start; from < length; from += SCAN_WIDTH) {
    struct scan_chunk chunk = scan_load(data + from);
    struct index_masks masks = index_classify(chunk, &state);
    uint64_t tokens = index_tokens(chunk, &masks, kind, &state);
    uint64_t valid = scan_below(length - from);
    uint64_t line_end = is_line_bound ? masks.lines & valid & (0 - (masks.lines & valid)) : 0;
    if (line_end != 0) /* nothing behind the line end counts */
      valid = line_end - 1;
    uint64_t close = index_close(&masks, valid, &state);
    if (close != 0)
      valid &= close | (close - 1);
    uint64_t lenient = (scan_equal(chunk, '\'') | scan_equal(chunk, '/')) & ~masks.strings & valid;
    extent.oddities |= (lenient != 0 ? (unsigned)JSON_HAS_LENIENT : 0u) |
                       ((masks.backslashes & valid) != 0 ? (unsigned)JSON_HAS_BACKSLASH : 0u) |
                       ((masks.control & masks.strings & valid) != 0 ? (unsigned)JSON_HAS_CONTROL : 0u);
    if (from - start >= JSON_INDEXED_MAX) {
      extent.oddities |= JSON_IS_LONG;
    } else if (kind != JSON_INDEX_NOTHING) {
      json_places_reserve(places, SCAN_WIDTH + 4);
      index_note(places, from, tokens & valid);
    }
    if (close == 0 && line_end == 0)
      continue;
    extent.at = from + (size_t)__builtin_ctzll(close != 0 ? close : line_end);
    bool is_pair = close != 0 && (data[extent.at] == '}') == (data[start] == '{');
    extent.verdict = close == 0 ? JSON_LINE_END : is_pair ? JSON_CLOSED : JSON_BROKEN;
    return extent;
  }
  return extent;
}

/* One function a kind of token, so that none computes what nobody asks for. */
static inline struct json_extent index_any(const char *data, size_t start, size_t length, enum json_index_kind kind,
                                           bool is_line_bound, struct json_places *places)
{
  switch (kind) {
  case JSON_INDEX_NAMES:
    return index_value(data, start, length, JSON_INDEX_NAMES, is_line_bound, places);
  case JSON_INDEX_TOKENS:
    return index_value(data, start, length, JSON_INDEX_TOKENS, is_line_bound, places);
  default:
    return index_value(data, start, length, JSON_INDEX_NOTHING, is_line_bound, places);
  }
}

#endif
