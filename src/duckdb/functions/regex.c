/* Functions of regular expressions beside RLIKE. */
#include "duckdb/functions/match.h"
#include "duckdb/functions/utf8.h"

enum { MAX_GROUPS = 64 };

/* Finds from `from` on; *ret_found false where there is no match. False: the call has failed. */
static bool find(struct udf_call *call, const struct regex *regex, struct text pattern, struct text text, size_t from,
                 struct regex_span *groups, size_t n_groups, bool *ret_found)
{
  enum regex_result result = regex_find_groups(regex, text, from, groups, n_groups);
  *ret_found = result == REGEX_MATCH;
  return result != REGEX_LIMIT || match_fail_limit(call, pattern, text);
}

/* Where the next search begins: past an empty match by one character. */
static size_t after(struct text text, struct regex_span span)
{
  size_t end = (size_t)span.end;
  if (span.end > span.start || end >= text.length)
    return span.end > span.start ? end : end + 1;
  end++;
  while (end < text.length && ((unsigned char)text.data[end] & 0xC0) == 0x80)
    end++;
  return end;
}

static struct text span_text(struct text text, struct regex_span span)
{
  return span.start < 0 ? (struct text){ "", 0 }
                        : (struct text){ text.data + span.start, (size_t)(span.end - span.start) };
}

static bool check_group(struct udf_call *call, const struct regex *regex, int32_t group)
{
  if (group >= 0 && (size_t)group <= regex_group_count(regex) && group < MAX_GROUPS)
    return true;
  return udf_fail(call, "INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX", "there is no group %d: the pattern has %zu", group,
                  regex_group_count(regex));
}

static bool regexp_count(struct udf_call *call, size_t row)
{
  struct text text = arg_text(call, 0, row);
  struct text pattern = arg_text(call, 1, row);
  const struct regex *regex = match_regex(call, pattern);
  struct regex_span span;
  int32_t count = 0;
  bool is_found = regex != NULL;
  for (size_t at = 0; is_found && at <= text.length; at = after(text, span)) {
    if (!find(call, regex, pattern, text, at, &span, 1, &is_found))
      return false;
    if (!is_found)
      break;
    count++;
  }
  return regex != NULL && return_int(call, row, count);
}

static bool regexp_extract(struct udf_call *call, size_t row)
{
  struct text text = arg_text(call, 0, row);
  struct text pattern = arg_text(call, 1, row);
  int32_t group = arg_int(call, 2, row);
  const struct regex *regex = match_regex(call, pattern);
  struct regex_span groups[MAX_GROUPS];
  bool is_found;
  if (regex == NULL || !find(call, regex, pattern, text, 0, groups, MAX_GROUPS, &is_found))
    return false;
  if (!is_found) /* whatever the group is */
    return return_text(call, row, (struct text){ "", 0 });
  return check_group(call, regex, group) && return_text(call, row, span_text(text, groups[group]));
}

static bool regexp_extract_all(struct udf_call *call, size_t row)
{
  struct text text = arg_text(call, 0, row);
  struct text pattern = arg_text(call, 1, row);
  int32_t group = arg_int(call, 2, row);
  const struct regex *regex = match_regex(call, pattern);
  struct regex_span groups[MAX_GROUPS];
  if (regex == NULL)
    return false;
  list_begin(call);
  for (size_t at = 0; at <= text.length; at = after(text, groups[0])) {
    bool is_found;
    if (!find(call, regex, pattern, text, at, groups, MAX_GROUPS, &is_found))
      return false;
    if (!is_found)
      break;
    if (!check_group(call, regex, group))
      return false;
    TRY(list_add_text(call, span_text(text, groups[group])));
  }
  return list_end(call, row);
}

static bool fail_replacement(struct udf_call *call, struct text replacement, const char *reason)
{
  return udf_fail(call, "INVALID_REGEXP_REPLACE", "the replacement \"%.*s\" %s",
                  replacement.length > 100 ? 100 : (int)replacement.length, replacement.data, reason);
}

/* Adds what a replacement says: $1, ${name}, and \ before a character that is meant. */
static bool add_replacement(struct udf_call *call, const struct regex *regex, struct text replacement, struct text text,
                            const struct regex_span *groups)
{
  size_t n_groups = regex_group_count(regex);
  for (size_t i = 0; i < replacement.length; i++) {
    char c = replacement.data[i];
    if (c == '\\') {
      if (i + 1 == replacement.length)
        return fail_replacement(call, replacement, "ends in a backslash");
      text_buffer_add_char(&call->buffer, replacement.data[++i]);
      continue;
    }
    if (c != '$') {
      text_buffer_add_char(&call->buffer, c);
      continue;
    }
    ptrdiff_t group = -1;
    if (i + 1 < replacement.length && replacement.data[i + 1] == '{') {
      const char *end = memchr(replacement.data + i, '}', replacement.length - i);
      if (end != NULL)
        group = regex_group_named(regex,
                                  (struct text){ replacement.data + i + 2, (size_t)(end - replacement.data) - i - 2 });
      i = end == NULL ? i : (size_t)(end - replacement.data);
    } else {
      while (i + 1 < replacement.length && replacement.data[i + 1] >= '0' && replacement.data[i + 1] <= '9') {
        ptrdiff_t longer = (group < 0 ? 0 : group * 10) + (replacement.data[i + 1] - '0');
        if (group >= 0 && (size_t)longer > n_groups) /* as many digits as name a group */
          break;
        group = longer;
        i++;
      }
    }
    if (group < 0 || (size_t)group > n_groups || group >= MAX_GROUPS)
      return fail_replacement(call, replacement, "names a group that the pattern lacks");
    text_buffer_add_text(&call->buffer, span_text(text, groups[group]));
  }
  return true;
}

