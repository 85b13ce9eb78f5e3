/** Regular expressions by PCRE2 with JIT, in two dialects: java.util.regex (RLIKE and the regexp_ functions) and
 * ECMA-262 (JSON Schema's pattern). A compiled one may be used by many threads. Backtracking is limited. */
#ifndef CRISOL_VALUE_REGEX_H
#define CRISOL_VALUE_REGEX_H

#include "base/error.h"

enum regex_dialect { REGEX_JAVA, REGEX_ECMA };
enum regex_result { REGEX_NO_MATCH, REGEX_MATCH, REGEX_LIMIT /* gave up: too much backtracking */ };

struct regex;

/** Compiles; the caller frees. Fails with ERROR_CONFIG at `place`, quoting the pattern and the position inside it. What
 * the dialect means otherwise than PCRE2 is translated: `$` before a final line end, `.` and line terminators, \w and
 * \d in ASCII, \h, \v, \R, \Z, character class intersections && and nested classes (Java), \uXXXX, named groups. What
 * cannot be translated is refused by name. */
MUST_CHECK bool regex_compile(struct text pattern, enum regex_dialect dialect, struct place place,
                              struct regex **ret_regex, struct error *err);
/** Accepts a pointer to NULL. */
void regex_free(struct regex **regex);

/** Whether the pattern is found anywhere in the text (valid UTF-8). */
enum regex_result regex_find(const struct regex *regex, struct text text);

/** Finds from byte `from`; fills up to `n_groups` spans (start, end; -1 where a group did not take part). */
struct regex_span {
  ptrdiff_t start, end;
};
enum regex_result regex_find_groups(const struct regex *regex, struct text text, size_t from, struct regex_span *groups,
                                    size_t n_groups);
/** How many groups its pattern captures. */
size_t regex_group_count(const struct regex *regex);
/** Index of a named group, or -1. */
ptrdiff_t regex_group_named(const struct regex *regex, struct text name);

#endif
