/* Writes instants by a compiled pattern. */
#include "value/datetime_pattern_internal.h"

#include <inttypes.h>
#include <stdlib.h>

enum { US = 1000000, DAY_SECONDS = 86400 };

/* An instant's fields in a zone. */
struct moment {
  int64_t values[N_FIELDS];
  int32_t offset;
  const struct timezone *zone;
};

static void fill_moment(int64_t instant_us, const struct timezone *zone, struct moment *ret_moment)
{
  int64_t local_us = timezone_to_local(zone, instant_us);
  int64_t seconds = local_us / US - (local_us % US < 0);
  int64_t days = seconds / DAY_SECONDS - (seconds % DAY_SECONDS < 0);
  int64_t of_day = seconds - days * DAY_SECONDS;
  int64_t hour = of_day / 3600;
  int64_t year;
  int month, day;
  civil_from_days(days, &year, &month, &day);
  *ret_moment = (struct moment){ .offset = timezone_offset_at(zone, instant_us), .zone = zone };
  int64_t *values = ret_moment->values;
  values[FIELD_ERA] = year > 0;
  values[FIELD_YEAR_OF_ERA] = year > 0 ? year : 1 - year;
  values[FIELD_YEAR] = year;
  values[FIELD_MONTH] = month;
  values[FIELD_DAY] = day;
  values[FIELD_DAY_OF_YEAR] = days - days_from_civil(year, 1, 1) + 1;
  values[FIELD_AMPM] = hour / 12;
  values[FIELD_HOUR] = hour;
  values[FIELD_CLOCK_HOUR] = hour == 0 ? 24 : hour;
  values[FIELD_HOUR_OF_AMPM] = hour % 12;
  values[FIELD_CLOCK_OF_AMPM] = hour % 12 == 0 ? 12 : hour % 12;
  values[FIELD_MINUTE] = of_day / 60 % 60;
  values[FIELD_SECOND] = of_day % 60;
  values[FIELD_NANOSECOND] = (local_us - seconds * US) * 1000;
  values[FIELD_WEEKDAY] = weekday_from_days(days);
  values[FIELD_QUARTER] = (month + 2) / 3;
}

static void add_number(const struct datetime_item *item, int64_t value, struct text_buffer *out)
{
  char digits[32];
  size_t length = 0;
  uint64_t rest = (uint64_t)(value < 0 ? -value : value);
  for (; rest > 0 || length == 0; rest /= 10)
    digits[length++] = (char)('0' + rest % 10);
  if (value < 0)
    text_buffer_add_char(out, '-');
  else if (item->sign == SIGN_EXCEEDS_PAD && length > (size_t)item->min_width)
    text_buffer_add_char(out, '+');
  for (size_t i = length; i < (size_t)item->min_width; i++)
    text_buffer_add_char(out, '0');
  while (length > 0)
    text_buffer_add_char(out, digits[--length]);
}

static void add_two(struct text_buffer *out, int value)
{
  text_buffer_add_char(out, (char)('0' + value / 10));
  text_buffer_add_char(out, (char)('0' + value % 10));
}

static void add_offset(const struct datetime_item *item, int32_t offset, struct text_buffer *out)
{
  int parts[3] = { abs(offset) / 3600, abs(offset) / 60 % 60, abs(offset) % 60 };
  if (offset == 0) {
    text_buffer_add_string(out, item->zero);
    return;
  }
  text_buffer_add_char(out, offset < 0 ? '-' : '+');
  for (int i = 0; i < item->n_parts && i < (int)ARRAY_LENGTH(parts); i++) {
    if (i >= item->n_parts - item->n_optional && parts[i] == 0)
      break;
    if (i > 0 && item->has_colon)
      text_buffer_add_char(out, ':');
    add_two(out, parts[i]);
  }
}

static void add_localized_offset(const struct datetime_item *item, int32_t offset, struct text_buffer *out)
{
  int hours = abs(offset) / 3600;
  int minutes = abs(offset) / 60 % 60;
  text_buffer_add_string(out, "GMT");
  if (offset == 0)
    return;
  text_buffer_add_char(out, offset < 0 ? '-' : '+');
  if (item->is_full)
    add_two(out, hours);
  else
    text_buffer_printf(out, "%d", hours);
  if (item->is_full || minutes != 0) {
    text_buffer_add_char(out, ':');
    add_two(out, minutes);
  }
  if (offset % 60 != 0) {
    text_buffer_add_char(out, ':');
    add_two(out, abs(offset) % 60);
  }
}

static void add_fraction(const struct datetime_item *item, int64_t nanoseconds, struct text_buffer *out)
{
  int64_t unit = 100000000;
  for (int i = 0; i < item->max_width; i++, unit /= 10)
    text_buffer_add_char(out, (char)('0' + nanoseconds / unit % 10));
}

static void add_item(const struct datetime_item *item, const struct moment *moment, struct text_buffer *out)
{
  int64_t value = moment->values[item->field];
  switch (item->kind) {
  case ITEM_LITERAL:
    text_buffer_add_text(out, item->literal);
    return;
  case ITEM_NUMBER:
    add_number(item, value, out);
    return;
  case ITEM_REDUCED_YEAR:
    add_two(out, (int)((value < 0 ? -value : value) % 100));
    return;
  case ITEM_FRACTION:
    add_fraction(item, value, out);
    return;
  case ITEM_TEXT: {
    bool from_zero = item->field == FIELD_AMPM || item->field == FIELD_ERA;
    text_buffer_add_string(out, datetime_texts(item->field, item->is_full)[value - (from_zero ? 0 : 1)]);
    return;
  }
  case ITEM_OFFSET:
    add_offset(item, moment->offset, out);
    return;
  case ITEM_LOCALIZED_OFFSET:
    add_localized_offset(item, moment->offset, out);
    return;
  case ITEM_ZONE_ID:
  case ITEM_ZONE_NAME: /* refused for formatting */
    text_buffer_add_string(out, timezone_name(moment->zone));
    return;
  case ITEM_OPTIONAL_START:
  case ITEM_OPTIONAL_END: /* what is optional to read is always written */
    return;
  }
}

void datetime_pattern_format(const struct datetime_pattern *pattern, int64_t instant_us, const struct timezone *zone,
                             struct text_buffer *out)
{
  struct moment moment;
  fill_moment(instant_us, zone, &moment);
  for (size_t i = 0; i < pattern->n_items; i++)
    add_item(&pattern->items[i], &moment, out);
}
