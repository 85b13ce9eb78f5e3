/* What is read by an index is what a reader finds that looks at each byte: the index itself, at every level, with every
 * alignment and cut at every byte; and records by their tokens, against the parser that has the last word. Texts are
 * random, from pieces that are hostile to it, by a generator with a fixed seed. */
#include "harness.h"

#include "reader/json_record.h"
#include "reader/json_tokens.h"
#include "reader/scan.h"

enum { TEXT_MAX = 300, ROOM = TEXT_MAX + 2 * SCAN_WIDTH };

static uint64_t random_state = 1;

static size_t random_below(size_t limit)
{
  random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (size_t)(random_state >> 33) % limit;
}

static const char *const pieces[] = {
  "{",      "}",      "[",    "]",      ":",       ",",     "\"",           "\\",       "\\\\",  "\\\"",
  " ",      "\t",     "\n",   "\r\n",   "'",       "/",     "//x",          "\"a\":",   "\"b\"", "{\"a\":",
  "true",   "false",  "null", "-1.5e3", "01",      "\x01",  "\"\\u00e9",    "x y",      "\xFF",  "é",
  "\"\\\\", "\\\\\"", "[1]",  "{}",     "\"x,y\"", "\"}\"", "            ", "abcdefgh", "\f",    "\"\\ud800\"",
};

static size_t random_text(char *data, size_t limit)
{
  size_t length = 0;
  data[length++] = random_below(4) == 0 ? '[' : '{';
  while (length + 16 < limit) {
    const char *piece = pieces[random_below(ARRAY_LENGTH(pieces))];
    memcpy(data + length, piece, strlen(piece));
    length += strlen(piece);
  }
  return length;
}

/* The index of a value, a byte at a time. */
struct slow {
  struct json_extent extent;
  uint32_t at[TEXT_MAX];
  size_t count, depth;
  bool in_string, is_escaped, in_word;
};

static void slow_note(struct slow *slow, size_t at, bool is_wanted)
{
  if (is_wanted)
    slow->at[slow->count++] = (uint32_t)at;
}

