/* Files as the world makes them: compressed, cut short, no files at all, several of different columns, large and
 * hostile. */
#include "harness.h"

#include "value/json.h"

#include <sys/stat.h>
#include <time.h>
#include <zlib.h>
#include <zstd.h>

static const struct reader_options csv_options = {
  .format = READER_CSV, .header = true, .multi_line = true, .separator = ",", .quote = '"'
};
static const struct reader_options json_options = { .format = READER_JSON };

/* Opens files; shows their records, or the error. */
static void expect_read(struct files *files, const struct reader_options *options, const char *expected)
{
  struct error error = { 0 };
  struct reader *reader = NULL;
  struct text_buffer shown = { 0 };
  if (reader_open(files->paths, files->count, options, 2, &reader, &error))
    show_all(&shown, reader);
  else
    text_buffer_printf(&shown, "error: %s", error.message);
  text_buffer_add_char(&shown, '\0');
  for (size_t i = 0; i < files->count; i++) { /* FILE stands for any path */
    char *path = strstr(shown.data, files->paths[i]);
    if (path != NULL) {
      memcpy(path, "FILE", 4);
      memmove(path + 4, path + strlen(files->paths[i]), strlen(path + strlen(files->paths[i])) + 1);
    }
  }
  assert_string_equal(shown.data, expected);
  text_buffer_done(&shown);
  reader_close(&reader);
  files_done(files);
}

static size_t add_gzip_member(char *to, size_t capacity, const char *text)
{
  z_stream stream = { 0 };
  assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  stream.next_in = (Bytef *)(uintptr_t)text;
  stream.avail_in = (uInt)strlen(text);
  stream.next_out = (Bytef *)to;
  stream.avail_out = (uInt)capacity;
  assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
  size_t length = stream.total_out;
  deflateEnd(&stream);
  return length;
}

static void gzip__reads_all_members_and_padding(void **state)
{
  (void)state;
  char data[512] = { 0 };
  size_t length = add_gzip_member(data, 200, "a,b\n1,");
  length += add_gzip_member(data + length, 200, "2\n3,4\n");
  length += add_gzip_member(data + length, 100, "");
  struct files files = { 0 };
  files_add(&files, ".csv.gz", data, length + 20);
  expect_read(&files, &csv_options, "1|2;  3|4");
  files_add(&files, ".CSV.GZ", data, length);
  expect_read(&files, &csv_options, "1|2;  3|4");
}

static void gzip__cut_short_or_corrupt_is_an_error(void **state)
{
  (void)state;
  char data[512] = { 0 };
  size_t length = add_gzip_member(data, sizeof(data), "a,b\n1,2\n3,4\n");
  struct files files = { 0 };
  files_add(&files, ".gz", data, length - 3);
  expect_read(&files, &csv_options, "error: compressed file \"FILE\" is cut short: it ends after 29 bytes");
  files_add(&files, ".gz", "", 0);
  expect_read(&files, &csv_options, "error: compressed file \"FILE\" is cut short: it ends after 0 bytes");
  files_add(&files, ".gz", "a,b\n1,2\n", 8);
  expect_read(&files, &csv_options, "error: compressed file \"FILE\" is corrupt near byte 2: incorrect header check");
  data[length] = 'x';
  files_add(&files, ".gz", data, length + 1);
  expect_read(&files, &csv_options, "error: compressed file \"FILE\" is cut short: it ends after 33 bytes");
  data[length] = '\0';
  data[length - 6] ^= 1;
  files_add(&files, ".gz", data, length);
  expect_read(&files, &csv_options, "error: compressed file \"FILE\" is corrupt near byte 28: incorrect data check");
}

