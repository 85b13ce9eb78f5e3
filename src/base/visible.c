#include "base/visible.h"

struct range {
  uint32_t first, last;
};

/* C0, DEL and C1; what turns the direction of writing; what takes no place and so hides in names. */
static const struct range hidden[] = {
  { 0x0000, 0x001F }, { 0x007F, 0x009F }, { 0x00AD, 0x00AD },   { 0x061C, 0x061C },
  { 0x180E, 0x180E }, { 0x200B, 0x200F }, { 0x2028, 0x202E },   { 0x2060, 0x206F },
  { 0xFEFF, 0xFEFF }, { 0xFFF9, 0xFFFB }, { 0xE0000, 0xE007F },
};

/* Marks that stand on the character before them. */
static const struct range combining[] = {
  { 0x0300, 0x036F }, { 0x0483, 0x0489 }, { 0x0591, 0x05BD }, { 0x0610, 0x061A }, { 0x064B, 0x065F },
  { 0x06D6, 0x06DC }, { 0x0E31, 0x0E31 }, { 0x0E34, 0x0E3A }, { 0x0E47, 0x0E4E }, { 0x1AB0, 0x1AFF },
  { 0x1DC0, 0x1DFF }, { 0x20D0, 0x20FF }, { 0xFE00, 0xFE0F }, { 0xFE20, 0xFE2F }, { 0xE0100, 0xE01EF },
};

/* Characters of two columns, by Unicode's East_Asian_Width W and F. */
static const struct range wide[] = {
  { 0x1100, 0x115F },   { 0x231A, 0x231B },   { 0x2329, 0x232A },   { 0x23E9, 0x23EC },   { 0x23F0, 0x23F0 },
  { 0x23F3, 0x23F3 },   { 0x25FD, 0x25FE },   { 0x2614, 0x2615 },   { 0x2648, 0x2653 },   { 0x267F, 0x267F },
  { 0x2693, 0x2693 },   { 0x26A1, 0x26A1 },   { 0x26AA, 0x26AB },   { 0x26BD, 0x26BE },   { 0x26C4, 0x26C5 },
  { 0x26CE, 0x26CE },   { 0x26D4, 0x26D4 },   { 0x26EA, 0x26EA },   { 0x26F2, 0x26F3 },   { 0x26F5, 0x26F5 },
  { 0x26FA, 0x26FA },   { 0x26FD, 0x26FD },   { 0x2705, 0x2705 },   { 0x270A, 0x270B },   { 0x2728, 0x2728 },
  { 0x274C, 0x274C },   { 0x274E, 0x274E },   { 0x2753, 0x2755 },   { 0x2757, 0x2757 },   { 0x2795, 0x2797 },
  { 0x27B0, 0x27B0 },   { 0x27BF, 0x27BF },   { 0x2B1B, 0x2B1C },   { 0x2B50, 0x2B50 },   { 0x2B55, 0x2B55 },
  { 0x2E80, 0x303E },   { 0x3041, 0x4DBF },   { 0x4E00, 0xA4CF },   { 0xA960, 0xA97C },   { 0xAC00, 0xD7A3 },
  { 0xF900, 0xFAFF },   { 0xFE10, 0xFE19 },   { 0xFE30, 0xFE6F },   { 0xFF01, 0xFF60 },   { 0xFFE0, 0xFFE6 },
  { 0x16FE0, 0x18CFF }, { 0x1B000, 0x1B2FF }, { 0x1F004, 0x1F004 }, { 0x1F0CF, 0x1F0CF }, { 0x1F18E, 0x1F18E },
  { 0x1F191, 0x1F19A }, { 0x1F200, 0x1F320 }, { 0x1F32D, 0x1F335 }, { 0x1F337, 0x1F37C }, { 0x1F37E, 0x1F393 },
  { 0x1F3A0, 0x1F3CA }, { 0x1F3CF, 0x1F3D3 }, { 0x1F3E0, 0x1F3F0 }, { 0x1F3F8, 0x1F43E }, { 0x1F440, 0x1F440 },
  { 0x1F442, 0x1F4FC }, { 0x1F4FF, 0x1F53D }, { 0x1F54B, 0x1F567 }, { 0x1F57A, 0x1F57A }, { 0x1F595, 0x1F596 },
  { 0x1F5A4, 0x1F5A4 }, { 0x1F5FB, 0x1F64F }, { 0x1F680, 0x1F6C5 }, { 0x1F6CC, 0x1F6DF }, { 0x1F6EB, 0x1F6FC },
  { 0x1F7E0, 0x1F7EB }, { 0x1F90C, 0x1F9FF }, { 0x1FA70, 0x1FAFF }, { 0x20000, 0x3FFFD },
};

