/* The form of a file, by its first bytes: format, separator, encoding, header. */
#include "base/file.h"
#include "base/names.h"
#include "profile/profile_internal.h"
#include "reader/csv_guess.h"
#include "reader/input.h"
#include "reader/remote.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

enum { HEAD = 1 << 20, LINES = 50, FIELDS_MOST = 10000 };

static bool read_head(struct arena *arena, struct s3 *s3, const char *path, enum encoding encoding,
                      struct text *ret_head, struct error *err)
{
  struct input *input = NULL;
  char *data = arena_alloc(arena, HEAD);
  size_t length = 0;
  struct remote remote = { 0 };
  if (s3 != NULL)
    remote = remote_s3(s3);
  TRY(input_open(path, &remote, encoding, NULL, &input, err));
  bool is_read = input_read(input, data, HEAD, &length, err);
  input_close(&input);
  *ret_head = (struct text){ data, length };
  return is_read;
}

/* The first bytes as they are, compressed or not. */
static bool read_mark(struct s3 *s3, const char *path, unsigned char mark[4], struct error *err)
{
  if (s3 != NULL && path_is_remote(path)) {
    struct remote remote = remote_s3(s3);
    struct input_identity identity;
    void *object = NULL;
    size_t length = 0;
    bool is_same = true;
    TRY(remote.open(remote.context, path, &object, &identity, err));
    bool is_read = remote.read(object, 0, mark, 4, &length, &is_same, err);
    remote.close(&object);
    return is_read;
  }
  FILE *file = fopen(path, "rbe");
  if (file == NULL)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not read \"%s\": %s", path, strerror(errno));
  size_t length = fread(mark, 1, 4, file);
  fclose(file);
  memset(mark + length, 0, 4 - length);
  return true;
}

static bool find_encoding(struct arena *arena, struct s3 *s3, const char *path, struct file_form *form,
                          struct text *head, struct error *err)
{
  if (memchr(head->data, '\0', head->length) != NULL)
    return fail(err, ERROR_DATA, NOWHERE, "\"%s\" is no text, and no Parquet", path) ||
           add_hint(err, "CSV, JSON, JSON Lines and Parquet are read, text also compressed by gzip or zstd.");
  struct text whole = *head;
  if (whole.length > HEAD - 8) /* the last character may be torn */
    while (whole.length > 0 && whole.data[whole.length - 1] != '\n')
      whole.length--;
  if (text_is_utf8(whole))
    return true;
  form->encoding = "windows-1252";
  return read_head(arena, s3, path, ENCODING_WINDOWS_1252, head, err);
}

/* CSV */

/* The fields of a record that begins at `at`; returns where the next one does. */
static size_t next_record(struct text head, size_t at, char separator, struct text *fields, size_t *ret_count)
{
  size_t count = 0, start = at;
  bool is_quoted = false;
  for (; at <= head.length; at++) {
    char c = at < head.length ? head.data[at] : '\n';
    if (c == '"')
      is_quoted = !is_quoted;
    if (at < head.length && (is_quoted || (c != separator && c != '\n')))
      continue;
    struct text field = text_trim((struct text){ head.data + start, at - start });
    if (field.length >= 2 && field.data[0] == '"' && field.data[field.length - 1] == '"')
      field = (struct text){ field.data + 1, field.length - 2 };
    if (fields != NULL && count < FIELDS_MOST)
      fields[count] = field;
    count++;
    start = at + 1;
    if (c == '\n' || at == head.length)
      break;
  }
  *ret_count = count;
  return at + 1;
}

static void find_separator(struct text head, struct file_form *form)
{
  size_t best = 0;
  form->separator = ',';
  for (const char *candidate = ",;\t|"; *candidate != '\0'; candidate++) {
    size_t first = 0, alike = 0, count = 0, at = next_record(head, 0, *candidate, NULL, &first);
    for (size_t line = 1; line < LINES && at < head.length; line++) {
      at = next_record(head, at, *candidate, NULL, &count);
      alike += count == first;
    }
    size_t score = first > 1 ? (alike + 1) * 1000 + (first < 1000 ? first : 999) : 0;
    if (score > best) {
      best = score;
      form->separator = *candidate;
    }
  }
}

static void find_header(struct arena *arena, struct text head, struct file_form *form)
{
  struct text *fields = arena_array(arena, FIELDS_MOST, sizeof(*fields));
  struct name_set names = { 0 };
  size_t count = 0;
  bool repeats = false;
  next_record(head, 0, form->separator, fields, &count);
  count = count < FIELDS_MOST ? count : FIELDS_MOST;
  form->has_header = !csv_looks_headless(fields, count);
  for (size_t i = 0; i < count; i++) {
    size_t before = names.count;
    name_set_add(arena, &names, fields[i]);
    repeats = repeats || names.count == before || fields[i].length == 0;
  }
  if (form->has_header && !repeats)
    return;
  form->columns = arena_array(arena, count + 1, sizeof(*form->columns));
  form->n_columns = count;
  struct name_set taken = { 0 };
  for (size_t i = 0; i < count; i++) {
    size_t before = taken.count;
    const char *name = form->has_header && fields[i].length > 0 ? text_copy(arena, fields[i])
                                                                : arena_printf(arena, "column_%zu", i + 1);
    name_set_add(arena, &taken, text_from(name));
    for (size_t n = 2; taken.count == before; n++) {
      name = arena_printf(arena, "%.*s_%zu", TEXT_ARGS(fields[i]), n);
      name_set_add(arena, &taken, text_from(name));
    }
    form->columns[i] = name;
  }
}

