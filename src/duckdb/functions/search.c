/* Finding, replacing and comparing texts. */
#include "duckdb/functions/internal.h"
#include "duckdb/functions/utf8.h"

/* Which character the byte `found` is, from 1; 0 where there is none. */
static bool return_place(struct udf_call *call, size_t row, struct text text, ptrdiff_t found)
{
  return return_int(call, row, found < 0 ? 0 : (int32_t)text_count_characters(text_part(text, 0, (size_t)found)) + 1);
}

static bool locate(struct udf_call *call, size_t row)
{
  if (arg_is_null(call, 2, row))
    return return_int(call, row, 0);
  if (arg_is_null(call, 0, row) || arg_is_null(call, 1, row))
    return false;
  struct text what = arg_text(call, 0, row);
  struct text text = arg_text(call, 1, row);
  int32_t from = arg_int(call, 2, row);
  if (from < 1)
    return return_int(call, row, 0);
  if (what.length == 0)
    return return_int(call, row, 1);
  ptrdiff_t found = text_find(text, what, utf8_offset(text, (size_t)from - 1));
  return return_place(call, row, text, found);
}

/* Where `what` begins at or behind `at`, or at or before it; -1 where it does not. */
static ptrdiff_t find_from(struct text text, struct text what, ptrdiff_t at, bool is_backward)
{
  if (!is_backward)
    return text_find(text, what, (size_t)at);
  for (; at >= 0; at--)
    if (text_starts_with(text_part(text, (size_t)at, text.length), what))
      return at;
  return -1;
}

/* From a place, counted from the end where it is negative, backwards then, the so-and-so-many-th. */
static bool instr(struct udf_call *call, size_t row)
{
  struct text text = arg_text(call, 0, row);
  struct text what = arg_text(call, 1, row);
  int64_t position = arg_int(call, 2, row);
  int32_t occurrence = arg_int(call, 3, row);
  int64_t count = (int64_t)text_count_characters(text);
  if (occurrence < 1)
    return udf_fail(call, "INVALID_PARAMETER_VALUE.OCCURRENCE", "instr counts occurrences from 1, not %d", occurrence);
  int64_t first = position > 0 ? position - 1 : count + position;
  if (what.length == 0 && position != 0)
    return return_int(call, row, 1);
  if (position == 0 || first < 0 || first >= count)
    return return_int(call, row, 0);
  bool is_backward = position < 0;
  ptrdiff_t found = (ptrdiff_t)utf8_offset(text, (size_t)first);
  for (int32_t i = 0; i < occurrence && found >= 0; i++) {
    ptrdiff_t step = is_backward ? -1 : (ptrdiff_t)utf8_length(text.data[found]);
    ptrdiff_t start = i == 0 ? found : found + step;
    found = start < 0 || start >= (ptrdiff_t)text.length ? -1 : find_from(text, what, start, is_backward);
  }
  return return_place(call, row, text, found);
}

static bool startswith(struct udf_call *call, size_t row)
{
  return return_boolean(call, row, text_starts_with(arg_text(call, 0, row), arg_text(call, 1, row)));
}

static bool endswith(struct udf_call *call, size_t row)
{
  return return_boolean(call, row, text_ends_with(arg_text(call, 0, row), arg_text(call, 1, row)));
}

static bool contains(struct udf_call *call, size_t row)
{
  return return_boolean(call, row, text_find(arg_text(call, 0, row), arg_text(call, 1, row), 0) >= 0);
}

static bool find_in_set(struct udf_call *call, size_t row)
{
  struct text what = arg_text(call, 0, row);
  struct text list = arg_text(call, 1, row);
  if (text_find(what, TEXT(","), 0) >= 0)
    return return_int(call, row, 0);
  for (int32_t n = 1;; n++) {
    ptrdiff_t comma = text_find(list, TEXT(","), 0);
    if (text_equal(text_part(list, 0, comma < 0 ? list.length : (size_t)comma), what))
      return return_int(call, row, n);
    if (comma < 0)
      return return_int(call, row, 0);
    list = text_part(list, (size_t)comma + 1, list.length);
  }
}

