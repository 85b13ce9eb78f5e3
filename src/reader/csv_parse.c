/* The fields of one CSV record, whose bounds are known: views into the block, unescaped in place where that is needed.
 */
#include "reader/csv.h"
#include "reader/scan.h"

static void put_field(const struct row_writer *writer, size_t field, size_t row, struct text value, bool is_quoted)
{
  size_t column = field < writer->n_fields ? writer->slots[field] : NO_COLUMN;
  if (column == NO_COLUMN)
    return;
  const struct csv_dialect *dialect = writer->dialect;
  enum reader_kind kind = KIND_STRING;
  if (value.length == 0) {
    kind = is_quoted ? KIND_STRING : KIND_NULL;
    value = is_quoted ? dialect->empty_value : (struct text){ "", 0 };
  } else if (dialect->has_null_value && text_equal(value, dialect->null_value)) {
    kind = KIND_NULL;
  }
  writer->text[column][row] = value;
  writer->kind[column][row] = (unsigned char)kind;
}

static void put_unquoted(const struct row_writer *writer, size_t field, size_t row, const char *data, size_t length)
{
  const struct csv_dialect *dialect = writer->dialect;
  if (dialect->trim_leading)
    while (length > 0 && csv_is_blank(dialect, data[0])) {
      data++;
      length--;
    }
  if (dialect->trim_trailing)
    while (length > 0 && csv_is_blank(dialect, data[length - 1]))
      length--;
  put_field(writer, field, row, (struct text){ data, length }, false);
}

/* A record without quotes and with a separator of one byte. False, with nothing promised, where there is a quote. */
static bool parse_plain(const struct row_writer *writer, const char *data, size_t length, size_t row, size_t *ret_count)
{
  const struct csv_dialect *dialect = writer->dialect;
  char separator = dialect->separator[0];
  char quote = dialect->has_quote ? dialect->quote : separator;
  size_t field = 0, start = 0;
  for (size_t from = 0; from < length; from += SCAN_WIDTH) {
    struct scan_chunk chunk = scan_load(data + from);
    uint64_t mask = scan_equal(chunk, separator) & scan_below(length - from);
    if (quote != separator && (scan_equal(chunk, quote) & scan_below(length - from)) != 0)
      return false;
    for (; mask != 0; mask &= mask - 1) {
      size_t at = from + (size_t)__builtin_ctzll(mask);
      put_unquoted(writer, field++, row, data + start, at - start);
      start = at + 1;
    }
  }
  put_unquoted(writer, field++, row, data + start, length - start);
  *ret_count = field;
  return true;
}

/* Removes escapes in place; returns the length left. The text holds whole pairs only. */
static size_t unescape(const struct csv_dialect *dialect, char *data, size_t length)
{
  size_t to = 0;
  for (size_t from = 0; from < length; from++) {
    bool is_pair = data[from] == dialect->escape && from + 1 < length &&
                   (data[from + 1] == dialect->quote || data[from + 1] == dialect->escape);
    if (is_pair)
      from++;
    data[to++] = data[from];
  }
  return to;
}

/* One pass over a record with quotes. */
struct pass {
  const struct row_writer *writer;
  char *data;
  size_t length, row;
  size_t at, field;
  bool has_escapes;
  bool unescapes; /* the second pass: the record is good, so that its bytes may be changed */
};

/* Moves past a quoted field; `at` is behind its opening quote. */
static enum reader_reason pass_quoted(struct pass *pass)
{
  const struct csv_dialect *dialect = pass->writer->dialect;
  size_t start = pass->at, end = start;
  bool has_escapes = false;
  for (;;) {
    end = scan_find(pass->data, end, pass->length, dialect->quote, dialect->escape, dialect->quote);
    if (end == pass->length)
      return READER_UNCLOSED_QUOTE;
    bool is_escape = pass->data[end] == dialect->escape && end + 1 < pass->length &&
                     (pass->data[end + 1] == dialect->quote || dialect->escape != dialect->quote);
    if (!is_escape && pass->data[end] == dialect->quote)
      break;
    has_escapes = true;
    end += is_escape ? 2 : 1;
  }
  pass->has_escapes |= has_escapes;
  size_t length = end - start;
  if (has_escapes && pass->unescapes)
    length = unescape(dialect, pass->data + start, length);
  put_field(pass->writer, pass->field++, pass->row, (struct text){ pass->data + start, length }, true);
  pass->at = end + 1;
  if (dialect->trim_trailing)
    while (pass->at < pass->length && csv_is_blank(dialect, pass->data[pass->at]))
      pass->at++;
  bool is_closed =
      pass->at == pass->length || csv_separator_at(dialect, pass->data + pass->at, pass->length - pass->at) > 0;
  return is_closed ? READER_OK : READER_TEXT_AFTER_QUOTE;
}

static void pass_unquoted(struct pass *pass)
{
  const struct csv_dialect *dialect = pass->writer->dialect;
  size_t start = pass->at;
  char separator = dialect->separator[0];
  for (;;) {
    pass->at = scan_find(pass->data, pass->at, pass->length, separator, separator, separator);
    if (pass->at == pass->length || csv_separator_at(dialect, pass->data + pass->at, pass->length - pass->at) > 0)
      break;
    pass->at++;
  }
  put_unquoted(pass->writer, pass->field++, pass->row, pass->data + start, pass->at - start);
}

static enum reader_reason pass_fields(struct pass *pass)
{
  const struct csv_dialect *dialect = pass->writer->dialect;
  for (;;) {
    size_t start = pass->at;
    if (dialect->trim_leading)
      while (start < pass->length && csv_is_blank(dialect, pass->data[start]))
        start++;
    if (dialect->has_quote && start < pass->length && pass->data[start] == dialect->quote) {
      pass->at = start + 1;
      enum reader_reason reason = pass_quoted(pass);
      if (reason != READER_OK)
        return reason;
    } else {
      pass_unquoted(pass);
    }
    if (pass->at == pass->length)
      return READER_OK;
    pass->at += dialect->separator_length;
  }
}

static enum reader_reason judge_count(size_t count, size_t expected)
{
  if (count == expected)
    return READER_OK;
  return count < expected ? READER_TOO_FEW_FIELDS : READER_TOO_MANY_FIELDS;
}

enum reader_reason csv_fields(const struct row_writer *writer, char *data, size_t length, size_t row, size_t *ret_count,
                              bool *ret_has_escapes)
{
  *ret_has_escapes = false;
  if (writer->dialect->separator_length == 1 && parse_plain(writer, data, length, row, ret_count))
    return READER_OK;
  struct pass pass = { .writer = writer, .data = data, .length = length, .row = row };
  enum reader_reason reason = pass_fields(&pass);
  *ret_count = pass.field;
  *ret_has_escapes = pass.has_escapes;
  return reason;
}

enum reader_reason csv_parse(const struct row_writer *writer, char *data, size_t length, size_t row)
{
  size_t count = 0;
  bool has_escapes = false;
  enum reader_reason reason = csv_fields(writer, data, length, row, &count, &has_escapes);
  if (reason == READER_OK)
    reason = judge_count(count, writer->n_fields);
  if (reason != READER_OK || !has_escapes)
    return reason;
  struct pass pass = { .writer = writer, .data = data, .length = length, .row = row, .unescapes = true };
  return pass_fields(&pass);
}
