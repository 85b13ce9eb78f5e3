/** Turns a pattern of java.util.regex or ECMA-262 into one of PCRE2 that means the same. */
#ifndef CRISOL_VALUE_REGEX_TRANSLATE_H
#define CRISOL_VALUE_REGEX_TRANSLATE_H

#include "value/regex.h"

/** Adds the PCRE2 pattern. On failure `*ret_at` is the offset in the pattern and `*ret_reason` says what cannot be
 * taken; a static text. */
MUST_CHECK bool regex_translate(struct text pattern, enum regex_dialect dialect, struct text_buffer *out,
                                size_t *ret_at, const char **ret_reason);

#endif
