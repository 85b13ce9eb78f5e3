/* Dates and times. */
#include "duckdb/functions/pattern.h"

#include <math.h>
#include <stdlib.h>

enum { US = 1000000, DAY_SECONDS = 86400, HOUR_SECONDS = 3600 };
static const int64_t day_us = (int64_t)DAY_SECONDS * US;

/* The day of a wall clock, and the microseconds since its midnight. */
static int64_t split_local(int64_t local_us, int64_t *ret_of_day_us)
{
  int64_t days = floor_divide(local_us, day_us);
  *ret_of_day_us = local_us - days * day_us;
  return days;
}

static int64_t local_of(const struct udf_call *call, size_t index, size_t row)
{
  return timezone_to_local(call->zone, arg_bigint(call, index, row));
}

/* Patterns, compiled once. */

struct kept_pattern {
  struct arena arena;
  struct datetime_pattern *pattern;
};

static bool compile_pattern(struct text source, enum pattern_use use, void **ret_object, struct error *err)
{
  struct kept_pattern *kept = checked_malloc(sizeof(*kept));
  *kept = (struct kept_pattern){ 0 };
  if (datetime_pattern_compile(&kept->arena, source, use, NOWHERE, false, &kept->pattern, err)) {
    *ret_object = kept;
    return true;
  }
  char message[1024];
  memcpy(message, err->message, sizeof(message) - 1);
  message[sizeof(message) - 1] = '\0';
  arena_done(&kept->arena);
  free(kept);
  return fail(err, ERROR_CONFIG, NOWHERE, "[INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION] %s",
              message);
}

static bool compile_for_parsing(struct text source, void **ret_object, struct error *err)
{
  return compile_pattern(source, PATTERN_PARSE, ret_object, err);
}

static bool compile_for_formatting(struct text source, void **ret_object, struct error *err)
{
  return compile_pattern(source, PATTERN_FORMAT, ret_object, err);
}

static void release_pattern(void *object)
{
  struct kept_pattern *kept = object;
  arena_done(&kept->arena);
  free(kept);
}

static const struct compiler parsing = { .compile = compile_for_parsing, .release = release_pattern };
static const struct compiler formatting = { .compile = compile_for_formatting, .release = release_pattern };

const struct datetime_pattern *pattern_for_parsing(struct udf_call *call, struct text source)
{
  const struct kept_pattern *kept = udf_compiled(call, &parsing, source);
  return kept == NULL ? NULL : kept->pattern;
}

const struct datetime_pattern *pattern_for_formatting(struct udf_call *call, struct text source)
{
  const struct kept_pattern *kept = udf_compiled(call, &formatting, source);
  return kept == NULL ? NULL : kept->pattern;
}

static bool to_timestamp(struct udf_call *call, size_t row)
{
  const struct kept_pattern *kept = udf_compiled(call, &parsing, arg_text(call, 1, row));
  int64_t instant;
  return kept != NULL && datetime_pattern_parse(kept->pattern, arg_text(call, 0, row), call->zone, &instant) &&
         return_bigint(call, row, instant);
}

static bool to_timestamp_ntz(struct udf_call *call, size_t row)
{
  const struct kept_pattern *kept = udf_compiled(call, &parsing, arg_text(call, 1, row));
  int64_t local;
  return kept != NULL && datetime_pattern_parse_local(kept->pattern, arg_text(call, 0, row), &local) &&
         return_bigint(call, row, local);
}

static bool date_format(struct udf_call *call, size_t row)
{
  const struct kept_pattern *kept = udf_compiled(call, &formatting, arg_text(call, 1, row));
  if (kept == NULL)
    return false;
  text_buffer_clear(&call->buffer);
  datetime_pattern_format(kept->pattern, arg_bigint(call, 0, row), call->zone, &call->buffer);
  return return_buffer(call, row);
}

/* Parts of a timestamp */

static bool hour(struct udf_call *call, size_t row)
{
  int64_t of_day;
  split_local(local_of(call, 0, row), &of_day);
  return return_int(call, row, (int32_t)(of_day / US / HOUR_SECONDS));
}

