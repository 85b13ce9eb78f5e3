/* Where the tokens of a JSON value stand, found without parsing it.
 *
 * The idea is simdjson's (G. Langdale, D. Lemire: "Parsing Gigabytes of JSON per Second", The VLDB Journal 28, 2019):
 * a first step turns 64 bytes at a time into masks, one bit a byte. Quotes that no odd run of backslashes escapes open
 * and close strings, so that a prefix sum without carries (the parity of the quotes so far) says which bytes lie within
 * strings; brackets, colons and commas outside of them, and the first bytes of what else stands there, are tokens. No
 * byte decides a branch by itself. A second step goes from token to token (json_tokens.c) and never looks at the bytes
 * between, but for those of numbers.
 *
 * Here the first step takes one value at a time: it ends with the bracket that closes the value, and where records are
 * lines at the line's end at the latest, so that a quote that is missing harms no other line. It says what it has seen
 * on the way that the second step must not take for granted (json_oddity); whatever is not plain goes to the parser
 * that looks at each byte (json_record.c), which has the last word on what is malformed and why. */
#ifndef CRISOL_READER_JSON_INDEX_H
#define CRISOL_READER_JSON_INDEX_H

#include "reader/json_bounds.h"

/* Which tokens are noted. */
enum json_index_kind {
  JSON_INDEX_NOTHING, /* only where the value ends is asked */
  JSON_INDEX_NAMES,   /* brackets and colons */
  JSON_INDEX_TOKENS,  /* brackets, colons, commas, both quotes of each string, the first byte of each other word */
};

/* What stands in a value, up to its end. */
enum json_oddity {
  JSON_HAS_LENIENT = 1,   /* a single quote or a slash outside strings: where these are allowed (a string in single
                             quotes, a comment) the brackets seen may be none */
  JSON_HAS_BACKSLASH = 2, /* anywhere */
  JSON_HAS_CONTROL = 4,   /* within strings */
  JSON_IS_LONG = 8,       /* it goes beyond JSON_INDEXED_MAX: the tokens there are not noted */
};

/* The places of a long value would take several times its own memory. */
enum { JSON_INDEXED_MAX = 4 * 1024 * 1024 };

/* Places of tokens, in a block's bytes. */
struct json_places {
  uint32_t *at;
  size_t count, capacity;
};

struct json_extent {
  enum json_verdict verdict;
  size_t at;         /* of the bracket that closes the value (JSON_BROKEN: it is of the other kind), or the line end */
  unsigned oddities; /* enum json_oddity */
};

/* Looks for the end of the object or array at `start` and adds its tokens' places (SCAN_WIDTH bytes more than `length`
 * may be read). With `is_line_bound` the value ends at the line's end at the latest. */
struct json_extent json_index(const char *data, size_t start, size_t length, enum json_index_kind kind,
                              bool is_line_bound, struct json_places *places);

/* Makes room for at least `count` more places. */
void json_places_grow(struct json_places *places, size_t count);
static inline void json_places_reserve(struct json_places *places, size_t count)
{
  if (places->capacity - places->count < count)
    json_places_grow(places, count);
}
/** Frees the places. */
void json_places_done(struct json_places *places);

typedef struct json_extent json_index_function(const char *data, size_t start, size_t length, enum json_index_kind kind,
                                               bool is_line_bound, struct json_places *places);

/* The same for one kind of processor; json_index takes the first that this one can run. */
struct json_index_level {
  const char *name;
  json_index_function *function;
  bool (*is_there)(void); /* whether this processor has the instructions */
};
enum { JSON_INDEX_LEVELS = 3 };
extern const struct json_index_level json_index_levels[JSON_INDEX_LEVELS];

json_index_function json_index_avx2, json_index_usual, json_index_portable;

#endif
