/* What holds for every file: the readers agree with slow and simple ones, in any order, with any blocks and threads;
 * the books balance; what is malformed leads back to its bytes. Files are random, from a generator with a fixed seed.
 */
#include "reference.h"

enum { ROUNDS = 1500, LENGTH_MAX = 400 };

static uint64_t random_state;

static size_t random_below(size_t limit)
{
  random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (size_t)(random_state >> 33) % limit;
}

/* One record as it was read. */
struct seen {
  uint32_t file;
  uint64_t offset;
  char *shown;
};

struct collection {
  struct reader *reader;
  pthread_mutex_t lock;
  struct seen *items;
  size_t count, capacity, n_malformed;
  const char *data; /* of the only file, to lead raw text back to; NULL: not checked */
  size_t length;
};

static void check_raw(const struct collection *all, const struct reader_batch *batch, size_t row)
{
  struct arena arena = { 0 };
  struct text bytes = { all->data + batch->offset[row], batch->raw_length[row] };
  assert_true(batch->offset[row] + batch->raw_length[row] <= all->length);
  unsigned char form = 0;
  struct text raw = raw_text(&arena, ENCODING_UTF8, bytes, &form);
  assert_true(text_equal(raw, batch->raw[row]));
  assert_int_equal(form, batch->form[row]);
  arena_done(&arena);
}

static void collect_batch(struct collection *all, const struct reader_batch *batch)
{
  for (size_t row = 0; row < batch->count; row++) {
    struct text_buffer shown = { 0 };
    show_record(&shown, all->reader, batch, row);
    text_buffer_reserve(&shown, 1);
    shown.data[shown.length] = '\0';
    pthread_mutex_lock(&all->lock);
    if (all->count == all->capacity) {
      all->capacity = all->capacity == 0 ? 64 : 2 * all->capacity;
      all->items = checked_realloc(all->items, all->capacity * sizeof(*all->items));
    }
    all->items[all->count++] = (struct seen){ batch->file[row], batch->offset[row], shown.data };
    all->n_malformed += batch->reason[row] != READER_OK;
    pthread_mutex_unlock(&all->lock);
    if (batch->reason[row] != READER_OK && all->data != NULL)
      check_raw(all, batch, row);
  }
}

static void *collect(void *pointer)
{
  struct collection *all = pointer;
  struct error error = { 0 };
  struct reader_cursor *cursor = NULL;
  bool wanted[64];
  memset(wanted, true, sizeof(wanted));
  assert_true(reader_column_count(all->reader) <= 64);
  assert_true(reader_cursor_open(all->reader, wanted, &cursor, &error));
  const struct reader_batch *batch = NULL;
  do {
    if (!reader_cursor_next(cursor, &batch, &error))
      fail_msg("%s", error.message);
    collect_batch(all, batch);
  } while (batch->count > 0);
  reader_cursor_close(&cursor);
  return NULL;
}

static int compare_seen(const void *a, const void *b)
{
  const struct seen *left = a, *right = b;
  if (left->file != right->file)
    return left->file < right->file ? -1 : 1;
  return left->offset < right->offset ? -1 : left->offset > right->offset;
}

/* Reads all files with some threads. Checks the books: what the splitter counted is what came. */
static struct collection collect_all(struct reader *reader, size_t n_threads, const char *data, size_t length)
{
  struct collection all = { .reader = reader, .lock = PTHREAD_MUTEX_INITIALIZER, .data = data, .length = length };
  pthread_t threads[8];
  for (size_t i = 1; i < n_threads; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, collect, &all), 0);
  collect(&all);
  for (size_t i = 1; i < n_threads; i++)
    pthread_join(threads[i], NULL);
  if (all.count > 0)
    qsort(all.items, all.count, sizeof(*all.items), compare_seen);
  uint64_t n_records = 0;
  for (size_t i = 0; i < reader->n_files; i++)
    n_records += reader_records(reader, i);
  assert_int_equal(n_records, all.count);
  return all;
}

