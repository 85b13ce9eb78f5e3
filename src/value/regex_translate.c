#include "value/regex_translate.h"

#include <stdlib.h>

/* Line terminators of each dialect, for inside a class. */
#define JAVA_LINE_ENDS "\\n\\r\\x{85}\\x{2028}\\x{2029}"
#define ECMA_LINE_ENDS "\\n\\r\\x{2028}\\x{2029}"
/* Java's `$` without (?m): at the end, or before a line end that is the last thing; never between \r and \n. */
#define JAVA_END "(?:(?=(?:\\r\\n|[\\r\\x{85}\\x{2028}\\x{2029}])?\\z)|(?<!\\r)(?=\\n\\z))"
#define JAVA_LINE_END "(?:(?=[\\r\\x{85}\\x{2028}\\x{2029}]|\\z)|(?<!\\r)(?=\\n))"
#define JAVA_LINE_START "(?:(?:(?<![\\s\\S])|(?<=[\\n\\x{85}\\x{2028}\\x{2029}])|(?<=\\r)(?!\\n))(?!\\z))"
#define JAVA_LINE_BREAKS "\\r\\n|[\\n\\x0B\\f\\r\\x{85}\\x{2028}\\x{2029}]" /* of \R */
/* Up to JDK 18 \b knows the letters and digits of all of Unicode, though \w does not. */
#define JAVA_WORD "[_\\p{L}\\p{Nd}\\p{Mn}]"
#define JAVA_WORD_EDGE "(?:(?<=" JAVA_WORD ")(?!" JAVA_WORD ")|(?<!" JAVA_WORD ")(?=" JAVA_WORD "))"
#define JAVA_NO_WORD_EDGE "(?:(?<=" JAVA_WORD ")(?=" JAVA_WORD ")|(?<!" JAVA_WORD ")(?!" JAVA_WORD "))"
#define ECMA_SPACES                                                                                                    \
  "\\t\\n\\x0B\\f\\r \\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}\\x{2029}\\x{202F}\\x{205F}\\x{3000}\\x{FEFF}"

enum { MAX_NESTING = 200 };
/* Without (?u) Java's (?i) knows ASCII only, where PCRE2's knows all of Unicode: its letters are then written in both
 * cases. */
enum { FLAG_DOTALL = 1, FLAG_MULTILINE = 2, FLAG_COMMENTS = 4, FLAG_ASCII_CASELESS = 8, FLAG_UNICODE_CASELESS = 16 };

struct translator {
  struct text pattern;
  size_t at;
  enum regex_dialect dialect;
  struct text_buffer *out;
  const char *reason; /* NULL while all is well */
  size_t reason_at;
  unsigned flags[MAX_NESTING]; /* of each open group; the last is in force */
  size_t depth;
  unsigned n_groups; /* capturing ones that were opened */
};

static bool refuse(struct translator *t, size_t at, const char *reason)
{
  if (t->reason == NULL) {
    t->reason = reason;
    t->reason_at = at;
  }
  return false;
}

static bool is_end(const struct translator *t)
{
  return t->at >= t->pattern.length;
}

/* The byte `ahead` of the place; NUL past the end. */
static char peek(const struct translator *t, size_t ahead)
{
  return t->at + ahead < t->pattern.length ? t->pattern.data[t->at + ahead] : '\0';
}

static bool follows(const struct translator *t, const char *word)
{
  struct text rest = { t->pattern.data + t->at, t->pattern.length - t->at };
  return text_starts_with(rest, text_from(word));
}

static unsigned flags_of(const struct translator *t)
{
  return t->flags[t->depth];
}

/* Escapes that name one character or a set of them, the same inside a class and outside. */

