/* What a database of gold tables refuses in a value: asked of every row in the stage, so that one such value is
 * quarantined instead of ending the run. */
#include "duckdb/functions/gold.h"

#include "duckdb/functions/internal.h"
#include "value/json.h"

#include <iconv.h>
#include <stdlib.h>

/* the characters of an encoding */

enum { FIRST_CHECKED = 0x80, END_CHECKED = 0x30000 /* no encoding of a server but UTF-8 goes beyond */ };

/* A bit each: whether the server's encoding has the character. */
struct characters {
  bool takes_all;
  unsigned char bits[END_CHECKED / 8];
};

/* PostgreSQL's names of what a server may keep its texts in, as iconv knows them. */
static const struct {
  const char *server, *iconv;
} encodings[] = {
  { "LATIN1", "ISO-8859-1" },     { "LATIN2", "ISO-8859-2" },
  { "LATIN3", "ISO-8859-3" },     { "LATIN4", "ISO-8859-4" },
  { "LATIN5", "ISO-8859-9" },     { "LATIN6", "ISO-8859-10" },
  { "LATIN7", "ISO-8859-13" },    { "LATIN8", "ISO-8859-14" },
  { "LATIN9", "ISO-8859-15" },    { "LATIN10", "ISO-8859-16" },
  { "ISO_8859_5", "ISO-8859-5" }, { "ISO_8859_6", "ISO-8859-6" },
  { "ISO_8859_7", "ISO-8859-7" }, { "ISO_8859_8", "ISO-8859-8" },
  { "WIN1250", "CP1250" },        { "WIN1251", "CP1251" },
  { "WIN1252", "CP1252" },        { "WIN1253", "CP1253" },
  { "WIN1254", "CP1254" },        { "WIN1255", "CP1255" },
  { "WIN1256", "CP1256" },        { "WIN1257", "CP1257" },
  { "WIN1258", "CP1258" },        { "WIN866", "CP866" },
  { "WIN874", "CP874" },          { "KOI8R", "KOI8-R" },
  { "KOI8U", "KOI8-U" },          { "EUC_JP", "EUC-JP" },
  { "EUC_CN", "EUC-CN" },         { "EUC_KR", "EUC-KR" },
  { "EUC_TW", "EUC-TW" },         { "EUC_JIS_2004", "EUC-JISX0213" },
};

static void find_characters(iconv_t converter, struct characters *characters)
{
  for (uint32_t c = FIRST_CHECKED; c < END_CHECKED; c++) {
    char out[16], *to = out;
    char in[4] = { (char)(c & 0xff), (char)(c >> 8 & 0xff), (char)(c >> 16), 0 };
    char *from = in;
    size_t n_in = sizeof(in), n_out = sizeof(out);
    iconv(converter, NULL, NULL, NULL, NULL);
    if ((c < 0xd800 || c > 0xdfff) && iconv(converter, &from, &n_in, &to, &n_out) == 0 && n_in == 0)
      characters->bits[c / 8] |= (unsigned char)(1U << c % 8);
  }
}

/* An encoding that is not known here takes all; the server then says what it does not take. */
static bool compile_characters(struct text source, void **ret_object, struct error *err)
{
  (void)err;
  struct characters *characters = checked_malloc(sizeof(*characters));
  *characters = (struct characters){ .takes_all = !text_equal(source, TEXT("ASCII")) };
  for (size_t i = 0; i < ARRAY_LENGTH(encodings); i++) {
    if (!text_equal(source, text_from(encodings[i].server)))
      continue;
    iconv_t converter = iconv_open(encodings[i].iconv, "UTF-32LE");
    if (converter == (iconv_t)-1) /* NOLINT(performance-no-int-to-ptr): that is how iconv says it */
      break;
    characters->takes_all = false;
    find_characters(converter, characters);
    iconv_close(converter);
    break;
  }
  *ret_object = characters;
  return true;
}

static const struct compiler characters_compiler = { .compile = compile_characters, .release = free };

static bool has_character(const struct characters *characters, uint32_t c)
{
  return c < FIRST_CHECKED || characters->takes_all || (c < END_CHECKED && (characters->bits[c / 8] >> c % 8 & 1) != 0);
}

