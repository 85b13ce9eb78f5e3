/* Numbers as they are written in a locale, or by a pattern of DecimalFormat. */
#include "value/locale_internal.h"

struct affix {
  struct text before, after;
};

struct number_format {
  char decimal;
  enum group_mark group;
  bool takes_groups;
  struct affix positive, negative;
  int shift; /* 2: per cent, 3: per mille */
};

static const struct {
  enum group_mark mark;
  const char *bytes;
} mark_bytes[] = {
  { GROUP_COMMA, "," },
  { GROUP_POINT, "." },
  { GROUP_SPACE, " " },
  { GROUP_SPACE, "\xC2\xA0" },
  { GROUP_SPACE, "\xE2\x80\xAF" },
  { GROUP_APOSTROPHE, "'" },
  { GROUP_APOSTROPHE, "\xE2\x80\x99" },
};

/* The mark at the beginning of a text, with its bytes; GROUP_NONE. */
static enum group_mark mark_at(struct text text, struct text *ret_bytes)
{
  for (size_t i = 0; i < ARRAY_LENGTH(mark_bytes); i++) {
    *ret_bytes = text_from(mark_bytes[i].bytes);
    if (text_starts_with(text, *ret_bytes))
      return mark_bytes[i].mark;
  }
  return GROUP_NONE;
}

static struct text from(struct text text, size_t at)
{
  return (struct text){ text.data + at, text.length - at };
}

/* reading */

/* Takes an affix off; false where it is not there. */
static bool take(struct text *text, const struct affix *affix)
{
  size_t length = affix->before.length + affix->after.length;
  if (text->length < length || !text_starts_with(*text, affix->before) ||
      !text_equal(from(*text, text->length - affix->after.length), affix->after))
    return false;
  *text = (struct text){ text->data + affix->before.length, text->length - length };
  return true;
}

/* Digits in groups, up to the decimal mark: all groups by one mark, the first of one to three digits, each later one of
 * three. Returns the length read; the digits are added to `out`. */
static bool read_whole(const struct number_format *format, struct text text, char *out, size_t *at, size_t *length)
{
  size_t in_group = 0, n_groups = 0;
  struct text mark = { 0 };
  for (; *at < text.length;) {
    struct text bytes;
    if (char_is_digit(text.data[*at])) {
      out[(*length)++] = text.data[(*at)++];
      in_group++;
      continue;
    }
    if (!format->takes_groups || mark_at(from(text, *at), &bytes) != format->group)
      break;
    bool is_first = n_groups++ == 0;
    if (is_first ? in_group == 0 || in_group > 3 : in_group != 3 || !text_equal(bytes, mark))
      return false;
    mark = bytes;
    in_group = 0;
    *at += bytes.length;
  }
  return n_groups == 0 || in_group == 3;
}

/* A number of per cent has its point two digits further to the left. */
static bool shift_point(char *out, size_t *length, size_t first, size_t n_whole, int shift)
{
  char digits[NUMBER_TEXT_MOST];
  size_t n_digits = 0, point = n_whole;
  for (size_t i = first; i < *length; i++)
    if (out[i] != '.')
      digits[n_digits++] = out[i];
  size_t zeros = point < (size_t)shift ? (size_t)shift - point : 0;
  if (first + zeros + n_digits + 2 > NUMBER_TEXT_MOST)
    return false;
  *length = first;
  point = point + zeros - (size_t)shift;
  for (size_t i = 0; i < zeros + n_digits; i++) {
    if (i == point)
      out[(*length)++] = '.';
    out[(*length)++] = i < zeros ? '0' : digits[i - zeros];
  }
  return true;
}