static bool replace(struct udf_call *call, size_t row)
{
  struct text text = arg_text(call, 0, row);
  struct text what = arg_text(call, 1, row);
  struct text by = arg_text(call, 2, row);
  ptrdiff_t found = what.length == 0 ? -1 : text_find(text, what, 0);
  if (found < 0)
    return return_text(call, row, text);
  text_buffer_clear(&call->buffer);
  size_t at = 0;
  for (; found >= 0; found = text_find(text, what, at)) {
    text_buffer_add_text(&call->buffer, text_part(text, at, (size_t)found));
    text_buffer_add_text(&call->buffer, by);
    TRY(udf_check_size(call, call->buffer.length));
    at = (size_t)found + what.length;
  }
  text_buffer_add_text(&call->buffer, text_part(text, at, text.length));
  return return_buffer(call, row);
}

/* What stands before the n-th separator, or after the n-th from the end. */
static bool substring_index(struct udf_call *call, size_t row)
{
  struct text text = arg_text(call, 0, row);
  struct text separator = arg_text(call, 1, row);
  int32_t count = arg_int(call, 2, row);
  if (separator.length == 0 || count == 0)
    return return_text(call, row, TEXT(""));
  if (count > 0) {
    ptrdiff_t found = -1;
    size_t from = 0;
    for (; count > 0; count--) {
      found = text_find(text, separator, from);
      if (found < 0)
        return return_text(call, row, text);
      from = (size_t)found + 1;
    }
    return return_text(call, row, text_part(text, 0, (size_t)found));
  }
  struct text rest = text;
  for (; count < 0; count++) {
    ptrdiff_t found = text_find_last(rest, separator);
    if (found < 0)
      return return_text(call, row, text);
    rest = text_part(text, 0, count == -1 ? (size_t)found : (size_t)found + separator.length - 1);
  }
  return return_text(call, row, text_part(text, rest.length + separator.length, text.length));
}

static size_t count_parts(struct text text, struct text separator)
{
  size_t count = 1;
  for (ptrdiff_t at = text_find(text, separator, 0); at >= 0;
       at = text_find(text, separator, (size_t)at + separator.length))
    count++;
  return count;
}

static bool split_part(struct udf_call *call, size_t row)
{
  struct text text = arg_text(call, 0, row);
  struct text separator = arg_text(call, 1, row);
  int64_t wanted = arg_int(call, 2, row);
  if (wanted == 0)
    return udf_fail(call, "INVALID_INDEX_OF_ZERO", "split_part counts from 1 or from -1, not from 0");
  int64_t count = separator.length == 0 ? 1 : (int64_t)count_parts(text, separator);
  wanted = wanted < 0 ? count + wanted + 1 : wanted;
  if (wanted < 1 || wanted > count)
    return return_text(call, row, TEXT(""));
  size_t start = 0;
  while (--wanted > 0)
    start = (size_t)text_find(text, separator, start) + separator.length;
  ptrdiff_t end = separator.length == 0 ? -1 : text_find(text, separator, start);
  return return_text(call, row, text_part(text, start, end < 0 ? text.length : (size_t)end));
}

/* How alike. */

/* What two texts may have of characters, multiplied: past it a pair takes longer than a person waits. Both functions
 * take about 3 s for as many, since the first works on 64 pairs at once. */
enum { EDITED_BITS = 36, MATCHED_BITS = 32 };

static bool check_work(struct udf_call *call, const size_t *counts, unsigned bits)
{
  if (counts[0] == 0 || counts[1] <= (UINT64_C(1) << bits) / counts[0])
    return true;
  return udf_fail(call, "COLLECTION_SIZE_LIMIT_EXCEEDED.FUNCTION",
                  "%s would compare a text of %zu characters with one of %zu", udf_shown_name(call), counts[0],
                  counts[1]);
}

static void read_characters(struct text text, uint32_t *characters)
{
  for (size_t at = 0; at < text.length; at += utf8_length(text.data[at]))
    *characters++ = utf8_read(text, at);
}

/* Where up to 64 characters stand: a bit a place. */
enum { BLOCK = 64, BLOCK_SLOTS = 2 * BLOCK };
struct block {
  uint32_t characters[BLOCK_SLOTS];
  uint64_t places[BLOCK_SLOTS]; /* 0: the slot is free */
};

static size_t find_place(const struct block *block, uint32_t character)
{
  size_t slot = (character * UINT32_C(2654435761)) >> 25;
  while (block->places[slot] != 0 && block->characters[slot] != character)
    slot = (slot + 1) % BLOCK_SLOTS;
  return slot;
}

/* The differences of costs from one row of the table to the next, of 64 rows in a word: which go up, which go down. */
struct column {
  uint64_t up, down;
};

