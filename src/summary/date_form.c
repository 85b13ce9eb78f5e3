/* Dates as they are written: which parts follow one another, which order of day, month and year every value allows, and
 * the pattern of DateTimeFormatter for it. */
#include "summary/summary_internal.h"

#include "value/cast.h"
#include "value/locale.h"

#include <stdio.h>

static size_t word_length(struct text value, size_t at)
{
  size_t start = at;
  while (at < value.length && (char_is_letter(value.data[at]) || (unsigned char)value.data[at] >= 128))
    at++;
  return at - start;
}

static char kind_of_digits(size_t length, bool is_fraction)
{
  return is_fraction && length <= 9 ? 'F' : length <= 2 ? 'N' : length == 4 ? 'Y' : '\0';
}

static char kind_of_word(struct text word, const char *form)
{
  static const char *const between[] = { "de", "del", "T", "di" };
  bool is_behind_time = strchr(form, ':') != NULL;
  if (is_behind_time && (text_equal_nocase(word, TEXT("AM")) || text_equal_nocase(word, TEXT("PM"))))
    return 'P';
  if (is_behind_time && text_equal(word, TEXT("Z")))
    return 'Z';
  int month = 0;
  if (locale_find_month(word, &month) != 0)
    return 'M';
  for (size_t i = 0; i < ARRAY_LENGTH(between); i++)
    if (text_equal(word, text_from(between[i])))
      return 'W';
  return '\0';
}

/* "+02:00" or "-0500" behind a time. */
static size_t offset_length(struct text value, size_t at)
{
  size_t length = value.length - at;
  if ((value.data[at] != '+' && value.data[at] != '-') || (length != 5 && length != 6))
    return 0;
  for (size_t i = 1; i < length; i++)
    if (length == 6 && i == 3 ? value.data[at + i] != ':' : !char_is_digit(value.data[at + i]))
      return 0;
  return length;
}

/* The dates that there are: day and month by numbers or a name, a year of four digits or two; then the time. */
static bool is_known(const char *form)
{
  static const char separators[] = "/-.";
  char date[FORM_LENGTH], *end = date;
  const char *time = form;
  for (; *time != '\0' && *time != ':'; time++)
    *end++ = *time;
  *end = '\0';
  if (*time == ':') { /* the hour, and what stands before it */
    if (end - date < 3 || end[-1] != 'N' || strchr(" T", end[-2]) == NULL || (end[-2] == 'T' && end[-3] == 'W'))
      return false;
    end[-2] = '\0';
    if (end - date > 3 && end[-3] == ',')
      end[-3] = '\0';
  }
  static const char *const numbers[] = { "N-N-Y", "Y-N-N", "N-N-N" };
  static const char *const names[] = { "N-M-Y", "N M Y",     "N. M Y", "N-M-N", "M N, Y",
                                       "M N Y", "N W M W Y", "Y-M-N",  "N M, Y" };
  for (size_t s = 0; s < sizeof(separators) - 1; s++)
    for (size_t i = 0; i < ARRAY_LENGTH(numbers) + ARRAY_LENGTH(names); i++) {
      const char *known = i < ARRAY_LENGTH(numbers) ? numbers[i] : names[i - ARRAY_LENGTH(numbers)];
      size_t k = 0;
      while (known[k] != '\0' && date[k] == (known[k] == '-' ? separators[s] : known[k]))
        k++;
      if (known[k] == '\0' && date[k] == '\0')
        return *time == '\0' || strcmp(time, ":N") == 0 || strcmp(time, ":N P") == 0 || strcmp(time, ":N:N") == 0 ||
               strcmp(time, ":N:N P") == 0 || strcmp(time, ":N:N.F") == 0 || strcmp(time, ":N:NZ") == 0 ||
               strcmp(time, ":N:N O") == 0 || strcmp(time, ":N:NO") == 0 || strcmp(time, ":N:N.FZ") == 0 ||
               strcmp(time, ":N:N.FO") == 0;
    }
  return false;
}