bool number_format_read(const struct number_format *format, struct text text, char out[NUMBER_TEXT_MOST],
                        size_t *ret_length)
{
  size_t at = 0, length = 0;
  text = text_trim(text);
  if (text.length + 8 > NUMBER_TEXT_MOST)
    return false;
  bool is_negative = take(&text, &format->negative);
  if (!is_negative && !take(&text, &format->positive))
    return false;
  if (is_negative)
    out[length++] = '-';
  else if (text.length > 0 && text.data[0] == '+')
    at++;
  size_t first = length;
  if (!read_whole(format, text, out, &at, &length))
    return false;
  size_t n_whole = length - first;
  if (at < text.length && text.data[at] == format->decimal) {
    at++;
    out[length++] = '.';
    while (at < text.length && char_is_digit(text.data[at]))
      out[length++] = text.data[at++];
  }
  size_t n_digits = length - first - (length - first > n_whole ? 1 : 0);
  if (at < text.length || n_digits == 0)
    return false;
  if (format->shift > 0 && !shift_point(out, &length, first, n_whole, format->shift))
    return false;
  *ret_length = length;
  return true;
}

/* patterns */

struct reading {
  struct arena *arena;
  struct text pattern;
  size_t at;
  struct place place;
  struct error *err;
  int shift;
};

static bool refuse(const struct reading *reading, const char *what, const char *hint)
{
  fail(reading->err, ERROR_CONFIG, reading->place, "the pattern of numbers \"%.*s\" %s", TEXT_ARGS(reading->pattern),
       what);
  return add_hint(reading->err, "%s", hint);
}

static bool is_of_number(char c)
{
  return c == '#' || char_is_digit(c);
}

/* What stands before or behind the digits: as it is written, quotes taken off. */
static bool read_affix(struct reading *reading, struct text *ret_affix)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  bool is_quoted = false;
  for (; reading->at < reading->pattern.length; reading->at++) {
    char c = reading->pattern.data[reading->at];
    bool is_double =
        c == '\'' && reading->at + 1 < reading->pattern.length && reading->pattern.data[reading->at + 1] == '\'';
    if (is_double)
      reading->at++;
    else if (c == '\'') {
      is_quoted = !is_quoted;
      continue;
    }
    if (!is_quoted && (is_of_number(c) || c == ';' || c == '.' || c == ','))
      break;
    if (!is_quoted && text_starts_with(from(reading->pattern, reading->at), TEXT("\xC2\xA4")))
      return refuse(reading, "has a currency sign", "Write the sign as the data has it: \"#.##0,00 EUR\".");
    if (!is_quoted && c == '%')
      reading->shift = 2;
    if (!is_quoted && text_starts_with(from(reading->pattern, reading->at), TEXT("\xE2\x80\xB0")))
      reading->shift = 3;
    text_buffer_add_char(&out, c);
  }
  if (is_quoted)
    return refuse(reading, "has a quote that is not closed", "Two quotes '' stand for one.");
  *ret_affix = (struct text){ arena_copy(reading->arena, out.data == NULL ? "" : out.data, out.length), out.length };
  return true;
}

/* The part of digits and marks, up to what ends it; its marks by their places. */
static struct text read_digits(struct reading *reading)
{
  size_t start = reading->at, end = reading->at;
  while (reading->at < reading->pattern.length) {
    struct text bytes = { NULL, 1 };
    struct text rest = from(reading->pattern, reading->at);
    if (!is_of_number(rest.data[0]) && mark_at(rest, &bytes) == GROUP_NONE)
      break;
    bool is_number = is_of_number(rest.data[0]);
    if (!is_number && (rest.length <= bytes.length || !is_of_number(rest.data[bytes.length])))
      break; /* a blank before "EUR" is no mark */
    reading->at += is_number ? 1 : bytes.length;
    end = reading->at;
  }
  return (struct text){ reading->pattern.data + start, end - start };
}

/* "#.##0,00": which mark is what. Of the locale where there is one; else the last of two is the decimal one, and a
 * single one is what it is in Java: a comma groups, a point is the decimal one. */
