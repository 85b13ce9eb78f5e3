/* Slow and simple readers of CSV and strict JSON, written from the rules alone: the whole text is in memory, every
 * question is answered by going over it again. The real ones must agree with them. Each record is shown as harness.h
 * shows it. */
#ifndef CRISOL_TESTS_READER_REFERENCE_H
#define CRISOL_TESTS_READER_REFERENCE_H

#include "harness.h"

struct reference {
  const char *data;
  size_t length;
  const struct reader_options *options;
  size_t n_fields; /* CSV: records have as many fields */
  struct text_buffer *out;
  bool has_record;
  bool in_array; /* JSON */
  enum array_place place;
  enum reader_layout layout;
};

static inline bool reference_is_line_end(char c)
{
  return c == '\n' || c == '\r';
}

static inline size_t reference_line_end(const struct reference *r, size_t at)
{
  while (at < r->length && !reference_is_line_end(r->data[at]))
    at++;
  return at;
}

/* Behind the line end at `at`, if there is one. */
static inline size_t reference_next_line(const struct reference *r, size_t at)
{
  if (at == r->length)
    return at;
  return at + (r->data[at] == '\r' && at + 1 < r->length && r->data[at + 1] == '\n' ? 2 : 1);
}

static inline size_t reference_line_number(const struct reference *r, size_t offset)
{
  size_t line = 1;
  for (size_t at = reference_line_end(r, 0); at < offset; at = reference_line_end(r, at)) {
    at = reference_next_line(r, at);
    line += at <= offset ? 1 : 0;
  }
  return line;
}

static inline void reference_begin(struct reference *r)
{
  text_buffer_add_string(r->out, r->has_record ? ";  " : "");
  r->has_record = true;
}

static inline void reference_malformed(struct reference *r, enum reader_reason reason, size_t start, size_t end)
{
  struct arena arena = { 0 };
  unsigned char form = 0;
  reference_begin(r);
  text_buffer_printf(r->out, "!%s %zu@%zu ", reader_reason_name(reason), reference_line_number(r, start), start);
  show_text(r->out, raw_text(&arena, ENCODING_UTF8, (struct text){ r->data + start, end - start }, &form));
  arena_done(&arena);
}

/* Reads one CSV record at `start`, up to `limit` at most. Writes its fields to `shown`. Returns READER_OK and where it
 * ends, or what is wrong with its quotes. */
static inline enum reader_reason reference_csv_fields(const struct reference *r, size_t start, size_t limit,
                                                      struct text_buffer *shown, size_t *ret_count, size_t *ret_end)
{
  char separator = r->options->separator[0], quote = (char)r->options->quote;
  char escape = r->options->escape != 0 ? (char)r->options->escape : quote;
  size_t at = start;
  *ret_count = 0;
  for (;;) {
    struct text_buffer value = { 0 };
    bool is_quoted = at < limit && r->data[at] == quote;
    enum reader_reason reason = READER_OK;
    if (is_quoted) {
      reason = READER_UNCLOSED_QUOTE;
      for (at++; at < limit && reason != READER_OK; at++) {
        char c = r->data[at], next = at + 1 < limit ? r->data[at + 1] : 'x';
        if (c == escape && (next == quote || (next == escape && at + 1 < limit)))
          text_buffer_add_char(&value, r->data[++at]);
        else if (c == quote)
          reason = READER_OK;
        else
          text_buffer_add_char(&value, c);
      }
      bool is_closed = at == limit || r->data[at] == separator || reference_is_line_end(r->data[at]);
      if (reason == READER_OK && !is_closed)
        reason = READER_TEXT_AFTER_QUOTE;
    } else {
      while (at < limit && r->data[at] != separator && !reference_is_line_end(r->data[at]))
        text_buffer_add_char(&value, r->data[at++]);
    }
    text_buffer_add_string(shown, *ret_count == 0 ? "" : "|");
    if (!is_quoted && value.length == 0)
      text_buffer_add_char(shown, '~');
    show_text(shown, text_buffer_text(&value));
    text_buffer_done(&value);
    ++*ret_count;
    if (reason != READER_OK)
      return reason;
    if (at == limit || reference_is_line_end(r->data[at])) {
      *ret_end = at;
      return READER_OK;
    }
    at++;
  }
}