bool date_form_find(struct text value, struct date_part parts[DATE_PARTS], size_t *ret_count,
                    char ret_form[FORM_LENGTH])
{
  size_t count = 0, length = 0;
  bool is_fraction = false;
  memset(ret_form, 0, FORM_LENGTH);
  for (size_t at = 0; at < value.length;) {
    size_t part = 0;
    char what = '\0';
    if (char_is_digit(value.data[at])) {
      while (at + part < value.length && char_is_digit(value.data[at + part]))
        part++;
      what = kind_of_digits(part, is_fraction);
    } else if ((part = word_length(value, at)) > 0) {
      what = kind_of_word((struct text){ value.data + at, part }, ret_form);
    } else if (strchr(ret_form, ':') != NULL && (part = offset_length(value, at)) > 0) {
      what = 'O';
    } else {
      if (value.data[at] == '.' && length > 0 && ret_form[length - 1] == 'M') { /* "ene." */
        at++;
        continue;
      }
      is_fraction = value.data[at] == '.' && strlen(ret_form) > 2 && ret_form[length - 2] == ':';
      if (length + 2 >= FORM_LENGTH || strchr("/-.:, ", value.data[at]) == NULL)
        return false;
      ret_form[length++] = value.data[at++];
      continue;
    }
    if (what == '\0' || count == DATE_PARTS || length + 2 >= FORM_LENGTH || at + part > UINT8_MAX)
      return false;
    parts[count++] = (struct date_part){ what, (unsigned char)at, (unsigned char)part };
    if (what == 'W' && value.data[at] == 'T')
      ret_form[length++] = 'T';
    else
      ret_form[length++] = what;
    at += part;
  }
  *ret_count = count;
  return is_known(ret_form);
}

static int number_at(struct text value, const struct date_part *part)
{
  int number = 0;
  for (size_t i = 0; i < part->length; i++)
    number = number * 10 + (value.data[part->start + i] - '0');
  return number;
}

/* Microseconds of the time of day; -1: it is none. */
static int64_t time_of(const struct shape *shape, struct text value, size_t first)
{
  static const int64_t units[] = { INT64_C(3600000000), INT64_C(60000000), INT64_C(1000000) };
  static const int most[] = { 23, 59, 59 };
  int64_t time = 0;
  size_t unit = 0;
  for (size_t i = first; i < shape->n_parts; i++) {
    const struct date_part *part = &shape->parts[i];
    if (part->what == 'N' && unit < ARRAY_LENGTH(units)) {
      int number = number_at(value, part);
      if (number > most[unit])
        return -1;
      time += number * units[unit++];
    } else if (part->what == 'F') {
      int64_t fraction = 0, scale = units[2];
      for (size_t k = 0; k < part->length && k < 6; k++)
        fraction += (value.data[part->start + k] - '0') * (scale /= 10);
      time += fraction;
    } else if (part->what == 'P') {
      int64_t hour = time / units[0];
      bool is_afternoon = (value.data[part->start] | 0x20) == 'p';
      if (hour < 1 || hour > 12 || (value.data[part->start] | 0x20) == (is_afternoon ? 'a' : 'p'))
        return -1;
      time += ((hour == 12 ? -12 : 0) + (is_afternoon ? 12 : 0)) * units[0];
    } else if (part->what == 'O') { /* the instant */
      int hours = (value.data[part->start + 1] - '0') * 10 + (value.data[part->start + 2] - '0');
      size_t minutes_at = part->start + (part->length == 6 ? 4U : 3U);
      int minutes = (value.data[minutes_at] - '0') * 10 + (value.data[minutes_at + 1] - '0');
      if (hours > 18 || minutes > 59)
        return -1;
    }
  }
  return time;
}

static bool is_date(int year, int month, int day)
{
  return year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= days_in_month(year, month);
}