static bool read_marks(struct reading *reading, const struct locale *locale, struct text digits,
                       struct number_format *format)
{
  enum group_mark group = GROUP_NONE, last = GROUP_NONE;
  size_t behind = 0, n_last = 0;
  bool has_two = false;
  for (size_t i = 0; i < digits.length;) {
    struct text bytes;
    if (is_of_number(digits.data[i])) {
      behind++;
      i++;
      continue;
    }
    enum group_mark mark = mark_at(from(digits, i), &bytes);
    if (last != GROUP_NONE && mark != last) {
      if (has_two)
        return refuse(reading, "has three different marks",
                      "Such as \"#.##0,00\": one groups, one is the decimal mark.");
      has_two = true;
      group = last;
      n_last = 0;
    }
    last = mark;
    n_last++;
    behind = 0;
    i += bytes.length;
  }
  enum group_mark decimal = locale != NULL                       ? (locale->decimal == ',' ? GROUP_COMMA : GROUP_POINT)
                            : has_two                            ? last
                            : n_last == 1 && last == GROUP_POINT ? GROUP_POINT
                                                                 : GROUP_NONE;
  bool has_decimal = last != GROUP_NONE && last == decimal;
  if (!has_decimal && !has_two)
    group = last;
  bool is_wrong = (has_two && !has_decimal) || (has_decimal && n_last > 1) ||
                  (locale != NULL && group != GROUP_NONE && group != locale->group);
  if (is_wrong)
    return refuse(reading, locale != NULL ? "has marks that are not the locale's" : "has a decimal mark more than once",
                  "Such as \"#.##0,00\" for es_ES, \"#,##0.00\" for en_US, \"# ##0,00\" for fr_FR.");
  bool is_group_last = group != GROUP_NONE && !has_decimal && behind != 3;
  if (is_group_last)
    return refuse(reading, "has a last group that is not of three digits",
                  "Name the locale, where the mark is the decimal one: locale: es_ES.");
  format->decimal = locale != NULL         ? locale->decimal
                    : has_decimal          ? (decimal == GROUP_COMMA ? ',' : '.')
                    : group == GROUP_POINT ? ','
                                           : '.';
  if (has_decimal && decimal != GROUP_COMMA && decimal != GROUP_POINT)
    return refuse(reading, "has a decimal mark that is none", "The decimal mark is a comma or a point.");
  format->group = group;
  format->takes_groups = group != GROUP_NONE;
  return true;
}

static bool read_sub_pattern(struct reading *reading, struct affix *ret_affix, struct text *ret_digits)
{
  if (!read_affix(reading, &ret_affix->before))
    return false;
  *ret_digits = read_digits(reading);
  if (ret_digits->length == 0)
    return refuse(reading, "has no digits", "Such as \"#,##0.00\": # and 0 stand for digits.");
  if (reading->at < reading->pattern.length && reading->pattern.data[reading->at] == 'E' &&
      reading->at + 1 < reading->pattern.length && char_is_digit(reading->pattern.data[reading->at + 1]))
    return refuse(reading, "has an exponent", "A cast without format_hint reads 1.5E3.");
  if (!read_affix(reading, &ret_affix->after))
    return false;
  if (reading->at < reading->pattern.length && reading->pattern.data[reading->at] != ';')
    return refuse(reading, "has digits or marks in two places", "Put what is no digit in quotes: \"'No. '0\".");
  return true;
}

bool number_format_compile(struct arena *arena, const struct locale *locale, struct text pattern, struct place place,
                           const struct number_format **ret_format, struct error *err)
{
  struct number_format *format = arena_alloc(arena, sizeof(*format));
  *format = (struct number_format){
    .negative.before = TEXT("-"), .positive.before = TEXT(""), .positive.after = TEXT(""), .negative.after = TEXT("")
  };
  *ret_format = format;
  if (pattern.data == NULL) {
    format->decimal = locale->decimal;
    format->group = locale->group;
    format->takes_groups = true;
    return true;
  }
  struct reading reading = { .arena = arena, .pattern = pattern, .place = place, .err = err };
  struct text digits, ignored;
  if (!read_sub_pattern(&reading, &format->positive, &digits) || !read_marks(&reading, locale, digits, format))
    return false;
  format->negative.before = text_from(arena_printf(arena, "-%.*s", TEXT_ARGS(format->positive.before)));
  format->negative.after = format->positive.after;
  if (reading.at < pattern.length) {
    reading.at++;
    if (!read_sub_pattern(&reading, &format->negative, &ignored))
      return false;
    if (reading.at < pattern.length)
      return refuse(&reading, "has more than two parts", "One for positive numbers; one for negative ones.");
  }
  format->shift = reading.shift;
  return true;
}
