/* The form of a file, by its first bytes: format, separator, encoding, header. Ways to read it are tried by the readers
 * themselves. */
#include "base/file.h"
#include "base/names.h"
#include "profile/profile_internal.h"
#include "reader/csv_guess.h"
#include "reader/input.h"
#include "reader/reader.h"
#include "value/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { HEAD = 1 << 20 };

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

/* encoding */

/* What the bytes of a text tell of its encoding. */
struct bytes_seen {
  uint64_t n_characters, n_broken; /* of more than one byte in UTF-8; bytes that are none */
  bool has_undefined;              /* bytes that windows-1252 has no character for */
};

static void look_at_bytes(struct text text, struct bytes_seen *seen)
{
  for (size_t at = 0; at < text.length;) {
    unsigned char c = (unsigned char)text.data[at];
    size_t length = c < 0x80 ? 1 : c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
    bool is_whole = at + length <= text.length && text_is_utf8((struct text){ text.data + at, length });
    if (c >= 0x80 && is_whole)
      seen->n_characters++;
    if (!is_whole) {
      length = 1;
      seen->n_broken++;
      seen->has_undefined = seen->has_undefined || c == 0x81 || c == 0x8D || c == 0x8F || c == 0x90 || c == 0x9D;
    }
    at += length;
  }
}

/* NULL: UTF-8, in which a few broken bytes are broken records. */
static const char *encoding_of(const struct bytes_seen *seen)
{
  if (seen->n_broken <= seen->n_characters)
    return NULL;
  return seen->has_undefined ? "ISO-8859-1" : "windows-1252";
}

/* Whole lines of a text that was cut. */
static struct text whole_lines(struct text head)
{
  enum { LARGEST = 8 };
  if (head.length + LARGEST <= HEAD)
    return head;
  size_t length = head.length;
  while (length > 0 && head.data[length - 1] != '\n')
    length--;
  return length == 0 ? head : (struct text){ head.data, length };
}

bool form_find_encoding(struct s3 *s3, const char *path, const char **ret_encoding, struct error *err)
{
  struct bytes_seen seen = { 0 };
  struct input *input = NULL;
  struct remote remote = { 0 };
  if (s3 != NULL)
    remote = remote_s3(s3);
  TRY(input_open(path, &remote, ENCODING_UTF8, NULL, &input, err));
  char *data = checked_malloc(HEAD);
  bool is_read = true;
  for (size_t left = 0, length = 1; is_read && length > 0;) {
    is_read = input_read(input, data + left, HEAD - left, &length, err);
    struct text text = { data, left + length };
    size_t end = text.length; /* a character may go over the end */
    while (length > 0 && end > 0 && text.length - end < 4 && (text.data[end - 1] & 0x80) != 0)
      end--;
    look_at_bytes((struct text){ data, end }, &seen);
    left = text.length - end;
    memmove(data, data + end, left);
  }
  free(data);
  input_close(&input);
  *ret_encoding = encoding_of(&seen);
  return is_read;
}

/* a head as a file of its own, for the readers */

#define HEAD_NAME "head of the file"

static bool takes_head(const char *path)
{
  return strcmp(path, HEAD_NAME) == 0;
}

static bool open_head(void *context, const char *path, void **ret_object, struct input_identity *ret_identity,
                      struct error *err)
{
  (void)path, (void)err;
  *ret_object = context;
  *ret_identity = (struct input_identity){ .size_bytes = ((const struct text *)context)->length, .inode = 1 };
  return true;
}

static bool read_from_head(void *object, uint64_t position, void *data, size_t capacity, size_t *ret_length,
                           bool *ret_same, struct error *err)
{
  (void)err;
  const struct text *head = object;
  size_t left = position < head->length ? head->length - (size_t)position : 0;
  *ret_length = left < capacity ? left : capacity;
  memcpy(data, head->data + (head->length - left), *ret_length);
  *ret_same = true;
  return true;
}

static void close_head(void **object)
{
  *object = NULL;
}

/* CSV */

