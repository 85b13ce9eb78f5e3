/* How CSV fields are told apart: the same small automaton serves the splitter, the look ahead and the parser's tests.
 */
#ifndef CRISOL_READER_CSV_H
#define CRISOL_READER_CSV_H

#include "reader/reader_internal.h"

/* Where in a record the automaton stands. A zeroed one is at a record's start. */
enum csv_state {
  CSV_FIELD_START,
  CSV_UNQUOTED,
  CSV_QUOTED,
  CSV_ESCAPED,    /* after an escape that is not the quote */
  CSV_QUOTE_SEEN, /* inside quotes, after a quote: the closing one or the first of two */
  CSV_CLOSED,     /* after the closing quote */
};

enum csv_verdict {
  CSV_MORE,     /* the bytes do not say yet */
  CSV_COMPLETE, /* a line end outside quotes */
  CSV_BROKEN,   /* text after a closing quote */
};

/* Feeds bytes (SCAN_WIDTH more may be read behind them). `*ret_at`: the line end, the broken place, or how many bytes
 * were taken; all but a few that may begin a separator, unless `is_end`. */
enum csv_verdict csv_feed(const struct csv_dialect *dialect, enum csv_state *state, const char *data, size_t length,
                          bool is_end, size_t *ret_at);

/* Whether a record that stops in this state stops inside quotes. */
static inline bool csv_is_inside(enum csv_state state)
{
  return state == CSV_QUOTED || state == CSV_ESCAPED;
}

/* Blanks that trimming takes away: spaces and tabs, where they are no separator. */
static inline bool csv_is_blank(const struct csv_dialect *dialect, char c)
{
  return (c == ' ' || c == '\t') && c != dialect->separator[0];
}

/* Length of the separator at the start of `data`, 0 where there is none. */
static inline size_t csv_separator_at(const struct csv_dialect *dialect, const char *data, size_t length)
{
  if (length == 0 || data[0] != dialect->separator[0])
    return 0;
  if (dialect->separator_length == 1)
    return 1;
  bool is_one = length >= dialect->separator_length && memcmp(data, dialect->separator, dialect->separator_length) == 0;
  return is_one ? dialect->separator_length : 0;
}

#endif
