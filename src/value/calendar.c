/* The proleptic Gregorian calendar, by days since 1970-01-01. The civil conversions follow Howard Hinnant's
 * "chrono-Compatible Low-Level Date Algorithms". */
#include "value/timezone.h"

enum { DAYS_OF_ERA = 146097 }; /* 400 years */

int64_t days_from_civil(int64_t year, int month, int day)
{
  year -= month <= 2;
  int64_t era = (year >= 0 ? year : year - 399) / 400;
  int64_t year_of_era = year - era * 400;
  int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * DAYS_OF_ERA + day_of_era - 719468;
}

void civil_from_days(int64_t days, int64_t *ret_year, int *ret_month, int *ret_day)
{
  days += 719468;
  int64_t era = (days >= 0 ? days : days - (DAYS_OF_ERA - 1)) / DAYS_OF_ERA;
  int64_t day_of_era = days - era * DAYS_OF_ERA;
  int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int64_t shifted_month = (5 * day_of_year + 2) / 153; /* from March */
  *ret_day = (int)(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  *ret_month = (int)(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  *ret_year = year_of_era + era * 400 + (*ret_month <= 2);
}

int days_in_month(int64_t year, int month)
{
  static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
  bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return days[month - 1] + (month == 2 && is_leap);
}

int64_t days_plus_months(int64_t days, int64_t months)
{
  int64_t year;
  int month, day;
  civil_from_days(days, &year, &month, &day);
  int64_t total = year * 12 + (month - 1) + months;
  year = floor_divide(total, 12);
  month = (int)(total - year * 12) + 1;
  int last = days_in_month(year, month);
  return days_from_civil(year, month, day < last ? day : last);
}

int weekday_from_days(int64_t days)
{
  int64_t day = (days + 3) % 7; /* 1970-01-01 was a Thursday */
  return (int)(day < 0 ? day + 7 : day) + 1;
}

void iso_week_from_days(int64_t days, int64_t *ret_week_year, int *ret_week)
{
  int64_t thursday = days - weekday_from_days(days) + 4; /* a week belongs to the year of its Thursday */
  int64_t year;
  int month, day;
  civil_from_days(thursday, &year, &month, &day);
  *ret_week_year = year;
  *ret_week = (int)((thursday - days_from_civil(year, 1, 1)) / 7) + 1;
}