static inline size_t reference_csv_record(struct reference *r, size_t start)
{
  struct text_buffer shown = { 0 };
  size_t count = 0, end = 0;
  size_t line_end = reference_line_end(r, start);
  size_t limit = r->options->multi_line ? r->length : line_end;
  if (reference_csv_fields(r, start, limit, &shown, &count, &end) != READER_OK)
    end = line_end;
  text_buffer_clear(&shown);
  enum reader_reason reason = reference_csv_fields(r, start, end, &shown, &count, &limit);
  if (!text_is_utf8((struct text){ r->data + start, end - start }))
    reason = READER_INVALID_TEXT;
  else if (reason == READER_OK && count != r->n_fields)
    reason = count < r->n_fields ? READER_TOO_FEW_FIELDS : READER_TOO_MANY_FIELDS;
  if (reason != READER_OK) {
    reference_malformed(r, reason, start, end);
  } else {
    reference_begin(r);
    text_buffer_add_text(r->out, text_buffer_text(&shown));
  }
  text_buffer_done(&shown);
  return end;
}

/* Reads the records from `at` on, behind a header. Separator and quote of one byte, no trimming. */
static inline void reference_csv(struct reference *r, size_t at)
{
  while (at < r->length) {
    size_t line_end = reference_line_end(r, at);
    size_t blanks = at;
    while (blanks < line_end && (r->data[blanks] == ' ' || r->data[blanks] == '\t') &&
           r->data[blanks] != r->options->separator[0])
      blanks++;
    bool is_blank = blanks == line_end && (r->n_fields > 1 || blanks == at);
    bool is_comment = r->options->comment != 0 && r->data[at] == (char)r->options->comment;
    at = is_blank || is_comment ? line_end : reference_csv_record(r, at);
    at = reference_next_line(r, at);
  }
}

/* Strict JSON, recursive. Values are written compact to `out`; NULL where only the end is asked for. */
struct reference_json {
  const char *at, *end;
  bool is_lone, is_too_deep;
  size_t depth;
};

struct reference_member {
  char *name, *value; /* the name unescaped, the value compact and as written */
  size_t name_length;
  bool is_dropped;
};

static inline void reference_blanks(struct reference_json *j)
{
  while (j->at < j->end && (*j->at == ' ' || *j->at == '\t' || reference_is_line_end(*j->at)))
    j->at++;
}

