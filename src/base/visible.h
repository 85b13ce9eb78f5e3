/** Text for people's eyes. What comes from data, files' names, servers and configurations may hold characters that a
 * terminal obeys or that change what is seen: escape sequences, carriage returns, marks that turn the direction of
 * writing, characters of no width. Here they become visible, "\x1b", "\u202e", and bytes that are no UTF-8 "\xff". */
#ifndef CRISOL_BASE_VISIBLE_H
#define CRISOL_BASE_VISIBLE_H

#include "base/text.h"

/** Whether a code point is not to reach a terminal or stay unseen: a control character, a mark of direction, one
 * without width. */
bool is_hidden(uint32_t code_point);

/** The first code point of a text that is not empty, and its length in bytes; 0 where the bytes are no UTF-8. */
size_t text_decode(struct text text, uint32_t *ret_code_point);

/** Adds a text as one line: line ends and tabs are made visible, too. */
void text_add_visible(struct text_buffer *out, struct text text);

/** Adds what has lines and tabs of its own, such as a table. `keeps_colors` lets ANSI colours pass. */
void text_add_visible_lines(struct text_buffer *out, struct text text, bool keeps_colors);

/** The text as one line, visible; in the arena. */
const char *text_visible(struct arena *arena, const char *text);

/** The columns that a visible text takes on a terminal: two for a wide character, none for one that combines. */
size_t text_columns(struct text text);

/** Bytes of the longest start of a visible text that takes at most so many columns. */
size_t text_fitting(struct text text, size_t columns);

#endif
