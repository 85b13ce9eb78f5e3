/* Reads text by a compiled pattern, as Java's DateTimeFormatter does with its strict resolver, then makes an instant as
 * Spark's DateTimeFormatterHelper does: what is absent is 1970-01-01 00:00. */
#include "value/cast.h"
#include "value/datetime_pattern_internal.h"

#include <stdlib.h>

enum { US = 1000000, DAY_SECONDS = 86400, HOUR_SECONDS = 3600, NO_OFFSET = INT32_MIN };

struct parse {
  struct text text;
  size_t at;
  uint32_t set; /* bits of fields */
  int64_t values[N_FIELDS];
  int32_t offset; /* seconds east; NO_OFFSET: none was read */
  const struct timezone *zone;
};

static bool has(const struct parse *parse, enum datetime_field field)
{
  return (parse->set >> field & 1) != 0;
}

/* A field that is read twice must be the same. */
static bool set_field(struct parse *parse, enum datetime_field field, int64_t value)
{
  if (has(parse, field))
    return parse->values[field] == value;
  parse->values[field] = value;
  parse->set |= 1U << field;
  return true;
}

static char peek(const struct parse *parse)
{
  return parse->at < parse->text.length ? parse->text.data[parse->at] : '\0';
}

static size_t count_digits(const struct parse *parse, size_t most)
{
  size_t count = 0;
  while (count < most && parse->at + count < parse->text.length && parse->text.data[parse->at + count] >= '0' &&
         parse->text.data[parse->at + count] <= '9')
    count++;
  return count;
}

static int64_t read_digits(struct parse *parse, size_t count)
{
  int64_t value = 0;
  for (size_t i = 0; i < count; i++)
    value = value * 10 + (parse->text.data[parse->at++] - '0');
  return value;
}

/* A sign may stand where the style takes one; digits past the least width need a plus under EXCEEDS_PAD. */
static bool parse_number(struct parse *parse, const struct datetime_item *item)
{
  char sign = peek(parse);
  bool has_sign = (sign == '+' || sign == '-') && item->sign != SIGN_NOT_NEGATIVE;
  if (has_sign && sign == '+' && item->sign == SIGN_NORMAL)
    return false;
  parse->at += has_sign;
  bool is_fixed = item->subsequent_width == -1;
  size_t following = item->subsequent_width > 0 ? (size_t)item->subsequent_width : 0;
  size_t least = (size_t)item->min_width;
  size_t count = count_digits(parse, (size_t)item->max_width + (is_fixed ? 0 : following));
  if (following > 0) /* the digits of the fixed numbers behind this one are theirs */
    count = count > following && count - following > least ? count - following : least;
  enum { MOST_DIGITS = 18 };
  if (count < least || count > MOST_DIGITS || count > count_digits(parse, count))
    return false;
  if (item->sign == SIGN_EXCEEDS_PAD && sign != '-' && (sign == '+') != (count > least))
    return false;
  int64_t value = read_digits(parse, count);
  if (has_sign && sign == '-') {
    if (value == 0)
      return false;
    value = -value;
  }
  if (item->kind == ITEM_REDUCED_YEAR)
    value += 2000;
  return set_field(parse, item->field, value);
}

static bool parse_fraction(struct parse *parse, const struct datetime_item *item)
{
  size_t count = count_digits(parse, (size_t)item->max_width);
  if (count < (size_t)item->min_width)
    return false;
  int64_t value = read_digits(parse, count);
  for (; count < 9; count++)
    value *= 10;
  return set_field(parse, FIELD_NANOSECOND, value);
}

static bool starts_with_nocase(const struct parse *parse, struct text prefix)
{
  struct text rest = { parse->text.data + parse->at, parse->text.length - parse->at };
  if (rest.length < prefix.length)
    return false;
  rest.length = prefix.length;
  return text_equal_nocase(rest, prefix);
}

static bool parse_text(struct parse *parse, const struct datetime_item *item)
{
  const char *const *texts = datetime_texts(item->field, item->is_full);
  int first = item->field == FIELD_AMPM || item->field == FIELD_ERA ? 0 : 1;
  for (int i = 0; texts[i] != NULL; i++)
    if (starts_with_nocase(parse, text_from(texts[i]))) {
      parse->at += strlen(texts[i]);
      return set_field(parse, item->field, first + i);
    }
  return false;
}

