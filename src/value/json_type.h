/** The type that JSON text looks like, as Spark's schema_of_json finds it. */
#ifndef CRISOL_VALUE_JSON_TYPE_H
#define CRISOL_VALUE_JSON_TYPE_H

#include "value/type.h"

/** The type of the first value of the text: fields by their names, numbers as bigint, double or decimal, what is null
 * or empty as string. False where the text is no JSON. */
bool json_infer_type(struct arena *arena, struct text text, const struct type **ret_type);

#endif
