/* JSON read and written again as Jackson does (JsonGenerator.copyCurrentStructure). */
#include "value/json_copy.h"

#include "value/cast.h"

#include <math.h>

/* Four bytes of UTF-8 as the two units of UTF-16 that Java has of them. */
static void add_surrogates(struct text_buffer *out, const char *bytes)
{
  uint32_t code_point = ((unsigned char)bytes[0] & 7u) << 18 | ((unsigned char)bytes[1] & 63u) << 12 |
                        ((unsigned char)bytes[2] & 63u) << 6 | ((unsigned char)bytes[3] & 63u);
  uint32_t rest = code_point - 0x10000;
  text_buffer_printf(out, "\\u%04X\\u%04X", 0xD800u | rest >> 10, 0xDC00u | (rest & 0x3FF));
}

/* `escapes_wide`: Jackson writes what is past U+FFFF as an escape where it writes bytes, as json_copy's callers have
 * it. */
static void add_quoted(struct text_buffer *out, struct text text, bool escapes_wide)
{
  static const char *const short_forms[] = {
    ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n", ['\f'] = "\\f", ['\r'] = "\\r"
  };
  text_buffer_add_char(out, '"');
  for (size_t i = 0; i < text.length; i++) {
    unsigned char c = (unsigned char)text.data[i];
    if (c == '"' || c == '\\')
      text_buffer_printf(out, "\\%c", c);
    else if (c < ARRAY_LENGTH(short_forms) && short_forms[c] != NULL)
      text_buffer_add_string(out, short_forms[c]);
    else if (c < 0x20)
      text_buffer_printf(out, "\\u%04X", c);
    else if (escapes_wide && c >= 0xF0 && i + 3 < text.length) {
      add_surrogates(out, text.data + i);
      i += 3;
    } else
      text_buffer_add_char(out, (char)c);
  }
  text_buffer_add_char(out, '"');
}

void json_add_quoted(struct text_buffer *out, struct text text)
{
  add_quoted(out, text, false);
}

void json_add_plain(const struct json_reader *reader, struct text_buffer *out)
{
  if (reader->has_escapes)
    json_unescape(reader->raw, out);
  else
    text_buffer_add_text(out, reader->raw);
}

static void add_string(const struct json_reader *reader, bool escapes_wide, struct text_buffer *out)
{
  SCOPED(text_buffer_done) struct text_buffer plain = { 0 };
  if (!reader->has_escapes) {
    add_quoted(out, reader->raw, escapes_wide); /* single quotes may have held double ones */
    return;
  }
  json_unescape(reader->raw, &plain);
  add_quoted(out, text_buffer_text(&plain), escapes_wide);
}

static void add_number(struct text text, struct text_buffer *out)
{
  double value = 0;
  bool is_whole = true;
  if (json_is_non_number(text)) {
    json_add_quoted(out, text);
    return;
  }
  for (size_t i = 0; i < text.length && is_whole; i++)
    is_whole = text.data[i] != '.' && (text.data[i] | 32) != 'e';
  if (is_whole) {
    text_buffer_add_text(out, text_equal(text, TEXT("-0")) ? TEXT("0") : text);
    return;
  }
  if (!text_to_double(text, &value))
    BUG("a number of JSON is no number");
  if (isinf(value))
    text_buffer_add_string(out, value < 0 ? "\"-Infinity\"" : "\"Infinity\"");
  else
    double_add_text(value, out);
}

/* One token, but for what separates it from its neighbours. */
static void add_token(const struct json_reader *reader, enum json_token token, bool escapes_wide,
                      struct text_buffer *out)
{
  static const char *const words[] = {
    [JSON_OBJECT_START] = "{", [JSON_OBJECT_END] = "}", [JSON_ARRAY_START] = "[", [JSON_ARRAY_END] = "]",
    [JSON_TRUE] = "true",      [JSON_FALSE] = "false",  [JSON_NULL] = "null",
  };
  if (token == JSON_NAME || token == JSON_STRING)
    add_string(reader, escapes_wide, out);
  else if (token == JSON_NUMBER)
    add_number(reader->raw, out);
  else
    text_buffer_add_string(out, words[token]);
  if (token == JSON_NAME)
    text_buffer_add_char(out, ':');
}

bool json_copy(struct json_reader *reader, enum json_token token, bool escapes_wide, struct text_buffer *out)
{
  size_t depth = 0; /* of what was opened here */
  bool needs_comma = false;
  for (;; token = json_next(reader)) {
    if (token == JSON_INVALID || token == JSON_END)
      return false;
    bool is_start = token == JSON_OBJECT_START || token == JSON_ARRAY_START;
    bool is_end = token == JSON_OBJECT_END || token == JSON_ARRAY_END;
    if (needs_comma && !is_end)
      text_buffer_add_char(out, ',');
    add_token(reader, token, escapes_wide, out);
    needs_comma = !is_start && token != JSON_NAME;
    depth += is_start;
    depth -= is_end;
    if (depth == 0)
      return true;
  }
}