static void gzip__cut_short_fails_while_reading_a_later_block(void **state)
{
  (void)state;
  struct text_buffer text = { 0 };
  text_buffer_add_string(&text, "a,b\n");
  for (unsigned i = 0; i < 200000; i++)
    text_buffer_printf(&text, "%u,%u\n", i * 2654435761u, i * 40503u);
  char *packed = checked_malloc(text.length + 1000);
  size_t length = add_gzip_member(packed, text.length + 1000, text.data);
  struct files files = { 0 };
  struct error error = { 0 };
  struct reader *reader = NULL;
  struct text_buffer shown = { 0 };
  files_add(&files, ".gz", packed, length - 10);
  assert_true(reader_open(files.paths, 1, &csv_options, 1, &reader, &error));
  show_all(&shown, reader);
  assert_contains(shown.data, "is cut short");
  text_buffer_done(&shown);
  reader_close(&reader);
  assert_false(reader_open(files.paths, 1, &json_options, 1, &reader, &error)); /* read whole for its keys */
  assert_int_equal(error.kind, ERROR_ENVIRONMENT);
  files_done(&files);
  text_buffer_done(&text);
  free(packed);
}

static void zstd__reads_all_frames(void **state)
{
  (void)state;
  char data[512];
  size_t length = ZSTD_compress(data, 256, "{\"a\":1}\n", 8, 3);
  length += ZSTD_compress(data + length, 256, "{\"a\":2}\n", 8, 3);
  struct files files = { 0 };
  files_add(&files, ".json.zst", data, length);
  expect_read(&files, &json_options, "a:1;  a:2");
  files_add(&files, ".zst", data, length - 4);
  expect_read(&files, &json_options, "error: compressed file \"FILE\" is cut short: it ends after 30 bytes");
  files_add(&files, ".zst", "{\"a\":1}\n", 8);
  expect_read(&files, &json_options,
              "error: compressed file \"FILE\" is corrupt near byte 0: Unknown frame descriptor");
}

static void open__refuses_what_is_no_file(void **state)
{
  (void)state;
  struct error error = { 0 };
  struct reader *reader = NULL;
  const char *directory = "/tmp", *missing = "/nowhere/x.csv";
  assert_false(reader_open(&directory, 1, &csv_options, 1, &reader, &error));
  assert_int_equal(error.kind, ERROR_ENVIRONMENT);
  assert_string_equal(error.message, "\"/tmp\" is a directory, expected a file");
  assert_false(reader_open(&missing, 1, &json_options, 1, &reader, &error));
  assert_string_equal(error.message, "could not open file \"/nowhere/x.csv\": No such file or directory");
  struct files files = { 0 };
  files_add(&files, ".csv", "", 0);
  unlink(files.paths[0]);
  assert_int_equal(mkfifo(files.paths[0], 0600), 0);
  expect_read(&files, &csv_options, "error: \"FILE\" is a pipe or a device, expected a regular file");
}

static void read__fails_where_the_file_changed(void **state)
{
  (void)state;
  struct files files = { 0 };
  struct error error = { 0 };
  struct reader *reader = NULL;
  struct text_buffer shown = { 0 };
  files_add(&files, ".csv", "a\n1\n", 4);
  assert_true(reader_open(files.paths, 1, &csv_options, 1, &reader, &error));
  FILE *file = fopen(files.paths[0], "ab");
  assert_true(fputs("2\n", file) >= 0);
  fclose(file);
  show_all(&shown, reader);
  assert_contains(shown.data, "changed while it was read");
  text_buffer_done(&shown);
  reader_close(&reader);
  files_done(&files);
}

static void headers__are_united_by_name(void **state)
{
  (void)state;
  struct files files = { 0 };
  struct error error = { 0 };
  struct reader *reader = NULL;
  struct text_buffer shown = { 0 };
  files_add(&files, ".csv", "a,b\n1,2\n", 8);
  files_add(&files, ".csv", "", 0);
  files_add(&files, ".csv", "c,a\n3,4\n5\n", 10);
  assert_true(reader_open(files.paths, 3, &csv_options, 1, &reader, &error));
  assert_int_equal(reader_column_count(reader), 3);
  assert_string_equal(reader_column_name(reader, 2), "c");
  size_t count = 0;
  assert_int_equal(reader_file_columns(reader, 0, &count)[1], 1);
  assert_int_equal(count, 2);
  reader_file_columns(reader, 1, &count);
  assert_int_equal(count, 0);
  assert_int_equal(reader_file_columns(reader, 2, &count)[0], 2);
  assert_int_equal(count, 2);
  show_all(&shown, reader);
  assert_string_equal(shown.data, "1|2|-;  4|-|3;  !too_few_fields 3@8 5");
  assert_int_equal(reader_records(reader, 0), 1);
  assert_int_equal(reader_records(reader, 2), 2);
  text_buffer_done(&shown);
  reader_close(&reader);
  files_done(&files);
}