static inline bool reference_string(struct reference_json *j, struct text_buffer *unescaped)
{
  if (j->at == j->end || *j->at != '"')
    return false;
  for (j->at++; j->at < j->end && *j->at != '"'; j->at++) {
    if ((unsigned char)*j->at < 0x20)
      return false;
    if (*j->at != '\\') {
      text_buffer_add_char(unescaped, *j->at);
      continue;
    }
    if (++j->at == j->end)
      return false;
    const char *letters = "\"\\/bfnrt", *meant = "\"\\/\b\f\n\r\t";
    const char *letter = *j->at == '\0' ? NULL : strchr(letters, *j->at);
    if (letter != NULL) {
      text_buffer_add_char(unescaped, meant[letter - letters]);
      continue;
    }
    unsigned unit = 0, low = 0;
    int length = 0;
    char digits[5] = { 0 };
    if (*j->at != 'u' || j->end - j->at < 5)
      return false;
    memcpy(digits, j->at + 1, 4);
    if (strspn(digits, "0123456789abcdefABCDEF") != 4)
      return false;
    unit = (unsigned)strtoul(digits, NULL, 16);
    j->at += 4;
    bool is_high = unit >= 0xD800 && unit <= 0xDBFF;
    char rest[7] = { 0 };
    memcpy(rest, j->at + 1, (size_t)(j->end - j->at - 1 < 6 ? j->end - j->at - 1 : 6));
    bool is_pair =
        is_high && sscanf(rest, "\\u%4x%n", &low, &length) == 1 && length == 6 && low >= 0xDC00 && low <= 0xDFFF;
    if (is_pair) {
      text_buffer_add_utf8(unescaped, 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
      j->at += 6;
    } else if (unit >= 0xD800 && unit <= 0xDFFF) {
      j->is_lone = true;
    } else {
      text_buffer_add_utf8(unescaped, unit);
    }
  }
  return j->at++ < j->end;
}

static inline bool reference_number(struct reference_json *j)
{
  char text[64] = { 0 };
  size_t length = 0;
  while (j->at + length < j->end && length < 60 && strchr("+-.0123456789eE", j->at[length]) != NULL)
    length++;
  memcpy(text, j->at, length);
  const char *p = text;
  p += *p == '-' ? 1 : 0;
  size_t digits = strspn(p, "0123456789");
  if (digits == 0 || (digits > 1 && *p == '0'))
    return false;
  p += digits;
  if (*p == '.') {
    digits = strspn(++p, "0123456789");
    p += digits;
    if (digits == 0)
      return false;
  }
  if (*p == 'e' || *p == 'E') {
    p++;
    p += *p == '+' || *p == '-' ? 1 : 0;
    digits = strspn(p, "0123456789");
    p += digits;
    if (digits == 0)
      return false;
  }
  j->at += p - text;
  return true;
}

static inline bool reference_value(struct reference_json *j, struct text_buffer *out);

/* The members of an object, its brace passed; at most 64. The last of equal names replaces the first. */
static inline bool reference_members(struct reference_json *j, struct reference_member *members, size_t *ret_count)
{
  *ret_count = 0;
  reference_blanks(j);
  if (j->at < j->end && *j->at == '}')
    return j->at++ < j->end;
  for (;;) {
    struct text_buffer name = { 0 }, value = { 0 };
    reference_blanks(j);
    const char *start = j->at;
    bool is_read = reference_string(j, &name);
    struct text written = { start, (size_t)(j->at - start) };
    reference_blanks(j);
    is_read = is_read && j->at < j->end && *j->at++ == ':';
    if (is_read) {
      text_buffer_add_text(&value, written);
      text_buffer_add_char(&value, ':');
      is_read = reference_value(j, &value);
    }
    struct reference_member member = { .name = calloc(name.length + 1, 1), .name_length = name.length };
    memcpy(member.name, name.data == NULL ? "" : name.data, name.length);
    member.value = strdup(value.data == NULL ? "" : value.data);
    text_buffer_done(&name);
    text_buffer_done(&value);
    size_t same = 0;
    while (same < *ret_count && (members[same].name_length != member.name_length ||
                                 memcmp(members[same].name, member.name, member.name_length) != 0))
      same++;
    if (same < *ret_count) {
      free(members[same].name);
      free(members[same].value);
    }
    members[same] = member;
    *ret_count += same == *ret_count ? 1 : 0;
    reference_blanks(j);
    if (!is_read || j->at == j->end || *ret_count == 64)
      return false;
    if (*j->at == '}') {
      j->at++;
      return true;
    }
    if (*j->at++ != ',')
      return false;
  }
}

static inline void reference_members_done(struct reference_member *members, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    free(members[i].name);
    free(members[i].value);
  }
}

static inline bool reference_object(struct reference_json *j, struct text_buffer *out)
{
  struct reference_member members[65];
  size_t count = 0;
  bool is_read = reference_members(j, members, &count);
  text_buffer_add_char(out, '{');
  for (size_t i = 0; i < count; i++)
    text_buffer_printf(out, "%s%s", i == 0 ? "" : ",", members[i].value);
  text_buffer_add_char(out, '}');
  reference_members_done(members, count);
  return is_read;
}