static bool minute(struct udf_call *call, size_t row)
{
  int64_t of_day;
  split_local(local_of(call, 0, row), &of_day);
  return return_int(call, row, (int32_t)(of_day / US / 60 % 60));
}

static bool second(struct udf_call *call, size_t row)
{
  int64_t of_day;
  split_local(local_of(call, 0, row), &of_day);
  return return_int(call, row, (int32_t)(of_day / US % 60));
}

/* Seconds with their fraction, as decimal(8,6). */
static bool second_with_fraction(struct udf_call *call, size_t row)
{
  int64_t of_day;
  split_local(local_of(call, 0, row), &of_day);
  return return_decimal(call, row, of_day % (60 * (int64_t)US));
}

static bool iso_year(struct udf_call *call, size_t row)
{
  int64_t year;
  int week;
  iso_week_from_days(arg_int(call, 0, row), &year, &week);
  return return_int(call, row, (int32_t)year);
}

/* Calendar arithmetic */

static bool add_months(struct udf_call *call, size_t row)
{
  return return_int(call, row, (int32_t)days_plus_months(arg_int(call, 0, row), arg_int(call, 1, row)));
}

static bool last_day(struct udf_call *call, size_t row)
{
  int64_t year;
  int month, day;
  civil_from_days(arg_int(call, 0, row), &year, &month, &day);
  return return_int(call, row, (int32_t)days_from_civil(year, month, days_in_month(year, month)));
}

static bool months_between(struct udf_call *call, size_t row)
{
  int64_t of_day[2], days[2], year[2];
  int month[2], day[2];
  bool is_last[2];
  for (size_t i = 0; i < 2; i++) {
    days[i] = split_local(local_of(call, i, row), &of_day[i]);
    civil_from_days(days[i], &year[i], &month[i], &day[i]);
    is_last[i] = day[i] == days_in_month(year[i], month[i]);
  }
  double months = (double)((year[0] * 12 + month[0]) - (year[1] * 12 + month[1]));
  if (day[0] == day[1] || (is_last[0] && is_last[1]))
    return return_double(call, row, months);
  int64_t seconds = (int64_t)(day[0] - day[1]) * DAY_SECONDS + of_day[0] / US - of_day[1] / US;
  double difference = months + (double)seconds / (31.0 * DAY_SECONDS);
  if (arg_boolean(call, 2, row)) /* Java's Math.round */
    difference = floor(difference * 1e8 + 0.5) / 1e8;
  return return_double(call, row, difference);
}

static bool next_day(struct udf_call *call, size_t row)
{
  static const char *const names[][3] = {
    { "MO", "MON", "MONDAY" }, { "TU", "TUE", "TUESDAY" },  { "WE", "WED", "WEDNESDAY" }, { "TH", "THU", "THURSDAY" },
    { "FR", "FRI", "FRIDAY" }, { "SA", "SAT", "SATURDAY" }, { "SU", "SUN", "SUNDAY" },
  };
  struct text name = arg_text(call, 1, row);
  int32_t days = arg_int(call, 0, row);
  for (int weekday = 0; weekday < 7; weekday++)
    for (size_t form = 0; form < 3; form++)
      if (text_equal_nocase(name, text_from(names[weekday][form]))) {
        /* As Java computes it in 32 bits, so that the ends of the range come out as Spark's: 1970-01-01 was a Thursday.
         */
        int32_t of_week = (weekday + 4) % 7;
        int32_t ahead = (int32_t)((uint32_t)of_week - 1U - (uint32_t)days) % 7;
        return return_int(call, row, (int32_t)((uint32_t)days + 1U + (uint32_t)((ahead + 7) % 7)));
      }
  return false;
}

/* Units of trunc() and date_trunc(), from the widest. */
enum unit {
  BY_YEAR,
  BY_QUARTER,
  BY_MONTH,
  BY_WEEK,
  BY_DAY,
  BY_HOUR,
  BY_MINUTE,
  BY_SECOND,
  BY_MILLISECOND,
  BY_MICROSECOND
};

