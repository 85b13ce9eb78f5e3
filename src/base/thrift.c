#include "base/thrift.h"

/* Structs, lists and maps in one another. */
enum { DEPTH_MAX = 32 };

static bool read_byte(struct thrift *in, unsigned char *ret_byte)
{
  if (in->at >= in->length)
    return false;
  *ret_byte = in->data[in->at++];
  return true;
}

bool thrift_read_varint(struct thrift *in, uint64_t *ret_value)
{
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    unsigned char byte = 0;
    if (!read_byte(in, &byte))
      return false;
    value |= (uint64_t)(byte & 0x7F) << shift;
    if (byte < 0x80) {
      *ret_value = value;
      return true;
    }
  }
  return false;
}

static int64_t zigzag(uint64_t value)
{
  return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

static bool skip_bytes(struct thrift *in, uint64_t count)
{
  if (count > in->length - in->at)
    return false;
  in->at += (size_t)count;
  return true;
}

static bool skip_value(struct thrift *in, enum thrift_type type, int depth);

bool thrift_read_list(struct thrift *in, enum thrift_type *ret_type, uint64_t *ret_count)
{
  unsigned char head = 0;
  if (!read_byte(in, &head))
    return false;
  *ret_type = (enum thrift_type)(head & 0x0F);
  *ret_count = head >> 4;
  return *ret_count < 15 || thrift_read_varint(in, ret_count);
}

/* In a list a boolean has a byte; in a struct it is in the field's type. */
static bool skip_element(struct thrift *in, enum thrift_type type, int depth)
{
  return type == THRIFT_TRUE || type == THRIFT_FALSE ? skip_bytes(in, 1) : skip_value(in, type, depth);
}

static bool skip_elements(struct thrift *in, int depth)
{
  enum thrift_type type = THRIFT_STOP;
  uint64_t count = 0;
  if (!thrift_read_list(in, &type, &count))
    return false;
  for (; count > 0; count--)
    if (!skip_element(in, type, depth))
      return false;
  return true;
}

static bool skip_map(struct thrift *in, int depth)
{
  uint64_t count = 0;
  unsigned char types = 0;
  if (!thrift_read_varint(in, &count))
    return false;
  if (count > 0 && !read_byte(in, &types))
    return false;
  for (; count > 0; count--)
    if (!skip_element(in, (enum thrift_type)(types >> 4), depth) ||
        !skip_element(in, (enum thrift_type)(types & 0x0F), depth))
      return false;
  return true;
}

static bool next_field(struct thrift *in, int last_id, struct thrift_field *ret_field, int depth)
{
  unsigned char head = 0;
  uint64_t id = 0;
  if (!read_byte(in, &head))
    return false;
  struct thrift_field field = { .type = (enum thrift_type)(head & 0x0F), .id = last_id + (head >> 4) };
  if (field.type != THRIFT_STOP && head >> 4 == 0) {
    if (!thrift_read_varint(in, &id) || id > UINT16_MAX)
      return false;
    field.id = (int)zigzag(id);
  }
  field.start = in->at;
  if (field.type != THRIFT_STOP && !skip_value(in, field.type, depth))
    return false;
  field.end = in->at;
  *ret_field = field;
  return true;
}

static bool skip_struct(struct thrift *in, int depth)
{
  struct thrift_field field = { .type = THRIFT_TRUE };
  while (field.type != THRIFT_STOP)
    if (!next_field(in, field.id, &field, depth))
      return false;
  return true;
}

static bool skip_value(struct thrift *in, enum thrift_type type, int depth)
{
  uint64_t length = 0;
  if (depth >= DEPTH_MAX)
    return false;
  switch (type) {
  case THRIFT_TRUE:
  case THRIFT_FALSE:
    return true;
  case THRIFT_BYTE:
    return skip_bytes(in, 1);
  case THRIFT_I16:
  case THRIFT_I32:
  case THRIFT_I64:
    return thrift_read_varint(in, &length);
  case THRIFT_DOUBLE:
    return skip_bytes(in, 8);
  case THRIFT_BINARY:
    return thrift_read_varint(in, &length) && skip_bytes(in, length);
  case THRIFT_LIST:
  case THRIFT_SET:
    return skip_elements(in, depth + 1);
  case THRIFT_MAP:
    return skip_map(in, depth + 1);
  case THRIFT_STRUCT:
    return skip_struct(in, depth + 1);
  case THRIFT_STOP:
    break;
  }
  return false;
}

bool thrift_next_field(struct thrift *in, int last_id, struct thrift_field *ret_field)
{
  return next_field(in, last_id, ret_field, 0);
}

bool thrift_number(const struct thrift *in, const struct thrift_field *field, int64_t *ret_number)
{
  struct thrift value = { in->data, field->end, field->start };
  uint64_t number = 0;
  bool is_number = field->type == THRIFT_I16 || field->type == THRIFT_I32 || field->type == THRIFT_I64;
  if (!is_number || !thrift_read_varint(&value, &number))
    return false;
  *ret_number = zigzag(number);
  return true;
}

struct thrift thrift_within(const struct thrift *in, const struct thrift_field *field)
{
  return (struct thrift){ in->data, field->end, field->start };
}