/* A way to read a CSV file, and what comes of it. */
struct dialect {
  char separator, quote, escape, comment; /* '\0': none; escape '\0': the quote */
  size_t n_columns, n_good, n_bad;
  size_t n_apostrophes; /* values between apostrophes */
  size_t n_quoted;      /* values between quotes, which are a part of them */
  bool has_quotes;      /* values with quotes within them */
  struct text *first;   /* the fields of the first record */
};

static void look_at_record(struct arena *arena, const struct reader_batch *batch, size_t record,
                           struct dialect *dialect)
{
  for (size_t c = 0; c < dialect->n_columns; c++) {
    struct text value = batch->kind[c][record] == KIND_STRING ? batch->text[c][record] : (struct text){ 0 };
    bool is_between = value.length > 1 && value.data[0] == '\'' && value.data[value.length - 1] == '\'';
    dialect->n_apostrophes += is_between;
    dialect->n_quoted += value.length > 1 && value.data[0] == '"' && value.data[value.length - 1] == '"';
    dialect->has_quotes = dialect->has_quotes || (value.length > 0 && memchr(value.data, '"', value.length) != NULL);
    if (record == 0)
      dialect->first[c] = text_trim(
          (struct text){ arena_copy(arena, value.data == NULL ? "" : value.data, value.length), value.length });
  }
}

/* Reads the first records so. What cannot be read at all has no good one. */
static void try_dialect(struct arena *arena, const struct text *head, const char *encoding, struct dialect *dialect)
{
  static const char *const path = HEAD_NAME;
  struct text copy = *head;
  struct reader_options options = {
    .format = READER_CSV,
    .remote = { &copy, takes_head, open_head, read_from_head, close_head },
    .multi_line = true,
    .separator = { dialect->separator },
    .quote = (unsigned char)dialect->quote,
    .escape = (unsigned char)dialect->escape,
    .comment = (unsigned char)dialect->comment,
    .encoding = encoding,
  };
  struct reader *reader = NULL;
  struct reader_cursor *cursor = NULL;
  const struct reader_batch *batch = NULL;
  struct error ignored;
  if (!reader_open(&path, 1, &options, 1, &reader, &ignored))
    return;
  dialect->n_columns = reader_column_count(reader);
  dialect->first = arena_array(arena, dialect->n_columns + 1, sizeof(*dialect->first));
  bool *wanted = arena_array(arena, dialect->n_columns + 1, sizeof(*wanted));
  memset(wanted, true, dialect->n_columns * sizeof(*wanted));
  if (reader_cursor_open(reader, wanted, &cursor, &ignored) && reader_cursor_next(cursor, &batch, &ignored)) {
    for (size_t r = 0; r < batch->count; r++) {
      bool is_cut = r + 1 == batch->count && r > 0 && head->length + 8 > HEAD;
      dialect->n_good += batch->reason[r] == READER_OK;
      dialect->n_bad += batch->reason[r] != READER_OK && !is_cut;
      if (batch->reason[r] == READER_OK)
        look_at_record(arena, batch, r, dialect);
    }
  }
  reader_cursor_close(&cursor);
  reader_close(&reader);
}

/* The share of the records that can be read; of a single column, which any separator gives, it counts little. */
static double share_of(const struct dialect *dialect)
{
  double share = (double)dialect->n_good / (double)(dialect->n_good + dialect->n_bad + 1);
  return dialect->n_columns < 2 ? share * share / 20 : share;
}

/* Whether more records can be read so, or, of as many, more columns. */
static bool is_better(const struct dialect *dialect, const struct dialect *than)
{
  double share = share_of(dialect), other = share_of(than);
  return share > other * 1.02 || (share > other * 0.98 && share > 0 && dialect->n_columns > than->n_columns);
}