static void header_false__counts_the_first_record_of_all(void **state)
{
  (void)state;
  struct reader_options options = csv_options;
  options.header = false;
  struct files files = { 0 };
  files_add(&files, ".csv", "\n", 1);
  files_add(&files, ".csv", "1,2\n", 4);
  files_add(&files, ".csv", "3\n", 2);
  expect_read(&files, &options, "1|2;  !too_few_fields 1@0 3");
}

static void json__finds_keys_wherever_they_first_appear(void **state)
{
  (void)state;
  struct files files = { 0 };
  struct error error = { 0 };
  struct reader *reader = NULL;
  struct text_buffer text = { 0 };
  for (int i = 0; i < 40000; i++)
    text_buffer_printf(&text,
                       i == 30000   ? "{\"id\":%d,\"late\":1}\n"
                       : i == 20000 ? "{\"bad\":%d,}\n"
                                    : "{\"id\":%d}\n",
                       i);
  files_add(&files, ".json", text.data, text.length);
  text_buffer_clear(&text);
  text_buffer_add_string(&text, "[{\"k0\":0");
  for (int i = 1; i < 200; i++)
    text_buffer_printf(&text, ",\"k%d\":%d", i, i);
  text_buffer_add_string(&text, "},\n{\"late\":2}]");
  files_add(&files, ".json", text.data, text.length);
  assert_true(reader_open(files.paths, 2, &json_options, 2, &reader, &error));
  assert_int_equal(reader_column_count(reader), 202);
  assert_string_equal(reader_column_name(reader, 0), "id");
  assert_string_equal(reader_column_name(reader, 1), "late");
  assert_string_equal(reader_column_name(reader, 201), "k199");
  size_t count = 0;
  assert_int_equal(reader_file_columns(reader, 1, &count)[200], 1);
  assert_int_equal(count, 201);
  reader_close(&reader);
  files_done(&files);
  text_buffer_clear(&text);
  text_buffer_add_char(&text, '{');
  for (int i = 0; i < 10001; i++)
    text_buffer_printf(&text, "%s\"key%d\":1", i == 0 ? "" : ",", i);
  text_buffer_add_char(&text, '}');
  files_add(&files, ".json", text.data, text.length);
  expect_read(&files, &json_options, "error: the records of \"FILE\" have more than 10000 different keys");
  text_buffer_done(&text);
}

static void json__depth_has_a_limit(void **state)
{
  (void)state;
  for (int depth = JSON_MAX_DEPTH - 1; depth <= 10000; depth += depth < JSON_MAX_DEPTH ? 1 : 9000) {
    struct text_buffer text = { 0 }, expected = { 0 };
    struct files files = { 0 };
    text_buffer_add_string(&text, "{\"a\":");
    for (int i = 0; i < depth; i++)
      text_buffer_add_char(&text, '[');
    for (int i = 0; i < depth; i++)
      text_buffer_add_char(&text, ']');
    text_buffer_add_string(&text, "}");
    if (depth < JSON_MAX_DEPTH)
      text_buffer_printf(&expected, "a:%.*s;  a:1", (int)text.length - 6, text.data + 5);
    else
      text_buffer_printf(&expected, "!too_deep 1@0 %s;  a:1", text.data);
    text_buffer_add_string(&text, "\n{\"a\":1}");
    files_add(&files, ".json", text.data, text.length);
    expect_read(&files, &json_options, expected.data);
    text_buffer_done(&text);
    text_buffer_done(&expected);
  }
}

