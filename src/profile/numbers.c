/* Whether texts are numbers, and how a cast reads them: plainly, by a locale, or by a pattern of DecimalFormat. */
#include "profile/profile_internal.h"

#include "value/locale.h"

#include <stdio.h>
#include <stdlib.h>

enum {
  GROUPS = MARK_GROUP_POINT | MARK_GROUP_COMMA | MARK_GROUP_SPACE | MARK_GROUP_APOSTROPHE,
  DECIMALS = MARK_DECIMAL_POINT | MARK_DECIMAL_COMMA,
  DOUBTFUL = MARK_DOUBTFUL_POINT | MARK_DOUBTFUL_COMMA,
};

/* A way to write numbers: its marks, and the locales that have them, one a language that is preferred by it. */
static const struct {
  unsigned group;
  char decimal;
  const char *mark; /* between groups */
  const char *locales[4];
} ways[] = {
  { MARK_GROUP_POINT, ',', ".", { "es", "pt", "de", "it" } },
  { MARK_GROUP_SPACE, ',', " ", { "fr", "es_CR", "pt_PT", "de_AT" } },
  { MARK_GROUP_COMMA, '.', ",", { "en", "es_MX" } },
  { MARK_GROUP_APOSTROPHE, '.', "'", { "de_CH", "it_CH", "en_CH" } },
  { MARK_GROUP_SPACE, '.', " ", { NULL } },
  { MARK_GROUP_APOSTROPHE, ',', "'", { NULL } },
};

void column_doubt(struct arena *arena, struct column_profile *column, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  const char *text = arena_vprintf(arena, format, arguments);
  va_end(arguments);
  column->doubt = column->doubt == NULL ? text : arena_printf(arena, "%s; %s", column->doubt, text);
}

/* What a doubtful mark is; false: nothing tells. */
static bool settle_doubts(struct arena *arena, const struct evidence *evidence, struct column_profile *column,
                          unsigned *marks, bool *ret_groups)
{
  bool is_comma = (*marks & MARK_DOUBTFUL_COMMA) != 0, is_point = (*marks & MARK_DOUBTFUL_POINT) != 0;
  const unsigned of_comma = MARK_DECIMAL_COMMA | MARK_GROUP_POINT, of_point = MARK_DECIMAL_POINT | MARK_GROUP_COMMA;
  unsigned known = *marks & (of_comma | of_point), told = known != 0 ? known : evidence->marks & (of_comma | of_point);
  *ret_groups = false;
  if (is_comma && is_point)
    told = known;
  bool says_comma = (told & of_comma) != 0, says_point = (told & of_point) != 0;
  if (says_comma == says_point) { /* neither, or both */
    if (!is_comma && is_point && !says_comma) {
      column_doubt(arena, column, "every point of it stands before three digits: it is taken for the decimal point");
      *marks |= MARK_DECIMAL_POINT;
      *marks &= ~(unsigned)DOUBTFUL;
      return true;
    }
    column_doubt(arena, column,
                 "the mark in numbers such as %s may group digits or be the decimal mark: no value tells, and it is "
                 "left as text",
                 column->facts.numbers.greatest);
    return false;
  }
  *ret_groups = (is_comma && says_point) || (is_point && says_comma);
  if (known == 0)
    column_doubt(arena, column, "the mark in numbers such as %s is taken for %s, as other columns have it",
                 column->facts.numbers.greatest, *ret_groups ? "one that groups digits" : "the decimal mark");
  *marks &= ~(unsigned)DOUBTFUL;
  *marks |= says_comma ? (is_comma ? MARK_DECIMAL_COMMA : 0U) | (is_point ? MARK_GROUP_POINT : 0U)
                       : (is_point ? MARK_DECIMAL_POINT : 0U) | (is_comma ? MARK_GROUP_COMMA : 0U);
  return true;
}