static const struct {
  const char *name;
  enum unit unit;
} units[] = {
  { "YEAR", BY_YEAR },
  { "YYYY", BY_YEAR },
  { "YY", BY_YEAR },
  { "QUARTER", BY_QUARTER },
  { "MONTH", BY_MONTH },
  { "MON", BY_MONTH },
  { "MM", BY_MONTH },
  { "WEEK", BY_WEEK },
  { "DAY", BY_DAY },
  { "DD", BY_DAY },
  { "HOUR", BY_HOUR },
  { "MINUTE", BY_MINUTE },
  { "SECOND", BY_SECOND },
  { "MILLISECOND", BY_MILLISECOND },
  { "MICROSECOND", BY_MICROSECOND },
};

static bool find_unit(struct text name, enum unit *ret_unit)
{
  for (size_t i = 0; i < ARRAY_LENGTH(units); i++)
    if (text_equal_nocase(name, text_from(units[i].name))) {
      *ret_unit = units[i].unit;
      return true;
    }
  return false;
}

static int64_t truncate_days(int64_t days, enum unit unit)
{
  int64_t year;
  int month, day;
  civil_from_days(days, &year, &month, &day);
  switch (unit) {
  case BY_YEAR:
    return days_from_civil(year, 1, 1);
  case BY_QUARTER:
    return days_from_civil(year, (month - 1) / 3 * 3 + 1, 1);
  case BY_MONTH:
    return days_from_civil(year, month, 1);
  case BY_WEEK:
    return days - (weekday_from_days(days) - 1);
  default:
    return days;
  }
}

static bool trunc_date(struct udf_call *call, size_t row)
{
  enum unit unit;
  return find_unit(arg_text(call, 1, row), &unit) && unit <= BY_WEEK &&
         return_int(call, row, (int32_t)truncate_days(arg_int(call, 0, row), unit));
}

static bool date_trunc(struct udf_call *call, size_t row)
{
  static const int64_t widths[] = { [BY_HOUR] = (int64_t)HOUR_SECONDS * US,
                                    [BY_MINUTE] = (int64_t)60 * US,
                                    [BY_SECOND] = US,
                                    [BY_MILLISECOND] = 1000,
                                    [BY_MICROSECOND] = 1 };
  enum unit unit;
  int64_t instant = arg_bigint(call, 1, row);
  if (!find_unit(arg_text(call, 0, row), &unit))
    return false;
  if (unit >= BY_SECOND)
    return return_bigint(call, row, floor_divide(instant, widths[unit]) * widths[unit]);
  int64_t of_day;
  int64_t local = timezone_to_local(call->zone, instant);
  int64_t days = split_local(local, &of_day);
  if (unit <= BY_DAY)
    return return_bigint(call, row, timezone_to_utc(call->zone, truncate_days(days, unit) * day_us));
  /* within the hour the offset stays what it is, also in an overlap */
  return return_bigint(call, row, instant - (of_day % widths[unit]));
}

/* The years of java.time; others make a null. */
static bool is_year(int32_t year)
{
  enum { MOST_YEARS = 999999999 };
  return year >= -MOST_YEARS && year <= MOST_YEARS;
}

static bool make_date(struct udf_call *call, size_t row)
{
  int32_t year = arg_int(call, 0, row);
  int32_t month = arg_int(call, 1, row);
  int32_t day = arg_int(call, 2, row);
  if (month < 1 || month > 12 || !is_year(year) || day < 1 || day > days_in_month(year, month))
    return false;
  int64_t days = days_from_civil(year, month, day);
  if (days != (int32_t)days)
    return udf_fail(call, "ARITHMETIC_OVERFLOW", "the date of the year %d is out of range", year);
  return return_int(call, row, (int32_t)days);
}