/* Every text is valid UTF-8. */
static uint32_t next_character(struct text text, size_t *at)
{
  unsigned char lead = (unsigned char)text.data[*at];
  size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  static const unsigned char masks[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
  uint32_t c = lead & masks[length];
  for (size_t i = 1; i < length && *at + i < text.length; i++)
    c = c << 6 | ((unsigned char)text.data[*at + i] & 0x3f);
  *at += length;
  return c;
}

static bool has_characters(const struct characters *characters, struct text text)
{
  for (size_t at = 0; at < text.length;)
    if (!has_character(characters, next_character(text, &at)))
      return false;
  return true;
}

static bool fits_encoding(struct udf_call *call, size_t row)
{
  const struct characters *characters = udf_compiled(call, &characters_compiler, arg_text(call, 1, row));
  return return_boolean(call, row, characters == NULL || has_characters(characters, arg_text(call, 0, row)));
}

/* JSON */

struct json_limits {
  bool is_postgresql;
  const struct characters *raw, *escaped; /* NULL: all */
};

/* Whether nothing but what every database takes can stand in a JSON text: no escape, no long number, no exponent, no
 * word but true, false and null. Nearly all of them; the others are read token by token. */
static bool is_harmless(struct text json)
{
  enum { LONGEST = 16000 }; /* past it a number may have more digits than PostgreSQL's hold */
  if (json.length > LONGEST)
    return false;
  for (size_t i = 0; i < json.length; i++) {
    char c = json.data[i];
    if (c == '\\' || (c >= 'A' && c <= 'Z') || ((c == 'e') && i > 0 && (char_is_digit(json.data[i - 1]))))
      return false;
    if (c != '"')
      continue;
    for (i++; i < json.length && json.data[i] != '"'; i++)
      if (json.data[i] == '\\')
        return false;
  }
  return true;
}

/* As PostgreSQL's numeric holds them: up to 131072 digits before the point, and 16383 behind it. */
static bool is_numeric(struct text number)
{
  enum { MOST_WHOLE = 131072, MOST_FRACTION = 16383, MOST_EXPONENT = 1000000 };
  size_t at = number.length > 0 && number.data[0] == '-' ? 1 : 0;
  long whole = 0, fraction = 0, leading = 0, exponent = 0;
  bool is_zero = true;
  for (; at < number.length && char_is_digit(number.data[at]); at++) {
    is_zero = is_zero && number.data[at] == '0';
    whole += is_zero ? 0 : 1;
  }
  if (at < number.length && number.data[at] == '.')
    for (at++; at < number.length && char_is_digit(number.data[at]); at++, fraction++) {
      is_zero = is_zero && number.data[at] == '0';
      leading += is_zero ? 1 : 0;
    }
  if (at < number.length) { /* the letter e */
    at++;
    bool is_negative = at < number.length && number.data[at] == '-';
    at += at < number.length && !char_is_digit(number.data[at]) ? 1 : 0;
    for (; at < number.length && exponent < MOST_EXPONENT; at++)
      exponent = exponent * 10 + (number.data[at] - '0');
    exponent = is_negative ? -exponent : exponent;
  }
  long magnitude = (whole > 0 ? whole : -leading) + exponent;
  return fraction - exponent <= MOST_FRACTION && exponent < MOST_EXPONENT && (is_zero || magnitude <= MOST_WHOLE);
}

static bool read_unit(struct text raw, size_t at, uint32_t *ret_unit)
{
  *ret_unit = 0;
  if (at + 6 > raw.length || raw.data[at] != '\\' || raw.data[at + 1] != 'u')
    return false;
  for (size_t i = 2; i < 6; i++)
    *ret_unit = *ret_unit << 4 | (uint32_t)hex_digit(raw.data[at + i]);
  return true;
}

/* A name or string, as written between its quotes. */
static enum gold_fault find_text_fault(const struct json_limits *limits, struct text raw)
{
  if (limits->raw != NULL && !has_characters(limits->raw, raw))
    return GOLD_FAULT_ENCODING;
  for (size_t at = 0; limits->is_postgresql && at < raw.length; at++) {
    uint32_t unit, low;
    if (raw.data[at] != '\\')
      continue;
    if (!read_unit(raw, at, &unit)) {
      at++; /* what is escaped may be a backslash */
      continue;
    }
    if (unit == 0)
      return GOLD_FAULT_NUL;
    at += 5;
    if (unit >= 0xd800 && unit <= 0xdfff) {
      if (unit > 0xdbff || !read_unit(raw, at + 1, &low) || low < 0xdc00 || low > 0xdfff)
        return GOLD_FAULT_JSON;
      unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
      at += 6;
    }
    if (limits->escaped != NULL && !has_character(limits->escaped, unit))
      return GOLD_FAULT_ENCODING;
  }
  return GOLD_FAULT_NONE;
}

static enum gold_fault find_json_fault(const struct json_limits *limits, struct text json)
{
  struct json_reader reader;
  enum gold_fault fault = GOLD_FAULT_NONE;
  json_start(&reader, json, JSON_STRICT, false);
  while (fault == GOLD_FAULT_NONE) {
    enum json_token token = json_next(&reader);
    if (token == JSON_END)
      return GOLD_FAULT_NONE;
    if (token == JSON_INVALID)
      return GOLD_FAULT_JSON;
    if (token == JSON_STRING || token == JSON_NAME)
      fault = find_text_fault(limits, reader.raw);
    if (token == JSON_NUMBER && limits->is_postgresql && !is_numeric(reader.raw))
      fault = GOLD_FAULT_JSON;
  }
  return fault;
}

/* crisol_json_fault(text, encoding of the server's texts; "" in a DuckDB file) */
static bool json_fault(struct udf_call *call, size_t row)
{
  struct text json = arg_text(call, 0, row), encoding = arg_text(call, 1, row);
  struct json_limits limits = { .is_postgresql = encoding.length > 0 };
  bool is_ascii = text_equal(encoding, TEXT("SQL_ASCII")); /* keeps any bytes, and knows no other character */
  if (limits.is_postgresql && !text_equal(encoding, TEXT("UTF8")))
    limits.escaped = udf_compiled(call, &characters_compiler, is_ascii ? TEXT("ASCII") : encoding);
  limits.raw = is_ascii ? NULL : limits.escaped;
  if (limits.raw == NULL && is_harmless(json))
    return return_int(call, row, GOLD_FAULT_NONE);
  return return_int(call, row, (int32_t)find_json_fault(&limits, json));
}

static const struct udf rows[] = {
  { .name = "crisol_fits_encoding", .signature = "string string > boolean", .each = fits_encoding },
  { .name = "crisol_json_fault", .signature = "string string > int", .each = json_fault },
};

UDF_FAMILY(gold_udfs, rows);