/* False: it is no date in that order. */
static bool note_order(struct date_form *form, enum date_order order, int year, int month, int day, int64_t time,
                       bool is_short, uint64_t n)
{
  year += is_short ? 2000 : 0;
  if (time < 0 || !is_date(year, month, day)) {
    form->bad[order] += n;
    return false;
  }
  int64_t at = days_from_civil(year, month, day) * INT64_C(86400000000) + time;
  bool is_first = form->count == form->bad[order];
  if (is_first || at < form->least[order])
    form->least[order] = at;
  if (is_first || at > form->greatest[order])
    form->greatest[order] = at;
  return true;
}

bool date_form_note(struct date_form *form, const struct shape *shape, struct text value, uint64_t n)
{
  int numbers[3] = { 0 }, month = 0;
  char kinds[4] = { 0 };
  size_t at = 0, part = 0;
  for (; part < shape->n_parts && at < 3; part++) {
    const struct date_part *p = &shape->parts[part];
    struct text word = { value.data + p->start, p->length };
    if (p->what == 'W')
      continue;
    kinds[at] = p->what;
    if (p->what == 'M') {
      size_t end = (size_t)p->start + p->length;
      form->has_dot = form->has_dot || (end < value.length && value.data[end] == '.');
      form->languages &= locale_find_month(word, &month);
      numbers[at++] = month;
    } else {
      numbers[at++] = number_at(value, p);
    }
  }
  int64_t time = time_of(shape, value, part);
  size_t widths[3] = { 0 };
  for (size_t i = 0, k = 0; i < part && k < 3; i++)
    if (shape->parts[i].what != 'W')
      widths[k++] = shape->parts[i].length;
  int a = numbers[0], b = numbers[1], c = numbers[2];
  bool is_named = strchr(kinds, 'M') != NULL, is_short = strcmp(kinds, "NNN") == 0 || strcmp(kinds, "NMN") == 0;
  bool is_year_first = kinds[0] == 'Y', is_month_first = kinds[0] == 'M';
  bool is_any = false;
  for (int order = 0; order < N_DATE_ORDERS; order++) {
    bool is_possible = order == ORDER_YEAR_FIRST  ? is_year_first || (is_short && !is_named)
                       : order == ORDER_DAY_FIRST ? !is_year_first && !is_month_first
                                                  : !is_year_first && (is_month_first || !is_named);
    bool is_torn = is_short && widths[order == ORDER_YEAR_FIRST ? 0 : 2] != 2; /* 1.1.0 */
    if (!is_possible || is_torn)
      form->bad[order] += n;
    else if (order == ORDER_YEAR_FIRST)
      is_any = note_order(form, ORDER_YEAR_FIRST, a, b, c, time, is_short, n) || is_any;
    else if (order == ORDER_DAY_FIRST)
      is_any = note_order(form, ORDER_DAY_FIRST, c, b, a, time, is_short, n) || is_any;
    else
      is_any = note_order(form, ORDER_MONTH_FIRST, c, a, b, time, is_short, n) || is_any;
  }
  form->count += n;
  return is_any;
}

/* what is told */

static const char *tell_instant(struct arena *arena, int64_t instant_us, bool has_time)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  if (has_time)
    timestamp_add_text(instant_us, timezone_find(TEXT("UTC")), &out);
  else
    date_add_text((int32_t)floor_divide(instant_us, INT64_C(86400000000)), &out);
  return text_copy(arena, text_buffer_text(&out));
}

/* The shortest and the longest of each part over all shapes of the form. */
static void measure(const struct summary *summary, size_t form, size_t least[DATE_PARTS], size_t most[DATE_PARTS],
                    const struct shape **ret_shape)
{
  *ret_shape = NULL;
  for (size_t s = 0; s < summary->n_slots; s++) {
    const struct shape *shape = summary->shapes[s];
    if (shape == NULL || shape->kind != SHAPE_DATE || shape->form != form)
      continue;
    for (size_t i = 0; i < shape->n_parts; i++) {
      size_t length = shape->parts[i].length;
      least[i] = *ret_shape == NULL || length < least[i] ? length : least[i];
      most[i] = *ret_shape == NULL || length > most[i] ? length : most[i];
    }
    *ret_shape = shape;
  }
}

