/* Case files: what is read from small inputs, whatever the size of the blocks that they are split into. */
#include "harness.h"

/* The message, with the file's path as FILE. */
static void show_error(struct text_buffer *out, const struct error *error, const char *path)
{
  const char *at = strstr(error->message, path);
  size_t before = at == NULL ? strlen(error->message) : (size_t)(at - error->message);
  text_buffer_printf(out, "error: %.*s", (int)before, error->message);
  if (at != NULL)
    text_buffer_printf(out, "FILE%s", at + strlen(path));
}

/* Opens and reads a file: its columns and its records, or the error. */
static void read_whole(const struct files *files, const struct reader_options *options, size_t block_size,
                       struct text_buffer *names, struct text_buffer *records)
{
  struct reader *reader = NULL;
  struct error error = { 0 };
  if (!reader_open_sized(files->paths, files->count, options, 1, block_size, &reader, &error)) {
    show_error(records, &error, files->paths[0]);
    return;
  }
  for (size_t i = 0; i < reader_column_count(reader); i++) {
    text_buffer_add_string(names, i == 0 ? "" : "|");
    show_text(names, text_from(reader_column_name(reader, i)));
  }
  show_all(records, reader);
  reader_close(&reader);
}

static bool check_case(const char *place, enum reader_format format, char **fields)
{
  struct reader_options options = options_from(format, fields[0]);
  size_t length = unescape_case(fields[1]);
  struct files files = { 0 };
  files_add(&files, ".txt", fields[1], length);
  bool is_right = true;
  for (size_t block_size = 16; is_right && block_size <= 128 + length;
       block_size += block_size < 64 ? 1 : length / 4 + 13) {
    struct text_buffer names = { 0 }, records = { 0 };
    read_whole(&files, &options, block_size, &names, &records);
    is_right = text_equal(text_buffer_text(&names), text_from(fields[2])) &&
               text_equal(text_buffer_text(&records), text_from(fields[3]));
    if (!is_right)
      print_error("%s, blocks of %zu\n  expected %s  =>  %s\n  found    %s  =>  %s\n", place, block_size, fields[2],
                  fields[3], text_buffer_text(&names).data, text_buffer_text(&records).data);
    text_buffer_done(&names);
    text_buffer_done(&records);
  }
  files_done(&files);
  return is_right;
}

/* All cases of a file are tried, so that one run shows every failure. */
static void check_file(const char *path, enum reader_format format)
{
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  char *line = NULL;
  size_t capacity = 0, number = 0, n_failed = 0;
  while (getline(&line, &capacity, file) >= 0) {
    number++;
    line[strcspn(line, "\n")] = '\0';
    if (line[0] == '\0' || line[0] == '#')
      continue;
    char *rest = line, *fields[4] = { 0 };
    for (size_t i = 0; i < ARRAY_LENGTH(fields); i++)
      fields[i] = strsep(&rest, "\t");
    char place[160];
    snprintf(place, sizeof(place), "%s:%zu", path, number);
    if (fields[3] == NULL || rest != NULL)
      fail_msg("%s: expected four fields", place);
    n_failed += check_case(place, format, fields) ? 0 : 1;
  }
  free(line);
  fclose(file);
  assert_int_equal(n_failed, 0);
}

static void csv__reads_each_case_as_written(void **state)
{
  (void)state;
  check_file("tests/cases/reader/csv.tsv", READER_CSV);
}

static void json__reads_each_case_as_written(void **state)
{
  (void)state;
  check_file("tests/cases/reader/json.tsv", READER_JSON);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(csv__reads_each_case_as_written),
    cmocka_unit_test(json__reads_each_case_as_written),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
