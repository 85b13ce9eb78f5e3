#include "fuzz_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  if (size < 2)
    return 0;
  struct reader_options options = { .format = READER_JSON,
                                    .multi_line = true,
                                    .allow_comments = (data[0] & 1) != 0,
                                    .allow_unquoted_names = (data[0] & 2) != 0,
                                    .allow_single_quotes = (data[0] & 4) != 0 };
  return fuzz_reader(data + 1, size - 1, &options);
}
