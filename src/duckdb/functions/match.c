/* RLIKE and LIKE. */
#include "duckdb/functions/match.h"
#include "duckdb/functions/utf8.h"

static bool compile_regex(struct text pattern, void **ret_object, struct error *err)
{
  struct regex *regex = NULL;
  if (!regex_compile(pattern, REGEX_JAVA, NOWHERE, &regex, err)) {
    char message[sizeof err->message];
    memcpy(message, err->message, sizeof message);
    return fail(err, ERROR_CONFIG, NOWHERE, "[INVALID_PARAMETER_VALUE.PATTERN] %.1000s", message);
  }
  *ret_object = regex;
  return true;
}

static void release_regex(void *object)
{
  struct regex *regex = object;
  regex_free(&regex);
}

static const struct compiler regex_compiler = { .compile = compile_regex, .release = release_regex };

const struct regex *match_regex(struct udf_call *call, struct text pattern)
{
  return udf_compiled(call, &regex_compiler, pattern);
}

bool match_fail_limit(struct udf_call *call, struct text pattern, struct text text)
{
  enum { SHOWN = 120 };
  struct text shown_pattern = text_cut(pattern, SHOWN), shown_text = text_cut(text, SHOWN);
  return udf_fail(call, "REGEX_LIMIT", "regular expression \"%.*s\" backtracks too much on \"%.*s\"",
                  TEXT_ARGS(shown_pattern), TEXT_ARGS(shown_text));
}

static bool rlike(struct udf_call *call, size_t row)
{
  struct text pattern = arg_text(call, 1, row);
  const struct regex *regex = match_regex(call, pattern);
  if (regex == NULL)
    return false;
  struct text text = arg_text(call, 0, row);
  enum regex_result result = regex_find(regex, text);
  if (result == REGEX_LIMIT)
    return match_fail_limit(call, pattern, text);
  return return_boolean(call, row, result == REGEX_MATCH);
}

/* Whether the pattern from `p` on fits the text from `t` on. A "%" is tried with nothing first, then with one character
 * more each time; only the last one needs to be tried again. */
static bool matches_like(struct text text, struct text pattern, char escape)
{
  size_t t = 0;
  size_t p = 0;
  size_t retry_p = SIZE_MAX;
  size_t retry_t = 0;
  while (t < text.length) {
    bool has_pattern = p < pattern.length;
    bool is_escape = has_pattern && pattern.data[p] == escape && p + 1 < pattern.length;
    if (has_pattern && !is_escape && pattern.data[p] == '%') {
      retry_p = ++p;
      retry_t = t;
    } else if (has_pattern && !is_escape && pattern.data[p] == '_') {
      t += utf8_length(text.data[t]);
      p++;
    } else if (has_pattern && pattern.data[p + is_escape] == text.data[t]) {
      t++;
      p += 1 + is_escape;
    } else if (retry_p != SIZE_MAX) {
      retry_t += utf8_length(text.data[retry_t]);
      t = retry_t;
      p = retry_p;
    } else {
      return false;
    }
  }
  while (p < pattern.length && pattern.data[p] == '%')
    p++;
  return p == pattern.length;
}

/* An escape stands before itself, % or _ alone. */
static bool check_like(struct udf_call *call, struct text pattern, char escape)
{
  for (size_t i = 0; i < pattern.length; i++) {
    if (pattern.data[i] != escape)
      continue;
    if (++i == pattern.length)
      return udf_fail(call, "INVALID_FORMAT.ESC_AT_THE_END", "the pattern \"%.*s\" ends with its escape character",
                      TEXT_ARGS(pattern));
    if (pattern.data[i] != escape && pattern.data[i] != '%' && pattern.data[i] != '_')
      return udf_fail(call, "INVALID_FORMAT.ESC_IN_THE_MIDDLE",
                      "the escape character of \"%.*s\" stands before something else than itself, %% or _",
                      TEXT_ARGS(pattern));
  }
  return true;
}

static bool like(struct udf_call *call, size_t row)
{
  struct text pattern = arg_text(call, 1, row);
  char escape = arg_text(call, 2, row).data[0];
  return check_like(call, pattern, escape) &&
         return_boolean(call, row, matches_like(arg_text(call, 0, row), pattern, escape));
}

/* Where the separator, a regular expression, is found next at or after `from`; the text's end where it is not. Like
 * Java's split, an empty match at the start counts for nothing. */
static bool find_separator(struct udf_call *call, struct text pattern, struct text text, size_t from,
                           struct regex_span *ret_span)
{
  const struct regex *regex = match_regex(call, pattern);
  if (regex == NULL)
    return false;
  *ret_span = (struct regex_span){ (ptrdiff_t)text.length, (ptrdiff_t)text.length };
  for (size_t at = from; at < text.length;) {
    struct regex_span span;
    enum regex_result result = regex_find_groups(regex, text, at, &span, 1);
    if (result == REGEX_LIMIT)
      return match_fail_limit(call, pattern, text);
    if (result == REGEX_NO_MATCH || (size_t)span.start >= text.length)
      return true;
    if (span.end > span.start || (size_t)span.start > from) {
      *ret_span = span;
      return true;
    }
    at += utf8_length(text.data[at]);
  }
  return true;
}

/* Adds "key:value"; without a separator the value is null. */
static bool add_pair(struct udf_call *call, struct text separator, struct text pair)
{
  struct regex_span span;
  size_t row;
  if (!find_separator(call, separator, pair, 0, &span))
    return false;
  struct text key = { pair.data, (size_t)span.start };
  for (size_t i = call->list_start; i < call->list_size; i++)
    if (text_equal(vector_text(&call->result.children[0], i), key))
      return udf_fail(call, "DUPLICATED_MAP_KEY", "a map cannot have the key \"%.*s\" twice", TEXT_ARGS(key));
  struct vector *entry = list_add(call, &row);
  vector_set_text(&entry[0], row, key);
  if ((size_t)span.start < pair.length)
    vector_set_text(&entry[1], row, (struct text){ pair.data + span.end, pair.length - (size_t)span.end });
  else
    vector_set_null(&entry[1], row);
  return true;
}

static bool str_to_map(struct udf_call *call, size_t row)
{
  struct text text = arg_text(call, 0, row);
  list_begin(call);
  for (size_t at = 0;;) {
    struct regex_span span;
    if (!find_separator(call, arg_text(call, 1, row), text, at, &span) ||
        !add_pair(call, arg_text(call, 2, row), (struct text){ text.data + at, (size_t)span.start - at }))
      return false;
    if ((size_t)span.start >= text.length)
      return list_end(call, row);
    at = (size_t)span.end;
  }
}

static const struct udf rows[] = {
  { .name = "spark_rlike", .signature = "string string > boolean", .each = rlike },
  { .name = "spark_str_to_map", .signature = "string string string > map_string_string", .each = str_to_map },
  { .name = "spark_like", .signature = "string string string > boolean", .each = like },
};

UDF_FAMILY(match_udfs, rows);
