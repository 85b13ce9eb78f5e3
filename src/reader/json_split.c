/* Where JSON records end, in one of the layouts that a file may have.
 *
 * LAYOUT_LINES: no record goes over a line's end. A value ends where its brackets close; one that does not close on its
 * line, and text that begins no value, is a malformed record up to the line end. LAYOUT_TEXTS: values may go over
 * lines. A broken one (json_feed) ends before the next line that starts with an object at its own indentation or less,
 * or at the file's end. LAYOUT_ARRAY: the same, inside arrays, whose brackets and commas are no part of records; a
 * broken element ends also behind a `}` that `,` and `{` follow. What is wrong between elements is a malformed record
 * of its own: a comma too many is one; where a comma is missing, or at the file's end the closing bracket, it is empty.
 *
 * Looking ahead is done once (compare csv_split.c): what a scan that broke left open breaks too where it is tried by
 * itself, at the same place; those places are kept, sorted as they are found. */
#include "reader/json_tokens.h"
#include "reader/scan.h"

#include <stdlib.h>

enum outcome { OUTCOME_FAILED, OUTCOME_MORE, OUTCOME_END };

/* One call of json_split. */
struct splitter {
  struct reader *reader;
  struct reader_file *file;
  struct block *block;
  struct split *split;
  size_t line;     /* line ends before the place reached */
  bool is_whole;   /* the last record that was found ends where its value does: it is not broken */
  size_t n_tokens; /* of that record; the last ones of the block */
  unsigned oddities;
  struct json_scratch scratch;
};

static bool is_line_end(char c)
{
  return c == '\n' || c == '\r';
}

static bool is_blank(char c)
{
  return c == ' ' || c == '\t' || is_line_end(c);
}

static bool is_in_array(const struct reader_file *file)
{
  return file->array_place != ARRAY_OUTSIDE;
}

static bool is_bracket(char c)
{
  return c == '{' || c == '[';
}

/* The line end at or after `at`; false where it is not in sight. The block's end is one at the end of the file. */
static bool find_line_end(const struct splitter *s, size_t at, size_t *ret_end)
{
  *ret_end = scan_find(s->block->data, at, s->block->length, '\n', '\r', '\n');
  return *ret_end < s->block->length || s->split->at_end;
}

/* Moves over a comment; false where its end is not in sight. A block comment that is never closed is none. */
static bool skip_comment(struct splitter *s, size_t *at, bool *ret_skipped)
{
  const char *data = s->block->data;
  size_t length = s->block->length;
  *ret_skipped = false;
  if (*at + 1 == length)
    return s->split->at_end;
  if (data[*at + 1] == '/') {
    *ret_skipped = true;
    return find_line_end(s, *at, at);
  }
  if (data[*at + 1] != '*')
    return true;
  const char *end = memmem(data + *at + 2, length - *at - 2, "*/", 2);
  if (end == NULL)
    return s->split->at_end;
  size_t after = (size_t)(end - data) + 2;
  s->line += count_line_ends(data, *at, after);
  *at = after;
  *ret_skipped = true;
  return true;
}

static void add_empty_record(struct splitter *s, size_t at)
{
  block_add_record(s->block, at, at, s->line);
}

/* Moves over a bracket or comma of the array; false where it is none, or a comma too many. */
static bool skip_of_array(struct splitter *s, size_t *at)
{
  struct reader_file *file = s->file;
  char c = s->block->data[*at];
  bool follows_element = file->array_place == ARRAY_ELEMENT || file->array_place == ARRAY_BROKEN;
  if (file->layout != LAYOUT_ARRAY)
    return false;
  if (c == '[' && !is_in_array(file)) {
    file->array_place = ARRAY_OPENED;
  } else if (c == ',' && follows_element) {
    file->array_place = ARRAY_COMMA;
  } else if (c == ']' && is_in_array(file)) {
    if (file->array_place == ARRAY_COMMA)
      add_empty_record(s, *at); /* the element behind the comma is missing */
    file->array_place = ARRAY_OUTSIDE;
  } else {
    return false;
  }
  ++*at;
  return true;
}