/* The byte at which the character `position`, counted from 1, begins; the length where there is none. */
static size_t byte_of_character(struct text text, int32_t position)
{
  size_t at = 0;
  for (int32_t passed = 1; passed < position && at < text.length; passed++)
    for (at++; at < text.length && ((unsigned char)text.data[at] & 0xC0) == 0x80;)
      at++;
  return at;
}

/* The fourth argument is the character from which on the text is searched, as though nothing stood before it. */
static bool regexp_replace(struct udf_call *call, size_t row)
{
  struct text whole = arg_text(call, 0, row);
  struct text pattern = arg_text(call, 1, row);
  int32_t position = arg_int(call, 3, row);
  const struct regex *regex = match_regex(call, pattern);
  struct regex_span groups[MAX_GROUPS];
  if (regex == NULL)
    return false;
  if (position < 1)
    return udf_fail(call, "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE", "the position must be 1 or more, it is %d", position);
  size_t start = byte_of_character(whole, position);
  if (position > 1 && start == whole.length)
    return return_text(call, row, whole);
  struct text text = { whole.data + start, whole.length - start };
  size_t copied = 0;
  text_buffer_clear(&call->buffer);
  text_buffer_add(&call->buffer, whole.data, start);
  for (size_t at = 0; at <= text.length; at = after(text, groups[0])) {
    bool is_found;
    if (!find(call, regex, pattern, text, at, groups, MAX_GROUPS, &is_found))
      return false;
    if (!is_found)
      break;
    text_buffer_add(&call->buffer, text.data + copied, (size_t)groups[0].start - copied);
    if (!add_replacement(call, regex, arg_text(call, 2, row), text, groups))
      return false;
    copied = (size_t)groups[0].end;
    TRY(udf_check_size(call, call->buffer.length));
  }
  text_buffer_add(&call->buffer, text.data + copied, text.length - copied);
  return return_buffer(call, row);
}

/* A match of nothing is none. */
static bool regexp_substr(struct udf_call *call, size_t row)
{
  struct text text = arg_text(call, 0, row);
  struct text pattern = arg_text(call, 1, row);
  const struct regex *regex = match_regex(call, pattern);
  struct regex_span span;
  bool is_found = false;
  return regex != NULL && find(call, regex, pattern, text, 0, &span, 1, &is_found) && is_found &&
         span.end > span.start && return_text(call, row, span_text(text, span));
}

static bool regexp_instr(struct udf_call *call, size_t row)
{
  struct text text = arg_text(call, 0, row);
  struct text pattern = arg_text(call, 1, row);
  const struct regex *regex = match_regex(call, pattern);
  struct regex_span span;
  bool is_found = false;
  if (regex == NULL || !find(call, regex, pattern, text, 0, &span, 1, &is_found))
    return false;
  size_t before = is_found ? text_count_characters((struct text){ text.data, (size_t)span.start }) + 1 : 0;
  return return_int(call, row, (int32_t)before);
}

/* Without a pattern, into characters. */
static bool split_characters(struct udf_call *call, size_t row, struct text text, int32_t limit)
{
  int32_t count = 0;
  list_begin(call);
  for (size_t at = 0; at < text.length;) {
    size_t length = 1;
    count++;
    while (at + length < text.length && ((unsigned char)text.data[at + length] & 0xC0) == 0x80)
      length++;
    if (limit > 0 && count == limit)
      length = text.length - at;
    TRY(list_add_text(call, (struct text){ text.data + at, length }));
    at += length;
  }
  if (text.length == 0)
    TRY(list_add_text(call, text));
  return list_end(call, row);
}

/* As Java's String.split with a negative limit: empty parts are kept, but an empty match at the start makes none. */
static bool split(struct udf_call *call, size_t row)
{
  struct text text = arg_text(call, 0, row);
  struct text pattern = arg_text(call, 1, row);
  int32_t limit = arg_int(call, 2, row);
  if (pattern.length == 0)
    return split_characters(call, row, text, limit);
  const struct regex *regex = match_regex(call, pattern);
  struct regex_span span;
  size_t start = 0;
  int32_t count = 1;
  if (regex == NULL)
    return false;
  list_begin(call);
  for (size_t at = 0; at <= text.length && (limit <= 0 || count < limit); at = after(text, span)) {
    bool is_found;
    if (!find(call, regex, pattern, text, at, &span, 1, &is_found))
      return false;
    if (!is_found)
      break;
    if (span.end == 0)
      continue;
    TRY(list_add_text(call, (struct text){ text.data + start, (size_t)span.start - start }));
    start = (size_t)span.end;
    count++;
  }
  TRY(list_add_text(call, (struct text){ text.data + start, text.length - start }));
  return list_end(call, row);
}

static const struct udf rows[] = {
  { .name = "spark_regexp_count", .signature = "string string > int", .each = regexp_count },
  { .name = "spark_regexp_extract", .signature = "string string int > string", .each = regexp_extract },
  { .name = "spark_regexp_extract_all", .signature = "string string int > array_string", .each = regexp_extract_all },
  { .name = "spark_regexp_replace", .signature = "string string string int > string", .each = regexp_replace },
  { .name = "spark_regexp_substr", .signature = "string string > string", .each = regexp_substr },
  { .name = "spark_regexp_instr", .signature = "string string > int", .each = regexp_instr },
  { .name = "spark_split", .signature = "string string int > array_string", .each = split },
};

UDF_FAMILY(regex_udfs, rows);
