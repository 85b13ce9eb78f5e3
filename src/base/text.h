/** Text as a view (pointer and length, UTF-8 unless said otherwise) and as a growing buffer. */
#ifndef CRISOL_BASE_TEXT_H
#define CRISOL_BASE_TEXT_H

#include "base/arena.h"

#include <string.h>

/** A view of bytes owned by someone else; need not end in NUL. `data` may be NULL where `length` is 0. */
struct text {
  const char *data;
  size_t length;
};

/** A literal as text: TEXT("amount"). */
#define TEXT(literal) ((struct text){ .data = (literal), .length = sizeof(literal) - 1 })
/** For printf: printf("%.*s", TEXT_ARGS(text)). */
#define TEXT_ARGS(t) (int)(t).length, (t).data

static inline struct text text_from(const char *string)
{
  return (struct text){ .data = string, .length = string == NULL ? 0 : strlen(string) };
}

/** Whether both have the same bytes. */
bool text_equal(struct text a, struct text b);
/** Compares ASCII letters without case; other bytes must be equal. */
bool text_equal_nocase(struct text a, struct text b);
/** Whether the bytes of `prefix` come first. */
bool text_starts_with(struct text text, struct text prefix);
/** Whether the bytes of `suffix` come last. */
bool text_ends_with(struct text text, struct text suffix);
/** Orders by bytes, as memcmp does; a prefix comes before what it begins. */
int text_compare(struct text a, struct text b);
/** The text without ASCII blanks (space, tab, CR, LF) at either end. */
struct text text_trim(struct text text);
/** The text without the characters at its ends that `is_blank` knows. */
static inline struct text text_trim_by(struct text text, bool (*is_blank)(char c))
{
  while (text.length > 0 && is_blank(text.data[0])) {
    text.data++;
    text.length--;
  }
  while (text.length > 0 && is_blank(text.data[text.length - 1]))
    text.length--;
  return text;
}
/** A NUL-terminated copy in the arena. */
char *text_copy(struct arena *arena, struct text text);
/** Whether the character is one of 0 to 9, whatever the locale. */
static inline bool char_is_digit(char c)
{
  return c >= '0' && c <= '9';
}
/** Whether it is one of a to z, in either case. */
static inline bool char_is_letter(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
/** The value of a hexadecimal digit of either case; -1 for any other character. */
static inline int hex_digit(char c)
{
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

/** Whether the bytes are well-formed UTF-8 (no surrogates, no overlong forms, up to U+10FFFF). */
bool text_is_utf8(struct text text);
/** Writes a character as UTF-8, up to 4 bytes; returns how many. */
size_t text_encode(uint32_t code_point, char *to);
/** Number of code points of well-formed UTF-8. */
size_t text_count_characters(struct text text);
/** The text's start, of at most `bytes` bytes; a code point is not torn. */
struct text text_cut(struct text text, size_t bytes);

/** The candidate nearest to `word` by edits (Damerau-Levenshtein, without case), for "did you mean"; NULL where none is
 * within a third of the word's length. */
const char *text_nearest(struct text word, const char *const *candidates, size_t count);

/** A growing byte buffer. A zeroed one is empty: struct text_buffer b = {0}; `data` ends in a NUL not counted in
 * `length` once anything was added. Released with text_buffer_done. */
struct text_buffer {
  char *data;
  size_t length;
  size_t capacity;
};

/** Adds bytes, which may be any. */
void text_buffer_add(struct text_buffer *buffer, const void *data, size_t length);
/** Adds a text. */
void text_buffer_add_text(struct text_buffer *buffer, struct text text);
/** Adds a name between quotes, those within it doubled. */
void text_buffer_add_quoted(struct text_buffer *buffer, const char *name, char quote);
/** Adds a string up to its NUL. */
void text_buffer_add_string(struct text_buffer *buffer, const char *string);
/** Adds one byte. */
void text_buffer_add_char(struct text_buffer *buffer, char c);
/** Adds one code point as UTF-8; `code_point` must be at most 0x10FFFF. */
void text_buffer_add_utf8(struct text_buffer *buffer, uint32_t code_point);
/** Adds what printf would print. */
void text_buffer_printf(struct text_buffer *buffer, const char *format, ...) PRINTF_LIKE(2, 3);
/** Adds "1,234,567". */
void text_buffer_add_count(struct text_buffer *buffer, uint64_t count);
/** Adds "41.2 MiB". */
void text_buffer_add_bytes(struct text_buffer *buffer, uint64_t bytes);
/** Makes room for `extra` more bytes, so that they may be written at data + length. */
void text_buffer_reserve(struct text_buffer *buffer, size_t extra);
/** Forgets the contents and keeps the memory. */
void text_buffer_clear(struct text_buffer *buffer);
/** Frees what it holds; it is then empty and may be used again. */
void text_buffer_done(struct text_buffer *buffer);
static inline struct text text_buffer_text(const struct text_buffer *buffer)
{
  return (struct text){ .data = buffer->data == NULL ? "" : buffer->data, .length = buffer->length };
}

/** Compares two strings (const char *) by their bytes, for qsort and bsearch over an array of them. */
int compare_strings(const void *a, const void *b);

#endif
