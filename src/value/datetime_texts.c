/* The words of dates in English (CLDR's en-US, as Java 17 has them). */
#include "value/datetime_pattern_internal.h"

static const char *const months_short[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
                                            "Aug", "Sep", "Oct", "Nov", "Dec", NULL };
static const char *const months_full[] = { "January", "February",  "March",   "April",    "May",      "June", "July",
                                           "August",  "September", "October", "November", "December", NULL };
static const char *const weekdays_short[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", NULL };
static const char *const weekdays_full[] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
                                             "Friday", "Saturday", "Sunday",    NULL };
static const char *const quarters_short[] = { "Q1", "Q2", "Q3", "Q4", NULL };
static const char *const quarters_full[] = { "1st quarter", "2nd quarter", "3rd quarter", "4th quarter", NULL };
static const char *const halves[] = { "AM", "PM", NULL };
static const char *const eras_short[] = { "BC", "AD", NULL };
static const char *const eras_full[] = { "Before Christ", "Anno Domini", NULL };

const char *const *datetime_texts(enum datetime_field field, bool is_full)
{
  switch (field) {
  case FIELD_MONTH:
    return is_full ? months_full : months_short;
  case FIELD_WEEKDAY:
    return is_full ? weekdays_full : weekdays_short;
  case FIELD_QUARTER:
    return is_full ? quarters_full : quarters_short;
  case FIELD_AMPM:
    return halves;
  case FIELD_ERA:
    return is_full ? eras_full : eras_short;
  default:
    BUG("a field without texts");
  }
}