static struct dialect find_dialect(struct arena *arena, const struct text *head, const char *encoding)
{
  struct dialect best = { .separator = ',', .quote = '"' };
  bool may_have_comments = head->length > 0 && head->data[0] == '#';
  try_dialect(arena, head, encoding, &best);
  for (const char *separator = ",;\t|"; *separator != '\0'; separator++)
    for (int with = 0; with <= may_have_comments; with++) {
      struct dialect other = { .separator = *separator, .quote = '"', .comment = with ? '#' : '\0' };
      try_dialect(arena, head, encoding, &other);
      best = is_better(&other, &best) ? other : best;
    }
  const struct dialect variants[] = {
    { .separator = best.separator, .quote = '"', .escape = '\\', .comment = best.comment },
    { .separator = best.separator, .quote = '\'', .comment = best.comment },
    { .separator = best.separator, .comment = best.comment },
    { .separator = best.separator, .quote = '"', .comment = '#' },
  };
  struct dialect found = best;
  for (size_t i = 0; i < ARRAY_LENGTH(variants); i++) {
    struct dialect other = variants[i];
    bool is_asked = (best.n_bad > 0 && other.quote != '\'') ||
                    (other.quote == '\'' && best.n_apostrophes * 2 > best.n_good && !best.has_quotes);
    if (!is_asked)
      continue;
    try_dialect(arena, head, encoding, &other);
    bool is_quote = other.quote == '\'' && best.n_apostrophes * 2 > best.n_good && other.n_bad <= best.n_bad &&
                    other.n_columns == best.n_columns;
    if (other.quote == '\0' && other.n_quoted > 0) /* a broken quote or two do not make letters of the others */
      continue;
    if (is_quote || (other.n_columns > 1 && other.n_bad < found.n_bad && other.n_good >= found.n_good))
      found = other;
  }
  return found;
}

