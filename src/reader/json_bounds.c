#include "reader/json_bounds.h"
#include "reader/scan.h"

#include <stdlib.h>

enum { OPEN_MAX = 1 << 16 }; /* brackets open at once over lines; the parser's own limit is lower */

static bool closes(char opening, char closing)
{
  return closing == (opening == '{' ? '}' : ']');
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
