/* What the reader's tests share: files made of text, options as words, and what was read as one line of text. */
#ifndef CRISOL_TESTS_READER_HARNESS_H
#define CRISOL_TESTS_READER_HARNESS_H

#include "support.h"

#undef fail_msg /* cmocka's calls its fail(), which support.h gives up for ours */
#define fail_msg(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

#include "reader/reader_internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FILES_MAX = 8 };

/* Files in a directory of their own, removed by files_done. */
struct files {
  char directory[64];
  char path[FILES_MAX][128];
  const char *paths[FILES_MAX];
  size_t count;
};

static inline void files_add(struct files *files, const char *suffix, const void *data, size_t length)
{
  if (files->count == 0) {
    snprintf(files->directory, sizeof(files->directory), "/tmp/crisol-reader-XXXXXX");
    assert_non_null(mkdtemp(files->directory));
  }
  char *path = files->path[files->count];
  char directory[sizeof(files->directory)]; /* snprintf wants sources and target to be separate objects */
  memcpy(directory, files->directory, sizeof(directory));
  snprintf(path, sizeof(files->path[0]), "%s/%zu%s", directory, files->count, suffix);
  files->paths[files->count++] = path;
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(data, 1, length, file), length);
  assert_int_equal(fclose(file), 0);
}

static inline void files_done(struct files *files)
{
  for (size_t i = 0; i < files->count; i++)
    unlink(files->path[i]);
  if (files->count > 0)
    rmdir(files->directory);
  files->count = 0;
}

/* \n, \r, \t, \\, \s (a space) and \xNN become bytes. Returns the length; works in place. */
static inline size_t unescape_case(char *text)
{
  char *to = text;
  for (const char *from = text; *from != '\0'; from++) {
    if (*from != '\\') {
      *to++ = *from;
      continue;
    }
    static const char letters[] = "nrts\\0", meant[] = "\n\r\t \\\0";
    const char *letter = strchr(letters, *++from);
    if (*from == 'x') {
      char digits[3] = { from[1], from[2], '\0' };
      *to++ = (char)strtoul(digits, NULL, 16);
      from += 2;
    } else {
      assert_non_null(letter);
      *to++ = meant[letter - letters];
    }
  }
  *to = '\0';
  return (size_t)(to - text);
}

/* "header sep=; null=NA": options as words. The text is kept and changed. */
static inline struct reader_options options_from(enum reader_format format, char *words)
{
  struct reader_options options = { .format = format, .multi_line = true, .separator = ",", .quote = '"' };
  char *place = NULL;
  for (char *word = strtok_r(words, " ", &place); word != NULL; word = strtok_r(NULL, " ", &place)) {
    char *value = strchr(word, '=');
    if (value != NULL)
      *value++ = '\0';
    if (strcmp(word, "header") == 0)
      options.header = true;
    else if (strcmp(word, "single_line") == 0)
      options.multi_line = false;
    else if (strcmp(word, "sep") == 0) {
      unescape_case(value);
      snprintf(options.separator, sizeof(options.separator), "%s", value);
    } else if (strcmp(word, "quote") == 0)
      options.quote = strcmp(value, "none") == 0 ? 0 : (unsigned char)*value;
    else if (strcmp(word, "escape") == 0)
      options.escape = (unsigned char)*value;
    else if (strcmp(word, "comment") == 0)
      options.comment = (unsigned char)*value;
    else if (strcmp(word, "null") == 0)
      options.null_value = value;
    else if (strcmp(word, "empty") == 0)
      options.empty_value = value;
    else if (strcmp(word, "encoding") == 0)
      options.encoding = value;
    else if (strcmp(word, "trim_leading") == 0)
      options.trim_leading = true;
    else if (strcmp(word, "trim_trailing") == 0)
      options.trim_trailing = true;
    else if (strcmp(word, "comments") == 0)
      options.allow_comments = true;
    else if (strcmp(word, "records") == 0)
      options.records = value;
    else if (strcmp(word, "document") == 0)
      options.document = true;
    else if (strcmp(word, "unquoted") == 0)
      options.allow_unquoted_names = true;
    else if (strcmp(word, "single_quotes") == 0)
      options.allow_single_quotes = true;
    else
      fail_msg("unknown option \"%s\"", word);
  }
  return options;
}

/* Shows bytes so that a case file can hold them. */
static inline void show_text(struct text_buffer *out, struct text text)
{
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    if (c == '\n')
      text_buffer_add_string(out, "\\n");
    else if (c == '\r')
      text_buffer_add_string(out, "\\r");
    else if (c == '\t')
      text_buffer_add_string(out, "\\t");
    else if (c == '\\')
      text_buffer_add_string(out, "\\\\");
    else if ((unsigned char)c < 0x20 || c == 0x7F)
      text_buffer_printf(out, "\\x%02X", (unsigned char)c);
    else
      text_buffer_add_char(out, c);
  }
}

/* One record: "name:value" for JSON and "value" for CSV; ~ is null, - is missing; strings of JSON in quotes. */
static inline void show_record(struct text_buffer *out, const struct reader *reader, const struct reader_batch *batch,
                               size_t row)
{
  bool is_json = reader->options.format == READER_JSON;
  if (batch->reason[row] != READER_OK) {
    text_buffer_printf(out, "!%s %lu@%lu ", reader_reason_name(batch->reason[row]), (unsigned long)batch->line[row],
                       (unsigned long)batch->offset[row]);
    show_text(out, batch->raw[row]);
    return;
  }
  bool is_first = true;
  for (size_t c = 0; c < reader_column_count(reader); c++) {
    struct text text = batch->text[c][row];
    enum reader_kind kind = batch->kind[c][row];
    if (is_json && kind == KIND_MISSING)
      continue;
    text_buffer_add_string(out, is_first ? "" : "|");
    is_first = false;
    if (is_json)
      text_buffer_printf(out, "%s:", reader_column_name(reader, c));
    if (kind == KIND_NULL || kind == KIND_MISSING) {
      text_buffer_add_char(out, kind == KIND_NULL ? '~' : '-');
      continue;
    }
    if (is_json && kind == KIND_STRING)
      text_buffer_add_char(out, '"');
    show_text(out, text);
    if (is_json && kind == KIND_STRING)
      text_buffer_add_char(out, '"');
  }
}

/* Reads all with one cursor; the records joined by ";  ". An error is shown as its message. */
static inline void show_all(struct text_buffer *out, struct reader *reader)
{
  struct error error = { 0 };
  struct reader_cursor *cursor = NULL;
  bool *wanted = checked_malloc(reader_column_count(reader) + 1);
  memset(wanted, true, reader_column_count(reader) + 1);
  assert_true(reader_cursor_open(reader, wanted, &cursor, &error));
  free(wanted);
  const struct reader_batch *batch = NULL;
  bool is_first = true;
  for (;;) {
    if (!reader_cursor_next(cursor, &batch, &error)) {
      text_buffer_printf(out, "error: %s", error.message);
      break;
    }
    if (batch->count == 0)
      break;
    for (size_t row = 0; row < batch->count; row++) {
      text_buffer_add_string(out, is_first ? "" : ";  ");
      is_first = false;
      show_record(out, reader, batch, row);
    }
  }
  reader_cursor_close(&cursor);
}

#endif
