/* Documents are looked at by their brackets and strings alone, as far as their records go, so that a malformed one
 * harms no other; what lies beside these is parsed, since a document is whole or it is none. */
#include "reader/json_expand.h"

#include "reader/json_bounds.h"

#include <stdlib.h>

/* An object on the way to the records, and its member that leads there. */
struct level {
  struct text object, member;
};

struct walk {
  struct reader *reader;
  struct block *block;
  struct json_beside *beside;
  struct json_scratch scratch;
  struct level levels[JSON_STEPS_MAX];
  size_t n_levels;
  size_t place, line; /* line ends of the block before the place */
  uint32_t around;    /* of the records that come: number in block->around, from 1; 0: it is not there yet */
  enum reader_reason reason;
};

/* bounds */

static const char *skip_string(const char *at, const char *end)
{
  char quote = *at++;
  while (at < end && *at != quote)
    at += *at == '\\' && at + 1 < end ? 2 : 1;
  return at < end ? at + 1 : end;
}

static const char *skip_comment(const char *at, const char *end)
{
  if (end - at < 2)
    return at + 1;
  if (at[1] == '/') {
    while (at < end && *at != '\n' && *at != '\r')
      at++;
    return at;
  }
  const char *close = at[1] == '*' ? memmem(at + 2, (size_t)(end - at - 2), "*/", 2) : NULL;
  return close == NULL ? at + 1 : close + 2;
}

static const char *skip_nested(unsigned flags, const char *at, const char *end);

/* Over a string, a nested value, a comment, or one byte. */
static const char *skip_piece(unsigned flags, const char *at, const char *end)
{
  switch (*at) {
  case '"':
    return skip_string(at, end);
  case '\'':
    return (flags & JSON_ALLOW_SINGLE_QUOTES) != 0 ? skip_string(at, end) : at + 1;
  case '/':
    return (flags & JSON_ALLOW_COMMENTS) != 0 ? skip_comment(at, end) : at + 1;
  case '{':
  case '[':
    return skip_nested(flags, at, end);
  default:
    return at + 1;
  }
}

static const char *skip_nested(unsigned flags, const char *at, const char *end)
{
  size_t depth = 0;
  while (at < end) {
    bool is_opening = *at == '{' || *at == '[', is_closing = *at == '}' || *at == ']';
    if (is_opening) {
      depth++;
      at++;
    } else if (is_closing) {
      at++;
      if (--depth == 0)
        return at;
    } else {
      at = skip_piece(flags, at, end);
    }
  }
  return end;
}

