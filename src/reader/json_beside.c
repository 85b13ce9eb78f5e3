/* The keys beside the records of JSON documents, as a type. */
#include "base/names.h"
#include "reader/json_expand.h"
#include "value/type.h"

#include <stdlib.h>

enum { DEPTH_MAX = 16, KEYS_MAX = 10000 };

struct key {
  struct json_beside *child; /* NULL: no object was seen there */
  bool is_other;             /* what is no object was seen, and no null */
};

struct json_beside {
  struct arena *arena;
  size_t *n_keys; /* of the whole tree */
  struct name_set names;
  struct key *keys; /* [name] */
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
  size_t number = name_set_find(&node->names, name);
  if (number != NO_NAME || *node->n_keys == KEYS_MAX)
    return number;
  number = name_set_add(node->arena, &node->names, name);
  ++*node->n_keys;
  node->keys = arena_grow(node->arena, node->keys, number, &node->capacity, sizeof(*node->keys));
  node->keys[number] = (struct key){ 0 };
  return number;
}

static struct json_beside *child_of(struct json_beside *node, size_t number)
{
  if (node->keys[number].child == NULL)
    node->keys[number].child = new_node(node->arena, node->n_keys);
  return node->keys[number].child;
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
      node->keys[number].is_other = true;
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
    beside->keys[number].is_other = beside->keys[number].is_other || other->keys[i].is_other;
    if (other->keys[i].child != NULL)
      json_beside_unite(child_of(beside, number), other->keys[i].child);
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
    const struct type *nested = beside->keys[i].child == NULL || beside->keys[i].is_other
                                    ? NULL
                                    : json_beside_type(arena, beside->keys[i].child);
    fields[i] = (struct type_field){ .name = text_copy(arena, beside->names.names[i]),
                                     .type = nested == NULL ? type_simple(TYPE_STRING) : nested };
  }
  qsort(fields, count, sizeof(*fields), compare_fields);
  return type_struct(arena, fields, count);
}
