#include "reader/json_bounds.h"
#include "reader/scan.h"

#include <stdlib.h>

enum { OPEN_MAX = 1 << 16 }; /* brackets open at once over lines; the parser's own limit is lower */

/* Bits of the bytes that a backslash escapes; `*carry` is one where the chunk's first byte is. An odd run of
 * backslashes escapes what follows it: adding the run's start to the run carries into the bit behind it. */
static uint64_t escaped_bits(uint64_t backslashes, uint64_t *carry)
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
static uint64_t prefix_xor(uint64_t bits)
{
  for (unsigned shift = 1; shift < 64; shift *= 2)
    bits ^= bits << shift;
  return bits;
}

static bool closes(char opening, char closing)
{
  return closing == (opening == '{' ? '}' : ']');
}

enum json_verdict json_find_close(const char *data, size_t start, size_t length, size_t *ret_at, bool *ret_lenient)
{
  *ret_lenient = false;
  size_t depth = 0;
  uint64_t carry = 0, in_string = 0;
  for (size_t from = start; from < length; from += SCAN_WIDTH) {
    struct scan_chunk chunk = scan_load(data + from);
    uint64_t quotes = scan_equal(chunk, '"');
    uint64_t backslashes = scan_equal(chunk, '\\');
    if ((backslashes | carry) != 0)
      quotes &= ~escaped_bits(backslashes, &carry);
    uint64_t strings = prefix_xor(quotes) ^ in_string;
    in_string = 0 - (strings >> 63);
    uint64_t valid = scan_below(length - from);
    uint64_t opening = scan_equal(chunk, '{') | scan_equal(chunk, '[');
    uint64_t closing = scan_equal(chunk, '}') | scan_equal(chunk, ']');
    uint64_t lines = (scan_equal(chunk, '\n') | scan_equal(chunk, '\r')) & valid;
    if (lines != 0) /* nothing behind the line end counts */
      valid &= (lines & (0 - lines)) - 1;
    uint64_t lenient = (scan_equal(chunk, '\'') | scan_equal(chunk, '/')) & ~strings & valid;
    for (uint64_t brackets = (opening | closing) & ~strings & valid; brackets != 0; brackets &= brackets - 1) {
      uint64_t bracket = brackets & (0 - brackets);
      if ((opening & bracket) != 0) {
        depth++;
      } else if (--depth == 0) {
        *ret_at = from + (size_t)__builtin_ctzll(bracket);
        *ret_lenient |= (lenient & (bracket - 1)) != 0;
        return closes(data[start], data[*ret_at]) ? JSON_CLOSED : JSON_BROKEN;
      }
    }
    *ret_lenient |= lenient != 0;
    if (lines != 0) {
      *ret_at = from + (size_t)__builtin_ctzll(lines);
      return JSON_LINE_END;
    }
  }
  return JSON_MORE;
}

static void push(struct json_scan *scan, uint64_t position, bool is_object)
{
  if (scan->depth == scan->open_capacity) {
    scan->open_capacity = scan->open_capacity == 0 ? 64 : size_multiply(scan->open_capacity, 2);
    scan->open = checked_realloc(scan->open, size_multiply(scan->open_capacity, sizeof(*scan->open)));
  }
  scan->open[scan->depth++] = position * 2 + (is_object ? 1 : 0);
}

/* Whether a value can stand after `previous` in the innermost bracket. */
static bool can_start_value(const struct json_scan *scan)
{
  if (scan->depth == 0 || scan->previous == ':' || scan->previous == '[')
    return true;
  bool is_in_object = (scan->open[scan->depth - 1] & 1) != 0;
  return scan->previous == ',' && !is_in_object;
}

static bool is_structural(char c)
{
  return c == ',' || c == ':' || c == '{' || c == '}' || c == '[' || c == ']';
}