/* Two digits at the place, below `limit`; moves past them. */
static bool parse_two_digits(struct parse *parse, int limit, int *ret_value)
{
  if (count_digits(parse, 2) < 2)
    return false;
  int value = (int)read_digits(parse, 2);
  *ret_value = value;
  return value < limit;
}

static bool set_offset(struct parse *parse, int32_t seconds)
{
  enum { MOST = 18 * HOUR_SECONDS };
  if (abs(seconds) > MOST || (parse->offset != NO_OFFSET && parse->offset != seconds))
    return false;
  parse->offset = seconds;
  return true;
}

static bool parse_offset(struct parse *parse, const struct datetime_item *item)
{
  struct text zero = text_from(item->zero);
  int parts[3] = { 0 };
  size_t start = parse->at;
  char sign = peek(parse);
  if (sign != '+' && sign != '-') {
    if (!starts_with_nocase(parse, zero))
      return false;
    parse->at += zero.length;
    return set_offset(parse, 0);
  }
  parse->at++;
  for (int i = 0; i < item->n_parts; i++) {
    size_t before = parse->at;
    bool has_mark = i == 0 || !item->has_colon || peek(parse) == ':';
    if (has_mark && i > 0 && item->has_colon)
      parse->at++;
    if (has_mark && parse_two_digits(parse, i == 0 ? 24 : 60, &parts[i]))
      continue;
    parse->at = before;
    if (i >= item->n_parts - item->n_optional) {
      parts[i] = 0;
      break;
    }
    parse->at = start;
    return false;
  }
  int32_t seconds = parts[0] * HOUR_SECONDS + parts[1] * 60 + parts[2];
  return set_offset(parse, sign == '-' ? -seconds : seconds);
}

/* GMT, GMT+8, GMT-11:30 or in full GMT+08:00. */
static bool parse_localized_offset(struct parse *parse, const struct datetime_item *item)
{
  int minutes = 0;
  int seconds = 0;
  if (!starts_with_nocase(parse, TEXT("GMT")))
    return false;
  parse->at += 3;
  char sign = peek(parse);
  if (sign != '+' && sign != '-')
    return set_offset(parse, 0);
  parse->at++;
  size_t count = count_digits(parse, 2);
  if (count == 0 || (item->is_full && count < 2))
    return false;
  int hours = (int)read_digits(parse, count);
  if (peek(parse) == ':') {
    parse->at++;
    if (!parse_two_digits(parse, 60, &minutes))
      return false;
    if (peek(parse) == ':') {
      parse->at++;
      if (!parse_two_digits(parse, 60, &seconds))
        return false;
    }
  } else if (item->is_full) {
    return false;
  }
  int32_t total = hours * HOUR_SECONDS + minutes * 60 + seconds;
  return set_offset(parse, sign == '-' ? -total : total);
}

/* Names of zones that people write, each with the zone whose rules it follows; the longest first. */
static const struct {
  const char *name, *zone;
} zone_names[] = {
  { "Coordinated Universal Time", "UTC" },
  { "Greenwich Mean Time", "GMT" },
  { "Eastern Standard Time", "America/New_York" },
  { "Eastern Daylight Time", "America/New_York" },
  { "Central Standard Time", "America/Chicago" },
  { "Central Daylight Time", "America/Chicago" },
  { "Mountain Standard Time", "America/Denver" },
  { "Mountain Daylight Time", "America/Denver" },
  { "Pacific Standard Time", "America/Los_Angeles" },
  { "Pacific Daylight Time", "America/Los_Angeles" },
  { "Central European Standard Time", "Europe/Paris" },
  { "Central European Summer Time", "Europe/Paris" },
  { "Colombia Standard Time", "America/Bogota" },
  { "Japan Standard Time", "Asia/Tokyo" },
  { "India Standard Time", "Asia/Kolkata" },
  { "CEST", "Europe/Paris" },
  { "EST", "America/New_York" },
  { "EDT", "America/New_York" },
  { "CST", "America/Chicago" },
  { "CDT", "America/Chicago" },
  { "MST", "America/Denver" },
  { "MDT", "America/Denver" },
  { "PST", "America/Los_Angeles" },
  { "PDT", "America/Los_Angeles" },
  { "CET", "Europe/Paris" },
  { "COT", "America/Bogota" },
  { "JST", "Asia/Tokyo" },
  { "IST", "Asia/Kolkata" },
};

static bool set_zone(struct parse *parse, const struct timezone *zone)
{
  if (parse->zone != NULL && parse->zone != zone)
    return false;
  parse->zone = zone;
  return true;
}