/* Goes on by one character. `across` is how the cost above the rows changes on the way (-1, 0, 1), and so is what comes
 * back for row `last`. G. Myers, "A fast bit-vector algorithm for approximate string matching"; H. Hyyro, "Bit-parallel
 * approximate string matching algorithms with transposition". */
static int step_column(struct column *column, uint64_t equal, int across, unsigned last)
{
  uint64_t unchanged = equal | column->down;
  equal |= across < 0;
  uint64_t diagonal = (((equal & column->up) + column->up) ^ column->up) | equal;
  uint64_t rises = column->down | ~(diagonal | column->up);
  uint64_t falls = column->up & diagonal;
  int result = (int)(rises >> last & 1) - (int)(falls >> last & 1);
  rises = rises << 1 | (across > 0);
  falls = falls << 1 | (across < 0);
  column->up = falls | ~(unchanged | rises);
  column->down = rises & unchanged;
  return result;
}

/* Edits between two texts: the table of costs, 64 rows at a time. `across` has room for a number a character of `b`. */
static int32_t count_edits(const uint32_t *a, size_t n_a, const uint32_t *b, size_t n_b, signed char *across)
{
  int64_t edits = (int64_t)n_a;
  memset(across, 1, n_b);
  for (size_t first = 0; first < n_a; first += BLOCK) {
    size_t count = n_a - first < BLOCK ? n_a - first : BLOCK;
    struct block block = { .places = { 0 } };
    struct column column = { .up = UINT64_MAX };
    for (size_t i = 0; i < count; i++) {
      size_t slot = find_place(&block, a[first + i]);
      block.characters[slot] = a[first + i];
      block.places[slot] |= UINT64_C(1) << i;
    }
    for (size_t j = 0; j < n_b; j++) {
      uint64_t equal = block.places[find_place(&block, b[j])];
      across[j] = (signed char)step_column(&column, equal, across[j], (unsigned)count - 1);
    }
  }
  for (size_t j = 0; j < n_b; j++)
    edits += across[j];
  return (int32_t)edits;
}

static bool levenshtein(struct udf_call *call, size_t row)
{
  int32_t limit = arg_int(call, 2, row);
  struct text texts[2] = { arg_text(call, 0, row), arg_text(call, 1, row) };
  size_t counts[2] = { text_count_characters(texts[0]), text_count_characters(texts[1]) };
  size_t least = counts[0] > counts[1] ? counts[0] - counts[1] : counts[1] - counts[0];
  if (limit < 0 || least > (size_t)limit)
    return return_int(call, row, -1);
  TRY(check_work(call, counts, EDITED_BITS));
  size_t characters = size_multiply(size_add(counts[0], counts[1]), sizeof(uint32_t));
  text_buffer_clear(&call->buffer);
  text_buffer_reserve(&call->buffer, size_add(size_add(characters, counts[1]), sizeof(uint32_t)));
  uint32_t *a = (uint32_t *)(((uintptr_t)call->buffer.data + 3) & ~(uintptr_t)3);
  uint32_t *b = a + counts[0];
  read_characters(texts[0], a);
  read_characters(texts[1], b);
  int32_t edits = count_edits(a, counts[0], b, counts[1], (signed char *)(b + counts[1]));
  return return_int(call, row, edits > limit ? -1 : edits);
}

/* The units of UTF-16, as which Java counts: two for a character past U+FFFF. NULL counts only. */
static size_t read_units(struct text text, uint32_t *ret_units)
{
  size_t count = 0;
  for (size_t at = 0; at < text.length; at += utf8_length(text.data[at])) {
    uint32_t character = utf8_read(text, at);
    bool is_pair = character > 0xFFFF;
    if (ret_units != NULL) {
      ret_units[count] = is_pair ? 0xD800 + ((character - 0x10000) >> 10) : character;
      if (is_pair)
        ret_units[count + 1] = 0xDC00 + ((character - 0x10000) & 0x3FF);
    }
    count += is_pair ? 2 : 1;
  }
  return count;
}

