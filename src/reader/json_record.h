/* One JSON record, whose bounds are known: is it well-formed, and what are its members. */
#ifndef CRISOL_READER_JSON_RECORD_H
#define CRISOL_READER_JSON_RECORD_H

#include "reader/reader_internal.h"
#include "value/json.h"

/* A member of the record. Names and strings are as written, without their quotes. */
struct json_member {
  struct text name, value;
  unsigned char kind; /* enum reader_kind */
  bool name_has_escapes, has_escapes;
  bool is_irregular;      /* nested, with equal keys, escaped names or what only the options allow: see json_nested.c */
  const uint32_t *tokens; /* of a nested value that was read by its tokens (json_tokens.h) */
  size_t n_tokens;
};

/* A thread's working memory. */
struct json_scratch {
  struct json_member *members;
  size_t n_members, members_capacity;
  struct text *names; /* of the nested objects around the place reached */
  size_t n_names, names_capacity;
  size_t *guesses; /* [member]: the number that its name had in the record before */
  size_t n_guesses, guesses_capacity;
  struct text_buffer buffer;
  struct json_places places; /* of a record whose tokens the block does not have */
};

/* The names of one nested object: where they begin in scratch->names, and one bit for each, by its length and ends. */
struct json_name_bits {
  size_t first;
  uint64_t bits;
};

/** Frees what it holds. */
void json_scratch_done(struct json_scratch *scratch);

/* Reads a record into scratch->members. */
enum reader_reason json_read_record(struct json_scratch *scratch, unsigned flags, const char *data, size_t length);

/* A member's name as text; valid until the next call. */
struct text json_member_name(struct json_scratch *scratch, const struct json_member *member);

/* The way of the byte-by-byte parser and of the one by tokens (json_tokens.c) is the same for what follows. A member
 * more, all zero; valid until the next one. */
struct json_member *json_add_member(struct json_scratch *scratch);
/* Notes a nested object's name; false where an equal one is there already, or there are too many to be compared. */
bool json_note_name(struct json_scratch *scratch, struct text name, struct json_name_bits *names);
/* Whether a name of the record holds a NUL: a column's name is a C string. */
bool json_has_nul_in_name(struct json_scratch *scratch);
/* Whether all escapes of a string are those of the standard, without a lone surrogate. */
bool json_has_plain_escapes(struct text string);
/* The end of the number at `at`; `at` itself where there is none. */
const char *json_number_end(const char *at, const char *end);

/* Notes the number of a record's i-th name, for the next record. */
void json_guess(struct json_scratch *scratch, size_t i, size_t number);

/* Whether the text is a whole number, string, true, false or null. */
bool json_is_scalar(struct text text);

/* json_nested.c, for well-formed JSON only. Unescapes a string in place; returns the length left. */
size_t json_unescape_in_place(char *data, size_t length);
/* Makes strict JSON without equal keys or escaped names compact, in place; returns the length left. */
size_t json_compact_in_place(char *data, size_t length);
/* Makes any value compact standard JSON, with the last of equal keys where the first of them stood. */
struct text json_compact_any(struct arena *arena, struct text value);

#endif