static void add_letters(char *out, size_t size, char letter, size_t count)
{
  size_t at = strlen(out);
  for (size_t i = 0; i < count && at + 1 < size; i++)
    out[at++] = letter;
  out[at] = '\0';
}

static bool is_always_two(const size_t least[DATE_PARTS], size_t part)
{
  return least[part] == 2;
}

/* The pattern, part by part, with what stands between them as it is. */
static void print_pattern(const struct date_form *form, enum date_order order, const struct shape *shape,
                          const size_t least[DATE_PARTS], const size_t most[DATE_PARTS], char *out, size_t size)
{
  static const char *const letters[N_DATE_ORDERS] = { "dMy", "Mdy", "yMd" };
  static const char times[] = "Hms";
  size_t part = 0, date = 0, time = 0;
  bool has_half = strchr(form->text, 'P') != NULL;
  out[0] = '\0';
  for (const char *p = form->text; *p != '\0'; p++) {
    if (strchr("NYMFPZOWT", *p) == NULL) {
      add_letters(out, size, *p, 1);
      continue;
    }
    const struct date_part *at = &shape->parts[part];
    struct text word = { shape->example + at->start, at->length };
    size_t two = is_always_two(least, part) ? 2 : 1;
    if (*p == 'W' || *p == 'T')
      snprintf(out + strlen(out), size - strlen(out), "'%.*s'", TEXT_ARGS(word));
    else if (*p == 'M' || *p == 'Y' || (*p == 'N' && date < 3)) {
      char letter = *p == 'M' ? 'M' : *p == 'Y' ? 'y' : letters[order][date];
      if (*p == 'N' && strchr(form->text, 'M') != NULL) /* 5-ene-24 */
        letter = date == 2 ? 'y' : 'd';
      bool is_short = false;
      locale_of_months(form->languages, &is_short);
      add_letters(out, size, letter, *p == 'M' ? (is_short ? 3 : 4) : *p == 'Y' ? 4 : letter == 'y' ? 2 : two);
      date++;
    } else if (*p == 'N') {
      add_letters(out, size, time == 0 && has_half ? 'h' : times[time], two);
      time++;
    } else if (*p == 'F')
      add_letters(out, size, 'S', most[part]);
    else if (*p == 'P')
      add_letters(out, size, 'a', 1);
    else
      add_letters(out, size, 'X', *p == 'Z' ? 1 : at->length == 6 ? 3 : 2);
    part++;
  }
}

/* Of dates some have a time and others none: how much longer the longer form is. NULL: that is not how they differ. */
static const char *time_beyond(const struct date_form *form, const struct date_form *longer)
{
  size_t length = strlen(form->text);
  bool is_longer = strncmp(form->text, longer->text, length) == 0 && strchr(" T", longer->text[length]) != NULL &&
                   longer->text[length] != '\0' && strchr(form->text, ':') == NULL;
  return is_longer ? longer->text + length : NULL;
}

