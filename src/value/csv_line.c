#include "value/csv_line.h"

#include "value/cast.h"

static const char QUOTE = '"', ESCAPE = '\\';

struct csv_line csv_line_start(struct text text, struct text separator)
{
  return (struct csv_line){ .text = text, .separator = separator };
}

static bool is_separator(const struct csv_line *line, size_t at)
{
  return line->text.length - at >= line->separator.length &&
         memcmp(line->text.data + at, line->separator.data, line->separator.length) == 0;
}

static bool is_blank(char c)
{
  return (unsigned char)c <= ' ';
}

/* Where the field that goes on at `at` ends. */
static size_t find_end(const struct csv_line *line, size_t at)
{
  while (at < line->text.length && !is_separator(line, at))
    at++;
  return at;
}

/* Ends the field at `end`: behind a separator there is one more. */
static void end_field(struct csv_line *line, size_t end)
{
  line->is_done = end >= line->text.length;
  line->at = line->is_done ? end : end + line->separator.length;
}

/* After a quote that closes nothing the field is what is written up to the next separator, quotes and all. */
static void take_as_written(struct csv_line *line, size_t at, struct text_buffer *buffer)
{
  SCOPED(text_buffer_done) struct text_buffer read = { 0 };
  size_t end = find_end(line, at);
  text_buffer_add_text(&read, text_buffer_text(buffer));
  text_buffer_clear(buffer);
  text_buffer_add_char(buffer, QUOTE);
  text_buffer_add_text(buffer, text_buffer_text(&read));
  text_buffer_add_char(buffer, QUOTE);
  text_buffer_add(buffer, line->text.data + at, end - at);
  end_field(line, end);
}

/* Takes a quote or an escape: what it makes of the one before it. Returns what the next one sees before it. */
static char take_mark(char c, char before, struct text_buffer *buffer)
{
  if (c == ESCAPE && before == ESCAPE) {
    text_buffer_add_char(buffer, ESCAPE);
    return 0;
  }
  if (before == ESCAPE || (c == QUOTE && before == QUOTE)) {
    text_buffer_add_char(buffer, QUOTE);
    return before == ESCAPE ? 0 : QUOTE;
  }
  if (before == QUOTE)
    text_buffer_add_char(buffer, QUOTE);
  return c;
}

/* Behind the opening quote. */
static void read_quoted(struct csv_line *line, struct text_buffer *buffer)
{
  const struct text text = line->text;
  size_t start = line->at + 1;
  char before = 0;
  size_t at = start;
  for (; at < text.length; at++) {
    char c = text.data[at];
    if (before == QUOTE && (is_blank(c) || is_separator(line, at))) {
      size_t next = at;
      while (next < text.length && is_blank(text.data[next]) && !is_separator(line, next))
        next++;
      if (next < text.length && !is_separator(line, next))
        take_as_written(line, at, buffer);
      else
        end_field(line, next);
      return;
    }
    if (c == QUOTE || c == ESCAPE) {
      before = take_mark(c, before, buffer);
      continue;
    }
    if (before == QUOTE) {
      take_as_written(line, at, buffer);
      return;
    }
    if (before == ESCAPE)
      text_buffer_add_char(buffer, ESCAPE);
    text_buffer_add_char(buffer, c);
    before = c;
  }
  if (start == text.length)
    text_buffer_add_char(buffer, QUOTE);
  end_field(line, text.length);
}

bool csv_line_next(struct csv_line *line, struct text_buffer *buffer, struct text *ret_field)
{
  if (line->is_done)
    return false;
  text_buffer_clear(buffer);
  if (line->at < line->text.length && line->text.data[line->at] == QUOTE) {
    read_quoted(line, buffer);
    *ret_field = text_buffer_text(buffer);
    return true;
  }
  size_t end = find_end(line, line->at);
  *ret_field = (struct text){ line->text.data + line->at, end - line->at };
  end_field(line, end);
  return true;
}

void csv_line_add(struct text field, struct text separator, bool is_first, struct text_buffer *out)
{
  while (field.length > 0 && is_blank(field.data[0]))
    field = (struct text){ field.data + 1, field.length - 1 };
  struct csv_line line = { .text = field, .separator = separator };
  bool is_quoted = field.length == 0 || (is_first && field.data[0] == '#');
  for (size_t i = 0; i < field.length && !is_quoted; i++)
    is_quoted = field.data[i] == QUOTE || field.data[i] == '\n' || field.data[i] == '\r' || is_separator(&line, i);
  while (field.length > 0 && is_blank(field.data[field.length - 1]))
    field.length--;
  if (!is_quoted) {
    text_buffer_add_text(out, field);
    return;
  }
  text_buffer_add_char(out, QUOTE);
  for (size_t i = 0; i < field.length; i++) {
    if (field.data[i] == QUOTE || field.data[i] == ESCAPE)
      text_buffer_add_char(out, ESCAPE);
    text_buffer_add_char(out, field.data[i]);
  }
  text_buffer_add_char(out, QUOTE);
}

