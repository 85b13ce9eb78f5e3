/** One text for all ways to write one JSON value: keys sorted by bytes, no blanks, strings escaped alike. */
#ifndef CRISOL_SCHEMA_CANONICAL_H
#define CRISOL_SCHEMA_CANONICAL_H

#include "value/json.h"

enum canonical_numbers {
  CANONICAL_AS_WRITTEN, /* for people: a schema's text and its digest */
  CANONICAL_BY_VALUE,   /* 1, 1.0 and 1e0 alike: equal texts are equal values */
};

/** Adds it; false where the text is not one JSON value. */
bool canonical_add(struct text json, enum canonical_numbers numbers, struct text_buffer *out);

#endif