static void collection_done(struct collection *all)
{
  for (size_t i = 0; i < all->count; i++)
    free(all->items[i].shown);
  free(all->items);
}

static void join(const struct collection *all, struct text_buffer *out)
{
  for (size_t i = 0; i < all->count; i++) {
    text_buffer_add_string(out, i == 0 ? "" : ";  ");
    text_buffer_add_string(out, all->items[i].shown);
  }
}

static struct reader *open_text(struct files *files, const struct reader_options *options, size_t block_size,
                                const char *data, size_t length)
{
  struct error error = { 0 };
  struct reader *reader = NULL;
  files_add(files, ".txt", data, length);
  if (!reader_open_sized(files->paths, files->count, options, 2, block_size, &reader, &error))
    fail_msg("%s", error.message);
  return reader;
}

/* Appends random pieces; keeps the text in `data`, ended by a NUL. */
static size_t random_text(const char *const *pieces, size_t n_pieces, char *data, size_t length, size_t limit)
{
  while (length + 32 < limit) {
    const char *piece = pieces[random_below(n_pieces)];
    size_t size = strlen(piece);
    memcpy(data + length, piece, size);
    length += size;
  }
  data[length] = '\0';
  return length;
}

/* Reads a text in blocks of some size by some threads, and by the reference. */
static void compare_with_reference(const struct reader_options *options, const char *data, size_t length, size_t header)
{
  struct files files = { 0 };
  size_t block_size = 16 + random_below(random_below(2) == 0 ? 40 : 400);
  size_t n_threads = random_below(4) == 0 ? 4 : 1;
  struct reader *reader = open_text(&files, options, block_size, data, length);
  struct text_buffer expected = { 0 }, found = { 0 };
  struct reference reference = { .data = data, .length = length, .options = options, .n_fields = 3, .out = &expected };
  if (options->format == READER_CSV)
    reference_csv(&reference, header);
  else
    reference_json(&reference, reader);
  struct collection all = collect_all(reader, n_threads, data, length);
  join(&all, &found);
  if (!text_equal(text_buffer_text(&expected), text_buffer_text(&found))) {
    struct text_buffer shown = { 0 };
    show_text(&shown, (struct text){ data, length });
    fail_msg("blocks of %zu, %zu threads, text %s\n  expected %s\n  found    %s", block_size, n_threads, shown.data,
             text_buffer_text(&expected).data, text_buffer_text(&found).data);
  }
  collection_done(&all);
  text_buffer_done(&expected);
  text_buffer_done(&found);
  reader_close(&reader);
  files_done(&files);
}

static void csv__agrees_with_the_reference(void **state)
{
  (void)state;
  static const char *const pieces[] = { "a",
                                        ",",
                                        ",",
                                        "\"",
                                        "\"",
                                        "\n",
                                        "\r",
                                        "\r\n",
                                        " ",
                                        "#",
                                        "\\",
                                        "\xFF",
                                        "é",
                                        "\"\"",
                                        "\",\"",
                                        "x,y,z\n",
                                        "\"x\",\"y\",\"z\"\n",
                                        ",,\n",
                                        "\"\n\"" };
  static const char header[] = "p,q,r\n";
  char data[LENGTH_MAX + 64];
  random_state = 1;
  for (int i = 0; i < ROUNDS; i++) {
    struct reader_options options = { .format = READER_CSV, .header = true, .separator = ",", .quote = '"' };
    options.multi_line = random_below(4) != 0;
    options.escape = random_below(3) == 0 ? '\\' : 0;
    options.comment = random_below(3) == 0 ? '#' : 0;
    memcpy(data, header, sizeof(header));
    size_t n_pieces = ARRAY_LENGTH(pieces) - random_below(8);
    size_t length = random_text(pieces, n_pieces, data, sizeof(header) - 1, 40 + random_below(LENGTH_MAX));
    compare_with_reference(&options, data, length, sizeof(header) - 1);
  }
}

