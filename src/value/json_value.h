/** from_json: JSON into a value of a type, as Spark's JacksonParser does in PERMISSIVE mode: a field of a struct that
 * its type does not take is null and its neighbours are read on; an element of an array or map that does not fit makes
 * the whole of it unfit; JSON that is broken makes nothing at all. Where the value goes is the caller's: engines have
 * columns of their own. */
#ifndef CRISOL_VALUE_JSON_VALUE_H
#define CRISOL_VALUE_JSON_VALUE_H

#include "value/cast.h"
#include "value/json.h"
#include "value/type.h"

/** Spark's factory of parsers allows single quotes. */
enum { SPARK_JSON = JSON_ALLOW_SINGLE_QUOTES };

/** What an engine's columns can do. A column is a handle of its own for the values of one type. */
struct json_columns {
  /* Makes a value null, and all parts of it. */
  void (*set_null)(void *column, const struct type *type, size_t row);
  void (*set_valid)(void *column, size_t row);
  /* The values of a type of fixed size (no decimal), one after another. */
  void *(*slots)(void *column);
  void (*set_text)(void *column, size_t row, struct text text);
  void (*set_decimal)(void *column, const struct type *type, size_t row, int128 unscaled);
  /* A struct's fields; an array's elements are child 0, a map's keys 0 and its values 1. */
  void *(*child)(void *column, const struct type *type, size_t index);
  /* Elements of an array or a map: how many the column has, one more (its number), and which of them a row has. */
  size_t (*count_elements)(void *column);
  size_t (*add_element)(void *column, const struct type *type);
  void (*set_list)(void *column, size_t row, size_t start, size_t count);
};

/** How much of a value must fit: with JSON_WHOLE, a field of a struct that its type does not take makes the whole value
 * unfit, and what is unfit is null. */
enum json_care { JSON_PARTS, JSON_WHOLE };

/** Writes the value at `row`; false where it is null, and the row has then been set to null. Text that does not give
 * the type is a row of nulls under a struct and null under other types; blank text is null. What stands behind the
 * value is not looked at. */
bool json_read_value(const struct json_columns *columns, void *column, const struct type *type, size_t row,
                     struct text text, const struct timezone *zone, enum json_care care, struct text_buffer *scratch);

#endif