static bool is_blank(char c)
{
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void slow_string_byte(struct slow *slow, const char *data, size_t at, bool was_escaped,
                             enum json_index_kind kind)
{
  if ((unsigned char)data[at] < 0x20)
    slow->extent.oddities |= JSON_HAS_CONTROL;
  if (data[at] == '"' && !was_escaped) {
    slow->in_string = false;
    slow_note(slow, at, kind == JSON_INDEX_TOKENS);
  }
}

/* True where the value ends. */
static bool slow_outside_byte(struct slow *slow, const char *data, size_t start, size_t at, bool was_escaped,
                              enum json_index_kind kind)
{
  char c = data[at];
  bool is_bracket = strchr("{}[]", c) != NULL && c != '\0';
  bool is_quote = c == '"' && !was_escaped;
  bool is_token = is_bracket || is_quote || c == ':' || c == ',';
  bool is_word = !is_token && !is_blank(c);
  slow_note(slow, at,
            (kind == JSON_INDEX_NAMES && (is_bracket || c == ':')) ||
                (kind == JSON_INDEX_TOKENS && (is_token || (is_word && !slow->in_word))));
  slow->in_word = is_word;
  slow->in_string = is_quote;
  if (c == '\'' || c == '/')
    slow->extent.oddities |= JSON_HAS_LENIENT;
  if (c == '{' || c == '[')
    slow->depth++;
  if ((c == '}' || c == ']') && --slow->depth == 0) {
    slow->extent.at = at;
    slow->extent.verdict = (c == '}') == (data[start] == '{') ? JSON_CLOSED : JSON_BROKEN;
    return true;
  }
  return false;
}

static struct slow slow_index(const char *data, size_t start, size_t length, enum json_index_kind kind,
                              bool is_line_bound)
{
  struct slow slow = { .extent = { .verdict = JSON_MORE } };
  for (size_t at = start; at < length; at++) {
    bool was_escaped = slow.is_escaped;
    if (is_line_bound && (data[at] == '\n' || data[at] == '\r')) {
      slow.extent.verdict = JSON_LINE_END;
      slow.extent.at = at;
      break;
    }
    slow.is_escaped = data[at] == '\\' && !was_escaped;
    if (data[at] == '\\')
      slow.extent.oddities |= JSON_HAS_BACKSLASH;
    if (slow.in_string) {
      slow_string_byte(&slow, data, at, was_escaped, kind);
      slow.in_word = false;
    } else if (slow_outside_byte(&slow, data, start, at, was_escaped, kind)) {
      break;
    }
  }
  return slow;
}

static void compare_index(const struct json_index_level *level, const char *data, size_t start, size_t length,
                          enum json_index_kind kind, bool is_line_bound, const struct slow *expected)
{
  struct json_places places = { 0 };
  struct json_extent found = level->function(data, start, length, kind, is_line_bound, &places);
  bool is_same = found.verdict == expected->extent.verdict && found.at == expected->extent.at &&
                 found.oddities == expected->extent.oddities && places.count == expected->count;
  for (size_t i = 0; is_same && i < places.count; i++)
    is_same = places.at[i] == expected->at[i];
  if (!is_same) {
    struct text_buffer shown = { 0 };
    show_text(&shown, (struct text){ data + start, length - start });
    fail_msg("level %s, kind %d, line bound %d, start %zu, text %s: verdict %d for %d, at %zu for %zu, oddities %u for "
             "%u, %zu tokens for %zu",
             level->name, (int)kind, is_line_bound, start, shown.data, (int)found.verdict,
             (int)expected->extent.verdict, found.at, expected->extent.at, found.oddities, expected->extent.oddities,
             places.count, expected->count);
  }
  json_places_done(&places);
}

/* The text lies in memory of its own exact size, so that a byte read too far is seen by the sanitizer. */
static void compare_levels(const char *text, size_t start, size_t length)
{
  char *data = checked_malloc(start + length + SCAN_WIDTH);
  memset(data, random_below(2) == 0 ? '"' : '\\', start + length + SCAN_WIDTH);
  memcpy(data + start, text, length);
  for (int kind = JSON_INDEX_NOTHING; kind <= JSON_INDEX_TOKENS; kind++)
    for (int is_line_bound = 0; is_line_bound < 2; is_line_bound++) {
      struct slow expected = slow_index(data, start, start + length, (enum json_index_kind)kind, is_line_bound != 0);
      for (size_t i = 0; i < JSON_INDEX_LEVELS; i++)
        if (json_index_levels[i].is_there())
          compare_index(&json_index_levels[i], data, start, start + length, (enum json_index_kind)kind,
                        is_line_bound != 0, &expected);
    }
  free(data);
}

static void index__finds_the_same_tokens_at_every_level_cut_and_alignment(void **state)
{
  (void)state;
  enum { TEXTS = 60 };
  char text[TEXT_MAX];
  for (int i = 0; i < TEXTS; i++) {
    size_t length = random_text(text, 40 + random_below(sizeof(text) - 40));
    for (size_t cut = 1; cut <= length; cut++)
      compare_levels(text, random_below(SCAN_WIDTH), cut);
    for (size_t start = 0; start < SCAN_WIDTH; start++)
      compare_levels(text, start, length);
  }
}

/* Runs of backslashes of every length before a quote, at every place of a chunk. */
static void index__tells_escaped_quotes_from_others(void **state)
{
  (void)state;
  char text[TEXT_MAX];
  for (size_t before = 0; before < SCAN_WIDTH + 2; before++)
    for (size_t run = 0; run < 6; run++) {
      size_t length = 0;
      text[length++] = '[';
      text[length++] = '"';
      memset(text + length, 'x', before);
      length += before;
      memset(text + length, '\\', run);
      length += run;
      memcpy(text + length, "\" , \"]\"]", 8);
      compare_levels(text, 0, length + 8);
    }
}

/* Records: random members, now and then broken in one byte. */

static const char *const values[] = {
  "1",
  "-0.5E+7",
  "0",
  "01",
  "1.",
  "true",
  "null",
  "nul",
  "\"\"",
  "\"é\"",
  "\"\\u0041\\n\"",
  "\"\\ud83d\\ude00\"",
  "\"\\ud800\"",
  "\"\\x\"",
  "\"a\tb\"",
  "[ ]",
  "[1 , 2,\"]\"]",
  "{ }",
  "{\"a\" : 1, \"b\": [true , null] }",
  "{\"a\":1,\"a\":2}",
  "{\"\\u0061\":1}",
  "{\"a\":{\"b\": {\"c\" :\"a long text in quotes, longer than 32 bytes\"}}}",
  "[{\"x\": -1.25e-3 }, {} ,[[ ]]]",
  "'x'",
  "NaN",
  "\"/'\"",
  "[1 2]",
  "[1,]",
  "{\"a\":}",
  "{\"a\" 1}",
  "truefalse",
};
static const char *const names[] = { "\"a\"", "\"b\"", "\"\"", "\"a b\"", "\"\\u00e9\"", "\"\\u0000\"", "c", "'d'" };
static const char *const blanks[] = { "", "", "", " ", "  ", "\t", "\n" };

static void add(char *text, size_t *length, const char *piece)
{
  memcpy(text + *length, piece, strlen(piece));
  *length += strlen(piece);
}

static const char *one_of(const char *const *choices, size_t count)
{
  return choices[random_below(count)];
}

static size_t random_record(char *text)
{
  size_t length = 0, n_members = random_below(4);
  bool is_tidy = random_below(2) == 0; /* else values of any kind, broken ones too */
  add(text, &length, "{");
  for (size_t i = 0; i < n_members; i++) {
    add(text, &length, i == 0 ? "" : ",");
    add(text, &length, one_of(blanks, ARRAY_LENGTH(blanks)));
    add(text, &length, one_of(names, is_tidy ? 5 : ARRAY_LENGTH(names)));
    add(text, &length, one_of(blanks, ARRAY_LENGTH(blanks)));
    add(text, &length, ":");
    add(text, &length, one_of(blanks, ARRAY_LENGTH(blanks)));
    const char *value = one_of(values, ARRAY_LENGTH(values));
    add(text, &length, is_tidy && random_below(8) != 0 ? one_of(values, 3) : value);
    add(text, &length, one_of(blanks, ARRAY_LENGTH(blanks)));
  }
  add(text, &length, "}");
  if (random_below(4) == 0)
    text[random_below(length)] = "{}[]:,\"\\ x1"[random_below(11)];
  return length;
}

static void compare_members(const struct json_scratch *expected, struct json_scratch *found, char *data)
{
  assert_int_equal(found->n_members, expected->n_members);
  for (size_t i = 0; i < found->n_members; i++) {
    const struct json_member *left = &expected->members[i], *right = &found->members[i];
    assert_true(text_equal(left->name, right->name) && text_equal(left->value, right->value));
    assert_int_equal(left->kind, right->kind);
    assert_int_equal(left->name_has_escapes, right->name_has_escapes);
    assert_int_equal(left->has_escapes, right->has_escapes);
    assert_int_equal(left->is_irregular, right->is_irregular);
    bool is_compacted = (right->kind == KIND_OBJECT || right->kind == KIND_ARRAY) && !right->is_irregular;
    assert_int_equal(right->n_tokens > 0 && !right->is_irregular, is_compacted);
    if (!is_compacted)
      continue;
    char *copy = checked_malloc(right->value.length);
    memcpy(copy, right->value.data, right->value.length);
    size_t length = json_compact_in_place(copy, right->value.length);
    struct json_tokens tokens = { .data = data, .at = right->tokens, .count = right->n_tokens };
    char *value = data + (right->value.data - data);
    assert_int_equal(json_compact_tokens(&tokens, value), length);
    assert_memory_equal(value, copy, length);
    free(copy);
  }
}

/* Whether the record was plain. */
static bool compare_record(const char *text, size_t length)
{
  char data[2 * TEXT_MAX + ROOM] = { 0 };
  struct json_scratch expected = { 0 }, found = { 0 };
  size_t start = random_below(SCAN_WIDTH);
  memcpy(data + start, text, length);
  struct block block = { .data = data, .wanted_tokens = JSON_INDEX_TOKENS };
  struct record record = { .start = (uint32_t)start, .end = (uint32_t)(start + length) };
  struct json_tokens tokens = json_tokens_of(&block, &record, &found.places);
  enum reader_reason reason = json_read_record(&expected, JSON_STRICT, data + start, length);
  bool is_plain = tokens.count > 0 && json_read_tokens(&found, &tokens);
  if (is_plain != (reason == READER_OK)) {
    struct text_buffer shown = { 0 };
    show_text(&shown, (struct text){ text, length });
    fail_msg("record %s: the parser says %s, its tokens are %s", shown.data, reader_reason_name(reason),
             is_plain ? "plain" : "not plain");
  }
  if (is_plain)
    compare_members(&expected, &found, data);
  json_scratch_done(&expected);
  json_scratch_done(&found);
  return is_plain;
}

static void records__are_plain_where_the_parser_takes_them(void **state)
{
  (void)state;
  enum { RECORDS = 20000 };
  char text[2 * TEXT_MAX];
  size_t n_plain = 0, n_others = 0;
  for (int i = 0; i < RECORDS; i++) {
    size_t length = random_record(text);
    bool is_plain = compare_record(text, length);
    n_plain += is_plain;
    n_others += !is_plain;
    for (size_t cut = 1; i % 50 == 0 && cut < length; cut++)
      compare_record(text, cut);
  }
  assert_in_range(n_plain, RECORDS / 5, RECORDS);
  assert_in_range(n_others, RECORDS / 5, RECORDS);
}

static void records__are_plain_up_to_the_limits(void **state)
{
  (void)state;
  struct json_scratch scratch = { 0 };
  for (size_t depth = JSON_MAX_DEPTH - 1; depth <= JSON_MAX_DEPTH; depth++) {
    struct text_buffer text = { 0 };
    text_buffer_add_string(&text, "{\"a\":");
    for (size_t i = 0; i < depth; i++)
      text_buffer_add_char(&text, '[');
    for (size_t i = 0; i < depth; i++)
      text_buffer_add_char(&text, ']');
    text_buffer_add_char(&text, '}');
    struct record record = { .end = (uint32_t)text.length };
    text_buffer_reserve(&text, SCAN_WIDTH);
    memset(text.data + text.length, 0, SCAN_WIDTH);
    struct block block = { .data = text.data, .wanted_tokens = JSON_INDEX_TOKENS };
    struct json_tokens tokens = json_tokens_of(&block, &record, &scratch.places);
    assert_int_equal(tokens.count, 2 * depth + 5);
    assert_int_equal(json_read_tokens(&scratch, &tokens), depth < JSON_MAX_DEPTH);
    text_buffer_done(&text);
  }
  json_scratch_done(&scratch);
}

/* Past the limit no place is noted, at any level: memory stays in proportion. */
static void index__notes_no_tokens_of_what_is_long(void **state)
{
  (void)state;
  enum { LENGTH = JSON_INDEXED_MAX + 1000 };
  char *data = checked_malloc(LENGTH + SCAN_WIDTH);
  memset(data, ',', LENGTH + SCAN_WIDTH);
  data[0] = '[';
  data[LENGTH - 1] = ']';
  for (size_t i = 0; i < JSON_INDEX_LEVELS; i++) {
    struct json_places places = { 0 };
    if (!json_index_levels[i].is_there())
      continue;
    struct json_extent extent = json_index_levels[i].function(data, 0, LENGTH, JSON_INDEX_TOKENS, true, &places);
    assert_int_equal(extent.verdict, JSON_CLOSED);
    assert_int_equal(extent.at, LENGTH - 1);
    assert_int_equal(extent.oddities, JSON_IS_LONG);
    assert_int_equal(places.count, JSON_INDEXED_MAX);
    json_places_done(&places);
  }
  free(data);
}

/* A file of one record, read whole: how many tokens its block has, and the record's first column. */
static void check_long_record(size_t length, const char *around)
{
  struct files files = { 0 };
  struct error error = { 0 };
  struct reader *reader = NULL;
  struct reader_cursor *cursor = NULL;
  const struct reader_batch *batch = NULL;
  struct reader_options options = { .format = READER_JSON, .allow_single_quotes = true };
  struct text_buffer text = { 0 };
  text_buffer_add_string(&text, around[0] == '[' ? "[{\"a\":\"" : "{\"a\":\"");
  for (size_t i = 0; i < length; i++)
    text_buffer_add_char(&text, (char)('a' + i % 26));
  text_buffer_add_string(&text, around + (around[0] == '[' ? 1 : 0));
  files_add(&files, ".json", text.data, text.length);
  assert_true(reader_open(files.paths, 1, &options, 1, &reader, &error));
  assert_int_equal(reader_column_count(reader), 2);
  bool wanted[2] = { true, true };
  assert_true(reader_cursor_open(reader, wanted, &cursor, &error));
  assert_true(reader_cursor_next(cursor, &batch, &error));
  assert_int_equal(batch->count, 1);
  assert_int_equal(batch->reason[0], READER_OK);
  assert_int_equal(batch->text[0][0].length, length);
  assert_true(batch->text[0][0].data[length - 1] == (char)('a' + (length - 1) % 26));
  assert_true(text_equal(batch->text[1][0], TEXT("[1,2]")));
  reader_cursor_close(&cursor);
  reader_close(&reader);
  files_done(&files);
  text_buffer_done(&text);
}

static void records__are_read_however_long_and_laid_out(void **state)
{
  (void)state;
  static const char *const layouts[] = { "\", \"b\": [1, 2]}\n", "\",\n \"b\": [1, 2]\n}\n", "[\", \"b\": [1, 2]}]\n" };
  for (size_t i = 0; i < ARRAY_LENGTH(layouts); i++) {
    check_long_record(1000, layouts[i]);
    check_long_record(BLOCK_SIZE + 1, layouts[i]);
    check_long_record(JSON_INDEXED_MAX + 1, layouts[i]);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(index__finds_the_same_tokens_at_every_level_cut_and_alignment),
    cmocka_unit_test(index__tells_escaped_quotes_from_others),
    cmocka_unit_test(records__are_plain_where_the_parser_takes_them),
    cmocka_unit_test(records__are_plain_up_to_the_limits),
    cmocka_unit_test(index__notes_no_tokens_of_what_is_long),
    cmocka_unit_test(records__are_read_however_long_and_laid_out),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
