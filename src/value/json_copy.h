/** JSON as Spark writes it: it reads by Jackson and writes what it has read, so that a value comes out in Jackson's
 * form: compact, names quoted, text escaped only where it must be, numbers with a fraction as doubles. */
#ifndef CRISOL_VALUE_JSON_COPY_H
#define CRISOL_VALUE_JSON_COPY_H

#include "value/json.h"

/** Adds the text in quotes, escaped. */
void json_add_quoted(struct text_buffer *out, struct text text);
/** Adds the text of the name or string that was just read, plain. */
void json_add_plain(const struct json_reader *reader, struct text_buffer *out);
/** Reads on to the end of the value whose first token was just read and adds it; false where the JSON is broken.
 * `escapes_wide`: characters past U+FFFF become \uD83C\uDF89, as where Jackson writes bytes and not characters. */
MUST_CHECK bool json_copy(struct json_reader *reader, enum json_token token, bool escapes_wide,
                          struct text_buffer *out);

#endif
