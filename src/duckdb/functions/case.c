/* Capital and small letters, as Java's String.toUpperCase and toLowerCase in the root locale: Unicode's simple mappings
 * from the C library's C.UTF-8 locale, and the special ones that make several letters of one. */
#include "duckdb/functions/internal.h"
#include "duckdb/functions/utf8.h"

#include <locale.h>
#include <pthread.h>
#include <wctype.h>

static locale_t unicode;
static pthread_once_t unicode_once = PTHREAD_ONCE_INIT;

static void open_unicode(void)
{
  unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

/* Letters whose capitals are several (Unicode's SpecialCasing, without conditions), and with a capital first letter. */
static const struct special {
  uint32_t letter;
  const char *upper, *title;
} specials[] = {
  { 0x00DF, "SS", "Ss" },
  { 0x0149, "\u02BCN", "\u02BCN" },
  { 0x01F0, "J\u030C", "J\u030C" },
  { 0x0390, "\u0399\u0308\u0301", "\u0399\u0308\u0301" },
  { 0x03B0, "\u03A5\u0308\u0301", "\u03A5\u0308\u0301" },
  { 0x0587, "\u0535\u0552", "\u0535\u0582" },
  { 0x1E96, "H\u0331", "H\u0331" },
  { 0x1E97, "T\u0308", "T\u0308" },
  { 0x1E98, "W\u030A", "W\u030A" },
  { 0x1E99, "Y\u030A", "Y\u030A" },
  { 0x1E9A, "A\u02BE", "A\u02BE" },
  { 0xFB00, "FF", "Ff" },
  { 0xFB01, "FI", "Fi" },
  { 0xFB02, "FL", "Fl" },
  { 0xFB03, "FFI", "Ffi" },
  { 0xFB04, "FFL", "Ffl" },
  { 0xFB05, "ST", "St" },
  { 0xFB06, "ST", "St" },
  { 0xFB13, "\u0544\u0546", "\u0544\u0576" },
  { 0xFB14, "\u0544\u0535", "\u0544\u0565" },
  { 0xFB15, "\u0544\u053B", "\u0544\u056B" },
  { 0xFB16, "\u054E\u0546", "\u054E\u0576" },
  { 0xFB17, "\u0544\u053D", "\u0544\u056D" },
};

static const struct special *find_special(uint32_t letter)
{
  for (size_t i = 0; letter >= 0xDF && i < ARRAY_LENGTH(specials); i++)
    if (specials[i].letter == letter)
      return &specials[i];
  return NULL;
}

static size_t read_letter(struct text text, size_t at, uint32_t *ret_letter)
{
  *ret_letter = utf8_read(text, at);
  return utf8_length(text.data[at]);
}

static void add_upper(struct text_buffer *out, uint32_t letter)
{
  const struct special *special = find_special(letter);
  if (special != NULL)
    text_buffer_add_string(out, special->upper);
  else
    text_buffer_add_utf8(out, (uint32_t)towupper_l((wint_t)letter, unicode));
}

/* Digraphs such as \u01C6 have a title form between the small and the capital one. */
static void add_title(struct text_buffer *out, uint32_t letter)
{
  const struct special *special = find_special(letter);
  bool is_digraph = (letter >= 0x01C4 && letter <= 0x01CC) || (letter >= 0x01F1 && letter <= 0x01F3);
  if (special != NULL)
    text_buffer_add_string(out, special->title);
  else if (is_digraph)
    text_buffer_add_utf8(out, letter >= 0x01F1 ? 0x01F2 : 0x01C5 + (letter - 0x01C4) / 3 * 3);
  else
    text_buffer_add_utf8(out, (uint32_t)towupper_l((wint_t)letter, unicode));
}

static bool is_letter(struct text text, size_t at)
{
  uint32_t letter;
  read_letter(text, at, &letter);
  return iswalpha_l((wint_t)letter, unicode) != 0;
}

/* A capital sigma at a word's end is \u03C2: after a letter and not before one. */
static bool is_final_sigma(struct text text, size_t at, size_t length)
{
  size_t before = at;
  while (before > 0 && ((unsigned char)text.data[--before] & 0xC0) == 0x80) {
  }
  bool follows_letter = at > 0 && is_letter(text, before);
  return follows_letter && !(at + length < text.length && is_letter(text, at + length));
}

static void add_lower(struct text_buffer *out, struct text text, size_t at, size_t length, uint32_t letter)
{
  if (letter == 0x0130)
    text_buffer_add_string(out, "i\u0307");
  else if (letter == 0x03A3)
    text_buffer_add_utf8(out, is_final_sigma(text, at, length) ? 0x03C2 : 0x03C3);
  else
    text_buffer_add_utf8(out, (uint32_t)towlower_l((wint_t)letter, unicode));
}

/* ASCII needs no tables; most texts are of it alone. */
static bool change_ascii(struct udf_call *call, size_t row, struct text text, char first, char last)
{
  text_buffer_clear(&call->buffer);
  text_buffer_reserve(&call->buffer, text.length + 1);
  char *out = call->buffer.data;
  unsigned char all = 0;
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    all |= (unsigned char)c;
    out[i] = c >= first && c <= last ? (char)(c ^ 0x20) : c;
  }
  if (all >= 0x80)
    return false;
  return return_text(call, row, (struct text){ out, text.length });
}

