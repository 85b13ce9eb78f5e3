#include "base/error.h"

#include "base/secret.h"
#include "base/visible.h"

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

static const struct {
  enum error_kind kind;
  const char *name;
  int exit_code;
} error_kinds[] = {
  { ERROR_NONE, "none", 0 },
  { ERROR_CONFIG, "config", 2 },
  { ERROR_DATA, "data", 1 },
  { ERROR_ENVIRONMENT, "environment", 3 },
  { ERROR_LOCKED, "locked", 4 },
  { ERROR_DEFECT, "defect", 5 },
  { ERROR_INTERRUPTED, "interrupted", 130 },
  { ERROR_TERMINATED, "terminated", 143 },
};

enum { EXCERPT_CHARACTERS = 100, CARET_AT_MOST = 60 };

int error_exit_code(enum error_kind kind)
{
  return error_kinds[kind].exit_code;
}

const char *error_kind_name(enum error_kind kind)
{
  return error_kinds[kind].name;
}

void place_position(struct place place, size_t *ret_line, size_t *ret_column)
{
  struct text text = place.source->text;
  size_t start = place.start < text.length ? place.start : text.length;
  size_t line = 1, line_start = 0;
  for (size_t i = 0; i < start; i++)
    if (text.data[i] == '\n') {
      line++;
      line_start = i + 1;
    }
  *ret_line = line;
  *ret_column =
      text_count_characters((struct text){ .data = text.data + line_start, .length = start - line_start }) + 1;
}

/* Moves `at` forward by `characters` code points, not past `end`. */
static size_t skip_characters(struct text text, size_t at, size_t end, size_t characters)
{
  while (at < end && characters > 0) {
    at++;
    while (at < end && ((unsigned char)text.data[at] & 0xC0) == 0x80)
      at++;
    characters--;
  }
  return at;
}

static bool is_key_character(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("_-\"'", c) != NULL;
}

/* Where a value begins that a message must not show: of a key that speaks of a secret, however it is spelt, or the
 * password within a URI. The line's length where there is none. */
static size_t secret_start(struct text line)
{
  static const char *const words[] = { "secret", "passw", "pwd", "token", "access_key" };
  for (size_t at = 0; at < line.length; at++) {
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
      size_t end = at + strlen(words[i]);
      if (end > line.length || strncasecmp(line.data + at, words[i], strlen(words[i])) != 0)
        continue;
      while (end < line.length && line.data[end] != '\0' && is_key_character(line.data[end]))
        end++;
      while (end < line.length && line.data[end] == ' ')
        end++;
      if (end < line.length && (line.data[end] == ':' || line.data[end] == '='))
        return end + 1;
    }
    const char *sign = at + 3 < line.length && strncmp(line.data + at, "://", 3) == 0
                           ? memchr(line.data + at, '@', line.length - at)
                           : NULL;
    if (sign != NULL)
      return at + 3;
  }
  return line.length;
}

/* Cuts the excerpt, which begins `skipped` bytes behind the line's start, where a secret begins. */
static void hide_secret(struct error *err, struct text line, size_t skipped)
{
  static const char mark[] = " ***";
  size_t start = secret_start(line);
  if (start == line.length)
    return;
  size_t kept = start > skipped ? start - skipped : 0;
  if (kept >= strlen(err->excerpt) && kept > 0)
    return; /* it lies behind the excerpt */
  if (kept > sizeof(err->excerpt) - sizeof(mark))
    kept = sizeof(err->excerpt) - sizeof(mark);
  memcpy(err->excerpt + kept, mark, sizeof(mark));
}

/* Bytes that are no UTF-8 text (a file's name may hold some) become "\xff": what prints an error may count on text. */
static void show_invalid(char *field, size_t size)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  struct text text = text_from(field);
  if (text_is_utf8(text))
    return;
  for (size_t at = 0; at < text.length;) {
    uint32_t code_point;
    size_t length = text_decode((struct text){ text.data + at, text.length - at }, &code_point);
    if (length == 0)
      text_buffer_printf(&out, "\\x%02x", (unsigned char)text.data[at]);
    else
      text_buffer_add(&out, text.data + at, length);
    at += length == 0 ? 1 : length;
  }
  struct text shown = text_cut(text_buffer_text(&out), size - 1);
  memcpy(field, shown.data, shown.length);
  field[shown.length] = '\0';
}

