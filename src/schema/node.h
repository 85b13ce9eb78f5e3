/** A compiled (sub)schema: what compile.c makes of a document, check.c applies to values and columns.c turns into
 * types. */
#ifndef CRISOL_SCHEMA_NODE_H
#define CRISOL_SCHEMA_NODE_H

#include "schema/document.h"
#include "schema/format.h"
#include "schema/number.h"
#include "schema/schema.h"
#include "value/regex.h"

/** Indexes of schema_keywords[]. */
enum keyword {
  KEYWORD_TYPE,
  KEYWORD_REQUIRED,
  KEYWORD_PROPERTIES,
  KEYWORD_ADDITIONAL_PROPERTIES,
  KEYWORD_ITEMS,
  KEYWORD_PATTERN,
  KEYWORD_FORMAT,
  KEYWORD_MINIMUM,
  KEYWORD_MAXIMUM,
  KEYWORD_EXCLUSIVE_MINIMUM,
  KEYWORD_EXCLUSIVE_MAXIMUM,
  KEYWORD_MULTIPLE_OF,
  KEYWORD_MIN_LENGTH,
  KEYWORD_MAX_LENGTH,
  KEYWORD_ENUM,
  KEYWORD_CONST,
  KEYWORD_MIN_ITEMS,
  KEYWORD_MAX_ITEMS,
  KEYWORD_UNIQUE_ITEMS,
  KEYWORD_REF,
  KEYWORD_ALL_OF,
  KEYWORD_ANY_OF,
  KEYWORD_ONE_OF,
  KEYWORD_NOT,
  KEYWORD_IF,
  N_KEYWORDS,
};

#define KEYWORD_BIT(keyword) (UINT64_C(1) << (keyword))

/** Sets of JSON's types. A number is of one of two: an integral one is INTEGER, any other FRACTION; "number" allows
 * both. */
enum json_types {
  JSON_TYPE_NULL = 1,
  JSON_TYPE_BOOLEAN = 2,
  JSON_TYPE_INTEGER = 4,
  JSON_TYPE_FRACTION = 8,
  JSON_TYPE_STRING = 16,
  JSON_TYPE_OBJECT = 32,
  JSON_TYPE_ARRAY = 64,
  JSON_TYPE_NUMBER = JSON_TYPE_INTEGER | JSON_TYPE_FRACTION,
  JSON_TYPES_ALL = 127,
};

/** The values of `enum` or `const`. Objects and arrays are kept as canonical text. */
struct constants {
  bool has_null, has_true, has_false;
  struct text *strings; /* sorted */
  size_t n_strings;
  struct bound *numbers;
  size_t n_numbers;
  struct text *nested; /* sorted */
  size_t n_nested;
};

enum { NOT_REQUIRED = -1, MAX_REQUIRED = 256 };

/** A member that `properties` or `required` names; sorted by name. */
struct node_member {
  struct text name;
  const struct schema_node *node; /* NULL: `required` alone names it */
  int required;                   /* its number among the required ones, or NOT_REQUIRED */
};

/** What a column's type can hold of the values that its schema allows. */
enum holds { HOLDS_ANY, HOLDS_BIGINT, HOLDS_DOUBLE, HOLDS_TIMESTAMP, HOLDS_DATE };
enum shape { SHAPE_OTHER, SHAPE_STRUCT, SHAPE_ARRAY };

struct schema_node {
  unsigned types;     /* of JSON that `type` allows; all without one */
  bool lists_null;    /* `type` is there and names null */
  unsigned csv_types; /* what text of CSV may become */
  uint64_t refuses;   /* the schema `false`: the bit of the keyword it stands under */

  bool has_string_keywords;
  const struct regex *pattern;
  enum format format;
  size_t min_length, max_length; /* characters */

  bool has_number_keywords;
  const struct bound *minimum, *maximum, *exclusive_minimum, *exclusive_maximum, *multiple_of;

  const struct constants *enumeration, *constant;

  struct node_member *members;
  size_t n_members;
  size_t n_required;
  const struct schema_node *additional; /* NULL: any */

  const struct schema_node *items; /* NULL: any */
  bool has_array_keywords;         /* the items are to be counted or looked at */
  size_t min_items, max_items;
  bool is_unique;

  bool has_applied;
  const struct schema_node *ref;
  const struct schema_node **all_of, **any_of, **one_of;
  size_t n_all_of, n_any_of, n_one_of;
  const struct schema_node *not_of, *if_of, *then_of, *else_of;

  enum holds holds;
  enum shape shape;
  const struct schema_node *shaped_by; /* whose members are the struct's fields, whose items the array's */

  const struct document_value *document;
  unsigned weight;    /* how many schemas judge one value, this one included */
  unsigned char mark; /* of the walk that is under way: node_refuse_loops(), property_describe() */
};

enum { MARK_NONE, MARK_OPEN, MARK_DONE };

struct schema_compiler {
  struct arena *arena;
  const struct source *source;
  struct problem_list *problems;
  struct document_value *root;
  struct schema_node **nodes; /* all there are */
  size_t n_nodes, nodes_capacity;
  size_t depth;
};

enum { MAX_COMPILE_DEPTH = 2000, MAX_WEIGHT = 1000 };

/** The node of a document's value; `under` is the keyword it stands under. Never NULL. */
struct schema_node *node_compile(struct schema_compiler *compiler, struct document_value *value, enum keyword under);
/** Adds a problem where following $ref, allOf, ... from a node leads back to it without passing into a part of the
 * value, or where over MAX_WEIGHT schemas judge one value. */
void node_refuse_loops(struct schema_compiler *compiler);

/** Type, nullability and bounds of the root's properties, and their nodes' `holds` and `shape`. */
void property_describe(struct schema_compiler *compiler, struct schema_property *property, struct schema_node *node);

/** A compiled pattern, shared by all schemas of the process and kept until its end. */
MUST_CHECK bool pattern_find_or_compile(struct text pattern, struct place place, const struct regex **ret_regex,
                                        struct error *err);

#endif