static bool is_offset(struct text text)
{
  if (text.length != 6 && text.length != 9)
    return false;
  for (size_t i = 1; i < text.length; i++)
    if (i % 3 == 0 ? text.data[i] != ':' : !(text.data[i] >= '0' && text.data[i] <= '9'))
      return false;
  return true;
}

/* Whether it is an offset, alone or behind UTC, GMT or UT, that is shorter than the +05:00 that a pattern wants. */
static bool has_short_offset(struct text id)
{
  static const char *const prefixes[] = { "UTC", "GMT", "UT", "" };
  for (size_t i = 0; i < ARRAY_LENGTH(prefixes); i++) {
    size_t length = strlen(prefixes[i]);
    if (id.length > length && memcmp(id.data, prefixes[i], length) == 0 &&
        (id.data[length] == '+' || id.data[length] == '-'))
      return !is_offset((struct text){ id.data + length, id.length - length });
  }
  return false;
}

/* The longest stretch that is a zone's id: America/Bogota, UTC, +05:00, GMT+05:00. */
static bool parse_zone_id(struct parse *parse)
{
  size_t length = 0;
  while (parse->at + length < parse->text.length) {
    char c = parse->text.data[parse->at + length];
    bool is_part = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   (c != '\0' && strchr("/_+-:", c) != NULL);
    if (!is_part)
      break;
    length++;
  }
  for (; length > 0; length--) {
    struct text id = { parse->text.data + parse->at, length };
    const struct timezone *zone = has_short_offset(id) ? NULL : timezone_find(id);
    if (zone == NULL)
      continue;
    parse->at += length;
    return set_zone(parse, zone);
  }
  return false;
}

static bool parse_zone_name(struct parse *parse)
{
  for (size_t i = 0; i < ARRAY_LENGTH(zone_names); i++)
    if (starts_with_nocase(parse, text_from(zone_names[i].name))) {
      const struct timezone *zone = timezone_find(text_from(zone_names[i].zone));
      parse->at += strlen(zone_names[i].name);
      return zone != NULL && set_zone(parse, zone);
    }
  return parse_zone_id(parse);
}

static bool parse_literal(struct parse *parse, struct text literal)
{
  if (!starts_with_nocase(parse, literal))
    return false;
  parse->at += literal.length;
  return true;
}

static bool parse_item(struct parse *parse, const struct datetime_item *item)
{
  switch (item->kind) {
  case ITEM_LITERAL:
    return parse_literal(parse, item->literal);
  case ITEM_NUMBER:
  case ITEM_REDUCED_YEAR:
    return parse_number(parse, item);
  case ITEM_FRACTION:
    return parse_fraction(parse, item);
  case ITEM_TEXT:
    return parse_text(parse, item);
  case ITEM_OFFSET:
    return parse_offset(parse, item);
  case ITEM_LOCALIZED_OFFSET:
    return parse_localized_offset(parse, item);
  case ITEM_ZONE_ID:
    return parse_zone_id(parse);
  case ITEM_ZONE_NAME:
    return parse_zone_name(parse);
  case ITEM_OPTIONAL_START:
  case ITEM_OPTIONAL_END:
    return true;
  }
  BUG("parse_item: unknown kind");
}

/* An optional section that does not fit is passed over, and what it read is forgotten. */
static bool parse_items(struct parse *parse, const struct datetime_pattern *pattern, size_t first, size_t end)
{
  for (size_t i = first; i < end; i++) {
    const struct datetime_item *item = &pattern->items[i];
    if (item->kind != ITEM_OPTIONAL_START) {
      if (!parse_item(parse, item))
        return false;
      continue;
    }
    struct parse saved = *parse;
    if (!parse_items(parse, pattern, i + 1, item->end))
      *parse = saved;
    i = item->end;
  }
  return true;
}

/* Fields to a date and a time */

static int64_t value_or(const struct parse *parse, enum datetime_field field, int64_t if_absent)
{
  return has(parse, field) ? parse->values[field] : if_absent;
}

static bool is_in_range(const struct parse *parse, enum datetime_field field, int64_t least, int64_t most)
{
  return !has(parse, field) || (parse->values[field] >= least && parse->values[field] <= most);
}

static bool resolve_year(struct parse *parse)
{
  if (!has(parse, FIELD_YEAR_OF_ERA))
    return true;
  int64_t year = parse->values[FIELD_YEAR_OF_ERA];
  if (year < 1)
    return false;
  bool is_before = value_or(parse, FIELD_ERA, 1) == 0;
  return set_field(parse, FIELD_YEAR, is_before ? 1 - year : year);
}