static void json__agrees_with_the_reference(void **state)
{
  (void)state;
  static const char *const pieces[] = { "{\"a\":1}",
                                        "{\"b\":\"x\"}\n",
                                        "{\"a\":{\"c\":[1, 2]},\"b\":null}",
                                        "\n",
                                        "\n",
                                        " ",
                                        ",",
                                        ",",
                                        "{",
                                        "}",
                                        "[",
                                        "]",
                                        "\"",
                                        ":",
                                        "\"a\":",
                                        "\"b\":",
                                        "{\"a\":",
                                        "1",
                                        "true",
                                        "-2.5e3",
                                        "x",
                                        "\"s\"",
                                        "\\",
                                        "\r",
                                        "\r\n",
                                        "\xFF",
                                        "é",
                                        "\"\\u00e9\"",
                                        "{\n \"a\":",
                                        "\n}",
                                        "},{",
                                        "},\n{",
                                        "{\"a\":1,\"a\":2}",
                                        "\"\\ud800\"",
                                        "  {" };
  char data[LENGTH_MAX + 64];
  random_state = 2;
  for (int i = 0; i < 3 * ROUNDS; i++) {
    struct reader_options options = { .format = READER_JSON };
    size_t length = random_below(4) == 0 ? (size_t)snprintf(data, sizeof(data), "[") : 0;
    /* a subset of the pieces, so that files are of different kinds */
    const char *chosen[12];
    for (size_t p = 0; p < ARRAY_LENGTH(chosen); p++)
      chosen[p] = pieces[random_below(p < 4 ? 6 : ARRAY_LENGTH(pieces))];
    length = random_text(chosen, ARRAY_LENGTH(chosen), data, length, 40 + random_below(LENGTH_MAX));
    compare_with_reference(&options, data, length, 0);
  }
}

/* Records whose brokenness lies within themselves: none starts with a quote and then a separator or a line end, which
 * would close the quote of "unclosed" as RFC 4180 has it. */
static const char *const csv_records[] = {
  "1,2,3",
  "\"x\",\"y\",\"z\"",
  "\"a\nb\",2,\"c\"\"d\"",
  "only,two",
  "1,2,3,4",
  "1,\"x\"y,3",
  "1,\xFF,3",
  "é,\"é\",é",
  "1,\"\",",
  "\"w\r\n\",\"v\n\n\",3",
  "1,2,x\"y\"",
  "\"unclosed,2,3",
  ",,",
  "\"p\"q\",,x",
};

/* None has more closing brackets than opening ones: a line could be the end of the one before. */
static const char *const json_records[] = {
  "{\"a\":1}",  "{\"b\":\"x\",\"a\":[1,2]}", "{\"a\":",       "{\"a\":1,}",         "not json",  "[1]",
  "5",          "{\"a\":\"\xFF\"}",          "{\"c\":\"é\"}", "{\"a\":\"unclosed}", "{\"a\":]}", "]x",
  "{\"a\":1}x", "{\"a\":1,\"a\":2}",
};