static const struct {
  const char *name;
  const char *set; /* for inside a class */
} java_properties[] = {
  { "Lower", "a-z" },
  { "Upper", "A-Z" },
  { "ASCII", "\\x00-\\x7F" },
  { "Alpha", "a-zA-Z" },
  { "Digit", "0-9" },
  { "Alnum", "a-zA-Z0-9" },
  { "Punct", "!-\\/:-@\\[-`{-~" },
  { "Graph", "!-~" },
  { "Print", " -~" },
  { "Blank", " \\t" },
  { "Cntrl", "\\x00-\\x1F\\x7F" },
  { "XDigit", "0-9a-fA-F" },
  { "Space", " \\t\\n\\x0B\\f\\r" },
  { "javaLowerCase", "\\p{Ll}" },
  { "javaUpperCase", "\\p{Lu}" },
  { "javaTitleCase", "\\p{Lt}" },
  { "javaDigit", "\\p{Nd}" },
  { "javaLetter", "\\p{L}" },
  { "javaLetterOrDigit", "\\p{L}\\p{Nd}" },
  { "javaWhitespace",
    "\\t-\\r\\x1C-\\x1F \\x{1680}\\x{2000}-\\x{2006}\\x{2008}-\\x{200A}\\x{2028}\\x{2029}\\x{205F}\\x{3000}" },
  { "IsAlphabetic", "\\p{L}\\p{Nl}" },
  { "IsLetter", "\\p{L}" },
  { "IsDigit", "\\p{Nd}" },
  { "IsLowercase", "\\p{Ll}" },
  { "IsUppercase", "\\p{Lu}" },
  { "IsPunctuation", "\\p{P}" },
  { "IsControl", "\\p{Cc}" },
  { "IsWhite_Space",
    "\\t-\\r \\x{85}\\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}\\x{2029}\\x{202F}\\x{205F}\\x{3000}" },
};

static const struct {
  const char *name, *pcre;
} ecma_properties[] = {
  { "Letter", "L" },
  { "Lowercase_Letter", "Ll" },
  { "Uppercase_Letter", "Lu" },
  { "Number", "N" },
  { "Decimal_Number", "Nd" },
  { "digit", "Nd" },
  { "Punctuation", "P" },
  { "punct", "P" },
  { "Symbol", "S" },
  { "Separator", "Z" },
  { "Mark", "M" },
  { "Other", "C" },
  { "Space_Separator", "Zs" },
  { "Control", "Cc" },
  { "cntrl", "Cc" },
  { "Any", "Any" },
};

/* Adds a set of characters from inside of brackets, in brackets of its own where it stands outside of a class. */
static void add_set(struct translator *t, const char *set, bool is_negated, bool in_class)
{
  if (!in_class)
    text_buffer_printf(t->out, "[%s%s]", is_negated ? "^" : "", set);
  else
    text_buffer_add_string(t->out, set);
}

/* Whether a property tells upper case from lower. */
static bool is_of_one_case(struct text name)
{
  static const char *const parts[] = { "ower", "pper", "itle", "LOWER", "UPPER", "TITLE", "Lu", "Ll", "Lt" };
  for (size_t i = 0; i < ARRAY_LENGTH(parts); i++)
    if (memmem(name.data, name.length, parts[i], strlen(parts[i])) != NULL)
      return true;
  return false;
}

