#include "reader/json_record.h"
#include "reader/json_tokens.h"

#include <stdlib.h>

enum { NAMES_COMPARED = 64 }; /* in a larger nested object equal keys are left to json_compact_any */

struct parser {
  const char *at, *end;
  unsigned flags;
  size_t depth;
  struct json_scratch *scratch;
  bool is_irregular;
  bool is_too_deep;
  bool has_lone_surrogate;
};

struct value {
  struct text text;
  enum reader_kind kind;
  bool has_escapes;
};

void json_scratch_done(struct json_scratch *scratch)
{
  free(scratch->members);
  free(scratch->names);
  free(scratch->guesses);
  text_buffer_done(&scratch->buffer);
  json_places_done(&scratch->places);
  *scratch = (struct json_scratch){ 0 };
}

static bool skip_comment(struct parser *parser)
{
  const char *at = parser->at, *end = parser->end;
  if (end - at < 2)
    return false;
  if (at[1] == '/') {
    while (at < end && *at != '\n' && *at != '\r')
      at++;
    parser->at = at;
    return true;
  }
  const char *close = at[1] == '*' ? memmem(at + 2, (size_t)(end - at - 2), "*/", 2) : NULL;
  if (close == NULL)
    return false;
  parser->at = close + 2;
  return true;
}

