/* Strings unescaped and nested values made compact. What comes here has been found well-formed by json_record.c. */
#include "reader/json_record.h"

#include <stdlib.h>

static unsigned hex(const char *at)
{
  unsigned unit = 0;
  for (int i = 0; i < 4; i++) {
    char c = at[i];
    unit = unit << 4 | (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return unit;
}

/* One escape at `from`; writes what it stands for, which is never longer, and returns the escape's length. */
static size_t unescape_one(const char *from, char *to, size_t *ret_made)
{
  static const char letters[] = "bfnrt", meant[] = "\b\f\n\r\t";
  *ret_made = 1;
  if (from[1] != 'u') {
    const char *letter = strchr(letters, from[1]);
    *to = letter == NULL ? from[1] : meant[letter - letters];
    return 2;
  }
  unsigned code = hex(from + 2);
  size_t taken = 6;
  if (code >= 0xD800 && code <= 0xDBFF) {
    code = 0x10000 + ((code - 0xD800) << 10) + (hex(from + 8) - 0xDC00);
    taken = 12;
  }
  *ret_made = text_encode(code, to);
  return taken;
}

size_t json_unescape_in_place(char *data, size_t length)
{
  const char *escape = memchr(data, '\\', length);
  if (escape == NULL)
    return length;
  size_t from = (size_t)(escape - data), to = from;
  while (from < length) {
    if (data[from] != '\\') {
      data[to++] = data[from++];
      continue;
    }
    size_t made = 0;
    char bytes[4];
    from += unescape_one(data + from, bytes, &made);
    memcpy(data + to, bytes, made);
    to += made;
  }
  return to;
}

/* Length of a string with both its quotes. */
static size_t string_length(const char *data)
{
  const char *at = data + 1;
  for (; *at != *data; at++)
    if (*at == '\\')
      at++;
  return (size_t)(at - data) + 1;
}

size_t json_compact_in_place(char *data, size_t length)
{
  size_t to = 0;
  for (size_t from = 0; from < length;) {
    char c = data[from];
    if (c == '"') {
      size_t size = string_length(data + from);
      if (to != from)
        memmove(data + to, data + from, size);
      from += size;
      to += size;
      continue;
    }
    from++;
    if ((unsigned char)c > ' ')
      data[to++] = c;
  }
  return to;
}

/* A member of an object that is being written: its name as text, its place among the others, and its bytes in `out`. */
struct written {
  struct text name;
  size_t place, from, to;
};

struct writer {
  const char *at, *end;
  struct arena *arena;
  struct text_buffer out;
  struct written *members; /* of all objects around the place reached */
  size_t n_members, capacity;
};

static void skip_blanks(struct writer *writer)
{
  for (; writer->at < writer->end; writer->at++) {
    const char *at = writer->at;
    if (at[0] == '/') { /* a comment, or this would not be well-formed */
      const char *close = at[1] == '*' ? memmem(at + 2, (size_t)(writer->end - at - 2), "*/", 2) : NULL;
      while (close == NULL && at < writer->end && *at != '\n' && *at != '\r')
        at++;
      writer->at = close == NULL ? at - 1 : close + 1;
    } else if ((unsigned char)at[0] > ' ') {
      return;
    }
  }
}

/* A string in double quotes; what single quotes let stand is escaped as the standard wants it. */
static void write_string(struct writer *writer)
{
  size_t length = string_length(writer->at);
  bool is_single = writer->at[0] == '\'';
  text_buffer_add_char(&writer->out, '"');
  for (size_t i = 1; i + 1 < length; i++) {
    char c = writer->at[i];
    bool is_escape = c == '\\';
    if (is_escape)
      c = writer->at[++i];
    if (is_escape ? c != '\'' : is_single && c == '"') /* the standard knows no \' */
      text_buffer_add_char(&writer->out, '\\');
    text_buffer_add_char(&writer->out, c);
  }
  text_buffer_add_char(&writer->out, '"');
  writer->at += length;
}

/* Writes a name; returns it as text. */
static struct text write_name(struct writer *writer)
{
  size_t start = writer->out.length;
  if (*writer->at == '"' || *writer->at == '\'') {
    write_string(writer);
  } else {
    text_buffer_add_char(&writer->out, '"');
    while ((unsigned char)*writer->at > ' ' && *writer->at != ':' && *writer->at != '/')
      text_buffer_add_char(&writer->out, *writer->at++);
    text_buffer_add_char(&writer->out, '"');
  }
  size_t length = writer->out.length - start - 2;
  char *name = arena_copy(writer->arena, writer->out.data + start + 1, length);
  return (struct text){ name, json_unescape_in_place(name, length) };
}

static int compare_places(const void *a, const void *b)
{
  const struct written *left = a, *right = b;
  return left->place < right->place ? -1 : left->place > right->place;
}

static int compare_names(const void *a, const void *b)
{
  const struct written *left = a, *right = b;
  int order = text_compare(left->name, right->name);
  return order != 0 ? order : compare_places(a, b);
}

/* Of members with equal names, puts the last one where the first stood. `start` is where the first member was written.
 */
static void drop_repeated(struct writer *writer, struct written *members, size_t count, size_t start)
{
  size_t kept = 0;
  if (count < 2)
    return;
  qsort(members, count, sizeof(*members), compare_names);
  for (size_t i = 0; i < count; i++) {
    if (kept > 0 && text_equal(members[kept - 1].name, members[i].name)) {
      members[kept - 1].from = members[i].from;
      members[kept - 1].to = members[i].to;
    } else {
      members[kept++] = members[i];
    }
  }
  if (kept == count)
    return;
  qsort(members, kept, sizeof(*members), compare_places);
  SCOPED(text_buffer_done) struct text_buffer rewritten = { 0 };
  for (size_t i = 0; i < kept; i++) {
    if (i > 0)
      text_buffer_add_char(&rewritten, ',');
    text_buffer_add(&rewritten, writer->out.data + members[i].from, members[i].to - members[i].from);
  }
  writer->out.length = start;
  text_buffer_add_text(&writer->out, text_buffer_text(&rewritten));
}

static void write_value(struct writer *writer);

static void add_written(struct writer *writer, struct written member)
{
  if (writer->n_members == writer->capacity) {
    writer->capacity = writer->capacity == 0 ? 64 : size_multiply(writer->capacity, 2);
    writer->members = checked_realloc(writer->members, size_multiply(writer->capacity, sizeof(*writer->members)));
  }
  writer->members[writer->n_members++] = member;
}

static void write_object(struct writer *writer)
{
  size_t first = writer->n_members;
  writer->at++;
  text_buffer_add_char(&writer->out, '{');
  size_t start = writer->out.length;
  for (skip_blanks(writer); *writer->at != '}'; skip_blanks(writer)) {
    if (*writer->at == ',') {
      writer->at++;
      text_buffer_add_char(&writer->out, ',');
      skip_blanks(writer);
    }
    struct written member = { .place = writer->n_members, .from = writer->out.length };
    member.name = write_name(writer);
    skip_blanks(writer);
    writer->at++; /* the colon */
    text_buffer_add_char(&writer->out, ':');
    write_value(writer);
    member.to = writer->out.length;
    add_written(writer, member);
  }
  writer->at++;
  if (writer->n_members > first)
    drop_repeated(writer, writer->members + first, writer->n_members - first, start);
  writer->n_members = first;
  text_buffer_add_char(&writer->out, '}');
}

static void write_array(struct writer *writer)
{
  writer->at++;
  text_buffer_add_char(&writer->out, '[');
  for (skip_blanks(writer); *writer->at != ']'; skip_blanks(writer)) {
    if (*writer->at == ',') {
      writer->at++;
      text_buffer_add_char(&writer->out, ',');
    }
    write_value(writer);
  }
  writer->at++;
  text_buffer_add_char(&writer->out, ']');
}

static void write_value(struct writer *writer)
{
  skip_blanks(writer);
  switch (*writer->at) {
  case '{':
    write_object(writer);
    break;
  case '[':
    write_array(writer);
    break;
  case '"':
  case '\'':
    write_string(writer);
    break;
  default:
    while (writer->at < writer->end && (unsigned char)*writer->at > ' ' && strchr(",]}/", *writer->at) == NULL)
      text_buffer_add_char(&writer->out, *writer->at++);
    break;
  }
}

struct text json_compact_any(struct arena *arena, struct text value)
{
  struct writer writer = { .at = value.data, .end = value.data + value.length, .arena = arena };
  write_value(&writer);
  struct text copy = { arena_copy(arena, writer.out.data, writer.out.length), writer.out.length };
  text_buffer_done(&writer.out);
  free(writer.members);
  return copy;
}
