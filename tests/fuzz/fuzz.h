/** What the fuzz targets share. A target takes one input, must not crash, hang or leak on it, and checks what must hold
 * of any input. `make fuzz` builds them with clang's libFuzzer under AddressSanitizer and UBSan. What was found once is
 * kept under tests/fuzz/found/<target>/ and is run by `make test` too. */
#ifndef CRISOL_TESTS_FUZZ_H
#define CRISOL_TESTS_FUZZ_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Ends the process where a claim does not hold. */
#define CLAIM(claim)                                                                                                   \
  do {                                                                                                                 \
    if (!(claim)) {                                                                                                    \
      fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #claim);                                       \
      abort();                                                                                                         \
    }                                                                                                                  \
  } while (0)

/** A file in memory with these bytes; its path lives in `ret_path`. Close the descriptor. */
static inline int file_of(const uint8_t *data, size_t size, char ret_path[64])
{
  int descriptor = memfd_create("input", MFD_CLOEXEC);
  CLAIM(descriptor >= 0);
  for (size_t at = 0; at < size;) {
    ssize_t written = write(descriptor, data + at, size - at);
    CLAIM(written > 0);
    at += (size_t)written;
  }
  snprintf(ret_path, 64, "/proc/self/fd/%d", descriptor);
  return descriptor;
}

static inline struct text text_of(const uint8_t *data, size_t size)
{
  return (struct text){ (const char *)data, size };
}

#endif
