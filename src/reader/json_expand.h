/* The records within JSON documents: see reader_options.records. A block of documents becomes one of their records. */
#ifndef CRISOL_READER_JSON_EXPAND_H
#define CRISOL_READER_JSON_EXPAND_H

#include "reader/json_record.h"

/* What lies beside the records of all documents: the keys, to the depth at which their values are no objects. */
struct json_beside;

/* Puts the records of a block's documents in the place of these. A document that is malformed, or that has nothing at
 * the path, stays one record with its reason; so does a part of it that ends before the path does. What lies beside the
 * records is told to block->beside, where there is one. */
void json_expand(struct reader *reader, struct block *block);

/* Collects keys; the arena outlives it. */
struct json_beside *json_beside_new(struct arena *arena);
/* Adds those of a document, or of what lies beside its records: a compact object. */
void json_beside_add(struct json_beside *beside, struct json_scratch *scratch, struct text object);
/* Adds those of another one. */
void json_beside_unite(struct json_beside *beside, const struct json_beside *other);
/* The struct of all keys in order of their names: strings, and structs of objects; NULL where there is none. */
const struct type *json_beside_type(struct arena *arena, const struct json_beside *beside);

#endif
