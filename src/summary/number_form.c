/* Numbers as they are written: signs, marks, what stands around them. */
#include "summary/summary_internal.h"

#include <math.h>
#include <stdlib.h>

static const struct {
  const char *bytes;
  unsigned group;
  char decimal;
} marks[] = {
  { ".", MARK_GROUP_POINT, '.' },
  { ",", MARK_GROUP_COMMA, ',' },
  { " ", MARK_GROUP_SPACE, '\0' },
  { "\xC2\xA0", MARK_GROUP_SPACE, '\0' },
  { "\xE2\x80\xAF", MARK_GROUP_SPACE, '\0' },
  { "'", MARK_GROUP_APOSTROPHE, '\0' },
  { "\xE2\x80\x99", MARK_GROUP_APOSTROPHE, '\0' },
};

#define LONG_MINUS TEXT("\xE2\x88\x92")

static size_t count_digits(struct text value, size_t at, size_t end)
{
  size_t start = at;
  while (at < end && char_is_digit(value.data[at]))
    at++;
  return at - start;
}

/* The mark at a place, in front of a digit; SIZE_MAX: there is none. */
static size_t find_mark(struct text value, size_t at, size_t end)
{
  for (size_t i = 0; i < ARRAY_LENGTH(marks); i++) {
    size_t length = strlen(marks[i].bytes);
    if (at + length < end && memcmp(value.data + at, marks[i].bytes, length) == 0)
      return char_is_digit(value.data[at + length]) ? i : SIZE_MAX;
  }
  return SIZE_MAX;
}

/* Groups of digits: what their marks are. False: it is none of the ways in which numbers are written. */
static bool find_marks(struct text value, struct number_form *form)
{
  size_t at = form->start, end = form->end, last = 0, n_marks = 0;
  size_t digits = count_digits(value, at, end), lead = digits, behind = 0, kind = SIZE_MAX, second = SIZE_MAX;
  bool is_grouped = digits >= 1 && digits <= 3;
  for (at += digits; at < end; at += behind) {
    size_t mark = find_mark(value, at, end);
    if (mark == SIZE_MAX || second != SIZE_MAX)
      return false; /* nothing follows a second kind of mark */
    at += strlen(marks[mark].bytes);
    behind = count_digits(value, at, end);
    n_marks++;
    if (kind == SIZE_MAX) {
      kind = mark;
    } else if (mark != kind) {
      second = mark;
      continue;
    }
    last = digits;
    digits += behind;
    is_grouped = is_grouped && behind == 3;
  }
  form->whole = (unsigned char)digits;
  if (kind == SIZE_MAX)
    return lead > 0;
  if (second != SIZE_MAX) { /* 1.234,5 */
    form->decimal = marks[second].decimal;
    form->scale = (unsigned char)behind;
    form->marks = marks[kind].group | (form->decimal == '.' ? MARK_DECIMAL_POINT : MARK_DECIMAL_COMMA);
    return is_grouped && form->decimal != '\0';
  }
  bool is_one = n_marks == 1 && marks[kind].decimal != '\0';
  if (!is_one) {
    form->marks = marks[kind].group;
    return is_grouped;
  }
  form->decimal = marks[kind].decimal;
  form->scale = (unsigned char)behind;
  form->whole = (unsigned char)last;
  bool is_point = form->decimal == '.', is_doubtful = is_grouped;
  form->marks = is_doubtful ? (is_point ? MARK_DOUBTFUL_POINT : MARK_DOUBTFUL_COMMA)
                            : (is_point ? MARK_DECIMAL_POINT : MARK_DECIMAL_COMMA);
  return true;
}

/* The bytes of a currency's or the per cent sign at a place; 0: there is none. */
static size_t sign_length(struct text text, size_t at)
{
  const unsigned char *bytes = (const unsigned char *)text.data + at;
  size_t left = text.length - at;
  if (bytes[0] == '$' || bytes[0] == '%')
    return 1;
  if (left >= 2 && bytes[0] == 0xC2 && bytes[1] >= 0xA2 && bytes[1] <= 0xA5) /* cent, pound, yen */
    return 2;
  return left >= 3 && bytes[0] == 0xE2 && (bytes[1] == 0x82 || bytes[1] == 0x83) ? 3 : 0; /* the euro and others */
}

/* What may stand around a number: "$", "US$ ", " %", " EUR". A unit or another word is a part of the value. */
static bool is_affix(struct text text)
{
  enum { CODE = 3, LONGEST = 8 };
  size_t n_letters = 0, n_capitals = 0, n_signs = 0, at = 0;
  if (text.length > LONGEST)
    return false;
  while (at < text.length) {
    size_t length = sign_length(text, at);
    n_signs += length > 0;
    n_letters += char_is_letter(text.data[at]);
    n_capitals += text.data[at] >= 'A' && text.data[at] <= 'Z';
    if (length == 0 && !char_is_letter(text.data[at]) && text.data[at] != ' ' &&
        !text_starts_with((struct text){ text.data + at, text.length - at }, TEXT("\xC2\xA0")))
      return false;
    at += length > 0 ? length : text.data[at] == '\xC2' ? 2 : 1;
  }
  return text.length == 0 || (n_signs == 1 && n_letters <= CODE) || (n_letters == CODE && n_capitals == CODE);
}