/* types */

bool csv_parse_integer(struct text text, int64_t *ret_value)
{
  bool is_signed = text.length > 0 && (text.data[0] == '-' || text.data[0] == '+');
  int64_t value = 0;
  if (text.length == (is_signed ? 1 : 0))
    return false;
  for (size_t i = is_signed ? 1 : 0; i < text.length; i++) {
    if (!char_is_digit(text.data[i]) || __builtin_mul_overflow(value, 10, &value) ||
        __builtin_sub_overflow(value, text.data[i] - '0', &value))
      return false;
  }
  if (text.data[0] == '-') {
    *ret_value = value;
    return true;
  }
  return !__builtin_sub_overflow(0, value, ret_value);
}

bool csv_parse_double(struct text text, double *ret_value)
{
  while (text.length > 0 && is_blank(text.data[0]))
    text = (struct text){ text.data + 1, text.length - 1 };
  while (text.length > 0 && is_blank(text.data[text.length - 1]))
    text.length--;
  size_t sign = text.length > 0 && (text.data[0] == '-' || text.data[0] == '+') ? 1 : 0;
  struct text rest = { text.data + sign, text.length - sign };
  bool is_word = rest.length > 0 && char_is_letter(rest.data[0]);
  bool is_inf = text_equal(rest, TEXT("Inf")) && (sign == 0 || text.data[0] == '-');
  if (is_word && !is_inf && !text_equal(rest, TEXT("NaN")) && !text_equal(rest, TEXT("Infinity")))
    return false;
  return text_to_double(text, ret_value);
}

/* An integral number too large for bigint, of up to 38 digits; a point may follow it. */
static const struct type *decimal_type(struct arena *arena, struct text text)
{
  size_t at = text.length > 0 && (text.data[0] == '-' || text.data[0] == '+') ? 1 : 0;
  size_t length = text.length > 0 && text.data[text.length - 1] == '.' ? text.length - 1 : text.length;
  if (at == length)
    return NULL;
  for (size_t i = at; i < length; i++)
    if (!char_is_digit(text.data[i]))
      return NULL;
  while (at + 1 < length && text.data[at] == '0')
    at++;
  return length - at <= 38 ? type_decimal(arena, (int)(length - at), 0) : NULL;
}

static bool is_usual_date(struct text text)
{
  int32_t days;
  return text.length == 10 && text.data[4] == '-' && text.data[7] == '-' && text_to_date(text, &days);
}

static const struct type *field_type(struct arena *arena, struct text text)
{
  int64_t integer;
  double number;
  if (text.length == 0)
    return type_simple(TYPE_STRING);
  if (csv_parse_integer(text, &integer))
    return type_simple(integer == (int32_t)integer ? TYPE_INT : TYPE_BIGINT);
  const struct type *decimal = decimal_type(arena, text);
  if (decimal != NULL)
    return decimal;
  if (csv_parse_double(text, &number))
    return type_simple(TYPE_DOUBLE);
  if (is_usual_date(text))
    return type_simple(TYPE_DATE);
  if (text_to_timestamp(text, timezone_find(TEXT("UTC")), &integer))
    return type_simple(TYPE_TIMESTAMP);
  bool is_boolean = text_equal_nocase(text, TEXT("true")) || text_equal_nocase(text, TEXT("false"));
  return type_simple(is_boolean ? TYPE_BOOLEAN : TYPE_STRING);
}

const struct type *csv_line_type(struct arena *arena, struct text text, struct text separator)
{
  SCOPED(text_buffer_done) struct text_buffer buffer = { 0 };
  struct csv_line line = csv_line_start(text, separator);
  struct type_field *fields = NULL;
  size_t count = 0, capacity = 0;
  for (struct text field; csv_line_next(&line, &buffer, &field); count++) {
    fields = arena_grow(arena, fields, count, &capacity, sizeof(*fields));
    fields[count] =
        (struct type_field){ .name = arena_printf(arena, "_c%zu", count), .type = field_type(arena, field) };
  }
  return type_struct(arena, fields, count);
}