/* \p{Name}, \pL, \P{Name}; the place is behind the letter. */
static bool translate_property(struct translator *t, bool is_negated, bool in_class)
{
  size_t start = t->at;
  struct text name = { t->pattern.data + t->at, 1 };
  if (peek(t, 0) == '{') {
    const char *end = memchr(name.data, '}', t->pattern.length - t->at);
    if (end == NULL)
      return refuse(t, start, "a property without its closing brace");
    name.data++;
    name.length = (size_t)(end - name.data);
    t->at += name.length + 2;
  } else if (is_end(t)) {
    return refuse(t, start, "a property without a name");
  } else {
    t->at++;
  }
  unsigned caseless = FLAG_ASCII_CASELESS | FLAG_UNICODE_CASELESS;
  if ((flags_of(t) & caseless) != 0 && is_of_one_case(name)) /* which JDKs understand differently */
    return refuse(t, start, "a property of one case under (?i)");
  if (name.length > 0 && name.data[0] == '^')
    return refuse(t, start, "a property's name that begins with ^");
  for (size_t i = 0; t->dialect == REGEX_JAVA && i < ARRAY_LENGTH(java_properties); i++)
    if (text_equal(name, text_from(java_properties[i].name))) {
      if (is_negated && in_class)
        return refuse(t, start, "\\P of this property within a class");
      add_set(t, java_properties[i].set, is_negated, in_class);
      return true;
    }
  for (size_t i = 0; t->dialect == REGEX_ECMA && i < ARRAY_LENGTH(ecma_properties); i++)
    if (text_equal(name, text_from(ecma_properties[i].name)))
      name = text_from(ecma_properties[i].pcre);
  static const char *const prefixes[] = {
    "Is", "script=", "sc=", "general_category=", "gc=", "Script=", "Script_Extensions=", "scx=", "General_Category="
  };
  for (size_t i = 0; i < ARRAY_LENGTH(prefixes); i++)
    if (text_starts_with(name, text_from(prefixes[i])) && name.length > strlen(prefixes[i])) {
      name.data += strlen(prefixes[i]);
      name.length -= strlen(prefixes[i]);
      break;
    }
  text_buffer_printf(t->out, "\\%c{%.*s}", is_negated ? 'P' : 'p', TEXT_ARGS(name));
  return true;
}

/* Reads exactly `count` hexadecimal digits at the place plus `ahead`; -1 where they are not there. */
static long read_hex(const struct translator *t, size_t ahead, size_t count)
{
  long value = 0;
  for (size_t i = 0; i < count; i++) {
    int digit = hex_digit(peek(t, ahead + i));
    if (digit < 0)
      return -1;
    value = value * 16 + digit;
  }
  return value;
}

static bool is_ascii_letter(long c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A character by its number. */
static void add_character(struct translator *t, long value, bool in_class)
{
  if ((flags_of(t) & FLAG_ASCII_CASELESS) != 0 && is_ascii_letter(value))
    text_buffer_printf(t->out, in_class ? "%c%c" : "[%c%c]", (char)value, (char)(value ^ 32));
  else
    text_buffer_printf(t->out, "\\x{%lX}", value);
}

/* {X} of \u (ECMA) and \x (Java); the place is at the brace. */
static bool translate_braced_hex(struct translator *t, bool in_class)
{
  size_t length = 1;
  long value = 0;
  for (; hex_digit(peek(t, length)) >= 0 && value <= 0x10FFFF; length++)
    value = value * 16 + hex_digit(peek(t, length));
  if (peek(t, length) != '}' || length == 1 || value > 0x10FFFF)
    return refuse(t, t->at, "braces without a code point");
  t->at += length + 1;
  add_character(t, value, in_class);
  return true;
}

/* \uXXXX (two of them for a character past U+FFFF) and ECMA's \u{X}; the place is behind the u. */
static bool translate_unicode(struct translator *t, bool in_class)
{
  size_t start = t->at;
  if (t->dialect == REGEX_ECMA && peek(t, 0) == '{')
    return translate_braced_hex(t, in_class);
  long value = read_hex(t, 0, 4);
  if (value < 0)
    return refuse(t, start, "\\u without four hexadecimal digits");
  t->at += 4;
  if (value >= 0xD800 && value < 0xDC00 && peek(t, 0) == '\\' && peek(t, 1) == 'u') {
    long low = read_hex(t, 2, 4);
    if (low >= 0xDC00 && low < 0xE000) {
      t->at += 6;
      value = 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00);
    }
  }
  if (value >= 0xD800 && value < 0xE000)
    return refuse(t, start, "half of a surrogate pair, which is no character");
  add_character(t, value, in_class);
  return true;
}

