/** A schema file as a tree of JSON values, each with its place. It lives in an arena. */
#ifndef CRISOL_SCHEMA_DOCUMENT_H
#define CRISOL_SCHEMA_DOCUMENT_H

#include "base/error.h"
#include "value/json.h"

struct document_member;
struct schema_node;

struct document_value {
  enum json_token
      kind; /* JSON_OBJECT_START, JSON_ARRAY_START, JSON_STRING, JSON_NUMBER, JSON_TRUE, JSON_FALSE, JSON_NULL */
  struct place place;
  struct text text; /* a string's meaning; everything else as written */
  struct document_member *members;
  size_t n_members;
  struct document_value *items;
  size_t n_items;
  struct schema_node *node; /* what compile.c made of it, where it did */
};

struct document_member {
  struct text name;
  struct place place; /* of the name */
  struct document_value value;
};

/** Reads a whole text. False where it is not JSON or an object has a name twice; that is one problem each. */
MUST_CHECK bool document_read(struct arena *arena, const struct source *source, struct problem_list *problems,
                              struct document_value *ret_root);

/** The member's value, or NULL; also where `value` is no object. */
struct document_value *document_find(const struct document_value *value, struct text name);

/** What a value is, for a message: "an object", "the string \"abc\"", "5". */
const char *document_describe(struct arena *arena, const struct document_value *value);

#endif
