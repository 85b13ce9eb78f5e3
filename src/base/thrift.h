/** Thrift's compact protocol, in which Parquet's footers and the heads of its pages are written: bytes are walked field
 * by field, and nothing is copied. All of these are false where the bytes end before, mean nothing, or lie too deep in
 * one another. */
#ifndef CRISOL_BASE_THRIFT_H
#define CRISOL_BASE_THRIFT_H

#include "base/macros.h"

enum thrift_type {
  THRIFT_STOP = 0,
  THRIFT_TRUE = 1,
  THRIFT_FALSE = 2,
  THRIFT_BYTE = 3,
  THRIFT_I16 = 4,
  THRIFT_I32 = 5,
  THRIFT_I64 = 6,
  THRIFT_DOUBLE = 7,
  THRIFT_BINARY = 8,
  THRIFT_LIST = 9,
  THRIFT_SET = 10,
  THRIFT_MAP = 11,
  THRIFT_STRUCT = 12,
};

/** Bytes, and where the next value lies. */
struct thrift {
  const unsigned char *data;
  size_t length, at;
};

/** A field of a struct: its id, its type, and where its value lies. */
struct thrift_field {
  int id;
  enum thrift_type type;
  size_t start, end;
};

/** Reads the head of the next field and skips its value; *ret_field has type THRIFT_STOP at the struct's end. `last_id`
 * is that of the field before, 0 for the first. */
bool thrift_next_field(struct thrift *in, int last_id, struct thrift_field *ret_field);
/** The header of a list: how many elements, of which type. */
bool thrift_read_list(struct thrift *in, enum thrift_type *ret_type, uint64_t *ret_count);
bool thrift_read_varint(struct thrift *in, uint64_t *ret_value);
/** The value of a field that is a whole number. */
bool thrift_number(const struct thrift *in, const struct thrift_field *field, int64_t *ret_number);
/** The bytes of a field's value, to be walked for themselves: a struct or a list. */
struct thrift thrift_within(const struct thrift *in, const struct thrift_field *field);

#endif
