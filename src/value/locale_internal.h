/* What a locale is made of, for the files that read by it. */
#ifndef CRISOL_VALUE_LOCALE_INTERNAL_H
#define CRISOL_VALUE_LOCALE_INTERNAL_H

#include "value/locale.h"

enum group_mark { GROUP_NONE, GROUP_COMMA, GROUP_POINT, GROUP_SPACE, GROUP_APOSTROPHE };

struct locale {
  const char *language, *countries;
  char decimal;
  enum group_mark group;
  const char *const *short_months, *const *full_months;
};

#endif