static void find_header(struct arena *arena, const struct dialect *dialect, struct file_form *form)
{
  const struct text *fields = dialect->first;
  size_t count = dialect->n_columns;
  struct name_set names = { 0 };
  bool repeats = false;
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

/* JSON */

enum { STEPS_MOST = 4, PATH_MOST = 256 };

/* Where in a document a list of objects lies: the longest one. */
struct found_list {
  char path[PATH_MOST + 4]; /* "$.data[*]"; "": none was found */
  size_t n_objects;
  bool has_empty; /* a list without elements lies somewhere */
};

static bool is_word(struct text name)
{
  for (size_t i = 0; i < name.length; i++)
    if (!char_is_letter(name.data[i]) && !char_is_digit(name.data[i]) && name.data[i] != '_')
      return false;
  return name.length > 0;
}

/* Counts the objects of a list whose start was read; false where the text ends in it. */
static bool count_objects(struct json_reader *reader, size_t *ret_count, bool *ret_is_empty)
{
  *ret_is_empty = true;
  for (enum json_token token = json_next(reader); token != JSON_ARRAY_END; token = json_next(reader)) {
    *ret_count += token == JSON_OBJECT_START;
    *ret_is_empty = false;
    if (!json_skip(reader, token))
      return false;
  }
  return true;
}

/* "$.data" of "$" and "data"; false where a path cannot say it, or has no room for it and "[*]". */
static bool append_step(const char *path, struct text name, char ret_path[PATH_MOST])
{
  size_t length = strlen(path);
  if (!is_word(name) || length + name.length + strlen(".[*]") >= PATH_MOST)
    return false;
  memcpy(ret_path, path, length);
  ret_path[length] = '.';
  memcpy(ret_path + length + 1, name.data, name.length);
  ret_path[length + 1 + name.length] = '\0';
  return true;
}

/* Looks through an object whose start was read; false where the text ends in it. */
static bool look_for_lists(struct json_reader *reader, const char *path, int depth, struct found_list *found)
{
  enum json_token token = json_next(reader);
  for (; token == JSON_NAME; token = json_next(reader)) {
    char own[PATH_MOST] = "";
    bool is_taken = append_step(path, reader->raw, own);
    token = json_next(reader);
    if (token == JSON_OBJECT_START && is_taken && depth < STEPS_MOST) {
      TRY(look_for_lists(reader, own, depth + 1, found));
    } else if (token == JSON_ARRAY_START && is_taken) {
      size_t count = 0;
      bool is_empty = false, is_whole = count_objects(reader, &count, &is_empty);
      found->has_empty = found->has_empty || is_empty;
      if (count > found->n_objects) {
        found->n_objects = count;
        snprintf(found->path, sizeof(found->path), "%s[*]", own);
      }
      TRY(is_whole);
    } else {
      TRY(json_skip(reader, token));
    }
  }
  return token == JSON_OBJECT_END;
}

static void find_json(struct arena *arena, struct text head, struct file_form *form)
{
  struct json_reader reader;
  struct found_list found = { 0 };
  json_start(&reader, head, JSON_STRICT, true);
  enum json_token token = json_next(&reader);
  form->format = "json";
  if (token != JSON_OBJECT_START)
    return;
  bool is_whole = look_for_lists(&reader, "$", 0, &found);
  const char *line_end = memchr(head.data, '\n', head.length);
  bool is_line = is_whole && (line_end == NULL || reader.at <= (size_t)(line_end - head.data) + 1);
  bool is_one = !is_whole || json_next(&reader) == JSON_END;
  form->has_empty_list = is_one && found.n_objects == 0 && found.has_empty;
  if (is_one && found.n_objects > 0)
    form->records = text_copy(arena, text_from(found.path));
  if (is_line && form->records == NULL)
    form->format = "jsonl";
}

/* the form */

/* UTF-16 that is compressed, or has no mark: of its letters every second byte is zero. */
static bool find_wide(struct text head, enum encoding *ret_encoding, const char **ret_name)
{
  size_t zeros[2] = { 0 };
  for (size_t i = 0; i < head.length; i++)
    zeros[i % 2] += head.data[i] == '\0';
  bool has_mark = text_starts_with(head, TEXT("\xff\xfe")) || text_starts_with(head, TEXT("\xfe\xff"));
  size_t least = head.length * 3 / 10 + 2;
  if ((zeros[0] < least) == (zeros[1] < least))
    return false;
  bool is_little = zeros[1] >= least;
  *ret_encoding = has_mark ? ENCODING_UTF16 : is_little ? ENCODING_UTF16LE : ENCODING_UTF16BE;
  *ret_name = has_mark ? "UTF-16" : is_little ? "UTF-16LE" : "UTF-16BE";
  return true;
}

/* A few control characters are what is broken in a text; many are none. */
static bool is_binary(struct text head)
{
  enum { SHARE = 50 };
  size_t n_controls = 0;
  for (size_t i = 0; i < head.length; i++)
    n_controls += (unsigned char)head.data[i] < ' ' && strchr("\t\n\r\f\v", head.data[i]) == NULL;
  return n_controls * SHARE > head.length + SHARE - 1;
}

static bool are_words(const struct text *fields, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    bool has_letter = false;
    for (size_t k = 0; k < fields[i].length; k++)
      has_letter = has_letter || char_is_letter(fields[i].data[k]) || (unsigned char)fields[i].data[k] >= 128;
    if (!has_letter)
      return false;
  }
  return true;
}

/* Lines above the header, which no option passes by: what follows them reads like a file of its own. */
static bool refuse_title(struct arena *arena, const struct text *head, const char *encoding, const char *path,
                         struct error *err)
{
  enum { TITLE_LINES = 6 };
  struct text rest = *head;
  for (size_t n_lines = 1; n_lines <= TITLE_LINES; n_lines++) {
    const char *end = memchr(rest.data, '\n', rest.length);
    if (end == NULL)
      return true;
    rest = (struct text){ end + 1, rest.length - (size_t)(end + 1 - rest.data) };
    struct dialect dialect = find_dialect(arena, &rest, encoding);
    if (dialect.n_columns < 2 || dialect.n_bad > 0 || dialect.n_good < 2 ||
        !are_words(dialect.first, dialect.n_columns))
      continue;
    fail(err, ERROR_DATA, NOWHERE, "\"%s\" has %zu line%s above its header, which begins with \"%.*s\"", path, n_lines,
         n_lines == 1 ? "" : "s", TEXT_ARGS(dialect.first[0]));
    return add_hint(err, "Cut them off: a header is the first record of its file.");
  }
  return true;
}