/* Reads a large text; returns the number of records, of malformed ones, and the length of the longest value. */
struct totals {
  size_t n_records, n_malformed, longest, n_raw_cut;
  double seconds; /* of the processor */
};

static struct totals read_large(const struct reader_options *options, struct text text)
{
  struct files files = { 0 };
  struct error error = { 0 };
  struct reader *reader = NULL;
  struct reader_cursor *cursor = NULL;
  const struct reader_batch *batch = NULL;
  struct totals totals = { 0 };
  bool wanted[8] = { true, true, true, true, true, true, true, true };
  struct timespec start, end;
  files_add(&files, ".txt", text.data, text.length);
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
  assert_true(reader_open(files.paths, 1, options, 1, &reader, &error));
  assert_true(reader_column_count(reader) <= ARRAY_LENGTH(wanted));
  assert_true(reader_cursor_open(reader, wanted, &cursor, &error));
  do {
    if (!reader_cursor_next(cursor, &batch, &error))
      fail_msg("%s", error.message);
    totals.n_records += batch->count;
    for (size_t row = 0; row < batch->count; row++) {
      totals.n_malformed += batch->reason[row] != READER_OK;
      totals.n_raw_cut += batch->reason[row] != READER_OK && batch->raw[row].length == RAW_SIZE_MAX;
      for (size_t c = 0; c < reader_column_count(reader); c++)
        if (batch->text[c][row].length > totals.longest)
          totals.longest = batch->text[c][row].length;
    }
  } while (batch->count > 0);
  assert_int_equal(reader_records(reader, 0), totals.n_records);
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
  totals.seconds = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
  reader_cursor_close(&cursor);
  reader_close(&reader);
  files_done(&files);
  return totals;
}

static void repeat(struct text_buffer *text, const char *piece, size_t count)
{
  for (size_t i = 0; i < count; i++)
    text_buffer_add_string(text, piece);
}

static struct totals read_repeated(const struct reader_options *options, const char *start, const char *line,
                                   size_t count)
{
  SCOPED(text_buffer_done) struct text_buffer text = { 0 };
  text_buffer_add_string(&text, start);
  repeat(&text, line, count);
  return read_large(options, text_buffer_text(&text));
}

/* The processor's time for four times as much, which other programs do not add to: in proportion it is four times as
 * long, with the square sixteen times. */
static void expect_in_proportion(const struct reader_options *options, const char *start, const char *line,
                                 size_t count)
{
  static const double too_short_to_tell = 0.5; /* s */
  struct totals once = read_repeated(options, start, line, count);
  struct totals four = read_repeated(options, start, line, 4 * count);
  print_message("%s%s %zu records, %zu malformed, %.2f s, %.2f s\n", start, line, four.n_records, four.n_malformed,
                once.seconds, four.seconds);
  if (four.seconds > too_short_to_tell && four.seconds > 10 * once.seconds)
    fail_msg("four times as much takes %.1f times as long", four.seconds / once.seconds);
}

/* In a build that is not optimized, with counters or under a sanitizer, a tenth is as telling, and takes as long. */
#ifdef NDEBUG
enum { LARGE = 50 * 1000 * 1000, MANY = 200 * 1000 };
#else
enum { LARGE = 5 * 1000 * 1000, MANY = 40 * 1000 };
#endif