static inline bool reference_array(struct reference_json *j, struct text_buffer *out)
{
  text_buffer_add_char(out, '[');
  reference_blanks(j);
  if (j->at < j->end && *j->at == ']') {
    text_buffer_add_char(out, ']');
    return j->at++ < j->end;
  }
  for (;;) {
    if (!reference_value(j, out))
      return false;
    reference_blanks(j);
    if (j->at == j->end || (*j->at != ',' && *j->at != ']'))
      return false;
    text_buffer_add_char(out, *j->at);
    if (*j->at++ == ']')
      return true;
  }
}

static inline bool reference_value(struct reference_json *j, struct text_buffer *out)
{
  reference_blanks(j);
  const char *start = j->at;
  bool is_read = false;
  if (j->at == j->end)
    return false;
  if (*j->at == '{' || *j->at == '[') {
    j->at++;
    return *start == '{' ? reference_object(j, out) : reference_array(j, out);
  }
  static const char *const words[] = { "true", "false", "null" };
  for (size_t i = 0; i < ARRAY_LENGTH(words) && !is_read; i++) {
    size_t length = strlen(words[i]);
    is_read = (size_t)(j->end - j->at) >= length && memcmp(j->at, words[i], length) == 0;
    j->at += is_read ? length : 0;
  }
  struct text_buffer unescaped = { 0 };
  if (!is_read)
    is_read = *j->at == '"' ? reference_string(j, &unescaped) : reference_number(j);
  text_buffer_done(&unescaped);
  text_buffer_add(out, start, (size_t)(j->at - start));
  return is_read;
}

/* Shows a member as harness.h does: strings unescaped. */
static inline void reference_show_member(struct text_buffer *out, const struct reference_member *member)
{
  struct text name = { member->name, member->name_length };
  text_buffer_add_text(out, name);
  text_buffer_add_char(out, ':');
  const char *value = strchr(member->value + 1, '"'); /* the name as written has no quote but the two around it */
  while (value[-1] == '\\')
    value = strchr(value + 1, '"');
  value += 2;
  if (strcmp(value, "null") == 0) {
    text_buffer_add_char(out, '~');
  } else if (*value == '"') {
    struct text_buffer unescaped = { 0 };
    struct reference_json j = { .at = value, .end = value + strlen(value) };
    reference_string(&j, &unescaped);
    text_buffer_add_char(out, '"');
    show_text(out, text_buffer_text(&unescaped));
    text_buffer_add_char(out, '"');
    text_buffer_done(&unescaped);
  } else {
    show_text(out, text_from(value));
  }
}

/* A record's members in the order of the reader's columns. */
static inline void reference_show_object(struct reference *r, const struct reader *reader,
                                         const struct reference_member *members, size_t count)
{
  bool is_first = true;
  reference_begin(r);
  for (size_t c = 0; c < reader_column_count(reader); c++)
    for (size_t i = 0; i < count; i++)
      if (text_equal(reader->columns.names[c], (struct text){ members[i].name, members[i].name_length })) {
        text_buffer_add_string(r->out, is_first ? "" : "|");
        is_first = false;
        reference_show_member(r->out, &members[i]);
      }
}

static inline void reference_json_record(struct reference *r, const struct reader *reader, size_t start, size_t end)
{
  struct reference_json j = { .at = r->data + start, .end = r->data + end };
  struct reference_member members[65];
  size_t count = 0;
  struct text_buffer ignored = { 0 };
  bool is_object = *j.at == '{';
  j.at += is_object ? 1 : 0;
  bool is_read = is_object ? reference_members(&j, members, &count) : reference_value(&j, &ignored);
  reference_blanks(&j);
  text_buffer_done(&ignored);
  if (!text_is_utf8((struct text){ r->data + start, end - start }))
    reference_malformed(r, READER_INVALID_TEXT, start, end);
  else if (!is_read || j.at < j.end)
    reference_malformed(r, READER_INVALID_JSON, start, end);
  else if (j.is_lone)
    reference_malformed(r, READER_INVALID_TEXT, start, end);
  else if (!is_object)
    reference_malformed(r, READER_NOT_AN_OBJECT, start, end);
  else
    reference_show_object(r, reader, members, count);
  reference_members_done(members, count);
}

