/* The second step of reading JSON by an index (json_index.h): from token to token, for what is plain. A record is plain
 * where it is strict JSON without what only the options allow, control characters in strings, lone surrogates or too
 * deep a nesting. What is not plain is no error here: json_record.c looks at it again, byte by byte, and says what it
 * is. */
#ifndef CRISOL_READER_JSON_TOKENS_H
#define CRISOL_READER_JSON_TOKENS_H

#include "reader/json_index.h"
#include "reader/json_record.h"

/* The tokens of one object: the first is its bracket, the last the one that closes it. */
struct json_tokens {
  const char *data;   /* what the places count from */
  const uint32_t *at; /* of the kind that the block wants, at least */
  size_t count;
  unsigned oddities;
};

/* Those of a record: the ones found with its end, or else found now and kept in `own`. None (count 0) where it is no
 * object from its first byte to its last, is long, or holds what only the options allow. */
struct json_tokens json_tokens_of(const struct block *block, const struct record *record, struct json_places *own);

/* Reads an object (JSON_INDEX_TOKENS) into scratch->members as json_read_record does, its regular nested members with
 * their tokens. False where it is not plain: the members are undefined then. Whether its bytes are UTF-8 is the
 * caller's question. */
bool json_read_tokens(struct json_scratch *scratch, const struct json_tokens *record);

/* Makes the nested value of these tokens, which is regular, compact in place; `value` is its first byte, to be written
 * to. Returns the length left. */
size_t json_compact_tokens(const struct json_tokens *tokens, char *value);

#endif