static bool upper(struct udf_call *call, size_t row)
{
  struct text text = arg_text(call, 0, row);
  if (change_ascii(call, row, text, 'a', 'z'))
    return true;
  pthread_once(&unicode_once, open_unicode);
  text_buffer_clear(&call->buffer);
  uint32_t letter;
  for (size_t at = 0; at < text.length;) {
    at += read_letter(text, at, &letter);
    add_upper(&call->buffer, letter);
  }
  return return_buffer(call, row);
}

static bool lower(struct udf_call *call, size_t row)
{
  struct text text = arg_text(call, 0, row);
  if (change_ascii(call, row, text, 'A', 'Z'))
    return true;
  pthread_once(&unicode_once, open_unicode);
  text_buffer_clear(&call->buffer);
  uint32_t letter;
  for (size_t at = 0; at < text.length;) {
    size_t length = read_letter(text, at, &letter);
    add_lower(&call->buffer, text, at, length, letter);
    at += length;
  }
  return return_buffer(call, row);
}

/* Words are what blanks part. */
static bool initcap(struct udf_call *call, size_t row)
{
  struct text text = arg_text(call, 0, row);
  pthread_once(&unicode_once, open_unicode);
  text_buffer_clear(&call->buffer);
  bool begins_word = true;
  uint32_t letter;
  for (size_t at = 0; at < text.length;) {
    size_t length = read_letter(text, at, &letter);
    if (begins_word)
      add_title(&call->buffer, letter);
    else
      add_lower(&call->buffer, text, at, length, letter);
    begins_word = letter == ' ';
    at += length;
  }
  return return_buffer(call, row);
}

/* mask(text, upper, lower, digit, other): null lets that kind of character stand. */
static bool mask(struct udf_call *call, size_t row)
{
  if (arg_is_null(call, 0, row))
    return false;
  struct text text = arg_text(call, 0, row);
  pthread_once(&unicode_once, open_unicode);
  text_buffer_clear(&call->buffer);
  for (size_t i = 1; i < 5; i++)
    if (!arg_is_null(call, i, row) && text_count_characters(arg_text(call, i, row)) != 1)
      return udf_fail(call, "DATATYPE_MISMATCH.INPUT_SIZE_NOT_ONE", "mask takes replacements of one character");
  uint32_t letter;
  for (size_t at = 0; at < text.length;) {
    size_t length = read_letter(text, at, &letter);
    bool is_digit = letter >= '0' && letter <= '9';
    bool is_lower = iswlower_l((wint_t)letter, unicode) != 0;
    bool is_upper = iswupper_l((wint_t)letter, unicode) != 0;
    size_t kind = is_upper ? 1 : is_lower ? 2 : is_digit ? 3 : 4;
    if (arg_is_null(call, kind, row))
      text_buffer_add(&call->buffer, text.data + at, length);
    else
      text_buffer_add_text(&call->buffer, arg_text(call, kind, row));
    at += length;
  }
  return return_buffer(call, row);
}

static const struct udf rows[] = {
  { .name = "spark_upper", .signature = "string > string", .each = upper },
  { .name = "spark_lower", .signature = "string > string", .each = lower },
  { .name = "spark_initcap", .signature = "string > string", .each = initcap },
  { .name = "spark_mask",
    .signature = "string string string string string > string",
    .flags = UDF_NULLS,
    .each = mask },
};

UDF_FAMILY(case_udfs, rows);
