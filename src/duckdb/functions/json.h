/** What the functions of JSON text share. */
#ifndef CRISOL_DUCKDB_FUNCTIONS_JSON_H
#define CRISOL_DUCKDB_FUNCTIONS_JSON_H

#include "duckdb/functions/internal.h"
#include "value/json_copy.h"
#include "value/json_value.h"

/** from_json and get_json_object, a row. */
bool json_from_text(struct udf_call *call, size_t row);
/** The same of which every part fits, else null: a row. */
bool json_from_whole_text(struct udf_call *call, size_t row);
/** get_json_object(text, path), a row: the value at the path as text, null where there is none. */
bool json_get_object(struct udf_call *call, size_t row);

#endif