/* Goes over the value at `start` within its line: its last bracket, where all others are closed. */
static inline bool reference_closes_on_line(const struct reference *r, size_t start, size_t *ret_end)
{
  int depth = 0;
  bool in_string = false;
  for (size_t at = start; at < r->length && !reference_is_line_end(r->data[at]); at++) {
    char c = r->data[at];
    if (c == '\\' && at + 1 < r->length && !reference_is_line_end(r->data[at + 1])) {
      c = r->data[++at];
      if (c == '"' || in_string)
        continue;
    }
    if (c == '"')
      in_string = !in_string;
    else if (!in_string && (c == '{' || c == '['))
      depth++;
    else if (!in_string && (c == '}' || c == ']') && --depth == 0) {
      *ret_end = at + 1;
      return c == (r->data[start] == '{' ? '}' : ']');
    }
  }
  return false;
}

/* The same over lines, with the signs of a lost end: see json_feed. */
static inline bool reference_closes(const struct reference *r, size_t start, bool within_line, size_t *ret_end)
{
  char open[4096], previous = '\0';
  size_t depth = 0;
  bool starts_line = false;
  for (size_t at = start; at < r->length; at++) {
    char c = r->data[at];
    if (reference_is_line_end(c) && within_line)
      return false;
    if (c == ' ' || c == '\t' || reference_is_line_end(c)) {
      starts_line |= reference_is_line_end(c);
      continue;
    }
    if (c == '"') {
      if (strchr(",:{[", previous) == NULL)
        return false;
      for (at++; at < r->length && r->data[at] != '"' && !reference_is_line_end(r->data[at]); at++)
        at += r->data[at] == '\\' && at + 1 < r->length && !reference_is_line_end(r->data[at + 1]) ? 1 : 0;
      if (at == r->length || reference_is_line_end(r->data[at]))
        return false;
      starts_line = false;
      previous = '"';
      continue;
    }
    if (previous == '"' && strchr(",:}]", c) == NULL)
      return false;
    if (c == '{' && starts_line && depth > 0 && previous != ':' && previous != '[' &&
        (previous != ',' || open[depth - 1] == '{'))
      return false;
    if (c == '{' || c == '[') {
      open[depth++] = c;
    } else if (c == '}' || c == ']') {
      if (c != (open[--depth] == '{' ? '}' : ']'))
        return false;
      *ret_end = at + 1;
      if (depth == 0)
        return true;
    }
    starts_line = false;
    previous = c;
  }
  return false;
}

static inline size_t reference_resume(const struct reference *r, size_t start)
{
  size_t line_start = start;
  while (line_start > 0 && !reference_is_line_end(r->data[line_start - 1]))
    line_start--;
  for (size_t at = start; at < r->length; at++) {
    char c = r->data[at];
    if (reference_is_line_end(c)) {
      size_t next = reference_next_line(r, at), first = next;
      while (first < r->length && (r->data[first] == ' ' || r->data[first] == '\t'))
        first++;
      if (first < r->length && r->data[first] == '{' && first - next <= start - line_start)
        return at;
    }
    size_t behind = at + 1 + strspn(r->data + at + 1, " \t\r\n");
    if (r->layout == LAYOUT_ARRAY && (c == '}' || c == ']') && behind < r->length && r->data[behind] == ',') {
      behind += 1 + strspn(r->data + behind + 1, " \t\r\n");
      if (behind < r->length && r->data[behind] == '{')
        return at + 1;
    }
  }
  return r->length;
}

static inline size_t reference_scalar_end(const struct reference *r, size_t start, bool *ret_whole)
{
  struct reference_json j = { .at = r->data + start, .end = r->data + r->length };
  struct text_buffer ignored = { 0 };
  bool is_read = reference_value(&j, &ignored);
  text_buffer_done(&ignored);
  size_t end = (size_t)(j.at - r->data);
  bool ends_well = end == r->length || strchr(" \t\r\n{[", r->data[end]) != NULL ||
                   (r->in_array && (r->data[end] == ',' || r->data[end] == ']'));
  *ret_whole = is_read && ends_well;
  if (*ret_whole)
    return end;
  for (end = start + 1; end < reference_line_end(r, start); end++)
    if (r->in_array && (r->data[end] == ',' || r->data[end] == ']'))
      break;
  return end < reference_line_end(r, start) ? end : start < reference_line_end(r, start) ? end : start;
}