/* Adds the values of a form without a time to those of the same with one: the time becomes optional. */
static void join_forms(struct arena *arena, const struct summary *summary, size_t with, size_t without,
                       struct date_facts *facts)
{
  const struct date_form *form = &summary->forms[with], *other = &summary->forms[without];
  size_t least[DATE_PARTS] = { 0 }, most[DATE_PARTS] = { 0 }, least_other[DATE_PARTS] = { 0 };
  const struct shape *shape = NULL, *ignored = NULL;
  measure(summary, with, least, most, &shape);
  measure(summary, without, least_other, most, &ignored);
  if (shape == NULL || ignored == NULL)
    return;
  for (size_t i = 0; i < ignored->n_parts; i++)
    least[i] = least_other[i] < least[i] ? least_other[i] : least[i];
  facts->count += other->count;
  for (int order = 0; order < N_DATE_ORDERS; order++) {
    struct date_form date = *form;
    char pattern[sizeof(facts->pattern[order])];
    facts->bad[order] += other->bad[order];
    if (facts->pattern[order][0] == '\0' || other->bad[order] == other->count)
      continue;
    int64_t first = form->least[order] < other->least[order] ? form->least[order] : other->least[order];
    int64_t last = form->greatest[order] > other->greatest[order] ? form->greatest[order] : other->greatest[order];
    facts->least[order] = tell_instant(arena, first, true);
    facts->greatest[order] = tell_instant(arena, last, true);
    date.text[strlen(other->text)] = '\0';
    print_pattern(&date, (enum date_order)order, shape, least, most, pattern, sizeof(pattern));
    size_t length = strlen(pattern);
    print_pattern(form, (enum date_order)order, shape, least, most, pattern, sizeof(pattern));
    snprintf(facts->pattern[order], sizeof(facts->pattern[order]), "%.*s[%s]", (int)length, pattern, pattern + length);
  }
  const char **examples = arena_array(arena, summary->n_shapes + 1, sizeof(*examples));
  facts->n_examples = 0;
  for (size_t s = 0; s < summary->n_slots; s++)
    if (summary->shapes[s] != NULL && summary->shapes[s]->kind == SHAPE_DATE &&
        (summary->shapes[s]->form == with || summary->shapes[s]->form == without))
      examples[facts->n_examples++] = text_copy(arena, text_from(summary->shapes[s]->example));
  facts->examples = examples;
}

void date_form_tell(struct arena *arena, const struct summary *summary, struct date_facts *ret_facts)
{
  size_t best = 0;
  if (summary->n_forms == 0)
    return;
  for (size_t i = 1; i < summary->n_forms; i++)
    best = summary->forms[i].count > summary->forms[best].count ? i : best;
  for (size_t i = 0; i < summary->n_forms; i++)
    if (time_beyond(&summary->forms[best], &summary->forms[i]) != NULL) {
      best = i;
      break;
    }
  const struct date_form *form = &summary->forms[best];
  size_t least[DATE_PARTS] = { 0 }, most[DATE_PARTS] = { 0 };
  const struct shape *shape = NULL;
  measure(summary, best, least, most, &shape);
  bool has_time = strchr(form->text, ':') != NULL, is_named = strchr(form->text, 'M') != NULL;
  ret_facts->count = form->count;
  ret_facts->has_time = has_time;
  ret_facts->has_zone = strpbrk(form->text, "ZO") != NULL;
  ret_facts->month_languages = is_named ? form->languages : 0;
  ret_facts->is_named = is_named;
  ret_facts->has_dot = form->has_dot;
  for (int order = 0; order < N_DATE_ORDERS && shape != NULL; order++) {
    ret_facts->bad[order] = form->bad[order];
    if (form->bad[order] == form->count)
      continue;
    ret_facts->least[order] = tell_instant(arena, form->least[order], has_time);
    ret_facts->greatest[order] = tell_instant(arena, form->greatest[order], has_time);
    print_pattern(form, (enum date_order)order, shape, least, most, ret_facts->pattern[order],
                  sizeof(ret_facts->pattern[order]));
  }
  const char **examples = arena_array(arena, summary->n_shapes + 1, sizeof(*examples));
  for (size_t s = 0; s < summary->n_slots; s++)
    if (summary->shapes[s] != NULL && summary->shapes[s]->kind == SHAPE_DATE && summary->shapes[s]->form == best)
      examples[ret_facts->n_examples++] = text_copy(arena, text_from(summary->shapes[s]->example));
  ret_facts->examples = examples;
  for (size_t i = 0; i < summary->n_forms; i++) {
    if (time_beyond(&summary->forms[i], form) != NULL)
      join_forms(arena, summary, best, i, ret_facts);
  }
}
