/* Where CSV records end. A record ends at a line end outside quotes. One with a broken quote (never closed, or text
 * after the closing one) ends at its first line end, and the next line is read as if it had never been there.
 *
 * To know that a quote is never closed one must look ahead, to the end of the file at worst; so that this is done once
 * and not for every line, the outcome is kept. A line's start inside quotes has one future, whoever opened the quotes:
 * where a look ahead went over it, its verdict is the same (struct csv_memo). Every byte is so looked at a few times at
 * most, whatever the file holds, and what is looked at ahead is not kept in memory. */
#include "reader/csv.h"
#include "reader/scan.h"

/* At the first byte of a separator: the state after it, or CSV_MORE in `*ret_more` where its end is not in sight. */
static size_t feed_separator(const struct csv_dialect *dialect, const char *data, size_t length, bool is_end,
                             bool *ret_more)
{
  size_t found = csv_separator_at(dialect, data, length);
  bool is_short = length < dialect->separator_length && memcmp(data, dialect->separator, length) == 0;
  *ret_more = found == 0 && is_short && !is_end;
  return found;
}

static bool is_line_end(char c)
{
  return c == '\n' || c == '\r';
}

enum csv_verdict csv_feed(const struct csv_dialect *dialect, enum csv_state *state, const char *data, size_t length,
                          bool is_end, size_t *ret_at)
{
  size_t at = 0;
  bool more = false;
  while (at < length) {
    switch (*state) {
    case CSV_FIELD_START:
      if (dialect->has_quote && data[at] == dialect->quote) {
        *state = CSV_QUOTED;
        at++;
        break;
      }
      if (dialect->trim_leading && csv_is_blank(dialect, data[at])) {
        at++;
        break;
      }
      *state = CSV_UNQUOTED;
      break;
    case CSV_UNQUOTED:
      at = scan_find(data, at, length, dialect->separator[0], '\n', '\r');
      if (at == length)
        break;
      *ret_at = at;
      if (is_line_end(data[at]))
        return CSV_COMPLETE;
      size_t separator = feed_separator(dialect, data + at, length - at, is_end, &more);
      if (more)
        return CSV_MORE;
      if (separator > 0)
        *state = CSV_FIELD_START;
      at += separator > 0 ? separator : 1;
      break;
    case CSV_QUOTED:
      at = scan_find(data, at, length, dialect->quote, dialect->escape, dialect->quote);
      if (at == length)
        break;
      *state = data[at] == dialect->quote ? CSV_QUOTE_SEEN : CSV_ESCAPED;
      at++;
      break;
    case CSV_ESCAPED:
      *state = CSV_QUOTED;
      at++;
      break;
    case CSV_QUOTE_SEEN:
      if (data[at] == dialect->quote && dialect->escape == dialect->quote) {
        *state = CSV_QUOTED;
        at++;
        break;
      }
      *state = CSV_CLOSED;
      break;
    case CSV_CLOSED:
      *ret_at = at;
      if (is_line_end(data[at]))
        return CSV_COMPLETE;
      size_t after = feed_separator(dialect, data + at, length - at, is_end, &more);
      if (more)
        return CSV_MORE;
      if (after > 0)
        *state = CSV_FIELD_START;
      else if (!dialect->trim_trailing || !csv_is_blank(dialect, data[at]))
        return CSV_BROKEN;
      at += after > 0 ? after : 1;
      break;
    }
  }
  *ret_at = at;
  return CSV_MORE;
}

/* One call of csv_split. */
struct splitter {
  struct reader *reader;
  struct reader_file *file;
  struct block *block;
  struct split *split;
  const struct csv_dialect *dialect;
  size_t line; /* line ends before the place reached */
};

enum outcome { OUTCOME_FAILED, OUTCOME_MORE, OUTCOME_END };

/* Goes on beyond the block with a second look at the file; the verdict is kept. */
static bool look_ahead(struct splitter *s, size_t start, enum csv_state state, size_t fed, struct error *err)
{
  struct reader_file *file = s->file;
  const struct ahead *ahead = &file->ahead;
  uint64_t from = file->position + fed;
  for (;;) {
    TRY(source_look_ahead(s->reader, file, from, err));
    size_t at = 0;
    enum csv_verdict verdict =
        csv_feed(s->dialect, &state, ahead->data + ahead->start, ahead->length - ahead->start, ahead->is_at_end, &at);
    from += at;
    if (verdict == CSV_MORE && !ahead->is_at_end)
      continue;
    bool is_broken = verdict == CSV_BROKEN || (verdict == CSV_MORE && csv_is_inside(state));
    file->memo = (struct csv_memo){ .from = file->position + start, .until = from, .is_broken = is_broken };
    return true;
  }
}

/* A record that is inside quotes at its first line end, `line_end`: whether it ends properly, and where. */
static enum outcome find_quoted_end(struct splitter *s, size_t start, size_t line_end, enum csv_state state,
                                    size_t *ret_end, struct error *err)
{
  struct reader_file *file = s->file;
  const struct block *block = s->block;
  uint64_t next_line = file->position + after_line_end(block->data, line_end, block->length);
  struct csv_memo *memo = &file->memo;
  if (memo->from >= next_line || next_line > memo->until) {
    size_t at = 0;
    enum csv_verdict verdict =
        csv_feed(s->dialect, &state, block->data + line_end, block->length - line_end, s->split->at_end, &at);
    bool is_open = verdict == CSV_MORE && !s->split->at_end;
    bool is_long = block->length >= 8 * file->block_size;
    if (is_open && (start > 0 || !is_long))
      return OUTCOME_MORE;
    if (is_open && !look_ahead(s, start, state, line_end + at, err))
      return OUTCOME_FAILED;
    if (!is_open) {
      bool is_broken = verdict == CSV_BROKEN || (verdict == CSV_MORE && csv_is_inside(state));
      *memo = (struct csv_memo){ file->position + start, file->position + line_end + at, is_broken };
    }
  }
  bool is_too_long = memo->until - file->position - start > RECORD_SIZE_MAX;
  if (memo->is_broken || is_too_long) {
    *ret_end = line_end;
    return OUTCOME_END;
  }
  uint64_t end = memo->until - file->position;
  if (end + 1 >= block->length && !s->split->at_end) {
    s->split->needed = end + 2;
    return OUTCOME_MORE;
  }
  *ret_end = (size_t)end;
  return OUTCOME_END;
}