static const struct type *number_type(struct arena *arena, int whole, int scale, bool is_decimal)
{
  int precision = whole + scale;
  if (!is_decimal && whole < 19)
    return type_simple(whole < 10 ? TYPE_INT : TYPE_BIGINT);
  return precision > 38 ? NULL : type_decimal(arena, precision < 18 ? 18 : precision, scale);
}

/* Digits with the point of SQL, of a number as it is written. */
static const char *plain_number(struct arena *arena, const char *number, char decimal)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  if (strpbrk(number, "-(") != NULL || strstr(number, "\xE2\x88\x92") != NULL)
    text_buffer_add_char(&out, '-');
  for (const char *p = number; *p != '\0'; p++)
    if (char_is_digit(*p) || (*p == decimal && decimal != '\0'))
      text_buffer_add_char(&out, *p == decimal ? '.' : *p);
  return text_copy(arena, text_buffer_text(&out));
}

static size_t find_way(unsigned group, char decimal)
{
  for (size_t i = 0; i < ARRAY_LENGTH(ways); i++)
    if ((group == 0 || ways[i].group == group) && (decimal == '\0' || ways[i].decimal == decimal))
      return i;
  return SIZE_MAX;
}

static const char *choose_locale(size_t way, const char *language)
{
  for (size_t i = 0; i < ARRAY_LENGTH(ways[way].locales) && language != NULL; i++)
    if (ways[way].locales[i] != NULL && strncmp(ways[way].locales[i], language, 2) == 0)
      return ways[way].locales[i];
  return ways[way].locales[0];
}

/* What stands around numbers, in quotes where the pattern would take it for something else. */
static void add_affix(struct text affix, struct text_buffer *out)
{
  bool is_quoted = memchr(affix.data, '%', affix.length) != NULL;
  text_buffer_add_string(out, is_quoted ? "'" : "");
  text_buffer_add_text(out, affix);
  text_buffer_add_string(out, is_quoted ? "'" : "");
}

/* The pattern, "#.##0,00 EUR;#.##0,00 EUR-". */
static const char *print_pattern(struct arena *arena, const struct number_facts *facts, const char *mark, char decimal)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 }, digits = { 0 };
  static const char *const before[N_NUMBER_SIGNS] = { [SIGN_LONG_MINUS] = "\xE2\x88\x92", [SIGN_PARENTHESES] = "(" };
  static const char *const after[N_NUMBER_SIGNS] = { [SIGN_TRAILING] = "-", [SIGN_PARENTHESES] = ")" };
  if (mark != NULL)
    text_buffer_printf(&digits, "#%s##0", mark);
  else
    text_buffer_add_char(&digits, '0');
  if (decimal != '\0')
    text_buffer_printf(&digits, "%c00", decimal);
  add_affix(facts->before, &out);
  text_buffer_add_text(&out, text_buffer_text(&digits));
  add_affix(facts->after, &out);
  for (size_t sign = SIGN_LONG_MINUS; sign < N_NUMBER_SIGNS; sign++) {
    if ((facts->signs >> sign & 1U) == 0)
      continue;
    text_buffer_printf(&out, ";%s", before[sign] == NULL ? "" : before[sign]);
    add_affix(facts->before, &out);
    text_buffer_printf(&out, "%s%s", sign == SIGN_INNER ? "-" : "", digits.data);
    add_affix(facts->after, &out);
    text_buffer_add_string(&out, after[sign] == NULL ? "" : after[sign]);
  }
  return text_copy(arena, text_buffer_text(&out));
}

/* Telephone numbers and the numbers of people and companies are written in groups, too. */
static bool may_be_code(const struct summary_facts *facts, unsigned group, bool is_decimal)
{
  enum { LONG = 8, MANY = 10 };
  const struct number_facts *numbers = &facts->numbers;
  bool is_even = numbers->most_digits == numbers->least_digits && numbers->before.length + numbers->after.length == 0;
  if (is_decimal || (numbers->signs & ~(1U << SIGN_NONE)) != 0)
    return false;
  if (numbers->has_plus && (group != 0 || numbers->most_digits >= LONG))
    return true;
  return group != 0 && group != MARK_GROUP_APOSTROPHE && is_even && numbers->most_digits >= LONG &&
         (group == MARK_GROUP_SPACE || facts->count >= MANY);
}

