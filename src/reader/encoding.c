#include "reader/encoding.h"

static const struct {
  const char *name;
  enum encoding encoding;
} names[] = {
  { "UTF-8", ENCODING_UTF8 },
  { "UTF-16", ENCODING_UTF16 },
  { "UTF-16LE", ENCODING_UTF16LE },
  { "UTF-16BE", ENCODING_UTF16BE },
  { "ISO-8859-1", ENCODING_LATIN1 },
  { "windows-1252", ENCODING_WINDOWS_1252 },
  /* other names of the same that Java, and so Spark, knows */
  { "utf8", ENCODING_UTF8 },
  { "latin1", ENCODING_LATIN1 },
  { "latin-1", ENCODING_LATIN1 },
  { "ISO8859_1", ENCODING_LATIN1 },
  { "cp1252", ENCODING_WINDOWS_1252 },
};

/* Code points of the bytes 0x80 to 0x9F of windows-1252; 0 where there is none. */
static const uint16_t windows_1252[32] = {
  0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
  0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
  0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178,
};

bool encoding_find(const char *name, enum encoding *ret_encoding, struct error *err)
{
  *ret_encoding = ENCODING_UTF8;
  if (name == NULL)
    return true;
  for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
    if (text_equal_nocase(text_from(name), text_from(names[i].name))) {
      *ret_encoding = names[i].encoding;
      return true;
    }
  fail(err, ERROR_CONFIG, NOWHERE,
       "unknown encoding \"%s\", expected UTF-8, UTF-16, UTF-16LE, UTF-16BE, ISO-8859-1 or windows-1252", name);
  return false;
}

size_t encoding_byte_order(enum encoding *encoding, const unsigned char *data, size_t length)
{
  if (*encoding == ENCODING_UTF8)
    return length >= 3 && data[0] == 0xEF && data[1] == 0xBB && data[2] == 0xBF ? 3 : 0;
  if (*encoding != ENCODING_UTF16 && *encoding != ENCODING_UTF16LE && *encoding != ENCODING_UTF16BE)
    return 0;
  bool is_little = length >= 2 && data[0] == 0xFF && data[1] == 0xFE;
  bool is_big = length >= 2 && data[0] == 0xFE && data[1] == 0xFF;
  if (*encoding == ENCODING_UTF16) {
    *encoding = is_little ? ENCODING_UTF16LE : ENCODING_UTF16BE;
    return is_little || is_big ? 2 : 0;
  }
  return is_little == (*encoding == ENCODING_UTF16LE) && (is_little || is_big) ? 2 : 0;
}

static void decode_bytes(enum encoding encoding, const unsigned char *from, size_t from_length, char *to,
                         size_t to_length, size_t *ret_taken, size_t *ret_made)
{
  size_t taken = 0, made = 0;
  for (; taken < from_length && to_length - made >= ENCODING_LARGEST; taken++) {
    unsigned char byte = from[taken];
    uint32_t code = byte;
    if (encoding == ENCODING_WINDOWS_1252 && byte >= 0x80 && byte < 0xA0)
      code = windows_1252[byte - 0x80];
    if (code == 0 && byte != 0)
      to[made++] = (char)byte; /* a continuation without a start: no UTF-8 */
    else
      made += text_encode(code, to + made);
  }
  *ret_taken = taken;
  *ret_made = made;
}

static bool is_high(uint32_t unit)
{
  return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low(uint32_t unit)
{
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

/* A half of a pair that stands alone becomes the three bytes of its code, a last odd byte two bytes that start with
 * 0xF8 to 0xFB: neither is UTF-8. */
static void decode_utf16(bool is_little, const unsigned char *from, size_t from_length, bool at_end, char *to,
                         size_t to_length, size_t *ret_taken, size_t *ret_made)
{
  size_t taken = 0, made = 0;
  size_t low_byte = is_little ? 0 : 1;
  while (taken < from_length && to_length - made >= ENCODING_LARGEST) {
    const unsigned char *p = from + taken;
    size_t left = from_length - taken;
    if (left == 1) {
      if (!at_end)
        break;
      to[made++] = (char)(0xF8 | p[0] >> 6);
      to[made++] = (char)(0x80 | (p[0] & 0x3F));
      taken++;
      continue;
    }
    uint32_t unit = (uint32_t)p[low_byte] | (uint32_t)p[1 - low_byte] << 8;
    if (is_high(unit) && left < 4 && !at_end)
      break;
    uint32_t next = is_high(unit) && left >= 4 ? (uint32_t)p[2 + low_byte] | (uint32_t)p[3 - low_byte] << 8 : 0;
    bool is_pair = is_low(next);
    made += text_encode(is_pair ? 0x10000 + ((unit - 0xD800) << 10) + (next - 0xDC00) : unit, to + made);
    taken += is_pair ? 4 : 2;
  }
  *ret_taken = taken;
  *ret_made = made;
}

void encoding_decode(enum encoding encoding, const unsigned char *from, size_t from_length, bool at_end, char *to,
                     size_t to_length, size_t *ret_taken, size_t *ret_made)
{
  if (encoding == ENCODING_UTF16LE || encoding == ENCODING_UTF16BE)
    decode_utf16(encoding == ENCODING_UTF16LE, from, from_length, at_end, to, to_length, ret_taken, ret_made);
  else
    decode_bytes(encoding, from, from_length, to, to_length, ret_taken, ret_made);
}

uint64_t encoding_length(enum encoding encoding, const char *data, size_t length)
{
  if (encoding == ENCODING_UTF8)
    return length;
  uint64_t total = 0;
  bool is_wide = encoding == ENCODING_UTF16LE || encoding == ENCODING_UTF16BE;
  if (!is_wide) {
    for (size_t i = 0; i < length;
         i++) { /* a bad byte follows a whole sequence, so that it is seen as one of its own */
      unsigned char byte = (unsigned char)data[i];
      if (byte >= 0xE0)
        i += 2;
      else if (byte >= 0xC0)
        i++;
      total++;
    }
    return total;
  }
  for (size_t i = 0; i < length; i++) {
    unsigned char byte = (unsigned char)data[i];
    if (byte < 0x80 || (byte >= 0xC0 && byte < 0xF0))
      total += 2;
    else if (byte >= 0xF8)
      total += 1;
    else if (byte >= 0xF0)
      total += 4;
  }
  return total;
}

size_t encoding_original(enum encoding encoding, struct text text, unsigned char ret_bytes[4], size_t *ret_length)
{
  const unsigned char *p = (const unsigned char *)text.data;
  *ret_length = 1;
  ret_bytes[0] = p[0];
  if (encoding != ENCODING_UTF16LE && encoding != ENCODING_UTF16BE)
    return 1;
  if (p[0] >= 0xF8 && text.length >= 2) {
    *ret_length = 2;
    ret_bytes[0] = (unsigned char)((p[0] & 3) << 6 | (p[1] & 0x3F));
    return 1;
  }
  if (text.length < 3)
    return 1;
  unsigned unit = (unsigned)(p[0] & 0x0F) << 12 | (unsigned)(p[1] & 0x3F) << 6 | (p[2] & 0x3F);
  size_t low_byte = encoding == ENCODING_UTF16LE ? 0 : 1;
  *ret_length = 3;
  ret_bytes[low_byte] = (unsigned char)(unit & 0xFF);
  ret_bytes[1 - low_byte] = (unsigned char)(unit >> 8);
  return 2;
}
