/* Snappy's bytes, read back by a decoder of the format that knows nothing of the writer. */
#include "support.h"

#include "parquet/parquet_internal.h"

#include <stdlib.h>

static size_t read_little(const unsigned char *at, size_t n_bytes)
{
  size_t value = 0;
  for (size_t i = 0; i < n_bytes; i++)
    value |= (size_t)at[i] << 8 * i;
  return value;
}

static void copy_from_before(struct text_buffer *out, size_t offset, size_t length)
{
  assert_true(offset > 0 && offset <= out->length);
  for (size_t i = 0; i < length; i++)
    text_buffer_add_char(out, out->data[out->length - offset]);
}

static void decode(const struct text_buffer *in, struct text_buffer *out)
{
  const unsigned char *at = (const unsigned char *)in->data, *end = at + in->length;
  size_t expected = 0;
  for (unsigned shift = 0;; shift += 7) {
    expected |= (size_t)(*at & 0x7F) << shift;
    if (*at++ < 0x80)
      break;
  }
  while (at < end) {
    unsigned tag = *at++;
    size_t length = (tag >> 2) + 1;
    switch (tag & 3) {
    case 0: {
      size_t extra = length > 60 ? length - 60 : 0;
      if (extra > 0)
        length = read_little(at, extra) + 1;
      text_buffer_add(out, at + extra, length);
      at += extra + length;
      break;
    }
    case 1:
      copy_from_before(out, (size_t)(tag >> 5) << 8 | *at, ((tag >> 2) & 7) + 4);
      at++;
      break;
    case 2:
      copy_from_before(out, read_little(at, 2), length);
      at += 2;
      break;
    default:
      fail_msg("a copy from more than 64 KiB before");
    }
  }
  assert_ptr_equal(at, end);
  assert_int_equal(out->length, expected);
}

static void check(const char *data, size_t length)
{
  SCOPED(text_buffer_done) struct text_buffer compressed = { 0 }, decoded = { 0 };
  snappy_compress(data, length, &compressed);
  decode(&compressed, &decoded);
  if (length > 0)
    assert_memory_equal(decoded.data, data, length);
}

/* Texts out of `n_symbols` letters, of which runs are repeated from before: from one letter to noise. */
static void fill(char *data, size_t length, unsigned n_symbols, unsigned repeats)
{
  for (size_t i = 0; i < length; i++) {
    bool is_repeated = i > 100 && (unsigned)rand() % 100 < repeats;
    char symbol = (char)((unsigned)rand() % n_symbols);
    data[i] = is_repeated ? data[i - 1 - (unsigned)rand() % 100] : symbol;
  }
}

static void snappy_compress__is_decoded_as_it_was(void **state)
{
  (void)state;
  static const size_t lengths[] = { 0,   1,   3,    4,    15,    16,    17,    59,    60,    61,    62,     255,   256,
                                    257, 258, 1000, 4095, 65535, 65536, 65537, 65550, 65551, 65552, 131072, 200001 };
  static const unsigned symbols[] = { 1, 2, 3, 16, 256 };
  srand(7);
  for (size_t i = 0; i < ARRAY_LENGTH(lengths); i++)
    for (size_t j = 0; j < ARRAY_LENGTH(symbols); j++)
      for (unsigned repeats = 0; repeats < 100; repeats += 33) {
        char *data = malloc(lengths[i] + 1); /* of just this size: a sanitizer sees what is read beyond */
        fill(data, lengths[i], symbols[j], repeats);
        check(data, lengths[i]);
        free(data);
      }
}

static void snappy_compress__makes_what_repeats_smaller_and_noise_hardly_larger(void **state)
{
  (void)state;
  enum { LENGTH = 100000 };
  SCOPED(text_buffer_done) struct text_buffer noise = { 0 }, same = { 0 };
  char *data = malloc(LENGTH);
  fill(data, LENGTH, 256, 0);
  snappy_compress(data, LENGTH, &noise);
  assert_true(noise.length < LENGTH + LENGTH / 100);
  fill(data, LENGTH, 1, 0);
  snappy_compress(data, LENGTH, &same);
  assert_true(same.length < LENGTH / 20);
  free(data);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(snappy_compress__is_decoded_as_it_was),
    cmocka_unit_test(snappy_compress__makes_what_repeats_smaller_and_noise_hardly_larger),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
