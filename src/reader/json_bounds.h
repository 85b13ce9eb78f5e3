/* Where JSON values end, by their brackets and strings alone: whether they are well-formed is the parser's question. */
#ifndef CRISOL_READER_JSON_BOUNDS_H
#define CRISOL_READER_JSON_BOUNDS_H

#include "value/json.h"

enum json_verdict {
  JSON_MORE,     /* the bytes do not say yet */
  JSON_CLOSED,   /* the value's last bracket */
  JSON_BROKEN,   /* it cannot be closed: see json_feed */
  JSON_LINE_END, /* a line end came first, where one ends a record */
};

enum json_state {
  JSON_OUTSIDE,
  JSON_IN_STRING,
  JSON_ESCAPED,
  JSON_SLASH, /* perhaps a comment */
  JSON_LINE_COMMENT,
  JSON_BLOCK_COMMENT,
  JSON_BLOCK_STAR,
};

/* A scan of one object or array, from its first bracket on. Zeroed, but for `open`, it is at the start. */
struct json_scan {
  unsigned flags;     /* enum json_flags */
  bool is_line_bound; /* a line end ends the scan */
  enum json_state state;
  char quote;
  char previous;      /* last byte that is no blank, '"' for a string of either quotes; 0 at first */
  bool is_line_start; /* only blanks since the last line end */
  size_t depth;
  uint64_t *open; /* [depth]: place of each open bracket times two, plus one for an object */
  size_t open_capacity;
};

/* Feeds bytes (SCAN_WIDTH more may be read behind them), the first of which stands at `position`. `*ret_at`: the last
 * bracket, the broken place or the line end. Broken is a value with a string that is not closed on its line or that has
 * other text beside it (so that the brackets seen may lie in strings), and one in which a line starts with an object
 * where none can be: its own end was lost, and another record began. So is one with brackets that do not match. */
enum json_verdict json_feed(struct json_scan *scan, const char *data, size_t length, uint64_t position, size_t *ret_at);

#endif