static inline bool is_blank(char c)
{
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Moves to the next byte that is no blank and no comment; false at the end. */
static inline bool skip_blanks(struct parser *parser)
{
  for (;;) {
    while (parser->at < parser->end && is_blank(*parser->at))
      parser->at++;
    if (parser->at == parser->end)
      return false;
    if (*parser->at != '/' || (parser->flags & JSON_ALLOW_COMMENTS) == 0)
      return true;
    if (!skip_comment(parser))
      return true;
  }
}

/* Moves past blanks and `c`; false where something else stands there. */
static inline bool accept(struct parser *parser, char c)
{
  if (!skip_blanks(parser) || *parser->at != c)
    return false;
  parser->at++;
  return true;
}

/* The high bit of each byte of `word` that is zero. */
static inline uint64_t zero_bytes(uint64_t word)
{
  const uint64_t low = UINT64_C(0x7F7F7F7F7F7F7F7F);
  return ~(((word & low) + low) | word | low);
}

/* The next quote, backslash or control character; eight bytes at a time, of which those past `end` are within the
 * block's room. */
static inline const char *find_special(const char *at, const char *end, char quote)
{
  const uint64_t ones = UINT64_C(0x0101010101010101);
  while (at < end) {
    uint64_t word = 0;
    memcpy(&word, at, sizeof(word));
    uint64_t found = zero_bytes(word ^ ones * (unsigned char)quote) | zero_bytes(word ^ ones * '\\') |
                     zero_bytes(word & ones * 0xE0);
    if (found != 0)
      break;
    at += sizeof(word);
  }
  while (at < end && *at != quote && *at != '\\' && (unsigned char)*at >= 0x20)
    at++;
  return at < end ? at : end;
}

/* The four digits of \uXXXX. */
static bool read_hex(const char *at, const char *end, unsigned *ret_unit)
{
  if (end - at < 4)
    return false;
  unsigned unit = 0;
  for (int i = 0; i < 4; i++) {
    char c = at[i];
    unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                     : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                     : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
                                            : 16;
    if (digit == 16)
      return false;
    unit = unit << 4 | digit;
  }
  *ret_unit = unit;
  return true;
}

static bool pass_unicode(struct parser *parser)
{
  unsigned unit = 0, next = 0;
  if (!read_hex(parser->at + 2, parser->end, &unit))
    return false;
  parser->at += 6;
  if (unit < 0xD800 || unit > 0xDFFF)
    return true;
  bool is_pair = unit <= 0xDBFF && parser->end - parser->at >= 6 && parser->at[0] == '\\' && parser->at[1] == 'u' &&
                 read_hex(parser->at + 2, parser->end, &next) && next >= 0xDC00 && next <= 0xDFFF;
  if (is_pair)
    parser->at += 6;
  else
    parser->has_lone_surrogate = true;
  return true;
}

static bool pass_escape(struct parser *parser)
{
  if (parser->end - parser->at < 2)
    return false;
  char c = parser->at[1];
  if (c == 'u')
    return pass_unicode(parser);
  bool allows_single = (parser->flags & JSON_ALLOW_SINGLE_QUOTES) != 0;
  if (c == '\0' || (strchr("\"\\/bfnrt", c) == NULL && !(c == '\'' && allows_single)))
    return false;
  parser->at += 2;
  return true;
}

bool json_has_plain_escapes(struct text string)
{
  struct parser parser = { .at = string.data, .end = string.data + string.length };
  while ((parser.at = memchr(parser.at, '\\', (size_t)(parser.end - parser.at))) != NULL)
    if (!pass_escape(&parser) || parser.has_lone_surrogate)
      return false;
  return true;
}

/* A string; its opening quote is at hand. */
static bool pass_string(struct parser *parser, struct text *ret_text, bool *ret_has_escapes)
{
  char quote = *parser->at++;
  const char *start = parser->at;
  *ret_has_escapes = false;
  for (;;) {
    parser->at = find_special(parser->at, parser->end, quote);
    if (parser->at == parser->end)
      return false;
    if (*parser->at == quote)
      break;
    if (*parser->at != '\\' || !pass_escape(parser))
      return false;
    *ret_has_escapes = true;
  }
  *ret_text = (struct text){ start, (size_t)(parser->at - start) };
  parser->at++;
  return true;
}

static inline const char *skip_digits(const char *at, const char *end)
{
  while (at < end && *at >= '0' && *at <= '9')
    at++;
  return at;
}

/* -?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]+)? */
const char *json_number_end(const char *at, const char *end)
{
  const char *first = at + (at < end && *at == '-' ? 1 : 0);
  const char *next = skip_digits(first, end);
  if (next == first || (*first == '0' && next > first + 1)) /* a zero before digits */
    return at;
  if (next < end && *next == '.') {
    const char *fraction = next + 1;
    next = skip_digits(fraction, end);
    if (next == fraction)
      return at;
  }
  if (next < end && (*next == 'e' || *next == 'E')) {
    const char *exponent = next + 1;
    exponent += exponent < end && (*exponent == '+' || *exponent == '-') ? 1 : 0;
    next = skip_digits(exponent, end);
    if (next == exponent)
      return at;
  }
  return next;
}

static bool pass_number(struct parser *parser, struct text *ret_text)
{
  const char *end = json_number_end(parser->at, parser->end);
  *ret_text = (struct text){ parser->at, (size_t)(end - parser->at) };
  parser->at = end;
  return ret_text->length > 0;
}

static bool pass_word(struct parser *parser, struct text word, struct text *ret_text)
{
  *ret_text = (struct text){ parser->at, word.length };
  if ((size_t)(parser->end - parser->at) < word.length || memcmp(parser->at, word.data, word.length) != 0)
    return false;
  parser->at += word.length;
  return true;
}

/* The characters that Jackson, and so Spark, takes in a name without quotes. */
static bool is_name_character(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80 ||
         (c != '\0' && strchr("_$@#*-+", c) != NULL);
}

static bool pass_name(struct parser *parser, struct text *ret_name, bool *ret_has_escapes)
{
  if (!skip_blanks(parser))
    return false;
  if (*parser->at == '"' || (*parser->at == '\'' && (parser->flags & JSON_ALLOW_SINGLE_QUOTES) != 0))
    return pass_string(parser, ret_name, ret_has_escapes);
  const char *start = parser->at;
  if ((parser->flags & JSON_ALLOW_UNQUOTED_NAMES) == 0)
    return false;
  while (parser->at < parser->end && is_name_character(*parser->at))
    parser->at++;
  *ret_name = (struct text){ start, (size_t)(parser->at - start) };
  *ret_has_escapes = false;
  return parser->at > start;
}

static bool pass_value(struct parser *parser, struct value *ret_value);

bool json_note_name(struct json_scratch *scratch, struct text name, struct json_name_bits *names)
{
  unsigned char ends = name.length == 0 ? 0 : (unsigned char)(name.data[0] * 7 + name.data[name.length - 1]);
  uint64_t bit = UINT64_C(1) << ((name.length * 13 + ends) & 63);
  if (scratch->n_names - names->first >= NAMES_COMPARED)
    return false;
  for (size_t i = names->first; (names->bits & bit) != 0 && i < scratch->n_names; i++)
    if (text_equal(scratch->names[i], name))
      return false;
  names->bits |= bit;
  if (scratch->n_names == scratch->names_capacity) {
    scratch->names_capacity = scratch->names_capacity == 0 ? 64 : size_multiply(scratch->names_capacity, 2);
    scratch->names = checked_realloc(scratch->names, size_multiply(scratch->names_capacity, sizeof(*scratch->names)));
  }
  scratch->names[scratch->n_names++] = name;
  return true;
}

/* The members of a nested object, up to its closing brace. */
static bool pass_members(struct parser *parser)
{
  struct json_name_bits names = { .first = parser->scratch->n_names };
  if (accept(parser, '}'))
    return true;
  do {
    struct text name;
    struct value value;
    bool has_escapes = false;
    if (!pass_name(parser, &name, &has_escapes) || !accept(parser, ':'))
      return false;
    parser->is_irregular |= has_escapes || !json_note_name(parser->scratch, name, &names);
    if (!pass_value(parser, &value))
      return false;
  } while (accept(parser, ','));
  parser->scratch->n_names = names.first;
  return accept(parser, '}');
}

static bool pass_elements(struct parser *parser)
{
  if (accept(parser, ']'))
    return true;
  do {
    struct value value;
    if (!pass_value(parser, &value))
      return false;
  } while (accept(parser, ','));
  return accept(parser, ']');
}

/* Recursion is bound by JSON_MAX_DEPTH. */
static bool pass_nested(struct parser *parser, struct value *ret_value)
{
  const char *start = parser->at++;
  bool is_object = *start == '{';
  if (parser->depth == JSON_MAX_DEPTH) {
    parser->is_too_deep = true;
    return false;
  }
  parser->depth++;
  if (!(is_object ? pass_members(parser) : pass_elements(parser)))
    return false;
  parser->depth--;
  ret_value->kind = is_object ? KIND_OBJECT : KIND_ARRAY;
  ret_value->text = (struct text){ start, (size_t)(parser->at - start) };
  return true;
}

static bool pass_value(struct parser *parser, struct value *ret_value)
{
  if (!skip_blanks(parser))
    return false;
  ret_value->has_escapes = false;
  switch (*parser->at) {
  case '\'':
    if ((parser->flags & JSON_ALLOW_SINGLE_QUOTES) == 0)
      return false;
    /* fall through */
  case '"':
    ret_value->kind = KIND_STRING;
    return pass_string(parser, &ret_value->text, &ret_value->has_escapes);
  case '{':
  case '[':
    return pass_nested(parser, ret_value);
  case 't':
    ret_value->kind = KIND_BOOLEAN;
    return pass_word(parser, TEXT("true"), &ret_value->text);
  case 'f':
    ret_value->kind = KIND_BOOLEAN;
    return pass_word(parser, TEXT("false"), &ret_value->text);
  case 'n':
    ret_value->kind = KIND_NULL;
    return pass_word(parser, TEXT("null"), &ret_value->text);
  default:
    ret_value->kind = KIND_NUMBER;
    return pass_number(parser, &ret_value->text);
  }
}

struct json_member *json_add_member(struct json_scratch *scratch)
{
  if (scratch->n_members == scratch->members_capacity) {
    scratch->members_capacity = scratch->members_capacity == 0 ? 64 : size_multiply(scratch->members_capacity, 2);
    scratch->members =
        checked_realloc(scratch->members, size_multiply(scratch->members_capacity, sizeof(*scratch->members)));
  }
  struct json_member *member = &scratch->members[scratch->n_members++];
  *member = (struct json_member){ 0 };
  return member;
}

/* The record's own members, up to its closing brace. */
static bool read_members(struct parser *parser)
{
  parser->at++;
  parser->depth = 1;
  if (accept(parser, '}'))
    return true;
  do {
    struct json_member *member = json_add_member(parser->scratch);
    struct value value = { 0 };
    parser->is_irregular = parser->flags != JSON_STRICT;
    if (!pass_name(parser, &member->name, &member->name_has_escapes) || !accept(parser, ':') ||
        !pass_value(parser, &value))
      return false;
    member->value = value.text;
    member->kind = (unsigned char)value.kind;
    member->has_escapes = value.has_escapes;
    member->is_irregular = parser->is_irregular;
  } while (accept(parser, ','));
  return accept(parser, '}');
}

bool json_has_nul_in_name(struct json_scratch *scratch)
{
  for (size_t i = 0; i < scratch->n_members; i++)
    if (scratch->members[i].name_has_escapes) {
      struct text name = json_member_name(scratch, &scratch->members[i]);
      if (memchr(name.data, 0, name.length) != NULL)
        return true;
    }
  return false;
}

static enum reader_reason read_record(struct json_scratch *scratch, unsigned flags, const char *data, size_t length)
{
  struct parser parser = { .at = data, .end = data + length, .flags = flags, .scratch = scratch };
  scratch->n_members = scratch->n_names = 0;
  struct value value;
  bool is_object = skip_blanks(&parser) && *parser.at == '{';
  bool is_read = is_object ? read_members(&parser) : pass_value(&parser, &value);
  if (parser.is_too_deep)
    return READER_TOO_DEEP;
  if (!is_read || skip_blanks(&parser))
    return READER_INVALID_JSON;
  if (parser.has_lone_surrogate || json_has_nul_in_name(scratch))
    return READER_INVALID_TEXT;
  return is_object ? READER_OK : READER_NOT_AN_OBJECT;
}

/* Few records have what the flags allow, and what is strict JSON means the same with them: its values need no rewriting
 * where they are regular. */
enum reader_reason json_read_record(struct json_scratch *scratch, unsigned flags, const char *data, size_t length)
{
  enum reader_reason reason = read_record(scratch, JSON_STRICT, data, length);
  return reason == READER_OK || flags == JSON_STRICT ? reason : read_record(scratch, flags, data, length);
}

bool json_is_scalar(struct text text)
{
  struct json_scratch scratch = { 0 };
  struct parser parser = { .at = text.data, .end = text.data + text.length, .scratch = &scratch };
  struct value value;
  bool is_nested = text.length > 0 && (text.data[0] == '{' || text.data[0] == '[');
  return text.length > 0 && !is_nested && pass_value(&parser, &value) && parser.at == parser.end;
}

void json_guess(struct json_scratch *scratch, size_t i, size_t number)
{
  if (i > scratch->n_guesses) /* only where all before it are there */
    return;
  if (i == scratch->guesses_capacity) {
    scratch->guesses_capacity = i == 0 ? 64 : size_multiply(i, 2);
    scratch->guesses = checked_realloc(scratch->guesses, size_multiply(scratch->guesses_capacity, sizeof(size_t)));
  }
  scratch->guesses[i] = number;
  if (i == scratch->n_guesses)
    scratch->n_guesses++;
}

/* The column of the record's member `i`, most often the one that it was in the record before. */
static size_t find_column(const struct row_writer *writer, size_t i, struct text name)
{
  const struct name_set *columns = &writer->reader->columns;
  const struct json_scratch *scratch = writer->json;
  if (i < scratch->n_guesses && scratch->guesses[i] != NO_NAME && text_equal(columns->names[scratch->guesses[i]], name))
    return scratch->guesses[i];
  size_t column = name_set_find(columns, name);
  json_guess(writer->json, i, column);
  return column;
}

struct text json_member_name(struct json_scratch *scratch, const struct json_member *member)
{
  if (!member->name_has_escapes)
    return member->name;
  text_buffer_clear(&scratch->buffer);
  text_buffer_add_text(&scratch->buffer, member->name);
  return (struct text){ scratch->buffer.data, json_unescape_in_place(scratch->buffer.data, scratch->buffer.length) };
}

static struct text member_text(const struct row_writer *writer, const struct json_member *member, char *block_data)
{
  struct text text = member->value;
  char *value = block_data + (text.data - block_data); /* the same bytes, which are the block's own to change */
  switch ((enum reader_kind)member->kind) {
  case KIND_NULL:
  case KIND_MISSING:
    return (struct text){ 0 };
  case KIND_STRING:
    return (struct text){ value, member->has_escapes ? json_unescape_in_place(value, text.length) : text.length };
  case KIND_OBJECT:
  case KIND_ARRAY:
    if (member->is_irregular)
      return json_compact_any(writer->arena, text);
    if (member->n_tokens > 0) {
      struct json_tokens tokens = { .data = block_data, .at = member->tokens, .count = member->n_tokens };
      return (struct text){ value, json_compact_tokens(&tokens, value) };
    }
    return (struct text){ value, json_compact_in_place(value, text.length) };
  default:
    return text;
  }
}

enum reader_reason json_parse(const struct row_writer *writer, const struct block *block, const struct record *record,
                              size_t row)
{
  struct json_scratch *scratch = writer->json;
  struct json_tokens tokens = json_tokens_of(block, record, &scratch->places);
  enum reader_reason reason = READER_OK;
  if (tokens.count == 0 || !json_read_tokens(scratch, &tokens))
    reason =
        json_read_record(scratch, writer->reader->json_flags, block->data + record->start, record->end - record->start);
  if (reason != READER_OK)
    return reason;
  for (size_t i = 0; i < scratch->n_members; i++) { /* of equal names the last one stays */
    const struct json_member *member = &scratch->members[i];
    size_t column = find_column(writer, i, json_member_name(scratch, member));
    if (column == NO_COLUMN || writer->text[column] == NULL)
      continue;
    writer->text[column][row] = member_text(writer, member, block->data);
    writer->kind[column][row] = member->kind;
  }
  return READER_OK;
}