static void set_excerpt(struct error *err, struct place place)
{
  struct text text = place.source->text;
  size_t start = place.start < text.length ? place.start : text.length;
  size_t line_start = start, line_end = start;
  while (line_start > 0 && text.data[line_start - 1] != '\n')
    line_start--;
  while (line_end < text.length && text.data[line_end] != '\n' && text.data[line_end] != '\r')
    line_end++;
  size_t before = err->column - 1;
  size_t cut = before > CARET_AT_MOST ? before - CARET_AT_MOST : 0;
  size_t from = skip_characters(text, line_start, start, cut);
  size_t to = skip_characters(text, from, line_end, EXCERPT_CHARACTERS);
  size_t length = to - from < sizeof(err->excerpt) - 1 ? to - from : sizeof(err->excerpt) - 1;
  while (length > 0 && from + length < line_end && ((unsigned char)text.data[from + length] & 0xC0) == 0x80)
    length--;
  memcpy(err->excerpt, text.data + from, length);
  err->excerpt[length] = '\0';
  for (size_t at = 0; at < length;) { /* a byte that is no text would misplace the caret, a tab is a blank */
    uint32_t code_point;
    size_t size = text_decode((struct text){ err->excerpt + at, length - at }, &code_point);
    if (size == 0)
      err->excerpt[at] = '?';
    else if (code_point == '\t')
      err->excerpt[at] = ' ';
    at += size == 0 ? 1 : size;
  }
  err->caret = before - cut;
  size_t place_end = place.start + place.length < line_end ? place.start + place.length : line_end;
  err->width = place_end > start
                   ? text_count_characters((struct text){ .data = text.data + start, .length = place_end - start })
                   : 1;
  if (place.source->may_hold_secrets)
    hide_secret(err, (struct text){ text.data + line_start, line_end - line_start }, from - line_start);
  secret_hide(err->excerpt);
}

void error_cut_excerpt(struct error *err)
{
  struct text text = text_from(err->excerpt);
  err->excerpt[skip_characters(text, 0, text.length, err->caret + err->width)] = '\0';
}

static void set_place(struct error *err, struct place place)
{
  if (place.source == NULL)
    return;
  snprintf(err->file, sizeof(err->file), "%s", place.source->name == NULL ? "" : place.source->name);
  show_invalid(err->file, sizeof(err->file));
  secret_hide(err->file);
  place_position(place, &err->line, &err->column);
  set_excerpt(err, place);
}

/* vsnprintf cuts between bytes: a character cut in two is taken away whole. */
static void format_into(char *field, size_t size, const char *format, va_list arguments)
{
  int length = vsnprintf(field, size, format, arguments);
  if (length < 0)
    return;
  size_t end = strlen(field), last = end;
  while (last > 0 && ((unsigned char)field[last - 1] & 0xC0) == 0x80)
    last--;
  last -= last > 0; /* where the last character begins */
  if ((size_t)length >= size && !text_is_utf8((struct text){ field + last, end - last }))
    field[last] = '\0';
  show_invalid(field, size);
  secret_hide(field);
}

static bool set_message(struct error *err, enum error_kind kind, struct place place, const char *format,
                        va_list arguments)
{
  memset(err, 0, sizeof(*err));
  err->kind = kind;
  format_into(err->message, sizeof(err->message), format, arguments);
  set_place(err, place);
  return false;
}

bool(fail)(struct error *err, enum error_kind kind, struct place place, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  set_message(err, kind, place, format, arguments);
  va_end(arguments);
  return false;
}

bool(add_hint)(struct error *err, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  format_into(err->hint, sizeof(err->hint), format, arguments);
  va_end(arguments);
  return false;
}

bool add_hint_of_names(struct error *err, const char *what, struct text wrong, const char *const *names, size_t count)
{
  enum { SHOWN = 10 };
  const char *nearest = text_nearest(wrong, names, count);
  if (nearest != NULL)
    return add_hint(err, "The nearest %s is \"%s\".", what, nearest);
  if (count == 0)
    return false;
  SCOPED(text_buffer_done) struct text_buffer list = { 0 };
  for (size_t i = 0; i < count && i < SHOWN; i++)
    text_buffer_printf(&list, "%s\"%s\"", i == 0 ? "" : ", ", names[i]);
  if (count > SHOWN)
    text_buffer_printf(&list, " and %zu more", count - SHOWN);
  if (count == 1)
    return add_hint(err, "The only %s is %s.", what, list.data);
  return add_hint(err, "The %ss are %s.", what, list.data);
}

/* A line of context each: a line end within one, of a name, would make it two. */
bool(add_context)(struct error *err, const char *format, ...)
{
  SCOPED(text_buffer_done) struct text_buffer line = { 0 };
  char context[sizeof(err->context)];
  size_t used = strlen(err->context);
  va_list arguments;
  va_start(arguments, format);
  format_into(context, sizeof(context), format, arguments);
  va_end(arguments);
  text_add_visible(&line, text_from(context));
  if (used + 2 >= sizeof(err->context))
    return false;
  if (used > 0)
    err->context[used++] = '\n';
  struct text cut = text_cut(text_buffer_text(&line), sizeof(err->context) - used - 1);
  memcpy(err->context + used, cut.data, cut.length);
  err->context[used + cut.length] = '\0';
  return false;
}

