/* Zones and the calendar, against what java.time answers. */
#include "support.h"

#include "value/timezone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t second_us = 1000000;

/* "2024-10-06T02:15:00" as microseconds of the wall clock. */
static int64_t wall_clock(const char *text)
{
  int year, month, day, hour, minute, second;
  assert_int_equal(sscanf(text, "%d-%d-%dT%d:%d:%d", &year, &month, &day, &hour, &minute, &second), 6);
  return (days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second) * second_us;
}

/* Four fields: zone, wall clock, instant, offset. Three: zone, "ok", offset. Two: zone, "no". */
static bool check_line(char *fields[4], size_t n_fields)
{
  const struct timezone *zone = timezone_find(text_from(fields[0]));
  if (n_fields == 2)
    return zone == NULL;
  if (zone == NULL)
    return false;
  if (n_fields == 3)
    return timezone_offset_at(zone, 1700000000 * second_us) == atoi(fields[2]);
  int64_t instant_us = atoll(fields[2]) * second_us;
  int32_t offset = atoi(fields[3]);
  return timezone_to_utc(zone, wall_clock(fields[1])) == instant_us && timezone_offset_at(zone, instant_us) == offset &&
         timezone_to_local(zone, instant_us) == instant_us + offset * second_us;
}

static void zones__are_java_s(void **state)
{
  (void)state;
  char line[256];
  size_t n_wrong = 0;
  size_t n_cases = 0;
  FILE *file = fopen("tests/cases/value/timezone.tsv", "r");
  assert_non_null(file);
  while (fgets(line, sizeof(line), file) != NULL) {
    char *fields[4] = { NULL };
    char *rest = line;
    size_t n_fields = 0;
    line[strcspn(line, "\n")] = 0;
    if (line[0] == '#')
      continue;
    while (n_fields < 4 && rest != NULL)
      fields[n_fields++] = strsep(&rest, "\t");
    n_cases++;
    if (!check_line(fields, n_fields)) {
      print_error("wrong: %s %s\n", fields[0], fields[1]);
      n_wrong++;
    }
  }
  fclose(file);
  assert_int_equal(n_wrong, 0);
  assert_true(n_cases >= 65);
}

/* Wall clocks that exist once come back as they were, in every zone there is and in all years of Spark. */
static void wall_clocks__come_back(void **state)
{
  (void)state;
  static const int64_t years[] = { 1, 1582, 1883, 1900, 1945, 1970, 1999, 2024, 2037, 2038, 2400, 9999 };
  size_t n_names;
  const char *const *names = timezone_names(&n_names);
  assert_true(n_names > 300);
  for (size_t i = 0; i < n_names; i++) {
    const struct timezone *zone = timezone_find(text_from(names[i]));
    assert_non_null(zone);
    assert_string_equal(timezone_name(zone), names[i]);
    assert_true(i == 0 || strcmp(names[i - 1], names[i]) < 0);
    for (size_t y = 0; y < ARRAY_LENGTH(years); y++)
      for (int month = 1; month <= 12; month++) {
        int64_t instant_us = days_from_civil(years[y], month, 15) * 86400 * second_us + 123456;
        int64_t local_us = timezone_to_local(zone, instant_us);
        int64_t again_us = timezone_to_utc(zone, local_us);
        assert_true(timezone_to_local(zone, again_us) == local_us);
        assert_true(again_us <= instant_us); /* of two, the earlier */
      }
  }
}

static void abbreviations__follow_the_season(void **state)
{
  (void)state;
  static const struct {
    const char *zone, *clock, *abbreviation;
  } cases[] = {
    { "America/New_York", "2024-01-15T12:00:00", "EST" },      { "America/New_York", "2024-07-15T12:00:00", "EDT" },
    { "America/New_York", "9999-07-15T12:00:00", "EDT" },      { "America/Bogota", "2024-01-15T12:00:00", "-05" },
    { "America/New_York", "1800-01-15T12:00:00", "LMT" },      { "Australia/Lord_Howe", "2024-01-15T12:00:00", "+11" },
    { "Australia/Lord_Howe", "2500-07-15T12:00:00", "+1030" }, { "Europe/London", "1970-01-15T12:00:00", "BST" },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
    const struct timezone *zone = timezone_find(text_from(cases[i].zone));
    assert_non_null(zone);
    int64_t instant_us = timezone_to_utc(zone, wall_clock(cases[i].clock));
    assert_string_equal(timezone_abbreviation(zone, instant_us), cases[i].abbreviation);
  }
}

/* Instants at the ends of what 64 bits hold do not overflow. */
static void timezone__holds_at_the_ends(void **state)
{
  (void)state;
  static const char *const names[] = { "America/Bogota", "Pacific/Kiritimati", "America/New_York", "+18:00", "-18:00" };
  for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
    const struct timezone *zone = timezone_find(text_from(names[i]));
    assert_non_null(zone);
    static const int64_t ends[] = { INT64_MIN, INT64_MIN + 1, INT64_MAX, INT64_MAX - 1 };
    for (size_t j = 0; j < ARRAY_LENGTH(ends); j++) {
      (void)timezone_to_local(zone, ends[j]);
      (void)timezone_to_utc(zone, ends[j]);
      assert_non_null(timezone_abbreviation(zone, ends[j]));
    }
  }
}

/* Day by day through two eras of 400 years, against counting. */
static void calendar__counts_every_day(void **state)
{
  (void)state;
  int64_t day = days_from_civil(1600, 1, 1);
  int weekday = 6; /* a Saturday */
  for (int64_t year = 1600; year < 2400; year++)
    for (int month = 1; month <= 12; month++)
      for (int of_month = 1; of_month <= days_in_month(year, month); of_month++, day++) {
        int64_t found_year;
        int found_month, found_day;
        civil_from_days(day, &found_year, &found_month, &found_day);
        if (found_year != year || found_month != month || found_day != of_month ||
            days_from_civil(year, month, of_month) != day || weekday_from_days(day) != weekday)
          fail_msg("%d-%d-%d", (int)year, month, of_month);
        weekday = weekday % 7 + 1;
      }
  assert_int_equal(days_from_civil(1, 1, 1), -719162);
  assert_int_equal(days_from_civil(9999, 12, 31), 2932896);
  assert_int_equal(days_from_civil(0, 2, 29), -719469);
  assert_int_equal(days_in_month(1900, 2), 28);
}

static void iso_weeks__belong_to_their_thursday(void **state)
{
  (void)state;
  static const int cases[][5] = { { 2021, 1, 3, 2020, 53 },  { 2021, 1, 4, 2021, 1 },    { 2024, 12, 30, 2025, 1 },
                                  { 2016, 1, 1, 2015, 53 },  { 2026, 12, 31, 2026, 53 }, { 1970, 1, 1, 1970, 1 },
                                  { 1969, 12, 28, 1969, 52 } };
  for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
    int64_t week_year;
    int week;
    iso_week_from_days(days_from_civil(cases[i][0], cases[i][1], cases[i][2]), &week_year, &week);
    assert_int_equal(week_year, cases[i][3]);
    assert_int_equal(week, cases[i][4]);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(zones__are_java_s),
    cmocka_unit_test(wall_clocks__come_back),
    cmocka_unit_test(abbreviations__follow_the_season),
    cmocka_unit_test(timezone__holds_at_the_ends),
    cmocka_unit_test(calendar__counts_every_day),
    cmocka_unit_test(iso_weeks__belong_to_their_thursday),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