static void large__fields_of_many_megabytes_are_whole(void **state)
{
  (void)state;
  struct text_buffer text = { 0 };
  text_buffer_add_string(&text, "a,b\n1,\"");
  repeat(&text, "0123456\n9", LARGE / 9);
  text_buffer_add_string(&text, "\"\n2,x\n3,");
  repeat(&text, "0123456789", LARGE / 10);
  text_buffer_add_string(&text, "\n4,\"x\n");
  struct totals totals = read_large(&csv_options, text_buffer_text(&text));
  assert_int_equal(totals.n_records, 4);
  assert_int_equal(totals.n_malformed, 1);
  assert_int_equal(totals.longest, LARGE);
  text_buffer_clear(&text);
  text_buffer_add_string(&text, "[\n {\"a\":1},\n{\"a\":\n[");
  repeat(&text, "[0123456,\"]\"],\n", LARGE / 16);
  text_buffer_add_string(&text, "1]}, {\"a\":[");
  repeat(&text, "[1234567,\"]\"],\n", LARGE / 16);
  text_buffer_add_string(&text, "1]}, {\"a\":");
  totals = read_large(&json_options, text_buffer_text(&text));
  assert_int_equal(totals.n_records, 4);
  assert_int_equal(totals.n_malformed, 2); /* a zero before digits; a broken tail */
  assert_int_equal(totals.n_raw_cut, 1);
  assert_int_equal(totals.longest, LARGE / 16 * 14 + 3);
  text_buffer_done(&text);
}

static void hostile__quotes_take_time_in_proportion(void **state)
{
  (void)state;
  static const struct {
    const char *start, *line;
    size_t n_records, n_malformed; /* per line; of `start` one malformed */
  } cases[] = {
    { "", "x\",\"\n", 1, 1 }, /* every line opens a quote that the next one closes and opens again */
    { "\"never closed\n", "1,2\n", 1, 0 },
    { "\"never closed\n", "1,\"\"\n", 1, 0 },
    { "\"never closed\n", "\"\"\"\"\"\",2\n", 1, 0 },
    { "", "1,\"2\"\"\n", 1, 1 },
    { "\"never closed\n", "1,\"2\"\n", 1, 0 },
    { "", "\"a\"b,\"\n", 1, 1 },
    { "", "\"\"\"\n", 1, 1 },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
    SCOPED(text_buffer_done) struct text_buffer start = { 0 };
    text_buffer_printf(&start, "a,b\n%s", cases[i].start);
    expect_in_proportion(&csv_options, start.data, cases[i].line, MANY / 2);
  }
}

static void hostile__brackets_take_time_in_proportion(void **state)
{
  (void)state;
  static const char *const cases[][2] = {
    { "", "{\"a\":[\n" },
    { "", "[\n" },
    { "", "{\"a\":\n" },
    { "{\"a\":[\n", "1,\n" },
    { "{\"a\":[\n", "{\"a\":1},\n" },
    { "[{\"a\":[\n", "{\"a\":1},\n" },
    { "[{\"a\":[\n", "{\"a\":[\n" },
    { "[", "{\"a\":\"}," },
    { "[", "{\"a\":\"x\"y\"}," },
    { "[", "{\"a\":]," },
    { "[\n", "  {\"a\":\n" },
    { "{\n\"a\":1\n}\n", "{\"a\":[{},\n" },
    { "{\n\"a\":1\n}\n", "\"\n" },
    { "", "{\"a\":1" },
    { "", "\"" },
    { "", "1 " },
    { "", "]" },
    { "[", "[" },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
    expect_in_proportion(&json_options, cases[i][0], cases[i][1], MANY / 4);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(gzip__reads_all_members_and_padding),
    cmocka_unit_test(gzip__cut_short_or_corrupt_is_an_error),
    cmocka_unit_test(gzip__cut_short_fails_while_reading_a_later_block),
    cmocka_unit_test(zstd__reads_all_frames),
    cmocka_unit_test(open__refuses_what_is_no_file),
    cmocka_unit_test(read__fails_where_the_file_changed),
    cmocka_unit_test(headers__are_united_by_name),
    cmocka_unit_test(header_false__counts_the_first_record_of_all),
    cmocka_unit_test(json__finds_keys_wherever_they_first_appear),
    cmocka_unit_test(json__depth_has_a_limit),
    cmocka_unit_test(large__fields_of_many_megabytes_are_whole),
    cmocka_unit_test(hostile__quotes_take_time_in_proportion),
    cmocka_unit_test(hostile__brackets_take_time_in_proportion),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