/* Moves over what is between records. False where more bytes are needed to know. */
static bool skip_between(struct splitter *s, size_t *at)
{
  const char *data = s->block->data;
  bool allows_comments = (s->reader->json_flags & JSON_ALLOW_COMMENTS) != 0;
  while (*at < s->block->length) {
    char c = data[*at];
    if (is_line_end(c)) {
      if (c == '\r' && *at + 1 == s->block->length && !s->split->at_end)
        return false;
      *at = after_line_end(data, *at, s->block->length);
      s->line++;
      s->file->line_start = s->file->position + *at;
    } else if (c == ' ' || c == '\t') {
      ++*at;
    } else if (skip_of_array(s, at)) {
      continue;
    } else if (c == '/' && allows_comments) {
      bool is_skipped = false;
      if (!skip_comment(s, at, &is_skipped))
        return false;
      if (!is_skipped)
        return true;
    } else {
      return true;
    }
  }
  return true;
}

static bool is_word(char c)
{
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '+' ||
         c == '.' || c == '_';
}

/* Where the scalar at `start` may end: behind its closing quote, or behind its last letter or digit. */
static size_t find_word_end(const struct block *block, size_t start)
{
  size_t end = start;
  if (block->data[start] != '"') {
    while (end < block->length && is_word(block->data[end]))
      end++;
    return end;
  }
  for (end = start + 1; end < block->length && block->data[end] != '"' && !is_line_end(block->data[end]); end++)
    end += block->data[end] == '\\' ? 1 : 0;
  return end < block->length ? end + 1 : block->length;
}

/* A record that is no object or array. A scalar ends where it ends; anything else goes up to the line end, in an array
 * up to the next comma or bracket. */
static enum outcome find_scalar_end(struct splitter *s, size_t start, size_t *ret_end)
{
  const char *data = s->block->data;
  size_t length = s->block->length;
  bool in_array = is_in_array(s->file);
  if (in_array && data[start] == ',') {
    *ret_end = start + 1;
    return OUTCOME_END;
  }
  size_t end = find_word_end(s->block, start);
  if (end == length && !s->split->at_end)
    return OUTCOME_MORE;
  bool is_scalar = json_is_scalar((struct text){ data + start, end - start }) &&
                   (end == length || is_blank(data[end]) || is_bracket(data[end]) ||
                    (in_array && (data[end] == ',' || data[end] == ']')));
  *ret_end = end;
  s->is_whole = is_scalar;
  if (is_scalar)
    return OUTCOME_END;
  size_t line_end = scan_find(data, start, length, '\n', '\r', '\n');
  for (end = start + 1; end < line_end && !(in_array && (data[end] == ',' || data[end] == ']'));)
    end++;
  *ret_end = end;
  return end == length && !s->split->at_end ? OUTCOME_MORE : OUTCOME_END;
}

/* Whether the line at `at` starts with an object that is not indented more than `indent`. */
static bool starts_record(const char *data, size_t at, size_t length, uint64_t indent)
{
  size_t first = at;
  while (first < length && (data[first] == ' ' || data[first] == '\t'))
    first++;
  return first < length && data[first] == '{' && first - at <= indent;
}

/* Behind a closing bracket: whether a comma and another object follow. */
static bool next_element_follows(const char *data, size_t at, size_t length)
{
  while (at < length && is_blank(data[at]))
    at++;
  if (at == length || data[at] != ',')
    return false;
  for (at++; at < length && is_blank(data[at]);)
    at++;
  return at < length && data[at] == '{';
}

/* Where a broken record ends. */
static enum outcome find_resume(const struct splitter *s, size_t start, size_t *ret_end)
{
  const char *data = s->block->data;
  size_t length = s->block->length;
  uint64_t indent = s->file->position + start - s->file->line_start;
  bool in_array = s->file->layout == LAYOUT_ARRAY;
  for (size_t at = start; at < length;) {
    *ret_end = at;
    if (is_line_end(data[at])) {
      at = after_line_end(data, at, length);
      if (starts_record(data, at, length, indent))
        return OUTCOME_END;
      continue;
    }
    bool is_closing = data[at] == '}' || data[at] == ']';
    *ret_end = ++at;
    if (in_array && is_closing && next_element_follows(data, at, length))
      return OUTCOME_END;
  }
  *ret_end = length;
  return s->split->at_end ? OUTCOME_END : OUTCOME_MORE;
}

