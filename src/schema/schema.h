/** JSON Schema (draft 2020-12): read from a file, compiled, asked for column types, and applied to values.
 * A compiled schema is immutable and may be used by many threads. */
#ifndef CRISOL_SCHEMA_SCHEMA_H
#define CRISOL_SCHEMA_SCHEMA_H

#include "value/json.h"
#include "value/type.h"

struct schema_node; /* one (sub)schema, compiled */

/** A keyword's row in schema_keywords[]: its bit in a set of violations is 1 << its index there. */
struct schema_keyword {
  const char *name;
  const char *doc;
};
extern const struct schema_keyword schema_keywords[];
extern const size_t n_schema_keywords;

struct schema_property {
  const char *name;
  const char *description; /* NULL where the schema has none */
  struct place place;      /* of the property's name in the file */
  const struct schema_node *node;
  bool is_required;
  bool is_nullable;              /* null satisfies its type (or it has none) */
  bool is_integer;               /* type integer (or integer and null) */
  bool has_minimum, has_maximum; /* integer bounds, after exclusive ones are taken in */
  int64_t minimum, maximum;
  bool is_json;            /* an object without properties or an array of unknown items: JSONB in gold */
  const struct type *type; /* the column's type where no cast names one */
};

struct schema {
  struct source source;
  struct schema_property *properties; /* in file order */
  size_t n_properties;
  bool allows_additional; /* additionalProperties is not false */
  char *canonical;        /* the schema with its keys sorted and no blanks, by which it is known again */
};

/** Compiles the schema text; `name` is the path as the user wrote it. All problems (a keyword not supported, a wrong
 * value, a pattern that does not compile, JSON that does not parse) are added to `problems` with their places; false
 * where there was one. */
MUST_CHECK bool schema_compile(struct arena *arena, const char *name, struct text text, struct problem_list *problems,
                               struct schema **ret_schema);

/** The property of that name at the top; NULL: there is none. */
const struct schema_property *schema_find(const struct schema *schema, const char *name);

/** The keyword of a property's schema that no value of a column's type but null can pass, such as "type" for a decimal
 * where the schema wants a boolean; NULL where there is none, or where that would need more than a look at each keyword
 * (patterns, anyOf, oneOf, not). */
const char *schema_find_exclusion(const struct schema_property *property, const struct type *type);

/** A value to check, without allocation. Typed columns come as numbers or text, raw JSON as `json`. */
enum schema_value_kind {
  SCHEMA_NULL,
  SCHEMA_BOOLEAN,
  SCHEMA_INTEGER, /* integer */
  SCHEMA_DECIMAL, /* unscaled value in `unscaled`, with `scale` */
  SCHEMA_DOUBLE,
  SCHEMA_STRING,    /* text */
  SCHEMA_TIMESTAMP, /* a date-time already: satisfies string + date-time */
  SCHEMA_DATE,      /* a date already: satisfies string + date */
  SCHEMA_JSON,      /* text is one JSON value */
  SCHEMA_CSV_TEXT,  /* text that is first converted to the schema's type */
};

struct schema_value {
  enum schema_value_kind kind;
  bool is_typed; /* of a column that a cast gave its own type; otherwise what the column's type cannot hold (an integer
                    over 64 bits, a date-time that is none) violates `type`, too */
  bool is_well_formed; /* SCHEMA_JSON: known already, so that what is asked nothing of need not be read */
  bool boolean;
  int64_t integer;
  __extension__ __int128 unscaled;
  int scale;
  double real;
  struct text text;
};

/** Checks one value; returns the set of violated keywords (0: it is valid). Nested violations count under the keyword
 * that is violated inside, those of anyOf, oneOf and not under these names. Thread-safe. `ret_stopped` is set where a
 * pattern passed its backtracking limit, or the whole check a limit of its own; the value then counts as violating. */
uint64_t schema_check(const struct schema_node *node, const struct schema_value *value, bool *ret_stopped);

/** Number of keys in the value that the struct's `properties` does not name, at any depth (0 for other types). */
size_t schema_count_unknown_keys(const struct schema_node *node, struct text json);

#endif
