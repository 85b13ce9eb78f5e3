/** Variants, as Spark's parse_json makes them: JSON whose numbers are integers, decimals or doubles. A tree lives in an
 * arena. As a text it has the members of objects in the order of their names, decimals without final zeros (a whole one
 * ends in ".0") and doubles with an exponent, so that the text says of each number what it is. */
#ifndef CRISOL_VALUE_VARIANT_H
#define CRISOL_VALUE_VARIANT_H

#include "base/arena.h"
#include "base/text.h"

enum variant_kind {
  VARIANT_NULL,
  VARIANT_BOOLEAN,
  VARIANT_INTEGER, /* within 64 bits */
  VARIANT_DECIMAL, /* up to 38 digits */
  VARIANT_DOUBLE,
  VARIANT_STRING,
  VARIANT_ARRAY,
  VARIANT_OBJECT,
};

struct variant {
  enum variant_kind kind;
  bool boolean;
  struct text text;       /* of a number, in the form above; of a string */
  struct text name;       /* as a member of an object */
  struct variant **items; /* elements, or members by their names */
  size_t n_items, capacity;
};

/** What is read: JSON as people write it, or the text of a variant, whose doubles may be infinite. */
enum variant_source { VARIANT_OF_JSON, VARIANT_OF_TEXT };
/** Reads it. What stands behind the value is not looked at. NULL where it is no JSON, is
 * nested deeper than 500 levels, or has a name twice in one object. */
struct variant *variant_read(struct arena *arena, struct text text, enum variant_source source);
/** A number, given as JSON writes one. */
struct variant *variant_number(struct arena *arena, struct text raw);
/** Adds it as the text of a variant. */
void variant_add_text(const struct variant *variant, struct text_buffer *out);
/** Adds it as JSON, numbers as Spark shows them. */
void variant_add_json(const struct variant *variant, struct text_buffer *out);
/** Adds Spark's name of its type: "OBJECT<a: BIGINT>". */
void variant_add_schema(const struct variant *variant, struct text_buffer *out);

/** A step of a path such as $.a['b'][1]: a name, or an index where the name has no data. */
struct variant_step {
  struct text name;
  size_t index;
};
/** Reads a path; false where it is none. */
bool variant_read_path(struct arena *arena, struct text path, struct variant_step **ret_steps, size_t *ret_count);
/** What the path finds; NULL where there is nothing. */
struct variant *variant_find(struct variant *variant, const struct variant_step *steps, size_t count);
/** The member of that name; NULL where there is none. */
struct variant *variant_member(const struct variant *variant, struct text name);
/** Puts `item` at place `at` among the elements or members; later ones move on. */
void variant_put(struct arena *arena, struct variant *variant, size_t at, struct variant *item);
/** Puts a member where its name belongs. */
void variant_put_member(struct arena *arena, struct variant *variant, struct text name, struct variant *item);
/** Takes away what is null in objects and, where asked, in arrays. */
void variant_strip_nulls(struct variant *variant, bool in_arrays);

#endif
