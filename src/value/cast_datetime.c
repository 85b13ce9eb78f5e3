/* Dates and timestamps from text, as Spark's SparkDateTimeUtils.stringToDate and stringToTimestamp read them. */
#include "value/cast.h"

#include "base/clock.h"

#include <stdlib.h>

enum { US = 1000000, DAY_SECONDS = 86400 };

static bool is_blank(char c)
{
  return (unsigned char)c <= 0x20 || c == 0x7F;
}

static struct text trim_all(struct text text)
{
  return text_trim_by(text, is_blank);
}

static bool make_date(int64_t year, int month, int day, int64_t *ret_days)
{
  if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
    return false;
  *ret_days = days_from_civil(year, month, day);
  return true;
}

/* [+-]yyyy[yyy][-[m]m[-[d]d[( |T)anything]]] */
bool text_to_date(struct text text, int32_t *ret_days)
{
  int values[3] = { 1, 1, 1 };
  int value = 0;
  size_t n_digits = 0;
  size_t part = 0;
  size_t i = 0;
  text = trim_all(text);
  bool is_negative = text.length > 0 && text.data[0] == '-';
  if (text.length > 0 && (text.data[0] == '-' || text.data[0] == '+'))
    i++;
  for (; i <= text.length; i++) {
    bool is_end = i == text.length || text.data[i] == ' ' || text.data[i] == 'T';
    if (is_end || (part < 2 && text.data[i] == '-')) {
      bool is_valid = part == 0 ? n_digits >= 4 && n_digits <= 7 : n_digits >= 1 && n_digits <= 2;
      if (!is_valid || (is_end && part < 2 && i < text.length))
        return false;
      values[part] = value;
      if (is_end)
        break;
      part++;
      value = 0;
      n_digits = 0;
      continue;
    }
    if (text.data[i] < '0' || text.data[i] > '9' || n_digits >= 7)
      return false;
    value = value * 10 + (text.data[i] - '0');
    n_digits++;
  }
  int64_t days;
  if (!make_date(is_negative ? -(int64_t)values[0] : values[0], values[1], values[2], &days) ||
      days != (int64_t)(int32_t)days)
    return false;
  *ret_days = (int32_t)days;
  return true;
}

/* The parts of a timestamp's text: year, month, day, hour, minute, second, microsecond. */
struct parts {
  int values[7];
  bool is_just_time;
  struct text zone; /* length 0: none */
};

enum { PART_DAY = 2, PART_HOUR = 3, PART_MINUTE = 4, PART_SECOND = 5, PART_FRACTION = 6 };

static bool has_valid_digits(size_t part, size_t n_digits)
{
  if (part == 0)
    return n_digits >= 4 && n_digits <= 6;
  return part == PART_FRACTION || (n_digits >= 1 && n_digits <= 2);
}

/* What a character that is no digit does behind part `*part`; false where it may not stand there. */
static bool take_mark(char c, bool has_sign, size_t i, size_t n_digits, size_t *part, struct parts *parts, int value,
                      bool *ret_zone)
{
  *ret_zone = false;
  if (i == 0 && c == 'T') {
    parts->is_just_time = true;
    *part = PART_HOUR;
    return true;
  }
  if (*part == 0 && c == ':' && !has_sign) {
    parts->is_just_time = true;
    *part = PART_HOUR;
  }
  if (!has_valid_digits(*part, n_digits))
    return false;
  parts->values[*part] = value;
  if (*part < PART_DAY)
    return c == '-' && ++*part > 0;
  if (*part == PART_DAY)
    return (c == ' ' || c == 'T') && ++*part > 0;
  if (*part < PART_SECOND)
    return c == ':' && ++*part > 0;
  if (*part == PART_SECOND && c == '.') {
    ++*part;
    return true;
  }
  *ret_zone = true;
  return true;
}

