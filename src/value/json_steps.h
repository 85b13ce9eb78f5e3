/** The path to the records of a JSON document: $.data[*], $['my data'].items[*]. Names and [*] only, so that each value
 * of a document lies on it at most once. */
#ifndef CRISOL_VALUE_JSON_STEPS_H
#define CRISOL_VALUE_JSON_STEPS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

/** A step down: the member of that name, or each element. */
struct json_step {
  struct text name; /* data NULL: each element of an array */
};

enum { JSON_STEPS_MAX = 32 };

struct json_steps {
  struct json_step *items;
  size_t count;
};

/** Parses a path; `place` is its place, of which that of an error is a part. ERROR_CONFIG says what was expected where.
 * The names are in the arena. */
MUST_CHECK bool json_steps_parse(struct arena *arena, struct text path, struct place place,
                                 struct json_steps *ret_steps, struct error *err);

#endif