/* What is outside of digits and marks: the sign and an affix. */
static bool find_sign(struct text value, struct number_form *form)
{
  struct text before = { value.data, form->start }, after = { value.data + form->end, value.length - form->end };
  if (text_starts_with(before, TEXT("(")) && text_ends_with(after, TEXT(")"))) {
    form->sign = SIGN_PARENTHESES;
    before = (struct text){ before.data + 1, before.length - 1 };
    after.length--;
  } else if (text_starts_with(before, TEXT("-"))) {
    form->sign = SIGN_MINUS;
    before = (struct text){ before.data + 1, before.length - 1 };
  } else if (text_starts_with(before, LONG_MINUS)) {
    form->sign = SIGN_LONG_MINUS;
    before = (struct text){ before.data + 3, before.length - 3 };
  } else if (text_starts_with(before, TEXT("+"))) {
    form->has_plus = true;
    before = (struct text){ before.data + 1, before.length - 1 };
  } else if (before.length > 1 && text_ends_with(before, TEXT("-"))) {
    form->sign = SIGN_INNER;
    before.length--;
  } else if (text_ends_with(after, TEXT("-"))) {
    form->sign = SIGN_TRAILING;
    after.length--;
  }
  form->before = (unsigned char)before.length;
  form->after = (unsigned char)after.length;
  return is_affix(before) && is_affix(after) && (before.length == 0 || after.length == 0);
}

/* 1.5e-3: behind digits, only where nothing else stands around them. */
static bool find_exponent(struct text value, struct number_form *form)
{
  size_t at = form->end;
  if (at + 1 >= value.length || (value.data[at] | 0x20) != 'e')
    return false;
  size_t sign = value.data[at + 1] == '-' || value.data[at + 1] == '+';
  size_t digits = count_digits(value, at + 1 + sign, value.length);
  if (digits == 0 || digits > 3 || at + 1 + sign + digits != value.length || form->start > 1 ||
      (form->start == 1 && value.data[0] != '-'))
    return false;
  if ((form->marks & ~(unsigned)(MARK_DECIMAL_POINT | MARK_DOUBTFUL_POINT)) != 0)
    return false;
  form->end = (unsigned char)value.length;
  form->sign = form->start == 1 ? SIGN_MINUS : SIGN_NONE;
  form->has_exponent = true;
  form->is_pointed = form->decimal == '.' || sign > 0;
  form->marks = MARK_EXPONENT;
  return true;
}

bool number_form_find(struct text value, struct number_form *ret_form)
{
  struct number_form form = { 0 };
  size_t start = 0, end = value.length;
  while (start < end && !char_is_digit(value.data[start]))
    start++;
  if (start == end)
    return false;
  bool is_bare = start > 0 && value.data[start - 1] == '.' && (start == 1 || value.data[start - 2] == '-');
  start -= is_bare; /* .5 */
  form.start = (unsigned char)start;
  for (end = start; end < value.length;) {
    size_t mark = find_mark(value, end, value.length);
    if (char_is_digit(value.data[end]))
      end++;
    else if (mark != SIZE_MAX)
      end += strlen(marks[mark].bytes);
    else
      break;
  }
  form.end = (unsigned char)end;
  if (is_bare)
    form = (struct number_form){ .start = form.start,
                                 .end = form.end,
                                 .decimal = '.',
                                 .marks = MARK_DECIMAL_POINT,
                                 .scale = (unsigned char)(end - start - 1) };
  else if (!find_marks(value, &form))
    return false;
  if (is_bare && count_digits(value, start + 1, end) != end - start - 1)
    return false;
  *ret_form = form;
  if (end == value.length || (value.data[end] | 0x20) != 'e' || !find_exponent(value, ret_form))
    return find_sign(value, ret_form);
  return true;
}

/* Exact up to 2^63; what is longer nearly so. */
static double read_digits(const struct number_form *form, struct text value)
{
  static const double powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9, 1e10,
                                   1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20 };
  uint64_t digits = 0;
  double large = 0;
  for (size_t i = form->start; i < form->end; i++) {
    unsigned digit = (unsigned)(unsigned char)value.data[i] - '0';
    if (digit > 9)
      continue;
    if (large > 0 || digits > UINT64_MAX / 20)
      large = (large > 0 ? large : (double)digits) * 10 + digit;
    else
      digits = digits * 10 + digit;
  }
  double number = large > 0 ? large : (double)digits;
  return form->scale < ARRAY_LENGTH(powers) ? number / powers[form->scale] : number * pow(10, -(double)form->scale);
}

bool number_form_read(const struct number_form *form, struct text value, double *ret_number)
{
  if (!form->has_exponent) {
    double number = read_digits(form, value);
    *ret_number = form->sign == SIGN_NONE ? number : -number;
    return true;
  }
  char text[64];
  if (value.length >= sizeof(text) || memchr(value.data, 'e', value.length) == memchr(value.data, 'E', value.length))
    return false;
  memcpy(text, value.data, value.length);
  text[value.length] = '\0';
  char *end = NULL;
  *ret_number = strtod(text, &end);
  return *end == '\0' && isfinite(*ret_number);
}
