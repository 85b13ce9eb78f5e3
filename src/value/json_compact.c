/* One JSON value written again, of equal keys the last only: as compact standard JSON, or in another style. */
#include "value/json.h"

#include <stdlib.h>

/* A member of an object that is being written: its name (unescaped, in `names`) and its bytes in `out`. */
struct member {
  size_t name, name_length;
  size_t place; /* where it stands among the members */
  size_t from, to;
};

struct writer {
  struct json_reader reader;
  const struct json_style *style;
  struct text_buffer *out;
  struct text_buffer names;
  struct text_buffer rewritten;
  struct member *members; /* of all objects that are open */
  size_t n_members, capacity;
};

/* A string in double quotes; what single quotes let stand is escaped as the standard wants it. */
static void add_string(const struct json_reader *reader, struct text_buffer *out)
{
  struct text raw = reader->raw;
  text_buffer_add_char(out, '"');
  if (reader->input.data[reader->start] == '\'' || (reader->flags & JSON_ALLOW_SINGLE_QUOTES) != 0) {
    for (size_t i = 0; i < raw.length; i++) {
      char c = raw.data[i];
      bool is_escape = c == '\\';
      if (is_escape)
        c = raw.data[++i];
      if (is_escape ? c != '\'' : c == '"') /* the standard knows no \' */
        text_buffer_add_char(out, '\\');
      text_buffer_add_char(out, c);
    }
  } else {
    text_buffer_add_text(out, raw);
  }
  text_buffer_add_char(out, '"');
}

static void add_number(struct text number, struct text_buffer *out)
{
  text_buffer_add_text(out, number);
}

static const struct json_style compact_style = { .add_string = add_string, .add_number = add_number };

static struct text name_of(const struct writer *writer, const struct member *member)
{
  return (struct text){ writer->names.data + member->name, member->name_length };
}

/* qsort_r: by name, then by place. */
static int compare_names(const void *a, const void *b, void *context)
{
  const struct member *left = a, *right = b;
  int order = text_compare(name_of(context, left), name_of(context, right));
  return order != 0 ? order : left->place < right->place ? -1 : 1;
}

static int compare_places(const void *a, const void *b)
{
  const struct member *left = a, *right = b;
  return left->place < right->place ? -1 : left->place > right->place;
}

static bool has_equal_names(struct writer *writer, struct member *members, size_t count)
{
  enum { COMPARED_IN_PAIRS = 12 };
  if (count <= COMPARED_IN_PAIRS) {
    for (size_t i = 1; i < count; i++)
      for (size_t j = 0; j < i; j++)
        if (text_equal(name_of(writer, &members[i]), name_of(writer, &members[j])))
          return true;
    return false;
  }
  qsort_r(members, count, sizeof(*members), compare_names, writer);
  for (size_t i = 1; i < count; i++)
    if (text_equal(name_of(writer, &members[i - 1]), name_of(writer, &members[i])))
      return true;
  return false;
}

/* Of members with equal names puts the last one where the first stood, then all in the order of the style. `start` is
 * where the first was written. */
static void settle_members(struct writer *writer, struct member *members, size_t count, size_t start)
{
  bool sorts_names = writer->style->sorts_names;
  if (sorts_names ? count < 2 : !has_equal_names(writer, members, count))
    return;
  qsort_r(members, count, sizeof(*members), compare_names, writer);
  size_t n_kept = 0;
  for (size_t i = 0; i < count; i++) {
    struct member *last = n_kept == 0 ? NULL : &members[n_kept - 1];
    if (last != NULL && text_equal(name_of(writer, last), name_of(writer, &members[i]))) {
      last->from = members[i].from;
      last->to = members[i].to;
    } else {
      members[n_kept++] = members[i];
    }
  }
  if (!sorts_names)
    qsort(members, n_kept, sizeof(*members), compare_places);
  text_buffer_clear(&writer->rewritten);
  for (size_t i = 0; i < n_kept; i++) {
    if (i > 0)
      text_buffer_add_char(&writer->rewritten, ',');
    text_buffer_add(&writer->rewritten, writer->out->data + members[i].from, members[i].to - members[i].from);
  }
  writer->out->length = start;
  text_buffer_add_text(writer->out, text_buffer_text(&writer->rewritten));
}

static void add_member(struct writer *writer, struct member member)
{
  if (writer->n_members == writer->capacity) {
    writer->capacity = writer->capacity == 0 ? 64 : size_multiply(writer->capacity, 2);
    writer->members = checked_realloc(writer->members, size_multiply(writer->capacity, sizeof(*writer->members)));
  }
  writer->members[writer->n_members++] = member;
}

static bool write_value(struct writer *writer, enum json_token token);

static bool write_member(struct writer *writer)
{
  struct member member = { .name = writer->names.length, .place = writer->n_members, .from = writer->out->length };
  json_unescape(writer->reader.raw, &writer->names);
  member.name_length = writer->names.length - member.name;
  writer->style->add_string(&writer->reader, writer->out);
  text_buffer_add_char(writer->out, ':');
  if (!write_value(writer, json_next(&writer->reader)))
    return false;
  member.to = writer->out->length;
  add_member(writer, member);
  return true;
}

static bool write_object(struct writer *writer)
{
  size_t first = writer->n_members, names = writer->names.length;
  text_buffer_add_char(writer->out, '{');
  size_t start = writer->out->length;
  for (;;) {
    enum json_token token = json_next(&writer->reader);
    if (token == JSON_OBJECT_END)
      break;
    if (writer->out->length > start)
      text_buffer_add_char(writer->out, ',');
    if (token != JSON_NAME || !write_member(writer))
      return false;
  }
  if (writer->n_members > first)
    settle_members(writer, writer->members + first, writer->n_members - first, start);
  writer->n_members = first;
  writer->names.length = names;
  text_buffer_add_char(writer->out, '}');
  return true;
}

static bool write_array(struct writer *writer)
{
  text_buffer_add_char(writer->out, '[');
  size_t start = writer->out->length;
  for (;;) {
    enum json_token token = json_next(&writer->reader);
    if (token == JSON_ARRAY_END)
      break;
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
    writer->style->add_string(&writer->reader, writer->out);
    return true;
  case JSON_NUMBER:
    writer->style->add_number(writer->reader.raw, writer->out);
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

bool json_rewrite(struct text input, unsigned flags, const struct json_style *style, struct text_buffer *out)
{
  struct writer writer = { .style = style, .out = out };
  size_t length = out->length;
  json_start(&writer.reader, input, flags, false);
  bool is_value = write_value(&writer, json_next(&writer.reader)) && json_next(&writer.reader) == JSON_END;
  if (!is_value && out->data != NULL) {
    out->length = length;
    out->data[length] = '\0';
  }
  text_buffer_done(&writer.names);
  text_buffer_done(&writer.rewritten);
  free(writer.members);
  return is_value;
}

bool json_compact(struct text input, unsigned flags, struct text_buffer *out)
{
  return json_rewrite(input, flags, &compact_style, out);
}
