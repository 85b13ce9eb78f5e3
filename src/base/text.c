#include "base/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned char lower(char c)
{
  return c >= 'A' && c <= 'Z' ? (unsigned char)(c - 'A' + 'a') : (unsigned char)c;
}

bool text_equal(struct text a, struct text b)
{
  return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

bool text_equal_nocase(struct text a, struct text b)
{
  if (a.length != b.length)
    return false;
  for (size_t i = 0; i < a.length; i++)
    if (lower(a.data[i]) != lower(b.data[i]))
      return false;
  return true;
}

bool text_starts_with(struct text text, struct text prefix)
{
  return text.length >= prefix.length && (prefix.length == 0 || memcmp(text.data, prefix.data, prefix.length) == 0);
}

bool text_ends_with(struct text text, struct text suffix)
{
  return text.length >= suffix.length &&
         (suffix.length == 0 || memcmp(text.data + text.length - suffix.length, suffix.data, suffix.length) == 0);
}

int text_compare(struct text a, struct text b)
{
  size_t shorter = a.length < b.length ? a.length : b.length;
  int order = shorter == 0 ? 0 : memcmp(a.data, b.data, shorter);
  if (order != 0)
    return order;
  return a.length < b.length ? -1 : a.length > b.length;
}

static bool is_blank(char c)
{
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct text text_trim(struct text text)
{
  return text_trim_by(text, is_blank);
}

char *text_copy(struct arena *arena, struct text text)
{
  return arena_copy(arena, text.data, text.length);
}

static bool is_continuation(unsigned char byte)
{
  return (byte & 0xC0) == 0x80;
}

/* Length in bytes of the well-formed sequence that starts at `p`, 0 if there is none. Unicode 15, table 3-7. */
static size_t utf8_sequence(const unsigned char *p, size_t left)
{
  if (p[0] < 0x80)
    return 1;
  if (p[0] >= 0xC2 && p[0] <= 0xDF)
    return left >= 2 && is_continuation(p[1]) ? 2 : 0;
  if (p[0] >= 0xE0 && p[0] <= 0xEF) {
    if (left < 3 || !is_continuation(p[1]) || !is_continuation(p[2]))
      return 0;
    if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F))
      return 0;
    return 3;
  }
  if (p[0] >= 0xF0 && p[0] <= 0xF4) {
    if (left < 4 || !is_continuation(p[1]) || !is_continuation(p[2]) || !is_continuation(p[3]))
      return 0;
    if ((p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
      return 0;
    return 4;
  }
  return 0;
}

bool text_is_utf8(struct text text)
{
  const unsigned char *p = (const unsigned char *)text.data;
  size_t left = text.length;
  while (left > 0) {
    uint64_t eight = 0;
    while (left >= sizeof(eight)) {
      memcpy(&eight, p, sizeof(eight));
      if (eight & UINT64_C(0x8080808080808080))
        break;
      p += sizeof(eight);
      left -= sizeof(eight);
    }
    if (left == 0)
      break;
    size_t length = utf8_sequence(p, left);
    if (length == 0)
      return false;
    p += length;
    left -= length;
  }
  return true;
}

size_t text_count_characters(struct text text)
{
  size_t count = 0;
  for (size_t i = 0; i < text.length; i++)
    count += !is_continuation((unsigned char)text.data[i]);
  return count;
}

struct text text_cut(struct text text, size_t bytes)
{
  if (text.length <= bytes)
    return text;
  while (bytes > 0 && is_continuation((unsigned char)text.data[bytes]))
    bytes--;
  return (struct text){ text.data, bytes };
}

enum { NEAREST_MAX = 64 };

static size_t smallest(size_t a, size_t b, size_t c)
{
  size_t least = a < b ? a : b;
  return least < c ? least : c;
}

/* Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours cost one each. */
static size_t edit_distance(struct text a, struct text b)
{
  size_t rows[3][NEAREST_MAX + 1];
  for (size_t j = 0; j <= b.length; j++)
    rows[0][j] = j;
  for (size_t i = 1; i <= a.length; i++) {
    size_t *row = rows[i % 3], *previous = rows[(i - 1) % 3], *before = rows[(i + 1) % 3];
    row[0] = i;
    for (size_t j = 1; j <= b.length; j++) {
      bool same = lower(a.data[i - 1]) == lower(b.data[j - 1]);
      row[j] = smallest(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (same ? 0 : 1));
      bool swapped = i > 1 && j > 1 && lower(a.data[i - 1]) == lower(b.data[j - 2]) &&
                     lower(a.data[i - 2]) == lower(b.data[j - 1]);
      if (swapped && before[j - 2] + 1 < row[j])
        row[j] = before[j - 2] + 1;
    }
  }
  return rows[a.length % 3][b.length];
}

const char *text_nearest(struct text word, const char *const *candidates, size_t count)
{
  if (word.length == 0 || word.length > NEAREST_MAX)
    return NULL;
  const char *nearest = NULL;
  size_t best = word.length / 3 + 2;
  for (size_t i = 0; i < count; i++) {
    struct text candidate = text_from(candidates[i]);
    if (candidate.length == 0 || candidate.length > NEAREST_MAX)
      continue;
    size_t distance = edit_distance(word, candidate);
    if (distance < best && distance < word.length) {
      best = distance;
      nearest = candidates[i];
    }
  }
  return nearest;
}

void text_buffer_reserve(struct text_buffer *buffer, size_t extra)
{
  size_t needed = size_add(size_add(buffer->length, extra), 1);
  if (needed <= buffer->capacity)
    return;
  size_t capacity = buffer->capacity < 64 ? 64 : size_multiply(buffer->capacity, 2);
  if (capacity < needed)
    capacity = needed;
  buffer->data = checked_realloc(buffer->data, capacity);
  buffer->capacity = capacity;
}

void text_buffer_add(struct text_buffer *buffer, const void *data, size_t length)
{
  text_buffer_reserve(buffer, length);
  if (length > 0)
    memcpy(buffer->data + buffer->length, data, length);
  buffer->length += length;
  buffer->data[buffer->length] = '\0';
}

void text_buffer_add_text(struct text_buffer *buffer, struct text text)
{
  text_buffer_add(buffer, text.data, text.length);
}

void text_buffer_add_string(struct text_buffer *buffer, const char *string)
{
  text_buffer_add(buffer, string, strlen(string));
}

void text_buffer_add_char(struct text_buffer *buffer, char c)
{
  text_buffer_add(buffer, &c, 1);
}

size_t text_encode(uint32_t code_point, char *to)
{
  if (code_point < 0x80) {
    to[0] = (char)code_point;
    return 1;
  }
  if (code_point < 0x800) {
    to[0] = (char)(0xC0 | code_point >> 6);
    to[1] = (char)(0x80 | (code_point & 0x3F));
    return 2;
  }
  if (code_point < 0x10000) {
    to[0] = (char)(0xE0 | code_point >> 12);
    to[1] = (char)(0x80 | (code_point >> 6 & 0x3F));
    to[2] = (char)(0x80 | (code_point & 0x3F));
    return 3;
  }
  to[0] = (char)(0xF0 | code_point >> 18);
  to[1] = (char)(0x80 | (code_point >> 12 & 0x3F));
  to[2] = (char)(0x80 | (code_point >> 6 & 0x3F));
  to[3] = (char)(0x80 | (code_point & 0x3F));
  return 4;
}

void text_buffer_add_utf8(struct text_buffer *buffer, uint32_t code_point)
{
  char bytes[4];
  text_buffer_add(buffer, bytes, text_encode(code_point, bytes));
}

void text_buffer_printf(struct text_buffer *buffer, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  size_t size = printf_size(format, arguments);
  text_buffer_reserve(buffer, size - 1);
  vsnprintf(buffer->data + buffer->length, size, format, arguments);
  va_end(arguments);
  buffer->length += size - 1;
}

void text_buffer_clear(struct text_buffer *buffer)
{
  buffer->length = 0;
  if (buffer->data != NULL)
    buffer->data[0] = '\0';
}

void text_buffer_done(struct text_buffer *buffer)
{
  free(buffer->data);
  *buffer = (struct text_buffer){ 0 };
}

void text_buffer_add_quoted(struct text_buffer *buffer, const char *name, char quote)
{
  text_buffer_add_char(buffer, quote);
  for (const char *c = name; *c != '\0'; c++) {
    if (*c == quote)
      text_buffer_add_char(buffer, quote);
    text_buffer_add_char(buffer, *c);
  }
  text_buffer_add_char(buffer, quote);
}

void text_buffer_add_count(struct text_buffer *buffer, uint64_t count)
{
  char digits[32];
  int length = snprintf(digits, sizeof(digits), "%" PRIu64, count);
  for (int i = 0; i < length; i++) {
    if (i > 0 && (length - i) % 3 == 0)
      text_buffer_add_char(buffer, ',');
    text_buffer_add_char(buffer, digits[i]);
  }
}

void text_buffer_add_bytes(struct text_buffer *buffer, uint64_t bytes)
{
  static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
  double value = (double)bytes;
  size_t unit = 0;
  while (value >= 1024 && unit + 1 < ARRAY_LENGTH(units)) {
    value /= 1024;
    unit++;
  }
  text_buffer_printf(buffer, unit == 0 || value >= 100 ? "%.0f %s" : "%.1f %s", value, units[unit]);
}

int compare_strings(const void *a, const void *b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}