static unsigned count_bits(unsigned bits)
{
  return (unsigned)__builtin_popcount(bits);
}

/* How a cast reads them; false: none does. */
static bool choose_reading(struct arena *arena, const struct evidence *evidence, struct column_profile *column,
                           unsigned group, char decimal)
{
  const struct number_facts *facts = &column->facts.numbers;
  unsigned signs = facts->signs & ~(1U << SIGN_NONE);
  bool has_affix = facts->before.length + facts->after.length > 0;
  bool needs_pattern = has_affix || (signs & ~(1U << SIGN_MINUS)) != 0;
  if (count_bits(signs) > 1) {
    column_doubt(arena, column, "numbers whose minus signs are written in several ways, and left as text");
    return false;
  }
  if (!needs_pattern && group == 0 && decimal != ',')
    return true;
  size_t way = find_way(group, decimal);
  if (way == SIZE_MAX)
    return false;
  column->locale = choose_locale(way, evidence->language);
  bool has_marks = group != 0 || decimal == ',';
  if (!has_marks)
    column->locale = NULL;
  if (needs_pattern || column->locale == NULL)
    column->hint = print_pattern(arena, facts, group == 0 ? NULL : ways[way].mark, decimal);
  if (column->locale == NULL && group != 0 && decimal == '\0')
    return false; /* without a locale one mark alone says nothing */
  if (memchr(facts->after.data, '%', facts->after.length) != NULL)
    column_doubt(arena, column, "12.5 %% stays 12.5; without the quotes around %% in format_hint it is 0.125");
  else if (has_affix)
    column_doubt(arena, column, "every number has \"%.*s%.*s\", which the number itself has no more",
                 TEXT_ARGS(facts->before), TEXT_ARGS(facts->after));
  return true;
}

/* 1.5e3; codes such as 12e5 are none. */
static bool decide_exponents(struct arena *arena, struct column_profile *column)
{
  const struct number_facts *facts = &column->facts.numbers;
  const unsigned allowed = MARK_EXPONENT | MARK_DECIMAL_POINT | MARK_DOUBTFUL_POINT;
  if ((facts->marks & ~allowed) != 0 || facts->before.length + facts->after.length > 0 ||
      (facts->signs & ~(1U << SIGN_NONE | 1U << SIGN_MINUS)) != 0)
    return false;
  if (!facts->has_pointed_exponent && (facts->marks & MARK_DECIMAL_POINT) == 0) {
    column_doubt(arena, column, "numbers with an exponent, or codes: left as text");
    return false;
  }
  column->type = type_simple(TYPE_DOUBLE);
  column->quantiles = facts->quantiles;
  column->least = facts->least;
  column->greatest = facts->greatest;
  return true;
}

static void scale_quantiles(struct arena *arena, struct column_profile *column, double factor)
{
  double *quantiles = arena_array(arena, SUMMARY_QUANTILES, sizeof(*quantiles));
  for (size_t i = 0; i < SUMMARY_QUANTILES; i++)
    quantiles[i] = column->facts.numbers.quantiles[i] * factor;
  column->quantiles = quantiles;
}

static bool is_number_column(struct arena *arena, struct column_profile *column)
{
  const struct summary_facts *facts = &column->facts;
  const struct number_facts *numbers = &facts->numbers;
  if (facts->count == 0 || numbers->count == 0 || !facts->has_all_shapes)
    return false;
  if (numbers->count < facts->count) {
    if (numbers->count * 10 >= facts->count * 9 && facts->odd != NULL && !numbers->is_padded)
      column_doubt(arena, column, "numbers but for %llu of %llu values%s: left as text",
                   (unsigned long long)(facts->count - numbers->count), (unsigned long long)facts->count,
                   odd_value(arena, column));
    return false;
  }
  if (numbers->is_mixed)
    column_doubt(arena, column, "numbers with different signs around them, left as text");
  return !numbers->is_mixed && !numbers->is_padded;
}

