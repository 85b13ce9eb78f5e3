#include "reader/reader_internal.h"

#include <stdio.h>

/* Length of the well-formed UTF-8 at the start of `text`, at least one byte; 0 where it starts with none. */
static size_t good_length(struct text text)
{
  size_t length = 0;
  while (length < text.length && (unsigned char)text.data[length] < 0x80)
    length++;
  if (length > 0 || text.length == 0)
    return length;
  for (size_t size = 2; size <= 4 && size <= text.length; size++)
    if (text_is_utf8((struct text){ text.data, size }))
      return size;
  return 0;
}

/* The longest prefix of at most `limit` bytes that does not end within a character. */
static size_t cut_length(struct text text, size_t limit)
{
  if (text.length <= limit)
    return text.length;
  size_t length = limit;
  while (length > 0 && length > limit - 4 && ((unsigned char)text.data[length] & 0xC0) == 0x80)
    length--;
  return length;
}

/* The next piece of a record that is told escaped: text without a backslash, or what stands for one or for bytes that
 * are no text, in `escaped`. Writes how much of `bytes` it is. */
static struct text next_piece(enum encoding encoding, struct text bytes, char escaped[20], size_t *ret_length)
{
  size_t length = good_length(bytes);
  const char *backslash = length == 0 ? NULL : memchr(bytes.data, '\\', length);
  struct text piece = { escaped, 0 };
  if (backslash == bytes.data) {
    *ret_length = 1;
    return TEXT("\\\\");
  }
  if (length > 0) {
    *ret_length = backslash == NULL ? length : (size_t)(backslash - bytes.data);
    return (struct text){ bytes.data, *ret_length };
  }
  unsigned char original[4];
  size_t count = encoding_original(encoding, bytes, original, ret_length);
  for (size_t i = 0; i < count; i++)
    piece.length += (size_t)snprintf(escaped + piece.length, 20 - piece.length, "\\x%02X", original[i]);
  return piece;
}

struct text raw_text(struct arena *arena, enum encoding encoding, struct text bytes, unsigned char *ret_form)
{
  struct text cut = { bytes.data, cut_length(bytes, RAW_SIZE_MAX) };
  *ret_form = cut.length < bytes.length ? RAW_TEXT | RAW_CUT : RAW_TEXT;
  if (text_is_utf8(cut))
    return cut;
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  *ret_form = RAW_ESCAPED;
  while (bytes.length > 0) {
    char escaped[20];
    size_t length = 0;
    struct text piece = next_piece(encoding, bytes, escaped, &length);
    if (out.length + piece.length > RAW_SIZE_MAX) {
      *ret_form |= RAW_CUT;
      piece.length = piece.data != bytes.data ? 0 : cut_length(piece, RAW_SIZE_MAX - out.length);
      text_buffer_add_text(&out, piece);
      break;
    }
    text_buffer_add_text(&out, piece);
    bytes.data += length;
    bytes.length -= length;
  }
  return (struct text){ arena_copy(arena, out.data, out.length), out.length };
}
