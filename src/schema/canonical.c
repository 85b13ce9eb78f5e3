#include "schema/canonical.h"

#include "base/log.h"
#include "schema/number.h"

#include <stdlib.h>

/* A member that was written: its name (unescaped, in `names`) and its bytes in `out`. */
struct member {
  size_t name, name_length;
  size_t from, to;
};

struct writer {
  struct json_reader reader;
  enum canonical_numbers numbers;
  struct text_buffer *out;
  struct text_buffer names;
  struct text_buffer rewritten;
  struct member *members; /* of all objects that are open */
  size_t n_members, capacity;
};

static void write_string(struct writer *writer)
{
  if (!writer->reader.has_escapes) {
    json_add_string(writer->out, writer->reader.raw);
    return;
  }
  SCOPED(text_buffer_done) struct text_buffer text = { 0 };
  json_unescape(writer->reader.raw, &text);
  json_add_string(writer->out, text_buffer_text(&text));
}

static void write_number(struct writer *writer)
{
  struct decimal decimal;
  if (writer->numbers == CANONICAL_BY_VALUE && decimal_read(writer->reader.raw, &decimal))
    decimal_add_normal(&decimal, writer->out);
  else
    text_buffer_add_text(writer->out, writer->reader.raw);
}

/* qsort_r: by name; of equal names by place, so that the last one is the last. */
static int compare_members(const void *a, const void *b, void *context)
{
  const struct member *left = a, *right = b;
  const char *names = ((struct writer *)context)->names.data;
  int order = text_compare((struct text){ names + left->name, left->name_length },
                           (struct text){ names + right->name, right->name_length });
  return order != 0 ? order : left->from < right->from ? -1 : 1;
}

static bool have_one_name(const struct writer *writer, const struct member *a, const struct member *b)
{
  return a->name_length == b->name_length &&
         memcmp(writer->names.data + a->name, writer->names.data + b->name, a->name_length) == 0;
}

/* Puts the members that were written from `start` on in order, the last of equal names only. */
static void sort_members(struct writer *writer, struct member *members, size_t count, size_t start)
{
  if (count < 2)
    return;
  qsort_r(members, count, sizeof(*members), compare_members, writer);
  text_buffer_clear(&writer->rewritten);
  for (size_t i = 0; i < count; i++) {
    if (i + 1 < count && have_one_name(writer, &members[i], &members[i + 1]))
      continue;
    if (writer->rewritten.length > 0)
      text_buffer_add_char(&writer->rewritten, ',');
    text_buffer_add(&writer->rewritten, writer->out->data + members[i].from, members[i].to - members[i].from);
  }
  writer->out->length = start;
  text_buffer_add_text(writer->out, text_buffer_text(&writer->rewritten));
}

static bool write_value(struct writer *writer, enum json_token token);

static bool write_member(struct writer *writer)
{
  struct member member = { .name = writer->names.length, .from = writer->out->length };
  json_unescape(writer->reader.raw, &writer->names);
  member.name_length = writer->names.length - member.name;
  write_string(writer);
  text_buffer_add_char(writer->out, ':');
  if (!write_value(writer, json_next(&writer->reader)))
    return false;
  member.to = writer->out->length;
  if (writer->n_members == writer->capacity) {
    writer->capacity = writer->capacity == 0 ? 16 : size_multiply(writer->capacity, 2);
    writer->members = checked_realloc(writer->members, size_multiply(writer->capacity, sizeof(*writer->members)));
  }
  writer->members[writer->n_members++] = member;
  return true;
}

static bool write_object(struct writer *writer)
{
  size_t first = writer->n_members, names = writer->names.length;
  text_buffer_add_char(writer->out, '{');
  size_t start = writer->out->length;
  for (enum json_token token = json_next(&writer->reader); token != JSON_OBJECT_END;
       token = json_next(&writer->reader)) {
    if (writer->out->length > start)
      text_buffer_add_char(writer->out, ',');
    if (token != JSON_NAME || !write_member(writer))
      return false;
  }
  if (writer->n_members > first)
    sort_members(writer, writer->members + first, writer->n_members - first, start);
  writer->n_members = first;
  writer->names.length = names;
  text_buffer_add_char(writer->out, '}');
  return true;
}

static bool write_array(struct writer *writer)
{
  text_buffer_add_char(writer->out, '[');
  size_t start = writer->out->length;
  for (enum json_token token = json_next(&writer->reader); token != JSON_ARRAY_END;
       token = json_next(&writer->reader)) {
    if (writer->out->length > start)
      text_buffer_add_char(writer->out, ',');
    if (!write_value(writer, token))
      return false;
  }
  text_buffer_add_char(writer->out, ']');
  return true;
}

/* Recursion is bound by JSON_MAX_DEPTH. */
static bool write_value(struct writer *writer, enum json_token token)
{
  switch (token) {
  case JSON_OBJECT_START:
    return write_object(writer);
  case JSON_ARRAY_START:
    return write_array(writer);
  case JSON_STRING:
    write_string(writer);
    return true;
  case JSON_NUMBER:
    write_number(writer);
    return true;
  case JSON_TRUE:
  case JSON_FALSE:
  case JSON_NULL:
    text_buffer_add_text(writer->out, writer->reader.raw);
    return true;
  default:
    return false;
  }
}

bool canonical_add(struct text json, enum canonical_numbers numbers, struct text_buffer *out)
{
  struct writer writer = { .numbers = numbers, .out = out };
  json_start(&writer.reader, json, JSON_STRICT, false);
  bool is_value = write_value(&writer, json_next(&writer.reader)) && json_next(&writer.reader) == JSON_END;
  text_buffer_done(&writer.names);
  text_buffer_done(&writer.rewritten);
  free(writer.members);
  return is_value;
}
