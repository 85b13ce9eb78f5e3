/** The formats of JSON Schema that are checked. Pure functions, no allocation. */
#ifndef CRISOL_SCHEMA_FORMAT_H
#define CRISOL_SCHEMA_FORMAT_H

#include "base/text.h"

enum format {
  FORMAT_NONE,
  FORMAT_DATE_TIME, /* RFC 3339 */
  FORMAT_DATE,
  FORMAT_TIME, /* RFC 3339's full-time, with its offset */
  FORMAT_UUID,
  FORMAT_EMAIL, /* RFC 5321's Mailbox */
  FORMAT_IPV4,
  FORMAT_URI, /* RFC 3986, with a scheme */
};

/** FORMAT_NONE where the name is not one of them. */
enum format format_find(struct text name);
/** Names, for a message: "date-time, date, ...". */
extern const char format_names[];
/** Whether the text has the format, by the RFC that JSON Schema names for it. */
bool format_matches(enum format format, struct text text);

#endif
