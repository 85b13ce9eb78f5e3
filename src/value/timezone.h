/** Time zones from the system's tz database (TZif files, RFC 8536), and the proleptic Gregorian calendar.
 * A zone is loaded once per name and kept for the life of the program; all functions are thread-safe. Instants are
 * microseconds since 1970-01-01T00:00:00Z; days are counted from the same day. */
#ifndef CRISOL_VALUE_TIMEZONE_H
#define CRISOL_VALUE_TIMEZONE_H

#include "base/error.h"

struct timezone;

/** Finds a zone as java.time.ZoneId.of does: "America/Bogota", "UTC", "Z", "GMT+2", "+02:00", "-5". NULL where unknown.
 */
const struct timezone *timezone_find(struct text name);
/** Gives the TZif file of a region ("America/Bogota"); false where there is none. */
typedef bool timezone_file(struct text name, struct text *ret_tzif);
/** Takes the regions from `find` from now on, and not from the machine's own files, which a container may lack. To be
 * called before the first zone is sought. */
void timezone_take_files(timezone_file *find);
/** Reads a region's TZif file as this machine has it; false where there is none. */
bool timezone_read_file(struct arena *arena, struct text name, struct text *ret_tzif);
/** The name by which it was found. */
const char *timezone_name(const struct timezone *zone);
/** The zone's names, sorted, for "did you mean". */
const char *const *timezone_names(size_t *ret_count);

/** Seconds east of UTC at an instant. */
int32_t timezone_offset_at(const struct timezone *zone, int64_t instant_us);
/** A wall clock (as microseconds since 1970-01-01T00:00:00 local) to an instant, as Java's ZonedDateTime.ofLocal: in a
 * gap it moves forward by the gap's length, in an overlap it takes the earlier offset. */
int64_t timezone_to_utc(const struct timezone *zone, int64_t local_us);
/** An instant to the wall clock. */
int64_t timezone_to_local(const struct timezone *zone, int64_t instant_us);
/** The abbreviation at an instant, such as "EST", "COT" or "-05". Static. */
const char *timezone_abbreviation(const struct timezone *zone, int64_t instant_us);

/** The quotient rounded down: days of the microseconds before 1970, too. `divisor` is above 0. */
static inline int64_t floor_divide(int64_t value, int64_t divisor)
{
  return value / divisor - (value % divisor < 0);
}

/** The days since 1970-01-01 of a date of the proleptic Gregorian calendar. */
int64_t days_from_civil(int64_t year, int month, int day);
/** The date of so many days since 1970-01-01; months and days count from 1. */
void civil_from_days(int64_t days, int64_t *ret_year, int *ret_month, int *ret_day);
/** 28 to 31; `month` counts from 1. */
int days_in_month(int64_t year, int month);
/** The day that is some months later or earlier, at most the last of its month. */
int64_t days_plus_months(int64_t days, int64_t months);
/** 1 is Monday, 7 is Sunday. */
int weekday_from_days(int64_t days);
/** ISO-8601 week and week-based year. */
void iso_week_from_days(int64_t days, int64_t *ret_week_year, int *ret_week);

#endif