static bool jaro_winkler(struct udf_call *call, size_t row)
{
  struct text texts[2] = { arg_text(call, 0, row), arg_text(call, 1, row) };
  size_t counts[2] = { read_units(texts[0], NULL), read_units(texts[1], NULL) };
  size_t longest = counts[0] > counts[1] ? counts[0] : counts[1];
  if (counts[0] == 0 || counts[1] == 0)
    return return_double(call, row, counts[0] == counts[1]);
  TRY(check_work(call, counts, MATCHED_BITS));
  size_t window = longest / 2 > 0 ? longest / 2 - 1 : 0;
  uint32_t *characters[2];
  bool *matched[2];
  for (size_t i = 0; i < 2; i++) {
    characters[i] = arena_array(&call->arena, counts[i], sizeof(uint32_t));
    matched[i] = arena_array(&call->arena, counts[i], sizeof(bool));
    read_units(texts[i], characters[i]);
  }
  size_t n_matches = 0;
  for (size_t i = 0; i < counts[0]; i++) {
    size_t end = i + window + 1 < counts[1] ? i + window + 1 : counts[1];
    for (size_t j = i > window ? i - window : 0; j < end && !matched[0][i]; j++)
      if (!matched[1][j] && characters[0][i] == characters[1][j]) {
        matched[0][i] = matched[1][j] = true;
        n_matches++;
      }
  }
  if (n_matches == 0)
    return return_double(call, row, 0);
  size_t n_moved = 0;
  for (size_t i = 0, j = 0; i < counts[0]; i++) {
    if (!matched[0][i])
      continue;
    while (!matched[1][j])
      j++;
    n_moved += characters[0][i] != characters[1][j++];
  }
  double m = (double)n_matches;
  double n_transpositions = (double)n_moved / 2.0;
  double jaro = (m / (double)counts[0] + m / (double)counts[1] + (m - n_transpositions) / m) / 3.0;
  size_t prefix = 0;
  while (prefix < 4 && prefix < counts[0] && prefix < counts[1] && characters[0][prefix] == characters[1][prefix])
    prefix++;
  return return_double(call, row, jaro + (double)prefix * 0.1 * (1.0 - jaro));
}

/* The code of UTF8String.soundex: letters that sound alike share a digit; H and W do not part two alike. */
static bool soundex(struct udf_call *call, size_t row)
{
  static const char codes[] = "01230127022455012623017202"; /* A to Z; 7: passed over */
  struct text text = arg_text(call, 0, row);
  if (text.length == 0)
    return return_text(call, row, text);
  char first = (char)(text.data[0] & ~0x20);
  bool is_letter = ((unsigned char)text.data[0] & 0xC0) == 0x40 && first >= 'A' && first <= 'Z';
  if (!is_letter)
    return return_text(call, row, text);
  char code[4] = { first, '0', '0', '0' };
  char last = codes[first - 'A'];
  size_t count = 1;
  for (size_t i = 1; i < text.length && count < 4; i++) {
    char upper = (char)(text.data[i] & ~0x20);
    bool is_other = ((unsigned char)text.data[i] & 0xC0) != 0x40 || upper < 'A' || upper > 'Z';
    char digit = is_other ? '0' : codes[upper - 'A'];
    if (digit == '7')
      continue;
    if (digit != '0' && digit != last)
      code[count++] = digit;
    last = digit;
  }
  return return_text(call, row, (struct text){ code, 4 });
}

static const struct udf rows[] = {
  { .name = "spark_locate", .signature = "string string int > int", .flags = UDF_NULLS, .each = locate },
  { .name = "spark_startswith", .signature = "string string > boolean", .each = startswith },
  { .name = "spark_endswith", .signature = "string string > boolean", .each = endswith },
  { .name = "spark_contains", .signature = "string string > boolean", .each = contains },
  { .name = "spark_startswith_binary", .signature = "binary binary > boolean", .each = startswith },
  { .name = "spark_endswith_binary", .signature = "binary binary > boolean", .each = endswith },
  { .name = "spark_contains_binary", .signature = "binary binary > boolean", .each = contains },
  { .name = "spark_find_in_set", .signature = "string string > int", .each = find_in_set },
  { .name = "spark_replace", .signature = "string string string > string", .each = replace },
  { .name = "spark_substring_index", .signature = "string string int > string", .each = substring_index },
  { .name = "spark_split_part", .signature = "string string int > string", .each = split_part },
  { .name = "spark_levenshtein", .signature = "string string int > int", .each = levenshtein },
  { .name = "spark_instr", .signature = "string string int int > int", .each = instr },
  { .name = "spark_jaro_winkler", .signature = "string string > double", .each = jaro_winkler },
  { .name = "spark_soundex", .signature = "string > string", .each = soundex },
};

UDF_FAMILY(search_udfs, rows);