static bool is_in(const struct range *ranges, size_t count, uint32_t code_point)
{
  for (size_t i = 0; i < count && ranges[i].first <= code_point; i++)
    if (code_point <= ranges[i].last)
      return true;
  return false;
}

bool is_hidden(uint32_t code_point)
{
  return is_in(hidden, ARRAY_LENGTH(hidden), code_point);
}

size_t text_decode(struct text text, uint32_t *ret_code_point)
{
  unsigned char first = (unsigned char)text.data[0];
  size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  *ret_code_point = first;
  if (length == 1)
    return 1;
  if (length > text.length || !text_is_utf8((struct text){ text.data, length }))
    return 0;
  *ret_code_point = first & (0xFFU >> (length + 1));
  for (size_t i = 1; i < length; i++)
    *ret_code_point = *ret_code_point << 6 | ((unsigned char)text.data[i] & 0x3F);
  return length;
}

static void add_escaped(struct text_buffer *out, uint32_t code_point)
{
  static const char letters[] = { ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't' };
  if (code_point < sizeof(letters) && letters[code_point] != '\0')
    text_buffer_printf(out, "\\%c", letters[code_point]);
  else
    text_buffer_printf(out, code_point < 0x80 ? "\\x%02x" : code_point < 0x10000 ? "\\u%04x" : "\\U%08x", code_point);
}

/* The length of an ANSI colour, "\x1b[1;31m", that the text begins with; 0 where it begins with none. */
static size_t color_length(struct text text)
{
  size_t at = 2;
  if (text.length < 3 || text.data[0] != '\033' || text.data[1] != '[')
    return 0;
  while (at < text.length && at < 8 && ((text.data[at] >= '0' && text.data[at] <= '9') || text.data[at] == ';'))
    at++;
  return at < text.length && text.data[at] == 'm' ? at + 1 : 0;
}

static void add_visible(struct text_buffer *out, struct text text, bool keeps_lines, bool keeps_colors)
{
  size_t plain = 0; /* bytes that wait to be added as they are */
  for (size_t at = 0; at < text.length;) {
    struct text rest = { text.data + at, text.length - at };
    uint32_t code_point;
    size_t length = text_decode(rest, &code_point);
    size_t color = keeps_colors ? color_length(rest) : 0;
    if (color > 0 || (keeps_lines && (code_point == '\n' || code_point == '\t')) ||
        (length > 0 && !is_hidden(code_point))) {
      at += color > 0 ? color : length;
      continue;
    }
    text_buffer_add(out, text.data + plain, at - plain);
    if (length == 0)
      text_buffer_printf(out, "\\x%02x", (unsigned char)text.data[at]);
    else
      add_escaped(out, code_point);
    at += length == 0 ? 1 : length;
    plain = at;
  }
  text_buffer_add(out, text.data + plain, text.length - plain);
}

void text_add_visible(struct text_buffer *out, struct text text)
{
  add_visible(out, text, false, false);
}

void text_add_visible_lines(struct text_buffer *out, struct text text, bool keeps_colors)
{
  add_visible(out, text, true, keeps_colors);
}

const char *text_visible(struct arena *arena, const char *text)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  text_add_visible(&out, text_from(text));
  return text_copy(arena, text_buffer_text(&out));
}

static size_t columns_of(uint32_t code_point)
{
  return is_in(combining, ARRAY_LENGTH(combining), code_point) ? 0
         : is_in(wide, ARRAY_LENGTH(wide), code_point)         ? 2
                                                               : 1;
}

size_t text_columns(struct text text)
{
  size_t columns = 0;
  for (size_t at = 0; at < text.length;) {
    uint32_t code_point;
    size_t length = text_decode((struct text){ text.data + at, text.length - at }, &code_point);
    columns += length == 0 ? 1 : columns_of(code_point);
    at += length == 0 ? 1 : length;
  }
  return columns;
}

size_t text_fitting(struct text text, size_t columns)
{
  size_t at = 0;
  for (size_t taken = 0; at < text.length;) {
    uint32_t code_point;
    size_t length = text_decode((struct text){ text.data + at, text.length - at }, &code_point);
    taken += length == 0 ? 1 : columns_of(code_point);
    if (taken > columns)
      break;
    at += length == 0 ? 1 : length;
  }
  return at;
}
