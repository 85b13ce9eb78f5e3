#include "fuzz_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const char *const encodings[] = { NULL, NULL, "ISO-8859-1", "UTF-16" };
  if (size < 2)
    return 0;
  struct reader_options options = { .format = READER_CSV,
                                    .header = (data[0] & 1) != 0,
                                    .multi_line = true,
                                    .separator = ",",
                                    .quote = '"',
                                    .escape = (data[0] & 2) != 0 ? '\\' : '"',
                                    .comment = (data[0] & 4) != 0 ? '#' : 0,
                                    .trim_leading = (data[0] & 8) != 0,
                                    .trim_trailing = (data[0] & 16) != 0,
                                    .null_value = (data[0] & 32) != 0 ? "NA" : NULL,
                                    .encoding = encodings[data[0] >> 6] };
  return fuzz_reader(data + 1, size - 1, &options);
}
