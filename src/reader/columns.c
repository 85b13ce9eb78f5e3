/* The columns of a reader by name, in order of first appearance. */
#include "reader/reader_internal.h"

#include <stdlib.h>

/* Open addressing; a slot holds a column's number plus one, 0 where it is free. At most half of the slots are taken. */
struct name_table {
  size_t *slots;
  size_t n_slots; /* a power of two */
};

/* FNV-1a */
static uint64_t hash_of(struct text name)
{
  uint64_t hash = UINT64_C(0xCBF29CE484222325);
  for (size_t i = 0; i < name.length; i++)
    hash = (hash ^ (unsigned char)name.data[i]) * UINT64_C(0x100000001B3);
  return hash ^ hash >> 32;
}

static size_t find_slot(const struct reader *reader, struct text name)
{
  const struct name_table *table = reader->names;
  size_t at = (size_t)hash_of(name) & (table->n_slots - 1);
  while (table->slots[at] != 0 && !text_equal(text_from(reader->columns[table->slots[at] - 1]), name))
    at = (at + 1) & (table->n_slots - 1);
  return at;
}

static void grow_table(struct reader *reader)
{
  if (reader->names == NULL)
    reader->names = arena_alloc(&reader->arena, sizeof(*reader->names));
  struct name_table *table = reader->names;
  if (table->n_slots > 2 * reader->n_columns)
    return;
  table->n_slots = table->n_slots == 0 ? 64 : size_multiply(table->n_slots, 2);
  table->slots = arena_array(&reader->arena, table->n_slots, sizeof(*table->slots));
  for (size_t i = 0; i < reader->n_columns; i++)
    table->slots[find_slot(reader, text_from(reader->columns[i]))] = i + 1;
}

size_t reader_column(struct reader *reader, struct text name)
{
  grow_table(reader);
  size_t slot = find_slot(reader, name);
  if (reader->names->slots[slot] != 0)
    return reader->names->slots[slot] - 1;
  reader->columns = arena_grow(&reader->arena, reader->columns, reader->n_columns, &reader->columns_capacity,
                               sizeof(*reader->columns));
  reader->columns[reader->n_columns] = text_copy(&reader->arena, name);
  reader->names->slots[slot] = ++reader->n_columns;
  return reader->n_columns - 1;
}

size_t reader_find_column(const struct reader *reader, struct text name)
{
  if (reader->names == NULL)
    return NO_COLUMN;
  return reader->names->slots[find_slot(reader, name)] - 1; /* a free slot's 0 becomes NO_COLUMN */
}