/* Adds characters `from` to before `to` of the excerpt, and returns the columns that they take. */
static size_t add_part(const struct error *err, size_t from, size_t to, struct text_buffer *out)
{
  struct text text = text_from(err->excerpt);
  size_t start = skip_characters(text, 0, text.length, from);
  size_t end = skip_characters(text, start, text.length, to - from);
  size_t before = out->length;
  text_add_visible(out, (struct text){ text.data + start, end - start });
  return text_columns((struct text){ out->data + before, out->length - before });
}

/* The carets stand below what they mean, whatever is wide or made visible in the line. */
static void print_excerpt(const struct error *err, const char *color_on, const char *color_off, struct text_buffer *out)
{
  size_t count = text_count_characters(text_from(err->excerpt));
  size_t caret = err->caret < count ? err->caret : count;
  size_t end = err->width < count - caret ? caret + err->width : count;
  text_buffer_printf(out, "%5zu | ", err->line);
  size_t blanks = add_part(err, 0, caret, out) + (err->caret - caret);
  size_t carets = add_part(err, caret, end, out);
  add_part(err, end, count, out);
  text_buffer_add_string(out, "\n      | ");
  for (size_t i = 0; i < blanks; i++)
    text_buffer_add_char(out, ' ');
  text_buffer_add_string(out, color_on);
  for (size_t i = 0; i < carets || i == 0; i++)
    text_buffer_add_char(out, '^');
  text_buffer_printf(out, "%s\n", color_off);
}

static void print_lines(const char *label, const char *lines, struct text_buffer *out)
{
  for (const char *line = lines; *line != '\0';) {
    size_t length = strcspn(line, "\n");
    text_buffer_add_string(out, label);
    text_add_visible(out, (struct text){ line, length });
    text_buffer_add_char(out, '\n');
    line += length + (line[length] == '\n');
  }
}

void error_print(const struct error *err, const char *severity, bool color, struct text_buffer *out)
{
  const char *bold = color ? "\033[1m" : "", *off = color ? "\033[0m" : "";
  const char *tint = !color ? "" : strcmp(severity, "warning") == 0 ? "\033[1;33m" : "\033[1;31m";
  const char *cyan = color ? "\033[36m" : "";
  if (err->file[0] != '\0') {
    text_buffer_add_string(out, bold);
    text_add_visible(out, text_from(err->file));
    text_buffer_add_char(out, ':');
    if (err->line > 0)
      text_buffer_printf(out, "%zu:%zu:", err->line, err->column);
    text_buffer_printf(out, "%s ", off);
  } else {
    text_buffer_printf(out, "%scrisol:%s ", bold, off);
  }
  text_buffer_printf(out, "%s%s:%s %s", tint, severity, off, bold);
  text_add_visible(out, text_from(err->message));
  text_buffer_printf(out, "%s\n", off);
  if (err->line > 0 && err->excerpt[0] != '\0')
    print_excerpt(err, tint, off, out);
  char label[32];
  snprintf(label, sizeof(label), "%shint:%s ", cyan, off);
  print_lines(label, err->hint, out);
  print_lines("  ", err->context, out);
}

static bool is_same_problem(const struct error *a, const struct error *b)
{
  return a->line > 0 && a->line == b->line && a->column == b->column && strcmp(a->file, b->file) == 0 &&
         strcmp(a->message, b->message) == 0;
}

static bool is_known(const struct problem_list *list, const struct error *err)
{
  for (size_t i = 0; i < list->count; i++)
    if (is_same_problem(&list->items[i]->error, err))
      return true;
  return false;
}

struct problem *problem_add(struct problem_list *list, const struct error *err, bool is_warning)
{
  list->n_errors += !is_warning;
  bool is_shown = list->count < PROBLEMS_SHOWN && !is_known(list, err);
  list->n_hidden += list->count == PROBLEMS_SHOWN;
  if (list->spare == NULL)
    list->spare = arena_alloc(list->arena, sizeof(*list->spare));
  struct problem *item = list->spare;
  item->error = *err;
  item->is_warning = is_warning;
  if (!is_shown)
    return item;
  list->items = arena_grow(list->arena, list->items, list->count, &list->capacity, sizeof(struct problem *));
  list->items[list->count++] = item;
  list->spare = NULL;
  return item;
}

struct problem *problem_at(struct problem_list *list, struct place place, const char *format, ...)
{
  struct error err;
  va_list arguments;
  va_start(arguments, format);
  set_message(&err, ERROR_CONFIG, place, format, arguments);
  va_end(arguments);
  return problem_add(list, &err, false);
}

struct problem *problem_warn_at(struct problem_list *list, struct place place, const char *format, ...)
{
  struct error err;
  va_list arguments;
  va_start(arguments, format);
  set_message(&err, ERROR_CONFIG, place, format, arguments);
  va_end(arguments);
  return problem_add(list, &err, true);
}

size_t problem_count_errors(const struct problem_list *list)
{
  return list->n_errors;
}
