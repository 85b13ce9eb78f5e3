/* The keys beside the records of JSON documents, as a type. */
#include "base/names.h"
#include "reader/json_expand.h"
#include "value/type.h"

#include <stdlib.h>

enum { DEPTH_MAX = 16, KEYS_MAX = 10000 };

struct json_beside {
  struct arena *arena;
  size_t *n_keys; /* of the whole tree */
  struct name_set names;
  struct json_beside **children; /* [name]; NULL: no object was seen there */
  bool *is_other;                /* [name]: what is no object was seen, and no null */
  size_t capacity;
};

static struct json_beside *new_node(struct arena *arena, size_t *n_keys)
{
  struct json_beside *node = arena_alloc(arena, sizeof(*node));
  *node = (struct json_beside){ .arena = arena, .n_keys = n_keys, .names = { .ignores_case = true } };
  return node;
}

struct json_beside *json_beside_new(struct arena *arena)
{
  size_t *n_keys = arena_alloc(arena, sizeof(*n_keys));
  *n_keys = 0;
  return new_node(arena, n_keys);
}

/* Its number; NO_NAME where there are too many. */
static size_t add_name(struct json_beside *node, struct text name)
{
  size_t count = node->names.count;
  size_t number = name_set_find(&node->names, name);
  if (number != NO_NAME || *node->n_keys == KEYS_MAX)
    return number;
  number = name_set_add(node->arena, &node->names, name);
  ++*node->n_keys;
  if (number == node->capacity) {
    size_t capacity = count == 0 ? 8 : 2 * count;
    struct json_beside **children = arena_array(node->arena, capacity, sizeof(struct json_beside *));
    bool *is_other = arena_array(node->arena, capacity, sizeof(bool));
    for (size_t i = 0; i < count; i++) {
      children[i] = node->children[i];
      is_other[i] = node->is_other[i];
    }
    node->children = children;
    node->is_other = is_other;
    node->capacity = capacity;
  }
  return number;
}

static struct json_beside *child_of(struct json_beside *node, size_t number)
{
  if (node->children[number] == NULL)
    node->children[number] = new_node(node->arena, node->n_keys);
  return node->children[number];
}

static void add_object(struct json_beside *node, struct json_scratch *scratch, struct text object, size_t depth)
{
  if (json_read_record(scratch, JSON_STRICT, object.data, object.length) != READER_OK)
    return;
  size_t n_members = scratch->n_members;
  SCOPED(arena_done) struct arena own = { 0 };
  struct json_member *members = arena_array(&own, n_members + 1, sizeof(*members)); /* the scratch is used again */
  if (n_members > 0)
    memcpy(members, scratch->members, n_members * sizeof(*members));
  for (size_t i = 0; i < n_members; i++) {
    size_t number = add_name(node, json_member_name(scratch, &members[i]));
    if (number == NO_NAME)
      continue;
    if (members[i].kind == KIND_OBJECT && depth < DEPTH_MAX)
      add_object(child_of(node, number), scratch, members[i].value, depth + 1);
    else if (members[i].kind != KIND_NULL)
      node->is_other[number] = true;
  }
}

void json_beside_add(struct json_beside *beside, struct json_scratch *scratch, struct text object)
{
  add_object(beside, scratch, object, 1);
}

void json_beside_unite(struct json_beside *beside, const struct json_beside *other)
{
  for (size_t i = 0; i < other->names.count; i++) {
    size_t number = add_name(beside, other->names.names[i]);
    if (number == NO_NAME)
      continue;
    beside->is_other[number] = beside->is_other[number] || other->is_other[i];
    if (other->children[i] != NULL)
      json_beside_unite(child_of(beside, number), other->children[i]);
  }
}

static int compare_fields(const void *left, const void *right)
{
  const struct type_field *a = left, *b = right;
  return strcmp(a->name, b->name);
}

const struct type *json_beside_type(struct arena *arena, const struct json_beside *beside)
{
  size_t count = beside->names.count;
  if (count == 0)
    return NULL;
  struct type_field *fields = arena_array(arena, count, sizeof(*fields));
  for (size_t i = 0; i < count; i++) {
    const struct type *nested =
        beside->children[i] == NULL || beside->is_other[i] ? NULL : json_beside_type(arena, beside->children[i]);
    fields[i] = (struct type_field){ .name = text_copy(arena, beside->names.names[i]),
                                     .type = nested == NULL ? type_simple(TYPE_STRING) : nested };
  }
  qsort(fields, count, sizeof(*fields), compare_fields);
  return type_struct(arena, fields, count);
}