static bool resolve_date(struct parse *parse, int64_t *ret_days)
{
  if (!resolve_year(parse) || !is_in_range(parse, FIELD_MONTH, 1, 12) || !is_in_range(parse, FIELD_DAY, 1, 31) ||
      !is_in_range(parse, FIELD_DAY_OF_YEAR, 1, 366) || !is_in_range(parse, FIELD_YEAR, -999999, 999999))
    return false;
  int64_t year = value_or(parse, FIELD_YEAR, 1970);
  bool has_month_and_day = has(parse, FIELD_MONTH) && has(parse, FIELD_DAY);
  if (has(parse, FIELD_YEAR) && has(parse, FIELD_DAY_OF_YEAR) && !has_month_and_day) {
    int64_t day = parse->values[FIELD_DAY_OF_YEAR];
    if (day > 365 + (days_in_month(year, 2) == 29))
      return false;
    *ret_days = days_from_civil(year, 1, 1) + day - 1;
    int month, day_of_month;
    civil_from_days(*ret_days, &year, &month, &day_of_month);
    return value_or(parse, FIELD_MONTH, month) == month && value_or(parse, FIELD_DAY, day_of_month) == day_of_month;
  }
  int month = (int)value_or(parse, FIELD_MONTH, 1);
  int day = (int)value_or(parse, FIELD_DAY, 1);
  if (day > days_in_month(year, month))
    return false;
  *ret_days = days_from_civil(year, month, day);
  return !has(parse, FIELD_DAY_OF_YEAR) || !has(parse, FIELD_YEAR) ||
         *ret_days - days_from_civil(year, 1, 1) + 1 == parse->values[FIELD_DAY_OF_YEAR];
}

/* All forms of the hour must agree; without AM or PM an hour of a half day is before noon, as Spark takes it. */
static bool resolve_hour(struct parse *parse, int64_t *ret_hour)
{
  if (!is_in_range(parse, FIELD_HOUR, 0, 23) || !is_in_range(parse, FIELD_CLOCK_HOUR, 1, 24) ||
      !is_in_range(parse, FIELD_HOUR_OF_AMPM, 0, 11) || !is_in_range(parse, FIELD_CLOCK_OF_AMPM, 1, 12))
    return false;
  if (has(parse, FIELD_CLOCK_HOUR) && !set_field(parse, FIELD_HOUR, parse->values[FIELD_CLOCK_HOUR] % 24))
    return false;
  if (has(parse, FIELD_CLOCK_OF_AMPM) && !set_field(parse, FIELD_HOUR_OF_AMPM, parse->values[FIELD_CLOCK_OF_AMPM] % 12))
    return false;
  int64_t half = value_or(parse, FIELD_AMPM, 0);
  if (has(parse, FIELD_HOUR)) {
    *ret_hour = parse->values[FIELD_HOUR];
    return value_or(parse, FIELD_HOUR_OF_AMPM, *ret_hour % 12) == *ret_hour % 12 &&
           value_or(parse, FIELD_AMPM, *ret_hour / 12) == *ret_hour / 12;
  }
  *ret_hour = value_or(parse, FIELD_HOUR_OF_AMPM, 0) + 12 * half;
  return true;
}

static bool resolve(struct parse *parse, int64_t *ret_local_us)
{
  int64_t days, hour;
  if (!resolve_date(parse, &days) || !resolve_hour(parse, &hour) || !is_in_range(parse, FIELD_MINUTE, 0, 59) ||
      !is_in_range(parse, FIELD_SECOND, 0, 59))
    return false;
  int64_t seconds = days * DAY_SECONDS + hour * HOUR_SECONDS + value_or(parse, FIELD_MINUTE, 0) * 60 +
                    value_or(parse, FIELD_SECOND, 0);
  return !__builtin_mul_overflow(seconds, US, ret_local_us) &&
         !__builtin_add_overflow(*ret_local_us, value_or(parse, FIELD_NANOSECOND, 0) / 1000, ret_local_us);
}

static bool parse_all(const struct datetime_pattern *pattern, struct text text, struct parse *parse,
                      int64_t *ret_local_us)
{
  parse->text = text;
  parse->at = 0;
  parse->set = 0;
  parse->offset = NO_OFFSET;
  parse->zone = NULL;
  return parse_items(parse, pattern, 0, pattern->n_items) && parse->at == text.length && resolve(parse, ret_local_us);
}

