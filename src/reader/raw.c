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

struct text raw_text(struct arena *arena, enum encoding encoding, struct text bytes)
{
  struct text cut = { bytes.data, cut_length(bytes, RAW_SIZE_MAX) };
  if (text_is_utf8(cut))
    return cut;
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  while (bytes.length > 0) {
    size_t length = good_length(bytes);
    unsigned char original[4];
    char escaped[20];
    struct text piece = { bytes.data, length };
    if (length == 0) {
      size_t count = encoding_original(encoding, bytes, original, &length);
      piece = (struct text){ escaped, 0 };
      for (size_t i = 0; i < count; i++)
        piece.length +=
            (size_t)snprintf(escaped + piece.length, sizeof(escaped) - piece.length, "\\x%02X", original[i]);
    }
    if (out.length + piece.length > RAW_SIZE_MAX) {
      piece.length = piece.data == escaped ? 0 : cut_length(piece, RAW_SIZE_MAX - out.length);
      text_buffer_add_text(&out, piece);
      break;
    }
    text_buffer_add_text(&out, piece);
    bytes.data += length;
    bytes.length -= length;
  }
  return (struct text){ arena_copy(arena, out.data, out.length), out.length };
}