static int compare_texts(const void *a, const void *b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What was read, sorted and without places. */
static void join_sorted(const struct collection *all, struct text_buffer *out)
{
  char **texts = checked_malloc(all->count * sizeof(*texts));
  for (size_t i = 0; i < all->count; i++) {
    texts[i] = all->items[i].shown;
    char *place = strchr(texts[i], '@');
    if (texts[i][0] == '!' && place != NULL) { /* the line and the offset */
      char *raw = strchr(place, ' ');
      char *before = strchr(texts[i], ' ');
      memmove(before, raw, strlen(raw) + 1);
    }
  }
  qsort(texts, all->count, sizeof(*texts), compare_texts);
  for (size_t i = 0; i < all->count; i++) {
    text_buffer_add_string(out, texts[i]);
    text_buffer_add_char(out, '\n');
  }
  free(texts);
}

static void check_order(enum reader_format format, const char *const *records, size_t n_kinds, const char *header)
{
  enum { RECORDS = 40 };
  struct reader_options options = {
    .format = format, .header = true, .multi_line = true, .separator = ",", .quote = '"'
  };
  const char *chosen[RECORDS];
  struct text_buffer first = { 0 };
  for (size_t i = 0; i < RECORDS; i++)
    chosen[i] = records[random_below(n_kinds)];
  for (int order = 0; order < 4; order++) {
    struct text_buffer text = { 0 }, found = { 0 };
    text_buffer_add_string(&text, header);
    for (size_t i = 0; i < RECORDS; i++) {
      text_buffer_add_string(&text, chosen[i]);
      text_buffer_add_char(&text, '\n');
    }
    struct files files = { 0 };
    struct reader *reader = open_text(&files, &options, 16 + random_below(300), text.data, text.length);
    struct collection all = collect_all(reader, order == 0 ? 1 : 4, text.data, text.length);
    join_sorted(&all, order == 0 ? &first : &found);
    if (order > 0)
      assert_string_equal(found.data, first.data);
    collection_done(&all);
    reader_close(&reader);
    files_done(&files);
    text_buffer_done(&text);
    text_buffer_done(&found);
    for (size_t i = RECORDS - 1; i > 0; i--) {
      size_t other = format == READER_JSON && i == 1 ? 1 : random_below(i + 1);
      const char *kept = chosen[i];
      chosen[i] = chosen[other];
      chosen[other] = kept;
    }
  }
  text_buffer_done(&first);
}

static void csv__records_do_not_depend_on_their_order(void **state)
{
  (void)state;
  random_state = 3;
  for (int i = 0; i < 100; i++)
    check_order(READER_CSV, csv_records, ARRAY_LENGTH(csv_records), "p,q,r\n");
}

static void json__records_do_not_depend_on_their_order(void **state)
{
  (void)state;
  random_state = 4;
  for (int i = 0; i < 100; i++) /* a first record settles the order of the columns */
    check_order(READER_JSON, json_records, ARRAY_LENGTH(json_records), "{\"a\":0,\"b\":0,\"c\":0}\n");
}

/* A good file of many records in several files, read by several threads at once, some of them from the same file. */
static void reader__gives_each_record_once_to_many_threads(void **state)
{
  (void)state;
  enum { ROWS = 20000 };
  struct files files = { 0 };
  struct text_buffer text = { 0 };
  for (int file = 0; file < 2; file++) {
    text_buffer_clear(&text);
    text_buffer_add_string(&text, "id,note\n");
    for (int i = 0; i < ROWS; i++)
      text_buffer_printf(&text, i % 7 == 0 ? "%d,\"line\nbreak\"\n" : "%d,plain\n", i);
    files_add(&files, ".csv", text.data, text.length);
  }
  text_buffer_done(&text);
  struct reader_options options = { .header = true, .multi_line = true, .separator = ",", .quote = '"' };
  struct error error = { 0 };
  struct reader *reader = NULL;
  assert_true(reader_open_sized(files.paths, files.count, &options, 4, 4096, &reader, &error));
  for (int round = 0; round < 2; round++) { /* the second after starting over */
    struct collection all = collect_all(reader, 4, NULL, 0);
    assert_int_equal(all.count, 2 * ROWS);
    assert_int_equal(all.n_malformed, 0);
    for (size_t i = 0; i < all.count; i++)
      assert_int_equal(atoi(all.items[i].shown), i % ROWS);
    collection_done(&all);
    assert_int_equal(reader_done_bytes(reader), reader_total_bytes(reader));
    reader_rewind(reader);
    assert_int_equal(reader_records(reader, 0), 0);
  }
  reader_close(&reader);
  files_done(&files);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(csv__agrees_with_the_reference),
    cmocka_unit_test(json__agrees_with_the_reference),
    cmocka_unit_test(csv__records_do_not_depend_on_their_order),
    cmocka_unit_test(json__records_do_not_depend_on_their_order),
    cmocka_unit_test(reader__gives_each_record_once_to_many_threads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