static bool is_blank(char c)
{
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static const char *skip_blanks(unsigned flags, const char *at, const char *end)
{
  for (;;) {
    while (at < end && is_blank(*at))
      at++;
    bool is_comment = at + 1 < end && *at == '/' && (flags & JSON_ALLOW_COMMENTS) != 0;
    const char *next = is_comment ? skip_comment(at, end) : at + 1;
    if (next == at + 1)
      return at;
    at = next;
  }
}

/* A value up to the comma or the closing bracket behind it, without blanks around; false where there is neither. */
static bool read_value(unsigned flags, const char **at, const char *end, char closing, struct text *ret_value)
{
  const char *start = *at = skip_blanks(flags, *at, end);
  const char *last = start;
  while (*at < end && **at != ',' && **at != '}' && **at != ']') {
    bool counts = !is_blank(**at) && (**at != '/' || (flags & JSON_ALLOW_COMMENTS) == 0);
    *at = skip_piece(flags, *at, end);
    last = counts ? *at : last;
  }
  *ret_value = (struct text){ start, (size_t)(last - start) };
  return *at < end && (**at == ',' || **at == closing);
}

/* The next member of an object: its name as it stands, quotes and all, and its value. `*at` is behind the brace or
 * behind the member before; `*ret_more` false at the end. Returns false where there is none though there should be. */
static bool read_member(unsigned flags, const char **at, const char *end, struct text *ret_name, struct text *ret_value,
                        bool *ret_more)
{
  bool is_first = **at == '{';
  const char *next = skip_blanks(flags, *at + (is_first ? 1 : 0), end);
  *ret_more = next < end && *next != '}';
  if (!*ret_more)
    return next + 1 == end;
  if (!is_first) {
    if (*next != ',')
      return false;
    next = skip_blanks(flags, next + 1, end);
  }
  const char *start = next;
  while (next < end && *next != ':' && *next != ',' && !is_blank(*next) && *next != '}')
    next = skip_piece(flags, next, end);
  *ret_name = (struct text){ start, (size_t)(next - start) };
  next = skip_blanks(flags, next, end);
  if (next >= end || *next != ':' || ret_name->length == 0)
    return false;
  *at = next + 1;
  return read_value(flags, at, end, '}', ret_value) && ret_value->length > 0;
}

/* names */

/* A name as text; valid until the next call. */
static struct text plain_name(struct walk *walk, struct text name)
{
  bool is_quoted = name.length >= 2 && (name.data[0] == '"' || name.data[0] == '\'');
  struct json_member member = { .name = name };
  if (is_quoted)
    member.name = (struct text){ name.data + 1, name.length - 2 };
  member.name_has_escapes = is_quoted && memchr(name.data, '\\', name.length) != NULL;
  return json_member_name(&walk->scratch, &member);
}

static bool is_wanted(const struct walk *walk, struct text name)
{
  const struct reader_options *options = &walk->reader->options;
  for (size_t i = 0; i < options->n_document_keys; i++)
    if (text_equal_nocase(name, text_from(options->document_keys[i])))
      return true;
  return options->document_keys == NULL || walk->beside != NULL;
}

/* records */

static bool break_off(struct walk *walk, enum reader_reason reason)
{
  walk->reason = reason;
  return false;
}

/* What lies beside the records must be JSON. */
static bool check_beside(struct walk *walk, struct text value)
{
  if (!text_is_utf8(value))
    return break_off(walk, READER_INVALID_TEXT);
  enum reader_reason reason = json_read_record(&walk->scratch, walk->reader->json_flags, value.data, value.length);
  return reason == READER_OK || reason == READER_NOT_AN_OBJECT || break_off(walk, reason);
}

static void add_record(struct walk *walk, struct text bytes, enum reader_reason reason)
{
  struct block *block = walk->block;
  size_t start = (size_t)(bytes.data - block->data);
  walk->line += count_line_ends(block->data, walk->place, start);
  walk->place = start;
  block_add_record(block, start, start + bytes.length, walk->line);
  block->records[block->n_records - 1].reason = (unsigned char)reason;
  block->records[block->n_records - 1].around = walk->around;
}

static void write_around(struct walk *walk, size_t level, struct text_buffer *out)
{
  const struct level *own = &walk->levels[level];
  const char *at = own->object.data, *end = at + own->object.length;
  struct text name, value;
  size_t start = out->length;
  text_buffer_add_char(out, '{');
  for (bool more = true; read_member(walk->reader->json_flags, &at, end, &name, &value, &more) && more;) {
    bool is_way = value.data == own->member.data;
    bool is_last = level + 1 == walk->n_levels;
    if ((is_way && is_last) || (level == 0 && !is_wanted(walk, plain_name(walk, name))))
      continue;
    text_buffer_add_string(out, out->length == start + 1 ? "" : ",");
    text_buffer_add_text(out, name);
    text_buffer_add_char(out, ':');
    if (is_way)
      write_around(walk, level + 1, out);
    else if (walk->beside == NULL || value.data[0] == '{' || text_equal(value, TEXT("null")))
      text_buffer_add_text(out, value);
    else
      text_buffer_add_char(out, '0'); /* it is enough that it is no object */
  }
  text_buffer_add_char(out, '}');
}

/* Once for the records of one array: where they lie in several, they have other things around them. */
static void keep_around(struct walk *walk)
{
  struct block *block = walk->block;
  if (walk->around != 0 || walk->n_levels == 0 || !walk->reader->options.document || walk->reader->is_selective)
    return;
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  write_around(walk, 0, &out);
  struct text around = json_compact_any(&block->arena, text_buffer_text(&out));
  if (walk->beside != NULL) {
    json_beside_add(walk->beside, &walk->scratch, around);
    walk->around = UINT32_MAX; /* once for all of them; nobody reads them now */
    return;
  }
  block->around = arena_grow(&block->arena, block->around, block->n_around, &block->around_capacity, sizeof(around));
  block->around[block->n_around++] = around;
  walk->around = (uint32_t)block->n_around;
}

/* A value that ends before the path does; what is no JSON at all says so. */
static bool add_missing(struct walk *walk, struct text value)
{
  enum reader_reason reason = READER_INVALID_TEXT;
  if (text_is_utf8(value))
    reason = json_read_record(&walk->scratch, walk->reader->json_flags, value.data, value.length);
  bool is_json = reason == READER_OK || reason == READER_NOT_AN_OBJECT;
  add_record(walk, value, is_json ? READER_NO_RECORDS : reason);
  return true;
}

static bool walk_value(struct walk *walk, struct text value, size_t step);

static bool walk_elements(struct walk *walk, struct text array, size_t step)
{
  const char *at = array.data + 1, *end = array.data + array.length;
  bool is_last = step == walk->reader->steps.count;
  const char *first = skip_blanks(walk->reader->json_flags, at, end);
  if (first < end && *first == ']')
    return first + 1 == end || break_off(walk, READER_INVALID_JSON);
  for (;; at++) {
    struct text element;
    if (!read_value(walk->reader->json_flags, &at, end, ']', &element))
      return break_off(walk, READER_INVALID_JSON);
    if (is_last) {
      keep_around(walk);
      add_record(walk, element, READER_OK);
    } else if (element.length == 0) {
      add_record(walk, element, READER_INVALID_JSON);
    } else {
      TRY(walk_value(walk, element, step));
    }
    if (*at == ']')
      return at + 1 == end || break_off(walk, READER_INVALID_JSON);
  }
}

/* Of equal names the last one counts, as in records. */
static bool find_member(struct walk *walk, struct text object, struct text wanted, struct text *ret_value)
{
  const char *at = object.data, *end = at + object.length;
  struct text name, value;
  for (;;) {
    bool more = true;
    if (!read_member(walk->reader->json_flags, &at, end, &name, &value, &more))
      return break_off(walk, READER_INVALID_JSON);
    if (!more)
      return true;
    bool is_it = text_equal(plain_name(walk, name), wanted);
    TRY(name.data[0] != '"' || check_beside(walk, name));
    if (is_it && ret_value->data != NULL)
      TRY(check_beside(walk, *ret_value));
    if (is_it)
      *ret_value = value;
    else
      TRY(check_beside(walk, value));
  }
}

static bool walk_member(struct walk *walk, struct text object, size_t step)
{
  struct text value = { 0 };
  TRY(find_member(walk, object, walk->reader->steps.items[step].name, &value));
  if (value.data == NULL)
    return add_missing(walk, object);
  uint32_t around = walk->around;
  walk->around = 0;
  walk->levels[walk->n_levels++] = (struct level){ object, value };
  bool is_whole = walk_value(walk, value, step + 1);
  walk->n_levels--;
  walk->around = around;
  return is_whole;
}

static bool walk_value(struct walk *walk, struct text value, size_t step)
{
  const struct json_steps *steps = &walk->reader->steps;
  bool is_array = value.data[0] == '[';
  bool ends = step == steps->count;
  bool wants_elements = !ends && steps->items[step].name.data == NULL;
  if (ends && (!is_array || (step > 0 && steps->items[step - 1].name.data == NULL))) {
    keep_around(walk);
    add_record(walk, value, READER_OK);
    return true;
  }
  if (ends || (wants_elements && is_array)) /* the elements of an array that is all that there is at the path */
    return walk_elements(walk, value, ends ? step : step + 1);
  if (wants_elements || value.data[0] != '{')
    return add_missing(walk, value);
  return walk_member(walk, value, step);
}

/* The elements of an array that is a whole file are documents: the first [*] has been gone then. */
static size_t first_step(const struct reader *reader, const struct reader_file *file)
{
  const struct json_steps *steps = &reader->steps;
  return file->layout == LAYOUT_ARRAY && steps->count > 0 && steps->items[0].name.data == NULL ? 1 : 0;
}

static void expand_document(struct walk *walk, struct record document, size_t step)
{
  struct block *block = walk->block;
  size_t n_before = block->n_records;
  struct text bytes = { block->data + document.start, document.end - document.start };
  walk->place = document.start;
  walk->line = document.line;
  walk->around = 0;
  walk->n_levels = 0;
  if (bytes.length > 0 && walk_value(walk, bytes, step))
    return;
  block->n_records = n_before; /* the whole of it is malformed */
  walk->place = document.start;
  walk->line = document.line;
  walk->around = 0;
  add_record(walk, bytes, bytes.length == 0 ? READER_INVALID_JSON : walk->reason);
}

void json_expand(struct reader *reader, struct block *block)
{
  struct walk walk = { .reader = reader, .block = block, .beside = block->beside };
  size_t n_documents = block->n_records;
  struct record *documents = block->records;
  size_t step = first_step(reader, &reader->files[block->file]);
  block->records = NULL;
  block->n_records = block->records_capacity = 0;
  for (size_t i = 0; i < n_documents; i++)
    expand_document(&walk, documents[i], step);
  free(documents);
  json_scratch_done(&walk.scratch);
}
