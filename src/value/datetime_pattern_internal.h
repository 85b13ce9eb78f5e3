/* A compiled pattern: a list of items in the order of the text; shared by its compiler, parser and formatter. */
#ifndef CRISOL_VALUE_DATETIME_PATTERN_INTERNAL_H
#define CRISOL_VALUE_DATETIME_PATTERN_INTERNAL_H

#include "value/datetime_pattern.h"

enum datetime_field {
  FIELD_ERA,
  FIELD_YEAR_OF_ERA,
  FIELD_YEAR, /* proleptic: what `y` means without an era */
  FIELD_MONTH,
  FIELD_DAY,
  FIELD_DAY_OF_YEAR,
  FIELD_AMPM,
  FIELD_HOUR,          /* H: 0 to 23 */
  FIELD_CLOCK_HOUR,    /* k: 1 to 24 */
  FIELD_HOUR_OF_AMPM,  /* K: 0 to 11 */
  FIELD_CLOCK_OF_AMPM, /* h: 1 to 12 */
  FIELD_MINUTE,
  FIELD_SECOND,
  FIELD_NANOSECOND,
  FIELD_WEEKDAY, /* formatting only */
  FIELD_QUARTER, /* formatting only */
  N_FIELDS,
};

enum item_kind {
  ITEM_LITERAL,
  ITEM_NUMBER,
  ITEM_REDUCED_YEAR, /* yy: 2000 to 2099 */
  ITEM_FRACTION,
  ITEM_TEXT,
  ITEM_OFFSET,
  ITEM_LOCALIZED_OFFSET, /* O, ZZZZ: GMT+8, GMT+08:00 */
  ITEM_ZONE_ID,          /* VV */
  ITEM_ZONE_NAME,        /* z */
  ITEM_OPTIONAL_START,
  ITEM_OPTIONAL_END,
};

/* As java.time.format.SignStyle; only those that patterns make. */
enum sign_style { SIGN_NORMAL, SIGN_NOT_NEGATIVE, SIGN_EXCEEDS_PAD };

struct datetime_item {
  enum item_kind kind;
  enum datetime_field field;
  int min_width, max_width; /* number, fraction */
  enum sign_style sign;
  int subsequent_width; /* digits of the fixed numbers that follow without a gap; -1: fixed itself */
  bool is_full;         /* text, localized offset: the long form */
  /* offset */
  bool has_colon;
  int n_parts;      /* at least hours and so many more parts are read: 1 hours, 2 minutes, 3 seconds */
  int n_optional;   /* of them, how many at the end may be missing */
  const char *zero; /* what stands for no offset: "Z", "+0000", ... */
  struct text literal;
  size_t end; /* optional start: index of its end */
};

struct datetime_pattern {
  struct datetime_item *items;
  size_t n_items;
  size_t capacity;
  bool has_zone;
};

/* The texts of a field in English, NULL-terminated; from its least value (era and am/pm 0, month and weekday 1). */
const char *const *datetime_texts(enum datetime_field field, bool is_full);

#endif
