#include "base/secret.h"

#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>

enum { SHORTEST = 5, LONG = 8 };

static struct {
  pthread_rwlock_t lock;
  struct text *items; /* the longest first: one may be part of another */
  size_t count, capacity;
  struct text *names; /* that are no secrets */
  size_t n_names, name_capacity;
  struct arena arena;
} known = { .lock = PTHREAD_RWLOCK_INITIALIZER };

static const char stars[] = "***";

/* Passwords of examples that are also words of messages. */
static const char *const usual[] = { "password", "secret",    "token",   "postgres",  "postgresql",
                                     "database", "warehouse", "default", "localhost", "crisol",
                                     "metadata", "silver",    "admin" };

static bool is_among(const struct text *texts, size_t count, struct text text)
{
  for (size_t i = 0; i < count; i++)
    if (text_equal(texts[i], text))
      return true;
  return false;
}

static bool is_usual(struct text text)
{
  for (size_t i = 0; i < ARRAY_LENGTH(usual); i++)
    if (text_equal_nocase(text, text_from(usual[i])))
      return true;
  return false;
}

static void keep(struct text text)
{
  if (text.length < SHORTEST || is_usual(text) || is_among(known.items, known.count, text))
    return;
  known.items = arena_grow(&known.arena, known.items, known.count, &known.capacity, sizeof(*known.items));
  size_t at = known.count++;
  for (; at > 0 && known.items[at - 1].length < text.length; at--)
    known.items[at] = known.items[at - 1];
  known.items[at] = (struct text){ text_copy(&known.arena, text), text.length };
}

/* spellings */

static void keep_encoded(struct text text, const char *format)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  for (size_t i = 0; i < text.length; i++)
    if (isalnum((unsigned char)text.data[i]) != 0 || strchr("-._~", text.data[i]) != NULL)
      text_buffer_add_char(&out, text.data[i]);
    else
      text_buffer_printf(&out, format, (unsigned char)text.data[i]);
  keep(text_buffer_text(&out));
}

static void keep_decoded(struct text text)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  for (size_t i = 0; i < text.length; i++) {
    bool is_code = text.data[i] == '%' && i + 2 < text.length && hex_digit(text.data[i + 1]) >= 0 &&
                   hex_digit(text.data[i + 2]) >= 0;
    if (!is_code) {
      text_buffer_add_char(&out, text.data[i]);
      continue;
    }
    text_buffer_add_char(&out, (char)(hex_digit(text.data[i + 1]) * 16 + hex_digit(text.data[i + 2])));
    i += 2;
  }
  keep(text_buffer_text(&out));
}

/* With a character before each of some: '' of SQL, \" of JSON, \' of a connection string. */
static void keep_quoted(struct text text, const char *quoted, const char *before)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  for (size_t i = 0; i < text.length; i++) {
    const char *found = text.data[i] == '\0' ? NULL : strchr(quoted, text.data[i]);
    if (found != NULL)
      text_buffer_add_char(&out, before[0] == '=' ? *found : before[0]);
    text_buffer_add_char(&out, text.data[i]);
  }
  keep(text_buffer_text(&out));
}

static void keep_spellings(struct text text)
{
  if (text.length < SHORTEST)
    return;
  keep(text);
  keep_encoded(text, "%%%02X");
  keep_encoded(text, "%%%02x");
  keep_decoded(text);
  keep_quoted(text, "'", "=");
  keep_quoted(text, "\"\\", "\\");
  keep_quoted(text, "'\\", "\\");
}

void secret_add(struct text value)
{
  pthread_rwlock_wrlock(&known.lock);
  keep_spellings(value);
  pthread_rwlock_unlock(&known.lock);
}

void secret_except(struct text value)
{
  pthread_rwlock_wrlock(&known.lock);
  if (value.length >= SHORTEST && !is_among(known.names, known.n_names, value)) {
    known.names = arena_grow(&known.arena, known.names, known.n_names, &known.name_capacity, sizeof(*known.names));
    known.names[known.n_names++] = (struct text){ text_copy(&known.arena, value), value.length };
  }
  pthread_rwlock_unlock(&known.lock);
}

/* connections */

static void keep_pieces(struct text text, const char *separators)
{
  for (size_t at = 0; at < text.length;) {
    size_t end = at;
    while (end < text.length && strchr(separators, text.data[end]) == NULL)
      end++;
    keep_spellings((struct text){ text.data + at, end - at });
    at = end + 1;
  }
}

/* "user:password@" of a URI, from its scheme to its last "@". What misreads it may repeat a part. */
static void keep_user_info(struct text text)
{
  const char *sign = memrchr(text.data, '@', text.length);
  if (sign == NULL)
    return;
  struct text info = { text.data, (size_t)(sign - text.data) };
  const char *scheme = memmem(info.data, info.length, "//", 2);
  if (scheme != NULL)
    info = (struct text){ scheme + 2, (size_t)(sign - scheme) - 2 };
  const char *colon = memchr(info.data, ':', info.length);
  if (colon == NULL)
    return;
  struct text password = { colon + 1, (size_t)(sign - colon) - 1 };
  keep_spellings(password);
  keep_pieces(password, "@/:?#[]& ");
}

