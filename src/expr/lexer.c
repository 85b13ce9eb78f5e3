#include "expr/lexer.h"

#include <stdio.h>

struct lexer {
  struct arena *arena;
  struct text text;
  size_t at;
  struct place place;
  bool is_verbatim;
  struct token *tokens;
  size_t count;
  size_t capacity;
  struct error *err;
};

/* Longer symbols first: the first that fits is taken. */
static const char *const symbols[] = {
  "<=>", ">>>", "<=", ">=", "<>", "!=", "==", "||", "->", "=>", "::", "<<", ">>", "(", ")", ",", ".", "[",
  "]",   "+",   "-",  "*",  "/",  "%",  "=",  "<",  ">",  "!",  "~",  "&",  "|",  "^", ":", "?", ";",
};

static bool is_word_char(char c)
{
  return char_is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
}

static bool is_blank(char c)
{
  return c == ' ' || (c >= '\t' && c <= '\r');
}

static char char_at(const struct lexer *lexer, size_t at)
{
  return at < lexer->text.length ? lexer->text.data[at] : 0;
}

static bool fail_at(struct lexer *lexer, size_t start, size_t length, const char *message)
{
  struct place place = lexer->place;
  if (lexer->is_verbatim)
    place = (struct place){ .source = place.source, .start = place.start + start, .length = length };
  return fail(lexer->err, ERROR_CONFIG, place, "%s", message);
}

static struct token *add_token(struct lexer *lexer, enum token_kind kind, size_t start, size_t end)
{
  lexer->tokens = arena_grow(lexer->arena, lexer->tokens, lexer->count, &lexer->capacity, sizeof *lexer->tokens);
  struct token *token = &lexer->tokens[lexer->count++];
  *token = (struct token){
    .kind = kind,
    .start = start,
    .length = end - start,
    .text = { .data = lexer->text.data + start, .length = end - start },
  };
  lexer->at = end;
  return token;
}

/* "--" to the end of the line, or bracketed comments, which nest in Spark */
static bool skip_comment(struct lexer *lexer)
{
  size_t start = lexer->at;
  if (char_at(lexer, start) == '-') {
    while (lexer->at < lexer->text.length && char_at(lexer, lexer->at) != '\n')
      lexer->at++;
    return true;
  }
  size_t depth = 0;
  while (lexer->at < lexer->text.length) {
    char c = char_at(lexer, lexer->at);
    char next = char_at(lexer, lexer->at + 1);
    bool opens = c == '/' && next == '*';
    bool closes = c == '*' && next == '/';
    lexer->at += opens || closes ? 2 : 1;
    depth += opens;
    depth -= closes;
    if (closes && depth == 0)
      return true;
  }
  return fail_at(lexer, start, 2, "the comment is not closed by */");
}

static bool skip_blanks(struct lexer *lexer)
{
  for (;;) {
    char c = char_at(lexer, lexer->at);
    char next = char_at(lexer, lexer->at + 1);
    if (lexer->at < lexer->text.length && is_blank(c))
      lexer->at++;
    else if ((c == '-' && next == '-') || (c == '/' && next == '*'))
      TRY(skip_comment(lexer));
    else
      return true;
  }
}

