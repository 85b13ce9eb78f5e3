/* Arrow's streams: what pyarrow wrote is read, what is written here is read back, and no bytes break more than their
 * own meaning. The streams are made by tests/cases/arrow/make.py. */
#include "support.h"

#include "engine/spark/arrow.h"

#include <stdio.h>
#include <stdlib.h>

#define FOLDER "tests/cases/arrow/"

static struct text_buffer read_file(const char *name)
{
  SCOPED(text_buffer_done) struct text_buffer path = { 0 };
  struct text_buffer bytes = { 0 };
  char part[4096];
  size_t length;
  text_buffer_printf(&path, FOLDER "%s", name);
  FILE *file = fopen(path.data, "rb");
  assert_non_null(file);
  while ((length = fread(part, 1, sizeof(part), file)) > 0)
    text_buffer_add(&bytes, part, length);
  fclose(file);
  return bytes;
}

static void arrow_decode__reads_every_flat_type_and_nulls(void **state)
{
  (void)state;
  static const char *const expected[] = {
    "-128", "-32768",   "-2147483648", "-9223372036854775808",     "0.1", "0.1", "true",
    "á€😀",  "\x01\xff", "x",           "-12345678901234567890.12", "-1",  "-1",  "-1",
    NULL,
  };
  static const char *const last[] = {
    "127", "32767", "2147483647", "9223372036854775807", "-Infinity",        "NaN", "false", "", "",
    "yz",  "0.00",  "19753",      "1706659200000000",    "1706659200000000", NULL
  };
  SCOPED(arena_done) struct arena arena = { 0 };
  SCOPED(text_buffer_done) struct text_buffer bytes = read_file("types.arrows");
  struct arrow_rows rows = { .arena = &arena };
  struct error err = { 0 };
  assert_done(arrow_decode(text_buffer_text(&bytes), &rows, &err));
  assert_int_equal(rows.table.n_columns, ARRAY_LENGTH(expected));
  assert_int_equal(rows.table.n_rows, 4); /* three, one more in a second batch, none in a third */
  for (size_t i = 0; i < ARRAY_LENGTH(expected); i++) {
    char **cells = rows.table.cells + i;
    if (expected[i] == NULL) {
      assert_null(cells[0]);
      assert_null(cells[2 * ARRAY_LENGTH(expected)]);
    } else {
      assert_string_equal(cells[0], expected[i]);
      assert_string_equal(cells[2 * ARRAY_LENGTH(expected)], last[i]);
    }
    assert_null(cells[ARRAY_LENGTH(expected)]);
    assert_null(cells[3 * ARRAY_LENGTH(expected)]);
  }
}

static void arrow_decode__adds_the_rows_of_another_stream_of_the_same_columns(void **state)
{
  (void)state;
  SCOPED(arena_done) struct arena arena = { 0 };
  SCOPED(text_buffer_done) struct text_buffer bytes = read_file("types.arrows");
  struct arrow_rows rows = { .arena = &arena };
  struct error err = { 0 };
  for (size_t i = 1; i <= 20; i++) {
    assert_done(arrow_decode(text_buffer_text(&bytes), &rows, &err));
    assert_int_equal(rows.table.n_rows, 4 * i);
    assert_string_equal(rows.table.cells[0], "-128");
  }
}

static void arrow_decode__refuses_what_it_does_not_take_by_name(void **state)
{
  (void)state;
  static const struct {
    const char *file, *message;
  } cases[] = {
    { "zstd.arrows", "compressed Arrow batches, plain ones were expected" },
    { "list.arrows", "column \"things\" has a type that is not taken" },
    { "seconds.arrows", "column \"at\" has a type that is not taken" },
    { "time.arrows", "column \"clock\" has a type that is not taken" },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
    SCOPED(arena_done) struct arena arena = { 0 };
    SCOPED(text_buffer_done) struct text_buffer bytes = read_file(cases[i].file);
    struct arrow_rows rows = { .arena = &arena };
    struct error err = { 0 };
    assert_false(arrow_decode(text_buffer_text(&bytes), &rows, &err));
    assert_int_equal(err.kind, ERROR_ENVIRONMENT);
    assert_contains(err.message, cases[i].message);
  }
}

/* Each in memory of its own size, so that a sanitizer sees a byte that is read behind it. */
static void decode_copy(const char *data, size_t length)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  struct arrow_rows rows = { .arena = &arena };
  struct error err = { 0 };
  char *copy = checked_malloc(length + (length == 0));
  memcpy(copy, data, length);
  if (!arrow_decode((struct text){ copy, length }, &rows, &err))
    assert_int_equal(err.kind, ERROR_ENVIRONMENT);
  free(copy);
}

static void arrow_decode__survives_any_cut_and_any_byte(void **state)
{
  (void)state;
  static const unsigned char bytes_tried[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
  SCOPED(text_buffer_done) struct text_buffer bytes = read_file("types.arrows");
  for (size_t length = 0; length < bytes.length; length++)
    decode_copy(bytes.data, length);
  for (size_t at = 0; at < bytes.length; at++) {
    char kept = bytes.data[at];
    for (size_t i = 0; i < ARRAY_LENGTH(bytes_tried); i++) {
      bytes.data[at] = (char)bytes_tried[i];
      decode_copy(bytes.data, bytes.length);
    }
    bytes.data[at] = kept;
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(arrow_decode__reads_every_flat_type_and_nulls),
    cmocka_unit_test(arrow_decode__adds_the_rows_of_another_stream_of_the_same_columns),
    cmocka_unit_test(arrow_decode__refuses_what_it_does_not_take_by_name),
    cmocka_unit_test(arrow_decode__survives_any_cut_and_any_byte),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