static bool is_doomed(const struct json_memo *memo, uint64_t position)
{
  size_t low = 0, high = memo->n_open;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (memo->open[middle] / 2 < position)
      low = middle + 1;
    else
      high = middle;
  }
  return low < memo->n_open && memo->open[low] / 2 == position;
}

/* Keeps what the scan of the record at `start` came to: closed by the byte at `at`, or broken. */
static void keep_verdict(struct json_memo *memo, struct json_scan *scan, uint64_t start, uint64_t at, bool is_closed)
{
  memo->start = start;
  memo->end = at + 1;
  memo->is_closed = is_closed;
  if (is_closed)
    return;
  free(memo->open);
  memo->open = scan->open;
  memo->n_open = scan->depth;
  scan->open = NULL;
  scan->open_capacity = 0;
}

/* Goes on beyond the block with a second look at the file. */
static bool look_ahead(struct splitter *s, struct json_scan *scan, uint64_t start, uint64_t from, struct error *err)
{
  const struct ahead *ahead = &s->file->ahead;
  enum json_verdict verdict = JSON_MORE;
  size_t at = 0;
  for (;;) {
    TRY(source_look_ahead(s->reader, s->file, from, err));
    size_t length = ahead->length - ahead->start;
    verdict = json_feed(scan, ahead->data + ahead->start, length, from, &at);
    if (verdict != JSON_MORE)
      break;
    from += length;
    at = 0;
    if (ahead->is_at_end)
      break;
  }
  keep_verdict(&s->file->json_memo, scan, start, from + at, verdict == JSON_CLOSED);
  return true;
}

/* The tokens from the n-th on are the record's, if they are all there. */
static void keep_tokens(struct splitter *s, size_t n_before, unsigned oddities)
{
  struct block *block = s->block;
  block->tokens.count = (oddities & JSON_IS_LONG) == 0 ? block->tokens.count : n_before;
  s->n_tokens = block->tokens.count - n_before;
  s->oddities = oddities;
}

/* An object that is strict JSON ends where its bracket closes, over whatever lines: json_feed says the same, which
 * looks at each byte. */
static bool find_plain(struct splitter *s, size_t start, size_t *ret_end)
{
  struct block *block = s->block;
  size_t n_before = block->tokens.count;
  if (block->data[start] != '{' || s->reader->options.records != NULL || block->wanted_tokens == JSON_INDEX_NOTHING)
    return false;
  struct json_extent extent = json_index(block->data, start, block->length, JSON_INDEX_TOKENS, false, &block->tokens);
  struct json_tokens tokens = { block->data, block->tokens.at + n_before, block->tokens.count - n_before,
                                extent.oddities };
  if (extent.verdict != JSON_CLOSED || (extent.oddities & JSON_IS_LONG) != 0 ||
      !json_read_tokens(&s->scratch, &tokens)) {
    block->tokens.count = n_before;
    return false;
  }
  keep_tokens(s, n_before, extent.oddities);
  *ret_end = extent.at + 1;
  return true;
}

/* Whether the value at `start`, which may go over lines, closes: `*ret_closed`, and behind which byte. */
static enum outcome find_closed(struct splitter *s, size_t start, bool *ret_closed, size_t *ret_end, struct error *err)
{
  struct reader_file *file = s->file;
  const struct block *block = s->block;
  struct json_memo *memo = &file->json_memo;
  uint64_t position = file->position + start;
  *ret_closed = false;
  if (is_doomed(memo, position))
    return OUTCOME_END;
  *ret_closed = find_plain(s, start, ret_end);
  if (*ret_closed)
    return OUTCOME_END;
  if (memo->end == 0 || memo->start != position) {
    struct json_scan scan = { .flags = s->reader->json_flags };
    size_t at = 0;
    enum json_verdict verdict = json_feed(&scan, block->data + start, block->length - start, position, &at);
    bool is_open = verdict == JSON_MORE && !s->split->at_end;
    bool is_kept = !is_open;
    if (is_open && start == 0 && block->length >= 8 * file->block_size) {
      if (!look_ahead(s, &scan, position, file->position + block->length, err)) {
        free(scan.open);
        return OUTCOME_FAILED;
      }
      is_open = false;
    }
    if (is_kept)
      keep_verdict(memo, &scan, position, verdict == JSON_MORE ? position + block->length - start : position + at,
                   verdict == JSON_CLOSED);
    free(scan.open);
    if (is_open)
      return OUTCOME_MORE;
  }
  if (!memo->is_closed)
    return OUTCOME_END;
  uint64_t end = memo->end - file->position;
  if (end > block->length) {
    s->split->needed = end;
    return OUTCOME_MORE;
  }
  *ret_closed = end - start <= RECORD_SIZE_MAX;
  *ret_end = (size_t)end;
  return OUTCOME_END;
}

