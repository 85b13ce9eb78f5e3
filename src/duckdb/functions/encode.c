/* Bytes as text and text as bytes: base 64 and 32, character sets, URLs. */
#include "duckdb/functions/internal.h"
#include "duckdb/functions/utf8.h"

#include <stdio.h>

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base32_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/* Writes bytes in groups of `bits` bits, filled up with "=" to a multiple of `block` digits. */
static bool encode_digits(struct udf_call *call, size_t row, const char *digits, unsigned bits, size_t block)
{
  struct text bytes = arg_text(call, 0, row);
  uint32_t pending = 0;
  unsigned n_pending = 0;
  text_buffer_clear(&call->buffer);
  for (size_t i = 0; i < bytes.length; i++) {
    pending = pending << 8 | (unsigned char)bytes.data[i];
    for (n_pending += 8; n_pending >= bits; n_pending -= bits)
      text_buffer_add_char(&call->buffer, digits[pending >> (n_pending - bits) & ((1u << bits) - 1)]);
  }
  if (n_pending > 0)
    text_buffer_add_char(&call->buffer, digits[pending << (bits - n_pending) & ((1u << bits) - 1)]);
  while (call->buffer.length % block != 0)
    text_buffer_add_char(&call->buffer, '=');
  return return_buffer(call, row);
}

static const char *find_digit(const char *digits, char c)
{
  bool is_small = digits == base32_digits && c >= 'a' && c <= 'z';
  return c == 0 ? NULL : strchr(digits, is_small ? c - 'a' + 'A' : c);
}

static bool base64(struct udf_call *call, size_t row)
{
  return encode_digits(call, row, base64_digits, 6, 4);
}

/* As java.util.Base64's MIME decoder, which Spark's unbase64() is: other characters are passed over, but digits that
 * end where no byte does, and padding where none belongs, are errors: false, for those. */
static bool decode_base64(struct text text, struct text_buffer *out)
{
  uint32_t pending = 0;
  unsigned n_digits = 0;
  size_t at = 0;
  text_buffer_clear(out);
  for (; at < text.length && text.data[at] != '='; at++) {
    const char *found = find_digit(base64_digits, text.data[at]);
    if (found == NULL)
      continue;
    pending = pending << 6 | (uint32_t)(found - base64_digits);
    n_digits = (n_digits + 1) % 4;
    if (n_digits != 1)
      text_buffer_add_char(out, (char)(pending >> (n_digits == 0 ? 0 : 8 - 2 * n_digits) & 0xFF));
  }
  bool is_padded = at < text.length;
  bool lacks_second = n_digits == 2 && (at + 1 >= text.length || text.data[at + 1] != '=');
  if (n_digits == 1 || (is_padded && (n_digits == 0 || lacks_second)))
    return false;
  for (at += n_digits == 2 ? 2 : 1; is_padded && at < text.length; at++)
    if (find_digit(base64_digits, text.data[at]) != NULL)
      return false;
  return true;
}

static bool unbase64(struct udf_call *call, size_t row)
{
  struct text text = arg_text(call, 0, row);
  if (!decode_base64(text, &call->buffer))
    return udf_fail(call, "CONVERSION_INVALID_INPUT", "\"%.*s\" is not in base 64", TEXT_ARGS(text));
  return return_buffer(call, row);
}

/* For to_binary(), which passes over blanks alone. */
static bool decode_base64_strictly(struct udf_call *call, size_t row)
{
  struct text text = arg_text(call, 0, row);
  for (size_t i = 0; i < text.length; i++)
    if (text.data[i] != '=' && find_digit(base64_digits, text.data[i]) == NULL &&
        (text.data[i] == 0 || strchr(" \t\r\n", text.data[i]) == NULL))
      return false;
  return decode_base64(text, &call->buffer) && return_buffer(call, row);
}

static bool to_base32(struct udf_call *call, size_t row)
{
  return encode_digits(call, row, base32_digits, 5, 8);
}

/* Eight digits are five bytes. Of a last group with fewer digits Spark's library makes the bytes that they fill; of a
 * single digit one byte, with the bits that came before. */