/* One byte outside strings and comments, no blank. */
static enum json_verdict feed_outside(struct json_scan *scan, char c, uint64_t position)
{
  bool starts_line = scan->is_line_start;
  bool allows_single = (scan->flags & JSON_ALLOW_SINGLE_QUOTES) != 0;
  scan->is_line_start = false;
  if (c == '/' && (scan->flags & JSON_ALLOW_COMMENTS) != 0) {
    scan->is_line_start = starts_line;
    scan->state = JSON_SLASH;
    return JSON_MORE;
  }
  if (c == '"' || (c == '\'' && allows_single)) {
    if (!is_structural(scan->previous) || scan->previous == '}' || scan->previous == ']')
      return JSON_BROKEN;
    scan->state = JSON_IN_STRING;
    scan->quote = c;
    return JSON_MORE;
  }
  if (scan->previous == '"' && !is_structural(c))
    return JSON_BROKEN;
  if (c == '{' || c == '[') {
    if (scan->previous == '"' || scan->depth == OPEN_MAX || (c == '{' && starts_line && !can_start_value(scan)))
      return JSON_BROKEN;
    push(scan, position, c == '{');
  } else if (c == '}' || c == ']') {
    bool is_object = (scan->open[scan->depth - 1] & 1) != 0;
    if (!closes(is_object ? '{' : '[', c))
      return JSON_BROKEN;
    if (--scan->depth == 0)
      return JSON_CLOSED;
  }
  scan->previous = c;
  return JSON_MORE;
}

/* Goes on within a string; a line end breaks it, whatever else ends records. */
static enum json_verdict feed_string(struct json_scan *scan, const char *data, size_t length, size_t *at)
{
  for (; *at < length; *at += SCAN_WIDTH) {
    struct scan_chunk chunk = scan_load(data + *at);
    uint64_t mask =
        scan_equal(chunk, scan->quote) | scan_equal(chunk, '\\') | scan_equal(chunk, '\n') | scan_equal(chunk, '\r');
    mask &= scan_below(length - *at);
    if (mask == 0)
      continue;
    *at += (size_t)__builtin_ctzll(mask);
    char c = data[*at];
    if (c == '\n' || c == '\r')
      return scan->is_line_bound ? JSON_LINE_END : JSON_BROKEN;
    scan->state = c == '\\' ? JSON_ESCAPED : JSON_OUTSIDE;
    scan->previous = '"';
    ++*at;
    return JSON_MORE;
  }
  *at = length;
  return JSON_MORE;
}

static void feed_comment(struct json_scan *scan, char c)
{
  bool is_line_end = c == '\n' || c == '\r';
  switch (scan->state) {
  case JSON_SLASH:
    scan->state = c == '/' ? JSON_LINE_COMMENT : c == '*' ? JSON_BLOCK_COMMENT : JSON_OUTSIDE;
    break;
  case JSON_LINE_COMMENT:
    scan->state = is_line_end ? JSON_OUTSIDE : JSON_LINE_COMMENT;
    break;
  default:
    scan->state = c == '*'                                     ? JSON_BLOCK_STAR
                  : c == '/' && scan->state == JSON_BLOCK_STAR ? JSON_OUTSIDE
                                                               : JSON_BLOCK_COMMENT;
    break;
  }
  scan->is_line_start |= is_line_end;
}

enum json_verdict json_feed(struct json_scan *scan, const char *data, size_t length, uint64_t position, size_t *ret_at)
{
  size_t at = 0;
  enum json_verdict verdict = JSON_MORE;
  while (at < length && verdict == JSON_MORE) {
    char c = data[at];
    *ret_at = at;
    bool is_line_end = c == '\n' || c == '\r';
    if (scan->is_line_bound && is_line_end)
      return JSON_LINE_END;
    switch (scan->state) {
    case JSON_OUTSIDE:
      scan->is_line_start |= is_line_end;
      if (c != ' ' && c != '\t' && !is_line_end)
        verdict = feed_outside(scan, c, position + at);
      at++;
      break;
    case JSON_IN_STRING:
      verdict = feed_string(scan, data, length, &at);
      if (verdict != JSON_MORE)
        *ret_at = at;
      break;
    case JSON_ESCAPED:
      if (is_line_end)
        return JSON_BROKEN;
      scan->state = JSON_IN_STRING;
      at++;
      break;
    default:
      feed_comment(scan, c);
      at++;
      break;
    }
  }
  return verdict;
}