/* Spreadsheets pad a title with separators. */
static void doubt_title(struct arena *arena, const struct dialect *dialect, struct file_form *form)
{
  size_t n_blank = 0;
  for (size_t i = 0; i < dialect->n_columns; i++)
    n_blank += dialect->first[i].length == 0;
  if (n_blank * 2 > dialect->n_columns)
    form->doubt = arena_printf(arena, "the first record names %zu of %zu columns: if it is a title, cut it off",
                               dialect->n_columns - n_blank, dialect->n_columns);
}

static bool find_text_form(struct arena *arena, struct s3 *s3, const char *path, bool is_wide, struct file_form *form,
                           struct error *err)
{
  struct text raw, head;
  struct error ignored;
  enum encoding encoding = is_wide ? ENCODING_UTF16 : ENCODING_UTF8;
  TRY(read_head(arena, s3, path, encoding, &raw, err));
  if (!is_wide && find_wide(raw, &encoding, &form->encoding))
    is_wide = read_head(arena, s3, path, encoding, &raw, &ignored);
  head = raw;
  if (is_wide) {
    form->encoding = form->encoding == NULL ? "UTF-16" : form->encoding;
  } else if (is_binary(raw)) {
    return fail(err, ERROR_DATA, NOWHERE, "\"%s\" is no text, and no Parquet", path) ||
           add_hint(err, "CSV, JSON, JSON Lines and Parquet are read, text also compressed by gzip or zstd.");
  } else {
    struct bytes_seen seen = { 0 };
    look_at_bytes(whole_lines(raw), &seen);
    form->encoding = encoding_of(&seen);
    form->has_characters = seen.n_characters > seen.n_broken;
    if (form->encoding != NULL)
      TRY(read_head(arena, s3, path, ENCODING_WINDOWS_1252, &head, err));
  }
  struct text start = text_trim(head);
  form->is_blank = start.length == 0;
  if (form->is_blank)
    return true;
  if (start.data[0] == '{' || start.data[0] == '[') {
    find_json(arena, start, form);
    return true;
  }
  const char *bytes_encoding = is_wide ? NULL : form->encoding;
  struct dialect dialect = find_dialect(arena, &raw, bytes_encoding);
  if (dialect.n_columns < 2)
    TRY(refuse_title(arena, &raw, bytes_encoding, path, err));
  form->separator = dialect.separator;
  form->quote = dialect.quote;
  form->escape = dialect.escape;
  form->comment = dialect.comment;
  form->doubles_quotes = dialect.quote == '"' && dialect.escape == '\0' && dialect.has_quotes;
  find_header(arena, &dialect, form);
  doubt_title(arena, &dialect, form);
  return true;
}

bool form_find(struct arena *arena, struct s3 *s3, const char *path, struct file_form *ret_form, struct error *err)
{
  struct file_form form = { .format = "csv", .separator = ',', .quote = '"', .has_header = true };
  unsigned char mark[4] = { 0 };
  TRY(read_mark(s3, path, mark, err));
  if (memcmp(mark, "PAR1", 4) == 0)
    form.format = "parquet";
  else
    TRY(find_text_form(arena, s3, path, (mark[0] == 0xff && mark[1] == 0xfe) || (mark[0] == 0xfe && mark[1] == 0xff),
                       &form, err));
  *ret_form = form;
  return true;
}

static void print_character(const char *key, char c, struct text_buffer *out)
{
  const char text[] = { c, '\0' };
  text_buffer_printf(out, "    %s: ", key);
  json_add_string(out, c == '\t' ? TEXT("\\t") : text_from(text));
  text_buffer_add_char(out, '\n');
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
      print_character("sep", form->separator, out);
    if (form->quote != '"')
      print_character("quote", form->quote, out);
    if (form->escape != '\0' || form->doubles_quotes)
      print_character("escape", form->doubles_quotes ? '"' : form->escape, out);
    if (form->comment != '\0')
      print_character("comment", form->comment, out);
  }
  if (form->encoding != NULL)
    text_buffer_printf(out, "    encoding: %s\n", form->encoding);
  if (form->records != NULL)
    text_buffer_printf(out, "    records: \"%s\"\n", form->records);
}