static bool from_base32(struct udf_call *call, size_t row)
{
  static const unsigned dropped_bits[] = { 0, 2, 2, 7, 4, 1, 6, 3 };
  static const unsigned n_bytes[] = { 0, 1, 1, 1, 2, 3, 3, 4 };
  struct text text = arg_text(call, 0, row);
  uint64_t group = 0;
  unsigned n_digits = 0;
  text_buffer_clear(&call->buffer);
  for (size_t i = 0; i < text.length && text.data[i] != '='; i++) {
    const char *found = find_digit(base32_digits, text.data[i]);
    if (found == NULL)
      continue;
    group = group << 5 | (uint64_t)(found - base32_digits);
    n_digits = (n_digits + 1) % 8;
    for (unsigned shift = 40; n_digits == 0 && shift > 0; shift -= 8)
      text_buffer_add_char(&call->buffer, (char)(group >> (shift - 8) & 0xFF));
  }
  group >>= dropped_bits[n_digits];
  for (unsigned left = n_bytes[n_digits]; left > 0; left--)
    text_buffer_add_char(&call->buffer, (char)(group >> (8 * (left - 1)) & 0xFF));
  return return_buffer(call, row);
}

/* Character sets that Spark 4 knows. */

enum charset {
  CHARSET_ASCII,
  CHARSET_LATIN1,
  CHARSET_UTF8,
  CHARSET_UTF16,
  CHARSET_UTF16BE,
  CHARSET_UTF16LE,
  CHARSET_UTF32
};

static const struct charset_name {
  const char *name;
  enum charset charset;
} charset_names[] = {
  { "us-ascii", CHARSET_ASCII }, { "iso-8859-1", CHARSET_LATIN1 }, { "utf-8", CHARSET_UTF8 },
  { "utf-16", CHARSET_UTF16 },   { "utf-16be", CHARSET_UTF16BE },  { "utf-16le", CHARSET_UTF16LE },
  { "utf-32", CHARSET_UTF32 },
};

static bool find_charset(struct udf_call *call, size_t row, enum charset *ret_charset)
{
  struct text name = arg_text(call, 1, row);
  for (size_t i = 0; i < ARRAY_LENGTH(charset_names); i++) {
    if (text_equal_nocase(name, text_from(charset_names[i].name))) {
      *ret_charset = charset_names[i].charset;
      return true;
    }
  }
  return udf_fail(call, "INVALID_PARAMETER_VALUE.CHARSET", "unknown character set \"%.*s\"", TEXT_ARGS(name));
}

static bool fail_character(struct udf_call *call)
{
  return udf_fail(call, "MALFORMED_CHARACTER_CODING", "a character is not part of the character set");
}

static void add_unit(struct text_buffer *out, uint32_t unit, size_t size, bool is_little)
{
  for (size_t i = 0; i < size; i++)
    text_buffer_add_char(out, (char)(unit >> 8 * (is_little ? i : size - 1 - i) & 0xFF));
}

static void add_utf16(struct text_buffer *out, uint32_t c, bool is_little)
{
  if (c < 0x10000) {
    add_unit(out, c, 2, is_little);
    return;
  }
  add_unit(out, 0xD800 + ((c - 0x10000) >> 10), 2, is_little);
  add_unit(out, 0xDC00 + ((c - 0x10000) & 0x3FF), 2, is_little);
}

static uint32_t next_character(struct text text, size_t *at)
{
  uint32_t c = utf8_read(text, *at);
  *at += utf8_length(text.data[*at]);
  return c;
}

static bool encode(struct udf_call *call, size_t row)
{
  struct text text = arg_text(call, 0, row);
  enum charset charset;
  if (!find_charset(call, row, &charset))
    return false;
  if (charset == CHARSET_UTF8)
    return return_text(call, row, text);
  text_buffer_clear(&call->buffer);
  if (charset == CHARSET_UTF16 && text.length > 0)
    text_buffer_add(&call->buffer, "\xFE\xFF", 2);
  for (size_t at = 0; at < text.length;) {
    uint32_t c = next_character(text, &at);
    if ((charset == CHARSET_ASCII && c > 0x7F) || (charset == CHARSET_LATIN1 && c > 0xFF))
      return fail_character(call);
    if (charset <= CHARSET_LATIN1)
      text_buffer_add_char(&call->buffer, (char)c);
    else if (charset == CHARSET_UTF32)
      add_unit(&call->buffer, c, 4, false);
    else
      add_utf16(&call->buffer, c, charset == CHARSET_UTF16LE);
  }
  return return_buffer(call, row);
}