bool datetime_pattern_parse(const struct datetime_pattern *pattern, struct text text, const struct timezone *zone,
                            int64_t *ret_instant_us)
{
  struct parse parse;
  int64_t local_us;
  if (!parse_all(pattern, text, &parse, &local_us))
    return false;
  if (parse.offset != NO_OFFSET)
    return !__builtin_sub_overflow(local_us, (int64_t)parse.offset * US, ret_instant_us);
  *ret_instant_us = timezone_to_utc(parse.zone != NULL ? parse.zone : zone, local_us);
  return true;
}

bool datetime_pattern_parse_local(const struct datetime_pattern *pattern, struct text text, int64_t *ret_local_us)
{
  struct parse parse;
  return parse_all(pattern, text, &parse, ret_local_us);
}

/* ISO-8601 */

static bool read_fixed(struct text text, size_t at, size_t count, int *ret_value)
{
  int value = 0;
  if (at + count > text.length)
    return false;
  for (size_t i = 0; i < count; i++) {
    char c = text.data[at + i];
    if (c < '0' || c > '9')
      return false;
    value = value * 10 + (c - '0');
  }
  *ret_value = value;
  return true;
}

static bool is_at(struct text text, size_t at, char c)
{
  return at < text.length && text.data[at] == c;
}

/* HH:mm[:ss[.fraction]] from *at on; microseconds of the day. */
static bool read_iso_time(struct text text, size_t *at, int64_t *ret_us)
{
  int hour, minute;
  int second = 0;
  int64_t fraction = 0;
  if (!read_fixed(text, *at, 2, &hour) || !is_at(text, *at + 2, ':') || !read_fixed(text, *at + 3, 2, &minute))
    return false;
  *at += 5;
  if (is_at(text, *at, ':')) {
    if (!read_fixed(text, *at + 1, 2, &second))
      return false;
    *at += 3;
    if (is_at(text, *at, '.')) {
      int64_t unit = US / 10;
      size_t start = ++*at;
      for (; *at < text.length && text.data[*at] >= '0' && text.data[*at] <= '9'; ++*at, unit /= 10)
        fraction += (text.data[*at] - '0') * unit;
      if (*at == start)
        return false;
    }
  }
  *ret_us = ((int64_t)hour * HOUR_SECONDS + minute * 60 + second) * US + fraction;
  return hour < 24 && minute < 60 && second < 60;
}

/* Z, +hh:mm or +hhmm from `at` to the end. */
static bool read_iso_offset(struct text text, size_t at, int32_t *ret_seconds)
{
  int hours, minutes;
  *ret_seconds = 0;
  if (is_at(text, at, 'Z'))
    return at + 1 == text.length;
  if ((!is_at(text, at, '+') && !is_at(text, at, '-')) || !read_fixed(text, at + 1, 2, &hours))
    return false;
  size_t colon = is_at(text, at + 3, ':');
  if (!read_fixed(text, at + 3 + colon, 2, &minutes) || at + 5 + colon != text.length || hours > 18 || minutes > 59)
    return false;
  int32_t seconds = hours * HOUR_SECONDS + minutes * 60;
  *ret_seconds = text.data[at] == '-' ? -seconds : seconds;
  return true;
}

bool datetime_parse_iso(struct text text, const struct timezone *zone, int64_t *ret_instant_us)
{
  int year, month, day;
  int64_t of_day_us = 0;
  size_t at = 10;
  if (!read_fixed(text, 0, 4, &year) || !is_at(text, 4, '-') || !read_fixed(text, 5, 2, &month) ||
      !is_at(text, 7, '-') || !read_fixed(text, 8, 2, &day) || month < 1 || month > 12 || day < 1 ||
      day > days_in_month(year, month))
    return false;
  if (is_at(text, at, 'T') || is_at(text, at, ' ')) {
    at++;
    if (!read_iso_time(text, &at, &of_day_us))
      return false;
  }
  int64_t local_us = days_from_civil(year, month, day) * DAY_SECONDS * US + of_day_us;
  if (at == text.length) {
    *ret_instant_us = timezone_to_utc(zone, local_us);
    return true;
  }
  int32_t offset;
  if (!read_iso_offset(text, at, &offset))
    return false;
  *ret_instant_us = local_us - (int64_t)offset * US;
  return true;
}
