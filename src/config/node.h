/** A YAML file as a tree of nodes, each with its place. Aliases share nodes, merge keys are resolved, ${VAR} replaced.
 * Everything lives in the arena; the tree is not changed after it is parsed, except by node_override. */
#ifndef CRISOL_CONFIG_NODE_H
#define CRISOL_CONFIG_NODE_H

#include "base/error.h"

enum node_kind { NODE_SCALAR, NODE_MAPPING, NODE_SEQUENCE };

struct node;

struct node_entry {
  const struct node *key; /* a scalar */
  struct node *value;
};

struct node {
  enum node_kind kind;
  struct place place; /* of a scalar: inside its quotes */
  const char *value;  /* of a scalar */
  size_t length;
  bool is_plain;    /* not quoted: it may be null or a number */
  bool is_verbatim; /* byte i of the value is byte i of the place */
  struct node_entry *entries;
  size_t n_entries, entry_capacity;
  struct node **items;
  size_t n_items, item_capacity;
};

enum { CONFIG_FILE_LIMIT = 16 * 1024 * 1024 };

/** Parses one YAML document. An empty file is an empty mapping. Problems are added to the list; NULL where there was
 * one that leaves no tree. Refused: several documents, duplicate keys, keys that are no scalars, an alias to nothing or
 * to what holds it, nesting past 100, a variable that is not set and has no default (${VAR:-default}; $${ is ${). */
struct node *node_parse(struct arena *arena, const struct source *source, struct problem_list *problems);

/** The value of a key; NULL where it is absent. */
struct node *node_find(const struct node *mapping, const char *key);

/** Whether the scalar is null: plain and empty, ~ or null. */
bool node_is_null(const struct node *node);

/** Sets a value by its path ("output.silver.mode=append", "standardization.casts.0.to=int"); missing mappings are made.
 * The value is YAML. */
void node_override(struct arena *arena, struct node *root, const char *assignment, struct problem_list *problems);

/** "a mapping", "a list", "a text": for messages. */
const char *node_kind_name(const struct node *node);

#endif