/* \0 with octal digits (Java), \0 alone (ECMA). */
static bool translate_octal(struct translator *t, bool in_class)
{
  if (t->dialect == REGEX_ECMA) {
    text_buffer_add_string(t->out, "\\x00");
    return true;
  }
  unsigned value = 0;
  size_t digits = 0;
  while (digits < 3 && peek(t, 0) >= '0' && peek(t, 0) <= '7' && value * 8 + (unsigned)(peek(t, 0) - '0') <= 0377) {
    value = value * 8 + (unsigned)(t->pattern.data[t->at++] - '0');
    digits++;
  }
  if (digits == 0)
    return refuse(t, t->at, "\\0 without an octal digit");
  add_character(t, value, in_class);
  return true;
}

static bool translate_hex(struct translator *t, bool in_class)
{
  if (t->dialect == REGEX_JAVA && peek(t, 0) == '{')
    return translate_braced_hex(t, in_class);
  long value = read_hex(t, 0, 2);
  if (value < 0)
    return refuse(t, t->at, "\\x without two hexadecimal digits");
  t->at += 2;
  add_character(t, value, in_class);
  return true;
}

/* \s and \S of ECMA-262 know all of Unicode's spaces. */
static bool translate_ecma_space(struct translator *t, bool is_negated, bool in_class)
{
  if (is_negated && in_class)
    return refuse(t, t->at, "\\S within a class");
  add_set(t, ECMA_SPACES, is_negated, in_class);
  return true;
}

/* What stands behind a backslash and means the same in PCRE2. */
static bool is_shared_escape(char c, bool in_class, enum regex_dialect dialect)
{
  if (strchr("dDwWntrf", c) != NULL)
    return true;
  if (dialect == REGEX_JAVA)
    return strchr(in_class ? "sSaehHvV" : "sSaehHvVAGzX", c) != NULL;
  return c == 'v' || (!in_class && strchr("bB", c) != NULL);
}

/* A back-reference by number or name; the place is at its first character. */
static bool translate_reference(struct translator *t, char first)
{
  size_t start = t->at;
  if (first == 'k') {
    const char *end = memchr(t->pattern.data + t->at, '>', t->pattern.length - t->at);
    if (peek(t, 0) != '<' || end == NULL)
      return refuse(t, start, "\\k without a name");
    text_buffer_add_string(t->out, "\\k");
    text_buffer_add(t->out, t->pattern.data + t->at, (size_t)(end - (t->pattern.data + t->at)) + 1);
    t->at = (size_t)(end - t->pattern.data) + 1;
    return true;
  }
  unsigned number = (unsigned)(first - '0');
  while (peek(t, 0) >= '0' && peek(t, 0) <= '9' && number < 1000) {
    unsigned longer = number * 10 + (unsigned)(peek(t, 0) - '0');
    if (t->dialect == REGEX_JAVA && longer > t->n_groups) /* the digit stands for itself */
      break;
    number = longer;
    t->at++;
  }
  text_buffer_printf(t->out, "\\g{%u}", number);
  return true;
}

static bool translate_quoted(struct translator *t, bool in_class)
{
  while (!is_end(t) && !follows(t, "\\E")) {
    char c = t->pattern.data[t->at++];
    if ((unsigned char)c < 0x80)
      add_character(t, c, in_class);
    else
      text_buffer_add_char(t->out, c);
  }
  if (!is_end(t))
    t->at += 2;
  return true;
}