static bool is_code_point(uint32_t c)
{
  return c <= 0x10FFFF && !(c >= 0xD800 && c <= 0xDFFF);
}

static uint32_t read_unit(struct text bytes, size_t at, size_t size, bool is_little)
{
  uint32_t unit = 0;
  for (size_t i = 0; i < size; i++)
    unit |= (uint32_t)(unsigned char)bytes.data[at + i] << 8 * (is_little ? i : size - 1 - i);
  return unit;
}

static bool decode_wide(struct udf_call *call, size_t row, struct text bytes, size_t size, bool is_little)
{
  if (bytes.length % size != 0)
    return fail_character(call);
  for (size_t at = 0; at < bytes.length; at += size) {
    uint32_t c = read_unit(bytes, at, size, is_little);
    bool is_high = size == 2 && c >= 0xD800 && c < 0xDC00 && at + 4 <= bytes.length;
    uint32_t low = is_high ? read_unit(bytes, at + 2, 2, is_little) : 0;
    if (is_high && low >= 0xDC00 && low < 0xE000) {
      c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
      at += 2;
    }
    if (!is_code_point(c))
      return fail_character(call);
    text_buffer_add_utf8(&call->buffer, c);
  }
  return return_buffer(call, row);
}

static bool decode(struct udf_call *call, size_t row)
{
  struct text bytes = arg_text(call, 0, row);
  enum charset charset;
  if (!find_charset(call, row, &charset))
    return false;
  text_buffer_clear(&call->buffer);
  bool is_little = charset == CHARSET_UTF16LE;
  switch (charset) {
  case CHARSET_UTF8:
    return text_is_utf8(bytes) ? return_text(call, row, bytes) : fail_character(call);
  case CHARSET_ASCII:
  case CHARSET_LATIN1:
    for (size_t i = 0; i < bytes.length; i++) {
      if (charset == CHARSET_ASCII && (bytes.data[i] & 0x80) != 0)
        return fail_character(call);
      text_buffer_add_utf8(&call->buffer, (unsigned char)bytes.data[i]);
    }
    return return_buffer(call, row);
  case CHARSET_UTF16:
    if (bytes.length >= 2 && (read_unit(bytes, 0, 2, false) == 0xFEFF || read_unit(bytes, 0, 2, true) == 0xFEFF)) {
      is_little = read_unit(bytes, 0, 2, true) == 0xFEFF;
      bytes = (struct text){ bytes.data + 2, bytes.length - 2 };
    }
    return decode_wide(call, row, bytes, 2, is_little);
  case CHARSET_UTF32:
    return decode_wide(call, row, bytes, 4, false);
  default:
    return decode_wide(call, row, bytes, 2, is_little);
  }
}

/* to_char(bytes, format) */
static bool to_char_binary(struct udf_call *call, size_t row)
{
  struct text bytes = arg_text(call, 0, row);
  struct text format = arg_text(call, 1, row);
  if (text_equal_nocase(format, TEXT("base64")))
    return base64(call, row);
  if (text_equal_nocase(format, TEXT("utf-8")))
    return text_is_utf8(bytes) ? return_text(call, row, bytes) : fail_character(call);
  if (!text_equal_nocase(format, TEXT("hex")))
    return udf_fail(call, "INVALID_PARAMETER_VALUE.BINARY_FORMAT", "\"%.*s\" is none of base64, hex, utf-8",
                    TEXT_ARGS(format));
  text_buffer_clear(&call->buffer);
  for (size_t i = 0; i < bytes.length; i++)
    text_buffer_printf(&call->buffer, "%02X", (unsigned)(unsigned char)bytes.data[i]);
  return return_buffer(call, row);
}