static bool has_doubled_quotes(struct text head)
{
  for (size_t i = 1; i + 2 < head.length; i++)
    if (head.data[i] == '"' && head.data[i + 1] == '"' && strchr(",;\t|\n", head.data[i - 1]) == NULL)
      return true;
  return false;
}

/* JSON */

/* Of one document over the whole file: the key at its top that holds a list of objects; NULL: there is none. */
static const char *records_of(struct arena *arena, struct text head)
{
  struct text key = { 0 };
  int depth = 0;
  size_t start = 0;
  for (size_t i = 0; i < head.length; i++) {
    char c = head.data[i];
    if (c == '"') {
      start = ++i;
      while (i < head.length && head.data[i] != '"')
        i += head.data[i] == '\\' ? 2 : 1;
      if (depth == 1 && i < head.length)
        key = (struct text){ head.data + start, i - start };
    } else if (c == '[' && depth == 1) {
      size_t next = i + 1;
      while (next < head.length && isspace((unsigned char)head.data[next]))
        next++;
      bool is_word = key.length > 0;
      for (size_t k = 0; k < key.length; k++)
        is_word = is_word && (isalnum((unsigned char)key.data[k]) || key.data[k] == '_');
      if (next < head.length && head.data[next] == '{' && is_word)
        return arena_printf(arena, "$.%.*s[*]", TEXT_ARGS(key));
      depth++;
    } else {
      depth += (c == '{' || c == '[') - (c == '}' || c == ']');
      if (depth == 0 && (c == '}' || c == ']'))
        return NULL;
    }
  }
  return NULL;
}

static bool is_one_document(struct text head)
{
  int depth = 0;
  for (size_t i = 0; i < head.length; i++) {
    char c = head.data[i];
    if (c == '"') {
      for (i++; i < head.length && head.data[i] != '"'; i++)
        i += head.data[i] == '\\';
      continue;
    }
    depth += (c == '{' || c == '[') - (c == '}' || c == ']');
    if (depth == 0 && c == '}')
      return text_trim((struct text){ head.data + i + 1, head.length - i - 1 }).length == 0;
  }
  return true;
}

static void find_json(struct arena *arena, struct text head, struct file_form *form)
{
  const char *end = memchr(head.data, '\n', head.length);
  struct text line = text_trim((struct text){ head.data, end == NULL ? head.length : (size_t)(end - head.data) });
  bool is_line = head.data[0] == '{' && line.data[line.length - 1] == '}';
  if (is_one_document(head))
    form->records = head.data[0] == '{' ? records_of(arena, head) : NULL;
  form->format = is_line && form->records == NULL ? "jsonl" : "json";
}

bool form_find(struct arena *arena, struct s3 *s3, const char *path, struct file_form *ret_form, struct error *err)
{
  struct text head;
  *ret_form = (struct file_form){ .format = "csv", .separator = ',', .has_header = true };
  unsigned char mark[4] = { 0 };
  TRY(read_mark(s3, path, mark, err));
  if (memcmp(mark, "PAR1", 4) == 0) {
    ret_form->format = "parquet";
    return true;
  }
  bool is_wide = (mark[0] == 0xff && mark[1] == 0xfe) || (mark[0] == 0xfe && mark[1] == 0xff);
  ret_form->encoding = is_wide ? "UTF-16" : NULL;
  TRY(read_head(arena, s3, path, is_wide ? ENCODING_UTF16 : ENCODING_UTF8, &head, err));
  if (!is_wide)
    TRY(find_encoding(arena, s3, path, ret_form, &head, err));
  if (text_starts_with(head, TEXT("\xef\xbb\xbf")))
    head = (struct text){ head.data + 3, head.length - 3 };
  struct text start = text_trim(head);
  if (start.length == 0)
    return fail(err, ERROR_DATA, NOWHERE, "\"%s\" is empty: there is nothing to look at", path);
  if (start.data[0] == '{' || start.data[0] == '[') {
    find_json(arena, start, ret_form);
    return true;
  }
  find_separator(head, ret_form);
  find_header(arena, head, ret_form);
  ret_form->doubles_quotes = has_doubled_quotes(head);
  return true;
}

void profile_print_source(const struct file_form *form, const char *path, struct text_buffer *out)
{
  bool is_csv = strcmp(form->format, "csv") == 0, is_parquet = strcmp(form->format, "parquet") == 0;
  text_buffer_printf(out, "source:\n  input_format: %s\n  path: ", form->format);
  json_add_string(out, text_from(path));
  text_buffer_add_char(out, '\n');
  if (form->n_columns > 0) {
    text_buffer_add_string(out, "  columns: [");
    for (size_t i = 0; i < form->n_columns; i++) {
      text_buffer_add_string(out, i == 0 ? "" : ", ");
      json_add_string(out, text_from(form->columns[i]));
    }
    text_buffer_add_string(out, "]\n");
  }
  if (is_parquet || (!is_csv && form->encoding == NULL && form->records == NULL))
    return;
  text_buffer_add_string(out, "  options:\n");
  if (is_csv) {
    text_buffer_printf(out, "    header: %s\n    multiLine: true\n", form->has_header ? "true" : "false");
    if (form->separator != ',')
      text_buffer_printf(out, form->separator == '\t' ? "    sep: \"\\t\"\n" : "    sep: \"%c\"\n", form->separator);
    if (form->doubles_quotes)
      text_buffer_add_string(out, "    escape: '\"'\n");
  }
  if (form->encoding != NULL)
    text_buffer_printf(out, "    encoding: %s\n", form->encoding);
  if (form->records != NULL)
    text_buffer_printf(out, "    records: \"%s\"\n", form->records);
}
