/** Characters of well-formed UTF-8, and parts of texts. */
#ifndef CRISOL_DUCKDB_FUNCTIONS_UTF8_H
#define CRISOL_DUCKDB_FUNCTIONS_UTF8_H

#include "base/text.h"

/** How many bytes the character has that begins with this one. */
static inline size_t utf8_length(char first)
{
  unsigned char c = (unsigned char)first;
  return c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
}

/* The byte where character `index` begins; the text's length where it has fewer. */
static inline size_t utf8_offset(struct text text, size_t index)
{
  size_t at = 0;
  while (index-- > 0 && at < text.length)
    at += utf8_length(text.data[at]);
  return at < text.length ? at : text.length;
}

static inline uint32_t utf8_read(struct text text, size_t at)
{
  size_t length = utf8_length(text.data[at]);
  if (length == 1)
    return (unsigned char)text.data[at];
  uint32_t c = (unsigned char)text.data[at] & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length && at + i < text.length; i++)
    c = c << 6 | ((unsigned char)text.data[at + i] & 0x3F);
  return c;
}

static inline struct text text_part(struct text text, size_t start, size_t end)
{
  return (struct text){ text.data + start, end - start };
}

static inline ptrdiff_t text_find(struct text text, struct text what, size_t from)
{
  if (what.length == 0)
    return (ptrdiff_t)from;
  const char *found = from <= text.length ? memmem(text.data + from, text.length - from, what.data, what.length) : NULL;
  return found == NULL ? -1 : found - text.data;
}

static inline ptrdiff_t text_find_last(struct text text, struct text what)
{
  for (size_t at = text.length - what.length + 1; what.length <= text.length && at-- > 0;)
    if (memcmp(text.data + at, what.data, what.length) == 0)
      return (ptrdiff_t)at;
  return -1;
}

#endif