/* Whether nothing but blanks stands between `at` and a line end. */
static bool ends_line(const struct block *block, size_t at)
{
  while (at < block->length && (block->data[at] == ' ' || block->data[at] == '\t'))
    at++;
  return at < block->length && is_line_end(block->data[at]);
}

/* Where the object or array at `start` ends, or the line if that is first. Few files have what the flags allow: where a
 * value has none of it, and is all of its line, the fast way is right whatever is wrong within; its tokens stay. */
static enum json_verdict find_close(struct splitter *s, size_t start, size_t *ret_at)
{
  struct block *block = s->block;
  size_t n_tokens = block->tokens.count;
  bool is_record = s->reader->options.records == NULL; /* else a document: the records are within */
  struct json_extent fast = json_index(block->data, start, block->length,
                                       is_record ? block->wanted_tokens : JSON_INDEX_NOTHING, true, &block->tokens);
  bool is_plain = fast.verdict == JSON_CLOSED && (fast.oddities & JSON_HAS_LENIENT) == 0;
  *ret_at = fast.at;
  if (is_plain && (s->reader->json_flags == JSON_STRICT || ends_line(block, fast.at + 1))) {
    keep_tokens(s, n_tokens, fast.oddities);
    return JSON_CLOSED;
  }
  block->tokens.count = n_tokens;
  if (s->reader->json_flags == JSON_STRICT)
    return fast.verdict;
  struct json_scan scan = { .flags = s->reader->json_flags, .is_line_bound = true };
  enum json_verdict verdict = json_feed(&scan, block->data + start, block->length - start, start, ret_at);
  *ret_at += start;
  free(scan.open);
  return verdict;
}

/* In a file where no record goes over a line's end, as far as is known. */
static enum outcome find_end_on_line(struct splitter *s, size_t start, size_t *ret_end, struct error *err)
{
  const struct block *block = s->block;
  size_t at = 0;
  enum json_verdict verdict = find_close(s, start, &at);
  if (verdict == JSON_BROKEN)
    return find_line_end(s, start, ret_end) ? OUTCOME_END : OUTCOME_MORE;
  if (verdict == JSON_MORE && !s->split->at_end)
    return OUTCOME_MORE;
  *ret_end = verdict == JSON_CLOSED ? at + 1 : verdict == JSON_LINE_END ? at : block->length;
  if (verdict != JSON_LINE_END || !s->file->looks_for_layout)
    return OUTCOME_END;
  bool is_closed = false;
  size_t end = 0;
  enum outcome outcome = find_closed(s, start, &is_closed, &end, err);
  if (outcome == OUTCOME_END && is_closed)
    s->file->layout = LAYOUT_TEXTS;
  return outcome;
}

static enum outcome find_end_over_lines(struct splitter *s, size_t start, size_t *ret_end, struct error *err)
{
  bool is_closed = false;
  enum outcome outcome = find_closed(s, start, &is_closed, ret_end, err);
  s->is_whole = is_closed;
  if (outcome != OUTCOME_END || is_closed)
    return outcome;
  return find_resume(s, start, ret_end);
}

static enum outcome find_end(struct splitter *s, size_t start, size_t *ret_end, struct error *err)
{
  char first = s->block->data[start];
  if (!is_bracket(first))
    return find_scalar_end(s, start, ret_end);
  if (s->file->layout == LAYOUT_LINES)
    return find_end_on_line(s, start, ret_end, err);
  return find_end_over_lines(s, start, ret_end, err);
}

