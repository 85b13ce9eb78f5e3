/* Functions of regular expressions beside RLIKE. */
#include "duckdb/functions/match.h"
#include "duckdb/functions/utf8.h"

enum { MAX_GROUPS = 64 };

/* The matches of a call's pattern, one after another. */
struct search {
  struct udf_call *call;
  struct text text, pattern;
  const struct regex *regex;
  size_t n_groups; /* how many are wanted, the whole match first */
  size_t at;       /* where the next one is looked for */
  bool has_failed; /* the call has */
  struct regex_span groups[MAX_GROUPS];
};

/* The first argument is what is searched, the second the pattern. False: the call has failed. */
static bool search_begin(struct udf_call *call, size_t row, size_t n_groups, struct search *search)
{
  search->call = call;
  search->text = arg_text(call, 0, row);
  search->pattern = arg_text(call, 1, row);
  search->regex = match_regex(call, search->pattern);
  search->n_groups = n_groups;
  search->at = 0;
  search->has_failed = false;
  return search->regex != NULL;
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

/* False where there is no other match, or the call has failed. */
static bool search_next(struct search *search)
{
  if (search->at > search->text.length)
    return false;
  enum regex_result result =
      regex_find_groups(search->regex, search->text, search->at, search->groups, search->n_groups);
  if (result == REGEX_LIMIT)
    search->has_failed = !match_fail_limit(search->call, search->pattern, search->text);
  if (result != REGEX_MATCH)
    return false;
  search->at = after(search->text, search->groups[0]);
  return true;
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
  struct search search;
  int32_t count = 0;
  TRY(search_begin(call, row, 1, &search));
  while (search_next(&search))
    count++;
  return !search.has_failed && return_int(call, row, count);
}

static bool regexp_extract(struct udf_call *call, size_t row)
{
  struct search search;
  int32_t group = arg_int(call, 2, row);
  TRY(search_begin(call, row, MAX_GROUPS, &search));
  if (!search_next(&search)) /* whatever the group is */
    return !search.has_failed && return_text(call, row, (struct text){ "", 0 });
  return check_group(call, search.regex, group) && return_text(call, row, span_text(search.text, search.groups[group]));
}

static bool regexp_extract_all(struct udf_call *call, size_t row)
{
  struct search search;
  int32_t group = arg_int(call, 2, row);
  TRY(search_begin(call, row, MAX_GROUPS, &search));
  list_begin(call);
  while (search_next(&search)) {
    TRY(check_group(call, search.regex, group));
    TRY(list_add_text(call, span_text(search.text, search.groups[group])));
  }
  return !search.has_failed && list_end(call, row);
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
  struct search search;
  int32_t position = arg_int(call, 3, row);
  TRY(search_begin(call, row, MAX_GROUPS, &search));
  struct text whole = search.text;
  if (position < 1)
    return udf_fail(call, "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE", "the position must be 1 or more, it is %d", position);
  size_t start = byte_of_character(whole, position);
  if (position > 1 && start == whole.length)
    return return_text(call, row, whole);
  struct text text = search.text = (struct text){ whole.data + start, whole.length - start };
  size_t copied = 0;
  text_buffer_clear(&call->buffer);
  text_buffer_add(&call->buffer, whole.data, start);
  while (search_next(&search)) {
    text_buffer_add(&call->buffer, text.data + copied, (size_t)search.groups[0].start - copied);
    TRY(add_replacement(call, search.regex, arg_text(call, 2, row), text, search.groups));
    copied = (size_t)search.groups[0].end;
    TRY(udf_check_size(call, call->buffer.length));
  }
  if (search.has_failed)
    return false;
  text_buffer_add(&call->buffer, text.data + copied, text.length - copied);
  return return_buffer(call, row);
}

/* A match of nothing is none. */
static bool regexp_substr(struct udf_call *call, size_t row)
{
  struct search search;
  return search_begin(call, row, 1, &search) && search_next(&search) && search.groups[0].end > search.groups[0].start &&
         return_text(call, row, span_text(search.text, search.groups[0]));
}

static bool regexp_instr(struct udf_call *call, size_t row)
{
  struct search search;
  TRY(search_begin(call, row, 1, &search));
  if (!search_next(&search))
    return !search.has_failed && return_int(call, row, 0);
  struct text before = { search.text.data, (size_t)search.groups[0].start };
  return return_int(call, row, (int32_t)text_count_characters(before) + 1);
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
  struct search search;
  int32_t limit = arg_int(call, 2, row);
  if (arg_text(call, 1, row).length == 0)
    return split_characters(call, row, arg_text(call, 0, row), limit);
  TRY(search_begin(call, row, 1, &search));
  struct text text = search.text;
  size_t start = 0;
  int32_t count = 1;
  list_begin(call);
  while ((limit <= 0 || count < limit) && search_next(&search)) {
    struct regex_span span = search.groups[0];
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
