/* The tokenizer: a state machine that says at each place what may come next, so that a reader needs no recursion. */
#include "value/json.h"

#include <endian.h>

enum state {
  WANT_VALUE,      /* after '[' ',' or a name, or at the very start */
  WANT_ELEMENT,    /* after '[': a value or ']' */
  WANT_FIRST_NAME, /* after '{': a name or '}' */
  WANT_NAME,       /* after a comma in an object */
  AFTER_VALUE,     /* a comma, or the end of what is open */
  BETWEEN_VALUES,  /* at the top: a value or the end */
  AT_END,          /* at the top: the end */
  BROKEN,          /* JSON_INVALID was returned and is returned again */
};

void json_start(struct json_reader *reader, struct text input, unsigned flags, bool many)
{
  reader->input = input;
  reader->flags = flags;
  reader->at = reader->start = 0;
  reader->raw = (struct text){ 0 };
  reader->has_escapes = false;
  reader->error = NULL;
  reader->depth = 0;
  reader->many = many;
  reader->state = many ? BETWEEN_VALUES : WANT_VALUE;
}

static enum json_token invalid_at(struct json_reader *reader, size_t at, const char *expected)
{
  reader->at = at;
  reader->error = expected;
  reader->state = BROKEN;
  return JSON_INVALID;
}

/* Blanks and comments. */

