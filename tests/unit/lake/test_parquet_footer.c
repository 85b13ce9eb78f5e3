#include "support.h"

#include "base/file.h"
#include "lake/parquet_footer.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A footer with version 1, a schema of one element, and two row groups. `said` and the groups' counts are zigzag. */
#define FOOTER(said, first, second)                                                                                    \
  "\x15\x02"                             /* version: i32 1 */                                                          \
  "\x19\x1C\x48\x01r\x00"                /* schema: a list of one struct, its name "r" */                              \
  "\x16" said                            /* num_rows: i64 */                                                           \
  "\x19\x2C"                             /* row_groups: a list of two structs */                                       \
  "\x19\x1C\x16\x02\x1C\x25\x02\x00\x00" /* columns: a struct with an i64, and a struct with an i32 */                 \
  "\x16\x00\x16" first "\x00"            /* total_byte_size, num_rows */                                               \
  "\x19\x0C\x16\x00\x16" second "\x00"   /* no columns */                                                              \
  "\x19\x1C\x18\x01k\x18\x01v\x00"       /* key_value_metadata: one pair */                                            \
  "\x18\x02me"                           /* created_by */                                                              \
  "\x00"

static void write_file(const char *path, const void *footer, size_t length, uint32_t said_length, const char *magic)
{
  struct text_buffer out = { 0 };
  struct error err;
  unsigned char size[4] = { (unsigned char)said_length, (unsigned char)(said_length >> 8),
                            (unsigned char)(said_length >> 16), (unsigned char)(said_length >> 24) };
  text_buffer_add_string(&out, "PAR1");
  text_buffer_add(&out, footer, length);
  text_buffer_add(&out, size, sizeof(size));
  text_buffer_add_string(&out, magic);
  assert_true(file_write(path, text_buffer_text(&out), &err));
  text_buffer_done(&out);
}

static int set_up(void **state)
{
  static char path[64];
  snprintf(path, sizeof(path), "/tmp/crisol-footer-XXXXXX");
  int file = mkstemp(path);
  *state = path;
  return file < 0 || close(file) != 0;
}

static int tear_down(void **state)
{
  return unlink(*state);
}

static void parquet_count_rows__adds_the_row_groups(void **state)
{
  static const char footer[] = FOOTER("\xE8\x07", "\xE4\x07", "\x04"); /* 500 = 498 + 2 */
  struct error err;
  uint64_t rows = 0;
  write_file(*state, footer, sizeof(footer) - 1, sizeof(footer) - 1, "PAR1");
  assert_true(parquet_count_rows(*state, &rows, &err));
  assert_int_equal(rows, 500);
}

static void parquet_count_rows__refuses_a_footer_that_disagrees_with_itself(void **state)
{
  static const char footer[] = FOOTER("\x06", "\x04", "\x04");
  struct error err;
  uint64_t rows = 0;
  write_file(*state, footer, sizeof(footer) - 1, sizeof(footer) - 1, "PAR1");
  assert_false(parquet_count_rows(*state, &rows, &err));
  assert_int_equal(err.kind, ERROR_ENVIRONMENT);
  assert_contains(err.message, "no whole Parquet file");
}

static void parquet_count_rows__refuses_every_footer_that_is_cut(void **state)
{
  static const char footer[] = FOOTER("\x08", "\x04", "\x04");
  struct error err;
  uint64_t rows = 0;
  for (size_t length = 0; length < sizeof(footer) - 1; length++) {
    write_file(*state, footer, length, (uint32_t)length, "PAR1");
    assert_false(parquet_count_rows(*state, &rows, &err));
  }
}

static void parquet_count_rows__refuses_what_is_no_parquet(void **state)
{
  static const char footer[] = FOOTER("\x08", "\x04", "\x04");
  struct error err;
  uint64_t rows = 0;
  write_file(*state, footer, sizeof(footer) - 1, sizeof(footer) - 1, "PARE");
  assert_false(parquet_count_rows(*state, &rows, &err));
  write_file(*state, footer, sizeof(footer) - 1, 4096, "PAR1"); /* longer than the file */
  assert_false(parquet_count_rows(*state, &rows, &err));
  assert_true(file_write(*state, TEXT("PAR1"), &err));
  assert_false(parquet_count_rows(*state, &rows, &err));
  assert_false(parquet_count_rows("/none/there", &rows, &err));
  assert_contains(err.message, "No such file");
}

static void parquet_count_rows__bounds_nesting_and_lists(void **state)
{
  struct error err;
  uint64_t rows = 0;
  char deep[400];
  memset(deep, 0x1C, sizeof(deep)); /* a struct in a struct in ... */
  write_file(*state, deep, sizeof(deep), sizeof(deep), "PAR1");
  assert_false(parquet_count_rows(*state, &rows, &err));
  static const char many[] = "\x19\xFC\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F"; /* a list of 2^62 structs */
  write_file(*state, many, sizeof(many) - 1, sizeof(many) - 1, "PAR1");
  assert_false(parquet_count_rows(*state, &rows, &err));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(parquet_count_rows__adds_the_row_groups, set_up, tear_down),
    cmocka_unit_test_setup_teardown(parquet_count_rows__refuses_a_footer_that_disagrees_with_itself, set_up, tear_down),
    cmocka_unit_test_setup_teardown(parquet_count_rows__refuses_every_footer_that_is_cut, set_up, tear_down),
    cmocka_unit_test_setup_teardown(parquet_count_rows__refuses_what_is_no_parquet, set_up, tear_down),
    cmocka_unit_test_setup_teardown(parquet_count_rows__bounds_nesting_and_lists, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