/* As java.net.URLEncoder: letters, digits, "-_.*" stay, a blank is "+". */
static bool url_encode(struct udf_call *call, size_t row)
{
  struct text text = arg_text(call, 0, row);
  text_buffer_clear(&call->buffer);
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                    c == '_' || c == '.' || c == '*';
    if (is_plain || c == ' ')
      text_buffer_add_char(&call->buffer, is_plain ? c : '+');
    else
      text_buffer_printf(&call->buffer, "%%%02X", (unsigned)(unsigned char)c);
  }
  return return_buffer(call, row);
}

static bool try_url_decode(struct udf_call *call, size_t row)
{
  struct text text = arg_text(call, 0, row);
  text_buffer_clear(&call->buffer);
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    if (c != '%') {
      text_buffer_add_char(&call->buffer, c == '+' ? ' ' : c);
      continue;
    }
    int high = i + 2 < text.length ? hex_digit(text.data[i + 1]) : -1;
    int low = i + 2 < text.length ? hex_digit(text.data[i + 2]) : -1;
    if (high < 0 || low < 0)
      return false;
    text_buffer_add_char(&call->buffer, (char)(high * 16 + low));
    i += 2;
  }
  return return_bytes_as_text(call, row, text_buffer_text(&call->buffer));
}

static bool url_decode(struct udf_call *call, size_t row)
{
  return try_url_decode(call, row) ||
         udf_fail(call, "CANNOT_DECODE_URL", "\"%.*s\" cannot be decoded", TEXT_ARGS(arg_text(call, 0, row)));
}

/* Digits in pairs; an odd one stands alone in the first byte. */
static bool decode_hex(struct udf_call *call, size_t row)
{
  struct text text = arg_text(call, 0, row);
  int pending = 0;
  text_buffer_clear(&call->buffer);
  for (size_t i = 0; i < text.length; i++) {
    int digit = hex_digit(text.data[i]);
    if (digit < 0)
      return false;
    pending = pending * 16 + digit;
    if ((text.length - i) % 2 == 0)
      continue;
    text_buffer_add_char(&call->buffer, (char)pending);
    pending = 0;
  }
  return return_buffer(call, row);
}

/* to_binary(text, format): the format has been checked by expr. */
static bool try_to_binary(struct udf_call *call, size_t row)
{
  struct text format = arg_text(call, 1, row);
  if (text_equal_nocase(format, TEXT("hex")))
    return decode_hex(call, row);
  if (text_equal_nocase(format, TEXT("base64")))
    return decode_base64_strictly(call, row);
  return return_text(call, row, arg_text(call, 0, row));
}

static bool to_binary(struct udf_call *call, size_t row)
{
  return try_to_binary(call, row) || udf_fail(call, "CONVERSION_INVALID_INPUT", "\"%.*s\" is no %.*s",
                                              TEXT_ARGS(arg_text(call, 0, row)), TEXT_ARGS(arg_text(call, 1, row)));
}

static const struct udf rows[] = {
  { .name = "spark_base64", .signature = "binary > string", .each = base64 },
  { .name = "spark_unbase64", .signature = "string > binary", .each = unbase64 },
  { .name = "spark_to_base32", .signature = "binary > string", .each = to_base32 },
  { .name = "spark_from_base32", .signature = "string > binary", .each = from_base32 },
  { .name = "spark_encode", .signature = "string string > binary", .each = encode },
  { .name = "spark_decode", .signature = "binary string > string", .each = decode },
  { .name = "spark_to_char_binary", .signature = "binary string > string", .each = to_char_binary },
  { .name = "spark_url_decode", .signature = "string > string", .each = url_decode },
  { .name = "spark_try_url_decode", .signature = "string > string", .each = try_url_decode },
  { .name = "spark_to_binary", .signature = "string string > binary", .each = to_binary },
  { .name = "spark_try_to_binary", .signature = "string string > binary", .each = try_to_binary },
  { .name = "spark_url_encode", .signature = "string > string", .each = url_encode },
};

UDF_FAMILY(encode_udfs, rows);