static bool read_parts(struct text text, struct parts *ret_parts)
{
  struct parts parts = { .values = { 1, 1, 1 } };
  size_t part = 0;
  size_t n_digits = 0;
  int value = 0;
  size_t i = 0;
  text = trim_all(text);
  bool has_sign = text.length > 0 && (text.data[0] == '-' || text.data[0] == '+');
  if (has_sign)
    i++;
  for (; i < text.length; i++) {
    char c = text.data[i];
    if (c >= '0' && c <= '9') {
      if (part != PART_FRACTION || n_digits < 6) /* nanoseconds are cut */
        value = value * 10 + (c - '0');
      n_digits++;
      if (part != PART_FRACTION && n_digits > 6)
        return false;
      continue;
    }
    bool is_zone = false;
    if (!take_mark(c, has_sign, i, n_digits, &part, &parts, value, &is_zone))
      return false;
    if (is_zone) {
      parts.zone = (struct text){ text.data + i, text.length - i };
      break;
    }
    value = 0;
    n_digits = 0;
  }
  if (!has_valid_digits(part, n_digits))
    return false;
  parts.values[part] = value;
  if (part == PART_FRACTION)
    for (; n_digits < 6; n_digits++)
      parts.values[PART_FRACTION] *= 10;
  if (has_sign && text.data[0] == '-')
    parts.values[0] = -parts.values[0];
  *ret_parts = parts;
  return true;
}

static bool local_from_parts(const struct parts *parts, int64_t days, int64_t *ret_local_us)
{
  const int *values = parts->values;
  if (!parts->is_just_time && !make_date(values[0], values[1], values[2], &days))
    return false;
  if (values[PART_HOUR] > 23 || values[PART_MINUTE] > 59 || values[PART_SECOND] > 59)
    return false;
  int64_t seconds = days * DAY_SECONDS + values[PART_HOUR] * 3600 + values[PART_MINUTE] * 60 + values[PART_SECOND];
  int128 local_us = (int128)seconds * US + values[PART_FRACTION];
  if (local_us < INT64_MIN || local_us > INT64_MAX)
    return false;
  *ret_local_us = (int64_t)local_us;
  return true;
}

/* Java's ids, and what Spark lets stand for them: +7:30, +07:5. */
static const struct timezone *find_zone(struct text name)
{
  name = trim_all(name);
  const struct timezone *zone = timezone_find(name);
  char padded[16];
  if (zone != NULL || name.length < 4 || name.length > 6 || (name.data[0] != '+' && name.data[0] != '-'))
    return zone;
  const char *colon = memchr(name.data, ':', name.length);
  if (colon == NULL)
    return NULL;
  size_t n_hours = (size_t)(colon - name.data) - 1;
  size_t n_minutes = name.length - n_hours - 2;
  if (n_hours < 1 || n_hours > 2 || n_minutes < 1 || n_minutes > 2)
    return NULL;
  size_t length = 0;
  padded[length++] = name.data[0];
  if (n_hours == 1)
    padded[length++] = '0';
  memcpy(padded + length, name.data + 1, n_hours + 1);
  length += n_hours + 1;
  if (n_minutes == 1)
    padded[length++] = '0';
  memcpy(padded + length, colon + 1, n_minutes);
  length += n_minutes;
  return timezone_find((struct text){ padded, length });
}

static int64_t today_in(const struct timezone *zone)
{
  int64_t local_us = timezone_to_local(zone, clock_now_us());
  int64_t day_us = (int64_t)DAY_SECONDS * US;
  return local_us / day_us - (local_us % day_us < 0);
}

bool text_to_timestamp(struct text text, const struct timezone *zone, int64_t *ret_instant_us)
{
  struct parts parts;
  int64_t local_us;
  if (!read_parts(text, &parts))
    return false;
  if (parts.zone.length > 0 && (zone = find_zone(parts.zone)) == NULL)
    return false;
  if (!local_from_parts(&parts, parts.is_just_time ? today_in(zone) : 0, &local_us))
    return false;
  int64_t instant_us = timezone_to_utc(zone, local_us);
  if (instant_us == local_us && timezone_offset_at(zone, local_us) != 0) /* past what 64 bits hold */
    return false;
  *ret_instant_us = instant_us;
  return true;
}

/* A zone in the text is read and ignored. */
bool text_to_timestamp_ntz(struct text text, int64_t *ret_local_us)
{
  struct parts parts;
  return read_parts(text, &parts) && !parts.is_just_time && (parts.zone.length == 0 || find_zone(parts.zone) != NULL) &&
         local_from_parts(&parts, 0, ret_local_us);
}
