/* JSON read and written again as Jackson does (JsonGenerator.copyCurrentStructure). */
#include "value/json_copy.h"

#include "value/cast.h"

#include <math.h>

void json_add_quoted(struct text_buffer *out, struct text text)
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
    else
      text_buffer_add_char(out, (char)c);
  }
  text_buffer_add_char(out, '"');
}

void json_add_plain(const struct json_reader *reader, struct text_buffer *out)
{
  if (reader->has_escapes)
    json_unescape(reader->raw, out);
  else
    text_buffer_add_text(out, reader->raw);
}

static void add_string(const struct json_reader *reader, struct text_buffer *out)
{
  SCOPED(text_buffer_done) struct text_buffer plain = { 0 };
  if (!reader->has_escapes) {
    json_add_quoted(out, reader->raw); /* single quotes may have held double ones */
    return;
  }
  json_unescape(reader->raw, &plain);
  json_add_quoted(out, text_buffer_text(&plain));
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
static void add_token(const struct json_reader *reader, enum json_token token, struct text_buffer *out)
{
  static const char *const words[] = {
    [JSON_OBJECT_START] = "{", [JSON_OBJECT_END] = "}", [JSON_ARRAY_START] = "[", [JSON_ARRAY_END] = "]",
    [JSON_TRUE] = "true",      [JSON_FALSE] = "false",  [JSON_NULL] = "null",
  };
  if (token == JSON_NAME || token == JSON_STRING)
    add_string(reader, out);
  else if (token == JSON_NUMBER)
    add_number(reader->raw, out);
  else
    text_buffer_add_string(out, words[token]);
  if (token == JSON_NAME)
    text_buffer_add_char(out, ':');
}

bool json_copy(struct json_reader *reader, enum json_token token, struct text_buffer *out)
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
    add_token(reader, token, out);
    needs_comma = !is_start && token != JSON_NAME;
    depth += is_start;
    depth -= is_end;
    if (depth == 0)
      return true;
  }
}
