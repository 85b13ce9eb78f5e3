/** What the functions of JSON text share. Spark reads JSON by Jackson and writes what it has read, so that a value
 * comes out in Jackson's form: compact, names quoted, text escaped only where it must be, numbers with a fraction as
 * doubles. */
#ifndef CRISOL_DUCKDB_FUNCTIONS_JSON_H
#define CRISOL_DUCKDB_FUNCTIONS_JSON_H

#include "duckdb/functions/internal.h"
#include "value/json.h"

/** Spark's factory of parsers allows single quotes. */
enum { SPARK_JSON = JSON_ALLOW_SINGLE_QUOTES };

/** Adds the text in quotes, escaped. */
void json_add_quoted(struct text_buffer *out, struct text text);
/** Adds the text of the name or string that was just read, plain. */
void json_add_plain(const struct json_reader *reader, struct text_buffer *out);
/** Reads on to the end of the value whose first token was just read and adds it; false where the JSON is broken. */
MUST_CHECK bool json_copy(struct json_reader *reader, enum json_token token, struct text_buffer *out);

/** from_json and get_json_object, a row. */
bool json_from_text(struct udf_call *call, size_t row);
/** get_json_object(text, path), a row: the value at the path as text, null where there is none. */
bool json_get_object(struct udf_call *call, size_t row);

#endif
