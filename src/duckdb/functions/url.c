/* parse_url(): the parts of an URL as java.net.URI finds them; null for what is no URI. */
#include "duckdb/functions/match.h"

/* The parts as they are written; `data` is NULL where one is absent. */
struct url {
  struct text scheme, authority, userinfo, host, path, query, fragment;
};

static struct text part(struct text text, size_t start, size_t end)
{
  return (struct text){ text.data + start, end - start };
}

static bool is_hex(char c)
{
  return char_is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* Every byte may stand in a URI: no blanks, controls or brackets of its own, and % before two hexadecimal digits only.
 */
static bool has_only_legal(struct text text)
{
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    if ((unsigned char)c <= ' ' || c == 0x7F || strchr("<>\"{}|\\^`", c) != NULL)
      return false;
    if (c == '%' && !(i + 2 < text.length && is_hex(text.data[i + 1]) && is_hex(text.data[i + 2])))
      return false;
  }
  return true;
}

/* Cuts what stands after the first `separator` off the text. */
static struct text cut_after(struct text *text, char separator)
{
  const char *found = text->length == 0 ? NULL : memchr(text->data, separator, text->length);
  if (found == NULL)
    return (struct text){ 0 };
  size_t at = (size_t)(found - text->data);
  struct text rest = part(*text, at + 1, text->length);
  text->length = at;
  return rest;
}

static struct text read_scheme(struct text *text)
{
  size_t end = 0;
  while (end < text->length &&
         (char_is_letter(text->data[end]) ||
          (end > 0 && (char_is_digit(text->data[end]) || strchr("+-.", text->data[end]) != NULL))))
    end++;
  if (end == 0 || end == text->length || text->data[end] != ':')
    return (struct text){ 0 };
  struct text scheme = part(*text, 0, end);
  *text = part(*text, end + 1, text->length);
  return scheme;
}

/* A host is a name of letters, digits, "-" and ".", whose last label begins with a letter, an IPv4 address or [IPv6].
 */
static bool is_host(struct text host)
{
  if (host.length > 1 && host.data[0] == '[' && host.data[host.length - 1] == ']')
    return true;
  bool all_numeric = host.length > 0;
  for (size_t i = 0; i < host.length; i++) {
    char c = host.data[i];
    if (!char_is_letter(c) && !char_is_digit(c) && c != '-' && c != '.')
      return false;
    all_numeric &= char_is_digit(c) || c == '.';
  }
  size_t label = host.length;
  while (label > 0 && host.data[label - 1] != '.')
    label--;
  return host.length > 0 && (all_numeric || (label < host.length && char_is_letter(host.data[label])));
}

static void read_authority(struct url *url)
{
  struct text host = url->authority;
  const char *at = host.length == 0 ? NULL : memchr(host.data, '@', host.length);
  struct text userinfo = { 0 };
  if (at != NULL) {
    userinfo = part(host, 0, (size_t)(at - host.data));
    host = part(host, userinfo.length + 1, host.length);
  }
  size_t end = host.length;
  while (end > 0 && char_is_digit(host.data[end - 1]))
    end--;
  if (end > 0 && host.data[end - 1] == ':')
    host.length = end - 1;
  if (!is_host(host))
    return; /* an authority of a registry, which has no host */
  url->host = host;
  url->userinfo = userinfo;
}

static bool read_url(struct text text, struct url *ret_url)
{
  struct url url = { 0 };
  if (!has_only_legal(text))
    return false;
  url.fragment = cut_after(&text, '#');
  url.scheme = read_scheme(&text);
  if (url.scheme.data != NULL && (text.length == 0 || text.data[0] != '/')) {
    *ret_url = url; /* opaque, such as mailto:a@b.c */
    return text.length > 0;
  }
  url.query = cut_after(&text, '?');
  if (text.length >= 2 && text.data[0] == '/' && text.data[1] == '/') {
    size_t end = 2;
    while (end < text.length && text.data[end] != '/')
      end++;
    url.authority = part(text, 2, end);
    text = part(text, end, text.length);
    read_authority(&url);
  }
  url.path = text;
  *ret_url = url;
  return true;
}

/* The value of a key, which Spark takes for a regular expression. */
static bool return_query_value(struct udf_call *call, size_t row, struct text query)
{
  struct text key = arg_text(call, 2, row);
  text_buffer_clear(&call->buffer);
  text_buffer_printf(&call->buffer, "(&|^)%.*s=([^&]*)", TEXT_ARGS(key));
  struct text pattern = { arena_copy(&call->arena, call->buffer.data, call->buffer.length), call->buffer.length };
  const struct regex *regex = match_regex(call, pattern);
  struct regex_span spans[3];
  if (regex == NULL)
    return false;
  enum regex_result result = regex_find_groups(regex, query, 0, spans, 3);
  if (result == REGEX_LIMIT)
    return match_fail_limit(call, pattern, query);
  return result == REGEX_MATCH && spans[2].start >= 0 &&
         return_text(call, row, part(query, (size_t)spans[2].start, (size_t)spans[2].end));
}

static bool return_present(struct udf_call *call, size_t row, struct text text)
{
  return text.data != NULL && return_text(call, row, text);
}

static bool parse_url(struct udf_call *call, size_t row)
{
  struct url url;
  struct text wanted = arg_text(call, 1, row);
  if (!read_url(arg_text(call, 0, row), &url))
    return false;
  if (call->n_args == 3)
    return text_equal(wanted, TEXT("QUERY")) && url.query.data != NULL && return_query_value(call, row, url.query);
  const struct {
    const char *name;
    struct text text;
  } parts[] = {
    { "HOST", url.host },       { "PATH", url.path },           { "QUERY", url.query },       { "REF", url.fragment },
    { "PROTOCOL", url.scheme }, { "AUTHORITY", url.authority }, { "USERINFO", url.userinfo },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(parts); i++)
    if (text_equal(wanted, text_from(parts[i].name)))
      return return_present(call, row, parts[i].text);
  if (!text_equal(wanted, TEXT("FILE")) || url.path.data == NULL)
    return false;
  text_buffer_clear(&call->buffer);
  text_buffer_add_text(&call->buffer, url.path);
  if (url.query.data != NULL) {
    text_buffer_add_char(&call->buffer, '?');
    text_buffer_add_text(&call->buffer, url.query);
  }
  return return_buffer(call, row);
}

static const struct udf rows[] = {
  { .name = "spark_parse_url", .signature = "string string > string", .each = parse_url },
  { .name = "spark_parse_url", .signature = "string string string > string", .each = parse_url },
};

UDF_FAMILY(url_udfs, rows);