/* Counts the lines of a record. */
static void pass_record(struct splitter *s, size_t start, size_t end)
{
  const char *data = s->block->data;
  if (s->file->layout == LAYOUT_LINES)
    return; /* no line end in it */
  size_t n_lines = count_line_ends(data, start, end);
  s->line += n_lines;
  if (n_lines == 0)
    return;
  size_t line_start = end;
  while (!is_line_end(data[line_start - 1]))
    line_start--;
  s->file->line_start = s->file->position + line_start;
}

static size_t trimmed_end(const char *data, size_t start, size_t end)
{
  while (end > start + 1 && is_blank(data[end - 1]))
    end--;
  return end;
}

/* Adds the record; before it an empty one where the comma between two elements is missing. */
static void add_record(struct splitter *s, size_t start, size_t end)
{
  struct reader_file *file = s->file;
  bool in_array = is_in_array(file);
  bool is_comma = in_array && s->block->data[start] == ',';
  if (file->array_place == ARRAY_ELEMENT && s->is_whole)
    add_empty_record(s, start);
  block_add_record(s->block, start, trimmed_end(s->block->data, start, end), s->line);
  struct record *record = &s->block->records[s->block->n_records - 1];
  record->first_token = (uint32_t)(s->block->tokens.count - s->n_tokens);
  record->n_tokens = (uint32_t)s->n_tokens;
  record->oddities = (unsigned char)s->oddities;
  if (in_array)
    file->array_place = is_comma ? ARRAY_COMMA : s->is_whole ? ARRAY_ELEMENT : ARRAY_BROKEN;
}

/* An array that is open at the file's end is cut; what broke up to there says so itself. */
static void close_array(struct splitter *s, size_t at)
{
  if (!s->split->at_end || !is_in_array(s->file))
    return;
  if (s->file->array_place != ARRAY_BROKEN)
    add_empty_record(s, at);
  s->file->array_place = ARRAY_OUTSIDE;
}

static bool split_all(struct splitter *s, struct error *err)
{
  struct block *block = s->block;
  struct reader_file *file = s->file;
  size_t at = 0;
  for (;;) {
    bool in_sight = skip_between(s, &at);
    s->split->consumed = at;
    s->split->lines = s->line;
    if (at == block->length)
      close_array(s, at);
    if (!in_sight || at == block->length)
      return true;
    size_t end = at;
    s->is_whole = false;
    s->n_tokens = 0;
    enum outcome outcome = find_end(s, at, &end, err);
    if (outcome == OUTCOME_FAILED)
      return false;
    if (outcome == OUTCOME_MORE || (file->looks_for_layout && file->layout == LAYOUT_TEXTS))
      return true;
    add_record(s, at, end);
    pass_record(s, at, end);
    at = end;
  }
}

bool json_split(struct reader *reader, struct reader_file *file, struct block *block, struct split *split,
                struct error *err)
{
  struct splitter s = { .reader = reader, .file = file, .block = block, .split = split };
  block->n_records = block->tokens.count = 0;
  bool is_split = split_all(&s, err);
  json_scratch_done(&s.scratch);
  return is_split;
}

/* Whether the array at `start` closes on its line and another bracket begins the next one: it is a record of its own
 * then, in a file of a record a line. */
static bool is_followed(struct splitter *s, size_t start)
{
  const struct block *block = s->block;
  struct json_scan scan = { .flags = s->reader->json_flags, .is_line_bound = true };
  size_t at = 0;
  enum json_verdict verdict = json_feed(&scan, block->data + start, block->length - start, 0, &at);
  free(scan.open);
  if (verdict != JSON_CLOSED)
    return false;
  at += start + 1;
  size_t line = s->line;
  return skip_between(s, &at) && at < block->length && s->line > line && is_bracket(block->data[at]);
}

enum reader_layout json_find_layout(struct reader *reader, struct reader_file *file, struct block *block, bool at_end)
{
  struct split split = { .at_end = at_end };
  struct splitter s = { .reader = reader, .file = file, .block = block, .split = &split };
  size_t at = 0;
  file->layout = LAYOUT_LINES;
  file->array_place = ARRAY_OUTSIDE;
  bool in_sight = skip_between(&s, &at);
  bool is_array = in_sight && at < block->length && block->data[at] == '[' && !is_followed(&s, at);
  return is_array ? LAYOUT_ARRAY : LAYOUT_LINES;
}
