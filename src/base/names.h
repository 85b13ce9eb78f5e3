/** A set of names, each with its number in order of first appearance. */
#ifndef CRISOL_BASE_NAMES_H
#define CRISOL_BASE_NAMES_H

#include "base/text.h"

struct name_set {
  struct text *names; /* [number]; each ends in a NUL not counted */
  size_t count, capacity;
  size_t *slots;     /* open addressing: a number plus one, 0 where free; at most half are taken */
  size_t n_slots;    /* a power of two */
  bool ignores_case; /* of ASCII letters; set before the first name */
};

#define NO_NAME SIZE_MAX

/** The number of a name; adds it where it is new. */
size_t name_set_add(struct arena *arena, struct name_set *set, struct text name);
/** The same without adding; NO_NAME where there is none. Safe from all threads while nothing is added. */
size_t name_set_find(const struct name_set *set, struct text name);

#endif
