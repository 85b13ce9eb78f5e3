/* The counterpart of base/thrift.c, for what a writer of Parquet says. */
#include "parquet/parquet_internal.h"

#include "base/thrift.h"

static void add_varint(struct text_buffer *out, uint64_t value)
{
  text_buffer_reserve(out, 10);
  for (; value >= 0x80; value >>= 7)
    out->data[out->length++] = (char)(unsigned char)(value | 0x80);
  out->data[out->length++] = (char)(unsigned char)value;
}

static void add_zigzag(struct text_buffer *out, int64_t value)
{
  add_varint(out, ((uint64_t)value << 1) ^ (uint64_t)(value >> 63));
}

static void add_field(struct thrift_writer *writer, int id, enum thrift_type type)
{
  int step = id - writer->last_id;
  if (step <= 0 || step > 15)
    BUG("add_field: ids of fields ascend by at most 15");
  text_buffer_add_char(writer->out, (char)(unsigned char)(step << 4 | (int)type));
  writer->last_id = id;
}

void thrift_write_number(struct thrift_writer *writer, int id, int64_t value)
{
  add_field(writer, id, THRIFT_I64);
  add_zigzag(writer->out, value);
}

void thrift_write_number_32(struct thrift_writer *writer, int id, int64_t value)
{
  add_field(writer, id, THRIFT_I32);
  add_zigzag(writer->out, value);
}

void thrift_write_byte(struct thrift_writer *writer, int id, int8_t value)
{
  add_field(writer, id, THRIFT_BYTE);
  text_buffer_add(writer->out, &value, 1);
}

void thrift_write_short(struct thrift_writer *writer, int id, int16_t value)
{
  add_field(writer, id, THRIFT_I16);
  add_zigzag(writer->out, value);
}

void thrift_write_bool(struct thrift_writer *writer, int id, bool value)
{
  add_field(writer, id, value ? THRIFT_TRUE : THRIFT_FALSE);
}

void thrift_write_bytes(struct thrift_writer *writer, int id, const void *data, size_t length)
{
  add_field(writer, id, THRIFT_BINARY);
  thrift_element_bytes(writer->out, data, length);
}

struct thrift_writer thrift_begin(struct thrift_writer *writer, int id)
{
  add_field(writer, id, THRIFT_STRUCT);
  return (struct thrift_writer){ .out = writer->out };
}

void thrift_end(struct thrift_writer *writer)
{
  text_buffer_add_char(writer->out, THRIFT_STOP);
}

void thrift_write_list(struct thrift_writer *writer, int id, int element_type, size_t count)
{
  enum { SHORT = 15 };
  add_field(writer, id, THRIFT_LIST);
  size_t head = count < SHORT ? count : SHORT;
  text_buffer_add_char(writer->out, (char)(unsigned char)(head << 4 | (size_t)element_type));
  if (count >= SHORT)
    add_varint(writer->out, count);
}

void thrift_element_number(struct text_buffer *out, int64_t value)
{
  add_zigzag(out, value);
}

void thrift_element_bytes(struct text_buffer *out, const void *data, size_t length)
{
  add_varint(out, length);
  text_buffer_add(out, data, length);
}