static int digit_value(char c)
{
  if (char_is_digit(c))
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

/* Reads `n` digits of a base from `at`; false where there are fewer. */
static bool read_digits(const struct lexer *lexer, size_t at, size_t n, int base, uint32_t *ret_value)
{
  uint32_t value = 0;
  for (size_t i = 0; i < n; i++) {
    int digit = digit_value(char_at(lexer, at + i));
    if (digit >= base)
      return false;
    value = value * (uint32_t)base + (uint32_t)digit;
  }
  *ret_value = value;
  return true;
}

static bool is_code_point(uint32_t c)
{
  return c != 0 && c <= 0x10FFFF && !(c >= 0xD800 && c <= 0xDFFF);
}

/* What a backslash and the character after it mean (Spark's unescapeSQLString); `at` is that of the backslash. Returns
 * the number of bytes read. A backslash stays before % and _, for LIKE. */
static size_t add_escape(const struct lexer *lexer, size_t at, struct text_buffer *out)
{
  static const struct {
    char written;
    char meant;
  } escapes[] = {
    { 'b', '\b' }, { 'n', '\n' }, { 'r', '\r' }, { 't', '\t' }, { 'Z', 26 },
  };
  char c = char_at(lexer, at + 1);
  uint32_t code = 0;
  if (c == 'u' && read_digits(lexer, at + 2, 4, 16, &code) && is_code_point(code)) {
    text_buffer_add_utf8(out, code);
    return 6;
  }
  if (c == 'U' && read_digits(lexer, at + 2, 8, 16, &code) && is_code_point(code)) {
    text_buffer_add_utf8(out, code);
    return 10;
  }
  if (c >= '0' && c <= '1' && read_digits(lexer, at + 1, 3, 8, &code)) {
    text_buffer_add_utf8(out, code);
    return 4;
  }
  if (c == '%' || c == '_')
    text_buffer_add_char(out, '\\');
  for (size_t i = 0; i < ARRAY_LENGTH(escapes); i++) {
    if (escapes[i].written == c) {
      text_buffer_add_char(out, escapes[i].meant);
      return 2;
    }
  }
  text_buffer_add_char(out, c == '0' ? '\0' : c);
  return 2;
}

/* string: quote { character | escape | quote quote } quote; raw ones know no escapes */
static bool lex_string(struct lexer *lexer, bool is_raw)
{
  SCOPED(text_buffer_done) struct text_buffer value = { 0 };
  size_t start = lexer->at;
  size_t at = start + (is_raw ? 1 : 0);
  char quote = char_at(lexer, at++);
  while (at < lexer->text.length) {
    char c = char_at(lexer, at);
    if (c == quote && (is_raw || char_at(lexer, at + 1) != quote)) {
      struct token *token = add_token(lexer, TOKEN_STRING, start, at + 1);
      token->text = (struct text){ text_copy(lexer->arena, text_buffer_text(&value)), value.length };
      return true;
    }
    if (c == '\\' && !is_raw && at + 1 < lexer->text.length) {
      at += add_escape(lexer, at, &value);
      continue;
    }
    text_buffer_add_char(&value, c);
    at += c == quote ? 2 : 1;
  }
  return fail_at(lexer, start, 1, "the string is not closed");
}

static bool lex_quoted_word(struct lexer *lexer)
{
  SCOPED(text_buffer_done) struct text_buffer value = { 0 };
  size_t start = lexer->at;
  for (size_t at = start + 1; at < lexer->text.length; at++) {
    char c = char_at(lexer, at);
    if (c == '`' && char_at(lexer, at + 1) != '`') {
      struct token *token = add_token(lexer, TOKEN_QUOTED_WORD, start, at + 1);
      token->text = (struct text){ text_copy(lexer->arena, text_buffer_text(&value)), value.length };
      return true;
    }
    at += c == '`';
    text_buffer_add_char(&value, c);
  }
  return fail_at(lexer, start, 1, "the quoted name is not closed by `");
}

static size_t skip_digits(const struct lexer *lexer, size_t at)
{
  while (char_is_digit(char_at(lexer, at)))
    at++;
  return at;
}

/* "e" with a sign or none and digits; `at` itself where there is none */
static size_t skip_exponent(const struct lexer *lexer, size_t at)
{
  if (char_at(lexer, at) != 'e' && char_at(lexer, at) != 'E')
    return at;
  size_t digits = at + 1 + (char_at(lexer, at + 1) == '+' || char_at(lexer, at + 1) == '-');
  size_t end = skip_digits(lexer, digits);
  return end > digits ? end : at;
}

/* Reads the suffix of a number: up to two letters that belong to `allowed` ("L S Y D F BD"). */
static size_t skip_suffix(const struct lexer *lexer, size_t at, char suffix[3])
{
  static const char *const suffixes[] = { "BD", "L", "S", "Y", "D", "F" };
  for (size_t i = 0; i < ARRAY_LENGTH(suffixes); i++) {
    size_t length = strlen(suffixes[i]);
    if (at + length > lexer->text.length)
      continue;
    struct text found = { .data = lexer->text.data + at, .length = length };
    if (text_equal_nocase(found, text_from(suffixes[i]))) {
      memcpy(suffix, suffixes[i], length + 1);
      return at + length;
    }
  }
  return at;
}

/* number: digits [ "." digits ] [ exponent ] [ suffix ]; false where it is none, as in 0x1F or 1.5x */
static bool lex_number(struct lexer *lexer)
{
  size_t start = lexer->at;
  size_t end = skip_digits(lexer, start);
  bool has_point = char_at(lexer, end) == '.' && (end > start || char_is_digit(char_at(lexer, end + 1)));
  size_t number_end = has_point ? skip_digits(lexer, end + 1) : end;
  size_t exponent_end = skip_exponent(lexer, number_end);
  char suffix[3] = "";
  end = skip_suffix(lexer, exponent_end, suffix);
  bool is_integer_suffix = strchr("LSY", suffix[0]) != NULL && suffix[0] != 0;
  if ((is_word_char(char_at(lexer, end)) && end < lexer->text.length) ||
      (is_integer_suffix && (has_point || exponent_end > number_end)))
    return false;
  enum token_kind kind = has_point ? TOKEN_DECIMAL : TOKEN_INTEGER;
  if (exponent_end > number_end || suffix[0] == 'D' || suffix[0] == 'F')
    kind = TOKEN_FLOATING;
  if (suffix[0] == 'B')
    kind = TOKEN_DECIMAL;
  struct token *token = add_token(lexer, kind, start, end);
  token->text.length = exponent_end - start;
  memcpy(token->suffix, suffix, sizeof suffix);
  return true;
}

static bool lex_word(struct lexer *lexer)
{
  size_t end = lexer->at;
  while (end < lexer->text.length && is_word_char(char_at(lexer, end)))
    end++;
  if (end == lexer->at)
    return false;
  add_token(lexer, TOKEN_WORD, lexer->at, end);
  return true;
}

static bool lex_symbol(struct lexer *lexer)
{
  struct text rest = { .data = lexer->text.data + lexer->at, .length = lexer->text.length - lexer->at };
  for (size_t i = 0; i < ARRAY_LENGTH(symbols); i++) {
    if (text_starts_with(rest, text_from(symbols[i]))) {
      add_token(lexer, TOKEN_SYMBOL, lexer->at, lexer->at + strlen(symbols[i]));
      return true;
    }
  }
  char message[64];
  snprintf(message, sizeof message, "a %s cannot stand here", rest.data[0] == 0 ? "NUL byte" : "character like this");
  return fail_at(lexer, lexer->at, 1, message);
}

static bool lex_token(struct lexer *lexer)
{
  char c = char_at(lexer, lexer->at);
  char next = char_at(lexer, lexer->at + 1);
  if (c == '\'' || c == '"')
    return lex_string(lexer, false);
  if ((c == 'r' || c == 'R') && (next == '\'' || next == '"'))
    return lex_string(lexer, true);
  if (c == '`')
    return lex_quoted_word(lexer);
  if ((char_is_digit(c) || (c == '.' && char_is_digit(next))) && lex_number(lexer))
    return true;
  return lex_word(lexer) || lex_symbol(lexer);
}

bool lexer_run(struct arena *arena, struct text text, struct place place, bool is_verbatim,
               struct token_list *ret_tokens, struct error *err)
{
  struct lexer lexer = { .arena = arena, .text = text, .place = place, .is_verbatim = is_verbatim, .err = err };
  for (;;) {
    TRY(skip_blanks(&lexer));
    if (lexer.at >= text.length)
      break;
    TRY(lex_token(&lexer));
  }
  add_token(&lexer, TOKEN_END, text.length, text.length);
  *ret_tokens = (struct token_list){ .items = lexer.tokens, .count = lexer.count };
  return true;
}