/* A bracket or a comma of the array, with what is wrong about it. False where it is a comma too many. */
static inline bool reference_array_part(struct reference *r, const struct reader *reader, size_t at)
{
  char c = r->data[at];
  if (c == ',' && r->place != ARRAY_ELEMENT && r->place != ARRAY_BROKEN)
    return false;
  if (c == ']' && r->place == ARRAY_COMMA && reader != NULL)
    reference_malformed(r, READER_INVALID_JSON, at, at);
  r->place = c == '[' ? ARRAY_OPENED : c == ',' ? ARRAY_COMMA : ARRAY_OUTSIDE;
  r->in_array = c != ']';
  return true;
}

/* Goes over the records; with `reader` NULL only to see whether one goes over lines. The text ends in a NUL. */
static inline bool reference_json_records(struct reference *r, const struct reader *reader)
{
  r->in_array = false;
  r->place = ARRAY_OUTSIDE;
  for (size_t at = 0; at < r->length;) {
    char c = r->data[at];
    bool is_array_part = r->layout == LAYOUT_ARRAY && (r->in_array ? c == ']' || c == ',' : c == '[');
    if (c == ' ' || c == '\t' || reference_is_line_end(c) || (is_array_part && reference_array_part(r, reader, at))) {
      at++;
      continue;
    }
    size_t end = 0, closed = 0;
    bool is_whole = true;
    if (is_array_part) {
      end = at + 1;
    } else if (c != '{' && c != '[') {
      end = reference_scalar_end(r, at, &is_whole);
    } else if (r->layout == LAYOUT_LINES) {
      bool is_closed = reference_closes_on_line(r, at, &end);
      if (!is_closed) {
        bool is_mismatch = end > 0;
        end = reference_line_end(r, at);
        if (reader == NULL && !is_mismatch && end < r->length && reference_closes(r, at, false, &closed))
          return true;
      }
    } else if (!reference_closes(r, at, false, &end)) {
      end = reference_resume(r, at);
      is_whole = false;
    }
    if (reader != NULL && r->place == ARRAY_ELEMENT && is_whole)
      reference_malformed(r, READER_INVALID_JSON, at, at);
    if (r->in_array)
      r->place = is_array_part ? ARRAY_COMMA : is_whole ? ARRAY_ELEMENT : ARRAY_BROKEN;
    size_t trimmed = end;
    while (trimmed > at + 1 && strchr(" \t\r\n", r->data[trimmed - 1]) != NULL)
      trimmed--;
    if (reader != NULL)
      reference_json_record(r, reader, at, trimmed);
    at = end;
  }
  if (reader != NULL && r->in_array && r->place != ARRAY_BROKEN)
    reference_malformed(r, READER_INVALID_JSON, r->length, r->length);
  return false;
}

static inline void reference_json(struct reference *r, const struct reader *reader)
{
  size_t first = strspn(r->data, " \t\r\n"), end = 0;
  r->layout = LAYOUT_LINES;
  if (first < r->length && r->data[first] == '[') {
    bool closes = reference_closes(r, first, true, &end);
    size_t next = closes ? end + strspn(r->data + end, " \t\r\n") : 0;
    bool is_followed = closes && next < r->length && (r->data[next] == '[' || r->data[next] == '{') &&
                       reference_line_end(r, end) < next;
    r->layout = is_followed ? LAYOUT_LINES : LAYOUT_ARRAY;
  }
  if (r->layout == LAYOUT_LINES && reference_json_records(r, NULL))
    r->layout = LAYOUT_TEXTS;
  reference_json_records(r, reader);
}

#endif