/* Seconds are a decimal(16,6); 60 is the next minute's start. */
static bool make_local(struct udf_call *call, size_t row, int64_t *ret_local_us)
{
  int32_t parts[5];
  for (size_t i = 0; i < 5; i++)
    parts[i] = arg_int(call, i, row);
  int64_t seconds_us = (int64_t)vector_decimal(&call->args[5], row);
  if (parts[1] < 1 || parts[1] > 12 || !is_year(parts[0]) || parts[2] < 1 ||
      parts[2] > days_in_month(parts[0], parts[1]) || parts[3] < 0 || parts[3] > 23 || parts[4] < 0 || parts[4] > 59 ||
      seconds_us < 0 || seconds_us > 60 * (int64_t)US)
    return false;
  int64_t of_day = ((int64_t)parts[3] * HOUR_SECONDS + parts[4] * 60) * US + seconds_us;
  if (__builtin_mul_overflow(days_from_civil(parts[0], parts[1], parts[2]), day_us, ret_local_us) ||
      __builtin_add_overflow(*ret_local_us, of_day, ret_local_us))
    return udf_fail(call, "ARITHMETIC_OVERFLOW", "the timestamp of the year %d is out of range", parts[0]);
  return true;
}

/* The instant of a wall clock, which may lie past the range's end. */
static bool return_instant(struct udf_call *call, size_t row, const struct timezone *zone, int64_t local)
{
  int64_t instant = timezone_to_utc(zone, local);
  bool is_out = local > INT64_MAX - day_us && instant == local && timezone_offset_at(zone, local) != 0;
  if (is_out)
    return udf_fail(call, "ARITHMETIC_OVERFLOW", "the timestamp is out of range");
  return return_bigint(call, row, instant);
}

static bool make_timestamp(struct udf_call *call, size_t row)
{
  int64_t local;
  return make_local(call, row, &local) && return_instant(call, row, call->zone, local);
}

static bool make_timestamp_ntz(struct udf_call *call, size_t row)
{
  int64_t local;
  return make_local(call, row, &local) && return_bigint(call, row, local);
}

/* Zones */

static const struct timezone *find_zone(struct udf_call *call, size_t index, size_t row)
{
  struct text name = arg_text(call, index, row);
  const struct timezone *zone = timezone_find(name);
  if (zone == NULL)
    udf_fail(call, "INVALID_TIMEZONE", "unknown time zone \"%.*s\"", name.length > 100 ? 100 : (int)name.length,
             name.data);
  return zone;
}

static bool make_timestamp_in(struct udf_call *call, size_t row)
{
  int64_t local;
  const struct timezone *zone = find_zone(call, 6, row);
  return zone != NULL && make_local(call, row, &local) && return_instant(call, row, zone, local);
}

/* The instant read as a wall clock: of UTC, to be that of the zone, and the other way round. */
static bool from_utc_timestamp(struct udf_call *call, size_t row)
{
  const struct timezone *zone = find_zone(call, 1, row);
  return zone != NULL && return_bigint(call, row, timezone_to_local(zone, arg_bigint(call, 0, row)));
}

static bool to_utc_timestamp(struct udf_call *call, size_t row)
{
  const struct timezone *zone = find_zone(call, 1, row);
  return zone != NULL && return_bigint(call, row, timezone_to_utc(zone, arg_bigint(call, 0, row)));
}

/* A wall clock of one zone as that of another. */
static bool convert_timezone(struct udf_call *call, size_t row)
{
  const struct timezone *from = find_zone(call, 0, row);
  const struct timezone *to = from == NULL ? NULL : find_zone(call, 1, row);
  return to != NULL && return_bigint(call, row, timezone_to_local(to, timezone_to_utc(from, arg_bigint(call, 2, row))));
}

/* Counting from 1970 */

/* An instant in microseconds since 1970 as a timestamp, whatever its year. */
static bool instant(struct udf_call *call, size_t row)
{
  return return_bigint(call, row, arg_bigint(call, 0, row));
}

/* So many of a unit. */
static bool timestamp_of(struct udf_call *call, size_t row)
{
  int64_t instant_us;
  if (__builtin_mul_overflow(arg_bigint(call, 0, row), arg_bigint(call, 1, row), &instant_us))
    return udf_fail(call, "DATETIME_OVERFLOW", "the timestamp is out of range");
  return return_bigint(call, row, instant_us);
}

/* As from_unixtime() multiplies: what does not fit begins again at the other end. */
static bool instant_of_unixtime(struct udf_call *call, size_t row)
{
  return return_bigint(call, row, (int64_t)((uint64_t)arg_bigint(call, 0, row) * US));
}

