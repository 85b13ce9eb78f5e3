#include "base/names.h"

static unsigned char fold(unsigned char byte)
{
  return byte >= 'A' && byte <= 'Z' ? (unsigned char)(byte + 'a' - 'A') : byte;
}

/* FNV-1a */
static uint64_t hash_of(const struct name_set *set, struct text name)
{
  uint64_t hash = UINT64_C(0xCBF29CE484222325);
  for (size_t i = 0; i < name.length; i++) {
    unsigned char byte = (unsigned char)name.data[i];
    hash = (hash ^ (set->ignores_case ? fold(byte) : byte)) * UINT64_C(0x100000001B3);
  }
  return hash ^ hash >> 32;
}

static bool is_same(const struct name_set *set, struct text a, struct text b)
{
  return set->ignores_case ? text_equal_nocase(a, b) : text_equal(a, b);
}

static size_t find_slot(const struct name_set *set, struct text name)
{
  size_t at = (size_t)hash_of(set, name) & (set->n_slots - 1);
  while (set->slots[at] != 0 && !is_same(set, set->names[set->slots[at] - 1], name))
    at = (at + 1) & (set->n_slots - 1);
  return at;
}

static void make_room(struct arena *arena, struct name_set *set)
{
  if (set->n_slots > 2 * set->count)
    return;
  set->n_slots = set->n_slots == 0 ? 64 : size_multiply(set->n_slots, 2);
  set->slots = arena_array(arena, set->n_slots, sizeof(*set->slots));
  for (size_t i = 0; i < set->count; i++)
    set->slots[find_slot(set, set->names[i])] = i + 1;
}

size_t name_set_add(struct arena *arena, struct name_set *set, struct text name)
{
  make_room(arena, set);
  size_t slot = find_slot(set, name);
  if (set->slots[slot] != 0)
    return set->slots[slot] - 1;
  set->names = arena_grow(arena, set->names, set->count, &set->capacity, sizeof(*set->names));
  set->names[set->count] = (struct text){ text_copy(arena, name), name.length };
  set->slots[slot] = ++set->count;
  return set->count - 1;
}

size_t name_set_find(const struct name_set *set, struct text name)
{
  return set->n_slots == 0 ? NO_NAME : set->slots[find_slot(set, name)] - 1; /* a free slot's 0 becomes NO_NAME */
}