/* The place is behind the backslash. */
static bool translate_escape(struct translator *t, bool in_class)
{
  if (is_end(t))
    return refuse(t, t->at - 1, "a backslash with nothing behind it");
  char c = t->pattern.data[t->at++];
  bool is_java = t->dialect == REGEX_JAVA;
  if (c == 'p' || c == 'P')
    return translate_property(t, c == 'P', in_class);
  if (c == 'u')
    return translate_unicode(t, in_class);
  if (c == 'x')
    return translate_hex(t, in_class);
  if (c == '0')
    return translate_octal(t, in_class);
  if (!is_java && (c == 's' || c == 'S'))
    return translate_ecma_space(t, c == 'S', in_class);
  if (!in_class && ((c >= '1' && c <= '9') || c == 'k')) {
    if ((flags_of(t) & FLAG_ASCII_CASELESS) != 0)
      return refuse(t, t->at - 2, "a back-reference under (?i)");
    return translate_reference(t, c);
  }
  if (is_java && c == 'Q')
    return translate_quoted(t, in_class);
  if (is_java && !in_class && c == 'Z') {
    text_buffer_add_string(t->out, JAVA_END);
    return true;
  }
  if (is_java && !in_class && c == 'R') { /* taken apart again where it is not repeated, never where it is */
    bool is_repeated = !is_end(t) && strchr("*+?{", peek(t, 0)) != NULL;
    text_buffer_printf(t->out, "(?%c" JAVA_LINE_BREAKS ")", is_repeated ? '>' : ':');
    return true;
  }
  if (is_java && !in_class && (c == 'b' || c == 'B')) {
    if (peek(t, 0) == '{')
      return refuse(t, t->at, "\\b of a kind in braces");
    text_buffer_add_string(t->out, c == 'b' ? JAVA_WORD_EDGE : JAVA_NO_WORD_EDGE);
    return true;
  }
  if (!is_java && c == 'b' && in_class) {
    text_buffer_add_string(t->out, "\\x08");
    return true;
  }
  if (c == 'c' && !is_end(t)) {
    unsigned letter = (unsigned char)t->pattern.data[t->at++];
    text_buffer_printf(t->out, "\\x{%X}", is_java ? letter ^ 64U : letter % 32U);
    return true;
  }
  if (!is_java && c == 'v') {
    text_buffer_add_string(t->out, "\\x0B");
    return true;
  }
  if (is_shared_escape(c, in_class, t->dialect)) {
    text_buffer_printf(t->out, "\\%c", c);
    return true;
  }
  bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  if (is_letter)
    return refuse(t, t->at - 2, "an escape of a letter that means nothing");
  if ((unsigned char)c < 0x80)
    text_buffer_add_char(t->out, '\\');
  text_buffer_add_char(t->out, c);
  return true;
}

/* The part of a range that lies between two letters, in the other case. */
static void add_other_case(struct translator *t, char first, char last, char least, char most)
{
  char from = first > least ? first : least;
  char to = last < most ? last : most;
  if (from <= to)
    text_buffer_printf(t->out, "%c-%c", from ^ 32, to ^ 32);
}

/* The place is behind a character of a class that begins a range. */
static bool begins_range(const struct translator *t)
{
  return peek(t, 0) == '-' && peek(t, 1) != ']' && peek(t, 1) != '[' && peek(t, 1) != '&';
}

/* A character of a class, or the start of a range of plain ones, also in the other case. */
static bool add_caseless_item(struct translator *t, char c)
{
  char last = c;
  text_buffer_add_char(t->out, c);
  if (begins_range(t)) {
    last = peek(t, 1);
    if (last <= 0 || last == '\\')
      return refuse(t, t->at - 1, "a range under (?i) that does not end in a plain character");
    text_buffer_printf(t->out, "-%c", last);
    t->at += 2;
  }
  add_other_case(t, c, last, 'a', 'z');
  add_other_case(t, c, last, 'A', 'Z');
  return true;
}

/* Classes. Java's may hold classes and intersections; one that does becomes a group of lookaheads over simple ones. */

static bool translate_class(struct translator *t, size_t depth);