/* What follows "password" and "=", up to the next keyword: quoted or not, with blanks that should have been quoted. */
static void keep_keyword(struct text text)
{
  static const char word[] = "password";
  for (size_t at = 0; at + strlen(word) < text.length; at++) {
    if (strncasecmp(text.data + at, word, strlen(word)) != 0)
      continue;
    size_t start = at + strlen(word);
    while (start < text.length && strchr(" \t=", text.data[start]) != NULL)
      start++;
    size_t end = start;
    for (size_t i = start; i < text.length; i++) {
      if (text.data[i] == '&')
        break;
      if (text.data[i] == '=' && end > start)
        break; /* the word before it is the next keyword */
      if (text.data[i] == ' ' || i + 1 == text.length)
        end = i + (text.data[i] != ' ');
    }
    if (end == start)
      end = start + strcspn(text.data + start, "& ");
    struct text value = { text.data + start, end - start };
    keep_spellings(value);
    if (value.length > 2 && value.data[0] == '\'')
      keep_spellings((struct text){ value.data + 1, value.length - 1 - (value.data[value.length - 1] == '\'') });
    keep_pieces(value, " \t'&");
  }
}

/* What follows "token" and "=", up to what ends a parameter of an address, or the address. */
static void keep_tokens(struct text text)
{
  static const char word[] = "token=";
  for (size_t at = 0; at + strlen(word) < text.length; at++) {
    if (strncasecmp(text.data + at, word, strlen(word)) != 0)
      continue;
    size_t start = at + strlen(word), end = start;
    while (end < text.length && strchr(";&\"' \t\r\n", text.data[end]) == NULL)
      end++;
    keep_spellings((struct text){ text.data + start, end - start });
  }
}

void secret_add_of_address(struct text address)
{
  pthread_rwlock_wrlock(&known.lock);
  keep_tokens(address);
  pthread_rwlock_unlock(&known.lock);
}

void secret_add_of_connection(struct text connection)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct text text = { text_copy(&scratch, connection), connection.length }; /* ends in a NUL */
  pthread_rwlock_wrlock(&known.lock);
  keep_user_info(text);
  keep_keyword(text);
  keep_tokens(text);
  pthread_rwlock_unlock(&known.lock);
}

/* hiding */

static bool is_word_byte(char c)
{
  return isalnum((unsigned char)c) != 0 || c == '_' || ((unsigned char)c & 0x80) != 0;
}

/* Puts stars in the place of `length` bytes, none more than there were; the number of bytes that are there now. */
static size_t replace(char *at, size_t length)
{
  size_t n_stars = length < strlen(stars) ? length : strlen(stars);
  memcpy(at, stars, n_stars); /* NOLINT(bugprone-not-null-terminated-result): the rest of the text stands behind */
  memmove(at + n_stars, at + length, strlen(at + length) + 1);
  return n_stars;
}

/* What stands behind a backslash may be part of an escape of JSON: its first byte stays. */
static void hide_item(char *text, struct text item)
{
  char *from = text;
  for (char *at; (at = memmem(from, strlen(from), item.data, item.length)) != NULL;) {
    bool is_within_word = (at > text && is_word_byte(at[-1])) || is_word_byte(at[item.length]);
    size_t kept = at > text && at[-1] == '\\';
    from = item.length < LONG && is_within_word ? at + 1 : at + kept + replace(at + kept, item.length - kept);
  }
}

/* An object's key may hold a colon and an "@". */
static bool is_of_object(const char *text, const char *at)
{
  return (at - text >= 2 && strncmp(at - 2, "s3", 2) == 0) || (at - text >= 3 && strncmp(at - 3, "s3a", 3) == 0);
}

/* "scheme://user:password@host": up to the last "@" before a blank or a quote. */
static void hide_user_info(char *text)
{
  for (char *at = strstr(text, "://"); at != NULL; at = strstr(at + 1, "://")) {
    if (is_of_object(text, at))
      continue;
    char *end = at + 3 + strcspn(at + 3, " \"'");
    char *sign = memrchr(at + 3, '@', (size_t)(end - at - 3));
    char *colon = sign == NULL ? NULL : memchr(at + 3, ':', (size_t)(sign - at - 3));
    if (colon != NULL && sign > colon + 1)
      replace(colon + 1, (size_t)(sign - colon) - 1);
  }
}

static size_t quoted_length(const char *at)
{
  size_t length = 1 + strcspn(at + 1, "'");
  return length + (at[length] == '\'');
}

/* "password=x" of a connection string or a query, and what signs a URL. */
static void hide_parameters(char *text)
{
  static const char *const names[] = {
    "password=",          "passwd=",       "X-Amz-Signature=", "X-Amz-Security-Token=", "X-Amz-Credential=",
    "secret_access_key=", "session_token="
  };
  for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
    for (char *at = strcasestr(text, names[i]); at != NULL; at = strcasestr(at, names[i])) {
      at += strlen(names[i]);
      size_t length = at[0] == '\'' ? quoted_length(at) : strcspn(at, " &\"'\\\n\t;,)");
      at += length == 0 ? 0 : replace(at, length);
    }
}

void secret_hide(char *text)
{
  hide_user_info(text);
  hide_parameters(text);
  pthread_rwlock_rdlock(&known.lock);
  for (size_t i = 0; i < known.count; i++)
    if (!is_among(known.names, known.n_names, known.items[i]))
      hide_item(text, known.items[i]);
  pthread_rwlock_unlock(&known.lock);
}

void secret_hide_in(struct text_buffer *buffer, size_t from)
{
  if (buffer->data == NULL || strlen(buffer->data + from) != buffer->length - from)
    return; /* a NUL is within: no text for people */
  secret_hide(buffer->data + from);
  buffer->length = from + strlen(buffer->data + from);
}
