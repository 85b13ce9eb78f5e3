#include "schema/format.h"

static bool is_hex(char c)
{
  return char_is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_one_of(char c, const char *set)
{
  return c != '\0' && strchr(set, c) != NULL;
}

static struct text text_from_index(struct text text, size_t start)
{
  return (struct text){ text.data + start, text.length - start };
}

/* Dates and times. */

/* `count` digits at `at`; -1 where they are none. */
static int read_digits(struct text text, size_t at, size_t count)
{
  int value = 0;
  if (text.length < at + count)
    return -1;
  for (size_t i = at; i < at + count; i++) {
    if (!char_is_digit(text.data[i]))
      return -1;
    value = value * 10 + (text.data[i] - '0');
  }
  return value;
}

static bool is_at(struct text text, size_t at, char c)
{
  return at < text.length && text.data[at] == c;
}

enum { DATE_LENGTH = 10, TIME_LENGTH = 8, OFFSET_LENGTH = 6 };

static bool is_date(struct text text)
{
  static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
  int year = read_digits(text, 0, 4), month = read_digits(text, 5, 2), day = read_digits(text, 8, 2);
  if (text.length != DATE_LENGTH || year < 0 || month < 1 || month > 12 || day < 1 || !is_at(text, 4, '-') ||
      !is_at(text, 7, '-'))
    return false;
  bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day <= days[month - 1] + (month == 2 && is_leap ? 1 : 0);
}

/* Z or an offset; `ret_minutes` is what it adds to UTC. */
static bool read_offset(struct text text, int *ret_minutes)
{
  *ret_minutes = 0;
  if (text.length == 1)
    return text.data[0] == 'Z' || text.data[0] == 'z';
  int hours = read_digits(text, 1, 2), minutes = read_digits(text, 4, 2);
  if (text.length != OFFSET_LENGTH || !is_at(text, 3, ':') || hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
    return false;
  *ret_minutes = (text.data[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
  return text.data[0] == '+' || text.data[0] == '-';
}

static bool is_time(struct text text)
{
  int hour = read_digits(text, 0, 2), minute = read_digits(text, 3, 2), second = read_digits(text, 6, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 || !is_at(text, 2, ':') ||
      !is_at(text, 5, ':'))
    return false;
  size_t at = TIME_LENGTH;
  if (is_at(text, at, '.')) {
    size_t fraction = ++at;
    while (at < text.length && char_is_digit(text.data[at]))
      at++;
    if (at == fraction)
      return false;
  }
  int offset = 0;
  if (!read_offset(text_from_index(text, at), &offset))
    return false;
  int minute_of_day = (hour * 60 + minute - offset + 2 * 24 * 60) % (24 * 60);
  return second < 60 || minute_of_day == 24 * 60 - 1; /* leap seconds are the last of a day in UTC */
}

static bool is_date_time(struct text text)
{
  return text.length > DATE_LENGTH && (text.data[DATE_LENGTH] == 'T' || text.data[DATE_LENGTH] == 't') &&
         is_date((struct text){ text.data, DATE_LENGTH }) && is_time(text_from_index(text, DATE_LENGTH + 1));
}

/* Identifiers and addresses. */

static bool is_uuid(struct text text)
{
  enum { UUID_LENGTH = 36 };
  if (text.length != UUID_LENGTH)
    return false;
  for (size_t i = 0; i < UUID_LENGTH; i++) {
    bool is_hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_hyphen ? text.data[i] != '-' : !is_hex(text.data[i]))
      return false;
  }
  return true;
}

static bool is_ipv4(struct text text)
{
  size_t at = 0;
  for (int part = 0; part < 4; part++) {
    if (part > 0 && !is_at(text, at++, '.'))
      return false;
    size_t start = at;
    int value = 0;
    while (at < text.length && at - start < 3 && char_is_digit(text.data[at]))
      value = value * 10 + (text.data[at++] - '0');
    bool has_leading_zero = at - start > 1 && text.data[start] == '0';
    if (at == start || value > 255 || has_leading_zero)
      return false;
  }
  return at == text.length;
}

/* Up to eight groups of hexadecimal digits, one "::" for zeros, an IPv4 address for the last two. */
static bool is_ipv6(struct text text)
{
  size_t n_groups = 0, at = 0;
  bool has_gap = false;
  while (at < text.length) {
    if (text.data[at] == ':') {
      bool is_gap = is_at(text, at + 1, ':');
      if (is_gap ? has_gap : n_groups == 0 || at + 1 == text.length)
        return false;
      has_gap |= is_gap;
      at += is_gap ? 2 : 1;
      if (at == text.length)
        break;
    } else if (n_groups > 0) {
      return false;
    }
    size_t start = at;
    while (at < text.length && is_hex(text.data[at]))
      at++;
    if (is_at(text, at, '.')) {
      n_groups += 2;
      return is_ipv4(text_from_index(text, start)) && (has_gap ? n_groups <= 7 : n_groups == 8);
    }
    if (at == start || at - start > 4)
      return false;
    n_groups++;
  }
  return has_gap ? n_groups <= 7 : n_groups == 8;
}

/* Labels of letters, digits and inner hyphens, joined by points. */
static bool is_domain(struct text text)
{
  size_t start = 0;
  for (size_t i = 0; i <= text.length; i++) {
    bool is_end = i == text.length || text.data[i] == '.';
    if (!is_end && !char_is_letter(text.data[i]) && !char_is_digit(text.data[i]) && text.data[i] != '-' &&
        (unsigned char)text.data[i] < 0x80)
      return false;
    if (!is_end)
      continue;
    if (i == start || i - start > 63 || text.data[start] == '-' || text.data[i - 1] == '-')
      return false;
    start = i + 1;
  }
  return text.length <= 253;
}

static bool is_quoted_local_part(struct text text)
{
  if (text.length < 2 || text.data[text.length - 1] != '"')
    return false;
  for (size_t i = 1; i + 1 < text.length; i++) {
    bool is_escaped = text.data[i] == '\\';
    i += is_escaped;
    if (is_escaped ? i + 1 >= text.length : text.data[i] == '"')
      return false;
    if ((unsigned char)text.data[i] < 0x20)
      return false;
  }
  return true;
}

/* Atoms joined by points. */
static bool is_local_part(struct text text)
{
  if (text.length > 0 && text.data[0] == '"')
    return is_quoted_local_part(text);
  bool may_be_point = false;
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    if (c == '.' ? !may_be_point : !char_is_letter(c) && !char_is_digit(c) && !is_one_of(c, "!#$%&'*+-/=?^_`{|}~"))
      return false;
    may_be_point = c != '.';
  }
  return may_be_point;
}

static bool is_address_literal(struct text text)
{
  if (text.length < 2 || text.data[text.length - 1] != ']')
    return false;
  struct text inside = { text.data + 1, text.length - 2 };
  struct text prefix = TEXT("IPv6:");
  return text_starts_with(inside, prefix) ? is_ipv6(text_from_index(inside, prefix.length)) : is_ipv4(inside);
}

static bool is_email(struct text text)
{
  const char *sign = text.length == 0 ? NULL : memrchr(text.data, '@', text.length);
  if (sign == NULL)
    return false;
  struct text local = { text.data, (size_t)(sign - text.data) };
  struct text domain = text_from_index(text, local.length + 1);
  if (!is_local_part(local) || domain.length == 0)
    return false;
  return domain.data[0] == '[' ? is_address_literal(domain) : is_domain(domain);
}

/* URI. */

/* Unreserved and reserved characters of the set, and %XX. */
static bool are_uri_characters(struct text text, const char *also)
{
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    if (char_is_letter(c) || char_is_digit(c) || is_one_of(c, "-._~!$&'()*+,;=") || is_one_of(c, also))
      continue;
    if (c != '%' || text.length - i < 3 || !is_hex(text.data[i + 1]) || !is_hex(text.data[i + 2]))
      return false;
    i += 2;
  }
  return true;
}

/* Cuts off what starts with the first of `marks`; returns it, without the mark where it has one. */
static struct text cut_at(struct text *rest, const char *marks)
{
  for (size_t i = 0; i < rest->length; i++)
    if (is_one_of(rest->data[i], marks)) {
      struct text tail = text_from_index(*rest, i);
      rest->length = i;
      return tail;
    }
  return (struct text){ rest->data + rest->length, 0 };
}

static bool is_port(struct text text)
{
  for (size_t i = 1; i < text.length; i++)
    if (!char_is_digit(text.data[i]))
      return false;
  return text.length == 0 || text.data[0] == ':';
}

/* [userinfo@]host[:port] */
static bool is_authority(struct text text)
{
  const char *sign = text.length == 0 ? NULL : memchr(text.data, '@', text.length);
  if (sign != NULL) {
    size_t length = (size_t)(sign - text.data);
    if (!are_uri_characters((struct text){ text.data, length }, ":"))
      return false;
    text = text_from_index(text, length + 1);
  }
  if (text.length > 0 && text.data[0] == '[') {
    struct text port = cut_at(&text, "]");
    struct text host = text_from_index(text, 1);
    return port.length > 0 && (is_ipv6(host) || (host.length > 2 && (host.data[0] | 0x20) == 'v')) &&
           is_port(text_from_index(port, 1));
  }
  struct text port = cut_at(&text, ":");
  return are_uri_characters(text, "") && is_port(port);
}

static bool is_uri(struct text text)
{
  size_t at = 0;
  while (at < text.length && (char_is_letter(text.data[at]) ||
                              (at > 0 && (char_is_digit(text.data[at]) || is_one_of(text.data[at], "+-.")))))
    at++;
  if (at == 0 || !is_at(text, at, ':'))
    return false;
  struct text rest = text_from_index(text, at + 1);
  struct text fragment = cut_at(&rest, "#");
  struct text query = cut_at(&rest, "?");
  if ((fragment.length > 0 && !are_uri_characters(text_from_index(fragment, 1), ":@/?")) ||
      (query.length > 0 && !are_uri_characters(text_from_index(query, 1), ":@/?")))
    return false;
  if (text_starts_with(rest, TEXT("//"))) {
    struct text authority = text_from_index(rest, 2);
    rest = cut_at(&authority, "/");
    if (!is_authority(authority))
      return false;
  }
  return are_uri_characters(rest, ":@/");
}

/* The table. */

static const struct {
  struct text name;
  bool (*matches)(struct text text);
} formats[] = {
  [FORMAT_DATE_TIME] = { { "date-time", 9 }, is_date_time },
  [FORMAT_DATE] = { { "date", 4 }, is_date },
  [FORMAT_TIME] = { { "time", 4 }, is_time },
  [FORMAT_UUID] = { { "uuid", 4 }, is_uuid },
  [FORMAT_EMAIL] = { { "email", 5 }, is_email },
  [FORMAT_IPV4] = { { "ipv4", 4 }, is_ipv4 },
  [FORMAT_URI] = { { "uri", 3 }, is_uri },
};

const char format_names[] = "date-time, date, time, uuid, email, ipv4, uri";

enum format format_find(struct text name)
{
  for (size_t i = FORMAT_NONE + 1; i < ARRAY_LENGTH(formats); i++)
    if (text_equal(name, formats[i].name))
      return (enum format)i;
  return FORMAT_NONE;
}

bool format_matches(enum format format, struct text text)
{
  return format == FORMAT_NONE || formats[format].matches(text);
}