static bool is_blank(char c)
{
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Adds characters and ranges up to "]", "[" or "&&". */
static bool translate_class_items(struct translator *t, size_t *ret_count)
{
  bool is_java = t->dialect == REGEX_JAVA;
  *ret_count = 0;
  while (!is_end(t) && peek(t, 0) != ']') {
    if (is_java && (peek(t, 0) == '[' || follows(t, "&&")))
      return true;
    char c = t->pattern.data[t->at++];
    (*ret_count)++;
    bool is_caseless = (flags_of(t) & FLAG_ASCII_CASELESS) != 0;
    if ((flags_of(t) & FLAG_COMMENTS) != 0 && (c == '#' || is_blank(c))) /* Java skips them here, PCRE2 does not */
      return refuse(t, t->at - 1, "a blank or comment within a class under (?x)");
    if (c == '\\') {
      if (!translate_escape(t, true))
        return false;
      if (is_caseless && begins_range(t))
        return refuse(t, t->at, "a range under (?i) that does not begin with a plain character");
      continue;
    }
    if (c == '[' || (c == '^' && *ret_count == 1))
      text_buffer_add_char(t->out, '\\');
    if (is_caseless && c > 0) {
      if (!add_caseless_item(t, c))
        return false;
    } else {
      text_buffer_add_char(t->out, c);
    }
  }
  return true;
}

/* Members up to "&&" (`is_right` of one) or "]": an alternation of simple classes and nested ones. */
static bool translate_union(struct translator *t, size_t depth, bool is_right)
{
  bool is_first = true;
  bool after_nested = false;
  text_buffer_add_string(t->out, "(?:");
  while (!is_end(t) && peek(t, 0) != ']' && !follows(t, "&&")) {
    if (!is_first)
      text_buffer_add_char(t->out, '|');
    is_first = false;
    if (after_nested && is_right && peek(t, 0) != '[') /* Java forgets the nested class */
      return refuse(t, t->at, "a character behind a class that follows &&");
    if (peek(t, 0) == '[') {
      after_nested = true;
      t->at++;
      if (!translate_class(t, depth + 1))
        return false;
      continue;
    }
    size_t start = t->out->length;
    size_t count = 0;
    text_buffer_add_char(t->out, '[');
    if (!translate_class_items(t, &count))
      return false;
    text_buffer_add_char(t->out, ']');
    if (count == 0)
      t->out->length = start;
  }
  text_buffer_add_char(t->out, ')');
  return true;
}

static bool is_simple_class(const struct translator *t)
{
  for (size_t i = t->at; i < t->pattern.length; i++) {
    char c = t->pattern.data[i];
    if (c == '\\')
      i++;
    else if (c == ']' && i > t->at)
      return true;
    else if (t->dialect == REGEX_JAVA &&
             (c == '[' || (c == '&' && i + 1 < t->pattern.length && t->pattern.data[i + 1] == '&')))
      return false;
  }
  return true;
}

static bool close_class(struct translator *t, size_t start)
{
  if (is_end(t))
    return refuse(t, start, "a class without its closing bracket");
  t->at++;
  return true;
}

static bool translate_simple_class(struct translator *t, size_t start, bool is_negated)
{
  size_t count = 0;
  text_buffer_add_string(t->out, is_negated ? "[^" : "[");
  if (t->dialect == REGEX_JAVA && peek(t, 0) == ']') { /* a bracket that comes first is meant */
    text_buffer_add_string(t->out, "\\]");
    t->at++;
  } else if (t->dialect == REGEX_ECMA && peek(t, 0) == ']') {
    t->out->length -= is_negated ? 2 : 1;
    text_buffer_add_string(t->out, is_negated ? "[\\s\\S]" : "(?!)");
    t->at++;
    return true;
  }
  if (!translate_class_items(t, &count) || !close_class(t, start))
    return false;
  text_buffer_add_char(t->out, ']');
  return true;
}

/* The place is behind the opening bracket. */
static bool translate_class(struct translator *t, size_t depth)
{
  size_t start = t->at - 1;
  bool is_negated = peek(t, 0) == '^';
  if (depth > MAX_NESTING)
    return refuse(t, start, "classes nested too deeply");
  if (is_negated)
    t->at++;
  if (is_simple_class(t))
    return translate_simple_class(t, start, is_negated);
  text_buffer_add_string(t->out, is_negated ? "(?:(?!" : "(?:");
  bool is_right = follows(t, "&&"); /* nothing on the left is left out */
  if (is_right)
    t->at += 2;
  for (;; is_right = true) { /* every part but the last is a lookahead */
    size_t part = t->out->length;
    if (is_end(t) || peek(t, 0) == ']' || (is_right && peek(t, 0) == '&'))
      return refuse(t, t->at, "&& with nothing on its right");
    if (!translate_union(t, depth, is_right))
      return false;
    if (!follows(t, "&&"))
      break;
    t->at += 2;
    SCOPED(text_buffer_done) struct text_buffer wrapped = { 0 };
    text_buffer_printf(&wrapped, "(?=%.*s)", (int)(t->out->length - part), t->out->data + part);
    t->out->length = part;
    text_buffer_add_text(t->out, text_buffer_text(&wrapped));
  }
  text_buffer_add_string(t->out, is_negated ? ")[\\s\\S])" : ")");
  return close_class(t, start);
}

/* Groups. */

static bool set_flags(struct translator *t, unsigned *flags)
{
  bool is_on = true;
  size_t start = t->at;
  const char *end = memchr(t->pattern.data + start, ')', t->pattern.length - start);
  const char *unicode = memchr(t->pattern.data + start, 'u', t->pattern.length - start);
  bool is_unicode = unicode != NULL && (end == NULL || unicode < end) &&
                    memchr(t->pattern.data + start, ':', (size_t)(unicode - t->pattern.data) - start) == NULL;
  SCOPED(text_buffer_done) struct text_buffer kept = { 0 };
  for (; !is_end(t) && peek(t, 0) != ')' && peek(t, 0) != ':'; t->at++) {
    char c = peek(t, 0);
    unsigned bit = c == 's'                 ? FLAG_DOTALL
                   : c == 'm'               ? FLAG_MULTILINE
                   : c == 'x'               ? FLAG_COMMENTS
                   : c == 'i' && is_unicode ? FLAG_UNICODE_CASELESS
                   : c == 'i'               ? FLAG_ASCII_CASELESS
                                            : 0;
    if (c == '-')
      is_on = false;
    else if (strchr("imsxu", c) == NULL)
      return refuse(t, t->at, "an inline flag that is not supported");
    *flags = is_on ? *flags | bit : *flags & ~bit;
    if ((c == 'i' && is_unicode) || c == 'x' || c == '-') /* the others are in the translation itself */
      text_buffer_add_char(&kept, c);
  }
  if (is_end(t))
    return refuse(t, start, "flags without a closing parenthesis");
  text_buffer_printf(t->out, "(?%.*s", (int)kept.length, kept.length == 0 ? "" : kept.data);
  return true;
}

/* The place is behind the opening parenthesis. */
static bool open_group(struct translator *t)
{
  static const char *const kinds[] = { "?:", "?=", "?!", "?>", "?<=", "?<!" };
  size_t start = t->at - 1;
  if (t->depth + 1 >= MAX_NESTING)
    return refuse(t, start, "groups nested too deeply");
  unsigned flags = flags_of(t);
  if (peek(t, 0) == '*')
    return refuse(t, t->at, "a repetition of nothing");
  if (peek(t, 0) != '?') {
    text_buffer_add_char(t->out, '(');
    t->n_groups++;
    t->flags[++t->depth] = flags;
    return true;
  }
  for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
    if (follows(t, kinds[i])) {
      t->at += strlen(kinds[i]);
      text_buffer_printf(t->out, "(%s", kinds[i]);
      t->flags[++t->depth] = flags;
      return true;
    }
  if (follows(t, "?<")) {
    t->at += 2;
    t->n_groups++;
    text_buffer_add_string(t->out, "(?<");
    while (!is_end(t) && peek(t, 0) != '>')
      text_buffer_add_char(t->out, t->pattern.data[t->at++]);
    t->flags[++t->depth] = flags;
    return true;
  }
  t->at++;
  if (t->dialect == REGEX_ECMA)
    return refuse(t, start, "a kind of group that is not supported");
  if (!set_flags(t, &flags))
    return false;
  if (t->pattern.data[t->at++] == ')') { /* (?i): for the rest of the group */
    text_buffer_add_char(t->out, ')');
    t->flags[t->depth] = flags;
    return true;
  }
  text_buffer_add_char(t->out, ':');
  t->flags[++t->depth] = flags;
  return true;
}

/* {2}, {2,} or {2,3}; the place is behind the brace. */
static bool translate_brace(struct translator *t)
{
  size_t length = 0;
  size_t commas = 0;
  while (peek(t, length) >= '0' && peek(t, length) <= '9')
    length++;
  bool is_repetition = length > 0;
  for (; peek(t, length) == ',' || (commas > 0 && peek(t, length) >= '0' && peek(t, length) <= '9'); length++)
    commas += peek(t, length) == ',';
  is_repetition = is_repetition && commas <= 1 && peek(t, length) == '}';
  if (!is_repetition && t->dialect == REGEX_JAVA)
    return refuse(t, t->at - 1, "a brace that opens no repetition");
  text_buffer_add_string(t->out, is_repetition ? "{" : "\\{");
  return true;
}

static bool translate_one(struct translator *t)
{
  bool is_java = t->dialect == REGEX_JAVA;
  char c = t->pattern.data[t->at++];
  switch (c) {
  case '\\':
    return translate_escape(t, false);
  case '[':
    return translate_class(t, 0);
  case '(':
    return open_group(t);
  case ')':
    if (t->depth == 0)
      return refuse(t, t->at - 1, "a closing parenthesis without an opening one");
    t->depth--;
    text_buffer_add_char(t->out, ')');
    return true;
  case '.':
    text_buffer_add_string(t->out, (flags_of(t) & FLAG_DOTALL) != 0 ? "[\\s\\S]"
                                   : is_java                        ? "[^" JAVA_LINE_ENDS "]"
                                                                    : "[^" ECMA_LINE_ENDS "]");
    return true;
  case '^':
    text_buffer_add_string(t->out, (flags_of(t) & FLAG_MULTILINE) != 0 ? JAVA_LINE_START : "\\A");
    return true;
  case '$':
    text_buffer_add_string(t->out, !is_java ? "\\z" : (flags_of(t) & FLAG_MULTILINE) != 0 ? JAVA_LINE_END : JAVA_END);
    return true;
  case '{':
    return translate_brace(t);
  case '#':
    if ((flags_of(t) & FLAG_COMMENTS) != 0)
      return refuse(t, t->at - 1, "a comment under (?x)");
    text_buffer_add_string(t->out, "\\x23");
    return true;
  default:
    if ((flags_of(t) & FLAG_ASCII_CASELESS) != 0 && is_ascii_letter(c))
      text_buffer_printf(t->out, "[%c%c]", c, c ^ 32);
    else {
      if ((flags_of(t) & FLAG_COMMENTS) != 0 && (unsigned char)c >= 0xC0) /* PCRE2 skips some of Unicode's blanks */
        text_buffer_add_char(t->out, '\\');
      text_buffer_add_char(t->out, c);
    }
    return true;
  }
}

bool regex_translate(struct text pattern, enum regex_dialect dialect, struct text_buffer *out, size_t *ret_at,
                     const char **ret_reason)
{
  struct translator t = { .pattern = pattern, .dialect = dialect, .out = out };
  text_buffer_reserve(out, pattern.length + 1);
  while (!is_end(&t) && translate_one(&t))
    ;
  if (t.reason == NULL && t.depth > 0)
    refuse(&t, pattern.length, "an opening parenthesis without a closing one");
  *ret_at = t.reason_at;
  *ret_reason = t.reason;
  return t.reason == NULL;
}