static bool unix_micros(struct udf_call *call, size_t row)
{
  return return_bigint(call, row, arg_bigint(call, 0, row));
}

static bool unix_millis(struct udf_call *call, size_t row)
{
  return return_bigint(call, row, floor_divide(arg_bigint(call, 0, row), 1000));
}

static bool unix_seconds(struct udf_call *call, size_t row)
{
  return return_bigint(call, row, floor_divide(arg_bigint(call, 0, row), US));
}

/* Units of timestampadd() and timestampdiff(). */

static const struct {
  const char *name;
  int months; /* or, where 0, microseconds */
  int64_t us;
  bool is_days; /* a day is one of the calendar, not 24 hours */
} steps[] = {
  { "MICROSECOND", 0, 1, false },   { "MILLISECOND", 0, 1000, false },
  { "SECOND", 0, 1000000, false },  { "MINUTE", 0, 60000000, false },
  { "HOUR", 0, 3600000000, false }, { "DAY", 0, 1, true },
  { "DAYOFYEAR", 0, 1, true },      { "WEEK", 0, 7, true },
  { "MONTH", 1, 0, false },         { "QUARTER", 3, 0, false },
  { "YEAR", 12, 0, false },
};

static int find_step(struct udf_call *call, struct text name)
{
  for (size_t i = 0; i < ARRAY_LENGTH(steps); i++)
    if (text_equal_nocase(name, text_from(steps[i].name)))
      return (int)i;
  udf_fail(call, "INVALID_PARAMETER_VALUE.DATETIME_UNIT", "unknown unit \"%.*s\"",
           name.length > 50 ? 50 : (int)name.length, name.data);
  return -1;
}

/* A wall clock moves in no zone. */
static bool add_step(struct udf_call *call, size_t row, bool is_wall_clock)
{
  int step = find_step(call, arg_text(call, 0, row));
  int64_t amount = arg_bigint(call, 1, row);
  int64_t start = arg_bigint(call, 2, row);
  int64_t of_day, added;
  if (step < 0)
    return false;
  if (steps[step].months == 0 && !steps[step].is_days) {
    if (__builtin_mul_overflow(amount, steps[step].us, &added) || __builtin_add_overflow(start, added, &added))
      return udf_fail(call, "DATETIME_OVERFLOW", "the timestamp is out of range");
    return return_bigint(call, row, added);
  }
  int64_t days = split_local(is_wall_clock ? start : timezone_to_local(call->zone, start), &of_day);
  int64_t factor = steps[step].is_days ? steps[step].us : steps[step].months;
  if (__builtin_mul_overflow(amount, factor, &added) || added > 10000000000 || added < -10000000000)
    return udf_fail(call, "DATETIME_OVERFLOW", "the timestamp is out of range");
  days = steps[step].is_days ? days + added : days_plus_months(days, added);
  int128 moved = (int128)days * day_us + of_day;
  if (moved != (int64_t)moved)
    return udf_fail(call, "DATETIME_OVERFLOW", "the timestamp is out of range");
  return return_bigint(call, row, is_wall_clock ? (int64_t)moved : timezone_to_utc(call->zone, (int64_t)moved));
}

static bool timestamp_add(struct udf_call *call, size_t row)
{
  return add_step(call, row, false);
}

static bool ntz_add(struct udf_call *call, size_t row)
{
  return add_step(call, row, true);
}

/* Whole months from one wall clock to another. */
static int64_t months_from(int64_t start, int64_t end)
{
  int64_t year[2], of_day[2];
  int month[2], day[2];
  civil_from_days(split_local(start, &of_day[0]), &year[0], &month[0], &day[0]);
  civil_from_days(split_local(end, &of_day[1]), &year[1], &month[1], &day[1]);
  int64_t months = (year[1] * 12 + month[1]) - (year[0] * 12 + month[0]);
  bool end_is_earlier = day[1] < day[0] || (day[1] == day[0] && of_day[1] < of_day[0]);
  bool end_is_later = day[1] > day[0] || (day[1] == day[0] && of_day[1] > of_day[0]);
  if (months > 0 && end_is_earlier)
    months--;
  else if (months < 0 && end_is_later)
    months++;
  return months;
}