/* Finds the end of the record at `start`, whose first special byte, a quote or a line end, is at `special`. */
static enum outcome find_end(struct splitter *s, size_t start, size_t special, size_t *ret_end, struct error *err)
{
  const struct block *block = s->block;
  size_t line_end = special;
  bool has_quote = special < block->length && !is_line_end(block->data[special]);
  if (has_quote)
    line_end = scan_find(block->data, special, block->length, '\n', '\r', '\n');
  bool is_last = line_end + 1 >= block->length;
  bool may_go_on = line_end == block->length || block->data[line_end] == '\r';
  if (is_last && may_go_on && !s->split->at_end)
    return OUTCOME_MORE;
  *ret_end = line_end;
  if (!has_quote || line_end == block->length)
    return OUTCOME_END;
  enum csv_state state = CSV_FIELD_START;
  size_t at = 0;
  enum csv_verdict verdict = csv_feed(s->dialect, &state, block->data + start, line_end - start, true, &at);
  if (verdict == CSV_BROKEN || !csv_is_inside(state))
    return OUTCOME_END;
  return find_quoted_end(s, start, line_end, state, ret_end, err);
}

/* A line of spaces is no record where the file has several columns; in a file of one it is that column's value (and
 * never the header). */
static bool is_blank_line(const struct splitter *s, size_t start, size_t end)
{
  if (s->file->n_fields == 1 && !s->file->skips_header)
    return false;
  while (start < end && csv_is_blank(s->dialect, s->block->data[start]))
    start++;
  return start == end;
}

/* "sep=;" as the first line, which tells Excel the separator, is no record where it names the one that is read by.
 * False too where its end is not in sight. */
static bool is_separator_mark(const struct splitter *s, size_t start, size_t end)
{
  const struct csv_dialect *dialect = s->dialect;
  const char *data = s->block->data + start;
  const struct text mark = TEXT("sep=");
  return s->file->position == 0 && start == 0 && s->reader->options.first_offset == 0 && !s->reader->options.kept &&
         end == mark.length + dialect->separator_length &&
         text_equal_nocase((struct text){ data, mark.length }, mark) &&
         memcmp(data + mark.length, dialect->separator, dialect->separator_length) == 0;
}

/* Moves over what is no record: empty lines and comments. False where the end of one is not in sight. */
static bool skip_lines(struct splitter *s, size_t *at)
{
  const struct block *block = s->block;
  while (*at < block->length) {
    char first = block->data[*at];
    size_t end = *at;
    if (s->dialect->has_comment && first == s->dialect->comment)
      end = scan_find(block->data, *at, block->length, '\n', '\r', '\n');
    else if (csv_is_blank(s->dialect, first)) {
      end = scan_find(block->data, *at, block->length, '\n', '\r', '\n');
      if (end < block->length && !is_blank_line(s, *at, end))
        return true;
    } else if (!is_line_end(first)) {
      end = *at > 0 || s->file->position > 0 ? *at : scan_find(block->data, *at, block->length, '\n', '\r', '\n');
      if (!is_separator_mark(s, *at, end))
        return true;
    }
    bool may_go_on = end == block->length || (block->data[end] == '\r' && end + 1 == block->length);
    if (may_go_on && !s->split->at_end)
      return false;
    if (end == block->length) {
      if (csv_is_blank(s->dialect, first) && !is_blank_line(s, *at, end))
        return true;
      *at = end;
      return true;
    }
    *at = after_line_end(block->data, end, block->length);
    s->line++;
  }
  return true;
}

bool csv_split(struct reader *reader, struct reader_file *file, struct block *block, struct split *split,
               struct error *err)
{
  struct splitter s = { reader, file, block, split, &reader->dialect, 0 };
  bool heeds_quotes = s.dialect->has_quote && s.dialect->multi_line;
  char quote = heeds_quotes ? s.dialect->quote : '\n';
  size_t at = 0;
  block->n_records = 0;
  for (;;) {
    bool in_sight = skip_lines(&s, &at);
    split->consumed = at;
    split->lines = s.line;
    if (!in_sight || at == block->length)
      return true;
    size_t special = scan_find(block->data, at, block->length, '\n', '\r', quote);
    size_t end = special;
    enum outcome outcome = find_end(&s, at, special, &end, err);
    if (outcome == OUTCOME_FAILED)
      return false;
    if (outcome == OUTCOME_MORE)
      return true;
    if (file->skips_header)
      file->skips_header = false;
    else
      block_add_record(block, at, end, s.line);
    if (heeds_quotes && special < end)
      s.line += count_line_ends(block->data, at, end);
    bool has_line_end = end < block->length;
    s.line += has_line_end ? 1 : 0;
    at = has_line_end ? after_line_end(block->data, end, block->length) : end;
  }
}