bool numbers_decide(struct arena *arena, const struct evidence *evidence, struct column_profile *column)
{
  const struct number_facts *facts = &column->facts.numbers;
  bool groups_doubtful = false;
  unsigned marks = facts->marks;
  if (!is_number_column(arena, column))
    return false;
  if ((marks & MARK_EXPONENT) != 0)
    return decide_exponents(arena, column);
  if ((marks & DOUBTFUL) != 0 && !settle_doubts(arena, evidence, column, &marks, &groups_doubtful))
    return false;
  unsigned group = marks & GROUPS;
  char decimal = (marks & MARK_DECIMAL_COMMA) != 0 ? ',' : (marks & MARK_DECIMAL_POINT) != 0 ? '.' : '\0';
  bool is_torn = count_bits(marks & DECIMALS) > 1 || count_bits(group) > 1 ||
                 (decimal == ',' && group == MARK_GROUP_COMMA) || (decimal == '.' && group == MARK_GROUP_POINT);
  if (is_torn) {
    column_doubt(arena, column, "numbers with marks of several countries, such as %s and %s: left as text",
                 facts->least, facts->greatest);
    return false;
  }
  if (may_be_code(&column->facts, group, decimal != '\0')) {
    column_doubt(arena, column, "digits in groups, all alike, as telephone numbers are: left as text");
    return false;
  }
  const struct type *type =
      number_type(arena, groups_doubtful || decimal == '\0' ? facts->most_digits : facts->most_whole,
                  decimal == '\0' ? 0 : facts->most_scale, decimal != '\0');
  if (type == NULL || !choose_reading(arena, evidence, column, group, decimal))
    return false;
  column->type = type;
  column->least = plain_number(arena, facts->least, decimal);
  column->greatest = plain_number(arena, facts->greatest, decimal);
  scale_quantiles(arena, column, groups_doubtful && decimal == '\0' ? 1000 : 1);
  return true;
}

void numbers_testify(const struct column_profile *column, struct evidence *evidence)
{
  const struct summary_facts *facts = &column->facts;
  unsigned marks = facts->numbers.marks;
  if (column->is_typed || facts->numbers.count < facts->count || facts->numbers.is_padded ||
      (marks & MARK_EXPONENT) != 0)
    return;
  evidence->marks |= marks & (MARK_DECIMAL_COMMA | MARK_DECIMAL_POINT | MARK_GROUP_COMMA | MARK_GROUP_POINT);
}

/* Whether a cast of the column reads its values under a locale of the dataset, too. */
static bool is_read_under(const struct column_profile *column, const struct locale *locale)
{
  bool is_number = type_is_numeric(column->type);
  if (column->is_typed || !is_number)
    return true;
  bool is_plain = column->locale == NULL && column->hint == NULL;
  if (column->hint != NULL)
    return column->locale != NULL;
  if (!is_plain)
    return locale_find(text_from(column->locale)) == locale;
  return type_is_integral(column->type);
}

void locales_settle(struct profile *profile)
{
  const char *name = NULL;
  for (size_t i = 0; i < profile->n_columns && name == NULL; i++)
    if (type_is_numeric(profile->columns[i].type) && profile->columns[i].hint == NULL)
      name = profile->columns[i].locale;
  if (name == NULL)
    return;
  const struct locale *locale = locale_find(text_from(name));
  for (size_t i = 0; i < profile->n_columns; i++)
    if (!is_read_under(&profile->columns[i], locale))
      return;
  profile->locale = name;
}