static bool timestamp_diff(struct udf_call *call, size_t row)
{
  int step = find_step(call, arg_text(call, 0, row));
  int64_t start = local_of(call, 1, row);
  int64_t end = local_of(call, 2, row);
  if (step < 0)
    return false;
  if (steps[step].months > 0)
    return return_bigint(call, row, months_from(start, end) / steps[step].months);
  if (steps[step].is_days)
    return return_bigint(call, row, (end - start) / (day_us * steps[step].us));
  return return_bigint(call, row, (end - start) / steps[step].us); /* of wall clocks, whatever the zone did between */
}

static const struct udf rows[] = {
  { .name = "spark_to_timestamp", .signature = "string string > timestamp", .each = to_timestamp },
  { .name = "spark_to_timestamp_ntz", .signature = "string string > ntz", .each = to_timestamp_ntz },
  { .name = "spark_date_format", .signature = "timestamp string > string", .each = date_format },
  { .name = "spark_hour", .signature = "timestamp > int", .each = hour },
  { .name = "spark_minute", .signature = "timestamp > int", .each = minute },
  { .name = "spark_second", .signature = "timestamp > int", .each = second },
  { .name = "spark_second_with_fraction", .signature = "timestamp > decimal_8_6", .each = second_with_fraction },
  { .name = "spark_iso_year", .signature = "date > int", .each = iso_year },
  { .name = "spark_add_months", .signature = "date int > date", .each = add_months },
  { .name = "spark_last_day", .signature = "date > date", .each = last_day },
  { .name = "spark_months_between", .signature = "timestamp timestamp boolean > double", .each = months_between },
  { .name = "spark_next_day", .signature = "date string > date", .each = next_day },
  { .name = "spark_trunc_date", .signature = "date string > date", .each = trunc_date },
  { .name = "spark_date_trunc", .signature = "string timestamp > timestamp", .each = date_trunc },
  { .name = "spark_make_date", .signature = "int int int > date", .each = make_date },
  { .name = "spark_make_timestamp",
    .signature = "int int int int int decimal_16_6 > timestamp",
    .each = make_timestamp },
  { .name = "spark_make_timestamp_in",
    .signature = "int int int int int decimal_16_6 string > timestamp",
    .each = make_timestamp_in },
  { .name = "spark_make_timestamp_ntz",
    .signature = "int int int int int decimal_16_6 > ntz",
    .each = make_timestamp_ntz },
  { .name = "spark_from_utc_timestamp", .signature = "timestamp string > timestamp", .each = from_utc_timestamp },
  { .name = "spark_to_utc_timestamp", .signature = "timestamp string > timestamp", .each = to_utc_timestamp },
  { .name = "spark_convert_timezone", .signature = "string string ntz > ntz", .each = convert_timezone },
  { .name = "spark_instant", .signature = "bigint > timestamp", .each = instant },
  { .name = "spark_wall_clock", .signature = "bigint > ntz", .each = instant },
  { .name = "spark_timestamp_of", .signature = "bigint bigint > timestamp", .each = timestamp_of },
  { .name = "spark_instant_of_unixtime", .signature = "bigint > timestamp", .each = instant_of_unixtime },
  { .name = "spark_unix_micros", .signature = "timestamp > bigint", .each = unix_micros },
  { .name = "spark_unix_millis", .signature = "timestamp > bigint", .each = unix_millis },
  { .name = "spark_unix_seconds", .signature = "timestamp > bigint", .each = unix_seconds },
  { .name = "spark_timestamp_add", .signature = "string bigint timestamp > timestamp", .each = timestamp_add },
  { .name = "spark_ntz_add", .signature = "string bigint ntz > ntz", .each = ntz_add },
  { .name = "spark_timestamp_diff", .signature = "string timestamp timestamp > bigint", .each = timestamp_diff },
};

UDF_FAMILY(datetime_udfs, rows);
