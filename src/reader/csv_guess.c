/* Whether the first line of a CSV file seems to be a record and no header: a guess, which hints and warnings tell. */
#include "reader/csv_guess.h"

#include <ctype.h>

enum look { LOOKS_LIKE_NAME, LOOKS_LIKE_INTEGER, LOOKS_LIKE_DATE, LOOKS_LIKE_VALUE };

static size_t count_digits(struct text text)
{
  size_t digits = 0;
  for (size_t i = 0; i < text.length; i++)
    digits += isdigit((unsigned char)text.data[i]) ? 1 : 0;
  return digits;
}

/* Digits, and between them marks: 12.50, 1.234,56, -3, 1e5 is none. */
static bool is_number(struct text text)
{
  if (text.length > 1 && (text.data[0] == '-' || text.data[0] == '+'))
    text = (struct text){ text.data + 1, text.length - 1 };
  if (text.length == 0 || !isdigit((unsigned char)text.data[0]))
    return false;
  for (size_t i = 0; i < text.length; i++)
    if (!isdigit((unsigned char)text.data[i]) && strchr(".,", text.data[i]) == NULL)
      return false;
  return true;
}

/* 2024-01-31, 31/01/24, 1/22/20 8:00. */
static bool is_date(struct text text)
{
  size_t separators = 0;
  if (text.length < 6 || !isdigit((unsigned char)text.data[0]) || count_digits(text) < 4)
    return false;
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    if (c == '\0' || (!isdigit((unsigned char)c) && strchr("-/.: TZ+", c) == NULL))
      return false;
    separators += c == '-' || c == '/' || c == '.';
  }
  return separators >= 2;
}

/* A mail address or a UUID. */
static bool is_identifier(struct text text)
{
  enum { UUID_LENGTH = 36 };
  const char *at = memchr(text.data, '@', text.length);
  if (at != NULL && at != text.data)
    return memchr(at, '.', text.length - (size_t)(at - text.data)) != NULL;
  for (size_t i = 0; i < text.length; i++)
    if (!isxdigit((unsigned char)text.data[i]) && text.data[i] != '-')
      return false;
  return text.length == UUID_LENGTH && text.data[8] == '-' && text.data[13] == '-';
}

static enum look look_at(struct text text)
{
  if (text.length == 0)
    return LOOKS_LIKE_NAME;
  if (count_digits(text) == text.length)
    return LOOKS_LIKE_INTEGER;
  if (is_date(text))
    return LOOKS_LIKE_DATE;
  return is_number(text) || is_identifier(text) ? LOOKS_LIKE_VALUE : LOOKS_LIKE_NAME;
}

/* Wide tables have columns for years, weeks, days: several, and each later than the one before. */
static bool follows(struct text before, struct text text)
{
  if (before.length != text.length)
    return before.length < text.length;
  return memcmp(before.data, text.data, text.length) < 0;
}

static bool is_year(struct text text)
{
  return text.length == 4 && (memcmp(text.data, "19", 2) == 0 || memcmp(text.data, "20", 2) == 0);
}

bool csv_looks_headless(const struct text *names, size_t count)
{
  size_t n_looks[LOOKS_LIKE_VALUE + 1] = { 0 }, n_blank = 0;
  struct text last = { 0 };
  bool is_series = true, is_of_years = true;
  for (size_t i = 0; i < count; i++) {
    struct text name = text_trim(names[i]);
    enum look look = look_at(name);
    n_blank += name.length == 0;
    n_looks[look]++;
    is_of_years = is_of_years && (look != LOOKS_LIKE_INTEGER || is_year(name));
    if (look == LOOKS_LIKE_INTEGER) {
      is_series = is_series && (last.data == NULL || follows(last, name));
      last = name;
    }
  }
  size_t n_integers = n_looks[LOOKS_LIKE_INTEGER], n_dates = n_looks[LOOKS_LIKE_DATE];
  enum { MANY_DATES = 3, SHARE = 4 }; /* few records hold so many dates; a number among few names is one */
  if (n_looks[LOOKS_LIKE_VALUE] > 0 || (n_dates > 0 && n_dates < MANY_DATES))
    return true;
  if (n_dates > 0 || n_integers == 0 || is_of_years || (n_integers > 1 && is_series))
    return false;
  return n_integers * SHARE >= count - n_blank;
}
