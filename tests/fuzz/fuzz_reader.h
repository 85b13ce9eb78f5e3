/* A text file read whole, with the claims that hold of any file: read = rows + malformed, every text is UTF-8. */
#ifndef CRISOL_TESTS_FUZZ_READER_H
#define CRISOL_TESTS_FUZZ_READER_H

#include "fuzz.h"
#include "reader/reader.h"

static inline void read_all(struct reader *reader)
{
  struct error err;
  struct reader_cursor *cursor = NULL;
  const struct reader_batch *batch = NULL;
  size_t n_columns = reader_column_count(reader);
  bool *wanted = calloc(n_columns + 1, sizeof(bool));
  CLAIM(wanted != NULL);
  memset(wanted, true, n_columns + 1);
  uint64_t n_given = 0;
  if (reader_cursor_open(reader, wanted, &cursor, &err)) {
    bool is_read = reader_cursor_next(cursor, &batch, &err);
    while (is_read && batch->count > 0) {
      for (size_t row = 0; row < batch->count; row++) {
        CLAIM(batch->reason[row] <= READER_TOO_DEEP);
        for (size_t column = 0; column < n_columns; column++)
          if (batch->reason[row] == READER_OK && batch->kind[column][row] > KIND_NULL)
            CLAIM(text_is_utf8(batch->text[column][row]));
      }
      n_given += batch->count;
      is_read = reader_cursor_next(cursor, &batch, &err);
    }
    if (is_read)
      CLAIM(n_given == reader_records(reader, 0));
    reader_cursor_close(&cursor);
  }
  free(wanted);
}

static inline int fuzz_reader(const uint8_t *data, size_t size, const struct reader_options *options)
{
  char path[64];
  int descriptor = file_of(data, size, path);
  const char *paths[] = { path };
  struct reader *reader = NULL;
  struct error err;
  if (reader_open(paths, 1, options, 1, &reader, &err))
    read_all(reader);
  reader_close(&reader);
  close(descriptor);
  return 0;
}

#endif