static bool is_blank(char c)
{
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Where the comment at `at` ends; `at` itself where none starts there, or one is never closed. */
static size_t comment_end(struct text input, size_t at)
{
  if (input.length - at < 2)
    return at;
  const char *start = input.data + at, *end = input.data + input.length;
  if (start[1] == '/') {
    const char *line_end = start;
    while (line_end < end && *line_end != '\n' && *line_end != '\r')
      line_end++;
    return (size_t)(line_end - input.data);
  }
  const char *close = start[1] == '*' ? memmem(start + 2, (size_t)(end - start - 2), "*/", 2) : NULL;
  return close == NULL ? at : (size_t)(close - input.data) + 2;
}

static bool skip_blanks_and_comments(struct json_reader *reader)
{
  struct text input = reader->input;
  size_t at = reader->at;
  for (;;) {
    while (at < input.length && is_blank(input.data[at]))
      at++;
    bool is_comment = at < input.length && input.data[at] == '/' && (reader->flags & JSON_ALLOW_COMMENTS) != 0;
    size_t end = is_comment ? comment_end(input, at) : at;
    if (end == at)
      break;
    at = end;
  }
  reader->at = at;
  return at < input.length;
}

/* Moves to the next byte that is no blank and no comment; false at the end of the input. */
static inline bool skip_blanks(struct json_reader *reader)
{
  size_t at = reader->at;
  if (at < reader->input.length && (unsigned char)reader->input.data[at] > ' ' && reader->input.data[at] != '/')
    return true;
  return skip_blanks_and_comments(reader);
}

/* Strings and names. */

/* The high bit of each byte of `word` that is less than `limit`, at most 128; of those behind the first one of them
 * some more. */
static inline uint64_t bytes_below(uint64_t word, unsigned char limit)
{
  return (word - UINT64_C(0x0101010101010101) * limit) & ~word & UINT64_C(0x8080808080808080);
}

/* The next quote, backslash or control character from `at` on, eight bytes at a time where there are as many. */
static inline size_t find_special(struct text input, size_t at, char quote)
{
  const uint64_t ones = UINT64_C(0x0101010101010101);
  for (; input.length - at >= sizeof(uint64_t); at += sizeof(uint64_t)) {
    uint64_t word;
    memcpy(&word, input.data + at, sizeof(word));
    word = le64toh(word);
    uint64_t found = bytes_below(word ^ ones * (unsigned char)quote, 1) | bytes_below(word ^ ones * '\\', 1) |
                     bytes_below(word, 0x20);
    if (found != 0)
      return at + (size_t)__builtin_ctzll(found) / 8;
  }
  while (at < input.length && input.data[at] != quote && input.data[at] != '\\' &&
         (unsigned char)input.data[at] >= 0x20)
    at++;
  return at;
}

/* The four digits after \u at `at`; -1 where they are not four. */
static int32_t read_unit(struct text text, size_t at)
{
  if (text.length < at || text.length - at < 4)
    return -1;
  int32_t unit = 0;
  for (size_t i = 0; i < 4; i++) {
    int digit = hex_digit(text.data[at + i]);
    if (digit < 0)
      return -1;
    unit = unit << 4 | digit;
  }
  return unit;
}

/* Length of the escape at the backslash at `at`, 0 where it is none. */
static size_t escape_length(const struct json_reader *reader, size_t at)
{
  struct text input = reader->input;
  if (input.length - at < 2)
    return 0;
  switch (input.data[at + 1]) {
  case 'u':
    return read_unit(input, at + 2) < 0 ? 0 : 6;
  case '\'':
    return (reader->flags & JSON_ALLOW_SINGLE_QUOTES) != 0 ? 2 : 0;
  case '"':
  case '\\':
  case '/':
  case 'b':
  case 'f':
  case 'n':
  case 'r':
  case 't':
    return 2;
  default:
    return 0;
  }
}

/* A string from its opening quote on; `raw` is what lies between the quotes. */
static enum json_token read_string(struct json_reader *reader, enum json_token token)
{
  struct text input = reader->input;
  char quote = input.data[reader->at];
  size_t start = reader->at + 1, at = start;
  reader->has_escapes = false;
  for (;;) {
    at = find_special(input, at, quote);
    if (at == input.length)
      return invalid_at(reader, reader->start, "a string that ends in a quote");
    if (input.data[at] == quote)
      break;
    if (input.data[at] != '\\')
      return invalid_at(reader, at, "no control character inside a string (\\n, \\t or \\u00XX stand for them)");
    size_t length = escape_length(reader, at);
    if (length == 0)
      return invalid_at(reader, at, "one of the escapes \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX");
    reader->has_escapes = true;
    at += length;
  }
  reader->raw = (struct text){ input.data + start, at - start };
  reader->at = at + 1;
  return token;
}

static bool is_quote(const struct json_reader *reader, char c)
{
  return c == '"' || (c == '\'' && (reader->flags & JSON_ALLOW_SINGLE_QUOTES) != 0);
}

/* The characters that Jackson, and so Spark, takes in a name without quotes. */
static bool is_name_character(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80 ||
         (c != '\0' && strchr("_$@#*-+", c) != NULL);
}

static enum json_token read_unquoted_name(struct json_reader *reader)
{
  struct text input = reader->input;
  size_t at = reader->at;
  while (at < input.length && is_name_character(input.data[at]))
    at++;
  if (at == reader->at)
    return invalid_at(reader, at, "a name");
  reader->raw = (struct text){ input.data + reader->at, at - reader->at };
  reader->has_escapes = false;
  reader->at = at;
  return JSON_NAME;
}

/* A name and its colon. */
static enum json_token read_name(struct json_reader *reader)
{
  enum json_token token = JSON_NAME;
  if (is_quote(reader, reader->input.data[reader->at]))
    token = read_string(reader, JSON_NAME);
  else if ((reader->flags & JSON_ALLOW_UNQUOTED_NAMES) != 0)
    token = read_unquoted_name(reader);
  else
    return invalid_at(reader, reader->at, "a name in double quotes");
  if (token == JSON_INVALID)
    return token;
  if (!skip_blanks(reader) || reader->input.data[reader->at] != ':')
    return invalid_at(reader, reader->at, "':' after a name");
  reader->at++;
  reader->state = WANT_VALUE;
  return JSON_NAME;
}

/* Values. */

static void after_value(struct json_reader *reader)
{
  reader->state = reader->depth > 0 ? AFTER_VALUE : reader->many ? BETWEEN_VALUES : AT_END;
}

static size_t skip_digits(struct text input, size_t at)
{
  while (at < input.length && input.data[at] >= '0' && input.data[at] <= '9')
    at++;
  return at;
}

static bool is_one_of(struct text input, size_t at, char a, char b)
{
  return at < input.length && (input.data[at] == a || input.data[at] == b);
}

/* End of a number: -?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]+)? ; 0 where there is none at `at`. */
static size_t number_end(struct text input, size_t at)
{
  at += input.data[at] == '-' ? 1 : 0;
  size_t digits = skip_digits(input, at);
  if (digits == at || (input.data[at] == '0' && digits > at + 1))
    return 0;
  at = digits;
  if (is_one_of(input, at, '.', '.')) {
    digits = skip_digits(input, at + 1);
    if (digits == at + 1)
      return 0;
    at = digits;
  }
  if (is_one_of(input, at, 'e', 'E')) {
    at += is_one_of(input, at + 1, '+', '-') ? 2 : 1;
    digits = skip_digits(input, at);
    return digits == at ? 0 : digits;
  }
  return at;
}

/* A number or a word: ends where no letter, digit or point follows ("1x", "truefalse" are none). */
static enum json_token end_scalar(struct json_reader *reader, size_t end, enum json_token token, const char *expected)
{
  struct text input = reader->input;
  char next = end < input.length ? input.data[end] : ',';
  bool is_ended = next == ',' || next == '}' || next == ']' || !(is_name_character(next) || next == '.');
  if (end == 0 || !is_ended)
    return invalid_at(reader, reader->start, expected);
  reader->raw = (struct text){ input.data + reader->start, end - reader->start };
  reader->at = end;
  after_value(reader);
  return token;
}

static const struct text non_numbers[] = { { "NaN", 3 },       { "Infinity", 8 }, { "+Infinity", 9 },
                                           { "-Infinity", 9 }, { "+INF", 4 },     { "-INF", 4 } };

bool json_is_non_number(struct text raw)
{
  if (raw.length > 0 && char_is_digit(raw.data[raw.length - 1])) /* they are words */
    return false;
  for (size_t i = 0; i < ARRAY_LENGTH(non_numbers); i++)
    if (text_equal(raw, non_numbers[i]))
      return true;
  return false;
}

/* 0 where there is none at the reader's place. */
static size_t non_number_end(const struct json_reader *reader)
{
  struct text rest = { reader->input.data + reader->at, reader->input.length - reader->at };
  for (size_t i = 0; (reader->flags & JSON_ALLOW_NON_NUMBERS) != 0 && i < ARRAY_LENGTH(non_numbers); i++)
    if (text_starts_with(rest, non_numbers[i]))
      return reader->at + non_numbers[i].length;
  return 0;
}

static enum json_token read_word(struct json_reader *reader)
{
  struct text rest = { reader->input.data + reader->at, reader->input.length - reader->at };
  if (rest.data[0] == 'n' && text_starts_with(rest, TEXT("null")))
    return end_scalar(reader, reader->at + 4, JSON_NULL, "a value");
  if (rest.data[0] == 't' && text_starts_with(rest, TEXT("true")))
    return end_scalar(reader, reader->at + 4, JSON_TRUE, "a value");
  if (rest.data[0] == 'f' && text_starts_with(rest, TEXT("false")))
    return end_scalar(reader, reader->at + 5, JSON_FALSE, "a value");
  return invalid_at(reader, reader->at, "a value");
}

static bool is_in_object(const struct json_reader *reader)
{
  size_t level = reader->depth - 1;
  return (reader->stack[level / 8] >> (level % 8) & 1) != 0;
}

static enum json_token open_nested(struct json_reader *reader, bool is_object)
{
  if (reader->depth == JSON_MAX_DEPTH)
    return invalid_at(reader, reader->at, "no more than 1000 levels of nesting");
  size_t level = reader->depth++;
  unsigned bit = 1U << (level % 8);
  unsigned byte = level % 8 == 0 ? 0 : reader->stack[level / 8] & (bit - 1);
  reader->stack[level / 8] = (unsigned char)(byte | (is_object ? bit : 0));
  reader->at++;
  reader->state = is_object ? WANT_FIRST_NAME : WANT_ELEMENT;
  return is_object ? JSON_OBJECT_START : JSON_ARRAY_START;
}

static enum json_token close_nested(struct json_reader *reader)
{
  bool is_object = is_in_object(reader);
  reader->at++;
  reader->depth--;
  after_value(reader);
  return is_object ? JSON_OBJECT_END : JSON_ARRAY_END;
}

static enum json_token read_value(struct json_reader *reader)
{
  char c = reader->input.data[reader->at];
  if (c == '{' || c == '[')
    return open_nested(reader, c == '{');
  if (is_quote(reader, c)) {
    enum json_token token = read_string(reader, JSON_STRING);
    if (token != JSON_INVALID)
      after_value(reader);
    return token;
  }
  size_t non_number = char_is_digit(c) ? 0 : non_number_end(reader);
  if (non_number > 0)
    return end_scalar(reader, non_number, JSON_NUMBER, "a value");
  if (c == '-' || char_is_digit(c))
    return end_scalar(reader, number_end(reader->input, reader->at), JSON_NUMBER, "a number as JSON writes it");
  return read_word(reader);
}

/* After a value inside an object or an array. */
static enum json_token read_separator(struct json_reader *reader)
{
  bool is_object = is_in_object(reader);
  char c = reader->input.data[reader->at];
  if (c == (is_object ? '}' : ']'))
    return close_nested(reader);
  if (c != ',')
    return invalid_at(reader, reader->at, is_object ? "',' or '}'" : "',' or ']'");
  reader->at++;
  reader->state = is_object ? WANT_NAME : WANT_VALUE;
  return json_next(reader);
}

static enum json_token at_input_end(struct json_reader *reader)
{
  static const char *const expected[] = {
    [WANT_VALUE] = "a value",
    [WANT_ELEMENT] = "a value or ']'",
    [WANT_FIRST_NAME] = "a name or '}'",
    [WANT_NAME] = "a name",
  };
  if (reader->state == BETWEEN_VALUES || reader->state == AT_END)
    return JSON_END;
  if (reader->state == AFTER_VALUE)
    return invalid_at(reader, reader->at, is_in_object(reader) ? "',' or '}'" : "',' or ']'");
  return invalid_at(reader, reader->at, expected[reader->state]);
}

enum json_token json_next(struct json_reader *reader)
{
  if (reader->state == BROKEN)
    return JSON_INVALID;
  bool has_more = skip_blanks(reader);
  reader->start = reader->at;
  if (!has_more)
    return at_input_end(reader);
  char c = reader->input.data[reader->at];
  switch ((enum state)reader->state) {
  case WANT_ELEMENT:
    return c == ']' ? close_nested(reader) : read_value(reader);
  case WANT_FIRST_NAME:
    return c == '}' ? close_nested(reader) : read_name(reader);
  case WANT_NAME:
    return read_name(reader);
  case AFTER_VALUE:
    return read_separator(reader);
  case AT_END:
    return invalid_at(reader, reader->at, "nothing after the value");
  default:
    return read_value(reader);
  }
}

bool json_skip(struct json_reader *reader, enum json_token token)
{
  if (token == JSON_NAME)
    token = json_next(reader);
  if (token == JSON_INVALID || token == JSON_END || token == JSON_OBJECT_END || token == JSON_ARRAY_END)
    return false;
  if (token != JSON_OBJECT_START && token != JSON_ARRAY_START)
    return true;
  size_t outside = reader->depth - 1;
  while (reader->depth > outside)
    if (json_next(reader) == JSON_INVALID)
      return false;
  return true;
}

/* Unescaping. */

/* Adds what \u at `at` stands for, a pair of surrogates as one; returns the bytes taken. */
static size_t add_unit(struct text raw, size_t at, struct text_buffer *out, bool *ret_is_whole)
{
  int32_t unit = read_unit(raw, at + 2);
  if (unit < 0xD800 || unit > 0xDFFF) {
    text_buffer_add_utf8(out, unit < 0 ? 0xFFFD : (uint32_t)unit);
    return unit < 0 ? 2 : 6;
  }
  bool may_pair = unit <= 0xDBFF && raw.length - at >= 12 && raw.data[at + 6] == '\\' && raw.data[at + 7] == 'u';
  int32_t low = may_pair ? read_unit(raw, at + 8) : -1;
  if (low >= 0xDC00 && low <= 0xDFFF) {
    text_buffer_add_utf8(out, 0x10000 + ((uint32_t)(unit - 0xD800) << 10) + (uint32_t)(low - 0xDC00));
    return 12;
  }
  text_buffer_add_utf8(out, 0xFFFD);
  *ret_is_whole = false;
  return 6;
}

bool json_unescape(struct text raw, struct text_buffer *out)
{
  static const char letters[] = "bfnrt", meant[] = "\b\f\n\r\t";
  bool is_whole = true;
  text_buffer_reserve(out, raw.length);
  for (size_t at = 0; at < raw.length;) {
    const char *escape = memchr(raw.data + at, '\\', raw.length - at);
    size_t plain = escape == NULL ? raw.length - at : (size_t)(escape - raw.data) - at;
    text_buffer_add(out, raw.data + at, plain);
    at += plain;
    if (raw.length - at < 2)
      break;
    char c = raw.data[at + 1];
    if (c == 'u') {
      at += add_unit(raw, at, out, &is_whole);
      continue;
    }
    const char *letter = strchr(letters, c);
    text_buffer_add_char(out, letter == NULL || c == '\0' ? c : meant[letter - letters]);
    at += 2;
  }
  return is_whole;
}
